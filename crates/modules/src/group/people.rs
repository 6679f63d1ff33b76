//! The people of a workgroup as its methods show them.

use super::rights::Role;
use crate::{access::full_name, sight};
use muster_core::{
    Call, Result,
    record::{View, picture_url},
};
use muster_db::Sql;

/// Which copy of a picture is shown where the documentation speaks of a compressed one.
pub(super) const PICTURE: &str = "small";

/// Someone who belongs to a group or is about to.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: i64,
    pub(super) role: Role,
    pub(super) name: String,
    pub(super) last_name: String,
    pub(super) position: String,
    /// The address of the photo; empty if there is none.
    pub(super) photo: String,
}

impl Person {
    /// The name in one line.
    pub(super) fn full_name(&self) -> String {
        full_name(self.id, &self.name, &self.last_name)
    }
}

/// Everyone of a group whom the caller may see, by role. Whoever was dismissed is no longer shown.
pub(super) fn of(call: &mut Call<'_, '_>, group_id: i64) -> Result<Vec<Person>> {
    let mut sql = Sql::with(
        "select m.user_id, m.role, m.initiated_by, u.name, u.last_name, u.work_position, u.personal_photo
         from workgroup_members m join users u on u.id = m.user_id where m.group_id = $1 and u.active = 1 and ",
        [group_id.into()],
    );
    sight::write(&mut sql, "m.user_id", call.caller);
    sql.push(" order by m.role, m.user_id");
    let rows = call.tx.rows(&sql)?;
    let view = View { base_url: call.base_url, zone: &call.settings.time_zone, now: call.now, picture: PICTURE };
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(role) = Role::read(row.text(1), row.text(2)) else { continue };
        people.push(Person {
            id: row.int(0)?,
            role,
            name: row.text(3).to_owned(),
            last_name: row.text(4).to_owned(),
            position: row.text(5).to_owned(),
            photo: row.opt_text(6).map_or_else(String::new, |it| picture_url(it, view)),
        });
    }
    Ok(people)
}
