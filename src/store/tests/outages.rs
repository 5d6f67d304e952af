//! A writer through crashes, full disks and a database that is away.

use super::{NOON, PATIENCE, call, case, folder, number, open, server, url};
use crate::case::{By, Event};
use crate::store::spool::Spool;
use crate::store::write::Rows;
use crate::store::{Events, Filter, Store, StoreEvent, Unsaved, Write, Writer, writer};
use std::path::Path;
use std::time::Duration;

async fn until(events: &mut Events, wanted: impl Fn(&StoreEvent) -> bool) -> Vec<StoreEvent> {
    let mut seen = Vec::new();
    loop {
        let event = tokio::time::timeout(PATIENCE, events.recv()).await.expect("in time").expect("a writer");
        let found = wanted(&event);
        seen.push(event);
        if found {
            return seen;
        }
    }
}

pub(super) async fn stored(events: &mut Events, token: u64) -> Vec<StoreEvent> {
    until(events, |event| *event == StoreEvent::StoredUpTo(token)).await
}

async fn count_of_cases(store: &Store) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM cases").fetch_one(&store.reading).await.expect("a count")
}

fn submit(writer: &Writer, tokens: std::ops::RangeInclusive<u64>) {
    for token in tokens {
        writer.submit(token, Write::SaveCase(Box::new(case(token)))).expect("room");
    }
}

/// What a power cut leaves is the files as they are at that moment.
fn copy_of_files(from: &Path, to: &Path) {
    let (from, to) = (from.join("data/deep"), to.join("data/deep"));
    std::fs::create_dir_all(&to).expect("a folder");
    for file in ["madoguchi.db", "madoguchi.db-wal"] {
        std::fs::copy(from.join(file), to.join(file)).expect(file);
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_crash() {
    let (before, after) = (folder(), folder());
    let store = open(&url(before.path())).await;
    let reserved = store.reserve_numbers(10).await.expect("numbers");
    let (writer, mut events) = store.start_writer(&before.path().join("spool")).expect("a spool");
    submit(&writer, 1..=700);
    stored(&mut events, 700).await;
    copy_of_files(before.path(), after.path());
    let survivor = open(&url(after.path())).await;
    assert_eq!(survivor.case(number(700)).await.expect("read"), Some(case(700)));
    assert_eq!(count_of_cases(&survivor).await, 700);
    assert!(survivor.reserve_numbers(1).await.expect("numbers").start >= reserved.end);
}

pub(super) async fn a_reader_sees_whole_states_while_the_engine_writes(url: &str, spool: &Path) {
    let store = open(url).await;
    let (writer, mut events) = store.start_writer(spool).expect("a spool");
    let reader = Store::open_existing(url).await.expect("a reader");
    submit(&writer, 1..=2_000);
    let (mut done, everything) = (false, Filter::default());
    while !done {
        tokio::select! {
            event = events.recv() => done = event == Some(StoreEvent::StoredUpTo(2_000)),
            page = reader.list(&everything, 50, None) => {
                let cases = page.expect("a page").cases;
                assert!(cases.iter().all(|case| case.timeline().len() == 1));
            }
        }
    }
    assert_eq!(reader.case(number(2_000)).await.expect("read"), Some(case(2_000)));
    let refused = sqlx::query("DELETE FROM cases").execute(&reader.reading).await;
    assert!(refused.is_err(), "readers do not write");
}

#[tokio::test]
async fn a_full_disk_neither_loses_nor_reorders_what_it_promises_and_delays_nothing() {
    let folder = folder();
    let store = open(&url(folder.path())).await;
    let set_pages = async |pages: i64| {
        let pragma = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::query(pragma).execute(&store.writing).await.expect("a pragma");
    };
    set_pages(20).await;
    let spool = folder.path().join("spool");
    let (writer, mut events) = store.start_writer(&spool).expect("a spool");
    submit(&writer, 1..=3_000);
    let mut last = case(1);
    last.record(NOON, By::Engine, Event::Closed);
    writer.submit(3_001, Write::SaveCase(Box::new(last.clone()))).expect("room");
    let seen = stored(&mut events, 3_001).await;
    let failing =
        |event: &&StoreEvent| matches!(event, StoreEvent::Failing { error } if error.contains("full"));
    assert_eq!(seen.iter().filter(failing).count(), 1, "{seen:?}");
    assert!(count_of_cases(&store).await < 3_000, "the rest waits in the spool");
    assert!(!std::fs::read_to_string(&spool).expect("text").is_empty());
    set_pages(1_000_000).await;
    until(&mut events, |event| *event == StoreEvent::Recovered).await;
    assert_eq!(store.case(number(1)).await.expect("read"), Some(last));
    assert_eq!(count_of_cases(&store).await, 3_000);
    assert_eq!(std::fs::read_to_string(&spool).expect("text"), "");
}

/// An earlier process left cases behind when it was killed while the database was away.
pub(super) async fn what_waits_in_the_spool_lands_before_anything_newer(url: &str, spool: &Path) {
    let mut later = case(1);
    later.record(NOON, By::Engine, Event::QueueEntered { queue: "q".into(), position: 1 });
    let left = [case(1), case(2)].map(|case| Rows::of(&[Write::SaveCase(Box::new(case))]));
    let mut earlier = Spool::open(spool).expect("a spool");
    left.iter().for_each(|rows| earlier.append(rows).expect("kept"));
    let store = open(url).await;
    let (writer, mut events) = store.start_writer(spool).expect("a spool");
    writer.submit(1, Write::SaveCase(Box::new(later.clone()))).expect("room");
    stored(&mut events, 1).await;
    assert_eq!(writer.close(PATIENCE).await, Ok(()));
    assert_eq!(store.case(number(1)).await.expect("read"), Some(later));
    assert_eq!(store.case(number(2)).await.expect("read"), Some(case(2)));
}

/// A server that is away for a while: what is written meanwhile is promised at once, and arrives in order.
/// Somebody always writes: what waits lands all the same.
pub(super) async fn a_spool_is_emptied_while_writes_come_in(url: &str, spool: &Path) {
    let mut earlier = Spool::open(spool).expect("a spool");
    for sequence in 1..=200 {
        let rows = Rows::of(&[Write::SaveCase(Box::new(case(sequence)))]);
        earlier.append(&rows).expect("kept");
    }
    let store = open(url).await;
    let (writer, mut events) = store.start_writer(spool).expect("a spool");
    let mut written = 200;
    while std::fs::metadata(spool).expect("there").len() > 0 {
        written += 1;
        assert!(written < 400, "for each that lands another one waits");
        submit(&writer, written..=written);
        stored(&mut events, written).await;
    }
    assert_eq!(writer.close(PATIENCE).await, Ok(()));
    let store = open(url).await;
    assert_eq!(count_of_cases(&store).await, i64::try_from(written).expect("few"));
}

#[tokio::test]
async fn a_server_that_stops_and_comes_back_has_everything_in_order() {
    let folder = folder();
    let server = tokio::task::spawn_blocking(server::Server::start);
    let mut server = server.await.expect("it started");
    let store = open(&server.database().await).await;
    let (writer, mut events) = store.start_writer(&folder.path().join("spool")).expect("a spool");
    submit(&writer, 1..=500);
    stored(&mut events, 500).await;
    let mut server = tokio::task::spawn_blocking(move || {
        server.stop();
        server
    });
    let mut server = (&mut server).await.expect("it stopped");
    submit(&writer, 501..=1_000);
    let mut changed = case(1);
    changed.record(NOON, By::Engine, Event::QueueEntered { queue: "q".into(), position: 1 });
    writer.submit(1_001, Write::SaveCase(Box::new(changed.clone()))).expect("room");
    changed.record(NOON, By::Engine, Event::Closed);
    writer.submit(1_002, Write::SaveCase(Box::new(changed.clone()))).expect("room");
    let seen = stored(&mut events, 1_002).await;
    assert!(seen.iter().any(|event| matches!(event, StoreEvent::Failing { .. })), "{seen:?}");
    let _server = tokio::task::spawn_blocking(move || {
        server.start_again();
        server
    });
    until(&mut events, |event| *event == StoreEvent::Recovered).await;
    assert_eq!(store.case(number(1)).await.expect("read"), Some(changed));
    assert_eq!(count_of_cases(&store).await, 1_000);
}

#[tokio::test]
async fn a_full_inbox_gives_the_write_back() {
    let folder = folder();
    let store = open(&url(folder.path())).await;
    let (writer, _events) = store.start_writer(&folder.path().join("spool")).expect("a spool");
    // Nothing is awaited here, so the writer's task has no turn to empty its inbox.
    let room = u64::try_from(writer.room()).expect("a size");
    for token in 1..=room {
        writer.submit(token, Write::SaveCall(Box::new(call("same")))).expect("room");
    }
    let refused = writer.submit(room + 1, Write::SaveCall(Box::new(call("one more"))));
    assert_eq!(refused.map_err(|full| *full.0), Err(Write::SaveCall(Box::new(call("one more")))));
}

pub(super) async fn closing_waits_for_what_was_taken(url: &str, spool: &Path) {
    let store = open(url).await;
    let (writer, events) = store.start_writer(spool).expect("a spool");
    submit(&writer, 1..=100);
    drop(events);
    assert_eq!(writer.close(PATIENCE).await, Ok(()));
    assert!(store.case(number(100)).await.expect("read").is_some());
}

#[tokio::test]
async fn closing_a_writer_that_can_write_nowhere_says_so() {
    let folder = folder();
    let store = open(&url(folder.path())).await;
    sqlx::query("DROP TABLE cases").execute(&store.writing).await.expect("broken on purpose");
    let mut spool = Spool::open(&folder.path().join("spool")).expect("a spool");
    spool.fill();
    let (writer, events) = writer::start(store, spool);
    submit(&writer, 1..=1);
    drop(events);
    assert_eq!(writer.close(Duration::from_millis(1)).await, Err(Unsaved));
}
