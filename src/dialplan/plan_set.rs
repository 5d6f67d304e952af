//! All plans of an engine: which number runs which.

use super::check::examine;
use super::names::Names;
use super::plan::{Claims, Plan};
use crate::base::Number;
use crate::diag::{Diagnostic, Diagnostics, Place, Source};
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
    /// Checks every source and joins the plans. The default is the one that says so, or the only one.
    ///
    /// # Errors
    /// Everything found in any of them, sorted by file and place, where anything is an error: also, of
    /// all whose text could be read, a number that two plans answer, and two defaults; of all, none.
    pub fn check(sources: &[Source], names: &Names) -> Result<(PlanSet, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut found = Diagnostics::new();
        let read: Vec<(Option<Claims>, Option<Plan>)> =
            sources.iter().map(|source| examine(source, names, &mut found)).collect();
        let claims: Vec<&Claims> = read.iter().filter_map(|(claims, _)| claims.as_ref()).collect();
        report_shared_numbers(&claims, &mut found);
        report_defaults(&claims, claims.len() == sources.len(), &mut found);
        let plans = read.into_iter().filter_map(|(_, plan)| plan.map(Arc::new)).collect();
        let set = PlanSet::join(plans).filter(|_| !found.has_errors());
        found.finish(set)
    }

    /// Plans that claim nothing twice; `None` without a default.
    fn join(plans: Vec<Arc<Plan>>) -> Option<PlanSet> {
        let default = plans.iter().find(|plan| plan.is_default()).or(plans.first())?.clone();
        let numbers =
            plans.iter().flat_map(|plan| plan.numbers().map(|number| (number.clone(), plan.clone())));
        Some(PlanSet { by_number: numbers.collect(), default, plans })
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

    /// Every number that a plan names, as it is dialled in the country.
    pub fn numbers(&self) -> Vec<String> {
        self.plans.iter().flat_map(|plan| plan.numbers()).map(|number| number.national()).collect()
    }

    /// Every plan's version, as logs and journals say which these are.
    pub fn versions(&self) -> String {
        self.plans.iter().map(|plan| plan.version()).collect::<Vec<_>>().join(", ")
    }
}

fn report_shared_numbers(all: &[&Claims], found: &mut Diagnostics) {
    let mut first: BTreeMap<&Number, (&Claims, &Place)> = BTreeMap::new();
    for claims in all {
        for (number, place) in &claims.numbers {
            let Some((other, there)) = first.get(number) else {
                first.insert(number, (claims, place));
                continue;
            };
            let message = format!("number {} is answered by plan `{}` too", number.national(), other.name);
            let error = Diagnostic::error("number-conflict", &place.source, place.span.clone(), message);
            found.push(error.second((*there).clone(), "there").help("leave it in one of the two"));
        }
    }
}

/// `complete`: whether these are all plans there are.
fn report_defaults(all: &[&Claims], complete: bool, found: &mut Diagnostics) {
    let mut defaults = all.iter().filter_map(|claims| claims.is_default.as_ref());
    let first = defaults.next();
    for place in defaults {
        let message = "only one plan can be the default";
        let error = Diagnostic::error("two-defaults", &place.source, place.span.clone(), message);
        found.push(match first {
            Some(there) => error.second(there.clone(), "the other").help("leave it in one of the two"),
            None => error,
        });
    }
    if first.is_none() && complete && all.len() != 1 {
        let (source, message) = match all.first() {
            Some(claims) => (claims.source.clone(), "no plan is the default for unknown numbers"),
            None => (Source::new("dialplans", ""), "there is no dialplan"),
        };
        let error = Diagnostic::error("no-default-plan", &source, 0..0, message);
        found.push(error.help("write default = true in one plan"));
    }
}
