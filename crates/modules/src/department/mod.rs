//! Departments: the company's structure, a tree with one root.

mod access;
mod tree;

pub(crate) use access::with_those_above;

use crate::{event::emit, right, user::index::changed};
use muster_core::{
    Answer, Call, Error, Module, Params, Result,
    call::Right,
    error::{CORE, Code},
    event::{EventKind, event},
    field::{Entity, Kind::*, field},
    index::NAMES,
    json,
    list::{self, Query},
    method::{Method, Param, Shape, param, read, write},
    module::{Check, Scope},
    personal::personal,
    record,
    text::{search_key, words},
};
use muster_db::{Migration, Sql, Tx, Value};

/// The module.
pub const MODULE: Module = Module {
    scopes: &[Scope { name: "department", title: "Company structure" }],
    entities: &[&DEPARTMENT],
    methods: METHODS,
    migrations: &[
        Migration { name: "department/0001", sql: include_str!("0001_departments.sql") },
        Migration { name: "department/0002", sql: include_str!("0002_heads.sql") },
    ],
    checks: CHECKS,
    access: access::KINDS,
    events: &[&ON_DEPARTMENT_ADD, &ON_DEPARTMENT_UPDATE, &ON_DEPARTMENT_DELETE],
    personal: &[
        personal("user_departments", "user_id", "Departments").exported(&["department_id"]).kept(BELONGING),
        personal("departments", "head_id", "Departments that the person heads").kept(BELONGING),
    ],
    ..Module::new("department")
};

const BELONGING: &str = "Where someone worked: heads of departments see the tasks of their people by it.";

const CHECKS: &[Check] = &[Check {
    defect: "top-level departments too many or too few",
    count: "select abs(count(*) - 1) from departments where parent_id is null",
}];

const SCOPE: &[&str] = &["department"];

/// A department.
pub static DEPARTMENT: Entity = Entity {
    name: "department",
    table: "departments",
    joins: &[],
    custom: None,
    id: "departments.id",
    // The root has no parent and a department may have no head: then the answer has no such field.
    sparse: true,
    camel: false,
    fields: &[
        field("ID", "departments.id", Id),
        field("NAME", "departments.name", Text)
            .title("Department name")
            .key("departments.name_key")
            .writable()
            .titles(),
        field("SORT", "departments.sort", Int).title("Sort order").writable(),
        field("PARENT", "departments.parent_id", Id).title("Parent department").writable(),
        // To someone from outside, the head may be a person whom they do not see.
        field("UF_HEAD", "departments.head_id", User).title("Head").internal().writable(),
    ],
};

/// A department was added. The events of departments are Muster's own.
pub static ON_DEPARTMENT_ADD: EventKind = department_event("ONDEPARTMENTADD", "A department was added.");
/// A department was changed.
pub static ON_DEPARTMENT_UPDATE: EventKind =
    department_event("ONDEPARTMENTUPDATE", "A department was renamed or moved, or has another head.");
/// A department was deleted.
pub static ON_DEPARTMENT_DELETE: EventKind = department_event("ONDEPARTMENTDELETE", "A department was deleted.");

const fn department_event(name: &'static str, about: &'static str) -> EventKind {
    event(name, "department", about).scopes(SCOPE)
}

fn tell(call: &mut Call<'_, '_>, kind: &'static EventKind, id: i64) -> Result<()> {
    emit(call, kind, id, &json!({ "FIELDS": { "ID": id.to_string() } }))
}

const LIST: &[Param] = &[
    param("SORT", "string", "The field to sort by, or a value of the field SORT to filter by"),
    param("ORDER", "string", "ASC or DESC"),
    param("START", "integer", "From which record on, 50 to a page; -1 answers without counting"),
    param("ID", "integer", "Departments with this ID, or one of these"),
    param("NAME", "string", "Departments with this name"),
    param("PARENT", "integer", "Departments directly below this one"),
    param("UF_HEAD", "integer", "Departments with this head"),
];

const ID: &[Param] = &[param("ID", "integer", "Which department").required()];
const ERRORS: &[&Code] = &[&CORE];

static METHODS: &[Method] = &[
    read("department.get", get)
        .about("Lists departments, 50 to a page.")
        .scopes(SCOPE)
        .params(LIST)
        .answers(Shape::List, &DEPARTMENT),
    read("department.tree", tree::tree)
        .about("Answers the whole structure: every department after its parent, with how many people it has.")
        .scopes(SCOPE),
    read("department.fields", fields).about("Lists the fields of a department with their titles.").scopes(SCOPE),
    write("department.add", add)
        .about("Adds a department below another one.")
        .scopes(SCOPE)
        .right(Right::ManageStructure, &CORE, "Access denied")
        .takes_fields(&DEPARTMENT, Shape::Id)
        .errors(ERRORS),
    write("department.update", update)
        .about("Renames, moves or sorts a department, or gives it another head.")
        .scopes(SCOPE)
        .right(Right::ManageStructure, &CORE, "Access denied")
        .params(ID)
        .takes_fields(&DEPARTMENT, Shape::Flag)
        .errors(&[&CORE, &right::RIGHTS_BEYOND]),
    write("department.delete", delete)
        .about("Deletes a department that has neither people nor departments below it.")
        .scopes(SCOPE)
        .right(Right::ManageStructure, &CORE, "Access denied")
        .params(ID)
        .shape(Shape::Flag)
        .errors(ERRORS),
];

fn fields(call: &mut Call<'_, '_>) -> Result<Answer> {
    Ok(record::titles(&DEPARTMENT.visible(call.caller)).into())
}

/// `SORT` is both what to sort by and a field: a number filters, a name sorts.
fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let mut params = call.params.clone();
    let mut sorting = call.params.clone();
    match call.params.int("SORT") {
        Ok(Some(_)) => drop(sorting.remove("SORT")),
        _ => drop(params.remove("SORT")),
    }
    let cond = list::read_filter(&DEPARTMENT, &params, call)?;
    let order = list::read_order(&DEPARTMENT, &sorting, call)?;
    let select = DEPARTMENT.visible(call.caller);
    let query = Query { cond, order, start: list::read_start(call)?, select, picture: "" };
    list::written_page(call, &DEPARTMENT, &query)
}

fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let name = read_name(call.params)?.ok_or_else(no_name)?;
    call.tx.lock("structure")?;
    let parent = read_parent(call)?.flatten().ok_or_else(second_root)?;
    let head = read_head(call)?.flatten();
    let sort = call.params.int("SORT")?.unwrap_or(500);
    let id = insert(call.tx, &NewDepartment { name: &name, sort, parent: Some(parent), head }, call.now)?;
    tell(call, &ON_DEPARTMENT_ADD, id)?;
    Ok(id.into())
}

/// What a new department is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewDepartment<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its place among its siblings.
    pub sort: i64,
    /// The department that it is directly below.
    pub parent: Option<i64>,
    /// Its head.
    pub head: Option<i64>,
}

/// The departments that someone heads, with all departments below them. Each round goes down from those reached last.
pub fn headed_by(tx: &mut Tx<'_>, user_id: i64) -> Result<Vec<i64>> {
    let mut found = tx.ints(&Sql::with("select id from departments where head_id = $1", [user_id.into()]))?;
    let mut last = found.clone();
    while !last.is_empty() {
        let mut sql = Sql::new("select id from departments where parent_id in (");
        sql.bind_all(last.iter().copied()).push(")");
        last = tx.ints(&sql)?;
        last.retain(|id| !found.contains(id));
        found.extend(&last);
    }
    Ok(found)
}

/// Inserts a department and the words that its people are found by.
pub fn insert(tx: &mut Tx<'_>, new: &NewDepartment<'_>, now: i64) -> Result<i64> {
    let id = tx.int(&Sql::with(
        "insert into departments (name, name_key, sort, parent_id, head_id, changed_at)
         values ($1, $2, $3, $4, $5, $6) returning id",
        [new.name.into(), search_key(new.name).into(), new.sort.into(), new.parent.into(), new.head.into(), now.into()],
    ))?;
    index_words(tx, id, new.name)?;
    Ok(id)
}

/// Gives the root, which every company has from the start, another name.
pub fn rename_root(tx: &mut Tx<'_>, name: &str, now: i64) -> Result<i64> {
    let id = tx.int(&Sql::new("select id from departments where parent_id is null"))?;
    tx.run(&Sql::with(
        "update departments set name = $1, name_key = $2, changed_at = $3 where id = $4",
        [name.into(), search_key(name).into(), now.into(), id.into()],
    ))?;
    index_words(tx, id, name)?;
    Ok(id)
}

/// Gives the departments that someone heads to another head.
pub fn hand_over(call: &mut Call<'_, '_>, from: i64, to: i64) -> Result<()> {
    for id in call.tx.ints(&Sql::with("select id from departments where head_id = $1 order by id", [from.into()]))? {
        let args = [to.into(), call.now.into(), id.into()];
        call.tx.run(&Sql::with("update departments set head_id = $1, changed_at = $2 where id = $3", args))?;
        tell(call, &ON_DEPARTMENT_UPDATE, id)?;
    }
    Ok(())
}

/// Makes the first active person of each department its head, for companies that are made up.
pub fn set_first_people_as_heads(tx: &mut Tx<'_>) -> Result<()> {
    tx.run(&Sql::new(
        "update departments set head_id = (
            select min(p.user_id) from user_departments p join users u on u.id = p.user_id
            where p.department_id = departments.id and u.active = 1 and u.accepted_at is not null)",
    ))?;
    Ok(())
}

/// Writes the words that a department's people are found by.
pub fn index_words(tx: &mut Tx<'_>, id: i64, name: &str) -> Result<()> {
    tx.run(&Sql::with("delete from department_words where department_id = $1", [id.into()]))?;
    for word in words(name) {
        let args = [word.into(), id.into()];
        tx.run(&Sql::with("insert into department_words (word, department_id) values ($1, $2)", args))?;
    }
    Ok(changed(tx, NAMES)?)
}

fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    call.tx.lock("structure")?;
    let (id, old_parent) = find(call)?;
    let mut columns = vec![("changed_at", Value::from(call.now))];
    if let Some(name) = read_name(call.params)? {
        index_words(call.tx, id, &name)?;
        columns.push(("name_key", search_key(&name).into()));
        columns.push(("name", name.into()));
    }
    if let Some(sort) = call.params.int("SORT")? {
        columns.push(("sort", sort.into()));
    }
    if let Some(parent) = read_parent(call)?
        && parent != old_parent
    {
        let parent = parent.filter(|_| old_parent.is_some()).ok_or_else(second_root)?;
        if is_inside(call.tx, parent, id)? {
            return Err(CORE.say("A department cannot be moved below itself or one of its own departments"));
        }
        // Whoever is in it comes under those above it, and leaves those that were.
        for above in old_parent.into_iter().chain([parent]) {
            let codes = right::of_department(call, above)?;
            if !right::may_give(call, &codes)? {
                return Err(right::RIGHTS_BEYOND.error().about("PARENT"));
            }
        }
        columns.push(("parent_id", parent.into()));
    }
    if let Some(head) = read_head(call)? {
        columns.push(("head_id", head.into()));
    }
    let mut sql = Sql::new("update departments set ");
    sql.join(columns, ", ", |sql, (name, value)| {
        sql.push(name).push(" = ").bind(value);
    });
    sql.push(" where id = ").bind(id);
    call.tx.run(&sql)?;
    tell(call, &ON_DEPARTMENT_UPDATE, id)?;
    Ok(true.into())
}

fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    call.tx.lock("structure")?;
    let (id, parent) = find(call)?;
    if parent.is_none() {
        return Err(CORE.say("The top-level department cannot be deleted"));
    }
    let mut count = |sql| call.tx.int(&Sql::with(sql, [id.into()]));
    if count("select count(*) from departments where parent_id = $1")? > 0 {
        return Err(CORE.say("The department has departments below it"));
    }
    if count("select count(*) from user_departments where department_id = $1")? > 0 {
        return Err(CORE.say("The department has people"));
    }
    call.tx.run(&Sql::with("delete from department_words where department_id = $1", [id.into()]))?;
    call.tx.run(&Sql::with("delete from departments where id = $1", [id.into()]))?;
    changed(call.tx, NAMES)?;
    tell(call, &ON_DEPARTMENT_DELETE, id)?;
    Ok(true.into())
}

/// The department that `ID` names, and its parent.
fn find(call: &mut Call<'_, '_>) -> Result<(i64, Option<i64>)> {
    let missing = || CORE.say("Department not found");
    let id = call.params.int("ID").ok().flatten().ok_or_else(missing)?;
    let row = call.tx.row(&Sql::with("select parent_id from departments where id = $1", [id.into()]))?;
    Ok((id, row.ok_or_else(missing)?.opt_int(0)))
}

/// `NAME`, if it was sent; it may not be empty.
fn read_name(params: &Params) -> Result<Option<String>> {
    if params.get("NAME").is_none() {
        return Ok(None);
    }
    let name = params.text("NAME")?.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).ok_or_else(no_name)?;
    record::check_text(&DEPARTMENT, "NAME", &name)?;
    Ok(Some(name))
}

/// `PARENT`, if it was sent: an existing department, or none.
fn read_parent(call: &mut Call<'_, '_>) -> Result<Option<Option<i64>>> {
    if call.params.get("PARENT").is_none() {
        return Ok(None);
    }
    let Some(id) = call.params.int("PARENT").map_err(|_| second_root())?.filter(|it| *it != 0) else {
        return Ok(Some(None));
    };
    let known = call.tx.int(&Sql::with("select count(*) from departments where id = $1", [id.into()]))? > 0;
    if known { Ok(Some(Some(id))) } else { Err(second_root()) }
}

/// `UF_HEAD`, if it was sent: an active person, or no one.
fn read_head(call: &mut Call<'_, '_>) -> Result<Option<Option<i64>>> {
    if call.params.get("UF_HEAD").is_none() {
        return Ok(None);
    }
    let Some(id) = call.params.int("UF_HEAD")?.filter(|it| *it != 0) else { return Ok(Some(None)) };
    let sql = Sql::with("select count(*) from users where id = $1 and active = 1", [id.into()]);
    if call.tx.int(&sql)? > 0 { Ok(Some(Some(id))) } else { Err(CORE.say("User not found")) }
}

/// Whether `id` is `ancestor` or somewhere below it. The way up is as long as the tree is deep.
fn is_inside(tx: &mut Tx<'_>, id: i64, ancestor: i64) -> Result<bool> {
    let mut at = Some(id);
    while let Some(id) = at {
        if id == ancestor {
            return Ok(true);
        }
        let row = tx.row(&Sql::with("select parent_id from departments where id = $1", [id.into()]))?;
        at = row.and_then(|row| row.opt_int(0));
    }
    Ok(false)
}

fn no_name() -> Error {
    CORE.say("Department name not provided.<br>")
}

fn second_root() -> Error {
    CORE.say("There can only be one top-level department in the company structure")
}
