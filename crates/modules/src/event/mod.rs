//! Events: who hears of what, and how it arrives.
//!
//! A change writes a row for each subscriber in its own transaction ([`emit()`]); [`delivery`] hands the rows to
//! whoever sends them. Nothing is lost and nothing is sent that did not happen: a row is deleted once its subscriber has
//! answered with success. Subscribers that cannot be called ask for what has happened by themselves (`event.offline.*`).

pub mod delivery;
mod emit;
mod handlers;
mod offline;
pub mod outgoing;

pub use emit::{Cause, emit, is_heard, record};
pub(crate) use emit::{deliver_to, urls_of};

use muster_core::{
    Module,
    error::{ACCESS_DENIED, ARGUMENT, CORE, Code, code},
    event::{EventKind, event},
    method::{Method, Param, Shape, param, read, write},
    personal::personal,
};
use muster_db::Migration;

/// The module.
pub const MODULE: Module = Module {
    methods: METHODS,
    migrations: &[Migration { name: "event/0001", sql: include_str!("0001_events.sql") }],
    events: &[&ON_APP_TEST, &ON_OFFLINE_EVENT],
    personal: &[
        personal("event_handlers", "user_id", "Handlers that act for the person").kept(SETTINGS),
        personal("event_handlers", "created_by", "Outgoing webhooks that the person made").kept(SETTINGS),
        personal("event_deliveries", "user_id", "Events that the person caused").erased_by(delivery::erase),
        personal("event_queue", "", "Events in the queues of apps").erased_by(offline::erase),
    ],
    ..Module::new("event")
};

const SETTINGS: &str = "What apps and outgoing webhooks hear of is a setting of this Muster.";

/// An app tries whether it can be reached.
pub static ON_APP_TEST: EventKind = event("ONAPPTEST", "app", "An app has called event.test.").only_app();
/// Something is in the queue of an app that asks for events by itself.
pub static ON_OFFLINE_EVENT: EventKind =
    event("ONOFFLINEEVENT", "app", "There is something new in the app's queue of offline events.").only_app();

/// There is no such event, or the app may not hear of it.
static NOT_FOUND: Code = code("ERROR_EVENT_NOT_FOUND", 400, "Event not found");

const EVENT: Param = param("EVENT", "string", "The event's code").required();
const HANDLER: Param = param("HANDLER", "string", "Where the event is told");
const AUTH_TYPE: Param =
    param("AUTH_TYPE", "integer", "On whose behalf the handler acts; whoever caused the event if left out or 0");
const EVENT_TYPE: Param = param("EVENT_TYPE", "string", "online, or offline for a queue that the app reads itself");
const CONNECTOR: Param = param("AUTH_CONNECTOR", "string", "The key of the app's queue of offline events");
const FILTER: Param = param("FILTER", "object", "Conditions on ID, TIMESTAMP_X, EVENT_NAME, MESSAGE_ID and others");
const ORDER: Param = param("ORDER", "object", "Fields and directions");
const PROCESS: Param = param("PROCESS_ID", "string", "Under what the records were taken");
const MESSAGES: Param = param("MESSAGE_ID", "array", "Only these messages");

static METHODS: &[Method] = &[
    write("event.bind", handlers::bind)
        .changes("event", "EVENT")
        .about("Registers a handler that is told of an event.")
        .in_app()
        .params(&[
            EVENT,
            HANDLER,
            AUTH_TYPE,
            EVENT_TYPE,
            CONNECTOR,
            param("OPTIONS", "object", "minTimeout: the least seconds between two ONOFFLINEEVENT"),
        ])
        .shape(Shape::Flag)
        .errors(&[&NOT_FOUND, &ACCESS_DENIED, &ARGUMENT, &CORE]),
    write("event.unbind", handlers::unbind)
        .changes("event", "EVENT")
        .about("Removes handlers, with what they have not been told yet, and answers how many.")
        .in_app()
        .params(&[EVENT, HANDLER, AUTH_TYPE, EVENT_TYPE, CONNECTOR])
        .errors(&[&NOT_FOUND, &ACCESS_DENIED, &ARGUMENT]),
    read("event.get", handlers::get).about("Lists the app's handlers.").in_app(),
    read("events", handlers::events).about("Lists the events that the app may hear of.").in_app().params(&[
        param("SCOPE", "string", "Only those of this scope; empty for those that need none"),
        param("FULL", "boolean", "All there are"),
    ]),
    write("event.test", handlers::test).about("Tells the app's own handlers of ONAPPTEST.").in_app(),
    write("event.offline.get", offline::get)
        .routine()
        .about("Takes the first records out of the app's queue, or reserves them.")
        .in_app()
        .right(muster_core::call::Right::ManageApps, &ACCESS_DENIED, "Access denied!")
        .params(&[
            FILTER,
            ORDER,
            param("LIMIT", "integer", "How many at most; 50 if left out"),
            param("CLEAR", "boolean", "0 reserves the records under a process_id instead of deleting them"),
            PROCESS,
            CONNECTOR,
            param("ERROR", "boolean", "1 takes records that were marked as failed too"),
        ]),
    read("event.offline.list", offline::list)
        .about("Lists the app's queue, 50 to a page, and leaves it as it is.")
        .in_app()
        .right(muster_core::call::Right::ManageApps, &ACCESS_DENIED, "Access denied!")
        .params(&[FILTER, ORDER, param("START", "integer", "From which record on"), CONNECTOR]),
    write("event.offline.clear", offline::clear)
        .routine()
        .about("Deletes records that were reserved, because they are done with.")
        .in_app()
        .right(muster_core::call::Right::ManageApps, &ACCESS_DENIED, "Access denied!")
        .params(&[PROCESS.required(), param("ID", "array", "Only these records"), MESSAGES])
        .shape(Shape::Flag),
    write("event.offline.error", offline::error)
        .routine()
        .about("Marks records that were reserved as failed.")
        .in_app()
        .right(muster_core::call::Right::ManageApps, &ACCESS_DENIED, "Access denied!")
        .params(&[PROCESS.required(), MESSAGES])
        .shape(Shape::Flag),
];
