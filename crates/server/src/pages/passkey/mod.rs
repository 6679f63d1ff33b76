//! Passkeys: signing in with what a device keeps and checks by itself (`WebAuthn`).
//!
//! They are bound to the host of `public_url`, or to `localhost` where that is not set. A browser proves with one that its
//! owner is there and was recognized, so no other factor is asked for.

use super::{
    Reply, Route, Subject, Visit, get, post,
    sign_in::{TOO_MANY, WRONG_PASSWORD, back, begin, check_password},
};
use askama::Template;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use muster_core::{
    Chance, Code, Error, Result,
    error::{INTERNAL, code},
    json,
};
use muster_modules::audit::deeds::{PASSKEY_ADD, PASSKEY_END, SIGN_IN_FAILED};
use muster_modules::session::{
    passkey::{self, Kept, WRONG_PASSKEY},
    second_factor::SIGN_IN_OVER,
};
use url::Url;
use uuid::Uuid;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{
        CredentialID, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
        RegisterPublicKeyCredential,
    },
};

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: "",
    js: include_str!("passkey.js"),
};

const ROUTES: &[Route] = &[
    get("/settings/security/passkeys/", list),
    post("/settings/security/passkeys/begin/", begin_adding).takes_password(),
    post("/settings/security/passkeys/", add),
    post("/settings/security/passkeys/end/", end).takes_password(),
    post("/sign-in/passkey/begin/", begin_signing_in).open(),
    post("/sign-in/passkey/", sign_in).open(),
];

/// Passkeys are bound to a name, and this Muster is reached by a number.
static NO_NAME: Code =
    code("passkey_needs_name", 409, "Passkeys need a host name. This Muster is reached by an IP address.");

impl Visit<'_> {
    /// Whether passkeys can be used here: browsers bind them to the name of a host, which an IP address is not.
    pub(crate) fn has_passkeys(&self) -> bool {
        let address = self.app.door.public_url.as_deref().unwrap_or(&self.base_url);
        Url::parse(address).is_ok_and(|it| it.domain().is_some())
    }
}

/// What checks passkeys, if this Muster has an address that they can be bound to.
fn webauthn(visit: &Visit<'_>) -> Result<Webauthn> {
    if !visit.has_passkeys() {
        return Err(NO_NAME.error());
    }
    let broken = |err: String| INTERNAL.error().because(err);
    let public = visit.app.door.public_url.as_deref();
    let origin = Url::parse(public.unwrap_or("http://localhost")).map_err(|err| broken(err.to_string()))?;
    let host = origin.domain().unwrap_or("localhost").to_owned();
    let builder = WebauthnBuilder::new(&host, &origin).map_err(|err| broken(err.to_string()))?;
    let builder = builder.rp_name("Muster").allow_any_port(public.is_none());
    builder.build().map_err(|err| broken(err.to_string()))
}

fn unreadable(_: impl std::fmt::Display) -> Error {
    WRONG_PASSKEY.error()
}

/// Who a passkey is for, as devices keep it. It tells them no name.
fn handle(user_id: i64) -> Uuid {
    Uuid::from_u64_pair(0, user_id.unsigned_abs())
}

#[derive(Template)]
#[template(path = "pages/passkey/passkeys.html")]
struct Passkeys<'a> {
    visit: &'a Visit<'a>,
    lines: Vec<Line>,
    problem: String,
}

struct Line {
    id: String,
    name: String,
    created: String,
    used: String,
}

fn list(visit: &Visit<'_>) -> Result<Reply> {
    show(visit, String::new())
}

fn show(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    let user_id = visit.caller()?.user_id;
    let kept = visit.app.db.read(|tx| passkey::list(tx, user_id))?;
    let line = |it: Kept| Line {
        id: it.credential_id,
        name: it.name,
        created: visit.moment(it.created_at),
        used: it.used_at.map_or_else(String::new, |at| visit.moment(at)),
    };
    visit.page(&Passkeys { visit, lines: kept.into_iter().map(line).collect(), problem })
}

fn again(visit: &Visit<'_>, err: Error) -> Result<Reply> {
    let known: [&Code; 5] = [&WRONG_PASSWORD, &TOO_MANY, &WRONG_PASSKEY, &SIGN_IN_OVER, &NO_NAME];
    if !known.contains(&err.code) {
        return Err(err);
    }
    Ok(show(visit, visit.said(&err))?.with_status(err.code.status))
}

/// What the script asks of the browser, with the token by which its answer comes back.
fn ask(visit: &Visit<'_>, user_id: i64, state: &str, options: &serde_json::Value) -> Result<Reply> {
    let now = visit.app.clock.seconds();
    let token = visit.write_routine(|tx| passkey::begin(tx, user_id, state, (&mut Chance::from_system(), now)))?;
    Ok(Reply::json(&json!({ "ceremony": token, "options": options["publicKey"] })))
}

fn as_json(value: &impl serde::Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|err| INTERNAL.error().because(err))
}

/// What the script shows of an error, with the error's status.
fn problem(visit: &Visit<'_>, err: &Error) -> Reply {
    Reply::json(&json!({ "problem": visit.said(err) })).with_status(err.code.status)
}

fn begin_adding(visit: &Visit<'_>) -> Result<Reply> {
    if !visit.has_passkeys() {
        return Ok(problem(visit, &NO_NAME.error()));
    }
    let user_id = match check_password(visit, visit.email(), &visit.password("CURRENT")) {
        Ok(user_id) => user_id,
        Err(err) if err.code == &WRONG_PASSWORD || err.code == &TOO_MANY => {
            return Ok(problem(visit, &err));
        }
        Err(err) => return Err(err),
    };
    let kept = visit.app.db.read(|tx| passkey::list(tx, user_id))?;
    let known = kept.iter().filter_map(|it| BASE64_URL_SAFE_NO_PAD.decode(&it.credential_id).ok());
    let known: Vec<CredentialID> = known.collect();
    let name = visit.face().map_or_else(String::new, |it| it.name);
    let started = webauthn(visit)?.start_passkey_registration(handle(user_id), visit.email(), &name, Some(known));
    let (options, state) = started.map_err(|err| INTERNAL.error().because(err.to_string()))?;
    let mut options = as_json(&options)?;
    // Only such a passkey can be found without an e-mail address having been typed.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = "required".into();
    options["publicKey"]["authenticatorSelection"]["requireResidentKey"] = true.into();
    ask(visit, user_id, &as_json(&state)?.to_string(), &options)
}

fn add(visit: &Visit<'_>) -> Result<Reply> {
    let user_id = visit.caller()?.user_id;
    match register(visit, user_id) {
        Ok(()) => Ok(Reply::to("/settings/security/passkeys/?done=passkey-added")),
        Err(err) => again(visit, err),
    }
}

fn register(visit: &Visit<'_>, user_id: i64) -> Result<()> {
    let now = visit.app.clock.seconds();
    let answer: RegisterPublicKeyCredential = serde_json::from_str(&visit.text("CREDENTIAL")).map_err(unreadable)?;
    let state = visit.write_routine(|tx| passkey::take(tx, user_id, &visit.text("CEREMONY"), now))?;
    let state: PasskeyRegistration = serde_json::from_str(&state).map_err(|err| INTERNAL.error().because(err))?;
    let made = webauthn(visit)?.finish_passkey_registration(&answer, &state).map_err(unreadable)?;
    let id = BASE64_URL_SAFE_NO_PAD.encode(made.cred_id());
    let data = as_json(&made)?.to_string();
    let name = Some(visit.text("NAME")).filter(|it| !it.is_empty()).unwrap_or_else(|| visit.t("passkey-unnamed"));
    visit.write(&PASSKEY_ADD, |tx| Ok((passkey::add(tx, user_id, &id, (&name, &data), now)?, user_id)))
}

fn end(visit: &Visit<'_>) -> Result<Reply> {
    let user_id = match check_password(visit, visit.email(), &visit.password("CURRENT")) {
        Ok(user_id) => user_id,
        Err(err) => return again(visit, err),
    };
    visit.write(&PASSKEY_END, |tx| Ok((passkey::end(tx, user_id, &visit.text("PASSKEY"))?, user_id)))?;
    Ok(Reply::to("/settings/security/passkeys/?done=passkey-ended"))
}

fn begin_signing_in(visit: &Visit<'_>) -> Result<Reply> {
    // Each try is kept in the database until it is over.
    if !visit.app.throttle.admit_passkey(visit.peer, visit.app.clock.seconds()) {
        return Ok(problem(visit, &TOO_MANY.error()));
    }
    if !visit.has_passkeys() {
        return Ok(problem(visit, &NO_NAME.error()));
    }
    let started = webauthn(visit)?.start_discoverable_authentication();
    let (options, state) = started.map_err(|err| INTERNAL.error().because(err.to_string()))?;
    ask(visit, 0, &as_json(&state)?.to_string(), &as_json(&options)?)
}

fn sign_in(visit: &Visit<'_>) -> Result<Reply> {
    let user_id = match recognize(visit) {
        Err(err) if err.code == &WRONG_PASSKEY => {
            visit.note(&SIGN_IN_FAILED, "")?;
            return Err(err);
        }
        recognized => recognized?,
    };
    begin(visit, user_id, visit.params.flag("STAY")?, &back(visit))
}

/// Who has proved with a passkey that they are there.
fn recognize(visit: &Visit<'_>) -> Result<i64> {
    let (webauthn, now) = (webauthn(visit)?, visit.app.clock.seconds());
    let answer: PublicKeyCredential = serde_json::from_str(&visit.text("CREDENTIAL")).map_err(unreadable)?;
    let state = visit.write_routine(|tx| passkey::take(tx, 0, &visit.text("CEREMONY"), now))?;
    let state: DiscoverableAuthentication =
        serde_json::from_str(&state).map_err(|err| INTERNAL.error().because(err))?;
    let (handle, credential) = webauthn.identify_discoverable_authentication(&answer).map_err(unreadable)?;
    let user_id = i64::try_from(handle.as_u64_pair().1).map_err(unreadable)?;
    let id = &BASE64_URL_SAFE_NO_PAD.encode(credential);
    let data = visit.app.db.read(|tx| passkey::find(tx, user_id, id))?;
    let mut known: Passkey = serde_json::from_str(&data).map_err(|err| INTERNAL.error().because(err))?;
    let done = webauthn.finish_discoverable_authentication_v2(&answer, state, &known).map_err(unreadable)?;
    known.update_credential(&done);
    let data = as_json(&known)?.to_string();
    visit.write_routine(|tx| passkey::used(tx, id, &data, now))?;
    Ok(user_id)
}
