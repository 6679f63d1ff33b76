//! A field of a profile: how its values are shown, and how they are typed in.

use super::{
    profile,
    typed::{self, Meant},
};
use crate::pages::{Visit, visit::NOT_FOUND};
use muster_core::{
    Json, Result,
    custom::CustomKind,
    field::{Field, Kind},
    json,
    params::read_text,
    time::read_instant,
};
use muster_modules::{
    user::USER,
    userfield::form::{FormField, of_people},
};
use std::collections::HashMap;

/// A person with all that it takes to show and change what is known of them.
pub(super) struct Book<'a> {
    pub(super) visit: &'a Visit<'a>,
    pub(super) person: Json,
    titles: Json,
    pub(super) custom: Vec<FormField>,
    /// The people whom custom fields name, as far as the visitor sees them.
    people: HashMap<String, String>,
}

/// A field with its values.
pub(super) struct Line {
    pub(super) title: String,
    pub(super) values: Vec<Shown>,
}

/// One value, for people to read.
pub(super) struct Shown {
    pub(super) text: String,
    /// Where a click on it leads; empty if nowhere.
    pub(super) link: String,
    pub(super) is_picture: bool,
}

/// A field of a form.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) help: String,
    /// Which control it is: see `section.html`.
    pub(super) kind: &'static str,
    pub(super) many: bool,
    pub(super) required: bool,
    pub(super) max: usize,
    pub(super) options: Vec<(String, String)>,
    pub(super) values: Vec<String>,
    /// What is wrong with it; empty if nothing is.
    pub(super) problem: String,
}

impl Input {
    /// The controls of a field with several values: one for each, and one more to fill in.
    pub(super) fn rows(&self) -> Vec<String> {
        let mut rows = self.values.clone();
        rows.push(String::new());
        rows
    }

    pub(super) fn value(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    pub(super) fn has(&self, value: &str) -> bool {
        self.values.iter().any(|it| it == value)
    }
}

impl<'a> Book<'a> {
    pub(super) fn open(visit: &'a Visit<'a>, person: Json) -> Result<Book<'a>> {
        let titles = visit.call("user.fields", json!({}))?.result;
        let custom = visit.app.db.read(|tx| of_people(tx, visit.language.code()))?;
        let mut book = Book { visit, person, titles, custom, people: HashMap::new() };
        let named = book.custom.iter().filter(|it| it.kind == CustomKind::Employee);
        let ids: Vec<String> = named.flat_map(|it| values(&book.person, &it.name)).collect();
        for face in profile::faces(visit, &json!({ "ID": ids }))? {
            book.people.insert(face.id.to_string(), face.name);
        }
        Ok(book)
    }

    fn custom_field(&self, name: &str) -> Option<&FormField> {
        self.custom.iter().find(|it| it.name == name)
    }

    fn title(&self, name: &str) -> String {
        self.custom_field(name).map_or_else(|| profile::title(self.visit, name, &self.titles), |it| it.label.clone())
    }

    /// A field as it is shown; `None` if there is nothing to show.
    pub(super) fn line(&self, name: &str) -> Option<Line> {
        let shown = |value: String| match (self.custom_field(name), USER.field(name)) {
            (Some(field), _) => self.show_custom(field, &value),
            (None, Some(field)) => Some(self.show(field, value)),
            (None, None) => None,
        };
        let values: Vec<Shown> = values(&self.person, name).into_iter().filter_map(shown).collect();
        if values.is_empty() { None } else { Some(Line { title: self.title(name), values }) }
    }

    fn show(&self, field: &Field, value: String) -> Shown {
        let visit = self.visit;
        let link = match field.name {
            "EMAIL" => format!("mailto:{value}"),
            "WORK_PHONE" | "PERSONAL_MOBILE" | "PERSONAL_PHONE" => format!("tel:{value}"),
            _ => web(&value),
        };
        match field.kind {
            Kind::Image => Shown { text: self.title(field.name), link: value, is_picture: true },
            Kind::OneOf(_) => plain(visit.t(if value == "F" { "profile-female" } else { "profile-male" })),
            Kind::Date => plain(day(visit, &value)),
            Kind::Instant(_) => plain(self.moment(&value)),
            _ => Shown { text: value, link, is_picture: false },
        }
    }

    fn show_custom(&self, field: &FormField, value: &str) -> Option<Shown> {
        let visit = self.visit;
        Some(match field.kind {
            CustomKind::Boolean => plain(visit.t(if value == "1" { "profile-yes" } else { "profile-no" })),
            CustomKind::Date => plain(day(visit, value)),
            CustomKind::DateTime => plain(self.moment(value)),
            CustomKind::Enumeration => plain(field.options.iter().find(|it| it.0 == value)?.1.clone()),
            CustomKind::Money => plain(value.replace('|', " ")),
            CustomKind::Address => plain(value.split('|').next().unwrap_or_default().to_owned()),
            // Someone whom the visitor does not see is not named here either.
            CustomKind::Employee => Shown {
                text: self.people.get(value)?.clone(),
                link: format!("/company/personal/user/{value}/"),
                is_picture: false,
            },
            CustomKind::File => {
                let name = value.rsplit('/').next().unwrap_or_default().to_owned();
                Shown { text: name, link: value.to_owned(), is_picture: false }
            }
            _ => Shown { text: value.to_owned(), link: web(value), is_picture: false },
        })
    }

    /// A moment as an answer has it, for people to read.
    fn moment(&self, value: &str) -> String {
        let read = read_instant(value, &self.visit.app.settings.time_zone);
        read.map_or_else(|| value.to_owned(), |it| self.visit.moment(it.from))
    }

    /// A field of a form, with what is known.
    pub(super) fn input(&self, name: &str) -> Result<Input> {
        let known = values(&self.person, name);
        let input = Input {
            name: name.to_owned(),
            title: self.title(name),
            help: String::new(),
            kind: "text",
            many: false,
            required: false,
            max: 10_000,
            options: Vec::new(),
            values: Vec::new(),
            problem: String::new(),
        };
        if let Some(field) = self.custom_field(name) {
            return Ok(self.custom_input(field, known, input));
        }
        let field = USER.field(name).ok_or_else(|| NOT_FOUND.error())?;
        let words = |it: &str| self.visit.t(if it == "F" { "profile-female" } else { "profile-male" });
        Ok(Input {
            kind: match field.kind {
                Kind::Date => "date",
                Kind::OneOf(_) => "choice",
                Kind::Image => "picture",
                _ if field.max > 1000 => "long",
                _ if field.name == "EMAIL" => "email",
                _ => "text",
            },
            required: field.name == "EMAIL",
            max: field.max,
            options: match field.kind {
                Kind::OneOf(all) => all.iter().map(|it| ((*it).to_owned(), words(it))).collect(),
                _ => Vec::new(),
            },
            values: match field.kind {
                Kind::Date => known.iter().filter_map(|it| it.get(..10)).map(str::to_owned).collect(),
                _ => known,
            },
            ..input
        })
    }

    fn custom_input(&self, field: &FormField, known: Vec<String>, input: Input) -> Input {
        let visit = self.visit;
        let flags = || [("1", "profile-yes"), ("0", "profile-no")].map(|it| (it.0.to_owned(), visit.t(it.1))).to_vec();
        Input {
            help: field.help.clone(),
            many: field.many,
            required: field.mandatory,
            kind: match field.kind {
                CustomKind::Integer => "integer",
                CustomKind::Double => "number",
                CustomKind::Boolean | CustomKind::Enumeration => "choice",
                CustomKind::Date => "date",
                CustomKind::DateTime => "datetime-local",
                CustomKind::File => "file",
                CustomKind::Employee => "person",
                CustomKind::Text if !field.many => "long",
                _ => "text",
            },
            options: if field.kind == CustomKind::Boolean { flags() } else { field.options.clone() },
            values: match field.kind {
                CustomKind::Date => known.iter().filter_map(|it| it.get(..10)).map(str::to_owned).collect(),
                CustomKind::DateTime => known.iter().map(|it| self.visit.local_moment(it)).collect(),
                CustomKind::Employee => known.iter().map(|id| self.person_text(id)).collect(),
                _ => known,
            },
            ..input
        }
    }

    fn person_text(&self, id: &str) -> String {
        typed::written(id, self.people.get(id).map_or("", String::as_str))
    }

    /// What a method is told for a text of this control; in words why it cannot be, if it cannot.
    pub(super) fn meant(&self, input: &Input, typed: &str) -> Result<std::result::Result<Json, String>> {
        let visit = self.visit;
        Ok(match input.kind {
            "person" if !typed.is_empty() => match typed::meant(visit, typed)? {
                Meant::One(id) => Ok(id.into()),
                Meant::Nobody | Meant::Several => Err(visit.t1("profile-which-person", "name", typed)),
            },
            "datetime-local" => Ok(visit.chosen_moment(typed).into()),
            _ => Ok(typed.into()),
        })
    }
}

/// All values of a field of a record, as texts; those that are empty are none.
pub(super) fn values(record: &Json, name: &str) -> Vec<String> {
    let found = match record.get(name) {
        Some(Json::Array(items)) => items.iter().filter_map(read_text).collect(),
        Some(one) => read_text(one).into_iter().collect::<Vec<_>>(),
        None => Vec::new(),
    };
    found.into_iter().map(|it| it.trim().replace("\r\n", "\n")).filter(|it| !it.is_empty()).collect()
}

fn plain(text: String) -> Shown {
    Shown { text, link: String::new(), is_picture: false }
}

/// The address itself if it is one to follow.
fn web(value: &str) -> String {
    let is_web = value.starts_with("https://") || value.starts_with("http://");
    if is_web { value.to_owned() } else { String::new() }
}

/// A date such as `1990-12-31`, or the same at midnight, for people to read.
fn day(visit: &Visit<'_>, date: &str) -> String {
    let mut parts = date.get(..10).unwrap_or_default().split('-').map(|it| it.parse::<i64>().ok());
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        (Some(year), Some(month), Some(day)) => visit.day(year, month, day),
        _ => date.to_owned(),
    }
}
