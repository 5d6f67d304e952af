//! `goto`: goes on at another step.

use super::super::contract::Event;
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, StepId};
use super::super::scene::{Flow, Scene};
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::Deadline;
use std::convert::Infallible;

/// Another name for a step.
#[derive(Clone, Debug)]
pub struct Goto {
    next: StepId,
}

impl Behaviour for Goto {
    const DEFINITION: Definition = Definition {
        name: "goto",
        about: "goes on at another step",
        keys: &[Key::required("next", Holds::Step, "which")],
        arrives: false,
        example: include_str!("../../../dialplans/examples/goto.toml"),
    };
    type State = Infallible;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        Some(Goto { next: step.target("next")? })
    }

    fn exits(&self) -> Vec<Exit> {
        vec![Exit::course("next", self.next)]
    }

    fn enter(&self, _: &mut Scene<'_>) -> Flow<Infallible> {
        Flow::Go(self.next)
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
