//! What happened to a task: written with every change, read by `tasks.task.history.list`.

use super::{NOT_ALLOWED, people, read_task_id, rights};
use muster_core::{
    Answer, Call, Json, Map, Result,
    error::ARGUMENT,
    json,
    method::{Param, param},
    params::read_text,
    time::{Style, write_instant},
};
use muster_db::{Sql, Tx, Value};

/// What is compared before and after a change: what the history calls it, and the SQL of its value as text.
const COMPARED: &[(&str, &str)] = &[
    ("TITLE", "t.title"),
    ("DESCRIPTION", "t.description"),
    ("STATUS", "cast(t.status as text)"),
    ("PRIORITY", "cast(t.priority as text)"),
    ("MARK", "t.mark"),
    ("PARENT_ID", "cast(t.parent_id as text)"),
    ("GROUP_ID", "cast(t.group_id as text)"),
    ("STAGE_ID", "cast(t.stage_id as text)"),
    ("CREATED_BY", "cast(t.creator_id as text)"),
    ("RESPONSIBLE_ID", "cast(t.responsible_id as text)"),
    ("DEADLINE", "cast(t.deadline as text)"),
    ("START_DATE_PLAN", "cast(t.plan_starts_at as text)"),
    ("END_DATE_PLAN", "cast(t.plan_ends_at as text)"),
    ("DURATION_PLAN", "cast(t.duration_plan as text)"),
    ("TIME_ESTIMATE", "cast(t.time_estimate as text)"),
    ("ADD_IN_REPORT", "cast(t.add_in_report as text)"),
    ("TASK_CONTROL", "cast(t.task_control as text)"),
    ("ALLOW_TIME_TRACKING", "cast(t.allow_time_tracking as text)"),
    ("ALLOW_CHANGE_DEADLINE", "cast(t.allow_change_deadline as text)"),
];

/// The same of what is in tables of its own.
const LISTED: &[(&str, &str)] = &[
    ("ACCOMPLICES", "select cast(user_id as text) from task_accomplices where task_id = $1 order by position"),
    ("AUDITORS", "select cast(user_id as text) from task_auditors where task_id = $1 order by position"),
    ("TAGS", "select name from task_tags where task_id = $1 order by position"),
    ("DEPENDS_ON", "select cast(from_id as text) from task_links where to_id = $1 order by from_id"),
];

/// The values of a task that its history tells of.
pub(super) type Look = Vec<Option<String>>;

/// Reads these values.
pub(super) fn look(tx: &mut Tx<'_>, id: i64) -> Result<Look> {
    let mut sql = Sql::new("select ");
    sql.join(COMPARED, ", ", |sql, (_, value)| {
        sql.push(value);
    });
    sql.push(" from tasks t where t.id = ").bind(id);
    let row = tx.row(&sql)?;
    let mut look: Look = Vec::with_capacity(COMPARED.len() + LISTED.len());
    for column in 0..COMPARED.len() {
        look.push(row.as_ref().and_then(|row| row.opt_text(column)).map(str::to_owned));
    }
    for (_, sql) in LISTED {
        let values: Vec<String> =
            tx.rows(&Sql::with(sql, [id.into()]))?.iter().map(|row| row.text(0).to_owned()).collect();
        look.push(Some(values.join(",")).filter(|it| !it.is_empty()));
    }
    Ok(look)
}

/// Writes down what has changed from one look to the other.
pub(super) fn compare(call: &mut Call<'_, '_>, id: i64, before: &Look, after: &Look) -> Result<()> {
    let names = COMPARED.iter().chain(LISTED).map(|(name, _)| *name);
    for (name, (old, new)) in names.zip(before.iter().zip(after)) {
        if old != new {
            note(call, id, name, old.as_deref(), new.as_deref())?;
        }
    }
    Ok(())
}

/// Writes down one event.
pub(super) fn note(
    call: &mut Call<'_, '_>,
    task_id: i64,
    field: &'static str,
    old: Option<&str>,
    new: Option<&str>,
) -> Result<()> {
    call.tx.run(&Sql::with(
        "insert into task_history (task_id, user_id, created_at, field, old_value, new_value)
         values ($1, $2, $3, $4, $5, $6)",
        [task_id.into(), call.caller.user_id.into(), call.now.into(), field.into(), old.into(), new.into()],
    ))?;
    Ok(())
}

pub(super) const PARAMS: &[Param] = &[
    param("TASKID", "integer", "Which task").required(),
    param("FILTER", "object", "FIELD: only events of this kind, or of these"),
    param("ORDER", "object", "createdDate or id with ASC or DESC; the newest first if left out"),
];

/// The events of a task.
pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_task_id(call)?;
    // The public documentation asks for both answers: an empty list where there is no such task, a refusal where there is.
    // So this method alone tells that a task exists which the caller does not see, and nothing else of it.
    if call.tx.int(&Sql::with("select count(*) from tasks where id = $1", [id.into()]))? == 0 {
        return Ok(json!([]).into());
    }
    rights::find(call, id)?.ok_or_else(|| NOT_ALLOWED.say("Access denied."))?;
    let mut sql = Sql::with(
        "select id, created_at, field, old_value, new_value, user_id from task_history where task_id = $1",
        [id.into()],
    );
    let fields = read_filter(call)?;
    if !fields.is_empty() {
        sql.push(" and field in (").bind_all(fields).push(")");
    }
    sql.push(if read_descending(call)? { " order by created_at desc, id desc" } else { " order by created_at, id" });
    let rows = call.tx.rows(&sql)?;
    let authors = people::authors(call, rows.iter().filter_map(|row| row.opt_int(5)))?;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let (from, to) = (show(call, row.text(2), row.opt_text(3)), show(call, row.text(2), row.opt_text(4)));
        events.push(json!({
            "id": row.int(0)?,
            "createdDate": write_instant(row.int(1)?, Style::Iso, &call.settings.time_zone),
            "field": row.text(2),
            "value": { "from": from, "to": to },
            "user": authors.get(&row.int(5)?),
        }));
    }
    Ok(events.into())
}

/// A value as clients see it: instants as everywhere, flags as Y and N.
fn show(call: &Call<'_, '_>, field: &str, value: Option<&str>) -> Json {
    let Some(value) = value else { return Json::Null };
    match field {
        "DEADLINE" | "START_DATE_PLAN" | "END_DATE_PLAN" => {
            value.parse().map_or(Json::Null, |at| write_instant(at, Style::Iso, &call.settings.time_zone).into())
        }
        "ADD_IN_REPORT" | "TASK_CONTROL" | "ALLOW_TIME_TRACKING" | "ALLOW_CHANGE_DEADLINE" => {
            if value == "1" { "Y" } else { "N" }.into()
        }
        _ => value.into(),
    }
}

fn read_filter(call: &Call<'_, '_>) -> Result<Vec<Value>> {
    let filter = match call.params.get("FILTER") {
        Some(Json::Object(filter)) => filter.clone(),
        _ => Map::new(),
    };
    let mut fields = Vec::new();
    for (name, value) in &filter {
        if !name.eq_ignore_ascii_case("FIELD") {
            return Err(ARGUMENT.say(format!("there is no field {name} to filter by")).about(name.clone()));
        }
        match value {
            Json::Array(items) => fields.extend(items.iter().filter_map(read_text).map(Value::from)),
            one => fields.extend(read_text(one).map(Value::from)),
        }
    }
    Ok(fields)
}

fn read_descending(call: &Call<'_, '_>) -> Result<bool> {
    let order = match call.params.get("ORDER") {
        Some(Json::Object(order)) => order.clone(),
        _ => Map::new(),
    };
    let Some((name, direction)) = order.iter().next() else { return Ok(true) };
    if !["id", "createdDate", "created_date"].iter().any(|it| it.eq_ignore_ascii_case(name)) {
        return Err(ARGUMENT.say(format!("there is no field {name} to sort by")).about(name.clone()));
    }
    Ok(read_text(direction).is_some_and(|it| it.eq_ignore_ascii_case("desc")))
}
