//! Defining custom fields: `user.userfield.*` and `userfieldconfig.*`. What they do to reading and writing is in
//! [`muster_core::custom`].

mod config;
mod described;
pub mod form;
pub(crate) mod labels;
pub(crate) mod manage;
mod options;
mod people;
mod settings;

pub use described::{Described, described};

use crate::user::USER;
use muster_core::{
    Call, Error, Json, Map, Module, Result,
    call::Right,
    custom::{CustomKind, erase_record, kind_of},
    error::{ARGUMENT, CORE, Code, code},
    field::{Entity, Kind::*, field},
    method::{Method, Param, Shape, param, read, write},
    module::{Check, Scope},
    params::read_int,
    personal::{Erased, personal},
};
use muster_db::{Migration, Sql, Tx};

/// The module.
pub const MODULE: Module = Module {
    scopes: &[
        Scope { name: "user.userfield", title: "Custom fields of people" },
        Scope { name: "userfieldconfig", title: "Custom fields of any object" },
    ],
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
    // What is in the custom fields of a person is handed out with their profile.
    personal: &[personal("custom_values", "", "Custom fields of the person").erased_by(erase_values)],
    ..Module::new("userfield")
};

/// The documentation gives these errors no code.
static NO_CODE: Code = code("", 400, "Access denied.");

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
    camel: false,
    fields: &[
        field("ID", "custom_fields.id", Id),
        field("ENTITY_ID", "custom_fields.entity", Text).title("Object"),
        field("FIELD_NAME", "custom_fields.name", Text).title("Code"),
        field("USER_TYPE_ID", "custom_fields.kind", Text).title("Type"),
        field("XML_ID", "custom_fields.xml_id", Text).title("External code").nullable(),
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
const CONFIG_SCOPE: &[&str] = &["userfieldconfig"];
const MODULE_ID: Param = param("MODULEID", "string", "Whose objects: main has USER, the people").required();
const FIELD: Param = param(
    "FIELD",
    "object",
    "entityId, fieldName, userTypeId, xmlId, sort, multiple, mandatory, showFilter, editInList, isSearchable, settings, \
     editFormLabel, helpMessage, enum",
);
const ID: Param = param("ID", "integer", "Which custom field").required();

static METHODS: &[Method] = &[
    write("user.userfield.add", people::add)
        .about("Adds a custom field to people. Its code gets the prefix UF_USR_.")
        .scopes(SCOPE)
        .right(Right::ManageFields, &NO_CODE, "Access denied.")
        .params(&[FIELDS.required()])
        .shape(Shape::Id)
        .errors(ERRORS),
    write("user.userfield.update", people::update)
        .about("Changes a custom field; its code, type and multiplicity stay.")
        .scopes(SCOPE)
        .right(Right::ManageFields, &NO_CODE, "Access denied.")
        .params(&[ID, FIELDS])
        .shape(Shape::Flag)
        .errors(ERRORS),
    write("user.userfield.delete", people::delete)
        .about("Deletes a custom field and its values.")
        .scopes(SCOPE)
        .right(Right::ManageFields, &NO_CODE, "Access denied.")
        .params(&[ID])
        .shape(Shape::Flag)
        .errors(ERRORS),
    read("user.userfield.list", people::list)
        .about("Lists the custom fields of people, 50 to a page.")
        .scopes(SCOPE)
        .right(Right::ManageFields, &NO_CODE, "Access denied.")
        .params(&[
            param("ORDER", "object", "Fields of a definition with ASC or DESC"),
            param("FILTER", "object", "Conditions on a definition; LANG adds the labels in that language"),
            param("START", "integer", "From which field on, 50 to a page; -1 answers without counting"),
        ])
        .answers(Shape::List, &CUSTOM_FIELD)
        .errors(ERRORS),
    read("user.userfield.file.get", people::file)
        .about("Sends the caller to a file in a custom field of a person.")
        .scopes(SCOPE)
        .params(&[
            param("ID", "integer", "Which person").required(),
            param("FIELD_NAME", "string", "The code of the custom field").required(),
            param("INDEX", "integer", "Which of several files, counted from 0"),
        ])
        .shape(Shape::Address)
        .errors(ERRORS),
    read("userfieldconfig.getTypes", config::types)
        .about("Lists the types that a custom field can have.")
        .scopes(CONFIG_SCOPE)
        .params(&[MODULE_ID])
        .errors(ERRORS),
    write("userfieldconfig.add", config::add)
        .about("Adds a custom field to a kind of object and answers it.")
        .scopes(CONFIG_SCOPE)
        .right(Right::ManageFields, &NO_CODE, "Access denied")
        .params(&[MODULE_ID, FIELD.required()])
        .errors(ERRORS),
    write("userfieldconfig.update", config::update)
        .about("Changes a custom field and answers it; its code, type and multiplicity stay.")
        .scopes(CONFIG_SCOPE)
        .right(Right::ManageFields, &NO_CODE, config::NO_CHANGE)
        .params(&[MODULE_ID, ID, FIELD])
        .errors(ERRORS),
    write("userfieldconfig.delete", config::delete)
        .about("Deletes a custom field and its values.")
        .scopes(CONFIG_SCOPE)
        .right(Right::ManageFields, &NO_CODE, config::NO_DELETE)
        .params(&[MODULE_ID, ID])
        .errors(ERRORS),
    read("userfieldconfig.get", config::get)
        .about("Answers a custom field.")
        .scopes(CONFIG_SCOPE)
        .right(Right::ManageFields, &NO_CODE, config::NO_VIEW)
        .params(&[MODULE_ID, ID])
        .errors(ERRORS),
    read("userfieldconfig.list", config::list)
        .about("Lists custom fields, 50 to a page.")
        .scopes(CONFIG_SCOPE)
        .right(Right::ManageFields, &NO_CODE, config::NO_VIEW)
        .params(&[
            MODULE_ID,
            param(
                "SELECT",
                "object",
                "The settings to answer with, * for all, and language for labels in one language",
            ),
            param("ORDER", "object", "Settings with ASC or DESC"),
            param("FILTER", "object", "Conditions on settings"),
            param("START", "integer", "From which field on, 50 to a page; -1 answers without counting"),
        ])
        .errors(ERRORS),
];

/// Adds what is no column of a definition, its settings and options, and answers its labels.
pub(crate) fn complete(call: &mut Call<'_, '_>, shown: &mut Map<String, Json>) -> Result<Json> {
    let id = shown.get("ID").and_then(read_int).unwrap_or(0);
    let row = call.tx.row(&Sql::with("select settings, labels, kind from custom_fields where id = $1", [id.into()]))?;
    let row = row.ok_or_else(missing)?;
    let stored: Json = serde_json_value(row.text(0));
    shown.insert("SETTINGS".to_owned(), settings::shown(&stored));
    if kind_of(row.text(2)) == Some(CustomKind::Enumeration) {
        shown.insert("LIST".to_owned(), options::shown(call.tx, id)?);
    }
    Ok(serde_json_value(row.text(1)))
}

/// JSON that Muster wrote itself.
fn serde_json_value(text: &str) -> Json {
    text.parse().unwrap_or(Json::Object(Map::new()))
}

/// The error for a field that is not there.
fn missing() -> Error {
    NO_CODE.error()
}

fn erase_values(tx: &mut Tx<'_>, person: &Erased) -> Result<()> {
    USER.custom.map_or(Ok(()), |custom| erase_record(tx, custom, person.id))
}
