//! First and middle names.

use crate::MAX_NAME_CHARS;
use crate::cultures::Culture;
use crate::person::Gender;
use crate::random::Random;
use crate::words::Name;

/// A first name, sometimes of two parts ("Jean-Pierre", "María José", "Minh Anh").
pub(crate) fn first(culture: &Culture, gender: Gender, random: &mut Random) -> Name {
    let names = match gender {
        Gender::Male => &culture.male,
        Gender::Female => &culture.female,
    };
    let (percent, separator) = culture.pair;
    if random.percent(percent)
        && let (Some(one), Some(two)) = (names.pairs.0.draw(random), names.pairs.1.draw(random))
        && one.native != two.native
    {
        let mut name = Name::of(*one);
        name.push_separator(separator);
        name.push(*two);
        if name.chars() <= MAX_NAME_CHARS {
            return name;
        }
    }
    names.single.draw(random).copied().map(Name::of).unwrap_or_default()
}

/// The patronymic where the culture has one, otherwise sometimes a second first name.
pub(crate) fn middle(culture: &Culture, gender: Gender, first: &Name, random: &mut Random) -> Option<String> {
    if !random.percent(culture.middle) {
        return None;
    }
    if let Some(word) = culture.patronymics.draw(random) {
        let (male, female) = word.native.split_once('/').unwrap_or((word.native, word.native));
        let chosen = match gender {
            Gender::Male => male,
            Gender::Female => female,
        };
        return Some(chosen.to_owned());
    }
    let names = match gender {
        Gender::Male => &culture.male,
        Gender::Female => &culture.female,
    };
    let second = names.single.draw(random)?;
    (second.native != first.native).then(|| second.native.to_owned())
}
