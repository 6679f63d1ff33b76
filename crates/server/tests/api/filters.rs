//! Properties of filters: random ones are answered alike by both engines and as a plain evaluation in Rust would.

use crate::{
    app::{ADMIN, Client, TestApp},
    directory::{DATES, PEOPLE, Row, TEXTS, directory, engines},
};
use muster_core::{
    Json, Params,
    field::{Entity, Field, Kind, Stored},
    filter::PREFIXES,
    json,
    method::Shape,
    params::{from_form, from_json},
    text::search_key,
};
use muster_db::{Sql, Value, fold};
use muster_modules::user::USER;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};

/// So many cases, or a multiple of them if `PROPTEST_CASES` asks for more than its usual 256.
pub(crate) fn runner(cases: u32) -> TestRunner {
    let cases = cases * Config::default().cases / 256;
    TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() })
}

/// One value of any sort.
pub(crate) fn single() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => select(TEXTS).prop_map(Json::from),
        2 => (select(TEXTS), 0..4usize).prop_map(|(text, length)| text.chars().take(length).collect::<String>().into()),
        2 => select(DATES).prop_map(Json::from),
        2 => (0..200i64).prop_map(Json::from),
        1 => (0..200i64).prop_map(|it| it.to_string().into()),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<f64>().prop_map(Json::from),
        1 => any::<bool>().prop_map(Json::from),
        1 => Just(Json::Null),
        1 => select(&["", "Y", "n", "True", "M", "f", "employee", "bot", "+1", " 5 ", "1e3", "99999999999999999999"][..])
            .prop_map(Json::from),
        2 => ".{0,5}".prop_map(Json::from),
        1 => (0..u64::try_from(PEOPLE).unwrap(), 0..3usize).prop_map(|(index, which)| {
            let person = muster_names::person(7, index, 2026);
            [person.first.clone(), person.last, format!("{} {}", person.position, person.first)][which].clone().into()
        }),
    ]
}

/// One value, or a list of some.
pub(crate) fn sent() -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => single(),
        1 => prop::collection::vec(single(), 0..4).prop_map(Json::from),
        1 => prop::collection::vec(single(), 1..3).prop_map(|items| {
            Json::Object(items.into_iter().enumerate().map(|(at, it)| (format!("k{at}"), it)).collect())
        }),
    ]
}

pub(crate) fn prefix() -> impl Strategy<Value = &'static str> {
    (0..=PREFIXES.len()).prop_map(|at| PREFIXES.get(at).map_or("", |it| it.0))
}

pub(crate) fn name_of(entity: &'static Entity) -> impl Strategy<Value = &'static str> + Clone {
    select(entity.fields.iter().map(|it| it.name).collect::<Vec<_>>())
}

/// Some conditions on the fields of an entity, at the top or in alternatives.
fn filter(entity: &'static Entity) -> impl Strategy<Value = Json> {
    filter_of(name_of(entity))
}

/// The same on fields with these names.
pub(crate) fn filter_of(names: impl Strategy<Value = &'static str> + Clone) -> impl Strategy<Value = Json> {
    let group = || {
        let one = (names.clone(), prefix(), sent());
        let one = one.prop_map(|(name, prefix, value)| (format!("{prefix}{name}"), value));
        prop::collection::vec(one, 1..4).prop_map(|pairs| Json::Object(pairs.into_iter().collect()))
    };
    prop_oneof![
        3 => group(),
        1 => (group(), group(), any::<bool>()).prop_map(|(left, right, any)| {
            json!({ "LOGIC": if any { "OR" } else { "AND" }, "0": left, "1": right })
        }),
    ]
}

/// What came of a call: the IDs in their order and the count, or the words of the refusal.
pub(crate) fn outcome(client: &Client<'_>, method: &str, params: &Json) -> (u16, String) {
    let reply = client.call(method, params.clone());
    let body = reply.body();
    // Newer methods have their records in a member of the result, and the names of fields in another spelling.
    let records = body["result"].as_object().and_then(|it| it.values().next()).unwrap_or(&body["result"]);
    let id = |it: &Json| it["ID"].as_str().or(it["id"].as_str()).map(str::to_owned);
    let ids = records.as_array().map(|it| it.iter().filter_map(id).collect::<Vec<_>>());
    (
        reply.status.as_u16(),
        format!("{ids:?} of {}, then {} {}", body["total"], body["next"], body["error_description"]),
    )
}

#[test]
fn random_filters_and_orders_are_answered_alike_by_both_engines() {
    let apps = engines();
    let clients: Vec<_> = apps.iter().map(TestApp::admin).collect();
    // What only REST 3.0 has takes its filters in another form, which is compiled by the same code.
    let lists = apps[0].app.registry.methods().filter(|it| it.shape == Shape::List && it.versions.answers(false));
    for method in lists {
        let Some(entity) = method.entity else { continue };
        let order = (name_of(entity), select(&["ASC", "desc"][..]));
        let start = select(&[0, 0, 0, 50, 100, -1][..]);
        let cases = (filter(entity), order, start);
        let checked = runner(250).run(&cases, |(filter, (sort, direction), start)| {
            let params = json!({
                "FILTER": filter, "order": { sort: direction }, "start": start, "select": ["ID"],
            });
            let outcomes: Vec<_> = clients.iter().map(|it| outcome(it, method.name, &params)).collect();
            for (status, body) in &outcomes {
                prop_assert!(matches!(status, 200 | 400), "{} {} {}", method.name, params, body);
                prop_assert_eq!((status, body), (&outcomes[0].0, &outcomes[0].1), "{} {}", method.name, params);
            }
            Ok(())
        });
        checked.unwrap_or_else(|err| panic!("{err}"));
    }
}

/// What a filter of one key means, written down once more without SQL.
mod reference {
    use super::*;

    /// Whether a person passes. `held` are the values of the field.
    pub(super) fn passes(field: &Field, held: &[Value], prefix: &str, sent: &[Json]) -> bool {
        let negated = prefix.starts_with('!');
        let test = prefix.trim_start_matches('!');
        if test == "><" {
            return between(field, held, sent).is_some_and(|it| it != negated);
        }
        let outcomes: Vec<bool> = sent.iter().filter_map(|it| one(field, held, (prefix, test), it)).collect();
        match (sent.is_empty(), outcomes.is_empty()) {
            (true, _) => negated,
            (false, true) => false,
            (false, false) => outcomes.contains(&true) != negated,
        }
    }

    /// `None` if these are not two values of the field's kind.
    fn between(field: &Field, held: &[Value], sent: &[Json]) -> Option<bool> {
        let [low, high] = sent else { return None };
        let fits = |held: &[Value], test, bound| one(field, held, (test, test), bound);
        fits(&[], ">=", low).and(fits(&[], "<=", high))?;
        let inside = |it: &Value| {
            let it = [it.clone()];
            fits(&it, ">=", low) == Some(true) && fits(&it, "<=", high) == Some(true)
        };
        Some(held.iter().any(inside))
    }

    /// `None` if the value cannot be read as one of the field's.
    fn one(field: &Field, held: &[Value], (prefix, test): (&str, &str), sent: &Json) -> Option<bool> {
        let nothing = sent.is_null() || sent.as_str() == Some("");
        let plain = matches!(prefix, "" | "!");
        let like = matches!(test, "=%" | "%=");
        match test {
            "" | "=" | "@" if nothing => return Some(held.is_empty()),
            _ if like && nothing => return Some(held.is_empty()),
            "%" | "?" if nothing => return Some(true),
            _ if nothing => return None,
            _ => {}
        }
        let folded = |text: &str| field.key.map_or_else(|| fold(text), |key| (key.fold)(text));
        if like
            || matches!(test, "%" | "?")
            || (plain && field.kind == Kind::Text && sent.as_str().is_some_and(|it| it.contains('%')))
        {
            if field.kind == Kind::Bool {
                return None;
            }
            let wanted = folded(&text(sent)?);
            return Some(held.iter().any(|it| {
                let held = folded(&shown(it));
                if matches!(test, "%" | "?") { held.contains(&wanted) } else { fits(&held, &wanted) }
            }));
        }
        let wanted = match field.kind {
            Kind::Id | Kind::Int if sent.is_boolean() => return None,
            Kind::Id | Kind::Int => Value::Int(text(sent)?.trim().parse().ok()?),
            Kind::Bool => Value::from(match text(sent)?.trim().to_lowercase().as_str() {
                "y" | "yes" | "true" | "1" | "on" => true,
                "n" | "no" | "false" | "0" | "off" => false,
                _ => return None,
            }),
            Kind::Date => Value::Text(muster_core::time::read_date(&text(sent)?)?),
            _ => Value::Text(folded(&text(sent)?)),
        };
        let key = |value: &Value| match (value, &wanted) {
            (Value::Int(held), Value::Int(wanted)) => held.cmp(wanted),
            (held, wanted) => {
                let held = shown(held);
                let held = if field.kind == Kind::Text { folded(&held) } else { held };
                held.as_bytes().cmp(shown(wanted).as_bytes())
            }
        };
        Some(held.iter().map(key).any(|it| match test {
            "<" => it.is_lt(),
            "<=" => it.is_le(),
            ">" => it.is_gt(),
            ">=" => it.is_ge(),
            _ => it.is_eq(),
        }))
    }

    fn text(sent: &Json) -> Option<String> {
        match sent {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            Json::Bool(it) => Some(u8::from(*it).to_string()),
            _ => None,
        }
    }

    fn shown(value: &Value) -> String {
        match value {
            Value::Int(it) => it.to_string(),
            Value::Text(it) => it.clone(),
            _ => String::new(),
        }
    }

    /// Whether a text fits a pattern in which `%` stands for anything.
    fn fits(text: &str, pattern: &str) -> bool {
        match pattern.split_once('%') {
            None => text == pattern,
            Some((before, rest)) => text.strip_prefix(before).is_some_and(|left| {
                let mut ends: Vec<usize> = left.char_indices().map(|it| it.0).collect();
                ends.push(left.len());
                ends.into_iter().any(|at| fits(&left[at..], rest))
            }),
        }
    }
}

#[test]
fn filters_mean_what_a_plain_evaluation_says() {
    let apps = engines();
    let clients: Vec<_> = apps.iter().map(TestApp::admin).collect();
    let people = directory();
    static FIELDS: &[&str] =
        &["ID", "NAME", "LAST_NAME", "PERSONAL_CITY", "UF_PHONE_INNER", "PERSONAL_BIRTHDAY", "ACTIVE", "UF_DEPARTMENT"];
    let held = |person: usize, field: &Field| -> Vec<Value> {
        let row: &Row = &people[person];
        let column = match field.stored {
            Stored::Column("users.id") => return vec![Value::Int(ADMIN + 2 + i64::try_from(person).unwrap())],
            Stored::Column(column) => column.strip_prefix("users.").unwrap(),
            _ => return row.departments.iter().copied().map(Value::Int).collect(),
        };
        row.columns.get(column).filter(|it| !it.is_null()).cloned().into_iter().collect()
    };
    // A value that some person has makes a filter that finds someone.
    let values = prop::collection::vec((single(), any::<Option<Index>>()), 0..3);
    let checked = runner(150).run(&(select(FIELDS), prefix(), values), |(name, prefix, values)| {
        let field = USER.field(name).unwrap();
        let sent: Vec<Json> = values
            .into_iter()
            .map(|(made_up, owner)| match owner.map(|it| held(it.index(PEOPLE), field)).as_deref() {
                Some([Value::Text(text), ..]) => text.as_str().into(),
                Some([Value::Int(it), ..]) => (*it).into(),
                _ => made_up,
            })
            .filter(|it| !it.to_string().contains("\\u0000"))
            .collect();
        let listed = |person: &usize| matches!(&people[*person].columns["user_type"], Value::Text(it) if it == "employee" || it == "extranet");
        let passes = |person: &usize| reference::passes(field, &held(*person, field), prefix, &sent);
        let expected: Vec<i64> =
            (0..PEOPLE).filter(listed).filter(passes).map(|it| ADMIN + 2 + i64::try_from(it).unwrap()).collect();
        for client in &clients {
            let filter = json!({ format!("{prefix}{name}"): sent, ">=ID": if prefix == ">=" && name == "ID" { json!(sent) } else { json!(3) } });
            let mut found = Vec::new();
            for start in [0, 50, 100] {
                found.extend(client.ids("user.get", json!({ "FILTER": filter, "start": start, "select": ["ID"] })));
            }
            found.retain(|id| *id > ADMIN + 1);
            prop_assert_eq!(&found, &expected, "{}", filter);
        }
        Ok(())
    });
    checked.unwrap_or_else(|err| panic!("{err}"));
}

/// Any value that a form can carry: texts in lists and objects, none of them empty.
fn tree() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![".{0,8}", "[ -~]{0,8}"].prop_map(Json::from);
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Json::from),
            prop::collection::vec((key(), inner), 1..4).prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z_]{1,4}", "[0-3]", "[<>!=@%äЖ +&#;.-]{1,3}[A-Z]{1,3}"]
}

fn write_form(name: &str, value: &Json, form: &mut Vec<String>) {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    match value {
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(at, it)| write_form(&format!("{name}[{at}]"), it, form));
        }
        Json::Object(map) => {
            map.iter().for_each(|(key, it)| write_form(&format!("{name}[{}]", encoded(key)), it, form));
        }
        text => form.push(format!("{name}={}", encoded(text.as_str().unwrap()))),
    }
}

#[test]
fn json_and_forms_of_one_value_are_read_alike() {
    let cases = prop::collection::vec((key(), tree()), 0..5);
    let checked = runner(1_000).run(&cases, |pairs| {
        let value = Json::Object(pairs.into_iter().collect());
        let mut form = Vec::new();
        for (name, value) in value.as_object().unwrap() {
            write_form(&utf8_percent_encode(name, NON_ALPHANUMERIC).to_string(), value, &mut form);
        }
        let form = form.join("&");
        let read = |result: muster_core::Result<Json>| result.and_then(Params::new).map_err(|err| err.said);
        let (by_json, by_form) = (read(from_json(value.to_string().as_bytes())), read(from_form(&form)));
        prop_assert_eq!(by_json, by_form, "{}", form);
        Ok(())
    });
    checked.unwrap_or_else(|err| panic!("{err}"));
}

/// Every character there is, in texts of a few thousand. Only a letter that is younger than the engine's Unicode may
/// stay as it is.
#[test]
fn case_is_folded_alike_by_rust_and_by_each_engine() {
    let all: Vec<char> = ('\u{1}'..=char::MAX).collect();
    for app in [Some(TestApp::sqlite()), TestApp::postgres()].into_iter().flatten() {
        let mut unknown = 0;
        for some in all.chunks(5_000) {
            let text: String = some.iter().collect();
            let sql = Sql::with("select fold($1)", [text.as_str().into()]);
            let row = app.app.db.read(|tx| tx.row(&sql)).unwrap().unwrap();
            assert_eq!(row.text(0).chars().count(), some.len());
            for ((given, theirs), ours) in text.chars().zip(row.text(0).chars()).zip(fold(&text).chars()) {
                assert!(theirs == ours || theirs == given, "{given:?}: {theirs:?}, {ours:?}");
                unknown += u32::from(theirs != ours);
            }
        }
        assert!(unknown < 100, "{unknown} letters are unknown to {}", app.address);
    }
}

#[test]
fn folding_for_search_is_stable() {
    let checked = runner(1_000).run(&".{0,12}", |text| {
        let key = search_key(&text);
        prop_assert_eq!(search_key(&key), key);
        Ok(())
    });
    checked.unwrap_or_else(|err| panic!("{err}"));
}
