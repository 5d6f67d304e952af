//! What the lines want: places told, refusals told, seats rung.

use super::visit::{Attempt, Visit};
use super::world::desk_state;
use super::{Engine, QueueConfig};
use crate::base::{CallKey, Instant, Now};
use crate::calendar::State;
use crate::call::Purpose;
use crate::case::{By, Event};
use crate::dialplan::{self, Desk, QueueRefusal};
use crate::node::journal::What;
use crate::queue::{Output, Refusal, Reservation};
use std::time::Duration;

/// How often callers in line are compared with the desk's hours: it may be closed by hand, and the
/// clock may step.
const LINE_CHECK: Duration = Duration::from_secs(10);

impl Engine {
    pub(super) fn for_lines(&mut self, now: Now, output: Output) {
        match output {
            Output::Refused { call, why } => {
                self.tell_plan(now, call, dialplan::Event::QueueRefused(refusal(why)));
            }
            Output::Place { call, place, wait_minutes } => self.place(now, call, place, wait_minutes),
            Output::Offer(reservation) => self.offer(now, reservation),
        }
    }

    fn place(&mut self, now: Now, key: CallKey, place: u32, wait_minutes: Option<u32>) {
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let in_line = visit.in_line.as_ref().map(|q| q.to_string());
        let waits = visit.case.as_ref().is_some_and(|c| c.stage() == crate::case::Stage::Waiting);
        if let Some(queue) = in_line.filter(|_| !waits) {
            visit.note(now, By::Engine, Event::QueueEntered { queue, position: place });
        }
        self.tell_plan(now, key, dialplan::Event::QueuePlace { place, wait_minutes });
    }

    fn offer(&mut self, now: Now, reservation: Reservation) {
        let Reservation { call: key, queue, seat } = reservation;
        let settings = self.config.queues.get(&queue);
        let known = settings.and_then(|q| Some((q, q.seats.get(seat)?.target.clone())));
        let Some((&QueueConfig { ref desk, ring, .. }, place)) = known else { return };
        let (desk, target) = (desk.clone(), place.way.name());
        let leg = self.endpoint.new_leg();
        // An offer may have been on its way when its caller left the line.
        let stands = |v: &&mut Visit| v.call.is_up() && v.in_line.as_ref() == Some(&queue);
        let Some(visit) = self.visits.get_mut(&key).filter(stands) else { return };
        visit.record.ring(&target, now.wall);
        visit.note(now, By::Engine, Event::Offered { target: target.clone() });
        visit.attempt = Some(Attempt {
            leg,
            purpose: Purpose::Seat,
            desk,
            at_desk: true,
            places: vec![place],
            ring,
            target: target.clone(),
            signals_from: None,
            replaces: None,
        });
        self.journal(now, Some(key), What::Offered { desk: queue, target });
        self.ring(now, key, leg, Purpose::Seat);
    }

    /// Whether a line takes callers now: its desk is open.
    pub(super) fn line_is_open(&self, now: Now, queue: &str) -> bool {
        let settings = self.config.queues.get(queue);
        settings.is_some_and(|q| desk_state(&self.config.calendar, &q.desk, now.wall) == Desk::Open)
    }

    /// When a caller in this line is to be compared with its desk's hours: at closing time, if that is soon.
    pub(super) fn next_line_check(&self, now: Now, queue: &str) -> Instant {
        let desk = self.config.queues.get(queue).and_then(|q| self.config.calendar.desk(&q.desk));
        let closes = match desk.map(|schedule| schedule.state(now.wall)) {
            Some(State::Open { until: Some(until) }) => until.as_millis() - now.wall.as_millis(),
            _ => i64::MAX,
        };
        let left = u64::try_from(closes).map_or(Duration::ZERO, Duration::from_millis);
        now.mono + left.min(LINE_CHECK)
    }

    /// Callers still in line when the desk closes hear so. A seat that rings for them may still answer.
    pub(super) fn check_line(&mut self, now: Now, key: CallKey) {
        let Some(queue) = self.visits.get(&key).and_then(|v| v.in_line.clone()) else { return };
        let open = self.line_is_open(now, &queue);
        let again = self.next_line_check(now, &queue);
        let Some(visit) = self.visits.get_mut(&key) else { return };
        if open || visit.attempt.is_some() {
            visit.line_check = Some(again);
            return;
        }
        visit.note(now, By::Engine, Event::QueueLeft { queue: queue.to_string() });
        visit.forget_line(now);
        self.lines.leave(now.mono, key);
        self.tell_plan(now, key, dialplan::Event::QueueRefused(QueueRefusal::Closed));
    }
}

fn refusal(why: Refusal) -> QueueRefusal {
    match why {
        Refusal::Full => QueueRefusal::Full,
        Refusal::Closed => QueueRefusal::Closed,
        Refusal::Unstaffed => QueueRefusal::Unstaffed,
    }
}
