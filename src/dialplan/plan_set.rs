//! All plans of an engine: which number runs which.

use super::check::check;
use super::names::Names;
use super::plan::Plan;
use crate::base::Number;
use crate::diag::{Diagnostic, Diagnostics, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Plans by number, with one for every other number.
#[derive(Clone, Debug)]
pub struct PlanSet {
    plans: Vec<Arc<Plan>>,
    by_number: BTreeMap<Number, Arc<Plan>>,
    default: Arc<Plan>,
}

impl PlanSet {
    /// Joins plans. The default is the one that says so, or the only one.
    ///
    /// # Errors
    /// No plan at all; a number that two plans answer; two defaults, or none among several.
    pub fn new(plans: Vec<Plan>) -> Result<PlanSet, Vec<Diagnostic>> {
        let plans: Vec<Arc<Plan>> = plans.into_iter().map(Arc::new).collect();
        let mut found = Diagnostics::new();
        let by_number = number_plans(&plans, &mut found);
        let default = find_default(&plans, &mut found);
        let set = default.map(|default| PlanSet { plans, by_number, default });
        found.finish(set).map(|(set, _)| set)
    }

    /// Checks every source and joins the plans.
    ///
    /// # Errors
    /// Everything found in any of them, sorted by file and place, where anything is an error.
    pub fn check(sources: &[Source], names: &Names) -> Result<(PlanSet, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut found = Diagnostics::new();
        let mut plans = Vec::new();
        for source in sources {
            match check(source, names) {
                Ok((plan, warnings)) => {
                    plans.push(plan);
                    found.extend(warnings);
                }
                Err(all) => found.extend(all),
            }
        }
        let joined = (!found.has_errors()).then(|| PlanSet::new(plans));
        let set = joined.and_then(|joined| joined.map_err(|all| found.extend(all)).ok());
        found.finish(set)
    }

    /// The plan that answers a number; the default where no plan names it.
    pub fn route(&self, number: &Number) -> Arc<Plan> {
        self.by_number.get(number).unwrap_or(&self.default).clone()
    }

    /// Whether a plan names this number.
    pub fn claims(&self, number: &Number) -> bool {
        self.by_number.contains_key(number)
    }

    /// The plan for every number that no plan names.
    pub fn default_plan(&self) -> &Arc<Plan> {
        &self.default
    }

    /// All plans.
    pub fn plans(&self) -> &[Arc<Plan>] {
        &self.plans
    }

    /// Every plan's version, as logs and journals say which these are.
    pub fn versions(&self) -> String {
        self.plans.iter().map(|plan| plan.version()).collect::<Vec<_>>().join(", ")
    }
}

fn number_plans(plans: &[Arc<Plan>], found: &mut Diagnostics) -> BTreeMap<Number, Arc<Plan>> {
    let mut by_number: BTreeMap<Number, Arc<Plan>> = BTreeMap::new();
    for plan in plans {
        for (number, place) in &plan.numbers {
            let Some(other) = by_number.get(number) else {
                by_number.insert(number.clone(), plan.clone());
                continue;
            };
            let message = format!("number {} is answered by plan `{}` too", number.national(), other.name());
            let mut error = Diagnostic::error("number-conflict", &place.source, place.span.clone(), message);
            if let Some((_, first)) = other.numbers.iter().find(|(n, _)| n == number) {
                error = error.second(first.clone(), "there");
            }
            found.push(error);
        }
    }
    by_number
}

fn find_default(plans: &[Arc<Plan>], found: &mut Diagnostics) -> Option<Arc<Plan>> {
    let mut defaults = plans.iter().filter_map(|plan| Some((plan, plan.is_default.as_ref()?)));
    let first = defaults.next();
    for (_, place) in defaults {
        let error = Diagnostic::error(
            "two-defaults",
            &place.source,
            place.span.clone(),
            "only one plan can be the default",
        );
        found.push(match first {
            Some((_, there)) => error.second(there.clone(), "the other"),
            None => error,
        });
    }
    match (first, plans) {
        (Some((plan, _)), _) => Some(plan.clone()),
        (None, [only]) => Some(only.clone()),
        (None, plans) => {
            let (source, message) = match plans.first() {
                Some(plan) => (plan.source().clone(), "no plan is the default for unknown numbers"),
                None => (Source::new("dialplans", ""), "there is no dialplan"),
            };
            found.push(
                Diagnostic::error("no-default-plan", &source, 0..0, message)
                    .help("write default = true in one plan"),
            );
            None
        }
    }
}
