//! `muster demo`: what a newcomer meets first.

use crate::program::{Home, Hook, Ran, Server, both};
use muster_core::{Json, json};
use muster_db::{DbError, Sql};
use std::{collections::HashSet, net::TcpListener, process::Command};

/// What the demo printed of use to the one who reads it.
struct Welcome {
    login: String,
    /// With the levels `user`, `user_basic` and `user_brief`.
    hooks: Vec<Hook>,
    curls: Vec<String>,
}

fn welcome(demo: &Server) -> Welcome {
    let out = demo.out();
    let lines: Vec<&str> = out.lines().map(str::trim).collect();
    let hook = |level: &str| {
        let line = lines.iter().find(|line| line.split(' ').next() == Some(level)).unwrap();
        let (_, path) = line.split_once(&format!("http://127.0.0.1:{}", demo.port)).unwrap();
        Hook(path.split(' ').next().unwrap_or_default().to_owned())
    };
    Welcome {
        login: lines.iter().find(|line| line.starts_with("Administrator")).unwrap().to_string(),
        hooks: ["user", "user_basic", "user_brief"].map(hook).to_vec(),
        curls: lines.iter().filter(|line| line.starts_with("curl ")).map(ToString::to_string).collect(),
    }
}

#[test]
fn newcomer_finds_all_that_is_needed() {
    let home = Home::sqlite();
    let demo = home.start(&["demo"]);
    let welcome = welcome(&demo);
    let admin = demo.result(&welcome.hooks[0], "user.current", &json!({}));
    assert!(welcome.login.contains(admin["EMAIL"].as_str().unwrap()), "{}", welcome.login);
    assert!(welcome.login.contains("password "), "{}", welcome.login);
    assert_eq!(demo.result(&welcome.hooks[0], "profile", &json!({}))["ADMIN"], true);

    let is_shown = |hook, field| demo.result(hook, "user.current", &json!({})).get(field).is_some();
    let shown = welcome.hooks.iter().map(|hook| [is_shown(hook, "EMAIL"), is_shown(hook, "LAST_LOGIN")]);
    assert_eq!(shown.collect::<Vec<_>>(), [[true, true], [true, false], [false, false]]);

    assert_eq!(welcome.curls.len(), 3);
    for line in &welcome.curls {
        let ran = Ran::of(Command::new("sh").args(["-c", line]));
        let answer: Json = serde_json::from_str(&ran.out).unwrap_or_else(|err| panic!("{line}: {err}: {}", ran.err));
        let result = &answer["result"];
        let is_found = result.as_array().is_some_and(|rows| !rows.is_empty()) || result["ID"] == "1";
        assert!(is_found, "{line}: {answer}");
    }
    demo.stop();
}

#[test]
fn second_start_has_the_same_data_and_webhooks() {
    let home = Home::sqlite();
    let emails = || {
        home.db().read(|tx| {
            let rows = tx.rows(&Sql::new("select email, personal_photo from users order by id"))?;
            Ok::<_, DbError>(
                rows.iter().map(|row| [row.text(0).to_owned(), row.text(1).to_owned()]).collect::<Vec<_>>(),
            )
        })
    };
    let demo = home.start(&["demo", "--users", "30"]);
    let first = welcome(&demo);
    let people = emails().unwrap();
    demo.stop();

    let demo = home.start(&["demo"]);
    let second = welcome(&demo);
    assert_eq!((&second.login, second.hooks[1].secret()), (&first.login, first.hooks[1].secret()));
    assert_eq!(demo.result(&first.hooks[2], "user.current", &json!({}))["ID"], "1");
    assert_eq!(emails().unwrap(), people);
}

#[test]
fn company_is_believable() {
    let home = Home::sqlite();
    let demo = home.start(&["demo"]);
    let hook = &welcome(&demo).hooks[0];
    let total = |method, filter: Json| demo.call(hook, method, &json!({ "FILTER": filter })).json()["total"].as_i64();
    assert_eq!(total("user.get", json!({})), Some(200));
    assert!(total("department.get", json!({})) > Some(7));
    assert!(total("sonet_group.get", json!({})) > Some(3));
    let tasks =
        |filter: Json| demo.call(hook, "tasks.task.list", &json!({ "filter": filter })).json()["total"].as_i64();
    for filter in [json!({ "STATUS": -1 }), json!({ "REAL_STATUS": 5 }), json!({ "RESPONSIBLE_ID": 1 })] {
        let some = tasks(filter.clone()).unwrap();
        assert!((3..tasks(json!({})).unwrap()).contains(&some), "{some} tasks pass {filter}");
    }
    for filter in [json!({ "ACTIVE": false }), json!({ "IS_ONLINE": "Y" }), json!({ "LAST_LOGIN": null })] {
        let some = total("user.get", filter.clone()).unwrap();
        assert!((2..40).contains(&some), "{some} people pass {filter}");
    }

    let page = demo.result(hook, "user.get", &json!({ "order": { "ID": "ASC" } }));
    let people = page.as_array().unwrap();
    let texts = |field: &str| people.iter().filter_map(|it| it[field].as_str()).collect::<Vec<_>>();
    let names: HashSet<_> = texts("LAST_NAME").into_iter().collect();
    assert!(names.len() > 40, "{names:?}");
    assert!(names.iter().any(|name| name.chars().any(|it| ('а'..='я').contains(&it))), "no Cyrillic in {names:?}");
    let photos: Vec<_> = texts("PERSONAL_PHOTO").into_iter().filter(|it| !it.is_empty()).collect();
    assert!(photos.len() > 10, "{photos:?}");
    for photo in photos.iter().take(5) {
        let path = photo.strip_prefix("http://localhost").unwrap();
        let answer = demo.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/jpeg")));
        image::load_from_memory_with_format(&answer.body, image::ImageFormat::Jpeg).unwrap();
    }
}

both! {
    fn runs_on_any_engine(home) {
        let demo = home.start(&["demo", "--users", "20"]);
        let answer = demo.call(&welcome(&demo).hooks[0], "user.get", &json!({}));
        assert_eq!(answer.json()["total"], 20);
        demo.stop();
        assert!(home.ok(&["check"]).contains("database       good"));
    }

    fn refuses_a_newer_database(home) {
        home.ok(&["migrate"]);
        let newer = Sql::new("insert into migrations (name, checksum, applied_at) values ('user/9999', 'x', 1)");
        home.db().write(|tx| tx.run(&newer)).unwrap();
        for command in ["demo", "serve", "migrate"] {
            let ran = home.run(&[command]);
            assert!(ran.refusal().contains("newer version of Muster (it has the migration user/9999)"), "{}", ran.err);
        }
    }

    fn refuses_a_database_of_someone_else(home) {
        home.admin();
        let ran = home.run(&["demo"]);
        assert!(ran.refusal().contains("was not made by the demo"), "{}", ran.err);
    }
}

#[test]
fn refuses_a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Home::sqlite();
    for command in ["demo", "serve"] {
        let ran = home.run(&[command, "--listen", &address]);
        assert!(ran.refusal().contains(&format!("{address} is already in use")), "{}", ran.err);
    }
    assert!(!home.folder.path().join("data").exists(), "it left a folder behind");
}

#[test]
fn refuses_other_addresses_than_this_machines_own() {
    let ran = Home::sqlite().run(&["demo", "--listen", "0.0.0.0:0"]);
    assert!(ran.refusal().contains("listens on this machine only"), "{}", ran.err);
}

/// Permissions would not stop a superuser, so these are folders that nobody can make.
#[test]
fn refuses_a_folder_that_cannot_be_written() {
    let home = Home::sqlite();
    std::fs::write(home.path("file"), "").unwrap();
    for folder in [home.path("file/data"), "/proc/muster".to_owned()] {
        let database = format!("{folder}/muster.db");
        let ran = home.run(&["demo", "--data-dir", &folder, "--database", &database]);
        assert!(ran.refusal().contains(&format!("{folder} cannot be made")), "{}", ran.err);
        let ran = home.run(&["demo", "--data-dir", &folder]);
        assert!(ran.refusal().contains(&format!("{folder} cannot be made")), "{}", ran.err);
    }
    let ran = home.run(&["demo", "--database", "/proc/muster.db"]);
    assert!(ran.refusal().contains("/proc/muster.db"), "{}", ran.err);
}
