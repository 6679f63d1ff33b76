//! Where a person is used, as `user.references` answers it.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, ROOT},
    both::both,
};
use muster_core::{Json, json};

fn define(admin: &Client<'_>, fields: Json) {
    admin.ok("user.userfield.add", json!({ "fields": fields }));
}

both! {
    /// Every field that holds a person is found, declared or custom, in a stable order and with counts by kind.
    fn references_are_found_by_their_declaration(app) {
        let admin = app.admin();
        define(&admin, json!({ "FIELD_NAME": "BUDDY", "USER_TYPE_ID": "employee" }));
        define(&admin, json!({ "FIELD_NAME": "TEAM", "USER_TYPE_ID": "employee", "MULTIPLE": "Y" }));
        define(&admin, json!({ "FIELD_NAME": "RANK", "USER_TYPE_ID": "integer" }));
        let head = admin.add_user(json!({}));
        let nowhere = json!({ "items": [], "counts": {} });
        assert_eq!(admin.ok("user.references", json!({ "ID": head })), nowhere);
        admin.ok("user.update", json!({ "ID": head, "ACTIVE": "N" }));
        admin.ok("user.update", json!({ "ID": head, "ACTIVE": "Y" }));
        let sales = admin.ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT, "UF_HEAD": head }));
        let one = admin.add_user(json!({ "UF_USR_BUDDY": head, "UF_USR_TEAM": [EMPLOYEE, head, head], "UF_USR_RANK": head }));
        let other = admin.add_user(json!({ "UF_USR_TEAM": [head] }));
        let user = |id: i64, field: &str| json!({ "OBJECT": "user", "OBJECT_ID": id.to_string(), "FIELD": field, "ROLE": field });
        let department = json!({ "OBJECT": "department", "OBJECT_ID": sales.to_string(), "FIELD": "UF_HEAD", "ROLE": "Head" });
        assert_eq!(admin.ok("user.references", json!({ "ID": head })), json!({
            "items": [user(one, "UF_USR_BUDDY"), user(one, "UF_USR_TEAM"), user(other, "UF_USR_TEAM"), department],
            "counts": { "user": 3, "department": 1 },
        }));
        assert_eq!(admin.ok("user.references", json!({ "ID": head, "OBJECT": "Department" })), json!({
            "items": [department], "counts": { "department": 1 },
        }));
        // Where someone belongs is no reference to them.
        assert_eq!(admin.ok("user.references", json!({ "ID": one })), nowhere);
        admin.ok("department.update", json!({ "ID": sales, "UF_HEAD": 0 }));
        admin.ok("user.update", json!({ "ID": one, "UF_USR_BUDDY": 0, "UF_USR_TEAM": [] }));
        assert_eq!(admin.ok("user.references", json!({ "ID": head }))["counts"], json!({ "user": 1 }));
    }

    /// Fifty to a page, with the total and the next page, by either door.
    fn references_come_in_pages(app) {
        let admin = app.admin();
        for number in 0..60 {
            admin.ok("department.add", json!({ "NAME": format!("D{number}"), "PARENT": ROOT, "UF_HEAD": EMPLOYEE }));
        }
        let first = admin.call("user.references", json!({ "ID": EMPLOYEE })).body();
        assert_eq!((&first["total"], &first["next"]), (&json!(60), &json!(50)));
        let second = admin.call("user.references", json!({ "ID": EMPLOYEE, "start": 50 })).body();
        assert_eq!((&second["total"], second.get("next")), (&json!(60), None));
        assert_eq!(second["result"]["counts"], json!({ "department": 60 }));
        let mut ids: Vec<_> = [&first, &second].iter().flat_map(|it| it["result"]["items"].as_array().unwrap()).map(|it| &it["OBJECT_ID"]).collect();
        ids.dedup();
        assert_eq!(ids.len(), 60);
        assert_eq!(admin.ok("user.references", json!({ "ID": EMPLOYEE, "start": 5000 }))["items"], json!([]));
        let v3 = admin.call_v3("user.references", json!({ "ID": EMPLOYEE })).ok();
        assert_eq!((&v3["total"], &v3["next"], v3["items"].as_array().unwrap().len()), (&json!(60), &json!(50), 50));
    }

    /// Someone who does not exist and a kind of object that does not exist are refused.
    fn references_need_a_person(app) {
        let admin = app.admin();
        for params in [json!({}), json!({ "ID": 99 }), json!({ "ID": "x" }), json!({ "ID": ADMIN, "OBJECT": "moon" })] {
            admin.call("user.references", params).fails(400, "ERROR_ARGUMENT");
        }
        assert_eq!(admin.ok("user.references", json!({ "ID": ADMIN, "OBJECT": "custom_field" }))["items"], json!([]));
    }

    /// Whatever field holds a person refuses whom it does not know, and takes no one for an empty value.
    fn only_people_who_exist_are_bound(app) {
        let admin = app.admin();
        define(&admin, json!({ "FIELD_NAME": "BUDDY", "USER_TYPE_ID": "employee" }));
        define(&admin, json!({ "FIELD_NAME": "TEAM", "USER_TYPE_ID": "employee", "MULTIPLE": "Y" }));
        for wrong in [json!(99), json!(-1), json!("x"), json!(1.5), json!([EMPLOYEE, 99]), json!({ "a": 99 }), json!(true)] {
            for field in ["UF_USR_BUDDY", "UF_USR_TEAM"] {
                let said = admin.call("user.update", json!({ "ID": ADMIN, field: wrong })).fails(400, "ERROR_ARGUMENT");
                assert!(said.contains(field), "{said}");
            }
            admin.call("department.update", json!({ "ID": ROOT, "UF_HEAD": wrong })).fails(400, if wrong.as_i64().is_some() { "ERROR_CORE" } else { "ERROR_ARGUMENT" });
        }
        assert_eq!(app.count("select count(*) from custom_values"), 0);
        for none in [json!(null), json!(""), json!(0), json!("0"), json!([])] {
            admin.ok("user.update", json!({ "ID": ADMIN, "UF_USR_BUDDY": EMPLOYEE, "UF_USR_TEAM": [EMPLOYEE] }));
            admin.ok("user.update", json!({ "ID": ADMIN, "UF_USR_BUDDY": none, "UF_USR_TEAM": none }));
            let person = admin.user(ADMIN);
            assert_eq!((&person["UF_USR_BUDDY"], &person["UF_USR_TEAM"]), (&json!(""), &json!([])), "{none}");
        }
    }

    /// Whoever owns a workgroup is named by it, without a line for workgroups anywhere.
    fn owners_of_workgroups_are_referred_to(app) {
        let admin = app.admin();
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Garden" }));
        let found = admin.ok("user.references", json!({ "ID": ADMIN, "OBJECT": "sonet_group" }));
        assert_eq!(found, json!({
            "items": [{ "OBJECT": "sonet_group", "OBJECT_ID": group.to_string(), "FIELD": "OWNER_ID", "ROLE": "Owner" }],
            "counts": { "sonet_group": 1 },
        }));
    }
}
