//! What apps in frames ask of Muster through the page around them: as whoever is signed in, and for the app of the page alone.

use super::{find, open::find_widget};
use crate::pages::{Reply, Visit};
use muster_core::{
    Chance, Json, Result,
    call::Right,
    error::{ACCESS_DENIED, ARGUMENT},
    json,
};
use muster_modules::{
    app::{self, install, token},
    audit::deeds::APP_INSTALL,
    placement::slow,
};

/// New tokens for the app of the page, on behalf of whoever looks at it.
pub(super) fn refresh(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    let (user_id, now, own) = (visit.caller()?.user_id, visit.app.clock.seconds(), visit.app.door.own_url());
    let tokens = visit.write_routine(|tx| {
        let chance = &mut Chance::from_system();
        token::give_page(tx, &visit.app.registry, (&app, user_id), (&own, false), (chance, now))
    })?;
    let tokens = tokens.ok_or_else(|| ACCESS_DENIED.error())?;
    Ok(Reply::json(&json!({
        "AUTH_ID": tokens["access_token"], "REFRESH_ID": tokens["refresh_token"], "AUTH_EXPIRES": tokens["expires_in"],
    })))
}

/// Keeps an option of the app or of the person, as `app.option.set` and `user.option.set` do, and answers all of them.
pub(super) fn option(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    let caller = visit.caller()?;
    let value = visit.text("VALUE").parse::<Json>().map_err(|_| ARGUMENT.say("the value must be JSON"))?;
    let of_app = visit.text("KIND") == "app";
    let method = if of_app { "app.option.set" } else { "user.option.set" };
    visit.call_as_app(app.id, method, json!({ "options": { visit.text("NAME"): value } }))?;
    let user_id = if of_app { 0 } else { caller.user_id };
    Ok(Reply::json(&Json::Object(visit.app.db.read(|tx| app::options(tx, app.id, user_id))?)))
}

/// Finishes the installation of the app of the page.
pub(super) fn finish(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    let caller = visit.caller()?;
    if !caller.may(Right::ManageApps) {
        return Err(ACCESS_DENIED.error());
    }
    let (user_id, now) = (caller.user_id, visit.app.clock.seconds());
    visit.write(&APP_INSTALL, |tx| Ok((install::finish(tx, app.id, user_id, now)?, app.id)))?;
    visit.app.changed.notify_one();
    Ok(Reply::json(&json!(true)))
}

/// A background worker took longer to load than it may.
pub(super) fn slow(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    let (widget, place) = find_widget(visit, &app)?;
    let (user_id, now) = (visit.caller()?.user_id, visit.app.clock.seconds());
    if place == "PAGE_BACKGROUND_WORKER" {
        visit.write_routine(|tx| slow::note(tx, (&app, &widget), user_id, now))?;
        visit.app.changed.notify_one();
    }
    Ok(Reply::json(&json!(true)))
}
