//! The admin listener over real connections: what it answers, and whom it does not.

use super::{AdminListener, Figures, Operations, Problem, ReloadAsk, RollbackAsk};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Says what it was asked.
struct Echo;

impl Operations for Echo {
    fn ready(&self) -> Result<String, String> {
        Err("draining".into())
    }
    fn figures(&self) -> Figures {
        Figures { calls_up: 7, ..Figures::default() }
    }
    fn plans(&self) -> Value {
        json!([])
    }
    fn trunks(&self) -> Value {
        json!([])
    }
    fn phones(&self) -> Value {
        json!([])
    }
    async fn reload(&self, ask: ReloadAsk) -> Result<Value, Problem> {
        Ok(json!({ "by": ask.by }))
    }
    async fn roll_back(&self, ask: RollbackAsk) -> Result<Value, Problem> {
        let detail = format!("no version {}", ask.version);
        Err(Problem::new(404, "no-version", "No such version", detail).with("by", ask.by))
    }
}

async fn listener() -> SocketAddr {
    let listener = AdminListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("bound");
    let address = listener.address();
    tokio::spawn(listener.serve(Arc::new(Echo)));
    address
}

/// The whole answer to these lines and this body.
async fn answer(address: SocketAddr, head: &[&str], body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let length = format!("Content-Length: {}", body.len());
    let lines: Vec<&str> =
        head.iter().copied().chain([length.as_str(), "Connection: close", "", ""]).collect();
    let request = lines.join("\r\n") + body;
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    let _reset_after_the_answer = stream.read_to_string(&mut answer).await;
    answer
}

fn body(answer: &str) -> Value {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains("content-type: application/problem+json"), "{head}");
    serde_json::from_str(body).expect("JSON")
}

const JSON: &str = "Content-Type: application/json; charset=utf-8";

#[tokio::test]
async fn health_readiness_and_figures_are_answered() {
    let address = listener().await;
    let get =
        async |path: &str| answer(address, &[&format!("GET {path} HTTP/1.1"), "Host: localhost"], "").await;
    assert!(get("/healthz").await.ends_with("\r\n\r\nalive\n"));
    let not = get("/readyz").await;
    assert!(not.starts_with("HTTP/1.1 503 "), "{not}");
    assert_eq!(body(&not)["detail"], "draining");
    assert!(get("/metrics").await.contains("\nmadoguchi_calls_up 7\n"));
}

#[tokio::test]
async fn who_asks_is_told_without_what_a_terminal_would_act_on() {
    let address = listener().await;
    let reload = ["POST /reload HTTP/1.1", "Host: 127.0.0.1:1", JSON];
    let told = answer(address, &reload, r#"{"by":"sato\u001b[2J"}"#).await;
    assert!(told.ends_with(r#"{"by":"sato[2J"}"#), "{told}");
    let back = ["POST /plans/rollback HTTP/1.1", "Host: localhost", JSON];
    let told = answer(address, &back, r#"{"by":"sato","version":"00"}"#).await;
    assert!(told.starts_with("HTTP/1.1 404 "), "{told}");
    let want = json!({ "type": "urn:madoguchi:no-version", "title": "No such version", "status": 404,
        "detail": "no version 00", "by": "sato" });
    assert_eq!(body(&told), want);
}

#[tokio::test]
async fn what_a_web_page_could_have_sent_and_what_makes_no_sense_is_refused() {
    let address = listener().await;
    let post = "POST /reload HTTP/1.1";
    let huge = format!("{{\"by\":\"{}\"}}", "x".repeat(20_000));
    let cases: [(&[&str], &str, &str); 10] = [
        (&[post, "Host: localhost", JSON, "Origin: https://evil.example"], "{}", "403"),
        (&[post, "Host: localhost", JSON, "Origin: null"], "{}", "403"),
        (&[post, "Host: rebound.example:8081", JSON], "{}", "421"),
        (&["POST http://evil.example/reload HTTP/1.1", "Host: localhost", JSON], "{}", "421"),
        (&["GET /healthz HTTP/1.0"], "", "421"),
        (&[post, "Host: localhost", "Content-Type: text/plain"], "{}", "415"),
        (&[post, "Host: localhost", JSON], &huge, "413"),
        (&[post, "Host: localhost", JSON], "{\"user\":1}", "400"),
        (&["GET /secrets HTTP/1.1", "Host: localhost"], "", "404"),
        (&["GET /reload HTTP/1.1", "Host: localhost"], "", "405"),
    ];
    for (head, sent, status) in cases {
        let told = answer(address, head, sent).await;
        assert_eq!(told.split(' ').nth(1), Some(status), "{head:?} {told}");
        assert_eq!(body(&told)["status"].to_string(), status);
    }
}

#[tokio::test]
async fn an_address_in_use_is_one_clear_line() {
    let address = listener().await;
    let error = AdminListener::bind(address).await.expect_err("taken").to_string();
    assert!(error.starts_with(&format!("admin {address} is in use: ")) && !error.contains('\n'), "{error}");
}
