//! Sounds as packets carry them, and packets of one codec as another's.

use crate::audio::{Codec, Decoder, Encoded, Encoder, Library, Sound, encoded, tone};
use crate::base::{Language, PromptId};

/// A sound, encoded once for every codec that allows it.
#[derive(Clone, Debug)]
pub(super) struct Coded {
    sound: Sound,
    encoded: Encoded,
}

impl Coded {
    /// Encodes it.
    pub(super) fn new(sound: Sound) -> Coded {
        Coded { encoded: encoded(&sound.samples), sound }
    }

    /// A prompt, shared with the library; `None` where it lacks the prompt.
    pub(super) fn of_prompt(library: &Library, id: &PromptId, language: Language) -> Option<Coded> {
        let sound = library.sound(id, language)?.clone();
        Some(Coded { sound, encoded: library.encoded(id, language)? })
    }

    /// How long it is, in samples.
    pub(super) fn samples(&self) -> usize {
        self.sound.samples.len()
    }

    /// Appends so many samples from here on.
    pub(super) fn append(&self, encoder: &mut Encoder, from: usize, count: usize, out: &mut Vec<u8>) {
        match &self.encoded[encoder.codec() as usize] {
            Some(bytes) => out.extend_from_slice(bytes.get(from..from + count).unwrap_or_default()),
            None => encoder.encode(self.sound.samples.get(from..from + count).unwrap_or_default(), out),
        }
    }
}

/// The tones that playouts share.
#[derive(Clone, Debug)]
pub(super) struct Tones {
    pub(super) ringback: Coded,
    pub(super) beep: Coded,
}

impl Tones {
    /// Encodes them.
    pub(super) fn new() -> Tones {
        Tones { ringback: Coded::new(tone::ringback()), beep: Coded::new(tone::beep()) }
    }
}

/// Whether packets of one codec can be sent in another's place one by one, sample by sample: where both are the same,
/// or laws of G.711. All else is decoded in order (`jitter.rs`).
pub(super) fn crosses_at_once(from: Codec, to: Codec) -> bool {
    from == to || from.keeps_no_state() && to.keeps_no_state()
}

/// Appends a payload of one law of G.711 in the other.
pub(super) fn translate(from: Codec, payload: &[u8], encoder: &mut Encoder, out: &mut Vec<u8>) {
    let mut samples = Vec::with_capacity(payload.len());
    from.decode(payload, &mut samples);
    encoder.encode(&samples, out);
}

/// Appends a payload's samples, going on where the decoder is this codec's, else beginning anew.
pub(super) fn decode(decoder: &mut Option<Decoder>, codec: Codec, payload: &[u8], samples: &mut Vec<i16>) {
    let going_on = decoder.take().filter(|decoder| decoder.codec() == codec);
    decoder.insert(going_on.unwrap_or_else(|| codec.decoder())).decode(payload, samples);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(codec: Codec, payload: &[u8]) -> Vec<i16> {
        let mut samples = Vec::new();
        codec.decode(payload, &mut samples);
        samples
    }

    fn translated(from: Codec, to: Codec, payload: &[u8]) -> Vec<u8> {
        let (mut encoder, mut out) = (to.encoder(), Vec::new());
        translate(from, payload, &mut encoder, &mut out);
        out
    }

    /// Pairs of codecs whose packets cross one by one.
    fn pairs() -> impl Iterator<Item = (Codec, Codec)> {
        let all = || Codec::ALL.into_iter();
        let pairs = all().flat_map(move |from| all().map(move |to| (from, to)));
        pairs.filter(|(from, to)| from != to && crosses_at_once(*from, *to))
    }

    #[test]
    fn only_the_laws_of_g711_cross_one_by_one() {
        let (mu, a) = (Codec::Pcmu, Codec::Pcma);
        assert_eq!(pairs().collect::<Vec<_>>(), [(mu, a), (a, mu)]);
        assert!(Codec::ALL.into_iter().all(|codec| crosses_at_once(codec, codec)));
    }

    #[test]
    fn silence_becomes_next_to_nothing_and_speech_survives() {
        let speech: Vec<i16> = (0..160).map(|n| (8000.0 * (f64::from(n) * 0.3).sin()) as i16).collect();
        for (from, to) in pairs() {
            for (said, worst) in [(vec![0; 160], 16), (speech.clone(), 500)] {
                let mut sent = Vec::new();
                from.encode(&said, &mut sent);
                let heard = decoded(to, &translated(from, to, &sent));
                let wrong = said.iter().zip(&heard).map(|(a, b)| (a - b).abs()).max();
                assert!(wrong.is_some_and(|wrong| wrong <= worst), "{from:?} to {to:?}: {wrong:?}");
            }
        }
    }
}
