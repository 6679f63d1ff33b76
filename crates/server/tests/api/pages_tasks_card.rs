//! The card of a task in the browser: changing it, its comments, checklists and time, and who may do what.

use crate::{
    app::{ADMIN, EMPLOYEE, Reply},
    both::both,
    browser::{Browser, leads_to},
    task::{add_task, task},
};
use muster_core::{Json, json};

/// Sends a form of a task's card.
fn act(browser: &Browser<'_>, id: i64, action: &str, fields: &[(&str, &str)]) -> Reply {
    browser.submit(&format!("/tasks/{id}/"), &format!("/tasks/{id}/{action}/"), fields)
}

/// The same where it has to work.
#[track_caller]
fn done(browser: &Browser<'_>, id: i64, action: &str, fields: &[(&str, &str)]) {
    assert_eq!(leads_to(&act(browser, id, action, fields)), format!("/tasks/{id}/?done=saved"));
}

/// The same where it has to be refused: the page that says so, in a part of it that is a form.
#[track_caller]
fn refused(browser: &Browser<'_>, id: i64, action: &str, fields: &[(&str, &str)]) -> String {
    let reply = act(browser, id, action, fields);
    assert_eq!(reply.status, 422, "{action}: {}", reply.text());
    assert!(reply.text().contains("role=\"alert\""), "{action}: {}", reply.text());
    reply.text().to_owned()
}

both! {
    /// Everything that a task says is changed by one form, in the visitor's time zone, and nothing that was not touched.
    fn a_task_is_changed(app) {
        let admin = app.admin();
        let tina = admin.add_user(json!({ "EMAIL": "tina@example.com", "NAME": "Tina", "LAST_NAME": "Third" }));
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Garden" })).to_string();
        admin.ok("user.update", json!({ "ID": ADMIN, "TIME_ZONE": "Asia/Tokyo" }));
        let id = add_task(&admin, json!({ "TITLE": "Paint", "DESCRIPTION": "White\r\n[b]paint[/b]", "DEADLINE": "2030-01-01T10:00:30+00:00" }));
        let ada = Browser::signed_in(app, "ada@example.com");
        let form = ada.page(&format!("/tasks/{id}/?edit=about"));
        for part in [
            "name=\"title\" value=\"Paint\"", "White\n[b]paint[/b]</textarea>", "name=\"deadline\" value=\"2030-01-01T19:00\"",
            "name=\"responsible\" value=\"Emil Employee [2]\"", "<option value=\"1\" selected>Normal</option>", ">Garden</option>",
        ] {
            assert!(form.contains(part), "{part}: {form}");
        }
        let before = task(&admin, id);
        let same = [("title", "Paint"), ("description", "White\n[b]paint[/b]"), ("deadline", "2030-01-01T19:00"), ("responsible", "Emil Employee [2]"), ("priority", "1"), ("group", ""), ("accomplices[]", ""), ("auditors[]", "")];
        done(&ada, id, "change", &same);
        assert_eq!(task(&admin, id), before, "what was not touched stays, seconds included");
        let tina_typed = format!("Tina Third [{tina}]");
        let fields = [
            ("title", "Paint <it>"), ("description", "Green"), ("deadline", "2031-02-03T08:30"), ("responsible", "Tina Third"), ("priority", "2"),
            ("group", &group), ("accomplices[]", ""), ("accomplices[]", &tina_typed), ("auditors[]", "emil@example.com"), ("auditors[]", "1"),
        ];
        done(&ada, id, "change", &fields);
        let now = task(&admin, id);
        for (name, value) in [
            ("title", json!("Paint <it>")), ("description", json!("Green")), ("deadline", json!("2031-02-02T23:30:00+00:00")), ("responsibleId", json!(tina.to_string())),
            ("priority", json!("2")), ("groupId", json!(group)), ("accomplices", json!([tina.to_string()])), ("auditors", json!(["2", "1"])),
        ] {
            assert_eq!(now[name], value, "{name}");
        }
        let page = ada.page(&format!("/tasks/{id}/"));
        for part in ["Paint &#60;it&#62;", "Green", "Garden", "High priority", "Tina Third", "February 3, 2031, 08:30"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        done(&ada, id, "change", &[("deadline", ""), ("group", ""), ("accomplices[]", ""), ("auditors[]", "")]);
        let now = task(&admin, id);
        assert_eq!((&now["deadline"], &now["groupId"], &now["accomplices"], &now["auditors"]), (&Json::Null, &json!("0"), &json!([]), &json!([])));

        // What is wrong is said in the form, with what was typed.
        for (field, value, said) in [
            ("title", " ", "A task needs a title"), ("deadline", "soon", "This is no date and time."), ("responsible", "Nobody Here", "goes by “Nobody Here”"),
            ("responsible", "", "Say who is to do it."), ("responsible", "99", "This person cannot be given the task."), ("group", "99", "You cannot put tasks into this workgroup."),
            ("accomplices[]", "nobody@example.com", "There is no one with this e-mail address."), ("auditors[]", "99", "One of the observers"),
        ] {
            let page = refused(&ada, id, "change", &[("description", "Typed"), (field, value)]);
            assert!(page.contains(said) && page.contains("Typed</textarea>") && page.contains("aria-invalid=\"true\""), "{field} {value}: {page}");
        }
        assert_eq!(task(&admin, id)["description"], "Green", "nothing of a refused form is saved");
    }

    /// Whoever may not change a task has no form for it. An assignee hands it over, and moves its deadline if that is free.
    fn forms_go_by_rights(app) {
        let admin = app.admin();
        let tina = admin.add_user(json!({ "EMAIL": "tina@example.com", "NAME": "Tina", "LAST_NAME": "Third" }));
        app.execute("update users set accepted_at = registered_at");
        let id = add_task(&admin, json!({ "AUDITORS": [tina] }));
        admin.ok("task.commentitem.add", json!([id, { "POST_MESSAGE": "By Ada" }]));
        admin.ok("task.checklistitem.add", json!([id, { "TITLE": "Wash" }]));
        admin.ok("task.elapseditem.add", json!([id, { "SECONDS": 60 }]));
        let path = format!("/tasks/{id}/");
        let (ada, emil, observer) = (Browser::signed_in(app, "ada@example.com"), Browser::signed_in(app, "emil@example.com"), Browser::signed_in(app, "tina@example.com"));
        let has = |browser: &Browser<'_>, what: &str| browser.page(&path).contains(what);
        for (what, [creator, assignee, watcher]) in [
            ("?edit=about", [true, false, false]), ("?edit=hand-over", [false, true, false]), ("delete/\" data-confirm=\"Delete this task", [true, false, false]),
            ("?edit=comment-1", [true, false, false]), ("comment/1/delete/", [true, false, false]), ("?edit=item-2", [true, true, false]),
            ("item/2/delete/", [true, true, false]), (format!("{path}time/\"").as_str(), [true, true, false]), ("time/1/delete/", [true, false, false]),
            (format!("{path}comment/\"").as_str(), [true, true, true]), (format!("{path}mark/\"").as_str(), [true, true, true]), (format!("{path}tick/\"").as_str(), [true, true, false]),
        ] {
            assert_eq!([has(&ada, what), has(&emil, what), has(&observer, what)], [creator, assignee, watcher], "{what}");
        }
        for edit in ["about", "comment-1", "time", "nothing", "\"><xss>"] {
            let page = emil.get(&format!("{path}?edit={}", edit.replace('"', "%22").replace('<', "%3C").replace('>', "%3E")));
            assert!(page.status == 200 && !page.text().contains("name=\"changed\"") && !page.text().contains(&format!("{path}change/")), "{edit}");
        }
        assert!(!observer.page(&format!("{path}?edit=item-2")).contains("name=\"renamed\""));
        refused(&emil, id, "change", &[("title", "Mine")]);
        refused(&emil, id, "comment/1", &[("changed", "Mine")]);
        refused(&emil, id, "comment/1/delete", &[]);
        refused(&emil, id, "time/1/delete", &[]);
        for action in ["item", "item/2", "item/2/delete", "time", "hand-over"] {
            refused(&observer, id, action, &[("title", "x"), ("renamed", "x"), ("hours", "1"), ("responsible", "2")]);
        }

        // The deadline alone.
        admin.ok("tasks.task.update", json!({ "taskId": id, "fields": { "ALLOW_CHANGE_DEADLINE": "Y" } }));
        let form = emil.page(&format!("{path}?edit=about"));
        assert!(form.contains("name=\"deadline\"") && !form.contains("name=\"responsible\"") && !form.contains("name=\"description\""), "{form}");
        done(&emil, id, "change", &[("deadline", "2031-02-03T08:30"), ("title", "Mine")]);
        assert_eq!((&task(&admin, id)["deadline"], &task(&admin, id)["title"]), (&json!("2031-02-03T08:30:00+00:00"), &json!("Task")));

        // Handing over.
        assert!(refused(&emil, id, "hand-over", &[("responsible", "Nobody Here")]).contains("value=\"Nobody Here\""));
        assert!(emil.page(&format!("{path}?edit=hand-over")).contains(&format!("{path}hand-over/")));
        done(&emil, id, "hand-over", &[("responsible", "Tina Third")]);
        assert_eq!((&task(&admin, id)["responsibleId"], &task(&admin, id)["auditors"]), (&json!(tina.to_string()), &json!([tina.to_string(), "2"])));
        assert!(!has(&emil, "?edit=hand-over") && has(&observer, "?edit=hand-over"));
    }

    /// Time is written down in hours and minutes, added up, and deleted by whoever wrote it.
    fn time_is_written_down(app) {
        let admin = app.admin();
        let id = add_task(&admin, json!({}));
        let emil = Browser::signed_in(app, "emil@example.com");
        for fields in [[("hours", ""), ("minutes", "")], [("hours", "0"), ("minutes", "0")], [("hours", "-1"), ("minutes", "90")], [("hours", "x"), ("minutes", "1")], [("hours", "99999"), ("minutes", "")]] {
            let page = refused(&emil, id, "time", &[fields.as_slice(), &[("note", "Typed note")]].concat());
            assert!(page.contains("value=\"Typed note\"") && page.contains("<details class=\"task-more\" open>"), "{page}");
        }
        done(&emil, id, "time", &[("hours", "1"), ("minutes", "30"), ("note", "Washed <it>")]);
        admin.ok("task.elapseditem.add", json!([id, { "SECONDS": 20 * 60 }]));
        let page = emil.page(&format!("/tasks/{id}/"));
        for part in ["Time spent <span class=\"tag\">1 h 50 min</span>", "<strong>1 h 30 min</strong> Emil Employee", "<strong>20 min</strong> Ada Admin", "Washed &#60;it&#62;"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(page.contains("time/1/delete/") && !page.contains("time/2/delete/"), "one's own");
        done(&emil, id, "time/1/delete", &[]);
        assert!(emil.page(&format!("/tasks/{id}/")).contains("<span class=\"tag\">20 min</span>"));
        for _ in 0..50 {
            admin.ok("task.elapseditem.add", json!([id, { "SECONDS": 3600 }]));
        }
        let page = emil.page(&format!("/tasks/{id}/"));
        assert!(page.contains("50 h 20 min") && !page.contains("<strong>20 min</strong>") && page.contains("?time=50#time"), "{page}");
        assert!(emil.page(&format!("/tasks/{id}/?time=50")).contains("<strong>20 min</strong>"));
    }

    /// A task is a favorite, and is watched, for the visitor alone. Whoever only watched it sees it no longer.
    fn tasks_are_marked(app) {
        let admin = app.admin();
        let id = add_task(&admin, json!({ "RESPONSIBLE_ID": ADMIN, "AUDITORS": [EMPLOYEE] }));
        let (ada, emil) = (Browser::signed_in(app, "ada@example.com"), Browser::signed_in(app, "emil@example.com"));
        let pressed = |browser: &Browser<'_>, mark: &str| {
            let page = browser.page(&format!("/tasks/{id}/"));
            page.contains(&format!("value=\"{mark}\" aria-pressed=\"true\""))
        };
        assert!(!pressed(&ada, "favorite.remove") && !pressed(&ada, "stopwatch"));
        done(&ada, id, "mark", &[("mark", "favorite.add")]);
        done(&ada, id, "mark", &[("mark", "startwatch")]);
        assert!(pressed(&ada, "favorite.remove") && pressed(&ada, "stopwatch") && !pressed(&emil, "favorite.remove") && pressed(&emil, "stopwatch"));
        done(&ada, id, "mark", &[("mark", "favorite.remove")]);
        done(&ada, id, "mark", &[("mark", "stopwatch")]);
        assert!(!pressed(&ada, "favorite.remove") && !pressed(&ada, "stopwatch"));
        assert_eq!(act(&emil, id, "mark", &[("mark", "delete")]).status, 404);
        assert_eq!(leads_to(&act(&emil, id, "mark", &[("mark", "stopwatch")])), "/tasks/?done=saved");
        assert_eq!(emil.get(&format!("/tasks/{id}/")).status, 404);
    }

    /// Comments and items are changed where they stand, and deleted.
    fn comments_and_items_are_changed(app) {
        let admin = app.admin();
        let id = add_task(&admin, json!({}));
        let emil = Browser::signed_in(app, "emil@example.com");
        let page = |query: &str| emil.page(&format!("/tasks/{id}/{query}"));
        done(&emil, id, "comment", &[("text", "Nearly [b]there[/b]")]);
        assert!(page("").contains("<div class=\"task-text\">Nearly <b>there</b></div>"));
        assert!(page("?edit=comment-1").contains("required>Nearly [b]there[/b]</textarea>"));
        assert!(refused(&emil, id, "comment/1", &[("changed", " ")]).contains("name=\"changed\" rows=\"4\" maxlength=\"65535\" required aria-invalid=\"true\"></textarea>"));
        refused(&emil, id, "comment", &[("text", " ")]);
        done(&emil, id, "comment/1", &[("changed", "There")]);
        assert_eq!(admin.ok("task.commentitem.get", json!([id, 1]))["POST_MESSAGE"], "There");
        done(&emil, id, "comment/1/delete", &[]);
        assert_eq!(task(&admin, id)["commentsCount"], Json::Null);
        refused(&emil, id, "comment/1", &[("changed", "Again")]);

        done(&emil, id, "item", &[("title", "Wash")]);
        assert!(page("?edit=item-2").contains("name=\"renamed\" value=\"Wash\""));
        let long = "x".repeat(256);
        assert!(refused(&emil, id, "item/2", &[("renamed", &long)]).contains(&format!("name=\"renamed\" value=\"{long}\"")));
        assert!(refused(&emil, id, "item", &[("title", &long)]).contains(&format!("name=\"title\" value=\"{long}\"")));
        done(&emil, id, "item/2", &[("renamed", "Wash it")]);
        assert!(page("").contains("aria-label=\"Wash it\""));
        done(&emil, id, "item/1/delete", &[]);
        assert!(!page("").contains("Wash it"), "a list goes with its items");
        assert_eq!(act(&emil, id, "item/x", &[("renamed", "A")]).status, 404);
    }

    /// The history tells of everything in words, and of people and workgroups by name.
    fn the_history_is_shown(app) {
        let admin = app.admin();
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Garden" }));
        let id = add_task(&admin, json!({ "TITLE": "Old <title>" }));
        let (ada, emil) = (Browser::signed_in(app, "ada@example.com"), Browser::signed_in(app, "emil@example.com"));
        let fields = json!({
            "TITLE": "New", "DESCRIPTION": "Secretly long", "PRIORITY": 2, "GROUP_ID": group, "RESPONSIBLE_ID": ADMIN, "AUDITORS": [EMPLOYEE, ADMIN], "MARK": "P",
            "DEADLINE": "2031-02-03T08:30:00+00:00", "TIME_ESTIMATE": 5400, "TASK_CONTROL": "Y", "TAGS": ["a", "b"],
        });
        admin.ok("tasks.task.update", json!({ "taskId": id, "fields": fields }));
        done(&ada, id, "time", &[("minutes", "5")]);
        done(&ada, id, "move", &[("verb", "start")]);
        done(&ada, id, "item", &[("title", "Wash")]);
        let path = format!("/tasks/{id}/history/");
        let page = emil.page(&path);
        for part in [
            "Added", "<del class=\"muted\">Old &#60;title&#62;</del> → <ins>New</ins>", "Description changed", "<del class=\"muted\">Normal</del> → <ins>High</ins>",
            "<del class=\"muted\">Emil Employee</del> → <ins>Ada Admin</ins>", "<ins>Emil Employee, Ada Admin</ins>", "<ins>Positive</ins>",
            "<ins>February 3, 2031, 08:30</ins>", "<ins>1 h 30 min</ins>", "<ins>Yes</ins>", "<ins>a,b</ins>", "<ins>5 min</ins>",
            "<del class=\"muted\">Pending</del> → <ins>In progress</ins>", "Item added", "· Ada Admin",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(ada.page(&path).contains("<ins>Garden</ins>"));
        let is_in_words = page.split("<strong>").skip(1).all(|it| !it.split('<').next().unwrap().contains('_'));
        assert!(!page.contains("Secretly long") && is_in_words, "{page}");
        for _ in 0..25 {
            done(&ada, id, "mark", &[("mark", "startwatch")]);
            done(&ada, id, "mark", &[("mark", "stopwatch")]);
        }
        assert!(ada.page(&path).contains("?start=50") && ada.page(&format!("{path}?start=50")).contains("?start=0"));
        assert!(ada.page(&format!("{path}?start=9999")).contains("<h1>History</h1>"));
        let hidden = add_task(&admin, json!({ "RESPONSIBLE_ID": ADMIN }));
        assert_eq!(emil.get(&format!("/tasks/{hidden}/history/")).status, 404);
    }

    /// Marks become elements, in descriptions and comments alike, and nothing that anyone writes runs.
    fn texts_are_shown_with_their_marks(app) {
        let admin = app.admin();
        let text = "[b]Bold[/b] [url=https://example.com/?a=1&b=2]site[/url] [user=2]Emil[/user]\n[list]\n[*]one\n[*]two\n[/list][quote]so[/quote][code]<i>[b][/code]";
        let html = "<b>Bold</b> <a href=\"https://example.com/?a=1&amp;b=2\" rel=\"noopener noreferrer nofollow\">site</a> \
            <a href=\"/company/personal/user/2/\">Emil</a><br /><ul><li>one</li><li>two</li></ul><blockquote>so</blockquote><pre>&lt;i&gt;[b]</pre>";
        let id = add_task(&admin, json!({ "DESCRIPTION": text }));
        admin.ok("task.commentitem.add", json!([id, { "POST_MESSAGE": text }]));
        let emil = Browser::signed_in(app, "emil@example.com");
        assert_eq!(emil.page(&format!("/tasks/{id}/")).matches(&format!("<div class=\"task-text\">{html}</div>")).count(), 2);
        let parsed = admin.ok("tasks.task.list", json!({ "filter": { "ID": id }, "params": { "WITH_PARSED_DESCRIPTION": "Y" } }));
        assert_eq!(parsed["tasks"][0]["parsedDescription"], html);

        let ada = Browser::signed_in(app, "ada@example.com");
        for attack in [
            "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[url=javascript:alert(1)]x[/url]", "[url]javascript:alert(1)[/url]",
            "[url=https://a/\" onmouseover=\"alert(1)]x[/url]", "[url=https://a/\"onmouseover=\"alert(1)]x[/url]", "[url=//evil.example]x[/url]",
            "[url=data:text/html,<script>]x[/url]", "[user=2\" onclick=\"x]x[/user]", "[b]</b><script>[/b]", "[code]</pre><script>[/code]", "[list][*]</ul><script>[/list]",
            "[b onclick=x]y[/b]", "[img]x\" onerror=\"x[/img]", "[url=https://a/?[url=https://b/]onclick=x//[/url]]x[/url]", "</div></section><script>",
        ] {
            let fields = json!({ "TITLE": attack, "DESCRIPTION": attack });
            admin.ok("tasks.task.update", json!({ "taskId": id, "fields": fields }));
            let comment = admin.ok("task.commentitem.add", json!([id, { "POST_MESSAGE": attack }]));
            let item = admin.ok("task.checklistitem.add", json!([id, { "TITLE": attack }]));
            admin.ok("task.elapseditem.add", json!([id, { "SECONDS": 60, "COMMENT_TEXT": attack }]));
            for query in ["", "?edit=about", &format!("?edit=comment-{comment}"), &format!("?edit=item-{item}"), "history/"] {
                let page = ada.page(&format!("/tasks/{id}/{query}"));
                let scripts = page.matches("<script").count() - page.matches("<script defer src=\"/static/").count();
                assert_eq!(scripts, 0, "{attack} at {query}: {page}");
                for wrong in ["<img src=x", "href=\"javascript:", "href=\"//", "href=\"data:", "\" onmouseover", "\"onmouseover", "\" onclick", "\" onerror", "<b onclick"] {
                    assert!(!page.contains(wrong), "{attack} at {query} has {wrong}: {page}");
                }
            }
        }
    }

    /// A new task takes everything at once, and says beside the form what is wrong.
    fn a_new_task_has_people_and_a_workgroup(app) {
        let admin = app.admin();
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Garden" })).to_string();
        let foreign = app.employee().ok("sonet_group.create", json!({ "NAME": "Kitchen" })).to_string();
        let ada = Browser::signed_in(app, "ada@example.com");
        let page = ada.page("/tasks/");
        assert!(page.contains(">Garden</option>"), "{page}");
        let fields = [("title", "Dig"), ("responsible", "Emil Employee"), ("accomplices[]", "Ada Admin [1]"), ("auditors[]", "emil@example.com"), ("group", &group), ("priority", "2")];
        let added = leads_to(&ada.submit("/tasks/", "/tasks/add/", &fields));
        let id: i64 = added.split('/').nth(2).unwrap().parse().unwrap();
        let now = task(&admin, id);
        assert_eq!((&now["responsibleId"], &now["accomplices"], &now["auditors"], &now["groupId"], &now["priority"]), (&json!("2"), &json!(["1"]), &json!(["2"]), &json!(group), &json!("2")));
        let emil = Browser::signed_in(app, "emil@example.com");
        assert!(!emil.page("/tasks/").contains(">Garden</option>") && emil.page("/tasks/").contains(">Kitchen</option>"), "one's own");
        let reply = emil.submit("/tasks/", "/tasks/add/", &[("title", "Dig"), ("group", &group)]);
        assert!(reply.status == 422 && reply.text().contains("You cannot put tasks into this workgroup."), "{}", reply.text());
        let reply = emil.submit("/tasks/", "/tasks/add/", &[("title", "Dig"), ("auditors[]", "Nobody Here"), ("group", &foreign)]);
        for kept in ["value=\"Nobody Here\"", "value=\"Dig\"", " selected>Kitchen</option>", "goes by “Nobody Here”"] {
            assert!(reply.status == 422 && reply.text().contains(kept), "{kept}: {}", reply.text());
        }
    }
}
