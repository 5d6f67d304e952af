//! A real SQLite file and a real PostgreSQL through crashes, full disks, outages, newer schemas and readers.

mod archive;
mod customers;
mod following;
mod lists;
mod outbox;
#[path = "../../tests/postgres/mod.rs"]
mod server;

use super::spool::Spool;
use super::write::Rows;
use super::{
    AudioRecord, CallRecord, Events, Filter, LegRecord, PlanVersion, Store, StoreError, StoreEvent, Write,
    Writer,
};
use crate::base::{AudioQuality, EndCause, Number, UnixTime};
use crate::case::{By, Case, CaseNumber, Channel, ClockKind, Event, Opening, Presentation, Ring, Tier};
use archive::{
    a_backup_restores_everything_into_either_database_and_no_number_comes_again,
    what_is_torn_or_missing_is_found,
    what_was_revoked_since_a_backup_stays_so_and_the_log_says_that_it_was_restored,
};
use customers::{
    a_contract_takes_the_place_of_the_one_before, contracts_are_found_by_every_key_and_by_the_hash_of_a_pin,
    contracts_are_kept_all_or_none,
};
use following::whoever_follows_is_told_what_is_new_on_disk_and_once;
use lists::{
    a_list_under_any_filter_is_that_of_a_walk_through_all_cases, pages_are_filtered_and_follow_one_another,
};
use outbox::{
    a_backup_tells_nobody_anything_again, a_clock_that_is_put_back_keeps_nothing_waiting,
    a_receiver_that_is_gone_takes_what_waited_with_it, every_attempt_tells_the_case_as_it_stood,
    everything_is_told_once_and_in_order_to_who_asked_for_it, one_engine_alone_takes_what_is_to_be_told,
    what_failed_keeps_its_case_waiting_and_no_other, what_is_not_written_is_not_told,
    what_lands_from_the_spool_is_told, what_was_given_up_is_shown_sent_again_and_in_the_end_forgotten,
    who_takes_nothing_is_given_up_with_all_that_is_as_old,
};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const NOON: UnixTime = UnixTime::from_secs(1_770_692_400);
const PATIENCE: Duration = Duration::from_secs(30);

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("data/deep/madoguchi.db").display())
}

async fn open(url: &str) -> Store {
    Store::open(url).await.expect("a store")
}

/// Each test with an empty database of either kind, and a place for its spool.
macro_rules! on_both {
    ($($name:ident,)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let folder = super::folder();
                super::$name(&super::url(folder.path()), &folder.path().join("spool")).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let folder = super::folder();
                super::$name(&super::server::database().await, &folder.path().join("spool")).await;
            })*
        }
    };
}

mod access;

on_both! {
    what_is_written_comes_back_as_it_was,
    whoever_follows_is_told_what_is_new_on_disk_and_once,
    a_clock_that_rang_under_an_earlier_program_is_read,
    a_version_of_a_plan_is_kept_once_and_remembers_who_first_put_it_in_force,
    whatever_a_peer_called_its_call_comes_back,
    a_later_state_replaces_an_earlier_one_in_one_batch_and_across,
    numbers_never_come_twice,
    pages_are_filtered_and_follow_one_another,
    a_newer_schema_is_refused_and_left_alone,
    a_reader_sees_whole_states_while_the_engine_writes,
    closing_waits_for_what_was_taken,
    calls_come_in_pages_by_time_each_once,
    what_waits_in_the_spool_lands_before_anything_newer,
    a_list_under_any_filter_is_that_of_a_walk_through_all_cases,
    cases_of_an_older_schema_are_listed_and_amended,
    a_backup_restores_everything_into_either_database_and_no_number_comes_again,
    what_is_torn_or_missing_is_found,
    what_was_revoked_since_a_backup_stays_so_and_the_log_says_that_it_was_restored,
    a_state_that_lands_again_changes_nothing_not_even_the_version,
    the_cases_of_a_review_come_in_pages_each_once,
    contracts_are_found_by_every_key_and_by_the_hash_of_a_pin,
    contracts_are_kept_all_or_none,
    a_contract_takes_the_place_of_the_one_before,
    everything_is_told_once_and_in_order_to_who_asked_for_it,
    every_attempt_tells_the_case_as_it_stood,
    what_is_not_written_is_not_told,
    what_lands_from_the_spool_is_told,
    one_engine_alone_takes_what_is_to_be_told,
    what_failed_keeps_its_case_waiting_and_no_other,
    who_takes_nothing_is_given_up_with_all_that_is_as_old,
    what_was_given_up_is_shown_sent_again_and_in_the_end_forgotten,
    a_clock_that_is_put_back_keeps_nothing_waiting,
    a_receiver_that_is_gone_takes_what_waited_with_it,
    a_backup_tells_nobody_anything_again,
}

fn number(sequence: u64) -> CaseNumber {
    CaseNumber::from_sequence(sequence).expect("a sequence")
}

fn case(sequence: u64) -> Case {
    Case::open(Opening {
        number: number(sequence),
        at: NOON,
        channel: Channel::Phone,
        caller: Number::parse("0312345678"),
        presentation: Presentation::Allowed,
        dialed: Number::parse("0120339836"),
        call_id: Some(format!("call-{sequence}@host")),
        dialplan: Some("webex-support@0123456789ab".into()),
    })
}

/// A case with something in every kind of field and every kind of event.
fn rich_case(sequence: u64) -> Case {
    let mut case = case(sequence);
    for (field, value) in [("language", "ja"), ("has_pin", "true"), ("tier", "2"), ("severity", "S3")] {
        case.set(NOON, field, value).expect("a plan's field");
    }
    let engine = [("entitlement", "verified org:\"Acme\" 東京"), ("first_response_due", "1770692400123")];
    for (field, value) in engine {
        case.change(NOON, By::Engine, field, Some(value)).expect("a field");
    }
    let target = || "sip:desk@127.0.0.1".to_string();
    let events = [
        Event::NumberTold,
        Event::QueueEntered { queue: "japan-technical".into(), position: 3 },
        Event::QueueLeft { queue: "japan-technical".into() },
        Event::CallbackRequested {
            queue: "japan-technical".into(),
            number: Number::parse("09012345678").expect("a number"),
        },
        Event::Offered { target: target() },
        Event::Declined { target: target(), why: "busy".into() },
        Event::Answered { target: target() },
        Event::HandedOn { desk: "global".into(), target: target() },
        Event::Referred { to: target() },
        Event::Transferred { to: "partner".into(), target: target() },
        Event::VoicemailLeft { file: "abc-1.wav".into(), seconds: 7 },
        Event::Replied { text: "looked into".into() },
        Event::Paused,
        Event::Resumed,
        Event::Noted { text: "line one\nline two".into(), public: true },
        Event::Attached {
            file: "1-2".into(),
            name: "log.zip".into(),
            media_type: "application/zip".into(),
            bytes: 9,
        },
        Event::Reassigned {
            desk: None,
            tier: Tier::from_name("2"),
            agent: Some("佐藤".into()),
            why: "hard".into(),
        },
        Event::ClockRang { clock: ClockKind::NextUpdate, ring: Ring::Missed, due: NOON },
        Event::Escalated { level: 2, to: "duty-manager".into(), why: None },
        Event::Escalated { level: 3, to: "head".into(), why: Some("press".into()) },
        Event::EscalationTaken,
        Event::Ended { cause: EndCause::DeskHungUp },
        Event::Closed,
        Event::Reopened,
    ];
    for event in events {
        case.record(NOON, By::Agent("佐藤".into()), event);
    }
    case
}

fn quality() -> AudioQuality {
    AudioQuality {
        codec: "PCMA".into(),
        sent: 100,
        received: 90,
        lost: 10,
        lost_there: Some(1),
        jitter: Duration::from_micros(1_250),
        round_trip: Some(Duration::from_millis(30)),
        mos: Some(337),
    }
}

fn call(id: &str) -> CallRecord {
    let leg = LegRecord {
        target: "sip:desk@127.0.0.1".into(),
        started_at: NOON,
        answered_at: Some(NOON),
        ended_at: None,
        status: Some(200),
    };
    CallRecord {
        id: id.into(),
        call_id: "abc@host".into(),
        case: Some(number(1)),
        from: Number::parse("0312345678"),
        presentation: Some(Presentation::Allowed),
        to: Number::parse("0120339836"),
        started_at: NOON,
        answered_at: Some(NOON),
        plan_began_at: Some(NOON),
        ended_at: None,
        cause: Some(EndCause::CallerHungUp),
        plan: Some("webex-support".into()),
        plan_hash: Some("00ff".into()),
        digits: 2,
        trail: None,
        legs: vec![leg],
        audio: vec![AudioRecord { target: None, quality: quality() }],
    }
}

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

async fn stored(events: &mut Events, token: u64) -> Vec<StoreEvent> {
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

async fn what_is_written_comes_back_as_it_was(url: &str, _: &Path) {
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
async fn a_clock_that_rang_under_an_earlier_program_is_read(url: &str, _: &Path) {
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

fn version(hash: &str, in_force: Option<UnixTime>, by: &str) -> PlanVersion {
    PlanVersion {
        name: "desk".into(),
        hash: hash.into(),
        text: format!("# {hash} 窓口\r\n"),
        kept_at: NOON,
        first_in_force_at: in_force,
        by: by.into(),
    }
}

async fn a_version_of_a_plan_is_kept_once_and_remembers_who_first_put_it_in_force(url: &str, _: &Path) {
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

async fn whatever_a_peer_called_its_call_comes_back(url: &str, _: &Path) {
    let store = open(url).await;
    let mut odd = case(1);
    odd.call_id = Some("\u{7}\"'; DROP TABLE cases; --\u{fffd}".repeat(100));
    odd.desk = Some(String::new());
    odd.queue = Some("nul: \0".into());
    store.apply(&[Write::SaveCase(Box::new(odd.clone()))]).await.expect("written");
    odd.queue = Some("nul: \u{fffd}".into());
    assert_eq!(store.case(number(1)).await.expect("read"), Some(odd));
}

async fn a_later_state_replaces_an_earlier_one_in_one_batch_and_across(url: &str, _: &Path) {
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

async fn numbers_never_come_twice(url: &str, _: &Path) {
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

async fn a_newer_schema_is_refused_and_left_alone(url: &str, _: &Path) {
    let store = open(url).await;
    let future = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 99, 'future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    sqlx::query(future).execute(&store.writing).await.expect("a future");
    store.close().await;
    for result in [Store::open(url).await, Store::open_existing(url).await] {
        let error = result.expect_err("newer").to_string();
        assert!(error.contains("has schema 99, this program knows "), "{error}");
        assert!(error.contains(": use the newer program"), "{error}");
        assert!(!error.contains('\n') && !error.contains("unasked"), "{error}");
    }
}

#[tokio::test]
async fn a_file_without_a_schema_is_older_than_this_program() {
    let empty = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(empty.path().join("data/deep")).expect("a folder");
    std::fs::write(empty.path().join("data/deep/madoguchi.db"), "").expect("a file");
    let older = Store::open_existing(&url(empty.path())).await.expect_err("older");
    assert!(matches!(older, StoreError::OlderSchema { found: 0, .. }), "{older}");
}

#[tokio::test]
async fn a_store_that_cannot_be_is_one_clear_line() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a database, but long enough to be taken for one by a careless reader")
        .expect("a file");
    let missing = Store::open_existing(&url(folder.path())).await;
    let under_a_file = Store::open(&format!("sqlite:{}/x/y.db", file.display())).await;
    let no_database = Store::open(&format!("sqlite:{}", file.display())).await;
    let a_folder = Store::open(&format!("sqlite:{}", folder.path().display())).await;
    let cases = [
        (missing, "there is no store at"),
        (under_a_file, "cannot make the store's folder"),
        (no_database, "cannot use the store"),
        (a_folder, "cannot use the store"),
        (Store::open("mysql://u:secret@db/x").await, "\"mysql://…@db/x\" is not supported"),
        (
            Store::open("postgres://u:secret@127.0.0.1:1/x").await,
            "cannot use the store postgres://…@127.0.0.1:1/x",
        ),
        (Store::open("sqlite::memory:").await, "is not supported"),
        (Store::open("sqlite:").await, "is not supported"),
    ];
    for (result, want) in cases {
        let error = result.expect_err(want).to_string();
        assert!(
            error.contains(want) && !error.contains('\n') && !error.contains("secret"),
            "{error} lacks {want}"
        );
    }
}

async fn a_reader_sees_whole_states_while_the_engine_writes(url: &str, spool: &Path) {
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
async fn what_waits_in_the_spool_lands_before_anything_newer(url: &str, spool: &Path) {
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

async fn closing_waits_for_what_was_taken(url: &str, spool: &Path) {
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
    let (writer, events) = super::writer::start(store, spool);
    submit(&writer, 1..=1);
    drop(events);
    assert_eq!(writer.close(Duration::from_millis(1)).await, Err(super::Unsaved));
}

async fn calls_come_in_pages_by_time_each_once(url: &str, _: &Path) {
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

/// As a spool brings it whose end was not noted before a crash: older states first.
async fn a_state_that_lands_again_changes_nothing_not_even_the_version(url: &str, _: &Path) {
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

async fn the_cases_of_a_review_come_in_pages_each_once(url: &str, _: &Path) {
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

async fn cases_of_an_older_schema_are_listed_and_amended(url: &str, _: &Path) {
    Store::open_as_of(url, 2).await.close().await;
    let older = Store::open_as_of(url, 2).await;
    let insert = "INSERT INTO cases (number, opened_at, channel, stage, fields)
        VALUES (600000012, 1770692400000, 'phone', 'waiting', '{\"desk\": \"japan\"}')";
    sqlx::query(insert).execute(&older.writing).await.expect("an old case");
    older.close().await;
    let store = open(url).await;
    let filter = Filter { desk: Some("japan".into()), ..Filter::default() };
    assert_eq!(store.list(&filter, 10, None).await.expect("a page").cases.len(), 1);
    let note = |case: &mut Case| {
        case.record(NOON, By::Agent("sato".into()), Event::Noted { text: "old".into(), public: false });
        Ok::<(), std::convert::Infallible>(())
    };
    let edited = store.edit(number(1), Some(1), note).await.expect("amended");
    assert_eq!((edited.version, edited.case.timeline().len()), (2, 1));
    assert_eq!(store.versioned(number(1)).await.expect("read"), Some((edited.case, 2)));
}
