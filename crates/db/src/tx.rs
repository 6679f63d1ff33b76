//! One transaction over either engine: SQL and values in, rows out.

use crate::{
    DbError, Sql, Value, ValueRef,
    known::{self, Known},
    postgres::Session,
};
use ::postgres::{binary_copy::BinaryCopyInWriter, types::ToSql};
use rusqlite::params_from_iter;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// One transaction. Made by [`Db::read`](crate::Db::read) and [`Db::write`](crate::Db::write), which also end it.
pub struct Tx<'c> {
    pub(crate) engine: Engine<'c>,
    /// How many commits of this process came before, and how many there are; `None` if this transaction writes.
    pub(crate) seen: Option<(u64, &'c AtomicU64)>,
    /// What its connection has read before; `None` if nothing tells whether that is still true.
    pub(crate) known: Option<&'c Known>,
}

pub(crate) enum Engine<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c mut Session),
}

/// One row of an answer while the answer is read.
pub enum Cells<'r> {
    #[doc(hidden)]
    Sqlite(&'r rusqlite::Row<'r>, usize),
    #[doc(hidden)]
    Postgres(&'r ::postgres::Row),
}

impl Cells<'_> {
    /// How many columns it has.
    pub fn width(&self) -> usize {
        match self {
            Cells::Sqlite(_, width) => *width,
            Cells::Postgres(row) => row.len(),
        }
    }

    /// The value of a column.
    pub fn get(&self, column: usize) -> Result<ValueRef<'_>, DbError> {
        match self {
            Cells::Sqlite(row, _) => {
                ValueRef::of_sqlite(row.get_ref(column)?).map_err(|_| DbError::Shape("a text that is not UTF-8"))
            }
            Cells::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// A number that is never null.
    pub fn int(&self, column: usize) -> Result<i64, DbError> {
        match self.get(column)? {
            ValueRef::Int(it) => Ok(it),
            _ => Err(DbError::Shape("a number was expected")),
        }
    }
}

/// One row of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// The value of a column that may be null.
    pub fn take(&mut self, column: usize) -> Value {
        self.0.get_mut(column).map_or(Value::Null, |it| std::mem::replace(it, Value::Null))
    }

    /// A number that is never null.
    pub fn int(&self, column: usize) -> Result<i64, DbError> {
        self.opt_int(column).ok_or(DbError::Shape("a number was expected"))
    }

    /// A number or nothing.
    pub fn opt_int(&self, column: usize) -> Option<i64> {
        match self.0.get(column) {
            Some(Value::Int(it)) => Some(*it),
            _ => None,
        }
    }

    /// A text; null reads as an empty one.
    pub fn text(&self, column: usize) -> &str {
        match self.0.get(column) {
            Some(Value::Text(it)) => it,
            _ => "",
        }
    }

    /// A text or nothing.
    pub fn opt_text(&self, column: usize) -> Option<&str> {
        match self.0.get(column) {
            Some(Value::Text(it)) => Some(it),
            _ => None,
        }
    }
}

impl Tx<'_> {
    /// A number of commits of this process that a transaction which only reads is sure to see; `None` if it writes.
    pub fn seen(&self) -> Option<u64> {
        self.seen.map(|(seen, _)| seen)
    }

    /// Whether nothing was committed by this process, or [noted](Tx::note_commit), since before this transaction began.
    pub fn is_latest(&self) -> bool {
        self.seen.is_some_and(|(seen, commits)| commits.load(Ordering::Acquire) == seen)
    }

    /// Counts what another process has committed like a commit of this one.
    pub fn note_commit(&self) {
        if let Some((_, commits)) = self.seen {
            commits.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Runs a query and reads all its rows.
    pub fn rows(&mut self, sql: &Sql) -> Result<Vec<Row>, DbError> {
        let mut rows = Vec::new();
        self.each(sql, |cells| {
            let values = (0..cells.width()).map(|column| cells.get(column).map(ValueRef::to_owned));
            rows.push(Row(values.collect::<Result<_, _>>()?));
            Ok(())
        })?;
        Ok(rows)
    }

    /// The same for what is asked with every call and hardly ever changes: few rows, found by numbers and texts. On SQLite
    /// they are read again only after something was committed, by whatever process.
    pub fn known_rows(&mut self, sql: &Sql) -> Result<Arc<[Row]>, DbError> {
        let (Engine::Sqlite(conn), Some(known)) = (&self.engine, self.known) else { return Ok(self.rows(sql)?.into()) };
        let Some(key) = known::key(sql) else { return Ok(self.rows(sql)?.into()) };
        if let Some(rows) = known.get(conn, &key)? {
            return Ok(rows);
        }
        let rows = self.rows(sql)?.into();
        known.put(key, &rows);
        Ok(rows)
    }

    /// Runs a query and shows each row where it lies. Of many wide rows that is much less work than to have them all.
    pub fn each(&mut self, sql: &Sql, mut visit: impl FnMut(&Cells<'_>) -> Result<(), DbError>) -> Result<(), DbError> {
        self.show(sql, &mut visit)
    }

    /// The same, compiled once for all that look at rows.
    fn show(&mut self, sql: &Sql, visit: &mut dyn FnMut(&Cells<'_>) -> Result<(), DbError>) -> Result<(), DbError> {
        match &mut self.engine {
            Engine::Sqlite(conn) => {
                let mut statement = conn.prepare_cached(sql.text())?;
                let width = statement.column_count();
                let mut rows = statement.query(params_from_iter(sql.args()))?;
                while let Some(row) = rows.next()? {
                    visit(&Cells::Sqlite(row, width))?;
                }
            }
            Engine::Postgres(session) => {
                let statement = session.prepare(sql.text())?;
                for row in session.client.query(&statement, &args(sql))? {
                    visit(&Cells::Postgres(&row))?;
                }
            }
        }
        Ok(())
    }

    /// The first row, if there is one.
    pub fn row(&mut self, sql: &Sql) -> Result<Option<Row>, DbError> {
        Ok(self.rows(sql)?.into_iter().next())
    }

    /// The one number that a query such as `select count(*)` or `insert ... returning id` gives.
    pub fn int(&mut self, sql: &Sql) -> Result<i64, DbError> {
        self.row(sql)?.ok_or(DbError::Shape("one row was expected"))?.int(0)
    }

    /// The first column of every row, as numbers.
    pub fn ints(&mut self, sql: &Sql) -> Result<Vec<i64>, DbError> {
        let mut found = Vec::new();
        self.each(sql, |cells| {
            found.push(cells.int(0)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Runs a statement and tells how many rows it changed.
    pub fn run(&mut self, sql: &Sql) -> Result<u64, DbError> {
        match &mut self.engine {
            Engine::Sqlite(conn) => {
                let changed = conn.prepare_cached(sql.text())?.execute(params_from_iter(sql.args()))?;
                Ok(changed as u64)
            }
            Engine::Postgres(session) => {
                let statement = session.prepare(sql.text())?;
                Ok(session.client.execute(&statement, &args(sql))?)
            }
        }
    }

    /// Makes all other transactions that ask for the same lock wait until this one ends.
    ///
    /// For rules that span rows, such as «a department never becomes its own ancestor». SQLite has one writer anyway.
    pub fn lock(&mut self, name: &'static str) -> Result<(), DbError> {
        if let Engine::Postgres(_) = self.engine {
            let args = || [Value::from(name)];
            self.run(&Sql::with(
                "insert into locks (name, taken) values ($1, 0) on conflict (name) do nothing",
                args(),
            ))?;
            self.run(&Sql::with("update locks set taken = taken + 1 where name = $1", args()))?;
        }
        Ok(())
    }

    /// Takes this many IDs of a table with an `{id}` column, for rows that will be written with [`bulk`](Tx::bulk).
    pub fn reserve_ids(&mut self, table: &'static str, count: u64) -> Result<Vec<i64>, DbError> {
        let count = i64::try_from(count).map_err(|_| DbError::Shape("too many IDs at once"))?;
        let name = || Value::from(table);
        if let Engine::Sqlite(_) = self.engine {
            let last = self.row(&Sql::with("select seq from sqlite_sequence where name = $1", [name()]))?;
            let last = last.map_or(Ok(0), |row| row.int(0))?;
            return Ok((last + 1..=last + count).collect());
        }
        self.ints(&Sql::with(
            "select nextval(pg_get_serial_sequence($1, 'id')) from generate_series(1, $2)",
            [name(), count.into()],
        ))
    }

    /// Writes many rows the fastest way the engine has.
    pub fn bulk(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<u64, DbError> {
        match &mut self.engine {
            Engine::Sqlite(conn) => {
                let mut sql = Sql::new("insert into ");
                sql.push(table).push(" (");
                sql.join(columns, ", ", |sql, column| {
                    sql.push(column);
                });
                sql.push(") values (").bind_all(columns.iter().map(|_| Value::Null)).push(")");
                let mut statement = conn.prepare_cached(sql.text())?;
                let mut written = 0;
                for row in rows {
                    statement.execute(params_from_iter(row))?;
                    written += 1;
                }
                Ok(written)
            }
            Engine::Postgres(session) => {
                let list = columns.join(", ");
                let shape = session.prepare(&format!("select {list} from {table} limit 0"))?;
                let types: Vec<_> = shape.columns().iter().map(|column| column.type_().clone()).collect();
                let sink = session.client.copy_in(&format!("copy {table} ({list}) from stdin binary"))?;
                let mut writer = BinaryCopyInWriter::new(sink, &types);
                for row in rows {
                    let row: Vec<&(dyn ToSql + Sync)> = row.iter().map(|it| it as _).collect();
                    writer.write(&row)?;
                }
                Ok(writer.finish()?)
            }
        }
    }

    /// How many bytes the database takes.
    pub fn size(&mut self) -> Result<i64, DbError> {
        self.int(&Sql::new(match self.engine {
            Engine::Sqlite(_) => "select page_count * page_size from pragma_page_count(), pragma_page_size()",
            Engine::Postgres(_) => "select pg_database_size(current_database())",
        }))
    }

    /// Asks the engine to examine its files; each line of the answer is a defect.
    pub fn integrity(&mut self) -> Result<Vec<String>, DbError> {
        match self.engine {
            Engine::Sqlite(_) => {
                let mut defects: Vec<String> = Vec::new();
                for row in self.rows(&Sql::new("pragma integrity_check"))? {
                    defects.extend(row.opt_text(0).filter(|it| *it != "ok").map(str::to_owned));
                }
                for row in self.rows(&Sql::new("pragma foreign_key_check"))? {
                    defects.push(format!("a row of {} refers to a missing row of {}", row.text(0), row.text(2)));
                }
                Ok(defects)
            }
            // PostgreSQL watches its own files and enforces references; amcheck is the administrator's tool.
            Engine::Postgres(_) => Ok(Vec::new()),
        }
    }
}

fn args(sql: &Sql) -> Vec<&(dyn ToSql + Sync)> {
    sql.args().iter().map(|it| it as _).collect()
}
