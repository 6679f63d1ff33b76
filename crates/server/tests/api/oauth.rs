//! Apps: how they get their tokens, what the tokens are worth, and what is refused.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, ROOT, Reply, Setup, TestApp},
    both::both,
    browser::{Browser, PASSWORD, give_passwords, leads_to, query, token},
};
use axum::{body::Body, http::Request};
use muster_core::{Chance, Json, clock::hash_of, json};
use muster_db::{Sql, Value};
use muster_modules::{
    app::{self, Keys, NewApp},
    webhook,
};
use percent_encoding::percent_decode_str;
use std::collections::HashMap;

const HANDLER: &str = "https://crm.example.com/callback?from=muster";

fn new_app(scopes: &str, allowed: &[&str]) -> NewApp {
    NewApp {
        name: "<b>CRM</b>".to_owned(),
        scopes: scopes.split(',').map(str::to_owned).collect(),
        handler_url: HANDLER.to_owned(),
        install_url: None,
        has_ui: true,
        allowed: allowed.iter().map(|it| (*it).to_owned()).collect(),
        installer: None,
    }
}

pub(crate) fn add(app: &TestApp, scopes: &str, allowed: &[&str]) -> Keys {
    let new = new_app(scopes, allowed);
    app.app
        .db
        .write(|tx| app::add(tx, (&app.app.registry, &app.app.settings), &new, (&mut Chance::from_system(), 1)))
        .unwrap()
}

/// Opens the page as someone who is signed in.
fn open(app: &TestApp, pairs: &[(&str, &str)]) -> Reply {
    Browser::signed_in(app, "ada@example.com").get(&format!("/oauth/authorize/?{}", query(pairs)))
}

/// Signs someone in, opens the page and agrees.
fn agree(app: &TestApp, keys: &Keys, email: &str, more: &[(&str, &str)]) -> Reply {
    let mut pairs = vec![("client_id", keys.client_id.as_str()), ("state", "a&b=ü")];
    pairs.extend(more);
    let browser = Browser::signed_in(app, email);
    browser.submit(&format!("/oauth/authorize/?{}", query(&pairs)), "/oauth/authorize/", &pairs)
}

/// The parameters that a redirection carries to the app.
fn sent(reply: &Reply) -> HashMap<String, String> {
    assert_eq!(reply.status, 303, "{}", reply.text());
    let address = reply.headers["location"].to_str().unwrap();
    let query = address.strip_prefix(&format!("{HANDLER}&")).unwrap();
    let decode = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    query.split('&').map(|it| it.split_once('=').unwrap()).map(|(name, value)| (decode(name), decode(value))).collect()
}

pub(crate) fn code(app: &TestApp, keys: &Keys, email: &str) -> String {
    sent(&agree(app, keys, email, &[])).remove("code").unwrap()
}

fn exchange(app: &TestApp, keys: &Keys, pairs: &[(&str, &str)]) -> Reply {
    let mut all = vec![("client_id", keys.client_id.as_str()), ("client_secret", &keys.client_secret)];
    all.extend(pairs);
    app.get(&format!("/oauth/token/?{}", query(&all)))
}

pub(crate) fn exchange_code(app: &TestApp, keys: &Keys, code: &str) -> Reply {
    exchange(app, keys, &[("grant_type", "authorization_code"), ("code", code)])
}

pub(crate) fn refresh(app: &TestApp, keys: &Keys, tokens: &Json) -> Reply {
    let token = tokens["refresh_token"].as_str().unwrap();
    exchange(app, keys, &[("grant_type", "refresh_token"), ("refresh_token", token)])
}

#[track_caller]
pub(crate) fn given(reply: &Reply) -> Json {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let body = reply.body();
    assert!(body["access_token"].is_string(), "{body}");
    body
}

fn tokens(app: &TestApp, keys: &Keys, email: &str) -> Json {
    given(&exchange_code(app, keys, &code(app, keys, email)))
}

/// Calls a method with an access token in the body.
fn call(app: &TestApp, tokens: &Json, method: &str, mut params: Json) -> Reply {
    params["auth"] = tokens["access_token"].clone();
    let request = Request::post(format!("/rest//{method}.json")).header("host", "muster.test");
    app.send(request.header("content-type", "application/json").body(Body::from(params.to_string())).unwrap())
}

/// Calls a method with an access token in a header.
fn call_bearer(app: &TestApp, tokens: &Json, address: &str) -> Reply {
    let token = tokens["access_token"].as_str().unwrap();
    let request =
        Request::get(address).header("host", "muster.test").header("authorization", format!("Bearer {token}"));
    app.send(request.body(Body::empty()).unwrap())
}

both! {
    /// From the first page to a call: what people see, what the app is sent, and what it gets for that.
    fn an_app_gets_tokens_and_acts_for_who_signed_in(app) {
        let keys = add(app, "user_brief,department", &[]);
        let page = open(app, &[("client_id", &keys.client_id), ("state", "\"><script>")]);
        assert_eq!(page.status, 200);
        assert!(page.text().contains("&#60;b&#62;CRM") && !page.text().contains("\"><script>"), "{}", page.text());
        assert_eq!(page.headers["cache-control"], "no-store");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action 'self' https://crm.example.com;"), "{policy}");
        assert!(!page.headers.contains_key("access-control-allow-origin"));
        let sent = sent(&agree(app, &keys, "Emil@Example.com", &[]));
        assert_eq!((sent["state"].as_str(), sent["domain"].as_str()), ("a&b=ü", "muster.test"));
        assert_eq!((sent["scope"].as_str(), sent["server_domain"].as_str()), ("user_brief,department", "muster.test"));
        let body = given(&exchange_code(app, &keys, &sent["code"]));
        assert_eq!(body["member_id"], sent["member_id"].as_str());
        assert_eq!(sent["member_id"].len(), 32);
        for (name, value) in [
            ("expires", json!(app.app.clock.seconds() + 3600)),
            ("expires_in", json!(3600)),
            ("scope", json!("user_brief,department")),
            ("domain", json!("muster.test")),
            ("server_endpoint", json!("http://muster.test/rest/")),
            ("client_endpoint", json!("http://muster.test/rest/")),
            ("status", json!("L")),
            ("user_id", json!(EMPLOYEE)),
        ] {
            if name == "expires" {
                assert!((body[name].as_i64().unwrap() - value.as_i64().unwrap()).abs() < 5);
            } else {
                assert_eq!(body[name], value, "{name}");
            }
        }
        assert_eq!(call(app, &body, "user.current", json!({})).ok()["ID"], EMPLOYEE.to_string());
        assert_eq!(call(app, &body, "scope", json!({})).ok(), json!(["user_brief", "department"]));
        assert_eq!(call_bearer(app, &body, "/rest/user.current").ok()["ID"], EMPLOYEE.to_string());
        assert_eq!(call_bearer(app, &body, "/rest/api/user.current").ok()["item"]["ID"], EMPLOYEE.to_string());
        call(app, &body, "api/server.time", json!({})).ok();
        // The rights are the person's, as a batch cannot change either.
        call(app, &body, "department.add", json!({ "NAME": "X", "PARENT": ROOT })).fails(400, "ERROR_CORE");
        let batch = call(app, &body, "batch", json!({ "cmd": ["user.add?EMAIL=a@example.com", "user.admin"] })).ok();
        assert_eq!(batch["result_error"][0]["error"], "insufficient_scope");
        assert_eq!(batch["result"]["1"], false);
    }

    /// Both forms of `app.info` in one answer, and none for a webhook.
    fn app_info_tells_what_app_calls(app) {
        let keys = add(app, "user_brief", &[]);
        let body = tokens(app, &keys, "ada@example.com");
        let info = call(app, &body, "app.info", json!({ "IS_NEED_OAUTH_SECURE_CHECK": true })).ok();
        assert_eq!((&info["ID"], &info["CODE"], &info["STATUS"]), (&json!(keys.id), &json!(keys.client_id), &json!("L")));
        assert_eq!((&info["INSTALLED"], &info["install"]["installed"]), (&json!(true), &json!(true)));
        assert_eq!((&info["client_id"], &info["user_id"]), (&json!(keys.client_id), &json!(ADMIN)));
        assert_eq!(info["install"]["member_id"], body["member_id"]);
        assert_eq!(info["install"]["uri"], "http://muster.test");
        assert!(info["expires"].as_str().unwrap().contains('T'));
        let said = app.admin().call("app.info", json!({})).fails(403, "ACCESS_DENIED");
        assert_eq!(said, "Access denied! Application context required");
    }

    /// A token request in every encoding, at every spelling of the address.
    fn tokens_are_given_by_get_and_post(app) {
        let keys = add(app, "user_brief", &[]);
        let mut body = tokens(app, &keys, "ada@example.com");
        for (path, is_json) in [("/oauth/token/", false), ("//oauth/token/", false), ("/oauth/token", true)] {
            let token = body["refresh_token"].as_str().unwrap();
            let pairs = [
                ("grant_type", "refresh_token"),
                ("client_id", &keys.client_id),
                ("client_secret", &keys.client_secret),
                ("refresh_token", token),
            ];
            let members: serde_json::Map<_, _> = pairs.iter().map(|it| (it.0.to_owned(), it.1.into())).collect();
            let (kind, text) = if is_json {
                ("application/json", Json::Object(members).to_string())
            } else {
                ("application/x-www-form-urlencoded", query(&pairs))
            };
            let request = Request::post(path).header("host", "muster.test").header("content-type", kind);
            body = given(&app.send(request.body(Body::from(text)).unwrap()));
        }
    }

    /// Each refusal of the token address has its documented code and the status that clients know it by.
    fn token_requests_are_refused(app) {
        let (keys, other) = (add(app, "user_brief", &[]), add(app, "user_brief", &[]));
        let wrong = |keys: &Keys| Keys { client_secret: "wrong".to_owned(), ..keys.clone() };
        let none = Keys { client_id: "local.none".to_owned(), ..keys.clone() };
        let code = code(app, &keys, "ada@example.com");
        exchange(app, &keys, &[]).fails(400, "invalid_request");
        exchange(app, &keys, &[("grant_type", "password")]).fails(400, "invalid_request");
        exchange(app, &keys, &[("grant_type", "authorization_code")]).fails(400, "invalid_request");
        app.get("/oauth/token/?grant_type=refresh_token&refresh_token=x&client_id=x").fails(400, "invalid_client");
        exchange_code(app, &wrong(&keys), &code).fails(400, "invalid_client");
        exchange_code(app, &none, &code).fails(200, "wrong_client");
        exchange_code(app, &other, &code).fails(400, "invalid_grant");
        exchange_code(app, &keys, "unknown").fails(400, "invalid_grant");
        let grant = [("grant_type", "authorization_code"), ("code", code.as_str())];
        exchange(app, &keys, &[&grant[..], &[("scope", "user")]].concat()).fails(400, "invalid_scope");
        exchange(app, &keys, &[&grant[..], &[("redirect_uri", "https://evil.example/")]].concat())
            .fails(400, "invalid_grant");
        // None of these used the code up; a code is no refresh token, nor the reverse.
        exchange(app, &keys, &[("grant_type", "refresh_token"), ("refresh_token", &code)]).fails(400, "invalid_grant");
        let body = given(&exchange_code(app, &keys, &code));
        exchange_code(app, &keys, body["refresh_token"].as_str().unwrap()).fails(400, "invalid_grant");
        refresh(app, &other, &body).fails(400, "invalid_grant");
        refresh(app, &wrong(&keys), &body).fails(400, "invalid_client");
        given(&refresh(app, &keys, &body));
        let request = Request::put("/oauth/token/").header("host", "muster.test").body(Body::empty()).unwrap();
        app.send(request).fails(400, "invalid_request");
    }

    /// A code that comes a second time ends what it was exchanged for.
    fn a_replayed_code_ends_its_tokens(app) {
        let keys = add(app, "user_brief", &[]);
        let code = code(app, &keys, "ada@example.com");
        let (body, untouched) = (given(&exchange_code(app, &keys, &code)), tokens(app, &keys, "ada@example.com"));
        exchange_code(app, &keys, &code).fails(400, "invalid_grant");
        call(app, &body, "server.time", json!({})).fails(401, "NO_AUTH_FOUND");
        refresh(app, &keys, &body).fails(400, "invalid_grant");
        call(app, &untouched, "server.time", json!({})).ok();
    }

    /// Refreshing rotates and leaves the earlier access token alone; a used refresh token ends all that came of it.
    fn refresh_tokens_rotate(app) {
        let keys = add(app, "user_brief", &[]);
        let first = tokens(app, &keys, "ada@example.com");
        let second = given(&refresh(app, &keys, &first));
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        assert_eq!(first.as_object().unwrap().len(), second.as_object().unwrap().len());
        call(app, &first, "server.time", json!({})).ok();
        call(app, &second, "server.time", json!({})).ok();
        refresh(app, &keys, &first).fails(400, "invalid_grant");
        for body in [&first, &second] {
            call(app, body, "server.time", json!({})).fails(401, "NO_AUTH_FOUND");
        }
        refresh(app, &keys, &second).fails(400, "invalid_grant");
        assert_eq!(app.count("select count(*) from app_tokens"), 0);
    }

    /// A code lives for 30 seconds, an access token for an hour, a refresh token for 180 days.
    fn codes_and_tokens_expire(app) {
        let keys = add(app, "user_brief", &[]);
        let late = code(app, &keys, "ada@example.com");
        app.app.clock.advance(31);
        exchange_code(app, &keys, &late).fails(400, "invalid_grant");
        let first = tokens(app, &keys, "ada@example.com");
        app.app.clock.advance(3601);
        call(app, &first, "server.time", json!({})).fails(401, "expired_token");
        call_bearer(app, &first, "/rest/api/server.time").fails_v3(401, "expired_token");
        app.app.clock.advance(170 * 86_400);
        call(app, &first, "server.time", json!({})).fails(401, "expired_token");
        let second = given(&refresh(app, &keys, &first));
        call(app, &second, "server.time", json!({})).ok();
        app.app.clock.advance(181 * 86_400);
        refresh(app, &keys, &second).fails(400, "invalid_grant");
    }

    /// With a challenge only its verifier opens the code, and a wrong one uses the code up.
    fn a_challenge_needs_its_verifier(app) {
        let keys = add(app, "user_brief", &[]);
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = [
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ];
        let take = |verifier: Option<&str>, more: &[(&str, &str)]| {
            let code = sent(&agree(app, &keys, "ada@example.com", more)).remove("code").unwrap();
            let mut pairs = vec![("grant_type", "authorization_code"), ("code", code.as_str())];
            pairs.extend(verifier.map(|it| ("code_verifier", it)));
            exchange(app, &keys, &pairs)
        };
        given(&take(Some(verifier), &challenge));
        take(Some("wrong"), &challenge).fails(400, "invalid_grant");
        take(None, &challenge).fails(400, "invalid_grant");
        take(Some(verifier), &[]).fails(400, "invalid_grant");
        for bad in [&challenge[..1], &challenge[1..], &[("code_challenge", "x"), ("code_challenge_method", "S256")]] {
            let page = open(app, &[&[("client_id", keys.client_id.as_str())], bad].concat());
            assert_eq!(page.status, 400);
        }
    }

    /// No request leads anywhere but to the registered address, and no failure leads anywhere.
    fn people_are_sent_nowhere_else(app) {
        let keys = add(app, "user_brief", &[]);
        let id = keys.client_id.as_str();
        for (status, pairs) in [
            (400, vec![("client_id", id), ("redirect_uri", "https://evil.example/")]),
            (400, vec![("client_id", id), ("redirect_uri", "https://crm.example.com/callback")]),
            (400, vec![("client_id", id), ("response_type", "token")]),
            (400, vec![("client_id", id), ("scope", "user")]),
            (404, vec![("client_id", "local.none")]),
            (400, vec![]),
        ] {
            let browser = Browser::signed_in(app, "ada@example.com");
            let page = browser.get(&format!("/oauth/authorize/?{}", query(&pairs)));
            assert_eq!(page.status, status, "{pairs:?}");
            let reply = browser.submit("/settings/", "/oauth/authorize/", &pairs);
            assert_eq!(reply.status, status, "{pairs:?}");
            assert!(!page.headers.contains_key("location") && !reply.headers.contains_key("location"));
        }
        sent(&agree(app, &keys, "ada@example.com", &[("redirect_uri", HANDLER), ("response_type", "code")]));
        assert_eq!(app.count("select count(*) from app_tokens"), 1);
    }

    /// Whoever is not signed in signs in first, and comes back to what the app asked for.
    fn people_sign_in_on_the_way(app) {
        let keys = add(app, "user_brief", &[]);
        give_passwords(app);
        let browser = Browser::new(app);
        let asked = format!("/oauth/authorize/?client_id={}&state=a%26b", keys.client_id);
        let form = leads_to(&browser.get(&asked));
        let page = browser.page(&form);
        let fields = [("form", token(&page)), ("back", asked.clone()), ("email", "emil@example.com".to_owned()), ("password", PASSWORD.to_owned())];
        assert!(page.contains(&format!("name=\"back\" value=\"{}\"", asked.replace('&', "&#38;"))), "{page}");
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(leads_to(&browser.post("/sign-in/", &fields)), asked);
        let page = browser.page(&asked);
        assert!(page.contains("Emil Employee") && page.contains("name=\"state\" value=\"a&#38;b\""), "{page}");
    }

    /// Whoever is not on the list can neither sign in to the app nor go on using it.
    fn an_app_may_be_for_some_people_only(app) {
        let keys = add(app, "user_brief", &["U2"]);
        let refused = agree(app, &keys, "ada@example.com", &[]);
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("user_access_error") && !refused.headers.contains_key("location"));
        let body = tokens(app, &keys, "emil@example.com");
        call(app, &body, "server.time", json!({})).ok();
        app.execute("update apps set allowed = 'D99,U1'");
        call(app, &body, "server.time", json!({})).fails(403, "user_access_error");
        refresh(app, &keys, &body).fails(400, "invalid_grant");
        let new = new_app("user_brief", &["U1", "U999"]);
        let made = app.app.db.write(|tx| app::add(tx, (&app.app.registry, &app.app.settings), &new, (&mut Chance::seeded(1), 1)));
        assert!(made.unwrap_err().said.contains("U999"));
    }

    /// Dismissal ends everything, removal of the app too.
    fn tokens_end_with_their_person_and_their_app(app) {
        let keys = add(app, "user_brief", &[]);
        let (body, pending) = (tokens(app, &keys, "emil@example.com"), code(app, &keys, "emil@example.com"));
        app.execute("update users set active = 0 where id = 2");
        call(app, &body, "server.time", json!({})).fails(401, "INVALID_CREDENTIALS");
        refresh(app, &keys, &body).fails(400, "invalid_grant");
        exchange_code(app, &keys, &pending).fails(400, "invalid_grant");
        let body = tokens(app, &keys, "ada@example.com");
        app.app.db.write(|tx| app::install::remove(tx, keys.id, 1)).unwrap();
        call(app, &body, "server.time", json!({})).fails(401, "NO_AUTH_FOUND");
        refresh(app, &keys, &body).fails(200, "wrong_client");
    }

    /// What is unknown is refused, and a webhook in the address counts more than a token.
    fn unknown_tokens_are_refused(app) {
        let keys = add(app, "user_brief", &[]);
        for token in [json!("x"), json!(""), json!(1), json!(null), json!(["x"]), json!(keys.client_secret)] {
            let body = json!({ "access_token": token });
            call(app, &body, "server.time", json!({})).fails(401, "NO_AUTH_FOUND");
        }
        let body = tokens(app, &keys, "emil@example.com");
        let refresh = json!({ "access_token": body["refresh_token"] });
        call(app, &refresh, "server.time", json!({})).fails(401, "NO_AUTH_FOUND");
        let hook = app.admin();
        let current = hook.ok("user.current", json!({ "auth": body["access_token"] }));
        assert_eq!(current["ID"], ADMIN.to_string());
        app.app.db.write(|tx| webhook::revoke(tx, hook.id, 1)).unwrap();
        hook.call("server.time", json!({ "auth": body["access_token"] })).fails(401, "NO_AUTH_FOUND");
    }

    /// No table holds a secret, a code or a token.
    fn secrets_are_kept_only_as_hashes(app) {
        let keys = add(app, "user_brief", &[]);
        let code = code(app, &keys, "ada@example.com");
        let body = given(&exchange_code(app, &keys, &code));
        let tables = [Sql::new("select * from apps"), Sql::new("select * from app_tokens")];
        let read = |sql: &Sql| format!("{:?}", app.app.db.read(|tx| tx.rows(sql)).unwrap());
        let shown = tables.iter().map(read).collect::<String>();
        let secrets = [keys.client_secret.as_str(), &code];
        let tokens = ["access_token", "refresh_token"].map(|it| body[it].as_str().unwrap());
        for secret in secrets.into_iter().chain(tokens) {
            assert!(!shown.contains(secret) && shown.contains(&hash_of(secret)));
        }
        let text = Value::from(PASSWORD);
        assert!(!shown.contains(&format!("{text:?}")));
    }

    /// An app that refreshes every hour leaves no heap of tokens behind.
    fn old_tokens_are_forgotten(app) {
        let keys = add(app, "user_brief", &[]);
        let mut body = tokens(app, &keys, "ada@example.com");
        for _ in 0..80 {
            app.app.clock.advance(86_400);
            body = given(&refresh(app, &keys, &body));
        }
        assert!(app.count("select count(*) from app_tokens") < 40);
    }
}

/// An app has one leaky bucket, whoever signed in to it, and webhooks have theirs.
#[test]
fn limits_are_counted_for_each_app() {
    let app = TestApp::sqlite_with(Setup { rate: Some((2.0, 0.001)), ..Setup::default() });
    let (keys, other) = (add(&app, "user_brief", &[]), add(&app, "user_brief", &[]));
    let [ada, emil] = ["ada@example.com", "emil@example.com"].map(|it| tokens(&app, &keys, it));
    call(&app, &ada, "server.time", json!({})).ok();
    call(&app, &emil, "server.time", json!({})).ok();
    call(&app, &ada, "server.time", json!({})).fails(503, "QUERY_LIMIT_EXCEEDED");
    call(&app, &tokens(&app, &other, "ada@example.com"), "server.time", json!({})).ok();
    let hook: Client<'_> = app.admin();
    hook.ok("server.time", json!({}));
}
