//! What costly tests have found: who passes a test that many values had to be looked through or put together for. Whoever
//! asks the same again is answered without doing so again.
//!
//! A test is one field's or one search's, and what it finds depends on what the index holds and on nothing else: what a
//! caller may ask for and whom they see are conditions of their own, and what the database is asked for is not kept. It
//! counts until something of that field changes.

use super::{aged::Aged, sought::Sought};
use roaring::RoaringBitmap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many bytes the sets of an index may take, and what is looked for with them.
const ROOM: usize = 16 << 20;
/// What one takes beside the set and the values: the test, and its share of a map.
const BESIDE: usize = 240;

/// A test: the address of what is held of a field, or of a search, and what is looked for there.
pub(super) type Asked = (usize, Sought);

/// What a test has found, and how often what is held had changed then.
type Known = (u64, Arc<RoaringBitmap>);

/// The tests of an index, with what they have found.
pub(super) struct Memo(Mutex<Aged<Asked, Known>>);

impl Default for Memo {
    fn default() -> Memo {
        Memo(Mutex::new(Aged::new(ROOM)))
    }
}

impl Memo {
    /// What a test has found, if nothing has changed since.
    pub(super) fn known(&self, asked: &Asked, changes: u64) -> Option<Arc<RoaringBitmap>> {
        self.aged().get(asked).filter(|it| it.0 == changes).map(|it| it.1)
    }

    /// Keeps what a test has found.
    pub(super) fn keep(&self, asked: Asked, changes: u64, found: &Arc<RoaringBitmap>) {
        let bytes = found.serialized_size() + asked.1.bytes() + BESIDE;
        self.aged().put(asked, (changes, Arc::clone(found)), bytes);
    }

    /// How many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.aged().bytes()
    }

    fn aged(&self) -> MutexGuard<'_, Aged<Asked, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Asked {
        (1, Sought::Word(text.into()))
    }

    #[test]
    fn what_has_changed_is_not_known() {
        let memo = Memo::default();
        let found: Arc<RoaringBitmap> = Arc::new((0..1000).collect());
        memo.keep(word("a"), 5, &found);
        assert_eq!(memo.known(&word("a"), 5), Some(Arc::clone(&found)));
        assert_eq!((memo.known(&word("a"), 6), memo.known(&word("b"), 5)), (None, None));
        assert_eq!(memo.known(&(2, Sought::Word("a".into())), 5), None, "another field");
        memo.keep(word("a"), 6, &Arc::new((0..2000).collect()));
        assert_eq!(memo.known(&word("a"), 5), None);
        assert_eq!(memo.known(&word("a"), 6).unwrap().len(), 2000);
        assert!(memo.bytes() > BESIDE && memo.bytes() < 5_000, "what was known before is gone");
    }
}
