//! What receivers outside are told: written with the timeline, taken in order and by one at a time.

use super::{NOON, PATIENCE, archive::restoring, case, folder, number, open, rich_case, server, stored};
use crate::base::UnixTime;
use crate::case::{By, Case, CaseNumber, Event, Stage};
use crate::store::json::kinds;
use crate::store::spool::Spool;
use crate::store::{Outgoing, Store, Waiting, Wish, Write};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

const WHILE: Duration = Duration::from_secs(30);

async fn tell(store: &Store, receivers: &[(&str, &[&str])]) -> BTreeMap<String, u64> {
    let kinds = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_string()).collect::<BTreeSet<_>>();
    let receivers: Vec<_> = receivers.iter().map(|(name, wanted)| (*name, kinds(wanted))).collect();
    let receivers = receivers.iter().map(|(name, kinds)| (*name, kinds)).collect();
    store.tell(&receivers).await.expect("written")
}

async fn save(store: &Store, cases: impl IntoIterator<Item = Case>) {
    let writes: Vec<Write> = cases.into_iter().map(|case| Write::SaveCase(Box::new(case))).collect();
    store.apply(&writes).await.expect("written");
}

async fn take(store: &Store, receiver: &str, now: UnixTime) -> Vec<Outgoing> {
    store.take_outgoing(receiver, 100, now, WHILE).await.expect("taken")
}

/// Everything that waits for a receiver, in the order in which it is told.
async fn tell_all(store: &Store, receiver: &str) -> Vec<Outgoing> {
    let mut all = Vec::new();
    loop {
        let taken = take(store, receiver, NOON).await;
        if taken.is_empty() {
            return all;
        }
        store.was_told(&taken).await.expect("gone");
        all.extend(taken);
    }
}

fn what(outgoing: &[Outgoing]) -> Vec<(CaseNumber, &str)> {
    outgoing.iter().map(|one| (one.happened.case.number(), one.happened.kind.as_str())).collect()
}

async fn note(store: &Store, sequence: u64) {
    let note = |case: &mut Case| {
        case.record(NOON, By::Engine, Event::Noted { text: "x".into(), public: false });
        Ok::<(), Infallible>(())
    };
    store.edit(number(sequence), None, note).await.expect("amended");
}

async fn waiting(store: &Store, receiver: &str) -> (u64, u64) {
    let Waiting { waiting, dead, .. } = store.waiting(receiver).await.expect("read");
    (waiting, dead)
}

pub(super) async fn everything_is_told_once_and_in_order_to_who_asked_for_it(url: &str, _: &Path) {
    let store = open(url).await;
    save(&store, [case(9)]).await;
    tell(&store, &[("all", &[]), ("few", &["opened", "clock-rang.missed", "field-changed.severity"])]).await;
    let mut early = rich_case(1);
    early.change(NOON, By::Engine, "interpreter", Some("true")).expect("a field");
    save(&store, [rich_case(1)]).await;
    save(&store, [early.clone(), case(2)]).await;
    note(&store, 1).await;
    assert_eq!(waiting(&store, "all").await, (early.timeline().len() as u64 + 2, 0));
    let told = tell_all(&store, "all").await;
    let of_first: Vec<&Outgoing> =
        told.iter().filter(|one| one.happened.case.number() == number(1)).collect();
    let case = store.case(number(1)).await.expect("read").expect("there");
    let entries: Vec<_> = of_first.iter().map(|one| one.happened.entry.clone()).collect();
    assert_eq!(entries, case.timeline(), "nothing of what was there before, each once, in order");
    let ids: BTreeSet<String> = told.iter().map(|one: &Outgoing| one.happened.id()).collect();
    assert_eq!((ids.len(), told.len()), (told.len(), early.timeline().len() + 2));
    let known = kinds();
    assert!(told.iter().all(|one| known.contains(&one.happened.kind)), "{:?}", what(&told));
    let few = tell_all(&store, "few").await;
    let (one, two) = (number(1), number(2));
    let want =
        [(one, "opened"), (two, "opened"), (one, "field-changed.severity"), (one, "clock-rang.missed")];
    assert_eq!(what(&few), want);
    assert!(
        few.iter().all(|one| ids.contains(&one.happened.id())),
        "an event is the same for every receiver"
    );
}

pub(super) async fn every_attempt_tells_the_case_as_it_stood(url: &str, _: &Path) {
    let store = open(url).await;
    tell(&store, &[("crm", &["opened"])]).await;
    save(&store, [case(1)]).await;
    let first = take(&store, "crm", NOON).await;
    let mut later = case(1);
    later.record(NOON, By::Engine, Event::Closed);
    save(&store, [later]).await;
    assert!(take(&store, "crm", NOON).await.is_empty(), "somebody has it");
    let second = take(&store, "crm", NOON + WHILE).await;
    let [(one, other)] = first.iter().zip(&second).collect::<Vec<_>>()[..] else { panic!("{second:?}") };
    assert_eq!((one.attempt, other.attempt), (1, 2));
    assert_eq!(
        (other.happened.case.stage(), other.happened.case.caller.clone()),
        (Stage::New, case(1).caller)
    );
    let mut again = other.clone();
    again.attempt = 1;
    assert_eq!(*one, again);
}

pub(super) async fn what_is_not_written_is_not_told(url: &str, _: &Path) {
    let store = open(url).await;
    tell(&store, &[("crm", &[])]).await;
    let refused = store.edit(number(1), None, |_| Ok::<(), Infallible>(())).await;
    assert!(refused.is_err());
    sqlx::query("DROP TABLE calls").execute(&store.writing).await.expect("broken");
    let writes = [Write::SaveCase(Box::new(case(1))), Write::SaveCall(Box::new(super::call("a")))];
    store.apply(&writes).await.expect_err("the second cannot be written");
    assert_eq!(waiting(&store, "crm").await, (0, 0));
    save(&store, [case(1)]).await;
    assert_eq!(waiting(&store, "crm").await, (1, 0));
}

pub(super) async fn what_lands_from_the_spool_is_told(url: &str, spool: &Path) {
    let left = crate::store::write::Rows::of(&[Write::SaveCase(Box::new(case(1)))]);
    Spool::open(spool).expect("a spool").append(&left).expect("kept");
    let store = open(url).await;
    tell(&store, &[("crm", &[])]).await;
    let (writer, mut events) = store.start_writer(spool).expect("a spool");
    writer.submit(1, Write::SaveCase(Box::new(case(2)))).expect("room");
    stored(&mut events, 1).await;
    assert_eq!(writer.close(PATIENCE).await, Ok(()));
    assert_eq!(what(&tell_all(&store, "crm").await), [(number(1), "opened"), (number(2), "opened")]);
}

pub(super) async fn one_engine_alone_takes_what_is_to_be_told(url: &str, _: &Path) {
    let stores = [open(url).await, open(url).await];
    tell(&stores[0], &[("crm", &[])]).await;
    save(&stores[0], (1..=300).map(case)).await;
    let taking = stores.map(|store| {
        tokio::spawn(async move {
            let mut taken = Vec::new();
            loop {
                let more = store.take_outgoing("crm", 7, NOON, WHILE).await.expect("taken");
                if more.is_empty() {
                    return taken;
                }
                taken.extend(more);
                assert!(taken.len() <= 300, "again and again");
            }
        })
    });
    let [one, other] = taking;
    let taken = [one.await.expect("no panic"), other.await.expect("no panic")].concat();
    let cases: BTreeSet<CaseNumber> = taken.iter().map(|one| one.happened.case.number()).collect();
    assert_eq!((taken.len(), cases.len()), (300, 300));
}

pub(super) async fn what_failed_keeps_its_case_waiting_and_no_other(url: &str, _: &Path) {
    let store = open(url).await;
    tell(&store, &[("crm", &[])]).await;
    save(&store, [case(1), case(2)]).await;
    note(&store, 1).await;
    let first = take(&store, "crm", NOON).await;
    let (one, two) = (number(1), number(2));
    assert_eq!(what(&first), [(one, "opened"), (two, "opened")]);
    store.was_told(&first[1..]).await.expect("gone");
    store.not_told("crm", &first[0], NOON + WHILE * 2, "it answered 503").await.expect("written");
    note(&store, 2).await;
    note(&store, 1).await;
    let second = take(&store, "crm", NOON + WHILE).await;
    assert_eq!(what(&second), [(two, "noted")], "no later note of the first");
    let third = take(&store, "crm", NOON + WHILE * 2).await;
    assert_eq!(what(&third), [(one, "opened"), (two, "noted")]);
    assert_eq!((third[0].attempt, third[0].first_tried_at), (2, NOON));
    store.was_told(&third).await.expect("gone");
    let rest: Vec<_> = [take(&store, "crm", NOON + WHILE * 2).await, {
        let last = take(&store, "crm", NOON + WHILE * 3).await;
        assert_eq!(what(&last), [(one, "noted")], "what was taken before its time was over");
        last
    }]
    .concat();
    assert!(rest.iter().all(|outgoing| outgoing.happened.kind == "noted"));
}

pub(super) async fn a_clock_that_is_put_back_keeps_nothing_waiting(url: &str, _: &Path) {
    let store = open(url).await;
    tell(&store, &[("crm", &[])]).await;
    save(&store, [case(1)]).await;
    let late = NOON + WHILE * 100;
    let first = take(&store, "crm", late).await;
    store.not_told("crm", &first[0], late + WHILE, "it answered 503").await.expect("written");
    store.tidy_outgoing("crm", late, WHILE).await.expect("written");
    assert!(take(&store, "crm", NOON).await.is_empty());
    store.tidy_outgoing("crm", NOON, WHILE).await.expect("written");
    assert_eq!(what(&take(&store, "crm", NOON).await), [(number(1), "opened")]);
}

pub(super) async fn what_was_given_up_is_shown_sent_again_and_in_the_end_forgotten(url: &str, _: &Path) {
    let store = open(url).await;
    tell(&store, &[("crm", &[]), ("audit", &["opened"])]).await;
    save(&store, [case(1)]).await;
    note(&store, 1).await;
    let first = take(&store, "crm", NOON).await;
    store.give_up(&first[0], NOON, "it answered 410").await.expect("written");
    assert_eq!(waiting(&store, "crm").await, (1, 1));
    let dead = store.dead(10).await.expect("read");
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].receiver.as_str(), dead[0].case, dead[0].attempts), ("crm", number(1), 1));
    assert_eq!((dead[0].kind.as_str(), dead[0].why.as_str()), ("opened", "it answered 410"));
    assert_eq!(what(&take(&store, "crm", NOON).await), [(number(1), "noted")], "it keeps nothing waiting");
    assert_eq!(store.tell_again(Some("audit")).await.expect("written"), 0);
    assert_eq!(store.tell_again(Some("crm")).await.expect("written"), 1);
    let again = take(&store, "crm", NOON).await;
    assert_eq!((what(&again), again[0].attempt), (vec![(number(1), "opened")], 1));
    assert_eq!(again[0].happened.id(), first[0].happened.id());
    store.give_up(&again[0], NOON, "it answered 410").await.expect("written");
    let days = |days: u64| NOON + Duration::from_secs(days * 86_400);
    store.tidy_outgoing("crm", days(30), WHILE).await.expect("written");
    assert_eq!(waiting(&store, "crm").await, (1, 1));
    store.tidy_outgoing("crm", days(31), WHILE).await.expect("written");
    assert_eq!((waiting(&store, "crm").await, waiting(&store, "audit").await), ((1, 0), (1, 0)));
}

pub(super) async fn who_takes_nothing_is_given_up_with_all_that_is_as_old(url: &str, _: &Path) {
    let store = open(url).await;
    tell(&store, &[("crm", &[]), ("untried", &[])]).await;
    save(&store, [case(1), case(2)]).await;
    note(&store, 1).await;
    let first = take(&store, "crm", NOON).await;
    store.not_told("crm", &first[0], NOON + WHILE, "it answered 503").await.expect("written");
    let day = Duration::from_secs(86_400);
    let given_up = async |receiver, now| store.give_up_old(receiver, now, day * 3).await.expect("written");
    assert_eq!((given_up("crm", NOON + day * 2).await, given_up("untried", NOON + day * 9).await), (0, 0));
    assert_eq!((given_up("crm", NOON + day * 3).await, waiting(&store, "crm").await), (3, (0, 3)));
    assert_eq!(waiting(&store, "untried").await, (3, 0));
}

pub(super) async fn a_receiver_that_is_gone_takes_what_waited_with_it(url: &str, _: &Path) {
    let store = open(url).await;
    tell(&store, &[("crm", &[]), ("old", &[])]).await;
    save(&store, [case(1), case(2)]).await;
    assert_eq!(tell(&store, &[("crm", &["closed"])]).await, BTreeMap::from([("old".to_string(), 2)]));
    assert_eq!(store.receivers().await.expect("read"), ["crm"]);
    save(&store, [case(3)]).await;
    assert_eq!((waiting(&store, "crm").await, waiting(&store, "old").await), ((2, 0), (0, 0)));
    assert_eq!(tell(&store, &[]).await, BTreeMap::from([("crm".to_string(), 2)]));
}

pub(super) async fn a_backup_tells_nobody_anything_again(url: &str, _: &Path) {
    let folder = folder();
    let store = open(url).await;
    store.reserve_numbers(10).await.expect("numbers");
    tell(&store, &[("crm", &[])]).await;
    save(&store, [case(1), rich_case(2)]).await;
    let file = folder.path().join("backup.db");
    store.back_up(&file).await.expect("a backup");
    assert_eq!(store.verify().await.expect("read").wrong, [""; 0]);
    for other in [format!("sqlite:{}", folder.path().join("other.db").display()), server::database().await] {
        let target = open(&other).await;
        tell(&target, &[("crm", &[])]).await;
        target.restore(&file, Wish::default(), restoring()).await.expect("restored");
        tell(&target, &[("crm", &[])]).await;
        assert_eq!(waiting(&target, "crm").await, (0, 0));
        note(&target, 1).await;
        assert_eq!(what(&tell_all(&target, "crm").await), [(number(1), "noted")]);
        target.close().await;
    }
    let harm = "UPDATE outbox SET position = 77 WHERE position = 0";
    sqlx::query(harm).execute(&store.writing).await.expect("harmed");
    let found = store.verify().await.expect("read").wrong.join("\n");
    assert!(
        found.contains("something of it is to be told outside that its timeline does not have"),
        "{found}"
    );
    let taken = take(&store, "crm", NOON).await;
    assert_eq!(
        (taken.len(), store.dead(10).await.expect("read").len()),
        (0, 2),
        "nor does it hold up the rest"
    );
    assert_eq!(what(&take(&store, "crm", NOON).await), [(number(2), "field-changed.language")]);
}
