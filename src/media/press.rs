//! Pressing keys towards the far side: telephone-events (RFC 4733 2.5) or tones in the audio.
//!
//! ```text
//!   Idle -- key queued --> Down -- held long enough --> Gap -- long enough --> Idle
//! ```

use super::clock::Clock;
use crate::audio::{Sound, tone};
use crate::base::Digit;
use crate::rtp::TelephoneEvent;
use std::collections::VecDeque;
use std::time::Duration;

/// Keys waiting to be pressed; more are not taken.
const QUEUED_KEYS: usize = 64;
/// Shortest press and shortest gap: less is not reliably told apart (ITU-T Q.24).
const SHORTEST: Duration = Duration::from_millis(50);
/// Longest press as a tone. As an event it is as long as the duration field's 16 bits of its clock allow.
const LONGEST: Duration = Duration::from_millis(8000);
/// Copies of the packet that ends an event (RFC 4733 2.5.1.4).
pub(super) const END_COPIES: u32 = 3;
/// Level of an event, in -dBm0: what telephones send.
const VOLUME: u8 = 10;

#[derive(Clone, Copy, Debug)]
struct Key {
    digit: Digit,
    hold: Duration,
    /// Asked for as a tone even where events are agreed.
    inband: bool,
}

#[derive(Clone, Debug)]
enum State {
    Idle,
    Down { key: Key, elapsed: Duration, form: Form },
    Gap { left: Duration, tone: bool },
}

/// How a key that is down is sent.
#[derive(Clone, Debug)]
enum Form {
    /// Counted by this clock, with this timestamp once the first packet has left.
    Event(Clock, Option<u32>),
    Tone(Sound),
}

impl Key {
    fn form(self, events: Option<Clock>) -> Form {
        match events.filter(|_| !self.inband) {
            Some(clock) => Form::Event(clock, None),
            None => Form::Tone(tone::key(self.digit, self.hold)),
        }
    }
}

impl Form {
    /// Whether an event's duration would not fit its field one packet later.
    fn is_full_after(&self, elapsed: Duration, ptime: Duration) -> bool {
        match self {
            Form::Event(clock, _) => u16::try_from(clock.ticks(elapsed + ptime)).is_err(),
            Form::Tone(_) => false,
        }
    }
}

/// What goes into the packet of one tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Emission {
    /// Nothing of ours: audio goes its way.
    Nothing,
    /// Silence that keeps two tones apart.
    Silence,
    /// Tone of a key, from this sample on.
    Tone { sound: Sound, from: usize },
    /// A telephone-event packet; `timestamp` is the press's, `None` in its first packet.
    Event { event: TelephoneEvent, timestamp: Option<u32> },
}

/// The keys a stream presses.
#[derive(Clone, Debug)]
pub(super) struct Pressing {
    queue: VecDeque<Key>,
    state: State,
}

impl Pressing {
    pub(super) fn new() -> Self {
        Pressing { queue: VecDeque::new(), state: State::Idle }
    }

    /// Queues keys; `inband` presses them in the audio whatever was agreed.
    pub(super) fn push(&mut self, digits: &[Digit], hold: Duration, inband: bool) {
        let hold = hold.clamp(SHORTEST, LONGEST);
        let room = QUEUED_KEYS.saturating_sub(self.queue.len());
        self.queue.extend(digits.iter().take(room).map(|d| Key { digit: *d, hold, inband }));
    }

    /// Whether nothing is left to press.
    pub(super) fn is_finished(&self) -> bool {
        self.queue.is_empty() && matches!(self.state, State::Idle)
    }

    /// Moves on by one packet. A key takes the form that is agreed when its press begins: an event counted by this
    /// clock, or without one a tone.
    pub(super) fn tick(&mut self, ptime: Duration, events: Option<Clock>) -> Emission {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => match self.queue.pop_front() {
                Some(key) => self.down(key, Duration::ZERO, key.form(events), ptime),
                None => Emission::Nothing,
            },
            State::Down { key, elapsed, form } => self.down(key, elapsed, form, ptime),
            State::Gap { left, tone } => self.gap(left, tone, ptime),
        }
    }

    /// The timestamp that the first event packet of the press left with.
    pub(super) fn started(&mut self, at: u32) {
        if let State::Down { form: Form::Event(_, timestamp), .. } = &mut self.state {
            *timestamp = Some(at);
        }
    }

    fn down(&mut self, key: Key, before: Duration, form: Form, ptime: Duration) -> Emission {
        let elapsed = before + ptime;
        let end = elapsed >= key.hold || form.is_full_after(elapsed, ptime);
        let emission = match &form {
            Form::Tone(sound) => {
                let from = Clock::default().ticks(before) as usize;
                Emission::Tone { sound: sound.clone(), from }
            }
            Form::Event(clock, timestamp) => {
                let duration = u16::try_from(clock.ticks(elapsed)).unwrap_or(u16::MAX);
                let event = TelephoneEvent { event: key.digit.event(), end, volume: VOLUME, duration };
                Emission::Event { event, timestamp: *timestamp }
            }
        };
        self.state = if end {
            State::Gap { left: key.hold, tone: matches!(form, Form::Tone(_)) }
        } else {
            State::Down { key, elapsed, form }
        };
        emission
    }

    fn gap(&mut self, left: Duration, tone: bool, ptime: Duration) -> Emission {
        let left = left.saturating_sub(ptime);
        self.state = if left.is_zero() { State::Idle } else { State::Gap { left, tone } };
        if tone { Emission::Silence } else { Emission::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PTIME: Duration = Duration::from_millis(20);

    fn ticks(pressing: &mut Pressing, clock: Clock) -> Vec<Emission> {
        let mut all = Vec::new();
        while !pressing.is_finished() {
            all.push(pressing.tick(PTIME, Some(clock)));
            assert!(all.len() < 10_000);
        }
        all
    }

    /// Event, duration and whether it ended, of each packet.
    fn events(pressing: &mut Pressing, clock: Clock) -> Vec<(u8, u16, bool)> {
        let event = |e| if let Emission::Event { event, .. } = e { Some(event) } else { None };
        let events = ticks(pressing, clock).into_iter().filter_map(event);
        events.map(|e| (e.event, e.duration, e.end)).collect()
    }

    #[test]
    fn an_event_grows_by_a_packet_a_tick_and_ends_when_held_long_enough() {
        let mut pressing = Pressing::new();
        pressing.push(&[Digit::from_char('#').unwrap()], Duration::from_millis(100), false);
        let expected = [(160, false), (320, false), (480, false), (640, false), (800, true)];
        let seen = events(&mut pressing, Clock::default());
        assert_eq!(seen, expected.map(|(duration, end)| (11, duration, end)));
    }

    #[test]
    fn beside_opus_an_event_counts_by_48_khz_and_ends_before_its_field_is_full() {
        let (mut pressing, wide) = (Pressing::new(), Clock::of_hz(48_000));
        let key = [Digit::from_char('1').unwrap()];
        pressing.push(&key, Duration::from_millis(60), false);
        assert_eq!(events(&mut pressing, wide), [(1, 960, false), (1, 1_920, false), (1, 2_880, true)]);
        pressing.push(&key, Duration::from_secs(8), false);
        let seen = events(&mut pressing, wide);
        assert_eq!((seen.len(), seen.last()), (68, Some(&(1, 68 * 960, true))));
    }

    #[test]
    fn a_gap_of_at_least_fifty_milliseconds_keeps_keys_apart() {
        let mut pressing = Pressing::new();
        let keys = ['1', '1'].map(|c| Digit::from_char(c).unwrap());
        pressing.push(&keys, Duration::from_millis(1), true);
        let shape: String = ticks(&mut pressing, Clock::default())
            .into_iter()
            .map(|e| if matches!(e, Emission::Tone { .. }) { 'T' } else { '.' })
            .collect();
        assert_eq!(shape, "TTT...TTT...");
    }

    #[test]
    fn ten_thousand_keys_are_not_kept() {
        let mut pressing = Pressing::new();
        pressing.push(&[Digit::from_char('1').unwrap(); 10_000], Duration::from_millis(50), false);
        assert_eq!(pressing.queue.len(), QUEUED_KEYS);
    }
}
