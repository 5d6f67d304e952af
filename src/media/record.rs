//! The recording of one stream: what is heard, in order, until silence, a length or somebody ends it.
//!
//! Time goes by the clock, so that a far side which sends nothing while nobody speaks is silent too.

use super::listen::{Listener, Place};
use super::outbox::Outbox;
use super::{RecordingKey, Take};
use crate::audio::{Codec, NoiseLevel, SAMPLE_RATE_HZ};
use crate::base::{Instant, RecordingLimits};
use std::time::Duration;

/// Samples looked at together: 20 ms.
const FRAME: usize = 160;
/// The effective value above which a frame is loud: -45 dBFS, between a room's noise and a low voice.
const LOUD: i64 = 184;
/// Samples handed on together: 200 ms.
const BLOCK: usize = 1_600;

/// A recording in progress.
#[derive(Debug)]
pub(super) struct Recorder {
    pub(super) recording: RecordingKey,
    limits: RecordingLimits,
    began: Instant,
    voiced_at: Instant,
    listener: Listener,
    block: Vec<i16>,
    /// Samples heard in all.
    heard: usize,
    /// Samples up to the end of the last voice.
    voiced: usize,
    was_loud: bool,
}

impl Recorder {
    /// Begins now; what is heard belongs to this name.
    pub(super) fn begin(
        now: Instant,
        recording: RecordingKey,
        name: String,
        limits: RecordingLimits,
        outbox: &mut Outbox,
    ) -> Recorder {
        outbox.recorded(Take::Begin { recording, name });
        Recorder {
            recording,
            limits,
            began: now,
            voiced_at: now,
            listener: Listener::concealing(),
            block: Vec::new(),
            heard: 0,
            voiced: 0,
            was_loud: false,
        }
    }

    /// The far side announced silence, of this level.
    pub(super) fn announced(&mut self, level: Option<NoiseLevel>) {
        self.listener.announced(level);
    }

    /// Takes a packet.
    pub(super) fn take(
        &mut self,
        now: Instant,
        place: Place,
        codec: Codec,
        payload: &[u8],
        outbox: &mut Outbox,
    ) {
        let mut ordered = Vec::new();
        self.listener.take(now, place, codec, payload, &mut ordered);
        self.append(now, &ordered, outbox);
    }

    /// When it has ended by itself, as things are.
    pub(super) fn ends_at(&self) -> Instant {
        (self.began + self.limits.most).min(self.voiced_at + self.limits.silence)
    }

    /// Ends it. What is long enough is to be kept.
    pub(super) fn end(mut self, now: Instant, outbox: &mut Outbox) {
        let mut rest = Vec::new();
        self.listener.flush(now, &mut rest);
        self.append(now, &rest, outbox);
        self.hand_on(outbox);
        let keep = self.voiced > 0 && self.voiced >= samples_of(self.limits.least);
        outbox.recorded(Take::End { recording: self.recording, keep, complete: true });
    }

    fn append(&mut self, now: Instant, samples: &[i16], outbox: &mut Outbox) {
        let room = samples_of(self.limits.most).saturating_sub(self.heard);
        for frame in samples.get(..room.min(samples.len())).unwrap_or_default().chunks(FRAME) {
            self.heard += frame.len();
            let loud = is_loud(frame);
            // One loud frame alone is a click.
            if loud && self.was_loud {
                (self.voiced, self.voiced_at) = (self.heard, now);
            }
            self.was_loud = loud;
            self.block.extend_from_slice(frame);
        }
        if self.block.len() >= BLOCK {
            self.hand_on(outbox);
        }
    }

    fn hand_on(&mut self, outbox: &mut Outbox) {
        if !self.block.is_empty() {
            let samples = std::mem::take(&mut self.block);
            outbox.recorded(Take::Samples { recording: self.recording, samples });
        }
    }
}

fn is_loud(frame: &[i16]) -> bool {
    let energy: i64 = frame.iter().map(|s| i64::from(*s) * i64::from(*s)).sum();
    energy > LOUD * LOUD * frame.len() as i64
}

fn samples_of(length: Duration) -> usize {
    (length.as_millis() * u128::from(SAMPLE_RATE_HZ) / 1_000) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Output;
    use crate::media::clock::Clock;

    const VOICE: i16 = 2_000;
    const LIMITS: RecordingLimits = RecordingLimits {
        most: Duration::from_secs(10),
        silence: Duration::from_secs(2),
        least: Duration::from_secs(1),
    };

    /// A level as it is heard: coded and decoded.
    fn heard(level: i16) -> i16 {
        let (mut payload, mut samples) = (Vec::new(), Vec::new());
        Codec::Pcmu.encode(&[level], &mut payload);
        Codec::Pcmu.decode(&payload, &mut samples);
        samples[0]
    }

    /// A recording, and the packets' clock: one every 20 ms.
    struct Session {
        recorder: Recorder,
        outbox: Outbox,
        packet: u16,
        paused: u16,
    }

    impl Session {
        fn new() -> Session {
            let mut outbox = Outbox::default();
            let recorder = Recorder::begin(Instant::ZERO, RecordingKey(1), "a-1".into(), LIMITS, &mut outbox);
            Session { recorder, outbox, packet: 0, paused: 0 }
        }

        fn now(&self) -> Instant {
            Instant::from_millis(u64::from(self.packet) * 20)
        }

        fn hears(mut self, level: i16, packets: u16) -> Session {
            for _ in 0..packets {
                let (seq, timestamp) = (self.packet - self.paused, u32::from(self.packet) * 160);
                let place = Place { ssrc: 7, seq, timestamp, clock: Clock::default() };
                let now = self.now();
                let mut payload = Vec::new();
                Codec::Pcmu.encode(&[level; FRAME], &mut payload);
                self.recorder.take(now, place, Codec::Pcmu, &payload, &mut self.outbox);
                self.packet += 1;
            }
            self
        }

        /// A far side that sends nothing while it is silent.
        fn pauses(mut self, packets: u16) -> Session {
            self.packet += packets;
            self.paused += packets;
            self
        }

        /// The samples, and whether they are to be kept.
        fn end(mut self) -> (Vec<i16>, bool) {
            let now = self.now();
            self.recorder.end(now, &mut self.outbox);
            let (mut all, mut kept) = (Vec::new(), None);
            while let Some(Output::Take(take)) = self.outbox.pop() {
                match take {
                    Take::Begin { name, .. } => assert_eq!(name, "a-1"),
                    Take::Samples { samples, .. } => all.extend(samples),
                    Take::End { keep, complete, .. } => kept = Some(keep && complete),
                }
            }
            (all, kept.expect("an end"))
        }
    }

    #[test]
    fn what_is_said_is_handed_on_whole_and_in_order() {
        let (samples, keep) = Session::new().hears(VOICE, 60).hears(VOICE / 2, 40).end();
        assert_eq!((samples.len(), keep), (16_000, true));
        assert!(
            samples[..9_600].iter().all(|s| *s == heard(VOICE))
                && samples[9_600..].iter().all(|s| *s == heard(VOICE / 2))
        );
    }

    #[test]
    fn a_pause_without_packets_is_silence_in_the_recording() {
        let (samples, _) = Session::new().hears(VOICE, 50).pauses(50).hears(VOICE, 50).end();
        assert_eq!(samples.len(), 24_000);
        assert!(samples[8_000..16_000].iter().all(|s| *s == 0));
    }

    #[test]
    fn silence_ends_it_from_the_last_voice_on() {
        let at = Instant::from_millis;
        assert_eq!(Session::new().recorder.ends_at(), at(2_000));
        let spoken = Session::new().hears(VOICE, 50);
        assert_eq!(spoken.recorder.ends_at(), at(980 + 2_000));
        let quiet = spoken.hears(10, 50);
        assert_eq!(quiet.recorder.ends_at(), at(980 + 2_000), "a room's noise is silence");
        let click = quiet.hears(20_000, 1).hears(10, 1);
        assert_eq!(click.recorder.ends_at(), at(980 + 2_000), "a click is no voice");
        assert_eq!(click.hears(VOICE, 400).recorder.ends_at(), at(10_000), "the longest message");
    }

    #[test]
    fn what_is_too_short_or_has_no_voice_is_not_kept() {
        assert!(!Session::new().end().1);
        assert!(!Session::new().hears(VOICE, 40).hears(10, 100).end().1, "0.8 s of voice");
        assert!(!Session::new().hears(10, 400).end().1, "a room's noise");
        assert!(Session::new().hears(10, 20).hears(VOICE, 40).end().1, "1.2 s up to the last voice");
    }

    #[test]
    fn nothing_is_recorded_past_the_longest_message() {
        assert_eq!(Session::new().hears(VOICE, 600).end().0.len(), 80_000);
    }
}
