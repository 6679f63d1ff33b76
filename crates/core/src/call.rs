//! A call: who calls, with what, when, and in which transaction.

pub use crate::right::{Right, Rights};

use crate::{
    Chance, Params, Registry,
    custom::Definition,
    field::{Entity, Field},
    index::Indexes,
    picture::Pictures,
};
use jiff::tz::TimeZone;
use muster_db::Tx;

/// What one call of a method may use.
pub struct Call<'a, 'tx> {
    /// Who calls.
    pub caller: &'a Caller,
    /// What was sent.
    pub params: &'a Params,
    /// The pictures among it, decoded before the transaction began.
    pub pictures: &'a Pictures,
    /// The transaction of this call. It commits if the method returns `Ok`.
    pub tx: &'a mut Tx<'tx>,
    /// The present, in seconds since 1970.
    pub now: i64,
    /// Where randomness comes from.
    pub chance: Chance,
    /// How this Muster is set up.
    pub settings: &'a Settings,
    /// All methods there are.
    pub registry: &'a Registry,
    /// The address under which the caller reaches Muster, without a slash at the end.
    pub base_url: &'a str,
    /// The custom fields of the method's entity.
    pub custom: &'a [Definition],
    /// The indexes in memory, for what only reads.
    pub indexes: &'a Indexes,
}

impl Call<'_, '_> {
    /// The entity's field of this name, in any case, be it declared or custom.
    pub fn field(&self, entity: &Entity, name: &str) -> Option<&'static Field> {
        let mut custom = self.custom_of(entity).map(|it| it.field);
        entity.field(name).or_else(|| custom.find(|it| entity.is_name(it, name)))
    }

    /// The fields of a record that the caller may see, declared ones first.
    pub fn visible(&self, entity: &Entity) -> Vec<&'static Field> {
        let mut fields = entity.visible(self.caller);
        fields.extend(self.custom_of(entity).map(|it| it.field).filter(|it| it.is_visible(self.caller)));
        fields
    }

    fn custom_of(&self, entity: &Entity) -> impl Iterator<Item = &Definition> {
        let name = entity.custom.map(|it| it.entity);
        self.custom.iter().filter(move |it| Some(it.entity) == name)
    }
}

/// What an administrator can set and methods depend on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The zone that dates without an offset are in, and that answers are written in.
    pub time_zone: TimeZone,
    /// The most people that may be active or invited; `None` is no limit.
    pub user_limit: Option<u64>,
    /// Whether administrators may dismiss and restore people by REST.
    pub api_dismissal: bool,
    /// Whether what is sent out may go to private and loopback addresses.
    pub private_handlers: bool,
    /// What becomes of mails.
    pub mail: Mail,
    /// The most bytes of a picture before it is decoded.
    pub picture_bytes: usize,
    /// The most pixels of a picture.
    pub picture_pixels: u64,
}

/// What becomes of mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// They are written down and go nowhere, since there is no mail server.
    Off,
    /// They are kept for whoever looks, as the demo does.
    Kept,
    /// They are sent.
    Sent,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            time_zone: TimeZone::UTC,
            user_limit: None,
            api_dismissal: false,
            private_handlers: false,
            mail: Mail::Off,
            picture_bytes: 8 << 20,
            picture_pixels: 40_000_000,
        }
    }
}

/// Who calls, as established from a webhook's secret, an access token or a session.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The person on whose behalf the call is made.
    pub user_id: i64,
    /// Whether that person administers this Muster.
    pub admin: bool,
    /// Whether that person is from outside the company and sees only those who share a workgroup with them.
    pub extranet: bool,
    /// What that person may do, beside administrators, who may do everything.
    pub rights: Rights,
    /// What the webhook or token was given.
    pub scopes: Vec<String>,
    /// By what the caller was recognized.
    pub via: Via,
    /// When the access token ends, if it is one.
    pub expires_at: Option<i64>,
}

/// By what a caller was recognized. Limits and idempotency are counted for each of these separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Via {
    /// An incoming webhook, by its ID.
    Webhook(i64),
    /// An access token of an app, by the app's ID.
    App(i64),
    /// A browser that someone is signed in with, by the session's ID.
    Session(i64),
}

impl Via {
    /// What it is called where it is written down who changed something.
    pub fn name(self) -> String {
        match self {
            Via::Session(_) => "page".to_owned(),
            Via::Webhook(id) => format!("webhook {id}"),
            Via::App(id) => format!("app {id}"),
        }
    }
}

impl Caller {
    /// Whether the webhook or token holds this scope.
    pub fn holds(&self, scope: &str) -> bool {
        self.scopes.iter().any(|it| it == scope)
    }

    /// Whether it holds at least one of them.
    pub fn holds_any(&self, scopes: &[&str]) -> bool {
        scopes.iter().any(|scope| self.holds(scope))
    }

    /// The app that calls, if one does.
    pub fn app(&self) -> Option<i64> {
        match self.via {
            Via::App(id) => Some(id),
            Via::Webhook(_) | Via::Session(_) => None,
        }
    }

    /// Whether the person has this right.
    pub fn may(&self, right: Right) -> bool {
        right == Right::Anyone || self.admin || self.rights.has(right)
    }

    /// Whether the person has all of these.
    pub fn may_all(&self, rights: Rights) -> bool {
        self.admin || rights.is_within(self.rights)
    }

    /// The same person, looking at themselves: no field is hidden from them that is only hidden from others. `None` if
    /// none is anyway.
    pub fn of_oneself(&self) -> Option<Caller> {
        if self.may_all(Rights::SIGHT) {
            return None;
        }
        Some(Caller { rights: self.rights.and(Rights::SIGHT), ..self.clone() })
    }
}
