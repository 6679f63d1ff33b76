//! The company's structure in the browser: the chart, the pages of departments and the forms that change them.

use crate::{
    app::{ADMIN, EMPLOYEE, ROOT, TestApp},
    both::both,
    browser::{Browser, leads_to},
};
use muster_core::{Json, json};
use muster_db::Sql;

fn admin(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, "ada@example.com")
}

fn add(app: &TestApp, name: &str, parent: i64) -> i64 {
    app.admin().ok("department.add", json!({ "NAME": name, "PARENT": parent })).as_i64().unwrap()
}

fn department(app: &TestApp, id: i64) -> Json {
    app.admin().ok("department.get", json!({ "ID": id }))[0].clone()
}

/// The departments directly below one, as the structure orders them.
fn below(app: &TestApp, parent: i64) -> Vec<i64> {
    let (all, parent) = (app.admin().ok("department.tree", json!({})), parent.to_string());
    let all = all.as_array().unwrap().iter().filter(|it| it["PARENT"].as_str() == Some(parent.as_str()));
    all.map(|it| it["ID"].as_str().unwrap().parse().unwrap()).collect()
}

/// The boxes of a chart, in their order.
fn boxes(page: &str) -> Vec<i64> {
    page.split("data-id=\"").skip(1).map(|it| it.split('"').next().unwrap().parse().unwrap()).collect()
}

fn path(id: i64, what: &str) -> String {
    format!("/company/structure/{id}/{what}")
}

both! {
    /// `department.tree`: parents first, siblings in their order, and people counted once however many departments they have.
    fn the_whole_structure_is_answered_with_counts(app) {
        let sales = add(app, "Sales", ROOT);
        let (north, south) = (add(app, "North", sales), add(app, "South", sales));
        let legal = add(app, "Legal", ROOT);
        app.admin().ok("department.update", json!({ "ID": legal, "SORT": 100, "UF_HEAD": ADMIN }));
        app.admin().add_user(json!({ "UF_DEPARTMENT": [north] }));
        app.admin().add_user(json!({ "UF_DEPARTMENT": [north, south, legal] }));
        let gone = app.admin().add_user(json!({ "UF_DEPARTMENT": [north] }));
        app.execute(Sql::with("update users set active = 0 where id = $1", [gone.into()]));
        app.execute("insert into user_departments (user_id, department_id, position) select id, 1, 0 from users where id <= 2 \
            and id not in (select user_id from user_departments)");
        let item = |id: i64, name: &str, sort: i64, people: i64, total: i64| {
            json!({ "ID": id.to_string(), "NAME": name, "SORT": sort, "PEOPLE": people, "PEOPLE_TOTAL": total })
        };
        let with = |mut item: Json, name: &str, value: i64| {
            item[name] = value.to_string().into();
            item
        };
        let expected = json!([
            item(ROOT, "Company", 500, 2, 4),
            with(with(item(legal, "Legal", 100, 1, 1), "PARENT", ROOT), "UF_HEAD", ADMIN),
            with(item(sales, "Sales", 500, 0, 2), "PARENT", ROOT),
            with(item(north, "North", 500, 2, 2), "PARENT", sales),
            with(item(south, "South", 500, 1, 1), "PARENT", sales),
        ]);
        assert_eq!(app.admin().ok("department.tree", json!({})), expected);
        assert_eq!(app.employee().ok("department.tree", json!({})), expected);
        // Someone from outside sees the departments; of their people those they share a group with, and no heads.
        let group = app.admin().ok("sonet_group.create", json!({ "NAME": "Shared" }));
        let guest = json!({ "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [group] });
        let guest = app.admin().ok("user.add", guest).as_i64().unwrap();
        app.execute("update users set accepted_at = registered_at");
        let seen = app.hook(guest, "department").ok("department.tree", json!({}));
        let counts: Vec<_> = seen.as_array().unwrap().iter().map(|it| it["PEOPLE_TOTAL"].as_i64().unwrap()).collect();
        assert_eq!(counts, [1, 0, 0, 0, 0], "Ada, who made the group");
        assert!(seen.as_array().unwrap().iter().all(|it| it.get("UF_HEAD").is_none()), "{seen}");
    }

    /// The chart shows who heads what and how many there are; a department's page its people.
    fn a_structure_is_shown(app) {
        let sales = add(app, "Sales", ROOT);
        let north = add(app, "North", sales);
        app.admin().ok("department.update", json!({ "ID": sales, "UF_HEAD": EMPLOYEE }));
        let anna = app.admin().add_user(json!({ "NAME": "Anna", "LAST_NAME": "Ahlers", "UF_DEPARTMENT": [north], "WORK_POSITION": "Pilot" }));
        let browser = admin(app);
        let page = browser.page("/company/structure/");
        assert_eq!(boxes(&page), [ROOT, sales, north]);
        assert!(page.contains("Emil Employee") && page.contains("0 / 1") && page.contains("1 department<"), "{page}");
        assert!(page.contains("aria-current=\"page\"") && page.contains("data-move"));
        let page = browser.page(&path(north, ""));
        for shown in ["Anna Ahlers", "Pilot", "1 person", "Sales</a>", &format!("value=\"{anna}\""), "/move/", "/transfer/"] {
            assert!(page.contains(shown), "no {shown} in {page}");
        }
        assert!(browser.page("/company/structure/?q=NOR").contains(&format!("?show={north}#d{north}")));
        assert!(browser.page("/company/structure/?q=nowhere").contains("No department has such a name"));
        assert!(browser.page(&format!("/company/structure/?show={north}")).contains("box box-shown\" id=\"d"));
        assert_eq!(boxes(&browser.page(&format!("/company/structure/?department={north}"))), [north]);
        for wrong in ["?department=x&show=x&from=x", "?department=999&from=-1", "?from=99999999999999999999", "?from=7"] {
            assert_eq!(boxes(&browser.page(&format!("/company/structure/{wrong}")))[0], ROOT, "{wrong}");
        }
        for missing in ["/company/structure/999/", "/company/structure/x/"] {
            assert_eq!(browser.get(missing).status, 404);
        }
    }

    /// Whoever may not change the structure sees it without the forms, and is refused at each of them.
    fn only_administrators_change_it(app) {
        let sales = add(app, "Sales", ROOT);
        let emil = Browser::signed_in(app, "emil@example.com");
        let page = emil.page(&path(ROOT, ""));
        assert!(page.contains("Emil Employee") && !page.contains("/edit/") && !page.contains("checkbox"), "{page}");
        assert!(!emil.page("/company/structure/").contains("data-move"));
        let before = app.admin().ok("department.tree", json!({}));
        let token = crate::browser::token(&emil.page("/settings/"));
        for what in ["add/", "edit/", "move/", "transfer/"] {
            assert_eq!(emil.get(&path(sales, what)).status, 403, "{what}");
        }
        for what in ["add/", "edit/", "move/", "order/", "delete/"] {
            let sent = [("form", token.as_str()), ("name", "Mine"), ("parent", "1"), ("uf_head", "2"), ("to", "later")];
            let status = emil.post(&path(sales, what), &sent).status.as_u16();
            assert!(status == 403 || (what == "order/" && status == 303), "{what}: {status}");
        }
        let sent = [("form", token.as_str()), ("people[]", "2"), ("to", &sales.to_string())];
        assert!(emil.post(&path(ROOT, "transfer/"), &sent).status.is_client_error());
        assert_eq!(app.admin().ok("department.tree", json!({})), before);
        assert_eq!(app.admin().user(EMPLOYEE)["UF_DEPARTMENT"], json!([ROOT]));
    }

    /// Added, renamed, given a head, and deleted when nobody is in it; each is an event, as by the methods.
    fn departments_are_changed_by_forms(app) {
        let browser = admin(app);
        let submit = |id: i64, what: &str, fields: &[(&str, &str)]| browser.submit(&path(id, ""), &path(id, what), fields);
        let added = submit(ROOT, "add/", &[("name", "Sales")]);
        let sales = below(app, ROOT)[0];
        assert_eq!(leads_to(&added), format!("/company/structure/?show={sales}&done=department-added"));
        let wrong = submit(ROOT, "add/", &[("name", "  ")]);
        assert!(wrong.status == 422 && wrong.text().contains("Please enter a name."), "{}", wrong.text());
        let long = submit(ROOT, "add/", &[("name", &"x".repeat(300))]);
        assert!(long.status == 422 && long.text().contains("xxxx"));
        leads_to(&submit(sales, "edit/", &[("name", "Sales & Co")]));
        leads_to(&submit(sales, "edit/", &[("uf_head", "2")]));
        assert_eq!((department(app, sales)["NAME"].as_str(), department(app, sales)["UF_HEAD"].as_str()), (Some("Sales & Co"), Some("2")));
        assert_eq!(submit(sales, "edit/", &[("uf_head", "999")]).status, 422);
        assert!(browser.page(&format!("{}?q=ada", path(sales, "edit/"))).contains("Ada Admin"));
        leads_to(&submit(sales, "edit/", &[("uf_head", "0")]));
        assert!(department(app, sales).get("UF_HEAD").is_none());
        let anna = app.admin().add_user(json!({ "UF_DEPARTMENT": [sales] }));
        let refused = submit(sales, "delete/", &[]);
        assert!(refused.status == 422 && refused.text().contains("Transfer them first"), "{}", refused.text());
        app.admin().ok("user.update", json!({ "ID": anna, "UF_DEPARTMENT": [ROOT] }));
        assert_eq!(leads_to(&submit(sales, "delete/", &[])), "/company/structure/?show=1&done=department-deleted");
        assert!(below(app, ROOT).is_empty());
        assert_eq!(submit(ROOT, "delete/", &[]).status, 422, "the root stays");
    }

    /// A department is moved below another, as the last one there, and never below itself.
    fn departments_are_moved(app) {
        let (sales, legal) = (add(app, "Sales", ROOT), add(app, "Legal", ROOT));
        let (north, deep) = { let north = add(app, "North", sales); (north, add(app, "Deep", north)) };
        app.admin().ok("department.update", json!({ "ID": deep, "SORT": 900 }));
        let browser = admin(app);
        let form = browser.page(&path(sales, "move/"));
        let offered = |id: i64| format!("<option value=\"{id}\"");
        assert!(form.contains(&offered(legal)) && form.contains(&offered(ROOT)) && !form.contains(&offered(north)), "{form}");
        assert!(!browser.page(&format!("{}?q=lega", path(sales, "move/"))).contains(&offered(north)));
        let dropped = browser.page(&format!("{}?parent={legal}", path(north, "move/")));
        assert!(dropped.contains(&format!("name=\"parent\" value=\"{legal}\"")) && dropped.contains("directly below Legal"), "{dropped}");
        let dropped = browser.page(&format!("{}?parent={deep}", path(sales, "move/")));
        assert!(dropped.contains("cannot be moved below itself") && dropped.contains("<select"), "{dropped}");
        let submit = |id: i64, parent: i64| browser.submit(&path(id, "move/"), &path(id, "move/"), &[("parent", &parent.to_string())]);
        for parent in [sales, north, deep] {
            let refused = submit(sales, parent);
            assert!(refused.status == 422 && refused.text().contains("cannot be moved below itself"), "{}", refused.text());
        }
        assert_eq!(submit(sales, 0).status, 422);
        assert_eq!(below(app, ROOT), [sales, legal]);
        assert_eq!(leads_to(&submit(sales, legal)), format!("/company/structure/?show={sales}&done=department-moved"));
        assert_eq!(department(app, sales)["PARENT"], legal.to_string());
        // North has the lower ID and comes last all the same.
        leads_to(&submit(legal, ROOT));
        leads_to(&submit(sales, north.min(ROOT)));
        leads_to(&submit(north, sales));
        let last = add(app, "Last", ROOT);
        app.admin().ok("department.update", json!({ "ID": last, "SORT": 700 }));
        leads_to(&submit(north, ROOT));
        assert_eq!(below(app, ROOT).last(), Some(&north));
        assert_eq!(below(app, north), [deep], "it takes along what is below it");
        app.hear();
        leads_to(&submit(north, sales));
        assert_eq!(app.heard().len(), 1);
        assert!(app.heard()[0].starts_with("ONDEPARTMENTUPDATE "), "{:?}", app.heard());
    }

    /// Siblings change places one by one, though all of them began with the same value of `SORT`.
    fn departments_are_ordered(app) {
        let ids: Vec<i64> = ["A", "B", "C", "D"].iter().map(|name| add(app, name, ROOT)).collect();
        let (a, b, c, d) = (ids[0], ids[1], ids[2], ids[3]);
        let browser = admin(app);
        for (id, to, expected) in [
            (c, "earlier", [a, c, b, d]), (c, "earlier", [c, a, b, d]), (c, "earlier", [c, a, b, d]),
            (a, "later", [c, b, a, d]), (d, "later", [c, b, a, d]), (d, "earlier", [c, b, d, a]),
        ] {
            leads_to(&browser.submit(&path(ROOT, ""), &path(id, "order/"), &[("to", to)]));
            assert_eq!(below(app, ROOT), expected, "{id} {to}");
        }
        leads_to(&browser.submit(&path(ROOT, "add/"), &path(ROOT, "add/"), &[("name", "E")]));
        assert_eq!(below(app, ROOT)[..4], [c, b, d, a], "what is added comes last");
    }

    /// People go from one department to another in its place among theirs; their others stay, and nobody else is touched.
    fn people_are_transferred(app) {
        let (sales, legal, other) = (add(app, "Sales", ROOT), add(app, "Legal", ROOT), add(app, "Other", ROOT));
        let person = |departments: Json| app.admin().add_user(json!({ "NAME": "Anna", "UF_DEPARTMENT": departments }));
        let one = person(json!([sales]));
        let several = person(json!([other, sales, ROOT]));
        let there = person(json!([sales, legal]));
        let stays = person(json!([sales]));
        let stranger = person(json!([other]));
        let browser = admin(app);
        let chosen = format!("{}?people[]={one}&people[]={several}", path(sales, "transfer/"));
        let form = browser.page(&chosen);
        assert!(form.contains("Transfer 2 people") && form.contains(&format!("<option value=\"{legal}\"")), "{form}");
        assert!(!form.contains(&format!("<option value=\"{sales}\"")));
        assert_eq!(browser.get(&path(sales, "transfer/")).status, 422, "nobody was chosen");
        let to = legal.to_string();
        let ids = [one, several, there, stranger].map(|it| it.to_string());
        let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("people[]", id.as_str())).collect();
        let submit = |fields: &[(&str, &str)]| browser.submit(&chosen, &path(sales, "transfer/"), fields);
        assert_eq!(submit(&fields).status, 422, "without a department");
        fields.push(("to", "999"));
        assert_eq!(submit(&fields).status, 422);
        fields.pop();
        fields.push(("to", &to));
        assert_eq!(leads_to(&submit(&fields)), format!("/company/structure/{legal}/?done=people-transferred"));
        for (id, expected) in [
            (one, json!([legal])), (several, json!([other, legal, ROOT])), (there, json!([legal])),
            (stays, json!([sales])), (stranger, json!([other])),
        ] {
            assert_eq!(app.admin().user(id)["UF_DEPARTMENT"], expected, "{id}");
        }
        let history = app.admin().ok("user.history", json!({ "ID": several }));
        assert!(history.to_string().contains("UF_DEPARTMENT"), "{history}");
        app.hear();
        leads_to(&browser.submit(&chosen, &path(legal, "transfer/"), &[("people[]", &ids[0]), ("to", &sales.to_string())]));
        assert!(app.heard().len() == 1 && app.heard()[0].starts_with("ONUSERUPDATE "), "{:?}", app.heard());
    }

    /// Someone from outside sees departments without heads, and of their people those whom they share a group with.
    fn outsiders_see_no_hidden_people(app) {
        let sales = add(app, "Sales", ROOT);
        app.admin().ok("department.update", json!({ "ID": sales, "UF_HEAD": EMPLOYEE }));
        let group = app.admin().ok("sonet_group.create", json!({ "NAME": "Shared" }));
        app.admin().ok("user.add", json!({ "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [group] }));
        app.execute("update users set accepted_at = registered_at");
        let guest = Browser::signed_in(app, "guest@example.com");
        for path in ["/company/structure/".to_owned(), path(sales, ""), path(ROOT, "")] {
            assert!(!guest.page(&path).contains("Emil"), "{path}");
        }
        assert!(guest.page(&path(ROOT, "")).contains("Ada Admin"));
    }

    /// Names are text and nothing else, in a branch that is put into another one too.
    fn names_of_departments_are_text(app) {
        let id = add(app, "<script>x()</script>\"><img src=x>", ROOT);
        let browser = admin(app);
        for path in ["/company/structure/".to_owned(), "/company/structure/?q=script".to_owned(), path(id, ""), path(id, "move/"), path(ROOT, "move/"), path(id, "edit/")] {
            let page = browser.page(&path);
            assert!(!page.contains("<script>x") && !page.contains("<img src=x"), "{path}");
        }
    }

    /// A thousand departments: each page stays small and asks no more of the methods than in a small company.
    fn a_thousand_departments_stay_usable(app) {
        // 30 divisions, 20 departments in each, and 369 teams below one of these.
        let with = |most: i64, select: &str| {
            let numbers = format!("with recursive n (i) as (select 1 union all select i + 1 from n where i < {most})");
            let insert = "insert into departments (name, name_key, sort, parent_id, changed_at)";
            let text: &'static str = Box::leak(format!("{insert} {numbers} {select}").into_boxed_str());
            app.execute(text);
        };
        with(30, "select 'Division of a fairly long name ' || i, 'd', 500, 1, 0 from n");
        with(20, "select 'Department of a fairly long name ' || d.id || ' ' || i, 'd', 500, d.id, 0 from n, departments d where d.name like 'Division%'");
        let busy = app.count("select min(id) from departments where name like 'Department%'");
        with(369, "select 'Team of a fairly long name ' || i, 'd', 500, (select min(id) from departments where name like 'Department%'), 0 from n");
        assert_eq!(app.count("select count(*) from departments"), 1000);
        app.execute("update departments set head_id = 2");
        for number in 0..60 {
            app.admin().add_user(json!({ "NAME": format!("Annabella {number}"), "LAST_NAME": "Of A Long Name", "UF_DEPARTMENT": [busy] }));
        }
        let browser = admin(app);
        let division = app.count("select min(id) from departments where name like 'Division%'");
        let team = app.count("select max(id) from departments where name like 'Team%'");
        for path in [
            "/company/structure/".to_owned(), "/company/structure/?q=team".to_owned(), format!("/company/structure/?show={team}"),
            format!("/company/structure/?department={busy}"), format!("/company/structure/?department={division}"),
            path(busy, ""), path(team, "move/"), path(team, "edit/"), path(team, "add/"),
            format!("{}?people[]={}", path(busy, "transfer/"), app.count("select max(id) from users")),
        ] {
            let before = calls(app);
            let page = browser.page(&path);
            let made = calls(app) - before;
            assert!(page.len() <= 60_000, "{path} has {} bytes", page.len());
            assert!((1..=4).contains(&made), "{path} calls {made} methods");
            assert!(boxes(&page).len() <= 48, "{path}");
        }
        // Whatever is not part of the page can be reached from it.
        let page = browser.page("/company/structure/");
        assert_eq!(boxes(&page).len(), 31, "the root and its divisions");
        assert!(page.contains(&format!("?department={division}")) && page.contains("data-branch"), "{page}");
        let page = browser.page(&format!("/company/structure/?department={busy}"));
        assert_eq!(boxes(&page).len(), 41);
        assert!(page.contains(&format!("?department={busy}&#38;from=40")) && page.contains("329 more departments"), "{page}");
        let page = browser.page(&format!("/company/structure/?department={busy}&from=360"));
        assert_eq!((boxes(&page).len(), page.contains("data-more"), page.contains("from=320")), (10, false, true));
        assert!(boxes(&browser.page(&format!("/company/structure/?show={team}"))).contains(&team));
    }
}

/// How many calls of methods have been counted.
fn calls(app: &TestApp) -> u64 {
    let metrics = app.get("/metrics").text().to_owned();
    let lines = metrics.lines().filter(|it| it.starts_with("muster_calls_total{") && !it.contains("\"unknown\""));
    lines.map(|it| it.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}
