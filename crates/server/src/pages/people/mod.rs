//! People: the directory, a person's profile and its history, how someone leaves and comes back, and what is stored of them.

mod asked;
mod cells;
mod columns;
mod directory;
mod edit;
mod export;
mod history;
mod leave;
mod photo;
mod privacy;
mod profile;
mod section;
mod typed;
mod values;

pub(crate) use columns::{custom_fields, title};
pub(crate) use export::csv_line;
pub(super) use profile::faces;
pub(super) use typed::{Meant, meant, written};

use super::{MenuItem, Route, Subject, Visit, get, post, shell::Face, visit::call_for};
use crate::App;
use muster_core::{
    Answer, Caller, Error, Json, Result,
    audit::Origin,
    call::Right,
    error::{ARGUMENT, CORE},
    json,
    params::read_text,
};
use std::collections::HashMap;

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[MenuItem { path: "/company/", label: "people-title", icon: "people", right: Right::Anyone }],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("people.css"),
    js: include_str!("crop.js"),
};

const ROUTES: &[Route] = &[
    get("/company/", directory::list),
    get("/company/export.csv", export::csv).needs(Right::ExportPeople),
    get("/company/export.xlsx", export::xlsx).needs(Right::ExportPeople),
    get("/company/columns/", columns::form),
    post("/company/columns/", columns::choose),
    get("/company/personal/user/{id}/", profile::show),
    get("/company/personal/user/{id}/edit/", edit::form).needs(Right::EditPeople),
    post("/company/personal/user/{id}/edit/", edit::save),
    post("/company/personal/user/{id}/section/{section}/", section::save),
    get("/company/suggest.json", section::suggest),
    get("/company/personal/user/{id}/photo/", photo::form),
    post("/company/personal/user/{id}/photo/", photo::save),
    post("/company/personal/user/{id}/photo/remove/", photo::remove),
    get("/company/personal/user/{id}/data.json", privacy::export),
    get("/company/personal/user/{id}/erase/", privacy::form).needs(Right::Administer),
    post("/company/personal/user/{id}/erase/", privacy::erase).needs(Right::Administer),
    get("/company/personal/user/{id}/history/", history::show),
    get("/company/personal/user/{id}/dismiss/", leave::form),
    post("/company/personal/user/{id}/dismiss/", leave::dismiss),
    post("/company/personal/user/{id}/restore/", leave::restore),
];

/// A text of a record; empty if it has none.
pub(super) fn text(record: &Json, name: &str) -> String {
    record.get(name).and_then(read_text).unwrap_or_default()
}

/// The texts of a record that has several, or one.
fn texts(record: &Json, name: &str) -> Vec<String> {
    let values = match record.get(name) {
        Some(Json::Array(values)) => values.iter().filter_map(read_text).collect(),
        _ => vec![text(record, name)],
    };
    values.into_iter().filter(|it: &String| !it.is_empty()).collect()
}

/// The face of a person, by the fields of an answer.
pub(super) fn face(person: &Json) -> Face {
    let id = text(person, "ID").parse().unwrap_or_default();
    let of = |name: &str| text(person, name);
    Face::new(id, &of("NAME"), &of("LAST_NAME"), &of("EMAIL"), &of("PERSONAL_PHOTO"))
}

/// The records of an answer.
pub(super) fn records(answer: Answer) -> Vec<Json> {
    match answer.result {
        Json::Array(records) => records,
        _ => Vec::new(),
    }
}

/// Whether an error is about what a form was sent with, so that it can be corrected, and not about who sent it.
pub(super) fn is_correctable(err: &Error) -> bool {
    err.code == &ARGUMENT || (err.code == &CORE && err.said != "access_denied")
}

/// A department with its place in the tree.
pub(super) struct Department {
    pub(super) id: String,
    name: String,
    /// How deep it is, for an indent.
    depth: usize,
    /// The department that it belongs to; empty for the root.
    parent: String,
    /// The person who heads it; empty if no one does, or for a visitor who may not know.
    head: String,
}

impl Department {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it belongs to that department.
    pub(super) fn is_below(&self, id: &str) -> bool {
        self.parent == id
    }

    /// Its name, indented by its depth.
    pub(super) fn indented(&self) -> String {
        format!("{}{}", "— ".repeat(self.depth), self.name)
    }
}

/// The department that is the whole company: it was there first.
pub(super) fn whole_company(departments: &[Department]) -> String {
    let oldest = departments.iter().min_by_key(|it| it.id.parse::<i64>().unwrap_or(i64::MAX));
    oldest.map(|it| it.id.clone()).unwrap_or_default()
}

/// Whoever asks, also when their visit is over.
pub(crate) struct Asker<'a> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller,
}

impl<'a> Asker<'a> {
    /// The visitor.
    pub(crate) fn of(visit: &'a Visit<'_>) -> Result<Asker<'a>> {
        Ok(Asker { app: visit.app, caller: visit.caller()? })
    }

    /// Calls a method, as [`Visit::call`] does.
    pub(crate) fn call(&self, method: &str, params: Json) -> Result<Answer> {
        // It reads only, so nothing is to be written down of whence it asks.
        let caller = (self.caller.clone(), Origin::default());
        call_for(self.app, caller, self.app.registry.get(method, false)?, params)
    }
}

/// All departments as they are answered, in no order of the tree.
pub(crate) fn all_departments(asker: &Asker<'_>) -> Result<Vec<Json>> {
    let (mut found, mut start) = (Vec::new(), Some(0));
    while let Some(from) = start {
        let answer = asker.call("department.get", json!({ "SORT": "NAME", "START": from }))?;
        start = answer.next;
        found.extend(records(answer));
    }
    Ok(found)
}

/// The names of people by their IDs, at most 50; of those alone whom the caller may see.
fn names(asker: &Asker<'_>, ids: &[String]) -> Result<Vec<(String, String)>> {
    let params = json!({
        "FILTER": { "ID": ids }, "SELECT": ["ID", "NAME", "LAST_NAME", "EMAIL"], "ADMIN_MODE": "Y", "START": -1,
    });
    let found = records(asker.call("user.get", params)?);
    Ok(found.iter().map(|it| (text(it, "ID"), face(it).name)).collect())
}

/// The IDs of people who are found by these words: the first 50.
fn names_found(visit: &Visit<'_>, words: &str) -> Result<Vec<String>> {
    let params = json!({ "FILTER": { "FIND": words }, "SELECT": ["ID"], "ADMIN_MODE": "Y", "START": -1 });
    Ok(records(visit.call("user.get", params)?).iter().map(|it| text(it, "ID")).collect())
}

/// All departments, each below the one that it belongs to.
pub(super) fn departments(visit: &Visit<'_>) -> Result<Vec<Department>> {
    let found = all_departments(&Asker::of(visit)?)?;
    let mut below: HashMap<String, Vec<&Json>> = HashMap::new();
    for department in &found {
        below.entry(text(department, "PARENT")).or_default().push(department);
    }
    let mut tree = Vec::with_capacity(found.len());
    // The last of those still to do is the next one, so children follow their parent.
    let mut to_do: Vec<(&Json, usize)> = below.get("").into_iter().flatten().rev().map(|it| (*it, 0)).collect();
    while let Some((department, depth)) = to_do.pop() {
        let id = text(department, "ID");
        to_do.extend(below.get(&id).into_iter().flatten().rev().map(|it| (*it, depth + 1)));
        let of = |name: &str| text(department, name);
        tree.push(Department { name: of("NAME"), parent: of("PARENT"), head: of("UF_HEAD"), id, depth });
    }
    Ok(tree)
}

/// The IDs of a person's departments.
pub(super) fn department_ids(person: &Json) -> Vec<String> {
    person.get("UF_DEPARTMENT").and_then(Json::as_array).into_iter().flatten().filter_map(read_text).collect()
}
