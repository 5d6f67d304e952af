//! SIGHUP to a running `serve`: good plans and prompts come into force, bad ones change nothing.

use super::serving::Running;
use super::workplace::{Workplace, shipped};

const SETTINGS: &str = "[sip]\nlisten = ['udp:127.0.0.1:0']\n[media]\nports = '22000-22999'\n\
    [dialplan]\npath = 'plans'\nprompts = 'prompts'\n";

/// A plan that plays one prompt and hangs up.
fn plan(prompt: &str) -> String {
    format!("start = 'only'\n[step.only]\nverb = 'hangup'\nprompt = '{prompt}'\ncause = 'plan-hung-up'\n")
}

/// Noise, the same at every run: nothing else that is played resembles it.
fn record_news(workplace: &Workplace) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(workplace.path("prompts/news.wav"), spec).expect("a recording");
    let mut state = 7_u32;
    for _ in 0..8_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        wav.write_sample((state >> 18) as i16 - 8_192).expect("written");
    }
    wav.finalize().expect("whole");
}

/// The shipped prompts, and a plan that plays one of them.
fn workplace() -> Workplace {
    let workplace = Workplace::new("");
    workplace.write("madoguchi.toml", SETTINGS);
    workplace.write("plans/desk.toml", &plan("invalid-key"));
    let manifest = std::fs::read_to_string(shipped("prompts/manifest.toml")).expect("the manifest");
    workplace.write("prompts/manifest.toml", &manifest);
    for name in ["ja", "en", "music-on-hold.wav"] {
        let place = workplace.path(&format!("prompts/{name}"));
        std::os::unix::fs::symlink(shipped(&format!("prompts/{name}")), place).expect("linked");
    }
    workplace
}

/// What a caller hears now.
fn heard(workplace: &Workplace, engine: &Running) -> String {
    workplace.good(&["call", &format!("sip:100@{}", engine.address()), "--for", "8"])
}

#[test]
fn a_good_plan_with_a_new_prompt_comes_into_force_and_a_broken_one_changes_nothing() {
    let workplace = workplace();
    let mut engine = Running::start(&workplace, &["serve"]);
    assert!(heard(&workplace, &engine).contains("invalid-key"));

    record_news(&workplace);
    let manifest = std::fs::read_to_string(workplace.path("prompts/manifest.toml")).expect("the manifest");
    let more = "\n[[prompt]]\nid = 'news'\nja.text = 'x'\nen.text = 'x'\nja.file = 'news.wav'\nen.file = 'news.wav'\n";
    workplace.write("prompts/manifest.toml", &(manifest + more));
    workplace.write("plans/desk.toml", &plan("news"));
    let log = engine.logs_after("-HUP", "in force");
    let good = log.lines().find_map(|line| line.split_once("plans in force for new calls: desk "));
    let hash = good.expect(&log).1.to_string();
    assert_eq!(hash.len(), 12, "{log}");

    workplace.write("plans/desk.toml", &plan("newt").replace("cause", "case"));
    let log = engine.logs_after("-HUP", "in force");
    assert!(log.contains(&format!("that stay in force: desk {hash}")), "{log}");
    assert!(log.contains("plans/desk.toml:4:10: ") && log.contains("plans/desk.toml:5:1: "), "{log}");

    let heard = heard(&workplace, &engine);
    assert!(heard.contains("news") && !heard.contains("invalid-key"), "{heard}");
    let ended = engine.terminate();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
}
