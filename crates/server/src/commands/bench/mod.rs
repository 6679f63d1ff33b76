//! `muster bench`: what calls cost at any size, as ratios to the same bytes answered from memory through the same HTTP
//! stack.
//!
//! A ratio of one run is what to compare between versions and machines; whatever else the machine does meets both alike,
//! since calls and the floor take turns.

mod load;
mod operations;
mod report;
mod server;
mod tasks;

use super::say;
use crate::made_up::{self, Company};
use anyhow::{Result, anyhow};
use axum::body::Bytes;
use clap::{Arg, ArgMatches, Command, value_parser};
use load::{Load, Requests, Times};
use muster_core::{Chance, Clock, Registry};
use muster_db::{Db, Options};
use muster_modules::{
    MODULES,
    user::{bulk, store::NewPerson, store::register},
    webhook::{self, NewWebhook},
};
use operations::{Asker, Kind, OPERATIONS, Operation};
use report::{Line, Size};
use server::{Floor, Muster};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How many different calls of each kind there are.
const VARIANTS: usize = 1000;
/// How long calls run before the floor has its turn, and the other way round.
const TURN: Duration = Duration::from_millis(100);

pub(super) fn command() -> Command {
    Command::new("bench")
        .about("Measures calls against a server that answers the same bytes from memory, and prints the ratios.")
        .arg(
            Arg::new("users")
                .long("users")
                .value_delimiter(',')
                .value_parser(value_parser!(u64).range(1..))
                .default_value("10000")
                .help("How many people; several numbers with commas between them are measured one after the other"),
        )
        .arg(
            Arg::new("tasks")
                .long("tasks")
                .value_parser(value_parser!(u64))
                .default_value("0")
                .help("How many tasks; lists of them are measured if there are any"),
        )
        .arg(
            Arg::new("connections")
                .long("connections")
                .value_delimiter(',')
                .value_parser(value_parser!(u64).range(1..=256))
                .default_value("1,16")
                .help("How many connections call at the same time"),
        )
        .arg(
            Arg::new("seconds")
                .long("seconds")
                .value_parser(value_parser!(f64))
                .default_value("0.3")
                .help("How long each kind of call is measured"),
        )
        .arg(Arg::new("only").long("only").help("Only the kinds of calls whose name holds this text"))
        .arg(
            Arg::new("output")
                .long("output")
                .value_parser(value_parser!(PathBuf))
                .help("A folder to write the table and a plot to"),
        )
        .arg(
            Arg::new("keep")
                .long("keep")
                .value_parser(value_parser!(PathBuf))
                .help("A folder to keep the databases in, so that another run need not fill them again"),
        )
        .arg(
            Arg::new("database")
                .long("database")
                .help("An empty PostgreSQL database to measure one size on; temporary SQLite files if left out"),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let numbers = |name: &str| matches.get_many::<u64>(name).into_iter().flatten().copied().collect::<Vec<_>>();
    let temporary = tempfile::tempdir()?;
    let setup = Setup {
        folder: temporary.path().to_owned(),
        keep: matches.get_one::<PathBuf>("keep").cloned(),
        database: matches.get_one::<String>("database").cloned(),
        connections: numbers("connections").into_iter().filter_map(|it| usize::try_from(it).ok()).collect(),
        time: Duration::from_secs_f64(matches.get_one::<f64>("seconds").copied().unwrap_or(0.3).clamp(0.01, 3600.0)),
        only: matches.get_one::<String>("only").cloned().unwrap_or_default(),
        tasks: matches.get_one::<u64>("tasks").copied().unwrap_or(0),
    };
    let floor = Floor::start()?;
    let (mut lines, mut sizes) = (Vec::new(), Vec::new());
    for users in numbers("users") {
        sizes.push(setup.measure(users, &floor, &mut lines)?);
    }
    let engine = if setup.database.is_some() { "PostgreSQL" } else { "SQLite" };
    let table = format!("{engine}, calls and the floor in turns\n\n{}", report::table(&lines, &sizes));
    say(&table)?;
    if let Some(folder) = matches.get_one::<PathBuf>("output") {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("benchmark.md"), table)?;
        fs::write(folder.join("benchmark.svg"), report::plot(&lines))?;
    }
    Ok(())
}

/// How to measure.
struct Setup {
    folder: PathBuf,
    keep: Option<PathBuf>,
    database: Option<String>,
    connections: Vec<usize>,
    time: Duration,
    only: String,
    tasks: u64,
}

impl Setup {
    /// Measures everything at one size.
    fn measure(&self, users: u64, floor: &Floor, lines: &mut Vec<Line>) -> Result<Size> {
        // The server runs in another folder, where a relative path would lead to another database.
        let folder = std::path::absolute(self.keep.as_deref().unwrap_or(&self.folder))?;
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{users}.db")).display().to_string();
        let database = self.database.clone().unwrap_or(file);
        let began = Instant::now();
        let hooks = prepare(&database, users, self.tasks)?;
        let seeded = began.elapsed();
        let memory_empty = self.empty()?;
        let mut muster = Muster::start(&database, &self.folder)?;
        let (ready, index) = (muster.ready, muster.wait_for_index()?);
        let memory_started = muster.memory();
        let mut memory_most = memory_started;
        let mut company = Measured { users, database, hooks, asker: Asker::new(users), muster };
        for operation in self.operations() {
            lines.extend(match operation.kind {
                Kind::Read => self.read(operation, &mut company, floor)?,
                Kind::Write => self.write(operation, &mut company)?,
            });
            memory_most = memory_most.max(company.muster.memory());
        }
        Ok(Size {
            users,
            seeded: seeded.as_secs_f64(),
            ready: ready.as_secs_f64(),
            index: index.as_secs_f64(),
            disk: disk(&company.database) >> 20,
            memory_empty,
            memory_started,
            memory_most,
        })
    }

    /// What is to be measured.
    fn operations(&self) -> impl Iterator<Item = &'static Operation> {
        let of_tasks = if self.tasks > 0 { tasks::OPERATIONS } else { &[] };
        OPERATIONS.iter().chain(of_tasks).filter(|it| it.name.contains(&self.only))
    }

    /// What a Muster with no one in it takes.
    fn empty(&self) -> Result<u64> {
        let path = self.folder.join("empty.db").display().to_string();
        let mut muster = Muster::start(&path, &self.folder)?;
        muster.wait_for_index()?;
        Ok(muster.memory())
    }

    fn read(&self, operation: &Operation, company: &mut Measured, floor: &Floor) -> Result<Vec<Line>> {
        // A start of its own, so that its first calls find nothing in any cache of Muster's.
        company.restart(&self.folder)?;
        let calls = company.calls(operation, VARIANTS);
        let bodies: Vec<String> = calls.iter().map(|(_, body)| body.clone()).collect();
        let requests = Requests::new(calls);
        let mut one = Load::connect(company.muster.address, 1)?;
        let cold = one.run(&requests, 0, self.time, true)?;
        let answers = (0..requests.len()).map(|turn| Ok(Bytes::from(one.call(&requests, turn)?)));
        let answers = answers.collect::<Result<Vec<_>>>()?;
        let bytes = answers.iter().map(Bytes::len).sum::<usize>() / answers.len().max(1);
        floor.set(answers);
        let same = Requests::new(bodies.into_iter().enumerate().map(|(index, body)| (format!("/{index}"), body)));
        let mut lines = Vec::new();
        for connections in &self.connections {
            let mut to_muster = Load::connect(company.muster.address, *connections)?;
            let mut to_floor = Load::connect(floor.address, *connections)?;
            let (mut mine, mut theirs) = (Times::default(), Times::default());
            while mine.all < self.time {
                mine.extend(to_muster.run(&requests, mine.each.len(), TURN, false)?);
                theirs.extend(to_floor.run(&same, theirs.each.len(), TURN, false)?);
            }
            let line = Line::new((operation.name, company.users, *connections), &mine, &theirs);
            lines.push(Line { cold: Some(cold.at(500)), bytes, ..line });
        }
        Ok(lines)
    }

    /// Changes are held against a plain loop that adds people with one commit for each.
    fn write(&self, operation: &Operation, company: &mut Measured) -> Result<Vec<Line>> {
        let db = Db::open(&self.scratch(&company.database), &Options::default())?;
        db.migrate(&Registry::new(MODULES).migrations(), 0)?;
        let mut added = 0;
        let mut lines = Vec::new();
        for connections in &self.connections {
            let mut load = Load::connect(company.muster.address, *connections)?;
            let (mut mine, mut theirs) = (Times::default(), Times::default());
            while mine.all < self.time {
                // Every call is a new one: nobody can be added twice.
                let requests = Requests::new(company.calls(operation, 4 * VARIANTS));
                mine.extend(load.run(&requests, 0, TURN, true)?);
                theirs.extend(one_commit_a_row(&db, &mut added, TURN)?);
            }
            lines.push(Line::new((operation.name, company.users, *connections), &mine, &theirs));
        }
        Ok(lines)
    }

    /// A second database on the same disk or server.
    fn scratch(&self, database: &str) -> String {
        if self.database.is_some() { database.to_owned() } else { format!("{database}.scratch") }
    }
}

/// A company that is measured, and the process that serves it.
struct Measured {
    users: u64,
    database: String,
    hooks: [String; 2],
    asker: Asker,
    muster: Muster,
}

impl Measured {
    fn calls(&mut self, operation: &Operation, count: usize) -> Vec<(String, String)> {
        operation.calls(&self.hooks, &mut self.asker, count)
    }

    fn restart(&mut self, folder: &Path) -> Result<()> {
        self.muster.stop();
        self.muster = Muster::start(&self.database, folder)?;
        self.muster.wait_for_index().map(drop)
    }
}

/// Fills a database unless it is full, and answers an administrator's and an employee's webhook, as they stand in
/// addresses.
fn prepare(database: &str, users: u64, tasks: u64) -> Result<[String; 2]> {
    let db = Db::open(database, &Options::default())?;
    let now = Clock::default().seconds();
    db.migrate(&Registry::new(MODULES).migrations(), now)?;
    if db.read(bulk::is_empty)? {
        made_up::write(&db, &Company { seed: 1, users, now }, |_| {})?;
    }
    tasks::fill(&db, tasks, users)?;
    // Where there is one person, they ask everything.
    Ok([hook(&db, 1, now)?, hook(&db, if users > 1 { 2 } else { 1 }, now)?])
}

fn hook(db: &Db, user_id: i64, now: i64) -> Result<String> {
    let scopes = vec!["user".to_owned(), "task".to_owned()];
    let new = NewWebhook { user_id, title: "benchmark".to_owned(), scopes, expires_at: None };
    let (_, secret) = db
        .write(|tx| webhook::add(tx, &new, &mut Chance::from_system(), now))
        .map_err(|err| anyhow!("the benchmark cannot make a webhook: {err}"))?;
    Ok(format!("{user_id}/{secret}"))
}

/// Adds people one by one, each with a commit of its own, and nothing else.
fn one_commit_a_row(db: &Db, added: &mut u64, time: Duration) -> Result<Times> {
    let began = Instant::now();
    let mut times = Times::default();
    while began.elapsed() < time {
        *added += 1;
        let person = NewPerson {
            email: format!("row.{added}.{}@example.org", began.elapsed().as_nanos()),
            name: "Rosa".to_owned(),
            last_name: "Row".to_owned(),
            ..NewPerson::default()
        };
        let sent = Instant::now();
        db.write(|tx| register(tx, &person, 0)).map_err(|err| anyhow!("a row cannot be written: {err}"))?;
        times.each.push(sent.elapsed());
    }
    times.all = began.elapsed();
    Ok(times)
}

/// How many bytes the files of a database take; nothing for one that is a server's.
fn disk(database: &str) -> u64 {
    let size = |path: String| fs::metadata(path).map_or(0, |it| it.len());
    size(database.to_owned()) + size(format!("{database}-wal"))
}
