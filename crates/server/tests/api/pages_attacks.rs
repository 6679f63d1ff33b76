//! The attackers' list, what of it holds for all pages at once: forms of other sites, frames, stored scripts, hosts,
//! redirections, planted sessions, guessing who exists, files that are no pictures.
//!
//! What belongs to one subject stands with it: `forged_forms_are_refused`, `tokens_are_tied_to_browsers` and
//! `hosts_are_not_believed` in `pages_all.rs`, `pages_stand_in_our_frames_alone` in `pages_frames.rs`, `sessions_cannot_be_fixed`,
//! `guessing_is_slowed_down` and `people_are_sent_nowhere_else` in `pages_sign_in.rs`, `nobody_learns_who_exists` in
//! `pages_password.rs`.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, TestApp},
    apps::new_app,
    both::both,
    browser::{Browser, PASSWORD, give_passwords, leads_to, token},
    pages_invitation::latest_link,
    task::add_task,
};
use axum::{body::Body, http::Request};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use muster::pages::{Verb, addresses};
use muster_core::{Json, custom::KINDS, field::Kind, json};
use muster_modules::{app::NewApp, group::GROUP, task::TASK, user::USER};
use std::time::{Duration, Instant};

/// Closes an attribute and a tag, and begins one: in a page it has to be text, whatever stands around it.
const SCRIPT: &str = "Z#\"'><xss-tag onload=x>";

/// An address with this in the place of each name in braces.
fn example(path: &str, id: &str) -> String {
    let pieces = path.split('/').map(|it| if it.starts_with('{') { id } else { it });
    pieces.collect::<Vec<_>>().join("/")
}

fn seen() -> Vec<&'static str> {
    addresses().filter(|it| it.0 == Verb::Get).map(|it| it.1).collect()
}

/// The writable texts of an entity, each with a script in it that its length allows.
fn scripts(entity: &'static muster_core::field::Entity) -> Json {
    let texts = entity.fields.iter().filter(|it| it.writable && it.kind == Kind::Text && it.max >= SCRIPT.len());
    texts.map(|it| (it.name.to_owned(), json!(SCRIPT))).collect()
}

/// The page has the script as text alone. Answers whether it has it at all.
#[track_caller]
fn check_text(path: &str, text: &str) -> bool {
    for raw in ["<xss", "Z#\"", "Z#&#34;'", "Z#&#34;&#39;>"] {
        assert!(!text.contains(raw), "{path} has {raw} in {text}");
    }
    text.contains("xss-tag")
}

/// Writes the script wherever anyone can write anything.
fn write_scripts_everywhere(app: &TestApp) {
    write_people(app);
    write_work(app);
    write_apps(app);
    write_by_pages(app);
}

/// People, their custom fields of every type, and departments.
fn write_people(app: &TestApp) {
    let admin = app.admin();
    for (number, (kind, ..)) in KINDS.iter().enumerate() {
        let list = json!([{ "VALUE": SCRIPT, "DEF": "N", "SORT": 10 }]);
        let field = json!({
            "FIELD_NAME": format!("X{number}"), "USER_TYPE_ID": kind, "EDIT_FORM_LABEL": SCRIPT, "LIST_COLUMN_LABEL": SCRIPT,
            "LABEL": SCRIPT, "HELP_MESSAGE": SCRIPT, "ERROR_MESSAGE": SCRIPT, "LIST": list, "XML_ID": SCRIPT,
        });
        admin.ok("user.userfield.add", json!({ "fields": field }));
        let known = admin.call("task.item.userfield.add", json!({ "PARAMS": field }));
        assert!(known.status == 200 || known.body()["error"] == "ERROR_CORE", "{kind}");
    }
    let custom: Vec<Json> = admin.ok("user.userfield.list", json!({})).as_array().unwrap().clone();
    for id in [ADMIN, EMPLOYEE] {
        let mut fields = scripts(&USER);
        for refused in ["EMAIL", "PERSONAL_WWW", "WORK_WWW", "TIME_ZONE", "LOGIN"] {
            fields.as_object_mut().unwrap().remove(refused);
        }
        fields["ID"] = id.into();
        admin.ok("user.update", fields);
        for field in &custom {
            // What is no text, such as a date, refuses it; a link takes only what is one.
            let name = field["FIELD_NAME"].as_str().unwrap();
            let value =
                if field["USER_TYPE_ID"] == "enumeration" { field["LIST"][0]["ID"].clone() } else { json!(SCRIPT) };
            admin.call("user.update", json!({ "ID": id, name: value }));
            admin.call("user.update", json!({ "ID": id, name: format!("https://x.example.com/?{SCRIPT}") }));
        }
    }
    admin.ok("department.update", json!({ "ID": ROOT, "NAME": SCRIPT }));
    admin.ok("department.add", json!({ "NAME": SCRIPT, "PARENT": ROOT, "UF_HEAD": EMPLOYEE }));
}

/// Workgroups and tasks.
fn write_work(app: &TestApp) {
    let admin = app.admin();
    let group = admin.ok("sonet_group.create", scripts(&GROUP));
    let mut fields = scripts(&TASK);
    fields["GROUP_ID"] = group.clone();
    fields["TAGS"] = json!([SCRIPT]);
    let task = add_task(&admin, fields);
    for text in [
        SCRIPT.to_owned(),
        format!("[url=https://x.example.com/?{SCRIPT}]x[/url] [user={SCRIPT}]x[/user] [code]{SCRIPT}[/code]"),
    ] {
        admin.ok("task.commentitem.add", json!([task, { "POST_MESSAGE": text }]));
    }
    admin.ok("task.checklistitem.add", json!([task, { "TITLE": SCRIPT }]));
    admin.ok("task.elapseditem.add", json!([task, { "SECONDS": 60, "COMMENT_TEXT": SCRIPT }]));
    admin.ok("task.stages.add", json!({ "fields": { "TITLE": SCRIPT, "ENTITY_ID": group } }));
}

/// Apps with their widgets and options, and events that did not arrive.
fn write_apps(app: &TestApp) {
    let keys = app.register(&NewApp { name: SCRIPT.to_owned(), ..new_app("placement,user") });
    for place in ["LEFT_MENU", "USER_PROFILE_TOOLBAR", "USER_PROFILE_MENU", "REST_APP_URI", "PAGE_BACKGROUND_WORKER"] {
        let texts = json!({ "TITLE": SCRIPT, "DESCRIPTION": SCRIPT, "GROUP_NAME": SCRIPT });
        let mut bound = json!({
            "PLACEMENT": place, "HANDLER": format!("https://crm.example.com/{place}?{}", "q%22"), "LANG_ALL": { "ru": texts },
            "OPTIONS": { "errorHandlerUrl": "https://crm.example.com/", "x": SCRIPT },
        });
        bound.as_object_mut().unwrap().extend(texts.as_object().unwrap().clone());
        app.by_app(keys.id, ADMIN).ok("placement.bind", bound);
    }
    app.by_app(keys.id, ADMIN).ok("app.option.set", json!({ "options": { SCRIPT: SCRIPT } }));
    app.register(&NewApp {
        name: SCRIPT.to_owned(),
        install_url: Some("https://crm.example.com/install".to_owned()),
        ..new_app("user")
    });
    app.hear();
    app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "WORK_NOTES": format!("{SCRIPT} again") }));
    app.execute(muster_db::Sql::with(
        "update event_deliveries set due_at = null, failed_at = 1, problem = $1",
        [SCRIPT.into()],
    ));
    app.execute(muster_db::Sql::with("update webhooks set title = $1", [SCRIPT.into()]));
}

/// By the pages themselves: webhooks, invitations, the browser's own name.
fn write_by_pages(app: &TestApp) {
    let browser = Browser::signed_in(app, "ada@example.com");
    browser.submit(
        "/admin/",
        "/admin/webhooks/add/",
        &[("title", SCRIPT), ("email", "ada@example.com"), ("scopes[]", "user")],
    );
    let invited = [("addresses", "invited@example.com"), ("department", "1"), ("message", SCRIPT)];
    browser.submit("/company/invitations/new/", "/company/invitations/new/", &invited);
    let other = Browser::new(app);
    let form = token(&other.page("/sign-in/"));
    let request = Request::post("/sign-in/")
        .header("user-agent", SCRIPT)
        .header("content-type", "application/x-www-form-urlencoded");
    let fields = crate::browser::query(&[("form", &form), ("email", "ada@example.com"), ("password", PASSWORD)]);
    leads_to(&other.send(request, Body::from(fields)));
}

both! {
    with crate::pages_invitation::kept();

    /// Nothing that anyone can write runs in anyone's browser: every text of every kind of object and every type of custom
    /// field is text on every page, in either language, for an administrator and for an employee, in mails and in the
    /// answers of forms.
    fn nothing_that_is_stored_runs(app) {
        write_scripts_everywhere(app);
        let mut shown = Vec::new();
        for email in ["ada@example.com", "emil@example.com"] {
            let mut browser = Browser::signed_in(app, email);
            for language in ["en", "ru"] {
                browser.language = language;
                for path in seen() {
                    for id in ["1", "2", "3"] {
                        let path = example(path, id);
                        for query in ["", "?IFRAME=Y", "?q=xss&state=all&role=all"] {
                            let reply = browser.get(&format!("{path}{query}"));
                            let kind = reply.headers["content-type"].to_str().unwrap();
                            assert!(reply.status.as_u16() < 500, "{path}");
                            if kind.starts_with("text/html") && check_text(&path, reply.text()) {
                                shown.push(path.clone());
                            }
                        }
                        if !path.contains(&format!("/{id}/")) {
                            break;
                        }
                    }
                }
            }
        }
        // It is there to be seen, or this would have shown nothing.
        for path in [
            "/", "/company/", "/company/personal/user/2/", "/company/personal/user/2/edit/", "/company/personal/user/2/history/",
            "/tasks/", "/tasks/1/", "/tasks/1/history/", "/apps/", "/apps/1/", "/apps/1/widget/1/", "/admin/", "/admin/apps/", "/admin/apps/1/", "/admin/events/",
            "/settings/security/", "/outbox/1/",
        ] {
            assert!(shown.iter().any(|it| it == path), "{path} does not show what was written: {shown:?}");
        }
    }

    /// What is sent to a page and shown again, such as what was searched for, is text too.
    fn nothing_that_is_sent_runs(app) {
        let browser = Browser::signed_in(app, "ada@example.com");
        let names = [
            "q", "state", "department", "role", "start", "done", "back", "email", "name", "user", "params[x]", "params", "options", "rest",
            "code", "sort", "order", "view", "client_id", "redirect_uri", "scope", "edit", "time", "title", "description", "deadline", "priority",
            "responsible", "accomplices", "auditors", "group", "text", "changed", "renamed", "item", "hours", "minutes", "note", "mark", "verb",
        ];
        let fields: Vec<(&str, &str)> = names.iter().map(|name| (*name, SCRIPT)).collect();
        let query = crate::browser::query(&fields);
        for path in seen() {
            for visitor in [&browser, &Browser::new(app)] {
                let path = format!("{}?{query}", example(path, "1"));
                let reply = visitor.get(&path);
                assert!(reply.status.as_u16() < 500, "{path}");
                if reply.headers["content-type"].to_str().unwrap().starts_with("text/html") {
                    check_text(&path, reply.text());
                }
            }
        }
        for (path, _) in addresses().filter(|it| it.0 == Verb::Post).map(|it| (example(it.1, "1"), it.2)) {
            if path == "/sign-out/" || path.contains("end-others") || path.contains("/sessions/") {
                continue;
            }
            let form = token(&browser.page("/settings/"));
            let fields = [&[("form", form.as_str()), ("scopes[]", "user")], fields.as_slice()].concat();
            let reply = browser.post(&path, &fields);
            assert!(reply.status.as_u16() < 500, "{path}: {}", reply.text());
            if reply.headers["content-type"].to_str().unwrap().starts_with("text/html") {
                check_text(&path, reply.text());
            }
        }
    }

    /// No other kind of request does what a form does: not one without its token, however it is written, and no GET.
    fn nothing_but_our_forms_changes_anything(app) {
        let browser = Browser::signed_in(app, "ada@example.com");
        let before = app.count("select count(*) from sessions") + app.count("select count(*) from apps");
        for (_, path, _) in addresses().filter(|it| it.0 == Verb::Post) {
            let path = example(path, "1");
            let multipart = "--x\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nx\r\n--x--\r\n";
            for (kind, body) in [
                ("text/plain", "name=x"), ("application/json", "{\"name\": \"x\"}"), ("multipart/form-data; boundary=x", multipart),
                ("application/x-www-form-urlencoded", "name=x"), ("", ""),
            ] {
                let reply = browser.send(Request::post(&path).header("content-type", kind), Body::from(body));
                assert_eq!(reply.status, 403, "{path} took {kind}");
            }
            for verb in ["PUT", "DELETE", "PATCH"] {
                let reply = browser.send(Request::builder().method(verb).uri(&path), Body::empty());
                assert!(reply.status.is_client_error(), "{verb} {path}: {}", reply.status);
            }
        }
        assert_eq!(app.count("select count(*) from sessions") + app.count("select count(*) from apps"), before);
        browser.page("/");
    }

    /// No address leads to another site, whatever is asked for.
    fn no_address_leads_elsewhere(app) {
        app.register(&new_app("user"));
        let browser = Browser::signed_in(app, "ada@example.com");
        let names = ["back", "next", "url", "to", "return", "redirect", "redirect_uri", "path", "done", "uri", "handler", "params"];
        for target in ["https://evil.example/", "//evil.example/", "/\\evil.example", "/%09/evil.example", "javascript:alert(1)"] {
            let fields: Vec<(&str, &str)> = names.iter().map(|name| (*name, target)).collect();
            let query = crate::browser::query(&fields);
            for path in seen() {
                for visitor in [&browser, &Browser::new(app)] {
                    let reply = visitor.get(&format!("{}?{query}", example(path, "1")));
                    let Some(to) = reply.headers.get("location") else { continue };
                    let to = to.to_str().unwrap();
                    let host = url::Url::parse("https://muster.test/").unwrap().join(to).unwrap();
                    assert_eq!(host.host_str(), Some("muster.test"), "{path} leads to {to}");
                }
            }
        }
        for path in ["//evil.example/", "//evil.example/..", "/%2f%2fevil.example", "/\\evil.example"] {
            let reply = app.send(Request::get(path).header("host", "muster.test").header("accept", "text/html").body(Body::empty()).unwrap());
            assert!(!reply.headers.contains_key("location"), "{path}");
        }
    }

    /// A link in a mail leads here, whatever host the request that caused it named.
    fn mails_do_not_believe_hosts(app) {
        give_passwords(app);
        let browser = Browser::new(app);
        let form = token(&browser.page("/forgot/"));
        let request = Request::post("/forgot/").header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
        // A second Host header, before the one that the browser of the tests sends.
        let request = request.header("host", "evil.example");
        browser.send(request, Body::from(format!("form={form}&email=emil%40example.com")));
        let until = Instant::now() + Duration::from_secs(10);
        while app.count("select count(*) from mails") == 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(app.count("select count(*) from mails"), 1);
        let kept = format!("{:?}", app.app.db.read(|tx| tx.rows(&muster_db::Sql::new("select * from mails"))).unwrap());
        let waiting = format!("{:?}", app.app.db.read(|tx| tx.rows(&muster_db::Sql::new("select * from event_deliveries"))).unwrap());
        assert!(!kept.contains("evil.example") && !waiting.contains("evil.example"), "{kept} {waiting}");
        assert!(latest_link(app).starts_with("/reset/"));
    }

    /// A cookie that was planted before someone registers or sets a password comes to nothing.
    fn planted_cookies_come_to_nothing(app) {
        let planted = "abcdefghijkmnpqrstuvwxyz23456789";
        let ada = Browser::signed_in(app, "ada@example.com");
        let fields = [("addresses", "anna@example.com"), ("department", "1")];
        ada.submit("/company/invitations/new/", "/company/invitations/new/", &fields);
        let link = latest_link(app);
        let victim = Browser::new(app);
        victim.set_cookie("muster_session", planted);
        let chosen = [("name", "Anna"), ("last_name", "A"), ("password", "wrong horse battery")];
        leads_to(&victim.submit(&link, &link, &chosen));
        assert!(victim.page("/").contains("Anna"));
        assert_ne!(victim.cookie("muster_session").as_deref(), Some(planted));
        let attacker = Browser::new(app);
        attacker.set_cookie("muster_session", planted);
        assert!(leads_to(&attacker.get("/")).starts_with("/sign-in/"));
    }

    /// The time of an answer does not tell whose addresses exist: the same work is done for unknown, invited, dismissed and
    /// known ones.
    fn the_time_tells_no_one_who_exists(app) {
        give_passwords(app);
        app.admin().add_user(json!({ "EMAIL": "invited@example.com" }));
        let gone = app.admin().add_user(json!({ "EMAIL": "gone@example.com" }));
        give_passwords(app);
        app.execute(muster_db::Sql::with("update users set active = 0 where id = $1", [gone.into()]));
        app.execute("update users set password_hash = null where email = 'invited@example.com'");
        let browser = Browser::new(app);
        let form = token(&browser.page("/sign-in/"));
        let emails = ["ada@example.com", "nobody@example.com", "invited@example.com", "gone@example.com", "no address"];
        let mut least = [Duration::MAX; 5];
        // In turn, and the least of several: other work of the machine makes an answer later, and none earlier.
        for _ in 0..8 {
            for (email, least) in emails.iter().zip(&mut least) {
                let fields = [("form", form.as_str()), ("email", email), ("password", "wrong")];
                let began = Instant::now();
                assert_eq!(browser.post("/sign-in/", &fields).status, 403, "{email}");
                *least = began.elapsed().min(*least);
            }
        }
        let known = least[0];
        for (email, time) in emails.iter().zip(least) {
            assert!(time > known / 4 && time < known * 4, "{email}: {time:?}, and {known:?} for one that exists");
        }
    }

    /// HTML and SVG do not become photos, whatever they are called; and what is one is served as nothing else.
    fn only_pictures_become_photos(app) {
        let html = "<!doctype html><script>alert(1)</script>";
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><script>alert(1)</script></svg>";
        let xml = format!("<?xml version=\"1.0\"?>{svg}");
        let gif = format!("GIF89a{html}");
        for name in ["me.png", "me.svg", "me.html", "me.png.html", "../me.svg", "me.gif"] {
            for content in [html, svg, &xml, &gif] {
                let photo = json!([name, STANDARD.encode(content)]);
                let reply = app.admin().call("user.update", json!({ "ID": EMPLOYEE, "PERSONAL_PHOTO": photo }));
                assert!(reply.status.is_client_error(), "{name}: {}", reply.text());
            }
        }
        assert_eq!(app.count("select count(*) from files"), 0);
        // A picture with a page behind it: what is served was drawn anew, and says what it is.
        let mut polyglot = STANDARD.decode(crate::pictures::png(20, 20)[1].as_str().unwrap()).unwrap();
        polyglot.extend_from_slice(html.as_bytes());
        for name in ["me.html", "me.svg", "<script>.png"] {
            let photo = json!([name, STANDARD.encode(&polyglot)]);
            app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "PERSONAL_PHOTO": photo }));
            let address = app.admin().user(EMPLOYEE)["PERSONAL_PHOTO"].as_str().unwrap().to_owned();
            let reply = app.get(address.strip_prefix("http://muster.test").unwrap());
            assert_eq!(reply.status, 200, "{address}");
            let header = |name: &str| reply.headers.get(name).map_or("", |it| it.to_str().unwrap());
            assert!(header("content-type").starts_with("image/") && !header("content-type").contains("svg"), "{name}");
            assert_eq!(header("x-content-type-options"), "nosniff", "{name}");
            assert!(header("content-security-policy").contains("sandbox") || header("content-security-policy").contains("default-src 'none'"), "{name}");
            assert!(!reply.bytes.windows(7).any(|it| it == b"<script"), "{name}");
        }
    }
}
