//! From the lines of a file to what `user.add` takes, and what is wrong with them in words for whoever imports.

use super::{
    places::Departments,
    read::Row,
    targets::{Target, What},
};
use crate::pages::{messages::Language, people::Asker};
use muster_core::{
    Error, Json, Map, Result, json,
    params::{read_bool, read_int, read_real, read_text},
    text::search_key,
    time::{read_date, read_instant},
};
use muster_modules::user::store;
use std::{collections::HashMap, sync::Arc};

/// Words for yes and no beside those that clients use.
const YES: &[&str] = &["да", "д", "+", "истина"];
const NO: &[&str] = &["нет", "н", "ложь"];
const FEMALE: &[&str] = &["f", "female", "w", "woman", "ж", "жен", "женский", "женщина"];
const MALE: &[&str] = &["m", "male", "man", "м", "муж", "мужской", "мужчина"];

/// What is wrong with a line, with the title of the field that it is about; empty if it is about the line.
pub(super) type Problem = (String, String);

/// What reading lines depends on.
pub(super) struct Reader<'a> {
    pub(super) asker: Asker<'a>,
    pub(super) language: Language,
    pub(super) departments: Departments,
    /// For each column the field that it fills in, if any.
    pub(super) columns: Arc<[Option<Target>]>,
    /// The department of whoever has none in the file; empty if everyone needs one.
    pub(super) usual_department: String,
    /// People who were looked up already, by how a file names them.
    people: HashMap<String, Option<String>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        (asker, language): (Asker<'a>, Language),
        columns: Vec<Option<Target>>,
        usual_department: String,
    ) -> Result<Reader<'a>> {
        let departments = Departments::all(&asker)?;
        let columns = columns.into();
        Ok(Reader { asker, language, departments, columns, usual_department, people: HashMap::new() })
    }

    fn say(&self, message: &str, what: &str) -> String {
        self.language.text(message, &[("what", what.to_owned().into())])
    }

    /// What a line says of a person, as `user.add` takes it; and everything that is wrong with it.
    pub(super) fn read(&mut self, row: &Row) -> Result<(Map<String, Json>, Vec<Problem>)> {
        let (mut params, mut problems) = (Map::new(), Vec::new());
        let columns = Arc::clone(&self.columns);
        for (column, target) in columns.iter().enumerate() {
            let (Some(target), text) = (target, row.cell(column)) else { continue };
            if text.is_empty() {
                continue;
            }
            match self.value(target, text)? {
                Ok(value) => drop(params.insert(target.name.to_owned(), value)),
                Err(why) => problems.push((target.title.clone(), why)),
            }
        }
        let is_given = |name: &str| {
            self.columns
                .iter()
                .enumerate()
                .any(|(column, it)| it.as_ref().is_some_and(|it| it.name == name) && !row.cell(column).is_empty())
        };
        if !is_given("EMAIL") {
            problems.push((String::new(), self.say("import-no-email", "")));
        }
        if !is_given("UF_DEPARTMENT") && self.usual_department.is_empty() {
            problems.push((String::new(), self.say("import-needs-department", "")));
        } else if !is_given("UF_DEPARTMENT") {
            params.insert("UF_DEPARTMENT".to_owned(), json!([self.usual_department]));
        }
        // A separator too many has moved the values into wrong columns.
        if row.cells.iter().skip(self.columns.len()).any(|it| !it.trim().is_empty()) {
            problems.push((String::new(), self.say("import-more-values", "")));
        }
        Ok((params, problems))
    }

    /// What can still be tried of a line, whatever is wrong with it; nothing without an e-mail address.
    pub(super) fn rest(&self, mut params: Map<String, Json>) -> Option<Map<String, Json>> {
        if !params.contains_key("UF_DEPARTMENT") {
            params.insert("UF_DEPARTMENT".to_owned(), json!([self.departments.any()?]));
        }
        params.contains_key("EMAIL").then_some(params)
    }

    fn value(&mut self, target: &Target, text: &str) -> Result<Result<Json, String>> {
        if !target.many {
            return self.one(target, text);
        }
        let mut values = Vec::new();
        for part in text.split([';', '\n']).map(str::trim).filter(|it| !it.is_empty()) {
            match self.one(target, part)? {
                Ok(value) if !values.contains(&value) => values.push(value),
                Ok(_) => {}
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Ok(values.into()))
    }

    fn one(&mut self, target: &Target, text: &str) -> Result<Result<Json, String>> {
        let sent = Json::from(text);
        let word = text.to_lowercase();
        let known = |words: &[&str]| words.contains(&word.as_str());
        let read = match target.what {
            What::Text | What::Email if text.chars().count() > target.max => {
                Err(self.language.text("import-too-long", &[("count", target.max.into())]))
            }
            What::Email if store::check_email(text).is_err() => Err(self.say("invite-wrong-email", "")),
            What::Text | What::Email => Ok(sent),
            What::Departments => self.departments.find(text).map(Json::from).map_err(|why| self.say(why, text)),
            What::Gender if known(FEMALE) => Ok("F".into()),
            What::Gender if known(MALE) => Ok("M".into()),
            What::Gender => Err(self.say("import-wrong-gender", text)),
            What::Date => read_date(text).map(Json::from).ok_or_else(|| self.say("import-wrong-date", text)),
            What::Moment => read_instant(text, &self.asker.app.settings.time_zone)
                .map(|_| sent)
                .ok_or_else(|| self.say("import-wrong-date", text)),
            What::YesNo if known(YES) || read_bool(&sent) == Some(true) => Ok(true.into()),
            What::YesNo if known(NO) || read_bool(&sent) == Some(false) => Ok(false.into()),
            What::YesNo => Err(self.say("import-wrong-yes", text)),
            What::Integer => read_int(&sent).map(Json::from).ok_or_else(|| self.say("import-wrong-number", text)),
            What::Number => read_real(&sent).map(Json::from).ok_or_else(|| self.say("import-wrong-number", text)),
            What::Option => {
                let wanted = search_key(text);
                let named = target.options.iter().find(|it| search_key(&it.1) == wanted);
                let found = named.or_else(|| target.options.iter().find(|it| it.0 == text));
                found.map(|it| it.0.as_str().into()).ok_or_else(|| self.say("import-no-option", text))
            }
            What::Person => match self.person(text)? {
                Some(id) => Ok(id.into()),
                None => Err(self.say("import-no-person", text)),
            },
        };
        Ok(read)
    }

    /// The ID of someone who is named by their e-mail address or ID.
    fn person(&mut self, text: &str) -> Result<Option<String>> {
        if let Some(known) = self.people.get(text) {
            return Ok(known.clone());
        }
        let filter = if text.contains('@') { json!({ "=EMAIL": text }) } else { json!({ "ID": text }) };
        let params = json!({ "FILTER": filter, "SELECT": ["ID"], "START": -1, "ADMIN_MODE": "Y" });
        let found = self.asker.call("user.get", params)?.result;
        let id = found.as_array().and_then(|it| it.first()).and_then(|it| it.get("ID")).and_then(read_text);
        self.people.insert(text.to_owned(), id.clone());
        Ok(id)
    }

    /// What `user.add` says against someone, in words for whoever imports.
    pub(super) fn refusal(&self, err: &Error) -> Problem {
        let argument = err.argument.as_deref().unwrap_or_default();
        let about = self.columns.iter().flatten().find(|it| it.name == argument).map_or("", |it| &it.title);
        let words = match err.said.as_ref() {
            "wrong_email" => self.say("invite-wrong-email", ""),
            "A user with this email already exists" => self.say("invite-taken", ""),
            "user_count_exceeded" => self.say("invite-too-many", ""),
            said => said.to_owned(),
        };
        (about.to_owned(), words)
    }
}
