//! Incident and escalation management: who is told of a Premium customer's S1 or S2, when, and when again.
//!
//! ```text
//! quiet --Premium and S1 or S2--> open --step due--> told --again--> told
//!                                   |                  |
//!                                   +-- taken, closed, less severe --> quiet
//! ```
//!
//! Time runs by the clock for S1, which is worked on around the clock, and in the desk's open time for S2.

use super::clock::Hours;
use super::fields::Case;
use super::timeline::{Entry, Event};
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

impl Case {
    /// Whether the case is one that incident management looks after, as it stands.
    pub fn is_escalated(&self) -> bool {
        self.option == Some(SupportOption::Premium)
            && matches!(self.severity, Some(Severity::S1 | Severity::S2))
            && self.stage != Stage::Closed
    }

    /// Whether somebody was told, and nobody has taken care of it.
    pub(super) fn has_open_escalation(&self) -> bool {
        let Some((_, told)) = self.escalated_since() else { return false };
        let last = told.iter().rev().find_map(|entry| match entry.event {
            Event::Escalated { .. } => Some(true),
            Event::EscalationTaken => Some(false),
            _ => None,
        });
        last == Some(true)
    }

    /// Whom to tell now, and when next. The entries written for it are told by their level: step 1 is the first.
    pub(super) fn escalation_due(&self, plan: &[EscalationStep], hours: &impl Hours, now: UnixTime) -> Due {
        let Some((since, told)) = self.escalated_since() else { return Due::default() };
        if told.iter().any(|entry| entry.event == Event::EscalationTaken) {
            return Due::default();
        }
        let mut due = Due::default();
        for (step, level) in plan.iter().zip(1..) {
            let last = told.iter().rev().find(|entry| is_level(&entry.event, level)).map(|entry| entry.at);
            let at = match (last, step.again) {
                (None, _) => self.later(hours, since, step.after),
                (Some(last), Some(again)) => self.later(hours, last, again),
                (Some(_), None) => None,
            };
            match at {
                Some(at) if at <= now => {
                    due.now.push(Event::Escalated { level, to: step.to.clone() });
                    // Told now: the next time is counted from here.
                    due.next = sooner(due.next, step.again.and_then(|again| self.later(hours, now, again)));
                }
                at => due.next = sooner(due.next, at),
            }
        }
        due
    }

    /// From when on the case has needed it without a break, and what happened since.
    fn escalated_since(&self) -> Option<(UnixTime, &[Entry])> {
        self.is_escalated().then_some(())?;
        let (mut option, mut severity, mut since) = (None, None, None);
        let mut last = self.opened_at;
        for (at, entry) in self.timeline.iter().enumerate() {
            last = last.max(entry.at);
            match &entry.event {
                Event::FieldChanged { field, value } if field == "option" => {
                    option = value.as_deref().and_then(SupportOption::from_name);
                }
                Event::FieldChanged { field, value } if field == "severity" => {
                    severity = value.as_deref().and_then(Severity::from_name);
                }
                Event::Reopened => since = None,
                _ => continue,
            }
            let needs = option == Some(SupportOption::Premium)
                && matches!(severity, Some(Severity::S1 | Severity::S2));
            since = if needs { since.or(Some((last, at))) } else { None };
        }
        let (moment, at) = since?;
        Some((moment, self.timeline.get(at..)?))
    }

    fn later(&self, hours: &impl Hours, from: UnixTime, time: Duration) -> Option<UnixTime> {
        match (self.severity, self.desk.as_deref()) {
            (Some(Severity::S2), Some(desk)) => hours.passes(desk, from, time),
            _ => Some(from + time),
        }
    }
}

fn is_level(event: &Event, wanted: u8) -> bool {
    matches!(event, Event::Escalated { level, .. } if *level == wanted)
}

pub(super) fn sooner(one: Option<UnixTime>, other: Option<UnixTime>) -> Option<UnixTime> {
    one.into_iter().chain(other).min()
}
