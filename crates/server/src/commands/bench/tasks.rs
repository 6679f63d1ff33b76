//! What is measured of tasks, and the tasks that it is measured on.

use super::operations::{Asker, Operation, read};
use anyhow::{Result, anyhow};
use muster_core::{Chance, Json, json};
use muster_db::{Db, Sql};
use muster_modules::task::bulk::{self, BulkTask};

/// Everything that is measured if there are tasks. Some of it is asked by an employee, who sees their own alone.
pub(super) const OPERATIONS: &[Operation] = &[
    read("tasks: page by assignee", "tasks.task.list", |it| json!({ "filter": { "RESPONSIBLE_ID": it.person() } })),
    read(
        "tasks: by status and month, few fields",
        "tasks.task.list",
        |it| json!({ "filter": month(it, json!({ "REAL_STATUS": 2 })), "select": ["ID", "TITLE", "DEADLINE"] }),
    ),
    read(
        "tasks: by status and month, default fields",
        "tasks.task.list",
        |it| json!({ "filter": month(it, json!({ "REAL_STATUS": 2 })) }),
    ),
    read("tasks: by status, month and assignee", "tasks.task.list", |it| {
        let person = it.person();
        json!({ "filter": month(it, json!({ "REAL_STATUS": [2, 3], "RESPONSIBLE_ID": person })), "select": ["ID", "TITLE", "DEADLINE"] })
    }),
    read("tasks: page by status and deadline", "tasks.task.list", |it| {
        json!({
            "filter": { "REAL_STATUS": [2, 3], ">=DEADLINE": day(it) }, "order": { "DEADLINE": "asc" },
            "select": ["ID", "TITLE", "DEADLINE", "RESPONSIBLE_ID"],
        })
    }),
    read(
        "tasks: overdue or pending, IDs only",
        "tasks.task.list",
        |it| json!({ "filter": { "STATUS": [-1, 2], "PRIORITY": it.below(3) }, "select": ["ID"] }),
    ),
    read(
        "tasks: by a part of a title",
        "tasks.task.list",
        |it| json!({ "filter": { "%TITLE": format!("number {}", it.below(10_000)) }, "select": ["ID", "TITLE"] }),
    ),
    read("tasks: one's own, the newest", "tasks.task.list", |_| json!({ "select": ["ID", "TITLE", "STATUS"] }))
        .by_employee(),
    read(
        "tasks: one's own by deadline",
        "tasks.task.list",
        |it| json!({ "filter": { ">=DEADLINE": day(it) }, "order": { "DEADLINE": "asc" }, "select": ["ID", "TITLE"] }),
    )
    .by_employee(),
];

/// A filter with the deadlines of a month of that year.
fn month(it: &mut Asker, mut filter: Json) -> Json {
    let month = 1 + it.below(11);
    filter[">=DEADLINE"] = format!("2027-{month:02}-01").into();
    filter["<DEADLINE"] = format!("2027-{:02}-01", month + 1).into();
    filter
}

/// A day of the year in which the deadlines are.
fn day(it: &mut Asker) -> String {
    format!("2027-{:02}-{:02}", 1 + it.below(12), 1 + it.below(28))
}

/// The first second of that year, and how many it has.
const YEAR: (i64, u64) = (1_798_761_600, 365 * 86_400);

/// How many tasks are written in one transaction.
const CHUNK: u64 = 20_000;

/// Writes this many tasks unless there are some.
pub(super) fn fill(db: &Db, tasks: u64, users: u64) -> Result<()> {
    let known = db.read(|tx| tx.int(&Sql::new("select count(*) from tasks")))?;
    let mut first = if known > 0 { tasks } else { 0 };
    let mut chance = Chance::seeded(7);
    while first < tasks {
        let until = (first + CHUNK).min(tasks);
        let chunk: Vec<BulkTask> = (first..until).map(|number| one(number, users, &mut chance)).collect();
        db.write(|tx| bulk::insert(tx, &chunk)).map_err(|err| anyhow!("{err}: {:?}", err.cause))?;
        first = until;
    }
    Ok(())
}

fn one(number: u64, users: u64, chance: &mut Chance) -> BulkTask {
    let mut person = || 1 + i64::try_from(chance.below(users)).unwrap_or(0);
    let (creator, responsible, accomplice, auditor) = (person(), person(), person(), person());
    BulkTask {
        title: format!("Task number {number}"),
        creator,
        responsible,
        accomplice: Some(accomplice).filter(|it| it % 3 == 0),
        auditor: Some(auditor).filter(|it| it % 2 == 0),
        status: [2, 2, 3, 5, 5, 6][usize::try_from(chance.below(6)).unwrap_or(0)],
        priority: i64::try_from(chance.below(3)).unwrap_or(1),
        deadline: Some(YEAR.0 + i64::try_from(chance.below(YEAR.1)).unwrap_or(0)),
        created_at: YEAR.0 - i64::try_from(chance.below(YEAR.1)).unwrap_or(0),
        guid: format!("{{{:032x}}}", u128::from(number)),
    }
}
