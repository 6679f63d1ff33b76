//! Local apps: programs that an administrator registers and that act for whoever signs in to them.
//!
//! An app acts with its own scopes and with that person's rights. Tokens are in [`token`]. Installation is no more than a
//! flag yet: an app counts as installed as soon as it is registered.

mod info;
pub mod token;

use muster_core::{
    Caller, Chance, Error, Module, Registry, Result, Via,
    access::{self, Person},
    clock::hash_of,
    error::{ARGUMENT, EXPIRED_TOKEN, INVALID_CREDENTIALS, NO_AUTH, USER_ACCESS},
};
use muster_db::{DbError, Migration, Row, Sql, Tx};

/// The module. Apps are registered by administrators, not by REST.
pub const MODULE: Module = Module {
    name: "app",
    scopes: &[],
    entities: &[],
    methods: info::METHODS,
    migrations: &[Migration { name: "app/0001", sql: include_str!("0001_apps.sql") }],
    checks: &[],
    access: &[],
};

/// What a new app is made of.
#[derive(Debug, Clone)]
pub struct NewApp {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Where people are sent back to after signing in.
    pub handler_url: String,
    /// The page of its installation, if it has one.
    pub install_url: Option<String>,
    /// Whether it has pages to show inside Muster.
    pub has_ui: bool,
    /// Access codes of those who may use it; empty means everyone.
    pub allowed: Vec<String>,
}

/// An app as an administrator sees it. Its secret was shown once and is not known any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its ID.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// By what it names itself.
    pub client_id: String,
    /// What it may do, separated by commas.
    pub scopes: String,
    /// Where people are sent back to.
    pub handler_url: String,
    /// The page of its installation, if it has one.
    pub install_url: Option<String>,
    /// Whether it has pages to show inside Muster.
    pub has_ui: bool,
    /// Whether its installation is finished.
    pub installed: bool,
    /// Access codes of those who may use it.
    pub allowed: Vec<String>,
    secret_hash: String,
}

/// What an app proves itself with.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The app's ID.
    pub id: i64,
    /// By what it names itself.
    pub client_id: String,
    /// What it proves that with. It is shown this once and stored only as a hash.
    pub client_secret: String,
}

/// Registers an app.
pub fn add(tx: &mut Tx<'_>, registry: &Registry, new: &NewApp, chance: &mut Chance, now: i64) -> Result<Keys> {
    if new.name.trim().is_empty() {
        return Err(ARGUMENT.say("an app needs a name"));
    }
    for url in [Some(&new.handler_url), new.install_url.as_ref()].into_iter().flatten() {
        check_url(url)?;
    }
    check_codes(tx, registry, &new.allowed)?;
    ensure_member_id(tx, chance)?;
    let client_id = format!("local.{}", &hash_of(&chance.token())[..24]);
    let client_secret = chance.token();
    let mut sql = Sql::new(
        "insert into apps (name, client_id, secret_hash, scopes, handler_url, install_url, has_ui, installed, allowed,
         created_at) values (",
    );
    sql.bind(new.name.trim()).push(", ").bind(client_id.as_str()).push(", ").bind(hash_of(&client_secret));
    sql.push(", ").bind(new.scopes.join(",")).push(", ").bind(new.handler_url.as_str());
    sql.push(", ").bind(new.install_url.clone()).push(", ").bind(i64::from(new.has_ui)).push(", 1, ");
    sql.bind(new.allowed.join(",")).push(", ").bind(now).push(") returning id");
    Ok(Keys { id: tx.int(&sql)?, client_id, client_secret })
}

/// Refuses what is no plain web address: people and their codes are sent there, and its origin stands in a header.
fn check_url(url: &str) -> Result<()> {
    let wrong = || ARGUMENT.say(format!("{url} is no address such as https://app.example.com/handler"));
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or_else(wrong)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    let is_text = url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\' | b'"' | b'<' | b'>'));
    if authority.is_empty() || authority.starts_with(':') || !authority.bytes().all(plain) || !is_text {
        return Err(wrong());
    }
    Ok(())
}

/// Refuses access codes that name no one, because a mistyped one would lock people out silently.
fn check_codes(tx: &mut Tx<'_>, registry: &Registry, codes: &[String]) -> Result<()> {
    // Whoever registers apps may know of everyone.
    let caller =
        Caller { user_id: 0, admin: true, extranet: false, scopes: Vec::new(), via: Via::App(0), expires_at: None };
    let known = access::describe(tx, registry, &caller, codes)?;
    match codes.iter().find(|code| !known.contains_key(code.as_str())) {
        Some(code) => Err(ARGUMENT.say(format!("the access code {code} names no one"))),
        None => Ok(()),
    }
}

const COLUMNS: &str = "select id, name, client_id, scopes, handler_url, install_url, has_ui, installed, allowed, \
                       secret_hash from apps ";

/// All apps.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<App>> {
    let rows = tx.rows(Sql::new(COLUMNS).push("order by id"))?;
    rows.iter().map(|row| read(row).map_err(Error::from)).collect()
}

/// The app of this `client_id`, if there is one.
pub fn find(tx: &mut Tx<'_>, client_id: &str) -> Result<Option<App>> {
    let row = tx.row(Sql::new(COLUMNS).push("where client_id = ").bind(client_id))?;
    Ok(row.as_ref().map(read).transpose()?)
}

fn load(tx: &mut Tx<'_>, id: i64) -> Result<Option<App>> {
    let row = tx.row(Sql::new(COLUMNS).push("where id = ").bind(id))?;
    Ok(row.as_ref().map(read).transpose()?)
}

fn read(row: &Row) -> Result<App, DbError> {
    Ok(App {
        id: row.int(0)?,
        name: row.text(1).to_owned(),
        client_id: row.text(2).to_owned(),
        scopes: row.text(3).to_owned(),
        handler_url: row.text(4).to_owned(),
        install_url: row.opt_text(5).map(str::to_owned),
        has_ui: row.int(6)? == 1,
        installed: row.int(7)? == 1,
        allowed: split(row.text(8)),
        secret_hash: row.text(9).to_owned(),
    })
}

fn split(list: &str) -> Vec<String> {
    list.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// Removes an app and ends everything it was given.
pub fn remove(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.run(&Sql::with("delete from app_tokens where app_id = $1", [id.into()]))?;
    if tx.run(&Sql::with("delete from apps where id = $1", [id.into()]))? == 0 {
        return Err(ARGUMENT.say(format!("there is no app {id}")));
    }
    Ok(())
}

/// Whether a person may use an app. Administrators are no exception: they can change the list.
pub fn admits(tx: &mut Tx<'_>, registry: &Registry, person: &Person, allowed: &[String]) -> Result<bool> {
    Ok(allowed.is_empty() || access::matches(tx, registry, person, allowed)?)
}

/// The caller behind an access token.
///
/// An unknown and a revoked token are refused alike. One that is merely old is told so, since that is how clients know
/// that they have to refresh it.
pub fn identify(tx: &mut Tx<'_>, registry: &Registry, token: &str, now: i64) -> Result<Caller> {
    let found = tx.row(&Sql::with(
        "select a.id, a.scopes, a.allowed, t.expires_at, u.id, u.admin, u.active, u.user_type
         from app_tokens t join apps a on a.id = t.app_id join users u on u.id = t.user_id
         where t.token_hash = $1 and t.kind = 'access'",
        [hash_of(token).into()],
    ))?;
    let row = found.ok_or_else(|| NO_AUTH.say("Invalid access token or webhook code"))?;
    let expires_at = row.int(3)?;
    if expires_at <= now {
        return Err(EXPIRED_TOKEN.error());
    }
    if row.int(6)? != 1 {
        return Err(INVALID_CREDENTIALS.error());
    }
    let caller = Caller {
        user_id: row.int(4)?,
        admin: row.int(5)? == 1,
        extranet: row.text(7) == "extranet",
        scopes: split(row.text(1)),
        via: Via::App(row.int(0)?),
        expires_at: Some(expires_at),
    };
    let person = Person { employee: row.text(7) == "employee", ..Person::of(&caller) };
    if !admits(tx, registry, &person, &split(row.text(2)))? {
        return Err(USER_ACCESS.error());
    }
    Ok(caller)
}

/// Gives this installation its identity, which outlives any change of its address, unless it has one.
pub fn ensure_member_id(tx: &mut Tx<'_>, chance: &mut Chance) -> Result<()> {
    let made = hash_of(&chance.token())[..32].to_owned();
    let sql = "insert into facts (name, value) values ('member_id', $1) on conflict do nothing";
    tx.run(&Sql::with(sql, [made.into()]))?;
    Ok(())
}

/// The identity of this installation. There is one as soon as there is an app.
pub fn member_id(tx: &mut Tx<'_>) -> Result<String> {
    let row = tx.row(&Sql::new("select value from facts where name = 'member_id'"))?;
    Ok(row.map(|it| it.text(0).to_owned()).unwrap_or_default())
}

/// The host of an address, with its port if that is not the usual one.
pub fn authority(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or(base_url, |it| it.1);
    rest.split('/').next().unwrap_or_default()
}

/// The host of an address alone.
pub fn host(base_url: &str) -> &str {
    let authority = authority(base_url);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_taken() {
        for good in ["https://a.example.com", "http://localhost:8080/h?x=1&y", "http://[::1]:80/", "https://a.b?x"] {
            assert!(check_url(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a.example.com",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://:80/x",
            "https://a@b/x",
            "https://a b/",
            "https://a/#x",
            "https://a;script-src/x",
            "https://a\\b/",
            "https://a/\r\nx",
            "ftp://a/",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hosts_are_read() {
        for (url, authority_of, host_of) in [
            ("https://a.test", "a.test", "a.test"),
            ("http://a.test:8080/rest/", "a.test:8080", "a.test"),
            ("http://[::1]:80", "[::1]:80", "[::1]"),
        ] {
            assert_eq!((authority(url), host(url)), (authority_of, host_of));
        }
    }
}
