//! Black-box tests: requests in, answers out, on both engines.

mod app;
mod batch;
mod both;
mod cluster;
mod envelope;
mod health;
mod levels;
mod protocol;
mod registry;
mod search;
mod smoke;
mod user_get;
mod user_write;
mod v3;
mod webhooks;
