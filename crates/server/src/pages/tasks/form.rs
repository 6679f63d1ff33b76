//! What one fills in of a task: for a new one, and to change one.

use super::{face, text};
use crate::pages::{
    Visit,
    people::{Meant, meant, records, written},
};
use muster_core::{Code, Error, Json, Map, Result, error::code, json, params::read_text};

/// What the controls hold.
#[derive(Clone, Default)]
pub(super) struct Values {
    pub(super) title: String,
    pub(super) description: String,
    /// A moment where the visitor is; of a new task, a day.
    pub(super) deadline: String,
    pub(super) priority: String,
    pub(super) responsible: String,
    pub(super) accomplices: Vec<String>,
    pub(super) auditors: Vec<String>,
    pub(super) group: String,
}

/// A form for a task.
pub(super) struct Form {
    /// What is known of the task.
    known: Values,
    pub(super) values: Values,
    /// The IDs and names of the workgroups that it can be put into.
    pub(super) groups: Vec<(String, String)>,
    /// Whether everything can be changed, or the deadline alone.
    pub(super) is_whole: bool,
    /// What is wrong; empty if nothing is.
    pub(super) problem: String,
    /// The field that it is about.
    about: String,
}

impl Form {
    /// The form for a new task.
    pub(super) fn empty(visit: &Visit<'_>) -> Result<Form> {
        Form::new(visit, Values { priority: "1".to_owned(), ..Values::default() }, None, true)
    }

    /// The form for a task as an answer has it.
    pub(super) fn of(visit: &Visit<'_>, task: &Json, is_whole: bool) -> Result<Form> {
        let of = |name: &str| text(&task[name]);
        let person = |it: &Json| written(text(&it["id"]), &face(it).name);
        let several = |name: &str| task[name].as_object().into_iter().flatten().map(|(_, it)| person(it)).collect();
        let group = of("groupId");
        let known = Values {
            title: of("title"),
            description: lines(&of("description")),
            deadline: visit.local_moment(&of("deadline")),
            priority: of("priority"),
            responsible: person(&task["responsible"]),
            accomplices: several("accomplicesData"),
            auditors: several("auditorsData"),
            group: if group == "0" { String::new() } else { group.clone() },
        };
        let current = (!known.group.is_empty()).then(|| (group, text(&task["group"]["name"])));
        Form::new(visit, known, current, is_whole)
    }

    fn new(visit: &Visit<'_>, known: Values, current: Option<(String, String)>, is_whole: bool) -> Result<Form> {
        let mut groups = if is_whole { groups(visit)? } else { Vec::new() };
        // One that is archived, or that the visitor does not belong to, stays what it is.
        if let Some((id, name)) = current.filter(|it| groups.iter().all(|other| other.0 != it.0)) {
            let name = if name.is_empty() { id.clone() } else { name };
            groups.insert(0, (id, name));
        }
        let values = known.clone();
        Ok(Form { known, values, groups, is_whole, problem: String::new(), about: String::new() })
    }

    /// Takes what was typed.
    pub(super) fn take(&mut self, visit: &Visit<'_>) {
        let is_sent = |name: &str| visit.params.get(name).is_some();
        let take = |name: &'static str, value: &mut String| {
            if is_sent(name) {
                *value = lines(&visit.text(name));
            }
        };
        let several = |name: &'static str, values: &mut Vec<String>| {
            if is_sent(name) {
                let typed =
                    visit.params.list(name).iter().filter_map(read_text).map(|it| it.trim().to_owned()).collect();
                *values = typed;
                values.retain(|it| !it.is_empty());
            }
        };
        let values = &mut self.values;
        take("DEADLINE", &mut values.deadline);
        if self.is_whole {
            take("TITLE", &mut values.title);
            take("DESCRIPTION", &mut values.description);
            take("PRIORITY", &mut values.priority);
            take("RESPONSIBLE", &mut values.responsible);
            take("GROUP", &mut values.group);
            several("ACCOMPLICES", &mut values.accomplices);
            several("AUDITORS", &mut values.auditors);
        }
    }

    /// The fields that are not as they were, as methods take them.
    pub(super) fn changes(&self, visit: &Visit<'_>) -> Result<Map<String, Json>> {
        let (was, is) = (&self.known, &self.values);
        // To methods, an empty title is one that stays as it is.
        if is.title.is_empty() && !was.title.is_empty() {
            return Err(UNCLEAR.say(visit.t("task-wrong-title")).about("TITLE"));
        }
        let mut changes = Map::new();
        let texts = [
            ("TITLE", &was.title, &is.title),
            ("DESCRIPTION", &was.description, &is.description),
            ("PRIORITY", &was.priority, &is.priority),
            ("GROUP_ID", &was.group, &is.group),
        ];
        for (name, _, is) in texts.into_iter().filter(|it| it.1 != it.2) {
            changes.insert(
                name.to_owned(),
                if name == "GROUP_ID" && is.is_empty() { 0.into() } else { is.as_str().into() },
            );
        }
        if was.deadline != is.deadline {
            changes.insert("DEADLINE".to_owned(), moment(visit, &is.deadline).into());
        }
        if was.responsible != is.responsible {
            changes.insert("RESPONSIBLE_ID".to_owned(), person(visit, &is.responsible, "RESPONSIBLE_ID")?.into());
        }
        for (name, was, is) in
            [("ACCOMPLICES", &was.accomplices, &is.accomplices), ("AUDITORS", &was.auditors, &is.auditors)]
        {
            if was != is {
                let people = is.iter().map(|it| person(visit, it, name)).collect::<Result<Vec<_>>>()?;
                changes.insert(name.to_owned(), people.into());
            }
        }
        Ok(changes)
    }

    /// Says what is wrong, in the visitor's language where there are words for the field that it is about.
    pub(super) fn say(&mut self, visit: &Visit<'_>, err: &Error) {
        self.about = err.argument.as_deref().unwrap_or_default().to_owned();
        let name = format!("task-wrong-{}", self.about.to_ascii_lowercase().replace('_', "-"));
        let own = visit.language.find(&name, &[]).filter(|_| err.code != &UNCLEAR);
        self.problem = own.unwrap_or_else(|| visit.said(err));
    }

    /// Whether this field is what is wrong.
    pub(super) fn is_wrong(&self, name: &str) -> bool {
        self.about == name
    }
}

/// It cannot be told what someone means; what is said of it is in the visitor's language.
static UNCLEAR: Code = code("unclear", 422, "It is not clear what is meant.");

/// The ID of whoever is meant by what was typed for a field.
pub(super) fn person(visit: &Visit<'_>, typed: &str, field: &'static str) -> Result<i64> {
    let unclear = |said: String| Err(UNCLEAR.say(said).about(field));
    if typed.is_empty() {
        return unclear(visit.t("task-nobody"));
    }
    match meant(visit, typed)? {
        Meant::One(id) => Ok(id),
        Meant::Nobody | Meant::Several if typed.contains('@') => unclear(visit.t("task-no-person")),
        Meant::Nobody | Meant::Several => unclear(visit.t1("profile-which-person", "name", typed)),
    }
}

/// A day lasts until its end; a moment is what it is.
fn moment(visit: &Visit<'_>, chosen: &str) -> String {
    if chosen.len() == "2030-12-31".len() { visit.end_of_day(chosen) } else { visit.chosen_moment(chosen) }
}

/// A text with the ends of lines that forms and clients may write in two ways.
fn lines(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

/// The workgroups that the visitor may put tasks into.
fn groups(visit: &Visit<'_>) -> Result<Vec<(String, String)>> {
    let filter = if visit.may("manage_groups") {
        json!({ "CLOSED": "N" })
    } else {
        json!({ "CLOSED": "N", "MEMBER_ID": visit.caller()?.user_id })
    };
    let (mut groups, mut start) = (Vec::new(), Some(0));
    while let Some(from) = start {
        let params = json!({ "FILTER": filter, "ORDER": { "NAME": "ASC" }, "START": from, "IS_ADMIN": "Y" });
        let answer = visit.call("sonet_group.get", params)?;
        start = answer.next;
        groups.extend(records(answer).iter().map(|it| (text(&it["ID"]), text(&it["NAME"]))));
    }
    Ok(groups)
}
