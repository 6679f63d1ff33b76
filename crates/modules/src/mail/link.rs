//! Links that open something once: a secret in an address, stored as a hash.

use super::Kind;
use muster_core::{Chance, Code, Result, clock::hash_of, error::code};
use muster_db::{Sql, Tx};

/// The link was used, has expired, was revoked, or never was one.
pub static LINK_OVER: Code = code("link_over", 410, "This link is no longer valid.");

/// Makes a link and answers its secret.
pub(super) fn make(tx: &mut Tx<'_>, kind: Kind, user_id: i64, chance: &mut Chance, now: i64) -> Result<String> {
    let token = chance.token();
    tx.run(&Sql::with(
        "insert into links (token_hash, kind, user_id, expires_at) values ($1, $2, $3, $4)",
        [hash_of(&token).into(), kind.name().into(), user_id.into(), (now + kind.seconds()).into()],
    ))?;
    Ok(token)
}

/// Whose link this is, as long as it opens something.
pub fn find(tx: &mut Tx<'_>, kind: Kind, token: &str, now: i64) -> Result<i64> {
    let row = tx.row(&Sql::with(
        "select l.user_id from links l join users u on u.id = l.user_id
         where l.token_hash = $1 and l.kind = $2 and l.expires_at > $3 and u.active = 1",
        [hash_of(token).into(), kind.name().into(), now.into()],
    ))?;
    Ok(row.ok_or_else(|| LINK_OVER.error())?.int(0)?)
}

/// Uses a link up, and with it all others of its kind that the person has: of two at the same time one is let through.
pub fn take(tx: &mut Tx<'_>, kind: Kind, token: &str, now: i64) -> Result<i64> {
    let user_id = find(tx, kind, token, now)?;
    if tx.run(&Sql::with("delete from links where token_hash = $1", [hash_of(token).into()]))? == 0 {
        return Err(LINK_OVER.error());
    }
    end(tx, user_id, kind)?;
    Ok(user_id)
}

/// Ends a person's links of a kind.
pub fn end(tx: &mut Tx<'_>, user_id: i64, kind: Kind) -> Result<()> {
    tx.run(&Sql::with("delete from links where user_id = $1 and kind = $2", [user_id.into(), kind.name().into()]))?;
    Ok(())
}

/// Ends all links of a person, whatever they open.
pub fn end_all(tx: &mut Tx<'_>, user_id: i64) -> Result<()> {
    tx.run(&Sql::with("delete from links where user_id = $1", [user_id.into()]))?;
    Ok(())
}

pub(super) fn sweep(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    tx.run(&Sql::with("delete from links where expires_at <= $1", [now.into()]))?;
    Ok(())
}
