//! Custom fields as whoever fills in or reads a record needs them: what each is called, and its options.

use super::{labels, serde_json_value};
use muster_core::{
    Json, Result,
    custom::{Custom, CustomKind, load},
};
use muster_db::{Sql, Tx};

/// A custom field, for people to read.
#[derive(Debug, Clone)]
pub struct Described {
    /// Its code.
    pub name: &'static str,
    /// Its type.
    pub kind: CustomKind,
    /// Whether a record may have several values.
    pub many: bool,
    /// What it is called, by language.
    labels: Json,
    /// Its options, with their IDs as texts, if it has any.
    pub options: Vec<(String, String)>,
    /// Whether it may be shown in lists.
    pub is_listed: bool,
}

impl Described {
    /// What it is called in a language. The code stands in for what has no name.
    pub fn title(&self, language: &str) -> String {
        let labels = labels::shown(&self.labels, language);
        let any = labels::shown(&self.labels, "en");
        let all = [&labels, &any].into_iter().flat_map(|it| [it.get("LIST_COLUMN_LABEL"), it.get("EDIT_FORM_LABEL")]);
        let mut texts = all.flatten().filter_map(Json::as_str).filter(|it| !it.is_empty());
        texts.next().unwrap_or(self.name).to_owned()
    }
}

/// The custom fields of an entity, in their order.
pub fn described(tx: &mut Tx<'_>, custom: Custom) -> Result<Vec<Described>> {
    let rows = tx.rows(&Sql::with(
        "select o.field_id, o.id, o.value from custom_options o join custom_fields f on f.id = o.field_id
         where f.entity = $1 order by o.sort, o.id",
        [custom.entity.into()],
    ))?;
    let about = tx.rows(&Sql::with(
        "select id, labels, show_in_list from custom_fields where entity = $1",
        [custom.entity.into()],
    ))?;
    let describe = |it: muster_core::custom::Definition| {
        let own = about.iter().find(|row| row.opt_int(0) == Some(it.id));
        let options = rows.iter().filter(|row| row.opt_int(0) == Some(it.id));
        Described {
            name: it.field.name,
            kind: it.kind,
            many: it.many,
            labels: own.map(|row| serde_json_value(row.text(1))).unwrap_or_default(),
            options: options
                .map(|row| (row.opt_int(1).unwrap_or_default().to_string(), row.text(2).to_owned()))
                .collect(),
            is_listed: own.is_none_or(|row| row.opt_int(2) == Some(1)),
        }
    };
    Ok(load(tx, custom)?.into_iter().map(describe).collect())
}
