//! Signing in and out. There is one way in, for the pages and for whoever lets an app act for them.

mod check;
mod second;

use super::{Reply, Route, Subject, Visit, cookie::Cookie, get, post, visit::local};
use crate::request;
use askama::Template;
use axum::http::header;
pub(super) use check::TOO_MANY;
pub(super) use check::{WRONG_PASSWORD, check_password};
use muster_core::{Chance, Result, call::Mail};
use muster_modules::audit::deeds::{SIGN_IN, SIGN_OUT};
use muster_modules::session::{self, second_factor};

pub(super) static SUBJECT: Subject =
    Subject { routes: ROUTES, menu: &[], words: [include_str!("en.ftl"), include_str!("ru.ftl")], css: "", js: "" };

const ROUTES: &[Route] = &[
    get("/sign-in/", form).open(),
    post("/sign-in/", sign_in).open().takes_password(),
    get("/sign-in/code/", second::form).open(),
    post("/sign-in/code/", second::enter).open(),
    post("/sign-out/", sign_out),
];

#[derive(Template)]
#[template(path = "pages/sign_in/sign_in.html")]
struct Form<'a> {
    visit: &'a Visit<'a>,
    /// Where to go afterwards.
    back: String,
    email: String,
    problem: String,
    /// Whether a forgotten password can be set anew by mail.
    has_mail: bool,
}

fn form(visit: &Visit<'_>) -> Result<Reply> {
    if visit.who.is_some() {
        return Ok(Reply::to(&back(visit)));
    }
    show(visit, String::new())
}

fn show(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    visit.page(&Form {
        visit,
        back: back(visit),
        email: visit.text("EMAIL"),
        problem,
        has_mail: visit.app.settings.mail != Mail::Off,
    })
}

/// Where to go afterwards: to an address of ours, whatever was asked for.
pub(super) fn back(visit: &Visit<'_>) -> String {
    local(&visit.text("BACK")).unwrap_or("/").to_owned()
}

fn sign_in(visit: &Visit<'_>) -> Result<Reply> {
    let user_id = match check_password(visit, &visit.text("EMAIL"), &visit.password("PASSWORD")) {
        Ok(user_id) => user_id,
        Err(err) if [&WRONG_PASSWORD, &TOO_MANY].contains(&err.code) => {
            return Ok(show(visit, visit.said(&err))?.with_status(err.code.status));
        }
        Err(err) => return Err(err),
    };
    let stay = visit.params.flag("STAY")?;
    if visit.app.db.read(|tx| second_factor::state(tx, user_id))?.0 {
        return second::ask(visit, user_id, stay);
    }
    begin(visit, user_id, stay, &back(visit))
}

/// Begins a session for someone who has proved who they are, and sends them on.
///
/// The session is always a new one: whatever cookie the browser brought, perhaps planted by someone else, comes to nothing.
pub(super) fn begin(visit: &Visit<'_>, user_id: i64, stay: bool, back: &str) -> Result<Reply> {
    let now = visit.app.clock.seconds();
    let address = visit.peer.to_string();
    let agent = request::agent(&visit.headers);
    let secret = visit.write(&SIGN_IN, |tx| {
        if let Some(before) = &visit.who {
            session::end(tx, before.caller.user_id, before.session_id)?;
        }
        Ok((session::begin(tx, user_id, (&address, agent), (&mut Chance::from_system(), now))?, user_id))
    })?;
    let seconds = stay.then_some(session::LONGEST_SECONDS);
    Ok(Reply::to(back).header(header::SET_COOKIE, &Cookie::Session.set(&secret, visit.is_secure, seconds)))
}

fn sign_out(visit: &Visit<'_>) -> Result<Reply> {
    let who = visit.who()?;
    visit.write(&SIGN_OUT, |tx| Ok((session::end(tx, who.caller.user_id, who.session_id)?, who.caller.user_id)))?;
    Ok(Reply::to("/sign-in/?done=signed-out")
        .header(header::SET_COOKIE, &Cookie::Session.set("", visit.is_secure, Some(0))))
}
