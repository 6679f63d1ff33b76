//! A page of what was found, in any order.

use super::{column::Column, table::Table};
use crate::{field::Field, list::PAGE};
use roaring::RoaringBitmap;
use std::ops::Bound::Unbounded;

/// Fewer records than this are sorted; of more, the values are walked in their order.
const FEW: u64 = 2_000;

/// What to sort by: the ID, or a column, and whether from the greatest to the least.
enum By<'t> {
    Id(bool),
    Column(&'t Column, bool),
}

/// The IDs of a page, or nothing if there is no index on a field to sort by.
pub(super) fn page(
    table: &Table,
    set: &RoaringBitmap,
    order: &[(&'static Field, bool)],
    skip: u64,
) -> Option<Vec<u32>> {
    let mut by = Vec::new();
    for (field, descending) in order {
        by.push(if field.name == "ID" {
            By::Id(*descending)
        } else {
            By::Column(table.column(field.name)?, *descending)
        });
    }
    let mut page = Page { skip, ids: Vec::new() };
    page.pick(set, &by);
    Some(page.ids)
}

struct Page {
    /// How many more records come before the page.
    skip: u64,
    ids: Vec<u32>,
}

impl Page {
    fn room(&self) -> usize {
        usize::try_from(PAGE).unwrap_or(0) - self.ids.len()
    }

    fn pick(&mut self, set: &RoaringBitmap, by: &[By<'_>]) {
        if self.room() == 0 {
            return;
        }
        let len = set.len();
        if len <= self.skip {
            self.skip -= len;
            return;
        }
        match by.split_first() {
            None => self.by_id(set, false),
            Some((By::Id(descending), _)) => self.by_id(set, *descending),
            Some((By::Column(column, descending), rest)) => {
                if len <= FEW || column.is_many() {
                    self.sorted(set, by);
                } else {
                    self.walk(set, column, *descending, rest);
                }
            }
        }
    }

    fn by_id(&mut self, set: &RoaringBitmap, descending: bool) {
        let skip = u32::try_from(std::mem::take(&mut self.skip)).unwrap_or(u32::MAX);
        let room = self.room();
        if descending {
            let last = u32::try_from(set.len() - 1).unwrap_or(u32::MAX);
            let from = last.checked_sub(skip).and_then(|it| set.select(it));
            self.ids.extend(from.into_iter().flat_map(|it| set.range(..=it).rev().take(room)));
        } else {
            self.ids.extend(set.select(skip).into_iter().flat_map(|it| set.range(it..).take(room)));
        }
    }

    /// Goes from value to value, those without one before all others.
    fn walk(&mut self, set: &RoaringBitmap, column: &Column, descending: bool, rest: &[By<'_>]) {
        let values = column.range((Unbounded, Unbounded)).map(|it| it.1);
        if descending {
            self.groups(set, values.rev(), rest);
            self.pick(&(set - column.has()), rest);
        } else {
            self.pick(&(set - column.has()), rest);
            self.groups(set, values, rest);
        }
    }

    fn groups<'a>(&mut self, set: &RoaringBitmap, values: impl Iterator<Item = &'a RoaringBitmap>, rest: &[By<'_>]) {
        for owners in values {
            if self.room() == 0 {
                return;
            }
            let len = owners.intersection_len(set);
            if len <= self.skip {
                self.skip -= len;
            } else {
                self.pick(&(owners & set), rest);
            }
        }
    }

    fn sorted(&mut self, set: &RoaringBitmap, by: &[By<'_>]) {
        let label = |id: u32, by: &By<'_>| match by {
            By::Id(false) => u64::from(id),
            By::Id(true) => !u64::from(id),
            By::Column(column, false) => column.label(id),
            By::Column(column, true) => !column.label(id),
        };
        let mut all: Vec<(Vec<u64>, u32)> =
            set.iter().map(|id| (by.iter().map(|by| label(id, by)).collect(), id)).collect();
        all.sort_unstable();
        let skip = usize::try_from(std::mem::take(&mut self.skip)).unwrap_or(usize::MAX);
        let room = self.room();
        self.ids.extend(all.into_iter().skip(skip).take(room).map(|it| it.1));
    }
}
