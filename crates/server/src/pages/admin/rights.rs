//! Who may do what: each right with those who have it, and which fields people may change of themselves.

use super::{Visit, ticked};
use crate::pages::{
    Reply,
    people::{Department, Meant, departments, meant, records, text, title},
    visit::NOT_FOUND,
};
use askama::Template;
use muster_core::{Caller, Error, Result, access, call::Right, error::ARGUMENT, json};
use muster_modules::{
    audit::deeds::{OWN_FIELDS_SET, RIGHT_SET},
    right::{self, Setting},
};

/// The code of everyone who is signed in.
const EVERYONE: &str = "AU";

/// A right, with those who have it beside administrators.
struct Line {
    name: &'static str,
    /// What its messages are called.
    word: String,
    is_sight: bool,
    /// Whether it is as Muster has it.
    is_usual: bool,
    holders: Vec<Holder>,
}

impl Line {
    /// The message that says what it lets people do.
    fn about(&self) -> String {
        format!("{}-about", self.word)
    }
}

/// Some people who have a right: one of them, a department, a workgroup, everyone.
struct Holder {
    code: String,
    name: String,
}

fn line(visit: &Visit<'_>, right: Right, settings: &[Setting]) -> Result<Line> {
    let set = settings.iter().find(|it| it.right == right);
    let everyone = if right.is_usual() { vec![EVERYONE.to_owned()] } else { Vec::new() };
    let codes = set.map_or(everyone, |it| it.codes.clone());
    Ok(Line {
        name: right.name(),
        word: format!("rights-{}", right.name().replace('_', "-")),
        is_sight: right.is_sight(),
        is_usual: set.is_none(),
        holders: holders(visit, codes)?,
    })
}

/// Whom these codes name. A code of what is gone names no one, and has no effect any more.
fn holders(visit: &Visit<'_>, codes: Vec<String>) -> Result<Vec<Holder>> {
    let plain = |code: &String| code.strip_prefix("DR").map(|id| format!("D{id}")).unwrap_or_else(|| code.clone());
    let (asked, caller): (Vec<String>, &Caller) = (codes.iter().map(plain).collect(), visit.caller()?);
    let known = visit.app.db.read(|tx| access::describe(tx, &visit.app.registry, caller, &asked))?;
    let holder = |code: String| {
        let name = known.get(&plain(&code))?["name"].as_str().unwrap_or_default().to_owned();
        let name = match code.as_str() {
            EVERYONE => visit.t("rights-everyone"),
            code if code.starts_with("DR") => visit.t1("rights-and-below", "name", name),
            _ => name,
        };
        Some(Holder { code, name })
    };
    Ok(codes.into_iter().filter_map(holder).collect())
}

#[derive(Template)]
#[template(path = "pages/admin/rights.html")]
struct List<'a> {
    visit: &'a Visit<'a>,
    lines: Vec<Line>,
    /// How many fields people may change of themselves.
    own: usize,
}

impl List<'_> {
    /// The two parts of the page: what people may do, and what they see.
    fn parts(&self) -> [(&'static str, Vec<&Line>); 2] {
        let of = |sight: bool| self.lines.iter().filter(|it| it.is_sight == sight).collect();
        [("rights-deeds", of(false)), ("rights-sight", of(true))]
    }
}

pub(super) fn list(visit: &Visit<'_>) -> Result<Reply> {
    let (settings, own) = visit.app.db.read(|tx| Ok::<_, Error>((right::list(tx)?, right::own::fields(tx)?)))?;
    let lines = Right::ALL.iter().map(|it| line(visit, *it, &settings)).collect::<Result<_>>()?;
    visit.page(&List { visit, lines, own: own.len() })
}

#[derive(Template)]
#[template(path = "pages/admin/right.html")]
struct Form<'a> {
    visit: &'a Visit<'a>,
    line: Line,
    departments: Vec<Department>,
    /// The IDs and names of workgroups.
    groups: Vec<(String, String)>,
    problem: String,
}

impl Form<'_> {
    fn is_for_everyone(&self) -> bool {
        self.line.holders.iter().any(|it| it.code == EVERYONE)
    }
}

/// The right of the address.
fn named(visit: &Visit<'_>) -> Result<Right> {
    Right::of(visit.path_text("name")).ok_or_else(|| NOT_FOUND.error())
}

fn show(visit: &Visit<'_>, problem: String) -> Result<Reply> {
    let right = named(visit)?;
    let settings = visit.app.db.read(right::list)?;
    let (mut groups, mut start) = (Vec::new(), Some(0));
    while let Some(from) = start {
        let params = json!({ "ORDER": { "NAME": "ASC" }, "START": from, "IS_ADMIN": "Y" });
        let answer = visit.call("sonet_group.get", params)?;
        start = answer.next;
        groups.extend(records(answer).iter().map(|it| (text(it, "ID"), text(it, "NAME"))));
    }
    let status = if problem.is_empty() { 200 } else { 422 };
    let line = line(visit, right, &settings)?;
    let page = Form { visit, line, departments: departments(visit)?, groups, problem };
    Ok(visit.page(&page)?.with_status(status))
}

pub(super) fn form(visit: &Visit<'_>) -> Result<Reply> {
    show(visit, String::new())
}

/// Sets who has the right: those who are still ticked, and whoever was chosen.
pub(super) fn set(visit: &Visit<'_>) -> Result<Reply> {
    let right = named(visit)?;
    let is_reset = !visit.text("RESET").is_empty();
    let chosen = if is_reset { Ok(Vec::new()) } else { codes(visit) };
    let done = chosen.and_then(|codes| {
        let item = format!("{} {}", right.name(), codes.join(" "));
        let codes = Some(codes.as_slice()).filter(|_| !is_reset);
        visit.write(&RIGHT_SET, |tx| Ok((right::set(tx, &visit.app.registry, right, codes)?, item.trim_end())))
    });
    match done {
        Ok(()) => Ok(Reply::to(&format!("/admin/rights/{}/?done=saved", right.name()))),
        Err(err) if err.code == &ARGUMENT => show(visit, visit.said(&err)),
        Err(err) => Err(err),
    }
}

/// The access codes of the form.
fn codes(visit: &Visit<'_>) -> Result<Vec<String>> {
    let mut codes = ticked(visit, "CODES");
    let (department, group) = (visit.text("DEPARTMENT"), visit.text("GROUP"));
    if !department.is_empty() {
        let kind = if visit.text("ALONE").is_empty() { "DR" } else { "D" };
        codes.push(format!("{kind}{department}"));
    }
    if !group.is_empty() {
        codes.push(format!("SG{group}"));
    }
    let typed = visit.text("PERSON");
    if !typed.is_empty() {
        codes.push(format!("U{}", person(visit, &typed)?));
    }
    codes.sort();
    codes.dedup();
    Ok(codes)
}

/// Whoever is meant by what was typed.
fn person(visit: &Visit<'_>, typed: &str) -> Result<i64> {
    let problem = match meant(visit, typed)? {
        Meant::One(id) => return Ok(id),
        Meant::Nobody => "rights-no-person",
        Meant::Several => "rights-many-people",
    };
    Err(ARGUMENT.say(visit.t1(problem, "name", typed)))
}

#[derive(Template)]
#[template(path = "pages/admin/own.html")]
struct Own<'a> {
    visit: &'a Visit<'a>,
    fields: Vec<(&'static str, String, bool)>,
}

/// The fields that people may change of themselves.
pub(super) fn own(visit: &Visit<'_>) -> Result<Reply> {
    let own = visit.app.db.read(right::own::fields)?;
    let field = |it: &'static muster_core::field::Field| (it.name, title(visit.language, it), own.contains(&it.name));
    visit.page(&Own { visit, fields: right::own::choices().map(field).collect() })
}

pub(super) fn set_own(visit: &Visit<'_>) -> Result<Reply> {
    let names = ticked(visit, "FIELDS");
    visit.write(&OWN_FIELDS_SET, |tx| Ok((right::own::set(tx, &names)?, "")))?;
    Ok(Reply::to("/admin/rights/?done=saved"))
}
