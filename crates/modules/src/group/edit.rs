//! Creating, changing and deleting workgroups, and giving them to others.

use super::{
    IMAGE_ID, WORDS,
    fields::GROUP,
    rights::{Deed, Role, find_to_change, may},
    store::{self, ON_GROUP_ADD, ON_GROUP_DELETE, ON_GROUP_UPDATE, check_dates, give_to, read_id, set, tell},
};
use muster_core::{
    Answer, Call, Error, Result,
    call::Right,
    error::ARGUMENT,
    file, index,
    method::{Param, param},
    params::read_int,
    record::{self, Columns},
};
use muster_db::{Sql, Value};

const OWNER_ID: Param = param("OWNER_ID", "integer", "The owner; only administrators choose one");
const IMAGE_FILE_ID: Param = param("IMAGE_FILE_ID", "integer", "A file of the Drive as the picture; 0 removes it");
const SITE_ID: Param = param("SITE_ID", "array", "Accepted and without effect: there is one site");

pub(super) const CREATE: &[Param] = &[
    param("NAME", "string", "The name").required(),
    param("PROJECT", "boolean", "Y creates a project"),
    param("SCRUM_MASTER_ID", "integer", "The Scrum master, which makes it a Scrum"),
    param("SUBJECT_ID", "integer", "The subject"),
    OWNER_ID,
    IMAGE_FILE_ID,
    SITE_ID,
];

pub(super) const UPDATE: &[Param] =
    &[param("GROUP_ID", "integer", "Which workgroup").required(), OWNER_ID, IMAGE_FILE_ID, SITE_ID];

/// What has to have a value, with the one it has if none is given.
fn defaults(extranet: bool) -> [(&'static str, Value); 5] {
    [
        ("active", true.into()),
        ("visible", (!extranet).into()),
        ("opened", false.into()),
        ("closed", false.into()),
        ("initiate_perms", if extranet { "E" } else { "K" }.into()),
    ]
}

/// Creates a group with its owner and, for a Scrum, its master.
pub(super) fn create(call: &mut Call<'_, '_>) -> Result<Answer> {
    let wrong = || WORDS.say("Incorrect input data");
    let me = call.caller.user_id;
    let may_create = call.caller.may(Right::CreateGroups) || call.caller.may(Right::ManageGroups);
    if !may_create || store::joinable(call.tx, &[me])?.is_empty() {
        return Err(WORDS.say("You have no permissions to create a group"));
    }
    let mut columns = read_columns(call, "Incorrect input data")?;
    for (name, value) in defaults(call.caller.extranet) {
        if columns.iter().all(|(it, _)| *it != name) {
            columns.push((name, value));
        }
    }
    if columns.iter().all(|(it, _)| *it != "name") {
        return Err(wrong().about("NAME"));
    }
    let master = read_person(call, "SCRUM_MASTER_ID")?;
    let owner = if call.caller.may(Right::ManageGroups) { read_person(call, "OWNER_ID")? } else { None };
    let project = call.params.flag("PROJECT").map_err(|_| wrong().about("PROJECT"))?;
    columns.push(("subject_id", read_subject(call)?.into()));
    columns.push(("project", (project || master.is_some()).into()));
    columns.push(("scrum_master_id", master.into()));
    columns.push(("external", false.into()));
    columns.push(("created_at", call.now.into()));
    set(&mut columns, "changed_at", call.now);
    let id = store::insert(call.tx, &columns)?;
    check_dates(call.tx, id, wrong().about("PROJECT_DATE_FINISH"))?;
    let owner = owner.unwrap_or(me);
    store::put(call, id, owner, Role::Owner)?;
    if let Some(master) = master.filter(|it| *it != owner) {
        store::put(call, id, master, Role::Moderator)?;
    }
    tell(call, &ON_GROUP_ADD, id)?;
    Ok(id.into())
}

/// Changes what was sent and nothing else.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let missing = || WORDS.say("Wrong group ID").about("GROUP_ID");
    let id = read_id(call.params, "GROUP_ID").ok_or_else(missing)?;
    let group = find_to_change(call, id)?.ok_or_else(missing)?;
    if !may(call.caller, &group, Deed::Edit) {
        return Err(WORDS.say("User has no permissions to update group"));
    }
    let columns = read_columns(call, "Cannot update group")?;
    if let Some(old) = group.image.filter(|_| columns.iter().any(|(name, _)| *name == "image")) {
        file::delete(call.tx, &old)?;
    }
    store::update(call.tx, id, &columns)?;
    check_dates(call.tx, id, WORDS.say("Cannot update group").about("PROJECT_DATE_FINISH"))?;
    if call.params.get("OWNER_ID").is_some() {
        let owner = read_id(call.params, "OWNER_ID").unwrap_or_default();
        if store::joinable(call.tx, &[owner])?.is_empty() || !store::may_let_in(call, id)? {
            return Err(WORDS.say("Cannot update group").about("OWNER_ID"));
        }
        give_to(call, id, owner)?;
    }
    tell(call, &ON_GROUP_UPDATE, id)?;
    Ok(id.into())
}

/// Deletes a group with its members and its picture.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let id = read_id(call.params, "GROUP_ID").ok_or_else(|| WORDS.say("Wrong group ID").about("GROUP_ID"))?;
    let group = find_to_change(call, id)?.ok_or_else(|| WORDS.say("Socialnetwork group not found"))?;
    if !may(call.caller, &group, Deed::Delete) || !store::may_let_in(call, id)? {
        return Err(WORDS.say("User has no permissions to delete group"));
    }
    tell(call, &ON_GROUP_DELETE, id)?;
    if let Some(image) = group.image {
        file::delete(call.tx, &image)?;
    }
    call.tx.run(&Sql::with("delete from workgroup_members where group_id = $1", [id.into()]))?;
    call.tx.run(&Sql::with("delete from workgroups where id = $1", [id.into()]))?;
    index::deleted(call, "workgroups", id)?;
    Ok(true.into())
}

/// Gives a group to another owner.
pub(super) fn set_owner(call: &mut Call<'_, '_>) -> Result<Answer> {
    let no_group = || WORDS.say("Invalid workgroup/project ID").about("GROUP_ID");
    let no_user = || WORDS.say("Invalid user ID").about("USER_ID");
    let id = read_id(call.params, "GROUP_ID").ok_or_else(no_group)?;
    let group = find_to_change(call, id)?.ok_or_else(no_group)?;
    let user_id = read_id(call.params, "USER_ID").ok_or_else(no_user)?;
    if !may(call.caller, &group, Deed::Edit) {
        return Err(WORDS.say("Insufficient permissions to complete the operation."));
    }
    if call.tx.int(&Sql::with("select count(*) from users where id = $1", [user_id.into()]))? == 0 {
        return Err(no_user());
    }
    if store::joinable(call.tx, &[user_id])?.is_empty() || !store::may_let_in(call, id)? {
        return Err(WORDS.say("Cannot complete operation."));
    }
    give_to(call, id, user_id)?;
    store::touch(call, id)?;
    tell(call, &ON_GROUP_UPDATE, id)?;
    Ok(true.into())
}

/// Reads the fields that were sent, the picture included. `refusal` is what is said of one that cannot be read.
fn read_columns(call: &mut Call<'_, '_>, refusal: &'static str) -> Result<Columns> {
    let mut columns = record::read(&GROUP, call.params, call).map_err(|err| translate(err, refusal))?;
    if columns.iter().any(|(name, value)| *name == "name" && is_blank(value)) {
        return Err(WORDS.say(refusal).about("NAME"));
    }
    // What has to have a value keeps the one it has.
    let required = defaults(false).map(|(name, _)| name);
    columns.retain(|(name, value)| *value != Value::Null || !required.contains(name));
    if call.caller.extranet {
        set(&mut columns, "visible", false);
        set(&mut columns, "opened", false);
    }
    if let Some(image) = read_image(call)? {
        set(&mut columns, "image", image);
    }
    columns.push(("changed_at", call.now.into()));
    columns.push(("active_at", call.now.into()));
    Ok(columns)
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.trim().is_empty(),
        _ => true,
    }
}

fn translate(err: Error, refusal: &'static str) -> Error {
    if err.code == &ARGUMENT { WORDS.say(refusal).about(err.argument.unwrap_or_default()) } else { err }
}

/// The picture that was sent, stored; an empty one removes what is there. A file of the Drive comes before an upload, but
/// there is no Drive yet, so the only one that exists is 0: no picture.
fn read_image(call: &mut Call<'_, '_>) -> Result<Option<Option<String>>> {
    match call.params.get("IMAGE_FILE_ID").map(read_int) {
        None => {}
        Some(Some(0)) => return Ok(Some(None)),
        Some(_) => return Err(IMAGE_ID.error().about("IMAGE_FILE_ID")),
    }
    let pictures = call.pictures;
    match pictures.get("IMAGE") {
        None => Ok(None),
        Some(None) => Ok(Some(None)),
        Some(Some(picture)) => Ok(Some(Some(file::store(call, picture)?))),
    }
}

/// A person by whom a group cannot be created if they may not belong to one.
fn read_person(call: &mut Call<'_, '_>, name: &'static str) -> Result<Option<i64>> {
    let wrong = || WORDS.say("Incorrect input data").about(name);
    let Some(id) = call.params.int(name).map_err(|_| wrong())?.filter(|it| *it != 0) else { return Ok(None) };
    match store::joinable(call.tx, &[id])?.first() {
        Some(id) => Ok(Some(*id)),
        None => Err(WORDS.say("Cannot create group").about(name)),
    }
}

/// The subject that was sent, or the first there is.
fn read_subject(call: &mut Call<'_, '_>) -> Result<i64> {
    let sent = call.params.int("SUBJECT_ID").map_err(|_| WORDS.say("Incorrect input data").about("SUBJECT_ID"))?;
    let subjects = call.tx.ints(&Sql::new("select id from workgroup_subjects order by id"))?;
    let found = match sent {
        None => subjects.first(),
        Some(id) => subjects.iter().find(|it| **it == id),
    };
    found.copied().ok_or_else(|| WORDS.say("Cannot create group").about("SUBJECT_ID"))
}
