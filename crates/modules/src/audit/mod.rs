//! The audit log as it is read: `main.eventlog.*` of REST 3.0, for administrators. What writes it is in `core/audit.rs`.
//!
//! There is nothing here that changes an entry. Old ones are forgotten only after as many days as the configuration says,
//! and none are unless it says so.

pub mod deeds;
mod log;

use muster_core::{
    Code, Method, Module, Result,
    call::Right,
    error::{ACCESS_DENIED, ARGUMENT, code},
    error_v3::{INVALID_ORDER, INVALID_PAGINATION, NOT_FOUND, UNKNOWN_FIELD, UNKNOWN_OPERATOR},
    field::{Entity, Kind::*, field},
    method::{Shape, read},
    module::Scope,
    personal::personal,
    time::Style,
};
use muster_db::{Migration, Sql, Tx};

/// The module.
pub const MODULE: Module = Module {
    scopes: &[Scope { name: "main", title: "The audit log" }],
    entities: &[&EVENT_LOG],
    methods: METHODS,
    migrations: &[Migration { name: "audit/0001", sql: include_str!("0001_audit.sql") }],
    personal: &[personal("audit", "user_id", "What the person changed, from where and by what")
        .exported(&["happened_at", "via", "action", "object", "item", "address", "agent"])
        .emptied(&["address", "agent"], "Who changed what and when, without from where.")],
    ..Module::new("audit")
};

// What is written of an entry needs no escaping: kinds, doors and names of fields are ours.
const DESCRIPTION: &str =
    "'{\"via\":\"' || audit.via || '\",\"object\":\"' || audit.object || '\",\"fields\":\"' || audit.names || '\"}'";
const SEVERITY: &str = "(case when audit.is_security = 1 then 'SECURITY' else 'INFO' end)";

/// An entry, under the documented names.
pub static EVENT_LOG: Entity = Entity {
    name: "EventLogDto",
    table: "audit",
    joins: &[],
    id: "audit.id",
    sparse: false,
    camel: true,
    custom: None,
    fields: &[
        field("ID", "audit.id", Int),
        field("TIMESTAMP_X", "audit.happened_at", Instant(Style::Iso)).title("When"),
        field("SEVERITY", SEVERITY, Text).title("SECURITY or INFO"),
        field("AUDIT_TYPE_ID", "audit.action", Text).key("audit.action_key").title("What was done: a method or a code"),
        field("MODULE_ID", "audit.object", Text).key("audit.object").title("Kind of object"),
        field("ITEM_ID", "audit.item", Text).key("audit.item_key").title("Which object"),
        field("REMOTE_ADDR", "audit.address", Text).title("From which address"),
        field("USER_AGENT", "audit.agent", Text).title("With which program"),
        field("REQUEST_URI", "audit.request", Text).title("Through which method, page or command"),
        field("SITE_ID", "'s1'", Text).title("Site"),
        field("USER_ID", "audit.user_id", Int).title("Who").nullable(),
        field("GUEST_ID", "cast(0 as bigint)", Int).title("Guest"),
        field("DESCRIPTION", DESCRIPTION, Text).title("By what, and the names of the fields that were set"),
    ],
};

/// A condition of a filter cannot be read, or is about what a cursor is about.
static INVALID_FILTER: Code =
    code("BITRIX_REST_V3_EXCEPTION_INVALIDFILTEREXCEPTION", 400, "Unable to recognize filter expression");

const SCOPE: &[&str] = &["main"];
const ERRORS: &[&Code] =
    &[&ARGUMENT, &NOT_FOUND, &UNKNOWN_FIELD, &UNKNOWN_OPERATOR, &INVALID_ORDER, &INVALID_PAGINATION, &INVALID_FILTER];

const fn of_log(method: Method) -> Method {
    method.scopes(SCOPE).right(Right::SeeAudit, &ACCESS_DENIED, "Access denied").only_v3().errors(ERRORS)
}

static METHODS: &[Method] = &[
    of_log(read("main.eventlog.list", log::list))
        .about("Lists the entries of the audit log that pass a filter.")
        .params(log::LIST)
        .answers(Shape::List, &EVENT_LOG),
    of_log(read("main.eventlog.get", log::get))
        .about("Answers an entry of the audit log.")
        .params(log::GET)
        .answers(Shape::Record, &EVENT_LOG),
    of_log(read("main.eventlog.tail", log::tail))
        .about("Lists what has come to the audit log since a reference point.")
        .params(log::TAIL)
        .answers(Shape::List, &EVENT_LOG),
    of_log(read("main.eventlog.field.list", log::field_list))
        .about("Lists the fields of an entry with what they are.")
        .params(log::FIELD_LIST)
        .shape(Shape::Value),
    of_log(read("main.eventlog.field.get", log::field_get))
        .about("Answers what a field of an entry is.")
        .params(log::FIELD_GET)
        .shape(Shape::Value),
];

/// Forgets what is older than so many days. This is the one way that an entry ends.
pub fn sweep(tx: &mut Tx<'_>, days: u64, now: i64) -> Result<()> {
    let oldest = now.saturating_sub(i64::try_from(days).unwrap_or(i64::MAX).saturating_mul(86_400));
    tx.run(&Sql::with("delete from audit where happened_at < $1", [oldest.into()]))?;
    Ok(())
}
