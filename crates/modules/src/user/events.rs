//! What subscribers hear of people. `ONUSERADD` is documented; the rest is Muster's own.

use super::{
    fields::{ANY_LEVEL, USER},
    history,
};
use crate::{
    event::{Cause, emit, is_heard, record},
    sight,
};
use muster_core::{
    Call, Caller, Json, Map, Result, Settings,
    event::{EventKind, event},
    field::{Field, Kind},
    json, list,
    time::{Style, write_instant},
};
use muster_db::{Sql, Tx};

/// Someone has registered: an invitation was accepted, or an administrator added them at the machine.
pub static ON_USER_ADD: EventKind = user_event("ONUSERADD", "Someone has registered and works here now.");
/// Someone was invited.
pub static ON_USER_INVITE: EventKind = user_event("ONUSERINVITE", "Someone was invited and has not registered yet.");
/// A profile was changed.
pub static ON_USER_UPDATE: EventKind = user_event("ONUSERUPDATE", "A profile was changed; CHANGED names the fields.");
/// Someone was dismissed.
pub static ON_USER_DISMISS: EventKind = user_event("ONUSERDISMISS", "Someone was dismissed.");
/// Someone who had been dismissed works here again.
pub static ON_USER_RESTORE: EventKind = user_event("ONUSERRESTORE", "Someone who was dismissed works here again.");

pub(super) static EVENTS: &[&EventKind] =
    &[&ON_USER_ADD, &ON_USER_INVITE, &ON_USER_UPDATE, &ON_USER_DISMISS, &ON_USER_RESTORE];

const fn user_event(name: &'static str, about: &'static str) -> EventKind {
    event(name, "user", about).scopes(ANY_LEVEL).of(&USER).seen_by(sees)
}

/// Whether someone may know of a person.
fn sees(tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<bool> {
    let mut sql = Sql::new("select count(*) from users where users.id = ");
    sql.bind(id).push(" and ");
    sight::write(&mut sql, "users.id", caller);
    Ok(tx.int(&sql)? > 0)
}

/// Tells that something happened to a person, and no more than that.
pub(super) fn tell(call: &mut Call<'_, '_>, kind: &'static EventKind, id: i64) -> Result<()> {
    emit(call, kind, id, &json!({ "FIELDS": { "ID": id.to_string() } }))
}

/// Tells that someone has registered.
pub fn tell_registered(tx: &mut Tx<'_>, cause: Cause<'_>, id: i64, settings: &Settings) -> Result<()> {
    if !is_heard(tx, &[&ON_USER_ADD])? {
        return Ok(());
    }
    let row = tx.row(&Sql::with(
        "select active, registered_at, email, name, last_name, personal_gender, personal_birthday, work_position,
             uf_employment_date
         from users where id = $1",
        [id.into()],
    ))?;
    let Some(row) = row else { return Ok(()) };
    let departments = tx.ints(&Sql::with(
        "select department_id from user_departments where user_id = $1 order by position",
        [id.into()],
    ))?;
    let mut data = json!({
        "ID": id,
        "ACTIVE": if row.int(0)? == 1 { "Y" } else { "N" },
        "DATE_REGISTER": write_instant(row.int(1)?, Style::Iso, &settings.time_zone),
    });
    let texts =
        ["EMAIL", "NAME", "LAST_NAME", "PERSONAL_GENDER", "PERSONAL_BIRTHDAY", "WORK_POSITION", "UF_EMPLOYMENT_DATE"];
    for (column, name) in (2..).zip(texts) {
        if let Some(text) = row.opt_text(column) {
            data[name] = text.into();
        }
    }
    if !departments.is_empty() {
        data["UF_DEPARTMENT"] = departments.into();
    }
    record(tx, cause, &ON_USER_ADD, id, &data)
}

/// How a profile was before a change, as far as the change may touch it.
pub(super) struct Before {
    fields: Vec<&'static Field>,
    record: Map<String, Json>,
}

impl Before {
    pub(super) fn read(call: &mut Call<'_, '_>, id: i64) -> Result<Before> {
        let sent = call.params.iter().filter_map(|(name, _)| call.field(&USER, name));
        let fields: Vec<&'static Field> = sent.filter(|it| it.is_shown()).collect();
        let record = shown(call, id, &fields)?;
        Ok(Before { fields, record })
    }

    /// Writes down which fields are not as they were, and tells of it.
    pub(super) fn tell(self, call: &mut Call<'_, '_>, id: i64) -> Result<()> {
        let now = shown(call, id, &self.fields)?;
        let is_changed = |it: &&&'static Field| self.record.get(it.name) != now.get(it.name);
        let changed: Vec<&'static Field> = self.fields.iter().filter(is_changed).copied().collect();
        if changed.is_empty() {
            return Ok(());
        }
        // What a file was is gone with it.
        let value = |record: &Map<String, Json>, it: &Field| match it.kind {
            Kind::Image | Kind::File => Json::Null,
            _ => record.get(it.name).cloned().unwrap_or_default(),
        };
        let line =
            |it: &&'static Field| json!({ "FIELD": it.name, "OLD": value(&self.record, it), "NEW": value(&now, it) });
        history::note(call, id, "update", &changed.iter().map(line).collect())?;
        let names: Vec<&str> = changed.iter().map(|it| it.name).collect();
        emit(call, &ON_USER_UPDATE, id, &json!({ "FIELDS": { "ID": id.to_string() }, "CHANGED": names }))
    }
}

fn shown(call: &mut Call<'_, '_>, id: i64, fields: &[&'static Field]) -> Result<Map<String, Json>> {
    let found = list::records(call, &USER, &[id], fields, "")?.into_iter().next();
    Ok(found.and_then(|it| it.as_object().cloned()).unwrap_or_default())
}
