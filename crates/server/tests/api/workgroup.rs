//! `socialnetwork.api.workgroup.*`: groups as newer clients know them.

use crate::{
    app::{ADMIN, Client, EMPLOYEE},
    both::both,
    group::{SCOPES, admin, colleague, create},
    pictures::png,
};
use muster_core::{Json, json};

fn get(client: &Client<'_>, id: i64, select: Json) -> Json {
    client.ok("socialnetwork.api.workgroup.get", json!({ "params": { "groupId": id, "select": select } }))
}

fn list(client: &Client<'_>, params: Json) -> Json {
    client.ok("socialnetwork.api.workgroup.list", params)["workgroups"].clone()
}

both! {
    /// The basics of a group: numbers are numbers, and what does not exist yet is empty.
    fn a_group_is_answered_whole(app) {
        let hook = admin(app);
        let (third, guest) = colleague(app);
        let id = create(&hook, json!({ "NAME": "Cooks", "DESCRIPTION": "We cook", "KEYWORDS": "soup, bread", "PROJECT_DATE_START": "2026-03-01T10:00:00Z" }));
        hook.ok("sonet_group.user.add", json!({ "GROUP_ID": id, "USER_ID": EMPLOYEE }));
        hook.ok("sonet_group.user.invite", json!({ "GROUP_ID": id, "USER_ID": third }));
        let mut shown = get(&hook, id, json!([]));
        for date in ["DATE_CREATE", "DATE_UPDATE", "DATE_ACTIVITY"] {
            let text = shown.as_object_mut().unwrap().shift_remove(date).unwrap();
            assert!(text.as_str().unwrap().len() == 19 && &text.as_str().unwrap()[2..3] == ".", "{text}");
        }
        assert_eq!(shown, json!({
            "ID": id, "ACTIVE": "Y", "SITE_ID": "s1", "SUBJECT_ID": 1, "NAME": "Cooks", "DESCRIPTION": "We cook",
            "KEYWORDS": "soup, bread", "CLOSED": "N", "VISIBLE": "Y", "OPENED": "N", "IMAGE_ID": 0, "AVATAR_TYPE": "",
            "OWNER_ID": 1, "INITIATE_PERMS": "K", "NUMBER_OF_MEMBERS": 2, "NUMBER_OF_MODERATORS": 1, "PROJECT": "N",
            "PROJECT_DATE_START": "01.03.2026 10:00:00", "PROJECT_DATE_FINISH": null, "LANDING": "N",
            "SCRUM_OWNER_ID": 0, "SCRUM_MASTER_ID": 0, "SCRUM_SPRINT_DURATION": 0, "SCRUM_TASK_RESPONSIBLE": "",
            "TYPE": "group", "SEARCH_INDEX": "Cooks We cook bread #bread soup #soup", "MEMBERS": [1, 2], "CHAT_ID": 0,
            "DIALOG_ID": "", "ORDINARY_MEMBERS": [2], "INVITED_MEMBERS": [third], "MODERATOR_MEMBERS": [],
            "SITE_IDS": ["s1"], "NUMBER_OF_MEMBERS_PLURAL": 1,
        }));
        let scrum = create(&hook, json!({ "NAME": "Sprint", "SCRUM_MASTER_ID": EMPLOYEE }));
        let shown = get(&guest, scrum, json!([]));
        for (name, value) in [("TYPE", json!("scrum")), ("SCRUM_OWNER_ID", json!(1)), ("SCRUM_MASTER_ID", json!(2)), ("SCRUM_TASK_RESPONSIBLE", json!("A"))] {
            assert_eq!(shown[name], value, "{name}");
        }
    }

    /// Each name in `select` adds its part of the answer.
    fn parts_are_added_by_select(app) {
        let hook = admin(app);
        let (third, guest) = colleague(app);
        let id = create(&hook, json!({ "NAME": "Cooks", "KEYWORDS": "soup,  bread,soup", "IMAGE": png(10, 10) }));
        hook.ok("sonet_group.user.add", json!({ "GROUP_ID": id, "USER_ID": EMPLOYEE }));
        guest.ok("sonet_group.user.request", json!({ "GROUP_ID": id }));
        let part = |name: &str, key: &str| get(&hook, id, json!([name]))[key].clone();
        let avatar = part("AVATAR", "AVATAR");
        assert!(avatar.as_str().unwrap().contains("/small/"), "{avatar}");
        for (name, key, value) in [
            ("ACTIONS", "ACTIONS", json!({ "EDIT": true, "DELETE": true, "INVITE": true, "JOIN": false, "LEAVE": false, "FOLLOW": false, "PIN": false, "EDIT_FEATURES": false })),
            ("AVATAR_DATA", "AVATAR_DATA", json!({ "type": "image", "id": avatar })),
            ("AVATAR_TYPES", "AVATAR_TYPES", json!({})),
            ("COUNTERS", "COUNTERS", json!({ "workgroup_requests_out": 0, "workgroup_requests_in": 1 })),
            ("DEPARTMENTS", "DEPARTMENTS", json!([])),
            ("EFFICIENCY", "EFFICIENCY", json!(0)),
            ("GROUP_MEMBERS_LIST", "GROUP_MEMBERS_LIST", json!([
                { "id": 1, "invited": false, "isAwaiting": false, "isMember": true },
                { "id": 2, "invited": false, "isAwaiting": false, "isMember": true },
                { "id": third, "invited": false, "isAwaiting": true, "isMember": false },
            ])),
            ("LIST_OF_MEMBERS_AWAITING_INVITE", "LIST_OF_MEMBERS_AWAITING_INVITE", json!([{ "id": third, "name": "Cora", "photo": "" }])),
            ("OWNER_DATA", "OWNER_DATA", json!({ "ID": 1, "PHOTO": "", "FORMATTED_NAME": "Ada Admin" })),
            ("PIN", "IS_PIN", json!(false)),
            ("PRIVACY_TYPE", "PRIVACY_CODE", json!("closed")),
            ("SUBJECT_DATA", "SUBJECT_DATA", json!({ "ID": 1, "NAME": "Workgroups" })),
            ("TAGS", "TAGS", json!(["bread", "soup"])),
            ("USER_DATA", "USER_DATA", json!({ "ROLE": "A", "INITIATED_BY_TYPE": "U", "IS_SUBSCRIBED": false })),
        ] {
            assert_eq!(part(name, key), value, "{name}");
        }
        assert!(part("DATE_CREATE", "DATE_CREATE").as_str().unwrap().starts_with("today, "));
        assert_eq!(part("LIST_OF_MEMBERS", "LIST_OF_MEMBERS")[1], json!({
            "id": 2, "isOwner": false, "isModerator": false, "isScrumMaster": false, "isAutoMember": false,
            "name": "Emil", "lastName": "Employee", "position": "", "photo": "",
        }));
        let feature = json!({ "featureName": "photo", "name": "Photo gallery", "customName": "", "id": "1", "active": true });
        assert_eq!(part("FEATURES", "FEATURES")[0], feature);
        assert_eq!(get(&hook, id, json!([]))["IMAGE_ID"], id);
        assert_eq!(get(&hook, id, json!(["NONSENSE"])).get("TAGS"), None);
    }

    /// What the caller is to the group, also for someone who is nothing to it.
    fn the_callers_relation_is_told(app) {
        let hook = admin(app);
        let id = create(&hook, json!({ "NAME": "Cooks", "OPENED": "Y" }));
        let (_, guest) = colleague(app);
        let told = |client: &Client<'_>| {
            let params = json!({ "params": { "groupId": id.to_string(), "select": ["USER_DATA", "ACTIONS", "PRIVACY_TYPE"], "mode": "mobile" } });
            let shown = client.ok("socialnetwork.api.workgroup.get", params);
            assert_eq!(shown["PRIVACY_CODE"], "open");
            (shown["USER_DATA"]["ROLE"].clone(), shown["ADDITIONAL_DATA"].clone(), shown["ACTIONS"]["JOIN"].clone(), shown["ACTIONS"]["LEAVE"].clone())
        };
        assert_eq!(told(&guest), (json!(false), json!({ "ROLE": "", "INITIATED_BY_TYPE": "" }), json!(true), json!(false)));
        guest.ok("sonet_group.user.request", json!({ "GROUP_ID": id }));
        assert_eq!(told(&guest), (json!("K"), json!({ "ROLE": "K", "INITIATED_BY_TYPE": "U" }), json!(false), json!(true)));
    }

    /// No ID and an unknown or hidden group are two errors; an administrator sees hidden groups.
    fn a_group_that_cannot_be_shown_is_an_error(app) {
        let owner = app.hook(EMPLOYEE, SCOPES);
        let id = create(&owner, json!({ "NAME": "Secret", "VISIBLE": "N" }));
        let (_, outsider) = colleague(app);
        let method = "socialnetwork.api.workgroup.get";
        for params in [json!({}), json!({ "params": "x" }), json!({ "params": {} }), json!({ "params": { "groupId": "" } })] {
            let said = owner.call(method, params).fails(400, "SONET_CONTROLLER_WORKGROUP_EMPTY");
            assert_eq!(said, "No value for the workgroup ID was provided.");
        }
        for (client, group) in [(&outsider, id), (&owner, 999)] {
            let said = client.call(method, json!({ "params": { "groupId": group } })).fails(400, "SONET_CONTROLLER_WORKGROUP_NOT_FOUND");
            assert_eq!(said, "Workgroup not found.");
        }
        assert_eq!(get(&admin(app), id, json!(["PRIVACY_TYPE"]))["PRIVACY_CODE"], "secret");
    }

    /// The list answers what is selected, in names of the newer kind; the ID alone if nothing is.
    fn groups_are_listed_as_selected(app) {
        let hook = admin(app);
        let plain = create(&hook, json!({ "NAME": "Plain group" }));
        let scrum = create(&hook, json!({ "NAME": "Scrum group", "SCRUM_MASTER_ID": ADMIN, "IMAGE": png(10, 10) }));
        assert_eq!(list(&hook, json!({})), json!([{ "id": plain.to_string() }, { "id": scrum.to_string() }]));
        let params = json!({
            "filter": { "ACTIVE": "Y", "CLOSED": "N", "%NAME": "group" }, "select": ["ID", "NAME", "TYPE", "AVATAR"],
            "order": { "ID": "DESC" }, "params": { "mode": "mobile", "shouldSelectDialogId": "Y" },
        });
        let groups = list(&hook, params);
        let avatar = groups[0]["avatar"].as_str().unwrap();
        assert!(avatar.contains("/small/"));
        assert_eq!(groups, json!([
            { "id": scrum.to_string(), "name": "Scrum group", "type": "scrum", "avatar": avatar, "imageId": scrum.to_string(),
              "avatarType": null, "additionalData": { "role": "A", "initiatedByType": "U" }, "dialogId": "" },
            { "id": plain.to_string(), "name": "Plain group", "type": "group", "avatar": "", "imageId": "0",
              "avatarType": null, "additionalData": { "role": "A", "initiatedByType": "U" }, "dialogId": "" },
        ]));
        let params = json!({ "select": ["numberOfMembers", "NUMBER_OF_MEMBERS", "NAME"], "filter": { "PROJECT": "Y" } });
        assert_eq!(list(&hook, params), json!([{ "name": "Scrum group", "numberOfMembers": "1" }]));
        let params = json!({ "params": { "mode": "mobile", "features": ["tasks"], "mandatoryFeatures": ["blog", "cake"] }, "filter": { "ID": plain } });
        assert_eq!(list(&hook, params)[0]["additionalData"]["features"], json!(["tasks", "blog"]));
        assert_eq!(list(&hook, json!({ "params": { "siteId": "s2" } })), json!([]));
        let body = hook.call("socialnetwork.api.workgroup.list", json!({ "start": -1 })).body();
        assert_eq!((body.get("total"), body["result"]["workgroups"].as_array().unwrap().len()), (None, 2));
    }

    /// Hidden groups are listed for administrators who ask for them, and for no one else.
    fn hidden_groups_are_listed_on_request(app) {
        let owner = app.hook(EMPLOYEE, SCOPES);
        let id = create(&owner, json!({ "NAME": "Secret", "VISIBLE": "N" }));
        let (_, outsider) = colleague(app);
        let all = json!({ "params": { "IS_ADMIN": "Y" } });
        let one = json!([{ "id": id.to_string() }]);
        assert_eq!((list(&owner, json!({})), list(&outsider, all.clone())), (one.clone(), json!([])));
        assert_eq!((list(&admin(app), json!({})), list(&admin(app), all)), (json!([]), one));
    }
}
