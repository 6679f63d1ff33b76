//! Who was here when: remembered for each call, written to the database at most once a minute a person.

use muster_core::{Caller, Via};
use muster_db::{Db, DbError};
use muster_modules::{
    user::activity::{self, WRITE_SECONDS},
    webhook,
};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// What has been seen and what of it is not written yet.
#[derive(Debug, Default)]
pub struct Presence(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    people: HashMap<i64, i64>,
    webhooks: HashMap<i64, i64>,
    people_due: Vec<(i64, i64)>,
    webhooks_due: Vec<(i64, i64)>,
}

impl Presence {
    /// Remembers a call, and writes it if it is time to and no one else is writing: a call that only reads never waits
    /// for one that writes. A call does not fail because this could not be written; a later one tries again.
    pub fn note(&self, db: &Db, caller: &Caller, now: i64) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_due(&mut seen.people, caller.user_id, now) {
            seen.people_due.push((caller.user_id, now));
        }
        if let Via::Webhook(id) = caller.via
            && is_due(&mut seen.webhooks, id, now)
        {
            seen.webhooks_due.push((id, now));
        }
        if seen.people_due.is_empty() && seen.webhooks_due.is_empty() {
            return;
        }
        drop(seen);
        if db.is_writer_free()
            && let Err(err) = self.flush(db)
        {
            tracing::error!(cause = &err as &dyn std::error::Error, "presence could not be written");
        }
    }

    /// Writes what is not written yet.
    pub fn flush(&self, db: &Db) -> Result<(), DbError> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let people = std::mem::take(&mut seen.people_due);
        let webhooks = std::mem::take(&mut seen.webhooks_due);
        drop(seen);
        if people.is_empty() && webhooks.is_empty() {
            return Ok(());
        }
        let written = db.write(|tx| {
            activity::record(tx, &people)?;
            webhook::record_use(tx, &webhooks)
        });
        if written.is_err() {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.people_due.extend(people);
            seen.webhooks_due.extend(webhooks);
        }
        written
    }
}

fn is_due<K: Eq + Hash>(written: &mut HashMap<K, i64>, key: K, now: i64) -> bool {
    let last = written.entry(key).or_insert(i64::MIN / 2);
    let due = now - *last >= WRITE_SECONDS;
    if due {
        *last = now;
    }
    due
}
