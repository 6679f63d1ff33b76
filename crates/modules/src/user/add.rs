//! Inviting a person: `user.add`.

use super::{GROUP_ID, NO_GROUP, fields::USER, store};
use muster_core::{
    Answer, Call, Json, Result, custom,
    error::ARGUMENT,
    event, json,
    method::{Param, param},
    record,
};

pub(super) const PARAMS: &[Param] = &[
    param("EMAIL", "string", "The e-mail address, which is the login too").required(),
    param("UF_DEPARTMENT", "array", "The IDs of the person's departments; needed for an employee"),
    param("EXTRANET", "string", "Y invites an external person, who needs SONET_GROUP_ID instead of departments"),
    param("SONET_GROUP_ID", "array", "The IDs of the workgroups of an external person"),
];

/// Invites a person: they are in the directory at once and can sign in once they accept.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let email = store::read_email(call.params)?.ok_or_else(|| ARGUMENT.say("wrong_email").about(""))?;
    if call.params.flag("EXTRANET")? {
        return Err(refuse_extranet(call));
    }
    let departments = store::read_departments(call)?.unwrap_or_default();
    if departments.is_empty() {
        return Err(ARGUMENT.say("no_extranet_field").about(""));
    }
    store::check_limit(call)?;

    let mut columns = record::read(&USER, call.params, call)?;
    let fields = custom::read(call, true)?;
    store::push_email(&mut columns, &email);
    store::push_pictures(call, &mut columns)?;
    columns.push(("active", true.into()));
    columns.push(("admin", false.into()));
    columns.push(("user_type", "employee".into()));
    columns.push(("registered_at", call.now.into()));
    columns.push(("changed_at", call.now.into()));
    let id = store::insert(call.tx, &columns)?;
    store::claim_email(call.tx, id, &email)?;
    store::set_departments(call.tx, id, &departments)?;
    store::index_words(call.tx, id)?;
    custom::write(call, id, &fields)?;
    event::emit(call, "invitation", id, &json!({ "user_id": id, "invited_by": call.caller.user_id }))?;
    Ok(id.into())
}

/// An external person belongs to workgroups, which this version does not have yet: every group given is a wrong one.
fn refuse_extranet(call: &Call<'_, '_>) -> muster_core::Error {
    let groups = call.params.list("SONET_GROUP_ID");
    let given = groups.iter().any(|it| !matches!(it, Json::Null) && it.as_str() != Some(""));
    if given { NO_GROUP.error() } else { GROUP_ID.error() }
}
