//! `transfer`: hands the caller to a place that is no desk. Only places of the settings can be named: a
//! plan writes no address.

use super::super::contract::{Action, Event};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::Exit;
use super::super::ringing::{self, Ringing, State};
use super::super::scene::{Flow, Scene};
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::Deadline;
use std::sync::Arc;

/// A place of the settings, and how it is rung.
#[derive(Clone, Debug)]
pub struct Transfer {
    to: Arc<str>,
    ringing: Ringing,
}

impl Behaviour for Transfer {
    const DEFINITION: Definition = Definition {
        name: "transfer",
        about: "hands the caller to a place of the settings that is no desk",
        keys: &[
            Key::required("to", Holds::Transfer, "which place: NAME of [transfers.NAME]"),
            Key::with_default("ring", Holds::seconds(5, 180), "30s", "how long it may ring"),
            ringing::ANNOUNCE,
            ringing::MUSIC,
            ringing::BUSY,
            ringing::NO_ANSWER,
            ringing::UNREACHABLE,
            ringing::FAILED,
            Key::optional("after", Holds::Step, "once the other side has hung up; left out: the call ends"),
        ],
        arrives: true,
        example: include_str!("../../../dialplans/examples/transfer.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let to = step.transfer("to");
        let ringing = Ringing::read(step);
        Some(Transfer { to: to?.value.into(), ringing: ringing? })
    }

    fn exits(&self) -> Vec<Exit> {
        self.ringing.exits()
    }

    fn subject(&self) -> String {
        self.to.to_string()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        scene.forget_typed();
        scene.trace(format!("transfer {}", self.to));
        let ask = |ring_seconds| Action::Transfer { to: self.to.clone(), ring_seconds };
        self.ringing.start(ask, scene)
    }

    fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        self.ringing.handle(state, event, scene)
    }

    fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        self.ringing.expire(state, scene)
    }

    fn deadline(&self, state: &State) -> Option<Deadline> {
        state.deadline()
    }
}
