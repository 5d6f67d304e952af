//! Requests that come by a proxy: whose limits they are, and whom the audit log names.

use super::desk::{Desk, Told};
use crate::web::Proxies;
use crate::web::access::Role;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const CASE: &str = "severity=S3&desk=japan&summary=a&description=b&contact=c&contact_number=0312345678";

async fn desk(proxies: &[&str]) -> Desk {
    let networks = proxies.iter().map(|text| text.parse().expect("a network"));
    Desk::behind(Proxies::new(networks.collect())).await
}

async fn form(desk: &Desk, forwarded_for: &str) -> Told {
    desk.ask("POST", "/case", &[FORM, &format!("X-Forwarded-For: {forwarded_for}")], CASE).await
}

/// Who opened cases, newest first.
async fn sources(desk: &Desk, count: u32) -> Vec<String> {
    let log = desk.store.audit_log(count, None).await.expect("read");
    log.into_iter().map(|entry| entry.deed.source).collect()
}

#[tokio::test]
async fn each_customer_behind_a_proxy_has_limits_of_their_own() {
    let desk = desk(&["127.0.0.1", "10.0.0.0/8"]).await;
    for _ in 0..10 {
        assert_eq!(form(&desk, "203.0.113.1").await.status, 201);
    }
    for theirs in ["203.0.113.1", "192.0.2.9, 203.0.113.1", "203.0.113.1, 10.0.0.2"] {
        assert_eq!(form(&desk, theirs).await.status, 429, "{theirs}");
    }
    assert_eq!(form(&desk, "203.0.113.2").await.status, 201);
    assert_eq!(form(&desk, "2001:db8::1").await.status, 201);
    assert_eq!(sources(&desk, 3).await, ["2001:db8::1", "203.0.113.2", "203.0.113.1"]);
    let wrong = "{\"name\":\"sato\",\"password\":\"wrong\"}";
    let lines = ["Content-Type: application/json", "X-Forwarded-For: 203.0.113.3"];
    assert_eq!(desk.ask("POST", "/api/v1/login", &lines, wrong).await.status, 401);
    assert_eq!(sources(&desk, 1).await, ["203.0.113.3"]);
}

#[tokio::test]
async fn whoever_is_no_proxy_is_who_they_are_whatever_they_say() {
    for proxies in [&[][..], &["10.0.0.0/8", "::1"]] {
        let desk = desk(proxies).await;
        for client in 0..10 {
            assert_eq!(form(&desk, &format!("203.0.113.{client}")).await.status, 201);
        }
        assert_eq!(form(&desk, "203.0.113.99").await.status, 429);
        assert_eq!(sources(&desk, 1).await, ["127.0.0.1"]);
    }
}

/// What browsers send of a page that came over TLS, by a proxy that passes Host on.
#[tokio::test]
async fn a_page_over_tls_logs_in_and_changes_something_by_a_proxy() {
    let desk = desk(&["127.0.0.1"]).await;
    let origin = format!("Origin: https://{}", desk.address);
    let lines = ["Content-Type: application/json", "X-Forwarded-Proto: https", &origin];
    let login = format!("{{\"name\":\"sato\",\"password\":\"{}\"}}", super::desk::PASSWORD);
    let told = desk.ask("POST", "/api/v1/login", &lines, &login).await;
    let cookie = told.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie");
    let cookie = format!("Cookie: {cookie}");
    assert_eq!(desk.ask("POST", "/api/v1/logout", &[&cookie, &origin], "").await.status, 204);
    let who = desk.get(Role::Auditor, "/api/v1/audit?limit=1").await.json();
    assert_eq!(who["entries"][0]["who"], "login:sato");
}
