//! Passkeys as they are kept: whose they are, and what was asked of a browser and is not answered yet.

use super::second_factor::SIGN_IN_OVER;
use muster_core::{
    Chance, Code, Error, Result,
    clock::hash_of,
    error::{OnTaken as _, code},
};
use muster_db::{DbError, Row, Sql, Tx};

/// The passkey is unknown, or did not prove itself.
pub static WRONG_PASSKEY: Code = code("wrong_passkey", 403, "This passkey is not known here.");

/// How long a browser has to answer.
const CEREMONY_SECONDS: i64 = 300;
/// The most characters of a name.
const NAME_CHARACTERS: usize = 60;

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its ID, as browsers know it.
    pub credential_id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: i64,
    /// When it was last used.
    pub used_at: Option<i64>,
}

/// The passkeys of a person.
pub fn list(tx: &mut Tx<'_>, user_id: i64) -> Result<Vec<Kept>> {
    let rows = tx.rows(&Sql::with(
        "select credential_id, name, created_at, used_at from passkeys where user_id = $1
         order by created_at, credential_id",
        [user_id.into()],
    ))?;
    let read = |row: &Row| {
        Ok::<_, DbError>(Kept {
            credential_id: row.text(0).to_owned(),
            name: row.text(1).to_owned(),
            created_at: row.int(2)?,
            used_at: row.opt_int(3),
        })
    };
    rows.iter().map(|row| read(row).map_err(Error::from)).collect()
}

/// Remembers what was asked of a browser. Answers the token by which it comes back.
pub fn begin(tx: &mut Tx<'_>, user_id: i64, state: &str, (chance, now): (&mut Chance, i64)) -> Result<String> {
    tx.run(&Sql::with("delete from ceremonies where expires_at <= $1", [now.into()]))?;
    let token = chance.token();
    tx.run(&Sql::with(
        "insert into ceremonies (token_hash, user_id, state, expires_at) values ($1, $2, $3, $4)",
        [hash_of(&token).into(), user_id.into(), state.into(), (now + CEREMONY_SECONDS).into()],
    ))?;
    Ok(token)
}

/// Takes what was asked of a browser: it can be answered once.
pub fn take(tx: &mut Tx<'_>, user_id: i64, token: &str, now: i64) -> Result<String> {
    let row = tx.row(&Sql::with(
        "select state from ceremonies where token_hash = $1 and user_id = $2 and expires_at > $3",
        [hash_of(token).into(), user_id.into(), now.into()],
    ))?;
    let row = row.ok_or_else(|| SIGN_IN_OVER.error())?;
    if tx.run(&Sql::with("delete from ceremonies where token_hash = $1", [hash_of(token).into()]))? == 0 {
        return Err(SIGN_IN_OVER.error());
    }
    Ok(row.text(0).to_owned())
}

/// Keeps a passkey.
pub fn add(tx: &mut Tx<'_>, user_id: i64, credential_id: &str, (name, data): (&str, &str), now: i64) -> Result<()> {
    let name: String = name.chars().take(NAME_CHARACTERS).collect();
    tx.run(&Sql::with(
        "insert into passkeys (credential_id, user_id, name, data, created_at) values ($1, $2, $3, $4, $5)",
        [credential_id.into(), user_id.into(), name.into(), data.into(), now.into()],
    ))
    .on_taken(|| WRONG_PASSKEY.error())?;
    Ok(())
}

/// What is kept of someone's passkey, as long as they work here.
pub fn find(tx: &mut Tx<'_>, user_id: i64, credential_id: &str) -> Result<String> {
    let row = tx.row(&Sql::with(
        "select p.data from passkeys p join users u on u.id = p.user_id
         where p.credential_id = $1 and p.user_id = $2 and u.active = 1 and u.accepted_at is not null",
        [credential_id.into(), user_id.into()],
    ))?;
    Ok(row.ok_or_else(|| WRONG_PASSKEY.error())?.text(0).to_owned())
}

/// Keeps what using a passkey changed.
pub fn used(tx: &mut Tx<'_>, credential_id: &str, data: &str, now: i64) -> Result<()> {
    let sql = "update passkeys set data = $1, used_at = $2 where credential_id = $3";
    tx.run(&Sql::with(sql, [data.into(), now.into(), credential_id.into()]))?;
    Ok(())
}

/// Forgets one of a person's passkeys. One that is gone already is no error.
pub fn end(tx: &mut Tx<'_>, user_id: i64, credential_id: &str) -> Result<()> {
    let args = [credential_id.into(), user_id.into()];
    tx.run(&Sql::with("delete from passkeys where credential_id = $1 and user_id = $2", args))?;
    Ok(())
}
