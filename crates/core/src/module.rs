//! Modules: what each brings along, declared once in a const table, and all of it by name.

use crate::{
    Code, Error, Method, Result, access::AccessKind, binding::HandOver, error::METHOD_NOT_FOUND, event::EventKind,
    field::Entity, index::Spec, personal::Personal,
};
use muster_db::Migration;
use std::collections::BTreeMap;

/// A scope that the modules bring along.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// Its code.
    pub name: &'static str,
    /// What it opens.
    pub title: &'static str,
}

/// A place in Muster's pages that an app can put a widget in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// Its code, such as `USER_PROFILE_MENU`.
    pub name: &'static str,
    /// The app needs this scope too, beside the one for all placements.
    pub scope: Option<&'static str>,
    /// Where it is.
    pub about: &'static str,
    /// Whether an app can put one widget there and no more.
    pub single: bool,
    /// Whether a widget can be there for one person only.
    pub personal: bool,
    /// The options that a widget there must have: their names, and what is said without them.
    pub required_option: Option<(&'static str, &'static Code)>,
    /// The options that are kept, if not all are.
    pub options: Option<&'static [&'static str]>,
}

/// Declares a place for widgets.
pub const fn placement(name: &'static str, scope: Option<&'static str>, about: &'static str) -> Placement {
    Placement { name, scope, about, single: false, personal: false, required_option: None, options: None }
}

/// A rule that always holds in the database, for `muster check`.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What is wrong where it does not hold.
    pub defect: &'static str,
    /// Counts the rows that break it.
    pub count: &'static str,
}

/// What a module gives to the rest.
#[derive(Clone, Copy)]
pub struct Module {
    /// Its name.
    pub name: &'static str,
    /// The scopes it brings.
    pub scopes: &'static [Scope],
    /// Its kinds of records.
    pub entities: &'static [&'static Entity],
    /// Its methods.
    pub methods: &'static [Method],
    /// Its part of the schema.
    pub migrations: &'static [Migration],
    /// What always holds in its tables.
    pub checks: &'static [Check],
    /// The access codes it brings.
    pub access: &'static [AccessKind],
    /// What subscribers can hear of.
    pub events: &'static [&'static EventKind],
    /// The places that widgets of apps can be put in.
    pub placements: &'static [Placement],
    /// What its tables hold about people, and what becomes of it when someone is erased.
    pub personal: &'static [Personal],
    /// What of its records is held in memory to be found by.
    pub indexes: &'static [&'static Spec],
    /// What it does about records that pass to whoever takes over from someone.
    pub hand_overs: &'static [HandOver],
}

impl Module {
    /// A module that brings nothing: what a module says of itself is what it has.
    pub const fn new(name: &'static str) -> Module {
        Module {
            name,
            scopes: &[],
            entities: &[],
            methods: &[],
            migrations: &[],
            checks: &[],
            access: &[],
            events: &[],
            placements: &[],
            personal: &[],
            indexes: &[],
            hand_overs: &[],
        }
    }
}

/// All modules' methods, by name.
pub struct Registry {
    modules: &'static [Module],
    methods: BTreeMap<String, Vec<&'static Method>>,
}

impl Registry {
    /// Collects the methods of these modules.
    pub fn new(modules: &'static [Module]) -> Registry {
        let mut methods: BTreeMap<String, Vec<&'static Method>> = BTreeMap::new();
        for method in modules.iter().flat_map(|module| module.methods) {
            methods.entry(method.name.to_lowercase()).or_default().push(method);
        }
        Registry { modules, methods }
    }

    /// The method of this name, in any case, at `/rest/api/` or, if not `is_v3`, at `/rest/`.
    pub fn get(&self, name: &str, is_v3: bool) -> Result<&'static Method> {
        self.find(name, is_v3).ok_or_else(|| METHOD_NOT_FOUND.error())
    }

    /// The same, if there is one.
    pub fn find(&self, name: &str, is_v3: bool) -> Option<&'static Method> {
        let named = self.methods.get(&name.to_lowercase())?;
        named.iter().copied().find(|it| it.versions.answers(is_v3))
    }

    /// All methods, by name.
    pub fn methods(&self) -> impl Iterator<Item = &'static Method> + '_ {
        self.methods.values().flatten().copied()
    }

    /// The module that a method belongs to.
    pub fn module_of(&self, method: &Method) -> Option<&'static Module> {
        self.modules.iter().find(|module| module.methods.iter().any(|it| std::ptr::eq(it, method)))
    }

    /// All modules.
    pub fn modules(&self) -> &'static [Module] {
        self.modules
    }

    /// All scopes.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> + '_ {
        self.modules.iter().flat_map(|module| module.scopes).copied()
    }

    /// All kinds of access codes.
    pub fn access(&self) -> impl Iterator<Item = &'static AccessKind> + '_ {
        self.modules.iter().flat_map(|module| module.access)
    }

    /// All kinds of events.
    pub fn events(&self) -> impl Iterator<Item = &'static EventKind> + '_ {
        self.modules.iter().flat_map(|module| module.events).copied()
    }

    /// The kind of events of this name, in any case.
    pub fn event(&self, name: &str) -> Option<&'static EventKind> {
        self.events().find(|it| it.name.eq_ignore_ascii_case(name))
    }

    /// All places for widgets.
    pub fn placements(&self) -> impl Iterator<Item = &'static Placement> + '_ {
        self.modules.iter().flat_map(|module| module.placements)
    }

    /// What all indexes hold, in the order of the modules.
    pub fn indexes(&self) -> impl Iterator<Item = &'static Spec> + '_ {
        self.modules.iter().flat_map(|module| module.indexes).copied()
    }

    /// All migrations, in the order of the modules.
    pub fn migrations(&self) -> Vec<Migration> {
        self.modules.iter().flat_map(|module| module.migrations).copied().collect()
    }

    /// Reads scopes as an administrator writes them, separated by commas or spaces.
    pub fn read_scopes(&self, text: &str) -> std::result::Result<Vec<String>, Error> {
        let mut scopes: Vec<String> = Vec::new();
        for name in text.split([',', ' ']).map(str::trim).filter(|it| !it.is_empty()) {
            if !self.scopes().any(|scope| scope.name == name) {
                let known: Vec<_> = self.scopes().map(|scope| scope.name).collect();
                let known = known.join(", ");
                return Err(crate::error::ARGUMENT.say(format!("there is no scope {name}; there are {known}")));
            }
            if !scopes.iter().any(|it| it == name) {
                scopes.push(name.to_owned());
            }
        }
        Ok(scopes)
    }
}
