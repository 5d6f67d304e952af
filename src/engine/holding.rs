//! A desk that holds its caller: music for the caller, who would hear nothing else.

use super::for_plan::clip_name;
use super::{Engine, border};
use crate::base::{CallKey, Clip, Now, PromptId};
use crate::media;
use crate::node::journal::What;

/// The prompt that is the music.
pub const HOLD_MUSIC: &str = "music-on-hold";

impl Engine {
    /// Follows the desk's description: held callers hear music in place of the bridge, others the desk. So do
    /// callers whom the desk has referred elsewhere, until somebody answers there.
    pub(super) fn hold_caller(&mut self, now: Now, key: CallKey) {
        let Some(visit) = self.visits.get(&key) else { return };
        let desk = visit.call.peer(visit.call.caller());
        let is_held = desk.is_some_and(|desk| border::sdp::is_held(visit, desk));
        match is_held || visit.call.onward().is_some() {
            true => self.start_hold_music(now, key),
            false => self.stop_hold_music(now, key),
        }
    }

    fn start_hold_music(&mut self, now: Now, key: CallKey) {
        let play = self.new_play();
        let Some(visit) = self.visits.get_mut(&key).filter(|v| !v.hold_music) else { return };
        let (leg, language) = (visit.call.caller(), visit.language());
        let music = PromptId::new(HOLD_MUSIC);
        let clip = match self.library.sound(&music, language) {
            Some(_) => Clip::Prompt(music, language),
            // Whoever is held may be spoken to all the same; whoever waits for somebody new may not.
            None if visit.call.onward().is_some() => Clip::Ringback,
            None => return,
        };
        visit.hold_music = true;
        self.journal(now, Some(key), What::Plays { clips: clip_name(&clip).into_iter().collect() });
        let clips = vec![clip];
        self.command_media(key, media::Command::Play { leg, play, clips, repeat: true });
    }

    /// Harmless where none plays.
    pub(super) fn stop_hold_music(&mut self, now: Now, key: CallKey) {
        let Some(visit) = self.visits.get_mut(&key).filter(|v| v.hold_music) else { return };
        visit.hold_music = false;
        let leg = visit.call.caller();
        self.journal(now, Some(key), What::PlayStopped);
        self.command_media(key, media::Command::Stop { leg });
    }
}
