//! The start page: oneself, and what is worth a look.

use super::{
    MenuItem, Reply, Route, Subject, Visit, get,
    shell::Face,
    tasks::{PersonTasks, of_person},
};
use askama::Template;
use muster_core::{Json, Result, call::Right, json, params::read_text};

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[MenuItem { path: "/", label: "home-title", icon: "home", right: Right::Anyone }],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("home.css"),
    js: "",
};

const ROUTES: &[Route] = &[get("/", home)];

#[derive(Template)]
#[template(path = "pages/home/home.html")]
struct Home<'a> {
    visit: &'a Visit<'a>,
    person: Face,
    first_name: String,
    position: String,
    departments: Vec<String>,
    email: String,
    phone: String,
    tasks: PersonTasks,
}

fn home(visit: &Visit<'_>) -> Result<Reply> {
    let me = visit.call("user.current", json!({ "IMAGE_RESIZE": "medium" }))?.result;
    let text = |name: &str| me.get(name).and_then(read_text).unwrap_or_default();
    let email = text("EMAIL");
    let person = Face::new(visit.caller()?.user_id, &text("NAME"), &text("LAST_NAME"), &email, &text("PERSONAL_PHOTO"));
    let phone = ["WORK_PHONE", "PERSONAL_MOBILE"].map(text).into_iter().find(|it| !it.is_empty());
    let page = Home {
        visit,
        first_name: if text("NAME").is_empty() { person.name.clone() } else { text("NAME") },
        position: text("WORK_POSITION"),
        tasks: of_person(visit, visit.caller()?.user_id)?,
        departments: departments(visit, &me["UF_DEPARTMENT"])?,
        phone: phone.unwrap_or_default(),
        person,
        email,
    };
    visit.page(&page)
}

fn departments(visit: &Visit<'_>, ids: &Json) -> Result<Vec<String>> {
    if ids.as_array().is_none_or(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let found = visit.call("department.get", json!({ "ID": ids }))?.result;
    Ok(found.as_array().into_iter().flatten().filter_map(|it| it.get("NAME").and_then(read_text)).collect())
}
