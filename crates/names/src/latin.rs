//! Names in plain ASCII, as people spell them in addresses of electronic mail.

use crate::cultures::Language;
use crate::words::Name;

/// Long double names are cut here: the part before the `@` may have 64 bytes, and the caller
/// appends a number.
const MAX_LOCAL: usize = 50;

/// "anna.mueller": lower case letters, digits, hyphens and dots only, never empty.
pub(crate) fn email_local(language: Language, first: &Name, last: &Name) -> String {
    let mut local = String::with_capacity(MAX_LOCAL + 8);
    append(language, first, &mut local);
    trim(&mut local, MAX_LOCAL / 2);
    if !local.is_empty() {
        local.push('.');
    }
    append(language, last, &mut local);
    trim(&mut local, MAX_LOCAL);
    if local.is_empty() {
        local.push_str("user");
    }
    local
}

fn append(language: Language, name: &Name, local: &mut String) {
    let spelling = if name.latin.is_empty() { &name.native } else { &name.latin };
    for letter in spelling.chars() {
        if letter.is_ascii_alphanumeric() {
            local.push(letter.to_ascii_lowercase());
        } else if matches!(letter, ' ' | '-') {
            if !local.ends_with(['-', '.']) && !local.is_empty() {
                local.push('-');
            }
        } else {
            for small in letter.to_lowercase() {
                local.push_str(ascii(language, small));
            }
        }
    }
}

/// Everything in it is ASCII, so that every length is a character boundary.
fn trim(local: &mut String, longest: usize) {
    local.truncate(longest);
    while local.ends_with(['-', '.']) {
        local.pop();
    }
}

fn ascii(language: Language, letter: char) -> &'static str {
    match (language, letter) {
        (Language::German, 'ä') => "ae",
        (Language::German, 'ö') => "oe",
        (Language::German, 'ü') => "ue",
        (Language::Ukrainian, 'г') => "h",
        (Language::Ukrainian, 'и') => "y",
        (Language::Ukrainian, 'й') => "i",
        (Language::Bulgarian, 'щ') => "sht",
        (Language::Bulgarian, 'ъ') => "a",
        _ => match u32::from(letter) {
            0x0370..=0x03FF => greek(letter),
            0x0400..=0x052F => cyrillic(letter),
            0x0530..=0x058F => armenian(letter),
            0x10A0..=0x10FF => georgian(letter),
            _ => roman(letter),
        },
    }
}

fn roman(letter: char) -> &'static str {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ạ' | 'ả' | 'ấ' | 'ầ' | 'ẩ' | 'ẫ' | 'ậ' | 'ắ' | 'ằ'
        | 'ẳ' | 'ẵ' | 'ặ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'ẹ' | 'ẻ' | 'ẽ' | 'ế' | 'ề' | 'ể' | 'ễ' | 'ệ' => {
            "e"
        }
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ı' | 'ỉ' | 'ị' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ő' | 'ø' | 'ơ' | 'ọ' | 'ỏ' | 'ố' | 'ồ' | 'ổ' | 'ỗ' | 'ộ' | 'ớ' | 'ờ' | 'ở'
        | 'ỡ' | 'ợ' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ț' | 'ţ' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ů' | 'ű' | 'ư' | 'ụ' | 'ủ' | 'ứ' | 'ừ' | 'ử' | 'ữ' | 'ự' => {
            "u"
        }
        'ý' | 'ÿ' | 'ỳ' | 'ỵ' | 'ỷ' | 'ỹ' => "y",
        'ź' | 'ž' | 'ż' => "z",
        _ => "",
    }
}

fn cyrillic(letter: char) -> &'static str {
    match letter {
        'а' | 'ә' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' | 'ғ' => "g",
        'д' => "d",
        'е' | 'ё' | 'э' => "e",
        'є' => "ie",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' | 'ї' => "i",
        'й' | 'ы' => "y",
        'к' => "k",
        'қ' => "q",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'ң' => "ng",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ұ' | 'ү' => "u",
        'ф' => "f",
        'х' => "kh",
        'һ' => "h",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ю' => "yu",
        'я' => "ya",
        _ => "",
    }
}

fn greek(letter: char) -> &'static str {
    match letter {
        'α' | 'ά' => "a",
        'β' => "v",
        'γ' => "g",
        'δ' => "d",
        'ε' | 'έ' => "e",
        'ζ' => "z",
        'η' | 'ή' | 'ι' | 'ί' | 'ϊ' | 'ΐ' => "i",
        'θ' => "th",
        'κ' => "k",
        'λ' => "l",
        'μ' => "m",
        'ν' => "n",
        'ξ' => "x",
        'ο' | 'ό' | 'ω' | 'ώ' => "o",
        'π' => "p",
        'ρ' => "r",
        'σ' | 'ς' => "s",
        'τ' => "t",
        'υ' | 'ύ' | 'ϋ' | 'ΰ' => "u",
        'φ' => "f",
        'χ' => "ch",
        'ψ' => "ps",
        _ => "",
    }
}

fn georgian(letter: char) -> &'static str {
    const LETTERS: [&str; 33] = [
        "a", "b", "g", "d", "e", "v", "z", "t", "i", "k", "l", "m", "n", "o", "p", "zh", "r", "s", "t", "u", "p", "k",
        "gh", "q", "sh", "ch", "ts", "dz", "ts", "ch", "kh", "j", "h",
    ];
    position(letter, 'ა').and_then(|at| LETTERS.get(at)).copied().unwrap_or_default()
}

fn armenian(letter: char) -> &'static str {
    const LETTERS: [&str; 39] = [
        "a", "b", "g", "d", "e", "z", "e", "y", "t", "zh", "i", "l", "kh", "ts", "k", "h", "dz", "gh", "ch", "m", "y",
        "n", "sh", "o", "ch", "p", "j", "r", "s", "v", "t", "r", "ts", "v", "p", "k", "o", "f", "ev",
    ];
    position(letter, 'ա').and_then(|at| LETTERS.get(at)).copied().unwrap_or_default()
}

/// How far the letter is from the first of its alphabet.
fn position(letter: char, first: char) -> Option<usize> {
    let distance = u32::from(letter).checked_sub(u32::from(first))?;
    usize::try_from(distance).ok()
}
