//! `closed`: says why a desk is closed, then the next step.
//!
//! The desk is looked at when the call comes here: a step that is reached because a desk closed may
//! find it open again. Then nothing is said, for nothing would be true.

use super::super::announcing::{self, Announcement, Saying};
use super::super::contract::{Desk, Event};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, StepId};
use super::super::scene::{Flow, Scene};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::Deadline;

/// A desk, and what each reason to be closed has the caller hear.
#[derive(Clone, Debug)]
pub struct Closed {
    desk: String,
    prompt: Vec<Spoken>,
    /// In the order of [`Desk::CLOSED`]; where empty, `prompt` is said.
    reasons: [Vec<Spoken>; 5],
    announcement: Announcement,
    open: Option<StepId>,
}

impl Behaviour for Closed {
    const DEFINITION: Definition = Definition {
        name: "closed",
        about: "says why a desk is closed",
        keys: &[
            Key::required("desk", Holds::Desk, "which desk"),
            Key::required("prompt", Holds::Prompts, "what is said where no line below says otherwise"),
            Key::optional("outside", Holds::Prompts, "said before or after the hours of an open day"),
            Key::optional("weekend", Holds::Prompts, "said on a weekday without hours"),
            Key::optional("holiday", Holds::Prompts, "said on a public holiday"),
            Key::optional("company", Holds::Prompts, "said on a day the company named"),
            Key::optional("emergency", Holds::Prompts, "said while it is closed by hand"),
            Key::with_default("barge_in", Holds::Flag, "false", "whether a key stops it"),
            Key::optional(
                "open",
                Holds::Step,
                "where to go, saying nothing, where it is open; left out: `next`",
            ),
            announcing::NEXT,
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/closed.toml"),
    };
    type State = Saying;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let desk = step.desk("desk");
        let prompt = step.clips("prompt");
        let reasons = Desk::CLOSED.map(|state| step.clips(state.name()).unwrap_or_default());
        let open = step.target("open");
        let announcement = Announcement::read(step);
        Some(Closed { desk: desk?.value, prompt: prompt?, reasons, announcement: announcement?, open })
    }

    fn exits(&self) -> Vec<Exit> {
        let open = self.open.map(|to| Exit::course("open", to).given(&self.desk, &[Desk::Open]));
        let closed = match open {
            Some(_) => Exit::course("next", self.announcement.next).given(&self.desk, &Desk::CLOSED),
            None => Exit::course("next", self.announcement.next),
        };
        open.into_iter().chain([closed]).collect()
    }

    fn subject(&self) -> String {
        self.desk.clone()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<Saying> {
        let state = scene.desk(&self.desk);
        let reason = Desk::CLOSED.iter().zip(&self.reasons).find(|(is, _)| **is == state);
        let Some((_, said)) = reason else {
            scene.trace("open");
            return Flow::Go(self.open.unwrap_or(self.announcement.next));
        };
        scene.trace(format!("closed {}", state.name()));
        if self.announcement.is_skipped(scene) {
            return Flow::Go(self.announcement.next);
        }
        self.announcement.say(if said.is_empty() { &self.prompt } else { said }, scene)
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
