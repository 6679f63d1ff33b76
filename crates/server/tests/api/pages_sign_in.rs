//! Signing in and out, and sessions.

use crate::{
    app::{Setup, TestApp},
    both::both,
    browser::{Browser, PASSWORD, give_passwords, leads_to, token},
};
use axum::{body::Body, http::Request};
use muster::Door;
use muster_core::clock::hash_of;
use muster_db::Sql;

const COOKIE: &str = "muster_session";

both! {
    /// In, around and out again.
    fn people_sign_in_and_out(app) {
        give_passwords(app);
        let browser = Browser::new(app);
        assert_eq!(leads_to(&browser.get("/settings/?x=1")), "/sign-in/?back=%2Fsettings%2F%3Fx%3D1");
        let reply = browser.submit("/sign-in/?back=%2Fsettings%2F", "/sign-in/",
            &[("email", " Emil@Example.com "), ("password", PASSWORD), ("back", "/settings/?x=1")]);
        assert_eq!(leads_to(&reply), "/settings/?x=1");
        let home = browser.page("/");
        assert!(home.contains("<h2 id=\"me-name\">Emil Employee</h2>") && home.contains("mailto:emil@example.com"), "{home}");
        assert_eq!(leads_to(&browser.get("/sign-in/")), "/");
        let secret = browser.cookie(COOKIE).unwrap();
        assert_eq!(leads_to(&browser.submit("/", "/sign-out/", &[])), "/sign-in/?done=signed-out");
        assert_eq!(browser.cookie(COOKIE), None);
        browser.set_cookie(COOKIE, &secret);
        assert_eq!(leads_to(&browser.get("/")), "/sign-in/", "signing out ends the session, not only the cookie");
    }

    /// Nothing tells whether an address exists, and nobody guesses for long.
    fn guessing_is_slowed_down(app) {
        give_passwords(app);
        let browser = Browser::new(app);
        let text = |email: &str| {
            let reply = browser.sign_in(email, "wrong");
            assert_eq!(reply.status, 403);
            reply.text().replace(email, "")
        };
        let known = text("ada@example.com");
        assert!(known.contains("role=\"alert\">The e-mail address or the password is wrong."), "{known}");
        assert_eq!(known, text("nobody@example.com"));
        app.execute("update users set active = 0 where id = 2");
        assert_eq!(known, text("emil@example.com"), "whoever has left does not exist");
        for _ in 1..10 {
            browser.sign_in("Ada@Example.com", "wrong");
        }
        let refused = browser.sign_in("ada@example.com", PASSWORD);
        assert_eq!(refused.status, 429);
        for _ in 1..10 {
            browser.sign_in("nobody@example.com", "wrong");
        }
        let unknown = browser.sign_in("nobody@example.com", PASSWORD);
        assert_eq!(unknown.status, 429, "an address that does not exist is throttled alike");
        app.app.clock.advance(15 * 60);
        leads_to(&browser.sign_in("ada@example.com", PASSWORD));
    }

    /// A cookie that someone planted is never signed in: each sign-in has a new secret, and the one before it ends.
    fn sessions_cannot_be_fixed(app) {
        give_passwords(app);
        let planted = "abcdefghijkmnpqrstuvwxyz23456789";
        let victim = Browser::new(app);
        victim.set_cookie(COOKIE, planted);
        leads_to(&victim.sign_in("ada@example.com", PASSWORD));
        let first = victim.cookie(COOKIE).unwrap();
        assert_ne!(first, planted);
        let attacker = Browser::new(app);
        attacker.set_cookie(COOKIE, planted);
        assert_eq!(leads_to(&attacker.get("/")), "/sign-in/");
        // Someone else's session, planted before its victim signs in as themselves.
        let emil = Browser::signed_in(app, "emil@example.com");
        let form = token(&emil.page("/settings/"));
        let fields = [("form", form.as_str()), ("email", "ada@example.com"), ("password", PASSWORD)];
        leads_to(&emil.post("/sign-in/", &fields));
        assert!(emil.page("/").contains("Ada Admin"));
        assert_eq!(app.count("select count(*) from sessions where user_id = 2"), 0);
    }

    /// Whatever address a link asks to go back to, one stays here.
    fn people_are_sent_nowhere_else(app) {
        give_passwords(app);
        for back in ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)",
            "\u{1}//evil.example", "/%5cevil.example/%0d%0aSet-Cookie:x=1", "evil"] {
            let browser = Browser::new(app);
            let page = browser.page("/sign-in/");
            let fields = [("form", token(&page)), ("back", back.to_owned()), ("email", "ada@example.com".to_owned()), ("password", PASSWORD.to_owned())];
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let to = leads_to(&browser.post("/sign-in/", &fields));
            assert!(to == "/" || to == "/%5cevil.example/%0d%0aSet-Cookie:x=1", "{back} led to {to}");
        }
    }

    /// Sessions end when they are not used, and after three months however much they are used.
    fn sessions_expire(app) {
        let day = 86_400;
        let idle = Browser::signed_in(app, "ada@example.com");
        app.app.clock.advance(13 * day);
        idle.page("/");
        app.app.clock.advance(13 * day);
        idle.page("/");
        app.app.clock.advance(14 * day + 1);
        assert_eq!(leads_to(&idle.get("/")), "/sign-in/");
        let busy = Browser::signed_in(app, "ada@example.com");
        for _ in 0..8 {
            app.app.clock.advance(10 * day);
            busy.page("/");
        }
        app.app.clock.advance(10 * day + 1);
        assert_eq!(leads_to(&busy.get("/")), "/sign-in/");
        leads_to(&busy.sign_in("ada@example.com", PASSWORD));
        assert_eq!(app.count("select count(*) from sessions"), 1, "what is over is forgotten");
    }

    /// One sees one's own sessions and no one else's, and ends them.
    fn sessions_are_listed_and_ended(app) {
        let (one, two) = (Browser::signed_in(app, "ada@example.com"), Browser::signed_in(app, "ada@example.com"));
        let emil = Browser::signed_in(app, "emil@example.com");
        let page = one.page("/settings/security/");
        assert_eq!((page.matches("/end/\"").count(), page.matches("This browser").count()), (1, 1), "{page}");
        assert_eq!(emil.page("/settings/security/").matches("/end/\"").count(), 0);
        let action = page.split('"').find(|it| it.ends_with("/end/")).unwrap().to_owned();
        leads_to(&emil.submit("/settings/", &action, &[]));
        two.page("/");
        leads_to(&one.submit("/settings/", &action, &[]));
        assert_eq!(leads_to(&two.get("/")), "/sign-in/");
        let third = Browser::signed_in(app, "ada@example.com");
        leads_to(&one.submit("/settings/", "/settings/security/sessions/end-others/", &[]));
        assert_eq!(leads_to(&third.get("/")), "/sign-in/");
        one.page("/");
        emil.page("/");
        app.execute("update users set active = 0 where id = 2");
        assert_eq!(leads_to(&emil.get("/")), "/sign-in/", "whoever has left is out at once");
    }

    /// The secret of a session is nowhere but in its cookie.
    fn sessions_are_kept_only_as_hashes(app) {
        let browser = Browser::signed_in(app, "ada@example.com");
        let secret = browser.cookie(COOKIE).unwrap();
        let rows = format!("{:?}", app.app.db.read(|tx| tx.rows(&Sql::new("select * from sessions"))).unwrap());
        assert!(rows.contains(&hash_of(&secret)) && !rows.contains(&secret));
        assert!(!browser.page("/settings/security/").contains(&secret));
    }

    /// The language is the person's, or else the browser's; the theme is the person's, or else the device's.
    fn people_choose_language_and_theme(app) {
        let mut browser = Browser::signed_in(app, "ada@example.com");
        assert!(browser.page("/").contains("<html lang=\"en\">\n"));
        browser.language = "de;q=0.9, ru;q=0.8";
        assert!(browser.page("/").contains("<html lang=\"ru\">\n"));
        let set = |language, theme| leads_to(&browser.submit("/settings/", "/settings/", &[("language", language), ("theme", theme)]));
        assert_eq!(set("en", "dark"), "/settings/?done=saved");
        assert!(browser.page("/").contains("<html lang=\"en\" data-theme=\"dark\">\n"));
        assert!(browser.page("/settings/?done=saved").contains("role=\"status\">Saved."));
        set("", "");
        assert!(browser.page("/").contains("<html lang=\"ru\">\n"));
        let refused = browser.submit("/settings/", "/settings/", &[("language", "xx"), ("theme", "\"><script>")]);
        assert_eq!(refused.status, 400);
    }

    /// A name may hold anything and is only ever text.
    fn names_are_text(app) {
        let script = "<script>alert(1)</script>";
        app.execute("update users set last_name = '<script>alert(1)</script>', name = '\"><img src=x onerror=alert(1)>' where id = 1");
        let page = Browser::signed_in(app, "ada@example.com").page("/");
        assert!(!page.contains(script) && !page.contains("<img src=x") && page.contains("&#60;script&#62;"), "{page}");
    }
}

/// Over TLS cookies go over TLS alone, and no neighbour can plant them.
#[test]
fn cookies_are_guarded() {
    let app = TestApp::sqlite_with(Setup { door: Door { tls: true, ..Door::default() }, ..Setup::default() });
    give_passwords(&app);
    let browser = Browser::new(&app);
    let form = token(&browser.page("/sign-in/"));
    let fields = [("form", form.as_str()), ("email", "ada@example.com"), ("password", PASSWORD), ("stay", "Y")];
    let reply = browser.post("/sign-in/", &fields);
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-muster_session="), "{cookie}");
    for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Max-Age=7776000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(browser.page("/").contains("Ada Admin"));
    // A cookie without the prefix, as a neighbour or a page without TLS could set, is none.
    let session = browser.cookie("__Host-muster_session").unwrap();
    let request = Request::get("/").header("host", "muster.test").header("cookie", format!("muster_session={session}"));
    leads_to(&app.send(request.body(Body::empty()).unwrap()));
}
