//! Inviting people and registering, with the mails kept in the outbox as in the demo.

use crate::{
    app::{Client, EMPLOYEE, ROOT, Setup, TestApp},
    both::both,
    browser::{Browser, leads_to, token},
};
use muster_core::{Json, Settings, call::Mail, json};
use muster_db::Sql;

pub(crate) fn kept() -> Setup {
    Setup { settings: Settings { mail: Mail::Kept, ..Settings::default() }, ..Setup::default() }
}

/// The path of the link in the latest mail.
#[track_caller]
pub(crate) fn latest_link(app: &TestApp) -> String {
    let id = app.count("select max(id) from mails");
    let page = Browser::signed_in(app, "ada@example.com").page(&format!("/outbox/{id}/"));
    let link = page.split('"').find(|it| it.starts_with("/join/") || it.starts_with("/reset/"));
    link.unwrap_or_else(|| panic!("no link in {page}")).to_owned()
}

fn invite(browser: &Browser<'_>, addresses: &str) -> crate::app::Reply {
    let root = ROOT.to_string();
    browser.submit(
        "/company/invitations/new/",
        "/company/invitations/new/",
        &[("addresses", addresses), ("department", &root)],
    )
}

const ANNA: [(&str, &str); 3] = [("name", "Анна"), ("last_name", "Müller"), ("password", "wrong horse battery")];

both! {
    with crate::pages_invitation::kept();

    /// From the administrator's form to the first page of someone who has just registered.
    fn the_invited_register(app) {
        let ada = Browser::signed_in(app, "ada@example.com");
        assert_eq!(leads_to(&invite(&ada, "anna@example.com")), "/company/invitations/?done=invited");
        assert!(ada.page("/company/invitations/").contains("anna@example.com"));
        let link = latest_link(app);
        let anna = Browser::new(app);
        let page = anna.page(&link);
        assert!(page.contains("value=\"anna@example.com\""), "{page}");
        let weak = anna.submit(&link, &link, &[ANNA[0], ("password", "short")]);
        assert_eq!(weak.status, 422);
        assert!(weak.text().contains("at least 8 characters") && weak.text().contains("value=\"Анна\""));
        assert_eq!(anna.submit(&link, &link, &[("name", " "), ANNA[2]]).status, 422);
        assert_eq!(anna.submit(&link, &link, &[("name", &"x".repeat(26)), ANNA[2]]).status, 422);
        assert_eq!(leads_to(&anna.submit(&link, &link, &ANNA)), "/");
        assert!(anna.page("/").contains("Анна Müller"));
        leads_to(&Browser::new(app).sign_in("anna@example.com", ANNA[2].1));
        assert_eq!(app.admin().ids("user.get", json!({ "NAME_SEARCH": "анна muller" })).len(), 1, "one is found by the new name");
        // The link has done its work.
        let again = Browser::new(app).get(&link);
        assert_eq!(again.status, 410);
        assert!(!again.text().contains("anna@example.com"));
        let fields = [("form", token(ada.page("/").as_str())), ("name", "Mallory".to_owned()), ("password", "another password".to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(ada.post(&link, &fields).status, 410);
        assert!(!ada.page("/company/invitations/").contains("anna@example.com"));
        assert_eq!(app.count("select count(*) from links"), 0);
    }

    /// A link ends by revoking, by another invitation or address, and with time; it is nowhere in the database but as a hash.
    fn links_end(app) {
        let ada = Browser::signed_in(app, "ada@example.com");
        leads_to(&invite(&ada, "anna@example.com"));
        let first = latest_link(app);
        let secret = first.split('/').nth(2).unwrap();
        assert_eq!(secret.len(), 32);
        for table in ["select * from links", "select * from mails"] {
            assert!(!format!("{:?}", app.app.db.read(|tx| tx.rows(&Sql::new(table))).unwrap()).contains(secret));
        }
        let id = app.count("select max(id) from users");
        let resend = format!("/company/invitations/{id}/resend/");
        leads_to(&ada.submit("/company/invitations/", &resend, &[]));
        assert_eq!(Browser::new(app).get(&first).status, 410, "a new invitation ends the one before");
        let second = latest_link(app);
        Browser::new(app).page(&second);
        leads_to(&ada.submit("/company/invitations/", &format!("/company/invitations/{id}/revoke/"), &[]));
        assert_eq!(Browser::new(app).get(&second).status, 410, "revoking ends it");
        app.admin().ok("user.update", json!({ "ID": id, "ACTIVE": "Y" }));
        assert_eq!(Browser::new(app).get(&second).status, 410, "and for good");
        leads_to(&ada.submit("/company/invitations/", &resend, &[]));
        let third = latest_link(app);
        Browser::new(app).page(&third);
        app.app.clock.advance(14 * 86_400 + 1);
        assert_eq!(Browser::new(app).get(&third).status, 410, "two weeks end it");
        let kinds = third.replace("/join/", "/reset/");
        assert_eq!(Browser::new(app).get(&kinds).status, 410, "it opens nothing else");
        leads_to(&ada.submit("/company/invitations/", &resend, &[]));
        let fourth = latest_link(app);
        Browser::new(app).page(&fourth);
        app.admin().ok("user.update", json!({ "ID": id, "EMAIL": "anna@example.org" }));
        assert_eq!(Browser::new(app).get(&fourth).status, 410, "another address ends what was sent to the one before");
    }

    /// Several at once: whoever cannot be invited holds no one up and is named with the reason.
    fn several_are_invited_at_once(app) {
        let ada = Browser::signed_in(app, "ada@example.com");
        let reply = invite(&ada, "one@example.com, two@example.com\nnonsense\nADA@example.com");
        assert_eq!(reply.status, 422);
        let text = reply.text();
        for part in ["2 people were invited", "nonsense: this is no e-mail address", "ADA@example.com: someone has this address already", ">nonsense\nADA@example.com</textarea>"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(app.count("select count(*) from mails"), 2);
        assert_eq!(invite(&ada, " ").status, 422);
        assert_eq!(invite(&ada, &"a@example.com,".repeat(51)).status, 422);
    }

    /// Whoever may not invite is refused by the methods, sees no entry in the menu, and no one's mail.
    fn only_some_invite(app) {
        app.admin().add_user(json!({ "EMAIL": "anna@example.com" }));
        let emil = Browser::signed_in(app, "emil@example.com");
        assert!(!emil.page("/").contains("/company/invitations/"));
        for path in ["/company/invitations/", "/outbox/", "/outbox/1/"] {
            let reply = emil.get(path);
            assert!(reply.status.as_u16() >= 400 && !reply.text().contains("anna@example.com"), "{path}");
        }
        assert_eq!(invite(&emil, "x@example.com").status, 403);
        assert_eq!(app.count("select count(*) from users where email = 'x@example.com'"), 0);
        app.employee().call("user.invitation.list", json!({})).fails(400, "ERROR_CORE");
        app.employee().call("user.invitation.resend", json!({ "ID": EMPLOYEE })).fails(400, "ERROR_CORE");
    }

    /// The methods behind the pages.
    fn invitations_are_listed_and_sent_again(app) {
        let admin: Client<'_> = app.admin();
        let id = admin.add_user(json!({ "EMAIL": "anna@example.com", "NAME": "Anna", "INVITATION_LANGUAGE": "ru" }));
        let listed = admin.ok("user.invitation.list", json!({}));
        let people: Vec<&Json> = listed.as_array().unwrap().iter().collect();
        assert_eq!((people.len(), &people[0]["ID"], &people[0]["EMAIL"]), (1, &json!(id.to_string()), &json!("anna@example.com")));
        assert_eq!(admin.ok("user.invitation.resend", json!({ "ID": id })), true);
        assert_eq!(app.count("select count(*) from mails where language = 'ru'"), 1);
        assert_eq!(app.count("select count(*) from mails where language = 'en'"), 1);
        for params in [json!({ "ID": EMPLOYEE }), json!({ "ID": 999 }), json!({})] {
            admin.call("user.invitation.resend", params).fails(400, "ERROR_CORE");
        }
        admin.call("user.invitation.resend", json!({ "ID": id, "INVITATION_LANGUAGE": "xx" })).fails(400, "ERROR_ARGUMENT");
        let page = Browser::signed_in(app, "ada@example.com").page("/outbox/1/");
        assert!(page.contains("приглашает вас") && page.contains("Здравствуйте, Anna!"), "{page}");
    }

    /// However many are invited, each is on one page of the list, for clients and for browsers.
    fn invitations_come_in_pages(app) {
        let admin = app.admin();
        let ids: Vec<i64> = (0..53).map(|_| admin.add_user(json!({ "SEND_INVITATION": "N" }))).collect();
        admin.call("user.add", json!({ "EMAIL": "x@example.com", "UF_DEPARTMENT": [1], "SEND_INVITATION": "perhaps" })).fails(400, "ERROR_ARGUMENT");
        let first = admin.call("user.invitation.list", json!({})).body();
        assert_eq!((first["result"].as_array().unwrap().len(), &first["total"], &first["next"]), (50, &json!(53), &json!(50)));
        let listed: Vec<i64> = [admin.ids("user.invitation.list", json!({})), admin.ids("user.invitation.list", json!({ "START": 50 }))].concat();
        assert_eq!(listed, ids.into_iter().rev().collect::<Vec<_>>());
        assert_eq!(app.count("select count(*) from mails"), 0, "nobody was sent anything");
        let browser = Browser::signed_in(app, "ada@example.com");
        let count = |path: &str| browser.page(path).matches("/resend/").count();
        assert_eq!((count("/company/invitations/"), count("/company/invitations/?start=50")), (50, 3));
        assert!(browser.page("/company/invitations/").contains("/company/invitations/?start=50"));
        assert!(browser.page("/company/invitations/?start=50").contains("/company/invitations/?start=0"));
    }

    /// Names in mails are text: in the outbox and in the HTML of the mail itself.
    fn names_in_mails_are_text(app) {
        app.execute("update users set name = '<b>Ada</b>' where id = 1");
        app.admin().add_user(json!({ "NAME": "<i>Anna</i>" }));
        let page = Browser::signed_in(app, "ada@example.com").page("/outbox/1/");
        assert!(!page.contains("<b>Ada") && !page.contains("<i>Anna"), "{page}");
    }
}

/// Where mails are sent, each is a delivery; where there is no mail server, it waits to be sent again. There is no outbox.
#[test]
fn mails_are_queued_for_the_mail_server() {
    for (mail, deliveries) in [(Mail::Off, 0), (Mail::Sent, 1)] {
        let settings = Settings { mail, ..Settings::default() };
        let app = TestApp::sqlite_with(Setup { settings, ..Setup::default() });
        app.admin().add_user(json!({ "EMAIL": "anna@example.com" }));
        assert_eq!(app.count("select count(*) from mails"), 1);
        let queued =
            "select count(*) from event_deliveries where url = 'mailto:anna@example.com' and due_at is not null";
        assert_eq!(app.count(queued), deliveries);
        assert_eq!(Browser::signed_in(&app, "ada@example.com").get("/outbox/").status, 404);
    }
}
