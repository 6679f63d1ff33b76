//! What every recognized caller may ask, whatever its scopes.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT},
    both::both,
};
use muster_core::{Json, json};

both! {
    /// `profile` needs no scope and answers the basics, with the photo only if there is one.
    fn profile_answers_the_basics(app) {
        let nobody = app.hook(EMPLOYEE, "");
        assert_eq!(nobody.ok("profile", json!({})), json!({
            "ID": "2", "ADMIN": false, "NAME": "Emil", "LAST_NAME": "Employee", "PERSONAL_GENDER": "", "TIME_ZONE": "",
        }));
        app.admin().ok("user.update", json!({ "ID": ADMIN, "PERSONAL_GENDER": "F", "TIME_ZONE": "Europe/Berlin" }));
        app.execute("update users set personal_photo = 'key/me.jpg' where id = 1");
        assert_eq!(app.hook(ADMIN, "").ok("profile", json!({})), json!({
            "ID": "1", "ADMIN": true, "NAME": "Ada", "LAST_NAME": "Admin", "PERSONAL_GENDER": "F",
            "TIME_ZONE": "Europe/Berlin", "PERSONAL_PHOTO": "http://muster.test/files/key/original/me.jpg",
        }));
    }

    /// `user.admin` tells the truth.
    fn user_admin_tells_who_administers(app) {
        assert_eq!(app.hook(ADMIN, "").ok("user.admin", json!({})), json!(true));
        assert_eq!(app.hook(EMPLOYEE, "").ok("user.admin", json!({})), json!(false));
    }

    /// Access codes name people, groups and departments; administrators have every access.
    fn user_access_checks_codes(app) {
        let admin = app.admin();
        let add = |name: &str, parent: &Json| admin.ok("department.add", json!({ "NAME": name, "PARENT": parent }));
        let sales = add("Sales", &json!(ROOT));
        let north = add("North", &sales);
        let legal = add("Legal", &json!(ROOT));
        admin.ok("user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": [north] }));
        let employee = app.hook(EMPLOYEE, "");
        for (codes, expected) in [
            (json!(["U2"]), true), (json!(["U1"]), false), (json!(["U1", "U2"]), true), (json!("AU"), true),
            (json!(["G2"]), true), (json!(["G1"]), false), (json!(["G7"]), false), (json!([]), false), (json!(null), false),
            (json!([format!("D{north}")]), true), (json!([format!("D{sales}")]), false),
            (json!([format!("DR{sales}")]), true), (json!([format!("DR{ROOT}")]), true),
            (json!([format!("DR{legal}")]), false), (json!(["nonsense", "", 5, null]), false),
            (json!(["U99999999999999999999"]), false), (json!(["IU2"]), true), (json!(["IU1"]), false),
            (json!(["UA"]), true), (json!(["CR"]), false), (json!(["au"]), false), (json!(["U2_K"]), false),
        ] {
            assert_eq!(employee.ok("user.access", json!({ "ACCESS": codes })), expected, "{codes}");
            assert_eq!(app.hook(ADMIN, "").ok("user.access", json!({ "ACCESS": codes })), true, "{codes}");
        }
        assert_eq!(employee.ok("user.access", json!({})), false);
    }

    /// `access.name` describes what exists and leaves out the rest; an address is shown to no one here.
    fn access_codes_have_names(app) {
        let admin = app.admin();
        let unnamed = admin.add_user(json!({ "EMAIL": "secret@example.com" }));
        let code = format!("U{unnamed}");
        let names = admin.ok("access.name", json!({ "ACCESS": ["G2", "AU", "U1", "D1", "DR1", "U999", "D999", "what", code, "IU1", "UA", "CR", "G1", "G3"] }));
        let other = |name: &str| json!({ "provider": "", "name": name, "provider_id": "other" });
        assert_eq!(names, json!({
            "G2": other("All visitors"), "G1": other("Administrators"), "UA": other("All users"), "CR": other("Author"),
            "IU1": { "provider": "Users", "name": "Ada Admin", "provider_id": "user" }, "AU": other("All authorized users"),
            "U1": { "provider": "Users", "name": "Ada Admin", "provider_id": "user" },
            "D1": { "provider": "Departments", "name": "Company", "provider_id": "intranet" },
            "DR1": { "provider": "Departments", "name": "Company (with subdepartments)", "provider_id": "intranet" },
            code: { "provider": "Users", "name": format!("User {unnamed}"), "provider_id": "user" },
        }));
        for nothing in [json!({}), json!({ "ACCESS": [] }), json!({ "ACCESS": "" }), json!({ "ACCESS": null })] {
            assert_eq!(app.hook(EMPLOYEE, "").ok("access.name", nothing.clone()), false, "{nothing}");
        }
    }

    /// `methods` lists what the caller may call, what a scope opens, or everything.
    fn methods_are_listed(app) {
        let hook = app.hook(EMPLOYEE, "user_brief");
        let list = |params: Json| -> Vec<String> { serde_json::from_value(hook.ok("methods", params)).unwrap() };
        let has = |names: &[String], name: &str| names.iter().any(|it| it == name);
        let mine = list(json!({}));
        assert!(has(&mine, "user.get") && has(&mine, "profile") && !has(&mine, "user.add") && !has(&mine, "department.get"));
        let all = list(json!({ "full": true }));
        assert!(mine.iter().all(|name| has(&all, name)) && has(&all, "user.add") && has(&all, "department.get"));
        assert!(!has(&all, "rest.scope.list"), "what only REST 3.0 has is not listed here");
        let mut department = list(json!({ "scope": "department" }));
        department.sort();
        assert_eq!(department, ["department.add", "department.delete", "department.fields", "department.get", "department.tree", "department.update"]);
        let common = list(json!({ "SCOPE": "" }));
        assert!(has(&common, "profile") && has(&common, "batch") && !has(&common, "user.get"));
        assert!(list(json!({ "scope": "nope" })).is_empty());
        assert_eq!(list(json!({ "full": "false" })), mine);
    }

    /// `method.get` tells of existence and of availability.
    fn a_method_is_looked_up(app) {
        let hook = app.hook(EMPLOYEE, "user_brief");
        for (name, exists, available) in [
            (json!("user.get"), true, true), (json!("User.Get"), true, true), (json!("user.add"), true, false),
            (json!("profile"), true, true), (json!("nope"), false, false), (json!(""), false, false),
            (json!(null), false, false), (json!("rest.scope.list"), false, false),
        ] {
            let expected = json!({ "isExisting": exists, "isAvailable": available });
            assert_eq!(hook.ok("method.get", json!({ "name": name })), expected, "{name}");
        }
        assert_eq!(hook.ok("method.get", json!({})), json!({ "isExisting": false, "isAvailable": false }));
    }

    /// `scope` answers the caller's own scopes, and all that Muster knows on demand.
    fn scopes_are_listed(app) {
        assert_eq!(app.hook(EMPLOYEE, "department,user_basic").ok("scope", json!({})), json!(["department", "user_basic"]));
        assert_eq!(app.hook(EMPLOYEE, "").ok("scope", json!({})), json!([]));
        let all: Vec<_> = app.app.registry.scopes().map(|it| it.name).collect();
        assert_eq!(app.hook(EMPLOYEE, "").ok("scope", json!({ "full": "true" })), json!(all));
        assert!(["user", "user_basic", "user_brief", "department"].iter().all(|it| all.contains(it)));
    }

    /// `server.time` is the time, in seconds with an offset.
    fn the_time_is_told(app) {
        let told = app.hook(EMPLOYEE, "").ok("server.time", json!({}));
        let told: muster_core::time::Span =
            muster_core::time::read_instant(told.as_str().unwrap(), &app.app.settings.time_zone).unwrap();
        assert!((app.app.clock.seconds() - told.from).abs() < 30);
    }

    /// `feature.get` knows its two codes and demands one.
    fn features_are_told(app) {
        let hook = app.hook(EMPLOYEE, "");
        for (code, has) in [("rest_offline_extended", "Y"), ("rest_auth_connector", "Y"), ("unknown", "N")] {
            assert_eq!(hook.ok("feature.get", json!({ "CODE": code })), json!({ "value": has }), "{code}");
        }
        for missing in [json!({}), json!({ "CODE": "" }), json!({ "CODE": null })] {
            assert_eq!(hook.call("feature.get", missing).fails(400, "CODE_EMPTY"), "CODE can't be empty");
        }
    }
}
