//! `muster check`

use super::{open_existing, say};
use crate::{
    app::bound,
    config::{Config, masked},
    serve::settings,
};
use anyhow::Result;
use muster_core::{Registry, index};
use muster_db::{Db, DbError, Sql};
use muster_modules::MODULES;
use std::process::ExitCode;

pub(super) fn run(config: &Config) -> Result<ExitCode> {
    settings(config)?;
    say("configuration  good\n")?;
    let db = open_existing(config)?;
    let mut defects = defects(&db)?;
    if defects.is_empty() {
        say(&format!("database       good ({})\n", masked(&config.database)))?;
        // What they hold is derived from the database, by which SQL finds records too.
        for spec in Registry::new(MODULES).indexes() {
            let most = bound(spec, config.index_people, config.index_records);
            let Some((count, differences)) = index::check(spec, most, &db)? else { continue };
            if differences.is_empty() {
                say(&format!("index          good ({count} {})\n", spec.records))?;
            }
            defects.extend(differences);
        }
    }
    for defect in &defects {
        say(&format!("database       {defect}\n"))?;
    }
    Ok(if defects.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Everything that is wrong with a database, each in a sentence.
fn defects(db: &Db) -> Result<Vec<String>> {
    let registry = Registry::new(MODULES);
    let pending = db.pending(&registry.migrations())?;
    if let Some(refusal) = pending.refusal() {
        return Ok(vec![refusal]);
    }
    if !pending.missing.is_empty() {
        let missing = pending.missing.join(", ");
        return Ok(vec![format!("migrations are pending ({missing}); run muster migrate")]);
    }
    let defects = db.read(|tx| {
        let mut defects = tx.integrity()?;
        for check in registry.modules().iter().flat_map(|module| module.checks) {
            let count = tx.int(&Sql::new(check.count))?;
            if count > 0 {
                defects.push(format!("{count} × {}", check.defect));
            }
        }
        Ok::<_, DbError>(defects)
    })?;
    Ok(defects)
}
