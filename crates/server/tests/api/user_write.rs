//! `user.add` and `user.update`: what is written, what is refused, and that what is refused leaves no trace.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, Setup, TestApp},
    both::both,
};
use muster_core::{Json, Settings, json};
use muster_db::{DbError, Sql};
use std::{collections::BTreeSet, thread};

/// Everything that a call about people could have changed.
fn everything(app: &TestApp) -> String {
    let tables = [
        "select * from users order by id",
        "select * from user_emails order by email_key",
        "select * from user_departments order by user_id, position",
        "select * from user_words order by user_id, field, word",
        "select file_key, copy_name from file_copies order by file_key, copy_name",
        "select * from mails order by id",
    ];
    let read = app.app.db.read(|tx| {
        tables
            .iter()
            .map(|it| Ok::<_, DbError>(format!("{:?}", tx.rows(&Sql::new(it))?)))
            .collect::<Result<Vec<_>, _>>()
    });
    read.unwrap().join("\n")
}

/// Checks that a call is refused with this code and these words, and that it changed nothing.
#[track_caller]
fn refused(app: &TestApp, method: &str, params: Json, code: &str, said: &str) {
    let before = everything(app);
    assert_eq!(app.admin().call(method, params.clone()).fails(400, code), said, "{params}");
    assert_eq!(everything(app), before, "{params}");
}

fn with_settings(app: &TestApp, settings: Settings) -> TestApp {
    app.another(Setup { settings, ..Setup::default() })
}

/// Marks everyone as having accepted the invitation.
fn accept(app: &TestApp) {
    app.execute("update users set accepted_at = 1 where accepted_at is null");
}

both! {
    /// Everything that can be set is set, and answered as it was.
    fn every_writable_field_is_kept(app) {
        let admin = app.admin();
        let mut sent = json!({ "UF_DEPARTMENT": [ROOT] });
        for (name, value) in [("EMAIL", "Anna.Müller@Example.com"), ("NAME", "Anna"), ("LAST_NAME", "Müller"), ("SECOND_NAME", "Käthe"), ("XML_ID", "x-1"), ("TITLE", "Dr."), ("TIME_ZONE", "Europe/Berlin"), ("PERSONAL_GENDER", "F"), ("PERSONAL_PROFESSION", "Chemist"), ("PERSONAL_WWW", "https://a.example"), ("PERSONAL_ICQ", "1"), ("PERSONAL_PHONE", "+49 1"), ("PERSONAL_FAX", "2"), ("PERSONAL_MOBILE", "3"), ("PERSONAL_PAGER", "4"), ("PERSONAL_STREET", "Weg 1"), ("PERSONAL_CITY", "Köln"), ("PERSONAL_STATE", "NRW"), ("PERSONAL_ZIP", "50667"), ("PERSONAL_COUNTRY", "DE"), ("PERSONAL_MAILBOX", "5"), ("PERSONAL_NOTES", "a\nb"), ("WORK_PHONE", "6"), ("WORK_COMPANY", "Muster"), ("WORK_POSITION", "Laborantin"), ("WORK_DEPARTMENT", "Labor"), ("WORK_WWW", "w"), ("WORK_FAX", "7"), ("WORK_PAGER", "8"), ("WORK_STREET", "Weg 2"), ("WORK_MAILBOX", "9"), ("WORK_CITY", "Bonn"), ("WORK_STATE", "NW"), ("WORK_ZIP", "53111"), ("WORK_COUNTRY", "Germany"), ("WORK_PROFILE", "p"), ("WORK_NOTES", "n"), ("UF_SKYPE_LINK", "s"), ("UF_ZOOM", "z"), ("UF_INTERESTS", "i"), ("UF_SKILLS", "k"), ("UF_WEB_SITES", "v"), ("UF_XING", "x"), ("UF_LINKEDIN", "l"), ("UF_FACEBOOK", "f"), ("UF_TWITTER", "t"), ("UF_SKYPE", "y"), ("UF_DISTRICT", "d"), ("UF_PHONE_INNER", "101")] {
            sent[name] = json!(value);
        }
        let id = admin.ok("user.add", sent.clone()).as_i64().unwrap();
        let person = admin.user(id);
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(person[name], *value, "{name}");
        }
        assert_eq!((&person["ACTIVE"], &person["USER_TYPE"]), (&json!(true), &json!("employee")));
    }

    /// The invitation is queued for the person it is for, and with nothing when it fails.
    fn an_invitation_is_recorded(app) {
        let id = app.admin().add_user(json!({}));
        assert_eq!(app.count("select count(*) from mails"), 1);
        assert_eq!(app.count("select user_id from mails where kind = 'invitation' and sender_id = 1"), id);
        assert_eq!(app.count("select count(*) from users where id > 2 and accepted_at is null"), 1);
    }

    /// The documented errors of `user.add`, in the documented words.
    fn user_add_refuses_as_documented(app) {
        let person = |fields: Json| {
            let mut all = json!({ "EMAIL": "new@example.com", "UF_DEPARTMENT": [ROOT] });
            all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            all
        };
        refused(app, "user.add", json!({ "UF_DEPARTMENT": [ROOT] }), "ERROR_ARGUMENT", "wrong_email");
        for email in [
            json!(""), json!(null), json!("x"), json!("a@b"), json!("a b@example.com"), json!("@example.com"), json!(7),
            json!("a@example.com, b@example.com"), json!("Ann <ann@example.com>"), json!(["a@example.com"]),
        ] {
            refused(app, "user.add", person(json!({ "EMAIL": email })), "ERROR_ARGUMENT", "wrong_email");
        }
        for email in ["ada@example.com", "ADA@EXAMPLE.COM", "  Ada@Example.com "] {
            let said = "A user with this email already exists";
            refused(app, "user.add", person(json!({ "EMAIL": email })), "ERROR_ARGUMENT", said);
        }
        for departments in [json!([]), json!(""), json!(null), json!([""])] {
            let sent = person(json!({ "UF_DEPARTMENT": departments }));
            refused(app, "user.add", sent, "ERROR_ARGUMENT", "no_extranet_field");
        }
        refused(app, "user.add", json!({ "EMAIL": "a@example.com" }), "ERROR_ARGUMENT", "no_extranet_field");
        let extranet = json!({ "EMAIL": "a@example.com", "EXTRANET": "Y" });
        refused(app, "user.add", extranet.clone(), "ERROR_GROUPID", "Group code not specified");
        let mut grouped = extranet;
        grouped["SONET_GROUP_ID"] = json!([5]);
        refused(app, "user.add", grouped, "ERROR_NO_GROUP", "Group is specified incorrectly");

        let body = app.admin().call("user.add", json!({})).body();
        assert_eq!(body, json!({ "error": "ERROR_ARGUMENT", "error_description": "wrong_email", "argument": "" }));
        let before = everything(app);
        let said = app.employee().call("user.add", person(json!({}))).fails(400, "ERROR_CORE");
        assert_eq!((said.as_str(), everything(app)), ("access_denied", before));
    }

    /// Values that cannot be kept are refused with the name of their field, in both methods.
    fn values_out_of_bounds_are_refused(app) {
        for (name, value, said) in [
            ("NAME", json!("ж".repeat(26)), "NAME must not exceed 25 characters"),
            ("LAST_NAME", json!("x".repeat(256)), "LAST_NAME must not exceed 255 characters"),
            ("PERSONAL_NOTES", json!("x".repeat(10_001)), "PERSONAL_NOTES must not exceed 10000 characters"),
            ("LAST_NAME", json!(["x"]), "LAST_NAME must be a text"),
            ("PERSONAL_BIRTHDAY", json!("31.02.1990"), "PERSONAL_BIRTHDAY must be a date such as 1990-12-31"),
            ("UF_EMPLOYMENT_DATE", json!("soon"), "UF_EMPLOYMENT_DATE must be a date such as 1990-12-31"),
            ("PERSONAL_BIRTHDAY", json!(19901231), "PERSONAL_BIRTHDAY must be a date such as 1990-12-31"),
            ("PERSONAL_GENDER", json!("X"), "PERSONAL_GENDER must be one of M, F"),
            ("UF_DEPARTMENT", json!([ROOT, 77]), "there is no department 77"),
            ("UF_DEPARTMENT", json!(["sales"]), "there is no department sales"),
        ] {
            let mut sent = json!({ "ID": EMPLOYEE, "EMAIL": "new@example.com", "UF_DEPARTMENT": [ROOT] });
            sent[name] = value;
            for method in ["user.add", "user.update"] {
                refused(app, method, sent.clone(), "ERROR_ARGUMENT", said);
            }
        }
        for method in ["user.add", "user.update"] {
            let sent = json!({ "ID": EMPLOYEE, "EMAIL": "new@example.com", "UF_DEPARTMENT": 1, "NAME": "a\u{0}b" });
            refused(app, method, sent, "INVALID_REQUEST", "a text may not contain the character U+0000");
        }
        let id = app.admin().add_user(json!({ "NAME": "ж".repeat(25), "LAST_NAME": "😀".repeat(255) }));
        assert_eq!(app.admin().user(id)["NAME"], "ж".repeat(25));
    }

    /// Letters that grow when they are folded fit into every index.
    fn long_folded_texts_are_kept(app) {
        let letters: String = (0x3300..0x33ff).filter_map(char::from_u32).collect();
        let id = app.admin().add_user(json!({ "LAST_NAME": letters, "WORK_POSITION": "\u{fdfa}".repeat(255) }));
        assert_eq!(app.admin().ids("user.get", json!({ "LAST_NAME": letters })), [id]);
    }

    /// An address is one person's, however many ask for it at once on however many nodes.
    fn an_address_is_given_once(app) {
        let other = app.another(Setup::default());
        let before = everything(app).len();
        let outcomes: Vec<Result<i64, String>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|number| {
                let node = if number % 2 == 0 { app } else { &other };
                scope.spawn(move || {
                    let email = if number % 3 == 0 { "Same@Example.com" } else { "same@eXample.COM" };
                    let reply = node.admin().call("user.add", json!({ "EMAIL": email, "UF_DEPARTMENT": [ROOT] }));
                    if reply.status == 200 { Ok(reply.ok().as_i64().unwrap()) } else { Err(reply.fails(400, "ERROR_ARGUMENT")) }
                })
            }).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().flat_map(|it| it.as_ref().err()).all(|it| it == "A user with this email already exists"));
        assert_eq!(app.count("select count(*) from users"), 3);
        assert_eq!(app.count("select count(*) from mails"), 1);
        assert!(everything(app).len() > before);
    }

    /// The limit of people holds under concurrent calls too; revoking an invitation makes room.
    fn the_user_limit_holds(app) {
        let limited = || with_settings(app, Settings { user_limit: Some(4), ..Settings::default() });
        let (one, two) = (limited(), limited());
        let added: BTreeSet<i64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|number| {
                let node = if number % 2 == 0 { &one } else { &two };
                scope.spawn(move || {
                    let email = format!("n{number}@example.com");
                    let reply = node.admin().call("user.add", json!({ "EMAIL": email, "UF_DEPARTMENT": [ROOT] }));
                    (reply.status == 200).then(|| reply.ok().as_i64().unwrap())
                })
            }).collect();
            threads.into_iter().filter_map(|it| it.join().unwrap()).collect()
        });
        assert_eq!(added.len(), 2);
        let admin = one.admin();
        let newcomer = json!({ "EMAIL": "late@example.com", "UF_DEPARTMENT": [ROOT] });
        let first = *added.first().unwrap();
        assert_eq!(admin.call("user.add", newcomer.clone()).fails(400, "ERROR_ARGUMENT"), "user_count_exceeded");
        admin.ok("user.update", json!({ "ID": first, "ACTIVE": "N" }));
        admin.ok("user.add", newcomer);
        let said = admin.call("user.update", json!({ "ID": first, "ACTIVE": "Y" })).fails(400, "ERROR_ARGUMENT");
        assert_eq!(said, "user_count_exceeded");
    }

    /// What is not sent stays; an empty text and null empty a field.
    fn an_update_changes_only_what_is_sent(app) {
        let admin = app.admin();
        let id = admin.add_user(json!({ "NAME": "Anna", "LAST_NAME": "Müller", "PERSONAL_CITY": "Bonn", "UF_ZOOM": "z" }));
        let before = admin.user(id);
        app.app.clock.advance(5);
        let sent = json!({ "id": id, "LAST_NAME": "Schmidt", "PERSONAL_CITY": "", "UF_ZOOM": null, "NOPE": 1 });
        assert_eq!(admin.ok("user.update", sent), json!(true));
        let after = admin.user(id);
        for (name, value) in before.as_object().unwrap() {
            let expected = match name.as_str() {
                "LAST_NAME" => json!("Schmidt"),
                "PERSONAL_CITY" | "UF_ZOOM" => json!(""),
                "TIMESTAMP_X" => after["TIMESTAMP_X"].clone(),
                _ => value.clone(),
            };
            assert_eq!(after[name], expected, "{name}");
        }
        assert_ne!(after["TIMESTAMP_X"], before["TIMESTAMP_X"]);
        assert_eq!(admin.ok("user.update", json!({ "ID": id })), json!(true));
    }

    /// Whom `user.update` cannot change.
    fn user_update_refuses_as_documented(app) {
        for id in [json!(999), json!(0), json!(-1), json!("x"), json!(null), json!([1])] {
            refused(app, "user.update", json!({ "ID": id, "NAME": "X" }), "ERROR_CORE", "access_denied");
        }
        refused(app, "user.update", json!({ "NAME": "X" }), "ERROR_CORE", "access_denied");
        let before = everything(app);
        let said = app.employee().call("user.update", json!({ "ID": EMPLOYEE, "NAME": "X" })).fails(400, "ERROR_CORE");
        assert_eq!((said.as_str(), everything(app)), ("access_denied", before));
    }

    /// A new address takes effect at once and gives back the old one.
    fn an_address_can_be_changed(app) {
        let admin = app.admin();
        let change = |id: i64, email: &str| json!({ "ID": id, "EMAIL": email });
        refused(app, "user.update", change(EMPLOYEE, "ADA@example.com"), "ERROR_ARGUMENT", "A user with this email already exists");
        refused(app, "user.update", change(EMPLOYEE, "nonsense"), "ERROR_ARGUMENT", "wrong_email");
        refused(app, "user.update", change(EMPLOYEE, ""), "ERROR_ARGUMENT", "wrong_email");

        admin.ok("user.update", change(EMPLOYEE, "EMIL@example.com"));
        assert_eq!(admin.user(EMPLOYEE)["EMAIL"], "EMIL@example.com");
        admin.ok("user.update", change(EMPLOYEE, "emil.new@example.com"));
        let id = admin.add_user(json!({ "EMAIL": "emil@example.com" }));
        assert_eq!(admin.ids("user.get", json!({ "EMAIL": "Emil@example.com" })), [id]);
        assert_eq!(admin.ids("user.get", json!({ "EMAIL": "EMIL.NEW@example.com" })), [EMPLOYEE]);
    }

    /// Two mailboxes that differ in an accent are two people's.
    fn accents_make_different_addresses(app) {
        let admin = app.admin();
        let ids = ["jose@example.com", "josé@example.com"].map(|email| admin.add_user(json!({ "EMAIL": email })));
        assert_eq!(admin.ids("user.get", json!({ "EMAIL": "JOSÉ@example.com" })), [ids[1]]);
    }

    /// An invitation is revoked and renewed; whoever has accepted is dismissed elsewhere, unless a setting allows it here.
    fn active_revokes_invitations_and_dismisses_only_if_allowed(app) {
        let admin = app.admin();
        let invited = admin.add_user(json!({}));
        for (sent, active) in [(json!("N"), false), (json!(false), false), (json!("Y"), true), (json!(0), false), (json!("1"), true)] {
            admin.ok("user.update", json!({ "ID": invited, "ACTIVE": sent }));
            assert_eq!(admin.user(invited)["ACTIVE"], active, "{sent}");
        }
        admin.ok("user.update", json!({ "ID": EMPLOYEE, "ACTIVE": true }));
        admin.ok("user.update", json!({ "ID": EMPLOYEE, "ACTIVE": "" }));
        refused(app, "user.update", json!({ "ID": EMPLOYEE, "ACTIVE": "N" }), "ERROR_CORE", "access_denied");
        refused(app, "user.update", json!({ "ID": EMPLOYEE, "NAME": "X", "ACTIVE": false }), "ERROR_CORE", "access_denied");
        let said = "ACTIVE must be yes or no (Y, N, true, false, 1, 0)";
        refused(app, "user.update", json!({ "ID": invited, "ACTIVE": "perhaps" }), "ERROR_ARGUMENT", said);

        let allowed = with_settings(app, Settings { api_dismissal: true, ..Settings::default() });
        accept(app);
        let (admin, employee) = (allowed.admin(), allowed.employee());
        admin.ok("user.update", json!({ "ID": EMPLOYEE, "ACTIVE": "N" }));
        assert_eq!(admin.user(EMPLOYEE)["ACTIVE"], false);
        employee.call("user.current", json!({})).fails(401, "NO_AUTH_FOUND");
        admin.ok("user.update", json!({ "ID": EMPLOYEE, "ACTIVE": "Y" }));
        employee.call("user.current", json!({})).fails(401, "NO_AUTH_FOUND");
        let said = admin.call("user.update", json!({ "ID": ADMIN, "ACTIVE": "N" })).fails(400, "ERROR_CORE");
        assert_eq!(said, "access_denied", "no one locks themselves out");
    }

    /// Departments are replaced as a whole, each once, in the order given.
    fn departments_are_replaced(app) {
        let admin = app.admin();
        let other = admin.ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT })).as_i64().unwrap();
        for (sent, kept) in [
            (json!([other, ROOT]), json!([other, ROOT])), (json!([ROOT, ROOT.to_string()]), json!([ROOT])),
            (json!(other), json!([other])), (json!({ "5": ROOT, "7": other }), json!([ROOT, other])),
        ] {
            admin.ok("user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": sent }));
            assert_eq!(admin.user(EMPLOYEE)["UF_DEPARTMENT"], kept, "{sent}");
        }
        for nothing in [json!([]), json!("")] {
            let said = "an employee belongs to at least one department";
            refused(app, "user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": nothing }), "ERROR_ARGUMENT", said);
        }
    }

    /// The words that someone is found by are those of now.
    fn words_follow_a_change(app) {
        let admin = app.admin();
        let found = |word: &str| admin.ids("user.search", json!({ "FIND": word }));
        let id = admin.add_user(json!({ "NAME": "Anna", "LAST_NAME": "Petrova", "WORK_POSITION": "Chemist" }));
        admin.ok("user.update", json!({ "ID": id, "LAST_NAME": "Sidorova", "WORK_POSITION": "" }));
        for (word, ids) in [("petr", vec![]), ("sidor", vec![id]), ("chem", vec![]), ("anna", vec![id])] {
            assert_eq!(found(word), ids, "{word}");
        }
    }

    /// Changes of one person at the same moment leave one address, one set of words and no stray rows.
    fn concurrent_changes_of_one_person_leave_one_state(app) {
        let other = app.another(Setup::default());
        thread::scope(|scope| {
            for number in 0..8 {
                let node = if number % 2 == 0 { app } else { &other };
                scope.spawn(move || {
                    let sent = json!({ "ID": EMPLOYEE, "EMAIL": format!("e{number}@example.com"), "NAME": format!("Name{number}") });
                    node.admin().ok("user.update", sent);
                });
            }
        });
        assert_eq!(app.count("select count(*) from user_emails where user_id = 2"), 1);
        assert_eq!(app.count("select count(*) from user_words where user_id = 2 and field = 1"), 1);
        let matching = "select count(*) from users u join user_emails e on e.user_id = u.id and e.email_key = u.email_key";
        assert_eq!(app.count(matching), 2);
    }

    /// A department that is deleted while people are put into it either keeps them or refuses them, never breaks.
    fn adding_people_to_a_department_that_is_deleted(app) {
        let other = app.another(Setup::default());
        for round in 0..4 {
            let id = app.admin().ok("department.add", json!({ "NAME": "Short-lived", "PARENT": ROOT })).as_i64().unwrap();
            thread::scope(|scope| {
                for number in 0..4 {
                    let other = &other;
                    scope.spawn(move || {
                        let email = format!("r{round}n{number}@example.com");
                        let reply = other.admin().call("user.add", json!({ "EMAIL": email, "UF_DEPARTMENT": [id] }));
                        assert!(matches!(reply.status.as_u16(), 200 | 400), "{}", reply.text());
                    });
                }
                let reply = app.admin().call("department.delete", json!({ "ID": id }));
                assert!(matches!(reply.status.as_u16(), 200 | 400), "{}", reply.text());
            });
        }
        let lost = "select count(*) from user_departments where department_id not in (select id from departments)";
        assert_eq!(app.count(lost), 0);
    }
}
