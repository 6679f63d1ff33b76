//! The log, on standard error.
//!
//! Each call leaves a line, and to hand it to the system takes a tenth of the time of a short call. So lines are handed
//! over together, a moment later; those that say that something is wrong are not kept waiting, nor is anything at a
//! terminal.

use crate::config::{Config, LogFormat};
use std::{
    io::{self, IsTerminal as _, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};
use tracing::{Level, Metadata};
use tracing_subscriber::{filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// How long a line waits at most.
const MOMENT: Duration = Duration::from_millis(50);
/// With so many bytes no one waits for the moment to end.
const MANY: usize = 64 << 10;

/// The log of this process. What still waits is written when it is dropped.
pub(crate) struct Log(Lines);

impl Log {
    /// Starts it.
    pub(crate) fn start(config: &Config) -> Log {
        // Libraries tell of the data that they handle at lower levels: a database driver, for one, of every parameter.
        let discreet = filter_fn(|it| *it.level() <= Level::INFO || it.target().starts_with("muster"));
        let is_terminal = io::stderr().is_terminal();
        let lines = Lines::default();
        let writer = Lines { waits: !is_terminal && lines.write_often(), ..lines.clone() };
        let log = tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_writer(writer)
            // Colours are for people at a terminal; in a file they would be noise.
            .with_ansi(is_terminal)
            .with_target(false);
        match config.log_format {
            LogFormat::Text => log.finish().with(config.log.clone()).with(discreet).init(),
            LogFormat::Json => log.json().flatten_event(true).finish().with(config.log.clone()).with(discreet).init(),
        }
        Log(lines)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.0.write_out(self.0.waiting());
    }
}

/// Lines that wait to be written.
#[derive(Clone, Default)]
struct Lines {
    waiting: Arc<(Mutex<Vec<u8>>, Condvar)>,
    /// Whether lines may wait at all.
    waits: bool,
}

impl Lines {
    fn waiting(&self) -> MutexGuard<'_, Vec<u8>> {
        self.waiting.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes whatever waits. A log that cannot be written has no one to tell it to.
    fn write_out(&self, mut waiting: MutexGuard<'_, Vec<u8>>) {
        io::stderr().write_all(&mem::take(&mut *waiting)).ok();
    }

    /// Starts a thread that writes what waits a moment after it came. Answers whether there is one.
    fn write_often(&self) -> bool {
        let lines = self.clone();
        let write = move || {
            loop {
                let first = lines.waiting.1.wait_while(lines.waiting(), |it| it.is_empty());
                drop(first);
                thread::sleep(MOMENT);
                lines.write_out(lines.waiting());
            }
        };
        thread::Builder::new().name("log".to_owned()).spawn(write).is_ok()
    }
}

/// One line, which is put to the others when it is whole.
struct Line<'l> {
    lines: &'l Lines,
    text: Vec<u8>,
    is_urgent: bool,
}

impl<'l> MakeWriter<'l> for Lines {
    type Writer = Line<'l>;

    fn make_writer(&'l self) -> Line<'l> {
        Line { lines: self, text: Vec::new(), is_urgent: true }
    }

    fn make_writer_for(&'l self, meta: &Metadata<'_>) -> Line<'l> {
        let mut line = self.make_writer();
        line.is_urgent = !self.waits || *meta.level() < Level::INFO;
        line
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let mut waiting = self.lines.waiting();
        let was_empty = waiting.is_empty();
        waiting.append(&mut self.text);
        if self.is_urgent || waiting.len() >= MANY {
            self.lines.write_out(waiting);
        } else if was_empty {
            self.lines.waiting.1.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_does_not_wait() {
        let lines = Lines { waits: true, ..Lines::default() };
        let log = tracing_subscriber::fmt().with_writer(lines.clone()).with_ansi(false).finish();
        tracing::subscriber::with_default(log, || {
            tracing::info!("all is well");
            tracing::info!("and still is");
            assert_eq!(lines.waiting().iter().filter(|it| **it == b'\n').count(), 2);
            tracing::warn!("something is wrong");
            assert!(lines.waiting().is_empty(), "it and what came before it are written");
        });
    }
}
