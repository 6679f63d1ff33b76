//! The authorization server: where an app gets its tokens. People let it act for them in `pages/consent/`.

use crate::{App, execute::log_cause, request, strangers};
use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Method as Verb, StatusCode, header},
    response::Response,
};
use muster_core::{
    Chance, Error, Json, Params, Result,
    audit::Origin,
    error::{INTERNAL, TOO_LARGE},
    json,
};
use muster_modules::app::{
    ensure_member_id,
    token::{Exchange, Grant, INVALID_CLIENT, INVALID_REQUEST, WRONG_CLIENT, exchange},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{task::spawn_blocking, time::timeout};

/// The most bytes of a request, which is a form of some fields.
const BODY_BYTES: usize = 64 << 10;
/// How long it may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// A request, off the network.
struct Visit {
    verb: Verb,
    params: Params,
    base_url: String,
    origin: Origin,
}

/// Whether a path leads to the tokens. Clients put an address together and repeat slashes.
pub(crate) fn is_token_path(path: &str) -> bool {
    path.split('/').filter(|it| !it.is_empty()).eq(["oauth", "token"])
}

/// Answers one request at `/oauth/token/`.
pub(crate) async fn token(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let start = app.clock.now();
    let request_id = request::request_id(request.headers());
    let shared = Arc::clone(&app);
    let outcome = match read(&app, peer, request).await {
        Ok(visit) => spawn_blocking(move || grant(&shared, &visit)).await.unwrap_or_else(|err| Err(broken(err))),
        Err(err) => Err(err),
    };
    let (status, body, code) = match outcome {
        Ok(body) => (200, body, ""),
        Err(err) => {
            log_cause(&err);
            let body = json!({ "error": err.code.name, "error_description": err.said });
            (err.code.status, body, err.code.name)
        }
    };
    app.metrics.count(None, status, app.clock.now().saturating_sub(start));
    tracing::info!(request_id, status, code, user_id = body["user_id"].as_i64(), "token");
    respond(status, body.to_string(), &request_id)
}

fn broken(err: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    INTERNAL.error().because(err)
}

/// Reads a request. Query and body are one set of parameters.
async fn read(app: &App, peer: SocketAddr, request: Request) -> Result<Visit> {
    let (parts, body) = request.into_parts();
    let unreadable = |err: Error| INVALID_REQUEST.say(err.said);
    let body = match timeout(BODY_TIME, to_bytes(body, BODY_BYTES)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return Err(TOO_LARGE.error()),
        Err(_) => return Err(INVALID_REQUEST.say("the request body did not arrive in time")),
    };
    let query = muster_core::params::from_form(parts.uri.query().unwrap_or_default());
    let mut params = query.and_then(Params::new).map_err(unreadable)?;
    params.extend(request::read_body(&parts.headers, &body).await.map_err(unreadable)?);
    let base_url = request::base_url(&app.door, &parts.headers, peer);
    let origin = Origin { request: "/oauth/token/".to_owned(), ..request::origin(&app.door, &parts.headers, peer) };
    Ok(Visit { verb: parts.method, params, base_url, origin })
}

impl Visit {
    fn text(&self, name: &'static str) -> Result<Option<String>> {
        let text = self.params.text(name).map_err(|err| INVALID_REQUEST.say(err.said))?;
        Ok(text.filter(|it| !it.is_empty()))
    }

    fn required(&self, name: &'static str) -> Result<String> {
        self.text(name)?.ok_or_else(|| INVALID_REQUEST.say(format!("{} is required", name.to_lowercase())))
    }
}

fn grant(app: &App, visit: &Visit) -> Result<Json> {
    if !matches!(visit.verb, Verb::GET | Verb::POST) {
        return Err(INVALID_REQUEST.say("use GET or POST"));
    }
    let grant = match visit.text("GRANT_TYPE")?.as_deref() {
        Some("authorization_code") => Grant::Code(visit.required("CODE")?, visit.text("CODE_VERIFIER")?),
        Some("refresh_token") => Grant::Refresh(visit.required("REFRESH_TOKEN")?),
        _ => return Err(INVALID_REQUEST.say("grant_type must be authorization_code or refresh_token")),
    };
    let asked = Exchange {
        client_id: visit.required("CLIENT_ID")?,
        client_secret: visit.text("CLIENT_SECRET")?.ok_or_else(|| INVALID_CLIENT.error())?,
        redirect_uri: visit.text("REDIRECT_URI")?,
        scope: visit.text("SCOPE")?,
        grant,
    };
    let now = app.clock.seconds();
    let done = app.db.write(|tx| {
        let chance = &mut Chance::from_system();
        ensure_member_id(tx, chance)?;
        exchange(tx, &app.registry, &asked, (&visit.base_url, &visit.origin), (chance, now))
    })?;
    done.inspect_err(|err| {
        if [&WRONG_CLIENT, &INVALID_CLIENT].contains(&err.code) {
            strangers::note(app, &visit.origin);
        }
    })
}

/// An answer that nobody may keep.
fn respond(status: u16, body: String, request_id: &str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", value);
    }
    response
}
