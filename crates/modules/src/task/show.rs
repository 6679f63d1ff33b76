//! A task as the answers of `tasks.task.*` show it: its fields, and around them what they point to.

use super::{
    checklist_tree,
    fields::{ON_REQUEST, TASK},
    people::{self, PICTURE, People},
    rights::{self, Deed, Standing, Task},
};
use crate::group::{GROUP, rights::seen_in_lists};
use muster_core::{
    Answer, Call, Json, Map, Result,
    field::{Field, Kind},
    filter::Cond,
    json,
    list::{ids, noted, records},
    params::read_int,
};
use muster_db::Sql;
use std::collections::{BTreeSet, HashMap};

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

/// Several tasks as values.
fn many(call: &mut Call<'_, '_>, ids: &[i64], select: &[&'static Field]) -> Result<Vec<Json>> {
    let answer = Answer { text: Some(written(call, ids, select)?), ..Answer::default() }.parsed();
    Ok(if let Json::Array(tasks) = answer.result { tasks } else { Vec::new() })
}

/// Several tasks with these fields, and with the people and workgroups that these name, as JSON text.
pub(super) fn written(call: &mut Call<'_, '_>, ids: &[i64], select: &[&'static Field]) -> Result<String> {
    let has = |name: &str| select.iter().any(|it| it.name == name);
    // The workgroup is always shown. Tags are shown with their IDs, which the field does not have.
    let named = select.iter().copied().filter(|it| PEOPLE.iter().any(|(name, _)| *name == it.name));
    let shown: Vec<&'static Field> = named.chain(TASK.field("GROUP_ID")).collect();
    let fields: Vec<&'static Field> = select.iter().copied().filter(|it| it.name != "TAGS").collect();
    let tasks = noted(call, &TASK, ids, (&fields, &shown), "")?;
    let tags = if has("TAGS") { Some(tags(call, ids)?) } else { None };
    let (mut people, mut groups) = (Vec::new(), BTreeSet::new());
    for at in 0..ids.len() {
        for (field, numbers) in shown.iter().zip(tasks.numbers(at)) {
            let numbers = numbers.iter().filter(|it| **it > 0);
            if field.name == "GROUP_ID" { groups.extend(numbers) } else { people.extend(numbers) }
        }
    }
    let (people, groups) = (people::written(call, people)?, self::groups(call, &groups)?);
    let mut text = String::with_capacity(tasks.length() * 2 + 64 * ids.len() + 2);
    let view = people::view(call);
    for (at, id) in ids.iter().enumerate() {
        let end = text.len();
        text.push(if text.is_empty() { '[' } else { ',' });
        if !tasks.write(&mut text, at, view) {
            text.truncate(end);
            continue;
        }
        // More members follow.
        text.pop();
        Members { text: &mut text, people: &people, groups: &groups }.write(&shown, tasks.numbers(at));
        if let Some(tags) = &tags {
            member(&mut text, "tags", &or_list(tags.get(id).cloned().unwrap_or_default()).to_string());
        }
        if has("DESCRIPTION") && !has("DESCRIPTION_IN_BBCODE") {
            member(&mut text, "descriptionInBbcode", "\"Y\"");
        }
        text.push('}');
    }
    text.push_str(if text.is_empty() { "[]" } else { "]" });
    Ok(text)
}

/// The fields that name people, and what is shown of these beside them.
const PEOPLE: &[(&str, &str)] = &[
    ("CREATED_BY", "creator"),
    ("RESPONSIBLE_ID", "responsible"),
    ("ACCOMPLICES", "accomplicesData"),
    ("AUDITORS", "auditorsData"),
];

/// What a task shows beside its fields.
struct Members<'m> {
    text: &'m mut String,
    people: &'m People,
    groups: &'m HashMap<i64, String>,
}

impl Members<'_> {
    /// Writes what is shown beside these fields, of which each has these numbers.
    fn write(self, fields: &[&'static Field], numbers: &[Box<[i64]>]) {
        let ids = |name: &str| fields.iter().zip(numbers).find(|it| it.0.name == name).map(|it| &**it.1);
        let group = ids("GROUP_ID").and_then(<[i64]>::first);
        member(self.text, "group", group.and_then(|id| self.groups.get(id)).map_or("[]", String::as_str));
        for (name, shown) in PEOPLE {
            let Some(ids) = ids(name) else { continue };
            let known = ids.iter().filter_map(|id| Some((id, self.people.get(*id)?)));
            if !shown.ends_with("Data") {
                known.for_each(|(_, person)| member(self.text, shown, person));
                continue;
            }
            member(self.text, shown, "");
            let start = self.text.len();
            for (id, person) in known {
                let begin = if self.text.len() == start { "{\"" } else { ",\"" };
                self.text.extend([begin, &id.to_string(), "\":", person]);
            }
            self.text.push_str(if self.text.len() == start { "[]" } else { "}" });
        }
    }
}

/// Adds a member to the text of an object that is not closed yet.
fn member(text: &mut String, name: &str, value: &str) {
    let comma = if text.ends_with('{') { "" } else { "," };
    text.extend([comma, "\"", name, "\":", value]);
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
fn groups(call: &mut Call<'_, '_>, wanted: &BTreeSet<i64>) -> Result<HashMap<i64, String>> {
    let Some(group_id) = GROUP.field("ID").filter(|_| !wanted.is_empty()) else { return Ok(HashMap::new()) };
    let cond = Cond::All(vec![
        Cond::In(group_id, wanted.iter().map(|id| (*id).into()).collect()),
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
            })
            .to_string(),
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
