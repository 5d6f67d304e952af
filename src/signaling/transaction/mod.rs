//! Transactions: one request and its responses, each sent until it has arrived.
//!
//! Owns: the four machines of RFC 3261 17 (INVITE as in RFC 6026), how messages find them
//! (17.1.3, 17.2.3, and the older way for branches without the magic cookie), retransmission.
//!
//! Does not know: dialogs, calls, what a request asks for.
//!
//! Invariants: a machine that is finished is gone from every map; a state's deadlines live in the
//! state, so a timer of a state that was left cannot fire.

mod client_invite;
mod client_other;
mod clients;
mod key;
mod server_invite;
mod server_other;
mod servers;
pub(super) mod timers;

pub(super) use clients::{ClientId, Clients, Failure};
pub(super) use servers::{Matched, ServerId, Servers};

/// What a machine wants after one input.
#[derive(Debug, Default, PartialEq, Eq)]
struct Step {
    send: Option<Vec<u8>>,
    up: Option<Up>,
}

/// What the transaction's user is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Up {
    /// The response just received is for the user.
    Response,
    /// The ACK just received is for the user: it acknowledges a 2xx.
    Ack,
    /// Nothing came in time (timers B, F, H).
    TimedOut,
    /// The path failed.
    TransportFailed,
}

impl Step {
    fn nothing() -> Self {
        Step::default()
    }

    fn send(bytes: Vec<u8>) -> Self {
        Step { send: Some(bytes), up: None }
    }

    fn up(up: Up) -> Self {
        Step { send: None, up: Some(up) }
    }
}
