//! The index of tasks answers what SQL answers, to everyone, whatever is written meanwhile and by whom.

use crate::{
    app::{ADMIN, Client, EMPLOYEE, ROOT, Setup, TestApp},
    both::both,
    filters::{name_of, prefix, runner, sent},
    task::{add_task, filtered, listed, task},
};
use muster::Door;
use muster_core::{
    Json,
    index::{self, Index, Status},
    json,
};
use muster_modules::task::{TASK, index::INDEX};
use proptest::{prelude::*, sample::select};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Another process on the same database, with an index of tasks.
fn node(plain: &TestApp, most: u64) -> TestApp {
    let door = Door { index_records: most, ..Door::default() };
    let node = plain.another(Setup { door, ..Setup::default() });
    tend(&node);
    node
}

fn index(node: &TestApp) -> &Index {
    node.app.indexes.of(&TASK).unwrap()
}

fn tend(node: &TestApp) {
    index(node).tend(&node.app.db).unwrap();
}

/// The people of the company below, by their IDs: an administrator, employees, of whom the fourth heads the department of
/// the fifth and sixth, and one from outside.
const PEOPLE: [i64; 7] = [ADMIN, EMPLOYEE, 3, 4, 5, 6, 7];
const GROUPS: i64 = 3;

/// Groups: the first with a moderator, a member and the one from outside, the second with others, the third with someone
/// who was only invited.
fn company(app: &TestApp) {
    let admin = app.admin();
    let lab = admin.ok("department.add", json!({ "NAME": "Laboratory", "PARENT": ROOT })).as_i64().unwrap();
    let team = admin.ok("department.add", json!({ "NAME": "Team", "PARENT": lab })).as_i64().unwrap();
    let people: Vec<i64> =
        [ROOT, ROOT, team, team].iter().map(|it| admin.add_user(json!({ "UF_DEPARTMENT": [it] }))).collect();
    assert_eq!(people, PEOPLE[2..6]);
    admin.ok("department.update", json!({ "ID": lab, "UF_HEAD": 4 }));
    for number in 0..GROUPS {
        admin.ok("sonet_group.create", json!({ "NAME": format!("Group {number}"), "VISIBLE": "N" }));
    }
    let guest = json!({ "EMAIL": "guest@example.com", "EXTRANET": "Y", "SONET_GROUP_ID": [1] });
    assert_eq!(admin.ok("user.add", guest), PEOPLE[6]);
    admin.ok("sonet_group.user.add", json!({ "GROUP_ID": 1, "USER_ID": [EMPLOYEE, 3] }));
    admin.ok("sonet_group.user.update", json!({ "GROUP_ID": 1, "USER_ID": 3, "ROLE": "E" }));
    admin.ok("sonet_group.user.add", json!({ "GROUP_ID": 2, "USER_ID": [3, 5] }));
    admin.ok("sonet_group.user.invite", json!({ "GROUP_ID": 3, "USER_ID": [EMPLOYEE], "MESSAGE": "Come" }));
}

/// A day near the present, so that tasks are overdue, almost overdue or neither, and none becomes so meanwhile.
fn day() -> impl Strategy<Value = String> {
    select(&[-40 * 24, -26, 12, 60, 30 * 24][..]).prop_map(|hours| {
        let at = now() + hours * 3600;
        muster_core::time::write_instant(at, muster_core::time::Style::Iso, &muster_core::Settings::default().time_zone)
    })
}

fn now() -> i64 {
    muster_core::Clock::default().seconds()
}

fn person() -> impl Strategy<Value = i64> {
    select(&PEOPLE[..])
}

/// The ID of a task that there may be.
fn number() -> impl Strategy<Value = i64> {
    1..70_i64
}

const TITLES: &[&str] = &["Paint the fence", "paint", "Zaun streichen", "Ёлка", "100%", "a_b", "Call back", "ab"];

/// What can be set of a task.
fn fields() -> impl Strategy<Value = Json> {
    let people = || prop::collection::vec(person(), 0..3);
    let one = prop_oneof![
        3 => select(TITLES).prop_map(|it| ("TITLE", it.into())),
        2 => person().prop_map(|it| ("RESPONSIBLE_ID", it.into())),
        2 => people().prop_map(|it| ("ACCOMPLICES", it.into())),
        2 => people().prop_map(|it| ("AUDITORS", it.into())),
        2 => (0..=GROUPS + 1).prop_map(|it| ("GROUP_ID", it.into())),
        3 => day().prop_map(|it| ("DEADLINE", it.into())),
        1 => Just(("DEADLINE", Json::Null)),
        2 => (0..70_i64).prop_map(|it| ("PARENT_ID", it.into())),
        1 => select(&[0, 1, 2][..]).prop_map(|it| ("PRIORITY", it.into())),
        1 => select(&["N", "P", ""][..]).prop_map(|it| ("MARK", it.into())),
        2 => select(&[2, 3, 4, 5, 6][..]).prop_map(|it| ("STATUS", it.into())),
        1 => prop::collection::vec(select(&["garden", "Paint", "ёлка"][..]), 0..3).prop_map(|it| ("TAGS", it.into())),
        1 => day().prop_map(|it| ("END_DATE_PLAN", it.into())),
        1 => Just(("TASK_CONTROL", "Y".into())),
    ];
    prop::collection::vec(one, 1..5)
        .prop_map(|it| Json::Object(it.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()))
}

/// Something that is done: a method and its parameters.
fn change() -> impl Strategy<Value = Option<(&'static str, Json)>> {
    let moves = &[
        "start",
        "pause",
        "complete",
        "renew",
        "defer",
        "approve",
        "disapprove",
        "startwatch",
        "stopwatch",
        "favorite.add",
        "favorite.remove",
    ];
    prop_oneof![
        3 => Just(None),
        6 => (fields(), select(TITLES), person()).prop_map(|(mut fields, title, person)| {
            fields["TITLE"] = title.into();
            fields["RESPONSIBLE_ID"] = person.into();
            Some(("tasks.task.add", json!({ "fields": fields })))
        }),
        6 => (number(), fields()).prop_map(|(id, fields)| Some(("tasks.task.update", json!({ "taskId": id, "fields": fields })))),
        3 => (number(), select(&moves[..])).prop_map(|(id, name)| {
            let method = format!("tasks.task.{name}");
            Some((Box::leak(method.into_boxed_str()) as &'static str, json!({ "taskId": id })))
        }),
        1 => (number(), select(&["tasks.task.mute", "tasks.task.pin", "tasks.task.unmute"][..]))
            .prop_map(|(id, method)| Some((method, json!({ "id": id })))),
        1 => number().prop_map(|id| Some(("tasks.task.delete", json!({ "taskId": id })))),
        1 => number().prop_map(|id| Some(("task.commentitem.add", json!([id, { "POST_MESSAGE": "Well" }])))),
        1 => number().prop_map(|id| Some(("task.elapseditem.add", json!([id, { "SECONDS": 90 }])))),
        1 => (number(), number()).prop_map(|(from, to)| Some(("task.dependence.add", json!([from, to, 2])))),
        1 => (number(), 1..14_i64).prop_map(|(id, stage)| Some(("task.stages.movetask", json!({ "id": id, "stageId": stage })))),
        1 => (1..=GROUPS, person()).prop_map(|(group, id)| Some(("sonet_group.user.add", json!({ "GROUP_ID": group, "USER_ID": [id] })))),
        1 => (1..=GROUPS, person()).prop_map(|(group, id)| Some(("sonet_group.user.delete", json!({ "GROUP_ID": group, "USER_ID": [id] })))),
        1 => (0..=GROUPS).prop_map(|group| Some(("task.stages.get", json!({ "entityId": group })))),
    ]
}

/// Mostly fields that the index knows.
fn name() -> impl Strategy<Value = &'static str> + Clone {
    let mut names = INDEX.fields.to_vec();
    names.extend([
        "ID",
        "REAL_STATUS",
        "STATUS",
        "STATUS",
        "SUB_STATUS",
        "NOT_VIEWED",
        "FAVORITE",
        "IS_MUTED",
        "IS_PINNED",
    ]);
    names.extend(["ACCOMPLICE", "AUDITOR", "TAG", "DEADLINE", "RESPONSIBLE_ID", "GROUP_ID"]);
    prop_oneof![20 => select(names), 1 => name_of(&TASK)]
}

/// What a filter compares with.
fn value() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => (-3..9_i64).prop_map(Json::from),
        2 => day().prop_map(|it| it.get(..10).unwrap().into()),
        2 => day().prop_map(Json::from),
        2 => select(TITLES).prop_map(Json::from),
        1 => select(&["Y", "N", "", "garden", "P", "aint"][..]).prop_map(Json::from),
        2 => prop::collection::vec(-3..9_i64, 0..4).prop_map(Json::from),
        1 => (day(), day()).prop_map(|(one, other)| json!([one, other])),
        1 => sent(),
    ]
}

fn filter() -> impl Strategy<Value = Json> {
    let group = || {
        let one = (name(), prefix(), value()).prop_map(|(name, prefix, value)| (format!("{prefix}{name}"), value));
        prop::collection::vec(one, 0..4).prop_map(|pairs| Json::Object(pairs.into_iter().collect()))
    };
    prop_oneof![
        3 => group(),
        1 => (group(), group(), any::<bool>()).prop_map(|(left, right, any)| {
            json!({ "LOGIC": if any { "OR" } else { "AND" }, "0": left, "1": right })
        }),
    ]
}

/// A client of a process, on behalf of someone.
fn by<'a>(app: &'a TestApp, paths: &[String], id: i64) -> Client<'a> {
    Client { app, id: 0, path: paths[usize::try_from(id - 1).unwrap()].clone() }
}

/// A list as it is answered, without what is different each time.
fn answered(client: &Client<'_>, method: &str, params: &Json) -> Json {
    let mut body = client.call(method, params.clone()).body();
    body.as_object_mut().unwrap().retain(|name, _| name != "time");
    body
}

#[test]
fn the_index_and_sql_find_the_same_tasks() {
    let order = prop::collection::vec((name(), select(&["ASC", "desc"][..])), 0..3);
    let start = select(&[0, 0, 0, 50, 7, -1][..]);
    let cases = (change(), any::<bool>(), (person(), person()), (filter(), prop::bool::weighted(0.1)), (order, start));
    for plain in [Some(TestApp::sqlite()), TestApp::postgres()].into_iter().flatten() {
        company(&plain);
        let nodes = [node(&plain, 1_000_000), node(&plain, 1_000_000)];
        let paths: Vec<String> = PEOPLE.iter().map(|id| plain.hook(*id, &plain.all_scopes()).path).collect();
        let checked = runner(900).run(&cases, |(change, here, (doer, asker), (filter, roots), (order, start))| {
            let (mine, theirs) = (by(&nodes[0], &paths, asker), by(&plain, &paths, asker));
            // Asked twice before the change too: what is remembered then must not outlive it.
            let before = json!({ "filter": filter, "select": ["ID"] });
            let asked = [&mine, &mine, &theirs].map(|it| answered(it, "tasks.task.list", &before));
            prop_assert!(asked[0] == asked[2] && asked[1] == asked[2], "{}: {} {:?}", asker, before, asked);
            if let Some((method, params)) = change {
                // Refused or not, both ways to find have to agree afterwards.
                let done = by(&nodes[usize::from(!here)], &paths, doer).call(method, params);
                prop_assert!(done.status != 500, "{} {}", method, done.text());
            }
            if !here {
                tend(&nodes[0]);
            }
            let order: serde_json::Map<String, Json> =
                order.into_iter().map(|(name, direction)| (name.to_owned(), direction.into())).collect();
            let mut filter = filter;
            if roots {
                filter["ONLY_ROOT_TASKS"] = "Y".into();
            }
            // Few fields and all of them, which are kept ready in one place and read in the other.
            for select in [json!(["ID", "TITLE"]), json!(["*", "TAGS", "SUB_STATUS"]), json!([])] {
                let params = json!({ "filter": filter, "order": order, "start": start, "select": select });
                let (indexed, by_sql) = (answered(&mine, "tasks.task.list", &params), answered(&theirs, "tasks.task.list", &params));
                prop_assert_eq!(indexed, by_sql, "{}: {}", asker, params);
            }
            let params = json!({ "select": ["id", "title", "accomplices", "dependsOn", "inFavorite"], "order": { "deadline": "DESC" } });
            let third = |client: &Client<'_>| client.call_v3("tasks.task.list", params.clone()).ok();
            prop_assert_eq!(third(&mine), third(&theirs), "{}", asker);
            Ok(())
        });
        checked.unwrap_or_else(|err| panic!("{err}"));
        assert!(plain.count("select count(*) from tasks") > 30, "there have to be tasks");
        assert!(index(&nodes[0]).answered() > 2_500, "the index has to have answered, and not SQL in its place");
        let is_remembering = matches!(index(&nodes[0]).status(), Status::Ready { found_bytes: 10_000.., .. });
        assert!(is_remembering, "{:?}", index(&nodes[0]).status());
        assert_eq!(index(&plain).answered(), 0);
        let (count, differences) = index::check(&INDEX, 1_000_000, &plain.app.db).unwrap().unwrap();
        assert!(count > 30 && differences.is_empty(), "{differences:?}");
    }
}

both! {
    /// Someone sees what they have just done, in this process at once, in another one when it looks for changes.
    fn a_change_of_a_task_is_found_at_once(app) {
        let (here, there) = (node(app, 1000), node(app, 1000));
        let (mine, others) = (here.employee(), there.employee());
        let id = add_task(&mine, json!({ "TITLE": "Quite new" }));
        let found = |client: &Client<'_>, text: &str| filtered(client, json!({ "%TITLE": text }));
        assert_eq!(found(&mine, "quite"), [id]);
        tend(&there);
        assert_eq!(found(&others, "quite"), [id]);
        others.ok("tasks.task.update", json!({ "taskId": id, "fields": { "TITLE": "Done with" } }));
        assert_eq!((found(&others, "quite"), found(&others, "done")), (vec![], vec![id]));
        tend(&here);
        assert_eq!((found(&mine, "quite"), found(&mine, "done")), (vec![], vec![id]));
        mine.ok("tasks.task.delete", json!({ "taskId": id }));
        assert_eq!(found(&mine, "done"), Vec::<i64>::new());
        tend(&there);
        assert_eq!(filtered(&others, json!({ "RESPONSIBLE_ID": EMPLOYEE })), Vec::<i64>::new());
        assert!(index(&here).answered() >= 4 && index(&there).answered() >= 4);
    }

    /// What a deletion changes elsewhere, the database changes by itself; the index follows all the same.
    fn what_a_deletion_leaves_behind_is_found(app) {
        let (here, there) = (node(app, 1000), node(app, 1000));
        let admin = here.admin();
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Short-lived" })).as_i64().unwrap();
        let parent = add_task(&admin, json!({}));
        let child = add_task(&admin, json!({ "PARENT_ID": parent, "GROUP_ID": group }));
        admin.ok("task.dependence.add", json!([parent, child, 2]));
        tend(&there);
        let other = there.admin();
        for client in [&admin, &other] {
            assert_eq!(filtered(client, json!({ "GROUP_ID": group })), [child]);
            assert_eq!(filtered(client, json!({ "PARENT_ID": parent })), [child]);
            assert_eq!(filtered(client, json!({ "DEPENDS_ON": parent })), [child]);
            assert_eq!(listed_field(client, "multitask"), [(parent, json!("Y")), (child, json!("N"))]);
        }
        admin.ok("sonet_group.delete", json!({ "GROUP_ID": group }));
        admin.ok("tasks.task.delete", json!({ "taskId": parent }));
        tend(&there);
        for client in [&admin, &other] {
            assert_eq!(filtered(client, json!({ "GROUP_ID": group })), Vec::<i64>::new());
            assert_eq!(filtered(client, json!({ "GROUP_ID": 0, "PARENT_ID": 0 })), [child]);
            assert_eq!(filtered(client, json!({ "DEPENDS_ON": parent })), Vec::<i64>::new());
            assert_eq!(listed_field(client, "parentId"), [(child, json!(null))]);
        }
        let again = add_task(&admin, json!({ "PARENT_ID": child }));
        assert_eq!(listed_field(&admin, "multitask"), [(child, json!("Y")), (again, json!("N"))]);
        admin.ok("tasks.task.update", json!({ "taskId": again, "fields": { "PARENT_ID": 0 } }));
        assert_eq!(listed_field(&admin, "multitask"), [(child, json!("N")), (again, json!("N"))]);
        let answered = (index(&here).answered(), index(&there).answered());
        assert_eq!(answered, (12, 9), "ten and eight lists, and what of whole tasks was not viewed yet");
    }

    /// Whoever is taken out of a workgroup sees its tasks no more; whoever comes in sees them.
    fn memberships_count_at_once(app) {
        let here = node(app, 1000);
        let (admin, employee) = (here.admin(), here.employee());
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Closed", "VISIBLE": "N" })).as_i64().unwrap();
        let id = add_task(&admin, json!({ "RESPONSIBLE_ID": ADMIN, "GROUP_ID": group }));
        let all = || listed(&employee, json!({ "select": ["ID"] }));
        assert_eq!(all(), Vec::<i64>::new());
        admin.ok("sonet_group.user.invite", json!({ "GROUP_ID": group, "USER_ID": EMPLOYEE, "MESSAGE": "Come" }));
        assert_eq!(all(), Vec::<i64>::new());
        admin.ok("sonet_group.user.add", json!({ "GROUP_ID": group, "USER_ID": EMPLOYEE }));
        assert_eq!(all(), [id]);
        admin.ok("sonet_group.user.delete", json!({ "GROUP_ID": group, "USER_ID": EMPLOYEE }));
        assert_eq!(all(), Vec::<i64>::new());
        assert_eq!(index(&here).answered(), 4);
    }

    /// What was written after someone left a workgroup they never find, however their lists meet the changes.
    fn nobody_finds_what_came_after_they_left(app) {
        let (here, there) = (node(app, 1000), node(app, 1000));
        let (admin, employee) = (here.admin(), here.employee());
        let group = admin.ok("sonet_group.create", json!({ "NAME": "Closed", "VISIBLE": "N" })).as_i64().unwrap();
        let id = add_task(&admin, json!({ "TITLE": "Open", "RESPONSIBLE_ID": ADMIN, "GROUP_ID": group }));
        let member = json!({ "GROUP_ID": group, "USER_ID": EMPLOYEE });
        let called = |title: &str| json!({ "taskId": id, "fields": { "TITLE": title } });
        let (is_done, seen) = (AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let admins = [admin, there.admin()];
                for turn in 0..30 {
                    let admin = &admins[turn % 2];
                    admin.ok("sonet_group.user.add", member.clone());
                    admin.ok("sonet_group.user.delete", member.clone());
                    admin.ok("tasks.task.update", called("Secret"));
                    admin.ok("tasks.task.update", called("Open"));
                    tend(&here);
                }
                is_done.store(true, Ordering::Release);
            });
            while !is_done.load(Ordering::Acquire) {
                for params in [json!({ "select": ["ID", "TITLE"] }), json!({ "filter": { "!TITLE": "x" } })] {
                    let tasks = employee.ok("tasks.task.list", params)["tasks"].clone();
                    seen.fetch_add(tasks.as_array().unwrap().len(), Ordering::Relaxed);
                    assert!(!tasks.to_string().contains("Secret"), "{tasks}");
                    assert!(tasks[0].is_null() || tasks[0]["title"] == "Open");
                }
            }
        });
        assert!(seen.into_inner() > 0, "they were in it now and then");
    }

    /// What is the caller's alone is never another one's, though the rest of a task is kept ready for all.
    fn marks_are_ones_own(app) {
        let here = node(app, 1000);
        let (admin, employee) = (here.admin(), here.employee());
        let id = add_task(&admin, json!({}));
        let of = |client: &Client<'_>| {
            let task = client.ok("tasks.task.list", json!({}))["tasks"][0].clone();
            ["favorite", "isMuted", "notViewed", "newCommentsCount", "commentsCount"].map(|it| task[it].clone())
        };
        for _ in 0..2 {
            assert_eq!(of(&admin), [json!("N"), json!("N"), json!("N"), json!(0), json!(null)]);
            assert_eq!(of(&employee), [json!("N"), json!("N"), json!("Y"), json!(0), json!(null)]);
        }
        admin.ok("tasks.task.favorite.add", json!({ "taskId": id }));
        employee.ok("tasks.task.mute", json!({ "id": id }));
        admin.ok("task.commentitem.add", json!([id, { "POST_MESSAGE": "Well?" }]));
        assert_eq!(of(&admin), [json!("Y"), json!("N"), json!("N"), json!(0), json!("1")]);
        assert_eq!(of(&employee), [json!("N"), json!("Y"), json!("Y"), json!(1), json!("1")]);
        let favorites = |client: &Client<'_>| filtered(client, json!({ "FAVORITE": "Y" }));
        assert_eq!((favorites(&admin), favorites(&employee)), (vec![id], vec![]));
        assert_eq!(task(&employee, id)["favorite"], "N");
    }

    /// It is loaded, bounded, shown and switched off as the index of people is.
    fn what_the_index_of_tasks_does_is_told(app) {
        for _ in 0..3 {
            add_task(&app.admin(), json!({}));
        }
        assert_eq!((index(&node(app, 2)).status(), index(app).status()), (Status::Off, Status::Off));
        let door = Door { index_records: 1000, ..Door::default() };
        let starting = app.another(Setup { door, ..Setup::default() });
        assert_eq!(starting.get("/readyz").text(), "ready, loading the index of tasks\n");
        assert_eq!(filtered(&starting.admin(), json!({})).len(), 3);
        assert_eq!(index(&starting).answered(), 0);
        tend(&starting);
        assert_eq!(starting.get("/readyz").text(), "ready\n");
        assert_eq!(filtered(&starting.admin(), json!({})).len(), 3);
        assert_eq!(index(&starting).answered(), 1);
        let page = starting.get("/metrics");
        assert!(page.text().contains("\nmuster_index_records{kind=\"task\"} 3\n"), "{}", page.text());
        assert!(page.text().contains("\nmuster_index_records{kind=\"user\"} 0\n"));
    }

    /// Where the database has what the index would not, `muster check` says so.
    fn the_index_of_tasks_is_held_against_sql(app) {
        add_task(&app.admin(), json!({ "TITLE": "One" }));
        let check = || index::check(&INDEX, 1000, &app.app.db).unwrap();
        assert_eq!(check(), Some((1, vec![])));
        assert_eq!(index::check(&INDEX, 0, &app.app.db).unwrap(), None, "there is none");
    }
}

/// A field of all tasks, by their IDs.
fn listed_field(client: &Client<'_>, name: &str) -> Vec<(i64, Json)> {
    let result = client.ok("tasks.task.list", json!({ "order": { "ID": "asc" } }));
    let tasks = result["tasks"].as_array().unwrap();
    tasks.iter().map(|it| (it["id"].as_str().unwrap().parse().unwrap(), it[name].clone())).collect()
}
