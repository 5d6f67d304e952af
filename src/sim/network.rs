//! What the virtual network does to a packet, and what was seen on it.

use crate::audio::Sound;
use crate::base::{Instant, LegKey, PromptId, Rng};
use crate::media::Port;
use crate::node::{PinAnswer, Recorded, StoreDone, Told};
use crate::signaling::Flow;
use std::net::SocketAddr;
use std::time::Duration;

/// How bad the network is. Streams (TCP) are delayed, but neither lost nor reordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// Datagrams lost, of a hundred.
    pub loss_percent: u64,
    /// Datagrams that arrive twice, of a hundred.
    pub duplicate_percent: u64,
    /// Datagrams held back so that later ones overtake them, of a hundred.
    pub reorder_percent: u64,
    /// One way.
    pub delay: Duration,
    /// Added at random, up to this.
    pub jitter: Duration,
}

impl Faults {
    /// A good line: 5 ms, nothing lost.
    pub const NONE: Faults = Faults {
        loss_percent: 0,
        duplicate_percent: 0,
        reorder_percent: 0,
        delay: Duration::from_millis(5),
        jitter: Duration::ZERO,
    };

    /// Whether every datagram arrives, once and in order.
    pub fn is_clean(&self) -> bool {
        let clean = [self.loss_percent, self.duplicate_percent, self.reorder_percent].iter().all(|p| *p == 0);
        clean && self.jitter.is_zero()
    }

    /// The moments at which a datagram sent now arrives: none, one or two.
    pub(super) fn arrivals(&self, now: Instant, rng: &mut Rng) -> Vec<Instant> {
        if rng.chance(self.loss_percent) {
            return Vec::new();
        }
        let copies = if rng.chance(self.duplicate_percent) { 2 } else { 1 };
        (0..copies).map(|_| self.arrival(now, rng)).collect()
    }

    fn arrival(&self, now: Instant, rng: &mut Rng) -> Instant {
        let jitter = rng.below(self.jitter.as_micros() as u64 + 1);
        let held = if rng.chance(self.reorder_percent) { self.delay * 4 } else { Duration::ZERO };
        now + self.delay + Duration::from_micros(jitter) + held
    }
}

/// A SIP message as it was sent.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it was sent.
    pub at: Instant,
    /// From the sender's side.
    pub flow: Flow,
    /// The message.
    pub bytes: Vec<u8>,
    /// When it arrives first; `None`: lost.
    pub arrives: Option<Instant>,
    /// Its place among everything seen and noted.
    pub order: u64,
}

/// Something on its way.
#[derive(Clone, Debug)]
pub(super) enum Flight {
    Sip { flow: Flow, bytes: Vec<u8> },
    Rtp { from: SocketAddr, to: SocketAddr, bytes: Vec<u8> },
    Failed { flow: Flow },
    Stored { host: usize, done: StoreDone },
    Told { host: usize, told: Told },
    Verified { host: usize, answer: PinAnswer },
    Recorded { host: usize, recorded: Recorded },
    Spoken { host: usize, id: PromptId, sound: Option<Sound> },
    Port { host: usize, leg: LegKey, address: Option<SocketAddr> },
}

/// The same path from the other side.
pub(super) fn mirrored(flow: Flow) -> Flow {
    Flow { transport: flow.transport, local: flow.remote, remote: flow.local }
}

pub(super) fn is_reliable(flow: Flow) -> bool {
    flow.transport.is_reliable()
}

/// Which of a leg's sockets an address is: RTP on even ports, RTCP on the next.
pub(super) fn port_of(address: SocketAddr) -> Port {
    if address.port().is_multiple_of(2) { Port::Rtp } else { Port::Rtcp }
}
