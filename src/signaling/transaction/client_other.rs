//! The client side of every request but INVITE and ACK: RFC 3261 17.1.2.
//!
//! ```text
//!               request
//!                  |     E: send again
//!                  v     F, transport error: tell the user
//!             +--------+---------------------------+
//!             | Trying |  200-699: pass up         |
//!             +--------+---------------+           |
//!      1xx: pass up |                  |           |
//!                   v                  |           |
//!            +------------+            |           |
//!            | Proceeding |------------+           |
//!            +------------+  200-699   v           |
//!     E: send again, every T2   +-----------+      |
//!     F: tell the user          | Completed |      |
//!                   |           +-----------+      |
//!                   v                | K           v
//!               +--------------------------------------+
//!               |              Terminated              |
//!               +--------------------------------------+
//! ```

use super::timers::{Backoff, GIVE_UP, T2, T4};
use super::{Step, Up};
use crate::base::{Deadline, Instant};

#[derive(Debug)]
enum State {
    Trying { again: Option<Backoff>, until: Instant },
    Proceeding { again: Option<Backoff>, until: Instant },
    Completed { until: Instant },
    Terminated,
}

/// One request we sent.
#[derive(Debug)]
pub(in crate::signaling) struct ClientOther {
    request: Vec<u8>,
    reliable: bool,
    state: State,
}

impl ClientOther {
    /// The machine of a request that the caller has just sent.
    pub(in crate::signaling) fn new(now: Instant, request: Vec<u8>, reliable: bool) -> Self {
        let again = (!reliable).then(|| Backoff::start(now, T2));
        ClientOther { request, reliable, state: State::Trying { again, until: now + GIVE_UP } }
    }

    /// A response to it.
    pub(in crate::signaling) fn on_response(&mut self, now: Instant, status: u16) -> Step {
        match self.state {
            State::Trying { until, .. } | State::Proceeding { until, .. } => {
                self.state = match status {
                    ..=199 => {
                        State::Proceeding { again: (!self.reliable).then(|| Backoff::steady(now, T2)), until }
                    }
                    _ if self.reliable => State::Terminated,
                    _ => State::Completed { until: now + T4 },
                };
                Step::up(Up::Response)
            }
            State::Completed { .. } | State::Terminated => Step::nothing(),
        }
    }

    /// Timers E, F and K.
    pub(in crate::signaling) fn on_deadline(&mut self, now: Instant) -> Step {
        match &mut self.state {
            State::Trying { until, .. } | State::Proceeding { until, .. } if now >= *until => {
                self.state = State::Terminated;
                Step::up(Up::TimedOut)
            }
            State::Trying { again: Some(again), .. } | State::Proceeding { again: Some(again), .. }
                if again.is_due(now) =>
            {
                again.advance(now);
                Step::send(self.request.clone())
            }
            State::Completed { until } if now >= *until => {
                self.state = State::Terminated;
                Step::nothing()
            }
            State::Trying { .. } | State::Proceeding { .. } | State::Completed { .. } | State::Terminated => {
                Step::nothing()
            }
        }
    }

    /// The path failed: final where no final response has come.
    pub(in crate::signaling) fn on_transport_error(&mut self) -> Step {
        match self.state {
            State::Trying { .. } | State::Proceeding { .. } => {
                self.state = State::Terminated;
                Step::up(Up::TransportFailed)
            }
            State::Completed { .. } | State::Terminated => Step::nothing(),
        }
    }

    pub(in crate::signaling) fn deadline(&self) -> Option<Deadline> {
        match &self.state {
            State::Trying { again, until } | State::Proceeding { again, until } => {
                let give_up = Deadline { at: *until, why: "F" };
                Deadline::earliest(again.map(|a| Deadline { at: a.at(), why: "E" }), Some(give_up))
            }
            State::Completed { until } => Some(Deadline { at: *until, why: "K" }),
            State::Terminated => None,
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

    fn run(machine: &mut ClientOther) -> Vec<(u128, Step)> {
        let mut trace = Vec::new();
        while let Some(deadline) = machine.deadline() {
            let step = machine.on_deadline(deadline.at);
            trace.push((deadline.at.since_start().as_millis(), step));
            assert!(trace.len() < 100, "{} is due for ever", deadline.why);
        }
        trace
    }

    #[test]
    fn an_unanswered_request_is_sent_eleven_times_in_32_seconds() {
        let trace = run(&mut ClientOther::new(at(0), b"BYE".to_vec(), false));
        let times: Vec<u128> = trace.iter().map(|(ms, _)| *ms).collect();
        assert_eq!(times, [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500, 32000]);
        assert_eq!(trace.last().map(|(_, step)| step), Some(&Step::up(Up::TimedOut)));
    }

    #[test]
    fn a_provisional_slows_retransmission_to_t2_but_keeps_the_timeout() {
        let mut m = ClientOther::new(at(0), b"BYE".to_vec(), false);
        m.on_response(at(600), 100);
        let times: Vec<u128> = run(&mut m).iter().map(|(ms, _)| *ms).collect();
        assert_eq!(times, [4600, 8600, 12600, 16600, 20600, 24600, 28600, 32000]);
    }

    #[test]
    fn retransmitted_finals_are_absorbed_until_timer_k() {
        let mut m = ClientOther::new(at(0), b"BYE".to_vec(), false);
        assert_eq!(m.on_response(at(10), 200), Step::up(Up::Response));
        assert_eq!(m.on_response(at(20), 200), Step::nothing());
        assert_eq!(run(&mut m), [(5010, Step::nothing())]);
        assert!(m.is_finished());
    }

    #[test]
    fn streams_neither_retransmit_nor_wait() {
        let mut m = ClientOther::new(at(0), b"BYE".to_vec(), true);
        assert_eq!(m.deadline().map(|d| d.why), Some("F"));
        m.on_response(at(10), 481);
        assert!(m.is_finished());
    }
}
