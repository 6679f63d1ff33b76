//! The time that a task took.

use super::{card, names, text};
use crate::pages::{Reply, Visit};
use muster_core::{Json, Result, error::ARGUMENT, json, params::read_int};

/// What was written down of the time, the newest first.
pub(super) struct Time {
    /// All of it together; empty if there is none.
    pub(super) sum: String,
    pub(super) entries: Vec<Entry>,
    /// Where earlier entries begin.
    pub(super) next: Option<i64>,
}

pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) who: String,
    pub(super) moment: String,
    pub(super) duration: String,
    pub(super) comment: String,
    pub(super) may_delete: bool,
}

/// The time that a task took, as an answer has the task.
pub(super) fn read(visit: &Visit<'_>, id: i64, task: &Json) -> Result<Time> {
    let start = visit.text("TIME").parse::<i64>().unwrap_or(0).max(0);
    let params = json!({ "TASKID": id, "ORDER": { "ID": "desc" }, "START": start });
    let answer = visit.call("task.elapseditem.getlist", params)?;
    let found = answer.result.as_array().cloned().unwrap_or_default();
    let user = |it: &Json| read_int(&it["USER_ID"]).unwrap_or(0);
    let names = names(visit, found.iter().map(user).collect())?;
    let (me, may) = (visit.caller()?.user_id, |deed: &str| task["action"][deed] == true);
    let entry = |it: &Json| Entry {
        id: read_int(&it["ID"]).unwrap_or(0),
        who: names.get(&user(it)).cloned().unwrap_or_default(),
        moment: visit.written_moment(&text(&it["CREATED_DATE"])),
        duration: duration(visit, read_int(&it["SECONDS"]).unwrap_or(0)),
        comment: text(&it["COMMENT_TEXT"]),
        may_delete: may("edit") || (may("elapsedtime.add") && user(it) == me),
    };
    let sum = read_int(&task["timeSpentInLogs"]).unwrap_or(0);
    Ok(Time {
        sum: if sum > 0 { duration(visit, sum) } else { String::new() },
        entries: found.iter().map(entry).collect(),
        next: answer.next,
    })
}

/// A time for people to read, in whole minutes.
pub(super) fn duration(visit: &Visit<'_>, seconds: i64) -> String {
    let minutes = if (1..60).contains(&seconds) { 1 } else { seconds / 60 };
    let hours = || visit.t1("task-hours", "count", minutes / 60);
    let rest = || visit.t1("task-minutes", "count", minutes % 60);
    match (minutes / 60, minutes % 60) {
        (0, _) => rest(),
        (_, 0) => hours(),
        _ => format!("{} {}", hours(), rest()),
    }
}

pub(super) fn add(visit: &Visit<'_>) -> Result<Reply> {
    let number = |name: &'static str| match visit.text(name).as_str() {
        "" => Some(0),
        typed => typed.parse::<i64>().ok().filter(|it| (0..=MOST).contains(it)),
    };
    let seconds = number("HOURS").zip(number("MINUTES")).map(|(hours, minutes)| hours * 3600 + minutes * 60);
    let Some(seconds) = seconds.filter(|it| *it > 0) else {
        return card::problem(visit, "time", &ARGUMENT.say(visit.t("task-time-none")));
    };
    let fields = json!({ "SECONDS": seconds, "COMMENT_TEXT": visit.text("NOTE") });
    card::call(visit, "time", "task.elapseditem.add", json!({ "ARFIELDS": fields }))
}

/// The most hours or minutes that are worth a thought; how long an entry may be, the method says.
const MOST: i64 = 1_000_000;

pub(super) fn delete(visit: &Visit<'_>) -> Result<Reply> {
    card::call(visit, "time", "task.elapseditem.delete", json!({ "ITEMID": visit.path_id("part")? }))
}
