//! Tasks in the browser.

use crate::{
    app::{ADMIN, EMPLOYEE},
    both::both,
    browser::{Browser, leads_to},
    task::{add_task, task},
};
use muster_core::{Json, json};

both! {
    /// A task is added, worked on, talked about and deleted, by the methods that clients call.
    fn a_task_is_worked_on(app) {
        let ada = Browser::signed_in(app, "ada@example.com");
        let emil = Browser::signed_in(app, "emil@example.com");
        assert_eq!(ada.submit("/tasks/", "/tasks/add/", &[("title", " ")]).status, 422);
        assert_eq!(ada.submit("/tasks/", "/tasks/add/", &[("title", "A"), ("responsible", "nobody@example.com")]).status, 422);
        let fields = [("title", "Paint <b>it</b>"), ("responsible", "emil@example.com"), ("deadline", "2001-01-01"), ("description", "White")];
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
        for part in ["Emil Employee", "In progress", "White", "Buy paint", "aria-pressed=\"true\"", "Nearly &lt;i&gt;there&lt;/i&gt;"] {
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

    /// What is due first comes first, what has no deadline last; people from outside the company have the page too.
    fn the_nearest_deadline_comes_first(app) {
        let of = |title: &str, deadline: Json| json!({ "TITLE": title, "RESPONSIBLE_ID": EMPLOYEE, "DEADLINE": deadline });
        let later = add_task(&app.admin(), of("Later", json!("2031-01-01T12:00:00+00:00")));
        let never = add_task(&app.admin(), of("Never", Json::Null));
        let soon = add_task(&app.admin(), of("Soon", json!("2030-01-01T12:00:00+00:00")));
        let order = |page: &str| -> Vec<i64> {
            let links = page.split("<td><a href=\"/tasks/").skip(1).map(|it| it.split('/').next().unwrap().parse().unwrap());
            links.collect()
        };
        let emil = Browser::signed_in(app, "emil@example.com");
        assert_eq!(order(&emil.page("/tasks/")), [soon, later, never]);
        app.execute("update users set user_type = 'extranet' where id = 2");
        assert_eq!(order(&emil.page("/tasks/")), [soon, later, never]);
        assert!(emil.page("/").contains("Soon"), "the start page shows what there is to do");
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

    /// A profile shows the open tasks that the visitor may see, what is due first before the others, and leads to all of
    /// them and to a form for a new one.
    fn a_profile_shows_tasks(app) {
        let admin = app.admin();
        let add = |title: &str, fields: Json| {
            let mut all = fields;
            all["TITLE"] = title.into();
            add_task(&admin, all)
        };
        add("Someday", json!({}));
        add("Next year", json!({ "DEADLINE": "2099-01-01" }));
        add("Long ago", json!({ "DEADLINE": "2001-01-01" }));
        let done = add("Done <i>", json!({}));
        admin.ok("tasks.task.complete", json!({ "taskId": done }));
        add("For someone else", json!({ "RESPONSIBLE_ID": ADMIN }));
        let third = admin.add_user(json!({ "EMAIL": "tina@example.com", "NAME": "Tina", "LAST_NAME": "Third" }));
        add("With Tina", json!({ "AUDITORS": [third] }));
        app.execute("update users set accepted_at = registered_at");
        let (ada, emil, tina) = (Browser::signed_in(app, "ada@example.com"), Browser::signed_in(app, "emil@example.com"), Browser::signed_in(app, "tina@example.com"));
        let profile = |browser: &Browser<'_>| browser.page(&format!("/company/personal/user/{EMPLOYEE}/"));
        for page in [profile(&ada), profile(&emil)] {
            let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text} in {page}"));
            assert!(at("Long ago") < at("Next year") && at("Next year") < at("Someday"));
            assert!(page.contains("Tasks <span class=\"tag\">4</span>") && page.contains("1 overdue"), "{page}");
            assert!(!page.contains("Done") && !page.contains("For someone else"), "{page}");
        }
        assert!(profile(&ada).contains("New task for them") && !profile(&emil).contains("New task for them"));
        let page = profile(&tina);
        assert!(page.contains("With Tina") && page.contains("Tasks <span class=\"tag\">1</span>") && !page.contains("Someday"), "{page}");
        for number in 0..50 {
            add(&format!("T{number}"), json!({ "DEADLINE": "2001-01-02" }));
        }
        let page = profile(&ada);
        assert!(page.contains("Tasks <span class=\"tag\">54</span>") && page.contains("51 overdue") && page.matches("href=\"/tasks/").count() <= 8, "{page}");
    }

    /// The list of another person shows no more than their profile, and a task can be added to them without their address.
    fn another_persons_tasks_are_listed(app) {
        let admin = app.admin();
        let own = add_task(&admin, json!({ "TITLE": "By Ada" }));
        let (ada, emil) = (Browser::signed_in(app, "ada@example.com"), Browser::signed_in(app, "emil@example.com"));
        let path = format!("/tasks/?person={EMPLOYEE}&new=1");
        let page = ada.page(&path);
        for shown in ["Tasks of Emil Employee", "By Ada", "<details class=\"panel task-new\" open>", "name=\"person\" value=\"2\"", "Set by them"] {
            assert!(page.contains(shown), "no {shown} in {page}");
        }
        assert!(!page.contains("name=\"responsible\"") && !page.contains("role=all"), "{page}");
        assert!(!ada.page(&format!("/tasks/?person={EMPLOYEE}&role=given")).contains("By Ada"));
        let added = leads_to(&ada.submit(&path, "/tasks/add/", &[("title", "Water"), ("person", "2")]));
        assert!(added.ends_with("?done=saved") && ada.page(&path).contains("Water"), "{added}");
        let reply = ada.submit(&path, "/tasks/add/", &[("title", " "), ("person", "2")]);
        assert!(reply.status == 422 && reply.text().contains("Tasks of Emil Employee"), "{}", reply.text());
        let theirs = emil.page(&format!("/tasks/?person={ADMIN}&role=given"));
        assert!(theirs.contains("By Ada") && theirs.contains(&format!("/tasks/{own}/")), "{theirs}");
        assert!(emil.page(&format!("/tasks/?person={EMPLOYEE}")).contains("<h1>Tasks</h1>"), "one's own list has no other name");
        for nobody in ["999", "x", "-1"] {
            assert_eq!(emil.get(&format!("/tasks/?person={nobody}")).status, 404, "{nobody}");
        }
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Shared" }));
        admin.ok("user.add", json!({ "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [group] }));
        app.execute("update users set accepted_at = registered_at");
        let guest = Browser::signed_in(app, "guest@example.com");
        assert_eq!(guest.get(&format!("/tasks/?person={EMPLOYEE}")).status, 404, "whom they do not see");
        assert_eq!(guest.submit("/tasks/", "/tasks/add/", &[("title", "A"), ("person", "2")]).status, 404);
        assert!(!guest.page(&format!("/tasks/?person={ADMIN}&role=given")).contains("By Ada"));
    }

    /// Where nothing may be said any more there is no form to say it. A favorite is nobody else's business.
    fn archived_tasks_have_no_forms(app) {
        let group = app.admin().ok("sonet_group.create", json!({ "NAME": "Garden", "OWNER_ID": EMPLOYEE }));
        let id = add_task(&app.employee(), json!({ "GROUP_ID": group }));
        let path = format!("/tasks/{id}/");
        let (ada, emil) = (Browser::signed_in(app, "ada@example.com"), Browser::signed_in(app, "emil@example.com"));
        assert!(emil.page(&path).contains(&format!("{path}comment/")));
        app.admin().ok("sonet_group.update", json!({ "GROUP_ID": group, "CLOSED": "Y" }));
        let page = emil.page(&path);
        let forms: Vec<&str> = page.split(&format!("action=\"{path}")).skip(1).map(|it| it.split('/').next().unwrap()).collect();
        assert!(forms == ["mark"] && !page.contains("startwatch") && page.contains("There are no comments."), "{page}");
        assert!(ada.page(&path).contains(&format!("{path}comment/")), "an administrator may");
    }
}
