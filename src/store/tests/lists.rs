//! Lists of cases: pages that follow one another, and every filter against a walk through all of them.

use super::{NOON, case, number, open, rich_case};
use crate::base::{Number, Rng};
use crate::case::{By, Case, Channel, Event, Opening, Presentation, Product, Severity, Stage, SupportOption};
use crate::store::{Filter, Write};
use std::path::Path;
use std::time::Duration;

pub(super) async fn pages_are_filtered_and_follow_one_another(url: &str, _: &Path) {
    let store = open(url).await;
    let mut writes: Vec<Write> = (1..=5).map(|n| Write::SaveCase(Box::new(case(n)))).collect();
    writes.push(Write::SaveCase(Box::new(rich_case(6))));
    store.apply(&writes).await.expect("written");
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.list(&Filter::default(), 4, cursor).await.expect("a page");
        seen.extend(page.cases.iter().map(|case| case.number().sequence()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1]);
    let count = async |filter: Filter| store.list(&filter, 100, None).await.expect("a page").cases.len();
    assert_eq!(count(Filter { stage: Some(Stage::New), ..Filter::default() }).await, 5);
    assert_eq!(count(Filter { severity: Some(Severity::S3), ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { desk: Some("global".into()), ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { caller: Number::parse("03-1234-5678"), ..Filter::default() }).await, 6);
    assert_eq!(count(Filter { caller: Number::parse("03-1234-5679"), ..Filter::default() }).await, 0);
}

/// One of a few values of each field that cases are listed by, or none; many were opened at the same moment.
fn random_case_of_a_list(rng: &mut Rng, sequence: u64) -> Case {
    let opened = NOON + Duration::from_millis(rng.below(40) * 1_000 * rng.below(2));
    let mut case = Case::open(Opening {
        number: number(sequence),
        at: opened,
        channel: Channel::Phone,
        caller: Number::parse(["0312345678", "09012345678", "0612345678"][rng.below(3) as usize]),
        presentation: Presentation::Allowed,
        dialed: None,
        call_id: None,
        dialplan: None,
    });
    let values: [(&str, &[&str]); 6] = [
        ("desk", &["japan", "global"]),
        ("severity", &["S1", "S2", "S3"]),
        ("option", &["basic", "premium"]),
        ("product", &["calling", "meetings"]),
        ("queue", &["japan-technical", "japan-purchase"]),
        ("agent", &["sato", "suzuki"]),
    ];
    for (field, values) in values {
        let value = values.get(rng.below(values.len() as u64 + 1) as usize).copied();
        case.change(opened, By::Engine, field, value).expect(field);
    }
    let target = "sip:desk@h".to_string();
    let events = [None, Some(Event::Closed), Some(Event::Answered { target })];
    let event = events.into_iter().nth(rng.below(3) as usize).flatten();
    event.into_iter().for_each(|event| case.record(opened, By::Engine, event));
    case
}

fn random_filter(rng: &mut Rng) -> Filter {
    let mut sometimes = |chance: u64| rng.chance(chance);
    let mut filter = Filter {
        stage: sometimes(30).then_some(Stage::WithDesk),
        desk: sometimes(30).then(|| "japan".to_string()),
        severity: sometimes(30).then_some(Severity::S2),
        option: sometimes(30).then_some(SupportOption::Premium),
        product: sometimes(30).then_some(Product::Calling),
        queue: sometimes(30).then(|| "japan-technical".to_string()),
        caller: sometimes(20).then(|| Number::parse("09012345678")).flatten(),
        agent: sometimes(20).then(|| "sato".to_string()),
        ..Filter::default()
    };
    let moment = |rng: &mut Rng| NOON + Duration::from_secs(rng.below(40));
    filter.opened_from = rng.chance(20).then(|| moment(rng));
    filter.opened_to = rng.chance(20).then(|| moment(rng));
    filter
}

fn fits(filter: &Filter, case: &Case) -> bool {
    filter.stage.is_none_or(|stage| case.stage() == stage)
        && (filter.desk.is_none() || filter.desk == case.desk)
        && (filter.severity.is_none() || filter.severity == case.severity)
        && (filter.option.is_none() || filter.option == case.option)
        && (filter.product.is_none() || filter.product == case.product)
        && (filter.queue.is_none() || filter.queue == case.queue)
        && (filter.caller.is_none() || filter.caller == case.caller)
        && (filter.agent.is_none() || filter.agent == case.agent)
        && filter.opened_from.is_none_or(|from| case.opened_at() >= from)
        && filter.opened_to.is_none_or(|to| case.opened_at() < to)
}

pub(super) async fn a_list_under_any_filter_is_that_of_a_walk_through_all_cases(url: &str, _: &Path) {
    let (store, mut rng) = (open(url).await, Rng::from_seed(7));
    let mut cases: Vec<Case> = (1..=400).map(|sequence| random_case_of_a_list(&mut rng, sequence)).collect();
    store
        .apply(&cases.iter().cloned().map(|case| Write::SaveCase(Box::new(case))).collect::<Vec<_>>())
        .await
        .expect("written");
    cases.sort_by_key(|case| std::cmp::Reverse((case.opened_at(), case.number())));
    for round in 0..120 {
        let (filter, limit) = (random_filter(&mut rng), 1 + rng.below(30) as u32);
        let wanted: Vec<&Case> = cases.iter().filter(|case| fits(&filter, case)).collect();
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = store.list(&filter, limit, cursor).await.expect("a page");
            assert!(page.cases.len() <= limit as usize);
            found.extend(page.cases);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "round {round}: {filter:?}, {limit} at a time");
    }
}
