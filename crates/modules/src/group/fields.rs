//! The fields of a workgroup, each declared once.

use muster_core::{
    field::{Entity, Field, Join, Kind, Kind::*, Stored, field},
    time::Style,
};

/// Who may invite people: the owner, the moderators too, or every member.
pub(super) const INITIATORS: &[&str] = &["A", "E", "K"];

/// A workgroup or project.
pub static GROUP: Entity = Entity {
    name: "sonet_group",
    table: "workgroups",
    joins: &[Join {
        prefix: "workgroup_subjects.",
        sql: "join workgroup_subjects on workgroup_subjects.id = workgroups.subject_id",
        is_followed: false,
    }],
    id: "workgroups.id",
    sparse: false,
    camel: false,
    custom: None,
    fields: &FIELDS,
};

/// The fields as `socialnetwork.api.workgroup.get` shows them.
pub(super) static PROFILE: [Field; COUNT] = with_numbers(DECLARED);

static FIELDS: [Field; COUNT] = DECLARED;

const COUNT: usize = 33;

// The owner is whoever has that role, and the members are counted: neither is written down a second time.
const OWNER: &str = "(select m.user_id from workgroup_members m where m.group_id = workgroups.id and m.role = 'A')";
const MEMBERS: &str = "(select count(*) from workgroup_members m join users u on u.id = m.user_id
    where m.group_id = workgroups.id and m.role in ('A', 'E', 'K') and u.active = 1)";
const MODERATORS: &str = "(select count(*) from workgroup_members m join users u on u.id = m.user_id
    where m.group_id = workgroups.id and m.role in ('A', 'E') and u.active = 1)";
// A group has at most one picture, so its own ID identifies the picture too.
const IMAGE_ID: &str = "(case when workgroups.image is null then 0 else workgroups.id end)";
const TYPE: &str = "(case when workgroups.scrum_master_id is not null then 'scrum'
    when workgroups.project = 1 then 'project' else 'group' end)";
const SCRUM_OWNER: &str = "(select coalesce(max(m.user_id), 0) from workgroup_members m
    where m.group_id = workgroups.id and m.role = 'A' and workgroups.scrum_master_id is not null)";
const RESPONSIBLE: &str = "(case when workgroups.scrum_master_id is null then '' else 'A' end)";
// What there is none of yet. A bare number would be a position in `order by`.
const NONE: &str = "cast(0 as bigint)";

/// Who belongs to a group, and not only is about to.
const BELONGS: Stored = Stored::Link {
    table: "(select group_id, user_id from workgroup_members where role <> 'Z') as belongs",
    owner: "group_id",
    value: "user_id",
};

#[rustfmt::skip] // One line a field, so that a line is all there is to say about it.
const DECLARED: [Field; COUNT] = [
    field("ID", "workgroups.id", Id),
    field("SITE_ID", "'s1'", Text).title("Site"),
    field("NAME", "workgroups.name", Text).title("Name").key("workgroups.name_key").writable().titles(),
    field("DESCRIPTION", "workgroups.description", Text).title("Description").max(10_000).nullable().writable(),
    field("DATE_CREATE", "workgroups.created_at", Instant(Style::Iso)).title("Created"),
    field("DATE_UPDATE", "workgroups.changed_at", Instant(Style::Iso)).title("Changed"),
    field("ACTIVE", "workgroups.active", YesNo).title("Active").writable(),
    field("VISIBLE", "workgroups.visible", YesNo).title("Visible in the list").writable(),
    field("OPENED", "workgroups.opened", YesNo).title("Open for joining").writable(),
    field("CLOSED", "workgroups.closed", YesNo).title("Archived").writable(),
    field("SUBJECT_ID", "workgroups.subject_id", Id).title("Subject"),
    field("OWNER_ID", OWNER, User).title("Owner"),
    field("KEYWORDS", "workgroups.keywords", Text).title("Keywords, separated by commas").max(1_000).nullable().writable(),
    field("NUMBER_OF_MEMBERS", MEMBERS, Id).title("Number of members"),
    field("DATE_ACTIVITY", "workgroups.active_at", Instant(Style::Iso)).title("Last activity"),
    field("SUBJECT_NAME", "workgroup_subjects.name", Text).title("Name of the subject"),
    field("IMAGE", "workgroups.image", Image).title("Picture").writable(),
    field("PROJECT", "workgroups.project", YesNo).title("Project"),
    field("IS_EXTRANET", "workgroups.external", YesNo).title("With people from outside the company"),
    field("IMAGE_ID", IMAGE_ID, Id).title("ID of the picture"),
    field("AVATAR", "workgroups.image", Image).title("Small copy of the picture"),
    field("AVATAR_TYPE", "null", Text).title("Kind of the system picture").nullable(),
    field("INITIATE_PERMS", "workgroups.initiate_perms", OneOf(INITIATORS)).title("Who may invite people").writable(),
    field("NUMBER_OF_MODERATORS", MODERATORS, Id).title("Number of moderators, the owner among them"),
    field("PROJECT_DATE_START", "workgroups.project_starts_at", Instant(Style::Iso)).title("Start").nullable().writable(),
    field("PROJECT_DATE_FINISH", "workgroups.project_finishes_at", Instant(Style::Iso)).title("End").nullable().writable(),
    field("LANDING", NONE, YesNo).title("For publication"),
    field("SCRUM_OWNER_ID", SCRUM_OWNER, Id).title("Owner of the Scrum"),
    field("SCRUM_MASTER_ID", "coalesce(workgroups.scrum_master_id, 0)", User).title("Scrum master"),
    field("SCRUM_SPRINT_DURATION", NONE, Id).title("Seconds of a sprint"),
    field("SCRUM_TASK_RESPONSIBLE", RESPONSIBLE, Text).title("Who tasks are assigned to"),
    field("MEMBER_ID", "", Int).stored(BELONGS).title("Someone who belongs to it").aside(),
    field("TYPE", TYPE, OneOf(&["group", "project", "scrum", "collab"])).title("Kind of group"),
];

/// The same fields with IDs as numbers and instants in the older form.
const fn with_numbers(mut fields: [Field; COUNT]) -> [Field; COUNT] {
    let mut at = 0;
    while at < COUNT {
        fields[at].kind = match fields[at].kind {
            Kind::Id | Kind::User => Kind::Int,
            Kind::Instant(_) => Kind::Instant(Style::Dotted),
            other => other,
        };
        at += 1;
    }
    fields
}
