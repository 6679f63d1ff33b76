//! The items of checklists in the database: finding and inserting them, what is below what, and who belongs to them.

use super::{
    exception, people,
    rights::Task,
    store::{self, Changes},
};
use crate::access::full_name;
use muster_core::{
    Call, Json, Params, Result, json,
    params::{read_int, read_text},
    record::picture_url,
};
use muster_db::{Sql, Value};
use std::collections::HashMap;

/// How many items may be below each other: an answer shows them inside each other, and whoever reads JSON bounds that.
const DEEPEST: usize = 50;

/// An item that exists.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) id: i64,
    pub(super) parent: Option<i64>,
    pub(super) title: String,
    pub(super) complete: bool,
}

pub(super) fn find_item(call: &mut Call<'_, '_>, task_id: i64, id: i64) -> Result<Option<Item>> {
    let sql = "select parent_id, title, complete from task_checklist where id = $1 and task_id = $2";
    let row = call.tx.row(&Sql::with(sql, [id.into(), task_id.into()]))?;
    let Some(row) = row else { return Ok(None) };
    let complete = row.int(2)? == 1;
    Ok(Some(Item { id, parent: row.opt_int(0), title: row.text(1).to_owned(), complete }))
}

pub(super) fn insert(
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
pub(super) fn first_list(call: &mut Call<'_, '_>, task_id: i64) -> Result<i64> {
    let sql = "select id from task_checklist where task_id = $1 and parent_id is null order by sort_index, id limit 1";
    match call.tx.ints(&Sql::with(sql, [task_id.into()]))?.first() {
        Some(id) => Ok(*id),
        None => insert(call, task_id, None, "Checklist 1", (0, false, false)),
    }
}

pub(super) fn next_sort(call: &mut Call<'_, '_>, task_id: i64, parent: Option<i64>) -> Result<i64> {
    let sql = "select coalesce(max(sort_index), -1) + 1 from task_checklist
        where task_id = $1 and coalesce(parent_id, 0) = $2";
    Ok(call.tx.int(&Sql::with(sql, [task_id.into(), parent.unwrap_or(0).into()]))?)
}

/// The item above that was sent: none if there is no such item in the task, and none that is below this one.
pub(super) fn read_parent(call: &mut Call<'_, '_>, task: &Task, item: &Item, sent: &Json) -> Result<Value> {
    let Some(id) = read_int(sent).filter(|it| *it > 0) else { return Ok(Value::Null) };
    let Some(parent) = find_item(call, task.id, id)? else { return Ok(Value::Null) };
    check_depth(call, task.id, Some(item.id), parent.id)?;
    Ok(parent.id.into())
}

/// Refuses an item above below which an item, or a new one, would be below itself or too deep.
pub(super) fn check_depth(call: &mut Call<'_, '_>, task_id: i64, item: Option<i64>, parent: i64) -> Result<()> {
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

/// `MEMBERS`: by the ID of a person, whether they participate (A) or watch (U).
pub(super) fn read_members(call: &mut Call<'_, '_>, fields: &Params) -> Result<Option<Vec<(i64, &'static str)>>> {
    let Some(sent) = fields.get("MEMBERS") else { return Ok(None) };
    let pairs: Vec<(Json, &Json)> = match sent {
        Json::Object(map) => map.iter().map(|(id, it)| (Json::from(id.as_str()), it)).collect(),
        // With the keys 0, 1, 2, ... an object has become a list.
        Json::Array(items) => items.iter().enumerate().map(|(at, it)| (Json::from(at), it)).collect(),
        _ => Vec::new(),
    };
    let mut roles: HashMap<i64, &'static str> = HashMap::new();
    for (id, member) in pairs.iter().filter(|(id, _)| read_int(id) != Some(0)) {
        let role = match member.get("TYPE").and_then(read_text).as_deref() {
            Some("A") => "A",
            Some("U") => "U",
            _ => return Err(exception(8, "The TYPE of a member is A or U")),
        };
        if let Some(id) = read_int(id) {
            // An ID can be spelled in several ways.
            roles.entry(id).or_insert(role);
        }
    }
    let ids = people::read_list(call, "MEMBERS", &pairs.into_iter().map(|(id, _)| id).collect())?;
    Ok(Some(ids.into_iter().filter_map(|id| Some((id, *roles.get(&id)?))).collect()))
}

/// Writes the members of an item, who get the same roles in the task.
///
/// Whoever may work on a checklist may name them, though they may not change the task's participants otherwise: the public
/// documentation gives the methods to the participants of a task, and says that the system adds members to it.
pub(super) fn write_members(
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

/// The members of these items.
pub(super) fn members(call: &mut Call<'_, '_>, ids: &[i64]) -> Result<HashMap<i64, Vec<Json>>> {
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
