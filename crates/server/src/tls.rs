//! TLS: a certificate the administrator has, or one of a local CA that Muster makes.

use crate::config::Config;
use anyhow::{Context as _, Result, bail};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::{
    RootCertStore, ServerConfig,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
    sign::{CertifiedKey, SingleCertAndKey},
};
use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Clients' clocks may be behind ours.
const BACKDATED: Duration = DAY;

const CA_VALID: Duration = DAY.saturating_mul(3652);

/// Browsers refuse certificates that are valid for more than 398 days.
const SERVER_VALID: Duration = DAY.saturating_mul(396);

/// A certificate with less than this left is renewed. Muster may then run that long without a restart.
const SERVER_RENEWED: Duration = DAY.saturating_mul(280);

/// What precedes the names in the file of the server's certificate.
const NAMES: &str = "Names: ";

/// What precedes the time after which the CA is invalid, in seconds since 1970, in the file of its key.
const EXPIRES: &str = "Expires: ";

/// How to serve TLS.
pub(crate) struct Tls {
    /// What rustls needs.
    pub(crate) config: Arc<ServerConfig>,
    /// The local CA's certificate, which clients have to trust; `None` if the administrator gave a certificate.
    pub(crate) authority: Option<PathBuf>,
}

/// Reads or makes the certificate; `None` if the configuration asks for plain HTTP.
///
/// `names` are host names and IP addresses that a certificate of the local CA is for, besides this machine's local
/// ones. `now` is the time since 1970.
pub(crate) fn server_config(config: &Config, names: &[String], now: Duration) -> Result<Option<Tls>> {
    let provider = Arc::new(ring::default_provider());
    let (certified, authority) = match (&config.tls_certificate, &config.tls_key) {
        (Some(certificate), Some(key)) => (given(certificate, key, &provider)?, None),
        _ if config.tls_self_signed => {
            let store = Store { dir: config.data_dir.join("tls"), provider: Arc::clone(&provider), now };
            (store.certified(names)?, Some(store.ca_file()))
        }
        _ => return Ok(None),
    };
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(Tls { config: Arc::new(tls), authority }))
}

/// The certificate that the administrator gave.
fn given(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey> {
    let pem = fs::read(certificate)
        .with_context(|| format!("tls_certificate: the file {} cannot be read", certificate.display()))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .with_context(|| format!("tls_certificate: the file {} is not PEM", certificate.display()))?;
    if chain.is_empty() {
        bail!("tls_certificate: the file {} holds no certificate in PEM", certificate.display());
    }
    let pem = fs::read(key).with_context(|| format!("tls_key: the file {} cannot be read", key.display()))?;
    let private = PrivateKeyDer::from_pem_slice(&pem)
        .with_context(|| format!("tls_key: the file {} holds no unencrypted private key in PEM", key.display()))?;
    CertifiedKey::from_der(chain, private, provider)
        .with_context(|| format!("tls_key: the file {} is not the key of {}", key.display(), certificate.display()))
}

/// The directory with the local CA and the certificate it signed.
struct Store {
    dir: PathBuf,
    provider: Arc<CryptoProvider>,
    now: Duration,
}

/// The local CA.
struct Ca {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Store {
    fn ca_file(&self) -> PathBuf {
        self.dir.join("muster-ca.pem")
    }

    fn ca_key_file(&self) -> PathBuf {
        self.dir.join("muster-ca-key.pem")
    }

    /// The server's certificate and key in one file, so that they cannot be of different issues.
    fn server_file(&self) -> PathBuf {
        self.dir.join("muster-server.pem")
    }

    /// The certificate of before if it still serves, else a new one.
    fn certified(&self, names: &[String]) -> Result<CertifiedKey> {
        make_private_dir(&self.dir).with_context(|| format!("{} cannot be made", self.dir.display()))?;
        let names = normalized(names)?;
        let ca = self.ca()?;
        if let Some(certified) = self.kept(&ca, &names) {
            return Ok(certified);
        }
        let pem = self.issued(&ca, &names)?;
        write(&self.server_file(), &pem, PRIVATE)?;
        self.read_server(&pem)
    }

    /// The CA of before, unless what it signs now would outlive it. Then, and at first, a new one.
    fn ca(&self) -> Result<Ca> {
        let file = self.ca_file();
        let Some(pem) = read_if_exists(&file)? else {
            return self.new_ca();
        };
        let key_file = self.ca_key_file();
        let damaged = || {
            format!(
                "the local CA in {} and its key in {} do not go together; \
                 restore them or delete both, then clients have to trust the new CA",
                file.display(),
                key_file.display()
            )
        };
        let key_pem = read_if_exists(&key_file)?.with_context(damaged)?;
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).with_context(damaged)?;
        let private = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).with_context(damaged)?;
        CertifiedKey::from_der(vec![certificate.clone()], private, &self.provider).with_context(damaged)?;
        let expires: u64 = remark(&key_pem, EXPIRES).and_then(|text| text.parse().ok()).with_context(damaged)?;
        if self.now + SERVER_VALID > Duration::from_secs(expires) {
            tracing::warn!(file = %file.display(), "the local CA was about to expire: trust the new one");
            return self.new_ca();
        }
        let key = KeyPair::from_pem(&key_pem).with_context(damaged)?;
        // The identifier of the issuer follows from the key, and nothing else of the parameters enters a signature.
        Ok(Ca { certificate, issuer: Issuer::new(self.ca_params(), key) })
    }

    fn new_ca(&self) -> Result<Ca> {
        let params = self.ca_params();
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let expires = (self.now + CA_VALID).as_secs();
        // The key goes first: a CA that is there has a key, whenever the machine may stop.
        write(&self.ca_key_file(), &format!("{EXPIRES}{expires}\n{}", key.serialize_pem()), PRIVATE)?;
        write(&self.ca_file(), &certificate.pem(), PUBLIC)?;
        Ok(Ca { certificate: certificate.der().clone(), issuer: Issuer::new(params, key) })
    }

    fn ca_params(&self) -> CertificateParams {
        let mut params = self.params("Muster local CA", CA_VALID);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
    }

    /// A new certificate and its key, in PEM.
    fn issued(&self, ca: &Ca, names: &BTreeSet<String>) -> Result<String> {
        let mut params = self.params("Muster", SERVER_VALID);
        // Strict clients want basic constraints and key identifiers in the server's certificate too.
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        for name in names {
            params.subject_alt_names.push(match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(name.as_str().try_into()?),
            });
        }
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &ca.issuer)?;
        Ok(format!("{}\n{}{}", remark_of_names(names), key.serialize_pem(), certificate.pem()))
    }

    fn params(&self, name: &str, valid: Duration) -> CertificateParams {
        let mut params = CertificateParams::default();
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        params.not_before = epoch + self.now.saturating_sub(BACKDATED);
        params.not_after = epoch + self.now + valid;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    /// The certificate of before if it has time left, the same names, and is of this CA. A damaged one is not missed.
    fn kept(&self, ca: &Ca, names: &BTreeSet<String>) -> Option<CertifiedKey> {
        let pem = fs::read_to_string(self.server_file()).ok()?;
        if pem.lines().next() != Some(&remark_of_names(names)) {
            return None;
        }
        let certified = self.read_server(&pem).ok()?;
        let mut roots = RootCertStore::empty();
        roots.add(ca.certificate.clone()).ok()?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider));
        let verifier = verifier.build().ok()?;
        let local = ServerName::try_from("localhost").ok()?;
        for time in [self.now, self.now + SERVER_RENEWED] {
            let time = UnixTime::since_unix_epoch(time);
            verifier.verify_server_cert(certified.end_entity_cert().ok()?, &[], &local, &[], time).ok()?;
        }
        Some(certified)
    }

    fn read_server(&self, pem: &str) -> Result<CertifiedKey> {
        let chain = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())?;
        Ok(CertifiedKey::from_der(chain, key, &self.provider)?)
    }
}

/// The names for the certificate, each in one spelling, with those of this machine.
fn normalized(names: &[String]) -> Result<BTreeSet<String>> {
    let local = ["localhost", "127.0.0.1", "::1"];
    let mut all = BTreeSet::new();
    for name in local.into_iter().chain(names.iter().map(String::as_str)) {
        let bare = name.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        let name = match bare.parse::<IpAddr>() {
            Ok(address) => address.to_string(),
            Err(_) => bare.to_ascii_lowercase(),
        };
        ServerName::try_from(name.strip_prefix("*.").unwrap_or(&name))
            .with_context(|| format!("{name:?} is no host name that a certificate can be for"))?;
        all.insert(name);
    }
    Ok(all)
}

/// Text before the PEM blocks is allowed. It tells what else only a parser of certificates could.
fn remark_of_names(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    format!("{NAMES}{}", names.join(" "))
}

fn remark<'a>(pem: &'a str, what: &str) -> Option<&'a str> {
    pem.lines().find_map(|line| line.strip_prefix(what))
}

fn read_if_exists(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(err).with_context(|| format!("the file {} cannot be read", path.display())),
    }
}

/// Only the owner may read.
const PRIVATE: u32 = 0o600;

/// Whoever gets into the directory may read.
const PUBLIC: u32 = 0o644;

/// Writes a file so that it is there either whole or not at all.
fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let dir = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        restrict(file.path(), mode)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("the file {} cannot be written", path.display()))
}

fn make_private_dir(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    restrict(dir, 0o700)
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Elsewhere files inherit who may read them from their directory.
#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{ClientConfig, ClientConnection, ServerConnection, time_provider::TimeProvider};

    const NOW: Duration = Duration::from_secs(1_800_000_000);

    /// A client's clock.
    #[derive(Debug)]
    struct At(Duration);

    impl TimeProvider for At {
        fn current_time(&self) -> Option<UnixTime> {
            Some(UnixTime::since_unix_epoch(self.0))
        }
    }

    fn local(dir: &Path, names: &[&str], now: Duration) -> Result<Tls> {
        let config = Config::from_flags(&["--tls-self-signed", "--data-dir", dir.to_str().unwrap()]).unwrap();
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        Ok(server_config(&config, &names, now)?.unwrap())
    }

    /// Lets a client that trusts this CA connect in memory, and says which protocol they agree on.
    fn handshake(tls: &Tls, ca: &Path, name: &str, now: Duration) -> Result<Vec<u8>, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca).unwrap())?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ClientConfig::builder_with_details(provider, Arc::new(At(now)))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name)?;
        let mut server = ServerConnection::new(Arc::clone(&tls.config))?;
        while client.is_handshaking() || server.is_handshaking() {
            let mut bytes = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut bytes).unwrap();
            }
            server.read_tls(&mut bytes.as_slice()).unwrap();
            server.process_new_packets()?;
            bytes.clear();
            while server.wants_write() {
                server.write_tls(&mut bytes).unwrap();
            }
            client.read_tls(&mut bytes.as_slice()).unwrap();
            client.process_new_packets()?;
        }
        Ok(client.alpn_protocol().unwrap_or_default().to_vec())
    }

    #[test]
    fn plain_http_needs_nothing() {
        assert!(server_config(&Config::from_flags(&[]).unwrap(), &[], NOW).unwrap().is_none());
    }

    #[test]
    fn clients_accept_the_local_certificate() {
        let dir = tempfile::tempdir().unwrap();
        let tls = local(dir.path(), &["Muster.Test", "[2001:db8::1]", "*.example.com"], NOW).unwrap();
        let ca = tls.authority.clone().unwrap();
        assert_eq!(ca, dir.path().join("tls/muster-ca.pem"));
        for name in ["localhost", "127.0.0.1", "::1", "muster.test", "2001:db8::1", "a.example.com"] {
            assert_eq!(handshake(&tls, &ca, name, NOW).unwrap(), b"h2", "{name}");
        }
        for later in [Duration::ZERO, SERVER_VALID - DAY] {
            handshake(&tls, &ca, "localhost", NOW + later).unwrap();
        }
        handshake(&tls, &ca, "localhost", NOW + SERVER_VALID + DAY).unwrap_err();
        handshake(&tls, &ca, "other.test", NOW).unwrap_err();

        let other = tempfile::tempdir().unwrap();
        let other_ca = local(other.path(), &[], NOW).unwrap().authority.unwrap();
        handshake(&tls, &other_ca, "localhost", NOW).unwrap_err();
    }

    #[test]
    fn the_ca_is_kept_and_the_certificate_renewed() {
        let dir = tempfile::tempdir().unwrap();
        let read = |name: &str| fs::read_to_string(dir.path().join("tls").join(name)).unwrap();
        let ca = local(dir.path(), &[], NOW).unwrap().authority.unwrap();
        let (first_ca, first) = (read("muster-ca.pem"), read("muster-server.pem"));

        local(dir.path(), &[], NOW + DAY).unwrap();
        assert_eq!((read("muster-ca.pem"), read("muster-server.pem")), (first_ca.clone(), first.clone()));

        let later = NOW + SERVER_VALID;
        for (names, now) in [(&["muster.test"][..], NOW), (&[], NOW), (&[], later)] {
            let before = read("muster-server.pem");
            let tls = local(dir.path(), names, now).unwrap();
            assert_ne!(read("muster-server.pem"), before);
            handshake(&tls, &ca, names.first().unwrap_or(&"localhost"), now).unwrap();
        }
        fs::write(dir.path().join("tls/muster-server.pem"), "damaged").unwrap();
        handshake(&local(dir.path(), &[], later).unwrap(), &ca, "localhost", later).unwrap();
        assert_eq!(read("muster-ca.pem"), first_ca);

        let later = NOW + CA_VALID;
        handshake(&local(dir.path(), &[], later).unwrap(), &ca, "localhost", later).unwrap();
        assert_ne!(read("muster-ca.pem"), first_ca);
    }

    #[test]
    fn a_damaged_ca_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let ca = local(dir.path(), &[], NOW).unwrap().authority.unwrap();
        let key = dir.path().join("tls/muster-ca-key.pem");
        let other = KeyPair::generate().unwrap().serialize_pem();
        for text in ["", &format!("{EXPIRES}3000000000\n{other}")] {
            fs::write(&key, text).unwrap();
            let error = local(dir.path(), &[], NOW).err().unwrap().to_string();
            assert!(error.contains(ca.to_str().unwrap()) && error.contains("do not go together"), "{error}");
        }
        // Without the certificate nobody can miss the CA: the machine stopped before it was written.
        fs::remove_file(&ca).unwrap();
        handshake(&local(dir.path(), &[], NOW).unwrap(), &ca, "localhost", NOW).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_keys() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        local(dir.path(), &[], NOW).unwrap();
        let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("tls"), 0o700);
        assert_eq!(mode("tls/muster-ca-key.pem"), 0o600);
        assert_eq!(mode("tls/muster-server.pem"), 0o600);
        assert_eq!(mode("tls/muster-ca.pem"), 0o644);
        assert_eq!(fs::read_dir(dir.path().join("tls")).unwrap().count(), 3);
    }

    #[test]
    fn given_files_are_served_and_wrong_ones_named() {
        let dir = tempfile::tempdir().unwrap();
        let ca = local(dir.path(), &[], NOW).unwrap().authority.unwrap();
        let path = |name: &str| dir.path().join("tls").join(name).to_str().unwrap().to_owned();
        let serve = |certificate: &str, key: &str| {
            let config = Config::from_flags(&["--tls-certificate", certificate, "--tls-key", key]).unwrap();
            server_config(&config, &[], NOW).map(Option::unwrap)
        };
        let (both, other) = (path("muster-server.pem"), path("muster-ca-key.pem"));
        let tls = serve(&both, &both).unwrap();
        assert_eq!(tls.authority, None);
        handshake(&tls, &ca, "localhost", NOW).unwrap();

        let error = |certificate: &str, key: &str| serve(certificate, key).err().unwrap().to_string();
        assert!(error("/nowhere", &both).starts_with("tls_certificate: the file /nowhere cannot be read"));
        assert!(error(&other, &other).ends_with("muster-ca-key.pem holds no certificate in PEM"));
        assert!(error(&both, ca.to_str().unwrap()).ends_with("holds no unencrypted private key in PEM"));
        assert!(error(&both, &other).contains("muster-ca-key.pem is not the key of "));
    }

    #[test]
    fn wrong_names_are_named() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["", "two words", "müller.example", "https://a"] {
            let error = local(dir.path(), &[name], NOW).err().unwrap().to_string();
            assert!(error.contains(&format!("{name:?}")), "{error}");
        }
    }
}
