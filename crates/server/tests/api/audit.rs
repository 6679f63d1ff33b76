//! The audit log: every change leaves an entry, what is refused leaves none, and nothing changes one.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, ROOT, TestApp},
    apps::new_app,
    both::both,
    browser::{Browser, PASSWORD, leads_to, token},
};
use axum::{body::Body, http::Request};
use muster::pages::{Verb, addresses};
use muster_core::{Json, json};
use muster_db::Sql;
use muster_modules::{MODULES, audit};
use std::{collections::BTreeSet, fs, path::Path};

/// All entries, the oldest first.
pub(crate) fn entries(app: &TestApp) -> Vec<Json> {
    let wanted = json!({ "order": { "id": "ASC" }, "pagination": { "limit": 1000 } });
    app.admin().call_v3("main.eventlog.list", wanted).ok()["items"].as_array().unwrap().clone()
}

/// What `work` adds to the log.
pub(crate) fn added<T>(app: &TestApp, work: impl FnOnce() -> T) -> Vec<Json> {
    let before = entries(app).len();
    work();
    entries(app).split_off(before)
}

pub(crate) fn actions(entries: &[Json]) -> Vec<&str> {
    entries.iter().map(|it| it["auditTypeId"].as_str().unwrap()).collect()
}

pub(crate) fn told(entry: &Json, name: &str) -> String {
    let told: Json = entry["description"].as_str().unwrap().parse().unwrap();
    told[name].as_str().unwrap().to_owned()
}

/// All rows as they are stored.
fn rows(app: &TestApp) -> Vec<String> {
    let read = app.app.db.read(|tx| tx.rows(&Sql::new("select * from audit order by id")));
    read.unwrap().iter().map(|row| format!("{row:?}")).collect()
}

both! {
    /// A call that changes something leaves one entry: who, what, from where, by what, when.
    fn an_accepted_call_leaves_one_entry(app) {
        let client = app.admin();
        let fields = json!({ "FIELD_NAME": "BADGE", "USER_TYPE_ID": "string" });
        let field = client.ok("user.userfield.add", json!({ "fields": fields })).as_i64().unwrap();
        let sent = json!({ "ID": EMPLOYEE, "NAME": "Emilio", "personal_city": "Rome", "UF_USR_BADGE": "B7", "X": 1 });
        let left = added(app, || client.ok("user.update", sent));
        assert_eq!(left.len(), 1, "{left:?}");
        let entry = &left[0];
        assert_eq!((&entry["auditTypeId"], &entry["moduleId"], &entry["itemId"]), (&json!("user.update"), &json!("user"), &json!("2")));
        assert_eq!((&entry["userId"], &entry["severity"]), (&json!(ADMIN), &json!("INFO")));
        assert_eq!((&entry["remoteAddr"], &entry["requestUri"]), (&json!("127.0.0.1"), &json!("/rest/user.update")));
        assert_eq!((&entry["siteId"], &entry["guestId"]), (&json!("s1"), &json!(0)));
        assert_eq!(told(entry, "via"), format!("webhook {}", client.id));
        assert_eq!(told(entry, "fields"), "NAME,PERSONAL_CITY,UF_USR_BADGE");
        assert!(entry["timestampX"].as_str().unwrap().contains('T'), "{entry}");
        let made = &entries(app)[0];
        assert_eq!((made["itemId"].as_str(), told(made, "object")), (Some(field.to_string().as_str()), "userfield".to_owned()));
    }

    /// What is refused, fails, only reads or is a program's routine leaves none.
    fn a_rejected_call_leaves_no_entry(app) {
        let left = added(app, || {
            app.admin().call("user.update", json!({ "ID": 999, "NAME": "X" })).fails(400, "ERROR_CORE");
            app.admin().call("user.update", json!({ "ID": EMPLOYEE, "EMAIL": "nothing" })).body();
            app.employee().call("department.add", json!({ "NAME": "X", "PARENT": ROOT })).body();
            app.hook(ADMIN, "").call("user.add", json!({ "EMAIL": "x@example.com" })).fails(401, "insufficient_scope");
            app.admin().call("no.such.method", json!({})).body();
            app.admin().ok("user.get", json!({}));
            app.admin().ok("task.stages.get", json!({ "entityId": 0 }));
            // One transaction in REST 3.0: the second call takes the first one back.
            let calls = json!([
                { "method": "user.update", "query": { "ID": EMPLOYEE, "NAME": "Y" } },
                { "method": "user.update", "query": { "ID": 999, "NAME": "Y" } },
            ]);
            assert!(app.admin().call_v3("batch", calls).status.is_client_error());
        });
        assert_eq!(left, Vec::<Json>::new());
        assert_eq!(app.admin().user(EMPLOYEE)["NAME"], "Emil");
    }

    /// Calls of a batch leave an entry each; a call that is repeated with its key leaves no second one.
    fn batches_and_repetitions_are_counted_once(app) {
        let client = app.admin();
        let cmd = json!(["user.update?ID=2&NAME=A", "user.update?ID=999&NAME=B", "department.add?NAME=C&PARENT=1"]);
        let left = added(app, || client.ok("batch", json!({ "cmd": cmd })));
        assert_eq!(actions(&left), ["user.update", "department.add"]);
        let department = client.ids("department.get", json!({ "NAME": "C" }))[0];
        assert_eq!(left[1]["itemId"], department.to_string());
        let left = added(app, || {
            for _ in 0..2 {
                let request = Request::post(format!("/rest/api/{}/user.update", client.path)).header("host", "muster.test");
                let request = request.header("content-type", "application/json").header("idempotency-key", "once");
                app.send(request.body(Body::from(json!({ "ID": 2, "NAME": "D" }).to_string())).unwrap()).ok();
            }
        });
        assert_eq!((actions(&left), left[0]["requestUri"].as_str()), (vec!["user.update"], Some("/rest/api/user.update")));
    }

    /// Whatever is made is found under its own kind and ID, in whichever dialect it was called.
    fn objects_are_named(app) {
        let client = app.admin();
        let (mut made, mut expect) = (Vec::new(), Vec::new());
        let mut note = |action: &'static str, object: &'static str, item: String| expect.push((action.to_owned(), object.to_owned(), item));
        let before = entries(app).len();
        let person = client.add_user(json!({ "NAME": "Nora" }));
        note("user.add", "user", person.to_string());
        let group = client.ok("sonet_group.create", json!({ "NAME": "Garden" })).as_i64().unwrap();
        note("sonet_group.create", "group", group.to_string());
        client.ok("sonet_group.user.add", json!({ "GROUP_ID": group, "USER_ID": [EMPLOYEE] }));
        note("sonet_group.user.add", "group", group.to_string());
        let task = client.ok("tasks.task.add", json!({ "fields": { "TITLE": "T", "RESPONSIBLE_ID": EMPLOYEE } }));
        let task = task["task"]["id"].as_str().unwrap().to_owned();
        note("tasks.task.add", "task", task.clone());
        let fields = json!({ "title": "V", "creatorId": ADMIN, "responsibleId": EMPLOYEE });
        let second = client.call_v3("tasks.task.add", json!({ "fields": fields })).ok()["item"]["id"].to_string();
        note("tasks.task.add", "task", second.clone());
        client.ok("task.commentitem.add", json!([task, { "POST_MESSAGE": "Well" }]));
        note("task.commentitem.add", "task", task.clone());
        client.ok("task.checklistitem.add", json!([task, { "TITLE": "Dig" }]));
        note("task.checklistitem.add", "task", task.clone());
        let stage = client.ok("task.stages.add", json!({ "fields": { "TITLE": "S", "ENTITY_ID": 0 } })).as_i64().unwrap();
        note("task.stages.add", "task_stage", stage.to_string());
        let field = json!({ "entityId": "USER", "fieldName": "UF_USR_SHOE", "userTypeId": "integer" });
        let field = client.ok("userfieldconfig.add", json!({ "moduleId": "main", "field": field }))["field"]["id"].clone();
        note("userfieldconfig.add", "userfield", field.as_str().map_or_else(|| field.to_string(), str::to_owned));
        client.ok("tasks.task.delete", json!({ "taskId": task }));
        note("tasks.task.delete", "task", task);
        for entry in entries(app).split_off(before) {
            let of = |name: &str| entry[name].as_str().unwrap().to_owned();
            made.push((of("auditTypeId"), of("moduleId"), of("itemId")));
        }
        assert_eq!(made, expect);
    }

    /// An app's changes are the app's, on behalf of whoever lets it act.
    fn changes_by_apps_name_the_app(app) {
        let keys = app.register(&new_app("user,task"));
        let left = added(app, || {
            app.by_app(keys.id, ADMIN).ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "E" }));
            app.by_app(keys.id, ADMIN).ok("app.option.set", json!({ "options": { "secret": "hush-hush" } }));
        });
        assert_eq!(left.iter().map(|it| told(it, "via")).collect::<BTreeSet<_>>(), BTreeSet::from([format!("app {}", keys.id)]));
        assert_eq!((left[0]["userId"].as_i64(), left[1]["itemId"].as_str()), (Some(ADMIN), Some(keys.id.to_string().as_str())));
        assert!(!rows(app).join("").contains("hush"));
    }

    /// Signing in and out, passwords, webhooks, apps, dismissals and exports are written down, and nothing secret with them.
    fn pages_leave_entries_without_secrets(app) {
        let left = added(app, || {
            let wrong = Browser::new(app);
            crate::browser::give_passwords(app);
            assert_eq!(wrong.sign_in("emil@example.com", "a wrong password").status, 403);
            assert_eq!(wrong.sign_in("my-password-in-the-wrong-field", "another one").status, 403);
        });
        assert_eq!(actions(&left), ["USER_LOGIN_FAILED", "USER_LOGIN_FAILED"]);
        assert_eq!((&left[0]["itemId"], &left[1]["itemId"]), (&json!("2"), &json!("")));
        assert!(left.iter().all(|it| it["userId"].is_null() && it["severity"] == "SECURITY"), "{left:?}");
        let (mut webhook, mut session) = (String::new(), String::new());
        let left = added(app, || {
            let browser = Browser::signed_in(app, "ada@example.com");
            session = browser.cookie("muster_session").unwrap();
            let fields = [("title", "HR"), ("owner", "ada@example.com"), ("scopes[]", "user")];
            let page = browser.submit("/admin/", "/admin/webhooks/add/", &fields).text().to_owned();
            webhook = page.split_once("/rest/1/").unwrap().1.split('/').next().unwrap().to_owned();
            let id = app.count("select max(id) from webhooks");
            browser.submit("/admin/", &format!("/admin/webhooks/{id}/revoke/"), &[]);
            browser.submit("/admin/", "/admin/webhooks/999/revoke/", &[]);
            assert_eq!(browser.submit("/admin/", "/admin/webhooks/add/", &fields[..2]).status, 422);
            assert_eq!(browser.get("/company/export.csv").status, 200);
            let change = [("current", PASSWORD), ("password", "a new and secret one")];
            leads_to(&browser.submit("/settings/security/", "/settings/security/password/", &change));
            app.execute("update users set accepted_at = 1");
            let form = "/company/personal/user/2/dismiss/";
            leads_to(&browser.submit(form, form, &[("heir", "")]));
            leads_to(&browser.submit("/settings/", "/sign-out/", &[]));
        });
        let expected = ["USER_AUTHORIZE", "WEBHOOK_ADD", "WEBHOOK_REVOKE", "PEOPLE_EXPORT", "PASSWORD_CHANGE", "user.dismiss", "USER_LOGOUT"];
        assert_eq!(actions(&left), expected);
        assert!(left.iter().all(|it| it["userId"] == ADMIN && told(it, "via") == "page"), "{left:?}");
        assert_eq!(left[1]["itemId"], left[2]["itemId"]);
        assert_eq!(left[5]["requestUri"], "/company/personal/user/{id}/dismiss/");
        let all = rows(app).join("\n");
        for secret in [PASSWORD, "wrong password", "wrong-field", "another one", "new and secret", &webhook, &session] {
            assert!(secret.len() > 5 && !all.contains(secret), "{secret} is in the log");
        }
    }

    /// Only administrators read the log, and only with its scope.
    fn the_log_is_for_administrators(app) {
        for method in ["list", "get", "tail", "field.list", "field.get"] {
            let name = format!("main.eventlog.{method}");
            let denied = app.hook(EMPLOYEE, "main").call_v3(&name, json!({ "id": 1, "name": "id" }));
            denied.fails_v3(403, "BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION");
            let scopes: Vec<_> = app.app.registry.scopes().map(|it| it.name).filter(|it| *it != "main").collect();
            let without = app.hook(ADMIN, &scopes.join(",")).call_v3(&name, json!({ "id": 1, "name": "id" }));
            without.fails_v3(403, "BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION");
        }
        assert_eq!(Browser::signed_in(app, "emil@example.com").get("/admin/audit/").status, 403);
    }

    /// The documented methods in the documented shapes.
    fn the_log_is_read_as_documented(app) {
        let client = app.admin();
        for name in ["A", "B", "C"] {
            client.ok("user.update", json!({ "ID": EMPLOYEE, "NAME": name }));
        }
        client.ok("department.add", json!({ "NAME": "D", "PARENT": ROOT }));
        let list = |params: Json| -> Vec<Json> {
            client.call_v3("main.eventlog.list", params).ok()["items"].as_array().unwrap().clone()
        };
        let names = json!(["id", "auditTypeId"]);
        let newest = list(json!({ "select": names, "order": { "id": "DESC" }, "pagination": { "limit": 2 } }));
        assert_eq!(actions(&newest), ["department.add", "user.update"]);
        assert_eq!(newest[0].as_object().unwrap().len(), 2);
        let id = newest[1]["id"].as_i64().unwrap();
        let of = |filter: Json| list(json!({ "filter": filter })).len();
        assert_eq!(of(json!([["auditTypeId", "user.update"], ["userId", ADMIN]])), 3);
        assert_eq!(of(json!([["auditTypeId", "USER.UPDATE"], ["itemId", "=", "2"], ["moduleId", "user"]])), 3);
        assert_eq!((of(json!([["userId", EMPLOYEE]])), of(json!([["timestampX", ">", "2000-01-01T00:00:00+00:00"]]))), (0, 4));
        assert_eq!(client.call_v3("main.eventlog.get", json!({ "id": id })).ok()["item"]["auditTypeId"], "user.update");
        let missing = client.call_v3("main.eventlog.get", json!({ "id": 999_999 }));
        let said = missing.fails_v3(400, "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION");
        assert_eq!(said, "Entry with ID = `999999` not found");
    }

    /// What has come since a reference point, and what fields there are.
    fn the_log_is_followed_as_documented(app) {
        let client = app.admin();
        for name in ["A", "B", "C"] {
            client.ok("user.update", json!({ "ID": EMPLOYEE, "NAME": name }));
        }
        client.ok("department.add", json!({ "NAME": "D", "PARENT": ROOT }));
        let id = entries(app)[2]["id"].as_i64().unwrap();
        let tail = |cursor: Json| -> Vec<Json> {
            client.call_v3("main.eventlog.tail", json!({ "cursor": cursor })).ok()["items"].as_array().unwrap().clone()
        };
        assert_eq!((tail(json!({})).len(), tail(json!({ "value": id })).len(), tail(json!({ "limit": 2 })).len()), (4, 1, 2));
        assert_eq!(tail(json!({ "order": "DESC", "value": id })).len(), 2);
        let wrong = json!({ "filter": [["id", ">", 1]], "cursor": { "field": "id", "value": 1 } });
        let said = client.call_v3("main.eventlog.tail", wrong).fails_v3(400, "BITRIX_REST_V3_EXCEPTION_INVALIDFILTEREXCEPTION");
        assert!(said.contains("Cursor field id cannot be used at filter."), "{said}");
        for limit in [json!(0), json!("abc"), json!(-1)] {
            let code = "BITRIX_REST_V3_EXCEPTION_INVALIDPAGINATIONEXCEPTION";
            client.call_v3("main.eventlog.tail", json!({ "cursor": { "limit": limit } })).fails_v3(400, code);
            client.call_v3("main.eventlog.list", json!({ "pagination": { "limit": limit } })).fails_v3(400, code);
        }
        let fields = client.call_v3("main.eventlog.field.list", json!({ "select": ["name", "type"] })).ok();
        let names: Vec<&str> = fields["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        let documented = [
            "id", "timestampX", "severity", "auditTypeId", "moduleId", "itemId", "remoteAddr", "userAgent", "requestUri",
            "siteId", "userId", "guestId", "description",
        ];
        assert_eq!(names, documented);
        let field = client.call_v3("main.eventlog.field.get", json!({ "name": "userId" })).ok();
        assert_eq!((&field["item"]["type"], &field["item"]["editable"]), (&json!("int"), &json!(false)));
    }

    /// No method and no page changes or deletes an entry, whatever it is called with.
    fn nothing_edits_an_entry(app) {
        let client = app.admin();
        client.ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "A" }));
        client.ok("department.add", json!({ "NAME": "D", "PARENT": ROOT }));
        let browser = Browser::signed_in(app, "ada@example.com");
        let before = rows(app);
        assert!(before.len() >= 3);
        for method in MODULES.iter().flat_map(|it| it.methods) {
            for fields in [json!({}), json!({ "description": "x", "NAME": "x" })] {
                let params = json!({ "ID": 1, "TASKID": 1, "GROUP_ID": 1, "NAME": "x", "fields": fields });
                for reply in [client.call(method.name, params.clone()), client.call_v3(method.name, params.clone())] {
                    assert!(reply.status.as_u16() < 500, "{}: {}", method.name, reply.text());
                }
            }
        }
        for (verb, path, _) in addresses() {
            let path = path.replace("{id}", "1").replace("{token}", "1").replace("{code}", "1").replace("{name}", "1");
            if verb == Verb::Get {
                browser.get(&path);
            } else if !path.contains("sign-out") {
                let form = token(browser.get("/settings/").text());
                browser.post(&path, &[("form", form.as_str()), ("id", "1"), ("name", "x")]);
            }
        }
        let after = rows(app);
        assert_eq!(after[..before.len()], before[..]);
        assert!(after.len() > before.len());
    }

    /// Entries end only by age, and only where the configuration says so.
    fn old_entries_are_forgotten_if_they_are_to_be(app) {
        let client = app.admin();
        client.ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "A" }));
        app.app.clock.advance(40 * 86_400);
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "B" }));
        assert_eq!(app.app.door.audit_days, None, "what is not set deletes nothing");
        let sweep = |days| app.app.db.write(|tx| audit::sweep(tx, days, app.app.clock.seconds())).unwrap();
        sweep(60);
        assert_eq!(entries(app).len(), 2);
        sweep(30);
        assert_eq!(entries(app).len(), 1);
    }

    /// The page finds entries by who, what, which object and when, and turns its pages by the last entry.
    fn the_page_searches(app) {
        let client = app.admin();
        let nora = client.add_user(json!({ "NAME": "Nora", "LAST_NAME": "North" }));
        for number in 0..60 {
            client.ok("user.update", json!({ "ID": nora, "WORK_POSITION": number.to_string() }));
        }
        let browser = Browser::signed_in(app, "ada@example.com");
        let page = browser.page("/admin/audit/");
        assert_eq!(page.matches("<li>\n    <div class=\"audit-what\">").count(), 50);
        let older = page.split("href=\"").find(|it| it.starts_with("/admin/audit/?before=")).unwrap().split('"').next().unwrap();
        let second = browser.page(older);
        assert_eq!(second.matches("<div class=\"audit-what\">").count(), 12, "60 changes, an addition and signing in");
        assert!(second.contains("Added a person") && !second.contains("before="), "{second}");
        let found = |query: &str| browser.page(&format!("/admin/audit/?{query}")).matches("<div class=\"audit-what\">").count();
        assert_eq!((found("who=ada@example.com&action=user.add"), found("who=Ada&action=user.add"), found("who=1&action=user.add")), (1, 1, 1));
        assert_eq!((found("who=emil@example.com"), found("who=nobody%20at%20all"), found("who=2")), (0, 0, 0));
        assert_eq!((found(&format!("object=user&item={nora}&action=user.add")), found("action=USER_AUTHORIZE")), (1, 1));
        let year = 31_557_600;
        assert_eq!((found("from=2999-01-01"), found("to=1999-12-31")), (0, 0));
        assert!(found("from=1999-12-31&to=2999-01-01") == 50 && year > 0);
        assert!(browser.page("/admin/audit/?from=yesterday").contains("role=\"alert\""));
        let client = Client { app, id: client.id, path: client.path.clone() };
        client.ok("user.update", json!({ "ID": nora, "NAME": "<script>alert(1)</script>" }));
        assert!(!browser.page("/admin/audit/?who=%3Cscript%3E").contains("<script>alert"));
    }
}

/// Pages and commands write by the functions that write an entry too. What is written otherwise is named here.
#[test]
fn everything_writes_through_the_log() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for folder in ["pages", "commands"] {
        visit(&source.join(folder), &mut found);
    }
    let direct: BTreeSet<String> = found
        .iter()
        .filter(|(_, text)| text.contains("db.write(") || text.contains("\n        .write("))
        .map(|(path, _)| path.strip_prefix(&source).unwrap().display().to_string())
        .collect();
    let known = [
        "commands/bench/mod.rs",
        "commands/bench/tasks.rs",
        "commands/demo/mod.rs",
        "commands/mod.rs",
        "pages/import/work.rs",
        "pages/password/mod.rs",
        "pages/registration/mod.rs",
        "pages/visit.rs",
    ];
    assert_eq!(direct, known.map(str::to_owned).into());
    let routine: usize = found.iter().map(|(_, text)| text.matches("write_routine(").count()).sum();
    assert_eq!(
        routine, 15,
        "what is no decision of anyone: tokens of apps, ceremonies, mails of the demo, files to import"
    );
}

/// What no entry is written for is named here.
#[test]
fn few_methods_are_routine() {
    let methods = MODULES.iter().flat_map(|it| it.methods);
    let writing = methods.filter(|it| it.access == muster_core::method::Access::Write && !it.is_audited);
    let names: BTreeSet<&str> = writing.map(|it| it.name).collect();
    let known = ["event.offline.clear", "event.offline.error", "event.offline.get", "task.stages.get"];
    assert_eq!(names, BTreeSet::from(known));
}

fn visit(folder: &Path, found: &mut Vec<(std::path::PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
}
