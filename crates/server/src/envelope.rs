//! The answer around a result: `result`, `next`, `total`, `time`; or `error` and `error_description`.

use crate::{App, execute::Done, request::Format, xml};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use muster_core::{
    Answer, Error, Json, Map,
    time::{Style, write_instant},
};
use std::{
    collections::VecDeque,
    convert::Infallible,
    fmt::Write as _,
    pin::Pin,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

/// The documented `time` block.
pub(crate) struct Time {
    /// As JSON.
    pub(crate) text: String,
}

impl Time {
    /// Of a call that began and ended then, and what its method came to.
    pub(crate) fn of(app: &App, start: Duration, finish: Duration, done: &Done) -> Time {
        let date =
            |at: Duration| write_instant(i64::try_from(at.as_secs()).unwrap_or(0), Style::Iso, &app.settings.time_zone);
        let date_start = date(start);
        let date_finish = if start.as_secs() == finish.as_secs() { date_start.clone() } else { date(finish) };
        let [start_at, finish_at] = [start, finish].map(seconds);
        let [duration, processing] =
            [finish.saturating_sub(start), done.finish.saturating_sub(done.start)].map(seconds);
        let (reset_at, operating) = (done.usage.reset_at, Json::from(done.usage.operating));
        let text = format!(
            "{{\"start\":{start_at},\"finish\":{finish_at},\"duration\":{duration},\"processing\":{processing},\
             \"date_start\":\"{date_start}\",\"date_finish\":\"{date_finish}\",\
             \"operating_reset_at\":{reset_at},\"operating\":{operating}}}"
        );
        Time { text }
    }

    /// The same as a value.
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// Seconds with microseconds, as the original gives them.
fn seconds(at: Duration) -> Json {
    ((at.as_secs_f64() * 1e6).round() / 1e6).into()
}

/// What goes back, before it is written.
pub(crate) enum Body {
    /// A value.
    Json(Json),
    /// JSON text that is as it should be, in pieces.
    Text([String; 3]),
}

impl Body {
    /// The content type and the text.
    pub(crate) fn write(self, format: Format) -> (&'static str, Pieces) {
        let (content_type, pieces) = match (format, self) {
            (Format::Json, Body::Json(body)) => (JSON, vec![body.to_string()]),
            (Format::Json, Body::Text(pieces)) if pieces.iter().all(|it| it.len() < LARGE) => {
                (JSON, vec![pieces.concat()])
            }
            (Format::Json, Body::Text(pieces)) => (JSON, pieces.into()),
            (Format::Xml, Body::Json(body)) => (XML, vec![xml::write(&body)]),
            (Format::Xml, Body::Text(pieces)) => {
                let body: Json = serde_json::from_str(&pieces.concat()).unwrap_or_default();
                (XML, vec![xml::write(&body)])
            }
        };
        (content_type, Pieces(pieces.into_iter().map(Bytes::from).collect()))
    }
}

const JSON: &str = "application/json; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";
/// Pieces that are smaller than this are rather copied than handed to the system one by one.
const LARGE: usize = 16 << 10;

/// A body whose pieces are sent one after the other, without a copy of the whole.
pub(crate) struct Pieces(VecDeque<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|it| Ok(Frame::data(it))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|it| it.len() as u64).sum())
    }
}

/// A success in the envelope of `/rest/`.
pub(crate) fn success(mut answer: Answer, time: &Time) -> Body {
    let result = answer.text.take().unwrap_or_else(|| answer.result.to_string());
    Body::Text(["{\"result\":".to_owned(), result, after(&answer, time)])
}

/// What follows the result.
fn after(answer: &Answer, time: &Time) -> String {
    let mut text = String::with_capacity(400);
    for (name, number) in [("next", answer.next), ("total", answer.total)] {
        if let Some(number) = number {
            write!(text, ",\"{name}\":{number}").expect("writing to a String cannot fail");
        }
    }
    write!(text, ",\"time\":{}}}", time.text).expect("writing to a String cannot fail");
    text
}

/// A failure in the envelope of `/rest/`.
pub(crate) fn failure(err: &Error) -> Json {
    let mut body = Map::new();
    body.insert("error".to_owned(), err.code.name.into());
    body.insert("error_description".to_owned(), err.said.as_ref().into());
    if let Some(argument) = &err.argument {
        body.insert("argument".to_owned(), argument.as_ref().into());
    }
    Json::Object(body)
}
