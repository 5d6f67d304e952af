//! The invite usage: what becomes of one INVITE, from either side (RFC 3261 13 to 15).
//!
//! Owns: an INVITE received ([`Incoming`]), an INVITE sent to one target ([`Outgoing`]), the session
//! a 2xx makes of either ([`Session`]), offer/answer turns, provisional responses that are acknowledged,
//! the session timer, the order of targets ([`Plan`]), what is said of a caller referred elsewhere.
//!
//! Does not know: the other calls of the endpoint, what SDP says.
//!
//! Invariants: a usage whose leg has ended tells nobody anything, but finishes what the protocol
//! owes the peer: CANCEL, ACK, BYE. Every usage ends, because every state but an open session and
//! an unanswered INVITE (which the engine ends) has a deadline.

mod ack;
mod in_dialog;
mod interval;
mod offers;
mod plan;
mod referral;
mod refresh;
mod reliable;
mod replacing;
mod session;
mod uac;
mod uas;

pub(super) use interval::{ask as ask_for_interval, refuse_short};
pub(super) use plan::{AttemptEnd, Failed, Plan};
pub(super) use replacing::{Replaced, named as named_to_replace, of as replaced};
pub(super) use session::Session;
pub(super) use uac::Outgoing;
pub(super) use uas::Incoming;
