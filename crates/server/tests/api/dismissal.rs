//! Leaving and coming back, and the history of a person.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, Setup, TestApp},
    apps::new_app,
    both::both,
    browser::{Browser, PASSWORD, leads_to},
    task::{add_task, task},
};
use muster_core::{Json, Settings, json};

const FORM: &str = "/company/personal/user/2/dismiss/";

fn admin(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, "ada@example.com")
}

/// Someone who works here and takes over.
fn heir(app: &TestApp) -> i64 {
    let id = app.admin().add_user(json!({ "NAME": "Hera", "LAST_NAME": "Heir", "EMAIL": "hera@example.com" }));
    app.execute("update users set accepted_at = registered_at where accepted_at is null");
    id
}

fn dismiss(browser: &Browser<'_>, heir: i64) {
    let reply = browser.submit(FORM, FORM, &[("heir", &heir.to_string())]);
    assert_eq!(leads_to(&reply), "/company/personal/user/2/?done=dismissed");
}

fn new_task(app: &TestApp, title: &str) -> i64 {
    let fields = json!({ "TITLE": title, "RESPONSIBLE_ID": EMPLOYEE });
    let task = app.admin().ok("tasks.task.add", json!({ "fields": fields }));
    task["task"]["id"].as_str().unwrap().parse().unwrap()
}

fn responsible(app: &TestApp, task: i64) -> String {
    app.admin().ok("tasks.task.get", json!({ "taskId": task }))["task"]["responsibleId"].as_str().unwrap().to_owned()
}

both! {
    /// In one step nothing rests on whoever has left, whichever module it belongs to; what they did stays theirs.
    fn everything_is_handed_over(app) {
        let (client, heir) = (app.admin(), heir(app));
        for (name, many) in [("BUDDY", "N"), ("TEAM", "Y")] {
            let fields = json!({ "FIELD_NAME": name, "USER_TYPE_ID": "employee", "MULTIPLE": many });
            client.ok("user.userfield.add", json!({ "fields": fields }));
        }
        client.ok("user.update", json!({ "ID": ADMIN, "UF_USR_BUDDY": EMPLOYEE, "UF_USR_TEAM": [EMPLOYEE, heir] }));
        let sales = client.ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT, "UF_HEAD": EMPLOYEE }));
        let group = client.ok("sonet_group.create", json!({ "NAME": "Garden", "OWNER_ID": EMPLOYEE }));
        let (open, done) = (new_task(app, "Open"), new_task(app, "Done"));
        client.ok("tasks.task.complete", json!({ "taskId": done }));
        for wrong in [json!(0), json!(EMPLOYEE), json!(999)] {
            let reply = admin(app).submit(FORM, FORM, &[("heir", &wrong.to_string())]);
            assert!(reply.status == 422 && reply.text().contains("role=\"alert\""), "{wrong}: {}", reply.text());
        }
        assert_eq!(client.user(EMPLOYEE)["ACTIVE"], true, "what is refused changes nothing");
        let browser = admin(app);
        let page = browser.page(FORM);
        assert!(page.contains("Open tasks") && page.contains("Workgroups") && page.contains("Ada Admin"), "{page}");
        assert!(browser.page(&format!("{FORM}?q=hera")).contains("Hera Heir"));
        app.hear();
        dismiss(&browser, heir);
        let heard = app.heard().join("\n");
        for event in ["ONUSERDISMISS", "ONDEPARTMENTUPDATE", "ONSONETGROUPUPDATE"] {
            assert_eq!(heard.matches(event).count(), 1, "{event}: {heard}");
        }
        let person = client.user(ADMIN);
        assert_eq!((&person["UF_USR_BUDDY"], &person["UF_USR_TEAM"]), (&json!(heir.to_string()), &json!([heir])));
        assert_eq!(client.ok("department.get", json!({ "ID": sales }))[0]["UF_HEAD"], json!(heir.to_string()));
        assert_eq!(client.ok("sonet_group.get", json!({ "GROUP_ID": group, "IS_ADMIN": "Y" }))[0]["OWNER_ID"], json!(heir.to_string()));
        assert_eq!((responsible(app, open), responsible(app, done)), (heir.to_string(), EMPLOYEE.to_string()));
        let rests = client.ok("user.references", json!({ "ID": EMPLOYEE, "DUTIES": "Y" }));
        assert_eq!(rests, json!({ "items": [], "counts": {} }));
        assert_eq!(client.ok("user.references", json!({ "ID": EMPLOYEE }))["counts"], json!({ "task": 1 }));
    }

    /// Each task that passes to someone else says so in its history and tells of it once, whatever the person was to it.
    fn tasks_tell_of_their_hand_over(app) {
        let (client, heir) = (app.admin(), heir(app));
        let add = |fields: Json| add_task(&client, fields);
        let both = add(json!({ "CREATED_BY": EMPLOYEE, "ACCOMPLICES": [ADMIN, EMPLOYEE] }));
        let watched = add(json!({ "RESPONSIBLE_ID": ADMIN, "AUDITORS": [heir, EMPLOYEE] }));
        let (done, other) = (add(json!({})), add(json!({ "RESPONSIBLE_ID": ADMIN })));
        client.ok("tasks.task.complete", json!({ "taskId": done }));
        let item = client.ok("task.checklistitem.add", json!([watched, { "TITLE": "Look", "MEMBERS": { EMPLOYEE.to_string(): { "TYPE": "U" } } }]));
        let finished = json!([watched, { "TITLE": "Looked", "IS_COMPLETE": "Y", "MEMBERS": { EMPLOYEE.to_string(): { "TYPE": "U" } } }]);
        let finished = client.ok("task.checklistitem.add", finished);
        let duties = client.ok("user.references", json!({ "ID": EMPLOYEE, "DUTIES": "Y" }))["counts"].clone();
        assert_eq!(duties, json!({ "task": 4, "task_checklist_item": 1 }));
        assert!(admin(app).page(FORM).contains("Items of checklists"));
        let noted = |id: i64| -> Vec<Json> {
            let list = client.ok("tasks.task.history.list", json!({ "taskId": id, "order": { "id": "asc" } }))["list"].clone();
            list.as_array().unwrap().iter().map(|it| json!([it["field"], it["value"]["from"], it["value"]["to"], it["user"]["id"]])).collect()
        };
        let known = [both, watched, done, other].map(|id| noted(id).len());
        let version = task(&client, both)["outlookVersion"].clone();
        app.hear();
        dismiss(&admin(app), heir);
        let (from, to) = (EMPLOYEE.to_string(), heir.to_string());
        assert_eq!(noted(both)[known[0]..], [
            json!(["CREATED_BY", from, to, ADMIN]), json!(["RESPONSIBLE_ID", from, to, ADMIN]),
            json!(["ACCOMPLICES", format!("{ADMIN},{from}"), format!("{ADMIN},{to}"), ADMIN]),
        ]);
        assert_eq!(noted(watched)[known[1]..], [json!(["AUDITORS", format!("{to},{from}"), to, ADMIN])]);
        assert_eq!((noted(done).len(), noted(other).len()), (known[2], known[3]), "what is done with and what is others' stays as it is");
        let told: Vec<String> = app.heard().into_iter().filter(|it| it.starts_with("ONTASKUPDATE ")).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        for (told, id) in told.iter().zip([both, watched]) {
            assert!(told.contains(&format!("\"FIELDS_AFTER\":{{\"ID\":{id}}}")), "{told}");
        }
        let changed = task(&client, both);
        assert!(changed["outlookVersion"] != version && changed["changedBy"] == "1", "{changed}");
        let member = |item: &Json| client.ok("task.checklistitem.get", json!([watched, item]))["MEMBERS"][0]["ID"].clone();
        assert_eq!((member(&item), member(&finished)), (json!(to), json!(from)));
    }

    /// All by which someone could do anything ends at once, and does not come back with them.
    fn whoever_left_can_do_nothing(app) {
        let keys = app.register(&new_app("user"));
        let (hook, client) = (app.employee(), app.by_app(keys.id, EMPLOYEE));
        let theirs = Browser::signed_in(app, "emil@example.com");
        let browser = admin(app);
        dismiss(&browser, ADMIN);
        let ended = |when: &str| {
            hook.call("user.current", json!({})).fails(401, "NO_AUTH_FOUND");
            assert_eq!(client.call("user.current", json!({})).status, 401, "{when}");
            assert_eq!(theirs.get("/").status, 303, "{when}");
        };
        for table in ["select count(*) from sessions where user_id = 2", "select count(*) from app_tokens where user_id = 2"] {
            assert_eq!(app.count(table), 0, "{table}");
        }
        ended("after leaving");
        assert_ne!(Browser::new(app).sign_in("emil@example.com", PASSWORD).status, 303);
        let page = browser.page("/company/personal/user/2/");
        assert!(page.contains("Dismissed") && page.contains(">Restore<"), "{page}");
        let reply = browser.submit(FORM, "/company/personal/user/2/restore/", &[]);
        assert_eq!(leads_to(&reply), "/company/personal/user/2/?done=restored");
        ended("after coming back");
        Browser::signed_in(app, "emil@example.com");
        let history = browser.page("/company/personal/user/2/history/");
        assert!(history.find("Restored").unwrap() < history.find("Dismissed").unwrap(), "{history}");
    }

    /// No one dismisses themselves, and no integration anyone, unless it is allowed to.
    fn dismissal_is_for_administrators_in_pages(app) {
        let hook = app.admin();
        for method in ["user.dismiss", "user.restore"] {
            hook.call(method, json!({ "ID": EMPLOYEE })).fails(400, "ERROR_CORE");
        }
        let own = "/company/personal/user/1/dismiss/";
        assert!(admin(app).submit(own, own, &[]).status.is_client_error());
        let emil = Browser::signed_in(app, "emil@example.com");
        for path in [FORM, own, "/company/personal/user/2/history/"] {
            assert!(emil.get(path).status.is_client_error(), "{path}");
        }
        let reply = emil.submit("/settings/", own, &[("heir", "2")]);
        assert!(reply.status.is_client_error(), "{}", reply.status);
        assert_eq!(app.count("select count(*) from users where active = 0"), 0);
        let invited = hook.add_user(json!({}));
        let path = format!("/company/personal/user/{invited}/dismiss/");
        assert_eq!(admin(app).submit(&path, &path, &[]).status, 422, "an invitation is revoked");
        let allowed = app.another(Setup { settings: Settings { api_dismissal: true, ..Settings::default() }, ..Setup::default() });
        allowed.admin().ok("user.dismiss", json!({ "ID": EMPLOYEE }));
        assert_eq!(allowed.admin().user(EMPLOYEE)["ACTIVE"], false);
        allowed.admin().ok("user.restore", json!({ "ID": EMPLOYEE }));
        allowed.admin().call("user.restore", json!({ "ID": EMPLOYEE })).fails(400, "ERROR_CORE");
    }

    /// Each change is written down with who made it, by which door, and the old and the new value; a refused one is not.
    fn changes_are_written_down(app) {
        let client = app.admin();
        client.ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "<b>Emilio</b>", "LAST_NAME": "Employee" }));
        client.call("user.update", json!({ "ID": EMPLOYEE, "NAME": "Other", "EMAIL": "ada@example.com" })).fails(400, "ERROR_ARGUMENT");
        client.ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "<b>Emilio</b>" }));
        let history = client.ok("user.history", json!({ "ID": EMPLOYEE }));
        let entries = history.as_array().unwrap();
        assert_eq!(entries.len(), 1, "{history}");
        assert_eq!(entries[0]["DETAILS"], json!([{ "FIELD": "NAME", "OLD": "Emil", "NEW": "<b>Emilio</b>" }]));
        let told = (&entries[0]["BY"], &entries[0]["VIA"], &entries[0]["WHAT"]);
        assert_eq!(told, (&json!("1"), &json!(format!("webhook {}", client.id)), &json!("update")));
        let page = admin(app).page("/company/personal/user/2/history/");
        assert!(page.contains("First name") && page.contains("Emil<") && !page.contains("<b>Emilio"), "{page}");
        assert!(page.contains(&format!("by webhook {}", client.id)), "{page}");
        app.employee().call("user.history", json!({ "ID": EMPLOYEE })).fails(400, "ERROR_CORE");
        let none: Json = client.ok("user.history", json!({ "ID": ADMIN }));
        assert_eq!(none, json!([]));
    }

    /// The page says what people call it: departments, people and values of lists by their names, days in words. Of a photo
    /// it says that it was changed, and of what is gone what was written down.
    fn the_history_is_in_words(app) {
        let client = app.admin();
        let sales = client.ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT }));
        let gone = client.ok("department.add", json!({ "NAME": "Gone", "PARENT": ROOT }));
        let shirts = json!({ "FIELD_NAME": "SHIRT", "USER_TYPE_ID": "enumeration", "SHOW_IN_LIST": "N", "LIST": [{ "VALUE": "Large" }] });
        client.ok("user.userfield.add", json!({ "fields": shirts }));
        client.ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": "BUDDY", "USER_TYPE_ID": "employee" } }));
        let listed = client.ok("user.userfield.list", json!({ "filter": { "FIELD_NAME": "UF_USR_SHIRT" } }));
        let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        client.ok("user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": [sales, gone] }));
        client.ok("user.update", json!({
            "ID": EMPLOYEE, "UF_DEPARTMENT": [sales], "UF_USR_SHIRT": listed[0]["LIST"][0]["ID"], "UF_USR_BUDDY": ADMIN,
            "PERSONAL_GENDER": "F", "PERSONAL_BIRTHDAY": "1990-12-31", "PERSONAL_PHOTO": ["me.png", pixel],
        }));
        client.ok("department.delete", json!({ "ID": gone }));
        let page = admin(app).page("/company/personal/user/2/history/");
        let root = client.ok("department.get", json!({ "ID": ROOT }))[0]["NAME"].as_str().unwrap().to_owned();
        for (old, new) in [
            (&*format!("Sales, {gone}"), "Sales"), (&*root, &*format!("Sales, {gone}")), ("nothing", "Large"),
            ("nothing", "Ada Admin"), ("nothing", "Female"), ("nothing", "December 31, 1990"),
        ] {
            assert!(page.contains(&format!("{old}</del> → <ins>{new}</ins>")), "{old} → {new}: {page}");
        }
        assert!(page.contains("<dt>Photo</dt><dd>changed</dd>"), "{page}");
    }
}
