//! G.711 as packets carry it: appended to a packet, taken out of one, carried from law to law.

use crate::audio::{Codec, Library, Sound, tone};
use crate::base::{Language, PromptId};
use std::sync::Arc;

/// A sound encoded once for every codec.
#[derive(Clone, Debug)]
pub(super) struct Coded([Arc<[u8]>; Codec::ALL.len()]);

impl Coded {
    /// Encodes samples.
    pub(super) fn new(samples: &[i16]) -> Coded {
        Coded(Codec::ALL.map(|codec| {
            let mut bytes = Vec::with_capacity(samples.len());
            codec.encode(samples, &mut bytes);
            bytes.into()
        }))
    }

    /// A prompt's bytes, shared with the library; `None` where it lacks the prompt.
    pub(super) fn of_prompt(library: &Library, id: &PromptId, language: Language) -> Option<Coded> {
        let [a, b] = Codec::ALL.map(|codec| library.encoded(id, language, codec));
        Some(Coded([a?, b?]))
    }

    /// Samples, and as many bytes in every codec.
    pub(super) fn samples(&self) -> usize {
        self.0.iter().map(|bytes| bytes.len()).min().unwrap_or(0)
    }

    /// The bytes of one codec.
    pub(super) fn bytes(&self, codec: Codec) -> &[u8] {
        match codec {
            Codec::Pcmu => &self.0[0],
            Codec::Pcma => &self.0[1],
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
        let coded = |sound: Sound| Coded::new(&sound.samples);
        Tones { ringback: coded(tone::ringback()), beep: coded(tone::beep()) }
    }
}

/// Appends so many samples of silence.
pub(super) fn append_silence(codec: Codec, samples: usize, out: &mut Vec<u8>) {
    out.resize(out.len() + samples, codec.silence());
}

/// The samples of a payload.
pub(super) fn decoded(codec: Codec, payload: &[u8]) -> Vec<i16> {
    let mut samples = Vec::with_capacity(payload.len());
    codec.decode(payload, &mut samples);
    samples
}

/// Appends a payload of one codec as another's.
pub(super) fn append_translated(from: Codec, to: Codec, payload: &[u8], out: &mut Vec<u8>) {
    to.encode(&decoded(from, payload), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_decodes_to_next_to_nothing_and_to_as_little() {
        for from in Codec::ALL {
            assert!(decoded(from, &[from.silence()])[0].abs() <= 8);
            for to in Codec::ALL {
                let mut out = Vec::new();
                append_translated(from, to, &[from.silence()], &mut out);
                assert!(decoded(to, &out)[0].abs() <= 8, "the laws' smallest steps differ");
            }
        }
    }

    #[test]
    fn speech_survives_the_way_from_law_to_law() {
        let samples: Vec<i16> = (0..800).map(|n| (8000.0 * f64::from(n).sin()) as i16).collect();
        let (mut ulaw, mut alaw) = (Vec::new(), Vec::new());
        Codec::Pcmu.encode(&samples, &mut ulaw);
        append_translated(Codec::Pcmu, Codec::Pcma, &ulaw, &mut alaw);
        for (sent, heard) in samples.iter().zip(decoded(Codec::Pcma, &alaw)) {
            assert!((sent - heard).abs() <= 40 + sent.abs() / 12, "{sent} {heard}");
        }
    }
}
