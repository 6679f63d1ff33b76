//! Checklists: `task.checklistitem.*`, and how a task shows them.
//!
//! A checklist is an item without one above it; its items are below it, and may have items themselves.

use super::{
    exception, history, manifest, people,
    rights::{self, Deed, Standing, Task},
    show,
    store::{self, Changes},
};
use crate::access::full_name;
use muster_core::{
    Answer, Call, Error, Json, Map, Params, Result,
    field::{Entity, Field, Kind::*, field},
    json,
    list::{self, read_order},
    method::{Param, param},
    params::{read_bool, read_int, read_text},
    record::{Columns, picture_url},
    time::Style,
};
use muster_db::{Sql, Value};
use std::collections::HashMap;

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
];

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
/// How many items may be below each other: an answer shows them inside each other, and whoever reads JSON bounds that.
const DEEPEST: usize = 50;

/// An item that exists.
#[derive(Debug, Clone)]
struct Item {
    id: i64,
    parent: Option<i64>,
    title: String,
    complete: bool,
}

/// Reads a parameter that is a number, in the words that the documentation has for one that is missing or wrong.
fn read_number(call: &Call<'_, '_>, place: usize, name: &'static str, method: &str) -> Result<i64> {
    let shown = ["taskId", "itemId", "afterItemId"][place.min(2)];
    match call.params.get(name) {
        None => Err(exception(
            256,
            &format!("Param #{place} ({shown}) expected by method ctaskchecklistitem::{method}(), but not given."),
        )),
        Some(sent) => read_int(sent).ok_or_else(|| {
            exception(
                256,
                &format!(
                    "Param #{place} ({shown}) for method ctaskchecklistitem::{method}() expected to be of type \"integer\", \
                     but given something else."
                ),
            )
        }),
    }
}

fn refused(what: &str) -> Error {
    exception(8, &format!("{what}: action not allowed"))
}

/// The task, if the caller may work on its checklists.
fn find_task(call: &mut Call<'_, '_>, method: &str, what: &str) -> Result<(Task, Standing)> {
    let id = read_number(call, 0, "TASKID", method)?;
    let found = rights::find_to_change(call, id)?.filter(|(task, who)| task.lets(who, Deed::Checklist));
    found.ok_or_else(|| refused(what))
}

fn find_item(call: &mut Call<'_, '_>, task_id: i64, id: i64) -> Result<Option<Item>> {
    let sql = "select parent_id, title, complete from task_checklist where id = $1 and task_id = $2";
    let row = call.tx.row(&Sql::with(sql, [id.into(), task_id.into()]))?;
    let Some(row) = row else { return Ok(None) };
    let complete = row.int(2)? == 1;
    Ok(Some(Item { id, parent: row.opt_int(0), title: row.text(1).to_owned(), complete }))
}

/// Adds an item. Without a parent it goes to the task's first checklist, which is made if there is none.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (task, _) = find_task(call, "add", "Adding item")?;
    let fields = read_fields(call, "add", 1)?;
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

fn insert(
    call: &mut Call<'_, '_>,
    task_id: i64,
    parent: Option<i64>,
    title: &str,
    (sort, complete, important): (i64, bool, bool),
) -> Result<i64> {
    let me = call.caller.user_id;
    let toggled = complete.then_some((me, call.now));
    Ok(call.tx.int(&Sql::with(
        "insert into task_checklist (task_id, parent_id, creator_id, title, sort_index, complete, important, toggled_by,
            toggled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id",
        [
            task_id.into(),
            parent.into(),
            me.into(),
            title.into(),
            sort.into(),
            complete.into(),
            important.into(),
            toggled.map(|it| it.0).into(),
            toggled.map(|it| it.1).into(),
        ],
    ))?)
}

/// The first checklist of a task, made if there is none.
fn first_list(call: &mut Call<'_, '_>, task_id: i64) -> Result<i64> {
    let sql = "select id from task_checklist where task_id = $1 and parent_id is null order by sort_index, id limit 1";
    match call.tx.ints(&Sql::with(sql, [task_id.into()]))?.first() {
        Some(id) => Ok(*id),
        None => insert(call, task_id, None, "Checklist 1", (0, false, false)),
    }
}

fn next_sort(call: &mut Call<'_, '_>, task_id: i64, parent: Option<i64>) -> Result<i64> {
    let sql = "select coalesce(max(sort_index), -1) + 1 from task_checklist
        where task_id = $1 and coalesce(parent_id, 0) = $2";
    Ok(call.tx.int(&Sql::with(sql, [task_id.into(), parent.unwrap_or(0).into()]))?)
}

fn read_fields(call: &Call<'_, '_>, method: &str, place: usize) -> Result<Params> {
    match call.params.get("FIELDS") {
        Some(Json::Object(fields)) if !fields.is_empty() => Params::new(Json::Object(fields.clone())),
        _ => Err(exception(
            256,
            &format!("Param #{place} (arFields) expected by method ctaskchecklistitem::{method}(), but not given."),
        )),
    }
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

/// `MEMBERS`: by the ID of a person, whether they participate (A) or watch (U).
fn read_members(call: &mut Call<'_, '_>, fields: &Params) -> Result<Option<Vec<(i64, &'static str)>>> {
    let Some(sent) = fields.get("MEMBERS") else { return Ok(None) };
    let mut members: Vec<(i64, &'static str)> = Vec::new();
    let pairs: Vec<(Json, Json)> = match sent {
        Json::Object(map) => map.iter().map(|(id, it)| (Json::from(id.as_str()), it.clone())).collect(),
        // With the keys 0, 1, 2, ... an object has become a list.
        Json::Array(items) => items.iter().enumerate().map(|(at, it)| (Json::from(at), it.clone())).collect(),
        _ => Vec::new(),
    };
    for (id, member) in pairs.iter().filter(|(id, _)| read_int(id) != Some(0)) {
        let role = match member.get("TYPE").and_then(read_text).as_deref() {
            Some("A") => "A",
            Some("U") => "U",
            _ => return Err(exception(8, "The TYPE of a member is A or U")),
        };
        for id in people::read_list(call, "MEMBERS", id)? {
            // An ID can be spelled in several ways.
            if members.iter().all(|(it, _)| *it != id) {
                members.push((id, role));
            }
        }
    }
    Ok(Some(members))
}

/// Writes the members of an item, who get the same roles in the task.
fn write_members(
    call: &mut Call<'_, '_>,
    task: &Task,
    id: i64,
    members: Option<Vec<(i64, &'static str)>>,
) -> Result<()> {
    let Some(members) = members else { return Ok(()) };
    call.tx.run(&Sql::with("delete from task_checklist_members where item_id = $1", [id.into()]))?;
    let (mut accomplices, mut auditors) = (task.accomplices.clone(), task.auditors.clone());
    for (position, (user_id, role)) in (0i64..).zip(members) {
        call.tx.run(&Sql::with(
            "insert into task_checklist_members (item_id, user_id, role, position) values ($1, $2, $3, $4)",
            [id.into(), user_id.into(), role.into(), position.into()],
        ))?;
        let list = if role == "A" { &mut accomplices } else { &mut auditors };
        if !list.contains(&user_id) {
            list.push(user_id);
        }
    }
    if accomplices.len() > task.accomplices.len() || auditors.len() > task.auditors.len() {
        let changes = Changes { accomplices: Some(accomplices), auditors: Some(auditors), ..Changes::default() };
        store::change(call, task.id, &changes)?;
    }
    Ok(())
}

/// Changes an item.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let task_id = read_number(call, 0, "TASKID", "update")?;
    let id = read_number(call, 1, "ITEMID", "update")?;
    let fields = read_fields(call, "update", 2)?;
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

/// The item above that was sent: none if there is no such item in the task, and none that is below this one.
fn read_parent(call: &mut Call<'_, '_>, task: &Task, item: &Item, sent: &Json) -> Result<Value> {
    let Some(id) = read_int(sent).filter(|it| *it > 0) else { return Ok(Value::Null) };
    let Some(parent) = find_item(call, task.id, id)? else { return Ok(Value::Null) };
    check_depth(call, task.id, Some(item.id), parent.id)?;
    Ok(parent.id.into())
}

/// Refuses an item above below which an item, or a new one, would be below itself or too deep.
fn check_depth(call: &mut Call<'_, '_>, task_id: i64, item: Option<i64>, parent: i64) -> Result<()> {
    let sql = "select id, parent_id from task_checklist where task_id = $1 and parent_id is not null";
    let rows = call.tx.rows(&Sql::with(sql, [task_id.into()]))?;
    let above: HashMap<i64, i64> = rows.iter().filter_map(|row| Some((row.opt_int(0)?, row.opt_int(1)?))).collect();
    if path(&above, parent).any(|it| Some(it) == item) {
        return Err(exception(8, "An item cannot be below itself"));
    }
    // What is below the item goes with it.
    let below = above.keys().filter_map(|id| path(&above, *id).position(|it| Some(it) == item)).max().unwrap_or(0);
    if path(&above, parent).count() + 1 + below > DEEPEST {
        return Err(exception(8, "At most 50 items may be below each other"));
    }
    Ok(())
}

/// An item and all items above it.
fn path(above: &HashMap<i64, i64>, id: i64) -> impl Iterator<Item = i64> {
    std::iter::successors(Some(id), move |id| above.get(id).copied())
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
    let task_id = read_number(call, 0, "TASKID", method)?;
    let id = read_number(call, 1, "ITEMID", method)?;
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
    let id = read_number(call, 1, "ITEMID", "delete")?;
    let (task, _) = find_task(call, "delete", "Deleting item")?;
    let item = find_item(call, task.id, id)?.ok_or_else(|| refused("Deleting item"))?;
    call.tx.run(&Sql::with("delete from task_checklist where id = $1", [id.into()]))?;
    history::note(call, task.id, "CHECKLIST_ITEM_REMOVE", Some(&item.title), Some(""))?;
    store::touch(call, task.id)?;
    Ok(true.into())
}

/// Moves an item behind another one, to the same item above.
pub(super) fn move_after(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_number(call, 1, "ITEMID", "moveafteritem")?;
    let after = read_number(call, 2, "AFTERITEMID", "moveafteritem")?;
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
    let task_id = read_number(call, 0, "TASKID", "get")?;
    let id = read_number(call, 1, "ITEMID", "get")?;
    let missing = || exception(512, "Check listitem not found or not accessible");
    rights::find(call, task_id)?.ok_or_else(missing)?;
    find_item(call, task_id, id)?.ok_or_else(missing)?;
    Ok(records(call, &[id])?.into_iter().next().unwrap_or_default().into())
}

/// The items of a task.
pub(super) fn get_list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let task_id = read_number(call, 0, "TASKID", "getlist")?;
    rights::find(call, task_id)?.ok_or_else(|| exception(8, "Action failed"))?;
    let mut order = read_order(&CHECKLIST_ITEM, call.params, call).map_err(|err| {
        let name = err.argument.as_deref().unwrap_or_default();
        exception(
            256,
            &format!("Param #1 (arOrder) for method ctaskchecklistitem::getlist() must not contain key \"{name}\"."),
        )
    })?;
    if order.is_empty() {
        order.extend(CHECKLIST_ITEM.field("ID").map(|id| (id, true)));
    }
    let cond = muster_core::filter::parse_one(&CHECKLIST_ITEM, "TASK_ID", &task_id.into(), call)?;
    let ids = list::ids(call, &CHECKLIST_ITEM, &cond, &order, (0, MOST_ITEMS + 1))?;
    Ok(Json::Array(records(call, &ids)?).into())
}

/// Items with their members.
fn records(call: &mut Call<'_, '_>, ids: &[i64]) -> Result<Vec<Json>> {
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

/// The members of these items.
fn members(call: &mut Call<'_, '_>, ids: &[i64]) -> Result<HashMap<i64, Vec<Json>>> {
    let mut members: HashMap<i64, Vec<Json>> = HashMap::new();
    if ids.is_empty() {
        return Ok(members);
    }
    let mut sql = Sql::new("select item_id, user_id, role from task_checklist_members where item_id in (");
    sql.bind_all(ids.iter().copied()).push(") order by item_id, position");
    let rows = call.tx.rows(&sql)?;
    let known = people::read(call, rows.iter().filter_map(|row| row.opt_int(1)))?;
    for row in rows {
        let user_id = row.int(1)?;
        let person = known.get(&user_id).and_then(Option::as_ref);
        let text = |column| person.map_or("", |row| row.text(column)).to_owned();
        let photo = person.and_then(|row| row.opt_text(3)).map(|it| picture_url(it, people::view(call)));
        members.entry(row.int(0)?).or_default().push(json!({
            "ID": user_id.to_string(),
            "TYPE": row.text(2),
            "NAME": full_name(user_id, &text(1), &text(2)),
            "PERSONAL_PHOTO": photo.as_ref().map(|_| user_id.to_string()),
            "PERSONAL_GENDER": text(7),
            "IMAGE": photo.unwrap_or_default(),
            "IS_COLLABER": text(8) == "extranet",
        }));
    }
    Ok(members)
}

/// Whether the caller may do something with an item.
pub(super) fn is_allowed(call: &mut Call<'_, '_>) -> Result<Answer> {
    let method = "isactionallowed";
    let task_id = read_number(call, 0, "TASKID", method)?;
    let id = read_number(call, 1, "ITEMID", method)?;
    let action = read_number(call, 2, "ACTIONID", method)?;
    let found = rights::find(call, task_id)?.filter(|(task, who)| task.lets(who, Deed::Checklist));
    let exists = find_item(call, task_id, id)?.is_some();
    Ok((found.is_some() && exists && (1..=5).contains(&action)).into())
}

/// What the methods are and take.
pub(super) fn get_manifest(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(manifest::of(call, "task.checklistitem.", &CHECKLIST_ITEM))
}

/// The checklists of a task as its own answer shows them: all items by their IDs, and the same as a tree.
pub(super) fn of_task(call: &mut Call<'_, '_>, task_id: i64, may: bool) -> Result<(Json, Json)> {
    let sql = "select id from task_checklist where task_id = $1 order by sort_index, id";
    let ids = call.tx.ints(&Sql::with(sql, [task_id.into()]))?;
    let items = records(call, &ids)?;
    let action: Map<String, Json> = ["modify", "remove", "toggle", "add", "addAccomplice"]
        .into_iter()
        .map(|it| (it.to_owned(), may.into()))
        .collect();
    let mut shown = Map::new();
    for item in &items {
        let mut fields: Map<String, Json> = Map::new();
        for (name, value) in item.as_object().into_iter().flatten() {
            fields.insert(muster_core::field::camel(name), value.clone());
        }
        fields.insert("ufChecklistFiles".to_owned(), false.into());
        fields.insert("entityId".to_owned(), item["TASK_ID"].clone());
        fields.insert("action".to_owned(), action.clone().into());
        shown.insert(item["ID"].as_str().unwrap_or_default().to_owned(), fields.into());
    }
    let mut tree = Tree { items: &items, action: action.into(), user_id: call.caller.user_id, nodes: 0 };
    let root = tree.root();
    Ok((show::or_list(shown), root))
}

/// The items of a task while they are put into a tree.
struct Tree<'a> {
    items: &'a [Json],
    action: Json,
    user_id: i64,
    nodes: i64,
}

impl Tree<'_> {
    fn root(&mut self) -> Json {
        let fields = self.fields(None, "");
        let descendants = self.below(0, "");
        json!({ "nodeId": 0, "fields": fields, "action": [], "descendants": descendants })
    }

    /// The items directly below one, each with what is below it. `number` is the number of the one above, such as `1.2`.
    fn below(&mut self, parent: i64, number: &str) -> Vec<Json> {
        let items = self.items;
        let mut nodes = Vec::new();
        for item in items.iter().filter(|it| read_int(&it["PARENT_ID"]) == Some(parent)) {
            self.nodes += 1;
            let node = self.nodes;
            let place = nodes.len() + 1;
            // A checklist has no number; its items begin with 1.
            let own = match (parent, number) {
                (0, _) => String::new(),
                (_, "") => place.to_string(),
                (_, above) => format!("{above}.{place}"),
            };
            let fields = self.fields(Some(item), &own);
            let id = read_int(&item["ID"]).unwrap_or(0);
            let descendants = self.below(id, &own);
            let action = self.action.clone();
            nodes.push(json!({ "nodeId": node, "fields": fields, "action": action, "descendants": descendants }));
        }
        nodes
    }

    fn fields(&self, item: Option<&Json>, number: &str) -> Json {
        let int = |name: &str| item.and_then(|it| read_int(&it[name]));
        let flag = |name: &str| item.is_some_and(|it| it[name] == "Y");
        let id = int("ID");
        let parts = |it: &&Json| id.is_some() && read_int(&it["PARENT_ID"]) == id;
        let completed = self.items.iter().filter(parts).filter(|it| it["IS_COMPLETE"] == "Y").count();
        json!({
            "id": id,
            "copiedId": null,
            "entityId": int("TASK_ID"),
            "userId": self.user_id,
            "createdBy": int("CREATED_BY"),
            "parentId": int("PARENT_ID"),
            "title": item.map_or("", |it| it["TITLE"].as_str().unwrap_or_default()),
            "sortIndex": int("SORT_INDEX"),
            "displaySortIndex": number,
            "isComplete": flag("IS_COMPLETE"),
            "isImportant": flag("IS_IMPORTANT"),
            "completedCount": completed,
            "members": item.map_or_else(|| json!([]), |it| it["MEMBERS"].clone()),
            "attachments": [],
            "nodeId": null,
        })
    }
}
