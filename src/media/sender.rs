//! A stream's outgoing RTP header fields: one SSRC, one run of sequence numbers and timestamps for
//! the stream's whole life, whether it plays, presses keys or carries what a bridge brings.
//!
//! Timestamps follow real time (RFC 3550 5.1): after a silence they have moved on by its length,
//! and the first packet then carries the marker (RFC 3551 4.1). Where a new answer brings a codec of another
//! clock, they go on from where they are by the new one, under the same SSRC (RFC 7160 4.1: its receivers place us
//! by sequence numbers).

use super::clock::Clock;
use crate::base::Instant;
use std::time::Duration;

/// Where one packet stands in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) ssrc: u32,
    pub(super) seq: u16,
    pub(super) timestamp: u32,
    pub(super) marker: bool,
}

/// How a bridged source's numbers map to ours, until we send something of our own.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    source: Numbers,
    first_seq: u16,
    seq_offset: u16,
    clock: Clock,
    /// A moment in the source's timestamps and in ours; it moves along by whole seconds, so that between different
    /// clocks nothing is rounded and nothing wraps.
    origin: (u32, u32),
}

/// Largest steps of a source's sequence number and timestamp (in seconds) that its mapping survives; beyond
/// them the source has begun anew.
const SEQ_STEP: u16 = 1000;
const TIMESTAMP_STEP: u32 = 10;

/// The numbering of what a stream sends.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    ssrc: u32,
    next_seq: u16,
    clock: Clock,
    /// When its clock began to count, and from where.
    opened: Instant,
    first_timestamp: u32,
    /// Timestamp after the last sample sent; never goes back.
    end: u32,
    /// When the packet that continues the last one without a gap is due.
    end_at: Option<Instant>,
    mapping: Option<Mapping>,
    /// Packets sent, and payload bytes (modulo 2^32, as a sender report wants them).
    pub(super) packets: u64,
    pub(super) octets: u32,
}

impl Sender {
    pub(super) fn new(opened: Instant, ssrc: u32, first_seq: u16, first_timestamp: u32) -> Self {
        Sender {
            ssrc,
            next_seq: first_seq,
            clock: Clock::default(),
            opened,
            first_timestamp,
            end: first_timestamp,
            end_at: None,
            mapping: None,
            packets: 0,
            octets: 0,
        }
    }

    /// Counts by the clock of another codec from now on.
    pub(super) fn count_by(&mut self, now: Instant, clock: Clock) {
        if clock != self.clock {
            let timestamp = self.timestamp_at(now);
            (self.clock, self.opened, self.first_timestamp) = (clock, now, timestamp);
            (self.end, self.mapping) = (timestamp, None);
        }
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The earliest moment for a packet that does not overlap what has been sent.
    pub(super) fn free_at(&self) -> Option<Instant> {
        self.end_at
    }

    /// The timestamp of this moment, never before what has been sent.
    pub(super) fn timestamp_at(&self, at: Instant) -> u32 {
        let clock = self.first_timestamp.wrapping_add(self.clock.ticks(at - self.opened));
        if is_before(clock, self.end) { self.end } else { clock }
    }

    /// The header of an audio packet due at `at` that lasts `duration`.
    pub(super) fn audio(&mut self, at: Instant, duration: Duration) -> Numbers {
        let contiguous = self.end_at == Some(at);
        let timestamp = if contiguous { self.end } else { self.timestamp_at(at) };
        self.end = timestamp.wrapping_add(self.clock.ticks(duration));
        self.end_at = Some(at + duration);
        self.own(!contiguous, timestamp)
    }

    /// The header of a telephone-event packet: `timestamp` is the press's, for all its packets.
    pub(super) fn event(&mut self, timestamp: u32, duration: Duration, first: bool) -> Numbers {
        let end = timestamp.wrapping_add(self.clock.ticks(duration));
        if is_before(self.end, end) {
            self.end = end;
        }
        self.end_at = None;
        self.own(first, timestamp)
    }

    fn own(&mut self, marker: bool, timestamp: u32) -> Numbers {
        self.mapping = None;
        let seq = self.next_seq;
        self.next_seq = seq.wrapping_add(1);
        Numbers { marker, seq, timestamp, ssrc: self.ssrc }
    }

    /// The header of a packet that crosses a bridge. Steps of the source (losses, silences,
    /// reordering) are kept, so that the far side sees them as they are. `None` for a straggler
    /// from before the mapping began: its number is taken. Its timestamp counts by `clock`.
    pub(super) fn crossing(
        &mut self,
        now: Instant,
        source: Numbers,
        clock: Clock,
        samples: usize,
    ) -> Option<Numbers> {
        let begins = !self.mapping.is_some_and(|m| m.covers(source, clock));
        let mapping = match self.mapping {
            Some(mapping) if !begins => mapping,
            _ => self.new_mapping(now, source, clock),
        };
        if is_before_seq(source.seq, mapping.first_seq) {
            return None;
        }
        let seq = source.seq.wrapping_add(mapping.seq_offset);
        let timestamp = mapping.timestamp(source, self.clock);
        self.mapping = Some(mapping.after(source, self.clock));
        self.advance(seq, timestamp.wrapping_add(self.clock.ticks_of(samples)));
        Some(Numbers { marker: source.marker || begins, seq, timestamp, ssrc: self.ssrc })
    }

    /// What crosses is not sent for a while (hold): the next packet sent shall follow the last one
    /// sent, for what was held back is no loss.
    pub(super) fn interrupt_crossing(&mut self) {
        self.mapping = None;
    }

    /// A packet that crosses in no form: what follows it goes on where the last one ended.
    pub(super) fn leave_out(&mut self, source: Numbers) {
        let mapping = self.mapping.as_mut().filter(|m| m.source.ssrc == source.ssrc);
        if let Some(mapping) = mapping.filter(|m| is_before_seq(m.source.seq, source.seq)) {
            mapping.seq_offset = mapping.seq_offset.wrapping_sub(1);
            mapping.source.seq = source.seq;
        }
    }

    fn new_mapping(&self, now: Instant, source: Numbers, clock: Clock) -> Mapping {
        Mapping {
            source,
            first_seq: source.seq,
            seq_offset: self.next_seq.wrapping_sub(source.seq),
            clock,
            origin: (source.timestamp, self.timestamp_at(now)),
        }
    }

    fn advance(&mut self, seq: u16, end: u32) {
        if !is_before_seq(seq, self.next_seq) {
            self.next_seq = seq.wrapping_add(1);
        }
        if is_before(self.end, end) {
            self.end = end;
        }
        self.end_at = None;
    }

    /// Counts a packet that left.
    pub(super) fn count(&mut self, payload_bytes: usize) {
        self.packets += 1;
        self.octets = self.octets.wrapping_add(payload_bytes as u32);
    }
}

impl Mapping {
    fn covers(&self, source: Numbers, clock: Clock) -> bool {
        let seq = source.seq.wrapping_sub(self.source.seq);
        let ticks = source.timestamp.wrapping_sub(self.source.timestamp);
        (source.ssrc, clock) == (self.source.ssrc, self.clock)
            && seq.min(seq.wrapping_neg()) <= SEQ_STEP
            && ticks.min(ticks.wrapping_neg()) <= TIMESTAMP_STEP * clock.hz()
    }

    /// The source's timestamp as ours.
    fn timestamp(&self, source: Numbers, ours: Clock) -> u32 {
        let step = source.timestamp.wrapping_sub(self.origin.0) as i32;
        self.origin.1.wrapping_add(self.clock.step_in(ours, step))
    }

    /// The mapping once `source` has crossed. A straggler does not set it back; and its first
    /// number moves up with the source, so that comparisons do not wrap on a long bridge.
    fn after(self, source: Numbers, ours: Clock) -> Mapping {
        if is_before_seq(source.seq, self.source.seq) {
            return self;
        }
        let floor = source.seq.wrapping_sub(SEQ_STEP);
        let first_seq = if is_before_seq(self.first_seq, floor) { floor } else { self.first_seq };
        let step = source.timestamp.wrapping_sub(self.origin.0) as i32;
        let seconds = step.max(0) as u32 / self.clock.hz();
        let moved = |origin: u32, clock: Clock| origin.wrapping_add(seconds * clock.hz());
        let origin = (moved(self.origin.0, self.clock), moved(self.origin.1, ours));
        Mapping { source, first_seq, origin, ..self }
    }
}

/// Whether timestamp `a` comes before `b`, modulo 2^32.
pub(super) fn is_before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// Whether sequence number `a` comes before `b`, modulo 2^16.
pub(super) fn is_before_seq(a: u16, b: u16) -> bool {
    (a.wrapping_sub(b) as i16) < 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const PTIME: Duration = Duration::from_millis(20);

    fn sender() -> Sender {
        Sender::new(Instant::ZERO, 7, u16::MAX, u32::MAX - 100)
    }

    fn source(seq: u16, timestamp: u32) -> Numbers {
        Numbers { ssrc: 9, seq, timestamp, marker: false }
    }

    #[test]
    fn a_talkspurt_is_contiguous_and_a_silence_moves_the_timestamp_by_its_length() {
        let mut sender = sender();
        let a = sender.audio(Instant::from_millis(0), PTIME);
        let b = sender.audio(Instant::from_millis(20), PTIME);
        let c = sender.audio(Instant::from_millis(1040), PTIME);
        assert_eq!((a.seq, b.seq, c.seq), (u16::MAX, 0, 1));
        assert_eq!(b.timestamp.wrapping_sub(a.timestamp), 160);
        assert_eq!(c.timestamp.wrapping_sub(a.timestamp), 1040 * 8);
        assert_eq!((a.marker, b.marker, c.marker), (true, false, true));
    }

    #[test]
    fn a_bridged_source_keeps_its_steps_and_our_numbers_go_on_from_where_they_were() {
        let mut sender = sender();
        let own = sender.audio(Instant::ZERO, PTIME);
        let now = Instant::from_millis(100);
        let first = sender.crossing(now, source(65_000, 5000), Clock::default(), 160).unwrap();
        let lost_one = sender.crossing(now, source(65_002, 5320), Clock::default(), 160).unwrap();
        let straggler = sender.crossing(now, source(65_001, 5160), Clock::default(), 160).unwrap();
        assert_eq!(first.seq, own.seq.wrapping_add(1));
        assert!(first.marker && !lost_one.marker);
        assert_eq!(lost_one.seq, first.seq.wrapping_add(2));
        assert_eq!(straggler.timestamp, first.timestamp.wrapping_add(160));
        let back = sender.audio(Instant::from_millis(100), PTIME);
        assert_eq!(back.seq, lost_one.seq.wrapping_add(1));
        assert_eq!(back.timestamp, lost_one.timestamp.wrapping_add(160), "never overlaps");
    }

    #[test]
    fn a_straggler_from_before_the_bridge_gets_no_number_twice() {
        let mut sender = sender();
        sender.crossing(Instant::ZERO, source(10, 1600), Clock::default(), 160).unwrap();
        assert_eq!(sender.crossing(Instant::ZERO, source(9, 1440), Clock::default(), 160), None);
    }

    #[test]
    fn what_was_held_back_leaves_no_gap_in_the_numbers() {
        let mut sender = Sender::new(Instant::ZERO, 1, 100, 0);
        let a = sender.crossing(Instant::ZERO, source(10, 1600), Clock::default(), 160).unwrap();
        sender.interrupt_crossing();
        let b =
            sender.crossing(Instant::from_millis(8_000), source(410, 65_600), Clock::default(), 160).unwrap();
        assert_eq!((b.seq, b.marker), (a.seq.wrapping_add(1), true));
        assert_eq!(b.timestamp.wrapping_sub(a.timestamp), 64_000);
    }

    #[test]
    fn what_is_left_out_leaves_no_gap_and_keeps_the_timestamps() {
        let mut sender = Sender::new(Instant::ZERO, 1, 100, 0);
        let clock = Clock::default();
        let a = sender.crossing(Instant::ZERO, source(10, 1600), clock, 160).unwrap();
        sender.leave_out(source(11, 1760));
        sender.leave_out(source(12, 1920));
        let b = sender.crossing(Instant::from_millis(900), source(13, 1600), clock, 0).unwrap();
        assert_eq!((b.seq, b.timestamp, b.marker), (a.seq.wrapping_add(1), a.timestamp, false));
    }

    #[test]
    fn a_source_that_begins_anew_goes_on_in_our_numbers() {
        let mut sender = sender();
        let a = sender.crossing(Instant::ZERO, source(10, 1600), Clock::default(), 160).unwrap();
        let other = Numbers { ssrc: 10, ..source(40_000, 9) };
        let b = sender.crossing(Instant::from_millis(20), other, Clock::default(), 160).unwrap();
        assert_eq!(b.seq, a.seq.wrapping_add(1));
        assert_eq!(b.timestamp, a.timestamp.wrapping_add(160));
        assert!(b.marker);
    }

    #[test]
    fn a_source_of_another_clock_keeps_its_steps_in_ours_for_days_and_over_its_wraps() {
        let wide = Clock::of_hz(48_000);
        let mut sender = Sender::new(Instant::ZERO, 1, 0, 0);
        let (mut seq, mut theirs) = (0u16, u32::MAX - 100_000);
        let mut last: Option<Numbers> = None;
        // Eight seconds a step: four days.
        for _ in 0..43_200 {
            let numbers = sender.crossing(Instant::ZERO, source(seq, theirs), wide, 160).unwrap();
            let step = last.replace(numbers).map(|last| numbers.timestamp.wrapping_sub(last.timestamp));
            assert!(step.is_none_or(|step| step == 64_000), "{step:?}");
            (seq, theirs) = (seq.wrapping_add(1), theirs.wrapping_add(384_000));
        }
        let straggler = source(seq.wrapping_sub(2), theirs.wrapping_sub(2 * 384_000));
        let late = sender.crossing(Instant::ZERO, straggler, wide, 160).unwrap();
        assert_eq!(last.unwrap().timestamp.wrapping_sub(late.timestamp), 64_000);
    }

    #[test]
    fn a_clock_that_changes_goes_on_from_where_the_timestamps_are() {
        let mut sender = Sender::new(Instant::ZERO, 1, 0, 0);
        let a = sender.audio(Instant::ZERO, PTIME);
        sender.count_by(Instant::from_millis(20), Clock::of_hz(48_000));
        let b = sender.audio(Instant::from_millis(20), PTIME);
        let c = sender.audio(Instant::from_millis(40), PTIME);
        assert_eq!([a, b, c].map(|n| n.timestamp), [0, 160, 1_120]);
        let pause = sender.audio(Instant::from_millis(1_020), PTIME);
        assert_eq!(pause.timestamp, 160 + 48_000, "real time by the new clock");
    }
}
