//! The REST door: HTTP in, one call, HTTP out. Both addresses, `/rest/` and `/rest/api/`, come through here.

use crate::{
    App, batch,
    envelope::{self, Body as Written, Time},
    execute::{Context, Done, account, execute, log_cause, prepare, run_in},
    request::{self, Format, Target},
    strangers, v3,
};
use axum::{
    body::{Body, HttpBody as _, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method as Verb, StatusCode, header},
    response::Response,
};
use muster_core::{
    Caller, Error, Json, Method, Params, Result, Via,
    audit::Origin,
    error::{INTERNAL, INVALID_REQUEST, NO_AUTH, OVERLOAD, QUERY_LIMIT, TOO_LARGE},
    json,
    method::{Access, Run, Shape},
};
use muster_db::Tx;
use muster_modules::{app as apps, webhook};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit, task::spawn_blocking, time::timeout};

/// How long a request's body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(60);

/// What a call may take at most of a thread that also accepts requests. Handing a call to another thread costs some ten
/// microseconds, which is more than most calls take; one that takes longer begins anew on a thread of its own.
const AT_ONCE: Duration = Duration::from_millis(2);
/// The most bytes of a body that is read on such a thread.
const AT_ONCE_BYTES: usize = 16 << 10;

/// A body of at most this many bytes is read whatever else is being read.
const SMALL_BYTES: usize = 64 << 10;

/// Everything of a request that a call needs, off the network.
struct Incoming {
    target: Target,
    verb: Verb,
    headers: HeaderMap,
    query: String,
    body: Vec<u8>,
    base_url: String,
    peer: SocketAddr,
    request_id: String,
    /// When it came in, since 1970.
    start: Duration,
}

/// What goes back, before it is written as JSON or XML.
struct Outgoing {
    status: u16,
    body: Written,
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
    let room = room_for(&app, &body);
    let body = if room.is_some() { read_body(&app, body).await } else { Err(OVERLOAD.error()) };
    let outgoing = match body {
        Err(err) => Outgoing::failure(is_v3, &err),
        Ok(body) => {
            let incoming = Incoming {
                target,
                verb: parts.method,
                query: parts.uri.query().unwrap_or_default().to_owned(),
                body,
                base_url: request::base_url(&app.door, &parts.headers, peer),
                peer,
                headers: parts.headers,
                request_id: request_id.clone(),
                start,
            };
            answer(Arc::clone(&app), incoming).await
        }
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

/// Room for a body, by the length that is announced: one of which none is may be as long as any. Small ones need none.
/// `None` if there is no room left.
fn room_for(app: &App, body: &Body) -> Option<Option<OwnedSemaphorePermit>> {
    let most = app.door.body_bytes;
    let length = body.size_hint().upper().and_then(|it| usize::try_from(it).ok()).unwrap_or(most).min(most);
    if length <= SMALL_BYTES {
        return Some(None);
    }
    let kib = u32::try_from(length.div_ceil(1024)).ok()?;
    Arc::clone(&app.bodies).try_acquire_many_owned(kib).ok().map(Some)
}

async fn read_body(app: &App, body: Body) -> Result<Vec<u8>> {
    match timeout(BODY_TIME, to_bytes(body, app.door.body_bytes)).await {
        Ok(Ok(body)) => Ok(body.into()),
        Ok(Err(err)) if is_too_large(&err) => {
            Err(TOO_LARGE.say(format!("the request body is larger than {} bytes", app.door.body_bytes)))
        }
        Ok(Err(_)) => Err(INVALID_REQUEST.say("the request body ended before its end")),
        Err(_) => Err(INVALID_REQUEST.say("the request body did not arrive in time")),
    }
}

fn is_too_large(err: &axum::Error) -> bool {
    std::error::Error::source(err).is_some_and(|it| it.is::<http_body_util::LengthLimitError>())
}

async fn answer(app: Arc<App>, incoming: Incoming) -> Outgoing {
    let is_v3 = incoming.target.is_v3;
    let mut read = None;
    if incoming.body.len() <= AT_ONCE_BYTES
        && let Ok(sent) = read_params(&incoming).await
    {
        if let Some(outgoing) = read_together(&app, &incoming, &sent, false) {
            return outgoing;
        }
        read = Some(sent);
    }
    // Whoever finds no place to wait is told so at once, and not after those before them.
    let Ok(place) = Arc::clone(&app.places).try_acquire_owned() else {
        return Outgoing::failure(is_v3, &OVERLOAD.error());
    };
    let span = tracing::info_span!("request", request_id = incoming.request_id);
    let runtime = Handle::current();
    // Reading a body of megabytes takes its time too, so it is not done where other requests wait to be accepted.
    let call = spawn_blocking(move || {
        let _place = place;
        span.in_scope(|| match read.map_or_else(|| runtime.block_on(read_params(&incoming)), Ok) {
            Ok(sent) => dispatch(&app, &incoming, &sent),
            Err(err) => Outgoing::failure(is_v3, &err),
        })
    });
    call.await.unwrap_or_else(|panic| {
        let err = INTERNAL.error().because(panic);
        log_cause(&err);
        Outgoing::failure(is_v3, &err)
    })
}

/// Answers a call that reads in the same transaction that finds its caller, which halves the way to the database.
///
/// Gives nothing where anything is unusual: the caller is not recognized, or something is to be counted or written about
/// them. Such calls go the longer way. So do those that may not wait, but take longer than a moment.
fn read_together(app: &App, incoming: &Incoming, sent: &Sent, may_wait: bool) -> Option<Outgoing> {
    let method = app.registry.find(&incoming.target.method, false)?;
    let credential = Credential::of(incoming, sent)?;
    let is_plain = method.access == Access::Read && matches!(method.run, Run::Method(_)) && !incoming.target.is_v3;
    if !is_plain || app.limiter.is_on() {
        return None;
    }
    let (start, began, seconds) = (app.clock.now(), Instant::now(), app.clock.seconds());
    let mut known = None;
    let work = |tx: &mut Tx<'_>| {
        let caller = credential.caller(tx, app, seconds)?;
        if !app.presence.is_noted(&caller, seconds) {
            return Err(NO_AUTH.error());
        }
        let context = Context { caller, base_url: incoming.base_url.clone(), is_v3: false, origin: Origin::default() };
        let context = known.insert(context);
        let ready = prepare(app, context, method, &sent.params)?;
        run_in(tx, app, context, &ready)
    };
    let outcome = if may_wait { app.db.read(work) } else { app.db.read_at_once(AT_ONCE, work)? };
    let context = known?;
    let done = account(app, &context, method, outcome, (start, began.elapsed()));
    Some(Outgoing::from_method(app, incoming, &context, method, done))
}

/// The parameters of a call, and the access token if it was among them.
struct Sent {
    params: Params,
    token: Option<Json>,
}

/// Reads the query and the body. REST 3.0 takes JSON bodies and nothing else.
async fn read_params(incoming: &Incoming) -> Result<Sent> {
    if !matches!(incoming.verb, Verb::GET | Verb::POST | Verb::HEAD) {
        return Err(INVALID_REQUEST.say("use GET or POST"));
    }
    let mut params = if incoming.target.is_v3 {
        request::read_json(&incoming.headers, &incoming.body)?
    } else {
        let mut params = Params::new(muster_core::params::from_form(&incoming.query)?)?;
        params.extend(request::read_body(&incoming.headers, &incoming.body).await?);
        params
    };
    let token = params.remove("AUTH");
    Ok(Sent { params, token })
}

/// From a read request to an answer: who calls, may they, which method, what came of it.
fn dispatch(app: &App, incoming: &Incoming, sent: &Sent) -> Outgoing {
    let is_v3 = incoming.target.is_v3;
    if let Some(outgoing) = read_together(app, incoming, sent, true) {
        return outgoing;
    }
    let params = &sent.params;
    let context = match identify(app, incoming, sent) {
        Ok(context) => context,
        Err(err) => return Outgoing::failure(is_v3, &err),
    };
    let method = match app.registry.get(&incoming.target.method, is_v3) {
        Ok(method) => method,
        Err(err) => return Outgoing::failure(is_v3, &err).by(&context),
    };
    if is_v3 {
        let outgoing = run_v3(app, incoming, &context, method, params);
        return Outgoing { method: Some(method.name), ..outgoing.by(&context) };
    }
    let done = match method.run {
        Run::Batch => batch::run(app, &context, method, params),
        Run::Method(_) => execute(app, &context, method, params),
    };
    Outgoing::from_method(app, incoming, &context, method, done)
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
    let wrap = |answer: muster_core::Answer, time: &Time| match method.shape {
        Shape::Document => Written::Json(answer.result),
        _ => Written::Json(json!({ "result": answer.result, "time": time.json() })),
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
fn identify(app: &App, incoming: &Incoming, sent: &Sent) -> Result<Context> {
    let now = app.clock.now();
    let seconds = app.clock.seconds();
    let credential = Credential::of(incoming, sent).ok_or_else(|| NO_AUTH.error())?;
    let origin = request::origin(&app.door, &incoming.headers, incoming.peer);
    let caller = app.db.read(|tx| credential.caller(tx, app, seconds)).inspect_err(|err| {
        if err.code == &NO_AUTH {
            strangers::note(app, &Origin { request: "/rest/".to_owned(), ..origin.clone() });
        }
    })?;
    if !app.limiter.admit(caller.via, now) {
        return Err(QUERY_LIMIT.error());
    }
    app.presence.note(&app.db, &caller, seconds);
    Ok(Context { caller, base_url: incoming.base_url.clone(), is_v3: incoming.target.is_v3, origin })
}

/// What a caller shows to be recognized.
enum Credential<'a> {
    Webhook(i64, &'a str),
    Token(&'a str),
}

impl<'a> Credential<'a> {
    fn of(incoming: &'a Incoming, sent: &'a Sent) -> Option<Credential<'a>> {
        if let Some((user_id, secret)) = &incoming.target.webhook {
            return Some(Credential::Webhook(*user_id, secret));
        }
        let token = sent.token.as_ref().map(|it| it.as_str().unwrap_or_default());
        token.or_else(|| bearer(&incoming.headers)).map(Credential::Token)
    }

    fn caller(&self, tx: &mut Tx<'_>, app: &App, now: i64) -> Result<Caller> {
        match self {
            Credential::Webhook(user_id, secret) => webhook::identify(tx, *user_id, secret, now),
            Credential::Token(token) => apps::identify(tx, &app.registry, token, now),
        }
    }
}

/// The token of an `Authorization` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl Outgoing {
    fn failure(is_v3: bool, err: &Error) -> Outgoing {
        log_cause(err);
        let (status, body) = if is_v3 { v3::failure(err) } else { (err.code.status, envelope::failure(err)) };
        let body = Written::Json(body);
        let headers = if err.code == &OVERLOAD { vec![("retry-after", "1".to_owned())] } else { Vec::new() };
        Outgoing { status, body, method: None, code: err.code.name, user_id: None, via: None, headers }
    }

    fn from_done(
        app: &App,
        incoming: &Incoming,
        mut done: Done,
        wrap: impl FnOnce(muster_core::Answer, &Time) -> Written,
        is_v3: bool,
    ) -> Outgoing {
        match std::mem::replace(&mut done.outcome, Err(INTERNAL.error())) {
            Ok(answer) => {
                let time = Time::of(app, incoming.start, app.clock.now(), &done);
                let body = wrap(answer, &time);
                Outgoing { status: 200, body, method: None, code: "", user_id: None, via: None, headers: Vec::new() }
            }
            Err(err) => Outgoing::failure(is_v3, &err),
        }
    }

    /// What a method at `/rest/` came to.
    fn from_method(app: &App, incoming: &Incoming, context: &Context, method: &'static Method, done: Done) -> Outgoing {
        let location = sent_to(method, &done);
        let outgoing = Outgoing::from_done(app, incoming, done, envelope::success, false).by(context);
        let outgoing = Outgoing { method: Some(method.name), ..outgoing };
        match location {
            Some(location) => Outgoing { status: 302, headers: vec![("location", location)], ..outgoing },
            None => outgoing,
        }
    }

    fn by(self, context: &Context) -> Outgoing {
        Outgoing { user_id: Some(context.caller.user_id), via: Some(context.caller.via), ..self }
    }

    fn write(self, format: Format, request_id: &str) -> Response {
        let (content_type, body) = self.body.write(format);
        let mut response = Response::new(Body::new(body));
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
