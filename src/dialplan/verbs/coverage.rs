//! `coverage`: goes where product and support option are answered: in Japanese, in English only, not at all.
//!
//! What is known of the caller comes from the case's facts `product` and `option` and from what was verified. Who
//! answers is for the customer room to say; here it is said in the trace, with the reason in words.

use super::super::contract::Event;
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, On, StepId};
use super::super::scene::{Flow, Scene};
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::{AnsweredBy, Deadline};
use std::convert::Infallible;

/// Where each answer leads.
#[derive(Clone, Debug)]
pub struct Coverage {
    japan: StepId,
    /// `None` goes where `japan` goes.
    japan_tier2: Option<StepId>,
    global: StepId,
    not_offered: StepId,
}

impl Behaviour for Coverage {
    const DEFINITION: Definition = Definition {
        name: "coverage",
        about: "goes where the caller's product and support option are answered",
        keys: &[
            Key::required(
                "japan",
                Holds::Step,
                "answered in Japanese by tier 1, and whatever is asked in Japanese of which nothing is known",
            ),
            Key::optional("japan_tier2", Holds::Step, "answered in Japanese by tier 2; left out: as `japan`"),
            Key::required(
                "global",
                Holds::Step,
                "answered in English; a Japanese caller needs an interpreter, and the case says so",
            ),
            Key::required("not_offered", Holds::Step, "the option is not offered for the product"),
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/coverage.toml"),
    };
    type State = Infallible;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let japan = step.target("japan");
        let japan_tier2 = step.target("japan_tier2");
        let global = step.target("global");
        let not_offered = step.target("not_offered");
        Some(Coverage { japan: japan?, japan_tier2, global: global?, not_offered: not_offered? })
    }

    fn exits(&self) -> Vec<Exit> {
        let decided = |label, to| Exit::new(label, to, On::Others);
        let tier2 = self.japan_tier2.map(|to| decided("japan_tier2", to));
        let others = [decided("global", self.global), decided("not_offered", self.not_offered)];
        [Exit::course("japan", self.japan)].into_iter().chain(tier2).chain(others).collect()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<Infallible> {
        let coverage = scene.coverage();
        if scene.knows_anything() {
            scene.trace(coverage.words);
        }
        if let Some(tier) = coverage.tier {
            scene.set("tier", &tier.to_string());
        }
        if coverage.interpreter {
            scene.set("interpreter", "true");
        }
        Flow::Go(match coverage.by {
            AnsweredBy::Japan if coverage.tier == Some(2) => self.japan_tier2.unwrap_or(self.japan),
            AnsweredBy::Japan => self.japan,
            AnsweredBy::Global => self.global,
            AnsweredBy::Nobody => self.not_offered,
        })
    }

    fn handle(&self, state: Infallible, _: Event, _: &mut Scene<'_>) -> Flow<Infallible> {
        match state {}
    }

    fn expire(&self, state: Infallible, _: &mut Scene<'_>) -> Flow<Infallible> {
        match state {}
    }

    fn deadline(&self, state: &Infallible) -> Option<Deadline> {
        match *state {}
    }
}
