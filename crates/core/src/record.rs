//! One record: from a row to what a client sees, from what a client sent to columns.

use crate::{
    Call, Json, Map, Params, Result,
    error::ARGUMENT,
    field::{Entity, Field, Kind, Stored},
    params::{read_bool, read_choice, read_int, read_real, read_text, wrong},
    time::{MIDNIGHT, push_instant, read_date, read_instant},
};
use jiff::tz::TimeZone;
use muster_db::{Sql, Value, ValueRef};
use std::fmt::Write as _;

/// What a record's values depend on when they are shown.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Where pictures are.
    pub base_url: &'a str,
    /// The zone that instants are written in.
    pub zone: &'a TimeZone,
    /// The present, in seconds.
    pub now: i64,
    /// Which copy of a picture to point to; empty for the original.
    pub picture: &'static str,
}

/// Writes one value as JSON text, as the field's kind is shown. No value is shown as an empty text.
pub fn write_value(text: &mut String, field: &Field, value: ValueRef<'_>, view: View<'_>) {
    if let Stored::Recent(_, seconds) = field.stored {
        let recent = matches!(value, ValueRef::Int(at) if at >= view.now - seconds);
        text.push_str(yes_no(field.kind, recent));
        return;
    }
    match (field.kind, value) {
        (Kind::Bool | Kind::YesNo | Kind::ZeroOne, value) => {
            text.push_str(yes_no(field.kind, value == ValueRef::Int(1)));
        }
        (_, ValueRef::Null) => text.push_str(match field.kind {
            _ if field.nullable => "null",
            Kind::Id | Kind::User if field.zero => "\"0\"",
            Kind::Int if field.zero => "0",
            _ => "\"\"",
        }),
        (Kind::Id | Kind::User, ValueRef::Int(it)) => {
            text.push('"');
            push_number(text, it);
            text.push('"');
        }
        (Kind::Instant(style), ValueRef::Int(it)) => {
            text.push('"');
            push_instant(text, it, style, view.zone);
            text.push('"');
        }
        (Kind::Choice(choices), ValueRef::Int(it)) => match choices.iter().find(|(_, number)| *number == it) {
            Some((word, _)) => write_text(text, word),
            None => text.push_str("null"),
        },
        (Kind::Date, ValueRef::Text(it)) => write_text(text, &[it, MIDNIGHT].concat()),
        (Kind::Image, ValueRef::Text(it)) => write_text(text, &picture_url(it, view)),
        (Kind::File, ValueRef::Text(it)) => write_text(text, &picture_url(it, View { picture: "", ..view })),
        (_, ValueRef::Int(it)) => push_number(text, it),
        (_, ValueRef::Real(it)) => write!(text, "{}", Json::from(it)).expect("writing to a String cannot fail"),
        (_, ValueRef::Text(it)) => write_text(text, it),
        (_, ValueRef::Bytes(_)) => text.push_str("null"),
    }
}

fn yes_no(kind: Kind, it: bool) -> &'static str {
    match (kind, it) {
        (Kind::YesNo, true) => "\"Y\"",
        (Kind::YesNo, false) => "\"N\"",
        (Kind::ZeroOne, true) => "\"1\"",
        (Kind::ZeroOne, false) => "\"0\"",
        (_, true) => "true",
        (_, false) => "false",
    }
}

fn push_number(text: &mut String, number: i64) {
    write!(text, "{number}").expect("writing to a String cannot fail");
}

/// Writes a text as JSON. Most need nothing but quotes.
pub fn write_text(text: &mut String, it: &str) {
    if it.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        write!(text, "{}", Json::from(it)).expect("writing to a String cannot fail");
    } else {
        text.push('"');
        text.push_str(it);
        text.push('"');
    }
}

/// The address of a picture, or of a smaller copy of it. `stored` is the file's unguessable key and its name.
pub fn picture_url(stored: &str, view: View<'_>) -> String {
    let (key, name) = stored.split_once('/').unwrap_or((stored, "picture"));
    let copy = if view.picture.is_empty() { "original" } else { view.picture };
    format!("{}/files/{key}/{copy}/{name}", view.base_url)
}

/// A record as columns, ready for `insert` or `update`.
pub type Columns = Vec<(&'static str, Value)>;

/// Reads the writable fields that were sent into columns, their folded copies included.
///
/// Pictures and fields of many values are left to the module, which knows where they are kept.
pub fn read(entity: &Entity, params: &Params, call: &mut Call<'_, '_>) -> Result<Columns> {
    let mut columns = Columns::new();
    for field in entity.fields.iter().filter(|it| it.writable && it.kind != Kind::Image) {
        let Stored::Column(column) = field.stored else { continue };
        let Some(sent) = params.get(field.name) else { continue };
        if !field.is_visible(call.caller) {
            return Err(ARGUMENT.say(format!("{} may not be set with this scope", field.name)).about(field.name));
        }
        let value = match field.kind {
            Kind::User if !is_no_one(sent) => Value::Int(read_user(field.name, sent, call)?),
            _ => read_value(field, sent, &call.settings.time_zone)?,
        };
        if let Some(key) = field.key {
            let folded = match &value {
                Value::Text(text) => Value::Text((key.fold)(text)),
                _ => Value::Null,
            };
            columns.push((unqualified(key.column), folded));
        }
        columns.push((unqualified(column), value));
    }
    Ok(columns)
}

/// A column's name without its table: `users.name` is written as `name`.
fn unqualified(column: &'static str) -> &'static str {
    column.rsplit_once('.').map_or(column, |(_, name)| name)
}

fn read_value(field: &Field, sent: &Json, zone: &TimeZone) -> Result<Value> {
    let name = field.name;
    match sent {
        Json::Null => return Ok(Value::Null),
        Json::String(text) if text.is_empty() => return Ok(Value::Null),
        sent if field.zero && read_int(sent) == Some(0) => return Ok(Value::Null),
        _ => {}
    }
    Ok(match field.kind {
        Kind::Id | Kind::Int => Value::Int(read_int(sent).ok_or_else(|| wrong(name, "a whole number"))?),
        Kind::Real => Value::Real(read_real(sent).ok_or_else(|| wrong(name, "a number"))?),
        Kind::Bool | Kind::YesNo | Kind::ZeroOne => Value::from(read_bool(sent).ok_or_else(|| wrong(name, "Y or N"))?),
        Kind::Date => {
            let date = read_text(sent).and_then(|it| read_date(&it));
            Value::Text(date.ok_or_else(|| wrong(name, "a date such as 1990-12-31"))?)
        }
        Kind::OneOf(choices) => {
            let text = read_text(sent).unwrap_or_default();
            let choice = choices.iter().find(|it| it.eq_ignore_ascii_case(&text));
            Value::from(*choice.ok_or_else(|| wrong(name, &format!("one of {}", choices.join(", "))))?)
        }
        Kind::Choice(choices) => {
            let words = || choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            Value::Int(read_choice(choices, sent).ok_or_else(|| wrong(name, &format!("one of {}", words())))?)
        }
        Kind::Text => {
            let text = read_text(sent).ok_or_else(|| wrong(name, "a text"))?;
            check_length(field, &text)?;
            Value::Text(text)
        }
        // Read where they are stored, by `read_user` and by the module.
        Kind::User => return Ok(Value::Null),
        Kind::Instant(_) => {
            let span = read_text(sent).and_then(|it| read_instant(&it, zone));
            Value::Int(span.ok_or_else(|| wrong(name, "a time such as 2026-12-31T18:00:00+01:00"))?.from)
        }
        Kind::Image | Kind::File => return Err(wrong(name, "a picture or a file")),
    })
}

/// Refuses a text that is longer than the entity's field of this name may be, for what is not written by [`read`].
pub fn check_text(entity: &Entity, name: &str, text: &str) -> Result<()> {
    entity.field(name).map_or(Ok(()), |field| check_length(field, text))
}

fn check_length(field: &Field, text: &str) -> Result<()> {
    let (name, max) = (field.name, field.max);
    if text.chars().count() > max {
        return Err(ARGUMENT.say(format!("{name} must not exceed {max} characters")).about(name));
    }
    Ok(())
}

/// Whether no person was sent: `null`, an empty text, or the ID 0, which no person has.
pub fn is_no_one(sent: &Json) -> bool {
    matches!(sent, Json::Null) || sent.as_str() == Some("") || read_int(sent) == Some(0)
}

/// Reads the ID of a person, who has to exist.
pub fn read_user(name: &str, sent: &Json, call: &mut Call<'_, '_>) -> Result<i64> {
    let missing = || ARGUMENT.say(format!("{name}: there is no person with the ID {sent}")).about(name.to_owned());
    let id = read_int(sent).ok_or_else(missing)?;
    let known = call.tx.int(&Sql::with("select count(*) from users where id = $1", [id.into()]))? > 0;
    if known { Ok(id) } else { Err(missing()) }
}

/// The names and titles of the fields that a caller may see, as `*.fields` answers them.
pub fn titles(fields: &[&'static Field]) -> Json {
    Json::Object(fields.iter().map(|it| (it.name.to_owned(), Json::from(it.title))).collect::<Map<_, _>>())
}
