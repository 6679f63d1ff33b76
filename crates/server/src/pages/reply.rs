//! What a page answers, and the headers that guard it.

use crate::{App, execute::log_cause};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use muster_core::{Json, Result};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};
use tokio::{runtime::Handle, task::spawn_blocking, time::timeout};

/// How many bytes of a long file go out at once, and how many such pieces may wait for the browser.
const PIECE_BYTES: usize = 32 << 10;
const PIECES: usize = 4;
/// How long a browser may take no piece before the file is given up.
const PIECE_TIME: Duration = Duration::from_secs(60);

/// What is done once the answer is on its way.
pub(super) type Afterwards = Box<dyn FnOnce(&App) -> Result<()> + Send>;

/// What writes a long file while it is on its way.
type Writing = Box<dyn FnOnce(&App, &mut Sink) -> Result<()> + Send>;

/// Where a long file is written to. What was written is on its way to the browser and no longer in memory; a browser that
/// has gone is an error of the next piece.
pub(crate) struct Sink {
    sender: Sender<Bytes, io::Error>,
    runtime: Handle,
    piece: Vec<u8>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.piece));
        let sent = self.runtime.block_on(async { timeout(PIECE_TIME, self.sender.send_data(piece)).await });
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

/// An answer to a browser.
pub(crate) struct Reply {
    pub(super) status: u16,
    content_type: &'static str,
    body: Vec<u8>,
    headers: Vec<(HeaderName, String)>,
    /// Origins beside ours that a form may lead to.
    form_targets: String,
    /// Origins that may be shown in a frame.
    frames: String,
    /// Whether a page of ours may show it in a frame.
    is_framed: bool,
    pub(super) afterwards: Option<Afterwards>,
    writing: Option<Writing>,
}

impl Reply {
    fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Reply {
        let (headers, form_targets, frames) = (Vec::new(), String::new(), String::new());
        let afterwards = None;
        Reply { status, content_type, body, headers, form_targets, frames, is_framed: false, afterwards, writing: None }
    }

    /// A page.
    pub(crate) fn html(text: String) -> Reply {
        Reply::new(200, "text/html; charset=utf-8", text.into_bytes())
    }

    /// An answer to a script of ours.
    pub(crate) fn json(value: &Json) -> Reply {
        Reply::new(200, "application/json; charset=utf-8", value.to_string().into_bytes())
    }

    /// Sends the browser to another address: one of ours, that begins with a slash, or an app's registered one.
    pub(crate) fn to(address: &str) -> Reply {
        Reply::new(303, "text/plain; charset=utf-8", Vec::new()).header(header::LOCATION, address)
    }

    /// A file to save.
    pub(crate) fn file(content_type: &'static str, name: &str, content: Vec<u8>) -> Reply {
        let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
        let disposition = format!("attachment; filename*=UTF-8''{name}");
        Reply::new(200, content_type, content).header(header::CONTENT_DISPOSITION, &disposition)
    }

    /// A file to save that may be long: it is written while it is on its way. Should that fail, the browser is told that the
    /// file is not whole, since its status has long been sent.
    pub(crate) fn long_file(
        content_type: &'static str,
        name: &str,
        work: impl FnOnce(&App, &mut Sink) -> Result<()> + Send + 'static,
    ) -> Reply {
        Reply { writing: Some(Box::new(work)), ..Reply::file(content_type, name, Vec::new()) }
    }

    /// The same with another status, such as 422 for a form that has to be corrected.
    pub(crate) fn with_status(self, status: u16) -> Reply {
        Reply { status, ..self }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Reply {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Lets a form of this page lead to this origin. Browsers hold the redirection that follows a form to this list too.
    pub(crate) fn form_target(mut self, origin: &str) -> Reply {
        self.form_targets.push(' ');
        self.form_targets.push_str(origin);
        self
    }

    /// Lets this page show this origin in a frame.
    pub(crate) fn frame(mut self, origin: &str) -> Reply {
        self.frames.push(' ');
        self.frames.push_str(origin);
        self
    }

    /// Lets a page of ours show this one in a frame, as long as all around it is ours too.
    pub(super) fn framed(self) -> Reply {
        Reply { is_framed: true, ..self }
    }

    /// Does something once the answer is on its way, for what must not be told by how long the answer takes.
    pub(crate) fn afterwards(self, work: impl FnOnce(&App) -> Result<()> + Send + 'static) -> Reply {
        Reply { afterwards: Some(Box::new(work)), ..self }
    }

    /// Writes the answer. Nothing from elsewhere runs or is loaded in our pages, nobody else frames them, nobody keeps them.
    pub(super) fn write(mut self, app: &Arc<App>, request_id: &str) -> Response {
        let frames = if self.frames.is_empty() { " 'none'" } else { &self.frames };
        let (ancestors, options) = if self.is_framed { ("'self'", "SAMEORIGIN") } else { ("'none'", "DENY") };
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
             manifest-src 'self'; form-action 'self'{}; frame-src{frames}; frame-ancestors {ancestors}; base-uri 'none'",
            self.form_targets
        );
        let body = match self.writing.take() {
            Some(work) => written_meanwhile(Arc::clone(app), work),
            None => Body::from(self.body),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_TYPE, self.content_type),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, options),
            // Addresses of pages may hold secrets such as an invitation's; no one else is told them.
            (header::REFERRER_POLICY, "same-origin"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let own = [
            (header::CONTENT_SECURITY_POLICY, policy),
            (HeaderName::from_static("x-request-id"), request_id.to_owned()),
        ];
        for (name, value) in own.into_iter().chain(self.headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(name, value);
            }
        }
        response
    }
}

fn written_meanwhile(app: Arc<App>, work: Writing) -> Body {
    let (sender, channel) = Channel::new(PIECES);
    let mut sink = Sink { sender, runtime: Handle::current(), piece: Vec::new() };
    spawn_blocking(move || {
        let done = work(&app, &mut sink);
        if let Err(err) = &done {
            log_cause(err);
        }
        if done.is_err() || sink.flush().is_err() {
            sink.sender.abort(io::ErrorKind::Other.into());
        }
    });
    Body::new(channel)
}
