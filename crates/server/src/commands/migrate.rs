//! `muster migrate`

use super::{open_as_it_is, say};
use crate::config::Config;
use anyhow::Result;
use muster_core::{Clock, Registry};
use muster_modules::MODULES;

pub(super) fn run(config: &Config) -> Result<()> {
    let db = open_as_it_is(config)?;
    let applied = db.migrate(&Registry::new(MODULES).migrations(), Clock::default().seconds())?;
    if applied.is_empty() {
        return say("The schema is up to date.\n");
    }
    say(&format!("Applied {}.\n", applied.join(", ")))
}
