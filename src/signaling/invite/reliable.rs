//! Our provisional responses that the caller acknowledges by PRACK (RFC 3262 3).
//!
//! ```text
//!             18x, RSeq+1                 PRACK: 200
//!  +-------+ ------------> +---------+ --------------> +-------+
//!  | Quiet |               | Unacked |                 | Quiet |  what waited is sent
//!  +-------+               +---------+                 +-------+
//!                            |  T1, 2*T1, 4*T1 …: again
//!                            |  64*T1: 504 to the INVITE, over
//! ```

use crate::base::{Deadline, Instant};
use crate::signaling::core::Core;
use crate::signaling::fields;
use crate::signaling::transaction::ServerId;
use crate::signaling::transaction::timers::{Backoff, GIVE_UP};
use crate::sip::{Method, Request, Response};

/// First numbers lie below this, far from where they would wrap.
const FIRST_BELOW: u64 = 1 << 20;

#[derive(Debug)]
enum State {
    Quiet,
    Unacked { response: Response, again: Backoff, until: Instant },
}

/// The reliable provisional responses to one INVITE.
#[derive(Debug)]
pub(super) struct Reliable {
    rseq: u32,
    cseq: u32,
    state: State,
}

impl Reliable {
    /// For the INVITE with this CSeq.
    pub(super) fn new(core: &mut Core, cseq: u32) -> Reliable {
        Reliable { rseq: core.rng.below(FIRST_BELOW) as u32, cseq, state: State::Quiet }
    }

    /// Numbers a response, sends it, and again until it is acknowledged.
    pub(super) fn send(&mut self, core: &mut Core, tx: ServerId, mut response: Response) {
        self.rseq += 1;
        response.push("Require", RELIABLE).push("RSeq", self.rseq);
        core.respond(tx, response.clone());
        let now = core.now.mono;
        self.state = State::Unacked { response, again: Backoff::start(now, GIVE_UP), until: now + GIVE_UP };
    }

    /// Whether a PRACK is for the response that waits for it, or for one that had it.
    pub(super) fn take(&mut self, prack: &Request) -> Acked {
        let is_ours = fields::rack(prack).is_some_and(|(rseq, cseq)| {
            rseq == self.rseq && cseq.number == self.cseq && cseq.method == Method::Invite
        });
        match (&self.state, is_ours) {
            (State::Unacked { .. }, true) => {
                self.state = State::Quiet;
                Acked::Now
            }
            (State::Quiet, true) => Acked::Before,
            (State::Quiet | State::Unacked { .. }, false) => Acked::Never,
        }
    }

    /// Whether a response waits for its PRACK.
    pub(super) fn is_unacked(&self) -> bool {
        match &self.state {
            State::Quiet => false,
            State::Unacked { .. } => true,
        }
    }

    /// Whether a response with SDP waits for its PRACK: no 2xx before (RFC 3262 3).
    pub(super) fn owes_sdp(&self) -> bool {
        match &self.state {
            State::Quiet => false,
            State::Unacked { response, .. } => !response.body.is_empty(),
        }
    }

    /// Sends it again where that is due. False once nobody is going to acknowledge it.
    pub(super) fn wake(&mut self, core: &mut Core, tx: ServerId) -> bool {
        match &mut self.state {
            State::Quiet => true,
            State::Unacked { until, .. } if core.now.mono >= *until => false,
            State::Unacked { response, again, .. } => {
                if again.is_due(core.now.mono) {
                    again.advance(core.now.mono);
                    core.respond(tx, response.clone());
                }
                true
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        match &self.state {
            State::Quiet => None,
            State::Unacked { again, until, .. } => {
                let again = Deadline { at: again.at(), why: "reliable 1xx" };
                Some(again.min(Deadline { at: *until, why: "no PRACK" }))
            }
        }
    }
}

/// What a PRACK acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acked {
    /// The response that waited for it.
    Now,
    /// One that was acknowledged already, by another PRACK.
    Before,
    /// None of ours.
    Never,
}

/// The option tag of RFC 3262.
pub(super) const RELIABLE: &str = "100rel";

/// Whether our 18x to this INVITE are to be reliable: where its sender demands it, or can and we want it.
pub(super) fn is_due(invite: &Request, wanted: bool) -> bool {
    demands(invite) || (wanted && fields::names(invite, "Supported", RELIABLE))
}

/// Whether the sender takes no other.
pub(super) fn demands(invite: &Request) -> bool {
    fields::names(invite, "Require", RELIABLE)
}
