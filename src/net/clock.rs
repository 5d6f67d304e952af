//! The one place that reads clocks: everything else is told what time it is.

use crate::base::{Instant, Now, UnixTime};

/// The machine's clocks, counted from one moment, so that moments taken in different threads compare.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    zero: std::time::Instant,
    /// What the wall clock shown is ahead of the machine's, in milliseconds.
    ahead_ms: i64,
}

impl Clock {
    /// A clock whose monotonic time is zero now.
    #[expect(clippy::disallowed_methods, reason = "this is where moments come from")]
    pub fn start() -> Clock {
        Clock { zero: std::time::Instant::now(), ahead_ms: 0 }
    }

    /// A clock whose wall clock shows `wall` now, for demonstrations at another hour; it goes on from there.
    pub fn showing(wall: UnixTime) -> Clock {
        let clock = Clock::start();
        let ahead_ms = wall.as_millis().saturating_sub(clock.now().wall.as_millis());
        Clock { ahead_ms, ..clock }
    }

    /// Both times.
    #[expect(clippy::disallowed_methods, reason = "this is where moments come from")]
    pub fn now(self) -> Now {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let ms = since_epoch.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
        Now { mono: self.instant(), wall: UnixTime::from_millis(ms.saturating_add(self.ahead_ms)) }
    }

    /// The monotonic time alone.
    #[expect(clippy::disallowed_methods, reason = "this is where moments come from")]
    pub fn instant(self) -> Instant {
        Instant::from_start(std::time::Instant::now().saturating_duration_since(self.zero))
    }

    /// The moment at which its monotonic time is zero.
    pub(super) fn zero(self) -> std::time::Instant {
        self.zero
    }

    /// The same moment for a runtime's timer.
    pub fn timer(self, at: Instant) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.zero + at.since_start())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_and_the_wall_clock_is_of_this_century() {
        let clock = Clock::start();
        let first = clock.instant();
        let then = clock.now();
        assert!(then.mono >= first);
        assert!(then.wall > UnixTime::from_secs(1_577_836_800));
        assert_eq!(clock.timer(then.mono) - clock.timer(first), then.mono - first);
    }

    #[test]
    fn a_wall_clock_set_to_another_hour_goes_on_from_there() {
        let ten = UnixTime::from_secs(1_770_685_200);
        let shown = Clock::showing(ten).now().wall;
        assert!(shown >= ten && shown < ten + std::time::Duration::from_secs(60), "{shown:?}");
    }
}
