//! `main.eventlog.list`, `.get`, `.tail` and what they are about.

use super::{EVENT_LOG, INVALID_FILTER};
use muster_core::{
    Answer, Call, Json, Result,
    error::ARGUMENT,
    error_v3::{INVALID_ORDER, INVALID_PAGINATION, NOT_FOUND},
    field::Field,
    filter::{Cond, Test, condition},
    json, list, list_v3,
    method::{Param, param},
    params::{read_int, read_text},
};
use muster_db::Sql;

const SELECT: Param = param("SELECT", "array", "The fields to answer with; all if left out");
const FILTER: Param = param("FILTER", "array", "Conditions such as [\"userId\", \"=\", 5], and groups with logic");

pub(super) const LIST: &[Param] = &[
    SELECT,
    FILTER,
    param("ORDER", "object", "Fields with ASC or DESC"),
    param("PAGINATION", "object", "limit, at most 1000, with page or offset"),
];
pub(super) const GET: &[Param] = &[param("ID", "integer", "Which entry").required(), SELECT];
pub(super) const TAIL: &[Param] =
    &[SELECT, FILTER, param("CURSOR", "object", "field, order, value and limit; the ID from 0 on if left out")];
pub(super) const FIELD_LIST: &[Param] = &[param("SELECT", "array", "What to tell of each field")];
pub(super) const FIELD_GET: &[Param] =
    &[param("NAME", "string", "Which field").required(), param("SELECT", "array", "What to tell of the field")];

const MOST: i64 = 1000;
const USUAL: i64 = 50;
/// How long a missing ID is waited for: far longer than a transaction may take, and than clocks of processes differ.
const LATE_SECONDS: i64 = 600;

/// The entries that pass a filter.
pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let cond = list_v3::read_filter(&EVENT_LOG, call)?;
    let order = list_v3::read_order(&EVENT_LOG, call)?;
    let window = list_v3::read_window(call.params)?;
    page(call, &cond, &order, window)
}

fn page(call: &mut Call<'_, '_>, cond: &Cond, order: &[(&'static Field, bool)], window: (i64, i64)) -> Result<Answer> {
    let select = read_select(call)?;
    let ids = list::ids(call, &EVENT_LOG, cond, order, window)?;
    Ok(Json::Array(list::records(call, &EVENT_LOG, &ids, &select, "")?).into())
}

/// One entry.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let sent = call.params.get("ID").ok_or_else(|| missing("id"))?;
    let id = read_int(sent)
        .ok_or_else(|| ARGUMENT.say("Field `id` requires data type `int` for this request").about("id"))?;
    let select = read_select(call)?;
    let found = list::records(call, &EVENT_LOG, &[id], &select, "")?.pop();
    Ok(found.ok_or_else(|| NOT_FOUND.say(format!("Entry with ID = `{id}` not found")))?.into())
}

/// What has come since a reference point: the value of a field that grows, the ID unless another one is named.
pub(super) fn tail(call: &mut Call<'_, '_>) -> Result<Answer> {
    let cursor = match call.params.get("CURSOR") {
        None | Some(Json::Null) => json!({}),
        Some(Json::Array(items)) if items.is_empty() => json!({}),
        Some(cursor @ Json::Object(_)) => cursor.clone(),
        Some(_) => return Err(ARGUMENT.say("`cursor` must be an object").about("cursor")),
    };
    let text = |name: &str, usual: &str| cursor.get(name).and_then(read_text).unwrap_or_else(|| usual.to_owned());
    let name = text("field", "id");
    let field = EVENT_LOG.field(&name).filter(|it| it.is_sortable());
    let field = field.ok_or_else(|| list_v3::unknown(&name, &EVENT_LOG))?;
    let descending = match text("order", "ASC").to_ascii_uppercase().as_str() {
        "ASC" => false,
        "DESC" => true,
        other => return Err(INVALID_ORDER.say(format!("Unable to recognize sorting parameter `{other}`"))),
    };
    let limit = match cursor.get("limit") {
        None | Some(Json::Null) => USUAL,
        Some(sent) => read_int(sent).filter(|it| *it > 0).ok_or_else(|| {
            INVALID_PAGINATION.say(format!("Unable to recognize the pagination parameter `{{\"limit\":{sent}}}`"))
        })?,
    };
    if call.params.get("FILTER").is_some_and(|it| names(it, field)) {
        let shown = EVENT_LOG.shown_name(field);
        let text = format!("Unable to recognize filter expression `Cursor field {shown} cannot be used at filter.`");
        return Err(INVALID_FILTER.say(text));
    }
    let mut conds = vec![list_v3::read_filter(&EVENT_LOG, call)?];
    let value = cursor.get("value").cloned().filter(|it| !it.is_null());
    let since = value.as_ref().filter(|_| field.name == "ID" && !descending).and_then(read_int).unwrap_or(0);
    if let Some(late) = first_late(call, since)? {
        let id = EVENT_LOG.field("ID").ok_or_else(|| list_v3::unknown("id", &EVENT_LOG))?;
        conds.push(condition(id, Test::Lt, false, &json!(late), &call.settings.time_zone));
    }
    // Backwards from nowhere is from the end.
    if let Some(value) = value.or_else(|| (!descending && field.name == "ID").then(|| json!(0))) {
        let test = if descending { Test::Lt } else { Test::Gt };
        conds.push(condition(field, test, false, &value, &call.settings.time_zone));
    }
    page(call, &Cond::All(conds), &[(field, descending)], (0, limit.min(MOST)))
}

/// The first entry after this one that may have come before others that are still to be seen.
///
/// On PostgreSQL a transaction may commit after another one that took a later ID. So where an ID is missing, what follows
/// is held back until the transaction that took it must have ended; whoever goes on from the last entry that they saw
/// misses none. An ID that no one will ever use, since its transaction failed, delays by that time and no longer.
fn first_late(call: &mut Call<'_, '_>, since: i64) -> Result<Option<i64>> {
    let sql = Sql::with(
        "select min(a.id) from audit a where a.happened_at > $1 and a.id > $2 and a.id > 1
         and not exists (select 1 from audit b where b.id = a.id - 1)",
        [(call.now - LATE_SECONDS).into(), since.into()],
    );
    Ok(call.tx.row(&sql)?.and_then(|row| row.opt_int(0)))
}

/// Whether a filter has a condition on this field.
fn names(filter: &Json, field: &Field) -> bool {
    match filter {
        Json::Object(group) => group.get("conditions").is_some_and(|it| names(it, field)),
        Json::Array(parts) => match parts.first() {
            Some(Json::String(name)) => EVENT_LOG.is_name(field, name),
            _ => parts.iter().any(|it| names(it, field)),
        },
        _ => false,
    }
}

/// The fields of an entry.
pub(super) fn field_list(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(json!({ "items": list_v3::describe(&EVENT_LOG, call, &[], &[])? }).into())
}

/// One of them.
pub(super) fn field_get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let name = call.params.get("NAME").and_then(read_text).filter(|it| !it.is_empty());
    let name = name.ok_or_else(|| missing("name"))?;
    let at = EVENT_LOG.fields.iter().position(|it| EVENT_LOG.shown_name(it) == name);
    let at = at.ok_or_else(|| NOT_FOUND.say(format!("Field `{name}` not found")))?;
    Ok(json!({ "item": list_v3::describe(&EVENT_LOG, call, &[], &[])?.into_iter().nth(at) }).into())
}

fn missing(name: &'static str) -> muster_core::Error {
    ARGUMENT.say(format!("Required field `{name}` is not specified")).about(name)
}

/// The fields in `select`; all if none is named.
fn read_select(call: &Call<'_, '_>) -> Result<Vec<&'static Field>> {
    let names: Vec<String> = call.params.list("SELECT").iter().filter_map(read_text).collect();
    let find = |name: &String| EVENT_LOG.field(name).ok_or_else(|| list_v3::unknown(name, &EVENT_LOG));
    if names.is_empty() { Ok(EVENT_LOG.fields.iter().collect()) } else { names.iter().map(find).collect() }
}
