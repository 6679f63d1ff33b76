//! Mails to those who have registered and are no people here yet. Like all mails they are delivered as events are; what one
//! says is what is true of the registration when it is sent.

use super::LINK_SECONDS;
use crate::{
    event::delivery,
    mail::{Kept, SCHEME},
};
use muster_core::{Chance, Json, Result, Settings, call::Mail, clock::hash_of, json};
use muster_db::{DbError, Row, Sql, Tx};

/// What the object of a delivery begins with if it is such a mail.
const OBJECT: &str = "registration:";

pub(super) fn queue(tx: &mut Tx<'_>, settings: &Settings, id: i64, email: &str, now: i64) -> Result<()> {
    if settings.mail == Mail::Sent {
        delivery::post(tx, "mail", &format!("{OBJECT}{id}"), &format!("{SCHEME}{email}"), now)?;
    }
    Ok(())
}

/// The registration that a delivery is about, if it is such a mail.
pub(crate) fn of_object(object: &str) -> Option<i64> {
    object.strip_prefix(OBJECT)?.parse().ok()
}

/// What the mail says, with a link made for it. `None` if there is nothing to say any more. It does not call anyone by a name
/// that someone else may have typed.
pub fn write(tx: &mut Tx<'_>, id: i64, chance: &mut Chance, now: i64) -> Result<Option<Json>> {
    let row = tx.row(&Sql::with("select state, email, language from registrations where id = $1", [id.into()]))?;
    let Some(row) = row.filter(|it| it.text(0) != "waiting") else { return Ok(None) };
    let is_refused = row.text(0) == "refused";
    let mut token = String::new();
    if !is_refused {
        token = chance.token();
        let args = [hash_of(&token).into(), (now + LINK_SECONDS).into(), id.into()];
        tx.run(&Sql::with("update registrations set token_hash = $1, expires_at = $2 where id = $3", args))?;
    }
    Ok(Some(json!({
        "kind": if is_refused { "refused" } else { "registration" },
        "recipient": row.text(1),
        "language": row.text(2),
        "name": "",
        "sender": "",
        "token": token,
    })))
}

/// The latest of these mails, as whoever keeps an eye on the demo sees them.
pub fn list(tx: &mut Tx<'_>, most: i64) -> Result<Vec<Kept>> {
    let sql =
        "select id, state, email, changed_at from registrations where state <> 'waiting' order by id desc limit $1";
    let rows = tx.rows(&Sql::with(sql, [most.into()]))?;
    let read = |row: &Row| {
        let kind = if row.text(1) == "refused" { "refused" } else { "registration" };
        Ok(Kept { id: row.int(0)?, kind: kind.to_owned(), recipient: row.text(2).to_owned(), created_at: row.int(3)? })
    };
    Ok(rows.iter().map(read).collect::<Result<_, DbError>>()?)
}
