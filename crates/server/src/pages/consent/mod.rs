//! The page on which people let an app act for them, at `/oauth/authorize/`.
//!
//! What goes wrong is shown here and never sent to the app: only whoever has agreed is sent anywhere, and only to the address
//! that was registered.

use super::{Reply, Route, Subject, Visit, get, post};
use askama::Template;
use muster_core::{Chance, Code, Result, error::code};
use muster_modules::audit::deeds::APP_ALLOW;
use muster_modules::{
    address::{authority, origin},
    app::{
        self,
        token::{INVALID_REQUEST, WRONG_CLIENT, check_scope, give_code, read_challenge},
    },
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub(super) static SUBJECT: Subject =
    Subject { routes: ROUTES, menu: &[], words: [include_str!("en.ftl"), include_str!("ru.ftl")], css: "", js: "" };

const ROUTES: &[Route] = &[
    get("/oauth/authorize/", show),
    get("/oauth/authorize", show),
    post("/oauth/authorize/", agree),
    post("/oauth/authorize", agree),
];

static UNKNOWN_APP: Code = code("wrong_client", 404, WRONG_CLIENT.text);

/// What an app asks for.
struct Ask {
    app: app::App,
    state: String,
    /// The challenge as it was sent, and the hash that it stands for.
    challenge: Option<(String, String)>,
}

fn read_ask(visit: &Visit<'_>) -> Result<Ask> {
    let sent = |name| Some(visit.text(name)).filter(|it| !it.is_empty());
    let client_id = sent("CLIENT_ID").ok_or_else(|| INVALID_REQUEST.say("client_id is required"))?;
    let found = visit.app.db.read(|tx| app::find(tx, &client_id))?.ok_or_else(|| UNKNOWN_APP.error())?;
    if sent("RESPONSE_TYPE").is_some_and(|it| it != "code") {
        return Err(INVALID_REQUEST.say("response_type must be code"));
    }
    if sent("REDIRECT_URI").is_some_and(|it| it != found.handler_url) {
        return Err(INVALID_REQUEST.say("redirect_uri is not the registered address of the application"));
    }
    check_scope(&found, sent("SCOPE").as_deref())?;
    let method = sent("CODE_CHALLENGE_METHOD");
    let challenge = match sent("CODE_CHALLENGE") {
        None if method.is_none() => None,
        Some(text) if method.as_deref() == Some("S256") => {
            let hash = read_challenge(&text).ok_or_else(|| INVALID_REQUEST.say("code_challenge is malformed"))?;
            Some((text, hash))
        }
        _ => return Err(INVALID_REQUEST.say("code_challenge goes with code_challenge_method S256")),
    };
    Ok(Ask { app: found, state: visit.password("STATE"), challenge })
}

#[derive(Template)]
#[template(path = "pages/consent/consent.html")]
struct Consent<'a> {
    visit: &'a Visit<'a>,
    name: &'a str,
    origin: &'a str,
    scopes: Vec<String>,
    hidden: Vec<(&'static str, &'a str)>,
}

fn show(visit: &Visit<'_>) -> Result<Reply> {
    let ask = read_ask(visit)?;
    let mut hidden = vec![("client_id", ask.app.client_id.as_str()), ("state", &ask.state)];
    if let Some((challenge, _)) = &ask.challenge {
        hidden.extend([("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")]);
    }
    let held: Vec<&str> = ask.app.scopes.split(',').collect();
    let scopes = visit.app.registry.scopes().filter(|it| held.contains(&it.name));
    let scopes = scopes.map(|it| visit.declared(it.name, it.title)).collect();
    let origin = origin(&ask.app.handler_url);
    let page = Consent { visit, name: &ask.app.name, origin: &origin, scopes, hidden };
    Ok(visit.page(&page)?.form_target(&origin))
}

/// Makes the address that whoever agreed is sent to.
fn agree(visit: &Visit<'_>) -> Result<Reply> {
    let ask = read_ask(visit)?;
    let user_id = visit.caller()?.user_id;
    let now = visit.app.clock.seconds();
    let challenge = ask.challenge.as_ref().map(|it| it.1.as_str());
    let (code, member_id) = visit.write(&APP_ALLOW, |tx| {
        let chance = &mut Chance::from_system();
        app::ensure_member_id(tx, chance)?;
        let code = give_code(tx, &visit.app.registry, (&ask.app, user_id), challenge, (chance, now))?;
        Ok(((code, app::member_id(tx)?), ask.app.id))
    })?;
    let domain = authority(&visit.base_url);
    let mut address = ask.app.handler_url.clone();
    address.push(if address.contains('?') { '&' } else { '?' });
    let pairs = [
        ("code", code.as_str()),
        ("state", &ask.state),
        ("domain", domain),
        ("member_id", &member_id),
        ("scope", &ask.app.scopes),
        ("server_domain", domain),
    ];
    let query = pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    address.push_str(&query.join("&"));
    Ok(Reply::to(&address))
}
