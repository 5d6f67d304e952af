//! Sentences that nobody recorded: what has one in it plays once the voice has said it, or, where the voice
//! is late, with what is recorded in its place.

use super::Engine;
use crate::audio::{LibraryBuilder, Sound};
use crate::base::{CallKey, Clip, Instant, Now, PromptId};
use crate::dialplan::instead_of;
use crate::media::PlayKey;
use crate::node::Output;
use crate::node::journal::What;
use crate::speech::{LANGUAGE, Sentence};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How long callers wait for the voice.
const PATIENCE: Duration = Duration::from_millis(300);
/// Spoken sentences kept, the latest ones: each is up to 6 s long.
const KEPT: usize = 64;

/// What the voice says and has said.
#[derive(Default)]
pub(super) struct Spoken {
    /// Not answered yet.
    asked: BTreeSet<PromptId>,
    /// In the library, oldest first.
    kept: VecDeque<PromptId>,
}

/// A playout that waits for the voice. What follows or stops it changes the visit's `playing`: then it is void.
pub(super) struct HeldPlay {
    play: PlayKey,
    clips: Vec<Clip>,
    repeat: bool,
    /// When it is played all the same.
    pub(super) until: Instant,
}

impl Engine {
    /// Whether everything in it is recorded, or has been spoken.
    pub(super) fn is_whole(&self, clips: &[Clip]) -> bool {
        clips.iter().all(|clip| self.unspoken(clip).is_none())
    }

    /// Has the voice say what is missing, and plays then.
    pub(super) fn hold_play(
        &mut self,
        now: Now,
        key: CallKey,
        play: PlayKey,
        clips: Vec<Clip>,
        repeat: bool,
    ) {
        let missing: Vec<PromptId> = clips.iter().filter_map(|clip| self.unspoken(clip).cloned()).collect();
        for id in missing {
            if self.spoken.asked.insert(id.clone()) {
                self.outbox.push_back(Output::Speak { id });
            }
        }
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.held_play = Some(HeldPlay { play, clips, repeat, until: now.mono + PATIENCE });
            self.agenda.push_back(key);
        }
    }

    /// The voice has answered: what waited for nothing else plays.
    pub(super) fn on_spoken(&mut self, now: Now, id: &PromptId, sound: Option<Sound>) {
        if !self.spoken.asked.remove(id) {
            return;
        }
        if let Some(sound) = sound {
            self.gather_library(Some((id, sound)));
        }
        let waits = |clip: &Clip| self.unspoken(clip).is_some_and(|id| self.spoken.asked.contains(id));
        let held = self.visits.iter().filter_map(|(key, visit)| Some((*key, visit.held_play.as_ref()?)));
        let ready: Vec<CallKey> =
            held.filter(|(_, held)| !held.clips.iter().any(waits)).map(|(key, _)| key).collect();
        for key in ready {
            self.release_play(now, key);
        }
    }

    /// Plays what has waited long enough.
    pub(super) fn release_play_if_late(&mut self, now: Now, key: CallKey) {
        let held = self.visits.get(&key).and_then(|visit| visit.held_play.as_ref());
        if held.is_some_and(|held| held.until <= now.mono) {
            self.release_play(now, key);
        }
    }

    fn release_play(&mut self, now: Now, key: CallKey) {
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let Some(HeldPlay { play, clips, repeat, .. }) = visit.held_play.take() else { return };
        self.agenda.push_back(key);
        if visit.playing == Some(play) && visit.call.is_up() {
            let clips = clips.into_iter().flat_map(|clip| self.or_recorded(now, key, clip)).collect();
            self.start_play(now, key, play, clips, repeat);
        }
    }

    /// The clip, or what is recorded in its place.
    fn or_recorded(&mut self, now: Now, key: CallKey, clip: Clip) -> Vec<Clip> {
        let Some(id) = self.unspoken(&clip) else { return vec![clip] };
        let text = format!("{id}:{LANGUAGE} was not spoken in time: said with what is recorded");
        let recorded = instead_of(id).into_iter().map(|id| Clip::Prompt(id, LANGUAGE)).collect();
        self.journal(now, Some(key), What::Trouble { text });
        recorded
    }

    /// What a clip needs the voice for.
    fn unspoken<'a>(&self, clip: &'a Clip) -> Option<&'a PromptId> {
        let Clip::Prompt(id, LANGUAGE) = clip else { return None };
        let missing = self.config.speaks && self.library.sound(id, LANGUAGE).is_none();
        (missing && Sentence::of(id).is_some()).then_some(id)
    }

    /// Puts the library together anew: the plans' prompts, what was spoken lately, and this.
    pub(super) fn gather_library(&mut self, spoken: Option<(&PromptId, Sound)>) {
        let mut lately = LibraryBuilder::new();
        if spoken.is_some() && self.spoken.kept.len() == KEPT {
            self.spoken.kept.pop_front();
        }
        for id in &self.spoken.kept {
            lately.insert_from(&self.library, id, LANGUAGE);
        }
        if let Some((id, sound)) = spoken {
            lately.insert(id.clone(), LANGUAGE, sound);
            self.spoken.kept.push_back(id.clone());
        }
        self.library = match self.spoken.kept.is_empty() {
            true => Arc::clone(&self.recorded),
            false => Arc::new(self.recorded.and_what_only(&lately.build())),
        };
        self.outbox.push_back(Output::Library(Arc::clone(&self.library)));
    }
}
