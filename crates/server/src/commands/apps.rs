//! `muster app`

use super::{on_database, open, said, say};
use crate::config;
use anyhow::{Context as _, Result};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use muster_core::{Chance, Clock, Registry};
use muster_modules::{
    MODULES,
    app::{self, App, NewApp},
};
use std::fmt::Write as _;

pub(super) fn command() -> Command {
    let scopes = "What it may do, separated by commas, such as user,department";
    let handler = "Where people are sent back to after signing in, and nowhere else";
    let allow = "Who may use it: access codes separated by commas, such as U1,D5; everyone if left out";
    Command::new("app")
        .about("Registers, shows and removes local apps.")
        .subcommand_required(true)
        .subcommand(
            on_database(Command::new("add").about("Registers an app. Its secret is shown this once."))
                .arg(Arg::new("name").required(true).help("What people call it"))
                .arg(Arg::new("scopes").long("scopes").required(true).help(scopes))
                .arg(Arg::new("handler").long("handler").value_name("URL").required(true).help(handler))
                .arg(Arg::new("install-url").long("install-url").value_name("URL").help("The page of its installation"))
                .arg(Arg::new("no-ui").long("no-ui").action(ArgAction::SetTrue).help("It has no pages of its own"))
                .arg(Arg::new("allow").long("allow").value_name("CODES").value_delimiter(',').help(allow)),
        )
        .subcommand(on_database(Command::new("list").about("Lists apps.")))
        .subcommand(
            on_database(Command::new("revoke").about("Removes an app and ends its tokens at once."))
                .arg(Arg::new("id").required(true).value_parser(value_parser!(i64)).help("The app's ID")),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let db = open(&config::load(matches)?)?;
    let registry = Registry::new(MODULES);
    match name {
        "add" => {
            let text = |name: &str| matches.get_one::<String>(name).cloned();
            let codes = matches.get_many::<String>("allow").into_iter().flatten();
            let new = NewApp {
                name: text("name").unwrap_or_default(),
                scopes: registry.read_scopes(&text("scopes").unwrap_or_default()).map_err(said)?,
                handler_url: text("handler").unwrap_or_default(),
                install_url: text("install-url"),
                has_ui: !matches.get_flag("no-ui"),
                allowed: codes.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect(),
            };
            let now = Clock::default().seconds();
            let keys = db.write(|tx| app::add(tx, &registry, &new, &mut Chance::from_system(), now)).map_err(said)?;
            let (id, client_id, secret) = (keys.id, keys.client_id, keys.client_secret);
            say(&format!(
                "App {id}, its secret shown this once:\nclient_id      {client_id}\nclient_secret  {secret}\n"
            ))
        }
        "list" => say(&table(&db.read(app::list)?)),
        _ => {
            let id = *matches.get_one::<i64>("id").context("an ID is required")?;
            db.write(|tx| app::remove(tx, id)).map_err(said)?;
            say(&format!("App {id} is removed.\n"))
        }
    }
}

fn table(apps: &[App]) -> String {
    let mut text = format!("{:>5}  {:<30}  {:<12}  NAME; SCOPES; HANDLER\n", "ID", "CLIENT ID", "FOR");
    for it in apps {
        let allowed = if it.allowed.is_empty() { "everyone".to_owned() } else { it.allowed.join(",") };
        let App { id, client_id, name, scopes, handler_url, .. } = it;
        writeln!(text, "{id:>5}  {client_id:<30}  {allowed:<12}  {name}; {scopes}; {handler_url}")
            .expect("writing to a String cannot fail");
    }
    text
}
