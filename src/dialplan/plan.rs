//! A checked plan: steps by number, every name resolved.

use super::key::Definition;
use super::names::QueueFacts;
use super::speech::Spoken;
use super::verbs::Verb;
use crate::base::{Language, Number};
use crate::diag::{Place, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A step of one plan, by its place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId(pub(super) usize);

/// When a way out of a step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The caller pressed a key.
    Key,
    /// Anything else: time, the hours, the desk.
    Course,
}

/// A way out of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The key of the plan that says so: `next`, `keys.2`, `otherwise`, …
    pub label: String,
    /// Where it leads.
    pub to: StepId,
    /// When.
    pub on: On,
}

impl Exit {
    /// A way taken whatever the caller presses.
    pub(super) fn course(label: &str, to: StepId) -> Exit {
        Exit { label: label.to_owned(), to, on: On::Course }
    }

    /// A way taken by pressing a key.
    pub(super) fn key(key: char, to: StepId) -> Exit {
        Exit { label: format!("keys.{key}"), to, on: On::Key }
    }
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
}

impl Step {
    /// Its verb's name and keys.
    pub fn definition(&self) -> &'static Definition {
        self.verb.definition()
    }
}

/// A plan that passed every check; made by [`super::check`] only.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) name: Arc<str>,
    pub(super) content_hash: String,
    pub(super) numbers: Vec<(Number, Place)>,
    pub(super) is_default: Option<Place>,
    pub(super) language: Language,
    pub(super) trouble: Vec<Spoken>,
    pub(super) start: StepId,
    pub(super) steps: Vec<Step>,
    pub(super) queues: BTreeMap<String, QueueFacts>,
    pub(super) source: Source,
}

impl Plan {
    /// The file's name without folder and `.toml`.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The first 12 hexadecimal digits of the SHA-256 of the file's text: which version a call ran.
    pub fn content_hash(&self) -> &str {
        &self.content_hash
    }

    /// Name and content hash, as cases and logs name what ran: `webex-support@1a2b3c4d5e6f`.
    pub fn version(&self) -> String {
        format!("{}@{}", self.name, self.content_hash)
    }

    /// The numbers it answers.
    pub fn numbers(&self) -> impl Iterator<Item = &Number> {
        self.numbers.iter().map(|(number, _)| number)
    }

    /// Whether it says that it answers numbers no plan names.
    pub fn is_default(&self) -> bool {
        self.is_default.is_some()
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
        &self.source
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

    /// Whether any step takes secret digits: then no key of a call may be written down as it comes,
    /// for keys can be pressed before the step that takes them.
    pub fn takes_secrets(&self) -> bool {
        self.steps().any(|(_, step)| matches!(&step.verb, Verb::Collect(collect) if collect.is_secret()))
    }

    /// The step of this name.
    pub fn step_named(&self, name: &str) -> Option<StepId> {
        self.steps().find(|(_, step)| &*step.name == name).map(|(id, _)| id)
    }
}
