//! Numbers past the recorded ones: what the voice says of them, and that a caller hears it.

use super::serving::Running;
use super::workplace::Workplace;
use madoguchi::audio::level::{TOLERANCE_DB, level_db};
use madoguchi::audio::{LibraryBuilder, matcher::Matcher};
use madoguchi::base::PromptId;
use madoguchi::speech::{LANGUAGE, Sentence, Voice};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const PLAN: &str = "default = true\nlanguage = 'ja'\nstart = 'count'\n\
    [step.count]\nverb = 'say'\nwhat = 'number'\nvalue = 1234\nnext = 'bye'\n\
    [step.bye]\nverb = 'hangup'\nprompt = 'goodbye'\n";

/// The voice of jbonsai's own tests: its package brings it along.
fn voice_file() -> PathBuf {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--features", "speech"])
        .args(["--filter-platform", &platform])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo answers");
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let mut packages = metadata["packages"].as_array().expect("packages").iter();
    let jbonsai = packages.find(|package| package["name"] == "jbonsai").expect("jbonsai");
    let models = PathBuf::from(jbonsai["manifest_path"].as_str().expect("a path")).with_file_name("models");
    models.join("hts_voice_nitech_jp_atr503_m001-1.05/nitech_jp_atr503_m001.htsvoice")
}

fn voice() -> Voice {
    Voice::load(&std::fs::read(voice_file()).expect("a file")).expect("a voice")
}

fn sentence(id: &str) -> Sentence {
    Sentence::of(&PromptId::new(id)).expect(id)
}

/// A plan that says a number in this voice.
fn workplace(voice: &str) -> Workplace {
    let settings = format!(
        "[sip]\nlisten = ['udp:127.0.0.1:0']\n[http]\nlisten = '127.0.0.1:0'\n[admin]\nlisten = '127.0.0.1:0'\n[media]\nports = '25000-25999'\n\
         [dialplan]\npath = 'plans'\nprompts = 'prompts'\nvoice = '{voice}'\n"
    );
    let workplace = Workplace::new("");
    workplace.write("madoguchi.toml", &settings);
    workplace.write("plans/desk.toml", PLAN);
    let digits = (0..10).flat_map(|n| ["mid", "end"].map(|tail| format!("digit-{n}-{tail}")));
    let numbers = (0..=100).map(|n| format!("number-{n}"));
    let other = ["star", "pound", "goodbye", "technical-difficulty"].map(String::from);
    let prompts: Vec<String> = digits.chain(numbers).chain(other).collect();
    workplace.few_prompts(&prompts.iter().map(String::as_str).collect::<Vec<_>>());
    workplace
}

#[test]
fn sentences_are_as_long_as_speech_at_the_house_level_and_the_same_each_time() {
    let voice = voice();
    for id in ["number-1234", "number-99999999", "minutes-75", "minutes-100", "queue-position-31"] {
        let sentence = sentence(id);
        let sound = voice.say(&sentence).expect(id);
        let mora = sound.duration() / sentence.morae() as u32;
        assert!((Duration::from_millis(90)..Duration::from_millis(260)).contains(&mora), "{id}: {mora:?}");
        let level = level_db(&sound, sentence.content()).expect("no silence");
        let off = level - sentence.content().house_level_db();
        assert!(off.abs() <= TOLERANCE_DB, "{id}: {level} dBFS");
        assert_eq!(voice.say(&sentence), Some(sound), "{id}");
    }
}

#[test]
fn every_kind_of_number_can_be_said() {
    let voice = voice();
    for value in (101..1_000).step_by(97).chain((1_000..100_000_000).step_by(9_711_111)) {
        let id = format!("number-{value}");
        assert!(voice.say(&sentence(&id)).is_some(), "{id}");
    }
}

#[test]
fn a_caller_hears_the_number() {
    let workplace = workplace(&voice_file().display().to_string());
    let engine = Running::start(&workplace, &["serve"]);
    let target = format!("sip:100@{}", engine.address());
    // The first caller has it said; where this machine is slow, they hear its digits and the second the number.
    for _ in 0..2 {
        workplace.good(&["call", &target, "--record", "heard.wav", "--for", "20"]);
    }
    assert_eq!(engine.terminate().status, 0);
    let mut wav = hound::WavReader::open(workplace.path("heard.wav")).expect("a recording");
    let samples: Vec<i16> = wav.samples().map(|sample| sample.expect("a sample")).collect();
    let mut library = LibraryBuilder::new();
    let id = PromptId::new("number-1234");
    library.insert(id.clone(), LANGUAGE, voice().say(&sentence("number-1234")).expect("said"));
    let heard = Matcher::new(&library.build()).heard(&samples);
    let whole = heard.first().expect("it is heard");
    assert!(whole.prompt == id && whole.played * 10 > whole.of * 8, "{heard:?}");
}

#[test]
fn what_is_no_voice_keeps_the_engine_from_starting() {
    for (file, why) in [("nowhere.htsvoice", "No such file"), ("madoguchi.toml", "no voice of Open JTalk")] {
        let told = workplace(file).bad(&["serve"]);
        assert!(told.contains(&format!("voice {file}: {why}")), "{told}");
    }
}
