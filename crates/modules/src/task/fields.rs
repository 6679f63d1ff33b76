//! The fields of a task, each declared once.

use muster_core::{
    call::Right,
    compile::Place,
    custom::Custom,
    field::{Entity, Field, Kind::*, Stored, field},
    time::Style,
};
use muster_db::Sql;

/// The custom fields of tasks.
pub(super) const CUSTOM: Custom =
    Custom { entity: "TASKS_TASK", module: "tasks", prefix: "UF_", scopes: &["task"], right: Right::Anyone };

/// A task.
pub static TASK: Entity = Entity {
    name: "task",
    table: "tasks",
    joins: &[],
    id: "tasks.id",
    sparse: false,
    camel: true,
    custom: Some(CUSTOM),
    fields: FIELDS,
};

/// Waiting to be started.
pub(super) const PENDING: i64 = 2;
/// Being worked on.
pub(super) const IN_PROGRESS: i64 = 3;
/// Done, as whoever does it says; the creator has to agree.
pub(super) const AWAITING_CONTROL: i64 = 4;
/// Done.
pub(super) const COMPLETED: i64 = 5;
/// A task that still asks for something.
const OPEN: &str = "tasks.status <> 5";
/// Put off.
pub(super) const DEFERRED: i64 = 6;

/// What a status is called, in the order of its number.
pub(super) const STATUSES: &[(i64, &str)] = &[
    (PENDING, "Pending"),
    (IN_PROGRESS, "In progress"),
    (AWAITING_CONTROL, "Awaiting control"),
    (COMPLETED, "Completed"),
    (DEFERRED, "Deferred"),
];

pub(super) const PRIORITIES: &[(&str, i64)] = &[("0", 0), ("1", 1), ("2", 2)];
pub(super) const DURATIONS: &[&str] = &["secs", "mins", "hours", "days", "weeks", "monts", "years"];

/// How long before its deadline a task counts as almost overdue.
pub(super) const SOON: i64 = 24 * 60 * 60;

const ACCOMPLICES: Stored = Stored::Link { table: "task_accomplices", owner: "task_id", value: "user_id" };
const AUDITORS: Stored = Stored::Link { table: "task_auditors", owner: "task_id", value: "user_id" };
const TAGS: Stored = Stored::Link { table: "task_tags", owner: "task_id", value: "name" };
const CRM: Stored = Stored::Link { table: "task_crm_items", owner: "task_id", value: "item" };
const LINKS: Stored = Stored::Link { table: "task_links", owner: "to_id", value: "from_id" };

// What there is none of yet. A bare number would be a position in `order by`.
const NO: &str = "cast(0 as bigint)";
const YES: &str = "cast(1 as bigint)";
const NONE: &str = "cast(null as bigint)";
const SUBTASK: &str = "(case when tasks.parent_id is null then 0 else 1 end)";
const HAS_SUBTASKS: &str = "(case when exists (select 1 from tasks c where c.parent_id = tasks.id) then 1 else 0 end)";
const COMMENTS: &str = "(select nullif(count(*), 0) from task_comments c where c.task_id = tasks.id)";
const SPENT: &str = "(select cast(sum(e.seconds) as bigint) from task_elapsed e where e.task_id = tasks.id)";
const MINUTES: &str = "(select cast(sum(e.seconds) as bigint) / 60 from task_elapsed e where e.task_id = tasks.id)";
const DONE: &str = "cast((case when tasks.status = 5 then 2 else 1 end) as bigint)";
const CREATOR_NAME: &str = "(select u.last_name_key from users u where u.id = tasks.creator_id)";
const RESPONSIBLE_NAME: &str = "(select u.last_name_key from users u where u.id = tasks.responsible_id)";

#[rustfmt::skip] // One line a field, so that a line is all there is to say about it.
static FIELDS: &[Field] = &[
    field("ID", "tasks.id", Id),
    field("PARENT_ID", "tasks.parent_id", Id).title("Parent task").zero().nullable().writable(),
    field("TITLE", "tasks.title", Text).title("Title").key("tasks.title_key").writable().titles(),
    field("DESCRIPTION", "tasks.description", Text).title("Description").max(65_535).writable(),
    field("MARK", "tasks.mark", OneOf(&["N", "P"])).title("Rating").nullable().writable(),
    field("PRIORITY", "tasks.priority", Choice(PRIORITIES)).title("Priority").writable(),
    field("MULTITASK", HAS_SUBTASKS, YesNo).title("Has subtasks"),
    field("NOT_VIEWED", "", YesNo).stored(Stored::Computed(not_viewed)).title("Not viewed yet"),
    field("REPLICATE", NO, YesNo).title("Recurring"),
    field("STAGE_ID", "tasks.stage_id", Id).title("Stage").zero().writable(),
    field("SPRINT_ID", NONE, Id).title("Sprint").nullable(),
    field("BACKLOG_ID", NONE, Id).title("Backlog").nullable(),
    field("CREATED_BY", "tasks.creator_id", User).title("Creator").writable().rests_while(OPEN),
    field("CREATED_DATE", "tasks.created_at", Instant(Style::Iso)).title("Created"),
    field("RESPONSIBLE_ID", "tasks.responsible_id", User).title("Assignee").writable().rests_while(OPEN),
    field("CHANGED_BY", "tasks.changed_by", User).title("Changed by").deed(),
    field("CHANGED_DATE", "tasks.changed_at", Instant(Style::Iso)).title("Changed"),
    field("STATUS_CHANGED_BY", "tasks.status_changed_by", User).title("Status changed by").nullable().deed(),
    field("CLOSED_BY", "tasks.closed_by", User).title("Completed by").zero().deed(),
    field("CLOSED_DATE", "tasks.closed_at", Instant(Style::Iso)).title("Completed").nullable(),
    field("ACTIVITY_DATE", "tasks.active_at", Instant(Style::Iso)).title("Last activity"),
    field("DATE_START", "tasks.started_at", Instant(Style::Iso)).title("Started").nullable(),
    field("DEADLINE", "tasks.deadline", Instant(Style::Iso)).title("Deadline").nullable().writable(),
    field("START_DATE_PLAN", "tasks.plan_starts_at", Instant(Style::Iso)).title("Planned start").nullable().writable(),
    field("END_DATE_PLAN", "tasks.plan_ends_at", Instant(Style::Iso)).title("Planned end").nullable().writable(),
    field("GUID", "tasks.guid", Text).title("GUID"),
    field("XML_ID", "tasks.xml_id", Text).title("External code").nullable().writable(),
    field("COMMENTS_COUNT", COMMENTS, Id).title("Number of comments").nullable(),
    field("SERVICE_COMMENTS_COUNT", NONE, Id).title("Number of system comments").nullable(),
    field("ALLOW_CHANGE_DEADLINE", "tasks.allow_change_deadline", YesNo).title("The assignee may change the deadline").writable(),
    field("ALLOW_TIME_TRACKING", "tasks.allow_time_tracking", YesNo).title("Time is tracked").writable(),
    field("TASK_CONTROL", "tasks.task_control", YesNo).title("The creator accepts the work").writable(),
    field("ADD_IN_REPORT", "tasks.add_in_report", YesNo).title("In the report").writable(),
    field("FORKED_BY_TEMPLATE_ID", NONE, Id).title("Template").nullable(),
    field("TIME_ESTIMATE", "tasks.time_estimate", Id).title("Estimated seconds").writable(),
    field("TIME_SPENT_IN_LOGS", SPENT, Id).title("Seconds spent").nullable(),
    field("MATCH_WORK_TIME", "tasks.match_work_time", YesNo).title("Only in working time").writable(),
    field("FORUM_TOPIC_ID", NONE, Id).title("Topic of the comments").nullable(),
    field("FORUM_ID", NONE, Id).title("Forum").nullable(),
    field("SITE_ID", "'s1'", Text).title("Site"),
    field("SUBORDINATE", SUBTASK, YesNo).title("Subtask"),
    field("EXCHANGE_MODIFIED", NONE, Instant(Style::Iso)).title("Synchronized").nullable(),
    field("EXCHANGE_ID", NONE, Id).title("Synchronization").nullable(),
    field("OUTLOOK_VERSION", "tasks.version", Id).title("How often it was written"),
    field("VIEWED_DATE", "", Instant(Style::Iso)).stored(Stored::Computed(viewed_at)).title("Viewed").nullable(),
    field("SORTING", "tasks.sorting", Real).title("Place in the stage").nullable(),
    field("DURATION_FACT", MINUTES, Id).title("Minutes spent").nullable(),
    field("IS_MUTED", "", YesNo).stored(Stored::Computed(muted)).title("Muted"),
    field("IS_PINNED", "", YesNo).stored(Stored::Computed(pinned)).title("Pinned"),
    field("IS_PINNED_IN_GROUP", NO, YesNo).title("Pinned in the workgroup"),
    field("FLOW_ID", NONE, Id).title("Flow").nullable(),
    field("CHAT_ID", NONE, Int).title("Chat").nullable(),
    field("DESCRIPTION_IN_BBCODE", YES, YesNo).title("The description is BBCode"),
    field("STATUS", "tasks.status", Id).title("Status").writable(),
    field("STATUS_CHANGED_DATE", "tasks.status_changed_at", Instant(Style::Iso)).title("Status changed"),
    field("DURATION_PLAN", "tasks.duration_plan", Id).title("Planned duration").nullable().writable(),
    field("DURATION_TYPE", "tasks.duration_type", OneOf(DURATIONS)).title("Unit of the planned duration").writable(),
    field("FAVORITE", "", YesNo).stored(Stored::Computed(favorite)).title("Favorite"),
    field("GROUP_ID", "tasks.group_id", Id).title("Workgroup").zero().writable(),
    field("AUDITORS", "", User).stored(AUDITORS).title("Observers").quoted().rests_while(OPEN),
    field("ACCOMPLICES", "", User).stored(ACCOMPLICES).title("Participants").quoted().rests_while(OPEN),
    field("NEW_COMMENTS_COUNT", "", Int).stored(Stored::Computed(new_comments)).title("Number of new comments"),

    // Only where they are asked for.
    field("SUB_STATUS", "", Id).stored(Stored::Computed(sub_status)).title("Status, overdue and unviewed apart"),
    field("TAGS", "", Text).stored(TAGS).title("Tags"),
    field("UF_CRM_TASK", "", Text).stored(CRM).title("Objects of the CRM"),
    field("UF_TASK_WEBDAV_FILES", "null", Text).title("Files of the Drive").nullable(),
    field("UF_MAIL_MESSAGE", "null", Text).title("Letter").nullable(),

    // Ways to find and sort tasks; they are no part of a record.
    field("REAL_STATUS", "tasks.status", Id).title("Status").aside(),
    field("STATUS_COMPLETE", DONE, Id).title("Completed").aside(),
    // To someone from outside, they may be people whom they do not see.
    // What has no deadline comes after all that has one.
    field("DUE", "coalesce(tasks.deadline, cast(9223372036854775807 as bigint))", Int).aside(),
    field("CREATED_BY_LAST_NAME", CREATOR_NAME, Text).title("Last name of the creator").internal().aside(),
    field("RESPONSIBLE_LAST_NAME", RESPONSIBLE_NAME, Text).title("Last name of the assignee").internal().aside(),
    field("ACCOMPLICE", "", Int).stored(ACCOMPLICES).title("Participant").aside(),
    field("AUDITOR", "", Int).stored(AUDITORS).title("Observer").aside(),
    field("TAG", "", Text).stored(TAGS).title("Tag").aside(),
    field("DEPENDS_ON", "", Int).stored(LINKS).title("Previous task").aside(),
];

/// What is shown only where it is asked for by name.
pub(super) const ON_REQUEST: &[&str] = &["SUB_STATUS", "TAGS"];

/// The stage of the caller's own plan.
pub(super) static PLAN_STAGE: Field = field("PLAN_STAGE", "", Id).stored(Stored::Computed(plan_stage));

fn mark(sql: &mut Sql, place: Place, column: &'static str) {
    sql.push("(select m.").push(column).push(" from task_marks m where m.task_id = ").push(place.id);
    sql.push(" and m.user_id = ").bind(place.caller_id).push(")");
}

fn flag(sql: &mut Sql, place: Place, column: &'static str) {
    sql.push("coalesce(");
    mark(sql, place, column);
    sql.push(", 0)");
}

pub(super) fn favorite(sql: &mut Sql, place: Place) {
    flag(sql, place, "favorite");
}

pub(super) fn muted(sql: &mut Sql, place: Place) {
    flag(sql, place, "muted");
}

pub(super) fn pinned(sql: &mut Sql, place: Place) {
    flag(sql, place, "pinned");
}

fn viewed_at(sql: &mut Sql, place: Place) {
    mark(sql, place, "viewed_at");
}

fn plan_stage(sql: &mut Sql, place: Place) {
    mark(sql, place, "stage_id");
}

/// Whoever is to do something has not seen it yet.
fn not_viewed(sql: &mut Sql, place: Place) {
    sql.push("(case when (tasks.responsible_id = ").bind(place.caller_id);
    sql.push(" or exists (select 1 from task_accomplices a where a.task_id = tasks.id and a.user_id = ");
    sql.bind(place.caller_id).push(")) and tasks.creator_id <> ").bind(place.caller_id).push(" and ");
    viewed_at(sql, place);
    sql.push(" is null then 1 else 0 end)");
}

/// Comments of others that came after the caller's last look.
fn new_comments(sql: &mut Sql, place: Place) {
    sql.push("(select count(*) from task_comments c where c.task_id = tasks.id and c.author_id <> ");
    sql.bind(place.caller_id).push(" and c.posted_at > coalesce(");
    viewed_at(sql, place);
    sql.push(", 0))");
}

/// The status, or -1 for what is overdue, -2 for what was not viewed, -3 for what is almost overdue.
fn sub_status(sql: &mut Sql, place: Place) {
    sql.push("(case when tasks.status in (4, 5, 6) then tasks.status when tasks.deadline < ").bind(place.now);
    sql.push(" then -1 when ");
    not_viewed(sql, place);
    sql.push(" = 1 then -2 when tasks.deadline < ").bind(place.now + SOON).push(" then -3 else tasks.status end)");
}
