//! What the made-up company works at: workgroups, their members and tasks. All of it goes through the methods that people
//! and programs use, so that it has the history and the rights of what they make.

use crate::{App, pages::call_for};
use muster_core::{Caller, Chance, Json, Result, audit::Origin, json, params::read_int};
use muster_db::Sql;
use muster_modules::webhook;

/// A workgroup and its tasks. The first of these is done, the second has been begun, and the third is late.
struct Group {
    name: &'static str,
    about: &'static str,
    is_open: bool,
    tasks: [&'static str; 5],
}

const GROUPS: &[Group] = &[
    Group {
        name: "Garden party",
        about: "Who brings what, and when.",
        is_open: true,
        tasks: [
            "Find a day that suits most",
            "Order the tents",
            "Ask the neighbours",
            "Write the invitations",
            "Plan for rain",
        ],
    },
    Group {
        name: "New website",
        about: "Everything that has to be there before it opens.",
        is_open: true,
        tasks: [
            "Choose who takes the photographs",
            "Write the page about us",
            "Translate the help pages",
            "Test the order form on phones",
            "Move the addresses",
        ],
    },
    Group {
        name: "Office move",
        about: "From the old building to the new one, without a lost box.",
        is_open: false,
        tasks: [
            "Measure the new rooms",
            "Compare three removers",
            "Label the cabinets",
            "Tell suppliers the new address",
            "Give back the old keys",
        ],
    },
    Group {
        name: "Welcoming new people",
        about: "The first weeks of everyone who starts.",
        is_open: true,
        tasks: [
            "Collect what people missed on their first day",
            "Renew the checklist for first days",
            "Find a mentor for each department",
            "Make a map of who knows what",
            "Talk to those who began in spring",
        ],
    },
];

/// How many people a group has at most.
const MEMBERS: usize = 9;
const DAY: i64 = 86_400;
/// How many days from now each task of a group is due.
const DUE: [i64; 5] = [-3, 4, -1, 9, 30];

/// Makes all of it on behalf of the administrator whose webhook this is.
pub(super) fn make(app: &App, secret: &str, seed: u64) -> Result<()> {
    let now = app.clock.seconds();
    let (caller, people) = app.db.read(|tx| {
        let sql = "select id from users where active = 1 and accepted_at is not null and id > 1 order by id limit 100";
        Ok::<_, muster_core::Error>((webhook::identify(tx, 1, secret, now)?, tx.ints(&Sql::new(sql))?))
    })?;
    let mut chance = Chance::seeded(seed);
    for group in GROUPS {
        make_group(app, &caller, group, &some(&people, &mut chance), now)?;
    }
    Ok(())
}

fn make_group(app: &App, caller: &Caller, group: &Group, members: &[i64], now: i64) -> Result<()> {
    let yes = |it: bool| if it { "Y" } else { "N" };
    let params =
        json!({ "NAME": group.name, "DESCRIPTION": group.about, "OPENED": yes(group.is_open), "VISIBLE": "Y" });
    let id = call(app, caller, "sonet_group.create", params)?;
    call(app, caller, "sonet_group.user.add", json!({ "GROUP_ID": id, "USER_ID": members }))?;
    let among = |number: usize| members[number % members.len()];
    for (number, (title, days)) in group.tasks.iter().zip(DUE).enumerate() {
        let task = json!({
            "TITLE": title, "GROUP_ID": id, "CREATED_BY": among(number + 1), "DEADLINE": moment(now + days * DAY),
            // The administrator, as whom one signs in, has something to do too.
            "RESPONSIBLE_ID": if number == 1 { 1 } else { among(number) },
            "ACCOMPLICES": [among(number + 2)], "AUDITORS": [1],
        });
        let made = call(app, caller, "tasks.task.add", json!({ "fields": task }))?;
        let task = read_int(&made["task"]["id"]);
        match number {
            0 => drop(call(app, caller, "tasks.task.complete", json!({ "taskId": task }))?),
            1 => begin(app, caller, task)?,
            _ => {}
        }
    }
    Ok(())
}

/// Begins a task, of which the first step is done.
fn begin(app: &App, caller: &Caller, task: Option<i64>) -> Result<()> {
    call(app, caller, "tasks.task.start", json!({ "taskId": task }))?;
    for (title, is_done) in [("Ask for offers", "Y"), ("Decide", "N")] {
        let item = json!({ "TASKID": task, "FIELDS": { "TITLE": title, "IS_COMPLETE": is_done } });
        call(app, caller, "task.checklistitem.add", item)?;
    }
    let comment =
        json!({ "TASKID": task, "FIELDS": { "POST_MESSAGE": "The first offer is here, two more are to come." } });
    call(app, caller, "task.commentitem.add", comment)?;
    let time = json!({ "TASKID": task, "ARFIELDS": { "SECONDS": 2700, "COMMENT_TEXT": "On the telephone" } });
    call(app, caller, "task.elapseditem.add", time).map(drop)
}

fn call(app: &App, caller: &Caller, method: &str, params: Json) -> Result<Json> {
    let origin = Origin { request: "demo".to_owned(), ..Origin::default() };
    let answer = call_for(app, (caller.clone(), origin), app.registry.get(method, false)?, params)?;
    Ok(answer.result)
}

/// Some of these people, each once.
fn some(people: &[i64], chance: &mut Chance) -> Vec<i64> {
    let mut left = people.to_vec();
    let mut found = Vec::new();
    while found.len() < MEMBERS && !left.is_empty() {
        let place = usize::try_from(chance.below(left.len() as u64)).unwrap_or(0);
        found.push(left.swap_remove(place));
    }
    found
}

/// A moment in seconds as methods take it.
fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}
