//! What is measured: calls with parameters that differ from one to the next, so that no answer is the last one's.

use muster_core::{Chance, Json, json};
use muster_names::{departments, person};

/// A kind of call.
pub(super) struct Operation {
    pub(super) name: &'static str,
    method: &'static str,
    params: fn(&mut Asker) -> Json,
    pub(super) kind: Kind,
    /// Whether an employee asks, and not an administrator.
    by_employee: bool,
}

/// What it is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The same bytes from memory.
    Read,
    /// One commit a row on the same disk.
    Write,
}

pub(super) const fn read(name: &'static str, method: &'static str, params: fn(&mut Asker) -> Json) -> Operation {
    Operation { name, method, params, kind: Kind::Read, by_employee: false }
}

const fn write(name: &'static str, method: &'static str, params: fn(&mut Asker) -> Json) -> Operation {
    Operation { name, method, params, kind: Kind::Write, by_employee: false }
}

/// Everything that is measured.
pub(super) const OPERATIONS: &[Operation] = &[
    read("one person by ID", "user.get", |it| json!({ "ID": it.person() })),
    read("page of a department", "user.get", |it| json!({ "UF_DEPARTMENT": it.department() })),
    read(
        "page by city and gender",
        "user.get",
        |it| json!({ "PERSONAL_CITY": it.made().city, "PERSONAL_GENDER": "F" }),
    ),
    read("page by status and dates, by name", "user.get", |it| {
        let year = 1960 + it.below(40);
        json!({
            "FILTER": { "ACTIVE": true, "><PERSONAL_BIRTHDAY": [format!("{year}-01-01"), format!("{}-12-31", year + 2)] },
            "SORT": "LAST_NAME",
        })
    }),
    read("deep page", "user.get", |it| json!({ "start": it.deep() })),
    read(
        "deep page, names only",
        "user.get",
        |it| json!({ "start": it.deep(), "select": ["ID", "NAME", "LAST_NAME"] }),
    ),
    read("search by two words", "user.search", |it| {
        let made = it.made();
        let start: String = made.last.chars().take(3).collect();
        json!({ "FIND": format!("{} {start}", made.first) })
    }),
    read(
        "search by one letter",
        "user.search",
        |it| json!({ "FIND": it.made().last.chars().take(1).collect::<String>() }),
    ),
    read("search by a part of a name", "user.get", |it| {
        let part: String = it.made().last.chars().skip(1).take(3).collect();
        json!({ "FILTER": { "%LAST_NAME": part } })
    }),
    read(
        "counting",
        "user.get",
        |it| json!({ "FILTER": { "ACTIVE": true, "WORK_CITY": it.made().city }, "select": ["ID"] }),
    ),
    read(
        "batch of 50 by ID",
        "batch",
        |it| json!({ "cmd": (0..50).map(|_| format!("user.get?ID={}", it.person())).collect::<Vec<_>>() }),
    ),
    write("adding a person", "user.add", |it| {
        let made = it.made();
        json!({
            "EMAIL": it.new_email(), "NAME": made.first, "LAST_NAME": made.last, "WORK_POSITION": made.position,
            "PERSONAL_CITY": made.city, "UF_DEPARTMENT": [it.department()],
        })
    }),
    write("changing a person", "user.update", |it| {
        let made = it.made();
        json!({ "ID": it.person(), "NAME": made.first, "PERSONAL_CITY": made.city })
    }),
];

impl Operation {
    /// An employee asks, who sees less.
    pub(super) const fn by_employee(self) -> Operation {
        Operation { by_employee: true, ..self }
    }

    /// So many calls of it: the path and the body of each. The webhooks are those of an administrator and an employee,
    /// as they stand in addresses.
    pub(super) fn calls(&self, hooks: &[String; 2], asker: &mut Asker, count: usize) -> Vec<(String, String)> {
        let hook = &hooks[usize::from(self.by_employee)];
        let path = format!("/rest/{hook}/{}", self.method);
        (0..count).map(|_| (path.clone(), (self.params)(asker).to_string())).collect()
    }
}

/// Makes parameters up that fit the company.
pub(super) struct Asker {
    users: u64,
    departments: u64,
    chance: Chance,
    added: u64,
    /// Tells the people of one run from those of another one on the same database.
    run: String,
}

impl Asker {
    pub(super) fn new(users: u64) -> Asker {
        let run = Chance::from_system().token();
        Asker { users, departments: departments(1, users).len() as u64, chance: Chance::seeded(42), added: 0, run }
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.chance.below(end.max(1))
    }

    pub(super) fn person(&mut self) -> u64 {
        1 + self.below(self.users)
    }

    fn department(&mut self) -> u64 {
        1 + self.below(self.departments)
    }

    fn deep(&mut self) -> u64 {
        self.below(self.users * 9 / 10) / 50 * 50
    }

    /// Someone who is likely to be in the company.
    fn made(&mut self) -> muster_names::Person {
        let index = self.below(self.users);
        person(1, index, 2026)
    }

    fn new_email(&mut self) -> String {
        self.added += 1;
        format!("added.{}.{}@example.net", self.added, self.run)
    }
}
