//! A task as the answers of `tasks.task.*` show it: its fields, and around them what they point to.

use super::{
    checklist_tree,
    fields::{ON_REQUEST, TASK},
    people::{self, PICTURE},
    rights::{self, Deed, Standing, Task},
};
use crate::group::{GROUP, rights::seen_in_lists};
use muster_core::{
    Answer, Call, Json, Map, Result,
    field::{Field, Kind},
    filter::Cond,
    json,
    list::{ids, records},
    params::{read_int, read_text},
};
use muster_db::Sql;
use std::collections::{BTreeMap, HashMap};

/// The deeds that a task's answer tells of, as they are called there. What there is none of yet is never allowed.
const ACTIONS: &[(&str, Option<Deed>)] = &[
    ("accept", None),
    ("decline", None),
    ("complete", Some(Deed::Complete)),
    ("approve", Some(Deed::Approve)),
    ("disapprove", Some(Deed::Disapprove)),
    ("start", Some(Deed::Start)),
    ("pause", Some(Deed::Pause)),
    ("delegate", Some(Deed::Delegate)),
    ("remove", Some(Deed::Remove)),
    ("edit", Some(Deed::Edit)),
    ("defer", Some(Deed::Defer)),
    ("renew", Some(Deed::Renew)),
    ("create", Some(Deed::See)),
    ("changeDeadline", Some(Deed::ChangeDeadline)),
    ("checklistAddItems", Some(Deed::Checklist)),
    ("addFavorite", Some(Deed::Favor)),
    ("deleteFavorite", Some(Deed::Unfavor)),
    ("rate", Some(Deed::Edit)),
    ("take", None),
    ("edit.originator", None),
    ("checklist.reorder", Some(Deed::Checklist)),
    ("elapsedtime.add", Some(Deed::TrackTime)),
    ("dayplan.timer.toggle", None),
    ("edit.plan", Some(Deed::Edit)),
    ("checklist.add", Some(Deed::Checklist)),
    ("favorite.add", Some(Deed::Favor)),
    ("favorite.delete", Some(Deed::Unfavor)),
];

/// What someone may do with a task, by the names of the deeds.
pub(super) fn actions(task: Option<&Task>, who: Option<&Standing>, name: impl Fn(&str) -> String) -> Json {
    let allowed = |deed: &Option<Deed>| match (task, who, deed) {
        (Some(task), Some(who), Some(deed)) => task.lets(who, *deed),
        _ => false,
    };
    ACTIONS.iter().map(|(action, deed)| (name(action), Json::from(allowed(deed)))).collect::<Map<_, _>>().into()
}

/// The fields that are shown if none are asked for: all but custom ones.
pub(super) fn by_default(call: &Call<'_, '_>) -> Vec<&'static Field> {
    let visible = call.visible(&TASK);
    visible.into_iter().filter(|it| !it.is_custom() && !ON_REQUEST.contains(&it.name)).collect()
}

/// A task with everything that an answer about one task shows.
pub(super) fn whole(call: &mut Call<'_, '_>, id: i64) -> Result<Answer> {
    let select = by_default(call);
    one(call, id, &select, true)
}

/// A task with these fields. An empty list if the caller does not see it.
pub(super) fn one(call: &mut Call<'_, '_>, id: i64, select: &[&'static Field], whole: bool) -> Result<Answer> {
    let Some((task, who)) = rights::find(call, id)? else { return Ok(json!([]).into()) };
    let Some(Json::Object(mut shown)) = many(call, &[id], select)?.into_iter().next() else {
        return Ok(json!([]).into());
    };
    shown.insert("action".to_owned(), actions(Some(&task), Some(&who), str::to_owned));
    if whole {
        let may = task.lets(&who, Deed::Checklist);
        let (items, tree) = checklist_tree::of_task(call, id, may)?;
        shown.insert("checklist".to_owned(), items);
        shown.insert("checkListTree".to_owned(), tree);
        shown.insert("checkListCanAdd".to_owned(), may.into());
    }
    Ok(Json::Object(shown).into())
}

/// Several tasks with these fields, and with the people and workgroups that these name.
pub(super) fn many(call: &mut Call<'_, '_>, ids: &[i64], select: &[&'static Field]) -> Result<Vec<Json>> {
    let mut wanted = select.to_vec();
    // The workgroup is always shown.
    if !wanted.iter().any(|it| it.name == "GROUP_ID") {
        wanted.extend(TASK.field("GROUP_ID"));
    }
    let mut tasks = records(call, &TASK, ids, &wanted, "")?;
    let with_group = wanted.len() == select.len();
    let tags = if select.iter().any(|it| it.name == "TAGS") { tags(call, ids)? } else { HashMap::new() };
    let people = people::shown(call, tasks.iter().flat_map(named).collect::<Vec<_>>())?;
    let groups = groups(call, tasks.iter().filter_map(|it| read_int(&it["groupId"])).filter(|it| *it > 0))?;
    for (task, id) in tasks.iter_mut().filter_map(Json::as_object_mut).zip(ids) {
        let group = task.get("groupId").and_then(read_int).and_then(|id| groups.get(&id)).cloned();
        if !with_group {
            task.shift_remove("groupId");
        }
        task.insert("group".to_owned(), group.unwrap_or_else(|| json!([])));
        add_people(task, &people);
        if task.contains_key("tags") {
            let tags: Map<String, Json> = tags.get(id).cloned().unwrap_or_default();
            task.insert("tags".to_owned(), or_list(tags));
        }
        if task.contains_key("description") {
            task.insert("descriptionInBbcode".to_owned(), "Y".into());
        }
    }
    Ok(tasks)
}

/// The people that a task names.
fn named(task: &Json) -> Vec<i64> {
    let mut ids: Vec<i64> = ["createdBy", "responsibleId"].iter().filter_map(|it| read_int(&task[*it])).collect();
    for list in ["accomplices", "auditors"] {
        ids.extend(task[list].as_array().into_iter().flatten().filter_map(read_int));
    }
    ids
}

/// Adds what is known of the people whose IDs are shown.
fn add_people(task: &mut Map<String, Json>, people: &HashMap<i64, Json>) {
    for (name, shown) in [("createdBy", "creator"), ("responsibleId", "responsible")] {
        let person = task.get(name).and_then(read_int).and_then(|id| people.get(&id)).cloned();
        task.extend(person.map(|it| (shown.to_owned(), it)));
    }
    for (name, shown) in [("accomplices", "accomplicesData"), ("auditors", "auditorsData")] {
        let Some(ids) = task.get_mut(name).and_then(Json::as_array_mut) else { continue };
        let known = ids.iter().filter_map(read_int).filter_map(|id| Some((id.to_string(), people.get(&id)?.clone())));
        let data = or_list(known.collect());
        for id in ids {
            *id = read_text(id).into();
        }
        task.insert(shown.to_owned(), data);
    }
}

/// An object, or an empty list where it would be empty, as PHP writes it.
pub(super) fn or_list(map: Map<String, Json>) -> Json {
    if map.is_empty() { json!([]) } else { Json::Object(map) }
}

/// The tags of these tasks, by their IDs.
fn tags(call: &mut Call<'_, '_>, ids: &[i64]) -> Result<HashMap<i64, Map<String, Json>>> {
    let mut tags: HashMap<i64, Map<String, Json>> = HashMap::new();
    if ids.is_empty() {
        return Ok(tags);
    }
    let mut sql = Sql::new("select task_id, id, name from task_tags where task_id in (");
    sql.bind_all(ids.iter().copied()).push(") order by task_id, position");
    for row in call.tx.rows(&sql)? {
        let tag = json!({ "id": row.int(1)?, "title": row.text(2) });
        tags.entry(row.int(0)?).or_default().insert(row.int(1)?.to_string(), tag);
    }
    Ok(tags)
}

/// What is shown of those of these workgroups that the caller sees.
fn groups(call: &mut Call<'_, '_>, wanted: impl Iterator<Item = i64>) -> Result<HashMap<i64, Json>> {
    let wanted: BTreeMap<i64, ()> = wanted.map(|id| (id, ())).collect();
    let Some(group_id) = GROUP.field("ID").filter(|_| !wanted.is_empty()) else { return Ok(HashMap::new()) };
    let cond = Cond::All(vec![
        Cond::In(group_id, wanted.keys().map(|id| (*id).into()).collect()),
        seen_in_lists(call.caller, true),
    ]);
    let most = i64::try_from(wanted.len()).unwrap_or(i64::MAX);
    let found = ids(call, &GROUP, &cond, &[], (0, most))?;
    let select: Vec<&'static Field> =
        ["ID", "NAME", "OPENED", "NUMBER_OF_MEMBERS", "AVATAR"].iter().filter_map(|it| GROUP.field(it)).collect();
    let mut groups = HashMap::new();
    for (id, group) in found.iter().zip(records(call, &GROUP, &found, &select, PICTURE)?) {
        groups.insert(
            *id,
            json!({
                "id": group["ID"],
                "name": group["NAME"],
                "opened": group["OPENED"] == "Y",
                "membersCount": read_int(&group["NUMBER_OF_MEMBERS"]),
                "image": group["AVATAR"],
                "additionalData": [],
            }),
        );
    }
    Ok(groups)
}

/// How `tasks.task.getFields` describes a field.
pub(super) fn describe(field: &Field) -> Json {
    let choices = |words: &[&str]| words.iter().map(|it| ((*it).to_owned(), Json::from(*it))).collect::<Map<_, _>>();
    let kind = match field.kind {
        _ if field.is_many() => json!({ "type": "array" }),
        Kind::Id | Kind::Int | Kind::User => json!({ "type": "integer" }),
        Kind::Real => json!({ "type": "double" }),
        Kind::Bool | Kind::YesNo | Kind::ZeroOne => {
            json!({ "type": "enum", "values": { "Y": "Yes", "N": "No" }, "default": "N" })
        }
        Kind::OneOf(words) => json!({ "type": "enum", "values": choices(words) }),
        Kind::Choice(words) => {
            json!({ "type": "enum", "values": choices(&words.iter().map(|it| it.0).collect::<Vec<_>>()) })
        }
        Kind::Instant(_) => json!({ "type": "datetime" }),
        Kind::Date => json!({ "type": "date" }),
        Kind::Image | Kind::File => json!({ "type": "file" }),
        Kind::Text => json!({ "type": "string" }),
    };
    let mut described = json!({ "title": field.title });
    for (name, value) in kind.as_object().into_iter().flatten() {
        described[name] = value.clone();
    }
    described
}
