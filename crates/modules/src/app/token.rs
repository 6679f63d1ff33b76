//! Codes and tokens: each is a random text that only its holder knows, stored as a hash.
//!
//! A code is worth one exchange within 30 seconds, a refresh token one exchange within 180 days, an access token any
//! number of calls within an hour. Refreshing leaves earlier access tokens alone: they end by themselves, because clients
//! go on using one while they refresh it. A code or refresh token that comes a second time may have been stolen, so
//! everything that came of that sign-in ends.

use super::{App, STATUS, address_of, admits, find};
use crate::audit::deeds::{APP_TOKEN, APP_TOKEN_REUSED};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use muster_core::{
    Chance, Code, Error, Json, Registry, Result,
    access::Person,
    audit::{self, Deed, Entry, Origin},
    clock::hash_of,
    error::{USER_ACCESS, code},
};
use muster_db::{Sql, Tx};
use std::fmt::Write as _;
use subtle::ConstantTimeEq as _;

/// How long a code can be exchanged.
pub const CODE_SECONDS: i64 = 30;
/// How long an access token works.
pub const ACCESS_SECONDS: i64 = 3600;
/// How long a refresh token can be exchanged.
pub const REFRESH_SECONDS: i64 = 180 * DAY;
/// How long a used refresh token is remembered, so that its second use is known to be one.
const REMEMBERED_SECONDS: i64 = 30 * DAY;
const DAY: i64 = 86_400;
/// What the families of tokens begin with that were given without a sign-in, and what comes after all of them.
const GIVEN: &str = "given:";
const GIVEN_END: &str = "given;";
/// The same for those that were given with a page of an app that someone opened.
const OF_PAGE: &str = "given:page:";
const OF_PAGE_END: &str = "given:page;";
/// Of how many pages of an app that a person opened the refresh tokens are kept if they were never used.
const KEPT_PAGES: i64 = 50;

/// The request of the authorization server makes no sense.
pub static INVALID_REQUEST: Code = code("invalid_request", 400, "An incorrectly formatted request was provided");
/// The secret is wrong.
pub static INVALID_CLIENT: Code = code("invalid_client", 400, "Invalid client data was provided");
/// There is no such app. The status is what clients know: they read the error, not the status.
pub static WRONG_CLIENT: Code = code("wrong_client", 200, "There is no such application");
/// The code or refresh token is not, or no longer, worth anything.
pub static INVALID_GRANT: Code = code("invalid_grant", 400, "The code or refresh token is invalid or has expired");
/// More was asked for than the app has.
pub static INVALID_SCOPE: Code = code("invalid_scope", 400, "The application does not have the requested permissions");

/// What an app asks to exchange.
#[derive(Debug)]
pub struct Exchange {
    /// Which app asks.
    pub client_id: String,
    /// What it proves that with.
    pub client_secret: String,
    /// Where it says that people are sent back to, if it says so.
    pub redirect_uri: Option<String>,
    /// The scopes it wants, if it says so.
    pub scope: Option<String>,
    /// What it gives.
    pub grant: Grant,
}

/// What an app gives for tokens.
#[derive(Debug)]
pub enum Grant {
    /// A code, with the verifier of its challenge if it had one.
    Code(String, Option<String>),
    /// A refresh token.
    Refresh(String),
}

/// A challenge of PKCE, as the hash that the verifier must have. `None` if it is none.
pub fn read_challenge(challenge: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(challenge).ok().filter(|it| it.len() == 32)?;
    Some(bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
        hex
    }))
}

/// Gives a code to an app on behalf of a person who has just agreed.
pub fn give_code(
    tx: &mut Tx<'_>,
    registry: &Registry,
    (app, user_id): (&App, i64),
    challenge: Option<&str>,
    (chance, now): (&mut Chance, i64),
) -> Result<String> {
    let person = Person::load(tx, user_id)?.ok_or_else(|| USER_ACCESS.error())?;
    if !admits(tx, registry, &person, &app.allowed)? {
        return Err(USER_ACCESS.error());
    }
    tx.run(&Sql::with("delete from app_tokens where expires_at < $1", [(now - REFRESH_SECONDS).into()]))?;
    let token = chance.token();
    let hash = hash_of(&token);
    let holder = Holder { app_id: app.id, user_id, family: hash.clone(), challenge: challenge.map(str::to_owned) };
    keep(tx, &holder, "code", &hash, now + CODE_SECONDS)?;
    Ok(token)
}

/// For whom a token is, and from which sign-in.
struct Holder {
    app_id: i64,
    user_id: i64,
    family: String,
    challenge: Option<String>,
}

fn keep(tx: &mut Tx<'_>, holder: &Holder, kind: &'static str, hash: &str, expires_at: i64) -> Result<()> {
    tx.run(&Sql::with(
        "insert into app_tokens (token_hash, kind, family, app_id, user_id, challenge, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        [
            hash.into(),
            kind.into(),
            holder.family.as_str().into(),
            holder.app_id.into(),
            holder.user_id.into(),
            holder.challenge.clone().into(),
            expires_at.into(),
        ],
    ))?;
    Ok(())
}

/// Exchanges a code or refresh token for tokens, in the words that clients are to be answered with.
///
/// A refusal is the inner error: it is kept by the transaction, since a replay has to end what was given before. The
/// audit log is told of codes that were exchanged and of replays, and not of refreshing, which apps do every hour.
pub fn exchange(
    tx: &mut Tx<'_>,
    registry: &Registry,
    asked: &Exchange,
    (base_url, origin): (&str, &Origin),
    (chance, now): (&mut Chance, i64),
) -> Result<Result<Json>> {
    let app = match authenticate(tx, asked) {
        Ok(app) => app,
        // What has a cause is no refusal but a failure of ours, and the transaction may be tried again.
        Err(err) if err.cause.is_some() => return Err(err),
        Err(err) => return Ok(Err(err)),
    };
    let Some(holder) = take(tx, &app, &asked.grant, (origin, now))? else { return Ok(Err(INVALID_GRANT.error())) };
    let person = Person::load(tx, holder.user_id)?;
    let may = match &person {
        Some(person) => admits(tx, registry, person, &app.allowed)?,
        None => false,
    };
    if !may {
        return Ok(Err(INVALID_GRANT.error()));
    }
    if matches!(asked.grant, Grant::Code(..)) {
        note(tx, &APP_TOKEN, &holder, (origin, now))?;
    }
    Ok(Ok(make(tx, &app, &holder, (base_url, true), (chance, now))?))
}

/// Tells the audit log of tokens, on behalf of whoever they are of.
fn note(tx: &mut Tx<'_>, deed: &Deed, holder: &Holder, (origin, now): (&Origin, i64)) -> Result<()> {
    let via = format!("app {}", holder.app_id);
    let origin = Origin { user_id: Some(holder.user_id), via, ..origin.clone() };
    audit::write(tx, &origin, &Entry::of_deed(deed, &holder.app_id), now)
}

/// Makes tokens, in the words that clients are told them: an access token, and if they are to last, a refresh token.
fn make(
    tx: &mut Tx<'_>,
    app: &App,
    holder: &Holder,
    (base_url, lasting): (&str, bool),
    (chance, now): (&mut Chance, i64),
) -> Result<Json> {
    let access = chance.token();
    keep(tx, holder, "access", &hash_of(&access), now + ACCESS_SECONDS)?;
    let mut made = address_of(tx, base_url)?;
    made["access_token"] = access.into();
    if lasting {
        let refresh = chance.token();
        keep(tx, holder, "refresh", &hash_of(&refresh), now + REFRESH_SECONDS)?;
        made["refresh_token"] = refresh.into();
    }
    made["expires"] = (now + ACCESS_SECONDS).into();
    made["expires_in"] = ACCESS_SECONDS.into();
    made["scope"] = app.scopes.clone().into();
    made["status"] = STATUS.into();
    made["user_id"] = holder.user_id.into();
    Ok(made)
}

/// Gives an app tokens of a person without anyone's signing in: for an event that the person caused, or a page of the app
/// that they open. `None` if they may not use it, or not any more.
pub fn give(
    tx: &mut Tx<'_>,
    registry: &Registry,
    (app, user_id): (&App, i64),
    (base_url, lasting): (&str, bool),
    (chance, now): (&mut Chance, i64),
) -> Result<Option<Json>> {
    give_as(tx, registry, (app, user_id), (base_url, lasting, GIVEN), (chance, now))
}

/// The same for a page of the app that the person opens.
///
/// Apps may keep the refresh token of such a page, so it lives as long as any other; but with every page there is a new one, so that of those nobody ever used only the latest are kept, and
/// those of the last day. `installing` is for the page of its installation, whose tokens apps keep for good.
pub fn give_page(
    tx: &mut Tx<'_>,
    registry: &Registry,
    (app, user_id): (&App, i64),
    (base_url, installing): (&str, bool),
    (chance, now): (&mut Chance, i64),
) -> Result<Option<Json>> {
    if installing {
        return give(tx, registry, (app, user_id), (base_url, true), (chance, now));
    }
    let mine = || [app.id.into(), user_id.into(), OF_PAGE.into(), OF_PAGE_END.into()];
    let mut oldest = Sql::with(
        "select expires_at from app_tokens where app_id = $1 and user_id = $2 and kind = 'refresh' and used_at is null
         and family >= $3 and family < $4 order by expires_at desc limit 1 offset ",
        mine(),
    );
    if let Some(row) = tx.row(oldest.bind(KEPT_PAGES - 1))? {
        let before = row.int(0)?.min(now + REFRESH_SECONDS - DAY);
        let mut old = Sql::with(
            "delete from app_tokens where app_id = $1 and user_id = $2 and kind = 'refresh' and used_at is null
             and family >= $3 and family < $4 and expires_at < ",
            mine(),
        );
        tx.run(old.bind(before))?;
    }
    give_as(tx, registry, (app, user_id), (base_url, true, OF_PAGE), (chance, now))
}

fn give_as(
    tx: &mut Tx<'_>,
    registry: &Registry,
    (app, user_id): (&App, i64),
    (base_url, lasting, family): (&str, bool, &str),
    (chance, now): (&mut Chance, i64),
) -> Result<Option<Json>> {
    let Some(person) = Person::load(tx, user_id)? else { return Ok(None) };
    if !admits(tx, registry, &person, &app.allowed)? {
        return Ok(None);
    }
    let family = format!("{family}{}", chance.token());
    let holder = Holder { app_id: app.id, user_id, family, challenge: None };
    make(tx, app, &holder, (base_url, lasting), (chance, now)).map(Some)
}

/// Ends everything by which apps act for a person: codes, access tokens and refresh tokens.
pub fn end_all(tx: &mut Tx<'_>, user_id: i64) -> Result<()> {
    tx.run(&Sql::with("delete from app_tokens where user_id = $1", [user_id.into()]))?;
    Ok(())
}

/// Forgets tokens that were given with events and have ended. Those of sign-ins are forgotten when they are refreshed.
pub fn sweep(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    tx.run(&Sql::with(
        "delete from app_tokens where expires_at < $1 and family >= $2 and family < $3",
        [(now - DAY).into(), GIVEN.into(), GIVEN_END.into()],
    ))?;
    Ok(())
}

/// The app that asks, if it is the one it says it is and asks for nothing beyond itself.
fn authenticate(tx: &mut Tx<'_>, asked: &Exchange) -> Result<App> {
    let app = find(tx, &asked.client_id)?.ok_or_else(|| WRONG_CLIENT.error())?;
    let hash = hash_of(&asked.client_secret);
    if !bool::from(hash.as_bytes().ct_eq(app.secret_hash.as_bytes())) {
        return Err(INVALID_CLIENT.error());
    }
    if asked.redirect_uri.as_ref().is_some_and(|it| *it != app.handler_url) {
        return Err(INVALID_GRANT.error());
    }
    check_scope(&app, asked.scope.as_deref())?;
    Ok(app)
}

/// Refuses a wish for more scopes than the app has. Wishing for fewer changes nothing: it gets those of its own.
pub fn check_scope(app: &App, wanted: Option<&str>) -> Result<(), Error> {
    let held: Vec<&str> = app.scopes.split(',').collect();
    let mut wanted = wanted.unwrap_or_default().split([',', ' ']).filter(|it| !it.is_empty());
    if wanted.any(|it| !held.contains(&it)) {
        return Err(INVALID_SCOPE.error());
    }
    Ok(())
}

/// Takes a code or refresh token out of use. `None` if it is worth nothing.
///
/// Of two exchanges at the same time the statement lets one through; the other is a second use.
fn take(tx: &mut Tx<'_>, app: &App, grant: &Grant, (origin, now): (&Origin, i64)) -> Result<Option<Holder>> {
    let (kind, token) = match grant {
        Grant::Code(code, _) => ("code", code),
        Grant::Refresh(token) => ("refresh", token),
    };
    let names = || [hash_of(token).into(), kind.into(), app.id.into()];
    let mut using = Sql::new("update app_tokens set used_at = ");
    using.bind(now).push(" where used_at is null and token_hash = ").bind(hash_of(token));
    using.push(" and kind = ").bind(kind).push(" and app_id = ").bind(app.id);
    let is_first = tx.run(&using)? == 1;
    let known = "select user_id, family, challenge, expires_at from app_tokens
                 where token_hash = $1 and kind = $2 and app_id = $3";
    let Some(row) = tx.row(&Sql::with(known, names()))? else { return Ok(None) };
    let holder = Holder { app_id: app.id, user_id: row.int(0)?, family: row.text(1).to_owned(), challenge: None };
    if !is_first {
        note(tx, &APP_TOKEN_REUSED, &holder, (origin, now))?;
        tx.run(&Sql::with("delete from app_tokens where family = $1", [holder.family.into()]))?;
        return Ok(None);
    }
    let verifies = match grant {
        // A verifier without a challenge is refused too: someone may have taken the challenge away.
        Grant::Code(_, verifier) => row.opt_text(2).map(str::to_owned) == verifier.as_deref().map(hash_of),
        Grant::Refresh(_) => true,
    };
    if !verifies || row.int(3)? <= now {
        return Ok(None);
    }
    forget_old(tx, &holder.family, now)?;
    Ok(Some(holder))
}

/// Forgets what is of no use any more, so that an app that refreshes every hour leaves no heap behind. The latest access
/// token stays, because its holder has to be told that it has expired, however late.
fn forget_old(tx: &mut Tx<'_>, family: &str, now: i64) -> Result<()> {
    tx.run(&Sql::with(
        "delete from app_tokens where family = $1
         and ((kind = 'access' and expires_at < $2) or (kind <> 'access' and used_at < $3))",
        [family.into(), (now - DAY).into(), (now - REMEMBERED_SECONDS).into()],
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636.
    #[test]
    fn a_challenge_is_the_hash_of_its_verifier() {
        let challenge = read_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(challenge, Some(hash_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
        for bad in ["", "abc", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1"] {
            assert_eq!(read_challenge(bad), None, "{bad}");
        }
    }
}
