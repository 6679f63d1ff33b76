//! Files of people on their way into the directory. Each belongs to whoever sent it, and to no one else.
//!
//! An attempt is told by its number: taking an import up raises it, and only the attempt that has the latest number can
//! write what came of it. The people are written in the transaction that says `done`, so either all of them are in the
//! directory and the import says so, or none is.

use muster_core::{Code, Json, Result, error::code};
use muster_db::{DbError, Row, Sql, Tx};

/// For how long a file waits to be imported.
const KEPT_SECONDS: i64 = 86_400;

/// The import was taken up once more, or given up, while this attempt was under way.
pub static OVERTAKEN: Code = code("import_overtaken", 409, "This import was started once more or given up meanwhile.");

/// A file of people.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its ID.
    pub id: i64,
    /// What the file was called.
    pub file_name: String,
    /// The file as text; empty once its people are in the directory.
    pub content: String,
    /// Which column is which field, and what else was chosen.
    pub choices: Json,
    /// `new`, `checking`, `checked`, `running`, `done` or `failed`.
    pub state: String,
    /// Which attempt it is at.
    pub attempt: i64,
    /// What the last attempt came to.
    pub report: Json,
    /// When it was last changed.
    pub changed_at: i64,
}

/// Forgets files that no one has imported, and imports that were done.
pub(crate) fn sweep(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    tx.run(&Sql::with("delete from imports where created_at < $1", [(now - KEPT_SECONDS).into()]))?;
    Ok(())
}

/// Keeps a file that was sent.
pub fn add(tx: &mut Tx<'_>, user_id: i64, (file_name, content): (&str, &str), choices: &Json, now: i64) -> Result<i64> {
    Ok(tx.int(&Sql::with(
        "insert into imports (user_id, file_name, content, choices, state, attempt, report, created_at, changed_at)
         values ($1, $2, $3, $4, 'new', 0, '{}', $5, $5) returning id",
        [user_id.into(), file_name.into(), content.into(), choices.to_string().into(), now.into()],
    ))?)
}

/// Someone's import of this ID.
pub fn find(tx: &mut Tx<'_>, user_id: i64, id: i64) -> Result<Option<Import>> {
    let row = tx.row(&Sql::with(
        "select id, file_name, content, choices, state, attempt, report, changed_at from imports
         where id = $1 and user_id = $2",
        [id.into(), user_id.into()],
    ))?;
    Ok(row.as_ref().map(read).transpose()?)
}

fn read(row: &Row) -> Result<Import, DbError> {
    let json = |column| row.text(column).parse().unwrap_or_default();
    Ok(Import {
        id: row.int(0)?,
        file_name: row.text(1).to_owned(),
        content: row.text(2).to_owned(),
        choices: json(3),
        state: row.text(4).to_owned(),
        attempt: row.int(5)?,
        report: json(6),
        changed_at: row.int(7)?,
    })
}

/// Takes an import up with these choices, if it is still at this attempt, and tells whether it was. `state` is `checking`
/// or `running`.
pub fn take_up(
    tx: &mut Tx<'_>,
    (user_id, id): (i64, i64),
    attempt: i64,
    (state, choices): (&'static str, &Json),
    now: i64,
) -> Result<bool> {
    let taken = tx.run(&Sql::with(
        "update imports set state = $1, choices = $2, attempt = attempt + 1, changed_at = $3
         where id = $4 and user_id = $5 and attempt = $6 and state <> 'done'",
        [state.into(), choices.to_string().into(), now.into(), id.into(), user_id.into(), attempt.into()],
    ))?;
    Ok(taken > 0)
}

/// Writes what an attempt came to, unless it is no longer the latest. Of what is done, the file goes.
pub fn conclude(tx: &mut Tx<'_>, id: i64, attempt: i64, (state, report): (&str, &Json), now: i64) -> Result<()> {
    let concluded = tx.run(&Sql::with(
        "update imports set state = $1, report = $2, changed_at = $3 where id = $4 and attempt = $5 and state <> 'done'",
        [state.into(), report.to_string().into(), now.into(), id.into(), attempt.into()],
    ))?;
    if concluded == 0 {
        return Err(OVERTAKEN.error());
    }
    tx.run(&Sql::with("update imports set content = '' where id = $1 and state = 'done'", [id.into()]))?;
    Ok(())
}

/// Forgets an import. The people of one that is done stay.
pub fn forget(tx: &mut Tx<'_>, user_id: i64, id: i64) -> Result<()> {
    tx.run(&Sql::with("delete from imports where id = $1 and user_id = $2", [id.into(), user_id.into()]))?;
    Ok(())
}
