//! The values of a record as the columns of the directory show them: in the list for people to read, in a file for
//! programs too.

use super::{
    columns::{Column, Look, PHONES, References},
    text, texts,
};
use crate::pages::messages::Language;
use jiff::{Timestamp, tz::TimeZone};
use muster_core::{Json, time::read_instant};

/// How values are written.
#[derive(Clone)]
pub(super) struct Style {
    pub(super) language: Language,
    /// The zone of whoever reads it.
    pub(super) zone: TimeZone,
    /// The zone that answers are in where they do not say so.
    pub(super) own_zone: TimeZone,
    /// Dates as programs read them, and several values with semicolons between them.
    pub(super) is_file: bool,
}

/// What a column shows of a record.
pub(super) fn cell(style: &Style, column: &Column, person: &Json, references: &References) -> String {
    let language = style.language;
    let values = match column.look {
        Look::Phones => PHONES.iter().map(|name| text(person, name)).filter(|it| !it.is_empty()).take(1).collect(),
        Look::Managers => references.managers(person),
        _ => texts(person, column.name),
    };
    let show = |value: String| match &column.look {
        Look::Day => day(style, &value),
        Look::Moment => moment(style, &value),
        Look::YesNo => yes_no(language, &value),
        Look::Words(beginning) => language.find(&format!("{beginning}{}", value.to_lowercase()), &[]).unwrap_or(value),
        Look::Options(options) => options.iter().find(|it| it.0 == value).map_or(String::new(), |it| it.1.clone()),
        Look::Person | Look::Managers => references.person(&value).unwrap_or_default().to_owned(),
        Look::Departments => references.department_name(&value).unwrap_or_default().to_owned(),
        Look::Text | Look::Email | Look::Telephone | Look::Link | Look::Phones => value,
    };
    let shown: Vec<String> = values.into_iter().map(show).filter(|it| !it.is_empty()).collect();
    shown.join(if style.is_file { "; " } else { ", " })
}

/// A date such as `1990-12-31`, or the same at midnight.
fn day(style: &Style, date: &str) -> String {
    let date = date.get(..10).unwrap_or_default();
    let mut parts = date.split('-').map(|it| it.parse::<i64>().ok());
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        (Some(year), Some(month), Some(day)) if !style.is_file => written_day(style.language, year, month, day),
        _ => date.to_owned(),
    }
}

fn written_day(language: Language, year: i64, month: i64, day: i64) -> String {
    language.text("day", &[("year", year.to_string().into()), ("month", month.into()), ("day", day.into())])
}

fn moment(style: &Style, text: &str) -> String {
    let at = read_instant(text, &style.own_zone).and_then(|it| Timestamp::from_second(it.from).ok());
    let Some(at) = at.map(|it| it.to_zoned_datetime(style.zone.clone())) else { return String::new() };
    if style.is_file {
        return at.strftime("%Y-%m-%d %H:%M").to_string();
    }
    let date = written_day(style.language, at.year().into(), at.month().into(), at.day().into());
    format!("{date}, {}", at.strftime("%H:%M"))
}

fn yes_no(language: Language, value: &str) -> String {
    match value {
        "1" | "Y" => language.text("people-yes", &[]),
        "0" | "N" => language.text("people-no", &[]),
        _ => String::new(),
    }
}
