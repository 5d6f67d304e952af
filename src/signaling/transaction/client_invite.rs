//! The client side of an INVITE: RFC 3261 17.1.1 as changed by RFC 6026 7.2.
//!
//! ```text
//!                 INVITE
//!                   |     A: send again
//!                   v     B, transport error: tell the user
//!              +---------+------------------------------+
//!    1xx       | Calling |  2xx: pass up                |
//!    pass up   +---------+----------------+             |
//!      +------------+ |                   |             |
//!      v              | 300-699           |             |
//!  +------------+     | pass up, ACK      |             |
//!  | Proceeding |-----+-------------------+             |
//!  +------------+     v   2xx: pass up    v             |
//!    1xx: pass up +-----------+      +----------+       |
//!                 | Completed |      | Accepted |       |
//!                 +-----------+      +----------+       |
//!    300-699: ACK again | D     2xx: pass up | M        |
//!                       v                    v          v
//!                   +--------------------------------------+
//!                   |              Terminated              |
//!                   +--------------------------------------+
//! ```

use super::timers::{Backoff, D, GIVE_UP};
use super::{Step, Up};
use crate::base::{Deadline, Instant};
use std::time::Duration;

#[derive(Debug)]
enum State {
    Calling { again: Option<Backoff>, until: Instant },
    Proceeding,
    Completed { ack: Vec<u8>, until: Instant },
    Accepted { until: Instant },
    Terminated,
}

/// One INVITE we sent.
#[derive(Debug)]
pub(in crate::signaling) struct ClientInvite {
    request: Vec<u8>,
    reliable: bool,
    state: State,
}

impl ClientInvite {
    /// The machine of an INVITE that the caller has just sent.
    pub(in crate::signaling) fn new(now: Instant, request: Vec<u8>, reliable: bool) -> Self {
        let again = (!reliable).then(|| Backoff::start(now, Duration::MAX));
        ClientInvite { request, reliable, state: State::Calling { again, until: now + GIVE_UP } }
    }

    /// A response to it; `ack` writes the ACK for a 300-699.
    pub(in crate::signaling) fn on_response(
        &mut self,
        now: Instant,
        status: u16,
        ack: impl FnOnce() -> Vec<u8>,
    ) -> Step {
        match (&mut self.state, status) {
            (State::Calling { .. } | State::Proceeding, 100..=199) => {
                self.state = State::Proceeding;
                Step::up(Up::Response)
            }
            (State::Calling { .. } | State::Proceeding, 200..=299) => {
                self.state = State::Accepted { until: now + GIVE_UP };
                Step::up(Up::Response)
            }
            (State::Calling { .. } | State::Proceeding, _) => self.complete(now, ack()),
            (State::Completed { ack, .. }, 300..) => Step::send(ack.clone()),
            (State::Accepted { .. }, 200..=299) => Step::up(Up::Response),
            (State::Completed { .. } | State::Accepted { .. } | State::Terminated, _) => Step::nothing(),
        }
    }

    fn complete(&mut self, now: Instant, ack: Vec<u8>) -> Step {
        self.state = match self.reliable {
            true => State::Terminated,
            false => State::Completed { ack: ack.clone(), until: now + D },
        };
        Step { send: Some(ack), up: Some(Up::Response) }
    }

    /// Timers A, B, D and M.
    pub(in crate::signaling) fn on_deadline(&mut self, now: Instant) -> Step {
        match &mut self.state {
            State::Calling { until, .. } if now >= *until => {
                self.state = State::Terminated;
                Step::up(Up::TimedOut)
            }
            State::Calling { again: Some(again), .. } if again.is_due(now) => {
                again.advance(now);
                Step::send(self.request.clone())
            }
            State::Completed { until, .. } | State::Accepted { until } if now >= *until => {
                self.state = State::Terminated;
                Step::nothing()
            }
            State::Calling { .. }
            | State::Proceeding
            | State::Completed { .. }
            | State::Accepted { .. }
            | State::Terminated => Step::nothing(),
        }
    }

    /// The path failed: final where no final response has come.
    pub(in crate::signaling) fn on_transport_error(&mut self) -> Step {
        match self.state {
            State::Proceeding if !self.reliable => Step::nothing(),
            State::Calling { .. } | State::Proceeding => {
                self.state = State::Terminated;
                Step::up(Up::TransportFailed)
            }
            State::Completed { .. } | State::Accepted { .. } | State::Terminated => Step::nothing(),
        }
    }

    /// Whether a CANCEL may be sent now (RFC 3261 9.1: a provisional response has come).
    pub(in crate::signaling) fn is_proceeding(&self) -> bool {
        matches!(self.state, State::Proceeding)
    }

    pub(in crate::signaling) fn deadline(&self) -> Option<Deadline> {
        match &self.state {
            State::Calling { again, until } => {
                let give_up = Deadline { at: *until, why: "B" };
                Deadline::earliest(again.map(|a| Deadline { at: a.at(), why: "A" }), Some(give_up))
            }
            State::Completed { until, .. } => Some(Deadline { at: *until, why: "D" }),
            State::Accepted { until } => Some(Deadline { at: *until, why: "M" }),
            State::Proceeding | State::Terminated => None,
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

    fn machine(reliable: bool) -> ClientInvite {
        ClientInvite::new(at(0), b"INVITE".to_vec(), reliable)
    }

    fn respond(machine: &mut ClientInvite, ms: u64, status: u16) -> Step {
        machine.on_response(at(ms), status, || b"ACK".to_vec())
    }

    /// Runs deadlines until none is left; `(ms, sent or told)`.
    fn run(machine: &mut ClientInvite) -> Vec<(u128, Step)> {
        let mut trace = Vec::new();
        while let Some(deadline) = machine.deadline() {
            let step = machine.on_deadline(deadline.at);
            trace.push((deadline.at.since_start().as_millis(), step));
            assert!(trace.len() < 100, "{} is due for ever", deadline.why);
        }
        trace
    }

    #[test]
    fn an_unanswered_invite_is_sent_seven_times_and_given_up_after_32_seconds() {
        let trace = run(&mut machine(false));
        let times: Vec<u128> = trace.iter().map(|(ms, _)| *ms).collect();
        assert_eq!(times, [500, 1500, 3500, 7500, 15500, 31500, 32000]);
        assert_eq!(trace[0].1, Step::send(b"INVITE".to_vec()));
        assert_eq!(trace[6].1, Step::up(Up::TimedOut));
    }

    #[test]
    fn a_stream_carries_the_invite_once() {
        assert_eq!(run(&mut machine(true)), [(32_000, Step::up(Up::TimedOut))]);
    }

    #[test]
    fn a_provisional_stops_retransmission_and_the_timeout() {
        let mut m = machine(false);
        assert_eq!(respond(&mut m, 10, 100), Step::up(Up::Response));
        assert_eq!(m.deadline(), None);
        assert!(m.is_proceeding());
    }

    #[test]
    fn a_refusal_is_passed_up_once_and_acknowledged_each_time_until_timer_d() {
        let mut m = machine(false);
        let first = respond(&mut m, 10, 486);
        assert_eq!(first, Step { send: Some(b"ACK".to_vec()), up: Some(Up::Response) });
        assert_eq!(respond(&mut m, 500, 486), Step::send(b"ACK".to_vec()));
        assert_eq!(respond(&mut m, 500, 200), Step::nothing());
        assert_eq!(run(&mut m), [(32_010, Step::nothing())]);
        assert!(m.is_finished());
    }

    #[test]
    fn timer_d_is_zero_on_streams() {
        let mut m = machine(true);
        respond(&mut m, 10, 603);
        assert!(m.is_finished());
    }

    #[test]
    fn every_2xx_is_passed_up_until_timer_m() {
        let mut m = machine(false);
        respond(&mut m, 10, 180);
        for ms in [20, 520, 900] {
            assert_eq!(respond(&mut m, ms, 200), Step::up(Up::Response));
        }
        assert_eq!(respond(&mut m, 950, 486), Step::nothing());
        assert_eq!(run(&mut m), [(32_020, Step::nothing())]);
    }

    #[test]
    fn a_transport_error_is_told_once_and_not_after_the_answer() {
        let mut m = machine(false);
        assert_eq!(m.on_transport_error(), Step::up(Up::TransportFailed));
        assert_eq!(m.on_transport_error(), Step::nothing());
        let mut answered = machine(false);
        respond(&mut answered, 1, 200);
        assert_eq!(answered.on_transport_error(), Step::nothing());
    }
}
