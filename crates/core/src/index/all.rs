//! The indexes of all kinds of records that have one.

use super::{Index, Spec};
use crate::field::Entity;

/// One index for each kind of record that a module declares one for.
#[derive(Default)]
pub struct Indexes(Vec<Index>);

impl Indexes {
    /// Indexes that are not loaded yet, each of at most so many records, which keep so many bytes of records ready.
    pub fn new(specs: impl Iterator<Item = (&'static Spec, u64)>, ready_bytes: usize) -> Indexes {
        Indexes(specs.map(|(spec, most)| Index::new(spec, most, ready_bytes)).collect())
    }

    /// All of them, in the order of the modules.
    pub fn iter(&self) -> std::slice::Iter<'_, Index> {
        self.0.iter()
    }

    /// The one that records of this entity are found by.
    pub fn of(&self, entity: &Entity) -> Option<&Index> {
        self.0.iter().find(|it| it.spec.entity.table == entity.table)
    }
}
