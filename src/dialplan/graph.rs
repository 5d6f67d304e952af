//! Proofs over a plan's steps as a graph: nobody goes round for ever, every way can end.

use super::plan::{Exit, On, Plan, Step, StepId};
use crate::diag::{Diagnostic, Diagnostics};
use std::collections::BTreeSet;

/// Proves that a caller who presses nothing comes to a queue, a desk or an announced end; that every
/// call can end with an announcement; that every step can be reached. Reports what is not so.
pub(super) fn prove(plan: &Plan, found: &mut Diagnostics) {
    let reached = reachable(plan);
    for (id, step) in plan.steps() {
        if !reached.contains(&id) {
            let message = format!("no way leads to step `{}`", step.name);
            found.push(warning("unreachable-step", step, message));
        }
    }
    if let Some(circle) = find_circle(plan, &reached) {
        found.push(circle_error(plan, &circle));
        return;
    }
    let ending = can_end(plan);
    if let Some(id) = reached.iter().find(|id| !ending.contains(id)) {
        let step = plan.step(*id);
        let message = format!("a call that comes to `{}` never ends with an announcement", step.name);
        found.push(error("no-end", step, message).help("lead some way to a step with verb = \"hangup\""));
    }
}

fn reachable(plan: &Plan) -> BTreeSet<StepId> {
    let mut reached = BTreeSet::new();
    let mut open = vec![plan.start()];
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(plan.step(id).verb.exits().iter().map(|exit| exit.to));
        }
    }
    reached
}

/// The ways a call takes without the caller's doing.
fn course(step: &Step) -> impl Iterator<Item = StepId> {
    step.verb.exits().into_iter().filter(|exit| exit.on == On::Course).map(|Exit { to, .. }| to)
}

/// Steps from which a `hangup` can be reached without pressing a key.
fn can_end(plan: &Plan) -> BTreeSet<StepId> {
    let mut ending: BTreeSet<StepId> = BTreeSet::new();
    loop {
        let more = plan.steps().filter(|(id, step)| {
            let ends_here = step.verb.exits().is_empty();
            !ending.contains(id) && (ends_here || course(step).any(|to| ending.contains(&to)))
        });
        let more: Vec<StepId> = more.map(|(id, _)| id).collect();
        if more.is_empty() {
            return ending;
        }
        ending.extend(more);
    }
}

/// A circle of steps that a silent caller walks without arriving anywhere.
fn find_circle(plan: &Plan, reached: &BTreeSet<StepId>) -> Option<Vec<StepId>> {
    let mut done = BTreeSet::new();
    reached.iter().find_map(|id| walk(plan, *id, &mut Vec::new(), &mut done))
}

/// Depth first; a plan is as deep as it has steps at most, and steps are bounded by the file.
fn walk(plan: &Plan, id: StepId, path: &mut Vec<StepId>, done: &mut BTreeSet<StepId>) -> Option<Vec<StepId>> {
    if let Some(at) = path.iter().position(|p| *p == id) {
        return Some(path.split_off(at));
    }
    let step = plan.step(id);
    if step.definition().arrives || done.contains(&id) {
        return None;
    }
    path.push(id);
    let circle = course(step).find_map(|to| walk(plan, to, path, done));
    if circle.is_none() {
        path.pop();
        done.insert(id);
    }
    circle
}

fn circle_error(plan: &Plan, circle: &[StepId]) -> Diagnostic {
    let mut names: Vec<&str> = circle.iter().map(|id| &*plan.step(*id).name).collect();
    names.extend(names.first().copied());
    let first = plan.step(*circle.iter().min().unwrap_or(&plan.start()));
    let message = format!("a caller who presses no key goes round for ever: {}", names.join(" -> "));
    error("endless-loop", first, message).help("lead one of these ways to a queue, a dial or a hangup")
}

fn error(code: &'static str, step: &Step, message: String) -> Diagnostic {
    Diagnostic::error(code, &step.place.source, step.place.span.clone(), message)
}

fn warning(code: &'static str, step: &Step, message: String) -> Diagnostic {
    Diagnostic::warning(code, &step.place.source, step.place.span.clone(), message)
}
