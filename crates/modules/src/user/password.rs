//! Passwords: stored only as argon2 hashes.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use muster_core::{
    Chance, Code, Result,
    error::{INTERNAL, code},
};

/// The fewest characters of a password.
pub const SHORTEST: usize = 8;
/// The most bytes of a password that are looked at.
pub const LONGEST: usize = 1024;

/// The password is none that anyone should have.
pub static WEAK_PASSWORD: Code = code("weak_password", 422, "A password has at least 8 characters.");

/// Refuses a password that is too short, or so long that comparing it would cost too much.
pub fn check(password: &str) -> Result<()> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(WEAK_PASSWORD.error());
    }
    Ok(())
}

/// The hash to store for a password.
pub fn hash(password: &str, chance: &mut Chance) -> Result<String> {
    // A token's letters are as good a salt as any bytes.
    let salt = chance.token();
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt.as_bytes()[..16]);
    let hashed: argon2::password_hash::phc::PasswordHash =
        hashed.map_err(|err| INTERNAL.error().because(err.to_string()))?;
    Ok(hashed.to_string())
}

/// Whether a password is the one that was hashed.
pub fn verify(password: &str, hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_fits() {
        let hash = hash("correct horse", &mut Chance::seeded(1)).unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("correct horse", &hash));
        assert!(!verify("correct house", &hash));
        assert!(!verify("", "no hash"));
    }
}
