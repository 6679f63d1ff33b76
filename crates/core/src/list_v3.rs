//! How REST 3.0 asks for records: lists of conditions, `order`, `pagination`, and what there is to ask for.

use crate::{
    Call, Json, Map, Params, Result,
    error::ARGUMENT,
    error_v3::{INVALID_ORDER, INVALID_PAGINATION, UNKNOWN_FIELD, UNKNOWN_OPERATOR},
    field::{Entity, Field, Kind},
    filter::{Cond, Test, condition},
    json,
    params::{read_int, read_text, wrong},
};

/// The operators of a condition, with the test each asks for and whether it is negated.
const OPERATORS: &[(&str, Test, bool)] = &[
    ("=", Test::Eq, false),
    ("!=", Test::Eq, true),
    (">", Test::Gt, false),
    (">=", Test::Ge, false),
    ("<", Test::Lt, false),
    ("<=", Test::Le, false),
    ("in", Test::Eq, false),
    ("between", Test::Between, false),
];

/// The most records of a page, and how many there are if the client does not say.
const MOST: i64 = 1000;
const USUAL: i64 = 50;

/// Reads `filter`: conditions that all have to hold.
pub fn read_filter(entity: &Entity, call: &Call<'_, '_>) -> Result<Cond> {
    match call.params.get("FILTER") {
        None | Some(Json::Null) => Ok(Cond::All(Vec::new())),
        Some(Json::Array(conditions)) => read_all(entity, conditions, call),
        Some(group @ Json::Object(_)) => read_one(entity, group, call),
        Some(_) => Err(wrong("FILTER", "a list of conditions")),
    }
}

fn read_all(entity: &Entity, conditions: &[Json], call: &Call<'_, '_>) -> Result<Cond> {
    Ok(Cond::All(conditions.iter().map(|it| read_one(entity, it, call)).collect::<Result<_>>()?))
}

/// One condition, `["id", ">", 5]` or `["id", [1, 2]]`, or a group of them with its own logic.
fn read_one(entity: &Entity, sent: &Json, call: &Call<'_, '_>) -> Result<Cond> {
    let (name, operator, value) = match sent {
        Json::Object(group) => {
            let conditions = group.get("conditions").and_then(Json::as_array);
            let conditions = conditions.ok_or_else(|| wrong("FILTER", "a list of conditions"))?;
            let any = group.get("logic").and_then(read_text).is_some_and(|it| it.eq_ignore_ascii_case("or"));
            return match read_all(entity, conditions, call)? {
                Cond::All(conds) if any => Ok(Cond::Any(conds)),
                all => Ok(all),
            };
        }
        Json::Array(parts) => match parts.as_slice() {
            [name, value] => (name, None, value),
            [name, operator, value] => (name, Some(operator), value),
            _ => return Err(wrong("FILTER", "a list of conditions such as [\"id\", \">\", 5]")),
        },
        _ => return Err(wrong("FILTER", "a list of conditions such as [\"id\", \">\", 5]")),
    };
    let name = read_text(name).unwrap_or_default();
    let operator = operator.map_or_else(|| "=".to_owned(), |it| read_text(it).unwrap_or_default());
    let known = OPERATORS.iter().find(|(it, ..)| it.eq_ignore_ascii_case(&operator));
    let (_, test, negated) = *known.ok_or_else(|| UNKNOWN_OPERATOR.say(format!("Unknown operator `{operator}`")))?;
    let field = call.field(entity, &name).filter(|it| it.is_visible(call.caller));
    let field = field.ok_or_else(|| unknown(&name, entity))?;
    Ok(condition(field, test, negated, value, &call.settings.time_zone))
}

/// The error for a field that does not exist, or that the caller may not know of.
pub fn unknown(name: &str, entity: &Entity) -> crate::Error {
    UNKNOWN_FIELD.say(format!("Unknown field `{name}` for entity `{}`", entity.name))
}

/// Reads `order`: fields with `ASC` or `DESC`.
pub fn read_order(entity: &Entity, call: &Call<'_, '_>) -> Result<Vec<(&'static Field, bool)>> {
    let sent = match call.params.get("ORDER") {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Array(items)) if items.is_empty() => return Ok(Vec::new()),
        Some(Json::Object(sent)) => sent,
        Some(other) => return Err(INVALID_ORDER.say(format!("Unable to recognize sorting parameter `{other}`"))),
    };
    let mut order = Vec::new();
    for (name, direction) in sent {
        let wrong = || INVALID_ORDER.say(format!("Unable to recognize sorting parameter `{name}`"));
        let field = call.field(entity, name).filter(|it| it.is_sortable() && it.is_visible(call.caller));
        let field = field.ok_or_else(wrong)?;
        let descending = match read_text(direction).unwrap_or_default().to_ascii_uppercase().as_str() {
            "ASC" => false,
            "DESC" => true,
            _ => return Err(wrong()),
        };
        order.push((field, descending));
    }
    Ok(order)
}

/// Reads `pagination`: how many records are passed over, and how many wanted.
pub fn read_window(params: &Params) -> Result<(i64, i64)> {
    let pages: Map<String, Json> = match params.get("PAGINATION") {
        None | Some(Json::Null) => return Ok((0, USUAL)),
        Some(Json::Array(items)) if items.is_empty() => return Ok((0, USUAL)),
        Some(Json::Object(pages)) => pages.clone(),
        Some(other) => return Err(no_page(other)),
    };
    let of = |name: &str| match pages.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(sent) => read_int(sent).filter(|it| *it >= 0).map(Some).ok_or_else(|| no_page(&json!({ name: sent }))),
    };
    let limit = of("limit")?.unwrap_or(USUAL);
    if limit == 0 {
        return Err(no_page(&json!({ "limit": 0 })));
    }
    let limit = limit.min(MOST);
    let offset = match (of("page")?, of("offset")?) {
        // With a page, an offset of its own says nothing more.
        (Some(page), _) if page > 0 => (page - 1).saturating_mul(limit),
        (_, offset) => offset.unwrap_or(0),
    };
    Ok((offset, limit))
}

fn no_page(sent: &Json) -> crate::Error {
    INVALID_PAGINATION.say(format!("Unable to recognize the pagination parameter `{sent}`"))
}

/// What `*.field.list` tells of a field.
const DESCRIBED: &[&str] = &[
    "name",
    "type",
    "title",
    "description",
    "validationRules",
    "requiredGroups",
    "filterable",
    "sortable",
    "editable",
    "multiple",
    "elementType",
];

/// Describes the fields of an entity, with what `select` asks for of each. `required` and `editable` are names.
pub fn describe(
    entity: &'static Entity,
    call: &Call<'_, '_>,
    required: &[&str],
    editable: &[&str],
) -> Result<Vec<Json>> {
    let names: Vec<String> = match call.params.get("SELECT") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(names)) => {
            let not_text = || ARGUMENT.say("Unable to recognize select expression").about("select");
            names.iter().map(|it| it.as_str().map(str::to_owned).ok_or_else(not_text)).collect::<Result<_>>()?
        }
        Some(_) => return Err(ARGUMENT.say("Unable to recognize select expression").about("select")),
    };
    if let Some(name) = names.iter().find(|it| !DESCRIBED.contains(&it.as_str())) {
        return Err(UNKNOWN_FIELD.say(format!("Unknown field `{name}` for entity `DtoFieldDto`")));
    }
    let is_wanted = |name: &str| names.is_empty() || names.iter().any(|it| it == name);
    let mut described = Vec::new();
    for field in call.visible(entity) {
        let kind = kind_of(field);
        let whole = json!({
            "name": entity.shown_name(field),
            "type": if field.is_many() { "array" } else { kind },
            "title": field.title,
            "description": null,
            "validationRules": [],
            "requiredGroups": if required.contains(&field.name) { json!(["add"]) } else { Json::Null },
            "filterable": true,
            "sortable": true,
            "editable": editable.contains(&field.name),
            "multiple": field.is_many(),
            "elementType": if field.is_many() { kind.into() } else { Json::Null },
        });
        let shown = whole.as_object().into_iter().flatten().filter(|(name, _)| is_wanted(name));
        described.push(Json::Object(shown.map(|(name, value)| (name.clone(), value.clone())).collect()));
    }
    Ok(described)
}

fn kind_of(field: &Field) -> &'static str {
    match field.kind {
        Kind::Id | Kind::Int | Kind::User => "int",
        Kind::Real => "float",
        Kind::Bool | Kind::YesNo | Kind::ZeroOne => "bool",
        Kind::Date | Kind::Instant(_) => "DateTime",
        Kind::Text | Kind::OneOf(_) | Kind::Choice(_) | Kind::Image | Kind::File => "string",
    }
}
