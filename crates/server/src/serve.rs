//! Listening, and stopping without losing a call.

use crate::{
    App, Door,
    config::{Config, Limits},
    delivery,
    outbound::system_lookup,
    routes::router,
    tls,
};
use anyhow::{Context as _, Result, anyhow};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use muster_core::{Clock, Settings, call::Mail, index::Status};
use muster_db::Db;
use muster_modules::address;
use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::{MissedTickBehavior, timeout},
};

/// A server that has its port and its database, and is about to start.
pub(crate) struct Server {
    pub(crate) app: Arc<App>,
    listener: TcpListener,
    tls: Option<tls::Tls>,
    grace: Duration,
    runtime: Runtime,
    stop: Stop,
    url: String,
}

/// The address that a server with this configuration answers at.
pub(crate) fn base_url(config: &Config, listen: SocketAddr) -> String {
    let is_tls = config.tls_self_signed || config.tls_certificate.is_some();
    let scheme = if is_tls { "https" } else { "http" };
    config.public_url.clone().unwrap_or_else(|| format!("{scheme}://{listen}"))
}

/// Takes the port, or says clearly why it cannot.
pub(crate) fn listen(config: &Config) -> Result<TcpListener> {
    let listener = TcpListener::bind(config.listen).map_err(|err| match err.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow!("{} is already in use; choose another address with --listen", config.listen)
        }
        _ => anyhow!("cannot listen on {}: {err}", config.listen),
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Server {
    pub(crate) fn new(config: &Config, db: Db, listener: TcpListener) -> Result<Server> {
        let names = config.public_url.iter().filter_map(|url| host_of(url)).collect::<Vec<_>>();
        let tls = tls::server_config(config, &names, Clock::default().now())?;
        let door = Door {
            public_url: config.public_url.clone(),
            local_url: base_url(config, listener.local_addr()?),
            smtp: config.smtp.clone(),
            lookup: system_lookup(),
            is_public: address::is_public,
            trusted_proxies: config.trusted_proxies.clone(),
            body_bytes: usize::try_from(config.body_bytes).context("body_bytes is too large for this machine")?,
            calls: config.calls,
            index_people: config.index_people,
            ready_bytes: usize::try_from(config.ready_bytes).context("ready_bytes is too large for this machine")?,
            audit_days: config.audit_days,
            tls: tls.is_some(),
        };
        db.set_limit(Duration::from_secs(config.call_seconds));
        let app = Arc::new(App::new(db, settings(config)?, door, rate(config.limits), config.operating_limit));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let stop = Stop::heard_by(&runtime)?;
        let url = base_url(config, listener.local_addr()?);
        let grace = Duration::from_secs(config.shutdown_seconds);
        Ok(Server { app, listener, tls, grace, runtime, stop, url })
    }

    /// The address that it answers at, for people to read.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The certificate that clients have to trust, if Muster made it itself.
    pub(crate) fn authority(&self) -> Option<&PathBuf> {
        self.tls.as_ref()?.authority.as_ref()
    }

    /// Answers requests until the process is told to stop; then takes no new ones and finishes those in flight.
    pub(crate) fn run(self) -> Result<()> {
        let Server { app, listener, tls, grace, runtime, stop, url: _ } = self;
        let handle = Handle::new();
        let stopping = handle.clone();
        let (tell, told) = watch::channel(false);
        runtime.spawn(async move {
            stop.wait().await;
            tracing::info!("stopping: finishing calls and deliveries in flight");
            tell.send_replace(true);
            stopping.graceful_shutdown(Some(grace));
        });
        runtime.spawn(write_presence(Arc::clone(&app)));
        runtime.spawn(tend_index(Arc::clone(&app)));
        let delivering = runtime.spawn(delivery::run(Arc::clone(&app), told));
        let served = runtime.block_on(async {
            let served = serve(Arc::clone(&app), listener, tls, handle).await;
            // What was taken and is not sent would be sent by no one until its time is over, or be sent twice. What does
            // not end within the time is still sent again. Where serving failed nobody has told anyone to stop.
            if served.is_ok() && timeout(grace, delivering).await.is_err() {
                tracing::warn!("deliveries in flight were left; they are sent again later");
            }
            served
        });
        // Calls that have outlived the grace period get no more time than it takes to end their threads.
        runtime.shutdown_timeout(Duration::from_secs(1));
        app.presence.flush(&app.db)?;
        served
    }
}

async fn serve(app: Arc<App>, listener: TcpListener, tls: Option<tls::Tls>, handle: Handle<SocketAddr>) -> Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        None => axum_server::from_tcp(listener)?.handle(handle).serve(service).await?,
        Some(tls) => {
            let config = RustlsConfig::from_config(tls.config);
            axum_server::from_tcp_rustls(listener, config)?.handle(handle).serve(service).await?;
        }
    }
    tracing::info!("stopped");
    Ok(())
}

/// Loads the index of people, and has it follow what other processes change.
async fn tend_index(app: Arc<App>) {
    let mut tick = tokio::time::interval(Duration::from_millis(300));
    // Loading takes longer than that, and need not be made up for.
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while app.index.status() != Status::Off {
        tick.tick().await;
        let app = Arc::clone(&app);
        let tended = tokio::task::spawn_blocking(move || app.index.tend(&app.db)).await;
        if let Ok(Err(err)) = tended {
            tracing::warn!(cause = &err as &dyn std::error::Error, "the index of people could not be read");
        }
    }
}

/// Writes who was here, every second, whatever calls left for later because someone else was writing.
async fn write_presence(app: Arc<App>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tick.tick().await;
        let app = Arc::clone(&app);
        let written = tokio::task::spawn_blocking(move || app.presence.flush(&app.db)).await;
        if let Ok(Err(err)) = written {
            tracing::warn!(cause = &err as &dyn std::error::Error, "who was here could not be written");
        }
    }
}

/// The signals that tell the process to stop: Ctrl-C and SIGTERM.
///
/// They are listened for before it is said that the server listens: until then they end the process on the spot.
struct Stop([Signal; 2]);

impl Stop {
    fn heard_by(runtime: &Runtime) -> Result<Stop> {
        let _entered = runtime.enter();
        Ok(Stop([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]))
    }

    async fn wait(mut self) {
        let [interrupt, terminate] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// What methods depend on.
pub(crate) fn settings(config: &Config) -> Result<Settings> {
    Ok(Settings {
        time_zone: config.time_zone.clone(),
        user_limit: config.user_limit,
        api_dismissal: config.api_dismissal,
        private_handlers: config.private_handlers,
        mail: match config.smtp {
            Some(_) => Mail::Sent,
            None if config.keeps_mails => Mail::Kept,
            None => Mail::Off,
        },
        picture_bytes: usize::try_from(config.picture_bytes).context("picture_bytes is too large for this machine")?,
        ..Settings::default()
    })
}

/// The leaky bucket's size and its flow a second, as documented.
fn rate(limits: Limits) -> Option<(f64, f64)> {
    match limits {
        Limits::Off => None,
        Limits::Cloud => Some((50.0, 2.0)),
        Limits::Enterprise => Some((250.0, 5.0)),
    }
}

fn host_of(url: &str) -> Option<String> {
    let uri: axum::http::Uri = url.parse().ok()?;
    Some(uri.host()?.to_owned())
}
