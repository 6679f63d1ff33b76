//! Lists of workgroups: `sonet_group.get` and `socialnetwork.api.workgroup.list`.

use super::{feature::FEATURES, fields::GROUP, people::PICTURE, rights::seen_in_lists};
use muster_core::{
    Answer, Call, Json, Map, Params, Result,
    field::{Field, camel},
    filter::{self, Cond},
    json,
    list::{self, Query},
    params::read_text,
};
use muster_db::Sql;
use std::collections::HashMap;

/// What `sonet_group.get` shows, in its order.
const SHOWN: &[&str] = &[
    "ID",
    "SITE_ID",
    "NAME",
    "DESCRIPTION",
    "DATE_CREATE",
    "DATE_UPDATE",
    "ACTIVE",
    "VISIBLE",
    "OPENED",
    "CLOSED",
    "SUBJECT_ID",
    "OWNER_ID",
    "KEYWORDS",
    "NUMBER_OF_MEMBERS",
    "DATE_ACTIVITY",
    "SUBJECT_NAME",
    "IMAGE",
    "PROJECT",
    "IS_EXTRANET",
];

fn fields(names: &[&str]) -> Vec<&'static Field> {
    names.iter().filter_map(|name| GROUP.field(name)).collect()
}

/// The groups that the caller may see, the newest first.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let mut conds = vec![seen_in_lists(call.caller, call.params.flag("IS_ADMIN").unwrap_or(false))];
    conds.push(list::read_filter(&GROUP, call.params, call)?);
    if let Some(id) = call.params.get("GROUP_ID").filter(|it| !it.is_null()) {
        conds.push(filter::parse_one(&GROUP, "ID", id, call)?);
    }
    let mut order = list::read_order(&GROUP, call.params, call)?;
    if order.is_empty() {
        order = fields(&["ID"]).into_iter().map(|id| (id, true)).collect();
    }
    let start = list::read_start(call)?;
    let query = Query { cond: Cond::All(conds), order, start, select: fields(SHOWN), picture: "" };
    let mut answer = list::page(call, &GROUP, &query)?;
    for group in answer.result.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
        if group.get("IMAGE").and_then(Json::as_str) == Some("") {
            group.shift_remove("IMAGE");
        }
    }
    Ok(answer)
}

/// The same as newer clients know it.
pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    // What is no object says nothing.
    let more = call.params.get("PARAMS").cloned().map_or_else(|| Ok(Params::default()), Params::new);
    let more = more.unwrap_or_default();
    let mut conds = vec![seen_in_lists(call.caller, more.flag("IS_ADMIN").unwrap_or(false))];
    conds.push(list::read_filter(&GROUP, call.params, call)?);
    if let Some(site) = more.get("SITEID").filter(|it| !it.is_null() && !call.caller.extranet) {
        conds.push(filter::parse_one(&GROUP, "SITE_ID", site, call)?);
    }
    let mut select = read_select(call);
    let with_id = select.iter().any(|it| it.name == "ID");
    if !with_id {
        // What is added to each group is found by its ID.
        select.extend(fields(&["ID"]));
    }
    let (order, start) = (list::read_order(&GROUP, call.params, call)?, list::read_start(call)?);
    let query = Query { cond: Cond::All(conds), order, start, select, picture: PICTURE };
    let mut answer = list::page(call, &GROUP, &query)?;
    let found = answer.result.as_array_mut().map(std::mem::take).unwrap_or_default();
    let mobile = more.text("MODE").ok().flatten().as_deref() == Some("mobile");
    let mut roles = if mobile { roles(call, &found)? } else { HashMap::new() };
    let mut groups = Vec::with_capacity(found.len());
    for group in found {
        let Json::Object(mut group) = group else { continue };
        let id = group.get("ID").and_then(read_text).unwrap_or_default();
        if !with_id {
            group.shift_remove("ID");
        }
        let mut shown: Map<String, Json> = group.into_iter().map(|(name, value)| (camel(&name), value)).collect();
        if mobile {
            shown.insert("additionalData".to_owned(), additional(roles.remove(&id), &more));
        }
        if more.flag("SHOULDSELECTDIALOGID").unwrap_or(false) {
            shown.insert("dialogId".to_owned(), "".into());
        }
        groups.push(Json::Object(shown));
    }
    answer.result = json!({ "workgroups": groups });
    Ok(answer)
}

/// The selected fields; the ID alone if there are none. An avatar comes with what kind it is.
fn read_select(call: &Call<'_, '_>) -> Vec<&'static Field> {
    let names: Vec<String> = call.params.list("SELECT").iter().filter_map(read_text).collect();
    if names.iter().all(String::is_empty) {
        return fields(&["ID"]);
    }
    let mut select = list::read_select(&GROUP, call);
    if select.iter().any(|it| it.name == "AVATAR") {
        select.extend(fields(&["IMAGE_ID", "AVATAR_TYPE"]));
    }
    select.dedup_by_key(|it| it.name);
    select
}

/// The caller's role in each of these groups, and who began it.
fn roles(call: &mut Call<'_, '_>, groups: &[Json]) -> Result<HashMap<String, (String, String)>> {
    let ids: Vec<i64> = groups.iter().filter_map(|it| it["ID"].as_str()?.parse().ok()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new("select group_id, role, initiated_by from workgroup_members where user_id = ");
    sql.bind(call.caller.user_id).push(" and group_id in (").bind_all(ids).push(")");
    let rows = call.tx.rows(&sql)?;
    let role = |row: &muster_db::Row| Ok((row.int(0)?.to_string(), (row.text(1).to_owned(), row.text(2).to_owned())));
    rows.iter().map(role).collect()
}

/// What a mobile client is told beside a group.
fn additional(role: Option<(String, String)>, more: &Params) -> Json {
    let (role, initiated_by) = role.unwrap_or_default();
    let mut data = json!({ "role": role, "initiatedByType": initiated_by });
    let names = |name| more.list(name).iter().filter_map(read_text).collect::<Vec<_>>();
    let (asked, mandatory) = (names("FEATURES"), names("MANDATORYFEATURES"));
    if !asked.is_empty() || !mandatory.is_empty() {
        let wanted = |it: &&str| asked.iter().chain(&mandatory).any(|name| name == it);
        data["features"] = FEATURES.iter().map(|it| it.name).filter(wanted).collect::<Vec<_>>().into();
    }
    data
}
