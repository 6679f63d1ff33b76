//! REST 3.0 at `/rest/api/`: its envelope, its errors, and answers that can be asked for again.

use crate::{
    app::{Client, Reply, Setup, TestApp},
    both::both,
};
use axum::{body::Body, http::Request};
use muster_core::{Json, json};

const VALIDATION: &str = "BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION";
const INVALID_JSON: &str = "BITRIX_REST_V3_EXCEPTION_INVALIDJSONEXCEPTION";
const INVALID_SELECT: &str = "BITRIX_REST_V3_EXCEPTION_INVALIDSELECTEXCEPTION";
const DENIED: &str = "BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION";
const SCOPE: &str = "BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION";
const KEY_REUSED: &str = "BITRIX_REST_V3_EXCEPTION_IDEMPOTENCYKEYREUSEDEXCEPTION";
const KEY_INVALID: &str = "BITRIX_REST_V3_EXCEPTION_INVALIDIDEMPOTENCYKEYEXCEPTION";

/// Calls a method with an `Idempotency-Key`.
fn call_with_key(hook: &Client<'_>, method: &str, key: impl AsRef<[u8]>, params: &Json) -> Reply {
    let request = Request::post(format!("/rest/api/{}/{method}", hook.path))
        .header("host", "muster.test")
        .header("content-type", "application/json")
        .header("idempotency-key", key.as_ref());
    hook.app.send(request.body(Body::from(params.to_string())).unwrap())
}

fn new_department(name: &str) -> Json {
    json!({ "NAME": name, "PARENT": 1 })
}

const DEPARTMENTS: &str = "select count(*) from departments";

both! {
    /// Every method answers in one of a few shapes.
    fn results_have_uniform_shapes(app) {
        let hook = app.admin();
        let ok = |method: &str, params: Json| hook.call_v3(method, params).ok();
        assert_eq!(ok("user.current", json!({}))["item"]["ID"], "1");
        let list = ok("user.get", json!({ "filter": { "ID": [1, 2] } }));
        assert_eq!((list["items"].as_array().unwrap().len(), &list["total"]), (2, &json!(2)));
        assert_eq!(ok("user.admin", json!({})), json!({ "result": true }));
        assert!(ok("department.add", new_department("A"))["id"].is_i64());
        assert!(ok("server.time", json!({})).is_string());
        let body = hook.call_v3("User.Current", json!({ "auth": "x" })).body();
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["result", "time"]);
    }

    /// Every spelling of the address leads to it.
    fn every_spelling_of_an_address_leads_to_the_method(app) {
        let hook = app.admin();
        for address in ["/rest/api/HOOK/user.admin", "//rest//api/HOOK//user.admin/", "/rest/api/HOOK/USER.admin.json"] {
            let address = address.replace("HOOK", &hook.path);
            assert_eq!(app.get(&address).ok()["result"], true, "{address}");
            assert_eq!(hook.post(&address, "application/json", "{}").ok()["result"], true, "{address}");
        }
        for address in ["/rest/api/user.admin", "/rest//api/user.admin", "/rest/api", "/rest/api/1/wrong/user.admin"] {
            app.get(address).fails_v3(401, "NO_AUTH_FOUND");
        }
    }

    /// Errors have codes of their own, with the statuses of this version.
    fn errors_have_codes_of_their_own(app) {
        let (hook, employee, bare) = (app.admin(), app.employee(), app.hook(1, ""));
        hook.call_v3("no.such.method", json!({})).fails_v3(404, "ERROR_METHOD_NOT_FOUND");
        bare.call_v3("user.get", json!({})).fails_v3(403, SCOPE);
        employee.call_v3("user.add", json!({})).fails_v3(403, DENIED);
        employee.call_v3("department.add", json!({})).fails_v3(403, DENIED);
        let wrong = hook.call_v3("user.get", json!({ "filter": { "NO_SUCH_FIELD": 1 } }));
        wrong.fails_v3(400, VALIDATION);
        let error = wrong.body()["error"].clone();
        assert_eq!(error["validation"][0]["field"], "NO_SUCH_FIELD", "{error}");
        assert!(error["validation"][0]["message"].is_string(), "{error}");
        for body in [wrong.body(), hook.call_v3("no.such.method", json!({})).body()] {
            assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["error"], "{body}");
        }
    }

    /// Only JSON is read, and nothing of the query.
    fn only_json_bodies_are_read(app) {
        let hook = app.admin();
        let address = format!("/rest/api/{}/method.get", hook.path);
        for (content_type, body) in [
            ("application/json", "{"),
            ("application/json", "name=user.get"),
            ("application/json", "{\"a\": \"\u{1}\"}"),
            ("application/x-www-form-urlencoded", "name=user.get"),
            ("application/x-www-form-urlencoded", "{\"name\": \"user.get\"}"),
            ("text/plain;charset=UTF-8", "{}"),
            ("multipart/form-data; boundary=cut", "--cut--\r\n"),
        ] {
            hook.post(&address, content_type, body).fails_v3(400, INVALID_JSON);
        }
        hook.post(&address, "application/json", "7").fails_v3(400, VALIDATION);
        hook.post(&address, "application/json", "{\"a\": \"\\u0000\"}").fails_v3(400, VALIDATION);
        let exists = |reply: Reply| reply.ok()["isExisting"].as_bool().unwrap();
        assert!(exists(hook.post(&address, "Application/JSON; charset=utf-8", "{\"name\": \"user.get\"}")));
        assert!(!exists(hook.post(&format!("{address}?name=user.get"), "application/json", "{}")));
        assert!(!exists(app.get(&format!("{address}?name=user.get"))));
    }

    /// The same key and body answer the same and change nothing a second time.
    fn a_repeated_call_is_answered_again(app) {
        let hook = app.admin();
        let first = call_with_key(&hook, "department.add", "key 1~!", &new_department("Once"));
        let again = call_with_key(&hook, "department.add", "key 1~!", &new_department("Once"));
        assert_eq!(first.ok(), again.ok());
        assert_eq!(app.count(DEPARTMENTS), 2);
        for reply in [&first, &again] {
            assert_eq!(reply.headers["idempotency-key"], "key 1~!");
        }
        assert_eq!(first.headers.get("idempotent-replayed"), None);
        assert_eq!(again.headers["idempotent-replayed"], "true");
        assert!(again.body()["time"]["start"].as_f64() >= first.body()["time"]["finish"].as_f64(), "its time is its own");
    }

    /// A key belongs to one caller, one method and one body.
    fn keys_are_told_apart(app) {
        let (hook, other) = (app.admin(), app.admin());
        let id = call_with_key(&hook, "department.add", "k", &new_department("A")).ok()["id"].clone();
        call_with_key(&hook, "department.add", "k", &new_department("B")).fails_v3(422, KEY_REUSED);
        call_with_key(&hook, "department.add", "K", &new_department("C")).ok();
        call_with_key(&other, "department.add", "k", &new_department("D")).ok();
        call_with_key(&hook, "department.update", "k", &json!({ "ID": id, "NAME": "E" })).ok();
        assert_eq!(app.count(DEPARTMENTS), 4);
    }

    /// An answer is kept for a day.
    fn keys_expire_after_a_day(app) {
        let hook = app.admin();
        let add = || call_with_key(&hook, "department.add", "daily", &new_department("Again")).ok()["id"].clone();
        let first = add();
        app.app.clock.advance(24 * 60 * 60 - 60);
        assert_eq!(add(), first);
        app.app.clock.advance(60);
        assert_ne!(add(), first);
        assert_eq!(app.count("select count(*) from idempotency"), 1);
    }

    /// A key is 1 to 255 printable ASCII characters. Where it does not count, it is not looked at.
    fn keys_are_checked(app) {
        let hook = app.admin();
        let long = "x".repeat(256);
        for bad in [&b""[..], long.as_bytes(), b"tab\there", b"\xc3\xa4"] {
            call_with_key(&hook, "department.add", bad, &new_department("A")).fails_v3(400, KEY_INVALID);
            call_with_key(&hook, "user.current", bad, &json!({})).ok();
        }
        call_with_key(&hook, "department.add", &long[1..], &new_department("A")).ok();
        let request = Request::post(format!("/rest/{}/department.add?NAME=Old&PARENT=1", hook.path));
        app.send(request.header("idempotency-key", "").body(Body::empty()).unwrap()).ok();
        assert_eq!(app.count(DEPARTMENTS), 3);
    }

    /// What failed is not remembered: the same key tries again.
    fn errors_are_not_kept(app) {
        let hook = app.admin();
        let twice = json!({ "NAME": "Child", "PARENT": 2 });
        call_with_key(&hook, "department.add", "retry", &twice).fails_v3(400, hook.call_v3("department.add", twice.clone()).body()["error"]["code"].as_str().unwrap());
        assert_eq!(app.count("select count(*) from idempotency"), 0);
        hook.ok("department.add", new_department("Parent"));
        let done = call_with_key(&hook, "department.add", "retry", &twice);
        done.ok();
        assert_eq!(done.headers.get("idempotent-replayed"), None);
    }

    /// Two processes that are asked the same at the same moment do it once.
    fn a_call_repeated_at_once_is_done_once(app) {
        let other = app.another(Setup::default());
        let hook = app.admin();
        let new = json!({ "EMAIL": "once@example.com", "UF_DEPARTMENT": [1] });
        let call = |app: &TestApp| {
            let client = Client { app, id: hook.id, path: hook.path.clone() };
            let reply = call_with_key(&client, "user.add", "race", &new);
            (reply.ok()["id"].as_i64().unwrap(), reply.headers.contains_key("idempotent-replayed"))
        };
        let answers: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = [app, &other].repeat(4).into_iter().map(|it| scope.spawn(|| call(it))).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|(id, _)| *id == answers[0].0), "{answers:?}");
        assert_eq!(answers.iter().filter(|(_, replayed)| !replayed).count(), 1, "{answers:?}");
        assert_eq!(app.count("select count(*) from users"), 3);
    }

    /// A batch is a list of calls; clients send an object with numbers for keys too, and their token beside it.
    fn batches_come_as_lists_and_objects(app) {
        let hook = app.admin();
        let (admin, me) = (json!({ "method": "user.admin" }), json!({ "method": "user.current", "query": {}, "parallel": false }));
        for calls in [json!([admin, me]), json!({ "0": admin, "1": me }), json!({ "0": admin, "1": me, "auth": "x" })] {
            let result = hook.call_v3("batch", calls).ok();
            assert_eq!((result.as_array().unwrap().len(), &result[0]["result"], &result[1]["item"]["ID"]), (2, &json!(true), &json!("1")));
        }
        assert_eq!(hook.call_v3("batch", json!([])).ok(), json!([]));
        for wrong in [json!({ "cmd": { "a": "user.admin" } }), json!(["user.admin"]), json!([{ "query": {} }]), json!([null])] {
            hook.call_v3("batch", wrong).fails_v3(400, INVALID_SELECT);
        }
        hook.call_v3("batch", json!(vec![admin; 51])).fails_v3(400, "ERROR_BATCH_LENGTH_EXCEEDED");
        hook.call_v3("batch", json!([{ "method": "batch" }])).fails_v3(405, "ERROR_BATCH_METHOD_NOT_ALLOWED");
        hook.call_v3("batch", json!([{ "method": "no.such.method" }])).fails_v3(404, "ERROR_METHOD_NOT_FOUND");
    }

    /// All calls of a batch happen or none does, and each sees what those before it did.
    fn batches_happen_as_a_whole(app) {
        let hook = app.admin();
        let add = |name: &str, parent: Json| json!({ "method": "department.add", "query": { "NAME": name, "PARENT": parent } });
        let failing = json!([add("A", json!(1)), add("B", json!(999))]);
        assert_ne!(hook.call_v3("batch", failing).status, 200);
        assert_eq!(app.count(DEPARTMENTS), 1);
        let get = json!({ "method": "department.get", "query": { "PARENT": "$result[0][id]" } });
        let done = hook.call_v3("batch", json!([add("A", json!(1)), add("B", json!("$result[0][id]")), get])).ok();
        assert_eq!(done[2]["items"][0]["NAME"], "B", "{done}");
        app.employee().call_v3("batch", json!([{ "method": "user.admin" }, add("C", json!(1))])).fails_v3(403, DENIED);
        assert_eq!(app.count(DEPARTMENTS), 3);
    }

    /// A key makes a batch repeatable too.
    fn a_repeated_batch_is_answered_again(app) {
        let hook = app.admin();
        let calls = json!([{ "method": "department.add", "query": new_department("A") }, { "method": "user.admin" }]);
        let first = call_with_key(&hook, "batch", "whole", &calls);
        let again = call_with_key(&hook, "batch", "whole", &calls);
        assert_eq!((first.ok(), again.headers["idempotent-replayed"].to_str().unwrap()), (again.ok(), "true"));
        assert_eq!(app.count(DEPARTMENTS), 2);
    }

    /// The documentation is an OpenAPI document and nothing around it, under both names, by GET and POST.
    fn the_documentation_is_a_bare_document(app) {
        let hook = app.hook(2, "");
        let document = hook.call_v3("rest.documentation.openapi", json!({})).body();
        assert_eq!(document, hook.call_v3("documentation", json!([])).body());
        assert_eq!(document, app.get(&format!("/rest/api/{}/documentation", hook.path)).body());
        assert_eq!(document["openapi"], "3.0.0");
        let expected: Vec<_> = muster_modules::MODULES.iter().flat_map(|it| it.methods).filter(|it| it.versions.answers(true)).map(|it| format!("/{}", it.name)).collect();
        let described: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(described, expected);
        check_references(&document, &document);
    }

    /// Which scopes a method needs can be asked, and old addresses know nothing of what is new.
    fn new_methods_are_only_here(app) {
        let hook = app.admin();
        let items = hook.call_v3("rest.scope.list", json!({})).ok()["items"].clone();
        let scopes = |name: &str| {
            let found = items.as_array().unwrap().iter().find(|it| it["method"] == name);
            found.map(|it| it["scopes"].clone())
        };
        assert_eq!(scopes("user.add"), Some(json!(["user"])));
        assert_eq!(scopes("server.time"), Some(json!([])));
        for method in ["rest.scope.list", "documentation", "rest.documentation.openapi"] {
            hook.call(method, json!({})).fails(404, "ERROR_METHOD_NOT_FOUND");
            let batch = hook.ok("batch", json!({ "cmd": [method] }));
            assert_eq!(batch["result_error"][0]["error"], "ERROR_METHOD_NOT_FOUND");
            assert!(scopes(method).is_some());
        }
    }
}

/// Every `$ref` of a document leads somewhere.
fn check_references(document: &Json, part: &Json) {
    if let Some(target) = part.get("$ref") {
        let pointer = target.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
    match part {
        Json::Object(map) => map.values().for_each(|it| check_references(document, it)),
        Json::Array(items) => items.iter().for_each(|it| check_references(document, it)),
        _ => {}
    }
}
