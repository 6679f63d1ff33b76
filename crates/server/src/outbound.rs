//! Calls to addresses that others gave: the handlers of events.
//!
//! Whoever may name an address could make Muster call what only Muster reaches. So what leads to a private or loopback
//! address is not called, unless the administrator allows it: not by an IP address, not by a name, and not by a
//! redirection. A name is looked up once for a call, and the addresses that were looked at are the ones connected to, so
//! that an answer of the name's owner that changes in between changes nothing.

use muster_core::Settings;
use muster_modules::address;
use reqwest::{
    Client, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, LOCATION},
    redirect::Policy,
};
use std::{
    error::Error as _,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    sync::Arc,
    time::Duration,
};
use tokio::task::spawn_blocking;

/// Which addresses belong to the public internet.
pub type IsPublic = fn(IpAddr) -> bool;

/// How names are looked up.
pub type Lookup = Arc<dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync>;

/// How long connecting may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long a call may take, with its redirections.
const CALL_TIME: Duration = Duration::from_secs(20);
/// How many redirections are followed.
const MOST_REDIRECTIONS: usize = 3;
/// How much of an answer is read. Nothing of it is needed, but what is read to the end keeps the connection.
const ANSWER_BYTES: usize = 64 << 10;

/// The client for such calls.
pub struct Outbound {
    client: Client,
    settings: Settings,
}

/// The lookup of the operating system.
pub(crate) fn system_lookup() -> Lookup {
    Arc::new(|name| Ok((name, 0).to_socket_addrs()?.map(|it| it.ip()).collect()))
}

impl Outbound {
    /// A client that looks names up in this way.
    pub fn new(settings: &Settings, lookup: Lookup, is_public: IsPublic) -> Outbound {
        let guard = Guard { lookup, is_public, private: settings.private_handlers };
        let client = Client::builder()
            .tls_backend_preconfigured(tls())
            .dns_resolver(Arc::new(guard))
            // A proxy would look names up by itself.
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIME)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("Muster/", env!("CARGO_PKG_VERSION")))
            .build();
        Outbound { client: client.expect("nothing in these settings can fail"), settings: settings.clone() }
    }

    /// Sends a form. Any status of success will do; what else comes of it is said in a sentence, without the address, which
    /// may hold a secret.
    pub(crate) async fn post(&self, url: &str, form: &str) -> Result<(), String> {
        match tokio::time::timeout(CALL_TIME, self.follow(url, form)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(format!("no answer within {} seconds", CALL_TIME.as_secs())),
        }
    }

    async fn follow(&self, url: &str, form: &str) -> Result<(), String> {
        let mut url = Url::parse(url).map_err(|_| "the address cannot be read".to_owned())?;
        for _ in 0..=MOST_REDIRECTIONS {
            address::check_called(url.as_str(), &self.settings).map_err(|_| PRIVATE.to_owned())?;
            let request = self.client.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            let mut response = request.body(form.to_owned()).send().await.map_err(|err| in_words(&err))?;
            let status = response.status();
            let mut read = 0;
            while read < ANSWER_BYTES {
                let Ok(Some(chunk)) = response.chunk().await else { break };
                read += chunk.len();
            }
            // Only these two ask for the same again elsewhere; others would turn it into a GET without the event.
            if !matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
                return if status.is_success() { Ok(()) } else { Err(format!("answered with the status {status}")) };
            }
            let location = response.headers().get(LOCATION).and_then(|it| it.to_str().ok()).unwrap_or_default();
            url = url.join(location).map_err(|_| "was redirected to what is no address".to_owned())?;
            // Never sent, and no reason to refuse.
            url.set_fragment(None);
        }
        Err("was redirected too often".to_owned())
    }
}

const PRIVATE: &str = "leads to a private address, which private_handlers does not allow";

/// What went wrong, down to its cause.
fn in_words(err: &reqwest::Error) -> String {
    let mut words = String::from(if err.is_timeout() { "no answer in time" } else { "cannot be reached" });
    let mut cause = err.source();
    while let Some(err) = cause {
        // Only the innermost cause says more than that something failed.
        if err.source().is_none() {
            words.push_str(": ");
            words.push_str(&err.to_string());
        }
        cause = err.source();
    }
    words
}

fn tls() -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A certificate that rustls cannot read can vouch for no server; the others still can.
        roots.add(certificate).ok();
    }
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider supports the versions of TLS that are in use")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Looks names up, and answers only with addresses that may be connected to.
struct Guard {
    lookup: Lookup,
    is_public: IsPublic,
    private: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, is_public, private) = (Arc::clone(&self.lookup), self.is_public, self.private);
        Box::pin(async move {
            let found = spawn_blocking(move || lookup(name.as_str())).await??;
            let allowed: Vec<_> = found.into_iter().filter(|ip| private || is_public(*ip)).collect();
            if allowed.is_empty() {
                return Err(PRIVATE.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}
