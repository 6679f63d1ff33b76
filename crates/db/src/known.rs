//! What a connection has read and may answer again, because nothing was committed since.
//!
//! Who a caller is and which custom fields there are is asked with every call and hardly ever changes. SQLite tells a
//! connection whether any other one has committed since it looked last, be it of this process or of another. So what it
//! has read stays true until then, exactly.

use crate::{DbError, Row, Sql, Value};
use rusqlite::Connection;
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    fmt::Write as _,
    sync::Arc,
};

/// With one more than so many answers, all begins anew.
const MOST: usize = 256;

/// Answers of one connection.
#[derive(Default)]
pub(crate) struct Known {
    answers: RefCell<HashMap<String, Arc<[Row]>>>,
    /// What the connection said when it was asked last whether anything was committed.
    version: Cell<i64>,
    /// Whether it was asked in this transaction, which sees one moment and need not ask again.
    is_current: Cell<bool>,
}

impl Known {
    /// Says that a transaction begins.
    pub(crate) fn begin(&self) {
        self.is_current.set(false);
    }

    /// The answer to this query, if it is known.
    pub(crate) fn get(&self, conn: &Connection, key: &str) -> Result<Option<Arc<[Row]>>, DbError> {
        if !self.is_current.get() {
            let version = conn.prepare_cached("pragma data_version")?.query_row([], |row| row.get(0))?;
            if self.version.replace(version) != version {
                self.answers.borrow_mut().clear();
            }
            self.is_current.set(true);
        }
        Ok(self.answers.borrow().get(key).map(Arc::clone))
    }

    /// Keeps the answer to a query.
    pub(crate) fn put(&self, key: String, rows: &Arc<[Row]>) {
        let mut answers = self.answers.borrow_mut();
        if answers.len() >= MOST {
            answers.clear();
        }
        answers.insert(key, Arc::clone(rows));
    }
}

/// A query and its values as one text. `None` if it has values that are no numbers and texts.
pub(crate) fn key(sql: &Sql) -> Option<String> {
    let mut key = String::with_capacity(sql.text().len() + 96);
    key.push_str(sql.text());
    for arg in sql.args() {
        match arg {
            Value::Int(it) => write!(key, "\0{it}").ok()?,
            // No text holds a zero, so none can be taken for another with a number after it.
            Value::Text(it) => write!(key, "\0:{it}").ok()?,
            Value::Null | Value::Real(_) | Value::Bytes(_) => return None,
        }
    }
    Some(key)
}
