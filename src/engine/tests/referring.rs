//! People at the desk who transfer their callers: to whom, with what, and what becomes of those nobody takes.

use super::*;
use crate::case::{By, Event};
use crate::signaling::{Limits, Resolved, TrunkConfig};

/// The seat, which talks to the caller, refers them there.
fn refer(rig: &mut Rig, cseq: u32, to: &str) {
    let invite = rig.sent.iter().find(|m| m.starts_with("INVITE")).expect("an INVITE").clone();
    let text = format!(
        "REFER sip:madoguchi@203.0.113.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.2;branch=z9hG4bKr{cseq}\r\n\
         Max-Forwards: 70\r\nFrom: {};tag=desk\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} REFER\r\n\
         Contact: <sip:seat@203.0.113.2>\r\nRefer-To: <{to}>\r\nContent-Length: 0\r\n\r\n",
        field(&invite, "To"),
        field(&invite, "From"),
        field(&invite, "Call-ID"),
    );
    rig.receive(DESK, &text);
}

/// What the REFER was answered.
fn answer(rig: &Rig, cseq: u32) -> Option<&str> {
    let is_answer = |m: &&String| m.starts_with("SIP/2.0") && field(m, "CSeq") == format!("{cseq} REFER");
    rig.sent.iter().find(is_answer).and_then(|m| m.split(' ').nth(1))
}

fn last_invite(rig: &Rig) -> &String {
    rig.sent.iter().rfind(|m| m.starts_with("INVITE")).expect("an INVITE")
}

fn may_refer_to(rig: &mut Rig, others: Vec<Reference>) {
    let desk = rig.engine.config.desks.get_mut("japan").expect("the desk");
    desk.refers_to = others;
}

#[test]
fn whoever_is_referred_to_is_told_what_a_desk_is_told_and_the_case_says_who_did_it() {
    let mut rig = Rig::talking();
    refer(&mut rig, 1, "sip:first@203.0.113.1");
    assert_eq!(answer(&rig, 1), Some("202"));
    assert!(rig.plays_music(), "never silence");
    let invite = last_invite(&rig).clone();
    assert!(invite.starts_with("INVITE sip:first@desk.example "), "{invite}");
    for header in ["X-Madoguchi-Case: 6", "User-to-User: 36", "Accept-Language: ja, en", "Allow: "] {
        let header = header.replace("ja, en", "en");
        assert!(invite.contains(&header), "{header}: {invite}");
    }
    rig.desk_replies(200, SDP);
    assert!(!rig.plays_music());
    let case = rig.cases.last().expect("a case");
    let (seat, first) = ("sip:seat@desk.example".to_string(), "sip:first@desk.example".to_string());
    let told: Vec<_> =
        case.timeline().iter().rev().take(2).map(|entry| (entry.by.clone(), entry.event.clone())).collect();
    assert_eq!(told[1], (By::Agent(seat), Event::Referred { to: first.clone() }));
    assert_eq!(told[0], (By::Engine, Event::Transferred { to: "japan".into(), target: first }));
    assert!(rig.engine.lines.is_empty(), "the seat is free for the next caller");
}

#[test]
fn what_a_refer_names_is_looked_up_and_never_dialled_itself() {
    let mut rig = Rig::talking();
    for (cseq, to) in [
        "sip:first@198.51.100.1",
        "sip:0015551234567@203.0.113.1",
        "sip:partner@203.0.113.1",
        "sip:partner@desk.example",
        "sip:c@203.0.113.9",
        "sip:japan%40evil@203.0.113.1",
        "tel:+15551234567",
        "mailto:first@desk.example",
    ]
    .into_iter()
    .enumerate()
    {
        let cseq = cseq as u32 + 1;
        refer(&mut rig, cseq, to);
        assert_eq!(answer(&rig, cseq), Some("403"), "{to}");
    }
    assert_eq!(rig.sent.iter().filter(|m| m.starts_with("INVITE")).count(), 1);
    assert_eq!(rig.ended(), None, "they talk on");
}

#[test]
fn a_desk_by_its_name_and_a_place_outside_are_named_where_the_settings_say() {
    for (to, other, rung) in [
        ("sip:japan@203.0.113.1", None, "first"),
        ("sip:second@desk.example", None, "second"),
        ("sip:partner@engine.example", Some(Reference::Place("partner".into())), "partner"),
    ] {
        let mut rig = Rig::talking();
        may_refer_to(&mut rig, other.into_iter().collect());
        refer(&mut rig, 1, to);
        assert_eq!(answer(&rig, 1), Some("202"), "{to}");
        assert!(last_invite(&rig).starts_with(&format!("INVITE sip:{rung}@desk.example ")), "{to}");
    }
}

#[test]
fn a_place_outside_may_not_refer_the_caller_on() {
    let mut rig = Rig::talking();
    may_refer_to(&mut rig, vec![Reference::Place("partner".into())]);
    assert!(field(last_invite(&rig), "Allow").ends_with("REFER"));
    refer(&mut rig, 1, "sip:partner@203.0.113.1");
    assert!(!field(last_invite(&rig), "Allow").contains("REFER"));
}

#[test]
fn a_seat_that_talks_already_is_busy() {
    let mut rig = Rig::talking();
    refer(&mut rig, 1, "sip:seat@203.0.113.1");
    assert_eq!(answer(&rig, 1), Some("486"));
    refer(&mut rig, 2, "sip:first@203.0.113.1");
    refer(&mut rig, 3, "sip:second@203.0.113.1");
    assert_eq!((answer(&rig, 2), answer(&rig, 3)), (Some("202"), Some("491")), "one at a time");
}

fn line() -> TrunkConfig {
    TrunkConfig {
        name: "ntt".into(),
        host: "203.0.113.7".into(),
        port: None,
        transport: Transport::Udp,
        domain: Host::Name("ntt.example".into()),
        user: "0312345678".into(),
        credentials: None,
        register: None,
        keep_alive: None,
        dials_address: false,
        limits: Limits { prefixes: vec!["03".into(), "+813".into()], ..Limits::default() },
    }
}

#[test]
fn numbers_go_by_the_trunk_that_the_settings_name_under_its_prefixes_alone() {
    let mut rig = Rig::talking();
    rig.engine.config.trunks.insert("ntt".into(), Trunk { line: line(), habits: Habits::default() });
    rig.engine.endpoint.add_trunk(line());
    let places = Ok(vec![flow("203.0.113.7:5060")]);
    rig.input(Input::Resolved(Resolved { trunk: "ntt".into(), places, took: Duration::ZERO, holds: None }));
    refer(&mut rig, 1, "sip:0398765432@203.0.113.1");
    assert_eq!(answer(&rig, 1), Some("403"), "not before the settings say so");
    may_refer_to(&mut rig, vec![Reference::Trunk("ntt".into())]);
    for (cseq, to) in
        [(2, "sip:0015551234567@203.0.113.1"), (3, "tel:+15551234567"), (4, "sip:0398765432@198.51.100.1")]
    {
        refer(&mut rig, cseq, to);
        assert_eq!(answer(&rig, cseq), Some("403"), "{to}");
    }
    refer(&mut rig, 5, "tel:+81-3-9876-5432");
    assert_eq!(answer(&rig, 5), Some("202"));
    assert!(last_invite(&rig).starts_with("INVITE sip:+81398765432@ntt.example"), "{}", last_invite(&rig));
}

#[test]
fn a_trunk_that_takes_no_call_leaves_the_caller_with_the_desk() {
    let mut rig = Rig::talking();
    rig.engine.config.trunks.insert("ntt".into(), Trunk { line: line(), habits: Habits::default() });
    may_refer_to(&mut rig, vec![Reference::Trunk("ntt".into())]);
    refer(&mut rig, 1, "sip:0398765432@203.0.113.1");
    assert_eq!(answer(&rig, 1), Some("202"));
    assert!(!rig.plays_music(), "they talk again");
    let notify = rig.sent.iter().rfind(|m| m.starts_with("NOTIFY")).expect("a NOTIFY").clone();
    let ok =
        ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\r\n", field(&notify, name)));
    rig.receive(DESK, &format!("SIP/2.0 200 OK\r\n{}Content-Length: 0\r\n\r\n", ok.concat()));
    let last = rig.sent.iter().rfind(|m| m.starts_with("NOTIFY")).expect("another");
    assert!(last.contains("terminated") && last.ends_with("SIP/2.0 503 Service Unavailable\r\n"), "{last}");
}

const OTHER_DIALOG: &str = "consult%40203.0.113.2%3Bto-tag%3Dc%3Bfrom-tag%3Dd";

#[test]
fn a_colleague_who_was_asked_first_is_called_in_the_place_of_that_call() {
    for to in ["sip:first@desk.example", "sip:first-0x5f@203.0.113.2:5060"] {
        let mut rig = Rig::talking();
        refer(&mut rig, 1, &format!("{to}?Replaces={OTHER_DIALOG}"));
        assert_eq!(answer(&rig, 1), Some("202"), "{to}");
        let invite = last_invite(&rig).clone();
        assert_eq!(field(&invite, "Replaces"), "consult@203.0.113.2;to-tag=c;from-tag=d");
        assert_eq!(field(&invite, "Require"), "replaces");
        assert!(invite.contains("X-Madoguchi-Case: 6"), "{invite}");
        rig.desk_replies(200, SDP);
        assert!(rig.sent.iter().any(|m| m.starts_with("BYE")), "the colleague has them");
    }
    let mut rig = Rig::talking();
    refer(&mut rig, 1, &format!("sip:0015551234567@198.51.100.9?Replaces={OTHER_DIALOG}"));
    assert_eq!(answer(&rig, 1), Some("403"), "nor is a stranger");
}

/// A phone asks for the place of the seat that talks.
fn take_over(rig: &mut Rig, from: &str, sdp: &str) {
    let invite = rig.sent.iter().find(|m| m.starts_with("INVITE")).expect("an INVITE").clone();
    let from_tag = field(&invite, "From").split_once("tag=").expect("a tag").1.to_string();
    let (host, _) = from.split_once(':').expect("a port");
    let text = format!(
        "INVITE sip:madoguchi@203.0.113.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKtake\r\nMax-Forwards: 70\r\n\
         From: <sip:first@{host}>;tag=t\r\nTo: <sip:madoguchi@203.0.113.1>\r\nCall-ID: take\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:first@{from}>\r\nReplaces: {};to-tag={from_tag};from-tag=desk\r\n{}",
        field(&invite, "Call-ID"),
        body(sdp)
    );
    rig.receive(from, &text);
}

fn answer_to_take_over(rig: &Rig) -> Option<&str> {
    let is_final = |m: &&String| {
        m.starts_with("SIP/2.0 ") && !m.starts_with("SIP/2.0 1") && field(m, "Call-ID") == "take"
    };
    rig.sent.iter().find(is_final).and_then(|m| m.split(' ').nth(1))
}

#[test]
fn a_colleague_takes_a_call_over_and_the_first_phone_is_hung_up() {
    let mut rig = Rig::talking();
    let bridges = |rig: &Rig| rig.media.iter().filter(|c| matches!(c, media::Command::Bridge { .. })).count();
    take_over(&mut rig, DESK, SDP);
    assert_eq!(answer_to_take_over(&rig), Some("200"));
    let answer =
        rig.sent.iter().find(|m| m.starts_with("SIP/2.0 200") && field(m, "Call-ID") == "take").expect("200");
    assert!(field(answer, "Allow").ends_with("REFER"), "who takes over may transfer on: {answer}");
    assert_eq!(bridges(&rig), 2, "no moment without one of them");
    assert!(rig.sent.iter().any(|m| m.starts_with("BYE")));
    assert_eq!((rig.ended(), rig.engine.call_count()), (None, 1));
    let visit = rig.engine.visits.values().next().expect("a visit");
    assert_eq!(visit.call.peer(visit.call.caller()), visit.call.desk());
}

#[test]
fn a_stranger_takes_no_call_over_however_well_it_knows_the_dialog() {
    let mut rig = Rig::talking();
    take_over(&mut rig, CALLER, SDP);
    assert_eq!(answer_to_take_over(&rig), Some("403"));
    assert!(!rig.sent.iter().any(|m| m.starts_with("BYE")));
    let mut deaf = Rig::talking();
    take_over(&mut deaf, DESK, &SDP.replace("AVP 0", "AVP 18").replace("0 PCMU", "18 G729"));
    assert_eq!(answer_to_take_over(&deaf), Some("488"));
    assert!(!deaf.sent.iter().any(|m| m.starts_with("BYE")), "they talk on");
}
