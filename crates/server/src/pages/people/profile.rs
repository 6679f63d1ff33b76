//! A person's profile: what the visitor may see of them, in sections of which each is changed where it stands.

use super::{
    Department, department_ids, departments, face, records, section,
    section::{May, Section},
    text,
    values::Book,
};
use crate::pages::{
    Reply, Visit,
    frames::Link,
    shell::Face,
    tasks::{PersonTasks, of_person},
    visit::NOT_FOUND,
};
use askama::Template;
use muster_core::{Json, Result, call::Right, json};
use muster_modules::user::is_erased_address;

#[derive(Template)]
#[template(path = "pages/people/profile.html")]
pub(super) struct Profile<'a> {
    visit: &'a Visit<'a>,
    face: Face,
    position: String,
    departments: Vec<String>,
    /// The message that says what someone is who does not simply work here.
    state: &'static str,
    is_online: bool,
    sections: Vec<Section>,
    managers: Vec<Face>,
    reports: Vec<Face>,
    groups: Vec<Group>,
    tasks: PersonTasks,
    /// What apps have put into the menu of a person's card.
    widgets: Vec<Link>,
    /// Whether it is the visitor's own.
    is_own: bool,
    may_edit: bool,
    may_see_history: bool,
    may_change_photo: bool,
    may_export: bool,
    /// Whether they can be dismissed or restored: never oneself.
    may_end: bool,
    may_erase: bool,
}

/// A workgroup that the person belongs to.
struct Group {
    name: String,
    is_closed: bool,
}

/// The person of the address, as far as the visitor may see them.
pub(super) fn find(visit: &Visit<'_>, picture: &str) -> Result<Json> {
    let id = visit.path_id("id")?;
    let mut params = json!({ "FILTER": { "ID": id }, "ADMIN_MODE": "Y", "START": -1 });
    if !picture.is_empty() {
        params["IMAGE_RESIZE"] = picture.into();
    }
    // People see of themselves what may be hidden of others.
    if id == visit.caller()?.user_id {
        return Ok(visit.call("user.current", params)?.result);
    }
    records(visit.call("user.get", params)?).into_iter().next().ok_or_else(|| NOT_FOUND.error())
}

/// The profile; with `?edit=work` the section of that name is a form.
pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    let book = Book::open(visit, find(visit, "medium")?)?;
    let sections = book.sections(&visit.text("EDIT"))?;
    visit.page(&page(&book, sections)?)
}

pub(super) fn page<'a>(book: &Book<'a>, sections: Vec<Section>) -> Result<Profile<'a>> {
    let (visit, person) = (book.visit, &book.person);
    let all = departments(visit)?;
    let ids = department_ids(person);
    let (id, caller) = (text(person, "ID"), visit.caller()?);
    let is_own = caller.user_id.to_string() == id;
    let may = section::may(visit, person)?;
    let may_end = caller.may(Right::ManagePeople) && section::outranks(visit, person)?;
    let has_left = person.get("ACTIVE") == Some(&Json::Bool(false));
    let is_erased = is_erased_address(&text(person, "EMAIL"));
    Ok(Profile {
        visit,
        face: face(person),
        position: text(person, "WORK_POSITION"),
        departments: all.iter().filter(|it| ids.contains(&it.id)).map(|it| it.name.clone()).collect(),
        state: match text(person, "USER_TYPE").as_str() {
            _ if is_erased => "people-erased",
            _ if has_left => "people-dismissed",
            "extranet" => "people-outside",
            _ => "",
        },
        is_online: text(person, "IS_ONLINE") == "Y",
        sections,
        managers: managers(visit, person, &all)?,
        reports: reports(visit, person, &all)?,
        groups: groups(visit, &id)?,
        tasks: of_person(visit, id.parse().unwrap_or_default())?,
        widgets: visit.widgets("USER_PROFILE_TOOLBAR", &id),
        is_own,
        may_edit: may == May::All,
        may_see_history: caller.may(Right::EditPeople) && !is_erased,
        may_change_photo: section::may_change(visit, person, "PERSONAL_PHOTO")?,
        may_export: is_own || caller.may(Right::Administer),
        may_end: may_end && !is_own && !is_erased,
        may_erase: caller.may(Right::Administer) && !is_own && has_left && !is_erased,
    })
}

/// What a field is called: in the visitor's language if there are words for it, else as `user.fields` calls it.
pub(super) fn title(visit: &Visit<'_>, name: &str, titles: &Json) -> String {
    let message = format!("field-{}", name.to_lowercase().replace('_', "-"));
    visit.language.find(&message, &[]).unwrap_or_else(|| match text(titles, name) {
        title if title.is_empty() => name.to_owned(),
        title => title,
    })
}

/// Who manages a person: the head of each of their departments or, where that is the person or no one, of the next one
/// above that has another.
pub(super) fn managers(visit: &Visit<'_>, person: &Json, all: &[Department]) -> Result<Vec<Face>> {
    let id = text(person, "ID");
    let mut heads: Vec<String> = Vec::new();
    for start in department_ids(person) {
        let mut next = start;
        // A tree has no circles, but a bound costs nothing.
        for _ in 0..all.len() {
            let Some(department) = all.iter().find(|it| it.id == next) else { break };
            if !department.head.is_empty() && department.head != id {
                heads.push(department.head.clone());
                break;
            }
            next = department.parent.clone();
        }
    }
    faces(visit, &json!({ "ID": heads, "ACTIVE": true }))
}

/// Whom a person manages: the people of the departments that they head, and the heads of those just below. Someone from
/// outside is not told of heads.
fn reports(visit: &Visit<'_>, person: &Json, all: &[Department]) -> Result<Vec<Face>> {
    let id = text(person, "ID");
    let headed: Vec<&str> = all.iter().filter(|it| it.head == id).map(|it| it.id.as_str()).collect();
    let below = all.iter().filter(|it| headed.contains(&it.parent.as_str()) && !it.head.is_empty() && it.head != id);
    let below: Vec<&str> = below.map(|it| it.head.as_str()).collect();
    let mut reports = faces(visit, &json!({ "UF_DEPARTMENT": headed, "!ID": id, "ACTIVE": true }))?;
    for face in faces(visit, &json!({ "ID": below, "ACTIVE": true }))? {
        if reports.iter().all(|it| it.id != face.id) {
            reports.push(face);
        }
    }
    Ok(reports)
}

/// The workgroups that a person belongs to, as far as the visitor sees them.
fn groups(visit: &Visit<'_>, id: &str) -> Result<Vec<Group>> {
    let params = json!({ "FILTER": { "MEMBER_ID": id }, "ORDER": { "NAME": "ASC" }, "START": -1 });
    let group = |it: &Json| Group { name: text(it, "NAME"), is_closed: text(it, "CLOSED") == "Y" };
    Ok(records(visit.call("sonet_group.get", params)?).iter().map(group).collect())
}

/// Up to 50 people that pass a filter, if it is about anyone.
pub(in crate::pages) fn faces(visit: &Visit<'_>, filter: &Json) -> Result<Vec<Face>> {
    let is_empty = |name: &str| filter.get(name).and_then(Json::as_array).is_some_and(Vec::is_empty);
    if is_empty("ID") || is_empty("UF_DEPARTMENT") {
        return Ok(Vec::new());
    }
    let params = json!({
        "FILTER": filter, "ORDER": { "LAST_NAME": "ASC" }, "START": -1, "IMAGE_RESIZE": "small",
        "SELECT": ["ID", "NAME", "LAST_NAME", "EMAIL", "PERSONAL_PHOTO"],
    });
    Ok(records(visit.call("user.get", params)?).iter().map(face).collect())
}
