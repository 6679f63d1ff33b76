//! Recording that something happened, in the transaction in which it does.

use super::ON_OFFLINE_EVENT;
use crate::{
    app::{self, App},
    right,
};
use muster_core::{
    Call, Caller, Json, Map, Result, Via, access::Person, call::Rights, clock::hash_of, event::EventKind,
    field::Entity, json,
};
use muster_db::{DbError, Row, Sql, Tx};

/// What caused an event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cause<'a> {
    /// Whose action it was, if it was someone's: apps are told with that person's rights.
    pub user_id: Option<i64>,
    /// The key that the change named as its source.
    pub connector: &'a str,
    /// When.
    pub now: i64,
}

/// Tells the subscribers of a kind of events that it happened to the object with this ID.
pub fn emit(call: &mut Call<'_, '_>, kind: &'static EventKind, object: i64, data: &Json) -> Result<()> {
    let connector = call.params.text("AUTH_CONNECTOR").ok().flatten().unwrap_or_default();
    let cause = Cause { user_id: Some(call.caller.user_id), connector: &connector, now: call.now };
    record(call.tx, cause, kind, object, data)
}

/// The same outside a call.
pub fn record(tx: &mut Tx<'_>, cause: Cause<'_>, kind: &'static EventKind, object: i64, data: &Json) -> Result<()> {
    for handler in handlers(tx, kind.name, if kind.only_app { Some(object) } else { None })? {
        let Some(heard) = heard(tx, kind, &handler, object, data)? else { continue };
        let told = Told { kind, object: format!("{}:{object}", kind.object), data: heard };
        if handler.offline {
            if handler.connector.is_empty() || handler.connector != cause.connector {
                queue(tx, &handler, &told, cause)?;
            }
        } else {
            deliver(tx, &handler, &told, cause, cause.now)?;
        }
    }
    Ok(())
}

/// Whether anyone hears of one of these, for changes that would have to find out what to tell.
pub fn is_heard(tx: &mut Tx<'_>, kinds: &[&'static EventKind]) -> Result<bool> {
    let mut sql = Sql::new("select count(*) from event_handlers where event in (");
    sql.bind_all(kinds.iter().map(|it| it.name)).push(")");
    Ok(tx.int(&sql)? > 0)
}

/// A subscriber to one kind of events.
#[derive(Debug, Clone)]
pub(super) struct Handler {
    pub(super) id: i64,
    pub(super) app: Option<App>,
    pub(super) url: String,
    /// On whose behalf; 0 is whoever caused the event.
    pub(super) user_id: i64,
    pub(super) offline: bool,
    pub(super) connector: String,
    pub(super) options: Json,
    pub(super) token: String,
    notified_at: i64,
}

/// What one subscriber is told.
pub(super) struct Told {
    pub(super) kind: &'static EventKind,
    pub(super) object: String,
    pub(super) data: Json,
}

/// The handlers of this event whose apps are installed; of one app only, if only that one may hear of it.
pub(super) fn handlers(tx: &mut Tx<'_>, event: &str, app_id: Option<i64>) -> Result<Vec<Handler>> {
    let mut sql = Sql::new(
        "select id, app_id, url, user_id, offline, connector, options, token, notified_at from event_handlers
         where event = ",
    );
    sql.bind(event);
    if let Some(id) = app_id {
        sql.push(" and app_id = ").bind(id);
    }
    sql.push(" order by id");
    let mut found = Vec::new();
    for row in tx.rows(&sql)? {
        let app = match row.opt_int(1) {
            Some(id) => app::load(tx, id)?,
            None => None,
        };
        if app.as_ref().is_none_or(|app| app.installed) {
            found.push(read(&row, app)?);
        }
    }
    Ok(found)
}

fn read(row: &Row, app: Option<App>) -> Result<Handler, DbError> {
    Ok(Handler {
        id: row.int(0)?,
        token: app.as_ref().map_or_else(|| row.text(7).to_owned(), |app| app.application_token.clone()),
        app,
        url: row.text(2).to_owned(),
        user_id: row.int(3)?,
        offline: row.int(4)? == 1,
        connector: row.text(5).to_owned(),
        options: row.text(6).parse().unwrap_or_default(),
        notified_at: row.int(8)?,
    })
}

/// What a handler may hear of it; `None` if nothing.
fn heard(
    tx: &mut Tx<'_>,
    kind: &'static EventKind,
    handler: &Handler,
    object: i64,
    data: &Json,
) -> Result<Option<Json>> {
    // An outgoing webhook was made by an administrator, and has no scopes to be held to.
    let Some(app) = &handler.app else { return Ok(Some(data.clone())) };
    let mut rights = Rights::USUAL;
    let (admin, extranet) = match handler.user_id {
        // An app that an administrator let hear of everyone's doings.
        0 => (true, false),
        id => match Person::load(tx, id)? {
            Some(person) => {
                rights = right::of_person(tx, &person, !person.employee)?;
                (person.admin, !person.employee)
            }
            None => return Ok(None),
        },
    };
    let caller = Caller {
        user_id: handler.user_id,
        admin,
        extranet,
        rights,
        scopes: app.scope_list(),
        via: Via::App(app.id),
        expires_at: None,
    };
    if !kind.is_open_to(&caller) {
        return Ok(None);
    }
    if let Some(sees) = kind.sees.filter(|_| handler.user_id != 0)
        && !sees(tx, &caller, object)?
    {
        return Ok(None);
    }
    Ok(match kind.entity {
        Some(entity) => visible(entity, &caller, data),
        None => Some(data.clone()),
    })
}

/// Data without the fields that a subscriber may not see. `None` if it tells of nothing but such fields.
fn visible(entity: &'static Entity, caller: &Caller, data: &Json) -> Option<Json> {
    let Json::Object(members) = data else { return Some(data.clone()) };
    let is_visible = |name: &str| entity.shows(name, caller);
    let mut shown: Map<String, Json> = members.clone();
    shown.retain(|name, _| is_visible(name));
    if let Some(Json::Array(names)) = shown.get_mut("CHANGED") {
        names.retain(|name| name.as_str().is_none_or(is_visible));
        if names.is_empty() {
            return None;
        }
    }
    Some(Json::Object(shown))
}

/// Writes what has to be sent.
pub(super) fn deliver(tx: &mut Tx<'_>, handler: &Handler, told: &Told, cause: Cause<'_>, due_at: i64) -> Result<()> {
    let user_id = if handler.user_id == 0 { cause.user_id } else { Some(handler.user_id) };
    tx.run(&Sql::with(
        "insert into event_deliveries
             (handler_id, app_id, url, token, event, object, data, user_id, happened_at, due_at, subscriber, attempts)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)",
        [
            handler.id.into(),
            handler.app.as_ref().map(|app| app.id).into(),
            handler.url.as_str().into(),
            handler.token.as_str().into(),
            told.kind.name.into(),
            told.object.as_str().into(),
            told.data.to_string().into(),
            user_id.into(),
            cause.now.into(),
            due_at.into(),
            subscriber(handler).into(),
        ],
    ))?;
    Ok(())
}

/// An app, or no app, at one address: short enough for an index, however long the address is.
fn subscriber(handler: &Handler) -> String {
    let app_id = handler.app.as_ref().map_or(0, |app| app.id);
    format!("{app_id}:{}", &hash_of(&handler.url)[..32])
}

/// Where an app hears of events of this kind about itself, whether it is installed or not.
pub(crate) fn urls_of(tx: &mut Tx<'_>, kind: &'static EventKind, app_id: i64) -> Result<Vec<String>> {
    let sql = "select url from event_handlers where event = $1 and app_id = $2 and offline = 0 order by id";
    let rows = tx.rows(&Sql::with(sql, [kind.name.into(), app_id.into()]))?;
    Ok(rows.iter().map(|row| row.text(0).to_owned()).collect())
}

/// Tells an app at an address that it has not subscribed at: where it is installed.
pub(crate) fn deliver_to(
    tx: &mut Tx<'_>,
    (app, url): (&App, &str),
    kind: &'static EventKind,
    data: Json,
    cause: Cause<'_>,
) -> Result<()> {
    let handler = Handler {
        id: 0,
        app: Some(app.clone()),
        url: url.to_owned(),
        user_id: 0,
        offline: false,
        connector: String::new(),
        options: json!({}),
        token: app.application_token.clone(),
        notified_at: 0,
    };
    deliver(tx, &handler, &Told { kind, object: format!("{}:{}", kind.object, app.id), data }, cause, cause.now)
}

/// Puts an event into an app's queue, in place of an earlier one of the same object, and tells the app that there is
/// something.
fn queue(tx: &mut Tx<'_>, handler: &Handler, told: &Told, cause: Cause<'_>) -> Result<()> {
    let Some(app) = &handler.app else { return Ok(()) };
    let mut known = Sql::new("delete from event_queue where process_id is null and app_id = ");
    known.bind(app.id).push(" and coalesce(connector, '') = ").bind(handler.connector.as_str());
    known.push(" and event = ").bind(told.kind.name).push(" and object = ").bind(told.object.as_str());
    tx.run(&known)?;
    tx.run(&Sql::with(
        "insert into event_queue (app_id, connector, event, object, data, changed_at, failed)
         values ($1, $2, $3, $4, $5, $6, 0)",
        [
            app.id.into(),
            Some(handler.connector.as_str()).filter(|it| !it.is_empty()).into(),
            told.kind.name.into(),
            told.object.as_str().into(),
            told.data.to_string().into(),
            cause.now.into(),
        ],
    ))?;
    notify(tx, app, cause)
}

/// Tells an app that there is something in its queue, unless it is about to be told, and not more often than it wants.
fn notify(tx: &mut Tx<'_>, app: &App, cause: Cause<'_>) -> Result<()> {
    for handler in handlers(tx, ON_OFFLINE_EVENT.name, Some(app.id))? {
        // One that was tried already does not count: the app may have read its queue before this change. One that was
        // not is kept from being sent until this change is there to be read.
        let waiting = "update event_deliveries set due_at = due_at where handler_id = $1 and attempts = 0";
        if tx.run(&Sql::with(waiting, [handler.id.into()]))? > 0 {
            continue;
        }
        let least = handler.options.get("minTimeout").and_then(Json::as_i64).unwrap_or(1);
        let due_at = cause.now.max(handler.notified_at.saturating_add(least));
        let told = Told {
            kind: &ON_OFFLINE_EVENT,
            object: format!("{}:{}", ON_OFFLINE_EVENT.object, app.id),
            data: json!([]),
        };
        deliver(tx, &handler, &told, cause, due_at)?;
        let args = [due_at.into(), handler.id.into()];
        tx.run(&Sql::with("update event_handlers set notified_at = $1 where id = $2", args))?;
    }
    Ok(())
}
