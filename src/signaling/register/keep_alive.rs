//! Whether a place answers: OPTIONS again and again (RFC 3261 11).
//!
//! ```text
//!   +------+  at: OPTIONS   +-------+  a final response: its status, and how long it took
//!   | Idle |--------------->| Asked |  none, or the path fails: no answer
//!   +------+                +-------+
//!      ^-------------------------+  after the interval
//! ```

use crate::base::{Deadline, Instant, Rng};
use crate::signaling::transaction::ClientId;
use std::time::Duration;

#[derive(Debug)]
enum State {
    Idle { at: Instant },
    Asked { tx: ClientId, sent: Instant },
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) round_trip: Duration,
}

/// The question to one place.
#[derive(Debug)]
pub(super) struct KeepAlive {
    state: State,
    answer: Option<Answer>,
}

impl KeepAlive {
    /// Due at once.
    pub(super) fn starting(now: Instant) -> Self {
        KeepAlive { state: State::Idle { at: now }, answer: None }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        matches!(self.state, State::Idle { at } if at <= now)
    }

    pub(super) fn asked(&mut self, tx: ClientId, now: Instant) {
        self.state = State::Asked { tx, sent: now };
    }

    /// Whether this transaction is the question under way.
    pub(super) fn owns(&self, id: ClientId) -> bool {
        matches!(self.state, State::Asked { tx, .. } if tx == id)
    }

    /// The answer to the question under way; `None`: there will be none.
    pub(super) fn answered(&mut self, now: Instant, rng: &mut Rng, every: Duration, status: Option<u16>) {
        if let State::Asked { sent, .. } = self.state {
            self.answer = status.map(|status| Answer { status, round_trip: now - sent });
            self.state = State::Idle { at: now + spread(rng, every) };
        }
    }

    pub(super) fn answer(&self) -> Option<Answer> {
        self.answer
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        match self.state {
            State::Idle { at } => Some(Deadline { at, why: "OPTIONS" }),
            State::Asked { .. } => None,
        }
    }
}

/// Nine to eleven tenths of an interval, so that many engines do not ask at one moment.
fn spread(rng: &mut Rng, every: Duration) -> Duration {
    every * 9 / 10 + every / 1000 * u32::try_from(rng.below(200)).unwrap_or_default()
}
