//! Who sees a task, and who may do what with it.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, ROOT},
    both::both,
    group::create,
    task::{add_task, filtered, listed, task, told},
};
use muster_core::{Json, json};

/// Calls a method on a task.
fn does(client: &Client<'_>, method: &str, id: i64) -> Json {
    client.ok(method, json!({ "taskId": id }))["task"].clone()
}

/// Whether a client sees a task: by its ID and in lists.
fn sees(client: &Client<'_>, id: i64) -> bool {
    let one = client.ok("tasks.task.get", json!({ "taskId": id })) != json!([]);
    let in_list = filtered(client, json!({ "ID": id })) == [id];
    let counted =
        client.call("tasks.task.list", json!({ "filter": { "ID": id }, "select": ["ID"] })).body()["total"] == 1;
    let told = client.call("tasks.task.history.list", json!({ "taskId": id })).status == 200;
    assert_eq!([one, in_list, counted], [told; 3], "{id}");
    one
}

fn everyone<'a>(app: &'a crate::app::TestApp, ids: &[i64]) -> Vec<Client<'a>> {
    ids.iter().map(|id| app.hook(*id, "task,sonet_group,user")).collect()
}

both! {
    /// Creator, assignee, participants and observers see a task; others do not, and are told nothing of it.
    fn those_who_have_to_do_with_a_task_see_it(app) {
        let admin = app.admin();
        let ids: Vec<i64> = (0..5).map(|_| admin.add_user(json!({}))).collect();
        let people = everyone(app, &ids);
        let [creator, responsible, accomplice, auditor, stranger] = &people[..] else { panic!() };
        let id = add_task(creator, json!({ "RESPONSIBLE_ID": ids[1], "ACCOMPLICES": [ids[2]], "AUDITORS": [ids[3]] }));
        for client in [creator, responsible, accomplice, auditor, &admin] {
            assert!(sees(client, id));
        }
        assert!(!sees(stranger, id));
        for (method, code) in [("start", "0"), ("complete", "0"), ("pause", "1048582"), ("defer", "1048582"), ("renew", "1048582"),
            ("approve", "1048582"), ("disapprove", "1048582"), ("startwatch", "1048584"), ("stopwatch", "1048584"), ("favorite.add", "1"), ("favorite.remove", "1"), ("delete", "1048582")] {
            let method = format!("tasks.task.{method}");
            for wrong in [id, 999] {
                stranger.call(&method, json!({ "taskId": wrong })).fails(400, code);
            }
            stranger.call(&method, json!({})).fails(400, "100");
            stranger.call(&method, json!({ "taskId": "x" })).fails(400, "0");
        }
        for method in ["mute", "pin"] {
            assert_eq!(stranger.ok(&format!("tasks.task.{method}"), json!({ "id": id })), json!([]));
        }
        assert_eq!(filtered(stranger, json!({ "LOGIC": "OR", "RESPONSIBLE_ID": ids[1], "!ID": 0 })), Vec::<i64>::new());
        assert_eq!(stranger.ok("tasks.task.getaccess", json!({ "taskId": id }))["allowedActions"], json!([]));
        // Only those who change it change it.
        let rename = |client: &Client<'_>| client.call("tasks.task.update", json!({ "taskId": id, "fields": { "TITLE": "New" } })).status.as_u16();
        let outcomes: Vec<_> = people.iter().map(rename).collect();
        assert_eq!(outcomes, [200, 400, 400, 400, 400]);
        let start = |client: &Client<'_>| {
            let status = client.call("tasks.task.start", json!({ "taskId": id })).status.as_u16();
            admin.ok("tasks.task.update", json!({ "taskId": id, "fields": { "STATUS": 2 } }));
            status
        };
        assert_eq!(people.iter().map(start).collect::<Vec<_>>(), [200, 200, 200, 400, 400]);
        responsible.call("tasks.task.delete", json!({ "taskId": id })).fails(400, "1048582");
        let allowed = creator.ok("tasks.task.getaccess", json!({ "taskId": id, "users": [ids[0], ids[1], ids[3], 999] }))["allowedActions"].clone();
        for (user, deed, may) in [(ids[0], "EDIT", true), (ids[1], "EDIT", false), (ids[1], "START", true), (ids[3], "START", false), (ids[3], "CREATE", true), (999, "CREATE", false), (ids[0], "REMOVE", true), (ids[1], "DELEGATE", true), (ids[3], "FAVORITE.ADD", true)] {
            assert_eq!(allowed[user.to_string()][deed], may, "{user} {deed}: {allowed}");
        }
        creator.call("tasks.task.getaccess", json!({ "taskId": id, "users": "x" })).fails(400, "100");
        assert_eq!(creator.ok("tasks.task.delete", json!({ "taskId": id })), json!({ "task": true }));
    }

    /// The head of a department, or of one above it, sees the tasks of its people, and changes none of them.
    fn heads_see_the_tasks_of_their_people(app) {
        let admin = app.admin();
        let sales = admin.ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT })).as_i64().unwrap();
        let south = admin.ok("department.add", json!({ "NAME": "South", "PARENT": sales })).as_i64().unwrap();
        let head = admin.add_user(json!({}));
        let worker = admin.add_user(json!({ "UF_DEPARTMENT": [south] }));
        let id = add_task(&admin, json!({ "RESPONSIBLE_ID": worker }));
        let other = add_task(&admin, json!({}));
        let boss = app.hook(head, "task");
        assert!(!sees(&boss, id));
        admin.ok("department.update", json!({ "ID": sales, "UF_HEAD": head }));
        assert!(sees(&boss, id) && !sees(&boss, other));
        assert_eq!(listed(&boss, json!({})), [id]);
        boss.call("tasks.task.update", json!({ "taskId": id, "fields": { "TITLE": "New" } })).fails(400, "0");
    }

    /// Members of a workgroup see its tasks, its moderators change them, and nobody changes those of an archived one.
    fn workgroups_open_their_tasks(app) {
        let admin = app.admin();
        let ids: Vec<i64> = (0..4).map(|_| admin.add_user(json!({}))).collect();
        let people = everyone(app, &ids);
        let [owner, moderator, member, stranger] = &people[..] else { panic!() };
        let group = create(&admin, json!({ "NAME": "Garden", "VISIBLE": "N", "OWNER_ID": ids[0] }));
        admin.ok("sonet_group.user.add", json!({ "GROUP_ID": group, "USER_ID": [ids[1], ids[2]] }));
        admin.ok("sonet_group.user.update", json!({ "GROUP_ID": group, "USER_ID": ids[1], "ROLE": "E" }));
        let id = add_task(owner, json!({ "GROUP_ID": group, "RESPONSIBLE_ID": ids[0] }));
        assert_eq!(task(owner, id)["group"]["name"], "Garden");
        assert_eq!([owner, moderator, member, stranger].map(|it| sees(it, id)), [true, true, true, false]);
        let rename = |client: &Client<'_>| client.call("tasks.task.update", json!({ "taskId": id, "fields": { "TITLE": "New" } })).status.as_u16();
        assert_eq!([owner, moderator, member, stranger].map(rename), [200, 200, 400, 400]);
        assert_eq!(filtered(member, json!({ "GROUP_ID": group })), [id]);
        // Only members put tasks into it.
        let put = |client: &Client<'_>| client.call("tasks.task.add", json!({ "fields": { "TITLE": "A", "RESPONSIBLE_ID": EMPLOYEE, "GROUP_ID": group } }));
        assert!(put(stranger).fails(400, "ERROR_CORE").contains("workgroup"));
        put(member).ok();
        // Whoever has to do with a task of a hidden group sees the task, and not the group.
        let watched = add_task(member, json!({ "GROUP_ID": group, "AUDITORS": [ids[3]] }));
        assert_eq!((&task(stranger, watched)["group"], &task(stranger, watched)["groupId"]), (&json!([]), &json!(group.to_string())));
        admin.ok("sonet_group.update", json!({ "GROUP_ID": group, "CLOSED": "Y" }));
        assert_eq!([owner, moderator, member, stranger, &admin].map(rename), [400, 400, 400, 400, 200]);
        put(owner).fails(400, "ERROR_CORE");
        let comment = |client: &Client<'_>| client.call("task.commentitem.add", json!([id, { "POST_MESSAGE": "Late" }])).status.as_u16();
        assert_eq!([owner, member, &admin].map(comment), [400, 400, 200]);
        member.call("tasks.task.startwatch", json!({ "taskId": id })).fails(400, "0");
        assert!(sees(member, id));
        admin.ok("sonet_group.delete", json!({ "GROUP_ID": group }));
        assert_eq!([owner, member].map(|it| sees(it, id)), [true, false]);
        assert_eq!(task(owner, id)["groupId"], "0");
    }

    /// Whoever may edit a task, and neither gave it nor manages all of them, cannot accept the result in the creator's place.
    fn the_creator_accepts_the_result(app) {
        let admin = app.admin();
        let ids: Vec<i64> = (0..3).map(|_| admin.add_user(json!({}))).collect();
        let people = everyone(app, &ids);
        let [owner, moderator, worker] = &people[..] else { panic!() };
        let group = create(&admin, json!({ "NAME": "Garden", "OWNER_ID": ids[0] }));
        admin.ok("sonet_group.user.add", json!({ "GROUP_ID": group, "USER_ID": [ids[1], ids[2]] }));
        admin.ok("sonet_group.user.update", json!({ "GROUP_ID": group, "USER_ID": ids[1], "ROLE": "E" }));
        let id = add_task(owner, json!({ "GROUP_ID": group, "RESPONSIBLE_ID": ids[2], "TASK_CONTROL": "Y" }));
        does(worker, "tasks.task.complete", id);
        let complete = |client: &Client<'_>| {
            client.call("tasks.task.update", json!({ "taskId": id, "fields": { "STATUS": 5 } }));
            task(&admin, id)["status"].as_str().unwrap().to_owned()
        };
        assert_eq!([worker, moderator, owner].map(complete), ["4", "4", "5"]);
    }

    /// Someone from outside sees their own tasks and those of their groups, and no names of people whom they do not see.
    fn people_from_outside_see_what_they_share(app) {
        let admin = app.admin();
        let group = create(&app.hook(EMPLOYEE, "sonet_group"), json!({ "NAME": "Partners" }));
        let params = json!({ "EMAIL": "gus@partner.example.com", "NAME": "Gus", "EXTRANET": "Y", "SONET_GROUP_ID": [group] });
        let guest_id = admin.ok("user.add", params).as_i64().unwrap();
        let guest = app.hook(guest_id, "task,user");
        let hidden = admin.add_user(json!({ "NAME": "Hidden", "LAST_NAME": "Hiddenson" }));
        let apart = add_task(&admin, json!({ "RESPONSIBLE_ID": hidden }));
        let shared = add_task(&app.employee(), json!({ "GROUP_ID": group, "RESPONSIBLE_ID": EMPLOYEE, "AUDITORS": [hidden] }));
        let own = add_task(&admin, json!({ "RESPONSIBLE_ID": guest_id, "ACCOMPLICES": [hidden] }));
        admin.ok("task.commentitem.add", json!({ "TASKID": own, "FIELDS": { "POST_MESSAGE": "Hi", "AUTHOR_ID": hidden } }));
        admin.ok("task.checklistitem.add", json!({ "TASKID": own, "FIELDS": { "TITLE": "Item", "MEMBERS": { hidden.to_string(): { "TYPE": "A" } } } }));
        assert_eq!([apart, shared, own].map(|id| sees(&guest, id)), [false, true, true]);
        assert_eq!(filtered(&guest, json!({})), [shared, own]);
        for (method, params) in [
            ("tasks.task.get", json!({ "taskId": own })), ("tasks.task.get", json!({ "taskId": shared })), ("tasks.task.list", json!({})),
            ("tasks.task.history.list", json!({ "taskId": own })), ("task.commentitem.getlist", json!({ "TASKID": own })),
            ("task.checklistitem.getlist", json!({ "TASKID": own })),
        ] {
            let text = guest.call(method, params).text().to_owned();
            assert!(!text.contains("Hidden") && !text.contains("Ada"), "{method}: {text}");
        }
        assert_eq!(task(&guest, own)["accomplicesData"][hidden.to_string()]["name"], format!("User {hidden}"));
        for params in [json!({ "order": { "RESPONSIBLE_LAST_NAME": "asc" } }), json!({ "filter": { "%CREATED_BY_LAST_NAME": "a" } })] {
            assert_eq!(guest.call("tasks.task.list", params).status, 400);
        }
        // Nobody whom they do not see is given something to do.
        assert!(guest.call("tasks.task.add", json!({ "fields": { "TITLE": "A", "RESPONSIBLE_ID": hidden } })).fails(400, "ERROR_CORE").contains("Responsible"));
        guest.call("tasks.task.delegate", json!({ "taskId": own, "userId": hidden })).fails(400, "ERROR_CORE");
        guest.ok("tasks.task.add", json!({ "fields": { "TITLE": "A", "RESPONSIBLE_ID": EMPLOYEE } }));
    }

    /// A task moves from status to status as it may, and tells who moved it and when.
    fn a_task_goes_through_its_statuses(app) {
        app.hear();
        let (admin, employee) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({ "TASK_CONTROL": "Y" }));
        let fails = |client: &Client<'_>, verbs: &[&str]| for verb in verbs {
            assert_eq!(client.call(&format!("tasks.task.{verb}"), json!({ "taskId": id })).status, 400, "{verb}");
        };
        fails(&employee, &["pause", "approve", "disapprove", "renew"]);
        let started = does(&employee, "tasks.task.start", id);
        assert_eq!((&started["status"], &started["statusChangedBy"], &started["dateStart"]), (&json!("3"), &json!("2"), &started["changedDate"]));
        assert_eq!((&started["action"]["pause"], &started["action"]["start"], &started["action"]["edit"]), (&json!(true), &json!(false), &json!(false)));
        fails(&employee, &["start", "defer", "approve", "renew"]);
        let first_start = started["dateStart"].clone();
        app.app.clock.advance(60);
        assert_eq!(does(&employee, "tasks.task.pause", id)["status"], "2");
        assert_eq!(does(&employee, "tasks.task.start", id)["dateStart"], first_start, "it began once");
        does(&employee, "tasks.task.pause", id);
        assert_eq!(does(&employee, "tasks.task.defer", id)["status"], "6");
        fails(&employee, &["start", "pause", "defer"]);
        assert_eq!(does(&employee, "tasks.task.renew", id)["status"], "2");
        let done = does(&employee, "tasks.task.complete", id);
        assert_eq!((&done["status"], &done["closedBy"]), (&json!("4"), &json!("0")), "the creator has to accept it");
        fails(&employee, &["approve", "disapprove", "complete", "start"]);
        assert_eq!(does(&admin, "tasks.task.disapprove", id)["status"], "2");
        does(&employee, "tasks.task.complete", id);
        let closed = does(&admin, "tasks.task.approve", id);
        assert_eq!((&closed["status"], &closed["closedBy"], &closed["closedDate"]), (&json!("5"), &json!("1"), &closed["changedDate"]));
        fails(&admin, &["approve", "complete", "start", "pause", "defer", "disapprove"]);
        admin.call("tasks.task.delegate", json!({ "taskId": id, "userId": ADMIN })).fails(400, "0");
        let renewed = does(&admin, "tasks.task.renew", id);
        assert_eq!((&renewed["status"], &renewed["closedBy"], &renewed["closedDate"]), (&json!("2"), &json!("0"), &json!(null)));
        assert_eq!(does(&admin, "tasks.task.complete", id)["status"], "5", "the creator accepts their own word");
        let moves = admin.ok("tasks.task.history.list", json!({ "taskId": id, "filter": { "FIELD": "STATUS" } }))["list"].as_array().unwrap().len();
        assert_eq!((moves, told(app, "ONTASKUPDATE")), (12, 12));
    }

    /// Whoever gives a task away watches it, and it waits to be started anew.
    fn a_task_is_delegated(app) {
        let admin = app.admin();
        let third = admin.add_user(json!({}));
        let id = add_task(&admin, json!({ "STATUS": 3 }));
        let given = app.employee().ok("tasks.task.delegate", json!({ "taskId": id, "userId": third }))["task"].clone();
        assert_eq!((&given["responsibleId"], &given["status"], &given["auditors"]), (&json!(third.to_string()), &json!("2"), &json!(["2"])));
        app.employee().call("tasks.task.delegate", json!({ "taskId": id, "userId": third })).fails(400, "0");
        for wrong in [json!({ "taskId": id }), json!({ "userId": third })] {
            admin.call("tasks.task.delegate", wrong).fails(400, "100");
        }
        admin.call("tasks.task.delegate", json!({ "taskId": id, "userId": 99 })).fails(400, "ERROR_CORE");
    }

    /// An assignee moves the deadline where they may, and sets the statuses that they could set by the verbs.
    fn assignees_change_a_little(app) {
        let (admin, employee) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({}));
        let set = |fields: Json| employee.call("tasks.task.update", json!({ "taskId": id, "fields": fields })).status.as_u16();
        assert_eq!([set(json!({ "DEADLINE": "2030-01-01" })), set(json!({ "STATUS": 3 })), set(json!({ "STATUS": 6 })), set(json!({ "STATUS": 3, "TITLE": "x" }))], [400, 200, 400, 400]);
        admin.ok("tasks.task.update", json!({ "taskId": id, "fields": { "ALLOW_CHANGE_DEADLINE": "Y" } }));
        assert_eq!([set(json!({ "DEADLINE": "2030-01-01" })), set(json!({ "DEADLINE": "2030-01-01", "PRIORITY": 2 }))], [200, 400]);
        // Nobody adds a task in another's name, save for themselves.
        let add = |fields: Json| employee.call("tasks.task.add", json!({ "fields": fields })).status.as_u16();
        assert_eq!(add(json!({ "TITLE": "A", "CREATED_BY": ADMIN, "RESPONSIBLE_ID": ADMIN })), 400);
        assert_eq!(add(json!({ "TITLE": "A", "CREATED_BY": ADMIN, "RESPONSIBLE_ID": EMPLOYEE })), 200);
        employee.ok("tasks.task.add", json!({ "fields": { "TITLE": "A", "RESPONSIBLE_ID": ADMIN } }));
    }

    /// Watching makes and unmakes an observer; favorites, pins and silence are everyone's own.
    fn people_mark_tasks_for_themselves(app) {
        app.hear();
        let (admin, employee) = (app.admin(), app.employee());
        let id = add_task(&employee, json!({}));
        assert_eq!(does(&admin, "tasks.task.startwatch", id)["auditors"], json!(["1"]));
        assert_eq!(does(&admin, "tasks.task.startwatch", id)["auditors"], json!(["1"]));
        assert_eq!(does(&admin, "tasks.task.stopwatch", id)["auditors"], json!([]));
        assert_eq!(told(app, "ONTASKUPDATE"), 2);
        for (on, off, field) in [("tasks.task.mute", "tasks.task.unmute", "isMuted"), ("tasks.task.pin", "tasks.task.unpin", "isPinned")] {
            assert_eq!(employee.ok(on, json!({ "id": id }))["task"][field], "Y");
            assert_eq!(task(&admin, id)[field], "N", "nobody else's");
            assert_eq!(employee.ok(off, json!({ "id": id }))["task"][field], "N");
            employee.call(on, json!({ "id": "x" })).fails(400, "0");
        }
        assert_eq!(employee.ok("tasks.task.favorite.add", json!({ "taskId": id })), true);
        assert_eq!((&task(&employee, id)["favorite"], &task(&admin, id)["favorite"]), (&json!("Y"), &json!("N")));
        assert_eq!(task(&employee, id)["action"]["favorite.delete"], true);
        employee.ok("tasks.task.favorite.remove", json!({ "taskId": id }));
        assert_eq!(task(&employee, id)["favorite"], "N");
    }

    /// Overdue tasks and new comments are counted by role.
    fn counters_count_what_is_late_and_new(app) {
        let (admin, employee) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({ "DEADLINE": "2001-01-01" }));
        add_task(&admin, json!({ "DEADLINE": "2999-01-01" }));
        add_task(&admin, json!({ "DEADLINE": "2001-01-01", "STATUS": 5 }));
        admin.ok("task.commentitem.add", json!({ "TASKID": id, "FIELDS": { "POST_MESSAGE": "Hurry" } }));
        let count = |client: &Client<'_>, params: Json| {
            let result = client.ok("tasks.task.counters.get", params);
            (result["expired"]["counter"].as_i64().unwrap(), result["new_comments"]["counter"].as_i64().unwrap())
        };
        assert_eq!(count(&employee, json!({})), (1, 1));
        assert_eq!(count(&employee, json!({ "type": "view_role_responsible" })), (1, 1));
        assert_eq!(count(&employee, json!({ "type": "view_role_auditor" })), (0, 0));
        assert_eq!(count(&admin, json!({ "userId": EMPLOYEE })), (1, 1));
        assert_eq!(count(&admin, json!({})), (1, 0), "one's own comments are not new");
        assert_eq!(task(&employee, id)["newCommentsCount"], 1);
        employee.ok("tasks.task.mute", json!({ "id": id }));
        assert_eq!(count(&employee, json!({})), (1, 0));
        assert_eq!(employee.ok("tasks.task.counters.get", json!({ "userId": ADMIN })), json!([]));
        for wrong in [json!({ "userId": "x" }), json!({ "groupId": 99 }), json!({ "type": "x" })] {
            employee.call("tasks.task.counters.get", wrong).fails(400, "0");
        }
        let group = create(&admin, json!({ "NAME": "Garden" }));
        assert_eq!(count(&admin, json!({ "groupId": group })), (0, 0));
    }

    /// There is no Drive, so no file of it can be attached.
    fn files_of_the_drive_do_not_exist_yet(app) {
        let (admin, employee) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({}));
        let attach = |client: &Client<'_>, params: Json| client.call("tasks.task.files.attach", params);
        attach(&admin, json!({ "taskId": id, "fileId": 5 })).fails(400, "ERROR_CORE");
        attach(&admin, json!({ "taskId": id })).fails(400, "100");
        attach(&admin, json!({ "taskId": id, "fileId": "x" })).fails(400, "100");
        attach(&employee, json!({ "taskId": id, "fileId": 5 })).fails(400, "0");
    }
}
