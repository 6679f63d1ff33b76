//! Widgets of apps: where they may be put, and who is shown them.

use crate::{
    app::{ADMIN, EMPLOYEE},
    apps::new_app,
    both::both,
};
use muster_core::{access::Person, json};
use muster_modules::{app::NewApp, placement::shown};

const HANDLER: &str = "https://crm.example.com/widget?x=1";

both! {
    /// A widget is put, listed as it was put, replaced by one with the same address, and taken away.
    fn widgets_are_put_and_taken_away(app) {
        let keys = app.register(&new_app("placement,user"));
        let client = app.by_app(keys.id, ADMIN);
        let languages = json!({ "de": { "TITLE": "Titel", "DESCRIPTION": "", "GROUP_NAME": "Gruppe" } });
        let put = json!({
            "PLACEMENT": "USER_PROFILE_TOOLBAR", "HANDLER": HANDLER, "TITLE": "Title", "DESCRIPTION": "About",
            "LANG_ALL": languages, "OPTIONS": { "color": "red" },
        });
        for _ in 0..2 {
            assert_eq!(client.ok("placement.bind", put.clone()), true);
        }
        client.ok("placement.bind", json!({ "PLACEMENT": "user_profile_menu", "HANDLER": HANDLER }));
        assert_eq!(
            client.ok("placement.get", json!({})),
            json!([
                {
                    "placement": "USER_PROFILE_TOOLBAR", "userId": 0, "handler": HANDLER, "options": { "color": "red" },
                    "title": "Title", "description": "About", "langAll": languages,
                },
                {
                    "placement": "USER_PROFILE_MENU", "userId": 0, "handler": HANDLER, "options": [],
                    "title": "", "description": "", "langAll": [],
                },
            ])
        );
        let other = app.register(&new_app("placement,user"));
        assert_eq!(app.by_app(other.id, ADMIN).ok("placement.get", json!({})), json!([]));
        let person = Person { id: EMPLOYEE, admin: false, employee: true, creator: false };
        let found = app.app.db.read(|tx| shown(tx, &app.app.registry, &person, "USER_PROFILE_TOOLBAR")).unwrap();
        let titles: Vec<_> = ["de", "en"].map(|language| found[0].0.text("TITLE", language).to_owned()).into();
        assert_eq!((found.len(), titles), (1, vec!["Titel".to_owned(), "Title".to_owned()]));
        let gone = json!({ "PLACEMENT": "USER_PROFILE_TOOLBAR", "HANDLER": "https://else.example.com/" });
        assert_eq!(client.ok("placement.unbind", gone), json!({ "count": 0 }));
        assert_eq!(client.ok("placement.unbind", json!({ "PLACEMENT": "USER_PROFILE_TOOLBAR" })), json!({ "count": 2 }));
        assert_eq!(client.ok("placement.get", json!({})).as_array().unwrap().len(), 1);
    }

    /// Every rule of the documentation for what cannot be put.
    fn widgets_are_refused(app) {
        let keys = app.register(&new_app("placement"));
        let client = app.by_app(keys.id, ADMIN);
        let long = "x".repeat(256);
        for (params, code) in [
            (json!({ "HANDLER": HANDLER }), "ERROR_ARGUMENT"),
            (json!({ "PLACEMENT": ["LEFT_MENU"], "HANDLER": HANDLER }), "ERROR_ARGUMENT"),
            (json!({ "PLACEMENT": "LEFT_MENU" }), "ERROR_ARGUMENT"),
            (json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": "javascript:alert(1)" }), "ERROR_ARGUMENT"),
            (json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": HANDLER, "TITLE": long }), "ERROR_ARGUMENT"),
            (json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": HANDLER, "OPTIONS": "x" }), "ERROR_ARGUMENT"),
            (json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": HANDLER, "LANG_ALL": { "<b>": {} } }), "ERROR_ARGUMENT"),
            (json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": HANDLER, "USER_ID": EMPLOYEE }), "ERROR_PLACEMENT_USER_MODE"),
            (json!({ "PLACEMENT": "NOWHERE", "HANDLER": HANDLER }), "ERROR_PLACEMENT_NOT_FOUND"),
            // A place of a scope that the app does not hold.
            (json!({ "PLACEMENT": "USER_PROFILE_MENU", "HANDLER": HANDLER }), "ERROR_PLACEMENT_NOT_FOUND"),
            (json!({ "PLACEMENT": "PAGE_BACKGROUND_WORKER", "HANDLER": HANDLER }), "EMPTY_ERROR_HANDLER_URL"),
        ] {
            client.call("placement.bind", params).fails(400, code);
        }
        let missing = client.call("placement.bind", json!({})).body();
        assert_eq!(missing["argument"], "PLACEMENT");
        assert_eq!(missing["error_description"], "Argument 'PLACEMENT' is null or empty");
        let worker = json!({
            "PLACEMENT": "PAGE_BACKGROUND_WORKER", "HANDLER": HANDLER, "USER_ID": EMPLOYEE,
            "OPTIONS": { "errorHandlerUrl": HANDLER },
        });
        client.ok("placement.bind", worker.clone());
        assert_eq!(client.ok("placement.get", json!({}))[0]["userId"], EMPLOYEE);
        client.call("placement.bind", worker).fails(400, "ERROR_PLACEMENT_MAX_COUNT");
        client.ok("placement.bind", json!({ "PLACEMENT": "REST_APP_URI", "HANDLER": HANDLER }));
        client.call("placement.bind", json!({ "PLACEMENT": "REST_APP_URI", "HANDLER": "https://b.example.com/" }))
            .fails(400, "ERROR_PLACEMENT_MAX_COUNT");
    }

    /// Apps put widgets; webhooks and people without the right do not.
    fn widgets_are_for_apps_and_administrators(app) {
        let keys = app.register(&new_app("placement,user"));
        let employee = app.by_app(keys.id, EMPLOYEE);
        for method in ["placement.bind", "placement.unbind", "placement.get", "placement.list"] {
            app.admin().call(method, json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": HANDLER })).fails(403, "WRONG_AUTH_TYPE");
            let reply = employee.call(method, json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": HANDLER }));
            match method {
                "placement.list" => drop(reply.ok()),
                _ => drop(reply.fails(403, "ACCESS_DENIED")),
            }
        }
        let all = employee.ok("placement.list", json!({}));
        let expected = json!(["USER_PROFILE_MENU", "USER_PROFILE_TOOLBAR", "LEFT_MENU", "PAGE_BACKGROUND_WORKER", "REST_APP_URI"]);
        assert_eq!(all, expected);
        assert_eq!(employee.ok("placement.list", json!({ "SCOPE": "user" })), json!(["USER_PROFILE_MENU", "USER_PROFILE_TOOLBAR"]));
        let full = employee.ok("placement.list", json!({ "FULL": true }));
        assert!(full.as_array().unwrap().contains(&json!("SONET_GROUP_TOOLBAR")), "{full}");
    }

    /// Nobody is shown a widget of an app that is not installed or that is not for them.
    fn widgets_are_shown_to_those_they_are_for(app) {
        let waiting = NewApp { install_url: Some(HANDLER.to_owned()), ..new_app("placement") };
        let closed = NewApp { allowed: vec!["U1".to_owned()], ..new_app("placement") };
        for new in [waiting, closed, new_app("placement")] {
            let keys = app.register(&new);
            app.by_app(keys.id, ADMIN).ok("placement.bind", json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": HANDLER }));
        }
        let seen = |id: i64, admin: bool| {
            let person = Person { id, admin, employee: true, creator: false };
            let all = app.app.db.read(|tx| shown(tx, &app.app.registry, &person, "LEFT_MENU")).unwrap();
            all.into_iter().map(|it| it.1.id).collect::<Vec<_>>()
        };
        assert_eq!((seen(ADMIN, true), seen(EMPLOYEE, false)), (vec![2, 3], vec![3]));
    }

    /// Apps that load BX24.js find its functions at the path they know, from whatever origin they come.
    fn the_script_of_widgets_is_served(app) {
        for path in ["/api/v1/", "/api/v1"] {
            let reply = app.get(path);
            assert_eq!(reply.status, 200, "{path}");
            let header = |name: &str| reply.headers[name].to_str().unwrap().to_owned();
            assert_eq!(header("content-type"), "text/javascript; charset=utf-8");
            assert_eq!((header("access-control-allow-origin"), header("x-content-type-options")), ("*".into(), "nosniff".into()));
            assert!(reply.text().contains("window.BX24 = BX24;"));
            assert!(!reply.headers.contains_key("set-cookie"));
        }
    }
}
