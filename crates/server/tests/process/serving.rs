//! Serving over real sockets: starting, sharing, logging and stopping.

use crate::{
    http::{Answer, request},
    program::{Home, Hook, Ran, Server, both, call, person},
};
use muster_core::{Json, json};
use std::{
    collections::HashSet,
    process::Command,
    thread::{self, sleep},
    time::{Duration, Instant},
};

/// A batch of 50 pages of people, which takes a while.
fn slow(hook: &Hook) -> String {
    let commands: Vec<String> = (0..50).map(|page| format!("user.get?start={}", page * 50)).collect();
    call(hook, "batch", &json!({ "cmd": commands }))
}

/// The value of a line of the metrics page.
fn metric(server: &Server, name: &str) -> Option<f64> {
    let page = server.get("/metrics").text().to_owned();
    page.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

both! {
    /// Calls in flight get their whole answers; a connection that does nothing holds nothing up.
    fn stopping_finishes_what_was_started(home) {
        home.ok(&["seed", "--users", "2500"]);
        let hook = home.hook(1, "user");
        let mut server = home.start(&["serve"]);
        let mut idle = server.connect();
        assert_eq!(idle.call(&request("GET", "/healthz", &[], "")).unwrap().status, 200);
        let calls: Vec<_> = (0..4).map(|_| {
            let mut connection = server.connect();
            connection.send(&slow(&hook)).unwrap();
            thread::spawn(move || connection.read().unwrap())
        }).collect();
        while metric(&server, "muster_requests_in_flight") != Some(4.0) {
            assert!(calls.iter().all(|it| !it.is_finished()), "the calls are not slow enough for this test");
        }
        let began = Instant::now();
        server.terminate();
        let status = server.wait();
        assert!(status.success(), "{status}: {}", server.err());
        assert!(began.elapsed() < Duration::from_secs(25), "it waited for the idle connection");
        for answer in calls.into_iter().map(|it| it.join().unwrap()) {
            let pages = answer.json()["result"]["result"].as_array().unwrap().len();
            assert_eq!((answer.status, pages), (200, 50));
        }
        assert!(idle.read().is_err(), "the idle connection is still open");
    }

    fn keeps_connections_and_counts_calls(home) {
        let hook = home.admin();
        let server = home.start(&["serve"]);
        let mut connection = server.connect();
        for _ in 0..3 {
            assert_eq!(connection.call(&call(&hook, "user.current", &json!({}))).unwrap().status, 200);
        }
        assert_eq!(connection.call(&call(&hook, "no.such.method", &json!({}))).unwrap().status, 404);
        assert_eq!(connection.call(&request("GET", "/readyz", &[], "")).unwrap().status, 200);
        for (name, count) in [
            ("muster_calls_total{method=\"user.current\",status=\"200\"}", 3.0),
            ("muster_calls_total{method=\"unknown\",status=\"404\"}", 1.0),
            ("muster_call_seconds_count{method=\"user.current\"}", 3.0),
            ("muster_requests_in_flight", 0.0),
        ] {
            assert_eq!(metric(&server, name), Some(count), "{name}");
        }
        assert!(metric(&server, "muster_database_bytes") > Some(10_000.0));
    }
}

#[test]
fn processes_share_one_database() {
    let Some(home) = Home::postgres() else { return };
    let hook = home.admin();
    let servers = [home.start(&["serve"]), home.start(&["serve"])];
    for number in 0..20 {
        let (one, other) = (&servers[number % 2], &servers[(number + 1) % 2]);
        let id = one.result(&hook, "user.add", &person(&format!("p{number}@example.com")));
        other.result(&hook, "user.update", &json!({ "ID": id, "NAME": format!("Name {number}") }));
        let seen = one.result(&hook, "user.get", &json!({ "ID": id }));
        assert_eq!(seen[0]["NAME"], format!("Name {number}"));
    }
    for number in 0..5 {
        // The case differs, and the address is still the same one.
        let emails = [format!("Twice{number}@example.com"), format!("tWICE{number}@example.com")];
        let answers: Vec<Answer> = thread::scope(|scope| {
            let calls: Vec<_> = (0..8)
                .map(|it| (&servers[it % 2], &emails[it / 2 % 2]))
                .map(|(server, email)| scope.spawn(|| server.call(&hook, "user.add", &person(email))))
                .collect();
            calls.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let mut statuses: Vec<u16> = answers.iter().map(|it| it.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400, 400, 400, 400, 400, 400, 400], "{answers:?}");
    }
    // What one process revokes is over in all of them.
    home.ok(&["webhook", "revoke", "1"]);
    assert_eq!(servers.each_ref().map(|it| it.call(&hook, "user.current", &json!({})).status), [401, 401]);
}

#[test]
fn tls_works_for_who_trusts_the_authority() {
    let home = Home::sqlite();
    let hook = home.admin();
    let server = home.start(&["serve", "--tls-self-signed"]);
    let authority = home.path("data/tls/muster-ca.pem");
    assert!(server.err().contains(&authority), "it does not say where its certificate lies: {}", server.err());
    let curl = |host: &str, more: &[&str]| {
        let url = format!("https://{host}:{}{}user.current", server.port, hook.0);
        Ran::of(Command::new("curl").args(["--silent", "--show-error", &url]).args(more))
    };
    for host in ["localhost", "127.0.0.1"] {
        let ran = curl(host, &["--cacert", &authority]);
        let answer: Json = serde_json::from_str(&ran.out).unwrap_or_else(|err| panic!("{err}: {}", ran.err));
        assert_eq!(answer["result"]["ID"], "1");
    }
    assert_eq!(curl("localhost", &[]).status.code(), Some(60), "someone who trusts no one was satisfied");

    let first = std::fs::read(&authority).unwrap();
    server.stop();
    home.start(&["serve", "--tls-self-signed"]).stop();
    assert_eq!(std::fs::read(&authority).unwrap(), first, "the authority was made anew");
}

/// Java's HTTP client offers HTTP/2 in this way with its first request.
#[test]
fn offer_of_http2_without_tls_is_passed_over() {
    let home = Home::sqlite();
    let hook = home.admin();
    let server = home.start(&["serve"]);
    let offer = [
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        "Content-Type: application/json",
    ];
    let mut connection = server.connect();
    for body in ["{}", r#"{"ID": 1}"#] {
        let answer = connection.call(&request("POST", &format!("{}user.get", hook.0), &offer, body)).unwrap();
        assert_eq!((answer.status, &answer.json()["total"]), (200, &json!(1)));
    }
}

both! {
    fn log_has_a_line_for_each_call_and_no_secret(home) {
        let hook = home.admin();
        let server = home.start(&["serve", "--log-format", "json", "--log", "trace"]);
        let wrong = Hook(hook.0.replace(hook.secret(), "wrongwrongwrongwrongwrongwrong12"));
        let answers = [
            server.call(&hook, "user.current", &json!({ "AUTH": "token-in-body" })),
            server.call(&hook, "user.add", &person("private@example.com")),
            server.call(&hook, "user.add", &person("private@example.com")),
            server.call(&hook, "user.get", &json!({ "FILTER": { "EMAIL": "private@example.com" } })),
            server.call(&wrong, "user.current", &json!({})),
            server.call(&hook, "no.such.method", &json!({})),
            server.get(&format!("{}user.get?auth=token-in-query&FILTER[EMAIL]=private@example.com", hook.0)),
        ];
        sleep(Duration::from_millis(100));
        let log = server.err();
        let lines: Vec<Json> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        let calls: Vec<&Json> = lines.iter().filter(|line| line["message"] == "call").collect();
        let logged: Vec<_> = calls.iter().map(|it| it["request_id"].as_str().unwrap()).collect();
        let answered: Vec<_> = answers.iter().map(|it| it.header("x-request-id").unwrap()).collect();
        assert_eq!(logged, answered, "one line a call");
        assert_eq!(logged.iter().collect::<HashSet<_>>().len(), logged.len(), "an ID was given twice");
        let statuses: Vec<_> = calls.iter().map(|it| (it["method"].as_str().unwrap(), it["status"].as_u64())).collect();
        assert_eq!(statuses[1..3], [("user.add", Some(200)), ("user.add", Some(400))]);
        for secret in [hook.secret(), wrong.secret(), "private@", "token-in", "ada@"] {
            assert!(!log.to_lowercase().contains(secret), "{secret} is in the log: {log}");
        }
        server.stop();
    }
}

#[test]
fn log_keeps_the_databases_password_to_itself() {
    let Some(home) = Home::postgres() else { return };
    // The tests' PostgreSQL asks for no password, and so takes any.
    if !home.database.contains("://muster@") {
        return;
    }
    let database = home.database.replace("://muster@", "://muster:hunter2@");
    let server = home.start(&["serve", "--database", &database, "--log", "trace"]);
    assert!(server.err().contains("listening") && !server.err().contains("hunter2"), "{}", server.err());
    server.stop();
    let away = database.replace("127.0.0.1:", "127.0.0.1:1");
    let ran = home.run(&["serve", "--database", &away]);
    assert!(!ran.refusal().contains("hunter2"), "{}", ran.err);
}
