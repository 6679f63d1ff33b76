//! Reading the word lists, and drawing from them with a realistic frequency.

use std::collections::HashMap;

use crate::random::Random;

/// A word in its own script, with its Latin spelling where that cannot be worked out from the
/// letters (Japanese, Chinese, Arabic, Hebrew).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub native: &'static str,
    pub latin: Option<&'static str>,
}

/// The sections of one data file: `[name]` lines, each followed by its lines of text.
pub(crate) type Sections = HashMap<&'static str, Vec<&'static str>>;

/// Splits a data file into its sections; text before the first heading is dropped.
pub(crate) fn sections(text: &'static str) -> Sections {
    let mut found = Sections::new();
    let mut current = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let heading = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if heading.is_some() {
            current = heading;
        } else if let Some(name) = current {
            found.entry(name).or_default().push(line);
        }
    }
    found
}

/// The words of a section, most common first. An underscore stands for a space inside a word.
pub(crate) fn words(sections: &Sections, name: &str) -> Vec<Word> {
    let lines = sections.get(name).map(Vec::as_slice).unwrap_or_default();
    lines
        .iter()
        .flat_map(|line| line.split_whitespace())
        .map(|token| match token.split_once('=') {
            Some((native, latin)) => Word { native: with_spaces(native), latin: Some(latin) },
            None => Word { native: with_spaces(token), latin: None },
        })
        .collect()
}

/// The lists live as long as the program, so the few words with a space may be leaked once.
fn with_spaces(token: &'static str) -> &'static str {
    if token.contains('_') { Box::leak(token.replace('_', " ").into_boxed_str()) } else { token }
}

/// Items drawn so that the earlier in the list, the more often: the weight of rank `k` is
/// `1 / (k + flatness)`, which is how names are distributed in real registers.
#[derive(Debug, Clone)]
pub(crate) struct Ranked<T> {
    items: Vec<T>,
    sums: Vec<u32>,
    total: u32,
}

impl<T> Ranked<T> {
    /// A larger `flatness` makes the first items less dominant.
    pub(crate) fn new(items: Vec<T>, flatness: u32) -> Self {
        let mut total = 0_u32;
        let mut sums = Vec::with_capacity(items.len());
        for rank in 0..items.len() {
            let rank = u32::try_from(rank).unwrap_or(u32::MAX);
            // Integers, so that every machine draws the same item.
            let weight = 10_000_000 / rank.saturating_add(flatness).max(1);
            total = total.saturating_add(weight.max(1));
            sums.push(total);
        }
        Self { items, sums, total }
    }

    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Draws one item; none only when the list is empty.
    pub(crate) fn draw(&self, random: &mut Random) -> Option<&T> {
        let point = random.below(self.total);
        self.items.get(self.sums.partition_point(|sum| *sum <= point))
    }
}

/// A name while it is being built: in its own script and, where needed, in Latin letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub native: String,
    /// Empty when the Latin spelling follows from the letters.
    pub latin: String,
}

impl Name {
    /// A name of one word.
    pub(crate) fn of(word: Word) -> Self {
        let mut name = Self::default();
        name.push(word);
        name
    }

    /// Appends a word without a gap.
    pub(crate) fn push(&mut self, word: Word) {
        self.native.push_str(word.native);
        self.latin.push_str(word.latin.unwrap_or_default());
    }

    /// Appends a separator to both spellings.
    pub(crate) fn push_separator(&mut self, separator: &str) {
        self.native.push_str(separator);
        if !self.latin.is_empty() {
            self.latin.push_str(separator);
        }
    }

    /// The number of characters people see.
    pub(crate) fn chars(&self) -> usize {
        self.native.chars().count()
    }
}
