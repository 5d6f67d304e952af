//! Tests of the manifest's reading and of what is missing.

use super::*;
use crate::base::Language;
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
