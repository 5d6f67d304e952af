//! The clocks of a case: when the first response and the next update are due, and whether they came in time.
//!
//! A clock is a fold of the timeline and the desks' hours, never a counter: what is asked twice has the same answer,
//! and hours that change, or a severity that is agreed anew, change what was and what will be alike.
//!
//! The rules:
//! - minutes of a first response count while the desk that has the case is open and nobody waits for the customer;
//! - "next business day" ends when that desk closes on its next open day. The day begins anew when the customer has
//!   answered and when a closed case is opened again, and a case that moves between desks keeps the later of their two
//!   days;
//! - an update is due so many hours by the clock after the last one, or after the first response; hours in which the
//!   desk waits for the customer do not count;
//! - a target that changes keeps the time that has counted; one that is passed already is due at the change;
//! - what comes at the very moment it is due is in time. A first response that came late stays late;
//! - no update answers for a first response, and nothing counts while the case is closed; a closed case waits for nobody,
//!   and opened again it does not either;
//! - what a person says of desk, option or severity stands, whatever the call that goes on says of it later;
//! - an update keeps what was promised however early it comes; one that comes before any time has counted since the one
//!   before (at the same moment, or while the customer was waited for all along) had nothing to keep;
//! - the timeline's order is the order of things: an entry that a stepped wall clock dated before the one ahead of it
//!   happened at that one's moment.
//!
//! To add or change a target: its row in `targets.rs`.

mod fold;
mod targets;

pub use targets::{FirstResponse, first_response, update};

use super::Case;
use super::values::{Clock, ClockKind};
use crate::base::UnixTime;
use fold::Fold;
use std::time::Duration;

/// When desks are open; desks by name. What is not known, of a desk or so far ahead, is none.
pub trait Hours {
    /// The first moment at which so much open time has passed since `from`; `from` itself where that is none.
    fn passes(&self, desk: &str, from: UnixTime, open: Duration) -> Option<UnixTime>;
    /// How much open time lies between two moments.
    fn between(&self, desk: &str, from: UnixTime, to: UnixTime) -> Duration;
    /// When the desk closes on the next open day after the one it is at `from`, or after the one it next opens on.
    fn next_business_day_ends(&self, desk: &str, from: UnixTime) -> Option<UnixTime>;
}

/// Where one clock stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When it is due; none where nothing is owed, and while nobody can tell because the customer is waited for.
    /// Of one that was met or missed: when it was due.
    pub due: Option<UnixTime>,
    /// From when on little time is left of one that runs: a quarter of the target, or two open hours of a business day.
    pub short_from: Option<UnixTime>,
    /// Its state; none where nothing is owed.
    pub state: Option<Clock>,
}

/// Where the clocks of a case stand at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    /// The first response.
    pub first_response: Standing,
    /// The next update; it is owed from the first response on.
    pub next_update: Standing,
    /// How many updates came late, one that is overdue now among them.
    pub updates_missed: u32,
}

/// What became of a first response or an update that was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Which.
    pub(super) clock: ClockKind,
    /// When it was due.
    pub(super) due: UnixTime,
    /// Whether it came in time.
    pub(super) is_met: bool,
}

impl Verdict {
    const fn met(clock: ClockKind, due: UnixTime) -> Verdict {
        Verdict { clock, due, is_met: true }
    }

    const fn missed(clock: ClockKind, due: UnixTime) -> Verdict {
        Verdict { clock, due, is_met: false }
    }
}

impl Clocks {
    /// The one word for both: breached where the first response was late or an update is overdue, else what runs or
    /// rests, else met. None where nothing is or was owed.
    pub fn word(&self) -> Option<Clock> {
        let states = [self.first_response.state, self.next_update.state];
        [Clock::Breached, Clock::Paused, Clock::Running, Clock::Met]
            .into_iter()
            .find(|word| states.contains(&Some(*word)))
    }

    /// The next moment after `now` at which a clock runs short or is missed, where nothing happens before.
    pub fn next_change(&self, now: UnixTime) -> Option<UnixTime> {
        let running =
            [self.first_response, self.next_update].into_iter().filter(|c| c.state == Some(Clock::Running));
        // What is due at a moment is missed after it.
        let missed = |due: UnixTime| due + Duration::from_millis(1);
        running.flat_map(|c| [c.short_from, c.due.map(missed)]).flatten().filter(|at| *at > now).min()
    }
}

impl Case {
    /// Where the clocks stand at a moment.
    pub fn clocks(&self, hours: &impl Hours, now: UnixTime) -> Clocks {
        self.judged(hours, now).0
    }

    /// The same, and what became of what was promised before, in order.
    pub(super) fn judged(&self, hours: &impl Hours, now: UnixTime) -> (Clocks, Vec<Verdict>) {
        let mut fold = Fold::new(hours, self.opened_at);
        for entry in &self.timeline {
            fold.take(entry);
        }
        fold.at(now)
    }
}
