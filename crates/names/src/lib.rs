//! Invented people for Muster's demo company and for its benchmarks.
//!
//! What this crate promises:
//!
//! * The same arguments always give the same answer, in any order and on any thread: every choice
//!   is integer arithmetic on a generator seeded by `(seed, index)`. People and departments are
//!   also the same on every machine; the pixels of a portrait may differ in rounding.
//! * First and last names are at most [`MAX_NAME_CHARS`] characters long.
//! * The vocabulary is as rich as that of a real country, because a search that is measured on a
//!   handful of names looks faster than it is. Common names are listed in `data/*.txt`, the long
//!   tail is built from stems and suffixes of each language.
//! * Nobody real is meant. Telephone numbers come from ranges kept for fiction where we know of
//!   one; elsewhere they have a zero after the country or area code, where no number has one.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod canvas;
mod contacts;
mod cultures;
mod departments;
mod first_names;
mod gendered;
mod hair;
mod latin;
mod person;
mod places;
mod portrait;
mod positions;
mod random;
mod surnames;
mod words;

pub use departments::{Department, departments};
pub use person::{Gender, Person, person};
pub use portrait::portrait;

/// The largest number of characters in a first name or in a last name.
pub const MAX_NAME_CHARS: usize = 25;
