//! What a person sets for themselves: how Muster looks, and where they are signed in.

mod agent;
mod security;

use super::{Reply, Route, Subject, Visit, get, post};
use askama::Template;
use muster_core::Result;
use muster_modules::audit::deeds::PREFERENCES;
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
    get("/settings/security/", security::show),
    post("/settings/security/sessions/{id}/end/", security::end_session),
    post("/settings/security/sessions/end-others/", security::end_others),
    post("/settings/security/password/", security::change_password).takes_password(),
    get("/settings/security/second-factor/", security::second_factor),
    post("/settings/security/second-factor/", security::begin_second_factor).takes_password(),
    post("/settings/security/second-factor/confirm/", security::confirm_second_factor),
    post("/settings/security/second-factor/codes/", security::new_recovery_codes).takes_password(),
    post("/settings/security/second-factor/end/", security::end_second_factor).takes_password(),
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
    visit.write(&PREFERENCES, |tx| {
        Ok((session::prefer(tx, user_id, language.as_deref(), theme.as_deref())?, user_id))
    })?;
    Ok(Reply::to("/settings/?done=saved"))
}
