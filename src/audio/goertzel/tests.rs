//! The table of ITU-T Q.24, line by line, on all sixteen keys.

use super::{Detector, KeyTone};
use crate::audio::Codec;
use crate::audio::tone::{self, frequencies_hz, peak};
use crate::base::{Digit, Rng};
use std::f64::consts::TAU;
use std::time::Duration;

const KEYS: &str = "0123456789*#ABCD";

/// One press as the far telephone and the line make it.
#[derive(Clone, Copy)]
struct Press {
    key: char,
    ms: f64,
    low_dbm0: f64,
    high_dbm0: f64,
    /// Share off the nominal frequency.
    low_off: f64,
    high_off: f64,
}

const NORMAL: Press =
    Press { key: '5', ms: 40.0, low_dbm0: -10.0, high_dbm0: -10.0, low_off: 0.0, high_off: 0.0 };

/// Three presses with 40 ms between them, beginning `lead` samples in, with noise this far below the tones' power.
fn line(press: Press, lead: usize, snr_db: Option<f64>) -> Vec<i16> {
    let digit = Digit::from_char(press.key).expect("a key");
    let (low, high) = frequencies_hz(digit);
    let (low, high) = (low * (1.0 + press.low_off), high * (1.0 + press.high_off));
    let wave =
        |n: usize, hz: f64, dbm0: f64| peak(dbm0) * (TAU * hz * n as f64 / 8_000.0 + lead as f64).sin();
    let mut samples = vec![0.0; lead + 320];
    for _ in 0..3 {
        let length = (press.ms * 8.0) as usize;
        samples.extend((0..length).map(|n| wave(n, low, press.low_dbm0) + wave(n, high, press.high_dbm0)));
        samples.resize(samples.len() + 320, 0.0);
    }
    let weaker = peak(press.low_dbm0.min(press.high_dbm0)).powi(2) / 2.0;
    if let Some(db) = snr_db {
        let noise = (weaker / 10_f64.powf(db / 10.0)).sqrt();
        let mut rng = Rng::from_seed(lead as u64 * 31 + u64::from(press.key));
        samples.iter_mut().for_each(|s| *s += noise * gaussian(&mut rng));
    }
    samples.into_iter().map(|s: f64| s.round() as i16).collect()
}

fn gaussian(rng: &mut Rng) -> f64 {
    (0..12).map(|_| f64::from(rng.next_u32()) / f64::from(u32::MAX)).sum::<f64>() - 6.0
}

fn through(codec: Codec, samples: &[i16]) -> Vec<i16> {
    let (mut bytes, mut heard) = (Vec::new(), Vec::new());
    codec.encode(samples, &mut bytes);
    codec.decode(&bytes, &mut heard);
    heard
}

fn events(samples: &[i16]) -> Vec<KeyTone> {
    let mut detector = Detector::new();
    samples.chunks(160).flat_map(|frame| detector.feed(frame)).collect()
}

fn presses(samples: &[i16]) -> String {
    let down = |e: KeyTone| if let KeyTone::Down(d) = e { Some(d.as_char()) } else { None };
    events(samples).into_iter().filter_map(down).collect()
}

/// How many of three presses are heard, over every key and beginnings all through a window; wrong ones panic.
fn heard(press: Press, snr_db: Option<f64>) -> (usize, usize) {
    let (mut total, mut count) = (0, 0);
    for key in KEYS.chars() {
        for lead in (0..40).step_by(7) {
            let samples = line(Press { key, ..press }, lead, snr_db);
            let keys = presses(&through(Codec::Pcmu, &samples));
            assert!(keys.chars().all(|k| k == key), "{key} heard as {keys}");
            total += 3;
            count += keys.len();
        }
    }
    (count, total)
}

fn assert_all(press: Press, snr_db: Option<f64>, what: &str) {
    let (count, total) = heard(press, snr_db);
    assert_eq!(count, total, "{what}");
}

fn assert_none(press: Press, what: &str) {
    assert_eq!(heard(press, None).0, 0, "{what}");
}

#[test]
fn forty_milliseconds_on_and_off_are_one_press_each() {
    assert_all(NORMAL, None, "40 ms");
    assert_all(Press { ms: 50.0, ..NORMAL }, None, "50 ms");
    assert_all(Press { ms: 400.0, ..NORMAL }, None, "400 ms");
}

#[test]
fn shorter_than_twenty_three_milliseconds_is_no_press() {
    for ms in [10.0, 15.0, 20.0, 23.0] {
        assert_none(Press { ms, ..NORMAL }, &format!("{ms} ms"));
    }
}

#[test]
fn levels_from_the_loudest_to_the_floor() {
    for dbm0 in [0.0, -3.0, -16.0, -25.0, -27.0] {
        assert_all(Press { low_dbm0: dbm0, high_dbm0: dbm0, ..NORMAL }, None, &format!("{dbm0} dBm0"));
    }
    assert_none(Press { low_dbm0: -36.0, high_dbm0: -36.0, ..NORMAL }, "too soft");
}

#[test]
fn twist_within_the_limits_and_beyond() {
    assert_all(Press { low_dbm0: -14.0, high_dbm0: -10.0, ..NORMAL }, None, "+4 dB");
    assert_all(Press { low_dbm0: -10.0, high_dbm0: -18.0, ..NORMAL }, None, "-8 dB");
    assert_none(Press { low_dbm0: -17.0, high_dbm0: -10.0, ..NORMAL }, "+7 dB");
    assert_none(Press { low_dbm0: -6.0, high_dbm0: -17.0, ..NORMAL }, "-11 dB");
}

#[test]
fn frequencies_off_by_one_and_a_half_percent_are_keys() {
    for (low_off, high_off) in
        [(0.015, 0.015), (-0.015, -0.015), (0.015, -0.015), (0.0, 0.015), (-0.015, 0.0)]
    {
        assert_all(Press { low_off, high_off, ..NORMAL }, None, &format!("{low_off} {high_off}"));
    }
}

#[test]
fn frequencies_off_by_three_and_a_half_percent_are_not() {
    for ms in [40.0, 100.0] {
        for (low_off, high_off) in [(0.035, 0.0), (-0.035, 0.0), (0.0, 0.035), (0.0, -0.035), (0.035, -0.035)]
        {
            assert_none(Press { ms, low_off, high_off, ..NORMAL }, &format!("{low_off} {high_off} {ms}"));
        }
    }
}

#[test]
fn noise_fifteen_decibels_down_hides_no_press() {
    assert_all(Press { ms: 50.0, ..NORMAL }, Some(15.0), "50 ms");
    assert_all(NORMAL, Some(15.0), "40 ms");
    assert_all(Press { low_off: 0.015, high_off: -0.015, ..NORMAL }, Some(15.0), "off frequency");
    assert_all(Press { low_dbm0: -10.0, high_dbm0: -18.0, ..NORMAL }, Some(15.0), "twisted");
}

#[test]
fn an_interruption_or_a_lost_packet_does_not_split_a_press() {
    for gap in [40, 80, 160] {
        for key in KEYS.chars() {
            for at in (400..560).step_by(23) {
                let mut samples = line(Press { key, ms: 200.0, ..NORMAL }, 0, None);
                samples.truncate(320 + 1_600 + 320);
                samples[320 + at..320 + at + gap].fill(0);
                assert_eq!(presses(&samples), key.to_string(), "{gap} samples gone at {at}");
            }
        }
    }
}

#[test]
fn down_and_up_come_in_turn_and_in_time() {
    let key = Digit::from_char('7').expect("a key");
    let samples = line(Press { key: '7', ms: 100.0, ..NORMAL }, 0, None);
    let ended = [samples.as_slice(), &[0; 160]].concat();
    assert_eq!(events(&ended), [KeyTone::Down(key), KeyTone::Up(key)].repeat(3));
    let mut detector = Detector::new();
    let certain = (0..).step_by(8).find(|n| !detector.feed(&samples[*n..*n + 8]).is_empty());
    let delay_ms = (certain.expect("heard") - 320) / 8;
    assert!((20..=42).contains(&delay_ms), "{delay_ms} ms after it began");
    assert_eq!(detector.held(), Some(key));
}

#[test]
fn another_key_without_a_pause_is_another_press() {
    let press =
        |c| tone::key(Digit::from_char(c).expect("a key"), Duration::from_millis(80)).samples.to_vec();
    assert_eq!(presses(&[press('1'), press('9'), press('*'), vec![0; 800]].concat()), "19*");
}

#[test]
fn how_the_samples_are_sliced_makes_no_difference() {
    let samples = line(NORMAL, 7, None);
    for size in [1, 7, 80, 160, 333, samples.len()] {
        let mut detector = Detector::new();
        let sliced: Vec<KeyTone> = samples.chunks(size).flat_map(|s| detector.feed(s)).collect();
        assert_eq!(sliced, events(&samples), "slices of {size}");
    }
}

#[test]
fn one_tone_call_progress_and_noise_are_no_keys() {
    for (hz, _) in KEYS.chars().map(|c| frequencies_hz(Digit::from_char(c).expect("a key"))) {
        let single: Vec<i16> =
            (0..8_000).map(|n| (8_000.0 * (TAU * hz * f64::from(n) / 8_000.0).sin()) as i16).collect();
        assert_eq!(presses(&single), "", "{hz}");
    }
    assert_eq!(presses(&tone::ringback().samples), "");
    assert_eq!(presses(&tone::busy().samples), "");
    let mut rng = Rng::from_seed(24);
    let noise: Vec<i16> = (0..8_000 * 30).map(|_| (gaussian(&mut rng) * 3_000.0) as i16).collect();
    assert_eq!(presses(&noise), "");
}

/// Vowels without end: the falling harmonics of a gliding pitch through two resonances, 100 Hz wide, that wander
/// over the keypad's bands.
#[test]
fn voices_are_no_keys() {
    let mut rng = Rng::from_seed(480);
    let (mut samples, mut phase) = (Vec::new(), 0.0);
    while samples.len() < 8_000 * 90 {
        let pitch = 80.0 + rng.below(220) as f64;
        let formants = [400.0 + rng.below(600) as f64, 1_000.0 + rng.below(900) as f64];
        let glide = rng.below(200) as f64 / 1_000_000.0 - 0.0001;
        let levels: Vec<f64> =
            (1..=(3_400.0 / pitch) as u32).map(|k| vowel(f64::from(k), pitch, formants)).collect();
        let loudest: f64 = levels.iter().sum();
        for n in 0..320 + rng.below(1_600) {
            phase += TAU * pitch * (1.0 + glide * n as f64) / 8_000.0;
            let voice: f64 = (1..).zip(&levels).map(|(k, level)| level * (f64::from(k) * phase).sin()).sum();
            samples.push((voice / loudest * 24_000.0) as i16);
        }
    }
    let keys = presses(&samples);
    assert!(keys.len() <= 1, "steady vowels, harsher than speech, make at most one in 90 s: {keys}");
}

/// Level of a voice's `k`th harmonic.
fn vowel(k: f64, pitch: f64, formants: [f64; 2]) -> f64 {
    let resonance = |formant: f64| {
        let x = k * pitch / formant;
        1.0 / f64::hypot(1.0 - x * x, x * 100.0 / formant)
    };
    resonance(formants[0]) * resonance(formants[1]) / k
}
