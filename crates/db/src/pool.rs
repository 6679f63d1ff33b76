//! The database as the rest of Muster sees it: transactions that read and transactions that write.

use crate::{
    DbError, Migration, Pending, Sql, Tx, migrate,
    postgres::Session,
    sqlite::{self, Lite},
    tx::Engine,
    writer::Writer,
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
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

/// What the pool is doing, for the metrics page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gauges {
    /// Connections open now.
    pub open: usize,
    /// Connections open and in no one's hands.
    pub idle: usize,
    /// The most that may be open.
    pub limit: usize,
}

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

    fn limit(&self) -> Option<Duration> {
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

    /// Runs a transaction that only reads; it sees one moment of the database.
    pub fn read<T, E: From<DbError>>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.reader().read(work)
    }

    /// For several transactions that only read, one after the other on the same connection.
    pub fn reader(&self) -> Reader<'_> {
        Reader { db: self, lite: None, session: None }
    }

    /// Runs a transaction that only reads if it can begin at once and takes no longer than this; otherwise gives nothing.
    ///
    /// It is for threads that may not be kept waiting, and never succeeds on PostgreSQL, which is always waited for.
    pub fn read_at_once<T, E: From<DbError>>(
        &self,
        time: Duration,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Option<Result<T, E>> {
        let Pools::Sqlite(it) = &self.pools else { return None };
        let seen = (self.commits.load(Ordering::Acquire), &self.commits);
        let guard = it.quick.take().ok()?;
        let read = read_sqlite(guard.get(), Some(time), seen, &mut work);
        if read.has_ended {
            guard.keep();
        }
        (!read.was_stopped).then_some(read.result)
    }

    /// Runs a transaction that writes. It commits if `work` returns `Ok`; otherwise nothing has happened.
    ///
    /// `work` may run more than once: PostgreSQL may ask for a transaction to be repeated.
    pub fn write<T, E: From<DbError> + Retry>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.write_within(self.limit(), work)
    }

    /// The same without the limit on its time, for long work whose size is bounded otherwise.
    pub fn write_long<T, E: From<DbError> + Retry>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.write_within(None, work)
    }

    fn write_within<T, E: From<DbError> + Retry>(
        &self,
        limit: Option<Duration>,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let done = match &self.pools {
            Pools::Sqlite(it) => it.writer.transact(limit, &mut work),
            // Here the limit is on each statement, and none of a long transaction is long.
            Pools::Postgres(pool) => self.write_postgres(pool, &mut work),
        };
        self.commits.fetch_add(1, Ordering::AcqRel);
        done
    }

    fn write_postgres<T, E: From<DbError> + Retry>(
        &self,
        pool: &Pool<Session>,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = ("begin", self.limit());
        let mut attempt = || {
            let (result, guard) = transact_postgres(pool, pool.take()?, begin, None, work);
            if let Some(guard) = guard {
                guard.keep();
            }
            result
        };
        for _ in 1..ATTEMPTS {
            match attempt() {
                Err(err) if err.is_retryable() => {}
                done => return done,
            }
        }
        attempt()
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

/// An error that can say whether it asks for its transaction to be run again.
pub trait Retry {
    /// Whether running the same transaction again may succeed.
    fn is_retryable(&self) -> bool;
}

impl Retry for DbError {
    fn is_retryable(&self) -> bool {
        DbError::is_retryable(self)
    }
}

/// Transactions that only read, one after the other. The connection is taken with the first one and kept.
pub struct Reader<'d> {
    db: &'d Db,
    lite: Option<Guard<'d, Lite>>,
    session: Option<Guard<'d, Session>>,
}

impl Reader<'_> {
    /// Runs a transaction that only reads; it sees one moment of the database.
    pub fn read<T, E: From<DbError>>(&mut self, mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let db = self.db;
        let seen = (db.commits.load(Ordering::Acquire), &db.commits);
        // A connection whose transaction has not ended is dropped, and so closed.
        match &db.pools {
            Pools::Sqlite(it) => {
                let guard = match self.lite.take() {
                    Some(guard) => guard,
                    None => it.readers.take()?,
                };
                let read = read_sqlite(guard.get(), db.limit(), seen, &mut work);
                self.lite = read.has_ended.then_some(guard);
                read.result
            }
            Pools::Postgres(pool) => {
                let guard = match self.session.take() {
                    Some(guard) => guard,
                    None => pool.take()?,
                };
                let begin = ("begin isolation level repeatable read read only", db.limit());
                let (result, guard) = transact_postgres(pool, guard, begin, Some(seen), &mut work);
                self.session = guard;
                result
            }
        }
    }

    /// Gives the connection back.
    pub fn let_go(&mut self) {
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

/// What came of a transaction that only reads.
struct Read<T, E> {
    result: Result<T, E>,
    was_stopped: bool,
    /// Whether the connection is as it was.
    has_ended: bool,
}

fn read_sqlite<T, E: From<DbError>>(
    lite: &Lite,
    limit: Option<Duration>,
    seen: (u64, &AtomicU64),
    work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
) -> Read<T, E> {
    if let Err(err) = lite.say("begin") {
        return Read { result: Err(err.into()), was_stopped: false, has_ended: false };
    }
    lite.limit(limit);
    lite.known.begin();
    let result = work(&mut Tx { engine: Engine::Sqlite(&lite.conn), seen: Some(seen), known: Some(&lite.known) });
    let was_stopped = lite.lift_limit();
    if let Err(err) = lite.say("commit") {
        return Read { result: result.and(Err(err.into())), was_stopped, has_ended: false };
    }
    let result = if result.is_err() && was_stopped { Err(DbError::Stopped.into()) } else { result };
    Read { result, was_stopped, has_ended: true }
}

/// Runs a transaction, and gives the connection back unless it is to be closed.
fn transact_postgres<'p, T, E: From<DbError>>(
    pool: &'p Pool<Session>,
    mut guard: Guard<'p, Session>,
    (begin, limit): (&str, Option<Duration>),
    seen: Option<(u64, &AtomicU64)>,
    work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
) -> (Result<T, E>, Option<Guard<'p, Session>>) {
    if guard.get_mut().begin(begin, limit).is_err() {
        // The server closed an idle session (a restart, a timeout). Nothing has happened yet: take a fresh one.
        drop(guard);
        guard = match pool.take_fresh() {
            Ok(guard) => guard,
            Err(err) => return (Err(err.into()), None),
        };
        if let Err(err) = guard.get_mut().begin(begin, limit) {
            return (Err(err.into()), None);
        }
    }
    let result = work(&mut Tx { engine: Engine::Postgres(guard.get_mut()), seen, known: None });
    let end = if result.is_ok() { "commit" } else { "rollback" };
    let ended = guard.get_mut().client.batch_execute(end).map_err(DbError::from);
    match (result, ended) {
        (Ok(_), Err(err)) => (Err(err.into()), None),
        (result, ended) => (result, ended.is_ok().then_some(guard)),
    }
}

/// A bounded set of connections, opened when they are first needed.
struct Pool<T> {
    state: Mutex<State<T>>,
    freed: Condvar,
    open: Box<dyn Fn() -> Result<T, DbError> + Send + Sync>,
    limit: usize,
    wait: Duration,
}

struct State<T> {
    idle: Vec<T>,
    open: usize,
    /// How many wait. Waking is a call to the system even where no one waits.
    waiting: usize,
}

impl<T> Pool<T> {
    fn new(limit: usize, wait: Duration, open: impl Fn() -> Result<T, DbError> + Send + Sync + 'static) -> Self {
        let state = Mutex::new(State { idle: Vec::new(), open: 0, waiting: 0 });
        Pool { state, freed: Condvar::new(), open: Box::new(open), limit, wait }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Result<Guard<'_, T>, DbError> {
        let deadline = Instant::now() + self.wait;
        let mut state = self.state();
        loop {
            if let Some(item) = state.idle.pop() {
                return Ok(Guard { pool: self, item: Some(item) });
            }
            if state.open < self.limit {
                state.open += 1;
                drop(state);
                return self.open_counted();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(DbError::Busy(self.wait.as_secs()));
            }
            state.waiting += 1;
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            state.waiting -= 1;
        }
    }

    /// Closes every idle connection and opens a new one.
    fn take_fresh(&self) -> Result<Guard<'_, T>, DbError> {
        let mut state = self.state();
        let stale = std::mem::take(&mut state.idle);
        state.open -= stale.len();
        drop(state);
        drop(stale);
        self.take()
    }

    fn open_counted(&self) -> Result<Guard<'_, T>, DbError> {
        match (self.open)() {
            Ok(item) => Ok(Guard { pool: self, item: Some(item) }),
            Err(err) => {
                self.state().open -= 1;
                self.freed.notify_one();
                Err(err)
            }
        }
    }

    fn has_room(&self) -> bool {
        let state = self.state();
        !state.idle.is_empty() || state.open < self.limit
    }

    fn gauges(&self) -> Gauges {
        let state = self.state();
        Gauges { open: state.open, idle: state.idle.len(), limit: self.limit }
    }
}

/// A connection in use. Unless [`keep`](Guard::keep) says that its transaction has ended, it is closed, not reused.
struct Guard<'p, T> {
    pool: &'p Pool<T>,
    item: Option<T>,
}

impl<T> Guard<'_, T> {
    fn get(&self) -> &T {
        self.item.as_ref().expect("the connection is taken out only by keep() and drop()")
    }

    fn get_mut(&mut self) -> &mut T {
        self.item.as_mut().expect("the connection is taken out only by keep() and drop()")
    }

    fn keep(mut self) {
        let item = self.item.take();
        let mut state = self.pool.state();
        state.idle.extend(item);
        if state.waiting > 0 {
            self.pool.freed.notify_one();
        }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        if let Some(item) = self.item.take() {
            drop(item);
            self.pool.state().open -= 1;
            self.pool.freed.notify_one();
        }
    }
}
