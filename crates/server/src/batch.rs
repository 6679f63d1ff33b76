//! Many calls in one: `batch` at `/rest/`.

use crate::{
    App, envelope,
    execute::{Context, Done, execute, measured},
};
use muster_core::{
    Answer, Error, Json, Map, Method, Params, Result,
    error::{ARGUMENT, BATCH_LENGTH, BATCH_NOT_ALLOWED},
    json,
    method::Run,
    params::{from_form, read_text},
    reference::resolve,
};

/// The most commands of a batch.
pub(crate) const MOST: usize = 50;

/// Carries out the commands one after the other, each in a transaction of its own.
pub(crate) fn run(app: &App, context: &Context, method: &'static Method, params: &Params) -> Done {
    measured(app, context, method, || {
        method.check(&context.caller)?;
        commands(app, context, params)
    })
}

#[derive(Default)]
struct Results {
    result: Map<String, Json>,
    error: Map<String, Json>,
    total: Map<String, Json>,
    next: Map<String, Json>,
    time: Map<String, Json>,
}

fn commands(app: &App, context: &Context, params: &Params) -> Result<Answer> {
    let commands: Vec<(String, Json)> = match params.get("CMD") {
        Some(Json::Object(map)) => map.clone().into_iter().collect(),
        Some(Json::Array(items)) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item.clone())).collect()
        }
        _ => return Err(ARGUMENT.say("CMD must be an array of commands such as user.get?ID=1").about("CMD")),
    };
    let halt = params.flag("HALT")?;
    let mut results = Results::default();
    for (index, (key, command)) in commands.into_iter().enumerate() {
        let outcome = if index < MOST { one(app, context, &command, &results) } else { Err(BATCH_LENGTH.error()) };
        match outcome {
            Ok((answer, time)) => {
                results.total.extend(answer.total.map(|it| (key.clone(), it.into())));
                results.next.extend(answer.next.map(|it| (key.clone(), it.into())));
                results.time.insert(key.clone(), time);
                results.result.insert(key, answer.result);
            }
            Err(err) => {
                results.error.insert(key, envelope::failure(&err));
                if halt {
                    break;
                }
            }
        }
    }
    Ok(json!({
        "result": php_array(results.result),
        "result_error": php_array(results.error),
        "result_total": php_array(results.total),
        "result_next": php_array(results.next),
        "result_time": php_array(results.time),
    })
    .into())
}

fn one(app: &App, context: &Context, command: &Json, so_far: &Results) -> Result<(Answer, Json), Error> {
    let command = read_text(command).ok_or_else(|| ARGUMENT.say("a command must be a text such as user.get?ID=1"))?;
    let (name, query) = command.split_once('?').unwrap_or((&command, ""));
    let params = Params::new(resolve(from_form(query)?, &so_far.result)?)?;
    let method = find(app, name)?;
    let done = execute(app, context, method, &params);
    let time = envelope::time(app, done.start, done.finish, &done);
    done.outcome.map(|answer| (answer.parsed(), time))
}

/// The method that a command names.
fn find(app: &App, name: &str) -> Result<&'static Method> {
    let name = name.trim().trim_matches('/');
    let method = app.registry.get(name.strip_suffix(".json").unwrap_or(name), false)?;
    match method.run {
        Run::Batch => Err(BATCH_NOT_ALLOWED.error()),
        Run::Method(_) => Ok(method),
    }
}

/// An array as PHP writes it: empty and with the keys 0, 1, 2, ... a list, otherwise an object.
pub(crate) fn php_array(map: Map<String, Json>) -> Json {
    if map.keys().enumerate().all(|(index, key)| *key == index.to_string()) {
        Json::Array(map.into_iter().map(|(_, value)| value).collect())
    } else {
        Json::Object(map)
    }
}
