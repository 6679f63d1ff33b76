//! The directory: found as one types, narrowed down, and taken along as a file.

use super::{Department, csv, department_ids, departments, face, records, text};
use crate::pages::{Reply, Visit, shell::Face};
use askama::Template;
use muster_core::{Json, Result, json};
use muster_modules::audit::deeds::EXPORT;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::HashMap;

/// The most people of a file.
const MOST: i64 = 20_000;
/// The columns of a file.
const COLUMNS: [&str; 10] = [
    "ID",
    "LAST_NAME",
    "NAME",
    "EMAIL",
    "WORK_POSITION",
    "UF_DEPARTMENT",
    "WORK_PHONE",
    "PERSONAL_MOBILE",
    "UF_PHONE_INNER",
    "PERSONAL_CITY",
];

#[derive(Template)]
#[template(path = "pages/people/directory.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    asked: Asked,
    people: Vec<Line>,
    total: String,
    departments: Vec<Department>,
    before: Option<String>,
    after: Option<String>,
    export: String,
}

/// A person in the list.
struct Line {
    face: Face,
    position: String,
    departments: String,
    email: String,
    phone: String,
    /// The message that says what someone is who does not simply work here.
    state: &'static str,
}

/// What was asked for.
struct Asked {
    query: String,
    department: String,
    state: String,
    start: i64,
}

impl Asked {
    fn read(visit: &Visit<'_>) -> Asked {
        let start = visit.text("START").parse().unwrap_or(0);
        Asked {
            query: visit.text("Q"),
            department: visit.text("DEPARTMENT"),
            state: visit.text("STATE"),
            start: i64::max(start, 0),
        }
    }

    fn filter(&self) -> Json {
        let mut filter = json!({});
        if !self.query.is_empty() {
            filter["FIND"] = self.query.as_str().into();
        }
        if !self.department.is_empty() {
            filter["UF_DEPARTMENT"] = self.department.as_str().into();
        }
        match self.state.as_str() {
            "dismissed" => filter["ACTIVE"] = false.into(),
            "outside" => {
                filter["ACTIVE"] = true.into();
                filter["USER_TYPE"] = "extranet".into();
            }
            "all" => {}
            _ => filter["ACTIVE"] = true.into(),
        }
        filter
    }

    /// The address of what was asked for, from another place on.
    fn address(&self, path: &str, start: Option<i64>) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let [query, department, state] = [&self.query, &self.department, &self.state].map(|it| encode(it));
        let start = start.map_or_else(String::new, |start| format!("&start={start}"));
        format!("{path}?q={query}&department={department}&state={state}{start}")
    }
}

pub(super) fn list(visit: &Visit<'_>) -> Result<Reply> {
    let asked = Asked::read(visit);
    let sorted = json!({ "LAST_NAME": "ASC", "NAME": "ASC" });
    let params = json!({
        "FILTER": asked.filter(), "ORDER": sorted, "START": asked.start, "ADMIN_MODE": "Y", "IMAGE_RESIZE": "small",
    });
    let answer = visit.call("user.get", params)?;
    let (total, next) = (answer.total.unwrap_or_default(), answer.next);
    let departments = departments(visit)?;
    let names: HashMap<&str, &str> = departments.iter().map(|it| (it.id.as_str(), it.name.as_str())).collect();
    let people = records(answer).iter().map(|person| line(person, &names)).collect();
    let page = Page {
        visit,
        people,
        total: visit.count("people-count", usize::try_from(total).unwrap_or_default()),
        before: (asked.start > 0).then(|| asked.address("/company/", Some(i64::max(asked.start - 50, 0)))),
        after: next.map(|next| asked.address("/company/", Some(next))),
        export: asked.address("/company/export.csv", None),
        departments,
        asked,
    };
    visit.page(&page)
}

fn line(person: &Json, names: &HashMap<&str, &str>) -> Line {
    let of = |name: &str| text(person, name);
    let phones = ["WORK_PHONE", "PERSONAL_MOBILE", "UF_PHONE_INNER"];
    let departments: Vec<&str> =
        department_ids(person).iter().filter_map(|id| names.get(id.as_str()).copied()).collect();
    Line {
        face: face(person),
        position: of("WORK_POSITION"),
        departments: departments.join(", "),
        email: of("EMAIL"),
        phone: phones.into_iter().map(of).find(|it| !it.is_empty()).unwrap_or_default(),
        state: match (person.get("ACTIVE"), of("USER_TYPE").as_str()) {
            (Some(Json::Bool(false)), _) => "people-dismissed",
            (_, "extranet") => "people-outside",
            _ => "",
        },
    }
}

/// Everyone who was asked for, as a file: what the visitor may see, and no more.
pub(super) fn export(visit: &Visit<'_>) -> Result<Reply> {
    let asked = Asked::read(visit);
    let names: HashMap<String, String> = departments(visit)?.into_iter().map(|it| (it.id, it.name)).collect();
    let titles = visit.call("user.fields", json!({}))?.result;
    let mut rows = vec![COLUMNS.iter().map(|name| super::profile::title(visit, name, &titles)).collect::<Vec<_>>()];
    let mut last = 0;
    while (rows.len() as i64) < MOST {
        let mut filter = asked.filter();
        filter[">ID"] = last.into();
        let params =
            json!({ "FILTER": filter, "ORDER": { "ID": "ASC" }, "SELECT": COLUMNS, "START": -1, "ADMIN_MODE": "Y" });
        let people = records(visit.call("user.get", params)?);
        for person in &people {
            let value = |name: &&str| match *name {
                "UF_DEPARTMENT" => {
                    let ids = department_ids(person);
                    let names: Vec<&str> = ids.iter().filter_map(|id| names.get(id)).map(String::as_str).collect();
                    names.join("; ")
                }
                name => text(person, name),
            };
            rows.push(COLUMNS.iter().map(value).collect());
        }
        last = people.last().and_then(|it| text(it, "ID").parse().ok()).unwrap_or(last);
        if people.len() < 50 {
            break;
        }
    }
    visit.note(&EXPORT, "")?;
    Ok(csv(&rows))
}
