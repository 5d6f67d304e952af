//! A receiver on this machine that takes, refuses, fails, hangs and goes away; the store and everything between are real.

use super::courier::Standing;
use super::{Delivery, Pace, Subscription};
use crate::base::{Number, Presentation, Rng, Secret, UnixTime};
use crate::case::{By, Case, CaseNumber, Channel, ClockKind, Event, Opening, Ring};
use crate::net::Clock;
use crate::store::{Store, Write};
use crate::webhook::{Address, Receiver};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use ring::hmac;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

const NOON: UnixTime = UnixTime::from_secs(1_770_692_400);
const SECRET: &str = "0123456789abcdef";
const PATIENCE: Duration = Duration::from_secs(20);

/// A tenth of a second where others wait for an hour.
fn pace() -> Pace {
    let ms = Duration::from_millis;
    Pace {
        look: ms(5),
        deadline: ms(400),
        first: ms(10),
        longest: ms(50),
        rest: ms(20),
        at_once: 8,
        ..Pace::default()
    }
}

/// A request that came in.
#[derive(Clone, Debug)]
struct Told {
    path: String,
    headers: HeaderMap,
    body: String,
    /// How often this event has come, this time among them.
    attempt: usize,
    at: tokio::time::Instant,
}

impl Told {
    fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).expect(name).to_str().expect("text")
    }

    /// The case and what happened.
    fn what(&self) -> (String, String) {
        let event = self.event();
        let text = |name: &str| event[name].as_str().expect(name).to_string();
        (text("subject"), text("type"))
    }
}

/// What it answers to one; none: nothing, ever.
type Answers = fn(&Told) -> Option<Response>;

#[derive(Clone)]
struct Desk {
    answers: Answers,
    seen: Arc<Mutex<BTreeMap<String, usize>>>,
    tell: UnboundedSender<Told>,
}

async fn hear(State(desk): State<Desk>, uri: Uri, headers: HeaderMap, body: String) -> Response {
    let id = headers.get("Idempotency-Key").expect("a key").to_str().expect("text").to_string();
    let attempt = {
        let mut seen = desk.seen.lock().expect("unpoisoned");
        *seen.entry(id).and_modify(|count| *count += 1).or_insert(1)
    };
    let told = Told { path: uri.path().into(), headers, body, attempt, at: tokio::time::Instant::now() };
    let answer = (desk.answers)(&told);
    desk.tell.send(told).expect("the test listens");
    match answer {
        Some(answer) => answer,
        None => std::future::pending().await,
    }
}

/// A receiver, and what it hears.
async fn receiver(answers: Answers) -> (SocketAddr, UnboundedReceiver<Told>) {
    let (tell, told) = unbounded_channel();
    let desk = Desk { answers, seen: Arc::default(), tell };
    let app = Router::new().fallback(hear).with_state(desk);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, told)
}

async fn hears(told: &mut UnboundedReceiver<Told>) -> Told {
    tokio::time::timeout(PATIENCE, told.recv()).await.expect("in time").expect("it listens")
}

fn takes(_: &Told) -> Option<Response> {
    Some(StatusCode::NO_CONTENT.into_response())
}

fn failed(status: StatusCode) -> Option<Response> {
    Some(status.into_response())
}

fn to(receivers: &[(&str, SocketAddr)]) -> BTreeMap<String, Subscription> {
    let subscription = |(name, address): &(&str, SocketAddr)| {
        let receiver = Receiver {
            address: Address::parse(&format!("http://{address}/{name}")).expect("on this machine"),
            secret: Secret::new(SECRET.into()),
        };
        let (source, kinds) = ("urn:test".to_string(), BTreeSet::new());
        ((*name).to_string(), Subscription { receiver, source, kinds })
    };
    receivers.iter().map(subscription).collect()
}

async fn delivery(store: &Store, receivers: &[(&str, SocketAddr)], pace: Pace) -> Delivery {
    let rng = Rng::from_seed(1);
    Delivery::new(store.clone(), Clock::start(), &to(receivers), pace, &rng).await.expect("ready")
}

async fn store(folder: &tempfile::TempDir) -> Store {
    Store::open(&format!("sqlite:{}/cases.db", folder.path().display())).await.expect("a store")
}

fn case(sequence: u64) -> Case {
    Case::open(Opening {
        number: CaseNumber::from_sequence(sequence).expect("a sequence"),
        at: NOON,
        channel: Channel::Phone,
        caller: Number::parse("0312345678"),
        presentation: Presentation::Allowed,
        dialed: Number::parse("0120339836"),
        call_id: Some("abc".into()),
        dialplan: None,
    })
}

/// Opened, and noted on.
fn noted(sequence: u64) -> Case {
    let mut case = case(sequence);
    case.record(
        NOON,
        By::Agent("sato".into()),
        Event::Noted { text: "at home until 5".into(), public: false },
    );
    case
}

async fn save(store: &Store, cases: impl IntoIterator<Item = Case>) {
    let writes: Vec<Write> = cases.into_iter().map(|case| Write::SaveCase(Box::new(case))).collect();
    store.apply(&writes).await.expect("written");
}

/// Until nothing waits for a receiver: how much was given up.
async fn emptied(store: &Store, receiver: &str) -> u64 {
    let empty = async {
        loop {
            let waiting = store.waiting(receiver).await.expect("read");
            if waiting.waiting == 0 {
                return waiting.dead;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, empty).await.expect("in time")
}

#[tokio::test]
async fn an_event_says_what_happened_and_is_signed_and_nothing_private_is_in_it() {
    let (folder, (address, mut told)) = (tempfile::tempdir().expect("a folder"), receiver(takes).await);
    let store = store(&folder).await;
    let mut going = JoinSet::new();
    going.spawn(delivery(&store, &[("crm", address)], pace()).await.go());
    let mut case = noted(1);
    let sato = || By::Agent("sato".into());
    for (field, value) in [("severity", "S2"), ("contact_number", "0399998888"), ("description", "geheim")] {
        case.change(NOON, sato(), field, Some(value)).expect(field);
    }
    let callback = Number::parse("09012345678").expect("a number");
    case.record(NOON, By::Caller, Event::CallbackRequested { queue: "q".into(), number: callback });
    let due = NOON + Duration::from_millis(1_500);
    let met = Event::ClockRang { clock: ClockKind::FirstResponse, ring: Ring::Met, due };
    case.record(NOON, By::Engine, met);
    save(&store, [case.clone()]).await;
    let mut all = Vec::new();
    while all.len() < case.timeline().len() {
        all.push(hears(&mut told).await);
    }
    let severity = all.get(2).expect("the third");
    let number = case.number().to_string();
    let want = json!({
        "specversion": "1.0", "id": format!("{number}-2-1770692400000"), "source": "urn:test",
        "type": "case.field-changed.severity", "subject": number, "time": "2026-02-10T03:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "case": {
                "number": number, "stage": "call-back", "channel": "phone", "opened_at": "2026-02-10T03:00:00Z",
                "dialed": "0120339836", "call_id": "abc", "dialplan": null, "language": null,
                "interpreter": false, "desk": null, "queue": "q", "tier": null, "has_pin": null, "option": null,
                "product": null, "severity": "S2", "satisfaction": null, "first_response_due": null,
                "next_update_due": null, "clock": null, "agent": null, "parent": null, "duplicate_of": null,
                "priority": 3,
            },
            "entry": {"at": "2026-02-10T03:00:00Z", "by": "agent:sato", "event": "field-changed",
                "field": "severity", "value": "S2"},
        },
    });
    assert_eq!(severity.event(), want);
    let met = all.last().expect("the last").event();
    assert_eq!(met["type"], "case.clock-rang.met");
    let want = json!({"at": "2026-02-10T03:00:00Z", "by": "engine", "event": "clock-rang",
        "clock": "first-response", "ring": "met", "due": "2026-02-10T03:00:01.5Z"});
    assert_eq!(met["data"]["entry"], want);
    assert_eq!(severity.header("Content-Type"), "application/cloudevents+json");
    assert_eq!(severity.header("Idempotency-Key"), format!("{number}-2-1770692400000"));
    for told in &all {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signed = format!("{}.{}", told.header("X-Madoguchi-Timestamp"), told.body);
        let signature: String =
            hmac::sign(&key, signed.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(told.header("X-Madoguchi-Signature"), format!("sha256={signature}"));
        for private in ["312345678", "399998888", "9012345678", "geheim", "at home"] {
            assert!(!told.body.contains(private), "{private} is in {}", told.body);
        }
    }
    assert_eq!(emptied(&store, "crm").await, 0);
}

#[tokio::test]
async fn what_fails_is_tried_again_before_the_rest_of_its_case_and_others_go_on() {
    let answers: Answers = |told| {
        let (subject, kind) = told.what();
        let fails = subject == case(1).number().to_string() && kind == "case.opened" && told.attempt <= 3;
        if fails { failed(StatusCode::SERVICE_UNAVAILABLE) } else { takes(told) }
    };
    let (folder, (address, mut told)) = (tempfile::tempdir().expect("a folder"), receiver(answers).await);
    let store = store(&folder).await;
    let delivery = delivery(&store, &[("crm", address)], pace()).await;
    save(&store, [noted(1), noted(2)]).await;
    let tallies = delivery.tallies();
    let mut going = JoinSet::new();
    going.spawn(delivery.go());
    let mut all = Vec::new();
    while all.len() < 7 {
        all.push(hears(&mut told).await);
    }
    let of = |sequence: u64| -> Vec<(String, usize)> {
        let subject = case(sequence).number().to_string();
        let told = all.iter().filter(|told| told.what().0 == subject);
        told.map(|told| (told.what().1, told.attempt)).collect()
    };
    let [opened, noted] = ["case.opened", "case.noted"].map(str::to_string);
    let last = (noted.clone(), 1);
    assert_eq!(
        of(1),
        [(opened.clone(), 1), (opened.clone(), 2), (opened.clone(), 3), (opened.clone(), 4), last]
    );
    assert_eq!(of(2), [(opened, 1), (noted, 1)]);
    assert_eq!(emptied(&store, "crm").await, 0);
    let same = all.iter().filter(|told| told.what() == all[0].what());
    assert_eq!(same.map(|told| &told.body).collect::<BTreeSet<_>>().len(), 1, "each attempt says the same");
    tallies.count(&store, NOON, Pace::default().give_up).await.expect("read");
    let figures = &tallies.figures()[0];
    assert_eq!((figures.sent, figures.failed, figures.waiting, figures.dead), (4, 3, 0, 0));
}

#[tokio::test]
async fn what_was_on_its_way_when_the_engine_ended_is_sent_again_under_the_same_id() {
    let hangs_once: Answers = |told| if told.attempt == 1 { None } else { takes(told) };
    let (folder, (address, mut told)) = (tempfile::tempdir().expect("a folder"), receiver(hangs_once).await);
    let before = store(&folder).await;
    let pace = Pace { held: Duration::from_millis(500), ..pace() };
    let mut going = JoinSet::new();
    going.spawn(delivery(&before, &[("crm", address)], pace).await.go());
    save(&before, [case(1)]).await;
    let first = hears(&mut told).await;
    going.shutdown().await;
    before.close().await;
    let after = store(&folder).await;
    going.spawn(delivery(&after, &[("crm", address)], pace).await.go());
    let second = hears(&mut told).await;
    assert_eq!(first.header("Idempotency-Key"), second.header("Idempotency-Key"));
    assert_eq!(first.body, second.body);
    assert_eq!(emptied(&after, "crm").await, 0);
}

#[tokio::test]
async fn two_engines_send_an_event_once() {
    let (folder, (address, mut told)) = (tempfile::tempdir().expect("a folder"), receiver(takes).await);
    let stores = [store(&folder).await, store(&folder).await];
    let mut going = JoinSet::new();
    for store in &stores {
        going.spawn(delivery(store, &[("crm", address)], pace()).await.go());
    }
    save(&stores[0], (1..=60).map(noted)).await;
    assert_eq!(emptied(&stores[1], "crm").await, 0);
    going.shutdown().await;
    let mut ids = BTreeMap::new();
    while let Ok(told) = told.try_recv() {
        *ids.entry(told.header("Idempotency-Key").to_string()).or_insert(0) += 1;
    }
    assert_eq!(ids.len(), 120);
    assert!(ids.values().all(|count| *count == 1), "{ids:?}");
}

#[tokio::test]
async fn what_a_receiver_refuses_or_never_takes_is_given_up_and_sent_again_on_demand() {
    let refuses_once: Answers = |told| match (told.what().1.as_str(), told.attempt) {
        ("case.opened", 1) => failed(StatusCode::UNPROCESSABLE_ENTITY),
        ("case.noted", 1) => failed(StatusCode::INTERNAL_SERVER_ERROR),
        _ => takes(told),
    };
    let (folder, (address, mut told)) =
        (tempfile::tempdir().expect("a folder"), receiver(refuses_once).await);
    let store = store(&folder).await;
    let pace = Pace { give_up: Duration::ZERO, ..pace() };
    let mut going = JoinSet::new();
    going.spawn(delivery(&store, &[("crm", address)], pace).await.go());
    save(&store, [noted(1)]).await;
    assert_eq!(emptied(&store, "crm").await, 2);
    let why: Vec<String> = store.dead(9).await.expect("read").into_iter().map(|dead| dead.why).collect();
    assert_eq!(why, ["it answered 500", "it answered 422"]);
    assert_eq!(store.tell_again(None).await.expect("written"), 2);
    assert_eq!(emptied(&store, "crm").await, 0);
    let mut all = Vec::new();
    while let Ok(told) = told.try_recv() {
        all.push((told.what().1, told.attempt));
    }
    let want = [("case.opened", 1), ("case.noted", 1), ("case.opened", 2), ("case.noted", 2)];
    assert_eq!(all, want.map(|(kind, attempt)| (kind.to_string(), attempt)));
}

#[tokio::test]
async fn a_receiver_that_hangs_redirects_or_is_away_keeps_no_other_waiting() {
    let hangs: Answers = |told| if told.attempt == 1 { None } else { takes(told) };
    let sends_away: Answers = |told| match told.attempt {
        1 => Some((StatusCode::TEMPORARY_REDIRECT, [("Location", "/elsewhere")]).into_response()),
        _ => takes(told),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (slow, mut slow_told) = receiver(hangs).await;
    let (moved, mut moved_told) = receiver(sends_away).await;
    let (good, mut good_told) = receiver(takes).await;
    let away =
        tokio::net::TcpListener::bind("127.0.0.1:0").await.and_then(|l| l.local_addr()).expect("a port");
    let store = store(&folder).await;
    let receivers = [("slow", slow), ("moved", moved), ("good", good), ("away", away)];
    let mut going = JoinSet::new();
    going.spawn(delivery(&store, &receivers, pace()).await.go());
    save(&store, [case(1)]).await;
    assert_eq!(hears(&mut good_told).await.path, "/good");
    let (first, second) = (hears(&mut slow_told).await, hears(&mut slow_told).await);
    assert!(second.at - first.at >= pace().deadline, "{:?}", second.at - first.at);
    for _ in 0..2 {
        assert_eq!(hears(&mut moved_told).await.path, "/moved", "no redirect is followed");
    }
    for name in ["slow", "moved", "good"] {
        assert_eq!(emptied(&store, name).await, 0, "{name}");
    }
    assert_eq!(store.waiting("away").await.expect("read").waiting, 1);
}

#[tokio::test]
async fn what_fails_together_is_one_failure_of_its_receiver() {
    let (folder, (address, _told)) = (tempfile::tempdir().expect("a folder"), receiver(takes).await);
    let store = store(&folder).await;
    let mut delivery = delivery(&store, &[("crm", address)], Pace::default()).await;
    let courier = delivery.couriers.first_mut().expect("one receiver");
    for _ in 0..16 {
        courier.rest("no connection", None);
    }
    assert!(matches!(courier.standing, Standing::Resting { failures: 1, .. }), "{:?}", courier.standing);
}

#[tokio::test]
async fn a_receiver_is_left_alone_as_long_as_it_asks() {
    let busy: Answers = |told| match told.attempt {
        1 => Some((StatusCode::TOO_MANY_REQUESTS, [("Retry-After", "1")]).into_response()),
        _ => takes(told),
    };
    let (folder, (address, mut told)) = (tempfile::tempdir().expect("a folder"), receiver(busy).await);
    let store = store(&folder).await;
    let mut going = JoinSet::new();
    going.spawn(delivery(&store, &[("crm", address)], pace()).await.go());
    save(&store, [case(1)]).await;
    let (first, second) = (hears(&mut told).await, hears(&mut told).await);
    assert!(second.at - first.at >= Duration::from_secs(1), "{:?}", second.at - first.at);
    assert_eq!(emptied(&store, "crm").await, 0);
}

#[tokio::test]
async fn what_was_under_way_shortens_no_rest_that_was_asked_for() {
    let busy: Answers = |told| match (told.attempt, told.what().0 == case(1).number().to_string()) {
        (1, true) => Some((StatusCode::TOO_MANY_REQUESTS, [("Retry-After", "1")]).into_response()),
        // No answer comes, some time after the first was asked to wait.
        (1, false) => None,
        _ => takes(told),
    };
    let (folder, (address, mut told)) = (tempfile::tempdir().expect("a folder"), receiver(busy).await);
    let store = store(&folder).await;
    let mut going = JoinSet::new();
    going.spawn(delivery(&store, &[("crm", address)], pace()).await.go());
    save(&store, [case(1), case(2)]).await;
    let (first, second) = (hears(&mut told).await, hears(&mut told).await);
    let third = hears(&mut told).await;
    let waited = third.at - first.at.max(second.at);
    assert!(waited >= Duration::from_secs(1), "{waited:?}: {first:?}, {second:?}, {third:?}");
}
