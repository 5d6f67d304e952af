//! What callers, desks and customers on the web were told stands, whatever happens to the engine and to its database.
//!
//! `MADOGUCHI_KILLS=200` and `MADOGUCHI_OUTAGE_S=60` make these as long as they are worth on a machine of their own.

use crate::engine::{Desks, Engine};
use crate::ports;
use crate::process::PATIENCE;
use crate::server::{self, Server};
use crate::sipp::{Run, Sipp};
use madoguchi::base::Rng;
use madoguchi::case::{CaseNumber, Event};
use madoguchi::store::Store;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Calls that SIPp places in a second.
const RATE: &str = "30";
/// Calls at once.
const AT_ONCE: &str = "60";

fn count_of(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// SIPp's options for calls without end.
const MANY: &[&str] =
    &["-m", "1000000", "-r", RATE, "-l", AT_ONCE, "-cid_str", "%u-%p@%s", "-timeout", "3600"];

/// An engine whose calls go to a desk that answers every one, with much to write and little to log.
fn engine(desk: u16, url: &str) -> Engine {
    let audio = ports::take(260);
    let audio = format!("{}-{}", audio.start(), audio.end());
    // Ports that rest after each call, and what strangers may send, would be the bounds of the load.
    let variables = [
        ("MADOGUCHI__STORE__URL", url),
        ("MADOGUCHI__MEDIA__PORTS", &audio),
        ("MADOGUCHI__MEDIA__PORT_REST", "0s"),
        ("MADOGUCHI__SIP__STRANGERS__MESSAGES_PER_SECOND", "5000"),
        ("MADOGUCHI__SIP__STRANGERS__CALLS_PER_SECOND", "500"),
        ("MADOGUCHI_LOG", "warn"),
    ];
    Engine::start_with(&Desks { global: vec![desk], ..Desks::default() }, &variables)
}

fn callers(engine: &Engine) -> Sipp {
    Sipp::call(engine.sip, &engine.folder(), "many_callers", &Run { options: MANY, ..Run::default() })
}

/// The numbers of cases that the desk was told, in the order it was told them.
fn told(folder: &Path, desk: u16) -> Vec<CaseNumber> {
    let messages =
        std::fs::read_to_string(folder.join(format!("desk_takes-{desk}.messages"))).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let numbers = messages.lines().filter_map(|line| line.strip_prefix("X-Madoguchi-Case: "));
    let numbers = numbers.filter_map(|number| CaseNumber::parse(number.trim()).ok());
    numbers.filter(|number| seen.insert(*number)).collect()
}

/// Every one is there, and the store is whole.
async fn assert_kept(url: &str, told: &[CaseNumber]) {
    let store = Store::open_existing(url).await.expect("the store");
    let found = store.verify().await.expect("read");
    assert_eq!(found.wrong, [""; 0]);
    for number in told {
        let case = store.case(*number).await.expect("read");
        let case = case.unwrap_or_else(|| panic!("{number} was told and is not there"));
        let events = case.timeline().iter().map(|entry| &entry.event);
        assert!(events.clone().any(|event| matches!(event, Event::Opened)), "{case:#?}");
        let moments = case.timeline().windows(2);
        assert!(moments.clone().all(|pair| pair[0].at <= pair[1].at), "{number}: in order: {case:#?}");
    }
    println!("{} cases, of which {} were told; {} calls", found.cases, told.len(), found.calls);
    store.close().await;
}

/// Somebody who opens cases on the web, one after the other, until asked for what they were told.
struct Web {
    is_over: Arc<AtomicBool>,
    told: JoinHandle<Vec<CaseNumber>>,
}

impl Web {
    fn start(engine: &Engine) -> Web {
        let (http, token) = (engine.http, engine.token("agent"));
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let told = std::thread::spawn(move || {
            let mut told = Vec::new();
            while !over.load(Ordering::Relaxed) {
                match opened(http, &token) {
                    Some(number) => told.push(number),
                    // The engine is down: it is asked again, and meanwhile not without a pause.
                    None => std::thread::sleep(Duration::from_millis(20)),
                }
            }
            told
        });
        Web { is_over, told }
    }

    fn end(self) -> Vec<CaseNumber> {
        self.is_over.store(true, Ordering::Relaxed);
        self.told.join().expect("it ends")
    }
}

/// Opens a case on the web; its number, where the answer came whole.
fn opened(http: SocketAddr, token: &str) -> Option<CaseNumber> {
    let form = json!({ "desk": "global", "severity": "S3", "summary": "no sound", "description": "none at all",
        "contact": "Sato", "contact_number": "0312345678" });
    let form = form.to_string();
    let request = format!(
        "POST /api/v1/cases HTTP/1.1\r\nHost: {http}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
        form.len()
    );
    let answer = asked(http, &request).ok()?;
    let created = answer.starts_with("HTTP/1.1 201 ");
    assert!(created || answer.is_empty() || answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let body = answer.split_once("\r\n\r\n").filter(|_| created)?.1;
    let case: Value = serde_json::from_str(body).ok()?;
    Some(CaseNumber::parse(case["number"].as_str()?).expect("a number"))
}

/// Cuts the power of an engine under load again and again.
fn cut_again_and_again(url: &str) {
    let desk = ports::one();
    let mut engine = engine(desk, url);
    let folder = engine.folder();
    let _desk = Sipp::wait_at(desk, &folder, "desk_takes", &Run { options: MANY, ..Run::default() });
    let web = Web::start(&engine);
    let mut rng = Rng::from_seed(11);
    for _cut in 0..count_of("MADOGUCHI_KILLS", 6) {
        let callers = callers(&engine);
        // A random moment, whatever the engine is doing then, is what is tested.
        std::thread::sleep(Duration::from_millis(300 + rng.below(1_500)));
        engine.cut_and_start_again();
        drop(callers);
    }
    let (mut told, on_the_web) = (told(&folder, desk), web.end());
    assert!(told.len() > 10 && on_the_web.len() > 10, "the load was no load: {told:?}, {on_the_web:?}");
    told.extend(on_the_web);
    let kept = tokio::runtime::Runtime::new().expect("a runtime");
    // What a database that was slow for a moment has left in the spool is on disk, and lands when it answers.
    let spool = folder.join("spool.jsonl");
    let has_landed = || std::fs::metadata(&spool).is_ok_and(|spool| spool.len() == 0);
    engine.process.wait_outside("what waits in the spool lands", has_landed);
    // Calls of callers who were cut off are not waited for.
    engine.process.terminate();
    engine.process.wait_outside("it drains, or has", || {
        let says = ready(engine.admin);
        says.contains("draining") || !says.starts_with("HTTP/")
    });
    engine.process.terminate();
    engine.process.wait_end(PATIENCE);
    kept.block_on(assert_kept(url, &told));
}

#[test]
fn no_case_that_was_told_is_lost_or_torn_when_the_engine_is_killed_over_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    cut_again_and_again(&format!("sqlite:{}/cases.db", folder.path().display()));
}

#[test]
fn no_case_that_was_told_is_lost_or_torn_when_the_engine_is_killed_over_postgresql() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let url = runtime.block_on(server::database());
    cut_again_and_again(&url);
}

#[test]
fn while_postgresql_is_away_calls_go_on_and_every_case_arrives_when_it_is_back() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut server = Server::start();
    let url = runtime.block_on(server.database());
    let desk = ports::one();
    let mut engine = engine(desk, &url);
    let folder = engine.folder();
    let _desk = Sipp::wait_at(desk, &folder, "desk_takes", &Run { options: MANY, ..Run::default() });
    let callers = callers(&engine);
    let until = |what: &str, count: usize| {
        engine.process.wait_outside(what, || told(&folder, desk).len() >= count);
    };
    until("the load is one", 20);
    assert!(ready(engine.admin).starts_with("HTTP/1.1 200"), "{}", ready(engine.admin));
    server.stop();
    let before = told(&folder, desk).len();
    until("calls go on while it is away", before + 20);
    // How long the database is away is what is tested; calls have gone on already.
    std::thread::sleep(Duration::from_secs(count_of("MADOGUCHI_OUTAGE_S", 0)));
    let away = told(&folder, desk).len();
    let says = ready(engine.admin);
    assert!(says.starts_with("HTTP/1.1 503") && says.contains("the store fails"), "{says}");
    server.start_again();
    engine.process.wait_outside("it is ready again", || ready(engine.admin).starts_with("HTTP/1.1 200"));
    until("calls go on", away + 20);
    callers.finish();
    engine.process.terminate();
    engine.process.wait_end(PATIENCE);
    let told = told(&folder, desk);
    runtime.block_on(async {
        assert_kept(&url, &told).await;
        let store = Store::open_existing(&url).await.expect("the store");
        for number in told {
            let case = store.case(number).await.expect("read").expect("there");
            assert!(
                case.end_cause().is_some(),
                "the last that was written of {number} is here too: {case:#?}"
            );
        }
        store.close().await;
    });
}

/// What the engine says of itself.
fn ready(admin: SocketAddr) -> String {
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n");
    asked(admin, &request).unwrap_or_else(|error| error.to_string())
}

/// What comes for a request; also where it is cut off.
fn asked(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
