//! `muster webhook`

use super::{on_database, open, said, say, text, write};
use crate::{config, serve::base_url};
use anyhow::{Context as _, Result, bail};
use clap::{Arg, ArgMatches, Command, value_parser};
use jiff::tz::TimeZone;
use muster_core::{
    Chance, Clock, Registry,
    time::{Style, write_instant},
};
use muster_modules::{
    MODULES,
    audit::deeds::{WEBHOOK_ADD, WEBHOOK_REVOKE},
    user::store::find_by_email,
    webhook::{self, NewWebhook, Webhook},
};
use std::fmt::Write as _;

pub(super) fn command() -> Command {
    Command::new("webhook")
        .about("Makes, shows and revokes incoming webhooks.")
        .subcommand_required(true)
        .subcommand(
            on_database(Command::new("add").about("Makes a webhook. Its address is shown this once."))
                .arg(Arg::new("owner").required(true).help("On whose behalf it calls: an ID or an e-mail address"))
                .arg(
                    Arg::new("scopes")
                        .long("scopes")
                        .required(true)
                        .help("What it may do, separated by commas, such as user,department"),
                )
                .arg(Arg::new("title").long("title").default_value("").help("What it is for"))
                .arg(
                    Arg::new("days")
                        .long("days")
                        .value_parser(value_parser!(u32))
                        .help("After how many days it stops working; never if left out"),
                ),
        )
        .subcommand(on_database(Command::new("list").about("Lists webhooks with their last use.")))
        .subcommand(
            on_database(Command::new("revoke").about("Ends a webhook at once."))
                .arg(Arg::new("id").required(true).value_parser(value_parser!(i64)).help("The webhook's ID")),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let config = config::load(matches)?;
    let db = open(&config)?;
    let now = Clock::default().seconds();
    match name {
        "add" => {
            let owner = text(matches, "owner");
            let user_id = match owner.parse() {
                Ok(id) => Some(id),
                Err(_) => db.read(|tx| find_by_email(tx, &owner))?,
            };
            let Some(user_id) = user_id else { bail!("there is no one with the e-mail address {owner}") };
            let days = matches.get_one::<u32>("days");
            let new = NewWebhook {
                user_id,
                title: text(matches, "title"),
                scopes: Registry::new(MODULES).read_scopes(&text(matches, "scopes")).map_err(said)?,
                expires_at: days.map(|days| now + i64::from(*days) * 86_400),
            };
            let (id, secret) = write(&db, (&WEBHOOK_ADD, "webhook add"), |tx| {
                let made = webhook::add(tx, &new, &mut Chance::from_system(), now)?;
                let id = made.0;
                Ok((made, id))
            })?;
            let base = base_url(&config, config.listen);
            say(&format!("Webhook {id}, shown this once:\n{base}/rest/{user_id}/{secret}/\n"))
        }
        "list" => say(&table(&db.read(webhook::list)?, now, &config.time_zone)),
        _ => {
            let id = *matches.get_one::<i64>("id").context("an ID is required")?;
            write(&db, (&WEBHOOK_REVOKE, "webhook revoke"), |tx| Ok((webhook::revoke(tx, id, now)?, id)))?;
            say(&format!("Webhook {id} is revoked.\n"))
        }
    }
}

fn table(webhooks: &[Webhook], now: i64, zone: &TimeZone) -> String {
    let at = |at: Option<i64>| at.map_or_else(|| "never".to_owned(), |it| write_instant(it, Style::Plain, zone));
    let head = ("ID", "OWNER", "STATE", "LAST USED");
    let mut text = format!("{:>5}  {:>7}  {:<8}  {:<19}  SCOPES; TITLE\n", head.0, head.1, head.2, head.3);
    for it in webhooks {
        let state = match (it.revoked_at, it.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(expires)) if expires <= now => "expired",
            _ => "in force",
        };
        let used = at(it.last_used_at);
        let title = if it.title.is_empty() { String::new() } else { format!("; {}", it.title) };
        writeln!(text, "{:>5}  {:>7}  {state:<8}  {used:<19}  {}{title}", it.id, it.user_id, it.scopes)
            .expect("writing to a String cannot fail");
    }
    text
}
