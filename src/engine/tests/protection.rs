//! A rule that breaks in one call, and what is left: everything else.

use super::*;
use crate::base::fault;

/// A second caller, who talks to the engine as the first does.
fn second(rig: &mut Rig) {
    let theirs =
        |text: String| text.replace("Call-ID: call", "Call-ID: second").replace("z9hG4bK", "z9hG4bK2");
    rig.receive(CALLER, &theirs(request("INVITE", 1, "", SDP)));
    let tag = rig.our_tag();
    rig.receive(CALLER, &theirs(request("ACK", 1, &tag, "")));
}

fn presses(rig: &mut Rig, leg: u64, key: char) {
    let (digit, source) = (Digit::from_char(key).expect("a key"), media::DigitSource::TelephoneEvent);
    rig.input(Input::Media(media::Event::Digit { leg: LegKey(leg), digit, source }));
}

fn ends(rig: &Rig) -> Vec<EndCause> {
    let of = |what: &What| if let What::CallEnded { cause } = what { Some(*cause) } else { None };
    rig.journal.iter().filter_map(of).collect()
}

fn closed(rig: &Rig) -> usize {
    rig.media.iter().filter(|command| matches!(command, media::Command::Close { .. })).count()
}

/// The first caller in line while their seat rings, the second behind them.
fn two_in_line() -> Rig {
    let mut rig = Rig::in_line(japan(10, 0, 0));
    second(&mut rig);
    assert_eq!(rig.engine.call_count(), 2);
    rig
}

fn assert_first_is_gone(rig: &mut Rig) {
    assert_eq!(ends(rig), [EndCause::Broken]);
    assert_eq!(rig.records.iter().map(|record| record.cause).collect::<Vec<_>>(), [Some(EndCause::Broken)]);
    assert!(rig.sent_any("BYE sip:c@203.0.113.9"), "the caller hears that it is over");
    assert_eq!(closed(rig), 2, "the caller's sockets and the seat's");
    assert_eq!(rig.engine.call_count(), 1);
    let troubles = rig.journal.iter().filter(|what| matches!(what, What::Trouble { .. })).count();
    assert_eq!(troubles, 1);
    let noted = rig.cases.iter().rev().find(|case| {
        case.timeline()
            .iter()
            .any(|entry| matches!(entry.event, crate::case::Event::Ended { cause: EndCause::Broken }))
    });
    assert!(noted.is_some(), "the case says why");
}

#[test]
fn a_plan_that_breaks_ends_its_call_alone_and_gives_its_place_to_the_next() {
    let mut rig = two_in_line();
    let rung = rig.sent.iter().filter(|m| m.starts_with("INVITE")).count();
    fault::arm("visit", 1);
    presses(&mut rig, 1, '7');
    assert_first_is_gone(&mut rig);
    rig.wait(Duration::from_secs(60));
    assert!(
        rig.sent.iter().filter(|m| m.starts_with("INVITE")).count() > rung,
        "the seat rings for the next"
    );
    assert_eq!(ends(&rig), [EndCause::Broken], "whose call goes on");
}

#[test]
fn a_deadline_that_breaks_ends_its_call_alone() {
    let mut rig = two_in_line();
    fault::arm("visit", 1);
    rig.wait(Duration::from_secs(15));
    assert_first_is_gone(&mut rig);
}

#[test]
fn a_session_that_breaks_ends_its_call_by_the_usual_teardown() {
    let mut rig = Rig::talking();
    let tag = rig.our_tag();
    second(&mut rig);
    fault::arm("usage", 1);
    rig.receive(CALLER, &request("INFO", 2, &tag, ""));
    assert_eq!(ends(&rig), [EndCause::Broken]);
    assert!(rig.sent_any("BYE sip:seat@203.0.113.2"), "the desk hears that it is over");
    assert_eq!(closed(&rig), 2);
    assert_eq!(rig.engine.call_count(), 1);
    rig.sent.clear();
    rig.receive(CALLER, &request("BYE", 3, &tag, ""));
    assert!(rig.sent_any("SIP/2.0 481"), "what is thrown away is unknown");
}

#[test]
fn a_call_that_breaks_while_it_arrives_is_answered_500() {
    let mut rig = rig(japan(10, 0, 0));
    fault::arm("usage", 1);
    rig.call(SDP);
    assert!(rig.sent_any("SIP/2.0 500"), "{:?}", rig.sent);
    assert_eq!((ends(&rig), rig.engine.call_count()), (Vec::new(), 0), "it was never a call");
    let ack = request("ACK", 1, "broken", "").replace("z9hG4bKACK", "z9hG4bKINVITE");
    rig.receive(CALLER, &ack);
    rig.wait(Duration::from_secs(40));
    assert!(rig.engine.is_idle(), "{:?}", rig.engine.signaling_counts());
}

#[test]
fn a_stream_that_breaks_ends_its_call() {
    let mut rig = two_in_line();
    rig.input(Input::Media(media::Event::Broken { leg: LegKey(1) }));
    assert_eq!(ends(&rig), [EndCause::Broken]);
    assert_eq!(rig.engine.call_count(), 1);
}
