//! Many calls in one: `batch` at `/rest/`.

use crate::{
    App,
    envelope::{self, Time},
    execute::{Context, Done, execute_with, measured},
};
use muster_core::{
    Answer, Error, Json, Map, Method, Params, Result,
    error::{ARGUMENT, BATCH_LENGTH, BATCH_NOT_ALLOWED},
    method::Run,
    params::{from_form, read_text},
    record::write_text,
    reference::{refers, resolve},
};
use muster_db::Reader;
use std::fmt::Write as _;

/// The most commands of a batch.
pub(crate) const MOST: usize = 50;

/// Carries out the commands one after the other. Each change has a transaction of its own.
pub(crate) fn run(app: &App, context: &Context, method: &'static Method, params: &Params) -> Done {
    measured(app, context, method, || {
        method.check(&context.caller)?;
        commands(app, context, params)
    })
}

/// What goes out, by the commands' names and as JSON text: most of it is text already.
#[derive(Default)]
struct Results {
    result: Vec<(String, String)>,
    error: Vec<(String, String)>,
    total: Vec<(String, String)>,
    next: Vec<(String, String)>,
    time: Vec<(String, String)>,
    /// The results as values, if a command refers to them.
    values: Map<String, Json>,
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
    let commands: Vec<_> = commands.into_iter().map(|(key, command)| (key, read(&command))).collect();
    let is_referred_to = commands.iter().any(|(_, command)| command.as_ref().is_ok_and(|(_, sent)| refers(sent)));
    let mut results = Results::default();
    let mut reader = app.db.reader();
    for (index, (key, command)) in commands.into_iter().enumerate() {
        let outcome = if index < MOST {
            command.and_then(|command| one(app, context, command, &results.values, &mut reader))
        } else {
            Err(BATCH_LENGTH.error())
        };
        match outcome {
            Ok((answer, time)) => {
                results.total.extend(answer.total.map(|it| (key.clone(), it.to_string())));
                results.next.extend(answer.next.map(|it| (key.clone(), it.to_string())));
                results.time.push((key.clone(), time.text));
                let text = answer.text.unwrap_or_else(|| answer.result.to_string());
                if is_referred_to {
                    results.values.insert(key.clone(), serde_json::from_str(&text).unwrap_or_default());
                }
                results.result.push((key, text));
            }
            Err(err) => {
                results.error.push((key, envelope::failure(&err).to_string()));
                if halt {
                    break;
                }
            }
        }
    }
    let mut text = String::from("{\"result\":");
    write_php_array(&mut text, &results.result);
    for (name, members) in
        [("error", results.error), ("total", results.total), ("next", results.next), ("time", results.time)]
    {
        write!(text, ",\"result_{name}\":").expect("writing to a String cannot fail");
        write_php_array(&mut text, &members);
    }
    text.push('}');
    Ok(Answer { text: Some(text), ..Answer::default() })
}

/// Takes a command such as `user.get?ID=1` apart.
fn read(command: &Json) -> Result<(String, Json)> {
    let command = read_text(command).ok_or_else(|| ARGUMENT.say("a command must be a text such as user.get?ID=1"))?;
    let (name, query) = command.split_once('?').unwrap_or((&command, ""));
    Ok((name.to_owned(), from_form(query)?))
}

fn one(
    app: &App,
    context: &Context,
    (name, sent): (String, Json),
    so_far: &Map<String, Json>,
    reader: &mut Reader<'_>,
) -> Result<(Answer, Time), Error> {
    let params = Params::new(resolve(sent, so_far)?)?;
    let method = find(app, &name)?;
    let done = execute_with(reader, app, context, method, &params);
    let time = Time::of(app, done.start, done.finish, &done);
    done.outcome.map(|answer| (answer, time))
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

/// Members whose values are JSON text, as PHP writes an array: empty and with the keys 0, 1, 2, ... a list, otherwise an
/// object.
fn write_php_array(text: &mut String, members: &[(String, String)]) {
    let is_list = members.iter().enumerate().all(|(index, (key, _))| *key == index.to_string());
    text.push(if is_list { '[' } else { '{' });
    for (index, (key, value)) in members.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        if !is_list {
            write_text(text, key);
            text.push(':');
        }
        text.push_str(value);
    }
    text.push(if is_list { ']' } else { '}' });
}
