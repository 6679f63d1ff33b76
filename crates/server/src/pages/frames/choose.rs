//! What an app lets the visitor choose from: people, and everything that has an access code, as the visitor may see it.

use crate::pages::{
    Reply, Visit,
    people::{Department, departments},
    shell::Face,
};
use muster_core::{Json, Result, json, params::read_text, text::search_key};

/// The most of a kind that are shown at once.
const MOST: usize = 20;

fn text(record: &Json, name: &str) -> String {
    record.get(name).and_then(read_text).unwrap_or_default()
}

/// People to choose from.
pub(super) fn people(visit: &Visit<'_>) -> Result<Reply> {
    Ok(Reply::json(&Json::Array(found_people(visit)?)))
}

fn found_people(visit: &Visit<'_>) -> Result<Vec<Json>> {
    let params = json!({
        "FILTER": { "FIND": visit.text("Q"), "ACTIVE": true }, "ORDER": { "LAST_NAME": "ASC" }, "START": -1,
        "SELECT": ["ID", "NAME", "LAST_NAME", "EMAIL", "WORK_POSITION", "PERSONAL_PHOTO"], "IMAGE_RESIZE": "small",
    });
    let found = visit.call("user.get", params)?.result;
    let shown = found.as_array().into_iter().flatten().map(|it| {
        let id = text(it, "ID");
        let face = Face::new(0, &text(it, "NAME"), &text(it, "LAST_NAME"), &text(it, "EMAIL"), "");
        json!({
            "id": id, "name": face.name, "photo": text(it, "PERSONAL_PHOTO"), "position": text(it, "WORK_POSITION"),
            "url": format!("/company/personal/user/{id}/"), "sub": false, "sup": false,
        })
    });
    Ok(shown.collect())
}

/// Access codes to choose from: everyone, departments with and without those below, workgroups and people. `kind` is the
/// heading that a code stands under.
pub(super) fn access(visit: &Visit<'_>) -> Result<Reply> {
    let key = search_key(&visit.text("Q"));
    let mut codes = Vec::new();
    let mut code = |kind: &str, id: String, name: String, position: String| {
        codes.push(json!({ "id": id, "name": name, "position": position, "kind": visit.t(kind) }));
    };
    let everyone = visit.t("apps-everyone");
    if search_key(&everyone).contains(&key) {
        code("apps-kind-general", "AU".to_owned(), everyone, String::new());
    }
    let all = departments(visit)?;
    for it in all.iter().filter(|it| search_key(it.name()).contains(&key)).take(MOST) {
        let Department { id, .. } = it;
        if all.iter().any(|below| below.is_below(id)) {
            let name = visit.t1("apps-department-below", "name", it.name());
            code("apps-kind-departments", format!("DR{id}"), name, String::new());
        }
        code("apps-kind-departments", format!("D{id}"), it.name().to_owned(), String::new());
    }
    let groups = json!({ "FILTER": { "%NAME": visit.text("Q") }, "ORDER": { "NAME": "ASC" }, "START": -1 });
    let groups = visit.call("sonet_group.get", groups)?.result;
    for it in groups.as_array().into_iter().flatten().take(MOST) {
        code("apps-kind-groups", format!("SG{}", text(it, "ID")), text(it, "NAME"), String::new());
    }
    for it in found_people(visit)?.iter().take(MOST) {
        code("apps-kind-people", format!("U{}", text(it, "id")), text(it, "name"), text(it, "position"));
    }
    Ok(Reply::json(&Json::Array(codes)))
}
