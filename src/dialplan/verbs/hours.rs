//! `hours`: goes one way while a desk is open, other ways while it is closed.

use super::super::contract::{Desk, Event};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, StepId};
use super::super::scene::{Flow, Scene};
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::Deadline;
use std::convert::Infallible;

/// A desk, and where each state of it leads.
#[derive(Clone, Debug)]
pub struct Hours {
    desk: String,
    open: StepId,
    closed: StepId,
    /// In the order of [`Desk::CLOSED`]; `None` goes where `closed` goes.
    reasons: [Option<StepId>; 5],
}

impl Behaviour for Hours {
    const DEFINITION: Definition = Definition {
        name: "hours",
        about: "goes where a desk's hours lead",
        keys: &[
            Key::required("desk", Holds::Desk, "whose hours"),
            Key::required("open", Holds::Step, "while it is open"),
            Key::required("closed", Holds::Step, "while it is closed, where no line below says otherwise"),
            Key::optional("outside", Holds::Step, "before or after the hours of an open day"),
            Key::optional("weekend", Holds::Step, "on a weekday without hours"),
            Key::optional("holiday", Holds::Step, "on a public holiday"),
            Key::optional("company", Holds::Step, "on a day the company named"),
            Key::optional("emergency", Holds::Step, "while it is closed by hand"),
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/hours.toml"),
    };
    type State = Infallible;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let desk = step.desk("desk");
        let open = step.target("open");
        let closed = step.target("closed");
        let reasons = Desk::CLOSED.map(|state| step.target(state.name()));
        Some(Hours { desk: desk?.value, open: open?, closed: closed?, reasons })
    }

    fn exits(&self) -> Vec<Exit> {
        let states = || Desk::CLOSED.into_iter().zip(self.reasons);
        let named = states()
            .filter_map(|(state, to)| Some(Exit::course(state.name(), to?).given(&self.desk, &[state])));
        let others: Vec<Desk> = states().filter(|(_, to)| to.is_none()).map(|(state, _)| state).collect();
        let open = Exit::course("open", self.open).given(&self.desk, &[Desk::Open]);
        let closed = Exit::course("closed", self.closed).given(&self.desk, &others);
        [open, closed].into_iter().chain(named).collect()
    }

    fn subject(&self) -> String {
        self.desk.clone()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<Infallible> {
        let state = scene.desk(&self.desk);
        scene.trace(format!("hours {}", state.name()));
        let reason = Desk::CLOSED.iter().zip(self.reasons).find(|(is, _)| **is == state);
        Flow::Go(reason.map_or(self.open, |(_, to)| to.unwrap_or(self.closed)))
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
