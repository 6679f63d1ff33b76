//! The form of a surname that a woman bears, in languages that have one.

use crate::cultures::Language;

/// Endings of the male form and what replaces them; the first that matches counts.
type Rules = &'static [(&'static str, &'static str)];

const RUSSIAN: Rules = &[
    ("ский", "ская"),
    ("цкий", "цкая"),
    ("ой", "ая"),
    ("ов", "ова"),
    ("ев", "ева"),
    ("ёв", "ёва"),
    ("ин", "ина"),
    ("ын", "ына"),
];
const UKRAINIAN: Rules = &[
    ("ський", "ська"),
    ("цький", "цька"),
    ("ов", "ова"),
    ("ів", "ова"),
    ("ев", "ева"),
    ("єв", "єва"),
    ("ін", "іна"),
    ("їн", "їна"),
];
const BULGARIAN: Rules = &[("ски", "ска"), ("ов", "ова"), ("ев", "ева"), ("ин", "ина")];
const KAZAKH: Rules = &[("ов", "ова"), ("ев", "ева"), ("ин", "ина")];
const POLISH: Rules = &[("ski", "ska"), ("cki", "cka"), ("dzki", "dzka"), ("ny", "na")];
const GREEK: Rules = &[
    ("όπουλος", "οπούλου"),
    ("άκος", "άκου"),
    ("άτος", "άτου"),
    ("ιανός", "ιανού"),
    ("ός", "ού"),
    ("ος", "ου"),
    ("ης", "η"),
    ("ής", "ή"),
    ("ας", "α"),
    ("άς", "ά"),
];
const CZECH: Rules = &[
    ("ý", "á"),
    ("í", "í"),
    ("ů", "ů"),
    ("ole", "ole"),
    ("něk", "ňková"),
    ("ek", "ková"),
    ("ec", "cová"),
    ("a", "ová"),
    ("o", "ová"),
    ("e", "eová"),
    ("", "ová"),
];

/// Turns the male form into the female one; names without such a form stay as they are.
pub(crate) fn feminine(language: Language, name: &mut String) {
    let rules = match language {
        Language::Russian => RUSSIAN,
        Language::Ukrainian => UKRAINIAN,
        Language::Bulgarian => BULGARIAN,
        Language::Kazakh => KAZAKH,
        Language::Polish => POLISH,
        Language::Greek => GREEK,
        Language::Czech => CZECH,
        _ => return,
    };
    let rule = rules.iter().find(|(male, _)| name.ends_with(male));
    if let Some((male, female)) = rule {
        name.truncate(name.len() - male.len());
        name.push_str(female);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn women_bear_the_female_form() {
        for (language, male, female) in [
            (Language::Russian, "Иванов", "Иванова"),
            (Language::Russian, "Чайковский", "Чайковская"),
            (Language::Russian, "Шевченко", "Шевченко"),
            (Language::Polish, "Kowalski", "Kowalska"),
            (Language::Polish, "Nowak", "Nowak"),
            (Language::Czech, "Novák", "Nováková"),
            (Language::Czech, "Svoboda", "Svobodová"),
            (Language::Czech, "Vaněk", "Vaňková"),
            (Language::Greek, "Παπαδόπουλος", "Παπαδοπούλου"),
            (Language::German, "Müller", "Müller"),
        ] {
            let mut name = male.to_owned();
            feminine(language, &mut name);
            assert_eq!(name, female);
        }
    }
}
