//! Who may check whether packets get through: `a=ice-ufrag`, `a=ice-pwd`, our one candidate (RFC 8839).

use crate::base::{Rng, Secret};
use std::net::SocketAddr;

/// Characters that a user fragment and a password are made of (RFC 8839 5.4).
const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Priority of our only candidate: a host's, of the first component (RFC 8445 5.1.2.1).
const PRIORITY: u32 = (126 << 24) | (65_535 << 8) | 255;

/// What one side's checks are known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user fragment.
    pub ufrag: String,
    /// The password.
    pub password: Secret<String>,
}

/// The credentials of both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ice {
    /// Ours: checks that the peer sends are sealed with our password.
    pub ours: Credentials,
    /// The peer's. We send no checks: of these only the name is looked at.
    pub theirs: Credentials,
}

impl Credentials {
    /// Credentials that nobody can guess.
    pub fn fresh(rng: &mut Rng) -> Credentials {
        let mut letters = |count: usize| -> String {
            (0..count).map(|_| char::from(ICE_CHARS[(rng.next_u32() % 64) as usize])).collect()
        };
        Credentials { ufrag: letters(8), password: Secret::new(letters(24)) }
    }

    /// Reads the values of the two attributes. `None`: shorter or longer than they may be, or of other characters.
    pub(super) fn read(ufrag: &str, password: &str) -> Option<Credentials> {
        let fits = |text: &str, least| {
            (least..=256).contains(&text.len()) && text.bytes().all(|b| ICE_CHARS.contains(&b))
        };
        let both = fits(ufrag, 4) && fits(password, 22);
        both.then(|| Credentials { ufrag: ufrag.to_owned(), password: Secret::new(password.to_owned()) })
    }
}

/// The value of our `a=candidate`: the socket's own address, RTP and RTCP on one port.
pub(super) fn candidate(address: SocketAddr) -> String {
    format!("1 1 UDP {PRIORITY} {} {} typ host", address.ip(), address.port())
}
