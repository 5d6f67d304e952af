//! Provisional responses that are acknowledged, from both sides (RFC 3262).

use super::net::{CALLER, DESK, Net, RAW, TO, field, request, response_to};
use crate::base::{LegKey, Secret};
use crate::signaling::{Command, Event, How, Target};

const DEMANDS: &str = "Require: 100rel\nSupported: 100rel\n";
const CAN: &str = "Supported: 100rel\n";
const CONTACT: &str = "Contact: <sip:raw@10.0.0.9:5060>\n";

/// A hand-written caller's INVITE at the desk.
fn invited(net: &mut Net, headers: &str, offer: &str) -> LegKey {
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, headers, offer));
    net.inbox.clear();
    net.incoming(DESK)
}

fn ring(net: &mut Net, desk: LegKey, sdp: Option<&str>, reliable: bool) {
    let sdp = sdp.map(|sdp| sdp.as_bytes().to_vec());
    net.command(DESK, Command::Ring { leg: desk, sdp, reliable });
}

/// PRACK for the last response in the inbox that has a number.
fn prack(net: &mut Net, cseq: u32, body: &str) {
    let numbered = net.inbox.iter().rev().map(|(_, text)| text).find(|text| !field(text, "RSeq").is_empty());
    let numbered = numbered.expect("a reliable response").clone();
    let rack = format!("RAck: {} 1 INVITE\n", field(&numbered, "RSeq"));
    let branch = format!("z9hG4bKp{cseq}");
    let to = field(&numbered, "To");
    net.inject(RAW, DESK, &request("PRACK", cseq, &branch, &to, &rack, body));
    net.run_for(10);
}

fn first_lines(net: &mut Net) -> Vec<String> {
    let lines = net.received();
    net.inbox.clear();
    lines
}

#[test]
fn ringing_is_reliable_where_the_caller_demands_it_or_can_and_we_want_it() {
    for (headers, wanted, reliable) in
        [(DEMANDS, false, true), (CAN, true, true), (CAN, false, false), ("", true, false)]
    {
        let mut net = Net::new(1);
        let desk = invited(&mut net, headers, "offer");
        ring(&mut net, desk, None, wanted);
        net.run_for(10);
        assert_eq!(!field(net.last(), "RSeq").is_empty(), reliable, "{headers} {wanted}");
        assert_eq!(field(net.last(), "Require") == "100rel", reliable);
    }
}

#[test]
fn a_reliable_180_comes_again_until_its_prack_and_with_none_the_invite_is_504() {
    let mut net = Net::new(1);
    let desk = invited(&mut net, DEMANDS, "offer");
    ring(&mut net, desk, None, false);
    net.run_for(4_000);
    assert_eq!(first_lines(&mut net), ["100 INVITE", "180 INVITE", "180 INVITE", "180 INVITE", "180 INVITE"]);
    net.run_for(28_100);
    assert_eq!(net.received().last().map(String::as_str), Some("504 INVITE"));
    assert_eq!(net.hows(DESK, desk), [How::NoAck]);
    net.assert_all_over();
}

#[test]
fn a_prack_ends_the_repeating_and_is_200_again_when_another_comes() {
    let mut net = Net::new(1);
    let desk = invited(&mut net, DEMANDS, "offer");
    ring(&mut net, desk, None, false);
    net.run_for(600);
    prack(&mut net, 2, "");
    net.run_for(40_000);
    prack(&mut net, 3, "");
    assert_eq!(first_lines(&mut net), ["100 INVITE", "180 INVITE", "180 INVITE", "200 PRACK", "200 PRACK"]);
    assert_eq!(net.hows(DESK, desk), []);
}

#[test]
fn a_prack_for_nothing_of_ours_is_481() {
    let mut net = Net::new(1);
    let desk = invited(&mut net, DEMANDS, "offer");
    ring(&mut net, desk, None, false);
    net.run_for(10);
    let to = field(net.last(), "To");
    for (cseq, rack) in [(2, "RAck: 1 1 INVITE\n"), (3, ""), (4, "RAck: x\n")] {
        let branch = format!("z9hG4bKp{cseq}");
        net.inject(RAW, DESK, &request("PRACK", cseq, &branch, &to, rack, ""));
    }
    net.inject(RAW, DESK, &request("PRACK", 1, "z9hG4bKq", TO, "RAck: 1 1 INVITE\n", ""));
    net.run_for(10);
    let refused = net.received().iter().filter(|line| *line == "481 PRACK").count();
    assert_eq!(refused, 4, "{:?}", net.received());
}

#[test]
fn the_answer_does_not_wait_for_the_prack_of_a_180_without_sdp() {
    let mut net = Net::new(1);
    let desk = invited(&mut net, DEMANDS, "offer");
    ring(&mut net, desk, None, false);
    net.answer(DESK, desk);
    net.run_for(10);
    let ok = net.last().to_string();
    assert!(ok.starts_with("SIP/2.0 200 ") && ok.ends_with("answer"));
    prack(&mut net, 2, "");
    let to = field(&ok, "To");
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &to, "", ""));
    net.run_for(40_000);
    assert_eq!(first_lines(&mut net), ["100 INVITE", "180 INVITE", "200 INVITE", "200 PRACK"]);
    assert_eq!(net.hows(DESK, desk), []);
}

#[test]
fn an_answer_in_a_reliable_183_is_the_answer_and_the_200_waits_for_its_prack() {
    let mut net = Net::new(1);
    let desk = invited(&mut net, DEMANDS, "offer");
    ring(&mut net, desk, Some("early"), false);
    ring(&mut net, desk, None, false);
    net.answer(DESK, desk);
    net.run_for(10);
    assert_eq!(first_lines(&mut net), ["100 INVITE", "183 INVITE"], "no second one, no 2xx before the PRACK");
    net.run_for(600);
    prack(&mut net, 2, "");
    assert_eq!(net.received(), ["183 INVITE", "200 PRACK", "200 INVITE"]);
    let ok = net.last().to_string();
    assert!(ok.ends_with("\r\n\r\n"), "said already: {ok}");
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &field(&ok, "To"), "", ""));
    assert!(matches!(net.events(DESK).last(), Some(Event::Established { answer: None, .. })));
}

#[test]
fn a_second_reliable_response_waits_for_the_prack_of_the_first() {
    let mut net = Net::new(1);
    let desk = invited(&mut net, DEMANDS, "offer");
    ring(&mut net, desk, None, false);
    ring(&mut net, desk, Some("early"), false);
    net.run_for(10);
    let first: u32 = field(net.last(), "RSeq").parse().unwrap();
    assert_eq!(net.received(), ["100 INVITE", "180 INVITE"]);
    prack(&mut net, 2, "");
    assert_eq!(net.received(), ["100 INVITE", "180 INVITE", "200 PRACK", "183 INVITE"]);
    assert_eq!(field(net.last(), "RSeq"), (first + 1).to_string());
}

#[test]
fn no_reliable_180_without_an_offer_goes_to_an_invite_without_one() {
    let mut net = Net::new(1);
    let desk = invited(&mut net, DEMANDS, "");
    ring(&mut net, desk, None, false);
    net.run_for(10);
    assert_eq!(net.received(), ["100 INVITE"], "a carrier hangs up on one");
    ring(&mut net, desk, Some("our offer"), false);
    net.run_for(10);
    assert!(net.last().ends_with("our offer"));
    prack(&mut net, 2, "their answer");
    let answered =
        |e: &Event| matches!(e, Event::OfferAnswered { answer: Some(a), .. } if a == b"their answer");
    assert!(net.events(DESK).iter().any(answered));
    net.answer(DESK, desk);
    net.run_for(10);
    let ok = net.last().to_string();
    assert!(ok.starts_with("SIP/2.0 200 ") && ok.ends_with("\r\n\r\n"), "{ok}");
}

#[test]
fn a_refusal_and_a_cancel_do_not_wait_for_the_prack() {
    for cancelled in [true, false] {
        let mut net = Net::new(1);
        let desk = invited(&mut net, DEMANDS, "offer");
        ring(&mut net, desk, Some("early"), false);
        net.run_for(10);
        if cancelled {
            net.inject(RAW, DESK, &request("CANCEL", 1, "z9hG4bKa", TO, "", ""));
        } else {
            net.command(DESK, Command::Reject { leg: desk, status: 486, headers: Vec::new() });
        }
        net.run_for(10);
        let last = net.received().last().cloned();
        assert_eq!(last.as_deref(), Some(if cancelled { "487 INVITE" } else { "486 INVITE" }));
        net.assert_all_over();
    }
}

// The caller's side.

/// A call to a hand-written desk; the INVITE it was sent.
fn calling(net: &mut Net) -> (LegKey, String) {
    let caller = net.call(&[RAW]);
    net.run_for(10);
    let invite = net.last().to_string();
    net.inbox.clear();
    (caller, invite)
}

fn numbered(invite: &str, status: u16, rseq: u32, body: &str) -> String {
    let extra = format!("{CONTACT}Require: 100rel\nRSeq: {rseq}\n");
    response_to(invite, status, "x", &extra, body)
}

fn progress(net: &Net) -> Vec<u16> {
    let told = net.events(CALLER).iter();
    told.filter_map(|e| if let Event::Progress { status, .. } = e { Some(*status) } else { None }).collect()
}

#[test]
fn every_reliable_response_is_acknowledged_once_and_in_order() {
    let mut net = Net::new(1);
    let (_, invite) = calling(&mut net);
    assert!(field(&invite, "Supported").contains("100rel"));
    for (rseq, status) in [(7, 180), (7, 180), (9, 183), (8, 183), (8, 183), (7, 180)] {
        net.inject(RAW, CALLER, &numbered(&invite, status, rseq, ""));
    }
    net.run_for(10);
    let cseq = field(&invite, "CSeq");
    let racks: Vec<String> = net.inbox.iter().map(|(_, text)| field(text, "RAck")).collect();
    assert_eq!(racks, [format!("7 {cseq}"), format!("8 {cseq}")], "9 came before its turn");
    assert_eq!(progress(&net), [180, 183]);
    assert!(net.last().starts_with("PRACK sip:raw@10.0.0.9:5060 "));
}

#[test]
fn the_sdp_of_a_reliable_183_is_told_and_the_dialog_goes_on_after_the_200() {
    let mut net = Net::new(1);
    let (caller, invite) = calling(&mut net);
    net.inject(RAW, CALLER, &numbered(&invite, 183, 1, "early answer"));
    net.run_for(10);
    let prack = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&prack, 200, "x", "", ""));
    net.inject(RAW, CALLER, &response_to(&invite, 200, "x", CONTACT, ""));
    net.run_for(10);
    let early = |e: &Event| matches!(e, Event::Progress { answer: Some(a), .. } if a == b"early answer");
    assert!(net.events(CALLER).iter().any(early));
    let answered = |e: &Event| matches!(e, Event::Answered { answer: Some(a), .. } if a == b"early answer");
    assert!(net.events(CALLER).last().is_some_and(answered), "the 200 had none");
    let ack = field(net.last(), "CSeq");
    assert_eq!(ack.split(' ').next(), field(&invite, "CSeq").split(' ').next(), "the ACK has the INVITE's");
    net.hang_up(CALLER, caller);
    net.run_for(10);
    let number = |text: &str| field(text, "CSeq").split(' ').next().unwrap().parse::<u32>().unwrap();
    assert_eq!(number(net.last()), number(&prack) + 1, "no number is used twice");
}

/// An UPDATE of the hand-written desk in the early dialog of an INVITE.
fn update(net: &mut Net, invite: &str, cseq: u32, offer: &str) {
    let text = request("UPDATE", cseq, &format!("z9hG4bKu{cseq}"), TO, CONTACT, offer)
        .replace("<sip:raw@10.0.0.9:5060>;tag=raw\n", &format!("{};tag=x\n", field(invite, "To")))
        .replace(&format!("To: {TO}"), &format!("To: {}", field(invite, "From")))
        .replace("call@raw", &field(invite, "Call-ID"));
    net.inject(RAW, CALLER, &text);
    net.run_for(10);
}

#[test]
fn an_offer_in_an_early_update_is_answered_once_ours_has_its_answer() {
    let mut net = Net::new(1);
    let (caller, invite) = calling(&mut net);
    net.inject(RAW, CALLER, &response_to(&invite, 180, "x", CONTACT, ""));
    update(&mut net, &invite, 1, "too early");
    assert!(net.last().starts_with("SIP/2.0 491 "), "{}", net.last());
    net.inject(RAW, CALLER, &numbered(&invite, 183, 1, "early answer"));
    update(&mut net, &invite, 2, "their offer");
    let offered = |e: &Event| matches!(e, Event::Offer { offer: Some(o), .. } if o == b"their offer");
    assert!(net.events(CALLER).iter().any(offered));
    update(&mut net, &invite, 3, "another");
    assert!(net.last().starts_with("SIP/2.0 500 ") && net.last().contains("Retry-After"), "{}", net.last());
    net.command(CALLER, Command::AnswerOffer { leg: caller, sdp: Some(b"our answer".to_vec()) });
    net.run_for(10);
    let answer = net.last().to_string();
    assert!(answer.starts_with("SIP/2.0 200 ") && answer.ends_with("our answer"), "{answer}");
    assert_eq!(field(&answer, "CSeq"), "2 UPDATE");
    update(&mut net, &invite, 4, "unusable");
    net.command(CALLER, Command::AnswerOffer { leg: caller, sdp: None });
    net.run_for(10);
    assert!(net.last().starts_with("SIP/2.0 488 "), "{}", net.last());
    net.inject(RAW, CALLER, &response_to(&invite, 200, "x", CONTACT, "early answer"));
    let told = |e: &Event| matches!(e, Event::Answered { answer: None, .. });
    assert!(net.events(CALLER).last().is_some_and(told), "what was agreed on last counts");
}

#[test]
fn a_prack_that_is_challenged_is_sent_again_with_credentials() {
    let mut net = Net::new(1);
    let credentials = Some(("user".to_string(), Secret::new("secret".to_string())));
    let target = Target { credentials, ..net.target(RAW) };
    net.invite(CALLER, vec![target], |_| {});
    net.run_for(10);
    let invite = net.last().to_string();
    net.inject(RAW, CALLER, &numbered(&invite, 183, 1, "early answer"));
    net.run_for(10);
    let prack = net.last().to_string();
    let challenge = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=MD5\n";
    net.inject(RAW, CALLER, &response_to(&prack, 401, "x", challenge, ""));
    net.run_for(10);
    let again = net.last().to_string();
    assert!(again.starts_with("PRACK ") && field(&again, "Authorization").starts_with("Digest "), "{again}");
    assert_eq!(field(&again, "RAck"), field(&prack, "RAck"));
    assert_ne!(field(&again, "CSeq"), field(&prack, "CSeq"));
    net.inbox.clear();
    net.inject(RAW, CALLER, &response_to(&again, 401, "x", challenge, ""));
    net.run_for(10);
    assert!(net.inbox.is_empty(), "no more than once: {:?}", net.received());
}

#[test]
fn a_prack_that_nobody_answers_leaves_the_call_to_its_invite() {
    let mut net = Net::new(1);
    let (caller, invite) = calling(&mut net);
    net.inject(RAW, CALLER, &numbered(&invite, 180, 1, ""));
    net.run_for(40_000);
    assert_eq!(net.hows(CALLER, caller), []);
    net.inject(RAW, CALLER, &response_to(&invite, 200, "x", CONTACT, "answer"));
    net.run_for(10);
    assert!(matches!(net.events(CALLER).last(), Some(Event::Answered { .. })));
}

#[test]
fn two_endpoints_ring_reliably_through_a_network_that_loses_much() {
    for seed in 0..20 {
        let mut net = Net::new(seed);
        net.faults.loss = 30;
        net.faults.reordering = 30;
        let caller = net.call(&[DESK]);
        net.run_for(8_000);
        let desk = net.incoming(DESK);
        ring(&mut net, desk, Some("early"), true);
        net.answer(DESK, desk);
        net.run_for(20_000);
        net.faults.loss = 0;
        net.run_for(20_000);
        let answered = net.events(CALLER).iter().filter(|e| matches!(e, Event::Answered { .. })).count();
        let ended = net.hows(CALLER, caller).len() + net.hows(DESK, desk).len();
        assert!(answered == 1 || ended > 0, "seed {seed}: {:#?}", net.ladder);
        net.hang_up(CALLER, caller);
        net.assert_all_over();
    }
}
