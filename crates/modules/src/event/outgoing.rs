//! Outgoing webhooks: an administrator has an address told of events, without an app.

use crate::address;
use muster_core::{Chance, Error, Registry, Result, Settings, error::ARGUMENT};
use muster_db::{DbError, Row, Sql, Tx};

/// An outgoing webhook as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its ID.
    pub id: i64,
    /// The event that it tells of.
    pub event: String,
    /// Where.
    pub url: String,
    /// What it is for.
    pub title: String,
    /// When it was made.
    pub created_at: i64,
}

/// Has an address told of these events. Answers the token by which it recognizes that Muster calls.
pub fn add(
    tx: &mut Tx<'_>,
    (registry, settings): (&Registry, &Settings),
    (url, title): (&str, &str),
    events: &[String],
    (chance, now): (&mut Chance, i64),
) -> Result<String> {
    address::check_called(url, settings)?;
    if events.is_empty() {
        return Err(ARGUMENT.say("an outgoing webhook needs at least one event"));
    }
    // Calls name this installation, which has to have its identity.
    crate::app::ensure_member_id(tx, chance)?;
    let token = chance.token();
    let mut told = Vec::new();
    for name in events {
        let kind = registry.event(name).filter(|it| !it.only_app);
        let kind =
            kind.ok_or_else(|| ARGUMENT.say(format!("there is no event {name} that a webhook can be told of")))?;
        if told.contains(&kind.name) {
            continue;
        }
        told.push(kind.name);
        tx.run(&Sql::with(
            "insert into event_handlers
                 (event, url, user_id, offline, connector, options, title, token, notified_at, created_at)
             values ($1, $2, 0, 0, '', '{}', $3, $4, 0, $5)",
            [kind.name.into(), url.into(), title.into(), token.as_str().into(), now.into()],
        ))?;
    }
    Ok(token)
}

/// All outgoing webhooks, an entry for each event.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Outgoing>> {
    let rows = tx.rows(&Sql::new(
        "select id, event, url, title, created_at from event_handlers where app_id is null order by id",
    ))?;
    let read = |row: &Row| {
        Ok::<_, DbError>(Outgoing {
            id: row.int(0)?,
            event: row.text(1).to_owned(),
            url: row.text(2).to_owned(),
            title: row.text(3).to_owned(),
            created_at: row.int(4)?,
        })
    };
    rows.iter().map(|row| read(row).map_err(Error::from)).collect()
}

/// Ends an outgoing webhook, with what it has not been told yet.
pub fn remove(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    if tx.run(&Sql::with("delete from event_handlers where id = $1 and app_id is null", [id.into()]))? == 0 {
        return Err(ARGUMENT.say(format!("there is no outgoing webhook {id}")));
    }
    tx.run(&Sql::with("delete from event_deliveries where handler_id = $1", [id.into()]))?;
    Ok(())
}
