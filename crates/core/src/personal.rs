//! What is stored about a person: to hand it out to them, and to erase it.
//!
//! A module declares it with its tables, a line for each column that names a person. Handing out and erasing read these
//! declarations and nothing else, and a test fails for a column that names a person and is declared nowhere. So a new
//! module's tables are covered without a line elsewhere.

use crate::{
    Call, Json, Map, Result,
    time::{Style, write_instant},
};
use muster_db::{Sql, Tx, Value};
use serde_json::Number;

/// A column that names a person, and what becomes of its rows when that person is erased.
#[derive(Clone, Copy)]
pub struct Personal {
    /// The table.
    pub table: &'static str,
    /// Its column with the person's ID; empty where the table names no one by ID and only holds copies.
    pub user: &'static str,
    /// What the rows are, for whoever reads what is handed out or erased.
    pub about: &'static str,
    /// The columns that are handed out to the person.
    pub exported: &'static [&'static str],
    /// What becomes of them.
    pub erasure: Erasure,
}

/// What becomes of rows when a person is erased.
#[derive(Clone, Copy)]
pub enum Erasure {
    /// They are deleted.
    Delete,
    /// They stay, for this reason: they hold no more than the ID of someone who has no name any more.
    Keep(&'static str),
    /// They stay for this reason, without what is in these columns.
    Empty(&'static [&'static str], &'static str),
    /// The module does what has to be done.
    By(fn(&mut Tx<'_>, &Erased) -> Result<()>),
}

/// Someone who is being erased.
#[derive(Debug, Clone)]
pub struct Erased {
    /// Their ID, which stays.
    pub id: i64,
    /// What was in their profile, to find where it was copied to.
    pub texts: Vec<String>,
    /// The present.
    pub now: i64,
}

/// Rows that are deleted with the person and are not handed out; the methods below say more.
pub const fn personal(table: &'static str, user: &'static str, about: &'static str) -> Personal {
    Personal { table, user, about, exported: &[], erasure: Erasure::Delete }
}

impl Personal {
    /// These columns are handed out to the person.
    pub const fn exported(self, exported: &'static [&'static str]) -> Personal {
        Personal { exported, ..self }
    }

    /// The rows stay, for this reason.
    pub const fn kept(self, why: &'static str) -> Personal {
        Personal { erasure: Erasure::Keep(why), ..self }
    }

    /// The rows stay for this reason, and these columns are emptied.
    pub const fn emptied(self, columns: &'static [&'static str], why: &'static str) -> Personal {
        Personal { erasure: Erasure::Empty(columns, why), ..self }
    }

    /// The module does what has to be done.
    pub const fn erased_by(self, erase: fn(&mut Tx<'_>, &Erased) -> Result<()>) -> Personal {
        Personal { erasure: Erasure::By(erase), ..self }
    }

    /// Why rows stay, if they do.
    pub fn why_kept(&self) -> Option<&'static str> {
        match self.erasure {
            Erasure::Keep(why) | Erasure::Empty(_, why) => Some(why),
            Erasure::Delete | Erasure::By(_) => None,
        }
    }

    fn erase(&self, tx: &mut Tx<'_>, person: &Erased) -> Result<()> {
        let mut sql = match self.erasure {
            Erasure::Keep(_) => return Ok(()),
            Erasure::By(erase) => return erase(tx, person),
            Erasure::Delete => Sql::new("delete from "),
            Erasure::Empty(..) => Sql::new("update "),
        };
        sql.push(self.table);
        if let Erasure::Empty(columns, _) = self.erasure {
            sql.push(" set ").join(columns, ", ", |sql, column| {
                sql.push(column).push(" = ''");
            });
        }
        sql.push(" where ").push(self.user).push(" = ").bind(person.id);
        tx.run(&sql)?;
        Ok(())
    }

    fn rows(&self, call: &mut Call<'_, '_>, id: i64) -> Result<Vec<Json>> {
        let mut sql = Sql::new("select ");
        sql.join(self.exported, ", ", |sql, column| {
            sql.push(column);
        });
        sql.push(" from ").push(self.table).push(" where ").push(self.user).push(" = ").bind(id).push(" order by 1");
        let mut rows = Vec::new();
        for mut row in call.tx.rows(&sql)? {
            let named = self.exported.iter().enumerate();
            let pairs = named.map(|(place, name)| ((*name).to_owned(), shown(name, row.take(place), call)));
            rows.push(Json::Object(pairs.collect::<Map<_, _>>()));
        }
        Ok(rows)
    }
}

/// A value for people and programs to read: instants with their zone, JSON as what it is.
fn shown(column: &str, value: Value, call: &Call<'_, '_>) -> Json {
    match value {
        Value::Int(at) if column.ends_with("_at") => write_instant(at, Style::Iso, &call.settings.time_zone).into(),
        Value::Int(it) => it.into(),
        Value::Real(it) => Number::from_f64(it).map_or(Json::Null, Json::Number),
        Value::Text(it) if column == "details" => it.parse().unwrap_or_else(|_| it.into()),
        Value::Text(it) => it.into(),
        Value::Null | Value::Bytes(_) => Json::Null,
    }
}

/// All rows about a person that the modules hand out, by table.
pub fn stored(call: &mut Call<'_, '_>, id: i64) -> Result<Json> {
    let mut all = Map::new();
    for item in call.registry.modules().iter().flat_map(|it| it.personal).filter(|it| !it.exported.is_empty()) {
        let rows = item.rows(call, id)?;
        if !rows.is_empty() {
            all.insert(item.table.to_owned(), crate::json!({ "about": item.about, "rows": rows }));
        }
    }
    Ok(Json::Object(all))
}

/// Erases a person from the tables of all modules. The last ones first, since later tables refer to earlier ones.
pub fn erase(call: &mut Call<'_, '_>, person: &Erased) -> Result<()> {
    for module in call.registry.modules().iter().rev() {
        for item in module.personal {
            item.erase(call.tx, person)?;
        }
    }
    Ok(())
}

/// Deletes the rows of `table` in whose column one of the person's texts stands as a whole JSON text.
pub fn delete_copies(tx: &mut Tx<'_>, (table, column): (&'static str, &'static str), person: &Erased) -> Result<()> {
    for text in &person.texts {
        let quoted = Json::from(text.as_str()).to_string();
        let escaped = quoted.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%");
        let mut sql = Sql::new("delete from ");
        sql.push(table).push(" where ").push(column).push(" like ").bind(format!("%{escaped}%")).push(" escape '\\'");
        tx.run(&sql)?;
    }
    Ok(())
}
