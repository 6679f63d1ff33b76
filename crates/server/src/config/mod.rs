//! Configuration: a TOML file, then environment variables, then flags; what comes later wins.
//!
//! Every key is declared once, in [`KEYS`]. The flags, the variables, the reading of the file and the reference page
//! follow from that table, so that they cannot disagree.

mod keys;
mod mask;
mod read;
mod reference;
#[cfg(test)]
mod tests;

pub(crate) use mask::masked;
pub(crate) use reference::reference;

use crate::mailer::{Smtp, SmtpTls};
use anyhow::{Context as _, Result, bail, ensure};
use clap::{Arg, ArgMatches, Command, ValueHint, parser::ValueSource};
use ipnet::IpNet;
use jiff::tz::TimeZone;
use keys::{KEYS, Key};
use read::{
    database, directives, limits, log_format, networks, parsed, path, positive, public_url, seconds, suggestion,
};
use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use tracing_subscriber::filter::Targets;

/// The file that is read if it exists and no other is named.
const DEFAULT_FILE: &str = "muster.toml";

/// What the names of variables begin with.
const PREFIX: &str = "MUSTER_";

/// Under which heading of the help the flags stand.
pub(crate) const HEADING: &str = "Configuration";

/// The operating limit where limits are on and nothing else is set, in seconds.
const OPERATING_LIMIT: f64 = 480.0;

/// What the administrator has set.
#[derive(Clone)]
pub(crate) struct Config {
    /// A path of SQLite or a URL of PostgreSQL. It may hold a password: show it through [`masked`].
    pub(crate) database: String,
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// The address under which callers reach Muster, without a slash at the end.
    pub(crate) public_url: Option<String>,
    /// The proxies whose `X-Forwarded-*` headers are believed.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// The certificate chain in PEM. Given exactly if the key is.
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The certificate's private key in PEM.
    pub(crate) tls_key: Option<PathBuf>,
    /// Whether to serve TLS with a certificate of a local CA.
    pub(crate) tls_self_signed: bool,
    /// Where Muster keeps what is not in the database, such as the local CA.
    pub(crate) data_dir: PathBuf,
    /// The zone that dates without an offset are in, and that answers are written in.
    pub(crate) time_zone: TimeZone,
    /// Whose limits on requests to imitate.
    pub(crate) limits: Limits,
    /// The most seconds of work per method and caller in ten minutes; `None` is no limit.
    pub(crate) operating_limit: Option<f64>,
    /// The most people that may be active or invited; `None` is no limit.
    pub(crate) user_limit: Option<u64>,
    /// For how many days the audit log is kept; `None` is forever.
    pub(crate) audit_days: Option<u64>,
    /// Whether administrators may dismiss and restore people by REST.
    pub(crate) api_dismissal: bool,
    /// Whether handlers of events may be at private and loopback addresses.
    pub(crate) private_handlers: bool,
    /// The mail server, if there is one.
    pub(crate) smtp: Option<Smtp>,
    /// Whether mails are kept to be looked at instead. Only the demo does that; it is no key.
    pub(crate) keeps_mails: bool,
    /// The most bytes of a request's body.
    pub(crate) body_bytes: u64,
    /// The most bytes of a picture before it is decoded.
    pub(crate) picture_bytes: u64,
    /// How many connections to the database may be open.
    pub(crate) connections: usize,
    /// The most people that the index in memory holds; 0 for no index.
    pub(crate) index_people: u64,
    /// The same for each other kind of record that has an index.
    pub(crate) index_records: u64,
    /// The most bytes of records that are kept ready.
    pub(crate) ready_bytes: u64,
    /// How many calls may be worked on or wait for it.
    pub(crate) calls: usize,
    /// How many seconds a call may take.
    pub(crate) call_seconds: u64,
    /// What is logged.
    pub(crate) log: Targets,
    /// How log lines are written.
    pub(crate) log_format: LogFormat,
    /// How many seconds calls in flight may take to finish when Muster is told to stop.
    pub(crate) shutdown_seconds: u64,
}

/// Whose limits on requests to imitate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limits {
    /// No limits.
    Off,
    /// Those of the cloud's ordinary plans.
    Cloud,
    /// Those of the cloud's Enterprise plan.
    Enterprise,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("database", &masked(&self.database))
            .field("listen", &self.listen)
            .field("public_url", &self.public_url)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("tls_certificate", &self.tls_certificate)
            .field("tls_key", &self.tls_key)
            .field("tls_self_signed", &self.tls_self_signed)
            .field("data_dir", &self.data_dir)
            .field("time_zone", &self.time_zone)
            .field("limits", &self.limits)
            .field("operating_limit", &self.operating_limit)
            .field("user_limit", &self.user_limit)
            .field("audit_days", &self.audit_days)
            .field("api_dismissal", &self.api_dismissal)
            .field("private_handlers", &self.private_handlers)
            .field("smtp", &self.smtp)
            .field("body_bytes", &self.body_bytes)
            .field("picture_bytes", &self.picture_bytes)
            .field("connections", &self.connections)
            .field("index_people", &self.index_people)
            .field("index_records", &self.index_records)
            .field("ready_bytes", &self.ready_bytes)
            .field("calls", &self.calls)
            .field("call_seconds", &self.call_seconds)
            .field("log", &self.log.to_string())
            .field("log_format", &self.log_format)
            .field("shutdown_seconds", &self.shutdown_seconds)
            .finish()
    }
}

/// Adds the flags of all keys, and `--config`.
pub(crate) fn args(command: Command) -> Command {
    prefixed_args(command, PREFIX)
}

fn prefixed_args(command: Command, prefix: &str) -> Command {
    let file = Arg::new("config")
        .long("config")
        .env(format!("{prefix}CONFIG"))
        .hide_env_values(true)
        .value_name("FILE")
        .value_hint(ValueHint::FilePath)
        .help(format!("The configuration file [default: {DEFAULT_FILE}, if it exists]"))
        .help_heading(HEADING);
    command.arg(file).args(KEYS.iter().map(|key| key.arg(key.prefixed(prefix))))
}

/// Reads the configuration. `matches` are those of a command that went through [`args`].
pub(crate) fn load(matches: &ArgMatches) -> Result<Config> {
    let mut values = Values::default();
    let named = matches.get_one::<String>("config").filter(|path| !path.is_empty());
    let file = match named {
        Some(path) => Some(PathBuf::from(path)),
        None => Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists()),
    };
    if let Some(path) = file {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("the configuration file {} cannot be read", path.display()))?;
        values.add_file(&path, &text)?;
    }
    values.add_matches(matches);
    Config::new(&values)
}

/// The text of every key that was given somewhere. What is added later wins.
#[derive(Default)]
struct Values(BTreeMap<&'static str, Given>);

/// A value before it is read.
struct Given {
    text: String,
    source: Source,
}

/// Where a value was given.
#[derive(Debug, PartialEq, Eq)]
enum Source {
    File(PathBuf),
    Variable,
    Flag,
}

impl Source {
    fn describe(&self, key: &Key) -> String {
        match self {
            Source::File(path) => format!("the file {}", path.display()),
            Source::Variable => format!("the variable {}", key.variable()),
            Source::Flag => format!("the flag --{}", key.flag()),
        }
    }
}

impl Values {
    fn add(&mut self, key: &Key, text: String, source: Source) {
        self.0.insert(key.name, Given { text, source });
    }

    fn add_file(&mut self, path: &Path, text: &str) -> Result<()> {
        let table: toml::Table = text.parse().map_err(|err: toml::de::Error| {
            // The error's own text quotes the line, which may hold the database's password.
            let line = err.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            anyhow::anyhow!("line {line} of the file {} is not TOML: {}", path.display(), err.message())
        })?;
        for (name, value) in table {
            let Some(key) = Key::find(&name) else {
                bail!("{name}: the file {} has this key, but there is none; {}", path.display(), suggestion(&name));
            };
            let source = Source::File(path.to_owned());
            match key.text(value) {
                Ok(text) => self.add(key, text, source),
                Err(what) => bail!(
                    "{name}: {} has {what}, expected {}, such as {}",
                    source.describe(key),
                    key.expected,
                    key.line(key.example),
                ),
            }
        }
        Ok(())
    }

    fn add_matches(&mut self, matches: &ArgMatches) {
        for key in KEYS {
            let source = match matches.value_source(key.name) {
                Some(ValueSource::CommandLine) => Source::Flag,
                Some(ValueSource::EnvVariable) => Source::Variable,
                _ => continue,
            };
            let text = matches.get_one::<String>(key.name).cloned().unwrap_or_default();
            // Compose files and service managers set variables to nothing where they mean to leave them unset.
            if source != Source::Variable || !text.is_empty() {
                self.add(key, text, source);
            }
        }
    }

    /// Reads the key's value, or its default; `None` if both are empty.
    fn optional<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let key = Key::find(name).with_context(|| format!("{name} is not declared"))?;
        let given = self.0.get(name);
        let text = given.map_or(key.default, |given| given.text.trim());
        if text.is_empty() && key.default.is_empty() {
            return Ok(None);
        }
        let value = read(text).with_context(|| {
            let place = given.map_or_else(|| "the default".to_owned(), |given| given.source.describe(key));
            // Any value may be a database's URL in the wrong place.
            let text = masked(text);
            format!("{name}: {place} says {text:?}, expected {}, such as {}", key.expected, key.example)
        })?;
        Ok(Some(value))
    }

    /// Reads the value of a key that has a default.
    fn required<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<T> {
        self.optional(name, read)?.with_context(|| format!("{name} has no value"))
    }

    /// Which key was given where, for errors about more than one.
    fn place(&self, name: &str) -> String {
        let given = self.0.get(name).zip(Key::find(name));
        given.map_or_else(|| name.to_owned(), |(given, key)| format!("{name} ({})", given.source.describe(key)))
    }
}

impl Config {
    fn new(values: &Values) -> Result<Config> {
        let limits = values.required("limits", limits)?;
        let operating_limit = match limits {
            Limits::Off => None,
            Limits::Cloud | Limits::Enterprise => Some(OPERATING_LIMIT),
        };
        let config = Config {
            database: values.required("database", database)?,
            listen: values.required("listen", parsed)?,
            public_url: values.optional("public_url", public_url)?,
            trusted_proxies: values.optional("trusted_proxies", networks)?.unwrap_or_default(),
            tls_certificate: values.optional("tls_certificate", parsed)?,
            tls_key: values.optional("tls_key", parsed)?,
            tls_self_signed: values.required("tls_self_signed", parsed)?,
            data_dir: values.required("data_dir", path)?,
            time_zone: values.required("time_zone", |name| TimeZone::get(name).ok())?,
            limits,
            operating_limit: values.optional("operating_limit", seconds)?.or(operating_limit),
            user_limit: values.optional("user_limit", positive)?,
            audit_days: values.optional("audit_days", positive)?,
            api_dismissal: values.required("api_dismissal", parsed)?,
            private_handlers: values.required("private_handlers", parsed)?,
            smtp: smtp(values)?,
            keeps_mails: false,
            body_bytes: values.required("body_bytes", positive)?,
            picture_bytes: values.required("picture_bytes", positive)?,
            connections: values.required("connections", |text| parsed(text).filter(|it| (1..=200).contains(it)))?,
            index_people: values.required("index_people", parsed)?,
            index_records: values.required("index_records", parsed)?,
            ready_bytes: values.required("ready_bytes", parsed)?,
            calls: values.required("calls", |text| parsed(text).filter(|it| (1..=10_000).contains(it)))?,
            call_seconds: values.required("call_seconds", |text| parsed(text).filter(|it| (1..=3600).contains(it)))?,
            log: values.required("log", directives)?,
            log_format: values.required("log_format", log_format)?,
            shutdown_seconds: values.required("shutdown_seconds", parsed)?,
        };
        config.check_tls(values)?;
        Ok(config)
    }

    /// The configuration that flags alone make, whatever variables and files the tests run among.
    #[cfg(test)]
    pub(crate) fn from_flags(flags: &[&str]) -> Result<Config> {
        let mut values = Values::default();
        values.add_matches(&matches_for_test(flags));
        Config::new(&values)
    }

    fn check_tls(&self, values: &Values) -> Result<()> {
        let (given, missing) = match (&self.tls_certificate, &self.tls_key) {
            (None, None) => return Ok(()),
            (Some(_), None) => ("tls_certificate", "tls_key"),
            (None, Some(_)) => ("tls_key", "tls_certificate"),
            (Some(_), Some(_)) => ("tls_certificate", ""),
        };
        let place = values.place(given);
        ensure!(missing.is_empty(), "{place} is set, but {missing} is not; HTTPS needs both");
        ensure!(!self.tls_self_signed, "{place} and {} exclude each other", values.place("tls_self_signed"));
        Ok(())
    }
}

fn smtp(values: &Values) -> Result<Option<Smtp>> {
    let text = |name| values.optional(name, |text| Some(text.to_owned()));
    // All are examined, whether there is a host or not: a mistake shows before it matters.
    let host = text("smtp_host")?;
    let tls = values.required("smtp_tls", SmtpTls::read)?;
    let port = values.optional("smtp_port", |text| parsed(text).filter(|it| *it > 0))?;
    let login = match (text("smtp_user")?, text("smtp_password")?) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        _ => bail!("smtp_user and smtp_password need each other"),
    };
    let from = values.optional("smtp_from", parsed)?;
    let Some(host) = host else { return Ok(None) };
    let Some(from) = from else {
        bail!("{} is set, but smtp_from is not; mails need a sender", values.place("smtp_host"));
    };
    Ok(Some(Smtp { host, tls, port, login, from }))
}

#[cfg(test)]
fn matches_for_test(flags: &[&str]) -> ArgMatches {
    prefixed_args(Command::new("muster"), "UNSET_MUSTER_").get_matches_from([&["muster"], flags].concat())
}
