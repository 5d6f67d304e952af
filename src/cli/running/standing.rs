//! What is in force, and what came of the attempts to change it: for whoever looks in from outside.

use crate::base::UnixTime;
use crate::cli::versions::By;
use crate::dialplan::PlanSet;
use std::sync::Arc;

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// New plans or prompts are in force for new calls.
    InForce,
    /// They are as they were: nothing changed.
    Unchanged,
    /// They have mistakes: the old ones stay.
    Refused,
}

impl Came {
    /// All.
    pub const ALL: [Came; 3] = [Came::InForce, Came::Unchanged, Came::Refused];

    /// The word in answers, logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Came::InForce => "in-force",
            Came::Unchanged => "unchanged",
            Came::Refused => "refused",
        }
    }
}

/// How things stand.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The plans that new calls take.
    pub plans: Arc<PlanSet>,
    /// Since when.
    pub since: UnixTime,
    /// Who put them in force.
    pub by: By,
    /// Whether the last attempt was refused.
    pub refused: bool,
    /// When plans and prompts were last found good.
    pub good_at: UnixTime,
    attempts: [u64; Came::ALL.len()],
}

impl Standing {
    /// At the engine's start.
    pub(super) fn at_start(plans: Arc<PlanSet>, at: UnixTime) -> Standing {
        let attempts = [0; Came::ALL.len()];
        Standing { plans, since: at, by: By::Start, refused: false, good_at: at, attempts }
    }

    /// Notes an attempt, and the plans that are in force after it.
    pub(super) fn note(&mut self, came: Came, plans: &Arc<PlanSet>, by: &By, at: UnixTime) {
        self.attempts[came as usize] += 1;
        self.refused = came == Came::Refused;
        if came != Came::Refused {
            self.good_at = at;
        }
        if came == Came::InForce {
            (self.plans, self.since, self.by) = (plans.clone(), at, by.clone());
        }
    }

    /// How many attempts came to what.
    pub fn attempts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Came::ALL.into_iter().map(|came| (came.name(), self.attempts[came as usize]))
    }
}
