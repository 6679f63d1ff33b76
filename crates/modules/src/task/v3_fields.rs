//! A task as REST 3.0 knows it: the same rows under other names, with numbers as numbers and words for statuses.

use super::fields::{DURATIONS, favorite, muted, pinned};
use muster_core::{
    field::{Entity, Field, Kind::*, Stored, field},
    time::Style,
};

/// A task.
pub static TASK_V3: Entity = Entity {
    name: "TaskDto",
    table: "tasks",
    joins: &[],
    id: "tasks.id",
    sparse: false,
    camel: true,
    custom: None,
    fields: FIELDS,
};

const PRIORITIES: &[(&str, i64)] = &[("low", 0), ("average", 1), ("high", 2)];
const STATUSES: &[(&str, i64)] =
    &[("pending", 2), ("in_progress", 3), ("supposedly_completed", 4), ("completed", 5), ("deferred", 6)];

const NO: &str = "cast(0 as bigint)";
const NONE: &str = "cast(null as bigint)";
const MARK: &str = "coalesce(tasks.mark, 'none')";
const MINUTES: &str =
    "(select coalesce(cast(sum(e.seconds) as bigint), 0) / 60 from task_elapsed e where e.task_id = tasks.id)";
const HAS_ITEMS: &str =
    "(case when exists (select 1 from task_checklist c where c.task_id = tasks.id) then 1 else 0 end)";
const HAS_PARTS: &str = "(case when exists (select 1 from tasks c where c.parent_id = tasks.id) then 1 else 0 end)";
const HAS_LINKS: &str = "(case when exists (select 1 from task_links l where l.to_id = tasks.id or l.from_id = tasks.id) then 1 else 0 end)";
const ITEMS: &str = "(select id as item_id, task_id, sort_index as position from task_checklist) as items";

const fn link(table: &'static str, owner: &'static str, value: &'static str) -> Stored {
    Stored::Link { table, owner, value }
}

// People are plain numbers here: that they are people is declared once, by the task itself.
#[rustfmt::skip] // One line a field, so that a line is all there is to say about it.
static FIELDS: &[Field] = &[
    field("ID", "tasks.id", Int),
    field("TITLE", "tasks.title", Text).title("Title").key("tasks.title_key"),
    field("DESCRIPTION", "tasks.description", Text).title("Description"),
    field("CREATOR_ID", "tasks.creator_id", Int).title("Creator"),
    field("CREATED", "tasks.created_at", Instant(Style::Iso)).title("Created"),
    field("RESPONSIBLE_ID", "tasks.responsible_id", Int).title("Assignee"),
    field("DEADLINE", "tasks.deadline", Instant(Style::Iso)).title("Deadline").nullable(),
    field("NEEDS_CONTROL", "tasks.task_control", Bool).title("The creator accepts the work"),
    field("START_PLAN", "tasks.plan_starts_at", Instant(Style::Iso)).title("Planned start").nullable(),
    field("END_PLAN", "tasks.plan_ends_at", Instant(Style::Iso)).title("Planned end").nullable(),
    field("FILE_IDS", "null", Text).title("Files of the Drive").nullable(),
    field("CHECKLIST", "", Int).stored(link(ITEMS, "task_id", "item_id")).title("Items of checklists"),
    field("GROUP_ID", "tasks.group_id", Int).title("Workgroup").nullable(),
    field("STAGE_ID", "tasks.stage_id", Int).title("Stage").nullable(),
    field("EPIC_ID", NONE, Int).title("Epic").nullable(),
    field("STORY_POINTS", NONE, Int).title("Story points").nullable(),
    field("FLOW_ID", NONE, Int).title("Flow").nullable(),
    field("PRIORITY", "tasks.priority", Choice(PRIORITIES)).title("Priority"),
    field("STATUS", "tasks.status", Choice(STATUSES)).title("Status"),
    field("STATUS_CHANGED", "tasks.status_changed_at", Instant(Style::Iso)).title("Status changed").nullable(),
    field("ACCOMPLICES", "", Int).stored(link("task_accomplices", "task_id", "user_id")).title("Participants"),
    field("AUDITORS", "", Int).stored(link("task_auditors", "task_id", "user_id")).title("Observers"),
    field("PARENT_ID", "tasks.parent_id", Int).title("Parent task").nullable(),
    field("CONTAINS_CHECKLIST", HAS_ITEMS, Bool).title("Has a checklist"),
    field("CONTAINS_SUB_TASKS", HAS_PARTS, Bool).title("Has subtasks"),
    field("CONTAINS_RELATED_TASKS", HAS_LINKS, Bool).title("Has related tasks"),
    field("CONTAINS_GANTT_LINKS", HAS_LINKS, Bool).title("Waits or is waited for"),
    field("CONTAINS_PLACEMENTS", NO, Bool).title("Has integrations"),
    field("CONTAINS_RESULTS", NO, Bool).title("Has results"),
    field("NUMBER_OF_REMINDERS", NO, Int).title("Number of reminders"),
    field("CHAT_ID", NONE, Int).title("Chat").nullable(),
    field("PLANNED_DURATION", "coalesce(tasks.duration_plan, 0)", Int).title("Planned duration"),
    field("ACTUAL_DURATION", MINUTES, Int).title("Minutes spent"),
    field("DURATION_TYPE", "tasks.duration_type", OneOf(DURATIONS)).title("Unit of the planned duration"),
    field("STARTED", "tasks.started_at", Instant(Style::Iso)).title("Started").nullable(),
    field("ESTIMATED_TIME", "tasks.time_estimate", Int).title("Estimated seconds"),
    field("REPLICATE", NO, Bool).title("Recurring"),
    field("CHANGED", "tasks.changed_at", Instant(Style::Iso)).title("Changed"),
    field("CHANGED_BY_ID", "tasks.changed_by", Int).title("Changed by"),
    field("STATUS_CHANGED_BY_ID", "tasks.status_changed_by", Int).title("Status changed by").nullable(),
    field("CLOSED_BY_ID", "tasks.closed_by", Int).title("Completed by").nullable(),
    field("CLOSED", "tasks.closed_at", Instant(Style::Iso)).title("Completed").nullable(),
    field("ACTIVITY", "tasks.active_at", Instant(Style::Iso)).title("Last activity"),
    field("GUID", "tasks.guid", Text).title("GUID"),
    field("XML_ID", "tasks.xml_id", Text).title("External code").nullable(),
    field("EXCHANGE_ID", "null", Text).title("Synchronization").nullable(),
    field("EXCHANGE_MODIFIED", "null", Text).title("Synchronized").nullable(),
    field("OUTLOOK_VERSION", "tasks.version", Int).title("How often it was written"),
    field("MARK", MARK, OneOf(&["N", "P", "none"])).title("Rating"),
    field("ALLOWS_CHANGE_DEADLINE", "tasks.allow_change_deadline", Bool).title("The assignee may change the deadline"),
    field("ALLOWS_TIME_TRACKING", "tasks.allow_time_tracking", Bool).title("Time is tracked"),
    field("MATCHES_WORK_TIME", "tasks.match_work_time", Bool).title("Only in working time"),
    field("ADD_IN_REPORT", "tasks.add_in_report", Bool).title("In the report"),
    field("IS_MULTITASK", HAS_PARTS, Bool).title("Has subtasks"),
    field("SITE_ID", "'s1'", Text).title("Site"),
    field("FORKED_BY_TEMPLATE_ID", NONE, Int).title("Template").nullable(),
    field("DEADLINE_COUNT", NONE, Int).title("How often the deadline was moved").nullable(),
    field("DECLINE_REASON", "null", Text).title("Why it was declined").nullable(),
    field("FORUM_TOPIC_ID", NONE, Int).title("Topic of the comments").nullable(),
    field("CRM_ITEM_IDS", "", Text).stored(link("task_crm_items", "task_id", "item")).title("Objects of the CRM"),
    field("EMAIL_ID", NONE, Int).title("Letter").nullable(),
    field("REQUIRE_RESULT", NO, Bool).title("Needs a result"),
    field("MATCHES_SUB_TASKS_TIME", NO, Bool).title("Deadlines by subtasks"),
    field("AUTOCOMPLETE_SUB_TASKS", "tasks.autocomplete", Bool).title("Completed with its subtasks"),
    field("ALLOWS_CHANGE_DATE_PLAN", NO, Bool).title("The assignee may change the plan"),
    field("MAX_DEADLINE_CHANGE_DATE", NONE, Instant(Style::Iso)).title("Until when the deadline may move").nullable(),
    field("MAX_DEADLINE_CHANGES", NONE, Int).title("How often the deadline may move").nullable(),
    field("REQUIRE_DEADLINE_CHANGE_REASON", NO, Bool).title("Moving the deadline needs a reason"),
    field("IN_FAVORITE", "", Bool).stored(Stored::Computed(favorite)).title("Favorite of the caller"),
    field("IN_PIN", "", Bool).stored(Stored::Computed(pinned)).title("Pinned by the caller"),
    field("IN_GROUP_PIN", NO, Bool).title("Pinned in the workgroup"),
    field("IN_MUTE", "", Bool).stored(Stored::Computed(muted)).title("Muted by the caller"),
    field("DEPENDS_ON", "", Int).stored(link("task_links", "to_id", "from_id")).title("Previous tasks"),
];

/// What clients set, with the name that the older methods have for it. A creator is set once, when a task is added.
pub(super) const EDITABLE: &[(&str, &str)] = &[
    ("TITLE", "TITLE"),
    ("DESCRIPTION", "DESCRIPTION"),
    ("RESPONSIBLE_ID", "RESPONSIBLE_ID"),
    ("DEADLINE", "DEADLINE"),
    ("NEEDS_CONTROL", "TASK_CONTROL"),
    ("START_PLAN", "START_DATE_PLAN"),
    ("END_PLAN", "END_DATE_PLAN"),
    ("FILE_IDS", "UF_TASK_WEBDAV_FILES"),
    ("GROUP_ID", "GROUP_ID"),
    ("STAGE_ID", "STAGE_ID"),
    ("PRIORITY", "PRIORITY"),
    ("STATUS", "STATUS"),
    ("ACCOMPLICES", "ACCOMPLICES"),
    ("AUDITORS", "AUDITORS"),
    ("PARENT_ID", "PARENT_ID"),
    ("PLANNED_DURATION", "DURATION_PLAN"),
    ("DURATION_TYPE", "DURATION_TYPE"),
    ("ESTIMATED_TIME", "TIME_ESTIMATE"),
    ("XML_ID", "XML_ID"),
    ("MARK", "MARK"),
    ("ALLOWS_CHANGE_DEADLINE", "ALLOW_CHANGE_DEADLINE"),
    ("ALLOWS_TIME_TRACKING", "ALLOW_TIME_TRACKING"),
    ("MATCHES_WORK_TIME", "MATCH_WORK_TIME"),
    ("ADD_IN_REPORT", "ADD_IN_REPORT"),
    ("CRM_ITEM_IDS", "UF_CRM_TASK"),
    ("AUTOCOMPLETE_SUB_TASKS", "SE_PARAMETER"),
];
