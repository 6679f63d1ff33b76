//! Importing people from a file: it is sent, its columns are understood or corrected, every line is checked, and then all
//! of its people are added, or none.
//!
//! Reading order: `read.rs` (a file), `targets.rs` and `places.rs` (what its columns and departments are), `rows.rs` (a
//! line), `work.rs` (all of them), and here the pages.

mod places;
mod read;
mod rows;
mod targets;
mod work;

use super::{
    Reply, Route, Subject, Visit, get,
    people::{Department, csv_line, departments},
    post,
    visit::NOT_FOUND,
};
use askama::Template;
use muster_core::{Json, Result, call::Right, file, params::read_text};
use muster_modules::directory::imports::{self, Import};
use read::{MOST_BYTES, MOST_ROWS, Table, decode, parse};
use std::{thread, time::Duration};
use targets::{Target, guess, targets};
use work::{Attempt, Choices};

pub(super) static SUBJECT: Subject = Subject {
    routes: ROUTES,
    menu: &[],
    words: [include_str!("en.ftl"), include_str!("ru.ftl")],
    css: include_str!("import.css"),
    js: include_str!("import.js"),
};

const ROUTES: &[Route] = &[
    get("/company/import/", form).needs(Right::ImportPeople),
    post("/company/import/", upload).needs(Right::ImportPeople),
    get("/company/import/template.csv", template).needs(Right::ImportPeople),
    get("/company/import/{id}/", show).needs(Right::ImportPeople),
    get("/company/import/{id}/problems.csv", problems).needs(Right::ImportPeople),
    post("/company/import/{id}/check/", check).needs(Right::ImportPeople),
    post("/company/import/{id}/run/", run).needs(Right::ImportPeople),
    post("/company/import/{id}/forget/", forget).needs(Right::ImportPeople),
];

/// How many lines are shown before they are imported.
const SHOWN: usize = 5;
/// How many problems are on a page.
const PROBLEMS: usize = 50;
/// For how long a visit waits for what may be done soon, and how often it looks.
const PATIENCE: u32 = 40;
const LOOK: Duration = Duration::from_millis(25);
/// After how many seconds an import that another process has begun is taken for given up. It may be taken up again: only
/// the latest attempt can end.
const SILENCE: i64 = 120;

#[derive(Template)]
#[template(path = "pages/import/form.html")]
struct Form<'a> {
    visit: &'a Visit<'a>,
    problem: String,
}

fn form(visit: &Visit<'_>) -> Result<Reply> {
    visit.page(&Form { visit, problem: String::new() })
}

/// Reads the file, understands its columns and checks it.
fn upload(visit: &Visit<'_>) -> Result<Reply> {
    match read_upload(visit) {
        Ok((name, content)) => {
            let targets = targets(visit)?;
            let table = parse(&content).map_err(|_| NOT_FOUND.error())?;
            // The whole company was there first.
            let oldest = departments(visit)?.into_iter().min_by_key(|it| it.id.parse::<i64>().unwrap_or(i64::MAX));
            let choices = Choices {
                map: guess(&table.header, &targets),
                department: oldest.map(|it| it.id).unwrap_or_default(),
                invites: true,
            };
            let (user_id, now) = (visit.caller()?.user_id, visit.app.clock.seconds());
            let file = (name.as_str(), content.as_str());
            let id = visit.write_routine(|tx| imports::add(tx, user_id, file, &choices.write(), now))?;
            begin(visit, (id, 0), &choices, false)
        }
        Err(problem) => {
            let problem = match problem {
                "import-too-many" => visit.count(problem, MOST_ROWS),
                _ => visit.t(problem),
            };
            Ok(visit.page(&Form { visit, problem })?.with_status(422))
        }
    }
}

/// The name and the text of the file that was sent.
fn read_upload(visit: &Visit<'_>) -> std::result::Result<(String, String), read::Problem> {
    let sent = visit.params.get("FILE").filter(|it| it.is_array()).ok_or("import-no-file")?;
    let (_, bytes) = file::read_sent(sent, MOST_BYTES).map_err(|_| "import-too-large")?;
    let name = sent.get(0).and_then(read_text).unwrap_or_default();
    let name: String = name.rsplit(['/', '\\']).next().unwrap_or_default().chars().take(100).collect();
    let content = decode(&bytes, if visit.language.code() == "ru" { "ru" } else { "com" })?;
    parse(&content)?;
    Ok((name, content))
}

/// Takes an import up, unless it has gone on since the visitor saw it, and leads to where one sees how far it is.
fn begin(visit: &Visit<'_>, (id, attempt): (i64, i64), choices: &Choices, is_real: bool) -> Result<Reply> {
    let caller = visit.caller()?.clone();
    let now = visit.app.clock.seconds();
    let state = if is_real { "running" } else { "checking" };
    let (whose, how) = ((caller.user_id, id), (state, choices.write()));
    let is_taken = visit.write_routine(|tx| imports::take_up(tx, whose, attempt, (how.0, &how.1), now))?;
    let to = Reply::to(&format!("/company/import/{id}/"));
    if !is_taken {
        return Ok(to);
    }
    let (import, targets) = (find(visit, id)?, targets(visit)?);
    let job = visit.app.jobs.begin(id);
    let (language, origin) = (visit.language, visit.origin());
    let work = Attempt { import, caller, language, targets, job, is_real, origin };
    Ok(to.afterwards(move |app| work.run(app)))
}

fn find(visit: &Visit<'_>, id: i64) -> Result<Import> {
    let user_id = visit.caller()?.user_id;
    visit.app.db.read(|tx| imports::find(tx, user_id, id))?.ok_or_else(|| NOT_FOUND.error())
}

#[derive(Template)]
#[template(path = "pages/import/progress.html")]
struct Progress<'a> {
    visit: &'a Visit<'a>,
    import: Import,
    /// How much is done, of how much; nothing if that is not known.
    steps: Option<(usize, usize)>,
}

#[derive(Template)]
#[template(path = "pages/import/done.html")]
struct Done<'a> {
    visit: &'a Visit<'a>,
    file_name: String,
    added: String,
    invites: bool,
}

#[derive(Template)]
#[template(path = "pages/import/preview.html")]
struct Preview<'a> {
    visit: &'a Visit<'a>,
    import: Import,
    choices: Choices,
    columns: Vec<Heading>,
    targets: Vec<Target>,
    departments: Vec<Department>,
    /// The titles of the fields that are filled in, and the first people.
    titles: Vec<String>,
    people: Vec<Vec<String>>,
    count: String,
    problems: Vec<Line>,
    problem_count: String,
    /// What is wrong with all of it.
    trouble: String,
    before: Option<usize>,
    after: Option<usize>,
    is_ready: bool,
    import_now: String,
}

/// A column of the file.
struct Heading {
    title: String,
    /// What is in it, at the beginning.
    example: String,
    field: String,
}

/// What is wrong with a line.
struct Line {
    line: String,
    about: String,
    why: String,
}

fn lines(import: &Import) -> impl Iterator<Item = Line> {
    let all = import.report.get("problems").and_then(Json::as_array).into_iter().flatten();
    all.map(|it| {
        let text = |place: usize| it.get(place).and_then(read_text).unwrap_or_default();
        Line { line: text(0), about: text(1), why: text(2) }
    })
}

/// How far an import is, what came of it, or what can be done with it.
fn show(visit: &Visit<'_>) -> Result<Reply> {
    let id = visit.path_id("id")?;
    let is_under_way = |it: &Import| matches!(it.state.as_str(), "checking" | "running");
    // Most are done so soon that no one has to see how far they are. A script asks often and does not wait.
    let patience = if visit.text("QUICK").is_empty() { PATIENCE } else { 1 };
    for _ in 0..patience {
        if visit.app.jobs.progress(id).is_none() {
            break;
        }
        thread::sleep(LOOK);
    }
    let steps = visit.app.jobs.progress(id);
    let import = find(visit, id)?;
    let is_elsewhere = !visit.app.db.is_sqlite() && visit.app.clock.seconds() - import.changed_at < SILENCE;
    match import.state.as_str() {
        "done" => done(visit, &import),
        _ if is_under_way(&import) && (steps.is_some() || is_elsewhere) => {
            visit.page(&Progress { visit, import, steps: steps.filter(|it| it.1 > 0) })
        }
        _ => {
            let trouble = if is_under_way(&import) { visit.t("import-interrupted") } else { String::new() };
            preview(visit, import, trouble)
        }
    }
}

fn number(report: &Json, name: &str) -> Option<usize> {
    report.get(name).and_then(Json::as_u64).and_then(|it| usize::try_from(it).ok())
}

fn done(visit: &Visit<'_>, import: &Import) -> Result<Reply> {
    visit.page(&Done {
        visit,
        file_name: import.file_name.clone(),
        added: visit.count("import-added", number(&import.report, "rows").unwrap_or_default()),
        invites: import.report.get("invites").and_then(Json::as_bool).unwrap_or(false),
    })
}

fn preview(visit: &Visit<'_>, import: Import, trouble: String) -> Result<Reply> {
    let table = parse(&import.content).map_err(|problem| NOT_FOUND.say(visit.t(problem)))?;
    let (choices, targets) = (Choices::read(&import.choices), targets(visit)?);
    let all: Vec<Line> = lines(&import).collect();
    let start = visit.text("START").parse::<usize>().unwrap_or(0).min(all.len());
    let report = &import.report;
    let trouble = match (report.get("failed").and_then(read_text), number(report, "left")) {
        _ if !trouble.is_empty() => trouble,
        (Some(said), _) => visit.t1("import-failed", "why", said),
        (_, Some(left)) => visit.count("import-no-room", left),
        _ if report.get("stopped").is_some() => visit.t("import-stopped"),
        _ => String::new(),
    };
    let is_ready = is_fine(&import);
    let filled = filled(&choices, &targets);
    let person = |row: &read::Row| filled.iter().map(|(column, _)| row.cell(*column).to_owned()).collect();
    visit.page(&Preview {
        visit,
        columns: headings(&table, &choices),
        departments: departments(visit)?,
        titles: filled.iter().map(|it| it.1.clone()).collect(),
        people: table.rows.iter().take(SHOWN).map(person).collect(),
        count: visit.count("people-count", table.rows.len()),
        problem_count: visit.count("import-problems", all.len()),
        before: (start > 0).then(|| start.saturating_sub(PROBLEMS)),
        after: Some(start + PROBLEMS).filter(|it| *it < all.len()),
        problems: all.into_iter().skip(start).take(PROBLEMS).collect(),
        import_now: visit.count("import-now", table.rows.len()),
        trouble,
        is_ready,
        import,
        choices,
        targets,
    })
}

/// The columns that fill in a field, with its title.
fn filled(choices: &Choices, targets: &[Target]) -> Vec<(usize, String)> {
    let title = |name: &String| targets.iter().find(|it| it.name == *name).map(|it| it.title.clone());
    choices.map.iter().enumerate().filter_map(|(column, name)| Some((column, title(name)?))).collect()
}

fn headings(table: &Table, choices: &Choices) -> Vec<Heading> {
    let example = |column: usize| {
        let cells = table.rows.iter().map(|it| it.cell(column)).filter(|it| !it.is_empty()).take(3);
        cells.map(|it| it.chars().take(60).collect::<String>()).collect::<Vec<_>>().join(" · ")
    };
    let heading = |(column, title): (usize, &String)| Heading {
        title: if title.is_empty() { (column + 1).to_string() } else { title.clone() },
        example: example(column),
        field: choices.map.get(column).cloned().unwrap_or_default(),
    };
    table.header.iter().enumerate().map(heading).collect()
}

/// What was chosen in the form. A field that two columns are to fill in is the first one's.
fn read_choices(visit: &Visit<'_>, known: &Choices) -> Result<Choices> {
    let targets = targets(visit)?;
    let mut map: Vec<String> = Vec::with_capacity(known.map.len());
    let sent = visit.params.list("MAP");
    for column in 0..known.map.len() {
        let name = sent.get(column).and_then(read_text).unwrap_or_default();
        let is_known = targets.iter().any(|it| it.name == name) && !map.contains(&name);
        map.push(if is_known { name } else { String::new() });
    }
    Ok(Choices { map, department: visit.text("DEPARTMENT"), invites: !visit.text("INVITES").is_empty() })
}

fn check(visit: &Visit<'_>) -> Result<Reply> {
    go_on(visit, false)
}

/// Adds the people, if they were checked as the form has them; otherwise checks them.
fn run(visit: &Visit<'_>) -> Result<Reply> {
    go_on(visit, true)
}

fn go_on(visit: &Visit<'_>, is_real: bool) -> Result<Reply> {
    let import = find(visit, visit.path_id("id")?)?;
    let known = Choices::read(&import.choices);
    let choices = read_choices(visit, &known)?;
    let attempt = visit.text("ATTEMPT").parse().unwrap_or(-1);
    let is_same = choices.map == known.map && choices.department == known.department;
    begin(visit, (import.id, attempt), &choices, is_real && is_same && is_fine(&import))
}

/// Whether every line was found to be right, and there is room for all.
fn is_fine(import: &Import) -> bool {
    let is_told =
        ["failed", "left", "stopped"].into_iter().any(|it| import.report.get(it).is_some_and(|it| !it.is_null()));
    import.state == "checked" && !is_told && lines(import).next().is_none()
}

fn forget(visit: &Visit<'_>) -> Result<Reply> {
    let (id, user_id) = (visit.path_id("id")?, visit.caller()?.user_id);
    visit.write_routine(|tx| imports::forget(tx, user_id, id))?;
    Ok(Reply::to("/company/import/"))
}

/// Everything that is wrong, as a file.
fn problems(visit: &Visit<'_>) -> Result<Reply> {
    let import = find(visit, visit.path_id("id")?)?;
    let heading = ["import-line", "import-field", "import-problem"].map(|it| visit.t(it));
    let mut text = format!("\u{feff}{}", csv_line(&heading));
    lines(&import).for_each(|it| text.push_str(&csv_line(&[it.line, it.about, it.why])));
    Ok(Reply::file("text/csv; charset=utf-8", "problems.csv", text.into_bytes()))
}

/// A file with nothing but headings, to fill in. Where commas are decimal, spreadsheets expect semicolons.
fn template(visit: &Visit<'_>) -> Result<Reply> {
    const USUAL: &[&str] = &[
        "EMAIL",
        "NAME",
        "LAST_NAME",
        "UF_DEPARTMENT",
        "WORK_POSITION",
        "WORK_PHONE",
        "PERSONAL_MOBILE",
        "PERSONAL_BIRTHDAY",
        "UF_EMPLOYMENT_DATE",
    ];
    let all = targets(visit)?;
    let usual = USUAL.iter().filter_map(|name| all.iter().find(|it| it.name == *name));
    let own = all.iter().filter(|it| it.name.starts_with("UF_USR_"));
    let titles: Vec<String> = usual.chain(own).map(|it| it.title.clone()).collect();
    let line = csv_line(&titles);
    let line = if visit.language.code() == "ru" { line.replace("\",\"", "\";\"") } else { line };
    Ok(Reply::file("text/csv; charset=utf-8", "people.csv", format!("\u{feff}{line}").into_bytes()))
}
