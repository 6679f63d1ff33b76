//! `sonet_group.user.*` and `sonet_group.feature.access`: who joins, who invites, who may do what.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, TestApp},
    both::both,
    group::{SCOPES, admin, colleague, create, refused},
    pictures::png,
};
use muster_core::{Json, json};

/// The rows of a group's people as `1A 2K 3Z(G)`.
fn relations(app: &TestApp) -> String {
    let sql = "select user_id, role, initiated_by from workgroup_members order by role, user_id";
    let rows = app.app.db.read(|tx| tx.rows(&muster_db::Sql::new(sql))).unwrap();
    let shown = rows.iter().map(|row| {
        let by = if row.text(1) == "Z" { format!("({})", row.text(2)) } else { String::new() };
        format!("{}{}{by}", row.int(0).unwrap(), row.text(1))
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn to(group: i64, users: Json) -> Json {
    json!({ "GROUP_ID": group, "USER_ID": users })
}

both! {
    /// An administrator adds people without asking them. Whoever is a member or cannot be one is passed over.
    fn people_are_added(app) {
        let id = create(&admin(app), json!({ "NAME": "Cooks" }));
        let (third, hook) = colleague(app);
        let (fourth, _) = colleague(app);
        app.hook(fourth, SCOPES);
        app.execute("update users set user_type = 'bot' where id = 4");
        assert_eq!(fourth, 4);
        hook.ok("sonet_group.user.request", json!({ "GROUP_ID": id }));
        let added = admin(app).ok("sonet_group.user.add", to(id, json!([ADMIN, "2", 2, third, fourth, 999])));
        assert_eq!(added, json!(["2", third.to_string()]), "who had asked is a member now");
        assert_eq!(relations(app), format!("1A 2K {third}K"));
        assert_eq!(admin(app).ok("sonet_group.user.add", to(id, json!(EMPLOYEE))), json!([]));
    }

    /// Roles are changed by administrators; the owner keeps theirs.
    fn roles_are_changed(app) {
        let id = create(&admin(app), json!({ "NAME": "Cooks" }));
        admin(app).ok("sonet_group.user.add", to(id, json!([2])));
        let change = |users: Json, role: &str| {
            let params = json!({ "GROUP_ID": id, "USER_ID": users, "ROLE": role });
            admin(app).ok("sonet_group.user.update", params)
        };
        assert_eq!(change(json!([2, 1, 999]), "E"), json!(["2"]));
        assert_eq!(relations(app), "1A 2E");
        assert_eq!(change(json!("2"), "K"), json!(["2"]));
        assert_eq!(change(json!(1), "K"), json!([]));
        assert_eq!(relations(app), "1A 2K");
    }

    /// People are removed, and what is pending is taken back; the owner stays.
    fn people_are_removed(app) {
        let id = create(&admin(app), json!({ "NAME": "Cooks" }));
        let (third, _) = colleague(app);
        admin(app).ok("sonet_group.user.add", to(id, json!([2])));
        admin(app).ok("sonet_group.user.invite", to(id, json!(third)));
        assert_eq!(admin(app).ok("sonet_group.user.delete", to(id, json!([1, 2, third, 999]))), json!(["2", third.to_string()]));
        assert_eq!(relations(app), "1A");
    }

    /// The three that need an administrator refuse others in the documented words, and wrong values in theirs.
    fn wrong_changes_of_people_are_refused(app) {
        let id = create(&admin(app), json!({ "NAME": "Cooks" }));
        let owner = app.hook(EMPLOYEE, SCOPES);
        create(&owner, json!({ "NAME": "Theirs" }));
        for (method, said) in [
            ("sonet_group.user.add", "No permissions to add users"),
            ("sonet_group.user.update", "No permissions to update users role"),
            ("sonet_group.user.delete", "No permissions to update users role"),
        ] {
            let params = |group: Json, users: Json| json!({ "GROUP_ID": group, "USER_ID": users, "ROLE": "K" });
            refused(&owner, method, params(json!(id), json!(2)), said);
            for wrong in [json!("x"), json!(0), json!(null)] {
                refused(&admin(app), method, params(wrong, json!(2)), "Wrong group ID");
            }
            refused(&admin(app), method, params(json!(999), json!(2)), "Socialnetwork group not found");
            for wrong in [json!(null), json!([]), json!("x"), json!([2, 0]), json!([[2]])] {
                refused(&admin(app), method, params(json!(id), wrong), "Wrong user IDs");
            }
        }
        for role in [json!("A"), json!("Z"), json!(""), json!(null), json!(["E"])] {
            let params = json!({ "GROUP_ID": id, "USER_ID": 2, "ROLE": role });
            refused(&admin(app), "sonet_group.user.update", params, "Incorrect role code");
        }
        refused(&owner, "sonet_group.user.get", json!({}), "Wrong socialnetwork group ID");
        refused(&owner, "sonet_group.user.get", json!({ "ID": 999 }), "Socialnetwork group not found");
        assert_eq!(app.count("select count(*) from workgroup_members"), 2);
    }

    /// Whoever may invite is a setting of the group. An invitation is a message with the words that were sent.
    fn people_are_invited_by_those_who_may(app) {
        let owner = admin(app);
        let id = create(&owner, json!({ "NAME": "Cooks" }));
        let (third, member) = colleague(app);
        let guests: Vec<i64> = (0..6).map(|_| colleague(app).0).collect();
        owner.ok("sonet_group.user.add", to(id, json!([third])));
        let set = |perms: &str, role: &str| {
            owner.ok("sonet_group.update", json!({ "GROUP_ID": id, "INITIATE_PERMS": perms }));
            owner.ok("sonet_group.user.update", json!({ "GROUP_ID": id, "USER_ID": third, "ROLE": role }));
        };
        for (guest, (perms, role, may)) in guests.iter().zip([
            ("K", "K", true), ("E", "K", false), ("E", "E", true), ("A", "K", false), ("A", "E", false), ("K", "E", true),
        ]) {
            set(perms, role);
            let invited = member.ok("sonet_group.user.invite", to(id, json!([guest])));
            assert_eq!(invited, if may { json!([guest.to_string()]) } else { json!([]) }, "{perms} {role}");
        }
        let outsider = app.hook(EMPLOYEE, SCOPES);
        assert_eq!(outsider.ok("sonet_group.user.invite", to(id, json!(guests[0]))), json!([]));
        assert_eq!(owner.ok("sonet_group.user.invite", to(id, json!([third, guests[0], ADMIN]))), json!([]));
        let mut params = to(id, json!(EMPLOYEE));
        params["MESSAGE"] = json!("Join us");
        assert_eq!(owner.ok("sonet_group.user.invite", params), json!(["2"]));
        let told = app.count("select count(*) from outbox where kind = 'group_invitation' and payload like '%Join us%'");
        assert_eq!(told, 1);
        owner.ok("sonet_group.update", json!({ "GROUP_ID": id, "CLOSED": "Y" }));
        assert_eq!(owner.ok("sonet_group.user.invite", to(id, json!(guests[1]))), json!([]), "the archive takes no one");
        refused(&owner, "sonet_group.user.invite", json!({ "GROUP_ID": "x", "USER_ID": 1 }), "Wrong group ID");
        refused(&owner, "sonet_group.user.invite", json!({ "GROUP_ID": id }), "Wrong user IDs");
    }

    /// An open group is joined at once; in others one asks first. If both sides have asked, that is an agreement.
    fn people_ask_to_join(app) {
        let owner = admin(app);
        let open = create(&owner, json!({ "NAME": "Open", "OPENED": "Y" }));
        let hook = app.hook(EMPLOYEE, SCOPES);
        let ask = |group: i64| hook.ok("sonet_group.user.request", json!({ "GROUP_ID": group, "MESSAGE": "Me too" }));
        assert_eq!(ask(open), true);
        assert_eq!(relations(app), "1A 2K");
        refused(&hook, "sonet_group.user.request", json!({ "GROUP_ID": open }), "Cannot request to join group");
        owner.ok("sonet_group.delete", json!({ "GROUP_ID": open }));

        let closed = create(&owner, json!({ "NAME": "By request" }));
        assert_eq!(ask(closed), true);
        assert_eq!(relations(app), "1A 2Z(U)");
        assert_eq!(app.count("select count(*) from outbox where kind = 'group_request' and payload like '%Me too%'"), 1);
        assert_eq!(hook.ok("sonet_group.user.groups", json!({})), json!([]));
        assert_eq!(owner.ok("sonet_group.user.get", json!({ "ID": closed })).as_array().unwrap().len(), 1);
        refused(&hook, "sonet_group.user.request", json!({ "GROUP_ID": closed }), "Cannot request to join group");
        assert_eq!(owner.ok("sonet_group.user.invite", to(closed, json!(EMPLOYEE))), json!(["2"]));
        assert_eq!(relations(app), "1A 2K");

        let archived = create(&owner, json!({ "NAME": "Old", "OPENED": "Y", "CLOSED": "Y" }));
        refused(&hook, "sonet_group.user.request", json!({ "GROUP_ID": archived }), "Cannot request to join group");
        refused(&hook, "sonet_group.user.request", json!({}), "Wrong group ID");
        refused(&hook, "sonet_group.user.request", json!({ "GROUP_ID": 999 }), "Socialnetwork group not found");
    }

    /// One's own groups with one's role and the group's picture; what only external groups have is left out.
    fn own_groups_are_listed(app) {
        let hook = app.hook(EMPLOYEE, SCOPES);
        let first = create(&hook, json!({ "NAME": "First" }));
        let second = create(&admin(app), json!({ "NAME": "Second", "IMAGE": png(10, 10) }));
        create(&admin(app), json!({ "NAME": "Third" }));
        admin(app).ok("sonet_group.user.add", to(second, json!(EMPLOYEE)));
        app.execute("update workgroups set external = 1 where name = 'Second'");
        let groups = hook.ok("sonet_group.user.groups", json!({}));
        assert_eq!(groups[0], json!({
            "GROUP_ID": first.to_string(), "GROUP_NAME": "First", "ROLE": "A", "GROUP_IMAGE_ID": null, "GROUP_IMAGE": "",
        }));
        let picture = groups[1]["GROUP_IMAGE"].as_str().unwrap();
        assert_eq!(app.get(&picture["http://muster.test".len()..]).status, 200);
        assert_eq!(groups[1], json!({
            "GROUP_ID": second.to_string(), "GROUP_NAME": "Second", "ROLE": "K", "GROUP_IMAGE_ID": second.to_string(),
            "GROUP_IMAGE": picture, "IS_EXTRANET": "Y",
        }));
        assert_eq!(groups.as_array().unwrap().len(), 2);
    }

    /// Whoever was dismissed is neither listed nor counted, and comes back with their role.
    fn dismissed_people_are_not_members(app) {
        let id = create(&admin(app), json!({ "NAME": "Cooks" }));
        admin(app).ok("sonet_group.user.add", to(id, json!(EMPLOYEE)));
        let count = || {
            let members = admin(app).ok("sonet_group.user.get", json!({ "ID": id })).as_array().unwrap().len();
            (members, admin(app).ok("sonet_group.get", json!({}))[0]["NUMBER_OF_MEMBERS"].clone())
        };
        assert_eq!(count(), (2, json!("2")));
        app.execute("update users set active = 0 where id = 2");
        assert_eq!(count(), (1, json!("1")));
        app.execute("update users set active = 1 where id = 2");
        assert_eq!(count(), (2, json!("2")));
    }

    /// What someone may do with a tool goes by their role; the archive can only be read.
    fn tools_are_open_by_role(app) {
        let owner = app.hook(EMPLOYEE, SCOPES);
        let id = create(&owner, json!({ "NAME": "Cooks" }));
        let (member, client) = colleague(app);
        let (_, outsider) = colleague(app);
        admin(app).ok("sonet_group.user.add", to(id, json!(member)));
        let may = |client: &Client<'_>, feature: &str, operation: &str| {
            let params = json!({ "GROUP_ID": id, "FEATURE": feature, "OPERATION": operation });
            client.ok("sonet_group.feature.access", params) == true
        };
        for (feature, operation, by_member) in [
            ("photo", "view", true), ("photo", "write", true), ("calendar", "view", true), ("calendar", "write", true),
            ("tasks", "view", true), ("tasks", "view_all", true), ("tasks", "sort", true), ("tasks", "create_tasks", true),
            ("tasks", "edit_tasks", false), ("tasks", "delete_tasks", false), ("files", "view", true),
            ("files", "write", true), ("blog", "view_post", true), ("blog", "premoderate_post", true),
            ("blog", "write_post", true), ("blog", "moderate_post", false), ("blog", "full_post", false),
            ("blog", "view_comment", true), ("blog", "premoderate_comment", true), ("blog", "write_comment", true),
            ("blog", "moderate_comment", false), ("blog", "full_comment", false),
        ] {
            assert_eq!(may(&client, feature, operation), by_member, "{feature} {operation}");
            assert!(may(&owner, feature, operation) && may(&admin(app), feature, operation));
            assert!(!may(&outsider, feature, operation), "{feature} {operation}");
        }
        owner.ok("sonet_group.update", json!({ "GROUP_ID": id, "CLOSED": "Y" }));
        assert!(may(&client, "blog", "view_post") && !may(&owner, "blog", "write_post"));
        let params = |feature: &str, operation: &str| json!({ "GROUP_ID": id, "FEATURE": feature, "OPERATION": operation });
        refused(&owner, "sonet_group.feature.access", params("cake", "view"), "Wrong feature");
        refused(&owner, "sonet_group.feature.access", params("tasks", "eat"), "Wrong operation");
        let params = json!({ "GROUP_ID": 999, "FEATURE": "tasks", "OPERATION": "view" });
        refused(&owner, "sonet_group.feature.access", params, "Wrong socialnetwork group ID");
    }

    /// A group becomes external with its first member from outside, and stays so.
    fn a_group_becomes_external_by_itself(app) {
        let id = create(&admin(app), json!({ "NAME": "Partners" }));
        let external = || admin(app).ok("sonet_group.get", json!({}))[0]["IS_EXTRANET"].clone();
        app.execute("update users set user_type = 'extranet' where id = 2");
        admin(app).ok("sonet_group.user.invite", to(id, json!(EMPLOYEE)));
        assert_eq!(external(), "N", "an invitation is no membership");
        app.hear();
        admin(app).ok("sonet_group.user.add", to(id, json!(EMPLOYEE)));
        assert_eq!(external(), "Y");
        assert_eq!(app.heard(), [format!("ONSONETGROUPUPDATE {{\"FIELDS\":{{\"ID\":\"{id}\"}}}}")]);
        admin(app).ok("sonet_group.user.delete", to(id, json!(EMPLOYEE)));
        assert_eq!(external(), "Y");
    }

    /// Someone from outside sees only their own groups, and what they create or change is hidden and closed.
    fn people_from_outside_keep_to_their_groups(app) {
        let everyone = create(&admin(app), json!({ "NAME": "Everyone" }));
        app.execute("update users set user_type = 'extranet' where id = 2");
        let hook = app.hook(EMPLOYEE, SCOPES);
        assert_eq!(hook.ids("sonet_group.get", json!({})), Vec::<i64>::new());
        refused(&hook, "sonet_group.user.get", json!({ "ID": everyone }), "Socialnetwork group not found");
        refused(&hook, "sonet_group.user.request", json!({ "GROUP_ID": everyone }), "Socialnetwork group not found");
        let id = create(&hook, json!({ "NAME": "Outside", "VISIBLE": "Y", "OPENED": "Y" }));
        let shown = |id: i64| hook.ok("sonet_group.get", json!({ "GROUP_ID": id }))[0].clone();
        let flags = |it: Json| (it["VISIBLE"].clone(), it["OPENED"].clone(), it["IS_EXTRANET"].clone());
        assert_eq!(flags(shown(id)), (json!("N"), json!("N"), json!("Y")));
        assert_eq!(app.count("select count(*) from workgroups where initiate_perms = 'E'"), 1);
        admin(app).ok("sonet_group.update", json!({ "GROUP_ID": id, "VISIBLE": "Y", "OPENED": "Y" }));
        hook.ok("sonet_group.update", json!({ "GROUP_ID": id, "NAME": "Beyond", "INITIATE_PERMS": "K" }));
        assert_eq!(flags(shown(id)), (json!("N"), json!("N"), json!("Y")));
    }
}
