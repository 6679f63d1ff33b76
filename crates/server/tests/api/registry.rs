//! What holds for every method, field and error that is declared, without a line for each of them here.

use crate::{
    app::{ADMIN, EMPLOYEE, TestApp},
    apps::new_app,
    both::both,
};
use muster_core::{Json, Method, call::Right, error::SYSTEM, filter::PREFIXES, json, method::Shape};
use muster_modules::{MODULES, webhook};
use std::{collections::HashMap, fs};

fn methods() -> impl Iterator<Item = &'static Method> {
    MODULES.iter().flat_map(|module| module.methods)
}

fn all_scopes() -> String {
    let names: Vec<_> = MODULES.iter().flat_map(|module| module.scopes).map(|it| it.name).collect();
    names.join(",")
}

/// Calls by every door and checks that each refuses with this code and status.
fn check_refused(app: &TestApp, user_id: i64, scopes: &str, method: &Method, refusal: (u16, &str)) {
    let hook = app.hook(user_id, scopes);
    if method.versions.answers(false) {
        let (status, code) = refusal;
        hook.call(method.name, json!({})).fails(status, code);
        let batch = hook.ok("batch", json!({ "cmd": [method.name] }));
        assert_eq!(batch["result_error"][0]["error"], code, "{}", method.name);
    }
    if method.versions.answers(true) {
        let v3 = hook.call_v3(method.name, json!({}));
        assert!(
            v3.status.is_client_error() && v3.body()["error"]["code"].is_string(),
            "{}: {}",
            method.name,
            v3.body()
        );
        let batch = hook.call_v3("batch", json!([{ "method": method.name }]));
        assert_eq!((batch.status, batch.body()), (v3.status, v3.body()), "{}", method.name);
    }
}

both! {
    /// Every method with a scope refuses whoever lacks it: someone with no scope, and someone with all others.
    fn methods_refuse_without_their_scope(app) {
        for method in methods().filter(|it| !it.scopes.is_empty()) {
            let all = all_scopes();
            let others: Vec<_> = all.split(',').filter(|it| !method.scopes.contains(it)).collect();
            for scopes in ["", &others.join(",")] {
                check_refused(app, ADMIN, scopes, method, (401, "insufficient_scope"));
            }
        }
    }

    /// Every method with a right refuses an employee without it, in the words it declares.
    fn methods_refuse_without_their_right(app) {
        for method in methods().filter(|it| it.right != Right::Anyone && it.app_only.is_none()) {
            let refusal = method.refusal;
            check_refused(app, EMPLOYEE, &all_scopes(), method, (refusal.code.status, refusal.code.name));
            if method.versions.answers(false) {
                assert_eq!(app.employee().call(method.name, json!({})).body()["error_description"], refusal.text);
            }
        }
    }

    /// What is for apps refuses webhooks, and what is for those with a right refuses the app of someone without it.
    fn methods_for_apps_refuse_others(app) {
        let keys = app.register(&new_app(&all_scopes()));
        let client = app.by_app(keys.id, EMPLOYEE);
        for method in methods() {
            let Some(refusal) = method.app_only else { continue };
            check_refused(app, ADMIN, &all_scopes(), method, (refusal.code.status, refusal.code.name));
            if method.right != Right::Anyone {
                let said = client.call(method.name, json!({})).fails(method.refusal.code.status, method.refusal.code.name);
                assert_eq!(said, method.refusal.text, "{}", method.name);
            }
        }
    }

    /// Every method refuses a webhook that was revoked, by both doors.
    fn methods_refuse_a_revoked_webhook(app) {
        let hook = app.admin();
        app.app.db.write(|tx| webhook::revoke(tx, hook.id, 1)).unwrap();
        for method in methods() {
            hook.call(method.name, json!({})).fails(401, "NO_AUTH_FOUND");
            hook.call_v3(method.name, json!({})).fails_v3(401, "NO_AUTH_FOUND");
        }
    }

    /// No method breaks when it is called with nothing, or with nonsense for every parameter it knows.
    fn methods_survive_nonsense(app) {
        let hook = app.hook(ADMIN, &all_scopes());
        let keys = app.register(&new_app(&all_scopes()));
        let client = app.by_app(keys.id, ADMIN);
        for method in methods() {
            let own = method.params.iter().map(|it| it.name);
            let fields = method.entity.iter().flat_map(|it| it.fields).map(|it| it.name);
            let names: Vec<_> = own.chain(fields).collect();
            for value in nonsense() {
                let params: Json = names.iter().map(|name| ((*name).to_owned(), value.clone())).collect();
                let by_app = client.call(method.name, params.clone());
                for reply in [hook.call(method.name, params.clone()), hook.call_v3(method.name, params), by_app] {
                    assert!(reply.status.as_u16() < 500, "{} {value}: {}", method.name, reply.text());
                }
            }
        }
    }

    /// Every field of every list takes every prefix with every kind of value: an answer or a clear refusal.
    fn fields_take_every_prefix(app) {
        let hook = app.hook(ADMIN, &all_scopes());
        for (method, field) in lists().flat_map(|it| it.entity.unwrap().fields.iter().map(move |field| (it, field))) {
            for value in nonsense() {
                let mut filter = json!({ "LOGIC": "OR", field.name: value });
                for (prefix, ..) in PREFIXES {
                    filter[format!("{prefix}{}", field.name)] = value.clone();
                }
                let params = json!({ "FILTER": filter, "SORT": field.name, "START": -1 });
                let reply = hook.call(method.name, params);
                assert!(reply.status.as_u16() < 500, "{} {}: {value}: {}", method.name, field.name, reply.text());
            }
        }
    }

    /// What an answer shows of a record are fields that its entity declares.
    fn shown_fields_are_declared(app) {
        let hook = app.hook(ADMIN, &all_scopes());
        let mut seen = 0;
        for method in methods().filter(|it| !it.takes_fields && it.versions.answers(false) && it.app_only.is_none()) {
            let Some(entity) = method.entity.filter(|_| method.params.iter().all(|it| !it.required)) else { continue };
            let mut result = hook.ok(method.name, json!({}));
            if !method.member.is_empty() {
                result = result[method.member].take();
            }
            let records = if method.shape == Shape::List { result.as_array().unwrap().clone() } else { vec![result] };
            for name in records.iter().filter_map(Json::as_object).flat_map(|it| it.keys()) {
                let field = entity.field(name).unwrap_or_else(|| panic!("{}: {name}", method.name));
                assert!(field.is_shown() && field.name == name, "{}: {name}", method.name);
                seen += 1;
            }
        }
        assert!(seen > 20);
    }
}

fn lists() -> impl Iterator<Item = &'static Method> {
    methods().filter(|it| it.shape == Shape::List && it.entity.is_some() && it.versions.answers(false))
}

/// Values of every kind, right and wrong.
fn nonsense() -> Vec<Json> {
    vec![
        json!(null),
        json!(""),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(true),
        json!("Y"),
        json!("Анна"),
        json!("50%_\\"),
        json!("2020-02-30"),
        json!("2020-02-29T12:00:00+03:00"),
        json!([]),
        json!([1, "x", null, [2]]),
        json!({ "a": { "b": 1 } }),
        json!("x".repeat(5000)),
    ]
}

/// Names are unique in any case and of one form, and every method says what it does.
#[test]
fn methods_are_well_named() {
    let mut names = HashMap::new();
    for method in methods() {
        for is_v3 in [false, true] {
            let taken =
                method.versions.answers(is_v3) && names.insert((method.name.to_lowercase(), is_v3), ()).is_some();
            assert!(!taken, "{} is there twice", method.name);
        }
        assert!(
            method
                .name
                .split('.')
                .all(|it| !it.is_empty() && it.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')),
            "{}",
            method.name
        );
        assert!(method.about.len() > 10 && method.about.ends_with('.'), "{}: {}", method.name, method.about);
        for param in method.params {
            assert_eq!(param.name, param.name.to_uppercase(), "{}", method.name);
            assert!(!param.about.is_empty(), "{}", method.name);
            assert!(
                ["string", "integer", "boolean", "array", "object", "any"].contains(&param.kind),
                "{}",
                method.name
            );
        }
        for scope in method.scopes {
            assert!(all_scopes().split(',').any(|it| it == *scope), "{}: {scope}", method.name);
        }
    }
}

/// Fields are named once, and refer to scopes that exist.
#[test]
fn fields_are_well_named() {
    for entity in MODULES.iter().flat_map(|module| module.entities) {
        let mut names = HashMap::new();
        for field in entity.fields {
            assert!(names.insert(field.name, ()).is_none(), "{} {}", entity.name, field.name);
            assert_eq!(field.name, field.name.to_uppercase());
            assert!(field.scopes.iter().all(|scope| all_scopes().split(',').any(|it| it == *scope)), "{}", field.name);
        }
    }
}

/// Events and places for widgets are named once, and refer to scopes that exist.
#[test]
fn events_and_placements_are_well_named() {
    let mut names = HashMap::new();
    let scopes = all_scopes();
    let is_scope = |scope: &str| scopes.split(',').any(|it| it == scope);
    for kind in MODULES.iter().flat_map(|module| module.events) {
        assert!(names.insert(kind.name, ()).is_none(), "{} is there twice", kind.name);
        assert!(kind.name.bytes().all(|byte| byte.is_ascii_uppercase()) && kind.about.ends_with('.'), "{}", kind.name);
        assert!(kind.scopes.iter().all(|it| is_scope(it)), "{}", kind.name);
    }
    for place in MODULES.iter().flat_map(|module| module.placements) {
        assert!(names.insert(place.name, ()).is_none(), "{} is there twice", place.name);
        assert!(place.scope.is_none_or(is_scope) && !place.about.is_empty(), "{}", place.name);
    }
}

/// One code has one status, whoever answers it.
#[test]
fn codes_have_one_status() {
    let mut statuses = HashMap::new();
    let declared = methods()
        .flat_map(|it| it.errors.iter().copied().chain([it.refusal.code]).chain(it.app_only.map(|it| it.code)));
    for code in SYSTEM.iter().copied().chain(declared) {
        let known = statuses.entry(code.name).or_insert(code.status);
        assert_eq!(*known, code.status, "{}", code.name);
        assert!((400..600).contains(&code.status) && !code.text.is_empty(), "{}", code.name);
    }
}

/// Every method is called by its name somewhere in these tests.
#[test]
fn methods_are_tested() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api");
    let files = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let text: String = files
        .filter(|it| it.extension().is_some_and(|it| it == "rs"))
        .map(|it| fs::read_to_string(it).unwrap())
        .collect();
    let named = |name: &str| {
        [format!("\"{name}\""), format!("\"{name}?"), format!("/{name}\"")].iter().any(|it| text.contains(it))
    };
    let missing: Vec<_> = methods().map(|it| it.name).filter(|name| !named(name)).collect();
    assert!(missing.is_empty(), "no test calls {missing:?}");
}
