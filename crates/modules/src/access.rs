//! Access codes: short names for sets of people, such as `U1` or `AU`.

use crate::{department, sight};
use muster_core::{Caller, Json, Result, json};
use muster_db::{Sql, Tx};

/// A set of people that an access code names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// `U1`: one person.
    Person(i64),
    /// `G2`: everyone, signed in or not. `G1`: administrators. Others have no members.
    Group(i64),
    /// `AU`: everyone who is signed in.
    Authorized,
    /// `D5`: the people of a department.
    Department(i64),
    /// `DR5`: the people of a department and of all departments below it.
    DepartmentTree(i64),
}

/// Reads a code; `None` if no such kind of code exists.
pub fn parse(code: &str) -> Option<Code> {
    if code == "AU" {
        return Some(Code::Authorized);
    }
    let split = code.find(|c: char| c.is_ascii_digit())?;
    let (kind, id) = code.split_at(split);
    let id = id.parse().ok()?;
    Some(match kind {
        "U" => Code::Person(id),
        "G" => Code::Group(id),
        "D" => Code::Department(id),
        "DR" => Code::DepartmentTree(id),
        _ => return None,
    })
}

/// Whether the caller is in the set.
pub fn includes(tx: &mut Tx<'_>, code: Code, caller: &Caller) -> Result<bool> {
    Ok(match code {
        Code::Person(id) => id == caller.user_id,
        Code::Group(1) => caller.admin,
        Code::Group(id) => id == 2,
        Code::Authorized => true,
        Code::Department(id) => departments_of(tx, caller.user_id)?.contains(&id),
        Code::DepartmentTree(id) => {
            for department in departments_of(tx, caller.user_id)? {
                if department::is_inside(tx, department, id)? {
                    return Ok(true);
                }
            }
            false
        }
    })
}

fn departments_of(tx: &mut Tx<'_>, user_id: i64) -> Result<Vec<i64>> {
    Ok(tx.ints(&Sql::with("select department_id from user_departments where user_id = $1", [user_id.into()]))?)
}

/// What `access.name` says of a code; `None` if it names nothing that exists and that the caller may know of.
pub fn describe(tx: &mut Tx<'_>, code: Code, caller: &Caller) -> Result<Option<Json>> {
    let (provider, provider_id, name) = match code {
        Code::Authorized => ("", "other", Some("All authorized users".to_owned())),
        Code::Group(1) => ("", "other", Some("Administrators".to_owned())),
        Code::Group(2) => ("", "other", Some("All visitors".to_owned())),
        Code::Group(_) => ("", "other", None),
        Code::Person(id) => {
            let mut sql = Sql::with("select name, last_name from users where id = $1 and ", [id.into()]);
            sight::write(&mut sql, "id", caller);
            let row = tx.row(&sql)?;
            ("Users", "user", row.map(|row| full_name(id, row.text(0), row.text(1))))
        }
        Code::Department(id) => ("Departments", "intranet", department_name(tx, id)?),
        Code::DepartmentTree(id) => {
            let name = department_name(tx, id)?.map(|it| format!("{it} (with subdepartments)"));
            ("Departments", "intranet", name)
        }
    };
    Ok(name.map(|name| json!({ "provider": provider, "name": name, "provider_id": provider_id })))
}

/// A person's name in one line.
pub fn full_name(id: i64, name: &str, last_name: &str) -> String {
    match format!("{name} {last_name}").trim() {
        // Not the e-mail address: anyone may ask, and not everyone may see it.
        "" => format!("User {id}"),
        name => name.to_owned(),
    }
}

fn department_name(tx: &mut Tx<'_>, id: i64) -> Result<Option<String>> {
    let row = tx.row(&Sql::with("select name from departments where id = $1", [id.into()]))?;
    Ok(row.map(|row| row.text(0).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read() {
        assert_eq!(parse("U1"), Some(Code::Person(1)));
        assert_eq!(parse("DR15"), Some(Code::DepartmentTree(15)));
        assert_eq!(parse("AU"), Some(Code::Authorized));
        for bad in ["", "U", "X1", "U1x", "1", "AU1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
