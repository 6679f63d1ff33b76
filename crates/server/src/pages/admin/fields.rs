//! Custom fields of people: listed, added, changed and deleted, by the methods that clients have for them.

use super::Visit;
use crate::pages::{Reply, visit::NOT_FOUND};
use askama::Template;
use muster_core::{
    Error, Json, Result,
    custom::KINDS,
    error::{CORE, INTERNAL},
    json,
    params::{read_int, read_text},
};

#[derive(Template)]
#[template(path = "pages/admin/fields.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    fields: Vec<Field>,
    types: Vec<(&'static str, String)>,
    problem: String,
}

#[derive(Template)]
#[template(path = "pages/admin/field.html")]
struct EditPage<'a> {
    visit: &'a Visit<'a>,
    it: Field,
    problem: String,
}

/// A custom field.
struct Field {
    id: i64,
    name: String,
    /// What it is called, in English and in Russian.
    labels: [String; 2],
    kind: String,
    many: bool,
    mandatory: bool,
    sort: String,
    is_list: bool,
    options: Vec<Choice>,
}

/// A value of a list.
struct Choice {
    id: i64,
    value: String,
}

impl Field {
    /// What it is called for this visitor: their language's name, any name, or its code.
    fn title(&self, visit: &Visit<'_>) -> &str {
        let own = usize::from(visit.language.code() == "ru");
        let names = [&self.labels[own], &self.labels[1 - own], &self.name];
        names.into_iter().find(|it| !it.is_empty()).map_or("", |it| it)
    }
}

/// What a type is called.
fn kind(visit: &Visit<'_>, name: &str) -> String {
    visit.language.find(&format!("fields-type-{name}"), &[]).unwrap_or_else(|| name.to_owned())
}

/// All custom fields of people, or the one of this ID.
fn load(visit: &Visit<'_>, id: Option<i64>) -> Result<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    for (place, language) in ["en", "ru"].into_iter().enumerate() {
        let mut start = Some(0);
        while let Some(from) = start {
            let mut filter = json!({ "LANG": language });
            if let Some(id) = id {
                filter["ID"] = id.into();
            }
            let asked = json!({ "FILTER": filter, "ORDER": { "SORT": "ASC", "ID": "ASC" }, "START": from });
            let answer = visit.call("user.userfield.list", asked)?;
            start = answer.next;
            for record in answer.result.as_array().into_iter().flatten() {
                let found = read(visit, record);
                let label = record.get("EDIT_FORM_LABEL").and_then(read_text).unwrap_or_default();
                let at = fields.iter().position(|it| it.id == found.id).unwrap_or(fields.len());
                if at == fields.len() {
                    fields.push(found);
                }
                fields[at].labels[place] = label;
            }
        }
    }
    Ok(fields)
}

fn read(visit: &Visit<'_>, record: &Json) -> Field {
    let text = |name: &str| record.get(name).and_then(read_text).unwrap_or_default();
    let options = record.get("LIST").and_then(Json::as_array).into_iter().flatten();
    let option = |it: &Json| {
        Some(Choice { id: read_int(it.get("ID")?)?, value: it.get("VALUE").and_then(read_text).unwrap_or_default() })
    };
    Field {
        id: record.get("ID").and_then(read_int).unwrap_or_default(),
        name: text("FIELD_NAME"),
        labels: [String::new(), String::new()],
        kind: kind(visit, &text("USER_TYPE_ID")),
        many: text("MULTIPLE") == "Y",
        mandatory: text("MANDATORY") == "Y",
        sort: text("SORT"),
        is_list: text("USER_TYPE_ID") == "enumeration",
        options: options.filter_map(option).collect(),
    }
}

pub(super) fn list(visit: &Visit<'_>) -> Result<Reply> {
    show(visit, String::new())
}

fn show(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    let types = KINDS.iter().map(|(name, ..)| (*name, kind(visit, name))).collect();
    visit.page(&Page { visit, fields: load(visit, None)?, types, problem })
}

/// What the form says of a field, new or not.
fn sent(visit: &Visit<'_>) -> Json {
    let labels = json!({ "en": visit.text("LABEL_EN"), "ru": visit.text("LABEL_RU") });
    let mut fields = json!({ "MANDATORY": if visit.text("MANDATORY").is_empty() { "N" } else { "Y" } });
    for name in ["EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL"] {
        fields[name] = labels.clone();
    }
    if !visit.text("SORT").is_empty() {
        fields["SORT"] = visit.text("SORT").into();
    }
    fields
}

/// The values that are typed one a line. They are sorted as they stand.
fn new_options(visit: &Visit<'_>, after: usize) -> Vec<Json> {
    let text = visit.text("OPTIONS");
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty()).enumerate();
    lines.map(|(place, value)| json!({ "VALUE": value, "SORT": (after + place + 1) * 10 })).collect()
}

pub(super) fn add(visit: &Visit<'_>) -> Result<Reply> {
    let mut fields = sent(visit);
    fields["FIELD_NAME"] = visit.text("FIELD_NAME").into();
    fields["USER_TYPE_ID"] = visit.text("USER_TYPE_ID").into();
    fields["MULTIPLE"] = if visit.text("MULTIPLE").is_empty() { "N" } else { "Y" }.into();
    if visit.text("USER_TYPE_ID") == "enumeration" {
        fields["LIST"] = new_options(visit, 0).into();
    }
    match visit.call("user.userfield.add", json!({ "FIELDS": fields })) {
        Ok(_) => Ok(Reply::to("/admin/fields/?done=field-added")),
        Err(err) if is_correctable(&err) => Ok(show(visit, visit.said(&err))?.with_status(422)),
        Err(err) => Err(err),
    }
}

/// Whether the form can be corrected. Whoever may not do this at all is told so on a page of its own.
fn is_correctable(err: &Error) -> bool {
    err.code.status == 400 && err.code != &INTERNAL && !err.said.starts_with("Access denied")
}

fn find(visit: &Visit<'_>) -> Result<Field> {
    load(visit, Some(visit.path_id("id")?))?.pop().ok_or_else(|| NOT_FOUND.error())
}

pub(super) fn form(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&EditPage { visit, it: find(visit)?, problem: String::new() })
}

pub(super) fn change(visit: &Visit<'_>) -> Result<Reply> {
    let mut it = find(visit)?;
    let mut fields = sent(visit);
    if it.is_list {
        let mut list = Vec::new();
        for option in &it.options {
            let of = |name: &str| visit.params.get(&format!("{name}_{}", option.id)).and_then(read_text);
            let value = of("OPTION").unwrap_or_default();
            if of("DELETE").is_some() {
                list.push(json!({ "ID": option.id, "DEL": "Y" }));
            } else if !value.trim().is_empty() {
                list.push(json!({ "ID": option.id, "VALUE": value.trim() }));
            }
        }
        list.extend(new_options(visit, it.options.len()));
        fields["LIST"] = list.into();
    }
    match visit.call("user.userfield.update", json!({ "ID": it.id, "FIELDS": fields })) {
        Ok(_) => Ok(Reply::to("/admin/fields/?done=field-changed")),
        Err(err) if is_correctable(&err) || err.code == &CORE => {
            it.labels = [visit.text("LABEL_EN"), visit.text("LABEL_RU")];
            it.mandatory = !visit.text("MANDATORY").is_empty();
            it.sort = visit.text("SORT");
            Ok(visit.page(&EditPage { visit, it, problem: visit.said(&err) })?.with_status(422))
        }
        Err(err) => Err(err),
    }
}

pub(super) fn delete(visit: &Visit<'_>) -> Result<Reply> {
    let it = find(visit)?;
    visit.call("user.userfield.delete", json!({ "ID": it.id }))?;
    Ok(Reply::to("/admin/fields/?done=field-deleted"))
}
