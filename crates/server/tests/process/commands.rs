//! What an administrator can tell the program to do.

use crate::program::{Home, Ran, both, person};
use muster_core::json;
use muster_db::{Db, DbError, Sql};
use std::{
    fs,
    io::Write as _,
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
};

const COMMANDS: [&[&str]; 19] = [
    &["demo"],
    &["serve"],
    &["migrate"],
    &["seed"],
    &["user"],
    &["user", "add"],
    &["user", "list"],
    &["user", "show"],
    &["webhook"],
    &["webhook", "add"],
    &["webhook", "list"],
    &["webhook", "revoke"],
    &["app"],
    &["app", "add"],
    &["app", "list"],
    &["app", "revoke"],
    &["backup"],
    &["check"],
    &["bench"],
];

/// All rows of the tables that seeding fills, as text.
fn rows(db: &Db) -> Vec<String> {
    let tables = [
        "select * from departments order by id",
        "select * from users order by id",
        "select * from user_emails order by email_key",
        "select * from user_activity order by user_id",
        "select * from user_departments order by user_id, department_id",
        "select * from user_words order by user_id, word, field",
    ];
    let read = db.read(|tx| {
        let mut all = Vec::new();
        for table in tables {
            all.extend(tx.rows(&Sql::new(table))?.iter().map(|row| format!("{row:?}")));
        }
        Ok::<_, DbError>(all)
    });
    read.unwrap()
}

fn count(home: &Home, sql: &'static str) -> i64 {
    home.db().read(|tx| tx.int(&Sql::new(sql))).unwrap()
}

#[test]
fn seeding_depends_on_nothing_but_the_seed() {
    let seeded = |seed| {
        let home = Home::sqlite();
        home.ok(&["seed", "--users", "300", "--seed", seed]);
        rows(&home.db())
    };
    let first = seeded("5");
    // Seconds have to make no difference.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(first == seeded("5"), "the same seed gave other people");
    assert!(first != seeded("6"), "another seed gave the same people");
}

both! {
    fn seeds_ten_thousand(home) {
        let said = home.ok(&["seed", "--users", "10000"]);
        println!("{said}");
        assert_eq!(count(home, "select count(*) from users"), 10_000);
        assert!(count(home, "select count(distinct last_name) from users") > 2_000);
        let checked = home.ok(&["check"]);
        assert!(checked.contains("database       good") && checked.contains("index          good (10000 people)"), "{checked}");
        assert!(home.run(&["seed", "--users", "10"]).refusal().contains("seed an empty one"));
    }

    fn registers_and_removes_apps(home) {
        home.ok(&["user", "add", "--admin", "ada@example.com", "--name", "Ada"]);
        let add = |handler, allow| {
            let app = ["app", "add", "CRM", "--scopes", "user,department", "--handler", handler, "--allow", allow];
            home.run(&app)
        };
        assert!(add("javascript:alert(1)", "U1").refusal().contains("no address"));
        assert!(add("https://crm.example.com/", "U1,U9").refusal().contains("U9"));
        let said = home.ok(&["app", "add", "CRM", "--scopes", "user", "--handler", "https://crm.example.com/", "--no-ui"]);
        let key = |name| said.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        let listed = home.ok(&["app", "list"]);
        assert!(listed.contains(&key("client_id")) && listed.contains("everyone"), "{listed}");
        assert!(!listed.contains(&key("client_secret")), "{listed}");
        // An update takes back what it says, and leaves the rest.
        let stored = || {
            let sql = "select coalesce(install_url, '-'), has_ui, handler_url from apps";
            let row = home.db().read(|tx| tx.row(&Sql::new(sql))).unwrap().unwrap();
            (row.text(0).to_owned(), row.int(1).unwrap(), row.text(2).to_owned())
        };
        let state = |install: &str, ui| (install.to_owned(), ui, "https://crm.example.com/".to_owned());
        assert_eq!(stored(), state("-", 0));
        home.ok(&["app", "update", "1", "--install-url", "https://crm.example.com/install", "--ui"]);
        assert_eq!(stored(), state("https://crm.example.com/install", 1));
        home.ok(&["app", "update", "1", "--name", "CRM"]);
        assert_eq!(stored(), state("https://crm.example.com/install", 1));
        home.ok(&["app", "update", "1", "--install-url", "", "--no-ui"]);
        assert_eq!(stored(), state("-", 0));
        assert!(!home.run(&["app", "update", "1", "--ui", "--no-ui"]).status.success());
        home.ok(&["app", "revoke", "1"]);
        assert!(!home.ok(&["app", "list"]).contains("CRM"));
        assert!(home.run(&["app", "revoke", "1"]).refusal().contains("no app 1"));
    }

    fn adds_and_shows_people(home) {
        let names = ["--name", "Ада", "--last-name", "Ångström"];
        let said = home.ok(&[&["user", "add", "Ada@Example.com", "--admin"][..], &names].concat());
        let (_, password) = said.split_once("shown this once: ").unwrap();
        assert!(!rows(&home.db()).concat().contains(password.trim()), "the password is in the database");
        for person in ["1", "ada@example.com"] {
            let shown = home.ok(&["user", "show", person]);
            for part in ["Ада Ångström", "Ada@Example.com", "administrator", "never"] {
                assert!(shown.contains(part), "no {part} in {shown}");
            }
        }
        let ran = home.run(&["user", "add", "ada@EXAMPLE.com"]);
        assert_eq!(ran.refusal(), "muster: A user with this email already exists");
        assert_eq!(home.run(&["user", "add", "nonsense"]).refusal(), "muster: nonsense is not an e-mail address");
        assert!(home.run(&["user", "show", "77"]).refusal().contains("77"));
        for number in 2..5 {
            home.ok(&["user", "add", &format!("p{number}@example.com")]);
        }
        assert_eq!(home.ok(&["user", "list", "--limit", "3"]).lines().count(), 1 + 3);
    }

    /// Whoever has lost phone and recovery codes is helped on the command line, and the audit log says so.
    fn a_lost_second_factor_is_ended(home) {
        home.ok(&["user", "add", "ada@example.com"]);
        let end = |person: &str| home.run(&["user", "end-second-factor", person]);
        assert!(end("ada@example.com").refusal().contains("has no second factor"));
        assert!(end("nobody@example.com").refusal().contains("no one"));
        let write = |sql: &'static str| home.db().write(|tx| tx.run(&Sql::new(sql)).map(drop)).unwrap();
        write("insert into second_factors (user_id, secret, confirmed_at, last_step) values (1, 'ABC', 1, 0)");
        write("insert into recovery_codes (code_hash, user_id) values ('x', 1)");
        assert!(end("Ada@Example.com").out.contains("is ended"));
        assert_eq!(count(home, "select count(*) from second_factors"), 0);
        assert_eq!(count(home, "select count(*) from recovery_codes"), 0);
        let left = "select count(*) from audit where action = 'SECOND_FACTOR_END' and item = '1' and via = 'command'";
        assert_eq!(count(home, left), 1);
    }

    fn shows_the_secret_of_a_webhook_once(home) {
        let hook = home.admin();
        let server = home.start(&["serve"]);
        server.result(&hook, "user.current", &json!({}));
        let stored = "select secret_hash, title, scopes from webhooks";
        let stored = home.db().read(|tx| tx.rows(&Sql::new(stored))).unwrap();
        let listed = home.ok(&["webhook", "list"]);
        assert!(!format!("{stored:?}{listed}").contains(hook.secret()));
        assert!(listed.contains("in force") && listed.contains("user,department"), "{listed}");

        home.ok(&["webhook", "revoke", "1"]);
        let answer = server.call(&hook, "user.current", &json!({}));
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("NO_AUTH_FOUND")));
        assert!(home.ok(&["webhook", "list"]).contains("revoked"));
        assert!(home.run(&["webhook", "revoke", "1"]).refusal().contains("webhook 1"));
        let ran = home.run(&["webhook", "add", "1", "--scopes", "user,nonsense"]);
        assert!(ran.refusal().contains("nonsense"), "{}", ran.err);
        assert!(home.run(&["webhook", "add", "99", "--scopes", "user"]).refusal().contains("99"));
    }

    /// Every command that changes something leaves an entry: what it was and which object, and no secret.
    fn commands_leave_entries(home) {
        let mut secrets = Vec::new();
        let mut ok = |args: &[&str]| {
            let said = home.ok(args);
            secrets.extend(said.split([' ', '/', '\n']).filter(|it| it.len() > 15 && !it.contains('.')).map(str::to_owned));
            said
        };
        ok(&["user", "add", "ada@example.com", "--name", "Ada", "--admin"]);
        ok(&["webhook", "add", "1", "--scopes", "user"]);
        ok(&["webhook", "revoke", "1"]);
        ok(&["app", "add", "CRM", "--scopes", "user", "--handler", "https://crm.example.com/"]);
        ok(&["app", "update", "1", "--name", "CRM 2"]);
        ok(&["app", "finish", "1"]);
        ok(&["app", "revoke", "1"]);
        ok(&["outgoing", "add", "https://93.184.216.34/", "--events", "ONUSERADD"]);
        ok(&["outgoing", "remove", "1"]);
        ok(&["event", "resend", "--all"]);
        let mut expected = vec![
            ("USER_ADD", "1"), ("WEBHOOK_ADD", "1"), ("WEBHOOK_REVOKE", "1"), ("APP_ADD", "1"), ("APP_UPDATE", "1"),
            ("APP_INSTALL", "1"), ("APP_REMOVE", "1"), ("OUTGOING_ADD", ""), ("OUTGOING_REMOVE", "1"), ("EVENTS_RESEND", ""),
        ];
        let copy = home.path("copy.db");
        if !home.database.starts_with("postgres") {
            ok(&["backup", &copy]);
            expected.push(("BACKUP", &copy));
        }
        // What is refused and what only reads leaves none.
        home.run(&["user", "add", "ada@example.com"]).refusal();
        home.run(&["webhook", "add", "99", "--scopes", "user"]).refusal();
        home.run(&["app", "revoke", "7"]).refusal();
        for list in ["user", "webhook", "app", "outgoing", "event"] {
            home.ok(&[list, "list"]);
        }
        let sql = "select action, item, via, request, user_id from audit order by id";
        let left = home.db().read(|tx| tx.rows(&Sql::new(sql))).unwrap();
        assert_eq!(left.iter().map(|it| (it.text(0), it.text(1))).collect::<Vec<_>>(), expected);
        let by = |it: &muster_db::Row| it.text(2) == "command" && it.text(3).starts_with("muster ") && it.opt_int(4).is_none();
        assert!(left.iter().all(by), "{left:?}");
        assert!(secrets.len() > 4 && !secrets.iter().any(|it| *it != copy && format!("{left:?}").contains(it.as_str())), "{left:?}");
    }

    /// An empty company that is filled by a command says so; a database of an older Muster is copied all the same.
    fn seeding_and_old_schemas_leave_what_they_can(home) {
        home.ok(&["seed", "--users", "10"]);
        assert_eq!(count(home, "select count(*) from audit where action = 'SEED'"), 1);
        if !home.database.starts_with("postgres") {
            home.db().write(|tx| tx.run(&Sql::new("delete from migrations where name = 'audit/0001'"))).unwrap();
            home.db().write(|tx| tx.run(&Sql::new("drop table audit"))).unwrap();
            home.ok(&["backup", &home.path("copy.db")]);
        }
    }

    fn check_finds_a_broken_rule(home) {
        home.admin();
        assert!(home.ok(&["check"]).contains("database       good"));
        home.db().write(|tx| tx.run(&Sql::new("delete from user_emails"))).unwrap();
        let ran = home.run(&["check"]);
        let defect = "1 × people whose e-mail address is not claimed";
        assert!(!ran.status.success() && ran.out.contains(defect), "{}", ran.out);
    }

    fn migrates_once(home) {
        let check = home.run(&["check"]);
        // A SQLite file that is not there is no empty company; a PostgreSQL database without a schema waits for one.
        let known = ["there is no database at", "run muster migrate"];
        assert!(!check.status.success(), "{}", check.out);
        assert!(known.iter().any(|it| check.out.contains(it) || check.err.contains(it)), "{}", check.err);
        assert!(home.ok(&["migrate"]).contains("Applied "));
        assert_eq!(home.ok(&["migrate"]), "The schema is up to date.\n");
    }
}

#[test]
fn password_comes_from_standard_input() {
    let home = Home::sqlite();
    let mut command = home.command(&["user", "add", "ada@example.com", "--password-stdin"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"correct horse\n").unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success() && !said.contains("assword"), "{said}");
    let hash = home.db().read(|tx| tx.row(&Sql::new("select password_hash from users"))).unwrap().unwrap();
    assert!(hash.text(0).starts_with("$argon2"), "{hash:?}");
}

#[test]
fn backup_is_consistent_while_people_are_added() {
    let home = Home::sqlite();
    let hook = home.admin();
    let server = home.start(&["serve"]);
    let is_over = AtomicBool::new(false);
    let (target, copy) = (home.path("copy.db"), home.path("copy.db"));
    let added = std::thread::scope(|scope| {
        let adding = scope.spawn(|| {
            let mut added = 0;
            while !is_over.load(Ordering::Relaxed) {
                server.result(&hook, "user.add", &person(&format!("p{added}@example.com")));
                added += 1;
            }
            added
        });
        while count(&home, "select count(*) from users") < 20 && !adding.is_finished() {}
        let ran = home.run(&["backup", &target]);
        // Before anything can fail, since the other thread would go on for ever.
        is_over.store(true, Ordering::Relaxed);
        assert!(ran.status.success() && ran.out.contains(&target), "{}{}", ran.out, ran.err);
        adding.join().unwrap()
    });
    let copied = Home { folder: tempfile::tempdir().unwrap(), database: copy };
    assert!(copied.ok(&["check"]).contains("database       good"));
    assert!((20..=added + 1).contains(&count(&copied, "select count(*) from users")));
    assert!(home.run(&["backup", &target]).refusal().contains("not overwritten"));
    let ran = home.run(&["backup", "/proc/copy.db"]);
    assert!(ran.refusal().contains("/proc/copy.db"), "{}", ran.err);
}

#[test]
fn backup_of_postgres_is_someone_elses_work() {
    let Some(home) = Home::postgres() else { return };
    home.ok(&["migrate"]);
    let ran = home.run(&["backup", &home.path("copy.db")]);
    assert!(ran.refusal().contains("pg_dump"), "{}", ran.err);
}

#[test]
fn help_and_completions_are_there() {
    let home = Home::sqlite();
    let top = home.ok(&["--help"]);
    for command in COMMANDS {
        let help = home.ok(&[command, &["--help"]].concat());
        assert!(help.contains("Usage: muster") && help.lines().count() > 5, "{command:?}: {help}");
        assert!(top.contains(&format!("  {} ", command[0])), "{command:?} is not in {top}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.ok(&["completions", shell]).contains("webhook"), "{shell}");
    }
    assert_eq!(home.ok(&["--version"]), concat!("muster ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn wrong_configuration_is_named_with_where_it_stands() {
    let home = Home::sqlite();
    fs::write(home.path("a.toml"), "limits = \"none\"\n").unwrap();
    fs::write(home.path("b.toml"), "limit = \"off\"\n").unwrap();
    let environment = Ran::of(home.command(&["check"]).env("MUSTER_TIME_ZONE", "Mars/Olympus"));
    for (ran, parts) in [
        (home.run(&["check", "--listen", "nowhere"]), ["--listen", "an IP address with a port"]),
        (home.run(&["check", "--config", "a.toml"]), ["limits", "a.toml"]),
        (home.run(&["check", "--config", "b.toml"]), ["limit", "b.toml"]),
        (home.run(&["serve", "--config", "c.toml"]), ["c.toml", "No such file"]),
        (environment, ["MUSTER_TIME_ZONE", "Mars/Olympus"]),
    ] {
        let sentence = ran.refusal();
        assert!(parts.iter().all(|part| sentence.contains(part)), "{sentence}: {parts:?}");
    }
}
