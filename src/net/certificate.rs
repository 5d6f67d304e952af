//! The certificate of a process's encrypted audio: made at its start, named in each description, kept nowhere.

use super::NetError;
use super::clock::Clock;
use crate::media::Identity;
use rcgen::{CertificateParams, DnType, KeyPair};

/// A certificate of a new key, whose far sides count time from where this clock does. Nobody vouches for it: each
/// far side knows it by the fingerprint in its description.
///
/// # Errors
/// [`NetError::Certificate`] where the machine gives no randomness, or its cryptography is broken.
pub(super) fn fresh(clock: Clock) -> Result<Identity, NetError> {
    let made = || -> Result<_, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "madoguchi");
        let certificate = params.self_signed(&key)?;
        Ok((certificate.der().to_vec(), key.serialize_der()))
    };
    let (certificate, key) = made().map_err(|error| NetError::Certificate(error.to_string()))?;
    Identity::new(certificate, key, clock.zero()).map_err(NetError::Certificate)
}
