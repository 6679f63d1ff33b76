//! The pages in a real browser: Chromium, driven by the programs in clients/browser.
//!
//! What the programs check and what they are told is in clients/README.md.

use crate::program::{Home, Hook, Ran, both};
use muster::pages::{Verb, addresses};
use muster_core::{Chance, Json, json};
use muster_db::{Db, Options, Sql};
use muster_modules::{event::delivery::PAUSES, user::password};
use std::{
    env,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Instant,
};

const PASSWORD: &str = "correct horse battery";
/// What the programs call for what has to be there before a flow begins.
const HOOK_SCOPES: &str = "user,department,user.userfield,sonet_group,task,tasks";

both! {
    /// Every page in both themes, wide and narrow.
    fn every_page_is_accessible(home) {
        run(home, "check_pages.mjs");
    }

    fn people_leave_and_come_back(home) {
        run(home, "check_dismissal.mjs");
    }

    /// An administrator searches the audit log, turns its pages and opens what an entry is about.
    fn the_audit_log_is_searched(home) {
        run(home, "check_audit.mjs");
    }

    /// Custom fields, webhooks and the pages for developers.
    fn administrators_and_developers_work(home) {
        run(home, "check_admin.mjs");
    }

    fn the_directory_is_used(home) {
        run(home, "check_directory.mjs");
    }

    /// With and without a script.
    fn people_are_imported(home) {
        run(home, "check_import.mjs");
    }

    fn people_change_their_profile(home) {
        run(home, "check_profile.mjs");
    }

    /// A right that is given to a department, used by someone in it, and taken.
    fn rights_are_given_and_taken(home) {
        run(home, "check_rights.mjs");
    }

    fn people_sign_in_and_out(home) {
        run(home, "check_session.mjs");
    }

    /// An app of another origin in a frame, with the official JavaScript SDK as it is.
    fn apps_stand_in_frames(home) {
        if programs().join("../node/node_modules/@bitrix24/b24jssdk").exists() {
            run(home, "check_frames.mjs");
        } else {
            assert!(env::var_os("CI").is_none(), "missing, and in CI nothing may be skipped: the Node client");
            writeln!(std::io::stderr(), "SKIPPED: apps in frames; they need: npm ci --prefix clients/node").ok();
        }
    }

    /// An app of another origin that was written for BX24.js, with Muster's own script; sliders, workers, links to apps.
    fn apps_for_bx24_run(home) {
        run(home, "check_bx24.mjs");
    }

    /// Events on their way, to an address that fails at first.
    fn events_are_sent_again(home) {
        run_with(home, "check_events.mjs", (&["serve", "--private-handlers"], &[]), &[("MUSTER_LAST_TRY", last_try(home))]);
    }

    /// A person's tasks: made, worked on, talked about, found.
    fn tasks_are_worked_on(home) {
        run(home, "check_tasks.mjs");
    }

    fn the_structure_is_changed(home) {
        run(home, "check_structure.mjs");
    }

    /// A task is changed where it stands, with its comments, checklist and time.
    fn the_card_of_a_task_is_used(home) {
        run(home, "check_task_card.mjs");
    }

    fn people_use_passkeys_and_codes(home) {
        run(home, "check_security.mjs");
    }

    /// By real mails over SMTP, which begins with TLS on one engine and in the clear on the other.
    fn people_are_invited(home) {
        let tls = if home.database.starts_with("postgres") { "tls" } else { "starttls" };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let serve = [
            "serve", "--tls-self-signed", "--smtp-host", "localhost", "--smtp-port", &port, "--smtp-tls", tls,
            "--smtp-user", "muster", "--smtp-from", "Muster of the test <muster@example.com>",
        ];
        // Once, for the certificates: the mail server gets Muster's own, and Muster trusts their authority.
        let authority = home.path("data/tls/muster-ca.pem");
        let trusting = [("SSL_CERT_FILE", authority.as_str()), ("MUSTER_SMTP_PASSWORD", PASSWORD)];
        let mail = [
            ("MUSTER_SMTP_PORT", port.clone()), ("MUSTER_SMTP_TLS", tls.to_owned()),
            ("MUSTER_SMTP_PASSWORD", PASSWORD.to_owned()), ("MUSTER_TLS_PEM", home.path("data/tls/muster-server.pem")),
        ];
        run_with(home, "check_invitation.mjs", (&serve, &trusting), &mail);
    }
}

/// Runs a program against a server with a made-up company and fails with what it says if it fails.
fn run(home: &Home, program: &str) {
    run_with(home, program, (&["serve"], &[]), &[]);
}

/// The same with a server started by these arguments and variables, and with variables for the program.
fn run_with(home: &Home, program: &str, (serve, given): (&[&str], &[(&str, &str)]), more: &[(&str, String)]) {
    let Some(chromium) = chromium() else { return };
    home.ok(&["seed", "--users", "60"]);
    let people = people(home);
    let Hook(hook) = home.hook(people["admin"]["id"].as_i64().unwrap(), HOOK_SCOPES);
    let server = home.start_with(serve, given);
    let scheme = if serve.contains(&"--tls-self-signed") { "https" } else { "http" };
    let mut command = Command::new("node");
    command.arg(programs().join(program)).env("MUSTER_URL", format!("{scheme}://localhost:{}", server.port));
    command.envs(more.iter().map(|(name, value)| (name, value)));
    command.env("MUSTER_PEOPLE", people.to_string()).env("MUSTER_PAGES", pages().to_string());
    command.env("MUSTER_CHROMIUM", chromium).env("MUSTER_HOOK", hook);
    let began = Instant::now();
    let ran = Ran::of(&mut command);
    assert!(ran.status.success(), "{program}: {}{}\n{}", ran.out, ran.err, server.err());
    let summary = ran.out.lines().find(|it| it.ends_with(" 0 failed")).unwrap_or_default();
    println!("{program}: {summary} in {:.1} s", began.elapsed().as_secs_f64());
    server.stop();
}

/// The address of a server for the programs, where whoever asks makes the next try of all that is delivered the last one, and
/// due, as it is after a day of tries.
fn last_try(home: &Home) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, database) = (format!("http://{}/", listener.local_addr().unwrap()), home.database.clone());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // What is asked does not matter, but has to be read before it is answered.
            assert_ne!(stream.read(&mut [0; 4096]).unwrap(), 0);
            let db = Db::open(&database, &Options { connections: 1, ..Options::default() }).unwrap();
            let attempts = i64::try_from(PAUSES.len()).unwrap();
            let sql = "update event_deliveries set attempts = $1, due_at = 0 where due_at is not null";
            db.write(|tx| tx.run(&Sql::with(sql, [attempts.into()])).map(drop)).unwrap();
            write!(stream, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
        }
    });
    url
}

/// Two who can sign in: an administrator, and someone without rights.
fn people(home: &Home) -> Json {
    let hash = password::hash(PASSWORD, &mut Chance::from_system()).unwrap();
    let read = home.db().write(|tx| {
        tx.run(&Sql::with("update users set password_hash = $1", [hash.as_str().into()]))?;
        let sql = "select id, email from users where active = 1 and accepted_at is not null and admin = $1 order by id";
        [1, 0].into_iter().map(|admin| tx.row(&Sql::with(sql, [admin.into()]))).collect::<Result<Vec<_>, _>>()
    });
    let person = |place: usize| {
        let rows = read.as_ref().unwrap();
        let row = rows[place].as_ref().unwrap();
        json!({ "id": row.int(0).unwrap(), "email": row.text(1), "password": PASSWORD })
    };
    json!({ "admin": person(0), "employee": person(1) })
}

/// All pages to see, with something in the place of each name in braces.
fn pages() -> Json {
    let seen = addresses().filter(|it| it.0 == Verb::Get).map(|(_, path, is_open)| {
        let pieces: Vec<&str> = path.split('/').map(|it| if it.starts_with('{') { "1" } else { it }).collect();
        json!({ "path": pieces.join("/"), "open": is_open })
    });
    seen.collect()
}

fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients/browser")
}

/// Chromium, if it and what drives it are here.
fn chromium() -> Option<PathBuf> {
    let works = |it: &PathBuf| Command::new(it).arg("--version").output().is_ok_and(|it| it.status.success());
    let found = [PathBuf::from("chromium"), PathBuf::from("/usr/bin/chromium")].into_iter().find(works);
    let is_driven = programs().join("node_modules/playwright-core").exists()
        && Command::new("node").arg("--version").output().is_ok_and(|it| it.status.success());
    // Playwright takes a path and no name.
    let path = found.filter(|_| is_driven).and_then(|it| {
        let paths = env::var_os("PATH")?;
        env::split_paths(&paths).map(|folder| folder.join(&it)).find(|it| it.is_file())
    });
    if path.is_none() {
        let what = "the browser; it needs chromium, Node.js and: npm ci --prefix clients/browser";
        assert!(env::var_os("CI").is_none(), "missing, and in CI nothing may be skipped: {what}");
        // Tests capture what is printed; this has to be seen.
        writeln!(std::io::stderr(), "SKIPPED: {what}").ok();
    }
    path
}
