//! An index of people in memory, for finding, sorting and counting at any size.
//!
//! It is a cache: what it answers is what the plain SQL would, and wherever it has no answer, or is not loaded yet, the
//! SQL answers. It follows a table of changes that every transaction writes into: before it answers it reads what this
//! process has committed, in the transaction of the call, so that no one misses what they have just done; what other
//! processes commit it reads a few times a second.
//!
//! What it does not hold (custom fields, who sees whom, who is online) it asks the database for, as sets of IDs.
//!
//! With it, records that were written are kept ready as text, by the same rule.

mod blocks;
mod check;
mod column;
mod feed;
mod order;
mod parts;
mod records;
mod table;

use crate::{
    compile::{self, Place},
    field::{Entity, Stored},
    filter::{Cond, Test},
    list::Query,
};
pub use check::check;
use feed::Feed;
use muster_db::{Db, DbError, Sql, Tx, Value};
use records::Records;
pub(crate) use records::{Gap, Late, Ready, Shape};
use roaring::RoaringBitmap;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};
use table::{Outside, Table, address};

/// What is indexed.
pub struct Spec {
    /// Of which entity.
    pub entity: &'static Entity,
    /// The fields, by name: columns of the entity's own table, and fields of many values.
    pub fields: &'static [&'static str],
    /// The fields that records are found by, with the fields in whose words each of them looks.
    pub searches: &'static [(&'static str, &'static [&'static str])],
    /// A field whose values have names to be found by, and the query for its values and the words of their names.
    pub named: (&'static str, &'static str),
    /// The table of changes: a row for each record that was written; [`NAMES`] and [`ALL`] stand for more.
    pub changes: &'static str,
}

/// In the table of changes: a name of [`Spec::named`] has changed.
pub const NAMES: i64 = 0;
/// In the table of changes: more records were written than can be named.
pub const ALL: i64 = -1;

/// The index and how far it has followed the changes.
pub struct Index {
    spec: &'static Spec,
    /// The most records it holds; with 0 there is no index.
    most: u64,
    state: RwLock<State>,
    feed: Mutex<Feed>,
    records: Mutex<Records>,
    /// Whether it keeps records ready.
    keeps: bool,
    answered: AtomicU64,
}

enum State {
    Off,
    Loading,
    Ready(Box<Table>),
}

/// What the index is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is switched off, or there are more records than it may hold.
    Off,
    /// It is being loaded; calls are answered by SQL.
    Loading,
    /// It answers.
    Ready {
        /// How many records it holds.
        records: u64,
        /// How many different values of fields it holds.
        values: usize,
        /// How many bytes of records are ready beside it.
        ready_bytes: usize,
    },
}

/// Records that are ready, and the number of their shape.
pub(crate) struct Kept {
    pub(crate) shape: usize,
    pub(crate) ready: HashMap<i64, Arc<Ready>>,
}

/// A page of IDs, and how many records there are in all.
pub(crate) struct Found {
    pub(crate) ids: Vec<i64>,
    pub(crate) total: i64,
}

impl Index {
    /// An index that is not loaded yet, of at most this many records, which keeps so many bytes of records ready.
    pub fn new(spec: &'static Spec, most: u64, ready_bytes: usize) -> Index {
        let state = if most == 0 { State::Off } else { State::Loading };
        Index {
            spec,
            most,
            state: RwLock::new(state),
            feed: Mutex::default(),
            records: Mutex::new(Records::new(ready_bytes)),
            keeps: ready_bytes > 0,
            answered: AtomicU64::new(0),
        }
    }

    /// What it is doing.
    pub fn status(&self) -> Status {
        match &*self.state() {
            State::Off => Status::Off,
            State::Loading => Status::Loading,
            State::Ready(table) => {
                let (records, values) = table.size();
                Status::Ready { records, values, ready_bytes: self.records().bytes() }
            }
        }
    }

    /// How many queries it has answered.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Loads what is not loaded, and follows what has changed. To be called a few times a second, on a thread that may
    /// block.
    pub fn tend(&self, db: &Db) -> Result<(), DbError> {
        let is_loading = matches!(*self.state(), State::Loading);
        if is_loading {
            let loaded = feed::load(self.spec, self.most, db, &mut self.feed())?;
            *self.state_mut() = loaded.map_or(State::Off, |table| State::Ready(Box::new(table)));
        }
        if self.is_ready() {
            db.read(|tx| self.follow(tx, true))?;
            feed::prune(self.spec, db, &mut self.feed())?;
        }
        Ok(())
    }

    /// Answers a query. `None` if it has to be answered by SQL.
    pub(crate) fn find(
        &self,
        tx: &mut Tx<'_>,
        entity: &Entity,
        query: &Query,
        place: Place,
    ) -> Result<Option<Found>, DbError> {
        if !self.answers(tx, entity) {
            return Ok(None);
        }
        self.follow(tx, false)?;
        let mut outside = Outside::new();
        if !self.ask(tx, &query.cond, place, &mut outside)? {
            return Ok(None);
        }
        let state = self.state();
        let State::Ready(table) = &*state else { return Ok(None) };
        let set = table.within(&query.cond, &table.all, &outside);
        let skip = u64::try_from(query.start.unwrap_or(0)).unwrap_or(0);
        let Some(ids) = order::page(table, &set, &query.order, skip) else { return Ok(None) };
        self.answered.fetch_add(1, Ordering::Relaxed);
        let total = i64::try_from(set.len()).unwrap_or(i64::MAX);
        Ok(Some(Found { ids: ids.into_iter().map(i64::from).collect(), total }))
    }

    /// Which of these records are ready in a shape. `None` if none are kept.
    pub(crate) fn ready(
        &self,
        tx: &mut Tx<'_>,
        entity: &Entity,
        ids: &[i64],
        shape: impl FnOnce() -> Shape,
    ) -> Result<Option<Kept>, DbError> {
        if !self.keeps || !self.answers(tx, entity) {
            return Ok(None);
        }
        self.follow(tx, false)?;
        let mut records = self.records();
        let shape = records.shape(shape());
        let known = |id: &i64| Some((*id, records.get(shape, u32::try_from(*id).ok()?)?));
        Ok(Some(Kept { shape, ready: ids.iter().filter_map(known).collect() }))
    }

    /// Keeps records that this transaction has read, if they cannot have changed since: then a change of one of them will
    /// be followed after this, and never was before.
    pub(crate) fn keep(&self, tx: &Tx<'_>, shape: usize, ready: &[(i64, Arc<Ready>)]) {
        let mut records = self.records();
        if !tx.is_latest() {
            return;
        }
        for (id, ready) in ready {
            if let Ok(id) = u32::try_from(*id) {
                records.put(shape, id, Arc::clone(ready));
            }
        }
    }

    /// Whether it may answer in this transaction. One that writes sees what is not committed yet, which is in no index.
    fn answers(&self, tx: &Tx<'_>, entity: &Entity) -> bool {
        entity.name == self.spec.entity.name && tx.seen().is_some() && self.is_ready()
    }

    /// Asks the database for what the index does not hold of a condition. Answers whether all of it is known then.
    fn ask(&self, tx: &mut Tx<'_>, cond: &Cond, place: Place, outside: &mut Outside) -> Result<bool, DbError> {
        match cond {
            Cond::All(conds) | Cond::Any(conds) => {
                for cond in conds {
                    if !self.ask(tx, cond, place, outside)? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
            Cond::Not(cond) => return self.ask(tx, cond, place, outside),
            _ => {}
        }
        let is_covered = matches!(&*self.state(), State::Ready(table) if table.covers(cond));
        if is_covered {
            return Ok(true);
        }
        let found = match compile::owners(cond) {
            Some(sql) => set(tx.ints(&sql)?),
            None => match self.recent(tx, cond, place)? {
                Some(found) => found,
                None => return Ok(false),
            },
        };
        outside.insert(address(cond), found);
        Ok(true)
    }

    /// Whom a condition on a field such as «is online» is true of.
    fn recent(&self, tx: &mut Tx<'_>, cond: &Cond, place: Place) -> Result<Option<RoaringBitmap>, DbError> {
        let (Cond::In(field, _) | Cond::Field(field, Test::Eq, _)) = cond else { return Ok(None) };
        let Stored::Recent(column, seconds) = field.stored else { return Ok(None) };
        let mut sql = Sql::new("select ");
        sql.push(self.spec.entity.id).push(" from ");
        self.spec.entity.write_from(&mut sql, &[field]);
        sql.push(" where ").push(column).push(" >= ").bind(place.now - seconds);
        let recent = set(tx.ints(&sql)?);
        let wants = |it: i64| match cond {
            Cond::In(_, values) => values.contains(&Value::Int(it)),
            Cond::Field(_, _, value) => *value == Value::Int(it),
            _ => false,
        };
        let state = self.state();
        let State::Ready(table) = &*state else { return Ok(None) };
        let mut found = RoaringBitmap::new();
        if wants(0) {
            found |= &table.all - &recent;
        }
        if wants(1) {
            found |= recent;
        }
        Ok(Some(found))
    }

    /// Reads what has changed: what this process has committed before this transaction began, or with `all` whatever this
    /// transaction sees.
    fn follow(&self, tx: &mut Tx<'_>, all: bool) -> Result<(), DbError> {
        let Some(seen) = tx.seen() else { return Ok(()) };
        // Only one at a time, so that what is read later is newer.
        let mut feed = self.feed();
        if !all && feed.has_followed(seen) {
            return Ok(());
        }
        let changes = feed.read(tx, self.spec)?;
        if changes.is_empty() {
            feed.followed(seen);
            return Ok(());
        }
        // Whoever began to read before, reads what was before, and must not keep it.
        tx.note_commit();
        if changes.all {
            *self.state_mut() = State::Loading;
            self.records().clear();
            return Ok(());
        }
        self.records().forget(changes.ids.iter().filter_map(|it| u32::try_from(*it).ok()));
        let records = feed::records(tx, self.spec, &changes.ids)?;
        let names = if changes.names { Some(feed::names(tx, self.spec)?) } else { None };
        if let State::Ready(table) = &mut *self.state_mut() {
            for (id, values) in records {
                table.put(id, values);
            }
            table.names = names.unwrap_or_else(|| std::mem::take(&mut table.names));
        }
        feed.followed(seen);
        Ok(())
    }

    fn is_ready(&self) -> bool {
        matches!(*self.state(), State::Ready(_))
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn feed(&self) -> MutexGuard<'_, Feed> {
        self.feed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set(ids: Vec<i64>) -> RoaringBitmap {
    ids.into_iter().filter_map(|it| u32::try_from(it).ok()).collect()
}
