//! The administrators' part: opening registration, its link, and their answer to those who wait.

use super::super::{
    Reply, Visit,
    people::{Department, departments, whole_company},
};
use askama::Template;
use muster_core::{
    Error, Json, Result,
    error::{ARGUMENT, CORE},
    json,
    params::read_text,
};

/// Someone who waits for a confirmation.
pub(crate) struct Waiting {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) since: String,
}

fn text(record: &Json, name: &str) -> String {
    record.get(name).and_then(read_text).unwrap_or_default()
}

/// Whoever waits for a confirmation.
pub(crate) fn waiting(visit: &Visit<'_>) -> Result<Vec<Waiting>> {
    let found = visit.call("user.registration.list", json!({}))?.result;
    let one = |it: &Json| Waiting {
        id: text(it, "ID"),
        name: format!("{} {}", text(it, "NAME"), text(it, "LAST_NAME")).trim().to_owned(),
        email: text(it, "EMAIL"),
        since: visit.written_moment(&text(it, "DATE_REGISTER")),
    };
    Ok(found.as_array().into_iter().flatten().map(one).collect())
}

#[derive(Template)]
#[template(path = "pages/registration/settings.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    is_open: bool,
    link: String,
    domains: String,
    problem: String,
}

pub(super) fn settings(visit: &Visit<'_>) -> Result<Reply> {
    show(visit, String::new())
}

fn show(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    let known = visit.call("user.registration.settings", json!({}))?.result;
    let path = text(&known, "PATH");
    let link = if path.is_empty() { path } else { format!("{}{path}", visit.app.door.own_url()) };
    let domains = if problem.is_empty() { text(&known, "DOMAINS") } else { visit.text("DOMAINS") };
    let status = if problem.is_empty() { 200 } else { 422 };
    let is_open = known.get("OPEN") == Some(&Json::Bool(true));
    Ok(visit.page(&Page { visit, is_open, link, domains, problem })?.with_status(status))
}

pub(super) fn save(visit: &Visit<'_>) -> Result<Reply> {
    let mut sent = json!({});
    for name in ["OPEN", "RENEW", "DOMAINS"] {
        if visit.params.get(name).is_some() {
            sent[name] = visit.text(name).into();
        }
    }
    match visit.call("user.registration.set", sent) {
        Ok(_) => Ok(Reply::to("/company/invitations/registration/?done=saved")),
        Err(err) if err.code == &ARGUMENT => show(visit, visit.t("registration-wrong-domains")),
        Err(err) => Err(err),
    }
}

#[derive(Template)]
#[template(path = "pages/registration/confirm.html")]
struct Confirm<'a> {
    visit: &'a Visit<'a>,
    who: Waiting,
    departments: Vec<Department>,
    chosen: String,
}

/// Where someone is to work who is let in: at first the whole company.
pub(super) fn choose(visit: &Visit<'_>) -> Result<Reply> {
    let id = visit.path_id("id")?.to_string();
    let who = waiting(visit)?.into_iter().find(|it| it.id == id);
    let who = who.ok_or_else(|| CORE.say(visit.t("registration-gone")))?;
    let departments = departments(visit)?;
    let chosen = whole_company(&departments);
    visit.page(&Confirm { visit, who, departments, chosen })
}

pub(super) fn confirm(visit: &Visit<'_>) -> Result<Reply> {
    let mut sent = json!({ "ID": visit.path_id("id")? });
    if !visit.text("DEPARTMENT").is_empty() {
        sent["UF_DEPARTMENT"] = json!([visit.text("DEPARTMENT")]);
    }
    let confirmed = visit.call("user.registration.confirm", sent);
    confirmed.map_err(|err| why(visit, err))?;
    Ok(Reply::to("/company/invitations/?done=registration-confirmed"))
}

pub(super) fn refuse(visit: &Visit<'_>) -> Result<Reply> {
    let refused = visit.call("user.registration.refuse", json!({ "ID": visit.path_id("id")? }));
    refused.map_err(|err| why(visit, err))?;
    Ok(Reply::to("/company/invitations/?done=registration-refused"))
}

/// The same error in the visitor's language.
fn why(visit: &Visit<'_>, err: Error) -> Error {
    let message = match err.said.as_ref() {
        "Nobody waits under this ID" => "registration-gone",
        "A user with this email already exists" => "registration-taken",
        "user_count_exceeded" => "registration-no-place",
        "access_denied" => "error-access-denied",
        _ => return err,
    };
    if err.code == &CORE || err.code == &ARGUMENT { err.code.say(visit.t(message)) } else { err }
}
