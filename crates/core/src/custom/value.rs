//! The values of custom fields: reading what was sent, and writing rows.

use super::{Custom, CustomKind, Definition, TEXT_MAX, intern, kind_of, load};
use crate::{
    Call, Json, Params, Result,
    call::Right,
    error::{ARGUMENT, CORE},
    file,
    params::{read_bool, read_int, read_real, read_text, wrong},
    record::{is_no_one, read_user},
    time::{Style, read_date, read_instant, write_instant},
};
use muster_db::{DbError, Sql, Tx, Value};

/// The most values of one field in one record.
const MOST_VALUES: usize = 1000;

/// The values that a call sets: which of the call's definitions, and what.
pub type Written = Vec<(usize, Vec<Value>)>;

/// Reads the custom fields that were sent. When a record is new, defaults fill what was not sent.
pub fn read(call: &mut Call<'_, '_>, params: &Params, is_new: bool) -> Result<Written> {
    let definitions = call.custom;
    let mut written = Vec::new();
    for (index, definition) in definitions.iter().enumerate() {
        let name = definition.field.name;
        let sent = params.get(name).cloned();
        if sent.is_some() && !definition.field.is_visible(call.caller) {
            return Err(ARGUMENT.say(format!("{name} may not be set with this scope")).about(name));
        }
        let sent = match sent {
            Some(sent) => sent,
            None if is_new => default_of(definition, call),
            None => continue,
        };
        let values = read_values(definition, &sent, call)?;
        // Whoever may not see it cannot be asked for it.
        if values.is_empty() && definition.mandatory && definition.field.is_visible(call.caller) {
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
            Some("NOW") => write_instant(call.now, Style::Iso, &call.settings.time_zone).into(),
            Some("FIXED") => default.get("VALUE").cloned().unwrap_or_default(),
            _ => Json::Null,
        },
        CustomKind::Enumeration => definition.settings.get("DEFAULT_OPTIONS").cloned().unwrap_or_default(),
        _ => default,
    }
}

/// No entity: for a field that only its own value is looked at of.
const NOWHERE: Custom = Custom { entity: "", module: "", prefix: "", scopes: &[], right: Right::Anyone };

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
        own: false,
        settings: serde_json::from_str(row.text(2)).unwrap_or_default(),
        field: intern((id, row.text(0)), kind, many, NOWHERE),
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
        CustomKind::File => {
            let (file_name, bytes) =
                file::read_sent(item, call.settings.picture_bytes).map_err(|why| wrong(name, &why))?;
            check_file(definition, &file_name, bytes.len())?;
            Value::Text(file::store_any(call, file_name, bytes)?)
        }
    })
}

/// Sees that a file is one of those that the field's settings allow.
fn check_file(definition: &Definition, file_name: &str, bytes: usize) -> Result<()> {
    let name = definition.field.name;
    let most = definition.settings.get("MAX_ALLOWED_SIZE").and_then(read_int).and_then(|it| usize::try_from(it).ok());
    if most.is_some_and(|most| most > 0 && bytes > most) {
        return Err(wrong(name, &format!("a file of at most {} bytes", most.unwrap_or(0))));
    }
    let allowed: Vec<String> = match definition.settings.get("EXTENSIONS") {
        Some(Json::Array(items)) => items.iter().filter_map(read_text).collect(),
        Some(Json::Object(map)) => map.keys().cloned().collect(),
        Some(Json::String(text)) => text.split(',').map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let allowed: Vec<&str> =
        allowed.iter().map(|it| it.trim().trim_start_matches('.')).filter(|it| !it.is_empty()).collect();
    let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if allowed.is_empty() || allowed.iter().any(|it| it.eq_ignore_ascii_case(extension)) {
        return Ok(());
    }
    Err(wrong(name, &format!("a file that ends in {}", allowed.join(", "))))
}

/// `100|USD`, or the amount alone. It is stored as it is meant, so that equal amounts are equal texts.
pub(super) fn read_money(item: &Json) -> Option<String> {
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
        (Some(_), Value::Real(it)) => Value::Text(it.to_string()),
        _ => column("text_key"),
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

/// Deletes all values of a record, and the files among them.
pub fn delete_record(call: &mut Call<'_, '_>, record_id: i64) -> Result<()> {
    for definition in call.custom {
        clear(call.tx, definition, record_id)?;
    }
    Ok(())
}

/// The same outside a call: deletes all that a record of this entity has in custom fields.
pub fn erase_record(tx: &mut Tx<'_>, custom: Custom, record_id: i64) -> Result<()> {
    for definition in load(tx, custom)? {
        clear(tx, &definition, record_id)?;
    }
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
