//! The access codes of workgroups: `SG3` are the people of a group, `SG3_A`, `SG3_E` and `SG3_K` those of a role or a
//! higher one.

use super::{GROUP, rights::seen_in_lists};
use muster_core::{
    Caller, Result,
    access::{AccessKind, Names, Person},
    compile::{self, Place},
};
use muster_db::{Sql, Tx};

pub(super) static KINDS: &[AccessKind] = &[
    KIND,
    AccessKind {
        suffix: "_A",
        held: |tx, person| held(tx, person, &["A"]),
        names: |tx, caller, ids| names(tx, caller, ids, " (owner)"),
        ..KIND
    },
    AccessKind {
        suffix: "_E",
        held: |tx, person| held(tx, person, &["A", "E"]),
        names: |tx, caller, ids| names(tx, caller, ids, " (moderators)"),
        ..KIND
    },
    AccessKind { suffix: "_K", names: |tx, caller, ids| names(tx, caller, ids, " (all members)"), ..KIND },
];

const KIND: AccessKind = AccessKind {
    prefix: "SG",
    suffix: "",
    numbered: true,
    provider: "Workgroups",
    provider_id: "socnetgroup",
    held: |tx, person| held(tx, person, &["A", "E", "K"]),
    names: |tx, caller, ids| names(tx, caller, ids, ""),
};

/// The groups in which a person has one of these roles.
fn held(tx: &mut Tx<'_>, person: &Person, roles: &[&str]) -> Result<Vec<i64>> {
    let mut sql = Sql::with("select group_id from workgroup_members where user_id = $1", [person.id.into()]);
    sql.push(" and role in (").bind_all(roles.iter().copied()).push(") order by group_id");
    Ok(tx.ints(&sql)?)
}

/// The names of those of these groups that the caller sees.
fn names(tx: &mut Tx<'_>, caller: &Caller, ids: &[i64], role: &str) -> Result<Names> {
    let mut sql = Sql::new("select workgroups.id, workgroups.name from workgroups where workgroups.id in (");
    sql.bind_all(ids.iter().copied()).push(") and ");
    compile::write(&seen_in_lists(caller, true), &mut sql, Place { id: GROUP.id, now: 0, caller_id: caller.user_id });
    tx.rows(&sql)?.iter().map(|row| Ok((row.int(0)?, format!("{}{role}", row.text(1))))).collect()
}
