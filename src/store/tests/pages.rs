//! What is read a page at a time.

use super::{NOON, call, case, number, open};
use crate::base::UnixTime;
use crate::case::{By, Case, CaseNumber};
use crate::store::{CallRecord, Write};
use std::path::Path;
use std::time::Duration;

pub(super) async fn calls_come_in_pages_by_time_each_once(url: &str, _: &Path) {
    let store = open(url).await;
    let at = |second: i64| UnixTime::from_millis(NOON.as_millis() + second * 1_000);
    let begun = |n: i64| CallRecord { started_at: at(n / 3), ..call(&format!("call-{n:04}")) };
    let writes: Vec<Write> = (0..1_203).map(|n| Write::SaveCall(Box::new(begun(n)))).collect();
    store.apply(&writes).await.expect("written");
    let mut pages = store.pages(at(1)..at(400));
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    while let Some(calls) = pages.next().await.expect("read") {
        sizes.push(calls.len());
        seen.extend(calls.into_iter().map(|call| call.id));
    }
    assert_eq!(sizes, [500, 500, 197]);
    let wanted: Vec<String> = (3..1_200).map(|n| format!("call-{n:04}")).collect();
    assert_eq!(seen, wanted, "from the first second on, before the last");
}

pub(super) async fn the_cases_of_a_review_come_in_pages_each_once(url: &str, _: &Path) {
    let store = open(url).await;
    let at = |second: u64| NOON + Duration::from_secs(second);
    let opened = |n: u64| {
        let mut case = case(n);
        let customer = if n.is_multiple_of(2) { "Acme'; --" } else { "other" };
        case.change(NOON, By::Engine, "customer", Some(customer)).expect("a field");
        let timeline = case.timeline().to_vec();
        let mut kept = Case::kept(case.number(), at(n / 3), case.channel(), case.stage(), None, timeline);
        kept.restore("customer", customer).expect("a field");
        Write::SaveCase(Box::new(kept))
    };
    store.apply(&(1..=1_300).map(opened).collect::<Vec<_>>()).await.expect("written");
    for customer in [None, Some("Acme'; --"), Some("nobody")] {
        let mut pages = store.reviewed(customer, &(at(1)..at(400)));
        let (mut seen, mut sizes) = (Vec::new(), Vec::new());
        while let Some(cases) = pages.next().await.expect("read") {
            sizes.push(cases.len());
            seen.extend(cases.iter().map(Case::number));
        }
        let is_theirs =
            |n: &u64| customer.is_none() || (customer == Some("Acme'; --") && n.is_multiple_of(2));
        let wanted: Vec<CaseNumber> = (3..1_200).filter(is_theirs).map(number).collect();
        assert_eq!(seen, wanted, "{customer:?}: from the first second on, before the last");
        assert!(sizes.iter().rev().skip(1).all(|size| *size == 500), "{sizes:?}");
    }
}
