//! A forgotten password.

use crate::{
    app::TestApp,
    both::both,
    browser::{Browser, PASSWORD, leads_to},
    pages_invitation::latest_link,
};
use muster_core::json;
use std::{thread::sleep, time::Duration};

/// Asks for a mail and answers the page without the address.
fn ask(app: &TestApp, email: &str) -> (u16, String) {
    let reply = Browser::new(app).submit("/forgot/", "/forgot/", &[("email", email)]);
    (reply.status.as_u16(), reply.text().to_owned())
}

/// Waits until so many mails are queued: that happens after the answer.
#[track_caller]
fn wait_for_mails(app: &TestApp, wanted: i64) {
    for _ in 0..500 {
        if app.count("select count(*) from mails") == wanted {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("{} mails, not {wanted}", app.count("select count(*) from mails"));
}

both! {
    with crate::pages_invitation::kept();

    /// A mail, a link, a new password; all sessions end with the old one.
    fn passwords_are_set_anew(app) {
        let emil = Browser::signed_in(app, "emil@example.com");
        assert_eq!(ask(app, " Emil@Example.com").0, 200);
        wait_for_mails(app, 1);
        let link = latest_link(app);
        let browser = Browser::new(app);
        assert_eq!(browser.submit(&link, &link, &[("password", "short")]).status, 422);
        let set = browser.submit(&link, &link, &[("password", "a new password")]);
        assert_eq!(leads_to(&set), "/sign-in/?done=password-set");
        assert_eq!(leads_to(&emil.get("/")), "/sign-in/", "whoever knew the old one is out");
        assert_eq!(browser.sign_in("emil@example.com", PASSWORD).status, 403);
        assert_eq!(leads_to(&browser.sign_in("emil@example.com", "a new password")), "/");
        assert_eq!(browser.get(&link).status, 410);
        assert_eq!(app.count("select count(*) from links"), 0);
    }

    /// Nothing tells who exists: not the answer, and no mail goes to anyone who cannot sign in.
    fn nobody_learns_who_exists(app) {
        app.admin().add_user(json!({ "EMAIL": "invited@example.com" }));
        app.execute("delete from mails");
        let known = ask(app, "emil@example.com");
        wait_for_mails(app, 1);
        // Each page has a token of its own browser, and nothing else of its own.
        for email in ["nobody@example.com", "invited@example.com", "nonsense", ""] {
            assert_eq!(ask(app, email), known, "{email}");
        }
        app.execute("update users set active = 0 where id = 2");
        assert_eq!(ask(app, "emil@example.com"), known);
        sleep(Duration::from_millis(300));
        assert_eq!(app.count("select count(*) from mails"), 1);
    }

    /// A link lasts for an hour, and mails are not sent without end.
    fn links_end_and_mails_do_too(app) {
        ask(app, "emil@example.com");
        wait_for_mails(app, 1);
        let link = latest_link(app);
        Browser::new(app).page(&link);
        app.app.clock.advance(3601);
        assert_eq!(Browser::new(app).get(&link).status, 410);
        for _ in 0..10 {
            assert_eq!(ask(app, "Emil@example.com").0, 200);
        }
        assert_eq!(ask(app, "emil@example.com").0, 429);
        for _ in 0..10 {
            ask(app, "nobody@example.com");
        }
        assert_eq!(ask(app, "nobody@example.com").0, 429, "an address that does not exist is throttled alike");
        wait_for_mails(app, 11);
    }
}
