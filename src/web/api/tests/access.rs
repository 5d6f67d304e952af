//! Every path of the table with every role, and with no proof that counts.

use super::desk::{Desk, OPEN, token};
use crate::web::access::Role;
use crate::web::api::table::{Access, rows};
use std::time::Duration;

/// Who may do what, written out: a change of the table is seen here.
const MATRIX: &str = "\
GET   /api/openapi.json              anyone
POST  /api/v1/login                  anyone
POST  /api/v1/logout                 viewer agent supervisor admin auditor
GET   /api/v1/me                     viewer agent supervisor admin auditor
GET   /api/v1/cases                  viewer agent supervisor admin auditor
GET   /api/v1/cases/export           supervisor admin auditor
POST  /api/v1/cases                  anyone
GET   /api/v1/cases/{number}         viewer agent supervisor admin auditor
PATCH /api/v1/cases/{number}         agent supervisor admin
POST  /api/v1/cases/{number}/timeline agent supervisor admin
GET   /api/v1/cases/{number}/attachments viewer agent supervisor admin auditor
POST  /api/v1/cases/{number}/attachments agent supervisor admin
GET   /api/v1/cases/{number}/attachments/{file} agent supervisor admin
GET   /api/v1/calls                  viewer agent supervisor admin auditor
GET   /api/v1/calls/export           supervisor admin auditor
GET   /api/v1/calls/{id}             viewer agent supervisor admin auditor
GET   /api/v1/calls/{id}/journal     viewer agent supervisor admin auditor
GET   /api/v1/calls/{id}/ladder      viewer agent supervisor admin auditor
GET   /api/v1/calls/{id}/recording   agent supervisor admin
GET   /api/v1/queues                 viewer agent supervisor admin auditor
GET   /api/v1/agents                 viewer agent supervisor admin auditor
POST  /api/v1/agents/{name}/state    agent supervisor admin
GET   /api/v1/events                 viewer agent supervisor admin auditor
GET   /api/v1/reports                supervisor admin auditor
GET   /api/v1/audit                  admin auditor
";

/// A path with something in its places.
fn filled(path: &str) -> String {
    path.replace("{number}", "600000012")
        .replace("{id}", "boot-1")
        .replace("{file}", "boot-1.wav")
        .replace("{name}", "sato")
}

#[test]
fn the_table_says_who_may_do_what() {
    let line = |row: crate::web::api::table::Row| {
        let whom = match row.rule.access {
            Access::Anyone => "anyone".to_string(),
            Access::Roles(roles) => roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" "),
        };
        format!("{:5} {:30} {whom}\n", row.method.as_str(), row.path)
    };
    assert_eq!(rows().into_iter().map(line).collect::<String>(), MATRIX);
}

#[tokio::test]
async fn each_role_comes_to_the_paths_of_the_table_and_to_no_other() {
    let desk = Desk::open().await;
    desk.attend(Vec::new());
    for row in rows() {
        for role in Role::ALL.iter().copied() {
            let lines = [desk.proof(role), "Content-Type: application/json".to_string()];
            let lines = [lines[0].as_str(), lines[1].as_str()];
            let told = desk.ask(row.method.as_str(), &filled(&row.path), &lines, "{}").await;
            let may = match row.rule.access {
                Access::Anyone => true,
                Access::Roles(roles) => roles.contains(&role),
            };
            let place = format!("{role} {} {} {told:?}", row.method, row.path);
            assert_eq!(told.status == 403, !may, "{place}");
            assert!(told.status != 401 && told.status < 500, "{place}");
            if !may {
                assert_eq!(told.kind(), "wrong-role", "{place}");
            }
        }
    }
}

#[tokio::test]
async fn nobody_comes_in_without_a_proof_that_counts() {
    let desk = Desk::open().await;
    let expired = token(&desk.store, Role::Admin, "expired", OPEN).await;
    let revoked = token(&desk.store, Role::Admin, "revoked", OPEN + Duration::from_secs(60)).await;
    let all = desk.store.tokens().await.expect("read");
    let id = &all.iter().find(|token| token.name == "revoked").expect("kept").id;
    let deed = desk.store.audit_log(1, None).await.expect("read").remove(0).deed;
    assert!(desk.store.revoke_token(id, &deed).await.expect("revoked"));
    let foreign = format!("mdg_{}", "A".repeat(43));
    let good = desk.proof(Role::Admin);
    let cut = good.split_at(good.len() - 1).0.trim_start_matches("Authorization: Bearer ");
    for row in rows().into_iter().filter(|row| row.rule.access != Access::Anyone) {
        for proof in [
            String::new(),
            format!("Authorization: Bearer {expired}"),
            format!("Authorization: Bearer {revoked}"),
            format!("Authorization: Bearer {foreign}"),
            format!("Authorization: Bearer {cut}"),
            "Authorization: Bearer ' OR 1=1 --".to_string(),
            "Authorization: Basic c2F0bzpnZWhlaW0=".to_string(),
            "Cookie: madoguchi_login=AAAA; other=1".to_string(),
        ] {
            let lines: Vec<&str> = if proof.is_empty() { Vec::new() } else { vec![&proof] };
            let told = desk.ask(row.method.as_str(), &filled(&row.path), &lines, "").await;
            assert_eq!((told.status, told.kind().as_str()), (401, "no-proof"), "{} {proof}", row.path);
            assert!(told.header("www-authenticate").is_some_and(|scheme| scheme.starts_with("Bearer")));
        }
    }
}

#[tokio::test]
async fn the_use_of_a_token_is_noted_and_every_change_is_in_the_log_refused_or_not() {
    let desk = Desk::open().await;
    assert_eq!(desk.get(Role::Viewer, "/api/v1/me").await.json()["by"], "token");
    let used = async || {
        let tokens = desk.store.tokens().await.expect("read").into_iter();
        tokens.filter(|token| token.last_used_at.is_some()).map(|token| token.name).collect::<Vec<_>>()
    };
    let patience = tokio::time::Instant::now() + Duration::from_secs(30);
    while used().await.is_empty() && tokio::time::Instant::now() < patience {
        tokio::task::yield_now().await;
    }
    assert_eq!(used().await, ["viewer"]);
    assert_eq!(desk.send(Role::Agent, "POST", "/api/v1/logout", &[], "").await.status, 204);
    assert_eq!(desk.ask("POST", "/api/v1/logout", &[], "").await.status, 401);
    let log = desk.get(Role::Auditor, "/api/v1/audit?limit=2").await.json();
    let line = |at: usize, name: &str| log["entries"][at][name].as_str().expect("text").to_string();
    let said = |at| ["who", "source", "what", "subject", "outcome"].map(|name| line(at, name));
    assert_eq!(said(0), ["nobody", "127.0.0.1", "logout", "/api/v1/logout", "401 no-proof"]);
    assert_eq!(said(1), ["token:agent", "127.0.0.1", "logout", "/api/v1/logout", "204"]);
    let next = log["next"].as_u64().expect("more");
    let older = desk.get(Role::Admin, &format!("/api/v1/audit?limit=200&before={next}")).await.json();
    assert_eq!(older["entries"].as_array().map(Vec::len), Some(5), "a token of each role was made");
    assert_eq!(older["next"], serde_json::Value::Null);
    assert_eq!(desk.store.verify_audit().await.expect("read").misfit, None);
    for _ in 0..100 {
        desk.ask("POST", "/api/v1/logout", &[], "").await;
    }
    let written = desk.store.verify_audit().await.expect("read").good;
    assert!((60..=70).contains(&written), "who proves nothing does not fill the log: {written}");
}
