//! The answer around a result: `result`, `next`, `total`, `time`; or `error` and `error_description`.

use crate::{App, execute::Done};
use muster_core::{
    Answer, Error, Json, Map, json,
    time::{Style, write_instant},
};
use std::time::Duration;

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

/// A success in the envelope of `/rest/`.
pub(crate) fn success(answer: Answer, time: Json) -> Json {
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
