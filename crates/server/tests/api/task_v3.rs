//! Tasks in REST 3.0: other names and shapes over the same rules.

use crate::{
    app::{ADMIN, EMPLOYEE},
    both::both,
    group::create,
    task::{add_task, task},
};
use muster_core::{Json, json};

const VALIDATION: &str = "BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION";
const DENIED: &str = "BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION";
const NOT_FOUND: &str = "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION";
const UNKNOWN: &str = "BITRIX_REST_V3_EXCEPTION_UNKNOWNDTOPROPERTYEXCEPTION";
const OPERATOR: &str = "BITRIX_REST_V3_EXCEPTION_UNKNOWNFILTEROPERATOREXCEPTION";

both! {
    /// One name, two methods: each address answers with its own, and each has its own scope.
    fn twins_answer_each_at_their_address(app) {
        let admin = app.admin();
        let fields = json!({
            "title": "Paint", "creatorId": ADMIN, "responsibleId": EMPLOYEE, "deadline": "2030-12-31T23:59:59+02:00", "priority": "high",
            "needsControl": true, "accomplices": [{ "id": ADMIN }], "auditors": [EMPLOYEE], "crmItemIds": ["D_6529"], "estimatedTime": 60,
            "autocompleteSubTasks": true, "mark": "none", "status": "in_progress",
        });
        let item = admin.call_v3("tasks.task.add", json!({ "fields": fields })).ok()["item"].clone();
        let id = item["id"].as_i64().unwrap();
        for (name, value) in [
            ("title", json!("Paint")), ("description", json!("")), ("creatorId", json!(1)), ("responsibleId", json!(2)), ("deadline", json!("2030-12-31T21:59:59+00:00")),
            ("priority", json!("high")), ("status", json!("in_progress")), ("needsControl", json!(true)), ("groupId", json!(null)), ("parentId", json!(null)),
            ("accomplices", json!([1])), ("auditors", json!([2])), ("crmItemIds", json!(["D_6529"])), ("mark", json!("none")), ("estimatedTime", json!(60)),
            ("checklist", json!([])), ("containsChecklist", json!(false)), ("inFavorite", json!([])), ("scenarios", json!(["default"])), ("outlookVersion", json!(1)),
            ("autocompleteSubTasks", json!(true)), ("dependsOn", json!([])), ("closedById", json!(null)), ("link", json!(format!("/company/personal/user/1/tasks/task/view/{id}/"))),
        ] {
            assert_eq!(item[name], value, "{name}");
        }
        assert_eq!((&item["rights"]["edit"], &item["rights"]["start"], &item["rights"]["pause"]), (&json!(true), &json!(false), &json!(true)));
        assert_eq!(item, admin.call_v3("tasks.task.get", json!({ "id": id })).ok()["item"]);
        assert_eq!((&task(&admin, id)["priority"], &task(&admin, id)["status"]), (&json!("2"), &json!("3")));
        admin.ok("tasks.task.favorite.add", json!({ "taskId": id }));
        let list = admin.call_v3("tasks.task.list", json!({ "select": ["id", "inFavorite", "nothing"] })).ok();
        assert_eq!(list, json!({ "items": [{ "id": id, "inFavorite": [1] }] }));
        let update = |fields: Json| admin.call_v3("tasks.task.update", json!({ "id": id, "fields": fields }));
        assert_eq!(update(json!({ "title": "New", "status": "completed", "needsControl": false })).ok(), json!({ "result": true }));
        let seen = admin.call_v3("tasks.task.get", json!({ "id": id, "select": ["title", "status", "closedById"] })).ok();
        assert_eq!(seen["item"], json!({ "id": id, "title": "New", "status": "completed", "closedById": 1 }));
        assert_eq!(admin.call_v3("tasks.task.delete", json!({ "id": id })).ok(), json!({ "result": true }));
        assert_eq!(app.count("select count(*) from tasks"), 0);
        // Either scope opens its own twin alone.
        let (older, newer) = (app.hook(ADMIN, "task"), app.hook(ADMIN, "tasks"));
        older.ok("tasks.task.list", json!({}));
        older.call_v3("tasks.task.list", json!({})).fails_v3(403, "BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION");
        newer.call("tasks.task.list", json!({})).fails(401, "insufficient_scope");
        newer.call_v3("tasks.task.list", json!({})).ok();
        newer.call("tasks.task.field.list", json!({})).fails(404, "ERROR_METHOD_NOT_FOUND");
    }

    /// What is wrong is said with the name of the field, in the codes of this version.
    fn mistakes_are_named(app) {
        let (admin, employee) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({ "RESPONSIBLE_ID": ADMIN }));
        let add = |fields: Json| admin.call_v3("tasks.task.add", json!({ "fields": fields }));
        let base = |more: Json| {
            let mut fields = json!({ "title": "A", "creatorId": 1, "responsibleId": 2 });
            fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            fields
        };
        for (fields, field) in [
            (json!({}), "fields"), (json!({ "title": "A" }), "creatorId"), (json!({ "creatorId": 1, "responsibleId": 2 }), "title"),
            (base(json!({ "responsibleId": 99 })), "responsibleId"), (base(json!({ "creatorId": 99 })), "creatorId"), (base(json!({ "parentId": 99 })), "parentId"),
            (base(json!({ "priority": "urgent" })), "priority"), (base(json!({ "deadline": "soon" })), "deadline"), (base(json!({ "changedById": 1 })), "changedById"),
            (base(json!({ "startPlan": "2030-01-02", "endPlan": "2030-01-01" })), "endPlan"), (base(json!({ "accomplices": 5 })), "accomplices"),
        ] {
            let reply = add(fields.clone());
            reply.fails_v3(400, VALIDATION);
            assert_eq!(reply.body()["error"]["validation"][0]["field"], field, "{fields}");
        }
        add(base(json!({ "nothing": 1 }))).fails_v3(400, UNKNOWN);
        let creator = admin.call_v3("tasks.task.update", json!({ "id": id, "fields": { "creatorId": 2 } }));
        assert!(creator.fails_v3(400, VALIDATION).contains("Editable"));
        for method in ["tasks.task.update", "tasks.task.delete", "tasks.task.access.get"] {
            for wrong in [id, 999] {
                employee.call_v3(method, json!({ "id": wrong, "fields": { "title": "A" } })).fails_v3(403, DENIED);
            }
            admin.call_v3(method, json!({ "fields": { "title": "A" } })).fails_v3(400, VALIDATION);
            admin.call_v3(method, json!({ "id": "x", "fields": { "title": "A" } })).fails_v3(400, VALIDATION);
        }
        for wrong in [id, 999] {
            employee.call_v3("tasks.task.get", json!({ "id": wrong })).fails_v3(400, NOT_FOUND);
        }
        assert_eq!(employee.call_v3("tasks.task.list", json!({})).ok(), json!({ "items": [] }));
        assert_eq!(admin.call_v3("tasks.task.access.get", json!({ "id": id })).ok()["read"], true);
    }

    /// Conditions, order and pages in the forms of this version.
    fn lists_take_conditions(app) {
        let admin = app.admin();
        let ids = [0, 1, 2].map(|number| add_task(&admin, json!({ "TITLE": format!("T{number}"), "PRIORITY": number, "DEADLINE": format!("203{number}-01-01") })));
        let found = |params: Json| -> Vec<i64> {
            let items = admin.call_v3("tasks.task.list", params).ok()["items"].clone();
            items.as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
        };
        for (filter, expected) in [
            (json!([]), ids.to_vec()),
            (json!([["id", ">", ids[0]]]), vec![ids[1], ids[2]]),
            (json!([["id", [ids[0], ids[2]]]]), vec![ids[0], ids[2]]),
            (json!([["id", "in", [ids[1]]]]), vec![ids[1]]),
            (json!([["id", "between", [ids[0], ids[1]]]]), vec![ids[0], ids[1]]),
            (json!([["id", "!=", ids[0]], ["title", "T1"]]), vec![ids[1]]),
            (json!([["priority", "=", "high"]]), vec![ids[2]]),
            (json!([["deadline", "<", "2031-06-01"], { "logic": "or", "conditions": [["id", ids[0]], ["id", ids[2]]] }]), vec![ids[0]]),
            (json!([["status", "in", ["completed", "deferred"]]]), vec![]),
        ] {
            assert_eq!(found(json!({ "filter": filter })), expected, "{filter}");
        }
        assert_eq!(found(json!({ "order": { "priority": "DESC" } })), [ids[2], ids[1], ids[0]]);
        assert_eq!(found(json!({ "pagination": { "limit": 2, "page": 2 } })), [ids[2]]);
        assert_eq!(found(json!({ "pagination": { "limit": 1, "offset": 1 } })), [ids[1]]);
        let fails = |params: Json, code: &str| admin.call_v3("tasks.task.list", params).fails_v3(400, code);
        fails(json!({ "filter": [["nothing", 1]] }), UNKNOWN);
        fails(json!({ "filter": [["id", "~", 1]] }), OPERATOR);
        fails(json!({ "filter": ["id"] }), VALIDATION);
        fails(json!({ "filter": 5 }), VALIDATION);
        fails(json!({ "order": { "id": "UP" } }), "BITRIX_REST_V3_EXCEPTION_INVALIDORDEREXCEPTION");
        fails(json!({ "order": { "nothing": "ASC" } }), "BITRIX_REST_V3_EXCEPTION_INVALIDORDEREXCEPTION");
        for wrong in [json!({ "limit": "abc" }), json!({ "limit": 0 }), json!({ "page": -1 }), json!(5)] {
            fails(json!({ "pagination": wrong }), "BITRIX_REST_V3_EXCEPTION_INVALIDPAGINATIONEXCEPTION");
        }
    }

    /// Related objects come with the task, as far as the caller sees them.
    fn related_objects_come_along(app) {
        let admin = app.admin();
        let group = create(&admin, json!({ "NAME": "Garden" }));
        let stage: i64 = admin.ok("task.stages.get", json!({ "entityId": group })).as_object().unwrap().keys().next().unwrap().parse().unwrap();
        let top = add_task(&admin, json!({ "TITLE": "Top" }));
        let id = add_task(&admin, json!({ "GROUP_ID": group, "STAGE_ID": stage, "PARENT_ID": top, "ACCOMPLICES": [ADMIN] }));
        let get = |client: &crate::app::Client<'_>, select: Json| client.call_v3("tasks.task.get", json!({ "id": id, "select": select })).ok()["item"].clone();
        assert_eq!(get(&admin, json!(["responsible.name", "responsible.email", "group.name", "stage.title", "parent.title", "accomplices.name", "chat.id", "closedBy.name"])), json!({
            "id": id, "responsible": { "name": "Emil Employee", "email": "emil@example.com" }, "accomplices": [{ "name": "Ada Admin" }],
            "group": { "name": "Garden" }, "stage": { "title": "New" }, "parent": { "title": "Top" }, "chat": null, "closedBy": null,
        }));
        assert_eq!(get(&admin, json!(["creator"]))["creator"]["id"], 1);
        assert_eq!(get(&app.hook(ADMIN, "tasks"), json!(["responsible.email"]))["responsible"]["email"], json!(null), "an e-mail address needs its scope");
        let listed = admin.call_v3("tasks.task.list", json!({ "select": ["title", "responsible.name"], "filter": [["id", id]] })).ok();
        assert_eq!(listed["items"], json!([{ "id": id, "title": "Task", "responsible": { "name": "Emil Employee" } }]));
        assert_eq!(get(&app.employee(), json!(["parent.title", "group.name"]))["parent"], json!({ "title": "Top" }));
        let stranger = app.hook(admin.add_user(json!({})), "tasks,task");
        admin.ok("tasks.task.update", json!({ "taskId": id, "fields": { "AUDITORS": [stranger.path.split('/').next().unwrap()] } }));
        assert_eq!(get(&stranger, json!(["parent.title"]))["parent"], json!(null), "what cannot be seen is not shown");
        for select in [json!(["responsible.stageId"]), json!(["nobody.name"])] {
            admin.call_v3("tasks.task.get", json!({ "id": id, "select": select })).fails_v3(400, UNKNOWN);
        }
    }

    /// Every field is described, as a whole or in part.
    fn fields_are_described(app) {
        let hook = app.hook(EMPLOYEE, "tasks");
        let items = hook.call_v3("tasks.task.field.list", json!({ "select": ["name", "type", "editable", "multiple"] })).ok()["items"].clone();
        let find = |name: &str| items.as_array().unwrap().iter().find(|it| it["name"] == name).cloned().unwrap();
        assert_eq!(find("id"), json!({ "name": "id", "type": "int", "editable": false, "multiple": false }));
        assert_eq!(find("accomplices"), json!({ "name": "accomplices", "type": "array", "editable": true, "multiple": true }));
        let one = hook.call_v3("tasks.task.field.get", json!({ "name": "deadline" })).ok()["item"].clone();
        assert_eq!((&one["type"], &one["title"], &one["sortable"]), (&json!("DateTime"), &json!("Deadline"), &json!(true)));
        hook.call_v3("tasks.task.field.get", json!({})).fails_v3(400, VALIDATION);
        hook.call_v3("tasks.task.field.get", json!({ "name": "nothing" })).fails_v3(400, NOT_FOUND);
        hook.call_v3("tasks.task.field.list", json!({ "select": ["nothing"] })).fails_v3(400, UNKNOWN);
        hook.call_v3("tasks.task.field.list", json!({ "select": [5] })).fails_v3(400, VALIDATION);
    }
}
