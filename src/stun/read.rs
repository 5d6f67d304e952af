//! Bytes to a [`Message`].

use super::integrity::{fingerprint, is_mac};
use super::{
    BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, FINGERPRINT, HEAD, ICE_CONTROLLED, MAGIC_COOKIE,
    MESSAGE_INTEGRITY, PRIORITY, USE_CANDIDATE, USERNAME, XOR_MAPPED_ADDRESS,
};
use std::net::{IpAddr, SocketAddr};

/// Most attributes that are looked at; a check has half a dozen.
const MAX_ATTRIBUTES: usize = 32;
/// Numbers below this one must be understood (RFC 8489 14).
const FIRST_OPTIONAL: u16 = 0x8000;

/// A Binding message whose fingerprint holds.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    kind: u16,
    /// Tells a transaction; an answer bears its request's.
    pub transaction: [u8; 12],
    bytes: &'a [u8],
}

/// Whether a message proves to be from somebody who knows the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// It does.
    Yes,
    /// It bears a proof that does not hold.
    No,
    /// It bears none.
    Missing,
}

#[derive(Clone, Copy)]
struct Attribute<'a> {
    number: u16,
    value: &'a [u8],
    /// Where its head begins in the message.
    at: usize,
}

/// Whether these bytes are STUN beside RTP and DTLS on one port (RFC 7983 7).
pub fn is_stun(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| *first < 4) && word(bytes, 4) == Some(MAGIC_COOKIE)
}

/// Reads a Binding message. `None`: it is none, it is cut off or too long, or its fingerprint is missing or wrong,
/// which every check of ICE has (RFC 8445 7.1.1).
pub fn read(bytes: &[u8]) -> Option<Message<'_>> {
    let kind = half(bytes, 0)?;
    let length = usize::from(half(bytes, 2)?);
    let is_binding = [BINDING_REQUEST, BINDING_SUCCESS, BINDING_ERROR].contains(&kind);
    if !is_stun(bytes) || !is_binding || length % 4 != 0 || bytes.len() != HEAD + length {
        return None;
    }
    let transaction = bytes.get(8..HEAD)?.try_into().ok()?;
    let message = Message { kind, transaction, bytes };
    let last = message.attributes().last()?;
    let shown = word(last.value, 0).filter(|_| last.number == FINGERPRINT && last.value.len() == 4)?;
    let ends = last.at + 4 + last.value.len() == bytes.len();
    (ends && fingerprint(bytes.get(..last.at)?) == shown).then_some(message)
}

impl<'a> Message<'a> {
    /// Whether it asks, rather than answers.
    pub fn is_request(&self) -> bool {
        self.kind == BINDING_REQUEST
    }

    /// Whether it is the answer that all is well.
    pub fn is_success(&self) -> bool {
        self.kind == BINDING_SUCCESS
    }

    /// Who it says it is from: `theirs-to-read:their-own` (RFC 8445 7.2.2).
    pub fn username(&self) -> Option<&'a str> {
        std::str::from_utf8(self.value(USERNAME)?).ok()
    }

    /// Whether it is sealed with this password. What stands behind the seal is not covered by it.
    pub fn sealed(&self, password: &str) -> Sealed {
        let Some(seal) = self.attributes().find(|a| a.number == MESSAGE_INTEGRITY) else {
            return Sealed::Missing;
        };
        match self.bytes.get(..seal.at).is_some_and(|before| is_mac(before, password, seal.value)) {
            true => Sealed::Yes,
            false => Sealed::No,
        }
    }

    /// How much its sender likes the address that it came from (RFC 8445 7.1.1).
    pub fn priority(&self) -> Option<u32> {
        word(self.value(PRIORITY)?, 0)
    }

    /// Whether its sender wants this pair of addresses to be used.
    pub fn nominates(&self) -> bool {
        self.value(USE_CANDIDATE).is_some()
    }

    /// Whether its sender takes itself for the side that is led.
    pub fn is_from_controlled(&self) -> bool {
        self.value(ICE_CONTROLLED).is_some()
    }

    /// The address that its sender saw a request come from.
    pub fn mapped_address(&self) -> Option<SocketAddr> {
        let value = self.value(XOR_MAPPED_ADDRESS)?;
        let port = half(value, 2)? ^ (MAGIC_COOKIE >> 16) as u16;
        let mask = self.bytes.get(4..HEAD)?;
        let plain: Vec<u8> = value.get(4..)?.iter().zip(mask).map(|(a, b)| a ^ b).collect();
        let ip = match (*value.get(1)?, plain.len()) {
            (1, 4) => IpAddr::from(<[u8; 4]>::try_from(plain).ok()?),
            (2, 16) => IpAddr::from(<[u8; 16]>::try_from(plain).ok()?),
            _ => return None,
        };
        Some(SocketAddr::new(ip, port))
    }

    /// Numbers of attributes that have to be understood and are not (RFC 8489 6.3).
    pub fn not_understood(&self) -> Vec<u16> {
        let known = [USERNAME, MESSAGE_INTEGRITY, PRIORITY, USE_CANDIDATE, XOR_MAPPED_ADDRESS];
        let strange = |number: &u16| *number < FIRST_OPTIONAL && !known.contains(number);
        self.attributes().map(|a| a.number).filter(strange).collect()
    }

    fn value(&self, number: u16) -> Option<&'a [u8]> {
        let sealed = |a: &Attribute<'_>| a.number != MESSAGE_INTEGRITY;
        self.attributes().take_while(sealed).find(|a| a.number == number).map(|a| a.value)
    }

    fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let bytes = self.bytes;
        let mut at = HEAD;
        let next = move || {
            let (number, length) = (half(bytes, at)?, usize::from(half(bytes, at + 2)?));
            let attribute = Attribute { number, value: bytes.get(at + 4..at + 4 + length)?, at };
            at += 4 + length.next_multiple_of(4);
            Some(attribute)
        };
        std::iter::from_fn(next).take(MAX_ATTRIBUTES)
    }
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let hex: String = hex.split_whitespace().collect();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
    }

    const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

    /// RFC 5769 2.1.
    fn sample_request() -> Vec<u8> {
        bytes(
            "00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 \
             00240004 6e0001ff 80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 \
             00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2 80280004 e57a3bcf",
        )
    }

    #[test]
    fn the_request_of_rfc_5769_is_read() {
        let bytes = sample_request();
        let request = read(&bytes).expect("a request");
        assert!(request.is_request() && request.is_from_controlled() && !request.nominates());
        assert_eq!(request.username(), Some("evtj:h6vY"));
        assert_eq!(request.priority(), Some(0x6e00_01ff));
        assert_eq!(request.sealed(PASSWORD), Sealed::Yes);
        assert_eq!(request.sealed("another"), Sealed::No);
        assert_eq!(request.not_understood(), [0u16; 0]);
    }

    /// RFC 5769 2.2 and 2.3.
    #[test]
    fn the_answers_of_rfc_5769_are_read() {
        let answers = [
            (
                "0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 \
                 00200008 0001a147 e112a643 00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 \
                 80280004 c07d4c96",
                "192.0.2.1:32853",
            ),
            (
                "01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 \
                 00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 \
                 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c",
                "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
            ),
        ];
        for (hex, address) in answers {
            let bytes = bytes(hex);
            let answer = read(&bytes).expect("an answer");
            assert!(answer.is_success());
            assert_eq!(answer.mapped_address(), address.parse().ok());
            assert_eq!(answer.sealed(PASSWORD), Sealed::Yes);
        }
    }

    #[test]
    fn a_message_that_was_changed_or_cut_is_none() {
        let good = sample_request();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x40;
            assert!(read(&bad).is_none(), "byte {at}");
            assert!(read(&good[..at]).is_none(), "{at} bytes");
        }
    }
}
