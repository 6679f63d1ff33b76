//! One SQL text over two engines: SQLite, embedded, and PostgreSQL.
//!
//! What this crate promises:
//! - SQL text comes only from `&'static str` and values only by binding ([`Sql`]), so a client's words never become SQL.
//! - A [`Tx`] is one transaction: it commits if its function returns `Ok` and leaves no trace otherwise.
//! - A committed write has reached the disk (SQLite: WAL with `synchronous = full`).
//!
//! Rules that make one text mean the same in both engines:
//! - Columns are `bigint`, `double precision`, `{text}` or `{bytes}`; booleans are 0 and 1, instants are seconds since
//!   1970 in UTC, dates are text `YYYY-MM-DD`. `{text}` compares by bytes whatever the database's own collation is.
//! - `order by` always says `nulls first` or `nulls last` and ends with a unique column.
//! - `cast(sum(x) as bigint)`, since PostgreSQL's sum of a `bigint` is `numeric`.
//! - Case is folded by [`fold()`] in Rust and by the SQL function `fold()` in both engines, which agree.
//! - Uniqueness is a claim table keyed by the unique value. No triggers, notifications, advisory locks or recursion.

mod connections;
mod error;
mod fold;
mod known;
mod migrate;
mod pool;
mod postgres;
mod sql;
mod sqlite;
mod tx;
mod value;
mod work;
mod writer;

pub use connections::Gauges;
pub use error::DbError;
pub use fold::fold;
pub use migrate::{Migration, Pending};
pub use pool::{Db, Options, Reader};
pub use sql::Sql;
pub use tx::{Cells, Row, Tx};
pub use value::{Value, ValueRef};
pub use work::Retry;
