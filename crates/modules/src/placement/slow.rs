//! Background workers that slow every page down lose their place.
//!
//! The pages report that a worker took longer than five seconds. Beyond ten reports on one day it is taken away, and the
//! address that the app named for this is told. A report is a browser's word, so of one person few count where the worker is
//! everyone's: nobody takes it away from all others alone.

use super::Widget;
use crate::{
    app::App,
    event::{Cause, deliver_to},
};
use muster_core::{
    Json, Result,
    event::{EventKind, event},
    json,
};
use muster_db::{Sql, Tx};

/// How often a worker may be slow on one day.
const MOST: i64 = 10;
/// How many reports of one person count on one day, where the worker is everyone's.
const MOST_OF_ONE: i64 = 3;
const DAY: i64 = 86_400;

/// What the address for errors is told. Nobody subscribes to it.
static OVERTIME: EventKind =
    event("ERROR_PLACEMENT_LOADING_OVERTIME", "app", "A background worker was too slow and is gone.").only_app();

/// Notes that the worker was slow when this person opened a page, and takes it away if that was once too often.
pub fn note(tx: &mut Tx<'_>, (app, widget): (&App, &Widget), user_id: i64, now: i64) -> Result<()> {
    let day = now.div_euclid(DAY);
    tx.run(&Sql::with("delete from placement_slow where day < $1", [day.into()]))?;
    tx.run(&Sql::with(
        "insert into placement_slow (placement_id, day, user_id, times) values ($1, $2, $3, 1)
         on conflict (placement_id, day, user_id) do update set times = placement_slow.times + 1",
        [widget.id.into(), day.into(), user_id.into()],
    ))?;
    let most_of_one = if widget.user_id == 0 { MOST_OF_ONE } else { MOST + 1 };
    let times = tx.int(&Sql::with(
        "select cast(coalesce(sum(case when times > $1 then $1 else times end), 0) as bigint)
         from placement_slow where placement_id = $2 and day = $3",
        [most_of_one.into(), widget.id.into(), day.into()],
    ))?;
    if times <= MOST {
        return Ok(());
    }
    tx.run(&Sql::with("delete from placements where id = $1", [widget.id.into()]))?;
    let Some(url) = widget.options.get("errorHandlerUrl").and_then(Json::as_str) else { return Ok(()) };
    let data = json!({
        "PLACEMENT": widget.placement,
        "HANDLER": widget.handler,
        "error": OVERTIME.name,
        "error_description": format!("The handler took longer than 5 seconds more than {MOST} times in a day"),
    });
    // Of no person: the address gets no tokens.
    deliver_to(tx, (app, url), &OVERTIME, data, Cause { user_id: None, connector: "", now })
}
