//! Which task waits for which: `task.dependence.*`.

use super::{
    rights::{self, Deed},
    store::{self, Changes},
};
use muster_core::{
    Answer, Call, Code, Result,
    error::code,
    json,
    method::{Param, param},
    params::{read_int, wrong},
};
use muster_db::Sql;

/// The tasks are connected already, or are not; or they would wait for each other.
pub(super) static ILLEGAL: Code = code("ILLEGAL_NEW_LINK", 400, "A link between tasks already exists");
/// The caller may not connect these tasks.
pub(super) static NOT_ALLOWED: Code = code("ACTION_NOT_ALLOWED", 400, "Unable to add a link between tasks");

const FROM: Param = param("TASKIDFROM", "integer", "The task that comes first").required();
const TO: Param = param("TASKIDTO", "integer", "The task that depends on it").required();

pub(super) const ADD: &[Param] = &[
    FROM,
    TO,
    param("LINKTYPE", "integer", "0 start-start, 1 start-finish, 2 finish-start, 3 finish-finish").required(),
];
pub(super) const DELETE: &[Param] = &[FROM, TO];

/// Connects two tasks.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let kind = call.params.get("LINKTYPE").and_then(read_int).filter(|it| (0..=3).contains(it));
    let kind = kind.ok_or_else(|| wrong("LINKTYPE", "0, 1, 2 or 3"))?;
    let (from, to) = find_both(call)?;
    call.tx.lock("task_links")?;
    if is_before(call, to, from)? {
        return Err(ILLEGAL.say("The tasks would wait for each other"));
    }
    let sql = "insert into task_links (from_id, to_id, kind, position) values ($1, $2, $3, 0) on conflict do nothing";
    change(call, sql, &[from, to, kind], to)?;
    Ok(json!([]).into())
}

/// Takes a connection away.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (from, to) = find_both(call)?;
    change(call, "delete from task_links where from_id = $1 and to_id = $2", &[from, to], to)?;
    Ok(json!([]).into())
}

/// Writes a connection, which has to change something. The history of the later task tells of it.
fn change(call: &mut Call<'_, '_>, sql: &'static str, args: &[i64], to: i64) -> Result<()> {
    let before = super::history::look(call.tx, to)?;
    if call.tx.run(&Sql::with(sql, args.iter().map(|it| (*it).into())))? == 0 {
        return Err(if args.len() > 2 {
            ILLEGAL.error()
        } else {
            ILLEGAL.say("The dependency between tasks does not exist")
        });
    }
    store::write(call, to, &Changes::default())?;
    let after = super::history::look(call.tx, to)?;
    super::history::compare(call, to, &before, &after)?;
    store::tell_update(call, to)
}

/// Both tasks, each of which the caller may change.
fn find_both(call: &mut Call<'_, '_>) -> Result<(i64, i64)> {
    let id =
        |name: &'static str| call.params.get(name).and_then(read_int).ok_or_else(|| wrong(name, "the ID of a task"));
    let (from, to) = (id("TASKIDFROM")?, id("TASKIDTO")?);
    if from == to {
        return Err(ILLEGAL.say("A task cannot wait for itself"));
    }
    // Always in the same order, so that no two calls wait for each other.
    for id in [from.min(to), from.max(to)] {
        let may = rights::find_to_change(call, id)?.is_some_and(|(task, who)| task.lets(&who, Deed::Edit));
        if !may {
            return Err(NOT_ALLOWED.error());
        }
    }
    Ok((from, to))
}

/// Whether one task has to come before another one, however many are between them.
fn is_before(call: &mut Call<'_, '_>, first: i64, last: i64) -> Result<bool> {
    let mut seen = vec![first];
    let mut reached = vec![first];
    while !reached.is_empty() {
        let mut sql = Sql::new("select distinct to_id from task_links where from_id in (");
        sql.bind_all(reached.iter().copied()).push(")");
        reached = call.tx.ints(&sql)?;
        reached.retain(|it| !seen.contains(it));
        if reached.contains(&last) {
            return Ok(true);
        }
        seen.extend(&reached);
    }
    Ok(false)
}
