//! Tasks: adding, reading, changing and deleting them.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, TestApp},
    both::both,
};
use muster_core::{Json, json};

/// Adds a task and answers its ID.
pub(crate) fn add_task(client: &Client<'_>, fields: Json) -> i64 {
    let mut all = json!({ "TITLE": "Task", "RESPONSIBLE_ID": EMPLOYEE });
    for (name, value) in fields.as_object().unwrap() {
        all[name] = value.clone();
    }
    id_of(&client.ok("tasks.task.add", json!({ "fields": all })))
}

pub(crate) fn id_of(result: &Json) -> i64 {
    result["task"]["id"].as_str().unwrap_or_else(|| panic!("{result}")).parse().unwrap()
}

/// The task as this client sees it.
pub(crate) fn task(client: &Client<'_>, id: i64) -> Json {
    client.ok("tasks.task.get", json!({ "taskId": id }))["task"].clone()
}

/// The IDs of the tasks that pass a filter, in their order.
pub(crate) fn listed(client: &Client<'_>, params: Json) -> Vec<i64> {
    let result = client.ok("tasks.task.list", params);
    result["tasks"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().parse().unwrap()).collect()
}

pub(crate) fn filtered(client: &Client<'_>, filter: Json) -> Vec<i64> {
    listed(client, json!({ "filter": filter, "order": { "ID": "asc" }, "select": ["ID"] }))
}

/// How many events of this kind were told since `hear` was called.
pub(crate) fn told(app: &TestApp, kind: &str) -> usize {
    app.heard().iter().filter(|it| it.starts_with(&format!("{kind} "))).count()
}

both! {
    /// A new task is answered whole, and read back as it was added.
    fn a_task_is_added_and_read(app) {
        app.hear();
        let admin = app.admin();
        let third = admin.add_user(json!({ "NAME": "Tina", "LAST_NAME": "Third", "WORK_POSITION": "Pilot" }));
        let fields = json!({
            "TITLE": "Paint the fence", "DESCRIPTION": "[B]White[/B]", "RESPONSIBLE_ID": EMPLOYEE, "PRIORITY": 2,
            "DEADLINE": "2030-12-31T23:59:59+02:00", "ACCOMPLICES": [third], "AUDITORS": [third, ADMIN],
            "TAGS": ["garden", "paint"], "UF_CRM_TASK": ["D_10", "c_7"], "XML_ID": "x-1", "TIME_ESTIMATE": 3600,
            "ALLOW_CHANGE_DEADLINE": "Y",
        });
        let added = admin.ok("tasks.task.add", json!({ "fields": fields }))["task"].clone();
        let id = added["id"].as_str().unwrap().parse().unwrap();
        let read = task(&admin, id);
        assert_eq!(added, read);
        for (name, value) in [
            ("title", json!("Paint the fence")), ("description", json!("[B]White[/B]")), ("priority", json!("2")),
            ("deadline", json!("2030-12-31T21:59:59+00:00")), ("status", json!("2")), ("parentId", json!(null)),
            ("groupId", json!("0")), ("stageId", json!("0")), ("createdBy", json!("1")), ("responsibleId", json!("2")),
            ("changedBy", json!("1")), ("statusChangedBy", json!(null)), ("closedBy", json!("0")),
            ("closedDate", json!(null)), ("accomplices", json!([third.to_string()])),
            ("auditors", json!([third.to_string(), "1"])), ("xmlId", json!("x-1")), ("timeEstimate", json!("3600")),
            ("allowChangeDeadline", json!("Y")), ("taskControl", json!("N")), ("mark", json!(null)),
            ("favorite", json!("N")), ("notViewed", json!("N")), ("outlookVersion", json!("1")), ("group", json!([])),
            ("siteId", json!("s1")), ("subordinate", json!("N")), ("checklist", json!([])), ("durationType", json!("days")),
        ] {
            assert_eq!(read[name], value, "{name}");
        }
        assert!(read.get("ufCrmTask").is_none() && read.get("tags").is_none(), "{read}");
        assert_eq!(read["responsible"]["name"], "Emil Employee");
        assert_eq!(read["accomplicesData"][third.to_string()]["workPosition"], "Pilot");
        assert_eq!(read["auditorsData"]["1"]["name"], "Ada Admin");
        assert_eq!(read["checkListTree"]["descendants"], json!([]));
        assert!(read["guid"].as_str().unwrap().len() == 38, "{}", read["guid"]);
        let selected = admin.ok("tasks.task.get", json!({ "taskId": id, "select": ["ID", "tags", "ufCrmTask", "UF_MAIL_MESSAGE"] }));
        let selected = &selected["task"];
        let titles: Vec<_> = selected["tags"].as_object().unwrap().values().map(|it| it["title"].clone()).collect();
        assert_eq!((titles, &selected["ufCrmTask"], &selected["ufMailMessage"]), (vec![json!("garden"), json!("paint")], &json!(["D_10", "C_7"]), &json!(null)));
        assert!(selected.get("title").is_none());
        assert_eq!(told(app, "ONTASKADD"), 1);
        let v3 = admin.call_v3("tasks.task.start", json!({ "taskId": id })).ok();
        assert_eq!(v3["item"]["id"], id.to_string());
    }

    /// What cannot be a task is refused in the documented words, and nothing is left behind.
    fn wrong_tasks_are_refused(app) {
        app.hear();
        let admin = app.admin();
        let fails = |fields: Json, code: &str, said: &str| {
            let words = admin.call("tasks.task.add", json!({ "fields": fields })).fails(400, code);
            assert!(words.contains(said), "{fields}: {words}");
        };
        fails(json!({}), "100", "fields");
        admin.call("tasks.task.add", json!({})).fails(400, "100");
        fails(json!({ "RESPONSIBLE_ID": 2 }), "ERROR_CORE", "Task title not specified");
        fails(json!({ "TITLE": " ", "RESPONSIBLE_ID": 2 }), "ERROR_CORE", "Task title not specified");
        fails(json!({ "TITLE": "A" }), "ERROR_CORE", "Responsible person not specified");
        fails(json!({ "TITLE": "A", "RESPONSIBLE_ID": 99 }), "ERROR_CORE", "\"Responsible\"");
        let with = |more: Json| {
            let mut fields = json!({ "TITLE": "A", "RESPONSIBLE_ID": 2 });
            fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            fields
        };
        for (more, code, said) in [
            (json!({ "STATUS": 1 }), "ERROR_CORE", "Incorrect status"),
            (json!({ "STATUS": "x" }), "ERROR_CORE", "Incorrect status"),
            (json!({ "PARENT_ID": 99 }), "ERROR_CORE", "\"Parent Task\""),
            (json!({ "GROUP_ID": 99 }), "ERROR_CORE", "workgroup"),
            (json!({ "STAGE_ID": 99 }), "ERROR_CORE", "Stage"),
            (json!({ "START_DATE_PLAN": "2030-01-02", "END_DATE_PLAN": "2030-01-01" }), "ERROR_CORE", "earlier"),
            (json!({ "START_DATE_PLAN": "2030-01-02", "END_DATE_PLAN": "2300-01-01" }), "ERROR_CORE", "too long"),
            (json!({ "ACCOMPLICES": [2, 99] }), "ERROR_ARGUMENT", "ACCOMPLICES"),
            (json!({ "DEADLINE": "soon" }), "ERROR_ARGUMENT", "DEADLINE"),
            (json!({ "PRIORITY": 7 }), "ERROR_ARGUMENT", "PRIORITY"),
            (json!({ "MARK": "A" }), "ERROR_ARGUMENT", "MARK"),
            (json!({ "TIME_ESTIMATE": -1 }), "ERROR_ARGUMENT", "TIME_ESTIMATE"),
            (json!({ "UF_CRM_TASK": ["X1"] }), "ERROR_ARGUMENT", "UF_CRM_TASK"),
            (json!({ "UF_TASK_WEBDAV_FILES": ["n1"] }), "ERROR_CORE", "File not found"),
            (json!({ "SE_PARAMETER": [{ "CODE": 3, "VALUE": "Y" }] }), "ERROR_CORE", "not supported"),
            (json!({ "TITLE": "x".repeat(256) }), "ERROR_ARGUMENT", "TITLE"),
        ] {
            fails(with(more), code, said);
        }
        assert_eq!((app.count("select count(*) from tasks"), app.heard()), (0, Vec::new()));
        // What is empty is no value, and what has to have one keeps it.
        let empty = json!({ "PARENT_ID": 0, "GROUP_ID": "", "STAGE_ID": "0", "MARK": null, "PRIORITY": "", "STATUS": null, "AUDITORS": [], "CREATED_BY": 0 });
        let read = task(&admin, add_task(&admin, empty));
        assert_eq!((&read["priority"], &read["status"], &read["parentId"], &read["createdBy"]), (&json!("1"), &json!("2"), &json!(null), &json!("1")));
    }

    /// Either spelling of a field is taken; who changed it and when is true and cannot be sent.
    fn a_task_is_changed(app) {
        app.hear();
        let admin = app.admin();
        let id = add_task(&admin, json!({ "TITLE": "Old" }));
        app.app.clock.advance(60);
        let changed = admin.ok("tasks.task.update", json!({ "taskId": id, "fields": {
            "title": "New", "responsibleId": ADMIN, "changedBy": 2, "CLOSED_BY": 2, "CREATED_DATE": "2001-01-01", "STATUS": 5,
        } }))["task"].clone();
        assert_eq!(
            [&changed["title"], &changed["responsibleId"], &changed["changedBy"], &changed["closedBy"], &changed["statusChangedBy"], &changed["status"]],
            ["New", "1", "1", "1", "1", "5"]
        );
        assert_eq!(changed["closedDate"], changed["changedDate"]);
        assert_ne!(changed["createdDate"], changed["changedDate"]);
        assert_eq!(told(app, "ONTASKUPDATE"), 1);
        let reopened = admin.ok("tasks.task.update", json!({ "taskId": id, "fields": { "STATUS": 2 } }))["task"].clone();
        assert_eq!((&reopened["closedBy"], &reopened["closedDate"]), (&json!("0"), &json!(null)));
        let events = admin.ok("tasks.task.history.list", json!({ "taskId": id, "order": { "createdDate": "asc" } }));
        let seen: Vec<_> = events["list"].as_array().unwrap().iter().map(|it| (it["field"].as_str().unwrap(), it["value"]["to"].clone())).collect();
        assert_eq!(seen, [("NEW", json!(null)), ("TITLE", json!("New")), ("STATUS", json!("5")), ("RESPONSIBLE_ID", json!("1")), ("STATUS", json!("2"))]);
        assert_eq!(events["list"][0]["user"], json!({ "id": 1, "name": "Ada", "lastName": "Admin", "secondName": "", "login": "ada@example.com" }));
        let only = admin.ok("tasks.task.history.list", json!({ "taskId": id, "filter": { "FIELD": "TITLE" } }));
        assert_eq!(only["list"].as_array().unwrap().len(), 1);
        assert_eq!(app.hook(ADMIN, "task").ok("tasks.task.history.list", json!({ "taskId": id }))["list"][0]["user"]["login"], "", "a login needs its scope");
        admin.call("tasks.task.update", json!({ "taskId": id })).fails(400, "100");
        admin.call("tasks.task.update", json!({ "fields": { "TITLE": "A" } })).fails(400, "100");
        admin.call("tasks.task.update", json!({ "taskId": "x", "fields": { "TITLE": "A" } })).fails(400, "0");
        admin.call("tasks.task.update", json!({ "taskId": 99, "fields": { "TITLE": "A" } })).fails(400, "0");
        admin.call("tasks.task.update", json!({ "taskId": id, "fields": { "TITLE": "" } })).ok();
        assert_eq!(task(&admin, id)["title"], "New");
        assert_eq!(admin.ok("tasks.task.get", json!({ "taskId": 99 })), json!([]));
        admin.call("tasks.task.get", json!({ "taskId": id, "select": [] })).fails(400, "100");
    }

    /// A task is above others, and never above itself.
    fn tasks_form_a_tree(app) {
        app.hear();
        let admin = app.admin();
        let top = add_task(&admin, json!({}));
        let middle = add_task(&admin, json!({ "PARENT_ID": top }));
        let low = add_task(&admin, json!({ "PARENT_ID": middle }));
        let put = |id: i64, parent: i64| admin.call("tasks.task.update", json!({ "taskId": id, "fields": { "PARENT_ID": parent } }));
        assert!(put(top, top).fails(400, "ERROR_CORE").contains("itself"));
        assert!(put(top, low).fails(400, "ERROR_CORE").contains("cyclic"));
        assert!(put(top, 99).fails(400, "ERROR_CORE").contains("not found"));
        assert_eq!((&task(&admin, low)["subordinate"], &task(&admin, top)["multitask"]), (&json!("Y"), &json!("Y")));
        assert_eq!(filtered(&admin, json!({ "PARENT_ID": top })), [middle]);
        assert_eq!(filtered(&admin, json!({ "ONLY_ROOT_TASKS": "Y" })), [top]);
        assert_eq!(admin.ok("tasks.task.delete", json!({ "taskId": middle })), json!({ "task": true }));
        assert_eq!(task(&admin, low)["parentId"], json!(null));
        assert_eq!(told(app, "ONTASKDELETE"), 1);
        admin.call("tasks.task.delete", json!({ "taskId": middle })).fails(400, "1048582");
    }

    /// Where the settings say so, subtasks are completed with the task, and the task with its last subtask.
    fn subtasks_are_completed_together(app) {
        let admin = app.admin();
        let auto = json!([{ "CODE": 2, "VALUE": "Y" }]);
        let top = add_task(&admin, json!({ "SE_PARAMETER": auto }));
        let (one, two) = (add_task(&admin, json!({ "PARENT_ID": top })), add_task(&admin, json!({ "PARENT_ID": top })));
        let status = |id: i64| task(&admin, id)["status"].clone();
        admin.ok("tasks.task.complete", json!({ "taskId": one }));
        assert_eq!(status(top), "2");
        admin.ok("tasks.task.complete", json!({ "taskId": two }));
        assert_eq!(status(top), "5");
        admin.ok("tasks.task.renew", json!({ "taskId": top }));
        for id in [one, two] {
            admin.ok("tasks.task.renew", json!({ "taskId": id }));
        }
        admin.ok("tasks.task.complete", json!({ "taskId": top }));
        assert_eq!([status(one), status(two)], ["5", "5"]);
    }

    /// Every documented way to find and sort tasks, by the same compiler as people.
    fn tasks_are_found(app) {
        let admin = app.admin();
        let third = admin.add_user(json!({ "NAME": "Tina", "LAST_NAME": "Aaron" }));
        let one = add_task(&admin, json!({ "TITLE": "Über", "PRIORITY": 0, "TAGS": ["Red"], "AUDITORS": [third] }));
        let two = add_task(&admin, json!({ "TITLE": "uber alles", "STATUS": 3, "DEADLINE": "2001-01-01", "ACCOMPLICES": [third] }));
        let three = add_task(&admin, json!({ "TITLE": "Other", "RESPONSIBLE_ID": third, "UF_CRM_TASK": ["L_4"], "PRIORITY": 2 }));
        let four = add_task(&admin, json!({ "TITLE": "Done", "STATUS": 5, "DEADLINE": "2001-01-01", "RESPONSIBLE_ID": ADMIN }));
        admin.ok("tasks.task.favorite.add", json!({ "taskId": two }));
        for (filter, expected) in [
            (json!({}), vec![one, two, three, four]),
            (json!({ "TITLE": "uber%" }), vec![one, two]),
            (json!({ "%TITLE": "ALLES" }), vec![two]),
            (json!({ "!TITLE": "uber" }), vec![two, three, four]),
            (json!({ "RESPONSIBLE_ID": [third, ADMIN] }), vec![three, four]),
            (json!({ "responsibleId": third }), vec![three]),
            (json!({ "REAL_STATUS": 3 }), vec![two]),
            (json!({ "REAL_STATUS": [2, 5] }), vec![one, three, four]),
            (json!({ "STATUS": -1 }), vec![two]),
            (json!({ "!STATUS": 5 }), vec![one, two, three]),
            (json!({ "<STATUS": 0 }), vec![two]),
            (json!({ ">PRIORITY": 1 }), vec![three]),
            (json!({ "TAG": "red" }), vec![one]),
            (json!({ "ACCOMPLICE": third }), vec![two]),
            (json!({ "AUDITOR": third }), vec![one]),
            (json!({ "UF_CRM_TASK": "L_4" }), vec![three]),
            (json!({ "<=DEADLINE": "2001-01-01" }), vec![two, four]),
            (json!({ "DEADLINE": "" }), vec![one, three]),
            (json!({ "GROUP_ID": 0 }), vec![one, two, three, four]),
            (json!({ "::SUBFILTER-PARAMS": { "FAVORITE": "Y" } }), vec![two]),
            (json!({ "FAVORITE": "N", "!ID": one }), vec![three, four]),
            (json!({ "::LOGIC": "OR", "::SUBFILTER-1": { "ID": one }, "::SUBFILTER-2": { "ID": four } }), vec![one, four]),
            (json!({ "STATUS": "x" }), vec![]),
            (json!({ "CHANGED_BY": ADMIN, "CREATED_BY": ADMIN }), vec![one, two, three, four]),
        ] {
            assert_eq!(filtered(&admin, filter.clone()), expected, "{filter}");
        }
        for (order, expected) in [
            (json!({}), vec![four, three, two, one]),
            (json!({ "TITLE": "asc" }), vec![four, three, one, two]),
            (json!({ "PRIORITY": "desc", "ID": "desc" }), vec![three, four, two, one]),
            (json!({ "RESPONSIBLE_LAST_NAME": "asc", "ID": "asc" }), vec![three, four, one, two]),
            (json!({ "FAVORITE": "desc", "ID": "asc" }), vec![two, one, three, four]),
            (json!({ "DEADLINE": "desc", "ID": "asc" }), vec![two, four, one, three]),
        ] {
            assert_eq!(listed(&admin, json!({ "order": order, "select": ["ID"] })), expected, "{order}");
        }
        admin.call("tasks.task.list", json!({ "order": { "NOTHING": "asc" } })).fails(400, "0");
        admin.call("tasks.task.list", json!({ "filter": { "NOTHING": 1 } })).fails(400, "ERROR_ARGUMENT");
        let body = admin.call("tasks.task.list", json!({ "filter": { "ID": two }, "select": ["ID", "subStatus", "COUNTERS", "RESPONSIBLE_ID"], "params": { "WITH_TIMER_INFO": true, "WITH_RESULT_INFO": "Y", "WITH_PARSED_DESCRIPTION": 1 } })).body();
        let shown = &body["result"]["tasks"][0];
        assert_eq!(body["total"], 1);
        assert_eq!((&shown["subStatus"], &shown["counter"]["counters"]["expired"], &shown["timeElapsed"], &shown["taskHasResult"], &shown["parsedDescription"]), (&json!("-1"), &json!(1), &json!(null), &json!("N"), &json!("")));
        assert!(shown.get("title").is_none() && shown["responsible"]["id"] == "2", "{shown}");
    }

    /// Fifty to a page.
    fn tasks_come_in_pages(app) {
        let admin = app.admin();
        for number in 0..55 {
            add_task(&admin, json!({ "TITLE": format!("T{number}") }));
        }
        let first = admin.call("tasks.task.list", json!({ "select": ["ID"] })).body();
        assert_eq!((&first["total"], &first["next"], first["result"]["tasks"].as_array().unwrap().len()), (&json!(55), &json!(50), 50));
        let second = admin.call("tasks.task.list", json!({ "select": ["ID"], "start": 50 })).body();
        assert_eq!((&second["total"], second.get("next"), second["result"]["tasks"].as_array().unwrap().len()), (&json!(55), None, 5));
        assert!(admin.call("tasks.task.list", json!({ "start": -1 })).body().get("total").is_none());
    }

    /// Custom fields of tasks are those of the same engine: typed, filtered and sorted, and deleted with the task.
    fn tasks_have_custom_fields(app) {
        let admin = app.admin();
        let field = |fields: Json| admin.ok("task.item.userfield.add", json!({ "PARAMS": fields })).as_i64().unwrap();
        let budget = field(json!({ "FIELD_NAME": "BUDGET", "USER_TYPE_ID": "double", "LABEL": "Budget" }));
        let buddy = field(json!({ "FIELD_NAME": "UF_BUDDY", "USER_TYPE_ID": "employee" }));
        let cheap = add_task(&admin, json!({ "UF_BUDGET": 1.5, "ufBuddy": EMPLOYEE }));
        let dear = add_task(&admin, json!({ "UF_BUDGET": "100" }));
        assert_eq!(filtered(&admin, json!({ ">UF_BUDGET": 2 })), [dear]);
        assert_eq!(listed(&admin, json!({ "order": { "UF_BUDGET": "desc" }, "select": ["ID"] })), [dear, cheap]);
        assert!(task(&admin, cheap).get("ufBudget").is_none(), "custom fields are shown where they are asked for");
        let shown = admin.ok("tasks.task.get", json!({ "taskId": cheap, "select": ["UF_BUDGET", "UF_BUDDY"] }))["task"].clone();
        assert_eq!((&shown["ufBudget"], &shown["ufBuddy"]), (&json!(1.5), &json!("2")));
        admin.ok("tasks.task.update", json!({ "taskId": cheap, "fields": { "UF_BUDGET": 7 } }));
        assert_eq!(filtered(&admin, json!({ "UF_BUDGET": 7 })), [cheap]);
        let found = admin.ok("user.references", json!({ "ID": EMPLOYEE, "OBJECT": "task" }));
        assert!(found["items"].as_array().unwrap().contains(&json!({ "OBJECT": "task", "OBJECT_ID": cheap.to_string(), "FIELD": "UF_BUDDY", "ROLE": "UF_BUDDY" })), "{found}");
        let fields = admin.ok("tasks.task.getFields", json!({}))["fields"].clone();
        assert_eq!((&fields["UF_BUDGET"]["type"], &fields["ID"]["primary"], &fields["STATUS"]["values"]["5"], &fields["ACCOMPLICES"]["type"]), (&json!("double"), &json!(true), &json!("Completed"), &json!("array")));

        let body = admin.call("task.item.userfield.getlist", json!({ "ORDER": { "ID": "ASC" } })).body();
        assert_eq!((&body["total"], body["result"].as_array().unwrap().len(), &body["result"][0]["FIELD_NAME"]), (&json!(0), 2, &json!("UF_BUDGET")));
        let one = admin.ok("task.item.userfield.get", json!({ "ID": budget }));
        assert_eq!((&one["ENTITY_ID"], &one["EDIT_FORM_LABEL"]["en"]), (&json!("TASKS_TASK"), &json!("Budget")));
        admin.ok("task.item.userfield.update", json!({ "ID": budget, "DATA": { "SORT": 7, "MANDATORY": "Y" } }));
        assert!(admin.call("tasks.task.add", json!({ "fields": { "TITLE": "A", "RESPONSIBLE_ID": 2 } })).fails(400, "ERROR_CORE").contains("UF_BUDGET"));
        assert_eq!(admin.ok("task.item.userfield.gettypes", json!({}))[0], json!({ "ID": "string", "title": "String" }));
        assert_eq!(admin.ok("task.item.userfield.getfields", json!({}))["ID"]["isReadOnly"], true);
        for wrong in [json!({ "FIELD_NAME": "A" }), json!({ "USER_TYPE_ID": "string" }), json!({ "FIELD_NAME": "A", "USER_TYPE_ID": "moon" }),
            json!({ "FIELD_NAME": "BUDGET", "USER_TYPE_ID": "string" }), json!({ "FIELD_NAME": "UF_CRM_TASK", "USER_TYPE_ID": "string" })] {
            admin.call("task.item.userfield.add", json!({ "PARAMS": wrong })).fails(400, "ERROR_CORE");
        }
        for id in [json!(0), json!("x")] {
            admin.call("task.item.userfield.delete", json!({ "ID": id })).fails(400, "ERROR_CORE");
        }
        admin.call("task.item.userfield.delete", json!({ "ID": 999 })).fails(400, "ERROR_NOT_FOUND");
        let config = app.hook(ADMIN, "task,userfieldconfig").ok("userfieldconfig.list", json!({ "moduleId": "tasks", "select": { "0": "*" } }));
        assert_eq!(config["fields"].as_array().unwrap().len(), 2);
        admin.ok("tasks.task.delete", json!({ "taskId": cheap }));
        assert_eq!(app.count("select count(*) from custom_values"), 1);
        admin.ok("task.item.userfield.delete", json!({ "ID": budget }));
        admin.ok("task.item.userfield.delete", json!({ "ID": buddy }));
        assert_eq!(app.count("select count(*) from custom_values"), 0);
    }

    /// Where someone is used tells of tasks by the declared fields alone.
    fn people_of_tasks_are_referred_to(app) {
        let admin = app.admin();
        let third = admin.add_user(json!({}));
        let id = add_task(&admin, json!({ "RESPONSIBLE_ID": third, "ACCOMPLICES": [third], "AUDITORS": [third] }));
        let found = admin.ok("user.references", json!({ "ID": third }));
        let fields: Vec<_> = found["items"].as_array().unwrap().iter().map(|it| (it["OBJECT"].as_str().unwrap(), it["OBJECT_ID"].as_str().unwrap().to_owned(), it["FIELD"].as_str().unwrap(), it["ROLE"].as_str().unwrap())).collect();
        let id = id.to_string();
        assert_eq!(fields, [("task", id.clone(), "RESPONSIBLE_ID", "Assignee"), ("task", id.clone(), "AUDITORS", "Observers"), ("task", id, "ACCOMPLICES", "Participants")]);
        assert_eq!(found["counts"], json!({ "task": 3 }));
    }
}
