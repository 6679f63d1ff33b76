//! How a request may be spelled, and what is said to one that cannot be read.

use crate::{
    app::{Client, Reply, Setup, TestApp},
    both::both,
};
use axum::{
    body::Body,
    http::{Method, Request},
};
use muster::{Door, routes::router};
use muster_core::{
    Json, Params, json,
    params::{from_form, from_json},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, OnceLock},
};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Asks for the persons 1 and 2, the latter first, by this query and body.
#[track_caller]
fn ask(hook: &Client<'_>, query: &str, content_type: &str, body: impl Into<Body>) {
    let mut request = Request::post(format!("/rest/{}/user.get?{query}", hook.path)).header("host", "muster.test");
    if !content_type.is_empty() {
        request = request.header("content-type", content_type);
    }
    let found = hook.app.send(request.body(body.into()).unwrap()).ok();
    let ids: Vec<_> = found.as_array().unwrap().iter().map(|it| it["ID"].as_str().unwrap()).collect();
    assert_eq!(ids, ["2", "1"], "{query} {content_type}");
}

fn send(app: &TestApp, verb: Method, path: &str) -> Reply {
    app.send(Request::builder().method(verb).uri(path).body(Body::empty()).unwrap())
}

/// One part of a multipart form for each pair.
fn multipart(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in pairs {
        body.extend(format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").bytes());
        body.extend(*value);
        body.extend(b"\r\n");
    }
    body.extend(b"--cut--\r\n");
    body
}

both! {
    /// Clients spell one address in many ways.
    fn every_spelling_of_an_address_leads_to_the_method(app) {
        let hook = app.admin();
        for address in [
            "/rest/HOOK/user.current",
            "/rest/HOOK/user.current/",
            "/rest/HOOK/user.current.json",
            "/rest/HOOK/user.current.json/",
            "/rest/HOOK/USER.Current.JSON",
            "/rest//HOOK//user.current//",
            "//rest/HOOK/user.current",
            "///rest///HOOK/user.current",
        ] {
            let address = address.replace("HOOK", &hook.path);
            assert_eq!(app.get(&address).ok()["ID"], "1", "{address}");
            assert_eq!(hook.post(&address, "application/json", "{}").ok()["ID"], "1", "{address}");
        }
    }

    /// What leads to no method says so, as JSON, and only to those who may know.
    fn other_addresses_are_refused(app) {
        let hook = app.admin();
        for method in ["", "/", "no.such.method", "user", "user.get.get", "user/get", "user.current.yaml"] {
            hook.call(method, json!({})).fails(404, "ERROR_METHOD_NOT_FOUND");
        }
        for address in ["/rest", "/rest/", "//rest", "/rest/user.get", "/rest//user.get.json", "/rest/no.such.method"] {
            app.get(address).fails(401, "NO_AUTH_FOUND");
        }
        for address in ["/no", "/restful", "/no/rest/1/x/user.get"] {
            assert_eq!(app.get(address).status, 404, "{address}");
        }
    }

    /// One question in every encoding has one answer.
    fn every_encoding_is_read_alike(app) {
        let hook = app.admin();
        let raw = "filter[ID][0]=1&filter[ID][1]=2&order[ID]=DESC";
        let encoded = "filter%5BID%5D%5B%5D=1&filter%5BID%5D%5B%5D=2&order%5BID%5D=DESC&";
        let object = r#"{"filter": {"ID": [1, "2"]}, "order": {"ID": "desc"}}"#;
        ask(&hook, encoded, "", "");
        ask(&hook, encoded, "application/x-www-form-urlencoded", "");
        ask(&hook, "sort=ID&order=DESC&filter[@ID][]=1&filter[@ID][]=2", "application/json", "[]");
        for form in [raw, encoded] {
            ask(&hook, "", "application/x-www-form-urlencoded", form);
            ask(&hook, "", "Application/X-WWW-Form-Urlencoded; charset=UTF-8", form);
            ask(&hook, "", "text/plain;charset=UTF-8", form);
            ask(&hook, "", "", form);
        }
        for content_type in ["application/json", "Application/JSON; charset=utf-8", "text/plain", ""] {
            ask(&hook, "", content_type, object);
        }
        let parts = [("filter[ID][]", &b"1"[..]), ("filter[ID][]", b"2"), ("order[ID]", b"DESC")];
        ask(&hook, "", "multipart/form-data; boundary=cut", multipart(&parts));
        ask(&hook, "", "Multipart/Form-Data; boundary=\"cut\"", multipart(&parts));
    }

    /// The query and the body are one set of parameters, of which the body counts more; names are the same in any case,
    /// and unknown ones mean nothing.
    fn parameters_come_together(app) {
        let hook = app.admin();
        let noise = "bx24_request_id=7&bx24_sdk_type=b24-js-sdk&__order=order0000000000&order[ID]=ASC";
        ask(&hook, noise, "application/json", r#"{"FILTER": {"ID": [1, 2]}, "Order": {"ID": "DESC"}, "nonsense": {}}"#);
        ask(&hook, "FiLtEr[ID][]=1&FiLtEr[ID][]=2", "application/x-www-form-urlencoded", "SORT=ID&oRdEr=DESC");
        for nothing in ["[]", "{}", "", "  \n"] {
            let address = format!("/rest/{}/user.current", hook.path);
            assert_eq!(hook.post(&address, "application/json", nothing).ok()["ID"], "1", "{nothing:?}");
        }
    }

    /// Whoever adds `.xml` is answered in XML, refusals included.
    fn xml_is_written_for_those_who_ask(app) {
        let hook = app.admin();
        let found = hook.call("user.current.xml", json!({}));
        assert_eq!(found.headers["content-type"], "application/xml; charset=utf-8");
        assert!(found.text().starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
        assert!(found.text().contains("<result><ID>1</ID>") && found.text().contains("<time><start>"), "{}", found.text());
        let refused = app.get("/rest/user.current.xml");
        assert_eq!(refused.status, 401);
        assert!(refused.text().contains("<response><error>NO_AUTH_FOUND</error><error_description>"));
        let batch = hook.call("batch.xml", json!({ "cmd": { "get_user": "user.current", "x\u{1}<": "user.admin" } }));
        assert!(batch.text().contains("<result><result><get_user><ID>1</ID>"), "{}", batch.text());
        assert!(batch.text().contains("<item key=\"x&lt;\">1</item>"), "{}", batch.text());
    }

    /// A page of another origin can read every answer, or it would never learn why it was refused.
    fn every_answer_is_readable_from_other_origins(app) {
        let door = Door { body_bytes: 100, ..Door::default() };
        let small = app.another(Setup { door, ..Setup::default() });
        let full = app.another(Setup { rate: Some((0.0, 0.0)), ..Setup::default() });
        let spent = app.another(Setup { operating: Some(-1.0), ..Setup::default() });
        let hook = app.admin();
        let at = |app| Client { app, id: hook.id, path: hook.path.clone() };
        let current = format!("/rest/{}/user.current", hook.path);
        for (status, reply) in [
            (200, hook.call("user.current", json!({}))),
            (200, hook.call_v3("user.current", json!({}))),
            (200, send(app, Method::OPTIONS, &current)),
            (400, send(app, Method::PUT, &current)),
            (401, app.get("/rest/user.current")),
            (401, app.get("//rest/1/wrong/user.current")),
            (404, hook.call("no.such.method", json!({}))),
            (413, at(&small).call("user.current", json!({ "x": "x".repeat(100) }))),
            (429, at(&spent).call("user.current", json!({}))),
            (503, at(&full).call("user.current", json!({}))),
        ] {
            assert_eq!(reply.status, status);
            assert_eq!(reply.headers["access-control-allow-origin"], "*", "{status}");
        }
    }

    /// A browser asks first whether it may send JSON.
    fn preflight_requests_are_answered(app) {
        for path in ["/rest/user.get", "/rest//user.get", "/rest/api/user.get"] {
            let asked = Request::options(path)
                .header("origin", "https://app.example.com")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type");
            let reply = app.send(asked.body(Body::empty()).unwrap());
            assert_eq!(reply.status, 200, "{path}");
            assert_eq!(reply.headers["access-control-allow-origin"], "*");
            assert!(reply.headers["access-control-allow-methods"].to_str().unwrap().contains("POST"));
            assert_eq!(reply.headers["access-control-allow-headers"], "*");
        }
        let exposed = app.get("/rest/user.get").headers["access-control-expose-headers"].clone();
        assert!(exposed.to_str().unwrap().contains("x-request-id"));
    }

    /// A caller's request ID comes back, if it can stand in a log; otherwise, one is made.
    fn request_ids_are_answered(app) {
        let hook = app.admin();
        let asked = |id: &[u8]| {
            let request = Request::get(format!("/rest/{}/server.time", hook.path)).header("x-request-id", id);
            let reply = app.send(request.body(Body::empty()).unwrap());
            reply.headers["x-request-id"].to_str().unwrap().to_owned()
        };
        assert_eq!(asked(b"9f1c1a7e-5f1b-4a1e-9a2c-2f5f2b6c7d80"), "9f1c1a7e-5f1b-4a1e-9a2c-2f5f2b6c7d80");
        for bad in [&b""[..], b"a b", b"a\"b", b"\xff", "x".repeat(65).as_bytes()] {
            let made = asked(bad);
            assert!(made.len() == 16 && made.as_bytes() != bad, "{made}");
        }
        let refused = app.get("/rest/user.get").headers["x-request-id"].clone();
        assert_ne!(refused, app.get("/rest/user.get").headers["x-request-id"]);
    }

    /// Requests are bounded, and what is out of bounds is named.
    fn requests_are_bounded(app) {
        let hook = app.admin();
        let address = format!("/rest/{}/user.get", hook.path);
        let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        let many = |values: usize| format!("[{}1]", "1,".repeat(values));
        for (body, about) in [
            (format!("{{\"a\": {}}}", deep(30)), "nested deeper than"),
            (format!("{{\"a\": {}}}", deep(100_000)), "not valid JSON"),
            (format!("{{\"a\": {}}}", many(30_000)), "at most 20000 values"),
            (format!("a{}=1", "[b]".repeat(30)), "nested deeper than"),
            ("a[]=1&".repeat(30_000), "at most 20000 values"),
            ("{\"a\": 1".to_owned(), "not valid JSON"),
            ("{\"a\": 1} {}".to_owned(), "not valid JSON"),
        ] {
            let said = hook.post(&address, "", body).fails(400, "INVALID_REQUEST");
            assert!(said.contains(about), "{said}");
        }
        let said = hook.post(&address, "application/json", "\"text\"").fails(400, "INVALID_REQUEST");
        assert!(said.contains("must be an object"), "{said}");
        let said = hook.post(&address, "multipart/form-data", "x").fails(400, "INVALID_REQUEST");
        assert!(said.contains("multipart"), "{said}");
        let parts = vec![("a[]", &b"1"[..]); 30_000];
        let said = hook.post(&address, "multipart/form-data; boundary=cut", multipart(&parts)).fails(400, "INVALID_REQUEST");
        assert!(said.contains("at most 20000 values"), "{said}");
    }

    /// The size of a body is a setting.
    fn bodies_are_bounded(app) {
        let door = Door { body_bytes: 1000, ..Door::default() };
        let small = app.another(Setup { door, ..Setup::default() });
        let hook = small.admin();
        let body = |bytes: usize| format!("{:<bytes$}", "{}");
        let address = format!("/rest/{}/user.current", hook.path);
        hook.post(&address, "application/json", body(1000)).ok();
        let said = hook.post(&address, "application/json", body(1001)).fails(413, "REQUEST_TOO_LARGE");
        assert!(said.contains("1000 bytes"), "{said}");
        let said = hook.post(&format!("/rest/api/{}/user.current", hook.path), "application/json", body(1001));
        said.fails_v3(413, "REQUEST_TOO_LARGE");
    }

    /// Text is UTF-8 without U+0000, which PostgreSQL cannot store.
    fn text_that_cannot_be_stored_is_refused(app) {
        let hook = app.admin();
        let address = format!("/rest/{}/user.get", hook.path);
        let query = |query: &str| app.get(&format!("{address}?{query}"));
        let post = |content_type: &str, body: &[u8]| hook.post(&address, content_type, body.to_vec());
        for reply in [
            query("NAME=%FF"),
            query("%FF=1"),
            query("NAME=a%00b"),
            query("a%00b=1"),
            post("", b"NAME=\xff"),
            post("application/x-www-form-urlencoded", b"NAME=%00"),
            post("application/json", b"{\"NAME\": \"\xff\"}"),
            post("application/json", br#"{"NAME": "\u0000"}"#),
            post("application/json", br#"{"a": {"\u0000": 1}}"#),
            post("application/json", br#"{"NAME": "\ud800"}"#),
            post("multipart/form-data; boundary=cut", &multipart(&[("NAME", b"\xff")])),
            post("multipart/form-data; boundary=cut", &multipart(&[("NAME", b"a\0b")])),
        ] {
            reply.fails(400, "INVALID_REQUEST");
        }
        let params = json!({ "cmd": ["user.get?NAME=%2500", "user.get?NAME=%00", "user.get?NAME=%FF", "user.\u{7f}"] });
        let batch = hook.ok("batch", params);
        let code = |index: &str| batch["result_error"][index]["error"].clone();
        assert_eq!(batch["result"], json!([[]]));
        assert_eq!([code("1"), code("2"), code("3")], ["INVALID_REQUEST", "INVALID_REQUEST", "ERROR_METHOD_NOT_FOUND"]);
    }

    /// HEAD is GET without the body; other verbs than those of clients are refused.
    fn verbs_are_get_and_post(app) {
        let address = format!("/rest/{}/user.current", app.admin().path);
        let head = send(app, Method::HEAD, &address);
        assert_eq!((head.status.as_u16(), head.bytes.len()), (200, 0));
        for verb in [Method::PUT, Method::DELETE, Method::PATCH] {
            assert_eq!(send(app, verb, &address).fails(400, "INVALID_REQUEST"), "use GET or POST");
        }
    }

    /// Answers are JSON that no cache keeps and no browser takes for something else.
    fn answers_are_json_that_nobody_keeps(app) {
        for reply in [app.admin().call("server.time", json!({})), app.get("/rest/server.time")] {
            assert_eq!(reply.headers["content-type"], "application/json; charset=utf-8");
            assert_eq!(reply.headers["cache-control"], "no-store");
            assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        }
    }

    /// Over a real connection: clients that offer HTTP/2 in the clear are answered in HTTP/1.1, one after the other.
    fn offers_of_another_protocol_are_ignored(app) {
        let request = format!(
            "POST //rest/{}//user.current/?bx24_request_id=1 HTTP/1.1\r\nHost: muster.test\r\nConnection: WAY\r\n\
             Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nContent-Type: application/json\r\n\
             Content-Length: 2\r\n\r\n[]",
            app.admin().path
        );
        let upgrade = request.replace("WAY", "Upgrade, HTTP2-Settings");
        let answer = converse(app, &[&upgrade, &upgrade, &request.replace("WAY", "close")].map(String::as_str).concat());
        assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
        assert_eq!(answer.matches("\"ID\":\"1\"").count(), 3, "{answer}");
    }

    /// A body that breaks off is not taken for a whole one.
    fn bodies_that_break_off_are_refused(app) {
        let chunked = "Host: muster.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nwrong";
        let answer = converse(app, &format!("POST /rest/{}/user.current HTTP/1.1\r\n{chunked}", app.admin().path));
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("\"INVALID_REQUEST\""), "{answer}");
    }

    /// Whatever goes well or wrong, a log holds a line for it and no secret.
    fn secrets_are_in_no_log(app) {
        let log = capture();
        let hook = app.admin();
        let secret = hook.path.split('/').nth(1).unwrap();
        let spent = app.another(Setup { operating: Some(-1.0), ..Setup::default() });
        let address = format!("/rest/{}/user.get", hook.path);
        let commands = json!({ "cmd": [format!("user.get?auth={secret}"), format!("no.{secret}")] });
        hook.ok("user.current", json!({ "auth": secret }));
        hook.ok("batch", commands);
        hook.call_v3("batch", json!([{ "method": secret }]));
        hook.post(&address, "application/json", format!("{{\"auth\": \"{secret}\", "));
        hook.post(&format!("{address}/{secret}"), "application/json", "{}");
        app.get(&format!("/rest/2/{secret}/user.get"));
        app.get(&format!("/rest/user.get?auth={secret}"));
        app.get(&format!("/{secret}"));
        spent.get(&address);
        converse(app, &format!("GET {address}?auth={secret} HTTP/1.1\r\nHost: muster.test\r\nConnection: close\r\n\r\n"));
        converse(app, &format!("GET {address} {secret}\r\n\r\n"));
        let id = hook.call("no.such.method", json!({})).headers["x-request-id"].to_str().unwrap().to_owned();
        let log = String::from_utf8_lossy(&log.lock().unwrap()).into_owned();
        let line = log.lines().find(|line| line.contains(&id) && line.contains("duration_ms=")).unwrap();
        assert!(line.contains("status=404") && line.contains("ERROR_METHOD_NOT_FOUND") && line.contains("user_id=1"), "{line}");
        assert!(log.contains("method=\"user.current\""), "{log}");
        assert!(!log.contains(secret));
    }
}

/// Sends bytes over a real connection, and answers all that comes back.
fn converse(app: &TestApp, sent: &str) -> String {
    let service = router(Arc::clone(&app.app)).into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.spawn(async move { axum_server::from_tcp(listener).unwrap().serve(service).await });
    stream.write_all(sent.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// What is logged from now on, by all tests of this process and on every level.
fn capture() -> &'static Mutex<Vec<u8>> {
    static LOG: OnceLock<&'static Mutex<Vec<u8>>> = OnceLock::new();
    LOG.get_or_init(|| {
        let log: &'static Mutex<Vec<u8>> = Box::leak(Box::default());
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
        subscriber.with_writer(move || Writer(log)).finish().try_init().unwrap();
        log
    })
}

struct Writer(&'static Mutex<Vec<u8>>);

impl std::io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// JSON and forms are read alike: a value means the same in both.
#[test]
fn json_and_form_mean_the_same() {
    let app = TestApp::sqlite();
    let hook = app.admin();
    let address = format!("/rest/{}/user.get", hook.path);
    for (form, body) in [
        ("filter[ID]=2", json!({ "filter": { "ID": 2 } })),
        ("filter[!ID][]=2", json!({ "filter": { "!ID": [2] } })),
        ("filter[ACTIVE]=true&start=-1", json!({ "filter": { "ACTIVE": true }, "start": -1 })),
        ("filter[!WORK_PHONE]=", json!({ "filter": { "!WORK_PHONE": null } })),
        ("select[]=ID&select[]=NAME", json!({ "select": ["ID", "NAME"] })),
        ("filter=&select=&order=", json!({ "filter": [], "select": [], "order": [] })),
    ] {
        let by_form: Json = hook.post(&address, "application/x-www-form-urlencoded", form).ok();
        assert_eq!(by_form, hook.ok("user.get", body), "{form}");
    }
}

/// A value as a client of PHP's kind writes it: a name with brackets for every single value.
fn write_form(name: &str, value: &Json, form: &mut Vec<String>) {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let members: Vec<(String, &Json)> = match value {
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Json::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        one => return form.push(format!("{}={}", encode(name), encode(one.as_str().unwrap()))),
    };
    for (key, value) in members {
        write_form(&format!("{name}[{key}]"), value, form);
    }
}

/// Anything that both a form and JSON can say: a form knows only texts, no empty lists, and no brackets in names.
fn sayable() -> impl Strategy<Value = Json> {
    let text = "[^\\x00]{0,8}".prop_map(Json::from);
    text.prop_recursive(4, 40, 5, |inner| {
        let list = prop::collection::vec(inner.clone(), 1..5).prop_map(Json::from);
        let map = prop::collection::btree_map("[^\\x00\\[\\]]{1,6}", inner, 1..5);
        prop_oneof![list, map.prop_map(|map| map.into_iter().collect::<Json>())]
    })
}

proptest! {
    /// One value in JSON and as a form is one value.
    #[test]
    fn every_value_is_read_alike(value in sayable()) {
        let mut form = Vec::new();
        write_form("x", &value, &mut form);
        let by_form = Params::new(from_form(&form.join("&")).unwrap()).unwrap();
        let by_json = Params::new(from_json(json!({ "x": value }).to_string().as_bytes()).unwrap()).unwrap();
        prop_assert_eq!(by_form, by_json);
    }
}
