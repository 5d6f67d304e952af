//! Signaling machines: transactions, dialogs and the invite usage of SIP.
//!
//! Owns: RFC 3261's transaction machines (with RFC 6026), dialogs, both roles of the invite usage, session
//! timers (RFC 4028), trunks (registration, keep-alive, the places they are reached at), the registrar of desk
//! phones, digest answers, failover over a target's addresses, and the answers to requests that need no decision
//! (OPTIONS, unknown methods, unknown `Require`). An [`Endpoint`] is one user agent.
//!
//! Does not know: what a call is for, what is in SDP (bodies are bytes; only offer/answer turns are
//! tracked), sockets, clocks.
//!
//! Invariants: every incoming INVITE gets a final response, provided the engine answers, rejects or
//! hangs up each leg; every leg reports exactly one [`Event::Ended`]; after it the endpoint finishes
//! what the protocol owes the peer (CANCEL, ACK, BYE, retransmissions) and tells nobody; when
//! everything is over [`Endpoint::counts`] is all zero.
//!
//! How a message travels: [`Endpoint`] -> `transaction` (absorbs what came before) -> `answers`
//! (refuses what needs no decision) -> `dialog` index -> `usage` (`invite`) -> [`Event`].
//!
//! A usage in which a rule breaks is thrown away alone: [`Endpoint::forget_broken`].
//!
//! Deviations: requests larger than a datagram should be are not moved to TCP (RFC 3261 18.1.1); a
//! dialog's requests go to a route or Contact only where that is an IP address, else back to where
//! the dialog came from. A dialog that came over TLS keeps to its connection, and one that did not
//! does not move to TLS: no message of a call leaves in clear text where another did not.
//!
//! To add an in-dialog method: one arm in `invite/in_dialog.rs`, one word in `answers::ALLOW`. To add an
//! extension: one word in `answers::SUPPORTED`.

mod agenda;
mod answers;
mod auth;
mod command;
mod compose;
mod core;
mod dialog;
mod endpoint;
mod fields;
mod invite;
mod outbox;
mod register;
mod registrar;
#[cfg(test)]
mod tests;
mod transaction;
mod transport;
mod usage;

pub use command::{Command, Config, Event, How, Invite, LegEnd, OnTrunk, Output, SessionTimer, Target};
pub use endpoint::{Counts, Endpoint};
pub use register::{
    Limits, Lookup, LookupStanding, NoWay, PlaceStanding, Refused, RegistrationStanding, Resolved,
    TrunkConfig, TrunkStanding,
};
pub use registrar::{PLACES, PhonePlace, PhoneStanding, Phones};
pub use transport::{Flow, Transport};
