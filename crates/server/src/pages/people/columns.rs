//! What the directory can show of people: the columns there are, and which of them someone wants to see in which order.

use super::Asker;
use crate::pages::{Reply, Visit, messages::Language};
use askama::Template;
use muster_core::{
    Caller, Json, Result,
    custom::CustomKind,
    field::{Field, Kind},
    params::read_text,
};
use muster_modules::{
    audit::deeds::PREFERENCES,
    directory,
    user::USER,
    userfield::{Described, described},
};

/// The columns of whoever never chose any.
const USUAL: &[&str] = &["WORK_POSITION", "UF_DEPARTMENT", "EMAIL", "PHONE"];
/// What is in the first column anyway, and what is not worth a column.
const APART: &[&str] = &["NAME", "LAST_NAME", "UF_TIMEMAN"];
/// The telephones of a person, of which the first that there is stands for them.
pub(super) const PHONES: &[&str] = &["WORK_PHONE", "PERSONAL_MOBILE", "UF_PHONE_INNER"];

/// How the values of a column are shown.
#[derive(Clone)]
pub(super) enum Look {
    Text,
    Email,
    Telephone,
    Link,
    Day,
    Moment,
    YesNo,
    /// A word for each value, by the beginning of the message.
    Words(&'static str),
    /// A text for each value.
    Options(Vec<(String, String)>),
    Person,
    Departments,
    /// The heads of someone's departments.
    Managers,
    /// The first of someone's telephones.
    Phones,
}

/// A column.
#[derive(Clone)]
pub(super) struct Column {
    /// A field's name, or that of what is put together of several.
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) look: Look,
}

/// What a field of a person is called, in a language.
pub(crate) fn title(language: Language, field: &Field) -> String {
    let message = format!("field-{}", field.name.to_lowercase().replace('_', "-"));
    language.find(&message, &[]).unwrap_or_else(|| field.title.to_owned())
}

/// The custom fields of people that this caller may see.
pub(crate) fn custom_fields(visit: &Visit<'_>) -> Result<Vec<Described>> {
    let caller = visit.caller()?;
    let Some(custom) = USER.custom.filter(|it| caller.holds_any(it.scopes) && caller.may(it.right)) else {
        return Ok(Vec::new());
    };
    visit.app.db.read(|tx| described(tx, custom))
}

/// All columns that someone may see, in the order of their titles.
fn all(language: Language, caller: &Caller, custom: &[Described]) -> Vec<Column> {
    let made = [("PHONE", "people-phone", Look::Phones), ("MANAGER", "profile-managers", Look::Managers)];
    let mut columns: Vec<Column> = made.map(|(name, title, look)| made_up(language, name, title, look)).into();
    if PHONES.iter().all(|it| !USER.shows(it, caller)) {
        columns.retain(|it| it.name != "PHONE");
    }
    let is_listed = |name: &str| custom.iter().all(|it| it.name != name || it.is_listed);
    let fields = of_fields(language, caller, custom).into_iter();
    columns.extend(fields.filter(|it| !APART.contains(&it.name) && is_listed(it.name)));
    columns.sort_by_key(|it| it.title.to_lowercase());
    columns
}

/// A column for each field that someone may see, but for pictures and files.
pub(super) fn of_fields(language: Language, caller: &Caller, custom: &[Described]) -> Vec<Column> {
    let fields = USER.visible(caller).into_iter().filter(|it| it.kind != Kind::Image);
    let fields = fields.map(|it| Column { name: it.name, title: title(language, it), look: look(it) });
    let own = custom.iter().filter(|it| it.kind != CustomKind::File);
    fields.chain(own.map(|it| Column { name: it.name, title: it.title(language.code()), look: own_look(it) })).collect()
}

fn made_up(language: Language, name: &'static str, title: &str, look: Look) -> Column {
    Column { name, title: language.text(title, &[]), look }
}

fn look(field: &Field) -> Look {
    match (field.name, field.kind) {
        ("UF_DEPARTMENT", _) => Look::Departments,
        ("EMAIL", _) => Look::Email,
        ("PERSONAL_GENDER", _) => Look::Words("people-gender-"),
        ("USER_TYPE", _) => Look::Words("people-type-"),
        (name, _) if name.ends_with("PHONE") || name.ends_with("MOBILE") => Look::Telephone,
        (_, Kind::Bool | Kind::YesNo) => Look::YesNo,
        (_, Kind::Date) => Look::Day,
        (_, Kind::Instant(_)) => Look::Moment,
        (name, _) if name.ends_with("_WWW") => Look::Link,
        _ => Look::Text,
    }
}

fn own_look(field: &Described) -> Look {
    match field.kind {
        CustomKind::Boolean => Look::YesNo,
        CustomKind::Date => Look::Day,
        CustomKind::DateTime => Look::Moment,
        CustomKind::Enumeration => Look::Options(field.options.clone()),
        CustomKind::Employee => Look::Person,
        CustomKind::Url => Look::Link,
        _ => Look::Text,
    }
}

/// The columns that the visitor chose, as far as they may still see them; or the usual ones.
pub(super) fn chosen(visit: &Visit<'_>, custom: &[Described]) -> Result<Vec<Column>> {
    let caller = visit.caller()?;
    let names = visit.app.db.read(|tx| directory::columns(tx, caller.user_id))?;
    let names = names.unwrap_or_else(|| USUAL.iter().map(|it| (*it).to_owned()).collect());
    let all = all(visit.language, caller, custom);
    Ok(names.iter().filter_map(|name| all.iter().find(|it| it.name == name).cloned()).collect())
}

/// The fields of an answer that these columns are made of, and what the first column needs.
pub(super) fn fields(columns: &[Column]) -> Vec<&'static str> {
    let mut names = vec!["ID", "NAME", "LAST_NAME", "EMAIL", "PERSONAL_PHOTO", "ACTIVE", "USER_TYPE"];
    for column in columns {
        match column.look {
            Look::Phones => names.extend(PHONES),
            Look::Managers => names.push("UF_DEPARTMENT"),
            _ => names.push(column.name),
        }
    }
    names
}

#[derive(Template)]
#[template(path = "pages/people/columns.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    chosen: Vec<Column>,
    others: Vec<Column>,
    /// The button that was pressed last, which keeps the focus: `up-EMAIL`.
    moved: String,
}

pub(super) fn form(visit: &Visit<'_>) -> Result<Reply> {
    let custom = custom_fields(visit)?;
    let chosen = chosen(visit, &custom)?;
    let mut others = all(visit.language, visit.caller()?, &custom);
    others.retain(|it| chosen.iter().all(|other| other.name != it.name));
    visit.page(&Page { visit, chosen, others, moved: visit.text("MOVED") })
}

/// Keeps what is ticked, in the order that it had, what is new behind it; and moves one if its button was pressed.
pub(super) fn choose(visit: &Visit<'_>) -> Result<Reply> {
    let user_id = visit.caller()?.user_id;
    if !visit.text("RESET").is_empty() {
        visit.write(&PREFERENCES, |tx| Ok((directory::set_columns(tx, user_id, None)?, user_id)))?;
        return Ok(Reply::to("/company/columns/?done=saved"));
    }
    let known = all(visit.language, visit.caller()?, &custom_fields(visit)?);
    let mut names: Vec<String> = Vec::new();
    for name in visit.params.list("COLUMN").iter().filter_map(read_text) {
        if known.iter().any(|it| it.name == name) && !names.contains(&name) {
            names.push(name);
        }
    }
    let (up, down) = (visit.text("UP"), visit.text("DOWN"));
    for (name, is_up) in [(&up, true), (&down, false)] {
        let at = names.iter().position(|it| it == name);
        match at {
            Some(at) if is_up && at > 0 => names.swap(at, at - 1),
            Some(at) if !is_up && at + 1 < names.len() => names.swap(at, at + 1),
            _ => {}
        }
    }
    visit.write(&PREFERENCES, |tx| Ok((directory::set_columns(tx, user_id, Some(&names))?, user_id)))?;
    Ok(Reply::to(&match (up.is_empty(), down.is_empty()) {
        (false, _) => format!("/company/columns/?moved=up-{up}"),
        (_, false) => format!("/company/columns/?moved=down-{down}"),
        _ => "/company/?done=saved".to_owned(),
    }))
}

/// What the values of columns refer to: departments with their heads, and people.
pub(super) struct References {
    departments: Vec<(String, String, String)>,
    people: Vec<(String, String)>,
}

impl References {
    /// All departments, if any column shows them.
    pub(super) fn new(asker: &Asker<'_>, columns: &[Column]) -> Result<References> {
        let is_needed = columns.iter().any(|it| matches!(it.look, Look::Departments | Look::Managers));
        let mut departments = Vec::new();
        if is_needed {
            for it in super::all_departments(asker)? {
                let text = |name| super::text(&it, name);
                departments.push((text("ID"), text("NAME"), text("UF_HEAD")));
            }
        }
        departments.sort();
        Ok(References { departments, people: Vec::new() })
    }

    fn department(&self, id: &str) -> Option<&(String, String, String)> {
        let at = self.departments.binary_search_by(|it| it.0.as_str().cmp(id)).ok()?;
        self.departments.get(at)
    }

    /// The name of a department.
    pub(super) fn department_name(&self, id: &str) -> Option<&str> {
        Some(&self.department(id)?.1)
    }

    /// The IDs of the heads of someone's departments, without themselves.
    pub(super) fn managers(&self, person: &Json) -> Vec<String> {
        let own = super::text(person, "ID");
        let mut heads = Vec::new();
        for id in super::department_ids(person) {
            let head = self.department(&id).map_or("", |it| &it.2);
            if !head.is_empty() && head != own && !heads.iter().any(|it| it == head) {
                heads.push(head.to_owned());
            }
        }
        heads
    }

    /// The name of a person, if they were looked up and the visitor may see them.
    pub(super) fn person(&self, id: &str) -> Option<&str> {
        self.people.iter().find(|it| it.0 == id).map(|it| it.1.as_str())
    }

    /// Looks the people up whom these columns of these records name.
    pub(super) fn look_up(&mut self, asker: &Asker<'_>, columns: &[Column], records: &[Json]) -> Result<()> {
        let mut ids: Vec<String> = Vec::new();
        for column in columns {
            for person in records {
                match column.look {
                    Look::Managers => ids.extend(self.managers(person)),
                    Look::Person => ids.extend(super::texts(person, column.name)),
                    _ => {}
                }
            }
        }
        ids.sort_unstable();
        ids.dedup();
        self.people.clear();
        for some in ids.chunks(50) {
            self.people.extend(super::names(asker, some)?);
        }
        Ok(())
    }
}
