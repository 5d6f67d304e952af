//! Re-INVITEs: hold in every way, resume, and without SDP.

use crate::desks;
use crate::sipp::{Run, Sipp};

fn stays_up_through(caller: &'static str, desk: &'static str) -> crate::engine::Engine {
    let (engine, desk) = desks::japan(desk);
    let caller = Sipp::call(engine.sip, &engine.folder(), caller, &Run::default());
    engine.process.wait_for("connected desk=japan");
    if desk.scenario() == "desk_holds" {
        engine.process.wait_for("held: false");
    }
    caller.cue();
    caller.succeed();
    desk.succeed();
    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
    desks::assert_japanese_with_pin(&case);
    engine
}

#[test]
fn a_caller_holds_in_every_way_and_resumes() {
    let engine = stays_up_through("hold_and_resume", "desk_takes");
    let text = engine.process.text();
    assert!(text.contains("held: true") && text.contains("held: false"), "{text}");
}

#[test]
fn a_re_invite_without_sdp_gets_an_offer() {
    stays_up_through("reinvite_without_sdp", "desk_takes");
}

#[test]
fn a_desk_holds_and_resumes() {
    stays_up_through("plain_call", "desk_holds");
}
