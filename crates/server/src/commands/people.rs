//! `muster user`

use super::{on_database, open, say, text, write};
use crate::{config, serve::settings};
use anyhow::{Context as _, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use jiff::tz::TimeZone;
use muster_core::{
    Chance, Clock,
    error::ARGUMENT,
    time::{Style, write_instant},
};
use muster_db::{Row, Sql, Tx};
use muster_modules::{
    audit::deeds::{SECOND_FACTOR_END, USER_ADD},
    event::Cause,
    session::second_factor,
    user::{
        events::tell_registered,
        password,
        store::{NewPerson, check_email, find_by_email, register},
    },
};
use std::{fmt::Write as _, io::Read as _};

pub(super) fn command() -> Command {
    let text = |name: &'static str, help: &'static str| Arg::new(name).long(name).help(help);
    Command::new("user")
        .about("Adds and shows people.")
        .subcommand_required(true)
        .subcommand(
            on_database(Command::new("add").about("Adds a person who can sign in at once, without an invitation."))
                .arg(Arg::new("email").required(true).help("The e-mail address, which is the login too"))
                .arg(text("name", "The first name").default_value(""))
                .arg(text("last-name", "The last name").default_value(""))
                .arg(Arg::new("admin").long("admin").action(ArgAction::SetTrue).help("Make them an administrator"))
                .arg(
                    Arg::new("password-stdin")
                        .long("password-stdin")
                        .action(ArgAction::SetTrue)
                        .help("Read the password from standard input; otherwise one is made up and shown"),
                ),
        )
        .subcommand(
            on_database(Command::new("list").about("Lists people.")).arg(
                Arg::new("limit")
                    .long("limit")
                    .value_parser(value_parser!(u32))
                    .default_value("50")
                    .help("How many at most"),
            ),
        )
        .subcommand(
            on_database(Command::new("show").about("Shows one person."))
                .arg(person_arg()),
        )
        .subcommand(
            on_database(Command::new("end-second-factor").about(
                "Ends the second factor of someone who has lost both their phone and their recovery codes. From then on \
                 their password is enough.",
            ))
            .arg(person_arg()),
        )
}

fn person_arg() -> Arg {
    Arg::new("person").required(true).help("The person's ID or e-mail address")
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let config = config::load(matches)?;
    let db = open(&config)?;
    match name {
        "add" => {
            let mut chance = Chance::from_system();
            if check_email(&text(matches, "email")).is_err() {
                bail!("{} is not an e-mail address", text(matches, "email"));
            }
            let given = matches.get_flag("password-stdin");
            let word = if given { read_password()? } else { chance.token()[..16].to_owned() };
            let new = NewPerson {
                email: text(matches, "email"),
                name: text(matches, "name"),
                last_name: text(matches, "last-name"),
                admin: matches.get_flag("admin"),
                password_hash: Some(password::hash(&word, &mut chance)?),
                departments: Vec::new(),
            };
            let settings = settings(&config)?;
            let id = write(&db, (&USER_ADD, "user add"), |tx| {
                let cause = Cause { now: Clock::default().seconds(), ..Cause::default() };
                let id = register(tx, &new, cause.now)?;
                tell_registered(tx, cause, id, &settings)?;
                Ok((id, id))
            })?;
            let shown = if given { String::new() } else { format!(" Their password, shown this once: {word}") };
            say(&format!("Added {} with the ID {id}.{shown}\n", new.email))
        }
        "list" => {
            let limit = i64::from(*matches.get_one::<u32>("limit").unwrap_or(&50));
            say(&db.read(|tx| list(tx, limit))?)
        }
        "end-second-factor" => {
            let person = matches.get_one::<String>("person").context("a person is required")?;
            let id = write(&db, (&SECOND_FACTOR_END, "user end-second-factor"), |tx| {
                let gone = |what: &str| ARGUMENT.say(format!("{person} {what}"));
                let id = find(tx, person)?.ok_or_else(|| gone("is the ID or e-mail address of no one"))?;
                if !second_factor::state(tx, id)?.0 {
                    return Err(gone("has no second factor"));
                }
                second_factor::end(tx, id)?;
                Ok((id, id))
            })?;
            say(&format!("The second factor of {person}, ID {id}, is ended. They can set up a new one.\n"))
        }
        _ => {
            let person = matches.get_one::<String>("person").context("a person is required")?;
            let shown = db.read(|tx| show(tx, person, &config.time_zone))?;
            let Some(shown) = shown else { bail!("there is no one with the ID or e-mail address {person}") };
            say(&shown)
        }
    }
}

fn read_password() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("the password cannot be read")?;
    let text = text.trim_end_matches(['\n', '\r']);
    password::check(text)?;
    Ok(text.to_owned())
}

fn list(tx: &mut Tx<'_>, limit: i64) -> muster_core::Result<String> {
    let rows = tx.rows(&Sql::with(
        "select id, name, last_name, email, admin, active, accepted_at from users order by id limit $1",
        [limit.into()],
    ))?;
    let mut text = format!("{:>8}  {:<14}  {:<34}  {}\n", "ID", "STATE", "E-MAIL", "NAME");
    for row in &rows {
        let name = format!("{} {}", row.text(1), row.text(2));
        writeln!(text, "{:>8}  {:<14}  {:<34}  {}", row.int(0)?, state(row, 4)?, row.text(3), name.trim())
            .expect("writing to a String cannot fail");
    }
    Ok(text)
}

/// What someone is here, from the columns `admin`, `active` and `accepted_at`.
fn state(row: &Row, admin: usize) -> Result<&'static str, muster_db::DbError> {
    let (is_admin, active, accepted) = (row.int(admin)? == 1, row.int(admin + 1)? == 1, row.opt_int(admin + 2));
    Ok(match (active, accepted) {
        (false, None) => "revoked",
        (false, Some(_)) => "dismissed",
        (true, None) => "invited",
        (true, Some(_)) if is_admin => "administrator",
        (true, Some(_)) => "employee",
    })
}

/// Whom an ID or an e-mail address names, if it is written as one.
fn find(tx: &mut Tx<'_>, person: &str) -> muster_core::Result<Option<i64>> {
    match person.parse::<i64>() {
        Ok(id) => Ok(Some(id)),
        Err(_) => find_by_email(tx, person),
    }
}

fn show(tx: &mut Tx<'_>, person: &str, zone: &TimeZone) -> muster_core::Result<Option<String>> {
    let id = find(tx, person)?;
    let sql = Sql::with(
        "select u.id, u.name, u.last_name, u.email, u.work_position, u.registered_at, a.last_activity_at,
            u.admin, u.active, u.accepted_at
         from users u left join user_activity a on a.user_id = u.id where u.id = $1",
        [id.into()],
    );
    let Some(row) = tx.row(&sql)? else { return Ok(None) };
    let departments = tx.rows(&Sql::with(
        "select d.name from user_departments u join departments d on d.id = u.department_id
         where u.user_id = $1 order by u.position",
        [id.into()],
    ))?;
    let departments: Vec<_> = departments.iter().map(|row| row.text(0)).collect();
    let at =
        |column| row.opt_int(column).map_or_else(|| "never".to_owned(), |it| write_instant(it, Style::Plain, zone));
    let mut text = String::new();
    for (name, value) in [
        ("ID", row.int(0)?.to_string()),
        ("Name", format!("{} {}", row.text(1), row.text(2)).trim().to_owned()),
        ("E-mail", row.text(3).to_owned()),
        ("Position", row.text(4).to_owned()),
        ("Departments", departments.join(", ")),
        ("State", state(&row, 7)?.to_owned()),
        ("Registered", at(5)),
        ("Last here", at(6)),
    ] {
        writeln!(text, "{name:<12} {value}").expect("writing to a String cannot fail");
    }
    Ok(Some(text))
}
