//! Invitations: who has not come yet, sending one again, and accepting one.

use super::{events::tell_registered, fields::USER, password, store};
use crate::{
    event::Cause,
    mail::{self, Kind, NewMail, link},
    right,
};
use muster_core::{
    Answer, Call, Chance, Result, Settings,
    error::{ARGUMENT, CORE},
    json,
    list::{PAGE, read_start},
    method::{Param, param},
    record::{self, Columns},
    text::search_key,
    time::{Style, write_instant},
};
use muster_db::{Row, Sql, Tx};

pub(super) const RESEND: &[Param] = &[param("ID", "integer", "Whom to invite again").required(), LANGUAGE];
pub(super) const LANGUAGE: Param =
    param("INVITATION_LANGUAGE", "string", "The language of the invitation, en or ru; the inviter's if left out");

pub(super) const LIST: &[Param] = &[param("START", "integer", "From which invitation on, 50 to a page")];

/// Who has been invited and has not registered yet, the latest first.
pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let start = read_start(call)?.unwrap_or(0);
    let total = call.tx.int(&Sql::new(
        "select count(*) from users
         where active = 1 and accepted_at is null and user_type in ('employee', 'extranet')",
    ))?;
    let rows = call.tx.rows(&Sql::with(
        "select u.id, u.email, u.name, u.last_name, u.registered_at, max(m.created_at), max(m.sent_at)
         from users u left join mails m on m.user_id = u.id and m.kind = 'invitation'
         where u.active = 1 and u.accepted_at is null and u.user_type in ('employee', 'extranet')
         group by u.id, u.email, u.name, u.last_name, u.registered_at order by u.id desc
         limit $1 offset $2",
        [PAGE.into(), start.into()],
    ))?;
    let zone = &call.settings.time_zone;
    let moment = |row: &Row, column| row.opt_int(column).map(|it| write_instant(it, Style::Iso, zone));
    let item = |row: &Row| {
        json!({
            "ID": row.opt_int(0).unwrap_or_default().to_string(),
            "EMAIL": row.text(1),
            "NAME": row.text(2),
            "LAST_NAME": row.text(3),
            "DATE_REGISTER": moment(row, 4),
            "DATE_INVITED": moment(row, 5),
            "DATE_SENT": moment(row, 6),
        })
    };
    let after = start.saturating_add(PAGE);
    let items = rows.iter().map(item).collect::<Vec<_>>();
    Ok(Answer { total: Some(total), next: Some(after).filter(|it| *it < total), ..items.into() })
}

/// Sends an invitation again. The links of earlier ones end.
pub(super) fn resend(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = call.params.int("ID").ok().flatten().unwrap_or_default();
    let waiting = Sql::with(
        "select count(*) from users where id = $1 and active = 1 and accepted_at is null
         and user_type in ('employee', 'extranet')",
        [id.into()],
    );
    if call.tx.int(&waiting)? == 0 || !right::outranks(call.tx, call.caller, id)? {
        return Err(CORE.say("access_denied"));
    }
    link::end(call.tx, id, Kind::Invitation)?;
    send(call, id)?;
    Ok(true.into())
}

/// Queues the mail that invites someone.
pub(super) fn send(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    let language = call.params.text("INVITATION_LANGUAGE")?.filter(|it| !it.is_empty());
    if language.as_ref().is_some_and(|it| !crate::session::LANGUAGES.contains(&it.as_str())) {
        return Err(ARGUMENT.say("the language must be en or ru").about("INVITATION_LANGUAGE"));
    }
    let sender_id = Some(call.caller.user_id);
    let new = NewMail { kind: Kind::Invitation, user_id: id, sender_id, language: language.as_deref() };
    mail::queue(call.tx, call.settings, &new, call.now)
}

/// Someone who has been invited, as they see themselves.
#[derive(Debug, Clone)]
pub struct Invited {
    /// Their e-mail address.
    pub email: String,
    /// Their first name, as whoever invited them knows it.
    pub name: String,
    /// Their last name.
    pub last_name: String,
}

/// Who was sent this link.
pub fn invited(tx: &mut Tx<'_>, token: &str, now: i64) -> Result<Invited> {
    let id = link::find(tx, Kind::Invitation, token, now)?;
    let sql = Sql::with("select email, name, last_name from users where id = $1", [id.into()]);
    let row = tx.row(&sql)?.ok_or_else(|| link::LINK_OVER.error())?;
    let text = |column| row.text(column).to_owned();
    Ok(Invited { email: text(0), name: text(1), last_name: text(2) })
}

/// What someone says of themselves when they register.
#[derive(Debug, Clone)]
pub struct Registration<'a> {
    /// Their first name.
    pub name: &'a str,
    /// Their last name.
    pub last_name: &'a str,
    /// The hash of their password.
    pub password_hash: &'a str,
}

/// Accepts an invitation: from now on the person works here. Answers who it is.
pub fn accept(tx: &mut Tx<'_>, settings: &Settings, token: &str, new: &Registration<'_>, now: i64) -> Result<i64> {
    let id = link::take(tx, Kind::Invitation, token, now)?;
    let mut columns: Columns = vec![("password_hash", new.password_hash.into()), ("changed_at", now.into())];
    for (field, column, key, text) in
        [("NAME", "name", "name_key", new.name), ("LAST_NAME", "last_name", "last_name_key", new.last_name)]
    {
        record::check_text(&USER, field, text)?;
        let text = Some(text).filter(|it| !it.is_empty());
        columns.push((column, text.into()));
        columns.push((key, text.map(search_key).into()));
    }
    let accepting = "update users set accepted_at = $1 where id = $2 and active = 1 and accepted_at is null";
    if tx.run(&Sql::with(accepting, [now.into(), id.into()]))? == 0 {
        return Err(link::LINK_OVER.error());
    }
    store::update(tx, id, &columns)?;
    store::index_words(tx, id)?;
    tell_registered(tx, Cause { user_id: Some(id), connector: "", now }, id, settings)?;
    Ok(id)
}

/// Queues a mail by which someone can set a new password, if someone with this address can sign in, and answers
/// who that is. Whoever asks is not told.
pub fn forgot(tx: &mut Tx<'_>, settings: &Settings, email: &str, language: &str, now: i64) -> Result<Option<i64>> {
    let sql = "select u.id from user_emails e join users u on u.id = e.user_id
               where e.email_key = $1 and u.active = 1 and u.accepted_at is not null";
    let Some(row) = tx.row(&Sql::with(sql, [store::email_key(email).into()]))? else { return Ok(None) };
    let new = NewMail { kind: Kind::Reset, user_id: row.int(0)?, sender_id: None, language: Some(language) };
    mail::queue(tx, settings, &new, now)?;
    Ok(Some(new.user_id))
}

/// Sets a new password by a link from a mail, and ends the sessions that there were. Answers whose it is.
pub fn reset(tx: &mut Tx<'_>, token: &str, password_hash: &str, now: i64) -> Result<i64> {
    let id = link::take(tx, Kind::Reset, token, now)?;
    set_password(tx, id, password_hash, None)?;
    Ok(id)
}

/// Sets a person's password and ends their sessions, save the one given.
pub fn set_password(tx: &mut Tx<'_>, id: i64, password_hash: &str, keep: Option<i64>) -> Result<()> {
    tx.run(&Sql::with("update users set password_hash = $1 where id = $2", [password_hash.into(), id.into()]))?;
    crate::session::end_all(tx, id, keep)
}

/// The hash of a password that someone chose, if it is long enough to be one.
pub fn hash_chosen(chosen: &str, chance: &mut Chance) -> Result<String> {
    password::check(chosen)?;
    password::hash(chosen, chance)
}
