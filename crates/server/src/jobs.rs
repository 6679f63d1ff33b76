//! Long work that is under way in this process, and how far it is. What it comes to is in the database; only how far it is
//! is here, since nothing of it would be seen there before it is done.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The work that is under way, by its ID.
#[derive(Default)]
pub(crate) struct Jobs(Arc<Mutex<HashMap<i64, Arc<Steps>>>>);

/// How far some work is.
#[derive(Default)]
struct Steps {
    done: AtomicUsize,
    total: AtomicUsize,
}

/// Some work that is under way. It is over when this is dropped, even by a panic.
pub(crate) struct Job {
    jobs: Arc<Mutex<HashMap<i64, Arc<Steps>>>>,
    id: i64,
    steps: Arc<Steps>,
}

impl Jobs {
    /// Begins some work.
    pub(crate) fn begin(&self, id: i64) -> Job {
        let steps = Arc::new(Steps::default());
        lock(&self.0).insert(id, Arc::clone(&steps));
        Job { jobs: Arc::clone(&self.0), id, steps }
    }

    /// How many steps are done, of how many; `None` if the work is not under way here.
    pub(crate) fn progress(&self, id: i64) -> Option<(usize, usize)> {
        let steps = lock(&self.0).get(&id).map(Arc::clone)?;
        Some((steps.done.load(Ordering::Relaxed), steps.total.load(Ordering::Relaxed)))
    }
}

impl Job {
    /// So many steps of so many are done.
    pub(crate) fn is_at(&self, done: usize, total: usize) {
        self.steps.total.store(total, Ordering::Relaxed);
        self.steps.done.store(done, Ordering::Relaxed);
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let mut jobs = lock(&self.jobs);
        // It may have been begun once more meanwhile.
        if jobs.get(&self.id).is_some_and(|it| Arc::ptr_eq(it, &self.steps)) {
            jobs.remove(&self.id);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
