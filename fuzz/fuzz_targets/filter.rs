//! Any conditions on any fields, in groups or not, as a filter of `user.get`, down to the SQL that SQLite runs: refused
//! as a client's error or answered, never a failure of our own.

#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_core::{
    Call, Caller, Chance, Clock, Json, Map, Params, Registry, Settings, Via, call::Rights, error::INTERNAL,
    filter::PREFIXES, index::Indexes, json, method::Run, params::from_json, picture::Pictures,
};
use muster_db::{Db, Options};
use muster_modules::{
    MODULES,
    user::{
        USER,
        store::{NewPerson, register},
    },
};
use std::sync::LazyLock;
use tempfile::TempDir;

static PLACE: LazyLock<(TempDir, Db, Registry)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("muster.db");
    let db = Db::open(path.to_str().expect("a path of text"), &Options::default()).expect("a database");
    let registry = Registry::new(MODULES);
    db.migrate(&registry.migrations(), 1).expect("a schema");
    let person = NewPerson { email: "a@example.com".to_owned(), name: "Анна".to_owned(), ..NewPerson::default() };
    db.write(|tx| register(tx, &person, 1)).expect("a person");
    (folder, db, registry)
});

/// Which prefix, which field, and a value in JSON or, if it is none, as text.
type Condition<'a> = (u8, u8, &'a str);

fuzz_target!(|groups: Vec<(bool, Vec<Condition<'_>>)>| {
    let mut filter = Map::new();
    for (index, (any, conditions)) in groups.iter().enumerate() {
        let mut group = Map::new();
        group.insert("LOGIC".to_owned(), Json::from(if *any { "OR" } else { "AND" }));
        group.extend(conditions.iter().map(read));
        if index == 0 {
            filter.extend(group);
        } else {
            filter.insert(index.to_string(), Json::Object(group));
        }
    }
    let Ok(params) = Params::new(json!({ "FILTER": filter })) else { return };
    if let Err(err) = list(&params) {
        assert_ne!(err.code, &INTERNAL, "{:?}", err.cause);
    }
});

fn read((prefix, field, value): &Condition<'_>) -> (String, Json) {
    let prefix = PREFIXES.get(usize::from(*prefix) % (PREFIXES.len() + 1)).map_or("", |it| it.0);
    let field = USER.fields[usize::from(*field) % USER.fields.len()].name;
    (format!("{prefix}{field}"), from_json(value.as_bytes()).unwrap_or_else(|_| Json::from(*value)))
}

fn list(params: &Params) -> muster_core::Result<Json> {
    let (_, db, registry) = &*PLACE;
    let scopes = registry.scopes().map(|it| it.name.to_owned()).collect();
    let caller = Caller {
        user_id: 1,
        admin: true,
        extranet: false,
        rights: Rights::USUAL,
        scopes,
        via: Via::Webhook(1),
        expires_at: None,
    };
    let Run::Method(run) = registry.get("user.get", false)?.run else { return Ok(Json::Null) };
    db.read(|tx| {
        let mut call = Call {
            caller: &caller,
            params,
            pictures: &Pictures::new(),
            tx,
            now: Clock::default().seconds(),
            chance: Chance::seeded(1),
            settings: &Settings::default(),
            registry,
            base_url: "http://muster.test",
            custom: &[],
            indexes: &Indexes::default(),
        };
        Ok(run(&mut call)?.parsed().result)
    })
}
