//! How the queues stand and which calls there are, for whoever watches: put together of what the rooms know, when somebody
//! asks. And whose seats are away.

use super::visit::Visit;
use super::{Engine, QueueConfig};
use crate::base::{Instant, Now, UnixTime};
use crate::calendar::State;
use crate::node::floor::{CallerView, QueueView, SeatView};
use crate::node::{CallStory, Output};
use crate::queue::{SeatStanding, Waits};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the wall clock may seem to have moved between two looks at both clocks, in milliseconds.
const SLACK_MS: i64 = 100;

/// Moments by the wall clock. One that did not step shows a moment alike at every look, so that only what changed
/// differs between two views.
#[derive(Debug, Default)]
pub(super) struct WallTimes {
    /// What it showed when the other clock was zero.
    zero_ms: i64,
}

impl WallTimes {
    fn look(&mut self, now: Now) {
        let zero_ms = now.wall.as_millis().saturating_sub(millis(now.mono));
        if zero_ms.abs_diff(self.zero_ms) > SLACK_MS.unsigned_abs() {
            self.zero_ms = zero_ms;
        }
    }

    fn of(&self, at: Instant) -> UnixTime {
        UnixTime::from_millis(self.zero_ms.saturating_add(millis(at)))
    }
}

fn millis(at: Instant) -> i64 {
    i64::try_from(at.since_start().as_millis()).unwrap_or(i64::MAX)
}

impl Engine {
    /// Answers whoever asks how the queues stand.
    pub(super) fn show_queues(&mut self, now: Now) {
        self.wall_times.look(now);
        let queues = self.config.queues.iter().map(|(name, queue)| self.queue_view(now, name, queue));
        let queues = queues.collect();
        self.outbox.push_back(Output::Queues(queues));
    }

    /// Answers whoever asks which calls there are.
    pub(super) fn show_calls(&mut self) {
        self.outbox.push_back(Output::Calls(self.visits.values().map(story_of).collect()));
    }

    /// These seats are offered nobody from now on, all others are.
    pub(super) fn set_away(&mut self, now: Now, away: &BTreeSet<String>) {
        for (name, queue) in &self.config.queues {
            for (at, seat) in queue.seats.iter().enumerate() {
                self.lines.set_away(now.mono, name, at, away.contains(&seat.target.way.name()));
            }
        }
    }

    fn queue_view(&self, now: Now, name: &Arc<str>, queue: &QueueConfig) -> QueueView {
        let schedule = self.config.calendar.desk(&queue.desk);
        let (is_open, until) = match schedule.map(|schedule| schedule.state(now.wall)) {
            None => (true, None),
            Some(State::Open { until }) => (true, until),
            Some(State::Closed { opens_next, .. }) => (false, opens_next),
        };
        let standing = self.lines.standing(now.mono, name);
        let seats = queue.seats.iter().map(|seat| seat.target.way.name());
        QueueView {
            name: name.clone(),
            desk: queue.desk.clone(),
            is_open,
            until,
            waiting: standing.waiting.iter().filter_map(|waits| self.caller_view(waits)).collect(),
            wait_minutes: standing.wait_minutes,
            seats: seats.zip(&standing.seats).map(|(target, seat)| self.seat_view(target, seat)).collect(),
        }
    }

    fn caller_view(&self, waits: &Waits) -> Option<CallerView> {
        let visit = self.visits.get(&waits.call)?;
        let durable = visit.case.as_ref().filter(|_| visit.case_is_durable);
        Some(CallerView {
            call_id: visit.record.call_id.clone(),
            case: durable.map(|case| case.number().to_string()),
            caller: visit.identity.shown().cloned(),
            language: visit.case.as_ref().and_then(|case| case.language),
            since: self.wall_times.of(waits.since),
            ringing: waits.seat,
        })
    }

    fn seat_view(&self, target: String, seat: &SeatStanding) -> SeatView {
        let SeatStanding { calls_at_once, calls, rests_until, is_away } = *seat;
        let rests_until = rests_until.map(|until| self.wall_times.of(until));
        SeatView { target, calls_at_once, calls, rests_until, is_away }
    }
}

/// A call as far as it has come. Its case is nobody's to know before it is durable.
fn story_of(visit: &Visit) -> CallStory {
    let mut record = visit.record.clone();
    record.case = record.case.filter(|_| visit.case_is_durable);
    let so_far = visit.run.as_ref().map(|run| run.trail().clone());
    CallStory { record, trail: visit.trail.clone().or(so_far) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_looks_alike_at_every_look_until_the_wall_clock_steps() {
        let at = |mono, wall| Now { mono: Instant::from_millis(mono), wall: UnixTime::from_millis(wall) };
        let mut times = WallTimes::default();
        let shown =
            [at(1_000, 500_000), at(2_000, 501_001), at(3_000, 501_999), at(4_000, 563_000)].map(|now| {
                times.look(now);
                times.of(Instant::from_millis(500)).as_millis()
            });
        assert_eq!(shown, [499_500, 499_500, 499_500, 559_500]);
    }
}
