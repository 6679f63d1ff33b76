//! What holds for every page, by the table of their addresses.

use crate::{
    app::{Reply, TestApp},
    both::both,
    browser::{Browser, leads_to, token},
};
use axum::{body::Body, http::Request};
use muster::pages::{Verb, addresses};

/// An address that leads to no page.
const NOWHERE: &str = "/nothing/here";

/// An address with something in the place of each name in braces.
fn example(path: &str) -> String {
    let pieces = path.split('/').map(|it| if it.starts_with('{') { "1" } else { it });
    pieces.collect::<Vec<_>>().join("/")
}

fn of(verb: Verb) -> impl Iterator<Item = (String, bool)> {
    addresses().filter(move |it| it.0 == verb).map(|(_, path, is_open)| (example(path), is_open))
}

#[track_caller]
fn check_headers(path: &str, reply: &Reply) {
    let header = |name: &str| reply.headers.get(name).map_or("", |it| it.to_str().unwrap());
    let policy = header("content-security-policy");
    for rule in
        ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(rule), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(header("x-frame-options"), "DENY", "{path}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(header("cache-control"), "no-store", "{path}");
    // What is nowhere might have been meant for the REST door, whose answers and refusals other origins may read.
    assert_eq!(header("access-control-allow-origin"), if path == NOWHERE { "*" } else { "" }, "{path}");
}

/// Whether an answer is a text, and no workbook.
fn is_text(reply: &Reply) -> bool {
    reply.headers.get("content-type").is_some_and(|it| it.to_str().unwrap().starts_with("text/"))
}

/// What a strict policy would not let through, and what no page may do without.
#[track_caller]
fn check_page(path: &str, reply: &Reply) {
    check_headers(path, reply);
    if !reply.headers["content-type"].to_str().unwrap().starts_with("text/html") {
        return;
    }
    let text = reply.text();
    for wrong in [" style=", " onclick=", " onload=", "<style", "javascript:", "http://muster.test"] {
        assert!(!text.contains(wrong), "{path} has {wrong}");
    }
    assert_eq!(text.matches("<script").count(), text.matches("<script defer src=\"/static/").count(), "{path}");
    assert!(text.starts_with("<!doctype html>\n<html lang=\"") && text.contains("<title>"), "{path}");
    assert_eq!(text.matches("<h1").count(), 1, "{path} has one heading of the first level");
    assert_eq!(text.matches("method=\"post\"").count(), text.matches("name=\"form\" value=").count(), "{path}");
}

both! {
    /// Every page answers whoever administers, with all the headers that guard it, in either language.
    fn pages_are_guarded(app) {
        let mut browser = Browser::signed_in(app, "ada@example.com");
        for language in ["en", "ru"] {
            browser.language = language;
            for (path, _) in of(Verb::Get) {
                let reply = browser.get(&path);
                assert!(reply.status.as_u16() < 500, "{path}: {}", String::from_utf8_lossy(&reply.bytes));
                if reply.status != 303 {
                    check_page(&path, &reply);
                    if !is_text(&reply) {
                        continue;
                    }
                    assert!(reply.text().contains(&format!("<html lang=\"{language}\"")) || !reply.text().contains("<html"));
                }
            }
        }
        check_page(NOWHERE, &browser.get(NOWHERE));
    }

    /// Whoever is not signed in sees the pages for everyone; all others lead to where one signs in and comes back.
    fn pages_ask_to_sign_in(app) {
        for (path, is_open) in of(Verb::Get) {
            let browser = Browser::new(app);
            let reply = browser.get(&path);
            if is_open {
                assert_ne!(reply.status, 303, "{path}");
                check_page(&path, &reply);
            } else {
                assert!(leads_to(&reply).starts_with("/sign-in/"), "{path}");
                check_headers(&path, &reply);
            }
        }
        for (path, is_open) in of(Verb::Post).filter(|it| !it.1) {
            assert!(!is_open && leads_to(&Browser::new(app).post(&path, &[])).starts_with("/sign-in/"), "{path}");
        }
    }

    /// No form is taken that does not carry its own token: none, a wrong one, another session's, or from another site.
    fn forged_forms_are_refused(app) {
        let (ada, emil) = (Browser::signed_in(app, "ada@example.com"), Browser::signed_in(app, "emil@example.com"));
        let (own, other) = (token(&ada.page("/settings/")), token(&emil.page("/settings/")));
        assert!(own.len() == 32 && own != other);
        let open = Browser::new(app);
        let open_token = token(&open.page("/sign-in/"));
        for (path, is_open) in of(Verb::Post) {
            let all = [(&ada, own.as_str(), other.as_str()), (&open, open_token.as_str(), own.as_str())];
            for (browser, own, other) in &all[..1 + usize::from(is_open)] {
                for wrong in ["", "x", other] {
                    let reply = browser.post(&path, &[("form", wrong)]);
                    assert_eq!(reply.status, 403, "{path} took the token {wrong:?}");
                    check_page(&path, &reply);
                }
                for site in ["cross-site", "same-site"] {
                    let request = Request::post(&path).header("content-type", "application/x-www-form-urlencoded");
                    let request = request.header("sec-fetch-site", site);
                    assert_eq!(browser.send(request, Body::from(format!("form={own}"))).status, 403, "{path} from {site}");
                }
            }
        }
        assert_eq!(ada.get("/settings/").status, 200, "no forged form signed anyone out");
    }

    /// Two forms do not share a token before anyone has signed in either.
    fn tokens_are_tied_to_browsers(app) {
        let (one, two) = (Browser::new(app), Browser::new(app));
        let (first, second) = (token(&one.page("/sign-in/")), token(&two.page("/sign-in/")));
        assert_ne!(first, second);
        assert_eq!(token(&one.page("/sign-in/")), first, "a second page does not spoil the first one's form");
        assert_eq!(two.post("/sign-in/", &[("form", &first)]).status, 403);
    }

    /// Nothing of a page is made of the host that the browser names.
    fn hosts_are_not_believed(app) {
        let browser = Browser::signed_in(app, "ada@example.com");
        let session = browser.cookie("muster_session").unwrap();
        for (path, _) in of(Verb::Get) {
            let request = Request::get(&path).header("host", "evil.example").header("x-forwarded-host", "evil.example");
            let request = request.header("accept", "text/html").header("cookie", format!("muster_session={session}"));
            let reply = app.send(request.body(Body::empty()).unwrap());
            let headers = format!("{:?}", reply.headers);
            assert!(!String::from_utf8_lossy(&reply.bytes).contains("evil.example") && !headers.contains("evil.example"), "{path}");
        }
    }

    /// Who asks for no page gets no page.
    fn programs_get_plain_answers(app) {
        let reply = app.get("/nothing");
        assert_eq!((reply.status.as_u16(), reply.text()), (404, "no such address\n"));
    }
}

/// Static files may be kept for ever, since their names change with them; an unknown one is not there.
#[test]
fn static_files_are_kept() {
    let app = TestApp::sqlite();
    let page = Browser::new(&app).page("/sign-in/");
    let links: Vec<&str> = page.split(['"', '#']).filter(|it| it.starts_with("/static/")).collect();
    assert_eq!(links.len(), 4, "{links:?}");
    for link in links {
        let reply = app.get(link);
        assert_eq!(reply.status, 200, "{link}");
        assert!(reply.headers["cache-control"].to_str().unwrap().contains("immutable"));
    }
    assert_eq!(app.get("/static/muster-0000000000000000.css").status, 404);
    assert_eq!(app.get("/static/..%2fCargo.toml").status, 404);
}

/// What a visitor loads stays small: the page, and once for all pages the style sheet, the script and the symbols.
#[test]
fn pages_stay_within_their_budget() {
    const PAGE_BYTES: usize = 60_000;
    const STATIC_BYTES: usize = 160_000;
    const REQUESTS: usize = 5;
    let app = TestApp::sqlite();
    let browser = Browser::signed_in(&app, "ada@example.com");
    for (path, _) in of(Verb::Get) {
        let reply = browser.get(&path);
        // What is saved as a file is as large as it is.
        if reply.headers.contains_key("content-disposition") {
            continue;
        }
        let text = reply.text();
        assert!(text.len() <= PAGE_BYTES, "{path} has {} bytes", text.len());
        let mut files: Vec<&str> = text.split(['"', '#']).filter(|it| it.starts_with("/static/")).collect();
        files.sort_unstable();
        files.dedup();
        let bytes: usize = files.iter().map(|it| app.get(it).bytes.len()).sum();
        assert!(files.len() < REQUESTS, "{path} takes {files:?}");
        assert!(bytes <= STATIC_BYTES, "{path} takes {bytes} bytes of static files");
    }
}
