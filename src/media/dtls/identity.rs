//! Who we are to every far side: one certificate for the whole process.

use super::cryptography;
use crate::base::Instant;
use crate::sdp::{Fingerprint, Role};
use dimpl::{Config, Dtls, DtlsCertificate};
use ring::digest;
use std::sync::Arc;

/// Our certificate and its key, and the moment our time counts from: dimpl counts in the machine's.
pub struct Identity {
    config: Arc<Config>,
    certificate: DtlsCertificate,
    fingerprint: Fingerprint,
    zero: std::time::Instant,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

impl Identity {
    /// From a certificate of an ECDSA key on P-256 (DER) and that key (PKCS #8), where time is zero at `zero`.
    ///
    /// # Errors
    /// In one line: the machine's cryptography does not do what it should.
    pub fn new(certificate: Vec<u8>, key: Vec<u8>, zero: std::time::Instant) -> Result<Identity, String> {
        let builder = Config::builder().with_crypto_provider(cryptography::provider());
        let config = builder.build().map_err(|error| format!("DTLS cannot be spoken: {error}"))?;
        let fingerprint = Identity::fingerprint_of(&certificate);
        let certificate = DtlsCertificate { certificate, private_key: key };
        Ok(Identity { config: Arc::new(config), certificate, fingerprint, zero })
    }

    /// What descriptions name it by.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    pub(super) fn fingerprint_of(certificate: &[u8]) -> Fingerprint {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, certificate).as_ref());
        Fingerprint(bytes)
    }

    /// A handshake that has not begun.
    pub(super) fn association(&self, now: Instant, role: Role) -> Dtls {
        let at = self.moment(now);
        let mut dtls = Dtls::new_12(Arc::clone(&self.config), self.certificate.clone(), at);
        dtls.set_active(role == Role::Active);
        dtls
    }

    pub(super) fn moment(&self, now: Instant) -> std::time::Instant {
        self.zero + now.since_start()
    }

    pub(super) fn instant(&self, moment: std::time::Instant) -> Instant {
        Instant::from_start(moment.saturating_duration_since(self.zero))
    }
}

#[cfg(test)]
impl Identity {
    /// Of another process, each time.
    #[expect(clippy::disallowed_methods, reason = "where the tests' time begins")]
    pub(in crate::media) fn of_somebody() -> Arc<Identity> {
        let key = rcgen::KeyPair::generate().expect("a key");
        let params = rcgen::CertificateParams::new(Vec::new()).expect("no names");
        let certificate = params.self_signed(&key).expect("signed").der().to_vec();
        let zero = std::time::Instant::now();
        Arc::new(Identity::new(certificate, key.serialize_der(), zero).expect("an identity"))
    }
}
