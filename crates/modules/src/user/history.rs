//! The history of a person: who changed what and when, and when they left and came back.

use super::fields::USER;
use muster_core::{
    Answer, Call, Json, Result, json,
    list::{PAGE, read_start},
    method::{Param, param},
    params::wrong,
    record::read_user,
    time::{Style, write_instant},
};
use muster_db::Sql;

pub(super) const PARAMS: &[Param] = &[
    param("ID", "integer", "Whose history").required(),
    param("START", "integer", "From which change on, 50 to a page"),
];

/// Writes a change down, in its own transaction.
pub(super) fn note(call: &mut Call<'_, '_>, id: i64, what: &'static str, details: &Json) -> Result<()> {
    call.tx.run(&Sql::with(
        "insert into user_history (user_id, by_user_id, via, happened_at, what, details)
         values ($1, $2, $3, $4, $5, $6)",
        [
            id.into(),
            call.caller.user_id.into(),
            call.caller.via.name().into(),
            call.now.into(),
            what.into(),
            details.to_string().into(),
        ],
    ))?;
    Ok(())
}

/// The changes of a person, the latest first.
pub(super) fn history(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = call.params.get("ID").cloned().ok_or_else(|| wrong("ID", "the ID of a person"))?;
    let id = read_user("ID", &id, call)?;
    let start = read_start(call)?.unwrap_or(0);
    let total = call.tx.int(&Sql::with("select count(*) from user_history where user_id = $1", [id.into()]))?;
    let rows = call.tx.rows(&Sql::with(
        "select h.id, h.by_user_id, h.via, h.happened_at, h.what, h.details, u.name, u.last_name, u.email
         from user_history h join users u on u.id = h.by_user_id
         where h.user_id = $1 order by h.id desc limit $2 offset $3",
        [id.into(), PAGE.into(), start.into()],
    ))?;
    let mut items: Vec<Json> = Vec::with_capacity(rows.len());
    for row in &rows {
        items.push(json!({
            "ID": row.int(0)?.to_string(),
            "BY": row.int(1)?.to_string(),
            "BY_NAME": row.text(6),
            "BY_LAST_NAME": row.text(7),
            "BY_EMAIL": row.text(8),
            "VIA": row.text(2),
            "DATE": write_instant(row.int(3)?, Style::Iso, &call.settings.time_zone),
            "WHAT": row.text(4),
            "DETAILS": seen(row.text(5).parse().unwrap_or_default(), call),
        }));
    }
    let after = start.saturating_add(PAGE);
    Ok(Answer { total: Some(total), next: Some(after).filter(|it| *it < total), ..Json::Array(items).into() })
}

/// What was changed, without the fields that are hidden from the caller.
fn seen(mut details: Json, call: &Call<'_, '_>) -> Json {
    let is_hidden = |line: &Json| {
        let name = line.get("FIELD").and_then(Json::as_str).unwrap_or_default();
        !USER.shows(name, call.caller)
    };
    if let Json::Array(lines) = &mut details {
        lines.retain(|it| !is_hidden(it));
    }
    details
}
