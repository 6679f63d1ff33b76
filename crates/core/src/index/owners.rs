//! Who has a value. Of most values that is one record, for which a bitmap would be a hundred times too large.

use roaring::{MultiOps as _, RoaringBitmap};

/// Who has a value.
pub(super) enum Owners {
    One(u32),
    Many(Box<RoaringBitmap>),
}

impl Default for Owners {
    fn default() -> Owners {
        Owners::Many(Box::default())
    }
}

impl Owners {
    pub(super) fn insert(&mut self, id: u32) {
        match self {
            Owners::Many(ids) if ids.is_empty() => *self = Owners::One(id),
            Owners::Many(ids) => {
                ids.insert(id);
            }
            Owners::One(other) if *other != id => *self = Owners::Many(Box::new([*other, id].into())),
            Owners::One(_) => {}
        }
    }

    /// Takes a record away. Answers whether no one is left.
    pub(super) fn remove(&mut self, id: u32) -> bool {
        match self {
            Owners::One(other) if *other == id => *self = Owners::default(),
            Owners::One(_) => {}
            Owners::Many(ids) => {
                ids.remove(id);
            }
        }
        matches!(self, Owners::Many(ids) if ids.is_empty())
    }

    pub(super) fn ids(&self) -> Ids<'_> {
        match self {
            Owners::One(id) => Ids::One(*id),
            Owners::Many(ids) => Ids::Many(ids),
        }
    }
}

/// Some records, of which many such are put together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ids<'o> {
    One(u32),
    Many(&'o RoaringBitmap),
}

impl Ids<'_> {
    pub(super) fn len(self) -> u64 {
        match self {
            Ids::One(_) => 1,
            Ids::Many(ids) => ids.len(),
        }
    }

    /// How many of a set are in it.
    pub(super) fn len_in(self, set: &RoaringBitmap) -> u64 {
        match self {
            Ids::One(id) => u64::from(set.contains(id)),
            Ids::Many(ids) => ids.intersection_len(set),
        }
    }

    /// Those of a set that are in it.
    pub(super) fn within(self, set: &RoaringBitmap) -> RoaringBitmap {
        match self {
            Ids::One(id) if set.contains(id) => [id].into(),
            Ids::One(_) => RoaringBitmap::new(),
            Ids::Many(ids) => ids & set,
        }
    }
}

/// All that is in any of these.
pub(super) fn union<'o>(parts: impl IntoIterator<Item = Ids<'o>>) -> RoaringBitmap {
    let (mut ones, mut many) = (Vec::new(), Vec::new());
    for ids in parts {
        match ids {
            Ids::One(id) => ones.push(id),
            Ids::Many(all) => many.push(all),
        }
    }
    ones.sort_unstable();
    ones.dedup();
    let ones = RoaringBitmap::from_sorted_iter(ones).unwrap_or_default();
    match many.as_slice() {
        [] => ones,
        [one] => *one | ones,
        _ => many.into_iter().union() | ones,
    }
}
