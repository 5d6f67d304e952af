//! `dial`: connects to a desk's own number, with ringing tone or music meanwhile.
//!
//! Keys pressed meanwhile are for nobody and forgotten. While caller and desk talk the run is quiet.

use super::super::contract::{Action, DialFailure, Event};
use super::super::key::{Definition, Key};
use super::super::plan::{Exit, On, StepId};
use super::super::scene::{Flow, Scene};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::{Deadline, Instant};
use std::sync::Arc;
use std::time::Duration;

/// A desk has no more targets than this takes to ring; past it the dialling is given up.
const MOST_TARGETS: u32 = 10;

/// A desk, and where each outcome leads.
#[derive(Clone, Debug)]
pub struct Dial {
    desk: Arc<str>,
    ring: Duration,
    announce: Vec<Spoken>,
    music: Vec<Spoken>,
    busy: StepId,
    no_answer: StepId,
    unreachable: StepId,
    after: StepId,
}

/// Where it stands.
#[derive(Clone, Debug)]
pub enum State {
    /// Nobody has answered yet.
    Ringing {
        /// When to give up where no outcome is reported.
        until: Instant,
    },
    /// Caller and desk hear each other.
    Talking,
}

impl Behaviour for Dial {
    const DEFINITION: Definition = Definition {
        name: "dial",
        about: "connects to a desk's own number",
        keys: &[
            Key::required("desk", "desk", "whom"),
            Key::with_default("ring", "duration", "30s", "how long each of its targets may ring"),
            Key::optional("announce", "prompts", "said while the dialling begins"),
            Key::optional("music", "prompts", "played until somebody answers; left out: ringing tone"),
            Key::optional("busy", "step", "where busy or refused"),
            Key::optional("no_answer", "step", "where nobody answered"),
            Key::optional("unreachable", "step", "where it could not be reached"),
            Key::optional("failed", "step", "for each of the three that is left out"),
            Key::required("after", "step", "once the desk has hung up"),
        ],
        arrives: true,
        example: include_str!("../../../dialplans/examples/dial.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let desk = step.desk("desk");
        let ring = step.duration("ring", Duration::from_secs(5)..=Duration::from_secs(180));
        let announce = step.clips("announce").unwrap_or_default();
        let music = step.clips("music").unwrap_or_default();
        let [busy, no_answer, unreachable] = step.outcomes(["busy", "no_answer", "unreachable"], "failed");
        let after = step.target("after");
        Some(Dial {
            desk: desk?.value.into(),
            ring,
            announce,
            music,
            busy: busy?,
            no_answer: no_answer?,
            unreachable: unreachable?,
            after: after?,
        })
    }

    fn exits(&self) -> Vec<Exit> {
        vec![
            Exit::new("busy", self.busy, On::Others),
            Exit::new("no_answer", self.no_answer, On::Others),
            Exit::new("unreachable", self.unreachable, On::Others),
            Exit::new("after", self.after, On::Served),
        ]
    }

    fn subject(&self) -> String {
        self.desk.to_string()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        scene.forget_typed();
        scene.trace(format!("dial {}", self.desk));
        scene.set("desk", &self.desk);
        let ring_seconds = u32::try_from(self.ring.as_secs()).unwrap_or(u32::MAX);
        scene.act(Action::Dial { desk: self.desk.clone(), ring_seconds });
        if !scene.play(&self.announce) {
            scene.play_on(&self.music);
        }
        Flow::Stay(State::Ringing { until: scene.now + self.ring * MOST_TARGETS })
    }

    fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        match (state, event) {
            (State::Ringing { .. }, Event::Connected) => {
                scene.attended();
                scene.caller.playing = false;
                scene.trace("connected");
                Flow::Stay(State::Talking)
            }
            (State::Ringing { .. }, Event::DialFailed(why)) => self.failed(why, scene),
            (state @ State::Ringing { .. }, Event::PlayDone) => {
                scene.play_on(&self.music);
                Flow::Stay(state)
            }
            (State::Talking, Event::DeskLeft) => {
                scene.trace("desk left");
                Flow::Go(self.after)
            }
            (state, _) => Flow::Stay(state),
        }
    }

    fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        match state {
            State::Ringing { .. } => {
                scene.act(Action::CancelDial);
                self.failed(DialFailure::NoAnswer, scene)
            }
            State::Talking => Flow::Stay(State::Talking),
        }
    }

    fn deadline(&self, state: &State) -> Option<Deadline> {
        match state {
            State::Ringing { until } => Some(Deadline { at: *until, why: "dial" }),
            State::Talking => None,
        }
    }
}

impl Dial {
    /// Whom it dials.
    pub(in crate::dialplan) fn desk(&self) -> &str {
        &self.desk
    }

    fn failed(&self, why: DialFailure, scene: &mut Scene<'_>) -> Flow<State> {
        let (event, to) = match why {
            DialFailure::Busy => ("busy", self.busy),
            DialFailure::NoAnswer => ("no answer", self.no_answer),
            DialFailure::Unreachable => ("unreachable", self.unreachable),
        };
        scene.trace(event);
        scene.stop();
        Flow::Go(to)
    }
}

impl StepReader<'_, '_> {
    /// Targets of outcomes, each its own or else the fallback's; reports those that lead nowhere.
    pub(super) fn outcomes<const N: usize>(
        &mut self,
        keys: [&'static str; N],
        fallback: &'static str,
    ) -> [Option<StepId>; N] {
        let otherwise = self.target(fallback);
        keys.map(|key| {
            if !self.table.has(key) && !self.table.has(fallback) {
                let error = self.table.missing(key);
                self.dead_ends.push(self.found.all().len());
                self.found
                    .push(error.help(format!("write `{key}`, or `{fallback}` for all outcomes left out")));
            }
            self.target(key).or(otherwise)
        })
    }
}
