//! Migrations: applied in order, once, by whichever process comes first.

use crate::{Db, DbError, Sql, Tx, Value, tx::Engine};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// One step of the schema. Once released, its text never changes.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its name, unique, such as `user/0001`.
    pub name: &'static str,
    /// Portable SQL with tokens for what the engines spell differently: the column types `{id}`, `{text}` and
    /// `{bytes}`, and `{clustered}` after the columns of a table that is nothing but its key.
    pub sql: &'static str,
}

/// How a database's schema stands against this program.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Migrations still to be applied.
    pub missing: Vec<&'static str>,
    /// Migrations in the database that this program does not know: a newer version wrote them.
    pub unknown: Vec<String>,
    /// Migrations that were applied with another text.
    pub changed: Vec<&'static str>,
}

impl Pending {
    /// Whether the program and the schema fit.
    pub fn is_current(&self) -> bool {
        *self == Pending::default()
    }

    /// A sentence for the administrator, if this program must not touch the database.
    pub fn refusal(&self) -> Option<String> {
        if let Some(name) = self.unknown.first() {
            return Some(format!(
                "this database was written by a newer version of Muster (it has the migration {name}); use that version or a newer one"
            ));
        }
        let name = self.changed.first()?;
        Some(format!(
            "the migration {name} was applied with another text than this program has; the database cannot be trusted to fit"
        ))
    }
}

const LEDGER: &str = "create table if not exists migrations
    (name {text} primary key, checksum {text} not null, applied_at bigint not null)";
const LOCKS: &str = "create table if not exists locks (name {text} primary key, taken bigint not null)";

/// PostgreSQL's side of `fold()`. The other side is the function registered when SQLite is opened.
const FOLD: &str =
    "create or replace function fold(given text) returns text language sql immutable strict parallel safe
    as $$ select lower(replace(given, 'İ', 'i') collate \"default\") $$";

pub(crate) fn run(db: &Db, migrations: &[Migration], now: i64) -> Result<Vec<&'static str>, DbError> {
    prepare(db)?;
    db.write(|tx| {
        tx.lock("migrations")?;
        let pending = pending(tx, migrations)?;
        if let Some(text) = pending.refusal() {
            return Err(DbError::Unusable(text));
        }
        for migration in migrations.iter().filter(|it| pending.missing.contains(&it.name)) {
            Db::batch(tx, &dialect(tx, migration.sql))?;
            let args = [migration.name.into(), checksum(migration).into(), Value::Int(now)];
            tx.run(&Sql::with("insert into migrations (name, checksum, applied_at) values ($1, $2, $3)", args))?;
        }
        Ok(pending.missing)
    })
}

/// Makes the tables that migrating itself needs. PostgreSQL may refuse when two processes create the same table at the
/// same moment, so this is tried again.
fn prepare(db: &Db) -> Result<(), DbError> {
    let mut outcome = Ok(());
    for _ in 0..5 {
        outcome = db.write(|tx| {
            for text in [LEDGER, LOCKS] {
                Db::batch(tx, &dialect(tx, text))?;
            }
            if let Engine::Postgres(_) = tx.engine {
                Db::batch(tx, FOLD)?;
            }
            Ok(())
        });
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

pub(crate) fn pending(tx: &mut Tx<'_>, migrations: &[Migration]) -> Result<Pending, DbError> {
    let ledger = match tx.engine {
        Engine::Sqlite(_) => "select count(*) from sqlite_master where name = 'migrations'",
        Engine::Postgres(_) => "select count(*) from pg_class where oid = to_regclass('migrations')",
    };
    let mut applied = HashMap::new();
    if tx.int(&Sql::new(ledger))? > 0 {
        for row in tx.rows(&Sql::new("select name, checksum from migrations order by name"))? {
            applied.insert(row.text(0).to_owned(), row.text(1).to_owned());
        }
    }
    let mut pending = Pending::default();
    for migration in migrations {
        match applied.remove(migration.name) {
            None => pending.missing.push(migration.name),
            Some(sum) if sum != checksum(migration) => pending.changed.push(migration.name),
            Some(_) => {}
        }
    }
    pending.unknown = applied.into_keys().collect();
    pending.unknown.sort();
    Ok(pending)
}

/// Refuses a PostgreSQL database whose locale folds only ASCII: searching would miss most of the world's names.
pub(crate) fn check_locale(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let sql = Sql::new("select cast(lower('ЯÄ') = 'яä' and getdatabaseencoding() = 'UTF8' as int)");
    if tx.int(&sql)? == 1 {
        return Ok(());
    }
    Err(DbError::Unusable(
        "this PostgreSQL database cannot fold the case of letters beyond ASCII; create it with encoding UTF8 and a UTF-8 \
         locale, for example: createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 muster"
            .to_owned(),
    ))
}

fn dialect(tx: &Tx<'_>, sql: &str) -> String {
    let (id, text, bytes, clustered) = match tx.engine {
        Engine::Sqlite(_) => ("integer primary key autoincrement", "text", "blob", " without rowid"),
        Engine::Postgres(_) => {
            ("bigint generated by default as identity primary key", "text collate \"C\"", "bytea", "")
        }
    };
    sql.replace("{id}", id).replace("{text}", text).replace("{bytes}", bytes).replace("{clustered}", clustered)
}

fn checksum(migration: &Migration) -> String {
    Sha256::digest(migration.sql).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    const FIRST: Migration = Migration { name: "a/0001", sql: "create table a (id {id}, name {text})" };

    fn open() -> (tempfile::TempDir, Db) {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path().join("m.db").to_str().unwrap(), &Options::default()).unwrap();
        (dir, db)
    }

    #[test]
    fn migrations_run_once_and_may_not_change() {
        let (_dir, db) = open();
        assert_eq!(db.migrate(&[FIRST], 1).unwrap(), ["a/0001"]);
        assert!(db.migrate(&[FIRST], 1).unwrap().is_empty());
        let changed = Migration { sql: "create table b (id {id})", ..FIRST };
        assert!(db.migrate(&[changed], 1).unwrap_err().to_string().contains("another text"));
    }

    #[test]
    fn a_database_from_the_future_is_refused() {
        let (_dir, db) = open();
        db.migrate(&[FIRST, Migration { name: "b/0001", sql: "create table b (id {id})" }], 1).unwrap();
        assert!(db.migrate(&[FIRST], 1).unwrap_err().to_string().contains("newer version"));
    }

    #[test]
    fn a_commit_waits_for_the_disk() {
        let (_dir, db) = open();
        assert_eq!(db.writer_setting("synchronous").unwrap(), "2", "2 is full");
        assert_eq!(db.writer_setting("journal_mode").unwrap(), "wal");
    }

    #[test]
    fn a_failed_transaction_leaves_nothing() {
        let (_dir, db) = open();
        db.migrate(&[FIRST], 1).unwrap();
        let failed = db.write(|tx| {
            tx.run(&Sql::new("insert into a (name) values ('x')"))?;
            Err::<(), _>(DbError::Shape("on purpose"))
        });
        assert!(failed.is_err());
        assert_eq!(db.read(|tx| tx.int(&Sql::new("select count(*) from a"))).unwrap(), 0);
    }
}
