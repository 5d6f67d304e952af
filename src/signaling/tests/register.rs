//! Trunks: registrations granted, refused, refreshed, moved and taken back; places that answer or do not.

use super::net::{CALLER, DESK, Net, OTHER, RAW, field, response_to, summary};
use crate::base::Secret;
use crate::signaling::{
    Command, Event, Limits, NoWay, RegistrationStanding, Transport, TrunkConfig, TrunkStanding,
};
use crate::sip::Host;
use std::time::Duration;

fn trunk() -> TrunkConfig {
    TrunkConfig {
        name: "ntt".into(),
        host: "carrier.test".into(),
        port: None,
        transport: Transport::Udp,
        domain: Host::Name("carrier.test".into()),
        user: "0312345678".into(),
        credentials: Some(("line".into(), Secret::new("secret".into()))),
        register: Some(Duration::from_secs(3600)),
        keep_alive: None,
        dials_address: false,
        limits: Limits::default(),
    }
}

/// The caller belongs to a trunk with these places.
fn joined(trunk: TrunkConfig, places: &[&str]) -> Net {
    let mut net = Net::new(1);
    net.node(CALLER).add_trunk(trunk);
    net.run_for(0);
    assert_eq!(net.lookups.len(), 1, "the name is asked for once");
    net.resolved(CALLER, Ok(places));
    net.run_for(10);
    net
}

/// Requests of this method, those sent again apart.
fn sent(net: &Net, method: &str) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    let sent = net.inbox.iter().map(|(_, text)| text).filter(|text| summary(text.as_bytes()) == method);
    sent.filter(|text| seen.insert(*text)).cloned().collect()
}

fn last(net: &Net, method: &str) -> String {
    sent(net, method).pop().unwrap_or_else(|| panic!("no {method}"))
}

fn reply(net: &mut Net, from: &str, status: u16, extra: &str) {
    let request = net.last().to_string();
    net.inject(from, CALLER, &response_to(&request, status, "x", extra, ""));
    net.run_for(10);
}

fn granted(net: &mut Net, from: &str, seconds: u32) {
    reply(
        net,
        from,
        200,
        &format!("Contact: <sip:0312345678@10.0.0.1:5060>;expires={seconds}\nExpires: 9999\n"),
    );
}

fn standing(net: &Net) -> TrunkStanding {
    let told = net.events(CALLER).iter().rev();
    let mut told =
        told.filter_map(|e| if let Event::Trunk { standing, .. } = e { Some(standing) } else { None });
    told.next().map(|standing| (**standing).clone()).expect("a standing")
}

fn registration(net: &Net) -> RegistrationStanding {
    standing(net).registration
}

fn stands(seconds: u64) -> RegistrationStanding {
    RegistrationStanding::Standing { granted: Duration::from_secs(seconds) }
}

/// Where the last request of this method went.
fn went_to(net: &Net, method: &str) -> String {
    let line = net.ladder.iter().rev().find(|line| line.contains(&format!("  {method}"))).expect("sent");
    line.split(" -> ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default().to_string()
}

#[test]
fn a_registration_says_who_we_are_and_where() {
    let mut net = joined(trunk(), &[RAW]);
    let request = last(&net, "REGISTER");
    assert!(request.starts_with("REGISTER sip:carrier.test SIP/2.0\r\n"), "{request}");
    assert_eq!(field(&request, "To"), "<sip:0312345678@carrier.test>");
    assert_eq!(field(&request, "Contact"), "<sip:0312345678@10.0.0.1:5060>");
    assert_eq!((field(&request, "Expires"), field(&request, "Supported")), ("3600".into(), "path".into()));
    assert_eq!(registration(&net), RegistrationStanding::Wanted);
    granted(&mut net, RAW, 3600);
    assert_eq!(registration(&net), stands(3600));
}

#[test]
fn challenges_in_both_algorithms_are_answered_in_the_same_registration() {
    for algorithm in ["MD5", "SHA-256"] {
        let mut net = joined(trunk(), &[RAW]);
        let first = last(&net, "REGISTER");
        let challenge = format!(
            "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\", qop=\"auth\", algorithm={algorithm}\n"
        );
        reply(&mut net, RAW, 401, &challenge);
        let second = last(&net, "REGISTER");
        let authorization = field(&second, "Authorization");
        assert!(authorization.contains("username=\"line\""), "{authorization}");
        assert!(authorization.contains(&format!("algorithm={algorithm}")), "{authorization}");
        assert_eq!(field(&first, "Call-ID"), field(&second, "Call-ID"));
        assert_eq!(
            (field(&first, "CSeq"), field(&second, "CSeq")),
            ("1 REGISTER".into(), "2 REGISTER".into())
        );
        granted(&mut net, RAW, 600);
        assert_eq!(registration(&net), stands(600));
        assert!(!second.contains("secret"));
    }
}

#[test]
fn a_wrong_password_waits_and_is_not_hammered() {
    let mut net = joined(trunk(), &[RAW]);
    let challenge = "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\", algorithm=MD5\n";
    let mut moments = Vec::new();
    for _ in 0..8 {
        reply(&mut net, RAW, 401, challenge);
        reply(&mut net, RAW, 401, challenge);
        assert_eq!(registration(&net), RegistrationStanding::Failing { status: Some(401) });
        let before = sent(&net, "REGISTER").len();
        let began = net.now.mono;
        while sent(&net, "REGISTER").len() == before {
            net.run_for(100);
        }
        moments.push((net.now.mono - began).as_secs_f64());
    }
    for (at, wait) in moments.iter().enumerate() {
        let longest = (5.0 * f64::from(1 << at)).min(300.0);
        assert!(*wait >= longest / 2.0 - 0.2 && *wait <= longest + 0.2, "wait {at} was {wait} s");
    }
}

#[test]
fn the_refresh_comes_in_the_time_that_was_granted_not_the_one_asked() {
    let mut net = joined(trunk(), &[RAW]);
    granted(&mut net, RAW, 120);
    assert_eq!(registration(&net), stands(120));
    net.run_for(95_900);
    assert_eq!(sent(&net, "REGISTER").len(), 1, "not before eight tenths");
    net.run_for(12_100);
    assert_eq!(sent(&net, "REGISTER").len(), 2, "before nine tenths are over");
    granted(&mut net, RAW, 120);
    assert_eq!(registration(&net), stands(120));
}

#[test]
fn what_the_registrar_rewrote_behind_a_nat_still_says_how_long() {
    let mut net = joined(trunk(), &[RAW]);
    reply(&mut net, RAW, 200, "Contact: <sip:0312345678@203.0.113.5:41234>;expires=90\n");
    assert_eq!(registration(&net), stands(90));
    let mut net = joined(trunk(), &[RAW]);
    reply(&mut net, RAW, 200, "Expires: 77\n");
    assert_eq!(registration(&net), stands(77));
}

#[test]
fn a_time_that_is_too_short_is_asked_again_as_the_registrar_wants() {
    let mut net = joined(TrunkConfig { register: Some(Duration::from_secs(60)), ..trunk() }, &[RAW]);
    reply(&mut net, RAW, 423, "Min-Expires: 1800\n");
    assert_eq!(field(&last(&net, "REGISTER"), "Expires"), "1800");
    reply(&mut net, RAW, 423, "Min-Expires: 1800\n");
    assert_eq!(
        sent(&net, "REGISTER").len(),
        2,
        "a registrar that contradicts itself is not asked in a circle"
    );
    assert_eq!(registration(&net), RegistrationStanding::Failing { status: Some(423) });
}

#[test]
fn a_place_that_refuses_or_is_silent_is_followed_by_the_next() {
    let mut net = joined(trunk(), &[RAW, OTHER]);
    assert_eq!(went_to(&net, "REGISTER"), "raw");
    reply(&mut net, RAW, 503, "Retry-After: 600\n");
    assert_eq!(went_to(&net, "REGISTER"), OTHER);
    granted(&mut net, OTHER, 3600);
    let places = standing(&net).places;
    assert_eq!((places[0].down, places[1].current), (true, true));
    let mut net = joined(trunk(), &[RAW, OTHER]);
    net.run_for(33_000);
    assert_eq!(went_to(&net, "REGISTER"), OTHER, "silence");
    let mut net = joined(trunk(), &[RAW, OTHER]);
    net.transport_error(CALLER, RAW);
    net.run_for(10);
    assert_eq!(went_to(&net, "REGISTER"), OTHER, "a broken path");
}

#[test]
fn where_every_place_fails_the_wait_is_at_least_what_the_carrier_asks() {
    let mut net = joined(trunk(), &[RAW]);
    reply(&mut net, RAW, 503, "Retry-After: 120\n");
    assert_eq!(registration(&net), RegistrationStanding::Failing { status: Some(503) });
    net.run_for(119_000);
    assert_eq!(sent(&net, "REGISTER").len(), 1);
    net.run_for(2_000);
    assert_eq!(sent(&net, "REGISTER").len(), 2);
}

#[test]
fn options_find_a_dead_place_and_the_registration_moves_with_the_calls() {
    let config = TrunkConfig { keep_alive: Some(Duration::from_secs(30)), ..trunk() };
    let mut net = joined(config, &[RAW, OTHER]);
    let asked = sent(&net, "OPTIONS");
    assert_eq!(asked.len(), 2, "each place is asked");
    let request = last(&net, "REGISTER");
    net.inject(RAW, CALLER, &response_to(&request, 200, "x", "Expires: 3600\n", ""));
    net.inject(RAW, CALLER, &response_to(&asked[0], 503, "x", "", ""));
    net.inject(OTHER, CALLER, &response_to(&asked[1], 404, "x", "", ""));
    net.run_for(10);
    let places = standing(&net).places;
    assert_eq!((places[0].down, places[0].status), (true, Some(503)));
    assert_eq!((places[1].down, places[1].status, places[1].current), (false, Some(404), true));
    assert_eq!(places[1].round_trip, Some(Duration::from_millis(10)));
    assert_eq!(standing(&net).lookup.map(|lookup| lookup.took), Some(Duration::from_millis(7)), "kept apart");
    assert_eq!(went_to(&net, "REGISTER"), OTHER);
    net.run_for(33_500);
    assert!(sent(&net, "OPTIONS").len() >= 3, "and is asked again: {}", sent(&net, "OPTIONS").len());
}

#[test]
fn later_requests_go_through_the_service_route() {
    let config = TrunkConfig { keep_alive: Some(Duration::from_secs(30)), ..trunk() };
    let mut net = joined(config, &[RAW]);
    let request = last(&net, "REGISTER");
    let route = "Service-Route: <sip:orig@10.0.0.9;lr>, <sip:core.test;lr>\nExpires: 3600\n";
    net.inject(RAW, CALLER, &response_to(&request, 200, "x", route, ""));
    let options = last(&net, "OPTIONS");
    net.inject(RAW, CALLER, &response_to(&options, 200, "x", "", ""));
    net.run_for(34_000);
    let options = last(&net, "OPTIONS");
    let head = options.split("\r\n\r\n").next().unwrap_or_default();
    let routes: Vec<&str> = head.lines().filter(|line| line.starts_with("Route: ")).collect();
    assert_eq!(routes, ["Route: <sip:orig@10.0.0.9;lr>", "Route: <sip:core.test;lr>"]);
    assert!(!last(&net, "REGISTER").contains("\r\nRoute:"));
}

#[test]
fn a_name_without_address_keeps_what_was_known_and_is_asked_again() {
    let mut net = joined(trunk(), &[RAW]);
    granted(&mut net, RAW, 3600);
    net.run_for(600_000);
    assert_eq!(net.lookups.len(), 2, "when the answer no longer holds");
    net.resolved(CALLER, Err("no name service"));
    assert_eq!(standing(&net).places.len(), 1);
    assert_eq!(standing(&net).lookup.and_then(|lookup| lookup.error).as_deref(), Some("no name service"));
    net.run_for(30_000);
    assert_eq!(net.lookups.len(), 3);
    net.resolved(CALLER, Ok(&[OTHER]));
    net.run_for(10);
    assert_eq!(went_to(&net, "REGISTER"), OTHER, "the carrier moved");
}

#[test]
fn the_registration_is_taken_back_after_the_last_call_of_a_drain() {
    let mut net = joined(trunk(), &[RAW]);
    granted(&mut net, RAW, 3600);
    let (caller, _) = net.established();
    net.command(CALLER, Command::Drain);
    net.run_for(1_000);
    assert_eq!(sent(&net, "REGISTER").len(), 1, "a carrier would end the call");
    net.hang_up(CALLER, caller);
    net.run_for(10);
    let request = last(&net, "REGISTER");
    assert_eq!((field(&request, "Expires"), sent(&net, "REGISTER").len()), ("0".into(), 2));
    assert!(net.counts(CALLER).owing > 0, "its answer is waited for");
    let challenge = "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\", algorithm=MD5\n";
    net.inject(RAW, CALLER, &response_to(&request, 401, "x", challenge, ""));
    net.run_for(10);
    let request = last(&net, "REGISTER");
    net.inject(RAW, CALLER, &response_to(&request, 200, "x", "", ""));
    net.run_for(10);
    assert_eq!(registration(&net), RegistrationStanding::TakenBack);
    net.assert_all_over();
}

#[test]
fn a_registrar_that_is_gone_holds_up_no_drain() {
    let mut net = joined(trunk(), &[RAW]);
    granted(&mut net, RAW, 3600);
    net.command(CALLER, Command::Drain);
    net.run_for(5_000);
    assert_eq!(net.counts(CALLER).owing, 0);
    net.assert_all_over();
}

#[test]
fn a_call_goes_by_the_trunk_where_it_is_registered_and_says_who_we_are() {
    let mut net = joined(trunk(), &[RAW]);
    let by_trunk = |net: &mut Net| {
        let now = net.now;
        net.node(CALLER).by_trunk(now, "ntt", "0398765432")
    };
    assert_eq!(by_trunk(&mut net).err(), Some(NoWay::NoPlace), "not registered");
    reply(&mut net, RAW, 200, "Service-Route: <sip:orig@10.0.0.9;lr>\nExpires: 3600\n");
    let targets = by_trunk(&mut net).expect("a place");
    net.invite(CALLER, targets, |_| {});
    net.run_for(10);
    let invite = last(&net, "INVITE");
    assert!(invite.starts_with("INVITE sip:0398765432@carrier.test SIP/2.0\r\n"), "{invite}");
    assert_eq!(field(&invite, "Route"), "<sip:orig@10.0.0.9;lr>");
    assert!(field(&invite, "From").starts_with("<sip:0312345678@carrier.test>;tag="), "{invite}");
    assert_eq!(
        (field(&invite, "To"), field(&invite, "CSeq")),
        ("<sip:0398765432@carrier.test>".into(), "1 INVITE".into())
    );
    assert_eq!(standing(&net).calls, 1);
}

#[test]
fn a_carrier_that_wants_its_address_gets_it_and_to_has_no_port() {
    let config = TrunkConfig { dials_address: true, register: None, ..trunk() };
    let mut net = joined(config, &["10.0.0.9:5070"]);
    let now = net.now;
    let targets = net.node(CALLER).by_trunk(now, "ntt", "0398765432").expect("a place");
    net.invite(CALLER, targets, |_| {});
    net.run_for(10);
    let invite = last(&net, "INVITE");
    assert!(invite.starts_with("INVITE sip:0398765432@10.0.0.9:5070 SIP/2.0"), "{invite}");
    assert_eq!(field(&invite, "To"), "<sip:0398765432@10.0.0.9>");
}

#[test]
fn a_call_that_finds_a_place_full_tries_the_next_and_so_does_every_later_one() {
    let mut net = joined(TrunkConfig { register: None, ..trunk() }, &[RAW, OTHER]);
    let now = net.now;
    let targets = net.node(CALLER).by_trunk(now, "ntt", "0398765432").expect("places");
    net.invite(CALLER, targets, |_| {});
    net.run_for(10);
    assert_eq!(went_to(&net, "INVITE"), "raw");
    let invite = last(&net, "INVITE");
    net.inject(RAW, CALLER, &response_to(&invite, 503, "x", "Retry-After: 20\n", ""));
    net.run_for(10);
    assert_eq!(went_to(&net, "INVITE"), OTHER);
    assert!(sent(&net, "ACK").len() == 1, "the 503 is acknowledged");
    let first = |net: &mut Net| {
        let now = net.now;
        net.node(CALLER).by_trunk(now, "ntt", "0398765432").expect("places")[0].flow.remote
    };
    assert_eq!(first(&mut net), super::net::addr(OTHER));
    net.run_for(20_000);
    assert_eq!(first(&mut net), super::net::addr(OTHER), "the one in use stays until it fails");
}

#[test]
fn a_busy_callee_is_no_failure_of_the_place() {
    let mut net = joined(TrunkConfig { register: None, ..trunk() }, &[RAW, OTHER]);
    let now = net.now;
    let targets = net.node(CALLER).by_trunk(now, "ntt", "0398765432").expect("places");
    net.invite(CALLER, targets[..1].to_vec(), |_| {});
    net.run_for(10);
    let invite = last(&net, "INVITE");
    net.inject(RAW, CALLER, &response_to(&invite, 486, "x", "", ""));
    net.run_for(10);
    assert!(standing(&net).places.iter().all(|place| !place.down));
}

#[test]
fn a_full_trunk_is_503_and_other_peers_are_not_affected() {
    let limits = Limits { calls: Some(1), ..Limits::default() };
    let mut net = Net::new(1);
    net.node(DESK).add_trunk(TrunkConfig { register: None, limits, ..trunk() });
    net.run_for(0);
    net.resolved(DESK, Ok(&[RAW]));
    let call = |net: &mut Net, branch: &str| {
        let invite = super::net::request("INVITE", 1, branch, super::net::TO, "", "offer");
        net.inject(RAW, DESK, &invite.replace("call@raw", branch));
        net.run_for(10);
        net.last().to_string()
    };
    let first = call(&mut net, "z9hG4bKa");
    assert!(first.starts_with("SIP/2.0 100"), "{first}");
    let second = call(&mut net, "z9hG4bKb");
    assert!(second.starts_with("SIP/2.0 503"), "{second}");
    assert_eq!(field(&second, "Retry-After"), "10");
    let told = net.events(DESK).iter().rev();
    let refused = told
        .filter_map(|e| if let Event::Trunk { standing, .. } = e { Some(standing.refused) } else { None });
    assert_eq!(refused.map(|refused| refused.full).next(), Some(1));
    net.call(&[DESK]);
    net.run_for(100);
    assert_eq!(net.ladder.iter().filter(|line| line.contains("desk -> caller  100")).count(), 1);
}

#[test]
fn hosts_of_a_trunk_are_known_as_such() {
    let mut net = joined(trunk(), &[RAW]);
    let ip = |text: &str| super::net::addr(text).ip();
    assert_eq!(net.node(CALLER).trunk_of(ip(RAW)).map(|name| &**name), Some("ntt"));
    assert_eq!(net.node(CALLER).trunk_of(ip(DESK)), None);
}
