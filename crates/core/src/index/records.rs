//! Records that are kept ready: written once as JSON text, until they change.
//!
//! Reading a wide row and writing its fields takes most of the time of a page of whole records. What the entity's own
//! table holds changes only where the table of changes says so, so its text is kept. What changes without that, such as
//! the value of a custom field, is left out of the text, and read and put in for each call; so is what depends on the
//! time, such as who is online, which is told from what is kept.

use super::aged::Aged;
use crate::field::Field;
use std::{ptr, sync::Arc};

/// What a record's text depends on beside the record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The addresses of its fields, in their order, and of those that are noted: a field is declared once and never moved.
    fields: Vec<usize>,
    base_url: String,
    picture: &'static str,
    /// What was made of it, if it is not the record as it is.
    made: &'static str,
}

impl Shape {
    pub(crate) fn new(
        (fields, noted): (&[&'static Field], &[&'static Field]),
        base_url: &str,
        picture: &'static str,
        made: &'static str,
    ) -> Shape {
        let addresses = |of: &[&'static Field]| of.iter().map(|it| ptr::from_ref(*it).addr()).collect::<Vec<_>>();
        let fields = [addresses(fields), vec![0], addresses(noted)].concat();
        Shape { fields, base_url: base_url.to_owned(), picture, made }
    }
}

/// A record's text without the values that are read for each call.
#[derive(Default)]
pub(crate) struct Ready {
    /// The object, with nothing where such a value belongs.
    pub(crate) text: Box<str>,
    /// Where in the text these values belong.
    pub(crate) gaps: Box<[Gap]>,
    /// The numbers that are noted of it, field by field.
    pub(crate) noted: Box<[Box<[i64]>]>,
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
    /// How long its text is with these values, roughly.
    pub(crate) fn length(&self) -> usize {
        self.text.len() + 32 * self.gaps.len()
    }

    /// What it takes, roughly: the text, the places, and its share of two maps.
    fn bytes(&self) -> usize {
        let noted = self.noted.iter().map(|it| size_of_val(it) + size_of_val(&**it)).sum::<usize>();
        self.text.len() + size_of_val(&*self.gaps) + noted + 128
    }
}

/// The most shapes; with one more, all begins anew. A client asks for few, so that does not happen, and whoever asks for
/// many different ones does no harm.
const MOST_SHAPES: usize = 32;

/// Ready records, up to a number of bytes.
pub(super) struct Records {
    most: usize,
    shapes: Vec<Shape>,
    ready: Aged<(usize, u32), Arc<Ready>>,
}

impl Records {
    /// An empty set that may take this many bytes.
    pub(super) fn new(most: usize) -> Records {
        Records { most, shapes: Vec::new(), ready: Aged::new(most) }
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
        self.ready.get(&(shape, id))
    }

    pub(super) fn put(&mut self, shape: usize, id: u32, ready: Arc<Ready>) {
        let bytes = ready.bytes();
        self.ready.put((shape, id), ready, bytes);
    }

    /// Forgets what has changed.
    pub(super) fn forget(&mut self, ids: impl Iterator<Item = u32>) {
        for id in ids {
            (0..self.shapes.len()).for_each(|shape| self.ready.forget(&(shape, id)));
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Records::new(self.most);
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.ready.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(length: usize) -> Arc<Ready> {
        Arc::new(Ready { text: "x".repeat(length).into(), ..Ready::default() })
    }

    #[test]
    fn what_has_changed_is_forgotten_in_every_shape() {
        let mut records = Records::new(20_000);
        let shapes = ["one", "other"].map(|it| records.shape(Shape::new((&[], &[]), it, "", "")));
        for id in 0..3 {
            shapes.iter().for_each(|shape| records.put(*shape, id, ready(900)));
        }
        records.forget([0, 2].into_iter());
        for shape in shapes {
            let known = [0, 1, 2].map(|id| records.get(shape, id).is_some());
            assert_eq!(known, [false, true, false]);
        }
        records.forget(0..3);
        assert_eq!(records.bytes(), 0);
    }

    #[test]
    fn there_are_few_shapes() {
        let mut records = Records::new(1000);
        let shape = |number: usize| Shape::new((&[], &[]), &number.to_string(), "", "");
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
