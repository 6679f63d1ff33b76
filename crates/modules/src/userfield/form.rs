//! The custom fields of people as a form shows them, in the language of whoever fills it in.

use super::labels;
use crate::user::USER;
use muster_core::{Json, Result, custom::CustomKind, custom::kind_of, params::read_text};
use muster_db::{Sql, Tx};
use std::collections::HashMap;

/// A custom field with what a form has to know of it.
#[derive(Debug, Clone)]
pub struct FormField {
    /// Its code.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// Words that help to fill it in; empty if there are none.
    pub help: String,
    /// Its type.
    pub kind: CustomKind,
    /// Whether it may have several values.
    pub many: bool,
    /// Whether it has to have a value.
    pub mandatory: bool,
    /// Whether people may change it of themselves.
    pub own: bool,
    /// The IDs and words of its options, if it is a list.
    pub options: Vec<(String, String)>,
}

/// The custom fields of people, in their order.
pub fn of_people(tx: &mut Tx<'_>, language: &str) -> Result<Vec<FormField>> {
    let Some(custom) = USER.custom else { return Ok(Vec::new()) };
    let rows = tx.rows(&Sql::with(
        "select id, name, kind, many, mandatory, edit_in_list, labels from custom_fields
         where entity = $1 order by sort, id",
        [custom.entity.into()],
    ))?;
    let mut options: HashMap<i64, Vec<(String, String)>> = HashMap::new();
    let all = "select o.field_id, o.id, o.value from custom_options o join custom_fields f on f.id = o.field_id
               where f.entity = $1 order by o.sort, o.id";
    for row in tx.rows(&Sql::with(all, [custom.entity.into()]))? {
        options.entry(row.int(0)?).or_default().push((row.int(1)?.to_string(), row.text(2).to_owned()));
    }
    let mut fields = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(kind) = kind_of(row.text(2)) else { continue };
        let labels = labels::shown(&row.text(6).parse::<Json>().unwrap_or_default(), language);
        let said = |name: &str| labels.get(name).and_then(read_text).unwrap_or_default();
        let label = said("EDIT_FORM_LABEL");
        fields.push(FormField {
            name: row.text(1).to_owned(),
            label: if label.is_empty() { row.text(1).to_owned() } else { label },
            help: said("HELP_MESSAGE"),
            kind,
            many: row.int(3)? == 1,
            mandatory: row.int(4)? == 1,
            own: row.int(5)? == 1,
            options: options.remove(&row.int(0)?).unwrap_or_default(),
        });
    }
    Ok(fields)
}
