//! What every request shares.

use crate::{
    jobs::Jobs,
    limit::Limiter,
    mailer::{Mailer, Smtp},
    metrics::Metrics,
    operating::Operating,
    outbound::{IsPublic, Lookup, Outbound, system_lookup},
    presence::Presence,
    strangers::Strangers,
    throttle::Throttle,
};
use ipnet::IpNet;
use muster_core::{Clock, Registry, Settings, index::Index};
use muster_db::Db;
use muster_modules::{MODULES, address, user::index::INDEX};
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};

/// How many bodies of the largest size are read at the same time.
const BODIES: usize = 16;

/// How many passwords are compared at the same time.
const SIGN_INS: usize = 4;

/// A running Muster. Nothing that matters lives only here: any number of these may share one PostgreSQL database.
pub struct App {
    /// The database.
    pub db: Db,
    /// All methods.
    pub registry: Registry,
    /// What an administrator can set and methods depend on.
    pub settings: Settings,
    /// What an administrator can set and only the doors depend on.
    pub door: Door,
    /// The time.
    pub clock: Clock,
    /// How many requests each caller may still make.
    pub limiter: Limiter,
    /// How long each method has worked for each caller.
    pub operating: Operating,
    /// What `/metrics` tells.
    pub metrics: Metrics,
    /// Who was here when.
    pub presence: Presence,
    /// The index of people.
    pub index: Index,
    /// Places for calls that are not answered at once.
    pub places: Arc<Semaphore>,
    /// Room for large bodies, in KiB.
    pub bodies: Arc<Semaphore>,
    /// How often passwords were tried.
    pub throttle: Throttle,
    /// From where calls came lately that no one could be recognized by.
    pub(crate) strangers: Strangers,
    /// Places for comparing passwords.
    pub sign_ins: Arc<Semaphore>,
    /// Long work that is under way in this process.
    pub(crate) jobs: Jobs,
    /// Calls to the addresses that others gave.
    pub outbound: Outbound,
    /// Mails.
    pub mailer: Mailer,
    /// Rung after every change: there may be something to deliver.
    pub changed: Notify,
}

/// How requests come in.
#[derive(Clone)]
pub struct Door {
    /// The address under which callers reach Muster; if it is not set, the one they used.
    pub public_url: Option<String>,
    /// The address that Muster gives for itself where no one has called, if `public_url` is not set.
    pub local_url: String,
    /// The mail server, if there is one.
    pub smtp: Option<Smtp>,
    /// How names are looked up that Muster calls.
    pub lookup: Lookup,
    /// Which addresses it may call in any case.
    pub is_public: IsPublic,
    /// Whose word about the caller's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// The most bytes of a request's body.
    pub body_bytes: usize,
    /// How many calls may be worked on or wait for it, beside those that are answered at once.
    pub calls: usize,
    /// The most people that the index in memory holds; 0 for no index.
    pub index_people: u64,
    /// The most bytes of people's records that are kept ready beside the index; 0 for none.
    pub ready_bytes: usize,
    /// For how many days the audit log is kept; `None` is forever.
    pub audit_days: Option<u64>,
    /// Whether requests come in over TLS.
    pub tls: bool,
}

impl Default for Door {
    fn default() -> Self {
        Door {
            public_url: None,
            local_url: "http://localhost:8080".to_owned(),
            smtp: None,
            lookup: system_lookup(),
            is_public: address::is_public,
            trusted_proxies: Vec::new(),
            body_bytes: 16 << 20,
            calls: 100,
            index_people: 0,
            ready_bytes: 1 << 20,
            audit_days: None,
            tls: false,
        }
    }
}

impl Door {
    /// The address that Muster gives for itself where no one has called. What callers say about it is not believed: apps
    /// send their tokens there.
    pub fn own_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| self.local_url.clone())
    }
}

impl App {
    /// Puts an application together. `rate` is the leaky bucket's size and its flow a second, `operating` the seconds a
    /// method may work in ten minutes.
    pub fn new(db: Db, settings: Settings, door: Door, rate: Option<(f64, f64)>, operating: Option<f64>) -> App {
        App {
            db,
            registry: Registry::new(MODULES),
            outbound: Outbound::new(&settings, Arc::clone(&door.lookup), door.is_public),
            mailer: Mailer::new(door.smtp.clone()),
            changed: Notify::new(),
            index: Index::new(&INDEX, door.index_people, door.ready_bytes),
            places: Arc::new(Semaphore::new(door.calls)),
            bodies: Arc::new(Semaphore::new(door.body_bytes.div_ceil(1024) * BODIES)),
            settings,
            door,
            clock: Clock::default(),
            limiter: Limiter::new(rate),
            operating: Operating::new(operating),
            metrics: Metrics::default(),
            presence: Presence::default(),
            throttle: Throttle::default(),
            strangers: Strangers::default(),
            jobs: Jobs::default(),
            sign_ins: Arc::new(Semaphore::new(SIGN_INS)),
        }
    }
}
