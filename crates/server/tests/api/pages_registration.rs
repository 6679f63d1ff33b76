//! Registering by oneself: from the administrator's link to the first page, and what nobody learns on the way.

use crate::{
    app::{ROOT, Setup, TestApp},
    both::both,
    browser::{Browser, leads_to, token},
};
use muster_core::{Settings, call::Mail, json};
use muster_db::Sql;
use std::{thread::sleep, time::Duration};

const PASSWORD: &str = "wrong horse battery";
const ANNA: [(&str, &str); 3] = [("name", "Anna"), ("last_name", "Müller"), ("email", "Anna@Example.com")];

/// Opens registration and answers the path of its link.
fn open(app: &TestApp) -> String {
    app.admin().ok("user.registration.set", json!({ "OPEN": "Y" }));
    app.admin().ok("user.registration.settings", json!({}))["PATH"].as_str().unwrap().to_owned()
}

/// Fills in the form behind the link.
fn ask(app: &TestApp, link: &str, fields: &[(&str, &str)]) -> crate::app::Reply {
    Browser::new(app).submit(link, link, fields)
}

/// The same with an address that can register. What there is to do is done after the answer.
fn asked(app: &TestApp, link: &str, fields: &[(&str, &str)]) -> crate::app::Reply {
    let latest = || app.count("select coalesce(max(id), 0) from registrations");
    let before = latest();
    let reply = ask(app, link, fields);
    assert_eq!(reply.status, 200, "{}", reply.text());
    for _ in 0..1000 {
        if latest() > before {
            return reply;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("nobody was registered");
}

/// The path in the mail to whoever asked last.
#[track_caller]
fn mailed(app: &TestApp) -> String {
    let id = app.count("select max(id) from registrations");
    let page = Browser::signed_in(app, "ada@example.com").page(&format!("/outbox/registration/{id}/"));
    page.split('"').find(|it| it.starts_with("/register/address/")).unwrap_or_else(|| panic!("{page}")).to_owned()
}

/// Registers someone as far as to wait, and answers under which ID.
fn wait(app: &TestApp, link: &str) -> i64 {
    asked(app, link, &ANNA);
    let proof = mailed(app);
    let done = Browser::new(app).submit(&proof, &proof, &[ANNA[0], ANNA[1], ("password", PASSWORD)]);
    assert!(done.status == 200 && done.text().contains("An administrator has to let you in"), "{}", done.text());
    app.count("select id from registrations where state = 'waiting'")
}

both! {
    with crate::pages_invitation::kept();

    /// From the administrator's switch to the first sign-in, with the event at the confirmation and not before.
    fn people_register_by_themselves(app) {
        let ada = Browser::signed_in(app, "ada@example.com");
        assert!(ada.page("/company/invitations/registration/").contains("Registration is closed"));
        leads_to(&ada.submit("/company/invitations/registration/", "/company/invitations/registration/", &[("open", "Y")]));
        let page = ada.page("/company/invitations/registration/");
        let link = page.split("/register/").nth(1).map(|it| format!("/register/{}/", it.split('/').next().unwrap())).unwrap();
        app.hear();
        let people = app.count("select count(*) from users");

        let reply = asked(app, &link, &ANNA);
        assert!(reply.text().contains("Look into your mailbox"), "{}", reply.text());
        let proof = mailed(app);
        let anna = Browser::new(app);
        assert!(anna.page(&proof).contains("value=\"Anna@Example.com\""));
        assert_eq!(anna.submit(&proof, &proof, &[ANNA[0], ("password", "short")]).status, 422);
        assert_eq!(anna.submit(&proof, &proof, &[("name", " "), ("password", PASSWORD)]).status, 422);
        let done = anna.submit(&proof, &proof, &[("name", "Анна"), ANNA[1], ("password", PASSWORD)]);
        assert!(done.text().contains("An administrator has to let you in"), "{}", done.text());
        assert_eq!(anna.get(&proof).status, 410, "the link has done its work");

        // Until then they are nobody: no way in, nobody sees them, nothing is told.
        assert_eq!(Browser::new(app).sign_in("anna@example.com", PASSWORD).status, 403);
        assert_eq!(app.count("select count(*) from users"), people);
        assert!(app.employee().ids("user.get", json!({ "FILTER": { "EMAIL": "anna@example.com" }, "ADMIN_MODE": "Y" })).is_empty());
        assert!(app.admin().ids("user.search", json!({ "FIND": "анна" })).is_empty());
        assert!(app.heard().is_empty(), "{:?}", app.heard());

        let page = ada.page("/company/invitations/");
        assert!(page.contains("Анна Müller") && page.contains("Anna@Example.com"), "{page}");
        let id = app.count("select id from registrations");
        let confirm = format!("/company/invitations/registration/{id}/confirm/");
        assert!(page.contains(&confirm) && ada.page(&confirm).contains("Анна Müller"), "{page}");
        let let_in = ada.submit(&confirm, &confirm, &[]);
        assert_eq!(leads_to(&let_in), "/company/invitations/?done=registration-confirmed");
        let heard = app.heard();
        assert!(heard.len() == 1 && heard[0].starts_with("ONUSERADD ") && heard[0].contains("Anna@Example.com"), "{heard:?}");
        let found = app.admin().ids("user.search", json!({ "FIND": "анна" }));
        assert_eq!(app.admin().user(found[0])["UF_DEPARTMENT"], json!([ROOT]));
        leads_to(&Browser::new(app).sign_in("anna@example.com", PASSWORD));
        let mail = app.count("select max(id) from mails");
        assert!(ada.page(&format!("/outbox/{mail}/")).contains("An administrator has let you in"));
        let again = ada.submit("/company/invitations/", &confirm, &[]);
        assert!(again.status == 400 && again.text().contains("someone else has decided"), "{}", again.text());
        assert_eq!(app.count("select count(*) from registrations"), 0);
    }

    /// Whoever lets someone in chooses their department; a wrong one is refused and lets no one in.
    fn the_department_is_chosen_at_the_confirmation(app) {
        let link = open(app);
        let id = wait(app, &link);
        let sales = app.admin().ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT })).to_string();
        let ada = Browser::signed_in(app, "ada@example.com");
        let confirm = format!("/company/invitations/registration/{id}/confirm/");
        assert!(ada.page(&confirm).contains("— Sales</option>"));
        let wrong = ada.submit(&confirm, &confirm, &[("department", "999")]);
        assert_eq!((wrong.status, app.count("select count(*) from registrations")), (axum::http::StatusCode::BAD_REQUEST, 1));
        leads_to(&ada.submit(&confirm, &confirm, &[("department", &sales)]));
        let found = app.admin().ids("user.get", json!({ "FILTER": { "EMAIL": "anna@example.com" } }));
        assert_eq!(app.admin().user(found[0])["UF_DEPARTMENT"][0].to_string(), sales);
        assert!(ada.get(&confirm).text().contains("someone else has decided"));
        let emil = Browser::signed_in(app, "emil@example.com");
        assert!(emil.get(&confirm).status.is_client_error());
    }

    /// Administrators see in the menu how many wait, and get one mail for all of them, once an hour, in their language.
    fn administrators_hear_of_those_who_wait(app) {
        let link = open(app);
        let mails = || app.count("select count(*) from mails where kind = 'waiting'");
        let next = || app.count("select max(created_at) from mails where kind = 'waiting'");
        let boris = app.admin().add_user(json!({ "EMAIL": "boris@example.com" }));
        app.execute(Sql::with("update users set admin = 1 where id = $1", [boris.into()]));
        let ada = Browser::signed_in(app, "ada@example.com");
        assert!(!ada.page("/").contains("side-count"));
        wait(app, &link);
        assert_eq!(mails(), 1, "Boris has not accepted his invitation");
        let first = next();
        assert!(first <= app.app.clock.seconds());
        let page = ada.page("/");
        assert!(page.contains("<span class=\"side-count\">1<span class=\"hidden-visually\"> waiting to be let in"), "{page}");
        assert!(!Browser::signed_in(app, "emil@example.com").page("/").contains("side-count"));
        let another = |email: &str| {
            asked(app, &link, &[ANNA[0], ("email", email)]);
            let proof = mailed(app);
            Browser::new(app).submit(&proof, &proof, &[ANNA[0], ("password", PASSWORD)]);
        };
        app.app.clock.advance(60);
        another("b@example.com");
        another("c@example.com");
        assert_eq!((mails(), next()), (2, first + 3600), "one more, when the hour is over");
        let id = app.count("select max(id) from mails");
        let mail = ada.page(&format!("/outbox/{id}/"));
        assert!(mail.contains("3 people wait to be let into Muster") && mail.contains("/company/invitations/"), "{mail}");
        app.app.clock.advance(7200);
        leads_to(&ada.submit("/settings/", "/settings/", &[("language", "ru")]));
        another("d@example.com");
        assert!(mails() == 3 && next() >= first + 7260 && next() <= app.app.clock.seconds());
        assert_eq!(app.count("select count(*) from mails where kind = 'waiting' and language = 'ru'"), 1);
        // What is no longer true is not sent.
        app.execute("delete from registrations");
        assert_eq!(ada.get(&format!("/outbox/{id}/")).status, 404);
    }

    /// Whoever is refused is told, forgotten after a while, and may ask again.
    fn people_are_refused(app) {
        let link = open(app);
        let id = wait(app, &link);
        let ada = Browser::signed_in(app, "ada@example.com");
        let refuse = format!("/company/invitations/registration/{id}/refuse/");
        assert_eq!(leads_to(&ada.submit("/company/invitations/", &refuse, &[])), "/company/invitations/?done=registration-refused");
        assert!(ada.page(&format!("/outbox/registration/{id}/")).contains("has not let you in"));
        assert!(ada.page("/outbox/").contains("Refused"));
        assert!(!ada.page("/company/invitations/").contains("Anna@Example.com"));
        assert_eq!(app.count("select count(*) from registrations where password_hash is not null"), 0);
        assert_eq!(Browser::new(app).sign_in("anna@example.com", PASSWORD).status, 403);
        asked(app, &link, &ANNA);
        assert_eq!(app.count("select count(*) from registrations where state = 'asked'"), 1);
    }

    /// Off by default; a link ends by closing and by another link; domains are kept to; only administrators have to do with it.
    fn registration_is_an_administrators_switch(app) {
        assert_eq!(app.admin().ok("user.registration.settings", json!({})), json!({ "OPEN": false, "PATH": "", "DOMAINS": "" }));
        assert_eq!(Browser::new(app).get("/register/anything/").status, 410);
        let first = open(app);
        assert_eq!(open(app), first, "what is open stays as it is");
        Browser::new(app).page(&first);
        app.admin().ok("user.registration.set", json!({ "RENEW": "Y" }));
        assert_eq!(Browser::new(app).get(&first).status, 410);
        let second = open(app);
        app.admin().ok("user.registration.set", json!({ "DOMAINS": "@Example.com, example.org" }));
        assert_eq!(app.admin().ok("user.registration.settings", json!({}))["DOMAINS"], "example.com example.org");
        assert_eq!(ask(app, &second, &[ANNA[0], ("email", "anna@sub.example.com")]).status, 422);
        assert_eq!(ask(app, &second, &[ANNA[0], ("email", "anna@example.com.evil.net")]).status, 422);
        asked(app, &second, &[ANNA[0], ("email", "anna@EXAMPLE.ORG")]);
        for wrong in ["nonsense", "a b c@d", &"a.example ".repeat(51)] {
            app.admin().call("user.registration.set", json!({ "DOMAINS": wrong })).fails(400, "ERROR_ARGUMENT");
        }
        let proof = mailed(app);
        app.admin().ok("user.registration.set", json!({ "OPEN": "N" }));
        assert_eq!(Browser::new(app).submit(&proof, &proof, &[ANNA[0], ("password", PASSWORD)]).status, 410, "closed meanwhile");
        assert_eq!(Browser::new(app).get(&second).status, 410);
        assert_ne!(open(app), second, "closing ends a link for good");
        let emil = Browser::signed_in(app, "emil@example.com");
        assert_eq!(emil.get("/company/invitations/registration/").status, 403);
        let form = token(&emil.page("/settings/"));
        for path in ["/company/invitations/registration/", "/company/invitations/registration/1/confirm/", "/company/invitations/registration/1/refuse/"] {
            assert!(emil.post(path, &[("form", &form), ("open", "N")]).status.is_client_error(), "{path}");
        }
        for method in ["user.registration.settings", "user.registration.set", "user.registration.list", "user.registration.confirm", "user.registration.refuse"] {
            app.employee().call(method, json!({ "ID": 1 })).fails(400, "ERROR_CORE");
        }
        assert_eq!(emil.get("/outbox/registration/1/").status, 404);
    }

    /// Known, invited, waiting and unknown addresses get the same answer, and no one's account is touched.
    fn nobody_learns_who_is_registered(app) {
        let link = open(app);
        app.admin().add_user(json!({ "EMAIL": "invited@example.com" }));
        let id = wait(app, &link);
        let mails = app.count("select count(*) from mails");
        let answers: Vec<String> = ["emil@example.com", "EMIL@example.com", "invited@example.com", "anna@example.com", "new@example.com"]
            .iter()
            .map(|email| {
                let reply = ask(app, &link, &[ANNA[0], ("email", email)]);
                assert_eq!(reply.status, 200, "{email}");
                reply.text().replace(email, "")
            })
            .collect();
        asked(app, &link, &[ANNA[0], ("email", "another@example.com")]);
        sleep(Duration::from_millis(300));
        assert!(answers.iter().all(|it| *it == answers[0]), "{answers:?}");
        assert_eq!(app.count("select count(*) from mails"), mails);
        assert_eq!(app.count("select count(*) from registrations"), 3);
        assert_eq!(app.count("select id from registrations where state = 'waiting'"), id, "who waits is not put back");
        for wrong in ["nonsense", "", "a@b", &format!("{}@example.com", "x".repeat(300))] {
            assert!(ask(app, &link, &[ANNA[0], ("email", wrong)]).status.is_client_error(), "{wrong}");
        }
        assert_eq!(ask(app, &link, &[("name", &"x".repeat(26)), ("email", "long@example.com")]).status, 422);
        // Someone took the address meanwhile: the confirmation is refused and changes nothing.
        app.admin().add_user(json!({ "EMAIL": "anna@example.com" }));
        let people = app.count("select count(*) from users");
        app.admin().call("user.registration.confirm", json!({ "ID": id })).fails(400, "ERROR_ARGUMENT");
        assert_eq!((app.count("select count(*) from users"), app.count("select count(*) from registrations")), (people, 3));
        for wrong in [json!({}), json!({ "ID": 999 }), json!({ "ID": "x" })] {
            app.admin().call("user.registration.confirm", wrong.clone()).fails(400, "ERROR_CORE");
            app.admin().call("user.registration.refuse", wrong).fails(400, "ERROR_CORE");
        }
    }

    /// Tries are counted for each address; links end with time and by a newer one, and are kept as hashes only.
    fn registering_is_slowed_down(app) {
        let link = open(app);
        asked(app, &link, &ANNA);
        let first = mailed(app);
        let secret = first.split('/').nth(3).unwrap();
        let stored = format!("{:?}", app.app.db.read(|tx| tx.rows(&Sql::new("select * from registrations"))).unwrap());
        assert!(secret.len() == 32 && !stored.contains(secret));
        asked(app, &link, &ANNA);
        assert_eq!(Browser::new(app).get(&first).status, 410, "a newer mail ends the one before");
        let second = mailed(app);
        Browser::new(app).page(&second);
        assert_eq!(Browser::new(app).get(&second.replace("/register/address/", "/join/")).status, 410, "it opens nothing else");
        app.app.clock.advance(86_401);
        assert_eq!(Browser::new(app).get(&second).status, 410, "a day ends it");
        let browser = Browser::new(app);
        let form = token(&browser.page(&link));
        let sent = |email: &str| browser.post(&link, &[("form", form.as_str()), ("name", "A"), ("email", email)]).status.as_u16();
        let tries: Vec<u16> = (0..11).map(|_| sent("many@example.com")).collect();
        assert_eq!((tries[9], tries[10]), (200, 429), "{tries:?}");
        assert_eq!(sent("other@example.com"), 200);
    }
}

/// Mails are delivered to the mail server as all others are; what was never proven is forgotten.
#[test]
fn registrations_are_mailed_and_swept() {
    let settings = Settings { mail: Mail::Sent, ..Settings::default() };
    let app = TestApp::sqlite_with(Setup { settings, ..Setup::default() });
    let link = open(&app);
    asked(&app, &link, &ANNA);
    let queued =
        "select count(*) from event_deliveries where url = 'mailto:Anna@Example.com' and object like 'registration:%'";
    assert_eq!(app.count(queued), 1);
    app.app.clock.advance(31 * 86_400);
    let now = app.app.clock.seconds();
    app.app.db.write(|tx| muster_modules::event::delivery::sweep(tx, now)).unwrap();
    assert_eq!(app.count("select count(*) from registrations"), 0);
}

/// A limit on people holds for those who register too.
#[test]
fn there_has_to_be_a_place() {
    let settings = Settings { mail: Mail::Kept, user_limit: Some(2), ..Settings::default() };
    let app = TestApp::sqlite_with(Setup { settings, ..Setup::default() });
    let link = open(&app);
    let id = wait(&app, &link);
    let ada = Browser::signed_in(&app, "ada@example.com");
    let reply = ada.submit("/company/invitations/", &format!("/company/invitations/registration/{id}/confirm/"), &[]);
    assert!(reply.status == 400 && reply.text().contains("no place for more people"), "{}", reply.text());
    assert_eq!(app.count("select count(*) from registrations where state = 'waiting'"), 1);
}
