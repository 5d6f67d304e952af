//! Keys in each of the ways they travel: INFO with either body, telephone-events, tones in the audio.

use crate::capture;
use crate::desks;
use crate::linphone::Linphone;
use crate::pjsua::Pjsua;
use crate::sipp::{Run, Sipp};
use crate::softphone::{Key, Scene, Softphone, Stage};
use madoguchi::audio::{Codec, tone};
use madoguchi::base::Digit;
use std::time::Duration;

/// What the caller presses: Japanese, with PIN, and a key to skip the notice.
const KEYS: &str = "21#";
const HOLD: Duration = Duration::from_millis(100);
const REST: Duration = Duration::from_millis(150);

/// The caller gets to the desk with each key taken once, from this source.
fn reaches_the_desk(scenario: &'static str, word: Option<(&'static str, Vec<u8>)>, source: &str) {
    let (engine, desk) = desks::japan("desk_takes");
    let words: Vec<_> = word
        .into_iter()
        .map(|(name, bytes)| {
            let file = engine.folder().join(name);
            std::fs::write(&file, bytes).expect("a writable folder");
            (name, file.display().to_string())
        })
        .collect();
    let caller = Sipp::call(engine.sip, &engine.folder(), scenario, &Run { words: &words, ..Run::default() });
    engine.process.wait_for("connected desk=japan");
    caller.cue();
    caller.succeed();
    desk.succeed();
    desks::assert_japanese_with_pin(&engine.case_after_call());
    assert_eq!(engine.process.count("digit="), KEYS.len(), "{}", engine.process.text());
    assert_eq!(engine.process.count(&format!("source={source}")), KEYS.len(), "{}", engine.process.text());
}

#[test]
fn by_info_with_a_relay_body() {
    reaches_the_desk("plain_call", None, "Info");
}

#[test]
fn by_info_with_the_bare_key() {
    reaches_the_desk("keys_by_info_dtmf", None, "Info");
}

#[test]
fn by_telephone_event() {
    let keys = digits().map(|digit| (digit, HOLD, REST));
    reaches_the_desk("keys_by_event", Some(("capture", capture::events(8_000, keys))), "TelephoneEvent");
}

#[cfg(feature = "opus")]
#[test]
fn by_telephone_event_beside_opus() {
    let keys = digits().map(|digit| (digit, HOLD, REST));
    reaches_the_desk(
        "keys_by_wide_event",
        Some(("capture", capture::events(48_000, keys))),
        "TelephoneEvent",
    );
}

#[test]
fn by_tones_in_the_audio() {
    let mut samples = vec![0; 1_600];
    for digit in digits() {
        samples.extend_from_slice(&tone::key(digit, HOLD).samples);
        samples.extend(std::iter::repeat_n(0, 1_200));
    }
    samples.extend(std::iter::repeat_n(0, 8_000));
    let mut bytes = Vec::new();
    Codec::Pcmu.encode(&samples, &mut bytes);
    reaches_the_desk("keys_by_tone", Some(("audio", bytes)), "Inband");
}

/// As [`reaches_the_desk`], by a softphone.
fn softphone_reaches_the_desk<P: Softphone>(keys: Key, source: &str) {
    let engine = Stage::<P, P>::set(&Scene { keys, ..Scene::default() }).play().engine;
    assert_eq!(engine.process.count("digit="), KEYS.len(), "{}", engine.process.text());
    assert_eq!(engine.process.count(&format!("source={source}")), KEYS.len(), "{}", engine.process.text());
}

#[test]
fn of_pjsua_by_telephone_event() {
    softphone_reaches_the_desk::<Pjsua>(Key::Event, "TelephoneEvent");
}

#[test]
fn of_pjsua_by_info() {
    softphone_reaches_the_desk::<Pjsua>(Key::Info, "Info");
}

#[test]
fn of_pjsua_by_tones_in_the_audio() {
    softphone_reaches_the_desk::<Pjsua>(Key::Tone, "Inband");
}

#[test]
fn of_linphone_by_telephone_event() {
    softphone_reaches_the_desk::<Linphone>(Key::Event, "TelephoneEvent");
}

#[test]
fn of_linphone_by_info() {
    softphone_reaches_the_desk::<Linphone>(Key::Info, "Info");
}

fn digits() -> impl Iterator<Item = Digit> {
    KEYS.chars().map(|key| Digit::from_char(key).expect("a key"))
}
