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
    let page = Page { entity, ids, picture };
    let shape = || Shape::new(select, call.base_url, picture);
    if !entity.sparse
        && let Some(kept) = call.index.ready(call.tx, entity, ids, shape)?
    {
        return from_ready(call, page, select, kept);
    }
    let columns = columns(call, page, select, |_| true)?;
    let mut places = HashMap::with_capacity(ids.len());
    let mut text = String::with_capacity(1024 * ids.len());
    let view = page.view(call);
    call.tx.each(&query(call, page, &columns), |cells| {
        let (id, from) = (cells.int(0)?, text.len());
        write_record(&mut text, (id, cells), &columns, view, None)?;
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

/// Which records are written.
#[derive(Clone, Copy)]
struct Page<'p> {
    entity: &'static Entity,
    ids: &'p [i64],
    picture: &'static str,
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
}

/// The columns for these fields. The values of those that are read and lie in rows of their own are read here.
fn columns(
    call: &mut Call<'_, '_>,
    page: Page<'_>,
    fields: &[&'static Field],
    is_read: impl Fn(&Field) -> bool,
) -> Result<Vec<Column>> {
    let mut columns = Vec::with_capacity(fields.len());
    for field in fields {
        let is_read = is_read(field);
        let rows = match field.stored.rows() {
            Some(_) if is_read => Some(read_rows(call, field, page.view(call), page.ids)?),
            _ => None,
        };
        let mut begin = String::new();
        write_text(&mut begin, &page.entity.shown_name(field));
        begin.push(':');
        columns.push(Column { field, begin, rows, is_read, is_left_out_empty: page.entity.sparse });
    }
    Ok(columns)
}

/// The query for the IDs and the columns that are read from it.
fn query(call: &Call<'_, '_>, page: Page<'_>, columns: &[Column]) -> Sql {
    let entity = page.entity;
    let mut sql = Sql::new("select ");
    sql.push(entity.id);
    let read: Vec<&'static Field> = columns.iter().filter(|it| it.is_read).map(|it| it.field).collect();
    for field in &read {
        match field.stored {
            Stored::Column(column) | Stored::Recent(column, _) => {
                sql.push(", ").push(column);
            }
            Stored::Computed(write) => write(sql.push(", "), Place::of(call, entity)),
            Stored::Link { .. } | Stored::Custom { .. } | Stored::Search(_) => {}
        }
    }
    sql.push(" from ");
    entity.write_from(&mut sql, &read);
    sql.push(" where ").push(entity.id);
    sql.push(" in (").bind_all(page.ids.iter().copied()).push(")");
    sql
}

/// Writes one record. With `gaps` it only notes where values belong that are not read, or depend on the time.
fn write_record(
    text: &mut String,
    (id, cells): (i64, &Cells<'_>),
    columns: &[Column],
    view: View<'_>,
    mut gaps: Option<&mut Vec<Gap>>,
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
        match &mut gaps {
            Some(gaps) if !column.is_read => gaps.push(Gap { at: value, of: Late::Read }),
            Some(gaps) if matches!(column.field.stored, Stored::Recent(..)) => {
                let at = if let ValueRef::Int(at) = cells.get(cell)? { Some(at) } else { None };
                gaps.push(Gap { at: value, of: Late::Recent(column.field, at) });
                cell += 1;
            }
            _ => write_cell(text, (id, cells, &mut cell), column, view)?,
        }
        if column.is_left_out_empty && &text[value..] == "\"\"" {
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
            (ValueRef::Int(it), Kind::Id | Kind::User) if is_many => text.push_str(&it.to_string()),
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
/// links hold, and what a joined row does whose changes are noted too.
fn is_followed(entity: &Entity, field: &Field) -> bool {
    match field.stored {
        Stored::Column(column) | Stored::Recent(column, _) => {
            let is_own = column.strip_prefix(entity.table).is_some_and(|it| it.starts_with('.'));
            is_own || entity.joins.iter().any(|it| it.is_followed && column.starts_with(it.prefix))
        }
        Stored::Link { .. } => true,
        _ => false,
    }
}

/// Puts a page together from records that are ready and from those values that are read for each call.
fn from_ready(call: &mut Call<'_, '_>, page: Page<'_>, select: &[&'static Field], mut kept: Kept) -> Result<String> {
    let missing: Vec<i64> = page.ids.iter().copied().filter(|it| !kept.ready.contains_key(it)).collect();
    if !missing.is_empty() {
        make_ready(call, Page { ids: &missing, ..page }, select, &mut kept)?;
    }
    let live = Live::read(call, page, select)?;
    let view = page.view(call);
    let length = kept.ready.values().map(|it| it.text.len() + 32 * it.gaps.len()).sum();
    Ok(listed(length, page.ids, |page, id| {
        let (Some(ready), Some(values)) = (kept.ready.get(&id), live.of(id)) else { return false };
        let (mut from, mut values) = (0, values.iter());
        for gap in &ready.gaps {
            page.push_str(&ready.text[from..gap.at]);
            from = gap.at;
            match gap.of {
                Late::Read => page.push_str(values.next().map_or("", |it| &live.text[it.clone()])),
                Late::Recent(field, at) => write_value(page, field, at.map_or(ValueRef::Null, ValueRef::Int), view),
            }
        }
        page.push_str(&ready.text[from..]);
        true
    }))
}

/// Makes records ready that are not.
fn make_ready(call: &mut Call<'_, '_>, page: Page<'_>, select: &[&'static Field], kept: &mut Kept) -> Result<()> {
    let columns = columns(call, page, select, |it| is_followed(page.entity, it))?;
    let view = page.view(call);
    let mut made = Vec::with_capacity(page.ids.len());
    call.tx.each(&query(call, page, &columns), |cells| {
        let (mut text, mut gaps) = (String::with_capacity(2048), Vec::new());
        let id = cells.int(0)?;
        write_record(&mut text, (id, cells), &columns, view, Some(&mut gaps))?;
        made.push((id, Arc::new(Ready { text: text.into(), gaps: gaps.into() })));
        Ok(())
    })?;
    call.index.keep(call.tx, kept.shape, &made);
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
        let fields: Vec<&'static Field> = select.iter().copied().filter(|it| !is_followed(page.entity, it)).collect();
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
