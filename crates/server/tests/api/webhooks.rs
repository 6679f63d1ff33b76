//! Incoming webhooks: whose they are, what ends them, and that nobody can learn their secrets.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, Setup, TestApp},
    both::both,
};
use muster_core::{Chance, Json, json};
use muster_db::Sql;
use muster_modules::webhook::{self, NewWebhook, Webhook};

fn stored(app: &TestApp, id: i64) -> Webhook {
    app.app.presence.flush(&app.app.db).unwrap();
    app.app.db.read(webhook::list).unwrap().into_iter().find(|it| it.id == id).unwrap()
}

#[track_caller]
fn refused(hook: &Client<'_>, code: &str) {
    hook.call("server.time", json!({})).fails(401, code);
    hook.call_v3("server.time", json!({})).fails_v3(401, code);
    hook.call("batch", json!({ "cmd": ["server.time"] })).fails(401, code);
}

both! {
    /// A webhook acts for its owner, within its scopes.
    fn a_webhook_acts_for_its_owner(app) {
        let hook = app.hook(EMPLOYEE, "user_brief");
        assert_eq!(hook.ok("user.current", json!({}))["ID"], EMPLOYEE.to_string());
        assert_eq!(hook.ok("scope", json!({})), json!(["user_brief"]));
        hook.call("user.update", json!({ "ID": EMPLOYEE })).fails(401, "insufficient_scope");
    }

    /// A wrong secret and a secret of someone else are refused alike.
    fn wrong_secrets_are_refused_alike(app) {
        let hook = app.admin();
        let secret = hook.path.split('/').nth(1).unwrap();
        let mut texts = Vec::new();
        for path in [
            format!("{EMPLOYEE}/{secret}"),
            format!("{ADMIN}/{}", secret.to_uppercase()),
            format!("{ADMIN}/{}", &secret[1..]),
            format!("{ADMIN}/{secret}x"),
            format!("{ADMIN}/%20"),
            format!("999999/{secret}"),
            format!("-1/{secret}"),
        ] {
            let other = Client { app, id: 0, path };
            refused(&other, "NO_AUTH_FOUND");
            texts.push(other.call("server.time", json!({})).body().to_string());
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "{texts:?}");
        app.get("/rest/server.time?auth=0123456789abcdef").fails(401, "NO_AUTH_FOUND");
        hook.ok("server.time", json!({ "auth": "whatever" }));
    }

    /// What a connection has learned of callers and of custom fields is forgotten when another process changes it.
    fn what_another_process_changes_counts_at_once(app) {
        let other = app.another(Setup::default());
        let (hook, admin) = (app.hook(EMPLOYEE, "user,user.userfield"), app.admin());
        for _ in 0..3 {
            hook.ok("user.current", json!({}));
        }
        other.admin().ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": "HERO", "USER_TYPE_ID": "string" } }));
        assert_eq!(hook.ok("user.current", json!({})).get("UF_USR_HERO").map(Json::is_null), Some(false));
        other.execute("update webhooks set scopes = 'department' where user_id = 2");
        hook.call("user.current", json!({})).fails(401, "insufficient_scope");
        other.execute("update users set active = 0 where id = 2");
        hook.call("department.get", json!({})).fails(401, "INVALID_CREDENTIALS");
        other.execute("update users set active = 1 where id = 2");
        other.app.db.write(|tx| webhook::revoke(tx, hook.id, 1)).unwrap();
        hook.call("department.get", json!({})).fails(401, "NO_AUTH_FOUND");
        admin.ok("user.current", json!({}));
    }

    /// Revoking counts at once, and for that webhook only.
    fn a_revoked_webhook_is_refused(app) {
        let (hook, other) = (app.admin(), app.admin());
        hook.ok("server.time", json!({}));
        app.app.db.write(|tx| webhook::revoke(tx, hook.id, app.app.clock.seconds())).unwrap();
        refused(&hook, "NO_AUTH_FOUND");
        other.ok("server.time", json!({}));
    }

    /// A webhook with an end ends.
    fn an_expired_webhook_is_refused(app) {
        let new = NewWebhook {
            user_id: ADMIN,
            title: "an hour".to_owned(),
            scopes: Vec::new(),
            expires_at: Some(app.app.clock.seconds() + 3600),
        };
        let made = app.app.db.write(|tx| webhook::add(tx, &new, &mut Chance::from_system(), 1));
        let (id, secret) = made.unwrap();
        let hook = Client { app, id, path: format!("{ADMIN}/{secret}") };
        hook.ok("server.time", json!({}));
        app.app.clock.advance(3600);
        refused(&hook, "NO_AUTH_FOUND");
    }

    /// Whoever is dismissed calls nothing any more, and whoever is restored calls again.
    fn a_dismissed_owners_webhook_is_refused(app) {
        let hook = app.employee();
        hook.ok("server.time", json!({}));
        app.execute("update users set active = 0 where id = 2");
        refused(&hook, "INVALID_CREDENTIALS");
        app.execute("update users set active = 1 where id = 2");
        hook.ok("server.time", json!({}));
    }

    /// Nobody gets a webhook who is not there.
    fn webhooks_need_an_active_owner(app) {
        app.execute("update users set active = 0 where id = 2");
        for user_id in [EMPLOYEE, 999_999] {
            let new = NewWebhook { user_id, title: String::new(), scopes: Vec::new(), expires_at: None };
            let made = app.app.db.write(|tx| webhook::add(tx, &new, &mut Chance::from_system(), 1));
            assert!(made.unwrap_err().said.contains("no active person"));
        }
    }

    /// The last use is recorded, refusals are no use, and a minute's calls are one write.
    fn the_last_use_is_recorded(app) {
        let (hook, unused) = (app.admin(), app.admin());
        let before = app.app.clock.seconds();
        hook.ok("server.time", json!({}));
        let first = stored(app, hook.id).last_used_at.unwrap();
        assert!(first >= before);
        assert_eq!(stored(app, unused.id).last_used_at, None);
        app.app.clock.advance(20);
        hook.ok("server.time", json!({}));
        assert_eq!(stored(app, hook.id).last_used_at, Some(first));
        app.app.clock.advance(3600);
        hook.ok("server.time", json!({}));
        assert!(stored(app, hook.id).last_used_at.unwrap() >= first + 3600);
    }

    /// A call does not fail because its traces cannot be written.
    fn calls_go_on_when_traces_cannot_be_written(app) {
        let hook = app.admin();
        app.execute("alter table webhooks rename column last_used_at to lost");
        hook.ok("server.time", json!({}));
        assert!(app.app.presence.flush(&app.app.db).is_err(), "it is kept and tried again");
        app.execute("alter table webhooks rename column lost to last_used_at");
        assert!(stored(app, hook.id).last_used_at.is_some());
    }

    /// What the database holds does not open the door: no column of the table holds a secret.
    fn secrets_are_stored_only_as_hashes(app) {
        let hook = app.admin();
        let secret = hook.path.split('/').nth(1).unwrap();
        hook.ok("server.time", json!({}));
        let rows = app.app.db.read(|tx| tx.rows(&Sql::new("select * from webhooks"))).unwrap();
        assert_eq!(rows.len(), 1);
        let shown = format!("{rows:?}");
        assert!(shown.contains("test") && !shown.contains(secret), "{shown}");
        if app.app.db.is_sqlite() {
            let folder = std::path::Path::new(&app.address).parent().unwrap();
            for file in std::fs::read_dir(folder).unwrap() {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
            }
        }
    }
}
