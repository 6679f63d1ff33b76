//! Writing tasks and telling of it. Every change of a task goes through [`change`].

use super::{
    fields::{COMPLETED, IN_PROGRESS},
    history, index, result,
    rights::{self, Task},
};
use crate::event::emit;
use muster_core::{
    Call, Caller, Result,
    event::{EventKind, event},
    json,
    record::Columns,
};
use muster_db::{Sql, Tx, Value};

/// Inserts a row into `tasks`.
pub(super) fn insert(tx: &mut Tx<'_>, columns: &Columns) -> Result<i64> {
    let mut sql = Sql::new("insert into tasks (");
    sql.join(columns, ", ", |sql, (name, _)| {
        sql.push(name);
    });
    sql.push(") values (").bind_all(columns.iter().map(|(_, value)| value.clone())).push(") returning id");
    let id = tx.int(&sql)?;
    index::changed(tx, id)?;
    index::parent_changed(tx, id)?;
    Ok(id)
}

/// What a change of a task sets.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Columns of the task itself.
    pub(super) columns: Columns,
    /// The participants, if they change.
    pub(super) accomplices: Option<Vec<i64>>,
    /// The observers, if they change.
    pub(super) auditors: Option<Vec<i64>>,
    /// The tags, if they change.
    pub(super) tags: Option<Vec<String>>,
    /// The objects of the CRM, if they change.
    pub(super) crm_items: Option<Vec<String>>,
}

impl Changes {
    /// Sets the status with all that follows from it: who set it and when, and who completed it.
    pub(super) fn set_status(&mut self, call: &Call<'_, '_>, task: &Task, status: i64) {
        let me = call.caller.user_id;
        self.columns.push(("status", status.into()));
        self.columns.push(("status_changed_at", call.now.into()));
        self.columns.push(("status_changed_by", me.into()));
        let is_closed = status == COMPLETED;
        self.columns.push(("closed_at", is_closed.then_some(call.now).into()));
        self.columns.push(("closed_by", is_closed.then_some(me).into()));
        if status == IN_PROGRESS && !task.started {
            self.columns.push(("started_at", call.now.into()));
        }
    }
}

/// Changes a task: what was set, who changed it and when, its history, and the message to whoever listens.
pub(super) fn change(call: &mut Call<'_, '_>, id: i64, changes: &Changes) -> Result<()> {
    let before = history::look(call.tx, id)?;
    write(call, id, changes)?;
    let after = history::look(call.tx, id)?;
    history::compare(call, id, &before, &after)?;
    tell_update(call, id)
}

/// Writes what was set, without telling anyone.
pub(super) fn write(call: &mut Call<'_, '_>, id: i64, changes: &Changes) -> Result<()> {
    let moves = changes.columns.iter().any(|(name, _)| *name == "parent_id");
    if moves {
        index::parent_changed(call.tx, id)?;
    }
    run_stamped(call, id, &changes.columns)?;
    if moves {
        index::parent_changed(call.tx, id)?;
    }
    if changes.columns.contains(&("status", COMPLETED.into())) {
        result::close(call.tx, id)?;
    }
    write_lists(call.tx, id, changes)?;
    see(call, id)
}

/// Records who changed a task and when, for a change that was written already. Whoever changes many tasks at once has not
/// seen each of them.
pub(super) fn stamp(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    run_stamped(call, id, &Columns::new())
}

/// Sets columns of a task, and with them that there was a change, by whom and when.
fn run_stamped(call: &mut Call<'_, '_>, id: i64, columns: &Columns) -> Result<()> {
    let mut sql = Sql::new("update tasks set version = version + 1, changed_at = ");
    sql.bind(call.now).push(", active_at = ").bind(call.now).push(", changed_by = ").bind(call.caller.user_id);
    for (name, value) in columns {
        sql.push(", ").push(name).push(" = ").bind(value.clone());
    }
    sql.push(" where id = ").bind(id);
    call.tx.run(&sql)?;
    Ok(index::changed(call.tx, id)?)
}

/// Writes what is in tables of its own.
pub(super) fn write_lists(tx: &mut Tx<'_>, id: i64, changes: &Changes) -> Result<()> {
    let ints =
        |list: &Option<Vec<i64>>| list.as_ref().map(|it| it.iter().map(|it| Value::Int(*it)).collect::<Vec<_>>());
    let texts = |list: &Option<Vec<String>>| {
        list.as_ref().map(|it| it.iter().map(|it| Value::from(it.as_str())).collect::<Vec<_>>())
    };
    for (values, clear, add) in [
        (
            ints(&changes.accomplices),
            "delete from task_accomplices where task_id = $1",
            "insert into task_accomplices (task_id, user_id, position) values ($1, $2, $3)",
        ),
        (
            ints(&changes.auditors),
            "delete from task_auditors where task_id = $1",
            "insert into task_auditors (task_id, user_id, position) values ($1, $2, $3)",
        ),
        (
            texts(&changes.tags),
            "delete from task_tags where task_id = $1",
            "insert into task_tags (task_id, name, position) values ($1, $2, $3)",
        ),
        (
            texts(&changes.crm_items),
            "delete from task_crm_items where task_id = $1",
            "insert into task_crm_items (task_id, item, position) values ($1, $2, $3)",
        ),
    ] {
        let Some(values) = values else { continue };
        tx.run(&Sql::with(clear, [id.into()]))?;
        for (position, value) in (0i64..).zip(values) {
            tx.run(&Sql::with(add, [id.into(), value, position.into()]))?;
        }
    }
    Ok(())
}

/// Records that something happened in a task that is no change of it, such as a comment.
pub(super) fn touch(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    call.tx.run(&Sql::with("update tasks set active_at = $1 where id = $2", [call.now.into(), id.into()]))?;
    index::changed(call.tx, id)?;
    see(call, id)
}

/// Whoever works on a task has seen it.
fn see(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    call.tx.run(&Sql::with(
        "insert into task_marks (task_id, user_id, favorite, muted, pinned, viewed_at) values ($1, $2, 0, 0, 0, $3)
         on conflict (task_id, user_id) do update set viewed_at = excluded.viewed_at",
        [id.into(), call.caller.user_id.into(), call.now.into()],
    ))?;
    Ok(())
}

/// A task was added.
static ON_TASK_ADD: EventKind = task_event("ONTASKADD", "A task was added.");
/// A task was changed.
static ON_TASK_UPDATE: EventKind = task_event("ONTASKUPDATE", "A task was changed.");
/// A task was deleted.
static ON_TASK_DELETE: EventKind = task_event("ONTASKDELETE", "A task was deleted.");
/// A comment was added.
pub(super) static ON_COMMENT_ADD: EventKind = task_event("ONTASKCOMMENTADD", "A comment on a task was added.");
/// A comment was changed.
pub(super) static ON_COMMENT_UPDATE: EventKind = task_event("ONTASKCOMMENTUPDATE", "A comment on a task was changed.");
/// A comment was deleted.
pub(super) static ON_COMMENT_DELETE: EventKind = task_event("ONTASKCOMMENTDELETE", "A comment on a task was deleted.");

pub(super) static EVENTS: &[&EventKind] =
    &[&ON_TASK_ADD, &ON_TASK_UPDATE, &ON_TASK_DELETE, &ON_COMMENT_ADD, &ON_COMMENT_UPDATE, &ON_COMMENT_DELETE];

const fn task_event(name: &'static str, about: &'static str) -> EventKind {
    event(name, "task", about).scopes(&["task"]).seen_by(sees)
}

/// Whether someone may know of a task.
fn sees(tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<bool> {
    Ok(rights::find_for(tx, caller, id)?.is_some())
}

/// What an event says instead of a value that there is none of.
const UNDEFINED: &str = "undefined";

/// Tells the world that a task was added.
pub(super) fn tell_add(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    let data = json!({
        "FIELDS_BEFORE": UNDEFINED, "FIELDS_AFTER": { "ID": id },
        "IS_ACCESSIBLE_BEFORE": "N", "IS_ACCESSIBLE_AFTER": UNDEFINED,
    });
    emit(call, &ON_TASK_ADD, id, &data)
}

/// Tells the world that a task was changed.
pub(super) fn tell_update(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    let data = json!({
        "FIELDS_BEFORE": { "ID": id }, "FIELDS_AFTER": { "ID": id },
        "IS_ACCESSIBLE_BEFORE": UNDEFINED, "IS_ACCESSIBLE_AFTER": UNDEFINED,
    });
    emit(call, &ON_TASK_UPDATE, id, &data)
}

/// Tells the world that a task is about to be deleted: once it is gone no one could say who saw it.
pub(super) fn tell_delete(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    let data = json!({
        "FIELDS_BEFORE": { "ID": id }, "FIELDS_AFTER": UNDEFINED,
        "IS_ACCESSIBLE_BEFORE": UNDEFINED, "IS_ACCESSIBLE_AFTER": "N",
    });
    emit(call, &ON_TASK_DELETE, id, &data)
}

/// Tells the world of a comment. `action` is what was done to it, unless it was added.
pub(super) fn tell_comment(
    call: &mut Call<'_, '_>,
    kind: &'static EventKind,
    (task_id, id): (i64, i64),
    action: Option<&str>,
) -> Result<()> {
    let comment = json!({ "ID": id, "TASK_ID": task_id });
    let (before, after) = match action {
        None => (UNDEFINED.into(), comment),
        Some(action) => (comment, json!({ "ID": id, "TASK_ID": task_id, "ACTION": action })),
    };
    let data = json!({
        "FIELDS_BEFORE": before, "FIELDS_AFTER": after,
        "IS_ACCESSIBLE_BEFORE": UNDEFINED, "IS_ACCESSIBLE_AFTER": UNDEFINED,
    });
    emit(call, kind, task_id, &data)
}
