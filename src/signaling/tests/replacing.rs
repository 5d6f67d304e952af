//! INVITEs that ask for the place of another call.

use super::net::{DESK, Net, RAW, field, request};
use crate::base::LegKey;
use crate::signaling::Event;

const OTHERS: &str = "<sip:support@10.0.0.2>";

/// A session of the caller with the desk: the leg, and the desk's dialog as the desk's peers name it.
fn session(net: &mut Net) -> (LegKey, String, String, String) {
    net.call(&[DESK]);
    net.run_for(100);
    let desk = net.incoming(DESK);
    let named = net.events(DESK).iter().find_map(|event| match event {
        Event::Incoming { request, .. } => Some(String::from_utf8(request.to_bytes()).expect("text")),
        _ => None,
    });
    net.answer(DESK, desk);
    net.run_for(100);
    let invite = named.expect("an INVITE");
    let from_tag = field(&invite, "From").split_once("tag=").expect("a tag").1.to_string();
    let dialog = net.node(DESK).dialogs_for_tests().pop().expect("a dialog");
    (desk, field(&invite, "Call-ID"), dialog, from_tag)
}

/// What an INVITE with this Replaces is answered.
fn answered(net: &mut Net, branch: &str, replaces: &str) -> String {
    net.inbox.clear();
    let text = request("INVITE", 1, branch, OTHERS, replaces, "offer").replace("call@raw", branch);
    net.inject(RAW, DESK, &text);
    net.run_for(10);
    net.last().lines().next().unwrap_or_default().split(' ').nth(1).unwrap_or_default().to_string()
}

#[test]
fn a_dialog_is_replaced_only_where_it_is_named_exactly_and_stands() {
    let mut net = Net::new(1);
    let (desk, id, to, from) = session(&mut net);
    let named = format!("{id};to-tag={to};from-tag={from}");
    for (branch, replaces, status) in [
        ("z9hG4bKa", format!("Replaces: {id};to-tag={from};from-tag={to}\n"), "481"),
        ("z9hG4bKb", format!("Replaces: {id};to-tag={to};from-tag=other\n"), "481"),
        ("z9hG4bKc", format!("Replaces: other;to-tag={to};from-tag={from}\n"), "481"),
        ("z9hG4bKd", format!("Replaces: {id}\n"), "400"),
        ("z9hG4bKe", format!("Replaces: {named}\nReplaces: {named}\n"), "400"),
        ("z9hG4bKf", format!("Replaces: {named};early-only\n"), "486"),
        ("z9hG4bKg", format!("Require: replaces\nReplaces: {named}\n"), "100"),
    ] {
        assert_eq!(answered(&mut net, branch, &replaces), status, "{replaces}");
    }
    let asked: Vec<_> = net
        .events(DESK)
        .iter()
        .filter_map(|event| match event {
            Event::Incoming { replaces: Some(leg), .. } => Some(*leg),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [desk]);
}

#[test]
fn a_call_that_is_over_is_declined_rather_than_not_found() {
    let mut net = Net::new(1);
    let (desk, id, to, from) = session(&mut net);
    net.hang_up(DESK, desk);
    let named = format!("Replaces: {id};to-tag={to};from-tag={from}\n");
    assert_eq!(answered(&mut net, "z9hG4bKa", &named), "603");
}

#[test]
fn a_call_that_rings_is_not_picked_up() {
    let mut net = Net::new(1);
    net.call(&[DESK]);
    net.run_for(100);
    let to = net.node(DESK).dialogs_for_tests().pop().expect("a dialog");
    let invite = net
        .events(DESK)
        .iter()
        .find_map(|event| match event {
            Event::Incoming { request, .. } => Some(String::from_utf8(request.to_bytes()).expect("text")),
            _ => None,
        })
        .expect("an INVITE");
    let from = field(&invite, "From").split_once("tag=").expect("a tag").1.to_string();
    let named = format!("Replaces: {};to-tag={to};from-tag={from}\n", field(&invite, "Call-ID"));
    assert_eq!(answered(&mut net, "z9hG4bKa", &named), "481");
}
