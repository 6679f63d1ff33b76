//! Tasks in REST 3.0: the twins of `tasks.task.add`, `.get`, `.list`, `.update` and `.delete`, over the same rules.

use super::{
    edit::{create, modify, remove},
    rights::{self, Deed, Standing, Task},
    v3_fields::{EDITABLE, TASK_V3},
    v3_related as related,
};
use muster_core::{
    Answer, Call, Error, Json, Map, Params, Result,
    error::{ACCESS_DENIED, ARGUMENT, CORE},
    error_v3::NOT_FOUND,
    field::{Field, Kind},
    filter::Cond,
    json, list, list_v3,
    method::{Param, param},
    params::{read_choice, read_int, read_text},
};

const SELECT: Param = param("SELECT", "array", "The fields to answer with, those of related objects with a dot");
const ID: Param = param("ID", "integer", "Which task").required();

pub(super) const ADD: &[Param] = &[param("FIELDS", "object", "title, creatorId, responsibleId and others").required()];
pub(super) const UPDATE: &[Param] = &[ID, param("FIELDS", "object", "The fields to change").required()];
pub(super) const GET: &[Param] = &[ID, SELECT];
pub(super) const DELETE: &[Param] = &[ID];
pub(super) const LIST: &[Param] = &[
    param("SELECT", "array", "The fields to answer with, those of related objects with a dot; the ID if left out"),
    param("FILTER", "array", "Conditions such as [\"id\", \">\", 5], and groups with logic and conditions"),
    param("ORDER", "object", "Fields with ASC or DESC"),
    param("PAGINATION", "object", "limit, at most 1000, with page or offset"),
];
pub(super) const FIELD_LIST: &[Param] = &[param("SELECT", "array", "What to tell of each field")];
pub(super) const FIELD_GET: &[Param] =
    &[param("NAME", "string", "Which field").required(), param("SELECT", "array", "What to tell of the field")];

/// What is a part of a task and no field of it.
const PARTS: &[&str] = &["link", "rights", "scenarios"];

/// What someone may do with a task, as it is called here.
const RIGHTS: &[(&str, Option<Deed>)] = &[
    ("read", Some(Deed::See)),
    ("watch", Some(Deed::Discuss)),
    ("mute", Some(Deed::See)),
    ("createResult", None),
    ("edit", Some(Deed::Edit)),
    ("remove", Some(Deed::Remove)),
    ("complete", Some(Deed::Complete)),
    ("approve", Some(Deed::Approve)),
    ("disapprove", Some(Deed::Disapprove)),
    ("start", Some(Deed::Start)),
    ("take", None),
    ("delegate", Some(Deed::Delegate)),
    ("defer", Some(Deed::Defer)),
    ("renew", Some(Deed::Renew)),
    ("deadline", Some(Deed::ChangeDeadline)),
    ("datePlan", Some(Deed::Edit)),
    ("changeDirector", None),
    ("changeResponsible", Some(Deed::Edit)),
    ("changeAccomplices", Some(Deed::Edit)),
    ("pause", Some(Deed::Pause)),
    ("timeTracking", None),
    ("mark", Some(Deed::Edit)),
    ("changeStatus", Some(Deed::Edit)),
    ("reminder", None),
    ("addAuditors", Some(Deed::Edit)),
    ("elapsedTime", Some(Deed::TrackTime)),
    ("favorite", Some(Deed::See)),
    ("checklistAdd", Some(Deed::Checklist)),
    ("checklistEdit", Some(Deed::Checklist)),
    ("checklistSave", Some(Deed::Checklist)),
    ("checklistToggle", Some(Deed::Checklist)),
    ("automate", None),
    ("resultEdit", None),
    ("completeResult", None),
    ("removeResult", None),
    ("resultRead", None),
    ("createSubtask", Some(Deed::See)),
    ("copy", Some(Deed::See)),
    ("saveAsTemplate", None),
    ("attachFile", None),
    ("detachFile", None),
    ("detachParent", Some(Deed::Edit)),
    ("createGanttDependence", Some(Deed::Edit)),
    ("sort", Some(Deed::Edit)),
];

fn rights_of(task: &Task, who: &Standing) -> Json {
    let lets = |deed: &Option<Deed>| deed.is_some_and(|deed| task.lets(who, deed));
    let mut rights: Map<String, Json> =
        RIGHTS.iter().map(|(name, deed)| ((*name).to_owned(), lets(deed).into())).collect();
    rights.insert("admin".to_owned(), who.manages.into());
    Json::Object(rights)
}

/// Adds a task and answers it.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let fields = read_fields(call, true)?;
    let id = create(call, &fields).map_err(in_v3)?;
    one(call, id)
}

/// Changes a task.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_id(call)?;
    let fields = read_fields(call, false)?;
    let (task, who) = rights::find_to_change(call, id)?.ok_or_else(|| ACCESS_DENIED.error())?;
    modify(call, &task, &who, &fields).map_err(in_v3)?;
    Ok(true.into())
}

/// Deletes a task.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_id(call)?;
    let found = rights::find_to_change(call, id)?.filter(|(task, who)| task.lets(who, Deed::Remove));
    found.ok_or_else(|| ACCESS_DENIED.error())?;
    remove(call, id)?;
    Ok(true.into())
}

/// One task.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_id(call)?;
    one(call, id)
}

fn one(call: &mut Call<'_, '_>, id: i64) -> Result<Answer> {
    let missing = || NOT_FOUND.say(format!("Record with ID = `{id}` not found"));
    let (task, who) = rights::find(call, id)?.ok_or_else(missing)?;
    let names = read_select(call)?;
    let select = if names.is_empty() { TASK_V3.fields.iter().collect() } else { chosen(&names) };
    let mut shown = show(call, &[id], &select, &names)?.pop().unwrap_or_default();
    let is_wanted = |part: &str| names.is_empty() || names.iter().any(|it| it == part);
    for part in PARTS.iter().filter(|part| is_wanted(part)) {
        shown[*part] = match *part {
            "link" => format!("/company/personal/user/{}/tasks/task/view/{id}/", call.caller.user_id).into(),
            "rights" => rights_of(&task, &who),
            _ => json!(["default"]),
        };
    }
    Ok(shown.into())
}

/// Tasks that pass a filter.
pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let cond = Cond::All(vec![rights::seen(call)?, list_v3::read_filter(&TASK_V3, call)?]);
    let order = list_v3::read_order(&TASK_V3, call)?;
    let window = list_v3::read_window(call.params)?;
    let names = read_select(call)?;
    let ids = list::ids(call, &TASK_V3, &cond, &order, window)?;
    let select = chosen(&names);
    Ok(Json::Array(show(call, &ids, &select, &names)?).into())
}

/// What someone may do with a task.
pub(super) fn access(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_id(call)?;
    let (task, who) = rights::find(call, id)?.ok_or_else(|| ACCESS_DENIED.error())?;
    Ok(rights_of(&task, &who).into())
}

/// The fields of a task.
pub(super) fn field_list(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(json!({ "items": describe(call)? }).into())
}

/// One of them.
pub(super) fn field_get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let missing = || ARGUMENT.say("Required field `name` is missing").about("name");
    let name = call.params.get("NAME").and_then(read_text).filter(|it| !it.is_empty()).ok_or_else(missing)?;
    let at = TASK_V3.fields.iter().position(|it| TASK_V3.shown_name(it) == name);
    let at = at.ok_or_else(|| NOT_FOUND.say(format!("Field `{name}` not found")))?;
    Ok(json!({ "item": describe(call)?.into_iter().nth(at) }).into())
}

fn describe(call: &Call<'_, '_>) -> Result<Vec<Json>> {
    let editable: Vec<&str> = EDITABLE.iter().map(|(name, _)| *name).collect();
    list_v3::describe(&TASK_V3, call, &["TITLE", "CREATOR_ID", "RESPONSIBLE_ID"], &editable)
}

fn read_id(call: &Call<'_, '_>) -> Result<i64> {
    let sent = call.params.get("ID").ok_or_else(|| ARGUMENT.say("Required field `id` is missing").about("id"))?;
    read_int(sent).ok_or_else(|| ARGUMENT.say("Field `id` requires data type `int` for this request").about("id"))
}

/// The names in `select`; none if everything usual is asked for.
fn read_select(call: &Call<'_, '_>) -> Result<Vec<String>> {
    let names: Vec<String> =
        call.params.list("SELECT").iter().filter_map(read_text).filter(|it| !it.is_empty()).collect();
    for (object, field) in names.iter().filter_map(|it| it.split_once('.')) {
        related::check(object, field)?;
    }
    Ok(names)
}

/// The fields of these names. What does not exist is left out, as documented; the ID is always there.
fn chosen(names: &[String]) -> Vec<&'static Field> {
    TASK_V3
        .fields
        .iter()
        .filter(|field| field.name == "ID" || names.iter().any(|it| *it == TASK_V3.shown_name(field)))
        .collect()
}

/// Tasks with these fields and with the related objects that are named.
fn show(call: &mut Call<'_, '_>, ids: &[i64], select: &[&'static Field], names: &[String]) -> Result<Vec<Json>> {
    let mut tasks = list::records(call, &TASK_V3, ids, select, "")?;
    list_marks(&mut tasks, call.caller.user_id);
    related::add(call, ids, &mut tasks, names)?;
    Ok(tasks)
}

/// Shows marks as the people whose they are, of whom the caller is told only of themselves.
pub(super) fn list_marks(tasks: &mut [Json], me: i64) {
    for task in tasks.iter_mut().filter_map(Json::as_object_mut) {
        for name in ["inFavorite", "inPin", "inGroupPin", "inMute"] {
            if let Some(mark) = task.get_mut(name) {
                *mark = if mark.as_bool() == Some(true) { json!([me]) } else { json!([]) };
            }
        }
    }
}

/// `fields` as the older methods know them.
fn read_fields(call: &Call<'_, '_>, is_new: bool) -> Result<Params> {
    let missing = |name: &str| ARGUMENT.say(format!("Required field `{name}` is missing")).about(name.to_owned());
    let Some(Json::Object(sent)) = call.params.get("FIELDS") else { return Err(missing("fields")) };
    if sent.is_empty() {
        return Err(missing("fields"));
    }
    let mut fields = Map::new();
    for (name, value) in sent {
        let field = TASK_V3.fields.iter().find(|it| TASK_V3.shown_name(it) == *name);
        let field = field.ok_or_else(|| list_v3::unknown(name, &TASK_V3))?;
        let older = match EDITABLE.iter().find(|(it, _)| *it == field.name) {
            Some((_, older)) => *older,
            None if is_new && field.name == "CREATOR_ID" => "CREATED_BY",
            None => {
                let said = format!(
                    "In DTO `TaskDto`, the field `{name}` requires the presence of the `Editable` attribute for such a request"
                );
                return Err(ARGUMENT.say(said).about(name.clone()));
            }
        };
        fields.insert(older.to_owned(), read_value(field, name, value)?);
    }
    let is_there = |older: &str| fields.get(older).is_some_and(|it| !it.is_null());
    for (name, older) in [("title", "TITLE"), ("creatorId", "CREATED_BY"), ("responsibleId", "RESPONSIBLE_ID")] {
        if is_new && !is_there(older) {
            return Err(missing(name));
        }
    }
    Params::new(Json::Object(fields))
}

/// A value as the older methods write it: words for numbers, and people by their IDs alone.
fn read_value(field: &Field, name: &str, value: &Json) -> Result<Json> {
    let wrong = |kind: &str| {
        ARGUMENT.say(format!("Field `{name}` requires data type `{kind}` for this request")).about(name.to_owned())
    };
    Ok(match (field.name, field.kind) {
        (_, Kind::Choice(words)) if !value.is_null() => read_choice(words, value)
            .ok_or_else(|| wrong(&words.iter().map(|it| it.0).collect::<Vec<_>>().join("|")))?
            .into(),
        ("MARK", _) if value == "none" => Json::Null,
        ("AUTOCOMPLETE_SUB_TASKS", _) => json!([{ "CODE": 2, "VALUE": value }]),
        ("ACCOMPLICES" | "AUDITORS", _) => {
            let people = value.as_array().ok_or_else(|| wrong("array"))?;
            people.iter().map(|it| it.get("id").unwrap_or(it).clone()).collect()
        }
        (_, Kind::Instant(_)) if value.is_number() => return Err(wrong("DateTime")),
        _ => value.clone(),
    })
}

/// An error as REST 3.0 says it: under the name that the field has here.
fn in_v3(err: Error) -> Error {
    if err.code == &super::NOT_ALLOWED || err.code == &super::FORBIDDEN {
        return ACCESS_DENIED.error();
    }
    let older = err.argument.as_deref().unwrap_or_default().to_owned();
    if older.is_empty() || !(err.code == &CORE || err.code == &ARGUMENT) {
        return err;
    }
    let name = EDITABLE.iter().find(|(_, it)| *it == older).map_or(older.as_str(), |(name, _)| *name);
    let name = if older == "CREATED_BY" { "CREATOR_ID" } else { name };
    if err.code == &CORE && err.said.starts_with("Access denied") {
        return ACCESS_DENIED.error();
    }
    ARGUMENT.say(err.said).about(muster_core::field::camel(name))
}
