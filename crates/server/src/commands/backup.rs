//! `muster backup`

use super::{on_database, open_existing, say, write};
use crate::config::Config;
use anyhow::{Context as _, Result, bail};
use clap::{Arg, ArgMatches, Command, value_parser};
use muster_core::Registry;
use muster_modules::{MODULES, audit::deeds::BACKUP};
use std::path::PathBuf;

pub(super) fn command() -> Command {
    on_database(Command::new("backup").about(
        "Copies a SQLite database while it is in use; the copy is the state of one moment. A PostgreSQL database is \
         backed up with pg_dump.",
    ))
    .arg(
        Arg::new("file")
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help("Where to write the copy; a file that exists is not overwritten"),
    )
}

pub(super) fn run(config: &Config, matches: &ArgMatches) -> Result<()> {
    let target: &PathBuf = matches.get_one("file").context("a file is required")?;
    if target.exists() {
        bail!("{} exists already and is not overwritten", target.display());
    }
    let db = open_existing(config)?;
    db.backup(target)?;
    // A copy is taken before an upgrade, of a schema that may have no audit log yet.
    if db.pending(&Registry::new(MODULES).migrations())?.missing.is_empty() {
        write(&db, (&BACKUP, "backup"), |_| Ok(((), target.display())))?;
    }
    let bytes = std::fs::metadata(target)?.len();
    say(&format!("Wrote {} ({bytes} bytes).\n", target.display()))
}
