//! PINs, and the only form in which one is kept.
//!
//! A PIN has few digits: whoever has a table of plain hashes tries them all in a moment. The hash is keyed
//! (HMAC-SHA256, RFC 2104), and the key lies elsewhere than the table, so that a stolen database says nothing.

use crate::base::Secret;
use crate::base::limits::{FEWEST_PIN_DIGITS, MOST_PIN_DIGITS};
use ring::hmac;
use std::cmp::Ordering;
use std::fmt::{self, Write};

/// Shortest key, in bytes.
pub const SHORTEST_KEY: usize = 16;

/// Why something is no PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has {FEWEST_PIN_DIGITS} to {MOST_PIN_DIGITS} digits")]
pub struct NoPin;

/// A PIN. It prints as `***`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin(Secret<String>);

/// The order of their digits: for finding one that is there twice.
impl Ord for Pin {
    fn cmp(&self, other: &Pin) -> Ordering {
        self.0.reveal().cmp(other.0.reveal())
    }
}

impl PartialOrd for Pin {
    fn partial_cmp(&self, other: &Pin) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Pin {
    /// Reads a PIN.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Pin, NoPin> {
        let count = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let fits = (FEWEST_PIN_DIGITS..=MOST_PIN_DIGITS).contains(&count);
        let good = fits && text.bytes().all(|byte| byte.is_ascii_digit());
        if good { Ok(Pin(Secret::new(text.to_string()))) } else { Err(NoPin) }
    }
}

/// A PIN as it is kept and looked up: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PinHash(String);

impl PinHash {
    /// A hash as it was kept.
    pub fn kept(text: String) -> PinHash {
        PinHash(text)
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What PINs are hashed with. It prints as `***`.
#[derive(Clone)]
pub struct PinKey(hmac::Key);

impl PinKey {
    /// A key of these bytes; `None` where they are too few to keep anything secret.
    pub fn new(bytes: &[u8]) -> Option<PinKey> {
        (bytes.len() >= SHORTEST_KEY).then(|| PinKey(hmac::Key::new(hmac::HMAC_SHA256, bytes)))
    }

    /// The form in which a PIN is kept.
    pub fn hash(&self, pin: &Pin) -> PinHash {
        let mut text = String::with_capacity(64);
        for byte in hmac::sign(&self.0, pin.0.reveal().as_bytes()).as_ref() {
            let _infallible = write!(text, "{byte:02x}");
        }
        PinHash(text)
    }
}

impl fmt::Debug for PinKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_a_few_digits_and_prints_as_nothing() {
        let pin = Pin::parse("471108").expect("a PIN");
        assert!(!format!("{pin:?}").contains("471108"));
        for bad in ["", "123", "12a4", "１２３４", " 1234", &"1".repeat(17), &"1".repeat(40)] {
            assert_eq!(Pin::parse(bad), Err(NoPin), "{bad}");
        }
    }

    /// Made with `printf 471108 | openssl dgst -sha256 -hmac 0123456789abcdef`.
    #[test]
    fn a_hash_is_an_hmac_that_other_tools_make_too() {
        let key = PinKey::new(b"0123456789abcdef").expect("long enough");
        let hash = key.hash(&Pin::parse("471108").expect("a PIN"));
        assert_eq!(hash.as_str(), "edd6bc4b4b5f193c1994ccd22a9130f939e4822bed598bdd495ceff3a0000948");
        let other = PinKey::new(b"0123456789abcdeX").expect("long enough");
        assert_ne!(other.hash(&Pin::parse("471108").expect("a PIN")), hash);
        assert!(PinKey::new(b"short").is_none());
        assert_eq!(format!("{key:?}"), "***");
    }
}
