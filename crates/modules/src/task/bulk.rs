//! Writing very many tasks at once, for companies that are made up.

use super::index::changed;
use muster_core::{Result, index::ALL, text::search_key};
use muster_db::{Tx, Value};

/// A task to be written.
#[derive(Debug, Clone)]
pub struct BulkTask {
    /// What is to be done.
    pub title: String,
    /// Who wants it done.
    pub creator: i64,
    /// Who is to do it.
    pub responsible: i64,
    /// Who does it with them.
    pub accomplice: Option<i64>,
    /// Who watches.
    pub auditor: Option<i64>,
    /// How far it is, by the numbers that clients know.
    pub status: i64,
    /// How urgent it is: 0, 1 or 2.
    pub priority: i64,
    /// Until when.
    pub deadline: Option<i64>,
    /// When it was added.
    pub created_at: i64,
    /// Its identifier among all systems.
    pub guid: String,
}

const COLUMNS: &[&str] = &[
    "id",
    "title",
    "title_key",
    "priority",
    "status",
    "creator_id",
    "responsible_id",
    "created_at",
    "changed_at",
    "changed_by",
    "status_changed_at",
    "closed_at",
    "closed_by",
    "active_at",
    "deadline",
    "guid",
    "allow_change_deadline",
    "allow_time_tracking",
    "task_control",
    "add_in_report",
    "match_work_time",
    "autocomplete",
    "time_estimate",
    "duration_type",
    "version",
];

/// Writes these tasks and answers their IDs. No one is told of them, and they have no history.
pub fn insert(tx: &mut Tx<'_>, tasks: &[BulkTask]) -> Result<Vec<i64>> {
    let ids = tx.reserve_ids("tasks", tasks.len() as u64)?;
    let numbered = || ids.iter().copied().zip(tasks);
    tx.bulk("tasks", COLUMNS, numbered().map(|(id, it)| row(id, it)))?;
    let people = |of: fn(&BulkTask) -> Option<i64>| {
        numbered().filter_map(move |(id, it)| Some(vec![id.into(), of(it)?.into(), Value::Int(0)]))
    };
    let columns = ["task_id", "user_id", "position"];
    tx.bulk("task_accomplices", &columns, people(|it| it.accomplice))?;
    tx.bulk("task_auditors", &columns, people(|it| it.auditor))?;
    changed(tx, ALL)?;
    Ok(ids)
}

fn row(id: i64, it: &BulkTask) -> Vec<Value> {
    let no = || Value::from(false);
    let closed = it.status == super::fields::COMPLETED;
    vec![
        id.into(),
        it.title.as_str().into(),
        search_key(&it.title).into(),
        it.priority.into(),
        it.status.into(),
        it.creator.into(),
        it.responsible.into(),
        it.created_at.into(),
        it.created_at.into(),
        it.creator.into(),
        it.created_at.into(),
        closed.then_some(it.created_at).into(),
        closed.then_some(it.responsible).into(),
        it.created_at.into(),
        it.deadline.into(),
        it.guid.as_str().into(),
        no(),
        no(),
        no(),
        no(),
        no(),
        no(),
        Value::Int(0),
        "days".into(),
        Value::Int(1),
    ]
}
