//! Local apps: programs that an administrator registers and that act for whoever signs in to them.
//!
//! An app acts with its own scopes and with that person's rights. Tokens are in [`token`], its life from registration to
//! removal in [`install`], what it keeps here in `option`.

mod info;
pub mod install;
mod option;
pub mod token;

pub use info::STATUS;
pub use option::all as options;

use crate::{address, right};
use muster_core::{
    Call, Caller, Chance, Error, Json, Method, Module, Registry, Result, Settings, Via,
    access::{self, Person},
    call::{Right, Rights},
    clock::hash_of,
    error::{ARGUMENT, EXPIRED_TOKEN, INVALID_CREDENTIALS, NO_AUTH, USER_ACCESS, WRONG_AUTH_TYPE},
    json,
    personal::personal,
};
use muster_db::{DbError, Migration, Row, Sql, Tx};

/// The module. Apps are registered by administrators, not by REST.
pub const MODULE: Module = Module {
    methods: METHODS,
    migrations: &[
        Migration { name: "app/0001", sql: include_str!("0001_apps.sql") },
        Migration { name: "app/0002", sql: include_str!("0002_installation.sql") },
    ],
    events: install::EVENTS,
    personal: &[
        personal("app_tokens", "user_id", "What apps hold to act for the person").exported(&[
            "app_id",
            "kind",
            "expires_at",
            "used_at",
        ]),
        personal("app_options", "user_id", "What apps keep for the person").exported(&["app_id", "name", "value"]),
        personal("apps", "installed_by", "Apps that the person installed").kept("Who set up what others use."),
    ],
    ..Module::new("app")
};

static METHODS: &[Method] =
    &[info::INFO, install::FINISH, option::APP_GET, option::APP_SET, option::USER_GET, option::USER_SET];

/// The language that apps are told of, where a person's own is not known.
pub const LANGUAGE: &str = "en";

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
    /// Who installs it; the first administrator if no one is named.
    pub installer: Option<i64>,
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
    /// How often it was registered anew, from 1.
    pub version: i64,
    /// What calls to it are recognized by.
    pub application_token: String,
    /// Who installs it.
    pub installed_by: Option<i64>,
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

impl App {
    /// What it may do.
    pub fn scope_list(&self) -> Vec<String> {
        split(&self.scopes)
    }
}

/// Registers an app. One without pages is installed at once; one that has a page of its installation is when that page
/// says so.
pub fn add(
    tx: &mut Tx<'_>,
    (registry, settings): (&Registry, &Settings),
    new: &NewApp,
    (chance, now): (&mut Chance, i64),
) -> Result<Keys> {
    check(tx, registry, settings, new)?;
    let installer = installer(tx, new.installer)?;
    ensure_member_id(tx, chance)?;
    let client_id = format!("local.{}", &hash_of(&chance.token())[..24]);
    let client_secret = chance.token();
    let mut sql = Sql::new(
        "insert into apps (name, client_id, secret_hash, scopes, handler_url, install_url, has_ui, installed, allowed,
         installed_by, application_token, created_at) values (",
    );
    sql.bind(new.name.trim()).push(", ").bind(client_id.as_str()).push(", ").bind(hash_of(&client_secret));
    sql.push(", ").bind(new.scopes.join(",")).push(", ").bind(new.handler_url.as_str());
    sql.push(", ").bind(new.install_url.clone()).push(", ").bind(i64::from(new.has_ui)).push(", 0, ");
    sql.bind(new.allowed.join(",")).push(", ").bind(installer).push(", ").bind(chance.token());
    let id = tx.int(sql.push(", ").bind(now).push(") returning id"))?;
    install::begin(tx, id, now)?;
    Ok(Keys { id, client_id, client_secret })
}

/// Refuses what no app can be made of.
fn check(tx: &mut Tx<'_>, registry: &Registry, settings: &Settings, new: &NewApp) -> Result<()> {
    if new.name.trim().is_empty() {
        return Err(ARGUMENT.say("an app needs a name"));
    }
    address::check(&new.handler_url)?;
    match &new.install_url {
        // An app without pages is called there; one with pages is opened there by a browser.
        Some(url) if !new.has_ui => address::check_called(url, settings)?,
        Some(url) => address::check(url)?,
        None => {}
    }
    check_codes(tx, registry, &new.allowed)
}

/// Who installs an app: an active administrator, or someone who may manage apps.
fn installer(tx: &mut Tx<'_>, wanted: Option<i64>) -> Result<Option<i64>> {
    let admins = tx.ints(&Sql::new("select id from users where admin = 1 and active = 1 order by id"))?;
    if let Some(id) = wanted
        && right::has(tx, id, Right::ManageApps)?
    {
        return Ok(wanted);
    }
    match wanted {
        None => Ok(admins.first().copied()),
        Some(id) if admins.contains(&id) => Ok(Some(id)),
        Some(id) => Err(ARGUMENT.say(format!("there is no active administrator with the ID {id}"))),
    }
}

/// Refuses access codes that name no one, because a mistyped one would lock people out silently.
pub(crate) fn check_codes(tx: &mut Tx<'_>, registry: &Registry, codes: &[String]) -> Result<()> {
    // Whoever registers apps may know of everyone.
    let caller = Caller {
        user_id: 0,
        admin: true,
        extranet: false,
        rights: Rights::USUAL,
        scopes: Vec::new(),
        via: Via::App(0),
        expires_at: None,
    };
    let known = access::describe(tx, registry, &caller, codes)?;
    match codes.iter().find(|code| !known.contains_key(code.as_str())) {
        Some(code) => Err(ARGUMENT.say(format!("the access code {code} names no one"))),
        None => Ok(()),
    }
}

const COLUMNS: &str = "select id, name, client_id, scopes, handler_url, install_url, has_ui, installed, allowed, \
                       secret_hash, version, application_token, installed_by from apps ";

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

/// The app with this ID, if there is one.
pub fn load(tx: &mut Tx<'_>, id: i64) -> Result<Option<App>> {
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
        version: row.int(10)?,
        application_token: row.text(11).to_owned(),
        installed_by: row.opt_int(12),
    })
}

fn split(list: &str) -> Vec<String> {
    list.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// The app that calls a method that is open to apps only.
pub(crate) fn calling(call: &Call<'_, '_>) -> Result<i64> {
    call.caller.app().ok_or_else(|| WRONG_AUTH_TYPE.error())
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
    let found = tx.known_rows(&Sql::with(
        "select a.id, a.scopes, a.allowed, t.expires_at, u.id, u.admin, u.active, u.user_type,
             (select count(*) from rights)
         from app_tokens t join apps a on a.id = t.app_id join users u on u.id = t.user_id
         where t.token_hash = $1 and t.kind = 'access'",
        [hash_of(token).into()],
    ))?;
    let row = found.first().ok_or_else(|| NO_AUTH.say("Invalid access token or webhook code"))?;
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
        rights: Rights::USUAL,
        scopes: split(row.text(1)),
        via: Via::App(row.int(0)?),
        expires_at: Some(expires_at),
    };
    let person = Person { employee: row.text(7) == "employee", ..Person::of(&caller) };
    if !admits(tx, registry, &person, &split(row.text(2)))? {
        return Err(USER_ACCESS.error());
    }
    right::settle(tx, caller, person.employee, row.int(8)?)
}

/// Gives this installation its identity, which outlives any change of its address, unless it has one.
pub fn ensure_member_id(tx: &mut Tx<'_>, chance: &mut Chance) -> Result<()> {
    let made = hash_of(&chance.token())[..32].to_owned();
    let sql = "insert into facts (name, value) values ('member_id', $1) on conflict do nothing";
    tx.run(&Sql::with(sql, [made.into()]))?;
    Ok(())
}

/// Where this installation is and what it is called, as apps are told.
pub fn address_of(tx: &mut Tx<'_>, base_url: &str) -> Result<Json> {
    let endpoint = format!("{base_url}/rest/");
    Ok(json!({
        "domain": address::authority(base_url),
        "server_endpoint": endpoint,
        "client_endpoint": endpoint,
        "member_id": member_id(tx)?,
    }))
}

/// The identity of this installation. There is one as soon as there is an app.
pub fn member_id(tx: &mut Tx<'_>) -> Result<String> {
    let row = tx.row(&Sql::new("select value from facts where name = 'member_id'"))?;
    Ok(row.map(|it| it.text(0).to_owned()).unwrap_or_default())
}
