//! Many calls in one: `batch` at `/rest/`.

use crate::{
    App, envelope,
    execute::{Context, Done, execute, measured},
};
use muster_core::{
    Answer, Error, Json, Map, Method, Params, Result,
    error::{ARGUMENT, BATCH_LENGTH, BATCH_NOT_ALLOWED},
    json,
    method::{Run, Versions},
    params::{from_form, read_text},
};

/// The most commands of a batch.
pub(crate) const MOST: usize = 50;
/// The most bytes that the references of one command may stand for.
const MOST_BYTES: usize = 16 << 20;

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

/// Puts the results of earlier commands where `$result[key][field]...` stands.
///
/// A text that is one reference becomes the referenced value, whatever it is; within a longer text a value is written
/// out. What is not there is an empty text: clients that read by keys refer past the end of the data.
pub fn resolve(value: Json, results: &Map<String, Json>) -> Result<Json> {
    Resolver { results, left: MOST_BYTES }.resolve(value)
}

/// A few letters may refer to a whole page of records, and a command may hold many of them, so what they stand for is
/// bounded.
struct Resolver<'a> {
    results: &'a Map<String, Json>,
    left: usize,
}

impl<'a> Resolver<'a> {
    fn resolve(&mut self, value: Json) -> Result<Json> {
        Ok(match value {
            Json::String(text) if text.contains("$result[") => self.substitute(&text)?,
            Json::Array(items) => Json::Array(items.into_iter().map(|it| self.resolve(it)).collect::<Result<_>>()?),
            Json::Object(map) => {
                let resolved = map.into_iter().map(|(key, value)| Ok((key, self.resolve(value)?)));
                Json::Object(resolved.collect::<Result<_>>()?)
            }
            other => other,
        })
    }

    fn substitute(&mut self, text: &str) -> Result<Json> {
        let mut written = String::new();
        let mut rest = text;
        while let Some((before, path, after)) = next_reference(rest) {
            let value = self.look_up(&path)?;
            if before.is_empty() && written.is_empty() && after.is_empty() {
                return Ok(value.cloned().unwrap_or_else(|| Json::from("")));
            }
            written.push_str(before);
            written.push_str(&value.and_then(read_text).unwrap_or_default());
            rest = after;
        }
        written.push_str(rest);
        Ok(Json::String(written))
    }

    fn look_up(&mut self, path: &[&str]) -> Result<Option<&'a Json>> {
        let found = look_up(path, self.results);
        let bytes = found.map_or(0, weigh);
        self.left = self.left.checked_sub(bytes).ok_or_else(|| {
            ARGUMENT.say(format!("the references of a command may stand for at most {MOST_BYTES} bytes"))
        })?;
        Ok(found)
    }
}

/// About how many bytes a value takes.
fn weigh(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len() + 8,
        Json::Array(items) => items.iter().map(weigh).sum::<usize>() + 8,
        Json::Object(map) => map.iter().map(|(key, value)| key.len() + weigh(value)).sum::<usize>() + 8,
        _ => 8,
    }
}

/// Splits a text at its first reference: what is before it, the path `[a][b]...`, what is after it. A bracket that is
/// never closed refers to nothing.
fn next_reference(text: &str) -> Option<(&str, Vec<&str>, &str)> {
    let at = text.find("$result[")?;
    let mut path = Vec::new();
    let mut rest = &text[at + "$result".len()..];
    while let Some((key, after)) = rest.strip_prefix('[').and_then(|it| it.split_once(']')) {
        path.push(key);
        rest = after;
    }
    (!path.is_empty()).then_some((&text[..at], path, rest))
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
            ("x$result[", json!("x$result[")),
            ("$result", json!("$result")),
            ("5 $ and $result[me", json!("5 $ and $result[me")),
            ("$result[]", json!("")),
            ("$result[me][ID][", json!("7[")),
        ] {
            assert_eq!(resolve(json!(text), &results).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn references_are_read_in_one_go_and_bounded() {
        let page: Vec<_> = (0..50).map(|id| json!({ "ID": id, "NAME": "x".repeat(1000) })).collect();
        let Json::Object(results) = json!({ "page": page }) else { panic!("an object") };
        let text = "$result[".repeat(1_000_000);
        assert_eq!(resolve(json!(text), &results).unwrap(), json!(text));
        let many = vec!["$result[page]"; 20_000];
        assert!(resolve(json!(many), &results).unwrap_err().said.contains("at most"));
        let long = "$result[page][0][NAME]".repeat(100_000);
        assert!(resolve(json!(long), &results).unwrap_err().said.contains("at most"));
    }
}
