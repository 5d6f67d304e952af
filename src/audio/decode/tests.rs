//! Every container, rate and width a prompt may come in, and damaged ones.

use super::{DecodeError, MAX_BYTES, decode};
use crate::audio::Codec;
use crate::base::Rng;
use std::f64::consts::TAU;

/// Half a second of 1 kHz at half of full scale, made with lame (44.1 kHz stereo), oggenc (48 kHz stereo), flac (16 kHz mono).
const MP3: &[u8] = include_bytes!("fixtures/tone.mp3");
const OGG: &[u8] = include_bytes!("fixtures/tone.ogg");
const FLAC: &[u8] = include_bytes!("fixtures/tone.flac");

/// A WAV file of these bytes: format 1 = PCM, 6 = A-law, 7 = mu-law.
fn wav(format: u16, rate_hz: u32, channels: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    let block = channels * bits / 8;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0");
    file.extend([format.to_le_bytes(), channels.to_le_bytes()].concat());
    file.extend([rate_hz.to_le_bytes(), (rate_hz * u32::from(block)).to_le_bytes()].concat());
    file.extend([block.to_le_bytes(), bits.to_le_bytes()].concat());
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

fn tone(rate_hz: u32, frequency_hz: f64, amplitude: f64) -> Vec<i16> {
    let step = TAU * frequency_hz / f64::from(rate_hz);
    (0..rate_hz / 2).map(|n| (amplitude * (f64::from(n) * step).sin()).round() as i16).collect()
}

fn pcm(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|s| s.to_le_bytes()).collect()
}

fn samples(bytes: &[u8], extension: &str) -> Vec<i16> {
    decode(bytes, Some(extension)).expect("decodable").samples.to_vec()
}

/// Amplitude of one frequency in the middle of a sound.
fn amplitude(samples: &[i16], frequency_hz: f64) -> f64 {
    let middle = &samples[800..samples.len() - 800];
    let (mut re, mut im) = (0.0, 0.0);
    for (n, s) in middle.iter().enumerate() {
        let angle = TAU * frequency_hz * n as f64 / 8_000.0;
        re += f64::from(*s) * angle.cos();
        im += f64::from(*s) * angle.sin();
    }
    2.0 * f64::hypot(re, im) / middle.len() as f64
}

#[test]
fn telephone_pcm_comes_out_sample_for_sample() {
    let mut rng = Rng::from_seed(1);
    let noise: Vec<i16> = (0..8_000).map(|_| rng.next_u32() as i16).chain([i16::MIN, i16::MAX]).collect();
    assert_eq!(samples(&wav(1, 8_000, 1, 16, &pcm(&noise)), "wav"), noise);
}

#[test]
fn g711_in_wav_is_the_codecs_own_decoding() {
    let codes: Vec<u8> = (0..=255).collect();
    for (format, codec) in [(7, Codec::Pcmu), (6, Codec::Pcma)] {
        let mut expected = Vec::new();
        codec.decode(&codes, &mut expected);
        let short = wav(format, 8_000, 1, 8, &codes);
        let mut long = short.clone();
        long[16] = 18;
        long[4] += 2;
        long.splice(36..36, [0, 0]);
        assert_eq!(samples(&short, "wav"), expected, "{codec:?}");
        assert_eq!(samples(&long, "wav"), expected, "{codec:?}");
    }
}

#[test]
fn every_container_gives_the_same_tone() {
    for (bytes, extension) in [(MP3, "mp3"), (OGG, "ogg"), (FLAC, "flac")] {
        for extension in [extension, "wav", ""] {
            let heard = samples(bytes, extension);
            assert!((3_900..=4_600).contains(&heard.len()), "{extension}: {} samples", heard.len());
            let level = amplitude(&heard, 1_000.0);
            assert!((15_500.0..17_200.0).contains(&level), "{extension}: {level}");
        }
    }
}

#[test]
fn rates_keep_length_and_level() {
    for rate_hz in [11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000] {
        let heard = samples(&wav(1, rate_hz, 1, 16, &pcm(&tone(rate_hz, 1_000.0, 16_384.0))), "wav");
        assert!((3_995..=4_001).contains(&heard.len()), "{rate_hz}: {}", heard.len());
        let level = amplitude(&heard, 1_000.0);
        assert!((level / 16_384.0 - 1.0).abs() < 0.01, "{rate_hz}: {level}");
    }
}

#[test]
fn what_a_telephone_cannot_carry_does_not_fold_back() {
    let heard = samples(&wav(1, 44_100, 1, 16, &pcm(&tone(44_100, 6_000.0, 16_384.0))), "wav");
    let alias = amplitude(&heard, 2_000.0);
    assert!(alias < 16_384.0 / 1_000.0, "60 dB down at least: {alias}");
    let voice = samples(&wav(1, 44_100, 1, 16, &pcm(&tone(44_100, 3_300.0, 16_384.0))), "wav");
    assert!(amplitude(&voice, 3_300.0) > 14_500.0);
}

#[test]
fn channels_are_averaged() {
    let stereo: Vec<i16> = (0..4_000).flat_map(|_| [10_000, -2_000]).collect();
    assert!(samples(&wav(1, 8_000, 2, 16, &pcm(&stereo)), "wav").iter().all(|s| *s == 4_000));
}

#[test]
fn eight_and_twenty_four_bits_are_understood() {
    assert!(samples(&wav(1, 8_000, 1, 8, &[192; 800]), "wav").iter().all(|s| *s == 16_384));
    assert!(samples(&wav(1, 8_000, 1, 24, &[0, 0, 0x40].repeat(800)), "wav").iter().all(|s| *s == 16_384));
}

#[test]
fn what_is_no_sound_is_said_so() {
    assert!(matches!(decode(&b"hello, this is text"[..], Some("wav")), Err(DecodeError::UnknownFormat(_))));
    assert!(matches!(decode(Vec::new(), None), Err(DecodeError::UnknownFormat(_))));
    assert_eq!(decode(vec![0; MAX_BYTES + 1], None), Err(DecodeError::TooLong));
    assert_eq!(decode(wav(1, 8_000, 1, 16, &[]), None), Err(DecodeError::Empty));
    assert_eq!(decode(wav(1, 500, 1, 16, &[0; 100]), None), Err(DecodeError::Rate(500)));
    assert_eq!(decode(wav(7, 8_000, 1, 8, &vec![0xff; 601 * 8_000]), None), Err(DecodeError::TooLong));
}

#[test]
fn damaged_files_never_panic() {
    let telephone = wav(1, 8_000, 1, 16, &pcm(&tone(8_000, 440.0, 8_000.0)));
    let mut rng = Rng::from_seed(61);
    let mut decoded = 0;
    for round in 0..600 {
        let mut bytes = [MP3, OGG, FLAC, &telephone][round % 4].to_vec();
        for _ in 0..=rng.below(12) {
            let reach = if rng.chance(60) { 128.min(bytes.len()) } else { bytes.len() };
            let at = rng.below(reach as u64) as usize;
            bytes[at] = rng.next_u32() as u8;
        }
        if rng.chance(30) {
            bytes.truncate(rng.below(bytes.len() as u64) as usize);
        }
        decoded += usize::from(decode(bytes, Some("wav")).is_ok());
    }
    assert!(decoded > 150, "some damage is survived: {decoded}");
}
