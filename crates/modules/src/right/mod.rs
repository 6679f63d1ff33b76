//! Rights: who may do what not everyone may, as administrators set it. It has no methods, since only Muster's pages set it.
//!
//! A right belongs to access codes, and is asked for in the transaction that recognizes a caller: whatever is taken from
//! someone is gone with their next call, in every process. As long as nothing was set, nothing is read for it.
//!
//! No one gives or takes what they do not have: [`outranks`] and [`may_give`] say so to whatever changes people,
//! departments or workgroups.

mod guard;
pub mod own;

pub use guard::{may_edit, may_give, of_department, of_group, outranks};

use muster_core::{
    Caller, Code, Module, Registry, Result, access,
    access::Person,
    call::{Right, Rights},
    error::code,
};
use muster_db::{Migration, Sql, Tx};

/// The module.
pub const MODULE: Module = Module {
    migrations: &[Migration { name: "right/0001", sql: include_str!("0001_rights.sql") }],
    ..Module::new("right")
};

/// Someone would come by rights, or lose some, that whoever does it does not have.
pub static RIGHTS_BEYOND: Code =
    code("RIGHTS_BEYOND", 403, "That gives or takes rights which you do not have yourself.");

/// The caller with the rights that they have by what administrators have set. `set` is of how many rights they have.
pub(crate) fn settle(tx: &mut Tx<'_>, caller: Caller, employee: bool, set: i64) -> Result<Caller> {
    if set == 0 || caller.admin {
        return Ok(caller);
    }
    let person = Person { employee, ..Person::of(&caller) };
    Ok(Caller { rights: of_person(tx, &person, caller.extranet)?, ..caller })
}

/// What someone may, who is no administrator.
pub(crate) fn of_person(tx: &mut Tx<'_>, person: &Person, extranet: bool) -> Result<Rights> {
    let settings = list(tx)?;
    let codes: Vec<String> = settings.iter().flat_map(|it| it.codes.iter().cloned()).collect();
    let held = access::among(tx, kinds(), person, &codes)?;
    let mut rights = Rights::USUAL;
    for Setting { right, codes } in &settings {
        rights = rights.without(*right);
        // People from outside never get what only those who work here may.
        if (right.is_usual() || !extranet) && codes.iter().any(|it| held.contains(it.as_str())) {
            rights = rights.with(*right);
        }
    }
    // What they set up hears of everything, so hiding something from them would only seem to.
    Ok(if rights.has(Right::ManageApps) { rights.and(Rights::SIGHT) } else { rights })
}

/// Whether someone has a right now: for what goes on when the call is over that found who asks.
pub fn has(tx: &mut Tx<'_>, id: i64, right: Right) -> Result<bool> {
    let Some(person) = Person::load(tx, id)? else { return Ok(false) };
    Ok(person.admin || of_person(tx, &person, !person.employee)?.has(right))
}

fn kinds() -> impl Iterator<Item = &'static access::AccessKind> {
    crate::MODULES.iter().flat_map(|it| it.access)
}

/// A right of which administrators have said who has it beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The right.
    pub right: Right,
    /// The access codes of those who have it.
    pub codes: Vec<String>,
}

/// All of them. A right that is not here is as Muster has it.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Setting>> {
    let sql = "select r.name, c.code from rights r left join right_codes c on c.name = r.name order by r.name, c.code";
    let mut settings: Vec<Setting> = Vec::new();
    for row in tx.known_rows(&Sql::new(sql))?.iter() {
        let Some(right) = Right::of(row.text(0)) else { continue };
        if settings.last().is_none_or(|it| it.right != right) {
            settings.push(Setting { right, codes: Vec::new() });
        }
        if let (Some(setting), Some(code)) = (settings.last_mut(), row.opt_text(1)) {
            setting.codes.push(code.to_owned());
        }
    }
    Ok(settings)
}

/// Sets who has a right beside administrators; `None` is whoever Muster gives it to by itself.
pub fn set(tx: &mut Tx<'_>, registry: &Registry, right: Right, codes: Option<&[String]>) -> Result<()> {
    // Of two administrators at once, the second replaces what the first one set, and neither half of it.
    tx.lock("rights")?;
    tx.run(&Sql::with("delete from right_codes where name = $1", [right.name().into()]))?;
    tx.run(&Sql::with("delete from rights where name = $1", [right.name().into()]))?;
    let Some(codes) = codes else { return Ok(()) };
    crate::app::check_codes(tx, registry, codes)?;
    tx.run(&Sql::with("insert into rights (name) values ($1)", [right.name().into()]))?;
    for code in codes {
        let args = [right.name().into(), code.as_str().into()];
        let sql = "insert into right_codes (name, code) values ($1, $2) on conflict do nothing";
        tx.run(&Sql::with(sql, args))?;
    }
    Ok(())
}

/// Takes from someone what they were given by name, since they leave.
pub(crate) fn end_all(tx: &mut Tx<'_>, user_id: i64) -> Result<()> {
    let codes = [format!("U{user_id}").into(), format!("IU{user_id}").into()];
    tx.run(&Sql::with("delete from right_codes where code in ($1, $2)", codes))?;
    Ok(())
}
