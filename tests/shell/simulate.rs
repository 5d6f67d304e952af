//! `simulate`: the desk of the mission at four moments, and what cannot be walked.

use super::workplace::{Workplace, shipped};
use serde_json::Value;

fn outcome(at: &str, keys: &str) -> Value {
    let workplace = Workplace::new("");
    let args = ["simulate", "--to", "0120339836", "--keys", keys, "--at", at, "--format", "json"];
    serde_json::from_str(&workplace.good(&args)).expect("JSON")
}

#[test]
fn inside_hours_a_technical_caller_reaches_the_japan_line() {
    let call = outcome("2026-02-10T10:00+09:00", "21");
    let want = serde_json::json!({"kind": "queue", "queue": "japan-technical", "desk": "japan", "tier": 1,
        "language": "ja", "interpreter": false, "target": null, "cause": null});
    assert_eq!(call["outcome"], want);
    assert_eq!(call["case"]["has_pin"], true);
    assert_eq!(call["at"], "2026-02-10T10:00:00+09:00");
    assert_eq!(
        (&call["to"], &call["from"], &call["dialplan"]),
        (&"0120339836".into(), &"+81312345678".into(), &"webex-support".into())
    );
    assert_eq!(call["digits_pressed"], 2);
    assert_eq!(call["steps"][0]["step"], "language");
}

#[test]
fn at_closing_time_and_on_holidays_the_caller_reaches_the_global_desk_with_an_interpreter() {
    for at in ["2026-02-10T17:00:00+09:00", "2026-02-11T10:00:00+09:00", "2026-09-22T10:00:00+09:00"] {
        let call = outcome(at, "21");
        let want = serde_json::json!({"kind": "dial", "queue": null, "desk": "global", "tier": null,
            "language": "ja", "interpreter": true, "target": "sip:global-tac@127.0.0.1:5062", "cause": null});
        assert_eq!(call["outcome"], want, "{at}");
    }
    assert_eq!(outcome("2026-02-10T16:59:00+09:00", "21")["outcome"]["queue"], "japan-technical");
}

#[test]
fn product_and_option_decide_who_answers_and_why_is_said() {
    let workplace = Workplace::new("");
    let known = ["--product", "calling", "--option", "enhanced"];
    let call = ["simulate", "--to", "0120339836", "--keys", "21", "--at", "2026-02-10T10:00+09:00"];
    let words = "Webex Calling, Enhanced: English only, so Global TAC with interpreter (tier 2, priority)";
    let text = workplace.good(&[&call[..], &known].concat());
    let ends = format!(
        "\n{words}\n=> dial global (sip:global-tac@127.0.0.1:5062, tier 2), language ja, with interpreter\n"
    );
    assert!(text.ends_with(&ends), "{text}");
    let json = workplace.good(&[&call[..], &known, &["--format", "json"]].concat());
    let walked: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        walked["routing"],
        serde_json::json!({"product": "calling", "option": "enhanced", "entitlement": null, "by": "global", "tier": 2,
            "priority": true, "interpreter": true, "words": words})
    );
    let wrong = workplace.run(&[&call[..], &["--product", "fax"]].concat());
    assert_eq!(wrong.status, 2, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("a product is one of meetings, messaging, calling, contact-center"));
}

#[test]
fn the_same_call_as_text() {
    let workplace = Workplace::new("");
    let args = ["simulate", "--to", "03-6434-6780", "--keys", "22", "--at", "2026-02-10T10:00+09:00"];
    let text = workplace.good(&args);
    assert!(text.ends_with("=> queue japan-technical (desk japan, tier 1), language ja\n"), "{text}");
}

#[test]
fn a_plan_of_ones_own_takes_the_place_of_the_settings() {
    let workplace = Workplace::new("");
    workplace
        .write("own.toml", "start = 'bye'\n[step.bye]\nverb = 'hangup'\nprompt = 'technical-difficulty'\n");
    let args = ["simulate", "--to", "117", "--dialplan", "own.toml", "--format", "json"];
    let call: Value = serde_json::from_str(&workplace.good(&args)).expect("JSON");
    assert_eq!((&call["dialplan"], &call["outcome"]["kind"]), (&"own".into(), &"hangup".into()));
}

#[test]
fn what_cannot_be_walked_is_wrong_usage_and_a_broken_plan_is_bad_input() {
    let workplace = Workplace::new("");
    for (args, says) in [
        (&["--to", "x"][..], "--to"),
        (&["--to", "117", "--keys", "2x"], "`x` (character 2) is no key"),
        (&["--to", "117", "--at", "noon"], "--at"),
        (&["--keys", "1"], "--to"),
    ] {
        let ran = workplace.run(&[&["simulate"], args].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let broken = shipped("dialplans/bad/unknown-verb.toml");
    let broken = broken.to_str().expect("a path");
    let told = workplace.bad(&["simulate", "--to", "117", "--dialplan", broken]);
    assert!(told.contains("error[unknown-verb]") && told.contains("unknown-verb.toml:"), "{told}");
}

const SCRIPT: &str = r#"
[[call]]
to = "0120339836"
at = "2026-02-10T10:00+09:00"
keys = "21"
expect = { queue = "japan-technical", language = "ja", interpreter = false }

[[call]]
to = "0120339836"
at = "2026-09-22T10:00+09:00"
keys = "21"
expect = { dial = "global", interpreter = true }

[[call]]
to = "0120339836"
at = "2026-02-10T10:00+09:00"
keys = "1,1"
"#;

#[test]
fn a_script_of_calls_is_a_table_and_ends_well_where_each_comes_as_expected() {
    let workplace = Workplace::new("");
    workplace.write("calls.toml", SCRIPT);
    let table = workplace.good(&["simulate", "--script", "calls.toml"]);
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 3, "{table}");
    assert!(
        rows[0].starts_with("as expected  2026-02-10T10:00:00+09:00  0120339836  21   queue japan-"),
        "{table}"
    );
    assert!(rows[1].contains("dial global") && rows[1].ends_with("with interpreter"), "{table}");
    assert!(rows[2].trim_start().starts_with("2026-02-10"), "{table}");
    let calls = workplace.good(&["simulate", "--script", "calls.toml", "--format", "json"]);
    let calls: Value = serde_json::from_str(&calls).expect("JSON");
    assert_eq!(calls[0], outcome("2026-02-10T10:00+09:00", "21"));
    assert_eq!(calls[1]["outcome"]["desk"], "global");
}

#[test]
fn a_script_says_what_is_known_of_each_caller_and_shows_no_pin() {
    let workplace = Workplace::new("");
    let table = "contract,customer,option,products,new_pricing,japanese_support,trial,from,until,sites,organizations,messengers,pins\n\
        C-1,Acme,premium,meetings,no,yes,no,2020-01-01,2099-12-31,,,,471108\n";
    workplace.write("customers.csv", table);
    let call = "[[call]]\nto = '0120339836'\nat = '2026-02-10T10:00+09:00'\nkeys = '21'\n";
    let calls = [
        "pin = '471108'\nexpect = { queue = 'japan-tier2' }\n",
        "pin = '999999'\nexpect = { queue = 'japan-technical' }\n",
        "pin = '471108'\nproduct = 'calling'\nexpect = { queue = 'japan-technical' }\n",
        "product = 'calling'\noption = 'enhanced'\nexpect = { dial = 'global', interpreter = true }\n",
        "product = 'meetings'\noption = 'enhanced'\njapanese_support = true\nexpect = { queue = 'japan-tier2' }\n",
    ];
    workplace.write("calls.toml", &calls.map(|more| format!("{call}{more}")).concat());
    let script = ["simulate", "--script", "calls.toml", "--customers", "customers.csv"];
    let ran = workplace.run(&script);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(!ran.stdout.contains("471108"), "{}", ran.stdout);
    let wrong = "[[call]]\nto = '100'\npin = 471108\n[[call]]\nto = '100'\noption = 'gold'\nproduct = 'fax'\n\
        expect = { queue = 'japan-technicl' }\n[[call]]\nto = '100'\nnew_pricing = 'yes'\n";
    workplace.write("calls.toml", wrong);
    let told = workplace.bad(&script);
    for place in [":3:7", ":6:10", ":7:11", ":8:20", ":11:15"] {
        assert!(told.contains(&format!("calls.toml{place}")), "{place}\n{told}");
    }
    assert!(!told.contains("471108") && told.contains("a support option is one of basic"), "{told}");
}

#[test]
fn a_call_that_comes_elsewhere_is_said_at_its_place() {
    let workplace = Workplace::new("");
    workplace.write("calls.toml", &SCRIPT.replace("dial = \"global\"", "queue = \"japan-sales\""));
    let ran = workplace.run(&["simulate", "--script", "calls.toml"]);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.stdout.lines().count(), 3);
    assert!(ran.stderr.contains("calls.toml:12:10"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("should come to queue japan-sales, but comes to dial global"),
        "{}",
        ran.stderr
    );
}

#[test]
fn every_mistake_of_a_script_is_reported_with_its_place() {
    let workplace = Workplace::new("");
    let wrong = "[[call]]\nto = \"nobody\"\nkyes = \"1\"\nat = \"soon\"\n[[call]]\nto = \"100\"\nkeys = \"1x\"\n\
        expect = { queue = \"japan-technicl\" }\n[[call]]\nto = \"100\"\nexpect = { language = \"fr\" }\n";
    workplace.write("calls.toml", wrong);
    let told = workplace.bad(&["simulate", "--script", "calls.toml"]);
    for place in [":2:6", ":3:1", ":4:6", ":7:8", ":8:20", ":11:10", ":11:23"] {
        assert!(told.contains(&format!("calls.toml{place}")), "{place}\n{told}");
    }
    assert!(
        told.contains("did you mean `japan-technical`?") && told.contains("did you mean `keys`?"),
        "{told}"
    );
}
