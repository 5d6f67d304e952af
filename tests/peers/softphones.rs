//! Softphones as caller and as desk phone: keys, connection, and that each hears what was said, in every codec.

use crate::baresip::Baresip;
use crate::linphone::Linphone;
use crate::pjsua::Pjsua;
use crate::softphone::{Scene, Softphone, Stage};

/// The caller speaks one codec, the desk another, or the same.
fn calls<C: Softphone, D: Softphone>(codecs: [&str; 2]) {
    let engine = Stage::<C, D>::set(&Scene { codecs, ..Scene::default() }).play().engine;
    let case = engine.case_with_audio();
    assert_eq!([0, 1].map(|party| case["audio"][party]["codec"].as_str()), codecs.map(Some), "{case:#}");
}

#[test]
fn baresip_calls_baresip_through_the_menus_in_mu_law() {
    calls::<Baresip, Baresip>(["PCMU", "PCMU"]);
}

#[test]
fn baresip_calls_baresip_through_the_menus_in_a_law() {
    calls::<Baresip, Baresip>(["PCMA", "PCMA"]);
}

#[test]
fn a_caller_in_g722_and_a_desk_that_has_only_mu_law_hear_each_other() {
    calls::<Baresip, Baresip>(["G722", "PCMU"]);
}

#[test]
fn baresip_calls_baresip_in_g722() {
    calls::<Baresip, Baresip>(["G722", "G722"]);
}

#[test]
fn a_caller_in_a_law_and_a_desk_that_has_only_g722_hear_each_other() {
    calls::<Pjsua, Baresip>(["PCMA", "G722"]);
}

#[test]
fn pjsua_calls_pjsua_through_the_menus() {
    calls::<Pjsua, Pjsua>(["PCMU", "PCMU"]);
}

#[test]
fn pjsua_calls_pjsua_in_g722() {
    calls::<Pjsua, Pjsua>(["G722", "G722"]);
}

#[test]
fn pjsua_in_a_law_calls_baresip_in_mu_law() {
    calls::<Pjsua, Baresip>(["PCMA", "PCMU"]);
}

#[test]
fn linphone_calls_linphone_through_the_menus() {
    calls::<Linphone, Linphone>(["PCMU", "PCMU"]);
}

#[test]
fn linphone_calls_linphone_in_g722() {
    calls::<Linphone, Linphone>(["G722", "G722"]);
}

#[cfg(feature = "opus")]
#[test]
fn baresip_calls_baresip_in_opus() {
    calls::<Baresip, Baresip>(["opus", "opus"]);
}

#[cfg(feature = "opus")]
#[test]
fn a_caller_in_opus_and_a_desk_that_has_only_mu_law_hear_each_other() {
    calls::<Baresip, Baresip>(["opus", "PCMU"]);
}

#[cfg(feature = "opus")]
#[test]
fn linphone_calls_linphone_in_opus() {
    calls::<Linphone, Linphone>(["opus", "opus"]);
}
