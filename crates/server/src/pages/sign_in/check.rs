//! Comparing a password, without telling who exists and without letting anyone guess for long.

use super::Visit;
use muster_core::{Chance, Code, Result, error::code};
use muster_modules::audit::deeds::SIGN_IN_FAILED;
use muster_modules::user::{
    password,
    store::{email_key, find_login},
};
use std::sync::LazyLock;

pub(in super::super) static TOO_MANY: Code = code("too_many_tries", 429, "Too many tries. Wait a quarter of an hour.");
pub(in super::super) static WRONG_PASSWORD: Code =
    code("wrong_password", 403, "The e-mail address or the password is wrong.");

/// What a password of nobody is compared with, so that the time does not tell who exists.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| password::hash("nobody's", &mut Chance::from_system()).unwrap_or_default());

/// The person with this e-mail address and password. Nothing tells which of the two is wrong.
pub(in super::super) fn check_password(visit: &Visit<'_>, email: &str, given: &str) -> Result<i64> {
    let app = visit.app;
    let account = email_key(email);
    if account.len() > password::LONGEST || given.len() > password::LONGEST {
        return Err(WRONG_PASSWORD.error());
    }
    if !app.throttle.admit(&account, visit.peer, app.clock.seconds()) {
        return Err(TOO_MANY.error());
    }
    let login = app.db.read(|tx| find_login(tx, &account))?;
    let hash = login.as_ref().map_or(NOBODY.as_str(), |it| &it.password_hash);
    let fits = password::verify(given, hash);
    let whose = login.as_ref().map_or_else(String::new, |it| it.user_id.to_string());
    let Some(login) = login.filter(|_| fits) else {
        visit.note(&SIGN_IN_FAILED, &whose)?;
        return Err(WRONG_PASSWORD.error());
    };
    app.throttle.forget(&account);
    Ok(login.user_id)
}
