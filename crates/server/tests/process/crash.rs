//! Killing the process while clients write: what was acknowledged stays.

use crate::{
    http::Connection,
    program::{Home, Hook, both, call, person},
};
use muster_core::{Json, json};
use muster_db::{DbError, Sql};
use std::{
    collections::{HashMap, HashSet},
    env, io,
    sync::Mutex,
    thread::{self, sleep},
    time::Duration,
};

const WRITERS: usize = 4;

/// How long the writers write before each kill. Odd, so that it does not fall into step with anything.
const ROUND: Duration = Duration::from_millis(730);

/// What the server has promised to keep.
#[derive(Default)]
struct Ledger {
    people: HashMap<i64, Person>,
}

/// A person whose adding was acknowledged.
struct Person {
    email: String,
    /// The position of the last update that was acknowledged.
    acknowledged: Option<String>,
    /// The position of an update without an answer: it may have been done or not.
    sent: Option<String>,
}

both! {
    fn nothing_acknowledged_is_lost(home) {
        let hook = home.admin();
        let mut ledger = Mutex::new(Ledger::default());
        for round in 0..rounds() {
            let server = home.start(&["serve"]);
            let before = ledger.get_mut().unwrap().people.len();
            thread::scope(|scope| {
                for writer in 0..WRITERS {
                    let (ledger, hook, port) = (&ledger, &hook, server.port);
                    // A writer ends when the server dies under it.
                    scope.spawn(move || write(port, hook, &format!("r{round}w{writer}"), ledger).unwrap_err());
                }
                sleep(ROUND);
                server.kill();
            });
            assert!(ledger.get_mut().unwrap().people.len() > before, "nothing was written in round {round}");
            see(home, ledger.get_mut().unwrap());
        }
        println!("{} people in {} rounds", ledger.get_mut().unwrap().people.len(), rounds());
    }
}

fn rounds() -> u32 {
    env::var_os("MUSTER_CRASH_ROUNDS").and_then(|it| it.to_str()?.parse().ok()).unwrap_or(10)
}

/// Adds people and updates each of them a few times, until the connection breaks.
fn write(port: u16, hook: &Hook, name: &str, ledger: &Mutex<Ledger>) -> io::Result<()> {
    let mut connection = Connection::open(port)?;
    let mut result = |method: &str, params: &Json| -> io::Result<Json> {
        let answer = connection.call(&call(hook, method, params))?;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Ok(answer.json()["result"].clone())
    };
    for number in 0.. {
        let email = format!("{name}n{number}@example.com");
        let id = result("user.add", &person(&email))?.as_i64().unwrap();
        ledger.lock().unwrap().people.insert(id, Person { email, acknowledged: None, sent: None });
        for update in 0..3 {
            let position = format!("position {update}");
            let sent = |ledger: &mut Ledger| ledger.people.get_mut(&id).unwrap().sent = Some(position.clone());
            sent(&mut ledger.lock().unwrap());
            assert_eq!(result("user.update", &json!({ "ID": id, "WORK_POSITION": position }))?, true);
            let mut ledger = ledger.lock().unwrap();
            ledger.people.get_mut(&id).unwrap().acknowledged = Some(position);
        }
    }
    Ok(())
}

/// Starts the server again, and sees that everything in the ledger is there and that the database is sound.
fn see(home: &Home, ledger: &Ledger) {
    let server = home.start(&["serve"]);
    let rows = home.db().read(|tx| {
        let rows = tx.rows(&Sql::new("select id, email, work_position from users"))?;
        rows.iter().map(|row| Ok((row.int(0)?, (row.text(1).to_owned(), row.opt_text(2).map(str::to_owned))))).collect()
    });
    let rows: HashMap<i64, (String, Option<String>)> = rows.map_err(|err: DbError| err.to_string()).unwrap();
    for (id, person) in &ledger.people {
        let (email, position) = rows.get(id).unwrap_or_else(|| panic!("{id} {} is lost", person.email));
        assert_eq!(email, &person.email);
        let may_be = [&person.acknowledged, &person.sent];
        assert!(may_be.contains(&position), "{id} {email} has {position:?} and not one of {may_be:?}");
    }
    let emails: HashSet<_> = rows.values().map(|(email, _)| email).collect();
    assert_eq!(emails.len(), rows.len(), "an e-mail address is there twice");
    assert!(home.ok(&["check"]).contains("database       good"));
    server.stop();
}
