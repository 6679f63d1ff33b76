//! Who sees whom. Every way to read people asks here, so that none can show more than another.
//!
//! Whoever works here sees everyone. Someone from outside the company sees themselves and the people who share a
//! workgroup with them.

use muster_core::{
    Caller,
    call::Right,
    field::{Field, Kind, Stored, field},
    filter::Cond,
};
use muster_db::Sql;

/// Pairs of people, of whom the second, if from outside, sees the first. One set and not an alternative of two, because
/// PostgreSQL would read everyone to find out who is in either.
const PAIRS: &str = "(select id as person, id as seer from users union all
    select a.user_id, b.user_id from workgroup_members a join workgroup_members b on b.group_id = a.group_id
    where a.role <> 'Z' and b.role <> 'Z') as pairs";

/// Who sees a person, as a field to filter by.
static SEER: Field = field("SEER", "", Kind::Int).stored(Stored::Link { table: PAIRS, owner: "person", value: "seer" });

/// The people whom the caller sees, as a condition on the entity of people. An administrator sees everyone where they
/// ask for it.
pub fn people(caller: &Caller, everyone: bool) -> Cond {
    if caller.extranet && !(everyone && caller.may(Right::Administer)) {
        Cond::In(&SEER, vec![caller.user_id.into()])
    } else {
        Cond::All(Vec::new())
    }
}

/// The same for SQL in which this column holds a person's ID.
pub fn write(sql: &mut Sql, column: &'static str, caller: &Caller) {
    if !caller.extranet {
        sql.push("1 = 1");
        return;
    }
    sql.push(column).push(" in (select person from ").push(PAIRS).push(" where seer = ").bind(caller.user_id).push(")");
}
