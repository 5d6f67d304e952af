//! Messages that cross on the wire.

use super::net::{CALLER, DESK, Net, RAW, TO, field, request, response_to};
use crate::signaling::{Command, Event, How};

/// A hand-written caller's INVITE that the desk has answered; the To value with its tag.
fn answered_by_desk(net: &mut Net) -> (crate::base::LegKey, String) {
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", "offer"));
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.run_for(10);
    let to = field(net.last(), "To");
    net.inbox.clear();
    (desk, to)
}

/// A call to a hand-written desk; the INVITE it was sent.
fn ringing_at_raw(net: &mut Net) -> (crate::base::LegKey, String) {
    let caller = net.call(&[RAW]);
    net.run_for(10);
    let invite = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&invite, 180, "x", "", ""));
    net.inbox.clear();
    (caller, invite)
}

const CONTACT: &str = "Contact: <sip:raw@10.0.0.9:5060>\n";

#[test]
fn cancel_before_any_provisional_waits_for_one() {
    let mut net = Net::new(1);
    let caller = net.call(&[RAW]);
    net.run_for(10);
    let invite = net.last().to_string();
    net.hang_up(CALLER, caller);
    net.run_for(100);
    assert_eq!(net.received(), ["INVITE"]);
    assert_eq!(net.hows(CALLER, caller), [How::Local]);
    net.inject(RAW, CALLER, &response_to(&invite, 100, "x", "", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["INVITE", "CANCEL"]);
    assert_eq!(field(net.last(), "Via"), field(&invite, "Via"), "the INVITE's branch");
    assert_eq!(field(net.last(), "CSeq").split(' ').next(), field(&invite, "CSeq").split(' ').next());
    let cancel = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&cancel, 200, "x", "", ""));
    net.inject(RAW, CALLER, &response_to(&invite, 487, "x", "", ""));
    net.run_for(10);
    assert_eq!(net.received().last().map(String::as_str), Some("ACK"));
    assert_eq!(net.hows(CALLER, caller), [How::Local]);
    net.assert_all_over();
}

#[test]
fn a_cancelled_invite_that_is_never_answered_is_forgotten() {
    let mut net = Net::new(1);
    let (caller, _) = ringing_at_raw(&mut net);
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn cancel_ends_the_ringing_leg_with_487() {
    let mut net = Net::new(1);
    let caller = net.call(&[DESK]);
    net.run_for(20);
    let desk = net.incoming(DESK);
    net.command(DESK, Command::Ring { leg: desk, sdp: None, reliable: false });
    net.run_for(20);
    net.ladder.clear();
    net.hang_up(CALLER, caller);
    net.run_for(100);
    let ladder = [
        "caller -> desk  CANCEL",
        "desk -> caller  200 CANCEL",
        "desk -> caller  487 INVITE",
        "caller -> desk  ACK",
    ];
    assert_eq!(net.ladder, ladder);
    assert_eq!(net.hows(DESK, desk), [How::Cancelled]);
    assert_eq!(net.ends(DESK, desk)[0].q850, Some(16));
    net.assert_all_over();
}

#[test]
fn cancel_after_200_is_answered_and_changes_nothing() {
    let mut net = Net::new(1);
    let (desk, to) = answered_by_desk(&mut net);
    net.inject(RAW, DESK, &request("CANCEL", 1, "z9hG4bKa", TO, "", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["200 CANCEL"]);
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &to, "", ""));
    assert!(matches!(net.events(DESK).last(), Some(Event::Established { .. })));
    assert_eq!(net.hows(DESK, desk), []);
}

#[test]
fn cancel_of_nothing_is_481() {
    let mut net = Net::new(1);
    net.inject(RAW, DESK, &request("CANCEL", 1, "z9hG4bKa", TO, "", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["481 CANCEL"]);
    net.assert_all_over();
}

#[test]
fn a_200_that_crosses_our_cancel_is_acknowledged_and_ended() {
    let mut net = Net::new(1);
    let (caller, invite) = ringing_at_raw(&mut net);
    net.hang_up(CALLER, caller);
    net.inject(RAW, CALLER, &response_to(&invite, 200, "x", CONTACT, "answer"));
    net.run_for(10);
    assert_eq!(net.received(), ["CANCEL", "ACK", "BYE"]);
    let bye = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&bye, 200, "x", "", ""));
    assert_eq!(net.hows(CALLER, caller), [How::Local]);
    assert!(!net.events(CALLER).iter().any(|e| matches!(e, Event::Answered { .. })));
    net.assert_all_over();
}

#[test]
fn a_cancel_that_crosses_the_desks_200_ends_the_call_at_both_ends() {
    let mut net = Net::new(1);
    let caller = net.call(&[DESK]);
    net.run_for(20);
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.hang_up(CALLER, caller);
    net.run_for(1000);
    assert_eq!(net.hows(CALLER, caller), [How::Local]);
    assert_eq!(net.hows(DESK, desk), [How::Bye]);
    net.assert_all_over();
}

#[test]
fn bye_that_crosses_bye_is_answered_200_at_both_ends() {
    let mut net = Net::new(1);
    let (caller, desk) = net.established();
    net.hang_up(CALLER, caller);
    net.hang_up(DESK, desk);
    net.run_for(100);
    let ladder =
        ["caller -> desk  BYE", "desk -> caller  BYE", "desk -> caller  200 BYE", "caller -> desk  200 BYE"];
    let mut seen = net.ladder.clone();
    seen.sort();
    let mut expected = ladder.to_vec();
    expected.sort_unstable();
    assert_eq!(seen, expected);
    assert_eq!((net.hows(CALLER, caller), net.hows(DESK, desk)), (vec![How::Local], vec![How::Local]));
    net.assert_all_over();
}

#[test]
fn bye_before_the_ack_stops_the_200() {
    let mut net = Net::new(1);
    let (desk, to) = answered_by_desk(&mut net);
    net.inject(RAW, DESK, &request("BYE", 2, "z9hG4bKb", &to, "", ""));
    net.run_for(10_000);
    assert_eq!(net.received(), ["200 BYE"]);
    assert_eq!(net.hows(DESK, desk), [How::Bye]);
    net.assert_all_over();
}

#[test]
fn bye_in_the_early_dialog_ends_the_invite_with_487() {
    let mut net = Net::new(1);
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", "offer"));
    let desk = net.incoming(DESK);
    net.command(DESK, Command::Ring { leg: desk, sdp: None, reliable: false });
    net.run_for(10);
    let to = field(net.last(), "To");
    net.inbox.clear();
    net.inject(RAW, DESK, &request("BYE", 2, "z9hG4bKb", &to, "", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["200 BYE", "487 INVITE"]);
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKa", &to, "", ""));
    assert_eq!(net.hows(DESK, desk), [How::Bye]);
    net.assert_all_over();
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let mut net = Net::new(1);
    let (desk, to) = answered_by_desk(&mut net);
    net.hang_up(DESK, desk);
    assert_eq!(net.hows(DESK, desk), [How::Local]);
    net.run_for(600);
    assert_eq!(net.received(), ["200 INVITE"], "again, and no BYE yet");
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &to, "", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["200 INVITE", "BYE"]);
    assert!(field(net.last(), "Reason").starts_with("Q.850;cause=16"));
    net.assert_all_over();
}

#[test]
fn hanging_up_without_an_ack_ever_sends_bye_when_time_is_up() {
    let mut net = Net::new(1);
    let (desk, _) = answered_by_desk(&mut net);
    net.hang_up(DESK, desk);
    net.run_for(33_000);
    assert!(net.received().contains(&"BYE".to_string()));
    assert_eq!(net.hows(DESK, desk), [How::Local]);
    net.assert_all_over();
}

#[test]
fn an_ack_with_the_invites_own_branch_is_taken_too() {
    let mut net = Net::new(1);
    let (_, to) = answered_by_desk(&mut net);
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKa", &to, "", ""));
    assert!(matches!(net.events(DESK).last(), Some(Event::Established { .. })));
}

#[test]
fn an_ack_without_a_dialog_is_dropped() {
    let mut net = Net::new(1);
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKa", "<sip:x@10.0.0.2>;tag=nobody", "", ""));
    net.run_for(100);
    assert_eq!(net.received(), Vec::<String>::new());
    net.assert_all_over();
}

#[test]
fn a_second_answer_from_another_fork_is_acknowledged_and_ended() {
    let mut net = Net::new(1);
    let (caller, invite) = ringing_at_raw(&mut net);
    net.inject(RAW, CALLER, &response_to(&invite, 183, "y", CONTACT, "early"));
    net.inject(RAW, CALLER, &response_to(&invite, 200, "x", CONTACT, "answer"));
    net.inject(RAW, CALLER, &response_to(&invite, 200, "y", CONTACT, "answer"));
    net.inject(RAW, CALLER, &response_to(&invite, 200, "y", CONTACT, "answer"));
    net.run_for(10);
    assert_eq!(net.received(), ["ACK", "ACK", "BYE", "ACK"]);
    assert!(field(&net.inbox[2].1, "To").ends_with("tag=y"));
    assert!(field(&net.inbox[3].1, "To").ends_with("tag=y"));
    let answered = net.events(CALLER).iter().filter(|e| matches!(e, Event::Answered { .. })).count();
    assert_eq!(answered, 1);
    net.hang_up(CALLER, caller);
    assert_eq!(net.hows(CALLER, caller), [How::Local]);
    net.assert_all_over();
}

#[test]
fn a_200_again_gets_the_same_ack_again() {
    let mut net = Net::new(1);
    let (caller, invite) = ringing_at_raw(&mut net);
    for _ in 0..3 {
        net.inject(RAW, CALLER, &response_to(&invite, 200, "x", CONTACT, "answer"));
    }
    net.run_for(10);
    assert_eq!(net.received(), ["ACK", "ACK", "ACK"]);
    assert_eq!(net.inbox[0], net.inbox[2]);
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn a_request_out_of_order_is_500() {
    let mut net = Net::new(1);
    let (_, to) = answered_by_desk(&mut net);
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &to, "", ""));
    net.inject(RAW, DESK, &request("INFO", 5, "z9hG4bKc", &to, "", ""));
    net.inject(RAW, DESK, &request("INFO", 4, "z9hG4bKd", &to, "", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["200 INFO", "500 INFO"]);
}

#[test]
fn a_bye_nobody_answers_is_given_up() {
    let mut net = Net::new(1);
    let (caller, _) = net.established();
    net.drops = vec![("BYE", 99)];
    net.hang_up(CALLER, caller);
    net.run_for(40_000);
    assert_eq!(net.counts(CALLER), crate::signaling::Counts::default());
}

#[test]
fn their_bye_spares_ours_while_our_200_waits_for_its_ack() {
    let mut net = Net::new(1);
    let (desk, to) = answered_by_desk(&mut net);
    net.hang_up(DESK, desk);
    net.inject(RAW, DESK, &request("BYE", 2, "z9hG4bKb", &to, "", ""));
    net.run_for(40_000);
    assert_eq!(net.received(), ["200 BYE"]);
    assert_eq!(net.hows(DESK, desk), [How::Local]);
    net.assert_all_over();
}

#[test]
fn a_flood_of_forks_is_bounded() {
    let mut net = Net::new(1);
    let (caller, invite) = ringing_at_raw(&mut net);
    for n in 0..500 {
        net.inject(RAW, CALLER, &response_to(&invite, 183, &format!("early{n}"), CONTACT, ""));
    }
    for n in 0..500 {
        net.inject(RAW, CALLER, &response_to(&invite, 200, &format!("x{n}"), CONTACT, "answer"));
    }
    assert_eq!(net.counts(CALLER).usages, 33);
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn a_broken_connection_ends_the_call_that_still_waits_on_it() {
    let mut net = Net::new(1);
    net.transport = crate::signaling::Transport::Tcp;
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", "offer"));
    let desk = net.incoming(DESK);
    net.transport_error(DESK, RAW);
    assert_eq!(net.hows(DESK, desk), [How::TransportFailed]);
    net.assert_all_over();
}

#[test]
fn update_in_the_early_dialog_refreshes_the_target_but_offers_come_too_early() {
    let mut net = Net::new(1);
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", "offer"));
    let desk = net.incoming(DESK);
    net.command(DESK, Command::Ring { leg: desk, sdp: None, reliable: false });
    net.run_for(10);
    let to = field(net.last(), "To");
    net.inbox.clear();
    net.inject(RAW, DESK, &request("UPDATE", 2, "z9hG4bKb", &to, "", ""));
    net.inject(RAW, DESK, &request("UPDATE", 3, "z9hG4bKc", &to, "", "moved"));
    net.run_for(10);
    assert_eq!(net.received(), ["200 UPDATE", "500 UPDATE"]);
    assert!(!field(net.last(), "Retry-After").is_empty());
}
