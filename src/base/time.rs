//! Time as a value: a monotonic moment for timers, a wall-clock moment for hours and cases.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A monotonic moment, counted from the start of the process or of the simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// The start of time.
    pub const ZERO: Instant = Instant(Duration::ZERO);

    /// The moment this long after the start.
    pub const fn from_start(elapsed: Duration) -> Self {
        Instant(elapsed)
    }

    /// The moment this many milliseconds after the start.
    pub const fn from_millis(ms: u64) -> Self {
        Instant(Duration::from_millis(ms))
    }

    /// How long after the start this moment is.
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// Time from `earlier` to this moment; zero where `earlier` is later.
    pub fn saturating_since(self, earlier: Instant) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;
    fn add(self, by: Duration) -> Instant {
        Instant(self.0.saturating_add(by))
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;
    fn sub(self, earlier: Instant) -> Duration {
        self.saturating_since(earlier)
    }
}

/// Seconds with three decimals, as ladders show it.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0.as_secs(), self.0.subsec_millis())
    }
}

/// A wall-clock moment in milliseconds since 1970-01-01T00:00:00Z. It may step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The moment this many milliseconds after the epoch (negative: before).
    pub const fn from_millis(ms: i64) -> Self {
        UnixTime(ms)
    }

    /// The moment this many seconds after the epoch (negative: before).
    pub const fn from_secs(s: i64) -> Self {
        UnixTime(s.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

impl Add<Duration> for UnixTime {
    type Output = UnixTime;
    fn add(self, by: Duration) -> UnixTime {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        UnixTime(self.0.saturating_add(ms))
    }
}

/// Both clocks, as every input to a machine carries them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For retransmissions, timeouts and media.
    pub mono: Instant,
    /// For desk hours, case moments and reports.
    pub wall: UnixTime,
}

impl Now {
    /// Both clocks after `by` has passed.
    pub fn after(self, by: Duration) -> Now {
        Now { mono: self.mono + by, wall: self.wall + by }
    }
}

/// The next moment a machine wants to be called at, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// When.
    pub at: Instant,
    /// What for: a timer's RFC letter or a few words; for traces and tests.
    pub why: &'static str,
}

impl Deadline {
    /// The earlier of two deadlines, where there are any.
    pub fn earliest(a: Option<Deadline>, b: Option<Deadline>) -> Option<Deadline> {
        match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_deadline_wins_and_none_means_nothing_to_wait_for() {
        let early = Deadline { at: Instant::from_millis(5), why: "A" };
        let late = Deadline { at: Instant::from_millis(9), why: "B" };
        assert_eq!(Deadline::earliest(Some(late), Some(early)), Some(early));
        assert_eq!(Deadline::earliest(None, Some(late)), Some(late));
        assert_eq!(Deadline::earliest(None, None), None);
    }

    #[test]
    fn seconds_before_the_epoch_round_down() {
        assert_eq!(UnixTime::from_millis(-1).as_secs(), -1);
    }
}
