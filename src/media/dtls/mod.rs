//! Keys agreed on where the audio flows: one DTLS association of one stream (RFC 5763, RFC 5764).
//!
//! The handshake is dimpl's, its cryptography ring's ([`cryptography`]). What we add is whom to believe: the
//! certificate has to be the one that the description names, and nothing is made of keys before it was.
//!
//! ```text
//!   Idle ---- begun, or the peer's first message ----> Shaking ---- keys, right certificate ----> Open
//!     |                                                   |
//!     +------------------ too long -------------------+---+ another certificate, no common ground
//!                                                     v
//!                                                  Failed
//! ```
//!
//! `Open` goes on answering: a peer that missed our last message sends its own again.

mod cryptography;
mod identity;

pub use identity::Identity;

use crate::base::{Instant, Secret};
use crate::sdp::{self, Fingerprint, Keys, Role, Suite};
use dimpl::{Dtls, Output, SrtpProfile};
use std::sync::Arc;
use std::time::Duration;

/// How long agreeing on keys may take, from when the far side could begin.
const PATIENCE: Duration = Duration::from_secs(20);
/// Room for one datagram of the handshake.
const DATAGRAM: usize = 2_048;

/// Why there are no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The certificate is not the one that the description names: somebody else may be there.
    WrongCertificate,
    /// The far side speaks no DTLS that we do, or ended it.
    NotAgreed,
    /// It was not done in time.
    TooLate,
}

/// What came of a message, or of time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Both directions' keys.
    Keys(Box<Keys>),
    /// There will be none.
    Failed(Failure),
}

/// One association.
#[derive(Debug)]
pub(super) struct Association {
    dtls: Box<Dtls>,
    identity: Arc<Identity>,
    agreed: sdp::Dtls,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle { until: Instant },
    Shaking { until: Instant, again_at: Option<Instant>, is_theirs: bool },
    Open { again_at: Option<Instant> },
    Failed,
}

impl Association {
    /// Nothing said yet.
    pub(super) fn new(now: Instant, identity: Arc<Identity>, agreed: sdp::Dtls) -> Association {
        let dtls = Box::new(identity.association(now, agreed.role));
        Association { dtls, identity, agreed, state: State::Idle { until: now + PATIENCE } }
    }

    /// Whether it is with this certificate.
    pub(super) fn is_with(&self, theirs: Fingerprint) -> bool {
        self.agreed.theirs == theirs
    }

    /// The far side can be reached: who begins does.
    pub(super) fn begin(&mut self, now: Instant, send: impl FnMut(&[u8])) -> Option<Told> {
        match (self.state, self.agreed.role) {
            (State::Idle { .. }, Role::Active) => self.wake(now, send),
            (State::Idle { .. } | State::Shaking { .. } | State::Open { .. } | State::Failed, _) => None,
        }
    }

    /// Takes a datagram of the far side's.
    pub(super) fn take(&mut self, now: Instant, bytes: &[u8], send: impl FnMut(&[u8])) -> Option<Told> {
        if self.state == State::Failed {
            return None;
        }
        let at = self.identity.moment(now);
        let taken = self.dtls.handle_timeout(at).and_then(|()| self.dtls.handle_packet(bytes));
        match taken {
            Ok(()) => self.drain(now, send),
            Err(_) => self.broken(),
        }
    }

    /// When it wants to be called.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Idle { until } => Some(until),
            State::Shaking { until, again_at, .. } => Some(again_at.map_or(until, |at| at.min(until))),
            State::Open { again_at } => again_at,
            State::Failed => None,
        }
    }

    /// Sends again what may be lost.
    pub(super) fn handle_deadline(&mut self, now: Instant, send: impl FnMut(&[u8])) -> Option<Told> {
        match self.state {
            State::Idle { until } | State::Shaking { until, .. } if until <= now => {
                Some(self.fail(Failure::TooLate))
            }
            State::Shaking { .. } | State::Open { .. } if self.deadline().is_some_and(|at| at <= now) => {
                self.wake(now, send)
            }
            State::Idle { .. } | State::Shaking { .. } | State::Open { .. } | State::Failed => None,
        }
    }

    fn wake(&mut self, now: Instant, send: impl FnMut(&[u8])) -> Option<Told> {
        let at = self.identity.moment(now);
        match self.dtls.handle_timeout(at) {
            Ok(()) => self.drain(now, send),
            Err(_) => self.broken(),
        }
    }

    /// Once there are keys, the association has done its work, however it ends.
    fn broken(&mut self) -> Option<Told> {
        match self.state {
            State::Open { .. } => {
                self.state = State::Open { again_at: None };
                None
            }
            State::Idle { .. } | State::Shaking { .. } => Some(self.fail(Failure::NotAgreed)),
            State::Failed => None,
        }
    }

    fn fail(&mut self, why: Failure) -> Told {
        self.state = State::Failed;
        Told::Failed(why)
    }

    fn drain(&mut self, now: Instant, mut send: impl FnMut(&[u8])) -> Option<Told> {
        let mut told = None;
        let mut buffer = [0; DATAGRAM];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(bytes) => send(bytes),
                Output::PeerCert(der) => {
                    if Identity::fingerprint_of(der) != self.agreed.theirs {
                        return Some(self.fail(Failure::WrongCertificate));
                    }
                    self.shaking(now, true);
                }
                Output::KeyingMaterial(material, profile) => {
                    told = self.keys(&material, profile).or(told);
                }
                Output::Timeout(at) => {
                    self.again(now, self.identity.instant(at));
                    return told;
                }
                Output::BufferTooSmall { .. } => return self.broken().or(told),
                // The far side says goodbye here too: its BYE ends the call.
                _ => {}
            }
        }
    }

    fn shaking(&mut self, now: Instant, theirs: bool) {
        if let State::Idle { until } | State::Shaking { until, .. } = self.state {
            self.state = State::Shaking { until, again_at: Some(now), is_theirs: theirs };
        }
    }

    fn again(&mut self, now: Instant, at: Instant) {
        let again_at = (at > now).then_some(at);
        match &mut self.state {
            State::Idle { until } => {
                self.state = State::Shaking { until: *until, again_at, is_theirs: false };
            }
            State::Shaking { again_at: kept, .. } | State::Open { again_at: kept } => *kept = again_at,
            State::Failed => {}
        }
    }

    /// RFC 5764 4.2: client's key, server's key, client's salt, server's salt.
    fn keys(&mut self, material: &[u8], profile: SrtpProfile) -> Option<Told> {
        let State::Shaking { is_theirs: true, .. } = self.state else { return None };
        let suite = match profile {
            SrtpProfile::AES128_CM_SHA1_80 => Suite::AesCm128HmacSha1Tag80,
            SrtpProfile::AEAD_AES_128_GCM => Suite::AeadAes128Gcm,
            SrtpProfile::AEAD_AES_256_GCM => Suite::AeadAes256Gcm,
            _ => return Some(self.fail(Failure::NotAgreed)),
        };
        let (key, salt) = (suite.key_bytes(), suite.salt_bytes());
        let master = |number: usize| {
            let of_key = material.get(number * key..(number + 1) * key)?;
            let salts = material.get(2 * key..)?;
            Some(Secret::new([of_key, salts.get(number * salt..(number + 1) * salt)?].concat()))
        };
        let (ours, theirs) = match self.agreed.role {
            Role::Active => (master(0)?, master(1)?),
            Role::Passive => (master(1)?, master(0)?),
        };
        self.state = State::Open { again_at: None };
        Some(Told::Keys(Box::new(Keys { suite, ours, theirs })))
    }
}

#[cfg(test)]
mod tests;
