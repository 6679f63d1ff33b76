//! The time that tasks took: `task.elapseditem.*`.

use super::{
    exception, history, manifest,
    rights::{self, Deed, Standing, Task},
    store,
};
use muster_core::{
    Answer, Call, Json, Map, Params, Result,
    error::CORE,
    field::{Entity, Field, Kind::*, Stored, field},
    filter::{self, Cond},
    list,
    method::{Param, param},
    params::{read_int, read_text, wrong},
    record,
    time::Style,
};
use muster_db::Sql;

/// A record of time spent on a task.
pub static ELAPSED: Entity = Entity {
    name: "task_elapsed",
    table: "task_elapsed",
    joins: &[],
    custom: None,
    id: "task_elapsed.id",
    sparse: false,
    camel: false,
    fields: FIELDS,
};

const MINUTES: &str = "(task_elapsed.seconds / 60)";

#[rustfmt::skip] // One line a field, so that a line is all there is to say about it.
static FIELDS: &[Field] = &[
    field("ID", "task_elapsed.id", Id),
    field("TASK_ID", "task_elapsed.task_id", Id).title("Task"),
    field("USER_ID", "task_elapsed.user_id", User).title("Whose time").writable().deed(),
    field("COMMENT_TEXT", "task_elapsed.comment_text", Text).title("Comment").max(10_000).writable(),
    field("SECONDS", "task_elapsed.seconds", Id).title("Seconds").writable(),
    field("MINUTES", MINUTES, Id).title("Minutes"),
    field("SOURCE", "task_elapsed.source", Id).title("By hand (2) or by a timer (3)"),
    field("CREATED_DATE", "task_elapsed.created_at", Instant(Style::Iso)).title("When the time was spent").writable(),
    field("DATE_START", "task_elapsed.started_at", Instant(Style::Iso)).title("Written down").writable(),
    field("DATE_STOP", "task_elapsed.stopped_at", Instant(Style::Iso)).title("Ended").writable(),
];

const TASK_ID: Param = param("TASKID", "integer", "Which task");
const ITEM_ID: Param = param("ITEMID", "integer", "Which record").required();
const AR_FIELDS: Param = param("ARFIELDS", "object", "SECONDS, COMMENT_TEXT, USER_ID, CREATED_DATE").required();

pub(super) const LIST: &[Param] = &[
    TASK_ID,
    param("ORDER", "object", "Fields and directions"),
    param("FILTER", "object", "Conditions: a field with an optional prefix (!, <, <=, >, >=) and its value"),
    param("SELECT", "array", "The fields to answer with; all if left out"),
    param("PARAMS", "object", "NAV_PARAMS: nPageSize, at most 50, and iNumPage"),
];
pub(super) const GET: &[Param] = &[TASK_ID.required(), ITEM_ID];
pub(super) const ADD: &[Param] = &[TASK_ID.required(), AR_FIELDS];
pub(super) const UPDATE: &[Param] = &[TASK_ID.required(), ITEM_ID, AR_FIELDS];
pub(super) const IS_ALLOWED: &[Param] =
    &[TASK_ID.required(), ITEM_ID, param("ACTIONID", "integer", "1 to add, 2 to change, 3 to delete").required()];

/// The most seconds of one record: a year.
const MOST_SECONDS: i64 = 366 * 24 * 60 * 60;

/// The task that is named, if the caller sees it.
fn find_task(call: &mut Call<'_, '_>) -> Result<(Task, Standing)> {
    let id = call.params.get("TASKID").and_then(read_int).ok_or_else(|| exception(0x100, "Invalid task ID"))?;
    rights::find_to_change(call, id)?.ok_or_else(|| exception(1, "Task not found"))
}

/// Whose the record of this ID is, if the task has it.
fn owner(call: &mut Call<'_, '_>, task_id: i64) -> Result<Option<(i64, i64)>> {
    let Some(id) = call.params.get("ITEMID").and_then(read_int) else { return Ok(None) };
    let sql = "select user_id from task_elapsed where id = $1 and task_id = $2";
    let row = call.tx.row(&Sql::with(sql, [id.into(), task_id.into()]))?;
    Ok(row.and_then(|row| Some((id, row.opt_int(0)?))))
}

/// Whether someone may write down time, or change what was written: their own, or anyone's if they change the task.
fn may(task: &Task, who: &Standing, owner: Option<i64>) -> bool {
    match owner {
        None => task.lets(who, Deed::TrackTime),
        Some(owner) => (owner == who.user_id && task.lets(who, Deed::TrackTime)) || task.lets(who, Deed::Edit),
    }
}

fn not_allowed() -> muster_core::Error {
    exception(4, "Action is not allowed")
}

/// Writes down time that a task took.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (task, who) = find_task(call)?;
    let fields = read_fields(call)?;
    if !may(&task, &who, None) {
        return Err(not_allowed());
    }
    let mut columns = read_columns(call, &fields, &task, &who)?;
    if columns.iter().all(|(name, _)| *name != "seconds") {
        return Err(CORE.say("SECONDS is not specified").about("SECONDS"));
    }
    for (name, value) in [
        ("user_id", who.user_id),
        ("source", 2),
        ("created_at", call.now),
        ("started_at", call.now),
        ("stopped_at", call.now),
    ] {
        if columns.iter().all(|(it, _)| *it != name) {
            columns.push((name, value.into()));
        }
    }
    columns.push(("task_id", task.id.into()));
    let mut sql = Sql::new("insert into task_elapsed (");
    sql.join(&columns, ", ", |sql, (name, _)| {
        sql.push(name);
    });
    sql.push(") values (").bind_all(columns.iter().map(|(_, value)| value.clone())).push(") returning id");
    let before = spent(call, task.id)?;
    let id = call.tx.int(&sql)?;
    keep(call, task.id, before)?;
    Ok(id.into())
}

/// The seconds that a task took so far.
fn spent(call: &mut Call<'_, '_>, task_id: i64) -> Result<i64> {
    let sql = "select cast(coalesce(sum(seconds), 0) as bigint) from task_elapsed where task_id = $1";
    Ok(call.tx.int(&Sql::with(sql, [task_id.into()]))?)
}

/// Writes down that a task took another time than before.
fn keep(call: &mut Call<'_, '_>, task_id: i64, before: i64) -> Result<()> {
    let after = spent(call, task_id)?;
    if after != before {
        let (old, new) = (before.to_string(), after.to_string());
        history::note(call, task_id, "TIME_SPENT_IN_LOGS", Some(&old), Some(&new))?;
    }
    store::touch(call, task_id)
}

/// Changes a record.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (task, who) = find_task(call)?;
    let fields = read_fields(call)?;
    let found = owner(call, task.id)?.filter(|(_, owner)| may(&task, &who, Some(*owner)));
    let (id, _) = found.ok_or_else(not_allowed)?;
    let columns = read_columns(call, &fields, &task, &who)?;
    let before = spent(call, task.id)?;
    if !columns.is_empty() {
        let mut sql = Sql::new("update task_elapsed set ");
        sql.join(&columns, ", ", |sql, (name, value)| {
            sql.push(name).push(" = ").bind(value.clone());
        });
        sql.push(" where id = ").bind(id);
        call.tx.run(&sql)?;
    }
    keep(call, task.id, before)?;
    Ok(Json::Null.into())
}

/// Deletes a record.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (task, who) = find_task(call)?;
    let found = owner(call, task.id)?.filter(|(_, owner)| may(&task, &who, Some(*owner)));
    let (id, _) = found.ok_or_else(not_allowed)?;
    let before = spent(call, task.id)?;
    call.tx.run(&Sql::with("delete from task_elapsed where id = $1", [id.into()]))?;
    keep(call, task.id, before)?;
    Ok(Json::Null.into())
}

fn read_fields(call: &Call<'_, '_>) -> Result<Params> {
    match call.params.get("ARFIELDS") {
        Some(Json::Object(fields)) => Params::new(Json::Object(fields.clone())),
        _ => Err(exception(0x100, "Param #1 (arFields) expected, but not given")),
    }
}

/// Reads what was sent. Whoever changes the task may write down the time of someone else who has to do with it.
fn read_columns(call: &mut Call<'_, '_>, fields: &Params, task: &Task, who: &Standing) -> Result<record::Columns> {
    let mut columns = record::read(&ELAPSED, fields, call)?;
    columns.retain(|(name, value)| !value.is_null() || *name == "comment_text");
    for (name, value) in &columns {
        let muster_db::Value::Int(number) = value else { continue };
        if *name == "seconds" && !(0..=MOST_SECONDS).contains(number) {
            return Err(wrong("SECONDS", "a number of seconds, at most those of a year"));
        }
        let is_foreign = *name == "user_id" && *number != who.user_id;
        if is_foreign && !(task.lets(who, Deed::Edit) && task.people().contains(number)) {
            return Err(not_allowed().about("USER_ID"));
        }
    }
    Ok(columns)
}

/// One record, in a list.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (task, _) = find_readable(call)?;
    let (id, _) = owner(call, task.id)?.ok_or_else(|| exception(0x200, "Item not found or not accessible"))?;
    let select = ELAPSED.visible(call.caller);
    Ok(Json::Array(list::records(call, &ELAPSED, &[id], &select, "")?).into())
}

fn find_readable(call: &mut Call<'_, '_>) -> Result<(Task, Standing)> {
    let id = call.params.get("TASKID").and_then(read_int).ok_or_else(|| exception(0x100, "Invalid task ID"))?;
    rights::find(call, id)?.ok_or_else(|| exception(1, "Task not found"))
}

/// Records of one task, or of all tasks of the caller. Without a task, the order comes first.
pub(super) fn get_list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let params = without_task(call);
    let mut conds = vec![match params.get("TASKID") {
        Some(sent) => {
            let id = read_int(sent).ok_or_else(|| exception(0x100, "Invalid task ID"))?;
            rights::find(call, id)?.ok_or_else(|| exception(1, "Task not found"))?;
            filter::parse_one(&ELAPSED, "TASK_ID", sent, call)?
        }
        None => of_own_tasks(call),
    }];
    conds.push(filter::parse(&ELAPSED, params.get("FILTER").unwrap_or(&Json::Null), call)?);
    let order = list::read_order(&ELAPSED, &params, call)?;
    let select = read_select(call, &params);
    let (limit, offset) = read_window(&params)?;
    let cond = Cond::All(conds);
    let ids = list::ids(call, &ELAPSED, &cond, &order, (offset, limit))?;
    // Only a page of the usual size tells by itself that it is the last.
    let found = if limit == list::PAGE { ids.len() } else { usize::MAX };
    let (total, _) = list::count(call, &ELAPSED, &cond, Some(offset), found)?;
    let next = total.filter(|total| offset.saturating_add(limit) < *total).map(|_| offset + limit);
    let result = Json::Array(list::records(call, &ELAPSED, &ids, &select, "")?);
    Ok(Answer { result, total, next, ..Answer::default() })
}

/// `[{order}, {filter}]` as if it were `[task, {order}, {filter}]`.
fn without_task(call: &Call<'_, '_>) -> Params {
    if !call.params.get("TASKID").is_some_and(|it| it.is_object() || it.is_array()) {
        return call.params.clone();
    }
    call.params.renamed(["ORDER", "FILTER", "SELECT", "PARAMS"].into_iter())
}

/// The records of the tasks that the caller has to do with: not of all those of their workgroups and departments, which
/// they see too. Whoever manages every task gets those of all.
fn of_own_tasks(call: &Call<'_, '_>) -> Cond {
    static ENTRY: Field = field("ENTRY", "", Int).stored(Stored::Link {
        table: "(select e.id as entry_id, s.seer from task_elapsed e join (select id as task_id, creator_id as seer
            from tasks union all select id, responsible_id from tasks
            union all select task_id, user_id from task_accomplices
            union all select task_id, user_id from task_auditors) as s on s.task_id = e.task_id) as own_entries",
        owner: "entry_id",
        value: "seer",
    });
    if call.caller.may(muster_core::call::Right::ManageTasks) {
        return Cond::All(Vec::new());
    }
    Cond::In(&ENTRY, vec![call.caller.user_id.into()])
}

fn read_select(call: &Call<'_, '_>, params: &Params) -> Vec<&'static Field> {
    let names: Vec<String> = params.list("SELECT").iter().filter_map(read_text).filter(|it| !it.is_empty()).collect();
    let all = ELAPSED.visible(call.caller);
    if names.is_empty() || names.iter().any(|it| it == "*") {
        return all;
    }
    all.into_iter().filter(|field| names.iter().any(|it| it.eq_ignore_ascii_case(field.name))).collect()
}

/// How many records, and from which on: by `NAV_PARAMS`, or by `start` as everywhere.
fn read_window(params: &Params) -> Result<(i64, i64)> {
    let nav = params.get("PARAMS").and_then(Json::as_object).and_then(|it| it.get("NAV_PARAMS")).cloned();
    let nav: Map<String, Json> = nav.and_then(|it| it.as_object().cloned()).unwrap_or_default();
    let of = |name: &str| nav.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, it)| read_int(it));
    let limit = of("nPageSize").unwrap_or(list::PAGE).clamp(1, list::PAGE);
    match of("iNumPage") {
        Some(number) => Ok((limit, number.clamp(1, i64::from(u32::MAX)).saturating_sub(1) * limit)),
        None => Ok((limit, params.int("START")?.unwrap_or(0).max(0))),
    }
}

/// Whether the caller may do something with a record.
pub(super) fn is_allowed(call: &mut Call<'_, '_>) -> Result<Answer> {
    let Some(id) = call.params.get("TASKID").and_then(read_int) else { return Ok(false.into()) };
    let Some((task, who)) = rights::find(call, id)? else { return Ok(false.into()) };
    let allowed = match call.params.get("ACTIONID").and_then(read_int) {
        Some(1) => may(&task, &who, None),
        Some(2 | 3) => owner(call, task.id)?.is_some_and(|(_, owner)| may(&task, &who, Some(owner))),
        _ => false,
    };
    Ok(allowed.into())
}

/// What the methods are and take.
pub(super) fn manifest(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(manifest::of(call, "task.elapseditem.", &ELAPSED))
}
