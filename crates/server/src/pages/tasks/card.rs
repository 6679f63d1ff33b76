//! One task: what it says, who has to do with it, its checklists and comments, and what can be done with it.

use super::{face, text};
use crate::pages::{Reply, Visit, shell::Face, visit::NOT_FOUND};
use askama::Template;
use muster_core::{Json, Result, json, params::read_int};

/// What moves a task on, as it is called in an answer and in the name of the method.
const VERBS: &[&str] = &["start", "pause", "complete", "approve", "disapprove", "defer", "renew"];

#[derive(Template)]
#[template(path = "pages/tasks/card.html")]
struct Card<'a> {
    visit: &'a Visit<'a>,
    id: i64,
    title: String,
    description: String,
    status: String,
    is_late: bool,
    group: String,
    facts: Vec<(&'static str, String)>,
    people: Vec<(&'static str, Vec<Face>)>,
    items: Vec<Item>,
    comments: Vec<Comment>,
    verbs: Vec<&'static str>,
    may_work: bool,
    may_discuss: bool,
    may_delete: bool,
    problem: String,
}

/// An item of a checklist, or the name of one.
struct Item {
    id: i64,
    title: String,
    is_list: bool,
    is_done: bool,
}

struct Comment {
    author: String,
    moment: String,
    text: String,
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&read(visit)?)
}

fn read<'a>(visit: &'a Visit<'a>) -> Result<Card<'a>> {
    let id = visit.path_id("id")?;
    // Without a task that the visitor sees, the answer is an empty list.
    let answer = visit.call("tasks.task.get", json!({ "taskId": id }))?.result;
    let task = answer.get("task").ok_or_else(|| NOT_FOUND.error())?;
    let comments = visit.call("task.commentitem.getlist", json!({ "TASKID": id, "ORDER": { "ID": "asc" } }))?.result;
    // 1 stands for adding a comment.
    let discuss = json!({ "TASKID": id, "ITEMID": 0, "ACTIONID": 1 });
    let may_discuss = visit.call("task.commentitem.isactionallowed", discuss)?.result == true;
    let moment = |name: &str| visit.written_moment(&text(&task[name]));
    let may = |deed: &str| task["action"][deed] == true;
    let several = |name: &str| task[name].as_object().into_iter().flatten().map(|(_, it)| face(it)).collect::<Vec<_>>();
    let facts = [
        ("task-deadline", moment("deadline")),
        ("task-started", moment("dateStart")),
        ("task-completed", moment("closedDate")),
        ("task-created", moment("createdDate")),
        ("task-changed", moment("changedDate")),
    ];
    let people = [
        ("task-creator", vec![face(&task["creator"])]),
        ("task-responsible", vec![face(&task["responsible"])]),
        ("task-accomplices", several("accomplicesData")),
        ("task-auditors", several("auditorsData")),
    ];
    Ok(Card {
        visit,
        id,
        title: text(&task["title"]),
        description: text(&task["description"]),
        status: visit.t(&format!("task-status-{}", text(&task["status"]))),
        is_late: is_late(visit, id)?,
        group: text(&task["group"]["name"]),
        facts: facts.into_iter().filter(|it| !it.1.is_empty()).collect(),
        people: people.into_iter().filter(|it| !it.1.is_empty()).collect(),
        items: items(&task["checkListTree"]["descendants"]),
        comments: comments.as_array().into_iter().flatten().map(|it| comment_of(visit, it)).collect(),
        verbs: VERBS.iter().copied().filter(|it| may(it)).collect(),
        may_work: may("checklist.add"),
        may_discuss,
        may_delete: may("remove"),
        problem: String::new(),
    })
}

fn is_late(visit: &Visit<'_>, id: i64) -> Result<bool> {
    let late = visit.call("tasks.task.list", json!({ "filter": { "ID": id, "STATUS": -1 }, "select": ["ID"] }))?;
    Ok(late.total == Some(1))
}

/// The items of a tree in the order in which people read them.
fn items(tree: &Json) -> Vec<Item> {
    let mut all = Vec::new();
    for node in tree.as_array().into_iter().flatten() {
        let fields = &node["fields"];
        all.push(Item {
            id: read_int(&fields["id"]).unwrap_or(0),
            title: text(&fields["title"]),
            is_list: read_int(&fields["parentId"]) == Some(0),
            is_done: fields["isComplete"] == true,
        });
        all.extend(items(&node["descendants"]));
    }
    all
}

fn comment_of(visit: &Visit<'_>, comment: &Json) -> Comment {
    Comment {
        author: text(&comment["AUTHOR_NAME"]),
        moment: visit.written_moment(&text(&comment["POST_DATE"])),
        text: text(&comment["POST_MESSAGE"]),
    }
}

/// Calls a method and comes back to the task, or says what was wrong.
fn change(visit: &Visit<'_>, method: &str, params: Json) -> Result<Reply> {
    let id = visit.path_id("id")?;
    match visit.call(method, params) {
        Ok(_) => Ok(Reply::to(&format!("/tasks/{id}/?done=saved"))),
        Err(err) if err.code.status < 500 => {
            let mut page = read(visit)?;
            page.problem = visit.said(&err);
            Ok(visit.page(&page)?.with_status(422))
        }
        Err(err) => Err(err),
    }
}

pub(super) fn move_on(visit: &Visit<'_>) -> Result<Reply> {
    let sent = visit.text("VERB");
    let verb = VERBS.iter().find(|it| **it == sent).ok_or_else(|| NOT_FOUND.error())?;
    change(visit, &format!("tasks.task.{verb}"), json!({ "taskId": visit.path_id("id")? }))
}

pub(super) fn comment(visit: &Visit<'_>) -> Result<Reply> {
    let fields = json!({ "POST_MESSAGE": visit.text("TEXT") });
    change(visit, "task.commentitem.add", json!({ "TASKID": visit.path_id("id")?, "FIELDS": fields }))
}

pub(super) fn add_item(visit: &Visit<'_>) -> Result<Reply> {
    let fields = json!({ "TITLE": visit.text("TITLE") });
    change(visit, "task.checklistitem.add", json!({ "TASKID": visit.path_id("id")?, "FIELDS": fields }))
}

pub(super) fn tick(visit: &Visit<'_>) -> Result<Reply> {
    let method = if visit.text("UNDO") == "1" { "task.checklistitem.renew" } else { "task.checklistitem.complete" };
    change(visit, method, json!({ "TASKID": visit.path_id("id")?, "ITEMID": visit.text("ITEM") }))
}

pub(super) fn delete(visit: &Visit<'_>) -> Result<Reply> {
    visit.call("tasks.task.delete", json!({ "taskId": visit.path_id("id")? }))?;
    Ok(Reply::to("/tasks/?done=task-deleted"))
}
