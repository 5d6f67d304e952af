//! One stream's audio made whole: packets decoded in order, losses concealed, announced silence rendered.

use super::{Codec, Concealer, Decoder};

/// House audio of one source. What the codec itself conceals (Opus) it conceals, [`Concealer`] the rest.
#[derive(Debug, Default)]
pub struct Hearer {
    decoder: Option<Decoder>,
    concealer: Concealer,
    samples: Vec<i16>,
    noise: Noise,
}

impl Hearer {
    /// Appends a packet's samples, going on where the last one was of this codec, else beginning anew.
    pub fn heard(&mut self, codec: Codec, payload: &[u8], out: &mut Vec<i16>) {
        let mut samples = std::mem::take(&mut self.samples);
        samples.clear();
        self.decoder(codec).decode(payload, &mut samples);
        self.concealer.heard(&samples, out);
        self.samples = samples;
    }

    /// Appends so many samples in place of ones that never came, with the help of the packet after them.
    pub fn lost(&mut self, samples: usize, next: Option<(Codec, &[u8])>, out: &mut Vec<i16>) {
        let next = |codec| next.filter(|(next, _)| *next == codec).map(|(_, payload)| payload);
        let made = self.decoder.as_mut().is_some_and(|d| d.conceal(samples, next(d.codec()), out));
        if !made {
            self.concealer.lost(samples, out);
        }
    }

    /// Appends so many samples of a silence as the far side announced it, or of none at all.
    pub fn silence(&mut self, samples: usize, announced: Option<NoiseLevel>, out: &mut Vec<i16>) {
        match announced {
            Some(level) => self.noise.append(level, samples, out),
            None => out.resize(out.len() + samples, 0),
        }
    }

    fn decoder(&mut self, codec: Codec) -> &mut Decoder {
        let going_on = self.decoder.take().filter(|decoder| decoder.codec() == codec);
        self.decoder.insert(going_on.unwrap_or_else(|| codec.decoder()))
    }
}

/// How loud a silence is (RFC 3389): the largest sample of a noise that is as loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoiseLevel(i16);

impl NoiseLevel {
    /// The level of a comfort noise packet: its first byte, in dB below the loudest. Its spectrum is left out.
    pub fn of_packet(payload: &[u8]) -> Option<NoiseLevel> {
        let below = f64::from(*payload.first()? & 0x7f);
        // White noise from -peak to peak has an effective value of peak over the root of three.
        let peak = f64::from(i16::MAX) * 10f64.powf(-below / 20.0) * 3f64.sqrt();
        Some(NoiseLevel(peak.min(f64::from(i16::MAX)) as i16))
    }
}

/// White noise, the same in every run.
#[derive(Debug, Default)]
struct Noise(u32);

impl Noise {
    fn append(&mut self, NoiseLevel(peak): NoiseLevel, samples: usize, out: &mut Vec<i16>) {
        out.extend((0..samples).map(|_| {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let random = (self.0 >> 16) as i16;
            (i32::from(random) * i32::from(peak) / 32_768) as i16
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loudness(samples: &[i16]) -> f64 {
        (samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
    }

    #[test]
    fn announced_silence_is_as_loud_as_it_was_announced() {
        for (byte, db) in [(0x7f, -127.0), (60, -60.0), (40, -40.0), (0x80 | 30, -30.0)] {
            let level = NoiseLevel::of_packet(&[byte, 1, 2]).expect("a level");
            let mut out = Vec::new();
            Hearer::default().silence(8_000, Some(level), &mut out);
            let heard = 20.0 * (loudness(&out).max(0.01) / f64::from(i16::MAX)).log10();
            assert!((heard - db).abs() < 1.0 || heard < -100.0 && db < -100.0, "{db}: {heard}");
        }
        assert_eq!(NoiseLevel::of_packet(&[]), None);
    }

    #[test]
    fn a_loss_is_concealed_in_every_codec() {
        let wave = |n: usize| (6_000.0 * (n as f64 * std::f64::consts::TAU / 64.0).sin()) as i16;
        let voice: Vec<i16> = (0..160 * 30).map(wave).collect();
        for codec in Codec::ALL {
            let (mut encoder, mut hearer, mut out) = (codec.encoder(), Hearer::default(), Vec::new());
            for (n, samples) in voice.chunks(160).enumerate() {
                let mut payload = Vec::new();
                encoder.encode(samples, &mut payload);
                encoder.end_packet(&mut payload);
                match n {
                    20 => hearer.lost(160, None, &mut out),
                    _ => hearer.heard(codec, &payload, &mut out),
                }
            }
            assert_eq!(out.len(), voice.len(), "{codec:?}");
            let (lost, before) = (loudness(&out[3_200..3_360]), loudness(&out[3_040..3_200]));
            assert!(lost > before * 0.4 && lost < before * 1.2, "{codec:?}: {lost} after {before}");
        }
    }
}
