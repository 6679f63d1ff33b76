//! Neighbouring values taken together: who has any of a hundred dates is one bitmap, not a hundred to be united.

use super::{
    column::Key,
    owners::{Ids, union},
};
use roaring::RoaringBitmap;
use std::{collections::BTreeMap, ops::Bound};

/// The most values of a block.
const MOST: usize = 128;

/// All values in their order, in blocks.
#[derive(Default)]
pub(super) struct Blocks {
    /// By the least value that belongs to each. The first one takes whatever is less, too.
    blocks: BTreeMap<Key, Block>,
}

#[derive(Default)]
struct Block {
    values: usize,
    owners: RoaringBitmap,
}

/// A part of a range of values.
pub(super) enum Piece<'b> {
    /// A whole block.
    Owners(&'b RoaringBitmap),
    /// Values to be taken one by one.
    Values(Bound<Key>, Bound<Key>),
}

impl Blocks {
    fn start(&self, key: &Key) -> Option<&Key> {
        let below = self.blocks.range(..=key).next_back();
        below.or_else(|| self.blocks.first_key_value()).map(|(start, _)| start)
    }

    /// Whether a block that begins here is the first one.
    pub(super) fn is_first(&self, start: &Key) -> bool {
        self.blocks.keys().next() == Some(start)
    }

    fn block(&mut self, key: &Key) -> &mut Block {
        let start = self.start(key).unwrap_or(key).clone();
        self.blocks.entry(start).or_default()
    }

    /// Takes in a new value. Answers where its block is to be divided, if it has become too large.
    pub(super) fn add(&mut self, key: &Key) -> Option<(Key, Option<Key>)> {
        let block = self.block(key);
        block.values += 1;
        if block.values <= MOST {
            return None;
        }
        let start = self.start(key)?.clone();
        let end = self.blocks.range((Bound::Excluded(&start), Bound::Unbounded)).next();
        Some((start.clone(), end.map(|(end, _)| end.clone())))
    }

    /// Divides a block: these are its values, in order, with who has each.
    pub(super) fn divide(&mut self, start: &Key, values: &[(&Key, Ids<'_>)]) {
        let (left, right) = values.split_at(values.len() / 2);
        let (Some((first, _)), Some((middle, _))) = (left.first(), right.first()) else { return };
        let block = |part: &[(&Key, Ids<'_>)]| Block { values: part.len(), owners: union(part.iter().map(|it| it.1)) };
        // The first block may hold what is less than its start.
        self.blocks.remove(start);
        self.blocks.insert((*first).clone(), block(left));
        self.blocks.insert((*middle).clone(), block(right));
    }

    /// Forgets a value that no one has.
    pub(super) fn forget(&mut self, key: &Key) {
        let Some(start) = self.start(key).cloned() else { return };
        if let Some(block) = self.blocks.get_mut(&start) {
            block.values = block.values.saturating_sub(1);
            if block.values == 0 {
                self.blocks.remove(&start);
            }
        }
    }

    pub(super) fn insert(&mut self, key: &Key, id: u32) {
        self.block(key).owners.insert(id);
    }

    pub(super) fn remove(&mut self, key: &Key, id: u32) {
        self.block(key).owners.remove(id);
    }

    /// A range that is not empty, in pieces.
    pub(super) fn pieces(&self, low: Bound<Key>, high: Bound<Key>) -> Vec<Piece<'_>> {
        let first = match &low {
            Bound::Unbounded => None,
            Bound::Included(key) | Bound::Excluded(key) => self.start(key),
        };
        let from = first.map_or(Bound::Unbounded, Bound::Included);
        let mut whole: Vec<(&Key, &Block, Option<&Key>)> = Vec::new();
        let mut blocks = self.blocks.range((from, Bound::Unbounded)).peekable();
        while let Some((start, block)) = blocks.next() {
            let is_behind = match &high {
                Bound::Unbounded => false,
                Bound::Included(key) => start > key,
                Bound::Excluded(key) => start >= key,
            };
            if is_behind {
                break;
            }
            let end = blocks.peek().map(|(end, _)| *end);
            let begins_inside = match &low {
                Bound::Unbounded => true,
                // The first block holds what is less than its start, too.
                Bound::Included(key) => key <= start && !self.is_first(start),
                Bound::Excluded(_) => false,
            };
            let ends_inside = match (&high, end) {
                (Bound::Unbounded, _) => true,
                (Bound::Included(key) | Bound::Excluded(key), Some(end)) => key >= end,
                (_, None) => false,
            };
            if begins_inside && ends_inside {
                whole.push((start, block, end));
            }
        }
        // What is inside is a row of neighbours, with single values before and after it.
        let (Some((first, ..)), Some((.., end))) = (whole.first(), whole.last()) else {
            return vec![Piece::Values(low, high)];
        };
        let mut pieces = Vec::with_capacity(whole.len() + 2);
        if !matches!(low, Bound::Unbounded) {
            pieces.push(Piece::Values(low, Bound::Excluded((*first).clone())));
        }
        if let Some(end) = end {
            pieces.push(Piece::Values(Bound::Included((*end).clone()), high));
        }
        pieces.extend(whole.iter().map(|(_, block, _)| Piece::Owners(&block.owners)));
        pieces
    }
}
