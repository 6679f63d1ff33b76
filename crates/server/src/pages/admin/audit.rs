//! The audit log: who changed what, from where and by what.

use super::{Visit, names};
use crate::pages::Reply;
use askama::Template;
use jiff::{ToSpan as _, civil::Date};
use muster_core::{
    Json, Result, json,
    params::{read_int, read_text},
};
use muster_modules::audit::deeds::DEEDS;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;

/// How many entries a page has.
const PAGE: usize = 50;
/// The most people that a search is about.
const MOST_PEOPLE: i64 = 50;

#[derive(Template)]
#[template(path = "pages/admin/audit.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    asked: Asked,
    actions: Vec<Action>,
    /// The kinds of objects.
    objects: Vec<(&'static str, String)>,
    entries: Vec<Entry>,
    /// Where older entries are, if there are any.
    older: String,
    /// Where the latest entries are, if these are not they.
    latest: String,
    /// For how many days entries are kept; empty if that is forever.
    kept: String,
    problem: String,
}

/// What is searched for, as it was typed.
struct Asked {
    who: String,
    action: String,
    object: String,
    item: String,
    from: String,
    to: String,
}

struct Action {
    name: &'static str,
    title: String,
}

/// An entry.
struct Entry {
    at: String,
    /// Who did it: their ID, if there is someone, and their name.
    by: Option<i64>,
    name: String,
    action: String,
    /// What the action is called; empty if it has no name but its code.
    title: String,
    is_security: bool,
    /// The object as people know it.
    object: String,
    item: String,
    /// Where the object is seen; empty if it has no page.
    link: String,
    fields: Vec<String>,
    via: String,
    address: String,
    agent: String,
}

/// What can be done: the methods that are written down, and the rest.
fn actions(visit: &Visit<'_>) -> Vec<Action> {
    let methods = visit.app.registry.methods().filter(|it| it.is_audited).map(|it| it.name);
    let all: BTreeSet<&'static str> = DEEDS.iter().map(|it| it.code).chain(methods).collect();
    all.into_iter().map(|name| Action { name, title: title(visit, name) }).collect()
}

/// What an action is called, if there are words for it.
fn title(visit: &Visit<'_>, action: &str) -> String {
    let name = format!("audit-{}", action.to_ascii_lowercase().replace(['.', '_'], "-"));
    visit.language.find(&name, &[]).unwrap_or_default()
}

/// What a kind of objects is called.
fn kind(visit: &Visit<'_>, object: &str) -> String {
    let name = format!("audit-object-{}", object.replace('_', "-"));
    visit.language.find(&name, &[]).unwrap_or_else(|| object.to_owned())
}

fn objects(visit: &Visit<'_>) -> Vec<(&'static str, String)> {
    let registry = &visit.app.registry;
    let methods = registry.methods().filter(|it| it.is_audited);
    let named = methods.filter_map(|it| it.object.map_or_else(|| Some(registry.module_of(it)?.name), |it| Some(it.0)));
    let all: BTreeSet<&'static str> = DEEDS.iter().map(|it| it.object).chain(named).collect();
    all.into_iter().map(|name| (name, kind(visit, name))).collect()
}

impl Asked {
    fn read(visit: &Visit<'_>) -> Asked {
        let text = |name| visit.text(name);
        Asked {
            who: text("WHO"),
            action: text("ACTION"),
            object: text("OBJECT"),
            item: text("ITEM"),
            from: text("FROM"),
            to: text("TO"),
        }
    }

    /// The conditions of `main.eventlog.list`.
    fn filter(&self, visit: &Visit<'_>) -> Result<Vec<Json>> {
        let mut conditions = Vec::new();
        for (name, value) in [("auditTypeId", &self.action), ("moduleId", &self.object), ("itemId", &self.item)] {
            if !value.is_empty() {
                conditions.push(json!([name, "=", value]));
            }
        }
        if !self.who.is_empty() {
            conditions.push(json!(["userId", "in", self.people(visit)?]));
        }
        for (day, operator, later) in [(&self.from, ">=", 0), (&self.to, "<", 1)] {
            if let Some(moment) = beginning(visit, day, later) {
                conditions.push(json!(["timestampX", operator, moment]));
            }
        }
        Ok(conditions)
    }

    /// Whom the words name: an ID, an e-mail address, or words that people are found by.
    fn people(&self, visit: &Visit<'_>) -> Result<Vec<i64>> {
        if let Ok(id) = self.who.parse() {
            return Ok(vec![id]);
        }
        let filter = if self.who.contains('@') { json!({ "=EMAIL": self.who }) } else { json!({ "FIND": self.who }) };
        let asked = json!({ "FILTER": filter, "SELECT": ["ID"], "START": -1, "ADMIN_MODE": true });
        let found = visit.call("user.get", asked)?.result;
        let ids = found.as_array().into_iter().flatten().filter_map(|it| it.get("ID").and_then(read_int));
        Ok(ids.take(usize::try_from(MOST_PEOPLE).unwrap_or_default()).collect())
    }

    /// The address of the same search from an entry on; without one, from the latest.
    fn address(&self, before: Option<i64>) -> String {
        let mut query = Vec::new();
        for (name, value) in [
            ("who", &self.who),
            ("action", &self.action),
            ("object", &self.object),
            ("item", &self.item),
            ("from", &self.from),
            ("to", &self.to),
        ] {
            if !value.is_empty() {
                query.push(format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
            }
        }
        query.extend(before.map(|id| format!("before={id}")));
        format!("/admin/audit/?{}", query.join("&"))
    }
}

/// When a day begins where the visitor is, or so many days later; nothing for what is no day.
fn beginning(visit: &Visit<'_>, day: &str, later: i64) -> Option<String> {
    let day: Date = day.parse().ok()?;
    let start = day.checked_add(later.days()).ok()?.at(0, 0, 0, 0).to_zoned_datetime(visit.zone()).ok()?;
    Some(start.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

pub(super) fn list(visit: &Visit<'_>) -> Result<Reply> {
    let asked = Asked::read(visit);
    let before = visit.text("BEFORE").parse::<i64>().ok();
    let mut filter = asked.filter(visit)?;
    filter.extend(before.map(|id| json!(["id", "<", id])));
    // One more than is shown tells whether there are more.
    let wanted = json!({ "filter": filter, "order": { "id": "DESC" }, "pagination": { "limit": PAGE + 1 } });
    let mut found = visit.call("main.eventlog.list", wanted)?.result;
    let mut records: Vec<Json> = found.as_array_mut().map(std::mem::take).unwrap_or_default();
    let has_more = records.len() > PAGE;
    records.truncate(PAGE);
    let last = records.last().and_then(|it| it.get("id")).and_then(read_int);
    let wrong_day = [&asked.from, &asked.to].iter().any(|it| !it.is_empty() && beginning(visit, it, 0).is_none());
    visit.page(&Page {
        actions: actions(visit),
        objects: objects(visit),
        entries: entries(visit, &records)?,
        older: if has_more { asked.address(last) } else { String::new() },
        latest: if before.is_some() { asked.address(None) } else { String::new() },
        kept: match visit.app.door.audit_days.map(usize::try_from) {
            Some(Ok(days)) => visit.count("audit-kept", days),
            _ => String::new(),
        },
        problem: if wrong_day { visit.t("audit-wrong-day") } else { String::new() },
        visit,
        asked,
    })
}

fn entries(visit: &Visit<'_>, records: &[Json]) -> Result<Vec<Entry>> {
    let people = records.iter().flat_map(|it| {
        let about = it.get("itemId").filter(|_| it.get("moduleId").is_some_and(|it| it == "user"));
        [it.get("userId"), about]
    });
    let names = names(visit, people.flatten().filter_map(read_int))?;
    let entry = |record: &Json| {
        let of = |name: &str| record.get(name).and_then(read_text).unwrap_or_default();
        let told: Json = of("description").parse().unwrap_or_default();
        let told = |name: &str| told.get(name).and_then(read_text).unwrap_or_default();
        let by = record.get("userId").and_then(read_int);
        let (action, object, item) = (of("auditTypeId"), of("moduleId"), of("itemId"));
        let via = told("via");
        Entry {
            at: visit.written_moment(&of("timestampX")),
            name: match by {
                Some(id) => names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
                None if via == "command" => visit.t("audit-by-command"),
                None => visit.t("audit-by-unknown"),
            },
            by,
            title: title(visit, &action),
            is_security: of("severity") == "SECURITY",
            link: match object.as_str() {
                "user" if !item.is_empty() => format!("/company/personal/user/{item}/"),
                "task" if !item.is_empty() && !action.contains("delete") => format!("/tasks/{item}/"),
                _ => String::new(),
            },
            fields: told("fields").split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
            via: match visit.via(&via) {
                None if via == "page" => visit.t("audit-via-page"),
                said => said.unwrap_or_else(|| of("requestUri")),
            },
            object: match item.parse().ok().and_then(|id: i64| names.get(&id)) {
                Some(name) if object == "user" => name.clone(),
                _ => format!("{} {item}", kind(visit, &object)),
            },
            address: of("remoteAddr"),
            agent: of("userAgent"),
            action,
            item,
        }
    };
    Ok(records.iter().map(entry).collect())
}
