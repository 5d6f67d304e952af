//! `case list` and `case show` over a store that an engine left behind.

use super::workplace::Workplace;
use madoguchi::base::{Digit, EndCause, Language, Number, UnixTime};
use madoguchi::case::{Case, CaseNumber, Channel, Opening, Presentation};
use madoguchi::dialplan::trail::{Arrival, Bounded, Entered, Key, Outcome, Press, Trail};
use madoguchi::store::{CallRecord, Store, Write};
use std::time::Duration;

/// A store with one case of the Japan desk.
fn store(workplace: &Workplace) {
    let url = format!("sqlite:{}", workplace.path("data/madoguchi.db").display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&url).await.expect("a store");
        let calls =
            ["a", "b", "c"].iter().zip(0..).map(|(id, after)| Write::SaveCall(Box::new(call(id, after))));
        let writes: Vec<Write> = calls.chain([Write::SaveCase(Box::new(case()))]).collect();
        store.apply(&writes).await.expect("written");
        store.close().await;
    });
}

fn case() -> Case {
    let at = UnixTime::from_secs(1_770_685_200);
    let mut case = Case::open(Opening {
        number: CaseNumber::from_sequence(1).expect("a number"),
        at,
        channel: Channel::Phone,
        caller: Number::parse("0312345678"),
        presentation: Presentation::Allowed,
        dialed: Number::parse("0120339836"),
        call_id: Some("abc".into()),
        dialplan: Some("webex-support@0123456789ab".into()),
    });
    case.set(at, "desk", "japan").expect("a field");
    case
}

/// A call that began so many seconds after the first, the first of them the case's.
fn call(id: &str, after: u64) -> CallRecord {
    let at = UnixTime::from_secs(1_770_685_200) + Duration::from_secs(after);
    let secs = Duration::from_secs;
    let way = [Entered { at: secs(0), step: "language".into(), why: None }, {
        Entered { at: secs(2), step: "topic".into(), why: Some("digit 2".into()) }
    }];
    let keys = [(1, Key::Shown(Digit::from_char('2').expect("a key"))), (3, Key::Hidden)];
    let outcome = Outcome::Queue { queue: "japan-technical".into(), desk: "japan".into(), tier: 1 };
    let arrival = Arrival { at: secs(5), outcome, language: Language::Ja, interpreter: false };
    let trail = Trail {
        presses: Bounded::new(keys.map(|(at, key)| Press { at: secs(at), key }), 0),
        path: Bounded::new(way, 0),
        met: Bounded::new([], 0),
        playouts: Bounded::new([], 0),
        arrivals: Bounded::new([arrival], 0),
        lasted: secs(6),
    };
    CallRecord {
        id: id.into(),
        call_id: format!("{id}@peer"),
        case: (after == 0).then(|| case().number()),
        from: Number::parse("0312345678"),
        presentation: Some(Presentation::Allowed),
        to: Number::parse("0120339836"),
        started_at: at,
        answered_at: Some(at),
        plan_began_at: Some(at),
        ended_at: Some(at + secs(6)),
        cause: Some(EndCause::CallerHungUp),
        plan: Some("webex-support".into()),
        plan_hash: Some("0123456789ab".into()),
        digits: 2,
        trail: Some(trail),
        legs: Vec::new(),
        audio: Vec::new(),
    }
}

#[test]
fn calls_are_listed_page_by_page_and_shown_with_their_way_through_the_plan() {
    let workplace = Workplace::new("");
    store(&workplace);
    let list = workplace.good(&["calls"]);
    let ids: Vec<&str> = list.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(ids, ["c", "b", "a"], "{list}");
    assert_eq!(workplace.good(&["calls", "list"]), list);
    let json = |args: &[&str]| -> serde_json::Value {
        serde_json::from_str(&workplace.good(&[args, &["--format", "json"]].concat())).expect("JSON")
    };
    let first = json(&["calls", "list", "--limit", "2"]);
    assert_eq!((&first["calls"][1]["id"], &first["next"]), (&"b".into(), &"a".into()));
    let last = json(&["calls", "list", "--limit", "2", "--from", "a"]);
    assert_eq!((&last["calls"][0]["id"], &last["next"]), (&"a".into(), &serde_json::Value::Null));
    let middle = workplace.good(&["calls", "list", "--limit", "1", "--from", "b"]);
    assert!(middle.ends_with("more from a on\n") && middle.lines().count() == 3, "{middle}");
    let of_case = json(&["calls", "list", "--case", "600000012"]);
    assert_eq!(of_case["calls"].as_array().map(Vec::len), Some(1), "{of_case}");
    let shown = json(&["calls", "show", "a"]);
    assert_eq!((&shown["case"], &shown["cause"]), (&"600000012".into(), &"caller-hung-up".into()));
    assert_eq!(
        shown["trail"]["path"][1],
        serde_json::json!({"at_ms": 2000, "step": "topic", "why": "digit 2"})
    );
    let shown = workplace.good(&["calls", "show", "a"]);
    let (_, way) = shown.split_once("way through the plan\n").expect("a way");
    assert_eq!(
        way,
        "0.0 s  step language\n1.0 s  key 2\n2.0 s  step topic after digit 2\n3.0 s  key hidden\n\
         5.0 s  => queue japan-technical (desk japan, tier 1), ja\n"
    );
    assert!(workplace.bad(&["calls", "show", "d"]).contains("there is no call d in the store"));
    assert!(workplace.bad(&["calls", "list", "--from", "d"]).contains("there is no call d in the store"));
}

#[test]
fn cases_are_listed_filtered_and_shown() {
    let workplace = Workplace::new("");
    store(&workplace);
    let list = workplace.good(&["case", "list"]);
    assert!(list.lines().nth(1).is_some_and(|line| line.starts_with("600000012  new")), "{list}");
    assert_eq!(workplace.good(&["case", "list", "--desk", "global"]), "no cases\n");
    let value: serde_json::Value = serde_json::from_str(&workplace.good(&[
        "case",
        "list",
        "--caller",
        "03-1234-5678",
        "--format",
        "json",
    ]))
    .expect("JSON");
    assert_eq!(value["cases"][0]["number"], "600000012");
    assert!(workplace.good(&["case", "show", "600-000-012"]).contains("desk                 japan"));
}

#[test]
fn a_wrong_digit_no_store_and_a_bad_filter_are_said() {
    let workplace = Workplace::new("");
    assert_eq!(
        workplace.bad(&["case", "list"]),
        "madoguchi: there is no store at data/madoguchi.db: an engine that runs makes it\n"
    );
    store(&workplace);
    assert!(workplace.bad(&["case", "show", "600000013"]).contains("the check digit does not fit"));
    assert_eq!(workplace.run(&["case", "list", "--severity", "S9"]).status, 2);
}
