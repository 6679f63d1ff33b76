//! Surnames: common ones from the list, the long tail from stems and suffixes.

use crate::MAX_NAME_CHARS;
use crate::cultures::Culture;
use crate::gendered::feminine;
use crate::person::Gender;
use crate::random::Random;
use crate::words::{Name, Word};

/// A surname of this culture, in the form for this gender.
pub(crate) fn surname(culture: &Culture, gender: Gender, random: &mut Random) -> Name {
    let name = single(culture, gender, random);
    let (percent, separator) = culture.double;
    if random.percent(percent) {
        let second = single(culture, gender, random);
        // Nobody is called twice the same.
        if second.native != name.native && name.chars() + second.chars() + separator.len() <= MAX_NAME_CHARS {
            let mut double = name;
            double.push_separator(separator);
            double.native.push_str(&second.native);
            double.latin.push_str(&second.latin);
            return double;
        }
    }
    name
}

fn single(culture: &Culture, gender: Gender, random: &mut Random) -> Name {
    let mut name = if culture.tails.is_empty() || random.percent(culture.listed) {
        listed(culture, random)
    } else {
        built(culture, random)
    };
    if gender == Gender::Female {
        feminine(culture.language, &mut name.native);
    }
    if name.chars() <= MAX_NAME_CHARS { name } else { listed(culture, random) }
}

fn listed(culture: &Culture, random: &mut Random) -> Name {
    culture.surnames.draw(random).copied().map(Name::of).unwrap_or_default()
}

/// A surname of the long tail: a stem and a suffix that fit together.
fn built(culture: &Culture, random: &mut Random) -> Name {
    let parts =
        random.pick(&culture.tails).and_then(|(stems, suffixes)| Some((*stems.draw(random)?, *suffixes.draw(random)?)));
    match parts {
        Some((stem, suffix)) if suits(stem, suffix) => join(stem, suffix),
        _ => listed(culture, random),
    }
}

/// Whether the two make a name: "Bergberg" and "川川" are nobody's.
fn suits(stem: Word, suffix: Word) -> bool {
    stem.native.to_lowercase() != suffix.native.to_lowercase()
}

/// Puts the two together, smoothing the letters where they meet.
fn join(stem: Word, suffix: Word) -> Name {
    let mut name = Name::of(stem);
    let mut before = stem.native.chars().rev();
    let (last, second_last) = (before.next(), before.next());
    let next = suffix.native.chars().next();
    // "Wall" + "lin" is written with two letters, not three.
    let tripled = last.is_some() && last == second_last && last == next;
    let soft_sign = last == Some('ь') && matches!(next, Some('о' | 'и' | 'у'));
    let clash = matches!(last, Some('α' | 'ε' | 'ο' | 'а' | 'о')) && next.is_some_and(is_vowel);
    if tripled || soft_sign || clash {
        name.native.pop();
    }
    name.push(suffix);
    name
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'ά' | 'έ' | 'ί' | 'ι' | 'ο' | 'ό' | 'ύ' | 'а' | 'е' | 'и' | 'і' | 'о' | 'у')
}
