//! The table of `tests/README.md`: each row of what breaks such systems has tests, and each of them is there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every row there must be.
const ROWS: &[&str] = &[
    "M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "M11", "M12", "T1", "T2", "T3", "T4", "T5",
    "T6", "T7", "T8", "T9", "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13",
];

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Rows by name: the tests each names.
fn table(text: &str) -> BTreeMap<String, Vec<String>> {
    let after = text.split("| row |").nth(1).expect("the table of rows");
    let rows = after.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let tests = cells.get(2).map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_string).collect());
        (cells[0].to_string(), tests.unwrap_or_default())
    })
    .collect()
}

/// Why a test is none, if so.
pub fn missing(root: &Path, test: &str) -> Option<String> {
    let Some((file, function)) = test.split_once("::") else {
        return (!root.join("tests/scenario").join(test).is_file())
            .then(|| format!("{test}: no such scenario"));
    };
    let Ok(text) = fs::read_to_string(root.join(file)) else { return Some(format!("{test}: no such file")) };
    let named = format!("fn {function}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| line.contains(&named));
    let is_test = at.is_some_and(|at| {
        lines[..at].iter().rev().take_while(|line| line.starts_with("#[")).any(|line| line.contains("test]"))
    });
    (!is_test).then(|| format!("{test}: no such test"))
}

#[test]
fn every_row_of_the_field_has_tests_that_are_there() {
    let text = fs::read_to_string(root().join("tests/README.md")).expect("the table");
    let table = table(&text);
    let without: Vec<&&str> = ROWS.iter().filter(|row| table.get(**row).is_none_or(Vec::is_empty)).collect();
    assert!(without.is_empty(), "rows without a test: {without:?}");
    let unknown: Vec<&String> = table.keys().filter(|row| !ROWS.contains(&row.as_str())).collect();
    assert!(unknown.is_empty(), "rows that nobody asks for: {unknown:?}");
    let missing: Vec<String> = table.values().flatten().filter_map(|test| missing(&root(), test)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_test_that_is_gone_and_a_row_without_one_are_noticed() {
    let root = root();
    let gone = |test: &str| missing(&root, test).is_some();
    assert!(gone("no-such.toml") && gone("src/sip/read/tests.rs::no_such") && gone("src/none.rs::x"));
    assert!(gone("src/sip/read/tests.rs::refused"), "a function that is no test");
    assert!(!gone("src/sip/read/tests.rs::limits_hold") && !gone("garbage.toml"));
    let table = table(
        "| row | symptom | tests |\n|---|---|---|\n| M1 | x | `a::b` `c.toml` |\n| M2 | y |  |\n\n| Z | no | `r` |",
    );
    assert_eq!(table.len(), 2);
    assert_eq!(table["M1"], ["a::b", "c.toml"]);
    assert!(table["M2"].is_empty());
}
