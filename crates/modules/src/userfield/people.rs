//! Custom fields of people: `user.userfield.*`.

use super::{CUSTOM_FIELD, NO_CODE, complete, labels, manage, manage::Found, missing};
use crate::{sight, user::USER};
use muster_core::{
    Answer, Call, Json, Map, Result,
    custom::{self, Custom, CustomKind, kind_of},
    error::ARGUMENT,
    filter::{Cond, Test, condition, parse},
    list::{self, Query},
    params::{read_text, wrong},
};

pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let fields = read_fields(call)?;
    let name = fields.get("FIELD_NAME").and_then(read_text).filter(|it| !it.is_empty());
    let name = name.ok_or_else(|| NO_CODE.say("The 'FIELD_NAME' field is not found."))?;
    let custom = of_people()?;
    Ok(manage::add(call, custom, &full_name(custom, &name), &fields)?.into())
}

pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let found = find(call)?;
    let fields = read_fields(call)?;
    if let Some(other) = fields.get("USER_TYPE_ID").and_then(read_text).filter(|it| kind_of(it) != Some(found.kind)) {
        return Err(ARGUMENT.say(format!("the type of a field cannot be changed to {other}")).about("USER_TYPE_ID"));
    }
    manage::update(call, &found, &fields)?;
    Ok(true.into())
}

pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let found = find(call)?;
    manage::delete(call, &found)?;
    Ok(true.into())
}

pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let mut filter = call.params.get("FILTER").cloned().unwrap_or_default();
    let language = filter.as_object_mut().and_then(|it| it.shift_remove("LANG")).and_then(|it| read_text(&it));
    let mut conds = vec![parse(&CUSTOM_FIELD, &filter, call)?];
    if let Some(entity) = CUSTOM_FIELD.field("ENTITY_ID") {
        conds.push(condition(entity, Test::Eq, false, &of_people()?.entity.into(), &call.settings.time_zone));
    }
    let query = Query {
        cond: Cond::All(conds),
        order: list::read_order(&CUSTOM_FIELD, call.params, call)?,
        start: list::read_start(call)?,
        select: CUSTOM_FIELD.visible(call.caller),
        picture: "",
    };
    let mut answer = list::page(call, &CUSTOM_FIELD, &query)?;
    for field in answer.result.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
        let texts = complete(call, field)?;
        if let Some(language) = &language {
            field.extend(labels::shown(&texts, language));
        }
    }
    Ok(answer)
}

/// Where the file is that a person has in a field.
pub(super) fn file(call: &mut Call<'_, '_>) -> Result<Answer> {
    let nothing = || ARGUMENT.say("there is no such file");
    let id = call.params.int("ID")?.ok_or_else(|| wrong("ID", "the ID of a person"))?;
    let name = call.params.text("FIELD_NAME")?.ok_or_else(|| wrong("FIELD_NAME", "the code of a custom field"))?;
    let place = call.params.int("INDEX")?.unwrap_or(0);
    let definitions = custom::load(call.tx, of_people()?)?;
    let oneself = if id == call.caller.user_id { call.caller.of_oneself() } else { None };
    let caller = oneself.as_ref().unwrap_or(call.caller);
    let field = definitions.iter().find(|it| it.kind == CustomKind::File && it.field.name.eq_ignore_ascii_case(&name));
    let field = field.map(|it| it.field).filter(|it| it.is_visible(caller)).ok_or_else(nothing)?;
    let people_id = USER.field("ID").ok_or_else(nothing)?;
    let people = Cond::All(vec![sight::people(call.caller, true), Cond::In(people_id, vec![id.into()])]);
    let query = Query { cond: people, order: Vec::new(), start: None, select: vec![field], picture: "" };
    let found = list::page(call, &USER, &query)?.result;
    let value = &found[0][field.name];
    let place = usize::try_from(place).map_err(|_| nothing())?;
    let address = if field.is_many() { &value[place] } else { value };
    address.as_str().filter(|it| !it.is_empty()).map(Answer::from).ok_or_else(nothing)
}

fn of_people() -> Result<Custom> {
    USER.custom.ok_or_else(missing)
}

/// `FIELDS`, with the names in upper case.
fn read_fields(call: &Call<'_, '_>) -> Result<Map<String, Json>> {
    match call.params.get("FIELDS") {
        Some(Json::Object(fields)) => {
            Ok(fields.iter().map(|(name, value)| (name.to_uppercase(), value.clone())).collect())
        }
        None | Some(Json::Null | Json::Array(_)) => Ok(Map::new()),
        Some(_) => Err(wrong("FIELDS", "an object of fields and values")),
    }
}

/// `DEALS` and `UF_DEALS` become `UF_USR_DEALS`.
fn full_name(custom: Custom, given: &str) -> String {
    let upper = given.trim().to_uppercase();
    let bare = upper.strip_prefix(custom.prefix).or_else(|| upper.strip_prefix("UF_")).unwrap_or(&upper);
    format!("{}{bare}", custom.prefix)
}

/// The field that `ID` names.
fn find(call: &mut Call<'_, '_>) -> Result<Found> {
    let invalid = || NO_CODE.say("ID is not defined or invalid");
    let id = call.params.int("ID").ok().flatten().filter(|it| *it > 0).ok_or_else(invalid)?;
    manage::find(call, &[of_people()?], id)?.ok_or_else(missing)
}
