//! Recordings of callers: asked of the media plane, and what becomes of them put into the case.
//!
//! A call whose recording is still on its way to the disk is not gone: its case has yet to name the file.

use super::Engine;
use crate::base::{CallKey, Now, RecordingLimits};
use crate::case::{self, By};
use crate::media::{Command, RecordingKey};
use crate::node::journal::What;
use crate::node::{Kept, Recorded};
use crate::{dialplan, media};

impl Engine {
    pub(super) fn record(&mut self, key: CallKey, limits: RecordingLimits) {
        let Some(visit) = self.visits.get_mut(&key).filter(|v| v.call.is_up()) else { return };
        self.next_recording += 1;
        let recording = RecordingKey(self.next_recording);
        visit.recordings += 1;
        visit.recording = Some(recording);
        let (leg, name) = (visit.call.caller(), format!("{}-{}", visit.record.call_id, visit.recordings));
        self.recordings.insert(recording, key);
        self.command_media(key, Command::Record { leg, recording, name, limits });
    }

    pub(super) fn stop_recording(&mut self, key: CallKey) {
        let Some(visit) = self.visits.get(&key) else { return };
        let leg = visit.call.caller();
        self.command_media(key, media::Command::StopRecording { leg });
    }

    pub(super) fn recording_ended(&mut self, now: Now, recording: RecordingKey) {
        let Some(key) = self.recordings.get(&recording).copied() else { return };
        if self.visits.get(&key).is_some_and(|v| v.recording == Some(recording)) {
            self.tell_plan(now, key, dialplan::Event::RecordingEnded);
        }
    }

    /// The case first, then the plan: whoever is thanked has left a message.
    pub(super) fn on_recorded(&mut self, now: Now, Recorded { recording, result }: Recorded) {
        let Some(key) = self.recordings.remove(&recording) else { return };
        let recorded = self.keep_recording(now, key, result);
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let is_waited_for = visit.recording.take_if(|waited| *waited == recording).is_some();
        let was_gone = std::mem::take(&mut visit.is_gone);
        self.agenda.push_back(key);
        if is_waited_for {
            self.tell_plan(now, key, dialplan::Event::Recorded(recorded));
        }
        if was_gone {
            self.gone(now, key);
        }
    }

    /// Whether a recording of this call is still to be kept.
    pub(super) fn is_being_kept(&self, key: CallKey) -> bool {
        self.recordings.values().any(|call| *call == key)
    }

    fn keep_recording(
        &mut self,
        now: Now,
        key: CallKey,
        result: Result<Option<Kept>, String>,
    ) -> dialplan::Recorded {
        match result {
            Ok(Some(Kept { file, length })) => {
                let seconds = u32::try_from(length.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
                if let Some(visit) = self.visits.get_mut(&key) {
                    visit.note(now, By::Caller, case::Event::VoicemailLeft { file: file.clone(), seconds });
                }
                self.journal(now, Some(key), What::Recorded { file, seconds });
                dialplan::Recorded::Kept { seconds }
            }
            Ok(None) => dialplan::Recorded::Nothing,
            Err(why) => {
                self.journal(now, Some(key), What::Trouble { text: format!("a recording is lost: {why}") });
                dialplan::Recorded::Lost
            }
        }
    }
}
