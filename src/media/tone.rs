//! Tones that a stream plays: ringback, and keys in the audio (ITU-T Q.23).

use super::coding::Coded;
use crate::base::Digit;
use std::f64::consts::TAU;
use std::time::Duration;

/// Row and column frequencies of the keypad in Hz.
const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
/// The keypad, row by row.
const KEYPAD: &str = "123A456B789C*0#D";

/// The samples of a key's tone from `elapsed` into the press on.
pub(super) fn key(digit: Digit, elapsed: Duration, samples: usize) -> Vec<i16> {
    let place = KEYPAD.chars().position(|c| c == digit.as_char()).unwrap_or(0);
    let (row, column) = (ROWS[place / 4], COLUMNS[place % 4]);
    let start = elapsed.as_secs_f64();
    let at = |n: usize| start + n as f64 / 8000.0;
    (0..samples)
        .map(|n| (6000.0 * (TAU * row * at(n)).sin() + 7000.0 * (TAU * column * at(n)).sin()) as i16)
        .collect()
}

/// One cycle of the Japanese ringback tone: 400 Hz, 1 s on, 2 s off.
pub(super) fn ringback() -> Coded {
    let tone = |n: usize| (4000.0 * (TAU * 400.0 * n as f64 / 8000.0).sin()) as i16;
    let cycle: Vec<i16> = (0..24_000).map(|n| if n < 8000 { tone(n) } else { 0 }).collect();
    Coded::new(&cycle)
}
