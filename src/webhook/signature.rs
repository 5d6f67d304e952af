//! The signature of a question: HMAC-SHA256 (RFC 2104) of its moment and its body.

use crate::base::Secret;
use ring::hmac;
use std::fmt::Write;

/// The header with the signature.
pub(super) const HEADER: &str = "X-Madoguchi-Signature";
/// The header with the moment: seconds since 1970.
pub(super) const TIMESTAMP: &str = "X-Madoguchi-Timestamp";

/// `sha256=` and the signature in hexadecimal.
pub(super) fn of(secret: &Secret<String>, timestamp: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
    let mut signed = hmac::Context::with_key(&key);
    for part in [timestamp.as_bytes(), b".", body] {
        signed.update(part);
    }
    let mut text = "sha256=".to_string();
    for byte in signed.sign().as_ref() {
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf '1770685200.{"step":"x"}' | openssl dgst -sha256 -hmac geheim`.
    #[test]
    fn a_service_can_make_the_same_with_its_own_tools() {
        let signature = of(&Secret::new("geheim".into()), "1770685200", br#"{"step":"x"}"#);
        assert_eq!(signature, "sha256=9d041acc035fcf1026a4cc991d6ecb2922b58aadbf6e56293d64c9b908a3694b");
    }
}
