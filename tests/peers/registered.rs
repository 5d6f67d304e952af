//! Desk phones that register: over UDP, TCP and TLS; each is rung where it came from.

use crate::baresip::Baresip;
use crate::linphone::Linphone;
use crate::pjsua::Pjsua;
use crate::softphone::{Scene, Softphone, Stage};

/// A caller presses 2 and 1, and talks to the phone `sato`, which has registered.
fn a_registered_phone_takes_a_call<P: Softphone>(transport: &'static str, said: &str) {
    let mut stage = Stage::<P, P>::set(&Scene { registers: Some(transport), ..Scene::default() });
    stage.call();
    stage.talk();
    stage.desk.process().wait_for(said);
    stage.part();
}

#[test]
fn a_phone_that_registered_is_rung_where_it_came_from() {
    a_registered_phone_takes_a_call::<Baresip>("udp", "200 OK");
}

#[test]
fn a_phone_that_registered_over_tcp_is_rung_down_its_own_connection() {
    a_registered_phone_takes_a_call::<Baresip>("tcp", "200 OK");
}

#[test]
fn a_phone_that_registered_over_tls_is_rung_down_its_own_connection_and_its_audio_is_encrypted() {
    a_registered_phone_takes_a_call::<Baresip>("tls", "SRTP is Enabled");
}

#[test]
fn pjsua_registers_and_is_rung() {
    a_registered_phone_takes_a_call::<Pjsua>("udp", "registration 200");
}

#[test]
fn linphone_registers_and_is_rung() {
    a_registered_phone_takes_a_call::<Linphone>("udp", "Receiving new incoming call");
}
