//! Files: pictures and their copies, kept in the database so that every node serves them.

use muster_core::{Call, Module, Result, method::Check, picture::Picture};
use muster_db::{Migration, Sql, Tx, Value};

/// The module: it has tables and no methods.
pub const MODULE: Module = Module {
    name: "file",
    scopes: &[],
    entities: &[],
    methods: &[],
    migrations: &[Migration { name: "file/0001", sql: include_str!("file/0001_files.sql") }],
    checks: &[Check {
        defect: "copies of files that do not exist",
        count: "select count(*) from file_copies where file_key not in (select file_key from files)",
    }],
};

/// Stores a picture and its copies. The answer, `key/name`, is what a field keeps.
///
/// The key is unguessable: whoever has a picture's address may see it, as with the original.
pub fn store(call: &mut Call<'_, '_>, picture: &Picture) -> Result<String> {
    let key = call.chance.token();
    store_at(call.tx, &key, picture, call.now)?;
    Ok(format!("{key}/{}", picture.name))
}

/// Stores a picture under a key of the caller's choice.
pub fn store_at(tx: &mut Tx<'_>, key: &str, picture: &Picture, now: i64) -> Result<()> {
    tx.run(&Sql::with(
        "insert into files (file_key, name, content_type, created_at) values ($1, $2, $3, $4)",
        [key.into(), picture.name.as_str().into(), picture.content_type.into(), now.into()],
    ))?;
    for (copy, content) in &picture.copies {
        tx.run(&Sql::with(
            "insert into file_copies (file_key, copy_name, content) values ($1, $2, $3)",
            [key.into(), (*copy).into(), content.clone().into()],
        ))?;
    }
    Ok(())
}

/// Deletes what a field kept.
pub fn delete(tx: &mut Tx<'_>, stored: &str) -> Result<()> {
    let key = stored.split('/').next().unwrap_or_default();
    tx.run(&Sql::with("delete from file_copies where file_key = $1", [key.into()]))?;
    tx.run(&Sql::with("delete from files where file_key = $1", [key.into()]))?;
    Ok(())
}

/// A copy of a file as it is served: its content type and its bytes.
pub fn load(tx: &mut Tx<'_>, key: &str, copy: &str) -> Result<Option<(String, Vec<u8>)>> {
    let row = tx.row(&Sql::with(
        "select f.content_type, c.content from files f join file_copies c on c.file_key = f.file_key
         where f.file_key = $1 and c.copy_name = $2",
        [key.into(), copy.into()],
    ))?;
    Ok(row.and_then(|mut row| match row.take(1) {
        Value::Bytes(content) => Some((row.text(0).to_owned(), content)),
        _ => None,
    }))
}
