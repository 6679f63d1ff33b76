//! Events: what subscribers can hear of, declared once in a const table and read by dispatch, documentation and tests.
//!
//! Who hears of them, and how they arrive, is the matter of a module. Messages that are no events, such as invitations, are
//! written to the outbox.

use crate::{Call, Caller, Json, Result, field::Entity};
use muster_db::{Sql, Tx, Value};

/// Whether a person may know of an object.
pub type Sees = fn(&mut Tx<'_>, &Caller, i64) -> Result<bool>;

/// A kind of events.
pub struct EventKind {
    /// Its code, in upper case.
    pub name: &'static str,
    /// When it happens, in a sentence.
    pub about: &'static str,
    /// What it is about, such as `user`: events about one object arrive in order.
    pub object: &'static str,
    /// A subscriber needs one of these scopes; empty means that any will do.
    pub scopes: &'static [&'static str],
    /// Its fields, where they are named in the data, are told only to subscribers that may see them.
    pub entity: Option<&'static Entity>,
    /// Whether a subscriber who hears as a certain person may know of the object; `None` if everyone may.
    pub sees: Option<Sees>,
    /// Whether only the app that it is about hears of it.
    pub only_app: bool,
}

/// Declares a kind of events about an object.
pub const fn event(name: &'static str, object: &'static str, about: &'static str) -> EventKind {
    EventKind { name, about, object, scopes: &[], entity: None, sees: None, only_app: false }
}

impl EventKind {
    /// A subscriber needs one of these scopes.
    pub const fn scopes(self, scopes: &'static [&'static str]) -> EventKind {
        EventKind { scopes, ..self }
    }

    /// The data names fields of this entity.
    pub const fn of(self, entity: &'static Entity) -> EventKind {
        EventKind { entity: Some(entity), ..self }
    }

    /// Whoever hears as a certain person has to see the object.
    pub const fn seen_by(self, sees: Sees) -> EventKind {
        EventKind { sees: Some(sees), ..self }
    }

    /// Only the app that it is about hears of it.
    pub const fn only_app(self) -> EventKind {
        EventKind { only_app: true, ..self }
    }

    /// Whether a subscriber with these scopes may hear of it.
    pub fn is_open_to(&self, caller: &Caller) -> bool {
        self.scopes.is_empty() || caller.holds_any(self.scopes)
    }
}

/// Writes a message to the outbox. It exists exactly if the change does.
///
/// `kind` says what it is, such as `invitation`; `object` is the ID of the record that it is about.
pub fn post(call: &mut Call<'_, '_>, kind: &'static str, object: i64, payload: &Json) -> Result<()> {
    call.tx.run(&Sql::with(
        "insert into outbox (kind, object_id, payload, created_at) values ($1, $2, $3, $4)",
        [kind.into(), object.into(), payload.to_string().into(), Value::Int(call.now)],
    ))?;
    Ok(())
}
