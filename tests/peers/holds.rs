//! Re-INVITEs: hold in every way, resume, and without SDP.

use crate::baresip::Baresip;
use crate::chromium::Chromium;
use crate::desks;
use crate::linphone::Linphone;
use crate::pjsua::Pjsua;
use crate::sipp::{Run, Sipp};
use crate::softphone::{CALLER_SAYS, DESK_SAYS, Scene, Softphone, Stage, heard_since};

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

/// First the caller, then the desk puts the other on hold and takes it back: both hear each other again.
fn each_holds_and_resumes<P: Softphone>() {
    let mut stage = Stage::<P, P>::set(&Scene::default());
    stage.call();
    stage.talk();
    stage.caller.hold();
    stage.engine.process.wait_for_count("held: true", 1);
    stage.caller.resume();
    stage.engine.process.wait_for_count("held: false", 1);
    stage.desk.hold();
    stage.engine.process.wait_for_count("held: true", 2);
    stage.desk.resume();
    stage.engine.process.wait_for_count("held: false", 2);
    let (at_the_caller, at_the_desk) = (stage.caller.recorded(), stage.desk.recorded());
    stage.listen();
    let parted = stage.part();
    assert!(
        heard_since(&parted.at_the_caller, at_the_caller, DESK_SAYS),
        "the caller hears nothing any more"
    );
    assert!(heard_since(&parted.at_the_desk, at_the_desk, CALLER_SAYS), "the desk hears nothing any more");
}

/// It records no more of a call that it has held: the desk tells that it is heard again.
#[test]
fn baresip_holds_and_resumes() {
    let mut stage = Stage::<Baresip, Pjsua>::set(&Scene::default());
    stage.call();
    stage.talk();
    stage.caller.hold();
    stage.engine.process.wait_for("held: true");
    stage.caller.resume();
    stage.engine.process.wait_for("held: false");
    let since = stage.desk.recorded();
    stage.desk.hear(2_500);
    assert!(heard_since(&stage.part().at_the_desk, since, CALLER_SAYS), "the desk hears nothing any more");
}

#[test]
fn pjsua_holds_and_resumes_at_either_end() {
    each_holds_and_resumes::<Pjsua>();
}

#[test]
fn linphone_holds_and_resumes_at_either_end() {
    each_holds_and_resumes::<Linphone>();
}

#[test]
fn a_page_holds_and_resumes_at_either_end() {
    each_holds_and_resumes::<Chromium>();
}
