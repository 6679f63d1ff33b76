//! Local apps: registered, installed and removed.

use super::{Tick, Visit, boxes, read_scopes, scopes};
use crate::pages::{Reply, visit::NOT_FOUND};
use askama::Template;
use muster_core::{Chance, Result, access, error::ARGUMENT};
use muster_modules::app::{self, App, Keys, NewApp, install};
use muster_modules::audit::deeds::{APP_ADD, APP_INSTALL, APP_REMOVE, APP_UPDATE};

/// The fields of the form for an app.
struct Form {
    name: String,
    handler: String,
    install_url: String,
    /// Access codes.
    allowed: String,
    no_ui: bool,
    scopes: Vec<Tick>,
}

impl Form {
    /// As it was sent, to be corrected; empty if nothing was.
    fn sent(visit: &Visit<'_>) -> Form {
        Form {
            name: visit.text("NAME"),
            handler: visit.text("HANDLER"),
            install_url: visit.text("INSTALL_URL"),
            allowed: visit.text("ALLOWED"),
            no_ui: !visit.text("NO_UI").is_empty(),
            scopes: scopes(visit),
        }
    }

    fn empty(visit: &Visit<'_>) -> Form {
        let empty = String::new;
        let (name, handler, install_url, allowed) = (empty(), empty(), empty(), empty());
        let scopes = boxes(visit, &[], visit.app.registry.scopes().map(|it| (it.name, it.title)));
        Form { name, handler, install_url, allowed, no_ui: false, scopes }
    }

    fn of(visit: &Visit<'_>, app: &App) -> Form {
        Form {
            name: app.name.clone(),
            handler: app.handler_url.clone(),
            install_url: app.install_url.clone().unwrap_or_default(),
            allowed: app.allowed.join(", "),
            no_ui: !app.has_ui,
            scopes: boxes(visit, &app.scope_list(), visit.app.registry.scopes().map(|it| (it.name, it.title))),
        }
    }
}

/// The app that was described in the form.
fn described(visit: &Visit<'_>, installer: Option<i64>) -> Result<NewApp> {
    let allowed = visit.text("ALLOWED");
    let codes = allowed.split([',', ' ']).map(str::trim).filter(|it| !it.is_empty());
    Ok(NewApp {
        name: visit.text("NAME"),
        scopes: read_scopes(&visit.app.registry, visit)?,
        handler_url: visit.text("HANDLER"),
        install_url: Some(visit.text("INSTALL_URL")).filter(|it| !it.is_empty()),
        has_ui: visit.text("NO_UI").is_empty(),
        allowed: codes.map(str::to_owned).collect(),
        installer,
    })
}

#[derive(Template)]
#[template(path = "pages/admin/apps.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    apps: Vec<App>,
    form: Form,
    problem: String,
    /// What the one that was just registered proves itself with, shown this once.
    made: Option<Keys>,
}

fn page<'a>(visit: &'a Visit<'a>, form: Form) -> Result<Page<'a>> {
    Ok(Page { visit, apps: visit.app.db.read(app::list)?, form, problem: String::new(), made: None })
}

pub(super) fn list(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&page(visit, Form::empty(visit))?)
}

pub(super) fn add(visit: &Visit<'_>) -> Result<Reply> {
    let (now, user_id) = (visit.app.clock.seconds(), visit.caller()?.user_id);
    let known = (&visit.app.registry, &visit.app.settings);
    let made = described(visit, Some(user_id)).and_then(|new| {
        visit.write(&APP_ADD, |tx| {
            let keys = app::add(tx, known, &new, (&mut Chance::from_system(), now))?;
            let id = keys.id;
            Ok((keys, id))
        })
    });
    visit.app.changed.notify_one();
    match made {
        Ok(keys) => visit.page(&Page { made: Some(keys), ..page(visit, Form::empty(visit))? }),
        Err(err) if err.code == &ARGUMENT => {
            let page = Page { problem: visit.said(&err), ..page(visit, Form::sent(visit))? };
            Ok(visit.page(&page)?.with_status(422))
        }
        Err(err) => Err(err),
    }
}

#[derive(Template)]
#[template(path = "pages/admin/app.html")]
struct AppPage<'a> {
    visit: &'a Visit<'a>,
    app: App,
    /// The access codes of those who may use it, and whom they name.
    allowed: Vec<(String, String)>,
    form: Form,
    problem: String,
}

fn find(visit: &Visit<'_>) -> Result<App> {
    let id = visit.path_id("id")?;
    visit.app.db.read(|tx| app::load(tx, id))?.ok_or_else(|| NOT_FOUND.error())
}

fn app_page<'a>(visit: &'a Visit<'a>, app: App, form: Form) -> Result<AppPage<'a>> {
    let caller = visit.caller()?;
    let known = visit.app.db.read(|tx| access::describe(tx, &visit.app.registry, caller, &app.allowed))?;
    let name = |code: &str| known.get(code).and_then(|it| it["name"].as_str()).unwrap_or_default().to_owned();
    let named = |code: &String| (code.clone(), name(code));
    let allowed = app.allowed.iter().map(named).collect();
    Ok(AppPage { visit, app, allowed, form, problem: String::new() })
}

pub(super) fn edit(visit: &Visit<'_>) -> Result<Reply> {
    let app = find(visit)?;
    let form = Form::of(visit, &app);
    visit.page(&app_page(visit, app, form)?)
}

/// Registers the app anew, as `muster app update` does.
pub(super) fn update(visit: &Visit<'_>) -> Result<Reply> {
    let (app, now) = (find(visit)?, visit.app.clock.seconds());
    let known = (&visit.app.registry, &visit.app.settings);
    let done = described(visit, app.installed_by)
        .and_then(|new| visit.write(&APP_UPDATE, |tx| Ok((install::update(tx, known, (app.id, &new), now)?, app.id))));
    visit.app.changed.notify_one();
    match done {
        Ok(()) => Ok(Reply::to(&format!("/admin/apps/{}/?done=app-updated", app.id))),
        Err(err) if err.code == &ARGUMENT => {
            let page = AppPage { problem: visit.said(&err), ..app_page(visit, app, Form::sent(visit))? };
            Ok(visit.page(&page)?.with_status(422))
        }
        Err(err) => Err(err),
    }
}

pub(super) fn finish(visit: &Visit<'_>) -> Result<Reply> {
    let (id, now) = (visit.path_id("id")?, visit.app.clock.seconds());
    let user_id = visit.caller()?.user_id;
    visit.write(&APP_INSTALL, |tx| {
        app::load(tx, id)?.ok_or_else(|| NOT_FOUND.error())?;
        Ok((install::finish(tx, id, user_id, now)?, id))
    })?;
    visit.app.changed.notify_one();
    Ok(Reply::to("/admin/apps/?done=app-installed"))
}

pub(super) fn remove(visit: &Visit<'_>) -> Result<Reply> {
    let (id, now) = (visit.path_id("id")?, visit.app.clock.seconds());
    visit.write(&APP_REMOVE, |tx| Ok((install::remove(tx, id, now)?, id)))?;
    visit.app.changed.notify_one();
    Ok(Reply::to("/admin/apps/?done=app-removed"))
}
