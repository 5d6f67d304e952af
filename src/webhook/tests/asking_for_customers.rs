//! Questions to a customers' own system on this machine, good and bad.

use super::*;
use crate::base::EntitlementKind;
use crate::customer::{Asked, CustomerKey, Pin, PinKey};
use axum::body::{Body, Bytes};
use axum::response::Html;
use futures_util::StreamExt;
use futures_util::stream::{iter, pending};

const NOBODY: &str = r#"{"contracts": []}"#;
const GOOD: &str = r#"{"contracts": [{"contract": "C-1", "customer": "Acme", "option": "premium",
    "products": ["meetings"], "from": "2026-01-01", "until": "2026-12-31"}]}"#;

async fn note_and_know(State(asked): State<super::Asked>, headers: HeaderMap, body: String) -> &'static str {
    asked.lock().expect("unpoisoned").push((headers, body));
    GOOD
}

/// A body that never ends, of chunks as large.
fn endless(chunk: usize) -> Body {
    let chunk = Bytes::from(vec![b' '; chunk]);
    Body::from_stream(iter(std::iter::repeat(chunk)).map(Ok::<Bytes, std::io::Error>))
}

/// A body of which a byte comes, and no more.
fn dripping() -> Body {
    let first = iter([Ok::<Bytes, std::io::Error>(Bytes::from_static(b"{"))]);
    Body::from_stream(first.chain(pending()))
}

/// A service with one path for each manner of answering; what it is asked at `/known`.
async fn system() -> (SocketAddr, super::Asked) {
    let asked = super::Asked::default();
    let app = Router::new()
        .route("/known", post(note_and_know))
        .route("/nobody", post(|| async { NOBODY }))
        .route("/not-found", post(|| async { (StatusCode::NOT_FOUND, "<h1>404</h1>") }))
        .route("/late", post(std::future::pending::<String>))
        .route("/dripping", post(|| async { dripping() }))
        .route("/endless", post(|| async { endless(16 * 1024) }))
        .route("/error", post(|| async { (StatusCode::INTERNAL_SERVER_ERROR, GOOD) }))
        .route("/created", post(|| async { (StatusCode::CREATED, GOOD) }))
        .route("/html", post(|| async { Html("<html><body>Sign in</body></html>") }))
        .route("/types", post(|| async { GOOD.replace("\"Acme\"", "4711") }))
        .route("/elsewhere", post(|| async { Redirect::temporary("/known") }))
        .with_state(asked.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, asked)
}

fn directory(address: SocketAddr, path: &str) -> Directory {
    let address = Address::parse(&format!("http://{address}/{path}")).expect("on this machine");
    let service = Webhook { address, secret: Some(Secret::new("geheim".into())) };
    Directory::new(service).expect("no certificates are wanted")
}

async fn ask(address: SocketAddr, path: &str, asked: &Asked) -> Result<usize, NoAnswer> {
    let at = UnixTime::from_secs(1_770_685_200);
    let found = directory(address, path).ask(asked, at, Duration::from_millis(300)).await;
    found.map(|contracts| contracts.len())
}

fn site() -> Asked {
    Asked::Key(CustomerKey::parse(EntitlementKind::SiteUrl, "ACME.webex.com").expect("a site"))
}

#[tokio::test]
async fn a_question_is_signed_and_names_a_key_or_the_hash_of_a_pin() {
    let (address, asked) = system().await;
    assert_eq!(ask(address, "known", &site()).await, Ok(1));
    let key = PinKey::new(b"0123456789abcdef").expect("long enough");
    let pin = Asked::Pin(key.hash(&Pin::parse("471108").expect("a PIN")));
    assert_eq!(ask(address, "known", &pin).await, Ok(1));
    let asked = asked.lock().expect("unpoisoned");
    let bodies: Vec<&str> = asked.iter().map(|(_, body)| body.as_str()).collect();
    let hash = "edd6bc4b4b5f193c1994ccd22a9130f939e4822bed598bdd495ceff3a0000948";
    let want = [
        r#"{"kind":"site-url","value":"acme.webex.com"}"#.to_string(),
        format!(r#"{{"kind":"pin-hmac","value":"{hash}"}}"#),
    ];
    assert_eq!(bodies, want);
    let signature = signature::of(&Secret::new("geheim".into()), "1770685200", want[0].as_bytes());
    assert_eq!(asked[0].0["X-Madoguchi-Signature"], signature.as_str());
    assert_eq!(asked[0].0["X-Madoguchi-Timestamp"], "1770685200");
}

#[tokio::test]
async fn whoever_is_not_known_is_so_by_404_or_by_no_contract() {
    let (address, _asked) = system().await;
    for path in ["nobody", "not-found"] {
        assert_eq!(ask(address, path, &site()).await, Ok(0), "{path}");
    }
}

#[tokio::test]
async fn whatever_is_no_answer_names_nobody() {
    let (address, asked) = system().await;
    for (path, why) in [
        ("late", NoAnswer::Late),
        ("dripping", NoAnswer::Late),
        ("endless", NoAnswer::TooLarge),
        ("error", NoAnswer::Status(500)),
        ("created", NoAnswer::Status(201)),
        ("html", NoAnswer::NotUnderstood),
        ("types", NoAnswer::NotUnderstood),
        ("elsewhere", NoAnswer::Status(307)),
    ] {
        assert_eq!(ask(address, path, &site()).await, Err(why), "{path}");
    }
    assert!(asked.lock().expect("unpoisoned").is_empty(), "no redirect is followed");
}
