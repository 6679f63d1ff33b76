//! Telling those who may confirm that someone waits for it.
//!
//! One mail for all who wait, to each administrator, at once if there was none within the last hour, and otherwise when
//! that hour is over: however many register, nobody gets more than one an hour. Like all mails it says what is true when
//! it is sent; if nobody waits any more by then, it is not sent.

use crate::mail::{self, Kind, NewMail};
use muster_core::{Result, Settings, call::Mail};
use muster_db::{Sql, Tx};

/// How far these mails to someone are apart.
const PAUSE_SECONDS: i64 = 3600;

/// Queues the mails, unless they are queued already. The caller holds the lock of registrations.
pub(super) fn queue(tx: &mut Tx<'_>, settings: &Settings, now: i64) -> Result<()> {
    if settings.mail == Mail::Off {
        return Ok(());
    }
    let sql = "select u.id, (select max(m.created_at) from mails m where m.user_id = u.id and m.kind = $1) from users u
        where u.admin = 1 and u.active = 1 and u.accepted_at is not null order by u.id";
    for row in tx.rows(&Sql::with(sql, [Kind::Waiting.name().into()]))? {
        // What is queued for later stands in the table with its moment.
        let last = row.opt_int(1);
        if last.is_none_or(|it| it <= now) {
            let mail = NewMail { kind: Kind::Waiting, user_id: row.int(0)?, sender_id: None, language: None };
            mail::queue(tx, settings, &mail, last.map_or(now, |it| now.max(it + PAUSE_SECONDS)))?;
        }
    }
    Ok(())
}

/// How many wait for a confirmation.
pub fn waiting(tx: &mut Tx<'_>) -> Result<i64> {
    Ok(tx.int(&Sql::new("select count(*) from registrations where state = 'waiting'"))?)
}
