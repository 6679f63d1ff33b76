//! Many calls in one: `batch` at `/rest/`.

use crate::{
    App, envelope,
    execute::{Context, Done, execute, measured},
};
use muster_core::{
    Answer, Error, Json, Map, Method, Params, Result, Via,
    error::{ARGUMENT, BATCH_LENGTH, BATCH_NOT_ALLOWED},
    json,
    method::{Run, Versions},
    params::{from_form, read_text},
};
use std::time::Duration;

/// The most commands of a batch.
pub(crate) const MOST: usize = 50;

/// Carries out the commands one after the other, each in a transaction of its own. The batch itself is not counted as
/// working time; its commands are.
pub(crate) fn run(app: &App, context: &Context, method: &'static Method, params: &Params) -> Done {
    let done = measured(app, context, method, || {
        method.check(&context.caller)?;
        commands(app, context, params)
    });
    let usage = app.operating.usage(Via::Webhook(0), method.name, done.finish, Duration::ZERO);
    Done { usage, ..done }
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
    let params = Params::new(resolve(from_form(query)?, &so_far.result))?;
    let method = find(app, name)?;
    let done = execute(app, context, method, &params);
    let time = envelope::time(app, done.start, done.finish, &done);
    done.outcome.map(|answer| (answer, time))
}

/// The method that a command names.
fn find(app: &App, name: &str) -> Result<&'static Method> {
    let name = name.trim().trim_matches('/');
    let method = app.registry.get(name.strip_suffix(".json").unwrap_or(name))?;
    match (method.run, method.versions) {
        (Run::Batch, _) => Err(BATCH_NOT_ALLOWED.error()),
        (_, Versions::Three) => Err(muster_core::error::METHOD_NOT_FOUND.error()),
        _ => Ok(method),
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

/// Puts the results of earlier commands where `$result[key][field]...` stands. A text that is one reference becomes the
/// referenced value, whatever it is; within a longer text a value is written out. What is not there is an empty text:
/// clients that read by keys refer past the end of the data.
pub fn resolve(value: Json, results: &Map<String, Json>) -> Json {
    match value {
        Json::String(text) if text.contains("$result[") => substitute(&text, results),
        Json::Array(items) => Json::Array(items.into_iter().map(|item| resolve(item, results)).collect()),
        Json::Object(map) => map.into_iter().map(|(key, value)| (key, resolve(value, results))).collect(),
        other => other,
    }
}

fn substitute(text: &str, results: &Map<String, Json>) -> Json {
    let mut written = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("$result[") {
        let (path, after) = read_path(&rest[at + "$result".len()..]);
        let value = look_up(&path, results);
        if at == 0 && written.is_empty() && after.is_empty() {
            return value.cloned().unwrap_or_else(|| Json::from(""));
        }
        written.push_str(&rest[..at]);
        written.push_str(&value.and_then(read_text).unwrap_or_default());
        rest = after;
    }
    written.push_str(rest);
    Json::String(written)
}

/// Reads `[a][b]...` and answers what is after it.
fn read_path(text: &str) -> (Vec<&str>, &str) {
    let mut path = Vec::new();
    let mut rest = text;
    while let Some((key, after)) = rest.strip_prefix('[').and_then(|it| it.split_once(']')) {
        path.push(key);
        rest = after;
    }
    if path.is_empty() {
        // A bracket that is never closed refers to nothing; what follows it is the rest.
        rest = rest.strip_prefix('[').unwrap_or(rest);
    }
    (path, rest)
}

fn look_up<'a>(path: &[&str], results: &'a Map<String, Json>) -> Option<&'a Json> {
    let (first, path) = path.split_first()?;
    path.iter().try_fold(results.get(*first)?, |value, key| match value {
        Json::Object(map) => map.get(*key),
        Json::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_in_every_form() {
        let results = json!({ "me": { "ID": "7", "UF_DEPARTMENT": [3, 4] }, "0": [{ "ID": 5 }] });
        let Json::Object(results) = results else { panic!("an object") };
        for (text, value) in [
            ("$result[me][ID]", json!("7")),
            ("$result[me][UF_DEPARTMENT]", json!([3, 4])),
            ("$result[0][0][ID]", json!(5)),
            ("U$result[me][ID]_D$result[me][UF_DEPARTMENT][1]!", json!("U7_D4!")),
            ("$result[0][49][ID]", json!("")),
            ("$result[nobody]", json!("")),
            ("x$result[", json!("x")),
            ("$result", json!("$result")),
            ("5 $ and $result[me", json!("5 $ and me")),
        ] {
            assert_eq!(resolve(json!(text), &results), value, "{text}");
        }
    }
}
