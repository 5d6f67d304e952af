//! What audio costs a call: G.711 and in-band detection of one 20 ms frame.

use divan::{Bencher, black_box};
use madoguchi::audio::goertzel::Detector;
use madoguchi::audio::{Codec, tone};
use madoguchi::base::Digit;
use std::time::Duration;

fn main() {
    divan::main();
}

/// Samples of a 20 ms frame.
const FRAME: usize = 160;

/// A second of the busiest input there is for the detector: a key held down.
fn key() -> Vec<i16> {
    let digit = Digit::from_char('5').expect("5 is a key");
    tone::key(digit, Duration::from_secs(1)).samples.to_vec()
}

fn detect(bencher: Bencher, samples: &[i16]) {
    let mut detector = Detector::new();
    let mut frames = samples.chunks_exact(FRAME).cycle();
    bencher.bench_local(|| frames.next().map(|frame| detector.feed(black_box(frame)).len()));
}

#[divan::bench]
fn detect_frame_of_a_key(bencher: Bencher) {
    detect(bencher, &key());
}

#[divan::bench]
fn detect_frame_of_ringback(bencher: Bencher) {
    detect(bencher, &tone::ringback().samples[..8_000]);
}

#[divan::bench]
fn detect_frame_of_silence(bencher: Bencher) {
    detect(bencher, &[0; 8_000]);
}

#[divan::bench(args = Codec::ALL)]
fn encode_frame(bencher: Bencher, codec: Codec) {
    let samples = key();
    let mut encoder = codec.encoder();
    let mut bytes = Vec::with_capacity(FRAME);
    bencher.bench_local(|| {
        bytes.clear();
        encoder.encode(black_box(&samples[..FRAME]), &mut bytes);
        encoder.end_packet(&mut bytes);
        bytes.len()
    });
}

#[divan::bench(args = Codec::ALL)]
fn decode_frame(bencher: Bencher, codec: Codec) {
    let mut bytes = Vec::new();
    codec.encode(&key()[..FRAME], &mut bytes);
    let mut decoder = codec.decoder();
    let mut samples = Vec::with_capacity(FRAME);
    bencher.bench_local(|| {
        samples.clear();
        decoder.decode(black_box(&bytes), &mut samples);
        samples.len()
    });
}
