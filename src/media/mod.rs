//! Media machines: RTP streams, what they play and hear, and who hears whom.
//!
//! Owns: whole streams from packet to packet: sequence numbers, timestamps, SSRC, the learnt far
//! address, playout of clips, recordings, digits in all three forms, bridges, RTCP. A [`Plane`] holds the
//! streams of one worker thread and shares nothing.
//!
//! Does not know: SIP, SDP negotiation, sockets, why a prompt is played.
//!
//! Invariants: a stream sends nothing before it is configured and nothing after `Close`; a bridged
//! packet leaves in the same call that brought it, or where its audio is coded anew when its turn has come; one key
//! press is one digit, whatever arrives;
//! sequence numbers, timestamps and SSRC run on through playouts, keys, bridges and new answers; a stream that
//! has keys, or is to have them, sends and takes nothing without them; where checks find the far side, no other
//! packet does.
//!
//! A stream in which a rule breaks is replaced by a silent one, and its call is told: no other stream of the
//! worker notices (`plane.rs`).
//!
//! Where the RFCs leave a choice or we leave them: RTCP's NTP times count from the start of the process
//! (`reporter.rs`); comfort noise has no spectrum, and is rendered where a side is recorded or translated: one that
//! is given packets as they are gets none for a silence; a bridge is a translator (RFC 3550 7.1) that keeps gaps of the
//! source but has its own SSRC (`sender.rs`), without a jitter buffer between sides of one codec or of G.711's two
//! laws, for the far side has its own, and with one between others (`jitter.rs`); on hold a playout goes on unheard
//! (`playout.rs`); who may speak for the far side is told in `remote.rs`, when it is taken for dead in `vigil.rs`,
//! when two signs are one key press in `dedupe.rs`; what is encrypted and what is believed then in `srtp`, whose certificate in
//! `dtls`, whose address in `ice.rs`.
//!
//! A press crosses a bridge once, in the form that its far side has: as an event where that agreed events, and then
//! its tone does not cross from the moment it is known to be one; as a tone where not. What shows the same press again
//! in another form does not cross (`stream/incoming.rs`).
//!
//! To add a kind of clip: `base::Clip` and one arm of `playout::piece`. To add a form of digits:
//! [`DigitSource`], its bit and window in `dedupe.rs`, and whoever reads it calls `sign`.

pub mod agreement;
mod bridge;
mod clock;
mod coding;
mod command;
mod dedupe;
mod dtls;
mod dtmf;
mod ice;
mod inband;
mod jitter;
mod lateness;
mod listen;
mod outbox;
mod plane;
mod playout;
mod press;
mod reception;
mod record;
mod remote;
mod reporter;
mod schedule;
mod sender;
mod srtp;
mod stream;
mod vigil;

pub use command::{
    Carried, Command, DigitSource, Direction, Event, Output, PlayKey, Port, RecordingKey, Settings,
    StreamReport, Take,
};
pub use dtls::{Failure, Identity};
pub use plane::Plane;

#[cfg(test)]
mod tests;
