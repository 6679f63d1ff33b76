//! `user.get`: filters, order, pages and what a profile looks like.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, ROOT, Setup, TestApp},
    both::both,
};
use jiff::tz::TimeZone;
use muster_core::{Json, Settings, json};

/// Four people, called a to d below. Their IDs follow those that every test has.
fn cast(app: &TestApp) {
    let admin = app.admin();
    for person in [
        json!({ "NAME": "Anna", "LAST_NAME": "Müller", "PERSONAL_CITY": "Berlin", "PERSONAL_BIRTHDAY": "1990-05-01",
            "PERSONAL_GENDER": "F", "UF_PHONE_INNER": "101", "XML_ID": "50%_a", "PERSONAL_NOTES": r"C:\anna" }),
        json!({ "NAME": "Борис", "LAST_NAME": "Ёлкин", "PERSONAL_CITY": "МОСКВА", "PERSONAL_BIRTHDAY": "31.12.1985",
            "PERSONAL_GENDER": "M", "XML_ID": "50xa" }),
        json!({ "NAME": "Zoé", "LAST_NAME": "Smith", "PERSONAL_CITY": "New York", "UF_PHONE_INNER": "205",
            "PERSONAL_BIRTHDAY": "2001-02-03T00:00:00+03:00" }),
        json!({ "NAME": "Ivan", "PERSONAL_CITY": "berlin", "UF_PHONE_INNER": "99", "PERSONAL_GENDER": "m" }),
    ] {
        admin.add_user(person);
    }
}

/// Which of the four pass a filter.
#[track_caller]
fn found(client: &Client<'_>, filter: Json) -> String {
    let ids = client.ids("user.get", json!({ "FILTER": filter }));
    ids.iter().filter(|id| **id > EMPLOYEE).map(|id| char::from(b'a' + u8::try_from(id - 3).unwrap())).collect()
}

#[track_caller]
fn check(app: &TestApp, table: &[(Json, &str)]) {
    let admin = app.admin();
    for (filter, expected) in table {
        assert_eq!(found(&admin, filter.clone()), *expected, "{filter}");
    }
}

both! {
    /// Each prefix of the documentation, on texts and numbers.
    fn every_prefix_does_what_it_says(app) {
        cast(app);
        check(app, &[
            (json!({ "PERSONAL_CITY": "BERLIN" }), "ad"),
            (json!({ "=PERSONAL_CITY": "berlin" }), "ad"),
            (json!({ "!PERSONAL_CITY": "berlin" }), "bc"),
            (json!({ "!=PERSONAL_CITY": "берлин" }), "abcd"),
            (json!({ "@PERSONAL_CITY": ["berlin", "москва"] }), "abd"),
            (json!({ "!@PERSONAL_CITY": ["berlin", "москва"] }), "c"),
            (json!({ "%PERSONAL_CITY": "er" }), "ad"),
            (json!({ "!%PERSONAL_CITY": "er" }), "bc"),
            (json!({ "=%PERSONAL_CITY": "B%n" }), "ad"),
            (json!({ "%=PERSONAL_CITY": "%york" }), "c"),
            (json!({ "=%PERSONAL_CITY": "er" }), ""),
            (json!({ "!=%PERSONAL_CITY": "b%" }), "bc"),
            (json!({ "!%=PERSONAL_CITY": "%о%" }), "acd"),
            (json!({ ">ID": 4 }), "cd"),
            (json!({ ">=ID": "4" }), "bcd"),
            (json!({ "<ID": 4 }), "a"),
            (json!({ "<=ID": 4 }), "ab"),
            (json!({ ">ID": 3, "<ID": 6 }), "bc"),
            (json!({ ">LAST_NAME": "n" }), "bc"),
            (json!({ "id": 5 }), "c"),
        ]);
    }

    /// Without a prefix, `%` stands for anything; with `=` and `@` it is the character. Nothing else is a wildcard.
    fn only_percent_is_a_wildcard_and_only_where_documented(app) {
        cast(app);
        check(app, &[
            (json!({ "NAME": "An%" }), "a"),
            (json!({ "!NAME": "An%" }), "bcd"),
            (json!({ "=NAME": "An%" }), ""),
            (json!({ "XML_ID": "50%_a" }), "a"),
            (json!({ "XML_ID": "50%A" }), "ab"),
            (json!({ "=XML_ID": "50%_A" }), "a"),
            (json!({ "@XML_ID": ["50%A"] }), ""),
            (json!({ "%XML_ID": "0%_" }), "a"),
            (json!({ "%XML_ID": "_" }), "a"),
            (json!({ "%PERSONAL_NOTES": "\\" }), "a"),
            (json!({ "=%PERSONAL_NOTES": r"%:\A%" }), "a"),
            (json!({ "%NAME": "' or 1=1 --" }), ""),
        ]);
    }

    /// Names compare without case and diacritics, in every script.
    fn names_are_folded(app) {
        cast(app);
        check(app, &[
            (json!({ "LAST_NAME": "MULLER" }), "a"),
            (json!({ "NAME": "zoe" }), "c"),
            (json!({ "%NAME": "ОРИС" }), "b"),
            (json!({ "LAST_NAME": "елкин" }), "b"),
            (json!({ "!%LAST_NAME": "Ü" }), "bcd"),
            (json!({ "EMAIL": "ADA@Example.COM" }), ""),
        ]);
        assert_eq!(app.admin().ids("user.get", json!({ "EMAIL": "ADA@Example.COM" })), [ADMIN]);
    }

    /// No value and an empty text are the same: nothing there.
    fn nothing_is_found_by_null_and_empty_text(app) {
        cast(app);
        for nothing in [json!(null), json!("")] {
            check(app, &[
                (json!({ "UF_PHONE_INNER": nothing }), "b"),
                (json!({ "=UF_PHONE_INNER": nothing }), "b"),
                (json!({ "!UF_PHONE_INNER": nothing }), "acd"),
                (json!({ "!=UF_PHONE_INNER": nothing }), "acd"),
                (json!({ "@UF_PHONE_INNER": [nothing, "99"] }), "bd"),
                (json!({ "!@UF_PHONE_INNER": [nothing, "99"] }), "ac"),
                (json!({ "PERSONAL_BIRTHDAY": nothing }), "d"),
                (json!({ "!PERSONAL_BIRTHDAY": nothing }), "abc"),
                (json!({ "UF_DEPARTMENT": nothing }), ""),
                (json!({ "!UF_DEPARTMENT": nothing }), "abcd"),
                (json!({ "PERSONAL_PHOTO": nothing }), "abcd"),
                (json!({ ">ID": nothing }), ""),
            ]);
        }
        check(app, &[
            (json!({ "ID": [] }), ""),
            (json!({ "!@ID": [] }), "abcd"),
            (json!({ "!ID": [3, null] }), "bcd"),
        ]);
    }

    /// A list gives alternatives, whatever the prefix; negated, none of them may pass.
    fn lists_are_alternatives(app) {
        cast(app);
        check(app, &[
            (json!({ "ID": [3, "5", "x"] }), "ac"),
            (json!({ "%NAME": ["nn", "ива", "iv"] }), "ad"),
            (json!({ "!%NAME": ["nn", "iv"] }), "bc"),
            (json!({ "NAME": ["An%", "zoe"] }), "ac"),
            (json!({ "<ID": [4, 5] }), "ab"),
            (json!({ "UF_DEPARTMENT": [ROOT, 77] }), "abcd"),
            (json!({ "!UF_DEPARTMENT": ROOT }), ""),
            (json!({ "LOGIC": "OR", "0": { "NAME": "anna" }, "1": { "NAME": "zoe", "LAST_NAME": "smith" } }), "ac"),
            (json!([{ "PERSONAL_CITY": "berlin" }, { "!NAME": "anna" }]), "d"),
        ]);
    }

    /// Dates are read in ISO 8601 and as they are written locally; what is no date finds no one, negated or not.
    fn dates_are_read_in_every_form(app) {
        cast(app);
        for date in ["1990-05-01", "01.05.1990", "1990-05-01T00:00:00+02:00", "01.05.1990 10:00:00", "1.5.1990"] {
            check(app, &[
                (json!({ "PERSONAL_BIRTHDAY": date }), "a"),
                (json!({ ">PERSONAL_BIRTHDAY": date }), "c"),
                (json!({ ">=PERSONAL_BIRTHDAY": date }), "ac"),
                (json!({ "<PERSONAL_BIRTHDAY": date }), "b"),
                (json!({ "<=PERSONAL_BIRTHDAY": date }), "ab"),
                (json!({ "!PERSONAL_BIRTHDAY": date }), "bcd"),
                (json!({ "@PERSONAL_BIRTHDAY": [date, "31.12.1985"] }), "ab"),
            ]);
        }
        for wrong in ["soon", "1990-13-01", "31.02.1990", "1990"] {
            for prefix in ["", "!", ">", "<=", "!@"] {
                for field in ["PERSONAL_BIRTHDAY", "DATE_REGISTER", "LAST_LOGIN", "UF_EMPLOYMENT_DATE"] {
                    let key = format!("{prefix}{field}");
                    check(app, &[(json!({ key: wrong }), "")]);
                }
            }
        }
    }

    /// A day alone is the whole day, in the zone that Muster is set to.
    fn instants_are_compared_with_days_and_seconds(app) {
        cast(app);
        app.execute("update users set registered_at = 1577836800 + id where id > 2");
        check(app, &[
            (json!({ "DATE_REGISTER": "2020-01-01" }), "abcd"),
            (json!({ "<=DATE_REGISTER": "01.01.2020" }), "abcd"),
            (json!({ "<DATE_REGISTER": "2020-01-01" }), ""),
            (json!({ ">DATE_REGISTER": "2020-01-01" }), ""),
            (json!({ "DATE_REGISTER": "2020-01-01T02:00:03+02:00" }), "a"),
            (json!({ ">DATE_REGISTER": "2020-01-01 00:00:04" }), "cd"),
            (json!({ "<=DATE_REGISTER": "01.01.2020 00:00:04" }), "ab"),
            (json!({ "!DATE_REGISTER": "2020-01-01T00:00:05.000Z" }), "abd"),
            (json!({ "LAST_LOGIN": null }), "abcd"),
        ]);
    }

    /// The zone that Muster is set to decides where a day begins and how an instant is written.
    fn days_are_those_of_the_configured_zone(app) {
        cast(app);
        app.execute("update users set registered_at = 1577833200 where id = 3");
        let time_zone = TimeZone::get("Europe/Berlin").unwrap();
        let berlin = app.another(Setup { settings: Settings { time_zone, ..Settings::default() }, ..Setup::default() });
        let client = berlin.admin();
        assert_eq!(client.user(3)["DATE_REGISTER"], "2020-01-01T00:00:00+01:00");
        assert_eq!(found(&client, json!({ "DATE_REGISTER": "01.01.2020" })), "a");
        assert_eq!(found(&client, json!({ "<DATE_REGISTER": "2020-01-01 00:00:01" })), "a");
        assert_eq!(found(&app.admin(), json!({ "DATE_REGISTER": "31.12.2019" })), "a");
        assert_eq!(client.user(3)["PERSONAL_BIRTHDAY"], app.admin().user(3)["PERSONAL_BIRTHDAY"], "a date has no zone");
    }

    /// Every spelling of a boolean that clients send.
    fn booleans_are_read_in_every_spelling(app) {
        cast(app);
        app.execute("update users set active = 0 where id in (4, 5)");
        for yes in [json!(true), json!("Y"), json!("y"), json!(1), json!("1"), json!("true"), json!("True")] {
            check(app, &[(json!({ "ACTIVE": yes }), "ad"), (json!({ "!ACTIVE": yes }), "bc")]);
        }
        for no in [json!(false), json!("N"), json!("n"), json!(0), json!("0"), json!("false"), json!("False")] {
            check(app, &[(json!({ "ACTIVE": no }), "bc"), (json!({ "IS_ONLINE": no }), "abcd")]);
        }
        check(app, &[(json!({ "ACTIVE": "maybe" }), ""), (json!({ "ACTIVE": [true, false] }), "abcd")]);
    }

    /// A choice that does not exist equals nothing and differs from everything.
    fn choices_are_compared_without_case(app) {
        cast(app);
        check(app, &[
            (json!({ "PERSONAL_GENDER": "f" }), "a"),
            (json!({ "%PERSONAL_GENDER": "M" }), "bd"),
            (json!({ "!PERSONAL_GENDER": "M" }), "ac"),
            (json!({ "PERSONAL_GENDER": "X" }), ""),
            (json!({ "!PERSONAL_GENDER": "X" }), "abcd"),
        ]);
    }

    /// Bots and people who only write e-mails are listed only when they are asked for.
    fn kinds_of_users_are_listed_as_documented(app) {
        cast(app);
        app.execute("update users set user_type = 'email' where id = 3");
        app.execute("update users set user_type = 'bot' where id = 4");
        app.execute("update users set user_type = 'extranet' where id = 5");
        check(app, &[
            (json!({}), "cd"),
            (json!({ "ID": [3, 4, 5] }), "c"),
            (json!({ "USER_TYPE": "email" }), "a"),
            (json!({ "USER_TYPE": ["employee", "extranet"] }), "cd"),
            (json!({ "!USER_TYPE": "employee" }), "abc"),
        ]);
    }

    /// Filters are taken under `FILTER` in any case and at the top level, and an empty one in any shape is none.
    fn filters_are_taken_wherever_clients_write_them(app) {
        cast(app);
        let admin = app.admin();
        for params in [
            json!({ "filter": { "NAME": "anna" } }), json!({ "Filter": { "name": "anna" } }),
            json!({ "NAME": "anna" }), json!({ "=name": "anna" }),
            json!({ "NAME": "anna", "filter": { "PERSONAL_CITY": "berlin" } }),
            json!({ "id": 3 }), json!({ "ID": "3", "unknown": 5, "__order": "order0000000000" }),
        ] {
            assert_eq!(admin.ids("user.get", params.clone()), [3], "{params}");
        }
        for nothing in [json!([]), json!({}), json!(""), json!(null), json!([""])] {
            assert_eq!(admin.ids("user.get", json!({ "filter": nothing })).len(), 6, "{nothing}");
        }
        for wrong in [json!("NAME"), json!(5), json!(true)] {
            admin.call("user.get", json!({ "filter": wrong })).fails(400, "ERROR_ARGUMENT");
        }
    }

    /// A form says the same as JSON, with its empty lists of one empty text.
    fn forms_say_the_same_as_json(app) {
        cast(app);
        let admin = app.admin();
        let path = format!("/rest/{}/user.get", admin.path);
        for (form, expected) in [
            ("filter[%3EID]=2&order[ID]=desc&select[]=", "6 5 4 3"),
            ("filter[>ID]=2&sort=NAME&order=ASC", "3 6 5 4"),
            ("filter%5B%21UF_PHONE_INNER%5D=&filter[>ID]=2", "3 5 6"),
            ("filter[@PERSONAL_CITY][]=berlin&filter[@PERSONAL_CITY][]=new+york", "3 5 6"),
            ("filter[ID][0]=3&filter[ID][1]=5&filter[ACTIVE]=True&ADMIN_MODE=Y", "3 5"),
            ("ID[]=4&filter[]=", "4"),
            ("filter[ID][]=", ""),
        ] {
            for content_type in ["application/x-www-form-urlencoded", "text/plain;charset=UTF-8"] {
                let people = admin.post(&path, content_type, form).ok();
                let ids: Vec<_> = people.as_array().unwrap().iter().map(|it| it["ID"].as_str().unwrap()).collect();
                assert_eq!(ids.join(" "), expected, "{form}");
            }
        }
    }

    /// A field that does not exist is refused, not ignored, in a filter and in an order.
    fn unknown_fields_are_refused(app) {
        let admin = app.admin();
        for params in [
            json!({ "FILTER": { "NOPE": 1 } }), json!({ "FILTER": { "!%NOPE": 1 } }), json!({ "FILTER": [{ "NOPE": 1 }] }),
            json!({ "SORT": "NOPE" }), json!({ "ORDER": { "NOPE": "ASC" } }), json!({ "SORT": "FIND" }),
            json!({ "SORT": "ID", "ORDER": "sideways" }), json!({ "START": "x" }), json!({ "ADMIN_MODE": "maybe" }),
        ] {
            let said = admin.call("user.get", params.clone()).fails(400, "ERROR_ARGUMENT");
            assert!(!said.is_empty(), "{params}");
        }
    }

    /// Each form in which clients write an order.
    fn order_is_taken_in_every_form(app) {
        cast(app);
        let admin = app.admin();
        for (params, expected) in [
            (json!({}), [3, 4, 5, 6]),
            (json!({ "SORT": "NAME", "ORDER": "ASC" }), [3, 6, 5, 4]),
            (json!({ "sort": "name", "order": "desc" }), [4, 5, 6, 3]),
            (json!({ "SORT": "NAME" }), [3, 6, 5, 4]),
            (json!({ "ORDER": "DESC" }), [6, 5, 4, 3]),
            (json!({ "order": { "NAME": "DESC" } }), [4, 5, 6, 3]),
            (json!({ "sort": "ID", "order": { "NAME": "desc" } }), [4, 5, 6, 3]),
            (json!({ "sort": { "NAME": "ASC" } }), [3, 6, 5, 4]),
            (json!({ "order": { "PERSONAL_CITY": "ASC", "ID": "DESC" } }), [6, 3, 5, 4]),
            (json!({ "SORT": "PERSONAL_BIRTHDAY", "ORDER": "ASC" }), [6, 4, 3, 5]),
            (json!({ "SORT": "PERSONAL_BIRTHDAY", "ORDER": "DESC" }), [5, 3, 4, 6]),
            (json!({ "SORT": "UF_DEPARTMENT", "ORDER": "DESC" }), [3, 4, 5, 6]),
            (json!({ "order": [], "sort": "" }), [3, 4, 5, 6]),
        ] {
            let mut all = params.clone();
            all["FILTER"] = json!({ ">ID": 2 });
            assert_eq!(admin.ids("user.get", all), expected, "{params}");
        }
    }

    /// Pages of 50, `total` always, `next` only where there is one, and nothing counted for `start=-1`.
    fn pages_are_of_fifty(app) {
        let admin = app.admin();
        for _ in 0..101 {
            admin.add_user(json!({}));
        }
        let page = |start: Json| admin.call("user.get", json!({ "start": start })).body();
        for (start, length, next) in [
            (json!(0), 50, json!(50)), (json!("50"), 50, json!(100)), (json!(100), 3, json!(null)),
            (json!(10), 50, json!(60)), (json!(103), 0, json!(null)), (json!(5000), 0, json!(null)),
            (json!(i64::MAX), 0, json!(null)), (json!(""), 50, json!(50)), (json!(null), 50, json!(50)),
        ] {
            let body = page(start.clone());
            assert_eq!(body["result"].as_array().unwrap().len(), length, "{start}");
            assert_eq!((&body["total"], &body["next"]), (&json!(103), &next), "{start}");
        }
        for uncounted in [json!(-1), json!("-1")] {
            let body = page(uncounted);
            assert_eq!(body["result"].as_array().unwrap().len(), 50);
            assert!(body.get("total").is_none() && body.get("next").is_none());
        }
        let body = admin.call("user.get", json!({ "filter": { "ID": ADMIN } })).body();
        assert_eq!((&body["total"], body.get("next")), (&json!(1), None));
    }

    /// `select` by names and masks; what does not exist is left out without an error.
    fn select_takes_names_and_masks(app) {
        let admin = app.admin();
        let all = admin.ok("user.fields", json!({})).as_object().unwrap().len();
        let names = |select: Json| -> Vec<String> {
            let person = admin.ok("user.get", json!({ "ID": ADMIN, "select": select }))[0].clone();
            person.as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(names(json!(["NAME", "ID"])), ["ID", "NAME"]);
        assert_eq!(names(json!(["email", "NOPE", "NAME_BEGINS"])), ["EMAIL"]);
        assert_eq!(names(json!("NAME")), ["NAME"]);
        assert!(names(json!(["UF_*"])).iter().all(|name| name.starts_with("UF_")));
        assert_eq!(names(json!(["UF_*"])).len(), 15);
        assert_eq!(names(json!(["ID", "uf_*"])).len(), 16);
        assert!(names(json!(["NOPE"])).is_empty());
        for everything in [json!(["*"]), json!(["*", "UF_*"]), json!([]), json!(null), json!([""]), json!("")] {
            assert_eq!(names(everything.clone()).len(), all, "{everything}");
        }
    }

    /// `ADMIN_MODE` is read in every spelling, and shows no one more than they may see.
    fn admin_mode_is_accepted(app) {
        for mode in [json!(true), json!("true"), json!(1), json!("Y"), json!("N"), json!(false)] {
            assert_eq!(app.admin().ids("user.get", json!({ "ADMIN_MODE": mode })), [ADMIN, EMPLOYEE]);
            assert_eq!(app.employee().ids("user.get", json!({ "ADMIN_MODE": mode })), [ADMIN, EMPLOYEE]);
        }
    }

    /// The types of an answer are the documented ones, quirks included.
    fn a_profile_has_the_documented_types(app) {
        let id = app.admin().add_user(json!({
            "NAME": "Anna", "PERSONAL_BIRTHDAY": "14.07.2018", "UF_EMPLOYMENT_DATE": "2024-01-31", "UF_DEPARTMENT": "1",
            "TIME_ZONE": "Europe/Berlin", "PERSONAL_GENDER": "F", "UF_PHONE_INNER": 101,
        }));
        app.execute("update users set registered_at = 1721722130, changed_at = 1721722130 where id = 3");
        app.execute("insert into user_activity values (3, 1721722130, 1721722046)");
        let person = app.admin().user(id);
        for (name, value) in [
            ("ID", json!("3")), ("ACTIVE", json!(true)), ("NAME", json!("Anna")), ("LAST_NAME", json!("")),
            ("PERSONAL_BIRTHDAY", json!("2018-07-14T00:00:00+00:00")), ("PERSONAL_PHOTO", json!("")),
            ("UF_EMPLOYMENT_DATE", json!("2024-01-31T00:00:00+00:00")), ("UF_DEPARTMENT", json!([1])),
            ("IS_ONLINE", json!("N")), ("USER_TYPE", json!("employee")), ("TIME_ZONE", json!("Europe/Berlin")),
            ("LAST_LOGIN", json!("2024-07-23T08:07:26+00:00")), ("DATE_REGISTER", json!("2024-07-23T08:08:50+00:00")),
            ("LAST_ACTIVITY_DATE", json!("2024-07-23 08:08:50")), ("TIMESTAMP_X", json!("23.07.2024 08:08:50")),
            ("PERSONAL_GENDER", json!("F")), ("UF_PHONE_INNER", json!("101")),
        ] {
            assert_eq!(person[name], value, "{name}");
        }
        assert_eq!(app.admin().user(ADMIN)["UF_EMPLOYMENT_DATE"], "");
    }

    /// Who is online, when they were last here and when they came: all true, and none of it changed by being read.
    fn presence_is_true(app) {
        let (admin, employee) = (app.admin(), app.employee());
        let seen = |name: &str| admin.user(EMPLOYEE)[name].clone();
        assert_eq!((seen("IS_ONLINE"), seen("LAST_LOGIN"), seen("LAST_ACTIVITY_DATE")), (json!("N"), json!(""), json!("")));

        assert_eq!(employee.ok("user.current", json!({}))["IS_ONLINE"], "Y");
        let (login, activity) = (seen("LAST_LOGIN"), seen("LAST_ACTIVITY_DATE"));
        assert_eq!((seen("IS_ONLINE"), admin.ids("user.get", json!({ "!IS_ONLINE": "N" }))), (json!("Y"), vec![1, 2]));

        app.app.clock.advance(90);
        employee.ok("user.current", json!({}));
        assert_eq!(seen("LAST_LOGIN"), login, "still the same visit");
        assert!(seen("LAST_ACTIVITY_DATE").as_str() > activity.as_str());

        app.app.clock.advance(121);
        assert_eq!((seen("IS_ONLINE"), admin.ids("user.get", json!({ "IS_ONLINE": "N" }))), (json!("N"), vec![EMPLOYEE]));
        app.app.clock.advance(121);
        employee.ok("user.current", json!({}));
        assert_eq!(seen("IS_ONLINE"), "Y");
        assert!(seen("LAST_LOGIN").as_str() > login.as_str(), "a visit of its own");
    }

    /// A filter may be large, and one that is too large is refused with words.
    fn large_filters_are_answered_or_refused(app) {
        let admin = app.admin();
        let many = |count: i64| (0..count).map(|it| it.to_string()).collect::<Vec<_>>();
        assert_eq!(admin.ids("user.get", json!({ "FILTER": { "@ID": many(15_000) } })), [ADMIN, EMPLOYEE]);
        assert_eq!(admin.ids("user.get", json!({ "FILTER": { "!%NAME": many(5_000) } })), [ADMIN, EMPLOYEE]);
        let long = "x".repeat(60_000);
        assert!(admin.ids("user.get", json!({ "FILTER": { "%NAME": long, "EMAIL": long } })).is_empty());
        assert_eq!(admin.ids("user.get", json!({ "FILTER": { "!=%NAME": long } })), [ADMIN, EMPLOYEE]);
        let dates = vec!["2020-01-01"; 18_000];
        let said = admin.call("user.get", json!({ "FILTER": { "LAST_LOGIN": dates } })).fails(400, "ERROR_ARGUMENT");
        assert!(said.contains("too many values"), "{said}");
    }
}
