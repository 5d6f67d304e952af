//! The server side of every request but INVITE and ACK: RFC 3261 17.2.2.
//!
//! ```text
//!        request
//!           |    request: absorb
//!           v
//!      +--------+  200-699: send
//!      | Trying |----------------+
//!      +--------+                |
//!   1xx: send |                  |
//!             v                  |
//!      +------------+  200-699   |
//!      | Proceeding |------------+
//!      +------------+            v
//!   request: send the      +-----------+  request: send the
//!   last 1xx again         | Completed |  response again
//!                          +-----------+
//!                                | J
//!                                v
//!                          +------------+
//!                          | Terminated |
//!                          +------------+
//! ```

use super::Step;
use super::timers::GIVE_UP;
use crate::base::{Deadline, Instant};

#[derive(Debug)]
enum State {
    Trying,
    Proceeding { last: Vec<u8> },
    Completed { response: Vec<u8>, until: Instant },
    Terminated,
}

/// One request we received.
#[derive(Debug)]
pub(in crate::signaling) struct ServerOther {
    reliable: bool,
    state: State,
}

impl ServerOther {
    pub(in crate::signaling) fn new(reliable: bool) -> Self {
        ServerOther { reliable, state: State::Trying }
    }

    /// Our response.
    pub(in crate::signaling) fn respond(&mut self, now: Instant, status: u16, bytes: Vec<u8>) -> Step {
        match self.state {
            State::Trying | State::Proceeding { .. } => {
                self.state = match status {
                    ..=199 => State::Proceeding { last: bytes.clone() },
                    _ if self.reliable => State::Terminated,
                    _ => State::Completed { response: bytes.clone(), until: now + GIVE_UP },
                };
                Step::send(bytes)
            }
            State::Completed { .. } | State::Terminated => Step::nothing(),
        }
    }

    /// The same request once more.
    pub(in crate::signaling) fn on_retransmission(&self) -> Step {
        match &self.state {
            State::Proceeding { last: response } | State::Completed { response, .. } => {
                Step::send(response.clone())
            }
            State::Trying | State::Terminated => Step::nothing(),
        }
    }

    /// Timer J.
    pub(in crate::signaling) fn on_deadline(&mut self, now: Instant) -> Step {
        match self.state {
            State::Completed { until, .. } if now >= until => self.state = State::Terminated,
            State::Trying | State::Proceeding { .. } | State::Completed { .. } | State::Terminated => {}
        }
        Step::nothing()
    }

    pub(in crate::signaling) fn deadline(&self) -> Option<Deadline> {
        match self.state {
            State::Completed { until, .. } => Some(Deadline { at: until, why: "J" }),
            State::Trying | State::Proceeding { .. } | State::Terminated => None,
        }
    }

    pub(in crate::signaling) fn is_finished(&self) -> bool {
        matches!(self.state, State::Terminated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn a_retransmission_before_the_answer_is_absorbed_and_after_it_answered_again_until_timer_j() {
        let mut m = ServerOther::new(false);
        assert_eq!(m.on_retransmission(), Step::nothing());
        assert_eq!(m.respond(at(0), 200, b"200".to_vec()), Step::send(b"200".to_vec()));
        assert_eq!(m.respond(at(1), 500, b"500".to_vec()), Step::nothing());
        assert_eq!(m.on_retransmission(), Step::send(b"200".to_vec()));
        assert_eq!(m.deadline().map(|d| (d.at, d.why)), Some((at(32_000), "J")));
        m.on_deadline(at(32_000));
        assert!(m.is_finished());
    }

    #[test]
    fn timer_j_is_zero_on_streams() {
        let mut m = ServerOther::new(true);
        m.respond(at(0), 200, b"200".to_vec());
        assert!(m.is_finished());
    }
}
