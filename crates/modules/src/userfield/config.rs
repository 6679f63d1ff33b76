//! Custom fields of any kind of object: `userfieldconfig.*`, which write the same definitions in other words.

use super::{CUSTOM_FIELD, NO_CODE, complete, labels, manage, manage::Found};
use muster_core::{
    Answer, Call, Error, Json, Map, Params, Result,
    custom::{Custom, CustomKind, KINDS, kind_of},
    error::CORE,
    filter::{self, Cond, Test},
    json,
    list::{self, Query},
    params::{read_int, read_text, wrong},
};

/// What `.add` reads of a definition. The documentation says that it ignores the rest.
const ADDED: &[&str] = &[
    "FIELD_NAME",
    "USER_TYPE_ID",
    "XML_ID",
    "SORT",
    "MULTIPLE",
    "MANDATORY",
    "SHOW_FILTER",
    "EDIT_IN_LIST",
    "IS_SEARCHABLE",
    "SETTINGS",
    "EDIT_FORM_LABEL",
    "HELP_MESSAGE",
    "LIST",
];
/// What `.update` reads of a definition.
const CHANGED: &[&str] =
    &["XML_ID", "SORT", "MANDATORY", "SHOW_FILTER", "IS_SEARCHABLE", "SETTINGS", "EDIT_FORM_LABEL", "HELP_MESSAGE"];

pub(super) const NO_VIEW: &str = "You do not have permission to view user field settings";
pub(super) const NO_CHANGE: &str = "You cannot change the settings of the user field";
pub(super) const NO_DELETE: &str = "You cannot delete the user field";

pub(super) fn types(call: &mut Call<'_, '_>) -> Result<Answer> {
    of_module(call)?;
    let types =
        KINDS.iter().map(|(name, _, about)| ((*name).to_owned(), json!({ "userTypeId": name, "description": about })));
    Ok(json!({ "types": types.collect::<Map<_, _>>() }).into())
}

pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let customs = of_module(call)?;
    let fields = read_fields(call)?;
    let text = |name: &str| fields.get(name).and_then(read_text).filter(|it| !it.is_empty());
    let name = text("FIELD_NAME").ok_or_else(|| NO_CODE.say("The 'FIELD_NAME' field is not found."))?;
    let name = name.to_uppercase();
    let entity = text("ENTITY_ID").unwrap_or_default();
    let custom = customs.into_iter().find(|it| it.entity.eq_ignore_ascii_case(&entity));
    let custom = custom.filter(|it| name.starts_with(it.prefix));
    let custom = custom.ok_or_else(|| NO_CODE.say("You cannot create custom fields"))?;
    let id = manage::add(call, custom, &name, &only(&fields, ADDED)).map_err(without_code)?;
    one(call, id)
}

pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let found = find(call, NO_CHANGE)?;
    let sent = read_fields(call)?;
    let mut fields = only(&sent, CHANGED);
    let named = sent.get("USER_TYPE_ID").and_then(read_text).and_then(|it| kind_of(&it));
    if let (Some(CustomKind::Enumeration), Some(list)) = (named, sent.get("LIST")) {
        fields.insert("LIST".to_owned(), list.clone());
    }
    manage::update(call, &found, &fields).map_err(without_code)?;
    one(call, found.id)
}

pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let found = find(call, NO_DELETE)?;
    manage::delete(call, &found)?;
    Ok(Json::Null.into())
}

pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let found = find(call, NO_VIEW)?;
    one(call, found.id)
}

pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let entities: Vec<_> = of_module(call)?.iter().map(|it| it.entity).collect();
    let filter = upper_filter(call.params.get("FILTER").unwrap_or(&Json::Null));
    let mut conds = vec![filter::parse(&CUSTOM_FIELD, &filter, call)?];
    if let Some(entity) = CUSTOM_FIELD.field("ENTITY_ID") {
        conds.push(filter::condition(entity, Test::Eq, false, &json!(entities), &call.settings.time_zone));
    }
    let order = Params::new(json!({ "ORDER": upper_filter(call.params.get("ORDER").unwrap_or(&Json::Null)) }))?;
    let query = Query {
        cond: Cond::All(conds),
        order: list::read_order(&CUSTOM_FIELD, &order, call)?,
        start: list::read_start(call)?,
        select: CUSTOM_FIELD.visible(call.caller),
        picture: "",
    };
    let mut answer = list::page(call, &CUSTOM_FIELD, &query)?;
    let (wanted, language) = read_select(call);
    let mut fields = Vec::new();
    for field in answer.result.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
        let mut shown = show(call, std::mem::take(field), language.as_deref())?;
        shown.retain(|name, _| name != "enum" && (wanted.is_empty() || wanted.iter().any(|it| it == name)));
        fields.push(Json::Object(shown));
    }
    answer.result = json!({ "fields": fields });
    Ok(answer)
}

/// The entities of the module that `moduleId` names. The caller needs a scope of theirs too.
fn of_module(call: &Call<'_, '_>) -> Result<Vec<Custom>> {
    let module = call.params.text("MODULEID")?.ok_or_else(|| wrong("MODULEID", "the code of a module"))?;
    let customs: Vec<Custom> = call
        .registry
        .modules()
        .iter()
        .flat_map(|it| it.entities)
        .filter_map(|it| it.custom)
        .filter(|it| it.module.eq_ignore_ascii_case(&module))
        .collect();
    let Some(first) = customs.first() else { return Err(NO_CODE.say("No settings for UserFieldAccess")) };
    if !customs.iter().any(|it| call.caller.holds_any(it.scopes)) {
        // Of several scopes that would do, the last one opens the least.
        let scope = first.scopes.last().copied().unwrap_or_default();
        return Err(NO_CODE.say(format!("The current method required more scopes. ({scope})")));
    }
    Ok(customs)
}

/// The field that `id` names. That there is none is said in the words for those who may not.
fn find(call: &mut Call<'_, '_>, refusal: &'static str) -> Result<Found> {
    let customs = of_module(call)?;
    let id = call.params.get("ID").and_then(read_int).ok_or_else(|| NO_CODE.say(refusal))?;
    manage::find(call, &customs, id)?.ok_or_else(|| NO_CODE.say(refusal))
}

/// The documentation gives no error here a code.
fn without_code(err: Error) -> Error {
    if err.code == &CORE { NO_CODE.say(err.said) } else { err }
}

/// `fieldName` as it is called elsewhere: `FIELD_NAME`. What is in upper case already stays.
fn upper(name: &str) -> String {
    if name == "enum" {
        return "LIST".to_owned();
    }
    let is_camel = name.chars().any(|it| it.is_ascii_lowercase());
    let mut upper = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if is_camel && letter.is_ascii_uppercase() {
            upper.push('_');
        }
        upper.push(letter.to_ascii_uppercase());
    }
    upper
}

/// `FIELD_NAME` as it is called here: `fieldName`.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_ascii_lowercase();
    for part in parts {
        let (first, rest) = part.split_at(part.len().min(1));
        camel.push_str(first);
        camel.push_str(&rest.to_ascii_lowercase());
    }
    if camel == "list" { "enum".to_owned() } else { camel }
}

/// `field`, with its names as they are elsewhere, and those of its options too.
fn read_fields(call: &Call<'_, '_>) -> Result<Map<String, Json>> {
    let fields = match call.params.get("FIELD") {
        Some(Json::Object(fields)) => fields,
        None | Some(Json::Null | Json::Array(_)) => return Ok(Map::new()),
        Some(_) => return Err(wrong("FIELD", "an object of settings")),
    };
    let option = |it: &Json| match it {
        Json::Object(option) => Json::Object(option.iter().map(|(name, it)| (upper(name), it.clone())).collect()),
        other => other.clone(),
    };
    let read = |(name, value): (&String, &Json)| match (upper(name), value) {
        (name, Json::Array(items)) if name == "LIST" => (name, items.iter().map(option).collect()),
        (name, Json::Object(map)) if name == "LIST" => (name, map.values().map(option).collect()),
        (name, value) => (name, value.clone()),
    };
    Ok(fields.iter().map(read).collect())
}

fn only(fields: &Map<String, Json>, names: &[&str]) -> Map<String, Json> {
    let kept = fields.iter().filter(|(name, _)| names.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A filter or an order, with its names as they are elsewhere. Prefixes and groups stay.
fn upper_filter(filter: &Json) -> Json {
    match filter {
        Json::Object(map) => Json::Object(
            map.iter()
                .map(|(key, value)| {
                    let (_, _, name) = filter::split(key);
                    let prefix = key.strip_suffix(name).unwrap_or_default();
                    let value = if filter::is_group(key) { upper_filter(value) } else { value.clone() };
                    (format!("{prefix}{}", upper(name)), value)
                })
                .collect(),
        ),
        Json::Array(groups) => groups.iter().map(upper_filter).collect(),
        other => other.clone(),
    }
}

/// The names in `select`, none of them meaning all, and the language that it asks for.
fn read_select(call: &Call<'_, '_>) -> (Vec<String>, Option<String>) {
    let mut wanted = Vec::new();
    let mut language = None;
    let sent: Vec<(String, Json)> = match call.params.get("SELECT") {
        Some(Json::Object(map)) => map.clone().into_iter().collect(),
        _ => call.params.list("SELECT").into_iter().map(|it| (String::new(), it)).collect(),
    };
    for (key, value) in sent {
        match (key.as_str(), read_text(&value)) {
            ("language" | "languageId", given) => language = given.filter(|it| !it.is_empty()),
            (_, Some(name)) => wanted.push(camel(&upper(&name))),
            (_, None) => {}
        }
    }
    if wanted.iter().any(|it| it == "*") {
        wanted.clear();
    }
    (wanted, language)
}

fn one(call: &mut Call<'_, '_>, id: i64) -> Result<Answer> {
    let select = CUSTOM_FIELD.visible(call.caller);
    let found = list::records(call, &CUSTOM_FIELD, &[id], &select, "")?;
    let Some(Json::Object(field)) = found.into_iter().next() else { return Err(NO_CODE.say(NO_VIEW)) };
    Ok(json!({ "field": show(call, field, None)? }).into())
}

/// A definition in the words of these methods, with its labels in all languages or in one.
fn show(call: &mut Call<'_, '_>, mut field: Map<String, Json>, language: Option<&str>) -> Result<Map<String, Json>> {
    let texts = complete(call, &mut field)?;
    let id = field.get("ID").cloned().unwrap_or_default();
    let options = field.shift_remove("LIST");
    field.extend(labels::by_language(&texts, language));
    let mut shown: Map<String, Json> = field.iter().map(|(name, value)| (camel(name), value.clone())).collect();
    if let Some(Json::Array(options)) = options {
        let option = |it: &Json| {
            let own = it.as_object().into_iter().flatten().map(|(name, value)| (camel(name), value.clone()));
            Json::Object(own.chain([("userFieldId".to_owned(), id.clone())]).collect())
        };
        shown.insert("enum".to_owned(), options.iter().map(option).collect());
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_both_ways() {
        for (ours, theirs) in [("ID", "id"), ("USER_TYPE_ID", "userTypeId"), ("LIST", "enum"), ("XML_ID", "xmlId")] {
            assert_eq!((upper(theirs), camel(ours)), (ours.to_owned(), theirs.to_owned()));
            assert_eq!(upper(ours), ours);
        }
        assert_eq!(
            upper_filter(&json!({ "!=fieldName": 1, "0": { ">sort": 2 }, "LOGIC": "OR" })),
            json!({
                "!=FIELD_NAME": 1, "0": { ">SORT": 2 }, "LOGIC": "OR",
            })
        );
    }
}
