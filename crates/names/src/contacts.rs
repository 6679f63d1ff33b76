//! Numbers, dates and short lists that belong to a person.

use std::sync::LazyLock;

use crate::random::Random;
use crate::words::{Ranked, sections};

/// A calendar date: year, month, day.
pub(crate) type Date = (i32, u8, u8);

static SKILLS: LazyLock<Ranked<&'static str>> = LazyLock::new(|| lines("skills"));
static INTERESTS: LazyLock<Ranked<&'static str>> = LazyLock::new(|| lines("interests"));

fn lines(section: &str) -> Ranked<&'static str> {
    let mut found = sections(include_str!("../data/skills.txt"));
    Ranked::new(found.remove(section).unwrap_or_default(), 10)
}

/// Replaces every `#` of the pattern with a digit.
pub(crate) fn digits(pattern: &str, random: &mut Random) -> String {
    // No pattern has more than sixteen digits, so one draw serves them all.
    let mut pool = random.next();
    let mut text = String::with_capacity(pattern.len());
    for letter in pattern.chars() {
        if letter == '#' {
            text.push(char::from(b'0' + (pool % 10) as u8));
            pool /= 10;
        } else {
            text.push(letter);
        }
    }
    text
}

/// Puts a house number into a street.
pub(crate) fn street(pattern: &str, random: &mut Random) -> String {
    // Low numbers are more common because short streets have no high ones.
    let number = 1 + random.below(140).min(random.below(140));
    let mut text = String::with_capacity(pattern.len() + 4);
    for letter in pattern.chars() {
        if letter == '#' {
            push_number(&mut text, number);
        } else {
            text.push(letter);
        }
    }
    text
}

fn push_number(text: &mut String, number: u32) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// The birthday of somebody who is between 20 and 65 in `year`.
pub(crate) fn birthday(year: i32, random: &mut Random) -> Date {
    let age = 20 + random.below(46) as i32;
    day_in(year.saturating_sub(age), random)
}

/// A first day at work: after the 18th birthday, and before `year` so that it is past today.
pub(crate) fn hired(birth_year: i32, year: i32, random: &mut Random) -> Date {
    let last = year.saturating_sub(1);
    let first = birth_year.saturating_add(19).min(last);
    let span = u32::try_from(last.saturating_sub(first)).unwrap_or_default() + 1;
    // Most people joined not long ago.
    let ago = random.below(span).min(random.below(span));
    day_in(last.saturating_sub(ago as i32), random)
}

fn day_in(year: i32, random: &mut Random) -> Date {
    const DAYS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut day = random.below(365) as u16;
    for (month, length) in (1_u8..).zip(DAYS) {
        if day < u16::from(length) {
            return (year, month, day as u8 + 1);
        }
        day -= u16::from(length);
    }
    (year, 12, 31)
}

/// Some skills, or none: three of four people have filled in the field.
pub(crate) fn skills(random: &mut Random) -> String {
    list(&SKILLS, 75, 4, random)
}

/// Some interests, or none.
pub(crate) fn interests(random: &mut Random) -> String {
    list(&INTERESTS, 55, 3, random)
}

fn list(from: &Ranked<&'static str>, percent: u32, most: u32, random: &mut Random) -> String {
    let mut text = String::new();
    if !random.percent(percent) {
        return text;
    }
    let mut chosen = [""; 4];
    let count = 1 + random.below(most) as usize;
    for at in 0..count.min(chosen.len()) {
        let Some(item) = from.draw(random) else { break };
        if chosen.contains(item) {
            continue;
        }
        chosen[at] = item;
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(item);
    }
    text
}
