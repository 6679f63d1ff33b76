//! Dates and times as clients write and read them.

use jiff::{Timestamp, civil, tz::TimeZone};

/// The instants that a client's text can mean, in seconds: `from` is in, `until` is out.
///
/// A date alone is the whole day, so `<=` and `=` treat it as people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first second.
    pub from: i64,
    /// The second after the last.
    pub until: i64,
}

/// Reads ISO 8601 (with or without offset, with `T` or a space), a date alone, or `DD.MM.YYYY[ HH:MM[:SS]]`.
///
/// What says no offset is in `zone`. `None` if the text is no date.
pub fn read_instant(text: &str, zone: &TimeZone) -> Option<Span> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(second(instant));
    }
    if let Some(date) = read_plain_date(text) {
        let from = date.to_zoned_datetime(zone.clone()).ok()?.timestamp().as_second();
        let until = date.tomorrow().ok()?.to_zoned_datetime(zone.clone()).ok()?.timestamp().as_second();
        return Some(Span { from, until });
    }
    let (date, time) = text.split_once([' ', 'T'])?;
    let date = read_plain_date(date)?;
    let time: civil::Time = time.trim().parse().ok()?;
    Some(second(date.to_datetime(time).to_zoned_datetime(zone.clone()).ok()?.timestamp()))
}

fn second(instant: Timestamp) -> Span {
    let from = instant.as_second();
    Span { from, until: from + 1 }
}

/// Reads a calendar date from any text that [`read_instant`] takes; the time and offset are left aside.
///
/// The answer is `YYYY-MM-DD`, which compares as dates do.
pub fn read_date(text: &str) -> Option<String> {
    let text = text.trim();
    let date = match text.split_once([' ', 'T']) {
        Some((date, time)) if !time.is_empty() && time.is_char_boundary(1) && time.as_bytes()[0].is_ascii_digit() => {
            date
        }
        Some(_) => return None,
        None => text,
    };
    Some(read_plain_date(date)?.to_string())
}

fn read_plain_date(text: &str) -> Option<civil::Date> {
    let (year, month, day) = match text.split_once('.') {
        Some((day, rest)) => {
            let (month, year) = rest.split_once('.')?;
            (year, month, day)
        }
        None => {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            (year, month, day)
        }
    };
    let digits =
        |text: &str, most: usize| text.len() <= most && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !(year.len() == 4 && digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return None;
    }
    civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// How an instant is written in an answer. The original writes different fields differently, and clients rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `2024-07-23T08:07:26+00:00`
    Iso,
    /// `2024-07-23 08:08:50`
    Plain,
    /// `23.07.2024 08:08:50`
    Dotted,
}

/// Writes an instant.
pub fn write_instant(seconds: i64, style: Style, zone: &TimeZone) -> String {
    let mut text = String::new();
    push_instant(&mut text, seconds, style, zone);
    text
}

/// Writes an instant at the end of a text. A page of people has hundreds, and patterns would take most of its time.
pub fn push_instant(text: &mut String, seconds: i64, style: Style, zone: &TimeZone) {
    let Ok(instant) = Timestamp::from_second(seconds) else { return };
    let there = instant.to_zoned_datetime(zone.clone());
    let date: [(i64, usize, &str); 3] = match style {
        Style::Iso => [(there.year().into(), 4, "-"), (there.month().into(), 2, "-"), (there.day().into(), 2, "T")],
        Style::Plain => [(there.year().into(), 4, "-"), (there.month().into(), 2, "-"), (there.day().into(), 2, " ")],
        Style::Dotted => [(there.day().into(), 2, "."), (there.month().into(), 2, "."), (there.year().into(), 4, " ")],
    };
    let time = [(there.hour().into(), 2, ":"), (there.minute().into(), 2, ":"), (there.second().into(), 2, "")];
    for (number, digits, after) in date.into_iter().chain(time) {
        push_digits(text, number, digits);
        text.push_str(after);
    }
    if style == Style::Iso {
        let offset = there.offset().seconds();
        text.push(if offset < 0 { '-' } else { '+' });
        let minutes = i64::from(offset.unsigned_abs() / 60);
        push_digits(text, minutes / 60, 2);
        text.push(':');
        push_digits(text, minutes % 60, 2);
    }
}

/// Writes a number of at least this many digits.
fn push_digits(text: &mut String, number: i64, digits: usize) {
    let mut power = 10_i64.pow(u32::try_from(digits - 1).unwrap_or(0));
    while power > 0 {
        let digit = u8::try_from(number / power % 10).unwrap_or(0);
        text.push(char::from(b'0' + digit));
        power /= 10;
    }
}

/// Writes an instant as people say it: `today, 12:16`, `yesterday, 14:42`, `April 15, 14:42`, `June 11, 2024 15:08`.
pub fn say_instant(seconds: i64, now: i64, zone: &TimeZone) -> String {
    let at = |seconds| Timestamp::from_second(seconds).map(|it| it.to_zoned_datetime(zone.clone()));
    let (Ok(then), Ok(now)) = (at(seconds), at(now)) else { return String::new() };
    let format = if then.date() == now.date() {
        "today, %H:%M"
    } else if now.date().yesterday().is_ok_and(|yesterday| then.date() == yesterday) {
        "yesterday, %H:%M"
    } else if then.year() == now.year() {
        "%B %-d, %H:%M"
    } else {
        "%B %-d, %Y %H:%M"
    };
    then.strftime(format).to_string()
}

/// What follows a date `YYYY-MM-DD` where it is shown: the original shows midnight, in ISO 8601.
pub const MIDNIGHT: &str = "T00:00:00+00:00";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(i64, i64)> {
        read_instant(text, &TimeZone::UTC).map(|span| (span.from, span.until))
    }

    #[test]
    fn every_documented_form_is_read() {
        assert_eq!(read("2020-01-01T00:00:00+02:00"), Some((1_577_829_600, 1_577_829_601)));
        assert_eq!(read("2020-01-01T00:00:00Z"), Some((1_577_836_800, 1_577_836_801)));
        assert_eq!(read("2020-01-01 00:00:05"), Some((1_577_836_805, 1_577_836_806)));
        assert_eq!(read("01.01.2020 00:00:05"), Some((1_577_836_805, 1_577_836_806)));
        assert_eq!(read("2020-01-01"), Some((1_577_836_800, 1_577_923_200)));
        assert_eq!(read("1.1.2020"), Some((1_577_836_800, 1_577_923_200)));
        for bad in ["", "soon", "2020-13-01", "31.02.2020", "20-01-01", "2020-01-01Tx", "1e9"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_date_drops_its_time() {
        assert_eq!(read_date("2018-07-14T00:00:00+03:00").as_deref(), Some("2018-07-14"));
        assert_eq!(read_date("14.07.2018").as_deref(), Some("2018-07-14"));
        assert_eq!(read_date("2018-07-14Tomorrow"), None);
    }

    #[test]
    fn instants_are_said_as_people_say_them() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        for (then, said) in [
            ("2025-05-10T12:16:00Z", "today, 12:16"),
            ("2025-05-09T14:42:59Z", "yesterday, 14:42"),
            ("2025-04-15T14:42:00Z", "April 15, 14:42"),
            ("2024-06-01T15:08:00Z", "June 1, 2024 15:08"),
        ] {
            assert_eq!(say_instant(at(then), at("2025-05-10T13:00:00Z"), &TimeZone::UTC), said);
        }
    }

    #[test]
    fn instants_are_written_in_three_styles() {
        let write = |style| write_instant(1_721_722_130, style, &TimeZone::UTC);
        assert_eq!(write(Style::Iso), "2024-07-23T08:08:50+00:00");
        assert_eq!(write(Style::Plain), "2024-07-23 08:08:50");
        assert_eq!(write(Style::Dotted), "23.07.2024 08:08:50");
    }
}
