//! Desk phones that register: baresip over UDP, TCP and TLS, and our own; each is rung where it came from.

use crate::baresip::{Baresip, Phone};
use crate::desks;
use crate::engine::{Desks, Engine, Tls};
use crate::papers::Papers;
use crate::ports;
use crate::prompts;
use crate::softphones::{CALLER_SAYS, DESK_SAYS, has, names, speech};
use std::time::Duration;

const PASSWORD: &str = "himitsu";

/// A caller presses 2 and 1, and talks to the phone `sato`, which has registered.
fn a_registered_phone_takes_a_call(transport: &'static str) {
    let over_tls = transport == "tls";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let papers = Papers::new(folder.path());
    let (ca, paper) = (papers.ca(), papers.issue("phone"));
    let port = ports::one();
    let tls = over_tls.then(|| Tls { paper: papers.issue("engine"), ca: ca.clone(), port, sips: false });
    let engine = Engine::start(&Desks { tls, registers: Some(PASSWORD), ..Desks::default() });
    let desk_says = speech(folder.path(), DESK_SAYS);
    let registrar = if over_tls { port } else { engine.sip.port() };
    let mut desk = Baresip::start(
        folder.path(),
        &Phone {
            name: "sato",
            codec: "PCMU",
            answers: "auto",
            says: &desk_says,
            tls: over_tls.then_some((paper.both.as_path(), ca.as_path())),
            srtp: over_tls,
            registers: Some((registrar, transport, PASSWORD)),
        },
    );
    engine.process.wait_for(&format!("it is at {transport} 127.0.0.1:"));
    let caller_says = speech(&engine.folder(), CALLER_SAYS);
    let caller = Phone {
        name: "caller",
        codec: "PCMU",
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
    if over_tls {
        desk.process.wait_for("SRTP is Enabled");
    }
    desk.hear(4_000);
    caller.tell("hangup", "");
    desk.wait_event("CALL_CLOSED");
    let case = engine.case_after_call();
    desks::assert_japanese_with_pin(&case);
    let matcher = prompts::matcher(&["menu-language", CALLER_SAYS, DESK_SAYS]);
    let heard = (names(&matcher, &caller.heard()), names(&matcher, &desk.heard()));
    assert!(has(&heard.0, DESK_SAYS) && has(&heard.1, CALLER_SAYS), "{heard:?}");
    let lasting = Duration::from_secs(1);
    assert!(heard.1.iter().all(|(name, played)| name == CALLER_SAYS || *played < lasting), "{heard:?}");
}

#[test]
fn a_phone_that_registered_is_rung_where_it_came_from() {
    a_registered_phone_takes_a_call("udp");
}

#[test]
fn a_phone_that_registered_over_tcp_is_rung_down_its_own_connection() {
    a_registered_phone_takes_a_call("tcp");
}

#[test]
fn a_phone_that_registered_over_tls_is_rung_down_its_own_connection_and_its_audio_is_encrypted() {
    a_registered_phone_takes_a_call("tls");
}
