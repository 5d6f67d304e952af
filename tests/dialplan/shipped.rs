//! The shipped plan passes every check and leads callers where the desk's rules say.

use crate::library::{names, path, source};
use madoguchi::base::{Clip, Language, Moment, Number, PromptId, UnixTime};
use madoguchi::calendar::{Reason, Schedule, ScheduleSpec, State};
use madoguchi::cli::output::Format;
use madoguchi::cli::simulate::{Ask, Settings, run};
use madoguchi::dialplan::simulate::WalkWorld;
use madoguchi::dialplan::{Desk, PlanSet, check, manual};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn the_shipped_plan_has_neither_errors_nor_warnings() {
    match check(&source("dialplans/webex-support.toml"), &names()) {
        Ok((plan, warnings)) => {
            assert_eq!(warnings, []);
            assert_eq!(&**plan.name(), "webex-support");
            assert_eq!(plan.content_hash().len(), 12);
        }
        Err(found) => panic!("{}", found.iter().map(|d| format!("{d}\n")).collect::<String>()),
    }
}

fn plans() -> PlanSet {
    PlanSet::check(&[source("dialplans/webex-support.toml")], &names()).expect("the shipped plan is good").0
}

#[test]
fn both_numbers_in_every_spelling_and_unknown_numbers_reach_it() {
    let set = plans();
    for number in ["0120-339-836", "+81120339836", "03-6434-6780", "+81364346780", "0311112222"] {
        let number = Number::parse(number).expect("a number");
        assert_eq!(&**set.route(&number).name(), "webex-support");
    }
}

/// The desk's rules: weekdays 09:00-17:00 in Japan, holidays closed; the English desk always open.
struct DeskRules {
    japan: Schedule,
}

impl DeskRules {
    fn new() -> DeskRules {
        let spec = ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00");
        DeskRules { japan: Schedule::build(&spec).expect("good hours") }
    }
}

impl WalkWorld for DeskRules {
    fn desk(&self, desk: &str, at: UnixTime) -> Desk {
        match (desk, self.japan.state(at)) {
            ("global", _) | (_, State::Open { .. }) => Desk::Open,
            (_, State::Closed { reason: Reason::Holiday(_), .. }) => Desk::Holiday,
            (_, State::Closed { reason: Reason::Weekend, .. }) => Desk::Weekend,
            (_, State::Closed { .. }) => Desk::OutsideHours,
        }
    }

    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool {
        names().has_prompt(prompt, language)
    }

    fn clip_length(&self, clip: &Clip) -> Duration {
        match clip {
            Clip::Pause(length) => *length,
            Clip::Prompt(..) | Clip::Ringback | Clip::Beep => Duration::from_secs(3),
        }
    }

    fn case_number(&self) -> String {
        "600000017".into()
    }
}

impl Settings for DeskRules {
    fn dial_target(&self, desk: &str) -> Option<String> {
        (desk == "global").then(|| "sip:global-tac@127.0.0.1:5062".into())
    }

    fn transfer_target(&self, name: &str) -> Option<String> {
        (name == "partner").then(|| "sip:partner@192.0.2.9".into())
    }
}

fn simulate(at: &str, keys: &str) -> Value {
    let at = Moment::parse(at).expect("a moment");
    let ask = Ask { to: "0120339836", from: "0312345678", at, keys, pin: None };
    let text = run(&plans(), &DeskRules::new(), &ask, Format::Json).expect("a walk");
    serde_json::from_str(&text).expect("JSON")
}

const OPEN: &str = "2026-02-10T10:00+09:00";
const CLOSED: &str = "2026-02-10T20:00+09:00";

fn japan_line(has_pin: bool) -> (Value, Value) {
    (
        json!({"kind": "queue", "queue": "japan-technical", "desk": "japan", "tier": 1, "language": "ja",
               "interpreter": false, "target": null, "cause": null}),
        json!({"channel": "phone", "language": "ja", "interpreter": false, "desk": "japan", "has_pin": has_pin,
               "option": null, "severity": null}),
    )
}

fn global(language: &str, interpreter: bool) -> Value {
    json!({"kind": "dial", "queue": null, "desk": "global", "tier": null, "language": language,
           "interpreter": interpreter, "target": "sip:global-tac@127.0.0.1:5062", "cause": null})
}

#[test]
fn a_japanese_caller_in_hours_comes_to_the_japan_desk_with_and_without_pin() {
    for (keys, has_pin) in [("21", true), ("22", false), ("2,1", true), ("p2p2", false)] {
        let walked = simulate(OPEN, keys);
        let (outcome, case) = japan_line(has_pin);
        assert_eq!((&walked["outcome"], &walked["case"]), (&outcome, &case), "{keys}");
    }
    let walked = simulate(OPEN, "21");
    assert_eq!(
        walked["steps"][1],
        json!({"step": "language", "verb": "menu", "at_ms": 0, "event": "digit 2"})
    );
    assert_eq!(walked["at"], "2026-02-10T10:00:00+09:00");
    assert_eq!((&walked["to"], &walked["from"]), (&json!("0120339836"), &json!("+81312345678")));
    assert_eq!((&walked["duration_ms"], &walked["digits_pressed"]), (&json!(3200), &json!(2)));
}

#[test]
fn outside_hours_and_on_holidays_the_english_desk_answers_with_an_interpreter() {
    for (at, announced) in [
        ("2026-02-10T17:00:00+09:00", "closed outside"),
        ("2026-02-10T08:59:00+09:00", "closed outside"),
        ("2026-02-14T10:00:00+09:00", "closed weekend"),
        ("2026-02-11T10:00:00+09:00", "closed holiday"),
        ("2026-09-22T10:00:00+09:00", "closed holiday"),
    ] {
        let walked = simulate(at, "21");
        assert_eq!(walked["outcome"], global("ja", true), "{at}");
        assert_eq!(walked["case"]["interpreter"], true);
        let steps = walked["steps"].as_array().expect("steps");
        assert!(steps.iter().any(|step| step["event"] == announced), "{at}");
    }
    assert_eq!(simulate("2026-02-10T16:59:50+09:00", "21")["outcome"]["kind"], "queue");
}

#[test]
fn english_purchase_and_silence_all_come_to_a_person() {
    for keys in ["11", "12", "1", "1ppp"] {
        assert_eq!(simulate(OPEN, keys)["outcome"], global("en", false), "{keys}");
    }
    for keys in ["23", "13"] {
        let outcome = &simulate(OPEN, keys)["outcome"];
        assert_eq!((&outcome["queue"], &outcome["desk"]), (&json!("japan-sales"), &json!("sales")), "{keys}");
    }
    assert_eq!(simulate(CLOSED, "23,1")["outcome"], global("ja", true));
    assert_eq!(simulate(CLOSED, "23,2")["outcome"]["cause"], "plan-hung-up");
    assert_eq!(simulate(CLOSED, "13")["outcome"], global("en", false));
    for keys in ["", "9999", "ppp", "2", "2ppp"] {
        assert_eq!(simulate(OPEN, keys)["outcome"]["queue"], "japan-technical", "{keys}");
        assert_eq!(simulate(CLOSED, keys)["outcome"], global("ja", true), "{keys}");
    }
}

#[test]
fn what_cannot_be_walked_is_said() {
    let at = Moment::parse(OPEN).expect("a moment");
    let walk = |to, keys| {
        run(&plans(), &DeskRules::new(), &Ask { to, from: "117", at, keys, pin: None }, Format::Text)
    };
    assert_eq!(walk("desk", "").expect_err("no number").to_string(), "--to: `desk` is no number");
    let error = walk("117", "2x").expect_err("no key").to_string();
    assert!(error.starts_with("--keys: `x` (character 2) is no key"), "{error}");
    let shown = walk("117", "21").expect("a walk");
    assert!(shown.ends_with("=> queue japan-technical (desk japan, tier 1), language ja\n"), "{shown}");
}

/// With `MADOGUCHI_GOLDEN=write` the verbs' part of the manual is written anew.
#[test]
fn the_manual_of_the_folder_is_the_one_the_verbs_declare() {
    let readme = source("dialplans/README.md");
    let marker = "a test compares -->\n\n";
    let (before, verbs) = readme.text().split_once(marker).expect("the marker");
    if std::env::var("MADOGUCHI_GOLDEN").is_ok_and(|v| v == "write") {
        let text = format!("{before}{marker}{}", manual());
        std::fs::write(path("dialplans/README.md"), text).expect("the manual is written");
        return;
    }
    assert_eq!(verbs, manual(), "MADOGUCHI_GOLDEN=write writes it anew");
}

#[test]
fn a_transfer_is_walked_to_the_address_of_the_settings() {
    let (plans, _) =
        PlanSet::check(&[source("dialplans/examples/transfer.toml")], &names()).expect("a good plan");
    let at = Moment::parse(OPEN).expect("a moment");
    let ask = Ask { to: "0120339836", from: "0312345678", at, keys: "1", pin: None };
    let text = run(&plans, &DeskRules::new(), &ask, Format::Json).expect("a walk");
    let walked: Value = serde_json::from_str(&text).expect("JSON");
    let wanted = json!({"kind": "dial", "queue": null, "desk": null, "tier": null, "language": "ja",
                        "interpreter": false, "target": "sip:partner@192.0.2.9", "cause": null});
    assert_eq!(walked["outcome"], wanted);
}
