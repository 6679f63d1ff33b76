//! A small deterministic random generator.
//!
//! It is written out here because its output must never change with a dependency's version: a
//! benchmark of last year has to see the same people.

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Scrambles a number so that neighbouring inputs give unrelated outputs (the splitmix64 mix).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The splitmix64 generator.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// A generator for one item of one company; `purpose` keeps a person's name and portrait apart.
    pub(crate) fn new(seed: u64, index: u64, purpose: u64) -> Self {
        let company = mix(seed.wrapping_add(STEP.wrapping_mul(purpose.wrapping_add(1))));
        Self { state: mix(company ^ mix(index.wrapping_add(STEP))) }
    }

    /// The next 64 random bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }

    /// A number below `limit`, or 0 when the limit is 0.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        // Multiplying and keeping the upper half avoids a division; the bias is far below what
        // anybody could notice in invented data.
        (((self.next() >> 32) * u64::from(limit)) >> 32) as u32
    }

    /// A position in a list of `len` items.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(u32::try_from(len).unwrap_or(u32::MAX)) as usize
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One item of the list, each equally likely.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.index(items.len()))
    }

    /// Puts the list into a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}
