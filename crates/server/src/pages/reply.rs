//! What a page answers, and the headers that guard it.

use crate::App;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use muster_core::Json;
use muster_core::Result;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What is done once the answer is on its way.
pub(super) type Afterwards = Box<dyn FnOnce(&App) -> Result<()> + Send>;

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
}

impl Reply {
    fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Reply {
        let (headers, form_targets, frames) = (Vec::new(), String::new(), String::new());
        Reply { status, content_type, body, headers, form_targets, frames, is_framed: false, afterwards: None }
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
    pub(super) fn write(self, request_id: &str) -> Response {
        let frames = if self.frames.is_empty() { " 'none'" } else { &self.frames };
        let (ancestors, options) = if self.is_framed { ("'self'", "SAMEORIGIN") } else { ("'none'", "DENY") };
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
             manifest-src 'self'; form-action 'self'{}; frame-src{frames}; frame-ancestors {ancestors}; base-uri 'none'",
            self.form_targets
        );
        let mut response = Response::new(Body::from(self.body));
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
