//! Custom fields of people: `user.userfield.*`. What they do to reading and writing is in [`muster_core::custom`].

mod labels;
mod manage;
mod options;
mod settings;

use muster_core::{
    Answer, Call, Error, Json, Map, Module, Result,
    call::Right,
    custom::{self, kind_of},
    error::{ARGUMENT, CORE, Code, code},
    field::{Entity, Kind::*, field},
    filter::{Cond, Test, condition},
    list::{self, Query},
    method::{Check, Method, Param, Scope, Shape, param, read, write},
    params::read_text,
};
use muster_db::{Migration, Sql};

/// The module.
pub const MODULE: Module = Module {
    name: "userfield",
    scopes: &[Scope { name: "user.userfield", title: "Custom fields of people" }],
    entities: &[&CUSTOM_FIELD],
    methods: METHODS,
    migrations: &[Migration { name: "userfield/0001", sql: include_str!("0001_userfields.sql") }],
    checks: &[
        Check {
            defect: "values of custom fields that do not exist",
            count: "select count(*) from custom_values where field_id not in (select id from custom_fields)",
        },
        Check {
            defect: "custom fields whose name is not claimed for them",
            count: "select count(*) from custom_fields f where not exists
                    (select 1 from custom_field_names n where n.field_id = f.id and n.name = f.name)",
        },
    ],
    access: &[],
};

/// The documentation gives these errors no code.
static NO_CODE: Code = code("", 400, "Access denied.");

/// What people are called where custom fields are concerned.
const USER_ENTITY: &str = "USER";
const SCOPE: &[&str] = &["user.userfield"];
const ERRORS: &[&Code] = &[&ARGUMENT, &CORE, &NO_CODE];

/// The definition of a custom field.
pub static CUSTOM_FIELD: Entity = Entity {
    name: "custom_field",
    table: "custom_fields",
    joins: &[],
    custom: None,
    id: "custom_fields.id",
    sparse: false,
    fields: &[
        field("ID", "custom_fields.id", Id),
        field("ENTITY_ID", "custom_fields.entity", Text).title("Object"),
        field("FIELD_NAME", "custom_fields.name", Text).title("Code"),
        field("USER_TYPE_ID", "custom_fields.kind", Text).title("Type"),
        field("XML_ID", "custom_fields.xml_id", Text).title("External code"),
        field("SORT", "custom_fields.sort", Id).title("Sort order"),
        field("MULTIPLE", "custom_fields.many", YesNo).title("Several values"),
        field("MANDATORY", "custom_fields.mandatory", YesNo).title("Required"),
        field("SHOW_FILTER", "custom_fields.show_filter", Text).title("Shown in the filter"),
        field("SHOW_IN_LIST", "custom_fields.show_in_list", YesNo).title("Shown in lists"),
        field("EDIT_IN_LIST", "custom_fields.edit_in_list", YesNo).title("Editable"),
        field("IS_SEARCHABLE", "custom_fields.is_searchable", YesNo).title("Searchable"),
    ],
};

const FIELDS: Param = param(
    "FIELDS",
    "object",
    "FIELD_NAME, USER_TYPE_ID, XML_ID, SORT, MULTIPLE, MANDATORY, SHOW_FILTER, SHOW_IN_LIST, EDIT_IN_LIST, IS_SEARCHABLE, \
     SETTINGS, LIST, LABEL and the labels by language",
);
const ID: Param = param("ID", "integer", "Which custom field").required();

static METHODS: &[Method] = &[
    write("user.userfield.add", manage::add)
        .about("Adds a custom field to people. Its code gets the prefix UF_USR_.")
        .scopes(SCOPE)
        .right(Right::ManagePeople, &NO_CODE, "Access denied.")
        .params(&[FIELDS.required()])
        .shape(Shape::Id)
        .errors(ERRORS),
    write("user.userfield.update", manage::update)
        .about("Changes a custom field; its code, type and multiplicity stay.")
        .scopes(SCOPE)
        .right(Right::ManagePeople, &NO_CODE, "Access denied.")
        .params(&[ID, FIELDS])
        .shape(Shape::Flag)
        .errors(ERRORS),
    write("user.userfield.delete", manage::delete)
        .about("Deletes a custom field and its values.")
        .scopes(SCOPE)
        .right(Right::ManagePeople, &NO_CODE, "Access denied.")
        .params(&[ID])
        .shape(Shape::Flag)
        .errors(ERRORS),
    read("user.userfield.list", list)
        .about("Lists the custom fields of people, 50 to a page.")
        .scopes(SCOPE)
        .right(Right::ManagePeople, &NO_CODE, "Access denied.")
        .params(&[
            param("ORDER", "object", "Fields of a definition with ASC or DESC"),
            param("FILTER", "object", "Conditions on a definition; LANG adds the labels in that language"),
            param("START", "integer", "From which field on, 50 to a page; -1 answers without counting"),
        ])
        .answers(Shape::List, &CUSTOM_FIELD)
        .errors(ERRORS),
];

fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let mut filter = call.params.get("FILTER").cloned().unwrap_or_default();
    let language = filter.as_object_mut().and_then(|it| it.shift_remove("LANG")).and_then(|it| read_text(&it));
    let mut conds = vec![muster_core::filter::parse(&CUSTOM_FIELD, &filter, call)?];
    conds.extend(of_people(call));
    let query = Query {
        cond: Cond::All(conds),
        order: list::read_order(&CUSTOM_FIELD, call.params, call)?,
        start: list::read_start(call)?,
        select: CUSTOM_FIELD.visible(call.caller),
        picture: "",
    };
    let mut answer = list::page(call, &CUSTOM_FIELD, &query)?;
    if let Json::Array(fields) = &mut answer.result {
        for field in fields {
            complete(call, field, language.as_deref())?;
        }
    }
    Ok(answer)
}

fn of_people(call: &Call<'_, '_>) -> Option<Cond> {
    let entity = CUSTOM_FIELD.field("ENTITY_ID")?;
    Some(condition(entity, Test::Eq, false, &USER_ENTITY.into(), &call.settings.time_zone))
}

/// Adds what is no column of a definition: its settings, its options, its labels.
fn complete(call: &mut Call<'_, '_>, shown: &mut Json, language: Option<&str>) -> Result<()> {
    let Json::Object(shown) = shown else { return Ok(()) };
    let id = shown.get("ID").and_then(read_text).and_then(|it| it.parse::<i64>().ok()).unwrap_or(0);
    let row = call.tx.row(&Sql::with("select settings, labels, kind from custom_fields where id = $1", [id.into()]))?;
    let Some(row) = row else { return Ok(()) };
    if shown.get("XML_ID").and_then(Json::as_str) == Some("") {
        shown.insert("XML_ID".to_owned(), Json::Null);
    }
    let stored: Json = serde_json_value(row.text(0));
    shown.insert("SETTINGS".to_owned(), settings::shown(&stored));
    if kind_of(row.text(2)) == Some(custom::CustomKind::Enumeration) {
        shown.insert("LIST".to_owned(), options::shown(call.tx, id)?);
    }
    if let Some(language) = language {
        shown.extend(labels::shown(&serde_json_value(row.text(1)), language));
    }
    Ok(())
}

/// JSON that Muster wrote itself.
fn serde_json_value(text: &str) -> Json {
    text.parse().unwrap_or(Json::Object(Map::new()))
}

/// The error for a field that is not there.
fn missing() -> Error {
    NO_CODE.error()
}
