//! `pin`: asks for a PIN, has it verified, and goes where what came of it leads.
//!
//! ```text
//!   Asking --key--> Typing --#, last digit, pause--> Checking --verified, trial, expired--> gone
//!     |  ^                                             |  |
//!     |  +---------- unknown, an attempt is left ------+  |
//!     +--silence--> otherwise <---no answer, no attempt---+
//! ```
//!
//! The digits are hidden everywhere: they leave this step in one action alone, as a secret. Whoever presses nothing has
//! no PIN and is not asked again. Where nobody's PINs are kept (`World::takes_pins`) the step is passed at once.
//! What was verified are facts of the case, with a remark who says so; what was not is a remark in it. Keys pressed
//! while it is being verified are kept for the next question.

use super::super::asking::{self, Asking};
use super::super::contract::{Action, Event, NoAnswer};
use super::super::entry::{self, Entered, Entry};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, On, StepId};
use super::super::scene::{Flow, Scene};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::super::trail::Pressed;
use super::super::typed::Typed;
use super::Behaviour;
use crate::base::{Deadline, Digit, Instant, Secret, Verdict, Verification, limits};
use std::time::Duration;

/// Fewest and most digits that a plan may ask for.
const DIGITS: Holds = Holds::Number(limits::FEWEST_PIN_DIGITS, limits::MOST_PIN_DIGITS);

/// A question for a PIN.
#[derive(Clone, Debug)]
pub struct Pin {
    prompt: Vec<Spoken>,
    wrong: Vec<Spoken>,
    music: Vec<Spoken>,
    first_digit: Duration,
    attempts: u32,
    entry: Entry,
    deadline: Duration,
    verified: StepId,
    trial: StepId,
    /// `None` goes where `otherwise` leads.
    expired: Option<StepId>,
    otherwise: StepId,
}

/// Where it stands.
#[derive(Clone, Debug)]
pub enum State {
    /// No digit yet.
    Asking(Asking),
    /// Some digits; more may follow until the moment given.
    Typing {
        /// The attempt these digits belong to.
        asking: Asking,
        /// The digits so far.
        digits: Typed,
        /// When to stop waiting for another.
        until: Instant,
    },
    /// It is being verified.
    Checking {
        /// The attempt.
        asking: Asking,
        /// When to stop waiting for an answer.
        until: Instant,
    },
}

impl Behaviour for Pin {
    const DEFINITION: Definition = Definition {
        name: "pin",
        about: "asks for a PIN and goes where its verification leads; passed at once where no PINs are kept",
        keys: &[
            asking::PROMPT,
            Key::with_default("min", DIGITS, "4", "fewest digits"),
            Key::with_default("max", DIGITS, "16", "most digits; the last one ends the PIN"),
            entry::TERMINATOR,
            entry::NEXT_DIGIT,
            asking::FIRST_DIGIT,
            Key::with_default("attempts", Holds::Number(1, 3), "3", "how many PINs may be tried in all"),
            Key::optional("wrong", Holds::Prompts, "said before asking again where the PIN is not known"),
            Key::optional("music", Holds::Prompts, "played while it is being verified"),
            Key::with_default(
                "deadline",
                Holds::millis(100, 10_000),
                "3s",
                "how long to wait for the answer",
            ),
            Key::required("verified", Holds::Step, "the PIN was verified: the case has the option"),
            Key::required("trial", Holds::Step, "the PIN is a free trial's"),
            Key::optional("expired", Holds::Step, "the contract is not in force; left out: as `otherwise`"),
            Key::required("otherwise", Holds::Step, "no PIN, none that is known, or nobody who can say"),
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/pin.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let prompt = step.clips(asking::PROMPT.name);
        let wrong = step.clips("wrong").unwrap_or_default();
        let music = step.clips("music").unwrap_or_default();
        let entry = read_entry(step);
        let first_digit = step.duration(asking::FIRST_DIGIT.name);
        let attempts = step.count("attempts");
        let deadline = step.duration("deadline");
        let verified = step.target("verified");
        let trial = step.target("trial");
        let expired = step.target("expired");
        let otherwise = step.target("otherwise");
        Some(Pin {
            prompt: prompt?,
            wrong,
            music,
            first_digit,
            attempts,
            entry: entry?,
            deadline,
            verified: verified?,
            trial: trial?,
            expired,
            otherwise: otherwise?,
        })
    }

    fn exits(&self) -> Vec<Exit> {
        let expired = self.expired.map(|to| Exit::new("expired", to, On::Answer));
        let answered =
            [Exit::new("verified", self.verified, On::Answer), Exit::new("trial", self.trial, On::Answer)];
        answered.into_iter().chain(expired).chain([Exit::course("otherwise", self.otherwise)]).collect()
    }

    fn subject(&self) -> String {
        Spoken::names(&self.prompt)
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        if !scene.takes_pins() {
            return Flow::Go(self.otherwise);
        }
        if scene.caller.typed.is_empty() {
            return Flow::Stay(State::Asking(self.ask(1, &[], scene)));
        }
        self.take_typed(State::Asking(Asking::silent(self.first_digit, scene)), scene)
    }

    fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        match (state, event) {
            (State::Checking { asking, .. }, Event::Verified(came)) => self.judged(asking, came, scene),
            (State::Checking { asking, until }, Event::Digit(digit)) => {
                scene.keep(digit);
                Flow::Stay(State::Checking { asking, until })
            }
            (State::Asking(asking), Event::PlayDone) if asking.is_playing() => {
                Flow::Stay(State::Asking(asking.heard(self.first_digit, scene)))
            }
            (state, Event::Digit(digit)) => self.take(state, scene.pressed(digit), scene),
            (state, _) => Flow::Stay(state),
        }
    }

    fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        match state {
            State::Asking(asking) if asking.is_playing() => {
                Flow::Stay(State::Asking(asking.heard(self.first_digit, scene)))
            }
            State::Asking(_) => {
                scene.trace("no-input");
                Flow::Go(self.otherwise)
            }
            State::Typing { asking, digits, .. } if self.entry.is_enough(&digits) => {
                self.verify(asking, &digits, scene)
            }
            State::Typing { asking, .. } => {
                scene.trace("too few digits");
                self.again(asking, scene)
            }
            State::Checking { asking, .. } => {
                scene.act(Action::DropQuestion);
                self.judged(asking, Err(NoAnswer::Late), scene)
            }
        }
    }

    fn deadline(&self, state: &State) -> Option<Deadline> {
        match state {
            State::Asking(asking) => asking.deadline(),
            State::Typing { until, .. } => Some(Deadline { at: *until, why: "next digit" }),
            State::Checking { until, .. } => Some(Deadline { at: *until, why: "verification of a PIN" }),
        }
    }
}

impl Pin {
    /// The key that ends a PIN early.
    pub(in crate::dialplan) fn terminator(&self) -> Option<Digit> {
        self.entry.terminator
    }

    fn ask(&self, attempt: u32, first: &[Spoken], scene: &mut Scene<'_>) -> Asking {
        let said: Vec<Spoken> = first.iter().chain(&self.prompt).cloned().collect();
        Asking::begin(attempt, &said, self.first_digit, scene)
    }

    /// Takes keys that were pressed before the question, until the PIN is whole.
    fn take_typed(&self, mut state: State, scene: &mut Scene<'_>) -> Flow<State> {
        while !matches!(state, State::Checking { .. }) {
            let Some(key) = scene.caller.typed.pop() else { break };
            match self.take(state, key, scene) {
                Flow::Stay(stay) => state = stay,
                leave => return leave,
            }
        }
        Flow::Stay(state)
    }

    fn take(&self, state: State, key: Pressed, scene: &mut Scene<'_>) -> Flow<State> {
        scene.attended();
        scene.stop();
        let (asking, digits) = match state {
            State::Asking(asking) => (asking, Typed::default()),
            State::Typing { asking, digits, .. } => (asking, digits),
            State::Checking { .. } => return Flow::Stay(state),
        };
        match self.entry.add(digits, key, scene) {
            Entered::Part(digits, until) => Flow::Stay(State::Typing { asking, digits, until }),
            Entered::Whole(digits) => self.verify(asking, &digits, scene),
            Entered::Wrong => self.again(asking, scene),
        }
    }

    fn verify(&self, asking: Asking, digits: &Typed, scene: &mut Scene<'_>) -> Flow<State> {
        scene.trace(format!("{} digits", digits.len()));
        scene.act(Action::Verify { pin: Secret::new(digits.text()), deadline: self.deadline });
        if !self.music.is_empty() {
            scene.play_on(&self.music);
        }
        Flow::Stay(State::Checking { asking, until: scene.now + self.deadline })
    }

    fn judged(
        &self,
        asking: Asking,
        came: Result<Verification, NoAnswer>,
        scene: &mut Scene<'_>,
    ) -> Flow<State> {
        scene.stop();
        let Verification { verdict, by } = match came {
            Ok(said) => said,
            Err(why) => return self.unverified(&format!("no answer: {why}"), self.otherwise, scene),
        };
        let by = by.words();
        match verdict {
            Verdict::Verified(rights) => {
                let verified = format!("verified by {by}");
                scene.act(Action::Note { text: format!("the caller's PIN was {verified}") });
                scene.trace(verified);
                scene.entitle(*rights);
                Flow::Go(self.verified)
            }
            Verdict::Trial => self.unverified(&format!("a free trial's, says {by}"), self.trial, scene),
            Verdict::Expired => {
                let to = self.expired.unwrap_or(self.otherwise);
                self.unverified(&format!("its contract is not in force, says {by}"), to, scene)
            }
            Verdict::Unknown | Verdict::Insufficient => {
                scene.trace(format!("unknown to {by}"));
                self.again(asking, scene)
            }
        }
    }

    fn unverified(&self, why: &str, to: StepId, scene: &mut Scene<'_>) -> Flow<State> {
        scene.trace(why);
        scene.act(Action::Note { text: format!("the caller's PIN was not verified: {why}") });
        Flow::Go(to)
    }

    /// Another attempt, where one is left. What was typed after the last one was meant for other questions.
    fn again(&self, asking: Asking, scene: &mut Scene<'_>) -> Flow<State> {
        scene.forget_typed();
        if asking.attempt() >= self.attempts {
            scene.stop();
            return self.unverified("last attempt", self.otherwise, scene);
        }
        Flow::Stay(State::Asking(self.ask(asking.attempt() + 1, &self.wrong, scene)))
    }
}

fn read_entry(step: &mut StepReader<'_, '_>) -> Option<Entry> {
    let (min, max) = (step.count("min"), step.count("max"));
    if max < min {
        let span = step.table.key_span("max").or(step.table.key_span("min")).unwrap_or_default();
        let error = step.table.error_at("out-of-range", span, "`max` is less than `min`");
        step.found.push(error.help(format!("write max = {min}, or more")));
    }
    let terminator = entry::terminator(step);
    let next_digit = step.duration(entry::NEXT_DIGIT.name);
    let (min, max) = (usize::try_from(min).ok()?, usize::try_from(max).ok()?);
    Some(Entry { min, max: max.min(limits::TYPE_AHEAD_DIGITS), terminator, next_digit })
}

#[cfg(test)]
mod tests {
    use super::super::super::key::Presence;
    use super::*;

    #[test]
    fn a_plan_that_says_nothing_takes_every_pin_there_may_be() {
        let default = |name| {
            let key = Pin::DEFINITION.keys.iter().find(|key| key.name == name).expect("a key");
            match key.presence {
                Presence::Default(text) => text.parse().ok(),
                Presence::Required | Presence::Optional => None,
            }
        };
        let want = [limits::FEWEST_PIN_DIGITS, limits::MOST_PIN_DIGITS].map(Some);
        assert_eq!([default("min"), default("max")], want);
    }
}
