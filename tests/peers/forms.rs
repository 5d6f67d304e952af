//! The web case form, filled in by Chromium with and without scripts.

use crate::chromium::MODULES;
use crate::engine::{Desks, Engine};
use serde_json::Value;
use std::process::Command;

/// A customer with S1 is shown where to call, one with S3 opens a case, once however often the page is loaded again.
fn a_customer_fills_in(script: bool) {
    let engine = Engine::start(&Desks::default());
    let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/page/form.mjs");
    let wanted = serde_json::json!({
        "modules": MODULES, "url": format!("http://{}/case", engine.http), "script": script,
    });
    let output = Command::new("node").arg(driver).arg(wanted.to_string()).output().expect("node runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", engine.process.text());
    let saw: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(saw["numbers"], serde_json::json!(["0120339836", "0364346780"]), "{saw}");
    assert_eq!((&saw["again"], &saw["complaints"]), (&saw["number"], &serde_json::json!([])), "{saw}");
    let cases = engine.case_command(&["list"]);
    let cases = cases["cases"].as_array().expect("a list");
    assert_eq!(cases.len(), 1, "{cases:?}");
    let case = &cases[0];
    for (field, value) in [
        ("number", saw["number"].as_str().expect("a number")),
        ("channel", "web"),
        ("severity", "S3"),
        ("desk", "japan"),
        ("summary", "<img src=x onerror=alert(1)>"),
        ("description", "two\nlines"),
        ("contact", "山田 太郎"),
        ("repeats", "sometimes"),
    ] {
        assert_eq!(case[field], value, "{case:#}");
    }
}

#[test]
fn a_customer_opens_a_case_without_scripts() {
    a_customer_fills_in(false);
}

#[test]
fn a_customer_opens_a_case_with_scripts() {
    a_customer_fills_in(true);
}
