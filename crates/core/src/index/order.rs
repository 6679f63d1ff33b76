//! A page of what was found, in any order.

use super::{
    column::Column,
    held::Held,
    owners::Ids,
    table::{Outside, Table},
    times::{ALWAYS, Span, Times},
};
use crate::{field::Field, filter::Cond};
use roaring::RoaringBitmap;
use std::ops::Bound::Unbounded;

/// Fewer records than this are sorted; of more, the values are walked in their order.
const FEW: u64 = 2_000;

/// What to sort by: the ID, or a field, and whether from the greatest to the least.
enum By<'t> {
    Id(bool),
    Values(&'t Column, bool),
    /// Instants, of which all that are to be sorted are in this span.
    Times(&'t Times, bool, Span),
}

/// What a page is made of: what was found by which condition, in which order, and how much of it is passed over and wanted.
pub(super) struct Asked<'q> {
    pub(super) cond: &'q Cond,
    pub(super) outside: &'q Outside,
    pub(super) order: &'q [(&'static Field, bool)],
    pub(super) skip: u64,
    pub(super) most: usize,
}

/// The IDs of a page, or nothing if there is no index on a field to sort by.
pub(super) fn page(table: &Table, set: &RoaringBitmap, asked: &Asked<'_>) -> Option<Vec<u32>> {
    let mut by = Vec::new();
    for (field, descending) in asked.order {
        by.push(match table.held(field) {
            Some(Held::Values(column)) => By::Values(column, *descending),
            Some(Held::Times(times)) => {
                By::Times(times, *descending, table.span_of(asked.cond, times, asked.outside).unwrap_or(ALWAYS))
            }
            None if table.is_id(field) => By::Id(*descending),
            None => return None,
        });
    }
    let mut page = Page { skip: asked.skip, most: asked.most, ids: Vec::new() };
    page.pick(set, &by);
    Some(page.ids)
}

struct Page {
    /// How many more records come before the page.
    skip: u64,
    /// How many it has room for.
    most: usize,
    ids: Vec<u32>,
}

impl Page {
    fn room(&self) -> usize {
        self.most - self.ids.len()
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
            Some(_) if len <= FEW => self.sorted(set, by),
            Some((By::Values(column, descending), rest)) => {
                if column.is_many() {
                    self.sorted(set, by);
                } else {
                    self.walk(set, column, *descending, rest);
                }
            }
            Some((By::Times(times, descending, span), rest)) => {
                let without = if *span == ALWAYS { set - times.has() } else { RoaringBitmap::new() };
                if *descending {
                    times.blocks(*span).rev().for_each(|it| self.block(set, it, true, rest));
                    self.pick(&without, rest);
                } else {
                    self.pick(&without, rest);
                    times.blocks(*span).for_each(|it| self.block(set, it, false, rest));
                }
            }
        }
    }

    /// Goes through a block of instants, unless all of it comes before the page or has nothing of the set.
    fn block(
        &mut self,
        set: &RoaringBitmap,
        (moments, owners): (&[(i64, u32)], &RoaringBitmap),
        descending: bool,
        rest: &[By<'_>],
    ) {
        if self.room() == 0 {
            return;
        }
        let len = owners.intersection_len(set);
        if len <= self.skip {
            self.skip -= len;
            return;
        }
        let groups = moments.chunk_by(|one, next| one.0 == next.0);
        if descending {
            groups.rev().for_each(|it| self.instant(set, it, rest));
        } else {
            groups.for_each(|it| self.instant(set, it, rest));
        }
    }

    /// Those of one instant, in the order of what else is sorted by.
    fn instant(&mut self, set: &RoaringBitmap, moments: &[(i64, u32)], rest: &[By<'_>]) {
        match moments {
            _ if self.room() == 0 => {}
            [(_, id)] if !set.contains(*id) => {}
            [_] if self.skip > 0 => self.skip -= 1,
            [(_, id)] => self.ids.push(*id),
            several => {
                let group: RoaringBitmap = several.iter().map(|it| it.1).filter(|id| set.contains(*id)).collect();
                self.pick(&group, rest);
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

    fn groups<'a>(&mut self, set: &RoaringBitmap, values: impl Iterator<Item = Ids<'a>>, rest: &[By<'_>]) {
        for owners in values {
            if self.room() == 0 {
                return;
            }
            let len = owners.len_in(set);
            if len <= self.skip {
                self.skip -= len;
            } else {
                self.pick(&owners.within(set), rest);
            }
        }
    }

    fn sorted(&mut self, set: &RoaringBitmap, by: &[By<'_>]) {
        let label = |id: u32, by: &By<'_>| match by {
            By::Id(false) => u64::from(id),
            By::Id(true) => !u64::from(id),
            By::Values(column, false) => column.label(id),
            By::Values(column, true) => !column.label(id),
            By::Times(times, false, _) => times.label(id),
            By::Times(times, true, _) => !times.label(id),
        };
        let skip = usize::try_from(std::mem::take(&mut self.skip)).unwrap_or(usize::MAX);
        let until = skip.saturating_add(self.room());
        let found = match by {
            [one] => least(set.iter().map(|id| (label(id, one), id)).collect(), until),
            all => least(
                set.iter().map(|id| (all.iter().map(|it| label(id, it)).collect::<Vec<_>>(), id)).collect(),
                until,
            ),
        };
        self.ids.extend(found.into_iter().skip(skip));
    }
}

/// The IDs of so many of the least, in their order.
fn least<T: Ord>(mut all: Vec<(T, u32)>, many: usize) -> Vec<u32> {
    if many < all.len() {
        all.select_nth_unstable(many);
        all.truncate(many);
    }
    all.sort_unstable();
    all.into_iter().map(|it| it.1).collect()
}
