//! `replay`: what cannot be walked is counted and said, what makes no sense is refused.

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
    }
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
        store.apply(&calls.map(Write::SaveCall)).await.expect("written");
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
