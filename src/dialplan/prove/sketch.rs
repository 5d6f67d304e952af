//! A plan's steps as far as they are known: also of a plan in which some could not be read.

use super::super::plan::{Exit, On, Plan, Step, StepId};
use super::super::syntax::StepNames;
use crate::base::{Digit, Language};
use crate::diag::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Steps and the ways between them.
#[derive(Clone, Debug)]
pub(in crate::dialplan) struct Sketch {
    /// Where calls begin.
    pub start: StepId,
    /// The language until the caller chooses.
    pub language: Language,
    /// Every step, by its id.
    pub drafts: Vec<Draft>,
}

/// What is known of a step.
#[derive(Clone, Debug)]
pub(in crate::dialplan) struct Draft {
    /// Its name.
    pub name: Arc<str>,
    /// Its ways out.
    pub exits: Vec<Exit>,
    /// The language the caller hears from here on, where the step sets it.
    pub sets: Option<Language>,
    /// Where, among all that was found, it was reported that a way out is missing.
    pub dead_ends: Vec<usize>,
}

impl Draft {
    /// Of a step that was read.
    pub fn of(step: &Step) -> Draft {
        let (name, exits, sets) = (step.name.clone(), step.verb.exits(), step.verb.sets_language());
        Draft { name, exits, sets, dead_ends: Vec::new() }
    }

    /// Of a step with mistakes: every name of a step that stands in it is taken for a way out.
    pub fn guess(name: &str, value: &Value<'_>, steps: &StepNames, dead_ends: Vec<usize>) -> Draft {
        let mut exits = Vec::new();
        for (key, value) in value.fields() {
            match value.fields() {
                inner if inner.is_empty() => exits.extend(guess(&key, &value, steps)),
                inner => exits.extend(inner.iter().filter_map(|(key, value)| guess(key, value, steps))),
            }
        }
        let language = value.field("case").and_then(|case| case.field("language"));
        let sets = language.and_then(|tag| Language::from_tag(&tag.scalar()?));
        Draft { name: name.into(), exits, sets, dead_ends }
    }
}

fn guess(key: &str, value: &Value<'_>, steps: &StepNames) -> Option<Exit> {
    let to = *steps.get(&value.scalar()?)?;
    let mut letters = key.chars();
    let digit = letters.next().filter(|_| letters.as_str().is_empty()).and_then(Digit::from_char);
    Some(digit.map_or_else(|| Exit::new(key, to, On::Course), |digit| Exit::key(digit, to)))
}

impl Sketch {
    /// Of a whole plan.
    pub fn of(plan: &Plan) -> Sketch {
        let drafts = plan.steps().map(|(_, step)| Draft::of(step)).collect();
        Sketch { start: plan.start(), language: plan.language(), drafts }
    }

    /// A step.
    pub fn draft(&self, step: StepId) -> &Draft {
        self.drafts.get(step.0).expect("ids are made from the same file as the drafts")
    }

    /// Steps in which a way out is missing, with the place of the report among all that was found.
    pub(super) fn dead_ends(&self) -> impl Iterator<Item = (StepId, usize)> {
        let drafts = self.drafts.iter().enumerate();
        drafts.flat_map(|(at, draft)| draft.dead_ends.iter().map(move |found| (StepId(at), *found)))
    }

    /// Every desk whose state a way depends on.
    pub(super) fn desks(&self) -> BTreeSet<Arc<str>> {
        let exits = self.drafts.iter().flat_map(|draft| &draft.exits);
        exits.filter_map(|exit| exit.given.as_ref().map(|(desk, _)| desk.clone())).collect()
    }
}
