//! Keys in SIP INFO: `application/dtmf-relay` and `application/dtmf`.

use crate::base::Digit;

/// The key of an INFO, where it carries one. Events above 15 (flash) are no keys.
pub fn digit(content_type: &str, body: &[u8]) -> Option<Digit> {
    let text = std::str::from_utf8(body).ok()?;
    let media_type = content_type.split(';').next()?.trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/dtmf-relay" => key(signal(text)?),
        "application/dtmf" => key(text.trim()),
        _ => None,
    }
}

fn signal(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("signal").then(|| value.trim())
    })
}

/// A key by its character, or as some phones write `*` and `#`, by its event code 10 or 11.
fn key(text: &str) -> Option<Digit> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Digit::from_char(c),
        _ => text.parse().ok().filter(|code| *code >= 10).and_then(Digit::from_event),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bodies_carry_a_key() {
        let relay = |body: &str| digit("application/dtmf-relay", body.as_bytes()).map(Digit::as_char);
        assert_eq!(relay("Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(relay("Signal= #\nDuration=100"), Some('#'));
        assert_eq!(relay("signal=10\r\n"), Some('*'));
        assert_eq!(relay("Signal=16\r\n"), None);
        assert_eq!(relay("Duration=160\r\n"), None);
        assert_eq!(digit("application/dtmf; charset=utf-8", b"7\r\n").map(Digit::as_char), Some('7'));
        assert_eq!(digit("text/plain", b"7"), None);
        assert_eq!(digit("application/dtmf", b"\xff"), None);
    }
}
