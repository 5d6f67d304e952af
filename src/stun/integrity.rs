//! What proves a message: its HMAC under a password, and the fingerprint that tells it from other packets.

use super::{HEAD, MESSAGE_INTEGRITY};
use ring::hmac;

/// Bytes of a message integrity.
pub(super) const MAC_BYTES: usize = 20;
/// What the fingerprint's checksum is combined with (RFC 8489 14.7).
const FINGERPRINT_XOR: u32 = 0x5354_554e;

/// The HMAC of a message up to the attribute at this offset, its head's length counting that attribute too
/// (RFC 8489 14.5).
pub(super) fn mac(before: &[u8], password: &str) -> [u8; MAC_BYTES] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    feed(before, 4 + MAC_BYTES, |bytes| context.update(bytes));
    let mut mac = [0; MAC_BYTES];
    mac.copy_from_slice(context.sign().as_ref());
    mac
}

/// Whether this is the HMAC of a message up to it, found in a time that does not tell where they differ.
pub(super) fn is_mac(before: &[u8], password: &str, shown: &[u8]) -> bool {
    let ours = mac(before, password);
    shown.len() == MAC_BYTES && ours.iter().zip(shown).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// The fingerprint of a message up to its attribute (RFC 8489 14.7).
pub(super) fn fingerprint(before: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    feed(before, 4 + 4, |bytes| {
        for byte in bytes {
            sum ^= u32::from(*byte);
            for _ in 0..8 {
                sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
            }
        }
    });
    !sum ^ FINGERPRINT_XOR
}

/// Hands out a message's bytes as if it ended with one more attribute of this many bytes.
fn feed(before: &[u8], attribute: usize, mut take: impl FnMut(&[u8])) {
    let length = (before.len() + attribute).saturating_sub(HEAD) as u16;
    let (kind, rest) = before.split_at(before.len().min(2));
    take(kind);
    take(&length.to_be_bytes());
    take(rest.get(2..).unwrap_or_default());
}

/// Adds the message integrity.
pub(super) fn seal(message: &mut Vec<u8>, password: &str) {
    let mac = mac(message, password);
    super::write::add(message, MESSAGE_INTEGRITY, &mac);
}
