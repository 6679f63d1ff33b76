//! Events: who may hear of what, and how it arrives when its receiver fails, stalls and recovers.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, Setup, TestApp},
    apps::new_app,
    both::both,
    receiver::{Answer, Receiver},
};
use muster_core::{Chance, Json, Settings, json};
use muster_modules::event::{
    delivery::{self, PAUSES, TAKEN_SECONDS},
    outgoing,
};
use std::{collections::HashMap, time::Duration};

/// A Muster that may call this machine, on the same database as another one.
fn open(app: &TestApp) -> TestApp {
    let settings = Settings { private_handlers: true, ..Settings::default() };
    app.another(Setup { settings, ..Setup::default() })
}

fn waiting(app: &TestApp) -> (i64, i64) {
    app.app.db.read(delivery::counts).unwrap()
}

fn rename(app: &TestApp, id: i64, name: &str) {
    app.admin().ok("user.update", json!({ "ID": id, "NAME": name }));
}

both! {
    /// What a handler is sent, with everything that clients demand of it.
    fn a_handler_is_told(app) {
        let app = &open(app);
        let receiver = Receiver::start();
        let keys = app.register(&new_app("user,department"));
        app.by_app(keys.id, ADMIN).bind("OnUserUpdate", &receiver.url("/hook?secret=1"));
        let now = app.app.clock.seconds();
        rename(app, EMPLOYEE, "Эмиль & co");
        assert_eq!(waiting(app), (1, 0));
        app.deliver();
        assert_eq!(waiting(app), (0, 0));
        let received = receiver.received();
        assert_eq!((received.len(), received[0].path.as_str()), (1, "/hook?secret=1"));
        assert_eq!(received[0].headers["content-type"], "application/x-www-form-urlencoded");
        let form = &received[0].form;
        assert_eq!((form["event"].as_str(), form["event_handler_id"].as_str()), (Some("ONUSERUPDATE"), Some("1")));
        assert_eq!(form["data"], json!({ "FIELDS": { "ID": EMPLOYEE.to_string() }, "CHANGED": ["NAME"] }));
        assert!(form["ts"].as_str().unwrap().parse::<i64>().unwrap() >= now);
        let auth = &form["auth"];
        for (name, value) in [
            ("expires_in", "3600"),
            ("scope", "user,department"),
            ("domain", "localhost:8080"),
            ("client_endpoint", "http://localhost:8080/rest/"),
            ("server_endpoint", "http://localhost:8080/rest/"),
            ("status", "L"),
            ("user_id", "1"),
        ] {
            assert_eq!(auth[name], value, "{name}");
        }
        assert_eq!(auth["member_id"].as_str().unwrap().len(), 32);
        assert!(auth["expires"].as_str().unwrap().parse::<i64>().unwrap() >= now + 3600);
        assert!(auth["application_token"].is_string() && auth["refresh_token"].is_null(), "{auth}");
        // The token acts for whoever caused the event.
        let reply = app.get(&format!("/rest/user.current?auth={}", auth["access_token"].as_str().unwrap()));
        assert_eq!(reply.ok()["ID"], "1");
    }

    /// Handlers are bound once, listed and unbound, and each caller sees what is theirs.
    fn handlers_are_bound_and_unbound(app) {
        let keys = app.register(&new_app("user,sonet_group"));
        let admin = app.by_app(keys.id, ADMIN);
        let employee = app.by_app(keys.id, EMPLOYEE);
        let url = "https://app.example.com/h";
        admin.bind("ONUSERADD", url);
        let again = admin.call("event.bind", json!({ "event": "onUserAdd", "handler": url }));
        assert_eq!(again.fails(400, "ERROR_CORE"), "Unable to set event handler: Handler already binded");
        admin.ok("event.bind", json!({ "event": "ONUSERADD", "handler": url, "auth_type": EMPLOYEE }));
        employee.bind("ONSONETGROUPADD", url);
        for (params, status, code) in [
            (json!({ "event": "ONNOTHING", "handler": url }), 400, "ERROR_EVENT_NOT_FOUND"),
            (json!({ "handler": url }), 400, "ERROR_EVENT_NOT_FOUND"),
            // An event of a scope that the app does not hold does not exist for it.
            (json!({ "event": "ONDEPARTMENTADD", "handler": url }), 400, "ERROR_EVENT_NOT_FOUND"),
            (json!({ "event": "ONUSERADD" }), 400, "ERROR_ARGUMENT"),
            (json!({ "event": "ONUSERADD", "handler": "javascript:alert(1)" }), 400, "ERROR_ARGUMENT"),
            (json!({ "event": "ONUSERADD", "handler": url, "event_type": "sometimes" }), 400, "ERROR_ARGUMENT"),
            (json!({ "event": "ONUSERADD", "handler": url, "auth_type": 999 }), 400, "ERROR_ARGUMENT"),
            (json!({ "event": "ONOFFLINEEVENT", "handler": url, "options": { "minTimeout": -1 } }), 400, "ERROR_ARGUMENT"),
        ] {
            admin.call("event.bind", params).fails(status, code);
        }
        let other = employee.call("event.bind", json!({ "event": "ONUSERADD", "handler": url, "auth_type": ADMIN }));
        assert!(other.fails(403, "ACCESS_DENIED").contains("AUTH_TYPE"));
        let offline = employee.call("event.bind", json!({ "event": "ONUSERADD", "event_type": "offline" }));
        assert!(offline.fails(403, "ACCESS_DENIED").contains("Offline"));
        assert_eq!(
            admin.ok("event.get", json!({})),
            json!([
                { "event": "ONUSERADD", "handler": url, "auth_type": "0", "offline": 0 },
                { "event": "ONUSERADD", "handler": url, "auth_type": "2", "offline": 0 },
                { "event": "ONSONETGROUPADD", "handler": url, "auth_type": "2", "offline": 0 },
            ])
        );
        assert_eq!(employee.ok("event.get", json!({})).as_array().unwrap().len(), 2);
        employee.call("event.unbind", json!({ "event": "ONUSERADD", "handler": url, "auth_type": ADMIN }))
            .fails(403, "ACCESS_DENIED");
        assert_eq!(employee.ok("event.unbind", json!({ "event": "ONUSERADD", "handler": url })), json!({ "count": 1 }));
        assert_eq!(admin.ok("event.unbind", json!({ "event": "ONUSERADD", "handler": url, "auth_type": "" })), json!({ "count": 1 }));
        assert_eq!(admin.ok("event.unbind", json!({})), json!({ "count": 1 }));
        assert_eq!(admin.ok("event.get", json!({})), json!([]));
    }

    /// What an app may hear of depends on its scopes.
    fn events_are_listed_by_scope(app) {
        let keys = app.register(&new_app("user_brief"));
        let client = app.by_app(keys.id, EMPLOYEE);
        let names = |params: Json| -> Vec<String> {
            let all = client.ok("events", params);
            all.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
        };
        let own = names(json!({}));
        assert!(own.contains(&"ONUSERADD".to_owned()) && own.contains(&"ONAPPINSTALL".to_owned()), "{own:?}");
        assert!(!own.contains(&"ONDEPARTMENTADD".to_owned()));
        assert!(names(json!({ "FULL": true })).contains(&"ONDEPARTMENTADD".to_owned()));
        assert_eq!(names(json!({ "SCOPE": "sonet_group", "FULL": true })).len(), 3);
        assert!(names(json!({ "SCOPE": "" })).contains(&"ONAPPTEST".to_owned()));
    }

    /// An app tries whether it can be reached; no other app hears of that.
    fn an_app_tests_its_handler(app) {
        let app = &open(app);
        let receiver = Receiver::start();
        for path in ["/mine", "/other"] {
            let keys = app.register(&new_app(""));
            app.by_app(keys.id, ADMIN).bind("ONAPPTEST", &receiver.url(path));
        }
        assert_eq!(app.by_app(1, EMPLOYEE).ok("event.test", json!({ "any": "data" })), 1);
        app.deliver();
        let received = receiver.received();
        assert_eq!((received.len(), received[0].path.as_str()), (1, "/mine"));
        assert_eq!(received[0].form["data"], json!({ "QUERY": { "any": "data" }, "LANGUAGE_ID": "en" }));
        assert_eq!(received[0].form["auth"]["user_id"], EMPLOYEE.to_string());
    }

    /// A receiver that fails is told again later, in order for each object; others and other objects do not wait.
    fn failures_are_retried_in_order(app) {
        let app = &open(app);
        let (failing, good) = (Receiver::start(), Receiver::start());
        let keys = app.register(&new_app("user"));
        let client = app.by_app(keys.id, ADMIN);
        client.bind("ONUSERUPDATE", &failing.url("/"));
        client.bind("ONUSERUPDATE", &good.url("/"));
        failing.always(Some(Answer::Status(500)));
        rename(app, EMPLOYEE, "First");
        app.deliver();
        assert_eq!((failing.take().len(), good.take().len()), (1, 1));
        failing.always(None);
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "LAST_NAME": "Second" }));
        rename(app, ADMIN, "Another");
        app.deliver();
        assert_eq!(good.take().len(), 2);
        // The first try failed, so the second change of the same person waits, and the other person's does not.
        let about = |forms: &[Json]| -> Vec<String> {
            forms.iter().map(|it| format!("{}{}", it["data"]["FIELDS"]["ID"], it["data"]["CHANGED"][0])).collect()
        };
        assert_eq!(about(&failing.take()), ["\"1\"\"NAME\""]);
        assert_eq!(waiting(app), (2, 0));
        app.deliver();
        assert_eq!(failing.take().len(), 0);
        app.app.clock.advance(6);
        app.deliver();
        assert_eq!(about(&failing.take()), ["\"2\"\"NAME\"", "\"2\"\"LAST_NAME\""]);
        assert_eq!(waiting(app), (0, 0));
    }

    /// What never arrives is given up after a day, listed, and sent again when an administrator says so.
    fn what_is_given_up_can_be_sent_again(app) {
        let app = &open(app);
        let receiver = Receiver::start();
        let keys = app.register(&new_app("user"));
        app.by_app(keys.id, ADMIN).bind("ONUSERUPDATE", &receiver.url("/gone"));
        receiver.always(Some(Answer::Status(404)));
        rename(app, EMPLOYEE, "Lost");
        app.deliver();
        for pause in PAUSES {
            assert_eq!(waiting(app), (1, 0));
            app.app.clock.advance(u32::try_from(*pause).unwrap());
            app.deliver();
        }
        assert_eq!(receiver.take().len(), PAUSES.len() + 1);
        assert_eq!(waiting(app), (0, 1));
        assert!((82_000..=90_000).contains(&PAUSES.iter().sum::<i64>()), "about a day");
        let list = app.app.db.read(|tx| delivery::list(tx, true, 10)).unwrap();
        assert_eq!((list.len(), list[0].object.as_str(), list[0].due_at), (1, "user:2", None));
        assert_eq!(list[0].problem.as_deref(), Some("answered with the status 404 Not Found"));
        // What is given up holds up nothing.
        receiver.always(None);
        rename(app, EMPLOYEE, "Found");
        app.deliver();
        assert_eq!(receiver.take().len(), 1);
        let now = app.app.clock.seconds();
        let again = |id| app.app.db.write(|tx| delivery::send_again(tx, Some(id), now));
        assert!(again(list[0].id + 7).is_err());
        assert_eq!(again(list[0].id).unwrap(), 1);
        app.deliver();
        assert_eq!((receiver.take().len(), waiting(app)), (1, (0, 0)));
        let metrics = app.get("/metrics").text().to_owned();
        assert!(metrics.contains("muster_deliveries_given_up 0\n"), "{metrics}");
    }

    /// A receiver that stalls gets no second try at the same time, and holds no other up.
    fn a_stalling_receiver_holds_nobody_up(app) {
        let app = &open(app);
        let (slow, quick) = (Receiver::start(), Receiver::start());
        let keys = app.register(&new_app("user"));
        let client = app.by_app(keys.id, ADMIN);
        client.bind("ONUSERUPDATE", &slow.url("/"));
        client.bind("ONUSERUPDATE", &quick.url("/"));
        slow.always(Some(Answer::Stall(Duration::from_millis(1500))));
        let people: Vec<i64> = (0..12).map(|_| app.admin().add_user(json!({}))).collect();
        for id in people {
            rename(app, id, "Slow");
        }
        let began = std::time::Instant::now();
        app.deliver();
        let last = quick.received().iter().map(|it| it.at).max().unwrap();
        assert!(last.duration_since(began) < Duration::from_millis(1400), "{:?}", last.duration_since(began));
        assert_eq!((slow.take().len(), quick.take().len(), waiting(app)), (12, 12, (0, 0)));
    }

    /// Of two that take at the same time each gets what the other did not; what is dropped is taken again later.
    fn nothing_is_taken_twice_at_the_same_time(app) {
        let app = &open(app);
        let keys = app.register(&new_app("user"));
        app.by_app(keys.id, ADMIN).bind("ONUSERUPDATE", "http://127.0.0.1:1/");
        for number in 0..10 {
            rename(app, EMPLOYEE, &format!("Name {number}"));
            rename(app, ADMIN, &format!("Name {number}"));
        }
        let take = || {
            let now = app.app.clock.seconds();
            let chance = &mut Chance::from_system();
            let taken = app.app.db.write(|tx| {
                delivery::take(tx, &app.app.registry, "http://muster.test", (&HashMap::new(), 32, None), (chance, now))
            });
            taken.unwrap().into_iter().map(|it| (it.id, it.attempt)).collect::<Vec<_>>()
        };
        let ids = std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            all.into_iter().flat_map(|it| it.join().unwrap()).collect::<Vec<_>>()
        });
        // One for each object, however many look.
        assert_eq!(ids.len(), 2, "{ids:?}");
        assert!(take().is_empty());
        app.app.clock.advance(u32::try_from(TAKEN_SECONDS).unwrap());
        assert_eq!(take(), ids.iter().map(|(id, _)| (*id, 2)).collect::<Vec<_>>());
    }

    /// Outgoing webhooks are told without tokens, and by a token recognize that it is Muster that calls.
    fn outgoing_webhooks_are_told(app) {
        let app = &open(app);
        let receiver = Receiver::start();
        let known = (&app.app.registry, &app.app.settings);
        let now = app.app.clock.seconds();
        let add = |url: &str, events: &[&str]| {
            let events: Vec<String> = events.iter().map(|it| (*it).to_owned()).collect();
            app.app.db.write(|tx| {
                outgoing::add(tx, known, (url, "HR"), &events, (&mut Chance::from_system(), now))
            })
        };
        for (url, events) in [
            ("no address", &["ONUSERUPDATE"][..]),
            ("https://a.example.com/", &[]),
            ("https://a.example.com/", &["ONNOTHING"]),
            ("https://a.example.com/", &["ONAPPINSTALL"]),
        ] {
            assert!(add(url, events).is_err(), "{url} {events:?}");
        }
        let token = add(&receiver.url("/"), &["onUserUpdate", "ONDEPARTMENTADD"]).unwrap();
        assert_eq!(app.app.db.read(outgoing::list).unwrap().len(), 2);
        rename(app, EMPLOYEE, "Told");
        app.deliver();
        let told = receiver.take();
        assert_eq!(told[0]["data"]["CHANGED"], json!(["NAME"]));
        let auth = told[0]["auth"].as_object().unwrap();
        assert_eq!(auth["application_token"], token);
        let names: Vec<_> = auth.keys().map(String::as_str).collect();
        assert_eq!(names, ["domain", "server_endpoint", "client_endpoint", "member_id", "application_token"]);
        app.app.db.write(|tx| outgoing::remove(tx, 1)).unwrap();
        assert!(app.app.db.write(|tx| outgoing::remove(tx, 1)).is_err());
        rename(app, EMPLOYEE, "Untold");
        app.admin().ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT }));
        app.deliver();
        assert_eq!(receiver.take()[0]["event"], "ONDEPARTMENTADD");
    }

    /// A change that fails tells of nothing, and neither does one that is rolled back.
    fn what_did_not_happen_is_not_told(app) {
        let app = &open(app);
        let keys = app.register(&new_app("user,department"));
        let client = app.by_app(keys.id, ADMIN);
        for event in ["ONUSERUPDATE", "ONUSERINVITE", "ONDEPARTMENTADD"] {
            client.bind(event, "https://app.example.com/");
        }
        app.admin().call("user.update", json!({ "ID": EMPLOYEE, "NAME": "x".repeat(26) })).fails(400, "ERROR_ARGUMENT");
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "Emil" }));
        app.admin().call("user.add", json!({ "EMAIL": "emil@example.com", "UF_DEPARTMENT": [ROOT] })).fails(400, "ERROR_ARGUMENT");
        let batch = json!([
            { "method": "department.add", "query": { "NAME": "Sales", "PARENT": ROOT } },
            { "method": "department.add", "query": { "NAME": "" } },
        ]);
        assert!(app.admin().call_v3("batch", batch).status.is_client_error());
        assert_eq!(waiting(app), (0, 0));
    }
}
