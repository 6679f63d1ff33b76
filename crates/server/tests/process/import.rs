//! Muster dies while it adds the people of a file.

use crate::{
    http::{Answer, request},
    program::{Home, Server, both},
};
use muster_core::{Chance, Clock};
use muster_db::Sql;
use muster_modules::session;
use std::{thread::sleep, time::Duration};

const PEOPLE: usize = 4000;

/// A browser that someone is signed in with.
struct Browser<'a> {
    server: &'a Server,
    cookie: String,
}

impl Browser<'_> {
    fn get(&self, path: &str) -> String {
        let sent = request("GET", path, &[&self.cookie, "Connection: close"], "");
        self.server.connect().call(&sent).unwrap().text().to_owned()
    }

    fn post(&self, path: &str, kind: &str, body: &str) -> Answer {
        let kind = format!("Content-Type: {kind}");
        self.server.connect().call(&request("POST", path, &[&self.cookie, &kind, "Connection: close"], body)).unwrap()
    }

    /// The page of an import once nothing is under way.
    fn settled(&self, path: &str) -> String {
        for _ in 0..600 {
            let page = self.get(path);
            if !page.contains("data-follow") {
                return page;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("{path} is never done");
    }

    /// Sends the form of an import as it is: the columns were understood.
    fn go_on(&self, path: &str, page: &str) {
        let (form, attempt) = (value(page, "form"), value(page, "attempt"));
        let body = format!("form={form}&attempt={attempt}&map[]=EMAIL&map[]=NAME&department=1");
        let answer = self.post(&format!("{path}run/"), "application/x-www-form-urlencoded", &body);
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
}

/// What a field of a form holds.
fn value<'a>(page: &'a str, name: &str) -> &'a str {
    let after =
        page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {page}")).1;
    after.split('"').next().unwrap()
}

/// A cookie of someone who is signed in.
fn cookie(home: &Home) -> String {
    let now = Clock::default().seconds();
    let begun = home.db().write(|tx| session::begin(tx, 1, ("", ""), (&mut Chance::from_system(), now)));
    format!("Cookie: muster_session={}", begun.unwrap())
}

fn count(home: &Home, sql: &'static str) -> i64 {
    home.db().read(|tx| tx.int(&Sql::new(sql))).unwrap()
}

both! {
    /// Of an import that dies half-way nothing is left, and it can be done again.
    fn an_import_that_dies_leaves_nothing(home) {
        home.admin();
        let cookie = cookie(home);
        let lines: String = (0..PEOPLE).map(|it| format!("p{it}@example.com,Name {it}\r\n")).collect();
        let server = home.start(&["serve"]);
        let browser = Browser { server: &server, cookie: cookie.clone() };
        let form = browser.get("/company/import/");
        let form = value(&form, "form");
        let body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{form}\r\n--x\r\nContent-Disposition: form-data; \
             name=\"file\"; filename=\"people.csv\"\r\n\r\nemail,name\r\n{lines}\r\n--x--\r\n"
        );
        let path = "/company/import/1/";
        let answer = browser.post("/company/import/", "multipart/form-data; boundary=x", &body);
        assert_eq!(answer.header("location"), Some(path), "{}", answer.text());
        browser.go_on(path, &browser.settled(path));
        loop {
            let page = browser.get(&format!("{path}?quick=1"));
            assert!(page.contains("Adding people"), "it was done too soon: {page}");
            let done = page.split_once("<progress max=\"").and_then(|it| it.1.split('"').nth(2)?.parse::<usize>().ok());
            if done.is_some_and(|it| it > PEOPLE / 10) {
                break;
            }
            sleep(Duration::from_millis(20));
        }
        server.kill();
        assert_eq!(count(home, "select count(*) from users"), 1);
        assert_eq!(count(home, "select count(*) from user_emails") + count(home, "select count(*) from mails"), 1);
        // Another process might be at it still. The test does not wait until that is out of the question.
        home.db().write(|tx| tx.run(&Sql::new("update imports set changed_at = 0")).map(drop)).unwrap();
        let server = home.start(&["serve"]);
        let browser = Browser { server: &server, cookie };
        let page = browser.get(path);
        assert!(page.contains("This was interrupted, and nothing of it has happened"), "{page}");
        browser.go_on(path, &page);
        browser.go_on(path, &browser.settled(path));
        assert!(browser.settled(path).contains("4000 people are in the directory now"));
        assert_eq!(count(home, "select count(*) from users"), 4001);
        server.stop();
        assert_eq!(count(home, "select count(*) from mails"), 0, "no one was to be invited");
        home.ok(&["check"]);
    }
}
