//! The methods of tasks, each declared once.

use super::{
    FORBIDDEN, NO_FAVORITE, NO_SORT, NOT_ALLOWED, PARAM, TASK, UNSEEN, checklist, comment, counters, dependence, edit,
    elapsed, get, history, marks, result, stages, status, userfield, v3, v3_fields::TASK_V3,
};
use muster_core::{
    call::Right,
    error::{ARGUMENT, CORE, Code},
    error_v3::{INVALID_ORDER, INVALID_PAGINATION, NOT_FOUND, UNKNOWN_FIELD, UNKNOWN_OPERATOR},
    method::{Method, Shape, read, write},
};

const SCOPE: &[&str] = &["task"];
const V3_SCOPE: &[&str] = &["tasks"];
const V3: &[&Code] =
    &[&CORE, &ARGUMENT, &NOT_FOUND, &UNKNOWN_FIELD, &UNKNOWN_OPERATOR, &INVALID_ORDER, &INVALID_PAGINATION];
const ERRORS: &[&Code] = &[&CORE, &ARGUMENT, &NOT_ALLOWED, &PARAM];
const VERBS: &[&Code] = &[&CORE, &NOT_ALLOWED, &FORBIDDEN, &PARAM];
const OLDER: &[&Code] = &[&CORE, &ARGUMENT];
const STAGES: &[&Code] = &[
    &ARGUMENT,
    &stages::EMPTY_TITLE,
    &stages::NOT_FOUND,
    &stages::FIRST,
    &stages::SYSTEM,
    &stages::NOT_EMPTY,
    &stages::NO_MOVE,
    &stages::NO_TASK,
];
const LINKS: &[&Code] = &[&ARGUMENT, &dependence::ILLEGAL, &dependence::NOT_ALLOWED];
const RESULTS: &[&Code] = &[&NOT_ALLOWED, &PARAM];
const USERFIELDS: &[&Code] = &[&CORE, &userfield::NOT_FOUND];

pub(super) static METHODS: &[Method] = &[
    write("tasks.task.add", edit::add)
        .about("Adds a task and answers it.")
        .scopes(SCOPE)
        .params(edit::ADD)
        .answers(Shape::Record, &TASK)
        .within("task")
        .only_v2()
        .errors(ERRORS),
    write("tasks.task.update", edit::update)
        .about("Changes a task and answers it.")
        .scopes(SCOPE)
        .params(edit::UPDATE)
        .answers(Shape::Record, &TASK)
        .within("task")
        .only_v2()
        .errors(ERRORS),
    read("tasks.task.get", get::get)
        .about("Answers a task.")
        .scopes(SCOPE)
        .params(get::GET)
        .answers(Shape::Record, &TASK)
        .within("task")
        .only_v2()
        .errors(ERRORS),
    read("tasks.task.list", get::list)
        .about("Lists the tasks that the person sees and that pass a filter, 50 to a page.")
        .scopes(SCOPE)
        .params(get::LIST)
        .answers(Shape::List, &TASK)
        .within("tasks")
        .only_v2()
        .errors(&[&ARGUMENT, &NO_SORT]),
    write("tasks.task.delete", edit::delete)
        .about("Deletes a task.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .answers(Shape::Flag, &TASK)
        .within("task")
        .only_v2()
        .errors(VERBS),
    read("tasks.task.getFields", get::fields)
        .about("Lists the fields of a task with what they are.")
        .scopes(SCOPE)
        .answers(Shape::Value, &TASK)
        .within("fields")
        .errors(ERRORS),
    read("tasks.task.getaccess", get::access)
        .about("Tells what people may do with a task.")
        .scopes(SCOPE)
        .params(get::ACCESS)
        .shape(Shape::Value)
        .within("allowedActions")
        .errors(ERRORS),
    write("tasks.task.start", status::start)
        .about("Says that the work on a task has begun.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(VERBS),
    write("tasks.task.pause", status::pause)
        .about("Puts a task that was begun back among those that wait.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(VERBS),
    write("tasks.task.defer", status::defer)
        .about("Puts a task off.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(VERBS),
    write("tasks.task.complete", status::complete)
        .about("Says that a task is done; where its creator accepts the work, it waits for that.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(VERBS),
    write("tasks.task.renew", status::renew)
        .about("Takes a task up again that was done or put off.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(VERBS),
    write("tasks.task.approve", status::approve)
        .about("Accepts the work on a task.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(VERBS),
    write("tasks.task.disapprove", status::disapprove)
        .about("Gives a task back, because it is not done.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(VERBS),
    write("tasks.task.delegate", status::delegate)
        .about("Gives a task to someone else to do; whoever had it watches it.")
        .scopes(SCOPE)
        .params(status::DELEGATE)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(VERBS),
    write("tasks.task.startwatch", status::start_watch)
        .about("Makes the person an observer of a task.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(&[&UNSEEN, &NOT_ALLOWED, &PARAM]),
    write("tasks.task.stopwatch", status::stop_watch)
        .about("Makes the person an observer of a task no longer.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(&[&UNSEEN, &NOT_ALLOWED, &PARAM]),
    write("tasks.task.favorite.add", marks::add_favorite)
        .about("Puts a task among the favorites of the person.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .shape(Shape::Flag)
        .errors(&[&NO_FAVORITE, &NOT_ALLOWED, &PARAM]),
    write("tasks.task.favorite.remove", marks::remove_favorite)
        .about("Takes a task from the favorites of the person.")
        .scopes(SCOPE)
        .params(status::TASK_ID)
        .shape(Shape::Flag)
        .errors(&[&NO_FAVORITE, &NOT_ALLOWED, &PARAM]),
    write("tasks.task.mute", marks::mute)
        .about("Silences a task for the person.")
        .scopes(SCOPE)
        .params(marks::ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(ERRORS),
    write("tasks.task.unmute", marks::unmute)
        .about("Lets a task be heard by the person again.")
        .scopes(SCOPE)
        .params(marks::ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(ERRORS),
    write("tasks.task.pin", marks::pin)
        .about("Keeps a task on top of the list of the person.")
        .scopes(SCOPE)
        .params(marks::ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(ERRORS),
    write("tasks.task.unpin", marks::unpin)
        .about("Keeps a task on top of the list no longer.")
        .scopes(SCOPE)
        .params(marks::ID)
        .answers(Shape::Record, &TASK)
        .within("task")
        .errors(ERRORS),
    read("tasks.task.counters.get", counters::get)
        .about("Counts the overdue tasks and the new comments of a person.")
        .scopes(SCOPE)
        .params(counters::PARAMS)
        .errors(ERRORS),
    read("tasks.task.history.list", history::list)
        .about("Lists what happened to a task.")
        .scopes(SCOPE)
        .params(history::PARAMS)
        .shape(Shape::Value)
        .within("list")
        .errors(ERRORS),
    write("tasks.task.files.attach", edit::attach)
        .about("Attaches a file of the Drive to a task.")
        .scopes(SCOPE)
        .params(edit::ATTACH)
        .errors(ERRORS),
    read("task.elapseditem.getmanifest", elapsed::manifest)
        .about("Tells what the methods of elapsed time are and take.")
        .scopes(SCOPE)
        .positional()
        .errors(OLDER),
    read("task.elapseditem.getlist", elapsed::get_list)
        .about("Lists records of time spent on a task, or on all tasks of the person.")
        .scopes(SCOPE)
        .params(elapsed::LIST)
        .positional()
        .errors(OLDER),
    read("task.elapseditem.get", elapsed::get)
        .about("Answers a record of time spent on a task.")
        .scopes(SCOPE)
        .params(elapsed::GET)
        .positional()
        .errors(OLDER),
    write("task.elapseditem.add", elapsed::add)
        .about("Writes down time that a task took.")
        .scopes(SCOPE)
        .params(elapsed::ADD)
        .shape(Shape::Id)
        .positional()
        .errors(OLDER),
    write("task.elapseditem.update", elapsed::update)
        .about("Changes a record of time spent on a task.")
        .scopes(SCOPE)
        .params(elapsed::UPDATE)
        .positional()
        .errors(OLDER),
    write("task.elapseditem.delete", elapsed::delete)
        .about("Deletes a record of time spent on a task.")
        .scopes(SCOPE)
        .params(elapsed::GET)
        .positional()
        .errors(OLDER),
    read("task.elapseditem.isActionAllowed", elapsed::is_allowed)
        .about("Tells whether the person may add, change or delete a record of time.")
        .scopes(SCOPE)
        .params(elapsed::IS_ALLOWED)
        .shape(Shape::Flag)
        .positional()
        .errors(OLDER),
    read("task.checklistitem.getmanifest", checklist::get_manifest)
        .about("Tells what the methods of checklists are and take.")
        .scopes(SCOPE)
        .positional()
        .errors(OLDER),
    read("task.checklistitem.getlist", checklist::get_list)
        .about("Lists the items of the checklists of a task.")
        .scopes(SCOPE)
        .params(checklist::LIST)
        .positional()
        .errors(OLDER),
    read("task.checklistitem.get", checklist::get)
        .about("Answers an item of a checklist.")
        .scopes(SCOPE)
        .params(checklist::ITEM)
        .positional()
        .errors(OLDER),
    write("task.checklistitem.add", checklist::add)
        .about("Adds an item to a checklist of a task, or a checklist.")
        .scopes(SCOPE)
        .params(checklist::ADD)
        .shape(Shape::Id)
        .positional()
        .errors(OLDER),
    write("task.checklistitem.update", checklist::update)
        .about("Changes an item of a checklist.")
        .scopes(SCOPE)
        .params(checklist::UPDATE)
        .positional()
        .errors(OLDER),
    write("task.checklistitem.delete", checklist::delete)
        .about("Deletes an item of a checklist with all that is below it.")
        .scopes(SCOPE)
        .params(checklist::ITEM)
        .shape(Shape::Flag)
        .positional()
        .errors(OLDER),
    write("task.checklistitem.complete", checklist::complete)
        .about("Marks an item of a checklist as done.")
        .scopes(SCOPE)
        .params(checklist::ITEM)
        .shape(Shape::Flag)
        .positional()
        .errors(OLDER),
    write("task.checklistitem.renew", checklist::renew)
        .about("Marks an item of a checklist as not done.")
        .scopes(SCOPE)
        .params(checklist::ITEM)
        .shape(Shape::Flag)
        .positional()
        .errors(OLDER),
    write("task.checklistitem.moveafteritem", checklist::move_after)
        .about("Moves an item of a checklist behind another one.")
        .scopes(SCOPE)
        .params(checklist::MOVE)
        .positional()
        .errors(OLDER),
    read("task.checklistitem.isactionallowed", checklist::is_allowed)
        .about("Tells whether the person may do something with an item of a checklist.")
        .scopes(SCOPE)
        .params(checklist::IS_ALLOWED)
        .shape(Shape::Flag)
        .positional()
        .errors(OLDER),
    write("tasks.task.result.addFromComment", result::add)
        .about("Makes a comment a result of its task.")
        .scopes(SCOPE)
        .params(result::COMMENT_ID)
        .shape(Shape::Value)
        .errors(RESULTS),
    write("tasks.task.result.deleteFromComment", result::delete)
        .about("Makes a comment no result any more. The comment stays.")
        .scopes(SCOPE)
        .params(result::COMMENT_ID)
        .shape(Shape::Value)
        .errors(RESULTS),
    read("tasks.task.result.list", result::list)
        .about("Lists the results of a task, the newest first.")
        .scopes(SCOPE)
        .params(result::LIST)
        .shape(Shape::Value)
        .errors(RESULTS),
    read("task.commentitem.getmanifest", comment::get_manifest)
        .about("Tells what the methods of comments are and take.")
        .scopes(SCOPE)
        .positional()
        .errors(OLDER),
    read("task.commentitem.getlist", comment::get_list)
        .about("Lists the comments on a task.")
        .scopes(SCOPE)
        .params(comment::LIST)
        .positional()
        .errors(OLDER),
    read("task.commentitem.get", comment::get)
        .about("Answers a comment on a task.")
        .scopes(SCOPE)
        .params(comment::ITEM)
        .positional()
        .errors(OLDER),
    write("task.commentitem.add", comment::add)
        .about("Adds a comment to a task.")
        .scopes(SCOPE)
        .params(comment::ADD)
        .shape(Shape::Id)
        .positional()
        .errors(OLDER),
    write("task.commentitem.update", comment::update)
        .about("Changes a comment on a task.")
        .scopes(SCOPE)
        .params(comment::UPDATE)
        .shape(Shape::Flag)
        .positional()
        .errors(OLDER),
    write("task.commentitem.delete", comment::delete)
        .about("Deletes a comment on a task.")
        .scopes(SCOPE)
        .params(comment::ITEM)
        .shape(Shape::Flag)
        .positional()
        .errors(OLDER),
    read("task.commentitem.isactionallowed", comment::is_allowed)
        .about("Tells whether the person may add, change or delete a comment.")
        .scopes(SCOPE)
        .params(comment::IS_ALLOWED)
        .shape(Shape::Flag)
        .positional()
        .errors(OLDER),
    write("task.dependence.add", dependence::add)
        .about("Makes a task wait for another one.")
        .scopes(SCOPE)
        .params(dependence::ADD)
        .positional()
        .errors(LINKS),
    write("task.dependence.delete", dependence::delete)
        .about("Makes a task wait for another one no longer.")
        .scopes(SCOPE)
        .params(dependence::DELETE)
        .positional()
        .errors(LINKS),
    write("task.stages.get", stages::get)
        .routine()
        .about("Lists the stages of a workgroup or of the plan of the person.")
        .scopes(SCOPE)
        .params(stages::GET)
        .errors(STAGES),
    write("task.stages.add", stages::add)
        .changes("task_stage", "ID")
        .about("Adds a stage to a workgroup or to the plan of the person.")
        .scopes(SCOPE)
        .params(stages::ADD)
        .shape(Shape::Id)
        .errors(STAGES),
    write("task.stages.update", stages::update)
        .changes("task_stage", "ID")
        .about("Renames, colors or moves a stage.")
        .scopes(SCOPE)
        .params(stages::UPDATE)
        .shape(Shape::Flag)
        .errors(STAGES),
    write("task.stages.delete", stages::delete)
        .changes("task_stage", "ID")
        .about("Deletes a stage that has no tasks.")
        .scopes(SCOPE)
        .params(stages::DELETE)
        .shape(Shape::Flag)
        .errors(STAGES),
    read("task.stages.canmovetask", stages::can_move)
        .about("Tells whether the person may move tasks between stages.")
        .scopes(SCOPE)
        .params(stages::CAN_MOVE)
        .shape(Shape::Flag)
        .errors(STAGES),
    write("task.stages.movetask", stages::move_task)
        .about("Moves a task to a stage, and there before or behind another task.")
        .scopes(SCOPE)
        .params(stages::MOVE)
        .shape(Shape::Flag)
        .errors(STAGES),
    read("task.planner.getlist", stages::planner)
        .about("Lists the IDs of the tasks that the person has planned for the day.")
        .scopes(SCOPE)
        .errors(OLDER),
    read("task.item.userfield.getfields", userfield::get_fields)
        .about("Lists what the definition of a custom field consists of.")
        .scopes(SCOPE)
        .errors(USERFIELDS),
    read("task.item.userfield.gettypes", userfield::get_types)
        .about("Lists the types that a custom field can have.")
        .scopes(SCOPE)
        .errors(USERFIELDS),
    read("task.item.userfield.getlist", userfield::get_list)
        .about("Lists the custom fields of tasks.")
        .scopes(SCOPE)
        .params(userfield::LIST)
        .errors(USERFIELDS),
    read("task.item.userfield.get", userfield::get)
        .about("Answers a custom field of tasks.")
        .scopes(SCOPE)
        .params(userfield::ID)
        .errors(USERFIELDS),
    write("task.item.userfield.add", userfield::add)
        .changes("userfield", "ID")
        .about("Adds a custom field to tasks. Its code gets the prefix UF_.")
        .scopes(SCOPE)
        .params(userfield::ADD)
        .shape(Shape::Id)
        .right(Right::ManageTasks, &CORE, "Access denied")
        .errors(USERFIELDS),
    write("task.item.userfield.update", userfield::update)
        .changes("userfield", "ID")
        .about("Changes a custom field of tasks; its code, type and multiplicity stay.")
        .scopes(SCOPE)
        .params(userfield::UPDATE)
        .shape(Shape::Flag)
        .right(Right::ManageTasks, &CORE, "Access denied")
        .errors(USERFIELDS),
    write("task.item.userfield.delete", userfield::delete)
        .changes("userfield", "ID")
        .about("Deletes a custom field of tasks and its values.")
        .scopes(SCOPE)
        .params(userfield::ID)
        .shape(Shape::Flag)
        .right(Right::ManageTasks, &CORE, "Access denied")
        .errors(USERFIELDS),
    write("tasks.task.add", v3::add)
        .about("Adds a task and answers it.")
        .scopes(V3_SCOPE)
        .params(v3::ADD)
        .answers(Shape::Record, &TASK_V3)
        .only_v3()
        .errors(V3),
    write("tasks.task.update", v3::update)
        .about("Changes a task.")
        .scopes(V3_SCOPE)
        .params(v3::UPDATE)
        .shape(Shape::Flag)
        .only_v3()
        .errors(V3),
    write("tasks.task.delete", v3::delete)
        .about("Deletes a task.")
        .scopes(V3_SCOPE)
        .params(v3::DELETE)
        .answers(Shape::Flag, &TASK)
        .only_v3()
        .errors(V3),
    read("tasks.task.get", v3::get)
        .about("Answers a task, with related objects if they are asked for.")
        .scopes(V3_SCOPE)
        .params(v3::GET)
        .answers(Shape::Record, &TASK_V3)
        .only_v3()
        .errors(V3),
    read("tasks.task.list", v3::list)
        .about("Lists the tasks that the person sees and that pass a filter.")
        .scopes(V3_SCOPE)
        .params(v3::LIST)
        .answers(Shape::List, &TASK_V3)
        .only_v3()
        .errors(V3),
    read("tasks.task.access.get", v3::access)
        .about("Tells what the person may do with a task.")
        .scopes(V3_SCOPE)
        .params(v3::DELETE)
        .shape(Shape::Value)
        .only_v3()
        .errors(V3),
    read("tasks.task.field.list", v3::field_list)
        .about("Lists the fields of a task with what they are.")
        .scopes(V3_SCOPE)
        .params(v3::FIELD_LIST)
        .shape(Shape::Value)
        .only_v3()
        .errors(V3),
    read("tasks.task.field.get", v3::field_get)
        .about("Answers what a field of a task is.")
        .scopes(V3_SCOPE)
        .params(v3::FIELD_GET)
        .shape(Shape::Value)
        .only_v3()
        .errors(V3),
];
