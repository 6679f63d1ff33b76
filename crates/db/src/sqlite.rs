//! Opening SQLite: what is set on every connection, the limit on its time, and the online backup.

use crate::{DbError, fold, known::Known};
use rusqlite::{Connection, OpenFlags, backup::Backup, config::DbConfig, functions::FunctionFlags};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How long a writer waits for another process's writer.
const BUSY: Duration = Duration::from_secs(30);

/// After so many steps of SQLite's machine it is seen whether a statement's time is over; some hundred microseconds.
const STEPS: std::ffi::c_int = 5_000;

/// A connection, and the moment at which what it does is stopped.
pub(crate) struct Lite {
    pub(crate) conn: Connection,
    /// What it has read and need not read again.
    pub(crate) known: Known,
    limit: Arc<Limit>,
}

struct Limit {
    opened: Instant,
    /// In nanoseconds after `opened`.
    until: AtomicU64,
    hit: AtomicBool,
}

impl Limit {
    fn is_over(&self) -> bool {
        let now = u64::try_from(self.opened.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let is_over = now >= self.until.load(Ordering::Relaxed);
        if is_over {
            self.hit.store(true, Ordering::Relaxed);
        }
        is_over
    }
}

impl Lite {
    fn new(mut conn: Connection) -> Result<Lite, DbError> {
        prepare(&conn)?;
        let limit =
            Arc::new(Limit { opened: Instant::now(), until: AtomicU64::new(u64::MAX), hit: AtomicBool::new(false) });
        let watched = Arc::clone(&limit);
        conn.progress_handler(STEPS, Some(move || watched.is_over()))?;
        Ok(Lite { conn, known: Known::default(), limit })
    }

    /// Gives this much time to what comes now.
    pub(crate) fn limit(&self, time: Option<Duration>) {
        let until = time.map_or(u64::MAX, |time| {
            u64::try_from((self.limit.opened.elapsed() + time).as_nanos()).unwrap_or(u64::MAX)
        });
        self.limit.until.store(until, Ordering::Relaxed);
        self.limit.hit.store(false, Ordering::Relaxed);
    }

    /// Takes the limit away, and tells whether a statement was stopped by it.
    pub(crate) fn lift_limit(&self) -> bool {
        self.limit.until.store(u64::MAX, Ordering::Relaxed);
        self.limit.hit.load(Ordering::Relaxed)
    }

    /// Begins a transaction that reads.
    pub(crate) fn begin(&self) -> Result<(), DbError> {
        self.say("begin")?;
        self.known.begin();
        Ok(())
    }

    /// Runs a statement without values, such as `begin`.
    pub(crate) fn say(&self, sql: &'static str) -> Result<(), DbError> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

/// Opens the one connection that writes.
///
/// `synchronous = full` makes a commit wait for the disk: an acknowledged write survives a power cut.
pub(crate) fn open_writer(path: &Path) -> Result<Lite, DbError> {
    let conn = Connection::open(path).map_err(|err| unusable(path, &err))?;
    conn.pragma_update(None, "journal_mode", "wal").map_err(|err| unusable(path, &err))?;
    conn.pragma_update(None, "cache_size", -32_768)?;
    Lite::new(conn)
}

/// Opens a connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Lite, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(path, flags).map_err(|err| unusable(path, &err))?;
    let lite = Lite::new(conn)?;
    lite.conn.pragma_update(None, "query_only", "on")?;
    // There are many of them, and the system keeps the file's pages for all of them.
    lite.conn.pragma_update(None, "cache_size", -4_096)?;
    Ok(lite)
}

fn prepare(conn: &Connection) -> Result<(), DbError> {
    conn.busy_timeout(BUSY)?;
    conn.execute_batch(
        "pragma synchronous = full;
         pragma foreign_keys = on;
         pragma case_sensitive_like = on;
         pragma temp_store = memory;",
    )?;
    conn.set_prepared_statement_cache_capacity(256);
    // Otherwise a prepared statement is prepared anew for almost every set of values, to look for a better plan.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_UTF8;
    conn.create_scalar_function("fold", 1, flags, |context| {
        Ok(context.get::<Option<String>>(0)?.map(|text| fold(&text)))
    })?;
    Ok(())
}

/// Copies the database to a new file while others read and write; the copy is the state of one moment.
pub(crate) fn backup(source: &Connection, target: &Path) -> Result<(), DbError> {
    let mut copy = Connection::open(target).map_err(|err| unusable(target, &err))?;
    // All pages in one step: between two steps a writer could make the copy begin anew, for ever.
    Backup::new(source, &mut copy)?.run_to_completion(std::ffi::c_int::MAX, Duration::from_millis(10), None)?;
    // The copy stands alone: one file, no write-ahead log beside it.
    copy.pragma_update(None, "journal_mode", "delete")?;
    Ok(())
}

fn unusable(path: &Path, err: &rusqlite::Error) -> DbError {
    DbError::Unusable(format!("the database {} cannot be opened: {err}", path.display()))
}
