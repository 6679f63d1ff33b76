//! The queue of an app that asks for events by itself.

use crate::{
    app::{ADMIN, EMPLOYEE, Setup, TestApp},
    apps::{AppClient, new_app},
    both::both,
    receiver::Receiver,
};
use muster_core::{Json, Settings, json};

fn bind(client: &AppClient<'_>, event: &str, connector: &str) {
    let params = json!({ "event": event, "event_type": "offline", "auth_connector": connector });
    assert_eq!(client.ok("event.bind", params), true);
}

fn rename(app: &TestApp, id: i64, name: &str, connector: &str) {
    app.admin().ok("user.update", json!({ "ID": id, "NAME": name, "auth_connector": connector }));
}

/// The same Muster with leave to call addresses of this machine, where receivers are.
fn may_call_here(app: &TestApp) -> TestApp {
    let settings = Settings { private_handlers: true, ..Settings::default() };
    app.another(Setup { settings, ..Setup::default() })
}

fn names(events: &Json) -> Vec<String> {
    events.as_array().unwrap().iter().map(|it| it["EVENT_DATA"]["FIELDS"]["ID"].as_str().unwrap().to_owned()).collect()
}

both! {
    /// The queue holds the last state of each object; taking it empties it.
    fn the_queue_holds_the_last_state(app) {
        let keys = app.register(&new_app("user"));
        let client = app.by_app(keys.id, ADMIN);
        bind(&client, "ONUSERUPDATE", "");
        for name in ["One", "Two", "Three"] {
            rename(app, EMPLOYEE, name, "");
        }
        app.app.clock.advance(2);
        rename(app, ADMIN, "Boss", "");
        let reply = client.call("event.offline.list", json!({}));
        assert_eq!(reply.body()["total"], 2);
        let list = reply.ok();
        assert_eq!(names(&list), ["2", "1"]);
        assert_eq!(list[0]["EVENT_NAME"], "ONUSERUPDATE");
        assert_eq!((list[0]["PROCESS_ID"].as_str(), list[0]["ERROR"].as_str()), (Some(""), Some("0")));
        assert_eq!((&list[0]["ID"], &list[0]["EVENT_ADDITIONAL"]), (&list[0]["MESSAGE_ID"], &json!(false)));
        assert_eq!(names(&client.ok("event.offline.list", json!({ "order": { "ID": "DESC" } }))), ["1", "2"]);
        let taken = client.ok("event.offline.get", json!({ "limit": 1 }));
        assert_eq!((names(&taken["events"]), &taken["process_id"]), (vec!["2".to_owned()], &Json::Null));
        let filter = json!({ "filter": { "=EVENT_NAME": "ONUSERUPDATE", ">=ID": 1 } });
        assert_eq!(names(&client.ok("event.offline.get", filter)["events"]), ["1"]);
        assert_eq!(client.ok("event.offline.list", json!({})), json!([]));
    }

    /// What is reserved is given to no one else, and is done with or marked as failed.
    fn records_are_reserved(app) {
        let keys = app.register(&new_app("user"));
        let client = app.by_app(keys.id, ADMIN);
        bind(&client, "ONUSERUPDATE", "");
        for id in [ADMIN, EMPLOYEE] {
            rename(app, id, "New", "");
        }
        let first = client.ok("event.offline.get", json!({ "clear": 0, "limit": 1 }));
        let second = client.ok("event.offline.get", json!({ "clear": "0" }));
        assert_eq!((first["events"].as_array().unwrap().len(), second["events"].as_array().unwrap().len()), (1, 1));
        assert_ne!(names(&first["events"]), names(&second["events"]));
        assert_eq!(client.ok("event.offline.get", json!({}))["events"], json!([]));
        // The same process may read again what it has.
        let again = json!({ "clear": 0, "process_id": first["process_id"] });
        assert_eq!(client.ok("event.offline.get", again)["events"], first["events"]);
        // A change meanwhile is a record of its own.
        rename(app, ADMIN, "Newer", "");
        assert_eq!(client.call("event.offline.list", json!({})).body()["total"], 3);
        assert_eq!(client.ok("event.offline.clear", json!({ "process_id": "someone else's" })), true);
        assert_eq!(client.ok("event.offline.clear", json!({ "process_id": first["process_id"] })), true);
        let message = second["events"][0]["MESSAGE_ID"].clone();
        let failed = json!({ "process_id": second["process_id"], "message_id": [message] });
        assert_eq!(client.ok("event.offline.error", failed), true);
        assert_eq!(client.call("event.offline.list", json!({ "filter": { "ERROR": 1 } })).body()["total"], 1);
        assert_eq!(client.ok("event.offline.get", json!({}))["events"].as_array().unwrap().len(), 1);
        assert_eq!(client.ok("event.offline.get", json!({ "error": 1 }))["events"][0]["MESSAGE_ID"], message);
        assert_eq!(client.ok("event.offline.list", json!({})), json!([]));
        client.call("event.offline.clear", json!({})).fails(400, "ERROR_ARGUMENT");
        client.call("event.offline.get", json!({ "limit": 0 })).fails(400, "ERROR_ARGUMENT");
    }

    /// A queue of a source leaves out the changes of that source; apps and sources have queues of their own.
    fn sources_do_not_hear_of_themselves(app) {
        let keys = app.register(&new_app("user"));
        let other = app.register(&new_app("user"));
        let (client, other) = (app.by_app(keys.id, ADMIN), app.by_app(other.id, ADMIN));
        bind(&client, "ONUSERUPDATE", "sync");
        bind(&other, "ONUSERUPDATE", "");
        rename(app, EMPLOYEE, "By sync", "sync");
        rename(app, ADMIN, "By hand", "");
        let of = |client: &AppClient<'_>, connector: &str| {
            names(&client.ok("event.offline.list", json!({ "auth_connector": connector })))
        };
        assert_eq!(of(&client, "sync"), ["1"]);
        assert_eq!(of(&client, ""), Vec::<String>::new());
        assert_eq!(of(&other, ""), ["2", "1"]);
        assert_eq!(client.ok("event.get", json!({}))[0]["auth_connector"], "sync");
        let unbound = client.ok("event.unbind", json!({ "event": "ONUSERUPDATE", "event_type": "offline" }));
        assert_eq!(unbound, json!({ "count": 1 }));
    }

    /// An app is told that there is something, but not more often than it wants.
    fn an_app_is_told_of_its_queue(app) {
        let (app, receiver) = (&may_call_here(app), Receiver::start());
        let client = app.by_app(app.register(&new_app("user")).id, ADMIN);
        bind(&client, "ONUSERUPDATE", "");
        let told = json!({ "event": "OnOfflineEvent", "handler": receiver.url("/"), "options": { "minTimeout": 60 } });
        assert_eq!(client.ok("event.bind", told), true);
        for name in ["One", "Two"] {
            rename(app, EMPLOYEE, name, "");
        }
        app.deliver();
        let first = receiver.take();
        assert_eq!((first.len(), first[0]["event"].as_str()), (1, Some("ONOFFLINEEVENT")));
        assert!(first[0]["auth"]["refresh_token"].is_string() && first[0]["data"].is_null(), "{}", first[0]);
        rename(app, EMPLOYEE, "Three", "");
        app.deliver();
        assert_eq!(receiver.take().len(), 0);
        app.app.clock.advance(60);
        app.deliver();
        assert_eq!(receiver.take().len(), 1);
    }

    /// A change that comes after the app was told, and before it answered, is told of again: it may have looked already.
    fn an_app_is_told_of_what_comes_later(app) {
        let (app, receiver) = (&may_call_here(app), Receiver::start());
        let client = app.by_app(app.register(&new_app("user")).id, ADMIN);
        bind(&client, "ONUSERUPDATE", "");
        client.ok("event.bind", json!({ "event": "OnOfflineEvent", "handler": receiver.url("/") }));
        rename(app, EMPLOYEE, "One", "");
        app.execute("update event_deliveries set attempts = 1");
        rename(app, EMPLOYEE, "Two", "");
        rename(app, EMPLOYEE, "Three", "");
        assert_eq!(app.count("select count(*) from event_deliveries where event = 'ONOFFLINEEVENT'"), 2);
    }

    /// The queue is an administrator's matter.
    fn the_queue_is_for_administrators(app) {
        let keys = app.register(&new_app("user"));
        let client = app.by_app(keys.id, EMPLOYEE);
        for method in ["event.offline.get", "event.offline.list", "event.offline.clear", "event.offline.error"] {
            assert_eq!(client.call(method, json!({ "process_id": "x" })).fails(403, "ACCESS_DENIED"), "Access denied!");
        }
    }
}
