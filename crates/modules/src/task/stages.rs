//! The stages of a workgroup's Kanban and of a person's own plan: `task.stages.*`.

use super::{
    fields::TASK,
    rights::{self, Deed},
    show,
    store::{self, Changes},
};
use crate::group::{
    self,
    rights::{Group, Role},
};
use muster_core::{
    Answer, Call, Code, Json, Map, Params, Result,
    call::Right,
    error::{ACCESS_DENIED, code},
    json,
    list::records,
    method::{Param, param},
    params::{read_int, read_text, wrong},
};
use muster_db::{Sql, Tx, Value};

/// A stage was given no title.
pub(super) static EMPTY_TITLE: Code = code("EMPTY_TITLE", 400, "Stage title is not specified");
/// There is no such stage.
pub(super) static NOT_FOUND: Code = code("NOT_FOUND", 400, "Stage not found");
/// The stage is the first one.
pub(super) static FIRST: Code =
    code("CANT_DELETE_FIRST", 400, "Cannot delete the first stage. Move the stage to delete it.");
/// The stage is the one where tasks are that were put nowhere.
pub(super) static SYSTEM: Code = code("IS_SYSTEM", 400, "The default stage cannot be deleted");
/// The stage has tasks.
pub(super) static NOT_EMPTY: Code = code("CANT_DELETE_NOT_EMPTY", 400, "The stage has tasks");
/// The task may not be moved.
pub(super) static NO_MOVE: Code = code("ACCESS_DENIED_MOVE", 400, "You cannot move this task");
/// There is no such task.
pub(super) static NO_TASK: Code = code("TASK_NOT_FOUND", 400, "Task not found or access to it is denied");

const FIELDS: Param =
    param("FIELDS", "object", "TITLE, COLOR, AFTER_ID, ENTITY_ID: a workgroup, or 0 for one's own plan");
const IS_ADMIN: Param = param("ISADMIN", "boolean", "An administrator passes over the rights");
const ID: Param = param("ID", "integer", "Which stage").required();

pub(super) const ADD: &[Param] = &[FIELDS.required(), IS_ADMIN];
pub(super) const UPDATE: &[Param] = &[ID, FIELDS.required(), IS_ADMIN];
pub(super) const DELETE: &[Param] = &[ID, IS_ADMIN];
pub(super) const GET: &[Param] =
    &[param("ENTITYID", "integer", "Which workgroup; 0 for one's own plan").required(), IS_ADMIN];
pub(super) const CAN_MOVE: &[Param] = &[
    param("ENTITYID", "integer", "Which workgroup or person").required(),
    param("ENTITYTYPE", "string", "G for a workgroup, U for a person").required(),
];
pub(super) const MOVE: &[Param] = &[
    param("ID", "integer", "Which task").required(),
    param("STAGEID", "integer", "To which stage").required(),
    param("BEFORE", "integer", "The task before which it is to be"),
    param("AFTER", "integer", "The task after which it is to be"),
];

/// The stages that a workgroup's Kanban begins with.
const KANBAN: &[(&str, &str, Option<&str>)] =
    &[("New", "00C4FB", Some("NEW")), ("In progress", "47D1E2", Some("WORK")), ("Completed", "75D900", Some("FINISH"))];
/// The stages that a person's plan begins with.
const PLAN: &[(&str, &str, Option<&str>)] = &[("Not planned", "00C4FB", Some("NEW")), ("This week", "47D1E2", None)];

/// Whose stages.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Board {
    Group(i64),
    Person(i64),
}

impl Board {
    fn owner(self) -> (Value, Value) {
        match self {
            Board::Group(id) => (id.into(), Value::Null),
            Board::Person(id) => (Value::Null, id.into()),
        }
    }

    /// Writes which stages are its own.
    fn write(self, sql: &mut Sql) {
        match self {
            Board::Group(id) => sql.push("group_id = ").bind(id),
            Board::Person(id) => sql.push("user_id = ").bind(id),
        };
    }
}

fn denied(said: &'static str) -> muster_core::Error {
    ACCESS_DENIED.say(said)
}

/// Whether the caller, who administers this Muster, asks to pass over rights.
fn passes(call: &Call<'_, '_>) -> bool {
    call.caller.may(Right::ManageTasks) && call.params.flag("ISADMIN").unwrap_or(false)
}

/// What someone may do with the stages of a group.
fn belongs(call: &Call<'_, '_>, group: &Group) -> bool {
    call.caller.may(Right::ManageGroups) || group.role.is_some_and(Role::is_in)
}

/// The board that a workgroup's ID, or 0 for the caller's own plan, names. `changes` is whether its stages are to change.
fn board(call: &mut Call<'_, '_>, id: i64, changes: bool, refusal: &'static str) -> Result<Board> {
    if id == 0 {
        return Ok(Board::Person(call.caller.user_id));
    }
    let group = group::rights::find(call, id)?.ok_or_else(|| denied(refusal))?;
    if passes(call) || (belongs(call, &group) && !(changes && group.closed)) {
        return Ok(Board::Group(id));
    }
    Err(denied(refusal))
}

/// Sees that a board has its first stages. Of two at once, the second one finds those of the first.
fn prepare(call: &mut Call<'_, '_>, board: Board) -> Result<()> {
    call.tx.lock("task_stages")?;
    let mut sql = Sql::new("select count(*) from task_stages where ");
    board.write(&mut sql);
    if call.tx.int(&sql)? > 0 {
        return Ok(());
    }
    let first = if let Board::Group(_) = board { KANBAN } else { PLAN };
    for (number, (title, color, system)) in (1i64..).zip(first) {
        insert(call.tx, board, (title, color, *system), number * 100)?;
    }
    Ok(())
}

fn insert(tx: &mut Tx<'_>, board: Board, (title, color, system): (&str, &str, Option<&str>), sort: i64) -> Result<i64> {
    let (group, user) = board.owner();
    Ok(tx.int(&Sql::with(
        "insert into task_stages (group_id, user_id, title, sort, color, system_type) values ($1, $2, $3, $4, $5, $6)
         returning id",
        [group, user, title.into(), sort.into(), color.into(), system.into()],
    ))?)
}

/// Whether a stage is one of this workgroup's.
pub(super) fn is_of_group(tx: &mut Tx<'_>, stage: i64, group: Option<i64>) -> Result<bool> {
    let sql = "select count(*) from task_stages where id = $1 and group_id = $2";
    Ok(tx.int(&Sql::with(sql, [stage.into(), group.into()]))? > 0)
}

/// The stages of a board, which has its first ones from the first time it is asked for.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = call.params.int("ENTITYID")?.ok_or_else(|| wrong("ENTITYID", "the ID of a workgroup or 0"))?;
    let board = board(call, id, false, "You cannot view stages in this group.")?;
    prepare(call, board)?;
    let mut sql = Sql::new("select id, title, sort, color, system_type, group_id, user_id from task_stages where ");
    board.write(&mut sql);
    sql.push(" order by sort, id");
    let mut stages = Map::new();
    for row in call.tx.rows(&sql)? {
        let id = row.int(0)?.to_string();
        let (owner, kind) = row.opt_int(5).map_or_else(|| (row.opt_int(6), "U"), |id| (Some(id), "G"));
        stages.insert(
            id.clone(),
            json!({
                "ID": id,
                "TITLE": row.text(1),
                "SORT": row.int(2)?.to_string(),
                "COLOR": row.text(3),
                "SYSTEM_TYPE": row.opt_text(4),
                "ENTITY_ID": owner.unwrap_or(0).to_string(),
                "ENTITY_TYPE": kind,
                "ADDITIONAL_FILTER": [],
                "TO_UPDATE": [],
                "TO_UPDATE_ACCESS": null,
            }),
        );
    }
    Ok(show::or_list(stages).into())
}

fn read_fields(call: &Call<'_, '_>) -> Params {
    call.params.get("FIELDS").cloned().and_then(|it| Params::new(it).ok()).unwrap_or_default()
}

fn read_title(fields: &Params) -> Result<Option<String>> {
    let Some(sent) = fields.get("TITLE") else { return Ok(None) };
    let title = read_text(sent).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    let title = title.ok_or_else(|| EMPTY_TITLE.error())?;
    if title.chars().count() > 255 { Err(wrong("TITLE", "a text of at most 255 characters")) } else { Ok(Some(title)) }
}

fn read_color(fields: &Params) -> Result<Option<String>> {
    let Some(sent) = fields.get("COLOR").and_then(read_text).filter(|it| !it.is_empty()) else { return Ok(None) };
    let color = sent.trim_start_matches('#').to_uppercase();
    let is_color = color.len() == 6 && color.bytes().all(|it| it.is_ascii_hexdigit());
    if is_color { Ok(Some(color)) } else { Err(wrong("COLOR", "six hexadecimal digits")) }
}

/// Adds a stage behind another one, or as the first.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let fields = read_fields(call);
    let title = read_title(&fields)?.ok_or_else(|| EMPTY_TITLE.error())?;
    let color = read_color(&fields)?.unwrap_or_else(|| "00C4FB".to_owned());
    let entity = fields.int("ENTITY_ID")?.unwrap_or(0);
    let board = board(call, entity, true, "You do not have permission to manage stages")?;
    prepare(call, board)?;
    let id = insert(call.tx, board, (&title, &color, None), 0)?;
    place(call, board, id, fields.int("AFTER_ID")?.unwrap_or(0))?;
    Ok(id.into())
}

/// Puts a stage behind another one, or first, and numbers all of them anew.
fn place(call: &mut Call<'_, '_>, board: Board, id: i64, after: i64) -> Result<()> {
    let mut sql = Sql::new("select id from task_stages where ");
    board.write(&mut sql);
    sql.push(" order by sort, id");
    let mut stages = call.tx.ints(&sql)?;
    stages.retain(|it| *it != id);
    let at = match stages.iter().position(|it| *it == after) {
        Some(at) => at + 1,
        None if after == 0 => 0,
        None => return Err(NOT_FOUND.error().about("AFTER_ID")),
    };
    stages.insert(at, id);
    for (number, stage) in (1i64..).zip(stages) {
        let args = [(number * 100).into(), stage.into()];
        call.tx.run(&Sql::with("update task_stages set sort = $1 where id = $2", args))?;
    }
    Ok(())
}

/// The board that a stage is on, if the caller may change it.
fn find(call: &mut Call<'_, '_>, id: i64, refusal: &'static str) -> Result<(Board, Option<String>)> {
    let sql = "select group_id, user_id, system_type from task_stages where id = $1";
    let row = call.tx.row(&Sql::with(sql, [id.into()]))?.ok_or_else(|| NOT_FOUND.error())?;
    let system = row.opt_text(2).map(str::to_owned);
    match (row.opt_int(0), row.opt_int(1)) {
        (Some(group), _) => Ok((board(call, group, true, refusal)?, system)),
        // Nobody changes the plan of someone else.
        (None, Some(user)) if user == call.caller.user_id => Ok((Board::Person(user), system)),
        _ => Err(denied(refusal)),
    }
}

/// Renames a stage, or gives it another color or place.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = call.params.int("ID")?.ok_or_else(|| wrong("ID", "the ID of a stage"))?;
    call.tx.lock("task_stages")?;
    let (board, _) = find(call, id, "You cannot modify stages in this group")?;
    let fields = read_fields(call);
    if let Some(title) = read_title(&fields)? {
        call.tx.run(&Sql::with("update task_stages set title = $1 where id = $2", [title.into(), id.into()]))?;
    }
    if let Some(color) = read_color(&fields)? {
        call.tx.run(&Sql::with("update task_stages set color = $1 where id = $2", [color.into(), id.into()]))?;
    }
    if let Some(after) = fields.int("AFTER_ID")? {
        place(call, board, id, after)?;
    }
    Ok(true.into())
}

/// Deletes a stage that is neither the first nor the default, and has no tasks.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = call.params.int("ID")?.ok_or_else(|| wrong("ID", "the ID of a stage"))?;
    call.tx.lock("task_stages")?;
    let (board, system) = find(call, id, "You cannot manage stages")?;
    let mut sql = Sql::new("select id from task_stages where ");
    board.write(&mut sql);
    sql.push(" order by sort, id limit 1");
    if call.tx.ints(&sql)?.first() == Some(&id) {
        return Err(FIRST.error());
    }
    if system.as_deref() == Some("NEW") {
        return Err(SYSTEM.error());
    }
    let used = "select (select count(*) from tasks where stage_id = $1) +
        (select count(*) from task_marks where stage_id = $1)";
    if call.tx.int(&Sql::with(used, [id.into()]))? > 0 {
        return Err(NOT_EMPTY.error());
    }
    call.tx.run(&Sql::with("delete from task_stages where id = $1", [id.into()]))?;
    Ok(true.into())
}

/// Whether the caller may move tasks on a board.
pub(super) fn can_move(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = call.params.get("ENTITYID").and_then(read_int).unwrap_or(0);
    let kind = call.params.get("ENTITYTYPE").and_then(read_text).unwrap_or_default();
    Ok(match kind.to_ascii_uppercase().as_str() {
        "U" => id == call.caller.user_id,
        "G" => group::rights::find(call, id)?.is_some_and(|it| belongs(call, &it) && !it.closed),
        _ => false,
    }
    .into())
}

/// Moves a task to a stage, and there before or behind another one.
pub(super) fn move_task(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = call.params.int("ID")?.ok_or_else(|| NO_TASK.error())?;
    let stage = call.params.int("STAGEID")?.ok_or_else(|| NOT_FOUND.error())?;
    let (task, who) = rights::find_to_change(call, id)?.ok_or_else(|| NO_TASK.error())?;
    let sql = "select group_id, user_id from task_stages where id = $1";
    let row = call.tx.row(&Sql::with(sql, [stage.into()]))?.ok_or_else(|| NOT_FOUND.error())?;
    match (row.opt_int(0), row.opt_int(1)) {
        (Some(group_id), _) if task.group_id == Some(group_id) => {
            let group = group::rights::find(call, group_id)?;
            let may = group.is_some_and(|it| belongs(call, &it) && !it.closed) || task.lets(&who, Deed::Edit);
            if !may {
                return Err(NO_MOVE.error());
            }
            let mut changes = Changes::default();
            changes.columns.push(("stage_id", stage.into()));
            changes.columns.push(("sorting", sorting(call, stage)?.into()));
            store::change(call, id, &changes)?;
        }
        (None, Some(user)) if user == call.caller.user_id => {
            call.tx.run(&Sql::with(
                "insert into task_marks (task_id, user_id, favorite, muted, pinned, stage_id)
                 values ($1, $2, 0, 0, 0, $3)
                 on conflict (task_id, user_id) do update set stage_id = excluded.stage_id",
                [id.into(), user.into(), stage.into()],
            ))?;
        }
        _ => return Err(NO_MOVE.error()),
    }
    Ok(true.into())
}

/// The place of a task within a stage: before or behind the task that was named, or last.
fn sorting(call: &mut Call<'_, '_>, stage: i64) -> Result<f64> {
    let place = |call: &mut Call<'_, '_>, id: i64| -> Result<Option<f64>> {
        if rights::find(call, id)?.is_none() {
            return Ok(None);
        }
        let select: Vec<_> = TASK.field("SORTING").into_iter().collect();
        let found = records(call, &TASK, &[id], &select, "")?;
        Ok(found.first().and_then(|it| it["sorting"].as_f64()))
    };
    let (before, after) = (call.params.int("BEFORE")?, call.params.int("AFTER")?);
    // Between the named task and the one beside it, where there is one.
    if let Some(id) = before {
        let at = place(call, id)?.unwrap_or(0.0);
        let sql = "select max(sorting) from tasks where stage_id = $1 and sorting < $2";
        return Ok(beside(call, sql, stage, at)?.map_or(at - 1.0, |it| f64::midpoint(it, at)));
    }
    if let Some(id) = after {
        let at = place(call, id)?.unwrap_or(0.0);
        let sql = "select min(sorting) from tasks where stage_id = $1 and sorting > $2";
        return Ok(beside(call, sql, stage, at)?.map_or(at + 1.0, |it| f64::midpoint(it, at)));
    }
    let sql = "select cast(coalesce(max(sorting), 0) + 1 as double precision) from tasks where stage_id = $1";
    let row = call.tx.row(&Sql::with(sql, [stage.into()]))?;
    Ok(match row.map(|mut row| row.take(0)) {
        Some(Value::Real(it)) => it,
        _ => 1.0,
    })
}

/// The place nearest to this one on one side, if a task of the stage is there.
fn beside(call: &mut Call<'_, '_>, sql: &'static str, stage: i64, at: f64) -> Result<Option<f64>> {
    let row = call.tx.row(&Sql::with(sql, [stage.into(), at.into()]))?;
    Ok(match row.map(|mut row| row.take(0)) {
        Some(Value::Real(it)) => Some(it),
        _ => None,
    })
}

/// The tasks of the caller's plan for the day: those that are planned for a stage, or due today, and not done.
pub(super) fn planner(call: &mut Call<'_, '_>) -> Result<Answer> {
    let me = call.caller.user_id;
    let zone = &call.settings.time_zone;
    let today = muster_core::time::write_instant(call.now, muster_core::time::Style::Iso, zone);
    let end =
        muster_core::time::read_instant(today.get(..10).unwrap_or_default(), zone).map_or(call.now, |it| it.until);
    let mut sql = Sql::new("select t.id from tasks t where t.status in (2, 3) and (t.responsible_id = ");
    sql.bind(me).push(" or t.id in (select task_id from task_accomplices where user_id = ").bind(me);
    sql.push(")) and (t.status = 3 or t.deadline < ").bind(end);
    sql.push(" or t.id in (select m.task_id from task_marks m join task_stages s on s.id = m.stage_id");
    sql.push(" where m.user_id = ").bind(me).push(" and s.system_type is null)) order by t.id");
    Ok(Json::from(call.tx.ints(&sql)?).into())
}
