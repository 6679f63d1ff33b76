//! Custom fields: defined by administrators, kept as rows.
//!
//! A definition is a row of `custom_fields`, a value a row of `custom_values` with a typed column each for numbers, reals
//! and texts, so that filtering and sorting go by an index without a change to the schema. To the rest of the core a
//! custom field is a [`Field`] like any other.

use crate::{
    Call, Json, Result,
    error::{ARGUMENT, CORE},
    field::{Field, Key, Kind, Stored, field},
    file,
    params::{read_bool, read_int, read_real, read_text, wrong},
    record::{is_no_one, read_user},
    text::search_key,
    time::{Style, read_date, read_instant},
};
use muster_db::{DbError, Sql, Tx, Value};
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

/// The table that values are in. Its owner column is `record_id`, its ordering column `position`.
pub const VALUES: &str = "custom_values";

/// Which entity may have custom fields, and who sees them.
#[derive(Debug, Clone, Copy)]
pub struct Custom {
    /// What the documentation calls the entity, such as `USER`.
    pub entity: &'static str,
    /// Visible to callers that hold any of these scopes.
    pub scopes: &'static [&'static str],
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
            CustomKind::Text
            | CustomKind::Date
            | CustomKind::File
            | CustomKind::Url
            | CustomKind::Address
            | CustomKind::Money => "text_value",
        }
    }
}

/// How many characters of a folded text are indexed. PostgreSQL bounds the size of what an index holds.
const KEY_CHARS: usize = 200;
/// The most characters of a text.
const TEXT_MAX: usize = 10_000;
/// The most values of one field in one record.
const MOST_VALUES: usize = 1000;

/// A text as custom fields are compared by it.
fn text_key(text: &str) -> String {
    search_key(text).chars().take(KEY_CHARS).collect()
}

/// An amount of money as it is compared: however it is written, it is the same amount.
fn money_key(text: &str) -> String {
    text_key(&read_money(&Json::from(text)).unwrap_or_else(|| text.to_owned()))
}

/// The custom fields of an entity.
pub fn load(tx: &mut Tx<'_>, custom: Custom) -> Result<Vec<Definition>, DbError> {
    let rows = tx.rows(&Sql::with(
        "select id, name, kind, many, mandatory, settings from custom_fields where entity = $1 order by sort, id",
        [custom.entity.into()],
    ))?;
    let mut definitions = Vec::with_capacity(rows.len());
    for row in &rows {
        let id = row.int(0)?;
        let kind = kind_of(row.text(2)).ok_or(DbError::Shape("a custom field of an unknown type"))?;
        let many = row.int(3)? == 1;
        definitions.push(Definition {
            id,
            entity: custom.entity,
            kind,
            many,
            mandatory: row.int(4)? == 1,
            settings: serde_json::from_str(row.text(5)).unwrap_or_default(),
            field: intern(id, row.text(1), kind, many, custom.scopes),
        });
    }
    Ok(definitions)
}

/// The field of a definition, made once for each in the life of a process.
///
/// A field's ID is never used again and what is interned of it (name, type, multiplicity) never changes, so the memory
/// that this keeps is bounded by the number of fields ever defined. In return a custom field is a `&'static Field`
/// everywhere, as those are that modules declare.
fn intern(id: i64, name: &str, kind: CustomKind, many: bool, scopes: &'static [&'static str]) -> &'static Field {
    type Known = HashMap<(i64, String), &'static Field>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    // One process may serve several databases, in tests, so the ID alone does not tell fields apart.
    let shape = format!("{name} {} {many} {}", kind.name(), scopes.join(","));
    known.entry((id, shape)).or_insert_with(|| {
        let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
        let fold = if kind == CustomKind::Money { money_key } else { text_key };
        let key = (kind.kind() == Kind::Text).then_some(Key { column: "text_key", fold });
        Box::leak(Box::new(Field {
            key,
            max: TEXT_MAX,
            ..field(name, "", kind.kind())
                .stored(Stored::Custom { id, column: kind.column(), many })
                .scopes(scopes)
                .writable()
        }))
    })
}

/// The values that a call sets: which of the call's definitions, and what.
pub type Written = Vec<(usize, Vec<Value>)>;

/// Reads the custom fields that were sent. When a record is new, defaults fill what was not sent.
pub fn read(call: &mut Call<'_, '_>, is_new: bool) -> Result<Written> {
    let definitions = call.custom;
    let mut written = Vec::new();
    for (index, definition) in definitions.iter().enumerate() {
        let name = definition.field.name;
        let sent = call.params.get(name).cloned();
        if sent.is_some() && !definition.field.is_visible(call.caller) {
            return Err(ARGUMENT.say(format!("{name} may not be set with this scope")).about(name));
        }
        let sent = match sent {
            Some(sent) => sent,
            None if is_new => default_of(definition, call),
            None => continue,
        };
        let values = read_values(definition, &sent, call)?;
        if values.is_empty() && definition.mandatory {
            return Err(CORE.say(format!("The field {name} is required")).about(name));
        }
        written.push((index, values));
    }
    Ok(written)
}

fn default_of(definition: &Definition, call: &Call<'_, '_>) -> Json {
    let default = definition.settings.get("DEFAULT_VALUE").cloned().unwrap_or_default();
    match definition.kind {
        CustomKind::Date | CustomKind::DateTime => match default.get("TYPE").and_then(Json::as_str) {
            Some("NOW") => crate::time::write_instant(call.now, Style::Iso, &call.settings.time_zone).into(),
            Some("FIXED") => default.get("VALUE").cloned().unwrap_or_default(),
            _ => Json::Null,
        },
        // «No» is what a new record says anyway.
        CustomKind::Boolean if default.as_i64() == Some(0) => Json::Null,
        CustomKind::Enumeration => definition.settings.get("DEFAULT_OPTIONS").cloned().unwrap_or_default(),
        _ => default,
    }
}

/// Sees that a field's own default is a value that it takes; otherwise no record could be added any more.
pub fn check_default(call: &mut Call<'_, '_>, id: i64) -> Result<()> {
    let row =
        call.tx.row(&Sql::with("select name, kind, settings, many from custom_fields where id = $1", [id.into()]))?;
    let Some(row) = row else { return Ok(()) };
    let Some(kind) = kind_of(row.text(1)) else { return Ok(()) };
    let many = row.int(3)? == 1;
    let definition = Definition {
        id,
        entity: "",
        kind,
        many,
        mandatory: false,
        settings: serde_json::from_str(row.text(2)).unwrap_or_default(),
        field: intern(id, row.text(0), kind, many, &[]),
    };
    let default = default_of(&definition, call);
    read_values(&definition, &default, call).map(drop)
}

fn read_values(definition: &Definition, sent: &Json, call: &mut Call<'_, '_>) -> Result<Vec<Value>> {
    let is_pair = definition.kind == CustomKind::File && !definition.many;
    let items: Vec<&Json> = match sent {
        Json::Array(items) if !is_pair => items.iter().collect(),
        Json::Object(map) if definition.many => map.values().collect(),
        one => vec![one],
    };
    let name = definition.field.name;
    if items.len() > MOST_VALUES || (items.len() > 1 && !definition.many) {
        return Err(wrong(name, if definition.many { "a list of at most 1000 values" } else { "a single value" }));
    }
    let mut values = Vec::new();
    for item in items {
        let is_nothing = match definition.kind {
            CustomKind::Employee => is_no_one(item),
            _ => matches!(item, Json::Null) || item.as_str() == Some(""),
        };
        if !is_nothing {
            values.push(read_one(definition, item, call)?);
        }
    }
    Ok(values)
}

fn read_one(definition: &Definition, item: &Json, call: &mut Call<'_, '_>) -> Result<Value> {
    let name = definition.field.name;
    let int = |what: &str| read_int(item).ok_or_else(|| wrong(name, what));
    let text = |most: usize| {
        let text = read_text(item).filter(|it| it.chars().count() <= most);
        text.ok_or_else(|| wrong(name, &format!("a text of at most {most} characters")))
    };
    Ok(match definition.kind {
        CustomKind::Integer => Value::Int(int("a whole number")?),
        CustomKind::Double => Value::Real(read_real(item).ok_or_else(|| wrong(name, "a number"))?),
        CustomKind::Boolean => Value::from(read_bool(item).ok_or_else(|| wrong(name, "Y or N"))?),
        CustomKind::Date => {
            let date = read_text(item).and_then(|it| read_date(&it));
            Value::Text(date.ok_or_else(|| wrong(name, "a date such as 1990-12-31"))?)
        }
        CustomKind::DateTime => {
            let span = read_text(item).and_then(|it| read_instant(&it, &call.settings.time_zone));
            Value::Int(span.ok_or_else(|| wrong(name, "a time such as 2024-07-23T08:00:00+00:00"))?.from)
        }
        CustomKind::Enumeration => {
            let option = int("the ID of one of the field's options")?;
            let known = "select count(*) from custom_options where id = $1 and field_id = $2";
            exists(call, known, [option.into(), definition.id.into()])?
                .then_some(Value::Int(option))
                .ok_or_else(|| wrong(name, "the ID of one of the field's options"))?
        }
        CustomKind::Employee => Value::Int(read_user(name, item, call)?),
        CustomKind::Url => {
            let url = text(2000)?;
            let known = ["http://", "https://", "mailto:", "tel:", "ftp://", "/"];
            if !known.iter().any(|it| url.to_ascii_lowercase().starts_with(it)) {
                return Err(wrong(name, "a web address such as https://example.com/"));
            }
            Value::Text(url)
        }
        CustomKind::Money => {
            Value::Text(read_money(item).ok_or_else(|| wrong(name, "an amount and a currency such as 100|USD"))?)
        }
        CustomKind::Text | CustomKind::Address => Value::Text(text(TEXT_MAX)?),
        CustomKind::File => Value::Text(file::store_sent(call, name, item)?),
    })
}

/// `100|USD`, or the amount alone. It is stored as it is meant, so that equal amounts are equal texts.
fn read_money(item: &Json) -> Option<String> {
    let text = read_text(item)?;
    let (amount, currency) = text.split_once('|').unwrap_or((&text, ""));
    let amount: f64 = amount.trim().parse().ok().filter(|it: &f64| it.is_finite())?;
    let currency = currency.trim().to_ascii_uppercase();
    let is_currency = currency.is_empty() || (currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase()));
    is_currency.then(|| if currency.is_empty() { amount.to_string() } else { format!("{amount}|{currency}") })
}

fn exists(call: &mut Call<'_, '_>, sql: &'static str, args: [Value; 2]) -> Result<bool> {
    Ok(call.tx.int(&Sql::with(sql, args))? > 0)
}

/// Writes the values of a record in place of those that it had.
pub fn write(call: &mut Call<'_, '_>, record_id: i64, written: &Written) -> Result<()> {
    let definitions = call.custom;
    for (index, values) in written {
        let Some(definition) = definitions.get(*index) else { continue };
        clear(call.tx, definition, record_id)?;
        for (position, value) in (0i64..).zip(values) {
            insert(call.tx, definition, record_id, position, value)?;
        }
    }
    Ok(())
}

fn clear(tx: &mut Tx<'_>, definition: &Definition, record_id: i64) -> Result<()> {
    let place = || [definition.id.into(), record_id.into()];
    if definition.kind == CustomKind::File {
        let old = Sql::with("select text_value from custom_values where field_id = $1 and record_id = $2", place());
        for row in tx.rows(&old)? {
            file::delete(tx, row.text(0))?;
        }
    }
    tx.run(&Sql::with("delete from custom_values where field_id = $1 and record_id = $2", place()))?;
    Ok(())
}

fn insert(
    tx: &mut Tx<'_>,
    definition: &Definition,
    record_id: i64,
    position: i64,
    value: &Value,
) -> Result<(), DbError> {
    let column = |name| if definition.kind.column() == name { value.clone() } else { Value::Null };
    let key = match (definition.field.key, value) {
        (Some(key), Value::Text(text)) => Value::Text((key.fold)(text)),
        _ => Value::Null,
    };
    let args = [
        definition.id.into(),
        record_id.into(),
        position.into(),
        column("int_value"),
        column("real_value"),
        column("text_value"),
        key,
    ];
    tx.run(&Sql::with(
        "insert into custom_values (field_id, record_id, position, int_value, real_value, text_value, text_key)
         values ($1, $2, $3, $4, $5, $6, $7)",
        args,
    ))?;
    Ok(())
}

/// Deletes a field's values everywhere, and the files among them.
pub fn delete_values(tx: &mut Tx<'_>, field_id: i64, kind: CustomKind) -> Result<()> {
    if kind == CustomKind::File {
        let files = Sql::with("select text_value from custom_values where field_id = $1", [field_id.into()]);
        for row in tx.rows(&files)? {
            file::delete(tx, row.text(0))?;
        }
    }
    tx.run(&Sql::with("delete from custom_values where field_id = $1", [field_id.into()]))?;
    Ok(())
}
