//! The trail of a call: which keys were pressed when, which steps came, what queues, desks and hours
//! did, and where the caller arrived. Plain data, by which a call can be replayed, counted and compared.
//!
//! A trail never holds a key that nobody may see: a press is noted without its key, which is added
//! once a step that is not secret has taken it. Every list is bounded; what finds no room is counted.

use super::contract::{Desk, DialFailure, Event, QueueRefusal};
use crate::base::{Digit, EndCause, Instant, Language, limits};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a call did in its plan. Moments are counted from the plan's first step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// Keys, in the order pressed.
    pub presses: Bounded<Press, { limits::PRESSES_PER_TRAIL }>,
    /// Steps, in the order they came.
    pub path: Bounded<Entered, { limits::STEPS_PER_TRAIL }>,
    /// What the plan was told of queues, desks and hours.
    pub met: Bounded<Meeting, { limits::MEETINGS_PER_TRAIL }>,
    /// When a playout ended by itself.
    pub playouts: Bounded<Duration, { limits::STEPS_PER_TRAIL }>,
    /// Where the caller came, in order; an end by the plan is the last.
    pub arrivals: Bounded<Arrival, { limits::ARRIVALS_PER_TRAIL }>,
    /// How long the plan ran.
    pub lasted: Duration,
}

/// A list that takes no more than `MOST`, and counts the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounded<T, const MOST: usize> {
    kept: Vec<T>,
    more: u32,
}

/// A key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// When it was pressed; not when a step took it.
    pub at: Duration,
    /// Which key, as far as it may be known.
    pub key: Key,
}

/// A pressed key, as far as it may be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A step that is not secret took it.
    Shown(Digit),
    /// A decimal digit: of a secret, forgotten, or never asked for.
    Hidden,
    /// The same of a key that is no decimal digit: it may have ended a secret answer.
    HiddenSign,
}

/// A step begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// When.
    pub at: Duration,
    /// Its name.
    pub step: Arc<str>,
    /// What happened last at the step before: `digit 2`, `queue full`, `hours open`, …
    pub why: Option<String>,
}

/// What a queue or a desk did to the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// When.
    pub at: Duration,
    /// The queue's name, or the desk's.
    pub whom: Arc<str>,
    /// What.
    pub what: Met,
}

/// What a queue or a desk did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// The plan asked whether the desk takes callers.
    Hours(Desk),
    /// The plan asked a queue to take the caller.
    Enqueued,
    /// The plan had a desk dialled.
    Dialled,
    /// The plan had a place outside the desks dialled.
    Transferred,
    /// The plan asked a service outside, or had a PIN verified. The answer is not kept.
    Asked,
    /// The caller was recorded. What became of it is not kept.
    Recording,
    /// The queue has the caller.
    Taken,
    /// The queue did not take the caller, or no longer has them.
    Refused(QueueRefusal),
    /// Nobody at the desk took the call.
    Failed(DialFailure),
    /// Caller and desk hear each other.
    Connected,
    /// The desk's side ended the connection.
    DeskLeft,
}

/// The caller comes to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: Duration,
    /// Where.
    pub outcome: Outcome,
    /// In which language they are served there.
    pub language: Language,
    /// Whether they need an interpreter there.
    pub interpreter: bool,
}

/// Where a caller arrives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// In line.
    Queue {
        /// The queue.
        queue: Arc<str>,
        /// The desk it leads to.
        desk: String,
        /// The tier that answers first.
        tier: u8,
    },
    /// At a desk's own number.
    Dial {
        /// The desk.
        desk: Arc<str>,
    },
    /// At a place outside the desks.
    Transfer {
        /// The transfer's name in the settings.
        to: Arc<str>,
    },
    /// At the end of the call.
    Hangup {
        /// Why.
        cause: EndCause,
    },
}

impl<T, const MOST: usize> Bounded<T, MOST> {
    /// A list as it was kept: what finds no room is counted too.
    pub fn new(kept: impl IntoIterator<Item = T>, more: u32) -> Self {
        let mut list = Bounded { kept: Vec::new(), more };
        for item in kept {
            list.push(item);
        }
        list
    }

    /// What was kept.
    pub fn kept(&self) -> &[T] {
        &self.kept
    }

    /// How many found no room.
    pub fn more(&self) -> u32 {
        self.more
    }

    /// Adds one; its place, where there was room.
    pub fn push(&mut self, item: T) -> Option<usize> {
        if self.kept.len() >= MOST {
            self.more = self.more.saturating_add(1);
            return None;
        }
        self.kept.push(item);
        Some(self.kept.len() - 1)
    }
}

impl<T, const MOST: usize> Default for Bounded<T, MOST> {
    fn default() -> Self {
        Bounded { kept: Vec::new(), more: 0 }
    }
}

impl Trail {
    /// Where the caller came first; `None` where they were gone before.
    pub fn route(&self) -> Option<&Arrival> {
        self.arrivals.kept().first()
    }

    /// Whether the plan ended the call; else the caller, a desk or the network did.
    pub fn was_ended_by_plan(&self) -> bool {
        let last = self.arrivals.kept().last();
        last.is_some_and(|arrival| matches!(arrival.outcome, Outcome::Hangup { .. }))
    }

    /// Whether enough is kept of the call to walk it again.
    pub fn is_whole(&self) -> bool {
        let more = self.presses.more() + self.met.more() + self.arrivals.more();
        more == 0 && !self.met.kept().iter().any(|met| matches!(met.what, Met::Asked | Met::Recording))
    }

    /// The step at which the call was at this moment.
    pub fn step_at(&self, at: Duration) -> Option<&Entered> {
        self.path.kept().iter().rfind(|entered| entered.at <= at)
    }
}

/// Everything that can be met, by the names under which it is kept and reported.
const MET: [(&str, Met); 20] = [
    ("open", Met::Hours(Desk::Open)),
    ("outside", Met::Hours(Desk::OutsideHours)),
    ("weekend", Met::Hours(Desk::Weekend)),
    ("holiday", Met::Hours(Desk::Holiday)),
    ("company", Met::Hours(Desk::CompanyDay)),
    ("emergency", Met::Hours(Desk::Emergency)),
    ("enqueued", Met::Enqueued),
    ("dialled", Met::Dialled),
    ("transferred", Met::Transferred),
    ("asked", Met::Asked),
    ("recording", Met::Recording),
    ("taken", Met::Taken),
    ("full", Met::Refused(QueueRefusal::Full)),
    ("closed", Met::Refused(QueueRefusal::Closed)),
    ("unstaffed", Met::Refused(QueueRefusal::Unstaffed)),
    ("busy", Met::Failed(DialFailure::Busy)),
    ("no-answer", Met::Failed(DialFailure::NoAnswer)),
    ("unreachable", Met::Failed(DialFailure::Unreachable)),
    ("connected", Met::Connected),
    ("desk-left", Met::DeskLeft),
];

impl Met {
    /// The name under which it is kept.
    pub fn name(self) -> &'static str {
        let named = MET.iter().find(|(_, met)| *met == self);
        named.map(|(name, _)| *name).expect("everything is in the table: a test compares")
    }

    /// What is kept under a name.
    pub fn from_name(name: &str) -> Option<Met> {
        MET.iter().find(|(known, _)| *known == name).map(|(_, met)| *met)
    }

    /// What an event says of the queue or desk that was asked last.
    fn of(event: &Event) -> Option<Met> {
        Some(match event {
            Event::QueueRefused(why) => Met::Refused(*why),
            Event::DialFailed(why) => Met::Failed(*why),
            Event::Connected => Met::Connected,
            Event::DeskLeft => Met::DeskLeft,
            Event::QueuePlace { .. } => Met::Taken,
            Event::Digit(_)
            | Event::PlayDone
            | Event::CaseReady
            | Event::Ringing
            | Event::RecordingEnded
            | Event::Recorded(_)
            | Event::Answered(_)
            | Event::Verified(_) => return None,
        })
    }
}

/// A key on its way to the step that takes it. It may belong to a PIN, and prints as `***`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Pressed {
    digit: Digit,
    /// Its place in the trail, where there was room.
    place: Option<usize>,
}

impl Pressed {
    /// The key, for a step that keeps it secret: it stays hidden in the trail.
    pub fn secretly(self) -> Digit {
        self.digit
    }
}

impl fmt::Debug for Pressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A trail while its call goes on.
#[derive(Clone, Debug)]
pub(super) struct Tracker {
    began: Instant,
    trail: Trail,
    /// The queue or desk that the plan asked for last.
    asked: Option<Arc<str>>,
    /// Whether that is a queue which has not taken the caller yet.
    lacks_place: bool,
    /// The place of the key that is being told.
    pressing: Option<usize>,
    /// What happened last at the present step.
    why: Option<String>,
}

impl Tracker {
    pub fn begin(now: Instant) -> Tracker {
        Tracker {
            began: now,
            trail: Trail::default(),
            asked: None,
            lacks_place: false,
            pressing: None,
            why: None,
        }
    }

    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    pub fn into_trail(self, now: Instant) -> Trail {
        Trail { lasted: now - self.began, ..self.trail }
    }

    /// Notes what the run is told. True where the queue that was asked has taken the caller just now.
    pub fn told(&mut self, now: Instant, event: &Event) -> bool {
        let at = now - self.began;
        match event {
            Event::Digit(digit) => {
                let key = if digit.decimal().is_some() { Key::Hidden } else { Key::HiddenSign };
                self.pressing = self.trail.presses.push(Press { at, key });
            }
            Event::PlayDone => {
                self.trail.playouts.push(at);
            }
            _ => {}
        }
        let Some(what) = Met::of(event) else { return false };
        let taken = what == Met::Taken;
        if taken && !std::mem::take(&mut self.lacks_place) {
            return false;
        }
        if let Some(whom) = self.asked.clone() {
            self.trail.met.push(Meeting { at, whom, what });
        }
        taken
    }

    /// The key that is being told.
    pub fn pressed(&self, digit: Digit) -> Pressed {
        Pressed { digit, place: self.pressing }
    }

    /// A step that is not secret has taken a key: from now on it is known.
    pub fn reveal(&mut self, pressed: Pressed) -> Digit {
        if let Some(press) = pressed.place.and_then(|place| self.trail.presses.kept.get_mut(place)) {
            press.key = Key::Shown(pressed.digit);
        }
        pressed.digit
    }

    /// Something happened at the present step.
    pub fn happened(&mut self, event: &str) {
        self.why = Some(event.to_owned());
    }

    /// A step begins.
    pub fn entered(&mut self, now: Instant, step: &Arc<str>) {
        let (at, why) = (now - self.began, self.why.take());
        self.trail.path.push(Entered { at, step: step.clone(), why });
    }

    /// The plan has looked whether a desk takes callers.
    pub fn saw(&mut self, now: Instant, desk: &str, state: Desk) {
        let (at, what) = (now - self.began, Met::Hours(state));
        self.trail.met.push(Meeting { at, whom: desk.into(), what });
    }

    /// The plan does something whose outcome is not kept.
    pub fn meets(&mut self, now: Instant, whom: &str, what: Met) {
        self.trail.met.push(Meeting { at: now - self.began, whom: whom.into(), what });
    }

    /// The plan asks a queue, or has a desk dialled.
    pub fn asks(&mut self, now: Instant, whom: &Arc<str>, what: Met) {
        self.asked = Some(whom.clone());
        self.lacks_place = what == Met::Enqueued;
        self.trail.met.push(Meeting { at: now - self.began, whom: whom.clone(), what });
    }

    /// The queue that the plan asked for last.
    pub fn asked(&self) -> Option<&Arc<str>> {
        self.asked.as_ref()
    }

    /// The caller has come to a place.
    pub fn arrived(&mut self, now: Instant, outcome: Outcome, language: Language, interpreter: bool) {
        let at = now - self.began;
        self.trail.arrivals.push(Arrival { at, outcome, language, interpreter });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_its_first_and_counts_the_rest() {
        let mut list: Bounded<u8, 2> = Bounded::default();
        assert_eq!([list.push(1), list.push(2), list.push(3)], [Some(0), Some(1), None]);
        assert_eq!((list.kept(), list.more()), (&[1, 2][..], 1));
        assert_eq!(Bounded::<u8, 2>::new([1, 2], 1), list);
    }

    #[test]
    fn a_key_is_nowhere_until_it_is_revealed() {
        let key = Digit::from_char('7').expect("a key");
        let mut tracker = Tracker::begin(Instant::from_millis(1_000));
        tracker.told(Instant::from_millis(1_250), &Event::Digit(key));
        let pressed = tracker.pressed(key);
        assert_eq!(format!("{pressed:?}"), "***");
        assert!(!format!("{tracker:?}").contains('7'), "{tracker:?}");
        let press = |key| Press { at: Duration::from_millis(250), key };
        assert_eq!(tracker.trail().presses.kept(), [press(Key::Hidden)]);
        tracker.reveal(pressed);
        assert_eq!(tracker.trail().presses.kept(), [press(Key::Shown(key))]);
    }
}
