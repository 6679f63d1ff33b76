//! The history of a person, for administrators.

use super::{
    Asker,
    cells::{Style, cell},
    columns::{self, Column, References, custom_fields},
    directory::style,
    face, profile, records, text, texts,
};
use crate::pages::{Reply, Visit, shell::Face};
use askama::Template;
use muster_core::{Json, Result, json};

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
    /// Whether it was written down what it was and is.
    is_told: bool,
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    let person = profile::find(visit, "small")?;
    let start = visit.text("START").parse::<i64>().unwrap_or(0).max(0);
    let answer = visit.call("user.history", json!({ "ID": text(&person, "ID"), "START": start }))?;
    let after = answer.next;
    let records = records(answer);
    let words = Words::new(visit, &records)?;
    let entries = records.iter().map(|it| entry(visit, it, &words)).collect();
    let before = (start > 0).then(|| i64::max(start - 50, 0));
    visit.page(&Page { visit, face: face(&person), entries, before, after })
}

/// What was changed in an entry.
fn changes(record: &Json) -> impl Iterator<Item = &Json> {
    record.get("DETAILS").and_then(Json::as_array).into_iter().flatten()
}

fn entry(visit: &Visit<'_>, record: &Json, words: &Words<'_>) -> Entry {
    let of = |name: &str| text(record, name);
    let id = of("BY").parse().unwrap_or_default();
    Entry {
        at: visit.written_moment(&of("DATE")),
        by_id: of("BY"),
        by: Face::new(id, &of("BY_NAME"), &of("BY_LAST_NAME"), &of("BY_EMAIL"), "").name,
        what: format!("history-{}", of("WHAT")),
        via: visit.via(&of("VIA")).unwrap_or_default(),
        changes: changes(record).map(|it| words.change(it)).collect(),
    }
}

/// How fields and their values are called, as the directory calls them.
struct Words<'a> {
    visit: &'a Visit<'a>,
    style: Style,
    columns: Vec<Column>,
    references: References,
    /// What the fields are called that have no column: pictures and files.
    titles: Json,
}

impl<'a> Words<'a> {
    fn new(visit: &'a Visit<'a>, records: &[Json]) -> Result<Words<'a>> {
        let is_changed = |name: &str| records.iter().flat_map(changes).any(|it| text(it, "FIELD") == name);
        let mut columns = columns::of_fields(visit.language, visit.caller()?, &custom_fields(visit)?);
        columns.retain(|it| is_changed(it.name));
        let asker = Asker::of(visit)?;
        let mut references = References::new(&asker, &columns)?;
        let values = |it: &Json| ["OLD", "NEW"].map(|age| json!({ text(it, "FIELD"): it.get(age) }));
        let values: Vec<Json> = records.iter().flat_map(changes).flat_map(values).collect();
        references.look_up(&asker, &columns, &values)?;
        let titles = visit.call("user.fields", json!({}))?.result;
        Ok(Words { visit, style: style(visit, false), columns, references, titles })
    }

    fn change(&self, it: &Json) -> Change {
        let name = text(it, "FIELD");
        let column = self.columns.iter().find(|it| it.name == name);
        let title = column.map_or_else(|| profile::title(self.visit, &name, &self.titles), |it| it.title.clone());
        let [old, new] = ["OLD", "NEW"].map(|age| self.shown(column, it.get(age)));
        // Of a picture or a file it is known only that it was changed.
        let is_told = column.is_some() || old != new;
        Change { title, old, new, is_told }
    }

    /// A value: several are listed, none is said to be none, and what has no name any more stays as it was written down.
    fn shown(&self, column: Option<&Column>, value: Option<&Json>) -> String {
        let values = texts(&json!({ "VALUE": value }), "VALUE");
        let word = |value: String| {
            let named = column.map(|it| cell(&self.style, it, &json!({ it.name: value }), &self.references));
            named.filter(|it| !it.is_empty()).unwrap_or(value)
        };
        let words: Vec<String> = values.into_iter().map(word).collect();
        if words.is_empty() { self.visit.t("history-none") } else { words.join(", ") }
    }
}
