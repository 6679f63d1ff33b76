//! `muster app`

use super::{on_database, open, said, say, write};
use crate::{config, serve::settings};
use anyhow::{Context as _, Result};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use muster_core::{Chance, Clock, Registry, error::ARGUMENT};
use muster_modules::{
    MODULES,
    app::{self, App, NewApp, install},
    audit::deeds::{APP_ADD, APP_INSTALL, APP_REMOVE, APP_UPDATE},
};
use std::fmt::Write as _;

pub(super) fn command() -> Command {
    let id = || Arg::new("id").required(true).value_parser(value_parser!(i64)).help("The app's ID");
    Command::new("app")
        .about("Registers, shows and removes local apps.")
        .subcommand_required(true)
        .subcommand(described(
            config::args(Command::new("add").about("Registers an app. Its secret is shown this once.")),
            true,
        ))
        .subcommand(on_database(Command::new("list").about("Lists apps.")))
        .subcommand(
            described(
                config::args(Command::new("update").about(
                    "Registers an app anew, with the same keys. Its handlers and widgets go, and it is installed anew.",
                )),
                false,
            )
            .arg(id()),
        )
        .subcommand(
            on_database(Command::new("finish").about("Finishes an installation that the app itself did not finish."))
                .arg(id()),
        )
        .subcommand(on_database(Command::new("revoke").about("Removes an app and ends its tokens at once.")).arg(id()))
}

/// What describes an app. What is left out of an update stays as it is.
fn described(command: Command, is_new: bool) -> Command {
    let scopes = "What it may do, separated by commas, such as user,department";
    let handler = "Where people are sent back to after signing in, and nowhere else";
    let install = "The page of its installation; without pages of its own, where it is told that it is installed; \
                   empty for none";
    let allow = "Who may use it: access codes separated by commas, such as U1,D5; everyone if empty";
    let installer = "Who installs it: the ID of an administrator; the first one if left out";
    let name = Arg::new("name").help("What people call it");
    let command = command
        .arg(if is_new { name.required(true) } else { name.long("name") })
        .arg(Arg::new("scopes").long("scopes").required(is_new).help(scopes))
        .arg(Arg::new("handler").long("handler").value_name("URL").required(is_new).help(handler))
        .arg(Arg::new("install-url").long("install-url").value_name("URL").help(install))
        .arg(Arg::new("no-ui").long("no-ui").action(ArgAction::SetTrue).help("It has no pages of its own"))
        .arg(Arg::new("allow").long("allow").value_name("CODES").help(allow));
    if !is_new {
        let ui = "It has pages of its own again";
        return command.arg(Arg::new("ui").long("ui").action(ArgAction::SetTrue).conflicts_with("no-ui").help(ui));
    }
    command.arg(Arg::new("installer").long("installer").value_parser(value_parser!(i64)).help(installer))
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let config = config::load(matches)?;
    let db = open(&config)?;
    let known = (&Registry::new(MODULES), &settings(&config)?);
    let now = Clock::default().seconds();
    let id = || matches.get_one::<i64>("id").copied().context("an ID is required");
    match name {
        "add" => {
            let new = read(matches, None, known.0)?;
            let chance = &mut Chance::from_system();
            let keys = write(&db, (&APP_ADD, "app add"), |tx| {
                let keys = app::add(tx, known, &new, (chance, now))?;
                let id = keys.id;
                Ok((keys, id))
            })?;
            let (id, client_id, secret) = (keys.id, keys.client_id, keys.client_secret);
            say(&format!(
                "App {id}, its secret shown this once:\nclient_id      {client_id}\nclient_secret  {secret}\n"
            ))
        }
        "list" => say(&table(&db.read(app::list)?)),
        "update" => {
            let id = id()?;
            let before =
                db.read(|tx| app::load(tx, id)).map_err(said)?.with_context(|| format!("there is no app {id}"))?;
            let new = read(matches, Some(&before), known.0)?;
            write(&db, (&APP_UPDATE, "app update"), |tx| Ok((install::update(tx, known, (id, &new), now)?, id)))?;
            say(&format!("App {id} is registered anew.\n"))
        }
        "finish" => {
            let id = id()?;
            write(&db, (&APP_INSTALL, "app finish"), |tx| {
                let app = app::load(tx, id)?.ok_or_else(|| ARGUMENT.say(format!("there is no app {id}")))?;
                Ok((install::finish(tx, id, app.installed_by.unwrap_or(0), now)?, id))
            })?;
            say(&format!("App {id} is installed.\n"))
        }
        _ => {
            let id = id()?;
            write(&db, (&APP_REMOVE, "app revoke"), |tx| Ok((install::remove(tx, id, now)?, id)))?;
            say(&format!("App {id} is removed.\n"))
        }
    }
}

/// An app as the arguments describe it, on top of what it was.
fn read(matches: &ArgMatches, before: Option<&App>, registry: &Registry) -> Result<NewApp> {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let old = |of: fn(&App) -> String| before.map(of).unwrap_or_default();
    let allowed = text("allow").map(|codes| codes.split(',').map(|it| it.trim().to_owned()).collect::<Vec<_>>());
    let allowed = allowed.or_else(|| before.map(|app| app.allowed.clone())).unwrap_or_default();
    Ok(NewApp {
        name: text("name").unwrap_or_else(|| old(|app| app.name.clone())),
        scopes: registry.read_scopes(&text("scopes").unwrap_or_else(|| old(|app| app.scopes.clone()))).map_err(said)?,
        handler_url: text("handler").unwrap_or_else(|| old(|app| app.handler_url.clone())),
        // An empty one takes it away.
        install_url: text("install-url")
            .or_else(|| before.and_then(|app| app.install_url.clone()))
            .filter(|it| !it.is_empty()),
        has_ui: match before {
            Some(app) => !matches.get_flag("no-ui") && (app.has_ui || matches.get_flag("ui")),
            None => !matches.get_flag("no-ui"),
        },
        allowed: allowed.into_iter().filter(|it| !it.is_empty()).collect(),
        installer: if before.is_none() { matches.get_one::<i64>("installer").copied() } else { None },
    })
}

fn table(apps: &[App]) -> String {
    let mut text =
        format!("{:>5}  {:<30}  {:<12}  {:<9}  NAME; SCOPES; HANDLER\n", "ID", "CLIENT ID", "FOR", "INSTALLED");
    for it in apps {
        let allowed = if it.allowed.is_empty() { "everyone".to_owned() } else { it.allowed.join(",") };
        let App { id, client_id, name, scopes, handler_url, .. } = it;
        let installed = if it.installed { "yes" } else { "no" };
        writeln!(text, "{id:>5}  {client_id:<30}  {allowed:<12}  {installed:<9}  {name}; {scopes}; {handler_url}")
            .expect("writing to a String cannot fail");
    }
    text
}
