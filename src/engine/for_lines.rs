//! What the lines want: places told, refusals told, seats rung.

use super::Engine;
use super::visit::Attempt;
use crate::base::{CallKey, Now};
use crate::call::Purpose;
use crate::case::{By, Event};
use crate::dialplan::{self, QueueRefusal};
use crate::node::journal::What;
use crate::queue::{Output, Refusal, Reservation};

impl Engine {
    pub(super) fn for_lines(&mut self, now: Now, output: Output) {
        match output {
            Output::Refused { call, why } => {
                if let Some(visit) = self.visits.get_mut(&call) {
                    visit.in_line = None;
                }
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
        let known = settings.and_then(|q| q.seats.get(seat).map(|s| (q.desk.clone(), s)));
        let Some((desk, seat_settings)) = known else { return };
        let target = seat_settings.target.target.uri.to_string();
        let leg = self.endpoint.new_leg();
        let Some(visit) = self.visits.get_mut(&key) else { return };
        visit.record.ring(&target, now.wall);
        visit.note(now, By::Engine, Event::Offered { target: target.clone() });
        visit.attempt = Some(Attempt {
            leg,
            purpose: Purpose::Seat,
            desk,
            seat: Some((queue.clone(), seat)),
            target: target.clone(),
        });
        self.journal(now, Some(key), What::Offered { desk: queue, target });
        self.ring(key, leg, Purpose::Seat);
    }
}

fn refusal(why: Refusal) -> QueueRefusal {
    match why {
        Refusal::Full => QueueRefusal::Full,
        Refusal::Closed => QueueRefusal::Closed,
        Refusal::Unstaffed => QueueRefusal::Unstaffed,
    }
}
