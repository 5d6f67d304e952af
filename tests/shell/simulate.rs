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
