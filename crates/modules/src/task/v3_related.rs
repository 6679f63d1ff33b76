//! The objects that a task points to, as REST 3.0 shows them with the task: `"select": ["responsible.name"]`.

use super::{people, rights, v3::list_marks, v3_fields::TASK_V3};
use crate::group::{GROUP, rights::seen_in_lists};
use muster_core::{
    Call, Json, Map, Result, error_v3::UNKNOWN_FIELD, field::Field, filter::Cond, json, list, params::read_int,
    record::picture_url,
};
use muster_db::{Row, Sql};
use std::collections::HashMap;

/// What kind of object stands behind a name.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Person,
    Group,
    Stage,
    Task,
    /// There is none of it yet.
    Nothing,
}

/// The related objects: their name, the field that holds their ID, and what they are.
const RELATED: &[(&str, &str, Kind)] = &[
    ("creator", "CREATOR_ID", Kind::Person),
    ("responsible", "RESPONSIBLE_ID", Kind::Person),
    ("changedBy", "CHANGED_BY_ID", Kind::Person),
    ("statusChangedBy", "STATUS_CHANGED_BY_ID", Kind::Person),
    ("closedBy", "CLOSED_BY_ID", Kind::Person),
    ("accomplices", "ACCOMPLICES", Kind::Person),
    ("auditors", "AUDITORS", Kind::Person),
    ("group", "GROUP_ID", Kind::Group),
    ("stage", "STAGE_ID", Kind::Stage),
    ("parent", "PARENT_ID", Kind::Task),
    ("flow", "FLOW_ID", Kind::Nothing),
    ("chat", "CHAT_ID", Kind::Nothing),
    ("email", "EMAIL_ID", Kind::Nothing),
    ("forkedByTemplate", "FORKED_BY_TEMPLATE_ID", Kind::Nothing),
];

impl Kind {
    fn entity(self) -> &'static str {
        match self {
            Kind::Person => "UserDto",
            Kind::Group => "GroupDto",
            Kind::Stage => "StageDto",
            Kind::Task => "TaskDto",
            Kind::Nothing => "Dto",
        }
    }

    fn has(self, field: &str) -> bool {
        match self {
            Kind::Person => {
                ["id", "name", "role", "image", "gender", "email", "externalAuthId", "rights"].contains(&field)
            }
            Kind::Group => ["id", "name", "image", "type", "isVisible"].contains(&field),
            Kind::Stage => ["id", "title", "color"].contains(&field),
            Kind::Task => TASK_V3.fields.iter().any(|it| TASK_V3.shown_name(it) == field),
            Kind::Nothing => true,
        }
    }
}

/// Refuses a field that a related object does not have.
pub(super) fn check(object: &str, field: &str) -> Result<()> {
    let known = RELATED.iter().find(|(name, ..)| *name == object);
    let field = field.split('.').next().unwrap_or_default();
    match known {
        Some((.., kind)) if kind.has(field) => Ok(()),
        Some((.., kind)) => Err(UNKNOWN_FIELD.say(format!("Unknown field `{field}` for entity `{}`", kind.entity()))),
        None => Err(UNKNOWN_FIELD.say(format!("Unknown field `{object}` for entity `TaskDto`"))),
    }
}

/// Adds the related objects that are named to these tasks.
pub(super) fn add(call: &mut Call<'_, '_>, ids: &[i64], tasks: &mut [Json], names: &[String]) -> Result<()> {
    for (object, field, kind) in RELATED {
        let fields: Vec<&str> =
            names.iter().filter_map(|it| it.split_once('.')).filter(|it| it.0 == *object).map(|it| it.1).collect();
        let is_list = matches!(*field, "ACCOMPLICES" | "AUDITORS");
        let whole = names.iter().any(|it| it == object) && !is_list;
        if fields.is_empty() && !whole {
            continue;
        }
        let select: Vec<&'static Field> = TASK_V3.field(field).into_iter().collect();
        let held = list::records(call, &TASK_V3, ids, &select, "")?;
        let name = muster_core::field::camel(field);
        let known = load(call, *kind, held.iter().flat_map(|it| ids_in(&it[&name])).collect())?;
        let of = |id: &i64| known.get(id).map(|it| only(it, &fields));
        for (task, held) in tasks.iter_mut().zip(&held) {
            let found: Vec<Json> = ids_in(&held[&name]).iter().filter_map(of).collect();
            task[*object] = if is_list { found.into() } else { found.into_iter().next().unwrap_or_default() };
        }
    }
    Ok(())
}

/// The ID, or the IDs, that a field holds.
fn ids_in(value: &Json) -> Vec<i64> {
    match value {
        Json::Array(items) => items.iter().filter_map(read_int).collect(),
        one => read_int(one).into_iter().collect(),
    }
}

/// Only these members of an object; all if there are none.
fn only(object: &Json, fields: &[&str]) -> Json {
    let is_wanted = |name: &str| fields.is_empty() || fields.iter().any(|it| it.split('.').next() == Some(name));
    let members = object.as_object().into_iter().flatten().filter(|(name, _)| is_wanted(name));
    Json::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// The objects of a kind with these IDs that the caller sees.
fn load(call: &mut Call<'_, '_>, kind: Kind, mut ids: Vec<i64>) -> Result<HashMap<i64, Json>> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    match kind {
        Kind::Person => persons(call, ids),
        Kind::Group => groups(call, &ids),
        Kind::Stage => {
            let mut sql = Sql::new("select id, title, color from task_stages where id in (");
            sql.bind_all(ids).push(")");
            let rows = call.tx.rows(&sql)?;
            let shown =
                |row: &Row| Ok((row.int(0)?, json!({ "id": row.int(0)?, "title": row.text(1), "color": row.text(2) })));
            rows.iter().map(shown).collect()
        }
        Kind::Task => {
            let Some(id) = TASK_V3.field("ID") else { return Ok(HashMap::new()) };
            let wanted = Cond::In(id, ids.iter().map(|it| (*it).into()).collect());
            let cond = Cond::All(vec![wanted, rights::seen(call)?]);
            let most = i64::try_from(ids.len()).unwrap_or(i64::MAX);
            let seen = list::ids(call, &TASK_V3, &cond, &[], (0, most))?;
            let select: Vec<&'static Field> = TASK_V3.fields.iter().collect();
            let mut tasks = list::records(call, &TASK_V3, &seen, &select, "")?;
            list_marks(&mut tasks, call.caller.user_id);
            Ok(seen.into_iter().zip(tasks).collect())
        }
        Kind::Nothing => Ok(HashMap::new()),
    }
}

/// The scopes that show e-mail addresses.
const EMAIL: &[&str] = &["user", "user_basic"];

fn persons(call: &mut Call<'_, '_>, ids: Vec<i64>) -> Result<HashMap<i64, Json>> {
    let with_email = call.caller.holds_any(EMAIL);
    let mut shown = HashMap::new();
    for (id, row) in people::read(call, ids)? {
        let text = |column: usize| row.as_ref().and_then(|row| row.opt_text(column)).map(str::to_owned);
        let (first, last) = (text(1).unwrap_or_default(), text(2).unwrap_or_default());
        let image = text(3).map(|it| json!({ "src": picture_url(&it, people::view(call)) }));
        shown.insert(
            id,
            json!({
                "id": id,
                "name": crate::access::full_name(id, &first, &last),
                "role": text(8),
                "image": image,
                "gender": text(7),
                "email": if with_email { text(6) } else { None },
                "externalAuthId": null,
                "rights": [],
            }),
        );
    }
    Ok(shown)
}

fn groups(call: &mut Call<'_, '_>, ids: &[i64]) -> Result<HashMap<i64, Json>> {
    let Some(id) = GROUP.field("ID") else { return Ok(HashMap::new()) };
    let cond =
        Cond::All(vec![Cond::In(id, ids.iter().map(|it| (*it).into()).collect()), seen_in_lists(call.caller, true)]);
    let most = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let found = list::ids(call, &GROUP, &cond, &[], (0, most))?;
    let select: Vec<&'static Field> =
        ["ID", "NAME", "TYPE", "VISIBLE", "IMAGE"].iter().filter_map(|it| GROUP.field(it)).collect();
    let groups = list::records(call, &GROUP, &found, &select, people::PICTURE)?;
    let shown = |group: &Json| {
        let image = group["IMAGE"].as_str().filter(|it| !it.is_empty()).map(|it| json!({ "src": it }));
        json!({
            "id": read_int(&group["ID"]), "name": group["NAME"], "image": image, "type": group["TYPE"],
            "isVisible": group["VISIBLE"] == "Y",
        })
    };
    Ok(found.into_iter().zip(groups.iter().map(shown)).collect())
}
