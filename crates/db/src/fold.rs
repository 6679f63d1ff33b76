//! Case folding that gives the same answer in Rust, in SQLite and in PostgreSQL.

/// Folds a text's case, character by character.
///
/// This is deliberately the simple mapping that PostgreSQL's `lower()` does, one character to one: a final sigma stays
/// `σ` and `İ` becomes `i`. Both engines must call the same rows equal.
pub fn fold(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

fn fold_char(c: char) -> char {
    if c == 'İ' {
        return 'i';
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folds_every_script_one_to_one() {
        assert_eq!(fold("ÄÖÜ ẞ ЁЖ ΑΣ İI"), "äöü ß ёж ασ ii");
        assert_eq!(fold("ΟΔΥΣΣΕΥΣ").chars().count(), 8);
    }
}
