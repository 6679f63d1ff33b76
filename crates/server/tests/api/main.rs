//! Black-box tests: requests in, answers out, on both engines.

#![expect(clippy::unwrap_used, reason = "what fails in a test should fail the test")]
#![expect(clippy::needless_pass_by_value, reason = "a test is easier to read without a & before each json!")]

mod access;
mod app;
mod app_attacks;
mod app_life;
mod apps;
mod batch;
mod both;
mod browser;
mod cluster;
mod common;
mod department;
mod directory;
mod envelope;
mod event_offline;
mod event_people;
mod events;
mod extranet;
mod filters;
mod group;
mod group_people;
mod health;
mod index;
mod levels;
mod oauth;
mod outbound;
mod pages_admin;
mod pages_all;
mod pages_invitation;
mod pages_password;
mod pages_people;
mod pages_second_factor;
mod pages_sign_in;
mod pages_tasks;
mod pictures;
mod placement;
mod protocol;
mod receiver;
mod references;
mod registry;
mod search;
mod smoke;
mod task;
mod task_rights;
mod task_v3;
mod task_work;
mod user_get;
mod user_write;
mod userfield;
mod userfield_filters;
mod userfieldconfig;
mod v3;
mod webhooks;
mod workgroup;
