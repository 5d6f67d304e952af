//! How many calls took each way of a plan, counted from their trails.

use super::super::plan::{Exit, On, Plan, StepId};
use super::super::trail::{Entered, Met, Trail};
use std::collections::{BTreeMap, BTreeSet};

/// Counts over calls.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    calls: u64,
    versions: BTreeSet<String>,
    /// By step, the step that followed, and whether a key led there.
    ways: BTreeMap<(StepId, StepId, bool), u64>,
    /// By step: how often somebody answered there.
    answered: BTreeMap<StepId, u64>,
    /// Calls that took a way which the plan does not have.
    strayed: u64,
}

impl Traffic {
    /// Adds a call that ran this version of the plan.
    pub fn add(&mut self, plan: &Plan, version: &str, trail: &Trail) {
        self.calls += 1;
        if !self.versions.contains(version) {
            self.versions.insert(version.to_owned());
        }
        let steps: BTreeMap<&str, StepId> = plan.steps().map(|(id, step)| (&*step.name, id)).collect();
        let step = |entered: &Entered| steps.get(&*entered.step).copied();
        let mut strays = false;
        for pair in trail.path.kept().windows(2) {
            let [from, to] = pair else { continue };
            match step(from)
                .zip(step(to))
                .and_then(|(from, id)| Some((from, id, by_key(plan, from, id, to)?)))
            {
                Some(way) => *self.ways.entry(way).or_default() += 1,
                None => strays = true,
            }
        }
        self.strayed += u64::from(strays);
        for met in trail.met.kept().iter().filter(|met| met.what == Met::Connected) {
            if let Some(at) = trail.step_at(met.at).and_then(step) {
                *self.answered.entry(at).or_default() += 1;
            }
        }
    }

    /// What is counted, in words.
    pub(super) fn words(&self) -> String {
        let (calls, versions) = (counted(self.calls, "call"), counted(self.versions.len() as u64, "version"));
        match self.strayed {
            0 => format!("{calls} of {versions}"),
            strayed => {
                format!("{calls} of {versions}, {strayed} of them by ways that this one does not have")
            }
        }
    }

    /// How many calls there are.
    pub(super) fn calls(&self) -> u64 {
        self.calls
    }

    /// How often a way was taken.
    pub(super) fn took(&self, from: StepId, to: StepId, by_key: bool) -> u64 {
        self.ways.get(&(from, to, by_key)).copied().unwrap_or(0)
    }

    /// How often somebody answered at a step.
    pub(super) fn answered(&self, at: StepId) -> u64 {
        self.answered.get(&at).copied().unwrap_or(0)
    }
}

/// Whether a key led from one step to the next; `None` where no way leads there.
fn by_key(plan: &Plan, from: StepId, to: StepId, entered: &Entered) -> Option<bool> {
    let exits: Vec<Exit> = plan.step(from).verb.exits().into_iter().filter(|exit| exit.to == to).collect();
    let why = entered.why.as_deref().unwrap_or_default();
    let pressed = |exit: &Exit| match exit.on {
        On::Key(key) => why == format!("digit {key}"),
        On::Answer => why != "last attempt",
        On::Silence(_) | On::Course | On::Others | On::Waited | On::Served => false,
    };
    let only_by_key = exits.iter().all(|exit| exit.on.is_pressed());
    (!exits.is_empty()).then(|| only_by_key || exits.iter().any(pressed))
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
