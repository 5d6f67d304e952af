//! What the store costs, on SQLite in a file of this disk.
//!
//! `cargo bench --bench store -- create [SECONDS]` (10): cases handed to the writer as fast as it takes them, each on disk
//! when it is acknowledged, without and with somebody who follows; beside it the disk's own rate of small synced writes in
//! the same run.
//!
//! `cargo bench --bench store -- list [CASES]` (1,000,000): pages of 50 under every kind of filter, also under those that
//! few cases or none fit, from the newest and from the middle.

#![expect(clippy::disallowed_methods, reason = "a measuring instrument reads the clock")]

use madoguchi::base::{Number, Presentation, Rng, UnixTime};
use madoguchi::case::{
    By, Case, CaseNumber, Channel, Event, Opening, Product, Severity, Stage, SupportOption,
};
use madoguchi::store::{Filter, Store, StoreEvent, Write};
use std::io::Write as _;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

const NOON: UnixTime = UnixTime::from_secs(1_770_692_400);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let number = |otherwise| args.get(1).and_then(|a| a.parse().ok()).unwrap_or(otherwise);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match args.first().map(String::as_str) {
        Some("list") => runtime.block_on(list(number(1_000_000))),
        Some("create") | None => runtime.block_on(async {
            let time = Duration::from_secs(number(10));
            create(time, false).await;
            create(time, true).await;
        }),
        Some(other) => eprintln!("create or list, not {other}"),
    }
}

/// A case as a call leaves it: what it knows and what happened.
fn case(rng: &mut Rng, sequence: u64) -> Case {
    let at = NOON + Duration::from_secs(sequence);
    let mut case = Case::open(Opening {
        number: CaseNumber::from_sequence(sequence).expect("seven digits"),
        at,
        channel: Channel::Phone,
        caller: Number::parse(&format!("03{:08}", rng.below(200_000))),
        presentation: Presentation::Allowed,
        dialed: Number::parse("0120339836"),
        call_id: Some(format!("{sequence}@host.example")),
        dialplan: Some("webex-support@0123456789ab".into()),
    });
    let values: [(&str, &[&str]); 5] = [
        ("desk", &["japan", "global", "sales"]),
        ("severity", &["S1", "S2", "S3", "S4"]),
        ("option", &["basic", "enhanced", "premium"]),
        ("product", &["meetings", "messaging", "calling", "contact-center"]),
        ("language", &["ja", "en"]),
    ];
    for (field, values) in values {
        let value = values.get(rng.below(values.len() as u64 + 1) as usize).copied();
        case.change(at, By::Plan, field, value).expect(field);
    }
    let queue = if rng.chance(80) { "japan-technical" } else { "japan-sales" };
    case.record(at, By::Plan, Event::QueueEntered { queue: queue.into(), position: 1 });
    if rng.chance(70) {
        case.record(at, By::Engine, Event::Answered { target: "sip:japan-desk@192.0.2.7".into() });
        let agent = format!("agent-{}", rng.below(50));
        case.change(at, By::Engine, "agent", Some(&agent)).expect("a name");
    }
    if rng.chance(60) {
        case.record(at, By::Agent("sato".into()), Event::Closed);
    }
    case
}

async fn create(time: Duration, is_followed: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let syncs = synced_writes(folder.path(), Duration::from_secs(2));
    let store = Store::open(&format!("sqlite:{}/cases.db", folder.path().display())).await.expect("a store");
    let (writer, mut events) = store.start_writer(&folder.path().join("spool")).expect("a spool");
    let follower = is_followed.then(|| store.follow());
    let mut rng = Rng::from_seed(1);
    let cases: Vec<Case> = (0..20_000).map(|n| case(&mut rng, n)).collect();
    let start = Instant::now();
    let (mut sent, mut stored, mut batches) = (0_u64, 0_u64, 0_u64);
    while start.elapsed() < time {
        while writer.room() > 0 && sent < stored + 4_096 {
            let mut case = cases[(sent % 20_000) as usize].clone();
            if sent >= 20_000 {
                case = renumbered(&case, sent);
            }
            sent += 1;
            writer.submit(sent, Write::SaveCase(Box::new(case))).expect("room");
        }
        if let Some(StoreEvent::StoredUpTo(token)) = events.recv().await {
            (stored, batches) = (token, batches + 1);
        }
    }
    let took = start.elapsed().as_secs_f64();
    println!(
        "cases on disk and acknowledged  {:.0} a second ({stored} in {took:.1} s, {batches} commits{})",
        stored as f64 / took,
        if follower.is_some() { ", followed" } else { "" }
    );
    println!("the disk's synced 4 KiB writes  {syncs:.0} a second");
}

fn renumbered(case: &Case, sequence: u64) -> Case {
    let number = CaseNumber::from_sequence(sequence).expect("seven digits");
    let mut copy =
        Case::kept(number, case.opened_at(), Channel::Phone, case.stage(), None, case.timeline().to_vec());
    copy.desk.clone_from(&case.desk);
    copy.severity = case.severity;
    copy.caller.clone_from(&case.caller);
    copy.dialed.clone_from(&case.dialed);
    copy.call_id.clone_from(&case.call_id);
    copy.dialplan.clone_from(&case.dialplan);
    copy
}

/// How often this disk takes a page and has it safe.
fn synced_writes(folder: &Path, time: Duration) -> f64 {
    let mut file = std::fs::File::create(folder.join("synced")).expect("a file");
    file.write_all(&[0; 1 << 20]).expect("written");
    let (start, mut count) = (Instant::now(), 0_u64);
    while start.elapsed() < time {
        file.write_all_at(&[1; 4_096], (count % 256) * 4_096).expect("written");
        file.sync_data().expect("synced");
        count += 1;
    }
    count as f64 / start.elapsed().as_secs_f64()
}

async fn list(count: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&format!("sqlite:{}/cases.db", folder.path().display())).await.expect("a store");
    let mut rng = Rng::from_seed(1);
    let start = Instant::now();
    for first in (0..count).step_by(5_000) {
        let batch: Vec<Write> = (first..(first + 5_000).min(count))
            .map(|n| Write::SaveCase(Box::new(case(&mut rng, n))))
            .collect();
        store.apply(&batch).await.expect("written");
    }
    println!("{count} cases written in {:.0} s", start.elapsed().as_secs_f64());
    let middle = CaseNumber::from_sequence(count / 2);
    println!("{:<60} {:>8} {:>10} {:>10}", "filter", "cases", "newest ms", "middle ms");
    for (name, filter) in filters(count) {
        let newest = median(&store, &filter, None).await;
        let older = median(&store, &filter, middle).await;
        println!("{name:<60} {:>8} {:>10.2} {:>10.2}", newest.0, newest.1, older.1);
    }
}

async fn median(store: &Store, filter: &Filter, cursor: Option<CaseNumber>) -> (usize, f64) {
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..15 {
        let start = Instant::now();
        found = store.list(filter, 50, cursor).await.expect("a page").cases.len();
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    (found, times[times.len() / 2])
}

fn filters(count: u64) -> Vec<(&'static str, Filter)> {
    let none = Filter::default;
    let (desk, nowhere) = (Some("japan".to_string()), Some("nowhere".to_string()));
    let at = |part: u64| Some(NOON + Duration::from_secs(count * part / 10));
    vec![
        ("none", none()),
        ("stage", Filter { stage: Some(Stage::WithDesk), ..none() }),
        ("desk", Filter { desk: desk.clone(), ..none() }),
        ("severity", Filter { severity: Some(Severity::S1), ..none() }),
        ("desk, severity", Filter { desk: desk.clone(), severity: Some(Severity::S2), ..none() }),
        (
            "stage, desk, severity, option, product, queue",
            Filter {
                stage: Some(Stage::Closed),
                desk: desk.clone(),
                severity: Some(Severity::S2),
                option: Some(SupportOption::Premium),
                product: Some(Product::Calling),
                queue: Some("japan-sales".into()),
                ..none()
            },
        ),
        (
            "stage, severity: none fits",
            Filter { stage: Some(Stage::CallBack), severity: Some(Severity::S1), ..none() },
        ),
        ("desk: none fits", Filter { desk: nowhere, ..none() }),
        ("caller", Filter { caller: Number::parse("0300000007"), ..none() }),
        (
            "caller, desk: few fit",
            Filter { caller: Number::parse("0300000007"), desk: desk.clone(), ..none() },
        ),
        ("agent", Filter { agent: Some("agent-7".into()), ..none() }),
        (
            "agent, stage, severity: none fits",
            Filter {
                agent: Some("agent-7".into()),
                stage: Some(Stage::CallBack),
                severity: Some(Severity::S1),
                ..none()
            },
        ),
        (
            "agent, desk, severity, option",
            Filter {
                agent: Some("agent-7".into()),
                desk,
                severity: Some(Severity::S3),
                option: Some(SupportOption::Basic),
                ..none()
            },
        ),
        ("opened in a tenth of the time", Filter { opened_from: at(4), opened_to: at(5), ..none() }),
        (
            "severity, opened in a tenth of the time",
            Filter { severity: Some(Severity::S4), opened_from: at(4), opened_to: at(5), ..none() },
        ),
    ]
}
