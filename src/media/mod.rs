//! Media machines: RTP streams, what they play and hear, and who hears whom.
//!
//! Owns: whole streams from packet to packet: sequence numbers, timestamps, SSRC, the learnt far
//! address, playout of clips, digits in all three forms, bridges, RTCP. A [`Plane`] holds the
//! streams of one worker thread and shares nothing.
//!
//! Does not know: SIP, SDP negotiation, sockets, why a prompt is played.
//!
//! Invariants: a stream sends nothing before it is configured and nothing after `Close`; a bridged
//! packet leaves in the same call that brought it; one key press is one digit, whatever arrives.

pub mod agreement;
mod bridge;
mod coding;
mod command;
mod dedupe;
mod dtmf;
mod listen;
mod outbox;
mod plane;
mod playout;
mod press;
mod reception;
mod remote;
mod reporter;
mod schedule;
mod sender;
mod stream;
mod tone;

pub use command::{Command, DigitSource, Direction, Event, Output, PlayKey, Port, Settings, StreamReport};
pub use plane::Plane;

#[cfg(test)]
mod tests;
