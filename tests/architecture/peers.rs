//! The table of `tests/README.md` of who was met: each peer has each feature tested, or why it cannot be.

use super::field::{missing, root};
use std::fs;

const PEERS: &[&str] = &["SIPp", "baresip", "PJSIP", "linphone", "Kamailio in front", "Chromium"];
const FEATURES: &[&str] = &[
    "call",
    "registering",
    "keys by RFC 4733",
    "keys by INFO",
    "keys by tones",
    "hold",
    "transfer",
    "TLS",
    "SRTP",
    "session timer",
    "PRACK",
    "G.722",
    "Opus",
];

/// The lines of the table, each in its cells.
fn table(text: &str) -> Vec<Vec<&str>> {
    let from = text.find("| with |").expect("the table of peers");
    let lines = text[from..].lines().take_while(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What is wrong with a cell, if something is: it names tests that are there, or says in words why it has none.
fn wrong(cell: &str) -> Option<String> {
    let tests: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
    if tests.is_empty() && !cell.contains(' ') {
        return Some(format!("{cell:?} says nothing"));
    }
    tests.into_iter().find_map(|test| {
        let Some((file, function)) = test.split_once("::") else { return Some(format!("{test} is no test")) };
        missing(&root(), &format!("tests/peers/{file}.rs::{function}"))
    })
}

#[test]
fn every_peer_has_a_test_of_every_feature_or_a_reason() {
    let text = fs::read_to_string(root().join("tests/README.md")).expect("the table");
    let table = table(&text);
    assert_eq!(table[0][1..], *PEERS);
    let features: Vec<&str> = table[2..].iter().map(|row| row[0]).collect();
    assert_eq!(features, FEATURES);
    assert!(table.iter().all(|row| row.len() == PEERS.len() + 1), "a row with another number of cells");
    let found: Vec<String> =
        table[2..].iter().flat_map(|row| &row[1..]).filter_map(|cell| wrong(cell)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_cell_without_a_test_or_a_reason_is_noticed() {
    assert!(wrong("").is_some() && wrong("none").is_some());
    assert!(wrong("`holds::no_such`").is_some() && wrong("`holds`").is_some());
    assert!(wrong("has none of its own").is_none());
    assert!(wrong("`holds::a_desk_holds_and_resumes`").is_none());
    assert_eq!(
        table("x\n| with | A |\n|---|---|\n| y | `a::b` |\n\n| z |"),
        [["with", "A"], ["---", "---"], ["y", "`a::b`"]]
    );
}
