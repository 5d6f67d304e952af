//! G.722 at 64 kbit/s (ITU-T G.722, payload type 9) as a telephone of 8 kHz hears and speaks it: its lower band.
//!
//! A code is six bits of the band below 4 kHz and two of the band above. House audio has nothing above, so the
//! upper two bits say "next to nothing" when we speak, and are not looked at when we listen. Between two sides that
//! both speak G.722 packets pass untouched, with both bands.
//!
//! One code is one tick of 8 kHz, which is also the RTP clock, by a slip that RFC 3551 4.5.2 keeps.

/// What the upper band's bits say where there is nothing in it: its smallest step.
const QUIET_UPPER: u8 = 0xc0;
/// Bits of a code that are the lower band's.
const LOWER: u8 = 0x3f;

/// Decision levels of the encoder's 60-level quantiser (table 4).
const LEVELS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219,
    1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// Sizes that a six-bit code stands for (table 7), largest first, in 32768ths of the scale factor.
const SIZES: [i32; 30] = [
    24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
    4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136,
];
/// Sizes of the four-bit code that both sides adapt by, largest first.
const COARSE: [i32; 7] = [20456, 12896, 8968, 6288, 4240, 2584, 1200];
/// What each size of [`COARSE`] adds to the logarithm of the scale factor; the last is silence.
const ADAPTS: [i32; 8] = [3042, 1198, 538, 334, 172, 58, -30, -60];
/// A 2048th of an octave's 32 steps of the scale factor (table 8).
const SCALES: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896,
    2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
/// Largest logarithm of the scale factor.
const LARGEST_LOG: i32 = 18_432;

/// What encoder and decoder of the lower band have in common: they adapt by the codes alone, so that both hold the
/// same values as long as no code is lost, and come together again after a loss.
#[derive(Clone, Debug)]
pub(super) struct Band {
    predictor: Predictor,
    log_scale: i32,
    scale: i32,
}

impl Default for Band {
    fn default() -> Band {
        Band { predictor: Predictor::default(), log_scale: 0, scale: 32 }
    }
}

impl Band {
    /// Appends one code for each sample.
    pub(super) fn encode(&mut self, samples: &[i16], codes: &mut Vec<u8>) {
        codes.extend(samples.iter().map(|sample| QUIET_UPPER | self.encode_one(i32::from(*sample) >> 1)));
    }

    /// Appends one sample for each code.
    pub(super) fn decode(&mut self, codes: &[u8], samples: &mut Vec<i16>) {
        samples.extend(codes.iter().map(|code| self.decode_one(code & LOWER)));
    }

    fn encode_one(&mut self, sample: i32) -> u8 {
        let error = saturated(sample - self.predictor.estimate);
        let size = if error < 0 { -(error + 1) } else { error };
        let reached = LEVELS.iter().take_while(|level| size >= (*level * self.scale) >> 12).count() as u8;
        let code = match (error < 0, reached) {
            // The two smallest negative steps have codes of their own.
            (true, 0) => 63,
            (true, 1) => 62,
            (true, reached) => 33 - reached,
            (false, reached) => 61 - reached,
        };
        self.adapt(code);
        code
    }

    fn decode_one(&mut self, code: u8) -> i16 {
        let heard = self.predictor.estimate + ((self.scale * fine(code)) >> 15);
        self.adapt(code);
        (heard.clamp(-16_384, 16_383) << 1) as i16
    }

    /// Moves on by the upper four bits of a lower band's code.
    fn adapt(&mut self, code: u8) {
        let (size, step) = coarse(code >> 2);
        let difference = (self.scale * size) >> 15;
        self.log_scale = (((self.log_scale * 127) >> 7) + step).clamp(0, LARGEST_LOG);
        let mantissa = SCALES[(self.log_scale >> 6) as usize & 31];
        let octave = 8 - (self.log_scale >> 11);
        self.scale = if octave < 0 { mantissa << -octave } else { mantissa >> octave } << 2;
        self.predictor.update(difference);
    }
}

/// The difference that a six-bit code stands for.
fn fine(code: u8) -> i32 {
    match code {
        0..=3 => -136,
        4..=31 => -SIZES[usize::from(code) - 4],
        32..=61 => SIZES[usize::from(code) - 32],
        62 => -432,
        _ => -136,
    }
}

/// The difference that a four-bit code stands for, and what it adds to the scale's logarithm.
fn coarse(code: u8) -> (i32, i32) {
    match code {
        1..=7 => (-COARSE[usize::from(code) - 1], ADAPTS[usize::from(code) - 1]),
        8..=14 => (COARSE[usize::from(code) - 8], ADAPTS[usize::from(code) - 8]),
        _ => (0, ADAPTS[7]),
    }
}

/// The adaptive predictor of two poles and six zeros (3.6.4 to 3.6.8 of the recommendation).
#[derive(Clone, Debug, Default)]
struct Predictor {
    /// What the next sample is expected to be.
    estimate: i32,
    /// The zeros' part of it.
    zeros: i32,
    differences: [i32; 6],
    zero_weights: [i32; 6],
    reconstructed: [i32; 2],
    partial: [i32; 2],
    pole_weights: [i32; 2],
}

impl Predictor {
    fn update(&mut self, difference: i32) {
        let reconstructed = saturated(self.estimate + difference);
        let partial = saturated(self.zeros + difference);
        self.pole_weights = self.next_poles(partial);
        self.zero_weights = self.next_zeros(difference);
        self.partial = [partial, self.partial[0]];
        self.reconstructed = [reconstructed, self.reconstructed[0]];
        self.differences.rotate_right(1);
        self.differences[0] = difference;
        let weighed = |(weight, value): (&i32, &i32)| (weight * saturated(value * 2)) >> 15;
        let poles = self.pole_weights.iter().zip(&self.reconstructed).map(weighed).sum();
        self.zeros = saturated(self.zero_weights.iter().zip(&self.differences).map(weighed).sum());
        self.estimate = saturated(saturated(poles) + self.zeros);
    }

    fn next_poles(&self, partial: i32) -> [i32; 2] {
        let [first, second] = self.pole_weights;
        let same = |other: i32| (partial < 0) == (other < 0);
        let [before, earlier] = self.partial;
        let quadruple = saturated(first << 2);
        let toward = if same(before) { -quadruple } else { quadruple }.min(32_767);
        let step = if same(earlier) { 128 } else { -128 };
        let second = (step + (toward >> 7) + ((second * 32_512) >> 15)).clamp(-12_288, 12_288);
        let step = if same(before) { 192 } else { -192 };
        let limit = saturated(15_360 - second);
        [saturated(step + ((first * 32_640) >> 15)).clamp(-limit, limit), second]
    }

    fn next_zeros(&self, difference: i32) -> [i32; 6] {
        let step = if difference == 0 { 0 } else { 128 };
        let mut weights = self.zero_weights;
        for (weight, before) in weights.iter_mut().zip(&self.differences) {
            let step = if (difference < 0) == (*before < 0) { step } else { -step };
            *weight = saturated(step + ((*weight * 32_640) >> 15));
        }
        weights
    }
}

fn saturated(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech() -> Vec<i16> {
        let wave =
            |n: u32, hz: f64, level: f64| level * (f64::from(n) * hz * std::f64::consts::TAU / 8_000.0).sin();
        (0..8_000)
            .map(|n| (wave(n, 440.0, 5_000.0) + wave(n, 1_200.0, 2_500.0) + wave(n, 2_900.0, 700.0)) as i16)
            .collect()
    }

    fn decibels(signal: &[i16], heard: &[i16]) -> f64 {
        let energy = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>();
        let noise = energy(&mut signal.iter().zip(heard).map(|(a, b)| f64::from(*a) - f64::from(*b)));
        10.0 * (energy(&mut signal.iter().map(|s| f64::from(*s))) / noise).log10()
    }

    #[test]
    fn speech_comes_through_a_code_a_sample() {
        let (mut codes, mut heard) = (Vec::new(), Vec::new());
        Band::default().encode(&speech(), &mut codes);
        Band::default().decode(&codes, &mut heard);
        assert_eq!((codes.len(), heard.len()), (8_000, 8_000));
        assert!(decibels(&speech(), &heard) > 30.0, "{}", decibels(&speech(), &heard));
        assert!(codes.iter().all(|code| code & QUIET_UPPER == QUIET_UPPER), "nothing above 4 kHz");
    }

    #[test]
    fn a_stream_goes_on_from_packet_to_packet_and_recovers_from_a_lost_one() {
        let (mut encoder, mut codes, mut heard) = (Band::default(), Vec::new(), Vec::new());
        speech().chunks(160).for_each(|packet| encoder.encode(packet, &mut codes));
        let mut whole = Vec::new();
        Band::default().encode(&speech(), &mut whole);
        assert_eq!(codes, whole);
        let mut decoder = Band::default();
        codes
            .chunks(160)
            .enumerate()
            .filter(|(n, _)| *n != 10)
            .for_each(|(_, p)| decoder.decode(p, &mut heard));
        assert!(decibels(&speech()[4_160..], &heard[4_000..]) > 25.0, "two thousand codes after the loss");
    }

    #[test]
    fn any_codes_are_some_sound() {
        let mut rng = crate::base::Rng::from_seed(722);
        let (mut band, mut heard) = (Band::default(), Vec::new());
        for _ in 0..100_000 {
            band.decode(&[rng.next_u32() as u8], &mut heard);
        }
        band.decode(&[0; 1_000], &mut heard);
        band.encode(&[i16::MIN, i16::MAX, i16::MIN, i16::MAX], &mut Vec::new());
        assert_eq!(heard.len(), 101_000);
    }
}
