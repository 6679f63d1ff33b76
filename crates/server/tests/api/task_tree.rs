//! Tasks above and below each other: what completing one does to others, and who sees which root.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, ROOT, TestApp},
    both::both,
    group::create,
    task::{add_task, filtered, task},
};
use muster_core::{Json, json};

/// The setting that completes tasks with their parts and the other way round.
fn auto() -> Json {
    json!([{ "CODE": 2, "VALUE": "Y" }])
}

fn complete(client: &Client<'_>, id: i64) {
    client.ok("tasks.task.complete", json!({ "taskId": id }));
}

fn statuses(app: &TestApp, ids: &[i64]) -> Vec<String> {
    ids.iter().map(|id| task(&app.admin(), *id)["status"].as_str().unwrap().to_owned()).collect()
}

both! {
    /// Whoever works on a part needs no right to the whole, yet does not speak for a creator who accepts the work.
    fn what_completes_by_itself_waits_for_its_creator(app) {
        let (admin, emil) = (app.admin(), app.employee());
        // Emil does not even see the task above.
        let (plain, controlled) = (add_task(&admin, json!({ "RESPONSIBLE_ID": ADMIN, "SE_PARAMETER": auto() })), add_task(&admin, json!({ "RESPONSIBLE_ID": ADMIN, "TASK_CONTROL": "Y", "SE_PARAMETER": auto() })));
        let above = add_task(&admin, json!({ "RESPONSIBLE_ID": ADMIN, "SE_PARAMETER": auto() }));
        admin.ok("tasks.task.update", json!({ "taskId": controlled, "fields": { "PARENT_ID": above } }));
        let parts = [plain, controlled].map(|id| add_task(&admin, json!({ "PARENT_ID": id })));
        assert_eq!(emil.ok("tasks.task.get", json!({ "taskId": plain })), json!([]));
        for part in parts {
            complete(&emil, part);
        }
        assert_eq!(statuses(app, &[plain, controlled, above]), ["5", "4", "2"], "what waits is not done, nor is what is above it");
        let note = admin.ok("tasks.task.history.list", json!({ "taskId": plain }))["list"][0].clone();
        assert_eq!((&note["field"], &note["value"]["to"], &note["user"]["id"]), (&json!("STATUS"), &json!("5"), &json!(EMPLOYEE)));
        admin.ok("tasks.task.approve", json!({ "taskId": controlled }));
        assert_eq!(statuses(app, &[controlled, above]), ["5", "5"]);
        // The same from above to below.
        let top = add_task(&admin, json!({ "SE_PARAMETER": auto() }));
        let low = add_task(&admin, json!({ "RESPONSIBLE_ID": ADMIN, "PARENT_ID": top, "TASK_CONTROL": "Y" }));
        let lowest = add_task(&emil, json!({ "PARENT_ID": top, "TASK_CONTROL": "Y" }));
        complete(&emil, top);
        assert_eq!(statuses(app, &[top, low, lowest]), ["5", "4", "5"], "their own work they accept themselves");
    }

    /// Nothing changes in an archived workgroup, whatever is done elsewhere.
    fn archived_tasks_are_not_completed_along(app) {
        let admin = app.admin();
        let group = create(&admin, json!({ "NAME": "Garden" }));
        let top = add_task(&admin, json!({ "SE_PARAMETER": auto() }));
        let kept = add_task(&admin, json!({ "PARENT_ID": top, "GROUP_ID": group }));
        admin.ok("sonet_group.update", json!({ "GROUP_ID": group, "CLOSED": "Y" }));
        complete(&app.employee(), top);
        assert_eq!(statuses(app, &[top, kept]), ["5", "2"]);
    }

    /// What is moved and completed by one call counts where it is then, and completes its parts if it does so from then on.
    fn a_change_counts_as_it_is_afterwards(app) {
        let admin = app.admin();
        let [old, new] = [(); 2].map(|()| add_task(&admin, json!({ "SE_PARAMETER": auto() })));
        let moved = add_task(&admin, json!({ "PARENT_ID": old }));
        let part = add_task(&admin, json!({ "PARENT_ID": moved }));
        let update = |fields: Json| admin.ok("tasks.task.update", json!({ "taskId": moved, "fields": fields }));
        update(json!({ "PARENT_ID": new, "STATUS": 5, "SE_PARAMETER": auto() }));
        assert_eq!(statuses(app, &[old, new, moved, part]), ["2", "5", "5", "5"]);
    }

    /// A task is a root to whoever does not see the one above it, and a head sees what their people see.
    fn roots_depend_on_who_looks(app) {
        let admin = app.admin();
        let sales = admin.ok("department.add", json!({ "NAME": "Sales", "PARENT": ROOT })).as_i64().unwrap();
        let (head, worker) = (admin.add_user(json!({})), admin.add_user(json!({ "UF_DEPARTMENT": [sales] })));
        admin.ok("department.update", json!({ "ID": sales, "UF_HEAD": head }));
        let hidden = add_task(&admin, json!({ "RESPONSIBLE_ID": ADMIN }));
        let below_hidden = add_task(&admin, json!({ "RESPONSIBLE_ID": worker, "PARENT_ID": hidden }));
        let theirs = add_task(&admin, json!({ "RESPONSIBLE_ID": worker }));
        let below = add_task(&admin, json!({ "RESPONSIBLE_ID": worker, "PARENT_ID": theirs }));
        for client in [app.hook(head, "task"), app.hook(worker, "task")] {
            assert_eq!(filtered(&client, json!({})), [below_hidden, theirs, below]);
            assert_eq!(filtered(&client, json!({ "ONLY_ROOT_TASKS": "Y" })), [below_hidden, theirs]);
        }
    }

    /// Lists of people are bounded, and tell no one from outside who exists.
    fn lists_of_people_tell_nothing(app) {
        let admin = app.admin();
        let group = create(&app.hook(EMPLOYEE, "sonet_group"), json!({ "NAME": "Partners" }));
        let guest = admin.ok("user.add", json!({ "EMAIL": "gus@partner.example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [group] }));
        let guest = app.hook(guest.as_i64().unwrap(), "task");
        let hidden = admin.add_user(json!({}));
        let said = |fields: Json| {
            let mut all = json!({ "TITLE": "A", "RESPONSIBLE_ID": EMPLOYEE });
            all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            let reply = guest.call("tasks.task.add", json!({ "fields": all }));
            assert_eq!(reply.status, 400);
            json!([reply.body()["error"], reply.body()["error_description"]]).to_string()
        };
        for name in ["ACCOMPLICES", "AUDITORS"] {
            let of = |id: i64| said(json!({ name: [EMPLOYEE, id] })).replace(&id.to_string(), "ID");
            assert_eq!(of(hidden), of(999));
        }
        let of = |id: i64| said(json!({ "CREATED_BY": id }));
        assert_eq!(of(hidden), of(999));
        assert_eq!(app.count("select count(*) from tasks"), 0);
        let many: Vec<i64> = (1..=1001).collect();
        let fields = json!({ "TITLE": "A", "RESPONSIBLE_ID": EMPLOYEE, "AUDITORS": many });
        assert!(admin.call("tasks.task.add", json!({ "fields": fields })).fails(400, "ERROR_ARGUMENT").contains("at most 1000"));
        let id = add_task(&admin, json!({ "AUDITORS": ["2", 2, 0, "", 1] }));
        assert_eq!(task(&admin, id)["auditors"], json!(["2", "1"]));
    }
}
