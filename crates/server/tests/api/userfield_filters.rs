//! Filtering and sorting by custom fields: alike in both engines, and by an index.

use crate::{
    app::{Client, TestApp},
    both::both,
    directory::{DATES, TEXTS, pick},
    filters::{outcome, prefix, runner, sent},
};
use muster_core::{
    Chance, Json,
    compile::{self, Place},
    custom::{self, Definition, KINDS},
    filter::{condition, split},
    json,
};
use muster_db::{Sql, Value};
use muster_modules::user::USER;
use proptest::{prelude::*, sample::select};

/// How many people have values, beside the two of every test.
const PEOPLE: usize = 40;

/// The codes of one field of every type for a single value, and one for several.
fn names() -> Vec<String> {
    let both = |name: &str| [format!("UF_USR_{}", name.to_uppercase()), format!("UF_USR_{}_MANY", name.to_uppercase())];
    KINDS.iter().flat_map(|(name, ..)| both(name)).collect()
}

/// A value of this type that is taken.
fn made_up(kind: &str, chance: &mut Chance) -> Json {
    let number = i64::try_from(chance.below(200)).unwrap() - 100;
    match kind {
        "integer" => json!(number),
        "double" => [json!(number), json!(f64::from(i32::try_from(number).unwrap()) / 4.0), json!(1e20), json!(1e-7)]
            [usize::try_from(chance.below(4)).unwrap()]
        .clone(),
        "boolean" => json!(chance.below(2) == 1),
        "date" => json!(format!("20{:02}-02-{:02}", chance.below(40), 1 + chance.below(28))),
        "datetime" => json!(format!("2024-02-{:02}T10:00:{:02}+02:00", 1 + chance.below(28), chance.below(60))),
        "enumeration" | "employee" => json!(1 + chance.below(2)),
        "file" => json!(["cv.pdf", "aGk="]),
        "url" => json!(format!("https://example.com/{}", pick(chance, &["a", "B", "%", "ä"]))),
        "money" => json!(format!("{number}.50|{}", pick(chance, &["EUR", "usd"]))),
        _ if chance.below(5) == 0 => json!(format!("{}{}", "long".repeat(60), pick(chance, TEXTS))),
        _ => json!(pick(chance, TEXTS)),
    }
}

/// Fields of every type, and people with random values of them.
fn fill(admin: &Client<'_>) {
    for (kind, ..) in KINDS {
        for (suffix, many) in [("", "N"), ("_MANY", "Y")] {
            admin.ok(
                "user.userfield.add",
                json!({ "fields": {
                "FIELD_NAME": format!("{kind}{suffix}"), "USER_TYPE_ID": kind, "MULTIPLE": many,
                "LIST": [{ "VALUE": "One" }, { "VALUE": "Two" }],
            } }),
            );
        }
    }
    let mut chance = Chance::seeded(11);
    for number in 0..PEOPLE {
        let mut fields = json!({ "EMAIL": format!("custom{number}@example.com"), "UF_DEPARTMENT": [1] });
        for (kind, ..) in KINDS {
            // The options of the second list follow those of the first.
            let second = |value: Json| if *kind == "enumeration" { json!(value.as_i64().unwrap() + 2) } else { value };
            let code = format!("UF_USR_{}", kind.to_uppercase());
            if chance.below(4) > 0 {
                fields[&code] = made_up(kind, &mut chance);
            }
            let values = (0..chance.below(4)).map(|_| second(made_up(kind, &mut chance)));
            fields[format!("{code}_MANY")] = values.collect();
        }
        admin.ok("user.add", fields);
    }
}

/// What is sent of a filter: anything, or what someone may have.
fn value() -> impl Strategy<Value = Json> {
    let held = (select(KINDS), any::<u64>()).prop_map(|((kind, ..), seed)| made_up(kind, &mut Chance::seeded(seed)));
    prop_oneof![2 => sent(), 2 => held.clone(), 1 => prop::collection::vec(held, 2..3).prop_map(Json::from),
        1 => select(DATES).prop_map(Json::from)]
}

#[test]
fn random_filters_by_custom_fields_are_answered_alike_by_both_engines() {
    let apps: Vec<TestApp> = [Some(TestApp::sqlite()), TestApp::postgres()].into_iter().flatten().collect();
    let clients: Vec<_> = apps.iter().map(TestApp::admin).collect();
    clients.iter().for_each(fill);
    // Where a file is kept is random, and so is the order of such places: all that can be told is whether there is one.
    let known = |name: &str, value| if name.contains("FILE") { Json::Null } else { value };
    let one = || {
        (select(names()), prefix(), value())
            .prop_map(move |(name, prefix, value)| (format!("{prefix}{name}"), known(&name, value)))
    };
    let filter = prop::collection::vec(one(), 1..4).prop_map(|pairs| Json::Object(pairs.into_iter().collect()));
    let sortable = select(names().into_iter().filter(|it| !it.contains("FILE")).collect::<Vec<_>>());
    let cases = (filter, any::<bool>(), sortable, select(&["asc", "desc"][..]));
    let checked = runner(600).run(&cases, |(mut filter, any, sort, direction)| {
        filter["LOGIC"] = if any { "OR" } else { "AND" }.into();
        let params = json!({ "FILTER": filter, "order": { sort: direction }, "select": ["ID"] });
        let outcomes: Vec<_> = clients.iter().map(|it| outcome(it, "user.get", &params)).collect();
        for (status, body) in &outcomes {
            prop_assert!(*status == 200 || body.contains("U+0000"), "{} {}", params, body);
            prop_assert_eq!(body, &outcomes[0].1, "{}", params);
        }
        Ok(())
    });
    checked.unwrap_or_else(|err| panic!("{err}"));
}

/// Ten fields, of which every one of so many people has a value.
const MANY: i64 = 4_000;
const TEN: &[&str] =
    &["string", "integer", "double", "boolean", "date", "datetime", "url", "address", "money", "employee"];

const INDEXES: &[&str] = &["custom_values_int", "custom_values_real", "custom_values_text"];

fn values_of_many(fields: &[Definition]) -> impl Iterator<Item = Vec<Value>> {
    fields.iter().flat_map(|field| {
        (1..=MANY).map(|record| {
            let text = |text: String| [Value::Null, Value::Null, text.clone().into(), text.into()];
            let [int, real, text, key] = match field.kind.name() {
                "double" => {
                    [Value::Null, Value::Real(f64::from(i32::try_from(record).unwrap())), Value::Null, Value::Null]
                }
                "string" | "url" | "address" | "money" => text(format!("t{record:06}")),
                "date" => [Value::Null, Value::Null, Value::Null, format!("{record:04}-01-01").into()],
                _ => [record.into(), Value::Null, Value::Null, Value::Null],
            };
            vec![field.id.into(), record.into(), 0.into(), int, real, text, key]
        })
    })
}

both! {
    /// Whatever is asked of a custom field, equality or a range, an index of its values is what answers.
    fn filters_by_custom_fields_use_an_index(app) {
        let admin = app.admin();
        for kind in TEN {
            admin.ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": kind, "USER_TYPE_ID": kind } }));
        }
        let custom = USER.custom.unwrap();
        let fields = app.app.db.read(|tx| custom::load(tx, custom)).unwrap();
        let columns = ["field_id", "record_id", "position", "int_value", "real_value", "text_value", "text_key"];
        app.app.db.write(|tx| tx.bulk("custom_values", &columns, values_of_many(&fields)).map(drop)).unwrap();
        let people = (3..=MANY).map(|id| vec![Value::Int(1), 0.into(), "employee".into(), 0.into(), 0.into(), format!("p{id}").into()]);
        let columns = ["active", "admin", "user_type", "registered_at", "changed_at", "email"];
        app.app.db.write(|tx| tx.bulk("users", &columns, people.clone()).map(drop)).unwrap();
        app.execute("analyze custom_values");
        app.execute("analyze users");
        let explain = if app.address.starts_with("postgres") { "explain select " } else { "explain query plan select " };
        for field in &fields {
            let asked: &[(&str, Json)] = match field.kind.name() {
                "date" => &[("", json!("2000-01-01")), (">", json!("3990-01-01"))],
                "datetime" => &[("", json!("1970-01-01T00:33:20Z")), (">", json!("1970-01-01T01:06:20Z"))],
                "boolean" => &[("", json!(1)), ("<", json!(1))],
                "string" | "url" | "address" | "money" => &[("", json!("t002000")), (">=", json!("t003990"))],
                _ => &[("", json!(2000)), (">=", json!(3990)), ("@", json!([1, 2, 3])), ("><", json!([20, 30]))],
            };
            for (prefix, value) in asked {
                let (test, negated, _) = split(prefix);
                let cond = condition(field.field, test, negated, value, &app.app.settings.time_zone);
                for page in ["", " order by users.id limit 50"] {
                    let mut sql = Sql::new(explain);
                    sql.push("users.id from users where ");
                    compile::write(&cond, &mut sql, Place { id: "users.id", now: 0, caller_id: 1 });
                    sql.push(page);
                    let plan = app.app.db.read(|tx| tx.rows(&sql)).unwrap();
                    let plan: Vec<_> = plan.iter().map(|row| format!("{}{}", row.text(0), row.text(3))).collect();
                    let plan = plan.join("\n");
                    let name = format!("{}: {prefix}{value}\n{}\n{plan}", field.kind.name(), sql.text());
                    assert!(!plan.contains("SCAN custom_values") && !plan.contains("Seq Scan on custom_values"), "{name}");
                    // For a page in the order of IDs, PostgreSQL may walk the field's values in that order instead.
                    let by_value = INDEXES.iter().any(|it| plan.contains(it));
                    assert!(by_value || (!page.is_empty() && plan.contains("custom_values_pkey")), "{name}");
                }
            }
        }
    }
}
