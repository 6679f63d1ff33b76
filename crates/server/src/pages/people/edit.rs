//! The form with all plain fields of a person, for those who manage people. Parts of a profile are changed where they
//! stand, by `section.rs`.

use super::{department_ids, departments, face, is_correctable, profile, section, section::SECTIONS, text};
use crate::pages::{Reply, Visit, shell::Face};
use askama::Template;
use muster_core::{
    Json, Map, Result,
    error::CORE,
    field::{Field, Kind},
    json,
};
use muster_modules::user::USER;

#[derive(Template)]
#[template(path = "pages/people/edit.html")]
struct Edit<'a> {
    visit: &'a Visit<'a>,
    face: Face,
    inputs: Vec<Input>,
    departments: Vec<Choice>,
    problem: String,
}

/// A field of the form.
struct Input {
    name: &'static str,
    title: String,
    kind: &'static str,
    value: String,
    max: usize,
}

/// A department that can be ticked.
struct Choice {
    id: String,
    name: String,
    ticked: bool,
}

/// The fields of the form, names first: what can be written and is a line of text or a date.
fn writable(visit: &Visit<'_>) -> Vec<&'static Field> {
    const NAMES: [&str; 2] = ["NAME", "LAST_NAME"];
    let others = SECTIONS.iter().flat_map(|it| it.2).copied().filter(|it| !NAMES.contains(it));
    let fields = NAMES.into_iter().chain(others).filter_map(|name| USER.field(name));
    let may_write = |field: &Field| if field.name == "EMAIL" { visit.may("manage_people") } else { field.writable };
    let is_seen = |field: &Field| visit.caller().is_ok_and(|it| field.is_visible(it));
    fields.filter(|field| field.kind != Kind::Image && may_write(field) && is_seen(field)).collect()
}

impl<'a> Edit<'a> {
    fn new(visit: &'a Visit<'a>, person: &Json, sent: bool) -> Result<Edit<'a>> {
        let titles = visit.call("user.fields", json!({}))?.result;
        let input = |field: &'static Field| Input {
            name: field.name,
            title: profile::title(visit, field.name, &titles),
            kind: match field.kind {
                Kind::Date => "date",
                Kind::OneOf(_) => "gender",
                _ if field.max > 1000 => "long",
                _ if field.name == "EMAIL" => "email",
                _ => "text",
            },
            value: match field.kind {
                _ if sent => visit.text(field.name),
                Kind::Date => text(person, field.name).get(..10).unwrap_or_default().to_owned(),
                _ => text(person, field.name),
            },
            max: field.max,
        };
        let ids = if sent { ticked(visit) } else { department_ids(person) };
        let choice = |it: super::Department| Choice { ticked: ids.contains(&it.id), name: it.indented(), id: it.id };
        Ok(Edit {
            visit,
            face: face(person),
            inputs: writable(visit).into_iter().map(input).collect(),
            departments: departments(visit)?.into_iter().map(choice).collect(),
            problem: String::new(),
        })
    }
}

fn ticked(visit: &Visit<'_>) -> Vec<String> {
    let sent = visit.params.list("UF_DEPARTMENT");
    // The form sends an empty one too, so that none ticked is told from none asked for.
    sent.iter().filter_map(muster_core::params::read_text).filter(|it| !it.is_empty()).collect()
}

pub(super) fn form(visit: &Visit<'_>) -> Result<Reply> {
    let person = profile::find(visit, "small")?;
    if section::may(visit, &person)? != section::May::All {
        return Err(CORE.say("access_denied"));
    }
    visit.page(&Edit::new(visit, &person, false)?)
}

/// Changes what is not as it was; the method refuses whoever may not.
pub(super) fn save(visit: &Visit<'_>) -> Result<Reply> {
    let person = profile::find(visit, "small")?;
    let mut changes = Map::new();
    for field in writable(visit) {
        let sent = visit.text(field.name);
        let known = text(&person, field.name);
        let same = if field.kind == Kind::Date { known.get(..10).unwrap_or_default() } else { &known };
        if visit.params.get(field.name).is_some() && sent != same {
            changes.insert(field.name.to_owned(), sent.into());
        }
    }
    // In the order that they had, of which the first is the main one; the form has another.
    let (known, ticked) = (department_ids(&person), ticked(visit));
    let mut departments: Vec<String> = known.iter().filter(|it| ticked.contains(it)).cloned().collect();
    departments.extend(ticked.into_iter().filter(|it| !known.contains(it)));
    if visit.params.get("UF_DEPARTMENT").is_some() && departments != known {
        changes.insert("UF_DEPARTMENT".to_owned(), departments.into());
    }
    let address = format!("/company/personal/user/{}/", text(&person, "ID"));
    if changes.is_empty() {
        return Ok(Reply::to(&address));
    }
    changes.insert("ID".to_owned(), text(&person, "ID").into());
    match visit.call("user.update", Json::Object(changes)) {
        Ok(_) => Ok(Reply::to(&format!("{address}?done=saved"))),
        Err(err) if is_correctable(&err) => {
            let mut page = Edit::new(visit, &person, true)?;
            page.problem = visit.said(&err);
            Ok(visit.page(&page)?.with_status(422))
        }
        Err(err) => Err(err),
    }
}
