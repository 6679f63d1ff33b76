//! The REST door: HTTP in, one call, HTTP out. Both addresses, `/rest/` and `/rest/api/`, come through here.

use crate::{
    App, batch, envelope,
    execute::{Context, Done, execute, log_cause},
    request::{self, Format, Target},
    v3, xml,
};
use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method as Verb, StatusCode, header},
    response::Response,
};
use muster_core::{
    Error, Json, Method, Params, Result, Via,
    error::{INTERNAL, INVALID_REQUEST, METHOD_NOT_FOUND, NO_AUTH, QUERY_LIMIT, TOO_LARGE},
    json,
    method::{Run, Shape, Versions},
};
use muster_modules::{app as apps, webhook};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{runtime::Handle, task::spawn_blocking, time::timeout};

/// How long a request's body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(60);

/// Everything of a request that a call needs, off the network.
struct Incoming {
    target: Target,
    verb: Verb,
    headers: HeaderMap,
    query: String,
    body: Vec<u8>,
    base_url: String,
    request_id: String,
    /// When it came in, since 1970.
    start: Duration,
}

/// What goes back, before it is written as JSON or XML.
struct Outgoing {
    status: u16,
    body: Json,
    method: Option<&'static str>,
    code: &'static str,
    user_id: Option<i64>,
    via: Option<Via>,
    headers: Vec<(&'static str, String)>,
}

/// Answers one request at `/rest/`.
pub(crate) async fn rest(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    target: Target,
    request: Request,
) -> Response {
    let _in_flight = app.metrics.begin();
    let start = app.clock.now();
    let (parts, body) = request.into_parts();
    let (format, is_v3) = (target.format, target.is_v3);
    let request_id = request::request_id(&parts.headers);
    let incoming = match timeout(BODY_TIME, to_bytes(body, app.door.body_bytes)).await {
        Ok(Ok(body)) => Ok(Incoming {
            target,
            verb: parts.method,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            body: body.into(),
            base_url: request::base_url(&app.door, &parts.headers, peer),
            headers: parts.headers,
            request_id: request_id.clone(),
            start,
        }),
        Ok(Err(err)) if is_too_large(&err) => {
            Err(TOO_LARGE.say(format!("the request body is larger than {} bytes", app.door.body_bytes)))
        }
        Ok(Err(_)) => Err(INVALID_REQUEST.say("the request body ended before its end")),
        Err(_) => Err(INVALID_REQUEST.say("the request body did not arrive in time")),
    };
    let outgoing = match incoming {
        Err(err) => Outgoing::failure(is_v3, &err),
        Ok(incoming) => answer(Arc::clone(&app), incoming).await,
    };
    let took = app.clock.now().saturating_sub(start);
    if outgoing.method.is_none() {
        app.metrics.count(None, outgoing.status, took);
    }
    let (webhook, app_id) = match outgoing.via {
        Some(Via::Webhook(id)) => (Some(id), None),
        Some(Via::App(id)) => (None, Some(id)),
        Some(Via::Session(_)) | None => (None, None),
    };
    tracing::info!(
        request_id,
        method = outgoing.method.unwrap_or("-"),
        user_id = outgoing.user_id,
        webhook,
        app = app_id,
        status = outgoing.status,
        code = outgoing.code,
        duration_ms = format!("{:.3}", took.as_secs_f64() * 1e3),
        "call"
    );
    outgoing.write(format, &request_id)
}

fn is_too_large(err: &axum::Error) -> bool {
    std::error::Error::source(err).is_some_and(|it| it.is::<http_body_util::LengthLimitError>())
}

async fn answer(app: Arc<App>, incoming: Incoming) -> Outgoing {
    let is_v3 = incoming.target.is_v3;
    let span = tracing::info_span!("request", request_id = incoming.request_id);
    let runtime = Handle::current();
    // Reading a body of megabytes takes its time too, so it is not done where other requests wait to be accepted.
    let call = spawn_blocking(move || {
        span.in_scope(|| match runtime.block_on(read_params(&incoming)) {
            Ok(params) => dispatch(&app, &incoming, params),
            Err(err) => Outgoing::failure(is_v3, &err),
        })
    });
    call.await.unwrap_or_else(|panic| {
        let err = INTERNAL.error().because(panic);
        log_cause(&err);
        Outgoing::failure(is_v3, &err)
    })
}

/// Reads the query and the body. REST 3.0 takes JSON bodies and nothing else.
async fn read_params(incoming: &Incoming) -> Result<Params> {
    if !matches!(incoming.verb, Verb::GET | Verb::POST | Verb::HEAD) {
        return Err(INVALID_REQUEST.say("use GET or POST"));
    }
    if incoming.target.is_v3 {
        return request::read_json(&incoming.headers, &incoming.body);
    }
    let mut params = Params::new(muster_core::params::from_form(&incoming.query)?)?;
    params.extend(request::read_body(&incoming.headers, &incoming.body).await?);
    Ok(params)
}

/// From a read request to an answer: who calls, may they, which method, what came of it.
fn dispatch(app: &App, incoming: &Incoming, mut params: Params) -> Outgoing {
    let is_v3 = incoming.target.is_v3;
    let token = params.remove("AUTH");
    let context = match identify(app, incoming, token.as_ref()) {
        Ok(context) => context,
        Err(err) => return Outgoing::failure(is_v3, &err),
    };
    let method = match find_method(app, &incoming.target) {
        Ok(method) => method,
        Err(err) => return Outgoing::failure(is_v3, &err).by(&context),
    };
    let outgoing = if is_v3 {
        run_v3(app, incoming, &context, method, &params)
    } else {
        let done = match method.run {
            Run::Batch => batch::run(app, &context, method, &params),
            Run::Method(_) => execute(app, &context, method, &params),
        };
        let location = sent_to(method, &done);
        let outgoing = Outgoing::from_done(app, incoming, done, envelope::success, false);
        match location {
            Some(location) => Outgoing { status: 302, headers: vec![("location", location)], ..outgoing },
            None => outgoing,
        }
    };
    Outgoing { method: Some(method.name), ..outgoing.by(&context) }
}

/// Where a method sends its caller for a file, if it does.
fn sent_to(method: &Method, done: &Done) -> Option<String> {
    let answer = done.outcome.as_ref().ok().filter(|_| method.shape == Shape::Address)?;
    answer.result.as_str().map(str::to_owned)
}

fn run_v3(app: &App, incoming: &Incoming, context: &Context, method: &'static Method, params: &Params) -> Outgoing {
    let key = incoming.headers.get("idempotency-key");
    // A value that is no text at all is judged, and refused, like any other wrong one.
    let text = key.map(|it| it.to_str().unwrap_or("\u{1}"));
    let repeat = text.map(|text| (text, incoming.body.as_slice()));
    let outcome = v3::run(app, context, method, params, repeat);
    let wrap = |answer: muster_core::Answer, time| match method.shape {
        Shape::Document => answer.result,
        _ => json!({ "result": answer.result, "time": time }),
    };
    let mut outgoing = Outgoing::from_done(app, incoming, outcome.done, wrap, true);
    if let Some(text) = text.filter(|_| outgoing.status == 200) {
        outgoing.headers.push(("idempotency-key", text.to_owned()));
    }
    if outcome.replayed {
        outgoing.headers.push(("idempotent-replayed", "true".to_owned()));
    }
    outgoing
}

/// Who calls, by a webhook in the address, by the parameter `auth` or by a header. Their presence is recorded and their
/// bucket filled.
fn identify(app: &App, incoming: &Incoming, auth: Option<&Json>) -> Result<Context> {
    let now = app.clock.now();
    let seconds = app.clock.seconds();
    let caller = if let Some((user_id, secret)) = &incoming.target.webhook {
        app.db.read(|tx| webhook::identify(tx, *user_id, secret, seconds))?
    } else if let Some(token) = auth.map(|it| it.as_str().unwrap_or_default()).or_else(|| bearer(&incoming.headers)) {
        app.db.read(|tx| apps::identify(tx, &app.registry, token, seconds))?
    } else {
        return Err(NO_AUTH.error());
    };
    if !app.limiter.admit(caller.via, now) {
        return Err(QUERY_LIMIT.error());
    }
    app.presence.note(&app.db, &caller, seconds);
    Ok(Context { caller, base_url: incoming.base_url.clone(), is_v3: incoming.target.is_v3 })
}

/// The token of an `Authorization` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn find_method(app: &App, target: &Target) -> Result<&'static Method> {
    let method = app.registry.get(&target.method)?;
    if method.versions == Versions::Three && !target.is_v3 {
        return Err(METHOD_NOT_FOUND.error());
    }
    Ok(method)
}

impl Outgoing {
    fn failure(is_v3: bool, err: &Error) -> Outgoing {
        log_cause(err);
        let (status, body) = if is_v3 { v3::failure(err) } else { (err.code.status, envelope::failure(err)) };
        Outgoing { status, body, method: None, code: err.code.name, user_id: None, via: None, headers: Vec::new() }
    }

    fn from_done(
        app: &App,
        incoming: &Incoming,
        mut done: Done,
        wrap: impl FnOnce(muster_core::Answer, Json) -> Json,
        is_v3: bool,
    ) -> Outgoing {
        match std::mem::replace(&mut done.outcome, Err(INTERNAL.error())) {
            Ok(answer) => {
                let time = envelope::time(app, incoming.start, app.clock.now(), &done);
                let body = wrap(answer, time);
                Outgoing { status: 200, body, method: None, code: "", user_id: None, via: None, headers: Vec::new() }
            }
            Err(err) => Outgoing::failure(is_v3, &err),
        }
    }

    fn by(self, context: &Context) -> Outgoing {
        Outgoing { user_id: Some(context.caller.user_id), via: Some(context.caller.via), ..self }
    }

    fn write(self, format: Format, request_id: &str) -> Response {
        let (content_type, body) = match format {
            Format::Json => ("application/json; charset=utf-8", self.body.to_string()),
            Format::Xml => ("application/xml; charset=utf-8", xml::write(&self.body)),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let own = [("x-request-id", request_id.to_owned())];
        for (name, value) in own.into_iter().chain(self.headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}
