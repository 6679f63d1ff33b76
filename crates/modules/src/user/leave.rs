//! Leaving and coming back: `user.dismiss` and `user.restore`, for Muster's own pages.
//!
//! All of it is one transaction: whoever has left can do nothing any more, and nothing rests on them.

use super::{
    events::{self, ON_USER_DISMISS, ON_USER_RESTORE},
    history, store,
};
use crate::{app::token, department, group, mail::link, right, session, webhook};
use muster_core::{
    Answer, Call, Error, Json, Result, Via, binding,
    error::{ARGUMENT, CORE},
    json,
    method::{Param, param},
};
use muster_db::{Row, Sql, Tx};

pub(super) const DISMISS: &[Param] = &[
    param("ID", "integer", "Who leaves").required(),
    param("HEIR", "integer", "Who takes over what rests on them; needed if anything does"),
];
pub(super) const RESTORE: &[Param] = &[param("ID", "integer", "Who comes back").required()];

/// Dismisses someone: ends all by which they could do anything, and hands over what rests on them.
pub(super) fn dismiss(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_id(call)?;
    let heir = call.params.int("HEIR")?.filter(|it| *it > 0);
    lock(call)?;
    check_rank(call, id)?;
    let person = find(call.tx, id)?.filter(|it| it.opt_int(0) == Some(1)).ok_or_else(denied)?;
    if person.opt_int(1).is_none() {
        return Err(ARGUMENT.say("whoever has not registered is not dismissed: revoke the invitation").about("ID"));
    }
    if let Some(heir) = heir {
        check_heir(call, id, heir)?;
    }
    let rests = binding::references(call, id, None, (0, true))?.result;
    let counts = rests.get("counts").cloned().unwrap_or_default();
    match heir {
        Some(heir) => {
            department::hand_over(call, id, heir)?;
            group::hand_over(call, id, heir)?;
            binding::hand_over(call, id, heir)?;
        }
        None if counts.as_object().is_some_and(|it| !it.is_empty()) => {
            return Err(ARGUMENT.say("someone has to take over what rests on this person").about("HEIR"));
        }
        None => {}
    }
    store::update(call.tx, id, &vec![("active", false.into()), ("changed_at", call.now.into())])?;
    end_access(call.tx, id, call.now)?;
    history::note(call, id, "dismiss", &json!({ "HEIR": heir, "COUNTS": counts }))?;
    events::tell(call, &ON_USER_DISMISS, id)?;
    Ok(true.into())
}

/// Lets someone who was dismissed work here again. What was handed over stays where it is, and what was ended stays ended.
pub(super) fn restore(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_id(call)?;
    lock(call)?;
    check_rank(call, id)?;
    let person = find(call.tx, id)?.filter(|it| it.opt_int(0) == Some(0)).ok_or_else(denied)?;
    if person.opt_int(1).is_none() {
        return Err(denied());
    }
    if person.text(2) == "employee" {
        store::check_limit(call)?;
    }
    store::update(call.tx, id, &vec![("active", true.into()), ("changed_at", call.now.into())])?;
    history::note(call, id, "restore", &Json::Null)?;
    events::tell(call, &ON_USER_RESTORE, id)?;
    Ok(true.into())
}

/// Ends all by which a person could do anything: sessions, webhooks, what apps hold in their name, rights that they were
/// given by name, and links in mails.
pub(super) fn end_access(tx: &mut Tx<'_>, id: i64, now: i64) -> Result<()> {
    session::end_all(tx, id, None)?;
    webhook::revoke_all(tx, id, now)?;
    token::end_all(tx, id)?;
    right::end_all(tx, id)?;
    link::end_all(tx, id)
}

/// Has only one person leave or come back at a time: of two administrators who dismiss each other at once, the second finds
/// that they have left, and so does whoever names an heir who leaves at the same time.
pub(super) fn lock(call: &mut Call<'_, '_>) -> Result<()> {
    call.tx.lock("dismissal")?;
    if find(call.tx, call.caller.user_id)?.is_none_or(|it| it.opt_int(0) != Some(1)) {
        return Err(denied());
    }
    Ok(())
}

/// Refuses to have someone leave or come back who may do what the caller may not.
fn check_rank(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    if right::outranks(call.tx, call.caller, id)? { Ok(()) } else { Err(denied()) }
}

/// Whom the call is about: never whoever calls, since they may be the last who could undo it. Integrations may do this only
/// if the administrators of this Muster allow them to.
pub(super) fn read_id(call: &Call<'_, '_>) -> Result<i64> {
    let is_page = matches!(call.caller.via, Via::Session(_));
    let id = call.params.int("ID").ok().flatten().unwrap_or_default();
    if id == call.caller.user_id || !(is_page || call.settings.api_dismissal) {
        return Err(denied());
    }
    Ok(id)
}

fn find(tx: &mut Tx<'_>, id: i64) -> Result<Option<Row>> {
    let sql = "select active, accepted_at, user_type from users where id = $1 and user_type in ('employee', 'extranet') and erased_at is null";
    Ok(tx.row(&Sql::with(sql, [id.into()]))?)
}

/// Whoever takes over works here, and is not the one who leaves.
fn check_heir(call: &mut Call<'_, '_>, id: i64, heir: i64) -> Result<()> {
    let works = find(call.tx, heir)?
        .is_some_and(|it| it.opt_int(0) == Some(1) && it.opt_int(1).is_some() && it.text(2) == "employee");
    if works && heir != id {
        return Ok(());
    }
    Err(ARGUMENT.say("whoever takes over has to be someone else who works here").about("HEIR"))
}

fn denied() -> Error {
    CORE.say("access_denied")
}
