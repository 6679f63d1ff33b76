//! The process: the doors that calls come in by, and the commands that administrators give.
//!
//! A call takes four hops: [`routes`] → `rest` (read the request, find the caller) → `execute` (checks, transaction) →
//! the method's own function in `muster-modules`.

pub mod app;
mod batch;
mod commands;
mod config;
pub mod delivery;
mod envelope;
mod execute;
mod jobs;
pub mod limit;
mod log;
mod made_up;
pub mod mailer;
pub mod metrics;
mod oauth;
pub mod operating;
pub mod outbound;
pub mod pages;
pub mod presence;
mod request;
mod rest;
pub mod routes;
mod serve;
mod strangers;
pub mod throttle;
mod tls;
mod v3;
mod xml;

pub use app::{App, Door};
pub use commands::run;
