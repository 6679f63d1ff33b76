//! Administration: incoming webhooks, apps, events that are on their way, custom fields, limits, rights, and the audit log.

mod apps;
mod audit;
mod events;
mod fields;
mod limits;
mod rights;
mod webhooks;

use super::{MenuItem, Route, Subject, Visit, get, post, shell::Face};
use muster_core::{Json, Registry, Result, call::Right, error::Error, json};
use std::collections::{HashMap, HashSet};

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[
        entry("/admin/", Right::ManageApps),
        entry("/admin/audit/", Right::SeeAudit),
        entry("/admin/fields/", Right::ManageFields),
    ],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("admin.css"),
    js: "",
};

/// The entry of the menu, which leads to the first page that the visitor may see.
const fn entry(path: &'static str, right: Right) -> MenuItem {
    MenuItem { path, label: "admin-title", icon: "key", right }
}

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
    get("/admin/rights/", rights::list).needs(Right::Administer),
    get("/admin/rights/own/", rights::own).needs(Right::Administer),
    post("/admin/rights/own/", rights::set_own).needs(Right::Administer),
    get("/admin/rights/{name}/", rights::form).needs(Right::Administer),
    post("/admin/rights/{name}/", rights::set).needs(Right::Administer),
    get("/admin/audit/", audit::list).needs(Right::SeeAudit),
    get("/admin/limits/", limits::list).needs(Right::ManageApps),
    get("/admin/fields/", fields::list).needs(Right::ManageFields),
    post("/admin/fields/add/", fields::add).needs(Right::ManageFields),
    get("/admin/fields/{id}/", fields::form).needs(Right::ManageFields),
    post("/admin/fields/{id}/", fields::change).needs(Right::ManageFields),
    post("/admin/fields/{id}/delete/", fields::delete).needs(Right::ManageFields),
];

/// The names of people, as the visitor sees them.
fn names(visit: &Visit<'_>, ids: impl Iterator<Item = i64>) -> Result<HashMap<i64, String>> {
    let ids: HashSet<i64> = ids.collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    let mut names = HashMap::new();
    for ids in ids.chunks(50) {
        let asked = json!({ "filter": { "ID": ids }, "select": ["ID", "NAME", "LAST_NAME", "EMAIL"], "start": -1 });
        let found = visit.call("user.get", asked)?.result;
        for person in found.as_array().into_iter().flatten() {
            let text = |name: &str| person.get(name).and_then(Json::as_str).unwrap_or_default();
            let id = text("ID").parse().unwrap_or_default();
            names.insert(id, Face::new(id, text("NAME"), text("LAST_NAME"), text("EMAIL"), "").name);
        }
    }
    Ok(names)
}

/// A box that can be ticked.
struct Tick {
    name: &'static str,
    title: String,
    ticked: bool,
}

/// Boxes with these names and titles, with those ticked that the form was sent with under `field`.
fn ticks(visit: &Visit<'_>, field: &str, all: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<Tick> {
    boxes(visit, &ticked(visit, field), all)
}

fn boxes(visit: &Visit<'_>, sent: &[String], all: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<Tick> {
    let tick =
        |(name, title)| Tick { name, title: visit.declared(name, title), ticked: sent.iter().any(|it| it == name) };
    all.map(tick).collect()
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
