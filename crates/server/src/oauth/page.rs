//! The page on which people sign in and let an app act for them: a plain form, without scripts and styles.
//!
//! What goes wrong is shown here and never sent to the app: only whoever has signed in is sent anywhere, and only to the
//! address that was registered.

use super::{Visit, broken, read, respond};
use crate::{App, execute::log_cause, request::request_id};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method as Verb, header},
    response::Response,
};
use muster_core::{Chance, Code, Error, Result, error::code};
use muster_modules::{
    app::{
        self, authority,
        token::{INVALID_REQUEST, WRONG_CLIENT, check_scope, give_code, read_challenge},
    },
    user::{
        password,
        store::{email_key, find_login},
    },
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::{
    net::SocketAddr,
    sync::{Arc, LazyLock},
};
use tokio::task::spawn_blocking;

static TOO_MANY: Code = code("too_many_tries", 429, "Too many tries. Wait a quarter of an hour.");
static WRONG_PASSWORD: Code = code("wrong_password", 403, "The e-mail address or the password is wrong.");
static FORGED: Code = code("form_expired", 403, "This form is no longer valid. Please try again.");
static UNKNOWN_APP: Code = code("wrong_client", 404, WRONG_CLIENT.text);

/// What a password of nobody is compared with, so that the time does not tell who exists.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| password::hash("nobody's", &mut Chance::from_system()).unwrap_or_default());

const COOKIE: &str = "muster_form";
/// The longest password that is looked at.
const LONGEST: usize = 1024;

/// What an app asks for.
struct Ask {
    app: app::App,
    state: String,
    /// The challenge as it was sent, and the hash that it stands for.
    challenge: Option<(String, String)>,
}

/// What the visitor is shown, or where they are sent.
enum Shown {
    Form { ask: Box<Ask>, token: String, problem: Option<Error> },
    Problem(Error),
    Sent { address: String, user_id: i64 },
}

/// Answers one request at `/oauth/authorize/`.
pub(crate) async fn authorize(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let start = app.clock.now();
    let id = request_id(request.headers());
    let shown = match read(&app, peer, request).await {
        Ok(visit) => {
            // A password takes 19 MiB and some milliseconds of a core to compare: a crowd has to queue for it.
            let permit = Arc::clone(&app.sign_ins).acquire_owned().await;
            let app = Arc::clone(&app);
            let shown = spawn_blocking(move || {
                let _permit = permit;
                (show(&app, &visit), visit.base_url.starts_with("https:"))
            });
            shown.await.unwrap_or_else(|err| (Shown::Problem(broken(err)), false))
        }
        Err(err) => (Shown::Problem(err), false),
    };
    let (response, user_id, code) = write(shown.0, shown.1, &id);
    let status = response.status().as_u16();
    app.metrics.count(None, status, app.clock.now().saturating_sub(start));
    tracing::info!(request_id = id, status, code, user_id, "authorize");
    response
}

fn show(app: &App, visit: &Visit) -> Shown {
    let ask = match read_ask(app, visit) {
        Ok(ask) => ask,
        Err(err) => return Shown::Problem(err),
    };
    // A form stays good when the page is opened a second time.
    let cookie = cookie(&visit.headers);
    let fresh = || Chance::from_system().token();
    if visit.verb != Verb::POST {
        return Shown::Form { ask, token: cookie.unwrap_or_else(fresh), problem: None };
    }
    match agree(app, visit, &ask, cookie.as_deref()) {
        Ok((address, user_id)) => Shown::Sent { address, user_id },
        Err(err) if [&WRONG_PASSWORD, &FORGED, &TOO_MANY].contains(&err.code) => {
            Shown::Form { ask, token: cookie.unwrap_or_else(fresh), problem: Some(err) }
        }
        Err(err) => Shown::Problem(err),
    }
}

fn read_ask(app: &App, visit: &Visit) -> Result<Box<Ask>> {
    let client_id = visit.required("CLIENT_ID")?;
    let found = app.db.read(|tx| app::find(tx, &client_id))?.ok_or_else(|| UNKNOWN_APP.error())?;
    if visit.text("RESPONSE_TYPE")?.is_some_and(|it| it != "code") {
        return Err(INVALID_REQUEST.say("response_type must be code"));
    }
    if visit.text("REDIRECT_URI")?.is_some_and(|it| it != found.handler_url) {
        return Err(INVALID_REQUEST.say("redirect_uri is not the registered address of the application"));
    }
    check_scope(&found, visit.text("SCOPE")?.as_deref())?;
    let method = visit.text("CODE_CHALLENGE_METHOD")?;
    let challenge = match visit.text("CODE_CHALLENGE")? {
        None if method.is_none() => None,
        Some(text) if method.as_deref() == Some("S256") => {
            let hash = read_challenge(&text).ok_or_else(|| INVALID_REQUEST.say("code_challenge is malformed"))?;
            Some((text, hash))
        }
        _ => return Err(INVALID_REQUEST.say("code_challenge goes with code_challenge_method S256")),
    };
    Ok(Box::new(Ask { app: found, state: visit.text("STATE")?.unwrap_or_default(), challenge }))
}

/// Signs in whoever sent the form, and makes the address that they are sent to.
fn agree(app: &App, visit: &Visit, ask: &Ask, cookie: Option<&str>) -> Result<(String, i64)> {
    // Another site can make a browser send a form, but can neither read nor set this cookie.
    let token = visit.text("FORM")?.unwrap_or_default();
    if cookie.is_none_or(|it| it != token) {
        return Err(FORGED.error());
    }
    let user_id = sign_in(app, visit)?;
    let now = app.clock.seconds();
    let challenge = ask.challenge.as_ref().map(|it| it.1.as_str());
    let (code, member_id) = app.db.write(|tx| {
        let chance = &mut Chance::from_system();
        app::ensure_member_id(tx, chance)?;
        let code = give_code(tx, &app.registry, (&ask.app, user_id), challenge, (chance, now))?;
        Ok::<_, Error>((code, app::member_id(tx)?))
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
    Ok((address, user_id))
}

/// The person with this e-mail address and password. Nothing tells which of the two is wrong.
fn sign_in(app: &App, visit: &Visit) -> Result<i64> {
    let wrong = || WRONG_PASSWORD.error();
    let account = email_key(visit.text("EMAIL")?.unwrap_or_default().trim());
    let given = visit.text("PASSWORD")?.unwrap_or_default();
    if account.len() > LONGEST || given.len() > LONGEST {
        return Err(wrong());
    }
    if !app.throttle.admit(&account, visit.address, app.clock.seconds()) {
        return Err(TOO_MANY.error());
    }
    let login = app.db.read(|tx| find_login(tx, &account))?;
    let hash = login.as_ref().map_or(NOBODY.as_str(), |it| &it.password_hash);
    let fits = password::verify(&given, hash);
    let Some(login) = login.filter(|_| fits) else { return Err(wrong()) };
    app.throttle.forget(&account);
    Ok(login.user_id)
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    let token = pairs.find(|(name, _)| *name == COOKIE)?.1;
    let is_ours = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_ours.then(|| token.to_owned())
}

/// Writes the answer, and says of whom and with which error the log line is.
fn write(shown: Shown, is_secure: bool, request_id: &str) -> (Response, Option<i64>, &'static str) {
    let html = "text/html; charset=utf-8";
    let mut targets = String::new();
    let (mut response, user_id, code) = match shown {
        Shown::Form { ask, token, problem } => {
            let code = problem.as_ref().map_or("", |it| it.code.name);
            let status = problem.as_ref().map_or(200, |it| it.code.status);
            let mut response = respond(status, html, form(&ask, &token, problem.as_ref()), request_id);
            // Browsers hold the redirection that follows a form to this list too.
            targets = format!(" {}", origin(&ask.app.handler_url));
            let secure = if is_secure { "; Secure" } else { "" };
            let cookie = format!("{COOKIE}={token}; Path=/oauth/; HttpOnly; SameSite=Strict{secure}");
            set(&mut response, header::SET_COOKIE, &cookie);
            (response, None, code)
        }
        Shown::Problem(err) => {
            log_cause(&err);
            let text = document("Not possible", &format!("<p>{}</p><p>{}</p>", escape(&err.said), err.code.name));
            // A status of success would say that there is something to see.
            (respond(err.code.status.max(400), html, text, request_id), None, err.code.name)
        }
        Shown::Sent { address, user_id } => {
            let mut response = respond(303, html, String::new(), request_id);
            set(&mut response, header::LOCATION, &address);
            (response, Some(user_id), "")
        }
    };
    let policy = format!("default-src 'none'; form-action 'self'{targets}; frame-ancestors 'none'; base-uri 'none'");
    set(&mut response, header::CONTENT_SECURITY_POLICY, &policy);
    set(&mut response, header::X_FRAME_OPTIONS, "DENY");
    (response, user_id, code)
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The scheme and authority of an address.
fn origin(url: &str) -> String {
    let scheme = url.split_once("://").map_or("https", |it| it.0);
    format!("{scheme}://{}", authority(url).split('?').next().unwrap_or_default())
}

fn form(ask: &Ask, token: &str, problem: Option<&Error>) -> String {
    let mut hidden = vec![("client_id", ask.app.client_id.as_str()), ("state", &ask.state), ("form", token)];
    if let Some((challenge, _)) = &ask.challenge {
        hidden.extend([("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")]);
    }
    let input =
        |(name, value): (&str, &str)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escape(value));
    let hidden: String = hidden.into_iter().map(input).collect();
    let problem = problem.map_or_else(String::new, |it| format!("<p role=\"alert\">{}</p>\n", escape(&it.said)));
    let scopes = if ask.app.scopes.is_empty() { "nothing of its own".to_owned() } else { escape(&ask.app.scopes) };
    let body = format!(
        "<p>The application <strong>{}</strong> at {} wants to act on your behalf, within: {scopes}.</p>\n{problem}\
         <form method=\"post\" action=\"/oauth/authorize/\">\n{hidden}\
         <p><label>E-mail <input type=\"email\" name=\"email\" autocomplete=\"username\" required></label></p>\n\
         <p><label>Password <input type=\"password\" name=\"password\" autocomplete=\"current-password\" required>\
         </label></p>\n<p><button>Sign in and allow</button></p>\n</form>",
        escape(&ask.app.name),
        escape(&origin(&ask.app.handler_url)),
    );
    document("Sign in", &body)
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title} · Muster</title></head>\n\
         <body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}
