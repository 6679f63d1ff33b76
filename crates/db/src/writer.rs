//! SQLite's one writer. Transactions that wait for it are committed together, so that they share one sync to the disk.
//!
//! The connection is a baton. Whoever gets it runs their own transaction as a savepoint. If someone else is waiting they
//! hand the connection on with the transaction still open; the last one commits for all of them, and only then is any of
//! them told. One that fails rolls back to its savepoint and takes nothing of the others with it.

use crate::{
    DbError, Tx,
    sqlite::Lite,
    tx::Engine,
    work::{Went, Work},
};
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The most transactions of one commit, and how long the first of them waits at most for more.
const MOST: usize = 64;
const LONGEST: Duration = Duration::from_millis(20);

/// How often a transaction is run anew because someone else's failure ended the common one.
const ATTEMPTS: usize = 8;

/// The writer and who waits for it.
pub(crate) struct Writer {
    state: Mutex<State>,
    freed: Condvar,
    open: Box<dyn Fn() -> Result<Lite, DbError> + Send + Sync>,
    wait: Duration,
}

struct State {
    idle: Option<Lite>,
    /// Whether the connection is open, idle or in someone's hands.
    open: bool,
    waiting: usize,
    /// The transaction that is open on the idle connection, if one is.
    group: Option<Arc<Group>>,
}

/// Transactions that are committed together.
struct Group {
    began: Instant,
    state: Mutex<Shared>,
    decided: Condvar,
}

#[derive(Default)]
struct Shared {
    members: usize,
    outcome: Option<Outcome>,
}

#[derive(Clone)]
enum Outcome {
    Committed,
    /// Nothing of it has happened, because of one member.
    Aborted,
    /// The commit failed.
    Failed(String),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Writer {
    pub(crate) fn new(wait: Duration, open: impl Fn() -> Result<Lite, DbError> + Send + Sync + 'static) -> Writer {
        let state = State { idle: None, open: false, waiting: 0, group: None };
        Writer { state: Mutex::new(state), freed: Condvar::new(), open: Box::new(open), wait }
    }

    /// Whether a transaction could begin without waiting for another one.
    pub(crate) fn is_free(&self) -> bool {
        let state = lock(&self.state);
        state.waiting == 0 && (state.idle.is_some() || !state.open)
    }

    /// Opens the connection, if only to see that it can be opened.
    pub(crate) fn check(&self) -> Result<(), DbError> {
        self.take()?.commit();
        Ok(())
    }

    /// Runs a transaction that writes. It may run more than once. An error is one of the transaction itself.
    pub(crate) fn transact(&self, limit: Option<Duration>, work: &mut Work<'_>) -> Result<(), DbError> {
        for _ in 0..ATTEMPTS {
            let mut baton = self.take()?;
            let went = baton.run(limit, work)?;
            match self.hand_on(baton) {
                Outcome::Committed => return went.map(drop),
                // Whoever broke the common transaction knows why; the others try again.
                Outcome::Aborted if !matches!(went, Ok(Went::Well)) => return went.map(drop),
                Outcome::Aborted => {}
                Outcome::Failed(why) => return Err(DbError::Unusable(why)),
            }
        }
        Err(DbError::Busy(self.wait.as_secs()))
    }

    /// Waits for the connection, and begins a transaction on it unless one is open.
    fn take(&self) -> Result<Baton<'_>, DbError> {
        let deadline = Instant::now() + self.wait;
        let mut state = lock(&self.state);
        state.waiting += 1;
        loop {
            if let Some(lite) = state.idle.take() {
                state.waiting -= 1;
                let group = state.group.take();
                drop(state);
                return Baton::begin(self, lite, group);
            }
            if !state.open {
                state.waiting -= 1;
                state.open = true;
                drop(state);
                return match (self.open)() {
                    Ok(lite) => Baton::begin(self, lite, None),
                    Err(err) => {
                        lock(&self.state).open = false;
                        self.freed.notify_one();
                        Err(err)
                    }
                };
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.waiting -= 1;
                return Err(DbError::Busy(self.wait.as_secs()));
            }
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Gives the open transaction to the next in line, or commits it if there is none; waits until it is decided.
    fn hand_on(&self, mut baton: Baton<'_>) -> Outcome {
        let group = Arc::clone(&baton.group);
        let mut state = lock(&self.state);
        let has_room = lock(&group.state).members < MOST && group.began.elapsed() < LONGEST;
        // Whoever waits looks for the connection before they give up, so it is never left lying with its transaction.
        if state.waiting > 0
            && has_room
            && let Some(lite) = baton.lite.take_if(|lite| !lite.conn.is_autocommit())
        {
            state.idle = Some(lite);
            state.group = Some(Arc::clone(&group));
            drop(state);
            self.freed.notify_one();
        } else {
            drop(state);
            baton.commit();
        }
        let mut shared = lock(&group.state);
        loop {
            if let Some(outcome) = &shared.outcome {
                return outcome.clone();
            }
            shared = group.decided.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Group {
    fn decide(&self, outcome: Outcome) {
        lock(&self.state).outcome = Some(outcome);
        self.decided.notify_all();
    }
}

/// The connection in someone's hands, with a transaction open. Dropped otherwise than by committing or handing on, it
/// takes the transaction with it.
struct Baton<'w> {
    writer: &'w Writer,
    lite: Option<Lite>,
    group: Arc<Group>,
}

impl<'w> Baton<'w> {
    fn begin(writer: &'w Writer, lite: Lite, group: Option<Arc<Group>>) -> Result<Baton<'w>, DbError> {
        let is_open = group.is_some();
        let group = group.unwrap_or_else(|| {
            Arc::new(Group { began: Instant::now(), state: Mutex::default(), decided: Condvar::new() })
        });
        lock(&group.state).members += 1;
        let baton = Baton { writer, lite: Some(lite), group };
        if !is_open {
            baton.say("begin immediate")?;
        }
        Ok(baton)
    }

    fn say(&self, sql: &'static str) -> Result<(), DbError> {
        let Some(lite) = &self.lite else { return Ok(()) };
        lite.say(sql)
    }

    /// Runs one transaction as a savepoint. The outer error is one of the connection, which is then given up; the inner one
    /// says that the work was stopped.
    fn run(&mut self, limit: Option<Duration>, work: &mut Work<'_>) -> Result<Result<Went, DbError>, DbError> {
        self.say("savepoint work")?;
        let Some(lite) = &self.lite else { return Err(DbError::Shape("a connection was expected")) };
        lite.limit(limit);
        let went = work(&mut Tx { engine: Engine::Sqlite(&lite.conn), seen: None, known: None });
        let was_stopped = lite.lift_limit();
        // Some failures, such as a full disk, end the transaction as a whole.
        if !lite.conn.is_autocommit() {
            if went != Went::Well {
                self.say("rollback to work")?;
            }
            self.say("release work")?;
        }
        Ok(if was_stopped && went != Went::Well { Err(DbError::Stopped) } else { Ok(went) })
    }

    /// Commits what all have done, and gives the connection back.
    fn commit(mut self) {
        let Some(lite) = self.lite.take() else { return };
        let outcome = if lite.conn.is_autocommit() {
            Outcome::Aborted
        } else {
            match lite.say("commit") {
                Ok(()) => Outcome::Committed,
                Err(err) => {
                    lite.say("rollback").ok();
                    Outcome::Failed(format!("a commit failed: {err}"))
                }
            }
        };
        // A connection whose transaction would not end is closed.
        let is_clean = lite.conn.is_autocommit();
        let mut state = lock(&self.writer.state);
        state.open = is_clean;
        state.idle = is_clean.then_some(lite);
        drop(state);
        self.writer.freed.notify_one();
        self.group.decide(outcome);
    }
}

impl Drop for Baton<'_> {
    fn drop(&mut self) {
        // Only what went wrong, be it a panic, still holds the connection here.
        if let Some(lite) = self.lite.take() {
            drop(lite);
            lock(&self.writer.state).open = false;
            self.writer.freed.notify_one();
            self.group.decide(Outcome::Aborted);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Db, DbError, Options, Sql};
    use std::{sync::Barrier, time::Duration};

    fn with_table() -> (tempfile::TempDir, Db) {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(folder.path().join("t.db").to_str().unwrap(), &Options::default()).unwrap();
        db.write(|tx| tx.run(&Sql::new("create table t (n bigint primary key)"))).unwrap();
        (folder, db)
    }

    fn insert(db: &Db, n: i64) -> Result<u64, DbError> {
        db.write(|tx| tx.run(&Sql::with("insert into t values ($1)", [n.into()])))
    }

    /// Of many at once, those that fail leave nothing and those that succeed are all there.
    #[test]
    fn a_failure_takes_nothing_of_the_others_with_it() {
        let (_folder, db) = with_table();
        let start = Barrier::new(16);
        let outcomes: Vec<(i64, bool)> = std::thread::scope(|scope| {
            let spawn = |thread: i64| {
                let (db, start) = (&db, &start);
                scope.spawn(move || {
                    start.wait();
                    // Every number is written by two threads, of which one must fail.
                    (0..50).map(|n| (n * 8 + thread / 2, insert(db, n * 8 + thread / 2).is_ok())).collect::<Vec<_>>()
                })
            };
            let threads: Vec<_> = (0..16).map(spawn).collect();
            threads.into_iter().flat_map(|it| it.join().unwrap()).collect()
        });
        for n in 0..400 {
            let succeeded = outcomes.iter().filter(|it| **it == (n, true)).count();
            assert_eq!((succeeded, outcomes.iter().filter(|it| it.0 == n).count()), (1, 2), "{n}");
        }
        assert_eq!(db.read(|tx| tx.int(&Sql::new("select count(*) from t"))).unwrap(), 400);
    }

    /// Someone who panics in the middle is forgotten, and the others go on.
    #[test]
    fn a_panic_leaves_nothing_and_stops_no_one() {
        let (_folder, db) = with_table();
        std::thread::scope(|scope| {
            let panicking = scope.spawn(|| {
                db.write(|tx| -> Result<(), DbError> {
                    tx.run(&Sql::new("insert into t values (-1)"))?;
                    std::thread::sleep(Duration::from_millis(50));
                    panic!("on purpose");
                })
            });
            std::thread::sleep(Duration::from_millis(10));
            let others: Vec<_> = (0..8)
                .map(|n| {
                    scope.spawn({
                        let db = &db;
                        move || insert(db, n)
                    })
                })
                .collect();
            assert!(panicking.join().is_err());
            assert!(others.into_iter().all(|it| it.join().unwrap().is_ok()));
        });
        assert_eq!(db.read(|tx| tx.ints(&Sql::new("select n from t order by n"))).unwrap(), (0..8).collect::<Vec<_>>());
    }

    /// What takes too long is stopped, whether it reads or writes, and the connection goes on.
    #[test]
    fn what_takes_too_long_is_stopped() {
        const SLOW: &str = "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c";
        let (_folder, db) = with_table();
        db.set_limit(Duration::from_millis(100));
        assert!(matches!(db.read(|tx| tx.int(&Sql::new(SLOW))), Err(DbError::Stopped)));
        let slow = db.write(|tx| {
            tx.run(&Sql::new("insert into t values (1)"))?;
            tx.int(&Sql::new(SLOW))
        });
        assert!(matches!(slow, Err(DbError::Stopped)));
        insert(&db, 2).unwrap();
        assert_eq!(db.read(|tx| tx.ints(&Sql::new("select n from t"))).unwrap(), [2]);
        let at_once = db.read_at_once(Duration::from_millis(10), |tx| tx.int(&Sql::new(SLOW)));
        assert!(at_once.is_none(), "it is left to those who may wait");
        assert_eq!(
            db.read_at_once(Duration::from_secs(1), |tx| tx.ints(&Sql::new("select n from t"))).unwrap().unwrap(),
            [2]
        );
    }
}
