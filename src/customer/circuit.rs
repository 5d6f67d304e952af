//! Whether the customers' own system is worth a question: one that does not answer is left alone for a while.
//!
//! ```text
//!   Closed --MISSES in a row--> Open --REST is over: one question asks--> Probing
//!     ^  ^                       |  ^                                      |  |
//!     |  +-------- answer -------+  +--------------- miss -----------------+  |
//!     +-------------------------------- answer -------------------------------+
//! ```
//!
//! A question that probes and of which nothing more is heard holds up nobody: after another `REST` the next one probes.

use crate::base::Instant;
use std::time::Duration;

/// Misses in a row after which it is left alone.
pub const MISSES: u32 = 5;
/// For how long it is left alone, until one question tries it again.
pub const REST: Duration = Duration::from_secs(10);

/// The state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is asked.
    Closed {
        /// Misses since its last answer.
        misses: u32,
    },
    /// It is left alone.
    Open {
        /// Until then.
        until: Instant,
    },
    /// One question is under way, to see whether it answers again.
    Probing {
        /// When another may.
        until: Instant,
    },
}

/// What is known of whether it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Circuit(State);

impl Circuit {
    pub fn new() -> Circuit {
        Circuit(State::Closed { misses: 0 })
    }

    /// Whether a question may be asked now. Who is told so, asks.
    pub fn admits(&mut self, now: Instant) -> bool {
        match self.0 {
            State::Closed { .. } => true,
            State::Open { until } | State::Probing { until } if now < until => false,
            State::Open { .. } | State::Probing { .. } => {
                self.0 = State::Probing { until: now + REST };
                true
            }
        }
    }

    /// It answered, whatever.
    pub fn answered(&mut self) {
        self.0 = State::Closed { misses: 0 };
    }

    /// It did not answer, or nothing that can be read.
    pub fn missed(&mut self, now: Instant) {
        self.0 = match self.0 {
            State::Closed { misses } if misses + 1 < MISSES => State::Closed { misses: misses + 1 },
            State::Closed { .. } | State::Probing { .. } => State::Open { until: now + REST },
            // Asked before it was left alone.
            State::Open { until } => State::Open { until },
        };
    }

    /// Whether it is left alone.
    pub fn is_open(&self) -> bool {
        match self.0 {
            State::Closed { .. } => false,
            State::Open { .. } | State::Probing { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_start(Duration::from_secs(seconds))
    }

    fn broken() -> Circuit {
        let mut circuit = Circuit::new();
        for _ in 0..MISSES {
            assert!(circuit.admits(at(0)));
            circuit.missed(at(0));
        }
        circuit
    }

    #[test]
    fn it_is_left_alone_after_misses_in_a_row_and_an_answer_between_them_counts() {
        let mut circuit = Circuit::new();
        for _ in 0..3 {
            (1..MISSES).for_each(|_| circuit.missed(at(0)));
            assert!(circuit.admits(at(0)) && !circuit.is_open());
            circuit.answered();
        }
        let mut circuit = broken();
        assert!(circuit.is_open() && !circuit.admits(at(0)) && !circuit.admits(at(9)));
    }

    #[test]
    fn one_question_at_a_time_tries_it_again() {
        let mut circuit = broken();
        assert_eq!(
            [circuit.admits(at(10)), circuit.admits(at(10)), circuit.admits(at(19))],
            [true, false, false]
        );
        circuit.missed(at(11));
        assert_eq!(
            [circuit.admits(at(20)), circuit.admits(at(21)), circuit.admits(at(22))],
            [false, true, false]
        );
        circuit.answered();
        assert_eq!([circuit.admits(at(22)), circuit.admits(at(22)), circuit.is_open()], [true, true, false]);
    }

    #[test]
    fn a_probe_that_is_lost_holds_up_nobody_and_a_late_miss_prolongs_nothing() {
        let mut circuit = broken();
        circuit.missed(at(9));
        assert!(circuit.admits(at(10)), "a question asked earlier has missed meanwhile");
        assert_eq!([circuit.admits(at(19)), circuit.admits(at(20))], [false, true]);
    }
}
