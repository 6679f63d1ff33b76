//! Custom fields: defined by administrators, kept as rows.
//!
//! A definition is a row of `custom_fields`, a value a row of `custom_values` with a typed column each for numbers, reals
//! and texts, so that filtering and sorting go by an index without a change to the schema. To the rest of the core a
//! custom field is a [`Field`] like any other.

mod value;

pub use value::{Written, check_default, delete_record, delete_values, erase_record, read, write};

use crate::{
    Json,
    call::Right,
    field::{Field, Key, Kind, Stored, field},
    text::search_key,
    time::Style,
};
use muster_db::{DbError, Sql, Tx};
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{LazyLock, Mutex, PoisonError},
};

/// The table that values are in. Its owner column is `record_id`, its ordering column `position`.
pub const VALUES: &str = "custom_values";

/// Which entity may have custom fields, and who sees them.
#[derive(Debug, Clone, Copy)]
pub struct Custom {
    /// What the documentation calls the entity, such as `USER`.
    pub entity: &'static str,
    /// The module that the documentation has it in.
    pub module: &'static str,
    /// What the codes of its custom fields begin with.
    pub prefix: &'static str,
    /// Visible to callers that hold any of these scopes.
    pub scopes: &'static [&'static str],
    /// Visible to callers with this right.
    pub right: Right,
}

/// The types that a custom field can have, with what they are called in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomKind {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Double,
    /// Yes or no.
    Boolean,
    /// A calendar date.
    Date,
    /// An instant.
    DateTime,
    /// One of the field's own options.
    Enumeration,
    /// A picture.
    File,
    /// A web address.
    Url,
    /// A postal address, perhaps with `|latitude;longitude`.
    Address,
    /// An amount and a currency, `100|USD`.
    Money,
    /// A person.
    Employee,
}

/// Every type by its name in the API.
pub const KINDS: &[(&str, CustomKind, &str)] = &[
    ("string", CustomKind::Text, "String"),
    ("integer", CustomKind::Integer, "Integer"),
    ("double", CustomKind::Double, "Number"),
    ("boolean", CustomKind::Boolean, "Yes/No"),
    ("date", CustomKind::Date, "Date"),
    ("datetime", CustomKind::DateTime, "Date with time"),
    ("enumeration", CustomKind::Enumeration, "List"),
    ("file", CustomKind::File, "File"),
    ("url", CustomKind::Url, "Link"),
    ("address", CustomKind::Address, "Address"),
    ("money", CustomKind::Money, "Money"),
    ("employee", CustomKind::Employee, "Link to a person"),
];

/// The type of this name.
pub fn kind_of(name: &str) -> Option<CustomKind> {
    KINDS.iter().find(|(it, ..)| it.eq_ignore_ascii_case(name)).map(|(_, kind, _)| *kind)
}

/// A custom field.
#[derive(Clone)]
pub struct Definition {
    /// Its ID.
    pub id: i64,
    /// The entity that it belongs to.
    pub entity: &'static str,
    /// Its type.
    pub kind: CustomKind,
    /// Whether a record may have several values.
    pub many: bool,
    /// Whether a record has to have a value.
    pub mandatory: bool,
    /// Whether people may change it of themselves; the API calls it `EDIT_IN_LIST`.
    pub own: bool,
    /// The type's own settings, the default value among them.
    pub settings: Json,
    /// What the rest of the core knows it as.
    pub field: &'static Field,
}

impl CustomKind {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind, _)| *kind == self).map_or("string", |(name, ..)| name)
    }

    /// What the rest of the core treats its values as.
    fn kind(self) -> Kind {
        match self {
            CustomKind::Text | CustomKind::Url | CustomKind::Address | CustomKind::Money => Kind::Text,
            CustomKind::Integer => Kind::Int,
            CustomKind::Double => Kind::Real,
            CustomKind::Boolean => Kind::ZeroOne,
            CustomKind::Date => Kind::Date,
            CustomKind::DateTime => Kind::Instant(Style::Iso),
            CustomKind::Enumeration => Kind::Id,
            CustomKind::Employee => Kind::User,
            CustomKind::File => Kind::File,
        }
    }

    /// The column that its values are compared by.
    fn column(self) -> &'static str {
        match self {
            CustomKind::Integer
            | CustomKind::Boolean
            | CustomKind::DateTime
            | CustomKind::Enumeration
            | CustomKind::Employee => "int_value",
            CustomKind::Double => "real_value",
            // A date is short and in order as it is.
            CustomKind::Date => "text_key",
            CustomKind::Text | CustomKind::File | CustomKind::Url | CustomKind::Address | CustomKind::Money => {
                "text_value"
            }
        }
    }
}

/// The most characters of a text.
const TEXT_MAX: usize = 10_000;
/// How many characters of a folded text are indexed. PostgreSQL bounds the size of what an index holds.
const KEY_CHARS: usize = 200;
/// How many of them are the text's own where it is longer. The rest tells apart texts that only begin alike.
const KEY_BEGINNING: usize = 160;

/// A text as custom fields are compared by it.
fn text_key(text: &str) -> String {
    let key = search_key(text);
    if key.chars().nth(KEY_CHARS).is_none() {
        return key;
    }
    let mut short: String = key.chars().take(KEY_BEGINNING).collect();
    for byte in Sha256::digest(key.as_bytes()).iter().take((KEY_CHARS - KEY_BEGINNING) / 2) {
        // Writing to a text cannot fail.
        write!(short, "{byte:02x}").ok();
    }
    short
}

/// An amount of money as it is compared: however it is written, it is the same amount.
fn money_key(text: &str) -> String {
    text_key(&value::read_money(&Json::from(text)).unwrap_or_else(|| text.to_owned()))
}

/// The custom fields of an entity.
pub fn load(tx: &mut Tx<'_>, custom: Custom) -> Result<Vec<Definition>, DbError> {
    let rows = tx.known_rows(&Sql::with(
        "select id, name, kind, many, mandatory, settings, edit_in_list from custom_fields where entity = $1 order by sort, id",
        [custom.entity.into()],
    ))?;
    let mut definitions = Vec::with_capacity(rows.len());
    for row in rows.iter() {
        let id = row.int(0)?;
        let kind = kind_of(row.text(2)).ok_or(DbError::Shape("a custom field of an unknown type"))?;
        let many = row.int(3)? == 1;
        definitions.push(Definition {
            id,
            entity: custom.entity,
            kind,
            many,
            mandatory: row.int(4)? == 1,
            own: row.int(6)? == 1,
            settings: serde_json::from_str(row.text(5)).unwrap_or_default(),
            field: intern((id, row.text(1)), kind, many, custom),
        });
    }
    Ok(definitions)
}

/// The field of a definition, made once for each in the life of a process.
///
/// A field's ID is never used again and what is interned of it (name, type, multiplicity) never changes, so the memory
/// that this keeps is bounded by the number of fields ever defined. In return a custom field is a `&'static Field`
/// everywhere, as those are that modules declare.
fn intern((id, name): (i64, &str), kind: CustomKind, many: bool, custom: Custom) -> &'static Field {
    type Known = HashMap<(i64, String), &'static Field>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    // One process may serve several databases, in tests, so the ID alone does not tell fields apart.
    let shape = format!("{name} {} {many} {}", kind.name(), custom.entity);
    known.entry((id, shape)).or_insert_with(|| {
        let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
        let fold = if kind == CustomKind::Money { money_key } else { text_key };
        // A number's text is kept too, since each engine would write it in another way.
        let key = matches!(kind.kind(), Kind::Text | Kind::Real).then_some(Key { column: "text_key", fold });
        Box::leak(Box::new(Field {
            key,
            max: TEXT_MAX,
            ..field(name, "", kind.kind())
                .stored(Stored::Custom { id, column: kind.column(), many })
                .scopes(custom.scopes)
                .right(custom.right)
                .writable()
        }))
    })
}
