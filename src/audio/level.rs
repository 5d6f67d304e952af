//! How loud a recording is on a telephone, and the house level that every prompt is brought to.
//!
//! Measured is the active speech level after ITU-T P.56 method B, simplified (30 ms envelope twice,
//! 200 ms hang-over, 15.9 dB margin, to 5 ms), of what a telephone passes, 300 to 3400 Hz: a deep voice
//! whose bass nobody hears is not taken for a loud one. Pauses do not count.

use super::sound::duration_of;
use super::{SAMPLE_RATE_HZ, Sound};
use std::f32::consts::TAU;
use std::ops::Range;
use std::time::Duration;

/// Furthest from the house level that a recording is left as it is, in dB.
pub const TOLERANCE_DB: f32 = 1.5;
/// Most that a recording is raised, in dB: its noise comes up with it.
pub const MOST_RAISED_DB: f32 = 20.0;
/// No sample of a recording that was brought to level is louder, in dBFS.
const CEILING_DB: f32 = -2.0;
/// The share of the ceiling up to which samples stay as they are.
const KNEE: f32 = 0.7;

/// Samples in a block: 5 ms.
const BLOCK: usize = 40;
/// Blocks that count as active after a loud one: 200 ms.
const HANGOVER: usize = 40;
/// How far the activity threshold lies below the level it gives, in dB.
const MARGIN_DB: f32 = 15.9;
/// Thresholds tried: from -80 dBFS up, this many to a dB.
const STEPS_PER_DB: f32 = 2.0;
/// Time constant of the envelope, in seconds.
const SMOOTHING: f32 = 0.03;
/// What is softer than the loudest block by more, in dB, is silence before or after a fragment.
const SILENCE_DB: f32 = -45.0;

/// What is recorded, as far as its level goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// A sentence.
    #[default]
    Speech,
    /// A word to be joined to others. A single closed vowel has little in the telephone band by nature:
    /// levelled on that alone it would boom, so half the whole band counts.
    Fragment,
    /// Music: softer than speech, for it goes on while nobody speaks.
    Music,
}

impl Content {
    /// Its house level, in dBFS as [`level_db`] measures it.
    pub fn house_level_db(self) -> f32 {
        match self {
            Content::Speech => -20.0,
            Content::Fragment => -19.7,
            Content::Music => -24.0,
        }
    }
}

/// The level in dBFS; `None` for silence.
pub fn level_db(sound: &Sound, content: Content) -> Option<f32> {
    measure(&floats(sound), content)
}

/// The silence before and after what is heard.
pub fn silent_ends(sound: &Sound) -> [Duration; 2] {
    let heard = heard(&floats(sound));
    [heard.start, sound.samples.len() - heard.end].map(duration_of)
}

fn floats(sound: &Sound) -> Vec<f32> {
    sound.samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect()
}

/// The recording at its house level: unchanged where it is within [`TOLERANCE_DB`], or silent.
#[must_use]
pub fn at_house_level(sound: Sound, content: Content) -> Sound {
    let off = level_db(&sound, content).map(|level| content.house_level_db() - level);
    match off {
        Some(gain) if gain.abs() > TOLERANCE_DB => scaled(&sound, content),
        _ => sound,
    }
}

/// Rounding off the peaks costs a little level: it is given back, a few times over.
fn scaled(sound: &Sound, content: Content) -> Sound {
    let original = floats(sound);
    let mut gain_db: f32 = 0.0;
    let mut bent = original.clone();
    for _ in 0..4 {
        let Some(level) = measure(&bent, content) else { break };
        gain_db = (gain_db + content.house_level_db() - level).min(MOST_RAISED_DB);
        let gain = ratio(gain_db);
        bent = original.iter().map(|sample| under_ceiling(sample * gain)).collect();
    }
    Sound::new(bent.iter().map(|sample| (sample * 32_768.0).round() as i16).collect::<Vec<i16>>())
}

/// Bends what is above the knee so that the ceiling is never passed.
fn under_ceiling(sample: f32) -> f32 {
    let ceiling = ratio(CEILING_DB);
    let knee = KNEE * ceiling;
    match sample.abs() - knee {
        over if over > 0.0 => (knee + (ceiling - knee) * (over / (ceiling - knee)).tanh()).copysign(sample),
        _ => sample,
    }
}

fn measure(samples: &[f32], content: Content) -> Option<f32> {
    match content {
        Content::Speech | Content::Music => active_level_db(&telephone_band(samples)),
        Content::Fragment => {
            let word = &samples[heard(samples)];
            Some((active_level_db(word)? + active_level_db(&telephone_band(word))?) / 2.0)
        }
    }
}

/// All energy, spread over the time in which somebody speaks.
fn active_level_db(samples: &[f32]) -> Option<f32> {
    let energy: f64 = samples.iter().map(|s| f64::from(s * s)).sum();
    let mut peaks = held(&envelope(samples));
    peaks.sort_by(f32::total_cmp);
    let mut level = None;
    for step in 0..(80.0 * STEPS_PER_DB) as usize {
        let threshold_db = step as f32 / STEPS_PER_DB - 80.0;
        let active = peaks.len() - peaks.partition_point(|peak| *peak < ratio(threshold_db));
        if active == 0 {
            break;
        }
        let found = decibels((energy / (active * BLOCK) as f64) as f32);
        level = Some(found);
        if found - threshold_db <= MARGIN_DB {
            break;
        }
    }
    level
}

/// The envelope's peak in each block.
fn envelope(samples: &[f32]) -> Vec<f32> {
    let decay = (-1.0 / (SMOOTHING * SAMPLE_RATE_HZ as f32)).exp();
    let (mut once, mut twice) = (0.0, 0.0);
    let mut follow = |sample: &f32| {
        once += (1.0 - decay) * (sample.abs() - once);
        twice += (1.0 - decay) * (once - twice);
        twice
    };
    samples.chunks(BLOCK).map(|block| block.iter().map(&mut follow).fold(0.0, f32::max)).collect()
}

/// The loudest block of the hang-over that ends with each.
fn held(peaks: &[f32]) -> Vec<f32> {
    let loudest = |at: usize| peaks[at.saturating_sub(HANGOVER)..=at].iter().copied().fold(0.0, f32::max);
    (0..peaks.len()).map(loudest).collect()
}

/// The samples from the first to the last block that is not silent.
fn heard(samples: &[f32]) -> Range<usize> {
    let power = |block: &[f32]| block.iter().map(|s| s * s).sum::<f32>();
    let loudest = samples.chunks(BLOCK).map(power).fold(0.0, f32::max);
    let heard = |block: &[f32]| power(block) > loudest * ratio(SILENCE_DB).powi(2);
    let first = samples.chunks(BLOCK).position(heard).unwrap_or(0);
    let end = samples.chunks(BLOCK).rposition(heard).map_or(0, |last| last + 1);
    first * BLOCK..(end * BLOCK).min(samples.len())
}

/// What a telephone passes: Butterworth filters of the eighth order at 300 and 3400 Hz.
fn telephone_band(samples: &[f32]) -> Vec<f32> {
    /// Q of the two sections of a Butterworth filter of the fourth order.
    const SECTIONS: [f32; 2] = [0.541_196_1, 1.306_563];
    let design = SECTIONS.map(|q| [Section::high_pass(300.0, q), Section::low_pass(3_400.0, q)]);
    let [[a, b], [c, d]] = design;
    // Each twice: the steepness of a filter that ran forwards and backwards, without its zero phase.
    let mut sections = [a, b, c, d, a, b, c, d];
    let mut filter = |sample: &f32| sections.iter_mut().fold(*sample, |sample, section| section.next(sample));
    samples.iter().map(&mut filter).collect()
}

/// A second-order filter (transposed direct form II).
#[derive(Clone, Copy)]
struct Section {
    b: [f32; 3],
    a: [f32; 2],
    state: [f32; 2],
}

impl Section {
    fn high_pass(hz: f32, q: f32) -> Section {
        let (sine, cosine) = (TAU * hz / SAMPLE_RATE_HZ as f32).sin_cos();
        Section::of([(1.0 + cosine) / 2.0, -1.0 - cosine, (1.0 + cosine) / 2.0], cosine, sine / (2.0 * q))
    }

    fn low_pass(hz: f32, q: f32) -> Section {
        let (sine, cosine) = (TAU * hz / SAMPLE_RATE_HZ as f32).sin_cos();
        Section::of([(1.0 - cosine) / 2.0, 1.0 - cosine, (1.0 - cosine) / 2.0], cosine, sine / (2.0 * q))
    }

    fn of(b: [f32; 3], cosine: f32, alpha: f32) -> Section {
        let whole = 1.0 + alpha;
        Section {
            b: b.map(|b| b / whole),
            a: [-2.0 * cosine / whole, (1.0 - alpha) / whole],
            state: [0.0; 2],
        }
    }

    fn next(&mut self, sample: f32) -> f32 {
        let out = self.b[0] * sample + self.state[0];
        self.state =
            [self.b[1] * sample - self.a[0] * out + self.state[1], self.b[2] * sample - self.a[1] * out];
        out
    }
}

/// Decibels of an amplitude, as a ratio.
fn ratio(db: f32) -> f32 {
    10_f32.powf(db / 20.0)
}

/// A power in decibels.
fn decibels(power: f32) -> f32 {
    10.0 * power.log10()
}

#[cfg(test)]
mod tests;
