//! `event.bind`, `event.unbind`, `event.get`, `events`, `event.test`: what an app hears of.

use super::{NOT_FOUND, ON_APP_TEST, emit::emit};
use crate::{
    address,
    app::{LANGUAGE, calling},
};
use muster_core::{
    Answer, Call, Error, Json, Result,
    call::Right,
    error::{ACCESS_DENIED, ARGUMENT, CORE},
    event::EventKind,
    json,
    params::{read_bool, read_int, read_text, wrong},
};
use muster_db::{DbError, Sql};

/// The most handlers of one app.
const MOST: i64 = 500;
/// The longest key of a queue.
const LONGEST_KEY: usize = 255;

/// Refuses an address that is none, or that Muster may not call.
fn check_handler(call: &Call<'_, '_>, name: &'static str) -> Result<String> {
    let url = call
        .params
        .text(name)?
        .ok_or_else(|| ARGUMENT.say(format!("Argument '{name}' is null or empty")).about(name))?;
    address::check_called(&url, call.settings).map_err(|err| err.about(name))?;
    Ok(url)
}

/// Registers a handler.
pub(super) fn bind(call: &mut Call<'_, '_>) -> Result<Answer> {
    let app_id = calling(call)?;
    let kind = read_event(call)?.ok_or_else(|| NOT_FOUND.error())?;
    let offline = read_offline(call, "Access denied! Offline events binding requires administrator access rights")?;
    let refusal = "Access denied! Event binding with AUTH_TYPE requires administrator access rights";
    let user_id = match read_auth_type(call, refusal)?.flatten() {
        // An offline handler asks for itself.
        _ if offline => 0,
        Some(id) => id,
        None if call.caller.may(Right::ManageApps) => 0,
        None => call.caller.user_id,
    };
    let url = if offline { String::new() } else { check_handler(call, "HANDLER")? };
    let connector = if offline { read_connector(call)? } else { String::new() };
    let options = read_options(call)?;
    // Of two that bind the same at once, one is refused.
    call.tx.lock("event_handlers")?;
    let mut same = Sql::new("select count(*) from event_handlers where app_id = ");
    same.bind(app_id).push(" and event = ").bind(kind.name).push(" and url = ").bind(url.as_str());
    same.push(" and user_id = ").bind(user_id).push(" and offline = ").bind(i64::from(offline));
    same.push(" and connector = ").bind(connector.as_str());
    if call.tx.int(&same)? > 0 {
        return Err(CORE.say("Unable to set event handler: Handler already binded"));
    }
    let count = Sql::with("select count(*) from event_handlers where app_id = $1", [app_id.into()]);
    if call.tx.int(&count)? >= MOST {
        return Err(CORE.say(format!("an application has at most {MOST} event handlers")));
    }
    call.tx.run(&Sql::with(
        "insert into event_handlers
             (app_id, event, url, user_id, offline, connector, options, title, token, notified_at, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, '', '', 0, $8, $9)",
        [
            app_id.into(),
            kind.name.into(),
            url.into(),
            user_id.into(),
            i64::from(offline).into(),
            connector.into(),
            options.to_string().into(),
            call.caller.user_id.into(),
            call.now.into(),
        ],
    ))?;
    Ok(true.into())
}

/// Removes the handlers that fit what was sent.
pub(super) fn unbind(call: &mut Call<'_, '_>) -> Result<Answer> {
    let app_id = calling(call)?;
    let kind = read_event(call)?;
    let offline = read_offline(call, "Access denied! Offline events unbinding requires administrator access rights")?;
    let refusal = "Access denied! Event unbinding with AUTH_TYPE requires administrator access rights";
    let user_id = read_auth_type(call, refusal)?;
    let mut sql = Sql::new("select id from event_handlers where app_id = ");
    sql.bind(app_id).push(" and offline = ").bind(i64::from(offline));
    if let Some(kind) = kind {
        sql.push(" and event = ").bind(kind.name);
    }
    if let Some(url) = call.params.text("HANDLER")? {
        sql.push(" and url = ").bind(url);
    }
    if offline && let Some(connector) = call.params.text("AUTH_CONNECTOR")? {
        sql.push(" and connector = ").bind(connector);
    }
    match user_id {
        _ if !call.caller.may(Right::ManageApps) => drop(sql.push(" and user_id = ").bind(call.caller.user_id)),
        Some(id) => drop(sql.push(" and user_id = ").bind(id.unwrap_or(0))),
        None => {}
    }
    let ids = call.tx.ints(&sql)?;
    remove(call, &ids)?;
    Ok(json!({ "count": ids.len() }).into())
}

fn remove(call: &mut Call<'_, '_>, ids: &[i64]) -> Result<()> {
    for id in ids {
        call.tx.run(&Sql::with("delete from event_deliveries where handler_id = $1", [(*id).into()]))?;
        call.tx.run(&Sql::with("delete from event_handlers where id = $1", [(*id).into()]))?;
    }
    Ok(())
}

/// Lists the app's handlers: to an administrator all of them, to others their own.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let mut sql = Sql::new("select event, url, user_id, offline, connector from event_handlers where app_id = ");
    sql.bind(calling(call)?);
    if !call.caller.may(Right::ManageApps) {
        sql.push(" and user_id = ").bind(call.caller.user_id);
    }
    let rows = call.tx.rows(sql.push(" order by id"))?;
    let shown = rows.iter().map(|row| {
        let mut handler = json!({
            "event": row.text(0),
            "handler": row.text(1),
            "auth_type": row.int(2)?.to_string(),
            "offline": row.int(3)?,
        });
        if row.int(3)? == 1 {
            handler["auth_connector"] = row.text(4).into();
        }
        Ok::<_, DbError>(handler)
    });
    Ok(Json::Array(shown.collect::<Result<_, _>>()?).into())
}

/// Lists the events that the app may hear of.
pub(super) fn events(call: &mut Call<'_, '_>) -> Result<Answer> {
    let of_scope = call.params.get("SCOPE").map(|it| read_text(it).unwrap_or_default());
    let full = call.params.flag("FULL")?;
    let names = call.registry.events().filter(|kind| match of_scope.as_deref() {
        Some("") => kind.scopes.is_empty(),
        Some(scope) => kind.scopes.contains(&scope),
        None => full || kind.is_open_to(call.caller),
    });
    Ok(names.map(|it| it.name).collect::<Vec<_>>().into())
}

/// Tells the app's own handlers what was sent, so that their author sees it arrive.
pub(super) fn test(call: &mut Call<'_, '_>) -> Result<Answer> {
    let app_id = calling(call)?;
    let sent: muster_core::Map<_, _> =
        call.params.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
    emit(call, &ON_APP_TEST, app_id, &json!({ "QUERY": sent, "LANGUAGE_ID": LANGUAGE }))?;
    Ok(1.into())
}

/// The event that was named, if one was. One that the app may not hear of does not exist for it.
fn read_event(call: &Call<'_, '_>) -> Result<Option<&'static EventKind>> {
    let Some(name) = call.params.text("EVENT").map_err(|_| NOT_FOUND.error())? else { return Ok(None) };
    let kind = call.registry.event(&name).filter(|it| it.is_open_to(call.caller));
    kind.map(Some).ok_or_else(|| NOT_FOUND.error())
}

/// Whether the handler asks by itself, which only an administrator may set up.
fn read_offline(call: &Call<'_, '_>, refusal: &'static str) -> Result<bool> {
    match call.params.text("EVENT_TYPE")?.as_deref() {
        None | Some("online") => Ok(false),
        Some("offline") if call.caller.may(Right::ManageApps) => Ok(true),
        Some("offline") => Err(ACCESS_DENIED.say(refusal)),
        Some(_) => Err(wrong("EVENT_TYPE", "online or offline")),
    }
}

/// `AUTH_TYPE`, if it was sent: a person, or no one in particular. Only an administrator may name anyone else.
fn read_auth_type(call: &mut Call<'_, '_>, refusal: &'static str) -> Result<Option<Option<i64>>> {
    let Some(sent) = call.params.get("AUTH_TYPE") else { return Ok(None) };
    let id = match sent {
        Json::Null => None,
        Json::String(text) if text.is_empty() => None,
        sent => Some(read_int(sent).ok_or_else(|| wrong("AUTH_TYPE", "the ID of a person"))?).filter(|id| *id != 0),
    };
    let Some(id) = id else { return Ok(Some(None)) };
    if id != call.caller.user_id && !call.caller.may(Right::ManageApps) {
        return Err(ACCESS_DENIED.say(refusal));
    }
    let known = Sql::with("select count(*) from users where id = $1 and active = 1", [id.into()]);
    if call.tx.int(&known)? == 0 {
        return Err(no_person(id));
    }
    Ok(Some(Some(id)))
}

fn no_person(id: i64) -> Error {
    ARGUMENT.say(format!("AUTH_TYPE: there is no active person with the ID {id}")).about("AUTH_TYPE")
}

/// The key of a queue; empty is a key too.
pub(super) fn read_connector(call: &Call<'_, '_>) -> Result<String> {
    let key = call.params.text("AUTH_CONNECTOR")?.unwrap_or_default();
    if key.chars().count() > LONGEST_KEY {
        return Err(wrong("AUTH_CONNECTOR", "a text of at most 255 characters"));
    }
    Ok(key)
}

fn read_options(call: &Call<'_, '_>) -> Result<Json> {
    let Some(options) = call.params.get("OPTIONS") else { return Ok(json!({})) };
    let Some(least) = options.get("minTimeout") else { return Ok(json!({})) };
    let seconds = read_int(least).or_else(|| read_bool(least).map(i64::from));
    let seconds = seconds.filter(|it| (0..=86_400).contains(it));
    Ok(json!({ "minTimeout": seconds.ok_or_else(|| wrong("OPTIONS", "minTimeout: 0 to 86400 seconds"))? }))
}
