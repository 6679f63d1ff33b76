//! One field of everyone, in the form that suits its values.

use super::{
    column::{Column, Key},
    times::{Span, Times},
};
use crate::{
    field::{Field, Kind, Stored},
    filter::{Cond, Test},
};
use muster_db::Value;
use roaring::RoaringBitmap;

/// The values of a field: each value with who has it, or, of instants, each record's own.
pub(super) enum Held {
    Values(Box<Column>),
    Times(Times),
}

impl Held {
    pub(super) fn new(field: &Field, is_searched: bool) -> Held {
        match (field.kind, field.stored) {
            (Kind::Instant(_), Stored::Column(_)) => Held::Times(Times::default()),
            _ => Held::Values(Box::new(Column::new(field.kind, is_searched))),
        }
    }

    /// Gives a record these values in place of those that it has.
    pub(super) fn put(&mut self, id: u32, keys: Vec<Key>) {
        match self {
            Held::Values(column) => column.put(id, keys),
            Held::Times(times) => {
                times.put(id, keys.first().and_then(|it| if let Key::Int(at) = it { Some(*at) } else { None }));
            }
        }
    }

    /// Everyone who has a value.
    pub(super) fn has(&self) -> &RoaringBitmap {
        match self {
            Held::Values(column) => column.has(),
            Held::Times(times) => times.has(),
        }
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Held::Values(column) => column.len(),
            Held::Times(times) => times.len(),
        }
    }

    /// A value that so many come before.
    pub(super) fn nth(&self, number: usize) -> Option<Value> {
        match self {
            Held::Values(column) => column.keys().nth(number).map(|key| match key {
                Key::Int(it) => Value::Int(*it),
                Key::Text(it) => Value::Text(it.to_string()),
            }),
            Held::Times(times) => times.nth(number).map(Value::Int),
        }
    }
}

/// Whether two fields have the same values, which are compared alike: two names for one column.
pub(super) fn is_same(one: &Field, other: &Field) -> bool {
    let is_text = |it: &Field| matches!(it.kind, Kind::Text | Kind::Image | Kind::File);
    let key = |it: &Field| it.key.map(|key| key.column);
    is_text(one) == is_text(other)
        && key(one) == key(other)
        && match (one.stored, other.stored) {
            (Stored::Column(one), Stored::Column(other)) => one == other,
            (
                Stored::Link { table, owner, value },
                Stored::Link { table: other_table, owner: other_owner, value: other_value },
            ) => (table, owner, value) == (other_table, other_owner, other_value),
            _ => false,
        }
}

/// The span that a condition on an instant asks for.
pub(super) fn span(cond: &Cond) -> Option<Span> {
    let least = i64::MIN + 1;
    match cond {
        Cond::Between(_, Value::Int(low), Value::Int(high)) => Some((*low, *high)),
        Cond::Field(_, test, Value::Int(at)) => match test {
            Test::Lt => Some((least, at.saturating_sub(1))),
            Test::Le => Some((least, *at)),
            Test::Gt => Some((at.saturating_add(1), i64::MAX)),
            Test::Ge => Some((*at, i64::MAX)),
            Test::Eq | Test::Plain => Some((*at, *at)),
            Test::Contains | Test::Like | Test::Between => None,
        },
        _ => None,
    }
}
