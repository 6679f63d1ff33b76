//! Administration: incoming webhooks, apps, and events that are on their way.

mod apps;
mod events;
mod webhooks;

use super::{MenuItem, Route, Subject, Visit, get, post};
use muster_core::{Registry, Result, call::Right, error::Error};

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[MenuItem { path: "/admin/", label: "admin-title", icon: "key", right: Right::ManageApps }],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("admin.css"),
    js: "",
};

const ROUTES: &[Route] = &[
    get("/admin/", webhooks::list).needs(Right::ManageApps),
    post("/admin/webhooks/add/", webhooks::add).needs(Right::ManageApps),
    post("/admin/webhooks/{id}/revoke/", webhooks::revoke).needs(Right::ManageApps),
    get("/admin/apps/", apps::list).needs(Right::ManageApps),
    post("/admin/apps/add/", apps::add).needs(Right::ManageApps),
    get("/admin/apps/{id}/", apps::edit).needs(Right::ManageApps),
    post("/admin/apps/{id}/", apps::update).needs(Right::ManageApps),
    post("/admin/apps/{id}/finish/", apps::finish).needs(Right::ManageApps),
    post("/admin/apps/{id}/remove/", apps::remove).needs(Right::ManageApps),
    get("/admin/events/", events::list).needs(Right::ManageApps),
    post("/admin/events/{id}/resend/", events::resend).needs(Right::ManageApps),
    post("/admin/events/resend-all/", events::resend_all).needs(Right::ManageApps),
    post("/admin/events/outgoing/add/", events::add).needs(Right::ManageApps),
    post("/admin/events/outgoing/{id}/remove/", events::remove).needs(Right::ManageApps),
];

/// A box that can be ticked.
struct Tick {
    name: &'static str,
    title: &'static str,
    ticked: bool,
}

/// Boxes with these names and titles, with those ticked that the form was sent with under `field`.
fn ticks(visit: &Visit<'_>, field: &str, all: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<Tick> {
    boxes(&ticked(visit, field), all)
}

fn boxes(sent: &[String], all: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<Tick> {
    all.map(|(name, title)| Tick { name, title, ticked: sent.iter().any(|it| it == name) }).collect()
}

/// All scopes.
fn scopes(visit: &Visit<'_>) -> Vec<Tick> {
    ticks(visit, "SCOPES", visit.app.registry.scopes().map(|it| (it.name, it.title)))
}

/// The boxes of this name that were ticked.
fn ticked(visit: &Visit<'_>, name: &str) -> Vec<String> {
    visit.params.list(name).iter().filter_map(muster_core::params::read_text).filter(|it| !it.is_empty()).collect()
}

/// The scopes that were ticked, each of which there has to be.
fn read_scopes(registry: &Registry, visit: &Visit<'_>) -> Result<Vec<String>, Error> {
    registry.read_scopes(&ticked(visit, "SCOPES").join(","))
}
