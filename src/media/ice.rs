//! ICE as the side that only answers checks (RFC 8445 2.5, "lite"): who may be sent to, and for how long.
//!
//! The far side checks which of its addresses reach us, and says which one is to be used. An address that proved in
//! a check to know our password is valid, and its audio is heard; the one that was nominated so is where audio goes
//! to, and no packet of another kind ever changes that. Where checks cease it is not sent to any more (RFC 7675).
//!
//! ```text
//!   Checking --- nominated ---> Selected ---+ nominated elsewhere
//!      |                          |  ^------+
//!      +----- no check for 30 s --+--> Expired     until the far side restarts with new credentials
//! ```
//!
//! Deviations: where several addresses are nominated, the one that its sender likes best is used (RFC 8445 8.1.1),
//! but one that was not nominated again for [`STALE`] makes way for any other: browsers that change their network
//! nominate the new address without a restart. Checks with the credentials before a restart count until the
//! first nomination with the new ones.

use crate::base::Instant;
use crate::sdp::{Credentials, Ice};
use crate::stun::{self, Message, Refusal, Sealed};
use std::net::SocketAddr;
use std::time::Duration;

/// How long an address may be sent to after its last check (RFC 7675 5.1).
pub(super) const CONSENT: Duration = Duration::from_secs(30);
/// How long a nomination counts against one that is liked less.
const STALE: Duration = Duration::from_secs(5);
/// Addresses of one far side that are remembered as valid.
const VALID: usize = 8;

/// What a packet that looks like a check was.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// No check of this stream: nobody is answered.
    Ignored,
    /// One that is not taken, and the answer that says why.
    Refused(Vec<u8>),
    /// A good one, and its answer.
    Good(Vec<u8>),
}

/// The far side's addresses, as checks prove them.
#[derive(Debug)]
pub(super) struct IceLite {
    ice: Ice,
    /// Our credentials before a restart.
    former: Option<Credentials>,
    /// Addresses from which good checks came, the latest last.
    valid: Vec<SocketAddr>,
    path: Path,
}

#[derive(Clone, Copy, Debug)]
enum Path {
    Checking { until: Instant },
    Selected { remote: SocketAddr, priority: u32, nominated_at: Instant, until: Instant },
    Expired,
}

impl IceLite {
    /// Waits for checks.
    pub(super) fn new(now: Instant, ice: Ice) -> IceLite {
        IceLite { ice, former: None, valid: Vec::new(), path: Path::Checking { until: now + CONSENT } }
    }

    /// Takes a new agreement. Other credentials of ours are a restart (RFC 8445 9): the address goes on being used
    /// until another is nominated.
    pub(super) fn reconfigure(&mut self, now: Instant, ice: Ice) {
        if ice.ours != self.ice.ours {
            self.former = Some(self.ice.ours.clone());
            self.valid.clear();
            self.path = match self.path {
                Path::Selected { remote, priority, nominated_at, .. } => {
                    Path::Selected { remote, priority, nominated_at, until: now + CONSENT }
                }
                Path::Checking { .. } | Path::Expired => Path::Checking { until: now + CONSENT },
            };
        }
        self.ice = ice;
    }

    /// Where packets go; `None`: nowhere yet, or not any more.
    pub(super) fn remote(&self) -> Option<SocketAddr> {
        match self.path {
            Path::Selected { remote, .. } => Some(remote),
            Path::Checking { .. } | Path::Expired => None,
        }
    }

    /// Whether packets from there may be the far side's.
    pub(super) fn is_valid(&self, from: SocketAddr) -> bool {
        self.remote() == Some(from) || self.valid.contains(&from)
    }

    /// When to look whether checks still come.
    pub(super) fn check_at(&self) -> Option<Instant> {
        match self.path {
            Path::Checking { until } | Path::Selected { until, .. } => Some(until),
            Path::Expired => None,
        }
    }

    /// Looks, where it is time: true where checks have ceased, once.
    pub(super) fn has_expired(&mut self, now: Instant) -> bool {
        let expired = self.check_at().is_some_and(|until| until <= now);
        if expired {
            self.path = Path::Expired;
        }
        expired
    }

    /// Takes a packet that looks like STUN.
    pub(super) fn take(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) -> Checked {
        let Some(check) = stun::read(bytes).filter(Message::is_request) else { return Checked::Ignored };
        let Some(name) = check.username() else { return refused(&check, &Refusal::BadRequest, None) };
        let named = name.split(':').next().unwrap_or_default();
        let former = self.former.as_ref().filter(|former| former.ufrag == named);
        let ours = former.unwrap_or(&self.ice.ours);
        let (is_former, password) = (former.is_some(), ours.password.reveal().clone());
        match check.sealed(&password) {
            Sealed::Missing => return refused(&check, &Refusal::BadRequest, None),
            Sealed::Yes if ours.ufrag == named => {}
            Sealed::Yes | Sealed::No => return refused(&check, &Refusal::Unauthenticated, None),
        }
        let strange = check.not_understood();
        if !strange.is_empty() {
            return refused(&check, &Refusal::UnknownAttributes(strange), Some(&password));
        }
        if check.is_from_controlled() {
            return refused(&check, &Refusal::RoleConflict, Some(&password));
        }
        self.note(now, from, &check, is_former);
        Checked::Good(stun::success(&check, from, &password))
    }

    fn note(&mut self, now: Instant, from: SocketAddr, check: &Message<'_>, is_former: bool) {
        if !is_former {
            self.valid.retain(|valid| *valid != from);
            if self.valid.len() == VALID {
                self.valid.remove(0);
            }
            self.valid.push(from);
        }
        if let Path::Selected { remote, until, .. } = &mut self.path
            && *remote == from
        {
            *until = now + CONSENT;
        }
        if check.nominates() {
            self.nominate(now, from, check.priority().unwrap_or(0), is_former);
        }
    }

    fn nominate(&mut self, now: Instant, from: SocketAddr, liked: u32, is_former: bool) {
        let taken = match self.path {
            Path::Checking { .. } => true,
            Path::Selected { remote, priority, nominated_at, .. } => {
                let is_stale = now.saturating_since(nominated_at) >= STALE;
                let is_first = self.former.is_some() && !is_former;
                remote == from || liked >= priority || is_stale || is_first
            }
            Path::Expired => false,
        };
        if taken && (!is_former || self.remote() == Some(from)) {
            self.path =
                Path::Selected { remote: from, priority: liked, nominated_at: now, until: now + CONSENT };
        }
        if !is_former {
            self.former = None;
        }
    }
}

fn refused(check: &Message<'_>, why: &Refusal, password: Option<&str>) -> Checked {
    Checked::Refused(stun::refusal(check, why, password))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Rng, Secret};

    const HOME: &str = "203.0.113.5:61000";
    const AWAY: &str = "198.51.100.7:7000";

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    fn addr(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn ice(seed: u64) -> Ice {
        let mut rng = Rng::from_seed(seed);
        Ice { ours: Credentials::fresh(&mut rng), theirs: Credentials::fresh(&mut rng) }
    }

    fn check(ice: &Ice, liked: u32, nominates: bool) -> Vec<u8> {
        let name = format!("{}:{}", ice.ours.ufrag, ice.theirs.ufrag);
        stun::request([1; 12], &name, ice.ours.password.reveal(), liked, nominates)
    }

    fn code(checked: &Checked) -> Option<u16> {
        let Checked::Refused(bytes) = checked else { return None };
        assert!(stun::read(bytes).is_some(), "an answer");
        Some(u16::from(bytes[26]) * 100 + u16::from(bytes[27]))
    }

    #[test]
    fn an_address_is_used_once_it_is_nominated_and_never_by_a_stranger() {
        let (ours, mut lite) = (ice(1), IceLite::new(at(0), ice(1)));
        assert!(matches!(lite.take(at(1), addr(HOME), &check(&ours, 9, false)), Checked::Good(_)));
        assert_eq!((lite.remote(), lite.is_valid(addr(HOME))), (None, true));
        assert!(matches!(lite.take(at(2), addr(HOME), &check(&ours, 9, true)), Checked::Good(_)));
        assert_eq!(lite.remote(), Some(addr(HOME)));
        let forged =
            Ice { ours: Credentials { password: Secret::new("x".repeat(24)), ..ours.ours.clone() }, ..ours };
        assert_eq!(code(&lite.take(at(3), addr(AWAY), &check(&forged, 99, true))), Some(401));
        assert_eq!(code(&lite.take(at(3), addr(AWAY), &check(&ice(2), 99, true))), Some(401));
        assert_eq!((lite.remote(), lite.is_valid(addr(AWAY))), (Some(addr(HOME)), false));
    }

    #[test]
    fn what_is_no_check_is_ignored_and_a_nameless_one_refused() {
        let (ours, mut lite) = (ice(1), IceLite::new(at(0), ice(1)));
        let good = check(&ours, 9, true);
        for bytes in [&good[..19], &[0; 40], &good[1..]] {
            assert_eq!(lite.take(at(1), addr(HOME), bytes), Checked::Ignored);
        }
        let parsed = stun::read(&good).expect("a check");
        let answer = stun::success(&parsed, addr(HOME), "secret");
        assert_eq!(lite.take(at(1), addr(HOME), &answer), Checked::Ignored, "an answer to nothing");
        let nameless = stun::request([1; 12], "", "secret", 1, true);
        assert_eq!(code(&lite.take(at(1), addr(HOME), &nameless)), Some(401));
        assert_eq!(lite.remote(), None);
    }

    #[test]
    fn the_best_liked_of_several_nominations_is_used_while_it_is_fresh() {
        let (ours, mut lite) = (ice(1), IceLite::new(at(0), ice(1)));
        let mut nominate = |ms, from, liked| {
            lite.take(at(ms), addr(from), &check(&ours, liked, true));
            lite.remote()
        };
        assert_eq!(nominate(0, HOME, 50), Some(addr(HOME)));
        assert_eq!(nominate(10, AWAY, 40), Some(addr(HOME)));
        assert_eq!(nominate(20, AWAY, 60), Some(addr(AWAY)));
        assert_eq!(nominate(30, HOME, 50), Some(addr(AWAY)));
        assert_eq!(nominate(5_020, HOME, 50), Some(addr(HOME)), "the other is not nominated any more");
    }

    #[test]
    fn consent_lasts_thirty_seconds_after_the_last_check() {
        let (ours, mut lite) = (ice(1), IceLite::new(at(0), ice(1)));
        lite.take(at(0), addr(HOME), &check(&ours, 9, true));
        lite.take(at(20_000), addr(HOME), &check(&ours, 9, false));
        lite.take(at(25_000), addr(AWAY), &check(&ours, 9, false));
        assert_eq!((lite.check_at(), lite.has_expired(at(49_999))), (Some(at(50_000)), false));
        assert!(lite.has_expired(at(50_000)) && !lite.has_expired(at(50_001)), "told once");
        assert_eq!((lite.remote(), lite.check_at()), (None, None));
        lite.take(at(50_002), addr(HOME), &check(&ours, 9, true));
        assert_eq!(lite.remote(), None, "until a restart");
        let mut silent = IceLite::new(at(0), ice(1));
        assert!(silent.has_expired(at(30_000)));
    }

    #[test]
    fn after_a_restart_the_old_address_is_used_until_a_new_one_is_nominated() {
        let (old, new) = (ice(1), ice(2));
        let mut lite = IceLite::new(at(0), old.clone());
        lite.take(at(0), addr(HOME), &check(&old, 50, true));
        lite.reconfigure(at(1_000), new.clone());
        assert!(matches!(lite.take(at(1_001), addr(HOME), &check(&old, 50, true)), Checked::Good(_)));
        assert_eq!(lite.remote(), Some(addr(HOME)));
        lite.take(at(1_002), addr(AWAY), &check(&new, 40, true));
        assert_eq!(lite.remote(), Some(addr(AWAY)));
        assert_eq!(code(&lite.take(at(1_003), addr(HOME), &check(&old, 99, true))), Some(401));
    }

    #[test]
    fn a_far_side_that_wants_to_be_led_is_told_to_lead() {
        let (ours, mut lite) = (ice(1), IceLite::new(at(0), ice(1)));
        let name = format!("{}:{}", ours.ours.ufrag, ours.theirs.ufrag);
        let led = stun::led_request([1; 12], &name, ours.ours.password.reveal());
        assert_eq!(code(&lite.take(at(1), addr(HOME), &led)), Some(487));
        assert!(!lite.is_valid(addr(HOME)));
    }
}
