//! Our certificate and its key, read from files and again where they were renewed.

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read, or holds something else.
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, String),
    /// The key is not the certificate's.
    #[error("{}: this key does not belong to the certificate {}", key.display(), certificate.display())]
    Stranger {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The library refuses what it was given.
    #[error("TLS cannot be set up: {0}")]
    Unusable(rustls::Error),
}

/// Who we are to those who connect to us, and to servers that ask.
#[derive(Debug)]
pub struct Identity {
    certificate: PathBuf,
    key: PathBuf,
    shown: RwLock<Arc<CertifiedKey>>,
}

impl Identity {
    /// Reads a chain of certificates, our own first, and its key: both PEM.
    ///
    /// # Errors
    /// [`TlsError`] where a file cannot be used or they do not belong together.
    pub fn read(certificate: &Path, key: &Path) -> Result<Identity, TlsError> {
        let shown = RwLock::new(Arc::new(pair(certificate, key)?));
        Ok(Identity { certificate: certificate.to_path_buf(), key: key.to_path_buf(), shown })
    }

    /// Reads the files again: new connections see what they hold now. Whether that is another certificate.
    ///
    /// # Errors
    /// As [`Identity::read`]; then everything stays as it was.
    pub fn renew(&self) -> Result<bool, TlsError> {
        let new = pair(&self.certificate, &self.key)?;
        let mut shown = self.shown.write().unwrap_or_else(PoisonError::into_inner);
        let changed = shown.cert != new.cert;
        *shown = Arc::new(new);
        Ok(changed)
    }

    fn shown(&self) -> Arc<CertifiedKey> {
        self.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown())
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.shown())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// The one crypto library of this program.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The certificates of a PEM file, in its order; at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |why: String| TlsError::File(path.to_path_buf(), why);
    let pem = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.map_err(|e| wrong(format!("no readable PEM: {e}")))?;
    if found.is_empty() {
        return Err(wrong("holds no certificate (PEM, -----BEGIN CERTIFICATE-----)".to_string()));
    }
    Ok(found)
}

fn pair(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(certificate)?;
    let wrong = |why: String| TlsError::File(key.to_path_buf(), why);
    let pem = std::fs::read(key).map_err(|e| wrong(e.to_string()))?;
    let secret = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| wrong("holds no private key (PEM, -----BEGIN PRIVATE KEY-----)".to_string()))?;
    CertifiedKey::from_der(chain, secret, &provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            TlsError::Stranger { certificate: certificate.to_path_buf(), key: key.to_path_buf() }
        }
        other => wrong(other.to_string()),
    })
}
