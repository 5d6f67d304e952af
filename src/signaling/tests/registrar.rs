//! Phones that register, and those who only try.

use super::net::{DESK, Net, RAW, field, response_to, summary, uri};
use crate::base::Secret;
use crate::signaling::{Counts, Event, Phones, Transport};
use crate::sip::{Algorithm, Challenge, Method};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const PASSWORD: &str = "himitsu";
/// Another address behind no NAT.
const ELSEWHERE: &str = "198.51.100.9:7000";

/// The desk serves two phones.
fn net(digests: Vec<Algorithm>) -> Net {
    let password = || Secret::new(PASSWORD.to_string());
    let passwords = BTreeMap::from([(Arc::from("sato"), password()), (Arc::from("suzuki"), password())]);
    let (min_expires, max_expires) = (Duration::from_secs(60), Duration::from_secs(3_600));
    let realm = "desk.example".to_string();
    let phones = Phones { realm, passwords, min_expires, max_expires, digests };
    let mut net = Net::new(1);
    net.node(DESK).serve_phones(phones);
    net
}

/// A phone in somebody's hand.
struct Hand {
    net: Net,
    at: &'static str,
    user: &'static str,
    password: &'static str,
    algorithm: Algorithm,
    cseq: u32,
    /// What it was last challenged with.
    challenge: Option<Challenge>,
    count: u32,
}

impl Hand {
    fn new() -> Hand {
        Hand {
            net: net(vec![Algorithm::Sha256, Algorithm::Md5]),
            at: RAW,
            user: "sato",
            password: PASSWORD,
            algorithm: Algorithm::Sha256,
            cseq: 0,
            challenge: None,
            count: 0,
        }
    }

    /// Sends a REGISTER as it stands; the status.
    fn send(&mut self, headers: &str) -> u16 {
        self.cseq += 1;
        self.count += 1;
        let Hand { at, user, cseq, .. } = self;
        let credentials = self.challenge.as_ref().map(|challenge| {
            let target = uri("sip:10.0.0.2");
            let shown =
                challenge.answer(user, self.password, &Method::Register, &target, b"", "cn", self.count);
            format!("Authorization: {shown}\n")
        });
        let text = format!(
            "REGISTER sip:10.0.0.2 SIP/2.0\nVia: SIP/2.0/UDP {at};rport;branch=z9hG4bKr{cseq}\nMax-Forwards: 70\n\
             From: <sip:{user}@10.0.0.2>;tag=a\nTo: <sip:{user}@10.0.0.2>\nCall-ID: reg@raw\n\
             CSeq: {cseq} REGISTER\n{headers}\n{}\n",
            credentials.unwrap_or_default()
        );
        let text = text.replace("\n\n", "\n");
        self.net.inject(at, DESK, &text);
        self.net.run_for(10);
        let answer = self.net.last().to_string();
        let challenges = answer.lines().filter_map(|line| line.strip_prefix("WWW-Authenticate: "));
        let known = challenges.filter_map(|text| Challenge::parse(text).ok());
        if let Some(challenge) = known.into_iter().find(|c| c.algorithm == Some(self.algorithm)) {
            self.challenge = Some(challenge);
            self.count = 0;
        }
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    /// Registers as phones do: challenged first where it must be.
    fn register(&mut self, headers: &str) -> u16 {
        match self.send(headers) {
            401 => self.send(headers),
            other => other,
        }
    }

    /// The contacts of the last answer, each with what is left of it.
    fn listed(&self) -> Vec<String> {
        let contacts = self.net.last().lines().filter_map(|line| line.strip_prefix("Contact: "));
        contacts.map(str::to_string).collect()
    }

    /// Where the desk would ring the phone.
    fn rung(&mut self) -> Vec<String> {
        let targets = self.net.node(DESK).phone(self.user);
        targets.iter().map(|t| format!("{} by {}", t.uri, t.flow.remote)).collect()
    }
}

const HOME: &str = "Contact: <sip:sato@192.168.1.5:5062>";

#[test]
fn a_phone_registers_with_either_digest_and_is_rung_where_it_came_from() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let mut hand = Hand { algorithm, ..Hand::new() };
        assert_eq!(hand.send(HOME), 401);
        assert_eq!(hand.rung(), Vec::<String>::new());
        assert_eq!(hand.send(HOME), 200, "{algorithm:?}");
        assert_eq!(hand.listed(), ["<sip:sato@192.168.1.5:5062>;expires=3600"]);
        assert_eq!(hand.rung(), [format!("sip:sato@192.168.1.5:5062 by {RAW}")], "through its NAT");
    }
}

#[test]
fn only_the_digests_of_the_settings_are_offered_and_taken() {
    let mut hand = Hand { net: net(vec![Algorithm::Md5]), algorithm: Algorithm::Md5, ..Hand::new() };
    assert_eq!(hand.send(HOME), 401);
    assert_eq!(hand.net.last().matches("WWW-Authenticate").count(), 1, "some phones stop at any other");
    hand.challenge.as_mut().expect("a challenge").algorithm = Some(Algorithm::Sha256);
    assert_eq!(hand.send(HOME), 401, "proved with what was not offered");
    assert_eq!(hand.send(HOME), 200);
}

#[test]
fn who_knows_no_password_learns_nothing_and_costs_nothing() {
    let answers: Vec<String> = [("sato", "wrong"), ("nobody", PASSWORD)]
        .into_iter()
        .map(|(user, password)| {
            let mut hand = Hand { user, password, ..Hand::new() };
            assert_eq!((hand.register(HOME), hand.register(HOME)), (401, 401));
            assert_eq!(hand.net.counts(DESK).transactions, 0, "nothing is kept");
            assert_eq!(hand.rung(), Vec::<String>::new());
            hand.net.last().replace(user, "USER")
        })
        .collect();
    let without_tag = |text: &String| {
        let lines = text.lines().filter(|line| !line.starts_with("To:"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(without_tag(&answers[0]), without_tag(&answers[1]));
}

#[test]
fn a_flood_without_credentials_leaves_nothing_behind() {
    let mut net = net(vec![Algorithm::Md5]);
    for n in 0..2_000 {
        let text = format!(
            "REGISTER sip:10.0.0.2 SIP/2.0\nVia: SIP/2.0/UDP {RAW};branch=z9hG4bKf{n}\nMax-Forwards: 70\n\
             From: <sip:u{n}@10.0.0.2>;tag=a\nTo: <sip:u{n}@10.0.0.2>\nCall-ID: {n}\nCSeq: 1 REGISTER\n{HOME}\n"
        );
        net.inject(RAW, DESK, &text);
    }
    assert_eq!(net.counts(DESK), crate::signaling::Counts::default());
    net.assert_all_over();
}

#[test]
fn several_places_are_kept_listed_and_taken_back() {
    let mut hand = Hand::new();
    assert_eq!(hand.register(HOME), 200);
    assert_eq!(
        hand.register("Contact: <sip:sato@10.1.1.1>;expires=600, <sip:sato@10.1.1.2>\nExpires: 300"),
        200
    );
    let listed = hand.listed();
    assert_eq!(listed.len(), 3, "{listed:?}");
    assert!(listed.contains(&"<sip:sato@10.1.1.1>;expires=600".to_string()), "{listed:?}");
    assert!(listed.contains(&"<sip:sato@10.1.1.2>;expires=300".to_string()), "{listed:?}");
    assert_eq!(hand.register("Contact: <sip:sato@10.1.1.1>;expires=0"), 200);
    assert_eq!(hand.listed().len(), 2);
    assert_eq!(hand.register("Subject: what is there?"), 200);
    assert_eq!(hand.listed().len(), 2, "without a Contact nothing changes");
    assert_eq!(hand.register("Contact: *\nExpires: 300"), 400, "all of them only go");
    assert_eq!(hand.register("Contact: *\nExpires: 0"), 200);
    assert_eq!((hand.listed().len(), hand.rung().len()), (0, 0));
}

#[test]
fn a_phone_has_eight_places_and_the_ninth_takes_the_one_that_ends_first() {
    let mut hand = Hand::new();
    for n in 1..=9 {
        let contact = format!("Contact: <sip:sato@10.1.1.{n}>;expires={}", 100 + n);
        assert_eq!(hand.register(&contact), 200);
    }
    let rung = hand.rung();
    assert_eq!(rung.len(), 8);
    assert!(rung[0].starts_with("sip:sato@10.1.1.9 "), "the last first: {rung:?}");
    assert!(!rung.iter().any(|at| at.starts_with("sip:sato@10.1.1.1 ")), "{rung:?}");
    let many = (1..=9).map(|n| format!("<sip:sato@10.2.2.{n}>")).collect::<Vec<_>>().join(", ");
    assert_eq!(hand.register(&format!("Contact: {many}")), 400);
}

#[test]
fn a_wish_too_short_is_refused_and_one_too_long_cut() {
    let mut hand = Hand::new();
    assert_eq!(hand.register("Contact: <sip:sato@10.1.1.1>;expires=59"), 423);
    assert_eq!(field(hand.net.last(), "Min-Expires"), "60");
    assert_eq!(hand.rung().len(), 0);
    assert_eq!(hand.register("Contact: <sip:sato@10.1.1.1>\nExpires: 86400"), 200);
    assert_eq!(hand.listed(), ["<sip:sato@10.1.1.1>;expires=3600"]);
    assert_eq!(hand.register("Contact: <tel:+81312345678>"), 400);
}

#[test]
fn a_place_is_kept_open_through_its_nat_until_it_ends() {
    let mut hand = Hand::new();
    assert_eq!(hand.register("Contact: <sip:sato@192.168.1.5>;expires=60"), 200);
    hand.net.inbox.clear();
    hand.net.run_for(59_000);
    let sent: Vec<&str> = hand.net.inbox.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(sent, ["\r\n\r\n", "\r\n\r\n"], "every 25 seconds");
    assert_eq!(hand.rung().len(), 1);
    hand.net.run_for(1_100);
    assert_eq!(hand.rung().len(), 0);
    hand.net.assert_all_over();
}

#[test]
fn a_count_is_good_once_and_a_nonce_five_minutes_and_for_one_address() {
    let mut hand = Hand::new();
    assert_eq!(hand.register(HOME), 200);
    let (challenge, count) = (hand.challenge.clone(), hand.count);
    hand.count = count - 1;
    assert_eq!(hand.send(HOME), 401, "the same count");
    assert!(hand.net.last().contains("stale=true"));
    hand.challenge.clone_from(&challenge);
    hand.count = count;
    assert_eq!(hand.send(HOME), 200, "the next count");
    let (challenge, count) = (hand.challenge.clone(), hand.count);
    hand.at = ELSEWHERE;
    assert_eq!(hand.send(HOME), 401, "from another address");
    assert!(hand.net.last().contains("stale=true"));
    (hand.at, hand.challenge, hand.count) = (RAW, challenge, count);
    hand.net.run_for(301_000);
    assert_eq!(hand.send(HOME), 401, "after five minutes");
    assert!(hand.net.last().contains("stale=true"));
    assert_eq!(hand.send(HOME), 200);
}

#[test]
fn nobody_registers_another_or_out_of_order() {
    let mut hand = Hand::new();
    assert_eq!(hand.register(HOME), 200);
    hand.cseq -= 2;
    assert_eq!(hand.register(HOME), 500, "an older CSeq");
    let mut hand = Hand::new();
    hand.send(HOME);
    let theirs = "Contact: <sip:sato@10.1.1.1>";
    let shown = hand.challenge.as_ref().expect("a challenge").answer(
        "sato",
        PASSWORD,
        &Method::Register,
        &uri("sip:10.0.0.2"),
        b"",
        "cn",
        1,
    );
    let text = format!(
        "REGISTER sip:10.0.0.2 SIP/2.0\nVia: SIP/2.0/UDP {RAW};rport;branch=z9hG4bKx\nMax-Forwards: 70\n\
         From: <sip:sato@10.0.0.2>;tag=a\nTo: <sip:suzuki@10.0.0.2>\nCall-ID: reg@raw\nCSeq: 9 REGISTER\n{theirs}\n\
         Authorization: {shown}\n"
    );
    hand.net.inject(RAW, DESK, &text);
    hand.net.run_for(10);
    assert_eq!(hand.net.received().last().map(String::as_str), Some("403 REGISTER"));
    assert_eq!(hand.rung().len(), 0);
}

#[test]
fn proxies_on_the_way_are_told_back_and_used() {
    let mut hand = Hand::new();
    let path = "Path: <sip:edge@10.0.0.7;lr>\nSupported: path";
    assert_eq!(hand.register(&format!("{HOME}\n{path}")), 200);
    assert_eq!(field(hand.net.last(), "Path"), "<sip:edge@10.0.0.7;lr>");
    let target = hand.net.node(DESK).phone("sato").remove(0);
    hand.net.inbox.clear();
    hand.net.invite(DESK, vec![target], |_| {});
    hand.net.run_for(10);
    assert!(hand.net.last().starts_with("INVITE sip:sato@192.168.1.5:5062 "));
    assert_eq!(field(hand.net.last(), "Route"), "<sip:edge@10.0.0.7;lr>");
}

#[test]
fn a_phone_that_came_by_a_connection_is_gone_with_it() {
    let mut hand = Hand::new();
    hand.net.transport = Transport::Tcp;
    assert_eq!(hand.register(HOME), 200);
    assert_eq!(hand.rung().len(), 1);
    hand.net.transport_error(DESK, RAW);
    assert_eq!(hand.rung().len(), 0);
}

#[test]
fn a_page_s_phone_is_rung_down_its_own_connection_and_gone_with_it() {
    let mut hand = Hand::new();
    hand.net.transport = Transport::Ws;
    let contact = "Contact: <sip:sato@df7jal23ls0d.invalid;transport=ws>";
    assert_eq!(hand.register(contact), 200);
    hand.net.inbox.clear();
    hand.net.run_for(600_000);
    assert!(hand.net.inbox.is_empty(), "it is kept open by WebSocket's own means");
    let targets = hand.net.node(DESK).phone("sato");
    hand.net.invite(DESK, targets, |_| {});
    hand.net.run_for(10);
    let invite = hand.net.last().to_string();
    assert!(invite.starts_with("INVITE sip:sato@df7jal23ls0d.invalid;transport=ws "), "{invite}");
    assert!(field(&invite, "Via").starts_with("SIP/2.0/WS 10.0.0.2"), "{invite}");
    assert!(field(&invite, "Contact").ends_with(";transport=ws>"), "{invite}");
    let contact = "Contact: <sip:sato@df7jal23ls0d.invalid;transport=ws>\n";
    hand.net.inject(RAW, DESK, &response_to(&invite, 200, "x", contact, "answer"));
    hand.net.run_for(10);
    assert!(hand.net.last().starts_with("ACK sip:sato@df7jal23ls0d.invalid;transport=ws "));
    let (now, flow) = (hand.net.now, hand.net.flow(DESK, RAW));
    hand.net.node(DESK).handle_disconnected(now, flow);
    assert_eq!(hand.rung().len(), 0);
}

#[test]
fn a_phone_that_moved_is_known_by_its_instance() {
    let mut hand = Hand::new();
    let instance = "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\"";
    assert_eq!(hand.register(&format!("{HOME};{instance}")), 200);
    assert_eq!(hand.register(&format!("Contact: <sip:sato@10.9.9.9>;{instance}")), 200);
    assert_eq!(hand.listed(), ["<sip:sato@10.9.9.9>;expires=3600"]);
}

/// A phone at two places, by UDP.
fn at_two_places() -> Hand {
    let mut hand = Hand::new();
    assert_eq!(hand.register("Contact: <sip:sato@10.1.1.1>"), 200);
    hand.at = ELSEWHERE;
    hand.challenge = None;
    assert_eq!(hand.register("Contact: <sip:sato@10.1.1.2>"), 200);
    hand.net.inbox.clear();
    hand
}

/// What was sent to this address, the newest last.
fn sent_to<'a>(net: &'a Net, at: &str) -> Vec<&'a str> {
    let to: std::net::SocketAddr = at.parse().unwrap();
    net.inbox.iter().filter(|(by, _)| *by == to).map(|(_, text)| text.as_str()).collect()
}

fn methods(net: &Net, at: &str) -> Vec<String> {
    sent_to(net, at).iter().map(|text| summary(text.as_bytes())).collect()
}

/// Both places ring; the leg.
fn rung_at_both(hand: &mut Hand) -> (crate::base::LegKey, String, String) {
    let targets = hand.net.node(DESK).phone("sato");
    let leg = hand.net.invite(DESK, targets, |_| {});
    hand.net.run_for(10);
    let invite = |at| sent_to(&hand.net, at)[0].to_string();
    let (here, there) = (invite(RAW), invite(ELSEWHERE));
    for (at, invite) in [(RAW, &here), (ELSEWHERE, &there)] {
        hand.net.inject(at, DESK, &response_to(invite, 180, at, "", ""));
    }
    (leg, here, there)
}

#[test]
fn every_place_rings_and_the_first_that_answers_has_the_call() {
    let mut hand = at_two_places();
    let (leg, here, there) = rung_at_both(&mut hand);
    let contact = "Contact: <sip:sato@10.1.1.1:5099>\n";
    hand.net.inject(RAW, DESK, &response_to(&here, 200, RAW, contact, "answer"));
    hand.net.run_for(10);
    assert_eq!(methods(&hand.net, ELSEWHERE), ["INVITE", "CANCEL"]);
    let cancel = sent_to(&hand.net, ELSEWHERE)[1].to_string();
    assert!(field(&cancel, "Reason").starts_with("SIP;cause=200"), "no call was missed: {cancel}");
    hand.net.inject(ELSEWHERE, DESK, &response_to(&cancel, 200, ELSEWHERE, "", ""));
    hand.net.inject(ELSEWHERE, DESK, &response_to(&there, 487, ELSEWHERE, "", ""));
    hand.net.run_for(10);
    assert_eq!(methods(&hand.net, RAW), ["INVITE", "ACK"], "through the NAT, whatever Contact says");
    let answered = hand.net.events(DESK).iter().filter(|event| matches!(event, Event::Answered { .. }));
    assert_eq!(answered.count(), 1);
    assert!(hand.net.ends(DESK, leg).is_empty(), "the call goes on");
    hand.net.hang_up(DESK, leg);
    hand.net.run_for(10);
    let bye = sent_to(&hand.net, RAW).pop().expect("a BYE").to_string();
    assert!(bye.starts_with("BYE sip:sato@10.1.1.1:5099 "), "{bye}");
    hand.net.inject(RAW, DESK, &response_to(&bye, 200, RAW, "", ""));
    hand.net.run_for(40_000);
    assert_eq!(hand.net.counts(DESK), Counts::default());
}

#[test]
fn two_that_answer_at_one_moment_are_both_acknowledged_and_one_is_ended() {
    let mut hand = at_two_places();
    let (leg, here, there) = rung_at_both(&mut hand);
    for (at, invite) in [(ELSEWHERE, &there), (RAW, &here)] {
        let contact = format!("Contact: <sip:sato@{at}>\n");
        hand.net.inject(at, DESK, &response_to(invite, 200, at, &contact, "answer"));
    }
    hand.net.run_for(10);
    assert_eq!(methods(&hand.net, ELSEWHERE), ["INVITE", "ACK"]);
    assert_eq!(methods(&hand.net, RAW), ["INVITE", "CANCEL", "ACK", "BYE"]);
    assert!(hand.net.ends(DESK, leg).is_empty());
}

#[test]
fn one_that_refuses_leaves_the_others_ringing_and_a_refusal_for_all_does_not() {
    for (status, others) in [(486, vec!["INVITE"]), (603, vec!["INVITE", "CANCEL"])] {
        let mut hand = at_two_places();
        let (leg, here, _) = rung_at_both(&mut hand);
        hand.net.inject(RAW, DESK, &response_to(&here, status, RAW, "", ""));
        hand.net.run_for(10);
        assert_eq!(methods(&hand.net, ELSEWHERE), others, "{status}");
        hand.net.run_for(60_000);
        let ends = hand.net.ends(DESK, leg);
        assert_eq!((ends.len(), ends[0].status), (1, Some(status)));
    }
}

#[test]
fn a_caller_who_hangs_up_stops_every_place() {
    let mut hand = at_two_places();
    let (leg, ..) = rung_at_both(&mut hand);
    hand.net.hang_up(DESK, leg);
    hand.net.run_for(10);
    for at in [RAW, ELSEWHERE] {
        assert_eq!(methods(&hand.net, at), ["INVITE", "CANCEL"], "{at}");
    }
    assert_eq!(hand.net.ends(DESK, leg).len(), 1);
}

#[test]
fn what_changes_is_told_and_a_registration_that_is_renewed_is_no_news() {
    let told = |net: &mut Net| -> Vec<(usize, usize)> {
        let events = net.take_events(DESK).into_iter();
        let phone = |event| match event {
            Event::Phone { standing, news } => Some((standing.places.len(), news.len())),
            _ => None,
        };
        events.filter_map(phone).collect()
    };
    let mut hand = Hand::new();
    hand.register("Subject: what is there?");
    assert_eq!(told(&mut hand.net), [(0, 0), (0, 0)], "each phone once at the start");
    hand.register(HOME);
    assert_eq!(told(&mut hand.net), [(1, 1)]);
    hand.register(HOME);
    assert_eq!(told(&mut hand.net), [(1, 0)]);
    hand.net.run_for(3_600_000);
    assert_eq!(told(&mut hand.net), [(0, 1)], "it ended");
}
