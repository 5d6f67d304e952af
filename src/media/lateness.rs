//! How late a source's packets are against its own quickest, and the delay that makes up for it.

use super::listen::Place;
use crate::base::Instant;
use std::time::Duration;

/// The least delay: a packet, and one that overtook it.
pub(super) const LEAST: Duration = Duration::from_millis(40);
/// The most that is begun with, and kept.
pub(super) const MOST: Duration = Duration::from_millis(200);
/// Packets of a window: five seconds of the usual kind.
const LOOKED_AT: u32 = 250;

/// How late packets have been of late, against the ones that came quickest.
#[derive(Debug, Default)]
pub(super) struct Lateness {
    /// Moment and timestamp to count from.
    origin: Option<(Instant, Place)>,
    /// Microseconds of the quickest packet's way, this window's and the last one's; the slowest's likewise.
    quickest: [Option<i64>; 2],
    latest: [i64; 2],
    packets: u32,
}

impl Lateness {
    /// What this packet is late by.
    pub(super) fn take(&mut self, now: Instant, place: Place) -> Duration {
        if self.origin.is_some_and(|(_, first)| first.clock != place.clock) {
            *self = Lateness::default();
        }
        let (at, first) = *self.origin.get_or_insert((now, place));
        let step = place.timestamp.wrapping_sub(first.timestamp) as i32;
        let due = i64::from(step) * 1_000_000 / i64::from(place.clock.hz());
        let way = (now - at).as_micros() as i64 - due;
        self.quickest[0] = Some(self.quickest[0].map_or(way, |quickest| quickest.min(way)));
        let late = way - self.quickest.iter().flatten().min().copied().unwrap_or(way);
        self.latest[0] = self.latest[0].max(late);
        self.packets += 1;
        if self.packets.is_multiple_of(LOOKED_AT) {
            self.quickest = [None, self.quickest[0].map(|quickest| quickest - way)];
            self.latest = [0, self.latest[0]];
            self.origin = Some((now, place));
        }
        Duration::from_micros(late.max(0) as u64)
    }

    /// The delay that is needed.
    pub(super) fn delay(&self) -> Duration {
        let latest = self.latest.iter().max().copied().unwrap_or_default();
        Duration::from_micros(latest.max(0) as u64).clamp(LEAST, MOST)
    }
}
