//! One line: who waits, which seats are free, and who is offered to whom.
//!
//! ```text
//!   join          offer            connected
//!  ------> Waiting -----> Ringing ----------> Talking
//!             ^              |                   |
//!             +--- declined -+                   +--> leave
//! ```

use super::{Declined, LineSpec, Outlook, Output, Refusal, Reservation, SeatStanding, Standing, Waits};
use crate::base::{CallKey, Instant};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// Weight of the newest talk in the average, in percent.
const NEWEST_TALK_PERCENT: u32 = 20;

#[derive(Debug)]
pub(super) struct Line {
    name: Arc<str>,
    max_waiting: usize,
    waiting: Vec<Waiting>,
    talking: BTreeMap<CallKey, Talk>,
    seats: Vec<Seat>,
    next_seat: usize,
    average_talk: Option<Duration>,
    last_turn: u64,
}

/// When somebody came to a line: who came earlier is served earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn(u64);

#[derive(Debug)]
struct Waiting {
    call: CallKey,
    turn: Turn,
    since: Instant,
    ringing: Option<usize>,
    told: Option<(u32, Option<u32>)>,
}

#[derive(Debug)]
struct Talk {
    turn: Turn,
    seat: usize,
    since: Instant,
}

#[derive(Debug)]
struct Seat {
    calls_at_once: u32,
    calls: u32,
    rests_until: Option<Instant>,
    is_away: bool,
}

impl Seat {
    fn is_free(&self, now: Instant) -> bool {
        let has_rested = self.rests_until.is_none_or(|until| until <= now);
        !self.is_away && self.calls < self.calls_at_once && has_rested
    }
}

impl Line {
    pub(super) fn new(name: Arc<str>, spec: LineSpec) -> Self {
        let seat = |s: &super::SeatSpec| Seat {
            calls_at_once: s.calls_at_once,
            calls: 0,
            rests_until: None,
            is_away: false,
        };
        Line {
            name,
            max_waiting: spec.max_waiting,
            waiting: Vec::new(),
            talking: BTreeMap::new(),
            seats: spec.seats.iter().map(seat).collect(),
            next_seat: 0,
            average_talk: None,
            last_turn: 0,
        }
    }

    /// Lets a caller in: at the end, or where their turn is.
    pub(super) fn join(
        &mut self,
        now: Instant,
        call: CallKey,
        turn: Option<Turn>,
    ) -> Result<Arc<str>, Refusal> {
        if self.seats.iter().all(|s| s.calls_at_once == 0) {
            return Err(Refusal::Unstaffed);
        }
        if turn.is_none() && self.waiting.len() >= self.max_waiting {
            return Err(Refusal::Full);
        }
        let turn = turn.unwrap_or_else(|| self.new_turn());
        let at = self.waiting.partition_point(|before| before.turn < turn);
        self.waiting.insert(at, Waiting { call, turn, since: now, ringing: None, told: None });
        Ok(self.name.clone())
    }

    pub(super) fn leave(&mut self, now: Instant, call: CallKey) {
        if let Some(seat) = self.take_waiting(call).and_then(|w| w.ringing) {
            self.free(seat);
        }
        if let Some(talk) = self.talking.remove(&call) {
            self.free(talk.seat);
            self.learn_talk(now - talk.since);
        }
    }

    pub(super) fn connected(&mut self, now: Instant, call: CallKey) {
        if let Some(Waiting { turn, ringing: Some(seat), .. }) = self.take_waiting(call) {
            self.talking.insert(call, Talk { turn, seat, since: now });
        }
    }

    pub(super) fn declined(&mut self, now: Instant, call: CallKey, why: Declined) {
        let entry = self.waiting.iter_mut().find(|w| w.call == call);
        if let Some(seat) = entry.and_then(|w| w.ringing.take()) {
            self.free(seat);
            if let Some(seat) = self.seats.get_mut(seat) {
                seat.rests_until = Some(now + why.rest());
            }
        }
    }

    pub(super) fn turn(&self, call: CallKey) -> Option<Turn> {
        let waiting = self.waiting.iter().find(|w| w.call == call).map(|w| w.turn);
        waiting.or(self.talking.get(&call).map(|talk| talk.turn))
    }

    /// Counts a seat as taken, where it is not.
    pub(super) fn claim(&mut self, seat: usize) -> bool {
        let seat = self.seats.get_mut(seat).filter(|seat| seat.calls < seat.calls_at_once);
        seat.map(|seat| seat.calls += 1).is_some()
    }

    /// Whether that changes anything.
    pub(super) fn set_away(&mut self, seat: usize, is_away: bool) -> bool {
        let seat = self.seats.get_mut(seat).filter(|seat| seat.is_away != is_away);
        seat.map(|seat| seat.is_away = is_away).is_some()
    }

    fn new_turn(&mut self) -> Turn {
        self.last_turn += 1;
        Turn(self.last_turn)
    }

    #[cfg(test)]
    pub(super) fn is_talking(&self, call: CallKey) -> bool {
        self.talking.contains_key(&call)
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn outlook(&self) -> Outlook {
        Outlook {
            waiting: u32::try_from(self.waiting.len()).unwrap_or(u32::MAX),
            wait_minutes: self.wait_minutes(self.waiting.len() + 1),
        }
    }

    pub(super) fn standing(&self, now: Instant) -> Standing {
        let waits = |w: &Waiting| Waits { call: w.call, since: w.since, seat: w.ringing };
        let seat = |s: &Seat| SeatStanding {
            calls_at_once: s.calls_at_once,
            calls: s.calls,
            rests_until: s.rests_until.filter(|until| *until > now),
            is_away: s.is_away,
        };
        Standing {
            waiting: self.waiting.iter().map(waits).collect(),
            seats: self.seats.iter().map(seat).collect(),
            wait_minutes: self.outlook().wait_minutes,
        }
    }

    /// The next moment at which a resting seat matters: only while someone waits unoffered.
    pub(super) fn next_rested(&self) -> Option<Instant> {
        let wanted = self.waiting.iter().any(|w| w.ringing.is_none());
        let offered = self.seats.iter().filter(|s| !s.is_away && s.calls < s.calls_at_once);
        let resting = offered.filter_map(|s| s.rests_until);
        wanted.then(|| resting.min()).flatten()
    }

    /// Offers every caller that can be offered, first come first, and tells changed places.
    pub(super) fn settle(&mut self, now: Instant, out: &mut VecDeque<Output>) {
        for seat in &mut self.seats {
            seat.rests_until = seat.rests_until.filter(|until| *until > now);
        }
        self.tell_places(out);
        for at in 0..self.waiting.len() {
            if self.waiting[at].ringing.is_some() {
                continue;
            }
            let Some(seat) = self.take_free_seat(now) else { return };
            self.waiting[at].ringing = Some(seat);
            let call = self.waiting[at].call;
            out.push_back(Output::Offer(Reservation { call, queue: self.name.clone(), seat }));
        }
    }

    fn tell_places(&mut self, out: &mut VecDeque<Output>) {
        let waits: Vec<_> = (1..=self.waiting.len()).map(|place| self.wait_minutes(place)).collect();
        for ((at, entry), wait_minutes) in self.waiting.iter_mut().enumerate().zip(waits) {
            let place = u32::try_from(at + 1).unwrap_or(u32::MAX);
            if entry.told.map(|(told, _)| told) != Some(place) {
                entry.told = Some((place, wait_minutes));
                out.push_back(Output::Place { call: entry.call, place, wait_minutes });
            }
        }
    }

    /// Nobody knows when anybody comes back: while all are away there is none.
    fn wait_minutes(&self, place: usize) -> Option<u32> {
        let present = self.seats.iter().filter(|seat| !seat.is_away);
        let seats: u64 = present.map(|seat| u64::from(seat.calls_at_once)).sum();
        let seconds = self.average_talk?.as_secs().saturating_mul(place as u64).checked_div(seats)?;
        u32::try_from(seconds.div_ceil(60).max(1)).ok()
    }

    fn learn_talk(&mut self, talk: Duration) {
        self.average_talk = Some(match self.average_talk {
            None => talk,
            Some(old) => (old * (100 - NEWEST_TALK_PERCENT) + talk * NEWEST_TALK_PERCENT) / 100,
        });
    }

    fn take_waiting(&mut self, call: CallKey) -> Option<Waiting> {
        let at = self.waiting.iter().position(|w| w.call == call)?;
        Some(self.waiting.remove(at))
    }

    /// The next free seat in turn, counted as taken.
    fn take_free_seat(&mut self, now: Instant) -> Option<usize> {
        let count = self.seats.len();
        let seat = (0..count).map(|i| (self.next_seat + i) % count).find(|s| self.seats[*s].is_free(now))?;
        self.seats[seat].calls += 1;
        self.next_seat = (seat + 1) % count;
        Some(seat)
    }

    pub(super) fn free(&mut self, seat: usize) {
        if let Some(seat) = self.seats.get_mut(seat) {
            seat.calls = seat.calls.saturating_sub(1);
        }
    }
}
