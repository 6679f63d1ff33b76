//! The real program as processes: started, called over sockets, stopped and killed.

mod clients;
#[path = "../api/cluster.rs"]
mod cluster;
mod commands;
mod crash;
mod demo;
mod http;
mod program;
mod serving;
