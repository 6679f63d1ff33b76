//! What a test looks for in the values of a field, and what it finds where these have to be looked through.

use super::{
    column::{Column, Key},
    owners::Ids,
};
use crate::{
    compile::{LONGEST_PATTERN, pattern},
    field::{Field, Kind},
    filter::{Cond, Test},
};
use muster_db::{Value, fold};
use std::ops::Bound::{self, Excluded, Included, Unbounded};

/// What is looked for in a field or a search.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Sought {
    /// Words that begin so.
    Word(Box<str>),
    /// One of these values.
    Values(Vec<Key>),
    /// A value in a range.
    Range(Bound<Key>, Bound<Key>),
    /// An instant in a span.
    Span(i64, i64),
    /// A text that this is a part of, or a pattern for.
    Alike(Test, Box<str>),
}

impl Sought {
    /// What a test of one field's values looks for. `None` if no value passes.
    pub(super) fn of(cond: &Cond) -> Option<Sought> {
        Some(match cond {
            Cond::In(_, values) => Sought::Values(values.iter().filter_map(key_of).collect()),
            Cond::Between(_, low, high) => Sought::Range(Included(key_of(low)?), Included(key_of(high)?)),
            Cond::Field(_, test @ (Test::Contains | Test::Like), value) => {
                let Value::Text(text) = value else { return None };
                if pattern(value, *test).len() > LONGEST_PATTERN {
                    return None;
                }
                Sought::Alike(*test, text.as_str().into())
            }
            Cond::Field(_, test, value) => {
                let (low, high) = bounds(*test, key_of(value)?);
                Sought::Range(low, high)
            }
            _ => return None,
        })
    }

    /// Whether the values themselves are looked through, which takes time whatever is found.
    pub(super) fn is_looked_through(&self) -> bool {
        matches!(self, Sought::Alike(..))
    }

    /// What it takes beside itself.
    pub(super) fn bytes(&self) -> usize {
        let key = |it: &Key| size_of::<Key>() + if let Key::Text(text) = it { text.len() } else { 0 };
        let bound = |it: &Bound<Key>| if let Bound::Included(it) | Bound::Excluded(it) = it { key(it) } else { 0 };
        match self {
            Sought::Word(text) | Sought::Alike(_, text) => text.len(),
            Sought::Values(values) => values.iter().map(key).sum(),
            Sought::Range(low, high) => bound(low) + bound(high),
            Sought::Span(..) => 0,
        }
    }
}

/// A value as it stands in a column.
pub(super) fn key_of(value: &Value) -> Option<Key> {
    match value {
        Value::Int(it) => Some(Key::Int(*it)),
        Value::Text(it) => Some(Key::Text(it.as_str().into())),
        Value::Null | Value::Real(_) | Value::Bytes(_) => None,
    }
}

fn bounds(test: Test, key: Key) -> (Bound<Key>, Bound<Key>) {
    match test {
        Test::Lt => (Unbounded, Excluded(key)),
        Test::Le => (Unbounded, Included(key)),
        Test::Gt => (Excluded(key), Unbounded),
        Test::Ge => (Included(key), Unbounded),
        _ => (Included(key.clone()), Included(key)),
    }
}

/// Who has a value that a text is part of, or that fits a pattern.
pub(super) fn alike<'a>(column: &'a Column, field: &Field, test: Test, sought: &str) -> Vec<Ids<'a>> {
    let passes = |text: &str| if test == Test::Like { fits(text, sought) } else { text.contains(sought) };
    let is_folded = field.kind == Kind::Text;
    let longest = sought.split(|it| test == Test::Like && it == '%').max_by_key(|it| it.len()).unwrap_or("");
    let (held, is_sure) = column.holding(longest);
    if is_sure && is_folded && test == Test::Contains {
        return held.into_iter().map(|it| it.1).collect();
    }
    held.into_iter()
        .filter(|(key, _)| match key {
            Key::Int(it) => passes(&it.to_string()),
            Key::Text(text) if is_folded => passes(text),
            Key::Text(text) => passes(&fold(text)),
        })
        .map(|it| it.1)
        .collect()
}

/// Whether a text fits a pattern in which `%` stands for anything.
fn fits(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('%');
    let Some(mut left) = parts.next().and_then(|start| text.strip_prefix(start)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return left.is_empty() };
    for part in middle {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_fit_as_in_sql() {
        for (text, pattern, expected) in [
            ("abc", "abc", true),
            ("abc", "ab", false),
            ("abc", "ab%", true),
            ("abc", "%c", true),
            ("abc", "%b%", true),
            ("abc", "a%c", true),
            ("ac", "a%c", true),
            ("aba", "ab%ba", false),
            ("abba", "ab%ba", true),
            ("", "%", true),
            ("", "", true),
            ("abc", "%%", true),
            ("aXbXc", "a%X%X%c", true),
            ("abcbc", "a%bc", true),
            ("ab", "a%b%b", false),
        ] {
            assert_eq!(fits(text, pattern), expected, "{text} {pattern}");
        }
    }
}
