//! What is kept as long as there is room for it.
//!
//! It is in two generations: what is used moves into the younger one, and when that has half of the room, the older one
//! goes.

use std::{collections::HashMap, hash::Hash, mem};

/// Values by keys, up to a number of bytes.
pub(super) struct Aged<K, V> {
    most: usize,
    young: Generation<K, V>,
    old: Generation<K, V>,
}

struct Generation<K, V> {
    /// With the bytes that each takes.
    values: HashMap<K, (usize, V)>,
    bytes: usize,
}

impl<K, V> Default for Generation<K, V> {
    fn default() -> Self {
        Generation { values: HashMap::new(), bytes: 0 }
    }
}

impl<K: Eq + Hash, V> Generation<K, V> {
    fn take(&mut self, key: &K) -> Option<(K, (usize, V))> {
        let found = self.values.remove_entry(key)?;
        self.bytes -= found.1.0;
        Some(found)
    }
}

impl<K: Eq + Hash, V: Clone> Aged<K, V> {
    /// None yet, and room for this many bytes.
    pub(super) fn new(most: usize) -> Aged<K, V> {
        Aged { most, young: Generation::default(), old: Generation::default() }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        if let Some((_, found)) = self.young.values.get(key) {
            return Some(found.clone());
        }
        let (key, (bytes, found)) = self.old.take(key)?;
        self.put(key, found.clone(), bytes);
        Some(found)
    }

    /// Keeps a value that takes so many bytes, unless these are half of the room.
    pub(super) fn put(&mut self, key: K, value: V, bytes: usize) {
        self.forget(&key);
        if bytes > self.most / 2 {
            return;
        }
        if self.young.bytes + bytes > self.most / 2 {
            self.old = mem::take(&mut self.young);
        }
        self.young.bytes += bytes;
        self.young.values.insert(key, (bytes, value));
    }

    pub(super) fn forget(&mut self, key: &K) {
        self.young.take(key);
        self.old.take(key);
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.young.bytes + self.old.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_stay_within_their_room() {
        let mut aged = Aged::new(20_000);
        for key in 0..1000 {
            aged.put(key, key, 1000);
            assert_eq!(aged.get(&0), Some(0), "what is used stays: {key}");
            assert!(aged.bytes() <= 20_000, "{key}: {}", aged.bytes());
        }
        assert_eq!(aged.get(&500), None);
        let held: usize = aged.young.values.values().chain(aged.old.values.values()).map(|it| it.0).sum();
        assert_eq!(held, aged.bytes());
        aged.put(0, 7, 10_001);
        assert_eq!(aged.get(&0), None, "what is too large is not kept, nor what it was before");
        aged.put(999, 8, 500);
        assert_eq!(aged.get(&999), Some(8));
        (0..1000).for_each(|key| aged.forget(&key));
        assert_eq!(aged.bytes(), 0);
    }
}
