//! Records of an entity, written as JSON text without a value in between.

mod columns;

use crate::{
    Call, Json, Result,
    field::{Entity, Field, Stored},
    index::{Kept, Late, Ready, Shape},
    record::{View, write_value},
};
use columns::{Beside, Column, Page, columns, query, write_cell, write_record};
use muster_db::ValueRef;
use std::{
    collections::HashMap,
    ops::{Deref, Range},
    sync::Arc,
};

/// Reads the records of these IDs, in their order, as the caller sees them.
pub fn records(
    call: &mut Call<'_, '_>,
    entity: &'static Entity,
    ids: &[i64],
    select: &[&'static Field],
    picture: &'static str,
) -> Result<Vec<Json>> {
    let text = written(call, entity, ids, select, picture)?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// The same as JSON text.
pub fn written(
    call: &mut Call<'_, '_>,
    entity: &'static Entity,
    ids: &[i64],
    select: &[&'static Field],
    picture: &'static str,
) -> Result<String> {
    if ids.is_empty() {
        return Ok("[]".to_owned());
    }
    let page = Page { entity, ids, picture, noted: &[] };
    if let Some((ready, live)) = ready(call, page, select)? {
        let view = page.view(call);
        let mut all = ready.iter().zip(ids);
        return Ok(listed(length(&ready), ids.len(), |text| {
            all.next().is_some_and(|(ready, id)| write_ready(text, ready.as_deref(), live.of(*id), view))
        }));
    }
    let columns = columns(call, page, select, |_| true)?;
    let mut places = HashMap::with_capacity(ids.len());
    let mut text = String::with_capacity(1024 * ids.len());
    let view = page.view(call);
    call.tx.each(&query(call, page, &columns), |cells| {
        let (id, from) = (cells.int(0)?, text.len());
        write_record(&mut text, (id, cells), &columns, view, &mut Beside::default())?;
        places.insert(id, from..text.len());
        Ok(())
    })?;
    // The database gives them in an order of its own.
    let mut all = ids.iter();
    Ok(listed(text.len(), ids.len(), |page| {
        let Some(place) = all.next().and_then(|id| places.remove(id)) else { return false };
        page.push_str(&text[place]);
        true
    }))
}

/// Records that are written one by one, with the numbers that were noted of each.
pub struct Noted(Vec<(i64, MaybeReady)>, Live);

impl Noted {
    /// The numbers of each noted field of a record, by its place on the page; none if there is no such record.
    pub fn numbers(&self, at: usize) -> &[Box<[i64]>] {
        self.0.get(at).and_then(|it| it.1.as_ref()).map_or(&[], |it| &it.noted)
    }

    /// Writes a record, by its place on the page. Answers whether there is one.
    pub fn write(&self, text: &mut String, at: usize, view: View<'_>) -> bool {
        let Some((id, ready)) = self.0.get(at) else { return false };
        write_ready(text, ready.as_deref(), self.1.of(*id), view)
    }

    /// How long all of it is, at most.
    pub fn length(&self) -> usize {
        self.0.iter().filter_map(|it| it.1.as_ref()).map(|it| it.length()).sum()
    }
}

/// Reads records like [`written`], for a module that adds to each of them.
///
/// Some fields are noted, whether they are selected or not. They have to hold IDs that a record itself holds, and nothing
/// that is computed.
pub fn noted(
    call: &mut Call<'_, '_>,
    entity: &'static Entity,
    ids: &[i64],
    (select, noted): (&[&'static Field], &[&'static Field]),
    picture: &'static str,
) -> Result<Noted> {
    let page = Page { entity, ids, picture, noted };
    if ids.is_empty() {
        return Ok(Noted(Vec::new(), Live::default()));
    }
    let (ready, live) = match ready(call, page, select)? {
        Some(kept) => kept,
        None => (whole(call, page, select)?, Live::default()),
    };
    Ok(Noted(ids.iter().copied().zip(ready).collect(), live))
}

/// What a module makes of each record, to be kept ready as records are.
pub struct Making {
    /// What tells it from whatever else is made of the same records.
    pub name: &'static str,
    /// The fields that it is made of. They have to be what a record itself holds, and nothing that is computed.
    pub fields: &'static [&'static str],
    /// Makes it of the ID and the values as JSON.
    pub make: fn(i64, &[&str]) -> String,
}

/// What was made of a record, as text.
pub struct Made(Arc<Ready>);

impl Deref for Made {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl From<String> for Made {
    fn from(text: String) -> Made {
        Made(Arc::new(Ready { text: text.into(), ..Ready::default() }))
    }
}

/// Reads what a module makes of these records, one for one: nothing where there is no such record.
pub fn made(
    call: &mut Call<'_, '_>,
    entity: &'static Entity,
    ids: &[i64],
    of: &Making,
    picture: &'static str,
) -> Result<Vec<Option<Made>>> {
    let page = Page { entity, ids, picture, noted: &[] };
    let fields: Vec<&'static Field> = of.fields.iter().filter_map(|it| entity.field(it)).collect();
    let shape = || Shape::new((&fields, &[]), call.base_url, picture, of.name);
    let index = call.indexes.of(entity);
    let kept = index.map(|it| it.ready(call.tx, ids, shape)).transpose()?.flatten();
    let shape = kept.as_ref().map(|it| it.shape);
    let mut ready = kept.map_or_else(|| vec![None; ids.len()], |it| it.ready);
    let missing = missing(page, &ready);
    if !missing.is_empty() {
        let live = Live::read(call, Page { ids: &missing, ..page }, &fields)?;
        let one = |id: &i64| {
            let text = (of.make)(*id, &live.of(*id)?.collect::<Vec<_>>());
            Some((*id, Made::from(text).0))
        };
        let made: Vec<_> = missing.iter().filter_map(one).collect();
        if let (Some(index), Some(shape)) = (index, shape) {
            index.keep(call.tx, shape, &made);
        }
        fill(page, &mut ready, made);
    }
    Ok(ready.into_iter().map(|it| it.map(Made)).collect())
}

/// A JSON list of so many records. `write` writes the next one and answers whether there was anything to write.
fn listed(length: usize, count: usize, mut write: impl FnMut(&mut String) -> bool) -> String {
    let mut page = String::with_capacity(length + count + 2);
    page.push('[');
    for _ in 0..count {
        let end = page.len();
        if end > 1 {
            page.push(',');
        }
        if !write(&mut page) {
            page.truncate(end);
        }
    }
    page.push(']');
    page
}

/// Whether what a field is told from changes only where the table of changes says so: what the entity's own row and its
/// links hold, what a joined row does whose changes are noted too, and what is computed from other tables of which that
/// is so.
fn is_followed(entity: &Entity, field: &Field, computed: &[&str]) -> bool {
    match field.stored {
        Stored::Column(column) | Stored::Recent(column, _) => {
            let is_elsewhere = entity.joins.iter().any(|join| !join.is_followed && column.contains(join.prefix));
            !is_elsewhere && (!column.contains("select ") || computed.contains(&field.name))
        }
        Stored::Link { .. } => true,
        _ => false,
    }
}

/// The computed fields of which that can be said.
fn computed(call: &Call<'_, '_>, entity: &Entity) -> &'static [&'static str] {
    call.indexes.of(entity).map_or(&[], |it| it.spec().followed)
}

/// A record that is ready, unless there is none.
type MaybeReady = Option<Arc<Ready>>;

/// The records that are ready, with those that were made ready now, one for one, and the values that are read for each
/// call. `None` if none are kept.
fn ready(
    call: &mut Call<'_, '_>,
    page: Page<'_>,
    select: &[&'static Field],
) -> Result<Option<(Vec<MaybeReady>, Live)>> {
    let Some(index) = call.indexes.of(page.entity).filter(|_| !page.entity.sparse) else { return Ok(None) };
    let shape = || Shape::new((select, page.noted), call.base_url, page.picture, "");
    let Some(Kept { shape, mut ready }) = index.ready(call.tx, page.ids, shape)? else { return Ok(None) };
    let missing = missing(page, &ready);
    let computed = computed(call, page.entity);
    if !missing.is_empty() {
        let columns =
            columns(call, Page { ids: &missing, ..page }, select, |it| is_followed(page.entity, it, computed))?;
        let made = make_ready(call, Page { ids: &missing, ..page }, &columns, true)?;
        index.keep(call.tx, shape, &made);
        fill(page, &mut ready, made);
    }
    let late: Vec<&'static Field> =
        select.iter().copied().filter(|it| !is_followed(page.entity, it, computed)).collect();
    let live = Live::read(call, Page { noted: &[], ..page }, &late)?;
    Ok(Some((ready, live)))
}

/// The records as a whole, where none are kept.
fn whole(call: &mut Call<'_, '_>, page: Page<'_>, select: &[&'static Field]) -> Result<Vec<MaybeReady>> {
    let columns = columns(call, page, select, |_| true)?;
    let made = make_ready(call, page, &columns, false)?;
    let mut ready = vec![None; page.ids.len()];
    fill(page, &mut ready, made);
    Ok(ready)
}

/// Those of a page that are not ready.
fn missing(page: Page<'_>, ready: &[MaybeReady]) -> Vec<i64> {
    page.ids.iter().zip(ready).filter(|it| it.1.is_none()).map(|it| *it.0).collect()
}

/// Puts records in their places on a page.
fn fill(page: Page<'_>, ready: &mut [MaybeReady], made: Vec<(i64, Arc<Ready>)>) {
    let made: HashMap<i64, Arc<Ready>> = made.into_iter().collect();
    for (id, place) in page.ids.iter().zip(ready).filter(|it| it.1.is_none()) {
        *place = made.get(id).cloned();
    }
}

/// How long records are, at most.
fn length(ready: &[MaybeReady]) -> usize {
    ready.iter().flatten().map(|it| it.length()).sum()
}

/// Puts a record together, if there is one. Answers whether there is.
fn write_ready<'v>(
    text: &mut String,
    ready: Option<&Ready>,
    values: Option<impl Iterator<Item = &'v str>>,
    view: View<'_>,
) -> bool {
    let (Some(ready), Some(mut values)) = (ready, values) else { return false };
    let mut from = 0;
    for gap in &ready.gaps {
        text.push_str(&ready.text[from..gap.at]);
        from = gap.at;
        match gap.of {
            Late::Read => text.push_str(values.next().unwrap_or("")),
            Late::Recent(field, at) => write_value(text, field, at.map_or(ValueRef::Null, ValueRef::Int), view),
        }
    }
    text.push_str(&ready.text[from..]);
    true
}

/// Makes records ready.
fn make_ready(
    call: &mut Call<'_, '_>,
    page: Page<'_>,
    columns: &[Column],
    has_gaps: bool,
) -> Result<Vec<(i64, Arc<Ready>)>> {
    let view = page.view(call);
    let mut made = Vec::with_capacity(page.ids.len());
    call.tx.each(&query(call, page, columns), |cells| {
        let (mut text, mut beside) = (String::with_capacity(2048), Beside::of(page, has_gaps));
        let id = cells.int(0)?;
        write_record(&mut text, (id, cells), columns, view, &mut beside)?;
        let ready = Ready { text: text.into(), gaps: beside.gaps.into(), noted: beside.noted.into() };
        made.push((id, Arc::new(ready)));
        Ok(())
    })?;
    Ok(made)
}

/// The values that are read for each call.
#[derive(Default)]
struct Live {
    text: String,
    /// Where in the text the values are, record by record.
    values: Vec<Range<usize>>,
    /// Where a record's values begin.
    places: HashMap<i64, usize>,
    width: usize,
}

impl Live {
    fn read(call: &mut Call<'_, '_>, page: Page<'_>, fields: &[&'static Field]) -> Result<Live> {
        let mut live = Live { width: fields.len(), ..Live::default() };
        if live.width == 0 {
            return Ok(live);
        }
        let columns = columns(call, page, fields, |_| true)?;
        let view = page.view(call);
        if columns.iter().all(|it| it.rows.is_some()) {
            for id in page.ids {
                live.places.insert(*id, live.values.len());
                columns.iter().filter_map(|it| it.row(*id)).for_each(|it| live.push(it));
            }
            return Ok(live);
        }
        call.tx.each(&query(call, page, &columns), |cells| {
            let id = cells.int(0)?;
            live.places.insert(id, live.values.len());
            let mut cell = 1;
            for column in &columns {
                let from = live.text.len();
                write_cell(&mut live.text, (id, cells, &mut cell), column, view)?;
                live.values.push(from..live.text.len());
            }
            Ok(())
        })?;
        Ok(live)
    }

    fn push(&mut self, value: &str) {
        let from = self.text.len();
        self.text.push_str(value);
        self.values.push(from..self.text.len());
    }

    /// A record's values as JSON; `None` if there is no such record.
    fn of(&self, id: i64) -> Option<impl Iterator<Item = &str>> {
        let from = if self.width == 0 { 0 } else { *self.places.get(&id)? };
        let values = self.values.get(from..from + self.width)?;
        Some(values.iter().map(|it| &self.text[it.clone()]))
    }
}
