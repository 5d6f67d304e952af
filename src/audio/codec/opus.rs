//! Opus (RFC 6716) as a telephone of 8 kHz hears and speaks it: mono, whatever the far side sends (RFC 7587).
//!
//! Between two sides that both speak Opus packets pass untouched, with their whole band. What a far side wants of
//! our encoder is in [`Wishes`](super::Wishes).

use super::Wishes;
use opus_pure::{Application, MAX_PACKET_BYTES, OpusDecoder, OpusEncoder, RateControl, packet};

/// Samples a second that we hear and speak.
const RATE: i32 = 8_000;
/// Samples of the packets that can be made: 10 to 120 ms.
const PACKETS: [usize; 7] = [80, 160, 320, 480, 640, 800, 960];
/// Samples of the longest packet (RFC 6716 3.2.5).
const LONGEST: usize = 960;
/// Samples that can be made up at a time: 20 to 2.5 ms. Other lengths the decoder does not bear.
const STEPS: [usize; 4] = [160, 80, 40, 20];
/// What 8 kHz of speech are sent in, where the far side wants no less.
const BITS_PER_SECOND: i32 = 24_000;
/// The least that a far side may want.
const LEAST_BITS_PER_SECOND: i32 = 6_000;
/// Out of 10: beyond it speech of 8 kHz sounds no better for the time it costs.
const COMPLEXITY: i32 = 5;
/// The loss that forward correction is made for, in percent.
const EXPECTED_LOSS: i32 = 10;

/// What is sent.
#[derive(Debug)]
pub(super) struct Speaker {
    encoder: OpusEncoder,
    /// Samples of the packet that is not yet whole.
    waiting: Vec<i16>,
}

impl Speaker {
    /// An encoder after the far side's wishes.
    pub(super) fn new(wishes: Wishes) -> Speaker {
        let mut encoder =
            OpusEncoder::new(RATE, 1, Application::Voip).expect("8 kHz mono is one of its rates");
        let most = wishes.most_bits_per_second.and_then(|bits| i32::try_from(bits).ok()).unwrap_or(i32::MAX);
        encoder.bitrate_bps = BITS_PER_SECOND.min(most).max(LEAST_BITS_PER_SECOND);
        encoder.complexity = COMPLEXITY;
        if wishes.constant_rate {
            encoder.rate_control = RateControl::Cbr;
        }
        if wishes.forward_correction {
            (encoder.use_inband_fec, encoder.packet_loss_perc) = (true, EXPECTED_LOSS);
        }
        Speaker { encoder, waiting: Vec::new() }
    }

    /// Takes samples of a packet; what is beyond the longest packet is left out.
    pub(super) fn collect(&mut self, samples: &[i16]) {
        let room = LONGEST.saturating_sub(self.waiting.len());
        self.waiting.extend_from_slice(samples.get(..room).unwrap_or(samples));
    }

    /// Takes so many samples of silence.
    pub(super) fn collect_silence(&mut self, samples: usize) {
        let length = (self.waiting.len() + samples).min(LONGEST);
        self.waiting.resize(length, 0);
    }

    /// Appends the packet of what was collected, silence at its end where it is of no length that can be sent.
    pub(super) fn end_packet(&mut self, bytes: &mut Vec<u8>) {
        if self.waiting.is_empty() {
            return;
        }
        let length = PACKETS.into_iter().find(|length| *length >= self.waiting.len()).unwrap_or(LONGEST);
        self.waiting.resize(length, 0);
        let from = bytes.len();
        bytes.resize(from + MAX_PACKET_BYTES, 0);
        let room = bytes.get_mut(from..).unwrap_or_default();
        let written = self.encoder.encode_s16(&self.waiting, length, room).unwrap_or_default();
        bytes.truncate(from + written);
        self.waiting.clear();
    }
}

/// What is received.
#[derive(Debug)]
pub(super) struct Hearer {
    decoder: OpusDecoder,
    /// Samples of the last packet.
    last: usize,
}

impl Default for Hearer {
    fn default() -> Hearer {
        let decoder = OpusDecoder::new(RATE, 1).expect("8 kHz mono is one of its rates");
        Hearer { decoder, last: PACKETS[1] }
    }
}

impl Hearer {
    /// Appends the samples of a packet; one that is none is made up for as if it were lost.
    pub(super) fn decode(&mut self, bytes: &[u8], samples: &mut Vec<i16>) {
        let (length, from) = (length(bytes), samples.len());
        samples.resize(from + length, 0);
        let room = samples.get_mut(from..).unwrap_or_default();
        // The decoder does not bear being asked for nothing.
        let decoded = Some(length).filter(|length| *length > 0);
        let decoded = decoded.and_then(|length| self.decoder.decode_s16(bytes, length, room).ok());
        match decoded {
            Some(decoded) => {
                samples.truncate(from + decoded);
                self.last = length;
            }
            None => {
                samples.truncate(from);
                self.conceal(self.last, None, samples);
            }
        }
    }

    /// Appends so many samples in place of ones that never came, out of the packet after them where it is there and
    /// carries them too (RFC 6716 2.1.7).
    pub(super) fn conceal(&mut self, wanted: usize, next: Option<&[u8]>, samples: &mut Vec<i16>) {
        let end = samples.len() + wanted;
        let carries = |next: &&[u8]| (1..=wanted).contains(&frame_length(next));
        let next = next.filter(carries);
        let mut left = wanted - next.map_or(0, frame_length);
        while let Some(step) = STEPS.into_iter().find(|step| *step <= left) {
            self.append(step, samples, |decoder, room| decoder.decode_s16(&[], step, room).is_ok());
            left -= step;
        }
        if let Some(next) = next {
            let frame = frame_length(next);
            self.append(frame, samples, |decoder, room| decoder.decode_fec_s16(next, frame, room).is_ok());
        }
        samples.resize(end, 0);
    }

    fn append(
        &mut self,
        step: usize,
        samples: &mut Vec<i16>,
        decode: impl FnOnce(&mut OpusDecoder, &mut [i16]) -> bool,
    ) {
        let from = samples.len();
        samples.resize(from + step, 0);
        let room = samples.get_mut(from..).unwrap_or_default();
        if !decode(&mut self.decoder, room) {
            samples.truncate(from);
            samples.resize(from + step, 0);
        }
    }
}

/// How many samples a packet's speech is; none where it is no packet.
pub(super) fn length(bytes: &[u8]) -> usize {
    packet::samples(bytes, RATE).unwrap_or_default().min(LONGEST)
}

/// How many samples one frame of a packet is, of which the packet after it carries a copy.
fn frame_length(bytes: &[u8]) -> usize {
    packet::samples_per_frame(bytes, RATE).unwrap_or_default().min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::decode;
    use crate::base::Rng;

    /// A voice of 125 Hz with overtones.
    fn voice(packets: usize) -> Vec<i16> {
        let wave = |n: usize, k: f64| (n as f64 * k * std::f64::consts::TAU / 64.0).sin();
        let sample = |n| 4_000.0 * wave(n, 1.0) + 2_000.0 * wave(n, 2.0) + 1_000.0 * wave(n, 5.0);
        (0..packets * 160).map(|n| sample(n) as i16).collect()
    }

    fn packets(samples: &[i16], length: usize, wishes: Wishes) -> Vec<Vec<u8>> {
        let mut speaker = Speaker::new(wishes);
        let packet = |samples: &[i16]| {
            let mut bytes = Vec::new();
            speaker.collect(samples);
            speaker.end_packet(&mut bytes);
            bytes
        };
        samples.chunks(length).map(packet).collect()
    }

    /// What is heard of these packets, those that fail the test being lost.
    fn heard(packets: &[Vec<u8>], arrives: impl Fn(usize) -> bool, corrects: bool) -> Vec<i16> {
        let (mut hearer, mut samples) = (Hearer::default(), Vec::new());
        for (n, packet) in packets.iter().enumerate() {
            let next = packets.get(n + 1).filter(|_| corrects).map(Vec::as_slice);
            match arrives(n) {
                true => hearer.decode(packet, &mut samples),
                false => hearer.conceal(160, next, &mut samples),
            }
        }
        samples
    }

    fn loudness(samples: &[i16]) -> f64 {
        (samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
    }

    #[test]
    fn packets_of_every_length_are_heard_as_long_and_as_loud_as_they_were_said() {
        let said = voice(48);
        for length in [80, 160, 320, 480] {
            let packets = packets(&said, length, Wishes::default());
            assert!(packets.iter().all(|packet| super::length(packet) == length), "{length}");
            let heard = heard(&packets, |_| true, false);
            assert_eq!(heard.len(), said.len(), "{length}");
            let ratio = loudness(&heard[1_600..]) / loudness(&said[1_600..]);
            assert!((0.9..1.1).contains(&ratio), "{length}: {ratio}");
        }
    }

    #[test]
    fn a_packet_that_is_none_of_its_lengths_is_filled_up_with_silence() {
        let mut speaker = Speaker::new(Wishes::default());
        let mut bytes = Vec::new();
        speaker.collect(&[1_000; 100]);
        speaker.collect_silence(20);
        speaker.end_packet(&mut bytes);
        assert_eq!(length(&bytes), 160);
        let before = bytes.len();
        speaker.end_packet(&mut bytes);
        assert_eq!(bytes.len(), before, "nothing was collected");
        speaker.collect(&[0; 5_000]);
        speaker.end_packet(&mut bytes);
        assert_eq!(length(&bytes[before..]), 960);
    }

    #[test]
    fn lost_packets_are_made_up_for_and_are_nearly_themselves_where_the_next_ones_carry_them() {
        let said = decode(include_bytes!("../../../prompts/ja/menu-pin.wav"), Some("wav"))
            .expect("a recording")
            .samples;
        let sent = packets(&said[..300 * 160], 160, Wishes { forward_correction: true, ..Wishes::default() });
        let whole = heard(&sent, |_| true, false);
        let lost: Vec<usize> = (5..sent.len() - 1).step_by(10).collect();
        let those = |samples: &[i16]| -> Vec<i16> {
            lost.iter().flat_map(|n| samples[n * 160..(n + 1) * 160].to_vec()).collect()
        };
        let error = |corrects: bool| {
            let heard = heard(&sent, |n| !lost.contains(&n), corrects);
            assert_eq!(heard.len(), whole.len());
            let wrong: Vec<i16> =
                those(&whole).iter().zip(those(&heard)).map(|(a, b)| a.saturating_sub(b)).collect();
            loudness(&wrong) / loudness(&those(&whole))
        };
        assert!(error(false) < 0.95, "silence would be 1: {}", error(false));
        assert!(error(true) < 0.35, "{}", error(true));
    }

    #[test]
    fn a_far_side_s_wishes_are_met() {
        let said = voice(50);
        let bytes = |wishes| packets(&said, 160, wishes).iter().map(Vec::len).sum::<usize>();
        let few = bytes(Wishes { most_bits_per_second: Some(8_000), ..Wishes::default() });
        assert!(few * 2 < bytes(Wishes::default()), "{few}");
        let constant = Wishes { constant_rate: true, ..Wishes::default() };
        let packets = packets(&said, 160, constant);
        assert!(packets.iter().all(|packet| packet.len() == packets[0].len()));
    }

    #[test]
    fn whatever_arrives_is_heard_and_never_longer_than_the_longest_packet() {
        let mut rng = Rng::from_seed(5);
        let mut hearer = Hearer::default();
        for n in 0..3_000 {
            let bytes: Vec<u8> =
                (0..rng.below(if n % 2 == 0 { 8 } else { 300 })).map(|_| rng.next_u64() as u8).collect();
            let mut samples = Vec::new();
            hearer.decode(&bytes, &mut samples);
            assert!((1..=LONGEST).contains(&samples.len()), "{}", samples.len());
            let wanted = rng.below(1_500) as usize;
            samples.clear();
            hearer.conceal(wanted, (n % 3 == 0).then_some(&bytes), &mut samples);
            assert_eq!(samples.len(), wanted);
        }
    }
}
