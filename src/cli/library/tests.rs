//! Tests of the manifest's reading and of what is missing.

use super::*;
use crate::base::{Language, PromptId};
use crate::diag::Source;

fn prompts(text: &str) -> Result<Vec<String>, Vec<String>> {
    let source = Source::new("m", text);
    let shown = |prompt: &Prompt| {
        let of = |r: &Recorded| format!("{} {} {}", r.language, r.file.display(), r.text);
        format!("{}: {}", prompt.id, prompt.recorded.iter().map(of).collect::<Vec<_>>().join(", "))
    };
    let place = |d: &Diagnostic| format!("{}:{} {} {}", d.line(), d.column(), d.code, d.message);
    let manifest = manifest::parse(&source).map_err(|found| found.iter().map(place).collect::<Vec<_>>())?;
    Ok(manifest.prompts.iter().map(shown).collect())
}

#[test]
fn prompts_and_series_are_read_and_the_generators_part_is_let_be() {
    let text = "
[voice.ja]
speed = 1
[[prompt]]
id = 'hello'
kind = 'speech'
ja.text = 'もしもし'
ja.say = 'x'
en.text = 'Hello'
en.file = 'both/hello.flac'
[[series]]
id = 'wait-{n}'
values = [1, 8]
ja.text = '{n}分'
ja.special.8 = { say = 'はっぷん' }
en.text = '{n} minutes'
en.special.1 = { text = '1 minute' }
";
    let want = [
        "hello: ja ja/hello.wav もしもし, en both/hello.flac Hello",
        "wait-1: ja ja/wait-1.wav 1分, en en/wait-1.wav 1 minute",
        "wait-8: ja ja/wait-8.wav 8分, en en/wait-8.wav 8 minutes",
    ];
    assert_eq!(prompts(text).expect("good"), want);
}

#[test]
fn mistakes_of_a_manifest_are_reported_with_their_place() {
    let text = "\
[[prompt]]
id = 'Hello'
ja.text = 'x'
[[prompt]]
id = 'a'
ja.file = 'a.wav'
[[prompt]]
id = 'a'
[[series]]
id = 'b'
values = [1]
[[promt]]
id = 'c'
";
    let want = [
        "2:6 bad-prompt-id `Hello` is no name of a prompt",
        "6:1 missing-key `text` is missing in `prompt[1].ja`",
        "8:6 prompt-twice prompt `a` is named twice",
        "10:6 bad-series `b` has no place for the value",
        "12:3 unknown-key unknown key `promt`",
    ];
    assert_eq!(prompts(text).expect_err("mistakes"), want);
}

#[test]
fn the_shipped_prompts_are_all_there_in_both_languages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    let (manifest, library) = load(&folder).expect("the shipped prompts");
    assert!(manifest.prompts.len() > 200);
    for prompt in &manifest.prompts {
        for language in Language::ALL {
            assert!(library.sound(&prompt.id, language).is_some(), "{} {language}", prompt.id);
        }
    }
    assert_eq!(library.ids().count(), manifest.prompts.len());
}

#[test]
fn a_missing_or_damaged_recording_is_named_by_its_prompt() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[[prompt]]\nid = 'a'\nja.text = 'x'\nen.text = 'x'\n";
    std::fs::write(folder.path().join("manifest.toml"), text).expect("written");
    std::fs::create_dir(folder.path().join("ja")).expect("made");
    std::fs::write(folder.path().join("ja/a.wav"), "no sound").expect("written");
    let found = load(folder.path()).expect_err("damaged and missing");
    let messages: Vec<&str> = found.iter().map(|d| d.message.as_str()).collect();
    assert!(messages[0].starts_with("prompt `a` (ja): ") && messages[0].contains("not WAV"), "{messages:?}");
    assert!(messages[1].contains("(en)") && messages[1].contains("No such file"), "{messages:?}");
    let none = load(&folder.path().join("none")).expect_err("no manifest");
    assert_eq!(none[0].code, "no-prompts");
}

fn record(path: &Path, samples: &[i16]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).expect("a file");
    samples.iter().for_each(|sample| wav.write_sample(*sample).expect("written"));
    wav.finalize().expect("whole");
}

#[test]
fn only_what_changed_is_decoded_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[[prompt]]\nid = 'a'\nja.text = 'x'\nja.file = 'a.wav'\n\
        [[prompt]]\nid = 'b'\nja.text = 'x'\nja.file = 'b.wav'\n";
    let manifest = manifest::parse(&Source::new("m", text)).expect("a manifest");
    for file in ["a.wav", "b.wav"] {
        record(&folder.path().join(file), &[7; 80]);
    }
    let first = decode(folder.path(), &manifest).expect("decoded");
    let same = decode_changed(folder.path(), &manifest, &first).expect("decoded");
    assert!(same.library.shares_all_with(&first.library));

    record(&folder.path().join("new.wav"), &[9; 80]);
    std::fs::rename(folder.path().join("new.wav"), folder.path().join("b.wav")).expect("replaced");
    let changed = decode_changed(folder.path(), &manifest, &same).expect("decoded");
    let samples = |of: &Decoded, id: &str| of.library.sound(&PromptId::new(id), Language::Ja).cloned();
    let (before, after) = (samples(&first, "a").expect("a sound"), samples(&changed, "a").expect("a sound"));
    assert!(Arc::ptr_eq(&before.samples, &after.samples));
    assert_eq!(samples(&changed, "b").expect("a sound").samples[..], [9; 80]);

    std::fs::remove_file(folder.path().join("a.wav")).expect("removed");
    let found = decode_changed(folder.path(), &manifest, &changed).expect_err("gone");
    assert!(found.len() == 1 && found[0].message.contains("prompt `a` (ja)"), "{found:?}");
}
