//! Security for oneself: the password, the second factor, the browsers that one is signed in with.

use super::super::{
    Reply, Visit,
    sign_in::{TOO_MANY, WRONG_PASSWORD, check_password},
    visit::NOT_FOUND,
};
use super::agent::browser;
use askama::Template;
use muster_core::{Chance, Code, Error, Result, error::INTERNAL};
use muster_modules::audit::deeds::{
    PASSWORD_CHANGE, RECOVERY_CODES, SECOND_FACTOR_ADD, SECOND_FACTOR_BEGIN, SECOND_FACTOR_END, SESSION_END,
    SESSIONS_END,
};
use muster_modules::{
    session::{
        self,
        second_factor::{self, WRONG_CODE},
    },
    user::{
        invitation::{hash_chosen, set_password},
        password::WEAK_PASSWORD,
    },
};
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;

#[derive(Template)]
#[template(path = "pages/settings/security.html")]
struct Security<'a> {
    visit: &'a Visit<'a>,
    sessions: Vec<Line>,
    has_second_factor: bool,
    recovery_codes: i64,
    problem: String,
}

/// A browser that someone is signed in with.
struct Line {
    id: i64,
    is_this: bool,
    browser: String,
    address: String,
    begun: String,
    seen: String,
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    page(visit, String::new())
}

fn page(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    let who = visit.who()?;
    let (user_id, now) = (who.caller.user_id, visit.app.clock.seconds());
    let (sessions, (has_second_factor, recovery_codes)) = visit
        .app
        .db
        .read(|tx| Ok::<_, Error>((session::list(tx, user_id, now)?, second_factor::state(tx, user_id)?)))?;
    let line = |it: session::Session| Line {
        id: it.id,
        is_this: it.id == who.session_id,
        browser: browser(&it.agent),
        address: it.address,
        begun: visit.moment(it.created_at),
        seen: visit.moment(it.seen_at),
    };
    let sessions = sessions.into_iter().map(line).collect();
    visit.page(&Security { visit, sessions, has_second_factor, recovery_codes, problem })
}

/// The page again, with what was wrong, if it is something that can be corrected there.
fn again(visit: &Visit<'_>, err: Error) -> Result<Reply> {
    let known: [&Code; 4] = [&WRONG_PASSWORD, &TOO_MANY, &WEAK_PASSWORD, &WRONG_CODE];
    if !known.contains(&err.code) {
        return Err(err);
    }
    Ok(page(visit, visit.said(&err))?.with_status(err.code.status))
}

/// Sees that whoever changes something here knows the password: a browser left open must not be enough.
fn check_own_password(visit: &Visit<'_>) -> Result<i64> {
    check_password(visit, visit.email(), &visit.password("CURRENT"))
}

pub(super) fn end_session(visit: &Visit<'_>) -> Result<Reply> {
    let (who, id) = (visit.who()?, visit.path_id("id")?);
    visit.write(&SESSION_END, |tx| Ok((session::end(tx, who.caller.user_id, id)?, id)))?;
    Ok(Reply::to("/settings/security/?done=session-ended"))
}

pub(super) fn end_others(visit: &Visit<'_>) -> Result<Reply> {
    let who = visit.who()?;
    let user_id = who.caller.user_id;
    visit.write(&SESSIONS_END, |tx| Ok((session::end_all(tx, user_id, Some(who.session_id))?, user_id)))?;
    Ok(Reply::to("/settings/security/?done=sessions-ended"))
}

pub(super) fn change_password(visit: &Visit<'_>) -> Result<Reply> {
    let session_id = visit.who()?.session_id;
    let checked = check_own_password(visit)
        .and_then(|user_id| Ok((user_id, hash_chosen(&visit.password("PASSWORD"), &mut Chance::from_system())?)));
    let (user_id, hash) = match checked {
        Ok(checked) => checked,
        Err(err) => return again(visit, err),
    };
    visit.write(&PASSWORD_CHANGE, |tx| Ok((set_password(tx, user_id, &hash, Some(session_id))?, user_id)))?;
    Ok(Reply::to("/settings/security/?done=password-changed"))
}

pub(super) fn begin_second_factor(visit: &Visit<'_>) -> Result<Reply> {
    let user_id = match check_own_password(visit) {
        Ok(user_id) => user_id,
        Err(err) => return again(visit, err),
    };
    visit.write(&SECOND_FACTOR_BEGIN, |tx| {
        Ok((second_factor::begin(tx, user_id, &mut Chance::from_system())?, user_id))
    })?;
    Ok(Reply::to("/settings/security/second-factor/"))
}

#[derive(Template)]
#[template(path = "pages/settings/second_factor.html")]
struct SecondFactor<'a> {
    visit: &'a Visit<'a>,
    secret: String,
    squares: String,
    size: i32,
    problem: String,
}

pub(super) fn second_factor(visit: &Visit<'_>) -> Result<Reply> {
    show_second_factor(visit, String::new())
}

fn show_second_factor(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    let user_id = visit.caller()?.user_id;
    let secret = visit.app.db.read(|tx| second_factor::pending_secret(tx, user_id))?;
    let secret = secret.ok_or_else(|| NOT_FOUND.error())?;
    let account: String =
        percent_encoding::utf8_percent_encode(visit.email(), percent_encoding::NON_ALPHANUMERIC).collect();
    let address = format!("otpauth://totp/Muster:{account}?secret={secret}&issuer=Muster");
    let code = QrCode::encode_text(&address, QrCodeEcc::Medium).map_err(|err| INTERNAL.error().because(err))?;
    let mut squares = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            write!(squares, "M{},{y}h1v1h-1z", x).expect("writing to a String cannot fail");
        }
    }
    let groups: Vec<String> = secret.as_bytes().chunks(4).map(|it| String::from_utf8_lossy(it).into_owned()).collect();
    visit.page(&SecondFactor { visit, secret: groups.join(" "), squares, size: code.size(), problem })
}

#[derive(Template)]
#[template(path = "pages/settings/recovery.html")]
struct Recovery<'a> {
    visit: &'a Visit<'a>,
    codes: Vec<String>,
}

pub(super) fn confirm_second_factor(visit: &Visit<'_>) -> Result<Reply> {
    let (user_id, now, code) = (visit.caller()?.user_id, visit.app.clock.seconds(), visit.text("CODE"));
    if !visit.app.throttle.admit(&format!("code {user_id}"), visit.peer, now) {
        return Ok(show_second_factor(visit, visit.said(&TOO_MANY.error()))?.with_status(429));
    }
    let confirmed = visit.write(&SECOND_FACTOR_ADD, |tx| {
        Ok((second_factor::confirm(tx, user_id, &code, (&mut Chance::from_system(), now))?, user_id))
    });
    match confirmed {
        Ok(codes) => visit.page(&Recovery { visit, codes }),
        Err(err) if err.code == &WRONG_CODE => {
            Ok(show_second_factor(visit, visit.said(&err))?.with_status(err.code.status))
        }
        Err(err) => Err(err),
    }
}

pub(super) fn new_recovery_codes(visit: &Visit<'_>) -> Result<Reply> {
    let user_id = match check_own_password(visit) {
        Ok(user_id) => user_id,
        Err(err) => return again(visit, err),
    };
    let codes = visit.write(&RECOVERY_CODES, |tx| {
        if !second_factor::state(tx, user_id)?.0 {
            return Err(NOT_FOUND.error());
        }
        Ok((second_factor::new_recovery_codes(tx, user_id, &mut Chance::from_system())?, user_id))
    })?;
    visit.page(&Recovery { visit, codes })
}

pub(super) fn end_second_factor(visit: &Visit<'_>) -> Result<Reply> {
    let user_id = match check_own_password(visit) {
        Ok(user_id) => user_id,
        Err(err) => return again(visit, err),
    };
    visit.write(&SECOND_FACTOR_END, |tx| Ok((second_factor::end(tx, user_id)?, user_id)))?;
    Ok(Reply::to("/settings/security/?done=second-factor-ended"))
}
