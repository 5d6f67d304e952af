//! baresip as caller and as desk phone: keys, connection, and that each hears what was said.

use crate::baresip::{Baresip, Phone};
use crate::desks;
use crate::engine::{Desks, Engine};
use crate::prompts;
use madoguchi::audio::matcher::Matcher;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What caller and desk say: recordings that the plan does not use on this way.
pub const CALLER_SAYS: &str = "email-not-accepted";
pub const DESK_SAYS: &str = "s1-s2-phone-only";

/// What is said, over and over for half a minute.
pub fn speech(folder: &Path, prompt: &str) -> PathBuf {
    let file = folder.join(format!("{prompt}.wav"));
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&file, spec).expect("a writable folder");
    for sample in prompts::sound(prompt).samples.iter().cycle().take(8_000 * 40) {
        writer.write_sample(*sample).expect("room on the disk");
    }
    writer.finalize().expect("room on the disk");
    file
}

/// Which prompts are in a recording, in order, each with how much of it was heard.
pub fn names(matcher: &Matcher, recording: &[i16]) -> Vec<(String, Duration)> {
    let heard = matcher.heard(recording).into_iter();
    heard.map(|heard| (heard.prompt.to_string(), heard.played)).collect()
}

/// At least a second of this prompt.
pub fn has(names: &[(String, Duration)], prompt: &str) -> bool {
    names.iter().any(|(name, played)| name == prompt && *played >= Duration::from_secs(1))
}

/// The caller speaks one codec, the desk another, or the same.
fn softphone_calls_softphone(codec: &str, at_the_desk: &str) {
    let desk_folder = tempfile::tempdir().expect("a temporary folder");
    let desk_says = speech(desk_folder.path(), DESK_SAYS);
    let desk = Phone {
        name: "japan-desk",
        codec: at_the_desk,
        answers: "auto",
        says: &desk_says,
        tls: None,
        srtp: false,
        registers: None,
    };
    let mut desk = Baresip::start(desk_folder.path(), &desk);
    let engine = Engine::start(&Desks { japan: Some(desk.port), ..Desks::default() });
    let caller_says = speech(&engine.folder(), CALLER_SAYS);
    let caller = Phone {
        name: "caller",
        codec,
        answers: "manual",
        says: &caller_says,
        tls: None,
        srtp: false,
        registers: None,
    };
    let mut caller = Baresip::start(&engine.folder(), &caller);

    caller.tell("dial", &format!("sip:0120339836@{}", engine.sip));
    caller.wait_event("CALL_ESTABLISHED");
    caller.hear(2_500);
    caller.tell("sndcode", "2");
    engine.process.wait_for("menu-pin:ja");
    caller.hear(5_500);
    caller.tell("sndcode", "1");
    engine.process.wait_for("free-trial-notice:ja");
    caller.tell("sndcode", "#");
    engine.process.wait_for("connected desk=japan");
    desk.wait_event("CALL_ESTABLISHED");
    desk.hear(4_000);
    caller.tell("hangup", "");
    caller.wait_event("CALL_CLOSED");
    desk.wait_event("CALL_CLOSED");

    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
    desks::assert_japanese_with_pin(&case);
    let matcher = prompts::matcher(&["menu-language", "menu-pin", CALLER_SAYS, DESK_SAYS]);
    let at_the_caller = names(&matcher, &caller.heard());
    assert!(
        ["menu-language", "menu-pin", DESK_SAYS].iter().all(|p| has(&at_the_caller, p)),
        "{at_the_caller:?}"
    );
    let at_the_desk = names(&matcher, &desk.heard());
    assert!(has(&at_the_desk, CALLER_SAYS) && at_the_desk.len() < 3, "{at_the_desk:?}");
    println!("{codec}: caller heard {at_the_caller:?}, desk heard {at_the_desk:?}");
}

#[test]
fn baresip_calls_baresip_through_the_menus_in_mu_law() {
    softphone_calls_softphone("PCMU", "PCMU");
}

#[test]
fn baresip_calls_baresip_through_the_menus_in_a_law() {
    softphone_calls_softphone("PCMA", "PCMA");
}

#[test]
fn baresip_calls_baresip_through_the_menus_in_g722() {
    softphone_calls_softphone("G722", "G722");
}

#[test]
fn a_caller_in_g722_and_a_desk_that_has_only_mu_law_hear_each_other() {
    softphone_calls_softphone("G722", "PCMU");
}
