//! Inviting a person: `user.add`.

use super::{
    GROUP_ID, NO_GROUP,
    events::{self, ON_USER_INVITE},
    fields::USER,
    invitation, store,
};
use crate::{group, right};
use muster_core::{
    Answer, Call, Json, Result, custom,
    error::ARGUMENT,
    method::{Param, param},
    params::read_int,
    record::{self, Columns},
};

pub(super) const PARAMS: &[Param] = &[
    param("EMAIL", "string", "The e-mail address, which is the login too").required(),
    param("UF_DEPARTMENT", "array", "The IDs of the person's departments; needed for an employee"),
    param("EXTRANET", "string", "Y invites an external person, who needs SONET_GROUP_ID instead of departments"),
    param("SONET_GROUP_ID", "array", "The IDs of the workgroups of an external person"),
    invitation::LANGUAGE,
    param("SEND_INVITATION", "boolean", "N adds the person without an invitation; it can be sent later"),
];

/// Invites a person: they are in the directory at once and can sign in once they accept.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let NewUser { email, place, mut columns, fields } = read(call)?;
    if let Place::Departments(_) = place {
        // Only those who work here count.
        store::check_limit(call)?;
    }
    store::push_email(&mut columns, &email);
    store::push_pictures(call, &mut columns)?;
    columns.push(("active", true.into()));
    columns.push(("admin", false.into()));
    columns.push(("user_type", place.user_type().into()));
    columns.push(("registered_at", call.now.into()));
    columns.push(("changed_at", call.now.into()));
    let id = store::insert(call.tx, &columns)?;
    store::claim_email(call.tx, id, &email)?;
    match place {
        Place::Departments(departments) => store::set_departments(call.tx, id, &departments)?,
        Place::Groups(groups) => group::enroll(call, id, &groups)?,
    }
    store::index_words(call.tx, id)?;
    custom::write(call, id, &fields)?;
    if call.params.opt_flag("SEND_INVITATION")?.unwrap_or(true) {
        invitation::send(call, id)?;
    }
    events::tell(call, &ON_USER_INVITE, id)?;
    Ok(id.into())
}

/// Sees whether a person could be added, and changes nothing. How many people there may be is left aside: that is about
/// all who are to be added, and not about one.
pub(super) fn check(call: &mut Call<'_, '_>) -> Result<Answer> {
    let new = read(call)?;
    if store::find_by_email(call.tx, &new.email)?.is_some() {
        return Err(store::email_taken());
    }
    call.params.opt_flag("SEND_INVITATION")?;
    Ok(true.into())
}

/// What was sent of a new person, read and found to be right.
struct NewUser {
    email: String,
    place: Place,
    columns: Columns,
    fields: custom::Written,
}

fn read(call: &mut Call<'_, '_>) -> Result<NewUser> {
    Ok(NewUser {
        email: store::read_email(call.params)?.ok_or_else(|| ARGUMENT.say("wrong_email").about(""))?,
        place: read_place(call)?,
        columns: record::read(&USER, call.params, call)?,
        fields: custom::read(call, call.params, true)?,
    })
}

/// Where a new person belongs.
enum Place {
    /// An employee: to departments.
    Departments(Vec<i64>),
    /// Someone from outside the company: to workgroups, and to nothing else.
    Groups(Vec<i64>),
}

impl Place {
    fn user_type(&self) -> &'static str {
        match self {
            Place::Departments(_) => "employee",
            Place::Groups(_) => "extranet",
        }
    }
}

fn read_place(call: &mut Call<'_, '_>) -> Result<Place> {
    if call.params.flag("EXTRANET")? {
        return Ok(Place::Groups(read_groups(call)?));
    }
    let departments = store::read_departments(call)?.unwrap_or_default();
    if departments.is_empty() {
        return Err(ARGUMENT.say("no_extranet_field").about(""));
    }
    store::check_departments(call, &departments)?;
    Ok(Place::Departments(departments))
}

/// The groups that were sent. Each has to be one that the caller may see. They are locked, so that none is deleted
/// meanwhile, and always in the same order, so that no two calls wait for each other.
fn read_groups(call: &mut Call<'_, '_>) -> Result<Vec<i64>> {
    let mut ids = Vec::new();
    for sent in call.params.list("SONET_GROUP_ID") {
        if sent == Json::Null || sent.as_str() == Some("") {
            continue;
        }
        ids.push(read_int(&sent).ok_or_else(|| NO_GROUP.error())?);
    }
    ids.sort_unstable();
    ids.dedup();
    for id in &ids {
        if group::rights::find_to_change(call, *id)?.is_none() || !right::may_give(call, &right::of_group(*id))? {
            return Err(NO_GROUP.error());
        }
    }
    if ids.is_empty() { Err(GROUP_ID.error()) } else { Ok(ids) }
}
