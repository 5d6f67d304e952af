//! `replay`: what cannot be walked is counted and said, what makes no sense is refused.

use super::serving::Running;
use super::workplace::{Workplace, shipped};
use madoguchi::base::{Number, UnixTime};
use madoguchi::dialplan::trail::{Bounded, Trail};
use madoguchi::store::{CallRecord, Store, Write};

fn call(id: &str, to: &str, plan: &str, trail: Option<Trail>) -> CallRecord {
    let at = UnixTime::from_secs(1_770_685_200);
    CallRecord {
        id: id.into(),
        call_id: id.into(),
        case: None,
        from: None,
        presentation: None,
        to: Number::parse(to),
        started_at: at,
        answered_at: Some(at),
        plan_began_at: trail.is_some().then_some(at),
        ended_at: Some(at),
        cause: None,
        plan: Some(plan.into()),
        plan_hash: None,
        digits: 0,
        trail,
        legs: Vec::new(),
        audio: Vec::new(),
    }
}

/// Key 1 ends the call, key 2 leads to the desk that `two` names.
fn plan(two: &str) -> String {
    format!(
        "numbers = ['0312345678']\nstart = 'topic'\n[step.topic]\nverb = 'menu'\nprompt = 'menu-pin'\n\
         keys.1 = 'bye'\nkeys.2 = '{two}'\nattempts = 1\notherwise = 'bye'\n\
         [step.desk]\nverb = 'dial'\ndesk = 'global'\nfailed = 'bye'\nafter = 'bye'\n\
         [step.bye]\nverb = 'hangup'\nprompt = 'invalid-key'\n"
    )
}

/// An engine's folder after two calls over SIP: one pressed 1, the other 2.
fn after_two_calls() -> Workplace {
    let workplace = Workplace::new("");
    let settings = std::fs::read_to_string(workplace.path("madoguchi.toml")).expect("settings");
    let prompts = settings.lines().find(|line| line.starts_with("prompts")).expect("the prompts' folder");
    workplace.write(
        "madoguchi.toml",
        &format!(
            "[sip]\nlisten = ['udp:127.0.0.1:0']\n[media]\nports = '23000-23999'\n[http]\nlisten = '127.0.0.1:0'\n[admin]\nlisten = '127.0.0.1:0'\n\
             [dialplan]\npath = 'plans'\n{prompts}\n[desks.global]\ndial = ['sip:nobody@127.0.0.1:9']\n"
        ),
    );
    workplace.write("plans/desk.toml", &plan("desk"));
    let engine = Running::start(&workplace, &["serve"]);
    for keys in ["1", "2"] {
        let target = format!("sip:0312345678@{}", engine.address());
        workplace.good(&["call", &target, "--keys", keys, "--for", "20"]);
    }
    assert_eq!(engine.terminate().status, 0);
    workplace
}

#[test]
fn calls_over_sip_walk_another_plan_and_are_counted_on_a_drawing() {
    let workplace = after_two_calls();
    let same =
        workplace.good(&["replay", "--since", "1h", "--dialplan", "plans/desk.toml", "--expect-no-change"]);
    assert!(same.starts_with("2 calls from ") && same.contains("\n0 would have come elsewhere\n"), "{same}");

    workplace.write("new.toml", &plan("bye"));
    let ran = workplace.run(&["replay", "--since", "1h", "--dialplan", "new.toml", "--expect-no-change"]);
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("\n1 would have come elsewhere\n"), "{}", ran.stdout);
    let row = ran.stdout.lines().find(|line| line.trim_start().starts_with("1 ") && line.contains("global"));
    assert!(
        row.is_some_and(|row| row.contains("dial global ja") && row.contains("hang up (plan-hung-up) ja")),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("after topic: desk -> bye"), "{}", ran.stdout);
    let looked = workplace.run(&["replay", "--since", "1h", "--dialplan", "new.toml", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&looked.stdout).expect("JSON");
    assert_eq!((looked.status, &report["different"]), (0, &1.into()), "{}", looked.stdout);

    let drawn =
        workplace.good(&["graph", "plans/desk.toml", "--calls", "--since", "1h", "--format", "mermaid"]);
    assert!(drawn.contains("key 1 (1)") && drawn.contains("key 2 (1)"), "{drawn}");
}

#[test]
fn calls_that_cannot_be_walked_are_counted_and_said() {
    let workplace = Workplace::new("");
    let long = Trail { presses: Bounded::new([], 1), ..Trail::default() };
    let calls = [
        call("old", "0120339836", "webex-support", None),
        CallRecord { answered_at: None, ..call("refused", "0120339836", "webex-support", None) },
        call("long", "0120339836", "webex-support", Some(long)),
    ];
    let url = format!("sqlite:{}", workplace.path("data/madoguchi.db").display());
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let store = Store::open(&url).await.expect("a store");
        store.apply(&calls.map(|call| Write::SaveCall(Box::new(call)))).await.expect("written");
        store.close().await;
    });
    let plan = shipped("dialplans/webex-support.toml").display().to_string();
    let told = workplace.good(&["replay", "--since", "2026-02-10", "--dialplan", &plan]);
    assert!(told.starts_with("0 calls from 2026-02-09T15:00:00Z until "), "{told}");
    for said in [
        "not walked: 1 that ended before a plan began\n",
        "not walked: 1 that have no trail: an older version kept them\n",
        "not walked: 1 that had more in them than is kept: a service's answer, a message, very many keys\n",
    ] {
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn what_is_no_moment_is_wrong_usage_and_a_missing_store_is_said() {
    let workplace = Workplace::new("");
    let plan = shipped("dialplans").display().to_string();
    let ran = workplace.run(&["replay", "--since", "yesterday", "--dialplan", &plan]);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("`yesterday` is no moment"), "{}", ran.stderr);
    let told = workplace.bad(&["replay", "--dialplan", &plan]);
    assert!(told.contains("there is no store at"), "{told}");
}
