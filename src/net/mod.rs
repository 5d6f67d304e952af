//! The network shell: the only place with real sockets, threads and clocks.
//!
//! Owns: listening sockets and connections of SIP, RTP ports, media worker threads, names, the clock, and
//! the loop that drives a [`Node`](crate::node::Node) with them. Does not know what a message says
//! or what a call is for.
//!
//! ```text
//!   sip_udp, sip_tcp --messages--> |       |                     +--> sip_udp, sip_tcp
//!   media workers    --events----> | Shell | -- Node -- outputs -+--> media workers, ports
//!   ShellHandle      --inputs----> |       |                     +--> store, journal, tap
//! ```
//!
//! Invariants: the node sees inputs one at a time on one task; every queue is bounded. Where the
//! node is too slow, SIP datagrams are dropped and counted (peers send them again), TCP peers wait,
//! media workers stop reading packets before they lose an event. What strangers send beyond their
//! share is dropped before anything is kept of it. A leg's ports rest after use. What was to travel over
//! TLS travels over TLS or not at all.
//!
//! To add a transport: a file beside `sip_udp.rs` with `bind`, `read` and `send`, one arm in
//! `transports.rs`, one word in [`ListenAddr`].

mod address;
mod admission;
mod certificate;
mod clock;
mod counters;
mod descriptors;
mod drops;
mod entropy;
mod error;
mod inbox;
mod names;
mod ports;
mod shell;
mod signals;
mod sip_tcp;
mod sip_udp;
mod socket;
mod tap;
mod tls;
mod transports;
mod workers;

#[cfg(test)]
mod tests;

pub use address::{ListenAddr, reaching, resolve, source_towards};
pub use admission::StrangerLimits;
pub use clock::Clock;
pub use counters::Counts;
pub use drops::receive_buffer_errors;
pub use entropy::fresh_rng;
pub use error::NetError;
pub use names::{Found, Names};
pub use shell::{
    Bound, CallBoard, Ended, Gone, PhoneBoard, QueueBoard, Shell, ShellConfig, ShellHandle, TrunkBoard,
};
pub use signals::{Hangups, obey_signals};
pub use sip_tcp::TcpLimits;
pub use tap::{Heading, PacketTap, WireEvent};
pub use tls::{Identity, TlsConfig, TlsError};
