//! An administrator's answer to those who have registered.

use super::letter;
use crate::{
    event::Cause,
    mail::{self, Kind, NewMail},
    user::{
        events::tell_registered,
        store::{self, NewPerson},
    },
};
use muster_core::{
    Answer, Call, Error, Result,
    error::CORE,
    json,
    method::{Param, param},
    time::{Style, write_instant},
};
use muster_db::{Row, Sql};

pub(super) const CONFIRM: &[Param] = &[
    param("ID", "integer", "Who, as in the list of those who wait").required(),
    param("UF_DEPARTMENT", "array", "The IDs of their departments; the whole company if left out"),
];
pub(super) const REFUSE: &[Param] = &[param("ID", "integer", "Who, as in the list of those who wait").required()];

pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let rows = call.tx.rows(&Sql::new(
        "select id, email, name, last_name, changed_at from registrations where state = 'waiting'
         order by changed_at, id limit 1000",
    ))?;
    let zone = &call.settings.time_zone;
    let item = |row: &Row| {
        json!({
            "ID": row.opt_int(0).unwrap_or_default().to_string(),
            "EMAIL": row.text(1),
            "NAME": row.text(2),
            "LAST_NAME": row.text(3),
            "DATE_REGISTER": row.opt_int(4).map(|it| write_instant(it, Style::Iso, zone)),
        })
    };
    Ok(rows.iter().map(item).collect::<Vec<_>>().into())
}

/// From now on they are a person, and the first that anyone hears of them is `ONUSERADD`.
pub(super) fn confirm(call: &mut Call<'_, '_>) -> Result<Answer> {
    let row = take(call)?;
    let departments = store::read_departments(call)?.unwrap_or_default();
    // Without departments it is the whole company.
    let root = call.tx.ints(&Sql::new("select id from departments where parent_id is null"))?;
    store::check_departments(call, if departments.is_empty() { &root } else { &departments })?;
    store::check_limit(call)?;
    let text = |column| row.text(column).to_owned();
    let new = NewPerson {
        email: text(1),
        name: text(2),
        last_name: text(3),
        password_hash: row.opt_text(5).map(str::to_owned),
        departments,
        ..NewPerson::default()
    };
    let id = store::register(call.tx, &new, call.now)?;
    call.tx.run(&Sql::with("delete from registrations where id = $1", [row.int(0)?.into()]))?;
    let cause = Cause { user_id: Some(call.caller.user_id), connector: "", now: call.now };
    tell_registered(call.tx, cause, id, call.settings)?;
    let mail = NewMail { kind: Kind::Confirmed, user_id: id, sender_id: None, language: Some(row.text(4)) };
    mail::queue(call.tx, call.settings, &mail, call.now)?;
    Ok(id.into())
}

/// They are told, and can register anew.
pub(super) fn refuse(call: &mut Call<'_, '_>) -> Result<Answer> {
    let row = take(call)?;
    let sql = "update registrations set state = 'refused', password_hash = null, changed_at = $1 where id = $2";
    call.tx.run(&Sql::with(sql, [call.now.into(), row.int(0)?.into()]))?;
    letter::queue(call.tx, call.settings, row.int(0)?, row.text(1), call.now)?;
    Ok(true.into())
}

/// Who waits under this ID: locked, so that of two administrators at once the second finds that there is nothing to decide.
fn take(call: &mut Call<'_, '_>) -> Result<Row> {
    call.tx.lock("registration")?;
    let gone = || -> Error { CORE.say("Nobody waits under this ID") };
    let id = call.params.int("ID").ok().flatten().ok_or_else(gone)?;
    let sql = "select id, email, name, last_name, language, password_hash from registrations
        where id = $1 and state = 'waiting'";
    call.tx.row(&Sql::with(sql, [id.into()]))?.ok_or_else(gone)
}
