//! A message left through `serve`: a caller speaks after the tone and hangs up.

use super::serving::Running;
use super::workplace::Workplace;
use serde_json::Value;

const PLAN: &str = "default = true\nlanguage = 'en'\nstart = 'message'\n\
    [step.message]\nverb = 'voicemail'\nprompt = 'goodbye'\nnext = 'bye'\n\
    [step.bye]\nverb = 'hangup'\nprompt = 'goodbye'\n";
const SETTINGS: &str = "[sip]\nlisten = ['udp:127.0.0.1:0']\n[http]\nlisten = '127.0.0.1:0'\n[admin]\nlisten = '127.0.0.1:0'\n[media]\nports = '24000-24999'\n\
    [store]\nrecordings = 'kept'\n[dialplan]\npath = 'plans'\nprompts = 'prompts'\n";

/// A loud second of 500 Hz.
fn voice(workplace: &Workplace) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(workplace.path("voice.wav"), spec).expect("a file");
    for at in 0..8_000 {
        wav.write_sample(if at / 8 % 2 == 0 { 6_000_i16 } else { -6_000 }).expect("written");
    }
    wav.finalize().expect("whole");
}

#[test]
fn what_a_caller_says_before_hanging_up_is_a_file_named_in_the_case() {
    let workplace = Workplace::new("");
    workplace.write("madoguchi.toml", SETTINGS);
    workplace.write("plans/desk.toml", PLAN);
    workplace.few_prompts(&["goodbye", "technical-difficulty"]);
    voice(&workplace);
    let engine = Running::start(&workplace, &["serve"]);
    let target = format!("sip:100@{}", engine.address());
    workplace.good(&["call", &target, "--play", "voice.wav", "--for", "7"]);
    let ended = engine.terminate();
    assert_eq!(ended.status, 0, "{}", ended.stderr);

    let list: Value =
        serde_json::from_str(&workplace.good(&["case", "list", "--format", "json"])).expect("JSON");
    let number = list["cases"][0]["number"].as_str().expect("a case");
    let case: Value =
        serde_json::from_str(&workplace.good(&["case", "show", number, "--format", "json"])).expect("JSON");
    let timeline = case["timeline"].as_array().expect("a timeline");
    let left = timeline.iter().find(|entry| entry["event"] == "voicemail-left").expect("a message");
    let file = left["file"].as_str().expect("a file");
    assert!(workplace.good(&["case", "show", number]).contains(file));

    let names = std::fs::read_dir(workplace.path("kept")).expect("the folder").filter_map(Result::ok);
    let names: Vec<String> = names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(names, [file]);
    let mut wav = hound::WavReader::open(workplace.path("kept").join(file)).expect("a WAV file");
    let samples: Vec<i16> = wav.samples().map(|sample| sample.expect("a sample")).collect();
    let loud = samples.iter().filter(|sample| sample.unsigned_abs() > 5_000).count();
    assert!(samples.len() > 8_000 && loud * 2 > samples.len(), "{loud} of {}", samples.len());
}
