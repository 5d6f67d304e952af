//! Login at the console: the cookie, the pauses, pages of other hosts.

use super::desk::{Desk, JSON, PASSWORD, Told};
use crate::web::access::Role;

fn ask(name: &str, password: &str) -> String {
    serde_json::json!({ "name": name, "password": password }).to_string()
}

async fn log_in(desk: &Desk) -> String {
    let told = desk.ask("POST", "/api/v1/login", &[JSON], &ask("sato", PASSWORD)).await;
    assert_eq!(told.status, 200, "{told:?}");
    let cookie = told.header("set-cookie").expect("a cookie");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"), "{cookie}");
    format!("Cookie: theme=dark; {}", cookie.split(';').next().expect("a value"))
}

#[tokio::test]
async fn who_logs_in_is_known_by_the_cookie_until_the_end() {
    let desk = Desk::open().await;
    let cookie = log_in(&desk).await;
    let me = desk.ask("GET", "/api/v1/me", &[&cookie], "").await.json();
    assert_eq!(me["name"], "sato");
    assert_eq!(
        (&me["display_name"], &me["role"], &me["by"]),
        (&"佐藤".into(), &"supervisor".into(), &"login".into())
    );
    assert!(me["expires_at"].as_str().is_some_and(|at| at.starts_with("2026-02-10T13:0")), "{me}");
    let own = format!("Origin: http://{}", desk.address);
    for foreign in ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "X-Nothing: said"] {
        let told = desk.ask("POST", "/api/v1/logout", &[&cookie, foreign], "").await;
        assert_eq!((told.status, told.kind().as_str()), (403, "foreign-page"), "{foreign}");
    }
    let over = desk.ask("POST", "/api/v1/logout", &[&cookie, &own], "").await;
    assert_eq!(over.status, 204);
    assert!(over.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    assert_eq!(desk.ask("GET", "/api/v1/me", &[&cookie], "").await.status, 401);
    let foreign = ["Origin: https://evil.example", JSON];
    assert_eq!(
        desk.ask("POST", "/api/v1/login", &foreign, &ask("sato", PASSWORD)).await.kind(),
        "foreign-page"
    );
}

#[tokio::test]
async fn a_login_is_over_once_the_password_is_another() {
    let desk = Desk::open().await;
    let cookie = log_in(&desk).await;
    let desk = desk.with_password(PASSWORD).await;
    assert_eq!(desk.ask("GET", "/api/v1/me", &[&cookie], "").await.status, 200, "a restart ends no login");
    let desk = desk.with_password("another horse").await;
    let me = desk.ask("GET", "/api/v1/me", &[&cookie], "").await;
    assert_eq!((me.status, me.kind().as_str()), (401, "no-proof"));
}

#[tokio::test]
async fn a_name_that_is_nobodys_is_not_remembered_however_long_it_is() {
    let desk = Desk::open().await;
    let log_in = async |length: usize| {
        desk.ask("POST", "/api/v1/login", &[JSON], &ask(&"x".repeat(length), "y")).await
    };
    for _ in 0..30 {
        let told = log_in(129).await;
        assert_eq!((told.status, told.kind().as_str()), (422, "bad-value"));
        assert_eq!(told.json()["field"], "name");
    }
    assert_eq!(log_in(128).await.kind(), "wrong-login", "those were no tries");
    let entries = desk.store.audit_log(50, None).await.expect("read");
    assert!(entries.iter().all(|entry| entry.deed.subject.len() <= 128));
}

#[tokio::test]
async fn whoever_guesses_waits_and_the_secret_is_nowhere() {
    let desk = Desk::open().await;
    let wrong = async |name: &str| -> Told {
        desk.ask("POST", "/api/v1/login", &[JSON], &ask(name, "wrong secret")).await
    };
    for _ in 0..5 {
        assert_eq!(wrong("sato").await.kind(), "wrong-login");
    }
    let told = wrong("sato").await;
    assert_eq!((told.status, told.kind().as_str()), (429, "too-many-tries"));
    assert!(told.header("retry-after").is_some_and(|wait| wait.parse::<u64>().is_ok_and(|wait| wait >= 1)));
    let right = desk.ask("POST", "/api/v1/login", &[JSON], &ask("sato", PASSWORD)).await;
    assert_eq!(right.status, 429, "the right one waits too");
    assert_eq!(wrong("nobody").await.kind(), "wrong-login", "another name is not made to wait");
    let entries = desk.store.audit_log(50, None).await.expect("read");
    let logins: Vec<_> = entries.iter().filter(|entry| entry.deed.what == "login").collect();
    assert_eq!(logins.len(), 8, "every try is in the log");
    assert_eq!(
        (logins[0].deed.subject.as_str(), logins[0].deed.outcome.as_str()),
        ("nobody", "401 wrong-login")
    );
    let file =
        std::fs::read_dir(desk.folder.path()).expect("a folder").map(|file| file.expect("an entry").path());
    for file in file {
        let bytes = std::fs::read(&file).expect("read");
        for secret in ["wrong secret", PASSWORD, desk.proof(Role::Admin).split_at(22).1] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} has {secret}", file.display());
        }
    }
}

#[tokio::test]
async fn one_address_that_tries_many_names_waits_too() {
    let desk = Desk::open().await;
    let mut statuses = Vec::new();
    for name in 0..22 {
        statuses.push(desk.ask("POST", "/api/v1/login", &[JSON], &ask(&name.to_string(), "x")).await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 20, "{statuses:?}");
    assert_eq!(statuses[20..], [429, 429]);
}
