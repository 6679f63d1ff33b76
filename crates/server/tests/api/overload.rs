//! More than can be carried: what there is no room for is refused at once, what takes too long is stopped, and all goes on
//! afterwards.

use crate::{
    app::{Setup, TestApp},
    both::both,
};
use axum::{body::Body, http::Request};
use muster::Door;
use muster_core::json;
use muster_db::{DbError, Sql};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

both! {
    /// Without a place to wait in a call is refused at once, with a word on when to come back; with one it is answered.
    fn calls_without_a_place_are_refused_at_once(app) {
        let app = app.another(Setup { door: Door { calls: 2, ..Door::default() }, ..Setup::default() });
        let admin = app.admin();
        let add = |email: &str| admin.call("user.add", json!({ "EMAIL": email, "UF_DEPARTMENT": [1] }));
        let taken = Arc::clone(&app.app.places).try_acquire_many_owned(2).unwrap();
        let began = Instant::now();
        let reply = add("one@example.com");
        assert_eq!(reply.fails(503, "OVERLOAD_LIMIT"), "REST API is blocked due to overload");
        assert_eq!(reply.headers["retry-after"], "1");
        assert!(began.elapsed() < Duration::from_secs(5), "nobody waits to be refused");
        assert_eq!(app.get("/healthz").status, 200);
        drop(taken);
        add("one@example.com").ok();
    }

    /// Large bodies are read only as far as there is memory set aside for them; small ones always.
    fn large_bodies_share_a_bounded_room(app) {
        let app = app.another(Setup { door: Door { body_bytes: 100_000, ..Door::default() }, ..Setup::default() });
        let admin = app.admin();
        let all = u32::try_from(app.app.bodies.available_permits()).unwrap();
        let send = |length: usize| {
            let body = json!({ "FIND": "x".repeat(length) }).to_string();
            let path = format!("/rest/{}/user.search", admin.path);
            let request = Request::post(path).header("content-type", "application/json");
            let request = request.header("host", "muster.test").header("content-length", body.len());
            app.send(request.body(Body::from(body)).unwrap())
        };
        let taken = Arc::clone(&app.app.bodies).try_acquire_many_owned(all - 10).unwrap();
        let reply = send(90_000);
        reply.fails(503, "OVERLOAD_LIMIT");
        assert_eq!(reply.headers["retry-after"], "1");
        send(1000).ok();
        drop(taken);
        send(90_000).ok();
        assert_eq!(app.app.bodies.available_permits(), usize::try_from(all).unwrap(), "the room is given back");
    }

    /// A transaction that takes too long is stopped, and the connection serves the next one.
    fn what_takes_too_long_is_stopped(app) {
        let slow = "with recursive c(n) as (select 1 union all select n + 1 from c where n < 2000000000) select count(*) from c";
        app.app.db.set_limit(Duration::from_millis(200));
        let began = Instant::now();
        for _ in 0..6 {
            let stopped: Result<i64, DbError> = app.app.db.read(|tx| tx.int(&Sql::new(slow)));
            assert!(stopped.unwrap_err().is_overload());
        }
        assert!(began.elapsed() < Duration::from_secs(30));
        app.admin().ok("user.current", json!({}));
    }
}

/// Calls that are answered at once need no place, and are answered while others have taken all of them.
#[test]
fn short_reads_need_no_place() {
    let plain = TestApp::sqlite();
    let app = plain.another(Setup { door: Door { calls: 1, ..Door::default() }, ..Setup::default() });
    let admin = app.admin();
    admin.ok("user.current", json!({}));
    let _taken = Arc::clone(&app.app.places).try_acquire_owned().unwrap();
    admin.ok("user.current", json!({}));
}
