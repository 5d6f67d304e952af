//! A hook that sees every SIP message on the wire, for ladders and traces.

use crate::base::Now;
use crate::signaling::Flow;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// From a peer to us.
    Received,
    /// From us to a peer.
    Sent,
}

/// One SIP message on the wire.
#[derive(Clone, Copy, Debug)]
pub struct WireEvent<'a> {
    /// When the node was told, or told us.
    pub at: Now,
    /// Which way.
    pub heading: Heading,
    /// On which path.
    pub flow: Flow,
    /// The message.
    pub bytes: &'a [u8],
}

/// Called for every message, on the shell's own task: it must not block.
pub type PacketTap = Box<dyn FnMut(&WireEvent<'_>) + Send>;
