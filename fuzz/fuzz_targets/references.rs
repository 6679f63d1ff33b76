//! Any text as a batch command's query, after a few results: references are resolved or left, quickly and in bounds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_core::{Json, Params, json, params::from_form, reference::resolve};

fuzz_target!(|text: &str| {
    let results = json!({
        "me": { "ID": "7", "NAME": "$result[me]", "UF_DEPARTMENT": [1, 2] },
        "0": [{ "ID": "1" }, { "ID": "2" }],
        "": null,
    });
    let Json::Object(results) = results else { return };
    if let Ok(query) = from_form(text)
        && let Ok(resolved) = resolve(query, &results)
    {
        drop(Params::new(resolved));
    }
    if let Ok(value) = resolve(Json::from(text), &results)
        && !text.contains("$result[")
    {
        assert_eq!(value, text, "a text without references stays what it is");
    }
});
