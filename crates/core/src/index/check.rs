//! Holding the index against SQL, for `muster check`.

use super::{
    Index, Spec, State, set,
    table::{Outside, Table},
};
use crate::{
    compile::{self, Place},
    filter::Cond,
};
use muster_db::{Db, DbError, Sql, Tx};

/// How many values of each field and words of each search are looked up in both ways.
const SAMPLES: usize = 3;

/// Loads an index of at most so many records and finds records by it and by SQL. Answers how many records it holds, and
/// a sentence for each difference; nothing if there are more records than it may hold.
pub fn check(spec: &'static Spec, most: u64, db: &Db) -> Result<Option<(u64, Vec<String>)>, DbError> {
    let index = Index::new(spec, most, 0);
    index.tend(db)?;
    db.read(|tx| {
        // Both have to speak of the same moment.
        index.follow(tx, true)?;
        let state = index.state();
        let State::Ready(table) = &*state else { return Ok(None) };
        let mut defects = Vec::new();
        for (what, cond) in samples(spec, table) {
            let (found, expected) = (table.within(&cond, &table.all, &Outside::new()), by_sql(tx, spec, &cond)?);
            let found = found.len();
            let same = table.within(&cond, &expected, &Outside::new()).len();
            if found != expected.len() || same != found {
                let by_sql = expected.len();
                defects
                    .push(format!("{what}: the index finds {found} records and SQL {by_sql}, {same} of them the same"));
            }
        }
        Ok(Some((table.all.len(), defects)))
    })
}

/// What is looked up: the first, a middle and the last value of each field and word of each search.
fn samples(spec: &'static Spec, table: &Table) -> Vec<(String, Cond)> {
    let mut samples = Vec::new();
    for name in spec.fields {
        let Some((field, held)) = spec.entity.field(name).and_then(|it| Some((it, table.held(it)?))) else { continue };
        samples.push((format!("{name} is empty"), Cond::Empty(field)));
        for value in spread(held.len()).filter_map(|at| held.nth(at)) {
            // As one value and as a span, since a field may be held for either.
            samples.push((format!("{name} is a value"), Cond::Between(field, value.clone(), value)));
        }
    }
    for (name, fields) in spec.searches {
        let Some(field) = spec.entity.field(name) else { continue };
        for of in *fields {
            let words: Vec<&str> = match table.column(of) {
                _ if spec.named.is_some_and(|it| it.0 == *of) => table.names.keys().map(String::as_str).collect(),
                Some(column) => column.words().collect(),
                None => Vec::new(),
            };
            for word in spread(words.len()).filter_map(|at| words.get(at)) {
                samples.push((format!("{name} begins with a word of {of}"), Cond::Found(field, (*word).to_owned())));
            }
        }
    }
    samples
}

/// Places evenly over so many.
fn spread(count: usize) -> impl Iterator<Item = usize> {
    let mut places: Vec<usize> = (0..SAMPLES).map(|it| count.saturating_sub(1) * it / (SAMPLES - 1)).collect();
    places.dedup();
    places.into_iter().filter(move |it| *it < count)
}

fn by_sql(tx: &mut Tx<'_>, spec: &Spec, cond: &Cond) -> Result<roaring::RoaringBitmap, DbError> {
    let entity = spec.entity;
    let mut sql = Sql::new("select ");
    sql.push(entity.id).push(" from ");
    entity.write_from(&mut sql, &cond.fields());
    sql.push(" where ");
    // None of the conditions depends on the time or on who asks.
    compile::write(cond, &mut sql, Place { id: entity.id, now: 0, caller_id: 0 });
    Ok(set(tx.ints(&sql)?))
}
