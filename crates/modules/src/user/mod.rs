//! People: the directory itself.

pub mod activity;
mod add;
pub mod bulk;
mod erase;
pub mod events;
mod export;
pub mod fields;
mod get;
mod history;
pub mod index;
pub mod invitation;
mod leave;
pub mod password;
mod references;
mod search;
pub mod store;
mod update;

pub use erase::is_erased_address;
pub use fields::USER;

use crate::right::RIGHTS_BEYOND;
use fields::{ANY_LEVEL, FULL_LEVEL};
use muster_core::{
    Module,
    call::Right,
    error::{ARGUMENT, CORE, Code, code},
    method::{Method, Param, Shape, param, read, write},
    module::{Check, Scope, placement},
};
use muster_db::Migration;

/// The module.
pub const MODULE: Module = Module {
    scopes: &[
        Scope { name: "user", title: "People: everything, and changing it" },
        Scope { name: "user_basic", title: "People: names and how to reach them" },
        Scope { name: "user_brief", title: "People: names, without how to reach them" },
    ],
    entities: &[&USER],
    methods: METHODS,
    migrations: &[
        Migration { name: "user/0001", sql: include_str!("0001_users.sql") },
        Migration { name: "user/0002", sql: include_str!("0002_changes.sql") },
        Migration { name: "user/0003", sql: include_str!("0003_history.sql") },
        Migration { name: "user/0004", sql: include_str!("0004_erasure.sql") },
        Migration { name: "user/0005", sql: include_str!("0005_emails.sql") },
    ],
    checks: CHECKS,
    events: events::EVENTS,
    personal: erase::PERSONAL,
    indexes: &[&index::INDEX],
    placements: &[
        placement("USER_PROFILE_MENU", Some("user"), "An item of the menu behind one's own picture"),
        placement("USER_PROFILE_TOOLBAR", Some("user"), "An item of the menu of a person's card"),
    ],
    ..Module::new("user")
};

const CHECKS: &[Check] = &[
    Check {
        defect: "people whose e-mail address is not claimed for them",
        count: "select count(*) from users u where not exists
                (select 1 from user_emails e where e.user_id = u.id and e.email_key = u.email_key)",
    },
    Check {
        defect: "claims of e-mail addresses that no one has",
        count: "select count(*) from user_emails e where not exists
                (select 1 from users u where u.id = e.user_id and u.email_key = e.email_key)",
    },
    Check {
        defect: "people with a name who cannot be found by it",
        count: "select count(*) from users u where (name is not null or last_name is not null)
                and not exists (select 1 from user_words w where w.user_id = u.id)",
    },
    Check {
        defect: "employees without a department",
        count: "select count(*) from users u where user_type = 'employee'
                and not exists (select 1 from user_departments d where d.user_id = u.id)",
    },
    Check {
        defect: "people from outside with a department",
        count: "select count(*) from users u where user_type = 'extranet'
                and exists (select 1 from user_departments d where d.user_id = u.id)",
    },
    Check {
        defect: "photos that are not stored",
        count: "select count(*) from users where personal_photo is not null
                and substr(personal_photo, 1, 32) not in (select file_key from files)",
    },
];

/// An extranet person was to be added without a workgroup.
pub static GROUP_ID: Code = code("ERROR_GROUPID", 400, "Group code not specified");
/// The workgroup for an extranet person does not exist.
pub static NO_GROUP: Code = code("ERROR_NO_GROUP", 400, "Group is specified incorrectly");

const LIST: &[Param] = &[
    param("FILTER", "object", "Conditions: a field with an optional prefix (>=, <, %, !, @, ...) and its value"),
    param("SORT", "string", "The field to sort by; ID if left out"),
    param("ORDER", "string", "ASC or DESC; or an object of fields and directions"),
    param("SELECT", "array", "The fields to answer with; the masks * and UF_* select several"),
    param("START", "integer", "From which record on, 50 to a page; -1 answers without counting"),
    param("ADMIN_MODE", "boolean", "Asks for everyone an administrator may see"),
    param("IMAGE_RESIZE", "string", "small, medium or large: the copy of the photo to point to"),
];

/// What `user.add` would refuse, without adding anyone: for pages that tell it beforehand. It is no method of the API.
pub static CHECK_ADD: Method = read("user.add", add::check)
    .about("Sees whether a person could be added.")
    .scopes(FULL_LEVEL)
    .right(Right::InvitePeople, &CORE, "access_denied")
    .takes_fields(&USER, Shape::Flag);

/// Taking back an invitation that was not accepted yet, for pages: by REST, that is a part of `user.update`.
pub static REVOKE_INVITATION: Method = write("user.update", update::revoke)
    .about("Takes back an invitation.")
    .scopes(FULL_LEVEL)
    .right(Right::InvitePeople, &CORE, "access_denied")
    .params(invitation::RESEND)
    .shape(Shape::Flag);

static METHODS: &[Method] = &[
    read("user.current", get::current)
        .about("Answers the profile of the person on whose behalf the call is made.")
        .of_oneself()
        .scopes(ANY_LEVEL)
        .answers(Shape::Record, &USER),
    read("user.get", get::get)
        .about("Lists people that pass a filter, 50 to a page.")
        .scopes(ANY_LEVEL)
        .params(LIST)
        .answers(Shape::List, &USER),
    read("user.search", search::search)
        .about("Finds people by the beginnings of the words of their names, position and department, 50 to a page.")
        .scopes(ANY_LEVEL)
        .params(LIST)
        .answers(Shape::List, &USER),
    read("user.fields", get::fields)
        .about("Lists the fields of a person that the caller may see, with their titles.")
        .scopes(ANY_LEVEL)
        .answers(Shape::Value, &USER),
    write("user.add", add::add)
        .about("Invites a person. The invitation is sent to the e-mail address.")
        .scopes(FULL_LEVEL)
        .right(Right::InvitePeople, &CORE, "access_denied")
        .params(add::PARAMS)
        .takes_fields(&USER, Shape::Id)
        .errors(&[&ARGUMENT, &CORE, &GROUP_ID, &NO_GROUP, &RIGHTS_BEYOND]),
    write("user.update", update::update)
        .about("Changes a person's profile, or revokes an invitation that was not accepted yet.")
        .scopes(FULL_LEVEL)
        .right(Right::EditPeople, &CORE, "access_denied")
        .params(update::PARAMS)
        .takes_fields(&USER, Shape::Flag)
        .errors(&[&ARGUMENT, &CORE, &RIGHTS_BEYOND]),
    read("user.invitation.list", invitation::list)
        .about("Lists who has been invited and has not registered yet, the latest first, 50 to a page.")
        .scopes(FULL_LEVEL)
        .right(Right::InvitePeople, &CORE, "access_denied")
        .params(invitation::LIST)
        .errors(&[&ARGUMENT]),
    write("user.invitation.resend", invitation::resend)
        .about("Sends an invitation again. The links of earlier ones end.")
        .scopes(FULL_LEVEL)
        .right(Right::InvitePeople, &CORE, "access_denied")
        .params(invitation::RESEND)
        .shape(Shape::Flag)
        .errors(&[&ARGUMENT, &CORE]),
    write("user.profile.update", update::update_own)
        .about("Changes one's own profile: what people say of themselves, and not what the company says of them.")
        .of_oneself()
        .scopes(FULL_LEVEL)
        .takes_fields(&USER, Shape::Flag)
        .errors(&[&ARGUMENT, &CORE]),
    read("user.export", export::export)
        .about("Answers all that is stored about a person: for themselves and for administrators, in pages.")
        .of_oneself()
        .scopes(FULL_LEVEL)
        .params(export::PARAMS)
        .answers(Shape::Value, &USER)
        .errors(&[&ARGUMENT, &CORE]),
    write("user.erase", erase::erase)
        .about("Erases what is stored about someone who has left; in pages, or if api_dismissal is on.")
        .scopes(FULL_LEVEL)
        .right(Right::Administer, &CORE, "access_denied")
        .params(erase::PARAMS)
        .shape(Shape::Flag)
        .errors(&[&ARGUMENT, &CORE]),
    write("user.dismiss", leave::dismiss)
        .about("Dismisses a person at once and hands over what rests on them; in pages, or if api_dismissal is on.")
        .scopes(FULL_LEVEL)
        .right(Right::ManagePeople, &CORE, "access_denied")
        .params(leave::DISMISS)
        .shape(Shape::Flag)
        .errors(&[&ARGUMENT, &CORE]),
    write("user.restore", leave::restore)
        .about("Lets a person work here again who was dismissed; in pages, or if api_dismissal is on.")
        .scopes(FULL_LEVEL)
        .right(Right::ManagePeople, &CORE, "access_denied")
        .params(leave::RESTORE)
        .shape(Shape::Flag)
        .errors(&[&ARGUMENT, &CORE]),
    read("user.history", history::history)
        .about("Lists what was changed of a person, by whom and when, the latest first, 50 to a page.")
        .scopes(FULL_LEVEL)
        .right(Right::EditPeople, &CORE, "access_denied")
        .params(history::PARAMS)
        .errors(&[&ARGUMENT, &CORE]),
    read("user.references", references::references)
        .about(
            "Lists where a person is used: items of OBJECT, OBJECT_ID, FIELD and ROLE, 50 to a page, and counts by the \
             kind of object.",
        )
        .scopes(FULL_LEVEL)
        .right(Right::ManagePeople, &CORE, "access_denied")
        .params(references::PARAMS)
        .errors(&[&ARGUMENT, &CORE]),
];
