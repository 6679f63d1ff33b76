//! Apps and widgets in frames and sliders: who may frame what, links to apps, workers, and the tokens of opened pages.

use crate::{
    app::{ADMIN, TestApp},
    apps::new_app,
    both::both,
    browser::{Browser, leads_to},
};
use axum::{body::Body, http::Request};
use muster::pages::{Verb, addresses};
use muster_core::{Json, json};
use muster_modules::app::NewApp;

const WORKER: &str = "https://crm.example.com/worker";

fn policy(browser: &Browser<'_>, path: &str) -> String {
    browser.get(path).headers["content-security-policy"].to_str().unwrap().to_owned()
}

/// The field of this name of the form that goes to the app.
#[track_caller]
fn sent(page: &str, name: &str) -> String {
    let after =
        page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {page}")).1;
    after.split('"').next().unwrap().replace("&#34;", "\"").replace("&#38;", "&")
}

fn options(page: &str) -> Json {
    sent(page, "PLACEMENT_OPTIONS").parse().unwrap()
}

/// An app with a worker for everyone. Answers the address of its page.
fn with_worker(app: &TestApp) -> String {
    let keys = app.register(&new_app("placement,user"));
    let options = json!({ "errorHandlerUrl": "https://crm.example.com/broken", "more": "is dropped" });
    let worker = json!({ "PLACEMENT": "PAGE_BACKGROUND_WORKER", "HANDLER": WORKER, "OPTIONS": options });
    let client = app.by_app(keys.id, ADMIN);
    client.ok("placement.bind", worker);
    assert_eq!(
        client.ok("placement.get", json!({}))[0]["options"],
        json!({ "errorHandlerUrl": "https://crm.example.com/broken" })
    );
    format!("/apps/{}/widget/1/", keys.id)
}

both! {
    /// No page stands in a frame, save in one of ours that asks for it, for whoever is signed in; and never in another site's.
    fn pages_stand_in_our_frames_alone(app) {
        app.register(&new_app("user"));
        let (ada, nobody) = (Browser::signed_in(app, "ada@example.com"), Browser::new(app));
        for (verb, path, is_open) in addresses() {
            if verb == Verb::Post {
                continue;
            }
            let path = path.split('/').map(|it| if it.starts_with('{') { "1" } else { it }).collect::<Vec<_>>().join("/");
            for (browser, query, expected) in [(&ada, "", "'none'"), (&ada, "?IFRAME=y", "'none'"), (&ada, "?IFRAME=Y", "'self'"), (&nobody, "?IFRAME=Y", "'none'")] {
                let reply = browser.get(&format!("{path}{query}"));
                let policy = reply.headers["content-security-policy"].to_str().unwrap();
                assert!(policy.contains(&format!("frame-ancestors {expected};")), "{path}{query} (open: {is_open}): {policy}");
                let options = if expected == "'self'" { "SAMEORIGIN" } else { "DENY" };
                assert_eq!(reply.headers["x-frame-options"], options, "{path}{query}");
            }
        }
        let page = ada.page("/company/?IFRAME=Y&IFRAME_TYPE=SIDE_SLIDER&q=a");
        assert!(page.contains("<base target=\"_top\">") && !page.contains("<nav class=\"side\"") && !page.contains("<header class=\"top\""), "{page}");
        // Whoever has to sign in first comes back to a whole page.
        assert_eq!(leads_to(&nobody.get("/company/?IFRAME=Y&IFRAME_TYPE=SIDE_SLIDER&q=a")), "/sign-in/?back=%2Fcompany%2F%3Fq%3Da");
        // Only the page of an app lets that app's origin into a frame and into its form.
        for path in ["/", "/apps/", "/company/", "/admin/apps/"] {
            assert!(policy(&ada, path).contains("frame-src 'self';"), "{path}");
        }
        assert!(policy(&nobody, "/sign-in/").contains("frame-src 'none';"));
        assert!(policy(&ada, "/apps/1/").contains("frame-src https://crm.example.com 'self';"));
    }

    /// A link to an app opens what it bound to `REST_APP_URI`, or else its own page, with the parameters of the link.
    fn links_open_apps(app) {
        let keys = app.register(&new_app("placement,user"));
        let closed = app.register(&NewApp { allowed: vec!["U1".to_owned()], ..new_app("placement") });
        let browser = Browser::signed_in(app, "emil@example.com");
        let link = format!("/marketplace/view/{}/?params[docId]=42&params%5Btest%5D=y", keys.client_id);
        let from = |referer: &str| {
            let request = Request::get(&link).header("referer", referer);
            browser.send(request, Body::empty()).text().to_owned()
        };
        let page = from("http://muster.test/tasks/?x=1");
        assert_eq!((sent(&page, "PLACEMENT").as_str(), page.contains("action=\"https://crm.example.com/callback?")), ("DEFAULT", true));
        assert_eq!(options(&page), json!({ "docId": "42", "test": "y", "URI": "/tasks/?x=1" }));
        let bound = json!({ "PLACEMENT": "REST_APP_URI", "HANDLER": "https://crm.example.com/uri", "OPTIONS": { "x": "y" } });
        app.by_app(keys.id, ADMIN).ok("placement.bind", bound);
        assert_eq!(app.by_app(keys.id, ADMIN).ok("placement.get", json!({}))[0]["options"], json!([]));
        let page = from("https://evil.example/tasks/");
        assert_eq!((sent(&page, "PLACEMENT").as_str(), page.contains("action=\"https://crm.example.com/uri?")), ("REST_APP_URI", true));
        assert!(options(&page)["URI"].as_str().unwrap().starts_with("/marketplace/view/local."), "another site is not told of");
        let own = browser.page(&format!("/marketplace/view/{}/?params[URI]=own", keys.client_id));
        assert_eq!(options(&own), json!({ "URI": "own" }));
        assert_eq!(browser.get(&format!("/marketplace/view/{}/", closed.client_id)).status, 403);
        assert_eq!(browser.get("/marketplace/view/local.nothing/").status, 404);
    }

    /// What the app passes on when it opens its own page arrives there; it stays JSON and text.
    fn apps_pass_options_to_their_own_page(app) {
        app.register(&new_app("user"));
        let browser = Browser::signed_in(app, "emil@example.com");
        let page = browser.page("/apps/1/?options=%7B%22opened%22%3Atrue%2C%22x%22%3A%22%5C%22%3E%3Cscript%3E%22%7D");
        assert!(options(&page)["opened"] == true && !page.contains("\"><script>"), "{page}");
        for wrong in ["", "x", "[1]", "7"] {
            assert_eq!(options(&browser.page(&format!("/apps/1/?options={wrong}"))), json!({}), "{wrong}");
        }
    }

    /// A worker is on every page of those it is for, but not on its own.
    fn workers_are_on_every_page(app) {
        let address = with_worker(app);
        let browser = Browser::signed_in(app, "emil@example.com");
        let mark = format!("data-worker=\"{address}\"");
        for path in ["/", "/company/", "/apps/1/", "/company/?IFRAME=Y"] {
            assert_eq!(browser.page(path).matches(&mark).count(), 1, "{path}");
        }
        let request = Request::get(format!("{address}?IFRAME=Y")).header("referer", "http://muster.test/company/?q=a");
        let page = browser.send(request, Body::empty()).text().to_owned();
        assert!(!page.contains("data-worker") && page.contains("data-slow"), "{page}");
        assert_eq!(options(&page), json!({ "ID": "PAGE_BACKGROUND_WORKER", "URI": "/company/?q=a" }));
        app.execute("update apps set allowed = 'U1'");
        assert!(!browser.page("/").contains("data-worker"));
        assert_eq!(browser.submit("/settings/", &format!("{address}slow/"), &[]).status, 403);
    }

    /// A worker that is slow more than ten times a day goes, and its address for errors is told, without tokens. One person
    /// alone does not take it away from all others, and another day counts anew.
    fn slow_workers_go(app) {
        let address = with_worker(app);
        app.by_app(1, ADMIN).ok("placement.bind", json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": WORKER }));
        let people = ["ada@example.com", "emil@example.com"].map(str::to_owned).into_iter().chain((0..2).map(|number| {
            app.admin().add_user(json!({ "EMAIL": format!("slow{number}@example.com") }));
            format!("slow{number}@example.com")
        }));
        let people: Vec<String> = people.collect();
        app.execute("update users set accepted_at = registered_at");
        let report = |email: &str, times: usize| {
            let browser = Browser::signed_in(app, email);
            for _ in 0..times {
                browser.submit("/settings/", &format!("{address}slow/"), &[]);
                browser.submit("/settings/", "/apps/1/widget/2/slow/", &[]);
            }
        };
        report(&people[0], 20);
        report(&people[1], 3);
        report(&people[2], 3);
        assert_eq!(app.count("select count(*) from placements"), 2);
        app.app.clock.advance(86_400);
        report(&people[3], 3);
        assert_eq!(app.count("select count(*) from placements"), 2);
        report(&people[0], 3);
        report(&people[1], 3);
        report(&people[2], 1);
        assert_eq!(app.count("select count(*) from placements"), 2, "ten times");
        report(&people[2], 1);
        assert_eq!(app.count("select count(*) from placements"), 1, "once too often");
        let told = app.heard().join("\n");
        assert!(told.starts_with("ERROR_PLACEMENT_LOADING_OVERTIME ") && told.contains(WORKER) && told.lines().count() == 1, "{told}");
        assert_eq!(app.count("select count(*) from event_deliveries where user_id is not null"), 0, "it is of no person");
        assert_eq!(app.count("select count(*) from event_deliveries where url = 'https://crm.example.com/broken'"), 1);
    }

    /// Opening pages of an app for years leaves no heap of tokens; those that were used, and the installation's, stay.
    fn tokens_of_opened_pages_are_swept(app) {
        app.register(&new_app("user"));
        let browser = Browser::signed_in(app, "ada@example.com");
        let kept = app.tokens(1, ADMIN);
        let first = sent(&browser.page("/apps/1/"), "REFRESH_ID");
        app.app.clock.advance(60);
        for _ in 0..60 {
            app.app.clock.advance(1);
            browser.page("/apps/1/");
        }
        let refresh = "select count(*) from app_tokens where kind = 'refresh'";
        assert_eq!(app.count(refresh), 62, "those of the last day stay");
        app.app.clock.advance(2 * 86_400);
        let last = sent(&browser.page("/apps/1/"), "REFRESH_ID");
        assert_eq!(app.count(refresh), 52, "the latest fifty, the new one, and the one that was given otherwise");
        let known = |token: &str| {
            let hash = muster_core::clock::hash_of(token);
            let sql = muster_db::Sql::with("select count(*) from app_tokens where token_hash = $1", [hash.into()]);
            app.app.db.read(|tx| tx.int(&sql)).unwrap() == 1
        };
        let given = kept["refresh_token"].as_str().unwrap();
        assert_eq!((known(&first), known(&last), known(given)), (false, true, true));
    }

    /// Apps' pages and widgets for the menu stand in the menu of those they are for, once they are installed.
    fn apps_stand_in_the_menu(app) {
        let keys = app.register(&new_app("placement"));
        app.by_app(keys.id, ADMIN).ok("placement.bind", json!({ "PLACEMENT": "LEFT_MENU", "HANDLER": WORKER, "TITLE": "<b>Left" }));
        app.register(&NewApp { name: "Closed".to_owned(), allowed: vec!["U1".to_owned()], ..new_app("user") });
        app.register(&NewApp { name: "Waiting".to_owned(), install_url: Some(WORKER.to_owned()), ..new_app("user") });
        app.register(&NewApp { name: "Silent".to_owned(), has_ui: false, ..new_app("user") });
        let menu = |email: &str| {
            let page = Browser::signed_in(app, email).page("/apps/1/");
            page.split("<nav").nth(1).unwrap().split("</nav>").next().unwrap().to_owned()
        };
        let emil = menu("emil@example.com");
        assert!(emil.contains("href=\"/apps/1/\" aria-current=\"page\"") && emil.contains("&#60;b&#62;Left"), "{emil}");
        assert!(!emil.contains("Closed") && !emil.contains("Waiting") && !emil.contains("Silent"), "{emil}");
        assert!(menu("ada@example.com").contains("Closed"));
    }
}
