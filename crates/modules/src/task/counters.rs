//! How many tasks are overdue and how many comments are new: `tasks.task.counters.get`.

use super::{NOT_ALLOWED, people};
use crate::group;
use muster_core::{
    Answer, Call, Json, Result,
    call::Right,
    json,
    method::{Param, param},
    params::read_int,
};
use muster_db::Sql;

pub(super) const PARAMS: &[Param] = &[
    param("USERID", "integer", "Whose counters; the caller's own if left out"),
    param("GROUPID", "integer", "Only tasks of this workgroup"),
    param(
        "TYPE",
        "string",
        "view_all, view_role_responsible, view_role_accomplice, view_role_auditor, view_role_originator",
    ),
];

/// The codes of the counters, as clients know them.
const EXPIRED: i64 = 6_291_456;
const NEW_COMMENTS: i64 = 12_582_912;

/// The roles that can be asked for, and what makes someone have one.
const ROLES: &[(&str, &str)] = &[
    ("view_role_responsible", "t.responsible_id = "),
    ("view_role_originator", "t.creator_id = "),
    ("view_role_accomplice", "t.id in (select task_id from task_accomplices where user_id = "),
    ("view_role_auditor", "t.id in (select task_id from task_auditors where user_id = "),
];

/// The counters of a person. Only an administrator sees those of others.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let user_id = match call.params.get("USERID").filter(|it| !it.is_null()) {
        None => call.caller.user_id,
        Some(sent) => read_int(sent).ok_or_else(|| {
            NOT_ALLOWED.say("Invalid value to match with parameter {userId}. Should be value of type int.")
        })?,
    };
    let of_other = user_id != call.caller.user_id;
    if of_other && !(call.caller.may(Right::ManageTasks) && people::read(call, [user_id])?[&user_id].is_some()) {
        return Ok(json!([]).into());
    }
    let group_id = call.params.int("GROUPID").ok().flatten().filter(|it| *it != 0);
    if let Some(id) = group_id
        && group::rights::find(call, id)?.is_none()
    {
        return Err(NOT_ALLOWED.say("Group not found or access denied.").about("GROUPID"));
    }
    let role = call.params.text("TYPE")?.unwrap_or_else(|| "view_all".to_owned());
    let roles: Vec<&'static str> =
        ROLES.iter().filter(|(name, _)| role == "view_all" || role == *name).map(|(_, sql)| *sql).collect();
    if roles.is_empty() {
        return Err(NOT_ALLOWED.say("There is no such role").about("TYPE"));
    }
    let of = (user_id, group_id, roles.as_slice());
    let expired = count(call, Sql::new("select count(*) from tasks t"), of, |sql, now| {
        sql.push(" and t.deadline < ").bind(now);
    })?;
    let mut comments = Sql::new("select count(*) from task_comments c join tasks t on t.id = c.task_id");
    comments.push(" left join task_marks m on m.task_id = t.id and m.user_id = ").bind(user_id);
    let new = count(call, comments, of, |sql, _| {
        sql.push(" and c.author_id <> ").bind(user_id).push(" and c.posted_at > coalesce(m.viewed_at, 0)");
        sql.push(" and coalesce(m.muted, 0) = 0");
    })?;
    let result = json!({
        "expired": { "counter": expired, "code": EXPIRED },
        "new_comments": { "counter": new, "code": NEW_COMMENTS },
    });
    Ok(Answer { result, total: Some(1), ..Answer::default() })
}

/// Counts what someone has in one of these roles in tasks that are not done.
fn count(
    call: &mut Call<'_, '_>,
    mut sql: Sql,
    (user_id, group_id, roles): (i64, Option<i64>, &[&'static str]),
    more: impl Fn(&mut Sql, i64),
) -> Result<i64> {
    sql.push(" where t.status in (2, 3) and (");
    sql.join(roles, " or ", |sql, role| {
        sql.push(role).bind(user_id).push(if role.contains('(') { ")" } else { "" });
    });
    sql.push(")");
    if let Some(id) = group_id {
        sql.push(" and t.group_id = ").bind(id);
    }
    more(&mut sql, call.now);
    Ok(call.tx.int(&sql)?)
}

/// The fields that the counters of a task in a list are made of.
pub(super) const MADE_OF: &[&str] = &["NEW_COMMENTS_COUNT", "IS_MUTED", "SUB_STATUS"];

/// The counters of one task, from these fields of it.
pub(super) fn of_task(task: &Json) -> Json {
    let muted = task["isMuted"] == "Y";
    let expired = i64::from(task["subStatus"] == "-1");
    let new = read_int(&task["newCommentsCount"]).unwrap_or(0);
    let loud = |it: i64| if muted { 0 } else { it };
    let color = match (loud(expired), loud(new)) {
        (0, 0) => "gray",
        (0, _) => "success",
        _ => "danger",
    };
    json!({
        "counters": {
            "expired": loud(expired), "newComments": loud(new), "projectExpired": 0, "projectNewComments": 0,
            "mutedExpired": expired - loud(expired), "mutedNewComments": new - loud(new),
        },
        "color": color,
        "value": loud(expired + new),
    })
}
