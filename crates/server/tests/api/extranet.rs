//! People from outside the company: how they come in, and whom they see.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, ROOT, Setup, TestApp},
    both::both,
    group::{SCOPES, admin, create},
};
use muster_core::{
    Json, Settings, json,
    method::{Access, Shape},
};
use muster_db::Sql;
use muster_modules::MODULES;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::collections::BTreeSet;

/// Invites someone from outside into these groups.
fn invite(client: &Client<'_>, name: &str, groups: &[i64]) -> i64 {
    let email = format!("{name}@partner.example.com");
    let params = json!({ "EMAIL": email, "NAME": name, "EXTRANET": "Y", "SONET_GROUP_ID": groups });
    client.ok("user.add", params).as_i64().unwrap()
}

both! {
    /// Someone from outside is invited into groups and belongs to nothing else. The groups become external.
    fn people_from_outside_are_invited_into_groups(app) {
        let hook = admin(app);
        let first = create(&hook, json!({ "NAME": "First" }));
        let second = create(&hook, json!({ "NAME": "Second", "VISIBLE": "N" }));
        let third = create(&hook, json!({ "NAME": "Third" }));
        let params = json!({
            "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [second.to_string(), first, first],
            "UF_DEPARTMENT": [ROOT],
        });
        let id = hook.ok("user.add", params).as_i64().unwrap();
        let person = hook.user(id);
        assert_eq!((person["USER_TYPE"].clone(), person["UF_DEPARTMENT"].clone()), (json!("extranet"), json!([])));
        assert_eq!(hook.ids("user.get", json!({ "USER_TYPE": "extranet" })), [id]);
        assert_eq!(hook.ids("user.get", json!({ "USER_TYPE": "employee" })), [ADMIN, EMPLOYEE]);
        assert_eq!(hook.ids("user.search", json!({ "!USER_TYPE": "extranet", "ID": id })), Vec::<i64>::new());
        let external = json!({ "FILTER": { "IS_EXTRANET": "Y" }, "IS_ADMIN": "Y" });
        assert_eq!(hook.ids("sonet_group.get", external), [second, first]);
        let members = json!([{ "USER_ID": "1", "ROLE": "A" }, { "USER_ID": id.to_string(), "ROLE": "K" }]);
        assert_eq!(hook.ok("sonet_group.user.get", json!({ "ID": second })), members);
        assert_eq!(hook.ok("sonet_group.user.get", json!({ "ID": third })).as_array().unwrap().len(), 1);
        assert_eq!(app.count("select count(*) from mails where kind = 'invitation'"), 1);
        for check in MODULES.iter().flat_map(|it| it.checks) {
            assert_eq!(app.count(check.count), 0, "{}", check.defect);
        }
    }

    /// No group and a wrong group are two errors, after which nothing is left behind.
    fn wrong_invitations_into_groups_are_refused(app) {
        let hook = admin(app);
        let id = create(&hook, json!({ "NAME": "Right" }));
        let add = |groups: Json| {
            hook.call("user.add", json!({ "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": groups }))
        };
        for none in [json!(null), json!(""), json!([]), json!([""])] {
            assert_eq!(add(none).fails(400, "ERROR_GROUPID"), "Group code not specified");
        }
        for wrong in [json!(999), json!("x"), json!([id, 999]), json!([[id]]), json!(-1), json!(0)] {
            assert_eq!(add(wrong).fails(400, "ERROR_NO_GROUP"), "Group is specified incorrectly");
        }
        assert_eq!(app.count("select count(*) from users") + app.count("select count(*) from workgroup_members"), 3);
        assert_eq!(app.count("select count(*) from workgroups where external = 1"), 0);
        add(json!(id)).ok();
    }

    /// They get no department later either.
    fn people_from_outside_get_no_department(app) {
        let hook = admin(app);
        let group = create(&hook, json!({ "NAME": "Partners" }));
        let id = invite(&hook, "gus", &[group]);
        let refused = hook.call("user.update", json!({ "ID": id, "UF_DEPARTMENT": [ROOT] }));
        assert!(refused.fails(400, "ERROR_ARGUMENT").contains("no department"));
        hook.ok("user.update", json!({ "ID": id, "UF_DEPARTMENT": [], "NAME": "Gustav" }));
        assert_eq!(hook.user(id)["NAME"], "Gustav");
    }

    /// They see themselves and the people of their groups, wherever people are read. Pending relations do not count.
    fn they_see_the_people_of_their_groups(app) {
        let hook = admin(app);
        let group = create(&app.hook(EMPLOYEE, SCOPES), json!({ "NAME": "Partners" }));
        let other = create(&hook, json!({ "NAME": "Other" }));
        let (anna, ben) = (invite(&hook, "anna", &[group]), invite(&hook, "ben", &[other]));
        let guest = app.hook(anna, SCOPES);
        let sees = |expected: &[i64]| {
            assert_eq!(guest.ids("user.get", json!({})), expected);
            assert_eq!(guest.ids("user.search", json!({})), expected);
            assert_eq!(guest.call("user.get", json!({})).body()["total"], expected.len());
        };
        sees(&[EMPLOYEE, anna]);
        assert_eq!(guest.ids("user.get", json!({ "ID": [ADMIN, ben], "ADMIN_MODE": "Y" })), Vec::<i64>::new());
        assert_eq!(guest.ids("user.search", json!({ "FIND": "ada" })), Vec::<i64>::new());
        assert_eq!(guest.ids("user.search", json!({ "FIND": "emil" })), [EMPLOYEE]);
        let names = guest.ok("access.name", json!({ "ACCESS": ["U1", "U2", format!("U{anna}"), format!("U{ben}")] }));
        assert_eq!(names.as_object().unwrap().keys().collect::<Vec<_>>(), ["U2", &format!("U{anna}")]);
        assert_eq!(guest.ok("user.current", json!({}))["ID"], anna.to_string());

        hook.ok("sonet_group.user.invite", json!({ "GROUP_ID": other, "USER_ID": anna }));
        sees(&[EMPLOYEE, anna]);
        assert_eq!(guest.ok("sonet_group.user.get", json!({ "ID": other })), json!([]));
        guest.ok("sonet_group.user.request", json!({ "GROUP_ID": other }));
        sees(&[ADMIN, EMPLOYEE, anna, ben]);
        hook.ok("sonet_group.user.delete", json!({ "GROUP_ID": group, "USER_ID": anna }));
        sees(&[ADMIN, anna, ben]);
        assert_eq!(app.employee().ids("user.get", json!({})), [ADMIN, EMPLOYEE, anna, ben], "employees see everyone");
    }

    /// The head of a department may be someone whom they do not see, so heads are no field for them.
    fn heads_of_departments_are_hidden(app) {
        let hook = admin(app);
        hook.ok("department.update", json!({ "ID": ROOT, "UF_HEAD": ADMIN }));
        let group = create(&app.hook(EMPLOYEE, SCOPES), json!({ "NAME": "Partners" }));
        let guest = app.hook(invite(&hook, "gus", &[group]), SCOPES);
        assert_eq!(guest.ok("department.get", json!({}))[0].get("UF_HEAD"), None);
        assert_eq!(guest.ok("department.fields", json!({})).get("UF_HEAD"), None);
        for params in [json!({ "UF_HEAD": ADMIN }), json!({ "FILTER": { "UF_HEAD": ADMIN } }), json!({ "SORT": "UF_HEAD" })] {
            guest.call("department.get", params).fails(400, "ERROR_ARGUMENT");
        }
        assert_eq!(app.employee().ok("department.get", json!({}))[0]["UF_HEAD"], "1");
    }

    /// An administrator from outside sees everyone where they ask for it.
    fn an_administrator_from_outside_asks_for_everyone(app) {
        let group = create(&admin(app), json!({ "NAME": "Partners" }));
        let id = invite(&admin(app), "gus", &[group]);
        app.execute("update users set admin = 1 where user_type = 'extranet'");
        let guest = app.hook(id, SCOPES);
        assert_eq!(guest.ids("user.get", json!({})), [ADMIN, id]);
        assert_eq!(guest.ids("user.get", json!({ "ADMIN_MODE": "Y" })), [ADMIN, EMPLOYEE, id]);
    }
}

#[test]
fn people_from_outside_do_not_count_for_the_limit() {
    let settings = Settings { user_limit: Some(2), ..Settings::default() };
    let app = TestApp::sqlite_with(Setup { settings, ..Setup::default() });
    let group = create(&admin(&app), json!({ "NAME": "Partners" }));
    let id = invite(&admin(&app), "gus", &[group]);
    admin(&app).ok("user.update", json!({ "ID": id, "ACTIVE": "N" }));
    admin(&app).ok("user.update", json!({ "ID": id, "ACTIVE": "Y" }));
    let employee = admin(&app).call("user.add", json!({ "EMAIL": "new@example.com", "UF_DEPARTMENT": [ROOT] }));
    assert_eq!(employee.fails(400, "ERROR_ARGUMENT"), "user_count_exceeded");
}

/// A company made at random: who is from outside, and for each group who belongs to it and who is pending.
#[derive(Debug)]
struct Company {
    outside: Vec<bool>,
    groups: Vec<Vec<(usize, Relation)>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Relation {
    Member,
    Moderator,
    Invited,
    Asking,
}

fn companies() -> impl Strategy<Value = Company> {
    let relation = prop_oneof![3 => Just(Relation::Member), 1 => Just(Relation::Moderator), 1 => Just(Relation::Invited), 1 => Just(Relation::Asking)];
    let group = prop::collection::btree_map(0..9usize, relation, 0..5);
    let groups = prop::collection::vec(group.prop_map(|it| it.into_iter().collect()), 1..5);
    (prop::collection::vec(any::<bool>(), 9), groups).prop_map(|(outside, groups)| Company { outside, groups })
}

/// A word that is in the name of this person and nowhere else.
fn marker(id: i64) -> String {
    let letter = |it: i64| char::from(b'a' + u8::try_from(it % 26).unwrap());
    format!("qz{}{}vx", letter(id / 26), letter(id))
}

/// Writes a company into an empty Muster and answers the IDs of its people and groups.
fn build(app: &TestApp, company: &Company) -> (Vec<i64>, Vec<i64>) {
    let hook = admin(app);
    let mut people = Vec::new();
    for index in 0..company.outside.len() {
        let id = i64::try_from(index).unwrap() + EMPLOYEE + 1;
        let word = marker(id);
        let fields =
            json!({ "NAME": word, "LAST_NAME": word, "EMAIL": format!("{word}@example.com"), "WORK_POSITION": word });
        assert_eq!(hook.add_user(fields), id);
        people.push(id);
    }
    let person = |index: &usize| people[*index];
    let mut groups = Vec::new();
    for relations in &company.groups {
        let id = create(&hook, json!({ "NAME": "Group", "OWNER_ID": person(&(relations.len() % 9)) }));
        for (index, relation) in relations {
            let to = json!({ "GROUP_ID": id, "USER_ID": person(index), "ROLE": "E" });
            match relation {
                Relation::Member => hook.ok("sonet_group.user.add", to),
                Relation::Moderator => {
                    hook.ok("sonet_group.user.add", to.clone());
                    hook.ok("sonet_group.user.update", to)
                }
                Relation::Invited => hook.ok("sonet_group.user.invite", to),
                Relation::Asking => app.hook(person(index), SCOPES).call("sonet_group.user.request", to).body(),
            };
        }
        groups.push(id);
    }
    add_tasks(&hook, &people, &groups);
    hook.ok("department.update", json!({ "ID": ROOT, "UF_HEAD": person(&0) }));
    for (id, _) in people.iter().zip(&company.outside).filter(|(_, outside)| **outside) {
        for sql in
            ["delete from user_departments where user_id = $1", "update users set user_type = 'extranet' where id = $1"]
        {
            app.app.db.write(|tx| tx.run(&Sql::with(sql, [(*id).into()]))).unwrap();
        }
    }
    (people, groups)
}

/// Gives everyone a task in which others have to do, half of them in a workgroup, with an item, a comment and time.
fn add_tasks(hook: &Client<'_>, people: &[i64], groups: &[i64]) {
    for (index, id) in people.iter().enumerate() {
        let other = |step: usize| people[(index + step) % people.len()];
        let group = if index % 2 == 0 { groups[index % groups.len()] } else { 0 };
        let fields = json!({
            "TITLE": "Task", "CREATED_BY": other(1), "RESPONSIBLE_ID": id, "ACCOMPLICES": [other(2)], "AUDITORS": [other(3)],
            "GROUP_ID": group,
        });
        let task = &hook.ok("tasks.task.add", json!({ "fields": fields }))["task"]["id"];
        let members = json!({ other(4).to_string(): { "TYPE": "A" } });
        hook.ok("task.checklistitem.add", json!([task, { "TITLE": "Item", "MEMBERS": members }]));
        hook.ok("task.commentitem.add", json!([task, { "POST_MESSAGE": "Hi", "AUTHOR_ID": other(2) }]));
        hook.ok("task.elapseditem.add", json!([task, { "SECONDS": 1, "USER_ID": other(2) }]));
    }
}

/// Whom someone from outside sees, worked out without the rule under test.
fn expected(app: &TestApp, me: i64) -> BTreeSet<i64> {
    let sql = Sql::new("select group_id, user_id from workgroup_members where role <> 'Z'");
    let rows = app.app.db.read(|tx| tx.rows(&sql)).unwrap();
    let pairs: Vec<(i64, i64)> = rows.iter().map(|row| (row.int(0).unwrap(), row.int(1).unwrap())).collect();
    let mine: BTreeSet<i64> = pairs.iter().filter(|it| it.1 == me).map(|it| it.0).collect();
    let shared = pairs.iter().filter(|it| mine.contains(&it.0)).map(|it| it.1);
    shared.chain([me]).collect()
}

/// Parameters with which someone may try to read about people: every parameter that reads take, with every ID.
fn attempts(people: &[i64], groups: &[i64]) -> Vec<Json> {
    let parts = [
        "LIST_OF_MEMBERS",
        "GROUP_MEMBERS_LIST",
        "OWNER_DATA",
        "LIST_OF_MEMBERS_AWAITING_INVITE",
        "USER_DATA",
        "ACTIONS",
    ];
    let codes: Vec<String> = people.iter().map(|id| format!("U{id}")).collect();
    let mut all =
        vec![json!({}), json!({ "ACCESS": codes, "FULL": true }), json!({ "ADMIN_MODE": "Y", "IS_ADMIN": "Y" })];
    for id in people {
        all.push(json!({ "ID": id, "USER_ID": id }));
        // There are as many tasks as people, numbered from 1.
        let task = id - people[0] + 1;
        all.push(json!({ "TASKID": task, "ITEMID": task, "select": ["*"], "users": people, "USERID": id }));
        all.push(json!({ "FIND": marker(*id) }));
        all.push(json!({ "FILTER": { "LOGIC": "OR", "ID": id, "!ID": id, "%NAME": marker(*id) }, "SORT": "NAME" }));
    }
    for id in groups {
        all.push(json!({ "ID": id, "GROUP_ID": id, "FEATURE": "blog", "OPERATION": "view_post" }));
        all.push(
            json!({ "params": { "groupId": id, "select": parts, "mode": "mobile", "IS_ADMIN": "Y" }, "select": ["*"] }),
        );
    }
    all
}

/// Checks that nothing that can be read tells this person of anyone who is hidden from them.
fn check_reads(app: &TestApp, me: i64, people: &[i64], groups: &[i64]) -> Result<(), TestCaseError> {
    let scopes: Vec<_> = MODULES.iter().flat_map(|it| it.scopes).map(|it| it.name).collect();
    let hook = app.hook(me, &scopes.join(","));
    let seen = expected(app, me);
    let listed: BTreeSet<i64> = hook.ids("user.get", json!({})).into_iter().collect();
    prop_assert_eq!(&listed, &seen);
    prop_assert_eq!(&hook.call("user.search", json!({})).body()["total"], &json!(seen.len()));
    let hidden: Vec<String> = people.iter().filter(|id| !seen.contains(id)).map(|id| marker(*id)).collect();
    let reads = MODULES.iter().flat_map(|it| it.methods).filter(|it| it.access == Access::Read);
    for method in reads.filter(|it| it.shape != Shape::Document && it.versions.answers(false) && it.name != "batch") {
        for params in attempts(people, groups) {
            let reply = hook.call(method.name, params.clone());
            let told = hidden.iter().find(|word| reply.text().contains(*word));
            prop_assert!(told.is_none(), "{} {} tells {} of {:?}", method.name, params, me, told);
        }
    }
    for group in groups {
        let reply = hook.call("sonet_group.user.get", json!({ "ID": group })).body();
        for member in reply["result"].as_array().into_iter().flatten() {
            let id: i64 = member["USER_ID"].as_str().unwrap().parse().unwrap();
            prop_assert!(seen.contains(&id), "group {} tells {} of {}", group, me, id);
        }
    }
    Ok(())
}

fn check_company(make: impl Fn() -> Option<TestApp>, cases: u32) {
    let cases = cases * Config::default().cases / 256;
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 40, ..Config::default() });
    let checked = runner.run(&companies(), |company| {
        let Some(app) = make() else { return Ok(()) };
        let (people, groups) = build(&app, &company);
        for (me, _) in people.iter().zip(&company.outside).filter(|(_, outside)| **outside) {
            check_reads(&app, *me, &people, &groups)?;
        }
        Ok(())
    });
    checked.unwrap_or_else(|err| panic!("{err}"));
}

#[test]
fn no_read_tells_of_hidden_people_on_sqlite() {
    check_company(|| Some(TestApp::sqlite()), 6);
}

#[test]
fn no_read_tells_of_hidden_people_on_postgres() {
    check_company(TestApp::postgres, 2);
}
