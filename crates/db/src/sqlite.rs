//! Opening SQLite: what is set on every connection, and the online backup.

use crate::{DbError, fold};
use rusqlite::{Connection, OpenFlags, backup::Backup, functions::FunctionFlags};
use std::{path::Path, time::Duration};

/// How long a writer waits for another process's writer.
const BUSY: Duration = Duration::from_secs(30);

/// Opens the one connection that writes.
///
/// `synchronous = full` makes a commit wait for the disk: an acknowledged write survives a power cut.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, DbError> {
    let conn = Connection::open(path).map_err(|err| unusable(path, &err))?;
    conn.pragma_update(None, "journal_mode", "wal").map_err(|err| unusable(path, &err))?;
    prepare(&conn)?;
    Ok(conn)
}

/// Opens a connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(path, flags).map_err(|err| unusable(path, &err))?;
    prepare(&conn)?;
    conn.pragma_update(None, "query_only", "on")?;
    Ok(conn)
}

fn prepare(conn: &Connection) -> Result<(), DbError> {
    conn.busy_timeout(BUSY)?;
    conn.execute_batch(
        "pragma synchronous = full;
         pragma foreign_keys = on;
         pragma case_sensitive_like = on;
         pragma temp_store = memory;
         pragma cache_size = -32768;",
    )?;
    conn.set_prepared_statement_cache_capacity(256);
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
