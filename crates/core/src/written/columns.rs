//! The fields of records that are written: how their values are read, and how they are written as JSON text.

use crate::{
    Call, Result,
    compile::Place,
    field::{Entity, Field, Kind, Stored},
    index::{Gap, Late},
    record::{View, write_text, write_value},
};
use muster_db::{Cells, DbError, Sql, ValueRef};
use std::collections::HashMap;

/// Which records are written.
#[derive(Clone, Copy)]
pub(super) struct Page<'p> {
    pub(super) entity: &'static Entity,
    pub(super) ids: &'p [i64],
    pub(super) picture: &'static str,
    /// The fields that are noted.
    pub(super) noted: &'p [&'static Field],
}

impl Page<'_> {
    pub(super) fn view<'a>(&self, call: &Call<'a, '_>) -> View<'a> {
        View { base_url: call.base_url, zone: &call.settings.time_zone, now: call.now, picture: self.picture }
    }
}

/// A field of a record that is written.
pub(super) struct Column {
    field: &'static Field,
    /// How its member of the object begins.
    begin: String,
    /// Its values by record as JSON text, if they are in rows of their own.
    pub(super) rows: Option<HashMap<i64, String>>,
    /// What it is where there is no such row.
    none: String,
    /// Whether its value is read; otherwise there is a gap for it.
    is_read: bool,
    /// Whether nothing is written where there is no value.
    is_left_out_empty: bool,
    /// Its place among the noted fields, if it is one.
    noted: Option<usize>,
    /// Whether it is noted and not written.
    is_hidden: bool,
}

impl Column {
    /// A record's value as JSON, if such are in rows of their own.
    pub(super) fn row(&self, id: i64) -> Option<&str> {
        self.rows.as_ref().map(|it| it.get(&id).unwrap_or(&self.none).as_str())
    }
}

/// What comes of writing a record beside its text.
#[derive(Default)]
pub(super) struct Beside {
    /// Whether gaps are left where values are not read, or depend on the time.
    has_gaps: bool,
    pub(super) gaps: Vec<Gap>,
    pub(super) noted: Vec<Box<[i64]>>,
}

impl Beside {
    pub(super) fn of(page: Page<'_>, has_gaps: bool) -> Beside {
        Beside { has_gaps, gaps: Vec::new(), noted: vec![Box::default(); page.noted.len()] }
    }
}

/// The columns for these fields. The values of those that are read and lie in rows of their own are read here.
pub(super) fn columns(
    call: &mut Call<'_, '_>,
    page: Page<'_>,
    fields: &[&'static Field],
    is_read: impl Fn(&Field) -> bool,
) -> Result<Vec<Column>> {
    let mut columns = Vec::with_capacity(fields.len() + page.noted.len());
    let place = |field: &Field, of: &[&'static Field]| of.iter().position(|it| it.name == field.name);
    let hidden = page.noted.iter().filter(|it| place(it, fields).is_none());
    let mut beside = Vec::new();
    for (field, is_hidden) in fields.iter().map(|it| (it, false)).chain(hidden.map(|it| (it, true))) {
        let is_read = is_read(field);
        let mut none = if field.is_many() { "[]" } else { "\"\"" }.to_owned();
        let rows = match (field.stored.rows(), usual(call, page.entity, field)) {
            _ if !is_read => None,
            (Some(_), _) => Some(read_rows(call, field, page.view(call), page.ids)?),
            (None, Some(number)) => {
                none.clear();
                write_value(&mut none, field, number.map_or(ValueRef::Null, ValueRef::Int), page.view(call));
                beside.push(*field);
                Some(HashMap::new())
            }
            (None, None) => None,
        };
        let mut begin = String::new();
        write_text(&mut begin, &page.entity.shown_name(field));
        begin.push(':');
        let noted = place(field, page.noted);
        let is_left_out_empty = page.entity.sparse;
        columns.push(Column { field, begin, rows, none, is_read, is_left_out_empty, noted, is_hidden });
    }
    read_beside(call, page, &beside, &mut columns)?;
    Ok(columns)
}

/// What a field is to whoever asks as long as there is nothing of theirs to be read, if it is such a field.
fn usual(call: &Call<'_, '_>, entity: &Entity, field: &Field) -> Option<Option<i64>> {
    let beside = call.indexes.of(entity)?.spec().beside.as_ref()?;
    beside.fields.iter().find(|it| it.0 == field.name).map(|it| it.1)
}

/// Reads what is the own of whoever asks, into the columns of these fields.
fn read_beside(
    call: &mut Call<'_, '_>,
    page: Page<'_>,
    fields: &[&'static Field],
    columns: &mut [Column],
) -> Result<()> {
    let beside = call.indexes.of(page.entity).and_then(|it| it.spec().beside.as_ref());
    let Some(beside) = beside.filter(|_| !fields.is_empty()) else { return Ok(()) };
    for (field, id, number) in (beside.read)(call, fields, page.ids)? {
        let mut text = String::new();
        write_value(&mut text, field, ValueRef::Int(number), page.view(call));
        let column = columns.iter_mut().find(|it| it.field.name == field.name);
        column.and_then(|it| it.rows.as_mut()).map(|it| it.insert(id, text));
    }
    Ok(())
}

/// The query for the IDs and the columns that are read from it.
pub(super) fn query(call: &Call<'_, '_>, page: Page<'_>, columns: &[Column]) -> Sql {
    let entity = page.entity;
    let mut sql = Sql::new("select ");
    sql.push(entity.id);
    let read: Vec<&'static Field> =
        columns.iter().filter(|it| it.is_read && it.rows.is_none()).map(|it| it.field).collect();
    for field in &read {
        match field.stored {
            Stored::Column(column) | Stored::Recent(column, _) => {
                sql.push(", ").push(column);
            }
            Stored::Computed(write) => {
                sql.push(", ");
                write(&mut sql, Place::of(call, entity));
            }
            Stored::Link { .. } | Stored::Custom { .. } | Stored::Search(_) => {}
        }
    }
    sql.push(" from ");
    entity.write_from(&mut sql, &read);
    sql.push(" where ").push(entity.id);
    sql.push(" in (").bind_all(page.ids.iter().copied()).push(")");
    sql
}

/// Writes one record. With gaps it only notes where values belong that are not read, or depend on the time.
pub(super) fn write_record(
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
        if let Some(noted) = column.noted.and_then(|it| beside.noted.get_mut(it)) {
            *noted = numbers(&text[value..]).collect();
        }
        if column.is_hidden || (column.is_left_out_empty && &text[value..] == "\"\"") {
            text.truncate(before);
        }
    }
    text.push('}');
    Ok(())
}

/// The numbers in a value as JSON: one, in quotes or not, or a list of such.
fn numbers(value: &str) -> impl Iterator<Item = i64> + '_ {
    value.split(|it: char| !it.is_ascii_digit()).filter_map(|it| it.parse().ok())
}

/// Writes the value of a column: from rows of its own, or from the next cell.
pub(super) fn write_cell(
    text: &mut String,
    (id, cells, cell): (i64, &Cells<'_>, &mut usize),
    column: &Column,
    view: View<'_>,
) -> std::result::Result<(), DbError> {
    if let Some(value) = column.row(id) {
        text.push_str(value);
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
