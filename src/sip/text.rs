//! Header bytes that are not UTF-8, carried in a `String` and given back unchanged.
//!
//! RFC 3261 wants UTF-8, but phones and exchanges send display names in Latin-1 or Shift_JIS, and a
//! call must not die of its caller's name. Each offending byte `0x80..=0xFF` becomes the private-use
//! character `U+F700 + byte`. A peer's own `U+F780..=U+F7FF` is carried byte by byte too, so the way
//! back is unambiguous.

const BASE: u32 = 0xF700;

/// Header bytes as text; the inverse of [`restore`].
pub(super) fn carry(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() || !text.chars().any(is_carrier) => text.to_owned(),
        _ => carry_each(bytes),
    }
}

fn carry_each(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_carrier(c) {
                c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| text.push(carrier(byte)));
            } else {
                text.push(c);
            }
        }
        chunk.invalid().iter().for_each(|&byte| text.push(carrier(byte)));
    }
    text
}

/// Appends the bytes that `text` stands for.
pub(super) fn restore(text: &str, out: &mut Vec<u8>) {
    if text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for c in text.chars() {
        match carried(c) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn carrier(byte: u8) -> char {
    char::from_u32(BASE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn carried(c: char) -> Option<u8> {
    u8::try_from(u32::from(c).checked_sub(BASE)?).ok().filter(|byte| *byte >= 0x80)
}

fn is_carrier(c: char) -> bool {
    carried(c).is_some()
}

#[cfg(test)]
mod tests {
    use super::{carry, restore};

    fn round(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        restore(&carry(bytes), &mut out);
        out
    }

    #[test]
    fn any_bytes_come_back_unchanged() {
        let all: Vec<u8> = (0..=255).collect();
        let cases: [&[u8]; 5] =
            [b"plain", "窓口".as_bytes(), b"\x91\x8b\x8c\xfb J\xf6rg", "\u{F780}\u{F7FF}x".as_bytes(), &all];
        for bytes in cases {
            assert_eq!(round(bytes), bytes);
        }
    }

    #[test]
    fn utf8_stays_readable() {
        assert_eq!(carry("窓口 \u{E000}".as_bytes()), "窓口 \u{E000}");
        assert_eq!(carry(b"J\xf6rg"), "J\u{F7F6}rg");
    }
}
