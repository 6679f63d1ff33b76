//! Limits: what the configuration allows, and how much of it is in use.

use super::Visit;
use crate::pages::Reply;
use askama::Template;
use muster_core::{Result, json};

#[derive(Template)]
#[template(path = "pages/admin/limits.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    lines: Vec<Line>,
}

/// A limit.
struct Line {
    /// The key of the configuration.
    key: &'static str,
    title: String,
    limit: String,
    /// How much of it is in use now; empty if there is nothing to count.
    used: String,
}

pub(super) fn list(visit: &Visit<'_>) -> Result<Reply> {
    let (app, settings) = (visit.app, &visit.app.settings);
    let none = || visit.t("limits-none");
    let bytes = |count: u64| visit.t1("limits-mib", "size", count.div_ceil(1 << 20));
    let flag = |on: bool| visit.t(if on { "limits-on" } else { "limits-off" });
    let asked = json!({ "FILTER": { "ACTIVE": true, "USER_TYPE": "employee" }, "SELECT": ["ID"], "ADMIN_MODE": "Y" });
    let people = visit.call("user.get", asked)?.total.unwrap_or_default().to_string();
    let busy = app.door.calls.saturating_sub(app.places.available_permits()).to_string();
    let line = |key, name: &str, limit, used| Line { key, title: visit.t(name), limit, used };
    let lines = vec![
        line("user_limit", "limits-people", settings.user_limit.map_or_else(none, |it| it.to_string()), people),
        line("calls", "limits-calls", app.door.calls.to_string(), busy),
        line("limits", "limits-rate", flag(app.limiter.is_on()), String::new()),
        line("body_bytes", "limits-body", bytes(app.door.body_bytes as u64), String::new()),
        line("picture_bytes", "limits-picture", bytes(settings.picture_bytes as u64), String::new()),
        line("audit_days", "limits-audit", app.door.audit_days.map_or_else(none, |it| it.to_string()), String::new()),
        line("api_dismissal", "limits-dismissal", flag(settings.api_dismissal), String::new()),
        line("private_handlers", "limits-handlers", flag(settings.private_handlers), String::new()),
    ];
    visit.page(&Page { visit, lines })
}
