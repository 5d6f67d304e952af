//! `madoguchi replay`: calls of the store walked through other plans, and who would have come elsewhere.

mod shown;

pub use shown::shown;

use super::workplace::Workplace;
use crate::base::UnixTime;
use crate::dialplan::replay::{Parting, Replay, Route, replay};
use crate::dialplan::{Plan, PlanSet};
use crate::store::{CallRecord, Store, StoreError};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Most calls that are listed one by one; more are counted.
const MOST_LISTED: usize = 1_000;

/// Plans that past calls are to walk.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The plans, and what they are walked with.
    pub workplace: &'a Workplace,
    /// Plans that answer numbers beside these, where these are not all.
    pub others: Option<&'a PlanSet>,
    /// Whether these plans are all there are: then each number has one.
    pub are_all: bool,
    /// Calls that began in this time.
    pub range: &'a Range<UnixTime>,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many calls went from where to where.
    pub routes: BTreeMap<(Route, Route), u64>,
    /// Calls that would have come elsewhere, in the order of time.
    pub differences: Vec<Difference>,
    /// More of them than are listed.
    pub more_differences: u64,
    /// Calls that come where they came, by other steps.
    pub other_steps: u64,
    /// Calls that were not walked, by the reason.
    pub left_out: BTreeMap<LeftOut, u64>,
}

/// A call that would have come elsewhere.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The call.
    pub call: CallRecord,
    /// Where it came.
    pub old: Route,
    /// Where it would come.
    pub new: Route,
    /// Where the ways part; `None` where the steps are the same.
    pub parting: Option<Parting>,
}

/// Why a call was not walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// It ended before a plan began.
    NoPlan,
    /// It was kept by a program that noted no trails.
    NoTrail,
    /// More happened in it than is kept: too many keys, an answer of a service, a message.
    NotWhole,
    /// Another plan answers its number.
    OtherPlan,
}

impl LeftOut {
    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            LeftOut::NoPlan => "ended before a plan began",
            LeftOut::NoTrail => "have no trail: an older version kept them",
            LeftOut::NotWhole => {
                "had more in them than is kept: a service's answer, a message, very many keys"
            }
            LeftOut::OtherPlan => "are answered by other plans",
        }
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            LeftOut::NoPlan => "no-plan",
            LeftOut::NoTrail => "no-trail",
            LeftOut::NotWhole => "not-whole",
            LeftOut::OtherPlan => "other-plan",
        }
    }
}

impl Report {
    /// How many calls were walked.
    pub fn walked(&self) -> u64 {
        self.routes.values().sum()
    }

    /// How many of them would have come elsewhere.
    pub fn different(&self) -> u64 {
        self.routes.iter().filter(|((old, new), _)| old != new).map(|(_, calls)| calls).sum()
    }

    fn add(&mut self, ask: &Ask<'_>, call: CallRecord) {
        match walk(ask, &call) {
            Err(why) => *self.left_out.entry(why).or_default() += 1,
            Ok(walk) => self.compare(walk, call),
        }
    }

    fn compare(&mut self, walk: Walked, call: CallRecord) {
        let Walked { old, new, parting } = walk;
        *self.routes.entry((old.clone(), new.clone())).or_default() += 1;
        if old == new {
            self.other_steps += u64::from(parting.is_some());
        } else if self.differences.len() < MOST_LISTED {
            self.differences.push(Difference { call, old, new, parting });
        } else {
            self.more_differences += 1;
        }
    }
}

/// Walks every call of the time asked for, a page of the store at a time.
///
/// # Errors
/// The store does not answer.
pub async fn run(store: &Store, ask: &Ask<'_>) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut pages = store.pages(ask.range.clone());
    while let Some(calls) = pages.next().await? {
        calls.into_iter().for_each(|call| report.add(ask, call));
    }
    Ok(report)
}

struct Walked {
    old: Route,
    new: Route,
    parting: Option<Parting>,
}

fn walk(ask: &Ask<'_>, call: &CallRecord) -> Result<Walked, LeftOut> {
    let (trail, at) = match (&call.trail, call.plan_began_at) {
        (Some(trail), Some(at)) => (trail, at),
        _ if call.answered_at.is_none() => return Err(LeftOut::NoPlan),
        _ => return Err(LeftOut::NoTrail),
    };
    let plan = plan_for(ask, call).ok_or(LeftOut::OtherPlan)?;
    if !trail.is_whole() {
        return Err(LeftOut::NotWhole);
    }
    let walked = replay(&Replay { plan, at, from: call.from.clone(), trail }, ask.workplace);
    let parting = Parting::of(trail, &walked.trail);
    Ok(Walked { old: Route::of(trail), new: walked.route, parting })
}

/// The plan that would answer the call; `None` where that is none of those asked for.
fn plan_for(ask: &Ask<'_>, call: &CallRecord) -> Option<Arc<Plan>> {
    let plans = &ask.workplace.plans;
    if let Some(number) = call.to.as_ref().filter(|number| plans.claims(number)) {
        return Some(plans.route(number));
    }
    let named = plans.plans().iter().find(|plan| call.plan.as_deref() == Some(plan.name()));
    let claimed = || call.to.as_ref().is_some_and(|to| ask.others.is_some_and(|others| others.claims(to)));
    let default =
        || Some(plans.default_plan()).filter(|plan| ask.are_all || (plan.is_default() && !claimed()));
    named.filter(|_| !ask.are_all).or_else(default).cloned()
}
