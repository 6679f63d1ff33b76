//! Black-box tests: requests in, answers out, on both engines.

mod app;
mod both;
mod cluster;
mod smoke;
