//! TLS for SIP (RFC 3261 26.3.1): who we show ourselves as, whom we believe, and what is said where that fails.
//!
//! Nothing here falls back to clear text: a handshake that fails ends its connection.

mod identity;

pub use identity::{Identity, TlsError};

use crate::base::Instant;
use crate::signaling::Flow;
use rustls::pki_types::ServerName;
use rustls::server::WebPkiClientVerifier;
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore, ServerConfig};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// What strangers' handshakes say about our certificate is logged this often at most.
const QUIET: Duration = Duration::from_secs(60);

/// What browsers say they speak where they mean WebSocket.
const WEB: &[u8] = b"http/1.1";

/// How TLS is set up.
#[derive(Clone, Debug, Default)]
pub struct TlsConfig {
    /// Who we are; none: nobody can connect to us, and servers that ask for a certificate get none.
    pub identity: Option<Arc<Identity>>,
    /// Peers that connect must show a certificate that one of these issued; none: they need not.
    pub client_ca: Option<PathBuf>,
    /// Who may have issued the certificates of those we connect to; none: the system's roots.
    pub ca: Option<PathBuf>,
    /// Protocol names (RFC 7301) that are offered and taken; none: the extension is not used.
    pub alpn: Vec<String>,
}

/// TLS, ready for connections.
pub(super) struct Tls {
    acceptor: Option<TlsAcceptor>,
    /// For WebSocket, of which browsers say that it is HTTP (RFC 7301).
    web: Option<TlsAcceptor>,
    connector: TlsConnector,
    /// The name that the certificate of a peer at this address must bear.
    names: Mutex<BTreeMap<SocketAddr, ServerName<'static>>>,
    clock: super::Clock,
    complained: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("accepts", &self.acceptor.is_some()).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the certificates of those we believe.
    ///
    /// # Errors
    /// [`TlsError`] for a file that cannot be used.
    pub(super) fn new(config: &TlsConfig, clock: super::Clock) -> Result<Tls, TlsError> {
        Ok(Tls {
            acceptor: acceptor(config, alpn(config))?,
            web: acceptor(config, vec![WEB.to_vec()])?,
            connector: connector(config)?,
            names: Mutex::default(),
            clock,
            complained: Mutex::default(),
        })
    }

    /// From now on the peer at this address must prove to be this host.
    ///
    /// # Errors
    /// Where the host is neither a name nor an address.
    pub(super) fn expect(&self, remote: SocketAddr, host: &str) -> Result<(), String> {
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_string();
        let name = ServerName::try_from(bare).map_err(|_| format!("`{host}` can be in no certificate"))?;
        locked(&self.names).insert(remote, name);
        Ok(())
    }

    /// Shows our certificate to a peer that connected.
    pub(super) async fn accept(&self, flow: Flow, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let acceptor = if flow.transport.is_websocket() { &self.web } else { &self.acceptor };
        let acceptor = acceptor.as_ref().ok_or(io::ErrorKind::Unsupported)?;
        acceptor
            .accept(stream)
            .await
            .map(Into::into)
            .inspect_err(|error| self.note_refused(flow.remote, error))
    }

    /// Has a peer that we connected to prove who it is.
    pub(super) async fn connect(
        &self,
        remote: SocketAddr,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        let known = locked(&self.names).get(&remote).cloned();
        let name = known.unwrap_or_else(|| ServerName::IpAddress(remote.ip().into()));
        let shown = name.to_str().into_owned();
        let connected = self.connector.connect(name, stream).await;
        connected.map(Into::into).inspect_err(|error| {
            tracing::warn!(%remote, "tls: no connection to {shown}: {}", why(error));
        })
    }

    /// That a peer does not take our certificate is ours to mend; everything else is its own affair.
    fn note_refused(&self, remote: SocketAddr, error: &io::Error) {
        if !is_about_us(error) || !self.may_complain() {
            return tracing::debug!(%remote, "tls: {}", why(error));
        }
        tracing::warn!(%remote, "tls: a peer refuses our certificate: {}", why(error));
    }

    fn may_complain(&self) -> bool {
        let now = self.clock.instant();
        let mut last = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|last| now - last >= QUIET);
        if may {
            *last = Some(now);
        }
        may
    }
}

/// The list is whole after every change to it: a panic elsewhere cannot have broken it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn acceptor(config: &TlsConfig, alpn: Vec<Vec<u8>>) -> Result<Option<TlsAcceptor>, TlsError> {
    let Some(identity) = &config.identity else { return Ok(None) };
    let builder = ServerConfig::builder_with_provider(identity::provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unusable)?;
    let builder = match &config.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let roots = Arc::new(roots_of(path)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, identity::provider()).build();
            let verifier = verifier.map_err(|e| TlsError::Unusable(rustls::Error::General(e.to_string())))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut server = builder.with_cert_resolver(identity.clone());
    server.alpn_protocols = alpn;
    Ok(Some(TlsAcceptor::from(Arc::new(server))))
}

fn connector(config: &TlsConfig) -> Result<TlsConnector, TlsError> {
    let roots = match &config.ca {
        Some(path) => roots_of(path)?,
        None => system_roots(),
    };
    let builder = ClientConfig::builder_with_provider(identity::provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unusable)?
        .with_root_certificates(roots);
    let mut client = match &config.identity {
        Some(identity) => builder.with_client_cert_resolver(identity.clone()),
        None => builder.with_no_client_auth(),
    };
    client.alpn_protocols = alpn(config);
    Ok(TlsConnector::from(Arc::new(client)))
}

fn alpn(config: &TlsConfig) -> Vec<Vec<u8>> {
    config.alpn.iter().map(|name| name.clone().into_bytes()).collect()
}

fn roots_of(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in identity::certificates(path)? {
        roots.add(certificate).map_err(|e| TlsError::File(path.to_path_buf(), e.to_string()))?;
    }
    Ok(roots)
}

/// Roots that cannot be read are those of nobody we connect to; without any, no connection is made.
fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _ignored) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::warn!("tls: this system has no root certificates: nobody's certificate will be believed");
    }
    roots
}

/// A failed handshake in words for whoever runs the engine.
fn why(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(wrong)) => wrong_certificate(wrong),
        Some(rustls::Error::AlertReceived(AlertDescription::CertificateExpired)) => {
            "the other side says that our certificate has expired".to_string()
        }
        Some(rustls::Error::AlertReceived(AlertDescription::UnknownCA)) => {
            "the other side does not know who issued our certificate".to_string()
        }
        Some(other) => other.to_string(),
        None => error.to_string(),
    }
}

fn wrong_certificate(wrong: &CertificateError) -> String {
    match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_string()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet".to_string()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name".to_string()
        }
        CertificateError::UnknownIssuer => {
            "nobody we trust has issued its certificate (the issuer belongs into [sip] ca)".to_string()
        }
        other => rustls::Error::InvalidCertificate(other.clone()).to_string(),
    }
}

/// Whether the peer says that it does not take our certificate.
fn is_about_us(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::AlertReceived(alert)) = inner else { return false };
    matches!(
        alert,
        AlertDescription::CertificateExpired
            | AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
    )
}
