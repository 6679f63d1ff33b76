//! People as one types them in: as they are suggested, by their ID, by their e-mail address, or by a name alone.

use super::{records, text};
use crate::pages::Visit;
use muster_core::{Result, json};

/// Whom someone means.
pub(in crate::pages) enum Meant {
    One(i64),
    Nobody,
    Several,
}

/// A person as they are suggested: their name and, to tell namesakes apart, their ID.
pub(in crate::pages) fn written(id: impl std::fmt::Display, name: &str) -> String {
    format!("{name} [{id}]").trim_start().to_owned()
}

/// Whoever is meant by `Ada Admin [1]`, by an ID, by an e-mail address, or by a name that only one person here has.
pub(in crate::pages) fn meant(visit: &Visit<'_>, typed: &str) -> Result<Meant> {
    let bracketed = typed.strip_suffix(']').and_then(|it| it.rsplit_once('[')).map(|it| it.1);
    if let Ok(id) = bracketed.unwrap_or(typed).parse() {
        return Ok(Meant::One(id));
    }
    let filter = if typed.contains('@') { json!({ "EMAIL": typed }) } else { json!({ "FIND": typed, "ACTIVE": true }) };
    let params = json!({ "FILTER": filter, "START": -1, "SELECT": ["ID"] });
    Ok(match records(visit.call("user.get", params)?).as_slice() {
        [] => Meant::Nobody,
        [only] => text(only, "ID").parse().map_or(Meant::Nobody, Meant::One),
        _ => Meant::Several,
    })
}
