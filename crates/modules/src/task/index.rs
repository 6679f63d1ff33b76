//! What the index in memory holds of tasks, and what conditions on tasks mean in its terms.

use super::{
    fields::{AWAITING_CONTROL, COMPLETED, DEFERRED, IN_PROGRESS, PENDING, SOON, TASK},
    marks,
};
use muster_core::{
    compile::Place,
    filter::{Cond, Test},
    index::{Beside, Meaning, Referring, Spec},
};
use muster_db::{DbError, Sql, Tx, Value};

/// The index of tasks. What is not here is found by SQL: numbers of comments, time spent, names of people.
pub static INDEX: Spec = Spec {
    entity: &TASK,
    records: "tasks",
    bound: "index_records",
    fields: &[
        "PARENT_ID",
        "TITLE",
        "MARK",
        "PRIORITY",
        "STATUS",
        "STAGE_ID",
        "GROUP_ID",
        "CREATED_BY",
        "RESPONSIBLE_ID",
        "CHANGED_BY",
        "CLOSED_BY",
        "CREATED_DATE",
        "CHANGED_DATE",
        "STATUS_CHANGED_DATE",
        "CLOSED_DATE",
        "ACTIVITY_DATE",
        "DATE_START",
        "DEADLINE",
        "START_DATE_PLAN",
        "END_DATE_PLAN",
        "ACCOMPLICES",
        "AUDITORS",
        "TAGS",
        "DEPENDS_ON",
    ],
    searches: &[],
    named: None,
    changes: "task_changes",
    meanings: MEANINGS,
    // Whatever writes comments, time or subtasks notes the task.
    followed: &[
        "MULTITASK",
        "COMMENTS_COUNT",
        "TIME_SPENT_IN_LOGS",
        "DURATION_FACT",
        "CONTAINS_SUB_TASKS",
        "IS_MULTITASK",
        "ACTUAL_DURATION",
    ],
    beside: Some(Beside { fields: marks::OWN, read: marks::read }),
    referring: &[
        Referring { table: "workgroups", field: "GROUP_ID" },
        Referring { table: "tasks", field: "PARENT_ID" },
        Referring { table: "tasks", field: "DEPENDS_ON" },
    ],
};

/// Notes that a task was written or deleted.
///
/// Whatever writes to the tables of tasks has to say so in its transaction; [`ALL`](muster_core::index::ALL) stands for
/// very many.
pub fn changed(tx: &mut Tx<'_>, id: i64) -> Result<(), DbError> {
    INDEX.note(tx, id)
}

/// Notes the task that this one hangs below: it has a subtask more or less.
pub(super) fn parent_changed(tx: &mut Tx<'_>, id: i64) -> Result<(), DbError> {
    let sql = "select parent_id from tasks where id = $1 and parent_id is not null";
    tx.ints(&Sql::with(sql, [id.into()]))?.into_iter().try_for_each(|it| changed(tx, it))
}

const MEANINGS: &[Meaning] = &[
    Meaning { field: "SEER", find: seer },
    Meaning { field: "DEPARTMENT", find: department },
    Meaning { field: "SUB_STATUS", find: sub_status },
    Meaning { field: "NOT_VIEWED", find: not_viewed },
    Meaning { field: "PLAN_STAGE", find: plan_stage },
    Meaning { field: "FAVORITE", find: favorite },
    Meaning { field: "IS_MUTED", find: muted },
    Meaning { field: "IS_PINNED", find: pinned },
    Meaning { field: "IN_FAVORITE", find: favorite },
    Meaning { field: "IN_MUTE", find: muted },
    Meaning { field: "IN_PIN", find: pinned },
];

/// The statuses of which no deadline makes another one.
const QUIET: [i64; 3] = [AWAITING_CONTROL, COMPLETED, DEFERRED];

/// The fields that name those who have to do with a task.
const PEOPLE: &[&str] = &["CREATED_BY", "RESPONSIBLE_ID", "ACCOMPLICES", "AUDITORS"];

/// One of these fields has one of these values.
pub(super) fn has(fields: &[&str], values: &[Value]) -> Vec<Cond> {
    fields.iter().filter_map(|name| Some(Cond::In(TASK.field(name)?, values.to_vec()))).collect()
}

/// The tasks of these IDs.
fn these(ids: Vec<i64>) -> Cond {
    Cond::Any(has(&["ID"], &ids.into_iter().map(Value::Int).collect::<Vec<_>>()))
}

fn none_of(cond: Cond) -> Cond {
    Cond::Not(Box::new(cond))
}

/// Who sees a task: those who have to do with it, and the members of its workgroup. The same as the set in `rights.rs`.
fn seer(tx: &mut Tx<'_>, cond: &Cond, _place: Place) -> Result<Option<Cond>, DbError> {
    let Cond::In(_, people) = cond else { return Ok(None) };
    let mut sql = Sql::new("select group_id from workgroup_members where role <> 'Z' and user_id in (");
    sql.bind_all(people.iter().cloned()).push(")");
    let groups: Vec<Value> = tx.ints(&sql)?.into_iter().map(Value::Int).collect();
    let mut any = has(PEOPLE, people);
    any.extend(has(&["GROUP_ID"], &groups));
    Ok(Some(Cond::Any(any)))
}

/// Tasks that someone of these departments has to do with.
fn department(tx: &mut Tx<'_>, cond: &Cond, _place: Place) -> Result<Option<Cond>, DbError> {
    let Cond::In(_, departments) = cond else { return Ok(None) };
    let mut sql = Sql::new("select distinct user_id from user_departments where department_id in (");
    sql.bind_all(departments.iter().cloned()).push(")");
    let people: Vec<Value> = tx.ints(&sql)?.into_iter().map(Value::Int).collect();
    Ok(Some(Cond::Any(has(PEOPLE, &people))))
}

/// Whether a condition on a number is true of this one; `None` if that is not asked of numbers.
fn holds(cond: &Cond, number: i64) -> Option<bool> {
    let value = Value::Int(number);
    let int = |it: &Value| if let Value::Int(it) = it { Some(*it) } else { None };
    match cond {
        Cond::In(_, values) => Some(values.contains(&value)),
        Cond::Between(_, low, high) => Some((int(low)?..=int(high)?).contains(&number)),
        Cond::Field(_, test, bound) => {
            let bound = int(bound)?;
            match test {
                Test::Eq | Test::Plain => Some(number == bound),
                Test::Lt => Some(number < bound),
                Test::Le => Some(number <= bound),
                Test::Gt => Some(number > bound),
                Test::Ge => Some(number >= bound),
                Test::Contains | Test::Like | Test::Between => None,
            }
        }
        // It always has a value.
        Cond::Empty(_) => Some(false),
        _ => None,
    }
}

/// What a condition on a field means that is 1 of what `is` is true of, and 0 of all others.
fn flag(cond: &Cond, is: Cond) -> Option<Cond> {
    let (of_one, of_zero) = (holds(cond, 1)?, holds(cond, 0)?);
    Some(match (of_one, of_zero) {
        (true, true) => Cond::All(Vec::new()),
        (true, false) => is,
        (false, true) => none_of(is),
        (false, false) => Cond::Never,
    })
}

fn marked(tx: &mut Tx<'_>, cond: &Cond, place: Place, sql: &'static str) -> Result<Option<Cond>, DbError> {
    let ids = tx.ints(&Sql::with(sql, [place.caller_id.into()]))?;
    Ok(flag(cond, these(ids)))
}

fn favorite(tx: &mut Tx<'_>, cond: &Cond, place: Place) -> Result<Option<Cond>, DbError> {
    marked(tx, cond, place, "select task_id from task_marks where user_id = $1 and favorite = 1")
}

fn muted(tx: &mut Tx<'_>, cond: &Cond, place: Place) -> Result<Option<Cond>, DbError> {
    marked(tx, cond, place, "select task_id from task_marks where user_id = $1 and muted = 1")
}

fn pinned(tx: &mut Tx<'_>, cond: &Cond, place: Place) -> Result<Option<Cond>, DbError> {
    marked(tx, cond, place, "select task_id from task_marks where user_id = $1 and pinned = 1")
}

fn not_viewed(tx: &mut Tx<'_>, cond: &Cond, place: Place) -> Result<Option<Cond>, DbError> {
    let ids = unseen(tx, place.caller_id, "")?;
    Ok(flag(cond, these(ids)))
}

/// What someone else gave the caller to do, and what they have not seen yet.
fn unseen(tx: &mut Tx<'_>, caller_id: i64, and: &'static str) -> Result<Vec<i64>, DbError> {
    let mut sql = Sql::default();
    for from in [
        "select t.id from tasks t where t.responsible_id = ",
        " union all select t.id from task_accomplices a join tasks t on t.id = a.task_id where a.user_id = ",
    ] {
        sql.push(from).bind(caller_id).push(" and t.creator_id <> ").bind(caller_id).push(and);
        sql.push(" and not exists (select 1 from task_marks m where m.task_id = t.id and m.user_id = ");
        sql.bind(caller_id).push(" and m.viewed_at is not null)");
    }
    tx.ints(&sql)
}

fn plan_stage(tx: &mut Tx<'_>, cond: &Cond, place: Place) -> Result<Option<Cond>, DbError> {
    let Cond::In(_, stages) = cond else { return Ok(None) };
    let mut sql = Sql::new("select task_id from task_marks where user_id = ");
    sql.bind(place.caller_id).push(" and stage_id in (").bind_all(stages.iter().cloned()).push(")");
    Ok(Some(these(tx.ints(&sql)?)))
}

/// The status, or -1 for what is overdue, -2 for what was not viewed, -3 for what is almost overdue: in the order in which
/// SQL asks in `fields.rs`.
fn sub_status(tx: &mut Tx<'_>, cond: &Cond, place: Place) -> Result<Option<Cond>, DbError> {
    let (Some(status), Some(deadline)) = (TASK.field("REAL_STATUS"), TASK.field("DEADLINE")) else { return Ok(None) };
    let holds = |number| holds(cond, number);
    let (Some(overdue), Some(unviewed), Some(almost)) = (holds(-1), holds(-2), holds(-3)) else { return Ok(None) };
    let before = |at: i64| Cond::Field(deadline, Test::Lt, at.into());
    let is_plain = || cond.clone().about(status);
    let quiet = || Cond::In(status, QUIET.iter().map(|it| Value::Int(*it)).collect());
    // The caller's own tasks are looked at where it matters what they have seen.
    let matters = [-3, PENDING, IN_PROGRESS].into_iter().any(|it| holds(it) != Some(unviewed));
    let ids = if matters { unseen(tx, place.caller_id, " and t.status not in (4, 5, 6)")? } else { Vec::new() };
    let mut any = vec![Cond::All(vec![is_plain(), quiet()])];
    // Each is asked of what no earlier one was true of.
    let mut all = vec![none_of(quiet())];
    for (is, wanted) in [(before(place.now), overdue), (these(ids), unviewed), (before(place.now + SOON), almost)] {
        if wanted {
            let mut all = all.clone();
            all.push(is.clone());
            any.push(Cond::All(all));
        }
        all.push(none_of(is));
    }
    all.push(is_plain());
    any.push(Cond::All(all));
    Ok(Some(Cond::Any(any)))
}
