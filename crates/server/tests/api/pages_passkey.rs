//! Passkeys as far as they go without a device: the rest is shown in Chromium.

use crate::{
    app::{Setup, TestApp},
    both::both,
    browser::{Browser, PASSWORD, token},
};
use muster::Door;
use muster_core::{Json, json};

const PASSKEYS: &str = "/settings/security/passkeys/";

both! {
    /// What a browser is asked is bound to this host, asks for the owner, and takes the password first.
    fn a_passkey_is_asked_for(app) {
        let ada = Browser::signed_in(app, "ada@example.com");
        let begin = |password: &str| ada.submit(PASSKEYS, &format!("{PASSKEYS}begin/"), &[("current", password)]);
        let refused = begin("wrong");
        assert_eq!((refused.status.as_u16(), refused.body()["options"].clone()), (403, Json::Null));
        let asked = begin(PASSWORD).body();
        let options = &asked["options"];
        assert_eq!(options["rp"]["id"], "localhost");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert!(asked["ceremony"].as_str().unwrap().len() == 32 && options["challenge"].is_string());
    }

    /// Nothing made up signs anyone in or is kept, and what was asked is answered once.
    fn made_up_passkeys_are_refused(app) {
        let browser = Browser::new(app);
        let form = token(&browser.page("/sign-in/"));
        let asked = browser.post("/sign-in/passkey/begin/", &[("form", &form)]).body();
        let ceremony = asked["ceremony"].as_str().unwrap();
        let made_up = json!({
            "id": "AAAA", "rawId": "AAAA", "type": "public-key", "clientExtensionResults": {},
            "response": { "authenticatorData": "AAAA", "clientDataJSON": "AAAA", "signature": "AAAA",
                "userHandle": "AAAAAAAAAAAAAAAAAAAAAQ" },
        })
        .to_string();
        for credential in ["", "{}", "nonsense", made_up.as_str(), made_up.as_str()] {
            let fields = [("form", form.as_str()), ("ceremony", ceremony), ("credential", credential)];
            assert_eq!(browser.post("/sign-in/passkey/", &fields).status, 403, "{credential}");
        }
        assert_eq!(app.count("select count(*) from ceremonies"), 0, "it was answered");
        assert_eq!(browser.cookie("muster_session"), None);
        let ada = Browser::signed_in(app, "ada@example.com");
        for credential in ["", "{}", made_up.as_str()] {
            let reply = ada.submit(PASSKEYS, PASSKEYS, &[("ceremony", ceremony), ("credential", credential), ("name", "x")]);
            assert_eq!(reply.status, 403, "{credential}");
        }
        assert_eq!(app.count("select count(*) from passkeys"), 0);
    }

    /// Nobody fills the table of what was asked for: tries of one address are counted, and another day they may again.
    fn asking_is_slowed_down(app) {
        let browser = Browser::new(app);
        let form = token(&browser.page("/sign-in/"));
        let begin = || browser.post("/sign-in/passkey/begin/", &[("form", &form)]);
        for _ in 0..300 {
            assert_eq!(begin().status, 200);
        }
        let refused = begin();
        assert_eq!(refused.status, 429);
        assert!(refused.body()["problem"].as_str().unwrap().contains("Too many"), "{}", refused.text());
        assert_eq!(app.count("select count(*) from ceremonies"), 300);
        app.app.clock.advance(15 * 60);
        assert_eq!(begin().status, 200);
    }
}

/// Browsers bind passkeys to names: at an IP address they are not offered, and it is said why.
#[test]
fn passkeys_need_a_name() {
    for (address, has_them) in
        [("https://192.0.2.7", false), ("https://[2001:db8::1]:8443", false), ("https://muster.example.com", true)]
    {
        let door = Door { public_url: Some(address.to_owned()), ..Door::default() };
        let app = TestApp::sqlite_with(Setup { door, ..Setup::default() });
        let browser = Browser::new(&app);
        let page = browser.page("/sign-in/");
        assert_eq!(page.contains("data-passkey"), has_them, "{address}");
        let begun = browser.post("/sign-in/passkey/begin/", &[("form", &token(&page))]);
        assert_eq!(begun.status, if has_them { 200 } else { 409 }, "{address}: {}", begun.text());
        let ada = Browser::signed_in(&app, "ada@example.com");
        let page = ada.page(PASSKEYS);
        assert_eq!(
            (page.contains("data-passkey"), page.contains("set as") || page.contains("sets as")),
            (has_them, !has_them),
            "{page}"
        );
        let adding = ada.submit("/settings/", &format!("{PASSKEYS}begin/"), &[("current", PASSWORD)]);
        assert_eq!(adding.status, if has_them { 200 } else { 409 }, "{address}");
        let made_up = ada.submit("/settings/", PASSKEYS, &[("ceremony", "x"), ("credential", "{}")]);
        assert!(made_up.status.is_client_error(), "{address}: {}", made_up.status);
    }
}
