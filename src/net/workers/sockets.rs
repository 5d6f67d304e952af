//! The RTP and RTCP sockets of a worker's legs, and which of them have something to read.

use crate::base::LegKey;
use crate::media::Port;
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use std::collections::{BTreeMap, VecDeque};
use std::io;

/// Sockets by leg and by poll token. Two tokens a slot: RTP, RTCP.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    slots: Vec<Option<Pair>>,
    free: Vec<usize>,
    by_leg: BTreeMap<LegKey, usize>,
    /// Tokens that the poll reported and that have not been read empty since: it reports only changes.
    readable: VecDeque<Token>,
}

#[derive(Debug)]
struct Pair {
    leg: LegKey,
    rtp: Half,
    rtcp: Half,
}

#[derive(Debug)]
struct Half {
    socket: UdpSocket,
    waits: bool,
}

impl Sockets {
    /// Watches a leg's sockets.
    pub(super) fn open(
        &mut self,
        registry: &Registry,
        leg: LegKey,
        rtp: std::net::UdpSocket,
        rtcp: std::net::UdpSocket,
    ) -> io::Result<()> {
        let slot = self.free.last().copied().unwrap_or(self.slots.len());
        let half = |socket, port| {
            let mut socket = UdpSocket::from_std(socket);
            registry.register(&mut socket, token(slot, port), Interest::READABLE)?;
            Ok::<Half, io::Error>(Half { socket, waits: false })
        };
        let pair = Pair { leg, rtp: half(rtp, Port::Rtp)?, rtcp: half(rtcp, Port::Rtcp)? };
        match self.slots.get_mut(slot) {
            Some(place) => *place = Some(pair),
            None => self.slots.push(Some(pair)),
        }
        self.free.pop();
        self.by_leg.insert(leg, slot);
        Ok(())
    }

    /// Closes a leg's sockets.
    pub(super) fn close(&mut self, leg: LegKey) -> bool {
        let Some(slot) = self.by_leg.remove(&leg) else { return false };
        // Dropping a socket takes it off the poll.
        if let Some(place) = self.slots.get_mut(slot) {
            *place = None;
        }
        self.free.push(slot);
        true
    }

    /// The socket that a leg sends from.
    pub(super) fn of(&self, leg: LegKey, port: Port) -> Option<&UdpSocket> {
        let pair = self.slots.get(*self.by_leg.get(&leg)?)?.as_ref()?;
        Some(match port {
            Port::Rtp => &pair.rtp.socket,
            Port::Rtcp => &pair.rtcp.socket,
        })
    }

    /// The poll reported this token.
    pub(super) fn note_readable(&mut self, token: Token) {
        if let Some(half) = self.half(token)
            && !std::mem::replace(&mut half.waits, true)
        {
            self.readable.push_back(token);
        }
    }

    /// Whether anything may be there to read.
    pub(super) fn any_readable(&self) -> bool {
        !self.readable.is_empty()
    }

    /// The next socket that may have something, in turn. It has its turn again after
    /// [`note_readable`](Sockets::note_readable).
    pub(super) fn next_readable(&mut self) -> Option<(Token, LegKey, Port)> {
        while let Some(token) = self.readable.pop_front() {
            if let Some(half) = self.half(token) {
                half.waits = false;
                let leg = self.slots.get(token.0 / 2)?.as_ref()?.leg;
                return Some((token, leg, port_of(token)));
            }
        }
        None
    }

    fn half(&mut self, token: Token) -> Option<&mut Half> {
        let pair = self.slots.get_mut(token.0 / 2)?.as_mut()?;
        Some(match port_of(token) {
            Port::Rtp => &mut pair.rtp,
            Port::Rtcp => &mut pair.rtcp,
        })
    }
}

fn token(slot: usize, port: Port) -> Token {
    Token(slot * 2 + usize::from(port == Port::Rtcp))
}

fn port_of(token: Token) -> Port {
    match token.0 % 2 {
        0 => Port::Rtp,
        _ => Port::Rtcp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mio::Poll;

    fn any() -> std::net::UdpSocket {
        std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket")
    }

    #[test]
    fn slots_are_used_again_and_a_closed_leg_is_not_read() {
        let poll = Poll::new().expect("a poll");
        let mut sockets = Sockets::default();
        for leg in [1, 2] {
            sockets.open(poll.registry(), LegKey(leg), any(), any()).expect("opened");
        }
        sockets.note_readable(Token(0));
        sockets.note_readable(Token(3));
        sockets.note_readable(Token(3));
        assert!(sockets.close(LegKey(1)));
        assert!(!sockets.close(LegKey(1)));
        assert_eq!(sockets.next_readable(), Some((Token(3), LegKey(2), Port::Rtcp)));
        assert_eq!(sockets.next_readable(), None);
        sockets.open(poll.registry(), LegKey(3), any(), any()).expect("opened");
        assert_eq!(sockets.slots.len(), 2, "the free slot is taken");
        assert!(sockets.of(LegKey(3), Port::Rtp).is_some());
        assert!(sockets.of(LegKey(1), Port::Rtp).is_none());
    }
}
