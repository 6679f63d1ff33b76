//! A person's open tasks, for their profile.

use super::{Line, line};
use crate::pages::Visit;
use muster_core::{Json, Result, json, params::read_int};

/// How many tasks a profile shows; the others are behind a link.
const SHOWN: usize = 5;

/// What someone has to do, as far as the visitor may see it.
pub(in crate::pages) struct PersonTasks {
    /// Those that are due first.
    pub(in crate::pages) lines: Vec<Line>,
    pub(in crate::pages) open: usize,
    pub(in crate::pages) late: usize,
}

/// The open tasks that this person is to do.
pub(in crate::pages) fn of_person(visit: &Visit<'_>, person_id: i64) -> Result<PersonTasks> {
    let open = json!({ "RESPONSIBLE_ID": person_id, "!REAL_STATUS": 5 });
    let params = json!({
        "filter": open, "order": { "ACTIVITY_DATE": "desc" }, "start": 0,
        "select": ["ID", "TITLE", "STATUS", "subStatus", "DEADLINE", "RESPONSIBLE_ID"],
    });
    let answer = visit.call("tasks.task.list", params)?;
    let mut tasks = answer.result["tasks"].as_array().cloned().unwrap_or_default();
    // What is not due sorts before every day, and is shown after them all.
    let due = |task: &Json| task["deadline"].as_str().map(str::to_owned);
    tasks.sort_by_key(|it| (due(it).is_none(), due(it)));
    let number = |total: Option<i64>| total.and_then(|it| usize::try_from(it).ok()).unwrap_or(0);
    let late = match answer.next {
        // All of them are here to be counted.
        None => tasks.iter().filter(|it| read_int(&it["subStatus"]) == Some(-1)).count(),
        Some(_) => {
            let late = json!({ "RESPONSIBLE_ID": person_id, "STATUS": -1 });
            number(visit.call("tasks.task.list", json!({ "filter": late, "select": ["ID"], "start": 0 }))?.total)
        }
    };
    let lines = tasks.iter().take(SHOWN).map(|it| line(visit, it)).collect();
    Ok(PersonTasks { lines, open: number(answer.total), late })
}
