//! `dial`: connects to a desk's own number.

use super::super::contract::{Action, Event};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::Exit;
use super::super::ringing::{self, Ringing, State};
use super::super::scene::{Flow, Scene};
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::Deadline;
use std::sync::Arc;

/// A desk, and how it is rung.
#[derive(Clone, Debug)]
pub struct Dial {
    desk: Arc<str>,
    ringing: Ringing,
}

impl Behaviour for Dial {
    const DEFINITION: Definition = Definition {
        name: "dial",
        about: "connects to a desk's own number",
        keys: &[
            Key::required("desk", Holds::Desk, "whom"),
            Key::with_default("ring", Holds::seconds(5, 180), "30s", "how long each of its targets may ring"),
            ringing::ANNOUNCE,
            ringing::MUSIC,
            ringing::BUSY,
            ringing::NO_ANSWER,
            ringing::UNREACHABLE,
            ringing::FAILED,
            Key::required("after", Holds::Step, "once the desk has hung up"),
        ],
        arrives: true,
        example: include_str!("../../../dialplans/examples/dial.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let desk = step.desk("desk");
        let ringing = Ringing::read(step);
        Some(Dial { desk: desk?.value.into(), ringing: ringing? })
    }

    fn exits(&self) -> Vec<Exit> {
        self.ringing.exits()
    }

    fn subject(&self) -> String {
        self.desk.to_string()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        scene.forget_typed();
        scene.trace(format!("dial {}", self.desk));
        scene.set("desk", &self.desk);
        let ask = |ring_seconds| Action::Dial { desk: self.desk.clone(), ring_seconds };
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

impl Dial {
    /// Whom it dials.
    pub(in crate::dialplan) fn desk(&self) -> &str {
        &self.desk
    }
}
