//! Walks one call to where its caller arrives, from what the caller presses.

mod press;

pub use super::trail::Outcome;
pub use super::walk::{Happening, WalkWorld};
pub use press::{BadKey, Press, parse_keys};

use super::contract::{Desk, Event, QueueRefusal};
use super::plan::Plan;
use super::trail::{Met, Trail};
use super::walk::{Coming, Moment, Others, Then, Walker};
use crate::base::{Coverage, Digit, Instant, Language, Number, Secret, UnixTime};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// From one key press to the next.
const BETWEEN_KEYS: Duration = Duration::from_millis(200);
/// How long `,` waits after the prompt has ended.
const LISTEN: Duration = Duration::from_secs(1);

/// One call to be walked.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The plan that answers.
    pub plan: Arc<Plan>,
    /// When the call comes in.
    pub at: UnixTime,
    /// The caller's number, where it is known.
    pub from: Option<Number>,
    /// What the caller does, after which they stay on the line.
    pub keys: Vec<Press>,
    /// What they type where they are asked for a PIN; none: they do not.
    pub pin: Option<Secret<String>>,
}

/// A walked call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// What happened, in order.
    pub steps: Vec<Happening>,
    /// Where it led; `None` only where a walk does not end.
    pub outcome: Option<Outcome>,
    /// The language the caller is served in.
    pub language: Language,
    /// The facts of the case.
    pub facts: BTreeMap<String, String>,
    /// Who answers the caller's question, where the plan has looked.
    pub coverage: Option<Coverage>,
    /// From the answer to the outcome.
    pub duration: Duration,
    /// Keys pressed until the outcome.
    pub digits_pressed: u32,
    /// What the caller was still going to do.
    pub not_done: usize,
    /// The same as it would be kept of a live call.
    pub trail: Trail,
}

/// Walks a call to its first queue that takes it, first desk dialled, or end.
pub fn walk(walk: &Walk, world: &dyn WalkWorld) -> Walked {
    let Walk { plan, at, from, keys, pin } = walk;
    let mut walker = Walker::start(plan, (*at, from.clone()), world, ByTheHour { world });
    let mut keys = keys.iter();
    let mut digits = 0;
    while !walker.has_arrived() {
        if let Some(pin) = pin.as_ref().filter(|_| walker.run().asks_for_pin()) {
            digits += walker.type_pin(pin);
            continue;
        }
        match keys.next() {
            Some(Press::Digit(digit)) => {
                digits += 1;
                walker.press(*digit);
            }
            Some(Press::Listen) => walker.listen(),
            Some(Press::Timeout) => walker.let_a_timeout_pass(),
            None => break,
        }
    }
    while !walker.has_arrived() && walker.advance().is_some() {
        if let Some(pin) = pin.as_ref().filter(|_| walker.run().asks_for_pin()) {
            digits += walker.type_pin(pin);
        }
    }
    walker.walked(digits, keys.len())
}

/// Queues take callers while their desk is open; nobody answers.
struct ByTheHour<'w> {
    world: &'w dyn WalkWorld,
}

impl Others for ByTheHour<'_> {
    fn desk(&self, desk: &str, then: Then) -> Desk {
        self.world.desk(desk, then.wall)
    }

    fn queue(&mut self, _: &str, desk: &str, then: Then) -> Vec<Coming> {
        vec![(Duration::ZERO, at_the_line(self.desk(desk, then)))]
    }

    fn dial(&mut self, _: Met, _: &str) -> Vec<Coming> {
        Vec::new()
    }

    fn playout_ends(&mut self, due: Instant) -> Instant {
        due
    }
}

/// What a caller hears of an empty line whose desk is in this state.
pub(super) fn at_the_line(desk: Desk) -> Event {
    match desk {
        Desk::Open => Event::QueuePlace { place: 1, wait_minutes: None },
        _ => Event::QueueRefused(QueueRefusal::Closed),
    }
}

impl Walker<'_, ByTheHour<'_>> {
    fn has_arrived(&self) -> bool {
        self.run().trail().route().is_some()
    }

    fn press(&mut self, digit: Digit) {
        self.tell(Event::Digit(digit));
        self.wait(BETWEEN_KEYS);
    }

    /// Types a PIN, and the key that ends one; how many keys that were.
    fn type_pin(&mut self, pin: &Secret<String>) -> u32 {
        let keys: Vec<Digit> =
            pin.reveal().chars().filter_map(Digit::from_char).chain(self.run().terminator()).collect();
        let step = self.run().step().clone();
        let mut pressed = 0;
        for key in keys {
            if self.has_arrived() || *self.run().step() != step || (pressed > 0 && self.run().asks_for_pin())
            {
                break;
            }
            self.press(key);
            pressed += 1;
        }
        // Nothing that could be typed: the caller stays silent.
        if pressed == 0 {
            self.let_a_timeout_pass();
        }
        pressed
    }

    fn listen(&mut self) {
        let ends = self.play_ends();
        while !self.has_arrived() && ends.is_some_and(|at| self.now() < at) && self.advance().is_some() {}
        self.wait(LISTEN);
    }

    fn let_a_timeout_pass(&mut self) {
        while !self.has_arrived() {
            match self.advance() {
                Some(Moment::PlayDone) => {}
                Some(Moment::Met | Moment::Deadline) | None => return,
            }
        }
    }

    fn wait(&mut self, length: Duration) {
        let until = self.now() + length;
        while !self.has_arrived() && self.next().is_some_and(|(at, _)| at <= until) {
            if self.advance().is_none() {
                return;
            }
        }
        if !self.has_arrived() {
            self.stand_at(until);
        }
    }

    fn walked(self, digits_pressed: u32, not_done: usize) -> Walked {
        let now = self.now();
        let (run, steps) = self.finish();
        let (language, facts) = (run.language(), run.facts().clone());
        let coverage = run.coverage().cloned();
        let trail = run.into_trail(now);
        Walked {
            steps,
            outcome: trail.route().map(|arrival| arrival.outcome.clone()),
            language,
            facts,
            coverage,
            duration: now.since_start(),
            digits_pressed,
            not_done,
            trail,
        }
    }
}
