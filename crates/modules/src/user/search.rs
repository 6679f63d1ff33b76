//! Finding people by the beginnings of words: `user.search`.

use super::{fields::USER, get::page};
use muster_core::{
    Answer, Call, Json, Result,
    error::ARGUMENT,
    filter::{self, Cond},
};

/// What the documentation calls a field here is found by the beginnings of its words, unlike in `user.get`.
const BY_WORDS: &[(&str, &str)] = &[
    ("NAME", "NAME_BEGINS"),
    ("LAST_NAME", "LAST_NAME_BEGINS"),
    ("SECOND_NAME", "SECOND_NAME_BEGINS"),
    ("WORK_POSITION", "WORK_POSITION_BEGINS"),
];

/// People found by `FIND` in all of the fields, or by any other fields of a filter, never by both.
pub(super) fn search(call: &mut Call<'_, '_>) -> Result<Answer> {
    let filter = by_words(call.params.get("FILTER").unwrap_or(&Json::Null));
    let mut names = Vec::new();
    collect_names(&filter, &mut names);
    let mut conds = Vec::new();
    for (name, value) in call.params.iter().filter(|(name, _)| call.field(&USER, filter::split(name).2).is_some()) {
        names.push(name.to_owned());
        conds.push(filter::parse_one(&USER, word_field(name), value, call)?);
    }
    if names.len() > 1 && names.iter().any(|name| filter::split(name).2.eq_ignore_ascii_case("FIND")) {
        return Err(ARGUMENT.say("FIND cannot be used together with other fields").about("FIND"));
    }
    conds.push(filter::parse(&USER, &filter, call)?);
    page(call, Cond::All(conds))
}

/// The filter with its fields replaced by those that are found by words, in its groups too.
fn by_words(sent: &Json) -> Json {
    match sent {
        Json::Object(map) => Json::Object(
            map.iter()
                .map(|(key, value)| {
                    let value = if filter::is_group(key) { by_words(value) } else { value.clone() };
                    (word_field(key).to_owned(), value)
                })
                .collect(),
        ),
        Json::Array(groups) => Json::Array(groups.iter().map(by_words).collect()),
        other => other.clone(),
    }
}

fn word_field(key: &str) -> &str {
    BY_WORDS.iter().find(|(name, _)| key.eq_ignore_ascii_case(name)).map_or(key, |(_, words)| words)
}

/// The names of the fields that a filter asks for, with their prefixes.
fn collect_names(sent: &Json, names: &mut Vec<String>) {
    match sent {
        Json::Object(map) => {
            for (key, value) in map {
                if filter::is_group(key) {
                    collect_names(value, names);
                } else {
                    names.push(key.clone());
                }
            }
        }
        Json::Array(groups) => groups.iter().for_each(|group| collect_names(group, names)),
        _ => {}
    }
}
