//! One department: its people, its head and what can be done with it. The chart shows it in a drawer.

use super::tree::{Department, Tree};
use crate::pages::{
    Reply, Visit,
    people::{face, faces, records, text},
    shell::Face,
};
use askama::Template;
use muster_core::{Result, call::Right, json};

#[derive(Template)]
#[template(path = "pages/structure/card.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    above: Vec<&'a Department>,
    department: &'a Department,
    head: Option<Face>,
    count: String,
    total: String,
    people: Vec<Line>,
    before: Option<i64>,
    after: Option<i64>,
    problem: String,
    may_change: bool,
    may_transfer: bool,
    is_first: bool,
    is_last: bool,
}

/// A person of the department.
struct Line {
    face: Face,
    position: String,
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    page(visit, String::new())
}

/// The page of a department with what is wrong with what was asked of it.
pub(super) fn page(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    let tree = Tree::read(visit)?;
    let department = tree.find(visit.path_id("id")?)?;
    let start = visit.text("START").parse::<i64>().unwrap_or(0).max(0);
    let answer = visit.call(
        "user.get",
        json!({
            "FILTER": { "UF_DEPARTMENT": department.id, "ACTIVE": true }, "START": start, "IMAGE_RESIZE": "small",
            "ORDER": { "LAST_NAME": "ASC", "NAME": "ASC" },
            "SELECT": ["ID", "NAME", "LAST_NAME", "EMAIL", "PERSONAL_PHOTO", "WORK_POSITION"],
        }),
    )?;
    let after = answer.next;
    let people = records(answer);
    let people = people.iter().map(|it| Line { face: face(it), position: text(it, "WORK_POSITION") });
    let heads: Vec<i64> = department.head.into_iter().collect();
    let siblings = department.parent.and_then(|it| tree.get(it)).map_or(&[][..], |it| &it.below);
    let status = if problem.is_empty() { 200 } else { 422 };
    let page = Page {
        visit,
        above: tree.above(department.id),
        head: faces(visit, &json!({ "ID": heads }))?.pop(),
        count: visit.count("people-count", usize::try_from(department.people).unwrap_or_default()),
        total: visit.count("structure-with-below", usize::try_from(department.total).unwrap_or_default()),
        people: people.collect(),
        before: (start > 0).then(|| i64::max(start - 50, 0)),
        after,
        problem,
        may_change: visit.caller()?.may(Right::ManageStructure),
        may_transfer: visit.caller()?.may(Right::EditPeople),
        is_first: siblings.first().is_none_or(|id| *id == department.id),
        is_last: siblings.last().is_none_or(|id| *id == department.id),
        department,
    };
    Ok(visit.page(&page)?.with_status(status))
}
