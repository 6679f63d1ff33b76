//! `muster demo`: a believable company to try things on, with one command.

mod work;

use super::{open, private_folder, say};
use crate::{
    config::{self, Config},
    log::Log,
    made_up::{Company, one, write_departments},
    serve::{Server, listen},
};
use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Arg, ArgMatches, Command, parser::ValueSource, value_parser};
use muster_core::{Chance, Clock, Registry, file, picture};
use muster_db::{Db, Sql, Tx};
use muster_modules::{
    MODULES, department,
    user::{
        bulk::{self, BulkPerson, is_empty, prepare},
        password,
    },
    webhook::{self, NewWebhook},
};
use muster_names::{Gender, portrait};
use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};
use tracing::Level;
use tracing_subscriber::filter::Targets;

const SEED: u64 = 7;
/// The levels of access, each of which gets a webhook.
const LEVELS: [&str; 3] = ["user", "user_basic", "user_brief"];
/// Where the demo keeps what it shows at every start.
const SECRETS: &str = "demo-secrets.toml";

pub(super) fn command() -> Command {
    config::args(
        Command::new("demo")
            .about("Runs Muster with a made-up company, on this machine only. The data is made once and kept."),
    )
    .arg(
        Arg::new("users")
            .long("users")
            .value_parser(value_parser!(u64).range(20..=100_000))
            .default_value("200")
            .help("How many people, when the data is made"),
    )
}

pub(super) fn run(config: &Config, matches: &ArgMatches) -> Result<()> {
    if !config.listen.ip().is_loopback() {
        bail!("the demo shows its secrets and listens on this machine only; use muster serve for {}", config.listen);
    }
    let mut config = config.clone();
    if config.log == Targets::new().with_default(Level::INFO) {
        // What the demo prints is for reading; calls are logged by --log info,muster=info.
        config.log = Targets::new().with_default(Level::WARN);
    }
    if matches.value_source("database") == Some(ValueSource::DefaultValue) {
        // Everything of the demo is in one folder, so that deleting it is beginning anew.
        config.database = config.data_dir.join("muster.db").display().to_string();
    }
    config.keeps_mails = true;
    if matches.value_source("private_handlers") == Some(ValueSource::DefaultValue) {
        // Apps in development run on this machine, and so does the demo.
        config.private_handlers = true;
    }
    let _log = Log::start(&config);
    let listener = listen(&config)?;
    private_folder(&config.data_dir)?;
    let db = open(&config)?;
    let path = config.data_dir.join(SECRETS);
    let is_new = db.read(is_empty)?;
    let secrets = if is_new {
        say("Making a company up, once; this takes some seconds ...\n")?;
        let secrets = Secrets::new(&mut Chance::from_system());
        let users = *matches.get_one::<u64>("users").unwrap_or(&200);
        let company = Company { seed: SEED, users, now: Clock::default().seconds() };
        // First the secrets: were they written last, a crash in between would leave data that no one can sign in to.
        secrets.write(&path)?;
        make(&db, &company, &secrets)?;
        secrets
    } else {
        Secrets::read(&path).with_context(|| {
            format!("the database {} was not made by the demo; use muster serve for it", config.database)
        })?
    };
    let admin = db.read(|tx| tx.row(&Sql::new("select email from users where id = 1")))?;
    let email = admin.map(|row| row.text(0).to_owned()).unwrap_or_default();
    let server = Server::new(&config, db, listener)?;
    if is_new {
        // The people are there by now; were it stopped here, they would have less to do.
        work::make(&server.app, &secrets.webhooks[0], SEED).map_err(|err| anyhow!("{err}: {:?}", err.cause))?;
    }
    say(&welcome(&server, &config, &email, &secrets))?;
    server.run()
}

/// What the demo shows at every start. They open nothing but this made-up company on this machine.
struct Secrets {
    password: String,
    webhooks: Vec<String>,
}

impl Secrets {
    fn new(chance: &mut Chance) -> Secrets {
        Secrets { password: chance.token()[..12].to_owned(), webhooks: LEVELS.iter().map(|_| chance.token()).collect() }
    }

    fn read(path: &Path) -> Result<Secrets> {
        let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let table: toml::Table = text.parse().with_context(|| format!("{} is damaged", path.display()))?;
        let get = |name: &str| -> Result<String> {
            let value = table.get(name).and_then(toml::Value::as_str);
            value.map(str::to_owned).ok_or_else(|| anyhow!("{} has no {name}", path.display()))
        };
        Ok(Secrets { password: get("password")?, webhooks: LEVELS.iter().map(|it| get(it)).collect::<Result<_>>()? })
    }

    fn write(&self, path: &Path) -> Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        writeln!(file, "# The demo shows these at every start. They open nothing but its made-up company.")?;
        writeln!(file, "password = \"{}\"", self.password)?;
        for (level, secret) in LEVELS.iter().zip(&self.webhooks) {
            writeln!(file, "{level} = \"{secret}\"")?;
        }
        Ok(file.sync_all()?)
    }
}

/// Writes the company in one transaction: after a crash there is either all of it or nothing.
fn make(db: &Db, company: &Company, secrets: &Secrets) -> Result<()> {
    let mut chance = Chance::seeded(SEED);
    let hash = password::hash(&secrets.password, &mut Chance::from_system()).map_err(|err| anyhow!("{err}"))?;
    let portraits = portraits(company.users);
    let written = db.write(|tx| {
        let departments = write_departments(tx, company)?;
        let mut people: Vec<BulkPerson> = (0..company.users).map(|it| one(company, it, &departments)).collect();
        shape(&mut people, company);
        for (person, picture) in people.iter_mut().zip(&portraits) {
            if let Some(picture) = picture {
                let key = chance.token();
                file::store_at(tx, &key, picture, company.now)?;
                person.photo = Some(format!("{key}/{}", picture.name));
            }
        }
        people[0].password_hash = Some(hash.clone());
        let prepared: Vec<_> = people.into_iter().map(prepare).collect();
        let ids = bulk::insert(tx, &prepared)?;
        department::set_first_people_as_heads(tx)?;
        add_webhooks(tx, ids[0], secrets, company.now)
    });
    written.map_err(|err| anyhow!("{err}: {:?}", err.cause))
}

/// What makes the company believable beyond names: readable addresses, someone online, a few who have been invited and
/// not come yet, a few who have left.
fn shape(people: &mut [BulkPerson], company: &Company) {
    let mut taken = std::collections::HashSet::new();
    for (index, person) in people.iter_mut().enumerate() {
        // The numbers that keep a million addresses apart are not needed here, but for namesakes.
        let plain = person.email.replacen(&format!(".{}@", index + 1), "@", 1);
        if taken.insert(plain.clone()) {
            person.email = plain;
        }
        (person.active, person.accepted_at) = (true, Some(person.registered_at));
        match index {
            0 => {}
            it if it % 37 == 11 => person.active = false,
            it if it % 41 == 17 => {
                (person.accepted_at, person.activity) = (None, None);
                person.registered_at = company.now - 86_400;
            }
            it if it % 9 == 4 => person.activity = Some((company.now - 30, company.now - 3600)),
            _ => {}
        }
    }
}

/// Drawn portraits for one person of three. Drawing and scaling take a while, so both cores do it.
fn portraits(users: u64) -> Vec<Option<picture::Picture>> {
    let company = Company { seed: SEED, users, now: 0 };
    let draw = |index: u64| {
        if !index.is_multiple_of(3) {
            return None;
        }
        let gender = muster_names::person(company.seed, index, 2026).gender;
        let gender = if gender == Gender::Male { Gender::Male } else { Gender::Female };
        picture::decode("portrait.jpg", &portrait(company.seed, index, gender), u64::MAX).ok()
    };
    std::thread::scope(|scope| {
        let half = users / 2;
        let second = scope.spawn(move || (half..users).map(draw).collect::<Vec<_>>());
        let mut all: Vec<_> = (0..half).map(draw).collect();
        all.extend(second.join().unwrap_or_default());
        all
    })
}

/// What a level's webhook may do: the full level everything there is, the others no more than to read.
fn scopes(level: &str) -> Vec<String> {
    let all = Registry::new(MODULES);
    let is_in = |scope: &str| match level {
        "user" => !LEVELS[1..].contains(&scope),
        _ => scope == level || scope == "department",
    };
    all.scopes().map(|it| it.name.to_owned()).filter(|it| is_in(it)).collect()
}

fn add_webhooks(tx: &mut Tx<'_>, user_id: i64, secrets: &Secrets, now: i64) -> muster_core::Result<()> {
    for (level, secret) in LEVELS.iter().zip(&secrets.webhooks) {
        let scopes = scopes(level);
        let new = NewWebhook { user_id, title: format!("Demo: {level}"), scopes, expires_at: None };
        webhook::add_with_secret(tx, &new, secret, now)?;
    }
    Ok(())
}

fn welcome(server: &Server, config: &Config, email: &str, secrets: &Secrets) -> String {
    let url = server.url();
    let hook = |level: usize| format!("{url}/rest/1/{}/", secrets.webhooks[level]);
    let authority = server.authority().map(|it| fs::canonicalize(it).unwrap_or_else(|_| it.clone()));
    let (trust, ca) = match authority {
        Some(path) => {
            (format!("\n  Clients have to trust {}.\n", path.display()), format!("--cacert {} ", path.display()))
        }
        None => ("\n  For clients that insist on https, start it with --tls-self-signed.\n".to_owned(), String::new()),
    };
    format!(
        "Muster is running at {url}, with a made-up company in {data}.\n{trust}\n\
         \x20 Administrator   {email}   password {password}   (to sign in to the pages)\n\n\
         \x20 Incoming webhooks, on behalf of the administrator:\n\
         \x20   user        {user}   everything, and changing it\n\
         \x20   user_basic  {basic}   names and how to reach people\n\
         \x20   user_brief  {brief}   names\n\n\
         \x20 Try:\n\
         \x20   curl {ca}{user}user.current\n\
         \x20   curl {ca}'{basic}user.search?FIND=anna&SELECT[]=NAME&SELECT[]=LAST_NAME&SELECT[]=EMAIL'\n\
         \x20   curl {ca}{user}user.get -H 'Content-Type: application/json' \
         -d '{{\"filter\": {{\">ID\": 190}}, \"order\": {{\"LAST_NAME\": \"ASC\"}}, \"select\": [\"ID\", \"NAME\", \"LAST_NAME\"]}}'\n\n\
         \x20 All methods: {url}/rest/api/1/{secret}/documentation (OpenAPI)\n\
         \x20 Stop with Ctrl-C; the data stays. To begin anew, delete {data}.\n",
        data = config.data_dir.display(),
        password = secrets.password,
        secret = secrets.webhooks[0],
        user = hook(0),
        basic = hook(1),
        brief = hook(2),
    )
}
