//! Custom fields of tasks: `task.item.userfield.*`, over the same definitions as everywhere.

use super::fields::CUSTOM;
use crate::userfield::{CUSTOM_FIELD, complete, labels, manage};
use muster_core::{
    Answer, Call, Code, Error, Json, Map, Result,
    custom::KINDS,
    error::{ARGUMENT, CORE, code},
    field::Kind,
    filter::{Cond, Test, condition, parse},
    json, list,
    method::{Param, param},
    params::{read_int, read_text},
};

/// There is no such field.
pub(super) static NOT_FOUND: Code = code("ERROR_NOT_FOUND", 400, "The custom field is not found");

const SETTINGS: &str =
    "FIELD_NAME, USER_TYPE_ID, XML_ID, SORT, MULTIPLE, MANDATORY, SETTINGS, LIST, LABEL and the labels by language";

pub(super) const ADD: &[Param] = &[param("PARAMS", "object", SETTINGS).required()];
pub(super) const ID: &[Param] = &[param("ID", "integer", "Which custom field").required()];
pub(super) const UPDATE: &[Param] =
    &[param("ID", "integer", "Which custom field").required(), param("DATA", "object", SETTINGS).required()];
pub(super) const LIST: &[Param] = &[
    param("ORDER", "object", "Fields of a definition with ASC or DESC"),
    param("FILTER", "object", "Conditions on a definition"),
];

/// The most custom fields of one answer.
const MOST: i64 = 1000;

/// Adds a custom field. Its code gets the prefix `UF_`.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let fields = read_settings(call, "PARAMS");
    let text = |name: &str| fields.get(name).and_then(read_text).filter(|it| !it.is_empty());
    if text("USER_TYPE_ID").is_none() {
        return Err(CORE.say("The 'USER_TYPE_ID' field is not found."));
    }
    let name = text("FIELD_NAME").ok_or_else(|| CORE.say("The 'FIELD_NAME' field is not found."))?.to_uppercase();
    let name = if name.starts_with(CUSTOM.prefix) { name } else { format!("{}{name}", CUSTOM.prefix) };
    let id = manage::add(call, CUSTOM, &name, &fields).map_err(core)?;
    Ok(id.into())
}

/// Changes a custom field.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let found = find(call)?;
    let fields = read_settings(call, "DATA");
    manage::update(call, &found, &fields).map_err(core)?;
    Ok(true.into())
}

/// Deletes a custom field and its values.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let found = find(call)?;
    manage::delete(call, &found)?;
    Ok(true.into())
}

/// One custom field, with its labels in all languages.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let found = find(call)?;
    let select = CUSTOM_FIELD.visible(call.caller);
    let Some(Json::Object(mut field)) = list::records(call, &CUSTOM_FIELD, &[found.id], &select, "")?.pop() else {
        return Err(NOT_FOUND.error());
    };
    let texts = complete(call, &mut field)?;
    let mut by_language = labels::by_language(&texts, None);
    by_language.shift_remove("LANGUAGE_ID");
    field.extend(by_language);
    Ok(unpaged(Json::Object(field)))
}

/// The custom fields.
pub(super) fn get_list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let mut conds = vec![parse(&CUSTOM_FIELD, call.params.get("FILTER").unwrap_or(&Json::Null), call)?];
    if let Some(entity) = CUSTOM_FIELD.field("ENTITY_ID") {
        conds.push(condition(entity, Test::Eq, false, &CUSTOM.entity.into(), &call.settings.time_zone));
    }
    let order = list::read_order(&CUSTOM_FIELD, call.params, call)?;
    let ids = list::ids(call, &CUSTOM_FIELD, &Cond::All(conds), &order, (0, MOST))?;
    let select = CUSTOM_FIELD.visible(call.caller);
    let mut fields = list::records(call, &CUSTOM_FIELD, &ids, &select, "")?;
    for field in fields.iter_mut().filter_map(Json::as_object_mut) {
        complete(call, field)?;
    }
    Ok(unpaged(Json::Array(fields)))
}

/// What a definition consists of.
pub(super) fn get_fields(call: &mut Call<'_, '_>) -> Result<Answer> {
    let mut fields = Map::new();
    for field in CUSTOM_FIELD.visible(call.caller) {
        let kind = match field.kind {
            Kind::YesNo => "char",
            Kind::Id => "int",
            _ => "string",
        };
        let mut described = json!({ "type": kind, "title": field.title });
        match field.name {
            "ID" => described["isReadOnly"] = true.into(),
            "ENTITY_ID" | "FIELD_NAME" | "USER_TYPE_ID" => described["isImmutable"] = true.into(),
            _ => {}
        }
        fields.insert(field.name.to_owned(), described);
    }
    for (name, title) in [
        ("EDIT_FORM_LABEL", "Label in the form"),
        ("LIST_COLUMN_LABEL", "Heading in the list"),
        ("LIST_FILTER_LABEL", "Label in the filter"),
        ("ERROR_MESSAGE", "Error message"),
        ("HELP_MESSAGE", "Help"),
    ] {
        fields.insert(name.to_owned(), json!({ "type": "string", "title": title }));
    }
    fields.insert("LIST".to_owned(), json!({ "type": "uf_enum_element", "title": "Options", "isMultiple": true }));
    fields.insert("SETTINGS".to_owned(), json!({ "type": "object", "title": "Settings of the type" }));
    Ok(unpaged(Json::Object(fields)))
}

/// The types that a custom field can have.
pub(super) fn get_types(_: &mut Call<'_, '_>) -> Result<Answer> {
    let types = KINDS.iter().map(|(name, _, title)| json!({ "ID": name, "title": title }));
    Ok(unpaged(types.collect()))
}

/// These methods say of everything that its total is 0, and clients know it.
fn unpaged(result: Json) -> Answer {
    Answer { result, total: Some(0), ..Answer::default() }
}

/// What was sent, with the names in upper case.
fn read_settings(call: &Call<'_, '_>, name: &str) -> Map<String, Json> {
    let sent = call.params.get(name).and_then(Json::as_object).into_iter().flatten();
    let mut fields: Map<String, Json> = sent.map(|(name, value)| (name.to_uppercase(), value.clone())).collect();
    if fields.get("USER_TYPE_ID").and_then(Json::as_str) == Some("boolean") {
        fields.shift_remove("MULTIPLE");
    }
    fields
}

/// The field that `ID` names.
fn find(call: &mut Call<'_, '_>) -> Result<manage::Found> {
    let invalid = || CORE.say("ID is not defined or invalid.").about("ID");
    let id = call.params.get("ID").and_then(read_int).filter(|it| *it > 0).ok_or_else(invalid)?;
    let missing = || NOT_FOUND.say(format!("The entity with ID '{id}' is not found")).about("ID");
    manage::find(call, &[CUSTOM], id)?.ok_or_else(missing)
}

/// The documentation gives errors here one code.
fn core(err: Error) -> Error {
    if err.code == &ARGUMENT || err.code.name.is_empty() { CORE.say(err.said) } else { err }
}
