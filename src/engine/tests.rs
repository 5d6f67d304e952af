//! The engine alone: SIP text in, outputs out, sockets and store answered here.

mod asking;
mod clocks;
mod hostile;
mod protection;
mod recording;
mod referring;
mod replacing;
mod rig;
mod securing;
mod speaking;
mod verifying;
mod watching;

use super::*;
use crate::audio::{Codec, LibraryBuilder, Sound};
use crate::base::{Digit, Language, PromptId, UnixTime};
use crate::calendar::{Schedule, ScheduleSpec};
use crate::call::Record;
use crate::case::Case;
use crate::diag::Source;
use crate::dialplan::{Names, QueueFacts};
use crate::signaling::{Flow, Target, Transport};
use crate::sip::{Host, Uri};
use rig::{CALLER, DESK, Rig, SDP, body, field, flow, japan, request, rig, rig_on, script};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

#[test]
fn a_call_that_is_refused_costs_no_sockets_and_does_not_ring() {
    let mut rig = rig(japan(10, 0, 0));
    rig.call(&SDP.replace("AVP 0", "AVP 18").replace("0 PCMU", "18 G729"));
    assert_eq!(rig.ports, 0);
    assert!(!rig.sent_any("SIP/2.0 180") && rig.sent_any("SIP/2.0 488"));
    assert_eq!(rig.records.len(), 1);
    assert_eq!((rig.engine.call_count(), rig.engine.legs.len()), (0, 0));
}

#[test]
fn audio_of_an_ip_version_that_is_not_spoken_is_refused_and_the_refusal_says_so() {
    let mut rig = rig(japan(10, 0, 0));
    rig.engine.config.audio_over = IpVersions { v4: true, v6: false };
    rig.call(&SDP.replace("c=IN IP4 203.0.113.9", "c=IN IP6 2001:db8::9"));
    let refused = rig.sent.iter().find(|m| m.starts_with("SIP/2.0 488")).expect("a refusal");
    assert!(field(refused, "Warning").starts_with("300 "), "{refused}");
    assert_eq!((rig.ports, rig.ended()), (0, Some(EndCause::NoCommonAddress)));
    rig.receive(CALLER, &other_caller(&request("INVITE", 1, "", SDP)));
    assert!(rig.sent_any("SIP/2.0 200"));
}

#[test]
fn a_desk_is_offered_the_callers_codec_first_and_every_other_behind_it() {
    let mut rig = rig(japan(10, 0, 0));
    rig.call(&SDP.replace("AVP 0", "AVP 8").replace("0 PCMU", "8 PCMA"));
    rig.ack("");
    let offer = rig.sent.iter().rfind(|m| m.starts_with("INVITE")).expect("the seat rings");
    let audio = offer.lines().find(|line| line.starts_with("m=audio")).expect("audio");
    assert!(audio.contains("RTP/AVP 8 0 9 "), "{audio}");
    rig.desk_replies(200, &SDP.replace("AVP 0", "AVP 9").replace("0 PCMU", "9 G722"));
    assert!(rig.media.iter().any(|command| matches!(command, media::Command::Bridge { .. })));
}

#[test]
fn a_caller_whose_ack_brings_no_answer_is_not_left_in_silence() {
    let mut rig = rig(japan(10, 0, 0));
    rig.call("");
    assert_eq!(rig.ended(), None);
    rig.ack("");
    assert_eq!(rig.ended(), Some(EndCause::NoCommonCodec));
    assert!(rig.sent_any("BYE"));
}

#[test]
fn an_answer_that_came_with_the_ringing_counts_where_the_200_has_none() {
    let mut rig = Rig::in_line(japan(10, 0, 0));
    rig.desk_replies(183, SDP);
    rig.desk_replies(200, "");
    assert!(rig.journal.iter().any(|w| matches!(w, What::Connected { .. })), "{:?}", rig.journal);
}

fn is_told_of_the_closing(rig: &Rig) -> bool {
    rig.journal
        .iter()
        .any(|w| matches!(w, What::Step { step, event, .. } if &**step == "closed" && event == "enter"))
}

#[test]
fn callers_in_line_at_closing_time_are_told() {
    let mut rig = Rig::in_line(japan(16, 59, 57));
    rig.desk_replies(486, "");
    rig.wait(Duration::from_millis(2_999));
    assert!(!is_told_of_the_closing(&rig));
    assert_eq!(rig.case("queue").as_deref(), Some("q"));
    rig.wait(Duration::from_millis(1));
    assert!(is_told_of_the_closing(&rig));
    assert_eq!(rig.case("queue"), None);
    assert!(rig.engine.lines.is_empty());
}

#[test]
fn a_seat_that_rings_at_closing_time_may_still_answer() {
    let mut rig = Rig::in_line(japan(16, 59, 57));
    rig.wait(Duration::from_secs(8));
    assert!(!is_told_of_the_closing(&rig));
    rig.desk_replies(486, "");
    assert!(is_told_of_the_closing(&rig));
    assert!(rig.engine.lines.is_empty());
}

#[test]
fn a_line_that_refuses_is_not_the_case_s_queue() {
    let rig = Rig::in_line(japan(18, 0, 0));
    assert!(!rig.journal.iter().any(|w| matches!(w, What::Queued { .. })));
    assert_eq!((rig.case("queue"), rig.case("tier")), (None, None));
    assert_eq!(rig.case("desk").as_deref(), Some("japan"));
}

#[test]
fn leaving_the_line_ends_the_ringing_and_the_queue_s_facts() {
    let mut rig = Rig::in_line(japan(10, 0, 0));
    rig.desk_replies(180, "");
    assert_eq!(rig.case("tier").as_deref(), Some("1"));
    rig.wait(Duration::from_secs(3));
    let leg = rig.engine.visits.values().next().expect("a visit").call.caller();
    let digit = crate::base::Digit::from_char('1').expect("a key");
    rig.input(Input::Media(media::Event::Digit { leg, digit, source: media::DigitSource::TelephoneEvent }));
    assert!(rig.sent_any("CANCEL"));
    assert_eq!((rig.case("queue"), rig.case("tier")), (None, None));
    let rung = &rig.engine.visits.values().next().expect("a visit").record.rung;
    assert_eq!(rung.len(), 2);
    assert!(rung[0].ended_at.is_some() && rung[1].ended_at.is_none());
}

#[test]
fn desks_rung_in_vain_leave_nothing_behind() {
    let mut rig = Rig::in_line(japan(10, 0, 0));
    for _ in 0..20 {
        rig.desk_replies(486, "");
        rig.wait(Duration::from_secs(6));
    }
    assert!(rig.engine.legs.len() <= 2, "{:?}", rig.engine.legs);
    assert!(rig.engine.visits.values().all(|v| v.audio.len() <= 2));
}

#[test]
fn a_caller_held_by_the_desk_hears_music_until_the_desk_is_back() {
    let mut rig = Rig::talking();
    assert!(!rig.plays_music());
    rig.desk_asks("INVITE", 1, &format!("{SDP}a=inactive\r\n"));
    assert!(rig.plays_music());
    rig.desk_asks("ACK", 1, "");
    rig.desk_asks("INVITE", 2, SDP);
    rig.desk_asks("ACK", 2, "");
    assert!(!rig.plays_music());
    rig.desk_asks("INVITE", 3, &format!("{SDP}a=sendonly\r\n"));
    rig.desk_asks("ACK", 3, "");
    rig.desk_asks("BYE", 4, "");
    assert!(!rig.plays_music(), "the desk hung up on hold: the plan speaks");
    assert!(matches!(
        rig.media.iter().rfind(|c| matches!(c, media::Command::Play { .. })),
        Some(media::Command::Play { repeat: false, .. })
    ));
}

#[test]
fn keys_told_by_signalling_are_pressed_on_the_other_side() {
    let mut rig = Rig::talking();
    let visit = rig.engine.visits.values().next().expect("a visit");
    let (caller, desk) = (visit.call.caller(), visit.call.desk().expect("a desk"));
    let digit = crate::base::Digit::from_char('7').expect("a key");
    for source in [media::DigitSource::Info, media::DigitSource::TelephoneEvent] {
        rig.input(Input::Media(media::Event::Digit { leg: caller, digit, source }));
    }
    let pressed: Vec<_> =
        rig.media.iter().filter(|c| matches!(c, media::Command::PressKeys { .. })).collect();
    assert!(matches!(pressed[..], [media::Command::PressKeys { leg, .. }] if *leg == desk));
}

#[test]
fn a_call_ended_before_its_socket_or_after_it_leaves_nothing() {
    let mut rig = Rig::talking();
    let tag = rig.our_tag();
    rig.receive(CALLER, &request("BYE", 2, &tag, ""));
    assert_eq!(rig.ended(), Some(EndCause::CallerHungUp));
    rig.desk_replies(200, "");
    assert_eq!((rig.engine.call_count(), rig.engine.legs.len()), (0, 0));
    assert!(rig.engine.lines.is_empty());
    assert_eq!(rig.records[0].cause, Some(EndCause::CallerHungUp));
}

#[test]
fn a_desk_that_resumes_without_an_offer_of_its_own_is_heard_again() {
    let mut rig = Rig::talking();
    rig.desk_asks("INVITE", 1, &format!("{SDP}a=sendonly\r\n"));
    rig.desk_asks("ACK", 1, "");
    assert!(rig.plays_music());
    rig.desk_asks("INVITE", 2, "");
    rig.desk_asks("ACK", 2, SDP);
    assert!(!rig.plays_music());
}

/// A caller in line whose case is not on disk.
fn in_line_without_store() -> Rig {
    let mut rig = rig(japan(10, 0, 0));
    rig.store_works = false;
    rig.call(SDP);
    rig.ack("");
    assert!(!rig.sent_any("INVITE"), "{:?}", rig.sent);
    rig
}

#[test]
fn a_desk_rings_when_the_case_is_on_disk_and_is_told_its_number() {
    let mut rig = in_line_without_store();
    let number = rig.cases.last().expect("a case").number();
    rig.input(Input::Stored(StoreDone::CaseSaved(number)));
    assert!(rig.sent_any("INVITE"));
    let invite = rig.sent.iter().rfind(|m| m.starts_with("INVITE")).expect("an INVITE");
    assert!(invite.contains(&format!("X-Madoguchi-Case: {number}")), "{invite}");
    rig.wait(Duration::from_secs(5));
    assert_eq!(rig.sent.iter().filter(|m| m.starts_with("INVITE")).count(), 4, "one, sent again and again");
}

#[test]
fn a_store_that_does_not_answer_costs_the_desk_the_number_and_the_caller_two_seconds() {
    let mut rig = in_line_without_store();
    rig.wait(Duration::from_millis(1_999));
    assert!(!rig.sent_any("INVITE"));
    rig.wait(Duration::from_millis(1));
    let invite = rig.sent.iter().rfind(|m| m.starts_with("INVITE")).expect("an INVITE");
    assert!(!invite.contains("X-Madoguchi-Case"), "{invite}");
}

#[test]
fn a_caller_who_leaves_before_the_desk_rings_leaves_nothing() {
    let mut rig = in_line_without_store();
    let tag = rig.our_tag();
    rig.receive(CALLER, &request("BYE", 2, &tag, ""));
    rig.wait(Duration::from_secs(60));
    assert!(!rig.sent_any("INVITE"));
    assert_eq!(rig.ended(), Some(EndCause::CallerHungUp));
    assert!(rig.engine.is_idle());
}

const HANDED_OVER: &str = r#"
start = "partner"
[step.partner]
verb = "transfer"
to = "partner"
failed = "bye"
[step.bye]
verb = "hangup"
prompt = "bye"
"#;

#[test]
fn a_place_that_callers_are_handed_to_does_not_send_them_elsewhere() {
    let mut rig = rig_on(HANDED_OVER, japan(10, 0, 0));
    rig.call(SDP);
    rig.ack("");
    let invites = |rig: &Rig| rig.sent.iter().filter(|m| m.starts_with("INVITE")).count();
    assert!(rig.sent_any("INVITE sip:partner@desk.example ") && invites(&rig) == 1);
    rig.desk_replies(302, "");
    assert_eq!(invites(&rig), 1, "only the settings say who may be called");
    let unreachable =
        |what: &What| matches!(what, What::Step { verb: "transfer", event, .. } if event == "unreachable");
    assert!(rig.journal.iter().any(unreachable), "{:?}", rig.journal);
}

#[test]
fn a_place_that_took_the_caller_has_the_case() {
    let mut rig = rig_on(HANDED_OVER, japan(10, 0, 0));
    rig.call(SDP);
    rig.ack("");
    rig.desk_replies(200, SDP);
    let case = rig.cases.last().expect("a case");
    let target = "sip:partner@desk.example".to_string();
    let taken = crate::case::Event::Transferred { to: "partner".into(), target };
    assert!(case.timeline().iter().any(|entry| entry.event == taken), "{:?}", case.timeline());
    assert_eq!((case.stage(), rig.case("desk")), (crate::case::Stage::HandedOn, None));
    rig.desk_asks("BYE", 2, "");
    assert_eq!(rig.ended(), Some(EndCause::DeskHungUp));
}

const NEWS: &str = r#"
start = "news"
[step.news]
verb = "play"
prompt = "news"
next = "bye"
[step.bye]
verb = "hangup"
prompt = "bye"
cause = "desk-hung-up"
"#;

fn other_caller(text: &str) -> String {
    text.replace("Call-ID: call", "Call-ID: other").replace("branch=z9hG4bK", "branch=z9hG4bKo")
}
