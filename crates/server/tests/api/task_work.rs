//! What belongs to a task: time, checklists, comments, dependences, stages, the plan for the day.

use crate::{
    app::{ADMIN, Client, EMPLOYEE},
    both::both,
    group::create,
    task::{add_task, filtered, listed, task, told},
};
use muster_core::{Json, json};

fn texts(list: &Json, name: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|it| it[name].as_str().unwrap().to_owned()).collect()
}

both! {
    /// Time is written down by names, by position as a list or a form, and by whatever names a client has.
    fn time_is_written_down(app) {
        let (admin, employee) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({}));
        let one = employee.ok("task.elapseditem.add", json!({ "TASKID": id, "ARFIELDS": { "SECONDS": 113, "COMMENT_TEXT": "Thinking" } })).as_i64().unwrap();
        let two = employee.ok("task.elapseditem.add", json!([id, { "SECONDS": 60 }])).as_i64().unwrap();
        let address = format!("/rest/{}/task.elapseditem.add", admin.path);
        let three = admin.post(&address, "application/x-www-form-urlencoded", format!("0={id}&1[SECONDS]=7&1[USER_ID]=2")).ok().as_i64().unwrap();
        let four = admin.ok("task.elapseditem.add", json!({ "task": id, "what": { "SECONDS": "3600", "CREATED_DATE": "2024-02-16T10:00:00+00:00" } })).as_i64().unwrap();
        let get = admin.ok("task.elapseditem.get", json!([id, one]));
        assert_eq!((&get[0]["SECONDS"], &get[0]["MINUTES"], &get[0]["COMMENT_TEXT"], &get[0]["USER_ID"], &get[0]["SOURCE"]), (&json!("113"), &json!("1"), &json!("Thinking"), &json!("2"), &json!("2")));
        assert_eq!((&task(&admin, id)["timeSpentInLogs"], &task(&admin, id)["durationFact"]), (&json!("3780"), &json!("63")));
        let ids = |params: Json| texts(&employee.ok("task.elapseditem.getlist", params), "ID");
        let all = [one, two, three, four].map(|it| it.to_string());
        assert_eq!(ids(json!({ "TASKID": id })), all);
        assert_eq!(ids(json!([id, { "SECONDS": "desc" }, { "USER_ID": 2 }])), [&all[0], &all[1], &all[2]].map(Clone::clone));
        assert_eq!(ids(json!([{ "ID": "desc" }, { "<CREATED_DATE": "2024-02-17" }])), [all[3].clone()]);
        assert_eq!(ids(json!({ "ORDER": { "ID": "asc" } })), all);
        assert_eq!(ids(json!([id, { "ID": "asc" }, {}, ["ID"], { "NAV_PARAMS": { "nPageSize": 2, "iNumPage": 2 } }])), [all[2].clone(), all[3].clone()]);
        let body = employee.call("task.elapseditem.getlist", json!([id, {}, {}, ["ID"], { "NAV_PARAMS": { "nPageSize": 2 } }])).body();
        assert_eq!((&body["total"], &body["next"], &body["result"][0]), (&json!(4), &json!(2), &json!({ "ID": all[0] })));
        assert_eq!(employee.ok("task.elapseditem.update", json!([id, two, { "SECONDS": 61 }])), json!(null));
        assert_eq!(employee.ok("task.elapseditem.get", json!({ "TASKID": id, "ITEMID": two }))[0]["SECONDS"], "61");
        for (client, item, fields) in [(&employee, four, json!({ "SECONDS": 1 })), (&employee, 999, json!({ "SECONDS": 1 })), (&employee, one, json!({ "USER_ID": 1 }))] {
            assert!(client.call("task.elapseditem.update", json!([id, item, fields])).fails(400, "ERROR_CORE").contains("ACTION_NOT_ALLOWED"));
        }
        let may = |client: &Client<'_>, item: i64, action: i64| client.ok("task.elapseditem.isActionAllowed", json!([id, item, action]));
        assert_eq!([may(&employee, one, 1), may(&employee, one, 2), may(&employee, four, 3), may(&admin, one, 3), may(&employee, 999, 2)], [true, true, false, true, false].map(Json::from));
        assert_eq!(employee.ok("task.elapseditem.delete", json!([id, one])), json!(null));
        employee.call("task.elapseditem.delete", json!([id, one])).fails(400, "ERROR_CORE");
        for wrong in [json!({}), json!([id]), json!([id, {}]), json!(["x", { "SECONDS": 1 }]), json!([id, { "SECONDS": -1 }]), json!([id, { "SECONDS": 99_999_999_999_i64 }]), json!([999, { "SECONDS": 1 }]), json!([id, { "SECONDS": 1, "USER_ID": 99 }])] {
            assert_eq!(employee.call("task.elapseditem.add", wrong.clone()).status, 400, "{wrong}");
        }
        let stranger = app.hook(admin.add_user(json!({})), "task");
        assert!(stranger.call("task.elapseditem.getlist", json!([id])).fails(400, "ERROR_CORE").contains("Task not found"));
        assert_eq!(stranger.ok("task.elapseditem.getlist", json!({})), json!([]));
        assert_eq!(admin.ok("task.elapseditem.getmanifest", json!({}))["REST: shortname alias to class"], "elapseditem");
        let spent = admin.ok("tasks.task.history.list", json!({ "taskId": id, "filter": { "FIELD": "TIME_SPENT_IN_LOGS" }, "order": { "id": "asc" } }));
        assert_eq!(spent["list"][0]["value"], json!({ "from": "0", "to": "113" }));
    }

    /// Checklists are trees of items that are marked, moved and deleted with what is below them.
    fn checklists_are_worked_through(app) {
        let (admin, employee) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({}));
        let add = |fields: Json| employee.ok("task.checklistitem.add", json!([id, fields])).as_i64().unwrap();
        let one = add(json!({ "TITLE": "One", "IS_IMPORTANT": "Y" }));
        let list = employee.ok("task.checklistitem.get", json!([id, one]))["PARENT_ID"].as_str().unwrap().parse::<i64>().unwrap();
        let two = add(json!({ "TITLE": "Two", "IS_COMPLETE": "Y" }));
        let part = add(json!({ "TITLE": "Part", "PARENT_ID": two }));
        let other = add(json!({ "TITLE": "Other list", "PARENT_ID": 0 }));
        let third = admin.add_user(json!({ "NAME": "Tina" }));
        let with = add(json!({ "TITLE": "Ask", "PARENT_ID": other, "MEMBERS": { third.to_string(): { "TYPE": "A" }, "1": { "TYPE": "U" } } }));
        let shown = task(&admin, id);
        assert_eq!((&shown["accomplices"], &shown["auditors"]), (&json!([third.to_string()]), &json!(["1"])), "members have the same roles in the task");
        assert_eq!(shown["checklist"].as_object().unwrap().len(), 6);
        assert_eq!((&shown["checklist"][one.to_string()]["isImportant"], &shown["checklist"][other.to_string()]["parentId"]), (&json!("Y"), &json!(0)));
        let tree = &shown["checkListTree"]["descendants"];
        assert_eq!((&tree[0]["fields"]["id"], &tree[0]["descendants"][1]["descendants"][0]["fields"]["displaySortIndex"], &tree[0]["fields"]["completedCount"]), (&json!(list), &json!("2.1"), &json!(1)));
        assert_eq!(employee.ok("task.checklistitem.get", json!({ "TASKID": id, "ITEMID": with }))["MEMBERS"][0]["NAME"], "Tina");

        assert_eq!(employee.ok("task.checklistitem.complete", json!([id, one])), true);
        let item = employee.ok("task.checklistitem.get", json!([id, one]));
        assert_eq!((&item["IS_COMPLETE"], &item["TOGGLED_BY"]), (&json!("Y"), &json!("2")));
        admin.ok("task.checklistitem.complete", json!([id, one]));
        assert_eq!(employee.ok("task.checklistitem.get", json!([id, one]))["TOGGLED_BY"], "2", "nothing changed");
        admin.ok("task.checklistitem.renew", json!([id, one]));
        assert_eq!(employee.ok("task.checklistitem.get", json!([id, one]))["TOGGLED_BY"], "1");
        assert_eq!(employee.ok("task.checklistitem.complete", json!([id, 999])), false);
        assert_eq!(employee.ok("task.checklistitem.renew", json!([id, 999])), false);
        employee.call("task.checklistitem.complete", json!([id, 0])).fails(400, "ERROR_CORE");
        assert!(employee.call("task.checklistitem.complete", json!([id])).fails(400, "ERROR_CORE").contains("Param #1 (itemId)"));

        assert_eq!(employee.ok("task.checklistitem.update", json!([id, one, { "TITLE": "First", "PARENT_ID": other, "SORT_INDEX": 5 }])), json!(null));
        let item = employee.ok("task.checklistitem.get", json!([id, one]));
        assert_eq!((&item["TITLE"], &item["PARENT_ID"], &item["SORT_INDEX"]), (&json!("First"), &json!(other.to_string()), &json!("5")));
        assert!(employee.call("task.checklistitem.update", json!([id, two, { "PARENT_ID": part }])).fails(400, "ERROR_CORE").contains("below itself"));
        assert_eq!(employee.ok("task.checklistitem.moveafteritem", json!([id, with, part])), json!(null));
        assert_eq!(employee.ok("task.checklistitem.get", json!([id, with]))["PARENT_ID"], two.to_string());
        let ids = |order: Json| texts(&employee.ok("task.checklistitem.getlist", json!([id, order])), "ID");
        assert_eq!(ids(json!({ "TITLE": "asc" }))[0], with.to_string());
        assert_eq!(ids(json!({}))[0], with.to_string(), "the newest first");
        assert!(employee.call("task.checklistitem.getlist", json!([id, { "IS_COMPLETED": "asc" }])).fails(400, "ERROR_CORE").contains("IS_COMPLETED"));
        assert_eq!(employee.ok("task.checklistitem.delete", json!([id, two])), true);
        assert_eq!(app.count("select count(*) from task_checklist"), 3);
        let stranger = app.hook(admin.add_user(json!({})), "task");
        for (method, params) in [("add", json!([id, { "TITLE": "A" }])), ("update", json!([id, one, { "TITLE": "A" }])), ("delete", json!([id, one])), ("moveafteritem", json!([id, one, other])), ("get", json!([id, one])), ("getlist", json!([id]))] {
            stranger.call(&format!("task.checklistitem.{method}"), params).fails(400, "ERROR_CORE");
        }
        let may = |client: &Client<'_>, item: i64, action: i64| client.ok("task.checklistitem.isactionallowed", json!([id, item, action]));
        assert_eq!([may(&employee, one, 2), may(&stranger, one, 2), may(&employee, 999, 2), may(&employee, one, 9)], [true, false, false, false].map(Json::from));
        let said = admin.call("task.checklistitem.isactionallowed", json!([id, one])).fails(400, "ERROR_CORE");
        assert!(said.contains("Param #2 (actionId) expected by method ctaskchecklistitem::isactionallowed()"), "{said}");
        for wrong in [json!([id]), json!([id, {}]), json!([id, { "TITLE": " " }]), json!(["x", { "TITLE": "A" }]), json!([id, { "TITLE": "A", "MEMBERS": { "2": { "TYPE": "X" } } }])] {
            employee.call("task.checklistitem.add", wrong).fails(400, "ERROR_CORE");
        }
        assert!(admin.ok("task.checklistitem.getmanifest", json!({}))["REST: available methods"]["moveafteritem"].is_object());
        let made = admin.ok("tasks.task.history.list", json!({ "taskId": id, "filter": { "FIELD": ["CHECKLIST_ITEM_CREATE", "CHECKLIST_ITEM_REMOVE"] } }));
        assert_eq!(made["list"].as_array().unwrap().len(), 6);
    }

    /// Answers show items inside each other, which has to end somewhere.
    fn checklists_are_not_endlessly_deep(app) {
        let (admin, employee) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({}));
        let add = |fields: Json| employee.ok("task.checklistitem.add", json!([id, fields])).as_i64().unwrap();
        let mut deep = add(json!({ "TITLE": "List", "PARENT_ID": 0 }));
        for _ in 1..50 {
            deep = add(json!({ "TITLE": "Deeper", "PARENT_ID": deep }));
        }
        let below = |above: i64| employee.call("task.checklistitem.add", json!([id, { "TITLE": "A", "PARENT_ID": above }]));
        assert!(below(deep).fails(400, "ERROR_CORE").contains("At most 50"));
        let apart = add(json!({ "TITLE": "Apart", "PARENT_ID": 0 }));
        add(json!({ "TITLE": "Its own part", "PARENT_ID": apart }));
        let above = employee.ok("task.checklistitem.get", json!([id, deep]))["PARENT_ID"].clone();
        assert!(employee.call("task.checklistitem.update", json!([id, apart, { "PARENT_ID": above }])).fails(400, "ERROR_CORE").contains("At most 50"));
        employee.ok("task.checklistitem.delete", json!([id, apart]));
        employee.ok("tasks.task.get", json!({ "taskId": id }));
    }

    /// Comments are added by whoever sees the task, and changed by their authors and administrators.
    fn tasks_are_commented_on(app) {
        app.hear();
        let (admin, employee) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({}));
        let one = employee.ok("task.commentitem.add", json!({ "TASKID": id, "FIELDS": { "POST_MESSAGE": "Ready?" } })).as_i64().unwrap();
        let two = admin.ok("task.commentitem.add", json!([id, { "POST_MESSAGE": "Nearly", "POST_DATE": "2025-07-15T14:30:00+02:00", "AUTHOR_ID": EMPLOYEE }])).as_i64().unwrap();
        let got = admin.ok("task.commentitem.get", json!([id, two]));
        assert_eq!(got, json!({
            "POST_MESSAGE_HTML": null, "ID": two.to_string(), "AUTHOR_ID": "2", "AUTHOR_NAME": "Emil Employee", "AUTHOR_EMAIL": "",
            "POST_DATE": "2025-07-15T12:30:00+00:00", "POST_MESSAGE": "Nearly", "ATTACHED_OBJECTS": {},
        }));
        assert_eq!((&task(&admin, id)["commentsCount"], &task(&admin, id)["newCommentsCount"]), (&json!("2"), &json!(0)));
        let ids = |params: Json| texts(&employee.ok("task.commentitem.getlist", params), "ID");
        assert_eq!(ids(json!([id])), [two.to_string(), one.to_string()]);
        assert_eq!(ids(json!([id, { "POST_DATE": "asc" }, { "AUTHOR_ID": [2], ">=POST_DATE": "2025-07-15" }])), [two.to_string(), one.to_string()]);
        assert_eq!(ids(json!([id, {}, { "<POST_DATE": "2025-07-16" }])), [two.to_string()]);
        assert!(employee.call("task.commentitem.getlist", json!([id, { ">=POST_DATE": 1 }])).fails(400, "ERROR_CORE").contains("arOrder"));
        assert!(employee.call("task.commentitem.getlist", json!([id, {}, { "POST_MESSAGE": "x" }])).fails(400, "ERROR_CORE").contains("arFilter"));
        assert_eq!(employee.ok("task.commentitem.update", json!([id, one, { "POST_MESSAGE": "Ready!" }])), true);
        assert_eq!(employee.ok("task.commentitem.get", json!([id, one]))["POST_MESSAGE"], "Ready!");
        let stranger_id = admin.add_user(json!({}));
        admin.ok("tasks.task.update", json!({ "taskId": id, "fields": { "AUDITORS": [stranger_id] } }));
        let observer = app.hook(stranger_id, "task");
        observer.call("task.commentitem.update", json!([id, one, { "POST_MESSAGE": "x" }])).fails(400, "ERROR_CORE");
        observer.call("task.commentitem.delete", json!([id, one])).fails(400, "ERROR_CORE");
        observer.call("task.commentitem.add", json!([id, { "POST_MESSAGE": "x", "AUTHOR_ID": ADMIN }])).fails(400, "ERROR_CORE");
        let may = |client: &Client<'_>, item: i64, action: i64| client.ok("task.commentitem.isactionallowed", json!([id, item, action]));
        assert_eq!([may(&observer, one, 1), may(&observer, one, 2), may(&employee, one, 2), may(&admin, one, 3), may(&employee, 999, 3)], [true, false, true, true, false].map(Json::from));
        assert_eq!(admin.ok("task.commentitem.delete", json!([id, one])), true);
        for kind in ["ONTASKCOMMENTADD", "ONTASKCOMMENTUPDATE", "ONTASKCOMMENTDELETE"] {
            assert_eq!(told(app, kind), if kind == "ONTASKCOMMENTADD" { 2 } else { 1 }, "{kind}");
        }
        for wrong in [json!({}), json!([id]), json!([id, {}]), json!([id, { "POST_MESSAGE": " " }]), json!([id, { "TEXT": "x" }]), json!(["x", { "POST_MESSAGE": "x" }]), json!([999, { "POST_MESSAGE": "x" }]), json!([id, { "POST_MESSAGE": "x", "UF_FORUM_MESSAGE_DOC": ["n1"] }]), json!([id, { "POST_MESSAGE": "x", "AUTHOR_ID": 99 }])] {
            admin.call("task.commentitem.add", wrong).fails(400, "ERROR_CORE");
        }
        assert!(admin.ok("task.commentitem.getmanifest", json!({}))["REST: available methods"]["add"].is_object());
    }

    /// Tasks wait for each other, and never in a circle.
    fn tasks_depend_on_each_other(app) {
        let (admin, employee) = (app.admin(), app.employee());
        let ids = [0; 3].map(|_| add_task(&admin, json!({})));
        let link = |from: i64, to: i64| admin.call("task.dependence.add", json!({ "taskIdFrom": from, "taskIdTo": to, "linkType": 2 }));
        assert_eq!(link(ids[0], ids[1]).ok(), json!([]));
        assert_eq!(admin.ok("task.dependence.add", json!([ids[1], ids[2], 0])), json!([]));
        for (from, to) in [(ids[0], ids[1]), (ids[2], ids[0]), (ids[0], ids[0])] {
            link(from, to).fails(400, "ILLEGAL_NEW_LINK");
        }
        assert_eq!(filtered(&admin, json!({ "DEPENDS_ON": ids[0] })), [ids[1]]);
        employee.call("task.dependence.add", json!([ids[0], ids[2], 0])).fails(400, "ACTION_NOT_ALLOWED");
        admin.call("task.dependence.add", json!([ids[0], ids[2], 9])).fails(400, "ERROR_ARGUMENT");
        assert_eq!(admin.ok("task.dependence.delete", json!([ids[0], ids[1]])), json!([]));
        admin.call("task.dependence.delete", json!([ids[0], ids[1]])).fails(400, "ILLEGAL_NEW_LINK");
        let told = admin.ok("tasks.task.history.list", json!({ "taskId": ids[1], "filter": { "FIELD": "DEPENDS_ON" } }));
        assert_eq!(told["list"].as_array().unwrap().len(), 2);
    }

    /// A workgroup's Kanban and a person's plan have stages, between which tasks are moved.
    fn tasks_are_moved_between_stages(app) {
        let (admin, employee) = (app.admin(), app.employee());
        let group = create(&admin, json!({ "NAME": "Garden" }));
        let stages = admin.ok("task.stages.get", json!({ "entityId": group }));
        let ids: Vec<i64> = stages.as_object().unwrap().keys().map(|it| it.parse().unwrap()).collect();
        assert_eq!((stages[ids[0].to_string()]["SYSTEM_TYPE"].clone(), stages[ids[0].to_string()]["ENTITY_TYPE"].clone(), ids.len()), (json!("NEW"), json!("G"), 3));
        let new = admin.ok("task.stages.add", json!({ "fields": { "TITLE": "Review", "COLOR": "#ffaaee", "AFTER_ID": ids[0], "ENTITY_ID": group } })).as_i64().unwrap();
        let order = |client: &Client<'_>, entity: i64| client.ok("task.stages.get", json!({ "entityId": entity })).as_object().unwrap().values().map(|it| it["TITLE"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(order(&admin, group), ["New", "Review", "In progress", "Completed"]);
        assert_eq!(admin.ok("task.stages.update", json!({ "id": new, "fields": { "TITLE": "Checked", "AFTER_ID": ids[2] } })), true);
        assert_eq!(order(&admin, group), ["New", "In progress", "Completed", "Checked"]);
        let id = add_task(&admin, json!({ "GROUP_ID": group, "RESPONSIBLE_ID": EMPLOYEE }));
        assert_eq!(admin.ok("task.stages.movetask", json!({ "id": id, "stageId": new })), true);
        assert_eq!((&task(&admin, id)["stageId"], filtered(&admin, json!({ "STAGE_ID": new })), filtered(&admin, json!({ "STAGE_ID": [0, ids[0]], "GROUP_ID": group }))), (&json!(new.to_string()), vec![id], vec![]));
        let (second, third) = (add_task(&admin, json!({ "GROUP_ID": group })), add_task(&admin, json!({ "GROUP_ID": group })));
        admin.ok("task.stages.movetask", json!({ "id": second, "stageId": new, "before": id }));
        admin.ok("task.stages.movetask", json!({ "id": third, "stageId": new, "after": id }));
        assert_eq!(listed(&admin, json!({ "filter": { "STAGE_ID": new }, "order": { "SORTING": "asc" } })), [second, id, third]);
        let (after, before) = (add_task(&admin, json!({ "GROUP_ID": group })), add_task(&admin, json!({ "GROUP_ID": group })));
        admin.ok("task.stages.movetask", json!({ "id": after, "stageId": new, "after": second }));
        admin.ok("task.stages.movetask", json!({ "id": before, "stageId": new, "before": third }));
        assert_eq!(listed(&admin, json!({ "filter": { "STAGE_ID": new }, "order": { "SORTING": "asc" } })), [second, after, id, before, third]);
        for (params, code) in [
            (json!({ "id": ids[0] }), "CANT_DELETE_FIRST"), (json!({ "id": 999 }), "NOT_FOUND"), (json!({ "id": new }), "CANT_DELETE_NOT_EMPTY"),
        ] {
            admin.call("task.stages.delete", params).fails(400, code);
        }
        assert_eq!(admin.ok("task.stages.delete", json!({ "id": ids[1] })), true);
        admin.call("task.stages.add", json!({ "fields": { "TITLE": "" } })).fails(400, "EMPTY_TITLE");
        for (method, params) in [("get", json!({ "entityId": group })), ("add", json!({ "fields": { "TITLE": "A", "ENTITY_ID": group } })), ("update", json!({ "id": new, "fields": { "TITLE": "A" } })), ("delete", json!({ "id": new }))] {
            employee.call(&format!("task.stages.{method}"), params).fails(403, "ACCESS_DENIED");
        }
        employee.call("task.stages.movetask", json!({ "id": id, "stageId": new })).fails(400, "ACCESS_DENIED_MOVE");
        let can = |client: &Client<'_>, id: i64, kind: &str| client.ok("task.stages.canmovetask", json!({ "entityId": id, "entityType": kind }));
        assert_eq!([can(&admin, group, "G"), can(&employee, group, "G"), can(&employee, EMPLOYEE, "U"), can(&employee, ADMIN, "U")], [true, false, true, false].map(Json::from));

        // One's own plan: nobody else's business.
        assert_eq!(order(&employee, 0), ["Not planned", "This week"]);
        let week = employee.ok("task.stages.get", json!({ "entityId": 0 })).as_object().unwrap().keys().nth(1).unwrap().parse::<i64>().unwrap();
        assert_eq!(employee.ok("task.stages.movetask", json!({ "id": id, "stageId": week })), true);
        assert_eq!((filtered(&employee, json!({ "STAGE_ID": week })), filtered(&admin, json!({ "STAGE_ID": week }))), (vec![id], vec![]));
        admin.call("task.stages.update", json!({ "id": week, "fields": { "TITLE": "A" }, "isAdmin": true })).fails(403, "ACCESS_DENIED");
        assert_eq!(employee.ok("task.planner.getlist", json!({})), json!([id]));
        let due = add_task(&admin, json!({ "DEADLINE": "2001-01-01" }));
        add_task(&admin, json!({ "DEADLINE": "2999-01-01" }));
        assert_eq!(employee.ok("task.planner.getlist", json!({})), json!([id, due]));
        for check in muster_modules::MODULES.iter().flat_map(|it| it.checks) {
            assert_eq!(app.count(check.count), 0, "{}", check.defect);
        }
        admin.ok("sonet_group.delete", json!({ "GROUP_ID": group }));
        assert_eq!(app.count("select count(*) from task_stages where group_id is not null"), 0);
        assert_eq!(task(&admin, id)["stageId"], "0");
    }
}
