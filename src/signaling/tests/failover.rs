//! Outgoing calls whose targets refuse, redirect, challenge, stay silent or cannot be reached.

use super::net::{CALLER, DESK, Net, OTHER, RAW, field, response_to};
use crate::base::{LegKey, Secret};
use crate::signaling::{Command, Event, How, Target, Transport};
use std::time::Duration;

fn tried(net: &Net) -> Vec<(usize, u16)> {
    let events = net.events(CALLER).iter();
    events
        .filter_map(|e| {
            if let Event::TryingNext { target, status, .. } = e { Some((*target, *status)) } else { None }
        })
        .collect()
}

fn answered_by(net: &Net) -> Option<usize> {
    net.events(CALLER)
        .iter()
        .find_map(|e| if let Event::Answered { target, .. } = e { Some(*target) } else { None })
}

/// A call to RAW first and the desk second; RAW refuses.
fn refused_first(status: u16) -> (Net, LegKey) {
    let mut net = Net::new(1);
    let caller = net.call(&[RAW, DESK]);
    net.run_for(10);
    let invite = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&invite, status, "x", "", ""));
    net.run_for(20);
    (net, caller)
}

#[test]
fn a_target_that_refuses_is_followed_by_the_next() {
    for status in [403, 404, 408, 480, 484, 486, 488, 500, 503, 600, 603] {
        let (mut net, caller) = refused_first(status);
        assert_eq!(tried(&net), [(1, status)]);
        let desk = net.incoming(DESK);
        net.answer(DESK, desk);
        net.run_for(100);
        assert_eq!(answered_by(&net), Some(1));
        net.hang_up(CALLER, caller);
        net.assert_all_over();
    }
}

#[test]
fn every_target_has_its_own_dialog() {
    let mut net = Net::new(1);
    net.call(&[RAW, OTHER]);
    net.run_for(10);
    let first = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&first, 486, "x", "", ""));
    net.run_for(10);
    let second = net.last().to_string();
    for name in ["Call-ID", "From", "Via"] {
        assert_ne!(field(&first, name), field(&second, name));
    }
}

#[test]
fn a_target_that_rings_too_long_is_cancelled_and_the_next_is_tried() {
    let mut net = Net::new(1);
    let targets = vec![net.target(RAW), net.target(DESK)];
    let caller = net.invite(CALLER, targets, |invite| invite.ring_timeout = Duration::from_secs(20));
    net.run_for(10);
    let invite = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&invite, 180, "x", "", ""));
    net.run_for(19_900);
    assert_eq!(tried(&net), []);
    net.run_for(100);
    assert_eq!(tried(&net), [(1, 408)]);
    assert!(net.received().contains(&"CANCEL".to_string()));
    net.inject(RAW, CALLER, &response_to(&invite, 200, "x", "Contact: <sip:raw@10.0.0.9>\n", "answer"));
    net.run_for(10);
    assert!(net.received().ends_with(&["ACK".to_string(), "BYE".to_string()]), "its answer comes too late");
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.run_for(100);
    assert_eq!(answered_by(&net), Some(1));
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn the_last_target_ringing_too_long_is_no_answer() {
    let mut net = Net::new(1);
    let targets = vec![net.target(DESK)];
    let caller = net.invite(CALLER, targets, |invite| invite.ring_timeout = Duration::from_secs(20));
    net.run_for(21_000);
    assert_eq!(net.hows(CALLER, caller), [How::NoAnswer]);
    let desk = net.incoming(DESK);
    assert_eq!(net.hows(DESK, desk), [How::Cancelled]);
    net.assert_all_over();
}

#[test]
fn a_silent_target_is_given_up_after_32_seconds() {
    let mut net = Net::new(1);
    let caller = net.call(&[RAW, OTHER]);
    net.run_for(32_100);
    assert_eq!(tried(&net), [(1, 408)]);
    net.run_for(32_000);
    assert_eq!(net.hows(CALLER, caller), [How::NoAnswer]);
    net.assert_all_over();
}

#[test]
fn an_unreachable_target_is_followed_at_once() {
    let mut net = Net::new(1);
    let caller = net.call(&[RAW, OTHER]);
    net.transport_error(CALLER, RAW);
    assert_eq!(tried(&net), [(1, 408)]);
    net.transport_error(CALLER, OTHER);
    assert_eq!(net.hows(CALLER, caller), [How::TransportFailed]);
    net.assert_all_over();
}

#[test]
fn a_redirect_within_the_targets_host_is_followed() {
    let mut net = Net::new(1);
    net.call(&[RAW, DESK]);
    net.run_for(10);
    let invite = net.last().to_string();
    let contacts = "Contact: <sip:a@10.0.0.9:5061>;q=0.1, <sip:b@10.0.0.9:5062>;q=0.9, <sip:c@10.0.0.66>\n";
    net.inject(RAW, CALLER, &response_to(&invite, 302, "x", contacts, ""));
    net.run_for(10);
    assert!(net.last().starts_with("INVITE sip:b@10.0.0.9:5062 "), "the most wanted first: {}", net.last());
    assert!(net.ladder.contains(&"caller -> 10.0.0.9:5062  INVITE".to_string()));
    let invite = net.last().to_string();
    net.inject("10.0.0.9:5062", CALLER, &response_to(&invite, 486, "x", "", ""));
    net.run_for(10);
    assert!(net.last().starts_with("INVITE sip:a@10.0.0.9:5061 "));
    let invite = net.last().to_string();
    net.inject("10.0.0.9:5061", CALLER, &response_to(&invite, 486, "x", "", ""));
    net.run_for(10);
    assert_eq!(tried(&net), [(0, 302), (0, 486), (1, 486)], "never the contact of another host");
}

#[test]
fn a_redirect_to_a_place_of_ours_is_followed_once_and_says_who_sent_the_call() {
    let mut net = Net::new(1);
    let known = vec![net.target(OTHER), net.target("10.0.0.7:5060")];
    let targets = vec![net.target(RAW)];
    let caller = net.invite(CALLER, targets, |invite| invite.known = known);
    net.run_for(10);
    let invite = net.last().to_string();
    let contacts =
        "Contact: <sip:support@10.0.0.66:5060>, <sip:other@10.0.0.8:5060>, <sip:support@10.0.0.8:5060>\n";
    net.inject(RAW, CALLER, &response_to(&invite, 302, "x", contacts, ""));
    net.run_for(10);
    let followed = net.last().to_string();
    assert!(followed.starts_with("INVITE sip:support@10.0.0.8:5060 "), "{followed}");
    assert_eq!(field(&followed, "Diversion"), "<sip:support@10.0.0.9>;reason=deflection;counter=1");
    assert!(followed.contains("History-Info: <sip:support@10.0.0.9?Reason=SIP%3Bcause%3D302>;index=1\r\n"));
    assert!(field(&invite, "Diversion").is_empty());
    let on = "Contact: <sip:support@10.0.0.7:5060>\n";
    net.inject(OTHER, CALLER, &response_to(&followed, 302, "x", on, ""));
    net.run_for(10);
    assert_eq!(net.ends(CALLER, caller)[0].status, Some(302), "once");
}

#[test]
fn a_redirect_to_a_place_of_ours_by_another_kind_of_way_is_not_followed() {
    for transport in [Transport::Tls, Transport::Ws] {
        let mut net = Net::new(1);
        let mut place = net.target(OTHER);
        place.flow.transport = transport;
        let targets = vec![net.target(RAW)];
        let caller = net.invite(CALLER, targets, |invite| invite.known = vec![place]);
        net.run_for(10);
        let invite = net.last().to_string();
        let contact = "Contact: <sip:support@10.0.0.8:5060>\n";
        net.inject(RAW, CALLER, &response_to(&invite, 302, "x", contact, ""));
        net.run_for(10);
        assert_eq!(
            net.ends(CALLER, caller)[0].status,
            Some(302),
            "what was offered was made for {transport:?}"
        );
    }
}

#[test]
fn a_redirect_is_not_followed_where_that_is_not_wanted() {
    let mut net = Net::new(1);
    let targets = vec![net.target(RAW), net.target(DESK)];
    let caller = net.invite(CALLER, targets, |invite| invite.follow_redirects = false);
    net.run_for(10);
    let invite = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&invite, 302, "x", "Contact: <sip:a@10.0.0.9>\n", ""));
    assert_eq!(net.ends(CALLER, caller)[0].status, Some(302));
}

#[test]
fn redirects_in_a_circle_come_to_an_end() {
    let mut net = Net::new(1);
    let caller = net.call(&[RAW]);
    for _ in 0..20 {
        net.run_for(10);
        let invites: Vec<&(std::net::SocketAddr, String)> =
            net.inbox.iter().filter(|(_, text)| text.starts_with("INVITE")).collect();
        let invite = invites.last().unwrap().1.clone();
        net.inject(RAW, CALLER, &response_to(&invite, 302, "x", "Contact: <sip:a@10.0.0.9:5060>\n", ""));
    }
    assert_eq!(net.hows(CALLER, caller), [How::Refused]);
    net.assert_all_over();
}

#[test]
fn hanging_up_stops_the_search() {
    let mut net = Net::new(1);
    let caller = net.call(&[RAW, DESK]);
    net.run_for(10);
    let invite = net.last().to_string();
    net.hang_up(CALLER, caller);
    net.inject(RAW, CALLER, &response_to(&invite, 486, "x", "", ""));
    net.run_for(100);
    assert_eq!(net.events(DESK).len(), 0);
    assert_eq!(net.hows(CALLER, caller), [How::Local]);
    net.assert_all_over();
}

#[test]
fn an_invite_without_targets_ends_at_once() {
    let mut net = Net::new(1);
    let caller = net.invite(CALLER, Vec::new(), |_| {});
    assert_eq!(net.hows(CALLER, caller), [How::Refused]);
}

// Digest.

const CHALLENGE: &str =
    "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"n1\", qop=\"auth\", algorithm=MD5\n";

fn with_password(net: &Net, to: &str) -> Target {
    Target { credentials: Some(("user".to_string(), Secret::new("secret".to_string()))), ..net.target(to) }
}

fn challenged(net: &mut Net) -> (LegKey, String) {
    let targets = vec![with_password(net, RAW)];
    let caller = net.invite(CALLER, targets, |_| {});
    net.run_for(10);
    (caller, net.last().to_string())
}

fn invites(net: &Net) -> Vec<String> {
    net.inbox.iter().filter(|(_, t)| t.starts_with("INVITE")).map(|(_, t)| t.clone()).collect()
}

fn cseq(text: &str) -> u32 {
    field(text, "CSeq").split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_challenge_is_answered_with_the_next_cseq_in_the_same_dialog() {
    let mut net = Net::new(1);
    let (caller, invite) = challenged(&mut net);
    net.inject(RAW, CALLER, &response_to(&invite, 401, "x", CHALLENGE, ""));
    net.run_for(10);
    let again = invites(&net)[1].clone();
    assert_eq!(cseq(&again), cseq(&invite) + 1);
    assert_eq!(field(&again, "Call-ID"), field(&invite, "Call-ID"));
    assert_eq!(field(&again, "From"), field(&invite, "From"));
    assert_ne!(field(&again, "Via"), field(&invite, "Via"));
    let authorization = field(&again, "Authorization");
    for part in ["username=\"user\"", "realm=\"trunk\"", "nonce=\"n1\"", "nc=00000001"] {
        assert!(authorization.contains(part), "{part} in {authorization}");
    }
    assert!(!again.contains("secret"));
    net.inject(RAW, CALLER, &response_to(&again, 200, "x", "Contact: <sip:raw@10.0.0.9>\n", "answer"));
    net.run_for(10);
    assert_eq!(cseq(net.last()), cseq(&again), "ACK has the CSeq of its INVITE");
    net.hang_up(CALLER, caller);
    net.run_for(10);
    assert_eq!(cseq(net.last()), cseq(&again) + 1);
    net.assert_all_over();
}

#[test]
fn a_challenged_bye_is_sent_again_with_the_nonce_counted() {
    let mut net = Net::new(1);
    let (caller, invite) = challenged(&mut net);
    net.inject(RAW, CALLER, &response_to(&invite, 401, "x", CHALLENGE, ""));
    net.run_for(10);
    let again = invites(&net)[1].clone();
    net.inject(RAW, CALLER, &response_to(&again, 200, "x", "Contact: <sip:raw@10.0.0.9>\n", "answer"));
    net.hang_up(CALLER, caller);
    net.run_for(10);
    let bye = net.last().to_string();
    net.inject(RAW, CALLER, &response_to(&bye, 401, "x", CHALLENGE, ""));
    net.run_for(10);
    assert!(field(net.last(), "Authorization").contains("nc=00000002"), "{}", net.last());
    assert_eq!(cseq(net.last()), cseq(&bye) + 1);
    net.assert_all_over();
}

#[test]
fn a_wrong_password_is_not_tried_again() {
    let mut net = Net::new(1);
    let (caller, invite) = challenged(&mut net);
    net.inject(RAW, CALLER, &response_to(&invite, 401, "x", CHALLENGE, ""));
    net.run_for(10);
    let again = invites(&net)[1].clone();
    net.inject(RAW, CALLER, &response_to(&again, 401, "x", &CHALLENGE.replace("n1", "n2"), ""));
    net.run_for(10);
    assert_eq!(invites(&net).len(), 2);
    assert_eq!(net.ends(CALLER, caller)[0].status, Some(401));
    net.assert_all_over();
}

#[test]
fn a_stale_nonce_is_replaced() {
    let mut net = Net::new(1);
    let (caller, invite) = challenged(&mut net);
    net.inject(RAW, CALLER, &response_to(&invite, 401, "x", CHALLENGE, ""));
    net.run_for(10);
    let again = invites(&net)[1].clone();
    let stale = CHALLENGE.replace("n1", "n2").replace("qop", "stale=true, qop");
    net.inject(RAW, CALLER, &response_to(&again, 401, "x", &stale, ""));
    net.run_for(10);
    let third = invites(&net)[2].clone();
    let authorization = field(&third, "Authorization");
    assert!(
        authorization.contains("nonce=\"n2\"") && authorization.contains("nc=00000001"),
        "{authorization}"
    );
    assert_eq!(third.matches("Authorization:").count(), 1);
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn an_endlessly_stale_nonce_is_given_up() {
    let mut net = Net::new(1);
    let (caller, _) = challenged(&mut net);
    for n in 0..10 {
        let invite = invites(&net).last().unwrap().clone();
        let stale = CHALLENGE.replace("n1", &format!("s{n}")).replace("qop", "stale=true, qop");
        net.inject(RAW, CALLER, &response_to(&invite, 401, "x", &stale, ""));
        net.run_for(10);
    }
    assert!(invites(&net).len() <= 5);
    assert_eq!(net.hows(CALLER, caller), [How::Refused]);
    net.assert_all_over();
}

#[test]
fn a_challenge_from_elsewhere_is_never_answered() {
    let mut net = Net::new(1);
    let (caller, invite) = challenged(&mut net);
    net.inject(OTHER, CALLER, &response_to(&invite, 401, "x", CHALLENGE, ""));
    net.run_for(10);
    assert_eq!(invites(&net).len(), 1);
    assert_eq!(net.ends(CALLER, caller)[0].status, Some(401));
    net.assert_all_over();
}

#[test]
fn a_challenge_of_another_realm_than_the_first_is_never_answered() {
    let mut net = Net::new(1);
    let (caller, invite) = challenged(&mut net);
    net.inject(RAW, CALLER, &response_to(&invite, 401, "x", CHALLENGE, ""));
    net.run_for(10);
    let again = invites(&net)[1].clone();
    net.inject(RAW, CALLER, &response_to(&again, 200, "x", "Contact: <sip:raw@10.0.0.9>\n", "answer"));
    net.run_for(10);
    net.hang_up(CALLER, caller);
    net.run_for(10);
    let bye = net.last().to_string();
    assert!(bye.starts_with("BYE"), "{bye}");
    let count = net.inbox.len();
    let other = CHALLENGE.replace("realm=\"trunk\"", "realm=\"somebody else's\"");
    assert_ne!(other, CHALLENGE);
    net.inject(RAW, CALLER, &response_to(&bye, 401, "x", &other, ""));
    net.run_for(1_000);
    assert_eq!(net.inbox.len(), count, "{}", net.last());
    net.assert_all_over();
}

#[test]
fn a_challenge_without_credentials_is_a_refusal() {
    let mut net = Net::new(1);
    let caller = net.call(&[RAW]);
    net.run_for(10);
    let invite = net.last().to_string();
    let proxy = CHALLENGE.replace("WWW-Authenticate", "Proxy-Authenticate");
    net.inject(RAW, CALLER, &response_to(&invite, 407, "x", &proxy, ""));
    assert_eq!(net.ends(CALLER, caller)[0].status, Some(407));
    net.command(CALLER, Command::Hangup { leg: caller, status: 603, q850: 16 });
    assert_eq!(net.ends(CALLER, caller).len(), 1);
    net.assert_all_over();
}

#[test]
fn a_proxys_challenge_is_answered_in_its_own_field() {
    let mut net = Net::new(1);
    let (caller, invite) = challenged(&mut net);
    let proxy = CHALLENGE.replace("WWW-Authenticate", "Proxy-Authenticate");
    net.inject(RAW, CALLER, &response_to(&invite, 407, "x", &proxy, ""));
    net.run_for(10);
    assert!(field(&invites(&net)[1], "Proxy-Authorization").starts_with("Digest "));
    assert_eq!(field(&invites(&net)[1], "Authorization"), "");
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}
