//! What a bystander sees of the engine's RTP: numbering of each stream, and its long silences.

use crate::base::{Instant, LegKey};
use crate::rtp;
use std::collections::BTreeMap;
use std::time::Duration;

/// A silence that is noted. The longest wait for a key in the shipped plan is 8 s; after it something
/// must be said within the time a store and a desk's SIP need on the network that is simulated.
pub const LONG_SILENCE: Duration = Duration::from_secs(10);
/// Most breaks noted of one stream.
const NOTED: usize = 8;

/// A stream from the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// First packet.
    pub first: Instant,
    /// Last packet.
    pub last: Instant,
    /// Packets seen.
    pub packets: u64,
    /// Sequence numbers that did not follow: when, which was due, which came.
    pub breaks: Vec<(Instant, u16, u16)>,
    /// Times longer than [`LONG_SILENCE`] without a packet.
    pub silences: Vec<(Instant, Instant)>,
    ssrc: u32,
    next: u16,
}

/// Every stream from the engine, by leg.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    streams: BTreeMap<LegKey, Stream>,
}

impl Watch {
    /// A packet leaves the engine on a leg's RTP port.
    pub fn saw(&mut self, at: Instant, leg: LegKey, bytes: &[u8]) {
        let Ok(packet) = rtp::read(bytes) else { return };
        let stream = self.streams.entry(leg).or_insert(Stream {
            first: at,
            last: at,
            packets: 0,
            breaks: Vec::new(),
            silences: Vec::new(),
            ssrc: packet.ssrc,
            next: packet.sequence,
        });
        stream.saw(at, &packet);
    }

    /// The stream of a leg.
    pub fn stream(&self, leg: LegKey) -> Option<&Stream> {
        self.streams.get(&leg)
    }

    /// Every stream.
    pub fn streams(&self) -> impl Iterator<Item = (LegKey, &Stream)> {
        self.streams.iter().map(|(leg, stream)| (*leg, stream))
    }

    /// Packets seen in all.
    pub fn packets(&self) -> u64 {
        self.streams.values().map(|s| s.packets).sum()
    }
}

impl Stream {
    fn saw(&mut self, at: Instant, packet: &rtp::Packet<'_>) {
        let follows = packet.sequence == self.next && packet.ssrc == self.ssrc;
        if !follows && self.breaks.len() < NOTED {
            self.breaks.push((at, self.next, packet.sequence));
        }
        if at - self.last > LONG_SILENCE {
            self.silences.push((self.last, at));
        }
        self.next = packet.sequence.wrapping_add(1);
        self.ssrc = packet.ssrc;
        self.last = at;
        self.packets += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        let packet =
            rtp::Packet { payload_type: 0, marker: false, sequence, timestamp: 0, ssrc: 1, payload: &[0; 4] };
        rtp::write_into(&packet, &mut bytes);
        bytes
    }

    #[test]
    fn a_gap_and_a_silence_are_noted_and_a_wrap_is_neither() {
        let mut watch = Watch::default();
        let leg = LegKey(1);
        for (ms, sequence) in [(0, 65_535), (20, 0), (40, 2), (11_000, 3)] {
            watch.saw(Instant::from_millis(ms), leg, &packet(sequence));
        }
        let stream = watch.stream(leg).expect("seen");
        assert_eq!(stream.breaks, [(Instant::from_millis(40), 1, 2)]);
        assert_eq!(stream.silences, [(Instant::from_millis(40), Instant::from_millis(11_000))]);
        assert_eq!(watch.packets(), 4);
    }
}
