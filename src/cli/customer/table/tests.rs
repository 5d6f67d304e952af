use super::*;

const HEADER: &str = "contract,customer,option,products,new_pricing,japanese_support,trial,from,until,sites,organizations,messengers,pins";
const ACME: &str = "C-1,Acme 株式会社,enhanced,meetings;calling,yes,no,no,2026-04-01,2027-03-31,acme.webex.com,Acme;o-17,Acme IM,471108;471109";

fn table(lines: &[&str]) -> String {
    [&[HEADER], lines].concat().join("\n")
}

fn mistakes(text: &str) -> Vec<(usize, usize, &'static str)> {
    let found = read("a.csv", text).expect_err("mistakes");
    found.iter().map(|error| (error.line(), error.column(), error.code)).collect()
}

#[test]
fn a_line_is_a_contract_with_its_keys_and_pins() {
    let lines = read("a.csv", &table(&[ACME])).expect("a good table");
    let Line { contract, pins } = &lines[0];
    assert_eq!((contract.number.as_str(), contract.customer.as_str()), ("C-1", "Acme 株式会社"));
    assert_eq!(contract.option, SupportOption::Enhanced);
    assert!(contract.has_japanese() && !contract.trial);
    let keys: Vec<String> = contract.keys.iter().map(ToString::to_string).collect();
    assert_eq!(keys, ["site-url:acme.webex.com", "org:Acme", "org:o-17", "messenger:Acme IM"]);
    assert_eq!(pins.as_ref().map(Vec::len), Some(2));
}

#[test]
fn columns_come_in_any_order_and_nothing_said_of_pins_is_not_none() {
    let columns: Vec<&str> = HEADER.split(',').rev().collect();
    let cells: Vec<&str> = ACME.split(',').rev().collect();
    let text = format!("{}\n{}", columns.join(","), cells.join(","));
    assert_eq!(read("a.csv", &text).expect("a good table").len(), 1);
    let pins = |written: &str| {
        let line = ACME.replace("471108;471109", written);
        read("a.csv", &table(&[&line])).expect("a good table").remove(0).pins.map(|pins| pins.len())
    };
    assert_eq!((pins(""), pins("none"), pins("1234")), (None, Some(0), Some(1)));
}

#[test]
fn what_is_exported_is_imported_as_the_same_without_a_pin() {
    let strange = "\"'=cmd|' /C calc'!A0\",\"-Acme, \"\"Inc\"\"\",basic,messaging,no,no,yes,2026-01-01,2026-01-31,,'+81,'@home,99887766";
    let lines = read("a.csv", &table(&[ACME, strange])).expect("a good table");
    assert_eq!(lines[1].contract.number, "=cmd|' /C calc'!A0");
    let contracts: Vec<Contract> = lines.into_iter().map(|line| line.contract).collect();
    let text = write(&contracts);
    for pin in ["471108", "471109", "99887766"] {
        assert!(!text.contains(pin), "{text}");
    }
    for line in text.lines() {
        for cell in line.split(',') {
            let cell = cell.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{line}");
        }
    }
    let again: Vec<Contract> =
        read("b.csv", &text).expect("a good table").into_iter().map(|line| line.contract).collect();
    assert_eq!(again, contracts);
}

#[test]
fn every_bad_line_is_told_at_its_place() {
    let lines = [
        ACME,
        &ACME.replace("enhanced", "gold").replace("C-1", "C-2").replace("47110", "57110"),
        &ACME.replace("2027-03-31", "2026-03-31").replace("C-1", "C-3").replace("47110", "67110"),
        &ACME.replace("acme.webex.com", "acme.example").replace("C-1", "C-4").replace("47110", "77110"),
        &ACME.replace("471108;471109", "12").replace("C-1", "C-5"),
        "too,few",
        &ACME.replace("meetings;calling", "fax").replace("C-1", "").replace("47110", "87110"),
    ];
    let want = [
        (3, 15, "bad-value"),
        (4, 62, "bad-day"),
        (5, 73, "bad-key"),
        (6, 106, "bad-pin"),
        (7, 1, "cells"),
        (8, 1, "bad-name"),
        (8, 21, "bad-value"),
    ];
    assert_eq!(mistakes(&table(&lines)), want);
}

#[test]
fn a_contract_or_a_pin_that_is_there_twice_is_told() {
    let again = ACME.replace("471108;471109", "1234");
    assert_eq!(mistakes(&table(&[ACME, &again])), [(3, 1, "contract-twice")]);
    let other = ACME.replace("C-1", "C-2").replace("471108;", "");
    assert_eq!(mistakes(&table(&[ACME, &other])), [(3, 106, "pin-twice")]);
}

#[test]
fn wrong_columns_are_told_and_no_line_is_read() {
    let text = table(&[ACME]).replace("customer,", "custommer,").replace(",pins", "");
    assert_eq!(
        mistakes(&text),
        [(1, 1, "missing-column"), (1, 1, "missing-column"), (1, 10, "unknown-column")]
    );
    assert_eq!(mistakes(""), [(1, 1, "no-columns")]);
    assert_eq!(mistakes(ACME), [(1, 1, "no-columns")], "a table without its first line");
}

#[test]
fn no_pin_is_shown_and_a_line_of_a_megabyte_is_not_either() {
    let texts = [
        ACME.to_string(),
        table(&[&ACME.replace("enhanced", "gold")]),
        table(&[ACME, &ACME.replace("C-1", "C-2")]),
        table(&[&ACME.replace("471109", &"9".repeat(40))]),
        table(&[&ACME.replace("Acme 株式会社", &"x".repeat(1 << 20))]),
        table(&[&format!("\"{}", "471108".repeat(200_000))]),
        table(&[&",".repeat(1 << 20)]),
    ];
    for text in texts {
        let found = read("a.csv", &text).expect_err("mistakes");
        let shown: String = found.iter().map(|error| format!("{error}\n{error:.0}\n")).collect();
        assert!(!shown.contains("471108") && !shown.contains("471109"), "{shown:.2000}");
        assert!(!shown.contains(&"9".repeat(17)), "{shown:.2000}");
        assert!(shown.len() < 100_000, "{} bytes are shown", shown.len());
    }
}

#[test]
fn a_table_that_is_not_separated_by_commas_is_one_mistake() {
    for (sign, name) in [(";", "semicolons"), ("\t", "tabs")] {
        let text = table(&[ACME]).replace(';', "|").replace(',', sign);
        let found = read("a.csv", &text).expect_err("a mistake");
        assert_eq!((found.len(), found[0].code), (1, "separator"), "{found:?}");
        assert!(
            found[0].message.ends_with(name) && found[0].help.as_ref().is_some_and(|h| h.contains("commas"))
        );
    }
}

#[test]
fn what_is_wrong_is_seen_but_for_the_pins() {
    let reversed = |text: &str| text.split(',').rev().collect::<Vec<_>>().join(",");
    let line = ACME.replace("2027-03-31", "2027-02-31");
    for text in [table(&[&line]), [HEADER, &line].map(reversed).join("\n")] {
        let found = read("a.csv", &text).expect_err("a mistake");
        let shown = found[0].to_string();
        assert!(
            shown.contains("2026-04-01,2027-02-31") || shown.contains("2027-02-31,2026-04-01"),
            "{shown}"
        );
        assert!(
            shown.contains("C-1") && shown.contains("******;******") && !shown.contains("4711"),
            "{shown}"
        );
    }
    let moved = table(&[&format!("{line},471108")]);
    let shown = read("a.csv", &moved).expect_err("a mistake")[0].to_string();
    assert!(!shown.contains("4711") && shown.contains("C-*"), "whose cells are where nobody knows: {shown}");
}
