//! Workgroups and projects: who belongs to them, who sees them, and who may change what.

mod access;
mod edit;
mod feature;
mod fields;
mod get;
mod members;
mod people;
mod profile;
pub mod rights;
mod store;

pub use fields::GROUP;
pub use store::{enroll, hand_over};

use muster_core::{
    Module,
    call::Right,
    error::{Code, code},
    method::{Method, Param, Shape, param, read, write},
    module::{Check, Scope, placement},
    personal::personal,
};
use muster_db::Migration;

/// The module.
pub const MODULE: Module = Module {
    scopes: &[
        Scope { name: "sonet_group", title: "Workgroups" },
        Scope { name: "socialnetwork", title: "Workgroups, as newer methods show them" },
    ],
    entities: &[&GROUP],
    methods: METHODS,
    migrations: &[Migration { name: "group/0001", sql: include_str!("0001_groups.sql") }],
    checks: CHECKS,
    access: access::KINDS,
    events: store::EVENTS,
    placements: &[
        placement("SONET_GROUP_DETAIL_TAB", Some("sonet_group"), "An item of the menu of a workgroup"),
        placement("SONET_GROUP_TOOLBAR", Some("sonet_group"), "An item of the menu of a workgroup's extensions"),
    ],
    personal: &[
        personal("workgroup_members", "user_id", "Workgroups")
            .exported(&["group_id", "role", "since"])
            .erased_by(store::erase_member),
        personal("workgroups", "scrum_master_id", "Scrums that the person is the master of")
            .kept("A Scrum has a master until someone else is."),
    ],
    ..Module::new("group")
};

const CHECKS: &[Check] = &[
    Check {
        defect: "workgroups without an owner",
        count: "select count(*) from workgroups g where not exists
                (select 1 from workgroup_members m where m.group_id = g.id and m.role = 'A')",
    },
    Check {
        defect: "Scrum masters who are not members of their workgroup",
        count: "select count(*) from workgroups g where scrum_master_id is not null and not exists
                (select 1 from workgroup_members m
                 where m.group_id = g.id and m.user_id = g.scrum_master_id and m.role <> 'Z')",
    },
    Check {
        defect: "workgroups with people from outside that do not count as external",
        count: "select count(*) from workgroups g where external = 0 and exists
                (select 1 from workgroup_members m join users u on u.id = m.user_id
                 where m.group_id = g.id and m.role <> 'Z' and u.user_type = 'extranet')",
    },
    Check {
        defect: "pictures of workgroups that are not stored",
        count: "select count(*) from workgroups where image is not null
                and substr(image, 1, 32) not in (select file_key from files)",
    },
];

/// What the documentation says without a code of its own.
pub static WORDS: Code = code("", 400, "The workgroup cannot be used in this way");
/// A picture cannot be read.
pub static IMAGE_ID: Code = code("ERROR_IMAGE_ID", 400, "Image is incorrect: Invalid file type");
/// No group was named.
pub static EMPTY: Code = code("SONET_CONTROLLER_WORKGROUP_EMPTY", 400, "No value for the workgroup ID was provided.");
/// The group does not exist, or the caller may not know of it.
pub static NOT_FOUND: Code = code("SONET_CONTROLLER_WORKGROUP_NOT_FOUND", 400, "Workgroup not found.");

const SCOPE: &[&str] = &["sonet_group"];
const NEWER: &[&str] = &["socialnetwork"];
const ERRORS: &[&Code] = &[&WORDS];
const EDITING: &[&Code] = &[&WORDS, &IMAGE_ID];

const GROUP_ID: Param = param("GROUP_ID", "integer", "Which workgroup").required();
const USER_ID: Param = param("USER_ID", "array", "The person, or a list of people").required();
const MESSAGE: Param = param("MESSAGE", "string", "What to say to whoever decides");

const LIST: &[Param] = &[
    param("FILTER", "object", "Conditions: a field with an optional prefix (>=, <, %, !, ><, ...) and its value"),
    param("ORDER", "object", "Fields and directions; the newest first if left out"),
    param("GROUP_ID", "integer", "Only this workgroup"),
    param("IS_ADMIN", "boolean", "Y shows an administrator the hidden ones too"),
    param("START", "integer", "From which record on, 50 to a page; -1 answers without counting"),
];

const NEWER_LIST: &[Param] = &[
    param("FILTER", "object", "Conditions: a field with an optional prefix (>=, <, %, !, ...) and its value"),
    param("SELECT", "array", "The fields to answer with; the ID alone if left out"),
    param("ORDER", "object", "Fields and directions"),
    param("PARAMS", "object", "IS_ADMIN, siteId, mode, features, mandatoryFeatures, shouldSelectDialogId"),
    param("START", "integer", "From which record on, 50 to a page; -1 answers without counting"),
];

static METHODS: &[Method] = &[
    write("sonet_group.create", edit::create)
        .about("Creates a workgroup, a project or a Scrum.")
        .scopes(SCOPE)
        .bad_picture(&IMAGE_ID, IMAGE_ID.text)
        .params(edit::CREATE)
        .takes_fields(&GROUP, Shape::Id)
        .errors(EDITING),
    write("sonet_group.update", edit::update)
        .about("Changes a workgroup.")
        .scopes(SCOPE)
        .bad_picture(&IMAGE_ID, IMAGE_ID.text)
        .params(edit::UPDATE)
        .takes_fields(&GROUP, Shape::Id)
        .errors(EDITING),
    write("sonet_group.delete", edit::delete)
        .about("Deletes a workgroup.")
        .scopes(SCOPE)
        .params(&[GROUP_ID])
        .shape(Shape::Flag)
        .errors(ERRORS),
    write("sonet_group.setowner", edit::set_owner)
        .about("Gives a workgroup to another owner.")
        .scopes(SCOPE)
        .params(&[GROUP_ID, param("USER_ID", "integer", "The new owner").required()])
        .shape(Shape::Flag)
        .errors(ERRORS),
    read("sonet_group.get", get::get)
        .about("Lists the workgroups that the person may see, 50 to a page.")
        .scopes(SCOPE)
        .params(LIST)
        .answers(Shape::List, &GROUP),
    read("sonet_group.feature.access", feature::access)
        .about("Tells whether the person may do something with a tool of a workgroup.")
        .scopes(SCOPE)
        .params(feature::PARAMS)
        .shape(Shape::Flag)
        .errors(ERRORS),
    write("sonet_group.user.add", members::add)
        .about("Adds people to a workgroup without asking them.")
        .scopes(SCOPE)
        .right(Right::ManageGroups, &WORDS, "No permissions to add users")
        .params(&[GROUP_ID, USER_ID])
        .errors(ERRORS),
    write("sonet_group.user.update", members::update)
        .about("Changes the role of members of a workgroup.")
        .scopes(SCOPE)
        .right(Right::ManageGroups, &WORDS, "No permissions to update users role")
        .params(&[GROUP_ID, USER_ID, param("ROLE", "string", "E for a moderator, K for a member").required()])
        .errors(ERRORS),
    read("sonet_group.user.get", members::get)
        .about("Lists the members of a workgroup with their roles.")
        .scopes(SCOPE)
        .params(&[param("ID", "integer", "Which workgroup").required()])
        .errors(ERRORS),
    read("sonet_group.user.groups", members::groups)
        .about("Lists the workgroups that the person is a member of.")
        .scopes(SCOPE),
    write("sonet_group.user.invite", members::invite)
        .about("Invites people to a workgroup.")
        .scopes(SCOPE)
        .params(&[GROUP_ID, USER_ID, MESSAGE])
        .errors(ERRORS),
    write("sonet_group.user.request", members::request)
        .about("Joins an open workgroup, accepts an invitation, or asks to join.")
        .scopes(SCOPE)
        .params(&[GROUP_ID, MESSAGE])
        .shape(Shape::Flag)
        .errors(ERRORS),
    write("sonet_group.user.delete", members::delete)
        .about("Removes people from a workgroup; its owner and its Scrum master stay.")
        .scopes(SCOPE)
        .right(Right::ManageGroups, &WORDS, "No permissions to update users role")
        .params(&[GROUP_ID, USER_ID])
        .errors(ERRORS),
    read("socialnetwork.api.workgroup.get", profile::get)
        .about("Answers everything about a workgroup.")
        .scopes(NEWER)
        .params(&[param("PARAMS", "object", "groupId; select for more than the basics; mode").required()])
        .errors(&[&EMPTY, &NOT_FOUND]),
    read("socialnetwork.api.workgroup.list", get::list)
        .about("Lists the workgroups that the person may see, 50 to a page.")
        .scopes(NEWER)
        .params(NEWER_LIST),
];
