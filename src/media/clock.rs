//! The clock that a stream's timestamps count by: its codec's (RFC 3551 4.1, RFC 7587 4.1), never another.
//!
//! House audio has 8 kHz whatever the clock: a sample is one tick of a telephone's codec and six of Opus's.

use crate::audio::{Codec, SAMPLE_RATE_HZ};
use std::time::Duration;

/// Ticks a second. The default is a telephone's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock(u32);

impl Default for Clock {
    fn default() -> Clock {
        Clock(SAMPLE_RATE_HZ)
    }
}

impl Clock {
    /// The codec's.
    pub(super) fn of(codec: Codec) -> Clock {
        Clock(codec.clock_hz())
    }

    /// Of so many ticks a second; never none.
    pub(super) fn of_hz(hz: u32) -> Clock {
        Clock(hz.max(1))
    }

    /// Ticks a second.
    pub(super) fn hz(self) -> u32 {
        self.0
    }

    /// Ticks in `elapsed`, modulo 2^32.
    pub(super) fn ticks(self, elapsed: Duration) -> u32 {
        (elapsed.as_nanos() * u128::from(self.0) / 1_000_000_000) as u32
    }

    /// How long so many ticks are.
    pub(super) fn duration(self, ticks: u32) -> Duration {
        Duration::from_nanos(u64::from(ticks) * 1_000_000_000 / u64::from(self.0))
    }

    /// Ticks that so many samples of house audio last, modulo 2^32.
    pub(super) fn ticks_of(self, samples: usize) -> u32 {
        (samples as u64 * u64::from(self.0) / u64::from(SAMPLE_RATE_HZ)) as u32
    }

    /// Samples of house audio in so many ticks.
    pub(super) fn samples(self, ticks: u32) -> usize {
        (u64::from(ticks) * u64::from(SAMPLE_RATE_HZ) / u64::from(self.0)) as usize
    }

    /// A step of this clock in ticks of another, modulo 2^32.
    pub(super) fn step_in(self, other: Clock, step: i32) -> u32 {
        (i64::from(step) * i64::from(other.0)).div_euclid(i64::from(self.0)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_milliseconds_are_160_ticks_of_a_telephone_and_960_of_opus() {
        let (telephone, wide) = (Clock::default(), Clock::of_hz(48_000));
        let packet = Duration::from_millis(20);
        assert_eq!((telephone.ticks(packet), wide.ticks(packet)), (160, 960));
        assert_eq!((telephone.duration(160), wide.duration(960)), (packet, packet));
        assert_eq!((telephone.ticks_of(160), wide.ticks_of(160), wide.samples(960)), (160, 960, 160));
        assert_eq!((telephone.step_in(wide, 160), wide.step_in(telephone, 960)), (960, 160));
        assert_eq!(wide.step_in(telephone, -960), 160u32.wrapping_neg());
    }
}
