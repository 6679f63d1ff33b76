//! Who sees whom. Every way to read people asks here, so that none can show more than another.
//!
//! Whoever works here sees everyone. Someone from outside the company sees themselves and the people who share a
//! workgroup with them.

use crate::user::USER;
use muster_core::{
    Caller,
    call::Right,
    field::{Field, Kind, Stored, field},
    filter::Cond,
};
use muster_db::Sql;

/// Pairs of people who share a workgroup.
const SHARED: &str = "(select a.user_id as person, b.user_id as seer from workgroup_members a
    join workgroup_members b on b.group_id = a.group_id where a.role <> 'Z' and b.role <> 'Z') as shared";

/// Who shares a workgroup with a person, as a field to filter by.
static SEER: Field =
    field("SEER", "", Kind::Int).stored(Stored::Link { table: SHARED, owner: "person", value: "seer" });

/// The people whom the caller sees, as a condition on [`USER`]. An administrator sees everyone where they ask for it.
pub fn people(caller: &Caller, everyone: bool) -> Cond {
    match USER.field("ID") {
        Some(id) if caller.extranet && !(everyone && caller.may(Right::ManagePeople)) => {
            Cond::Any(vec![Cond::In(id, vec![caller.user_id.into()]), Cond::In(&SEER, vec![caller.user_id.into()])])
        }
        _ => Cond::All(Vec::new()),
    }
}

/// The same for SQL in which this column holds a person's ID.
pub fn write(sql: &mut Sql, column: &'static str, caller: &Caller) {
    if !caller.extranet {
        sql.push("1 = 1");
        return;
    }
    sql.push("(").push(column).push(" = ").bind(caller.user_id).push(" or ").push(column);
    sql.push(" in (select person from ").push(SHARED).push(" where seer = ").bind(caller.user_id).push("))");
}
