//! Any bytes, read as a form and as JSON: they are refused or become parameters, and whatever was once read is read
//! alike when it is written as JSON and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_core::{
    Json, Map, Params,
    params::{from_form, from_json},
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        check(from_form(text));
    }
    check(from_json(bytes));
});

fn check(read: muster_core::Result<Json>) {
    let Ok(params) = read.and_then(Params::new) else { return };
    let map: Map<String, Json> = params.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    let map = Json::Object(map);
    if has_float(&map) {
        // The last digit of a number with a fraction may change when it is read; nothing of Muster's is such a number.
        return;
    }
    let written = map.to_string();
    let again = from_json(written.as_bytes()).and_then(Params::new).expect("what was read once can be read again");
    assert_eq!(again, params);
}

fn has_float(value: &Json) -> bool {
    match value {
        Json::Number(number) => number.is_f64(),
        Json::Array(items) => items.iter().any(has_float),
        Json::Object(map) => map.values().any(has_float),
        _ => false,
    }
}
