//! Access levels: which fields of a person each scope shows, and that a hidden one cannot be felt for in any other way.

use crate::{
    app::{ADMIN, EMPLOYEE, TestApp},
    both::both,
};
use muster_core::{Json, json};
use std::collections::BTreeSet;

#[rustfmt::skip] // As the documentation lists them.
/// What every level sees.
const BRIEF: &[&str] = &[
    "ID", "XML_ID", "ACTIVE", "NAME", "LAST_NAME", "SECOND_NAME", "TITLE", "IS_ONLINE", "TIME_ZONE",
    "PERSONAL_PHOTO", "TIMESTAMP_X", "DATE_REGISTER", "PERSONAL_PROFESSION", "PERSONAL_GENDER",
    "PERSONAL_BIRTHDAY", "PERSONAL_CITY", "PERSONAL_STATE", "PERSONAL_COUNTRY", "WORK_POSITION", "WORK_CITY",
    "WORK_STATE", "WORK_COUNTRY", "LAST_ACTIVITY_DATE", "UF_EMPLOYMENT_DATE", "UF_TIMEMAN", "UF_SKILLS",
    "UF_INTERESTS", "UF_DEPARTMENT", "UF_PHONE_INNER",
];
#[rustfmt::skip] // As the documentation lists them.
/// What `user_basic` and `user` see beside that: how to reach people.
const BASIC: &[&str] = &[
    "EMAIL", "PERSONAL_PHONE", "WORK_PHONE", "WORK_COMPANY", "PERSONAL_FAX", "PERSONAL_MOBILE",
    "PERSONAL_PAGER", "PERSONAL_STREET", "PERSONAL_MAILBOX", "PERSONAL_ZIP", "PERSONAL_NOTES",
    "WORK_DEPARTMENT", "WORK_WWW", "WORK_FAX", "WORK_PAGER", "WORK_STREET", "WORK_MAILBOX", "WORK_ZIP",
    "WORK_PROFILE", "WORK_LOGO", "WORK_NOTES", "UF_DISTRICT", "UF_SKYPE", "UF_SKYPE_LINK", "UF_ZOOM",
    "UF_TWITTER", "UF_FACEBOOK", "UF_LINKEDIN", "UF_XING", "UF_WEB_SITES",
];
#[rustfmt::skip] // As the documentation lists them.
/// What only `user` sees.
const FULL: &[&str] = &[
    "LAST_LOGIN", "PERSONAL_WWW", "PERSONAL_ICQ", "USER_TYPE",
];

/// Each level with the fields that it shows.
fn levels() -> [(&'static str, BTreeSet<&'static str>); 3] {
    let all = |parts: &[&[&'static str]]| parts.iter().copied().flatten().copied().collect();
    [("user_brief", all(&[BRIEF])), ("user_basic", all(&[BRIEF, BASIC])), ("user", all(&[BRIEF, BASIC, FULL]))]
}

fn keys(record: &Json) -> BTreeSet<&str> {
    record.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Someone with a value in every field that a test looks for.
fn someone(app: &TestApp) -> i64 {
    app.admin().add_user(json!({ "NAME": "Anna", "EMAIL": "secret.address@example.com", "PERSONAL_PHONE": "5550001",
        "PERSONAL_WWW": "https://hidden.example", "PERSONAL_ICQ": "5550002" }))
}

both! {
    /// Answers of every method that shows people, and `user.fields`, hold exactly the fields of the level.
    fn each_level_shows_exactly_its_fields(app) {
        for (scope, expected) in levels() {
            let hook = app.hook(EMPLOYEE, scope);
            assert_eq!(keys(&hook.ok("user.current", json!({}))), expected, "{scope}");
            assert_eq!(keys(&hook.ok("user.fields", json!({}))), expected, "{scope}");
            for method in ["user.get", "user.search"] {
                for params in [json!({}), json!({ "select": ["*"] }), json!({ "select": ["*", "UF_*"] }), json!({ "ADMIN_MODE": "Y" })] {
                    let people = hook.ok(method, params.clone());
                    assert_eq!(people.as_array().unwrap().len(), 2);
                    assert!(people.as_array().unwrap().iter().all(|it| keys(it) == expected), "{scope} {method} {params}");
                }
            }
        }
    }

    /// Several levels in one webhook show what any of them shows.
    fn levels_add_up(app) {
        let hook = app.hook(EMPLOYEE, "user_brief,user_basic");
        assert_eq!(keys(&hook.ok("user.current", json!({}))), levels()[1].1);
    }

    /// A hidden field is left out of a selection without an error.
    fn select_leaves_out_what_is_hidden(app) {
        let people = app.hook(ADMIN, "user_brief").ok("user.get", json!({ "select": ["ID", "EMAIL", "UF_ZOOM", "LAST_LOGIN"] }));
        assert_eq!(people, json!([{ "ID": "1" }, { "ID": "2" }]));
    }

    /// A hidden field is refused in a filter and in an order with the words for a field that does not exist.
    fn hidden_fields_can_be_neither_filtered_nor_sorted_by(app) {
        let id = someone(app);
        let all = &levels()[2].1;
        for (scope, shown) in &levels()[..2] {
            let hook = app.hook(ADMIN, scope);
            let said = |method: &str, params: Json| hook.call(method, params).fails(400, "ERROR_ARGUMENT");
            for hidden in all.difference(shown) {
                for method in ["user.get", "user.search"] {
                    for prefix in ["", "!", "%", ">=", "@"] {
                        let ask = |name: &str| said(method, json!({ "FILTER": { format!("{prefix}{name}"): "5" } }));
                        assert_eq!(ask(hidden), ask("NOPE").replace("NOPE", hidden), "{scope}");
                    }
                    let nested = json!({ "FILTER": { "LOGIC": "OR", "0": { "ID": id }, "1": { *hidden: "5" } } });
                    assert_eq!(said(method, nested), format!("there is no field {hidden} to filter by"));
                    assert_eq!(said(method, json!({ *hidden: "5" })), format!("there is no field {hidden} to filter by"));
                    for sort in [json!({ "SORT": hidden }), json!({ "ORDER": { *hidden: "ASC" } }), json!({ "SORT": [hidden] })] {
                        assert_eq!(said(method, sort), format!("there is no field {hidden} to sort by"), "{scope}");
                    }
                }
            }
        }
    }

    /// Every field that a level shows can be filtered and sorted by at that level.
    fn shown_fields_can_be_filtered_and_sorted_by(app) {
        for (scope, shown) in levels() {
            let hook = app.hook(ADMIN, scope);
            for field in shown {
                hook.ok("user.get", json!({ "FILTER": { format!("!{field}"): "5" }, "SORT": field, "ORDER": "DESC" }));
            }
        }
    }

    /// Words find no one by what a level hides, nor by anything else that is not a name, a position or a department.
    fn hidden_fields_cannot_be_searched(app) {
        let id = someone(app);
        for (scope, _) in levels() {
            let hook = app.hook(ADMIN, scope);
            for word in ["secret", "5550001", "hidden", "5550002", "example"] {
                assert!(hook.ids("user.search", json!({ "FIND": word })).is_empty(), "{scope} {word}");
                assert!(hook.ids("user.get", json!({ "FILTER": { "NAME_SEARCH": word } })).is_empty(), "{scope} {word}");
            }
            assert_eq!(hook.ids("user.search", json!({ "FIND": "ann" })), [id]);
        }
    }

    /// Only the full level writes.
    fn lower_levels_cannot_write(app) {
        for scope in ["user_brief", "user_basic", "user_brief,user_basic,department"] {
            for method in ["user.add", "user.update"] {
                app.hook(ADMIN, scope).call(method, json!({ "ID": EMPLOYEE })).fails(401, "insufficient_scope");
            }
        }
        app.hook(ADMIN, "department").call("user.get", json!({})).fails(401, "insufficient_scope");
    }
}
