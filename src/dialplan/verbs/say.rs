//! `say`: digits, a number, minutes or the case number, put together from recordings.
//!
//! A case number is said only once the case is durable; until then the run waits, for a bounded time.

use super::super::announcing::{self, Announcement, Saying};
use super::super::contract::{Action, Event};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, StepId};
use super::super::say::{self, Family};
use super::super::scene::{Flow, Scene};
use super::super::speech::Spoken;
use super::super::syntax::{StepReader, resolve};
use super::Behaviour;
use crate::base::{Deadline, Instant, PromptId};
use crate::diag::{At, suggestion};
use std::time::Duration;

/// What is said.
#[derive(Clone, Debug)]
pub struct Say {
    what: What,
    value: From,
    patience: Duration,
    announcement: Announcement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Digits,
    Number,
    Minutes,
    CaseNumber,
}

const WHATS: [(&str, What); 4] = [
    ("digits", What::Digits),
    ("number", What::Number),
    ("minutes", What::Minutes),
    ("case-number", What::CaseNumber),
];
/// Their words.
const WORDS: &[&str] = &[WHATS[0].0, WHATS[1].0, WHATS[2].0, WHATS[3].0];

#[derive(Clone, Debug)]
enum From {
    Plan(String),
    Step(StepId),
    Case,
}

/// Where it stands.
#[derive(Clone, Debug)]
pub enum State {
    /// The case has no number yet.
    Waiting {
        /// When to go on without.
        until: Instant,
    },
    /// Being heard.
    Saying(Saying),
}

impl Behaviour for Say {
    const DEFINITION: Definition = Definition {
        name: "say",
        about: "says digits, a number, minutes or the case number",
        keys: &[
            Key::required("what", Holds::Word(WORDS), "which kind of thing"),
            Key::optional("value", Holds::DigitsOrNumber, "what to say"),
            Key::optional("of", Holds::CollectStep, "say what was collected there, instead of `value`"),
            Key::with_default(
                "patience",
                Holds::millis(100, 30_000),
                "5s",
                "how long to wait for the case's number",
            ),
            announcing::BARGE_IN,
            announcing::NEXT,
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/say.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let what = read_what(step);
        let value = read_value(step, what);
        let patience = step.duration("patience");
        let announcement = Announcement::read(step);
        Some(Say { what: what?, value: value?, patience, announcement: announcement? })
    }

    fn exits(&self) -> Vec<Exit> {
        vec![Exit::course("next", self.announcement.next)]
    }

    fn subject(&self) -> String {
        let named = WHATS.iter().find(|(_, what)| *what == self.what);
        named.map(|(name, _)| (*name).to_owned()).unwrap_or_default()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        if self.announcement.is_skipped(scene) {
            return Flow::Go(self.announcement.next);
        }
        self.say_or_wait(scene.now + self.patience, scene)
    }

    fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        match (state, event) {
            (State::Waiting { until }, Event::CaseReady) => self.say_or_wait(until, scene),
            (State::Waiting { .. }, Event::Digit(digit)) if self.announcement.is_ended_by(digit, scene) => {
                Flow::Go(self.announcement.next)
            }
            (State::Saying(saying), event) => {
                if event == Event::PlayDone && self.what == What::CaseNumber {
                    scene.act(Action::CaseNumberTold);
                }
                self.announcement.handle(saying, event, scene).map(State::Saying)
            }
            (state, _) => Flow::Stay(state),
        }
    }

    fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        match state {
            State::Waiting { .. } => {
                scene.trace("no case number");
                Flow::Go(self.announcement.next)
            }
            State::Saying(_) => self.announcement.expire(scene).map(State::Saying),
        }
    }

    fn deadline(&self, state: &State) -> Option<Deadline> {
        match state {
            State::Waiting { until } => Some(Deadline { at: *until, why: "case number" }),
            State::Saying(saying) => saying.deadline(),
        }
    }
}

impl Say {
    /// Says it, or waits while the case has no number.
    fn say_or_wait(&self, until: Instant, scene: &mut Scene<'_>) -> Flow<State> {
        match self.clips(scene) {
            Some(clips) => self.announcement.say(&clips, scene).map(State::Saying),
            None => {
                scene.trace("waits for the case");
                Flow::Stay(State::Waiting { until })
            }
        }
    }

    /// What to play; `None` while the case has no number.
    fn clips(&self, scene: &mut Scene<'_>) -> Option<Vec<Spoken>> {
        let text = match &self.value {
            From::Case => scene.case_number()?,
            From::Plan(text) => text.clone(),
            From::Step(step) => {
                scene.caller.collected.get(step).map_or_else(String::new, |c| c.digits.reveal().clone())
            }
        };
        let is_heard = |id: &PromptId| scene.is_heard(id);
        Some(match (self.what, text.parse::<u32>()) {
            (What::CaseNumber, _) => say::case_number(&text),
            (What::Number, Ok(number)) => say::number(number, is_heard),
            (What::Minutes, Ok(minutes)) => say::minutes(minutes, is_heard),
            (What::Digits, _) | (_, Err(_)) => say::digits(&text),
        })
    }
}

fn read_what(step: &mut StepReader<'_, '_>) -> Option<What> {
    let word = step.get::<String>("what")?;
    let known = WHATS.iter().find(|(name, _)| *name == word.value);
    let Some((_, what)) = known else {
        let message = format!("`say` cannot say `{}`", word.value);
        let help = suggestion(&word.value, WORDS.iter().copied());
        step.found.push(step.table.error_at("unknown-word", word.span, message).maybe_help(help));
        return None;
    };
    let family = match what {
        What::Digits => Family::Digits,
        What::Number => Family::Number,
        What::Minutes => Family::Minutes,
        What::CaseNumber => Family::CaseNumber,
    };
    step.hears(family, &word.span);
    Some(*what)
}

fn read_value(step: &mut StepReader<'_, '_>, what: Option<What>) -> Option<From> {
    let value = step.get::<crate::diag::Value<'_>>("value");
    let of = step.get::<String>("of");
    match (what?, value, of) {
        (What::CaseNumber, None, None) => Some(From::Case),
        (What::CaseNumber, value, of) => {
            let span = value.map(|v| v.span).or(of.map(|o| o.span)).unwrap_or_default();
            let error = step.table.error_at("unused-key", span, "the case knows its number");
            step.found.push(error.help("leave out `value` and `of`"));
            None
        }
        (what, Some(value), None) => plan_value(what, &value.value, step),
        (_, None, Some(of)) => collected_at(&of, step),
        (_, Some(value), Some(of)) => {
            let value = step.table.source().place(value.span);
            let error =
                step.table.error_at("two-values", of.span, "either `value` is said, or what was collected");
            step.found.push(error.second(value, "the value").help("leave out one of them"));
            None
        }
        (_, None, None) => {
            let error = step
                .table
                .error("missing-key", format!("`value` or `of` is missing in `{}`", step.table.path()));
            step.found.push(error.help("write value = 5, or of = \"STEP\" to say what was collected there"));
            None
        }
    }
}

fn plan_value(what: What, value: &crate::diag::Value<'_>, step: &mut StepReader<'_, '_>) -> Option<From> {
    if what == What::Digits {
        let text = value.read::<String>(step.found)?.value;
        let sayable =
            !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#' | '-'));
        if !sayable || text.len() > 32 {
            let error = value.error("bad-value", format!("`{text}` is not said as digits"));
            step.found
                .push(error.help("write up to 32 digits, `*` and `#`, with `-` where it helps the eye"));
        }
        return Some(From::Plan(text));
    }
    let number = value.read::<u32>(step.found)?.value;
    if what == What::Minutes && !(1..=60).contains(&number) {
        let error = value.error("out-of-range", "minutes are recorded from 1 to 60");
        step.found.push(error.help("say it as a number: what = \"number\""));
    }
    Some(From::Plan(number.to_string()))
}

/// The collect step named; secret digits are not said.
fn collected_at(of: &At<String>, step: &mut StepReader<'_, '_>) -> Option<From> {
    let id = resolve(of, step.steps, &step.table, step.found)?;
    match step.collects.get(&id) {
        Some(false) => Some(From::Step(id)),
        Some(true) => {
            let message = format!("`{}` collects secret digits, which are never said", of.value);
            step.found.push(
                step.table
                    .error_at("secret-said", of.span.clone(), message)
                    .help("name a step without secret = true"),
            );
            None
        }
        None => {
            let message = format!("`{}` collects no digits", of.value);
            let error = step.table.error_at("not-collected", of.span.clone(), message);
            step.found.push(error.help("name a step with verb = \"collect\""));
            None
        }
    }
}
