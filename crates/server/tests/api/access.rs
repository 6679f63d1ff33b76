//! Access codes: which sets a person is in, whichever module declares them.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, TestApp},
    both::both,
};
use muster_core::{
    Caller, Json, Via,
    access::{Person, describe, expand, matches},
    call::Rights,
    json,
};
use muster_db::Sql;

fn person(app: &TestApp, id: i64) -> Option<Person> {
    app.app.db.read(|tx| Person::load(tx, id)).unwrap()
}

fn codes(app: &TestApp, person: &Person) -> Vec<String> {
    app.app.db.read(|tx| expand(tx, &app.app.registry, person)).unwrap()
}

fn is_in(app: &TestApp, person: &Person, code: &str) -> bool {
    app.app.db.read(|tx| matches(tx, &app.app.registry, person, &[code.to_owned()])).unwrap()
}

both! {
    /// A person's codes are written out for whatever asks later: each matches, each has a name, and no other matches.
    fn codes_match_what_they_are_expanded_to(app) {
        let admin = app.admin();
        let add = |name: &str, parent: &Json| admin.ok("department.add", json!({ "NAME": name, "PARENT": parent }));
        let sales = add("Sales", &json!(ROOT));
        let north = add("North", &sales);
        let legal = add("Legal", &json!(ROOT));
        admin.ok("user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": [north, legal] }));
        let emil = person(app, EMPLOYEE).unwrap();
        let mut held = codes(app, &emil);
        let caller = Caller { user_id: EMPLOYEE, admin: false, extranet: false, rights: Rights::USUAL, scopes: Vec::new(), via: Via::Webhook(1), expires_at: None };
        assert_eq!(Person::of(&caller), emil);
        let names = app.app.db.read(|tx| describe(tx, &app.app.registry, &caller, &held)).unwrap();
        assert_eq!(names.keys().collect::<Vec<_>>(), held.iter().collect::<Vec<_>>());
        held.sort();
        let mut expected: Vec<String> = ["U2", "IU2", "AU", "UA", "G2"].map(str::to_owned).to_vec();
        expected.extend([&north, &legal].map(|it| format!("D{it}")));
        expected.extend([&json!(ROOT), &sales, &north, &legal].map(|it| format!("DR{it}")));
        expected.sort();
        assert_eq!(held, expected);
        let all = app.app.registry.access().flat_map(|kind| {
            let ids = if kind.numbered { 1..=6 } else { 0..=0 };
            ids.map(move |id| if kind.numbered { format!("{}{id}{}", kind.prefix, kind.suffix) } else { kind.prefix.to_owned() })
        });
        for code in all {
            assert_eq!(is_in(app, &emil, &code), held.contains(&code), "{code}");
            let answered = app.employee().ok("user.access", json!({ "ACCESS": [code] }));
            assert_eq!(answered, held.contains(&code), "{code}");
        }
    }

    /// An author is one only of an object, an administrator is one in G1, and whoever is from outside is no employee.
    fn codes_depend_on_who_someone_is(app) {
        let emil = person(app, EMPLOYEE).unwrap();
        assert!(!is_in(app, &emil, "CR") && is_in(app, &Person { creator: true, ..emil }, "CR"));
        assert!(codes(app, &person(app, ADMIN).unwrap()).contains(&"G1".to_owned()));
        app.execute("update users set user_type = 'extranet' where id = 2");
        let outside = person(app, EMPLOYEE).unwrap();
        assert!(is_in(app, &outside, "U2") && is_in(app, &outside, "AU") && !is_in(app, &outside, "IU2"));
        assert_eq!(app.employee().ok("user.access", json!({ "ACCESS": ["IU2"] })), false);
        assert!(app.employee().ok("access.name", json!({ "ACCESS": ["IU2"] })).get("IU2").is_none());
        app.execute("update users set active = 0 where id = 2");
        assert_eq!(person(app, EMPLOYEE), None);
        assert_eq!(person(app, 99), None);
    }

    /// However deep a department is and however many there are, everything above them is found, and once.
    fn deep_departments_are_climbed(app) {
        let admin = app.admin();
        let mut path = vec![ROOT];
        for level in 0..21 {
            let parent = path.last().unwrap();
            let made = admin.ok("department.add", json!({ "NAME": format!("Level {level}"), "PARENT": parent }));
            path.push(made.as_i64().unwrap());
        }
        for (depth, department) in path.iter().enumerate() {
            admin.ok("user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": [department] }));
            let held = codes(app, &person(app, EMPLOYEE).unwrap());
            let trees: Vec<_> = held.into_iter().filter(|it| it.starts_with("DR")).collect();
            let above: Vec<_> = path[..=depth].iter().map(|it| format!("DR{it}")).collect();
            assert_eq!(trees, above);
        }
        admin.ok("user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": path }));
        let held = codes(app, &person(app, EMPLOYEE).unwrap());
        assert_eq!(held.iter().filter(|it| it.starts_with('D')).count(), 2 * path.len());
    }

    /// A workgroup's codes go by its roles, of which a higher one holds the lower, and name what the caller sees.
    fn workgroups_have_codes_by_role(app) {
        let admin = app.admin();
        let of = |role: &str| {
            let group = admin.ok("sonet_group.create", json!({ "NAME": format!("As {role}"), "VISIBLE": "N" }));
            if role != "none" {
                admin.ok("sonet_group.user.add", json!({ "GROUP_ID": group, "USER_ID": EMPLOYEE }));
            }
            if role == "E" {
                admin.ok("sonet_group.user.update", json!({ "GROUP_ID": group, "USER_ID": EMPLOYEE, "ROLE": "E" }));
            }
            if role == "A" {
                admin.ok("sonet_group.setowner", json!({ "GROUP_ID": group, "USER_ID": EMPLOYEE }));
            }
            group.as_i64().unwrap()
        };
        let none = of("none");
        let emil = person(app, EMPLOYEE).unwrap();
        let employee = app.employee();
        for (role, suffixes) in [("A", vec!["", "_A", "_E", "_K"]), ("E", vec!["", "_E", "_K"]), ("K", vec!["", "_K"])] {
            let group = of(role);
            let held = codes(app, &emil);
            for suffix in ["", "_A", "_E", "_K", "_Z"] {
                let code = format!("SG{group}{suffix}");
                let expected = suffixes.contains(&suffix);
                assert_eq!((is_in(app, &emil, &code), held.contains(&code)), (expected, expected), "{role} {code}");
                assert_eq!(employee.ok("user.access", json!({ "ACCESS": [code] })), expected, "{role} {code}");
            }
            let names = employee.ok("access.name", json!({ "ACCESS": [format!("SG{group}"), format!("SG{group}_E")] }));
            assert_eq!(names, json!({
                format!("SG{group}"): { "provider": "Workgroups", "name": format!("As {role}"), "provider_id": "socnetgroup" },
                format!("SG{group}_E"): { "provider": "Workgroups", "name": format!("As {role} (moderators)"), "provider_id": "socnetgroup" },
            }));
        }
        // A hidden group that the caller does not belong to has no name for them.
        let code = format!("SG{none}");
        assert_eq!(employee.ok("access.name", json!({ "ACCESS": [&code] })), json!({}));
        assert!(admin.ok("access.name", json!({ "ACCESS": [&code] })).get(&code).is_some());
    }

    /// Two hundred groups are a few queries: every code is there, and all of them are checked at once.
    fn people_in_many_groups_have_all_their_codes(app) {
        let admin = app.admin();
        for number in 0..200 {
            let group = admin.ok("sonet_group.create", json!({ "NAME": format!("Group {number}") }));
            app.app.db.write(|tx| tx.run(&Sql::with(
                "insert into workgroup_members (group_id, user_id, role, initiated_by, since) values ($1, $2, 'K', 'G', 0)",
                [group.as_i64().unwrap().into(), EMPLOYEE.into()],
            )).map(drop)).unwrap();
        }
        let held = codes(app, &person(app, EMPLOYEE).unwrap());
        assert_eq!(held.iter().filter(|it| it.starts_with("SG")).count(), 400);
        let names = app.employee().ok("access.name", json!({ "ACCESS": held }));
        assert_eq!(names.as_object().unwrap().len(), held.len());
        let owned: Vec<_> = held.iter().filter(|it| it.ends_with("_K")).map(|it| it.replace("_K", "_A")).collect();
        assert_eq!(app.employee().ok("user.access", json!({ "ACCESS": owned })), false);
    }
}
