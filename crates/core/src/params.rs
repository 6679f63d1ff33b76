//! What a client sent, whatever the encoding: one value, read the same way.
//!
//! Clients send a query string, a form with PHP's brackets (`filter[>ID]=1&ID[]=2`) or JSON. All become one [`Json`]
//! in which a container with the keys `0, 1, 2, ...` is an array, as in PHP, and an empty one is an empty array.

use crate::{
    Error, Json, Map, Result,
    error::{ARGUMENT, INVALID_REQUEST},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::collections::HashMap;

/// How deep values may be nested.
pub const MAX_DEPTH: usize = 24;
/// How many single values a request may hold.
pub const MAX_VALUES: usize = 20_000;

/// The parameters of one call. Names at the top level are the same in any case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params(Map<String, Json>);

impl Params {
    /// Takes a decoded value: an object, or an empty array for «no parameters».
    pub fn new(value: Json) -> Result<Params> {
        match normalize(value)? {
            Json::Object(map) => {
                Ok(Params(map.into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect()))
            }
            Json::Array(items) => {
                // Positional parameters: `[51, {...}]`, or none at all.
                Ok(Params(items.into_iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()))
            }
            _ => Err(INVALID_REQUEST.say("the parameters must be an object")),
        }
    }

    /// Adds the parameters of `other`; of two with the same name, the other one counts.
    pub fn extend(&mut self, other: Params) {
        self.0.extend(other.0);
    }

    /// Takes a parameter out.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        self.0.shift_remove(&name.to_uppercase())
    }

    /// The same values in their order under these names; what is more than there are names is left out.
    pub fn renamed(&self, names: impl Iterator<Item = &'static str>) -> Params {
        Params(names.map(str::to_owned).zip(self.0.values().cloned()).collect())
    }

    /// A parameter as it came.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// All parameters, with their names in upper case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A text. A number or a boolean counts as its text.
    pub fn text(&self, name: &'static str) -> Result<Option<String>> {
        self.typed(name, read_text, "a text")
    }

    /// A whole number.
    pub fn int(&self, name: &'static str) -> Result<Option<i64>> {
        self.typed(name, read_int, "a whole number")
    }

    /// A boolean, in any spelling that clients use.
    pub fn flag(&self, name: &'static str) -> Result<bool> {
        Ok(self.opt_flag(name)?.unwrap_or(false))
    }

    /// A boolean that may be left out.
    pub fn opt_flag(&self, name: &'static str) -> Result<Option<bool>> {
        self.typed(name, read_bool, "yes or no (Y, N, true, false, 1, 0)")
    }

    fn typed<T>(&self, name: &'static str, read: fn(&Json) -> Option<T>, what: &str) -> Result<Option<T>> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) if text.is_empty() => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| wrong(name, what)),
        }
    }

    /// A list. A single value counts as a list of one.
    pub fn list(&self, name: &str) -> Vec<Json> {
        match self.get(name) {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(items)) => items.clone(),
            Some(Json::Object(map)) => map.values().cloned().collect(),
            Some(one) => vec![one.clone()],
        }
    }
}

/// The error for a parameter that cannot be read.
pub fn wrong(name: &str, what: &str) -> Error {
    ARGUMENT.say(format!("{name} must be {what}")).about(name.to_owned())
}

/// Reads a text; a number or a boolean counts as its text.
pub fn read_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(it) => Some(if *it { "1" } else { "0" }.to_owned()),
        _ => None,
    }
}

/// Reads a whole number, written as one or as text.
pub fn read_int(value: &Json) -> Option<i64> {
    match value {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads the number that a word stands for.
pub fn read_choice(choices: &[(&str, i64)], value: &Json) -> Option<i64> {
    let word = read_text(value)?;
    choices.iter().find(|(it, _)| it.eq_ignore_ascii_case(&word)).map(|(_, number)| *number)
}

/// Reads a number with a fraction, written as one or as text, with a point or a comma.
pub fn read_real(value: &Json) -> Option<f64> {
    let real = match value {
        Json::Number(number) => number.as_f64(),
        other => read_text(other)?.trim().replace(',', ".").parse().ok(),
    };
    real.filter(|it: &f64| it.is_finite())
}

/// Reads a boolean in every spelling that clients send: JSON booleans, Y/N, true/false in any case, 1/0.
pub fn read_bool(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(it) => Some(*it),
        Json::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Json::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" | "true" | "1" | "on" => Some(true),
            "n" | "no" | "false" | "0" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Reads a JSON body. An empty one is «no parameters».
pub fn from_json(body: &[u8]) -> Result<Json> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Json::Object(Map::new()));
    }
    let value: Json = serde_json::from_slice(body)
        .map_err(|err| INVALID_REQUEST.say(format!("the request body is not valid JSON: {err}")))?;
    Ok(value)
}

/// Reads a query string or a form, with PHP's brackets.
pub fn from_form(text: &str) -> Result<Json> {
    let mut pairs = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decode(name)?, Json::String(decode(value)?)));
    }
    from_pairs(pairs)
}

/// What PHP leaves as it is in a form, beside letters and digits.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b' ');

/// Writes a value as a form, with PHP's brackets: what [`from_form`] reads. As in PHP, `null` and empty containers are left
/// out, and booleans are 1 and 0.
pub fn to_form(value: &Json) -> String {
    let mut form = String::new();
    write_form(&mut form, "", value);
    form
}

fn write_form(form: &mut String, name: &str, value: &Json) {
    let mut inner = |key: &str, value: &Json| {
        let key = encode(key);
        write_form(form, &if name.is_empty() { key } else { format!("{name}%5B{key}%5D") }, value);
    };
    match value {
        Json::Object(map) => map.iter().for_each(|(key, value)| inner(key, value)),
        Json::Array(items) => items.iter().enumerate().for_each(|(key, value)| inner(&key.to_string(), value)),
        one => {
            let Some(text) = read_text(one) else { return };
            if !form.is_empty() {
                form.push('&');
            }
            form.push_str(name);
            form.push('=');
            form.push_str(&encode(&text));
        }
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string().replace(' ', "+")
}

fn decode(text: &str) -> Result<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(Into::into).map_err(|_| INVALID_REQUEST.say("the parameters must be encoded as UTF-8"))
}

/// Builds one value from names with brackets and their values, as PHP does.
pub fn from_pairs(pairs: impl IntoIterator<Item = (String, Json)>) -> Result<Json> {
    let mut root = Branch::default();
    for (index, (name, value)) in pairs.into_iter().enumerate() {
        if index >= MAX_VALUES {
            return Err(too_many());
        }
        let (first, rest) = match name.find('[') {
            Some(at) if at > 0 => name.split_at(at),
            _ => (name.as_str(), ""),
        };
        let mut path = vec![first];
        let mut rest = rest;
        while let Some((key, more)) = rest.strip_prefix('[').and_then(|it| it.split_once(']')) {
            path.push(key);
            rest = more;
        }
        if path.len() > MAX_DEPTH {
            return Err(too_deep());
        }
        root.insert(&path, value);
    }
    Ok(root.into_json())
}

/// A container while it is being filled.
#[derive(Default)]
struct Branch {
    entries: Vec<(String, Node)>,
    places: HashMap<String, usize>,
    /// What `[]` stands for: one more than the greatest number so far.
    next: u64,
}

enum Node {
    Leaf(Json),
    Branch(Branch),
}

impl Branch {
    fn insert(&mut self, path: &[&str], value: Json) {
        let Some((first, rest)) = path.split_first() else { return };
        let key = if first.is_empty() { self.next.to_string() } else { (*first).to_owned() };
        if let Ok(number) = key.parse::<u64>() {
            self.next = self.next.max(number.saturating_add(1));
        }
        let place = *self.places.entry(key).or_insert_with_key(|key| {
            self.entries.push((key.clone(), Node::Leaf(Json::Null)));
            self.entries.len() - 1
        });
        let Some((_, node)) = self.entries.get_mut(place) else { return };
        if rest.is_empty() {
            *node = Node::Leaf(value);
            return;
        }
        if let Node::Leaf(_) = node {
            *node = Node::Branch(Branch::default());
        }
        if let Node::Branch(inner) = node {
            inner.insert(rest, value);
        }
    }

    fn into_json(self) -> Json {
        let finish = |node| match node {
            Node::Leaf(value) => value,
            Node::Branch(inner) => inner.into_json(),
        };
        self.entries.into_iter().map(|(key, node)| (key, finish(node))).collect()
    }
}

/// Makes equal what PHP calls equal, and keeps values within bounds that every part of Muster can handle.
fn normalize(value: Json) -> Result<Json> {
    let mut left = MAX_VALUES;
    normal(value, 0, &mut left)
}

fn normal(value: Json, depth: usize, left: &mut usize) -> Result<Json> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    *left = left.checked_sub(1).ok_or_else(too_many)?;
    Ok(match value {
        Json::Object(map) => {
            let list = map.keys().enumerate().all(|(index, key)| *key == index.to_string());
            let mut result = Map::new();
            for (key, value) in map {
                check_text(&key)?;
                result.insert(key, normal(value, depth + 1, left)?);
            }
            if list { Json::Array(result.into_iter().map(|(_, value)| value).collect()) } else { Json::Object(result) }
        }
        Json::Array(items) => {
            Json::Array(items.into_iter().map(|item| normal(item, depth + 1, left)).collect::<Result<_>>()?)
        }
        Json::String(text) => {
            check_text(&text)?;
            Json::String(text)
        }
        other => other,
    })
}

/// PostgreSQL cannot store U+0000, so neither engine is given it.
fn check_text(text: &str) -> Result<()> {
    if text.contains('\0') { Err(INVALID_REQUEST.say("a text may not contain the character U+0000")) } else { Ok(()) }
}

fn too_deep() -> Error {
    INVALID_REQUEST.say(format!("the parameters are nested deeper than {MAX_DEPTH} levels"))
}

fn too_many() -> Error {
    INVALID_REQUEST.say(format!("a request may hold at most {MAX_VALUES} values"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn form(text: &str) -> Json {
        let params = Params::new(from_form(text).unwrap()).unwrap();
        Json::Object(params.0)
    }

    #[test]
    fn forms_are_read_as_php_reads_them() {
        for (text, value) in [
            ("a=1&b=two+words", json!({"A": "1", "B": "two words"})),
            ("ID[]=1&ID[]=2", json!({"ID": ["1", "2"]})),
            ("ID[0]=1&ID[1]=2", json!({"ID": ["1", "2"]})),
            ("ID[5]=1", json!({"ID": {"5": "1"}})),
            ("filter[%3EID]=1&filter[<ID]=9", json!({"FILTER": {">ID": "1", "<ID": "9"}})),
            ("filter%5B%21NAME%5D=x", json!({"FILTER": {"!NAME": "x"}})),
            ("cmd[a]=user.get%3FID%3D1", json!({"CMD": {"a": "user.get?ID=1"}})),
            ("a=1&a=2&", json!({"A": "2"})),
            ("a&b=", json!({"A": "", "B": ""})),
            ("a[b][c][]=1", json!({"A": {"b": {"c": ["1"]}}})),
            ("a[5]=1&a[3]=2&a[]=3", json!({"A": {"5": "1", "3": "2", "6": "3"}})),
            ("a[0]=1&a[3]=2&a[2]=3&a[]=4", json!({"A": {"0": "1", "3": "2", "2": "3", "4": "4"}})),
            ("a[18446744073709551615]=1&a[x]=2", json!({"A": {"18446744073709551615": "1", "x": "2"}})),
            ("a=1&a[]=2&a[b]=3", json!({"A": {"0": "2", "b": "3"}})),
            ("a[=1&a]=2", json!({"A": "1", "A]": "2"})),
            ("", json!({})),
        ] {
            assert_eq!(form(text), value, "{text}");
        }
    }

    #[test]
    fn json_and_forms_are_alike() {
        let json = Params::new(from_json(br#"{"cmd": {"0": "a", "1": "b"}, "Filter": {"x": {}}}"#).unwrap()).unwrap();
        assert_eq!(Json::Object(json.0), json!({"CMD": ["a", "b"], "FILTER": {"x": []}}));
        assert_eq!(Params::new(from_json(b"[]").unwrap()).unwrap(), Params::default());
    }

    #[test]
    fn bounds_are_kept_with_clear_errors() {
        let deep = format!("a{}=1", "[b]".repeat(40));
        assert!(from_form(&deep).unwrap_err().said.contains("nested deeper"));
        let deep = format!("{}1{}", "[".repeat(60), "]".repeat(60));
        assert!(Params::new(from_json(deep.as_bytes()).unwrap()).unwrap_err().said.contains("nested deeper"));
        let many = format!("[{}1]", "1,".repeat(30_000));
        assert!(Params::new(from_json(many.as_bytes()).unwrap()).unwrap_err().said.contains("at most"));
        assert!(from_form("a=%ff").unwrap_err().said.contains("UTF-8"));
        assert!(Params::new(json!({"a": "x\0y"})).unwrap_err().said.contains("U+0000"));
    }

    #[test]
    fn booleans_are_read_in_every_spelling() {
        for yes in [json!(true), json!(1), json!("Y"), json!("y"), json!("True"), json!("true"), json!("1")] {
            assert_eq!(read_bool(&yes), Some(true), "{yes}");
        }
        for no in [json!(false), json!(0), json!("N"), json!("False"), json!("0")] {
            assert_eq!(read_bool(&no), Some(false), "{no}");
        }
        assert_eq!(read_bool(&json!("maybe")), None);
    }
}
