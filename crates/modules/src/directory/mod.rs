//! The directory's own memory: which columns someone wants to see, and files of people that are being imported.

pub mod imports;

use muster_core::{Json, Module, Result, params::read_text, personal::personal};
use muster_db::{Migration, Sql, Tx};

/// The module: it has tables and no methods. What they are for are pages.
pub const MODULE: Module = Module {
    migrations: &[Migration { name: "directory/0001", sql: include_str!("0001_directory.sql") }],
    personal: &[
        personal("directory_columns", "user_id", "Which columns of the directory the person wants to see")
            .exported(&["columns"]),
        personal("imports", "user_id", "Files of people that the person is importing").exported(&[
            "file_name",
            "state",
            "created_at",
        ]),
    ],
    ..Module::new("directory")
};

/// The columns that someone chose, in their order; `None` if they never did.
pub fn columns(tx: &mut Tx<'_>, user_id: i64) -> Result<Option<Vec<String>>> {
    let row = tx.row(&Sql::with("select columns from directory_columns where user_id = $1", [user_id.into()]))?;
    let read = |row: muster_db::Row| {
        let list = row.text(0).parse().unwrap_or(Json::Null);
        list.as_array().into_iter().flatten().filter_map(read_text).collect()
    };
    Ok(row.map(read))
}

/// Keeps the columns that someone chose; `None` forgets what they chose before.
pub fn set_columns(tx: &mut Tx<'_>, user_id: i64, columns: Option<&[String]>) -> Result<()> {
    let Some(columns) = columns else {
        tx.run(&Sql::with("delete from directory_columns where user_id = $1", [user_id.into()]))?;
        return Ok(());
    };
    let text = Json::from(columns).to_string();
    tx.run(&Sql::with(
        "insert into directory_columns (user_id, columns) values ($1, $2)
         on conflict (user_id) do update set columns = $2",
        [user_id.into(), text.into()],
    ))?;
    Ok(())
}
