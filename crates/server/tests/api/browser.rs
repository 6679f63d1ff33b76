//! A browser as far as the tests of pages need one: it keeps cookies, carries a form's token and follows no redirection.

use crate::app::{Reply, TestApp};
use axum::{body::Body, http::Request};
use muster_core::Chance;
use muster_db::Sql;
use muster_modules::user::password;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::{cell::RefCell, collections::BTreeMap, sync::OnceLock};

/// Everybody's password, once [`give_passwords`] has given it to them.
pub(crate) const PASSWORD: &str = "correct horse";

/// Gives everyone the same password.
pub(crate) fn give_passwords(app: &TestApp) {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| password::hash(PASSWORD, &mut Chance::seeded(1)).unwrap());
    let sql = || Sql::with("update users set password_hash = $1", [hash.as_str().into()]);
    app.app.db.write(|tx| tx.run(&sql()).map(drop)).unwrap();
}

/// A browser with its cookies.
pub(crate) struct Browser<'a> {
    pub(crate) app: &'a TestApp,
    cookies: RefCell<BTreeMap<String, String>>,
    pub(crate) language: &'static str,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(app: &'a TestApp) -> Browser<'a> {
        Browser { app, cookies: RefCell::default(), language: "en" }
    }

    /// A browser that this person is signed in with.
    #[track_caller]
    pub(crate) fn signed_in(app: &'a TestApp, email: &str) -> Browser<'a> {
        give_passwords(app);
        let browser = Browser::new(app);
        let reply = browser.sign_in(email, PASSWORD);
        assert_eq!(reply.status, 303, "{}", reply.text());
        browser
    }

    /// Fills in the form that one signs in with.
    pub(crate) fn sign_in(&self, email: &str, password: &str) -> Reply {
        self.submit("/sign-in/", "/sign-in/", &[("email", email), ("password", password)])
    }

    /// Opens an address.
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path), Body::empty())
    }

    /// The text of a page that has to be there.
    #[track_caller]
    pub(crate) fn page(&self, path: &str) -> String {
        let reply = self.get(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.text().to_owned()
    }

    /// Opens the page of a form and sends it to an address.
    pub(crate) fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Reply {
        let token = token(self.get(page).text());
        self.post(action, &[&[("form", token.as_str())], fields].concat())
    }

    /// Sends a form as it is.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request, Body::from(query(fields)))
    }

    /// Sends any request with this browser's cookies and keeps what is set.
    pub(crate) fn send(&self, request: axum::http::request::Builder, body: Body) -> Reply {
        let pairs: Vec<String> = self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("host", "muster.test").header("accept", "text/html");
        let request = request.header("accept-language", self.language).header("cookie", pairs.join("; "));
        let reply = self.app.send(request.body(body).unwrap());
        for set in reply.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        reply
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }
}

/// The token of a page's forms; empty if it has none.
pub(crate) fn token(page: &str) -> String {
    let after = page.split_once("name=\"form\" value=\"").map_or("", |it| it.1);
    after.split('"').next().unwrap_or_default().to_owned()
}

/// Where a reply leads.
#[track_caller]
pub(crate) fn leads_to(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.headers["location"].to_str().unwrap().to_owned()
}

pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    pairs.collect::<Vec<_>>().join("&")
}
