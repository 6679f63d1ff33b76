//! The database as the rest of Muster sees it: transactions that read and transactions that write.

use crate::{
    DbError, Gauges, Migration, Pending, Sql, Tx,
    connections::{Guard, Pool},
    migrate,
    postgres::Session,
    sqlite::{self, Lite},
    tx::Engine,
    work::{Went, Work},
    writer::Writer,
};
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How often a transaction is run again when PostgreSQL asks for it (serialization failure, deadlock).
const ATTEMPTS: usize = 8;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most connections that are open at once (SQLite: readers, beside the one writer).
    pub connections: usize,
    /// How long a call waits for a connection.
    pub wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { connections: 8, wait: Duration::from_secs(30) }
    }
}

/// An open database.
pub struct Db {
    pools: Pools,
    /// How long a transaction may take, in milliseconds; 0 is no limit.
    limit: AtomicU64,
    /// How many transactions of this process were committed.
    commits: AtomicU64,
}

enum Pools {
    Sqlite(Box<Sqlite>),
    Postgres(Pool<Session>),
}

struct Sqlite {
    path: PathBuf,
    writer: Writer,
    readers: Pool<Lite>,
    /// For what is answered at once or not at all, so that it never waits behind what takes long.
    quick: Pool<Lite>,
}

/// How many short transactions read at the same time. They wait for nothing, so as many as there are processors suffice.
const QUICK: usize = 8;

impl Db {
    /// Opens `postgres://…`, or a path (with or without `sqlite:` before it) as SQLite, and sees that it answers.
    pub fn open(address: &str, options: &Options) -> Result<Db, DbError> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            let url = address.to_owned();
            let pool = Pool::new(options.connections, options.wait, move || Session::open(&url));
            let db = Db { pools: Pools::Postgres(pool), limit: AtomicU64::new(0), commits: AtomicU64::new(0) };
            db.read(migrate::check_locale)?;
            return Ok(db);
        }
        let path = PathBuf::from(address.strip_prefix("sqlite:").unwrap_or(address));
        let (writing, reading, glancing) = (path.clone(), path.clone(), path.clone());
        let writer = Writer::new(options.wait, move || sqlite::open_writer(&writing));
        let readers = Pool::new(options.connections, options.wait, move || sqlite::open_reader(&reading));
        let quick = Pool::new(QUICK, Duration::ZERO, move || sqlite::open_reader(&glancing));
        writer.check()?;
        let sqlite = Sqlite { path, writer, readers, quick };
        Ok(Db { pools: Pools::Sqlite(Box::new(sqlite)), limit: AtomicU64::new(0), commits: AtomicU64::new(0) })
    }

    /// Stops whatever takes longer than this in one transaction, from now on.
    pub fn set_limit(&self, time: Duration) {
        self.limit.store(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
        let limit = self.limit.load(Ordering::Relaxed);
        (limit > 0).then(|| Duration::from_millis(limit))
    }

    /// Whether this is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.pools, Pools::Sqlite(_))
    }

    /// Whether a transaction that writes could begin without waiting for another one.
    pub fn is_writer_free(&self) -> bool {
        match &self.pools {
            Pools::Sqlite(it) => it.writer.is_free(),
            Pools::Postgres(pool) => pool.has_room(),
        }
    }

    /// For several pieces of work that only read, one after the other on the same connection.
    pub fn reader(&self) -> Reader<'_> {
        Reader { db: self, lite: None, session: None, seen: None }
    }

    /// Runs a transaction that only reads, at once or not at all.
    pub(crate) fn run_at_once(&self, time: Duration, work: &mut Work<'_>) -> Option<Result<(), DbError>> {
        let Pools::Sqlite(it) = &self.pools else { return None };
        let seen = (self.commits.load(Ordering::Acquire), &self.commits);
        let guard = it.quick.take().ok()?;
        // A connection whose transaction has not ended is dropped, and so closed.
        if let Err(err) = guard.get().begin() {
            return Some(Err(err));
        }
        let (_, was_stopped) = read_sqlite(guard.get(), Some(time), seen, work);
        match guard.get().say("commit") {
            Ok(()) => guard.keep(),
            Err(err) => return Some(Err(err)),
        }
        (!was_stopped).then_some(Ok(()))
    }

    /// Runs a transaction that writes, again if need be. An error is one of the transaction itself.
    pub(crate) fn run_writing(&self, limit: Option<Duration>, work: &mut Work<'_>) -> Result<(), DbError> {
        let done = match &self.pools {
            Pools::Sqlite(it) => it.writer.transact(limit, work),
            // Here the limit is on each statement, and none of a long transaction is long.
            Pools::Postgres(pool) => self.write_postgres(pool, work),
        };
        self.commits.fetch_add(1, Ordering::AcqRel);
        done
    }

    fn write_postgres(&self, pool: &Pool<Session>, work: &mut Work<'_>) -> Result<(), DbError> {
        let mut attempt = || {
            let mut guard = begin_postgres(pool, pool.take()?, "begin", self.limit())?;
            let went = work(&mut Tx { engine: Engine::Postgres(guard.get_mut()), seen: None, known: None });
            let end = if went == Went::Well { "commit" } else { "rollback" };
            match guard.get_mut().client.batch_execute(end) {
                Ok(()) => guard.keep(),
                Err(err) if went == Went::Well => return Err(DbError::from(err)),
                Err(_) => {}
            }
            Ok(went)
        };
        for _ in 1..ATTEMPTS {
            match attempt() {
                Ok(Went::Again) => {}
                Err(err) if err.is_retryable() => {}
                done => return done.map(drop),
            }
        }
        attempt().map(drop)
    }

    /// Brings the schema up to date. Any number of processes may do so at once.
    pub fn migrate(&self, migrations: &[Migration], now: i64) -> Result<Vec<&'static str>, DbError> {
        migrate::run(self, migrations, now)
    }

    /// Compares the schema with what this program knows.
    pub fn pending(&self, migrations: &[Migration]) -> Result<Pending, DbError> {
        self.read(|tx| migrate::pending(tx, migrations))
    }

    /// Runs statements that may not stand in a prepared one, such as those of a migration.
    pub(crate) fn batch(tx: &mut Tx<'_>, text: &str) -> Result<(), DbError> {
        match &mut tx.engine {
            Engine::Sqlite(conn) => conn.execute_batch(text)?,
            Engine::Postgres(session) => session.client.batch_execute(text)?,
        }
        Ok(())
    }

    /// Copies a SQLite database to a new file while it is in use.
    pub fn backup(&self, target: &Path) -> Result<(), DbError> {
        match &self.pools {
            Pools::Sqlite(it) => sqlite::backup(&sqlite::open_reader(&it.path)?.conn, target),
            Pools::Postgres(_) => Err(DbError::Unusable("a PostgreSQL database is backed up with pg_dump".to_owned())),
        }
    }

    /// What the connection pool is doing now.
    pub fn gauges(&self) -> Gauges {
        match &self.pools {
            Pools::Sqlite(it) => it.readers.gauges(),
            Pools::Postgres(pool) => pool.gauges(),
        }
    }

    /// Reads a setting of the writing connection, such as `synchronous`.
    pub fn writer_setting(&self, name: &'static str) -> Result<String, DbError> {
        self.write(|tx| {
            let mut sql = Sql::new(if self.is_sqlite() { "select cast(" } else { "select current_setting('" });
            sql.push(name).push(if self.is_sqlite() { " as text) from pragma_" } else { "')" });
            if self.is_sqlite() {
                sql.push(name);
            }
            let row = tx.row(&sql)?.ok_or(DbError::Shape("a setting was expected"))?;
            Ok::<_, DbError>(row.text(0).to_owned())
        })
    }
}

/// Work that only reads, one piece after the other. The connection is taken with the first one and kept.
///
/// Each piece sees all that this process had committed before it began. As long as that is nothing new, they share one
/// transaction, which saves most of the ways to a PostgreSQL server.
pub struct Reader<'d> {
    db: &'d Db,
    lite: Option<Guard<'d, Lite>>,
    session: Option<Guard<'d, Session>>,
    /// How many transactions had been committed when the one that goes on began.
    seen: Option<u64>,
}

impl Reader<'_> {
    /// Runs a piece of work. An error is one of the transaction itself.
    pub(crate) fn run(&mut self, work: &mut Work<'_>) -> Result<(), DbError> {
        let db = self.db;
        let commits = db.commits.load(Ordering::Acquire);
        if self.seen.is_some_and(|it| it != commits) {
            self.end();
        }
        // Taken until it is known that the transaction goes on: a connection is dropped, and so closed, if it cannot begin.
        let is_new = self.seen.take().is_none();
        let seen = (commits, &db.commits);
        let (went, was_stopped) = match &db.pools {
            Pools::Sqlite(it) => {
                let guard = match self.lite.take() {
                    Some(guard) => guard,
                    None => it.readers.take()?,
                };
                if is_new {
                    guard.get().begin()?;
                }
                let read = read_sqlite(guard.get(), db.limit(), seen, work);
                self.lite = Some(guard);
                read
            }
            Pools::Postgres(pool) => {
                let mut guard = match self.session.take() {
                    Some(guard) => guard,
                    None => pool.take()?,
                };
                if is_new {
                    guard = begin_postgres(pool, guard, "begin isolation level repeatable read read only", db.limit())?;
                }
                let went = work(&mut Tx { engine: Engine::Postgres(guard.get_mut()), seen: Some(seen), known: None });
                self.session = Some(guard);
                (went, false)
            }
        };
        self.seen = Some(commits);
        if went != Went::Well {
            // PostgreSQL takes nothing more in a transaction in which a statement has failed.
            self.end();
        }
        if went != Went::Well && was_stopped { Err(DbError::Stopped) } else { Ok(()) }
    }

    /// Ends the transaction that goes on. What was read in it is as true as it was, so nobody is told if that fails; the
    /// connection is closed then.
    fn end(&mut self) {
        if self.seen.take().is_none() {
            return;
        }
        self.lite = self.lite.take().filter(|it| it.get().say("commit").is_ok());
        self.session = self.session.take().and_then(|mut it| {
            let ended = it.get_mut().client.batch_execute("commit");
            ended.is_ok().then_some(it)
        });
    }

    /// Ends what goes on and gives the connection back.
    pub fn let_go(&mut self) {
        self.end();
        if let Some(guard) = self.lite.take() {
            guard.keep();
        }
        if let Some(guard) = self.session.take() {
            guard.keep();
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// Runs work in a transaction that has begun, and tells whether it was stopped since its time was over.
fn read_sqlite(lite: &Lite, limit: Option<Duration>, seen: (u64, &AtomicU64), work: &mut Work<'_>) -> (Went, bool) {
    lite.limit(limit);
    let went = work(&mut Tx { engine: Engine::Sqlite(&lite.conn), seen: Some(seen), known: Some(&lite.known) });
    (went, lite.lift_limit())
}

/// Begins a transaction, on another connection if this one does not answer.
fn begin_postgres<'p>(
    pool: &'p Pool<Session>,
    mut guard: Guard<'p, Session>,
    begin: &str,
    limit: Option<Duration>,
) -> Result<Guard<'p, Session>, DbError> {
    if guard.get_mut().begin(begin, limit).is_err() {
        // The server closed an idle session (a restart, a timeout). Nothing has happened yet: take a fresh one.
        drop(guard);
        guard = pool.take_fresh()?;
        guard.get_mut().begin(begin, limit)?;
    }
    Ok(guard)
}
