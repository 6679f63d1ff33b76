//! What happened to a task.

use super::{names, text, time::duration};
use crate::pages::{Reply, Visit, people::records, visit::NOT_FOUND};
use askama::Template;
use muster_core::{Json, Result, json, params::read_int};
use std::collections::HashMap;

/// How many events a page has.
const PAGE: usize = 50;

/// How the values of an event are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Not at all: there are none, or they are too long.
    Hidden,
    Text,
    /// By a message that the value ends.
    Word(&'static str),
    YesNo,
    Moment,
    Duration,
    People,
    Group,
    /// By its ID alone.
    Id,
}

use Shown::{Duration, Group, Hidden, Id, Moment, People, Text, Word, YesNo};

/// The kinds of events, as the history calls them.
const KINDS: &[(&str, Shown)] = &[
    ("NEW", Hidden),
    ("TITLE", Text),
    ("DESCRIPTION", Hidden),
    ("STATUS", Word("task-status")),
    ("PRIORITY", Word("task-priority")),
    ("MARK", Word("task-mark")),
    ("PARENT_ID", Id),
    ("GROUP_ID", Group),
    ("STAGE_ID", Id),
    ("CREATED_BY", People),
    ("RESPONSIBLE_ID", People),
    ("ACCOMPLICES", People),
    ("AUDITORS", People),
    ("DEADLINE", Moment),
    ("START_DATE_PLAN", Moment),
    ("END_DATE_PLAN", Moment),
    ("DURATION_PLAN", Duration),
    ("TIME_ESTIMATE", Duration),
    ("TIME_SPENT_IN_LOGS", Duration),
    ("ADD_IN_REPORT", YesNo),
    ("TASK_CONTROL", YesNo),
    ("ALLOW_TIME_TRACKING", YesNo),
    ("ALLOW_CHANGE_DEADLINE", YesNo),
    ("TAGS", Text),
    ("DEPENDS_ON", Id),
    ("COMMENT", Hidden),
    ("RESULT", Hidden),
    ("CHECKLIST_ITEM_CREATE", Text),
    ("CHECKLIST_ITEM_RENAME", Text),
    ("CHECKLIST_ITEM_REMOVE", Text),
    ("CHECKLIST_ITEM_CHECK", Text),
    ("CHECKLIST_ITEM_UNCHECK", Text),
];

#[derive(Template)]
#[template(path = "pages/tasks/history.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    id: i64,
    title: String,
    entries: Vec<Entry>,
    /// Where the pages before and after this one begin.
    before: Option<usize>,
    after: Option<usize>,
}

/// Something that happened.
struct Entry {
    at: String,
    by: String,
    what: String,
    /// What was and what is, where that is shown; empty for nothing.
    values: Option<(String, String)>,
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    let id = visit.path_id("id")?;
    let task = visit.call("tasks.task.get", json!({ "taskId": id, "select": ["ID", "TITLE"] }))?.result;
    let title = text(&task.get("task").ok_or_else(|| NOT_FOUND.error())?["title"]);
    let events = visit.call("tasks.task.history.list", json!({ "taskId": id }))?.result;
    let events = events["list"].as_array().cloned().unwrap_or_default();
    let start = visit.text("START").parse().unwrap_or(0).min(events.len());
    let end = events.len().min(start + PAGE);
    let shown = &events[start..end];
    let known = Known::of(visit, shown)?;
    visit.page(&Page {
        visit,
        id,
        title,
        entries: shown.iter().map(|it| entry(visit, it, &known)).collect(),
        before: (start > 0).then(|| start.saturating_sub(PAGE)),
        after: (end < events.len()).then_some(end),
    })
}

/// The names of what the events of a page point to, as far as the visitor sees it.
struct Known {
    people: HashMap<i64, String>,
    groups: HashMap<i64, String>,
}

impl Known {
    fn of(visit: &Visit<'_>, events: &[Json]) -> Result<Known> {
        let (mut people, mut groups) = (Vec::new(), Vec::new());
        for event in events {
            people.extend(read_int(&event["user"]["id"]));
            let ids = [&event["value"]["from"], &event["value"]["to"]].into_iter().flat_map(numbers);
            match shown(&text(&event["field"])) {
                People => people.extend(ids),
                Group => groups.extend(ids),
                _ => {}
            }
        }
        let mut known = Known { people: names(visit, people)?, groups: HashMap::new() };
        if !groups.is_empty() {
            let params = json!({ "FILTER": { "ID": groups }, "START": -1, "IS_ADMIN": "Y" });
            let found = records(visit.call("sonet_group.get", params)?);
            known.groups = found.iter().filter_map(|it| Some((read_int(&it["ID"])?, text(&it["NAME"])))).collect();
        }
        Ok(known)
    }

    /// A value of an event, for people to read.
    fn value(&self, visit: &Visit<'_>, kind: Shown, value: &Json) -> String {
        let text = text(value);
        if text.is_empty() {
            return String::new();
        }
        let number = || read_int(value).unwrap_or(0);
        let listed = |name: &dyn Fn(i64) -> String| numbers(value).map(name).collect::<Vec<_>>().join(", ");
        match kind {
            Hidden => String::new(),
            Text => text,
            Word(name) => {
                let known = visit.language.find(&format!("{name}-{}", text.to_ascii_lowercase()), &[]);
                known.unwrap_or(text)
            }
            YesNo => visit.t(if text == "Y" { "profile-yes" } else { "profile-no" }),
            Moment => visit.written_moment(&text),
            Duration => duration(visit, number()),
            People => listed(&|id| self.people.get(&id).cloned().unwrap_or_default()),
            Group => listed(&|id| self.groups.get(&id).cloned().unwrap_or_else(|| format!("#{id}"))),
            Id => listed(&|id| format!("#{id}")),
        }
    }
}

/// How the values of this kind of event are shown.
fn shown(field: &str) -> Shown {
    KINDS.iter().find(|it| it.0 == field).map_or(Text, |it| it.1)
}

/// The message that says what happened.
fn message(field: &str) -> String {
    format!("task-history-{}", field.to_ascii_lowercase().replace('_', "-"))
}

/// The IDs in a value, of which a list has several.
fn numbers(value: &Json) -> impl Iterator<Item = i64> {
    let numbers: Vec<i64> = text(value).split(',').filter_map(|it| it.parse().ok()).collect();
    numbers.into_iter()
}

fn entry(visit: &Visit<'_>, event: &Json, known: &Known) -> Entry {
    let field = text(&event["field"]);
    let kind = shown(&field);
    let value = |name: &str| known.value(visit, kind, &event["value"][name]);
    let by = read_int(&event["user"]["id"]).and_then(|id| known.people.get(&id));
    Entry {
        at: visit.written_moment(&text(&event["createdDate"])),
        by: by.cloned().unwrap_or_default(),
        what: visit.language.find(&message(&field), &[]).unwrap_or(field),
        values: (kind != Hidden).then(|| (value("from"), value("to"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{KINDS, message};
    use crate::pages::Language;

    #[test]
    fn every_kind_of_event_has_words() {
        for (field, _) in KINDS {
            assert!(Language::English.find(&message(field), &[]).is_some(), "{field}");
        }
    }
}
