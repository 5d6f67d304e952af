//! What softphones insist on: a session timer, and that provisional responses are acknowledged.

use crate::chromium::Chromium;
use crate::linphone::Linphone;
use crate::pjsua::Pjsua;
use crate::softphone::{Demands, Scene, Softphone, Stage};

/// A call between two softphones of these demands, who have logged these lines at either end.
fn is_met<C: Softphone, D: Softphone>(scene: &Scene<'_>, at_the_caller: &[&str], at_the_desk: &[&str]) {
    let mut stage = Stage::<C, D>::set(scene);
    stage.call();
    stage.talk();
    let has = |log: &str, words: &[&str]| words.iter().all(|words| log.contains(words));
    let (caller, desk) = (stage.caller.log(), stage.desk.log());
    assert!(has(&caller, at_the_caller), "{caller}");
    assert!(has(&desk, at_the_desk), "{desk}");
    stage.part();
}

/// The caller's interval is too short for the engine, who says so; the next is taken.
#[test]
fn pjsua_insists_on_a_session_timer_at_either_end() {
    let demands = Demands { timer: Some(90), prack: false };
    let settings = [("MADOGUCHI__SIP__MIN_SE", "100s")];
    let caller = ["SIP/2.0 422 ", "Min-SE: 100", "Session-Expires: 100;refresher=", "Require: timer"];
    let desk = ["Session-Expires: 1800", "Session-Expires: 1800;refresher="];
    is_met::<Pjsua, Pjsua>(&Scene { demands, settings: &settings, ..Scene::default() }, &caller, &desk);
}

#[test]
fn pjsua_insists_on_acknowledged_ringing_at_either_end() {
    let demands = Demands { timer: None, prack: true };
    let acknowledged = ["Require: 100rel", "RSeq: ", "PRACK sip:", "RAck: "];
    is_met::<Pjsua, Pjsua>(&Scene { demands, ..Scene::default() }, &acknowledged, &acknowledged);
}

#[test]
fn linphone_asks_for_a_session_timer() {
    let demands = Demands { timer: Some(90), prack: false };
    let timer = ["Session-Expires: 90", ";refresher="];
    is_met::<Linphone, Linphone>(&Scene { demands, ..Scene::default() }, &timer, &["Session-Expires: "]);
}

#[test]
fn a_page_asks_for_a_session_timer() {
    let demands = Demands { timer: Some(90), prack: false };
    let timer = ["Session-Expires: 90", ";refresher="];
    is_met::<Chromium, Pjsua>(&Scene { demands, ..Scene::default() }, &timer, &["Session-Expires: "]);
}
