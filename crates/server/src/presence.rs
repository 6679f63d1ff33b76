//! Who was here when: remembered for each call, written to the database at most once a minute a person.

use muster_core::{Caller, Via};
use muster_db::{Db, DbError};
use muster_modules::{
    session,
    user::activity::{self, WRITE_SECONDS},
    webhook,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What has been seen and what of it is not written yet.
#[derive(Debug, Default)]
pub struct Presence(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    people: Noted,
    webhooks: Noted,
    sessions: Noted,
}

/// When what is known by an ID was last noted, and what of that is to be written.
#[derive(Debug, Default)]
struct Noted {
    last: HashMap<i64, i64>,
    swept_at: i64,
    due: Vec<(i64, i64)>,
}

impl Presence {
    /// Remembers a call, and writes it if it is time to and no one else is writing: a call that only reads never waits
    /// for one that writes. A call does not fail because this could not be written; a later one tries again.
    pub fn note(&self, db: &Db, caller: &Caller, now: i64) {
        let mut seen = self.seen();
        seen.people.note(caller.user_id, now);
        match caller.via {
            Via::Webhook(id) => seen.webhooks.note(id, now),
            Via::Session(id) => seen.sessions.note(id, now),
            Via::App(_) => {}
        }
        if seen.is_written() {
            return;
        }
        drop(seen);
        if db.is_writer_free()
            && let Err(err) = self.flush(db)
        {
            tracing::error!(cause = &err as &dyn std::error::Error, "presence could not be written");
        }
    }

    /// Whether there is nothing to remember of this call, because another one was remembered a moment ago.
    pub fn is_noted(&self, caller: &Caller, now: i64) -> bool {
        let seen = self.seen();
        let is_used = match caller.via {
            Via::Webhook(id) => seen.webhooks.is_noted(id, now),
            Via::Session(id) => seen.sessions.is_noted(id, now),
            Via::App(_) => true,
        };
        is_used && seen.people.is_noted(caller.user_id, now)
    }

    /// Writes what is not written yet.
    pub fn flush(&self, db: &Db) -> Result<(), DbError> {
        let mut seen = self.seen();
        if seen.is_written() {
            return Ok(());
        }
        let people = std::mem::take(&mut seen.people.due);
        let webhooks = std::mem::take(&mut seen.webhooks.due);
        let sessions = std::mem::take(&mut seen.sessions.due);
        drop(seen);
        let written = db.write(|tx| {
            activity::record(tx, &people)?;
            webhook::record_use(tx, &webhooks)?;
            session::record_use(tx, &sessions)
        });
        if written.is_err() {
            let mut seen = self.seen();
            seen.people.due.extend(people);
            seen.webhooks.due.extend(webhooks);
            seen.sessions.due.extend(sessions);
        }
        written
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn is_written(&self) -> bool {
        [&self.people, &self.webhooks, &self.sessions].iter().all(|it| it.due.is_empty())
    }
}

impl Noted {
    fn is_noted(&self, id: i64, now: i64) -> bool {
        self.last.get(&id).is_some_and(|last| now - last < WRITE_SECONDS)
    }

    fn note(&mut self, id: i64, now: i64) {
        let last = self.last.entry(id).or_insert(i64::MIN / 2);
        if now - *last >= WRITE_SECONDS {
            *last = now;
            self.due.push((id, now));
        }
        // What was noted longer ago is noted anew when it comes back.
        if now - self.swept_at >= WRITE_SECONDS {
            self.swept_at = now;
            self.last.retain(|_, last| now - *last < WRITE_SECONDS);
        }
    }
}
