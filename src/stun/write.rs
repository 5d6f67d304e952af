//! Answers to connectivity checks, and the check itself for whoever tests them.

use super::integrity::{fingerprint, seal};
use super::{
    BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, ERROR_CODE, FINGERPRINT, HEAD, ICE_CONTROLLING,
    MAGIC_COOKIE, Message, PRIORITY, UNKNOWN_ATTRIBUTES, USE_CANDIDATE, USERNAME, XOR_MAPPED_ADDRESS,
};
use std::net::{IpAddr, SocketAddr};

/// Most strange attributes that an answer names.
const MAX_NAMED: usize = 8;

/// Why a check is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It says not who it is from (RFC 8489 9.1.3).
    BadRequest,
    /// It does not prove who it is from.
    Unauthenticated,
    /// It bears what has to be understood and is not.
    UnknownAttributes(Vec<u16>),
    /// Both sides take themselves for led: its sender is to lead (RFC 8445 7.3.1.1).
    RoleConflict,
}

impl Refusal {
    fn code(&self) -> (u16, &'static str) {
        match self {
            Refusal::BadRequest => (400, "Bad Request"),
            Refusal::Unauthenticated => (401, "Unauthenticated"),
            Refusal::UnknownAttributes(_) => (420, "Unknown Attribute"),
            Refusal::RoleConflict => (487, "Role Conflict"),
        }
    }
}

/// The answer to a good check: where it was seen to come from.
pub fn success(request: &Message<'_>, seen: SocketAddr, password: &str) -> Vec<u8> {
    let mut message = begun(BINDING_SUCCESS, request.transaction);
    let mask = [&MAGIC_COOKIE.to_be_bytes()[..], &request.transaction].concat();
    let (family, ip) = match seen.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let port = seen.port() ^ (MAGIC_COOKIE >> 16) as u16;
    let mut value = vec![0, family];
    value.extend_from_slice(&port.to_be_bytes());
    value.extend(ip.iter().zip(&mask).map(|(a, b)| a ^ b));
    add(&mut message, XOR_MAPPED_ADDRESS, &value);
    seal(&mut message, password);
    finished(message)
}

/// The answer to a check that is not taken; sealed where its sender has proved to know the password.
pub fn refusal(request: &Message<'_>, why: &Refusal, password: Option<&str>) -> Vec<u8> {
    let mut message = begun(BINDING_ERROR, request.transaction);
    let (code, phrase) = why.code();
    let mut value = vec![0, 0, (code / 100) as u8, (code % 100) as u8];
    value.extend_from_slice(phrase.as_bytes());
    add(&mut message, ERROR_CODE, &value);
    if let Refusal::UnknownAttributes(numbers) = why {
        let named: Vec<u8> = numbers.iter().take(MAX_NAMED).flat_map(|n| n.to_be_bytes()).collect();
        add(&mut message, UNKNOWN_ATTRIBUTES, &named);
    }
    if let Some(password) = password {
        seal(&mut message, password);
    }
    finished(message)
}

/// A check as the leading side sends it; the engine itself only answers.
pub fn request(
    transaction: [u8; 12],
    username: &str,
    password: &str,
    priority: u32,
    nominates: bool,
) -> Vec<u8> {
    let mut message = begun(BINDING_REQUEST, transaction);
    add(&mut message, USERNAME, username.as_bytes());
    add(&mut message, PRIORITY, &priority.to_be_bytes());
    add(&mut message, ICE_CONTROLLING, &[7; 8]);
    if nominates {
        add(&mut message, USE_CANDIDATE, &[]);
    }
    seal(&mut message, password);
    finished(message)
}

/// A check of a side that takes itself for led.
#[cfg(test)]
pub(crate) fn led_request(transaction: [u8; 12], username: &str, password: &str) -> Vec<u8> {
    let mut message = begun(BINDING_REQUEST, transaction);
    add(&mut message, USERNAME, username.as_bytes());
    add(&mut message, super::ICE_CONTROLLED, &[7; 8]);
    seal(&mut message, password);
    finished(message)
}

fn begun(kind: u16, transaction: [u8; 12]) -> Vec<u8> {
    let mut message = Vec::with_capacity(128);
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&[0, 0]);
    message.extend_from_slice(&MAGIC_COOKIE.to_be_bytes());
    message.extend_from_slice(&transaction);
    message
}

fn finished(mut message: Vec<u8>) -> Vec<u8> {
    let sum = fingerprint(&message);
    add(&mut message, FINGERPRINT, &sum.to_be_bytes());
    message
}

/// Adds an attribute, filled up to whole words, and counts it in the head.
pub(super) fn add(message: &mut Vec<u8>, number: u16, value: &[u8]) {
    message.extend_from_slice(&number.to_be_bytes());
    message.extend_from_slice(&(value.len() as u16).to_be_bytes());
    message.extend_from_slice(value);
    message.resize(message.len().next_multiple_of(4), 0);
    let length = (message.len() - HEAD) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::{Sealed, read};
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let asked = request([3; 12], "ours:theirs", "secret", 77, true);
        let check = read(&asked).expect("a check");
        assert_eq!((check.username(), check.priority()), (Some("ours:theirs"), Some(77)));
        assert!(check.is_request() && check.nominates() && !check.is_from_controlled());
        assert_eq!(check.sealed("secret"), Sealed::Yes);
        for address in ["203.0.113.9:40000", "[2001:db8::9]:5"] {
            let seen = address.parse().expect("an address");
            let bytes = success(&check, seen, "secret");
            let answer = read(&bytes).expect("an answer");
            assert_eq!(answer.mapped_address(), Some(seen));
            assert_eq!((answer.transaction, answer.sealed("secret")), ([3; 12], Sealed::Yes));
        }
    }

    #[test]
    fn a_refusal_names_its_reason_and_is_hardly_longer_than_its_request() {
        let asked = request([3; 12], "ours:theirs", "secret", 77, true);
        let check = read(&asked).expect("a check");
        let strange = Refusal::UnknownAttributes((1..100).collect());
        for (why, code) in [
            (Refusal::BadRequest, [4, 0]),
            (Refusal::Unauthenticated, [4, 1]),
            (strange, [4, 20]),
            (Refusal::RoleConflict, [4, 87]),
        ] {
            let bytes = refusal(&check, &why, None);
            let answer = read(&bytes).expect("an answer");
            assert!(!answer.is_success() && !answer.is_request());
            assert_eq!(bytes[26..28], code);
            assert_eq!(answer.sealed("secret"), Sealed::Missing);
            assert!(bytes.len() < asked.len(), "{why:?}");
            assert_eq!(
                read(&refusal(&check, &why, Some("secret"))).map(|m| m.sealed("secret")),
                Some(Sealed::Yes)
            );
        }
    }
}
