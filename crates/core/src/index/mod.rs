//! Indexes in memory, of people and of whatever else a module declares one for, for finding, sorting and counting at any
//! size.
//!
//! An index is a cache: what it answers is what the plain SQL would, and wherever it has no answer, or is not loaded yet, the
//! SQL answers. It follows a table of changes that every transaction writes into: before it answers it reads what this
//! process has committed, in the transaction of the call, so that no one misses what they have just done; what other
//! processes commit it reads a few times a second.
//!
//! What it does not hold (custom fields, who sees whom, who is online) it asks the database for, as sets of IDs; what
//! conditions mean that depend on who asks or when, the module says in terms of what it holds ([`Meaning`]).
//!
//! With it, records that were written are kept ready as text, by the same rule.

mod aged;
mod all;
mod blocks;
mod check;
mod column;
mod feed;
mod held;
mod memo;
mod order;
mod owners;
mod parts;
mod records;
mod sought;
mod spec;
mod table;
mod times;

use crate::{
    compile::{self, Place},
    field::{Field, Stored},
    filter::{Cond, Test},
};
pub use all::Indexes;
pub use check::check;
use column::Key;
use feed::Feed;
use muster_db::{Db, DbError, Sql, Tx, Value};
use records::Records;
pub(crate) use records::{Gap, Late, Ready, Shape};
use roaring::RoaringBitmap;
pub use spec::{ALL, Beside, Meaning, NAMES, ReadBeside, Referring, Spec, deleted};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicU64, Ordering},
};
use table::{Outside, Table, address};

/// One index and how far it has followed the changes.
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
    /// How often it has taken in what has changed.
    taken_in: AtomicU64,
}

/// What a transaction has seen of an index when it followed the changes.
#[derive(Clone, Copy)]
struct Moment {
    taken_in: u64,
    /// Whether nothing in it is newer than what the transaction reads.
    is_known: bool,
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
        /// How many bytes it takes to remember what costly tests have found.
        found_bytes: usize,
    },
}

/// Which of some records are ready, one for one, and the number of their shape.
pub(crate) struct Kept {
    pub(crate) shape: usize,
    pub(crate) ready: Vec<Option<Arc<Ready>>>,
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
            taken_in: AtomicU64::new(0),
        }
    }

    /// What it holds.
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// What it is doing.
    pub fn status(&self) -> Status {
        match &*self.state() {
            State::Off => Status::Off,
            State::Loading => Status::Loading,
            State::Ready(table) => {
                let (records, values) = table.size();
                let (ready_bytes, found_bytes) = (self.records().bytes(), table.memo.bytes());
                Status::Ready { records, values, ready_bytes, found_bytes }
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
            db.read(|tx| {
                // Whoever has begun to read before may see less than what was loaded.
                self.take_in(tx, &mut self.feed());
                Ok::<_, DbError>(())
            })?;
            *self.state_mut() = loaded.map_or(State::Off, |table| State::Ready(Box::new(table)));
        }
        if self.is_ready() {
            db.read(|tx| self.follow(tx, true).map(drop))?;
            feed::prune(self.spec, db, &mut self.feed())?;
        }
        Ok(())
    }

    /// Answers a query: the first of `window` is how many records are passed over, the second how many are wanted. `None`
    /// if it has to be answered by SQL.
    pub(crate) fn find(
        &self,
        tx: &mut Tx<'_>,
        (cond, order): (&Cond, &[(&'static Field, bool)]),
        window: (i64, i64),
        place: Place,
    ) -> Result<Option<Found>, DbError> {
        if !self.answers(tx) {
            return Ok(None);
        }
        let moment = self.follow(tx, false)?;
        let mut outside = Outside::new();
        if !self.ask(tx, cond, place, &mut outside)? {
            return Ok(None);
        }
        let state = self.state();
        let State::Ready(table) = &*state else { return Ok(None) };
        let set = table.within(cond, &table.all, &outside);
        let skip = u64::try_from(window.0).unwrap_or(0);
        let most = usize::try_from(window.1).unwrap_or(0);
        let asked = order::Asked { cond, outside: &outside, order, skip, most };
        let Some(ids) = order::page(table, &set, &asked) else { return Ok(None) };
        if !outside.is_empty() && !self.is_still(moment) {
            return Ok(None);
        }
        self.answered.fetch_add(1, Ordering::Relaxed);
        let total = i64::try_from(set.len()).unwrap_or(i64::MAX);
        Ok(Some(Found { ids: ids.into_iter().map(i64::from).collect(), total }))
    }

    /// Which of these records are ready in a shape. `None` if none are kept.
    pub(crate) fn ready(
        &self,
        tx: &mut Tx<'_>,
        ids: &[i64],
        shape: impl FnOnce() -> Shape,
    ) -> Result<Option<Kept>, DbError> {
        if !self.keeps || !self.answers(tx) {
            return Ok(None);
        }
        let moment = self.follow(tx, false)?;
        let mut records = self.records();
        let shape = records.shape(shape());
        let ready = ids.iter().map(|id| records.get(shape, u32::try_from(*id).ok()?)).collect();
        Ok(Some(Kept { shape, ready }).filter(|_| self.is_still(moment)))
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
    fn answers(&self, tx: &Tx<'_>) -> bool {
        tx.seen().is_some() && self.is_ready()
    }

    /// Whether what was read here since then and what the transaction reads are of one moment, as far as it matters.
    ///
    /// Where rights depend on the record itself, a record as it is now must not meet someone's rights as they were when
    /// the transaction began.
    fn is_still(&self, moment: Moment) -> bool {
        self.spec.meanings.is_empty() || (moment.is_known && self.taken_in.load(Ordering::Acquire) == moment.taken_in)
    }

    /// Notes that the index is about to take in what this transaction sees. Whoever began to read before reads what was
    /// before, must not keep it, and must not take the index for what they see.
    fn take_in(&self, tx: &Tx<'_>, feed: &mut Feed) {
        feed.newest = feed.newest.max(tx.seen());
        self.taken_in.fetch_add(1, Ordering::AcqRel);
        tx.note_commit();
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
        let found = match self.meant(tx, cond, place)? {
            Some(found) => Some(found),
            None => match compile::owners(cond) {
                Some(sql) => Some(set(tx.ints(&sql)?)),
                None => self.recent(tx, cond, place)?,
            },
        };
        let Some(found) = found else { return Ok(false) };
        outside.insert(address(cond), found);
        Ok(true)
    }

    /// Whom a condition is true of by what the module says of it.
    fn meant(&self, tx: &mut Tx<'_>, cond: &Cond, place: Place) -> Result<Option<RoaringBitmap>, DbError> {
        let Some(field) = cond.field() else { return Ok(None) };
        let Some(meaning) = self.spec.meanings.iter().find(|it| it.field == field.name) else { return Ok(None) };
        let Some(cond) = (meaning.find)(tx, cond, place)? else { return Ok(None) };
        let mut outside = Outside::new();
        if !self.ask(tx, &cond, place, &mut outside)? {
            return Ok(None);
        }
        let state = self.state();
        let State::Ready(table) = &*state else { return Ok(None) };
        Ok(Some(table.within(&cond, &table.all, &outside)))
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
    fn follow(&self, tx: &mut Tx<'_>, all: bool) -> Result<Moment, DbError> {
        // Only one at a time, so that what is read later is newer.
        let mut feed = self.feed();
        let is_known = feed.newest.is_none_or(|it| tx.seen().is_some_and(|seen| it < seen));
        let moment = |is_known| Moment { taken_in: self.taken_in.load(Ordering::Acquire), is_known };
        let Some(seen) = tx.seen() else { return Ok(moment(false)) };
        if !all && feed.has_followed(seen) {
            return Ok(moment(is_known));
        }
        let changes = feed.read(tx, self.spec)?;
        if changes.is_empty() {
            feed.followed(seen);
            return Ok(moment(is_known));
        }
        self.take_in(tx, &mut feed);
        if changes.all {
            *self.state_mut() = State::Loading;
            self.records().clear();
            return Ok(moment(false));
        }
        let mut ids: RoaringBitmap = set(changes.ids);
        for (field, id) in &changes.forgotten {
            ids |= self.naming(field, &[*id]);
        }
        let names = if changes.names { Some(feed::names(tx, self.spec)?) } else { None };
        let gone = self.read_anew(tx, &ids)?;
        // What named a record of its own kind that is no more names nothing now.
        let own = self.spec.referring.iter().filter(|it| it.table == self.spec.entity.table);
        for field in own.map(|it| it.field).filter(|_| !gone.is_empty()) {
            let naming = self.naming(field, &gone) - &ids;
            self.read_anew(tx, &naming)?;
        }
        if let (State::Ready(table), Some(names)) = (&mut *self.state_mut(), names) {
            table.name(names);
        }
        feed.followed(seen);
        // What it has just taken in is what this transaction sees; what was there before has to be no newer.
        Ok(moment(is_known))
    }

    /// The records that hold one of these numbers in a field.
    fn naming(&self, field: &str, numbers: &[i64]) -> RoaringBitmap {
        let state = self.state();
        let State::Ready(table) = &*state else { return RoaringBitmap::new() };
        let Some(column) = table.column(field) else { return RoaringBitmap::new() };
        owners::union(numbers.iter().filter_map(|it| column.owners(&Key::Int(*it))))
    }

    /// Puts records in place of what is held of them. Answers which of them are no more.
    fn read_anew(&self, tx: &mut Tx<'_>, ids: &RoaringBitmap) -> Result<Vec<i64>, DbError> {
        self.records().forget(ids.iter());
        let wanted: Vec<i64> = ids.iter().map(i64::from).collect();
        let records = feed::all_records(tx, self.spec, &wanted)?;
        let mut gone = ids.clone();
        if let State::Ready(table) = &mut *self.state_mut() {
            for (id, values) in records {
                gone.remove(id);
                table.put(id, values);
            }
            gone.iter().for_each(|id| table.remove(id));
        }
        Ok(gone.into_iter().map(i64::from).collect())
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
