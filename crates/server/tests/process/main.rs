//! The real program as processes: started, called over sockets, stopped and killed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "how much and how long is shown with --nocapture")]

mod browser;
mod clients;
#[path = "../api/cluster.rs"]
mod cluster;
mod commands;
mod crash;
mod demo;
mod events;
mod http;
mod import;
mod program;
mod serving;
