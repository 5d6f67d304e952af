//! Proofs over a plan: what holds for every caller, whatever is pressed and whatever the hour, or the
//! call for which it does not hold.
//!
//! A plan is explored as a graph: a node is a step and the caller's language there, a way is an
//! [`Exit`](super::Exit). Every exploration stands under one [`Sky`], the states of all desks at a
//! moment, so that what it finds can happen then and names the moment. A desk may still close while a
//! caller waits: such ways are walked too, after all others.
//!
//! Proved: nobody goes round for ever without their own doing; every prompt exists in each language it
//! can be heard in; every step is reached. Every step but `hangup` has a way on that needs no key, so
//! that where there is no such circle every caller, however silent, comes to a person, to the longest
//! wait in a line, or to an end with words.

mod circle;
mod reach;
mod sketch;
mod sky;
mod story;
mod tour;

pub use sky::Sky;

use super::names::Names;
use super::plan::{Plan, StepId};
use crate::diag::{Diagnostic, Diagnostics, Place};
use reach::Reach;
pub(super) use sketch::{Draft, Sketch};
use std::collections::BTreeSet;
use story::Story;
pub(super) use tour::Tour;

/// What a plan is proved against.
pub(super) struct Ground<'p> {
    /// The plan's steps, also those that could not be read.
    sketch: &'p Sketch,
    /// Number to call, for examples that can be tried.
    number: Option<String>,
    /// What desks can be like; never empty.
    skies: Vec<Sky>,
}

impl<'p> Ground<'p> {
    /// These steps, under these skies and those that somebody can make by hand.
    pub(super) fn new(sketch: &'p Sketch, number: Option<String>, known: &[Sky]) -> Ground<'p> {
        Ground { sketch, number, skies: sky::complete(known, &sketch.desks()) }
    }
}

/// Proves a good plan, or reports with the call that shows it.
pub(super) fn prove(plan: &Plan, ground: &Ground<'_>, names: &Names, found: &mut Diagnostics) {
    let reach = Reach::of(ground);
    unreached(plan, &reach, found);
    unspoken(plan, ground, &reach, names, found);
    circles(plan, ground, &reach, found);
}

/// Tells how a caller comes to where a way out is missing.
pub(super) fn show_dead_ends(ground: &Ground<'_>, found: &mut Diagnostics) {
    let mut reach = None;
    for (step, diagnostic) in ground.sketch.dead_ends() {
        let reach = reach.get_or_insert_with(|| Reach::of(ground));
        let way = reach.nodes().find(|node| node.step == step).and_then(|node| reach.way_to(node));
        if let Some(way) = way {
            found.amend(diagnostic, |d| {
                d.notes(Story::of(ground, &way).lines("they are left without a way on"))
            });
        }
    }
}

fn unreached(plan: &Plan, reach: &Reach, found: &mut Diagnostics) {
    let reached: BTreeSet<StepId> = reach.nodes().map(|node| node.step).collect();
    for (_, step) in plan.steps().filter(|(id, _)| !reached.contains(id)) {
        let message = format!("no way leads to step `{}`", step.name);
        let help = format!("lead a way there (`next = \"{}\"`), or take the step out", step.name);
        found.push(at(&step.place, "unreachable-step", message).help(help).as_warning());
    }
}

/// Every prompt exists in each language in which a caller can be where it is said.
fn unspoken(plan: &Plan, ground: &Ground<'_>, reach: &Reach, names: &Names, found: &mut Diagnostics) {
    let mut said = BTreeSet::new();
    for node in reach.nodes() {
        for heard in &plan.step(node.step).heard {
            let spot = (heard.place.span.start, heard.place.span.end);
            let recorded = heard.language.is_some() || names.has_prompt(&heard.prompt, node.language);
            if recorded || !said.insert((spot, node.language)) {
                continue;
            }
            let (prompt, language) = (&heard.prompt, node.language);
            let message =
                format!("prompt `{prompt}` has no recording in {language}, in which callers hear it here");
            let story = reach.way_to(node).map(|way| Story::of(ground, &way).lines("they hear it"));
            found.push(
                at(&heard.place, "prompt-language", message)
                    .help("record it, or name a language: { prompt = \"…\", language = \"…\" }")
                    .notes(story.unwrap_or_default()),
            );
        }
    }
}

/// Reports one circle that callers walk without their doing.
fn circles(plan: &Plan, ground: &Ground<'_>, reach: &Reach, found: &mut Diagnostics) {
    let Some((sky, circle)) = circle::find(ground, reach) else { return };
    let names: Vec<&str> = circle.iter().map(|edge| &*plan.step(edge.from.step).name).collect();
    let round = names.iter().chain(names.first()).copied().collect::<Vec<_>>().join(" -> ");
    let first = circle.iter().map(|edge| edge.from).min_by_key(|node| node.step);
    let Some(node) = first else { return };
    let message = format!("a caller who presses no key goes round for ever: {round}");
    let way = reach.way_under(sky, node);
    let notes = way.map(|way| Story::of(ground, &way).round(ground, &circle)).unwrap_or_default();
    let help = "lead one of these ways to a queue, a dial or a hangup";
    found.push(at(&plan.step(node.step).place, "endless-loop", message).help(help).notes(notes));
}

fn at(place: &Place, code: &'static str, message: String) -> Diagnostic {
    Diagnostic::error(code, &place.source, place.span.clone(), message)
}
