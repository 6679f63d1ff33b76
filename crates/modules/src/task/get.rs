//! Reading tasks: `tasks.task.get`, `.list`, `.getFields`, `.getaccess`.

use super::{
    NO_SORT, PARAM, counters,
    fields::{PLAN_STAGE, PRIORITIES, STATUSES, TASK},
    read_task_id, result, rights, show, text,
};
use muster_core::{
    Answer, Call, Json, Map, Result,
    field::Field,
    filter::{self, Cond, split},
    json, list,
    method::{Param, param},
    params::{read_bool, read_int, read_text},
    record::titles,
};
use muster_db::Sql;
use std::collections::HashMap;

pub(super) const GET: &[Param] = &[
    param("TASKID", "integer", "Which task").required(),
    param("SELECT", "array", "The fields to answer with, in either spelling; all but custom ones if left out"),
];

pub(super) const LIST: &[Param] = &[
    param("FILTER", "object", "Conditions: a field with an optional prefix (!, <, <=, >, >=, %, @, ...) and its value"),
    param("ORDER", "object", "Fields and directions; the newest first if left out"),
    param("SELECT", "array", "The fields to answer with, in either spelling; all but custom ones if left out"),
    param("PARAMS", "object", "WITH_TIMER_INFO, WITH_RESULT_INFO, WITH_PARSED_DESCRIPTION"),
    param("START", "integer", "From which task on, 50 to a page; -1 answers without counting"),
];

pub(super) const ACCESS: &[Param] = &[
    param("TASKID", "integer", "Which task").required(),
    param("USERS", "array", "Whose rights; those of the caller if left out"),
];

/// One task.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_task_id(call)?;
    match call.params.get("SELECT") {
        None | Some(Json::Null) => show::whole(call, id),
        Some(Json::Array(names)) if !names.is_empty() => {
            let select = read_select(call);
            let is_wanted = |name: &str| names.iter().filter_map(read_text).any(|it| it.eq_ignore_ascii_case(name));
            let whole = is_wanted("*") || is_wanted("CHECKLIST");
            show::one(call, id, &select, whole)
        }
        Some(_) => Err(PARAM.say("Invalid value {} to match with parameter {select}. Should be value of type array.")),
    }
}

/// The fields that are asked for. Fields that are not shown by default have to be asked for by name.
fn read_select(call: &Call<'_, '_>) -> Vec<&'static Field> {
    let names: Vec<String> = call.params.list("SELECT").iter().filter_map(read_text).collect();
    if names.iter().all(String::is_empty) {
        return show::by_default(call);
    }
    list::read_select(&TASK, call)
}

/// Tasks that pass a filter.
pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (filter, roots) = take_roots(call.params.get("FILTER").cloned().unwrap_or_default());
    let mut conds = vec![rights::seen(call)?, filter::parse(&TASK, &filter, call)?.map_leaves(&other_meaning)];
    if let Some(parent) = TASK.field("PARENT_ID").filter(|_| roots) {
        conds.push(rights::without_seen_parent(call, parent)?);
    }
    let cond = Cond::All(conds);
    let mut order = list::read_order(&TASK, call.params, call).map_err(|err| match err.argument {
        Some(name) => NO_SORT.say(format!("Invalid sorting key {name}")).about(name),
        None => NO_SORT.error(),
    })?;
    if order.is_empty() {
        order.extend(TASK.field("ID").map(|id| (id, true)));
    }
    let start = list::read_start(call)?;
    let (ids, total, next) = list::find(call, &TASK, &cond, &order, start)?;
    let select = read_select(call);
    let text = show::written(call, &ids, &select)?;
    let mut answer = Answer { text: Some(text), total, next, ..Answer::default() };
    let more = More::read(call);
    if !more.is_nothing() {
        answer = answer.parsed();
        if let Some(tasks) = answer.result.as_array_mut() {
            more.add(call, tasks, &ids)?;
        }
    }
    Ok(answer)
}

/// A filter by `STATUS` tells what is overdue apart, and one by `STAGE_ID` means the caller's own plan too.
fn other_meaning(leaf: Cond) -> Cond {
    match leaf.field().map(|it| it.name) {
        Some("STATUS") => TASK.field("SUB_STATUS").map_or(Cond::Never, |field| leaf.about(field)),
        Some("STAGE_ID") if !matches!(leaf, Cond::Empty(_)) => {
            let plan = leaf.clone().about(&PLAN_STAGE);
            Cond::Any(vec![leaf, plan])
        }
        _ => leaf,
    }
}

/// Takes `ONLY_ROOT_TASKS` out of a filter: it is no field.
fn take_roots(mut filter: Json) -> (Json, bool) {
    let mut roots = false;
    if let Some(map) = filter.as_object_mut() {
        map.retain(|key, value| {
            let is_roots = split(key).2.eq_ignore_ascii_case("ONLY_ROOT_TASKS");
            roots |= is_roots && read_bool(value) == Some(true);
            !is_roots
        });
    }
    (filter, roots)
}

/// What `params` and the selection ask for beside the fields.
struct More {
    counters: bool,
    results: bool,
    timer: bool,
    parsed: bool,
}

impl More {
    fn read(call: &Call<'_, '_>) -> More {
        let asks = |name: &str| {
            let params = call.params.get("PARAMS").and_then(Json::as_object);
            let found = params.and_then(|it| it.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
            found.and_then(|(_, value)| read_bool(value)).unwrap_or(false)
        };
        let selected = call.params.list("SELECT");
        More {
            counters: selected.iter().filter_map(read_text).any(|it| it.eq_ignore_ascii_case("COUNTERS")),
            results: asks("WITH_RESULT_INFO"),
            timer: asks("WITH_TIMER_INFO"),
            parsed: asks("WITH_PARSED_DESCRIPTION"),
        }
    }

    fn is_nothing(&self) -> bool {
        !(self.counters || self.results || self.timer || self.parsed)
    }

    fn add(&self, call: &mut Call<'_, '_>, tasks: &mut [Json], ids: &[i64]) -> Result<()> {
        let mut names: Vec<&str> = if self.counters { counters::MADE_OF.to_vec() } else { Vec::new() };
        names.extend(self.timer.then_some("TIME_SPENT_IN_LOGS"));
        names.extend(self.parsed.then_some("DESCRIPTION"));
        let made_of: Vec<&'static Field> = names.iter().filter_map(|name| TASK.field(name)).collect();
        let more = list::records(call, &TASK, ids, &made_of, "")?;
        let results = if self.results { result::open_by_task(call.tx, ids)? } else { HashMap::new() };
        for ((task, more), id) in tasks.iter_mut().filter_map(Json::as_object_mut).zip(&more).zip(ids) {
            let mut put = |name: &str, value: Json| task.insert(name.to_owned(), value);
            if self.results {
                let (has, has_open) = (results.get(id), results.get(id) == Some(&true));
                for (name, is) in
                    [("taskRequireResult", false), ("taskHasOpenResult", has_open), ("taskHasResult", has.is_some())]
                {
                    put(name, if is { "Y" } else { "N" }.into());
                }
            }
            if self.timer {
                put("timeElapsed", more["timeSpentInLogs"].clone());
                put("timerIsRunningForCurrentUser", "N".into());
            }
            if self.parsed {
                put("parsedDescription", text::to_html(more["description"].as_str().unwrap_or_default()).into());
            }
            if self.counters {
                put("counter", counters::of_task(more));
            }
        }
        Ok(())
    }
}

/// The fields of a task with what they are.
pub(super) fn fields(call: &mut Call<'_, '_>) -> Result<Answer> {
    let visible = call.visible(&TASK);
    let Json::Object(titles) = titles(&visible) else { return Ok(json!({}).into()) };
    let mut fields = Map::new();
    for (name, _) in titles {
        let Some(field) = call.field(&TASK, &name) else { continue };
        let mut described = show::describe(field);
        match name.as_str() {
            "ID" => described["primary"] = true.into(),
            "TITLE" | "CREATED_BY" | "RESPONSIBLE_ID" => described["required"] = true.into(),
            "STATUS" => {
                let values = STATUSES.iter().map(|(number, name)| (number.to_string(), Json::from(*name)));
                described = json!({
                    "title": "Status", "type": "enum", "values": values.collect::<Map<_, _>>(), "default": 2,
                });
            }
            "PRIORITY" => {
                let names = ["Low", "Medium", "High"];
                let values =
                    PRIORITIES.iter().zip(names).map(|((number, _), name)| ((*number).to_owned(), name.into()));
                described["values"] = Json::Object(values.collect());
                described["default"] = 1.into();
            }
            _ => {}
        }
        fields.insert(name, described);
    }
    Ok(Json::Object(fields).into())
}

/// What people may do with a task.
pub(super) fn access(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_task_id(call)?;
    let users = match call.params.get("USERS") {
        None | Some(Json::Null) => vec![call.caller.user_id],
        Some(Json::Array(items)) if items.len() <= MOST_USERS => {
            items.iter().map(|it| read_int(it).ok_or_else(wrong_users)).collect::<Result<_>>()?
        }
        Some(_) => return Err(wrong_users()),
    };
    let Some((task, mine)) = rights::find(call, id)? else { return Ok(json!([]).into()) };
    let mut allowed = Map::new();
    for user_id in users {
        let who = if user_id == call.caller.user_id { Some(mine) } else { other(call, &task, user_id)? };
        let upper = |name: &str| upper(name);
        allowed.insert(user_id.to_string(), show::actions(Some(&task), who.as_ref(), upper));
    }
    Ok(show::or_list(allowed).into())
}

/// The most people of one call: each of them costs some queries.
const MOST_USERS: usize = 100;

fn wrong_users() -> muster_core::Error {
    PARAM.say("Invalid value {} to match with parameter {users}. Should be value of type array.").about("USERS")
}

/// What someone else is to a task, unless the caller does not see them.
fn other(call: &mut Call<'_, '_>, task: &rights::Task, user_id: i64) -> Result<Option<rights::Standing>> {
    let seen = super::people::read(call, [user_id])?.remove(&user_id).flatten().is_some();
    let sql = "select admin from users where id = $1 and active = 1";
    let Some(row) = call.tx.row(&Sql::with(sql, [user_id.into()]))?.filter(|_| seen) else { return Ok(None) };
    Ok(Some(rights::standing(call.tx, task, user_id, row.int(0)? == 1)?))
}

/// `changeDeadline` as `CHANGE_DEADLINE`.
fn upper(name: &str) -> String {
    let mut upper = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            upper.push('_');
        }
        upper.push(letter.to_ascii_uppercase());
    }
    upper
}
