//! What is said and answered until a number stands.

use super::{Callback, State};
use crate::base::{Digit, Number};
use crate::dialplan::asking::Asking;
use crate::dialplan::contract::Action;
use crate::dialplan::entry::Entered;
use crate::dialplan::say;
use crate::dialplan::scene::{Flow, Scene};
use crate::dialplan::speech::Spoken;
use crate::dialplan::trail::Pressed;
use crate::dialplan::typed::Typed;

impl State {
    /// Whether a question is still being said.
    pub(super) fn is_playing(&self) -> bool {
        match self {
            State::Confirming { asking, .. } | State::Entering(asking) => asking.is_playing(),
            State::Between { .. } | State::Thanking(_) => false,
        }
    }
}

impl Callback {
    /// Says a number and asks whether it is right.
    pub(super) fn confirm(
        &self,
        attempt: u32,
        number: Number,
        entered: bool,
        scene: &mut Scene<'_>,
    ) -> State {
        let intro = if entered { &self.entered } else { &self.offer };
        let digits = say::digits(&number.national());
        let said: Vec<Spoken> = intro.iter().cloned().chain(digits).chain(self.confirm.clone()).collect();
        State::Confirming { asking: Asking::begin(attempt, &said, self.first_digit, scene), number, entered }
    }

    /// Asks for a number.
    pub(super) fn ask(&self, attempt: u32, first: &[Spoken], scene: &mut Scene<'_>) -> State {
        let said: Vec<Spoken> = first.iter().chain(&self.ask).cloned().collect();
        State::Entering(Asking::begin(attempt, &said, self.first_digit, scene))
    }

    /// What was being said has been heard.
    pub(super) fn heard(&self, state: State, scene: &Scene<'_>) -> State {
        match state {
            state if !state.is_playing() => state,
            State::Confirming { asking, number, entered } => {
                State::Confirming { asking: asking.heard(self.first_digit, scene), number, entered }
            }
            State::Entering(asking) => State::Entering(asking.heard(self.first_digit, scene)),
            state => state,
        }
    }

    /// No key came in time.
    pub(super) fn silent(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        match state {
            State::Between { asking, digits, .. } => self.entered(&asking, &digits, scene),
            State::Confirming { asking, number, entered } => {
                scene.trace("no-input");
                self.again(&asking, scene, |attempt, scene| self.confirm(attempt, number, entered, scene))
            }
            State::Entering(asking) => {
                scene.trace("no-input");
                self.again(&asking, scene, |attempt, scene| self.ask(attempt, &[], scene))
            }
            State::Thanking(saying) => Flow::Stay(State::Thanking(saying)),
        }
    }

    pub(super) fn key(&self, state: State, key: Pressed, scene: &mut Scene<'_>) -> Flow<State> {
        scene.attended();
        let digit = scene.reveal(key);
        match state {
            State::Confirming { asking, number, entered } => {
                self.decide(&asking, number, entered, digit, scene)
            }
            State::Entering(asking) => self.enter_digit(asking, Typed::default(), key, scene),
            State::Between { asking, digits, .. } => self.enter_digit(asking, digits, key, scene),
            State::Thanking(saying) => Flow::Stay(State::Thanking(saying)),
        }
    }

    fn decide(
        &self,
        asking: &Asking,
        number: Number,
        entered: bool,
        digit: Digit,
        scene: &mut Scene<'_>,
    ) -> Flow<State> {
        match digit.decimal() {
            Some(1) => self.record(number, scene),
            Some(2) => {
                scene.trace("digit 2");
                // To call from another phone is no mistake; to enter a wrong number is.
                match entered {
                    true => self.again(asking, scene, |attempt, scene| self.ask(attempt, &[], scene)),
                    false => Flow::Stay(self.ask(asking.attempt(), &[], scene)),
                }
            }
            _ => {
                scene.trace(format!("invalid {digit}"));
                self.again(asking, scene, |attempt, scene| self.confirm(attempt, number, entered, scene))
            }
        }
    }

    fn enter_digit(&self, asking: Asking, digits: Typed, key: Pressed, scene: &mut Scene<'_>) -> Flow<State> {
        scene.stop();
        match self.entry.add(digits, key, scene) {
            Entered::Part(digits, until) => Flow::Stay(State::Between { asking, digits, until }),
            Entered::Whole(digits) => self.entered(&asking, &digits, scene),
            Entered::Wrong => self.again(&asking, scene, |attempt, scene| self.ask(attempt, &[], scene)),
        }
    }

    /// A number was entered: it is said back where it can be called.
    fn entered(&self, asking: &Asking, digits: &Typed, scene: &mut Scene<'_>) -> Flow<State> {
        match Number::parse(&digits.text()).filter(Number::is_subscriber) {
            Some(number) => {
                scene.trace(format!("entered {}", number.redacted()));
                Flow::Stay(self.confirm(asking.attempt(), number, true, scene))
            }
            None => {
                scene.trace("no number to call");
                self.again(asking, scene, |attempt, scene| self.ask(attempt, &self.invalid, scene))
            }
        }
    }

    fn record(&self, number: Number, scene: &mut Scene<'_>) -> Flow<State> {
        scene.trace(format!("digit 1: {}", number.redacted()));
        scene.stop();
        scene.set("desk", &self.desk);
        scene.act(Action::RequestCallback { queue: self.queue.clone(), number });
        self.thanks.say(&self.thanked, scene).map(State::Thanking)
    }

    /// Asks again, unless that was the last attempt.
    fn again(
        &self,
        asking: &Asking,
        scene: &mut Scene<'_>,
        ask: impl FnOnce(u32, &mut Scene<'_>) -> State,
    ) -> Flow<State> {
        if asking.attempt() >= self.attempts {
            scene.stop();
            scene.trace("last attempt");
            return Flow::Go(self.otherwise);
        }
        Flow::Stay(ask(asking.attempt() + 1, scene))
    }
}
