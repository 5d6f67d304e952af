//! Over TLS, with audio in clear text and encrypted: softphones as caller and as desk phone, and desks whose
//! certificate is not to be believed.

use crate::baresip::Baresip;
use crate::linphone::Linphone;
use crate::pjsua::Pjsua;
use crate::softphone::{Scene, Secure, Softphone, Stage};

fn secure(secure: Secure) -> Scene<'static> {
    Scene { secure: Some(secure), ..Scene::default() }
}

fn over_tls<C: Softphone, D: Softphone>() {
    Stage::<C, D>::set(&secure(Secure { srtp: false, desk: |papers| papers.issue("desk") })).play();
}

fn encrypted<C: Softphone, D: Softphone>() {
    Stage::<C, D>::set(&secure(Secure { srtp: true, desk: |papers| papers.issue("desk") })).play();
}

#[test]
fn baresip_calls_and_answers_over_tls() {
    over_tls::<Baresip, Baresip>();
}

#[test]
fn baresip_calls_and_answers_with_encrypted_audio_alone() {
    encrypted::<Baresip, Baresip>();
}

#[test]
fn pjsua_calls_and_answers_over_tls() {
    over_tls::<Pjsua, Pjsua>();
}

#[test]
fn pjsua_calls_and_answers_with_encrypted_audio_alone() {
    encrypted::<Pjsua, Pjsua>();
}

/// It has no certificate of its own to be called over TLS with.
#[test]
fn linphone_calls_over_tls() {
    over_tls::<Linphone, Pjsua>();
}

#[test]
fn linphone_calls_with_encrypted_audio_alone() {
    encrypted::<Linphone, Pjsua>();
}

#[test]
fn a_desk_whose_certificate_has_expired_gets_no_call_and_the_log_says_so() {
    let expired = Secure { srtp: false, desk: |papers| papers.issue_expired("desk") };
    let mut stage = Stage::<Baresip, Baresip>::set(&secure(expired));
    stage.call();
    stage.engine.process.wait_for("no connection to 127.0.0.1: its certificate has expired");
    stage.engine.process.wait_for("not taken");
    stage.caller.hang_up();
    stage.caller.wait_over();
    let case = stage.engine.case_after_call();
    assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
}
