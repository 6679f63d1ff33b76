//! One instant of everyone. Most differ from all others, so nothing is kept beside the instants in their order and whose
//! they are.

use roaring::{MultiOps as _, RoaringBitmap};

/// The most instants of a block, unless all of it is one instant.
const MOST: usize = 256;
/// What stands for no instant.
const NONE: i64 = i64::MIN;

/// From one instant to another one, both included.
pub(super) type Span = (i64, i64);

/// Every instant there may be.
pub(super) const ALWAYS: Span = (NONE + 1, i64::MAX);

/// All instants in their order, in blocks.
#[derive(Default)]
pub(super) struct Times {
    /// An instant that several records have is in one block alone.
    blocks: Vec<Block>,
    /// The instant of each record.
    of: Vec<i64>,
    has: RoaringBitmap,
    /// How often an instant has changed.
    changes: u64,
}

/// Neighbouring instants, never none, and who has any of them.
struct Block {
    moments: Vec<(i64, u32)>,
    owners: RoaringBitmap,
}

impl Block {
    fn of(moments: Vec<(i64, u32)>) -> Block {
        let mut ids: Vec<u32> = moments.iter().map(|it| it.1).collect();
        ids.sort_unstable();
        Block { owners: RoaringBitmap::from_sorted_iter(ids).unwrap_or_default(), moments }
    }

    fn first(&self) -> i64 {
        self.moments.first().map_or(NONE, |it| it.0)
    }

    fn last(&self) -> i64 {
        self.moments.last().map_or(NONE, |it| it.0)
    }

    /// Those of a span.
    fn within(&self, (low, high): Span) -> &[(i64, u32)] {
        let from = self.moments.partition_point(|it| it.0 < low);
        let until = self.moments.partition_point(|it| it.0 <= high);
        self.moments.get(from..until).unwrap_or_default()
    }

    fn is_within(&self, (low, high): Span) -> bool {
        low <= self.first() && self.last() <= high
    }
}

impl Times {
    fn at(&self, id: u32) -> i64 {
        self.of.get(id as usize).copied().unwrap_or(NONE)
    }

    /// Gives a record this instant in place of the one that it has.
    pub(super) fn put(&mut self, id: u32, at: Option<i64>) {
        let (before, at) = (self.at(id), at.unwrap_or(NONE));
        if before == at {
            return;
        }
        self.changes += 1;
        if before != NONE {
            self.remove((before, id));
        }
        if self.of.len() <= id as usize {
            self.of.resize(id as usize + 1, NONE);
        }
        if let Some(place) = self.of.get_mut(id as usize) {
            *place = at;
        }
        if at == NONE {
            self.has.remove(id);
        } else {
            self.has.insert(id);
            self.insert((at, id));
        }
    }

    /// The number of the block that an instant belongs to.
    fn place(&self, at: i64) -> usize {
        self.blocks.partition_point(|it| it.first() <= at).saturating_sub(1)
    }

    fn insert(&mut self, moment: (i64, u32)) {
        let place = self.place(moment.0);
        let Some(block) = self.blocks.get_mut(place) else {
            self.blocks.push(Block::of(vec![moment]));
            return;
        };
        let at = block.moments.partition_point(|it| *it < moment);
        block.moments.insert(at, moment);
        block.owners.insert(moment.1);
        if block.moments.len() > MOST {
            // What is loaded in order fills one block after the other.
            let in_order = place + 1 == self.blocks.len() && at + 1 > MOST;
            self.divide(place, in_order);
        }
    }

    fn divide(&mut self, place: usize, at_the_end: bool) {
        let Some(block) = self.blocks.get_mut(place) else { return };
        let middle = if at_the_end { block.moments.len() - 1 } else { block.moments.len() / 2 };
        let instant = block.moments.get(middle).map_or(NONE, |it| it.0);
        let mut cut = block.moments.partition_point(|it| it.0 < instant);
        if cut == 0 {
            cut = block.moments.partition_point(|it| it.0 <= instant);
        }
        if cut == block.moments.len() {
            return;
        }
        let right = Block::of(block.moments.split_off(cut));
        block.owners -= &right.owners;
        self.blocks.insert(place + 1, right);
    }

    fn remove(&mut self, moment: (i64, u32)) {
        let place = self.place(moment.0);
        let Some(block) = self.blocks.get_mut(place) else { return };
        if let Ok(at) = block.moments.binary_search(&moment) {
            block.moments.remove(at);
            block.owners.remove(moment.1);
        }
        if block.moments.is_empty() {
            self.blocks.remove(place);
        }
    }

    /// Everyone who has an instant.
    pub(super) fn has(&self) -> &RoaringBitmap {
        &self.has
    }

    /// How often an instant has changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Where a record's instant stands in the order of all; 0 if it has none.
    pub(super) fn label(&self, id: u32) -> u64 {
        self.at(id).cast_unsigned() ^ (1 << 63)
    }

    pub(super) fn len(&self) -> usize {
        usize::try_from(self.has.len()).unwrap_or(usize::MAX)
    }

    /// The instant that so many come before.
    pub(super) fn nth(&self, mut number: usize) -> Option<i64> {
        for block in &self.blocks {
            match block.moments.get(number) {
                Some(moment) => return Some(moment.0),
                None => number -= block.moments.len(),
            }
        }
        None
    }

    fn overlapping(&self, (low, high): Span) -> &[Block] {
        let from = self.blocks.partition_point(|it| it.last() < low);
        let until = self.blocks.partition_point(|it| it.first() <= high);
        self.blocks.get(from..until).unwrap_or_default()
    }

    /// How many have an instant in a span.
    pub(super) fn count(&self, span: Span) -> u64 {
        let len = |it: &Block| if it.is_within(span) { it.moments.len() } else { it.within(span).len() };
        self.overlapping(span).iter().map(|it| len(it) as u64).sum()
    }

    /// Those of a few who have an instant in a span.
    pub(super) fn among(&self, few: &RoaringBitmap, (low, high): Span) -> RoaringBitmap {
        few.iter().filter(|id| (low..=high).contains(&self.at(*id)) && self.at(*id) != NONE).collect()
    }

    /// Everyone who has an instant in a span.
    pub(super) fn within(&self, span: Span) -> RoaringBitmap {
        let (low, high) = span;
        if low > high {
            return RoaringBitmap::new();
        }
        if 2 * self.count(span) <= self.has.len() {
            return self.union(span);
        }
        let before = if low > ALWAYS.0 { self.union((ALWAYS.0, low - 1)) } else { RoaringBitmap::new() };
        let after = if high < ALWAYS.1 { self.union((high + 1, ALWAYS.1)) } else { RoaringBitmap::new() };
        &self.has - (before | after)
    }

    fn union(&self, span: Span) -> RoaringBitmap {
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        for block in self.overlapping(span) {
            if block.is_within(span) {
                whole.push(&block.owners);
            } else {
                parts.extend(block.within(span).iter().map(|it| it.1));
            }
        }
        parts.sort_unstable();
        whole.into_iter().union() | RoaringBitmap::from_sorted_iter(parts).unwrap_or_default()
    }

    /// The instants of a span in their order, in blocks, with who has any of a block: at the ends of the span also those
    /// who are outside of it.
    pub(super) fn blocks(&self, span: Span) -> impl DoubleEndedIterator<Item = (&[(i64, u32)], &RoaringBitmap)> {
        self.overlapping(span).iter().map(move |it| (it.within(span), &it.owners))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chance;

    /// Spans are what the instants are, whatever comes and goes.
    #[test]
    fn spans_are_those_who_are_in_them() {
        let mut chance = Chance::seeded(7);
        let mut below = move |most: u64| i64::try_from(chance.below(most)).unwrap();
        let mut times = Times::default();
        let mut plain: Vec<Option<i64>> = vec![None; 6_000];
        for turn in 0..20_000_u32 {
            let id = u32::try_from(below(6_000)).unwrap();
            // Many of one instant, and many in order.
            let at = match turn % 4 {
                0 => Some(500),
                1 => Some(i64::from(turn)),
                2 => Some(below(9_000)),
                _ => Some(below(3)).filter(|it| *it > 0),
            };
            times.put(id, at);
            plain[id as usize] = at;
            if turn % 100 != 0 {
                continue;
            }
            let (one, other) = (below(10_000), below(20_000));
            for span in [(one, other), (one, ALWAYS.1), (ALWAYS.0, other), (500, 500), ALWAYS] {
                let is_in = |at: &Option<i64>| at.is_some_and(|it| span.0 <= it && it <= span.1);
                let ids = (0..).zip(&plain).filter(|it| is_in(it.1)).map(|it| it.0);
                let expected: RoaringBitmap = ids.collect();
                assert_eq!(times.within(span), expected, "{turn}: {span:?}");
                assert_eq!(times.count(span), expected.len());
                assert_eq!(times.among(times.has(), span), expected);
                let walked: Vec<(i64, u32)> = times.blocks(span).flat_map(|it| it.0.to_vec()).collect();
                assert!(walked.is_sorted() && walked.len() as u64 == expected.len());
            }
        }
        assert!(times.blocks.len() > 5, "there are blocks");
        let ends = times.blocks.windows(2).all(|it| it[0].last() < it[1].first());
        assert!(ends, "an instant is in one block alone");
    }
}
