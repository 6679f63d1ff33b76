//! What is stored about a person: handed out to them, and erased once they have left.

use crate::{
    app::{ADMIN, EMPLOYEE, TestApp},
    apps::new_app,
    both::both,
    browser::{Browser, leads_to},
    pictures::png,
};
use muster_core::{
    Chance, Json,
    field::{Kind, Stored},
    json,
};
use muster_db::Sql;
use muster_modules::{MODULES, session::second_factor, user::USER};
use std::{collections::BTreeSet, fs};

const ERASE: &str = "/company/personal/user/2/erase/";
const DATA: &str = "/company/personal/user/2/data.json";

fn admin(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, "ada@example.com")
}

/// All tables with their columns of text.
fn text_columns(app: &TestApp) -> Vec<(String, String)> {
    let sql = if app.address.starts_with("postgres") {
        "select table_name::text, column_name::text from information_schema.columns
         where table_schema = current_schema() and data_type = 'text'"
    } else {
        "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and lower(c.type) = 'text'"
    };
    let rows = app.app.db.read(|tx| tx.rows(&Sql::new(sql))).unwrap();
    rows.iter().map(|row| (row.text(0).to_owned(), row.text(1).to_owned())).collect()
}

/// Where in the whole database a text is, whatever its case.
fn places(app: &TestApp, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (table, column) in text_columns(app) {
        let sql: &'static str = format!("select count(*) from {table} where lower({column}) like ").leak();
        let mut sql = Sql::new(sql);
        sql.bind(format!("%{}%", text.to_lowercase()));
        if app.app.db.read(|tx| tx.int(&sql)).unwrap() > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

fn dismissed(app: &TestApp) {
    let form = "/company/personal/user/2/dismiss/";
    let reply = admin(app).submit(form, form, &[("heir", "1")]);
    assert_eq!(reply.status, 303, "{}", reply.text());
}

fn erase(app: &TestApp, email: &str) -> crate::app::Reply {
    admin(app).submit("/settings/", ERASE, &[("confirm", email)])
}

/// Fills all there is of the second person with what can be found again, and answers these texts.
fn filled(app: &TestApp) -> Vec<String> {
    let client = app.admin();
    let mut marks = vec!["emil@example.com".to_owned(), "Emil".to_owned(), "qfirst@example.com".to_owned()];
    client.ok("user.update", json!({ "ID": EMPLOYEE, "EMAIL": "qfirst@example.com" }));
    let mut fields = json!({ "ID": EMPLOYEE, "PERSONAL_PHOTO": png(40, 40), "WORK_LOGO": png(40, 40), "PERSONAL_BIRTHDAY": "1971-03-04" });
    for (number, field) in USER.fields.iter().filter(|it| it.writable && it.kind == Kind::Text).enumerate() {
        let mark = format!("qmark{number}z");
        fields[field.name] = mark.as_str().into();
        marks.push(mark);
    }
    client.ok("user.update", fields);
    // Once more, so that the history has old values too.
    client.ok("user.update", json!({ "ID": EMPLOYEE, "NAME": "Qlater", "EMAIL": "qlast@example.com" }));
    marks.extend(["Qlater".to_owned(), "qlast@example.com".to_owned(), "1971-03-04".to_owned()]);
    for (kind, value) in
        [("string", "qcustom"), ("url", "https://qurl.example.com/"), ("address", "qstreet"), ("date", "1933-05-06")]
    {
        client
            .ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": kind.to_uppercase(), "USER_TYPE_ID": kind } }));
        client.ok("user.update", json!({ "ID": EMPLOYEE, format!("UF_USR_{}", kind.to_uppercase()): value }));
        marks.push(value.to_owned());
    }
    client.ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": "PAPER", "USER_TYPE_ID": "file" } }));
    client.ok("user.update", json!({ "ID": EMPLOYEE, "UF_USR_PAPER": ["qpaper.txt", "aGk="] }));
    marks.push("qpaper".to_owned());
    let keys = app.register(&new_app("user,task,placement"));
    let now = app.app.clock.seconds();
    app.execute(Sql::with(
        "insert into sessions (user_id, secret_hash, created_at, seen_at, address, agent)
         values (2, 'x', $1, $1, '203.0.113.77', 'qagent')",
        [now.into()],
    ));
    app.execute("insert into preferences (user_id, language, theme) values (2, 'ru', 'dark')");
    app.execute("insert into passkeys (credential_id, user_id, name, data, created_at) values ('qcredential', 2, 'qkey', 'qdata', 1)");
    app.execute("insert into mails (kind, user_id, recipient, language, created_at) values ('reset', 2, 'qold@example.com', 'en', 1)");
    app.execute(
        "insert into event_deliveries (handler_id, url, token, subscriber, event, object, data, happened_at, attempts) \
        select 0, 'mailto:qold@example.com', '', 'mail', 'MAIL', 'mail:' || cast(id as text), '', 1, 9 from mails",
    );
    app.execute("insert into event_deliveries (handler_id, url, token, subscriber, event, object, data, happened_at, attempts) \
        values (0, 'https://ear.example.com/', '', 's', 'ONUSERADD', 'user:2', '{\"ID\":2,\"EMAIL\":\"qlast@example.com\"}', 1, 9)");
    app.execute(
        "insert into idempotency (caller, method, given_key, body_hash, answer, created_at) \
        values ('Webhook(1):1', 'tasks.task.add', 'k', 'h', '{\"creator\":{\"name\":\"Qlater\"}}', 1)",
    );
    app.execute(Sql::with(
        "insert into app_options (app_id, user_id, name, value) values ($1, 2, 'qoption', 'qvalue')",
        [keys.id.into()],
    ));
    app.app.db.write(|tx| second_factor::begin(tx, EMPLOYEE, &mut Chance::seeded(1))).unwrap();
    app.execute(
        "insert into webhooks (user_id, secret_hash, title, scopes, created_at) values (2, 'h', 'qhook', 'user', 1)",
    );
    marks.extend(
        ["203.0.113.77", "qagent", "qcredential", "qkey", "qdata", "qold@example.com", "qoption", "qvalue", "qhook"]
            .map(str::to_owned),
    );
    marks
}

both! {
    /// Nothing that says who someone was is left in any column of any table; what refers to them still does.
    fn nothing_of_an_erased_person_is_left(app) {
        let client = app.admin();
        let task = client.ok("tasks.task.add", json!({ "fields": { "TITLE": "Paint", "RESPONSIBLE_ID": EMPLOYEE } }));
        let task = task["task"]["id"].clone();
        client.ok("task.commentitem.add", json!({ "TASKID": task, "FIELDS": { "POST_MESSAGE": "Done", "AUTHOR_ID": EMPLOYEE } }));
        client.ok("tasks.task.complete", json!({ "taskId": task }));
        let group = client.ok("sonet_group.create", json!({ "NAME": "Garden" }));
        client.ok("sonet_group.user.add", json!({ "GROUP_ID": group, "USER_ID": EMPLOYEE }));
        dismissed(app);
        let marks = filled(app);
        for mark in &marks {
            assert!(!places(app, mark).is_empty(), "the test puts {mark} somewhere");
        }
        app.execute("delete from event_handlers");
        app.hear();
        let reply = erase(app, " QLast@example.com ");
        assert_eq!(leads_to(&reply), "/company/personal/user/2/?done=erased");
        for mark in &marks {
            assert_eq!(places(app, mark), Vec::<String>::new(), "{mark}");
        }
        for empty in ["files", "passkeys", "second_factors", "user_activity", "preferences"] {
            let sql: &'static str = format!("select count(*) from {empty}").leak();
            assert_eq!(app.count(sql), i64::from(empty == "user_activity"), "{empty}: only the administrator's");
        }
        let person = client.user(EMPLOYEE);
        assert_eq!((&person["NAME"], &person["LAST_NAME"], &person["ACTIVE"]), (&json!("Erased person"), &json!("2"), &json!(false)));
        assert_eq!(person["EMAIL"], "erased-2@erased.invalid");
        assert_eq!(client.ids("user.search", json!({ "FIND": "erased" })), [EMPLOYEE], "the index knows the new name");
        assert_eq!(client.ids("user.search", json!({ "FIND": "qlater" })), Vec::<i64>::new());
        assert_eq!(client.ok("tasks.task.get", json!({ "taskId": task }))["task"]["responsible"]["name"], "Erased person 2");
        let heard = app.heard().join("\n");
        assert!(heard.contains("ONUSERUPDATE") && heard.contains("\"EMAIL\"") && heard.contains("ONUSERADD {\"ID\":2}"), "{heard}");
        let history = admin(app).page("/company/personal/user/2/history/");
        assert!(history.contains("Erased") && history.contains("Ada Admin") && !history.contains("Qlater"), "{history}");
        // The address is free again.
        client.add_user(json!({ "EMAIL": "qlast@example.com" }));
        for check in MODULES.iter().flat_map(|it| it.checks) {
            assert_eq!(app.count(check.count), 0, "{}", check.defect);
        }
    }

    /// Only someone who has left is erased, by an administrator who has typed their address; and for good.
    fn erasing_is_hard_to_do_by_mistake(app) {
        let client = app.admin();
        assert!(admin(app).page(ERASE).contains("Only the data of someone who has left"));
        assert_eq!(erase(app, "emil@example.com").status, 422, "still works here");
        assert!(admin(app).submit("/settings/", "/company/personal/user/1/erase/", &[("confirm", "ada@example.com")]).status.is_client_error());
        dismissed(app);
        let page = admin(app).page(ERASE);
        assert!(page.contains("What is kept, and why") && page.contains("record of its work") && page.contains("emil@example.com"), "{page}");
        for wrong in ["", "emil", "ada@example.com"] {
            let reply = erase(app, wrong);
            assert!(reply.status == 422 && reply.text().contains("Nothing was erased"), "{wrong}: {}", reply.text());
        }
        client.call("user.erase", json!({ "ID": EMPLOYEE, "CONFIRM": "emil@example.com" })).fails(400, "ERROR_CORE");
        assert_eq!(client.user(EMPLOYEE)["NAME"], "Emil", "what is refused changes nothing");
        assert_eq!(erase(app, "emil@example.com").status, 303);
        assert!(erase(app, "erased-2@erased.invalid").status.is_client_error(), "once");
        client.call("user.update", json!({ "ID": EMPLOYEE, "NAME": "Emil" })).fails(400, "ERROR_CORE");
        client.call("user.update", json!({ "ID": EMPLOYEE, "ACTIVE": "Y" })).fails(400, "ERROR_CORE");
        let form = "/company/personal/user/2/restore/";
        assert!(admin(app).submit("/settings/", form, &[]).status.is_client_error());
        let page = admin(app).page("/company/personal/user/2/");
        assert!(page.contains("Erased person 2") && !page.contains("data-swap") && !page.contains("/erase/") && !page.contains("/dismiss/"), "{page}");
    }

    /// An invitation that was revoked can be erased too.
    fn revoked_invitations_are_erased(app) {
        let id = app.admin().add_user(json!({ "EMAIL": "qguest@example.com", "NAME": "Qguest" }));
        app.admin().ok("user.update", json!({ "ID": id, "ACTIVE": "N" }));
        let path = format!("/company/personal/user/{id}/erase/");
        assert_eq!(admin(app).submit(&path, &path, &[("confirm", "qguest@example.com")]).status, 303);
        assert_eq!(places(app, "qguest"), Vec::<String>::new());
        app.admin().call("user.update", json!({ "ID": id, "ACTIVE": "Y" })).fails(400, "ERROR_CORE");
    }

    /// People get all that is stored about them, administrators get it of anyone, others and programs of no one.
    fn data_are_handed_out(app) {
        let client = app.admin();
        let marks = filled(app);
        let sales = client.ok("department.add", json!({ "NAME": "Sales", "PARENT": 1, "UF_HEAD": EMPLOYEE }));
        let task = |title: &str, who: i64| client.ok("tasks.task.add", json!({ "fields": { "TITLE": title, "RESPONSIBLE_ID": who } }))["task"]["id"].clone();
        let (own, other) = (task("Paint the fence", EMPLOYEE), task("Hidden plans", ADMIN));
        app.employee().ok("task.commentitem.add", json!({ "TASKID": own, "FIELDS": { "POST_MESSAGE": "My words" } }));
        client.ok("task.commentitem.add", json!({ "TASKID": own, "FIELDS": { "POST_MESSAGE": "Others' words" } }));
        let browser = Browser::signed_in(app, "qlast@example.com");
        let reply = browser.get(DATA);
        assert!(reply.headers["content-disposition"].to_str().unwrap().contains("person"), "{:?}", reply.headers);
        let (text, data) = (reply.text(), reply.body());
        // What was overwritten is in the history; what no one may read back, such as keys, is nowhere.
        for mark in marks.iter().filter(|it| !matches!(it.as_str(), "qcredential" | "qdata")) {
            assert!(text.contains(mark.as_str()), "{mark} is not handed out: {text}");
        }
        assert!(!text.contains("qcredential") && !text.contains("qdata") && !text.contains("secret_hash") && !text.contains("password"), "{text}");
        assert!(data["pictures"]["PERSONAL_PHOTO"]["base64"].as_str().unwrap().len() > 100);
        let named = |data: &Json, object: &str, id: &Json| {
            let items = data["named_by"].as_array().unwrap().iter();
            items.filter(|it| it["OBJECT"] == object && it["OBJECT_ID"] == *id).map(|it| it["TITLE"].clone()).next()
        };
        assert_eq!(named(&data, "task", &own), Some(json!("Paint the fence")));
        assert_eq!(named(&data, "department", &json!(sales.to_string())), Some(json!("Sales")));
        assert_eq!(named(&data, "task", &other), None);
        assert!(text.contains("My words") && !text.contains("Others' words") && !text.contains("Hidden plans") && !text.contains("ada@example.com"), "{text}");
        let again = admin(app).get(DATA).body();
        assert_eq!(again["profile"]["NAME"], "Qlater");
        // A task that they did something to and cannot see any more is not named to them.
        app.execute("update tasks set changed_by = 2 where title = 'Hidden plans'");
        assert!(!browser.get(DATA).text().contains("Hidden plans"));
        assert_eq!(named(&admin(app).get(DATA).body(), "task", &other), Some(json!("Hidden plans")));
        assert!(browser.get("/company/personal/user/1/data.json").status.is_client_error());
        for client in [app.employee(), app.admin()] {
            client.call("user.export", json!({ "ID": EMPLOYEE })).fails(400, "ERROR_CORE");
        }
        assert!(browser.page("/settings/security/").contains(DATA));
    }
}

/// Every column that names a person is declared, so that nothing is forgotten when someone asks for their data or is
/// erased: those that refer to the table of people, and those that are called as if they did.
#[test]
fn every_column_that_names_a_person_is_declared() {
    let app = TestApp::sqlite();
    let sql = "select m.name, f.\"from\" from sqlite_master m join pragma_foreign_key_list(m.name) f
               where m.type = 'table' and f.\"table\" = 'users'
               union select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c
               where m.type = 'table' and (c.name = 'user_id' or c.name like '%\\_user_id' escape '\\'
                   or c.name like '%\\_by' escape '\\' or c.name in ('sender_id', 'author_id', 'creator_id', 'owner_id'))";
    let rows = app.app.db.read(|tx| tx.rows(&Sql::new(sql))).unwrap();
    // By which door something was begun is no person.
    let others = [("workgroup_members", "initiated_by")];
    let named: BTreeSet<(&str, &str)> =
        rows.iter().map(|row| (row.text(0), row.text(1))).filter(|it| !others.contains(it)).collect();
    assert!(named.len() > 30, "{named:?}");
    let declared: BTreeSet<(&str, &str)> =
        MODULES.iter().flat_map(|it| it.personal).map(|it| (it.table, it.user)).collect();
    let missing: Vec<_> = named.difference(&declared).collect();
    assert!(missing.is_empty(), "not declared as personal by any module: {missing:?}");
}

/// What is declared exists, a table's own columns; and what is kept is named with its reason in docs/privacy.md.
#[test]
fn declarations_and_document_agree() {
    let app = TestApp::sqlite();
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/privacy.md")).unwrap();
    for item in MODULES.iter().flat_map(|it| it.personal) {
        for column in item.exported.iter().chain([&item.user]).filter(|it| !it.is_empty()) {
            let sql: &'static str = format!("select count({column}) from {}", item.table).leak();
            app.count(sql);
        }
        if let Some(why) = item.why_kept() {
            assert!(page.contains(why), "docs/privacy.md does not say why {} are kept: {why}", item.table);
        }
        assert!(page.contains(&format!("`{}`", item.table)), "docs/privacy.md does not name {}", item.table);
    }
    for field in USER.fields.iter().filter(|it| it.own) {
        assert!(field.writable && matches!(field.stored, Stored::Column(_)), "{}", field.name);
    }
}
