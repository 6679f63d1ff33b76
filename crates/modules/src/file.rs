//! The tables of files. What is done with them is in [`muster_core::file`].

use muster_core::{Module, module::Check};
use muster_db::Migration;

/// The module: it has tables and no methods.
pub const MODULE: Module = Module {
    migrations: &[Migration { name: "file/0001", sql: include_str!("file/0001_files.sql") }],
    checks: &[Check {
        defect: "copies of files that do not exist",
        count: "select count(*) from file_copies where file_key not in (select file_key from files)",
    }],
    ..Module::new("file")
};
