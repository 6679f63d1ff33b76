//! Mails to people, and the links in them.
//!
//! A mail is queued in the transaction of what it tells of, and delivered as events are: with the same couriers, pauses and
//! list of what was given up. What it says beside its link is made when it is sent, in the language it was queued in.

pub mod link;

use crate::{event::delivery, registration};
use muster_core::{
    Chance, Json, Module, Result, Settings,
    call::Mail,
    error::INTERNAL,
    json,
    personal::{Erased, personal},
};
use muster_db::{DbError, Migration, Row, Sql, Tx};

/// The module: it has tables and no methods.
pub const MODULE: Module = Module {
    migrations: &[Migration { name: "mail/0001", sql: include_str!("0001_mails.sql") }],
    personal: &[
        personal("mails", "user_id", "Mails to the person")
            .exported(&["kind", "recipient", "created_at", "sent_at"])
            .erased_by(erase),
        personal("mails", "sender_id", "Mails that the person had sent to others").kept("Who invited whom."),
        personal("links", "user_id", "Links in mails").exported(&["kind", "expires_at"]),
    ],
    ..Module::new("mail")
};

/// How long a mail is remembered.
const KEPT_SECONDS: i64 = 90 * 86_400;
/// What the address of a delivery begins with if it is a mail.
pub const SCHEME: &str = "mailto:";
/// What the object of a delivery begins with if it is a mail.
const OBJECT: &str = "mail:";

/// A kind of mails, and of the links in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Asks someone to register.
    Invitation,
    /// Lets someone set a new password.
    Reset,
    /// Tells someone who has registered by themselves that they are let in.
    Confirmed,
    /// Tells an administrator that people wait for being let in.
    Waiting,
}

impl Kind {
    /// How it is called in the tables, in addresses and in the names of messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Invitation => "invitation",
            Kind::Reset => "reset",
            Kind::Confirmed => "confirmed",
            Kind::Waiting => "waiting",
        }
    }

    fn of(name: &str) -> Result<Kind> {
        let all = [Kind::Invitation, Kind::Reset, Kind::Confirmed, Kind::Waiting];
        all.into_iter().find(|it| it.name() == name).ok_or_else(|| INTERNAL.error().because("an unknown kind of mail"))
    }

    /// For how long its link opens something; 0 if it leads where everyone may go.
    pub fn seconds(self) -> i64 {
        match self {
            Kind::Invitation => 14 * 86_400,
            Kind::Reset => 3600,
            Kind::Confirmed | Kind::Waiting => 0,
        }
    }
}

/// A mail to be queued.
#[derive(Debug)]
pub struct NewMail<'a> {
    /// What it is.
    pub kind: Kind,
    /// To whom.
    pub user_id: i64,
    /// Who wrote it, where someone did.
    pub sender_id: Option<i64>,
    /// The language to write it in; if there is none, the sender's, the recipient's, or English.
    pub language: Option<&'a str>,
}

/// Queues a mail, to be sent at this moment or as soon as possible. Where mails are not sent it is written down all the same: it can be sent again later.
pub fn queue(tx: &mut Tx<'_>, settings: &Settings, new: &NewMail<'_>, at: i64) -> Result<()> {
    let known = Sql::with(
        "select u.email, p.language from users u left join preferences p on p.user_id = $1 where u.id = $2",
        [new.sender_id.unwrap_or(new.user_id).into(), new.user_id.into()],
    );
    let person = tx.row(&known)?.ok_or(DbError::Shape("a mail goes to someone"))?;
    let (recipient, language) = (person.text(0), new.language.or(person.opt_text(1)).unwrap_or("en"));
    let id = tx.int(&Sql::with(
        "insert into mails (kind, user_id, recipient, language, sender_id, created_at)
         values ($1, $2, $3, $4, $5, $6) returning id",
        [
            new.kind.name().into(),
            new.user_id.into(),
            recipient.into(),
            language.into(),
            new.sender_id.into(),
            at.into(),
        ],
    ))?;
    if settings.mail == Mail::Sent {
        delivery::post(tx, "mail", &format!("{OBJECT}{id}"), &format!("{SCHEME}{recipient}"), at)?;
    }
    Ok(())
}

/// The mail that a delivery is, if it is one.
pub(crate) fn of_object(object: &str) -> Option<i64> {
    object.strip_prefix(OBJECT)?.parse().ok()
}

/// What a mail says, with a link made for it. `None` if it says nothing true any more: an invitation that was accepted or
/// revoked, a password of someone who has left, people who wait no more.
pub fn write(tx: &mut Tx<'_>, id: i64, chance: &mut Chance, now: i64) -> Result<Option<Json>> {
    let row = tx.row(&Sql::with(
        "select m.kind, m.user_id, u.email, m.language, u.name, u.active, u.accepted_at, s.name, s.last_name, s.email,
             u.admin
         from mails m join users u on u.id = m.user_id left join users s on s.id = m.sender_id where m.id = $1",
        [id.into()],
    ))?;
    let Some(row) = row else { return Ok(None) };
    let (kind, is_registered) = (Kind::of(row.text(0))?, row.opt_int(6).is_some());
    if row.int(5)? != 1 || is_registered == (kind == Kind::Invitation) {
        return Ok(None);
    }
    let waiting = if kind == Kind::Waiting { registration::waiting(tx)? } else { 0 };
    if kind == Kind::Waiting && (waiting == 0 || row.int(10)? != 1) {
        return Ok(None);
    }
    // It goes where the person is reached now: whoever has the address that it was queued for may be someone else.
    let token = match kind {
        Kind::Confirmed | Kind::Waiting => String::new(),
        Kind::Invitation | Kind::Reset => link::make(tx, kind, row.int(1)?, chance, now)?,
    };
    let sender = format!("{} {}", row.text(7), row.text(8)).trim().to_owned();
    Ok(Some(json!({
        "kind": kind.name(),
        "recipient": row.text(2),
        "language": row.text(3),
        "name": row.text(4),
        "sender": if sender.is_empty() { row.text(9).to_owned() } else { sender },
        "token": token,
        "count": waiting,
    })))
}

/// It has been handed over to the mail server.
pub(crate) fn sent(tx: &mut Tx<'_>, id: i64, now: i64) -> Result<()> {
    tx.run(&Sql::with("update mails set sent_at = $1 where id = $2", [now.into(), id.into()]))?;
    Ok(())
}

/// Forgets the mails to someone, and takes back those that were not sent yet.
fn erase(tx: &mut Tx<'_>, person: &Erased) -> Result<()> {
    for id in tx.ints(&Sql::with("select id from mails where user_id = $1", [person.id.into()]))? {
        delivery::withdraw(tx, &format!("{OBJECT}{id}"))?;
    }
    tx.run(&Sql::with("delete from mails where user_id = $1", [person.id.into()]))?;
    Ok(())
}

/// Forgets old mails, and links that open nothing any more.
pub(crate) fn sweep(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    tx.run(&Sql::with("delete from mails where created_at < $1", [(now - KEPT_SECONDS).into()]))?;
    link::sweep(tx, now)
}

/// A mail, as whoever keeps an eye on the demo sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its ID.
    pub id: i64,
    /// What it is: the name of its kind.
    pub kind: String,
    /// To which address.
    pub recipient: String,
    /// When it was queued.
    pub created_at: i64,
}

/// The latest mails, `most` of them.
pub fn list(tx: &mut Tx<'_>, most: i64) -> Result<Vec<Kept>> {
    let sql = "select id, kind, recipient, created_at from mails order by id desc limit $1";
    let rows = tx.rows(&Sql::with(sql, [most.into()]))?;
    let read = |row: &Row| {
        Ok(Kept {
            id: row.int(0)?,
            kind: row.text(1).to_owned(),
            recipient: row.text(2).to_owned(),
            created_at: row.int(3)?,
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, DbError>>()?)
}
