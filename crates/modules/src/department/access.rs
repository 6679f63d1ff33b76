//! The access codes of departments.

use muster_core::{
    Caller, Result,
    access::{AccessKind, Names, Person},
};
use muster_db::{Sql, Tx};

/// `D5`: the people of a department. `DR5`: those of all departments below it too.
pub(super) static KINDS: &[AccessKind] =
    &[AccessKind { prefix: "D", held: departments_of, names, ..KIND }, AccessKind { prefix: "DR", ..KIND }];

const KIND: AccessKind = AccessKind {
    prefix: "",
    suffix: "",
    numbered: true,
    provider: "Departments",
    provider_id: "intranet",
    held: departments_above,
    names: tree_names,
};

fn departments_of(tx: &mut Tx<'_>, person: &Person) -> Result<Vec<i64>> {
    let sql = "select department_id from user_departments where user_id = $1 order by department_id";
    Ok(tx.ints(&Sql::with(sql, [person.id.into()]))?)
}

/// Four levels up at once: hardly any company needs a second look.
const UP: &str = "select a.parent_id, b.parent_id, c.parent_id, d.parent_id from departments a
    left join departments b on b.id = a.parent_id left join departments c on c.id = b.parent_id
    left join departments d on d.id = c.parent_id where a.id in (";

/// A person's departments and all above them.
fn departments_above(tx: &mut Tx<'_>, person: &Person) -> Result<Vec<i64>> {
    let departments = departments_of(tx, person)?;
    with_those_above(tx, departments)
}

/// These departments and all above them. Each round climbs from all departments that were reached last.
pub(crate) fn with_those_above(tx: &mut Tx<'_>, mut found: Vec<i64>) -> Result<Vec<i64>> {
    let mut last = found.clone();
    while !last.is_empty() {
        let mut sql = Sql::new(UP);
        sql.bind_all(last.iter().copied()).push(")");
        last.clear();
        for row in tx.rows(&sql)? {
            for id in (0..4).filter_map(|column| row.opt_int(column)) {
                if !found.contains(&id) {
                    found.push(id);
                    last.push(id);
                }
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn names(tx: &mut Tx<'_>, _: &Caller, ids: &[i64]) -> Result<Names> {
    let mut sql = Sql::new("select id, name from departments where id in (");
    sql.bind_all(ids.iter().copied()).push(")");
    tx.rows(&sql)?.iter().map(|row| Ok((row.int(0)?, row.text(1).to_owned()))).collect()
}

fn tree_names(tx: &mut Tx<'_>, caller: &Caller, ids: &[i64]) -> Result<Names> {
    let names = names(tx, caller, ids)?;
    Ok(names.into_iter().map(|(id, name)| (id, format!("{name} (with subdepartments)"))).collect())
}
