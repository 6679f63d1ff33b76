//! The only place that reads the time or makes randomness. Everything else is given both.

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

/// Tells the time. Tests set it forward.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The time since 1970 in UTC.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    pub fn now(&self) -> Duration {
        let real = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ahead = self.ahead.load(Ordering::Relaxed);
        real.saturating_add(Duration::from_secs(ahead.unsigned_abs()))
    }

    /// Whole seconds since 1970 in UTC.
    pub fn seconds(&self) -> i64 {
        i64::try_from(self.now().as_secs()).unwrap_or(i64::MAX)
    }

    /// Sets this clock and all its copies forward.
    pub fn advance(&self, seconds: u32) {
        self.ahead.fetch_add(seconds.into(), Ordering::Relaxed);
    }
}

/// A source of unguessable values.
#[derive(Debug, Clone)]
pub struct Chance(ChaCha20Rng);

impl Chance {
    /// Seeded by the operating system: once for each thread, and from there by a generator that is fit for secrets.
    pub fn from_system() -> Chance {
        thread_local!(static SOURCE: RefCell<ChaCha20Rng> = RefCell::new(ChaCha20Rng::from_seed(seed())));
        let mut seed = [0; 32];
        SOURCE.with_borrow_mut(|source| source.fill_bytes(&mut seed));
        Chance(ChaCha20Rng::from_seed(seed))
    }

    /// The same values every time, for tests and for data made up from a seed.
    pub fn seeded(seed: u64) -> Chance {
        Chance(ChaCha20Rng::seed_from_u64(seed))
    }

    /// A number below `bound`, evenly enough for made-up data.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    /// A token of 32 letters and digits: 160 bits, more than anyone can guess.
    pub fn token(&mut self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that makes randomness")]
fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("a machine that cannot give random bytes cannot make secrets");
    seed
}

/// What is stored in place of a secret. Secrets here are random tokens of 160 bits, so a plain hash is enough: there is
/// nothing to guess from a dictionary.
pub fn hash_of(secret: &str) -> String {
    use sha2::Digest as _;
    let digit = |it: u8| char::from(b"0123456789abcdef"[usize::from(it)]);
    sha2::Sha256::digest(secret.as_bytes()).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_seeds_repeat() {
        let mut chance = Chance::from_system();
        assert_ne!(chance.token(), chance.token());
        assert_eq!(Chance::seeded(7).token(), Chance::seeded(7).token());
        assert_eq!(Chance::seeded(7).token().len(), 32);
    }
}
