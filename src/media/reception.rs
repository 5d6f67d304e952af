//! What a stream has received: order, losses and jitter (RFC 3550 6.4.1, A.1, A.3, A.8).

use super::clock::Clock;
use super::sender::is_before_seq;
use crate::base::Instant;
use crate::rtp::rtcp::ReportBlock;
use std::time::Duration;

/// A step larger than this, either way, means that the source numbers its packets anew.
const DROPOUT: u16 = 3000;
/// Packets behind the newest whose arrival is remembered.
const WINDOW: u16 = 64;

/// Where a packet stands among those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The first of its source, or of a new numbering.
    First,
    /// Newer than all before it.
    Newer,
    /// Overtaken by a newer one.
    Late,
    /// Seen before, or too old to tell.
    Duplicate,
}

#[derive(Clone, Debug)]
struct Source {
    ssrc: u32,
    base: u32,
    highest: u32,
    /// Bit n: the packet n before the highest has come.
    window: u64,
    received: u64,
    expected_before: u64,
    received_before: u64,
}

/// The counters of a stream's reception, over all sources it has had.
#[derive(Clone, Debug, Default)]
pub(super) struct Reception {
    source: Option<Source>,
    lost_earlier: u64,
    pub(super) received: u64,
    pub(super) last_at: Option<Instant>,
    /// Of its last audio.
    clock: Clock,
    transit: Option<u32>,
    /// Jitter in ticks of the clock, times 16.
    jitter: u32,
}

impl Reception {
    /// Takes the place of one packet.
    pub(super) fn take(&mut self, now: Instant, ssrc: u32, seq: u16) -> Arrival {
        self.last_at = Some(now);
        let arrival = match &mut self.source {
            Some(source) if source.ssrc == ssrc => source.place(seq),
            _ => Arrival::First,
        };
        if arrival == Arrival::First {
            self.lost_earlier += self.source.as_ref().map_or(0, Source::lost);
            self.source = Some(Source::new(ssrc, seq));
            self.transit = None;
        }
        if arrival != Arrival::Duplicate {
            self.received += 1;
        }
        arrival
    }

    /// Takes the timing of an audio packet (events share one timestamp and tell nothing).
    pub(super) fn time(&mut self, now: Instant, timestamp: u32, clock: Clock) {
        if clock != self.clock {
            self.jitter = self.clock.step_in(clock, self.jitter as i32);
            (self.clock, self.transit) = (clock, None);
        }
        let transit = clock.ticks(now.since_start()).wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let difference = (transit.wrapping_sub(before) as i32).unsigned_abs().min(clock.hz());
            self.jitter = self.jitter + difference - ((self.jitter + 8) >> 4);
        }
    }

    /// Packets missing so far.
    pub(super) fn lost(&self) -> u64 {
        self.lost_earlier + self.source.as_ref().map_or(0, Source::lost)
    }

    /// Interarrival jitter.
    pub(super) fn jitter(&self) -> Duration {
        self.clock.duration(self.jitter >> 4)
    }

    /// The report block for the interval since the last one, without the far side's own
    /// reports; `None` before any packet (RFC 3550 6.4.1).
    pub(super) fn block(&mut self) -> Option<ReportBlock> {
        let jitter = self.jitter >> 4;
        self.source.as_mut().map(|s| s.block(jitter))
    }
}

impl Source {
    fn new(ssrc: u32, seq: u16) -> Self {
        // One cycle up, so that what is older than the first packet has a place too.
        let first = 0x1_0000 + u32::from(seq);
        Source {
            ssrc,
            base: first,
            highest: first,
            window: 1,
            received: 1,
            expected_before: 0,
            received_before: 0,
        }
    }

    fn place(&mut self, seq: u16) -> Arrival {
        let newest = self.highest as u16;
        let step = if is_before_seq(newest, seq) { seq.wrapping_sub(newest) } else { 0 };
        let back = newest.wrapping_sub(seq);
        match (step, back) {
            (1..=DROPOUT, _) => self.newer(step),
            (0, 0..WINDOW) => self.late(back),
            (0, WINDOW..=DROPOUT) => Arrival::Duplicate,
            _ => Arrival::First,
        }
    }

    fn newer(&mut self, step: u16) -> Arrival {
        self.highest = self.highest.wrapping_add(u32::from(step));
        self.window = self.window.checked_shl(u32::from(step)).unwrap_or(0) | 1;
        self.received += 1;
        Arrival::Newer
    }

    fn late(&mut self, back: u16) -> Arrival {
        let bit = 1u64 << back;
        if self.window & bit != 0 {
            return Arrival::Duplicate;
        }
        self.window |= bit;
        self.received += 1;
        self.base = self.base.min(self.highest.wrapping_sub(u32::from(back)));
        Arrival::Late
    }

    fn expected(&self) -> u64 {
        u64::from(self.highest.wrapping_sub(self.base)) + 1
    }

    fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    fn block(&mut self, jitter: u32) -> ReportBlock {
        let expected = self.expected() - self.expected_before.min(self.expected());
        let received = self.received - self.received_before;
        (self.expected_before, self.received_before) = (self.expected(), self.received);
        let lost = expected.saturating_sub(received);
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: (lost * 256).checked_div(expected).unwrap_or(0).min(255) as u8,
            lost: self.lost().min(0x7F_FFFF) as i32,
            highest_sequence: self.highest.wrapping_sub(0x1_0000),
            jitter,
            ..ReportBlock::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(seqs: &[u16]) -> (Vec<Arrival>, Reception) {
        let mut reception = Reception::default();
        let seen = seqs.iter().map(|s| reception.take(Instant::ZERO, 1, *s)).collect();
        (seen, reception)
    }

    #[test]
    fn packets_are_placed_across_the_wrap() {
        let (seen, reception) = arrivals(&[65_534, 65_535, 1, 0, 0, 65_535, 2]);
        use Arrival::{Duplicate, First, Late, Newer};
        assert_eq!(seen, [First, Newer, Newer, Late, Duplicate, Duplicate, Newer]);
        assert_eq!((reception.received, reception.lost()), (5, 0));
    }

    #[test]
    fn losses_are_counted_and_reported_for_the_interval() {
        let (_, mut reception) = arrivals(&[1, 2, 4, 8]);
        assert_eq!(reception.lost(), 4);
        let block = reception.block().unwrap();
        assert_eq!((block.fraction_lost, block.lost, block.highest_sequence), (128, 4, 8));
        reception.take(Instant::ZERO, 1, 9);
        assert_eq!(reception.block().unwrap().fraction_lost, 0);
    }

    #[test]
    fn a_new_source_or_numbering_keeps_the_totals() {
        let (_, mut reception) = arrivals(&[1, 3]);
        assert_eq!(reception.take(Instant::ZERO, 2, 500), Arrival::First);
        assert_eq!(reception.take(Instant::ZERO, 2, 40_000), Arrival::First);
        assert_eq!((reception.received, reception.lost()), (4, 1));
    }

    #[test]
    fn steady_packets_have_no_jitter_and_unsteady_ones_do() {
        let mut reception = Reception::default();
        let clock = Clock::default();
        for n in 0..50u32 {
            reception.time(Instant::from_millis(u64::from(n) * 20), n * 160, clock);
        }
        assert_eq!(reception.jitter(), Duration::ZERO);
        for n in 50..100u32 {
            let at = Instant::from_millis(u64::from(n) * 20 + u64::from(n % 2) * 10);
            reception.time(at, n * 160, clock);
        }
        assert!(reception.jitter() > Duration::from_millis(5), "{:?}", reception.jitter());
        assert!(reception.jitter() < Duration::from_millis(11), "{:?}", reception.jitter());
    }

    #[test]
    fn jitter_is_counted_by_the_codec_s_clock_and_outlives_a_change_of_it() {
        let mut reception = Reception::default();
        let wide = Clock::of_hz(48_000);
        for n in 0..100u32 {
            let at = Instant::from_millis(u64::from(n) * 20 + u64::from(n % 2) * 10);
            reception.time(at, n * 960, wide);
        }
        reception.take(Instant::ZERO, 1, 0);
        let (before, reported) = (reception.jitter(), reception.block().unwrap().jitter);
        assert!((Duration::from_millis(9)..Duration::from_millis(11)).contains(&before), "{before:?}");
        assert!((432..528).contains(&reported), "{reported} ticks of 48 kHz");
        reception.time(Instant::from_millis(2_000), 7, Clock::default());
        assert!(before.abs_diff(reception.jitter()) < Duration::from_millis(1), "{:?}", reception.jitter());
    }
}
