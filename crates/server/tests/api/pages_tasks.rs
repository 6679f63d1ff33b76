//! Tasks in the browser.

use crate::{
    app::EMPLOYEE,
    both::both,
    browser::{Browser, leads_to},
    task::{add_task, task},
};
use muster_core::json;

both! {
    /// A task is added, worked on, talked about and deleted, by the methods that clients call.
    fn a_task_is_worked_on(app) {
        let ada = Browser::signed_in(app, "ada@example.com");
        let emil = Browser::signed_in(app, "emil@example.com");
        assert_eq!(ada.submit("/tasks/", "/tasks/add/", &[("title", " ")]).status, 422);
        assert_eq!(ada.submit("/tasks/", "/tasks/add/", &[("title", "A"), ("email", "nobody@example.com")]).status, 422);
        let fields = [("title", "Paint <b>it</b>"), ("email", "emil@example.com"), ("deadline", "2001-01-01"), ("description", "White")];
        assert_eq!(leads_to(&ada.submit("/tasks/", "/tasks/add/", &fields)), "/tasks/1/?done=saved");
        assert_eq!(task(&app.admin(), 1)["deadline"], "2001-01-01T23:59:00+00:00", "a day lasts until its end");
        let listed = emil.page("/tasks/");
        assert!(listed.contains("Paint &#60;b&#62;it&#60;/b&#62;") && listed.contains("overdue") && listed.contains("1 task"), "{listed}");
        assert!(!ada.page("/tasks/").contains("/tasks/1/") && ada.page("/tasks/?role=given").contains("/tasks/1/"));
        assert!(!emil.page("/tasks/?q=nothing").contains("/tasks/1/"));
        let act = |browser: &Browser<'_>, action: &str, fields: &[(&str, &str)]| leads_to(&browser.submit("/tasks/1/", &format!("/tasks/1/{action}/"), fields));
        assert_eq!(act(&emil, "move", &[("verb", "start")]), "/tasks/1/?done=saved");
        assert_eq!(emil.submit("/tasks/1/", "/tasks/1/move/", &[("verb", "start")]).status, 422, "it has begun");
        assert_eq!(emil.submit("/tasks/1/", "/tasks/1/move/", &[("verb", "delete")]).status, 404);
        act(&emil, "item", &[("title", "Buy paint")]);
        act(&emil, "tick", &[("item", "2")]);
        act(&emil, "comment", &[("text", "Nearly <i>there</i>")]);
        let card = ada.page("/tasks/1/");
        for part in ["Emil Employee", "In progress", "White", "Buy paint", "aria-pressed=\"true\"", "Nearly &#60;i&#62;there&#60;/i&#62;"] {
            assert!(card.contains(part), "{part}: {card}");
        }
        let admin = app.admin();
        assert_eq!((&task(&admin, 1)["status"], &task(&admin, 1)["commentsCount"]), (&json!("3"), &json!("1")));
        act(&emil, "move", &[("verb", "complete")]);
        assert!(!emil.page("/tasks/").contains("/tasks/1/") && emil.page("/tasks/?done=1").contains("/tasks/1/"));
        assert!(!emil.page("/tasks/1/").contains("/tasks/1/delete/"), "only its creator deletes it");
        assert_eq!(act(&ada, "delete", &[]), "/tasks/?done=task-deleted");
        assert_eq!(ada.get("/tasks/1/").status, 404);
    }

    /// A page shows nobody a task that the methods would not.
    fn hidden_tasks_have_no_page(app) {
        let id = add_task(&app.admin(), json!({ "RESPONSIBLE_ID": 1 }));
        let emil = Browser::signed_in(app, "emil@example.com");
        assert_eq!(emil.get(&format!("/tasks/{id}/")).status, 404);
        assert!(!emil.page("/tasks/?role=all").contains(&format!("/tasks/{id}/")));
        for number in 0..51 {
            add_task(&app.admin(), json!({ "TITLE": format!("T{number}"), "RESPONSIBLE_ID": EMPLOYEE }));
        }
        let first = emil.page("/tasks/");
        assert!(first.contains("51 tasks") && first.contains("start=50"), "{first}");
        assert!(emil.page("/tasks/?start=50").contains("start=0"));
    }
}
