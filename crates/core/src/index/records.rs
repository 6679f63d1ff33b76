//! Records that are kept ready: written once as JSON text, until they change.
//!
//! Reading a wide row and writing its fields takes most of the time of a page of whole records. What the entity's own
//! table holds changes only where the table of changes says so, so its text is kept. What changes without that, such as
//! the value of a custom field, is left out of the text, and read and put in for each call; so is what depends on the
//! time, such as who is online, which is told from what is kept.

use crate::field::Field;
use std::{collections::HashMap, mem, ptr, sync::Arc};

/// What a record's text depends on beside the record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The addresses of its fields, in their order: a field is declared once and never moved.
    fields: Vec<usize>,
    base_url: String,
    picture: &'static str,
}

impl Shape {
    pub(crate) fn new(fields: &[&'static Field], base_url: &str, picture: &'static str) -> Shape {
        let fields = fields.iter().map(|it| ptr::from_ref(*it).addr()).collect();
        Shape { fields, base_url: base_url.to_owned(), picture }
    }
}

/// A record's text without the values that are read for each call.
pub(crate) struct Ready {
    /// The object, with nothing where such a value belongs.
    pub(crate) text: Box<str>,
    /// Where in the text these values belong.
    pub(crate) gaps: Box<[Gap]>,
}

/// Where a value belongs that is not part of the text.
#[derive(Clone, Copy)]
pub(crate) struct Gap {
    pub(crate) at: usize,
    pub(crate) of: Late,
}

/// A value that is not part of the text.
#[derive(Clone, Copy)]
pub(crate) enum Late {
    /// It is read for each call.
    Read,
    /// Whether something was recently: the field, and when it was.
    Recent(&'static Field, Option<i64>),
}

impl Ready {
    /// What it takes, roughly: the text, the places, and its share of two maps.
    fn bytes(&self) -> usize {
        self.text.len() + size_of_val(&*self.gaps) + 96
    }
}

/// The most shapes; with one more, all begins anew. A client asks for few, so that does not happen, and whoever asks for
/// many different ones does no harm.
const MOST_SHAPES: usize = 32;

type Generation = HashMap<(usize, u32), Arc<Ready>>;

/// Ready records, up to a number of bytes. They are in two generations: what is used moves into the younger one, and when
/// that has half of the room, the older one goes.
pub(super) struct Records {
    most: usize,
    shapes: Vec<Shape>,
    young: Generation,
    young_bytes: usize,
    old: Generation,
    old_bytes: usize,
}

impl Records {
    /// An empty set that may take this many bytes.
    pub(super) fn new(most: usize) -> Records {
        Records { most, shapes: Vec::new(), young: HashMap::new(), young_bytes: 0, old: HashMap::new(), old_bytes: 0 }
    }

    /// The number that stands for a shape.
    pub(super) fn shape(&mut self, shape: Shape) -> usize {
        if let Some(known) = self.shapes.iter().position(|it| *it == shape) {
            return known;
        }
        if self.shapes.len() == MOST_SHAPES {
            self.clear();
        }
        self.shapes.push(shape);
        self.shapes.len() - 1
    }

    pub(super) fn get(&mut self, shape: usize, id: u32) -> Option<Arc<Ready>> {
        if let Some(found) = self.young.get(&(shape, id)) {
            return Some(Arc::clone(found));
        }
        let found = self.old.remove(&(shape, id))?;
        self.old_bytes -= found.bytes();
        self.put(shape, id, Arc::clone(&found));
        Some(found)
    }

    pub(super) fn put(&mut self, shape: usize, id: u32, ready: Arc<Ready>) {
        if self.young_bytes + ready.bytes() > self.most / 2 {
            self.old = mem::take(&mut self.young);
            self.old_bytes = mem::take(&mut self.young_bytes);
        }
        if let Some(before) = self.old.remove(&(shape, id)) {
            self.old_bytes -= before.bytes();
        }
        self.young_bytes += ready.bytes();
        if let Some(before) = self.young.insert((shape, id), ready) {
            self.young_bytes -= before.bytes();
        }
    }

    /// Forgets what has changed.
    pub(super) fn forget(&mut self, ids: impl Iterator<Item = u32>) {
        for id in ids {
            for shape in 0..self.shapes.len() {
                if let Some(before) = self.young.remove(&(shape, id)) {
                    self.young_bytes -= before.bytes();
                }
                if let Some(before) = self.old.remove(&(shape, id)) {
                    self.old_bytes -= before.bytes();
                }
            }
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Records::new(self.most);
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.young_bytes + self.old_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(length: usize) -> Arc<Ready> {
        Arc::new(Ready { text: "x".repeat(length).into(), gaps: Box::default() })
    }

    #[test]
    fn they_stay_within_their_room() {
        let mut records = Records::new(20_000);
        let shape = records.shape(Shape::new(&[], "", ""));
        for id in 0..1000 {
            records.put(shape, id, ready(900));
            assert!(records.get(shape, 0).is_some(), "what is used stays: {id}");
            assert!(records.bytes() <= 20_000, "{id}: {}", records.bytes());
        }
        assert!(records.get(shape, 500).is_none());
        let held: usize = records.young.values().chain(records.old.values()).map(|it| it.bytes()).sum();
        assert_eq!(held, records.bytes());
        records.forget([0, 999].into_iter());
        assert!(records.get(shape, 0).is_none() && records.get(shape, 999).is_none());
        records.forget(0..1000);
        assert_eq!(records.bytes(), 0);
    }

    #[test]
    fn there_are_few_shapes() {
        let mut records = Records::new(1000);
        let shape = |number: usize| Shape::new(&[], &number.to_string(), "");
        for number in 0..MOST_SHAPES {
            assert_eq!(records.shape(shape(number)), number);
        }
        records.put(3, 1, ready(10));
        assert_eq!(records.shape(shape(3)), 3);
        assert!(records.get(3, 1).is_some());
        assert_eq!(records.shape(shape(MOST_SHAPES)), 0);
        assert!(records.get(3, 1).is_none() && records.bytes() == 0);
    }
}
