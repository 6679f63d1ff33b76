//! The directory: found as one types, narrowed down, in the columns that one chose.

use super::{
    Asker, Department,
    asked::Asked,
    cells::{Style, cell},
    columns::{self, Column, Look, References, chosen, custom_fields},
    departments, face, records, text,
};
use crate::pages::{Reply, Visit, shell::Face};
use askama::Template;
use muster_core::{Json, Result, json, list::PAGE};

#[derive(Template)]
#[template(path = "pages/people/directory.html")]
struct Page<'a> {
    visit: &'a Visit<'a>,
    asked: Asked,
    columns: Vec<Column>,
    people: Vec<Line>,
    total: String,
    departments: Vec<Department>,
    before: Option<String>,
    after: Option<String>,
    csv: String,
    xlsx: String,
}

/// A person in the list.
struct Line {
    face: Face,
    cells: Vec<Cell>,
    /// The message that says what someone is who does not simply work here.
    state: &'static str,
}

/// What a column shows of a person.
struct Cell {
    title: String,
    text: String,
    /// Where a click on it leads; empty if nowhere.
    link: String,
}

pub(super) fn list(visit: &Visit<'_>) -> Result<Reply> {
    let custom = custom_fields(visit)?;
    let asked = Asked::read(visit, &custom);
    let columns = chosen(visit, &custom)?;
    let answer = visit.call(
        "user.get",
        json!({
            "FILTER": asked.filter(visit)?, "ORDER": { "LAST_NAME": "ASC", "NAME": "ASC" }, "START": asked.start,
            "SELECT": columns::fields(&columns), "ADMIN_MODE": "Y", "IMAGE_RESIZE": "small",
        }),
    )?;
    let (total, next) = (answer.total.unwrap_or_default(), answer.next);
    let found = records(answer);
    let asker = Asker::of(visit)?;
    let mut references = References::new(&asker, &columns)?;
    references.look_up(&asker, &columns, &found)?;
    let style = style(visit, false);
    let page = Page {
        visit,
        people: found.iter().map(|person| line(&style, &columns, person, &references)).collect(),
        total: visit.count("people-count", usize::try_from(total).unwrap_or_default()),
        before: (asked.start > 0).then(|| asked.address("/company/", Some(i64::max(asked.start - PAGE, 0)))),
        after: next.map(|next| asked.address("/company/", Some(next))),
        csv: asked.address("/company/export.csv", None),
        xlsx: asked.address("/company/export.xlsx", None),
        departments: departments(visit)?,
        columns,
        asked,
    };
    visit.page(&page)
}

/// How values are written for this visitor.
pub(super) fn style(visit: &Visit<'_>, is_file: bool) -> Style {
    let own_zone = visit.app.settings.time_zone.clone();
    Style { language: visit.language, zone: visit.zone(), own_zone, is_file }
}

fn line(style: &Style, columns: &[Column], person: &Json, references: &References) -> Line {
    let show = |column: &Column| {
        let text = cell(style, column, person, references);
        let is_address = text.starts_with("https://") || text.starts_with("http://");
        let link = match column.look {
            _ if text.is_empty() => String::new(),
            Look::Email => format!("mailto:{text}"),
            Look::Telephone | Look::Phones => format!("tel:{text}"),
            Look::Link if is_address && !text.contains(", ") => text.clone(),
            _ => String::new(),
        };
        Cell { title: column.title.clone(), text, link }
    };
    Line {
        face: face(person),
        cells: columns.iter().map(show).collect(),
        state: match (person.get("ACTIVE"), text(person, "USER_TYPE").as_str()) {
            (Some(Json::Bool(false)), _) => "people-dismissed",
            (_, "extranet") => "people-outside",
            _ => "",
        },
    }
}
