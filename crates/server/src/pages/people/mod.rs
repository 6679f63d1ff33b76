//! People: the directory, a person's profile and its history, and how someone leaves and comes back.

mod directory;
mod history;
mod leave;
mod profile;

pub(super) use profile::faces;

use super::{MenuItem, Reply, Route, Subject, Visit, get, post, shell::Face};
use muster_core::{
    Error, Json, Result,
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
    js: "",
};

const ROUTES: &[Route] = &[
    get("/company/", directory::list),
    get("/company/export.csv", directory::export),
    get("/company/personal/user/{id}/", profile::show),
    get("/company/personal/user/{id}/edit/", profile::form),
    post("/company/personal/user/{id}/edit/", profile::save),
    get("/company/personal/user/{id}/history/", history::show),
    get("/company/personal/user/{id}/dismiss/", leave::form),
    post("/company/personal/user/{id}/dismiss/", leave::dismiss),
    post("/company/personal/user/{id}/restore/", leave::restore),
];

/// A text of a record; empty if it has none.
pub(super) fn text(record: &Json, name: &str) -> String {
    record.get(name).and_then(read_text).unwrap_or_default()
}

/// The face of a person, by the fields of an answer.
pub(super) fn face(person: &Json) -> Face {
    let id = text(person, "ID").parse().unwrap_or_default();
    let of = |name: &str| text(person, name);
    Face::new(id, &of("NAME"), &of("LAST_NAME"), &of("EMAIL"), &of("PERSONAL_PHOTO"))
}

/// The records of an answer.
pub(super) fn records(answer: muster_core::Answer) -> Vec<Json> {
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
}

impl Department {
    /// Its name, indented by its depth.
    pub(super) fn indented(&self) -> String {
        format!("{}{}", "— ".repeat(self.depth), self.name)
    }
}

/// All departments, each below the one that it belongs to.
pub(super) fn departments(visit: &Visit<'_>) -> Result<Vec<Department>> {
    let (mut found, mut start) = (Vec::new(), Some(0));
    while let Some(from) = start {
        let answer = visit.call("department.get", json!({ "SORT": "NAME", "START": from }))?;
        start = answer.next;
        found.extend(records(answer));
    }
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
        tree.push(Department { name: text(department, "NAME"), id, depth });
    }
    Ok(tree)
}

/// The IDs of a person's departments.
pub(super) fn department_ids(person: &Json) -> Vec<String> {
    person.get("UF_DEPARTMENT").and_then(Json::as_array).into_iter().flatten().filter_map(read_text).collect()
}

/// A file of values that are separated by commas, which spreadsheets open as text and not as formulas.
fn csv(rows: &[Vec<String>]) -> Reply {
    let mut content = String::from("\u{feff}");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|it| cell(it)).collect();
        content.push_str(&cells.join(","));
        content.push_str("\r\n");
    }
    Reply::file("text/csv; charset=utf-8", "people.csv", content.into_bytes())
}

/// A value in quotes. What a spreadsheet would take for a formula begins with an apostrophe.
fn cell(value: &str) -> String {
    let guard = if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", value.replace('"', "\"\""))
}
