//! A checked plan: steps by number, every name resolved.

use super::contract::Desk;
use super::expect::{Expect, Within};
use super::key::Definition;
use super::names::QueueFacts;
use super::speech::Spoken;
use super::verbs::Verb;
use crate::base::{Digit, Language, Number, PromptId};
use crate::diag::{Place, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A step of one plan, by its place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId(pub(super) usize);

/// Who, or what, takes a way out of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The caller presses this key.
    Key(Digit),
    /// The caller answers with several keys.
    Answer,
    /// The caller presses nothing, or nothing that is offered, at each of so many attempts.
    Silence(u32),
    /// It follows by itself: at once, or after what is said.
    Course,
    /// Others decide at once: a line is full, a desk is busy, a service answers.
    Others,
    /// The caller has waited in line as long as anybody may.
    Waited,
    /// The caller has been served: a person has hung up.
    Served,
}

impl On {
    /// Whether the way is taken without any doing of the caller's, and without a wait that was promised.
    pub(super) fn is_course(self) -> bool {
        matches!(self, On::Silence(_) | On::Course | On::Others)
    }

    /// Whether the caller takes it by pressing keys.
    pub(super) fn is_pressed(self) -> bool {
        matches!(self, On::Key(_) | On::Answer)
    }
}

/// A way out of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The key of the plan that says so: `next`, `keys.2`, `otherwise`, …
    pub label: String,
    /// Where it leads.
    pub to: StepId,
    /// Who takes it.
    pub on: On,
    /// The desk it looks at, and the states of that desk in which it can be taken; `None`: in all.
    pub given: Option<(Arc<str>, Vec<Desk>)>,
}

impl Exit {
    /// A way taken for this reason.
    pub(super) fn new(label: &str, to: StepId, on: On) -> Exit {
        Exit { label: label.to_owned(), to, on, given: None }
    }

    /// A way that follows by itself.
    pub(super) fn course(label: &str, to: StepId) -> Exit {
        Exit::new(label, to, On::Course)
    }

    /// A way taken by pressing a key.
    pub(super) fn key(key: Digit, to: StepId) -> Exit {
        Exit::new(&format!("keys.{key}"), to, On::Key(key))
    }

    /// The same, only while a desk is in one of these states.
    pub(super) fn given(self, desk: &str, states: &[Desk]) -> Exit {
        Exit { given: Some((desk.into(), states.to_vec())), ..self }
    }
}

/// A prompt that can be heard at a step, and where the file says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The prompt.
    pub prompt: PromptId,
    /// Its language where the file fixes it, else the caller's.
    pub language: Option<Language>,
    /// Where it is named.
    pub place: Place,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: Arc<str>,
    /// What it does.
    pub verb: Verb,
    /// Its header in the file.
    pub place: Place,
    /// Every prompt that can be heard there.
    pub heard: Vec<Heard>,
}

impl Step {
    /// Its verb's name and keys.
    pub fn definition(&self) -> &'static Definition {
        self.verb.definition()
    }
}

/// What a plan claims among others.
#[derive(Clone, Debug)]
pub(super) struct Claims {
    pub(super) name: Arc<str>,
    pub(super) numbers: Vec<(Number, Place)>,
    pub(super) is_default: Option<Place>,
    pub(super) source: Source,
}

/// A plan that passed every check; made by [`super::check`] only.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) claims: Claims,
    pub(super) content_hash: String,
    pub(super) language: Language,
    pub(super) trouble: Vec<Spoken>,
    pub(super) start: StepId,
    pub(super) steps: Vec<Step>,
    pub(super) queues: BTreeMap<String, QueueFacts>,
    pub(super) expects: Vec<Expect>,
    pub(super) within: Within,
}

impl Plan {
    /// The file's name without folder and `.toml`.
    pub fn name(&self) -> &Arc<str> {
        &self.claims.name
    }

    /// The first 12 hexadecimal digits of the SHA-256 of the file's text: which version a call ran.
    pub fn content_hash(&self) -> &str {
        &self.content_hash
    }

    /// Name and content hash, as cases and logs name what ran: `webex-support@1a2b3c4d5e6f`.
    pub fn version(&self) -> String {
        format!("{}@{}", self.claims.name, self.content_hash)
    }

    /// The numbers it answers.
    pub fn numbers(&self) -> impl Iterator<Item = &Number> {
        self.claims.numbers.iter().map(|(number, _)| number)
    }

    /// Whether it says that it answers numbers no plan names.
    pub fn is_default(&self) -> bool {
        self.claims.is_default.is_some()
    }

    /// The language until the caller chooses.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Where a queue leads, as the settings had it when the plan was checked.
    pub fn queue(&self, name: &str) -> Option<&QueueFacts> {
        self.queues.get(name)
    }

    /// The text it was read from.
    pub fn source(&self) -> &Source {
        &self.claims.source
    }

    /// Where a call begins.
    pub fn start(&self) -> StepId {
        self.start
    }

    /// Every step with its id, in the order of the file.
    pub fn steps(&self) -> impl Iterator<Item = (StepId, &Step)> {
        self.steps.iter().enumerate().map(|(at, step)| (StepId(at), step))
    }

    /// A step of this plan.
    pub fn step(&self, id: StepId) -> &Step {
        self.steps.get(id.0).expect("a StepId is made from the plan it is used with")
    }

    /// The desks that calls come to: served by a queue, or dialled.
    pub fn desks(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match &step.verb {
            Verb::Queue(queue) => Some(queue.desk()),
            Verb::Dial(dial) => Some(dial.desk()),
            _ => None,
        })
    }

    /// Every prompt that can be heard, with the step where: `trouble` for what is said where no step can.
    pub fn heard(&self) -> impl Iterator<Item = (&str, &PromptId)> {
        let steps = self.steps.iter();
        let steps = steps.flat_map(|step| step.heard.iter().map(move |heard| (&*step.name, &heard.prompt)));
        let trouble = self.trouble.iter().filter_map(|spoken| match spoken {
            Spoken::Prompt(id, _) => Some(("trouble", id)),
            Spoken::Pause(_) | Spoken::Beep => None,
        });
        steps.chain(trouble)
    }

    /// Whether any step takes secret digits: then no key of a call may be written down as it comes,
    /// for keys can be pressed before the step that takes them.
    /// `pins`: whether callers are asked for PINs.
    pub fn takes_secrets(&self, pins: bool) -> bool {
        self.steps().any(|(_, step)| match &step.verb {
            Verb::Collect(collect) => collect.is_secret(),
            Verb::Pin(_) => pins,
            _ => false,
        })
    }

    /// The step of this name.
    pub fn step_named(&self, name: &str) -> Option<StepId> {
        self.steps().find(|(_, step)| &*step.name == name).map(|(id, _)| id)
    }
}
