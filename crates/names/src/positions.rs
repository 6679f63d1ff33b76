//! Job titles.

use std::sync::LazyLock;

use crate::person::Gender;
use crate::random::Random;
use crate::words::{Ranked, Sections, sections};

/// A job title in the forms for men and women.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    male: &'static str,
    female: &'static str,
}

impl Position {
    /// The form for this gender.
    pub(crate) fn title(self, gender: Gender) -> &'static str {
        match gender {
            Gender::Male => self.male,
            Gender::Female => self.female,
        }
    }
}

static SECTIONS: LazyLock<Sections> = LazyLock::new(|| sections(include_str!("../data/positions.txt")));

static ENGLISH: LazyLock<Ranked<Position>> = LazyLock::new(|| Ranked::new(of("english"), 15));

/// The first people of a company lead it, so that exactly one of each title exists.
const BOARD: [&str; 6] = [
    "Chief Executive Officer",
    "Chief Financial Officer",
    "Chief Technology Officer",
    "Chief Operating Officer",
    "Chief Human Resources Officer",
    "Chief Information Officer",
];

/// The titles in the language of a culture; many cultures have only the English ones.
pub(crate) fn of(culture: &str) -> Vec<Position> {
    let lines = SECTIONS.get(culture).map(Vec::as_slice).unwrap_or_default();
    lines
        .iter()
        .map(|line| {
            let (male, female) = line.split_once('/').unwrap_or((line, line));
            Position { male, female }
        })
        .collect()
}

/// The title of person `index`, in their own language or in English.
pub(crate) fn draw(own: &Ranked<Position>, index: u64, gender: Gender, random: &mut Random) -> &'static str {
    let leader = usize::try_from(index).ok().and_then(|at| BOARD.get(at));
    if let Some(title) = leader {
        return title;
    }
    let list = if !own.is_empty() && random.percent(35) { own } else { &ENGLISH };
    list.draw(random).map_or("Employee", |position| position.title(gender))
}
