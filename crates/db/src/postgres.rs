//! Opening PostgreSQL: one session with its prepared statements.

use crate::DbError;
use postgres::{Client, Config, NoTls, Statement, config::SslMode};
use std::{collections::HashMap, str::FromStr as _, sync::Arc, time::Duration};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Statements kept prepared in one session. Filters are composed, so their number has no bound of its own.
const STATEMENTS: usize = 256;

/// A connection and the statements that it has prepared.
///
/// The client carries a small runtime, so a session is opened, used and dropped on threads that may block.
pub(crate) struct Session {
    pub(crate) client: Client,
    /// The limit on the time of a statement that the server was told.
    limit: Option<Duration>,
    statements: HashMap<String, Statement>,
}

impl Session {
    pub(crate) fn open(url: &str) -> Result<Session, DbError> {
        let mut config = Config::from_str(url)
            .map_err(|err| DbError::Unusable(format!("the database address is not a PostgreSQL address: {err}")))?;
        config.connect_timeout(Duration::from_secs(10)).application_name("muster");
        // What PostgreSQL remarks, such as that a table to be made if missing is there, is no news to anybody.
        config.notice_callback(|_| {});
        let client = match config.get_ssl_mode() {
            SslMode::Disable => config.connect(NoTls),
            _ => config.connect(tls()?),
        };
        let client =
            client.map_err(|err| DbError::Unusable(format!("PostgreSQL cannot be reached: {}", DbError::from(err))))?;
        Ok(Session { client, limit: None, statements: HashMap::new() })
    }

    /// Begins a transaction whose statements may take this long. The server is told the limit once, and not each time.
    pub(crate) fn begin(&mut self, begin: &str, limit: Option<Duration>) -> Result<(), DbError> {
        if self.limit != limit {
            let millis = limit.map_or(0, |it| it.as_millis());
            self.client.batch_execute(&format!("set statement_timeout = {millis}"))?;
            self.limit = limit;
        }
        Ok(self.client.batch_execute(begin)?)
    }

    pub(crate) fn prepare(&mut self, text: &str) -> Result<Statement, DbError> {
        if let Some(found) = self.statements.get(text) {
            return Ok(found.clone());
        }
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        let statement = self.client.prepare(text)?;
        self.statements.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

fn tls() -> Result<MakeRustlsConnect, DbError> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A certificate that rustls cannot read can vouch for no server; the others still can.
        roots.add(certificate).ok();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|err| DbError::Unusable(format!("TLS to PostgreSQL cannot be set up: {err}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
