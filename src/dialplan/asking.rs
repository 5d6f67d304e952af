//! Asking a question of the caller: prompt, waiting, and asking again a counted number of times.
//!
//! A digit pressed before the question is asked answers it, and the question is not played. One that
//! does not fit counts as an attempt and forgets what was typed after it: the rest was meant for
//! questions that would have followed another answer.

use super::key::{Holds, Key};
use super::plan::{Exit, On, StepId};
use super::scene::{Scene, guard};
use super::speech::Spoken;
use super::syntax::StepReader;
use crate::base::{Deadline, Instant};
use std::time::Duration;

/// `prompt`
pub const PROMPT: Key = Key::required("prompt", Holds::Prompts, "the question; a key stops it at once");
/// `first_digit`
pub const FIRST_DIGIT: Key = Key::with_default(
    "first_digit",
    Holds::millis(500, 60_000),
    "5s",
    "how long to wait for a key after the question",
);
/// `attempts`
pub const ATTEMPTS: Key = Key::with_default("attempts", Holds::Number(1, 9), "3", "how often to ask in all");
/// `no_input`
pub const NO_INPUT: Key =
    Key::optional("no_input", Holds::Prompts, "said before asking again where no key came");
/// `invalid`
pub const INVALID: Key =
    Key::optional("invalid", Holds::Prompts, "said before asking again where the key was not offered");
/// `otherwise`
pub const OTHERWISE: Key = Key::required("otherwise", Holds::Step, "where to go after the last attempt");

/// A question of a plan.
#[derive(Clone, Debug)]
pub struct Question {
    prompt: Vec<Spoken>,
    first_digit: Duration,
    attempts: u32,
    no_input: Vec<Spoken>,
    invalid: Vec<Spoken>,
    otherwise: StepId,
}

/// Where a question stands.
#[derive(Clone, Debug)]
pub struct Asking {
    attempt: u32,
    phase: Phase,
}

#[derive(Clone, Debug)]
enum Phase {
    Playing { guard: Instant },
    Listening { until: Instant },
}

/// Why a question is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// No key came in time.
    NoInput,
    /// The answer did not fit.
    Invalid,
}

/// What to do after an attempt failed.
#[derive(Clone, Debug)]
pub enum Retry {
    /// The question is being asked again.
    Ask(Asking),
    /// That was the last attempt.
    GiveUp(StepId),
}

impl Question {
    /// Reads the keys declared in this file; `otherwise` is the key that says where to go after the last
    /// attempt.
    pub(super) fn read(step: &mut StepReader<'_, '_>, otherwise: &'static str) -> Option<Question> {
        let prompt = step.clips(PROMPT.name);
        let first_digit = step.duration(FIRST_DIGIT.name);
        let attempts = step.count(ATTEMPTS.name);
        let no_input = step.clips(NO_INPUT.name).unwrap_or_default();
        let invalid = step.clips(INVALID.name).unwrap_or_default();
        let otherwise = step.target(otherwise);
        Some(Question { prompt: prompt?, first_digit, attempts, no_input, invalid, otherwise: otherwise? })
    }

    /// Where it leads after the last attempt.
    pub(super) fn otherwise(&self) -> StepId {
        self.otherwise
    }

    /// The way out after the last attempt.
    pub(super) fn exit(&self) -> Exit {
        Exit::new(OTHERWISE.name, self.otherwise, On::Silence(self.attempts))
    }

    /// What is asked, by its prompts' names.
    pub(super) fn subject(&self) -> String {
        Spoken::names(&self.prompt)
    }

    /// Asks for the first time.
    pub(super) fn ask(&self, scene: &mut Scene<'_>) -> Asking {
        self.attempt(1, &[], scene)
    }

    /// Stands as if the first attempt had been asked already: its answer was typed ahead.
    pub(super) fn answered_early(&self, scene: &Scene<'_>) -> Asking {
        Asking::silent(self.first_digit, scene)
    }

    /// The question has been played.
    pub(super) fn played(&self, asking: Asking, scene: &Scene<'_>) -> Asking {
        asking.heard(self.first_digit, scene)
    }

    /// An attempt failed.
    pub(super) fn failed(&self, asking: Asking, why: Again, scene: &mut Scene<'_>) -> Retry {
        scene.forget_typed();
        if asking.attempt >= self.attempts {
            scene.stop();
            scene.trace("last attempt");
            return Retry::GiveUp(self.otherwise);
        }
        let first = match why {
            Again::NoInput => &self.no_input,
            Again::Invalid => &self.invalid,
        };
        Retry::Ask(self.attempt(asking.attempt + 1, first, scene))
    }

    fn attempt(&self, attempt: u32, first: &[Spoken], scene: &mut Scene<'_>) -> Asking {
        let said: Vec<Spoken> = first.iter().chain(&self.prompt).cloned().collect();
        Asking::begin(attempt, &said, self.first_digit, scene)
    }
}

fn listening(first_digit: Duration, scene: &Scene<'_>) -> Phase {
    Phase::Listening { until: scene.now + first_digit }
}

impl Asking {
    /// Stands as if the first attempt had been asked already.
    pub(super) fn silent(first_digit: Duration, scene: &Scene<'_>) -> Asking {
        Asking { attempt: 1, phase: listening(first_digit, scene) }
    }

    /// Asks in these words.
    pub(super) fn begin(
        attempt: u32,
        said: &[Spoken],
        first_digit: Duration,
        scene: &mut Scene<'_>,
    ) -> Asking {
        let phase = match scene.play(said) {
            true => Phase::Playing { guard: scene.playout_guard() },
            false => listening(first_digit, scene),
        };
        Asking { attempt, phase }
    }

    /// The words have been heard.
    pub(super) fn heard(self, first_digit: Duration, scene: &Scene<'_>) -> Asking {
        Asking { phase: listening(first_digit, scene), ..self }
    }

    /// Which attempt this is, from 1.
    pub(super) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether the question is still being played.
    pub(super) fn is_playing(&self) -> bool {
        matches!(self.phase, Phase::Playing { .. })
    }

    /// When to go on without a key.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        match self.phase {
            Phase::Playing { guard: at } => guard(at),
            Phase::Listening { until } => Some(Deadline { at: until, why: "first digit" }),
        }
    }
}
