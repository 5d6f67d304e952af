//! Questions to a service on this machine, good and bad.

mod asking_for_customers;

use super::*;
use crate::base::{CallKey, Language, UnixTime};
use crate::node::AskKey;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Redirect;
use axum::routing::post;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

type Asked = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// A service with one path for each manner of answering; what it is asked at `/yes`.
async fn service() -> (SocketAddr, Asked) {
    let asked = Asked::default();
    let app = Router::new()
        .route("/yes", post(note))
        .route("/late", post(std::future::pending::<String>))
        .route("/error", post(|| async { (StatusCode::INTERNAL_SERVER_ERROR, r#"{"answer": "yes"}"#) }))
        .route("/garbage", post(|| async { "\u{0}yes" }))
        .route(
            "/huge",
            post(|| async { format!(r#"{{"answer": "yes", "x": "{}"}}"#, "x".repeat(MOST_BYTES)) }),
        )
        .route("/elsewhere", post(|| async { Redirect::temporary("/yes") }))
        .with_state(asked.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, asked)
}

async fn note(State(asked): State<Asked>, headers: HeaderMap, body: String) -> &'static str {
    asked.lock().expect("unpoisoned").push((headers, body));
    r#"{"answer": "yes"}"#
}

fn webhooks(base: &str, secret: Option<&str>) -> Webhooks {
    let paths = ["yes", "late", "error", "garbage", "huge", "elsewhere"];
    let service = |path: &str| {
        let address = Address::parse(&format!("http://{base}/{path}")).expect("on this machine");
        (path.to_string(), Webhook { address, secret: secret.map(|s| Secret::new(s.to_string())) })
    };
    Webhooks::new(paths.into_iter().map(service).collect()).expect("no certificates are wanted")
}

fn question(webhook: &str) -> Question {
    Question {
        ask: AskKey(1),
        call: CallKey(1),
        webhook: webhook.into(),
        deadline: Duration::from_millis(300),
        at: UnixTime::from_secs(1_770_685_200),
        call_id: "abc".into(),
        case: None,
        caller: Some("+81312345678".into()),
        dialed: "0120339836".into(),
        language: Language::Ja,
        plan: "orders".into(),
        step: "ask".into(),
        facts: BTreeMap::from([("desk".into(), "japan".into())]),
    }
}

#[tokio::test]
async fn a_question_carries_the_call_and_its_signature() {
    let (address, asked) = service().await;
    let answer = webhooks(&address.to_string(), Some("geheim")).ask(&question("yes")).await;
    assert_eq!(answer.as_deref(), Ok("yes"));
    let asked = asked.lock().expect("unpoisoned");
    let (headers, body) = asked.first().expect("one question");
    let want = r#"{"call_id":"abc","case":null,"caller":"+81312345678","dialed":"0120339836","language":"ja","plan":"orders","step":"ask","facts":{"desk":"japan"}}"#;
    assert_eq!(body, want);
    let signature = signature::of(&Secret::new("geheim".into()), "1770685200", want.as_bytes());
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("X-Madoguchi-Signature"), Some(signature.as_str()));
    assert_eq!(header("X-Madoguchi-Timestamp"), Some("1770685200"));
    assert_eq!(header("Content-Type"), Some("application/json"));
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let (address, asked) = service().await;
    assert!(webhooks(&address.to_string(), None).ask(&question("yes")).await.is_ok());
    assert!(!asked.lock().expect("unpoisoned")[0].0.contains_key("X-Madoguchi-Signature"));
}

#[tokio::test]
async fn whatever_is_no_answer_is_said_to_be_none() {
    let (address, asked) = service().await;
    let webhooks = webhooks(&address.to_string(), None);
    for (webhook, why) in [
        ("late", NoAnswer::Late),
        ("error", NoAnswer::Status(500)),
        ("garbage", NoAnswer::NotUnderstood),
        ("huge", NoAnswer::TooLarge),
        ("elsewhere", NoAnswer::Status(307)),
        ("unheard-of", NoAnswer::Unreachable),
    ] {
        assert_eq!(webhooks.ask(&question(webhook)).await, Err(why), "{webhook}");
    }
    assert!(asked.lock().expect("unpoisoned").is_empty(), "no redirect is followed");
}

#[tokio::test]
async fn who_does_not_listen_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let answer = webhooks(&address.to_string(), None).ask(&question("yes")).await;
    assert_eq!(answer, Err(NoAnswer::Unreachable));
}

#[tokio::test]
async fn one_question_more_than_may_be_open_is_not_asked() {
    let (address, asked) = service().await;
    let webhooks = Arc::new(webhooks(&address.to_string(), None));
    let open = webhooks.exchange.open.acquire_many(MOST_OPEN as u32 - 1).await.expect("never closed");
    let waiting = tokio::spawn({
        let webhooks = webhooks.clone();
        async move { webhooks.ask(&question("late")).await }
    });
    while webhooks.exchange.open.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(webhooks.ask(&question("yes")).await, Err(NoAnswer::TooMany));
    assert!(asked.lock().expect("unpoisoned").is_empty());
    assert_eq!(waiting.await.expect("no panic"), Err(NoAnswer::Late));
    drop(open);
    assert!(webhooks.ask(&question("yes")).await.is_ok());
}
