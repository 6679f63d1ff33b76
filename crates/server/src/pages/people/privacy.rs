//! What is stored about a person: handed out to them, and erased once they have left.

use super::{face, is_correctable, profile, text};
use crate::pages::{Reply, Visit, shell::Face};
use askama::Template;
use muster_core::{Json, Result, error::INTERNAL, json};
use muster_modules::{audit::deeds::EXPORT, user::is_erased_address};

/// All that is stored, as a file. The method refuses whoever may not have it.
pub(super) fn export(visit: &Visit<'_>) -> Result<Reply> {
    let id = visit.path_id("id")?;
    profile::find(visit, "")?;
    let data = visit.call("user.export", json!({ "ID": id }))?.result;
    visit.note(&EXPORT, &id.to_string())?;
    let content = serde_json::to_vec_pretty(&data).map_err(|err| INTERNAL.error().because(err))?;
    Ok(Reply::file("application/json; charset=utf-8", &format!("person-{id}.json"), content))
}

#[derive(Template)]
#[template(path = "pages/people/erase.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    face: Face,
    email: String,
    /// Whether it can be done: they have left, and it was not done yet.
    is_possible: bool,
    /// What stays, and why.
    kept: Vec<String>,
    typed: String,
    problem: String,
}

fn page<'a>(visit: &'a Visit<'a>, problem: String) -> Result<Page<'a>> {
    let person = profile::find(visit, "small")?;
    let email = text(&person, "EMAIL");
    let has_left = person.get("ACTIVE") == Some(&Json::Bool(false));
    Ok(Page {
        visit,
        face: face(&person),
        is_possible: has_left && !is_erased_address(&email),
        email,
        kept: kept(visit),
        typed: visit.text("CONFIRM"),
        problem,
    })
}

/// What each module keeps and why, as it declares it; in the visitor's language if there are words for it.
fn kept(visit: &Visit<'_>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for module in visit.app.registry.modules() {
        let mut reasons: Vec<&str> = module.personal.iter().filter_map(|it| it.why_kept()).collect();
        reasons.dedup();
        if !reasons.is_empty() {
            let message = format!("erase-kept-{}", module.name);
            kept.push(visit.language.find(&message, &[]).unwrap_or_else(|| reasons.join(" ")));
        }
    }
    kept
}

pub(super) fn form(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&page(visit, String::new())?)
}

pub(super) fn erase(visit: &Visit<'_>) -> Result<Reply> {
    let id = visit.path_id("id")?;
    match visit.call("user.erase", json!({ "ID": id, "CONFIRM": visit.text("CONFIRM") })) {
        Ok(_) => Ok(Reply::to(&format!("/company/personal/user/{id}/?done=erased"))),
        Err(err) if is_correctable(&err) => {
            let said =
                if err.argument.as_deref() == Some("CONFIRM") { visit.t("erase-wrong") } else { visit.said(&err) };
            Ok(visit.page(&page(visit, said)?)?.with_status(422))
        }
        Err(err) => Err(err),
    }
}
