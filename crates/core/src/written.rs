//! Records of an entity, written as JSON text without a value in between.

use crate::{
    Call, Json, Result,
    compile::Place,
    field::{Entity, Field, Kind, Stored},
    index::{Gap, Kept, Late, Ready, Shape},
    record::{View, write_text, write_value},
};
use muster_db::{Cells, DbError, Sql, ValueRef};
use std::{collections::HashMap, ops::Range, sync::Arc};

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
    if let Some((kept, live)) = ready(call, page, select)? {
        let length = kept.ready.values().map(|it| it.text.len() + 32 * it.gaps.len()).sum();
        let view = page.view(call);
        return Ok(listed(length, ids, |text, id| write_ready(text, id, &kept, &live, view)));
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
    Ok(listed(text.len(), ids, |page, id| {
        let Some(place) = places.remove(&id) else { return false };
        page.push_str(&text[place]);
        true
    }))
}

/// Records that are written one by one, with what was noted of each: a line for each noted field, of its name, `=` and its
/// value as JSON.
pub struct Noted {
    ready: Option<(Kept, Live)>,
    /// Without ready ones, the text and the lines of each.
    written: HashMap<i64, (String, String)>,
}

impl Noted {
    /// The values that were noted of a record, each after its field's name.
    pub fn values(&self, id: i64) -> Vec<(&str, &str)> {
        let lines = match &self.ready {
            Some((kept, _)) => kept.ready.get(&id).map(|it| &*it.noted),
            None => self.written.get(&id).map(|it| it.1.as_str()),
        };
        lines.unwrap_or_default().lines().filter_map(|it| it.split_once('=')).collect()
    }

    /// Writes a record. Answers whether there is one.
    pub fn write(&self, text: &mut String, id: i64, view: View<'_>) -> bool {
        match &self.ready {
            Some((kept, live)) => write_ready(text, id, kept, live, view),
            None => self.written.get(&id).map(|it| text.push_str(&it.0)).is_some(),
        }
    }

    /// How long all of it is, at most.
    pub fn length(&self) -> usize {
        let ready = self.ready.iter().flat_map(|it| it.0.ready.values()).map(|it| it.text.len() + 32 * it.gaps.len());
        ready.chain(self.written.values().map(|it| it.0.len())).sum()
    }
}

/// Reads records like [`written`], for a module that adds to each of them.
///
/// Some fields are noted, whether they are selected or not. They have to be what a record itself holds, and nothing that
/// is computed.
pub fn noted(
    call: &mut Call<'_, '_>,
    entity: &'static Entity,
    ids: &[i64],
    (select, noted): (&[&'static Field], &[&'static Field]),
    picture: &'static str,
) -> Result<Noted> {
    let page = Page { entity, ids, picture, noted };
    let mut written = HashMap::new();
    if ids.is_empty() {
        return Ok(Noted { ready: None, written });
    }
    let ready = ready(call, page, select)?;
    if ready.is_some() {
        return Ok(Noted { ready, written });
    }
    let columns = columns(call, page, select, |_| true)?;
    let view = page.view(call);
    call.tx.each(&query(call, page, &columns), |cells| {
        let (id, mut text, mut beside) = (cells.int(0)?, String::new(), Beside::default());
        write_record(&mut text, (id, cells), &columns, view, &mut beside)?;
        written.insert(id, (text, beside.noted));
        Ok(())
    })?;
    Ok(Noted { ready: None, written })
}

/// Which records are written.
#[derive(Clone, Copy)]
struct Page<'p> {
    entity: &'static Entity,
    ids: &'p [i64],
    picture: &'static str,
    /// The fields that are noted.
    noted: &'p [&'static Field],
}

impl Page<'_> {
    fn view<'a>(&self, call: &Call<'a, '_>) -> View<'a> {
        View { base_url: call.base_url, zone: &call.settings.time_zone, now: call.now, picture: self.picture }
    }
}

/// A JSON list of what is written for each ID. `write` answers whether there was anything to write.
fn listed(length: usize, ids: &[i64], mut write: impl FnMut(&mut String, i64) -> bool) -> String {
    let mut page = String::with_capacity(length + ids.len() + 2);
    page.push('[');
    for id in ids {
        let end = page.len();
        if end > 1 {
            page.push(',');
        }
        if !write(&mut page, *id) {
            page.truncate(end);
        }
    }
    page.push(']');
    page
}

/// A field of a record that is written.
struct Column {
    field: &'static Field,
    /// How its member of the object begins.
    begin: String,
    /// Its values by record as JSON text, if it keeps them in rows of their own.
    rows: Option<HashMap<i64, String>>,
    /// Whether its value is read; otherwise there is a gap for it.
    is_read: bool,
    /// Whether nothing is written where there is no value.
    is_left_out_empty: bool,
    is_noted: bool,
    /// Whether it is noted and not written.
    is_hidden: bool,
}

/// What comes of writing a record beside its text.
#[derive(Default)]
struct Beside {
    /// Whether gaps are left where values are not read, or depend on the time.
    has_gaps: bool,
    gaps: Vec<Gap>,
    noted: String,
}

/// The columns for these fields. The values of those that are read and lie in rows of their own are read here.
fn columns(
    call: &mut Call<'_, '_>,
    page: Page<'_>,
    fields: &[&'static Field],
    is_read: impl Fn(&Field) -> bool,
) -> Result<Vec<Column>> {
    let mut columns = Vec::with_capacity(fields.len() + page.noted.len());
    let is_in = |field: &Field, of: &[&'static Field]| of.iter().any(|it| it.name == field.name);
    let hidden = page.noted.iter().filter(|it| !is_in(it, fields));
    for (field, is_hidden) in fields.iter().map(|it| (it, false)).chain(hidden.map(|it| (it, true))) {
        let is_read = is_read(field);
        let rows = match field.stored.rows() {
            Some(_) if is_read => Some(read_rows(call, field, page.view(call), page.ids)?),
            _ => None,
        };
        let mut begin = String::new();
        write_text(&mut begin, &page.entity.shown_name(field));
        begin.push(':');
        let is_noted = is_in(field, page.noted);
        columns.push(Column {
            field,
            begin,
            rows,
            is_read,
            is_left_out_empty: page.entity.sparse,
            is_noted,
            is_hidden,
        });
    }
    Ok(columns)
}

/// The query for the IDs and the columns that are read from it.
fn query(call: &Call<'_, '_>, page: Page<'_>, columns: &[Column]) -> Sql {
    let entity = page.entity;
    let mut sql = Sql::new("select ");
    sql.push(entity.id);
    let read: Vec<&'static Field> = columns.iter().filter(|it| it.is_read).map(|it| it.field).collect();
    let beside = call.indexes.of(entity).and_then(|it| it.spec().beside.as_ref());
    let place = Place::of(call, entity);
    let mut join = None;
    for field in &read {
        match field.stored {
            Stored::Column(column) | Stored::Recent(column, _) => {
                sql.push(", ").push(column);
            }
            Stored::Computed(write) => {
                sql.push(", ");
                match beside.and_then(|it| Some((it.join, it.values.iter().find(|it| it.0 == field.name)?.1))) {
                    Some((joined, value)) => {
                        join = Some(joined);
                        value(&mut sql, place);
                    }
                    None => write(&mut sql, place),
                }
            }
            Stored::Link { .. } | Stored::Custom { .. } | Stored::Search(_) => {}
        }
    }
    sql.push(" from ");
    entity.write_from(&mut sql, &read);
    if let Some(join) = join {
        join(&mut sql, place);
    }
    sql.push(" where ").push(entity.id);
    sql.push(" in (").bind_all(page.ids.iter().copied()).push(")");
    sql
}

/// Writes one record. With gaps it only notes where values belong that are not read, or depend on the time.
fn write_record(
    text: &mut String,
    (id, cells): (i64, &Cells<'_>),
    columns: &[Column],
    view: View<'_>,
    beside: &mut Beside,
) -> std::result::Result<(), DbError> {
    text.push('{');
    let first = text.len();
    let mut cell = 1;
    for column in columns {
        let before = text.len();
        if before > first {
            text.push(',');
        }
        text.push_str(&column.begin);
        let value = text.len();
        if beside.has_gaps && !column.is_read {
            beside.gaps.push(Gap { at: value, of: Late::Read });
        } else if beside.has_gaps && matches!(column.field.stored, Stored::Recent(..)) {
            let at = if let ValueRef::Int(at) = cells.get(cell)? { Some(at) } else { None };
            beside.gaps.push(Gap { at: value, of: Late::Recent(column.field, at) });
            cell += 1;
        } else {
            write_cell(text, (id, cells, &mut cell), column, view)?;
        }
        if column.is_noted {
            beside.noted.extend([column.field.name, "=", &text[value..], "\n"]);
        }
        if column.is_hidden || (column.is_left_out_empty && &text[value..] == "\"\"") {
            text.truncate(before);
        }
    }
    text.push('}');
    Ok(())
}

/// Writes the value of a column: from rows of its own, or from the next cell.
fn write_cell(
    text: &mut String,
    (id, cells, cell): (i64, &Cells<'_>, &mut usize),
    column: &Column,
    view: View<'_>,
) -> std::result::Result<(), DbError> {
    if let Some(rows) = &column.rows {
        let none = if column.field.is_many() { "[]" } else { "\"\"" };
        text.push_str(rows.get(&id).map_or(none, String::as_str));
    } else {
        write_value(text, column.field, cells.get(*cell)?, view);
        *cell += 1;
    }
    Ok(())
}

/// Reads a field whose values are in rows of their own, for several records at once, as JSON text.
fn read_rows(call: &mut Call<'_, '_>, field: &Field, view: View<'_>, ids: &[i64]) -> Result<HashMap<i64, String>> {
    let Some(rows) = field.stored.rows() else { return Ok(HashMap::new()) };
    let mut sql = Sql::new("select ");
    sql.push(rows.owner).push(", ").push(rows.value).push(" from ").push(rows.table).push(" where ").push(rows.owner);
    sql.push(" in (").bind_all(ids.iter().copied()).push(")");
    if let Some(field_id) = rows.field_id {
        sql.push(" and field_id = ").bind(field_id);
    }
    sql.push(" order by ").push(rows.owner).push(", position");
    let is_many = field.is_many();
    let mut found: HashMap<i64, String> = HashMap::new();
    call.tx.each(&sql, |cells| {
        let text = found.entry(cells.int(0)?).or_default();
        if !text.is_empty() && !is_many {
            return Ok(());
        }
        if is_many {
            text.push(if text.is_empty() { '[' } else { ',' });
        }
        match (cells.get(1)?, field.kind) {
            // Among several values, IDs are numbers.
            (ValueRef::Int(it), Kind::Id | Kind::User) if is_many && !field.quoted => text.push_str(&it.to_string()),
            (value, _) => write_value(text, field, value, view),
        }
        Ok(())
    })?;
    if is_many {
        found.values_mut().for_each(|text| text.push(']'));
    }
    Ok(found)
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

/// The records that are ready, with those that were made ready now, and the values that are read for each call. `None` if
/// none are kept.
fn ready(call: &mut Call<'_, '_>, page: Page<'_>, select: &[&'static Field]) -> Result<Option<(Kept, Live)>> {
    let Some(index) = call.indexes.of(page.entity).filter(|_| !page.entity.sparse) else { return Ok(None) };
    let shape = || Shape::new((select, page.noted), call.base_url, page.picture);
    let Some(mut kept) = index.ready(call.tx, page.ids, shape)? else { return Ok(None) };
    let missing: Vec<i64> = page.ids.iter().copied().filter(|it| !kept.ready.contains_key(it)).collect();
    if !missing.is_empty() {
        make_ready(call, Page { ids: &missing, ..page }, select, &mut kept)?;
    }
    let live = Live::read(call, Page { noted: &[], ..page }, select)?;
    Ok(Some((kept, live)))
}

/// Puts a record together. Answers whether there is one.
fn write_ready(text: &mut String, id: i64, kept: &Kept, live: &Live, view: View<'_>) -> bool {
    let (Some(ready), Some(values)) = (kept.ready.get(&id), live.of(id)) else { return false };
    let (mut from, mut values) = (0, values.iter());
    for gap in &ready.gaps {
        text.push_str(&ready.text[from..gap.at]);
        from = gap.at;
        match gap.of {
            Late::Read => text.push_str(values.next().map_or("", |it| &live.text[it.clone()])),
            Late::Recent(field, at) => write_value(text, field, at.map_or(ValueRef::Null, ValueRef::Int), view),
        }
    }
    text.push_str(&ready.text[from..]);
    true
}

/// Makes records ready that are not.
fn make_ready(call: &mut Call<'_, '_>, page: Page<'_>, select: &[&'static Field], kept: &mut Kept) -> Result<()> {
    let computed = computed(call, page.entity);
    let columns = columns(call, page, select, |it| is_followed(page.entity, it, computed))?;
    let view = page.view(call);
    let mut made = Vec::with_capacity(page.ids.len());
    call.tx.each(&query(call, page, &columns), |cells| {
        let (mut text, mut beside) = (String::with_capacity(2048), Beside { has_gaps: true, ..Beside::default() });
        let id = cells.int(0)?;
        write_record(&mut text, (id, cells), &columns, view, &mut beside)?;
        let ready = Ready { text: text.into(), gaps: beside.gaps.into(), noted: beside.noted.into() };
        made.push((id, Arc::new(ready)));
        Ok(())
    })?;
    if let Some(index) = call.indexes.of(page.entity) {
        index.keep(call.tx, kept.shape, &made);
    }
    kept.ready.extend(made);
    Ok(())
}

/// The values that are read for each call.
struct Live {
    text: String,
    /// Where in the text the values are, record by record.
    values: Vec<Range<usize>>,
    /// Where a record's values begin.
    places: HashMap<i64, usize>,
    width: usize,
}

impl Live {
    fn read(call: &mut Call<'_, '_>, page: Page<'_>, select: &[&'static Field]) -> Result<Live> {
        let computed = computed(call, page.entity);
        let fields: Vec<&'static Field> =
            select.iter().copied().filter(|it| !is_followed(page.entity, it, computed)).collect();
        let width = fields.len();
        let mut live = Live { text: String::new(), values: Vec::new(), places: HashMap::new(), width };
        if width == 0 {
            return Ok(live);
        }
        let columns = columns(call, page, &fields, |_| true)?;
        let view = page.view(call);
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

    /// A record's values; `None` if there is no such record.
    fn of(&self, id: i64) -> Option<&[Range<usize>]> {
        if self.width == 0 {
            return Some(&[]);
        }
        let from = *self.places.get(&id)?;
        self.values.get(from..from + self.width)
    }
}
