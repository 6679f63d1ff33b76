//! Leaving and coming back: what rests on someone and who takes it over, in one step.

use super::{departments, face, is_correctable, profile, records, text};
use crate::pages::{Reply, Visit, shell::Face};
use askama::Template;
use muster_core::{Json, Result, json};

/// The most people who are offered to take over.
const MOST: usize = 12;

#[derive(Template)]
#[template(path = "pages/people/leave.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    face: Face,
    is_gone: bool,
    /// What rests on them, by kind, with how many there are of each.
    duties: Vec<(String, i64)>,
    query: String,
    heirs: Vec<Face>,
    chosen: String,
    problem: String,
}

fn page<'a>(visit: &'a Visit<'a>, problem: String) -> Result<Page<'a>> {
    let person = profile::find(visit, "small")?;
    let id = text(&person, "ID");
    let rests = visit.call("user.references", json!({ "ID": id, "DUTIES": "Y" }))?.result;
    let counts = rests.get("counts").and_then(Json::as_object);
    let duty = |(name, count): (&String, &Json)| {
        let message = format!("leave-object-{}", name.replace('_', "-"));
        (visit.language.find(&message, &[]).unwrap_or_else(|| name.clone()), count.as_i64().unwrap_or_default())
    };
    let query = visit.text("Q");
    let heirs = if query.is_empty() { suggested(visit, &person)? } else { found(visit, &id, &query)? };
    let sent = visit.text("HEIR");
    let first = heirs.first().map(|it| it.id.to_string()).unwrap_or_default();
    Ok(Page {
        visit,
        face: face(&person),
        is_gone: person.get("ACTIVE") == Some(&Json::Bool(false)),
        duties: counts.into_iter().flatten().map(duty).collect(),
        query,
        heirs,
        chosen: if sent.is_empty() { first } else { sent },
        problem,
    })
}

/// Their manager, and whoever is looking.
fn suggested(visit: &Visit<'_>, person: &Json) -> Result<Vec<Face>> {
    let mut heirs = profile::managers(visit, person, &departments(visit)?)?;
    let me = visit.caller()?.user_id;
    if heirs.iter().all(|it| it.id != me) {
        heirs.extend(profile::faces(visit, &json!({ "ID": [me] }))?);
    }
    heirs.truncate(MOST);
    Ok(heirs)
}

fn found(visit: &Visit<'_>, id: &str, query: &str) -> Result<Vec<Face>> {
    let filter = json!({ "FIND": query, "ACTIVE": true, "USER_TYPE": "employee", "!ID": id });
    let params = json!({ "FILTER": filter, "ORDER": { "LAST_NAME": "ASC" }, "START": -1, "IMAGE_RESIZE": "small" });
    Ok(records(visit.call("user.get", params)?).iter().take(MOST).map(face).collect())
}

pub(super) fn form(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&page(visit, String::new())?)
}

pub(super) fn dismiss(visit: &Visit<'_>) -> Result<Reply> {
    let heir = visit.text("HEIR").parse::<i64>().ok();
    act(visit, "user.dismiss", json!({ "ID": visit.path_id("id")?, "HEIR": heir }), "dismissed")
}

pub(super) fn restore(visit: &Visit<'_>) -> Result<Reply> {
    act(visit, "user.restore", json!({ "ID": visit.path_id("id")? }), "restored")
}

fn act(visit: &Visit<'_>, method: &str, params: Json, done: &str) -> Result<Reply> {
    match visit.call(method, params) {
        Ok(_) => Ok(Reply::to(&format!("/company/personal/user/{}/?done={done}", visit.path_id("id")?))),
        Err(err) if is_correctable(&err) => Ok(visit.page(&page(visit, visit.said(&err))?)?.with_status(422)),
        Err(err) => Err(err),
    }
}
