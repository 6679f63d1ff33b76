//! Results of tasks: comments that say what came of them.

use crate::{
    app::{ADMIN, Client, EMPLOYEE},
    both::both,
    task::{add_task, listed, task},
};
use muster_core::{Json, json};

fn comment(client: &Client<'_>, task: i64, text: &str) -> i64 {
    client.ok("task.commentitem.add", json!([task, { "POST_MESSAGE": text }])).as_i64().unwrap()
}

fn pin(client: &Client<'_>, comment: i64) -> Json {
    client.ok("tasks.task.result.addFromComment", json!({ "commentId": comment }))
}

fn results(client: &Client<'_>, task: i64) -> Vec<(i64, i64)> {
    let list = client.ok("tasks.task.result.list", json!({ "taskId": task }));
    list.as_array()
        .unwrap()
        .iter()
        .map(|it| (it["commentId"].as_i64().unwrap(), it["status"].as_i64().unwrap()))
        .collect()
}

both! {
    /// A result is the comment that it was made of, open until the task is completed, and gone with it.
    fn comments_become_results(app) {
        let (admin, emil) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({}));
        let (one, two) = (comment(&emil, id, "[B]Done[/B] <i>"), comment(&emil, id, "More"));
        let made = pin(&emil, one);
        assert_eq!(made, json!({
            "id": 1, "taskId": id, "commentId": one, "createdBy": EMPLOYEE, "createdAt": made["updatedAt"], "updatedAt": made["createdAt"],
            "status": 0, "text": "[B]Done[/B] <i>", "formattedText": "<b>Done</b> &lt;i&gt;", "files": null,
        }));
        let said = emil.call("tasks.task.result.addFromComment", json!({ "commentId": one })).fails(400, "0");
        assert!(said.contains("Result already exists."), "{said}");
        pin(&emil, two);
        assert_eq!(results(&admin, id), [(two, 0), (one, 0)], "the newest first");
        app.app.clock.advance(60);
        emil.ok("task.commentitem.update", json!([id, one, { "POST_MESSAGE": "Really" }]));
        let list = admin.ok("tasks.task.result.list", json!({ "taskId": id }));
        assert_eq!((&list[1]["text"], &list[1]["files"], list[1]["updatedAt"] != list[1]["createdAt"]), (&json!("Really"), &json!([]), true));
        let info = || {
            let params = json!({ "filter": { "ID": id }, "select": ["ID"], "params": { "WITH_RESULT_INFO": "Y" } });
            let shown = admin.ok("tasks.task.list", params)["tasks"][0].clone();
            [shown["taskHasResult"].clone(), shown["taskHasOpenResult"].clone(), shown["taskRequireResult"].clone()]
        };
        assert_eq!(info(), ["Y", "Y", "N"]);
        // What was done with stays so when the task is taken up again.
        emil.ok("tasks.task.complete", json!({ "taskId": id }));
        assert_eq!((results(&admin, id), info()), (vec![(two, 1), (one, 1)], ["Y", "N", "N"].map(Json::from)));
        emil.ok("tasks.task.renew", json!({ "taskId": id }));
        pin(&emil, one);
        assert_eq!(results(&admin, id), [(one, 0), (two, 1), (one, 1)]);
        emil.ok("task.commentitem.delete", json!([id, two]));
        assert_eq!(emil.ok("tasks.task.result.deleteFromComment", json!({ "commentId": one })), json!(null));
        assert_eq!((results(&admin, id), &task(&admin, id)["commentsCount"]), (vec![], &json!("1")));
        assert_eq!(info(), ["N", "N", "N"]);
        let noted = admin.ok("tasks.task.history.list", json!({ "taskId": id, "filter": { "FIELD": "RESULT" }, "order": { "id": "asc" } }));
        let noted: Vec<&Json> = noted["list"].as_array().unwrap().iter().map(|it| &it["value"]).collect();
        let (one, two) = (one.to_string(), two.to_string());
        assert_eq!(noted, [
            &json!({ "from": null, "to": one }), &json!({ "from": null, "to": two }), &json!({ "from": null, "to": one }), &json!({ "from": one, "to": null }),
        ]);
        assert_eq!(listed(&admin, json!({})), [id]);
    }

    /// People do so with their own comments on tasks that they see, administrators with anyone's.
    fn results_are_made_by_authors(app) {
        let (admin, emil) = (app.admin(), app.employee());
        let id = add_task(&admin, json!({ "AUDITORS": [EMPLOYEE], "RESPONSIBLE_ID": ADMIN }));
        let (adas, emils) = (comment(&admin, id, "By Ada"), comment(&emil, id, "By Emil"));
        let fails = |client: &Client<'_>, method: &str, params: Json, code: &str, said: &str| {
            let words = client.call(&format!("tasks.task.result.{method}"), params.clone()).fails(400, code);
            assert!(words.contains(said), "{method} {params}: {words}");
        };
        for method in ["addFromComment", "deleteFromComment"] {
            fails(&emil, method, json!({ "commentId": adas }), "0", "Access denied.");
            fails(&emil, method, json!({ "commentId": 999 }), "0", "Comment not found.");
            fails(&emil, method, json!({}), "100", "{commentId}");
            fails(&emil, method, json!({ "commentId": "x" }), "100", "Should be value of type int");
        }
        assert_eq!(pin(&admin, emils)["createdBy"], ADMIN, "whoever made it a result is its author");
        let stranger = app.hook(admin.add_user(json!({})), "task");
        for wrong in [id, 999] {
            fails(&stranger, "list", json!({ "taskId": wrong }), "0", "Access denied.");
        }
        fails(&stranger, "list", json!({ "taskId": "x" }), "100", "{taskId}");
        fails(&stranger, "addFromComment", json!({ "commentId": emils }), "0", "Access denied.");
        let counts = admin.ok("user.references", json!({ "ID": ADMIN, "OBJECT": "task_result" }))["counts"].clone();
        assert_eq!(counts, json!({ "task_result": 1 }));
        emil.ok("tasks.task.result.deleteFromComment", json!({ "commentId": emils }));
        admin.ok("tasks.task.result.deleteFromComment", json!({ "commentId": emils }));
        assert_eq!(app.count("select count(*) from task_history where field = 'RESULT'"), 2, "what is none already changes nothing");
        // In an archived workgroup they can be read and not made.
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Garden", "OWNER_ID": EMPLOYEE }));
        let archived = add_task(&emil, json!({ "GROUP_ID": group }));
        let late = comment(&emil, archived, "Late");
        admin.ok("sonet_group.update", json!({ "GROUP_ID": group, "CLOSED": "Y" }));
        fails(&emil, "addFromComment", json!({ "commentId": late }), "0", "Access denied.");
        assert_eq!(results(&emil, archived), []);
    }
}
