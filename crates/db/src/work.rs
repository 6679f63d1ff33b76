//! Transactions as their callers see them: work with types of its own goes in, its result comes out.
//!
//! A pool is told only how the work went, and the result stays here. So beginning, ending and repeating a transaction is
//! compiled once, and not for each of its callers.

use crate::{Db, DbError, Reader, Tx};
use std::time::Duration;

/// What a pool runs in a transaction.
pub(crate) type Work<'w> = dyn FnMut(&mut Tx<'_>) -> Went + 'w;

/// How a run of the work went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    /// It succeeded, so its transaction is to be committed.
    Well,
    /// It failed.
    Wrong,
    /// It failed, and may succeed if it is run again.
    Again,
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

impl Db {
    /// Runs a transaction that only reads; it sees one moment of the database.
    pub fn read<T, E: From<DbError>>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.reader().read(work)
    }

    /// Runs a transaction that only reads if it can begin at once and takes no longer than this; otherwise gives nothing.
    ///
    /// It is for threads that may not be kept waiting, and never succeeds on PostgreSQL, which is always waited for.
    pub fn read_at_once<T, E: From<DbError>>(
        &self,
        time: Duration,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Option<Result<T, E>> {
        let mut last = None;
        let ended = self.run_at_once(time, &mut |tx| went(last.insert(work(tx))))?;
        Some(outcome(last, ended))
    }

    /// Runs a transaction that writes. It commits if `work` returns `Ok`; otherwise nothing has happened.
    ///
    /// `work` may run more than once: PostgreSQL may ask for a transaction to be repeated.
    pub fn write<T, E: From<DbError> + Retry>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut last = None;
        let ended = self.run_writing(self.limit(), &mut |tx| went_writing(last.insert(work(tx))));
        outcome(last, ended)
    }

    /// The same without the limit on its time, for long work whose size is bounded otherwise.
    pub fn write_long<T, E: From<DbError> + Retry>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut last = None;
        let ended = self.run_writing(None, &mut |tx| went_writing(last.insert(work(tx))));
        outcome(last, ended)
    }
}

impl Reader<'_> {
    /// Runs a transaction that only reads; it sees one moment of the database.
    pub fn read<T, E: From<DbError>>(&mut self, mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut last = None;
        let ended = self.run(&mut |tx| went(last.insert(work(tx))));
        outcome(last, ended)
    }
}

fn went<T, E>(result: &Result<T, E>) -> Went {
    if result.is_ok() { Went::Well } else { Went::Wrong }
}

fn went_writing<T, E: Retry>(result: &Result<T, E>) -> Went {
    match result {
        Ok(_) => Went::Well,
        Err(err) if err.is_retryable() => Went::Again,
        Err(_) => Went::Wrong,
    }
}

/// What the work has returned last, unless the transaction itself failed.
fn outcome<T, E: From<DbError>>(last: Option<Result<T, E>>, ended: Result<(), DbError>) -> Result<T, E> {
    ended?;
    last.expect("a transaction that did not fail itself has run its work")
}
