//! Who is online: when people were last here.

use super::index::changed;
use muster_db::{DbError, Sql, Tx};

/// How often, at most, a person's activity is written: it is cheap, and exact enough for who is online.
pub const WRITE_SECONDS: i64 = 60;

/// Records that these people were active at these times. Whoever was away for longer than people stay online has
/// signed in anew.
pub fn record(tx: &mut Tx<'_>, seen: &[(i64, i64)]) -> Result<(), DbError> {
    for (user_id, at) in seen {
        tx.run(&Sql::with(
            "insert into user_activity (user_id, last_activity_at, last_login_at) values ($1, $2, $2)
             on conflict (user_id) do update set
                last_login_at = case when user_activity.last_activity_at < $3 then $2
                                     else user_activity.last_login_at end,
                last_activity_at = case when user_activity.last_activity_at < $2 then $2
                                        else user_activity.last_activity_at end",
            [(*user_id).into(), (*at).into(), (*at - super::fields::ONLINE_SECONDS).into()],
        ))?;
        changed(tx, *user_id)?;
    }
    Ok(())
}
