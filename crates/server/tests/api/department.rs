//! `department.*`: a tree with one root, and the words that its people are found by.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, Setup, TestApp},
    both::both,
};
use muster_core::{Json, json};
use muster_db::{DbError, Sql};
use std::thread;

fn add(app: &TestApp, name: &str, parent: i64) -> i64 {
    app.admin().ok("department.add", json!({ "NAME": name, "PARENT": parent })).as_i64().unwrap()
}

fn structure(app: &TestApp) -> String {
    let rows = app.app.db.read(|tx| {
        let words = tx.rows(&Sql::new("select * from department_words order by department_id, word"))?;
        Ok::<_, DbError>((tx.rows(&Sql::new("select * from departments order by id"))?, words))
    });
    format!("{:?}", rows.unwrap())
}

/// Checks that a call is refused with these words, and that it changed nothing.
#[track_caller]
fn refused(app: &TestApp, method: &str, params: Json, said: &str) {
    let before = structure(app);
    assert_eq!(app.admin().call(method, params.clone()).fails(400, "ERROR_CORE"), said, "{method} {params}");
    assert_eq!(structure(app), before, "{method} {params}");
}

const SECOND_ROOT: &str = "There can only be one top-level department in the company structure";

both! {
    /// What is added is answered with the documented types; fields without a value are left out.
    fn an_added_department_is_listed(app) {
        let admin = app.admin();
        let id = admin.ok("department.add", json!({ "NAME": " R&D ", "SORT": "450", "PARENT": ROOT, "UF_HEAD": EMPLOYEE }));
        let plain = add(app, "Legal", ROOT);
        let body = admin.call("department.get", json!({})).body();
        assert_eq!(body["result"], json!([
            { "ID": "1", "NAME": "Company", "SORT": 500 },
            { "ID": id.to_string(), "NAME": "R&D", "SORT": 450, "PARENT": "1", "UF_HEAD": "2" },
            { "ID": plain.to_string(), "NAME": "Legal", "SORT": 500, "PARENT": "1" },
        ]));
        assert_eq!(body["total"], 3);
        let fields = admin.ok("department.fields", json!({}));
        let names: Vec<_> = fields.as_object().unwrap().keys().collect();
        assert_eq!(names, ["ID", "NAME", "SORT", "PARENT", "UF_HEAD"]);
    }

    /// Filters at the top level, as documented, and under `FILTER`; `SORT` sorts by a name and filters by a number.
    fn departments_are_filtered_and_sorted(app) {
        let admin = app.admin();
        let sales = add(app, "Sales", ROOT);
        let north = add(app, "Sales North", sales);
        let accounts = add(app, "Äccounts", ROOT);
        admin.ok("department.update", json!({ "ID": accounts, "SORT": 100, "UF_HEAD": ADMIN }));
        for (params, expected) in [
            (json!({ "ID": sales }), vec![sales]),
            (json!({ "id": [sales.to_string(), north] }), vec![sales, north]),
            (json!({ "NAME": "sales" }), vec![sales]),
            (json!({ "%NAME": "SAL" }), vec![sales, north]),
            (json!({ "NAME": "accounts" }), vec![accounts]),
            (json!({ "PARENT": ROOT }), vec![sales, accounts]),
            (json!({ "PARENT": null }), vec![ROOT]),
            (json!({ "UF_HEAD": ADMIN }), vec![accounts]),
            (json!({ "!UF_HEAD": "" }), vec![accounts]),
            (json!({ "SORT": 100 }), vec![accounts]),
            (json!({ "SORT": "500", "PARENT": sales }), vec![north]),
            (json!({ "FILTER": { ">ID": sales, "PARENT": [ROOT, sales] } }), vec![north, accounts]),
            (json!({ "sort": "NAME", "order": "DESC", "PARENT": ROOT }), vec![sales, accounts]),
            (json!({ "sort": "NAME" }), vec![accounts, ROOT, sales, north]),
            (json!({ "sort": "SORT", "order": "asc" }), vec![accounts, ROOT, sales, north]),
            (json!({ "order": { "PARENT": "DESC", "ID": "DESC" } }), vec![north, accounts, sales, ROOT]),
            (json!({ "sort": "UF_HEAD", "order": "DESC" }), vec![accounts, ROOT, sales, north]),
            (json!({ "ID": "x" }), vec![]), (json!({ "ID": [] }), vec![]), (json!({ "ID": 999 }), vec![]),
            (json!({ "auth": "x", "unknown": 1, "PARENT": sales }), vec![north]),
        ] {
            assert_eq!(admin.ids("department.get", params.clone()), expected, "{params}");
        }
        for params in [json!({ "sort": "NOPE" }), json!({ "FILTER": { "NOPE": 1 } }), json!({ "START": "x" })] {
            admin.call("department.get", params).fails(400, "ERROR_ARGUMENT");
        }
    }

    /// Pages of 50 as everywhere.
    fn departments_come_in_pages(app) {
        for number in 0..60 {
            add(app, &format!("D{number}"), ROOT);
        }
        let page = |start: i64| app.admin().call("department.get", json!({ "START": start })).body();
        assert_eq!((&page(0)["total"], &page(0)["next"]), (&json!(61), &json!(50)));
        assert_eq!((page(50)["result"].as_array().unwrap().len(), page(50).get("next")), (11, None));
        assert!(page(-1).get("total").is_none());
    }

    /// There is one root, and it stays the root.
    fn there_is_one_root(app) {
        for parent in [json!(null), json!(""), json!(0), json!("0"), json!(999), json!("x"), json!([1])] {
            refused(app, "department.add", json!({ "NAME": "Second", "PARENT": parent }), SECOND_ROOT);
        }
        refused(app, "department.add", json!({ "NAME": "Second" }), SECOND_ROOT);
        let child = add(app, "Child", ROOT);
        for parent in [json!(0), json!(""), json!(999)] {
            refused(app, "department.update", json!({ "ID": child, "PARENT": parent }), SECOND_ROOT);
        }
        refused(app, "department.update", json!({ "ID": ROOT, "PARENT": child }), SECOND_ROOT);
        refused(app, "department.delete", json!({ "ID": ROOT }), "The top-level department cannot be deleted");
        app.admin().ok("department.update", json!({ "ID": ROOT, "NAME": "Muster", "PARENT": 0 }));
        assert_eq!(app.admin().ok("department.get", json!({ "ID": ROOT }))[0], json!({ "ID": "1", "NAME": "Muster", "SORT": 500 }));
    }

    /// A department never comes to stand below itself, not even when two are moved at the same moment.
    fn no_department_is_below_itself(app) {
        let said = "A department cannot be moved below itself or one of its own departments";
        let (a, b) = (add(app, "A", ROOT), add(app, "B", ROOT));
        let (a1, a2) = (add(app, "A1", a), add(app, "A2", a));
        let deep = add(app, "Deep", a1);
        for target in [a, a1, a2, deep] {
            refused(app, "department.update", json!({ "ID": a, "PARENT": target }), said);
        }
        app.admin().ok("department.update", json!({ "ID": deep, "PARENT": b }));
        app.admin().ok("department.update", json!({ "ID": a, "PARENT": deep }));
        app.admin().ok("department.update", json!({ "ID": a, "PARENT": ROOT }));

        let other = app.another(Setup::default());
        thread::scope(|scope| {
            for (node, id, parent) in [(app, a, b), (&other, b, a)] {
                scope.spawn(move || node.admin().call("department.update", json!({ "ID": id, "PARENT": parent })));
            }
        });
        let below_root = "with recursive tree (id) as (select id from departments where parent_id is null union \
            select d.id from departments d join tree on d.parent_id = tree.id) select count(*) from tree";
        assert_eq!(app.count(below_root), app.count("select count(*) from departments"));
    }

    /// What is missing or wrong, in the documented words where there are any.
    fn wrong_values_are_refused(app) {
        let child = add(app, "Child", ROOT);
        for name in [json!(null), json!(""), json!("   ")] {
            let no_name = "Department name not provided.<br>";
            refused(app, "department.add", json!({ "NAME": name, "PARENT": ROOT }), no_name);
            refused(app, "department.update", json!({ "ID": child, "NAME": name }), no_name);
        }
        refused(app, "department.add", json!({ "PARENT": ROOT }), "Department name not provided.<br>");
        refused(app, "department.add", json!({ "NAME": "X", "PARENT": ROOT, "UF_HEAD": 999 }), "User not found");
        for id in [json!(999), json!("x"), json!(null), json!([1]), json!("")] {
            refused(app, "department.update", json!({ "ID": id, "NAME": "X" }), "Department not found");
            refused(app, "department.delete", json!({ "ID": id }), "Department not found");
        }
        for (name, value) in [("NAME", json!("x".repeat(256))), ("NAME", json!(["x"])), ("SORT", json!("first")), ("UF_HEAD", json!("x"))] {
            let mut sent = json!({ "ID": child, "NAME": "X", "PARENT": ROOT });
            sent[name] = value;
            for method in ["department.add", "department.update"] {
                let before = structure(app);
                app.admin().call(method, sent.clone()).fails(400, "ERROR_ARGUMENT");
                assert_eq!(structure(app), before, "{method} {sent}");
            }
        }
    }

    /// Everyone with the scope reads; only administrators change.
    fn only_administrators_change_the_structure(app) {
        let child = add(app, "Child", ROOT);
        let employee = app.employee();
        let before = structure(app);
        for method in ["department.add", "department.update", "department.delete"] {
            let sent = json!({ "ID": child, "NAME": "X", "PARENT": ROOT });
            assert_eq!(employee.call(method, sent).fails(400, "ERROR_CORE"), "Access denied");
        }
        assert_eq!(structure(app), before);
        assert_eq!(employee.ids("department.get", json!({})), [ROOT, child]);
        for method in ["department.get", "department.fields", "department.add"] {
            app.hook(ADMIN, "user").call(method, json!({})).fails(401, "insufficient_scope");
        }
    }

    /// Deleting takes the department and its words, unless there is someone or something in it.
    fn only_an_empty_department_is_deleted(app) {
        let admin = app.admin();
        let (parent, child) = { let parent = add(app, "Parent", ROOT); (parent, add(app, "Child", parent)) };
        let id = admin.add_user(json!({ "UF_DEPARTMENT": [child] }));
        refused(app, "department.delete", json!({ "ID": parent }), "The department has departments below it");
        refused(app, "department.delete", json!({ "ID": child }), "The department has people");
        admin.ok("user.update", json!({ "ID": id, "UF_DEPARTMENT": [ROOT] }));
        assert_eq!(admin.ok("department.delete", json!({ "ID": child })), json!(true));
        assert_eq!(admin.ok("department.delete", json!({ "ID": parent.to_string() })), json!(true));
        assert_eq!(admin.ids("department.get", json!({})), [ROOT]);
        assert_eq!(app.count("select count(*) from department_words where department_id > 1"), 0);
        refused(app, "department.delete", json!({ "ID": child }), "Department not found");
    }

    /// A head is set, kept, replaced and taken away; only someone who works here can be one.
    fn a_department_has_a_head(app) {
        let admin = app.admin();
        let id = add(app, "Sales", ROOT);
        let head = || admin.ok("department.get", json!({ "ID": id }))[0]["UF_HEAD"].clone();
        for (sent, expected) in [
            (json!({ "UF_HEAD": EMPLOYEE }), json!("2")), (json!({ "SORT": 1 }), json!("2")),
            (json!({ "UF_HEAD": "1" }), json!("1")), (json!({ "UF_HEAD": "" }), json!(null)),
            (json!({ "UF_HEAD": 2 }), json!("2")), (json!({ "UF_HEAD": 0 }), json!(null)),
        ] {
            let mut all = sent.clone();
            all["ID"] = json!(id);
            admin.ok("department.update", all);
            assert_eq!(head(), expected, "{sent}");
        }
        app.execute("update users set active = 0 where id = 2");
        refused(app, "department.update", json!({ "ID": id, "UF_HEAD": EMPLOYEE }), "User not found");
    }

    /// People are found by the words of the name that their department has now.
    fn words_follow_a_renamed_department(app) {
        let admin = app.admin();
        let id = add(app, "Бухгалтерия", ROOT);
        let person = admin.add_user(json!({ "UF_DEPARTMENT": [id] }));
        let found = |word: &str| admin.ids("user.search", json!({ "FIND": word }));
        assert_eq!(found("бух"), [person]);
        admin.ok("department.update", json!({ "ID": id, "NAME": "Crédit Control" }));
        for (word, ids) in [("бух", vec![]), ("cred", vec![person]), ("cont cred", vec![person])] {
            assert_eq!(found(word), ids, "{word}");
        }
        assert_eq!(admin.ids("user.search", json!({ "UF_DEPARTMENT_NAME": "contr" })), [person]);
        admin.ok("department.update", json!({ "ID": id, "SORT": 7 }));
        assert_eq!(found("cred"), [person]);
    }
}
