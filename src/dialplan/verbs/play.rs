//! `play`: an announcement, then the next step.
//!
//! A key stops it and is kept for the next question, which it answers. Where the caller has typed
//! ahead already it is not played at all. With `barge_in = false` it is heard to its end whatever is
//! pressed; keys are still kept.

use super::super::contract::Event;
use super::super::key::{Definition, Key};
use super::super::plan::{Exit, StepId};
use super::super::scene::{Flow, Scene, guard};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::{Deadline, Instant};

/// An announcement.
#[derive(Clone, Debug)]
pub struct Play {
    prompt: Vec<Spoken>,
    barge_in: bool,
    next: StepId,
}

/// Being heard.
#[derive(Clone, Debug)]
pub struct Playing {
    guard: Instant,
}

impl Behaviour for Play {
    const DEFINITION: Definition = Definition {
        name: "play",
        about: "plays an announcement",
        keys: &[
            Key::required("prompt", "prompts", "what is played"),
            Key::with_default("barge_in", "true or false", "true", "whether a key stops it"),
            Key::required("next", "step", "where to go then"),
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/play.toml"),
    };
    type State = Playing;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let prompt = step.clips("prompt");
        let barge_in = step.flag("barge_in");
        let next = step.target("next");
        Some(Play { prompt: prompt?, barge_in, next: next? })
    }

    fn exits(&self) -> Vec<Exit> {
        vec![Exit::course("next", self.next)]
    }

    fn subject(&self) -> String {
        Spoken::names(&self.prompt)
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<Playing> {
        if self.barge_in && !scene.caller.typed.is_empty() {
            scene.trace("skipped");
            return Flow::Go(self.next);
        }
        match scene.play(&self.prompt) {
            true => Flow::Stay(Playing { guard: scene.playout_guard() }),
            false => Flow::Go(self.next),
        }
    }

    fn handle(&self, state: Playing, event: Event, scene: &mut Scene<'_>) -> Flow<Playing> {
        match event {
            Event::PlayDone => Flow::Go(self.next),
            Event::Digit(digit) => {
                scene.keep(digit);
                if !self.barge_in {
                    return Flow::Stay(state);
                }
                scene.trace("stopped by a key");
                scene.stop();
                Flow::Go(self.next)
            }
            _ => Flow::Stay(state),
        }
    }

    fn expire(&self, _: Playing, scene: &mut Scene<'_>) -> Flow<Playing> {
        scene.stop();
        Flow::Go(self.next)
    }

    fn deadline(&self, state: &Playing) -> Option<Deadline> {
        guard(state.guard)
    }
}
