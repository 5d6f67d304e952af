//! The queue room: where callers wait in order, and which seat of a desk is offered to whom.
//!
//! Owns: the lines, the places in them, and the seats (the desk's SIP targets). A caller reaches a
//! seat only through a [`Reservation`]. Does not know: hours (its caller says whether the desk is
//! open), SIP, music, what a plan does meanwhile.
//!
//! Invariants: a caller stands in at most one line; a seat holds at most as many reservations and
//! talks and claims as it takes calls at once; callers are offered in the order they came; a seat that did not
//! take a call rests before it is offered the next; one whose person is away is offered nobody, and the line takes
//! callers all the same.
//!
//! To add a seat's reason to rest: a variant of [`Declined`] with its rest.

mod line;

use crate::base::{CallKey, Deadline, Instant};
use line::Line;
pub use line::Turn;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How a line is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSpec {
    /// How many may wait; further callers are refused.
    pub max_waiting: usize,
    /// The desk's places to ring, offered in turn.
    pub seats: Vec<SeatSpec>,
}

/// One place to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatSpec {
    /// How many calls it takes at once: 1 for a person's phone, more for a hunt group.
    pub calls_at_once: u32,
}

/// A caller given to a seat: it rings, then talks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The caller.
    pub call: CallKey,
    /// The line.
    pub queue: Arc<str>,
    /// Which of the line's seats, counted from 0 as in [`LineSpec::seats`].
    pub seat: usize,
}

/// Why a line does not take a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// As many wait as may wait.
    Full,
    /// Its desk is closed.
    Closed,
    /// It has no seats.
    Unstaffed,
}

/// Why a seat did not take a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declined {
    /// Busy, or the person refused.
    Busy,
    /// It rang and nobody answered.
    NoAnswer,
    /// It could not be reached.
    Unreachable,
}

impl Declined {
    /// How long the seat rests before it is offered a caller again.
    pub const fn rest(self) -> Duration {
        match self {
            Declined::Busy => Duration::from_secs(5),
            Declined::NoAnswer => Duration::from_secs(10),
            Declined::Unreachable => Duration::from_secs(15),
        }
    }
}

/// How a line stands for whoever would join it now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// How many wait, those being offered a seat included.
    pub waiting: u32,
    /// Expected wait of one more in minutes, rounded up, once the line has seen talks end; none while all its seats are
    /// away.
    pub wait_minutes: Option<u32>,
}

/// How a line stands at a moment, for whoever watches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Who waits, in order, those included for whom a seat rings.
    pub waiting: Vec<Waits>,
    /// Its seats, as in [`LineSpec::seats`].
    pub seats: Vec<SeatStanding>,
    /// As of [`Outlook`].
    pub wait_minutes: Option<u32>,
}

/// A caller in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// The caller.
    pub call: CallKey,
    /// When they came into the line, the last time.
    pub since: Instant,
    /// The seat that rings for them.
    pub seat: Option<usize>,
}

/// A seat at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatStanding {
    /// How many calls it takes at once.
    pub calls_at_once: u32,
    /// How many it has: reservations, talks, claims.
    pub calls: u32,
    /// Until when it rests.
    pub rests_until: Option<Instant>,
    /// Whether whose it is is away.
    pub is_away: bool,
}

/// What the room wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The caller was not let in.
    Refused {
        /// The caller.
        call: CallKey,
        /// Why.
        why: Refusal,
    },
    /// The caller's place, at entry and at every change.
    Place {
        /// The caller.
        call: CallKey,
        /// 1 = next.
        place: u32,
        /// Expected wait in minutes, rounded up, once the line has seen talks end.
        wait_minutes: Option<u32>,
    },
    /// Ring this seat for this caller; report `connected` or `declined`.
    Offer(Reservation),
}

impl Output {
    /// The caller it is about.
    pub fn call(&self) -> CallKey {
        match self {
            Output::Refused { call, .. } | Output::Place { call, .. } => *call,
            Output::Offer(reservation) => reservation.call,
        }
    }
}

/// All lines.
#[derive(Debug)]
pub struct Lines {
    lines: BTreeMap<Arc<str>, Line>,
    standing: BTreeMap<CallKey, Arc<str>>,
    /// Seats taken by callers whom somebody referred there.
    guests: BTreeMap<CallKey, (Arc<str>, usize)>,
    outbox: VecDeque<Output>,
}

impl Lines {
    /// Lines by name, as the settings name them.
    pub fn new(specs: BTreeMap<Arc<str>, LineSpec>) -> Self {
        let lines = specs.into_iter().map(|(name, spec)| (name.clone(), Line::new(name, spec))).collect();
        Lines { lines, standing: BTreeMap::new(), guests: BTreeMap::new(), outbox: VecDeque::new() }
    }

    /// A caller wants in. Answered by a place, or a refusal. A line that does not exist is unstaffed.
    pub fn join(&mut self, now: Instant, queue: &str, call: CallKey, open: bool) {
        self.enter(now, queue, call, open, None);
    }

    /// The same for a caller who had been taken from the line and is with nobody after all: before everybody
    /// who came later, however long the line is, and with the seat that they may still hold.
    pub fn join_again(&mut self, now: Instant, queue: &str, call: CallKey, open: bool, turn: Turn) {
        self.enter(now, queue, call, open, Some(turn));
    }

    fn enter(&mut self, now: Instant, queue: &str, call: CallKey, open: bool, turn: Option<Turn>) {
        self.give_back(now, call);
        let left = self.take_out(now, call);
        let entered = match self.lines.get_mut(queue) {
            _ if !open => Err(Refusal::Closed),
            None => Err(Refusal::Unstaffed),
            Some(line) => line.join(now, call, turn),
        };
        match entered {
            Ok(name) => {
                self.standing.insert(call, name);
                self.settle(now, queue);
            }
            Err(why) => self.outbox.push_back(Output::Refused { call, why }),
        }
        // Not before: the seat that they had is offered to whoever is first now.
        left.iter().for_each(|left| self.settle(now, left));
    }

    fn take_out(&mut self, now: Instant, call: CallKey) -> Option<Arc<str>> {
        let queue = self.standing.remove(&call)?;
        if let Some(line) = self.lines.get_mut(&queue) {
            line.leave(now, call);
        }
        Some(queue)
    }

    /// The caller is gone from the line or from the seat: hung up, timed out, went elsewhere, or
    /// the talk ended. Harmless for a caller who stands nowhere.
    pub fn leave(&mut self, now: Instant, call: CallKey) {
        self.give_back(now, call);
        self.leave_line(now, call);
    }

    /// The same, but for a seat that was claimed for the caller.
    pub fn leave_line(&mut self, now: Instant, call: CallKey) {
        if let Some(queue) = self.take_out(now, call) {
            self.settle(now, &queue);
        }
    }

    /// The seat offered to this caller answered.
    pub fn connected(&mut self, now: Instant, call: CallKey) {
        if let Some((queue, line)) = self.line_of(call) {
            line.connected(now, call);
            self.settle(now, &queue);
        }
    }

    /// The seat offered to this caller did not take the call: the caller keeps their place.
    pub fn declined(&mut self, now: Instant, call: CallKey, why: Declined) {
        if let Some((queue, line)) = self.line_of(call) {
            line.declined(now, call, why);
            self.settle(now, &queue);
        }
    }

    /// When this caller came to the line they stand in or were taken from.
    pub fn turn(&self, call: CallKey) -> Option<Turn> {
        self.lines.get(self.standing.get(&call)?)?.turn(call)
    }

    /// Takes a seat for a caller whom somebody refers there. False where it takes no more calls.
    pub fn claim(&mut self, call: CallKey, queue: &Arc<str>, seat: usize) -> bool {
        let claimed = self.lines.get_mut(queue).is_some_and(|line| line.claim(seat));
        if claimed {
            self.guests.insert(call, (queue.clone(), seat));
        }
        claimed
    }

    /// The seat that was claimed for this caller is free again. Harmless where none was.
    pub fn give_back(&mut self, now: Instant, call: CallKey) {
        if let Some((queue, seat)) = self.guests.remove(&call) {
            if let Some(line) = self.lines.get_mut(&queue) {
                line.free(seat);
            }
            self.settle(now, &queue);
        }
    }

    /// Whether whose seat it is, is away: it is offered nobody, and what it has goes on. Harmless for a seat that is none.
    pub fn set_away(&mut self, now: Instant, queue: &str, seat: usize, is_away: bool) {
        if self.lines.get_mut(queue).is_some_and(|line| line.set_away(seat, is_away)) {
            self.settle(now, queue);
        }
    }

    /// Seats that have rested are offered again.
    pub fn handle_deadline(&mut self, now: Instant) {
        let names: Vec<_> = self.lines.keys().cloned().collect();
        for name in names {
            self.settle(now, &name);
        }
    }

    /// When the next seat has rested.
    pub fn poll_deadline(&self) -> Option<Deadline> {
        let at = self.lines.values().filter_map(Line::next_rested).min()?;
        Some(Deadline { at, why: "seat rested" })
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    /// Callers waiting in a line, those being offered a seat included.
    pub fn waiting(&self, queue: &str) -> usize {
        self.lines.get(queue).map_or(0, Line::waiting)
    }

    /// How a line stands; one that does not exist is empty.
    pub fn outlook(&self, queue: &str) -> Outlook {
        self.lines.get(queue).map_or_else(Outlook::default, Line::outlook)
    }

    /// Who stands in a line, and how its seats are; of one that does not exist nothing.
    pub fn standing(&self, now: Instant, queue: &str) -> Standing {
        self.lines.get(queue).map_or_else(Standing::default, |line| line.standing(now))
    }

    /// Whether this caller stands in a line or talks through one.
    pub fn holds(&self, call: CallKey) -> bool {
        self.standing.contains_key(&call)
    }

    /// Whether nobody stands in any line or talks through one.
    pub fn is_empty(&self) -> bool {
        self.standing.is_empty() && self.guests.is_empty()
    }

    fn line_of(&mut self, call: CallKey) -> Option<(Arc<str>, &mut Line)> {
        let queue = self.standing.get(&call)?.clone();
        let line = self.lines.get_mut(&queue)?;
        Some((queue, line))
    }

    fn settle(&mut self, now: Instant, queue: &str) {
        if let Some(line) = self.lines.get_mut(queue) {
            line.settle(now, &mut self.outbox);
        }
    }
}

#[cfg(test)]
mod tests;
