//! Local apps: registered, installed and removed.

use super::{Tick, Visit, read_scopes, scopes};
use crate::pages::{Reply, visit::NOT_FOUND};
use askama::Template;
use muster_core::{Chance, Result, error::ARGUMENT};
use muster_modules::app::{self, App, Keys, NewApp, install};
use muster_modules::audit::deeds::{APP_ADD, APP_INSTALL, APP_REMOVE};

#[derive(Template)]
#[template(path = "pages/admin/apps.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    apps: Vec<App>,
    scopes: Vec<Tick>,
    problem: String,
    /// What the one that was just registered proves itself with, shown this once.
    made: Option<Keys>,
}

impl<'a> Page<'a> {
    fn new(visit: &'a Visit<'a>) -> Result<Page<'a>> {
        let apps = visit.app.db.read(app::list)?;
        Ok(Page { visit, apps, scopes: scopes(visit), problem: String::new(), made: None })
    }

    /// What was sent for a field, to be corrected.
    fn sent(&self, name: &'static str) -> String {
        if self.made.is_some() { String::new() } else { self.visit.text(name) }
    }
}

pub(super) fn list(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&Page::new(visit)?)
}

pub(super) fn add(visit: &Visit<'_>) -> Result<Reply> {
    let now = visit.app.clock.seconds();
    let install_url = Some(visit.text("INSTALL_URL")).filter(|it| !it.is_empty());
    let made = visit.write(&APP_ADD, |tx| {
        let new = NewApp {
            name: visit.text("NAME"),
            scopes: read_scopes(&visit.app.registry, visit)?,
            handler_url: visit.text("HANDLER"),
            install_url: install_url.clone(),
            has_ui: visit.text("NO_UI").is_empty(),
            allowed: visit
                .text("ALLOWED")
                .split(',')
                .map(str::trim)
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
            installer: Some(visit.caller()?.user_id),
        };
        let known = (&visit.app.registry, &visit.app.settings);
        let keys = app::add(tx, known, &new, (&mut Chance::from_system(), now))?;
        let id = keys.id;
        Ok((keys, id))
    });
    visit.app.changed.notify_one();
    let mut page = Page::new(visit)?;
    match made {
        Ok(keys) => {
            page.made = Some(keys);
            page.scopes.iter_mut().for_each(|it| it.ticked = false);
            visit.page(&page)
        }
        Err(err) if err.code == &ARGUMENT => {
            page.problem = visit.said(&err);
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
