//! The company's structure: a chart of the departments, a page for each of them, and the forms that change it.
//!
//! All of it is pages and forms. The script in `structure.js` shows them in a drawer beside the chart, loads branches as
//! they are opened, and lets one drag a department onto another, which opens the form that moves it.

mod card;
mod change;
mod chart;
mod picker;
mod transfer;
mod tree;

use super::{MenuItem, Route, Subject, Visit, get, post};
use muster_core::{Error, call::Right};

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[MenuItem { path: "/company/structure/", label: "structure-title", icon: "tree", right: Right::Anyone }],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: concat!(include_str!("chart.css"), include_str!("drawer.css")),
    js: include_str!("structure.js"),
};

const ROUTES: &[Route] = &[
    get("/company/structure/", chart::show),
    get("/company/structure/{id}/", card::show),
    get("/company/structure/{id}/add/", change::add_form),
    post("/company/structure/{id}/add/", change::add),
    get("/company/structure/{id}/edit/", change::edit_form),
    post("/company/structure/{id}/edit/", change::edit),
    get("/company/structure/{id}/move/", change::move_form),
    post("/company/structure/{id}/move/", change::move_below),
    post("/company/structure/{id}/order/", change::order),
    post("/company/structure/{id}/delete/", change::delete),
    get("/company/structure/{id}/transfer/", transfer::form),
    post("/company/structure/{id}/transfer/", transfer::transfer),
];

/// A method's refusal in the visitor's language, where the words of clients would be the wrong ones.
fn why(visit: &Visit<'_>, err: &Error) -> String {
    match err.said.as_ref() {
        "A department cannot be moved below itself or one of its own departments" => visit.t("structure-below-itself"),
        "The department has departments below it" => visit.t("structure-has-departments"),
        "The department has people" => visit.t("structure-has-people"),
        "Department name not provided.<br>" => visit.t("structure-no-name"),
        "Department not found" => visit.t("structure-no-department"),
        "There can only be one top-level department in the company structure" => visit.t("structure-no-parent"),
        "User not found" => visit.t("structure-no-person"),
        _ => visit.said(err),
    }
}
