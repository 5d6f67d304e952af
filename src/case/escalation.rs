//! Incident and escalation management: who is told that a case needs more than its desk, when, and when again.
//!
//! ```text
//!         /--Premium and S1 or S2--> by plan: step due--> told --again--> told
//!   quiet                               |
//!         <--taken, closed, less severe-/
//!         <--taken, closed--------------\
//!                                       |
//!         \--wanted by somebody----> by hand: told --again--> told, and the steps above it
//! ```
//!
//! The plan begins with its first step when a case comes to need it. What somebody at the desk wants, with a reason, is told
//! at once, whatever was bought and however bad it is: beside the plan where that goes on, else by hand, where the steps
//! above follow at the distance that they have in the plan and those below are left out. Wanted once more, it begins again
//! at that step; a case that comes to need the plan has the plan from then on, and what was wanted when that ends. What is
//! taken care of stays quiet until one of the two begins anew, and so does a case that is closed; opened again, one that
//! needs the plan begins it anew.
//!
//! Time runs by the clock for S1, which is worked on around the clock, and else in the desk's open time.

use super::clock::Hours;
use super::fields::Case;
use super::timeline::{Amended, Entry, Event};
use super::values::{Severity, Stage, SupportOption};
use crate::base::UnixTime;
use std::time::Duration;

/// Somebody who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationStep {
    /// How long after the case came to need it.
    pub after: Duration,
    /// Who: a name that the desk knows.
    pub to: String,
    /// How long after that again, as long as nobody takes care of it; none: once.
    pub again: Option<Duration>,
}

/// What is due of a plan of escalation at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// Whom to tell now.
    pub(super) now: Vec<Event>,
    /// When somebody is told next.
    pub(super) next: Option<UnixTime>,
}

/// Where the escalation of a case stands after some of its timeline.
#[derive(Clone, Copy)]
enum Standing {
    Quiet,
    /// Since a moment, that of the entry at this place.
    ByPlan(UnixTime, usize),
    /// The same, from this level on.
    ByHand(UnixTime, usize, u8),
}

/// What of a case says whether it needs the plan.
#[derive(Clone, Copy, Default)]
struct Needs {
    option: Option<SupportOption>,
    severity: Option<Severity>,
    amended: Amended,
}

impl Needs {
    fn plan(self) -> bool {
        self.option == Some(SupportOption::Premium)
            && matches!(self.severity, Some(Severity::S1 | Severity::S2))
    }

    fn take(&mut self, entry: &Entry) {
        let Event::FieldChanged { field, value } = &entry.event else { return };
        if !self.amended.yields(&entry.by, field) {
            return;
        }
        match field.as_str() {
            "option" => self.option = value.as_deref().and_then(SupportOption::from_name),
            "severity" => self.severity = value.as_deref().and_then(Severity::from_name),
            _ => {}
        }
    }
}

impl Case {
    /// Whether there is something that somebody is told, or will be, until it is taken care of.
    pub(super) fn is_escalated(&self) -> bool {
        !matches!(self.escalation(), Standing::Quiet)
    }

    /// Whether somebody was told, and nobody has taken care of it.
    pub(super) fn has_open_escalation(&self) -> bool {
        let place = match self.escalation() {
            Standing::Quiet => return false,
            Standing::ByPlan(_, place) | Standing::ByHand(_, place, _) => place,
        };
        self.since(place).iter().any(|entry| matches!(entry.event, Event::Escalated { .. }))
    }

    /// Whom to tell now, and when next. The entries written for it are told by their level: step 1 is the first.
    pub(super) fn escalation_due(&self, plan: &[EscalationStep], hours: &impl Hours, now: UnixTime) -> Due {
        let (since, place, from) = match self.escalation() {
            Standing::Quiet => return Due::default(),
            Standing::ByPlan(since, place) => (since, place, None),
            Standing::ByHand(since, place, level) => (since, place, Some(level)),
        };
        let mut due = Due::default();
        let below = from.map_or(0, |level| usize::from(level).saturating_sub(1));
        let before = from.and_then(|_| plan.get(below)).map_or(Duration::ZERO, |step| step.after);
        for (step, level) in plan.iter().zip(1..).skip(below) {
            let last = self.since(place).iter().rev().find(|entry| is_level(&entry.event, level));
            let at = match (last.map(|entry| entry.at), step.again) {
                (None, _) => self.later(hours, since, step.after.saturating_sub(before)),
                (Some(last), Some(again)) => self.later(hours, last, again),
                (Some(_), None) => None,
            };
            match at {
                Some(at) if at <= now => {
                    due.now.push(Event::Escalated { level, to: step.to.clone(), why: None });
                    // Told now: the next time is counted from here.
                    due.next = sooner(due.next, step.again.and_then(|again| self.later(hours, now, again)));
                }
                at => due.next = sooner(due.next, at),
            }
        }
        due
    }

    /// Where its escalation stands.
    fn escalation(&self) -> Standing {
        if self.stage == Stage::Closed {
            return Standing::Quiet;
        }
        let (mut by_plan, mut by_hand, mut needs) = (None, None, Needs::default());
        let mut last = self.opened_at;
        for (place, entry) in self.timeline.iter().enumerate() {
            last = last.max(entry.at);
            let needed = needs.plan();
            needs.take(entry);
            match &entry.event {
                Event::Reopened => (by_plan, by_hand) = (needs.plan().then_some((last, place)), None),
                Event::EscalationTaken => (by_plan, by_hand) = (None, None),
                Event::Escalated { level, why: Some(_), .. } => by_hand = Some((last, place, *level)),
                _ if !needs.plan() => by_plan = None,
                _ if !needed => by_plan = Some((last, place)),
                _ => {}
            }
        }
        match (by_plan, by_hand) {
            (Some((since, place)), _) => Standing::ByPlan(since, place),
            (None, Some((since, place, level))) => Standing::ByHand(since, place, level),
            (None, None) => Standing::Quiet,
        }
    }

    /// The timeline from an entry on.
    fn since(&self, place: usize) -> &[Entry] {
        self.timeline.get(place..).unwrap_or_default()
    }

    fn later(&self, hours: &impl Hours, from: UnixTime, time: Duration) -> Option<UnixTime> {
        match (self.severity, self.desk.as_deref()) {
            (Some(Severity::S1), _) | (_, None) => Some(from + time),
            // A desk that the settings name no more has no hours: then by the clock.
            (_, Some(desk)) => hours.passes(desk, from, time).or(Some(from + time)),
        }
    }
}

fn is_level(event: &Event, wanted: u8) -> bool {
    matches!(event, Event::Escalated { level, .. } if *level == wanted)
}

pub(super) fn sooner(one: Option<UnixTime>, other: Option<UnixTime>) -> Option<UnixTime> {
    one.into_iter().chain(other).min()
}
