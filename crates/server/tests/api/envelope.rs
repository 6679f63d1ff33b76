//! What stands around a result: time, pages, errors, limits.

use crate::{
    app::{Client, Setup, TestApp},
    both::both,
};
use muster_core::{Json, json};
use std::time::Instant;

fn time(hook: &Client<'_>, method: &str) -> Json {
    let reply = hook.call(method, json!({}));
    reply.ok();
    reply.body()["time"].clone()
}

/// Adds so many people, quickly.
fn add_many(hook: &Client<'_>, count: usize) {
    for from in (0..count).step_by(50) {
        let add = |number: usize| format!("user.add?EMAIL=many{number}@example.com&UF_DEPARTMENT[]=1");
        let commands: Vec<_> = (from..count.min(from + 50)).map(add).collect();
        assert_eq!(hook.ok("batch", json!({ "cmd": commands }))["result_error"], json!([]));
    }
}

both! {
    /// Clients read every member of the time block, some of them strictly.
    fn time_is_told_in_full(app) {
        let hook = app.admin();
        for reply in [hook.call("user.get", json!({})), hook.call_v3("user.get", json!({})), hook.call("batch", json!({ "cmd": [] }))] {
            let time = &reply.body()["time"];
            for name in ["start", "finish", "duration", "processing", "operating"] {
                assert!(time[name].is_f64() && time[name].as_f64() >= Some(0.0), "{name}: {time}");
            }
            let number = |name: &str| time[name].as_f64().unwrap();
            assert!((number("finish") - number("start") - number("duration")).abs() < 1e-5, "{time}");
            assert!(number("processing") <= number("duration") + 1e-3, "{time}");
            assert!(time["operating_reset_at"].as_u64().unwrap() as f64 >= number("start") + 590.0, "{time}");
            for (date, at) in [("date_start", "start"), ("date_finish", "finish")] {
                let text = time[date].as_str().unwrap();
                assert!(text.len() == 25 && text.ends_with("+00:00"), "ISO 8601 with an offset: {text}");
                let read: jiff::Timestamp = text.parse().unwrap();
                assert_eq!(read.as_second() as f64, number(at).floor());
            }
        }
    }

    /// Working time adds up for each method and webhook, and is forgotten after ten minutes.
    fn working_time_adds_up(app) {
        let (hook, other) = (app.admin(), app.admin());
        let operating = |time: &Json| time["operating"].as_f64().unwrap();
        let first = time(&hook, "user.get");
        let second = time(&hook, "user.get");
        assert!(operating(&second) > operating(&first));
        assert_eq!(second["operating_reset_at"], first["operating_reset_at"]);
        for elsewhere in [time(&hook, "user.current"), time(&other, "user.get")] {
            assert!(operating(&elsewhere) <= elsewhere["duration"].as_f64().unwrap() + 1e-3, "{elsewhere}");
        }
        app.app.clock.advance(601);
        let later = time(&hook, "user.get");
        assert!(operating(&later) <= later["duration"].as_f64().unwrap() + 1e-3, "{later}");
        assert!(later["operating_reset_at"].as_u64() > first["operating_reset_at"].as_u64());
    }

    /// A batch works by its commands: it has no working time of its own, and theirs is counted.
    fn batches_work_by_their_commands(app) {
        let hook = app.admin();
        let alone = time(&hook, "user.get")["operating"].as_f64().unwrap();
        let batch = hook.call("batch", json!({ "cmd": ["user.get"] })).body();
        assert_eq!(batch["time"]["operating"], 0.0);
        assert!(batch["result"]["result_time"][0]["operating"].as_f64().unwrap() > alone);
        let before = time(&hook, "user.get")["operating"].as_f64().unwrap();
        let batch = hook.call_v3("batch", json!([{ "method": "user.get" }])).body();
        assert_eq!(batch["time"]["operating"], 0.0);
        let duration = batch["time"]["duration"].as_f64().unwrap();
        let after = time(&hook, "user.get");
        assert!(after["operating"].as_f64().unwrap() > before + after["processing"].as_f64().unwrap() - 1e-5);
        assert!(duration > 0.0);
    }

    /// A method that has worked too long waits; others, and other callers, go on.
    fn working_time_is_limited(app) {
        let strict = app.another(Setup { operating: Some(0.0), ..Setup::default() });
        let (hook, other) = (strict.admin(), strict.admin());
        hook.ok("user.get", json!({}));
        hook.call("user.get", json!({})).fails(429, "OPERATION_TIME_LIMIT");
        hook.call_v3("user.get", json!({})).fails_v3(429, "OPERATION_TIME_LIMIT");
        let batch = hook.ok("batch", json!({ "cmd": { "a": "user.get", "b": "user.current", "c": "user.current" } }));
        assert_eq!(batch["result"].as_object().unwrap().keys().collect::<Vec<_>>(), ["b"]);
        assert_eq!(batch["result_error"]["a"]["error"], "OPERATION_TIME_LIMIT");
        assert_eq!(batch["result_error"]["c"]["error"], "OPERATION_TIME_LIMIT");
        let batch = json!([{ "method": "user.admin" }, { "method": "user.admin" }]);
        hook.call_v3("batch", batch).fails_v3(429, "OPERATION_TIME_LIMIT");
        other.ok("user.get", json!({}));
        strict.app.clock.advance(601);
        hook.ok("user.get", json!({}));
    }

    /// The leaky bucket, as documented for the cloud: fifty at once, then two a second.
    fn requests_are_limited(app) {
        let strict = app.another(Setup { rate: Some((50.0, 2.0)), ..Setup::default() });
        let hook = strict.admin();
        let began = Instant::now();
        let accepted = |count: usize| (0..count).filter(|_| hook.call("server.time", json!({})).status == 200).count();
        // While they are counted some more run out.
        let leaked = || (began.elapsed().as_secs_f64() * 2.0).ceil() as usize;
        let at_once = accepted(80);
        assert!((50..=50 + leaked()).contains(&at_once), "{at_once}");
        strict.app.clock.advance(10);
        let later = accepted(40);
        assert!((20..=21 + leaked()).contains(&later), "{later}");
        strict.app.clock.advance(3600);
        assert!(accepted(80) >= 50, "a bucket holds no more than its size, and no less");
    }

    /// A full bucket refuses everything by every door, but only to its caller; a batch is one request.
    fn a_full_bucket_refuses_everything(app) {
        let strict = app.another(Setup { rate: Some((1.0, 0.0)), ..Setup::default() });
        let (hook, other) = (strict.admin(), strict.admin());
        hook.ok("batch", json!({ "cmd": vec!["server.time"; 50] }));
        hook.call("user.get", json!({})).fails(503, "QUERY_LIMIT_EXCEEDED");
        hook.call("no.such.method", json!({})).fails(503, "QUERY_LIMIT_EXCEEDED");
        hook.call("batch", json!({ "cmd": [] })).fails(503, "QUERY_LIMIT_EXCEEDED");
        hook.call_v3("user.get", json!({})).fails_v3(503, "QUERY_LIMIT_EXCEEDED");
        other.ok("server.time", json!({}));
    }

    /// Pages have fifty records; the last one names no next, and -1 asks not to count.
    fn lists_come_in_pages(app) {
        let hook = app.admin();
        add_many(&hook, 118);
        let page = |start: Json| {
            let body = hook.call("user.get", json!({ "start": start })).body();
            let names = body.as_object().unwrap();
            assert!(names.contains_key("next") == body["next"].is_i64() && names.contains_key("total") == body["total"].is_i64());
            (body["result"].as_array().unwrap().len(), body["next"].as_i64(), body["total"].as_i64())
        };
        for first in [json!(0), json!("0"), json!(null), json!("")] {
            assert_eq!(page(first), (50, Some(50), Some(120)));
        }
        assert_eq!(page(json!(50)), (50, Some(100), Some(120)));
        assert_eq!(page(json!("100")), (20, None, Some(120)));
        assert_eq!(page(json!(120)), (0, None, Some(120)));
        assert_eq!(page(json!(1_000_000)), (0, None, Some(120)));
        assert_eq!(page(json!(-1)), (50, None, None));
        hook.call("user.get", json!({ "start": "x" })).fails(400, "ERROR_ARGUMENT");
        // Exactly full pages: the fiftieth of fifty is the last.
        let half = json!({ "filter": { "<=ID": 50 } });
        assert_eq!(hook.call("user.get", half).body().get("next"), None);
        let v3 = hook.call_v3("user.get", json!({ "start": 50 })).ok();
        assert_eq!((v3["items"].as_array().unwrap().len(), &v3["total"], &v3["next"]), (50, &json!(120), &json!(100)));
    }

    /// An error has a code and words and nothing of a success, and never the status of one.
    fn errors_have_both_keys(app) {
        let (hook, employee) = (app.admin(), app.employee());
        for (status, reply) in [
            (400, hook.call("user.add", json!({}))),
            (400, hook.call("user.get", json!({ "filter": { "NO_SUCH_FIELD": 1 } }))),
            (400, hook.call("user.get", json!({ "order": { "ID": "sideways" } }))),
            (400, employee.call("user.add", json!({}))),
            (401, app.hook(1, "").call("user.get", json!({}))),
            (401, app.get("/rest/1/wrong/user.get")),
            (404, hook.call("no.such.method", json!({}))),
        ] {
            let body = reply.body();
            assert_eq!(reply.status, status, "{body}");
            assert!(body["error"].as_str().is_some_and(|it| !it.is_empty()), "{body}");
            assert!(body["error_description"].as_str().is_some_and(|it| !it.is_empty()), "{body}");
            assert!(body.get("result").is_none() && body.get("time").is_none(), "{body}");
        }
    }
}

/// A failure of our own tells the caller nothing of the database.
#[test]
fn causes_are_for_the_log() {
    let app = TestApp::sqlite();
    let hook = app.admin();
    app.execute("alter table departments rename to gone");
    let said = hook.call("department.get", json!({})).fails(500, "INTERNAL_SERVER_ERROR");
    assert_eq!(said, "Internal server error");
    assert_eq!(hook.call_v3("department.get", json!({})).fails_v3(500, "INTERNAL_SERVER_ERROR"), said);
}
