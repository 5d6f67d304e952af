//! Session timers: who refreshes, by what, and what ends a session that nobody refreshes.

use super::net::{CALLER, DESK, Net, RAW, TO, config, field, request, response_to};
use crate::base::LegKey;
use crate::signaling::{Command, Config, Event, How, SessionTimer};
use std::time::Duration;

fn timed(expires: Option<u64>, min: u64) -> Config {
    let timer = SessionTimer { expires: expires.map(Duration::from_secs), min: Duration::from_secs(min) };
    Config { timer, ..config() }
}

/// A hand-written caller's session with the desk: the desk's leg, its 200, the To value with its tag.
fn raw_session(net: &mut Net, headers: &str) -> (LegKey, String, String) {
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, headers, "offer"));
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.run_for(10);
    let ok = net.last().to_string();
    let to = field(&ok, "To");
    net.inject(RAW, DESK, &request("ACK", 1, "z9hG4bKb", &to, "", ""));
    net.inbox.clear();
    (desk, ok, to)
}

const KNOWS: &str = "Supported: 100rel, timer\nAllow: INVITE, ACK, BYE, UPDATE\n";

fn asking(expires: &str) -> String {
    format!("{KNOWS}Session-Expires: {expires}\n")
}

fn sent<'a>(net: &'a Net, what: &str) -> Vec<&'a str> {
    net.ladder.iter().map(String::as_str).filter(|line| line.ends_with(what)).collect()
}

#[test]
fn a_session_is_refreshed_at_half_its_interval_for_as_long_as_it_lasts() {
    let mut net = Net::new(1);
    let (caller, _) = net.established();
    net.run_for(890_000);
    assert!(net.ladder.is_empty(), "{:?}", net.ladder);
    net.run_for(2_700_000);
    assert_eq!(sent(&net, "UPDATE").len(), 6, "{:?}", net.ladder);
    assert_eq!(sent(&net, "desk -> caller  UPDATE").len(), 3, "the callee took it upon itself");
    assert_eq!(sent(&net, "BYE"), [""; 0]);
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn the_200_says_what_a_carrier_checks() {
    let mut net = Net::new(1);
    let (_, ok, _) = raw_session(&mut net, &asking("300;refresher=uac"));
    for (name, value) in [
        ("Session-Expires", "300;refresher=uac"),
        ("Require", "timer"),
        ("Supported", "100rel, timer"),
        ("Date", "Mon, 02 Feb 2026 02:40:00 GMT"),
    ] {
        assert_eq!(field(&ok, name), value, "{name}");
    }
    assert!(field(&ok, "Allow").contains("UPDATE"));
}

#[test]
fn a_peer_that_stops_refreshing_is_hung_up_on() {
    let mut net = Net::new(1);
    let (desk, _, to) = raw_session(&mut net, &asking("90;refresher=uac"));
    net.run_for(50_000);
    let refresh = format!("{}Contact: <sip:moved@{RAW}>\n", asking("90;refresher=uac"));
    net.inject(RAW, DESK, &request("UPDATE", 2, "z9hG4bKc", &to, &refresh, ""));
    net.run_for(10);
    assert_eq!(field(net.last(), "Session-Expires"), "90;refresher=uac");
    assert_eq!(field(net.last(), "Require"), "timer");
    net.run_for(59_900);
    assert_eq!(net.received(), ["200 UPDATE"], "a third before the end, and not sooner");
    net.run_for(100);
    assert_eq!(net.received(), ["200 UPDATE", "BYE"]);
    assert_eq!(net.hows(DESK, desk), [How::Expired]);
}

#[test]
fn who_takes_no_update_is_refreshed_by_our_description_again() {
    let mut net = Net::new(1);
    let (_, ok, _) = raw_session(&mut net, "");
    assert_eq!(field(&ok, "Session-Expires"), "1800;refresher=uas", "we refresh");
    assert_eq!(field(&ok, "Require"), "", "who does not know timers cannot be made to use them");
    for _ in 0..2 {
        net.inbox.clear();
        net.run_for(900_010);
        let invite = net.last().to_string();
        assert!(invite.starts_with("INVITE ") && invite.ends_with("\r\n\r\nanswer"), "{invite}");
        assert_eq!(field(&invite, "Session-Expires"), "1800;refresher=uac");
        net.inject(RAW, DESK, &response_to(&invite, 200, "", "Contact: <sip:raw@10.0.0.9>\n", "same"));
    }
}

#[test]
fn an_update_that_is_no_method_over_there_becomes_a_reinvite() {
    let mut net = Net::new(1);
    raw_session(&mut net, &asking("90;refresher=uas"));
    net.run_for(45_000);
    let update = net.last().to_string();
    assert!(update.starts_with("UPDATE "));
    assert_eq!(field(&update, "Session-Expires"), "90;refresher=uac");
    net.inject(RAW, DESK, &response_to(&update, 501, "", "", ""));
    net.run_for(10);
    assert!(net.last().starts_with("INVITE "), "{}", net.last());
}

#[test]
fn a_refused_refresh_comes_again_and_the_session_ends_if_it_never_succeeds() {
    let mut net = Net::new(1);
    let (desk, ..) = raw_session(&mut net, &asking("90;refresher=uas"));
    net.run_for(45_000);
    let update = net.last().to_string();
    net.inject(RAW, DESK, &response_to(&update, 500, "", "Retry-After: 3\n", ""));
    net.run_for(3_010);
    assert_eq!(net.received(), ["UPDATE", "UPDATE"]);
    let update = net.last().to_string();
    net.inject(RAW, DESK, &response_to(&update, 488, "", "", ""));
    net.run_for(10_010);
    assert_eq!(net.received(), ["UPDATE", "UPDATE", "UPDATE"]);
    let update = net.last().to_string();
    net.inject(RAW, DESK, &response_to(&update, 488, "", "", ""));
    net.run_for(2_000);
    assert_eq!(net.hows(DESK, desk), [How::Expired]);
    assert!(net.last().starts_with("BYE "));
}

#[test]
fn a_refresh_nobody_answers_ends_the_session() {
    let mut net = Net::new(1);
    let (desk, ..) = raw_session(&mut net, &asking("1800;refresher=uas"));
    net.run_for(900_000 + 32_010);
    assert_eq!(net.hows(DESK, desk), [How::DialogLost]);
    assert!(net.last().starts_with("BYE "));
}

#[test]
fn a_422_is_obeyed_before_the_call_and_within_it() {
    let mut net = Net::new(1);
    net.add(CALLER, timed(Some(120), 90));
    net.add(DESK, timed(Some(600), 600));
    let (caller, _) = {
        let caller = net.call(&[DESK]);
        net.run_for(100);
        let desk = net.incoming(DESK);
        net.answer(DESK, desk);
        net.run_for(100);
        (caller, desk)
    };
    let invites: Vec<&str> = net.ladder.iter().filter_map(|l| l.split("  ").nth(1)).take(5).collect();
    assert_eq!(invites, ["INVITE", "422 INVITE", "ACK", "INVITE", "100 INVITE"]);
    net.ladder.clear();
    net.run_for(301_000);
    assert_eq!(sent(&net, "UPDATE"), ["desk -> caller  UPDATE", "caller -> desk  200 UPDATE"]);
    net.hang_up(CALLER, caller);
    net.assert_all_over();
}

#[test]
fn a_desk_that_wants_ever_longer_intervals_is_given_up() {
    let mut net = Net::new(1);
    let caller = net.call(&[RAW]);
    for minimum in 2000..2010 {
        net.run_for(10);
        let invite = net.last().to_string();
        if !invite.starts_with("INVITE ") {
            break;
        }
        net.inject(RAW, CALLER, &response_to(&invite, 422, "x", &format!("Min-SE: {minimum}\n"), ""));
    }
    assert_eq!(net.received().iter().filter(|line| *line == "INVITE").count(), 5);
    assert_eq!(net.ends(CALLER, caller).first().and_then(|end| end.status), Some(422));
}

#[test]
fn a_longer_interval_is_agreed_when_a_refresh_is_refused_with_422() {
    let mut net = Net::new(1);
    raw_session(&mut net, &asking("90;refresher=uas"));
    net.run_for(45_000);
    let update = net.last().to_string();
    net.inject(RAW, DESK, &response_to(&update, 422, "", "Min-SE: 200\n", ""));
    net.run_for(10);
    assert_eq!(field(net.last(), "Session-Expires"), "200;refresher=uac");
    assert_eq!(field(net.last(), "Min-SE"), "200");
    let update = net.last().to_string();
    net.inject(RAW, DESK, &response_to(&update, 200, "", "Session-Expires: 200;refresher=uac\n", ""));
    net.run_for(99_000);
    assert_eq!(net.received(), ["UPDATE", "UPDATE"]);
    net.run_for(1_100);
    assert_eq!(net.received(), ["UPDATE", "UPDATE", "UPDATE"]);
    assert_eq!(field(net.last(), "Min-SE"), "200", "it stays told");
}

#[test]
fn an_offer_of_ours_refreshes_as_well_and_keeps_the_refresher() {
    let mut net = Net::new(1);
    let (desk, ..) = raw_session(&mut net, &asking("90;refresher=uac"));
    net.command(DESK, Command::Reinvite { leg: desk, sdp: b"hold".to_vec() });
    net.run_for(10);
    let invite = net.last().to_string();
    assert_eq!(field(&invite, "Session-Expires"), "90;refresher=uas", "their duty");
    let ok = "Contact: <sip:raw@10.0.0.9>\nSession-Expires: 90;refresher=uas\nRequire: timer\n";
    net.run_for(30_000);
    net.inject(RAW, DESK, &response_to(&invite, 200, "", ok, "held"));
    net.run_for(59_000);
    assert_eq!(net.hows(DESK, desk), []);
    net.run_for(2_000);
    assert_eq!(net.hows(DESK, desk), [How::Expired]);
}

#[test]
fn a_refresh_by_reinvite_meets_theirs_and_comes_again() {
    let mut net = Net::new(1);
    let headers = "Supported: timer\nSession-Expires: 90;refresher=uas\n";
    let (desk, _, to) = raw_session(&mut net, headers);
    net.run_for(44_980);
    net.inbox.clear();
    net.run_for(20);
    assert_eq!(net.received(), ["INVITE"]);
    let ours = net.last().to_string();
    net.inject(RAW, DESK, &request("INVITE", 2, "z9hG4bKc", &to, "", "theirs"));
    net.inject(RAW, DESK, &request("ACK", 2, "z9hG4bKc", &to, "", ""));
    net.inject(RAW, DESK, &response_to(&ours, 491, "", "", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["INVITE", "491 INVITE", "ACK"]);
    net.run_for(2_000);
    assert_eq!(net.received().last().map(String::as_str), Some("INVITE"), "the callee comes again first");
    assert!(net.last().ends_with("answer"));
    let invite = net.last().to_string();
    net.inject(RAW, DESK, &response_to(&invite, 200, "", "Contact: <sip:raw@10.0.0.9>\n", "same"));
    let answered = |e: &&Event| matches!(e, Event::OfferAnswered { .. });
    assert_eq!(net.events(DESK).iter().filter(answered).count(), 1);
    assert_eq!(net.hows(DESK, desk), []);
}
