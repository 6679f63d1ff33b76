//! What leaves the house: written to the outbox in the transaction of the change, and sent later.

use crate::{Call, Json, Result};
use muster_db::{Sql, Value};

/// Writes a message to the outbox. It exists exactly if the change does.
///
/// `kind` says what it is, such as `invitation`; `object` is the ID of the record that it is about, which keeps messages
/// about one record in order.
pub fn emit(call: &mut Call<'_, '_>, kind: &'static str, object: i64, payload: &Json) -> Result<()> {
    call.tx.run(&Sql::with(
        "insert into outbox (kind, object_id, payload, created_at) values ($1, $2, $3, $4)",
        [kind.into(), object.into(), payload.to_string().into(), Value::Int(call.now)],
    ))?;
    Ok(())
}
