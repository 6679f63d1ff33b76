//! The answer around a result: `result`, `next`, `total`, `time`; or `error` and `error_description`.

use crate::{App, execute::Done, request::Format, xml};
use muster_core::{
    Answer, Error, Json, Map, json,
    time::{Style, write_instant},
};
use std::{fmt::Write as _, time::Duration};

/// The documented `time` block.
pub(crate) fn time(app: &App, start: Duration, finish: Duration, done: &Done) -> Json {
    let zone = &app.settings.time_zone;
    let date = |at: Duration| write_instant(i64::try_from(at.as_secs()).unwrap_or(0), Style::Iso, zone);
    json!({
        "start": seconds(start),
        "finish": seconds(finish),
        "duration": seconds(finish.saturating_sub(start)),
        "processing": seconds(done.finish.saturating_sub(done.start)),
        "date_start": date(start),
        "date_finish": date(finish),
        "operating_reset_at": done.usage.reset_at,
        "operating": done.usage.operating,
    })
}

/// Seconds with microseconds, as the original gives them.
fn seconds(at: Duration) -> f64 {
    (at.as_secs_f64() * 1e6).round() / 1e6
}

/// What goes back, before it is written.
pub(crate) enum Body {
    /// A value.
    Json(Json),
    /// JSON text that is as it should be.
    Text(String),
}

impl Body {
    /// The content type and the text.
    pub(crate) fn write(self, format: Format) -> (&'static str, String) {
        match (format, self) {
            (Format::Json, Body::Json(body)) => ("application/json; charset=utf-8", body.to_string()),
            (Format::Json, Body::Text(text)) => ("application/json; charset=utf-8", text),
            (Format::Xml, Body::Json(body)) => ("application/xml; charset=utf-8", xml::write(&body)),
            (Format::Xml, Body::Text(text)) => {
                let body: Json = serde_json::from_str(&text).unwrap_or_default();
                ("application/xml; charset=utf-8", xml::write(&body))
            }
        }
    }
}

/// A success in the envelope of `/rest/`.
pub(crate) fn success(mut answer: Answer, time: Json) -> Body {
    match answer.text.take() {
        Some(result) => Body::Text(around(&result, &answer, &time)),
        None => Body::Json(whole(answer, time)),
    }
}

/// The envelope around a result that is text already.
fn around(result: &str, answer: &Answer, time: &Json) -> String {
    let mut text = String::with_capacity(result.len() + 400);
    text.push_str("{\"result\":");
    text.push_str(result);
    for (name, number) in [("next", answer.next), ("total", answer.total)] {
        if let Some(number) = number {
            write!(text, ",\"{name}\":{number}").expect("writing to a String cannot fail");
        }
    }
    write!(text, ",\"time\":{time}}}").expect("writing to a String cannot fail");
    text
}

fn whole(answer: Answer, time: Json) -> Json {
    let mut body = Map::new();
    body.insert("result".to_owned(), answer.result);
    if let Some(next) = answer.next {
        body.insert("next".to_owned(), next.into());
    }
    if let Some(total) = answer.total {
        body.insert("total".to_owned(), total.into());
    }
    body.insert("time".to_owned(), time);
    Json::Object(body)
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
