//! The door of the pages: from a request to a visit, to the page's function, to an answer. What holds for every page is here.

use super::{
    Reply, Route, Verb, Visit,
    cookie::Cookie,
    get,
    messages::Language,
    shell,
    visit::{NOT_FOUND, local},
};
use crate::{App, execute::log_cause, request};
use axum::{
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, header},
    response::Response,
};
use muster_core::{
    Chance, Code, Json, Params, Result,
    clock::hash_of,
    error::{ACCESS_DENIED, INTERNAL, INVALID_REQUEST, TOO_LARGE, code},
};
use muster_modules::session::{self, SignedIn};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{runtime::Handle, task::spawn_blocking, time::timeout};

/// The most bytes that are sent to a page which is open to everyone. To the others, whoever is not signed in may send as
/// much as anyone, and is refused after that.
const OPEN_BODY_BYTES: usize = 64 << 10;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(60);
/// The field of a form that holds its token.
const FORM_FIELD: &str = "FORM";

/// The form does not carry the token that it was given: it is old, or another site sent it.
pub(super) static FORGED: Code = code("form_expired", 403, "This form is no longer valid. Please try again.");

/// A request off the network.
struct Incoming {
    headers: HeaderMap,
    address: String,
    query: String,
    body: Result<Vec<u8>>,
    path: Vec<(String, String)>,
    peer: SocketAddr,
    request_id: String,
}

/// Answers one request for a page.
pub(crate) async fn answer(
    app: Arc<App>,
    peer: SocketAddr,
    route: &'static Route,
    path: Vec<(String, String)>,
    request: Request,
) -> Response {
    let start = app.clock.now();
    let (parts, body) = request.into_parts();
    let most = if route.is_open { OPEN_BODY_BYTES } else { app.door.body_bytes };
    let body = match timeout(BODY_TIME, to_bytes(body, most)).await {
        Ok(Ok(body)) => Ok(body.into()),
        Ok(Err(_)) => Err(TOO_LARGE.error()),
        Err(_) => Err(INVALID_REQUEST.say("the request body did not arrive in time")),
    };
    let incoming = Incoming {
        request_id: request::request_id(&parts.headers),
        headers: parts.headers,
        address: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body,
        path,
        peer,
    };
    let request_id = incoming.request_id.clone();
    // A password takes 19 MiB and some milliseconds of a core to compare: a crowd has to queue for it.
    let permit = if route.takes_password { Some(Arc::clone(&app.sign_ins).acquire_owned().await) } else { None };
    let shared = Arc::clone(&app);
    let span = tracing::info_span!("request", request_id);
    let runtime = Handle::current();
    let done = spawn_blocking(move || {
        let _permit = permit;
        span.in_scope(|| attend(&shared, route, incoming, &runtime))
    });
    let done = done.await.unwrap_or_else(|panic| {
        log_cause(&INTERNAL.error().because(panic));
        Done { reply: Reply::html(String::new()).with_status(500), user_id: None, code: INTERNAL.name }
    });
    let status = done.reply.status;
    let took = app.clock.now().saturating_sub(start);
    app.metrics.count(None, status, took);
    // The path's pattern and not the path: it may hold a secret.
    let page = route.path;
    let duration_ms = format!("{:.3}", took.as_secs_f64() * 1e3);
    tracing::info!(request_id, page, user_id = done.user_id, status, code = done.code, duration_ms, "page");
    let mut reply = done.reply;
    if let Some(work) = reply.afterwards.take() {
        let app = Arc::clone(&app);
        spawn_blocking(move || {
            if let Err(err) = work(&app) {
                log_cause(&err);
            }
        });
    }
    reply.write(&app, &request_id)
}

/// The page for an address that leads nowhere.
pub(crate) async fn no_such_page(app: Arc<App>, peer: SocketAddr, request: Request) -> Response {
    static NOWHERE: Route = get("(nowhere)", |_| Err(NOT_FOUND.error())).open();
    answer(app, peer, &NOWHERE, Vec::new(), request).await
}

/// What came of a visit.
struct Done {
    reply: Reply,
    user_id: Option<i64>,
    /// The code of the error, if there was one.
    code: &'static str,
}

fn attend(app: &App, route: &'static Route, incoming: Incoming, runtime: &Handle) -> Done {
    let base_url = request::base_url(&app.door, &incoming.headers, incoming.peer);
    let is_secure = base_url.starts_with("https:");
    let secret = Cookie::Session.read(&incoming.headers, is_secure);
    let (who, mut problem) = match identify(app, secret.as_deref()) {
        Ok(who) => (who, None),
        Err(err) => (None, Some(err)),
    };
    let params = read_params(&incoming, runtime).unwrap_or_else(|err| {
        problem = problem.take().or(Some(err));
        Params::default()
    });
    let own_form = Cookie::Form.read(&incoming.headers, is_secure);
    let fresh_form = (who.is_none() && own_form.is_none()).then(|| Chance::from_system().token());
    let tied_to = match (&who, secret) {
        (Some(_), Some(secret)) => secret,
        _ => own_form.or_else(|| fresh_form.clone()).unwrap_or_default(),
    };
    let in_slider =
        route.verb == Verb::Get && who.is_some() && params.get("IFRAME").and_then(Json::as_str) == Some("Y");
    let visit = Visit {
        app,
        route,
        address: without_frame(&incoming.address),
        in_slider,
        path: incoming.path,
        params,
        is_secure,
        base_url,
        peer: request::client_address(&app.door, &incoming.headers, incoming.peer),
        language: language(&incoming.headers, who.as_ref()),
        headers: incoming.headers,
        form_token: hash_of(&format!("form {tied_to}"))[..32].to_owned(),
        who,
    };
    let outcome = match problem {
        Some(problem) => Err(problem),
        None => enter(&visit),
    };
    let (reply, code) = match outcome {
        Ok(reply) => (reply, ""),
        Err(err) => {
            log_cause(&err);
            (shell::problem(&visit, &err), err.code.name)
        }
    };
    let reply = match fresh_form {
        Some(token) if route.is_open => reply.header(header::SET_COOKIE, &Cookie::Form.set(&token, is_secure, None)),
        _ => reply,
    };
    // What slides over a page is a page of ours in a frame.
    let reply = if visit.who.is_some() { reply.frame("'self'") } else { reply };
    let reply = if in_slider { reply.framed() } else { reply };
    Done { reply, user_id: visit.who.map(|it| it.caller.user_id), code }
}

/// The address without what says that the page stands in a frame, so that whoever comes back to it comes to a whole page.
fn without_frame(address: &str) -> String {
    let Some((path, query)) = address.split_once('?') else { return address.to_owned() };
    let kept: Vec<&str> =
        query.split('&').filter(|it| !it.starts_with("IFRAME=") && !it.starts_with("IFRAME_TYPE=")).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

fn identify(app: &App, secret: Option<&str>) -> Result<Option<SignedIn>> {
    let Some(secret) = secret else { return Ok(None) };
    let now = app.clock.seconds();
    let who = app.db.read(|tx| session::identify(tx, &app.registry, secret, now))?;
    if let Some(who) = &who {
        app.presence.note(&app.db, &who.caller, now);
    }
    Ok(who)
}

fn read_params(incoming: &Incoming, runtime: &Handle) -> Result<Params> {
    let mut params = Params::new(muster_core::params::from_form(&incoming.query)?)?;
    match &incoming.body {
        Ok(body) => params.extend(runtime.block_on(request::read_body(&incoming.headers, body))?),
        Err(err) => return Err(err.code.say(err.said.clone())),
    }
    Ok(params)
}

/// The language that the visitor chose, or the one that the browser asks for, or English.
fn language(headers: &HeaderMap, who: Option<&SignedIn>) -> Language {
    let chosen = who.and_then(|it| it.language.as_deref()).and_then(Language::of);
    let accepted = || Language::accepted(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?);
    chosen.or_else(accepted).unwrap_or(Language::English)
}

/// Lets in who may come in, and refuses forms that are not ours.
fn enter(visit: &Visit<'_>) -> Result<Reply> {
    if visit.who.is_none() && !visit.route.is_open {
        return Ok(Reply::to(&sign_in_address(visit)));
    }
    if visit.who.as_ref().is_some_and(|who| !who.caller.may(visit.route.right)) {
        return Err(ACCESS_DENIED.error());
    }
    if visit.route.verb == Verb::Post {
        // Either would do; each holds where the other one fails.
        let site = visit.headers.get("sec-fetch-site").map(|it| it.to_str().unwrap_or_default());
        let is_foreign = site.is_some_and(|it| !matches!(it, "same-origin" | "none"));
        let sent = visit.params.get(FORM_FIELD).and_then(muster_core::params::read_text).unwrap_or_default();
        if is_foreign || sent != visit.form_token {
            return Err(FORGED.error());
        }
    }
    (visit.route.run)(visit)
}

/// Where someone signs in and comes back from.
pub(crate) fn sign_in_address(visit: &Visit<'_>) -> String {
    // What a form would have done is not done later by coming back to it.
    let back = if visit.route.verb == Verb::Get { local(&visit.address).unwrap_or("/") } else { "/" };
    if back == "/" {
        return "/sign-in/".to_owned();
    }
    format!("/sign-in/?back={}", utf8_percent_encode(back, NON_ALPHANUMERIC))
}
