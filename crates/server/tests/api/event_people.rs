//! What subscribers hear of people, departments and workgroups, and what they must not hear.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, Setup, TestApp},
    apps::new_app,
    both::both,
    receiver::Receiver,
};
use muster_core::{Json, Settings, json};
use muster_modules::{event::Cause, user::events::tell_registered};

/// A Muster that lets people be dismissed by REST and may call this machine, on the same database as another one.
pub(crate) fn open(app: &TestApp) -> TestApp {
    let settings = Settings { private_handlers: true, api_dismissal: true, ..Settings::default() };
    app.another(Setup { settings, ..Setup::default() })
}

/// The events that came in, each with its data.
fn told(app: &TestApp, receiver: &Receiver) -> Vec<(String, Json)> {
    app.deliver();
    receiver.take().into_iter().map(|it| (it["event"].as_str().unwrap().to_owned(), it["data"].clone())).collect()
}

fn subscribe(app: &TestApp, scopes: &str, user_id: i64, events: &[&str]) -> Receiver {
    let receiver = Receiver::start();
    let keys = app.register(&new_app(scopes));
    for event in events {
        app.by_app(keys.id, user_id).bind(event, &receiver.url("/"));
    }
    receiver
}

fn register(app: &TestApp, id: i64) {
    let cause = Cause { user_id: Some(id), connector: "", now: app.app.clock.seconds() };
    app.app.db.write(|tx| tell_registered(tx, cause, id, &app.app.settings)).unwrap();
}

both! {
    /// From invitation to dismissal and back, each step is told once.
    fn the_life_of_a_person_is_told(app) {
        let app = &open(app);
        let all = ["ONUSERINVITE", "ONUSERADD", "ONUSERUPDATE", "ONUSERDISMISS", "ONUSERRESTORE"];
        let receiver = subscribe(app, "user", ADMIN, &all);
        let id = app.admin().add_user(json!({ "EMAIL": "new@example.com", "NAME": "Nina", "PERSONAL_BIRTHDAY": "1990-01-02" }));
        let fields = json!({ "FIELDS": { "ID": id.to_string() } });
        assert_eq!(told(app, &receiver), [("ONUSERINVITE".to_owned(), fields.clone())]);
        app.execute("update users set accepted_at = registered_at");
        register(app, id);
        let added = told(app, &receiver);
        assert_eq!(added[0].0, "ONUSERADD");
        for (name, value) in [
            ("ID", id.to_string()),
            ("ACTIVE", "Y".to_owned()),
            ("EMAIL", "new@example.com".to_owned()),
            ("NAME", "Nina".to_owned()),
            ("PERSONAL_BIRTHDAY", "1990-01-02".to_owned()),
        ] {
            assert_eq!(added[0].1[name], value, "{name}");
        }
        assert_eq!(added[0].1["UF_DEPARTMENT"], json!([ROOT.to_string()]));
        assert!(added[0].1["DATE_REGISTER"].as_str().unwrap().contains('T'));
        app.admin().ok("user.update", json!({ "ID": id, "ACTIVE": "N" }));
        let dismissed = told(app, &receiver);
        assert_eq!(dismissed.last().unwrap(), &("ONUSERDISMISS".to_owned(), fields.clone()));
        app.admin().ok("user.update", json!({ "ID": id, "ACTIVE": "Y" }));
        assert_eq!(told(app, &receiver).last().unwrap(), &("ONUSERRESTORE".to_owned(), fields));
        // What was sent and is as it was is no change.
        app.admin().ok("user.update", json!({ "ID": id, "NAME": "Nina", "WORK_POSITION": "Pilot", "UF_DEPARTMENT": [ROOT] }));
        assert_eq!(told(app, &receiver)[0].1["CHANGED"], json!(["WORK_POSITION"]));
    }

    /// An app hears no field that its scopes do not show, neither its value nor that it changed.
    fn no_event_tells_what_a_scope_hides(app) {
        let app = &open(app);
        let events = ["ONUSERADD", "ONUSERUPDATE"];
        let brief = subscribe(app, "user_brief", ADMIN, &events);
        let basic = subscribe(app, "user_basic", ADMIN, &events);
        let full = subscribe(app, "user", ADMIN, &events);
        register(app, EMPLOYEE);
        for (receiver, sees_email) in [(&brief, false), (&basic, true), (&full, true)] {
            let data = told(app, receiver)[0].1.clone();
            assert_eq!(data["NAME"], "Emil");
            assert_eq!(data.get("EMAIL").is_some(), sees_email, "{data}");
        }
        app.admin().ok("user.userfield.add", json!({ "fields": { "FIELD_NAME": "SECRET", "USER_TYPE_ID": "string" } }));
        let change = json!({
            "ID": EMPLOYEE, "NAME": "Emilia", "EMAIL": "emilia@example.com", "PERSONAL_WWW": "x.example", "UF_USR_SECRET": "s",
        });
        app.admin().ok("user.update", change);
        let changed = |receiver| -> Json { told(app, receiver)[0].1["CHANGED"].clone() };
        let mut all = changed(&full).as_array().unwrap().clone();
        all.sort_by_key(ToString::to_string);
        assert_eq!(all, ["EMAIL", "NAME", "PERSONAL_WWW", "UF_USR_SECRET"]);
        assert_eq!(changed(&basic), json!(["NAME", "EMAIL"]));
        assert_eq!(changed(&brief), json!(["NAME"]));
        // A change of nothing but hidden fields is no event at all.
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "EMAIL": "e@example.com" }));
        assert_eq!(told(app, &brief), []);
        assert_eq!(told(app, &basic).len(), 1);
    }

    /// Someone from outside hears only of those whom they see.
    fn no_event_tells_of_hidden_people(app) {
        let app = &open(app);
        let admin = app.admin();
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Shared", "VISIBLE": "N" }));
        let guest = admin.ok("user.add", json!({ "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [group] }));
        let guest = guest.as_i64().unwrap();
        app.execute("update users set accepted_at = registered_at");
        let receiver = subscribe(app, "user,sonet_group", guest, &["ONUSERUPDATE", "ONUSERINVITE", "ONSONETGROUPUPDATE", "ONSONETGROUPADD"]);
        let hidden = admin.add_user(json!({}));
        admin.ok("user.update", json!({ "ID": hidden, "NAME": "Hidden" }));
        admin.ok("sonet_group.create", json!({ "NAME": "Not for guests" }));
        assert_eq!(told(app, &receiver), []);
        admin.ok("user.update", json!({ "ID": ADMIN, "NAME": "Seen" }));
        admin.ok("sonet_group.update", json!({ "GROUP_ID": group, "NAME": "Ours" }));
        let mut names: Vec<_> = told(app, &receiver).into_iter().map(|it| it.0).collect();
        names.sort();
        assert_eq!(names, ["ONSONETGROUPUPDATE", "ONUSERUPDATE"]);
    }

    /// The members of a hidden workgroup hear that it is deleted; others in the company do not.
    fn a_deleted_group_is_told_to_those_who_saw_it(app) {
        let app = &open(app);
        let group = app.admin().ok("sonet_group.create", json!({ "NAME": "Hidden", "VISIBLE": "N" }));
        let stranger = subscribe(app, "sonet_group", EMPLOYEE, &["ONSONETGROUPDELETE"]);
        let everyone = subscribe(app, "sonet_group", ADMIN, &["ONSONETGROUPDELETE"]);
        app.admin().ok("sonet_group.delete", json!({ "GROUP_ID": group }));
        let id = json!({ "FIELDS": { "ID": group.as_i64().unwrap().to_string() } });
        assert_eq!(told(app, &everyone), [("ONSONETGROUPDELETE".to_owned(), id)]);
        assert_eq!(told(app, &stranger), []);
    }

    /// Departments: added, changed, deleted.
    fn departments_are_told(app) {
        let app = &open(app);
        let receiver = subscribe(app, "department", ADMIN, &["ONDEPARTMENTADD", "ONDEPARTMENTUPDATE", "ONDEPARTMENTDELETE"]);
        let id = app.admin().ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT }));
        app.admin().ok("department.update", json!({ "ID": id, "NAME": "Trade" }));
        app.admin().ok("department.delete", json!({ "ID": id }));
        let names: Vec<_> = told(app, &receiver).into_iter().map(|it| it.0).collect();
        assert_eq!(names, ["ONDEPARTMENTADD", "ONDEPARTMENTUPDATE", "ONDEPARTMENTDELETE"]);
    }
}
