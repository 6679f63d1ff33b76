//! Apps inside Muster: their own pages and their widgets, each in a frame of the app's origin.
//!
//! The browser posts to the app what the documentation says, into a frame. The app talks to this page by messages; what may
//! come of them is in `frames.js`, and what they ask of Muster is in `asked.rs`, as the person who is signed in and for the
//! app of the page alone. Where a script may run, widgets slide over the page that they are opened from (`slider.js`); the
//! slider shows these same pages, which stand by themselves too.

mod asked;
mod choose;
mod open;

use super::{MenuItem, Reply, Route, Subject, Visit, get, post, visit::NOT_FOUND};
use crate::execute::log_cause;
use askama::Template;
use muster_core::{Result, access::Person, call::Right, error::ACCESS_DENIED};
use muster_modules::{
    app::{self, App},
    placement::{self, Widget},
};

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[MenuItem { path: "/apps/", label: "apps-title", icon: "app", right: Right::Anyone }],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("frames.css"),
    js: concat!(include_str!("slider.js"), include_str!("frames.js")),
};

const ROUTES: &[Route] = &[
    get("/apps/", list),
    get("/apps/people.json", choose::people),
    get("/apps/access.json", choose::access),
    get("/apps/{id}/", open::app_page),
    get("/apps/{id}/widget/{widget}/", open::widget),
    get("/marketplace/view/{code}/", open::link),
    post("/apps/{id}/auth/", asked::refresh),
    post("/apps/{id}/option/", asked::option),
    post("/apps/{id}/finish/", asked::finish),
    post("/apps/{id}/widget/{widget}/slow/", asked::slow),
];

/// Who looks, as far as apps care.
fn person(visit: &Visit<'_>) -> Result<Person> {
    Ok(Person::of(visit.caller()?))
}

/// The app of the address, if the visitor may use it.
fn find(visit: &Visit<'_>) -> Result<App> {
    let id = visit.path_id("id")?;
    let app = visit.app.db.read(|tx| app::load(tx, id))?;
    admitted(visit, app)
}

/// The app, if there is one and the visitor may use it.
fn admitted(visit: &Visit<'_>, app: Option<App>) -> Result<App> {
    let (app, person) = (app.ok_or_else(|| NOT_FOUND.error())?, person(visit)?);
    let may = visit.app.db.read(|tx| app::admits(tx, &visit.app.registry, &person, &app.allowed))?;
    if may { Ok(app) } else { Err(ACCESS_DENIED.error()) }
}

/// What a widget is called for this visitor: the app's name if it has none of its own.
fn title_of(visit: &Visit<'_>, widget: &Widget, app: &App) -> String {
    match widget.text("TITLE", visit.language.code()) {
        "" => app.name.clone(),
        title => title.to_owned(),
    }
}

/// A link to a widget.
pub(crate) struct Link {
    pub(crate) title: String,
    pub(crate) address: String,
}

impl Visit<'_> {
    /// The widgets in a place that are for this visitor; `user_id` is whose card they stand in, if they stand in one.
    pub(crate) fn widgets(&self, place: &str, user_id: &str) -> Vec<Link> {
        let Ok(person) = person(self) else { return Vec::new() };
        let found = self.app.db.read(|tx| placement::shown(tx, &self.app.registry, &person, place));
        let user = if user_id.is_empty() { String::new() } else { format!("?user={user_id}") };
        let link = |(widget, app): (Widget, App)| Link {
            title: title_of(self, &widget, &app),
            address: format!("/apps/{}/widget/{}/{user}", app.id, widget.id),
        };
        // A page does without the widgets that cannot be read.
        found.inspect_err(log_cause).unwrap_or_default().into_iter().map(link).collect()
    }

    /// What apps have in the main menu: their pages, and their widgets for it.
    pub(crate) fn app_pages(&self) -> Vec<Link> {
        // A page does without them if they cannot be read.
        let apps = apps(self).inspect_err(log_cause).unwrap_or_default().into_iter().filter(|app| app.installed);
        let pages = apps.map(|app| Link { address: format!("/apps/{}/", app.id), title: app.name });
        pages.chain(self.widgets("LEFT_MENU", "")).collect()
    }
}

/// The apps with pages that the visitor may use.
fn apps(visit: &Visit<'_>) -> Result<Vec<App>> {
    let person = person(visit)?;
    visit.app.db.read(|tx| {
        let mut apps = Vec::new();
        for app in app::list(tx)?.into_iter().filter(|app| app.has_ui) {
            if app::admits(tx, &visit.app.registry, &person, &app.allowed)? {
                apps.push(app);
            }
        }
        Ok(apps)
    })
}

#[derive(Template)]
#[template(path = "pages/frames/list.html")]
struct List<'a> {
    visit: &'a Visit<'a>,
    apps: Vec<App>,
    widgets: Vec<Link>,
}

fn list(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&List { visit, apps: apps(visit)?, widgets: visit.widgets("LEFT_MENU", "") })
}
