//! Malformed and hostile requests: each is a problem detail, none is a failure of ours.

use super::desk::{Desk, JSON};
use crate::web::access::Role;

#[tokio::test]
async fn json_that_is_none_or_not_what_is_wanted_is_told() {
    let desk = Desk::open().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (body, status) in [
        ("", 400),
        ("{", 400),
        ("null", 422),
        ("[]", 422),
        ("{\"name\":\"a\"}", 422),
        ("{\"name\":\"a\",\"password\":7}", 422),
        ("{\"name\":\"a\",\"password\":\"b\",\"role\":\"admin\"}", 422),
        ("{\"name\":\"a\",\"name\":\"b\",\"password\":\"c\"}", 422),
        ("{\"name\":\"\\ud800\",\"password\":\"c\"}", 400),
        ("{\"name\":1e999,\"password\":\"c\"}", 400),
        ("{\"name\":123456789012345678901234567890,\"password\":\"c\"}", 422),
        ("{\"name\":\"a\u{1}\",\"password\":\"c\"}", 400),
        (deep.as_str(), 422),
    ] {
        let told = desk.ask("POST", "/api/v1/login", &[JSON], body).await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!(told.status, status, "{shown} {told:?}");
        assert!(told.kind().starts_with("bad-"), "{shown}");
    }
    let nul = desk.ask("POST", "/api/v1/login", &[JSON], r#"{"name":"a\u0000b","password":"\u0000"}"#).await;
    assert_eq!(nul.status, 401, "text is text: {nul:?}");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_unread_and_one_that_is_no_json_too() {
    let desk = Desk::open().await;
    let announced = desk.exchange("POST", "/api/v1/login", &[JSON, "Content-Length: 104857600"], b"{").await;
    assert_eq!((announced.status, announced.kind().as_str()), (413, "too-long"));
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat().repeat(20);
    let endless = desk.exchange("POST", "/api/v1/login", &[JSON, "Transfer-Encoding: chunked"], &chunk).await;
    assert_eq!((endless.status, endless.kind().as_str()), (413, "too-long"));
    for kind in ["Content-Type: text/plain", "Content-Type: application/x-www-form-urlencoded", "X-No: type"]
    {
        let told = desk.ask("POST", "/api/v1/login", &[kind], "{}").await;
        assert_eq!((told.status, told.kind().as_str()), (415, "no-json"), "{kind}");
    }
}

#[tokio::test]
async fn what_there_is_not_is_a_problem_detail_and_nothing_is_kept_by_browsers() {
    let desk = Desk::open().await;
    for (method, path, status) in [
        ("GET", "/api/v1/secrets", 404),
        ("GET", "/", 404),
        ("DELETE", "/api/v1/me", 405),
        ("OPTIONS", "/api/v1/login", 405),
    ] {
        let told = desk.ask(method, path, &[&desk.proof(Role::Admin)], "").await;
        assert_eq!(told.status, status, "{method} {path}");
        told.kind();
    }
    for query in ["limit=0", "limit=201", "limit=x", "before=-1", "what=ever", "limit=1&limit=2"] {
        let told = desk.get(Role::Admin, &format!("/api/v1/audit?{query}")).await;
        assert_eq!((told.status, told.kind().as_str()), (400, "bad-query"), "{query}");
    }
    let me = desk.get(Role::Admin, "/api/v1/me").await;
    assert_eq!(
        (me.header("cache-control"), me.header("x-content-type-options")),
        (Some("no-store"), Some("nosniff"))
    );
}
