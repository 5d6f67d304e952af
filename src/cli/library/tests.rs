//! Tests of the manifest's reading and of what is missing.

use super::*;
use crate::audio::level::{self, Content};
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
fn prompts_and_series_are_read() {
    let text = "
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
fn what_the_generator_is_told_is_read() {
    let text = "
[voice.ja]
engine = 'a'
speed = 0.95
shelf_db = 4
[[prompt]]
id = 'hello'
kind = 'music'
ja = { text = 'x', take = 1, reading = 'エックス' }
[[series]]
id = 'wait-{n}'
kind = 'fragment'
values = [1, 8]
ja = { text = '{n}分', say = '{n}ふん', readings = ['イチ', 'ハチ'], special.8 = { text = '八分' } }
en = { text = '{n}', readings = ['one'], special.8 = { say = 'eight' } }
";
    let manifest = manifest::parse(&Source::new("m", text)).expect("good");
    let settings: Vec<String> = manifest.voices[&Language::Ja]
        .settings
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(settings, ["engine=a", "shelf_db=4", "speed=0.95"]);
    let told = |(prompt, r): (&Prompt, &Recorded)| (prompt.content, r.say.clone(), r.take, r.reading.clone());
    let told: Vec<_> = manifest.recordings().map(told).collect();
    let reading = |text: &str| Some(text.to_owned());
    let want = [
        (Content::Music, "x".to_owned(), Some(1), reading("エックス")),
        (Content::Fragment, "1ふん".to_owned(), None, reading("イチ")),
        (Content::Fragment, "1".to_owned(), None, None),
        (Content::Fragment, "八分".to_owned(), None, reading("ハチ")),
        (Content::Fragment, "eight".to_owned(), None, None),
    ];
    assert_eq!(told, want);
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
[[prompt]]
id = 'd'
kind = 'musik'
ja = { text = 'x', sya = 'y' }
";
    let want = [
        "2:6 bad-prompt-id `Hello` is no name of a prompt",
        "6:1 missing-key `text` is missing in `prompt[1].ja`",
        "8:6 prompt-twice prompt `a` is named twice",
        "10:6 bad-series `b` has no place for the value",
        "12:3 unknown-key unknown key `promt`",
        "16:8 unknown-word `musik` is no kind of prompt",
        "17:20 unknown-key unknown key `sya` in `prompt[3].ja`",
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
fn the_shipped_prompts_come_out_as_they_lie_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    let (manifest, library) = load(&folder).expect("the shipped prompts");
    let same = recordings::on_every_core(&manifest, |job| {
        recordings::as_it_is(&folder, job).as_ref().ok() == library.sound(&job.0.id, job.1.language)
    });
    for ((prompt, recorded), same) in same {
        assert_eq!(same, Some(true), "{} {}", prompt.id, recorded.language);
    }
}

#[test]
fn what_the_generator_set_to_the_house_level_is_measured_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    let manifest = load_manifest(&folder).expect("the shipped manifest");
    // One in seven is of every kind and in both languages, and measured in a moment.
    for (prompt, recorded) in manifest.recordings().step_by(7) {
        let sound = decode_one(&folder, prompt, recorded).expect("a recording");
        assert_eq!(Ok(&sound), recordings::as_it_is(&folder, (prompt, recorded)).as_ref(), "{}", prompt.id);
        let level = level::level_db(&sound, prompt.content).expect("not silent");
        let off = (level - prompt.content.house_level_db()).abs();
        let tolerance = if prompt.content == Content::Speech { 0.2 } else { 1.0 };
        assert!(off <= tolerance, "{} {}: {level} dBFS", prompt.id, recorded.language);
    }
}

#[test]
fn no_shipped_recording_of_the_generator_says_other_words_than_the_manifest() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    let manifest = load_manifest(&folder).expect("the shipped manifest");
    let origins = Origins::read(&folder, &manifest).expect("the shipped index");
    for (prompt, recorded) in manifest.recordings() {
        let origin = origins.of(prompt, recorded);
        let good = matches!(origin, Origin::Spoken | Origin::ByHand);
        assert!(good, "{} {}: {origin:?}: prompts/render speaks it again", prompt.id, recorded.language);
    }
}

#[test]
fn an_index_that_is_none_is_an_error_at_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("index.json"), "{\n  \"a\": 1\n}\n").expect("written");
    let manifest = manifest::parse(&Source::new("m", "")).expect("empty");
    let found = Origins::read(folder.path(), &manifest).expect_err("no index");
    assert_eq!((found[0].code, found[0].line()), ("bad-index", 2));
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
    assert_eq!(none[0].code, "no-file");
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
