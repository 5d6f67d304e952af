//! The sixteen keys of a telephone (ITU-T Q.23).

use std::fmt;

/// One key: `0`-`9`, `*`, `#`, `A`-`D`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digit(u8);

/// Keys in the order of their RFC 4733 event codes 0 to 15.
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

impl Digit {
    /// The key of this character; lower-case letters count.
    pub fn from_char(c: char) -> Option<Digit> {
        let c = u8::try_from(c).ok()?.to_ascii_uppercase();
        KEYS.contains(&c).then_some(Digit(c))
    }

    /// The key of an RFC 4733 event code; codes above 15 are no keys.
    pub fn from_event(code: u8) -> Option<Digit> {
        KEYS.get(usize::from(code)).copied().map(Digit)
    }

    /// The RFC 4733 event code, 0 to 15.
    pub fn event(self) -> u8 {
        let at = KEYS.iter().position(|k| *k == self.0);
        at.and_then(|i| u8::try_from(i).ok()).expect("a Digit holds one of KEYS")
    }

    /// The key as a character.
    pub fn as_char(self) -> char {
        char::from(self.0)
    }

    /// The value of a decimal key; `None` for `*`, `#` and letters.
    pub fn decimal(self) -> Option<u8> {
        self.0.is_ascii_digit().then(|| self.0 - b'0')
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_char())
    }
}

impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digit({})", self.as_char())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_survives_its_event_code_and_flash_is_no_key() {
        for c in "0123456789*#ABCD".chars() {
            let key = Digit::from_char(c).expect("a key");
            assert_eq!(Digit::from_event(key.event()), Some(key));
        }
        assert_eq!(Digit::from_event(16), None);
        assert_eq!(Digit::from_char('d').map(Digit::as_char), Some('D'));
        assert_eq!(Digit::from_char('２'), None);
    }
}
