//! The index of people answers what SQL answers, whatever is written meanwhile and by whom.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, ROOT, Setup, TestApp},
    both::both,
    directory::{DATES, DEPARTMENTS, PEOPLE, TEXTS, engines},
    filters::{filter_of, name_of, outcome, runner},
};
use muster::Door;
use muster_core::{
    Json,
    index::{self, Index, Status},
    json,
};
use muster_modules::user::{USER, index::INDEX};
use proptest::{prelude::*, sample::select};

/// Another process on the same database, with an index.
fn node(plain: &TestApp, most: u64) -> TestApp {
    let door = Door { index_people: most, ..Door::default() };
    let node = plain.another(Setup { door, ..Setup::default() });
    tend(&node);
    node
}

/// The index of people of a process.
fn index(node: &TestApp) -> &Index {
    node.app.indexes.of(&USER).unwrap()
}

fn tend(node: &TestApp) {
    index(node).tend(&node.app.db).unwrap();
}

/// Something that is written: a method and its parameters.
fn change() -> impl Strategy<Value = Option<(&'static str, Json)>> {
    let people = i64::try_from(PEOPLE).unwrap();
    let text = || select(TEXTS);
    let departments = || prop::collection::vec(1..=DEPARTMENTS, 1..3);
    let field =
        select(&["LAST_NAME", "SECOND_NAME", "PERSONAL_CITY", "WORK_CITY", "WORK_POSITION", "WORK_COUNTRY"][..]);
    prop_oneof![
        2 => Just(None),
        4 => (ADMIN + 2..people, field, text()).prop_map(|(id, field, text)| {
            Some(("user.update", json!({ "ID": id, field: text })))
        }),
        1 => (ADMIN + 2..people, select(DATES)).prop_map(|(id, date)| {
            Some(("user.update", json!({ "ID": id, "PERSONAL_BIRTHDAY": date, "PERSONAL_GENDER": "F" })))
        }),
        1 => (ADMIN + 2..people, departments()).prop_map(|(id, departments)| {
            Some(("user.update", json!({ "ID": id, "UF_DEPARTMENT": departments })))
        }),
        1 => (any::<u64>(), text(), departments()).prop_map(|(number, text, departments)| {
            Some(("user.add", json!({ "EMAIL": format!("n{number}@example.com"), "LAST_NAME": text, "UF_DEPARTMENT": departments })))
        }),
        1 => (1..=DEPARTMENTS, text()).prop_map(|(id, text)| Some(("department.update", json!({ "ID": id, "NAME": text })))),
    ]
}

/// Mostly fields that the index knows.
fn name() -> impl Strategy<Value = &'static str> + Clone {
    let mut names = INDEX.fields.to_vec();
    names.extend(INDEX.searches.iter().map(|it| it.0));
    names.extend(["ID", "ID", "IS_ONLINE"]);
    prop_oneof![20 => select(names), 1 => name_of(&USER)]
}

#[test]
fn the_index_and_sql_find_the_same() {
    let cases = (
        change(),
        any::<bool>(),
        filter_of(name()),
        prop::collection::vec((name(), select(&["ASC", "desc"][..])), 0..3),
        select(&[0, 0, 0, 50, 100, 7, -1][..]),
    );
    for plain in engines() {
        let nodes = [node(&plain, 1_000_000), node(&plain, 1_000_000)];
        let (by_sql, clients) = (plain.admin(), nodes.each_ref().map(TestApp::admin));
        let checked = runner(1_000).run(&cases, |(change, here, filter, order, start)| {
            // Asked twice before the change too: what is remembered then must not outlive it.
            let before = json!({ "FILTER": filter, "select": ["ID"] });
            let asked = [&clients[0], &clients[0], &by_sql].map(|it| outcome(it, "user.get", &before));
            prop_assert!(asked[0] == asked[2] && asked[1] == asked[2], "{} {:?}", before, asked);
            if let Some((method, params)) = change {
                // Refused or not, both ways to find have to agree afterwards.
                clients[usize::from(!here)].call(method, params);
            }
            if !here {
                tend(&nodes[0]);
            }
            let order: serde_json::Map<String, Json> =
                order.into_iter().map(|(name, direction)| (name.to_owned(), direction.into())).collect();
            // Whole records too, which are kept ready in one place and read in the other.
            let params = json!({ "FILTER": filter, "order": order, "start": start });
            let records = |client: &Client<'_>| client.call("user.get", params.clone()).body()["result"].clone();
            prop_assert_eq!(records(&clients[0]), records(&by_sql), "{}", params);
            let params = json!({ "FILTER": filter, "order": order, "start": start, "select": ["ID"] });
            for method in ["user.get", "user.search"] {
                prop_assert_eq!(
                    outcome(&clients[0], method, &params),
                    outcome(&by_sql, method, &params),
                    "{} {}",
                    method,
                    params
                );
            }
            Ok(())
        });
        checked.unwrap_or_else(|err| panic!("{err}"));
        assert!(index(&nodes[0]).answered() > 2_500, "the index has to have answered, and not SQL in its place");
        let is_remembering = matches!(index(&nodes[0]).status(), Status::Ready { found_bytes: 10_000.., .. });
        assert!(is_remembering, "{:?}", index(&nodes[0]).status());
        assert_eq!(index(&plain).answered(), 0);
    }
}

/// Finds people by the name that only one of them has.
fn found(client: &Client<'_>, name: &str) -> Vec<i64> {
    client.ids("user.search", json!({ "FIND": name }))
}

both! {
    /// Someone sees what they have just done, in this process at once, in another one when it looks for changes.
    fn a_change_is_found_at_once(app) {
        let (here, there) = (node(app, 1000), node(app, 1000));
        let (admin, other) = (here.admin(), there.admin());
        let id = admin.add_user(json!({ "NAME": "Quirin", "LAST_NAME": "Xanthos" }));
        assert_eq!(found(&admin, "quir xan"), [id]);
        tend(&there);
        assert_eq!(found(&other, "quir xan"), [id]);
        other.ok("user.update", json!({ "ID": id, "NAME": "Zebulon" }));
        assert_eq!((found(&other, "quirin"), found(&other, "zebulon")), (vec![], vec![id]));
        tend(&here);
        assert_eq!((found(&admin, "quirin"), found(&admin, "zebulon")), (vec![], vec![id]));
        assert!(index(&here).answered() >= 3 && index(&there).answered() >= 3);
    }

    /// Records that are kept ready are those of the last change, however reads and changes of two processes meet.
    fn ready_records_are_never_old(app) {
        let (here, there) = (node(app, 1000), node(app, 1000));
        let ids: Vec<i64> = (0..4).map(|_| app.admin().add_user(json!({}))).collect();
        let name_of = |client: &Client<'_>, id: i64| client.ok("user.get", json!({ "ID": id }))[0]["NAME"].clone();
        let (mine, others) = (here.admin(), there.admin());
        std::thread::scope(|scope| {
            for id in &ids {
                let (mine, others, here, ids) = (&mine, &others, &here, &ids);
                scope.spawn(move || {
                    for turn in 0..25 {
                        let name = format!("Name {turn}");
                        mine.ok("user.update", json!({ "ID": id, "NAME": name }));
                        assert_eq!(name_of(mine, *id), name, "what one has just written");
                        others.ok("user.update", json!({ "ID": id, "SECOND_NAME": name }));
                        mine.ok("user.get", json!({ "ID": ids }));
                        tend(here);
                        assert_eq!(mine.ok("user.get", json!({ "ID": id }))[0]["SECOND_NAME"], name);
                    }
                });
            }
        });
        tend(&here);
        assert_eq!(mine.ok("user.get", json!({})), app.admin().ok("user.get", json!({})));
        let ready = |node: &TestApp| match index(node).status() {
            Status::Ready { ready_bytes, .. } => ready_bytes,
            _ => 0,
        };
        assert!(ready(&here) > 4000 && ready(&there) == 0 && ready(app) == 0);
        // Another host or another size of pictures is another text.
        let small = mine.ok("user.get", json!({ "ID": ADMIN, "IMAGE_RESIZE": "small" }));
        assert_eq!(small, app.admin().ok("user.get", json!({ "ID": ADMIN, "IMAGE_RESIZE": "small" })));
    }

    /// Who is online is true in records that are ready too: by the time, and by what other processes have noted.
    fn ready_records_tell_who_is_online(app) {
        let (here, there) = (node(app, 1000), node(app, 1000));
        let (admin, employee) = (here.admin(), there.employee());
        let seen = || admin.user(EMPLOYEE)["IS_ONLINE"].clone();
        assert_eq!([seen(), seen()], ["N", "N"]);
        employee.ok("user.current", json!({}));
        tend(&here);
        assert_eq!([seen(), seen()], ["Y", "Y"]);
        here.app.clock.advance(121);
        assert_eq!(seen(), "N");
        there.app.clock.advance(121);
        employee.ok("user.current", json!({}));
        tend(&here);
        assert_eq!(seen(), "Y");
    }

    /// A department's new name finds its people.
    fn renamed_departments_are_found(app) {
        let node = node(app, 1000);
        let admin = node.admin();
        let sales = admin.ok("department.add", json!({ "NAME": "Verkauf", "PARENT": ROOT }));
        let id = admin.add_user(json!({ "NAME": "Vera", "UF_DEPARTMENT": [sales] }));
        assert_eq!(found(&admin, "verkauf"), [id]);
        admin.ok("department.update", json!({ "ID": sales, "NAME": "Zuspruch" }));
        assert_eq!((found(&admin, "verkauf"), found(&admin, "zuspruch")), (vec![], vec![id]));
    }

    /// A call that writes sees its own changes before they are committed, which no index can.
    fn a_batch_in_one_transaction_sees_itself(app) {
        let node = node(app, 1000);
        let reply = node.admin().call_v3("batch", json!([
            { "method": "user.add", "query": { "EMAIL": "uncommitted@example.com", "NAME": "Ulf", "UF_DEPARTMENT": [ROOT] } },
            { "method": "user.search", "query": { "FIND": "ulf" } },
        ]));
        assert_eq!(reply.body()["result"][1]["total"], 1, "{}", reply.text());
    }

    /// More people than it may hold switch it off; before it is loaded it says so and SQL answers.
    fn what_it_does_is_told(app) {
        let small = node(app, 1);
        assert_eq!(index(&small).status(), Status::Off);
        let off = node(app, 0);
        assert_eq!((index(&off).status(), off.get("/readyz").text()), (Status::Off, "ready\n"));
        let door = Door { index_people: 1000, ..Door::default() };
        let starting = app.another(Setup { door, ..Setup::default() });
        let reply = starting.get("/readyz");
        assert_eq!((reply.status.as_u16(), reply.text()), (200, "ready, loading the index of people\n"));
        assert_eq!(found(&starting.admin(), "ada"), [ADMIN]);
        assert_eq!(index(&starting).answered(), 0);
        tend(&starting);
        assert_eq!(starting.get("/readyz").text(), "ready\n");
        assert_eq!(found(&starting.admin(), "ada"), [ADMIN]);
        assert_eq!(index(&starting).answered(), 1);
        let page = starting.get("/metrics");
        for line in ["records{kind=\"user\"} 2", "ready{kind=\"user\"} 1", "found_bytes{kind=\"task\"} 0"] {
            assert!(page.text().contains(&format!("\nmuster_index_{line}\n")), "{line}: {}", page.text());
        }
    }

    /// Where the words that SQL finds people by are not those of their names, `muster check` says so.
    fn it_is_held_against_sql(app) {
        let check = || index::check(&INDEX, 1000, &app.app.db).unwrap();
        assert_eq!(check(), Some((2, vec![])));
        assert_eq!(index::check(&INDEX, 1, &app.app.db).unwrap(), None, "there is none");
        app.execute("delete from user_words where word = 'ada'");
        let (_, differences) = check().unwrap();
        assert!(differences.iter().any(|it| it.contains("NAME_BEGINS begins with a word of NAME")), "{differences:?}");
    }

    /// Very many people written at once make it load anew.
    fn a_bulk_of_people_is_loaded_anew(app) {
        let node = node(app, 1000);
        app.execute("insert into user_changes (record_id) values (-1)");
        tend(&node);
        assert_eq!(index(&node).status(), Status::Loading);
        tend(&node);
        assert!(matches!(index(&node).status(), Status::Ready { records: 2, .. }));
    }
}

/// On PostgreSQL a change may be committed after one with a later number.
#[test]
fn a_late_commit_is_not_missed() {
    let Some(app) = TestApp::postgres() else { return };
    let node = node(&app, 1000);
    let admin = node.admin();
    app.execute("select setval(pg_get_serial_sequence('user_changes', 'id'), 1000)");
    let id = admin.add_user(json!({ "NAME": "Later" }));
    assert_eq!(found(&admin, "later"), [id]);
    app.execute("update users set name = 'Late', name_key = 'late' where id = 1");
    app.execute("insert into user_changes (id, record_id) overriding system value values (900, 1)");
    tend(&node);
    assert_eq!(found(&admin, "late"), [ADMIN, id]);
}
