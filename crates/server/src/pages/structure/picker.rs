//! Choosing one of many departments: found by name, in a list that stays short in a company of any size.

use super::tree::Tree;
use crate::pages::Visit;
use std::collections::HashSet;

/// The most departments that can be chosen from at once.
const MOST: usize = 60;

/// A list of departments to choose from.
pub(super) struct Picker {
    pub(super) query: String,
    pub(super) options: Vec<Choice>,
    /// How many more there are; empty if none.
    pub(super) more: String,
}

/// A department that can be chosen.
pub(super) struct Choice {
    pub(super) id: i64,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

impl Picker {
    /// The departments that were asked for by `q`, without these, and the one that is chosen first of all.
    pub(super) fn new(visit: &Visit<'_>, tree: &Tree, without: &HashSet<i64>, chosen: Option<i64>) -> Picker {
        let query = visit.text("Q");
        let choice = |id: i64, name: &str| {
            let place = tree.place(id);
            let label = if place.is_empty() { name.to_owned() } else { format!("{name} ({place})") };
            Choice { id, label, is_chosen: chosen == Some(id) }
        };
        let chosen = chosen.filter(|id| !without.contains(id)).and_then(|id| tree.get(id));
        let found =
            tree.named(&query).filter(|it| !without.contains(&it.id) && chosen.is_none_or(|one| one.id != it.id));
        let mut options: Vec<Choice> = chosen.into_iter().chain(found).map(|it| choice(it.id, &it.name)).collect();
        let more = options.len().saturating_sub(MOST);
        let more = if more > 0 { visit.count("structure-more-found", more) } else { String::new() };
        options.truncate(MOST);
        Picker { query, options, more }
    }
}
