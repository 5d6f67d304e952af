//! `announce-wait`: tells how long a line is, before the caller joins it.
//!
//! The line is looked at when the call comes here; the place told is the one the caller would get.

use super::super::announcing::{self, Announcement, Saying};
use super::super::contract::{Event, Line};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::Exit;
use super::super::say::{self, Family};
use super::super::scene::{Flow, Scene};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::Deadline;
use std::sync::Arc;

/// A line, and what is said of it.
#[derive(Clone, Debug)]
pub struct AnnounceWait {
    queue: Arc<str>,
    empty: Vec<Spoken>,
    announcement: Announcement,
}

impl Behaviour for AnnounceWait {
    const DEFINITION: Definition = Definition {
        name: "announce-wait",
        about: "tells the place in a line and the wait, before the caller joins it",
        keys: &[
            Key::required("queue", Holds::Queue, "which line"),
            Key::optional("empty", Holds::Prompts, "said where nobody waits"),
            announcing::BARGE_IN,
            announcing::NEXT,
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/announce-wait.toml"),
    };
    type State = Saying;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let queue = step.queue("queue");
        let span = step.table.key_span("queue").unwrap_or(step.table.span());
        step.hears(Family::Place, &span);
        step.hears(Family::Wait, &span);
        let empty = step.clips("empty").unwrap_or_default();
        let announcement = Announcement::read(step);
        Some(AnnounceWait { queue: queue?.0, empty, announcement: announcement? })
    }

    fn exits(&self) -> Vec<Exit> {
        vec![Exit::course("next", self.announcement.next)]
    }

    fn subject(&self) -> String {
        self.queue.to_string()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<Saying> {
        let line = scene.line(&self.queue);
        let minutes = line.wait_minutes.map_or(String::new(), |minutes| format!(", {minutes} min"));
        scene.trace(format!("{} waiting{minutes}", line.waiting));
        if self.announcement.is_skipped(scene) {
            return Flow::Go(self.announcement.next);
        }
        self.announcement.say(&self.said(line, scene), scene)
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

impl AnnounceWait {
    fn said(&self, line: Line, scene: &Scene<'_>) -> Vec<Spoken> {
        if line.waiting == 0 {
            return self.empty.clone();
        }
        let wait = line.wait_minutes.into_iter().flat_map(say::wait);
        say::place(line.waiting.saturating_add(1), |id| scene.is_heard(id)).into_iter().chain(wait).collect()
    }
}
