//! Access codes: short names for sets of people, such as `U1`, `DR5` or `AU`.
//!
//! Modules declare the kinds of codes; everything here works on all of them. What a person is in is asked once for each
//! kind, however many departments and groups there are.

use crate::{Caller, Json, Map, Registry, Result, json};
use muster_db::{Sql, Tx};
use std::collections::{HashMap, HashSet};

/// Some sets by their IDs, with their names.
pub type Names = Vec<(i64, String)>;

/// A kind of access codes.
pub struct AccessKind {
    /// What stands before the ID, such as `SG` in `SG3_K`.
    pub prefix: &'static str,
    /// What stands behind the ID, such as `_K` in `SG3_K`.
    pub suffix: &'static str,
    /// Whether there is an ID. Without one the kind is a single set, and its members are in the set 0.
    pub numbered: bool,
    /// What `access.name` calls those who bring this kind.
    pub provider: &'static str,
    /// The same for programs.
    pub provider_id: &'static str,
    /// The IDs of all sets of this kind that a person is in.
    pub held: fn(&mut Tx<'_>, &Person) -> Result<Vec<i64>>,
    /// The names of those of these sets that exist and that the caller may know of.
    pub names: fn(&mut Tx<'_>, &Caller, &[i64]) -> Result<Names>,
}

/// What has to be known of a person to tell which sets they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Their ID.
    pub id: i64,
    /// Whether they administer this Muster.
    pub admin: bool,
    /// Whether they work here, and are not someone from outside or a program.
    pub employee: bool,
    /// Whether they made the object whose access is asked for. Where there is no object, no one made it.
    pub creator: bool,
}

impl Person {
    /// The person on whose behalf a call is made.
    pub fn of(caller: &Caller) -> Person {
        Person { id: caller.user_id, admin: caller.admin, employee: !caller.extranet, creator: false }
    }

    /// Anyone who is not dismissed.
    pub fn load(tx: &mut Tx<'_>, id: i64) -> Result<Option<Person>> {
        let sql = "select admin, user_type from users where id = $1 and active = 1";
        let Some(row) = tx.row(&Sql::with(sql, [id.into()]))? else { return Ok(None) };
        Ok(Some(Person { id, admin: row.int(0)? == 1, employee: row.text(1) == "employee", creator: false }))
    }
}

impl AccessKind {
    /// The ID of the set that a code names, if the code is of this kind.
    fn read(&self, code: &str) -> Option<i64> {
        let id = code.strip_prefix(self.prefix)?.strip_suffix(self.suffix)?;
        match (self.numbered, id) {
            (false, "") => Some(0),
            (true, digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The code of a set.
    fn write(&self, id: i64) -> String {
        if self.numbered { format!("{}{id}{}", self.prefix, self.suffix) } else { self.prefix.to_owned() }
    }
}

/// The codes that are of a kind, with the IDs of the sets they name.
fn of_kind<'a>(kind: &AccessKind, codes: &'a [String]) -> Vec<(i64, &'a str)> {
    codes.iter().filter_map(|code| Some((kind.read(code)?, code.as_str()))).collect()
}

/// Whether a person is in at least one of the sets that these codes name.
pub fn matches(tx: &mut Tx<'_>, registry: &Registry, person: &Person, codes: &[String]) -> Result<bool> {
    for kind in registry.access() {
        let asked = of_kind(kind, codes);
        if !asked.is_empty() {
            let held: HashSet<i64> = (kind.held)(tx, person)?.into_iter().collect();
            if asked.iter().any(|(id, _)| held.contains(id)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Those of these codes that name a set which a person is in.
pub fn among<'a>(
    tx: &mut Tx<'_>,
    kinds: impl Iterator<Item = &'static AccessKind>,
    person: &Person,
    codes: &'a [String],
) -> Result<HashSet<&'a str>> {
    let mut found = HashSet::new();
    for kind in kinds {
        let asked = of_kind(kind, codes);
        if !asked.is_empty() {
            let held: HashSet<i64> = (kind.held)(tx, person)?.into_iter().collect();
            found.extend(asked.into_iter().filter(|(id, _)| held.contains(id)).map(|(_, code)| code));
        }
    }
    Ok(found)
}

/// The codes of all sets that a person is in.
pub fn expand(tx: &mut Tx<'_>, registry: &Registry, person: &Person) -> Result<Vec<String>> {
    let mut codes = Vec::new();
    for kind in registry.access() {
        codes.extend((kind.held)(tx, person)?.into_iter().map(|id| kind.write(id)));
    }
    Ok(codes)
}

/// What `access.name` says of codes, in the order they came in. What names nothing that exists is left out.
pub fn describe(tx: &mut Tx<'_>, registry: &Registry, caller: &Caller, codes: &[String]) -> Result<Map<String, Json>> {
    let mut described: HashMap<&str, Json> = HashMap::new();
    for kind in registry.access() {
        let asked = of_kind(kind, codes);
        if asked.is_empty() {
            continue;
        }
        let ids: Vec<i64> = asked.iter().map(|(id, _)| *id).collect();
        let names: HashMap<i64, String> = (kind.names)(tx, caller, &ids)?.into_iter().collect();
        for (id, code) in asked {
            if let Some(name) = names.get(&id) {
                let shown = json!({ "provider": kind.provider, "name": name, "provider_id": kind.provider_id });
                described.insert(code, shown);
            }
        }
    }
    Ok(codes.iter().filter_map(|code| described.remove(code.as_str()).map(|it| (code.clone(), it))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn kind(prefix: &'static str, numbered: bool, suffix: &'static str) -> AccessKind {
        AccessKind {
            prefix,
            suffix,
            numbered,
            provider: "",
            provider_id: "",
            held: |_, _| Ok(Vec::new()),
            names: |_, _, _| Ok(Vec::new()),
        }
    }

    #[test]
    fn codes_are_read_and_written() {
        for (kind, code, id) in [
            (kind("U", true, ""), "U1", 1),
            (kind("DR", true, ""), "DR15", 15),
            (kind("AU", false, ""), "AU", 0),
            (kind("SG", true, ""), "SG3", 3),
            (kind("SG", true, "_K"), "SG3_K", 3),
        ] {
            assert_eq!(kind.read(code), Some(id), "{code}");
            assert_eq!(kind.write(id), code);
        }
    }

    #[test]
    fn what_is_no_code_of_a_kind_is_not_read() {
        let kinds = [kind("U", true, ""), kind("D", true, ""), kind("AU", false, ""), kind("SG", true, "_K")];
        for bad in ["", "U", "u1", "X1", "U1x", "U-1", "U+1", "U 1", "1", "AU1", "A", "SG3_", "SG_K", "SG3_KK", "DR5"] {
            assert!(kinds.iter().all(|it| it.read(bad).is_none()), "{bad}");
        }
        assert_eq!(kind("U", true, "").read("U99999999999999999999"), None);
    }
}
