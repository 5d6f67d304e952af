//! Ringing somebody until they answer, with ringing tone or music meanwhile, and what comes of it.
//!
//! Keys pressed meanwhile are for nobody and forgotten. While caller and callee talk the run is quiet.

use super::contract::{Action, DialFailure, Event};
use super::key::{Holds, Key};
use super::plan::{Exit, On, StepId};
use super::scene::{Flow, Scene};
use super::speech::Spoken;
use super::syntax::StepReader;
use crate::base::{Deadline, EndCause, Instant};
use std::time::Duration;

/// `announce`
pub const ANNOUNCE: Key = Key::optional("announce", Holds::Prompts, "said while the dialling begins");
/// `music`
pub const MUSIC: Key =
    Key::optional("music", Holds::Prompts, "played until somebody answers; left out: ringing tone");
/// `busy`
pub const BUSY: Key = Key::optional("busy", Holds::Step, "where busy or refused");
/// `no_answer`
pub const NO_ANSWER: Key = Key::optional("no_answer", Holds::Step, "where nobody answered");
/// `unreachable`
pub const UNREACHABLE: Key = Key::optional("unreachable", Holds::Step, "where it could not be reached");
/// `failed`
pub const FAILED: Key = Key::optional("failed", Holds::Step, "for each of the three that is left out");

/// Nothing has more targets than this takes to ring; past it the dialling is given up.
const MOST_TARGETS: u32 = 10;

/// How somebody is rung, and where each outcome leads.
#[derive(Clone, Debug)]
pub struct Ringing {
    ring: Duration,
    announce: Vec<Spoken>,
    music: Vec<Spoken>,
    busy: StepId,
    no_answer: StepId,
    unreachable: StepId,
    /// Once they have hung up; `None` ends the call.
    after: Option<StepId>,
}

/// Where it stands.
#[derive(Clone, Debug)]
pub enum State {
    /// Nobody has answered yet.
    Ringing {
        /// When to give up where no outcome is reported.
        until: Instant,
    },
    /// Caller and callee hear each other.
    Talking,
}

impl Ringing {
    /// Reads the keys declared in this file, `ring` and `after`.
    pub(super) fn read(step: &mut StepReader<'_, '_>) -> Option<Ringing> {
        let ring = step.duration("ring");
        let announce = step.clips(ANNOUNCE.name).unwrap_or_default();
        let music = step.clips(MUSIC.name).unwrap_or_default();
        let outcomes = [BUSY.name, NO_ANSWER.name, UNREACHABLE.name];
        let [busy, no_answer, unreachable] = step.outcomes(outcomes, FAILED.name);
        let after = step.target("after");
        let (busy, no_answer, unreachable) = (busy?, no_answer?, unreachable?);
        Some(Ringing { ring, announce, music, busy, no_answer, unreachable, after })
    }

    /// Every way out.
    pub(super) fn exits(&self) -> Vec<Exit> {
        let failures = [
            Exit::new(BUSY.name, self.busy, On::Others),
            Exit::new(NO_ANSWER.name, self.no_answer, On::Others),
            Exit::new(UNREACHABLE.name, self.unreachable, On::Others),
        ];
        failures.into_iter().chain(self.after.map(|to| Exit::new("after", to, On::Served))).collect()
    }

    /// Rings: `ask` makes the action from the seconds that one target may ring.
    pub(super) fn start(&self, ask: impl FnOnce(u32) -> Action, scene: &mut Scene<'_>) -> Flow<State> {
        scene.act(ask(u32::try_from(self.ring.as_secs()).unwrap_or(u32::MAX)));
        if !scene.play(&self.announce) {
            scene.play_on(&self.music);
        }
        Flow::Stay(State::Ringing { until: scene.now + self.ring * MOST_TARGETS })
    }

    /// Something happened.
    pub(super) fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
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
            (State::Talking, Event::DialFailed(why)) => self.failed(why, scene),
            (State::Talking, Event::DeskLeft) => {
                scene.trace("desk left");
                self.after.map_or(Flow::End(EndCause::DeskHungUp), Flow::Go)
            }
            (state, _) => Flow::Stay(state),
        }
    }

    /// Nothing was ever reported.
    pub(super) fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        match state {
            State::Ringing { .. } => {
                scene.act(Action::CancelDial);
                self.failed(DialFailure::NoAnswer, scene)
            }
            State::Talking => Flow::Stay(State::Talking),
        }
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

impl State {
    /// When to give up.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        match self {
            State::Ringing { until } => Some(Deadline { at: *until, why: "dial" }),
            State::Talking => None,
        }
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
