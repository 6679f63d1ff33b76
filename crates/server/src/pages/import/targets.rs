//! The fields that a file of people can fill in, and which of them a column is by what it is called.

use crate::pages::{
    Visit,
    messages::Language,
    people::{custom_fields, title},
};
use muster_core::{
    Result,
    custom::CustomKind,
    field::{Field, Kind},
    text::search_key,
};
use muster_modules::user::USER;

/// What comes first in the lists; the others follow by their titles.
const FIRST: &[&str] = &["EMAIL", "NAME", "LAST_NAME", "SECOND_NAME", "UF_DEPARTMENT", "WORK_POSITION"];

/// What columns are called beside the fields' own names.
const ALSO: &[(&str, &[&str])] = &[
    ("EMAIL", &["email", "e-mail address", "mail", "login", "почта", "электронная почта", "e-mail", "имейл", "логин"]),
    ("NAME", &["name", "given name", "forename"]),
    ("LAST_NAME", &["surname", "family name"]),
    ("SECOND_NAME", &["patronymic", "second name"]),
    ("UF_DEPARTMENT", &["department", "dept", "отдел", "подразделение", "департамент"]),
    ("WORK_POSITION", &["job", "job title", "title"]),
    ("WORK_PHONE", &["phone", "telephone", "телефон", "тел."]),
    ("PERSONAL_MOBILE", &["mobile phone", "cell", "cell phone", "мобильный телефон", "сотовый"]),
    ("PERSONAL_BIRTHDAY", &["birthday", "birth date", "день рождения"]),
    ("UF_EMPLOYMENT_DATE", &["hire date", "date of employment", "дата приема на работу", "дата найма"]),
    ("UF_PHONE_INNER", &["ext", "ext.", "internal phone", "добавочный"]),
];

/// What a field's values are, as a file has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Text,
    Email,
    Departments,
    Gender,
    Date,
    Moment,
    YesNo,
    Integer,
    Number,
    Option,
    Person,
}

/// A field that a column can fill in.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) what: What,
    /// Whether a person may have several values, with semicolons between them.
    pub(super) many: bool,
    /// The most characters of a text.
    pub(super) max: usize,
    pub(super) options: Vec<(String, String)>,
    /// What a column may be called, folded.
    names: Vec<String>,
}

/// A name without what people write differently.
fn plain(name: &str) -> String {
    search_key(name).chars().filter(|it| it.is_alphanumeric()).collect()
}

impl Target {
    fn of(field: &'static Field, language: Language) -> Target {
        let also = ALSO.iter().filter(|it| it.0 == field.name).flat_map(|it| it.1.iter().map(|it| plain(it)));
        let own = [field.name.to_owned(), field.title.to_owned()];
        let own = own.into_iter().chain(Language::ALL.map(|it| title(it, field)));
        Target {
            name: field.name,
            title: title(language, field),
            what: match (field.name, field.kind) {
                ("EMAIL", _) => What::Email,
                ("UF_DEPARTMENT", _) => What::Departments,
                ("PERSONAL_GENDER", _) => What::Gender,
                (_, Kind::Date) => What::Date,
                _ => What::Text,
            },
            many: field.is_many(),
            max: field.max,
            options: Vec::new(),
            names: own.map(|it| plain(&it)).chain(also).collect(),
        }
    }
}

/// All fields that a column can fill in.
pub(super) fn targets(visit: &Visit<'_>) -> Result<Vec<Target>> {
    let is_open = |it: &&Field| (it.writable && it.kind != Kind::Image) || matches!(it.name, "EMAIL" | "UF_DEPARTMENT");
    let mut all: Vec<Target> = USER.fields.iter().filter(is_open).map(|it| Target::of(it, visit.language)).collect();
    for field in custom_fields(visit)? {
        let what = match field.kind {
            CustomKind::Boolean => What::YesNo,
            CustomKind::Date => What::Date,
            CustomKind::DateTime => What::Moment,
            CustomKind::Integer => What::Integer,
            CustomKind::Double => What::Number,
            CustomKind::Enumeration => What::Option,
            CustomKind::Employee => What::Person,
            CustomKind::File => continue,
            CustomKind::Text | CustomKind::Url | CustomKind::Address | CustomKind::Money => What::Text,
        };
        let titles = Language::ALL.map(|it| plain(&field.title(it.code())));
        let title = field.title(visit.language.code());
        let names = titles.into_iter().chain([plain(field.name)]).collect();
        all.push(Target {
            name: field.name,
            title,
            what,
            many: field.many,
            max: 10_000,
            options: field.options,
            names,
        });
    }
    let place = |it: &Target| FIRST.iter().position(|name| *name == it.name).unwrap_or(FIRST.len());
    all.sort_by_key(|it| (place(it), it.title.to_lowercase()));
    Ok(all)
}

/// Which field each column is, by its heading; empty for none. No field is taken twice.
pub(super) fn guess(header: &[String], targets: &[Target]) -> Vec<String> {
    let mut map: Vec<String> = Vec::with_capacity(header.len());
    for heading in header {
        let heading = plain(heading);
        let fits =
            |it: &&Target| !heading.is_empty() && it.names.contains(&heading) && !map.iter().any(|one| one == it.name);
        let found = targets.iter().find(fits).map_or("", |it| it.name);
        map.push(found.to_owned());
    }
    map
}
