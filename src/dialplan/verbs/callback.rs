//! `callback`: takes a request to be called back, at a number that the caller has heard and confirmed.
//!
//! ```text
//!   number known -> Confirming --1--> recorded, thanks -> `next`
//!                    |  ^    |
//!                   2|  |#   +-- no answer, once too often --> `otherwise`
//!                    v  |
//!   unknown ------> Entering -- no number, once too often ---> `otherwise`
//! ```
//!
//! Keys typed before were meant for something else and are forgotten: nobody confirms a number unheard.
//! Only a subscriber's number is taken; what else could be dialled may cost more than a call.

mod dialogue;

use super::super::announcing::{Announcement, Saying};
use super::super::asking::{self, Asking};
use super::super::contract::Event;
use super::super::entry::{self, Entry};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, On, StepId};
use super::super::say::Family;
use super::super::scene::{Flow, Scene};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::super::typed::Typed;
use super::Behaviour;
use crate::base::{Deadline, Digit, Instant, Number};
use std::sync::Arc;
use std::time::Duration;

/// Most digits that are listened to: more than any number has, so that what is too long is not cut.
const MOST_DIGITS: usize = 20;

/// Whose line is owed, what is said, and where it leads.
#[derive(Clone, Debug)]
pub struct Callback {
    queue: Arc<str>,
    desk: String,
    offer: Vec<Spoken>,
    ask: Vec<Spoken>,
    entered: Vec<Spoken>,
    confirm: Vec<Spoken>,
    invalid: Vec<Spoken>,
    thanks: Announcement,
    thanked: Vec<Spoken>,
    first_digit: Duration,
    entry: Entry,
    attempts: u32,
    otherwise: StepId,
}

/// Where it stands.
#[derive(Clone, Debug)]
pub enum State {
    /// A number was said; 1 takes it, 2 asks for another.
    Confirming {
        /// The attempt.
        asking: Asking,
        /// The number.
        number: Number,
        /// Whether the caller entered it.
        entered: bool,
    },
    /// A number is asked for; no digit yet.
    Entering(Asking),
    /// Some digits; more may follow until the moment given.
    Between {
        /// The attempt these digits belong to.
        asking: Asking,
        /// The digits so far.
        digits: Typed,
        /// When to stop waiting for another.
        until: Instant,
    },
    /// The request stands; thanks are said.
    Thanking(Saying),
}

impl Behaviour for Callback {
    const DEFINITION: Definition = Definition {
        name: "callback",
        about: "takes a request to be called back, at a number the caller confirms",
        keys: &[
            Key::required("queue", Holds::Queue, "in whose line the caller is owed a place"),
            Key::required("offer", Holds::Prompts, "said before the caller's own number, where it is known"),
            Key::required("ask", Holds::Prompts, "asks for a number, ended by \"#\""),
            Key::optional("entered", Holds::Prompts, "said before a number that was entered"),
            Key::required("confirm", Holds::Prompts, "said after a number: 1 takes it, 2 asks for another"),
            Key::optional("invalid", Holds::Prompts, "said where a number is none that can be called back"),
            Key::optional("thanks", Holds::Prompts, "said once the request is recorded"),
            asking::FIRST_DIGIT,
            entry::NEXT_DIGIT,
            asking::ATTEMPTS,
            Key::required("next", Holds::Step, "where to go with the request recorded"),
            Key::required("otherwise", Holds::Step, "where to go after the last attempt, without one"),
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/callback.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let queue = step.queue("queue");
        let span = step.table.key_span("confirm").unwrap_or(step.table.span());
        step.hears(Family::Digits, &span);
        let [offer, ask, entered, confirm] =
            ["offer", "ask", "entered", "confirm"].map(|key| step.clips(key));
        let [invalid, thanked] = ["invalid", "thanks"].map(|key| step.clips(key).unwrap_or_default());
        let first_digit = step.duration(asking::FIRST_DIGIT.name);
        let next_digit = step.duration(entry::NEXT_DIGIT.name);
        let attempts = step.count(asking::ATTEMPTS.name);
        let (next, otherwise) = (step.target("next"), step.target("otherwise"));
        let (queue, facts) = queue?;
        Some(Callback {
            queue,
            desk: facts.desk,
            offer: offer?,
            ask: ask?,
            entered: entered.unwrap_or_default(),
            confirm: confirm?,
            invalid,
            thanks: Announcement { barge_in: true, next: next? },
            thanked,
            first_digit,
            entry: Entry { min: 1, max: MOST_DIGITS, terminator: Digit::from_char('#'), next_digit },
            attempts,
            otherwise: otherwise?,
        })
    }

    fn exits(&self) -> Vec<Exit> {
        let silent = Exit::new("otherwise", self.otherwise, On::Silence(self.attempts));
        vec![Exit::new("next", self.thanks.next, On::Answer), silent]
    }

    fn subject(&self) -> String {
        self.queue.to_string()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        scene.forget_typed();
        match scene.caller_number().filter(Number::is_subscriber) {
            Some(number) => Flow::Stay(self.confirm(1, number, false, scene)),
            None => Flow::Stay(self.ask(1, &[], scene)),
        }
    }

    fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        match (state, event) {
            (State::Thanking(saying), event) => self.thanks.handle(saying, event, scene).map(State::Thanking),
            (state, Event::Digit(digit)) => self.key(state, scene.pressed(digit), scene),
            (state, Event::PlayDone) => Flow::Stay(self.heard(state, scene)),
            (state, _) => Flow::Stay(state),
        }
    }

    fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        match state {
            State::Thanking(_) => self.thanks.expire(scene).map(State::Thanking),
            state if state.is_playing() => Flow::Stay(self.heard(state, scene)),
            state => self.silent(state, scene),
        }
    }

    fn deadline(&self, state: &State) -> Option<Deadline> {
        match state {
            State::Confirming { asking, .. } | State::Entering(asking) => asking.deadline(),
            State::Between { until, .. } => Some(Deadline { at: *until, why: "next digit" }),
            State::Thanking(saying) => saying.deadline(),
        }
    }
}
