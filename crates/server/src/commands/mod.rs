//! What an administrator can tell Muster to do: one file a command.

mod apps;
mod backup;
mod bench;
mod check;
mod demo;
mod events;
mod migrate;
mod people;
mod seed;
mod serve;
mod webhooks;

use crate::config::{self, Config};
use anyhow::{Context as _, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use muster_core::{
    Clock, Registry,
    audit::{self, Deed, Entry, Origin},
};
use muster_db::{Db, Options, Tx};
use muster_modules::MODULES;
use std::{
    ffi::OsString,
    fs::DirBuilder,
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    process::ExitCode,
};

/// Runs the program with these arguments. What goes wrong is said in one sentence.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let matches = match command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(err) => {
            // Help and version come this way too, with a code of success.
            err.print().ok();
            return ExitCode::from(u8::try_from(err.exit_code()).unwrap_or(2));
        }
    };
    match dispatch(&matches) {
        Ok(code) => code,
        Err(err) => {
            writeln!(io::stderr(), "muster: {err:#}").ok();
            ExitCode::FAILURE
        }
    }
}

fn dispatch(matches: &ArgMatches) -> Result<ExitCode> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(ExitCode::FAILURE) };
    match name {
        "demo" => demo::run(&config::load(matches)?, matches)?,
        "serve" => serve::run(&config::load(matches)?)?,
        "migrate" => migrate::run(&config::load(matches)?)?,
        "seed" => seed::run(&config::load(matches)?, matches)?,
        "user" => people::run(matches)?,
        "webhook" => webhooks::run(matches)?,
        "app" => apps::run(matches)?,
        "event" => events::run_event(matches)?,
        "outgoing" => events::run_outgoing(matches)?,
        "backup" => backup::run(&config::load(matches)?, matches)?,
        "check" => return check::run(&config::load(matches)?),
        "bench" => bench::run(matches)?,
        "config" => say(&config::reference())?,
        "completions" => completions(matches)?,
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// The commands and their arguments.
fn command() -> Command {
    Command::new("muster")
        .about("A self-hosted people platform that speaks the Bitrix24 REST API.")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(demo::command())
        .subcommand(config::args(
            Command::new("serve").about("Serves the REST API. Any number of these may share one PostgreSQL database."),
        ))
        .subcommand(on_database(
            Command::new("migrate").about("Brings the database's schema up to date and says what it did."),
        ))
        .subcommand(seed::command())
        .subcommand(people::command())
        .subcommand(webhooks::command())
        .subcommand(apps::command())
        .subcommand(events::event_command())
        .subcommand(events::outgoing_command())
        .subcommand(backup::command())
        .subcommand(config::args(
            Command::new("check").about("Examines the configuration and the database; fails if anything is wrong."),
        ))
        .subcommand(bench::command())
        .subcommand(Command::new("config").about("Prints the reference of all configuration keys, in Markdown."))
        .subcommand(
            Command::new("completions").about("Prints completions for a shell.").arg(
                Arg::new("shell")
                    .required(true)
                    .action(ArgAction::Set)
                    .value_parser(value_parser!(clap_complete::Shell))
                    .help("Which shell"),
            ),
        )
}

/// A command that needs to know the database and nothing else of the configuration; the rest of the keys are accepted,
/// since they may stand in the same environment, but not shown.
fn on_database(command: Command) -> Command {
    config::args(command).mut_args(|arg| {
        let shown =
            arg.get_help_heading() != Some(config::HEADING) || matches!(arg.get_id().as_str(), "config" | "database");
        if shown { arg } else { arg.hide(true) }
    })
}

fn completions(matches: &ArgMatches) -> Result<()> {
    if let Some(shell) = matches.get_one::<clap_complete::Shell>("shell") {
        clap_complete::generate(*shell, &mut command(), "muster", &mut io::stdout());
    }
    Ok(())
}

/// What was given for an argument; empty if nothing was.
fn text(matches: &ArgMatches, name: &str) -> String {
    matches.get_one::<String>(name).cloned().unwrap_or_default()
}

/// Opens the database; a folder for SQLite is made if there is none. The schema is brought up to date, and a database
/// that a newer Muster wrote is refused.
fn open(config: &Config) -> Result<Db> {
    let db = open_as_it_is(config)?;
    db.migrate(&Registry::new(MODULES).migrations(), Clock::default().seconds())?;
    Ok(db)
}

fn open_as_it_is(config: &Config) -> Result<Db> {
    if let Some(folder) = sqlite_path(config).and_then(Path::parent).filter(|it| !it.as_os_str().is_empty()) {
        private_folder(folder)?;
    }
    let options = Options { connections: config.connections, ..Options::default() };
    Ok(Db::open(&config.database, &options)?)
}

/// Opens a database that has to be there already: a mistyped path is no empty company.
fn open_existing(config: &Config) -> Result<Db> {
    if let Some(path) = sqlite_path(config).filter(|it| !it.exists()) {
        bail!("there is no database at {}", path.display());
    }
    open_as_it_is(config)
}

/// The file that the data is in, if it is in one.
fn sqlite_path(config: &Config) -> Option<&Path> {
    let is_url = config.database.contains("://");
    (!is_url).then(|| Path::new(config.database.strip_prefix("sqlite:").unwrap_or(&config.database)))
}

/// Makes a folder that only its owner may look into, unless it is there.
fn private_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("the folder {} cannot be made", path.display()))
}

/// Changes something by a command, and writes in the same transaction what was done. `work` answers, beside what came of it,
/// the object that it was about. Whose hand it was is not known here: whoever may run the program may do anything.
fn write<T, Item: ToString>(
    db: &Db,
    (deed, command): (&Deed, &str),
    mut work: impl FnMut(&mut Tx<'_>) -> muster_core::Result<(T, Item)>,
) -> Result<T> {
    let now = Clock::default().seconds();
    let origin = Origin { via: "command".to_owned(), request: format!("muster {command}"), ..Origin::default() };
    let done = db.write(|tx| {
        let (done, item) = work(tx)?;
        audit::write(tx, &origin, &Entry::of_deed(deed, &item), now)?;
        Ok(done)
    });
    done.map_err(said)
}

/// Prints to standard output. A reader that has gone away is no error.
fn say(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(err) if err.kind() != io::ErrorKind::BrokenPipe => Err(err.into()),
        _ => Ok(()),
    }
}

/// An error in the words that it has for people, without its code.
fn said(err: muster_core::Error) -> anyhow::Error {
    match err.cause {
        Some(cause) => anyhow::anyhow!("{cause}"),
        None => anyhow::anyhow!("{}", err.said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn the_reference_page_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == config::reference(), "run: cargo run -- config > docs/configuration.md");
    }
}
