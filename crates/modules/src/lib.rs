//! The modules. A new one is a folder here and one line in [`MODULES`].

pub mod access;
pub mod address;
pub mod app;
pub mod audit;
pub mod common;
pub mod department;
pub mod directory;
pub mod event;
pub mod file;
pub mod group;
pub mod mail;
pub mod placement;
pub mod registration;
pub mod right;
pub mod session;
pub mod sight;
pub mod task;
pub mod user;
pub mod userfield;
pub mod webhook;

use muster_core::Module;

/// Every module, in the order of their migrations.
pub static MODULES: &[Module] = &[
    common::MODULE,
    file::MODULE,
    user::MODULE,
    department::MODULE,
    group::MODULE,
    userfield::MODULE,
    task::MODULE,
    right::MODULE,
    webhook::MODULE,
    app::MODULE,
    session::MODULE,
    event::MODULE,
    mail::MODULE,
    registration::MODULE,
    placement::MODULE,
    directory::MODULE,
    audit::MODULE,
];
