//! The timers of RFC 3261 table 4 and the growing interval of retransmissions.

use crate::base::Instant;
use std::time::Duration;

/// Estimate of a round trip.
pub const T1: Duration = Duration::from_millis(500);
/// Longest interval between retransmissions of non-INVITE requests and INVITE responses.
pub const T2: Duration = Duration::from_secs(4);
/// How long a message may stay in the network.
pub const T4: Duration = Duration::from_secs(5);
/// Timers B, F, H, J, L, M: 64*T1.
pub const GIVE_UP: Duration = Duration::from_secs(32);
/// Timer D on datagrams.
pub const D: Duration = Duration::from_secs(32);

/// A retransmission that falls due again and again, each interval twice the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::signaling) struct Backoff {
    at: Instant,
    interval: Duration,
    cap: Duration,
}

impl Backoff {
    /// First due after T1; intervals grow up to `cap`.
    pub(in crate::signaling) fn start(now: Instant, cap: Duration) -> Self {
        Backoff { at: now + T1, interval: T1, cap }
    }

    /// Due every `cap` from now on (timer E in Proceeding).
    pub(in crate::signaling) fn steady(now: Instant, cap: Duration) -> Self {
        Backoff { at: now + cap, interval: cap, cap }
    }

    /// When it next falls due.
    pub(in crate::signaling) fn at(&self) -> Instant {
        self.at
    }

    /// Whether its moment has come.
    pub(in crate::signaling) fn is_due(&self, now: Instant) -> bool {
        now >= self.at
    }

    /// Arms the next one.
    pub(in crate::signaling) fn advance(&mut self, now: Instant) {
        self.interval = self.interval.saturating_mul(2).min(self.cap);
        self.at = now + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_double_up_to_the_cap() {
        let mut backoff = Backoff::start(Instant::ZERO, T2);
        let mut due = Vec::new();
        for ms in 0..20_000 {
            let now = Instant::from_millis(ms);
            if backoff.is_due(now) {
                backoff.advance(now);
                due.push(ms);
            }
        }
        assert_eq!(due, [500, 1500, 3500, 7500, 11500, 15500, 19500]);
    }
}
