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

/// Carries the packets of one codec over to another, in the order in which they cross.
#[derive(Debug, Default)]
pub(super) struct Translator {
    decoder: Option<Decoder>,
    samples: Vec<i16>,
}

impl Translator {
    /// Appends a payload of this codec in the encoder's.
    pub(super) fn append(&mut self, from: Codec, payload: &[u8], encoder: &mut Encoder, out: &mut Vec<u8>) {
        self.samples.clear();
        decode(&mut self.decoder, from, payload, &mut self.samples);
        encoder.encode(&self.samples, out);
        encoder.end_packet(out);
    }
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

    /// The codecs that code a byte a sample.
    fn byte_by_byte() -> impl Iterator<Item = Codec> {
        Codec::ALL.into_iter().filter(|codec| codec.static_payload_type().is_some())
    }

    fn translated(from: Codec, to: Codec, payloads: &[u8]) -> Vec<u8> {
        let (mut translator, mut encoder, mut out) = (Translator::default(), to.encoder(), Vec::new());
        payloads.chunks(160).for_each(|payload| translator.append(from, payload, &mut encoder, &mut out));
        out
    }

    #[test]
    fn silence_decodes_to_next_to_nothing_and_to_as_little() {
        for from in byte_by_byte() {
            let mut silence = Vec::new();
            from.encoder().encode_silence(320, &mut silence);
            for to in byte_by_byte() {
                let heard = decoded(to, &translated(from, to, &silence));
                assert!(
                    heard.iter().all(|s| s.abs() <= 16),
                    "the laws' smallest steps differ: {from:?} {to:?}"
                );
            }
        }
    }

    #[test]
    fn speech_survives_the_way_from_any_codec_to_any_other() {
        let samples: Vec<i16> = (0..1600).map(|n| (8000.0 * (f64::from(n) * 0.3).sin()) as i16).collect();
        for from in byte_by_byte() {
            let mut sent = Vec::new();
            from.encode(&samples, &mut sent);
            for to in byte_by_byte() {
                let heard = decoded(to, &translated(from, to, &sent));
                let worst = samples.iter().zip(&heard).skip(200).map(|(a, b)| (a - b).abs()).max();
                assert!(worst.is_some_and(|worst| worst < 1_000), "{from:?} to {to:?}: {worst:?}");
            }
        }
    }

    #[test]
    fn a_source_that_changes_its_codec_is_decoded_anew() {
        let (mut translator, mut encoder, mut out) =
            (Translator::default(), Codec::Pcmu.encoder(), Vec::new());
        for from in [Codec::G722, Codec::Pcma, Codec::G722] {
            let mut sent = Vec::new();
            from.encode(&[4_000; 160], &mut sent);
            translator.append(from, &sent, &mut encoder, &mut out);
        }
        let heard = decoded(Codec::Pcmu, &out);
        assert!(heard.chunks(160).all(|packet| (3_500..4_500).contains(&packet[150])));
    }
}
