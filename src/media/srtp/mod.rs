//! Encrypted RTP and RTCP of one stream (RFC 3711, RFC 7714): packets sealed as they leave, opened as they come.
//!
//! A packet whose tag does not hold, or that was taken before, is not opened and changes nothing: not the
//! address its stream is heard from, not a counter but its own, and never the call. Nothing is sealed twice
//! under one index, since that would give both packets away: the second is not sent.
//!
//! Deviations: a key is used until its call is over (at most [`CALL_DURATION`](crate::base::limits::CALL_DURATION),
//! far below the 2^31 packets it is good for); no MKI.

mod cipher;
mod index;

use crate::sdp::Keys;
use cipher::{Cipher, Place};
use index::Order;

/// Sources of one peer that are known at a time; the one heard longest ago makes room.
const SOURCES: usize = 4;
/// The head of RTCP that stays readable.
const RTCP_HEAD: usize = 8;
/// Bit of the RTCP index word that says "encrypted".
const ENCRYPTED: u32 = 1 << 31;

/// Both directions of a stream.
#[derive(Debug)]
pub(super) struct Srtp {
    keys: Keys,
    sealing: Direction,
    opening: Direction,
}

/// One direction: its session keys, and what was sealed or opened with them.
#[derive(Debug)]
struct Direction {
    cipher: Cipher,
    sources: Vec<Source>,
}

/// Who sends, and how far it has come.
#[derive(Clone, Debug)]
struct Source {
    ssrc: u32,
    rtp: Order,
    rtcp: Order,
    /// Index of the last RTCP packet sealed.
    sent_rtcp: u32,
}

impl Srtp {
    /// Nothing sealed, nothing opened.
    pub(super) fn new(keys: Keys) -> Srtp {
        let direction = |key: &[u8]| Direction { cipher: Cipher::new(keys.suite, key), sources: Vec::new() };
        Srtp { sealing: direction(keys.ours.reveal()), opening: direction(keys.theirs.reveal()), keys }
    }

    /// Takes the keys of a new agreement. A direction whose key stays goes on where it was (RFC 4568 7.1.4).
    pub(super) fn rekey(&mut self, keys: Keys) {
        let new = Srtp::new(keys);
        if new.keys.suite != self.keys.suite || new.keys.ours != self.keys.ours {
            self.sealing = new.sealing;
        }
        if new.keys.suite != self.keys.suite || new.keys.theirs != self.keys.theirs {
            self.opening = new.opening;
        }
        self.keys = new.keys;
    }

    /// Seals an RTP packet in its place. False: it must not leave.
    pub(super) fn seal(&mut self, packet: &mut Vec<u8>) -> bool {
        let Some((head, place)) = rtp_place(packet, &self.sealing) else { return false };
        let source = self.sealing.source(place.ssrc);
        source.rtp.take(place.index) && self.sealing.cipher.seal(place, head, packet)
    }

    /// Opens an RTP packet into a buffer. False: it is not the peer's, or was here before.
    pub(super) fn open(&mut self, packet: &[u8], clear: &mut Vec<u8>) -> bool {
        let Some((head, place)) = rtp_place(packet, &self.opening) else { return false };
        let seen = self.opening.known(place.ssrc).is_some_and(|source| source.rtp.was_taken(place.index));
        clear.clear();
        clear.extend_from_slice(packet);
        if seen || !self.opening.cipher.open(place, head, clear) {
            return false;
        }
        self.opening.source(place.ssrc).rtp.take(place.index)
    }

    /// Seals an RTCP packet in its place. False: it must not leave.
    pub(super) fn seal_rtcp(&mut self, packet: &mut Vec<u8>) -> bool {
        let Some(ssrc) = word(packet, 4).filter(|_| packet.len() >= RTCP_HEAD) else { return false };
        let source = self.sealing.source(ssrc);
        source.sent_rtcp += 1;
        let index = source.sent_rtcp;
        index < ENCRYPTED && self.sealing.cipher.seal_rtcp(ssrc, index | ENCRYPTED, packet)
    }

    /// Opens an RTCP packet into a buffer. False: it is not the peer's, or was here before.
    pub(super) fn open_rtcp(&mut self, packet: &[u8], clear: &mut Vec<u8>) -> bool {
        let Some(ssrc) = word(packet, 4) else { return false };
        clear.clear();
        clear.extend_from_slice(packet);
        let Some(index) = self.opening.cipher.open_rtcp(ssrc, clear) else { return false };
        self.opening.source(ssrc).rtcp.take(u64::from(index))
    }
}

impl Direction {
    fn known(&self, ssrc: u32) -> Option<&Source> {
        self.sources.iter().find(|source| source.ssrc == ssrc)
    }

    /// The source of a packet that is good, the one heard last being the first.
    fn source(&mut self, ssrc: u32) -> &mut Source {
        match self.sources.iter().position(|source| source.ssrc == ssrc) {
            Some(0) => {}
            Some(at) => self.sources[..=at].rotate_right(1),
            None => {
                self.sources.truncate(SOURCES - 1);
                let new = Source { ssrc, rtp: Order::default(), rtcp: Order::default(), sent_rtcp: 0 };
                self.sources.insert(0, new);
            }
        }
        &mut self.sources[0]
    }
}

/// The length of an RTP packet's head, and its place in its source's order. `None`: it is no RTP packet.
fn rtp_place(packet: &[u8], direction: &Direction) -> Option<(usize, Place)> {
    let first = *packet.first()?;
    let sequence = u16::from_be_bytes([*packet.get(2)?, *packet.get(3)?]);
    let ssrc = word(packet, 8)?;
    let sources = 12 + 4 * usize::from(first & 0x0f);
    let extended = first & 0x10 != 0;
    let head = match extended {
        false => sources,
        true => {
            let length = packet.get(sources + 2..sources + 4)?;
            sources + 4 + 4 * usize::from(u16::from_be_bytes([length[0], length[1]]))
        }
    };
    let index = direction.known(ssrc).map_or(u64::from(sequence), |source| source.rtp.index_of(sequence));
    (first >> 6 == 2 && head <= packet.len()).then_some((head, Place { ssrc, index }))
}

fn word(packet: &[u8], at: usize) -> Option<u32> {
    let bytes = packet.get(at..at + 4)?;
    Some(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

#[cfg(test)]
mod tests;
