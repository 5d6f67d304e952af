//! Percent escapes in URIs (RFC 3261 19.1.2).

use super::scan::ByteSet;

/// Whether a byte is `unreserved`: it means the same raw and escaped.
fn is_unreserved(byte: u8) -> bool {
    UNRESERVED.has(byte)
}

static UNRESERVED: ByteSet = ByteSet::alphanumeric_and(b"-_.!~*'()");

/// Whether all of `text` is made of `extra`, unreserved characters and whole escapes.
pub(super) fn is_escaped_text(text: &str, extra: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let good = match byte {
            b'%' => is_hex(bytes.next()) && is_hex(bytes.next()),
            _ => is_unreserved(byte) || extra.contains(&byte),
        };
        if !good {
            return false;
        }
    }
    true
}

fn is_hex(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_hexdigit())
}

/// The bytes an escaped text stands for; a `%` that starts no escape stands for itself.
pub(super) fn decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match escaped_byte(rest) {
            Some((byte, after)) => {
                out.push(byte);
                rest = after;
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

fn escaped_byte(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, after @ ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(*high)? << 4 | digit(*low)?, after))
}

/// Escapes everything but unreserved characters and `extra`.
pub(super) fn encode(text: &str, extra: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    text.bytes().for_each(|byte| push(&mut out, byte, extra));
    out
}

/// One spelling for all texts that are equal by RFC 3261 19.1.4: escapes of unreserved characters
/// undone, all other escapes in capitals.
pub(super) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match escaped_byte(rest) {
            Some((byte, after)) => {
                push(&mut out, byte, b"");
                rest = after;
            }
            None => {
                out.push(char::from(*first));
                rest = tail;
            }
        }
    }
    out
}

fn push(out: &mut String, byte: u8, extra: &[u8]) {
    if is_unreserved(byte) || extra.contains(&byte) {
        out.push(char::from(byte));
    } else {
        out.push_str(&format!("%{byte:02X}"));
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, is_escaped_text, normal};

    #[test]
    fn escapes_are_read_once() {
        assert_eq!(decode("%2523"), b"%23");
        assert_eq!(decode("a%00%zz%4"), b"a\0%zz%4");
        assert_eq!(encode("#184 a;b", b";"), "%23184%20a;b");
    }

    #[test]
    fn only_whole_escapes_pass() {
        assert!(is_escaped_text("a%41;", b";"));
        for bad in ["%", "%4", "%4g", "a b", "窓", ";"] {
            assert!(!is_escaped_text(bad, b""), "{bad:?}");
        }
    }

    #[test]
    fn reserved_characters_differ_from_their_escapes() {
        assert_eq!(normal("%61%3b"), "a%3B");
        assert_ne!(normal("a;"), normal("a%3b"));
    }
}
