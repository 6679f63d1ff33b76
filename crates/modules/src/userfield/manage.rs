//! Defining custom fields: `user.userfield.add`, `.update`, `.delete`.

use super::{NO_CODE, USER_ENTITY, labels, missing, options, serde_json_value, settings};
use muster_core::{
    Answer, Call, Json, Map, Result,
    custom::{self, CustomKind, kind_of},
    error::{ARGUMENT, CORE, OnTaken as _},
    json,
    params::{read_bool, read_int, read_text, wrong},
};
use muster_db::{Sql, Value};

/// What the code of a person's custom field begins with.
const PREFIX: &str = "UF_USR_";
/// The most characters of a code.
const NAME_MAX: usize = 50;

/// Adds a custom field and answers its ID.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Answer> {
    let fields = read_fields(call)?;
    let text = |name: &str| fields.get(name).and_then(read_text).filter(|it| !it.is_empty());
    let name = text("FIELD_NAME").ok_or_else(|| NO_CODE.say("The 'FIELD_NAME' field is not found."))?;
    let kind = text("USER_TYPE_ID").ok_or_else(|| NO_CODE.say("The 'USER_TYPE_ID' field is not found."))?;
    let name = full_name(&name)?;
    let kind = kind_of(&kind).ok_or_else(|| CORE.say("Fail to create new user field").about("USER_TYPE_ID"))?;
    let settings = settings::read(kind, fields.get("SETTINGS"), &json!({}))?;
    let flag = |name: &str, default: bool| fields.get(name).and_then(read_bool).unwrap_or(default);
    let id = call.tx.int(&Sql::with(
        "insert into custom_fields (entity, name, kind, xml_id, sort, many, mandatory, show_filter, show_in_list,
            edit_in_list, is_searchable, settings, labels)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning id",
        [
            USER_ENTITY.into(),
            name.as_str().into(),
            kind.name().into(),
            text("XML_ID").into(),
            fields.get("SORT").and_then(read_int).unwrap_or(100).into(),
            flag("MULTIPLE", false).into(),
            flag("MANDATORY", false).into(),
            show_filter(fields.get("SHOW_FILTER")).unwrap_or("N").into(),
            flag("SHOW_IN_LIST", true).into(),
            flag("EDIT_IN_LIST", true).into(),
            flag("IS_SEARCHABLE", false).into(),
            settings.to_string().into(),
            labels::read(&fields, &json!({})).to_string().into(),
        ],
    ))?;
    call.tx
        .run(&Sql::with(
            "insert into custom_field_names (entity, name, field_id) values ($1, $2, $3)",
            [USER_ENTITY.into(), name.as_str().into(), id.into()],
        ))
        .on_taken(|| CORE.say(format!("Field {name} for USER object already exists")))?;
    if let (CustomKind::Enumeration, Some(list)) = (kind, fields.get("LIST")) {
        options::write(call, id, list)?;
    }
    keep_default_options(call, id, kind, settings)?;
    Ok(id.into())
}

/// Changes what was sent and nothing else.
pub(super) fn update(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (id, kind, known, known_labels) = find(call)?;
    let fields = read_fields(call)?;
    if let Some(other) = fields.get("USER_TYPE_ID").and_then(read_text).filter(|it| kind_of(it) != Some(kind)) {
        return Err(ARGUMENT.say(format!("the type of a field cannot be changed to {other}")).about("USER_TYPE_ID"));
    }
    let settings = settings::read(kind, fields.get("SETTINGS"), &known)?;
    let mut columns: Vec<(&'static str, Value)> =
        vec![("labels", labels::read(&fields, &known_labels).to_string().into())];
    for (name, column) in [
        ("MANDATORY", "mandatory"),
        ("SHOW_IN_LIST", "show_in_list"),
        ("EDIT_IN_LIST", "edit_in_list"),
        ("IS_SEARCHABLE", "is_searchable"),
    ] {
        if let Some(sent) = fields.get(name) {
            columns.push((column, read_bool(sent).ok_or_else(|| wrong(name, "Y or N"))?.into()));
        }
    }
    if let Some(sent) = fields.get("SORT") {
        columns.push(("sort", read_int(sent).ok_or_else(|| wrong("SORT", "a whole number"))?.into()));
    }
    if let Some(sent) = fields.get("XML_ID") {
        columns.push(("xml_id", read_text(sent).filter(|it| !it.is_empty()).into()));
    }
    if let Some(shown) = show_filter(fields.get("SHOW_FILTER")) {
        columns.push(("show_filter", shown.into()));
    }
    let mut sql = Sql::new("update custom_fields set ");
    sql.join(columns, ", ", |sql, (name, value)| {
        sql.push(name).push(" = ").bind(value);
    });
    sql.push(" where id = ").bind(id);
    call.tx.run(&sql)?;
    if let (CustomKind::Enumeration, Some(list)) = (kind, fields.get("LIST")) {
        options::write(call, id, list)?;
    }
    keep_default_options(call, id, kind, settings)?;
    Ok(true.into())
}

/// Deletes a custom field with its options and its values.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Answer> {
    let (id, kind, ..) = find(call)?;
    custom::delete_values(call.tx, id, kind)?;
    options::delete_all(call.tx, id)?;
    call.tx.run(&Sql::with("delete from custom_field_names where field_id = $1", [id.into()]))?;
    call.tx.run(&Sql::with("delete from custom_fields where id = $1", [id.into()]))?;
    Ok(true.into())
}

/// `FIELDS`, with the names in upper case.
fn read_fields(call: &Call<'_, '_>) -> Result<Map<String, Json>> {
    match call.params.get("FIELDS") {
        Some(Json::Object(fields)) => {
            Ok(fields.iter().map(|(name, value)| (name.to_uppercase(), value.clone())).collect())
        }
        None | Some(Json::Null | Json::Array(_)) => Ok(Map::new()),
        Some(_) => Err(wrong("FIELDS", "an object of fields and values")),
    }
}

/// `DEALS` and `UF_DEALS` become `UF_USR_DEALS`.
fn full_name(given: &str) -> Result<String> {
    let upper = given.trim().to_uppercase();
    let bare = upper.strip_prefix(PREFIX).or_else(|| upper.strip_prefix("UF_")).unwrap_or(&upper);
    let name = format!("{PREFIX}{bare}");
    let is_code = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_';
    if bare.is_empty() || name.len() > NAME_MAX || !bare.bytes().all(is_code) {
        return Err(ARGUMENT
            .say(format!(
                "FIELD_NAME must be letters A to Z, digits and _, {NAME_MAX} characters at most with {PREFIX}"
            ))
            .about("FIELD_NAME"));
    }
    Ok(name)
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

/// The field that `ID` names: its type, settings and labels.
fn find(call: &mut Call<'_, '_>) -> Result<(i64, CustomKind, Json, Json)> {
    let invalid = || NO_CODE.say("ID is not defined or invalid");
    let id = call.params.int("ID").ok().flatten().filter(|it| *it > 0).ok_or_else(invalid)?;
    let row = call.tx.row(&Sql::with(
        "select kind, settings, labels from custom_fields where id = $1 and entity = $2",
        [id.into(), USER_ENTITY.into()],
    ))?;
    let row = row.ok_or_else(missing)?;
    let kind = kind_of(row.text(0)).ok_or_else(missing)?;
    Ok((id, kind, serde_json_value(row.text(1)), serde_json_value(row.text(2))))
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
