//! The adaptive jitter buffer of a stream whose packets are translated: what arrives when it arrives becomes sound
//! that runs evenly, in order, with losses concealed (RFC 3550 6.4.1 measures what it undoes).
//!
//! ```text
//!           first packet              as long as lately needed           nothing left, 60 ms concealed
//!   Idle ---------------> Filling ---------------------------> Playing ----------------------------> Idle
//!                                                                 |  ^
//!                                   a packet that is late by more |  | all of it is said, later by what was
//!                                   than the buffer holds         +--+ concealed: the delay has grown
//! ```
//!
//! Delay is what it costs. It starts with what the packets of late were late by, grows when a packet comes later than
//! that, and shrinks by what nobody needed for [`WINDOW`]: a little at a time, faded, and at once where a pause in
//! speech can be made shorter. A sender whose clock is faster than ours makes it grow, which is the same as a delay
//! nobody needs; one whose clock is slower makes it run dry, which is the same as a late packet.
//!
//! Bounded: [`PACKETS`] packets, [`MOST`] of delay.

use super::lateness::{Lateness, MOST};
use super::listen::Place;
use super::sender::{is_before, is_before_seq};
use crate::audio::{Codec, Hearer, NoiseLevel};
use crate::base::Instant;
use std::collections::BTreeMap;
use std::time::Duration;

/// Packets held: half a second of the shortest.
const PACKETS: usize = 50;
/// Samples in a millisecond.
const PER_MS: usize = 8;
/// Samples that are made up where nothing comes before the talkspurt counts as over.
const CONCEALED: usize = 60 * PER_MS;
/// How long delay must have been unneeded before it is given up, in samples played.
const WINDOW: usize = 2_000 * PER_MS;
/// What is kept of unneeded delay: a timer's play.
const MARGIN: usize = 10 * PER_MS;
/// Samples given up at a time, and over which the seam is faded.
const CUT: usize = 5 * PER_MS;
/// A step of sequence numbers beyond which the source has begun anew.
const STEP: u16 = 1_000;
/// The longest pause within a talkspurt, in samples; a longer one begins another.
const PAUSE: usize = 500 * PER_MS;
/// How long announced silence is rendered without news of the far side, in samples.
const NOISE: usize = 60_000 * PER_MS;

/// A packet that waits for its turn.
#[derive(Debug)]
struct Held {
    place: Place,
    codec: Codec,
    payload: Vec<u8>,
}

#[derive(Debug)]
enum State {
    Idle,
    Filling { until: Instant },
    Playing { next_seq: u16, next_timestamp: u32, concealed: usize },
}

/// The buffer of one source's audio.
#[derive(Debug)]
pub(super) struct Jitter {
    state: State,
    hearer: Hearer,
    held: BTreeMap<u64, Held>,
    /// The last packet's source, its sequence number, and that counted without wrapping.
    newest: Option<(u32, u16, u64)>,
    /// Decoded, not yet played.
    samples: Vec<i16>,
    lateness: Lateness,
    /// The least that was left after playing, and samples played, since delay was last looked at.
    least_left: usize,
    played: usize,
    /// What the packets since then were late by at most.
    late: Duration,
    /// Samples that are to be given up, and that are to be made up so that later packets come in time.
    surplus: usize,
    shortage: usize,
    /// What silence sounds like, where the far side announced one, and how long it has been rendered.
    silence: Option<(NoiseLevel, usize)>,
}

impl Default for Jitter {
    fn default() -> Jitter {
        Jitter {
            state: State::Idle,
            hearer: Hearer::default(),
            held: BTreeMap::new(),
            newest: None,
            samples: Vec::new(),
            lateness: Lateness::default(),
            least_left: usize::MAX,
            played: 0,
            late: Duration::ZERO,
            surplus: 0,
            shortage: 0,
            silence: None,
        }
    }
}

impl Jitter {
    /// Takes a packet. What came before, or comes after its turn, is left out.
    pub(super) fn take(&mut self, now: Instant, place: Place, codec: Codec, payload: &[u8]) {
        if matches!(self.state, State::Playing { .. }) {
            self.silence = None;
        }
        let Some(number) = self.number(place) else { return };
        self.late = self.late.max(self.lateness.take(now, place));
        if self.is_played(place.seq) {
            return self.note_late(place);
        }
        if self.held.len() >= PACKETS {
            self.held.pop_first();
        }
        self.held.entry(number).or_insert_with(|| Held { place, codec, payload: payload.to_vec() });
        if matches!(self.state, State::Idle) {
            self.state = State::Filling { until: now + self.lateness.delay() };
        }
    }

    /// The far side announced silence, of this level.
    pub(super) fn announced(&mut self, level: Option<NoiseLevel>) {
        self.silence = level.map(|level| (level, 0));
    }

    /// Whether there is something to play, or will be.
    pub(super) fn is_speaking(&self) -> bool {
        !matches!(self.state, State::Idle) || self.silence.is_some()
    }

    /// Appends the next `count` samples; false where there are none now.
    pub(super) fn play(&mut self, now: Instant, count: usize, out: &mut Vec<i16>) -> bool {
        match self.state {
            State::Idle => self.play_silence(count, out),
            State::Filling { until } if until > now => self.play_silence(count, out),
            State::Filling { .. } => {
                self.begin();
                self.play_on(count, out);
                true
            }
            State::Playing { .. } => {
                self.play_on(count, out);
                true
            }
        }
    }

    /// Where a packet stands among all, counted without wrapping; none for a copy.
    fn number(&mut self, place: Place) -> Option<u64> {
        let known = self.newest.filter(|(ssrc, seq, _)| {
            let step = place.seq.wrapping_sub(*seq);
            *ssrc == place.ssrc && step.min(step.wrapping_neg()) <= STEP
        });
        let number = match known {
            Some((_, seq, number)) => {
                number.wrapping_add_signed(i64::from(place.seq.wrapping_sub(seq) as i16))
            }
            None => {
                self.restart();
                u64::from(u32::MAX)
            }
        };
        if known.is_none_or(|(_, _, newest)| number > newest) {
            self.newest = Some((place.ssrc, place.seq, number));
        }
        (!self.held.contains_key(&number)).then_some(number)
    }

    /// Another source: what was held of the last one is not waited for.
    fn restart(&mut self) {
        self.held.clear();
        self.lateness = Lateness::default();
        self.state = State::Idle;
    }

    fn is_played(&self, seq: u16) -> bool {
        match self.state {
            State::Playing { next_seq, .. } => is_before_seq(seq, next_seq),
            State::Idle | State::Filling { .. } => false,
        }
    }

    /// What came too late is lost; what comes after it shall not be.
    fn note_late(&mut self, place: Place) {
        let State::Playing { next_timestamp, .. } = self.state else { return };
        let behind = place.clock.samples(next_timestamp.wrapping_sub(place.timestamp));
        let wanted = behind.saturating_sub(self.samples.len()).min(CONCEALED);
        if self.left() + wanted <= samples_of(MOST) {
            self.shortage = self.shortage.max(wanted);
        }
    }

    /// The first packet's turn has come.
    fn begin(&mut self) {
        if let Some((_, first)) = self.held.first_key_value() {
            let Place { seq, timestamp, .. } = first.place;
            self.state = State::Playing { next_seq: seq, next_timestamp: timestamp, concealed: 0 };
            (self.surplus, self.shortage, self.silence) = (0, 0, None);
            self.look_anew();
        }
    }

    fn look_anew(&mut self) {
        (self.least_left, self.played, self.late) = (usize::MAX, 0, Duration::ZERO);
    }

    fn play_silence(&mut self, count: usize, out: &mut Vec<i16>) -> bool {
        let Some((level, rendered)) = self.silence else { return false };
        self.silence = (rendered < NOISE).then_some((level, rendered + count));
        self.hearer.silence(count, Some(level), out);
        true
    }

    fn play_on(&mut self, count: usize, out: &mut Vec<i16>) {
        if self.shortage > 0 {
            self.hearer.lost(std::mem::take(&mut self.shortage), None, &mut self.samples);
        }
        self.give_up_surplus(count);
        while self.samples.len() < count && self.decode_next() {}
        if self.samples.len() < count {
            self.make_up(count - self.samples.len());
        }
        out.extend(self.samples.drain(..count));
        self.watch_delay(count);
    }

    /// The next packet's samples, with what is missing before it; false where none is there.
    fn decode_next(&mut self) -> bool {
        let State::Playing { next_seq, next_timestamp, .. } = self.state else { return false };
        let Some((_, held)) = self.held.pop_first() else { return false };
        let Place { seq, timestamp, clock, .. } = held.place;
        let gap = match is_before(timestamp, next_timestamp) {
            true => 0,
            false => clock.samples(timestamp.wrapping_sub(next_timestamp)),
        };
        if gap <= PAUSE && gap > 0 {
            match seq == next_seq {
                true => self.pause(gap),
                false => self.hearer.lost(gap, Some((held.codec, &held.payload)), &mut self.samples),
            }
        }
        let from = self.samples.len();
        self.hearer.heard(held.codec, &held.payload, &mut self.samples);
        let end = held.place.end(self.samples.len() - from);
        self.state = State::Playing { next_seq: seq.wrapping_add(1), next_timestamp: end, concealed: 0 };
        true
    }

    /// A pause of the far side is as long as it made it, less what there is of unneeded delay.
    fn pause(&mut self, samples: usize) {
        let given_up = self.surplus.min(samples);
        self.surplus -= given_up;
        let level = self.silence.map(|(level, _)| level);
        self.hearer.silence(samples - given_up, level, &mut self.samples);
    }

    /// Nothing is there: it is late, or the talkspurt is over.
    fn make_up(&mut self, missing: usize) {
        let State::Playing { next_seq, next_timestamp, concealed } = self.state else { return };
        let concealed = concealed + missing;
        if concealed <= CONCEALED {
            self.state = State::Playing { next_seq, next_timestamp, concealed };
            return self.hearer.lost(missing, None, &mut self.samples);
        }
        self.state = State::Idle;
        let level = self.silence.map(|(level, _)| level);
        self.hearer.silence(missing, level, &mut self.samples);
    }

    /// Cuts a little out of what is to be played, its seam faded.
    fn give_up_surplus(&mut self, count: usize) {
        if self.surplus < CUT {
            return;
        }
        while self.samples.len() < count + 2 * CUT && self.decode_next() {}
        if self.samples.len() < count + 2 * CUT {
            return;
        }
        let after: Vec<i16> = self.samples.drain(CUT..2 * CUT).collect();
        for (at, (sample, later)) in self.samples.iter_mut().zip(&after).enumerate() {
            let weight = at as i32 + 1;
            let sum = i32::from(*sample) * (CUT as i32 - weight) + i32::from(*later) * weight;
            *sample = (sum / CUT as i32) as i16;
        }
        self.surplus -= CUT;
    }

    /// Notes what was left, which nobody needed; after a while so much is too much.
    fn watch_delay(&mut self, count: usize) {
        let mut left = self.left();
        while left > 2 * samples_of(MOST) && self.held.len() > 1 {
            self.skip_one();
            left = self.left();
        }
        self.least_left = self.least_left.min(left);
        self.played += count;
        if self.played >= WINDOW {
            let delay = self.least_left + samples_of(self.late);
            let wanted = samples_of(self.lateness.delay()) + MARGIN;
            self.surplus = delay.saturating_sub(wanted).min(self.least_left);
            self.look_anew();
        }
    }

    /// So much came at once that its beginning is not played.
    fn skip_one(&mut self) {
        self.held.pop_first();
        if let Some((_, first)) = self.held.first_key_value() {
            let Place { seq, timestamp, .. } = first.place;
            self.state = State::Playing { next_seq: seq, next_timestamp: timestamp, concealed: 0 };
        }
    }

    /// Samples between what was played and the newest packet's end.
    fn left(&self) -> usize {
        let State::Playing { next_timestamp, .. } = self.state else { return 0 };
        let newest = self.held.last_key_value().map(|(_, held)| {
            let ahead = held.place.timestamp.wrapping_sub(next_timestamp) as i32;
            held.place.clock.samples(ahead.max(0) as u32) + held.codec.samples_in(&held.payload)
        });
        self.samples.len() + newest.unwrap_or_default()
    }
}

fn samples_of(time: Duration) -> usize {
    (time.as_micros() as usize) * PER_MS / 1_000
}

#[cfg(test)]
mod tests;
