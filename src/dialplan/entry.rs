//! Several keys that make one answer.
//!
//! A terminator pressed after digits that were complete without it is swallowed, so that it does not
//! answer the next question.

use super::key::{Holds, Key};
use super::scene::Scene;
use super::syntax::StepReader;
use super::trail::Pressed;
use super::typed::Typed;
use crate::base::{Digit, Instant};
use std::time::Duration;

/// `next_digit`
pub const NEXT_DIGIT: Key =
    Key::with_default("next_digit", Holds::millis(500, 30_000), "3s", "how long to wait for another digit");

/// `terminator`
pub const TERMINATOR: Key = Key::optional("terminator", Holds::Sign, "the key that ends the answer early");

/// What an answer must look like.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Fewest digits.
    pub min: usize,
    /// Most digits; the last one ends the answer.
    pub max: usize,
    /// The key that ends the answer early.
    pub terminator: Option<Digit>,
    /// How long to wait for another digit.
    pub next_digit: Duration,
}

/// What a key made of an answer.
#[derive(Clone, Debug)]
pub enum Entered {
    /// More may follow until the moment given.
    Part(Typed, Instant),
    /// The answer is complete.
    Whole(Typed),
    /// The key has no place in it.
    Wrong,
}

impl Entry {
    /// Adds a key to the digits so far. Whether it may be known is for the verb to say.
    pub(super) fn add(&self, mut digits: Typed, key: Pressed, scene: &mut Scene<'_>) -> Entered {
        let digit = key.secretly();
        if self.terminator == Some(digit) && self.is_enough(&digits) {
            return Entered::Whole(digits);
        }
        if digit.decimal().is_none() {
            scene.trace("invalid key");
            return Entered::Wrong;
        }
        digits.push(key);
        if digits.len() < self.max {
            return Entered::Part(digits, scene.now + self.next_digit);
        }
        self.swallow_terminator(scene);
        Entered::Whole(digits)
    }

    /// Whether these digits are an answer where no more follow.
    pub(super) fn is_enough(&self, digits: &Typed) -> bool {
        digits.len() >= self.min
    }

    fn swallow_terminator(&self, scene: &mut Scene<'_>) {
        let Some(terminator) = self.terminator else { return };
        if scene.caller.typed.is_empty() {
            scene.caller.absorb = Some((terminator, scene.now + self.next_digit));
        } else {
            scene.caller.typed.pop_if(terminator);
        }
    }
}

/// The key that ends an answer early; no digit does.
pub(super) fn terminator(step: &mut StepReader<'_, '_>) -> Option<Digit> {
    let name = step.get::<String>(TERMINATOR.name)?;
    let digit = step.digit(&name)?;
    if digit.decimal().is_some() {
        let message = format!("`{}` is a digit, and ends no answer made of digits", name.value);
        let error = step.table.error_at("bad-terminator", name.span, message);
        step.found.push(error.help("write terminator = \"#\", or \"*\""));
    }
    Some(digit)
}
