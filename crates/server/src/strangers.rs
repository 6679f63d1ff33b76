//! Calls that show a webhook's secret or a token that is no one's: what the audit log is told of them.
//!
//! Anyone at all may send such calls, as many as they like, and the log is kept for long. So it has at most one entry for a
//! network and [`WINDOW_SECONDS`], and at most [`MOST`] entries of a process in that time. How many calls there were is
//! in the metrics, and each is a line of the process's log.

use crate::{App, execute::log_cause, throttle::network};
use muster_core::audit::{self, Entry, Origin};
use muster_modules::audit::deeds::CALL_UNKNOWN;
use std::{
    collections::HashSet,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// How long a network is known.
const WINDOW_SECONDS: i64 = 3600;
/// The most networks that are known at a time, which bounds the memory too.
const MOST: usize = 100;

/// From where such calls came lately, in this process.
#[derive(Debug, Default)]
pub(crate) struct Strangers(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    since: i64,
    networks: HashSet<IpAddr>,
}

impl Strangers {
    /// Whether the log is to be told of one more.
    fn is_new(&self, address: IpAddr, now: i64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now - seen.since >= WINDOW_SECONDS {
            *seen = Seen { since: now, networks: HashSet::new() };
        }
        seen.networks.len() < MOST && seen.networks.insert(network(address))
    }
}

/// Tells the audit log of such a call, unless it was told of that network lately. What was shown is not kept.
pub(crate) fn note(app: &App, origin: &Origin) {
    let now = app.clock.seconds();
    if origin.address.parse().is_ok_and(|it| app.strangers.is_new(it, now)) {
        let done = app.db.write(|tx| audit::write(tx, origin, &Entry::of_deed(&CALL_UNKNOWN, &""), now));
        // The call is refused in any case.
        done.unwrap_or_else(|err| log_cause(&err));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_cannot_be_flooded() {
        let strangers = Strangers::default();
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(strangers.is_new(at("10.0.0.1"), 5_000) && !strangers.is_new(at("10.0.0.1"), 5_001));
        assert!(strangers.is_new(at("2001:db8::1"), 5_000) && !strangers.is_new(at("2001:db8::2"), 5_000));
        let told =
            (0..1000).filter(|it| strangers.is_new(IpAddr::from([10, 1, (it / 250) as u8, (it % 250) as u8]), 6_000));
        assert_eq!(told.count(), MOST - 2);
        assert!(strangers.is_new(at("10.0.0.1"), 5_000 + WINDOW_SECONDS));
    }
}
