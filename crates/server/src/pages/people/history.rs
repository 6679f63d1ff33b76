//! The history of a person, for administrators.

use super::{face, profile, records, text};
use crate::pages::{Reply, Visit, shell::Face};
use askama::Template;
use muster_core::{Json, Result, json, params::read_text};

#[derive(Template)]
#[template(path = "pages/people/history.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    face: Face,
    entries: Vec<Entry>,
    before: Option<i64>,
    after: Option<i64>,
}

/// Something that was done.
struct Entry {
    at: String,
    by_id: String,
    by: String,
    /// The message that says what it was.
    what: String,
    via: String,
    changes: Vec<Change>,
}

/// A field with what it was and is.
struct Change {
    title: String,
    old: String,
    new: String,
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    let person = profile::find(visit, "small")?;
    let start = visit.text("START").parse::<i64>().unwrap_or(0).max(0);
    let answer = visit.call("user.history", json!({ "ID": text(&person, "ID"), "START": start }))?;
    let titles = visit.call("user.fields", json!({}))?.result;
    let after = answer.next;
    let entries = records(answer).iter().map(|it| entry(visit, it, &titles)).collect();
    let before = (start > 0).then(|| i64::max(start - 50, 0));
    visit.page(&Page { visit, face: face(&person), entries, before, after })
}

fn entry(visit: &Visit<'_>, record: &Json, titles: &Json) -> Entry {
    let of = |name: &str| text(record, name);
    let id = of("BY").parse().unwrap_or_default();
    let change = |it: &Json| Change {
        title: profile::title(visit, &text(it, "FIELD"), titles),
        old: shown(visit, it.get("OLD")),
        new: shown(visit, it.get("NEW")),
    };
    let changes = record.get("DETAILS").and_then(Json::as_array).into_iter().flatten().map(change).collect();
    Entry {
        at: visit.written_moment(&of("DATE")),
        by_id: of("BY"),
        by: Face::new(id, &of("BY_NAME"), &of("BY_LAST_NAME"), &of("BY_EMAIL"), "").name,
        what: format!("history-{}", of("WHAT")),
        via: if of("VIA") == "page" { String::new() } else { of("VIA") },
        changes,
    }
}

/// A value as the history has it: several are listed, and none is said to be none.
fn shown(visit: &Visit<'_>, value: Option<&Json>) -> String {
    let text = match value {
        Some(Json::Array(values)) => values.iter().filter_map(read_text).collect::<Vec<_>>().join(", "),
        Some(value) => read_text(value).unwrap_or_default(),
        None => String::new(),
    };
    if text.is_empty() { visit.t("history-none") } else { text }
}
