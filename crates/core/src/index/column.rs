//! One field of everyone: its values in order, who has each, and which value each record has.

use crate::text::words;
use roaring::RoaringBitmap;
use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

/// A value as it is compared in SQL too: texts by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
    owners: RoaringBitmap,
    /// In the order of the keys, with room between.
    label: u64,
    words: Vec<Box<str>>,
    prefixes: Vec<u32>,
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
}

impl Column {
    pub(super) fn new(is_searched: bool) -> Column {
        Column { is_searched, ..Column::default() }
    }

    /// Gives a record these values in place of those that it has.
    pub(super) fn put(&mut self, id: u32, keys: Vec<Key>) {
        self.remove(id);
        let mut keys = keys.into_iter().map(|key| self.number(key)).collect::<Vec<_>>().into_iter();
        let Some(first) = keys.next() else { return };
        let at = id as usize;
        if self.first.len() <= at {
            self.first.resize(at + 1, NONE);
        }
        if let Some(place) = self.first.get_mut(at) {
            *place = first;
        }
        let rest: Vec<u32> = keys.collect();
        self.has.insert(id);
        for number in rest.iter().copied().chain([first]) {
            let Some(entry) = self.entries.get_mut(number as usize) else { continue };
            entry.owners.insert(id);
            for prefix in &entry.prefixes {
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
            entry.owners.remove(id);
            for prefix in &entry.prefixes {
                if let Some(found) = self.prefixes.get_mut(*prefix as usize) {
                    found.remove(id);
                }
            }
            if entry.owners.is_empty() {
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
        }
        for word in &entry.words {
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
            entry.words = words(text).into_iter().map(String::into_boxed_str).collect();
            entry.prefixes = self.prefixes_of(&entry.words);
            for word in &entry.words {
                self.words.entry(word.clone()).or_default().push(number);
            }
        }
        entry.key = Some(key.clone());
        let crowded = entry.label == 0;
        if let Some(place) = self.entries.get_mut(number as usize) {
            *place = entry;
        }
        self.numbers.insert(key, number);
        if crowded {
            self.relabel();
        }
        number
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
    pub(super) fn owners(&self, key: &Key) -> Option<&RoaringBitmap> {
        self.entries.get(*self.numbers.get(key)? as usize).map(|it| &it.owners)
    }

    /// The values in a range, in order, with who has each.
    pub(super) fn range(
        &self,
        range: (Bound<Key>, Bound<Key>),
    ) -> impl DoubleEndedIterator<Item = (&Key, &RoaringBitmap)> {
        // A range that ends before it begins is empty, and not a panic.
        let is_empty = match &range {
            (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => {
                low > high || (low == high && !matches!(range, (Bound::Included(_), Bound::Included(_))))
            }
            _ => false,
        };
        let found = (!is_empty).then(|| self.numbers.range(range));
        found.into_iter().flatten().filter_map(|(key, number)| Some((key, &self.entries.get(*number as usize)?.owners)))
    }

    /// Whoever has a value with a word that begins so, in pieces to be put together.
    pub(super) fn begins(&self, prefix: &str) -> Vec<&RoaringBitmap> {
        if prefix.chars().count() <= PREFIX {
            let number = self.prefix_numbers.get(prefix);
            return number.and_then(|it| self.prefixes.get(*it as usize)).into_iter().collect();
        }
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let words = self.words.range::<str, _>(from).take_while(|(word, _)| word.starts_with(prefix));
        words.flat_map(|(_, numbers)| numbers).filter_map(|it| Some(&self.entries.get(*it as usize)?.owners)).collect()
    }

    /// How many different values there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }
}
