//! The checklists of a task.

use super::{card, text};
use crate::pages::{Reply, Visit};
use muster_core::{Json, Result, json, params::read_int};

/// An item of a checklist, or the name of one.
pub(super) struct Item {
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) is_list: bool,
    pub(super) is_done: bool,
    /// What the form has, where it is being renamed.
    pub(super) form: Option<String>,
}

/// The items of a tree in the order in which people read them. The one that `edit` names is a form.
pub(super) fn of(visit: &Visit<'_>, tree: &Json, edit: &str) -> Vec<Item> {
    let mut all = Vec::new();
    for node in tree.as_array().into_iter().flatten() {
        let fields = &node["fields"];
        let (id, title) = (read_int(&fields["id"]).unwrap_or(0), text(&fields["title"]));
        let is_sent = visit.params.get("RENAMED").is_some();
        let typed = || if is_sent { visit.text("RENAMED") } else { title.clone() };
        all.push(Item {
            id,
            form: (edit == format!("item-{id}")).then(typed),
            is_list: read_int(&fields["parentId"]) == Some(0),
            is_done: fields["isComplete"] == true,
            title,
        });
        all.extend(of(visit, &node["descendants"], edit));
    }
    all
}

pub(super) fn add(visit: &Visit<'_>) -> Result<Reply> {
    let fields = json!({ "TITLE": visit.text("TITLE") });
    card::call(visit, "items", "task.checklistitem.add", json!({ "FIELDS": fields }))
}

pub(super) fn rename(visit: &Visit<'_>) -> Result<Reply> {
    let id = visit.path_id("part")?;
    let params = json!({ "ITEMID": id, "FIELDS": { "TITLE": visit.text("RENAMED") } });
    card::call(visit, &format!("item-{id}"), "task.checklistitem.update", params)
}

pub(super) fn delete(visit: &Visit<'_>) -> Result<Reply> {
    card::call(visit, "items", "task.checklistitem.delete", json!({ "ITEMID": visit.path_id("part")? }))
}

pub(super) fn tick(visit: &Visit<'_>) -> Result<Reply> {
    let method = if visit.text("UNDO") == "1" { "task.checklistitem.renew" } else { "task.checklistitem.complete" };
    card::call(visit, "items", method, json!({ "ITEMID": visit.text("ITEM") }))
}
