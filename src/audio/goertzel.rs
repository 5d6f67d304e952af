//! Keys pressed in the audio itself: detection to ITU-T Q.23 and Q.24 by Goertzel filters.
//!
//! Every 5 ms the last 20 ms, under a Hann window, go through eight Goertzel filters, one for each tone of
//! the keypad. How a filter's phase moves from one window to the next gives the tone's frequency to a few
//! hertz, far finer than the filter's width: that tells 1.5 % off (accepted) from 3.5 % (refused).
//!
//! ```text
//!  window -> loud enough? -> strongest of each group -> twist -> frequency -> purity -> harmonics -> steady?
//!                                                                                      4 in a row -> Down
//!                                                                                 9 others in a row -> Up
//! ```

use super::SAMPLE_RATE_HZ;
use super::tone::{HIGH_HZ, LOW_HZ, PEAK_AT_0_DBM0, key_at};
use crate::base::Digit;
use std::f32::consts::{PI, TAU};
use std::sync::LazyLock;

/// Samples in a window: 20 ms.
const WINDOW: usize = 160;
/// Samples between windows: 5 ms.
const HOP: usize = 40;
/// Windows in a row that make a press: a 40 ms press has four, a 23 ms one at most three.
const HITS_DOWN: u8 = 4;
/// Windows without the key that end a press: a lost 20 ms packet makes at most eight, a 30 ms pause more.
const MISSES_UP: u8 = 9;
/// Weakest tone taken, in dBm0: Q.24 asks for -24 to -25 and lets go from -29 (Japan).
const FLOOR_DBM0: f32 = -31.0;
/// High group over low group, in dB: Q.24 asks for +4 and -8.
const TWIST_DB: std::ops::RangeInclusive<f32> = -9.5..=5.5;
/// Furthest off its nominal frequency, between Q.24's 1.5 % and 3.5 %.
const OFF_FREQUENCY: f32 = 0.021;
/// Most that a tone's frequency moves from window to window, as a share: voices glide, keys do not.
const DRIFT: f32 = 0.004;
/// Least share of the window's power that the two tones have: speech and music spread theirs.
const PURITY: f32 = 0.92;
/// Most power at twice a tone's frequency, relative to the tone: voices have harmonics, keys do not.
const HARMONIC: f32 = 0.02;
/// Radians a sample between tones that the window tells apart: the low tone's harmonic may lie closer to
/// the high tone, and then says nothing.
const SEPARATE: f32 = 2.2 * TAU / WINDOW as f32;
/// Most that a tone's power changes from window to window.
const STEADY: f32 = 2.0;

/// What became certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTone {
    /// A key is down: said once for each press, about 40 ms after it began.
    Down(Digit),
    /// That key is up again.
    Up(Digit),
}

/// Listens to one direction of one call.
#[derive(Clone, Debug)]
pub struct Detector {
    history: [f32; WINDOW],
    /// Samples of `history`'s last hop that have arrived.
    filled: usize,
    /// The last window's filters, if it was loud enough to have any.
    last: Option<Filters>,
    candidate: Option<Pair>,
    hits: u8,
    down: Option<Digit>,
    misses: u8,
}

impl Default for Detector {
    fn default() -> Self {
        Detector::new()
    }
}

impl Detector {
    /// A detector that has heard nothing.
    pub fn new() -> Detector {
        Detector {
            history: [0.0; WINDOW],
            filled: 0,
            last: None,
            candidate: None,
            hits: 0,
            down: None,
            misses: 0,
        }
    }

    /// The key that is down now.
    pub fn held(&self) -> Option<Digit> {
        self.down
    }

    /// Hears these samples (8 kHz; any number, in order; silence where packets were lost).
    pub fn feed(&mut self, mut samples: &[i16]) -> Vec<KeyTone> {
        let mut heard = Vec::new();
        while !samples.is_empty() {
            let (taken, rest) = samples.split_at(samples.len().min(HOP - self.filled));
            let start = WINDOW - HOP + self.filled;
            for (slot, sample) in self.history.iter_mut().skip(start).zip(taken) {
                *slot = f32::from(*sample);
            }
            self.filled += taken.len();
            samples = rest;
            if self.filled == HOP {
                let pair = self.window();
                self.judge(pair, &mut heard);
                self.history.copy_within(HOP.., 0);
                self.filled = 0;
            }
        }
        heard
    }

    /// The key's tones in this window.
    fn window(&mut self) -> Option<Pair> {
        let last = self.last.take();
        let power = weighted_power(&self.history);
        if power < tone_power(FLOOR_DBM0) {
            return None;
        }
        let filters = Filters::of(&self.history);
        let pair = last.and_then(|last| pair_in(&last, &filters, power, &self.history));
        self.last = Some(filters);
        pair
    }

    /// Presses out of windows.
    fn judge(&mut self, pair: Option<Pair>, heard: &mut Vec<KeyTone>) {
        self.hits = match (&pair, &self.candidate) {
            (Some(now), Some(last)) if now.continues(last) => self.hits.saturating_add(1),
            (Some(_), _) => 1,
            (None, _) => 0,
        };
        let key = pair.map(|p| p.digit);
        self.candidate = pair;
        if let Some(down) = self.down {
            self.misses = if key == Some(down) { 0 } else { self.misses + 1 };
            if self.misses >= MISSES_UP || self.hits >= HITS_DOWN && key != Some(down) {
                heard.push(KeyTone::Up(down));
                self.down = None;
            }
        }
        if let (None, Some(key), true) = (self.down, key, self.hits >= HITS_DOWN) {
            heard.push(KeyTone::Down(key));
            self.down = Some(key);
            self.misses = 0;
        }
    }
}

/// A key's two tones in a window.
#[derive(Clone, Copy, Debug)]
struct Pair {
    digit: Digit,
    /// How far the tones are off their nominal frequencies, as shares of them.
    off: [f32; 2],
}

impl Pair {
    fn continues(&self, last: &Pair) -> bool {
        let still = |i: usize| (self.off[i] - last.off[i]).abs() <= DRIFT;
        self.digit == last.digit && still(0) && still(1)
    }
}

/// Complex results of the eight filters, low group first.
#[derive(Clone, Copy, Debug)]
struct Filters {
    re: [f32; 8],
    im: [f32; 8],
}

/// What the filters and the window never change.
struct Tables {
    window: [f32; WINDOW],
    window_sum: f32,
    omega: [f32; 8],
    cos: [f32; 8],
    sin: [f32; 8],
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let window: [f32; WINDOW] =
        std::array::from_fn(|n| 0.5 - 0.5 * (TAU * (n as f32 + 0.5) / WINDOW as f32).cos());
    let hertz = |i: usize| if i < 4 { LOW_HZ[i] } else { HIGH_HZ[i - 4] };
    let omega: [f32; 8] = std::array::from_fn(|i| TAU * hertz(i) as f32 / SAMPLE_RATE_HZ as f32);
    Tables {
        window,
        window_sum: window.iter().sum(),
        omega,
        cos: omega.map(f32::cos),
        sin: omega.map(f32::sin),
    }
});

impl Filters {
    /// Runs all eight recurrences side by side.
    fn of(samples: &[f32; WINDOW]) -> Filters {
        let tables = &*TABLES;
        let twice = tables.cos.map(|c| 2.0 * c);
        let (mut s1, mut s2) = ([0.0_f32; 8], [0.0_f32; 8]);
        for (sample, weight) in samples.iter().zip(&tables.window) {
            let x = sample * weight;
            let s0: [f32; 8] = std::array::from_fn(|i| twice[i] * s1[i] - s2[i] + x);
            s2 = s1;
            s1 = s0;
        }
        Filters {
            re: std::array::from_fn(|i| s1[i] - tables.cos[i] * s2[i]),
            im: std::array::from_fn(|i| tables.sin[i] * s2[i]),
        }
    }

    fn magnitude2(&self, i: usize) -> f32 {
        self.re[i] * self.re[i] + self.im[i] * self.im[i]
    }

    fn strongest(&self, group: std::ops::Range<usize>) -> usize {
        let start = group.start;
        group.fold(start, |best, i| if self.magnitude2(i) > self.magnitude2(best) { i } else { best })
    }

    /// How far the tone in filter `i` is off its nominal frequency, in radians a sample: what its phase gained
    /// over the hop since `last` beyond the nominal advance.
    fn offset(&self, last: &Filters, i: usize) -> f32 {
        let re = self.re[i] * last.re[i] + self.im[i] * last.im[i];
        let im = self.im[i] * last.re[i] - self.re[i] * last.im[i];
        wrapped(im.atan2(re) - TABLES.omega[i] * HOP as f32) / HOP as f32
    }
}

/// The one tone of a group in a window.
struct Tone {
    filter: usize,
    power: f32,
    omega: f32,
}

/// The key whose two tones pass every test.
fn pair_in(last: &Filters, now: &Filters, power: f32, samples: &[f32; WINDOW]) -> Option<Pair> {
    let low = tone_in(last, now, 0..4)?;
    let high = tone_in(last, now, 4..8)?;
    let twist_db = 10.0 * (high.power / low.power).log10();
    let loud = low.power.min(high.power) >= tone_power(FLOOR_DBM0);
    let pure = low.power + high.power >= PURITY * power;
    if !loud || !pure || !TWIST_DB.contains(&twist_db) {
        return None;
    }
    let harmonic = |tone: &Tone| power_at(samples, 2.0 * tone.omega) > HARMONIC * tone.power;
    let hidden = (2.0 * low.omega - high.omega).abs() < SEPARATE;
    if harmonic(&high) || !hidden && harmonic(&low) {
        return None;
    }
    let digit = key_at(low.filter, high.filter - 4)?;
    Some(Pair { digit, off: [low.off(), high.off()] })
}

impl Tone {
    fn off(&self) -> f32 {
        self.omega / TABLES.omega[self.filter] - 1.0
    }
}

fn tone_in(last: &Filters, now: &Filters, group: std::ops::Range<usize>) -> Option<Tone> {
    let filter = now.strongest(group);
    let nominal = TABLES.omega[filter];
    let offset = now.offset(last, filter);
    let change = now.magnitude2(filter) / last.magnitude2(filter).max(f32::MIN_POSITIVE);
    if offset.abs() > OFF_FREQUENCY * nominal || !(1.0 / STEADY..=STEADY).contains(&change) {
        return None;
    }
    let amplitude2 = now.magnitude2(filter) * (2.0 / (TABLES.window_sum * response(offset))).powi(2);
    Some(Tone { filter, power: amplitude2 / 2.0, omega: nominal + offset })
}

/// What the Hann window leaves of a tone this far off a filter's middle (radians a sample), 1 in the middle.
fn response(offset: f32) -> f32 {
    let bins = offset.abs() * WINDOW as f32 / TAU;
    if bins < 1e-3 { 1.0 } else { (PI * bins).sin() / (PI * bins) / (1.0 - bins * bins) }
}

/// Power of the frequency `omega` (radians a sample): one more Goertzel filter.
fn power_at(samples: &[f32; WINDOW], omega: f32) -> f32 {
    let twice = 2.0 * omega.cos();
    let (mut s1, mut s2) = (0.0_f32, 0.0_f32);
    for (sample, weight) in samples.iter().zip(&TABLES.window) {
        (s1, s2) = (twice * s1 - s2 + sample * weight, s1);
    }
    let magnitude2 = s1 * s1 + s2 * s2 - twice * s1 * s2;
    2.0 * magnitude2 / (TABLES.window_sum * TABLES.window_sum)
}

/// Mean power under the window.
fn weighted_power(samples: &[f32; WINDOW]) -> f32 {
    let sum: f32 = samples.iter().zip(&TABLES.window).map(|(s, w)| s * s * w).sum();
    sum / TABLES.window_sum
}

/// Mean power of a sine at this level.
fn tone_power(dbm0: f32) -> f32 {
    let peak = PEAK_AT_0_DBM0 as f32;
    peak * peak / 2.0 * 10_f32.powf(dbm0 / 10.0)
}

fn wrapped(angle: f32) -> f32 {
    angle - TAU * (angle / TAU).round()
}

#[cfg(test)]
mod tests;
