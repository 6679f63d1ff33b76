//! Checklists: `task.checklistitem.*`.
//!
//! A checklist is an item without one above it; its items are below it, and may have items themselves.

use super::{
    checklist_items::{
        Item, check_depth, find_item, first_list, insert, members, next_sort, read_members, read_parent, write_members,
    },
    exception, history, manifest,
    older::{not_given, read_fields, read_number},
    rights::{self, Deed, Standing, Task},
    store,
};
use muster_core::{
    Answer, Call, Error, Json, Params, Result,
    field::{Entity, Field, Kind::*, Stored, field},
    json,
    list::{self, read_order},
    method::{Param, param},
    params::{read_bool, read_int, read_text},
    record::Columns,
    time::Style,
};
use muster_db::{Sql, Value};

/// An item of a checklist, or a checklist itself.
pub static CHECKLIST_ITEM: Entity = Entity {
    name: "task_checklist_item",
    table: "task_checklist",
    joins: &[],
    custom: None,
    id: "task_checklist.id",
    sparse: false,
    camel: false,
    fields: FIELDS,
};

#[rustfmt::skip] // One line a field, so that a line is all there is to say about it.
static FIELDS: &[Field] = &[
    field("ID", "task_checklist.id", Id),
    field("TASK_ID", "task_checklist.task_id", Id).title("Task"),
    field("PARENT_ID", "task_checklist.parent_id", Id).title("Item above").zero().writable(),
    field("CREATED_BY", "task_checklist.creator_id", User).title("Author").deed(),
    field("TITLE", "task_checklist.title", Text).title("Text").writable().titles(),
    field("SORT_INDEX", "task_checklist.sort_index", Id).title("Place").writable(),
    field("IS_COMPLETE", "task_checklist.complete", YesNo).title("Done").writable(),
    field("IS_IMPORTANT", "task_checklist.important", YesNo).title("Important").writable(),
    field("TOGGLED_BY", "task_checklist.toggled_by", User).title("Who marked it").nullable().deed(),
    field("TOGGLED_DATE", "task_checklist.toggled_at", Instant(Style::Iso)).title("When it was marked"),
    // Shown with more than their IDs.
    field("MEMBERS", "", User).stored(MEMBERS).title("Members").rests_while(OPEN).aside(),
];

const MEMBERS: Stored = Stored::Link { table: "task_checklist_members", owner: "item_id", value: "user_id" };
/// An item that is not done, of a task that still asks for something.
const OPEN: &str =
    "task_checklist.complete = 0 and task_checklist.task_id in (select t.id from tasks t where t.status <> 5)";

const TASK_ID: Param = param("TASKID", "integer", "Which task").required();
const ITEM_ID: Param = param("ITEMID", "integer", "Which item").required();
const SET: Param =
    param("FIELDS", "object", "TITLE, SORT_INDEX, IS_COMPLETE, IS_IMPORTANT, MEMBERS, PARENT_ID").required();

pub(super) const ADD: &[Param] = &[TASK_ID, SET];
pub(super) const UPDATE: &[Param] = &[TASK_ID, ITEM_ID, SET];
pub(super) const ITEM: &[Param] = &[TASK_ID, ITEM_ID];
pub(super) const LIST: &[Param] =
    &[TASK_ID, param("ORDER", "object", "Fields and directions; the newest first if left out")];
pub(super) const MOVE: &[Param] = &[TASK_ID, ITEM_ID, param("AFTERITEMID", "integer", "Behind which item").required()];
pub(super) const IS_ALLOWED: &[Param] =
    &[TASK_ID, ITEM_ID, param("ACTIONID", "integer", "1 add, 2 change, 3 delete, 4 mark, 5 move").required()];

/// The most characters of an item.
const LONGEST: usize = 255;
/// The most items of a task.
const MOST_ITEMS: i64 = 1000;
/// What the documentation calls the methods.
const CLASS: &str = "ctaskchecklistitem";

/// What is to be set, which has to be something.
fn read_set(call: &Call<'_, '_>, method: &str, place: usize) -> Result<Params> {
    let fields = read_fields(call, (CLASS, method), place)?;
    if fields.is_empty() {
        return Err(not_given((CLASS, method), place, "arFields"));
    }
    Params::new(Json::Object(fields.clone()))
}

fn refused(what: &str) -> Error {
    exception(8, &format!("{what}: action not allowed"))
}

/// The task, if the caller may work on its checklists.
fn find_task(call: &mut Call<'_, '_>, method: &str, what: &str) -> Result<(Task, Standing)> {
    let id = read_number(call, (CLASS, method), 0, "TASKID")?;
    let found = rights::find_to_change(call, id)?.filter(|(task, who)| task.lets(who, Deed::Checklist));
    found.ok_or_else(|| refused(what))
}

/// Adds an item. Without a parent it goes to the task's first checklist, which is made if there is none.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (task, _) = find_task(call, "add", "Adding item")?;
    let fields = read_set(call, "add", 1)?;
    let title = read_title(&fields)?.ok_or_else(|| exception(8, "Item name not specified"))?;
    let count = "select count(*) from task_checklist where task_id = $1";
    if call.tx.int(&Sql::with(count, [task.id.into()]))? >= MOST_ITEMS {
        return Err(exception(8, "A task has at most 1000 items"));
    }
    let parent = match fields.get("PARENT_ID") {
        None => Some(first_list(call, task.id)?),
        // What is below nothing that is there becomes a checklist of its own.
        Some(sent) => match read_int(sent).filter(|it| *it > 0) {
            Some(id) => find_item(call, task.id, id)?.map(|it| it.id),
            None => None,
        },
    };
    if let Some(parent) = parent {
        check_depth(call, task.id, None, parent)?;
    }
    let members = read_members(call, &fields)?;
    let complete = read_flag(&fields, "IS_COMPLETE")?.unwrap_or(false);
    let important = read_flag(&fields, "IS_IMPORTANT")?.unwrap_or(false);
    let sort = match read_sort(&fields)? {
        Some(sort) => sort,
        None => next_sort(call, task.id, parent)?,
    };
    let id = insert(call, task.id, parent, &title, (sort, complete, important))?;
    write_members(call, &task, id, members)?;
    history::note(call, task.id, "CHECKLIST_ITEM_CREATE", Some(""), Some(&title))?;
    store::touch(call, task.id)?;
    Ok(id.into())
}

fn read_title(fields: &Params) -> Result<Option<String>> {
    let Some(sent) = fields.get("TITLE") else { return Ok(None) };
    let title = read_text(sent).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    let title = title.ok_or_else(|| exception(8, "Item name not specified"))?;
    if title.chars().count() > LONGEST {
        return Err(exception(8, "An item has at most 255 characters"));
    }
    Ok(Some(title))
}

fn read_flag(fields: &Params, name: &'static str) -> Result<Option<bool>> {
    let wrong = || exception(8, &format!("{name} must be Y or N"));
    fields.get(name).filter(|it| !it.is_null()).map(|sent| read_bool(sent).ok_or_else(wrong)).transpose()
}

/// The largest place of an item among its siblings.
const LAST: i64 = i32::MAX as i64;

fn read_sort(fields: &Params) -> Result<Option<i64>> {
    let wrong = || exception(8, "SORT_INDEX must be a whole number");
    let sent = fields.get("SORT_INDEX").filter(|it| !it.is_null());
    sent.map(|it| read_int(it).filter(|it| (0..=LAST).contains(it)).ok_or_else(wrong)).transpose()
}

/// Changes an item.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let task_id = read_number(call, (CLASS, "update"), 0, "TASKID")?;
    let id = read_number(call, (CLASS, "update"), 1, "ITEMID")?;
    let fields = read_set(call, "update", 2)?;
    let denied = || exception(4, "No access to edit the task");
    let found = rights::find_to_change(call, task_id)?.filter(|(task, who)| task.lets(who, Deed::Checklist));
    let (task, _) = found.ok_or_else(denied)?;
    let item = find_item(call, task_id, id)?.ok_or_else(denied)?;
    let mut columns: Columns = Columns::new();
    if let Some(title) = read_title(&fields)? {
        if title != item.title {
            history::note(call, task_id, "CHECKLIST_ITEM_RENAME", Some(&item.title), Some(&title))?;
        }
        columns.push(("title", title.into()));
    }
    columns.extend(read_sort(&fields)?.map(|it| ("sort_index", it.into())));
    columns.extend(read_flag(&fields, "IS_IMPORTANT")?.map(|it| ("important", it.into())));
    if let Some(sent) = fields.get("PARENT_ID") {
        columns.push(("parent_id", read_parent(call, &task, &item, sent)?));
    }
    if !columns.is_empty() {
        let mut sql = Sql::new("update task_checklist set ");
        sql.join(&columns, ", ", |sql, (name, value)| {
            sql.push(name).push(" = ").bind(value.clone());
        });
        sql.push(" where id = ").bind(id);
        call.tx.run(&sql)?;
    }
    if let Some(complete) = read_flag(&fields, "IS_COMPLETE")? {
        toggle(call, &task, &item, complete)?;
    }
    let members = read_members(call, &fields)?;
    write_members(call, &task, id, members)?;
    store::touch(call, task_id)?;
    Ok(Json::Null.into())
}

/// Marks an item as done or not, if it is not that already.
fn toggle(call: &mut Call<'_, '_>, task: &Task, item: &Item, complete: bool) -> Result<()> {
    if item.complete == complete {
        return Ok(());
    }
    call.tx.run(&Sql::with(
        "update task_checklist set complete = $1, toggled_by = $2, toggled_at = $3 where id = $4",
        [complete.into(), call.caller.user_id.into(), call.now.into(), item.id.into()],
    ))?;
    let event = if complete { "CHECKLIST_ITEM_CHECK" } else { "CHECKLIST_ITEM_UNCHECK" };
    history::note(call, task.id, event, Some(&item.title), Some(&item.title))
}

pub(super) fn complete(call: &mut Call<'_, '_>) -> Result<Answer> {
    set_complete(call, "complete", true)
}

pub(super) fn renew(call: &mut Call<'_, '_>) -> Result<Answer> {
    set_complete(call, "renew", false)
}

fn set_complete(call: &mut Call<'_, '_>, method: &str, complete: bool) -> Result<Answer> {
    let task_id = read_number(call, (CLASS, method), 0, "TASKID")?;
    let id = read_number(call, (CLASS, method), 1, "ITEMID")?;
    if task_id <= 0 || id <= 0 {
        return Err(muster_core::error::CORE.say("TASKS_ERROR_ASSERT_EXCEPTION"));
    }
    let found = rights::find_to_change(call, task_id)?.filter(|(task, who)| task.lets(who, Deed::Checklist));
    let Some((task, _)) = found else { return Ok(false.into()) };
    let Some(item) = find_item(call, task_id, id)? else { return Ok(false.into()) };
    toggle(call, &task, &item, complete)?;
    store::touch(call, task_id)?;
    Ok(true.into())
}

/// Deletes an item with all that is below it.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_number(call, (CLASS, "delete"), 1, "ITEMID")?;
    let (task, _) = find_task(call, "delete", "Deleting item")?;
    let item = find_item(call, task.id, id)?.ok_or_else(|| refused("Deleting item"))?;
    call.tx.run(&Sql::with("delete from task_checklist where id = $1", [id.into()]))?;
    history::note(call, task.id, "CHECKLIST_ITEM_REMOVE", Some(&item.title), Some(""))?;
    store::touch(call, task.id)?;
    Ok(true.into())
}

/// Moves an item behind another one, to the same item above.
pub(super) fn move_after(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_number(call, (CLASS, "moveafteritem"), 1, "ITEMID")?;
    let after = read_number(call, (CLASS, "moveafteritem"), 2, "AFTERITEMID")?;
    let (task, _) = find_task(call, "moveafteritem", "Moving item")?;
    let item = find_item(call, task.id, id)?.ok_or_else(|| refused("Moving item"))?;
    let after = find_item(call, task.id, after)?.filter(|it| it.id != id).ok_or_else(|| refused("Moving item"))?;
    let parent = match after.parent {
        Some(parent) => read_parent(call, &task, &item, &parent.into())?,
        None => Value::Null,
    };
    let sql =
        "select id from task_checklist where task_id = $1 and coalesce(parent_id, 0) = $2 order by sort_index, id";
    let mut order = call.tx.ints(&Sql::with(sql, [task.id.into(), after.parent.unwrap_or(0).into()]))?;
    order.retain(|it| *it != id);
    let at = order.iter().position(|it| *it == after.id).map_or(order.len(), |at| at + 1);
    order.insert(at, id);
    call.tx.run(&Sql::with("update task_checklist set parent_id = $1 where id = $2", [parent, id.into()]))?;
    for (place, item) in (0i64..).zip(order) {
        let args = [place.into(), item.into()];
        call.tx.run(&Sql::with("update task_checklist set sort_index = $1 where id = $2", args))?;
    }
    store::touch(call, task.id)?;
    Ok(Json::Null.into())
}

/// One item.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let task_id = read_number(call, (CLASS, "get"), 0, "TASKID")?;
    let id = read_number(call, (CLASS, "get"), 1, "ITEMID")?;
    let missing = || exception(512, "Check listitem not found or not accessible");
    rights::find(call, task_id)?.ok_or_else(missing)?;
    find_item(call, task_id, id)?.ok_or_else(missing)?;
    Ok(records(call, &[id])?.into_iter().next().unwrap_or_default().into())
}

/// The items of a task.
pub(super) fn get_list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let task_id = read_number(call, (CLASS, "getlist"), 0, "TASKID")?;
    rights::find(call, task_id)?.ok_or_else(|| exception(8, "Action failed"))?;
    let mut order = read_order(&CHECKLIST_ITEM, call.params, call).map_err(|err| {
        let name = err.argument.as_deref().unwrap_or_default();
        exception(256, &format!("Param #1 (arOrder) for method {CLASS}::getlist() must not contain key \"{name}\"."))
    })?;
    if order.is_empty() {
        order.extend(CHECKLIST_ITEM.field("ID").map(|id| (id, true)));
    }
    let cond = muster_core::filter::parse_one(&CHECKLIST_ITEM, "TASK_ID", &task_id.into(), call)?;
    let ids = list::ids(call, &CHECKLIST_ITEM, &cond, &order, (0, MOST_ITEMS + 1))?;
    Ok(Json::Array(records(call, &ids)?).into())
}

/// Items with their members.
pub(super) fn records(call: &mut Call<'_, '_>, ids: &[i64]) -> Result<Vec<Json>> {
    let select = CHECKLIST_ITEM.visible(call.caller);
    let mut items = list::records(call, &CHECKLIST_ITEM, ids, &select, "")?;
    let mut members = members(call, ids)?;
    for (item, id) in items.iter_mut().zip(ids) {
        item["MEMBERS"] = members.remove(id).unwrap_or_default().into();
        item["ATTACHMENTS"] = json!([]);
        if item["PARENT_ID"] == "0" {
            item["PARENT_ID"] = 0.into();
        }
    }
    Ok(items)
}

/// Whether the caller may do something with an item.
pub(super) fn is_allowed(call: &mut Call<'_, '_>) -> Result<Answer> {
    let method = "isactionallowed";
    let task_id = read_number(call, (CLASS, method), 0, "TASKID")?;
    let id = read_number(call, (CLASS, method), 1, "ITEMID")?;
    let action = read_number(call, (CLASS, method), 2, "ACTIONID")?;
    let found = rights::find(call, task_id)?.filter(|(task, who)| task.lets(who, Deed::Checklist));
    let exists = find_item(call, task_id, id)?.is_some();
    Ok((found.is_some() && exists && (1..=5).contains(&action)).into())
}

/// What the methods are and take.
pub(super) fn get_manifest(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(manifest::of(call, "task.checklistitem.", &CHECKLIST_ITEM))
}
