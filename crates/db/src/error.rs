//! What can go wrong between Muster and its database.

/// A failure of the database or of the way to it.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// SQLite said no.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL said no. The chain of causes says what.
    #[error("PostgreSQL: {}", chain(.0))]
    Postgres(#[from] postgres::Error),
    /// No connection could be had in time.
    #[error("no database connection became free within {0} seconds")]
    Busy(u64),
    /// A statement took longer than a transaction may, and was stopped.
    #[error("the time of a transaction was over")]
    Stopped,
    /// The address or the data behind it cannot be used; the text says why, in a sentence for an administrator.
    #[error("{0}")]
    Unusable(String),
    /// A query gave something other than its code expects.
    #[error("unexpected answer from the database: {0}")]
    Shape(&'static str),
}

impl DbError {
    /// Whether a unique value was already taken.
    pub fn is_unique_violation(&self) -> bool {
        match self {
            DbError::Sqlite(rusqlite::Error::SqliteFailure(err, _)) => {
                matches!(
                    err.extended_code,
                    rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY | rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
                )
            }
            DbError::Postgres(err) => err.code() == Some(&postgres::error::SqlState::UNIQUE_VIOLATION),
            _ => false,
        }
    }

    /// Whether the database had too much to do to answer in time.
    pub fn is_overload(&self) -> bool {
        match self {
            DbError::Busy(_) | DbError::Stopped => true,
            DbError::Postgres(err) => err.code() == Some(&postgres::error::SqlState::QUERY_CANCELED),
            _ => false,
        }
    }

    /// Whether the same transaction may end otherwise if it is simply run again. A reference to a row that another
    /// transaction deleted meanwhile is such a case: the next run sees that it is gone and can say so.
    pub fn is_retryable(&self) -> bool {
        use postgres::error::SqlState;
        match self {
            DbError::Postgres(err) => err.code().is_some_and(|code| {
                [
                    &SqlState::T_R_SERIALIZATION_FAILURE,
                    &SqlState::T_R_DEADLOCK_DETECTED,
                    &SqlState::FOREIGN_KEY_VIOLATION,
                ]
                .contains(&code)
            }),
            _ => false,
        }
    }
}

fn chain(err: &postgres::Error) -> String {
    let mut text = err.to_string();
    let mut cause = std::error::Error::source(err);
    while let Some(it) = cause {
        text = format!("{text}: {it}");
        cause = it.source();
    }
    text
}
