//! The voice: sentences to sound.

use super::Sentence;
use crate::audio::Sound;

/// Why there is no voice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoVoice {
    /// Built without the feature `speech`.
    #[error("this program was built without the feature `speech`")]
    NotBuilt,
    /// Not a voice that we read.
    #[error("no voice of Open JTalk (.htsvoice): {0}")]
    Unreadable(String),
}

/// A voice of Open JTalk.
pub struct Voice {
    #[cfg(feature = "speech")]
    engine: spoken::Engine,
    #[cfg(not(feature = "speech"))]
    none: std::convert::Infallible,
}

impl Voice {
    /// Reads a voice: what is in an `.htsvoice` file.
    ///
    /// # Errors
    /// [`NoVoice`].
    pub fn load(bytes: &[u8]) -> Result<Voice, NoVoice> {
        #[cfg(feature = "speech")]
        return spoken::load(bytes).map(|engine| Voice { engine });
        #[cfg(not(feature = "speech"))]
        {
            let _unread = bytes;
            Err(NoVoice::NotBuilt)
        }
    }

    /// Says a sentence, at the house level; takes about a hundredth of the time it lasts. None: the voice
    /// gave up.
    pub fn say(&self, sentence: &Sentence) -> Option<Sound> {
        #[cfg(feature = "speech")]
        return spoken::say(&self.engine, sentence);
        #[cfg(not(feature = "speech"))]
        {
            let _unsaid = sentence;
            match self.none {}
        }
    }
}

#[cfg(feature = "speech")]
mod spoken {
    use super::NoVoice;
    use crate::audio::decode::from_samples;
    use crate::audio::{SAMPLE_RATE_HZ, Sound, level};
    use crate::speech::{Phrase, Sentence};
    pub(super) use jbonsai::Engine;
    use jpreprocess_jpcommon::njdnodes_to_features;
    use jpreprocess_njd::NJD;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    /// As the recordings were made.
    const SPEED: f64 = 0.95;
    /// Peak before levelling, as a share of full scale: a voice may be louder than samples can be.
    const PEAK: f32 = 0.5;
    /// Silence left before and after what is heard, as the recordings have.
    const BEFORE: Duration = Duration::from_millis(75);
    const AFTER: Duration = Duration::from_millis(145);

    /// Panics of the reader on a damaged file are refusals too: nothing is shared with it.
    pub(super) fn load(bytes: &[u8]) -> Result<Engine, NoVoice> {
        let read = catch_unwind(|| Engine::load_from_bytes([bytes]).map_err(|e| e.to_string()));
        let mut engine = read.unwrap_or_else(|_| Err("damaged".into())).map_err(NoVoice::Unreadable)?;
        engine.condition.set_speed(SPEED);
        Ok(engine)
    }

    /// A voice whose trees lack something may panic; it says nothing then, and goes on with the next.
    pub(super) fn say(engine: &Engine, sentence: &Sentence) -> Option<Sound> {
        let synthesize = || {
            let njd: NJD = lines(sentence).iter().map(String::as_str).collect();
            engine.synthesize(njdnodes_to_features(&njd.nodes)).ok()
        };
        let wave = catch_unwind(AssertUnwindSafe(synthesize)).ok().flatten()?;
        let loudest = wave.iter().fold(1.0_f64, |most, sample| most.max(sample.abs())) as f32;
        let samples = wave.iter().map(|sample| *sample as f32 / loudest * PEAK).collect();
        let rate_hz = u32::try_from(engine.condition.get_sampling_frequency()).ok()?;
        let sound = from_samples(samples, rate_hz).ok()?;
        Some(level::at_house_level(trimmed(&sound), sentence.content()))
    }

    /// The lines of Open JTalk's NJD: word, class (six columns), base, reading, sound, accent/morae, accent
    /// rule, whether it joins the word before. Each phrase is a noun of its own.
    fn lines(sentence: &Sentence) -> Vec<String> {
        let line = |Phrase { kana, accent }: &Phrase, morae| {
            let read = kana.replace('’', "");
            format!("{read},名詞,一般,*,*,*,*,{read},{read},{kana},{accent}/{morae},*,0")
        };
        let breath = |phrases: &Vec<Phrase>| phrases.iter().map(|p| line(p, p.morae())).collect();
        let breaths: Vec<Vec<String>> = sentence.breaths().iter().map(breath).collect();
        breaths.join(&"、,記号,読点,*,*,*,*,、,、,、,0/0,*,0".to_string())
    }

    fn trimmed(sound: &Sound) -> Sound {
        let [before, after] = level::silent_ends(sound);
        let start = samples_in(before.saturating_sub(BEFORE));
        let end = sound.samples.len().saturating_sub(samples_in(after.saturating_sub(AFTER)));
        Sound::new(sound.samples.get(start..end).unwrap_or_default().to_vec())
    }

    fn samples_in(time: Duration) -> usize {
        (time.as_micros() * u128::from(SAMPLE_RATE_HZ) / 1_000_000) as usize
    }
}

#[cfg(all(test, not(feature = "speech")))]
mod tests {
    use super::*;

    #[test]
    fn without_the_feature_there_is_no_voice() {
        assert_eq!(Voice::load(b"anything").err(), Some(NoVoice::NotBuilt));
    }
}
