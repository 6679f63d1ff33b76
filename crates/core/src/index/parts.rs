//! Which values hold three letters in a row: whoever looks for a part of a text looks through these, not through all.

use roaring::{MultiOps, RoaringBitmap};
use std::collections::{BTreeSet, HashMap};

/// The numbers of the values that hold three letters.
#[derive(Default)]
pub(super) struct Parts(HashMap<[char; 3], RoaringBitmap>);

impl Parts {
    pub(super) fn add(&mut self, text: &str, number: u32) {
        for letters in threes(text) {
            self.0.entry(letters).or_default().insert(number);
        }
    }

    pub(super) fn remove(&mut self, text: &str, number: u32) {
        for letters in threes(text) {
            if let Some(numbers) = self.0.get_mut(&letters) {
                numbers.remove(number);
                if numbers.is_empty() {
                    self.0.remove(&letters);
                }
            }
        }
    }

    /// The values that a text may be part of; `None` if it is too short to tell.
    pub(super) fn holding(&self, text: &str) -> Option<RoaringBitmap> {
        let sought = threes(text);
        if sought.is_empty() {
            return None;
        }
        let found: Option<Vec<&RoaringBitmap>> = sought.iter().map(|letters| self.0.get(letters)).collect();
        Some(found.map(MultiOps::intersection).unwrap_or_default())
    }
}

/// Whether a text is three letters: then it is part of just the values that hold these.
pub(super) fn is_one(text: &str) -> bool {
    text.chars().count() == 3
}

fn threes(text: &str) -> BTreeSet<[char; 3]> {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(3).filter_map(|it| it.try_into().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_find_what_may_hold_them() {
        let mut parts = Parts::default();
        for (number, text) in [(1, "müller"), (2, "miller"), (3, "ill")] {
            parts.add(text, number);
        }
        let found = |parts: &Parts, text| parts.holding(text).map(|it| it.iter().collect::<Vec<_>>());
        assert_eq!(found(&parts, "ller"), Some(vec![1, 2]));
        assert_eq!(found(&parts, "ill"), Some(vec![2, 3]));
        assert_eq!((found(&parts, "xyz"), found(&parts, "ll")), (Some(vec![]), None));
        assert!(is_one("üll") && !is_one("ll") && !is_one("aaaa"));
        parts.remove("miller", 2);
        assert_eq!(found(&parts, "ill"), Some(vec![3]));
    }
}
