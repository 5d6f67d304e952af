//! What a token or a login is recognised by: 256 random bits, of which only the SHA-256 is kept.

use crate::base::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

/// What every token begins with, so that one that lies somewhere is known for what it is.
pub const FRESH_TOKEN: &str = "mdg_";
/// Characters of 256 bits in base64.
const LENGTH: usize = 43;

/// A new secret, shown once.
#[derive(Debug)]
pub struct Fresh {
    /// The secret.
    pub secret: Secret<String>,
    /// What is kept of it.
    pub hash: String,
    /// A public name beside it.
    pub id: String,
}

impl Fresh {
    /// With these characters before it.
    pub fn make(before: &str) -> Fresh {
        let secret = format!("{before}{}", URL_SAFE_NO_PAD.encode(random::<32>()));
        let id = random::<6>().iter().map(|byte| format!("{byte:02x}")).collect();
        Fresh { hash: fingerprint(&secret), secret: Secret::new(secret), id }
    }
}

/// A name that nobody had before.
pub(in crate::web) fn fresh_id() -> String {
    random::<12>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that nobody can foresee.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// What is kept of a secret of 256 bits: nobody can guess so many, so that the hash need not be slow.
pub(in crate::web) fn fingerprint(secret: &str) -> String {
    hash(secret.as_bytes())
}

/// SHA-256 in hexadecimal.
pub(in crate::web) fn hash(bytes: &[u8]) -> String {
    digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256.
pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Whether a text can be a token at all.
pub(in crate::web) fn looks_like_token(text: &str) -> bool {
    text.strip_prefix(FRESH_TOKEN).is_some_and(|rest| rest.len() == LENGTH)
}
