//! Registering by oneself: by a link that administrators pass on, with a proven address, and with their confirmation.
//!
//! Whoever has registered is no person until an administrator confirms them: they stand in a table of their own, which no
//! method for people reads. So they cannot sign in, nobody sees them, and no event tells of them. Off by default.

mod confirm;
pub mod letter;
mod notice;
mod settings;

pub use notice::waiting;
pub use settings::{Offer, offer};

use crate::{
    mail::link::LINK_OVER,
    right::RIGHTS_BEYOND,
    user::{
        USER,
        fields::FULL_LEVEL,
        store::{check_email, email_key, find_by_email},
    },
};
use muster_core::{
    Code, Module, Result, Settings,
    call::Right,
    clock::hash_of,
    error::{ARGUMENT, CORE, code},
    method::{Shape, read, write},
    record,
};
use muster_db::{Migration, Sql, Tx};

/// The module.
pub const MODULE: Module = Module {
    methods: METHODS,
    migrations: &[Migration { name: "registration/0001", sql: include_str!("0001_registrations.sql") }],
    ..Module::new("registration")
};

/// The address belongs to none of the domains that people may have.
pub static WRONG_DOMAIN: Code = code("wrong_domain", 422, "Addresses of this domain cannot register.");

/// How long the link to an address may be followed.
const LINK_SECONDS: i64 = 86_400;
/// How long an address that was not proven, or was refused, is remembered.
const KEPT_SECONDS: i64 = 30 * 86_400;

static METHODS: &[muster_core::Method] = &[
    read("user.registration.settings", settings::get)
        .about("Answers whether people may register by themselves, by which link, and with which mail domains.")
        .scopes(FULL_LEVEL)
        .right(Right::Administer, &CORE, "access_denied"),
    write("user.registration.set", settings::set)
        .about(
            "Opens or closes registration, changes the mail domains, or makes a new link, which ends the one before.",
        )
        .scopes(FULL_LEVEL)
        .right(Right::Administer, &CORE, "access_denied")
        .params(settings::PARAMS)
        .shape(Shape::Flag)
        .errors(&[&ARGUMENT]),
    read("user.registration.list", confirm::list)
        .about("Lists who has registered and waits for a confirmation, the first of them first.")
        .scopes(FULL_LEVEL)
        .right(Right::ConfirmPeople, &CORE, "access_denied"),
    write("user.registration.confirm", confirm::confirm)
        .about("Lets someone in who has registered: from then on they work here. Answers their ID.")
        .scopes(FULL_LEVEL)
        .right(Right::ConfirmPeople, &CORE, "access_denied")
        .params(confirm::CONFIRM)
        .shape(Shape::Id)
        .errors(&[&ARGUMENT, &CORE, &RIGHTS_BEYOND]),
    write("user.registration.refuse", confirm::refuse)
        .about("Refuses someone who has registered.")
        .scopes(FULL_LEVEL)
        .right(Right::ConfirmPeople, &CORE, "access_denied")
        .params(confirm::REFUSE)
        .shape(Shape::Flag)
        .errors(&[&CORE]),
];

/// What someone says of themselves.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// Their e-mail address.
    pub email: String,
    /// Their first name.
    pub name: String,
    /// Their last name.
    pub last_name: String,
}

impl Applicant {
    /// Checks what does not depend on who else there is, so that the answer tells nothing of others.
    pub fn check(&self, offer: &Offer) -> Result<()> {
        check_email(&self.email)?;
        record::check_text(&USER, "NAME", &self.name)?;
        record::check_text(&USER, "LAST_NAME", &self.last_name)?;
        let domain = email_key(&self.email).rsplit('@').next().unwrap_or_default().to_owned();
        if offer.domains.is_empty() || offer.domains.contains(&domain) { Ok(()) } else { Err(WRONG_DOMAIN.error()) }
    }
}

/// Queues the mail by which someone proves their address. Nothing happens if someone here has the address, or if it waits
/// already; whoever asks is not told.
pub fn ask(tx: &mut Tx<'_>, settings: &Settings, new: &Applicant, language: &str, now: i64) -> Result<()> {
    tx.lock("registration")?;
    if find_by_email(tx, &new.email)?.is_some() {
        return Ok(());
    }
    let key = email_key(&new.email);
    let known =
        tx.row(&Sql::with("select id, state from registrations where email_key = $1", [key.as_str().into()]))?;
    if known.as_ref().is_some_and(|it| it.text(1) == "waiting") {
        return Ok(());
    }
    // What there is of an earlier try goes with its link; a mail of it that has not left yet says nothing any more.
    tx.run(&Sql::with("delete from registrations where email_key = $1", [key.as_str().into()]))?;
    let id = tx.int(&Sql::with(
        "insert into registrations (email, email_key, name, last_name, language, state, expires_at, changed_at)
         values ($1, $2, $3, $4, $5, 'asked', $6, $6) returning id",
        [
            new.email.as_str().into(),
            key.into(),
            new.name.as_str().into(),
            new.last_name.as_str().into(),
            language.into(),
            now.into(),
        ],
    ))?;
    letter::queue(tx, settings, id, &new.email, now)
}

/// Who was sent this link.
pub fn applicant(tx: &mut Tx<'_>, token: &str, now: i64) -> Result<Applicant> {
    find(tx, token, now).map(|it| it.1)
}

fn find(tx: &mut Tx<'_>, token: &str, now: i64) -> Result<(i64, Applicant)> {
    let row = tx.row(&Sql::with(
        "select id, email, name, last_name from registrations
         where token_hash = $1 and state = 'asked' and expires_at > $2",
        [hash_of(token).into(), now.into()],
    ))?;
    let row = row.ok_or_else(|| LINK_OVER.error())?;
    let text = |column| row.text(column).to_owned();
    Ok((row.int(0)?, Applicant { email: text(1), name: text(2), last_name: text(3) }))
}

/// Uses the link up: the address is proven, the password kept, and an administrator's confirmation is all that is missing.
///
/// Administrators are told. Registration may have been closed meanwhile; then the link opens nothing.
pub fn prove(
    tx: &mut Tx<'_>,
    settings: &Settings,
    (token, new): (&str, &Applicant),
    password_hash: &str,
    now: i64,
) -> Result<()> {
    tx.lock("registration")?;
    let (id, _) = find(tx, token, now)?;
    record::check_text(&USER, "NAME", &new.name)?;
    record::check_text(&USER, "LAST_NAME", &new.last_name)?;
    let sql = "update registrations set state = 'waiting', token_hash = null, name = $1, last_name = $2,
        password_hash = $3, changed_at = $4
        where id = $5 and state = 'asked' and exists (select 1 from registration_settings where is_open = 1)";
    let args = [new.name.as_str().into(), new.last_name.as_str().into(), password_hash.into(), now.into(), id.into()];
    if tx.run(&Sql::with(sql, args))? == 0 {
        return Err(LINK_OVER.error());
    }
    notice::queue(tx, settings, now)
}

/// Forgets those whose address was never proven, and those who were refused.
pub(crate) fn sweep(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    let old = [(now - KEPT_SECONDS).into()];
    tx.run(&Sql::with("delete from registrations where state <> 'waiting' and changed_at < $1", old))?;
    Ok(())
}
