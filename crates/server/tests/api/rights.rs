//! Rights: who may do what, by whom they were given, and that they cannot be grown.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, ROOT, Setup, TestApp},
    apps::new_app,
    both::both,
    event_people::open,
    receiver::Receiver,
};
use muster_core::{Json, call::Right, json};
use muster_db::Sql;
use muster_modules::{event::Cause, right, user::events::tell_registered};

/// Says who has a right.
pub(crate) fn give(app: &TestApp, wanted: Right, codes: &[&str]) {
    let codes: Vec<String> = codes.iter().map(|it| (*it).to_owned()).collect();
    app.app.db.write(|tx| right::set(tx, &app.app.registry, wanted, Some(&codes))).unwrap();
}

fn department(app: &TestApp, name: &str, parent: i64) -> i64 {
    app.admin().ok("department.add", json!({ "NAME": name, "PARENT": parent })).as_i64().unwrap()
}

fn group(app: &TestApp, fields: Json) -> i64 {
    app.admin().ok("sonet_group.create", fields).as_i64().unwrap()
}

/// Someone who works here and has registered.
fn colleague(app: &TestApp, fields: Json) -> i64 {
    let id = app.admin().add_user(fields);
    app.execute("update users set accepted_at = registered_at where accepted_at is null");
    id
}

fn invites(client: &Client<'_>) -> bool {
    let reply = client.call("user.invitation.list", json!({}));
    if reply.status != 200 {
        assert_eq!(reply.fails(400, "ERROR_CORE"), "access_denied");
    }
    reply.status == 200
}

/// Fields that are hidden from others, each by another right.
fn secrets() -> [(&'static str, Json); 3] {
    [
        ("PERSONAL_BIRTHDAY", json!("1990-01-02")),
        ("PERSONAL_MOBILE", json!("+49 30 7")),
        ("UF_USR_SALARY", json!("70000")),
    ]
}

/// Someone who has them; so has the employee.
fn secretive(app: &TestApp) -> i64 {
    let field = json!({ "FIELD_NAME": "SALARY", "USER_TYPE_ID": "integer", "EDIT_IN_LIST": "Y" });
    app.admin().ok("user.userfield.add", json!({ "fields": field }));
    let mut all: Json = secrets().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let id = colleague(app, all.clone());
    all["ID"] = EMPLOYEE.into();
    app.admin().ok("user.update", all);
    id
}

/// Hides them from everyone but a new department.
fn hide(app: &TestApp) -> i64 {
    let hr = department(app, "HR", ROOT);
    for right in [Right::SeeBirthday, Right::SeeContacts, Right::SeeCustom] {
        give(app, right, &[&format!("DR{hr}")]);
    }
    hr
}

/// Whether a call is refused for want of a right, whatever the words.
#[track_caller]
fn refused(client: &Client<'_>, method: &str, params: Json) {
    let reply = client.call(method, params.clone());
    let body = reply.body();
    let said = body["error_description"].as_str().unwrap_or_default().to_lowercase();
    let is_refusal = ["access_denied", "denied", "permission", "rights which you do not have", "cannot"];
    assert!(reply.status != 200 && is_refusal.iter().any(|it| said.contains(it)), "{method} {params}: {body}");
}

both! {
    /// A right holds for whoever is in a set that it was given to, and for no one else; in every process, from then on
    /// and until it is taken.
    fn a_right_is_given_to_people_departments_and_workgroups(app) {
        let hr = department(app, "HR", ROOT);
        let hiring = department(app, "Hiring", hr);
        let garden = group(app, json!({ "NAME": "Garden" }));
        app.admin().ok("user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": [hiring] }));
        app.admin().ok("sonet_group.user.add", json!({ "GROUP_ID": garden, "USER_ID": [EMPLOYEE] }));
        let other = colleague(app, json!({ "NAME": "Olga" }));
        let (emil, olga) = (app.employee(), app.hook(other, &app.all_scopes()));
        let process = app.another(Setup::default());
        let elsewhere = Client { app: &process, id: emil.id, path: emil.path.clone() };
        assert!(!invites(&emil) && !invites(&olga) && invites(&app.admin()));
        for (codes, has) in [
            (vec![format!("U{EMPLOYEE}")], true),
            (vec![format!("D{hiring}")], true),
            (vec![format!("DR{hiring}")], true),
            (vec![format!("DR{hr}")], true),
            (vec![format!("D{hr}")], false),
            (vec![format!("SG{garden}")], true),
            (vec![format!("SG{garden}_A")], false),
            (vec![format!("D{hr}"), format!("SG{garden}_K")], true),
            (Vec::new(), false),
        ] {
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            give(app, Right::InvitePeople, &codes);
            assert_eq!((invites(&emil), invites(&elsewhere), invites(&olga)), (has, has, false), "{codes:?}");
            assert!(invites(&app.admin()), "administrators may everything");
        }
        // What makes someone a member makes them have it, and no longer being one ends it.
        give(app, Right::InvitePeople, &[&format!("DR{hr}")]);
        app.admin().ok("user.update", json!({ "ID": other, "UF_DEPARTMENT": [hiring] }));
        assert!(invites(&olga));
        app.admin().ok("department.update", json!({ "ID": hiring, "PARENT": ROOT }));
        assert!(!invites(&olga) && !invites(&emil));
        let wrong = app.app.db.write(|tx| right::set(tx, &app.app.registry, Right::InvitePeople, Some(&["D999".to_owned()])));
        assert!(wrong.unwrap_err().said.contains("D999"));
    }

    /// Each right opens what it is for and nothing else.
    fn each_right_opens_what_it_is_for(app) {
        let other = colleague(app, json!({ "NAME": "Olga" }));
        let garden = group(app, json!({ "NAME": "Garden", "VISIBLE": "N" }));
        let waiting = app.admin().add_user(json!({ "NAME": "Wanda" }));
        let task = app.admin().ok("tasks.task.add", json!({ "fields": { "TITLE": "Secret", "RESPONSIBLE_ID": ADMIN } }));
        let task = task["task"]["id"].clone();
        let new = || json!({ "EMAIL": "new@example.com", "UF_DEPARTMENT": [ROOT] });
        let probes: Vec<(Right, &str, Json)> = vec![
            (Right::InvitePeople, "user.add", new()),
            (Right::InvitePeople, "user.invitation.resend", json!({ "ID": waiting })),
            (Right::ConfirmPeople, "user.registration.list", json!({})),
            (Right::EditPeople, "user.update", json!({ "ID": other, "NAME": "Olga" })),
            (Right::EditPeople, "user.history", json!({ "ID": other })),
            (Right::ManagePeople, "user.references", json!({ "ID": other })),
            (Right::ManageStructure, "department.add", json!({ "NAME": "New", "PARENT": ROOT })),
            (Right::ManageGroups, "sonet_group.update", json!({ "GROUP_ID": garden, "NAME": "Park" })),
            (Right::ManageTasks, "tasks.task.update", json!({ "taskId": task, "fields": { "TITLE": "Seen" } })),
            (Right::ManageFields, "userfieldconfig.list", json!({ "moduleId": "main", "filter": { "entityId": "USER" } })),
        ];
        for (right, method, params) in &probes {
            for other in Right::ALL.iter().filter(|it| !it.is_usual()) {
                give(app, *other, if other == right { &[] } else { &["U2"] });
            }
            let all_but_this = app.employee().call(method, params.clone());
            assert_ne!(all_but_this.status, 200, "{method} without {right:?}: {}", all_but_this.text());
            for other in Right::ALL.iter().filter(|it| !it.is_usual()) {
                give(app, *other, if other == right { &["U2"] } else { &[] });
            }
            app.employee().ok(method, params.clone());
        }
        give(app, Right::SeeAudit, &["U2"]);
        assert_eq!(app.employee().call_v3("main.eventlog.list", json!({})).status, 200);
        // What everyone may can be taken from them.
        app.employee().ok("sonet_group.create", json!({ "NAME": "Mine" }));
        give(app, Right::CreateGroups, &[]);
        refused(&app.employee(), "sonet_group.create", json!({ "NAME": "Mine too" }));
        // Some things no one can be given.
        for right in Right::ALL {
            give(app, *right, &["AU"]);
        }
        for (method, params) in [
            ("user.erase", json!({ "ID": other })),
            ("user.export", json!({ "ID": other })),
            ("user.registration.settings", json!({})),
            ("user.registration.set", json!({ "OPEN": "Y" })),
        ] {
            refused(&app.employee(), method, params);
        }
        assert_eq!(app.employee().ok("user.admin", json!({})), false);
    }

    /// Whoever may change people comes by nothing that way: neither through themselves nor through others.
    fn nobody_gives_or_takes_what_they_do_not_have(app) {
        let (audit, garden) = (department(app, "Auditors", ROOT), group(app, json!({ "NAME": "Garden", "OPENED": "Y" })));
        let below = department(app, "Below", audit);
        let aside = department(app, "Aside", ROOT);
        let other = colleague(app, json!({ "NAME": "Olga" }));
        let auditor = colleague(app, json!({ "NAME": "Aude", "UF_DEPARTMENT": [below] }));
        give(app, Right::SeeAudit, &[&format!("DR{audit}")]);
        give(app, Right::ManageTasks, &[&format!("SG{garden}")]);
        for right in [Right::InvitePeople, Right::EditPeople, Right::ManageStructure, Right::ManageGroups] {
            give(app, right, &["U2"]);
        }
        let emil = app.employee();
        let before = app.count("select count(*) from user_history");
        for (method, params) in [
            ("user.update", json!({ "ID": ADMIN, "NAME": "Mallory" })),
            ("user.update", json!({ "ID": ADMIN, "EMAIL": "mallory@example.com" })),
            ("user.update", json!({ "ID": other, "EMAIL": "mallory@example.com" })),
            ("user.update", json!({ "ID": EMPLOYEE, "EMAIL": "mallory@example.com" })),
            ("user.update", json!({ "ID": auditor, "UF_DEPARTMENT": [ROOT] })),
            ("user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": [ROOT, below] })),
            ("user.update", json!({ "ID": other, "UF_DEPARTMENT": [audit] })),
            ("user.update", json!({ "ID": other, "ACTIVE": "N" })),
            ("user.add", json!({ "EMAIL": "alias@example.com", "UF_DEPARTMENT": [below] })),
            ("user.dismiss", json!({ "ID": other })),
            ("department.update", json!({ "ID": aside, "PARENT": below })),
            ("department.update", json!({ "ID": below, "PARENT": ROOT })),
            ("sonet_group.user.add", json!({ "GROUP_ID": garden, "USER_ID": [EMPLOYEE] })),
            ("sonet_group.user.delete", json!({ "GROUP_ID": garden, "USER_ID": [ADMIN] })),
            ("sonet_group.setowner", json!({ "GROUP_ID": garden, "USER_ID": EMPLOYEE })),
            ("sonet_group.update", json!({ "GROUP_ID": garden, "OWNER_ID": EMPLOYEE })),
            ("sonet_group.delete", json!({ "GROUP_ID": garden })),
        ] {
            refused(&emil, method, params);
        }
        assert_eq!(app.count("select count(*) from user_history"), before, "what is refused changes nothing");
        // An open workgroup that gives rights is not entered by oneself, and no one is invited by those without them.
        emil.ok("sonet_group.user.request", json!({ "GROUP_ID": garden }));
        assert_eq!(emil.ok("sonet_group.user.invite", json!({ "GROUP_ID": garden, "USER_ID": [other] })), json!([]));
        let members = app.admin().ok("sonet_group.user.get", json!({ "ID": garden }));
        assert_eq!(members.as_array().unwrap().len(), 1, "{members}");
        // Nobody makes administrators.
        let id = emil.ok("user.add", json!({ "EMAIL": "n@example.com", "UF_DEPARTMENT": [ROOT], "ADMIN": "Y", "IS_ADMIN": "Y" }));
        emil.ok("user.update", json!({ "ID": id, "ADMIN": "Y", "NAME": "Nina" }));
        assert_eq!(app.count("select count(*) from users where admin = 1"), 1);
        // What they do have they pass on, and the rest is as ever.
        emil.ok("user.update", json!({ "ID": other, "NAME": "Olga", "UF_DEPARTMENT": [aside] }));
        emil.ok("department.update", json!({ "ID": aside, "NAME": "Beside" }));
        give(app, Right::SeeAudit, &["U2", &format!("DR{audit}")]);
        emil.ok("user.update", json!({ "ID": other, "UF_DEPARTMENT": [below] }));
        emil.ok("user.update", json!({ "ID": auditor, "NAME": "Aude" }));
        emil.ok("user.update", json!({ "ID": auditor, "UF_DEPARTMENT": [ROOT] }));
        emil.ok("department.update", json!({ "ID": aside, "PARENT": below }));
    }

    /// Whoever may dismiss people dismisses no one who may more, and takes over no account that may.
    fn whoever_manages_people_stays_within_their_rights(app) {
        let app = &open(app);
        let (other, admin2) = (colleague(app, json!({ "NAME": "Olga" })), colleague(app, json!({ "NAME": "Ann" })));
        app.execute(Sql::with("update users set admin = 1 where id = $1", [admin2.into()]));
        let auditor = colleague(app, json!({ "NAME": "Aude" }));
        give(app, Right::SeeAudit, &[&format!("U{auditor}")]);
        give(app, Right::ManagePeople, &["U2"]);
        give(app, Right::EditPeople, &["U2"]);
        let emil = app.employee();
        for id in [ADMIN, admin2, auditor] {
            refused(&emil, "user.dismiss", json!({ "ID": id }));
            refused(&emil, "user.update", json!({ "ID": id, "EMAIL": "mallory@example.com" }));
            refused(&emil, "user.update", json!({ "ID": id, "ACTIVE": "N" }));
        }
        emil.ok("user.update", json!({ "ID": other, "EMAIL": "olga@example.org" }));
        // What someone was given by name ends when they leave, and does not come back with them.
        emil.ok("user.dismiss", json!({ "ID": other }));
        emil.ok("user.restore", json!({ "ID": other }));
        app.admin().ok("user.dismiss", json!({ "ID": auditor }));
        app.admin().ok("user.restore", json!({ "ID": auditor }));
        assert_eq!(app.hook(auditor, &app.all_scopes()).call_v3("main.eventlog.list", json!({})).status, 403);
        app.admin().ok("user.dismiss", json!({ "ID": admin2 }));
        refused(&emil, "user.restore", json!({ "ID": admin2 }));
    }

    /// People from outside get nothing that only those who work here may, whatever set they are in.
    fn people_from_outside_get_no_rights(app) {
        let garden = group(app, json!({ "NAME": "Garden" }));
        let guest = app.admin().add_user(json!({ "EXTRANET": "Y", "SONET_GROUP_ID": [garden], "UF_DEPARTMENT": [] }));
        let codes = ["AU".to_owned(), format!("U{guest}"), format!("SG{garden}")];
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        for right in Right::ALL {
            give(app, *right, &codes);
        }
        let guest = app.hook(guest, &app.all_scopes());
        for (method, params) in [
            ("user.invitation.list", json!({})),
            ("user.update", json!({ "ID": EMPLOYEE, "NAME": "Mallory" })),
            ("user.registration.list", json!({})),
            ("department.add", json!({ "NAME": "New", "PARENT": ROOT })),
        ] {
            refused(&guest, method, params);
        }
        assert!(invites(&app.employee()));
        // What is open to them can be closed to them.
        guest.ok("sonet_group.create", json!({ "NAME": "Theirs" }));
        give(app, Right::CreateGroups, &["IU2"]);
        refused(&guest, "sonet_group.create", json!({ "NAME": "Theirs too" }));
        app.employee().ok("sonet_group.create", json!({ "NAME": "Mine" }));
    }

    /// What is hidden of others is neither read, searched, sorted by nor set, and is seen of oneself.
    fn hidden_fields_are_hidden_everywhere(app) {
        let other = secretive(app);
        let (emil, admin) = (app.employee(), app.admin());
        let keys = app.register(&new_app("user"));
        let by_app = app.by_app(keys.id, EMPLOYEE);
        for (name, _) in secrets() {
            assert!(emil.user(other).get(name).is_some(), "{name} is seen as long as nothing is set");
        }
        let hr = hide(app);
        give(app, Right::EditPeople, &["U2"]);
        give(app, Right::InvitePeople, &["U2"]);
        for (name, value) in secrets() {
            for person in [emil.user(other), emil.user(EMPLOYEE), by_app.ok("user.get", json!({ "ID": other }))[0].clone()] {
                assert!(person["ID"].is_string() && person.get(name).is_none(), "{name}: {person}");
            }
            let selected = emil.ok("user.get", json!({ "ID": other, "select": ["ID", name] }));
            assert_eq!(selected[0], json!({ "ID": other.to_string() }));
            assert!(emil.ok("user.fields", json!({})).get(name).is_none());
            for (method, params) in [
                ("user.get", json!({ "filter": { name: value } })),
                ("user.get", json!({ "filter": { format!(">{name}"): value } })),
                ("user.get", json!({ name: value })),
                ("user.get", json!({ "sort": name, "order": "desc" })),
                ("user.get", json!({ "order": { name: "asc" } })),
                ("user.search", json!({ "filter": { name: value } })),
                ("user.search", json!({ name: value })),
                ("user.update", json!({ "ID": other, name: value })),
                ("user.add", json!({ "EMAIL": "x@example.com", "UF_DEPARTMENT": [ROOT], name: value })),
            ] {
                emil.call(method, params).fails(400, "ERROR_ARGUMENT");
            }
            assert_eq!(emil.ids("user.search", json!({ "FIND": value })), Vec::<i64>::new());
            assert!(admin.user(other).get(name).is_some());
            // Of oneself.
            assert!(emil.ok("user.current", json!({})).get(name).is_some(), "{name}");
            emil.ok("user.profile.update", json!({ name: value }));
        }
        // Whoever may see it does, from then on; the levels of access hold as ever.
        admin.ok("user.update", json!({ "ID": EMPLOYEE, "UF_DEPARTMENT": [hr] }));
        assert_eq!(emil.ids("user.get", json!({ "PERSONAL_BIRTHDAY": "1990-01-02", "!ID": EMPLOYEE })), [other]);
        assert!(emil.user(other).get("UF_USR_SALARY").is_some());
        assert!(app.hook(EMPLOYEE, "user_brief").user(other).get("PERSONAL_MOBILE").is_none());
        assert!(app.hook(EMPLOYEE, "user_brief").user(other).get("PERSONAL_BIRTHDAY").is_some());
    }

    /// Nobody hears of what is hidden from them, and the history does not tell.
    fn hidden_fields_are_not_heard_of(app) {
        let app = &open(app);
        let other = secretive(app);
        let (emil, admin) = (app.employee(), app.admin());
        let receiver = Receiver::start();
        let keys = app.register(&new_app("user"));
        for event in ["ONUSERUPDATE", "ONUSERADD"] {
            app.by_app(keys.id, EMPLOYEE).bind(event, &receiver.url("/"));
        }
        hide(app);
        give(app, Right::EditPeople, &["U2"]);
        admin.ok("user.update", json!({ "ID": other, "PERSONAL_BIRTHDAY": "1991-01-02" }));
        admin.ok("user.update", json!({ "ID": other, "UF_USR_SALARY": 1, "PERSONAL_MOBILE": "8", "WORK_POSITION": "Pilot" }));
        let cause = Cause { user_id: Some(other), connector: "", now: app.app.clock.seconds() };
        app.app.db.write(|tx| tell_registered(tx, cause, other, &app.app.settings)).unwrap();
        app.deliver();
        let told: Vec<Json> = receiver.take().into_iter().map(|it| it["data"].clone()).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(told[0]["CHANGED"], json!(["WORK_POSITION"]));
        assert!(told[1]["EMAIL"].is_string() && told[1].get("PERSONAL_BIRTHDAY").is_none(), "{told:?}");
        let history = emil.ok("user.history", json!({ "ID": other })).to_string();
        assert!(history.contains("WORK_POSITION"), "{history}");
        for (name, _) in secrets() {
            assert!(!history.contains(name), "{history}");
            assert!(admin.ok("user.history", json!({ "ID": other })).to_string().contains(name));
        }
    }

    /// Administrators say which fields people change of themselves.
    fn fields_of_ones_own_are_set(app) {
        let emil = app.employee();
        emil.ok("user.profile.update", json!({ "NAME": "Emilio" }));
        let own = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
            app.app.db.write(|tx| right::own::set(tx, &names))
        };
        own(&["WORK_POSITION", "PERSONAL_PHOTO"]).unwrap();
        let said = emil.call("user.profile.update", json!({ "NAME": "Emil" })).fails(400, "ERROR_ARGUMENT");
        assert!(said.contains("NAME is changed by administrators"), "{said}");
        emil.ok("user.profile.update", json!({ "WORK_POSITION": "Pilot" }));
        for wrong in ["EMAIL", "UF_DEPARTMENT", "ACTIVE", "ADMIN", "ID"] {
            assert!(own(&[wrong]).is_err(), "{wrong}");
        }
        assert_eq!(emil.ok("user.current", json!({}))["WORK_POSITION"], "Pilot");
    }
}
