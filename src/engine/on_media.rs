//! What the media plane tells, passed to the room it concerns.

use super::Engine;
use crate::base::{Digit, EndCause, LegKey, Now};
use crate::call::PartyAudio;
use crate::media::{DigitSource, Event, Failure, StreamReport};
use crate::node::journal::What;
use crate::{call, dialplan, media};
use std::time::Duration;

/// How long a key is pressed for the far side where nobody said how long.
const PRESSED: Duration = Duration::from_millis(100);

impl Engine {
    pub(super) fn on_media(&mut self, now: Now, event: Event) {
        match event {
            Event::Digit { leg, digit, source } => self.digit(now, leg, digit, source),
            Event::PlayDone { leg, play } => {
                let current =
                    self.visit_of(leg).filter(|v| v.call.caller() == leg && v.playing == Some(play));
                if let Some(key) = current.map(|v| v.key()) {
                    self.tell_plan(now, key, dialplan::Event::PlayDone);
                }
            }
            Event::MissingClip { leg, clip } => {
                self.trouble(now, leg, format!("no audio for {clip:?}: skipped"));
            }
            Event::Learned { leg, remote } => {
                self.trouble(
                    now,
                    leg,
                    format!("audio comes from {remote}, not from where SDP says: sent there"),
                );
            }
            Event::Lost { leg } => self.audio_lost(now, leg),
            Event::NoKeys { leg, why } => self.no_keys(now, leg, why),
            Event::Broken { leg } => {
                self.trouble(now, leg, "a stream broke: its call is ended".into());
                if let Some(key) = self.legs.get(&leg).copied() {
                    self.end_call(key, EndCause::Broken);
                }
            }
            Event::RecordingEnded { recording, .. } => self.recording_ended(now, recording),
            Event::Closed { leg, report } => self.stream_closed(now, leg, report),
        }
    }

    /// Only the caller's keys drive the plan. The bridge passes keys on that are in the audio's
    /// packets; those told by signalling are pressed again on the other side.
    fn digit(&mut self, now: Now, leg: LegKey, digit: Digit, source: DigitSource) {
        if source == DigitSource::Info {
            self.press_for_peer(leg, digit);
        }
        let pins = self.config.takes_pins;
        let Some(visit) = self.visit_of(leg).filter(|v| v.call.caller() == leg) else { return };
        visit.record.digits += 1;
        let key = visit.key();
        // What is pressed to a person at the desk is theirs alone: it may be a card's number.
        let secret = visit.plan.takes_secrets(pins) || visit.call.is_connected();
        self.journal(now, Some(key), What::Digit { digit: (!secret).then_some(digit), source });
        self.tell_plan(now, key, dialplan::Event::Digit(digit));
    }

    fn press_for_peer(&mut self, leg: LegKey, digit: Digit) {
        let Some(visit) = self.visit_of(leg) else { return };
        let (key, peer) = (visit.key(), visit.call.peer(leg));
        if let Some(leg) = peer {
            let digits = vec![digit];
            self.command_media(key, media::Command::PressKeys { leg, digits, hold: PRESSED, inband: false });
        }
    }

    /// A party's machine, or the way to it, is dead: nobody waits for its goodbye.
    fn audio_lost(&mut self, now: Now, leg: LegKey) {
        let Some(visit) = self.visit_of(leg) else { return };
        let whose = if visit.call.caller() == leg { "caller" } else { "desk" };
        self.trouble(now, leg, format!("no audio arrives from the {whose} any more"));
        self.tell_call(leg, call::Event::MediaLost(leg));
    }

    /// Nothing can be said to a party, nor heard of it.
    fn no_keys(&mut self, now: Now, leg: LegKey, why: Failure) {
        let Some(visit) = self.visit_of(leg) else { return };
        let whose = if visit.call.caller() == leg { "caller" } else { "desk" };
        let why = match why {
            Failure::WrongCertificate => "its certificate is not the one that its description names",
            Failure::NotAgreed => "the DTLS handshake failed",
            Failure::TooLate => "the DTLS handshake did not come to its end",
        };
        self.trouble(now, leg, format!("no keys for the audio of the {whose}: {why}"));
        self.tell_call(leg, call::Event::MediaLost(leg));
    }

    fn stream_closed(&mut self, now: Now, leg: LegKey, report: StreamReport) {
        if let Some(visit) = self.visit_of(leg) {
            let target = visit.audio.get(&leg).and_then(|audio| audio.target.clone());
            let quality = report.quality();
            visit.record.audio.extend(quality.map(|quality| PartyAudio { target, quality }));
        }
        if let Some(key) = self.legs.get(&leg).copied() {
            self.journal(now, Some(key), What::Stream { leg, report });
        }
        self.tell_call(leg, call::Event::MediaClosed(leg));
    }

    pub(super) fn trouble(&mut self, now: Now, leg: LegKey, text: String) {
        let call = self.legs.get(&leg).copied();
        self.journal(now, call, What::Trouble { text });
    }
}
