//! What is written, and written again.

use super::{NOON, call, case, number, open, rich_case, version};
use crate::base::{EndCause, UnixTime};
use crate::case::{By, Case, ClockKind, Event, Ring};
use crate::store::{Before, PlanVersion, StoreError, Write};
use std::path::Path;
use std::time::Duration;

pub(super) async fn what_is_written_comes_back_as_it_was(url: &str, _: &Path) {
    let store = open(url).await;
    let batch = [
        Write::SaveCase(Box::new(rich_case(1))),
        Write::SaveCall(Box::new(call("boot-1"))),
        Write::SaveCase(Box::new(case(2))),
    ];
    for _twice in 0..2 {
        store.apply(&batch).await.expect("written");
    }
    assert_eq!(store.case(number(1)).await.expect("read"), Some(rich_case(1)));
    assert_eq!(store.case(number(2)).await.expect("read"), Some(case(2)));
    assert_eq!(store.case(number(3)).await.expect("read"), None);
    assert_eq!(store.call("boot-1").await.expect("read"), Some(call("boot-1")));
    assert_eq!(store.calls(10).await.expect("read"), [call("boot-1")]);
}

/// What an earlier program kept of a clock that rang: when it was due in milliseconds.
pub(super) async fn a_clock_that_rang_under_an_earlier_program_is_read(url: &str, _: &Path) {
    let store = open(url).await;
    let mut case = case(1);
    let due = NOON + Duration::from_millis(7);
    case.record(NOON, By::Engine, Event::ClockRang { clock: ClockKind::FirstResponse, ring: Ring::Met, due });
    store.apply(&[Write::SaveCase(Box::new(case.clone()))]).await.expect("written");
    let events = "SELECT event FROM timeline ORDER BY position DESC LIMIT 1";
    let kept: String = sqlx::query_scalar(events).fetch_one(&store.reading).await.expect("kept");
    assert!(kept.contains(r#""2026-02-10T03:00:00.007Z""#), "{kept}");
    assert_eq!(store.case(number(1)).await.expect("read"), Some(case.clone()));
    let earlier = kept.replace(r#""2026-02-10T03:00:00.007Z""#, &due.as_millis().to_string());
    let query = sqlx::query("UPDATE timeline SET event = $1 WHERE event = $2").bind(earlier).bind(kept);
    assert_eq!(query.execute(&store.writing).await.expect("put").rows_affected(), 1);
    assert_eq!(store.case(number(1)).await.expect("read"), Some(case));
}

pub(super) async fn a_version_of_a_plan_is_kept_once_and_remembers_who_first_put_it_in_force(
    url: &str,
    _: &Path,
) {
    let store = open(url).await;
    let keep = async |version: PlanVersion| store.apply(&[Write::KeepPlan(version)]).await.expect("written");
    keep(version("00ff", Some(NOON), "start")).await;
    keep(version("00ff", Some(NOON + Duration::from_secs(1)), "SIGHUP")).await;
    keep(version("01ab", None, "rollback sato")).await;
    let never = version("01ab", None, "rollback sato");
    let all = store.plan_versions().await.expect("read");
    assert_eq!(all, [version("00ff", Some(NOON), "start"), never]);
    keep(version("01ab", Some(NOON), "file change")).await;
    let like = async |name, hash| store.plan_versions_like(name, hash).await.expect("read");
    assert_eq!(like(Some("desk"), "01").await, [version("01ab", Some(NOON), "file change")]);
    assert_eq!(like(None, "0").await.len(), 2);
    assert_eq!(like(Some("des"), "0").await.len() + like(None, "%").await.len(), 0);
}

pub(super) async fn whatever_a_peer_called_its_call_comes_back(url: &str, _: &Path) {
    let store = open(url).await;
    let mut odd = case(1);
    odd.call_id = Some("\u{7}\"'; DROP TABLE cases; --\u{fffd}".repeat(100));
    odd.desk = Some(String::new());
    odd.queue = Some("nul: \0".into());
    store.apply(&[Write::SaveCase(Box::new(odd.clone()))]).await.expect("written");
    odd.queue = Some("nul: \u{fffd}".into());
    assert_eq!(store.case(number(1)).await.expect("read"), Some(odd));
}

pub(super) async fn a_later_state_replaces_an_earlier_one_in_one_batch_and_across(url: &str, _: &Path) {
    let store = open(url).await;
    let mut later = case(1);
    later.record(NOON, By::Engine, Event::QueueEntered { queue: "q".into(), position: 1 });
    let mut last = later.clone();
    last.record(NOON, By::Caller, Event::Ended { cause: EndCause::CallerHungUp });
    store
        .apply(&[Write::SaveCase(Box::new(case(1))), Write::SaveCase(Box::new(later.clone()))])
        .await
        .expect("written");
    assert_eq!(store.case(number(1)).await.expect("read"), Some(later));
    store.apply(&[Write::SaveCase(Box::new(last.clone()))]).await.expect("written");
    assert_eq!(store.case(number(1)).await.expect("read"), Some(last));
}

/// As a spool brings it whose end was not noted before a crash: older states first.
pub(super) async fn a_state_that_lands_again_changes_nothing_not_even_the_version(url: &str, _: &Path) {
    let store = open(url).await;
    let mut later = case(1);
    later.record(NOON, By::Engine, Event::QueueEntered { queue: "q".into(), position: 1 });
    let states = [case(1), later.clone()].map(|case| Write::SaveCase(Box::new(case)));
    for state in &states {
        store.apply(std::slice::from_ref(state)).await.expect("written");
    }
    for state in &states {
        store.apply(std::slice::from_ref(state)).await.expect("written again");
        assert_eq!(store.versioned(number(1)).await.expect("read"), Some((later.clone(), 2)));
    }
    let note = |case: &mut Case| {
        case.record(NOON, By::Engine, Event::Noted { text: "by somebody".into(), public: false });
        Ok::<(), std::convert::Infallible>(())
    };
    let noted = store.edit(number(1), None, note).await.expect("noted").case;
    for state in &states {
        store.apply(std::slice::from_ref(state)).await.expect("written again");
    }
    assert_eq!(store.versioned(number(1)).await.expect("read"), Some((noted, 3)));
    assert_eq!(store.to_look_at(NOON, 9).await.expect("read"), [], "nor does anybody look at it for that");
    later.record(NOON, By::Caller, Event::Ended { cause: EndCause::CallerHungUp });
    store.apply(&[Write::SaveCase(Box::new(later))]).await.expect("written");
    assert_eq!(store.versioned(number(1)).await.expect("read").map(|(_, version)| version), Some(4));
    assert_eq!(store.to_look_at(NOON, 9).await.expect("read"), [number(1)]);
}

pub(super) async fn numbers_never_come_twice(url: &str, _: &Path) {
    let first = open(url).await;
    assert_eq!(first.reserve_numbers(100).await.expect("numbers"), 1..101);
    drop(first);
    let second = open(url).await;
    let third = open(url).await;
    assert_eq!(second.reserve_numbers(50).await.expect("numbers"), 101..151);
    assert_eq!(third.reserve_numbers(1).await.expect("numbers"), 151..152);
    sqlx::query("UPDATE counters SET next = 9999999").execute(&second.writing).await.expect("moved");
    assert!(matches!(second.reserve_numbers(2).await, Err(StoreError::NumbersExhausted)));
    assert_eq!(second.reserve_numbers(1).await.expect("the last"), 9_999_999..10_000_000);
    assert!(matches!(second.reserve_numbers(1).await, Err(StoreError::NumbersExhausted)));
}

/// Whoever repeats a request that was cut off is neither served twice nor told that nothing happened.
pub(super) async fn a_request_that_was_cut_off_stays_in_doubt(url: &str, _: &Path) {
    let store = open(url).await;
    let after = |seconds: u64| NOON + Duration::from_secs(seconds);
    let ask = async |key: &str, at: UnixTime| store.take_key("sato open", key, "the same", at).await;
    assert_eq!(ask("k1", NOON).await.expect("taken"), Before::Nothing);
    assert_eq!(ask("k1", after(119)).await.expect("read"), Before::BeingMade);
    assert_eq!(ask("k1", after(121)).await.expect("read"), Before::InDoubt);
    assert_eq!(ask("k2", after(121)).await.expect("taken"), Before::Nothing);
    store.give_up_key("sato open", "k2").await.expect("given up");
    assert_eq!(ask("k2", after(122)).await.expect("taken"), Before::Nothing, "it was refused");
    assert_eq!(
        ask("k1", after(25 * 3_600)).await.expect("taken"),
        Before::Nothing,
        "a day later it is another"
    );
}
