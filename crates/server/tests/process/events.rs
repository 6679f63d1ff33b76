//! Events over real sockets: a receiver that fails, stalls and recovers while changes go on, and Muster being killed.

use crate::program::{Home, Hook, Server, both, call, person};
use muster_core::{Params, json, params::from_form};
use muster_db::Sql;
use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    thread::{self, sleep},
    time::{Duration, Instant},
};

/// What is changed, in turn, so that the order of the changes shows in their events.
const FIELDS: [&str; 5] = ["WORK_POSITION", "WORK_CITY", "WORK_STATE", "PERSONAL_CITY", "PERSONAL_STATE"];

const WELL: u8 = 0;
const FAILING: u8 = 1;
const STALLING: u8 = 2;

/// A receiver of its own, which outlives every Muster.
struct Receiver {
    port: u16,
    mood: Arc<AtomicU8>,
    /// What was answered with success: the person, and which of [`FIELDS`] was changed.
    received: Arc<Mutex<Vec<(i64, usize)>>>,
}

impl Receiver {
    fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver =
            Receiver { port: listener.local_addr().unwrap().port(), mood: Arc::default(), received: Arc::default() };
        let (mood, received) = (Arc::clone(&receiver.mood), Arc::clone(&receiver.received));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (mood, received) = (Arc::clone(&mood), Arc::clone(&received));
                // A connection ends when Muster is killed.
                thread::spawn(move || while answer(&stream, &mood, &received).is_some() {});
            }
        });
        receiver
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    fn set(&self, mood: u8) {
        self.mood.store(mood, Ordering::SeqCst);
    }

    fn received(&self) -> Vec<(i64, usize)> {
        self.received.lock().unwrap().clone()
    }
}

/// Reads a request and answers it in the mood that the receiver is in. `None` once the connection is at its end.
fn answer(stream: &TcpStream, mood: &AtomicU8, received: &Mutex<Vec<(i64, usize)>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line).ok().filter(|read| *read > 0)? > 2 {
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let form = Params::new(from_form(std::str::from_utf8(&body).unwrap()).unwrap()).unwrap();
    let data = form.get("DATA").unwrap();
    let status = match mood.load(Ordering::SeqCst) {
        FAILING => "500 Internal Server Error",
        STALLING => {
            sleep(Duration::from_millis(700));
            "200 OK"
        }
        _ => "200 OK",
    };
    if status == "200 OK" {
        let id = data["FIELDS"]["ID"].as_str().unwrap().parse().unwrap();
        let field = FIELDS.iter().position(|name| data["CHANGED"][0] == *name).unwrap();
        received.lock().unwrap().push((id, field));
    }
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").ok()
}

fn subscribe(home: &Home, receiver: &Receiver) {
    home.ok(&["outgoing", "add", &receiver.url(), "--events", "ONUSERUPDATE", "--private-handlers"]);
}

/// Updates a person as long as the server lives, and counts the answers.
fn update(port: u16, hook: &Hook, id: i64, acknowledged: &Mutex<HashMap<i64, usize>>) -> std::io::Result<()> {
    let mut connection = crate::http::Connection::open(port)?;
    loop {
        let count = acknowledged.lock().unwrap().get(&id).copied().unwrap_or_default();
        // A change without an answer may have happened: the next try has to be a change all the same.
        let change = json!({ "ID": id, FIELDS[count % FIELDS.len()]: format!("{:?}", Instant::now()) });
        let answer = connection.call(&call(hook, "user.update", &change))?;
        assert_eq!(answer.status, 200, "{}", answer.text());
        *acknowledged.lock().unwrap().entry(id).or_default() += 1;
        sleep(Duration::from_millis(20));
    }
}

/// Waits until nothing is left to deliver.
fn wait_until_delivered(home: &Home, server: &Server) {
    let until = Instant::now() + Duration::from_secs(180);
    let waiting = || home.db().read(|tx| tx.int(&Sql::new("select count(*) from event_deliveries"))).unwrap();
    while waiting() > 0 {
        assert!(Instant::now() < until, "{} wait: {}\n{}", waiting(), home.ok(&["event", "list"]), server.err());
        sleep(Duration::from_millis(100));
    }
}

fn serve(home: &Home) -> Server {
    home.start(&["serve", "--private-handlers", "--log", "warn,muster=info"])
}

both! {
    /// Every event of every change that was acknowledged arrives, in order for each person, whatever happens meanwhile.
    fn every_event_arrives_whatever_happens(home) {
        let hook = home.admin();
        let receiver = Receiver::start();
        subscribe(home, &receiver);
        let server = serve(home);
        let people: Vec<i64> = (0..4).map(|it| {
            server.result(&hook, "user.add", &person(&format!("p{it}@example.com"))).as_i64().unwrap()
        }).collect();
        server.stop();
        let acknowledged = Mutex::new(HashMap::new());
        for moods in [[FAILING, WELL], [STALLING, FAILING], [WELL, STALLING]] {
            let server = serve(home);
            thread::scope(|scope| {
                for id in &people {
                    let (acknowledged, hook, port) = (&acknowledged, &hook, server.port);
                    scope.spawn(move || update(port, hook, *id, acknowledged).unwrap_err());
                }
                for mood in moods {
                    receiver.set(mood);
                    sleep(Duration::from_millis(600));
                }
                server.kill();
            });
        }
        receiver.set(WELL);
        // What was in the hands of a process that was killed is taken up once its time is over. The test does not wait
        // for that long, and says that it is.
        home.db().write(|tx| tx.run(&Sql::new("update event_deliveries set due_at = 0")).map(drop)).unwrap();
        let server = serve(home);
        wait_until_delivered(home, &server);
        let received = receiver.received();
        for (id, count) in acknowledged.into_inner().unwrap() {
            let fields: Vec<usize> = received.iter().filter(|it| it.0 == id).map(|it| it.1).collect();
            // A change without an answer may have happened and is tried again, and an event whose answer was cut off comes
            // again: the same field twice. Nothing else may be out of turn.
            let is_next = |pair: &[usize]| pair[1] == pair[0] || pair[1] == (pair[0] + 1) % FIELDS.len();
            assert!(fields[0] == 0 && fields.windows(2).all(is_next), "{id}: {fields:?}");
            let steps = fields.windows(2).filter(|pair| pair[0] != pair[1]).count() + 1;
            assert!(steps >= count, "{steps} of {count} events of {id} arrived");
            assert!(count > 10, "{id} was changed {count} times");
        }
        assert!(home.ok(&["check"]).contains("database       good"));
        assert_eq!(home.ok(&["event", "list"]), "Nothing waits.\n");
        server.stop();
    }

    /// What is on its way when Muster is told to stop arrives before it ends, and is sent no second time.
    fn a_stop_ends_what_is_on_its_way(home) {
        let hook = home.admin();
        let receiver = Receiver::start();
        receiver.set(STALLING);
        subscribe(home, &receiver);
        let server = serve(home);
        server.result(&hook, "user.update", &json!({ "ID": 1, "WORK_POSITION": "Told" }));
        let count = |sql: &'static str| home.db().read(|tx| tx.int(&Sql::new(sql))).unwrap();
        let until = Instant::now() + Duration::from_secs(60);
        while count("select count(*) from event_deliveries where attempts = 1") == 0 {
            assert!(Instant::now() < until && receiver.received().is_empty(), "{}", server.err());
            sleep(Duration::from_millis(5));
        }
        assert!(receiver.received().is_empty(), "it is on its way");
        server.stop();
        assert_eq!(receiver.received().len(), 1);
        assert_eq!(count("select count(*) from event_deliveries"), 0);
    }

    /// What an administrator sees of events on the command line.
    fn what_was_given_up_is_sent_again(home) {
        let hook = home.admin();
        let receiver = Receiver::start();
        receiver.set(FAILING);
        let refused = home.run(&["outgoing", "add", &receiver.url(), "--events", "ONUSERUPDATE"]);
        assert!(refused.refusal().contains("private"), "{}", refused.err);
        subscribe(home, &receiver);
        assert!(home.ok(&["outgoing", "list"]).contains("ONUSERUPDATE"));
        assert!(home.ok(&["event", "names"]).contains("ONUSERADD"));
        let server = serve(home);
        server.result(&hook, "user.update", &json!({ "ID": 1, "WORK_POSITION": "Told" }));
        let until = Instant::now() + Duration::from_secs(60);
        let list = |args: &[&str]| home.ok(&[&["event", "list"], args].concat());
        while !list(&[]).contains("500 Internal Server Error") {
            assert!(Instant::now() < until, "{}", list(&[]));
            sleep(Duration::from_millis(100));
        }
        assert_eq!(list(&["--given-up"]), "Nothing waits.\n");
        home.db().write(|tx| tx.run(&Sql::new("update event_deliveries set due_at = null, failed_at = 1")).map(drop)).unwrap();
        assert!(list(&["--given-up"]).contains("given up"));
        receiver.set(WELL);
        assert!(!home.run(&["event", "resend"]).status.success());
        assert!(home.ok(&["event", "resend", "--all"]).starts_with("1 to be sent again"));
        wait_until_delivered(home, &server);
        assert_eq!(receiver.received().len(), 1);
        home.ok(&["outgoing", "remove", "1"]);
        server.stop();
    }
}

/// Two processes on one database: each event is told once, by one of them.
#[test]
fn two_processes_tell_each_event_once() {
    let Some(home) = Home::postgres() else { return };
    let hook = home.admin();
    let receiver = Receiver::start();
    subscribe(&home, &receiver);
    let servers = [serve(&home), serve(&home)];
    let people: Vec<i64> = (0..6)
        .map(|it| servers[0].result(&hook, "user.add", &person(&format!("p{it}@example.com"))).as_i64().unwrap())
        .collect();
    const CHANGES: usize = 15;
    thread::scope(|scope| {
        for (index, id) in people.iter().enumerate() {
            let (server, hook) = (&servers[index % 2], &hook);
            scope.spawn(move || {
                for number in 0..CHANGES {
                    let change = json!({ "ID": id, FIELDS[number % FIELDS.len()]: format!("Change {number}") });
                    assert_eq!(server.result(hook, "user.update", &change), true);
                }
            });
        }
    });
    wait_until_delivered(&home, &servers[0]);
    let received = receiver.received();
    assert_eq!(received.len(), people.len() * CHANGES);
    for id in people {
        let fields: Vec<usize> = received.iter().filter(|it| it.0 == id).map(|it| it.1).collect();
        assert_eq!(fields, (0..CHANGES).map(|it| it % FIELDS.len()).collect::<Vec<_>>(), "{id}");
    }
    // The line of a try is written after its delivery is done with: all of them stand in the log once the servers are gone.
    let told = servers.map(|server| server.stop().matches("ONUSERUPDATE").count());
    assert_eq!(told.iter().sum::<usize>(), received.len(), "tries that the receiver did not see");
}
