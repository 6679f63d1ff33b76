//! Transactions that PostgreSQL asks to be run again.

use crate::app::TestApp;
use muster_core::Error;
use muster_db::{Db, DbError, Sql, Tx};

const READ: &str = "select taken from locks where name = 'retried'";
const ADD_ONE: &str = "update locks set taken = taken + 1 where name = 'retried'";

/// Reads a number and adds one to it, so that someone else's change in between makes a serialization failure.
fn add_one(tx: &mut Tx<'_>, in_between: impl FnOnce()) -> Result<i64, DbError> {
    tx.run(&Sql::new("set transaction isolation level repeatable read"))?;
    let found = tx.int(&Sql::new(READ))?;
    in_between();
    tx.run(&Sql::new(ADD_ONE))?;
    Ok(found)
}

fn disturb(db: &Db) {
    db.write(|tx| tx.run(&Sql::new(ADD_ONE))).unwrap();
}

fn with_number() -> Option<TestApp> {
    let app = TestApp::postgres()?;
    app.app.db.write(|tx| tx.run(&Sql::new("insert into locks (name, taken) values ('retried', 0)"))).unwrap();
    Some(app)
}

/// The failed run leaves nothing, the next one sees what had come in between, and its result is the one that counts.
#[test]
fn a_serialization_failure_is_run_again() {
    let Some(app) = with_number() else { return };
    let db = &app.app.db;
    let mut runs = 0;
    let found = db.write(|tx| {
        runs += 1;
        add_one(tx, || {
            if runs < 3 {
                disturb(db);
            }
        })
        .map_err(Error::from)
    });
    assert_eq!((found.unwrap(), runs), (2, 3));
    assert_eq!(db.read(|tx| tx.int(&Sql::new(READ))).unwrap(), 3);
}

/// So is one that only the commit tells of.
#[test]
fn a_commit_that_fails_is_run_again() {
    let Some(app) = with_number() else { return };
    let db = &app.app.db;
    let other = "update locks set taken = taken + 10 where name = 'other'";
    db.write(|tx| tx.run(&Sql::new("insert into locks (name, taken) values ('other', 0)"))).unwrap();
    let mut runs = 0;
    // Each reads what the other one changes, so there is no order in which both could have run.
    let done = db.write(|tx| {
        runs += 1;
        let serializable = Sql::new("set transaction isolation level serializable");
        tx.run(&serializable)?;
        let found = tx.int(&Sql::new(READ))?;
        tx.run(&Sql::new(other))?;
        if runs == 1 {
            db.write(|tx| {
                tx.run(&serializable)?;
                tx.int(&Sql::new("select taken from locks where name = 'other'"))?;
                tx.run(&Sql::new(ADD_ONE))
            })?;
        }
        Ok::<_, DbError>(found)
    });
    assert_eq!((done.unwrap(), runs), (1, 2));
    assert_eq!(db.read(|tx| tx.int(&Sql::new("select taken from locks where name = 'other'"))).unwrap(), 10);
}

/// Neither is run for ever, and any other failure is not run again.
#[test]
fn retries_end() {
    let Some(app) = with_number() else { return };
    let db = &app.app.db;
    let mut runs = 0;
    let failed = db.write(|tx| {
        runs += 1;
        add_one(tx, || disturb(db))
    });
    assert!(failed.unwrap_err().is_retryable());
    assert_eq!((runs, db.read(|tx| tx.int(&Sql::new(READ))).unwrap()), (8, 8), "only the disturbances were committed");
    runs = 0;
    let failed = db.write(|tx| {
        runs += 1;
        tx.run(&Sql::new(ADD_ONE))?;
        tx.run(&Sql::new("insert into locks (name, taken) values ('retried', 0)"))
    });
    assert!(failed.unwrap_err().is_unique_violation());
    assert_eq!((runs, db.read(|tx| tx.int(&Sql::new(READ))).unwrap()), (1, 8));
}
