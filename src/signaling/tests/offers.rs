//! Offers in a standing session: hold, resume, glare, overlap.

use super::net::{CALLER, DESK, Net, RAW, TO, field, request, response_to};
use crate::base::LegKey;
use crate::signaling::{Command, Event, How};

fn reinvite(leg: LegKey, sdp: &str) -> Command {
    Command::Reinvite { leg, sdp: sdp.as_bytes().to_vec() }
}

fn answer_offer(leg: LegKey, sdp: Option<&str>) -> Command {
    Command::AnswerOffer { leg, sdp: sdp.map(|sdp| sdp.as_bytes().to_vec()) }
}

/// The body of the last offer a node was told of.
fn offered(net: &Net, at: &str) -> Option<Vec<u8>> {
    match net.events(at).last() {
        Some(Event::Offer { offer, .. }) => offer.clone(),
        other => panic!("no offer at {at}: {other:?}"),
    }
}

fn answers(net: &Net, at: &str) -> Vec<Option<Vec<u8>>> {
    let events = net.events(at).iter();
    events
        .filter_map(|e| if let Event::OfferAnswered { answer, .. } = e { Some(answer.clone()) } else { None })
        .collect()
}

/// A session between a hand-written caller and the desk; the To value with the desk's tag.
fn raw_session(net: &mut Net) -> (LegKey, String) {
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", "offer"));
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.run_for(10);
    let to = field(net.last(), "To");
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &to, "", ""));
    net.inbox.clear();
    (desk, to)
}

#[test]
fn hold_and_resume_go_both_ways() {
    let mut net = Net::new(1);
    let (caller, desk) = net.established();
    for (from, to, ours, theirs) in [(CALLER, DESK, caller, desk), (DESK, CALLER, desk, caller)] {
        for sdp in ["hold", "resume"] {
            net.ladder.clear();
            net.command(from, reinvite(ours, sdp));
            net.run_for(20);
            assert_eq!(offered(&net, to), Some(sdp.as_bytes().to_vec()));
            net.command(to, answer_offer(theirs, Some("held")));
            net.run_for(100);
            let kinds: Vec<&str> = net.ladder.iter().filter_map(|l| l.split("  ").nth(1)).collect();
            assert_eq!(kinds, ["INVITE", "100 INVITE", "200 INVITE", "ACK"]);
            assert_eq!(answers(&net, from).last(), Some(&Some(b"held".to_vec())));
        }
    }
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn a_refused_offer_is_488_and_leaves_the_session() {
    let mut net = Net::new(1);
    let (caller, desk) = net.established();
    net.command(CALLER, reinvite(caller, "video"));
    net.run_for(20);
    net.command(DESK, answer_offer(desk, None));
    net.run_for(100);
    assert!(net.ladder.contains(&"desk -> caller  488 INVITE".to_string()));
    assert_eq!(answers(&net, CALLER), [None]);
    assert_eq!(net.hows(CALLER, caller), []);
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn a_reinvite_without_sdp_asks_for_our_offer_and_brings_the_answer_in_its_ack() {
    let mut net = Net::new(1);
    let (desk, to) = raw_session(&mut net);
    net.inject(RAW, DESK, &request("INVITE", 2, "z9hG4bKc", &to, "", ""));
    assert_eq!(offered(&net, DESK), None);
    net.command(DESK, answer_offer(desk, Some("our offer")));
    net.run_for(10);
    assert!(net.last().ends_with("our offer"));
    net.inject(RAW, DESK, &request("ACK", 2, "z9hG4bKd", &to, "", "their answer"));
    assert_eq!(answers(&net, DESK), [Some(b"their answer".to_vec())]);
}

#[test]
fn two_reinvites_at_once_are_both_refused_and_both_come_again() {
    let mut net = Net::new(3);
    let (caller, desk) = net.established();
    net.command(CALLER, reinvite(caller, "from caller"));
    net.command(DESK, reinvite(desk, "from desk"));
    net.run_for(100);
    assert_eq!(net.ladder.iter().filter(|line| line.contains("491 INVITE")).count(), 2);
    net.run_for(2000);
    assert_eq!(offered(&net, CALLER), Some(b"from desk".to_vec()), "the callee comes first");
    net.command(CALLER, answer_offer(caller, Some("answer")));
    net.run_for(4000);
    assert_eq!(offered(&net, DESK), Some(b"from caller".to_vec()));
    net.command(DESK, answer_offer(desk, Some("answer")));
    net.run_for(100);
    assert_eq!((answers(&net, CALLER).len(), answers(&net, DESK).len()), (1, 1));
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn a_reinvite_while_one_is_unanswered_is_500_with_retry_after() {
    let mut net = Net::new(1);
    let (_, to) = raw_session(&mut net);
    net.inject(RAW, DESK, &request("INVITE", 2, "z9hG4bKc", &to, "", "first"));
    net.inject(RAW, DESK, &request("INVITE", 3, "z9hG4bKd", &to, "", "second"));
    net.run_for(10);
    assert_eq!(net.received(), ["100 INVITE", "500 INVITE"]);
    assert!(field(net.last(), "Retry-After").parse::<u64>().unwrap() <= 10);
}

#[test]
fn an_offer_refused_with_500_is_made_again_after_retry_after() {
    let mut net = Net::new(1);
    let (desk, _) = raw_session(&mut net);
    net.command(DESK, reinvite(desk, "hold"));
    net.run_for(10);
    let invite = net.last().to_string();
    net.inject(RAW, DESK, &response_to(&invite, 500, "raw", "Retry-After: 3\n", ""));
    net.run_for(2900);
    assert_eq!(net.received(), ["INVITE", "ACK"]);
    net.run_for(200);
    assert_eq!(net.received(), ["INVITE", "ACK", "INVITE"]);
    assert!(net.last().ends_with("hold"));
}

#[test]
fn update_with_sdp_is_an_offer_and_without_it_is_answered_at_once() {
    let mut net = Net::new(1);
    let (desk, to) = raw_session(&mut net);
    net.inject(RAW, DESK, &request("UPDATE", 2, "z9hG4bKc", &to, "", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["200 UPDATE"]);
    net.inject(RAW, DESK, &request("UPDATE", 3, "z9hG4bKd", &to, "", "moved"));
    assert_eq!(offered(&net, DESK), Some(b"moved".to_vec()));
    net.command(DESK, answer_offer(desk, Some("answer")));
    net.run_for(10_000);
    assert_eq!(net.received(), ["200 UPDATE", "200 UPDATE"], "no ACK is waited for");
    assert!(net.last().ends_with("answer"));
}

#[test]
fn update_while_our_offer_is_open_is_491() {
    let mut net = Net::new(1);
    let (desk, to) = raw_session(&mut net);
    net.command(DESK, reinvite(desk, "hold"));
    net.inject(RAW, DESK, &request("UPDATE", 2, "z9hG4bKc", &to, "", "moved"));
    net.run_for(10);
    assert_eq!(net.received(), ["INVITE", "491 UPDATE"]);
}

#[test]
fn a_new_contact_in_a_reinvite_moves_the_target() {
    let mut net = Net::new(1);
    let (desk, to) = raw_session(&mut net);
    let moved = request("INVITE", 2, "z9hG4bKc", &to, "", "moved")
        .replace("Contact: <sip:raw@10.0.0.9:5060>", "Contact: <sip:raw@10.0.0.8:5090>");
    net.inject(RAW, DESK, &moved);
    net.command(DESK, answer_offer(desk, Some("answer")));
    net.run_for(10);
    net.inject(RAW, DESK, &request("ACK", 2, "z9hG4bKd", &to, "", ""));
    net.ladder.clear();
    net.hang_up(DESK, desk);
    assert_eq!(net.ladder, ["desk -> 10.0.0.8:5090  BYE"]);
}

#[test]
fn a_cancelled_reinvite_is_487_and_the_session_stands() {
    let mut net = Net::new(1);
    let (desk, to) = raw_session(&mut net);
    net.inject(RAW, DESK, &request("INVITE", 2, "z9hG4bKc", &to, "", "hold"));
    net.inject(RAW, DESK, &request("CANCEL", 2, "z9hG4bKc", &to, "", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["100 INVITE", "200 CANCEL", "487 INVITE"]);
    assert_eq!(net.hows(DESK, desk), []);
}

#[test]
fn bye_during_a_reinvite_refuses_it() {
    let mut net = Net::new(1);
    let (desk, to) = raw_session(&mut net);
    net.inject(RAW, DESK, &request("INVITE", 2, "z9hG4bKc", &to, "", "hold"));
    net.inject(RAW, DESK, &request("BYE", 3, "z9hG4bKd", &to, "", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["100 INVITE", "200 BYE", "487 INVITE"]);
    assert_eq!(net.hows(DESK, desk), [How::Bye]);
    net.assert_all_over();
}

#[test]
fn a_reinvite_answered_481_or_not_at_all_loses_the_dialog() {
    let mut net = Net::new(1);
    let (desk, _) = raw_session(&mut net);
    net.command(DESK, reinvite(desk, "hold"));
    net.run_for(10);
    let invite = net.last().to_string();
    net.inject(RAW, DESK, &response_to(&invite, 481, "raw", "", ""));
    assert_eq!(net.hows(DESK, desk), [How::DialogLost]);
    net.assert_all_over();

    let mut net = Net::new(1);
    let (desk, _) = raw_session(&mut net);
    net.command(DESK, reinvite(desk, "hold"));
    net.run_for(33_000);
    assert_eq!(net.hows(DESK, desk), [How::DialogLost]);
    assert!(net.received().contains(&"BYE".to_string()));
    net.assert_all_over();
}

#[test]
fn offers_asked_for_while_one_is_open_follow_it_and_the_latest_counts() {
    let mut net = Net::new(1);
    let (caller, desk) = net.established();
    for sdp in ["one", "two", "three"] {
        net.command(CALLER, reinvite(caller, sdp));
    }
    net.run_for(20);
    assert_eq!(offered(&net, DESK), Some(b"one".to_vec()));
    net.command(DESK, answer_offer(desk, Some("answer")));
    net.run_for(100);
    assert_eq!(offered(&net, DESK), Some(b"three".to_vec()));
    net.command(DESK, answer_offer(desk, Some("answer")));
    net.run_for(100);
    assert_eq!(answers(&net, CALLER).len(), 2);
    net.hang_up(DESK, desk);
    net.assert_all_over();
}

#[test]
fn a_reinvite_that_is_never_answered_does_not_outlive_its_call() {
    let mut net = Net::new(1);
    let caller = net.call(&[RAW]);
    net.run_for(10);
    let invite = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&invite, 200, "x", "Contact: <sip:raw@10.0.0.9>\n", "answer"));
    net.run_for(10);
    net.command(CALLER, reinvite(caller, "offer"));
    net.run_for(10);
    let again = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&again, 100, "x", "", ""));
    net.hang_up(CALLER, caller);
    net.run_for(10);
    let bye = net.last().to_string();
    assert!(bye.starts_with("BYE"), "{bye}");
    net.inject(RAW, CALLER, &response_to(&bye, 200, "x", "", ""));
    net.assert_all_over();
}
