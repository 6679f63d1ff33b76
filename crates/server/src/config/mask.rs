//! Hiding the password in a database address that is shown to people.

use percent_encoding::percent_decode_str;

/// The database's address with `***` for a password, for logs and errors.
///
/// An address that is no proper URL rather loses too much than shows a part of the password.
pub(crate) fn masked(database: &str) -> String {
    let is_scheme = |it: &str| it.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    match database.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => format!("{scheme}://{}", masked_url(rest)),
        _ => masked_pairs(database),
    }
}

pub(super) fn masked_url(rest: &str) -> String {
    // The last @ counts: a password may hold one that somebody forgot to encode.
    let Some((credentials, place)) = rest.rsplit_once('@') else {
        return masked_query(rest);
    };
    match credentials.split_once(':') {
        Some((user, _)) => format!("{}:***@{}", masked_query(user), masked_query(place)),
        None => format!("{}@{}", masked_query(credentials), masked_query(place)),
    }
}

/// Masks `password=…` where `?` or `&` stand around it; names may be percent-encoded.
pub(super) fn masked_query(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(['?', '&']) {
        let pair = part.trim_end_matches(['?', '&']);
        match pair.split_once('=') {
            Some((name, _)) if is_password(&percent_decode_str(name).decode_utf8_lossy()) => {
                out.extend([name, "=***", &part[pair.len()..]]);
            }
            _ => out.push_str(part),
        }
    }
    out
}

pub(super) fn is_password(name: &str) -> bool {
    name.to_ascii_lowercase().contains("password")
}

/// Masks `password = …` as libpq writes it: quoted or up to a space, with backslashes as escapes.
pub(super) fn masked_pairs(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find("password") {
        let (before, after) = rest.split_at(at + "password".len());
        out.push_str(before);
        rest = match after.trim_start().strip_prefix('=') {
            Some(value) => {
                out.push_str("=***");
                after_value(value.trim_start())
            }
            None => after,
        };
    }
    out + rest
}

/// What follows the value that the text begins with.
pub(super) fn after_value(text: &str) -> &str {
    let quoted = text.starts_with('\'');
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(usize::from(quoted)) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' if quoted => return &text[at + 1..],
            _ if !quoted && c.is_whitespace() => return &text[at..],
            _ => {}
        }
    }
    ""
}
