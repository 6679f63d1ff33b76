//! What a person sets for themselves: how Muster looks, and where they are signed in.

mod agent;

use super::{Reply, Route, Subject, Visit, get, post};
use agent::browser;
use askama::Template;
use muster_core::Result;
use muster_modules::session;

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("settings.css"),
    js: "",
};

const ROUTES: &[Route] = &[
    get("/settings/", appearance),
    post("/settings/", set_appearance),
    get("/settings/security/", security),
    post("/settings/security/sessions/{id}/end/", end_session),
    post("/settings/security/sessions/end-others/", end_others),
];

#[derive(Template)]
#[template(path = "pages/settings/appearance.html")]
struct Appearance<'a> {
    visit: &'a Visit<'a>,
    language: &'a str,
}

fn appearance(visit: &Visit<'_>) -> Result<Reply> {
    let language = visit.who()?.language.as_deref().unwrap_or_default();
    visit.page(&Appearance { visit, language })
}

fn set_appearance(visit: &Visit<'_>) -> Result<Reply> {
    let (language, theme) = (visit.text("LANGUAGE"), visit.text("THEME"));
    let chosen = |text: &str| Some(text.to_owned()).filter(|it| !it.is_empty());
    let (language, theme) = (chosen(&language), chosen(&theme));
    let user_id = visit.caller()?.user_id;
    visit.app.db.write(|tx| session::prefer(tx, user_id, language.as_deref(), theme.as_deref()))?;
    Ok(Reply::to("/settings/?done=saved"))
}

#[derive(Template)]
#[template(path = "pages/settings/security.html")]
struct Security<'a> {
    visit: &'a Visit<'a>,
    sessions: Vec<Line>,
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

fn security(visit: &Visit<'_>) -> Result<Reply> {
    let who = visit.who()?;
    let now = visit.app.clock.seconds();
    let sessions = visit.app.db.read(|tx| session::list(tx, who.caller.user_id, now))?;
    let line = |it: session::Session| Line {
        id: it.id,
        is_this: it.id == who.session_id,
        browser: browser(&it.agent),
        address: it.address,
        begun: visit.moment(it.created_at),
        seen: visit.moment(it.seen_at),
    };
    visit.page(&Security { visit, sessions: sessions.into_iter().map(line).collect() })
}

fn end_session(visit: &Visit<'_>) -> Result<Reply> {
    let (who, id) = (visit.who()?, visit.path_id("id")?);
    visit.app.db.write(|tx| session::end(tx, who.caller.user_id, id))?;
    Ok(Reply::to("/settings/security/?done=session-ended"))
}

fn end_others(visit: &Visit<'_>) -> Result<Reply> {
    let who = visit.who()?;
    visit.app.db.write(|tx| session::end_all(tx, who.caller.user_id, Some(who.session_id)))?;
    Ok(Reply::to("/settings/security/?done=sessions-ended"))
}
