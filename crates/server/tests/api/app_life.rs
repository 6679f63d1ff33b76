//! Apps: installed, registered anew, removed; and what they keep here.

use crate::{
    app::{ADMIN, EMPLOYEE, Setup, TestApp},
    apps::new_app,
    both::both,
    receiver::Receiver,
};
use muster_core::{Json, Settings, json};
use muster_db::Sql;
use muster_modules::app::{self, NewApp, install};

fn open(app: &TestApp) -> TestApp {
    let settings = Settings { private_handlers: true, ..Settings::default() };
    app.another(Setup { settings, ..Setup::default() })
}

fn no_ui(scopes: &str, install_url: String) -> NewApp {
    NewApp { has_ui: false, install_url: Some(install_url), ..new_app(scopes) }
}

both! {
    /// An app without pages is told at once where it is installed, with tokens that last.
    fn an_app_without_pages_is_installed_at_once(app) {
        let app = &open(app);
        let receiver = Receiver::start();
        let keys = app.register(&no_ui("user,department", receiver.url("/install")));
        app.deliver();
        let received = receiver.take();
        assert_eq!(received.len(), 1);
        let (data, auth) = (&received[0]["data"], &received[0]["auth"]);
        assert_eq!(received[0]["event"], "ONAPPINSTALL");
        assert_eq!(*data, json!({ "VERSION": "1", "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": "en" }));
        assert_eq!((auth["scope"].as_str(), auth["user_id"].as_str()), (Some("user,department"), Some("1")));
        // The refresh token is worth what one of a sign-in is worth.
        let reply = app.get(&format!(
            "/oauth/token/?grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
            keys.client_id, keys.client_secret, auth["refresh_token"].as_str().unwrap(),
        ));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let info = app.get(&format!("/rest/app.info?auth={}", reply.body()["access_token"].as_str().unwrap())).ok();
        assert_eq!((&info["INSTALLED"], &info["VERSION"]), (&json!(true), &json!(1)));
    }

    /// Until its installation is finished an app hears of nothing.
    fn an_app_with_pages_waits_for_its_installation(app) {
        let app = &open(app);
        let receiver = Receiver::start();
        let new = NewApp { install_url: Some("https://crm.example.com/install".to_owned()), ..new_app("user") };
        let keys = app.register(&new);
        let (admin, employee) = (app.by_app(keys.id, ADMIN), app.by_app(keys.id, EMPLOYEE));
        assert_eq!(admin.ok("app.info", json!({}))["INSTALLED"], false);
        admin.bind("ONUSERUPDATE", &receiver.url("/"));
        admin.bind("ONAPPINSTALL", &receiver.url("/"));
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "Unheard" }));
        app.deliver();
        assert_eq!(receiver.take().len(), 0);
        app.admin().call("app.install.finish", json!({})).fails(403, "ACCESS_DENIED");
        employee.call("app.install.finish", json!({})).fails(403, "ACCESS_DENIED");
        for _ in 0..2 {
            assert_eq!(admin.ok("app.install.finish", json!({})), true);
        }
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "Heard" }));
        app.deliver();
        let mut events: Vec<_> = receiver.take().iter().map(|it| it["event"].as_str().unwrap().to_owned()).collect();
        events.sort();
        assert_eq!(events, ["ONAPPINSTALL", "ONUSERUPDATE"]);
        assert_eq!(admin.ok("app.info", json!({}))["INSTALLED"], true);
    }

    /// Registered anew, an app is told so and has to set up its handlers and widgets again; its keys stay.
    fn an_app_is_registered_anew(app) {
        let app = &open(app);
        let receiver = Receiver::start();
        let keys = app.register(&no_ui("user,placement", receiver.url("/install")));
        let client = app.by_app(keys.id, ADMIN);
        client.bind("ONAPPUPDATE", &receiver.url("/update"));
        client.bind("ONUSERUPDATE", &receiver.url("/user"));
        client.ok("placement.bind", json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": "https://crm.example.com/" }));
        app.deliver();
        receiver.take();
        let new = NewApp { scopes: vec!["user_brief".to_owned()], ..no_ui("", receiver.url("/install")) };
        let (known, now) = ((&app.app.registry, &app.app.settings), app.app.clock.seconds());
        app.app.db.write(|tx| install::update(tx, known, (keys.id, &new), now)).unwrap();
        assert!(app.app.db.write(|tx| install::update(tx, known, (keys.id + 1, &new), now)).is_err());
        app.deliver();
        let told: Vec<Json> = receiver.take();
        let mut names: Vec<_> = told.iter().map(|it| it["event"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUPDATE"]);
        let update = told.iter().find(|it| it["event"] == "ONAPPUPDATE").unwrap();
        assert_eq!(update["data"], json!({ "VERSION": "2", "PREVIOUS_VERSION": "1", "LANGUAGE_ID": "en" }));
        assert_eq!(update["auth"]["scope"], "user_brief");
        assert_eq!(client.ok("event.get", json!({})), json!([]));
        assert_eq!(client.ok("app.info", json!({}))["VERSION"], 2);
        client.call("placement.get", json!({})).fails(401, "insufficient_scope");
        assert_eq!(app.count("select count(*) from placements"), 0);
    }

    /// When whoever installed an app has left, another administrator's tokens let it set itself up again.
    fn an_app_outlives_its_installer(app) {
        let app = &open(app);
        let receiver = Receiver::start();
        let keys = app.register(&no_ui("user", receiver.url("/install")));
        app.deliver();
        let installer: i64 = receiver.take()[0]["auth"]["user_id"].as_str().unwrap().parse().unwrap();
        let successor = app.admin().add_user(json!({}));
        app.execute(Sql::with("update users set admin = 1 where id = $1", [successor.into()]));
        app.execute(Sql::with("update users set active = 0 where id = $1", [installer.into()]));
        let (known, now) = ((&app.app.registry, &app.app.settings), app.app.clock.seconds());
        let new = no_ui("user", receiver.url("/install"));
        app.app.db.write(|tx| install::update(tx, known, (keys.id, &new), now)).unwrap();
        app.deliver();
        let told: Vec<Json> = receiver.take();
        assert!(!told.is_empty());
        for event in told {
            assert_eq!(event["auth"]["user_id"], successor.to_string(), "{event}");
        }
    }

    /// A removed app is told so without tokens, and nothing of it stays.
    fn an_app_is_removed(app) {
        let app = &open(app);
        let receiver = Receiver::start();
        let keys = app.register(&no_ui("user,placement", receiver.url("/install")));
        let client = app.by_app(keys.id, ADMIN);
        client.bind("ONAPPUNINSTALL", &receiver.url("/bye"));
        client.bind("ONUSERUPDATE", &receiver.url("/user"));
        client.ok("event.bind", json!({ "event": "ONUSERUPDATE", "event_type": "offline" }));
        client.ok("placement.bind", json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": "https://crm.example.com/" }));
        client.ok("app.option.set", json!({ "options": { "a": 1 } }));
        app.deliver();
        let installed = receiver.take();
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "Untold" }));
        app.app.db.write(|tx| install::remove(tx, keys.id, app.app.clock.seconds())).unwrap();
        assert!(app.app.db.write(|tx| install::remove(tx, keys.id, 1)).is_err());
        app.deliver();
        let told = receiver.take();
        assert_eq!(told.iter().map(|it| it["event"].as_str().unwrap()).collect::<Vec<_>>(), ["ONAPPUNINSTALL"; 2]);
        let auth = told[0]["auth"].as_object().unwrap();
        assert_eq!(auth["application_token"], installed[0]["auth"]["application_token"]);
        let names: Vec<_> = auth.keys().map(String::as_str).collect();
        assert_eq!(names, ["domain", "server_endpoint", "client_endpoint", "member_id", "application_token"]);
        assert_eq!(told[0]["data"], json!({ "LANGUAGE_ID": "en", "CLEAN": "1" }));
        client.call("app.info", json!({})).fails(401, "NO_AUTH_FOUND");
        for table in [
            "select count(*) from apps",
            "select count(*) from app_tokens",
            "select count(*) from app_options",
            "select count(*) from event_handlers",
            "select count(*) from event_deliveries",
            "select count(*) from event_queue",
            "select count(*) from placements",
        ] {
            assert_eq!(app.count(table), 0, "{table}");
        }
    }

    /// Options: of the app for everyone, and of each person in it. No app and no person sees another's.
    fn apps_keep_options(app) {
        let keys = app.register(&new_app(""));
        let other = app.register(&new_app(""));
        let (admin, employee) = (app.by_app(keys.id, ADMIN), app.by_app(keys.id, EMPLOYEE));
        assert_eq!(admin.ok("app.option.get", json!({})), json!([]));
        assert_eq!(admin.ok("app.option.set", json!({ "options": { "data": "value", "data2": { "deep": [1, true, null] } } })), true);
        assert_eq!(admin.ok("app.option.set", json!({ "options": { "data": "newer" } })), true);
        assert_eq!(employee.ok("app.option.get", json!({})), json!({ "data": "newer", "data2": { "deep": [1, true, null] } }));
        assert_eq!(employee.ok("app.option.get", json!({ "option": "data" })), "newer");
        assert_eq!(employee.ok("app.option.get", json!({ "option": "nothing" })), "");
        let refused = employee.call("app.option.set", json!({ "options": { "data": "x" } }));
        assert_eq!(refused.fails(400, "AccessException"), "Administrator authorization required");
        assert_eq!(employee.ok("user.option.set", json!({ "options": { "data": "mine" } })), true);
        assert_eq!(employee.ok("user.option.get", json!({})), json!({ "data": "mine" }));
        assert_eq!(admin.ok("user.option.get", json!({})), json!([]));
        assert_eq!(app.by_app(other.id, ADMIN).ok("app.option.get", json!({})), json!([]));
        for method in ["app.option.get", "app.option.set", "user.option.get", "user.option.set"] {
            assert_eq!(app.admin().call(method, json!({})).fails(403, "ACCESS_DENIED"), "Application context required");
        }
        for options in [json!(null), json!([]), json!({}), json!("x")] {
            admin.call("user.option.set", json!({ "options": options })).fails(400, "ArgumentNullException");
        }
        for options in [json!({ "x".repeat(256): 1 }), json!({ "x": "y".repeat(70_000) })] {
            admin.call("user.option.set", json!({ "options": options })).fails(400, "ArgumentException");
        }
        let many: Json = (0..1001).map(|it| (it.to_string() + "x", json!(it))).collect();
        admin.call("user.option.set", json!({ "options": many })).fails(400, "ArgumentException");
        assert_eq!(admin.ok("user.option.get", json!({})), json!([]));
    }

    /// The tokens of events, which nobody refreshes, are forgotten once they have ended.
    fn tokens_of_events_are_forgotten(app) {
        let app = &open(app);
        let receiver = Receiver::start();
        let keys = app.register(&new_app("user"));
        let client = app.by_app(keys.id, ADMIN);
        client.bind("ONUSERUPDATE", &receiver.url("/"));
        let before = app.count("select count(*) from app_tokens");
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "New" }));
        app.deliver();
        assert_eq!(app.count("select count(*) from app_tokens"), before + 1);
        let later = app.app.clock.seconds() + 2 * 86_400;
        app.app.db.write(|tx| muster_modules::event::delivery::sweep(tx, later)).unwrap();
        assert_eq!(app.count("select count(*) from app_tokens where kind = 'access'"), 0);
        assert_eq!(app.count("select count(*) from app_tokens where kind = 'refresh'"), 1);
    }

    /// Only an administrator installs, and only plain addresses are taken.
    fn apps_are_registered_with_care(app) {
        let known = (&app.app.registry, &app.app.settings);
        for new in [
            NewApp { installer: Some(EMPLOYEE), ..new_app("user") },
            NewApp { handler_url: "ftp://x".to_owned(), ..new_app("user") },
            no_ui("user", "http://127.0.0.1/install".to_owned()),
        ] {
            let made = app.app.db.write(|tx| {
                app::add(tx, known, &new, (&mut muster_core::Chance::from_system(), 1))
            });
            assert!(made.is_err(), "{new:?}");
        }
        let keys = app.register(&NewApp { installer: Some(ADMIN), ..new_app("user") });
        assert_eq!(app.app.db.read(|tx| app::load(tx, keys.id)).unwrap().unwrap().installed_by, Some(ADMIN));
    }
}
