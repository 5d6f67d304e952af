//! Calls that go as they should, also over a bad network.

use super::net::{CALLER, DESK, Faults, Net, RAW, TO, field, request, response_to};
use crate::signaling::{Command, Event, How, Transport};

#[test]
fn a_call_rings_is_answered_and_ended_by_the_caller() {
    let mut net = Net::new(1);
    let caller = net.call(&[DESK]);
    net.run_for(20);
    let desk = net.incoming(DESK);
    net.command(DESK, Command::Ring { leg: desk, sdp: None, reliable: false });
    net.run_for(1000);
    net.answer(DESK, desk);
    net.run_for(1000);
    net.hang_up(CALLER, caller);
    net.run_for(1000);
    let ladder = [
        "caller -> desk  INVITE",
        "desk -> caller  100 INVITE",
        "desk -> caller  180 INVITE",
        "desk -> caller  200 INVITE",
        "caller -> desk  ACK",
        "caller -> desk  BYE",
        "desk -> caller  200 BYE",
    ];
    assert_eq!(net.ladder, ladder);
    assert_eq!(net.hows(CALLER, caller), [How::Local]);
    assert_eq!(net.hows(DESK, desk), [How::Bye]);
    assert_eq!(net.ends(DESK, desk)[0].q850, Some(16), "the Reason of BYE");
    net.assert_all_over();
}

#[test]
fn both_sides_hear_what_happens() {
    let mut net = Net::new(1);
    let caller = net.call(&[DESK]);
    net.run_for(20);
    let desk = net.incoming(DESK);
    net.command(DESK, Command::Ring { leg: desk, sdp: Some(b"early".to_vec()), reliable: false });
    net.run_for(20);
    net.answer(DESK, desk);
    net.run_for(20);
    let seen = net.take_events(CALLER);
    assert!(
        matches!(&seen[0], Event::Progress { leg, status: 183, answer: Some(sdp) } if *leg == caller && sdp == b"early")
    );
    assert!(matches!(&seen[1], Event::Answered { answer: Some(sdp), target: 0, .. } if sdp == b"answer"));
    let seen = net.take_events(DESK);
    assert!(matches!(&seen[0], Event::Incoming { offer: Some(sdp), .. } if sdp == b"offer"));
    assert!(matches!(&seen[1], Event::Established { answer: None, .. }));
}

#[test]
fn the_callee_may_end_the_call() {
    let mut net = Net::new(1);
    let (caller, desk) = net.established();
    net.hang_up(DESK, desk);
    net.run_for(100);
    assert_eq!(net.ladder, ["desk -> caller  BYE", "caller -> desk  200 BYE"]);
    assert_eq!(net.hows(CALLER, caller), [How::Bye]);
    assert_eq!(net.hows(DESK, desk), [How::Local]);
    net.assert_all_over();
}

#[test]
fn a_rejected_call_is_acknowledged_by_its_transaction() {
    let mut net = Net::new(1);
    let caller = net.call(&[DESK]);
    net.run_for(20);
    let desk = net.incoming(DESK);
    net.command(DESK, Command::Reject { leg: desk, status: 404, headers: Vec::new() });
    net.run_for(100);
    assert_eq!(net.ladder[2..], ["desk -> caller  404 INVITE", "caller -> desk  ACK"]);
    assert_eq!(net.ends(CALLER, caller)[0].status, Some(404));
    assert_eq!(net.hows(CALLER, caller), [How::Refused]);
    net.assert_all_over();
}

#[test]
fn hanging_up_before_the_answer_refuses_with_the_cause() {
    let mut net = Net::new(1);
    let caller = net.call(&[DESK]);
    net.run_for(20);
    let desk = net.incoming(DESK);
    net.command(DESK, Command::Hangup { leg: desk, status: 480, q850: 19 });
    net.run_for(100);
    let end = net.ends(CALLER, caller)[0];
    assert_eq!((end.how, end.status, end.q850), (How::Refused, Some(480), Some(19)));
    assert_eq!(net.hows(DESK, desk), [How::Local]);
    net.assert_all_over();
}

#[test]
fn a_lost_200_is_sent_again_and_the_ack_with_it() {
    let mut net = Net::new(1);
    net.drops = vec![("200 INVITE", 2), ("ACK", 2)];
    let caller = net.call(&[DESK]);
    net.run_for(20);
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.run_for(30_000);
    let ladder = [
        "desk -> caller  200 INVITE (lost)",
        "desk -> caller  200 INVITE (lost)",
        "desk -> caller  200 INVITE",
        "caller -> desk  ACK (lost)",
        "desk -> caller  200 INVITE",
        "caller -> desk  ACK (lost)",
        "desk -> caller  200 INVITE",
        "caller -> desk  ACK",
    ];
    assert_eq!(net.ladder[2..], ladder);
    let established = net.events(DESK).iter().filter(|e| matches!(e, Event::Established { .. })).count();
    let answered = net.events(CALLER).iter().filter(|e| matches!(e, Event::Answered { .. })).count();
    assert_eq!((established, answered), (1, 1));
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn a_200_that_nobody_acknowledges_ends_in_bye_after_32_seconds() {
    let mut net = Net::new(1);
    net.drops = vec![("ACK", 99)];
    let caller = net.call(&[DESK]);
    net.run_for(20);
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.run_for(31_900);
    assert_eq!(net.hows(DESK, desk), []);
    net.run_for(200);
    assert_eq!(net.hows(DESK, desk), [How::NoAck]);
    assert_eq!(net.hows(CALLER, caller), [How::Bye]);
    let sent = net.ladder.iter().filter(|line| line.contains("200 INVITE")).count();
    assert_eq!(sent, 11, "T1 doubling to T2 within 64*T1");
    net.assert_all_over();
}

#[test]
fn a_retransmitted_invite_makes_no_second_call() {
    let mut net = Net::new(1);
    let invite = request("INVITE", 1, "z9hG4bKa", TO, "", "offer");
    net.inject(RAW, DESK, &invite);
    net.inject(RAW, DESK, &invite);
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.inject(RAW, DESK, &invite);
    net.run_for(100);
    assert_eq!(net.received(), ["100 INVITE", "100 INVITE", "200 INVITE"]);
    assert_eq!(net.events(DESK).len(), 1);
}

#[test]
fn the_to_tag_is_the_same_in_every_response_of_a_leg() {
    let mut net = Net::new(1);
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", "offer"));
    let desk = net.incoming(DESK);
    net.command(DESK, Command::Ring { leg: desk, sdp: None, reliable: false });
    net.command(DESK, Command::Ring { leg: desk, sdp: Some(b"early".to_vec()), reliable: false });
    net.answer(DESK, desk);
    net.run_for(100);
    let tags: Vec<String> = net.inbox[1..].iter().map(|(_, text)| field(text, "To")).collect();
    assert_eq!(net.received()[1..], ["180 INVITE", "183 INVITE", "200 INVITE"]);
    assert!(tags[0].contains(";tag="));
    assert!(tags.iter().all(|tag| *tag == tags[0]), "{tags:?}");
    assert_eq!(field(&net.inbox[0].1, "To"), TO, "100 has none");
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let mut net = Net::new(1);
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", ""));
    let desk = net.incoming(DESK);
    assert!(matches!(net.events(DESK)[0], Event::Incoming { offer: None, .. }));
    net.command(DESK, Command::Answer { leg: desk, sdp: b"our offer".to_vec(), headers: Vec::new() });
    net.run_for(100);
    assert!(net.last().ends_with("our offer"));
    let to = field(net.last(), "To");
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &to, "", "their answer"));
    assert!(
        matches!(&net.events(DESK)[1], Event::Established { answer: Some(sdp), .. } if sdp == b"their answer")
    );
}

#[test]
fn provisional_responses_are_repeated_every_minute() {
    let mut net = Net::new(1);
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", "offer"));
    let desk = net.incoming(DESK);
    net.command(DESK, Command::Ring { leg: desk, sdp: None, reliable: false });
    net.run_for(185_000);
    assert_eq!(net.received(), ["100 INVITE", "180 INVITE", "180 INVITE", "180 INVITE", "180 INVITE"]);
}

#[test]
fn info_goes_both_ways_and_is_answered() {
    let mut net = Net::new(1);
    let (caller, desk) = net.established();
    let info = |leg| Command::Info {
        leg,
        content_type: "application/dtmf-relay".into(),
        body: b"Signal=5".to_vec(),
    };
    net.command(CALLER, info(caller));
    net.run_for(50);
    net.command(DESK, info(desk));
    net.run_for(50);
    assert_eq!(net.ladder.len(), 4);
    for at in [CALLER, DESK] {
        let last = net.events(at).last().unwrap();
        assert!(matches!(last, Event::Info { content_type, body, .. }
            if content_type == "application/dtmf-relay" && body == b"Signal=5"));
    }
}

#[test]
fn info_in_an_unknown_dialog_of_the_peer_ends_the_leg() {
    let mut net = Net::new(1);
    let caller = net.call(&[RAW]);
    net.run_for(10);
    let invite = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&invite, 200, "x", &format!("Contact: <sip:{RAW}>\n"), "answer"));
    net.command(
        CALLER,
        Command::Info { leg: caller, content_type: "text/plain".into(), body: b"x".to_vec() },
    );
    net.run_for(10);
    let info = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&info, 481, "x", "", ""));
    assert_eq!(net.hows(CALLER, caller), [How::DialogLost]);
    net.assert_all_over();
}

#[test]
fn over_a_stream_nothing_is_sent_twice_and_nothing_waits() {
    let mut net = Net::new(1);
    net.transport = Transport::Tcp;
    let (caller, _) = net.established();
    net.hang_up(CALLER, caller);
    net.run_for(100);
    assert_eq!(net.ladder, ["caller -> desk  BYE", "desk -> caller  200 BYE"]);
    net.assert_all_over();
}

#[test]
fn a_dialog_that_was_made_by_sips_has_a_sips_contact_and_goes_back_on_its_connection() {
    for (scheme, contact) in [
        ("sips", "<sips:desk@10.0.0.2:5060;transport=tcp>"),
        ("sip", "<sip:desk@10.0.0.2:5060;transport=tls>"),
    ] {
        let mut net = Net::new(1);
        net.transport = Transport::Tls;
        let invite = request("INVITE", 1, "z9hG4bKa", TO, "", "offer");
        net.inject(RAW, DESK, &invite.replace("INVITE sip:", &format!("INVITE {scheme}:")));
        let desk = net.incoming(DESK);
        net.answer(DESK, desk);
        net.run_for(10);
        assert_eq!(field(net.last(), "Contact"), contact);
        let to = field(net.last(), "To");
        net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &to, "", ""));
        net.ladder.clear();
        net.hang_up(DESK, desk);
        net.run_for(10);
        assert_eq!(net.ladder, ["desk -> raw  BYE"]);
        assert_eq!(field(net.last(), "Via").split(' ').next(), Some("SIP/2.0/TLS"));
    }
}

#[test]
fn calls_survive_loss_duplication_and_reordering() {
    for seed in 0..40 {
        let mut net = Net::new(seed);
        net.faults = Faults { loss: 20, duplication: 10, reordering: 30 };
        let caller = net.call(&[DESK]);
        net.run_for(8_000);
        let desk = net.incoming(DESK);
        net.answer(DESK, desk);
        net.run_for(8_000);
        net.hang_up(CALLER, caller);
        net.run_for(40_000);
        assert_eq!(net.hows(CALLER, caller), [How::Local], "seed {seed}");
        assert_eq!(net.hows(DESK, desk).len(), 1, "seed {seed}");
        net.assert_all_over();
    }
}

#[test]
fn requests_follow_the_recorded_route_and_the_contact() {
    let mut net = Net::new(1);
    let extra = "Record-Route: <sip:10.0.0.8;lr>\nRecord-Route: <sip:proxy.example;lr>\n";
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, extra, "offer"));
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.run_for(10);
    let to = field(net.last(), "To");
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &to, "", ""));
    net.inbox.clear();
    net.ladder.clear();
    net.hang_up(DESK, desk);
    net.run_for(10);
    assert_eq!(net.ladder, ["desk -> 10.0.0.8:5060  BYE"], "the first route, not the Contact");
    assert!(net.last().starts_with(&format!("BYE sip:raw@{RAW} SIP/2.0")));
    let routes: Vec<&str> = net.last().lines().filter(|line| line.starts_with("Route:")).collect();
    assert_eq!(routes.join(" ").matches("lr>").count(), 2, "{routes:?}");
}

#[test]
fn a_strict_router_gets_its_own_uri_as_request_uri() {
    let mut net = Net::new(1);
    let extra = "Record-Route: <sip:10.0.0.8>\n";
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, extra, "offer"));
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.run_for(10);
    let to = field(net.last(), "To");
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &to, "", ""));
    net.hang_up(DESK, desk);
    net.run_for(10);
    assert!(net.last().starts_with("BYE sip:10.0.0.8 SIP/2.0"));
    assert_eq!(field(net.last(), "Route"), format!("<sip:raw@{RAW}>"));
}

#[test]
fn responses_go_back_by_rport_or_the_sent_by_port() {
    let mut net = Net::new(1);
    let with =
        request("OPTIONS", 1, "z9hG4bKa", TO, "", "").replace(&format!("UDP {RAW}"), "UDP 192.168.1.1:5070");
    net.inject("10.0.0.9:4444", DESK, &with);
    assert_eq!(net.ladder, ["desk -> 10.0.0.9:4444  200 OPTIONS"]);
    net.run_for(10);
    assert!(field(net.last(), "Via").contains("rport=4444"));
    assert!(field(net.last(), "Via").contains("received=10.0.0.9"));
    let without = with.replace(";rport", "").replace("z9hG4bKa", "z9hG4bKb").replace("CSeq: 1", "CSeq: 2");
    net.inject("10.0.0.9:4444", DESK, &without);
    assert_eq!(net.ladder[1], "desk -> 10.0.0.9:5070  200 OPTIONS");
}
