//! The comments on a task.

use super::{card, text};
use crate::pages::{Reply, Visit};
use muster_core::{Json, Result, json, params::read_int};
use muster_modules::task::text::to_html;

/// A comment, as the card shows it.
pub(super) struct Comment {
    pub(super) id: i64,
    pub(super) author: String,
    pub(super) moment: String,
    /// The text as HTML.
    pub(super) html: String,
    /// The text as it was written, where it is being changed.
    pub(super) form: Option<String>,
    /// Whether the visitor may change and delete it.
    pub(super) is_own: bool,
}

/// The comments on a task, the oldest first. The one that `edit` names is a form.
pub(super) fn read(visit: &Visit<'_>, id: i64, may_discuss: bool, edit: &str) -> Result<Vec<Comment>> {
    let params = json!({ "TASKID": id, "ORDER": { "ID": "asc" } });
    let found = visit.call("task.commentitem.getlist", params)?.result;
    let me = visit.caller()?.user_id;
    let comment = |it: &Json| {
        let (id, message) = (read_int(&it["ID"]).unwrap_or(0), text(&it["POST_MESSAGE"]));
        let is_own = may_discuss && (read_int(&it["AUTHOR_ID"]) == Some(me) || visit.may("manage_tasks"));
        let is_sent = visit.params.get("CHANGED").is_some();
        let typed = || if is_sent { visit.text("CHANGED") } else { message.clone() };
        Comment {
            id,
            author: text(&it["AUTHOR_NAME"]),
            moment: visit.written_moment(&text(&it["POST_DATE"])),
            html: to_html(&message),
            form: (is_own && edit == format!("comment-{id}")).then(typed),
            is_own,
        }
    };
    Ok(found.as_array().into_iter().flatten().map(comment).collect())
}

pub(super) fn add(visit: &Visit<'_>) -> Result<Reply> {
    let fields = json!({ "POST_MESSAGE": visit.text("TEXT") });
    card::call(visit, "comments", "task.commentitem.add", json!({ "FIELDS": fields }))
}

pub(super) fn change(visit: &Visit<'_>) -> Result<Reply> {
    let id = visit.path_id("part")?;
    let params = json!({ "ITEMID": id, "FIELDS": { "POST_MESSAGE": visit.text("CHANGED") } });
    card::call(visit, &format!("comment-{id}"), "task.commentitem.update", params)
}

pub(super) fn delete(visit: &Visit<'_>) -> Result<Reply> {
    card::call(visit, "comments", "task.commentitem.delete", json!({ "ITEMID": visit.path_id("part")? }))
}
