//! References between the commands of a batch: `$result[key][field]...`.

use crate::{Json, Map, Result, error::ARGUMENT, params::read_text};

/// The most bytes that the references of one command may stand for.
const MOST_BYTES: usize = 16 << 20;

/// Puts the results of earlier commands where `$result[key][field]...` stands.
///
/// A text that is one reference becomes the referenced value, whatever it is; within a longer text a value is written
/// out. What is not there is an empty text: clients that read by keys refer past the end of the data.
pub fn resolve(value: Json, results: &Map<String, Json>) -> Result<Json> {
    Resolver { results, left: MOST_BYTES }.resolve(value)
}

/// Whether there is a reference in it.
pub fn refers(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains("$result["),
        Json::Array(items) => items.iter().any(refers),
        Json::Object(map) => map.values().any(refers),
        _ => false,
    }
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
    use crate::json;

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
