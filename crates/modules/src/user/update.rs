//! Changing a person: `user.update`.

use super::{
    events::{self, Before, ON_USER_DISMISS, ON_USER_RESTORE},
    fields::{USER, WORD_FIELDS},
    index, leave, store,
};
use crate::{mail::link, right};
use muster_core::{
    Answer, Call, Error, Result,
    call::Right,
    custom,
    error::{ARGUMENT, CORE},
    field::Stored,
    file,
    method::{Param, param},
    record::{self, Columns},
};
use muster_db::{Row, Sql};

pub(super) const PARAMS: &[Param] = &[
    param("ID", "integer", "Whom to change").required(),
    param("ACTIVE", "boolean", "N revokes an invitation that was not accepted yet; dismissing is a setting"),
    param("EMAIL", "string", "The e-mail address, which is the login too"),
    param("UF_DEPARTMENT", "array", "The IDs of the person's departments"),
];

/// Changes what was sent and nothing else.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = call.params.int("ID").ok().flatten().ok_or_else(denied)?;
    // Whoever may change what another signs in with could become them.
    let signs_in = call.params.get("EMAIL").is_some();
    let is_more = signs_in || call.params.get("ACTIVE").is_some();
    let may =
        if is_more { right::outranks(call.tx, call.caller, id)? } else { right::may_edit(call.tx, call.caller, id)? };
    if !may || (signs_in && !call.caller.may(Right::ManagePeople)) {
        return Err(denied());
    }
    change(call, id)
}

/// Takes back an invitation, for pages: `ACTIVE` is all that they send.
pub(super) fn revoke(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = call.params.int("ID").ok().flatten().ok_or_else(denied)?;
    if !right::outranks(call.tx, call.caller, id)? {
        return Err(denied());
    }
    change(call, id)
}

/// The same of oneself, for what people say of themselves. What the company says of them is refused by name.
pub(super) fn update_own(call: &mut Call<'_, '_>) -> Result<Answer> {
    let own = right::own::fields(call.tx)?;
    for (name, _) in call.params.iter() {
        let custom = call.custom.iter().find(|it| it.field.name.eq_ignore_ascii_case(name));
        let is_kept = match (USER.field(name), custom) {
            (Some(field), _) => !own.contains(&field.name) && (field.writable || OTHERS.contains(&field.name)),
            (None, Some(custom)) => !custom.own,
            (None, None) => false,
        };
        if is_kept {
            let name = name.to_uppercase();
            return Err(ARGUMENT.say(format!("{name} is changed by administrators")).about(name));
        }
    }
    change(call, call.caller.user_id)
}

/// Fields that are written beside the entity's writable ones, by whoever manages people.
const OTHERS: &[&str] = &["ACTIVE", "EMAIL", "UF_DEPARTMENT"];

fn change(call: &mut Call<'_, '_>, id: i64) -> Result<Answer> {
    if call.settings.api_dismissal && call.params.get("ACTIVE").is_some() {
        leave::lock(call)?;
    }
    // The row is locked before it is read, so that of two calls at once the second sees what the first one left behind.
    let touched = Sql::with("update users set changed_at = $1 where id = $2", [call.now.into(), id.into()]);
    if call.tx.run(&touched)? == 0 {
        return Err(denied());
    }
    index::changed(call.tx, id)?;
    let sql = Sql::with(
        "select active, accepted_at, email_key, user_type, personal_photo, work_logo from users
         where id = $1 and erased_at is null",
        [id.into()],
    );
    let person = call.tx.row(&sql)?.ok_or_else(denied)?;
    let before = Before::read(call, id)?;
    let mut columns = record::read(&USER, call.params, call)?;
    let fields = custom::read(call, call.params, false)?;
    custom::write(call, id, &fields)?;
    let active = push_active(call, id, &person, &mut columns)?;
    if let Some(email) = store::read_email(call.params)? {
        store::push_email(&mut columns, &email);
        if store::email_key(&email) != person.text(2) {
            store::claim_email(call.tx, id, &email)?;
            // What was sent to the earlier address may have reached someone else.
            link::end_all(call.tx, id)?;
        }
    }
    if let Some(departments) = store::read_departments(call)? {
        check_moves(call, id, &departments)?;
        if departments.is_empty() && person.text(3) == "employee" {
            return Err(ARGUMENT.say("an employee belongs to at least one department").about("UF_DEPARTMENT"));
        }
        if !departments.is_empty() && person.text(3) == "extranet" {
            return Err(ARGUMENT.say("someone from outside belongs to no department").about("UF_DEPARTMENT"));
        }
        store::set_departments(call.tx, id, &departments)?;
    }
    delete_replaced_pictures(call, &person)?;
    store::push_pictures(call, &mut columns)?;
    if !columns.is_empty() {
        store::update(call.tx, id, &columns)?;
    }
    if WORD_FIELDS.iter().any(|(name, _)| call.params.get(name).is_some()) {
        store::index_words(call.tx, id)?;
    }
    before.tell(call, id)?;
    if let Some(active) = active.filter(|_| person.opt_int(1).is_some()) {
        events::tell(call, if active { &ON_USER_RESTORE } else { &ON_USER_DISMISS }, id)?;
    }
    Ok(true.into())
}

/// Refuses to put someone into departments, or take them out of some, that give rights which the caller does not have.
fn check_moves(call: &mut Call<'_, '_>, id: i64, departments: &[i64]) -> Result<()> {
    let sql = Sql::with("select department_id from user_departments where user_id = $1", [id.into()]);
    let before = call.tx.ints(&sql)?;
    let moved = |these: &[i64], those: &[i64]| these.iter().copied().filter(|it| !those.contains(it)).collect();
    let (left, entered): (Vec<i64>, Vec<i64>) = (moved(&before, departments), moved(departments, &before));
    store::check_departments(call, &left)?;
    store::check_departments(call, &entered)
}

fn denied() -> Error {
    CORE.say("access_denied")
}

/// `ACTIVE` revokes and renews an invitation. Someone who has registered is dismissed and restored in Muster's own pages,
/// unless the administrators of this Muster allow it by REST. Answers what it was changed to, if it was.
fn push_active(call: &mut Call<'_, '_>, id: i64, person: &Row, columns: &mut Columns) -> Result<Option<bool>> {
    let Some(active) = call.params.opt_flag("ACTIVE")? else { return Ok(None) };
    let (was_active, registered) = (person.int(0)? == 1, person.opt_int(1).is_some());
    if active == was_active {
        return Ok(None);
    }
    let right = if registered { Right::ManagePeople } else { Right::InvitePeople };
    if (registered && !call.settings.api_dismissal) || !call.caller.may(right) {
        return Err(denied());
    }
    if id == call.caller.user_id {
        // Whoever locks themselves out by mistake may be the last who could undo it.
        return Err(denied());
    }
    if active && person.text(3) == "employee" {
        store::check_limit(call)?;
    }
    if !active {
        // Whoever comes back later does not find a session or a token from before.
        leave::end_access(call.tx, id, call.now)?;
    }
    columns.push(("active", active.into()));
    Ok(Some(active))
}

fn delete_replaced_pictures(call: &mut Call<'_, '_>, person: &Row) -> Result<()> {
    for name in call.pictures.keys() {
        let Some(Stored::Column(column)) = USER.field(name).map(|it| it.stored) else { continue };
        let old = if column == "users.personal_photo" { person.opt_text(4) } else { person.opt_text(5) };
        if let Some(old) = old {
            file::delete(call.tx, old)?;
        }
    }
    Ok(())
}
