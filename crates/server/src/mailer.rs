//! Sending mails by an SMTP server.

use crate::pages::letter;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use muster_core::Json;
use std::{error::Error, fmt, sync::OnceLock, time::Duration};
use tokio::time::timeout;

/// How long connecting to one address of the mail server may take.
const CONNECT_TIME: Duration = Duration::from_secs(20);
/// How long sending a mail may take in all. It ends long before the delivery is taken by another.
const SEND_TIME: Duration = Duration::from_secs(60);

/// How mails are sent.
#[derive(Clone, PartialEq)]
pub struct Smtp {
    /// The mail server.
    pub host: String,
    /// How it is spoken to.
    pub tls: SmtpTls,
    /// Its port, if it is not the usual one.
    pub port: Option<u16>,
    /// As whom to sign in to it, and with which password.
    pub login: Option<(String, String)>,
    /// Whom mails are from.
    pub from: Mailbox,
}

/// How the mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// In the clear first, then over TLS, or not at all.
    StartTls,
    /// Over TLS from the beginning.
    Tls,
    /// In the clear.
    Off,
}

impl SmtpTls {
    pub(crate) fn read(text: &str) -> Option<SmtpTls> {
        match text {
            "starttls" => Some(SmtpTls::StartTls),
            "tls" => Some(SmtpTls::Tls),
            "off" => Some(SmtpTls::Off),
            _ => None,
        }
    }

    fn port(self) -> u16 {
        match self {
            SmtpTls::StartTls => 587,
            SmtpTls::Tls => 465,
            SmtpTls::Off => 25,
        }
    }
}

impl fmt::Debug for Smtp {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.login.as_ref().map(|it| &it.0);
        write!(f, "{}:{:?} as {user:?} from {} ({:?})", self.host, self.port, self.from, self.tls)
    }
}

/// Sends mails, if there is a mail server.
pub struct Mailer {
    smtp: Option<Smtp>,
    /// Whom it trusts, read once: this machine has more than a hundred authorities.
    parameters: OnceLock<TlsParameters>,
}

impl Mailer {
    /// For this mail server.
    pub fn new(smtp: Option<Smtp>) -> Mailer {
        Mailer { smtp, parameters: OnceLock::new() }
    }

    /// Sends a mail that a module wrote. Links in it begin with `base_url`. The error is for whoever administers.
    pub async fn send(&self, written: &str, base_url: &str) -> Result<(), String> {
        let smtp = self.smtp.as_ref().ok_or("there is no mail server: smtp_host is not set")?;
        let written: Json = written.parse().map_err(|_| "the mail cannot be read")?;
        let letter = letter(&written, base_url).map_err(|err| err.to_string())?;
        let recipient = written["recipient"].as_str().unwrap_or_default();
        let message = Message::builder()
            .from(smtp.from.clone())
            .to(recipient.parse().map_err(|err| format!("the address of the recipient: {err}"))?)
            .subject(letter.subject)
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
            .map_err(|err| err.to_string())?;
        let transport = self.transport(smtp).map_err(|err| said(&err))?;
        // The transport itself waits for ever for a server that takes the connection and then says nothing.
        match timeout(SEND_TIME, transport.send(message)).await {
            Ok(sent) => sent.map(drop).map_err(|err| said(&err)),
            Err(_) => Err(format!("the mail was not taken within {} seconds", SEND_TIME.as_secs())),
        }
    }

    fn transport(&self, smtp: &Smtp) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
        let parameters = || match self.parameters.get() {
            Some(known) => Ok(known.clone()),
            None => TlsParameters::new(smtp.host.clone()).map(|it| self.parameters.get_or_init(|| it).clone()),
        };
        let tls = match smtp.tls {
            SmtpTls::StartTls => Tls::Required(parameters()?),
            SmtpTls::Tls => Tls::Wrapper(parameters()?),
            SmtpTls::Off => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .tls(tls)
            .port(smtp.port.unwrap_or_else(|| smtp.tls.port()))
            .timeout(Some(CONNECT_TIME));
        if let Some((user, password)) = &smtp.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(builder.build())
    }
}

/// An error with what caused it.
fn said(err: &dyn Error) -> String {
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
