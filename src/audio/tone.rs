//! Tones that the engine makes: call progress as in Japan, and the keys of a telephone.

use super::{SAMPLE_RATE_HZ, Sound};
use crate::base::Digit;
use std::f64::consts::TAU;
use std::time::Duration;

/// Peak of a sine at 0 dBm0: G.711's largest code is 3.17 dB above it (ITU-T G.711).
pub const PEAK_AT_0_DBM0: f64 = 22_300.0;
/// Level of each of a key's two tones, in dBm0.
const KEY_DBM0: f64 = -9.0;
/// Level of call progress tones, in dBm0.
const PROGRESS_DBM0: f64 = -16.0;
/// How long a tone takes to rise and fall: no click.
const RAMP_SAMPLES: usize = 24;

/// Low and high group of ITU-T Q.23, in hertz; a key is a row and a column.
pub const LOW_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
/// The high group.
pub const HIGH_HZ: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// The keys by row (low group) and column (high group).
const KEYPAD: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// The key of a row and a column, each 0 to 3.
pub fn key_at(row: usize, column: usize) -> Option<Digit> {
    KEYPAD.get(row)?.get(column).copied().and_then(Digit::from_char)
}

/// The two frequencies of a key, low first, in hertz.
pub fn frequencies_hz(digit: Digit) -> (f64, f64) {
    let cells = (0..4).flat_map(|row| (0..4).map(move |column| (row, column)));
    let cell = cells.into_iter().find(|(row, column)| key_at(*row, *column) == Some(digit));
    let (row, column) = cell.expect("the keypad has every digit");
    (LOW_HZ[row], HIGH_HZ[column])
}

/// One press of a key (ITU-T Q.23), both tones at -9 dBm0. Hold at least 40 ms and pause as long after it.
pub fn key(digit: Digit, hold: Duration) -> Sound {
    let (low, high) = frequencies_hz(digit);
    let peak = peak(KEY_DBM0);
    let samples = samples_of(hold);
    let wave = |n: usize| peak * (sine(low, n) + sine(high, n)) * ramp(n, samples);
    Sound::new((0..samples).map(|n| wave(n).round() as i16).collect::<Vec<i16>>())
}

/// One cycle of Japan's ringback tone: 400 Hz swelling 16 times a second for 1 s, then 2 s of silence.
pub fn ringback() -> Sound {
    let swell = |n: usize| (1.0 + 0.85 * sine(16.0, n)) / 1.85;
    progress(Duration::from_secs(1), Duration::from_secs(2), swell)
}

/// One cycle of Japan's busy tone: 400 Hz for 0.5 s, then 0.5 s of silence.
pub fn busy() -> Sound {
    progress(Duration::from_millis(500), Duration::from_millis(500), |_| 1.0)
}

/// The tone after which a caller is recorded: 1 kHz for 0.4 s.
pub fn beep() -> Sound {
    let (samples, peak) = (samples_of(Duration::from_millis(400)), peak(PROGRESS_DBM0));
    let wave = |n: usize| peak * sine(1_000.0, n) * ramp(n, samples);
    Sound::new((0..samples).map(|n| wave(n).round() as i16).collect::<Vec<i16>>())
}

fn progress(on: Duration, off: Duration, shape: impl Fn(usize) -> f64) -> Sound {
    let (sounding, peak) = (samples_of(on), peak(PROGRESS_DBM0));
    let wave = |n: usize| peak * sine(400.0, n) * shape(n) * ramp(n, sounding);
    let mut samples: Vec<i16> = (0..sounding).map(|n| wave(n).round() as i16).collect();
    samples.resize(sounding + samples_of(off), 0);
    Sound::new(samples)
}

/// The peak of a sine at this level.
pub fn peak(dbm0: f64) -> f64 {
    PEAK_AT_0_DBM0 * 10_f64.powf(dbm0 / 20.0)
}

fn samples_of(duration: Duration) -> usize {
    (duration.as_micros() * u128::from(SAMPLE_RATE_HZ) / 1_000_000) as usize
}

fn sine(frequency_hz: f64, n: usize) -> f64 {
    (TAU * frequency_hz * n as f64 / f64::from(SAMPLE_RATE_HZ)).sin()
}

/// Rises over the first samples and falls over the last.
fn ramp(n: usize, of: usize) -> f64 {
    let edge = (n + 1).min(of.saturating_sub(n));
    (edge as f64 / RAMP_SAMPLES as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_own_pair_of_the_standard() {
        let pair = |c| frequencies_hz(Digit::from_char(c).expect("a key"));
        assert_eq!(pair('1'), (697.0, 1_209.0));
        assert_eq!(pair('0'), (941.0, 1_336.0));
        assert_eq!(pair('#'), (941.0, 1_477.0));
        assert_eq!(pair('D'), (941.0, 1_633.0));
        let mut pairs: Vec<_> = "0123456789*#ABCD".chars().map(|c| format!("{:?}", pair(c))).collect();
        pairs.sort();
        pairs.dedup();
        assert_eq!(pairs.len(), 16);
    }

    #[test]
    fn a_press_lasts_as_asked_without_clicks_or_clipping() {
        let press = key(Digit::from_char('5').expect("a key"), Duration::from_millis(100));
        assert_eq!(press.duration(), Duration::from_millis(100));
        assert!((13_000..17_000).contains(&press.peak()));
        let ends = [press.samples.first(), press.samples.last()];
        assert!(ends.iter().flatten().all(|s| s.unsigned_abs() < 700), "{ends:?}");
    }

    #[test]
    fn ringback_is_on_one_second_and_off_two() {
        let tone = ringback();
        assert_eq!(tone.duration(), Duration::from_secs(3));
        let (on, off) = tone.samples.split_at(8_000);
        assert!(off.iter().all(|s| *s == 0));
        let loudness = |s: &[i16]| s.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let (swollen, shrunk) = (loudness(&on[1_080..1_170]), loudness(&on[1_330..1_420]));
        assert!(swollen > 20.0 * shrunk, "it swells: {swollen} {shrunk}");
    }

    #[test]
    fn a_beep_is_short_and_has_no_click() {
        let tone = beep();
        assert_eq!(tone.duration(), Duration::from_millis(400));
        let ends = [tone.samples.first(), tone.samples.last()];
        assert!(tone.peak() > 3_000 && ends.iter().flatten().all(|s| s.unsigned_abs() < 700), "{ends:?}");
    }

    #[test]
    fn busy_beats_once_a_second() {
        let tone = busy();
        assert_eq!(tone.duration(), Duration::from_secs(1));
        assert!(tone.samples[..4_000].iter().any(|s| s.unsigned_abs() > 3_000));
        assert!(tone.samples[4_000..].iter().all(|s| *s == 0));
    }
}
