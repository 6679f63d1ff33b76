//! The cultures people come from, their share of the company and their name lists.

use std::sync::LazyLock;

use crate::places::{self, Place};
use crate::positions::{self, Position};
use crate::random::Random;
use crate::words::{Ranked, Word, sections, words};

/// Which rules of grammar and spelling apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    German,
    English,
    Irish,
    French,
    Polish,
    Czech,
    Spanish,
    Portuguese,
    Turkish,
    Vietnamese,
    Nordic,
    Hungarian,
    Romanian,
    Russian,
    Ukrainian,
    Bulgarian,
    Kazakh,
    Greek,
    Georgian,
    Armenian,
    Japanese,
    Chinese,
    Arabic,
    Hebrew,
}

/// What is written down about a culture; the words themselves are in its data file.
struct Spec {
    language: Language,
    name: &'static str,
    text: &'static str,
    /// Share of the company, relative to the other cultures.
    weight: u32,
    /// How many of 100 people have a surname from the list rather than from the long tail.
    listed: u32,
    /// How many of 100 people have two surnames, and what stands between them.
    double: (u32, &'static str),
    /// How many of 100 people have a first name of two parts, and what stands between them.
    pair: (u32, &'static str),
    /// How many of 100 people have a middle name or patronymic.
    middle: u32,
}

macro_rules! spec {
    ($language:ident, $name:literal, $weight:literal, $listed:literal,
     $double:expr, $pair:expr, $middle:literal) => {
        Spec {
            language: Language::$language,
            name: $name,
            text: include_str!(concat!("../data/", $name, ".txt")),
            weight: $weight,
            listed: $listed,
            double: $double,
            pair: $pair,
            middle: $middle,
        }
    };
}

const SPECS: [Spec; 24] = [
    spec!(German, "german", 18, 55, (3, "-"), (5, "-"), 10),
    spec!(English, "english", 12, 60, (2, "-"), (0, ""), 40),
    spec!(Irish, "irish", 3, 55, (1, "-"), (0, ""), 20),
    spec!(French, "french", 8, 60, (3, "-"), (12, "-"), 10),
    spec!(Polish, "polish", 8, 50, (3, "-"), (0, ""), 10),
    spec!(Czech, "czech", 4, 50, (0, ""), (0, ""), 0),
    spec!(Spanish, "spanish", 8, 80, (65, " "), (25, " "), 0),
    spec!(Portuguese, "portuguese", 4, 80, (60, " "), (20, " "), 0),
    spec!(Turkish, "turkish", 5, 55, (1, " "), (0, ""), 10),
    spec!(Vietnamese, "vietnamese", 3, 100, (4, " "), (70, " "), 40),
    spec!(Nordic, "nordic", 5, 55, (4, "-"), (6, "-"), 15),
    spec!(Hungarian, "hungarian", 3, 55, (2, "-"), (0, ""), 0),
    spec!(Romanian, "romanian", 3, 50, (3, "-"), (0, ""), 15),
    spec!(Russian, "russian", 7, 50, (0, ""), (0, ""), 95),
    spec!(Ukrainian, "ukrainian", 4, 45, (0, ""), (0, ""), 80),
    spec!(Bulgarian, "bulgarian", 2, 55, (0, ""), (0, ""), 50),
    spec!(Kazakh, "kazakh", 2, 35, (0, ""), (0, ""), 70),
    spec!(Greek, "greek", 3, 45, (0, ""), (0, ""), 0),
    spec!(Georgian, "georgian", 1, 40, (0, ""), (0, ""), 0),
    spec!(Armenian, "armenian", 1, 60, (0, ""), (0, ""), 0),
    spec!(Japanese, "japanese", 2, 70, (0, ""), (0, ""), 0),
    spec!(Chinese, "chinese", 3, 100, (0, ""), (80, ""), 0),
    spec!(Arabic, "arabic", 3, 40, (0, ""), (0, ""), 40),
    spec!(Hebrew, "hebrew", 1, 60, (0, ""), (0, ""), 0),
];

/// First names of one gender.
#[derive(Debug)]
pub(crate) struct FirstNames {
    pub single: Ranked<Word>,
    /// The first and the second part of names such as "Jean-Pierre".
    pub pairs: (Ranked<Word>, Ranked<Word>),
}

/// Everything needed to invent a person of one culture.
#[derive(Debug)]
pub(crate) struct Culture {
    pub language: Language,
    pub listed: u32,
    pub double: (u32, &'static str),
    pub pair: (u32, &'static str),
    pub middle: u32,
    pub male: FirstNames,
    pub female: FirstNames,
    pub surnames: Ranked<Word>,
    /// Stems and the suffixes that fit them, for the long tail.
    pub tails: Vec<(Ranked<Word>, Ranked<Word>)>,
    /// Patronymics written "male/female", or one word for both.
    pub patronymics: Ranked<Word>,
    pub streets: Vec<Word>,
    pub places: Vec<Place>,
    pub positions: Ranked<Position>,
}

impl Culture {
    fn read(spec: &Spec) -> Self {
        let found = sections(spec.text);
        let ranked = |name: &str, flatness| Ranked::new(words(&found, name), flatness);
        let first = |gender: &str| FirstNames {
            single: ranked(gender, 12),
            pairs: (ranked(&format!("{gender}1"), 4), ranked(&format!("{gender}2"), 8)),
        };
        let tails = ["", "2", "3"]
            .iter()
            .map(|family| (ranked(&format!("stems{family}"), 40), ranked(&format!("suffixes{family}"), 4)))
            .filter(|(stems, suffixes)| !stems.is_empty() && !suffixes.is_empty())
            .collect();
        Self {
            language: spec.language,
            listed: spec.listed,
            double: spec.double,
            pair: spec.pair,
            middle: spec.middle,
            male: first("male"),
            female: first("female"),
            surnames: ranked("surnames", 6),
            tails,
            patronymics: ranked("patronymics", 10),
            streets: words(&found, "streets"),
            places: places::of(spec.name),
            positions: Ranked::new(positions::of(spec.name), 15),
        }
    }
}

static CULTURES: LazyLock<Vec<Culture>> = LazyLock::new(|| SPECS.iter().map(Culture::read).collect());

/// Draws the culture of a person by the weights above.
pub(crate) fn draw(random: &mut Random) -> Option<&'static Culture> {
    let total = SPECS.iter().map(|spec| spec.weight).sum();
    let mut point = random.below(total);
    for (spec, culture) in SPECS.iter().zip(CULTURES.iter()) {
        if point < spec.weight {
            return Some(culture);
        }
        point -= spec.weight;
    }
    None
}
