//! A stream's outgoing RTP header fields: one SSRC, one run of sequence numbers and timestamps for
//! the stream's whole life, whether it plays, presses keys or carries what a bridge brings.
//!
//! Timestamps follow real time (RFC 3550 5.1): after a silence they have moved on by its length,
//! and the first packet then carries the marker (RFC 3551 4.1).

use crate::base::Instant;
use std::time::Duration;

/// RTP ticks of 8 kHz audio in `elapsed`, modulo 2^32.
pub(super) fn ticks(elapsed: Duration) -> u32 {
    (elapsed.as_nanos() * 8 / 1_000_000) as u32
}

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
    timestamp_offset: u32,
}

/// Largest steps of a source's sequence number and timestamp that its mapping survives; beyond
/// them the source has begun anew.
const SEQ_STEP: u16 = 1000;
const TIMESTAMP_STEP: u32 = 80_000;

/// The numbering of what a stream sends.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    ssrc: u32,
    next_seq: u16,
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
            opened,
            first_timestamp,
            end: first_timestamp,
            end_at: None,
            mapping: None,
            packets: 0,
            octets: 0,
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
        let clock = self.first_timestamp.wrapping_add(ticks(at - self.opened));
        if is_before(clock, self.end) { self.end } else { clock }
    }

    /// The header of an audio packet due at `at` that lasts `duration`.
    pub(super) fn audio(&mut self, at: Instant, duration: Duration) -> Numbers {
        let contiguous = self.end_at == Some(at);
        let timestamp = if contiguous { self.end } else { self.timestamp_at(at) };
        self.end = timestamp.wrapping_add(ticks(duration));
        self.end_at = Some(at + duration);
        self.own(!contiguous, timestamp)
    }

    /// The header of a telephone-event packet: `timestamp` is the press's, for all its packets.
    pub(super) fn event(&mut self, timestamp: u32, duration: u16, first: bool) -> Numbers {
        let end = timestamp.wrapping_add(u32::from(duration));
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
    /// from before the mapping began: its number is taken.
    pub(super) fn crossing(&mut self, now: Instant, source: Numbers, samples: u32) -> Option<Numbers> {
        let begins = !self.mapping.is_some_and(|m| m.covers(source));
        let mapping = match self.mapping {
            Some(mapping) if !begins => mapping,
            _ => self.new_mapping(now, source),
        };
        if is_before_seq(source.seq, mapping.first_seq) {
            return None;
        }
        let seq = source.seq.wrapping_add(mapping.seq_offset);
        let timestamp = source.timestamp.wrapping_add(mapping.timestamp_offset);
        self.mapping = Some(mapping.after(source));
        self.advance(seq, timestamp.wrapping_add(samples));
        Some(Numbers { marker: source.marker || begins, seq, timestamp, ssrc: self.ssrc })
    }

    /// What crosses is not sent for a while (hold): the next packet sent shall follow the last one
    /// sent, for what was held back is no loss.
    pub(super) fn interrupt_crossing(&mut self) {
        self.mapping = None;
    }

    fn new_mapping(&self, now: Instant, source: Numbers) -> Mapping {
        Mapping {
            source,
            first_seq: source.seq,
            seq_offset: self.next_seq.wrapping_sub(source.seq),
            timestamp_offset: self.timestamp_at(now).wrapping_sub(source.timestamp),
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
    fn covers(&self, source: Numbers) -> bool {
        let seq = source.seq.wrapping_sub(self.source.seq);
        let ticks = source.timestamp.wrapping_sub(self.source.timestamp);
        source.ssrc == self.source.ssrc
            && seq.min(seq.wrapping_neg()) <= SEQ_STEP
            && ticks.min(ticks.wrapping_neg()) <= TIMESTAMP_STEP
    }

    /// The mapping once `source` has crossed. A straggler does not set it back; and its first
    /// number moves up with the source, so that comparisons do not wrap on a long bridge.
    fn after(self, source: Numbers) -> Mapping {
        if is_before_seq(source.seq, self.source.seq) {
            return self;
        }
        let floor = source.seq.wrapping_sub(SEQ_STEP);
        let first_seq = if is_before_seq(self.first_seq, floor) { floor } else { self.first_seq };
        Mapping { source, first_seq, ..self }
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
        let first = sender.crossing(now, source(65_000, 5000), 160).unwrap();
        let lost_one = sender.crossing(now, source(65_002, 5320), 160).unwrap();
        let straggler = sender.crossing(now, source(65_001, 5160), 160).unwrap();
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
        sender.crossing(Instant::ZERO, source(10, 1600), 160).unwrap();
        assert_eq!(sender.crossing(Instant::ZERO, source(9, 1440), 160), None);
    }

    #[test]
    fn what_was_held_back_leaves_no_gap_in_the_numbers() {
        let mut sender = Sender::new(Instant::ZERO, 1, 100, 0);
        let a = sender.crossing(Instant::ZERO, source(10, 1600), 160).unwrap();
        sender.interrupt_crossing();
        let b = sender.crossing(Instant::from_millis(8_000), source(410, 65_600), 160).unwrap();
        assert_eq!((b.seq, b.marker), (a.seq.wrapping_add(1), true));
        assert_eq!(b.timestamp.wrapping_sub(a.timestamp), 64_000);
    }

    #[test]
    fn a_source_that_begins_anew_goes_on_in_our_numbers() {
        let mut sender = sender();
        let a = sender.crossing(Instant::ZERO, source(10, 1600), 160).unwrap();
        let other = Numbers { ssrc: 10, ..source(40_000, 9) };
        let b = sender.crossing(Instant::from_millis(20), other, 160).unwrap();
        assert_eq!(b.seq, a.seq.wrapping_add(1));
        assert_eq!(b.timestamp, a.timestamp.wrapping_add(160));
        assert!(b.marker);
    }
}
