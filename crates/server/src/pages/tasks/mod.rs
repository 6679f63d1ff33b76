//! Tasks: what there is to do, and one task with all that belongs to it.

mod card;
mod comments;
mod form;
mod history;
mod items;
mod person;
mod time;

pub(super) use person::{PersonTasks, of_person};

use super::{MenuItem, Reply, Route, Subject, Visit, get, people::faces, post, shell::Face, visit::NOT_FOUND};
use askama::Template;
use form::Form;
use muster_core::{
    Json, Result,
    call::Right,
    json,
    params::{read_int, read_text},
};
use std::collections::HashMap;

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[MenuItem { path: "/tasks/", label: "tasks-title", icon: "check", right: Right::Anyone }],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("tasks.css"),
    js: "",
};

const ROUTES: &[Route] = &[
    get("/tasks/", list),
    post("/tasks/add/", add),
    get("/tasks/{id}/", card::show),
    get("/tasks/{id}/history/", history::show),
    post("/tasks/{id}/change/", card::change),
    post("/tasks/{id}/hand-over/", card::hand_over),
    post("/tasks/{id}/move/", card::move_on),
    post("/tasks/{id}/mark/", card::mark),
    post("/tasks/{id}/delete/", card::delete),
    post("/tasks/{id}/comment/", comments::add),
    post("/tasks/{id}/comment/{part}/", comments::change),
    post("/tasks/{id}/comment/{part}/delete/", comments::delete),
    post("/tasks/{id}/item/", items::add),
    post("/tasks/{id}/item/{part}/", items::rename),
    post("/tasks/{id}/item/{part}/delete/", items::delete),
    post("/tasks/{id}/tick/", items::tick),
    post("/tasks/{id}/time/", time::add),
    post("/tasks/{id}/time/{part}/delete/", time::delete),
];

/// What someone is to the tasks of a list, with the field that says so.
const ROLES: &[(&str, &str)] =
    &[("mine", "RESPONSIBLE_ID"), ("given", "CREATED_BY"), ("helping", "ACCOMPLICE"), ("watching", "AUDITOR")];

/// A task in a list.
pub(super) struct Line {
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) status: String,
    pub(super) is_late: bool,
    is_new: bool,
    is_done: bool,
    pub(super) deadline: String,
    responsible: Face,
}

#[derive(Template)]
#[template(path = "pages/tasks/list.html")]
struct List<'a> {
    visit: &'a Visit<'a>,
    /// Whose tasks they are, if not the visitor's own.
    person: Option<Face>,
    role: String,
    roles: Vec<&'static str>,
    query: String,
    with_done: bool,
    tasks: Vec<Line>,
    total: usize,
    /// Where the pages before and after this one begin.
    before: Option<i64>,
    next: Option<i64>,
    form: Form,
}

impl List<'_> {
    /// What addresses say of whose tasks they are.
    fn of_person(&self) -> String {
        self.person.as_ref().map_or_else(String::new, |it| format!("&person={}", it.id))
    }

    fn role_name(&self, role: &str) -> String {
        let whose = if self.person.is_some() { "theirs-" } else { "" };
        format!("tasks-role-{whose}{role}")
    }
}

fn list(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&read(visit, Form::empty(visit)?)?)
}

fn read<'a>(visit: &'a Visit<'a>, form: Form) -> Result<List<'a>> {
    let person = person(visit)?;
    let whose = match &person {
        Some(person) => person.id,
        None => visit.caller()?.user_id,
    };
    let asked = visit.text("ROLE");
    let role = ROLES.iter().find(|it| it.0 == asked);
    let (query, with_done) = (visit.text("Q"), visit.text("DONE") == "1");
    let start = visit.text("START").parse::<i64>().unwrap_or(0).max(0);
    // Whoever asks for no role of theirs sees all that they may see.
    let all = asked == "all" && person.is_none();
    let (role, field) = role.map_or_else(|| (if all { "all" } else { "mine" }, None), |it| (it.0, Some(it.1)));
    let field = field.or((role == "mine").then_some("RESPONSIBLE_ID"));
    let mut filter = json!({ "%TITLE": query });
    if let Some(field) = field {
        filter[field] = whose.into();
    }
    if !with_done {
        filter["!REAL_STATUS"] = 5.into();
    }
    let params = json!({
        "filter": filter, "order": { "STATUS_COMPLETE": "asc", "DUE": "asc", "ID": "desc" }, "start": start,
        "select": ["ID", "TITLE", "STATUS", "subStatus", "DEADLINE", "RESPONSIBLE_ID"],
    });
    let answer = visit.call("tasks.task.list", params)?;
    let tasks = answer.result["tasks"].as_array().cloned().unwrap_or_default();
    Ok(List {
        visit,
        role: role.to_owned(),
        roles: ROLES.iter().map(|it| it.0).chain(person.is_none().then_some("all")).collect(),
        person,
        query,
        with_done,
        tasks: tasks.iter().map(|it| line(visit, it)).collect(),
        total: answer.total.and_then(|it| usize::try_from(it).ok()).unwrap_or(0),
        before: (start > 0).then_some((start - 50).max(0)),
        next: answer.next,
        form,
    })
}

/// The other person whose tasks are asked for, if the visitor sees them.
fn person(visit: &Visit<'_>) -> Result<Option<Face>> {
    let sent = visit.text("PERSON");
    if sent.is_empty() || sent == visit.caller()?.user_id.to_string() {
        return Ok(None);
    }
    let id: i64 = sent.parse().map_err(|_| NOT_FOUND.error())?;
    let select = ["ID", "NAME", "LAST_NAME", "EMAIL", "PERSONAL_PHOTO"];
    let params =
        json!({ "FILTER": { "ID": id }, "ADMIN_MODE": "Y", "START": -1, "IMAGE_RESIZE": "small", "SELECT": select });
    let found = visit.call("user.get", params)?.result;
    let of = |name: &str| text(&found[0][name]);
    if read_int(&found[0]["ID"]) != Some(id) {
        return Err(NOT_FOUND.error());
    }
    Ok(Some(Face::new(id, &of("NAME"), &of("LAST_NAME"), &of("EMAIL"), &of("PERSONAL_PHOTO"))))
}

fn line(visit: &Visit<'_>, task: &Json) -> Line {
    let status = text(&task["status"]);
    Line {
        id: read_int(&task["id"]).unwrap_or(0),
        title: text(&task["title"]),
        is_late: task["subStatus"] == "-1",
        is_new: task["subStatus"] == "-2",
        is_done: status == "5",
        status: visit.t(&format!("task-status-{status}")),
        deadline: visit.written_moment(&text(&task["deadline"])),
        responsible: face(&task["responsible"]),
    }
}

/// Adds a task to oneself, to the person whose tasks are shown, or to whoever was typed in.
fn add(visit: &Visit<'_>) -> Result<Reply> {
    let mut form = Form::empty(visit)?;
    form.take(visit);
    match create(visit, &form) {
        Ok(id) => Ok(Reply::to(&format!("/tasks/{id}/?done=saved"))),
        Err(err) if err.code.status < 500 => {
            form.say(visit, &err);
            Ok(visit.page(&read(visit, form)?)?.with_status(422))
        }
        Err(err) => Err(err),
    }
}

fn create(visit: &Visit<'_>, form: &Form) -> Result<i64> {
    let mut fields = form.changes(visit)?;
    if let Some(person) = person(visit)? {
        fields.insert("RESPONSIBLE_ID".to_owned(), person.id.into());
    }
    fields.entry("RESPONSIBLE_ID").or_insert(visit.caller()?.user_id.into());
    fields.entry("TITLE").or_insert("".into());
    let added = visit.call("tasks.task.add", json!({ "fields": fields }))?.result;
    Ok(read_int(&added["task"]["id"]).unwrap_or(0))
}

/// The names of these people, as far as the visitor sees them.
fn names(visit: &Visit<'_>, mut ids: Vec<i64>) -> Result<HashMap<i64, String>> {
    ids.sort_unstable();
    ids.dedup();
    let mut names: HashMap<i64, String> = HashMap::new();
    // As many as a page of people has.
    for ids in ids.chunks(50) {
        names.extend(faces(visit, &json!({ "ID": ids }))?.into_iter().map(|it| (it.id, it.name)));
        for id in ids {
            names.entry(*id).or_insert_with(|| visit.t1("task-user", "id", id));
        }
    }
    Ok(names)
}

/// The face of a person as a task shows them.
fn face(person: &Json) -> Face {
    Face { id: read_int(&person["id"]).unwrap_or(0), name: text(&person["name"]), photo: text(&person["icon"]) }
}

fn text(value: &Json) -> String {
    read_text(value).unwrap_or_default()
}
