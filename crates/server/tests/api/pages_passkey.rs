//! Passkeys as far as they go without a device: the rest is shown in Chromium.

use crate::{
    both::both,
    browser::{Browser, PASSWORD, token},
};
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
}
