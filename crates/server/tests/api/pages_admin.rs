//! The pages of administration and the explorer.

use crate::{
    app::{ADMIN, EMPLOYEE, TestApp},
    apps::new_app,
    both::both,
    browser::{Browser, leads_to},
};
use muster::pages::{Verb, addresses};
use muster_core::{json, method::Versions};
use muster_modules::app::NewApp;

fn admin(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, "ada@example.com")
}

/// What stands in a page between two texts.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}")).1;
    rest.split_once(after).unwrap().0
}

both! {
    /// Nobody without the right sees or does anything here.
    fn administration_is_for_administrators(app) {
        let employee = Browser::signed_in(app, "emil@example.com");
        assert!(!employee.page("/").contains("href=\"/admin/\""));
        assert!(admin(app).page("/").contains("href=\"/admin/\""));
        let pages: Vec<_> = addresses().filter(|(_, path, _)| path.starts_with("/admin/")).collect();
        assert!(pages.len() > 10);
        for (verb, path, _) in pages {
            let path = path.replace("{id}", "1");
            let reply = match verb {
                Verb::Get => employee.get(&path),
                Verb::Post => employee.submit("/settings/", &path, &[]),
            };
            assert_eq!(reply.status, 403, "{path}");
        }
        assert_eq!(app.count("select count(*) from webhooks") + app.count("select count(*) from apps"), 0);
    }

    /// A webhook that is made here can be called with, is shown once, and ends when it is revoked.
    fn webhooks_are_made_and_revoked(app) {
        let browser = admin(app);
        let make = |owner: &str, scopes: &[&str]| {
            let mut fields = vec![("title", "<b>HR</b>"), ("owner", owner)];
            fields.extend(scopes.iter().map(|it| ("scopes[]", *it)));
            browser.submit("/admin/", "/admin/webhooks/add/", &fields)
        };
        for (owner, scopes) in [("nobody@example.com", &["user"][..]), ("emil@example.com", &[]), ("emil@example.com", &["x"])] {
            let reply = make(owner, scopes);
            assert!(reply.status == 422 && reply.text().contains("role=\"alert\""), "{owner} {scopes:?}");
        }
        let reply = make("emil@example.com", &["user_brief"]);
        assert_eq!(reply.status, 200);
        let address = between(reply.text(), "<p class=\"secret mono\">", "</p>").to_owned();
        let path = &address[address.find("/rest/").unwrap()..];
        assert_eq!(app.get(&format!("{path}user.current")).ok()["ID"], EMPLOYEE.to_string());
        let list = browser.page("/admin/");
        assert!(list.contains("&#60;b&#62;HR") && !list.contains("<b>HR") && !list.contains(path), "{list}");
        assert_eq!(leads_to(&browser.submit("/admin/", "/admin/webhooks/1/revoke/", &[])), "/admin/?done=webhook-revoked");
        app.get(&format!("{path}user.current")).fails(401, "NO_AUTH_FOUND");
        assert!(browser.page("/admin/").contains("revoked"));
        assert!(browser.submit("/admin/", "/admin/webhooks/1/revoke/", &[]).status.is_client_error());
    }

    /// A custom field is added with its names and values, changed, and deleted with what people have in it.
    fn custom_fields_are_kept(app) {
        let browser = admin(app);
        let list = "/admin/fields/";
        let add = |fields: &[(&str, &str)]| browser.submit(list, "/admin/fields/add/", fields);
        for (code, kind) in [("", "string"), ("bad code", "string"), ("GOOD", "nothing")] {
            let reply = add(&[("field_name", code), ("user_type_id", kind), ("label_en", "Kept <b>")]);
            assert!(reply.status == 422 && reply.text().contains("role=\"alert\""), "{code}: {}", reply.status);
            assert!(reply.text().contains("value=\"Kept &#60;b&#62;\""), "what was typed stays");
        }
        assert_eq!(app.count("select count(*) from custom_fields"), 0);
        let fields = [
            ("field_name", "shirt"), ("user_type_id", "enumeration"), ("label_en", "Shirt"), ("label_ru", "Футболка"),
            ("options", "Small\r\nLarge\r\n"), ("sort", "7"), ("multiple", "Y"),
        ];
        assert_eq!(leads_to(&add(&fields)), "/admin/fields/?done=field-added");
        let client = app.admin();
        let stored = |language: &str| client.ok("user.userfield.list", json!({ "filter": { "LANG": language } }))[0].clone();
        let field = stored("ru");
        assert_eq!((&field["FIELD_NAME"], &field["EDIT_FORM_LABEL"], &field["MULTIPLE"]), (&json!("UF_USR_SHIRT"), &json!("Футболка"), &json!("Y")));
        let (small, large) = (field["LIST"][0]["ID"].as_str().unwrap(), field["LIST"][1]["ID"].as_str().unwrap());
        client.ok("user.update", json!({ "ID": EMPLOYEE, "UF_USR_SHIRT": [small, large] }));
        let page = format!("/admin/fields/{}/", field["ID"].as_str().unwrap());
        assert!(browser.page(list).contains("Shirt") && browser.page(&page).contains("value=\"Large\""));
        let (option, delete) = (format!("option_{small}"), format!("delete_{large}"));
        let change = [("label_en", "T-shirt"), ("mandatory", "Y"), (&option, "Tiny"), (&delete, "Y"), ("options", "Huge")];
        assert_eq!(leads_to(&browser.submit(&page, &page, &change)), "/admin/fields/?done=field-changed");
        let field = stored("en");
        let values: Vec<_> = field["LIST"].as_array().unwrap().iter().map(|it| it["VALUE"].as_str().unwrap()).collect();
        assert_eq!((values, &field["EDIT_FORM_LABEL"], &field["MANDATORY"]), (vec!["Tiny", "Huge"], &json!("T-shirt"), &json!("Y")));
        let employee = Browser::signed_in(app, "emil@example.com");
        assert_eq!(employee.submit("/settings/", &format!("{page}delete/"), &[]).status, 403);
        assert_eq!(leads_to(&browser.submit(&page, &format!("{page}delete/"), &[])), "/admin/fields/?done=field-deleted");
        assert_eq!(app.count("select count(*) from custom_fields") + app.count("select count(*) from custom_values"), 0);
        assert_eq!(browser.get(&page).status, 404);
        let written = app.count("select count(*) from audit where action like 'user.userfield.%' and via = 'page'");
        assert_eq!(written, 3);
    }

    /// Limits are shown with what is in use.
    fn limits_are_shown(app) {
        let (browser, people) = (admin(app), |count: i64| format!(">none</td><td data-title=\"In use\">{count}</td>"));
        assert!(browser.page("/admin/limits/").contains(&people(2)));
        app.admin().add_user(json!({ "NAME": "New" }));
        let page = browser.page("/admin/limits/");
        assert!(page.contains(&people(3)) && page.contains(">16 MiB</td>"), "{page}");
    }

    /// An app is registered, its installation finished, and removed.
    fn apps_are_registered_and_removed(app) {
        let browser = admin(app);
        let fields = [
            ("name", "CRM"), ("handler", "https://crm.example.com/"), ("install_url", "https://crm.example.com/install"),
            ("allowed", "U2"), ("scopes[]", "user"), ("scopes[]", "placement"),
        ];
        let wrong = [("name", "CRM"), ("handler", "javascript:alert(1)")];
        assert_eq!(browser.submit("/admin/apps/", "/admin/apps/add/", &wrong).status, 422);
        let reply = browser.submit("/admin/apps/", "/admin/apps/add/", &fields);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let secret = between(reply.text(), "client_secret ", "</p>").to_owned();
        let client_id = between(reply.text(), "client_id ", "</p>").to_owned();
        let refused = app.get(&format!("/oauth/token/?grant_type=refresh_token&refresh_token=x&client_id={client_id}&client_secret={secret}"));
        assert_eq!(refused.body()["error"], "invalid_grant", "the keys are good, the token is not");
        let page = browser.page("/admin/apps/");
        assert!(page.contains("waits for its installation") && !page.contains(&secret));
        assert_eq!(leads_to(&browser.submit("/admin/apps/", "/admin/apps/1/finish/", &[])), "/admin/apps/?done=app-installed");
        assert!(!browser.page("/admin/apps/").contains("waits for its installation"));
        assert_eq!(app.by_app(1, EMPLOYEE).ok("app.info", json!({}))["INSTALLED"], true);
        assert_eq!(leads_to(&browser.submit("/admin/apps/", "/admin/apps/1/remove/", &[])), "/admin/apps/?done=app-removed");
        assert_eq!(app.count("select count(*) from apps"), 0);
        assert_eq!(browser.submit("/admin/apps/", "/admin/apps/7/finish/", &[]).status, 404);
    }

    /// What was given up is seen and sent again; outgoing webhooks are made and removed.
    fn events_are_seen_and_sent_again(app) {
        let browser = admin(app);
        let fields = [("title", "HR"), ("url", "https://hr.example.com/"), ("events[]", "ONUSERUPDATE")];
        let private = [("title", "HR"), ("url", "http://127.0.0.1/"), ("events[]", "ONUSERUPDATE")];
        assert_eq!(browser.submit("/admin/events/", "/admin/events/outgoing/add/", &private).status, 422);
        let reply = browser.submit("/admin/events/", "/admin/events/outgoing/add/", &fields);
        assert_eq!(between(reply.text(), "<p class=\"secret mono\">", "</p>").len(), 32);
        for name in ["One", "Two"] {
            app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": name }));
        }
        app.execute("update event_deliveries set due_at = null, failed_at = 1, problem = '<i>broken</i>'");
        let page = browser.page("/admin/events/");
        assert!(page.contains("2 given up") && page.contains("&#60;i&#62;broken") && page.contains("user:2"), "{page}");
        assert_eq!(leads_to(&browser.submit("/admin/events/", "/admin/events/1/resend/", &[])), "/admin/events/?done=events-resent");
        assert!(browser.page("/admin/events/").contains("1 given up"));
        browser.submit("/admin/events/", "/admin/events/resend-all/", &[]);
        assert!(!browser.page("/admin/events/").contains("given up"));
        browser.submit("/admin/events/", "/admin/events/outgoing/1/remove/", &[]);
        assert_eq!(app.count("select count(*) from event_handlers") + app.count("select count(*) from event_deliveries"), 0);
    }

    /// Every method has a page, and is called from it as whoever is signed in.
    fn methods_are_explored(app) {
        let browser = admin(app);
        let overview = browser.page("/developers/");
        for method in app.app.registry.methods() {
            let version = if method.versions == Versions::Three { "?REST=3" } else { "" };
            let path = format!("/developers/methods/{}/{version}", method.name);
            assert!(overview.contains(&format!("\"{path}\"")), "{}", method.name);
            let page = browser.page(&path);
            assert!(method.params.iter().all(|it| page.contains(&format!("<code>{}</code>", it.name))), "{}", method.name);
        }
        assert_eq!(browser.get("/developers/methods/no.such/").status, 404);
        let twin = "/developers/methods/tasks.task.list/?REST=3";
        let listed = browser.submit(twin, twin, &[("params", "{}")]).text().to_owned();
        assert!(listed.contains("&#34;items&#34;: []"), "in the shape of REST 3.0: {listed}");
        let got = "/developers/methods/tasks.task.get/?REST=3";
        let refused = browser.submit(got, got, &[("params", "{\"id\": 99}")]).text().to_owned();
        assert!(refused.contains("&#34;error&#34;: {") && refused.contains("&#34;code&#34;: &#34;"), "{refused}");
        let found = browser.page("/developers/?q=department+add");
        assert!(found.contains("/methods/department.add/") && !found.contains("/methods/user.get/"), "{found}");
        let call = |browser: &Browser<'_>, method: &str, params: &str| {
            let path = format!("/developers/methods/{method}/");
            browser.submit(&path, &path, &[("params", params)])
        };
        let reply = call(&browser, "user.get", "{\"filter\": {\"ID\": 2}, \"select\": [\"ID\"]}");
        assert!(reply.text().contains("&#34;total&#34;: 1"), "{}", reply.text());
        assert_eq!(call(&browser, "user.get", "{").status, 422);
        assert!(call(&browser, "user.update", "{\"ID\": 2, \"NAME\": \"<script>\"}").text().contains("&#34;result&#34;: true"));
        assert!(call(&browser, "user.get", "{\"ID\": 2}").text().contains("&#60;script&#62;"));
        let employee = Browser::signed_in(app, "emil@example.com");
        assert!(call(&employee, "user.update", "{\"ID\": 1, \"NAME\": \"x\"}").text().contains("access_denied"));
        assert_eq!(call(&browser, "batch", "{}").status, 404);
        assert_eq!(call(&browser, "event.get", "{}").status, 404);
        let document = browser.get("/developers/openapi.json");
        assert!(document.body()["paths"]["/user.get"].is_object(), "{}", document.text());
        assert!(document.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    }

    /// Who may use an app and what it may do is seen and changed, by the code that `muster app update` uses.
    fn an_app_is_changed(app) {
        let keys = app.register(&NewApp { allowed: vec!["U2".to_owned()], ..new_app("user,placement") });
        let client = app.by_app(keys.id, EMPLOYEE);
        app.execute("update apps set allowed = ''");
        app.by_app(keys.id, ADMIN).ok("placement.bind", json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": "https://crm.example.com/" }));
        app.execute("update apps set allowed = 'U2'");
        let browser = admin(app);
        let page = browser.page("/admin/apps/1/");
        assert!(page.contains("<code>U2</code> Emil Employee") && page.contains("value=\"U2\"") && page.contains(&keys.client_id), "{page}");
        assert!(page.contains("value=\"placement\" checked") && !page.contains("value=\"task\" checked"), "{page}");
        client.ok("user.current", json!({}));
        let save = |fields: &[(&str, &str)]| browser.submit("/admin/apps/1/", "/admin/apps/1/", fields);
        let good = [("name", "New"), ("handler", "https://new.example.com/"), ("allowed", "U1, D1"), ("scopes[]", "department")];
        for wrong in [("allowed", "U1, U999"), ("handler", "javascript:alert(1)"), ("name", " "), ("scopes[]", "nonsense")] {
            let fields: Vec<_> = good.iter().filter(|it| it.0 != wrong.0).copied().chain([wrong]).collect();
            let reply = save(&fields);
            assert!(reply.status == 422 && reply.text().contains("role=\"alert\""), "{wrong:?}: {}", reply.status);
        }
        client.ok("user.current", json!({}));
        assert_eq!(leads_to(&save(&good)), "/admin/apps/1/?done=app-updated");
        client.call("user.current", json!({})).fails(401, "insufficient_scope");
        assert_eq!(app.by_app(1, ADMIN).ok("app.info", json!({}))["VERSION"], 2);
        assert_eq!(app.count("select count(*) from placements"), 0, "as with muster app update");
        let changed = browser.page("/admin/apps/1/");
        assert!(changed.contains("<code>D1</code>") && changed.contains("value=\"department\" checked") && changed.contains("version 2"), "{changed}");
        save(&[good[0], good[1], ("allowed", "U1"), good[3]]);
        client.call("department.get", json!({})).fails(403, "user_access_error");
        assert_eq!(browser.get("/admin/apps/9/").status, 404);
        let employee = Browser::signed_in(app, "emil@example.com");
        assert_eq!(employee.get("/admin/apps/1/").status, 403);
        assert_eq!(employee.submit("/settings/", "/admin/apps/1/", &good).status, 403);
    }

    /// The first steps are at hand with this Muster's address.
    fn first_steps_are_shown(app) {
        let page = admin(app).page("/developers/start/");
        for part in ["id=\"snippet-curl\"", "id=\"snippet-python\"", "id=\"snippet-js\"", "id=\"snippet-bx24\"", "href=\"/admin/\"", "/rest/1/SECRET/"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!Browser::signed_in(app, "emil@example.com").page("/developers/start/").contains("href=\"/admin/\""));
    }

    /// An app that waits for its installation does so in the list too.
    fn an_app_is_shown_as_it_is(app) {
        app.register(&NewApp { allowed: vec!["U1".to_owned()], ..new_app("user") });
        let page = admin(app).page("/admin/apps/");
        assert!(page.contains("installed") && page.contains(">U1<"), "{page}");
        assert_eq!(app.by_app(1, ADMIN).ok("app.info", json!({}))["INSTALLED"], true);
    }
}

both! {
    /// What a frame's page asks of Muster is done for the app of the page and as the visitor, and for no one else.
    fn frames_ask_for_their_own_app_alone(app) {
        app.register(&NewApp { allowed: vec!["U1".to_owned()], ..new_app("user") });
        let browser = admin(app);
        let page = browser.page("/apps/1/");
        assert!(page.contains("<iframe name=\"muster.test|0|") && page.contains("name=\"AUTH_ID\""), "{page}");
        let policy = browser.get("/apps/1/").headers["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("frame-src https://crm.example.com 'self';"), "{policy}");
        assert!(policy.contains("form-action 'self' https://crm.example.com;"), "{policy}");
        let tokens = browser.submit("/settings/", "/apps/1/auth/", &[]).body();
        let path = format!("/rest/user.current?auth={}", tokens["AUTH_ID"].as_str().unwrap());
        assert_eq!(app.get(&path).ok()["ID"], "1");
        let option = [("kind", "app"), ("name", "color"), ("value", "\"red\"")];
        assert_eq!(browser.submit("/settings/", "/apps/1/option/", &option).body(), json!({ "color": "red" }));
        let employee = Browser::signed_in(app, "emil@example.com");
        for what in ["", "auth/", "option/", "finish/"] {
            let path = format!("/apps/1/{what}");
            let reply = if what.is_empty() { employee.get(&path) } else { employee.submit("/settings/", &path, &option) };
            assert_eq!(reply.status, 403, "{path}");
        }
        assert!(!employee.page("/apps/").contains("CRM"));
        assert_eq!(browser.get("/apps/2/").status, 404);
        assert_eq!(browser.get("/apps/1/widget/1/").status, 404);
    }
}
