//! The server side of an INVITE: RFC 3261 17.2.1 as changed by RFC 6026 7.1.
//!
//! ```text
//!                 INVITE
//!                   |
//!                   v    INVITE: send the last 1xx again
//!             +------------+  101-199: send
//!             | Proceeding |---------------------+
//!             +------------+  200-299: send      |
//!      300-699: send |                           v
//!                    v                     +----------+  INVITE: absorb
//!              +-----------+               | Accepted |  2xx: send
//!              | Completed |               +----------+  ACK: pass up
//!              +-----------+                     | L
//!   G, INVITE: |         | ACK                   |
//!   send again |         v                       |
//!   H: tell    |   +-----------+                 |
//!   the user   |   | Confirmed | ACK: absorb     |
//!              |   +-----------+                 |
//!              v         | I                     v
//!             +--------------------------------------+
//!             |              Terminated              |
//!             +--------------------------------------+
//! ```

use super::timers::{Backoff, GIVE_UP, T2, T4};
use super::{Step, Up};
use crate::base::{Deadline, Instant};

#[derive(Debug)]
enum State {
    Proceeding { last: Option<Vec<u8>> },
    Completed { response: Vec<u8>, again: Option<Backoff>, until: Instant },
    Confirmed { until: Instant },
    Accepted { until: Instant },
    Terminated,
}

/// One INVITE we received.
#[derive(Debug)]
pub(in crate::signaling) struct ServerInvite {
    reliable: bool,
    state: State,
}

impl ServerInvite {
    pub(in crate::signaling) fn new(reliable: bool) -> Self {
        ServerInvite { reliable, state: State::Proceeding { last: None } }
    }

    /// Our response: a provisional one, the final one, or the 2xx once more.
    pub(in crate::signaling) fn respond(&mut self, now: Instant, status: u16, bytes: Vec<u8>) -> Step {
        match (&mut self.state, status) {
            (State::Proceeding { last }, ..=199) => *last = Some(bytes.clone()),
            (State::Proceeding { .. }, 200..=299) => self.state = State::Accepted { until: now + GIVE_UP },
            (State::Proceeding { .. }, _) => {
                let again = (!self.reliable).then(|| Backoff::start(now, T2));
                self.state = State::Completed { response: bytes.clone(), again, until: now + GIVE_UP };
            }
            (State::Accepted { .. }, 200..=299) => {}
            (
                State::Completed { .. }
                | State::Confirmed { .. }
                | State::Accepted { .. }
                | State::Terminated,
                _,
            ) => {
                return Step::nothing();
            }
        }
        Step::send(bytes)
    }

    /// The same INVITE once more.
    pub(in crate::signaling) fn on_retransmission(&self) -> Step {
        match &self.state {
            State::Proceeding { last: Some(response) } | State::Completed { response, .. } => {
                Step::send(response.clone())
            }
            State::Proceeding { last: None }
            | State::Confirmed { .. }
            | State::Accepted { .. }
            | State::Terminated => Step::nothing(),
        }
    }

    /// An ACK with this transaction's branch.
    pub(in crate::signaling) fn on_ack(&mut self, now: Instant) -> Step {
        match self.state {
            State::Completed { .. } => {
                self.state = match self.reliable {
                    true => State::Terminated,
                    false => State::Confirmed { until: now + T4 },
                };
                Step::nothing()
            }
            State::Accepted { .. } => Step::up(Up::Ack),
            State::Proceeding { .. } | State::Confirmed { .. } | State::Terminated => Step::nothing(),
        }
    }

    /// Timers G, H, I and L.
    pub(in crate::signaling) fn on_deadline(&mut self, now: Instant) -> Step {
        match &mut self.state {
            State::Completed { until, .. } if now >= *until => {
                self.state = State::Terminated;
                Step::up(Up::TimedOut)
            }
            State::Completed { again: Some(again), response, .. } if again.is_due(now) => {
                again.advance(now);
                Step::send(response.clone())
            }
            State::Confirmed { until } | State::Accepted { until } if now >= *until => {
                self.state = State::Terminated;
                Step::nothing()
            }
            State::Proceeding { .. }
            | State::Completed { .. }
            | State::Confirmed { .. }
            | State::Accepted { .. }
            | State::Terminated => Step::nothing(),
        }
    }

    /// What was said last, where that was not final.
    pub(in crate::signaling) fn last_provisional(&self) -> Option<&[u8]> {
        match &self.state {
            State::Proceeding { last } => last.as_deref(),
            State::Completed { .. }
            | State::Confirmed { .. }
            | State::Accepted { .. }
            | State::Terminated => None,
        }
    }

    /// Whether no final response was sent yet.
    pub(in crate::signaling) fn is_proceeding(&self) -> bool {
        matches!(self.state, State::Proceeding { .. })
    }

    pub(in crate::signaling) fn deadline(&self) -> Option<Deadline> {
        match &self.state {
            State::Completed { again, until, .. } => {
                let give_up = Deadline { at: *until, why: "H" };
                Deadline::earliest(again.map(|a| Deadline { at: a.at(), why: "G" }), Some(give_up))
            }
            State::Confirmed { until } => Some(Deadline { at: *until, why: "I" }),
            State::Accepted { until } => Some(Deadline { at: *until, why: "L" }),
            State::Proceeding { .. } | State::Terminated => None,
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

    fn respond(m: &mut ServerInvite, ms: u64, status: u16) -> Step {
        m.respond(at(ms), status, status.to_string().into_bytes())
    }

    fn run(machine: &mut ServerInvite) -> Vec<(u128, Step)> {
        let mut trace = Vec::new();
        while let Some(deadline) = machine.deadline() {
            let step = machine.on_deadline(deadline.at);
            trace.push((deadline.at.since_start().as_millis(), step));
            assert!(trace.len() < 100, "{} is due for ever", deadline.why);
        }
        trace
    }

    #[test]
    fn a_retransmitted_invite_gets_the_last_response_again() {
        let mut m = ServerInvite::new(false);
        assert_eq!(m.on_retransmission(), Step::nothing());
        respond(&mut m, 0, 100);
        respond(&mut m, 5, 180);
        assert_eq!(m.on_retransmission(), Step::send(b"180".to_vec()));
        respond(&mut m, 10, 486);
        assert_eq!(m.on_retransmission(), Step::send(b"486".to_vec()));
    }

    #[test]
    fn a_refusal_is_sent_until_acknowledged_or_timer_h() {
        let mut m = ServerInvite::new(false);
        respond(&mut m, 0, 486);
        let trace = run(&mut m);
        assert_eq!(trace.len(), 11, "ten of timer G, one of timer H");
        assert_eq!(trace[0], (500, Step::send(b"486".to_vec())));
        assert_eq!(trace[10], (32_000, Step::up(Up::TimedOut)));
        assert!(m.is_finished());
    }

    #[test]
    fn an_acknowledged_refusal_absorbs_stray_acks_until_timer_i() {
        let mut m = ServerInvite::new(false);
        respond(&mut m, 0, 486);
        assert_eq!(m.on_ack(at(20)), Step::nothing());
        assert_eq!(m.on_ack(at(30)), Step::nothing());
        assert_eq!(m.on_retransmission(), Step::nothing());
        assert_eq!(run(&mut m), [(5020, Step::nothing())]);
    }

    #[test]
    fn an_accepted_invite_absorbs_retransmissions_and_passes_acks_up_until_timer_l() {
        let mut m = ServerInvite::new(false);
        respond(&mut m, 0, 200);
        assert_eq!(m.on_retransmission(), Step::nothing());
        assert_eq!(respond(&mut m, 500, 200), Step::send(b"200".to_vec()));
        assert_eq!(respond(&mut m, 500, 486), Step::nothing());
        assert_eq!(m.on_ack(at(600)), Step::up(Up::Ack));
        assert_eq!(run(&mut m), [(32_000, Step::nothing())]);
    }

    #[test]
    fn streams_send_a_refusal_once_but_wait_for_its_ack() {
        let mut m = ServerInvite::new(true);
        respond(&mut m, 0, 486);
        assert_eq!(m.deadline().map(|d| d.why), Some("H"));
        m.on_ack(at(10));
        assert!(m.is_finished());
    }
}
