//! One field of everyone: its values in order, who has each, and which value each record has.

use super::{
    blocks::{Blocks, Piece},
    owners::{Ids, Owners},
    parts::{self, Parts},
};
use crate::{field::Kind, text::words};
use roaring::RoaringBitmap;
use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

/// A value as it is compared in SQL too: texts by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Int(i64),
    Text(Arc<str>),
}

/// Up to so many letters, the records that a beginning of a word finds are kept; longer ones find few values.
const PREFIX: usize = 3;
/// What stands for no value.
const NONE: u32 = u32::MAX;

#[derive(Default)]
struct Entry {
    key: Option<Key>,
    owners: Owners,
    /// In the order of the keys, with room between.
    label: u64,
    searched: Option<Box<Searched>>,
}

/// What a value is found by.
#[derive(Default)]
struct Searched {
    words: Vec<Box<str>>,
    prefixes: Vec<u32>,
}

impl Entry {
    fn prefixes(&self) -> &[u32] {
        self.searched.as_ref().map_or(&[], |it| &it.prefixes)
    }
}

/// One field of everyone.
#[derive(Default)]
pub(super) struct Column {
    numbers: BTreeMap<Key, u32>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    /// The number of each record's value; of several, the first one.
    first: Vec<u32>,
    /// The others, where there are several.
    rest: HashMap<u32, Vec<u32>>,
    has: RoaringBitmap,
    /// Whether records are found by the words of its values.
    is_searched: bool,
    /// Which values have a word, and which records have a value with a word that begins so.
    words: BTreeMap<Box<str>, Vec<u32>>,
    prefix_numbers: HashMap<Box<str>, u32>,
    prefixes: Vec<RoaringBitmap>,
    /// Of texts, which are looked for by parts.
    parts: Option<Parts>,
    /// Of dates and times, of which ranges are asked for.
    blocks: Option<Blocks>,
    /// How often anything in it has changed.
    changes: u64,
}

impl Column {
    pub(super) fn new(kind: Kind, is_searched: bool) -> Column {
        Column {
            is_searched,
            parts: (kind == Kind::Text).then(Parts::default),
            blocks: matches!(kind, Kind::Date | Kind::Instant(_)).then(Blocks::default),
            ..Column::default()
        }
    }

    /// Gives a record these values in place of those that it has.
    pub(super) fn put(&mut self, id: u32, keys: Vec<Key>) {
        if self.keys_of(id).eq(keys.iter()) {
            return;
        }
        self.changes += 1;
        self.remove(id);
        let mut numbers: Vec<u32> = Vec::with_capacity(keys.len());
        for key in keys {
            let number = self.number(key);
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        let mut numbers = numbers.into_iter();
        let Some(first) = numbers.next() else { return };
        let at = id as usize;
        if self.first.len() <= at {
            self.first.resize(at + 1, NONE);
        }
        if let Some(place) = self.first.get_mut(at) {
            *place = first;
        }
        let rest: Vec<u32> = numbers.collect();
        self.has.insert(id);
        for number in rest.iter().copied().chain([first]) {
            let Some(entry) = self.entries.get_mut(number as usize) else { continue };
            entry.owners.insert(id);
            if let (Some(blocks), Some(key)) = (&mut self.blocks, &entry.key) {
                blocks.insert(key, id);
            }
            for prefix in entry.prefixes() {
                if let Some(found) = self.prefixes.get_mut(*prefix as usize) {
                    found.insert(id);
                }
            }
        }
        if !rest.is_empty() {
            self.rest.insert(id, rest);
        }
    }

    fn remove(&mut self, id: u32) {
        let numbers: Vec<u32> = self.numbers_of(id).collect();
        if numbers.is_empty() {
            return;
        }
        self.has.remove(id);
        self.rest.remove(&id);
        if let Some(place) = self.first.get_mut(id as usize) {
            *place = NONE;
        }
        for number in numbers {
            let Some(entry) = self.entries.get_mut(number as usize) else { continue };
            let is_unused = entry.owners.remove(id);
            if let (Some(blocks), Some(key)) = (&mut self.blocks, &entry.key) {
                blocks.remove(key, id);
            }
            for prefix in entry.prefixes() {
                if let Some(found) = self.prefixes.get_mut(*prefix as usize) {
                    found.remove(id);
                }
            }
            if is_unused {
                self.forget(number);
            }
        }
    }

    /// Forgets a value that no one has.
    fn forget(&mut self, number: u32) {
        let Some(entry) = self.entries.get_mut(number as usize) else { return };
        let entry = std::mem::take(entry);
        if let Some(key) = &entry.key {
            self.numbers.remove(key);
            if let Some(blocks) = &mut self.blocks {
                blocks.forget(key);
            }
            if let (Some(parts), Key::Text(text)) = (&mut self.parts, key) {
                parts.remove(text, number);
            }
        }
        for word in entry.searched.iter().flat_map(|it| &it.words) {
            if let Some(numbers) = self.words.get_mut(word) {
                numbers.retain(|it| *it != number);
                if numbers.is_empty() {
                    self.words.remove(word);
                }
            }
        }
        self.free.push(number);
    }

    /// The number of a value, new or not.
    fn number(&mut self, key: Key) -> u32 {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.entries.push(Entry::default());
            u32::try_from(self.entries.len() - 1).unwrap_or(NONE)
        });
        let mut entry = Entry { label: self.label_for(&key), ..Entry::default() };
        if let (true, Key::Text(text)) = (self.is_searched, &key) {
            let words: Vec<Box<str>> = words(text).into_iter().map(String::into_boxed_str).collect();
            for word in &words {
                self.words.entry(word.clone()).or_default().push(number);
            }
            entry.searched = Some(Box::new(Searched { prefixes: self.prefixes_of(&words), words }));
        }
        if let (Some(parts), Key::Text(text)) = (&mut self.parts, &key) {
            parts.add(text, number);
        }
        entry.key = Some(key.clone());
        let crowded = entry.label == 0;
        if let Some(place) = self.entries.get_mut(number as usize) {
            *place = entry;
        }
        let divided = self.blocks.as_mut().and_then(|it| it.add(&key));
        self.numbers.insert(key, number);
        if let Some((start, end)) = divided {
            self.divide(&start, end);
        }
        if crowded {
            self.relabel();
        }
        number
    }

    /// Divides a block of values, which begins and ends here.
    fn divide(&mut self, start: &Key, end: Option<Key>) {
        let Some(mut blocks) = self.blocks.take() else { return };
        let from = if blocks.is_first(start) { Bound::Unbounded } else { Bound::Included(start.clone()) };
        let values: Vec<_> = self.range((from, end.map_or(Bound::Unbounded, Bound::Excluded))).collect();
        blocks.divide(start, &values);
        self.blocks = Some(blocks);
    }

    fn prefixes_of(&mut self, words: &[Box<str>]) -> Vec<u32> {
        let mut numbers = Vec::new();
        for word in words {
            for (end, letter) in word.char_indices().take(PREFIX) {
                let prefix = &word[..end + letter.len_utf8()];
                let number = match self.prefix_numbers.get(prefix) {
                    Some(number) => *number,
                    None => {
                        self.prefixes.push(RoaringBitmap::new());
                        let number = u32::try_from(self.prefixes.len() - 1).unwrap_or(NONE);
                        self.prefix_numbers.insert(prefix.into(), number);
                        number
                    }
                };
                if !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
        }
        numbers
    }

    /// A label between those of the neighbours, or 0 if there is no room.
    fn label_for(&self, key: &Key) -> u64 {
        let label = |number: Option<(&Key, &u32)>| self.entries.get(*number?.1 as usize).map(|it| it.label);
        let before = label(self.numbers.range(..key).next_back()).unwrap_or(0);
        let after = label(self.numbers.range((Bound::Excluded(key), Bound::Unbounded)).next());
        match after {
            // Most values that come last are times, and more will follow.
            None => before.saturating_add(1 << 24).min(u64::MAX - 1),
            Some(after) if after - before > 1 => before + (after - before) / 2,
            Some(_) => 0,
        }
    }

    fn relabel(&mut self) {
        let mut label = 0;
        for number in self.numbers.values() {
            label += 1 << 24;
            if let Some(entry) = self.entries.get_mut(*number as usize) {
                entry.label = label;
            }
        }
    }

    fn numbers_of(&self, id: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.first.get(id as usize).copied().filter(|it| *it != NONE);
        first.into_iter().chain(self.rest.get(&id).into_iter().flatten().copied())
    }

    fn keys_of(&self, id: u32) -> impl Iterator<Item = &Key> {
        self.numbers_of(id).filter_map(|number| self.entries.get(number as usize)?.key.as_ref())
    }

    /// How often anything in it has changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Where a record's value stands in the order of all; of several, the least one; 0 if it has none.
    pub(super) fn label(&self, id: u32) -> u64 {
        self.numbers_of(id).filter_map(|number| Some(self.entries.get(number as usize)?.label)).min().unwrap_or(0)
    }

    pub(super) fn is_many(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Everyone who has a value.
    pub(super) fn has(&self) -> &RoaringBitmap {
        &self.has
    }

    /// The values, in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.numbers.keys()
    }

    /// The words of all values, in order.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.keys().map(|it| &**it)
    }

    /// Who has this value.
    pub(super) fn owners(&self, key: &Key) -> Option<Ids<'_>> {
        self.entries.get(*self.numbers.get(key)? as usize).map(|it| it.owners.ids())
    }

    /// The values in a range, in order, with who has each.
    pub(super) fn range(&self, range: (Bound<Key>, Bound<Key>)) -> impl DoubleEndedIterator<Item = (&Key, Ids<'_>)> {
        // A range that ends before it begins is empty, and not a panic.
        let found = (!is_empty(&range)).then(|| self.numbers.range(range));
        found
            .into_iter()
            .flatten()
            .filter_map(|(key, number)| Some((key, self.entries.get(*number as usize)?.owners.ids())))
    }

    /// Whoever has a value in a range, in pieces to be put together.
    pub(super) fn within(&self, range: (Bound<Key>, Bound<Key>)) -> Vec<Ids<'_>> {
        let Some(blocks) = self.blocks.as_ref().filter(|_| !is_empty(&range)) else {
            return self.range(range).map(|it| it.1).collect();
        };
        let mut found = Vec::new();
        for piece in blocks.pieces(range.0, range.1) {
            match piece {
                Piece::Owners(owners) => found.push(Ids::Many(owners)),
                Piece::Values(low, high) => found.extend(self.range((low, high)).map(|it| it.1)),
            }
        }
        found
    }

    /// The values that this text may be part of, with who has each, and whether it surely is. Not more than all.
    pub(super) fn holding(&self, text: &str) -> (Vec<(&Key, Ids<'_>)>, bool) {
        let Some(numbers) = self.parts.as_ref().and_then(|it| it.holding(text)) else {
            return (self.range((Bound::Unbounded, Bound::Unbounded)).collect(), false);
        };
        let entries = numbers.iter().filter_map(|number| self.entries.get(number as usize));
        let found = entries.filter_map(|entry| Some((entry.key.as_ref()?, entry.owners.ids()))).collect();
        (found, parts::is_one(text))
    }

    /// Whoever has a value with a word that begins so, in pieces to be put together.
    pub(super) fn begins(&self, prefix: &str) -> Vec<Ids<'_>> {
        if prefix.chars().count() <= PREFIX {
            let number = self.prefix_numbers.get(prefix);
            return number.and_then(|it| self.prefixes.get(*it as usize)).map(Ids::Many).into_iter().collect();
        }
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let words = self.words.range::<str, _>(from).take_while(|(word, _)| word.starts_with(prefix));
        words
            .flat_map(|(_, numbers)| numbers)
            .filter_map(|it| Some(self.entries.get(*it as usize)?.owners.ids()))
            .collect()
    }

    /// How many different values there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }
}

fn is_empty(range: &(Bound<Key>, Bound<Key>)) -> bool {
    match range {
        (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => {
            low > high || (low == high && !matches!(range, (Bound::Included(_), Bound::Included(_))))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chance, index::owners::union};

    /// Blocks of values are what the values are, whatever comes and goes.
    #[test]
    fn ranges_are_the_union_of_their_values() {
        let mut chance = Chance::seeded(7);
        let mut column = Column::new(Kind::Date, false);
        let mut day = move |most: u64| Key::Int(i64::try_from(chance.below(most)).unwrap());
        for turn in 0..6_000_u32 {
            let (Key::Int(id), key) = (day(2_000), day(if turn < 3_000 { 900 } else { 40 })) else { panic!() };
            let keys = if id % 7 == 0 { vec![key, day(900)] } else { vec![key] };
            column.put(u32::try_from(id).unwrap(), if id % 5 == 0 { Vec::new() } else { keys });
            if turn % 20 != 0 {
                continue;
            }
            for low in [Bound::Unbounded, Bound::Included(day(900)), Bound::Excluded(day(900))] {
                for high in [Bound::Unbounded, Bound::Included(day(900)), Bound::Excluded(day(900))] {
                    let range = (low.clone(), high);
                    let by_values = union(column.range(range.clone()).map(|it| it.1));
                    assert_eq!(union(column.within(range.clone())), by_values, "{turn}: {range:?}");
                }
            }
        }
        let all = (Bound::Unbounded, Bound::Unbounded);
        assert!(column.within(all.clone()).len() < column.len().max(2), "there are blocks");
        assert_eq!(union(column.within(all)), *column.has());
    }
}
