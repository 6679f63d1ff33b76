//! A person's profile: what the visitor may see of them, and a form for those who may change it.

use super::{department_ids, departments, face, is_correctable, records, text};
use crate::pages::{
    Reply, Visit,
    frames::Link,
    shell::Face,
    tasks::{PersonTasks, of_person},
    visit::NOT_FOUND,
};
use askama::Template;
use muster_core::{
    Json, Map, Result,
    call::Right,
    field::{Field, Kind},
    json,
};
use muster_modules::user::USER;

/// The fields of a profile, in the order that one looks for them.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "profile-reach",
        &[
            "EMAIL",
            "WORK_PHONE",
            "PERSONAL_MOBILE",
            "PERSONAL_PHONE",
            "UF_PHONE_INNER",
            "UF_ZOOM",
            "UF_SKYPE",
            "UF_LINKEDIN",
        ],
    ),
    (
        "profile-work",
        &[
            "WORK_POSITION",
            "UF_EMPLOYMENT_DATE",
            "WORK_COMPANY",
            "WORK_CITY",
            "WORK_COUNTRY",
            "WORK_WWW",
            "TIME_ZONE",
            "XML_ID",
        ],
    ),
    (
        "profile-person",
        &[
            "SECOND_NAME",
            "PERSONAL_BIRTHDAY",
            "PERSONAL_GENDER",
            "PERSONAL_CITY",
            "PERSONAL_COUNTRY",
            "PERSONAL_PROFESSION",
            "PERSONAL_WWW",
            "UF_INTERESTS",
            "UF_SKILLS",
            "PERSONAL_NOTES",
        ],
    ),
];

#[derive(Template)]
#[template(path = "pages/people/profile.html")]
struct Profile<'a> {
    visit: &'a Visit<'a>,
    face: Face,
    position: String,
    departments: Vec<String>,
    /// The message that says what someone is who does not simply work here.
    state: &'static str,
    is_online: bool,
    groups: Vec<Group>,
    managers: Vec<Face>,
    reports: Vec<Face>,
    tasks: PersonTasks,
    is_self: bool,
    /// What apps have put into the menu of a person's card.
    widgets: Vec<Link>,
    may_edit: bool,
    /// Whether they can be dismissed or restored: never oneself.
    may_end: bool,
}

/// Some fields under a heading.
struct Group {
    title: &'static str,
    lines: Vec<Line>,
}

/// A field with its value.
struct Line {
    title: String,
    value: String,
    /// Where a click on it leads; empty if nowhere.
    link: String,
}

/// The person of the address, as far as the visitor may see them.
pub(super) fn find(visit: &Visit<'_>, picture: &str) -> Result<Json> {
    let params =
        json!({ "FILTER": { "ID": visit.path_id("id")? }, "ADMIN_MODE": "Y", "START": -1, "IMAGE_RESIZE": picture });
    records(visit.call("user.get", params)?).into_iter().next().ok_or_else(|| NOT_FOUND.error())
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    let person = find(visit, "medium")?;
    let titles = visit.call("user.fields", json!({}))?.result;
    let mut groups: Vec<Group> =
        GROUPS.iter().map(|(title, names)| Group { title, lines: lines(visit, &person, names, &titles) }).collect();
    let own: Vec<&str> = person.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
    let custom: Vec<&str> = own.into_iter().filter(|name| name.starts_with("UF_USR_")).collect();
    groups.push(Group { title: "profile-more", lines: lines(visit, &person, &custom, &titles) });
    groups.retain(|group| !group.lines.is_empty());
    let all = departments(visit)?;
    let ids = department_ids(&person);
    let is_self = visit.caller()?.user_id.to_string() == text(&person, "ID");
    let page = Profile {
        visit,
        face: face(&person),
        position: text(&person, "WORK_POSITION"),
        departments: all.iter().filter(|it| ids.contains(&it.id)).map(|it| it.name.clone()).collect(),
        state: match (person.get("ACTIVE"), text(&person, "USER_TYPE").as_str()) {
            (Some(Json::Bool(false)), _) => "people-dismissed",
            (_, "extranet") => "people-outside",
            _ => "",
        },
        is_online: text(&person, "IS_ONLINE") == "Y",
        groups,
        managers: managers(visit, &person)?,
        reports: reports(visit, &person)?,
        tasks: of_person(visit, visit.path_id("id")?)?,
        is_self,
        widgets: visit.widgets("USER_PROFILE_TOOLBAR", &text(&person, "ID")),
        may_edit: visit.caller()?.may(Right::ManagePeople),
        may_end: visit.caller()?.may(Right::ManagePeople) && !is_self,
    };
    visit.page(&page)
}

fn lines(visit: &Visit<'_>, person: &Json, names: &[&str], titles: &Json) -> Vec<Line> {
    let mut lines = Vec::new();
    for name in names {
        let value = match person.get(*name) {
            Some(Json::Array(values)) => {
                values.iter().filter_map(muster_core::params::read_text).collect::<Vec<_>>().join(", ")
            }
            _ => text(person, name),
        };
        if value.is_empty() || value == "false" {
            continue;
        }
        let link = match *name {
            "EMAIL" => format!("mailto:{value}"),
            "WORK_PHONE" | "PERSONAL_MOBILE" | "PERSONAL_PHONE" => format!("tel:{value}"),
            _ if value.starts_with("https://") || value.starts_with("http://") => value.clone(),
            _ => String::new(),
        };
        let value = match *name {
            "PERSONAL_GENDER" => visit.t(if value == "F" { "profile-female" } else { "profile-male" }),
            "PERSONAL_BIRTHDAY" | "UF_EMPLOYMENT_DATE" => day(visit, &value),
            _ => value,
        };
        lines.push(Line { title: title(visit, name, titles), value, link });
    }
    lines
}

/// A date such as `1990-12-31`, or the same at midnight, for people to read.
fn day(visit: &Visit<'_>, date: &str) -> String {
    let mut parts = date.get(..10).unwrap_or_default().split('-').map(|it| it.parse::<i64>().ok());
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        (Some(year), Some(month), Some(day)) => visit.day(year, month, day),
        _ => date.to_owned(),
    }
}

/// What a field is called: in the visitor's language if there are words for it, else as `user.fields` calls it.
pub(super) fn title(visit: &Visit<'_>, name: &str, titles: &Json) -> String {
    let message = format!("field-{}", name.to_lowercase().replace('_', "-"));
    visit.language.find(&message, &[]).unwrap_or_else(|| match text(titles, name) {
        title if title.is_empty() => name.to_owned(),
        title => title,
    })
}

/// The heads of a person's departments, without the person.
pub(super) fn managers(visit: &Visit<'_>, person: &Json) -> Result<Vec<Face>> {
    let ids = department_ids(person);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = records(visit.call("department.get", json!({ "ID": ids }))?);
    let heads = found.iter().map(|it| text(it, "UF_HEAD")).filter(|id| !id.is_empty() && *id != text(person, "ID"));
    faces(visit, &json!({ "ID": heads.collect::<Vec<_>>(), "ACTIVE": true }))
}

/// The people of the departments that a person heads, without the person.
fn reports(visit: &Visit<'_>, person: &Json) -> Result<Vec<Face>> {
    // For someone from outside, departments have no heads to ask by.
    if visit.caller()?.extranet {
        return Ok(Vec::new());
    }
    let headed = records(visit.call("department.get", json!({ "UF_HEAD": text(person, "ID") }))?);
    let ids: Vec<String> = headed.iter().map(|it| text(it, "ID")).collect();
    faces(visit, &json!({ "UF_DEPARTMENT": ids, "!ID": text(person, "ID"), "ACTIVE": true }))
}

/// Up to 50 people that pass a filter, if it is about anyone.
pub(super) fn faces(visit: &Visit<'_>, filter: &Json) -> Result<Vec<Face>> {
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

/// The fields of the form: what can be written and is a line of text or a date.
fn writable() -> impl Iterator<Item = &'static Field> {
    let names = ["NAME", "LAST_NAME"].into_iter().chain(GROUPS.iter().flat_map(|(_, names)| names.iter().copied()));
    names.filter_map(|name| USER.field(name)).filter(|field| field.writable || field.name == "EMAIL")
}

impl<'a> Edit<'a> {
    fn new(visit: &'a Visit<'a>, person: &Json, sent: bool) -> Result<Edit<'a>> {
        let titles = visit.call("user.fields", json!({}))?.result;
        let input = |field: &'static Field| Input {
            name: field.name,
            title: title(visit, field.name, &titles),
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
            inputs: writable().map(input).collect(),
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
    let person = find(visit, "small")?;
    visit.page(&Edit::new(visit, &person, false)?)
}

/// Changes what is not as it was; the method refuses whoever may not.
pub(super) fn save(visit: &Visit<'_>) -> Result<Reply> {
    let person = find(visit, "small")?;
    let mut changes = Map::new();
    for field in writable() {
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
