//! A challenge, an empty line, and the request it is for: whatever is answered reads again and tells no password.

use madoguchi::sip::{Challenge, Credentials, Method, Uri};

/// Longer than anything a challenge is made of by chance.
const PASSWORD: &str = "correct-horse-battery-staple";

/// No panic; an answer that reads as itself, is the same again, and differs where the password does.
pub fn run(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let (challenge, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let Ok(challenge) = Challenge::parse(challenge.trim()) else { return false };
    let (uri, body) = rest.split_once('\n').unwrap_or((rest, ""));
    let Ok(uri) = Uri::parse(uri.trim()).or_else(|_| Uri::parse("sip:trunk.example")) else { return false };
    let answer = |password: &str, nc: u32| {
        challenge.answer("0312345678", password, &Method::Invite, &uri, body.as_bytes(), "0a4f113b", nc)
    };
    let (ours, again, others) = (answer(PASSWORD, 1), answer(PASSWORD, 1), answer("another", 1));
    let written = ours.to_string();
    assert!(!written.contains(PASSWORD));
    assert_eq!(written, again.to_string());
    assert_ne!(written, others.to_string());
    assert!(!written.contains(['\r', '\n']), "{written:?} would end its line");
    assert_eq!(Credentials::parse(&written).as_ref(), Ok(&ours));
    answer(PASSWORD, u32::MAX);
    true
}
