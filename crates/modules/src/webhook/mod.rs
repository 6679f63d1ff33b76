//! Incoming webhooks: an address with a secret, bound to a person and to scopes.

use crate::right;
use muster_core::{
    Caller, Chance, Error, Module, Result, Via,
    call::Rights,
    clock::hash_of,
    error::{ARGUMENT, INVALID_CREDENTIALS, NO_AUTH},
    personal::personal,
};
use muster_db::{DbError, Migration, Row, Sql, Tx, Value};
use subtle::ConstantTimeEq as _;

/// The module: it has a table and no methods. Webhooks are made by administrators, not by REST.
pub const MODULE: Module = Module {
    migrations: &[Migration { name: "webhook/0001", sql: include_str!("0001_webhooks.sql") }],
    personal: &[personal("webhooks", "user_id", "Incoming webhooks")
        .exported(&["title", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at"])
        .emptied(&["title"], "By which webhook something was changed: its scopes and when it was used.")],
    ..Module::new("webhook")
};

/// What a new webhook is made of.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// On whose behalf it calls.
    pub user_id: i64,
    /// What it is for, in an administrator's words.
    pub title: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it stops working, if it does.
    pub expires_at: Option<i64>,
}

/// A webhook as an administrator sees it. Its secret was shown once and is not known any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its ID.
    pub id: i64,
    /// On whose behalf it calls.
    pub user_id: i64,
    /// What it is for.
    pub title: String,
    /// What it may do, separated by commas.
    pub scopes: String,
    /// When it was made.
    pub created_at: i64,
    /// When it stops working, if it does.
    pub expires_at: Option<i64>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<i64>,
    /// When it was last used.
    pub last_used_at: Option<i64>,
}

/// Makes a webhook and answers its ID and its secret, which is shown this once and stored only as a hash.
pub fn add(tx: &mut Tx<'_>, new: &NewWebhook, chance: &mut Chance, now: i64) -> Result<(i64, String)> {
    let secret = chance.token();
    let id = add_with_secret(tx, new, &secret, now)?;
    Ok((id, secret))
}

/// Makes a webhook with a secret of the caller's choice.
pub fn add_with_secret(tx: &mut Tx<'_>, new: &NewWebhook, secret: &str, now: i64) -> Result<i64> {
    let owner = Sql::with("select count(*) from users where id = $1 and active = 1", [new.user_id.into()]);
    if tx.int(&owner)? == 0 {
        return Err(ARGUMENT.say(format!("there is no active person with the ID {}", new.user_id)));
    }
    Ok(tx.int(&Sql::with(
        "insert into webhooks (user_id, secret_hash, title, scopes, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6) returning id",
        [
            new.user_id.into(),
            hash_of(secret).into(),
            new.title.as_str().into(),
            new.scopes.join(",").into(),
            now.into(),
            new.expires_at.into(),
        ],
    ))?)
}

/// All webhooks, revoked ones included.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Webhook>> {
    let rows = tx.rows(&Sql::new(
        "select id, user_id, title, scopes, created_at, expires_at, revoked_at, last_used_at from webhooks order by id",
    ))?;
    rows.iter().map(|row| read(row).map_err(Error::from)).collect()
}

fn read(row: &Row) -> Result<Webhook, DbError> {
    Ok(Webhook {
        id: row.int(0)?,
        user_id: row.int(1)?,
        title: row.text(2).to_owned(),
        scopes: row.text(3).to_owned(),
        created_at: row.int(4)?,
        expires_at: row.opt_int(5),
        revoked_at: row.opt_int(6),
        last_used_at: row.opt_int(7),
    })
}

/// Ends a webhook at once.
pub fn revoke(tx: &mut Tx<'_>, id: i64, now: i64) -> Result<()> {
    let args = [now.into(), id.into()];
    if tx.run(&Sql::with("update webhooks set revoked_at = $1 where id = $2 and revoked_at is null", args))? == 0 {
        return Err(ARGUMENT.say(format!("there is no webhook {id} that is in force")));
    }
    Ok(())
}

/// Ends all webhooks of a person at once.
pub fn revoke_all(tx: &mut Tx<'_>, user_id: i64, now: i64) -> Result<()> {
    let args = [now.into(), user_id.into()];
    tx.run(&Sql::with("update webhooks set revoked_at = $1 where user_id = $2 and revoked_at is null", args))?;
    Ok(())
}

/// The caller behind `/rest/<user id>/<secret>/`.
///
/// An unknown, revoked or expired secret and one of another person are refused alike, so that nothing can be learnt by
/// trying. The hash is compared in constant time.
pub fn identify(tx: &mut Tx<'_>, user_id: i64, secret: &str, now: i64) -> Result<Caller> {
    let hash = hash_of(secret);
    let rows = tx.known_rows(&Sql::with(
        "select w.id, w.secret_hash, w.scopes, w.revoked_at, w.expires_at, u.admin, u.active, u.user_type,
             (select count(*) from rights)
         from webhooks w join users u on u.id = w.user_id where w.secret_hash = $1 and w.user_id = $2",
        [hash.as_str().into(), user_id.into()],
    ))?;
    let row = rows
        .iter()
        .find(|row| bool::from(row.text(1).as_bytes().ct_eq(hash.as_bytes())))
        .filter(|row| row.opt_int(3).is_none() && row.opt_int(4).is_none_or(|expires| expires > now))
        .ok_or_else(|| NO_AUTH.error())?;
    if row.int(6)? != 1 {
        return Err(INVALID_CREDENTIALS.error());
    }
    let caller = Caller {
        user_id,
        admin: row.int(5)? == 1,
        extranet: row.text(7) == "extranet",
        rights: Rights::USUAL,
        scopes: row.text(2).split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        via: Via::Webhook(row.int(0)?),
        expires_at: None,
    };
    right::settle(tx, caller, row.text(7) == "employee", row.int(8)?)
}

/// Records when these webhooks were last used.
pub fn record_use(tx: &mut Tx<'_>, used: &[(i64, i64)]) -> Result<(), DbError> {
    for (id, at) in used {
        let args: [Value; 2] = [(*at).into(), (*id).into()];
        tx.run(&Sql::with(
            "update webhooks set last_used_at = $1 where id = $2 and coalesce(last_used_at, 0) < $1",
            args,
        ))?;
    }
    Ok(())
}
