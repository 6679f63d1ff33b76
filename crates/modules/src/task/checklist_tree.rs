//! The checklists of a task as the task's own answer shows them.

use super::{checklist::records, show};
use muster_core::{Call, Json, Map, Result, field::camel, json, params::read_int};
use muster_db::Sql;

/// All items by their IDs, and the same as a tree. `may` tells whether the caller works on them.
pub(super) fn of_task(call: &mut Call<'_, '_>, task_id: i64, may: bool) -> Result<(Json, Json)> {
    let sql = "select id from task_checklist where task_id = $1 order by sort_index, id";
    let ids = call.tx.ints(&Sql::with(sql, [task_id.into()]))?;
    let items = records(call, &ids)?;
    let action: Map<String, Json> = ["modify", "remove", "toggle", "add", "addAccomplice"]
        .into_iter()
        .map(|it| (it.to_owned(), may.into()))
        .collect();
    let mut shown = Map::new();
    for item in &items {
        let mut fields: Map<String, Json> = Map::new();
        for (name, value) in item.as_object().into_iter().flatten() {
            fields.insert(camel(name), value.clone());
        }
        fields.insert("ufChecklistFiles".to_owned(), false.into());
        fields.insert("entityId".to_owned(), item["TASK_ID"].clone());
        fields.insert("action".to_owned(), action.clone().into());
        shown.insert(item["ID"].as_str().unwrap_or_default().to_owned(), fields.into());
    }
    let mut tree = Tree { items: &items, action: action.into(), user_id: call.caller.user_id, nodes: 0 };
    let root = tree.root();
    Ok((show::or_list(shown), root))
}

/// The items of a task while they are put into a tree.
struct Tree<'a> {
    items: &'a [Json],
    action: Json,
    user_id: i64,
    nodes: i64,
}

impl Tree<'_> {
    fn root(&mut self) -> Json {
        let fields = self.fields(None, "");
        let descendants = self.below(0, "");
        json!({ "nodeId": 0, "fields": fields, "action": [], "descendants": descendants })
    }

    /// The items directly below one, each with what is below it. `number` is the number of the one above, such as `1.2`.
    fn below(&mut self, parent: i64, number: &str) -> Vec<Json> {
        let items = self.items;
        let mut nodes = Vec::new();
        for item in items.iter().filter(|it| read_int(&it["PARENT_ID"]) == Some(parent)) {
            self.nodes += 1;
            let node = self.nodes;
            let place = nodes.len() + 1;
            // A checklist has no number; its items begin with 1.
            let own = match (parent, number) {
                (0, _) => String::new(),
                (_, "") => place.to_string(),
                (_, above) => format!("{above}.{place}"),
            };
            let fields = self.fields(Some(item), &own);
            let id = read_int(&item["ID"]).unwrap_or(0);
            let descendants = self.below(id, &own);
            let action = self.action.clone();
            nodes.push(json!({ "nodeId": node, "fields": fields, "action": action, "descendants": descendants }));
        }
        nodes
    }

    fn fields(&self, item: Option<&Json>, number: &str) -> Json {
        let int = |name: &str| item.and_then(|it| read_int(&it[name]));
        let flag = |name: &str| item.is_some_and(|it| it[name] == "Y");
        let id = int("ID");
        let parts = |it: &&Json| id.is_some() && read_int(&it["PARENT_ID"]) == id;
        let completed = self.items.iter().filter(parts).filter(|it| it["IS_COMPLETE"] == "Y").count();
        json!({
            "id": id,
            "copiedId": null,
            "entityId": int("TASK_ID"),
            "userId": self.user_id,
            "createdBy": int("CREATED_BY"),
            "parentId": int("PARENT_ID"),
            "title": item.map_or("", |it| it["TITLE"].as_str().unwrap_or_default()),
            "sortIndex": int("SORT_INDEX"),
            "displaySortIndex": number,
            "isComplete": flag("IS_COMPLETE"),
            "isImportant": flag("IS_IMPORTANT"),
            "completedCount": completed,
            "members": item.map_or_else(|| json!([]), |it| it["MEMBERS"].clone()),
            "attachments": [],
            "nodeId": null,
        })
    }
}
