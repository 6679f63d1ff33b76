//! Configuration: a TOML file, then environment variables, then flags; what comes later wins.
//!
//! Every key is declared once, in [`KEYS`]. The flags, the variables, the reading of the file and the reference page
//! follow from that table, so that they cannot disagree.

use anyhow::{Context as _, Result, bail, ensure};
use axum::http::Uri;
use clap::{Arg, ArgMatches, Command, ValueHint, parser::ValueSource};
use ipnet::IpNet;
use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;
use std::{
    collections::BTreeMap,
    fmt,
    fmt::Write as _,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
};
use tracing_subscriber::EnvFilter;

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
    /// Whether administrators may dismiss and restore people by REST.
    pub(crate) api_dismissal: bool,
    /// The most bytes of a request's body.
    pub(crate) body_bytes: u64,
    /// The most bytes of a picture before it is decoded.
    pub(crate) picture_bytes: u64,
    /// How many connections to the database may be open.
    pub(crate) connections: usize,
    /// What is logged, as directives of tracing-subscriber's `EnvFilter`.
    pub(crate) log: String,
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
            .field("api_dismissal", &self.api_dismissal)
            .field("body_bytes", &self.body_bytes)
            .field("picture_bytes", &self.picture_bytes)
            .field("connections", &self.connections)
            .field("log", &self.log)
            .field("log_format", &self.log_format)
            .field("shutdown_seconds", &self.shutdown_seconds)
            .finish()
    }
}

/// One key of the configuration.
struct Key {
    /// The name in the file; the flag and the variable follow from it.
    name: &'static str,
    /// What TOML must hold.
    kind: Kind,
    /// The default as text; empty if there is none.
    default: &'static str,
    /// What stands for the value in the help.
    placeholder: &'static str,
    /// What a value must be, as it follows the word "expected".
    expected: &'static str,
    /// A value somebody might set.
    example: &'static str,
    /// What the key does: sentences of Markdown, the first of which suffices as a summary.
    doc: &'static str,
}

/// What TOML must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// Text that is a path, for which shells complete files.
    Path,
    Integer,
    /// A float or an integer.
    Number,
    Boolean,
    /// An array of strings, or one string with commas.
    List,
}

const KEYS: &[Key] = &[
    Key {
        name: "database",
        kind: Kind::Text,
        default: "muster-data/muster.db",
        placeholder: "PATH|URL",
        expected: "the path of an SQLite database or the URL of a PostgreSQL one",
        example: "postgres://muster:secret@localhost/muster",
        doc: "Where the data is: the path of an SQLite file, or `postgres://user:password@host/name`. \
              A missing SQLite file is made. \
              Other users of the machine can see flags: give a password in the file or the variable.",
    },
    Key {
        name: "listen",
        kind: Kind::Text,
        default: "127.0.0.1:8080",
        placeholder: "ADDRESS",
        expected: "an IP address with a port",
        example: "0.0.0.0:8080",
        doc: "The address and port to listen on. The default is reached from the same machine only.",
    },
    Key {
        name: "public_url",
        kind: Kind::Text,
        default: "",
        placeholder: "URL",
        expected: "an http or https URL without user, query and fragment",
        example: "https://muster.example.com",
        doc: "The address under which callers reach Muster. \
              Links in answers begin with it. Without it they begin with the address that the request was sent to.",
    },
    Key {
        name: "trusted_proxies",
        kind: Kind::List,
        default: "",
        placeholder: "NETWORKS",
        expected: "IP addresses or networks, with commas between them",
        example: "127.0.0.1,10.0.0.0/8",
        doc: "The proxies whose `X-Forwarded-*` headers are believed. Those of anyone else are ignored.",
    },
    Key {
        name: "tls_certificate",
        kind: Kind::Path,
        default: "",
        placeholder: "FILE",
        expected: "the path of a PEM file",
        example: "/etc/muster/certificate.pem",
        doc: "The certificate to serve HTTPS with, in PEM, followed by the intermediate ones. \
              Needs `tls_key`. Without either Muster serves plain HTTP.",
    },
    Key {
        name: "tls_key",
        kind: Kind::Path,
        default: "",
        placeholder: "FILE",
        expected: "the path of a PEM file",
        example: "/etc/muster/key.pem",
        doc: "The private key of `tls_certificate`, in PEM and not encrypted.",
    },
    Key {
        name: "tls_self_signed",
        kind: Kind::Boolean,
        default: "false",
        placeholder: "true|false",
        expected: "true or false",
        example: "true",
        doc: "Serve HTTPS with a certificate of a local CA. \
              Muster makes both and keeps them in `tls` in the `data_dir`. \
              Clients have to trust `muster-ca.pem` there. \
              The certificate is renewed at the start, so restart at least every nine months. \
              Excludes `tls_certificate` and `tls_key`.",
    },
    Key {
        name: "data_dir",
        kind: Kind::Path,
        default: "muster-data",
        placeholder: "DIRECTORY",
        expected: "the path of a directory",
        example: "/var/lib/muster",
        doc: "The directory for what is not in the database, such as the local CA. \
              It does not move the database: set `database` too.",
    },
    Key {
        name: "time_zone",
        kind: Kind::Text,
        default: "UTC",
        placeholder: "ZONE",
        expected: "the name of a time zone in the IANA database",
        example: "Europe/Berlin",
        doc: "The time zone that dates without an offset are in, and that answers are written in.",
    },
    Key {
        name: "limits",
        kind: Kind::Text,
        default: "off",
        placeholder: "off|cloud|enterprise",
        expected: "off, cloud or enterprise",
        example: "cloud",
        doc: "Whose limits on the frequency of requests to imitate. \
              `cloud` is what Bitrix24 allows on its ordinary plans, `enterprise` what it allows on Enterprise.",
    },
    Key {
        name: "operating_limit",
        kind: Kind::Number,
        default: "",
        placeholder: "SECONDS",
        expected: "a number of seconds above 0",
        example: "480",
        doc: "The most seconds of work per method and caller in ten minutes. \
              Without it that is 480 if `limits` is `cloud` or `enterprise`, and unlimited if it is `off`.",
    },
    Key {
        name: "user_limit",
        kind: Kind::Integer,
        default: "",
        placeholder: "COUNT",
        expected: "a whole number above 0",
        example: "100",
        doc: "The most people that may be active or invited. Without it there is no limit.",
    },
    Key {
        name: "api_dismissal",
        kind: Kind::Boolean,
        default: "false",
        placeholder: "true|false",
        expected: "true or false",
        example: "true",
        doc: "Let administrators dismiss and restore people by the field `ACTIVE` of `user.update`.",
    },
    Key {
        name: "body_bytes",
        kind: Kind::Integer,
        default: "16777216",
        placeholder: "BYTES",
        expected: "a whole number above 0",
        example: "33554432",
        doc: "The most bytes of a request's body. Larger requests are refused.",
    },
    Key {
        name: "picture_bytes",
        kind: Kind::Integer,
        default: "8388608",
        placeholder: "BYTES",
        expected: "a whole number above 0",
        example: "4194304",
        doc: "The most bytes of a picture. In a request it is a third larger, as it is sent in Base64.",
    },
    Key {
        name: "connections",
        kind: Kind::Integer,
        default: "8",
        placeholder: "COUNT",
        expected: "a whole number from 1 to 200",
        example: "16",
        doc: "How many connections to the database may be open at once.",
    },
    Key {
        name: "log",
        kind: Kind::Text,
        default: "info",
        placeholder: "DIRECTIVES",
        expected: "a level or directives of levels",
        example: "info,muster=debug",
        doc: "What is logged: `off`, `error`, `warn`, `info`, `debug` or `trace`. \
              Parts of the program can have levels of their own, as directives with commas between them.",
    },
    Key {
        name: "log_format",
        kind: Kind::Text,
        default: "text",
        placeholder: "text|json",
        expected: "text or json",
        example: "json",
        doc: "How log lines are written: `text` for people, `json` for one object a line.",
    },
    Key {
        name: "shutdown_seconds",
        kind: Kind::Integer,
        default: "30",
        placeholder: "SECONDS",
        expected: "a whole number",
        example: "5",
        doc: "How many seconds calls in flight may take to finish when Muster is told to stop.",
    },
];

impl Key {
    fn find(name: &str) -> Option<&'static Key> {
        KEYS.iter().find(|key| key.name == name)
    }

    fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    fn variable(&self) -> String {
        self.prefixed(PREFIX)
    }

    fn prefixed(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.name.to_ascii_uppercase())
    }

    /// A line of the file that sets this text.
    fn line(&self, text: &str) -> String {
        let value = match self.kind {
            Kind::Text | Kind::Path => format!("{text:?}"),
            Kind::Integer | Kind::Number | Kind::Boolean => text.to_owned(),
            Kind::List => format!("{:?}", items(text).collect::<Vec<_>>()),
        };
        format!("{} = {value}", self.name)
    }

    /// The flag as clap knows it. Values are read by [`Config::new`] alone, so that all sources get the same errors.
    fn arg(&self, variable: String) -> Arg {
        let doc = self.doc.replace('`', "");
        let summary = doc.split_once(". ").map_or(doc.as_str(), |(first, _)| first).trim_end_matches('.').to_owned();
        let mut arg = Arg::new(self.name)
            .long(self.flag())
            .env(variable)
            .hide_env_values(true)
            .value_name(self.placeholder)
            .help(summary)
            .long_help(doc)
            .help_heading(HEADING);
        if !self.default.is_empty() {
            arg = arg.default_value(self.default);
        }
        match self.kind {
            Kind::Path => arg.value_hint(ValueHint::AnyPath),
            // Only `=` may follow, lest the flag swallow the argument after it.
            Kind::Boolean => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
            Kind::Text | Kind::Integer | Kind::Number | Kind::List => arg,
        }
    }

    /// Turns a value of the file into text such as a flag would have. `Err` is what it is instead.
    fn text(&self, value: toml::Value) -> Result<String, String> {
        use toml::Value;
        match (self.kind, value) {
            (Kind::Text | Kind::Path | Kind::List, Value::String(text)) => Ok(text),
            (Kind::Integer | Kind::Number, Value::Integer(number)) => Ok(number.to_string()),
            (Kind::Number, Value::Float(number)) => Ok(number.to_string()),
            (Kind::Boolean, Value::Boolean(on)) => Ok(on.to_string()),
            (Kind::List, Value::Array(values)) => {
                let texts: Option<Vec<_>> = values.iter().map(Value::as_str).collect();
                Ok(texts.ok_or("an array of other things than strings")?.join(","))
            }
            (_, other) => Err(format!("a value of the type {}", other.type_str())),
        }
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
            api_dismissal: values.required("api_dismissal", parsed)?,
            body_bytes: values.required("body_bytes", positive)?,
            picture_bytes: values.required("picture_bytes", positive)?,
            connections: values.required("connections", |text| parsed(text).filter(|it| (1..=200).contains(it)))?,
            log: values.required("log", |text| EnvFilter::try_new(text).ok().map(|_| text.to_owned()))?,
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

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn positive(text: &str) -> Option<u64> {
    parsed(text).filter(|number| *number > 0)
}

fn seconds(text: &str) -> Option<f64> {
    parsed(text).filter(|number: &f64| number.is_finite() && *number > 0.0)
}

fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| text.into())
}

fn limits(text: &str) -> Option<Limits> {
    match text {
        "off" => Some(Limits::Off),
        "cloud" => Some(Limits::Cloud),
        "enterprise" => Some(Limits::Enterprise),
        _ => None,
    }
}

fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

/// Accepts a path or a URL of PostgreSQL. Another URL would silently become the name of an SQLite file.
fn database(text: &str) -> Option<String> {
    let known = match text.split_once("://") {
        Some((scheme, _)) => matches!(scheme, "postgres" | "postgresql"),
        None => !text.is_empty(),
    };
    known.then(|| text.to_owned())
}

fn public_url(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority().filter(|it| !it.host().is_empty() && !it.as_str().contains('@'))?;
    // The parser drops fragments, hence the look at the text.
    if uri.query().is_some() || text.contains('#') {
        return None;
    }
    Some(format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/')))
}

fn networks(text: &str) -> Option<Vec<IpNet>> {
    items(text).map(|item| parsed(item).or_else(|| parsed::<IpAddr>(item).map(IpNet::from))).collect()
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn suggestion(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match KEYS.iter().min_by_key(|key| distance(key.name, &name)) {
        Some(nearest) => format!("the nearest one is {}", nearest.name),
        None => String::new(),
    }
}

/// How many letters have to be added, dropped or replaced to turn one name into the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (above, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (at, right) in to.chars().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The database's address with `***` for a password, for logs and errors.
///
/// An address that is no proper URL rather loses too much than shows a part of the password.
pub(crate) fn masked(database: &str) -> String {
    let is_scheme = |it: &str| it.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    match database.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => format!("{scheme}://{}", masked_url(rest)),
        _ => masked_pairs(database),
    }
}

fn masked_url(rest: &str) -> String {
    // The last @ counts: a password may hold one that somebody forgot to encode.
    let Some((credentials, place)) = rest.rsplit_once('@') else {
        return masked_query(rest);
    };
    match credentials.split_once(':') {
        Some((user, _)) => format!("{}:***@{}", masked_query(user), masked_query(place)),
        None => format!("{}@{}", masked_query(credentials), masked_query(place)),
    }
}

/// Masks `password=…` where `?` or `&` stand around it; names may be percent-encoded.
fn masked_query(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(['?', '&']) {
        let pair = part.trim_end_matches(['?', '&']);
        match pair.split_once('=') {
            Some((name, _)) if is_password(&percent_decode_str(name).decode_utf8_lossy()) => {
                out.extend([name, "=***", &part[pair.len()..]]);
            }
            _ => out.push_str(part),
        }
    }
    out
}

fn is_password(name: &str) -> bool {
    name.to_ascii_lowercase().contains("password")
}

/// Masks `password = …` as libpq writes it: quoted or up to a space, with backslashes as escapes.
fn masked_pairs(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find("password") {
        let (before, after) = rest.split_at(at + "password".len());
        out.push_str(before);
        rest = match after.trim_start().strip_prefix('=') {
            Some(value) => {
                out.push_str("=***");
                after_value(value.trim_start())
            }
            None => after,
        };
    }
    out + rest
}

/// What follows the value that the text begins with.
fn after_value(text: &str) -> &str {
    let quoted = text.starts_with('\'');
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(usize::from(quoted)) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' if quoted => return &text[at + 1..],
            _ if !quoted && c.is_whitespace() => return &text[at..],
            _ => {}
        }
    }
    ""
}

/// The reference page, in Markdown.
pub(crate) fn reference() -> String {
    let mut page = format!(
        "# Configuration\n\n\
         Muster is configured by a TOML file, by environment variables and by flags. \
         A variable overrides the file, and a flag overrides both.\n\n\
         The file is the one that `--config` or the variable `MUSTER_CONFIG` names, else `{DEFAULT_FILE}` in the \
         working directory if it exists. All keys are optional and stand at the top level; \
         Muster does not start with a key that it does not know. \
         A variable that is set to nothing counts as not set. \
         Relative paths are relative to the working directory.\n\n\
         Flags that are on or off can be written without a value: `--tls-self-signed` is `--tls-self-signed=true`.\n\n\
         For example:\n\n```toml\n"
    );
    for name in ["database", "listen", "public_url", "trusted_proxies"] {
        if let Some(key) = Key::find(name) {
            page.extend([key.line(key.example), "\n".to_owned()]);
        }
    }
    page.push_str("```\n");
    for key in KEYS {
        let default = match key.default {
            "" => "none".to_owned(),
            text => format!("`{text}`"),
        };
        let (flag, placeholder) = (key.flag(), key.placeholder);
        let flag = match key.kind {
            Kind::Boolean => format!("`--{flag}[={placeholder}]`"),
            _ => format!("`--{flag} <{placeholder}>`"),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## `{}`\n\n{}\n\n\
             - Value: {}\n- Default: {default}\n- File: `{}`\n- Variable: `{}`\n- Flag: {flag}\n",
            key.name,
            key.doc,
            key.expected,
            key.line(key.example),
            key.variable(),
        );
    }
    page
}

#[cfg(test)]
fn matches_for_test(flags: &[&str]) -> ArgMatches {
    prefixed_args(Command::new("muster"), "UNSET_MUSTER_").get_matches_from([&["muster"], flags].concat())
}

#[cfg(test)]
mod tests {
    use super::{matches_for_test as matches, *};

    /// What the file, then the command line set.
    fn configured(file: &str, flags: &[&str]) -> Result<Config> {
        let mut values = Values::default();
        values.add_file(Path::new("some.toml"), file)?;
        values.add_matches(&matches(flags));
        Config::new(&values)
    }

    fn error(file: &str, flags: &[&str]) -> String {
        format!("{:#}", configured(file, flags).unwrap_err())
    }

    /// What a variable sets on top of the file.
    fn with_variable(file: &str, name: &str, text: &str) -> Result<Config> {
        let mut values = Values::default();
        values.add_file(Path::new("some.toml"), file)?;
        values.add(Key::find(name).unwrap(), text.to_owned(), Source::Variable);
        Config::new(&values)
    }

    #[test]
    fn defaults() {
        let config = configured("", &[]).unwrap();
        assert_eq!(config.database, "muster-data/muster.db");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!((config.public_url, config.trusted_proxies), (None, vec![]));
        assert_eq!((config.tls_certificate, config.tls_key, config.tls_self_signed), (None, None, false));
        assert_eq!(config.data_dir, Path::new("muster-data"));
        assert_eq!(config.time_zone, TimeZone::UTC);
        assert_eq!((config.limits, config.operating_limit, config.user_limit), (Limits::Off, None, None));
        assert!(!config.api_dismissal);
        assert_eq!((config.body_bytes, config.picture_bytes, config.connections), (16 << 20, 8 << 20, 8));
        assert_eq!((config.log.as_str(), config.log_format, config.shutdown_seconds), ("info", LogFormat::Text, 30));
    }

    #[test]
    fn later_wins() {
        let file = "listen = '10.0.0.1:1'\nlog = 'warn'";
        let listen = |config: Result<Config>| config.unwrap().listen.to_string();
        assert_eq!(listen(configured(file, &[])), "10.0.0.1:1");
        assert_eq!(listen(with_variable(file, "listen", "10.0.0.2:2")), "10.0.0.2:2");
        assert_eq!(listen(configured(file, &["--listen", "10.0.0.3:3"])), "10.0.0.3:3");
        assert_eq!(configured(file, &["--listen", "10.0.0.3:3"]).unwrap().log, "warn");
        // A flag may also say what the default is.
        assert_eq!(listen(configured(file, &["--listen", "127.0.0.1:8080"])), "127.0.0.1:8080");
    }

    #[test]
    fn flag_beats_variable() {
        // Cargo sets this variable for tests, so that none has to be set here.
        let directory = env!("CARGO_MANIFEST_DIR");
        let read = |flags: &[&str]| {
            let others = KEYS.iter().filter(|key| key.name != "data_dir").map(|key| key.arg(key.prefixed("UNSET_")));
            let arg = Key::find("data_dir").unwrap().arg("CARGO_MANIFEST_DIR".to_owned());
            let command = Command::new("muster").args(others).arg(arg);
            let mut values = Values::default();
            values.add_file(Path::new("some.toml"), "data_dir = 'file'").unwrap();
            values.add_matches(&command.get_matches_from([&["muster"], flags].concat()));
            Config::new(&values).unwrap().data_dir
        };
        assert_eq!(read(&[]), Path::new(directory));
        assert_eq!(read(&["--data-dir", "flag"]), Path::new("flag"));
    }

    #[test]
    fn loads_the_named_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("other.toml");
        std::fs::write(&path, "connections = 3\nlimits = 'cloud'").unwrap();
        let path = path.to_str().unwrap();
        let config = load(&matches(&["--config", path, "--connections=4"])).unwrap();
        assert_eq!((config.connections, config.limits, config.operating_limit), (4, Limits::Cloud, Some(480.0)));
        let missing = load(&matches(&["--config", "/nowhere/muster.toml"])).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/muster.toml"));
    }

    #[test]
    fn every_example_and_default_is_valid() {
        for key in KEYS {
            let certificate = ["tls_certificate", "tls_key"].contains(&key.name);
            let rest = if certificate { "tls_certificate = 'a'\ntls_key = 'b'" } else { "" };
            let rest: String = rest.lines().filter(|line| !line.starts_with(key.name)).collect();
            for text in [key.default, key.example] {
                if !text.is_empty() {
                    configured(&format!("{rest}\n{}", key.line(text)), &[]).unwrap();
                }
            }
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        let error = error("user_limits = 5", &[]);
        assert_eq!(
            error,
            "user_limits: the file some.toml has this key, but there is none; the nearest one is user_limit"
        );
        for (wrong, nearest) in [("public-url", "public_url"), ("lsiten", "listen"), ("TIME_ZONE", "time_zone")] {
            let error = format!("{:#}", configured(&format!("{wrong} = 'x'"), &[]).unwrap_err());
            assert!(error.ends_with(&format!(" {nearest}")), "{error}");
        }
    }

    #[test]
    fn wrong_values_are_named() {
        assert_eq!(
            error("listen = 'here'", &[]),
            "listen: the file some.toml says \"here\", expected an IP address with a port, such as 0.0.0.0:8080"
        );
        assert_eq!(
            error("listen = 8080", &[]),
            "listen: the file some.toml has a value of the type integer, expected an IP address with a port, \
             such as listen = \"0.0.0.0:8080\""
        );
        assert!(error("", &["--listen", "here"]).starts_with("listen: the flag --listen says \"here\", expected "));
        let error = with_variable("", "connections", "201").unwrap_err().to_string();
        assert!(error.starts_with("connections: the variable MUSTER_CONNECTIONS says \"201\", expected "), "{error}");
    }

    #[test]
    fn wrong_values_are_refused() {
        for (name, texts) in [
            ("database", &["", "mysql://root:secret@localhost/x"][..]),
            ("public_url", &["muster.example.com", "ftp://x", "https://", "https://a@b", "http://a?b", "http://a#b"]),
            ("trusted_proxies", &["10.0.0.0/33", "10.0.0.0/8,proxy"]),
            ("tls_self_signed", &["yes", ""]),
            ("data_dir", &[""]),
            ("time_zone", &["Mars/Olympus", ""]),
            ("limits", &["on", "Cloud"]),
            ("operating_limit", &["0", "-1", "inf", "nan", "8m"]),
            ("user_limit", &["0", "-1", "1.5"]),
            ("body_bytes", &["0", "16M"]),
            ("connections", &["0", "201"]),
            ("log", &["info,muster=loud"]),
            ("log_format", &["xml"]),
            ("shutdown_seconds", &["-1", ""]),
        ] {
            for text in texts {
                let error = with_variable("", name, text).err().map(|err| err.to_string());
                let error = error.unwrap_or_else(|| panic!("{name} = {text:?} was accepted"));
                assert!(error.starts_with(&format!("{name}: the variable MUSTER_")) && !error.contains("root:secret"));
            }
        }
    }

    #[test]
    fn values_are_read() {
        let url = |text| with_variable("", "public_url", text).unwrap().public_url;
        assert_eq!(url("https://muster.example.com/"), Some("https://muster.example.com".to_owned()));
        assert_eq!(url("http://[::1]:8080/hr/"), Some("http://[::1]:8080/hr".to_owned()));
        assert_eq!(with_variable("public_url = 'http://a'", "public_url", "").unwrap().public_url, None);

        let proxies = |file: &str| configured(file, &[]).unwrap().trusted_proxies;
        assert_eq!(proxies("trusted_proxies = ['10.0.0.0/8', '::1']"), proxies("trusted_proxies = '10.0.0.0/8, ::1'"));
        assert_eq!(proxies("trusted_proxies = '10.0.0.0/8,127.0.0.1'")[1].to_string(), "127.0.0.1/32");

        assert_eq!(configured("operating_limit = 1.5", &[]).unwrap().operating_limit, Some(1.5));
        let both = "operating_limit = 100\nlimits = 'enterprise'";
        assert_eq!(configured(both, &[]).unwrap().operating_limit, Some(100.0));
    }

    #[test]
    fn booleans_are_flags() {
        assert!(configured("", &["--api-dismissal", "--tls-self-signed"]).unwrap().api_dismissal);
        assert!(configured("", &["--api-dismissal=true"]).unwrap().api_dismissal);
        assert!(!configured("api_dismissal = true", &["--api-dismissal=false"]).unwrap().api_dismissal);
    }

    #[test]
    fn tls_needs_both_files_or_neither() {
        assert_eq!(
            error("tls_key = 'b'", &[]),
            "tls_key (the file some.toml) is set, but tls_certificate is not; HTTPS needs both"
        );
        assert!(error("", &["--tls-certificate", "a"]).contains("(the flag --tls-certificate) is set, but tls_key"));
        let files = "tls_certificate = 'a'\ntls_key = 'b'";
        assert_eq!(configured(files, &[]).unwrap().tls_key, Some("b".into()));
        assert_eq!(
            error(files, &["--tls-self-signed"]),
            "tls_certificate (the file some.toml) and tls_self_signed (the flag --tls-self-signed) exclude each other"
        );
    }

    #[test]
    fn passwords_are_masked() {
        for (open, hidden) in [
            ("muster-data/muster.db", "muster-data/muster.db"),
            ("postgres://host/name", "postgres://host/name"),
            ("postgres://host:5432/name?sslmode=require", "postgres://host:5432/name?sslmode=require"),
            ("postgres://user@host/name", "postgres://user@host/name"),
            ("postgres://user:secret@host:5432/name", "postgres://user:***@host:5432/name"),
            ("postgres://us%20er:s%40cr%3Aet@host/name", "postgres://us%20er:***@host/name"),
            ("postgres://user:sec@ret/x@host/name", "postgres://user:***@host/name"),
            ("postgres://user:sec?ret@host/name", "postgres://user:***@host/name"),
            ("postgres://user@host/name?password=secret&a=b", "postgres://user@host/name?password=***&a=b"),
            ("postgres:///name?a=b&p%61ssword=secret", "postgres:///name?a=b&p%61ssword=***"),
            ("postgres://host/name?password=secret&a=b@c", "postgres://host/name?password=***&a=b@c"),
            ("host=a password=secret user=b", "host=a password=*** user=b"),
            ("host=a PASSWORD = 'sec \\' ret' user=b", "host=a PASSWORD=*** user=b"),
            ("password=sec\\ ret://x", "password=***"),
            ("user=a password='secret", "user=a password=***"),
        ] {
            assert_eq!(masked(open), hidden);
        }
        let config = configured("database = 'postgres://user:secret@host/name'", &[]).unwrap();
        assert_eq!(config.database, "postgres://user:secret@host/name");
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn broken_files_are_named_without_their_text() {
        let error = error("log = 'info'\ndatabase = 'postgres://user:secret@host/name", &[]);
        assert!(error.starts_with("line 2 of the file some.toml is not TOML: "), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn help_and_reference_have_every_key() {
        let mut command = args(Command::new("muster"));
        command.clone().debug_assert();
        let help = command.render_long_help().to_string();
        let page = reference();
        for key in KEYS {
            for text in [format!("--{}", key.flag()), key.variable()] {
                assert!(help.contains(&text) && page.contains(&text), "{text}");
            }
            assert!(page.contains(&format!("\n## `{}`\n\n{}\n", key.name, key.doc)));
        }
        assert!(help.contains(HEADING) && page.contains("MUSTER_CONFIG"));
    }
}
