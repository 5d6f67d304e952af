//! `sla`: every cell of the targets, at the moments where counting goes wrong. `MADOGUCHI_GOLDEN=write` writes `sla.txt` anew.

use super::workplace::{Workplace, shipped};
use std::fmt::Write;

/// A Friday before closing, the last working day before a holiday between two, New Year's Eve, and around closing time.
const OPENED: [&str; 6] = [
    "2026-02-06T16:50:00+09:00",
    "2026-09-18T16:50:00+09:00",
    "2026-09-21T10:00:00+09:00",
    "2026-12-31T16:50:00+09:00",
    "2026-02-10T16:59:59+09:00",
    "2026-02-10T17:00:00+09:00",
];

/// A moment of the answer as Japan has it.
fn local(moment: &serde_json::Value) -> String {
    let Some(text) = moment.as_str() else { return "-".into() };
    let moment: jiff::Timestamp = text.parse().expect("RFC 3339");
    moment.in_tz("Asia/Tokyo").expect("known").strftime("%F %a %H:%M:%S").to_string()
}

#[test]
fn every_target_at_every_awkward_moment() {
    let workplace = Workplace::new("");
    let mut table = String::from(
        "opened                    desk    option    severity  first response           next update\n",
    );
    for opened in OPENED {
        for desk in ["japan", "global"] {
            for option in ["basic", "enhanced", "premium"] {
                for severity in ["S1", "S2", "S3", "S4"] {
                    let args = [
                        "sla",
                        "--desk",
                        desk,
                        "--option",
                        option,
                        "--severity",
                        severity,
                        "--opened",
                        opened,
                    ];
                    let text = workplace.good(&[&args[..], &["--format", "json"]].concat());
                    let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                    let (first, next) =
                        (local(&answer["first_response_due"]), local(&answer["next_update_due"]));
                    writeln!(table, "{opened} {desk:<7} {option:<9} {severity:<9} {first}  {next}")
                        .expect("a string");
                }
            }
        }
    }
    let golden = shipped("tests/shell/sla.txt");
    if std::env::var("MADOGUCHI_GOLDEN").is_ok_and(|v| v == "write") {
        std::fs::write(&golden, &table).expect("a file written");
    }
    assert_eq!(std::fs::read_to_string(golden).expect("kept"), table);
}

#[test]
fn the_answer_says_how_it_was_counted() {
    let workplace = Workplace::new("");
    let ask =
        |more: &[&str]| workplace.good(&[&["sla", "--desk", "japan", "--option", "enhanced"], more].concat());
    let text = ask(&["--severity", "S3", "--opened", "2026-09-18T16:50:00+09:00"]);
    let line =
        |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{text}"));
    assert_eq!(line("open  "), "open            2026-09-18 Fri 16:50:00 - 17:00:00  10 min");
    assert!(text.contains("2026-09-22 Tue                      Citizens' holiday 国民の休日"), "{text}");
    assert_eq!(line("first"), "first response  2026-09-24 Thu 10:20:00             90 min of open time");
    let closed = ask(&["--severity", "S1", "--opened", "2026-09-18T17:00:00+09:00"]);
    assert!(closed.contains("closed (after hours): counted from the next opening"), "{closed}");
}

#[test]
fn what_cannot_be_counted_is_said() {
    let workplace = Workplace::new("");
    let ask = |desk: &str, severity: &str, opened: &str| {
        workplace.run(&[
            "sla",
            "--desk",
            desk,
            "--option",
            "basic",
            "--severity",
            severity,
            "--opened",
            opened,
        ])
    };
    let unknown = ask("jpan", "S1", "2026-09-18T17:00:00+09:00");
    assert_eq!(
        (unknown.status, unknown.stderr.as_str()),
        (1, "madoguchi: there is no desk \"jpan\"; did you mean \"japan\"?\n")
    );
    let mistyped = ask("japan", "S5", "2026-09-18T17:00:00+09:00");
    assert_eq!(mistyped.status, 2);
    assert!(mistyped.stderr.contains("S1, S2, S3, S4"), "{}", mistyped.stderr);
    assert_eq!(ask("japan", "S1", "yesterday").status, 2);
}
