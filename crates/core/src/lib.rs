//! Muster's core: what a field, a filter, a method and a call are. It knows neither HTTP nor any module.
//!
//! Reading order for a newcomer:
//! 1. [`field`]: what an entity has, declared once in a const table.
//! 2. [`method`]: what a client can call, declared once in a const table; [`call`]: what a method may use; [`right`]: what
//!    not everyone may; [`module`]: what a module brings along.
//! 3. [`params`]: what a client sent, whatever the encoding.
//! 4. [`filter`] and [`compile`]: from a client's filter to a condition, from a condition to SQL.
//! 5. [`list`], `written` and [`record`]: a page of records out, one record in; [`list_v3`]: how REST 3.0 asks for them;
//!    [`index`]: people in memory. [`custom`]: fields that administrators define. [`binding`]: where a person is used.
//!    [`access`]: codes for sets of people. [`personal`]: what is stored about a person, to hand it out and to erase it.
//! 6. [`event`]: what leaves the house, written in the transaction of the change; [`audit`]: who changed what.

pub mod access;
pub mod audit;
pub mod binding;
pub mod call;
pub mod clock;
pub mod compile;
pub mod custom;
pub mod error;
pub mod error_v3;
pub mod event;
pub mod field;
pub mod file;
pub mod filter;
pub mod index;
pub mod list;
pub mod list_v3;
pub mod method;
pub mod module;
pub mod openapi;
pub mod params;
pub mod personal;
pub mod picture;
pub mod record;
pub mod reference;
pub mod right;
pub mod text;
pub mod time;
mod written;

pub use call::{Call, Caller, Settings, Via};
pub use clock::{Chance, Clock};
pub use error::{Code, Error, Result};
pub use method::{Answer, Method};
pub use module::{Module, Registry};
pub use params::Params;
pub use serde_json::{Map, Value as Json, json};
