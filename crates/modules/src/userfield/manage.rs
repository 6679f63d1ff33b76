//! Defining custom fields, for whoever asks: adding, changing and deleting definitions.

use super::{NO_CODE, labels, missing, options, serde_json_value, settings};
use muster_core::{
    Call, Error, Json, Map, Result,
    custom::{self, Custom, CustomKind, kind_of},
    error::{ARGUMENT, CORE, OnTaken as _},
    json,
    params::{read_bool, read_int, read_text, wrong},
};
use muster_db::{Sql, Value};

/// The most characters of a code.
const NAME_MAX: usize = 50;

/// A custom field that exists, with what changing it depends on.
pub(crate) struct Found {
    /// Its ID.
    pub(crate) id: i64,
    /// Its type.
    pub(crate) kind: CustomKind,
    settings: Json,
    labels: Json,
}

/// Adds a custom field of this code and answers its ID.
pub(crate) fn add(call: &mut Call<'_, '_>, custom: Custom, name: &str, fields: &Map<String, Json>) -> Result<i64> {
    check_name(custom, name)?;
    let taken = || CORE.say(format!("Field {name} for {} object already exists", custom.entity));
    let mut entities = call.registry.modules().iter().flat_map(|it| it.entities);
    let entity = entities.find(|it| it.custom.is_some_and(|it| it.entity == custom.entity));
    if entity.is_some_and(|it| it.field(name).is_some()) {
        return Err(taken());
    }
    let text = |name: &str| fields.get(name).and_then(read_text).filter(|it| !it.is_empty());
    let kind = text("USER_TYPE_ID").ok_or_else(|| NO_CODE.say("The 'USER_TYPE_ID' field is not found."))?;
    let kind = kind_of(&kind).ok_or_else(|| CORE.say("Fail to create new user field").about("USER_TYPE_ID"))?;
    let settings = settings::read(kind, fields.get("SETTINGS"), &json!({}))?;
    let flag = |name: &'static str, default: bool| Ok::<_, Error>(read_flag(fields, name)?.unwrap_or(default));
    let id = call.tx.int(&Sql::with(
        "insert into custom_fields (entity, name, kind, xml_id, sort, many, mandatory, show_filter, show_in_list,
            edit_in_list, is_searchable, settings, labels)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning id",
        [
            custom.entity.into(),
            name.into(),
            kind.name().into(),
            text("XML_ID").into(),
            read_sort(fields)?.unwrap_or(100).into(),
            flag("MULTIPLE", false)?.into(),
            flag("MANDATORY", false)?.into(),
            show_filter(fields.get("SHOW_FILTER")).unwrap_or("N").into(),
            flag("SHOW_IN_LIST", true)?.into(),
            flag("EDIT_IN_LIST", true)?.into(),
            flag("IS_SEARCHABLE", false)?.into(),
            settings.to_string().into(),
            labels::read(fields, &json!({})).to_string().into(),
        ],
    ))?;
    call.tx
        .run(&Sql::with(
            "insert into custom_field_names (entity, name, field_id) values ($1, $2, $3)",
            [custom.entity.into(), name.into(), id.into()],
        ))
        .on_taken(taken)?;
    if let (CustomKind::Enumeration, Some(list)) = (kind, fields.get("LIST")) {
        options::write(call, id, list)?;
    }
    keep_default_options(call, id, kind, settings)?;
    Ok(id)
}

/// Changes what was sent and nothing else.
pub(crate) fn update(call: &mut Call<'_, '_>, found: &Found, fields: &Map<String, Json>) -> Result<()> {
    let settings = settings::read(found.kind, fields.get("SETTINGS"), &found.settings)?;
    let mut columns: Vec<(&'static str, Value)> =
        vec![("labels", labels::read(fields, &found.labels).to_string().into())];
    for (name, column) in [
        ("MANDATORY", "mandatory"),
        ("SHOW_IN_LIST", "show_in_list"),
        ("EDIT_IN_LIST", "edit_in_list"),
        ("IS_SEARCHABLE", "is_searchable"),
    ] {
        columns.extend(read_flag(fields, name)?.map(|it| (column, it.into())));
    }
    columns.extend(read_sort(fields)?.map(|it| ("sort", it.into())));
    if let Some(sent) = fields.get("XML_ID") {
        columns.push(("xml_id", read_text(sent).filter(|it| !it.is_empty()).into()));
    }
    columns.extend(show_filter(fields.get("SHOW_FILTER")).map(|it| ("show_filter", it.into())));
    let mut sql = Sql::new("update custom_fields set ");
    sql.join(columns, ", ", |sql, (name, value)| {
        sql.push(name).push(" = ").bind(value);
    });
    sql.push(" where id = ").bind(found.id);
    call.tx.run(&sql)?;
    if let (CustomKind::Enumeration, Some(list)) = (found.kind, fields.get("LIST")) {
        options::write(call, found.id, list)?;
    }
    keep_default_options(call, found.id, found.kind, settings)
}

/// Deletes a custom field with its options and its values.
pub(crate) fn delete(call: &mut Call<'_, '_>, found: &Found) -> Result<()> {
    custom::delete_values(call.tx, found.id, found.kind)?;
    options::delete_all(call.tx, found.id)?;
    call.tx.run(&Sql::with("delete from custom_field_names where field_id = $1", [found.id.into()]))?;
    call.tx.run(&Sql::with("delete from custom_fields where id = $1", [found.id.into()]))?;
    Ok(())
}

/// The custom field of this ID, if one of these entities has it.
pub(crate) fn find(call: &mut Call<'_, '_>, customs: &[Custom], id: i64) -> Result<Option<Found>> {
    let mut sql = Sql::with("select kind, settings, labels from custom_fields where id = $1", [id.into()]);
    sql.push(" and entity in (").bind_all(customs.iter().map(|it| it.entity)).push(")");
    let Some(row) = call.tx.row(&sql)? else { return Ok(None) };
    let kind = kind_of(row.text(0)).ok_or_else(missing)?;
    Ok(Some(Found { id, kind, settings: serde_json_value(row.text(1)), labels: serde_json_value(row.text(2)) }))
}

fn check_name(custom: Custom, name: &str) -> Result<()> {
    let prefix = custom.prefix;
    let is_code = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_';
    let rest = name.strip_prefix(prefix).unwrap_or_default();
    if rest.is_empty() || name.len() > NAME_MAX || !rest.bytes().all(is_code) {
        return Err(ARGUMENT
            .say(format!(
                "FIELD_NAME must be letters A to Z, digits and _, {NAME_MAX} characters at most with {prefix}"
            ))
            .about("FIELD_NAME"));
    }
    Ok(())
}

fn read_flag(fields: &Map<String, Json>, name: &'static str) -> Result<Option<bool>> {
    match fields.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(sent) => read_bool(sent).map(Some).ok_or_else(|| wrong(name, "Y or N")),
    }
}

fn read_sort(fields: &Map<String, Json>) -> Result<Option<i64>> {
    match fields.get("SORT") {
        None | Some(Json::Null) => Ok(None),
        Some(sent) => read_int(sent).map(Some).ok_or_else(|| wrong("SORT", "a whole number")),
    }
}

/// Whether and how a field is in the filter: N, or how it is compared (I, E, S); Y is E.
fn show_filter(sent: Option<&Json>) -> Option<&'static str> {
    let text = read_text(sent?)?;
    Some(match text.to_ascii_uppercase().as_str() {
        "I" => "I",
        "S" => "S",
        "Y" | "E" | "1" => "E",
        _ => "N",
    })
}

/// Writes the settings, with the options that are set by default beside them, where new records find them at once.
fn keep_default_options(call: &mut Call<'_, '_>, id: i64, kind: CustomKind, mut settings: Json) -> Result<()> {
    if kind == CustomKind::Enumeration {
        settings[settings::DEFAULT_OPTIONS] = options::defaults(call.tx, id)?.into();
    }
    let args = [settings.to_string().into(), id.into()];
    call.tx.run(&Sql::with("update custom_fields set settings = $1 where id = $2", args))?;
    custom::check_default(call, id)
}
