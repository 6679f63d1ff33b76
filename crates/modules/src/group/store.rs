//! Writing workgroups and their members.

use super::rights::{self, Role};
use crate::{event::emit, right};
use muster_core::{
    Call, Caller, Error, Params, Result,
    event::{EventKind, event},
    json,
    params::read_int,
    personal::Erased,
    record::Columns,
};
use muster_db::{Sql, Tx, Value};

/// Reads the ID of a group or a person, which is above zero.
pub(super) fn read_id(params: &Params, name: &'static str) -> Option<i64> {
    params.get(name).and_then(read_int).filter(|it| *it > 0)
}

/// Puts a value into columns, in the place of one that may be there already.
pub(super) fn set(columns: &mut Columns, name: &'static str, value: impl Into<Value>) {
    columns.retain(|(it, _)| *it != name);
    columns.push((name, value.into()));
}

/// Inserts a row into `workgroups`.
pub(super) fn insert(tx: &mut Tx<'_>, columns: &Columns) -> Result<i64> {
    let mut sql = Sql::new("insert into workgroups (");
    sql.join(columns, ", ", |sql, (name, _)| {
        sql.push(name);
    });
    sql.push(") values (").bind_all(columns.iter().map(|(_, value)| value.clone())).push(") returning id");
    Ok(tx.int(&sql)?)
}

/// Changes a row of `workgroups`.
pub(super) fn update(tx: &mut Tx<'_>, id: i64, columns: &Columns) -> Result<()> {
    let mut sql = Sql::new("update workgroups set ");
    sql.join(columns, ", ", |sql, (name, value)| {
        sql.push(name).push(" = ").bind(value.clone());
    });
    sql.push(" where id = ").bind(id);
    tx.run(&sql)?;
    Ok(())
}

/// A workgroup was created.
pub(super) static ON_GROUP_ADD: EventKind = group_event("ONSONETGROUPADD", "A workgroup or project was created.");
/// A workgroup was changed.
pub(super) static ON_GROUP_UPDATE: EventKind = group_event("ONSONETGROUPUPDATE", "A workgroup or project was changed.");
/// A workgroup was deleted.
pub(super) static ON_GROUP_DELETE: EventKind = group_event("ONSONETGROUPDELETE", "A workgroup or project was deleted.");

pub(super) static EVENTS: &[&EventKind] = &[&ON_GROUP_ADD, &ON_GROUP_UPDATE, &ON_GROUP_DELETE];

const fn group_event(name: &'static str, about: &'static str) -> EventKind {
    event(name, "group", about).scopes(&["sonet_group"]).seen_by(sees)
}

/// Whether someone may know of a group.
fn sees(tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<bool> {
    Ok(rights::find_for(tx, caller, id)?.is_some())
}

/// Tells the world that a group was added or changed, or is about to be deleted: whoever may not see it is not told, and
/// once it is gone no one could say who saw it.
pub(super) fn tell(call: &mut Call<'_, '_>, kind: &'static EventKind, id: i64) -> Result<()> {
    emit(call, kind, id, &json!({ "FIELDS": { "ID": id.to_string() } }))
}

/// The people among these who may belong to groups: those who work here, and those from outside.
pub(super) fn joinable(tx: &mut Tx<'_>, users: &[i64]) -> Result<Vec<i64>> {
    let mut sql =
        Sql::new("select id from users where active = 1 and user_type in ('employee', 'extranet') and id in (");
    sql.bind_all(users.iter().copied()).push(")");
    let found = tx.ints(&sql)?;
    Ok(users.iter().copied().filter(|it| found.contains(it)).collect())
}

/// Whether the caller may let people into a group, and take them out: not if that would give or take rights that the
/// caller does not have.
pub(super) fn may_let_in(call: &mut Call<'_, '_>, group_id: i64) -> Result<bool> {
    right::may_give(call, &right::of_group(group_id))
}

/// Gives someone a role in a group, whatever they were to it before.
pub(super) fn put(call: &mut Call<'_, '_>, group_id: i64, user_id: i64, role: Role) -> Result<()> {
    let initiated_by = if role == Role::Asking || (role.is_in() && user_id == call.caller.user_id) { "U" } else { "G" };
    call.tx.run(&Sql::with(
        "insert into workgroup_members (group_id, user_id, role, initiated_by, since) values ($1, $2, $3, $4, $5)
         on conflict (group_id, user_id) do update set role = excluded.role",
        [group_id.into(), user_id.into(), role.code().into(), initiated_by.into(), call.now.into()],
    ))?;
    if role.is_in() {
        // A group becomes external with the first member from outside, and never internal again by itself.
        let sql = "update workgroups set external = 1 where id = $1 and external = 0
            and exists (select 1 from users where id = $2 and user_type = 'extranet')";
        if call.tx.run(&Sql::with(sql, [group_id.into(), user_id.into()]))? > 0 {
            tell(call, &ON_GROUP_UPDATE, group_id)?;
        }
    }
    Ok(())
}

/// Makes a new person a member of these groups.
pub fn enroll(call: &mut Call<'_, '_>, user_id: i64, groups: &[i64]) -> Result<()> {
    for group_id in groups {
        put(call, *group_id, user_id, Role::Member)?;
        touch(call, *group_id)?;
    }
    Ok(())
}

/// Records that something happened in a group.
pub(super) fn touch(call: &mut Call<'_, '_>, group_id: i64) -> Result<()> {
    let args = [call.now.into(), group_id.into()];
    call.tx.run(&Sql::with("update workgroups set active_at = $1 where id = $2", args))?;
    Ok(())
}

/// Makes someone the owner. Whoever was it stays a member; as the Scrum master, a moderator.
pub(super) fn give_to(call: &mut Call<'_, '_>, group_id: i64, user_id: i64) -> Result<()> {
    call.tx.run(&Sql::with(
        "update workgroup_members set role = case when user_id =
            (select coalesce(scrum_master_id, 0) from workgroups where id = $1) then 'E' else 'K' end
         where group_id = $1 and role = 'A' and user_id <> $2",
        [group_id.into(), user_id.into()],
    ))?;
    put(call, group_id, user_id, Role::Owner)
}

/// Gives the groups that someone owns, and the Scrums that they are the master of, to someone else.
pub fn hand_over(call: &mut Call<'_, '_>, from: i64, to: i64) -> Result<()> {
    let sql = "select group_id from workgroup_members where user_id = $1 and role = 'A'
        union select id from workgroups where scrum_master_id = $1 order by 1";
    for id in call.tx.ints(&Sql::with(sql, [from.into()]))? {
        // Of two calls at once that change a group, the second sees what the first one left behind.
        touch(call, id)?;
        let args = || [id.into(), from.into()];
        let masters = "select count(*) from workgroups where id = $1 and scrum_master_id = $2";
        if call.tx.int(&Sql::with(masters, args()))? > 0 {
            if !rights::role_of(call.tx, id, to)?.is_some_and(Role::is_in) {
                put(call, id, to, Role::Moderator)?;
            }
            update(call.tx, id, &vec![("scrum_master_id", to.into())])?;
        }
        if rights::role_of(call.tx, id, from)? == Some(Role::Owner) {
            give_to(call, id, to)?;
        }
        tell(call, &ON_GROUP_UPDATE, id)?;
    }
    Ok(())
}

/// Refuses a project that would end before it begins.
pub(super) fn check_dates(tx: &mut Tx<'_>, group_id: i64, refusal: Error) -> Result<()> {
    let sql = "select count(*) from workgroups where id = $1 and project_finishes_at < project_starts_at";
    if tx.int(&Sql::with(sql, [group_id.into()]))? > 0 { Err(refusal) } else { Ok(()) }
}

/// Takes someone who is erased out of all groups. Whoever still owns one stays its owner: a group is never without.
pub(super) fn erase_member(tx: &mut Tx<'_>, person: &Erased) -> Result<()> {
    tx.run(&Sql::with("delete from workgroup_members where user_id = $1 and role <> 'A'", [person.id.into()]))?;
    Ok(())
}
