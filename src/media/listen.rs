//! What is heard on a stream, in order: overtaken packets are put back, losses become silence, or what the voice
//! would have said where they are to be concealed.
//!
//! This is the jitter buffer of recordings. Nobody waits for them, so that it is deep by packets and not by time: a
//! missing packet is given up when [`HELD_BACK`] later ones have come.

use super::clock::Clock;
use super::sender::{is_before, is_before_seq};
use crate::audio::{Codec, Hearer, NoiseLevel};
use crate::base::Instant;
use std::collections::BTreeMap;
use std::time::Duration;

/// Packets that may overtake a missing one before it is given up.
const HELD_BACK: usize = 3;
/// How much more silence than real time may be filled in: a peer's jump in timestamps must not
/// make us write minutes of it.
const LEAD: Duration = Duration::from_millis(200);

/// Where a packet stands in its stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) ssrc: u32,
    pub(super) seq: u16,
    pub(super) timestamp: u32,
    /// What its timestamp counts by.
    pub(super) clock: Clock,
}

impl Place {
    /// The timestamp of what follows so many samples.
    pub(super) fn end(&self, samples: usize) -> u32 {
        self.timestamp.wrapping_add(self.clock.ticks_of(samples))
    }
}

/// A packet that waits for one it overtook.
#[derive(Clone, Debug)]
struct Held {
    place: Place,
    codec: Codec,
    payload: Vec<u8>,
}

/// The ear on one stream.
#[derive(Debug, Default)]
pub(super) struct Listener {
    ssrc: Option<u32>,
    next_seq: u16,
    next_timestamp: u32,
    last_at: Instant,
    /// By distance from `next_seq` at the time of use; few, so a sorted walk is cheap.
    held: BTreeMap<u16, Held>,
    hearer: Hearer,
    conceals: bool,
    /// What silence sounds like, where the far side announced one.
    silence: Option<NoiseLevel>,
}

impl Listener {
    /// One that conceals losses.
    pub(super) fn concealing() -> Listener {
        Listener { conceals: true, ..Listener::default() }
    }

    /// The far side announced silence, of this level: what it leaves out from now on sounds so.
    pub(super) fn announced(&mut self, level: Option<NoiseLevel>) {
        self.silence = level;
    }

    /// Takes a packet and appends to `out` what is in order now.
    pub(super) fn take(
        &mut self,
        now: Instant,
        place: Place,
        codec: Codec,
        payload: &[u8],
        out: &mut Vec<i16>,
    ) {
        let Place { ssrc, seq, timestamp, .. } = place;
        let step = seq.wrapping_sub(self.next_seq);
        let restarted = self.ssrc != Some(ssrc) || step.min(step.wrapping_neg()) > 1000;
        if restarted {
            self.flush(now, out);
            (self.ssrc, self.next_seq, self.next_timestamp) = (Some(ssrc), seq, timestamp);
        } else if is_before_seq(seq, self.next_seq) {
            return;
        }
        self.held.insert(seq, Held { place, codec, payload: payload.to_vec() });
        while let Some(held) = self.pop_ready() {
            self.append(now, held, out);
        }
    }

    /// Appends whatever still waits.
    pub(super) fn flush(&mut self, now: Instant, out: &mut Vec<i16>) {
        while let Some(held) = self.pop_nearest() {
            self.append(now, held, out);
        }
    }

    fn pop_ready(&mut self) -> Option<Held> {
        self.held
            .remove(&self.next_seq)
            .or_else(|| if self.held.len() > HELD_BACK { self.pop_nearest() } else { None })
    }

    fn pop_nearest(&mut self) -> Option<Held> {
        let next = self.next_seq;
        let nearest = self.held.keys().min_by_key(|seq| seq.wrapping_sub(next)).copied()?;
        self.held.remove(&nearest)
    }

    fn append(&mut self, now: Instant, held: Held, out: &mut Vec<i16>) {
        let Place { seq, timestamp, clock, .. } = held.place;
        let bound = clock.ticks(now - self.last_at + LEAD);
        let gap = timestamp.wrapping_sub(self.next_timestamp);
        if !is_before(timestamp, self.next_timestamp) {
            self.fill(&held, clock.samples(gap.min(bound)), out);
        }
        let from = out.len();
        self.hearer.heard(held.codec, &held.payload, out);
        self.next_seq = seq.wrapping_add(1);
        self.next_timestamp = held.place.end(out.len() - from);
        (self.last_at, self.silence) = (now, None);
    }

    /// Time in which nothing came: lost, where numbers are missing too, else the far side was silent.
    fn fill(&mut self, next: &Held, samples: usize, out: &mut Vec<i16>) {
        match next.place.seq != self.next_seq && samples > 0 && self.silence.is_none() {
            true if self.conceals => self.hearer.lost(samples, Some((next.codec, &next.payload)), out),
            true => out.resize(out.len() + samples, 0),
            false => self.hearer.silence(samples, self.silence, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, proptest};

    fn place(seq: u16, timestamp: u32) -> Place {
        Place { ssrc: 1, seq, timestamp, clock: Clock::default() }
    }

    /// A packet all of one code, so that it is known again: of a law whose 127 is silence.
    fn packet(n: u16) -> (Place, [u8; 160]) {
        (place(n, u32::from(n) * 160), [n as u8; 160])
    }

    /// The number of the packet that this sample is of; none for silence.
    fn number(sample: i16) -> Option<u16> {
        let mut levels = Vec::new();
        Codec::Pcmu.decode(&(0..127).collect::<Vec<u8>>(), &mut levels);
        levels.iter().position(|level| *level == sample).map(|n| n as u16)
    }

    fn hear(order: &[u16]) -> Vec<Option<u16>> {
        let mut listener = Listener::default();
        let mut out = Vec::new();
        for n in order {
            let (place, payload) = packet(*n);
            let at = Instant::from_millis(u64::from(*n) * 20);
            listener.take(at, place, Codec::Pcmu, &payload, &mut out);
        }
        listener.flush(Instant::ZERO, &mut out);
        out.chunks(160).map(|c| number(c[0])).collect()
    }

    /// Packets by their numbers, 0 for silence.
    fn numbers<const N: usize>(numbers: [u16; N]) -> Vec<Option<u16>> {
        numbers.into_iter().map(|n| Some(n).filter(|n| *n > 0)).collect()
    }

    #[test]
    fn overtaken_packets_are_put_back_and_a_loss_is_silence() {
        assert_eq!(hear(&[1, 2, 3, 4]), numbers([1, 2, 3, 4]));
        assert_eq!(hear(&[1, 3, 2, 4]), numbers([1, 2, 3, 4]));
        assert_eq!(hear(&[1, 2, 4, 5, 6, 7, 8]), numbers([1, 2, 0, 4, 5, 6, 7, 8]));
        assert_eq!(hear(&[1, 3, 4, 5, 6, 2, 7]), numbers([1, 0, 3, 4, 5, 6, 7]), "too late is dropped");
    }

    #[test]
    fn where_losses_are_concealed_a_silence_of_the_far_side_still_is_one() {
        let mut listener = Listener::concealing();
        let mut out = Vec::new();
        let voice = |n: u32| {
            let mut payload = Vec::new();
            Codec::Pcmu.encode(&[if n.is_multiple_of(2) { 3_000 } else { 2_800 }; 160], &mut payload);
            payload
        };
        // Packets 0 to 3, one lost, 5; a pause of three packets without a gap in the numbers, 6.
        for (seq, n) in [(0, 0), (1, 1), (2, 2), (3, 3), (5, 5), (6, 9)] {
            let at = Instant::from_millis(u64::from(n) * 20);
            listener.take(at, place(seq, n * 160), Codec::Pcmu, &voice(n), &mut out);
        }
        listener.flush(Instant::from_millis(200), &mut out);
        assert_eq!(out.len(), 10 * 160);
        assert!(out[640..800].iter().all(|s| *s > 1_500), "made up");
        assert!(out[960..1_440].iter().all(|s| *s == 0), "nobody spoke");
    }

    #[test]
    fn a_silence_that_was_announced_sounds_as_it_was_announced() {
        let mut listener = Listener::concealing();
        let mut out = Vec::new();
        for (seq, n, announced) in [(0, 0, true), (2, 20, false)] {
            let at = Instant::from_millis(u64::from(n) * 20);
            listener.take(at, place(seq, n * 160), Codec::Pcmu, &[9; 160], &mut out);
            if announced {
                listener.announced(NoiseLevel::of_packet(&[40]));
            }
        }
        listener.flush(Instant::from_millis(400), &mut out);
        assert_eq!(out.len(), 21 * 160);
        let noise = &out[160..20 * 160];
        let loud = noise.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / noise.len() as f64;
        assert!((200.0..500.0).contains(&loud.sqrt()), "{}", loud.sqrt());
    }

    #[test]
    fn a_jump_in_timestamps_does_not_fill_more_than_real_time() {
        let mut listener = Listener::default();
        let mut out = Vec::new();
        for n in 0..100u16 {
            let place = place(n, u32::from(n) * 8_000_000);
            listener.take(Instant::from_millis(u64::from(n) * 20), place, Codec::Pcmu, &[1; 160], &mut out);
        }
        assert!(out.len() < 100 * (160 + 160 + 1600 + 1), "{}", out.len());
    }

    proptest! {
        #[test]
        fn small_disorder_is_undone(order in Just((0u16..40).collect::<Vec<_>>()).prop_flat_map(|v| {
            proptest::collection::vec(0u16..3, v.len()).prop_map(move |delays| {
                let mut order: Vec<(u16, u16)> =
                    v.iter().zip(&delays).map(|(n, d)| (if *n == 0 { 0 } else { n + d }, *n)).collect();
                order.sort();
                order.into_iter().map(|(_, n)| n).collect::<Vec<_>>()
            })
        })) {
            let heard = hear(&order);
            prop_assert_eq!(heard.len(), 40);
            prop_assert!(heard.iter().enumerate().all(|(n, heard)| *heard == Some(n as u16)));
        }
    }
}
