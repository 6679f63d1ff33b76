//! What machines ask of a Muster: is it there, can it work, how does it do.

use crate::{app::TestApp, both::both, cluster};
use muster_core::json;

#[track_caller]
fn check(app: &TestApp, path: &str, status: u16, text: &str) {
    let reply = app.get(path);
    assert_eq!((reply.status.as_u16(), reply.text()), (status, text));
}

both! {
    /// A Muster with its database in order is there and ready.
    fn a_current_muster_is_ready(app) {
        check(app, "/healthz", 200, "ok\n");
        check(app, "/readyz", 200, "ready\n");
    }

    /// With a migration pending it is there, but not ready.
    fn a_pending_migration_is_told(app) {
        app.execute("delete from migrations where name = 'user/0001'");
        check(app, "/healthz", 200, "ok\n");
        check(app, "/readyz", 503, "not ready: 1 migrations are pending\n");
        app.execute("delete from migrations");
        assert_eq!(app.get("/readyz").status, 503);
        app.execute("drop table migrations");
        assert_eq!(app.get("/readyz").status, 503);
    }

    /// A database that a newer version wrote is not worked on.
    fn an_unknown_migration_is_told(app) {
        app.execute("insert into migrations (name, checksum, applied_at) values ('user/9999', 'x', 1)");
        let reply = app.get("/readyz");
        assert_eq!(reply.status, 503);
        assert!(reply.text().contains("newer version of Muster") && reply.text().contains("user/9999"), "{}", reply.text());
    }

    /// The metrics page counts calls by method and status, and names that clients invent are no labels.
    fn calls_are_counted(app) {
        let (hook, bare) = (app.admin(), app.hook(1, ""));
        hook.ok("user.current", json!({}));
        hook.ok("USER.current", json!({}));
        bare.call("user.current", json!({}));
        bare.call_v3("user.current", json!({}));
        hook.ok("batch", json!({ "cmd": ["user.admin", "user.admin"] }));
        hook.call("invented.name", json!({}));
        app.get("/rest/user.get");
        let reply = app.get("/metrics");
        assert_eq!(reply.headers["content-type"], "text/plain; version=0.0.4");
        for line in [
            "# TYPE muster_calls_total counter",
            "muster_calls_total{method=\"user.current\",status=\"200\"} 2",
            "muster_calls_total{method=\"user.current\",status=\"401\"} 1",
            "muster_calls_total{method=\"user.current\",status=\"403\"} 1",
            "muster_calls_total{method=\"user.admin\",status=\"200\"} 2",
            "muster_calls_total{method=\"batch\",status=\"200\"} 1",
            "muster_calls_total{method=\"unknown\",status=\"404\"} 1",
            "muster_calls_total{method=\"unknown\",status=\"401\"} 1",
            "# TYPE muster_call_seconds histogram",
            "muster_call_seconds_bucket{method=\"user.current\",le=\"+Inf\"} 4",
            "muster_call_seconds_count{method=\"user.current\"} 4",
            "muster_requests_in_flight 0",
        ] {
            assert!(reply.text().lines().any(|it| it == line), "{line}\n{}", reply.text());
        }
        assert!(!reply.text().contains("invented"));
        let value = |name: &str| -> i64 {
            let line = reply.text().lines().find(|it| it.starts_with(&format!("{name} "))).unwrap();
            line.rsplit(' ').next().unwrap().parse().unwrap()
        };
        assert!(value("muster_database_bytes") > 10_000);
        assert!(value("muster_pool_open") >= 1 && value("muster_pool_idle") >= 1 && value("muster_pool_limit") == 4);
    }

    /// Every line of the metrics page is a comment or a name with a value.
    fn metrics_are_well_formed(app) {
        app.admin().ok("user.get", json!({}));
        for line in app.get("/metrics").text().lines().filter(|it| !it.starts_with("# ")) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with("muster_") && value.parse::<f64>().is_ok(), "{line}");
        }
    }

    /// The front page leads to where one signs in.
    fn the_front_page_is_there(app) {
        let reply = app.get("/");
        assert_eq!((reply.status.as_u16(), &reply.headers["location"]), (303, &"/sign-in/".parse().unwrap()));
    }
}

/// With its database gone it is there, not ready, and refuses calls without saying why; when it is back, so is Muster.
#[test]
fn a_lost_database_is_told() {
    let Some(server) = cluster::address() else { return };
    let name = format!("lost{}", std::process::id());
    cluster::execute(&format!("create database {name}"));
    let app = TestApp::at(&server.replace("/postgres?", &format!("/{name}?")));
    let hook = app.admin();
    hook.ok("server.time", json!({}));
    cluster::execute(&format!("alter database {name} allow_connections false"));
    cluster::execute(&format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"));
    check(&app, "/healthz", 200, "ok\n");
    check(&app, "/readyz", 503, "not ready: the database cannot be reached\n");
    assert_eq!(hook.call("server.time", json!({})).fails(500, "INTERNAL_SERVER_ERROR"), "Internal server error");
    assert_eq!(app.get("/metrics").status, 200);
    cluster::execute(&format!("alter database {name} allow_connections true"));
    check(&app, "/readyz", 200, "ready\n");
    hook.ok("server.time", json!({}));
    drop(app);
    cluster::execute(&format!("drop database {name} with (force)"));
}
