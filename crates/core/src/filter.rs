//! Filters: from what a client sent to a condition. This may fail; what comes after cannot.

use crate::{
    Error, Json, Map, Result,
    call::Call,
    error::ARGUMENT,
    field::{Entity, Field, Kind, Stored},
    params::{read_bool, read_choice, read_int, read_real, read_text},
    time::{read_date, read_instant},
};
use jiff::tz::TimeZone;
use muster_db::{Value, fold};

/// What a key's prefix asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Test {
    /// What a key without a prefix asks for: the value itself, or for a text with `%` in it what [`Like`](Test::Like) asks
    /// for. The documentation shows both.
    Plain,
    /// The value itself.
    Eq,
    /// Less.
    Lt,
    /// Less or the value itself.
    Le,
    /// Greater.
    Gt,
    /// Greater or the value itself.
    Ge,
    /// The text holds the value somewhere.
    Contains,
    /// The text fits the value, in which `%` stands for anything.
    Like,
    /// From the first of two values to the second, both included.
    Between,
}

/// Every prefix, with the test it asks for and whether it is negated. The order is the order of matching, so a longer
/// prefix stands before its own beginning.
pub const PREFIXES: &[(&str, Test, bool)] = &[
    ("!><", Test::Between, true),
    ("><", Test::Between, false),
    ("!=%", Test::Like, true),
    ("!%=", Test::Like, true),
    ("!%", Test::Contains, true),
    ("!@", Test::Eq, true),
    ("!=", Test::Eq, true),
    (">=", Test::Ge, false),
    ("<=", Test::Le, false),
    ("=%", Test::Like, false),
    ("%=", Test::Like, false),
    ("!", Test::Plain, true),
    (">", Test::Gt, false),
    ("<", Test::Lt, false),
    ("@", Test::Eq, false),
    ("%", Test::Contains, false),
    ("?", Test::Contains, false),
    ("=", Test::Eq, false),
];

/// A condition on records.
#[derive(Clone)]
pub enum Cond {
    /// All of them hold.
    All(Vec<Cond>),
    /// At least one of them holds.
    Any(Vec<Cond>),
    /// It does not hold.
    Not(Box<Cond>),
    /// The field's value, or one of its values, passes the test.
    Field(&'static Field, Test, Value),
    /// The field's value, or one of its values, is one of these.
    In(&'static Field, Vec<Value>),
    /// The field's value, or one of its values, is one of these two or lies between them.
    Between(&'static Field, Value, Value),
    /// The field has no value.
    Empty(&'static Field),
    /// The record is found by these words.
    Found(&'static Field, String),
    /// No record passes: a value that is not of the field's kind.
    Never,
}

impl Cond {
    /// The field that this is about, unless it is about several or none.
    pub fn field(&self) -> Option<&'static Field> {
        match self {
            Cond::All(_) | Cond::Any(_) | Cond::Not(_) | Cond::Never => None,
            leaf => leaf.fields().first().copied(),
        }
    }

    /// The same of another field of the same kind.
    #[must_use]
    pub fn about(self, field: &'static Field) -> Cond {
        match self {
            Cond::Field(_, test, value) => Cond::Field(field, test, value),
            Cond::In(_, values) => Cond::In(field, values),
            Cond::Between(_, low, high) => Cond::Between(field, low, high),
            Cond::Empty(_) => Cond::Empty(field),
            Cond::Found(_, text) => Cond::Found(field, text),
            other => other,
        }
    }

    /// The same with something else in place of everything that is about one field.
    #[must_use]
    pub fn map_leaves(self, change: &dyn Fn(Cond) -> Cond) -> Cond {
        match self {
            Cond::All(conds) => Cond::All(conds.into_iter().map(|it| it.map_leaves(change)).collect()),
            Cond::Any(conds) => Cond::Any(conds.into_iter().map(|it| it.map_leaves(change)).collect()),
            Cond::Not(cond) => Cond::Not(Box::new(cond.map_leaves(change))),
            leaf => change(leaf),
        }
    }

    /// The fields that it is about.
    pub fn fields(&self) -> Vec<&'static Field> {
        match self {
            Cond::All(conds) | Cond::Any(conds) => conds.iter().flat_map(Cond::fields).collect(),
            Cond::Not(cond) => cond.fields(),
            Cond::Field(field, ..)
            | Cond::In(field, _)
            | Cond::Between(field, ..)
            | Cond::Empty(field)
            | Cond::Found(field, _) => vec![field],
            Cond::Never => Vec::new(),
        }
    }
}

/// Splits `>=DATE` into its test and the field's name.
pub fn split(key: &str) -> (Test, bool, &str) {
    PREFIXES.iter().find_map(|(prefix, test, negated)| Some((*test, *negated, key.strip_prefix(prefix)?))).unwrap_or((
        Test::Plain,
        false,
        key,
    ))
}

/// Reads a filter.
///
/// A field that does not exist, or that the caller may not see, is refused: were it ignored, the caller would act on records it did not mean, and were it used, the answer would tell what the field holds.
pub fn parse(entity: &Entity, filter: &Json, call: &Call<'_, '_>) -> Result<Cond> {
    match filter {
        Json::Null => Ok(Cond::All(Vec::new())),
        Json::Array(groups) => Ok(Cond::All(groups.iter().map(|it| parse(entity, it, call)).collect::<Result<_>>()?)),
        Json::Object(map) => parse_group(entity, map, call),
        Json::String(text) if text.is_empty() => Ok(Cond::All(Vec::new())),
        _ => Err(ARGUMENT.say("the filter must be an object of fields and values").about("FILTER")),
    }
}

fn parse_group(entity: &Entity, filter: &Map<String, Json>, call: &Call<'_, '_>) -> Result<Cond> {
    let mut conds = Vec::new();
    let mut any = false;
    for (key, value) in filter {
        if key.trim_start_matches("::").eq_ignore_ascii_case("LOGIC") {
            any = read_text(value).is_some_and(|it| it.eq_ignore_ascii_case("OR"));
        } else if is_group(key) {
            conds.push(parse(entity, value, call)?);
        } else {
            conds.push(parse_one(entity, key, value, call)?);
        }
    }
    Ok(if any { Cond::Any(conds) } else { Cond::All(conds) })
}

/// Whether a key of a filter names a group of conditions, and not a field: by its number, or as `::SUBFILTER-1`.
pub fn is_group(key: &str) -> bool {
    key.parse::<u32>().is_ok() || key.starts_with("::")
}

/// Reads one key with its value.
pub fn parse_one(entity: &Entity, key: &str, value: &Json, call: &Call<'_, '_>) -> Result<Cond> {
    let (test, negated, name) = split(key);
    let field = call.field(entity, name).filter(|it| it.is_visible(call.caller)).ok_or_else(|| unknown(name))?;
    Ok(condition(field, test, negated, value, &call.settings.time_zone))
}

fn unknown(name: &str) -> Error {
    ARGUMENT.say(format!("there is no field {name} to filter by")).about(name.to_owned())
}

/// Builds the condition of one key.
///
/// Several values are alternatives: one of them has to pass, or with a negated prefix none of them may. Values that the
/// field's kind cannot read pass for no record, negated or not.
pub fn condition(field: &'static Field, test: Test, negated: bool, value: &Json, zone: &TimeZone) -> Cond {
    let values: Vec<&Json> = match value {
        Json::Array(items) => items.iter().collect(),
        Json::Object(map) => map.values().collect(),
        one => vec![one],
    };
    let cond = if test == Test::Between {
        between(field, &values, zone)
    } else {
        match one_of(field, test, &values, zone) {
            Cond::Never if values.is_empty() && negated => return Cond::All(Vec::new()),
            cond => cond,
        }
    };
    match cond {
        Cond::Never => Cond::Never,
        cond if negated => Cond::Not(Box::new(cond)),
        cond => cond,
    }
}

/// One of the values has to pass.
fn one_of(field: &'static Field, test: Test, values: &[&Json], zone: &TimeZone) -> Cond {
    let mut any = Vec::new();
    let mut equal = Vec::new();
    for value in values {
        match one(field, test, value, zone) {
            Cond::Never => {}
            Cond::Field(_, Test::Eq, value) => equal.push(value),
            other => any.push(other),
        }
    }
    if !equal.is_empty() {
        any.push(Cond::In(field, equal));
    }
    match any.len() {
        0 => Cond::Never,
        1 => any.remove(0),
        _ => Cond::Any(any),
    }
}

/// A range is two values, no more and no less.
fn between(field: &'static Field, values: &[&Json], zone: &TimeZone) -> Cond {
    let [low, high] = values else { return Cond::Never };
    match (one(field, Test::Ge, low, zone), one(field, Test::Le, high, zone)) {
        (Cond::Field(_, _, low), Cond::Field(_, Test::Le, high)) => Cond::Between(field, low, high),
        // The end of an instant is the second after its last one.
        (Cond::Field(_, _, low), Cond::Field(_, Test::Lt, Value::Int(until))) => {
            Cond::Between(field, low, Value::Int(until - 1))
        }
        _ => Cond::Never,
    }
}

fn one(field: &'static Field, test: Test, value: &Json, zone: &TimeZone) -> Cond {
    let test = match test {
        Test::Plain if field.kind == Kind::Text && value.as_str().is_some_and(|it| it.contains('%')) => Test::Like,
        Test::Plain => Test::Eq,
        other => other,
    };
    if let Stored::Search(_) = field.stored {
        let text = if value.is_null() { Some(String::new()) } else { read_text(value) };
        return match (test, text) {
            (Test::Eq | Test::Contains | Test::Like, Some(text)) => Cond::Found(field, text),
            _ => Cond::Never,
        };
    }
    if is_empty(value) || (field.zero && test == Test::Eq && read_int(value) == Some(0)) {
        return match test {
            Test::Eq | Test::Like => Cond::Empty(field),
            // Every text holds the empty text.
            Test::Contains => Cond::All(Vec::new()),
            _ => Cond::Never,
        };
    }
    match (test, field.kind) {
        (_, Kind::Instant(_)) => instant(field, test, value, zone),
        (Test::Contains | Test::Like, Kind::Bool | Kind::YesNo | Kind::ZeroOne | Kind::Choice(_)) => Cond::Never,
        // Only the beginning of a custom text is kept folded, so `like` looks at the text itself.
        (Test::Contains | Test::Like, Kind::Text | Kind::Real) if matches!(field.stored, Stored::Custom { .. }) => {
            read_text(value).map_or(Cond::Never, |text| Cond::Field(field, test, Value::Text(fold(&text))))
        }
        (Test::Contains | Test::Like, _) => match read_text(value) {
            Some(text) => Cond::Field(field, test, Value::Text(comparable(field, &text))),
            None => Cond::Never,
        },
        _ => read(field, value).map_or(Cond::Never, |value| Cond::Field(field, test, value)),
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        _ => false,
    }
}

/// A value as it is compared with the field's column.
fn read(field: &Field, value: &Json) -> Option<Value> {
    match field.kind {
        Kind::Id | Kind::Int | Kind::User => read_int(value).map(Value::Int),
        Kind::Real => read_real(value).map(Value::Real),
        Kind::Bool | Kind::YesNo | Kind::ZeroOne => read_bool(value).map(Value::from),
        Kind::Date => read_date(&read_text(value)?).map(Value::Text),
        Kind::Choice(choices) => read_choice(choices, value).map(Value::Int),
        // A text that is no choice is a text all the same: nothing equals it, everything differs from it.
        Kind::OneOf(choices) => {
            let text = read_text(value)?;
            Some(
                choices
                    .iter()
                    .find(|it| it.eq_ignore_ascii_case(&text))
                    .map_or(Value::Text(text), |it| Value::from(*it)),
            )
        }
        Kind::Text | Kind::Image | Kind::File => Some(Value::Text(comparable(field, &read_text(value)?))),
        Kind::Instant(_) => None,
    }
}

/// A text as it stands in what the field is compared by: its key column, or its own column with the case folded.
fn comparable(field: &Field, text: &str) -> String {
    field.key.map_or_else(|| fold(text), |key| (key.fold)(text))
}

/// An instant may be given as a date alone, which means the whole day.
fn instant(field: &'static Field, test: Test, value: &Json, zone: &TimeZone) -> Cond {
    let Some(span) = read_text(value).and_then(|text| read_instant(&text, zone)) else { return Cond::Never };
    let at = |test, seconds| Cond::Field(field, test, Value::Int(seconds));
    match test {
        Test::Plain | Test::Eq => Cond::All(vec![at(Test::Ge, span.from), at(Test::Lt, span.until)]),
        Test::Lt => at(Test::Lt, span.from),
        Test::Le => at(Test::Lt, span.until),
        Test::Gt => at(Test::Ge, span.until),
        Test::Ge => at(Test::Ge, span.from),
        Test::Contains | Test::Like | Test::Between => Cond::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_is_split_from_its_field() {
        for (prefix, test, negated) in PREFIXES {
            assert_eq!(split(&format!("{prefix}NAME")), (*test, *negated, "NAME"), "{prefix}");
        }
        assert_eq!(split("NAME"), (Test::Plain, false, "NAME"));
    }
}
