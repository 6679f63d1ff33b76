//! Handing out what is stored about a person: `user.export`.

use super::fields::USER;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use muster_core::{
    Answer, Call, Result, Via, binding,
    call::Right,
    error::CORE,
    field::{Field, Stored},
    file, json, list,
    method::{Param, param},
    params::wrong,
    personal,
    record::read_user,
    time::{Style, write_instant},
};
use muster_db::Sql;

pub(super) const PARAMS: &[Param] = &[param("ID", "integer", "Whose data").required()];

/// All there is: the profile with its custom fields and photo, the rows that modules declare, and the records that name
/// the person. It is for people who ask for their data, so it is given in pages only, to themselves and to administrators.
pub(super) fn export(call: &mut Call<'_, '_>) -> Result<Answer> {
    let me = call.caller.user_id;
    let id = call.params.get("ID").cloned().ok_or_else(|| wrong("ID", "the ID of a person"))?;
    let id = read_user("ID", &id, call)?;
    let is_page = matches!(call.caller.via, Via::Session(_));
    if !is_page || (id != me && !call.caller.may(Right::Administer)) {
        return Err(CORE.say("access_denied"));
    }
    let visible = call.visible(&USER);
    let profile = list::records(call, &USER, &[id], &visible, "")?.into_iter().next();
    let pictures = pictures(call, id)?;
    Ok(json!({
        "made_at": write_instant(call.now, Style::Iso, &call.settings.time_zone),
        "profile": profile,
        "pictures": pictures,
        "stored": personal::stored(call, id)?,
        "named_by": binding::everything(call, id)?,
    })
    .into())
}

/// The photo and the logo themselves, since an address is of no use to whoever is not let in any more.
fn pictures(call: &mut Call<'_, '_>, id: i64) -> Result<muster_core::Json> {
    let fields = ["PERSONAL_PHOTO", "WORK_LOGO"].into_iter().filter_map(|it| USER.field(it));
    let mut found = muster_core::Map::new();
    for field in fields {
        if let Some((content_type, bytes)) = original(call, id, field)? {
            found.insert(field.name.to_owned(), json!({ "type": content_type, "base64": STANDARD.encode(bytes) }));
        }
    }
    Ok(found.into())
}

fn original(call: &mut Call<'_, '_>, id: i64, field: &'static Field) -> Result<Option<(String, Vec<u8>)>> {
    let Stored::Column(column) = field.stored else { return Ok(None) };
    let mut sql = Sql::new("select ");
    sql.push(column).push(" from users where id = ").bind(id);
    let stored = call.tx.row(&sql)?.and_then(|row| row.opt_text(0).map(str::to_owned));
    let Some(stored) = stored else { return Ok(None) };
    file::load(call.tx, stored.split('/').next().unwrap_or_default(), "original")
}
