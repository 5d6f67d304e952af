//! Key presses in a stream's audio: packets in order to the detector, its findings as signs of presses.

use super::dtmf::Sign;
use super::listen::Place;
use super::sender::is_before;
use crate::audio::goertzel::{Detector, KeyTone};

/// Samples of silence that a gap is heard as at most: enough to end any press.
const LONGEST_GAP: usize = 800;

/// The ear for tones on one stream.
#[derive(Clone, Debug, Default)]
pub(super) struct ToneEar {
    detector: Detector,
    ssrc: Option<u32>,
    next_timestamp: u32,
}

impl ToneEar {
    /// Hears a packet. Lost packets are silence, which the detector bridges where they are few;
    /// overtaken ones are left out.
    pub(super) fn take(&mut self, place: Place, samples: &[i16]) -> Vec<Sign> {
        let same = self.ssrc == Some(place.ssrc);
        let behind = place.clock.samples(self.next_timestamp.wrapping_sub(place.timestamp));
        if same && is_before(place.timestamp, self.next_timestamp) && behind <= LONGEST_GAP {
            return Vec::new();
        }
        let mut signs = Vec::new();
        if self.ssrc.is_some() {
            let ahead = place.clock.samples(place.timestamp.wrapping_sub(self.next_timestamp));
            let gap = if same { ahead.min(LONGEST_GAP) } else { LONGEST_GAP };
            self.feed(&[0; LONGEST_GAP][..gap], &mut signs);
        }
        (self.ssrc, self.next_timestamp) = (Some(place.ssrc), place.end(samples.len()));
        self.feed(samples, &mut signs);
        if signs.is_empty() {
            signs.extend(self.detector.held().map(Sign::Held));
        }
        signs
    }

    fn feed(&mut self, samples: &[i16], signs: &mut Vec<Sign>) {
        let heard = self.detector.feed(samples).into_iter();
        signs.extend(heard.map(|tone| match tone {
            KeyTone::Down(digit) => Sign::Pressed(digit),
            KeyTone::Up(digit) => Sign::Released(digit),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::tone;
    use crate::base::Digit;
    use crate::media::clock::Clock;
    use std::time::Duration;

    fn place(ssrc: u32, timestamp: u32) -> Place {
        Place { ssrc, seq: 0, timestamp, clock: Clock::default() }
    }

    /// The keys heard when these packets of a 100 ms press, a 100 ms pause and another press arrive.
    fn heard(arriving: impl Fn(usize) -> bool) -> String {
        let key = tone::key(Digit::from_char('8').unwrap(), Duration::from_millis(100));
        let pause = [0i16; 800];
        let line = [&key.samples[..], &pause, &key.samples[..], &pause].concat();
        let mut ear = ToneEar::default();
        let mut keys = String::new();
        for (n, packet) in line.chunks(160).enumerate().filter(|(n, _)| arriving(*n)) {
            for sign in ear.take(place(1, (n * 160) as u32), packet) {
                if let Sign::Pressed(digit) = sign {
                    keys.push(digit.as_char());
                }
            }
        }
        keys
    }

    #[test]
    fn two_presses_are_two_whether_the_pause_between_arrives_or_is_suppressed() {
        assert_eq!(heard(|_| true), "88");
        assert_eq!(heard(|n| !(5..10).contains(&n)), "88");
    }

    #[test]
    fn a_jump_back_or_another_source_is_heard_anew() {
        let key = tone::key(Digit::from_char('8').unwrap(), Duration::from_millis(100));
        let mut ear = ToneEar::default();
        for (ssrc, timestamp) in [(1, 1_000_000), (1, 0), (2, 0)] {
            let signs = ear.take(place(ssrc, timestamp), &key.samples);
            assert!(signs.contains(&Sign::Pressed(Digit::from_char('8').unwrap())), "{signs:?}");
            assert!(ear.take(place(ssrc, timestamp), &key.samples).is_empty(), "overtaken");
        }
    }
}
