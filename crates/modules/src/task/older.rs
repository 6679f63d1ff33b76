//! Parameters of the older methods, and what is wrong with them in the words that the documentation has.

use super::exception;
use muster_core::{Call, Error, Json, Map, Result, params::read_int};

/// What the documentation calls a method: the class and the function behind it.
pub(super) type Of<'a> = (&'static str, &'a str);

/// A parameter that is a number; `place` is its place among the parameters.
pub(super) fn read_number(call: &Call<'_, '_>, of: Of<'_>, place: usize, name: &'static str) -> Result<i64> {
    let shown = match name {
        "TASKID" => "taskId",
        "ITEMID" => "itemId",
        "AFTERITEMID" => "afterItemId",
        "ACTIONID" => "actionId",
        other => other,
    };
    let sent = call.params.get(name).ok_or_else(|| not_given(of, place, shown))?;
    read_int(sent).ok_or_else(|| {
        let (class, method) = of;
        let wrong = "expected to be of type \"integer\", but given something else.";
        exception(256, &format!("Param #{place} ({shown}) for method {class}::{method}() {wrong}"))
    })
}

/// `FIELDS`, which has to be an object.
pub(super) fn read_fields<'a>(call: &'a Call<'_, '_>, of: Of<'_>, place: usize) -> Result<&'a Map<String, Json>> {
    match call.params.get("FIELDS") {
        Some(Json::Object(fields)) => Ok(fields),
        _ => Err(not_given(of, place, "arFields")),
    }
}

/// The failure for a parameter that is missing.
pub(super) fn not_given((class, method): Of<'_>, place: usize, shown: &str) -> Error {
    exception(256, &format!("Param #{place} ({shown}) expected by method {class}::{method}(), but not given."))
}
