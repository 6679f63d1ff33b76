//! Finding people by the beginnings of words: `user.search`.

use super::{fields::USER, get::page};
use muster_core::{
    Answer, Call, Json, Map, Result,
    error::ARGUMENT,
    filter::{self, Cond},
    params::read_text,
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
    let mut asked = Map::new();
    match call.params.get("FILTER") {
        Some(Json::Object(filter)) => asked.extend(filter.clone()),
        Some(Json::String(text)) if !text.is_empty() => {
            return Err(ARGUMENT.say("the filter must be an object of fields and values").about("FILTER"));
        }
        _ => {}
    }
    for (name, value) in call.params.iter().filter(|(name, _)| USER.field(filter::split(name).2).is_some()) {
        asked.insert(name.to_owned(), value.clone());
    }
    let finds = asked.keys().any(|key| key.eq_ignore_ascii_case("FIND"));
    if finds && asked.len() > 1 {
        return Err(ARGUMENT.say("FIND cannot be used together with other fields").about("FIND"));
    }
    let conds = asked.iter().map(|(key, value)| one(call, key, value)).collect::<Result<_>>()?;
    page(call, Cond::All(conds))
}

fn one(call: &Call<'_, '_>, key: &str, value: &Json) -> Result<Cond> {
    let words = BY_WORDS.iter().find(|(name, _)| key.eq_ignore_ascii_case(name));
    match words {
        // Nothing to look for is a plain condition: a field without a value.
        Some((_, words)) if read_text(value).is_some_and(|it| !it.is_empty()) || value.is_array() => {
            filter::parse_one(&USER, words, value, call)
        }
        _ if key.parse::<u32>().is_ok() => filter::parse(&USER, value, call),
        _ => filter::parse_one(&USER, key, value, call),
    }
}
