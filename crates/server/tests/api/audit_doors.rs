//! The audit log where no method and no page is called: tokens of apps, strangers, and following it while others write.

use crate::{
    app::{ADMIN, EMPLOYEE, TestApp},
    audit::{actions, added, entries, told},
    both::both,
    oauth::{add, code, exchange_code, given, refresh},
};
use muster_core::{
    Json,
    audit::{Entry, Origin, write},
    json,
};
use muster_db::{DbError, Sql};
use muster_modules::audit::deeds::SEED;
use std::{sync::mpsc, thread};

/// What `main.eventlog.tail` answers from this entry on: the IDs.
fn tail(app: &TestApp, since: i64) -> Vec<i64> {
    let found = app.admin().call_v3("main.eventlog.tail", json!({ "cursor": { "value": since } })).ok();
    found["items"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
}

fn ids(entries: &[Json]) -> Vec<i64> {
    entries.iter().map(|it| it["id"].as_i64().unwrap()).collect()
}

both! {
    /// An app gets its first tokens of a sign-in: one entry. It renews them: none. Someone else has a token too: one.
    fn tokens_of_apps_leave_entries(app) {
        let keys = add(app, "user", &[]);
        let code = code(app, &keys, "emil@example.com");
        let mut tokens = json!({});
        let left = added(app, || tokens = given(&exchange_code(app, &keys, &code)));
        assert_eq!((actions(&left), &left[0]["userId"]), (vec!["APP_TOKEN"], &json!(EMPLOYEE)));
        assert_eq!((&left[0]["itemId"], &left[0]["requestUri"]), (&json!(keys.id.to_string()), &json!("/oauth/token/")));
        assert_eq!((told(&left[0], "via"), &left[0]["remoteAddr"]), (format!("app {}", keys.id), &json!("127.0.0.1")));
        let mut later = json!({});
        assert_eq!(added(app, || later = given(&refresh(app, &keys, &tokens))), Vec::<Json>::new());
        let left = added(app, || {
            refresh(app, &keys, &tokens).fails(400, "invalid_grant");
            refresh(app, &keys, &later).fails(400, "invalid_grant");
        });
        assert_eq!((actions(&left), &left[0]["userId"]), (vec!["APP_TOKEN_REUSED"], &json!(EMPLOYEE)));
        let rows = app.app.db.read(|tx| tx.rows(&Sql::new("select * from audit"))).unwrap();
        for secret in [&code, &keys.client_secret, later["refresh_token"].as_str().unwrap()] {
            assert!(!format!("{rows:?}").contains(secret));
        }
    }

    /// However many calls with unknown credentials come from an address: one entry an hour, without what they showed.
    fn strangers_leave_one_entry(app) {
        let left = added(app, || {
            app.get("/rest/1/a-guessed-secret/user.get").fails(401, "NO_AUTH_FOUND");
            app.get("/rest/2/another-guess/user.update?ID=2").fails(401, "NO_AUTH_FOUND");
            app.get("/rest/user.get?auth=a-guessed-token").fails(401, "NO_AUTH_FOUND");
            app.get("/oauth/token/?grant_type=refresh_token&refresh_token=x&client_id=local.x&client_secret=guess").body();
        });
        assert_eq!((actions(&left), &left[0]["userId"]), (vec!["CALL_UNKNOWN"], &Json::Null));
        assert_eq!((&left[0]["severity"], &left[0]["remoteAddr"]), (&json!("SECURITY"), &json!("127.0.0.1")));
        assert!(!format!("{left:?}").contains("guess"), "{left:?}");
        let keys = add(app, "user", &[]);
        app.app.clock.advance(3600);
        let wrong = || {
            let address = "/oauth/token/?grant_type=refresh_token&refresh_token=x&client_secret=guess&client_id=";
            app.get(&format!("{address}{}", keys.client_id)).fails(400, "invalid_client");
            // No credentials at all are no try.
            app.get("/rest/user.get").fails(401, "NO_AUTH_FOUND");
        };
        let left = added(app, wrong);
        assert_eq!((actions(&left), &left[0]["requestUri"]), (vec!["CALL_UNKNOWN"], &json!("/oauth/token/")));
    }

    /// Where an ID is missing, whoever follows the log waits for it, but not for ever.
    fn missing_entries_are_waited_for(app) {
        let change = |name: &str| app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": name }));
        for name in ["A", "B", "C", "D"] {
            change(name);
        }
        let all = ids(&entries(app));
        assert_eq!(tail(app, 0), all);
        app.execute(Sql::with("delete from audit where id = $1", [all[2].into()]));
        assert_eq!(tail(app, 0), all[..2]);
        assert_eq!(tail(app, all[1]), Vec::<i64>::new());
        assert_eq!(tail(app, all[3]), Vec::<i64>::new());
        app.app.clock.advance(700);
        assert_eq!(tail(app, all[1]), all[3..]);
        change("E");
        assert_eq!(tail(app, all[3]).len(), 1);
    }

    /// Whoever follows the log sees every entry once, also one whose transaction ends after a later one's.
    fn an_entry_that_comes_late_is_not_missed(app) {
        let change = |name: &str| app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": name }));
        change("A");
        let mut seen = tail(app, 0);
        // On SQLite there is one writer, so nothing can come between; there the slow one is over before the next begins.
        let waits = !app.app.db.is_sqlite();
        let ((has_begun, begun), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel::<()>());
        thread::scope(|scope| {
            let slow = scope.spawn(move || {
                let origin = Origin { user_id: Some(ADMIN), via: "command".to_owned(), ..Origin::default() };
                let done = app.app.db.write(|tx| {
                    write(tx, &origin, &Entry::of_deed(&SEED, &"slow"), app.app.clock.seconds()).unwrap();
                    has_begun.send(()).unwrap();
                    if waits {
                        may_go_on.recv().unwrap();
                    }
                    Ok::<_, DbError>(())
                });
                done.unwrap();
            });
            begun.recv().unwrap();
            change("B");
            change("C");
            let more = tail(app, *seen.last().unwrap());
            assert_eq!(more.len(), if waits { 0 } else { 3 }, "{more:?}");
            seen.extend(more);
            if waits {
                go_on.send(()).unwrap();
            }
            slow.join().unwrap();
        });
        seen.extend(tail(app, *seen.last().unwrap()));
        assert_eq!(seen, ids(&entries(app)));
        assert_eq!(seen.len(), 4);
    }
}
