//! `muster event` and `muster outgoing`: what has not arrived yet, and whom to tell of events without an app.

use super::{on_database, open, said, say, text, write};
use crate::{config, serve::settings};
use anyhow::{Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use jiff::tz::TimeZone;
use muster_core::{
    Chance, Clock, Registry,
    time::{Style, write_instant},
};
use muster_modules::{
    MODULES,
    audit::deeds::{EVENTS_RESEND, OUTGOING_ADD, OUTGOING_REMOVE},
    event::{
        delivery::{self, Waiting},
        outgoing::{self, Outgoing},
    },
};
use std::fmt::Write as _;

/// The most deliveries that are listed.
const MOST: i64 = 200;

pub(super) fn event_command() -> Command {
    Command::new("event")
        .about("Shows events that have not arrived yet, and sends again what was given up.")
        .subcommand_required(true)
        .subcommand(on_database(Command::new("list").about("Lists deliveries that wait or were given up.")).arg(
            Arg::new("given-up").long("given-up").action(ArgAction::SetTrue).help("Only those that were given up"),
        ))
        .subcommand(
            on_database(Command::new("resend").about("Sends again what was given up."))
                .arg(Arg::new("id").value_parser(value_parser!(i64)).help("Which delivery"))
                .arg(
                    Arg::new("all")
                        .long("all")
                        .action(ArgAction::SetTrue)
                        .conflicts_with("id")
                        .help("All that were given up"),
                ),
        )
        .subcommand(on_database(Command::new("names").about("Lists the events there are.")))
}

pub(super) fn outgoing_command() -> Command {
    Command::new("outgoing")
        .about("Makes, shows and removes outgoing webhooks: addresses that are told of events without an app.")
        .subcommand_required(true)
        .subcommand(
            config::args(Command::new("add").about("Has an address told of events. Its token is shown this once."))
                .arg(Arg::new("url").required(true).help("The address that is told"))
                .arg(
                    Arg::new("events")
                        .long("events")
                        .required(true)
                        .value_delimiter(',')
                        .help("The events, separated by commas, such as ONUSERADD,ONUSERUPDATE"),
                )
                .arg(Arg::new("title").long("title").default_value("").help("What it is for")),
        )
        .subcommand(on_database(Command::new("list").about("Lists outgoing webhooks, a line for each event.")))
        .subcommand(
            on_database(Command::new("remove").about("Removes one, with what it has not been told yet."))
                .arg(Arg::new("id").required(true).value_parser(value_parser!(i64)).help("The ID in the list")),
        )
}

pub(super) fn run_event(matches: &ArgMatches) -> Result<()> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let config = config::load(matches)?;
    match name {
        "list" => {
            let only = matches.get_flag("given-up");
            let waiting = open(&config)?.read(|tx| delivery::list(tx, only, MOST)).map_err(said)?;
            say(&deliveries(&waiting, &config.time_zone))
        }
        "resend" => {
            let id = matches.get_one::<i64>("id").copied();
            if id.is_none() && !matches.get_flag("all") {
                bail!("say which delivery to send again, or --all");
            }
            let now = Clock::default().seconds();
            let db = open(&config)?;
            let item = id.map_or_else(String::new, |it| it.to_string());
            let count = write(&db, (&EVENTS_RESEND, "event resend"), |tx| {
                Ok((delivery::send_again(tx, id, now)?, item.clone()))
            })?;
            say(&format!("{count} to be sent again; muster serve does so.\n"))
        }
        _ => {
            let registry = Registry::new(MODULES);
            let mut text = String::new();
            for kind in registry.events() {
                let scopes = if kind.scopes.is_empty() { "any".to_owned() } else { kind.scopes.join(" or ") };
                writeln!(text, "{:<20}  {} Scope: {scopes}.", kind.name, kind.about)?;
            }
            say(&text)
        }
    }
}

pub(super) fn run_outgoing(matches: &ArgMatches) -> Result<()> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let config = config::load(matches)?;
    let db = open(&config)?;
    match name {
        "add" => {
            let events: Vec<String> =
                matches.get_many::<String>("events").into_iter().flatten().map(|it| it.trim().to_owned()).collect();
            let (registry, settings, now) = (Registry::new(MODULES), settings(&config)?, Clock::default().seconds());
            let (url, title) = (text(matches, "url"), text(matches, "title"));
            let token = write(&db, (&OUTGOING_ADD, "outgoing add"), |tx| {
                let chance = &mut Chance::from_system();
                Ok((outgoing::add(tx, (&registry, &settings), (&url, &title), &events, (chance, now))?, ""))
            })?;
            say(&format!("Its calls carry this as auth[application_token]: {}\n", token))
        }
        "list" => say(&table(&db.read(outgoing::list).map_err(said)?)),
        _ => {
            let id = matches.get_one::<i64>("id").copied().unwrap_or_default();
            write(&db, (&OUTGOING_REMOVE, "outgoing remove"), |tx| Ok((outgoing::remove(tx, id)?, id)))?;
            say(&format!("Outgoing webhook {id} is removed.\n"))
        }
    }
}

fn deliveries(waiting: &[Waiting], zone: &TimeZone) -> String {
    if waiting.is_empty() {
        return "Nothing waits.\n".to_owned();
    }
    let mut text =
        format!("{:>8}  {:<20}  {:<14}  {:>5}  {:<20}  URL; PROBLEM\n", "ID", "EVENT", "OBJECT", "TRIES", "NEXT");
    for it in waiting {
        let next = it.due_at.map_or_else(|| "given up".to_owned(), |at| write_instant(at, Style::Plain, zone));
        let Waiting { id, event, object, attempts, url, .. } = it;
        let problem = it.problem.as_deref().unwrap_or_default();
        writeln!(text, "{id:>8}  {event:<20}  {object:<14}  {attempts:>5}  {next:<20}  {url}; {problem}")
            .expect("writing to a String cannot fail");
    }
    text
}

fn table(all: &[Outgoing]) -> String {
    let mut text = format!("{:>5}  {:<20}  URL; TITLE\n", "ID", "EVENT");
    for Outgoing { id, event, url, title, .. } in all {
        writeln!(text, "{id:>5}  {event:<20}  {url}; {title}").expect("writing to a String cannot fail");
    }
    text
}
