//! Audio from elsewhere: a caller behind a NAT is followed once, a stranger never.

use crate::engine::{Desks, Engine};
use crate::ports;
use crate::process::PATIENCE;
use crate::rtp_caller::{self, Caller, receive, socket};
use std::net::UdpSocket;
use std::time::Duration;

/// Packets heard in a row while others interfere.
const HEARD: u16 = 50;

/// A stranger shouts speech and the key 2 at the engine, while the caller's packets must keep coming in a row.
fn shout(caller: &Caller, ear: &UdpSocket) {
    let stranger = socket(ports::one());
    let first = receive(ear, PATIENCE).expect("the menu").sequence;
    for number in 1..=HEARD {
        let speech = rtp_caller::speech(number);
        stranger.send_to(&speech, caller.engine_audio).expect("loopback takes packets");
        let key = rtp_caller::key(2, 1_000 + number, 1_600, number);
        stranger.send_to(&key, caller.engine_audio).expect("loopback takes packets");
        let heard = receive(ear, PATIENCE).expect("the menu goes on");
        assert_eq!(heard.sequence, first.wrapping_add(number), "a packet went elsewhere");
    }
    assert!(receive(&stranger, Duration::from_millis(100)).is_none(), "the stranger hears the call");
}

/// The menu was never answered.
fn assert_nothing_pressed(engine: &Engine) {
    let case = engine.case_after_call();
    assert!(case["language"].is_null(), "{case:#}");
    assert_eq!(engine.process.count("digit="), 0, "{}", engine.process.text());
}

#[test]
fn a_stranger_s_packets_change_nothing() {
    let engine = Engine::start(&Desks::default());
    let caller = Caller::dial(engine.sip);
    caller.audio.send_to(&rtp_caller::speech(1), caller.engine_audio).expect("loopback takes packets");
    shout(&caller, &caller.audio);
    caller.hang_up();
    assert_nothing_pressed(&engine);
}

/// Without a NAT nobody is followed, even before the caller has spoken.
#[test]
fn a_stranger_who_speaks_first_is_not_taken_for_the_caller() {
    let engine = Engine::start(&Desks::default());
    let caller = Caller::dial(engine.sip);
    shout(&caller, &caller.audio);
    caller.hang_up();
    assert_nothing_pressed(&engine);
}

#[test]
fn a_caller_behind_a_nat_is_followed_once_and_strangers_not_after() {
    let engine = Engine::start(&Desks::default());
    // The SDP names an address that is not where the INVITE came from, as behind a NAT.
    let caller = Caller::dial_listening(engine.sip, rtp_caller::socket_on("127.0.0.2", ports::one()));
    let outside = socket(ports::one());
    receive(&caller.audio, PATIENCE).expect("the menu, where the SDP says");
    for number in 1..=HEARD {
        outside.send_to(&rtp_caller::speech(number), caller.engine_audio).expect("loopback takes packets");
        if receive(&outside, Duration::from_millis(40)).is_some() {
            break;
        }
    }
    shout(&caller, &outside);
    caller.hang_up();
    assert_nothing_pressed(&engine);
}
