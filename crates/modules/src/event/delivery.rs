//! Handing out what has to be sent, and keeping what came of it.
//!
//! Whoever sends takes a delivery for [`TAKEN_SECONDS`]; if it ends without a word, someone else takes it then. So each
//! arrives at least once, and never twice at the same time. A delivery waits while an earlier one about the same object
//! waits for the same subscriber: that keeps the order, and one object in trouble holds no other up.

use super::offline;
use crate::{
    app::{self, token},
    directory::imports,
    mail,
    registration::{self, letter},
};
use muster_core::{Chance, Error, Json, Registry, Result, error::ARGUMENT, json, params::to_form, personal::Erased};
use muster_db::{DbError, Row, Sql, Tx, Value};
use std::collections::HashMap;

/// For how long a delivery is taken. Sending has to end before that.
pub const TAKEN_SECONDS: i64 = 90;
/// The most deliveries of one process to one subscriber at the same time.
pub const MOST_EACH: usize = 4;
/// How long to wait after each try that failed. After the last one, a day after the first, it is given up.
pub const PAUSES: &[i64] = &[5, 15, 60, 300, 900, 3600, 7200, 14_400, 21_600, 36_000];
/// How long what was given up is kept for an administrator to send again.
const KEPT_SECONDS: i64 = 30 * 86_400;

/// A delivery in someone's hands.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its ID.
    pub id: i64,
    /// To whom: an app, or no app, at one address.
    pub subscriber: String,
    /// By which handler.
    pub handler_id: i64,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// The event's code.
    pub event: String,
    /// What it is about.
    pub object: String,
    /// Where it goes.
    pub url: String,
    /// What is sent: of an event a form, of a mail JSON. It holds tokens: it is never logged.
    pub body: String,
}

/// Deliveries that are due, and that the subscribers have a place for. `busy` is how many are under way to each already.
fn due(busy: &HashMap<String, usize>, most: usize, now: i64) -> Sql {
    let mut sql = Sql::new(
        "select d.id, d.handler_id, d.app_id, d.url, d.token, d.event, d.data, d.user_id, d.happened_at, d.attempts,
             d.subscriber, (select h.user_id from event_handlers h where h.id = d.handler_id), d.object
         from event_deliveries d where d.due_at <= ",
    );
    sql.bind(now);
    let full: Vec<&str> = busy.iter().filter(|(_, count)| **count >= MOST_EACH).map(|(it, _)| it.as_str()).collect();
    if !full.is_empty() {
        sql.push(" and d.subscriber not in (").bind_all(full).push(")");
    }
    sql.push(
        " and not exists (select 1 from event_deliveries e where e.subscriber = d.subscriber and e.object = d.object
          and e.id < d.id and e.due_at is not null) order by d.due_at, d.id limit ",
    );
    sql.bind(i64::try_from(most).unwrap_or(i64::MAX));
    sql
}

/// The IDs of what [`take`] would take.
pub fn due_ids(tx: &mut Tx<'_>, (busy, most): (&HashMap<String, usize>, usize), now: i64) -> Result<Vec<i64>> {
    let rows = tx.rows(&due(busy, most, now))?;
    Ok(rows.iter().map(|row| row.int(0)).collect::<Result<_, _>>()?)
}

/// Takes up to `most` deliveries that are due, of all or of `only` this one.
pub fn take(
    tx: &mut Tx<'_>,
    registry: &Registry,
    base_url: &str,
    (busy, most, only): (&HashMap<String, usize>, usize, Option<i64>),
    (chance, now): (&mut Chance, i64),
) -> Result<Vec<Delivery>> {
    let mut taken: Vec<Delivery> = Vec::new();
    for row in tx.rows(&due(busy, most, now))? {
        let (id, subscriber) = (row.int(0)?, row.text(10));
        let under_way = busy.get(subscriber).copied().unwrap_or(0);
        let is_full = under_way + taken.iter().filter(|it| it.subscriber == subscriber).count() >= MOST_EACH;
        if is_full || only.is_some_and(|it| it != id) {
            continue;
        }
        // Of two that saw it at the same time, one changes it.
        let args: [Value; 3] = [(now + TAKEN_SECONDS).into(), id.into(), now.into()];
        let taking = "update event_deliveries set due_at = $1, attempts = attempts + 1 where id = $2 and due_at <= $3";
        if tx.run(&Sql::with(taking, args))? == 0 {
            continue;
        }
        let Some(body) = body(tx, registry, base_url, &row, (chance, now))? else {
            tx.run(&Sql::with("delete from event_deliveries where id = $1", [id.into()]))?;
            continue;
        };
        taken.push(Delivery { body, ..delivery(&row)? });
    }
    Ok(taken)
}

/// What could not be written: a try that failed, as one that did not arrive. Answers whether it was given up.
pub fn unwritable(tx: &mut Tx<'_>, id: i64, problem: &str, now: i64) -> Result<bool> {
    let taking = "update event_deliveries set attempts = attempts + 1 where id = $1 and due_at <= $2";
    if tx.run(&Sql::with(taking, [id.into(), now.into()]))? == 0 {
        return Ok(false);
    }
    let attempt = tx.int(&Sql::with("select attempts from event_deliveries where id = $1", [id.into()]))?;
    failed(tx, (id, attempt), problem, now)
}

/// A delivery that has just been taken, by a row of [`due`], without what is sent.
fn delivery(row: &Row) -> Result<Delivery> {
    Ok(Delivery {
        id: row.int(0)?,
        subscriber: row.text(10).to_owned(),
        handler_id: row.int(1)?,
        attempt: row.int(9)? + 1,
        event: row.text(5).to_owned(),
        url: row.text(3).to_owned(),
        object: row.text(12).to_owned(),
        body: String::new(),
    })
}

/// What is sent: the event, its data, and what it takes to answer with calls; or the mail. `None` if the handler hears as a
/// person who may not use the app any more, or the mail is out of date.
fn body(
    tx: &mut Tx<'_>,
    registry: &Registry,
    base_url: &str,
    row: &Row,
    (chance, now): (&mut Chance, i64),
) -> Result<Option<String>> {
    if let Some(mail_id) = mail::of_object(row.text(12)) {
        return Ok(mail::write(tx, mail_id, chance, now)?.map(|it| it.to_string()));
    }
    if let Some(id) = letter::of_object(row.text(12)) {
        return Ok(letter::write(tx, id, chance, now)?.map(|it| it.to_string()));
    }
    let event = row.text(5);
    let app = match row.opt_int(2) {
        Some(id) => app::load(tx, id)?,
        None => None,
    };
    let tokens = match (&app, row.opt_int(7)) {
        (Some(app), Some(user_id)) => {
            // Only with these does an app need to act for longer than an hour.
            let lasting = ["ONAPPINSTALL", "ONAPPUPDATE", "ONOFFLINEEVENT"].contains(&event);
            token::give(tx, registry, (app, user_id), (base_url, lasting), (chance, now))?
        }
        _ => None,
    };
    let mut auth = match tokens {
        Some(tokens) => tokens,
        None if row.opt_int(11).is_some_and(|id| id != 0) => return Ok(None),
        None => app::address_of(tx, base_url)?,
    };
    if let (Some(app), Some(auth)) = (&app, auth.as_object_mut()) {
        auth.entry("scope").or_insert_with(|| app.scopes.clone().into());
        auth.entry("status").or_insert_with(|| app::STATUS.into());
    }
    auth["application_token"] = row.text(4).into();
    Ok(Some(to_form(&json!({
        "event": event,
        "event_handler_id": row.int(1)?.to_string(),
        "data": row.text(6).parse::<Json>().unwrap_or_default(),
        "ts": row.int(8)?.to_string(),
        "auth": auth,
    }))))
}

/// Queues a mail, which is delivered as events are.
pub(crate) fn post(tx: &mut Tx<'_>, subscriber: &str, object: &str, url: &str, now: i64) -> Result<()> {
    let texts = [url, subscriber, object].map(Value::from);
    tx.run(&Sql::with(
        "insert into event_deliveries (handler_id, url, token, subscriber, event, object, data, happened_at, attempts, due_at)
         values (0, $1, '', $2, 'MAIL', $3, '', $4, 0, $4)",
        texts.into_iter().chain([now.into()]),
    ))?;
    Ok(())
}

/// Takes back what has not arrived yet, where it holds more of someone than may be kept.
pub(crate) fn withdraw(tx: &mut Tx<'_>, object: &str) -> Result<()> {
    tx.run(&Sql::with("delete from event_deliveries where object = $1", [object.into()]))?;
    Ok(())
}

/// Leaves of the events about someone who is erased only what tells that they happened: they still arrive.
pub(super) fn erase(tx: &mut Tx<'_>, person: &Erased) -> Result<()> {
    let object = format!("user:{}", person.id);
    let waiting = Sql::with("select id, data from event_deliveries where object = $1", [object.into()]);
    for row in tx.rows(&waiting)? {
        let args = [bare(row.text(1)).into(), row.int(0)?.into()];
        tx.run(&Sql::with("update event_deliveries set data = $1 where id = $2", args))?;
    }
    Ok(())
}

/// Of an event's data, the ID and the names of fields.
pub(super) fn bare(data: &str) -> String {
    let mut data: Json = data.parse().unwrap_or_default();
    if let Some(members) = data.as_object_mut() {
        members.retain(|name, _| matches!(name.as_str(), "ID" | "FIELDS" | "CHANGED"));
    }
    data.to_string()
}

/// It has arrived.
pub fn arrived(tx: &mut Tx<'_>, delivery: &Delivery, now: i64) -> Result<()> {
    if let Some(mail_id) = mail::of_object(&delivery.object) {
        mail::sent(tx, mail_id, now)?;
    }
    let args = [delivery.id.into(), delivery.attempt.into()];
    tx.run(&Sql::with("delete from event_deliveries where id = $1 and attempts = $2", args))?;
    Ok(())
}

/// It has not arrived, and is tried again later or given up. Answers whether it was given up.
pub fn failed(tx: &mut Tx<'_>, (id, attempt): (i64, i64), problem: &str, now: i64) -> Result<bool> {
    let pause = usize::try_from(attempt - 1).ok().and_then(|it| PAUSES.get(it));
    let due_at = pause.map(|pause| now + pause);
    let args: [Value; 5] = [due_at.into(), now.into(), problem.into(), id.into(), attempt.into()];
    let sql = "update event_deliveries set due_at = $1, failed_at = $2, problem = $3 where id = $4 and attempts = $5";
    if tx.run(&Sql::with(sql, args))? == 0 {
        return Ok(false);
    }
    if let Some(due_at) = due_at {
        // What waits behind it need not be looked at before.
        let args: [Value; 2] = [due_at.into(), id.into()];
        tx.run(&Sql::with(
            "update event_deliveries set due_at = $1 where due_at < $1 and id > $2
             and subscriber = (select subscriber from event_deliveries where id = $2)
             and object = (select object from event_deliveries where id = $2)",
            args,
        ))?;
    }
    Ok(due_at.is_none())
}

/// A delivery as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its ID.
    pub id: i64,
    /// The event's code.
    pub event: String,
    /// What it is about, such as `user:5`.
    pub object: String,
    /// Where it goes.
    pub url: String,
    /// The app that is told, if it is one.
    pub app_id: Option<i64>,
    /// When the event happened.
    pub happened_at: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next; `None` if it was given up.
    pub due_at: Option<i64>,
    /// Why the last try failed.
    pub problem: Option<String>,
}

/// What has not arrived yet: what was given up first, then the oldest, `most` of them.
pub fn list(tx: &mut Tx<'_>, only_given_up: bool, most: i64) -> Result<Vec<Waiting>> {
    let mut sql =
        Sql::new("select id, event, object, url, app_id, happened_at, attempts, due_at, problem from event_deliveries");
    if only_given_up {
        sql.push(" where due_at is null");
    }
    sql.push(" order by due_at nulls first, id limit ").bind(most);
    let rows = tx.rows(&sql)?;
    let read = |row: &Row| {
        Ok::<_, DbError>(Waiting {
            id: row.int(0)?,
            event: row.text(1).to_owned(),
            object: row.text(2).to_owned(),
            url: row.text(3).to_owned(),
            app_id: row.opt_int(4),
            happened_at: row.int(5)?,
            attempts: row.int(6)?,
            due_at: row.opt_int(7),
            problem: row.opt_text(8).map(str::to_owned),
        })
    };
    rows.iter().map(|row| read(row).map_err(Error::from)).collect()
}

/// How many deliveries wait, and how many were given up.
pub fn counts(tx: &mut Tx<'_>) -> Result<(i64, i64)> {
    let waiting = tx.int(&Sql::new("select count(*) from event_deliveries where due_at is not null"))?;
    Ok((waiting, tx.int(&Sql::new("select count(*) from event_deliveries where due_at is null"))?))
}

/// Sends again, from the first try on, what was given up: one delivery, or all of them. Answers how many.
pub fn send_again(tx: &mut Tx<'_>, id: Option<i64>, now: i64) -> Result<u64> {
    let mut sql = Sql::new("update event_deliveries set attempts = 0, due_at = ");
    sql.bind(now).push(" where due_at is null");
    if let Some(id) = id {
        sql.push(" and id = ").bind(id);
    }
    match (tx.run(&sql)?, id) {
        (0, Some(id)) => Err(ARGUMENT.say(format!("there is no delivery {id} that was given up"))),
        (count, _) => Ok(count),
    }
}

/// Forgets what is of no use any more.
pub fn sweep(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    let old: [Value; 1] = [(now - KEPT_SECONDS).into()];
    tx.run(&Sql::with("delete from event_deliveries where due_at is null and failed_at < $1", old))?;
    offline::sweep(tx, now)?;
    mail::sweep(tx, now)?;
    imports::sweep(tx, now)?;
    registration::sweep(tx, now)?;
    token::sweep(tx, now)
}

/// Whether anything is due.
pub fn is_due(tx: &mut Tx<'_>, now: i64) -> Result<bool> {
    Ok(tx.row(&Sql::with("select id from event_deliveries where due_at <= $1 limit 1", [now.into()]))?.is_some())
}
