//! One key press is one digit, however many of the three forms show it.
//!
//! The rule. Every form (telephone-event, SIP INFO, in-band tones) by itself tells presses apart.
//! The n-th sign of a key in one form is taken for the same press as the n-th sign of that key in
//! another, as long as it comes within a window of the press; so what is reported is the largest
//! count that any single form saw. In detail, a sign of key K in form F is
//!
//! 1. the oldest recent press of K that F has not shown yet and that is still within F's window;
//! 2. else, for a tone, the press whose telephone-event says that K is held right now (a tone that
//!    breaks up is no second press);
//! 3. else a new press, reported at once.
//!
//! Windows count from the last moment at which the press was seen held: [`AUDIO_WINDOW`] between
//! the two forms that travel with the audio, [`INFO_WINDOW`] wherever SIP INFO is one of the two,
//! because INFO is sent when the key is released and takes the way through the proxies.

use super::DigitSource;
use crate::base::{Digit, Instant};
use std::collections::VecDeque;
use std::time::Duration;

/// How far telephone-event and tones of one press may lie apart: detection takes some frames, and
/// gateways delay one against the other.
pub(super) const AUDIO_WINDOW: Duration = Duration::from_millis(250);
/// How far SIP INFO may lie from the release of the key.
pub(super) const INFO_WINDOW: Duration = Duration::from_millis(1200);
/// A telephone-event that has not been heard of for this long is no longer held.
const HELD_WITHOUT_NEWS: Duration = Duration::from_millis(100);
/// Presses remembered: more than fingers manage within the windows.
const REMEMBERED: usize = 32;

/// A press that was reported, and which forms have shown it.
#[derive(Clone, Debug)]
struct Press {
    digit: Digit,
    shown: Forms,
    last_active: Instant,
    /// Last news of a telephone-event that has not ended.
    event_held: Option<Instant>,
}

/// A set of forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Forms(u8);

impl Forms {
    fn bit(form: DigitSource) -> u8 {
        match form {
            DigitSource::TelephoneEvent => 1,
            DigitSource::Info => 2,
            DigitSource::Inband => 4,
        }
    }

    fn has(self, form: DigitSource) -> bool {
        self.0 & Forms::bit(form) != 0
    }

    fn with(self, form: DigitSource) -> Forms {
        Forms(self.0 | Forms::bit(form))
    }
}

/// The recent presses of one stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Presses(VecDeque<Press>);

impl Presses {
    /// Takes the first sign of a press in one form; true where it is a digit to report.
    pub(super) fn sign(&mut self, now: Instant, digit: Digit, form: DigitSource) -> bool {
        self.forget_old(now);
        if let Some(press) = self.0.iter_mut().find(|p| p.is_shown_late(now, digit, form)) {
            press.shown = press.shown.with(form);
            press.note(now, form);
            return false;
        }
        if form == DigitSource::Inband && self.0.iter().any(|p| p.digit == digit && p.is_held(now)) {
            return false;
        }
        self.add(now, digit, form);
        true
    }

    /// The key of this form's latest press is still down: its windows move on.
    pub(super) fn held(&mut self, now: Instant, digit: Digit, form: DigitSource) {
        if let Some(press) = self.latest(digit, form) {
            press.note(now, form);
        }
    }

    /// The key of this form's latest press was released.
    pub(super) fn released(&mut self, now: Instant, digit: Digit, form: DigitSource) {
        if let Some(press) = self.latest(digit, form) {
            press.last_active = now;
            if form == DigitSource::TelephoneEvent {
                press.event_held = None;
            }
        }
    }

    fn latest(&mut self, digit: Digit, form: DigitSource) -> Option<&mut Press> {
        self.0.iter_mut().rev().find(|p| p.digit == digit && p.shown.has(form))
    }

    fn add(&mut self, now: Instant, digit: Digit, form: DigitSource) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        let mut press =
            Press { digit, shown: Forms::default().with(form), last_active: now, event_held: None };
        press.note(now, form);
        self.0.push_back(press);
    }

    fn forget_old(&mut self, now: Instant) {
        self.0.retain(|p| now - p.last_active <= INFO_WINDOW);
    }
}

impl Press {
    fn note(&mut self, now: Instant, form: DigitSource) {
        self.last_active = now;
        if form == DigitSource::TelephoneEvent {
            self.event_held = Some(now);
        }
    }

    fn is_shown_late(&self, now: Instant, digit: Digit, form: DigitSource) -> bool {
        let by_info_alone = self.shown == Forms::default().with(DigitSource::Info);
        let info = form == DigitSource::Info || by_info_alone;
        let window = if info { INFO_WINDOW } else { AUDIO_WINDOW };
        self.digit == digit && !self.shown.has(form) && now - self.last_active <= window
    }

    fn is_held(&self, now: Instant) -> bool {
        self.event_held.is_some_and(|at| now - at <= HELD_WITHOUT_NEWS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DigitSource::{Inband, Info, TelephoneEvent};

    const E: DigitSource = TelephoneEvent;
    const I: DigitSource = Info;
    const B: DigitSource = Inband;

    /// Signs as (ms, key, form); a press in form E or B is held for the given ms.
    fn reported(signs: &[(u64, char, DigitSource, u64)]) -> String {
        let mut steps: Vec<(u64, u8, char, DigitSource)> = Vec::new();
        for &(at, key, form, hold) in signs {
            steps.push((at, 0, key, form));
            steps.extend((1..=hold / 20).map(|n| (at + 20 * n, 1, key, form)));
            if hold > 0 {
                steps.push((at + hold, 2, key, form));
            }
        }
        steps.sort_by_key(|s| (s.0, s.1));
        let mut presses = Presses::default();
        let mut digits = String::new();
        for (at, what, key, form) in steps {
            let (now, digit) = (Instant::from_millis(at), Digit::from_char(key).unwrap());
            match what {
                0 if presses.sign(now, digit, form) => digits.push(key),
                1 => presses.held(now, digit, form),
                2 => presses.released(now, digit, form),
                _ => {}
            }
        }
        digits
    }

    #[test]
    fn each_way_of_seeing_presses_gives_the_digits_that_were_pressed() {
        type Row = (&'static str, &'static [(u64, char, DigitSource, u64)], &'static str);
        let table: &[Row] = &[
            ("event alone", &[(0, '5', E, 100)], "5"),
            ("INFO alone", &[(0, '5', I, 0)], "5"),
            ("tone alone", &[(0, '5', B, 100)], "5"),
            ("event, tone some frames later", &[(0, '5', E, 100), (45, '5', B, 60)], "5"),
            ("tone some frames before the event", &[(0, '5', B, 100), (60, '5', E, 100)], "5"),
            ("INFO at release", &[(0, '5', E, 100), (110, '5', I, 0)], "5"),
            ("INFO a second late", &[(0, '5', E, 100), (1100, '5', I, 0)], "5"),
            ("INFO after a long press", &[(0, '5', E, 3000), (3900, '5', I, 0)], "5"),
            ("INFO after a long tone", &[(0, '5', B, 3000), (3900, '5', I, 0)], "5"),
            ("INFO before the audio arrives", &[(0, '5', I, 0), (150, '5', E, 100), (190, '5', B, 60)], "5"),
            ("all three", &[(0, '5', B, 100), (30, '5', E, 100), (400, '5', I, 0)], "5"),
            ("two quick presses, event", &[(0, '5', E, 100), (160, '5', E, 100)], "55"),
            ("two quick presses, tone", &[(0, '5', B, 100), (160, '5', B, 100)], "55"),
            ("two quick presses, INFO", &[(100, '5', I, 0), (260, '5', I, 0)], "55"),
            (
                "two quick presses, event and tone",
                &[(0, '5', E, 100), (45, '5', B, 60), (160, '5', E, 100), (205, '5', B, 60)],
                "55",
            ),
            (
                "two quick presses, tone leading",
                &[(0, '5', B, 100), (100, '5', E, 100), (160, '5', B, 100), (260, '5', E, 100)],
                "55",
            ),
            (
                "two quick presses, both INFOs late",
                &[(0, '5', E, 100), (160, '5', E, 100), (900, '5', I, 0), (1060, '5', I, 0)],
                "55",
            ),
            (
                "two quick presses, one INFO lost",
                &[(0, '5', E, 100), (160, '5', E, 100), (900, '5', I, 0)],
                "55",
            ),
            (
                "two quick presses, the first event lost",
                &[
                    (45, '5', B, 60),
                    (160, '5', E, 100),
                    (205, '5', B, 60),
                    (900, '5', I, 0),
                    (910, '5', I, 0),
                ],
                "55",
            ),
            (
                "three presses by all three forms",
                &[
                    (0, '1', E, 60),
                    (40, '1', B, 40),
                    (120, '1', E, 60),
                    (160, '1', B, 40),
                    (240, '1', E, 60),
                    (280, '1', B, 40),
                    (500, '1', I, 0),
                    (620, '1', I, 0),
                    (740, '1', I, 0),
                ],
                "111",
            ),
            (
                "other keys between, INFOs late and in order",
                &[(0, '2', E, 80), (150, '1', E, 80), (800, '2', I, 0), (950, '1', I, 0)],
                "21",
            ),
            (
                "a tone that breaks up under one event",
                &[(0, '5', E, 600), (40, '5', B, 100), (300, '5', B, 100)],
                "5",
            ),
            ("INFO long after is another press", &[(0, '5', E, 100), (1500, '5', I, 0)], "55"),
            ("tone long after is another press", &[(0, '5', E, 100), (600, '5', B, 100)], "55"),
        ];
        for (name, signs, digits) in table {
            assert_eq!(reported(signs), *digits, "{name}");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut presses = Presses::default();
        let key = Digit::from_char('1').unwrap();
        for _ in 0..10_000 {
            presses.sign(Instant::ZERO, key, I);
        }
        assert!(presses.0.len() <= REMEMBERED);
    }
}
