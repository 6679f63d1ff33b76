//! What a task is to the caller alone: a favorite, muted, pinned.

use super::{NO_FAVORITE, fields::TASK, index::has, read_task_id, rights, show};
use muster_core::{
    Answer, Call, Result,
    field::Field,
    filter::Cond,
    json, list,
    method::{Param, param},
};
use muster_db::{Sql, Value};
use std::collections::HashSet;

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

/// The fields that tell what a task is to the caller alone, each with what it is if they have never marked or seen it.
pub(super) const OWN: &[(&str, Option<i64>)] = &[
    ("VIEWED_DATE", None),
    ("FAVORITE", Some(0)),
    ("IS_MUTED", Some(0)),
    ("IS_PINNED", Some(0)),
    ("IN_FAVORITE", Some(0)),
    ("IN_MUTE", Some(0)),
    ("IN_PIN", Some(0)),
    ("NOT_VIEWED", Some(0)),
    ("NEW_COMMENTS_COUNT", Some(0)),
];

/// The columns of the query below, with the fields that show them.
const READ: &[(usize, &[&str])] = &[
    (VIEWED, &["VIEWED_DATE"]),
    (2, &["FAVORITE", "IN_FAVORITE"]),
    (3, &["IS_MUTED", "IN_MUTE"]),
    (4, &["IS_PINNED", "IN_PIN"]),
    (5, &["NEW_COMMENTS_COUNT"]),
];
const VIEWED: usize = 1;

/// Reads these fields of these tasks, as far as there is something to tell. They mean what they mean in `fields.rs`.
pub(super) fn read(
    call: &mut Call<'_, '_>,
    fields: &[&'static Field],
    ids: &[i64],
) -> Result<Vec<(&'static Field, i64, i64)>> {
    let asked = |name: &str| fields.iter().copied().find(|it| it.name == name);
    let me = call.caller.user_id;
    let mut sql = Sql::new("select task_id, viewed_at, favorite, muted, pinned, cast(null as bigint) from task_marks");
    sql.push(" where user_id = ").bind(me).push(" and task_id in (").bind_all(ids.iter().copied()).push(")");
    if asked("NEW_COMMENTS_COUNT").is_some() {
        sql.push(" union all select c.task_id, null, null, null, null, count(*) from task_comments c");
        sql.push(" left join task_marks m on m.task_id = c.task_id and m.user_id = ").bind(me);
        sql.push(" where c.author_id <> ").bind(me).push(" and c.posted_at > coalesce(m.viewed_at, 0)");
        sql.push(" and c.task_id in (").bind_all(ids.iter().copied()).push(") group by c.task_id");
    }
    let (mut values, mut viewed) = (Vec::new(), HashSet::new());
    for mut row in call.tx.rows(&sql)? {
        let id = row.int(0)?;
        for (column, names) in READ {
            let Value::Int(value) = row.take(*column) else { continue };
            if *column == VIEWED {
                viewed.insert(id);
            }
            values.extend(names.iter().filter_map(|it| asked(it)).map(|field| (field, id, value)));
        }
    }
    if let Some(field) = asked("NOT_VIEWED") {
        let unseen: Vec<Value> = ids.iter().filter(|id| !viewed.contains(*id)).map(|id| (*id).into()).collect();
        let ids = to_do(call, &unseen)?;
        values.extend(ids.into_iter().map(|id| (field, id, 1)));
    }
    Ok(values)
}

/// Those of these tasks that someone else gave the caller to do.
fn to_do(call: &mut Call<'_, '_>, ids: &[Value]) -> Result<Vec<i64>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let me = [call.caller.user_id.into()];
    let most = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let mut all = has(&["ID"], ids);
    all.push(Cond::Any(has(&["RESPONSIBLE_ID", "ACCOMPLICES"], &me)));
    all.push(Cond::Not(Box::new(Cond::Any(has(&["CREATED_BY"], &me)))));
    list::ids(call, &TASK, &Cond::All(all), &[], (0, most))
}
