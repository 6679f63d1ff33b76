//! The people of a workgroup: `sonet_group.user.*`.

use super::{
    WORDS, people,
    rights::{Deed, Group, Role, find, find_to_change, may, role_of},
    store::{joinable, may_let_in, put, read_id, touch},
};
use muster_core::{
    Answer, Call, Error, Json, Map, Result, event, json,
    params::read_int,
    record::{View, picture_url},
};
use muster_db::Sql;

/// Adds people without asking them. Whoever cannot belong to a group, or does already, is passed over.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (group, users) = read_to_rule(call)?;
    let mut added = Vec::new();
    for user_id in joinable(call.tx, &users)? {
        if !role_of(call.tx, group.id, user_id)?.is_some_and(Role::is_in) {
            put(call, group.id, user_id, Role::Member)?;
            added.push(user_id);
        }
    }
    answer(call, &group, &added)
}

/// Makes people moderators or plain members. The owner is passed over, and whoever has nothing to do with the group.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let role = match call.params.text("ROLE").ok().flatten().as_deref() {
        Some("E") => Role::Moderator,
        Some("K") => Role::Member,
        _ => return Err(WORDS.say("Incorrect role code").about("ROLE")),
    };
    let (group, users) = read_to_rule(call)?;
    let mut changed = Vec::new();
    for user_id in users {
        if role_of(call.tx, group.id, user_id)?.is_some_and(|it| it != Role::Owner) {
            put(call, group.id, user_id, role)?;
            changed.push(user_id);
        }
    }
    answer(call, &group, &changed)
}

/// Removes people, and takes back what is pending. The owner and the Scrum master stay.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (group, users) = read_to_rule(call)?;
    let mut removed = Vec::new();
    for user_id in users {
        let args = [group.id.into(), user_id.into(), group.scrum_master.into()];
        let sql = "delete from workgroup_members where group_id = $1 and user_id = $2 and role <> 'A'
            and user_id <> coalesce($3, 0)";
        if call.tx.run(&Sql::with(sql, args))? > 0 {
            removed.push(user_id);
        }
    }
    answer(call, &group, &removed)
}

/// The members with their roles, the owner first.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_id(call.params, "ID").ok_or_else(|| WORDS.say("Wrong socialnetwork group ID").about("ID"))?;
    let group = find(call, id)?.ok_or_else(not_found)?;
    let members = people::of(call, group.id)?;
    let shown = members.iter().filter(|it| it.role.is_in());
    Ok(shown.map(|it| json!({ "USER_ID": it.id.to_string(), "ROLE": it.role.code() })).collect::<Vec<_>>().into())
}

/// The groups that the caller is a member of.
pub(super) fn groups(call: &mut Call<'_, '_>) -> Result<Answer> {
    let rows = call.tx.rows(&Sql::with(
        "select g.id, g.name, m.role, g.image, g.external from workgroup_members m
         join workgroups g on g.id = m.group_id where m.user_id = $1 and m.role <> 'Z' order by g.id",
        [call.caller.user_id.into()],
    ))?;
    let view =
        View { base_url: call.base_url, zone: &call.settings.time_zone, now: call.now, picture: people::PICTURE };
    let mut groups = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, image) = (row.int(0)?.to_string(), row.opt_text(3));
        let mut group = Map::new();
        group.insert("GROUP_ID".to_owned(), id.as_str().into());
        group.insert("GROUP_NAME".to_owned(), row.text(1).into());
        group.insert("ROLE".to_owned(), row.text(2).into());
        group.insert("GROUP_IMAGE_ID".to_owned(), image.map_or(Json::Null, |_| id.as_str().into()));
        group.insert("GROUP_IMAGE".to_owned(), image.map_or_else(String::new, |it| picture_url(it, view)).into());
        if row.int(4)? == 1 {
            group.insert("IS_EXTRANET".to_owned(), "Y".into());
        }
        groups.push(Json::Object(group));
    }
    Ok(groups.into())
}

/// Invites people. Whoever has asked to join already becomes a member: both sides have agreed.
pub(super) fn invite(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (group, users) = read_both(call)?;
    let mut invited = Vec::new();
    if !may(call.caller, &group, Deed::Invite) || !may_let_in(call, group.id)? {
        return answer(call, &group, &invited);
    }
    for user_id in joinable(call.tx, &users)? {
        match role_of(call.tx, group.id, user_id)? {
            None => {
                put(call, group.id, user_id, Role::Invited)?;
                tell(call, "group_invitation", group.id, user_id)?;
            }
            Some(Role::Asking) => put(call, group.id, user_id, Role::Member)?,
            Some(_) => continue,
        }
        invited.push(user_id);
    }
    answer(call, &group, &invited)
}

/// Joins an open group or accepts an invitation at once; otherwise asks to join.
pub(super) fn request(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_id(call.params, "GROUP_ID").ok_or_else(wrong_group)?;
    let group = find_to_change(call, id)?.ok_or_else(not_found)?;
    let me = call.caller.user_id;
    if !may(call.caller, &group, Deed::Join) || joinable(call.tx, &[me])?.is_empty() {
        return Err(WORDS.say("Cannot request to join group"));
    }
    // Whoever was invited was let in by someone who may; into a group that gives rights no one lets themselves in.
    if group.role == Some(Role::Invited) || (group.opened && may_let_in(call, id)?) {
        put(call, id, me, Role::Member)?;
    } else {
        put(call, id, me, Role::Asking)?;
        tell(call, "group_request", id, me)?;
    }
    touch(call, id)?;
    Ok(true.into())
}

/// A message to whoever has to decide: the person who was invited, or those who may let someone in.
fn tell(call: &mut Call<'_, '_>, kind: &'static str, group_id: i64, user_id: i64) -> Result<()> {
    let message = call.params.text("MESSAGE").ok().flatten().unwrap_or_default();
    let by = call.caller.user_id;
    event::post(
        call,
        kind,
        group_id,
        &json!({ "group_id": group_id, "user_id": user_id, "by": by, "message": message }),
    )
}

/// The group and the people that were sent, each of them once.
fn read_both(call: &mut Call<'_, '_>) -> Result<(Group, Vec<i64>)> {
    let id = read_id(call.params, "GROUP_ID").ok_or_else(wrong_group)?;
    let wrong = || WORDS.say("Wrong user IDs").about("USER_ID");
    let mut users = Vec::new();
    for sent in call.params.list("USER_ID") {
        let user_id = read_int(&sent).filter(|it| *it > 0).ok_or_else(wrong)?;
        if !users.contains(&user_id) {
            users.push(user_id);
        }
    }
    if users.is_empty() {
        return Err(wrong());
    }
    Ok((find_to_change(call, id)?.ok_or_else(not_found)?, users))
}

/// The same for whoever decides about others alone, which is not to give or take rights that they do not have.
fn read_to_rule(call: &mut Call<'_, '_>) -> Result<(Group, Vec<i64>)> {
    let (group, users) = read_both(call)?;
    if may_let_in(call, group.id)? { Ok((group, users)) } else { Err(WORDS.say("No permissions to update users role")) }
}

/// The IDs as texts. If there are any, something happened in the group.
fn answer(call: &mut Call<'_, '_>, group: &Group, users: &[i64]) -> Result<Answer> {
    if !users.is_empty() {
        touch(call, group.id)?;
    }
    Ok(users.iter().map(ToString::to_string).collect::<Vec<_>>().into())
}

fn wrong_group() -> Error {
    WORDS.say("Wrong group ID").about("GROUP_ID")
}

fn not_found() -> Error {
    WORDS.say("Socialnetwork group not found")
}
