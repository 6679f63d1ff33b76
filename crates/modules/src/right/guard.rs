//! What keeps rights from growing: no one gives or takes what they do not have.

use super::{list, of_person};
use crate::department;
use muster_core::{Call, Caller, Result, access::Person, call::Rights};
use muster_db::{Sql, Tx};

/// Whether the caller may do all that this person may, dismissed or not: whoever may not could get to it through them.
pub fn outranks(tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<bool> {
    if caller.admin || id == caller.user_id {
        return Ok(true);
    }
    let sql = "select admin, user_type, (select count(*) from rights) from users where id = $1";
    let Some(row) = tx.row(&Sql::with(sql, [id.into()]))? else { return Ok(true) };
    if row.int(0)? == 1 {
        return Ok(false);
    }
    if row.int(2)? == 0 {
        return Ok(true);
    }
    let person = Person { id, admin: false, employee: row.text(1) == "employee", creator: false };
    let rights = of_person(tx, &person, row.text(1) == "extranet")?;
    Ok(caller.may_all(rights))
}

/// Whether the caller may change what is said of this person: of administrators, only they themselves may.
pub fn may_edit(tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<bool> {
    if caller.admin || id == caller.user_id {
        return Ok(true);
    }
    let sql = Sql::with("select count(*) from users where id = $1 and admin = 1", [id.into()]);
    Ok(tx.int(&sql)? == 0)
}

/// Whether the caller has all that whoever is in one of these sets has for it, and so may put people there and take them
/// away.
pub fn may_give(call: &mut Call<'_, '_>, codes: &[String]) -> Result<bool> {
    if call.caller.admin || codes.is_empty() {
        return Ok(true);
    }
    let mut given = Rights::NONE;
    for setting in list(call.tx)? {
        if setting.codes.iter().any(|it| codes.contains(it)) {
            given = given.with(setting.right);
        }
    }
    Ok(call.caller.may_all(given))
}

/// The codes of whoever is in this department.
pub fn of_department(call: &mut Call<'_, '_>, id: i64) -> Result<Vec<String>> {
    let mut codes = vec![format!("D{id}")];
    codes.extend(department::with_those_above(call.tx, vec![id])?.iter().map(|it| format!("DR{it}")));
    Ok(codes)
}

/// The codes of whoever is in this workgroup, whatever they are there.
pub fn of_group(id: i64) -> Vec<String> {
    ["", "_A", "_E", "_K"].iter().map(|role| format!("SG{id}{role}")).collect()
}
