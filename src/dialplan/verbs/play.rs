//! `play`: an announcement, then the next step.

use super::super::announcing::{self, Announcement, Saying};
use super::super::contract::Event;
use super::super::key::{Definition, Holds, Key};
use super::super::plan::Exit;
use super::super::scene::{Flow, Scene};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::Deadline;

/// An announcement.
#[derive(Clone, Debug)]
pub struct Play {
    prompt: Vec<Spoken>,
    announcement: Announcement,
}

impl Behaviour for Play {
    const DEFINITION: Definition = Definition {
        name: "play",
        about: "plays an announcement",
        keys: &[
            Key::required("prompt", Holds::Prompts, "what is played"),
            announcing::BARGE_IN,
            announcing::NEXT,
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/play.toml"),
    };
    type State = Saying;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let prompt = step.clips("prompt");
        let announcement = Announcement::read(step);
        Some(Play { prompt: prompt?, announcement: announcement? })
    }

    fn exits(&self) -> Vec<Exit> {
        vec![Exit::course("next", self.announcement.next)]
    }

    fn subject(&self) -> String {
        Spoken::names(&self.prompt)
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<Saying> {
        if self.announcement.is_skipped(scene) {
            return Flow::Go(self.announcement.next);
        }
        self.announcement.say(&self.prompt, scene)
    }

    fn handle(&self, state: Saying, event: Event, scene: &mut Scene<'_>) -> Flow<Saying> {
        self.announcement.handle(state, event, scene)
    }

    fn expire(&self, _: Saying, scene: &mut Scene<'_>) -> Flow<Saying> {
        self.announcement.expire(scene)
    }

    fn deadline(&self, state: &Saying) -> Option<Deadline> {
        state.deadline()
    }
}
