//! One task: what it says, who has to do with it, and what can be done with it. Its comments, checklists and time are in
//! files of their own.

use super::{
    comments::{self, Comment},
    face,
    form::{self, Form},
    items::{self, Item},
    text,
    time::{self, Time},
};
use crate::pages::{Reply, Visit, shell::Face, visit::NOT_FOUND};
use askama::Template;
use muster_core::{Error, Json, Result, json};
use muster_modules::task::text::to_html;

/// What moves a task on, as it is called in an answer and in the name of the method.
const VERBS: &[&str] = &["start", "pause", "complete", "approve", "disapprove", "defer", "renew"];
/// What a task is to the visitor alone, by the names of the methods.
const MARKS: &[&str] = &["favorite.add", "favorite.remove", "startwatch", "stopwatch"];

#[derive(Template)]
#[template(path = "pages/tasks/card.html")]
struct Card<'a> {
    visit: &'a Visit<'a>,
    id: i64,
    title: String,
    /// The description as HTML.
    description: String,
    status: String,
    is_late: bool,
    priority: String,
    group: String,
    facts: Vec<(&'static str, String)>,
    people: Vec<(&'static str, Vec<Face>)>,
    items: Vec<Item>,
    time: Time,
    comments: Vec<Comment>,
    verbs: Vec<&'static str>,
    /// Whether it is a favorite of the visitor's, and whether they watch it; `None` where that cannot be changed.
    is_favorite: Option<bool>,
    is_watched: Option<bool>,
    may_edit: bool,
    may_move_deadline: bool,
    may_hand_over: bool,
    may_work: bool,
    may_track: bool,
    may_discuss: bool,
    may_delete: bool,
    /// The form, where the task itself is being changed.
    form: Option<Form>,
    /// Whether it is being handed over.
    hands_over: bool,
    /// What is wrong, and in which part of the page.
    wrong: (String, String),
}

impl Card<'_> {
    /// What is wrong in this part of the page.
    fn problem(&self, part: &str) -> &str {
        if self.wrong.0 == part { &self.wrong.1 } else { "" }
    }

    /// Whether this part of the page is there, so that it can say what is wrong.
    fn has(&self, part: &str) -> bool {
        match part {
            "items" => self.may_work,
            "time" => self.may_track,
            "comments" => true,
            "hand-over" => self.hands_over,
            part => {
                let is = |name: &str, id: i64| part == format!("{name}-{id}");
                self.items.iter().any(|it| it.form.is_some() && is("item", it.id))
                    || self.comments.iter().any(|it| it.form.is_some() && is("comment", it.id))
            }
        }
    }

    /// What was typed in this part of the page, if something is wrong with it.
    fn typed(&self, part: &str, name: &'static str) -> String {
        if self.wrong.0 == part { self.visit.text(name) } else { String::new() }
    }
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply> {
    let task = find(visit)?;
    visit.page(&read(visit, &task, &visit.text("EDIT"))?)
}

/// The task of the address. Without one that the visitor sees, the answer is an empty list.
fn find(visit: &Visit<'_>) -> Result<Json> {
    let answer =
        visit.call("tasks.task.get", json!({ "taskId": visit.path_id("id")?, "select": ["*", "SUB_STATUS"] }))?;
    answer.result.get("task").cloned().ok_or_else(|| NOT_FOUND.error())
}

/// The card of a task. The part that `edit` names is a form.
fn read<'a>(visit: &'a Visit<'a>, task: &Json, edit: &str) -> Result<Card<'a>> {
    let id = visit.path_id("id")?;
    let may = |deed: &str| task["action"][deed] == true;
    // 1 stands for adding a comment.
    let discuss = json!({ "TASKID": id, "ITEMID": 0, "ACTIONID": 1 });
    let may_discuss = visit.call("task.commentitem.isactionallowed", discuss)?.result == true;
    let me = visit.caller()?.user_id;
    let is_watched = several(&task["auditorsData"]).iter().any(|it| it.id == me);
    let (may_edit, may_move_deadline) = (may("edit"), may("changeDeadline"));
    let may_hand_over = may("delegate") && !may_edit;
    let is_changed = edit == "about" && (may_edit || may_move_deadline);
    Ok(Card {
        visit,
        id,
        title: text(&task["title"]),
        description: to_html(&text(&task["description"])),
        status: visit.t(&format!("task-status-{}", text(&task["status"]))),
        is_late: text(&task["subStatus"]) == "-1",
        priority: text(&task["priority"]),
        group: text(&task["group"]["name"]),
        facts: facts(visit, task),
        people: people(task),
        items: items::of(visit, &task["checkListTree"]["descendants"], if may("checklist.add") { edit } else { "" }),
        time: time::read(visit, id, task)?,
        comments: comments::read(visit, id, may_discuss, edit)?,
        verbs: VERBS.iter().copied().filter(|it| may(it)).collect(),
        is_favorite: (may("favorite.add") || may("favorite.delete")).then(|| may("favorite.delete")),
        is_watched: may_discuss.then_some(is_watched),
        may_edit,
        may_move_deadline,
        may_hand_over,
        may_work: may("checklist.add"),
        may_track: may("elapsedtime.add"),
        may_discuss,
        may_delete: may("remove"),
        form: if is_changed { Some(Form::of(visit, task, may_edit)?) } else { None },
        hands_over: edit == "hand-over" && may_hand_over,
        wrong: (String::new(), String::new()),
    })
}

/// When what happened, and what is due.
fn facts(visit: &Visit<'_>, task: &Json) -> Vec<(&'static str, String)> {
    let moment = |name: &str| visit.written_moment(&text(&task[name]));
    let facts = [
        ("task-deadline", moment("deadline")),
        ("task-started", moment("dateStart")),
        ("task-completed", moment("closedDate")),
        ("task-created", moment("createdDate")),
        ("task-changed", moment("changedDate")),
    ];
    facts.into_iter().filter(|it| !it.1.is_empty()).collect()
}

/// Who has to do with the task.
fn people(task: &Json) -> Vec<(&'static str, Vec<Face>)> {
    let people = [
        ("task-creator", vec![face(&task["creator"])]),
        ("task-responsible", vec![face(&task["responsible"])]),
        ("task-accomplices", several(&task["accomplicesData"])),
        ("task-auditors", several(&task["auditorsData"])),
    ];
    people.into_iter().filter(|it| !it.1.is_empty()).collect()
}

fn several(people: &Json) -> Vec<Face> {
    people.as_object().into_iter().flatten().map(|(_, it)| face(it)).collect()
}

/// The card with what is wrong in a part of it, or at the top if there is no such part.
pub(super) fn problem(visit: &Visit<'_>, part: &str, err: &Error) -> Result<Reply> {
    let task = find(visit)?;
    let mut page = read(visit, &task, part)?;
    let part = if page.has(part) { part } else { "top" };
    page.wrong = (part.to_owned(), visit.said(err));
    Ok(visit.page(&page)?.with_status(422))
}

/// Calls a method on the task and comes back to it, or says in this part of the card what was wrong.
pub(super) fn call(visit: &Visit<'_>, part: &str, method: &str, mut params: Json) -> Result<Reply> {
    params["TASKID"] = visit.path_id("id")?.into();
    match visit.call(method, params) {
        Ok(_) => back(visit),
        Err(err) if err.code.status < 500 => problem(visit, part, &err),
        Err(err) => Err(err),
    }
}

/// Back to the card, or to the list for whoever sees the task no longer, such as those who only watched it.
fn back(visit: &Visit<'_>) -> Result<Reply> {
    match find(visit) {
        Ok(_) => Ok(Reply::to(&format!("/tasks/{}/?done=saved", visit.path_id("id")?))),
        Err(err) if err.code == &NOT_FOUND => Ok(Reply::to("/tasks/?done=saved")),
        Err(err) => Err(err),
    }
}

/// Changes what is not as it was.
pub(super) fn change(visit: &Visit<'_>) -> Result<Reply> {
    let task = find(visit)?;
    let mut page = read(visit, &task, "about")?;
    let id = page.id;
    let Some(form) = &mut page.form else {
        return problem(visit, "top", &muster_modules::task::NOT_ALLOWED.error());
    };
    form.take(visit);
    let done = form.changes(visit).and_then(|fields| {
        if !fields.is_empty() {
            visit.call("tasks.task.update", json!({ "taskId": id, "fields": fields }))?;
        }
        Ok(())
    });
    match done {
        Ok(()) => back(visit),
        Err(err) if err.code.status < 500 => {
            form.say(visit, &err);
            Ok(visit.page(&page)?.with_status(422))
        }
        Err(err) => Err(err),
    }
}

/// Gives the task to someone else to do.
pub(super) fn hand_over(visit: &Visit<'_>) -> Result<Reply> {
    match form::person(visit, &visit.text("RESPONSIBLE"), "RESPONSIBLE_ID") {
        Ok(to) => call(visit, "hand-over", "tasks.task.delegate", json!({ "USERID": to })),
        Err(err) if err.code.status < 500 => problem(visit, "hand-over", &err),
        Err(err) => Err(err),
    }
}

pub(super) fn move_on(visit: &Visit<'_>) -> Result<Reply> {
    let sent = visit.text("VERB");
    let verb = VERBS.iter().find(|it| **it == sent).ok_or_else(|| NOT_FOUND.error())?;
    call(visit, "top", &format!("tasks.task.{verb}"), json!({}))
}

/// Makes the task what it is to the visitor alone.
pub(super) fn mark(visit: &Visit<'_>) -> Result<Reply> {
    let sent = visit.text("MARK");
    let mark = MARKS.iter().find(|it| **it == sent).ok_or_else(|| NOT_FOUND.error())?;
    call(visit, "top", &format!("tasks.task.{mark}"), json!({}))
}

pub(super) fn delete(visit: &Visit<'_>) -> Result<Reply> {
    visit.call("tasks.task.delete", json!({ "taskId": visit.path_id("id")? }))?;
    Ok(Reply::to("/tasks/?done=task-deleted"))
}
