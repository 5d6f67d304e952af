//! The life of a call as SIPp places it: hang-ups at every point, retransmissions, late offer, TCP, shutdown.

use crate::engine::{Desks, Engine};
use crate::sipp::{Run, Sipp};
use crate::{desks, ports};
use std::time::Duration;

/// An engine without calls ends at once: it waits for no timer that only absorbs repeated messages (32 s).
const PROMPT: Duration = Duration::from_secs(20);

#[test]
fn a_caller_who_presses_two_and_one_is_connected_and_leaves_a_case() {
    let (engine, desk) = desks::japan("desk_takes");
    let caller = Sipp::call(engine.sip, &engine.folder(), "plain_call", &Run::default());
    engine.process.wait_for("connected desk=japan");
    caller.cue();
    caller.succeed();
    desk.succeed();
    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
    desks::assert_japanese_with_pin(&case);
}

#[test]
fn a_caller_who_sends_neither_audio_nor_reports_is_hung_up_on() {
    let engine = Engine::start_with(&Desks::default(), &[("MADOGUCHI__MEDIA__TIMEOUT", "10s")]);
    Sipp::call(engine.sip, &engine.folder(), "silent_caller", &Run::default()).succeed();
    let case = engine.case_with_audio();
    assert_eq!(case["end_cause"], "media-lost", "{case:#}");
    let audio = &case["audio"][0];
    assert!(audio["packets_sent"].as_u64().is_some_and(|sent| sent > 300), "{case:#}");
    assert_eq!((audio["packets_received"].as_u64(), audio["mos"].is_null()), (Some(0), true), "{case:#}");
}

#[test]
fn a_caller_may_hang_up_in_the_first_menu() {
    let engine = Engine::start(&Desks::default());
    Sipp::call(engine.sip, &engine.folder(), "early_hangup", &Run::default()).succeed();
    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
    assert!(case["language"].is_null() && case["queue"].is_null(), "{case:#}");
    assert_eq!(case["caller"], "+81312345678", "{case:#}");
}

#[test]
fn a_caller_who_hangs_up_while_the_desk_rings_takes_the_call_back() {
    let (engine, desk) = desks::japan("desk_only_rings");
    let caller = Sipp::call(engine.sip, &engine.folder(), "plain_call", &Run::default());
    desk.wait_for("SIP/2.0 180 Ringing");
    caller.cue();
    caller.succeed();
    desk.succeed();
    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
    assert_eq!(engine.process.count("connected desk="), 0, "{}", engine.process.text());
}

#[test]
fn a_cancel_right_behind_the_invite_ends_the_call_either_way() {
    let engine = Engine::start(&Desks::default());
    Sipp::call(engine.sip, &engine.folder(), "cancel_at_once", &Run::default()).succeed();
    engine.assert_empty(1);
    // Answered before the CANCEL was read: a case. Else the call never was.
    let causes: Vec<_> = engine.cases().iter().map(|case| case["end_cause"].clone()).collect();
    assert!(causes.is_empty() || causes == ["caller-hung-up"], "{causes:?}");
}

#[test]
fn everything_sent_twice_is_one_call() {
    let engine = Engine::start(&Desks::default());
    let run = Run { options: &["-nr"], ..Run::default() };
    Sipp::call(engine.sip, &engine.folder(), "retransmissions", &run).succeed();
    assert_eq!(engine.case_after_call()["end_cause"], "caller-hung-up");
}

#[test]
fn a_carrier_s_session_timer_is_agreed_and_refreshed() {
    let engine = Engine::start(&Desks::default());
    Sipp::call(engine.sip, &engine.folder(), "session_timer", &Run::default()).succeed();
    assert_eq!(engine.case_after_call()["end_cause"], "caller-hung-up");
}

#[test]
fn a_caller_who_demands_it_acknowledges_the_ringing() {
    let engine = Engine::start(&Desks::default());
    Sipp::call(engine.sip, &engine.folder(), "prack", &Run::default()).succeed();
    assert_eq!(engine.case_after_call()["end_cause"], "caller-hung-up");
}

#[test]
fn a_bye_that_the_desk_misses_is_sent_again() {
    let run = Run { options: &["-nr"], ..Run::default() };
    let (engine, desk) = desks::japan_run("desk_misses_first_bye", &run);
    let caller = Sipp::call(engine.sip, &engine.folder(), "plain_call", &Run::default());
    engine.process.wait_for("connected desk=japan");
    caller.cue();
    caller.succeed();
    desk.succeed();
    desks::assert_japanese_with_pin(&engine.case_after_call());
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let (engine, desk) = desks::japan("desk_takes");
    let caller = Sipp::call(engine.sip, &engine.folder(), "late_offer", &Run::default());
    engine.process.wait_for("connected desk=japan");
    caller.cue();
    caller.succeed();
    desk.succeed();
    desks::assert_japanese_with_pin(&engine.case_after_call());
}

#[test]
fn a_call_over_tcp_reaches_a_desk_over_udp() {
    let (engine, desk) = desks::japan("desk_hangs_up");
    let run = Run { options: &["-t", "t1"], ..Run::default() };
    Sipp::call(engine.sip, &engine.folder(), "japanese_call_to_the_end", &run).succeed();
    desk.succeed();
    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "desk-hung-up", "{case:#}");
    desks::assert_japanese_with_pin(&case);
}

#[test]
fn sigterm_lets_the_call_in_progress_end_by_itself() {
    let (mut engine, desk) = desks::japan("desk_takes");
    let caller = Sipp::call(engine.sip, &engine.folder(), "plain_call", &Run::default());
    engine.process.wait_for("connected desk=japan");
    engine.process.terminate();
    caller.cue();
    caller.succeed();
    desk.succeed();
    let status = engine.process.wait_end(PROMPT);
    assert!(status.success(), "{status}\n{}", engine.process.text());
    assert_eq!(engine.process.count("CallGone"), 1, "{}", engine.process.text());
    assert!(ports::is_free(engine.sip.port()));
    assert_eq!(engine.cases()[0]["end_cause"], "caller-hung-up");
}
