//! What an app, or someone who steals from one, must not be able to do. Attacks by the address of a handler are in
//! `outbound.rs`, open redirects and replays in `oauth.rs`.

use crate::{
    app::{ADMIN, EMPLOYEE},
    apps::new_app,
    both::both,
};
use axum::{body::Body, http::Request};
use muster_core::{Json, json};
use muster_modules::app::Keys;

/// Exchanges a refresh token with the keys of some app.
fn refresh(app: &crate::app::TestApp, keys: &Keys, tokens: &Json) -> crate::app::Reply {
    app.get(&format!(
        "/oauth/token/?grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
        keys.client_id,
        keys.client_secret,
        tokens["refresh_token"].as_str().unwrap(),
    ))
}

both! {
    /// A token of one app is worth nothing in the hands of another, and its owner keeps it.
    fn a_token_of_another_app_is_worth_nothing(app) {
        let (mine, other) = (app.register(&new_app("user")), app.register(&new_app("user")));
        let tokens = app.tokens(mine.id, ADMIN);
        assert_eq!(refresh(app, &other, &tokens).body()["error"], "invalid_grant");
        let mixed = Keys { client_secret: other.client_secret.clone(), ..mine.clone() };
        assert_eq!(refresh(app, &mixed, &tokens).body()["error"], "invalid_client");
        assert_eq!(refresh(app, &mine, &tokens).status, 200);
        // What belongs to one app is not there for the other.
        app.by_app(mine.id, ADMIN).bind("ONUSERADD", "https://mine.example.com/");
        assert_eq!(app.by_app(other.id, ADMIN).ok("event.unbind", json!({})), json!({ "count": 0 }));
        assert_eq!(app.by_app(other.id, ADMIN).ok("event.get", json!({})), json!([]));
    }

    /// A batch gives no scope and no right that its caller does not have, at either address, and no other token either.
    fn a_batch_gives_no_more_scopes(app) {
        let brief = app.register(&new_app("user_brief"));
        let full = app.tokens(app.register(&new_app("user,department")).id, ADMIN);
        let client = app.by_app(brief.id, EMPLOYEE);
        let stolen = full["access_token"].as_str().unwrap();
        let commands = json!({
            "add": "user.add?EMAIL=x@example.com&UF_DEPARTMENT[]=1",
            "departments": format!("department.get?auth={stolen}"),
            "hidden": "user.get?filter[EMAIL]=ada@example.com",
            "nested": "batch?cmd[a]=department.get",
            "finish": "app.install.finish",
        });
        let answer = client.ok("batch", json!({ "cmd": commands }));
        let code = |name: &str| answer["result_error"][name]["error"].as_str().unwrap_or_default().to_owned();
        assert_eq!(["add", "departments"].map(code), ["insufficient_scope"; 2]);
        assert_eq!(["hidden", "nested", "finish"].map(code), ["ERROR_ARGUMENT", "ERROR_BATCH_METHOD_NOT_ALLOWED", "ACCESS_DENIED"]);
        let v3 = json!({
            "auth": client.tokens["access_token"],
            "0": { "method": "department.get", "query": { "auth": stolen } },
        });
        let request = Request::post("/rest/api/batch").header("host", "muster.test").header("content-type", "application/json");
        let reply = app.send(request.body(Body::from(v3.to_string())).unwrap());
        assert_eq!(reply.status, 403, "{}", reply.text());
        assert_eq!(app.count("select count(*) from users"), 2);
    }

    /// A refresh token cannot be called with, and an access token cannot be exchanged.
    fn tokens_are_good_for_one_thing(app) {
        let keys = app.register(&new_app("user"));
        let tokens = app.tokens(keys.id, ADMIN);
        let swapped = json!({ "refresh_token": tokens["access_token"] });
        assert_eq!(refresh(app, &keys, &swapped).body()["error"], "invalid_grant");
        let path = format!("/rest/user.current?auth={}", tokens["refresh_token"].as_str().unwrap());
        app.get(&path).fails(401, "NO_AUTH_FOUND");
    }

    /// Whoever may not use an app any more gets nothing by it: no call, no event, no token.
    fn who_may_not_use_an_app_gets_nothing_by_it(app) {
        let keys = app.register(&new_app("user"));
        let client = app.by_app(keys.id, EMPLOYEE);
        client.bind("ONUSERUPDATE", "https://app.example.com/");
        app.execute("update apps set allowed = 'U1'");
        client.call("user.current", json!({})).fails(403, "user_access_error");
        assert_eq!(refresh(app, &keys, &client.tokens).body()["error"], "invalid_grant");
        app.admin().ok("user.update", json!({ "ID": ADMIN, "NAME": "Newer" }));
        app.deliver();
        assert_eq!(app.count("select count(*) from event_deliveries"), 0);
        app.execute("update users set active = 0 where id = 2");
        app.admin().ok("user.update", json!({ "ID": ADMIN, "NAME": "New" }));
        assert_eq!(app.count("select count(*) from event_deliveries"), 0);
    }
}
