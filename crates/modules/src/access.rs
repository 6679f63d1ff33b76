//! The access codes that name people by who they are. Departments and workgroups declare theirs themselves.

use crate::sight;
use muster_core::{
    Caller, Result,
    access::{AccessKind, Names},
};
use muster_db::{Sql, Tx};

/// The kinds of codes that name people by who they are.
pub static KINDS: &[AccessKind] = &[
    AccessKind { held: |_, person| Ok(vec![person.id]), names: people, ..kind("U", true, "Users", "user") },
    // Someone who works here, by their ID.
    AccessKind {
        held: |_, person| Ok(if person.employee { vec![person.id] } else { Vec::new() }),
        names: employees,
        ..kind("IU", true, "Users", "user")
    },
    // Everyone who is signed in, and everyone at all: whoever asks is signed in.
    AccessKind { names: |_, _, _| only("All authorized users"), ..kind("AU", false, "", "other") },
    AccessKind { names: |_, _, _| only("All users"), ..kind("UA", false, "", "other") },
    // Whoever made the object that the code stands at.
    AccessKind {
        held: |_, person| Ok(if person.creator { vec![0] } else { Vec::new() }),
        names: |_, _, _| only("Author"),
        ..kind("CR", false, "", "other")
    },
    // 1 are the administrators, 2 is everyone, signed in or not; there are no others.
    AccessKind {
        held: |_, person| Ok(if person.admin { vec![1, 2] } else { vec![2] }),
        names: |_, _, _| Ok(vec![(1, "Administrators".to_owned()), (2, "All visitors".to_owned())]),
        ..kind("G", true, "", "other")
    },
];

/// A kind whose single set everyone is in, until more is said.
const fn kind(prefix: &'static str, numbered: bool, provider: &'static str, provider_id: &'static str) -> AccessKind {
    AccessKind {
        prefix,
        suffix: "",
        numbered,
        provider,
        provider_id,
        held: |_, _| Ok(vec![0]),
        names: |_, _, _| Ok(Vec::new()),
    }
}

fn only(name: &str) -> Result<Names> {
    Ok(vec![(0, name.to_owned())])
}

fn people(tx: &mut Tx<'_>, caller: &Caller, ids: &[i64]) -> Result<Names> {
    named(tx, Sql::new("select id, name, last_name from users where id in ("), caller, ids)
}

fn employees(tx: &mut Tx<'_>, caller: &Caller, ids: &[i64]) -> Result<Names> {
    let sql = "select id, name, last_name from users where user_type = 'employee' and id in (";
    named(tx, Sql::new(sql), caller, ids)
}

fn named(tx: &mut Tx<'_>, mut sql: Sql, caller: &Caller, ids: &[i64]) -> Result<Names> {
    sql.bind_all(ids.iter().copied()).push(") and ");
    sight::write(&mut sql, "id", caller);
    let named = tx.rows(&sql)?;
    named.iter().map(|row| Ok((row.int(0)?, full_name(row.int(0)?, row.text(1), row.text(2))))).collect()
}

/// A person's name in one line.
pub fn full_name(id: i64, name: &str, last_name: &str) -> String {
    match format!("{name} {last_name}").trim() {
        // Not the e-mail address: anyone may ask, and not everyone may see it.
        "" => format!("User {id}"),
        name => name.to_owned(),
    }
}
