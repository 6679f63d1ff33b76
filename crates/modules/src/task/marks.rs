//! What a task is to the caller alone: a favorite, muted, pinned.

use super::{NO_FAVORITE, read_task_id, rights, show};
use muster_core::{
    Answer, Call, Result, json,
    method::{Param, param},
};
use muster_db::Sql;

pub(super) const ID: &[Param] = &[param("ID", "integer", "Which task").required()];

pub(super) fn add_favorite(call: &mut Call<'_, '_>) -> Result<Answer> {
    favor(call, true)
}

pub(super) fn remove_favorite(call: &mut Call<'_, '_>) -> Result<Answer> {
    favor(call, false)
}

fn favor(call: &mut Call<'_, '_>, is_set: bool) -> Result<Answer> {
    let id = read_task_id(call)?;
    if rights::find(call, id)?.is_none() {
        return Err(NO_FAVORITE.error());
    }
    set(call, id, Mark::Favorite, is_set)?;
    Ok(true.into())
}

pub(super) fn mute(call: &mut Call<'_, '_>) -> Result<Answer> {
    put(call, Mark::Muted, true)
}

pub(super) fn unmute(call: &mut Call<'_, '_>) -> Result<Answer> {
    put(call, Mark::Muted, false)
}

pub(super) fn pin(call: &mut Call<'_, '_>) -> Result<Answer> {
    put(call, Mark::Pinned, true)
}

pub(super) fn unpin(call: &mut Call<'_, '_>) -> Result<Answer> {
    put(call, Mark::Pinned, false)
}

/// Marks a task and answers it; an empty list if the caller does not see it.
fn put(call: &mut Call<'_, '_>, mark: Mark, is_set: bool) -> Result<Answer> {
    let id = read_task_id(call)?;
    if rights::find(call, id)?.is_none() {
        return Ok(json!([]).into());
    }
    set(call, id, mark, is_set)?;
    show::whole(call, id)
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    Favorite,
    Muted,
    Pinned,
}

fn set(call: &mut Call<'_, '_>, id: i64, mark: Mark, is_set: bool) -> Result<()> {
    let value = |of: &[bool; 3]| [id.into(), call.caller.user_id.into(), of[0].into(), of[1].into(), of[2].into()];
    let (sql, marks) = match mark {
        Mark::Favorite => (
            "insert into task_marks (task_id, user_id, favorite, muted, pinned) values ($1, $2, $3, $4, $5)
             on conflict (task_id, user_id) do update set favorite = excluded.favorite",
            [is_set, false, false],
        ),
        Mark::Muted => (
            "insert into task_marks (task_id, user_id, favorite, muted, pinned) values ($1, $2, $3, $4, $5)
             on conflict (task_id, user_id) do update set muted = excluded.muted",
            [false, is_set, false],
        ),
        Mark::Pinned => (
            "insert into task_marks (task_id, user_id, favorite, muted, pinned) values ($1, $2, $3, $4, $5)
             on conflict (task_id, user_id) do update set pinned = excluded.pinned",
            [false, false, is_set],
        ),
    };
    let args = value(&marks);
    call.tx.run(&Sql::with(sql, args))?;
    Ok(())
}
