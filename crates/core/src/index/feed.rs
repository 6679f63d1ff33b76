//! Loading the index, and following the table of changes.

use super::{ALL, NAMES, Spec, column::Key, sought::key_of, table::Table};
use crate::field::{Kind, Stored};
use muster_db::{Db, DbError, Row, Sql, Tx, Value, fold};
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

/// How many records are read in one transaction, and how many changes.
const CHUNK: usize = 2_000;
/// On PostgreSQL a transaction may commit after another one that took a later number. How long a number that is missing
/// is looked for, which is far longer than a transaction may take.
const LATE: Duration = Duration::from_secs(600);
/// The most numbers that are looked for.
const MOST_MISSING: usize = 10_000;
/// So many changes are kept. A process that has missed more of them loads its index anew.
const KEPT: i64 = 100_000;
/// How often it is looked for old ones.
const PRUNED: Duration = Duration::from_secs(60);

/// How far the changes were followed.
#[derive(Default)]
pub(super) struct Feed {
    high: i64,
    missing: BTreeMap<i64, Option<Instant>>,
    /// How many commits of this process are followed; `None` before the first time.
    seen: Option<u64>,
    /// How many commits the newest transaction had seen of which something was taken in.
    pub(super) newest: Option<u64>,
    pruned: Option<Instant>,
}

/// What has changed.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) ids: Vec<i64>,
    pub(super) names: bool,
    pub(super) all: bool,
    /// Fields that named a record which was deleted, with the ID of that.
    pub(super) forgotten: Vec<(&'static str, i64)>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty() && !self.names && !self.all && self.forgotten.is_empty()
    }
}

impl Feed {
    pub(super) fn has_followed(&self, seen: u64) -> bool {
        self.seen.is_some_and(|it| it >= seen)
    }

    pub(super) fn followed(&mut self, seen: u64) {
        self.seen = Some(self.seen.unwrap_or(0).max(seen));
    }

    /// Reads the changes that were not read yet.
    pub(super) fn read(&mut self, tx: &mut Tx<'_>, spec: &Spec) -> Result<Changes, DbError> {
        let mut changes = Changes::default();
        self.missing.retain(|_, since| since.is_none_or(|it| it.elapsed() < LATE));
        let late: Vec<i64> = self.missing.keys().rev().take(MOST_MISSING).copied().collect();
        if !late.is_empty() {
            let mut sql = query(spec);
            sql.push("id in (").bind_all(late).push(")");
            for row in tx.rows(&sql)? {
                self.missing.remove(&row.int(0)?);
                changes.add(spec, row.int(1)?);
            }
        }
        loop {
            let mut sql = query(spec);
            sql.push("id > ").bind(self.high).push(" order by id limit ").bind(CHUNK as i64);
            let rows = tx.rows(&sql)?;
            for row in &rows {
                let id = row.int(0)?;
                if id > self.high + 1 && self.skip(tx, spec, id)? {
                    changes.all = true;
                }
                self.high = id;
                changes.add(spec, row.int(1)?);
            }
            if rows.len() < CHUNK {
                break;
            }
        }
        changes.ids.sort_unstable();
        changes.ids.dedup();
        changes.all |= changes.ids.len() > CHUNK * 10;
        Ok(changes)
    }

    /// Notes the numbers before this one as missing. Answers whether they are gone for good.
    fn skip(&mut self, tx: &mut Tx<'_>, spec: &Spec, id: i64) -> Result<bool, DbError> {
        if let Some(first) = first(tx, spec)?
            && first > self.high + 1
            && self.high > 0
        {
            return Ok(true);
        }
        let from = (self.high + 1).max(id - MOST_MISSING as i64);
        self.missing.extend((from..id).map(|it| (it, Some(Instant::now()))));
        Ok(false)
    }

    /// Begins at the present: what is read of the records from now on holds all changes up to here.
    fn begin(&mut self, tx: &mut Tx<'_>, spec: &Spec) -> Result<(), DbError> {
        let mut sql = Sql::new("select id from ");
        sql.push(spec.changes).push(" order by id desc limit ").bind(CHUNK as i64);
        let known = tx.ints(&sql)?;
        self.high = known.first().copied().unwrap_or(0);
        let low = known.last().copied().unwrap_or(self.high);
        let known: std::collections::BTreeSet<i64> = known.into_iter().collect();
        let from = low.max(self.high - MOST_MISSING as i64);
        self.missing =
            (from..self.high).filter(|it| !known.contains(it)).map(|it| (it, Some(Instant::now()))).collect();
        self.seen = None;
        Ok(())
    }
}

impl Changes {
    fn add(&mut self, spec: &Spec, id: i64) {
        match id {
            ALL => self.all = true,
            NAMES => self.names = true,
            id if id < ALL => self.forgotten.extend(spec.forgotten(id)),
            id => self.ids.push(id),
        }
    }
}

fn query(spec: &Spec) -> Sql {
    let mut sql = Sql::new("select id, record_id from ");
    sql.push(spec.changes).push(" where ");
    sql
}

fn first(tx: &mut Tx<'_>, spec: &Spec) -> Result<Option<i64>, DbError> {
    let mut sql = Sql::new("select id from ");
    sql.push(spec.changes).push(" order by id limit 1");
    tx.row(&sql)?.map(|row| row.int(0)).transpose()
}

/// Reads everything, a little at a time. `None` if there is more than may be held.
pub(super) fn load(spec: &'static Spec, most: u64, db: &Db, feed: &mut Feed) -> Result<Option<Table>, DbError> {
    let mut table = Table::new(spec);
    db.read(|tx| {
        table.name(names(tx, spec)?);
        feed.begin(tx, spec)
    })?;
    let mut last = 0;
    loop {
        let chunk = db.read(|tx| {
            let mut sql = Sql::new("select id from ");
            sql.push(spec.entity.table).push(" where id > ").bind(last).push(" order by id limit ").bind(CHUNK as i64);
            let ids = tx.ints(&sql)?;
            records(tx, spec, &ids)
        })?;
        let Some((id, _)) = chunk.last() else { return Ok(Some(table)) };
        last = i64::from(*id);
        for (id, values) in chunk {
            table.put(id, values);
        }
        if table.all.len() > most {
            return Ok(None);
        }
    }
}

/// Forgets changes that are old, now and then.
pub(super) fn prune(spec: &Spec, db: &Db, feed: &mut Feed) -> Result<(), DbError> {
    if feed.pruned.is_some_and(|it| it.elapsed() < PRUNED) {
        return Ok(());
    }
    feed.pruned = Some(Instant::now());
    let until = feed.high - KEPT;
    if db.read(|tx| first(tx, spec))?.is_none_or(|first| first > until) {
        return Ok(());
    }
    db.write(|tx| {
        let mut sql = Sql::new("delete from ");
        sql.push(spec.changes).push(" where id <= ").bind(until);
        tx.run(&sql).map(drop)
    })
}

/// Records by ID, and of each the values of the fields.
pub(super) type Records = Vec<(u32, Vec<Vec<Key>>)>;

/// The values of any number of records, in the order of their IDs.
pub(super) fn all_records(tx: &mut Tx<'_>, spec: &Spec, ids: &[i64]) -> Result<Records, DbError> {
    let mut all = Records::new();
    for ids in ids.chunks(CHUNK) {
        all.extend(records(tx, spec, ids)?);
    }
    Ok(all)
}

/// The values of records, in the order of their IDs, and of each in the order of the fields.
fn records(tx: &mut Tx<'_>, spec: &Spec, ids: &[i64]) -> Result<Records, DbError> {
    let (Some(low), Some(high)) = (ids.first(), ids.last()) else { return Ok(Vec::new()) };
    let fields: Vec<_> = spec.fields.iter().filter_map(|name| spec.entity.field(name)).collect();
    let mut sql = Sql::new("select ");
    sql.push(spec.entity.id);
    for field in &fields {
        if let Stored::Column(column) = field.stored {
            sql.push(", ").push(field.key.map_or(column, |key| key.column));
        }
    }
    sql.push(" from ").push(spec.entity.table).push(" where ");
    only(&mut sql, spec.entity.id, ids, (*low, *high));
    sql.push(" order by ").push(spec.entity.id);
    let rows = tx.rows(&sql)?;
    let mut links: Vec<Option<HashMap<i64, Vec<Key>>>> = Vec::new();
    for field in &fields {
        links.push(match field.stored.rows() {
            None => None,
            Some(it) => {
                let mut sql = Sql::new("select ");
                sql.push(it.owner).push(", ").push(it.value).push(" from ").push(it.table).push(" where ");
                only(&mut sql, it.owner, ids, (*low, *high));
                let mut values: HashMap<i64, Vec<Key>> = HashMap::new();
                for mut row in tx.rows(&sql)? {
                    let owner = row.int(0)?;
                    values.entry(owner).or_default().extend(one(&mut row, 1, field.kind == Kind::Text));
                }
                Some(values)
            }
        });
    }
    let mut all = Vec::with_capacity(rows.len());
    for mut row in rows {
        let id = row.int(0)?;
        let mut column = 0;
        let mut values = Vec::with_capacity(fields.len());
        for (field, links) in fields.iter().zip(&mut links) {
            values.push(match links {
                Some(links) => links.remove(&id).unwrap_or_default(),
                None => {
                    column += 1;
                    one(&mut row, column, field.key.is_none() && field.kind == Kind::Text)
                }
            });
        }
        all.push((u32::try_from(id).map_err(|_| DbError::Shape("an ID that fits an index"))?, values));
    }
    Ok(all)
}

fn one(row: &mut Row, column: usize, folded: bool) -> Vec<Key> {
    let value = match row.take(column) {
        Value::Text(text) if folded => Value::Text(fold(&text)),
        value => value,
    };
    key_of(&value).into_iter().collect()
}

/// Writes which records are read: a range where they are many and lie close together.
fn only(sql: &mut Sql, column: &'static str, ids: &[i64], (low, high): (i64, i64)) {
    if ids.len() > 500 && high - low < 2 * ids.len() as i64 {
        sql.push(column).push(" between ").bind(low).push(" and ").bind(high);
    } else {
        sql.push(column).push(" in (").bind_all(ids.iter().copied()).push(")");
    }
}

/// The words of names, with the values that have them.
pub(super) fn names(tx: &mut Tx<'_>, spec: &Spec) -> Result<BTreeMap<String, Vec<i64>>, DbError> {
    let mut names: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let Some((_, query)) = spec.named else { return Ok(names) };
    for row in tx.rows(&Sql::new(query))? {
        names.entry(row.text(1).to_owned()).or_default().push(row.int(0)?);
    }
    Ok(names)
}
