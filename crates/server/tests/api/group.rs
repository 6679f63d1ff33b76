//! `sonet_group.*`: groups and their people, seen and changed by those who may.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, Setup, TestApp},
    both::both,
    pictures::png,
};
use muster_core::{Json, json};
use muster_modules::MODULES;

pub(crate) const SCOPES: &str = "user,department,sonet_group,socialnetwork,task";

pub(crate) fn admin(app: &TestApp) -> Client<'_> {
    app.hook(ADMIN, SCOPES)
}

fn employee(app: &TestApp) -> Client<'_> {
    app.hook(EMPLOYEE, SCOPES)
}

/// Creates a group with these fields and answers its ID.
pub(crate) fn create(client: &Client<'_>, fields: Json) -> i64 {
    client.ok("sonet_group.create", fields).as_i64().unwrap()
}

/// The members of a group as `1A 2K`.
fn members(client: &Client<'_>, id: i64) -> String {
    let members = client.ok("sonet_group.user.get", json!({ "ID": id }));
    let shown = |it: &Json| format!("{}{}", it["USER_ID"].as_str().unwrap(), it["ROLE"].as_str().unwrap());
    members.as_array().unwrap().iter().map(shown).collect::<Vec<_>>().join(" ")
}

/// The group as `sonet_group.get` shows it to an administrator.
fn group(app: &TestApp, id: i64) -> Json {
    admin(app).ok("sonet_group.get", json!({ "GROUP_ID": id, "IS_ADMIN": "Y" }))[0].clone()
}

/// Checks that a call is refused with these words and without a code, as documented.
#[track_caller]
pub(crate) fn refused(client: &Client<'_>, method: &str, params: Json, said: &str) {
    assert_eq!(client.call(method, params.clone()).fails(400, ""), said, "{method} {params}");
}

/// Someone else than the two of every test, and their client.
pub(crate) fn colleague(app: &TestApp) -> (i64, Client<'_>) {
    let id = admin(app).add_user(json!({ "NAME": "Cora" }));
    (id, app.hook(id, SCOPES))
}

both! {
    /// A new group has the documented defaults and types, and its creator owns it.
    fn a_new_group_has_the_documented_defaults(app) {
        app.hear();
        let hook = employee(app);
        let id = create(&hook, json!({ "NAME": "Gardeners", "DESCRIPTION": "" }));
        let body = hook.call("sonet_group.get", json!({})).body();
        assert_eq!(body["total"], 1);
        let mut shown = body["result"][0].clone();
        for date in ["DATE_CREATE", "DATE_UPDATE", "DATE_ACTIVITY"] {
            let text = shown.as_object_mut().unwrap().shift_remove(date).unwrap();
            assert!(text.as_str().unwrap().ends_with("+00:00"), "{text}");
        }
        assert_eq!(shown, json!({
            "ID": id.to_string(), "SITE_ID": "s1", "NAME": "Gardeners", "DESCRIPTION": null, "ACTIVE": "Y",
            "VISIBLE": "Y", "OPENED": "N", "CLOSED": "N", "SUBJECT_ID": "1", "OWNER_ID": "2", "KEYWORDS": null,
            "NUMBER_OF_MEMBERS": "1", "SUBJECT_NAME": "Workgroups", "PROJECT": "N", "IS_EXTRANET": "N",
        }));
        assert_eq!(members(&hook, id), "2A");
        assert_eq!(app.heard(), [format!("ONSONETGROUPADD {{\"FIELDS\":{{\"ID\":\"{id}\"}}}}")]);
    }

    /// Everything that can be given at creation is kept; the owner is chosen by administrators alone.
    fn a_project_is_created_with_all_its_fields(app) {
        let fields = json!({
            "NAME": "Bridge", "DESCRIPTION": "Over the river", "VISIBLE": "N", "OPENED": "Y", "CLOSED": "N",
            "KEYWORDS": "steel, water", "INITIATE_PERMS": "E", "PROJECT": "Y", "SUBJECT_ID": 1, "OWNER_ID": EMPLOYEE,
            "PROJECT_DATE_START": "2026-03-01T10:00:00+00:00", "PROJECT_DATE_FINISH": "2026-06-30", "SITE_ID": ["s1"],
        });
        let id = create(&admin(app), fields.clone());
        let shown = group(app, id);
        for (name, value) in [("OWNER_ID", "2"), ("PROJECT", "Y"), ("VISIBLE", "N"), ("OPENED", "Y"), ("KEYWORDS", "steel, water")] {
            assert_eq!(shown[name], value, "{name}");
        }
        let mine = create(&employee(app), json!({ "NAME": "Mine", "OWNER_ID": ADMIN }));
        assert_eq!(group(app, mine)["OWNER_ID"], "2");
    }

    /// What cannot be read, names no one, or ends before it begins is refused, and nothing is left behind.
    fn wrong_groups_are_not_created(app) {
        app.hear();
        let hook = admin(app);
        for params in [
            json!({}), json!({ "NAME": " " }), json!({ "NAME": ["x"] }), json!({ "NAME": "x".repeat(256) }),
            json!({ "NAME": "x", "VISIBLE": "maybe" }), json!({ "NAME": "x", "INITIATE_PERMS": "B" }),
            json!({ "NAME": "x", "PROJECT_DATE_START": "soon" }), json!({ "NAME": "x", "SCRUM_MASTER_ID": "x" }),
            json!({ "NAME": "x", "SUBJECT_ID": "x" }), json!({ "NAME": "x", "PROJECT": "perhaps" }),
            json!({ "NAME": "x", "PROJECT_DATE_START": "2026-02-01", "PROJECT_DATE_FINISH": "2026-01-01" }),
        ] {
            refused(&hook, "sonet_group.create", params, "Incorrect input data");
        }
        for (name, value) in [("OWNER_ID", 999), ("SCRUM_MASTER_ID", 999), ("SUBJECT_ID", 999)] {
            refused(&hook, "sonet_group.create", json!({ "NAME": "x", name: value }), "Cannot create group");
        }
        app.execute("update users set user_type = 'email' where id = 2");
        refused(&employee(app), "sonet_group.create", json!({ "NAME": "x" }), "You have no permissions to create a group");
        assert_eq!((app.count("select count(*) from workgroups"), app.heard().len()), (0, 0));
    }

    /// A picture is stored, replaced and removed; one that is none has an error of its own.
    fn a_group_has_a_picture(app) {
        let hook = admin(app);
        let id = create(&hook, json!({ "NAME": "Painters", "IMAGE": png(20, 20) }));
        let url = group(app, id)["IMAGE"].as_str().unwrap().to_owned();
        assert_eq!(app.get(&url["http://muster.test".len()..]).status, 200);
        hook.ok("sonet_group.update", json!({ "GROUP_ID": id, "IMAGE": png(10, 10) }));
        assert_ne!(group(app, id)["IMAGE"], url);
        assert_eq!(app.count("select count(*) from files"), 1);
        for params in [json!({ "IMAGE": ["a.png", "bm8="] }), json!({ "IMAGE": "x" }), json!({ "IMAGE_FILE_ID": 77 })] {
            for (method, name) in [("sonet_group.create", "NAME"), ("sonet_group.update", "GROUP_ID")] {
                let mut params = params.clone();
                params[name] = id.into();
                assert_eq!(hook.call(method, params).fails(400, "ERROR_IMAGE_ID"), "Image is incorrect: Invalid file type");
            }
        }
        hook.ok("sonet_group.update", json!({ "GROUP_ID": id, "IMAGE_FILE_ID": 0, "IMAGE": png(10, 10) }));
        assert_eq!(group(app, id).get("IMAGE"), None);
        assert_eq!(app.count("select count(*) from files"), 0);
        hook.ok("sonet_group.update", json!({ "GROUP_ID": id, "IMAGE": png(10, 10) }));
        hook.ok("sonet_group.delete", json!({ "GROUP_ID": id }));
        assert_eq!(app.count("select count(*) from file_copies"), 0);
    }

    /// Filters with every documented prefix, the order, and the pages.
    fn groups_are_filtered_and_sorted(app) {
        let hook = admin(app);
        let apple = create(&hook, json!({ "NAME": "Apple", "PROJECT": "Y" }));
        let banana = create(&hook, json!({ "NAME": "Banana", "OPENED": "Y", "OWNER_ID": EMPLOYEE }));
        let cherry = create(&hook, json!({ "NAME": "Chérry", "CLOSED": "Y" }));
        for (filter, expected) in [
            (json!({}), vec![cherry, banana, apple]),
            (json!({ "%NAME": "an" }), vec![banana]),
            (json!({ "?NAME": "cher" }), vec![cherry]),
            (json!({ "!%NAME": "an" }), vec![cherry, apple]),
            (json!({ "=NAME": "apple" }), vec![apple]),
            (json!({ "!=NAME": "apple" }), vec![cherry, banana]),
            (json!({ "!NAME": "apple" }), vec![cherry, banana]),
            (json!({ ">=ID": banana }), vec![cherry, banana]),
            (json!({ "<ID": banana }), vec![apple]),
            (json!({ "><ID": [apple, banana] }), vec![banana, apple]),
            (json!({ "!><ID": [apple.to_string(), banana] }), vec![cherry]),
            (json!({ "><DATE_CREATE": ["2001-01-01", "2100-01-01T00:00:00Z"] }), vec![cherry, banana, apple]),
            (json!({ "!><DATE_CREATE": ["2001-01-01", "2100-01-01"] }), vec![]),
            (json!({ "><ID": [apple] }), vec![]),
            (json!({ "OWNER_ID": EMPLOYEE }), vec![banana]),
            (json!({ "OPENED": "Y" }), vec![banana]),
            (json!({ "CLOSED": "Y", "ACTIVE": "Y" }), vec![cherry]),
            (json!({ "IS_EXTRANET": "Y" }), vec![]),
            (json!({ "PROJECT": "Y", "VISIBLE": "Y" }), vec![apple]),
            (json!({ "SITE_ID": "s1", "SUBJECT_NAME": "workgroups", "NUMBER_OF_MEMBERS": 1 }), vec![cherry, banana, apple]),
        ] {
            assert_eq!(hook.ids("sonet_group.get", json!({ "FILTER": filter })), expected, "{filter}");
        }
        assert_eq!(hook.ids("sonet_group.get", json!({ "ORDER": { "NAME": "ASC" } })), [apple, banana, cherry]);
        assert_eq!(hook.ids("sonet_group.get", json!({ "ORDER": { "OWNER_ID": "DESC", "ID": "ASC" } })), [banana, apple, cherry]);
        assert_eq!(hook.ids("sonet_group.get", json!({ "GROUP_ID": banana })), [banana]);
        hook.call("sonet_group.get", json!({ "FILTER": { "COLOUR": 1 } })).fails(400, "ERROR_ARGUMENT");
    }

    /// Fifty to a page, with the count and the next page.
    fn groups_come_in_pages(app) {
        let hook = admin(app);
        for number in 0..52 {
            create(&hook, json!({ "NAME": format!("Group {number}") }));
        }
        let body = hook.call("sonet_group.get", json!({})).body();
        assert_eq!((body["total"].clone(), body["next"].clone(), body["result"].as_array().unwrap().len()), (json!(52), json!(50), 50));
        let body = hook.call("sonet_group.get", json!({ "start": 50 })).body();
        assert_eq!((body["next"].clone(), body["result"].as_array().unwrap().len()), (Json::Null, 2));
    }

    /// A hidden group is seen by those who belong to it and those who were invited. An administrator sees it where they
    /// ask for it; others are told that it does not exist, whatever they try.
    fn hidden_groups_are_hidden(app) {
        let hook = employee(app);
        let id = create(&hook, json!({ "NAME": "Party for Ada", "VISIBLE": "N" }));
        let (other, outsider) = colleague(app);
        let list = |client: &Client<'_>, params: Json| client.ids("sonet_group.get", params);
        assert_eq!(list(&hook, json!({})), [id]);
        assert_eq!(list(&outsider, json!({ "IS_ADMIN": "Y" })), Vec::<i64>::new());
        assert_eq!(list(&admin(app), json!({})), Vec::<i64>::new());
        assert_eq!(list(&admin(app), json!({ "IS_ADMIN": "N" })), Vec::<i64>::new());
        assert_eq!(list(&admin(app), json!({ "IS_ADMIN": "Y" })), [id]);
        assert_eq!(members(&admin(app), id), "2A");

        let of = json!({ "GROUP_ID": id });
        refused(&outsider, "sonet_group.user.get", json!({ "ID": id }), "Socialnetwork group not found");
        refused(&outsider, "sonet_group.update", of.clone(), "Wrong group ID");
        refused(&outsider, "sonet_group.delete", of.clone(), "Socialnetwork group not found");
        refused(&outsider, "sonet_group.setowner", json!({ "GROUP_ID": id, "USER_ID": other }), "Invalid workgroup/project ID");
        refused(&outsider, "sonet_group.user.request", of, "Socialnetwork group not found");
        refused(&outsider, "sonet_group.user.invite", json!({ "GROUP_ID": id, "USER_ID": other }), "Socialnetwork group not found");
        let access = json!({ "GROUP_ID": id, "FEATURE": "blog", "OPERATION": "view_post" });
        refused(&outsider, "sonet_group.feature.access", access, "Wrong socialnetwork group ID");

        hook.ok("sonet_group.user.invite", json!({ "GROUP_ID": id, "USER_ID": other }));
        assert_eq!(list(&outsider, json!({})), [id]);
        assert_eq!(outsider.ok("sonet_group.user.request", json!({ "GROUP_ID": id })), true);
        assert_eq!(members(&outsider, id), format!("2A {other}K"));
    }

    /// The owner and administrators change a group; what is not sent stays.
    fn a_group_is_changed_by_its_owner(app) {
        app.hear();
        let hook = employee(app);
        let id = create(&hook, json!({ "NAME": "Singers", "DESCRIPTION": "Every Monday" }));
        let (other, outsider) = colleague(app);
        admin(app).ok("sonet_group.user.add", json!({ "GROUP_ID": id, "USER_ID": other }));
        admin(app).ok("sonet_group.user.update", json!({ "GROUP_ID": id, "USER_ID": other, "ROLE": "E" }));
        let params = json!({ "GROUP_ID": id, "NAME": "Choir", "VISIBLE": "", "CLOSED": "Y", "PROJECT": "Y" });
        refused(&outsider, "sonet_group.update", params.clone(), "User has no permissions to update group");
        assert_eq!(hook.ok("sonet_group.update", params), id);
        let shown = group(app, id);
        for (name, value) in [("NAME", "Choir"), ("DESCRIPTION", "Every Monday"), ("VISIBLE", "Y"), ("CLOSED", "Y"), ("PROJECT", "N")] {
            assert_eq!(shown[name], value, "{name}");
        }
        assert_eq!(admin(app).ok("sonet_group.update", json!({ "GROUP_ID": id, "OWNER_ID": other })), id);
        assert_eq!(members(&hook, id), format!("{other}A 2K"));
        let before = app.heard();
        for params in [
            json!({ "NAME": "" }), json!({ "OPENED": "x" }), json!({ "OWNER_ID": 999 }), json!({ "OWNER_ID": "x" }),
            json!({ "PROJECT_DATE_START": "2026-05-05", "PROJECT_DATE_FINISH": "2026-05-04" }),
        ] {
            let mut params = params;
            params["GROUP_ID"] = id.into();
            refused(&admin(app), "sonet_group.update", params, "Cannot update group");
        }
        for wrong in [json!(999), json!("x"), json!(0), json!(null)] {
            refused(&admin(app), "sonet_group.update", json!({ "GROUP_ID": wrong }), "Wrong group ID");
        }
        assert_eq!(app.heard(), before);
    }

    /// The owner and administrators delete a group with all that belongs to it.
    fn a_group_is_deleted_by_its_owner(app) {
        app.hear();
        let hook = employee(app);
        let id = create(&hook, json!({ "NAME": "Brief" }));
        let (_, outsider) = colleague(app);
        refused(&outsider, "sonet_group.delete", json!({ "GROUP_ID": id }), "User has no permissions to delete group");
        refused(&hook, "sonet_group.delete", json!({}), "Wrong group ID");
        refused(&hook, "sonet_group.delete", json!({ "GROUP_ID": 999 }), "Socialnetwork group not found");
        assert_eq!(hook.ok("sonet_group.delete", json!({ "GROUP_ID": id })), true);
        assert_eq!(app.count("select count(*) from workgroups") + app.count("select count(*) from workgroup_members"), 0);
        assert_eq!(app.heard().last().unwrap(), &format!("ONSONETGROUPDELETE {{\"FIELDS\":{{\"ID\":\"{id}\"}}}}"));
    }

    /// Ownership is handed over whole: there is one owner, and whoever was it stays a member.
    fn a_group_gets_another_owner(app) {
        let hook = employee(app);
        let id = create(&hook, json!({ "NAME": "Archive" }));
        let (other, outsider) = colleague(app);
        let to = |user: Json| json!({ "GROUP_ID": id, "USER_ID": user });
        refused(&outsider, "sonet_group.setowner", to(json!(other)), "Insufficient permissions to complete the operation.");
        refused(&hook, "sonet_group.setowner", json!({ "GROUP_ID": "x", "USER_ID": 1 }), "Invalid workgroup/project ID");
        for wrong in [json!("x"), json!(0), json!(999)] {
            refused(&hook, "sonet_group.setowner", to(wrong), "Invalid user ID");
        }
        app.execute("update users set active = 0 where id = 1");
        refused(&hook, "sonet_group.setowner", to(json!(ADMIN)), "Cannot complete operation.");
        assert_eq!(hook.ok("sonet_group.setowner", to(json!(other))), true);
        assert_eq!(members(&hook, id), format!("{other}A 2K"));
        assert_eq!(outsider.ok("sonet_group.setowner", to(json!(other))), true, "it is theirs already");
        assert_eq!(members(&hook, id), format!("{other}A 2K"));
    }

    /// However many hand a group over or change its people at the same moment, what always holds holds.
    fn changes_at_once_leave_one_owner(app) {
        let other = app.another(Setup::default());
        let id = create(&admin(app), json!({ "NAME": "Contested", "SCRUM_MASTER_ID": EMPLOYEE }));
        let people: Vec<i64> = (0..4).map(|_| colleague(app).0).collect();
        std::thread::scope(|scope| {
            for (number, user_id) in people.iter().enumerate() {
                let hook = admin(if number % 2 == 0 { app } else { &other });
                scope.spawn(move || {
                    let params = json!({ "GROUP_ID": id, "USER_ID": user_id });
                    hook.ok("sonet_group.user.add", params.clone());
                    hook.ok("sonet_group.setowner", params.clone());
                    hook.ok("sonet_group.user.delete", json!({ "GROUP_ID": id, "USER_ID": [ADMIN, EMPLOYEE] }));
                });
            }
        });
        assert_eq!(app.count("select count(*) from workgroup_members where role = 'A'"), 1);
        for check in MODULES.iter().flat_map(|it| it.checks) {
            assert_eq!(app.count(check.count), 0, "{}", check.defect);
        }
    }

    /// A Scrum is a project; its master belongs to it and cannot be removed.
    fn a_scrum_has_a_master(app) {
        let hook = admin(app);
        let id = create(&hook, json!({ "NAME": "Sprinters", "SCRUM_MASTER_ID": EMPLOYEE }));
        assert_eq!((group(app, id)["PROJECT"].clone(), members(&hook, id)), (json!("Y"), "1A 2E".to_owned()));
        let people = json!({ "GROUP_ID": id, "USER_ID": [EMPLOYEE, ADMIN] });
        assert_eq!(hook.ok("sonet_group.user.delete", people), json!([]));
        hook.ok("sonet_group.setowner", json!({ "GROUP_ID": id, "USER_ID": EMPLOYEE }));
        hook.ok("sonet_group.setowner", json!({ "GROUP_ID": id, "USER_ID": ADMIN }));
        assert_eq!(members(&hook, id), "1A 2E", "the master moderates again");
        let own = create(&hook, json!({ "NAME": "Alone", "SCRUM_MASTER_ID": ADMIN }));
        assert_eq!(members(&hook, own), "1A");
    }
}
