//! Adding, changing and deleting tasks.

use super::{
    FORBIDDEN, NOT_ALLOWED, PARAM,
    fields::{COMPLETED, PENDING, STATUSES, TASK},
    history, index,
    lists::{read_crm_items, read_tags},
    people, read_task_id,
    rights::{self, Deed, Standing, Task},
    show, stages, status,
    store::{self, Changes},
};
use crate::group::{self, rights::Role};
use muster_core::{
    Answer, Call, Chance, Error, Json, Params, Result,
    call::Right,
    custom,
    error::CORE,
    method::{Param, param},
    params::{read_bool, read_int, wrong},
    record::{self, Columns},
};
use muster_db::{Sql, Value};

const FIELDS: Param = param(
    "FIELDS",
    "object",
    "The fields of a task, in either spelling; ACCOMPLICES, AUDITORS, TAGS and UF_CRM_TASK are lists, SE_PARAMETER a list \
     of CODE and VALUE",
)
.required();

pub(super) const ADD: &[Param] = &[FIELDS];
pub(super) const UPDATE: &[Param] = &[param("TASKID", "integer", "Which task").required(), FIELDS];

/// What has to have a value, with the one it has if none is given.
fn defaults() -> [(&'static str, Value); 10] {
    [
        ("priority", 1.into()),
        ("status", PENDING.into()),
        ("allow_change_deadline", false.into()),
        ("allow_time_tracking", false.into()),
        ("task_control", false.into()),
        ("add_in_report", false.into()),
        ("match_work_time", false.into()),
        ("autocomplete", false.into()),
        ("time_estimate", 0.into()),
        ("duration_type", "days".into()),
    ]
}

/// Adds a task and answers it.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let fields = read_fields(call)?;
    let id = create(call, &fields)?;
    show::whole(call, id)
}

/// Adds a task of these fields.
pub(super) fn create(call: &mut Call<'_, '_>, fields: &Params) -> Result<i64> {
    if fields.get("TITLE").is_none_or(|it| it.as_str().is_some_and(|it| it.trim().is_empty())) {
        return Err(CORE.say("Task title not specified").about("TITLE"));
    }
    if fields.get("RESPONSIBLE_ID").is_none_or(record::is_no_one) {
        return Err(CORE.say("Responsible person not specified").about("RESPONSIBLE_ID"));
    }
    let me = call.caller.user_id;
    let mut changes = read_changes(call, fields, None)?;
    for (name, value) in defaults() {
        if value_of(&changes.columns, name).is_none() {
            changes.columns.push((name, value));
        }
    }
    let creator = person(&changes.columns, "creator_id");
    let responsible = person(&changes.columns, "responsible_id");
    if creator.is_none() {
        changes.columns.push(("creator_id", me.into()));
    }
    if creator.is_some_and(|it| it != me) && responsible != Some(me) && !call.caller.may(Right::ManageTasks) {
        return Err(CORE
            .say("Access denied: only for oneself may a task be added in another person's name")
            .about("CREATED_BY"));
    }
    let status = value_of(&changes.columns, "status").cloned();
    if status == Some(COMPLETED.into()) {
        changes.columns.extend([("closed_at", call.now.into()), ("closed_by", me.into())]);
    }
    for name in ["created_at", "changed_at", "status_changed_at", "active_at"] {
        changes.columns.push((name, call.now.into()));
    }
    changes.columns.extend([("changed_by", me.into()), ("version", 1.into()), ("guid", guid(&mut call.chance).into())]);
    let written = custom::read(call, fields, true)?;
    let id = store::insert(call.tx, &changes.columns)?;
    store::write_lists(call.tx, id, &changes)?;
    check_plan(call, id)?;
    custom::write(call, id, &written)?;
    history::note(call, id, "NEW", None, None)?;
    store::tell_add(call, id)?;
    Ok(id)
}

/// Changes what was sent and nothing else, and answers the task.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_task_id(call)?;
    let fields = read_fields(call)?;
    let (task, who) = rights::find_to_change(call, id)?.ok_or_else(|| NOT_ALLOWED.error())?;
    modify(call, &task, &who, &fields)?;
    show::whole(call, id)
}

/// Changes a task by these fields, as far as the caller may.
pub(super) fn modify(call: &mut Call<'_, '_>, task: &Task, who: &Standing, fields: &Params) -> Result<()> {
    let may_edit = task.lets(who, Deed::Edit);
    for (name, value) in fields.iter() {
        let allowed = may_edit
            || match name {
                "DEADLINE" => task.lets(who, Deed::ChangeDeadline),
                "STATUS" => {
                    read_int(value).and_then(|it| status::deed_for(task, it)).is_some_and(|it| task.lets(who, it))
                }
                _ => false,
            };
        if !allowed {
            return Err(NOT_ALLOWED.error());
        }
    }
    let mut changes = read_changes(call, fields, Some(task))?;
    if let Some(creator) = person(&changes.columns, "creator_id")
        && creator != task.creator
        && !call.caller.may(Right::ManageTasks)
    {
        return Err(NOT_ALLOWED.say("Only an administrator may change the creator").about("CREATED_BY"));
    }
    let status = value_of(&changes.columns, "status").cloned();
    changes.columns.retain(|(name, _)| *name != "status");
    let mut completed = false;
    if let Some(Value::Int(status)) = status
        && status != task.status
    {
        let status = status::outcome(task, who, status);
        completed = status == COMPLETED;
        changes.set_status(call, task, status);
    }
    let written = custom::read(call, fields, false)?;
    custom::write(call, task.id, &written)?;
    store::change(call, task.id, &changes)?;
    check_plan(call, task.id)?;
    if completed {
        status::complete_related(call, task.id)?;
    }
    Ok(())
}

/// Deletes a task with all that is in it. Its subtasks stay and hang below nothing.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_task_id(call)?;
    let found = rights::find_to_change(call, id)?.filter(|(task, who)| task.lets(who, Deed::Remove));
    if found.is_none() {
        return Err(FORBIDDEN.say("No access to delete the task"));
    }
    remove(call, id)?;
    Ok(true.into())
}

/// Deletes a task that may be deleted.
pub(super) fn remove(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    store::tell_delete(call, id)?;
    custom::delete_record(call, id)?;
    index::changed(call.tx, id)?;
    index::parent_changed(call.tx, id)?;
    call.tx.run(&Sql::with("delete from tasks where id = $1", [id.into()]))?;
    Ok(())
}

/// `FIELDS` under the names of the task's fields, however they were spelled.
fn read_fields(call: &Call<'_, '_>) -> Result<Params> {
    let missing = || PARAM.say("Could not find value for parameter {fields}").about("FIELDS");
    let Some(Json::Object(sent)) = call.params.get("FIELDS") else { return Err(missing()) };
    if sent.is_empty() {
        return Err(missing());
    }
    let named = sent.iter().map(|(name, value)| {
        let known = call.field(&TASK, name).map_or_else(|| name.to_uppercase(), |it| it.name.to_owned());
        (known, value.clone())
    });
    Params::new(Json::Object(named.collect()))
}

/// Reads what the fields set, and checks each value.
fn read_changes(call: &mut Call<'_, '_>, fields: &Params, task: Option<&Task>) -> Result<Changes> {
    let mut columns = record::read(&TASK, fields, call).map_err(translate)?;
    if value_of(&columns, "title").is_some_and(|it| matches!(it, Value::Text(text) if text.trim().is_empty())) {
        return Err(CORE.say("Task title not specified").about("TITLE"));
    }
    // What has to have a value keeps the one it has.
    let required = defaults().map(|(name, _)| name);
    let is_kept =
        |name: &str| required.contains(&name) || ["title", "title_key", "creator_id", "responsible_id"].contains(&name);
    columns.retain(|(name, value)| *value != Value::Null || !is_kept(name));
    check_numbers(&columns)?;
    check_parent(call, &columns, task)?;
    check_place(call, &mut columns, task)?;
    for (name, column) in [("RESPONSIBLE_ID", "responsible_id"), ("CREATED_BY", "creator_id")] {
        if let Some(id) = person(&columns, column) {
            people::check_seen(call, name, &[id])?;
        }
    }
    let mut list = |name: &'static str| fields.get(name).map(|sent| people::read_list(call, name, sent)).transpose();
    let (accomplices, auditors) = (list("ACCOMPLICES")?, list("AUDITORS")?);
    if let Some(autocomplete) = read_autocomplete(fields)? {
        columns.push(("autocomplete", autocomplete.into()));
    }
    if fields.list("UF_TASK_WEBDAV_FILES").iter().any(|it| !record::is_no_one(it)) {
        return Err(CORE.say("File not found").about("UF_TASK_WEBDAV_FILES"));
    }
    Ok(Changes { columns, accomplices, auditors, tags: read_tags(fields)?, crm_items: read_crm_items(fields)? })
}

/// An error of a field in the documented words.
fn translate(err: Error) -> Error {
    match err.argument.as_deref() {
        // In the words that are said of people whom the caller does not see.
        Some("RESPONSIBLE_ID") => CORE.say(people::missing("RESPONSIBLE_ID")).about("RESPONSIBLE_ID"),
        Some("CREATED_BY") => CORE.say(people::missing("CREATED_BY")).about("CREATED_BY"),
        Some("STATUS") => CORE.say("Incorrect status").about("STATUS"),
        _ => err,
    }
}

fn value_of<'a>(columns: &'a Columns, name: &str) -> Option<&'a Value> {
    columns.iter().find(|(it, _)| *it == name).map(|(_, value)| value).filter(|it| **it != Value::Null)
}

fn person(columns: &Columns, name: &str) -> Option<i64> {
    match value_of(columns, name) {
        Some(Value::Int(id)) => Some(*id),
        _ => None,
    }
}

/// The most seconds of anything: more than anyone lives.
const MOST_SECONDS: i64 = i32::MAX as i64;

fn check_numbers(columns: &Columns) -> Result<()> {
    if let Some(status) = person(columns, "status")
        && !STATUSES.iter().any(|(it, _)| *it == status)
    {
        return Err(CORE.say("Incorrect status").about("STATUS"));
    }
    for (name, column) in [("TIME_ESTIMATE", "time_estimate"), ("DURATION_PLAN", "duration_plan")] {
        if person(columns, column).is_some_and(|it| !(0..=MOST_SECONDS).contains(&it)) {
            return Err(wrong(name, "a number of at most 2147483647"));
        }
    }
    Ok(())
}

/// The task above has to be one that the caller sees, and none that is below this one.
fn check_parent(call: &mut Call<'_, '_>, columns: &Columns, task: Option<&Task>) -> Result<()> {
    let Some(parent) = person(columns, "parent_id") else { return Ok(()) };
    if task.is_some_and(|it| it.parent == Some(parent)) {
        return Ok(());
    }
    if task.is_some_and(|it| it.id == parent) {
        return Err(CORE.say("Cannot bind the node to itself").about("PARENT_ID"));
    }
    if rights::find(call, parent)?.is_none() {
        return Err(CORE.say("Task specified in the \"Parent Task\" field not found").about("PARENT_ID"));
    }
    // Two moves at once must not make a circle of each other.
    call.tx.lock("task_tree")?;
    let mut above = Some(parent);
    while let (Some(id), Some(task)) = (above, task) {
        if id == task.id {
            return Err(CORE.say("Creating cyclic links in tasks is prohibited").about("PARENT_ID"));
        }
        let row = call.tx.row(&Sql::with("select parent_id from tasks where id = $1", [id.into()]))?;
        above = row.and_then(|row| row.opt_int(0));
    }
    Ok(())
}

/// A workgroup has to be one that the caller may put tasks into, a stage one of its Kanban.
fn check_place(call: &mut Call<'_, '_>, columns: &mut Columns, task: Option<&Task>) -> Result<()> {
    let was = task.and_then(|it| it.group_id);
    let sent = columns.iter().any(|(name, _)| *name == "group_id");
    let group_id = if sent { person(columns, "group_id") } else { was };
    if sent && group_id != was {
        if let Some(id) = group_id {
            let found = group::rights::find(call, id)?;
            let may = found.is_some_and(|it| {
                let is_in = it.role.is_some_and(Role::is_in) || call.caller.may(Right::ManageGroups);
                is_in && !it.closed
            });
            if !may {
                return Err(CORE.say("You have no permissions to add tasks to this workgroup").about("GROUP_ID"));
            }
        }
        // A stage belongs to one workgroup.
        if !columns.iter().any(|(name, _)| *name == "stage_id") {
            columns.push(("stage_id", Value::Null));
        }
    }
    match person(columns, "stage_id") {
        Some(stage) if !stages::is_of_group(call.tx, stage, group_id)? => {
            Err(CORE.say("Stage not found").about("STAGE_ID"))
        }
        _ => Ok(()),
    }
}

/// What is planned ends after it begins.
fn check_plan(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    let sql = "select plan_ends_at - plan_starts_at from tasks where id = $1";
    match call.tx.row(&Sql::with(sql, [id.into()]))?.and_then(|row| row.opt_int(0)) {
        Some(seconds) if seconds < 0 => {
            Err(CORE.say("The end date in scheduling is earlier than the start date").about("END_DATE_PLAN"))
        }
        Some(seconds) if seconds > MOST_SECONDS => {
            Err(CORE.say("The specified task duration is too long").about("END_DATE_PLAN"))
        }
        _ => Ok(()),
    }
}

/// Whether subtasks are completed with the task: the one of the documented settings that there is. Of the others, only
/// that they are off can be said.
fn read_autocomplete(fields: &Params) -> Result<Option<bool>> {
    let mut autocomplete = None;
    for setting in fields.list("SE_PARAMETER") {
        let of = |name: &str| setting.get(name).or_else(|| setting.get(name.to_lowercase()));
        let is_on = of("VALUE").and_then(read_bool).ok_or_else(|| wrong("SE_PARAMETER", "a list of CODE and VALUE"))?;
        match of("CODE").and_then(read_int) {
            Some(2) => autocomplete = Some(is_on),
            Some(1 | 3) if !is_on => {}
            Some(1 | 3) => {
                let said = "Deadlines by subtasks and required results are not supported";
                return Err(CORE.say(said).about("SE_PARAMETER"));
            }
            _ => return Err(wrong("SE_PARAMETER", "a list of CODE and VALUE")),
        }
    }
    Ok(autocomplete)
}

/// A new identifier in the usual form.
fn guid(chance: &mut Chance) -> String {
    let mut part = |digits: u32| format!("{:0width$x}", chance.below(1 << (4 * digits)), width = digits as usize);
    format!("{{{}-{}-{}-{}-{}}}", part(8), part(4), part(4), part(4), part(12))
}

pub(super) const ATTACH: &[Param] = &[
    param("TASKID", "integer", "Which task").required(),
    param("FILEID", "integer", "Which file of the Drive").required(),
];

/// Attaches a file of the Drive. There is no Drive yet, so no file is one that the caller may read.
pub(super) fn attach(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_task_id(call)?;
    let missing = || PARAM.say("Could not find value for parameter {fileId}").about("FILEID");
    let sent = call.params.get("FILEID").ok_or_else(missing)?;
    let wrong =
        || PARAM.say("Invalid value to match with parameter {fileId}. Should be value of type int.").about("FILEID");
    read_int(sent).ok_or_else(wrong)?;
    let found = rights::find(call, id)?.filter(|(task, who)| task.lets(who, Deed::Edit));
    found.ok_or_else(|| NOT_ALLOWED.say("Access denied"))?;
    Err(CORE.say("Insufficient permissions.").about("FILEID"))
}
