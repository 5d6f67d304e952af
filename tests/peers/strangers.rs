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

/// A beginning of a handshake (RFC 6347 4.2), as anybody can send one.
fn hello() -> Vec<u8> {
    let body = [&[0xfe, 0xfd][..], &[7; 32], &[0, 0, 0, 2, 0xc0, 0x2b, 1, 0]].concat();
    let length = u8::try_from(body.len()).expect("a short one");
    let handshake = [&[1, 0, 0, length, 0, 0, 0, 0, 0, 0, 0, length][..], &body].concat();
    let record = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, length + 12];
    [&record[..], &handshake].concat()
}

/// Speech, a key and a handshake for each port of the engine's audio that could be open.
pub fn spray(engine: &Engine, stranger: &UdpSocket, number: u16) {
    for port in engine.audio_ports() {
        let key = rtp_caller::key(2, 1_000 + number, 1_600, number);
        for packet in [rtp_caller::speech(number), key, hello()] {
            stranger.send_to(&packet, ("127.0.0.1", port)).expect("loopback takes packets");
        }
    }
}

#[test]
fn audio_keys_and_handshakes_at_every_open_port_are_counted_and_change_nothing() {
    let engine = Engine::start(&Desks::default());
    let caller = Caller::dial(engine.sip);
    caller.audio.send_to(&rtp_caller::speech(1), caller.engine_audio).expect("loopback takes packets");
    let stranger = socket(ports::one());
    let first = receive(&caller.audio, PATIENCE).expect("the menu").sequence;
    for number in 1..=HEARD {
        spray(&engine, &stranger, number);
        let heard = receive(&caller.audio, PATIENCE).expect("the menu goes on");
        assert_eq!(heard.sequence, first.wrapping_add(number), "a packet went elsewhere");
    }
    assert!(receive(&stranger, Duration::from_millis(100)).is_none(), "the stranger is answered");
    caller.hang_up();
    assert_nothing_pressed(&engine);
    let report = engine.process.wait_for("StreamReport");
    let counted = report.split_once("strangers: ").and_then(|(_, rest)| rest.split(',').next()?.parse().ok());
    // At the caller's port and at the one beside it.
    assert!(counted.is_some_and(|counted: u32| counted >= u32::from(HEARD) * 3), "{report}");
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
