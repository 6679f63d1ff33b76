//! Results: comments that say what came of a task, `tasks.task.result.*` as REST 2 has them.

use super::{
    NOT_ALLOWED, PARAM,
    fields::COMPLETED,
    history,
    rights::{self, Deed},
    store, text,
};
use muster_core::{
    Answer, Call, Error, Json, Result,
    call::Right,
    field::{Entity, Field, Kind::*, field},
    json,
    method::{Param, param},
    params::read_int,
    time::{Style, write_instant},
};
use muster_db::{Row, Sql, Tx};
use std::collections::HashMap;

/// A result of a task.
pub static RESULT: Entity = Entity {
    name: "task_result",
    table: "task_results",
    joins: &[],
    custom: None,
    id: "task_results.id",
    sparse: false,
    camel: true,
    fields: FIELDS,
};

#[rustfmt::skip] // One line a field, so that a line is all there is to say about it.
static FIELDS: &[Field] = &[
    field("ID", "task_results.id", Id),
    field("TASK_ID", "task_results.task_id", Id).title("Task"),
    field("COMMENT_ID", "task_results.comment_id", Id).title("Comment"),
    field("CREATED_BY", "task_results.creator_id", User).title("Author").deed(),
    field("CREATED_AT", "task_results.created_at", Instant(Style::Iso)).title("Added"),
    field("UPDATED_AT", "task_results.changed_at", Instant(Style::Iso)).title("Changed"),
    field("STATUS", "task_results.closed", Int).title("Whether it is closed"),
];

pub(super) const COMMENT_ID: &[Param] = &[param("COMMENTID", "integer", "Which comment").required()];
pub(super) const LIST: &[Param] = &[param("TASKID", "integer", "Of which task").required()];

/// The most results of a task, open and closed ones.
const MOST: i64 = 1000;

/// A comment that the caller may make a result, or no longer one.
struct Comment {
    id: i64,
    task_id: i64,
    /// Whether the task is completed.
    is_done: bool,
}

/// The comment that is named. People do this with their own comments, administrators with anyone's.
fn find_comment(call: &mut Call<'_, '_>) -> Result<Comment> {
    let id = read_number(call, "COMMENTID", "commentId")?;
    let sql = "select task_id, author_id from task_comments where id = $1";
    let row = call.tx.row(&Sql::with(sql, [id.into()]))?.ok_or_else(|| NOT_ALLOWED.say("Comment not found."))?;
    let (task_id, author) = (row.int(0)?, row.int(1)?);
    let found = rights::find_to_change(call, task_id)?.filter(|(task, who)| task.lets(who, Deed::Discuss));
    let may = author == call.caller.user_id || call.caller.may(Right::ManageTasks);
    let (task, _) = found.filter(|_| may).ok_or_else(denied)?;
    Ok(Comment { id, task_id, is_done: task.status == COMPLETED })
}

fn denied() -> Error {
    NOT_ALLOWED.say("Access denied.")
}

fn read_number(call: &Call<'_, '_>, name: &'static str, shown: &str) -> Result<i64> {
    let missing = || PARAM.say(format!("Could not find value for parameter {{{shown}}}")).about(name);
    let sent = call.params.get(name).ok_or_else(missing)?;
    let wrong = || {
        let said = format!("Invalid value {sent} to match with parameter {{{shown}}}. Should be value of type int.");
        PARAM.say(said).about(name)
    };
    read_int(sent).ok_or_else(wrong)
}

/// Makes a comment a result. One whose result is closed may become a result anew.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let comment = find_comment(call)?;
    let open = "select count(*) from task_results where comment_id = $1 and closed = 0";
    if call.tx.int(&Sql::with(open, [comment.id.into()]))? > 0 {
        return Err(NOT_ALLOWED.say("Result already exists."));
    }
    let all = "select count(*) from task_results where task_id = $1";
    if call.tx.int(&Sql::with(all, [comment.task_id.into()]))? >= MOST {
        return Err(NOT_ALLOWED.say(format!("A task has at most {MOST} results.")));
    }
    let (me, now) = (call.caller.user_id, call.now);
    let id = call.tx.int(&Sql::with(
        "insert into task_results (task_id, comment_id, creator_id, created_at, changed_at, closed)
         values ($1, $2, $3, $4, $5, $6) returning id",
        [comment.task_id.into(), comment.id.into(), me.into(), now.into(), now.into(), comment.is_done.into()],
    ))?;
    history::note(call, comment.task_id, "RESULT", None, Some(&comment.id.to_string()))?;
    store::touch(call, comment.task_id)?;
    let mut shown = read(call, "r.id", id)?.pop().unwrap_or_default();
    // As documented: where one is made its files are not told, in lists there are none.
    shown["files"] = Json::Null;
    Ok(shown.into())
}

/// Makes a comment no result any more. The comment stays.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let comment = find_comment(call)?;
    let deleted = call.tx.run(&Sql::with("delete from task_results where comment_id = $1", [comment.id.into()]))?;
    if deleted > 0 {
        history::note(call, comment.task_id, "RESULT", Some(&comment.id.to_string()), None)?;
        store::touch(call, comment.task_id)?;
    }
    Ok(Json::Null.into())
}

/// The results of a task, the newest first.
pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_number(call, "TASKID", "taskId")?;
    rights::find(call, id)?.ok_or_else(denied)?;
    Ok(Json::Array(read(call, "r.task_id", id)?).into())
}

/// The results with this value in a column.
fn read(call: &mut Call<'_, '_>, column: &'static str, value: i64) -> Result<Vec<Json>> {
    let mut sql = Sql::new(
        "select r.id, r.task_id, r.comment_id, r.creator_id, r.created_at, r.changed_at, r.closed, c.message
         from task_results r join task_comments c on c.id = r.comment_id where ",
    );
    sql.push(column).push(" = ").bind(value).push(" order by r.id desc");
    let rows = call.tx.rows(&sql)?;
    rows.iter().map(|row| show(call, row)).collect()
}

fn show(call: &Call<'_, '_>, row: &Row) -> Result<Json> {
    let instant =
        |column: usize| -> Result<String> { Ok(write_instant(row.int(column)?, Style::Iso, &call.settings.time_zone)) };
    Ok(json!({
        "id": row.int(0)?, "taskId": row.int(1)?, "commentId": row.int(2)?, "createdBy": row.int(3)?,
        "createdAt": instant(4)?, "updatedAt": instant(5)?, "status": row.int(6)?,
        "text": row.text(7), "formattedText": text::to_html(row.text(7)), "files": [],
    }))
}

/// Those of these tasks that have results, with whether any is open.
pub(super) fn open_by_task(tx: &mut Tx<'_>, ids: &[i64]) -> Result<HashMap<i64, bool>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new("select task_id, min(closed) from task_results where task_id in (");
    sql.bind_all(ids.iter().copied()).push(") group by task_id");
    tx.rows(&sql)?.iter().map(|row| Ok((row.int(0)?, row.int(1)? == 0))).collect()
}

/// Closes the results of a task that is completed.
pub(super) fn close(tx: &mut Tx<'_>, task_id: i64) -> Result<()> {
    tx.run(&Sql::with("update task_results set closed = 1 where task_id = $1", [task_id.into()]))?;
    Ok(())
}

/// Records that the text of a comment was changed, which is the text of its results.
pub(super) fn text_changed(call: &mut Call<'_, '_>, comment_id: i64) -> Result<()> {
    let sql = "update task_results set changed_at = $1 where comment_id = $2";
    call.tx.run(&Sql::with(sql, [call.now.into(), comment_id.into()]))?;
    Ok(())
}
