//! `muster bench`: what a call costs, as a ratio to the same bytes answered from memory through the same HTTP stack.

use super::say;
use crate::{
    App, Door,
    made_up::{self, Company},
    routes::router,
};
use anyhow::{Context as _, Result, anyhow};
use axum::{Router, body::Bytes, http::header, routing::post};
use clap::{Arg, ArgMatches, Command, value_parser};
use muster_core::{Chance, Clock, Registry, Settings};
use muster_db::{Db, Options};
use muster_modules::{
    MODULES,
    webhook::{self, NewWebhook},
};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

/// What is measured: a name, a method and its parameters.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("one person by ID", "user.get", r#"{"ID": 777, "start": -1}"#),
    ("page of 50 people", "user.get", r#"{"start": 100}"#),
    ("page of 50, one field each", "user.get", r#"{"start": 100, "select": ["ID"]}"#),
    ("search by a word", "user.search", r#"{"FIND": "anna"}"#),
];

pub(super) fn command() -> Command {
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_parser(value_parser!(u64).range(1..)).default_value(default).help(help)
    };
    Command::new("bench")
        .about("Measures calls against a route that answers the same bytes from memory, and prints the ratios.")
        .arg(number("users", "10000", "How many people"))
        .arg(number("calls", "2000", "How many calls of each kind"))
        .arg(
            Arg::new("database")
                .long("database")
                .help("An empty PostgreSQL database to measure on; a temporary SQLite file if left out"),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let number = |name: &str| *matches.get_one::<u64>(name).unwrap_or(&1);
    let (users, calls) = (number("users"), number("calls"));
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bench.db").display().to_string();
    let database = matches.get_one::<String>("database").unwrap_or(&file);
    let db = Db::open(database, &Options::default())?;
    let now = Clock::default().seconds();
    db.migrate(&Registry::new(MODULES).migrations(), now)?;
    made_up::write(&db, &Company { seed: 1, users, now }, |_| {})?;
    let scopes = vec!["user".to_owned()];
    let new = NewWebhook { user_id: 1, title: String::new(), scopes, expires_at: None };
    let (_, secret) = db
        .write(|tx| webhook::add(tx, &new, &mut Chance::from_system(), now))
        .map_err(|err| anyhow!("the benchmark needs an empty database: {err}"))?;

    let app = Arc::new(App::new(db, Settings::default(), Door::default(), None, None));
    let mut text = format!(
        "{users} people, {} · {calls} calls of each, one connection, interleaved with the floor\n\n{:<28} {:>10} {:>10} \
         {:>10} {:>10} {:>8}\n",
        if app.db.is_sqlite() { "SQLite" } else { "PostgreSQL" },
        "",
        "median",
        "p99",
        "floor",
        "ratio",
        "bytes"
    );
    for (name, method, body) in OPERATIONS {
        let measured = measure(&app, &format!("/rest/1/{secret}/{method}"), body, calls)?;
        text.push_str(&measured.line(name));
    }
    say(&text)
}

struct Measured {
    call: Vec<Duration>,
    floor: Vec<Duration>,
    bytes: usize,
}

impl Measured {
    fn line(mut self, name: &str) -> String {
        self.call.sort_unstable();
        self.floor.sort_unstable();
        let at = |times: &[Duration], part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e6;
        let (median, p99, floor) = (at(&self.call, 50), at(&self.call, 99), at(&self.floor, 50));
        let ratio = median / floor;
        format!("{name:<28} {median:>8.0}µs {p99:>8.0}µs {floor:>8.0}µs {ratio:>9.2}× {:>8}\n", self.bytes)
    }
}

/// Calls and the floor take turns, so that whatever else the machine does meets both alike.
fn measure(app: &Arc<App>, path: &str, body: &str, calls: u64) -> Result<Measured> {
    let server = start(router(Arc::clone(app)))?;
    let answer = server.connect()?.call(path, body)?;
    let bytes = answer.len();
    let floor_bytes = Bytes::from(answer);
    let floor = start(Router::new().route(
        "/floor",
        post(move |_body: Bytes| async move { ([(header::CONTENT_TYPE, "application/json")], floor_bytes) }),
    ))?;
    let (mut to_server, mut to_floor) = (server.connect()?, floor.connect()?);
    let mut measured = Measured { call: Vec::new(), floor: Vec::new(), bytes };
    for round in 0..calls + calls / 10 {
        let call = timed(|| to_server.call(path, body))?;
        let floor = timed(|| to_floor.call("/floor", body))?;
        // The first tenth warms caches up.
        if round >= calls / 10 {
            measured.call.push(call);
            measured.floor.push(floor);
        }
    }
    Ok(measured)
}

fn timed(work: impl FnOnce() -> Result<Vec<u8>>) -> Result<Duration> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

/// A server on a port of its own, until it is dropped.
struct Running {
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

fn start(routes: Router) -> Result<Running> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        axum::serve(listener, service).await
    });
    Ok(Running { address, _runtime: runtime })
}

impl Running {
    fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        Ok(Connection(BufReader::new(stream)))
    }
}

/// A connection that is kept open. It reads just what this benchmark's servers answer with.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn call(&mut self, path: &str, body: &str) -> Result<Vec<u8>> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        if !line.contains(" 200 ") {
            return Err(anyhow!("{path} answered {line}"));
        }
        let mut length = None;
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok();
            }
        }
        let mut body = vec![0; length.context("an answer without a length")?];
        self.0.read_exact(&mut body)?;
        Ok(body)
    }
}
