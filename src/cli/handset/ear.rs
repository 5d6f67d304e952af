//! What a phone heard: named prompt by prompt, and written to a file.

use crate::audio::matcher::{Heard, Matcher};
use crate::audio::{Library, SAMPLE_RATE_HZ, decode};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Loudest sample of a made voice: -21 dBFS.
const VOICE_PEAK: f64 = 3_000.0;

/// Knows prompts when it hears them.
#[derive(Debug)]
pub struct Ear {
    matcher: Matcher,
}

impl Ear {
    /// An ear for the prompts of a library; made once, it takes a look at every sample.
    pub fn new(library: &Library) -> Ear {
        Ear { matcher: Matcher::new(library) }
    }

    /// What was heard in a call that was up `from` this moment of the ladder, one line a prompt.
    pub fn told(&self, heard: &[i16], from: Duration) -> String {
        let found = self.matcher.heard(heard);
        let seconds = heard.len() as f64 / f64::from(SAMPLE_RATE_HZ);
        let sum = format!("heard {seconds:.1} s of sound, {} prompts in it\n", found.len());
        found.iter().fold(sum, |text, prompt| text + &line(prompt, from))
    }

    /// The names of the prompts that were heard, in order.
    pub fn names(&self, heard: &[i16]) -> Vec<String> {
        self.matcher.heard(heard).iter().map(|heard| heard.prompt.to_string()).collect()
    }
}

fn line(heard: &Heard, from: Duration) -> String {
    let seconds = |length: Duration| length.as_secs_f64();
    let (begin, end) = (from + heard.at, from + heard.at + heard.played);
    let whole = seconds(heard.played) >= 0.9 * seconds(heard.of);
    let share = if whole { "whole" } else { "cut short" };
    format!(
        "{:>8.3}  {:<32} {}  {:.1} s of {:.1} s, {share} (to {:.3})\n",
        seconds(begin),
        heard.prompt.as_str(),
        heard.language,
        seconds(heard.played),
        seconds(heard.of),
        seconds(end),
    )
}

/// One second of a sound that is no prompt: two tones in turn, softly, so that a recording shows who spoke.
pub fn voice(low_hz: f64) -> Arc<[i16]> {
    let rate = f64::from(SAMPLE_RATE_HZ);
    let tone = |second: f64| if second < 0.5 { low_hz } else { low_hz * 1.5 };
    let sample = |second: f64| (second * tone(second) * std::f64::consts::TAU).sin() * VOICE_PEAK;
    (0..SAMPLE_RATE_HZ).map(|at| sample(f64::from(at) / rate) as i16).collect()
}

/// One second of silence: what a telephone sends while nobody speaks.
pub fn silence() -> Arc<[i16]> {
    (0..SAMPLE_RATE_HZ).map(|_| 0).collect()
}

/// Writes 8 kHz mono, 16 bit.
///
/// # Errors
/// In one line: the file cannot be written.
pub fn write_wav(path: &Path, samples: &[i16]) -> Result<(), String> {
    let failed = |error: hound::Error| format!("{}: {error}", path.display());
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).map_err(failed)?;
    for sample in samples {
        writer.write_sample(*sample).map_err(failed)?;
    }
    writer.finalize().map_err(failed)
}

/// Reads a file to be said.
///
/// # Errors
/// In one line: no file, or no sound in it.
pub fn read_sound(path: &Path) -> Result<Arc<[i16]>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let extension = path.extension().and_then(|extension| extension.to_str());
    let sound = decode(bytes, extension).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(sound.samples)
}
