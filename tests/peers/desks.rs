//! The desk's side as SIPp plays it: who answers, who is busy, who has moved, who hangs up.

use crate::engine::{Desks, Engine};
use crate::ports;
use crate::sipp::{Run, Sipp};
use serde_json::Value;

/// An engine whose Japan desk is a SIPp that runs this scenario.
pub fn japan(scenario: &'static str) -> (Engine, Sipp) {
    japan_run(scenario, &Run::default())
}

/// As [`japan`], run in this way.
pub fn japan_run(scenario: &'static str, run: &Run<'_>) -> (Engine, Sipp) {
    let port = ports::one();
    let engine = Engine::start(&Desks { japan: Some(port), ..Desks::default() });
    let desk = Sipp::wait_at(port, &engine.folder(), scenario, run);
    (engine, desk)
}

/// What keys 2 and 1 leave in a case.
pub fn assert_japanese_with_pin(case: &Value) {
    let facts = ["language", "has_pin", "interpreter", "desk", "queue"].map(|name| &case[name]);
    let told = serde_json::json!(["ja", true, false, "japan", "japan-technical"]);
    assert_eq!(serde_json::json!(facts), told, "{case:#}");
}

/// Who was tried and what came of it, in order, from a case's timeline.
fn tried(case: &Value) -> Vec<String> {
    let entries = case["timeline"].as_array().expect("a timeline");
    let told = entries.iter().filter_map(|entry| {
        let target = entry["target"].as_str()?;
        let port = target.rsplit(':').next()?;
        Some(format!("{} {port}", entry["event"].as_str()?))
    });
    told.collect()
}

#[test]
fn a_desk_that_hangs_up_leaves_the_caller_with_a_goodbye() {
    let (engine, desk) = japan("desk_hangs_up");
    let caller = Sipp::call(engine.sip, &engine.folder(), "japanese_call_to_the_end", &Run::default());
    desk.succeed();
    caller.succeed();
    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "desk-hung-up", "{case:#}");
    assert_japanese_with_pin(&case);
    engine.process.wait_for("desk left");
    assert!(engine.process.text().contains("goodbye"), "{}", engine.process.text());
}

#[test]
fn a_busy_place_of_the_english_desk_is_followed_by_the_second() {
    let (first, second) = (ports::one(), ports::one());
    let engine = Engine::start(&Desks { global: vec![first, second], ..Desks::default() });
    let busy = Sipp::wait_at(first, &engine.folder(), "desk_is_busy", &Run::default());
    let takes = Sipp::wait_at(second, &engine.folder(), "desk_takes", &Run::default());
    let caller = Sipp::call(engine.sip, &engine.folder(), "english_call", &Run::default());
    engine.process.wait_for("connected desk=global");
    caller.cue();
    caller.succeed();
    busy.succeed();
    takes.succeed();
    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
    assert_eq!(case["language"], "en", "{case:#}");
    let want = [("offered", first), ("declined", first), ("offered", second), ("handed-on", second)];
    assert_eq!(tried(&case), want.map(|(what, port)| format!("{what} {port}")), "{case:#}");
}

#[test]
fn a_desk_that_has_moved_is_followed_to_its_new_place() {
    let (old, new) = (ports::one(), ports::one());
    let engine = Engine::start(&Desks { global: vec![old], ..Desks::default() });
    let words = [("contact", new.to_string())];
    let moved =
        Sipp::wait_at(old, &engine.folder(), "desk_has_moved", &Run { words: &words, ..Run::default() });
    let takes = Sipp::wait_at(new, &engine.folder(), "desk_takes", &Run::default());
    let caller = Sipp::call(engine.sip, &engine.folder(), "english_call", &Run::default());
    engine.process.wait_for("connected desk=global");
    caller.cue();
    caller.succeed();
    moved.succeed();
    takes.succeed();
    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
    let want = [("offered", old), ("declined", old), ("offered", new), ("handed-on", new)];
    assert_eq!(tried(&case), want.map(|(what, port)| format!("{what} {port}")), "{case:#}");
}

#[test]
fn when_no_place_answers_the_caller_is_told_and_given_the_case_number() {
    let places = [ports::one(), ports::one()];
    let engine = Engine::start(&Desks { global: places.to_vec(), ..Desks::default() });
    // The plan tries the desk twice, and each time both places.
    let run = Run { options: &["-m", "2"], ..Run::default() };
    let desks = places.map(|port| Sipp::wait_at(port, &engine.folder(), "desk_is_busy", &run));
    Sipp::call(engine.sip, &engine.folder(), "english_call_to_the_end", &Run::default()).succeed();
    desks.into_iter().for_each(Sipp::succeed);
    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "desk-unreachable", "{case:#}");
    let number = case["number"].as_str().expect("a number");
    assert!(case["timeline"].to_string().contains("number-told"), "{number}: {case:#}");
    for prompt in ["global-busy", "global-unreachable", "goodbye"] {
        assert!(engine.process.text().contains(prompt), "{prompt}:\n{}", engine.process.text());
    }
}
