//! What time itself does to a case: clocks that ring, people who are told.
//!
//! A clock rings once for what it says: short of a moment that is due, met or missed of what had been due. What it has said
//! of a moment stands, also where an entry that comes late (of a call whose engine had no store) or hours that change show
//! it in another light; and of a first response, which is promised once, it says one thing for ever.

use super::clock::{Clocks, Hours, Standing, Verdict};
use super::escalation::{EscalationStep, sooner};
use super::fields::Case;
use super::timeline::{By, Event};
use super::values::{Clock, ClockKind, Ring};
use crate::base::UnixTime;

impl Case {
    /// Writes down what has become due since somebody looked last, once each, shows the clocks as they stand, and notes
    /// when to look again.
    pub fn look(&mut self, hours: &impl Hours, plan: &[EscalationStep], now: UnixTime) {
        let (clocks, verdicts) = self.judged(hours, now);
        for (clock, ring, due) in rings(&clocks, &verdicts, now) {
            if !self.has_rung(clock, ring, due) {
                self.record(now, By::Engine, Event::ClockRang { clock, ring, due });
            }
        }
        let escalation = self.escalation_due(plan, hours, now);
        for event in escalation.now {
            self.record(now, By::Engine, event);
        }
        self.show(&clocks);
        self.look_at = sooner(clocks.next_change(now), escalation.next);
    }

    /// Shows the clocks as they stand, and writes nothing down: where something is to be, it is to be looked at now.
    pub fn show_clocks(&mut self, hours: &impl Hours, now: UnixTime) {
        let (clocks, verdicts) = self.judged(hours, now);
        let rings = rings(&clocks, &verdicts, now).any(|(clock, ring, due)| !self.has_rung(clock, ring, due));
        self.show(&clocks);
        self.look_at = match rings || self.is_escalated() {
            true => Some(now),
            false => clocks.next_change(now),
        };
    }

    /// Puts where the clocks stand into the fields that show it. They are views: the timeline has no trace of them.
    fn show(&mut self, clocks: &Clocks) {
        self.first_response_due = clocks.first_response.due;
        self.next_update_due = clocks.next_update.due;
        self.clock = clocks.word();
    }

    /// Whether a clock has said this of that moment, or what cannot be said beside it.
    fn has_rung(&self, clock: ClockKind, ring: Ring, due: UnixTime) -> bool {
        self.timeline.iter().any(|entry| match entry.event {
            Event::ClockRang { clock: other, .. } if other != clock => false,
            Event::ClockRang { ring: Ring::Short, due: said, .. } => ring == Ring::Short && said == due,
            Event::ClockRang { ring: Ring::Met | Ring::Missed, due: said, .. } => {
                ring != Ring::Short && (said == due || clock == ClockKind::FirstResponse)
            }
            _ => false,
        })
    }
}

/// What the clocks have to say by a moment: which, what, and of what moment.
fn rings(
    clocks: &Clocks,
    verdicts: &[Verdict],
    now: UnixTime,
) -> impl Iterator<Item = (ClockKind, Ring, UnixTime)> {
    let word = |verdict: &Verdict| if verdict.is_met { Ring::Met } else { Ring::Missed };
    let ended = verdicts.iter().map(move |verdict| (verdict.clock, word(verdict), verdict.due));
    let both =
        [(ClockKind::FirstResponse, clocks.first_response), (ClockKind::NextUpdate, clocks.next_update)];
    let short = both
        .into_iter()
        .filter_map(move |(clock, standing)| Some((clock, Ring::Short, runs_short(standing, now)?)));
    ended.chain(short)
}

/// When a clock that runs short is due.
fn runs_short(standing: Standing, now: UnixTime) -> Option<UnixTime> {
    let is_short = standing.state == Some(Clock::Running) && standing.short_from? <= now;
    standing.due.filter(|_| is_short)
}
