//! `muster seed`

use super::{on_database, open, say, write};
use crate::{config::Config, made_up};
use anyhow::{Result, bail};
use clap::{Arg, ArgMatches, Command, value_parser};
use indicatif::{ProgressBar, ProgressStyle};
use muster_modules::{audit::deeds::SEED, user::bulk::is_empty};
use std::time::Instant;

/// The present of the company, 2026-01-01: were it the real one, the same numbers would not always give the same people.
const PRESENT: i64 = 1_767_225_600;

pub(super) fn command() -> Command {
    on_database(
        Command::new("seed")
            .about("Fills an empty database with a made-up company. The same numbers always give the same people."),
    )
    .arg(
        Arg::new("users")
            .long("users")
            .required(true)
            .value_parser(value_parser!(u64).range(1..=10_000_000))
            .help("How many people"),
    )
    .arg(
        Arg::new("seed")
            .long("seed")
            .value_parser(value_parser!(u64))
            .default_value("1")
            .help("Which company: another number gives other people"),
    )
}

pub(super) fn run(config: &Config, matches: &ArgMatches) -> Result<()> {
    let users = *matches.get_one::<u64>("users").unwrap_or(&0);
    let seed = *matches.get_one::<u64>("seed").unwrap_or(&1);
    let db = open(config)?;
    if !db.read(is_empty)? {
        bail!("there are people in this database already; seed an empty one");
    }
    let bar = ProgressBar::new(users)
        .with_style(ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} people, {per_sec}, {eta} left")?);
    let began = Instant::now();
    let company = made_up::Company { seed, users, now: PRESENT };
    made_up::write(&db, &company, |done| bar.inc(done))?;
    write(&db, (&SEED, "seed"), |_| Ok(((), "")))?;
    bar.finish_and_clear();
    let took = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "people are counted for a rate")]
    let rate = users as f64 / took;
    say(&format!("Wrote {users} people in {took:.1} s ({rate:.0} a second).\n"))
}
