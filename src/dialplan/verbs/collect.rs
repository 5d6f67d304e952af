//! `collect`: a question answered by several keys.
//!
//! The digits are kept under the step's name, hidden; where they are not `secret` a trace shows them
//! and `field` can put them into the case.

use super::super::asking::{self, Again, Asking, Question, Retry};
use super::super::contract::Event;
use super::super::entry::{self, Entered, Entry};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, On, StepId};
use super::super::scene::{Collected, Flow, Scene};
use super::super::syntax::StepReader;
use super::super::trail::Pressed;
use super::super::typed::Typed;
use super::Behaviour;
use crate::base::{Deadline, Digit, Instant, Secret, limits};
use crate::diag::{At, suggestion};

/// No answer is longer than what can be typed ahead of it.
const MOST_DIGITS: u32 = limits::TYPE_AHEAD_DIGITS as u32;

/// A question and what its answer must look like.
#[derive(Clone, Debug)]
pub struct Collect {
    question: Question,
    entry: Entry,
    secret: bool,
    field: Option<String>,
    next: StepId,
}

/// Where the answer stands.
#[derive(Clone, Debug)]
pub enum State {
    /// No digit yet.
    First(Asking),
    /// Some digits; more may follow until the moment given.
    Between {
        /// The attempt these digits belong to.
        asking: Asking,
        /// The digits so far.
        digits: Typed,
        /// When to stop waiting for another.
        until: Instant,
    },
}

impl Collect {
    /// Whether the digits it takes are a secret.
    pub(in crate::dialplan) fn is_secret(&self) -> bool {
        self.secret
    }

    /// The key that ends an answer early.
    pub(in crate::dialplan) fn terminator(&self) -> Option<Digit> {
        self.entry.terminator
    }
}

impl Behaviour for Collect {
    const DEFINITION: Definition = Definition {
        name: "collect",
        about: "asks for several digits",
        keys: &[
            asking::PROMPT,
            Key::required("min", Holds::Number(1, MOST_DIGITS), "fewest digits"),
            Key::required("max", Holds::Number(1, MOST_DIGITS), "most digits; the last one ends the answer"),
            entry::TERMINATOR,
            entry::NEXT_DIGIT,
            Key::with_default("secret", Holds::Flag, "false", "whether the digits are hidden everywhere"),
            Key::optional("field", Holds::CaseField, "where the digits are kept in the case"),
            Key::required("next", Holds::Step, "where to go with an answer"),
            asking::FIRST_DIGIT,
            asking::ATTEMPTS,
            asking::NO_INPUT,
            asking::INVALID,
            asking::OTHERWISE,
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/collect.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let question = Question::read(step, asking::OTHERWISE.name);
        let (min, max) = (step.number("min"), step.number("max"));
        if let Some((min, _)) = min.zip(max).filter(|(min, max)| max < min) {
            let (least, most) = (step.table.key_span("min"), step.table.key_span("max"));
            let error =
                step.table.error_at("out-of-range", most.unwrap_or_default(), "`max` is less than `min`");
            let least = step.table.source().place(least.unwrap_or_default());
            step.found
                .push(error.second(least, "the fewest digits").help(format!("write max = {min}, or more")));
        }
        let terminator = entry::terminator(step);
        let next_digit = step.duration(entry::NEXT_DIGIT.name);
        let secret = step.flag("secret");
        let field = step.get::<String>("field").and_then(|field| check_field(field, secret, step));
        let next = step.target("next");
        let (min, max) = (usize::try_from(min?).ok()?, usize::try_from(max?).ok()?);
        let entry = Entry { min, max, terminator, next_digit };
        Some(Collect { question: question?, entry, secret, field, next: next? })
    }

    fn exits(&self) -> Vec<Exit> {
        vec![Exit::new("next", self.next, On::Answer), self.question.exit()]
    }

    fn subject(&self) -> String {
        self.question.subject()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        if scene.caller.typed.is_empty() {
            return Flow::Stay(State::First(self.question.ask(scene)));
        }
        let mut state = State::First(self.question.answered_early(scene));
        while let Some(key) = scene.caller.typed.pop() {
            match self.take(state, key, scene) {
                Flow::Stay(stay) => state = stay,
                leave => return leave,
            }
        }
        Flow::Stay(state)
    }

    fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        match (state, event) {
            (state, Event::Digit(digit)) => self.take(state, scene.pressed(digit), scene),
            (State::First(asking), Event::PlayDone) if asking.is_playing() => {
                Flow::Stay(State::First(self.question.played(asking, scene)))
            }
            (state, _) => Flow::Stay(state),
        }
    }

    fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        match state {
            State::First(asking) if asking.is_playing() => {
                Flow::Stay(State::First(self.question.played(asking, scene)))
            }
            State::First(asking) => {
                scene.trace("no-input");
                self.retry(asking, Again::NoInput, scene)
            }
            State::Between { digits, .. } if self.entry.is_enough(&digits) => self.complete(&digits, scene),
            State::Between { asking, .. } => {
                scene.trace("too few digits");
                self.retry(asking, Again::Invalid, scene)
            }
        }
    }

    fn deadline(&self, state: &State) -> Option<Deadline> {
        match state {
            State::First(asking) => asking.deadline(),
            State::Between { until, .. } => Some(Deadline { at: *until, why: "next digit" }),
        }
    }
}

impl Collect {
    fn take(&self, state: State, key: Pressed, scene: &mut Scene<'_>) -> Flow<State> {
        if !self.secret {
            scene.reveal(key);
        }
        scene.attended();
        scene.stop();
        let (asking, digits) = match state {
            State::First(asking) => (asking, Typed::default()),
            State::Between { asking, digits, .. } => (asking, digits),
        };
        match self.entry.add(digits, key, scene) {
            Entered::Part(digits, until) => Flow::Stay(State::Between { asking, digits, until }),
            Entered::Whole(digits) => self.complete(&digits, scene),
            Entered::Wrong => self.retry(asking, Again::Invalid, scene),
        }
    }

    fn complete(&self, digits: &Typed, scene: &mut Scene<'_>) -> Flow<State> {
        let text = digits.text();
        if self.secret {
            scene.trace(format!("{} digits", digits.len()));
        } else {
            scene.trace(format!("digits {text}"));
        }
        if let Some(field) = &self.field {
            scene.set(field, &text);
        }
        let collected = Collected { digits: Secret::new(text), secret: self.secret };
        scene.caller.collected.insert(scene.step, collected);
        Flow::Go(self.next)
    }

    fn retry(&self, asking: Asking, why: Again, scene: &mut Scene<'_>) -> Flow<State> {
        match self.question.failed(asking, why, scene) {
            Retry::Ask(asking) => Flow::Stay(State::First(asking)),
            Retry::GiveUp(to) => Flow::Go(to),
        }
    }
}

/// A field that takes any text; secret digits go into none.
fn check_field(field: At<String>, secret: bool, step: &mut StepReader<'_, '_>) -> Option<String> {
    if secret {
        let secret = step.table.key_span("secret").unwrap_or_default();
        let secret = step.table.source().place(secret);
        let error =
            step.table.error_at("secret-in-case", field.span, "secret digits cannot be kept in the case");
        step.found.push(error.second(secret, "these are secret").help("leave out `field`, or `secret`"));
        return None;
    }
    match step.names.case_fields.get(&field.value) {
        Some(values) if values.is_empty() => Some(field.value),
        Some(_) => {
            let any_text = step.names.case_fields.iter().filter(|(_, values)| values.is_empty());
            let help = suggestion(&field.value, any_text.map(|(name, _)| name.as_str()));
            let message = format!("case field `{}` does not take digits", field.value);
            step.found.push(step.table.error_at("bad-value", field.span, message).maybe_help(help));
            None
        }
        None => {
            let help = suggestion(&field.value, step.names.case_fields.keys().map(String::as_str));
            let message = format!("a case has no field `{}`", field.value);
            step.found.push(step.table.error_at("unknown-field", field.span, message).maybe_help(help));
            None
        }
    }
}
