//! `muster serve`

use super::open;
use crate::{
    config::{Config, masked},
    log::Log,
    serve::{Server, listen},
};
use anyhow::Result;
use muster_modules::user::bulk::is_empty;

pub(super) fn run(config: &Config) -> Result<()> {
    let _log = Log::start(config);
    let listener = listen(config)?;
    let db = open(config)?;
    if db.read(is_empty)? {
        tracing::warn!("there is no one yet; add an administrator with: muster user add --admin <E-MAIL>");
    }
    let server = Server::new(config, db, listener)?;
    if let Some(authority) = server.authority() {
        tracing::info!(certificate = %authority.display(), "clients have to trust this certificate");
    }
    tracing::info!(address = server.url(), database = masked(&config.database), "listening");
    server.run()
}
