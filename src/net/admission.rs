//! What sources that nobody configured may take: messages and new calls a second, connections at once.
//!
//! A bucket is one moment: until when what was admitted is paid for (the leaky bucket as a meter, ITU-T
//! I.371). A source whose moments have passed is as one never seen, so that the table can forget it
//! without losing anything; where the table is full of sources that are not at rest, newcomers share one
//! bucket, and whoever sends from made-up addresses gains nothing. Trunks and desks are exempt; what they
//! send beyond a stranger's share is counted all the same.

use super::counters::Counters;
use crate::base::limits;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What one source that nobody configured may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrangerLimits {
    /// SIP messages a second, over two seconds.
    pub messages_per_second: u32,
    /// INVITEs a second, over two seconds.
    pub calls_per_second: u32,
    /// Connections at once.
    pub connections: usize,
}

/// How many seconds' worth may come at once.
const BURST_S: u32 = 2;
/// What all strangers together may take, in shares of one.
const TOGETHER: u32 = 10;
/// The least time between two searches of a full table for sources at rest.
const SWEEP: Duration = Duration::from_millis(100);

/// Who may come in now.
#[derive(Debug)]
pub(super) struct Admission {
    limits: Option<StrangerLimits>,
    table: Mutex<Table>,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Table {
    exempt: BTreeSet<IpAddr>,
    sources: BTreeMap<IpAddr, Buckets>,
    /// Of sources that found no place in the table.
    crowd: Buckets,
    /// Of all strangers.
    together: Buckets,
    swept: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Buckets {
    messages: Bucket,
    calls: Bucket,
}

/// Until when what was admitted is paid for.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket(Option<Instant>);

/// How fast a bucket drains, and how much it holds.
#[derive(Clone, Copy, Debug)]
struct Rate {
    each: Duration,
    holds: Duration,
}

impl Admission {
    pub(super) fn new(limits: Option<StrangerLimits>, counters: Arc<Counters>) -> Admission {
        Admission { limits, table: Mutex::default(), counters }
    }

    /// These sources are no strangers.
    pub(super) fn exempt(&self, peers: impl IntoIterator<Item = IpAddr>) {
        self.table().exempt.extend(peers.into_iter().map(|ip| ip.to_canonical()));
    }

    /// Whether a message may come in.
    ///
    /// # Errors
    /// When it may, if nothing else comes before it.
    pub(super) fn admit(&self, now: Instant, from: IpAddr, message: &[u8]) -> Result<(), Instant> {
        let Some(limits) = self.limits else { return Ok(()) };
        let is_call = message.trim_ascii_start().starts_with(b"INVITE ");
        let table = &mut *self.table();
        let exempt = table.exempt.contains(&from.to_canonical());
        let asked = Asked { now, is_call, limits };
        let own = match table.of(now, limits::source_of(from)) {
            Some(own) => asked.of(own, 1),
            None => asked.of(&mut table.crowd, 1),
        };
        match (own, exempt) {
            (Ok(()), true) => Ok(()),
            (Err(_), true) => {
                self.counters.sip_exempt.add(1);
                Ok(())
            }
            (own, false) => own
                .and_then(|()| asked.of(&mut table.together, TOGETHER))
                .inspect_err(|_| self.count(is_call)),
        }
    }

    /// How many connections this source may hold, of so many in all.
    pub(super) fn connections(&self, from: IpAddr, all: usize) -> usize {
        let half = all.div_ceil(2);
        match self.limits {
            Some(limits) if !self.table().exempt.contains(&from.to_canonical()) => {
                limits.connections.min(half)
            }
            _ => half,
        }
    }

    fn count(&self, is_call: bool) {
        match is_call {
            true => self.counters.calls_limited.add(1),
            false => self.counters.sip_limited.add(1),
        }
    }

    /// A table is whole after every change to it: a panic elsewhere cannot have broken it.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// The buckets of a source; nothing: the table is full.
    fn of(&mut self, now: Instant, source: IpAddr) -> Option<&mut Buckets> {
        if self.sources.len() >= limits::SIP_SOURCES && !self.sources.contains_key(&source) {
            self.forget_rested(now);
            if self.sources.len() >= limits::SIP_SOURCES {
                return None;
            }
        }
        Some(self.sources.entry(source).or_default())
    }

    fn forget_rested(&mut self, now: Instant) {
        if self.swept.is_none_or(|swept| now >= swept + SWEEP) {
            self.swept = Some(now);
            self.sources.retain(|_, buckets| !buckets.messages.is_empty(now) || !buckets.calls.is_empty(now));
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    now: Instant,
    is_call: bool,
    limits: StrangerLimits,
}

impl Asked {
    /// Takes from both buckets, or from none.
    fn of(self, buckets: &mut Buckets, shares: u32) -> Result<(), Instant> {
        let messages = Rate::per_second(self.limits.messages_per_second.saturating_mul(shares));
        let calls = Rate::per_second(self.limits.calls_per_second.saturating_mul(shares));
        let now = self.now;
        buckets.messages.has_room(now, messages)?;
        if self.is_call {
            buckets.calls.has_room(now, calls)?;
            buckets.calls.take(now, calls);
        }
        buckets.messages.take(now, messages);
        Ok(())
    }
}

impl Rate {
    fn per_second(count: u32) -> Rate {
        let each = Duration::from_secs(1) / count.max(1);
        Rate { each, holds: each * count.max(1) * BURST_S }
    }
}

impl Bucket {
    fn paid_until(self, now: Instant) -> Instant {
        self.0.map_or(now, |until| until.max(now))
    }

    fn is_empty(self, now: Instant) -> bool {
        self.paid_until(now) == now
    }

    /// # Errors
    /// When it has.
    fn has_room(self, now: Instant, rate: Rate) -> Result<(), Instant> {
        let full = self.paid_until(now) + rate.each;
        let over = full.duration_since(now).saturating_sub(rate.holds);
        if over.is_zero() { Ok(()) } else { Err(now + over) }
    }

    fn take(&mut self, now: Instant, rate: Rate) {
        self.0 = Some(self.paid_until(now) + rate.each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: StrangerLimits =
        StrangerLimits { messages_per_second: 100, calls_per_second: 10, connections: 4 };

    fn admission() -> (Admission, Instant) {
        (Admission::new(Some(LIMITS), Arc::default()), Instant::now())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// How many of so many messages that come at once are admitted.
    fn admitted(admission: &Admission, now: Instant, from: &str, message: &[u8], count: u32) -> usize {
        (0..count).filter(|_| admission.admit(now, ip(from), message).is_ok()).count()
    }

    #[test]
    fn a_source_has_two_seconds_worth_at_once_and_its_rate_from_then_on() {
        let (admission, now) = admission();
        assert_eq!(admitted(&admission, now, "192.0.2.1", b"OPTIONS sip:x", 1_000), 200);
        assert_eq!(
            admitted(&admission, now, "192.0.2.2", b"OPTIONS sip:x", 1),
            1,
            "another's share is its own"
        );
        let later = now + Duration::from_secs(1);
        assert_eq!(admitted(&admission, later, "192.0.2.1", b"OPTIONS sip:x", 1_000), 100);
        let until = admission.admit(later, ip("192.0.2.1"), b"x").expect_err("full");
        assert_eq!(until, later + Duration::from_millis(10));
        assert_eq!(admission.counters.read().sip_limited, 801 + 900);
    }

    #[test]
    fn new_calls_have_a_share_of_their_own() {
        let (admission, now) = admission();
        assert_eq!(admitted(&admission, now, "192.0.2.1", b"\r\nINVITE sip:x", 1_000), 20);
        assert_eq!(admitted(&admission, now, "192.0.2.1", b"ACK sip:x", 1_000), 180);
        assert_eq!(admission.counters.read().calls_limited, 980);
    }

    #[test]
    fn trunks_and_desks_are_exempt_and_counted() {
        let (admission, now) = admission();
        admission.exempt([ip("192.0.2.1")]);
        assert_eq!(admitted(&admission, now, "::ffff:192.0.2.1", b"INVITE sip:x", 5_000), 5_000);
        assert_eq!(admission.counters.read().sip_exempt, 5_000 - 20);
        assert_eq!(
            admitted(&admission, now, "192.0.2.2", b"INVITE sip:x", 5_000),
            20,
            "strangers' room is untouched"
        );
        assert_eq!(admission.connections(ip("192.0.2.1"), 2_000), 1_000);
        assert_eq!(admission.connections(ip("192.0.2.2"), 2_000), 4);
    }

    #[test]
    fn a_network_of_ipv6_is_one_source() {
        let (admission, now) = admission();
        let from = |n: u32| format!("2001:db8:0:1:{:x}::{:x}", n, n);
        let passed = (0..1_000).filter(|n| admission.admit(now, ip(&from(*n)), b"x").is_ok()).count();
        assert_eq!(passed, 200);
        assert_eq!(admitted(&admission, now, "2001:db8:0:2::1", b"x", 1), 1);
    }

    #[test]
    fn made_up_addresses_gain_nothing_and_the_table_stays_small() {
        let (admission, now) = admission();
        let passed = (0..100_000u32)
            .filter(|n| admission.admit(now, IpAddr::from(n.to_be_bytes()), b"INVITE sip:x").is_ok())
            .count();
        assert_eq!(passed, 200, "ten strangers' calls");
        assert_eq!(admission.table().sources.len(), limits::SIP_SOURCES);
        let rested = now + Duration::from_secs(5);
        assert_eq!(admitted(&admission, rested, "255.0.0.1", b"INVITE sip:x", 30), 20);
        assert_eq!(admission.table().sources.len(), 1, "those at rest are forgotten");
    }

    #[test]
    fn a_source_that_is_limited_is_not_forgotten_for_newcomers() {
        let (admission, now) = admission();
        assert_eq!(admitted(&admission, now, "192.0.2.1", b"x", 300), 200);
        for n in 0..20_000u32 {
            let _ = admission.admit(now, IpAddr::from(n.to_be_bytes()), b"x");
        }
        assert_eq!(admitted(&admission, now, "192.0.2.1", b"x", 10), 0);
    }

    #[test]
    fn without_limits_everything_comes_in() {
        let admission = Admission::new(None, Arc::default());
        assert_eq!(admitted(&admission, Instant::now(), "192.0.2.1", b"INVITE sip:x", 10_000), 10_000);
    }
}
