//! What moves a task on: `tasks.task.start`, `.pause`, `.complete` and the like, and giving it to someone else.

use super::{
    FORBIDDEN, NOT_ALLOWED, PARAM, UNSEEN,
    fields::{AWAITING_CONTROL, COMPLETED, DEFERRED, IN_PROGRESS, PENDING},
    people, read_task_id,
    rights::{self, Deed, Standing, Task},
    show,
    store::{self, Changes},
};
use muster_core::{
    Answer, Call, Code, Result,
    call::Right,
    error::CORE,
    method::{Param, param},
};
use muster_db::Sql;

pub(super) const TASK_ID: &[Param] = &[param("TASKID", "integer", "Which task").required()];
pub(super) const DELEGATE: &[Param] = &[
    param("TASKID", "integer", "Which task").required(),
    param("USERID", "integer", "Who is to do it from now on").required(),
];

pub(super) fn start(call: &mut Call<'_, '_>) -> Result<Answer> {
    move_to(call, Deed::Start, IN_PROGRESS, &NOT_ALLOWED)
}

pub(super) fn pause(call: &mut Call<'_, '_>) -> Result<Answer> {
    move_to(call, Deed::Pause, PENDING, &FORBIDDEN)
}

pub(super) fn defer(call: &mut Call<'_, '_>) -> Result<Answer> {
    move_to(call, Deed::Defer, DEFERRED, &FORBIDDEN)
}

pub(super) fn complete(call: &mut Call<'_, '_>) -> Result<Answer> {
    move_to(call, Deed::Complete, COMPLETED, &NOT_ALLOWED)
}

pub(super) fn approve(call: &mut Call<'_, '_>) -> Result<Answer> {
    move_to(call, Deed::Approve, COMPLETED, &FORBIDDEN)
}

pub(super) fn disapprove(call: &mut Call<'_, '_>) -> Result<Answer> {
    move_to(call, Deed::Disapprove, PENDING, &FORBIDDEN)
}

pub(super) fn renew(call: &mut Call<'_, '_>) -> Result<Answer> {
    move_to(call, Deed::Renew, PENDING, &FORBIDDEN)
}

/// Changes the status if the caller may, and answers the task.
fn move_to(call: &mut Call<'_, '_>, deed: Deed, status: i64, refusal: &'static Code) -> Result<Answer> {
    let id = read_task_id(call)?;
    let found = rights::find_to_change(call, id)?.filter(|(task, who)| task.lets(who, deed));
    let (task, who) = found.ok_or_else(|| refusal.say(NOT_ALLOWED.text))?;
    let status = outcome(&task, &who, status);
    let mut changes = Changes::default();
    changes.set_status(call, &task, status);
    store::change(call, id, &changes)?;
    if status == COMPLETED {
        complete_related(call, id)?;
    }
    show::whole(call, id)
}

/// The status that a task gets when someone sets this one: where the creator accepts the work, others only say that it is
/// done.
pub(super) fn outcome(task: &Task, who: &Standing, status: i64) -> i64 {
    let accepts = task.creator == who.user_id || who.manages;
    if status == COMPLETED && task.control && !accepts { AWAITING_CONTROL } else { status }
}

/// What someone has to be allowed to do in order to set this status.
pub(super) fn deed_for(task: &Task, status: i64) -> Option<Deed> {
    match status {
        IN_PROGRESS => Some(Deed::Start),
        PENDING if task.status == IN_PROGRESS => Some(Deed::Pause),
        PENDING => Some(Deed::Renew),
        COMPLETED | AWAITING_CONTROL => Some(Deed::Complete),
        DEFERRED => Some(Deed::Defer),
        _ => None,
    }
}

/// The most tasks that are completed with another one.
const MOST_RELATED: usize = 1000;

/// Completes what is to be completed with this task: all below it, and the task above whose last part it was.
///
/// No right to these tasks is asked for. The setting is documented to complete them automatically: whoever changed the task
/// above wanted it so, and whoever hung a task below it joined in. What the setting does not replace is the word of a
/// creator who accepts the work: such a task waits for it. Tasks of archived workgroups stay as they are.
pub(super) fn complete_related(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    // As it is now: the same change may have moved it, or set how it ends.
    let Some(task) = rights::load(call.tx, id)? else { return Ok(()) };
    let mut left = if task.autocomplete { open_parts(call, id)? } else { Vec::new() };
    let mut done = 0;
    while let Some(id) = left.pop() {
        done += 1;
        if done > MOST_RELATED {
            return Err(CORE.say("Too many subtasks to complete at once"));
        }
        left.extend(open_parts(call, id)?);
        close(call, id)?;
    }
    let mut above = task.parent;
    while let Some(id) = above {
        // When its last two parts are completed at once, one of them has to see that the other is done.
        rights::hold(call, id)?;
        let sql = "select parent_id from tasks where id = $1 and autocomplete = 1 and status <> 5
            and not exists (select 1 from tasks c where c.parent_id = tasks.id and c.status <> 5)";
        let Some(row) = call.tx.row(&Sql::with(sql, [id.into()]))? else { break };
        above = if close(call, id)? { row.opt_int(0) } else { None };
    }
    Ok(())
}

fn open_parts(call: &mut Call<'_, '_>, id: i64) -> Result<Vec<i64>> {
    let sql = "select id from tasks where parent_id = $1 and status <> 5 order by id";
    Ok(call.tx.ints(&Sql::with(sql, [id.into()]))?)
}

/// Completes a task, or has it wait for its creator who accepts the work. Answers whether it is completed.
fn close(call: &mut Call<'_, '_>, id: i64) -> Result<bool> {
    rights::hold(call, id)?;
    let Some(task) = rights::load(call.tx, id)?.filter(|it| !it.archived) else { return Ok(false) };
    let accepts = task.creator == call.caller.user_id || call.caller.may(Right::ManageTasks);
    let status = if task.control && !accepts { AWAITING_CONTROL } else { COMPLETED };
    if status != task.status {
        let mut changes = Changes::default();
        changes.set_status(call, &task, status);
        store::change(call, id, &changes)?;
    }
    Ok(status == COMPLETED)
}

/// Gives a task to someone else to do. Whoever had it watches it from now on.
pub(super) fn delegate(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_task_id(call)?;
    let sent = call.params.get("USERID").cloned();
    let sent = sent.ok_or_else(|| PARAM.say("Could not find value for parameter {userId}").about("USERID"))?;
    let found = rights::find_to_change(call, id)?.filter(|(task, who)| task.lets(who, Deed::Delegate));
    let (task, _) = found.ok_or_else(|| NOT_ALLOWED.error())?;
    let to = people::read_one(call, "RESPONSIBLE_ID", &sent)?;
    let to = to.ok_or_else(|| CORE.say(people::missing("RESPONSIBLE_ID")).about("USERID"))?;
    let mut changes = Changes::default();
    if to != task.responsible {
        changes.columns.push(("responsible_id", to.into()));
        let mut auditors = task.auditors.clone();
        if !auditors.contains(&task.responsible) {
            auditors.push(task.responsible);
        }
        changes.auditors = Some(auditors);
        if task.status != PENDING {
            changes.set_status(call, &task, PENDING);
        }
    }
    store::change(call, id, &changes)?;
    show::whole(call, id)
}

/// Makes the caller an observer of a task.
pub(super) fn start_watch(call: &mut Call<'_, '_>) -> Result<Answer> {
    watch(call, true)
}

/// Makes the caller an observer no longer.
pub(super) fn stop_watch(call: &mut Call<'_, '_>) -> Result<Answer> {
    watch(call, false)
}

fn watch(call: &mut Call<'_, '_>, watches: bool) -> Result<Answer> {
    let id = read_task_id(call)?;
    let (task, who) = rights::find_to_change(call, id)?.ok_or_else(|| UNSEEN.error())?;
    if !task.lets(&who, Deed::Discuss) {
        return Err(NOT_ALLOWED.error());
    }
    let mut auditors = task.auditors.clone();
    auditors.retain(|it| *it != who.user_id);
    if watches {
        auditors.push(who.user_id);
    }
    if auditors.len() != task.auditors.len() {
        store::change(call, id, &Changes { auditors: Some(auditors), ..Changes::default() })?;
    }
    if rights::find(call, id)?.is_none() {
        // Whoever only watched it sees it no longer.
        return Ok(muster_core::json!([]).into());
    }
    show::whole(call, id)
}
