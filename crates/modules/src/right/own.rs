//! Which fields people may change of themselves: those that are declared so, unless administrators say otherwise.

use crate::user::USER;
use muster_core::{Result, error::ARGUMENT, field::Field};
use muster_db::{Sql, Tx};

/// The fields that administrators can choose from: all that is written in a profile.
pub fn choices() -> impl Iterator<Item = &'static Field> {
    USER.fields.iter().filter(|it| it.writable)
}

/// The fields that people may change of themselves, custom ones aside: each of those says it of itself.
pub fn fields(tx: &mut Tx<'_>) -> Result<Vec<&'static str>> {
    let rows = tx.rows(&Sql::new("select field, own from own_fields"))?;
    let set = |name: &str| rows.iter().find(|row| row.text(0) == name).map(|row| row.opt_int(1) == Some(1));
    Ok(choices().filter(|it| set(it.name).unwrap_or(it.own)).map(|it| it.name).collect())
}

/// Sets them.
pub fn set(tx: &mut Tx<'_>, names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !choices().any(|it| it.name == **name)) {
        return Err(ARGUMENT.say(format!("there is no field {unknown} that people could change")));
    }
    tx.lock("rights")?;
    tx.run(&Sql::new("delete from own_fields"))?;
    for field in choices() {
        let own = names.iter().any(|it| it == field.name);
        // What is as it is declared needs no row, and follows if that changes one day.
        if own != field.own {
            let args = [field.name.into(), own.into()];
            tx.run(&Sql::with("insert into own_fields (field, own) values ($1, $2)", args))?;
        }
    }
    Ok(())
}
