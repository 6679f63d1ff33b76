//! The tools of a workgroup and who may do what with them: `sonet_group.feature.access`.

use super::{
    WORDS,
    rights::{Role, find},
    store::read_id,
};
use muster_core::{
    Answer, Call, Result,
    call::Right,
    method::{Param, param},
};

/// A tool that every group has.
pub(super) struct Feature {
    /// Its code.
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) title: &'static str,
    /// What can be done with it, and the least role that may.
    operations: &'static [(&'static str, Role)],
}

/// The tools there are.
pub(super) static FEATURES: &[Feature] = &[
    Feature { name: "photo", title: "Photo gallery", operations: &[("view", Role::Member), ("write", Role::Member)] },
    Feature { name: "calendar", title: "Calendar", operations: &[("view", Role::Member), ("write", Role::Member)] },
    Feature {
        name: "tasks",
        title: "Tasks",
        operations: &[
            ("view", Role::Member),
            ("view_all", Role::Member),
            ("sort", Role::Member),
            ("create_tasks", Role::Member),
            ("edit_tasks", Role::Moderator),
            ("delete_tasks", Role::Moderator),
        ],
    },
    Feature { name: "files", title: "Drive", operations: &[("view", Role::Member), ("write", Role::Member)] },
    Feature {
        name: "blog",
        title: "Messages",
        operations: &[
            ("view_post", Role::Member),
            ("premoderate_post", Role::Member),
            ("write_post", Role::Member),
            ("moderate_post", Role::Moderator),
            ("full_post", Role::Moderator),
            ("view_comment", Role::Member),
            ("premoderate_comment", Role::Member),
            ("write_comment", Role::Member),
            ("moderate_comment", Role::Moderator),
            ("full_comment", Role::Moderator),
        ],
    },
];

pub(super) const PARAMS: &[Param] = &[
    param("GROUP_ID", "integer", "Which workgroup").required(),
    param("FEATURE", "string", "photo, calendar, tasks, files or blog").required(),
    param("OPERATION", "string", "What to do with it, such as view or write_post").required(),
];

/// Whether the caller may do this. In the archive, things can be read and not changed.
pub(super) fn access(call: &mut Call<'_, '_>) -> Result<Answer> {
    let wrong = || WORDS.say("Wrong socialnetwork group ID").about("GROUP_ID");
    let id = read_id(call.params, "GROUP_ID").ok_or_else(wrong)?;
    let name = call.params.text("FEATURE").ok().flatten().unwrap_or_default();
    let feature = FEATURES.iter().find(|it| it.name == name);
    let feature = feature.ok_or_else(|| WORDS.say("Wrong feature").about("FEATURE"))?;
    let name = call.params.text("OPERATION").ok().flatten().unwrap_or_default();
    let operation = feature.operations.iter().find(|it| it.0 == name);
    let (name, least) = operation.ok_or_else(|| WORDS.say("Wrong operation").about("OPERATION"))?;
    let group = find(call, id)?.ok_or_else(wrong)?;
    let has = call.caller.may(Right::ManageGroups) || group.role.is_some_and(|it| it <= *least);
    Ok((has && (!group.closed || name.starts_with("view"))).into())
}
