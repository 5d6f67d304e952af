//! REFER of a peer, and what it is told of it.

use super::net::{CALLER, DESK, Net, RAW, field, response_to, uri};
use crate::base::LegKey;
use crate::signaling::{Command, Event, How};

/// The caller's session with a hand-written callee, who may refer it elsewhere: leg, INVITE.
fn session(net: &mut Net, may_refer: bool) -> (LegKey, String) {
    let target = net.target(RAW);
    let leg = net.invite(CALLER, vec![target], |invite| invite.may_refer = may_refer);
    net.run_for(10);
    let invite = net.last().to_string();
    let contact = format!("Contact: <sip:raw@{RAW}>\n");
    net.inject(RAW, CALLER, &response_to(&invite, 200, "raw", &contact, "answer"));
    net.run_for(10);
    net.inbox.clear();
    (leg, invite)
}

/// The same, and the callee has referred the caller, who was told yes.
fn referred() -> (Net, LegKey, String) {
    let mut net = Net::new(1);
    let (leg, invite) = session(&mut net, true);
    net.inject(RAW, CALLER, &ask(&invite, "REFER", 2, TO));
    net.command(CALLER, Command::AnswerRefer { leg, status: 202 });
    net.run_for(10);
    (net, leg, invite)
}

/// A request of the callee within that session.
fn ask(invite: &str, method: &str, cseq: u32, extra: &str) -> String {
    format!(
        "{method} sip:desk@{CALLER} SIP/2.0\nVia: SIP/2.0/UDP {RAW};rport;branch=z9hG4bK{method}{cseq}\n\
         Max-Forwards: 70\nFrom: {};tag=raw\nTo: {}\nCall-ID: {}\nCSeq: {cseq} {method}\n\
         Contact: <sip:raw@{RAW}>\n{extra}\n",
        field(invite, "To"),
        field(invite, "From"),
        field(invite, "Call-ID"),
    )
}

const TO: &str = "Refer-To: <sip:702@10.0.0.1>\n";

/// The NOTIFYs since the inbox was emptied: event, state, status line.
fn notified(net: &Net) -> Vec<(String, String, String)> {
    let notifies = net.inbox.iter().filter(|(_, text)| text.starts_with("NOTIFY"));
    let told = |text: &str| {
        let state = field(text, "Subscription-State").split(';').next().unwrap_or_default().to_string();
        (field(text, "Event"), state, text.rsplit("\r\n\r\n").next().unwrap_or_default().trim().to_string())
    };
    notifies.map(|(_, text)| told(text)).collect()
}

/// The callee answers the last NOTIFY it got.
fn answer_notify(net: &mut Net, status: u16) {
    let notify =
        net.inbox.iter().rev().find(|(_, text)| text.starts_with("NOTIFY")).expect("a NOTIFY").1.clone();
    net.inbox.clear();
    net.inject(RAW, CALLER, &response_to(&notify, status, "", "", ""));
    net.run_for(10);
}

fn told(event: &str, state: &str, line: &str) -> (String, String, String) {
    (event.into(), state.into(), line.into())
}

#[test]
fn who_may_refer_is_asked_about_and_told_step_by_step() {
    let mut net = Net::new(1);
    let (leg, invite) = session(&mut net, true);
    assert!(field(&invite, "Allow").ends_with("REFER"), "{invite}");
    assert_eq!(field(&invite, "Supported"), "100rel, timer, replaces, norefersub");
    net.inject(RAW, CALLER, &ask(&invite, "REFER", 2, TO));
    let asked = net.events(CALLER).iter().find_map(|event| match event {
        Event::Refer { leg, to, replaces } => Some((*leg, to.clone(), replaces.clone())),
        _ => None,
    });
    assert_eq!(asked, Some((leg, uri("sip:702@10.0.0.1"), None)));
    net.command(CALLER, Command::AnswerRefer { leg, status: 202 });
    net.run_for(10);
    assert_eq!(net.received(), ["202 REFER", "NOTIFY"]);
    assert_eq!(notified(&net), [told("refer", "active", "SIP/2.0 100 Trying")]);
    net.command(CALLER, Command::ReportRefer { leg, status: 180 });
    net.command(CALLER, Command::ReportRefer { leg, status: 200 });
    net.run_for(10);
    assert_eq!(notified(&net).len(), 1, "one at a time");
    answer_notify(&mut net, 200);
    assert_eq!(notified(&net), [told("refer", "terminated", "SIP/2.0 200 OK")], "the newest alone");
    answer_notify(&mut net, 200);
    net.hang_up(CALLER, leg);
    net.run_for(10);
    let bye = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&bye, 200, "", "", ""));
    net.assert_all_over();
}

#[test]
fn who_may_not_refer_is_denied_whatever_it_asks() {
    let mut net = Net::new(1);
    let (leg, invite) = session(&mut net, false);
    assert!(!field(&invite, "Allow").contains("REFER"));
    net.inject(RAW, CALLER, &ask(&invite, "REFER", 2, TO));
    net.inject(RAW, CALLER, &ask(&invite, "NOTIFY", 3, "Event: refer\nSubscription-State: active\n"));
    net.run_for(10);
    assert_eq!(net.received(), ["405 REFER", "405 NOTIFY"]);
    assert!(!net.events(CALLER).iter().any(|event| matches!(event, Event::Refer { .. })));
    assert!(net.ends(CALLER, leg).is_empty());
}

#[test]
fn a_refer_that_names_no_place_to_call_is_refused_without_asking() {
    for bad in [
        "",
        "Refer-To: nowhere\n",
        "Refer-To: <sip:a@h>\nRefer-To: <sip:b@h>\n",
        "Refer-To: <sip:a@h;method=BYE>\n",
        "Refer-To: <sip:a@h?Replaces=c>\n",
    ] {
        let mut net = Net::new(1);
        let (_, invite) = session(&mut net, true);
        net.inject(RAW, CALLER, &ask(&invite, "REFER", 2, bad));
        net.run_for(10);
        assert_eq!(net.received(), ["400 REFER"], "{bad}");
        assert!(!net.events(CALLER).iter().any(|event| matches!(event, Event::Refer { .. })), "{bad}");
    }
}

#[test]
fn who_does_not_want_to_be_told_is_not() {
    let mut net = Net::new(1);
    let (leg, invite) = session(&mut net, true);
    let quietly = format!("{TO}Refer-Sub: false\nRequire: norefersub\n");
    net.inject(RAW, CALLER, &ask(&invite, "REFER", 2, &quietly));
    net.command(CALLER, Command::AnswerRefer { leg, status: 202 });
    net.command(CALLER, Command::ReportRefer { leg, status: 200 });
    net.run_for(1_000);
    assert_eq!(net.received(), ["202 REFER"]);
    assert_eq!(field(net.last(), "Refer-Sub"), "false");
}

#[test]
fn one_refer_at_a_time_and_a_later_one_is_told_apart() {
    let mut net = Net::new(1);
    let (leg, invite) = session(&mut net, true);
    net.inject(RAW, CALLER, &ask(&invite, "REFER", 2, TO));
    net.inject(RAW, CALLER, &ask(&invite, "REFER", 3, TO));
    net.run_for(10);
    assert_eq!(net.received(), ["491 REFER"]);
    net.command(CALLER, Command::AnswerRefer { leg, status: 403 });
    net.run_for(10);
    assert_eq!(net.received(), ["491 REFER", "403 REFER"]);
    net.inbox.clear();
    net.inject(RAW, CALLER, &ask(&invite, "REFER", 4, TO));
    net.command(CALLER, Command::AnswerRefer { leg, status: 202 });
    net.run_for(10);
    assert_eq!(notified(&net), [told("refer;id=4", "active", "SIP/2.0 100 Trying")]);
}

#[test]
fn who_hangs_up_with_its_refer_is_told_to_the_end() {
    let (mut net, leg, invite) = referred();
    net.inject(RAW, CALLER, &ask(&invite, "BYE", 3, ""));
    net.run_for(10);
    assert_eq!(net.hows(CALLER, leg), [How::Bye]);
    answer_notify(&mut net, 200);
    net.command(CALLER, Command::ReportRefer { leg, status: 486 });
    net.run_for(10);
    assert_eq!(notified(&net), [told("refer", "terminated", "SIP/2.0 486 Busy Here")]);
    answer_notify(&mut net, 200);
    net.assert_all_over();
}

#[test]
fn who_does_not_listen_is_told_no_more() {
    let (mut net, leg, invite) = referred();
    net.inject(RAW, CALLER, &ask(&invite, "BYE", 3, ""));
    net.run_for(10);
    answer_notify(&mut net, 481);
    net.command(CALLER, Command::ReportRefer { leg, status: 200 });
    net.run_for(1_000);
    assert!(net.inbox.is_empty(), "{:?}", net.received());
    net.assert_all_over();
}

#[test]
fn a_referral_that_nobody_ends_does_not_keep_its_dialog_for_ever() {
    let (mut net, _, invite) = referred();
    answer_notify(&mut net, 200);
    net.inject(RAW, CALLER, &ask(&invite, "BYE", 3, ""));
    net.run_for(599_000);
    assert_eq!(net.counts(CALLER).dialogs, 1, "somebody may still be told");
    net.assert_all_over();
}

#[test]
fn our_own_refer_is_told_what_the_far_side_makes_of_it() {
    let mut net = Net::new(1);
    let target = net.target(DESK);
    let leg = net.invite(CALLER, vec![target], |invite| invite.may_refer = true);
    net.run_for(100);
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.run_for(100);
    net.command(DESK, Command::Refer { leg: desk, to: uri("sip:702@10.0.0.1") });
    net.run_for(10);
    net.command(CALLER, Command::AnswerRefer { leg, status: 202 });
    net.run_for(100);
    net.command(CALLER, Command::ReportRefer { leg, status: 200 });
    net.run_for(100);
    let heard: Vec<u16> = net
        .events(DESK)
        .iter()
        .filter_map(|event| match event {
            Event::Referred { status, .. } => Some(*status),
            _ => None,
        })
        .collect();
    assert_eq!(heard, [100, 200]);
    net.hang_up(DESK, desk);
    net.assert_all_over();
}
