//! The shipped prompts as the detectors hear them: none sounds like a key, each is recognised.

use madoguchi::audio::goertzel::Detector;
use madoguchi::audio::matcher::Matcher;
use madoguchi::audio::{Codec, Library, LibraryBuilder, decode};
use madoguchi::base::{Language, PromptId};
use std::path::Path;

/// The prompts of a language whose names pass.
fn library(wanted: impl Fn(&str) -> bool) -> Library {
    let mut builder = LibraryBuilder::new();
    for language in Language::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts").join(language.tag());
        for entry in std::fs::read_dir(folder).expect("the prompts' folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().and_then(|n| n.to_str()).expect("a name").to_owned();
            if path.extension().is_some_and(|e| e == "wav") && wanted(&name) {
                let bytes = std::fs::read(&path).expect("readable");
                builder.insert(
                    PromptId::new(&name),
                    language,
                    decode(bytes, Some("wav")).expect("decodable"),
                );
            }
        }
    }
    builder.build()
}

fn through(codec: Codec, samples: &[i16]) -> Vec<i16> {
    let (mut bytes, mut heard) = (Vec::new(), Vec::new());
    codec.encode(samples, &mut bytes);
    codec.decode(&bytes, &mut heard);
    heard
}

#[test]
fn no_prompt_sounds_like_a_key() {
    let library = library(|_| true);
    let mut seconds = 0;
    for (id, language, sound) in library.sounds() {
        let heard = Detector::new().feed(&through(Codec::Pcmu, &sound.samples));
        assert_eq!(heard, [], "{id} {language}");
        seconds += sound.duration().as_secs();
    }
    assert!(seconds > 600, "only {seconds} s of prompts were there to hear");
}

#[test]
fn a_call_of_menus_is_told_prompt_by_prompt() {
    let library = library(|name| !name.starts_with("minutes") && !name.starts_with("number"));
    let matcher = Matcher::new(&library);
    let long = library.sounds().filter(|(_, _, s)| (2..12).contains(&s.duration().as_secs()));
    let spoken: Vec<_> = long.take(8).collect();
    assert_eq!(spoken.len(), 8, "the menus and notices");
    let mut recording = vec![0; 1_234];
    spoken.iter().for_each(|(_, _, sound)| recording.extend_from_slice(&sound.samples));
    let heard = matcher.heard(&through(Codec::Pcmu, &recording));
    let named: Vec<_> = heard.iter().map(|h| (&h.prompt, h.language, h.played == h.of)).collect();
    let expected: Vec<_> = spoken.iter().map(|(id, language, _)| (*id, *language, true)).collect();
    assert_eq!(named, expected);
}
