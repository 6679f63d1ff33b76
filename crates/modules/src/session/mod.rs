//! Sessions: who is signed in to the pages, with which browser; and how they want to see Muster.
//!
//! A session is a random secret in a cookie, stored here as a hash. It ends when it is ended, when no one used it for
//! [`IDLE_SECONDS`], and at the latest after [`LONGEST_SECONDS`].

pub mod passkey;
pub mod second_factor;

use crate::right;
use muster_core::{
    Caller, Chance, Module, Registry, Result, Via, call::Rights, clock::hash_of, error::ARGUMENT, personal::personal,
};
use muster_db::{DbError, Migration, Sql, Tx, Value};

/// The module: it has tables and no methods. Sessions are for the pages alone.
pub const MODULE: Module = Module {
    migrations: &[
        Migration { name: "session/0001", sql: include_str!("0001_sessions.sql") },
        Migration { name: "session/0002", sql: include_str!("0002_second_factors.sql") },
        Migration { name: "session/0003", sql: include_str!("0003_passkeys.sql") },
    ],
    personal: &[
        personal("sessions", "user_id", "Browsers that the person is signed in with").exported(&[
            "created_at",
            "seen_at",
            "address",
            "agent",
        ]),
        personal("preferences", "user_id", "How the person wants to see Muster").exported(&["language", "theme"]),
        personal("second_factors", "user_id", "Second factor").exported(&["confirmed_at"]),
        personal("recovery_codes", "user_id", "Recovery codes"),
        personal("half_sign_ins", "user_id", "Who has given a password and not yet the code"),
        personal("passkeys", "user_id", "Passkeys").exported(&["name", "created_at", "used_at"]),
        personal("ceremonies", "user_id", "What was asked of a browser and is not answered yet"),
    ],
    ..Module::new("session")
};

/// For how long a session lasts without being used.
pub const IDLE_SECONDS: i64 = 14 * DAY;
/// For how long a session lasts at most.
pub const LONGEST_SECONDS: i64 = 90 * DAY;
const DAY: i64 = 86_400;
/// As much as is kept of what a browser says of itself.
const AGENT_CHARACTERS: usize = 300;

/// Languages that people can choose.
pub const LANGUAGES: &[&str] = &["en", "ru"];
/// Themes that people can choose.
pub const THEMES: &[&str] = &["light", "dark"];

/// Someone who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// As whom they call methods: with every scope, and with their own rights.
    pub caller: Caller,
    /// The session's ID.
    pub session_id: i64,
    /// Their first name.
    pub name: String,
    /// Their last name.
    pub last_name: String,
    /// Their e-mail address.
    pub email: String,
    /// What is stored of their photo, if they have one.
    pub photo: Option<String>,
    /// The zone that they set for themselves, if they did.
    pub time_zone: Option<String>,
    /// The language they chose.
    pub language: Option<String>,
    /// The theme they chose.
    pub theme: Option<String>,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its ID.
    pub id: i64,
    /// When it began.
    pub created_at: i64,
    /// When it was last used.
    pub seen_at: i64,
    /// The address it was begun from.
    pub address: String,
    /// What the browser said of itself.
    pub agent: String,
}

/// Begins a session and answers its secret, which only the browser gets to know.
pub fn begin(
    tx: &mut Tx<'_>,
    user_id: i64,
    (address, agent): (&str, &str),
    (chance, now): (&mut Chance, i64),
) -> Result<String> {
    tx.run(&Sql::with(
        "delete from sessions where seen_at < $1 or created_at < $2",
        [(now - IDLE_SECONDS).into(), (now - LONGEST_SECONDS).into()],
    ))?;
    let secret = chance.token();
    let agent: String = agent.chars().take(AGENT_CHARACTERS).collect();
    tx.run(&Sql::with(
        "insert into sessions (user_id, secret_hash, created_at, seen_at, address, agent)
         values ($1, $2, $3, $3, $4, $5)",
        [user_id.into(), hash_of(&secret).into(), now.into(), address.into(), agent.into()],
    ))?;
    Ok(secret)
}

/// Who is signed in with this secret, if the session is in force and they still work here.
pub fn identify(tx: &mut Tx<'_>, registry: &Registry, secret: &str, now: i64) -> Result<Option<SignedIn>> {
    let found = tx.row(&Sql::with(
        "select s.id, u.id, u.admin, u.user_type, u.name, u.last_name, u.email, u.personal_photo, u.time_zone,
                p.language, p.theme, (select count(*) from rights)
         from sessions s join users u on u.id = s.user_id left join preferences p on p.user_id = u.id
         where s.secret_hash = $1 and s.seen_at > $2 and s.created_at > $3 and u.active = 1",
        [hash_of(secret).into(), (now - IDLE_SECONDS).into(), (now - LONGEST_SECONDS).into()],
    ))?;
    let Some(row) = found else { return Ok(None) };
    let session_id = row.int(0)?;
    let text = |column| row.opt_text(column).map(str::to_owned);
    let caller = Caller {
        user_id: row.int(1)?,
        admin: row.int(2)? == 1,
        extranet: row.text(3) == "extranet",
        rights: Rights::USUAL,
        scopes: registry.scopes().map(|it| it.name.to_owned()).collect(),
        via: Via::Session(session_id),
        expires_at: None,
    };
    Ok(Some(SignedIn {
        caller: right::settle(tx, caller, row.text(3) == "employee", row.int(11)?)?,
        session_id,
        name: row.text(4).to_owned(),
        last_name: row.text(5).to_owned(),
        email: row.text(6).to_owned(),
        photo: text(7),
        time_zone: text(8),
        language: text(9),
        theme: text(10),
    }))
}

/// The sessions of a person that are in force, the latest first.
pub fn list(tx: &mut Tx<'_>, user_id: i64, now: i64) -> Result<Vec<Session>> {
    let rows = tx.rows(&Sql::with(
        "select id, created_at, seen_at, address, agent from sessions
         where user_id = $1 and seen_at > $2 and created_at > $3 order by seen_at desc, id desc",
        [user_id.into(), (now - IDLE_SECONDS).into(), (now - LONGEST_SECONDS).into()],
    ))?;
    let read = |row: &muster_db::Row| {
        Ok(Session {
            id: row.int(0)?,
            created_at: row.int(1)?,
            seen_at: row.int(2)?,
            address: row.text(3).to_owned(),
            agent: row.text(4).to_owned(),
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, DbError>>()?)
}

/// Ends one of a person's sessions at once. One that has ended already is no error.
pub fn end(tx: &mut Tx<'_>, user_id: i64, id: i64) -> Result<()> {
    tx.run(&Sql::with("delete from sessions where id = $1 and user_id = $2", [id.into(), user_id.into()]))?;
    Ok(())
}

/// Ends all of a person's sessions at once, save the one given.
pub fn end_all(tx: &mut Tx<'_>, user_id: i64, keep: Option<i64>) -> Result<()> {
    let keep = keep.unwrap_or_default();
    tx.run(&Sql::with("delete from sessions where user_id = $1 and id <> $2", [user_id.into(), keep.into()]))?;
    Ok(())
}

/// Records when these sessions were last used.
pub fn record_use(tx: &mut Tx<'_>, used: &[(i64, i64)]) -> Result<(), DbError> {
    for (id, at) in used {
        let args: [Value; 2] = [(*at).into(), (*id).into()];
        tx.run(&Sql::with("update sessions set seen_at = $1 where id = $2 and seen_at < $1", args))?;
    }
    Ok(())
}

/// Sets how a person wants to see Muster. What is `None` is left to the browser.
pub fn prefer(tx: &mut Tx<'_>, user_id: i64, language: Option<&str>, theme: Option<&str>) -> Result<()> {
    for (sent, known) in [(language, LANGUAGES), (theme, THEMES)] {
        if sent.is_some_and(|it| !known.contains(&it)) {
            return Err(ARGUMENT.say(format!("choose one of {}", known.join(", "))));
        }
    }
    tx.run(&Sql::with(
        "insert into preferences (user_id, language, theme) values ($1, $2, $3)
         on conflict (user_id) do update set language = $2, theme = $3",
        [user_id.into(), language.map(str::to_owned).into(), theme.map(str::to_owned).into()],
    ))?;
    Ok(())
}
