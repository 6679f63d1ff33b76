//! Transferring people from one department to another. Their other departments stay as they are.

use super::{
    picker::Picker,
    tree::{Department, Tree},
    why,
};
use crate::pages::{
    Reply, Visit,
    people::{department_ids, face, is_correctable, records, text},
    shell::Face,
};
use askama::Template;
use muster_core::{
    Json, Result,
    call::Right,
    error::{ACCESS_DENIED, ARGUMENT},
    json,
};
use muster_modules::right::RIGHTS_BEYOND;

/// The most people at once: a page of them.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "pages/structure/transfer.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    department: &'a Department,
    people: Vec<Face>,
    picker: Picker,
    problem: String,
}

/// The people who were chosen and still belong to the department.
fn chosen(visit: &Visit<'_>, department: i64) -> Result<Vec<Json>> {
    let ids = visit.params.list("PEOPLE");
    let ids: Vec<i64> = ids.iter().filter_map(muster_core::params::read_int).take(MOST).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let params = json!({
        "FILTER": { "ID": ids, "UF_DEPARTMENT": department, "ACTIVE": true }, "ORDER": { "LAST_NAME": "ASC" },
        "START": -1, "ADMIN_MODE": "Y", "IMAGE_RESIZE": "small",
    });
    Ok(records(visit.call("user.get", params)?))
}

pub(super) fn form(visit: &Visit<'_>) -> Result<Reply> {
    show(visit, String::new())
}

fn show(visit: &Visit<'_>, mut problem: String) -> Result<Reply> {
    if !visit.caller()?.may(Right::EditPeople) {
        return Err(ACCESS_DENIED.error());
    }
    let tree = Tree::read(visit)?;
    let department = tree.find(visit.path_id("id")?)?;
    let people: Vec<Face> = chosen(visit, department.id)?.iter().map(face).collect();
    if people.is_empty() && problem.is_empty() {
        problem = visit.t("structure-nobody-chosen");
    }
    let to = visit.text("TO").parse().ok();
    let picker = Picker::new(visit, &tree, &[department.id].into(), to);
    let status = if problem.is_empty() { 200 } else { 422 };
    Ok(visit.page(&Page { visit, department, people, picker, problem })?.with_status(status))
}

/// Transfers each of them by themselves: whoever cannot be holds no one else up, and stays where they are.
pub(super) fn transfer(visit: &Visit<'_>) -> Result<Reply> {
    let (from, to) = (visit.path_id("id")?, visit.text("TO"));
    let people = chosen(visit, from)?;
    let from = from.to_string();
    if people.is_empty() || to.is_empty() || to == from {
        let problem = if people.is_empty() { "structure-nobody-chosen" } else { "structure-choose-department" };
        return show(visit, visit.t(problem));
    }
    let mut problems = Vec::new();
    for person in &people {
        // In the place of the one that they leave: the first one is a person's main department.
        let mut departments = department_ids(person);
        let is_there = departments.contains(&to);
        departments.retain(|it| *it != from || !is_there);
        for it in departments.iter_mut().filter(|it| **it == from) {
            it.clone_from(&to);
        }
        match visit.call("user.update", json!({ "ID": text(person, "ID"), "UF_DEPARTMENT": departments })) {
            Ok(_) => {}
            Err(err) if is_correctable(&err) => {
                let said = if err.code == &ARGUMENT { visit.t("structure-no-department") } else { why(visit, &err) };
                problems.push(format!("{}: {said}", face(person).name));
            }
            // Someone who has rights that the visitor does not have, or would come by some.
            Err(err) if err.code == &RIGHTS_BEYOND || err.said == "access_denied" => {
                problems.push(format!("{}: {}", face(person).name, visit.t("error-rights-beyond")));
            }
            Err(err) => return Err(err),
        }
    }
    if problems.is_empty() {
        return Ok(Reply::to(&format!("/company/structure/{to}/?done=people-transferred")));
    }
    show(visit, problems.join(" "))
}
