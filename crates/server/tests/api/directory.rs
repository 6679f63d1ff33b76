//! A directory of people whose fields are filled in every way, the same in every engine there is.

use crate::app::{ADMIN, TestApp};
use muster_core::{
    Chance,
    field::{Field, Kind, Stored},
    json,
};
use muster_db::{Sql, Tx, Value};
use muster_modules::{
    department::{self, NewDepartment},
    task::bulk::{self, BulkTask},
    user::{USER, store},
};
use std::collections::BTreeMap;

/// How many people there are beside the two of every test, and how many departments beside the root.
pub(crate) const PEOPLE: usize = 150;
pub(crate) const DEPARTMENTS: i64 = 9;

/// Texts that have gone wrong somewhere before: wildcards, quotes, scripts, letters that fold in odd ways.
pub(crate) const TEXTS: &[&str] = &[
    "Berlin",
    "berlin",
    "BERLIN",
    "Bernau",
    "New York",
    "York",
    "Москва",
    "МОСКВА",
    "москва-сити",
    "Ёлка",
    "Müller",
    "mueller",
    "Muller",
    "Straße",
    "STRASSE",
    "ẞ",
    "İzmir",
    "ızmir",
    "Izmir",
    "ΟΔΥΣΣΕΥΣ",
    "οδυσσεύς",
    "Łódź",
    "50%",
    "50%_",
    "50x",
    "a_b",
    "aXb",
    "\\",
    "C:\\temp",
    "'",
    "' or 1=1 --",
    "\"",
    "田中",
    "太郎",
    "😀",
    "e\u{301}",
    "é",
    " ",
    "  x ",
    "0",
    "1",
    "00",
    "-1",
    "true",
    "Y",
    "null",
    "[]",
    "ﬁn",
    "２",
    "%",
    "%%",
    "_",
    "NULL",
    "\u{202e}",
    "ǆ",
    "ß",
];

pub(crate) const DATES: &[&str] = &[
    "1990-05-01",
    "01.05.1990",
    "1990-05-01T00:00:00+02:00",
    "2020-01-01 00:00:00",
    "31.12.2001 23:59:59",
    "2024-02-29",
    "30.02.2024",
    "1.1.2001",
    "soon",
    "2020-01-01T00:00:00Z",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59:59Z",
];

/// One person as columns of `users`, with their departments.
pub(crate) struct Row {
    pub(crate) columns: BTreeMap<&'static str, Value>,
    pub(crate) departments: Vec<i64>,
}

pub(crate) fn pick<'a>(chance: &mut Chance, texts: &[&'a str]) -> &'a str {
    texts[usize::try_from(chance.below(texts.len() as u64)).unwrap()]
}

/// A value of the field's kind, or none in one of four cases.
pub(crate) fn made_up(field: &Field, index: usize, chance: &mut Chance) -> Value {
    let person = muster_names::person(7, index as u64, 2026);
    let always = matches!(field.name, "EMAIL" | "USER_TYPE" | "ACTIVE" | "DATE_REGISTER" | "TIMESTAMP_X");
    if !always && chance.below(4) == 0 {
        return Value::Null;
    }
    match (field.name, field.kind) {
        ("EMAIL", _) => format!("{}.{index}@example.com", person.email_local).into(),
        ("USER_TYPE", _) => pick(chance, &["employee", "employee", "employee", "extranet", "email", "bot"]).into(),
        ("NAME", _) if !index.is_multiple_of(3) => person.first.into(),
        ("LAST_NAME", _) if !index.is_multiple_of(3) => person.last.into(),
        ("WORK_POSITION", _) if !index.is_multiple_of(3) => person.position.into(),
        (_, Kind::OneOf(choices)) => pick(chance, choices).into(),
        (_, Kind::Bool | Kind::YesNo | Kind::ZeroOne) => Value::from(chance.below(4) > 0),
        (_, Kind::Date) => {
            format!("{}-{:02}-{:02}", 1985 + chance.below(40), 1 + chance.below(12), 1 + chance.below(28)).into()
        }
        (_, Kind::Instant(_)) => Value::Int(1_577_836_800 + i64::try_from(chance.below(100_000_000)).unwrap()),
        (_, Kind::Image | Kind::File) => format!("key{index}/me.jpg").into(),
        (_, Kind::Id | Kind::Int | Kind::User | Kind::Choice(_)) => {
            Value::Int(i64::try_from(chance.below(100)).unwrap())
        }
        (_, Kind::Text) => pick(chance, TEXTS).into(),
        (_, Kind::Real) => Value::Real(1.5),
    }
}

pub(crate) fn directory() -> Vec<Row> {
    let mut chance = Chance::seeded(2026);
    let row = |index| {
        let mut columns = BTreeMap::from([("admin", Value::Int(0))]);
        for field in USER.fields.iter().filter(|it| it.name != "ID") {
            let Stored::Column(column) = field.stored else { continue };
            let Some(column) = column.strip_prefix("users.") else { continue };
            let value = made_up(field, index, &mut chance);
            if let Some(key) = field.key {
                let folded = if let Value::Text(text) = &value { Value::Text((key.fold)(text)) } else { Value::Null };
                columns.insert(key.column.strip_prefix("users.").unwrap(), folded);
            }
            columns.insert(column, value);
        }
        let mut departments: Vec<i64> = (1..=1 + DEPARTMENTS).filter(|_| chance.below(5) == 0).collect();
        if index % 2 == 0 {
            departments.reverse();
        }
        Row { columns, departments }
    };
    (0..PEOPLE).map(row).collect()
}

/// Tasks of these people, with titles that have gone wrong somewhere before.
fn tasks() -> Vec<BulkTask> {
    let mut chance = Chance::seeded(7);
    let one = |number: i64| {
        let mut below = |end: i64| i64::try_from(chance.below(end.unsigned_abs())).unwrap();
        let people = i64::try_from(PEOPLE).unwrap();
        BulkTask {
            creator: 1 + below(people),
            responsible: 1 + below(people),
            accomplice: Some(1 + below(people)).filter(|it| it % 2 == 0),
            auditor: Some(1 + below(people)).filter(|it| it % 3 == 0),
            status: 2 + below(5),
            priority: below(3),
            deadline: Some(1_577_836_800 + below(100_000_000)).filter(|it| it % 4 > 0),
            created_at: 1_577_836_800 + below(100_000_000),
            title: TEXTS[usize::try_from(number).unwrap() % TEXTS.len()].to_owned(),
            guid: number.to_string(),
        }
    };
    (0..120).map(one).collect()
}

/// Writes the same people and departments into any engine; their IDs follow those that every test has.
pub(crate) fn fill(tx: &mut Tx<'_>, people: &[Row], now: i64) -> muster_core::Result<()> {
    for number in 0..DEPARTMENTS {
        let name = TEXTS[usize::try_from(number).unwrap() * 5];
        let head = (number % 3 == 0).then_some(ADMIN);
        department::insert(tx, &NewDepartment { name, sort: 500 - number % 4, parent: Some(1 + number / 3), head }, 0)?;
    }
    let columns: Vec<&'static str> = people[0].columns.keys().copied().collect();
    tx.bulk("users", &columns, people.iter().map(|it| it.columns.values().cloned().collect()))?;
    bulk::insert(tx, &tasks())?;
    for (id, person) in (ADMIN + 2..).zip(people) {
        store::set_departments(tx, id, &person.departments)?;
        store::index_words(tx, id)?;
        if id % 3 > 0 {
            let seen = now + if id % 2 == 0 { 100_000 } else { -100_000 - id };
            let sql = "insert into user_activity (user_id, last_activity_at, last_login_at) values ($1, $2, $3)";
            tx.run(&Sql::with(sql, [id.into(), seen.into(), (seen - id).into()]))?;
        }
    }
    Ok(())
}

/// The same directory in every engine there is.
pub(crate) fn engines() -> Vec<TestApp> {
    let people = directory();
    let apps: Vec<TestApp> = [Some(TestApp::sqlite()), TestApp::postgres()].into_iter().flatten().collect();
    let now = apps[0].app.clock.seconds();
    for app in &apps {
        app.app.db.write(|tx| fill(tx, &people, now)).unwrap();
        app.execute("update users set registered_at = 1700000000, changed_at = 1700000000 where id < 3");
        // Nobody's activity but the made-up one: the calls of this test come at other moments in each engine.
        app.admin().ok("profile", json!({}));
        app.execute(
            "update user_activity set last_activity_at = 4000000000, last_login_at = 1000000000 where user_id = 1",
        );
    }
    apps
}
