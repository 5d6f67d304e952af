//! Messages nobody should send, and more of them than there should be.

use super::net::{CALLER, DESK, Net, RAW, TO, config, field, request};
use crate::signaling::{Command, Config, Counts, Event};

fn desk_answers(net: &mut Net, text: &str) -> String {
    net.inbox.clear();
    net.inject(RAW, DESK, text);
    net.run_for(10);
    assert_eq!(net.inbox.len(), 1, "{:?}", net.received());
    net.last().to_string()
}

fn status(text: &str) -> &str {
    text.split(' ').nth(1).unwrap()
}

#[test]
fn options_tells_what_we_can_do_and_503_while_draining() {
    let mut net = Net::new(1);
    let answer = desk_answers(
        &mut net,
        &request("OPTIONS", 1, "z9hG4bKa", TO, "", "").replace("Max-Forwards: 70", "Max-Forwards: 0"),
    );
    assert_eq!(status(&answer), "200");
    assert_eq!(field(&answer, "Accept"), "application/sdp, multipart/mixed");
    assert!(field(&answer, "Allow").contains("INVITE, ACK, CANCEL, BYE"));
    assert!(answer.contains("\r\nSupported:"));
    assert!(field(&answer, "To").contains(";tag="));
    net.command(DESK, Command::Drain);
    let answer = desk_answers(&mut net, &request("OPTIONS", 2, "z9hG4bKb", TO, "", ""));
    assert_eq!(status(&answer), "503");
    let answer = desk_answers(&mut net, &request("INVITE", 3, "z9hG4bKc", TO, "", "offer"));
    assert_eq!((status(&answer), field(&answer, "Retry-After").is_empty()), ("503", false));
    assert!(net.events(DESK).is_empty());
}

#[test]
fn sdp_is_found_among_the_parts_of_a_body() {
    let parts = |disposition: &str| {
        let body = format!(
            "--b\r\nContent-Type: application/isup\r\nContent-Disposition: signal;handling={disposition}\r\n\r\nx\r\n\
             --b\r\nContent-Type: application/sdp\r\n\r\noffer\r\n--b--\r\n"
        );
        let text = request("INVITE", 1, "z9hG4bKa", TO, "Content-Type: multipart/mixed;boundary=b\n", "");
        format!("{}\n\n{body}", text.trim_end())
    };
    let mut net = Net::new(1);
    assert_eq!(status(&desk_answers(&mut net, &parts("optional"))), "100");
    let offered = |e: &Event| matches!(e, Event::Incoming { offer: Some(offer), .. } if offer == b"offer");
    assert!(net.events(DESK).iter().any(offered), "{:?}", net.events(DESK));
    let mut net = Net::new(1);
    assert_eq!(status(&desk_answers(&mut net, &parts("required"))), "415");
}

#[test]
fn a_flood_of_long_requests_holds_no_more_than_a_flood_of_short_ones() {
    for long in [false, true] {
        let mut net = Net::new(1);
        net.add(DESK, Config { max_legs: 2_000, max_legs_of_stranger: 2_000, ..config() });
        let padding = if long { format!("X: {}\n", "x".repeat(8_000)).repeat(7) } else { String::new() };
        for n in 0..2_000 {
            let text = request("INVITE", 1, &format!("z9hG4bK{n}"), TO, &padding, "offer");
            net.inject(RAW, DESK, &text.replace("call@raw", &format!("call{n}")));
        }
        let held = net.counts(DESK).transactions;
        let expected =
            if long { config().max_transactions * 2048 / 56_000 } else { config().max_transactions };
        assert!(held.abs_diff(expected) <= 1, "{held}, not {expected}");
        net.run_for(10);
        assert!(net.last().contains("SIP/2.0 503 ") && !field(net.last(), "Retry-After").is_empty());
        for leg in net.events(DESK).iter().filter_map(incoming).collect::<Vec<_>>() {
            net.command(DESK, Command::Reject { leg, status: 486, headers: Vec::new() });
        }
        net.assert_all_over();
    }
}

#[test]
fn an_unknown_require_is_420_and_names_what_is_not_supported() {
    let mut net = Net::new(1);
    let extra = "Require: 100rel, precondition, nothingSupportsThis\n";
    let answer = desk_answers(&mut net, &request("INVITE", 1, "z9hG4bKa", TO, extra, "offer"));
    assert_eq!(status(&answer), "420");
    assert_eq!(field(&answer, "Unsupported"), "precondition, nothingSupportsThis");
}

#[test]
fn require_is_ignored_in_ack_and_cancel() {
    let mut net = Net::new(1);
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", "offer"));
    net.run_for(10);
    net.inbox.clear();
    net.inject(RAW, DESK, &request("CANCEL", 1, "z9hG4bKa", TO, "Require: foo\n", ""));
    net.run_for(10);
    assert_eq!(net.received(), ["200 CANCEL", "487 INVITE"]);
}

#[test]
fn unknown_methods_are_told_what_is_allowed() {
    let mut net = Net::new(1);
    for (n, method, expected) in [(1, "REGISTER", "405"), (2, "SUBSCRIBE", "405"), (3, "NEWMETHOD", "501")] {
        let answer = desk_answers(&mut net, &request(method, n, &format!("z9hG4bK{n}"), TO, "", ""));
        assert_eq!(status(&answer), expected);
        assert!(field(&answer, "Allow").starts_with("INVITE"));
    }
}

#[test]
fn content_that_is_not_sdp_is_415() {
    let mut net = Net::new(1);
    let text =
        request("INVITE", 1, "z9hG4bKa", TO, "", "x").replace("application/sdp", "application/unknown");
    let answer = desk_answers(&mut net, &text);
    assert_eq!(
        (status(&answer), field(&answer, "Accept").as_str()),
        ("415", "application/sdp, multipart/mixed")
    );
    let text = request("INVITE", 2, "z9hG4bKb", TO, "Content-Encoding: gzip\n", "x");
    assert_eq!(status(&desk_answers(&mut net, &text)), "415");
}

#[test]
fn a_scheme_we_do_not_know_is_416() {
    let mut net = Net::new(1);
    let text = request("INVITE", 1, "z9hG4bKa", TO, "", "x")
        .replace("INVITE sip:support@10.0.0.2:5060", "INVITE nobody:here");
    assert_eq!(status(&desk_answers(&mut net, &text)), "416");
}

#[test]
fn a_request_of_an_unknown_dialog_is_481() {
    let mut net = Net::new(1);
    for (n, method) in [(1, "BYE"), (2, "INVITE"), (3, "INFO"), (4, "UPDATE"), (5, "OPTIONS")] {
        let text = request(method, n, &format!("z9hG4bK{n}"), "<sip:x@10.0.0.2>;tag=gone", "", "");
        assert_eq!(status(&desk_answers(&mut net, &text)), "481", "{method}");
    }
    net.assert_all_over();
}

#[test]
fn the_same_invite_by_another_path_is_482() {
    let mut net = Net::new(1);
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", "offer"));
    net.run_for(10);
    let answer = desk_answers(&mut net, &request("INVITE", 1, "z9hG4bKb", TO, "", "offer"));
    assert_eq!(status(&answer), "482");
    assert_eq!(net.events(DESK).len(), 1);
}

#[test]
fn more_calls_than_wanted_are_503_with_retry_after() {
    let mut net = Net::new(1);
    net.add(DESK, Config { max_legs: 2, ..config() });
    for n in 1..=3 {
        let text = request("INVITE", n, &format!("z9hG4bK{n}"), TO, "", "offer")
            .replace("call@raw", &format!("call{n}"));
        let answer = desk_answers(&mut net, &text);
        assert_eq!(status(&answer), if n <= 2 { "100" } else { "503" });
    }
    assert!(!field(net.last(), "Retry-After").is_empty());
    assert_eq!(net.counts(DESK).legs, 2);
}

#[test]
fn transactions_are_bounded_and_a_dialogs_requests_still_pass() {
    let mut net = Net::new(1);
    net.add(DESK, Config { max_transactions: 50, ..config() });
    net.inject(RAW, DESK, &request("INVITE", 1, "z9hG4bKa", TO, "", "offer"));
    let desk = net.incoming(DESK);
    net.answer(DESK, desk);
    net.run_for(10);
    let to = field(net.last(), "To");
    for n in 0..500 {
        let text = request("INVITE", 1, &format!("z9hG4bKo{n}"), TO, "", "offer");
        net.inject(RAW, DESK, &text.replace("call@raw", &format!("c{n}")));
    }
    net.run_for(10);
    assert_eq!(net.counts(DESK).transactions, 50);
    assert_eq!(status(net.last()), "503");
    assert_eq!(status(&desk_answers(&mut net, &request("BYE", 2, "z9hG4bKb", &to, "", ""))), "200");
    for leg in net.events(DESK).iter().filter_map(incoming).collect::<Vec<_>>() {
        net.command(DESK, Command::Reject { leg, status: 486, headers: Vec::new() });
    }
    net.assert_all_over();
}

fn incoming(event: &Event) -> Option<crate::base::LegKey> {
    match event {
        Event::Incoming { leg, .. } => Some(*leg),
        _ => None,
    }
}

#[test]
fn one_stranger_has_its_share_of_calls_and_a_trunk_has_what_there_is() {
    let mut net = Net::new(1);
    let calls = |net: &mut Net, first: u32| {
        let mut taken = 0;
        for n in first..first + 5 {
            let text = request("INVITE", n, &format!("z9hG4bK{n}"), TO, "", "offer");
            let answer = desk_answers(net, &text.replace("call@raw", &format!("call{n}")));
            taken += u32::from(status(&answer) == "100");
        }
        taken
    };
    net.add(DESK, Config { max_legs_of_stranger: 2, ..config() });
    assert_eq!(calls(&mut net, 1), 2);
    assert!(!field(net.last(), "Retry-After").is_empty());
    let legs: Vec<_> = net.events(DESK).iter().filter_map(incoming).collect();
    net.command(DESK, Command::Reject { leg: legs[0], status: 486, headers: Vec::new() });
    net.run_for(40_000);
    assert_eq!(calls(&mut net, 6), 1, "an ended call makes room");
    let known = [super::net::addr(RAW).ip()].into();
    net.add(DESK, Config { max_legs_of_stranger: 2, known, ..config() });
    assert_eq!(calls(&mut net, 1), 5);
}

/// Everything but INVITE that a stranger may try.
const ATTEMPTS: [&str; 14] = [
    "OPTIONS",
    "REGISTER",
    "MESSAGE",
    "SUBSCRIBE",
    "PUBLISH",
    "NOTIFY",
    "REFER",
    "PRACK",
    "UPDATE",
    "INFO",
    "BYE",
    "CANCEL",
    "ACK",
    "NEWMETHOD",
];

#[test]
fn requests_of_strangers_keep_nothing_and_have_the_same_answer_again() {
    let mut net = Net::new(1);
    for (n, method) in ATTEMPTS.iter().enumerate() {
        for tag in ["", ";tag=gone"] {
            let to = format!("{TO}{tag}");
            let text = request(method, 1, &format!("z9hG4bK{n}{}", tag.len()), &to, "", "");
            net.inbox.clear();
            net.inject(RAW, DESK, &text);
            net.inject(RAW, DESK, &text);
            net.run_for(10);
            assert_eq!(net.counts(DESK), Counts::default(), "{method}");
            let answers: Vec<&String> = net.inbox.iter().map(|(_, text)| text).collect();
            assert_eq!(answers.len(), if *method == "ACK" { 0 } else { 2 }, "{method}: {answers:?}");
            assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{method}: {answers:?}");
        }
    }
    assert!(net.events(DESK).is_empty(), "nobody else hears of it");
}

#[test]
fn what_is_not_served_is_denied() {
    let mut net = Net::new(1);
    for method in ["MESSAGE", "SUBSCRIBE", "PUBLISH", "NOTIFY", "REFER"] {
        let answer = desk_answers(&mut net, &request(method, 1, &format!("z9hG4bK{method}"), TO, "", ""));
        assert!(["403", "405", "481", "489"].contains(&status(&answer)), "{method}: {answer}");
    }
    assert!(net.events(DESK).is_empty());
    net.assert_all_over();
}

/// An answer without what the request itself said, and without tags.
fn told(answer: &str, user: &str) -> String {
    let tagless = |line: &str| line.split(";tag=").next().unwrap_or_default().replace(user, "USER");
    answer.lines().map(tagless).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_scanner_cannot_tell_users_that_exist_from_others() {
    for method in ["OPTIONS", "REGISTER", "INVITE", "MESSAGE", "SUBSCRIBE"] {
        let ask = |user: &str| {
            let mut net = Net::new(1);
            let text = request(method, 1, "z9hG4bKa", TO, "", "").replace("support", user);
            told(&desk_answers(&mut net, &text), user)
        };
        assert_eq!(ask("desk"), ask("nobody-at-all"), "{method}");
    }
}

#[test]
fn garbage_is_dropped_or_refused_without_keeping_anything() {
    let mut net = Net::new(1);
    let broken = request("INVITE", 1, "z9hG4bKa", TO, "", "offer");
    for cut in 0..broken.find("\n\n").unwrap() {
        net.inject_bytes(RAW, CALLER, &broken.as_bytes()[..cut]);
    }
    for bytes in [
        &b""[..],
        b"\r\n\r\n",
        b"\0\0\0\0",
        &[0xff; 2000],
        b"SIP/2.0 200 OK\r\n\r\n",
        b"ACK sip:x SIP/2.0\r\n\r\n",
    ] {
        net.inject_bytes(RAW, CALLER, bytes);
    }
    net.run_out();
    assert_eq!(net.counts(CALLER), Counts::default());
    assert!(
        net.received().iter().all(|line| line.starts_with('4') || line.starts_with('5')),
        "{:?}",
        net.received()
    );
}

#[test]
fn a_broken_request_gets_400_and_a_broken_ack_nothing() {
    let mut net = Net::new(1);
    let broken = request("INVITE", 1, "z9hG4bKa", TO, "", "").replace("CSeq: 1 INVITE", "CSeq: 1 BYE");
    assert_eq!(status(&desk_answers(&mut net, &broken)), "400");
    net.inbox.clear();
    net.inject(RAW, DESK, &broken.replacen("INVITE sip", "ACK sip", 1));
    net.run_for(10);
    assert!(net.inbox.is_empty());
}

#[test]
fn responses_to_nothing_are_dropped() {
    let mut net = Net::new(1);
    let text = "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKx\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>;tag=2\nCall-ID: c\nCSeq: 1 INVITE\n";
    net.inject(RAW, DESK, text);
    net.run_for(100);
    assert!(net.inbox.is_empty());
}

#[test]
fn a_branch_of_an_older_rfc_is_matched_by_its_fields() {
    let mut net = Net::new(1);
    let invite = request("INVITE", 1, "old", TO, "", "offer");
    net.inject(RAW, DESK, &invite);
    net.inject(RAW, DESK, &invite);
    let desk = net.incoming(DESK);
    net.command(DESK, Command::Reject { leg: desk, status: 486, headers: Vec::new() });
    net.run_for(10);
    assert_eq!(net.received(), ["100 INVITE", "100 INVITE", "486 INVITE"]);
    let to = field(net.last(), "To");
    net.inject(RAW, DESK, &request("ACK", 1, "old", &to, "", ""));
    net.run_for(3000);
    assert_eq!(net.received().len(), 3, "the ACK was understood");
    assert_eq!(net.events(DESK).iter().filter(|e| matches!(e, Event::Incoming { .. })).count(), 1);
    net.assert_all_over();
}

#[test]
fn commands_for_legs_that_are_over_or_never_were_are_ignored() {
    let mut net = Net::new(1);
    let (caller, desk) = net.established();
    net.hang_up(CALLER, caller);
    net.run_for(100);
    net.ladder.clear();
    for leg in [desk, crate::base::LegKey(99)] {
        net.answer(DESK, leg);
        net.hang_up(DESK, leg);
        net.command(DESK, Command::Ring { leg, sdp: None, reliable: false });
        net.command(DESK, Command::AnswerOffer { leg, sdp: None });
    }
    assert!(net.ladder.is_empty());
    net.assert_all_over();
}

#[test]
fn a_header_value_cannot_smuggle_another_header() {
    let mut net = Net::new(1);
    let targets = vec![net.target(RAW)];
    net.invite(CALLER, targets, |invite| {
        invite.headers.push(("X-Case".to_string(), "1\r\nX-Evil: yes".to_string()));
        invite.headers.push(("X Bad\r\nX-Evil2".to_string(), "1".to_string()));
    });
    net.run_for(10);
    assert!(!net.last().contains("\nX-Evil"), "{}", net.last());
    assert!(field(net.last(), "X-Case").starts_with('1'));
}
