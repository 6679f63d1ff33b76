//! The life of an app: installed, registered anew, removed; and what the app hears of it.
//!
//! Until its installation is finished an app hears of nothing and its widgets are not shown.

use super::{App, LANGUAGE, NewApp, calling, check, installer, load};
use crate::event::{Cause, deliver_to, record, urls_of};
use muster_core::{
    Answer, Call, Json, Method, Registry, Result, Settings,
    call::Right,
    error::{ACCESS_DENIED, ARGUMENT},
    event::{EventKind, event},
    json,
    method::{Shape, write},
};
use muster_db::{Sql, Tx};

/// The app's installation is finished.
pub static ON_APP_INSTALL: EventKind = event("ONAPPINSTALL", "app", "The app's installation is finished.").only_app();
/// The app was registered anew.
pub static ON_APP_UPDATE: EventKind =
    event("ONAPPUPDATE", "app", "The app was registered anew; its handlers and widgets are gone.").only_app();
/// The app is removed.
pub static ON_APP_UNINSTALL: EventKind = event("ONAPPUNINSTALL", "app", "The app was removed.").only_app();

pub(super) static EVENTS: &[&EventKind] = &[&ON_APP_INSTALL, &ON_APP_UPDATE, &ON_APP_UNINSTALL];

pub(super) const FINISH: Method = write("app.install.finish", finish_by_call)
    .about("Finishes the app's installation: it hears of events from now on, and its widgets are shown. Muster's own.")
    .in_app_or(&ACCESS_DENIED, "Access denied! Application context required")
    .right(Right::ManageApps, &ACCESS_DENIED, "Access denied!")
    .shape(Shape::Flag);

fn finish_by_call(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = calling(call)?;
    finish(call.tx, id, call.caller.user_id, call.now)?;
    Ok(true.into())
}

/// Begins an installation. Without a page on which someone has to finish it, it is finished at once.
pub(super) fn begin(tx: &mut Tx<'_>, id: i64, now: i64) -> Result<()> {
    let app = load(tx, id)?.ok_or_else(|| ARGUMENT.say(format!("there is no app {id}")))?;
    match (app.has_ui, &app.install_url) {
        (true, Some(_)) => Ok(()),
        _ => finish(tx, id, app.installed_by.unwrap_or(0), now),
    }
}

/// Finishes an installation, on behalf of the person who installs the app. Once is enough.
pub fn finish(tx: &mut Tx<'_>, id: i64, user_id: i64, now: i64) -> Result<()> {
    let args = [Some(user_id).filter(|it| *it != 0).into(), id.into()];
    let sql = "update apps set installed = 1, installed_by = $1 where id = $2 and installed = 0";
    if tx.run(&Sql::with(sql, args))? == 0 {
        return Ok(());
    }
    let app = load(tx, id)?.ok_or_else(|| ARGUMENT.say(format!("there is no app {id}")))?;
    let cause = Cause { user_id: app.installed_by, connector: "", now };
    let data = json!({
        "VERSION": app.version.to_string(),
        "ACTIVE": "Y",
        "INSTALLED": "Y",
        "LANGUAGE_ID": LANGUAGE,
    });
    if let Some(url) = app.install_url.as_ref().filter(|_| !app.has_ui) {
        deliver_to(tx, (&app, url), &ON_APP_INSTALL, data.clone(), cause)?;
    }
    record(tx, cause, &ON_APP_INSTALL, id, &data)
}

/// Registers an app anew: a new version with new scopes and addresses, the same keys. Its handlers and widgets are gone, as
/// documented, and it is installed anew.
pub fn update(
    tx: &mut Tx<'_>,
    (registry, settings): (&Registry, &Settings),
    (id, new): (i64, &NewApp),
    now: i64,
) -> Result<()> {
    check(tx, registry, settings, new)?;
    let app = find(tx, id)?;
    let mut sql = Sql::new("update apps set installed = 0, version = version + 1, name = ");
    sql.bind(new.name.trim()).push(", scopes = ").bind(new.scopes.join(",")).push(", handler_url = ");
    sql.bind(new.handler_url.as_str()).push(", install_url = ").bind(new.install_url.clone()).push(", has_ui = ");
    sql.bind(i64::from(new.has_ui)).push(", allowed = ").bind(new.allowed.join(",")).push(" where id = ").bind(id);
    tx.run(&sql)?;
    // Whoever has left gets no tokens, without which the app could not bind its handlers again.
    let installed_by = match installer(tx, app.installed_by) {
        Err(_) => installer(tx, None)?,
        known => known?,
    };
    tx.run(&Sql::with("update apps set installed_by = $1 where id = $2", [installed_by.into(), id.into()]))?;
    let cause = Cause { user_id: installed_by, connector: "", now };
    let data = json!({
        "VERSION": (app.version + 1).to_string(),
        "PREVIOUS_VERSION": app.version.to_string(),
        "LANGUAGE_ID": LANGUAGE,
    });
    tell_and_forget_handlers(tx, &app, &ON_APP_UPDATE, data, cause)?;
    begin(tx, id, now)
}

/// Removes an app and ends everything it was given. It is told so, for which the tokens that end are not needed.
pub fn remove(tx: &mut Tx<'_>, id: i64, now: i64) -> Result<()> {
    let app = find(tx, id)?;
    let cause = Cause { user_id: None, connector: "", now };
    let data = json!({ "LANGUAGE_ID": LANGUAGE, "CLEAN": 1 });
    tell_and_forget_handlers(tx, &app, &ON_APP_UNINSTALL, data, cause)?;
    for sql in [
        "delete from event_queue where app_id = $1",
        "delete from app_options where app_id = $1",
        "delete from app_tokens where app_id = $1",
        "delete from apps where id = $1",
    ] {
        tx.run(&Sql::with(sql, [id.into()]))?;
    }
    Ok(())
}

fn find(tx: &mut Tx<'_>, id: i64) -> Result<App> {
    load(tx, id)?.ok_or_else(|| ARGUMENT.say(format!("there is no app {id}")))
}

/// Tells an app what becomes of it. Its handlers, what they have not been told and its widgets go.
fn tell_and_forget_handlers(
    tx: &mut Tx<'_>,
    app: &App,
    kind: &'static EventKind,
    data: Json,
    cause: Cause<'_>,
) -> Result<()> {
    tx.run(&Sql::with("delete from event_deliveries where app_id = $1", [app.id.into()]))?;
    for url in urls_of(tx, kind, app.id)? {
        deliver_to(tx, (app, &url), kind, data.clone(), cause)?;
    }
    if let Some(url) = app.install_url.as_ref().filter(|_| !app.has_ui) {
        deliver_to(tx, (app, url), kind, data, cause)?;
    }
    tx.run(&Sql::with("delete from event_handlers where app_id = $1", [app.id.into()]))?;
    tx.run(&Sql::with("delete from placements where app_id = $1", [app.id.into()]))?;
    Ok(())
}
