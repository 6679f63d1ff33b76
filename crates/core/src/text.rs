//! Text as people search for it: without case and diacritics, by the beginnings of words.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Folds a text for comparing as people do: "Müller", "MULLER" and "muller" become the same.
///
/// Punctuation stays, so that the result can be compared whole and searched by parts of it.
pub fn search_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match special(c) {
            Some(plain) => key.push_str(plain),
            None => key.extend(c.to_lowercase().map(|c| if c == 'ς' { 'σ' } else { c })),
        }
    }
    // Lower-casing may bring marks back: 'İ' is 'i' and a dot above.
    key.retain(|c| !is_combining_mark(c));
    key
}

/// Letters that Unicode does not take apart, as they are typed on a keyboard without them.
fn special(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'ł' | 'Ł' => "l",
        'þ' | 'Þ' => "th",
        'ı' => "i",
        _ => return None,
    })
}

/// The words of a text, folded as by [`search_key`]: runs of letters and digits, each once.
pub fn words(text: &str) -> Vec<String> {
    let key = search_key(text);
    let mut words: Vec<String> = Vec::new();
    for word in key.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !words.iter().any(|it| it == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// The end of the range of texts that begin with `prefix`: they are `>= prefix` and `< after(prefix)`.
pub fn after(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_diacritics_are_folded() {
        for (text, key) in [
            ("Müller", "muller"),
            ("Łukasz Żółć", "lukasz zołc".replace('ł', "l").as_str()),
            ("Анна", "анна"),
            ("Ёлкин", "елкин"),
            ("İstanbul", "istanbul"),
            ("Straße", "strasse"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("Nguyễn", "nguyen"),
            ("ﬁn", "fin"),
        ] {
            assert_eq!(search_key(text), key);
        }
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(words("Anna-Maria  O'Neil (HR) anna 2"), ["anna", "maria", "o", "neil", "hr", "2"]);
        assert_eq!(words("田中 太郎"), ["田中", "太郎"]);
        assert!(words(" -- ").is_empty());
    }
}
