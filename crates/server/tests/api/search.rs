//! `user.search`, `FIND` and `NAME_SEARCH`: people are found by the beginnings of words.

use crate::{
    app::{Client, EMPLOYEE, ROOT, TestApp},
    both::both,
};
use muster_core::{Json, json};

/// Five people, called a to e below, in a department called «Отдел продаж» or in the root, «Company».
fn cast(app: &TestApp) {
    let admin = app.admin();
    let sales = admin.ok("department.add", json!({ "NAME": "Отдел продаж", "PARENT": ROOT }));
    for person in [
        json!({ "NAME": "Jürgen", "LAST_NAME": "Müller-Lüdenscheidt", "WORK_POSITION": "Head of Sales" }),
        json!({ "NAME": "Анна", "LAST_NAME": "Ёлкина", "SECOND_NAME": "Сергеевна", "UF_DEPARTMENT": [sales] }),
        json!({ "NAME": "Łukasz", "LAST_NAME": "Żółć", "WORK_POSITION": "Sales Assistant" }),
        json!({ "NAME": "Anna-Maria", "LAST_NAME": "O'Neil" }),
        json!({ "NAME": "太郎", "LAST_NAME": "田中", "WORK_POSITION": "Аннотатор (2)", "UF_DEPARTMENT": [ROOT, sales] }),
    ] {
        admin.add_user(person);
    }
}

fn letters(ids: &[i64]) -> String {
    ids.iter().filter(|id| **id > EMPLOYEE).map(|id| char::from(b'a' + u8::try_from(id - 3).unwrap())).collect()
}

#[track_caller]
fn searched(client: &Client<'_>, filter: &Json) -> String {
    letters(&client.ids("user.search", json!({ "FILTER": filter })))
}

both! {
    /// Any beginning of any word, in any order, case and accents aside.
    fn words_are_found_by_their_beginnings(app) {
        cast(app);
        let admin = app.admin();
        for (find, expected) in [
            ("müll", "a"), ("muller", "a"), ("MULLER", "a"), ("ludensch", "a"), ("jurgen muller", "a"),
            ("mull jurg", "a"), ("sales jur head", "a"), ("uller", ""), ("анн", "be"), ("АННА", "b"), ("елк", "b"),
            ("Ёлк", "b"), ("серг", "b"), ("отдел", "be"), ("прод анна", "b"), ("продаж 田", "e"), ("lukasz zolc", "c"),
            ("sal", "ac"), ("ass sal", "c"), ("anna", "d"), ("mar neil", "d"), ("o'neil", "d"), ("anna-maria", "d"),
            ("太郎 田中", "e"), ("2", "e"), ("company", "acde"), ("anna анна", ""), ("", "abcde"), ("   ", "abcde"),
            ("-", ""), ("%", ""), ("_nna", ""), ("' or 1=1", ""), ("анна анна анна", "b"),
        ] {
            assert_eq!(searched(&admin, &json!({ "FIND": find })), expected, "FIND {find:?}");
            let named = admin.ids("user.get", json!({ "FILTER": { "NAME_SEARCH": find } }));
            assert_eq!(letters(&named), expected, "NAME_SEARCH {find:?}");
        }
    }

    /// Each field of the documentation is found by its own words only.
    fn each_field_is_searched_by_its_own_words(app) {
        cast(app);
        let admin = app.admin();
        for (filter, expected) in [
            (json!({ "NAME": "ann" }), "d"),
            (json!({ "name": "ann mar" }), "d"),
            (json!({ "NAME": "анн" }), "b"),
            (json!({ "LAST_NAME": "mul" }), "a"),
            (json!({ "LAST_NAME": "lud mul" }), "a"),
            (json!({ "LAST_NAME": "jur" }), ""),
            (json!({ "SECOND_NAME": "сер" }), "b"),
            (json!({ "WORK_POSITION": "sal" }), "ac"),
            (json!({ "UF_DEPARTMENT_NAME": "продаж" }), "be"),
            (json!({ "NAME": "анна", "UF_DEPARTMENT_NAME": "отд" }), "b"),
            (json!({ "NAME": "ann", "LAST_NAME": "mul" }), ""),
            (json!({ "NAME": ["анн", "ann"] }), "bd"),
            (json!({ "NAME": "ann", "LAST_NAME": "", "WORK_POSITION": null }), "d"),
            (json!({ "!NAME": "anna-maria" }), "abce"),
            (json!({ "=NAME": "Anna" }), ""),
            (json!({ "%LAST_NAME": "ller" }), "a"),
            (json!({ "WORK_POSITION": "sal", "USER_TYPE": "employee", ">ID": 3 }), "c"),
            (json!({ "USER_TYPE": "extranet" }), ""),
            (json!({ "LOGIC": "OR", "0": { "NAME": "jur" }, "1": { "NAME": "luk" } }), "ac"),
            (json!([{ "WORK_POSITION": "sal" }, { "NAME": "luk" }]), "c"),
            (json!({}), "abcde"), (json!([]), "abcde"), (json!(null), "abcde"),
        ] {
            assert_eq!(searched(&admin, &filter), expected, "{filter}");
        }
    }

    /// `FIND` stands alone; beside any other field it is refused rather than half obeyed.
    fn find_excludes_other_fields(app) {
        cast(app);
        let admin = app.admin();
        assert_eq!(letters(&admin.ids("user.search", json!({ "FIND": "анна" }))), "b");
        for params in [
            json!({ "FILTER": { "FIND": "анна", "NAME": "анна" } }), json!({ "FIND": "анна", "NAME": "анна" }),
            json!({ "FILTER": { "FIND": "анна" }, "ID": 4 }), json!({ "FILTER": { "find": "анна", ">ID": 0 } }),
            json!({ "FILTER": [{ "FIND": "анна" }, { "USER_TYPE": "employee" }] }),
        ] {
            let said = admin.call("user.search", params.clone()).fails(400, "ERROR_ARGUMENT");
            assert_eq!(said, "FIND cannot be used together with other fields", "{params}");
        }
    }

    /// The rest of the parameters are those of `user.get`.
    fn search_pages_sorts_and_selects_like_user_get(app) {
        cast(app);
        let admin = app.admin();
        let sent = json!({ "FIND": "sal", "SORT": "NAME", "ORDER": "DESC", "select": ["ID", "NAME"] });
        let body = admin.call("user.search", sent).body();
        assert_eq!(body["result"], json!([{ "ID": "5", "NAME": "Łukasz" }, { "ID": "3", "NAME": "Jürgen" }]));
        assert_eq!(body["total"], 2);
        assert!(admin.call("user.search", json!({ "start": -1 })).body().get("total").is_none());
        for params in [json!({ "FILTER": { "NOPE": 1 } }), json!({ "SORT": "NOPE" }), json!({ "FILTER": "x" })] {
            admin.call("user.search", params).fails(400, "ERROR_ARGUMENT");
        }
    }

    /// Dismissed people are found too, unless the filter says otherwise.
    fn dismissed_people_are_found_unless_excluded(app) {
        cast(app);
        app.execute("update users set active = 0 where id = 4");
        assert_eq!(searched(&app.admin(), &json!({ "FIND": "анн" })), "be");
        assert_eq!(searched(&app.admin(), &json!({ "UF_DEPARTMENT_NAME": "отд", "ACTIVE": true })), "e");
    }
}
