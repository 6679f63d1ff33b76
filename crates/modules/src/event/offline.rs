//! `event.offline.*`: the queue of an app that cannot be called, or would rather not be.
//!
//! The queue holds the last state of each object, not its history: an object that changes again before it was taken is there
//! once, at the end.

use super::{delivery, handlers::read_connector};
use crate::app::calling;
use muster_core::{
    Answer, Call, Json, Result,
    compile::{self, Place},
    field::{Entity, Field, Kind, field},
    filter::{self, Cond, Test},
    json,
    list::{self, Query},
    params::{read_int, wrong},
    personal::Erased,
    time::Style,
};
use muster_db::{Sql, Tx, Value};

/// How many records are taken if it is not said how many.
const USUAL: i64 = 50;
/// The most that are taken at once.
const MOST: i64 = 1000;
/// How long reserved records are kept.
pub(super) const KEPT_SECONDS: i64 = 30 * 86_400;

/// A record of the queue.
static QUEUE: Entity = Entity {
    name: "event_queue",
    table: "event_queue",
    joins: &[],
    custom: None,
    id: "event_queue.id",
    sparse: false,
    camel: false,
    fields: &[
        field("ID", "event_queue.id", Kind::Id),
        field("TIMESTAMP_X", "event_queue.changed_at", Kind::Instant(Style::Iso)),
        field("EVENT_NAME", "event_queue.event", Kind::Text),
        field("EVENT_DATA", "event_queue.data", Kind::Text),
        field("MESSAGE_ID", "event_queue.id", Kind::Id),
        field("PROCESS_ID", "event_queue.process_id", Kind::Text),
        field("ERROR", "event_queue.failed", Kind::ZeroOne),
    ],
};
static APP: Field = field("APP", "event_queue.app_id", Kind::Int);
static CONNECTOR: Field = field("CONNECTOR", "event_queue.connector", Kind::Text);
static PROCESS: Field = field("PROCESS", "event_queue.process_id", Kind::Text);
static FAILED: Field = field("FAILED", "event_queue.failed", Kind::Int);

/// Takes records: they are deleted, or with `CLEAR=0` reserved, so that no one else gets them.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Answer> {
    let mut conds = vec![own(call)?];
    let process = call.params.text("PROCESS_ID")?;
    conds.push(equals(&PROCESS, process.as_deref().unwrap_or_default()));
    if !call.params.flag("ERROR")? {
        conds.push(Cond::Field(&FAILED, Test::Eq, Value::Int(0)));
    }
    let ids = first(call, &Cond::All(conds))?;
    let events = shown(call, &ids, &["ID", "TIMESTAMP_X", "EVENT_NAME", "EVENT_DATA", "MESSAGE_ID"])?;
    let clear = call.params.opt_flag("CLEAR")?.unwrap_or(true);
    let process_id = match process {
        Some(process) => process,
        None => call.chance.token(),
    };
    // Of two that take at the same time, each gets what it could take.
    let mut taking = if clear {
        Sql::new("delete from event_queue where id in (")
    } else {
        let mut sql = Sql::new("update event_queue set process_id = ");
        sql.bind(process_id.as_str()).push(", taken_at = ").bind(call.now).push(" where id in (");
        sql
    };
    let known = call.params.text("PROCESS_ID")?.unwrap_or_default();
    taking.bind_all(ids.iter().copied()).push(") and coalesce(process_id, '') = ").bind(known).push(" returning id");
    let taken = if ids.is_empty() { Vec::new() } else { call.tx.ints(&taking)? };
    let events = ids.iter().zip(events).filter(|(id, _)| taken.contains(id)).map(|(_, event)| event);
    let events: Vec<Json> = events.collect();
    Ok(json!({ "process_id": if clear { None } else { Some(process_id) }, "events": events }).into())
}

/// Shows the queue and leaves it as it is.
pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Answer> {
    let query = Query {
        cond: own(call)?,
        order: list::read_order(&QUEUE, call.params, call)?,
        start: list::read_start(call)?,
        select: QUEUE.fields.iter().collect(),
        picture: "",
    };
    let mut answer = list::page(call, &QUEUE, &query)?;
    for event in answer.result.as_array_mut().into_iter().flatten() {
        unfold(event);
    }
    Ok(answer)
}

/// Deletes what was reserved and is done with.
pub(super) fn clear(call: &mut Call<'_, '_>) -> Result<Answer> {
    let ids = read_ids(call, &["ID", "MESSAGE_ID"])?;
    change(call, Sql::new("delete from event_queue"), ids)
}

/// Marks what was reserved and went wrong; it can be taken again by whoever asks for failures.
pub(super) fn error(call: &mut Call<'_, '_>) -> Result<Answer> {
    let ids = read_ids(call, &["MESSAGE_ID"])?;
    change(call, Sql::new("update event_queue set failed = 1, process_id = null, taken_at = null"), ids)
}

fn change(call: &mut Call<'_, '_>, mut sql: Sql, ids: Option<Vec<i64>>) -> Result<Answer> {
    let process_id = call.params.text("PROCESS_ID")?;
    let process_id = process_id.ok_or_else(|| wrong("PROCESS_ID", "what event.offline.get answered"))?;
    sql.push(" where app_id = ").bind(calling(call)?).push(" and process_id = ").bind(process_id);
    match ids {
        Some(ids) if ids.is_empty() => return Ok(true.into()),
        Some(ids) => drop(sql.push(" and id in (").bind_all(ids).push(")")),
        None => {}
    }
    call.tx.run(&sql)?;
    Ok(true.into())
}

/// The records that were named, in the first of these parameters that was sent.
fn read_ids(call: &Call<'_, '_>, names: &[&'static str]) -> Result<Option<Vec<i64>>> {
    let Some(name) = names.iter().find(|name| call.params.get(name).is_some_and(|it| !it.is_null())) else {
        return Ok(None);
    };
    let ids = call.params.list(name).iter().map(read_int).collect::<Option<Vec<_>>>();
    ids.filter(|ids| ids.len() <= 20_000).map(Some).ok_or_else(|| wrong(name, "a list of IDs"))
}

/// The app's own records, of the queue that was named, that pass the filter.
fn own(call: &Call<'_, '_>) -> Result<Cond> {
    let asked = filter::parse(&QUEUE, call.params.get("FILTER").unwrap_or(&Json::Null), call)?;
    let of_app = Cond::Field(&APP, Test::Eq, Value::Int(calling(call)?));
    Ok(Cond::All(vec![of_app, equals(&CONNECTOR, &read_connector(call)?), asked]))
}

fn equals(field: &'static Field, text: &str) -> Cond {
    if text.is_empty() { Cond::Empty(field) } else { Cond::Field(field, Test::Eq, Value::Text(text.to_owned())) }
}

/// The IDs of the first records in the order that was asked for, the oldest first if none was.
fn first(call: &mut Call<'_, '_>, cond: &Cond) -> Result<Vec<i64>> {
    let limit = call.params.int("LIMIT")?.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(wrong("LIMIT", "1 to 1000"));
    }
    let order = list::read_order(&QUEUE, call.params, call)?;
    let place = Place::of(call, &QUEUE);
    let mut sql = Sql::new("select event_queue.id from event_queue where ");
    compile::write(cond, &mut sql, place);
    sql.push(" order by ");
    for (field, descending) in &order {
        compile::order(&mut sql, field, *descending, place);
        sql.push(", ");
    }
    if order.is_empty() {
        sql.push("event_queue.changed_at, ");
    }
    Ok(call.tx.ints(sql.push("event_queue.id limit ").bind(limit))?)
}

fn shown(call: &mut Call<'_, '_>, ids: &[i64], names: &[&str]) -> Result<Vec<Json>> {
    let select: Vec<&'static Field> = names.iter().filter_map(|name| QUEUE.field(name)).collect();
    let mut events = list::records(call, &QUEUE, ids, &select, "")?;
    events.iter_mut().for_each(unfold);
    Ok(events)
}

/// The data as it was and not as text, and what the original adds to it.
fn unfold(event: &mut Json) {
    let data = event["EVENT_DATA"].as_str().and_then(|it| it.parse().ok());
    event["EVENT_DATA"] = data.unwrap_or(Json::Bool(false));
    event["EVENT_ADDITIONAL"] = Json::Bool(false);
}

/// Forgets what was reserved and never done with.
pub(super) fn sweep(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    tx.run(&Sql::with("delete from event_queue where taken_at < $1", [(now - KEPT_SECONDS).into()]))?;
    Ok(())
}

/// Leaves of the events about someone who is erased only what tells that they happened.
pub(super) fn erase(tx: &mut Tx<'_>, person: &Erased) -> Result<()> {
    let object = format!("user:{}", person.id);
    for row in tx.rows(&Sql::with("select id, data from event_queue where object = $1", [object.into()]))? {
        let args = [delivery::bare(row.text(1)).into(), row.int(0)?.into()];
        tx.run(&Sql::with("update event_queue set data = $1 where id = $2", args))?;
    }
    Ok(())
}
