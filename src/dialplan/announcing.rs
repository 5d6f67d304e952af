//! Saying something once, then going on.
//!
//! A key stops it and is kept for the next question, which it answers. Where the caller has typed
//! ahead already it is not said at all. With `barge_in = false` it is heard to its end whatever is
//! pressed; keys are still kept.

use super::contract::Event;
use super::key::{Holds, Key};
use super::plan::StepId;
use super::scene::{Flow, Scene, guard};
use super::speech::Spoken;
use super::syntax::StepReader;
use crate::base::{Deadline, Digit, Instant};

/// `barge_in`
pub const BARGE_IN: Key = Key::with_default("barge_in", Holds::Flag, "true", "whether a key stops it");
/// `next`
pub const NEXT: Key = Key::required("next", Holds::Step, "where to go then");

/// How something is said, and where to go then.
#[derive(Clone, Copy, Debug)]
pub struct Announcement {
    /// Whether a key stops it.
    pub barge_in: bool,
    /// Where to go then.
    pub next: StepId,
}

/// Being heard.
#[derive(Clone, Debug)]
pub struct Saying {
    guard: Instant,
}

impl Announcement {
    /// Reads the keys declared in this file.
    pub(super) fn read(step: &mut StepReader<'_, '_>) -> Option<Announcement> {
        let barge_in = step.flag(BARGE_IN.name);
        let next = step.target(NEXT.name)?;
        Some(Announcement { barge_in, next })
    }

    /// Whether the caller has typed ahead already and need not hear it.
    pub(super) fn is_skipped(&self, scene: &mut Scene<'_>) -> bool {
        let skipped = self.barge_in && !scene.caller.typed.is_empty();
        if skipped {
            scene.trace("skipped");
        }
        skipped
    }

    /// Says it; goes on at once where nothing of it is recorded.
    pub(super) fn say(&self, said: &[Spoken], scene: &mut Scene<'_>) -> Flow<Saying> {
        match scene.play(said) {
            true => Flow::Stay(Saying { guard: scene.playout_guard() }),
            false => Flow::Go(self.next),
        }
    }

    /// Something happened while it is heard.
    pub(super) fn handle(&self, saying: Saying, event: Event, scene: &mut Scene<'_>) -> Flow<Saying> {
        match event {
            Event::PlayDone => Flow::Go(self.next),
            Event::Digit(digit) if self.is_ended_by(digit, scene) => Flow::Go(self.next),
            _ => Flow::Stay(saying),
        }
    }

    /// Keeps a key for later; whether it ends the announcement.
    pub(super) fn is_ended_by(&self, digit: Digit, scene: &mut Scene<'_>) -> bool {
        scene.keep(digit);
        if self.barge_in {
            scene.trace("stopped by a key");
            scene.stop();
        }
        self.barge_in
    }

    /// Its end was never reported.
    pub(super) fn expire(&self, scene: &mut Scene<'_>) -> Flow<Saying> {
        scene.stop();
        Flow::Go(self.next)
    }
}

impl Saying {
    /// When to go on where the end is not reported.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        guard(self.guard)
    }
}
