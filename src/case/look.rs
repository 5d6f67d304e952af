//! What time itself does to a case: clocks that ring, people who are told.

use super::clock::{Clocks, Hours, Standing};
use super::escalation::{EscalationStep, sooner};
use super::fields::Case;
use super::timeline::{By, Event};
use super::values::{Clock, ClockKind, Ring};
use crate::base::UnixTime;

impl Case {
    /// Writes down what has become due since somebody looked last, once each, shows the clocks as they stand, and notes
    /// when to look again.
    pub fn look(&mut self, hours: &impl Hours, plan: &[EscalationStep], now: UnixTime) {
        let clocks = self.clocks(hours, now);
        for event in self.rings(&clocks, now) {
            self.record(now, By::Engine, event);
        }
        let escalation = self.escalation_due(plan, hours, now);
        for event in escalation.now {
            self.record(now, By::Engine, event);
        }
        self.show_clocks(hours, now);
        self.look_at = sooner(clocks.next_change(now), escalation.next);
    }

    /// The clocks that ring now and have not rung for what they say.
    fn rings(&self, clocks: &Clocks, now: UnixTime) -> Vec<Event> {
        let both =
            [(ClockKind::FirstResponse, clocks.first_response), (ClockKind::NextUpdate, clocks.next_update)];
        both.into_iter()
            .filter_map(|(clock, standing)| {
                let (ring, due) = rings(standing, now)?;
                let event = Event::ClockRang { clock, ring, due };
                (!self.timeline.iter().any(|entry| entry.event == event)).then_some(event)
            })
            .collect()
    }
}

/// What a clock has to say at a moment, and when it is or was due.
fn rings(standing: Standing, now: UnixTime) -> Option<(Ring, UnixTime)> {
    match (standing.state?, standing.due?) {
        (Clock::Breached, due) => Some((Ring::Missed, due)),
        (Clock::Running, due) => standing.short_from.filter(|from| *from <= now).map(|_| (Ring::Short, due)),
        (Clock::Paused | Clock::Met, _) => None,
    }
}
