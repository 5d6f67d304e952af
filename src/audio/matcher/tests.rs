//! Recordings as a test caller hears them.

use super::{Heard, Match, Matcher, end_where_the_next_begins};
use crate::audio::{Codec, Library, LibraryBuilder, Sound};
use crate::base::{Language, PromptId, Rng};
use std::time::Duration;

/// Something like speech: bursts of a wandering pitch with harmonics, silence before, after and between.
fn babble(seed: u64, ms: usize) -> Vec<i16> {
    let mut rng = Rng::from_seed(seed);
    let mut samples = vec![0_i16; 240];
    let mut phase = 0.0_f64;
    while samples.len() + 240 < ms * 8 {
        let pitch = 90.0 + rng.below(160) as f64;
        let glide = 1.0 + (rng.below(100) as f64 - 50.0) / 1e5;
        let levels: Vec<f64> = (0..12).map(|_| rng.below(100) as f64).collect();
        let mut hz = pitch;
        for _ in 0..600 + rng.below(900) {
            hz *= glide;
            phase += std::f64::consts::TAU * hz / 8_000.0;
            let voice: f64 = (1..).zip(&levels).map(|(k, l)| l * (f64::from(k) * phase).sin()).sum();
            samples.push((voice * 12.0) as i16);
        }
        samples.extend(vec![0; rng.below(300) as usize]);
    }
    samples.truncate(ms * 8 - 240);
    samples.resize(ms * 8, 0);
    samples
}

fn library() -> Library {
    let mut builder = LibraryBuilder::new();
    for n in 0..30_u64 {
        let ms = 400 + n as usize * 100;
        builder.insert(PromptId::new(&format!("ja-{n:02}")), Language::Ja, Sound::new(babble(n, ms)));
    }
    let long = babble(777, 3_000);
    builder.insert(PromptId::new("long"), Language::En, Sound::new(long.clone()));
    builder.insert(
        PromptId::new("short"),
        Language::En,
        Sound::new(long.get(..12_000).expect("long").to_vec()),
    );
    builder.build()
}

fn prompt(library: &Library, id: &str) -> Vec<i16> {
    let id = PromptId::new(id);
    let sound = Language::ALL.into_iter().find_map(|l| library.sound(&id, l));
    sound.expect("there").samples.to_vec()
}

fn through(codec: Codec, samples: &[i16]) -> Vec<i16> {
    super::as_heard(samples, codec)
}

/// `prompt at+played/of` in milliseconds.
fn told(heard: &[Heard]) -> Vec<String> {
    let ms = |d: Duration| d.as_millis();
    heard.iter().map(|h| format!("{} {}+{}/{}", h.prompt, ms(h.at), ms(h.played), ms(h.of))).collect()
}

#[test]
fn whole_prompts_are_named_with_their_place_through_either_codec() {
    let library = library();
    let matcher = Matcher::new(&library);
    let recording =
        [vec![0; 1_003], prompt(&library, "ja-00"), vec![0; 77], prompt(&library, "ja-20")].concat();
    // Opus moves what it codes by some milliseconds.
    for codec in Codec::ALL.into_iter().filter(|codec| codec.static_payload_type().is_some()) {
        let told = told(&matcher.heard(&through(codec, &recording)));
        assert_eq!(told, ["ja-00 125+400/400", "ja-20 535+2400/2400"], "{codec:?}");
    }
    let both = through(Codec::Pcma, &through(Codec::Pcmu, &recording));
    assert_eq!(matcher.heard(&both).len(), 2, "a trunk that transcodes");
}

/// What comes of a prompt of which each packet went through Opus.
#[cfg(feature = "opus")]
fn through_opus(samples: &[i16]) -> Vec<i16> {
    let (mut encoder, mut decoder) = (Codec::Opus.encoder(), Codec::Opus.decoder());
    let mut heard = Vec::new();
    for packet in samples.chunks_exact(160) {
        let mut bytes = Vec::new();
        encoder.encode(packet, &mut bytes);
        encoder.end_packet(&mut bytes);
        decoder.decode(&bytes, &mut heard);
    }
    heard
}

/// Half a sample late, as a resampler hands it on.
#[cfg(feature = "opus")]
fn half_a_sample_late(samples: &[i16]) -> Vec<i16> {
    samples.windows(2).map(|pair| i16::midpoint(pair[0], pair[1])).collect()
}

#[cfg(feature = "opus")]
#[test]
fn prompts_are_named_through_resamplers_and_a_codec_that_keeps_no_waveform() {
    let library = library();
    let matcher = Matcher::new(&library);
    for offset in 0..4 {
        let silence = vec![0; 1_000 + offset];
        let recording = [silence, prompt(&library, "ja-09"), vec![0; 77], prompt(&library, "ja-20")].concat();
        let heard = half_a_sample_late(&through_opus(&half_a_sample_late(&recording)));
        let heard = matcher.heard(&heard);
        let names: Vec<_> = heard.iter().map(|heard| heard.prompt.to_string()).collect();
        assert_eq!(names, ["ja-09", "ja-20"], "{heard:?}");
        assert!(heard.iter().all(|heard| heard.played * 3 > heard.of * 2), "{heard:?}");
    }
}

#[test]
fn a_prompt_cut_short_says_how_much_was_played() {
    let library = library();
    let recording =
        [vec![0; 800], prompt(&library, "ja-25").get(..8_000).expect("long").to_vec(), vec![0; 4_000]];
    let heard = Matcher::new(&library).heard(&through(Codec::Pcmu, &recording.concat()));
    let [one] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(
        (one.prompt.as_str(), one.at, one.of.as_millis()),
        ("ja-25", Duration::from_millis(100), 2_900)
    );
    assert!((900..=1_000).contains(&one.played.as_millis()), "{:?}", one.played);
}

#[test]
fn a_recording_that_begins_late_has_the_rest() {
    let library = library();
    let heard = Matcher::new(&library).heard(prompt(&library, "ja-25").get(4_000..).expect("long"));
    let [one] = heard.as_slice() else { panic!("{heard:?}") };
    assert!(one.at.as_millis() <= 40 && (2_300..=2_400).contains(&one.played.as_millis()), "{one:?}");
}

#[test]
fn lost_packets_leave_the_prompt_whole() {
    let library = library();
    let mut recording = through(Codec::Pcmu, &prompt(&library, "ja-22"));
    for packet in [12, 13, 40, 77, 90] {
        recording[packet * 160..(packet + 1) * 160].fill(0);
    }
    assert_eq!(told(&Matcher::new(&library).heard(&recording)), ["ja-22 0+2600/2600"]);
}

#[test]
fn of_prompts_that_begin_alike_the_one_that_explains_most_is_named() {
    let library = library();
    let matcher = Matcher::new(&library);
    assert_eq!(told(&matcher.heard(&prompt(&library, "long"))), ["long 0+3000/3000"]);
    let short = [prompt(&library, "short"), vec![0; 8_000]].concat();
    assert!(matcher.heard(&short).iter().all(|h| h.played <= Duration::from_millis(1_500)));
}

#[test]
fn a_prompt_played_again_is_heard_again() {
    let library = library();
    let twice = [prompt(&library, "ja-05"), prompt(&library, "ja-05")].concat();
    assert_eq!(told(&Matcher::new(&library).heard(&twice)), ["ja-05 0+900/900", "ja-05 900+900/900"]);
}

#[test]
fn what_is_no_prompt_is_not_named() {
    let matcher = Matcher::new(&library());
    let mut rng = Rng::from_seed(9);
    let noise: Vec<i16> = (0..80_000).map(|_| (rng.next_u32() >> 20) as i16 - 2_048).collect();
    assert_eq!(matcher.heard(&noise), []);
    assert_eq!(matcher.heard(&babble(12_345, 10_000)), []);
    assert_eq!(matcher.heard(&[]), []);
    assert_eq!(matcher.heard(&[0; 8_000]), []);
}

#[test]
fn a_prompt_ends_where_the_next_begins() {
    let heard = |prompt: &str, at_ms, played_ms| Heard {
        prompt: PromptId::new(prompt),
        language: Language::Ja,
        at: Duration::from_millis(at_ms),
        played: Duration::from_millis(played_ms),
        of: Duration::from_millis(15_000),
    };
    let mut all =
        vec![heard("menu", 1_000, 9_000), heard("notice", 2_000, 6_000), heard("music", 8_500, 500)];
    end_where_the_next_begins(&mut all);
    let played: Vec<_> = all.iter().map(|h| h.played.as_millis()).collect();
    assert_eq!(played, [1_000, 6_000, 500]);
}

/// A steady tone after a prompt that was cut short resembles a frame of its rest here and there.
#[test]
fn stray_frames_after_the_cut_are_not_of_the_prompt() {
    let found =
        Match { prompt: 0, start: 0, alike: vec![3, 4, 5, 6, 20, 21, 90, 160], quiet: (7..18).collect() };
    assert_eq!(found.longest_run(&found.alike), [3, 4, 5, 6, 20, 21]);
    assert_eq!(found.longest_run(&[]), [0_usize; 0]);
}
