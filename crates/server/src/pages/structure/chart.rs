//! The chart: some levels of the structure below one department, and a box for each department in it.

use super::tree::{Department, Tree};
use crate::pages::{Reply, Visit, people::faces, shell::Face};
use askama::Template;
use muster_core::{Result, call::Right, json};
use std::collections::{HashMap, HashSet};

/// The most boxes of one page, so that it stays small in a company of any size; the rest is loaded as it is opened.
const MOST_BOXES: usize = 48;
/// The most departments directly below one that are shown at once.
const MOST_BELOW: usize = 40;
/// The most departments that a search shows.
const MOST_FOUND: usize = 20;

#[derive(Template)]
#[template(path = "pages/structure/chart.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    /// The departments above the one at the top of the chart.
    above: Vec<&'a Department>,
    top: &'a Department,
    branch: String,
    query: String,
    found: Vec<Found>,
    more: usize,
    may_change: bool,
}

/// A department that was searched for.
struct Found {
    id: i64,
    name: String,
    place: String,
}

#[derive(Template)]
#[template(path = "pages/structure/branch.html")]
struct Branch<'a> {
    visit: &'a Visit<'a>,
    boxes: Vec<Tile<'a>>,
    /// Where what comes before and after these is.
    before: Option<String>,
    after: Option<(String, String)>,
}

/// A department in the chart.
struct Tile<'a> {
    department: &'a Department,
    head: Option<&'a Face>,
    is_shown: bool,
    /// What is below it, if it is part of this page.
    below: Option<String>,
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    let tree = Tree::read(visit)?;
    let root = tree.root()?;
    let shown = visit.text("SHOW").parse::<i64>().ok().and_then(|id| tree.get(id));
    let asked = visit.text("DEPARTMENT").parse::<i64>().ok().and_then(|id| tree.get(id));
    // What is to be shown is in the chart of its parent, unless all there is fits into one.
    let parent = shown.filter(|_| tree.order.len() > MOST_BOXES).and_then(|it| tree.get(it.parent?));
    let top = asked.or(parent).unwrap_or(root);
    let place = shown.and_then(|it| top.below.iter().position(|id| *id == it.id)).unwrap_or_default();
    let from = visit.text("FROM").parse().unwrap_or(place / MOST_BELOW * MOST_BELOW);
    let mut chart = Chart { visit, tree: &tree, opened: HashMap::new(), heads: HashMap::new(), shown, top, from };
    chart.open();
    chart.read_heads()?;
    let query = visit.text("Q");
    let (mut found, mut more) = (Vec::new(), 0);
    if !query.is_empty() {
        let item = |it: &Department| Found { id: it.id, name: it.name.clone(), place: tree.place(it.id) };
        found = tree.named(&query).map(item).collect();
        more = found.len().saturating_sub(MOST_FOUND);
        found.truncate(MOST_FOUND);
    }
    visit.page(&Page {
        visit,
        above: tree.above(top.id),
        top,
        branch: chart.branch(&[top.id], None)?,
        query,
        found,
        more,
        may_change: visit.caller()?.may(Right::ManageStructure),
    })
}

struct Chart<'a> {
    visit: &'a Visit<'a>,
    tree: &'a Tree,
    /// The departments whose branches are part of the page.
    opened: HashMap<i64, HashSet<i64>>,
    heads: HashMap<i64, Face>,
    shown: Option<&'a Department>,
    top: &'a Department,
    /// From which of the departments below the top one on.
    from: usize,
}

impl<'a> Chart<'a> {
    /// The departments directly below one that this page shows.
    fn below(&self, department: &'a Department) -> &'a [i64] {
        let from = if department.id == self.top.id { self.from.min(department.below.len()) } else { 0 };
        let rest = &department.below[from..];
        &rest[..rest.len().min(MOST_BELOW)]
    }

    /// Opens branches level by level for as long as there is room.
    fn open(&mut self) {
        let (mut level, mut room) = (vec![self.top.id], MOST_BOXES - 1);
        while !level.is_empty() {
            let mut next = Vec::new();
            for department in level.iter().filter_map(|id| self.tree.get(*id)) {
                let below = self.below(department);
                if !below.is_empty() && below.len() <= room {
                    room -= below.len();
                    self.opened.insert(department.id, below.iter().copied().collect());
                    next.extend(below);
                }
            }
            level = next;
        }
    }

    /// Reads the heads of all departments of the page at once: they are no more than one page of people.
    fn read_heads(&mut self) -> Result<()> {
        let shown = self.opened.values().flatten().chain([&self.top.id]);
        let heads: HashSet<i64> = shown.filter_map(|id| self.tree.get(*id)?.head).collect();
        let heads: Vec<i64> = heads.into_iter().collect();
        self.heads = faces(self.visit, &json!({ "ID": heads }))?.into_iter().map(|it| (it.id, it)).collect();
        Ok(())
    }

    /// These departments as a list, with what is below them. `parent` is whose departments they are.
    fn branch(&self, ids: &[i64], parent: Option<&'a Department>) -> Result<String> {
        let mut boxes = Vec::with_capacity(ids.len());
        for department in ids.iter().filter_map(|id| self.tree.get(*id)) {
            let is_open = self.opened.contains_key(&department.id);
            let below = self.below(department);
            boxes.push(Tile {
                department,
                head: department.head.and_then(|id| self.heads.get(&id)),
                is_shown: self.shown.is_some_and(|it| it.id == department.id),
                below: if is_open { Some(self.branch(below, Some(department))?) } else { None },
            });
        }
        let page = |parent: &Department, from: usize| format!("?department={}&from={from}", parent.id);
        let from = parent.filter(|it| it.id == self.top.id).map_or(0, |_| self.from);
        let branch = Branch {
            visit: self.visit,
            boxes,
            before: parent.filter(|_| from > 0).map(|it| page(it, from.saturating_sub(MOST_BELOW))),
            after: parent.and_then(|it| {
                let left = it.below.len().saturating_sub(from + ids.len());
                (left > 0).then(|| (page(it, from + ids.len()), self.visit.count("structure-more", left)))
            }),
        };
        // A branch is text by now: it is put into another one as it is.
        branch.render().map_err(|err| muster_core::error::INTERNAL.error().because(err))
    }
}
