//! Comments on tasks: `task.commentitem.*`.

use super::{
    exception, history, manifest,
    older::{read_fields, read_number},
    people, result,
    rights::{self, Deed},
    store::{self, ON_COMMENT_ADD, ON_COMMENT_DELETE, ON_COMMENT_UPDATE, tell_comment},
};
use crate::access::full_name;
use muster_core::{
    Answer, Call, Error, Json, Params, Result,
    call::Right,
    error::CORE,
    field::{Entity, Field, Kind::*, field},
    filter::{self, Cond, split},
    json,
    list::{self, read_order},
    method::{Param, param},
    params::{read_int, read_text},
    record::is_no_one,
    time::{Style, read_instant},
};
use muster_db::Sql;

/// A comment on a task.
pub static COMMENT: Entity = Entity {
    name: "task_comment",
    table: "task_comments",
    joins: &[],
    custom: None,
    id: "task_comments.id",
    sparse: false,
    camel: false,
    fields: FIELDS,
};

const AUTHOR_NAME: &str = "(select u.last_name_key from users u where u.id = task_comments.author_id)";

#[rustfmt::skip] // One line a field, so that a line is all there is to say about it.
static FIELDS: &[Field] = &[
    field("POST_MESSAGE_HTML", "null", Text).title("Text as HTML").nullable(),
    field("ID", "task_comments.id", Id),
    field("AUTHOR_ID", "task_comments.author_id", User).title("Author").writable().deed(),
    field("AUTHOR_NAME", AUTHOR_NAME, Text).title("Name of the author").internal(),
    field("POST_DATE", "task_comments.posted_at", Instant(Style::Iso)).title("Written").writable(),
    field("POST_MESSAGE", "task_comments.message", Text).title("Text").max(LONGEST).writable(),
    field("TASK_ID", "task_comments.task_id", Id).title("Task").aside(),
];

/// The most characters of a comment.
const LONGEST: usize = 65_535;

const TASK_ID: Param = param("TASKID", "integer", "Which task").required();
const ITEM_ID: Param = param("ITEMID", "integer", "Which comment").required();
const SET: Param = param("FIELDS", "object", "POST_MESSAGE, AUTHOR_ID, POST_DATE").required();

pub(super) const ADD: &[Param] = &[TASK_ID, SET];
pub(super) const UPDATE: &[Param] = &[TASK_ID, ITEM_ID, SET];
pub(super) const ITEM: &[Param] = &[TASK_ID, ITEM_ID];
pub(super) const LIST: &[Param] = &[
    TASK_ID,
    param("ORDER", "object", "Fields and directions; the newest first if left out"),
    param("FILTER", "object", "Conditions: a field with an optional prefix (!, <, <=, >, >=) and its value"),
];
pub(super) const IS_ALLOWED: &[Param] =
    &[TASK_ID, ITEM_ID, param("ACTIONID", "integer", "1 to add, 2 to change, 3 to delete").required()];

/// What can be sent of a comment.
const KNOWN: &[&str] = &["POST_MESSAGE", "AUTHOR_ID", "POST_DATE", "UF_FORUM_MESSAGE_DOC"];

/// The most comments of one answer.
const MOST: i64 = 1000;

/// What the documentation calls the methods.
const CLASS: &str = "ctaskcommentitem";

fn not_allowed() -> Error {
    exception(4, "Action is not allowed")
}

/// Adds a comment. Whoever changes the task may do so in the name of someone who has to do with it.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let task_id = read_number(call, (CLASS, "add"), 0, "TASKID")?;
    let fields = read_set(call, "add")?;
    let found = rights::find_to_change(call, task_id)?.filter(|(task, who)| task.lets(who, Deed::Discuss));
    let (task, who) = found.ok_or_else(|| CORE.say("Insufficient permissions to add a comment"))?;
    let message = read_message(&fields)?;
    let author = match fields.get("AUTHOR_ID").filter(|it| !is_no_one(it)) {
        None => call.caller.user_id,
        Some(sent) => {
            let id = people::read_one(call, "AUTHOR_ID", sent)?.unwrap_or(0);
            let may = id == who.user_id || (task.lets(&who, Deed::Edit) && task.people().contains(&id));
            may.then_some(id).ok_or_else(|| CORE.say("Insufficient permissions to add a comment").about("AUTHOR_ID"))?
        }
    };
    let posted_at = match fields.get("POST_DATE").and_then(read_text).filter(|it| !it.is_empty()) {
        None => call.now,
        Some(text) => {
            let span = read_instant(&text, &call.settings.time_zone);
            span.ok_or_else(|| muster_core::params::wrong("POST_DATE", "a date and time"))?.from
        }
    };
    let id = call.tx.int(&Sql::with(
        "insert into task_comments (task_id, author_id, message, posted_at) values ($1, $2, $3, $4) returning id",
        [task_id.into(), author.into(), message.into(), posted_at.into()],
    ))?;
    history::note(call, task_id, "COMMENT", None, Some(&id.to_string()))?;
    store::touch(call, task_id)?;
    tell_comment(call, &ON_COMMENT_ADD, (task_id, id), None)?;
    Ok(id.into())
}

/// What is to be set, of which nothing may be unknown.
fn read_set(call: &Call<'_, '_>, method: &str) -> Result<Params> {
    let sent = read_fields(call, (CLASS, method), 1)?;
    if let Some(name) = sent.keys().find(|name| !KNOWN.iter().any(|it| it.eq_ignore_ascii_case(name))) {
        let said = format!("Param #1 (arFields) for method {CLASS}::{method}() must not contain key `{name}`.");
        return Err(exception(256, &said));
    }
    let fields = Params::new(Json::Object(sent.clone()))?;
    if fields.list("UF_FORUM_MESSAGE_DOC").iter().any(|it| !is_no_one(it)) {
        return Err(CORE.say("File not found").about("UF_FORUM_MESSAGE_DOC"));
    }
    Ok(fields)
}

fn read_message(fields: &Params) -> Result<String> {
    let message = fields.get("POST_MESSAGE").and_then(read_text).filter(|it| !it.trim().is_empty());
    let message = message.ok_or_else(|| CORE.say("Comment text is not specified").about("POST_MESSAGE"))?;
    muster_core::record::check_text(&COMMENT, "POST_MESSAGE", &message)?;
    Ok(message)
}

/// The task and the comment that are named, if the caller may change the comment: the author, or an administrator.
fn find_own(call: &mut Call<'_, '_>, method: &str) -> Result<(i64, i64)> {
    let task_id = read_number(call, (CLASS, method), 0, "TASKID")?;
    let id = read_number(call, (CLASS, method), 1, "ITEMID")?;
    let found = rights::find_to_change(call, task_id)?.filter(|(task, who)| task.lets(who, Deed::Discuss));
    found.ok_or_else(not_allowed)?;
    let author = author(call, task_id, id)?.ok_or_else(not_allowed)?;
    if author != call.caller.user_id && !call.caller.may(Right::ManageTasks) {
        return Err(not_allowed());
    }
    Ok((task_id, id))
}

fn author(call: &mut Call<'_, '_>, task_id: i64, id: i64) -> Result<Option<i64>> {
    let sql = "select author_id from task_comments where id = $1 and task_id = $2";
    let row = call.tx.row(&Sql::with(sql, [id.into(), task_id.into()]))?;
    Ok(row.and_then(|row| row.opt_int(0)))
}

/// Changes the text of a comment.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let fields = read_set(call, "update")?;
    let (task_id, id) = find_own(call, "update")?;
    let message = read_message(&fields)?;
    call.tx.run(&Sql::with("update task_comments set message = $1 where id = $2", [message.into(), id.into()]))?;
    result::text_changed(call, id)?;
    store::touch(call, task_id)?;
    tell_comment(call, &ON_COMMENT_UPDATE, (task_id, id), Some("EDIT"))?;
    Ok(true.into())
}

/// Deletes a comment.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (task_id, id) = find_own(call, "delete")?;
    call.tx.run(&Sql::with("delete from task_comments where id = $1", [id.into()]))?;
    store::touch(call, task_id)?;
    tell_comment(call, &ON_COMMENT_DELETE, (task_id, id), Some("DEL"))?;
    Ok(true.into())
}

/// One comment.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let task_id = read_number(call, (CLASS, "get"), 0, "TASKID")?;
    let id = read_number(call, (CLASS, "get"), 1, "ITEMID")?;
    let missing = || exception(512, "Check listitem not found or not accessible");
    rights::find(call, task_id)?.ok_or_else(missing)?;
    author(call, task_id, id)?.ok_or_else(missing)?;
    Ok(records(call, &[id])?.into_iter().next().unwrap_or_default().into())
}

/// The comments of a task.
pub(super) fn get_list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let task_id = read_number(call, (CLASS, "getlist"), 0, "TASKID")?;
    rights::find(call, task_id)?.ok_or_else(|| exception(8, "Action failed"))?;
    let key = |place: usize, name: &str, key: &str| {
        exception(
            256,
            &format!("Param #{place} ({name}) for method ctaskcommentitem::getlist() must not contain key \"{key}\"."),
        )
    };
    let filter = call.params.get("FILTER").cloned().unwrap_or_default();
    for name in filter.as_object().into_iter().flat_map(|it| it.keys()) {
        if !["ID", "AUTHOR_ID", "AUTHOR_NAME", "POST_DATE"].contains(&split(name).2.to_uppercase().as_str()) {
            return Err(key(2, "arFilter", name));
        }
    }
    let mut conds = vec![filter::parse(&COMMENT, &filter, call)?];
    conds.push(filter::parse_one(&COMMENT, "TASK_ID", &task_id.into(), call)?);
    let mut order = read_order(&COMMENT, call.params, call)
        .map_err(|err| key(1, "arOrder", err.argument.as_deref().unwrap_or_default()))?;
    if order.is_empty() {
        order.extend(COMMENT.field("ID").map(|id| (id, true)));
    }
    let ids = list::ids(call, &COMMENT, &Cond::All(conds), &order, (0, MOST))?;
    Ok(Json::Array(records(call, &ids)?).into())
}

/// Comments with the names of their authors.
fn records(call: &mut Call<'_, '_>, ids: &[i64]) -> Result<Vec<Json>> {
    let select: Vec<&'static Field> = COMMENT.fields.iter().filter(|it| it.is_shown()).collect();
    let mut comments = list::records(call, &COMMENT, ids, &select, "")?;
    let authors: Vec<i64> = comments.iter().filter_map(|it| read_int(&it["AUTHOR_ID"])).collect();
    let known = people::read(call, authors)?;
    for comment in comments.iter_mut().filter_map(Json::as_object_mut) {
        let id = comment.get("AUTHOR_ID").and_then(read_int).unwrap_or(0);
        let row = known.get(&id).and_then(Option::as_ref);
        let name = row.map_or_else(|| full_name(id, "", ""), |row| full_name(id, row.text(1), row.text(2)));
        comment.insert("AUTHOR_NAME".to_owned(), name.into());
        comment.shift_insert(4, "AUTHOR_EMAIL".to_owned(), "".into());
        comment.insert("ATTACHED_OBJECTS".to_owned(), json!({}));
    }
    Ok(comments)
}

/// Whether the caller may do something with a comment.
pub(super) fn is_allowed(call: &mut Call<'_, '_>) -> Result<Answer> {
    let method = "isactionallowed";
    let task_id = read_number(call, (CLASS, method), 0, "TASKID")?;
    let id = read_number(call, (CLASS, method), 1, "ITEMID")?;
    let action = read_number(call, (CLASS, method), 2, "ACTIONID")?;
    if !rights::find(call, task_id)?.is_some_and(|(task, who)| task.lets(&who, Deed::Discuss)) {
        return Ok(false.into());
    }
    let author = author(call, task_id, id)?;
    let mine = author.is_some_and(|it| it == call.caller.user_id || call.caller.may(Right::ManageTasks));
    Ok(match action {
        1 => true,
        2 | 3 => mine,
        _ => false,
    }
    .into())
}

/// What the methods are and take.
pub(super) fn get_manifest(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(manifest::of(call, "task.commentitem.", &COMMENT))
}
