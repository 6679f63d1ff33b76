//! Access codes: which sets a person is in, whichever module declares them.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, TestApp},
    both::both,
};
use muster_core::{
    Caller, Json, Via,
    access::{Person, describe, expand, matches},
    json,
};

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
        let caller = Caller { user_id: EMPLOYEE, admin: false, extranet: false, scopes: Vec::new(), via: Via::Webhook(1) };
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
}
