//! The forms that change the structure. The methods behind them check who may and what is possible.

use super::{
    card,
    picker::Picker,
    tree::{Department, Tree, back},
    why,
};
use crate::pages::{
    Reply, Visit,
    people::{face, faces, is_correctable, records},
    shell::Face,
};
use askama::Template;
use muster_core::{Error, Json, Result, call::Right, error::CORE, json};

/// The most people who are offered as a head.
const MOST_HEADS: usize = 12;

/// Whether this is for whoever is signed in: a form that could only be refused is not shown.
fn check(visit: &Visit<'_>) -> Result<()> {
    if visit.caller()?.may(Right::ManageStructure) { Ok(()) } else { Err(muster_core::error::ACCESS_DENIED.error()) }
}

#[derive(Template)]
#[template(path = "pages/structure/add.html")]
struct Add<'a> {
    visit: &'a Visit<'a>,
    department: &'a Department,
    name: String,
    problem: String,
}

pub(super) fn add_form(visit: &Visit<'_>) -> Result<Reply> {
    show_add(visit, String::new())
}

fn show_add(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    check(visit)?;
    let tree = Tree::read(visit)?;
    let department = tree.find(visit.path_id("id")?)?;
    let status = if problem.is_empty() { 200 } else { 422 };
    Ok(visit.page(&Add { visit, department, name: visit.text("NAME"), problem })?.with_status(status))
}

/// Adds a department as the last one below another.
pub(super) fn add(visit: &Visit<'_>) -> Result<Reply> {
    let parent = visit.path_id("id")?;
    let tree = Tree::read(visit)?;
    let last = tree.get(parent).and_then(|it| tree.get(*it.below.last()?));
    let sort = last.map_or(500, |it| it.sort);
    match visit.call("department.add", json!({ "NAME": visit.text("NAME"), "PARENT": parent, "SORT": sort })) {
        Ok(answer) => Ok(back(answer.result.as_i64().unwrap_or(parent), "department-added")),
        Err(err) if is_correctable(&err) && err.said != "Access denied" => show_add(visit, why(visit, &err)),
        Err(err) => Err(refused(err)),
    }
}

#[derive(Template)]
#[template(path = "pages/structure/edit.html")]
struct Edit<'a> {
    visit: &'a Visit<'a>,
    department: &'a Department,
    name: String,
    query: String,
    heads: Vec<Face>,
    problem: String,
}

pub(super) fn edit_form(visit: &Visit<'_>) -> Result<Reply> {
    show_edit(visit, String::new())
}

fn show_edit(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    check(visit)?;
    let tree = Tree::read(visit)?;
    let department = tree.find(visit.path_id("id")?)?;
    let query = visit.text("Q");
    let heads = heads(visit, department, &query)?;
    let sent = visit.text("NAME");
    let name = if sent.is_empty() { department.name.clone() } else { sent };
    let status = if problem.is_empty() { 200 } else { 422 };
    Ok(visit.page(&Edit { visit, department, name, query, heads, problem })?.with_status(status))
}

/// Who is offered as a head: the present one, and whoever was searched for or belongs to the department.
fn heads(visit: &Visit<'_>, department: &Department, query: &str) -> Result<Vec<Face>> {
    let present: Vec<i64> = department.head.into_iter().collect();
    let mut heads = faces(visit, &json!({ "ID": present }))?;
    let mut filter = json!({ "ACTIVE": true, "USER_TYPE": "employee", "!ID": present });
    if query.is_empty() {
        filter["UF_DEPARTMENT"] = department.id.into();
    } else {
        filter["FIND"] = query.into();
    }
    let params = json!({ "FILTER": filter, "ORDER": { "LAST_NAME": "ASC" }, "START": -1, "IMAGE_RESIZE": "small" });
    heads.extend(records(visit.call("user.get", params)?).iter().take(MOST_HEADS).map(face));
    Ok(heads)
}

/// Renames a department or gives it another head: whichever form was sent.
pub(super) fn edit(visit: &Visit<'_>) -> Result<Reply> {
    let id = visit.path_id("id")?;
    let mut changes = json!({ "ID": id });
    for name in ["NAME", "UF_HEAD"] {
        if visit.params.get(name).is_some() {
            changes[name] = visit.text(name).into();
        }
    }
    match update(visit, changes) {
        Ok(()) => Ok(back(id, "saved")),
        Err(err) if is_correctable(&err) => show_edit(visit, why(visit, &err)),
        Err(err) => Err(err),
    }
}

fn update(visit: &Visit<'_>, changes: Json) -> Result<()> {
    visit.call("department.update", changes).map(drop).map_err(refused)
}

/// Whoever may not change the structure has nothing to correct in a form.
fn refused(err: Error) -> Error {
    if err.code == &CORE && err.said == "Access denied" { muster_core::error::ACCESS_DENIED.error() } else { err }
}

#[derive(Template)]
#[template(path = "pages/structure/move.html")]
struct Move<'a> {
    visit: &'a Visit<'a>,
    department: &'a Department,
    picker: Picker,
    /// Below what it was dropped, if it was.
    dropped: Option<&'a Department>,
    problem: String,
}

pub(super) fn move_form(visit: &Visit<'_>) -> Result<Reply> {
    show_move(visit, String::new())
}

fn show_move(visit: &Visit<'_>, mut problem: String) -> Result<Reply> {
    check(visit)?;
    let tree = Tree::read(visit)?;
    let department = tree.find(visit.path_id("id")?)?;
    let branch = tree.branch(department.id);
    let status = if problem.is_empty() { 200 } else { 422 };
    let dropped = visit.text("PARENT").parse::<i64>().ok().and_then(|id| tree.get(id));
    if problem.is_empty() && dropped.is_some_and(|it| branch.contains(&it.id)) {
        problem = visit.t("structure-below-itself");
    }
    let chosen = dropped.map(|it| it.id).or(department.parent);
    let picker = Picker::new(visit, &tree, &branch, chosen);
    let dropped = dropped.filter(|it| !branch.contains(&it.id));
    Ok(visit.page(&Move { visit, department, picker, dropped, problem })?.with_status(status))
}

/// Moves a department below another one, as the last of those there.
pub(super) fn move_below(visit: &Visit<'_>) -> Result<Reply> {
    let (id, parent) = (visit.path_id("id")?, visit.text("PARENT").parse::<i64>().unwrap_or_default());
    let tree = Tree::read(visit)?;
    let mut changes = json!({ "ID": id, "PARENT": parent });
    let last = tree.get(parent).and_then(|it| tree.get(*it.below.last()?)).filter(|it| it.id != id);
    if let Some(last) = last.filter(|_| tree.get(id).is_some_and(|it| it.parent != Some(parent))) {
        let after = if last.id > id { last.sort.saturating_add(1) } else { last.sort };
        changes["SORT"] = after.into();
    }
    match update(visit, changes) {
        Ok(()) => Ok(back(id, "department-moved")),
        Err(err) if is_correctable(&err) => show_move(visit, why(visit, &err)),
        Err(err) => Err(err),
    }
}

/// Moves a department one place among its siblings.
pub(super) fn order(visit: &Visit<'_>) -> Result<Reply> {
    let (id, to) = (visit.path_id("id")?, visit.text("TO"));
    let tree = Tree::read(visit)?;
    let department = tree.find(id)?;
    let mut siblings = department.parent.and_then(|it| tree.get(it)).map(|it| it.below.clone()).unwrap_or_default();
    let at = siblings.iter().position(|it| *it == id).unwrap_or_default();
    let other = if to == "later" { at + 1 } else { at.wrapping_sub(1) };
    if siblings.get(other).is_some() {
        siblings.swap(at, other);
    }
    for (id, sort) in sorts(&siblings.iter().filter_map(|it| tree.get(*it)).collect::<Vec<_>>()) {
        update(visit, json!({ "ID": id, "SORT": sort }))?;
    }
    Ok(back(id, "saved"))
}

/// Which departments need which other value of `SORT` to stand in this order. Those of the same value stand by their IDs.
fn sorts(wanted: &[&Department]) -> Vec<(i64, i64)> {
    let mut changes = Vec::new();
    let mut last: Option<(i64, i64)> = None;
    for department in wanted {
        let mut place = (department.sort, department.id);
        if let Some(last) = last.filter(|it| place < *it) {
            place.0 = if department.id > last.1 { last.0 } else { last.0.saturating_add(1) };
            changes.push((department.id, place.0));
        }
        last = Some(place);
    }
    changes
}

pub(super) fn delete(visit: &Visit<'_>) -> Result<Reply> {
    let id = visit.path_id("id")?;
    let tree = Tree::read(visit)?;
    let parent = tree.find(id)?.parent.unwrap_or(id);
    match visit.call("department.delete", json!({ "ID": id })).map_err(refused) {
        Ok(_) => Ok(back(parent, "department-deleted")),
        Err(err) if is_correctable(&err) => card::page(visit, why(visit, &err)),
        Err(err) => Err(err),
    }
}

#[cfg(test)]
mod tests {
    use super::{Department, sorts};

    #[test]
    fn an_order_takes_as_few_changes_as_it_can() {
        for (wanted, expected) in [
            (vec![(1, 500), (2, 500)], vec![]),
            (vec![(2, 500), (1, 500)], vec![(1, 501)]),
            (vec![(1, 500), (3, 500), (2, 500)], vec![(2, 501)]),
            (vec![(2, 500), (1, 500), (3, 500), (4, 502)], vec![(1, 501), (3, 501)]),
            (vec![(2, 20), (1, 10), (3, 30)], vec![(1, 21)]),
        ] {
            let departments: Vec<Department> = wanted.iter().map(|it| department(it.0, it.1)).collect();
            assert_eq!(sorts(&departments.iter().collect::<Vec<_>>()), expected, "{wanted:?}");
        }
    }

    fn department(id: i64, sort: i64) -> Department {
        let (name, below) = (String::new(), Vec::new());
        Department { id, name, sort, parent: Some(1), head: None, people: 0, total: 0, below }
    }
}
