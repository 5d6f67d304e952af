//! A system on this machine that answers in every manner, and a store beside it.

use super::*;
use crate::base::{EntitlementKind, Secret, Verdict};
use crate::customer::{CustomerKey, Pin, PinKey};
use crate::store::ContractChange;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

const AT: UnixTime = UnixTime::from_secs(1_770_685_200);
const WITHIN: Duration = Duration::from_secs(20);

/// Questions so far, and whether it answers.
#[derive(Clone, Default)]
struct Service {
    asked: Arc<AtomicUsize>,
    down: Arc<Mutex<bool>>,
}

async fn answer(State(service): State<Service>, body: String) -> Result<String, StatusCode> {
    service.asked.fetch_add(1, Ordering::Relaxed);
    if *service.down.lock().expect("unpoisoned") {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let asked: Value = serde_json::from_str(&body).expect("JSON");
    match asked["value"].as_str() {
        Some("Beta") => Err(StatusCode::NOT_FOUND),
        Some("Slow") => std::future::pending().await,
        _ => Ok(json!({ "contracts": [{ "contract": "R-1", "customer": "Acme", "option": "premium",
            "products": ["meetings"], "from": "2026-01-01", "until": "2026-12-31" }] })
        .to_string()),
    }
}

/// A service, and an authority that asks it; its store knows Acme, Beta and Slow as Basic.
struct World {
    service: Service,
    authority: Authority,
    _folder: TempDir,
}

async fn world(change: impl FnOnce(&mut Settings, SocketAddr)) -> World {
    let service = Service::default();
    let app = Router::new().route("/", post(answer)).with_state(service.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut settings = Settings::built_in();
    let url = format!("http://{address}/");
    settings.customers.url = Some(crate::webhook::Address::parse(&url).expect("on this machine"));
    settings.customers.deadline = Duration::from_millis(200);
    change(&mut settings, address);
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("sqlite:{}", folder.path().join("m.db").display());
    let store = Store::open(&store).await.expect("a store");
    store.keep_contracts(&kept(), false).await.expect("kept");
    let authority = Authority::new(store, &settings, Clock::start()).expect("no certificates are wanted");
    World { service, authority, _folder: folder }
}

fn kept() -> Vec<ContractChange> {
    let day = |text| Day::parse(text).expect("a day");
    let key = |text| CustomerKey::parse(EntitlementKind::Org, text).expect("a key");
    let contract = Contract {
        number: "S-1".into(),
        customer: "Acme".into(),
        option: crate::base::SupportOption::Basic,
        products: [crate::base::Product::Meetings].into(),
        new_pricing: false,
        japanese_support: false,
        trial: false,
        from: day("2026-01-01"),
        until: day("2026-12-31"),
        keys: ["Acme", "Beta", "Slow"].map(key).into(),
    };
    vec![ContractChange { contract, pins: Some([hash("471108")].into()) }]
}

fn hash(digits: &str) -> crate::customer::PinHash {
    let key = PinKey::new(b"0123456789abcdef").expect("long enough");
    key.hash(&Pin::parse(digits).expect("a PIN"))
}

fn org(name: &str) -> Asked {
    Asked::Key(CustomerKey::parse(EntitlementKind::Org, name).expect("a key"))
}

impl World {
    /// The option of whoever is verified, or the verdict, or why there is none; and who says so.
    async fn ask(&self, asked: &Asked) -> (String, &'static str) {
        match self.authority.verify(asked, AT, WITHIN).await {
            Ok(Verification { verdict: Verdict::Verified(rights), by }) => {
                (rights.best().option.to_string(), by.name())
            }
            Ok(Verification { verdict, by }) => (verdict.name().to_string(), by.name()),
            Err(Unsaid::System(why)) => (why.to_string(), "nobody"),
            Err(Unsaid::Store(error)) => panic!("{error}"),
        }
    }

    fn asked(&self) -> usize {
        self.service.asked.load(Ordering::Relaxed)
    }

    fn down(&self, is_down: bool) {
        *self.service.down.lock().expect("unpoisoned") = is_down;
    }
}

fn said(what: &str, by: &'static str) -> (String, &'static str) {
    (what.to_string(), by)
}

#[tokio::test]
async fn the_customers_own_system_counts_before_the_store_and_is_asked_once() {
    let world = world(|_, _| {}).await;
    assert_eq!(world.ask(&org("Acme")).await, said("premium", "lookup"));
    assert_eq!(world.ask(&org("ACME")).await, said("premium", "remembered"));
    assert_eq!(world.ask(&org("Beta")).await, said("unknown", "lookup"), "the store is not asked");
    assert_eq!(world.ask(&org("beta")).await, said("unknown", "remembered"));
    assert_eq!(world.ask(&Asked::Pin(hash("471108"))).await, said("premium", "lookup"));
    assert_eq!(world.asked(), 3);
    let counts = world.authority.counts().expect("a system");
    assert_eq!((counts.found, counts.unknown, counts.remembered), (2, 1, 2));
    assert_eq!(counts.took.iter().sum::<u64>(), 3);
}

#[tokio::test]
async fn where_it_does_not_answer_in_time_the_store_says_and_whom_that_does_not_know_is_not_unknown() {
    let world = world(|settings, _| settings.customers.cache = Duration::ZERO).await;
    assert_eq!(world.ask(&org("Slow")).await, said("basic", "fallback"));
    world.down(true);
    assert_eq!(world.ask(&org("Acme")).await, said("basic", "fallback"));
    assert_eq!(world.ask(&Asked::Pin(hash("471108"))).await, said("basic", "fallback"));
    assert_eq!(world.ask(&org("Gamma")).await, said("status 503", "nobody"));
    world.down(false);
    assert_eq!(world.ask(&org("Acme")).await, said("premium", "lookup"));
    let counts = world.authority.counts().expect("a system");
    assert_eq!((counts.late, counts.broken, counts.found), (1, 3, 1));
}

#[tokio::test]
async fn where_the_settings_say_so_nobody_is_verified_by_the_store_instead() {
    let world = world(|settings, _| settings.customers.fallback = Fallback::Unverified).await;
    world.down(true);
    assert_eq!(world.ask(&org("Acme")).await, said("status 503", "nobody"));
}

#[tokio::test]
async fn a_system_that_is_down_is_asked_no_more_and_callers_wait_for_nothing() {
    let world = world(|_, _| {}).await;
    world.down(true);
    for _ in 0..20 {
        assert_eq!(world.ask(&org("Acme")).await, said("basic", "fallback"));
    }
    let counts = world.authority.counts().expect("a system");
    assert_eq!((world.asked(), counts.broken, counts.left_alone, counts.is_left_alone), (5, 5, 15, true));
    assert_eq!(world.ask(&org("Gamma")).await, said("unreachable", "nobody"));
}

/// The deadline of the settings is longer than the caller waits.
#[tokio::test]
async fn half_of_what_a_caller_waits_is_left_for_the_store() {
    let world = world(|settings, _| settings.customers.deadline = Duration::from_secs(3_600)).await;
    let within = Duration::from_secs(2);
    let asked = org("Slow");
    let said = tokio::time::timeout(within, world.authority.verify(&asked, AT, within)).await;
    let said = said.expect("in time").expect("by the store");
    assert_eq!(said.by, VerifiedBy::Fallback);
}

#[tokio::test]
async fn without_a_system_the_store_is_all_there_is() {
    let world = world(|settings, _| settings.customers.url = None).await;
    assert_eq!(world.ask(&org("Acme")).await, said("basic", "store"));
    assert_eq!(world.ask(&org("Gamma")).await, said("unknown", "store"));
    assert_eq!((world.asked(), world.authority.counts()), (0, None));
}

#[test]
fn what_is_asked_for_a_pin_prints_and_holds_no_digit() {
    let typed = Secret::new("471108".to_string());
    let asked = Asked::Pin(hash(typed.reveal()));
    assert!(!format!("{asked:?}{}", asked.value()).contains("471108"));
}
