//! The options of a custom field of the type `enumeration`.

use muster_core::{
    Call, Json, Result,
    error::ARGUMENT,
    json,
    params::{read_bool, read_int, read_text},
};
use muster_db::{Sql, Tx};

/// Writes the options that were sent: those with an ID are changed or, with `DEL`, deleted, the others are added.
pub(super) fn write(call: &mut Call<'_, '_>, field_id: i64, sent: &Json) -> Result<()> {
    let items: Vec<&Json> = match sent {
        Json::Array(items) => items.iter().collect(),
        Json::Object(map) => map.values().collect(),
        _ => return Err(ARGUMENT.say("LIST must be a list of options").about("LIST")),
    };
    for item in items {
        let flag = |name: &str| item.get(name).and_then(read_bool).unwrap_or(false);
        match item.get("ID").and_then(read_int).filter(|it| *it > 0) {
            Some(id) if flag("DEL") => delete(call.tx, field_id, id)?,
            Some(id) => change(call.tx, field_id, id, item)?,
            None => add(call, field_id, item)?,
        }
    }
    Ok(())
}

fn add(call: &mut Call<'_, '_>, field_id: i64, item: &Json) -> Result<()> {
    let value = item.get("VALUE").and_then(read_text).filter(|it| !it.is_empty());
    let value = value.ok_or_else(|| ARGUMENT.say("an option needs a VALUE").about("LIST"))?;
    let xml_id = item.get("XML_ID").and_then(read_text).filter(|it| !it.is_empty());
    call.tx.run(&Sql::with(
        "insert into custom_options (field_id, value, sort, is_default, xml_id) values ($1, $2, $3, $4, $5)",
        [
            field_id.into(),
            value.into(),
            item.get("SORT").and_then(read_int).unwrap_or(500).into(),
            item.get("DEF").and_then(read_bool).unwrap_or(false).into(),
            xml_id.unwrap_or_else(|| call.chance.token()).into(),
        ],
    ))?;
    Ok(())
}

fn change(tx: &mut Tx<'_>, field_id: i64, id: i64, item: &Json) -> Result<()> {
    let mut sql = Sql::new("update custom_options set field_id = ");
    sql.bind(field_id);
    if let Some(value) = item.get("VALUE").and_then(read_text).filter(|it| !it.is_empty()) {
        sql.push(", value = ").bind(value);
    }
    if let Some(sort) = item.get("SORT").and_then(read_int) {
        sql.push(", sort = ").bind(sort);
    }
    if let Some(default) = item.get("DEF").and_then(read_bool) {
        sql.push(", is_default = ").bind(default);
    }
    if let Some(xml_id) = item.get("XML_ID").and_then(read_text) {
        sql.push(", xml_id = ").bind(xml_id);
    }
    sql.push(" where id = ").bind(id).push(" and field_id = ").bind(field_id);
    if tx.run(&sql)? == 0 {
        return Err(ARGUMENT.say(format!("the field has no option {id}")).about("LIST"));
    }
    Ok(())
}

/// Deletes an option and takes it away from the records that have it.
fn delete(tx: &mut Tx<'_>, field_id: i64, id: i64) -> Result<()> {
    let args = || [field_id.into(), id.into()];
    tx.run(&Sql::with("delete from custom_values where field_id = $1 and int_value = $2", args()))?;
    tx.run(&Sql::with("delete from custom_options where field_id = $1 and id = $2", args()))?;
    Ok(())
}

/// Deletes all options of a field.
pub(super) fn delete_all(tx: &mut Tx<'_>, field_id: i64) -> Result<()> {
    tx.run(&Sql::with("delete from custom_options where field_id = $1", [field_id.into()]))?;
    Ok(())
}

/// The IDs of the options that are set by default.
pub(super) fn defaults(tx: &mut Tx<'_>, field_id: i64) -> Result<Vec<i64>> {
    let sql = "select id from custom_options where field_id = $1 and is_default = 1 order by sort, id";
    Ok(tx.ints(&Sql::with(sql, [field_id.into()]))?)
}

/// The options as clients see them.
pub(super) fn shown(tx: &mut Tx<'_>, field_id: i64) -> Result<Json> {
    let rows = tx.rows(&Sql::with(
        "select id, sort, value, is_default, xml_id from custom_options where field_id = $1 order by sort, id",
        [field_id.into()],
    ))?;
    let mut options = Vec::new();
    for row in &rows {
        options.push(json!({
            "ID": row.int(0)?.to_string(),
            "SORT": row.int(1)?.to_string(),
            "VALUE": row.text(2),
            "DEF": if row.int(3)? == 1 { "Y" } else { "N" },
            "XML_ID": row.text(4),
        }));
    }
    Ok(options.into())
}
