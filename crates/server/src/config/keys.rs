//! The table of all keys. The flags, the variables, the reading of the file and the reference page follow from it.

use super::{HEADING, PREFIX, read::items};
use clap::{Arg, ValueHint};

/// One key of the configuration.
pub(super) struct Key {
    /// The name in the file; the flag and the variable follow from it.
    pub(super) name: &'static str,
    /// What TOML must hold.
    pub(super) kind: Kind,
    /// The default as text; empty if there is none.
    pub(super) default: &'static str,
    /// What stands for the value in the help.
    pub(super) placeholder: &'static str,
    /// What a value must be, as it follows the word "expected".
    pub(super) expected: &'static str,
    /// A value somebody might set.
    pub(super) example: &'static str,
    /// What the key does: sentences of Markdown, the first of which suffices as a summary.
    pub(super) doc: &'static str,
}

/// What TOML must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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

pub(super) const KEYS: &[Key] = &[
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
        name: "audit_days",
        kind: Kind::Integer,
        default: "",
        placeholder: "DAYS",
        expected: "a whole number above 0",
        example: "730",
        doc: "For how many days the audit log is kept. Without it no entry is ever deleted.",
    },
    Key {
        name: "api_dismissal",
        kind: Kind::Boolean,
        default: "false",
        placeholder: "true|false",
        expected: "true or false",
        example: "true",
        doc: "Let administrators dismiss and restore people by REST: by the field `ACTIVE` of `user.update`, by `user.dismiss` and by `user.restore`.",
    },
    Key {
        name: "private_handlers",
        kind: Kind::Boolean,
        default: "false",
        placeholder: "true|false",
        expected: "true or false",
        example: "true",
        doc: "Whether events may be sent to private and loopback addresses. \
              Whoever registers a handler could otherwise make Muster call what only it reaches. \
              The demo allows it, since apps in development run on the same machine.",
    },
    Key {
        name: "smtp_host",
        kind: Kind::Text,
        default: "",
        placeholder: "HOST",
        expected: "the name of a mail server",
        example: "smtp.example.com",
        doc: "The mail server that mails are sent by, such as invitations. \
              Without it none are sent, and nobody can accept an invitation or set a new password by mail. \
              Links in mails begin with `public_url`: set that too.",
    },
    Key {
        name: "smtp_tls",
        kind: Kind::Text,
        default: "starttls",
        placeholder: "starttls|tls|off",
        expected: "starttls, tls or off",
        example: "tls",
        doc: "How the mail server is spoken to: `starttls` begins in the clear and insists on TLS, `tls` begins with it, \
              `off` does without and is for a server on the same machine. The certificate must be one this machine trusts.",
    },
    Key {
        name: "smtp_port",
        kind: Kind::Integer,
        default: "",
        placeholder: "PORT",
        expected: "a port from 1 to 65535",
        example: "2525",
        doc: "The mail server's port. Without it that is 587 for `starttls`, 465 for `tls` and 25 for `off`.",
    },
    Key {
        name: "smtp_user",
        kind: Kind::Text,
        default: "",
        placeholder: "NAME",
        expected: "a name",
        example: "muster",
        doc: "As whom to sign in to the mail server. Needs `smtp_password`.",
    },
    Key {
        name: "smtp_password",
        kind: Kind::Text,
        default: "",
        placeholder: "PASSWORD",
        expected: "a password",
        example: "secret",
        doc: "The password for `smtp_user`. \
              Other users of the machine can see flags: give it in the file or the variable.",
    },
    Key {
        name: "smtp_from",
        kind: Kind::Text,
        default: "",
        placeholder: "ADDRESS",
        expected: "an e-mail address, with or without a name before it",
        example: "Muster <muster@example.com>",
        doc: "Whom mails are from. Needed with `smtp_host`.",
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
        name: "index_people",
        kind: Kind::Integer,
        default: "5000000",
        placeholder: "COUNT",
        expected: "a whole number",
        example: "0",
        doc: "The most people that the index in memory holds, by which they are found, sorted and counted. \
              It takes about 400 bytes for each person. \
              With more people than this, or with 0, they are found by SQL alone.",
    },
    Key {
        name: "ready_bytes",
        kind: Kind::Integer,
        default: "67108864",
        placeholder: "BYTES",
        expected: "a whole number",
        example: "0",
        doc: "The most bytes of people's records that are kept ready to be sent, beside the index in memory. \
              A record takes about two thousand, once for each set of fields that is asked for. \
              With 0, or without the index, they are read for each call.",
    },
    Key {
        name: "calls",
        kind: Kind::Integer,
        default: "100",
        placeholder: "COUNT",
        expected: "a whole number from 1 to 10000",
        example: "400",
        doc: "How many calls may be worked on or wait for it, beside those that take no more than a moment. \
              Further ones are refused at once, with the status 503 and `Retry-After`.",
    },
    Key {
        name: "call_seconds",
        kind: Kind::Integer,
        default: "30",
        placeholder: "SECONDS",
        expected: "a whole number from 1 to 3600",
        example: "10",
        doc: "How many seconds a call may work in the database before it is stopped.",
    },
    Key {
        name: "log",
        kind: Kind::Text,
        default: "info",
        placeholder: "DIRECTIVES",
        expected: "a level or directives of levels",
        example: "info,muster=debug",
        doc: "What is logged: `off`, `error`, `warn`, `info`, `debug` or `trace`. \
              Parts of the program can have levels of their own, as directives with commas between them. \
              Of the libraries that Muster is made of, nothing below `info` is logged, since it may hold secrets. \
              What is no warning and no error is written a twentieth of a second later, unless it goes to a terminal.",
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
    pub(super) fn find(name: &str) -> Option<&'static Key> {
        KEYS.iter().find(|key| key.name == name)
    }

    pub(super) fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    pub(super) fn variable(&self) -> String {
        self.prefixed(PREFIX)
    }

    pub(super) fn prefixed(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.name.to_ascii_uppercase())
    }

    /// A line of the file that sets this text.
    pub(super) fn line(&self, text: &str) -> String {
        let value = match self.kind {
            Kind::Text | Kind::Path => format!("{text:?}"),
            Kind::Integer | Kind::Number | Kind::Boolean => text.to_owned(),
            Kind::List => format!("{:?}", items(text).collect::<Vec<_>>()),
        };
        format!("{} = {value}", self.name)
    }

    /// The flag as clap knows it.
    ///
    /// Values are read by [`Config::new`](super::Config::new) alone, so that all sources get the same errors.
    pub(super) fn arg(&self, variable: String) -> Arg {
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
    pub(super) fn text(&self, value: toml::Value) -> Result<String, String> {
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
