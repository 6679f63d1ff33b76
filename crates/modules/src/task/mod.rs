//! Tasks: what is to be done, by whom, until when, and what came of it.

pub mod bulk;
mod checklist;
mod checklist_items;
mod checklist_tree;
mod comment;
mod counters;
mod dependence;
mod edit;
mod elapsed;
mod fields;
mod get;
mod hand_over;
mod history;
pub mod index;
mod lists;
mod manifest;
mod marks;
mod methods;
mod older;
mod people;
mod result;
mod rights;
mod show;
mod stages;
mod status;
mod store;
pub mod text;
mod userfield;
mod v3;
mod v3_fields;
mod v3_related;

pub use checklist::CHECKLIST_ITEM;
pub use comment::COMMENT;
pub use elapsed::ELAPSED;
pub use fields::TASK;
pub use result::RESULT;
pub use v3_fields::TASK_V3;

use muster_core::{
    Call, Error, Module, Result,
    error::{CORE, Code, code},
    module::{Check, Scope, placement},
    params::read_int,
    personal::{Personal, personal},
};
use muster_db::Migration;

/// The module.
pub const MODULE: Module = Module {
    scopes: &[Scope { name: "task", title: "Tasks" }, Scope { name: "tasks", title: "Tasks, as REST 3.0 shows them" }],
    entities: &[&TASK, &TASK_V3, &ELAPSED, &CHECKLIST_ITEM, &COMMENT, &RESULT],
    methods: methods::METHODS,
    migrations: &[
        Migration { name: "task/0001", sql: include_str!("0001_tasks.sql") },
        Migration { name: "task/0002", sql: include_str!("0002_indexes.sql") },
        Migration { name: "task/0003", sql: include_str!("0003_results.sql") },
        Migration { name: "task/0004", sql: include_str!("0004_status_index.sql") },
        Migration { name: "task/0005", sql: include_str!("0005_changes.sql") },
    ],
    checks: CHECKS,
    events: store::EVENTS,
    indexes: &[&index::INDEX],
    hand_overs: hand_over::HAND_OVERS,
    placements: &[
        placement("TASK_LIST_CONTEXT_MENU", Some("task"), "An item of the menu of a task in a list"),
        placement("TASK_USER_LIST_TOOLBAR", Some("task"), "An item of the menu above a person's tasks"),
        placement("TASK_GROUP_LIST_TOOLBAR", Some("task"), "An item of the menu above a workgroup's tasks"),
        placement("TASK_VIEW_TAB", Some("task"), "A tab of a task"),
        placement("TASK_VIEW_SIDEBAR", Some("task"), "A part beside a task"),
        placement("TASK_VIEW_TOP_PANEL", Some("task"), "An item of the menu above a task"),
    ],
    personal: PERSONAL,
    ..Module::new("task")
};

const WORK: &str = "Whose task it is and who did what: the company's record of its work.";

const PERSONAL: &[Personal] = &[
    personal("tasks", "creator_id", "Tasks that the person gave").kept(WORK),
    personal("tasks", "responsible_id", "Tasks that the person had to do").kept(WORK),
    personal("tasks", "changed_by", "Tasks that the person changed").kept(WORK),
    personal("tasks", "status_changed_by", "Tasks that the person moved on").kept(WORK),
    personal("tasks", "closed_by", "Tasks that the person completed").kept(WORK),
    personal("task_accomplices", "user_id", "Tasks that the person took part in").kept(WORK),
    personal("task_auditors", "user_id", "Tasks that the person watched").kept(WORK),
    personal("task_history", "user_id", "What the person changed in tasks").kept(WORK),
    personal("task_elapsed", "user_id", "Time spent on tasks")
        .exported(&["task_id", "seconds", "comment_text", "created_at", "started_at", "stopped_at"])
        .kept(WORK),
    personal("task_comments", "author_id", "Comments on tasks")
        .exported(&["task_id", "message", "posted_at"])
        .kept(WORK),
    personal("task_results", "creator_id", "Comments that the person made results of tasks")
        .exported(&["task_id", "comment_id", "created_at", "changed_at"])
        .kept(WORK),
    personal("task_checklist", "creator_id", "Items of checklists that the person wrote").kept(WORK),
    personal("task_checklist", "toggled_by", "Items of checklists that the person marked").kept(WORK),
    personal("task_checklist_members", "user_id", "Items of checklists that the person has to do with").kept(WORK),
    personal("task_marks", "user_id", "Tasks that the person keeps an eye on").exported(&[
        "task_id",
        "favorite",
        "muted",
        "pinned",
        "viewed_at",
    ]),
    personal("task_stages", "user_id", "Columns of the person's own plan").exported(&["title"]),
];

const CHECKS: &[Check] = &[
    Check {
        defect: "completed tasks of which is not known who completed them, or the other way round",
        count: "select count(*) from tasks where (status = 5) <> (closed_by is not null)
                or (closed_by is null) <> (closed_at is null)",
    },
    Check {
        defect: "tasks in a stage of another workgroup",
        count: "select count(*) from tasks t join task_stages s on s.id = t.stage_id
                where coalesce(s.group_id, 0) <> coalesce(t.group_id, 0)",
    },
    Check {
        defect: "tasks in another person's plan",
        count: "select count(*) from task_marks m join task_stages s on s.id = m.stage_id
                where coalesce(s.user_id, 0) <> m.user_id",
    },
    Check {
        defect: "items below an item of another task",
        count: "select count(*) from task_checklist c join task_checklist p on p.id = c.parent_id
                where p.task_id <> c.task_id",
    },
    Check {
        defect: "results of another task than their comment's, or open ones of a completed task",
        count: "select count(*) from task_results r join task_comments c on c.id = r.comment_id
                join tasks t on t.id = r.task_id where c.task_id <> r.task_id or (t.status = 5 and r.closed = 0)",
    },
    Check {
        defect: "custom values of tasks that do not exist",
        count: "select count(*) from custom_values v join custom_fields f on f.id = v.field_id
                where f.entity = 'TASKS_TASK' and v.record_id not in (select id from tasks)",
    },
];

/// The task may not be used in this way; also said of an ID that is none.
pub static NOT_ALLOWED: Code = code("0", 400, "Action on the task is not allowed");
/// The same where the documentation gives another code.
pub static FORBIDDEN: Code = code("1048582", 400, "Action on the task is not allowed");
/// There is no such task, or the caller does not see it.
pub static UNSEEN: Code = code("1048584", 400, "Task not found or not accessible");
/// The same for favorites.
pub static NO_FAVORITE: Code = code("1", 400, "Task not found or not accessible");
/// A parameter is missing or of a wrong type.
pub static PARAM: Code = code("100", 400, "A parameter is missing or has a wrong type");
/// Nothing can be sorted by this.
pub static NO_SORT: Code = code("0", 400, "Invalid sorting key");

/// The ID of the task that is named, by either of the names that the methods have for it.
fn read_task_id(call: &Call<'_, '_>) -> Result<i64> {
    let sent = call.params.get("TASKID").or_else(|| call.params.get("ID"));
    let sent = sent.ok_or_else(|| PARAM.say("Could not find value for parameter {taskId}").about("TASKID"))?;
    read_int(sent).ok_or_else(|| NOT_ALLOWED.say("wrong task id").about("TASKID"))
}

/// The kinds of failures of the older methods, by their numbers.
const EXCEPTIONS: &[(u32, &str)] = &[
    (0x1, "TASK_NOT_FOUND"),
    (0x4, "ACTION_NOT_ALLOWED"),
    (0x8, "ACTION_FAILED_TO_BE_PROCESSED"),
    (0x100, "WRONG_ARGUMENTS"),
    (0x200, "ITEM_NOT_FOUND_OR_NOT_ACCESSIBLE"),
];

/// A failure as the older methods say it, number and kind included.
fn exception(number: u32, said: &str) -> Error {
    let kind = EXCEPTIONS.iter().find(|(it, _)| *it == number).map_or("UNKNOWN", |(_, kind)| *kind);
    CORE.say(format!("TASKS_ERROR_EXCEPTION_#{number}; {said}; {number}/TE/{kind}"))
}
