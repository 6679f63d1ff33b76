//! The step between password and session for those who have a second factor.

use super::super::{Reply, Visit, cookie::Cookie};
use super::{TOO_MANY, back, begin};
use askama::Template;
use axum::http::header;
use muster_core::{Chance, Result};
use muster_modules::audit::deeds::SIGN_IN_FAILED;
use muster_modules::session::second_factor::{
    HALF_SECONDS, SIGN_IN_OVER, WRONG_CODE, begin_half, find_half, finish_half,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

#[derive(Template)]
#[template(path = "pages/sign_in/code.html")]
struct Form<'a> {
    visit: &'a Visit<'a>,
    back: String,
    stay: bool,
    problem: String,
}

/// Sends someone whose password was right on to the code. They are not signed in: the cookie opens that page alone.
pub(super) fn ask(visit: &Visit<'_>, user_id: i64, stay: bool) -> Result<Reply> {
    let now = visit.app.clock.seconds();
    let token = visit.write_routine(|tx| begin_half(tx, user_id, (&mut Chance::from_system(), now)))?;
    let back = back(visit);
    let back = utf8_percent_encode(&back, NON_ALPHANUMERIC);
    let stay = if stay { "&stay=Y" } else { "" };
    let cookie = Cookie::Half.set(&token, visit.is_secure, Some(HALF_SECONDS));
    Ok(Reply::to(&format!("/sign-in/code/?back={back}{stay}")).header(header::SET_COOKIE, &cookie))
}

/// Whoever has given the right password, with the token that says so.
fn half(visit: &Visit<'_>) -> Result<Option<(String, i64)>> {
    let Some(token) = Cookie::Half.read(&visit.headers, visit.is_secure) else { return Ok(None) };
    let now = visit.app.clock.seconds();
    match visit.app.db.read(|tx| find_half(tx, &token, now)) {
        Ok(user_id) => Ok(Some((token, user_id))),
        Err(err) if err.code == &SIGN_IN_OVER => Ok(None),
        Err(err) => Err(err),
    }
}

pub(super) fn form(visit: &Visit<'_>) -> Result<Reply> {
    if half(visit)?.is_none() {
        return Err(SIGN_IN_OVER.error());
    }
    show(visit, String::new())
}

fn show(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    visit.page(&Form { visit, back: back(visit), stay: visit.params.flag("STAY")?, problem })
}

pub(super) fn enter(visit: &Visit<'_>) -> Result<Reply> {
    let Some((token, user_id)) = half(visit)? else { return Err(SIGN_IN_OVER.error()) };
    let (app, now, account) = (visit.app, visit.app.clock.seconds(), format!("code {user_id}"));
    if !app.throttle.admit(&account, visit.peer, now) {
        return Ok(show(visit, visit.said(&TOO_MANY.error()))?.with_status(429));
    }
    match visit.write_routine(|tx| finish_half(tx, &token, &visit.text("CODE"), now)) {
        Ok(user_id) => {
            app.throttle.forget(&account);
            let over = Cookie::Half.set("", visit.is_secure, Some(0));
            Ok(begin(visit, user_id, visit.params.flag("STAY")?, &back(visit))?.header(header::SET_COOKIE, &over))
        }
        Err(err) if err.code == &WRONG_CODE => {
            visit.note(&SIGN_IN_FAILED, &user_id.to_string())?;
            Ok(show(visit, visit.said(&err))?.with_status(err.code.status))
        }
        Err(err) => Err(err),
    }
}
