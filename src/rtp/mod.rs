//! RTP and RTCP packets, and the telephone-event payload, as values.
//!
//! Owns: reading and writing RTP (RFC 3550, by rtp-rs), RTCP reports (by rtcp-types), telling the two
//! apart on one port (RFC 5761) and RFC 4733's event payload. Knows no streams, no jitter, no clock,
//! no codec: payloads are bytes.
//!
//! Invariants: no datagram makes a reader panic; what is written reads back the same.

mod packet;
pub mod rtcp;
mod telephone_event;

pub use packet::{HEADER_BYTES, Packet, RtpError, is_rtcp, read, write_into};
pub use rtcp::Rtcp;
pub use telephone_event::TelephoneEvent;
