//! The structure as pages work with it.

use crate::pages::{Reply, Visit, people::text, visit::NOT_FOUND};
use muster_core::{Json, Result, json};
use std::collections::{HashMap, HashSet};

/// A department.
pub(super) struct Department {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) sort: i64,
    pub(super) parent: Option<i64>,
    pub(super) head: Option<i64>,
    /// How many people it has, as far as the visitor sees them.
    pub(super) people: i64,
    /// How many it has together with all departments below it.
    pub(super) total: i64,
    /// The departments directly below it, in their order.
    pub(super) below: Vec<i64>,
}

/// All departments. There is always a root.
pub(super) struct Tree {
    all: HashMap<i64, Department>,
    /// Each after its parent.
    pub(super) order: Vec<i64>,
}

impl Tree {
    pub(super) fn read(visit: &Visit<'_>) -> Result<Tree> {
        let found = visit.call("department.tree", json!({}))?.result;
        let mut tree = Tree { all: HashMap::new(), order: Vec::new() };
        for it in found.as_array().into_iter().flatten() {
            let id = |name: &str| text(it, name).parse::<i64>().ok();
            let number = |name: &str| it.get(name).and_then(Json::as_i64).unwrap_or_default();
            let Some(own) = id("ID") else { continue };
            let parent = id("PARENT");
            if let Some(parent) = parent.and_then(|it| tree.all.get_mut(&it)) {
                parent.below.push(own);
            }
            let (people, total) = (number("PEOPLE"), number("PEOPLE_TOTAL"));
            let (name, sort, head) = (text(it, "NAME"), number("SORT"), id("UF_HEAD"));
            tree.all.insert(own, Department { id: own, name, sort, parent, head, people, total, below: Vec::new() });
            tree.order.push(own);
        }
        Ok(tree)
    }

    pub(super) fn get(&self, id: i64) -> Option<&Department> {
        self.all.get(&id)
    }

    /// The department of this ID, or the page that says that there is none.
    pub(super) fn find(&self, id: i64) -> Result<&Department> {
        self.get(id).ok_or_else(|| NOT_FOUND.error())
    }

    /// The one above all others.
    pub(super) fn root(&self) -> Result<&Department> {
        self.order.first().and_then(|id| self.get(*id)).ok_or_else(|| NOT_FOUND.error())
    }

    /// The departments above one, from the root down.
    pub(super) fn above(&self, id: i64) -> Vec<&Department> {
        let mut found = Vec::new();
        let mut at = self.get(id).and_then(|it| it.parent);
        while let Some(parent) = at.and_then(|it| self.get(it)) {
            found.push(parent);
            at = parent.parent;
        }
        found.reverse();
        found
    }

    /// A department and all below it.
    pub(super) fn branch(&self, id: i64) -> HashSet<i64> {
        let (mut found, mut to_do) = (HashSet::new(), vec![id]);
        while let Some(department) = to_do.pop().and_then(|it| self.get(it)) {
            found.insert(department.id);
            to_do.extend(&department.below);
        }
        found
    }

    /// The names above a department, without the root, which is above everything.
    pub(super) fn place(&self, id: i64) -> String {
        self.above(id).iter().skip(1).map(|it| it.name.as_str()).collect::<Vec<_>>().join(" › ")
    }

    /// The departments whose names contain this, in whatever case, in the order of the tree.
    pub(super) fn named<'a>(&'a self, query: &str) -> impl Iterator<Item = &'a Department> {
        let query = query.to_lowercase();
        let all = self.order.iter().filter_map(|id| self.get(*id));
        all.filter(move |it| it.name.to_lowercase().contains(&query))
    }
}

/// Where the chart shows a department.
pub(super) fn back(id: i64, done: &str) -> Reply {
    Reply::to(&format!("/company/structure/?show={id}&done={done}"))
}
