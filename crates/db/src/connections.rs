//! A bounded set of connections, each in the hands of one at a time.

use crate::DbError;
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// What a set of connections is doing, for the metrics page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gauges {
    /// Connections open now.
    pub open: usize,
    /// Connections open and in no one's hands.
    pub idle: usize,
    /// The most that may be open.
    pub limit: usize,
}

/// A bounded set of connections, opened when they are first needed.
pub(crate) struct Pool<T> {
    state: Mutex<State<T>>,
    freed: Condvar,
    open: Box<dyn Fn() -> Result<T, DbError> + Send + Sync>,
    limit: usize,
    wait: Duration,
}

struct State<T> {
    idle: Vec<T>,
    open: usize,
    /// How many wait. Waking is a call to the system even where no one waits.
    waiting: usize,
}

impl<T> Pool<T> {
    pub(crate) fn new(
        limit: usize,
        wait: Duration,
        open: impl Fn() -> Result<T, DbError> + Send + Sync + 'static,
    ) -> Self {
        let state = Mutex::new(State { idle: Vec::new(), open: 0, waiting: 0 });
        Pool { state, freed: Condvar::new(), open: Box::new(open), limit, wait }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take(&self) -> Result<Guard<'_, T>, DbError> {
        let deadline = Instant::now() + self.wait;
        let mut state = self.state();
        loop {
            if let Some(item) = state.idle.pop() {
                return Ok(Guard { pool: self, item: Some(item) });
            }
            if state.open < self.limit {
                state.open += 1;
                drop(state);
                return self.open_counted();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(DbError::Busy(self.wait.as_secs()));
            }
            state.waiting += 1;
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            state.waiting -= 1;
        }
    }

    /// Closes every idle connection and opens a new one.
    pub(crate) fn take_fresh(&self) -> Result<Guard<'_, T>, DbError> {
        let mut state = self.state();
        let stale = std::mem::take(&mut state.idle);
        state.open -= stale.len();
        drop(state);
        drop(stale);
        self.take()
    }

    fn open_counted(&self) -> Result<Guard<'_, T>, DbError> {
        match (self.open)() {
            Ok(item) => Ok(Guard { pool: self, item: Some(item) }),
            Err(err) => {
                self.state().open -= 1;
                self.freed.notify_one();
                Err(err)
            }
        }
    }

    pub(crate) fn has_room(&self) -> bool {
        let state = self.state();
        !state.idle.is_empty() || state.open < self.limit
    }

    pub(crate) fn gauges(&self) -> Gauges {
        let state = self.state();
        Gauges { open: state.open, idle: state.idle.len(), limit: self.limit }
    }
}

/// A connection in use. Unless [`keep`](Guard::keep) says that its transaction has ended, it is closed, not reused.
pub(crate) struct Guard<'p, T> {
    pool: &'p Pool<T>,
    item: Option<T>,
}

impl<T> Guard<'_, T> {
    pub(crate) fn get(&self) -> &T {
        self.item.as_ref().expect("the connection is taken out only by keep() and drop()")
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.item.as_mut().expect("the connection is taken out only by keep() and drop()")
    }

    pub(crate) fn keep(mut self) {
        let item = self.item.take();
        let mut state = self.pool.state();
        state.idle.extend(item);
        if state.waiting > 0 {
            self.pool.freed.notify_one();
        }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        if let Some(item) = self.item.take() {
            drop(item);
            self.pool.state().open -= 1;
            self.pool.freed.notify_one();
        }
    }
}
