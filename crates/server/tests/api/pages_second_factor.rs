//! The second factor, its recovery codes, and changing one's password.

use crate::{
    app::TestApp,
    both::both,
    browser::{Browser, PASSWORD, leads_to},
};
use muster_db::Sql;
use muster_modules::session::second_factor::RECOVERY_CODES;
use totp_rs::{Builder, Secret};

const SECURITY: &str = "/settings/security/";
const SETUP: &str = "/settings/security/second-factor/";

/// The code that an authenticator app with this secret shows now.
fn code(app: &TestApp, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate(app.app.clock.now().as_secs()).to_string()
}

/// What stands between two texts of a page, each time.
fn all_between(page: &str, before: &str, after: &str) -> Vec<String> {
    page.split(before).skip(1).map(|it| it.split(after).next().unwrap().to_owned()).collect()
}

/// Sets the second factor up as a person does. Answers the secret and the recovery codes.
#[track_caller]
fn set_up(browser: &Browser<'_>) -> (String, Vec<String>) {
    assert_eq!(leads_to(&browser.submit(SECURITY, SETUP, &[("current", PASSWORD)])), SETUP);
    let page = browser.page(SETUP);
    let secret = all_between(&page, "<code>", "</code>")[0].replace(' ', "");
    assert_eq!(browser.submit(SETUP, &format!("{SETUP}confirm/"), &[("code", "000000")]).status, 403);
    let shown = browser.submit(SETUP, &format!("{SETUP}confirm/"), &[("code", &code(browser.app, &secret))]);
    assert_eq!(shown.status, 200, "{}", shown.text());
    (secret, all_between(shown.text(), "<li><code>", "</code>"))
}

/// Gives the right password and answers where that leads.
fn half(app: &TestApp) -> (Browser<'_>, String) {
    let browser = Browser::new(app);
    let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("back", "/settings/?x=1")];
    let to = leads_to(&browser.submit("/sign-in/", "/sign-in/", &fields));
    (browser, to)
}

both! {
    /// With it on, the password alone opens nothing; a code of the app or a recovery code does, once.
    fn a_code_is_asked_for(app) {
        let ada = Browser::signed_in(app, "ada@example.com");
        let (secret, codes) = set_up(&ada);
        assert_eq!(codes.len(), RECOVERY_CODES);
        assert!(ada.page(SECURITY).contains("10 recovery codes are left"));
        assert_eq!(ada.get(SETUP).status, 404, "the secret is not shown again");
        let (browser, to) = half(app);
        assert_eq!(to, "/sign-in/code/?back=%2Fsettings%2F%3Fx%3D1");
        assert_eq!(leads_to(&browser.get("/")), "/sign-in/", "one is not signed in yet");
        let enter = |browser: &Browser<'_>, code: &str| {
            browser.submit("/sign-in/code/", "/sign-in/code/", &[("code", code), ("back", "/settings/?x=1")])
        };
        let used = code(app, &secret);
        assert_eq!(enter(&browser, &used).status, 403, "the code that turned it on was used");
        app.app.clock.advance(30);
        let next = code(app, &secret);
        assert_eq!(enter(&browser, "12345").status, 403);
        assert_eq!(leads_to(&enter(&browser, &format!("{} {}", &next[..3], &next[3..]))), "/settings/?x=1");
        assert!(browser.page("/").contains("Ada Admin"));
        let (second, _) = half(app);
        assert_eq!(enter(&second, &next).status, 403, "no code is good twice");
        assert_eq!(leads_to(&enter(&second, &codes[3].to_uppercase())), "/settings/?x=1");
        let (third, _) = half(app);
        assert_eq!(enter(&third, &codes[3]).status, 403, "nor is a recovery code");
        assert!(second.page(SECURITY).contains("9 recovery codes are left"));
        app.app.clock.advance(601);
        assert_eq!(third.get("/sign-in/code/").status, 403, "ten minutes after the password it is too late");
        let (other, _) = (Browser::new(app), ());
        assert_eq!(other.get("/sign-in/code/").status, 403, "without a password there is nothing to enter");
    }

    /// Codes are guessed ten times at most.
    fn guessing_codes_is_slowed_down(app) {
        let ada = Browser::signed_in(app, "ada@example.com");
        let (secret, codes) = set_up(&ada);
        app.app.clock.advance(15 * 60);
        let (browser, _) = half(app);
        let enter = |code: &str| browser.submit("/sign-in/code/", "/sign-in/code/", &[("code", code)]).status.as_u16();
        for _ in 0..10 {
            assert_eq!(enter("000000"), 403);
        }
        assert_eq!((enter(&code(app, &secret)), enter(&codes[0])), (429, 429));
    }

    /// Whoever changes something here knows the password; a browser left open is not enough.
    fn changes_take_the_password(app) {
        let (ada, other) = (Browser::signed_in(app, "ada@example.com"), Browser::signed_in(app, "ada@example.com"));
        let change = |current: &str, new: &str| {
            ada.submit(SECURITY, "/settings/security/password/", &[("current", current), ("password", new)])
        };
        assert_eq!(change("wrong", "a new password").status, 403);
        assert_eq!(change(PASSWORD, "short").status, 422);
        assert_eq!(ada.submit(SECURITY, SETUP, &[("current", "wrong")]).status, 403);
        assert_eq!(leads_to(&change(PASSWORD, "a new password")), "/settings/security/?done=password-changed");
        ada.page("/");
        assert_eq!(leads_to(&other.get("/")), "/sign-in/", "other browsers are out");
        assert_eq!(Browser::new(app).sign_in("ada@example.com", PASSWORD).status, 403);
        leads_to(&change("a new password", PASSWORD));
        let (_, codes) = set_up(&ada);
        let codes_page = |current: &str| ada.submit(SECURITY, &format!("{SETUP}codes/"), &[("current", current)]);
        assert_eq!(codes_page("wrong").status, 403);
        let fresh = all_between(codes_page(PASSWORD).text(), "<li><code>", "</code>");
        assert!(fresh.len() == RECOVERY_CODES && !fresh.contains(&codes[0]));
        let end = |current: &str| ada.submit(SECURITY, &format!("{SETUP}end/"), &[("current", current)]);
        assert_eq!(end("wrong").status, 403);
        assert_eq!(half(app).1, "/sign-in/code/?back=%2Fsettings%2F%3Fx%3D1");
        assert_eq!(leads_to(&end(PASSWORD)), "/settings/security/?done=second-factor-ended");
        assert_eq!(half(app).1, "/settings/?x=1");
        assert_eq!(codes_page(PASSWORD).status, 404);
        assert_eq!(app.count("select count(*) from recovery_codes"), 0);
    }

    /// Recovery codes and half sign-ins are kept as hashes; an app that is not confirmed opens and closes nothing.
    fn codes_are_kept_as_hashes(app) {
        let ada = Browser::signed_in(app, "ada@example.com");
        leads_to(&ada.submit(SECURITY, SETUP, &[("current", PASSWORD)]));
        assert_eq!(half(app).1, "/settings/?x=1", "it is not on before the app has shown a code");
        let (_, codes) = set_up(&ada);
        let (browser, _) = half(app);
        let secrets: Vec<String> = codes.iter().map(|it| it.replace('-', "")).chain(browser.cookie("muster_half")).collect();
        assert_eq!(secrets.len(), RECOVERY_CODES + 1);
        for table in ["select * from recovery_codes", "select * from half_sign_ins"] {
            let rows = format!("{:?}", app.app.db.read(|tx| tx.rows(&Sql::new(table))).unwrap());
            assert!(secrets.iter().all(|it| !rows.contains(it)), "{table}");
        }
        app.execute("update users set active = 0 where id = 1");
        assert_eq!(browser.get("/sign-in/code/").status, 403);
    }
}
